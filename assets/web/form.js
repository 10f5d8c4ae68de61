// One operation's form: its parameters and body as fields, the call as curl, and the answer.
import {h, inline} from "/docs/dom.js";
import {resolve} from "/docs/schema.js";
import {loadSession} from "/docs/session.js";
import {showAnswer} from "/docs/answer.js";

function parameterField(parameter) {
  const schema = resolve(parameter.schema);
  const boolean = schema.type === "boolean";
  let input;
  if (boolean) {
    input = h("input", {type: "checkbox"});
  } else if (schema.enum) {
    input = h("select", {}, parameter.required ? null : h("option", {value: ""}, schema.default === undefined ? "—" : `— (${schema.default})`), schema.enum.map((value) => h("option", {value}, value)));
  } else {
    input = h("input", {type: "text", spellcheck: "false", autocomplete: "off", placeholder:
      schema.default !== undefined ? String(schema.default) : schema.examples?.[0] ?? schema.format ?? schema.type ?? ""});
  }
  const row = h("label", {class: boolean ? "check" : null}, h("span", {}, h("code", {}, parameter.name),
    parameter.required ? h("span", {class: "required"}, "*") : null, " ", inline(parameter.description)), input);
  return {parameter, row, value: () => (boolean ? (input.checked ? "true" : "") : input.value.trim())};
}

function examplesOf(content) {
  if (content.examples) return Object.entries(content.examples).map(([name, example]) => [name, resolve(example).value]);
  if (content.example !== undefined) return [["example", content.example]];
  const schema = resolve(content.schema);
  const blank = Object.fromEntries((schema.required ?? []).map((name) => [name, resolve(schema.properties[name]).examples?.[0] ?? ""]));
  return [["empty", blank]];
}

function written(type, value) {
  return type === "application/x-www-form-urlencoded" ? new URLSearchParams(value).toString() : JSON.stringify(value, null, 2);
}

function bodyField(operation) {
  if (!operation.requestBody) return null;
  const contents = resolve(operation.requestBody).content;
  const text = h("textarea", {spellcheck: "false", "aria-label": "Body", rows: 6});
  const type = h("select", {"aria-label": "Content-Type", onchange: () => offer()}, Object.keys(contents).map((name) => h("option", {value: name}, name)));
  const example = h("select", {"aria-label": "Example", onchange: () => fill()});
  const fill = () => {
    text.value = written(type.value, examplesOf(contents[type.value]).find(([name]) => name === example.value)[1]);
    text.rows = Math.min(16, Math.max(3, text.value.split("\n").length));
  };
  const offer = () => {
    const names = examplesOf(contents[type.value]).map(([name]) => name);
    example.replaceChildren(...names.map((name) => h("option", {value: name}, name)));
    example.hidden = names.length < 2;
    fill();
  };
  offer();
  return {type: () => type.value, value: () => text.value,
    row: h("div", {class: "body"}, h("div", {class: "choices"}, type, example), text)};
}

function requestOf(operation, fields, body) {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const {parameter, value} of fields) {
    const given = value();
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(given));
    else if (parameter.in === "query" && given !== "") query.set(parameter.name, given);
  }
  return {
    method: operation.method.toUpperCase(),
    url: path + (query.size ? `?${query}` : ""),
    headers: body ? {"Content-Type": body.type()} : {},
    body: body?.value(),
  };
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function asCurl(request, operation) {
  const words = ["curl"];
  if (request.method !== "GET") words.push("-X", request.method);
  words.push(quoted(location.origin + request.url));
  if (operation["x-required-role"] !== "anyone") words.push("\\\n  -H", '"Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(request.headers)) words.push("\\\n  -H", quoted(`${name}: ${value}`));
  if (request.body !== undefined) words.push("\\\n  -d", quoted(request.body));
  return words.join(" ");
}

async function send(request, operation) {
  const began = performance.now();
  const response = await fetch(request.url, {method: request.method, headers: request.headers, body: request.body, redirect: "manual"});
  if (response.type === "opaqueredirect") return h("p", {}, "The answer leads to another page, which a browser does not show to scripts.");
  const shown = await showAnswer(response, began, operation);
  if (["login", "logout"].includes(operation.operationId) || response.status === 401) await loadSession();
  return shown;
}

export function tryForm(operation) {
  const fields = operation.parameters.map(parameterField);
  const body = bodyField(operation);
  const answer = h("div", {class: "answer", "aria-live": "polite"});
  const command = h("pre", {class: "curl", hidden: true});
  const button = h("button", {type: "submit", class: "primary"}, "Send");
  const refresh = () => {
    if (!command.hidden) command.textContent = asCurl(requestOf(operation, fields, body), operation);
  };
  return h("form", {class: "try", oninput: refresh, onchange: refresh, onsubmit: async (event) => {
    event.preventDefault();
    button.disabled = true;
    const shown = await send(requestOf(operation, fields, body), operation)
      .catch((failure) => h("p", {class: "failure"}, `No answer: ${failure.message}`));
    answer.replaceChildren(shown);
    button.disabled = false;
  }},
  fields.length ? h("div", {class: "fields"}, fields.map(({row}) => row)) : null,
  body?.row,
  h("div", {class: "buttons"}, button, h("button", {type: "button", onclick: () => {
    command.hidden = !command.hidden;
    refresh();
  }}, "curl")),
  command, answer);
}
