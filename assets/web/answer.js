// Shows one answer: status, time and headers, and its body as text, indented JSON or a table of rows.
import {h} from "/docs/dom.js";

const most_characters = 200_000;
const most_rows = 200;

function cell(value) {
  if (value === null) return h("td", {class: "null"}, "null");
  return h("td", {class: typeof value === "number" ? "number" : null}, String(value));
}

function table(result) {
  const rows = result.rows.slice(0, most_rows);
  return h("div", {class: "rows"},
    h("table", {},
      h("thead", {}, h("tr", {}, result.columns.map((column) => h("th", {title: column.type}, column.name)))),
      h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell))))),
    result.rows.length > rows.length ? h("p", {}, `… and ${result.rows.length - rows.length} rows more`) : null);
}

function parsed(text, type) {
  if (!/json$/.test(type)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function saveButton(text, type, operation) {
  return h("button", {type: "button", onclick: () => {
    const url = URL.createObjectURL(new Blob([text], {type}));
    h("a", {href: url, download: `${operation.operationId}.${type.includes("csv") ? "csv" : type.includes("ndjson") ? "ndjson" : "json"}`}).click();
    URL.revokeObjectURL(url);
  }}, "Save");
}

export async function showAnswer(response, began, operation) {
  const text = await response.text();
  const took = performance.now() - began;
  const type = (response.headers.get("Content-Type") ?? "").split(";")[0];
  const value = parsed(text, type);
  const whole = value === undefined ? text : JSON.stringify(value, null, 2);
  const headers = [...response.headers].map(([name, content]) => `${name}: ${content}`).join("\n");
  return h("div", {},
    h("div", {class: "line"},
      h("span", {class: response.ok ? "status good" : "status bad"}, String(response.status)),
      h("span", {}, `${took.toFixed(0)} ms, ${text.length.toLocaleString("en")} characters`),
      text ? saveButton(text, type, operation) : null),
    h("details", {}, h("summary", {}, "Headers"), h("pre", {}, headers)),
    Array.isArray(value?.rows) && Array.isArray(value?.columns) ? table(value) : null,
    text ? h("pre", {class: "text"}, whole.slice(0, most_characters), whole.length > most_characters ? "\n… (cut here; Save has all)" : "") : null);
}
