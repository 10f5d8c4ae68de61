// The documentation page: reads /openapi.json, lists its operations by tag, and lets one log in and try them.
import {h, inline, prose} from "/docs/dom.js";
import {resolve, schemaTree, use} from "/docs/schema.js";
import {tryForm} from "/docs/form.js";
import {loadSession, onSession, showSession} from "/docs/session.js";

const methods = ["get", "post", "put", "patch", "delete"];
const rank = {anyone: 0, viewer: 1, analyst: 2, admin: 3};

function operationsOf(api) {
  return Object.entries(api.paths).flatMap(([path, item]) => methods.filter((method) => item[method]).map((method) => ({
    ...item[method], path, method, parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])].map(resolve),
  })));
}

function methodBadge(method) {
  return h("span", {class: `method ${method}`}, method.toUpperCase());
}

function responseList(operation) {
  return h("section", {}, h("h4", {}, "Answers"), Object.entries(operation.responses).map(([status, given]) => {
    const response = resolve(given);
    const contents = Object.entries(response.content ?? {});
    const shown = /^[23]/.test(status);
    return h("details", {class: "response", open: shown && contents.length > 0},
      h("summary", {}, h("span", {class: shown ? "status good" : "status bad"}, status === "default" ? "other" : status),
        h("span", {}, inline(response.description))),
      contents.map(([type, content]) => h("div", {}, h("code", {class: "media"}, type), schemaTree(content.schema ?? {}))));
  }));
}

function bodyDescription(operation) {
  const body = resolve(operation.requestBody);
  if (!operation.requestBody) return null;
  const [type, content] = Object.entries(body.content)[0];
  return h("section", {}, h("h4", {}, "Body ", h("code", {class: "media"}, type)), schemaTree(content.schema));
}

function card(operation) {
  const content = h("div", {class: "content"});
  const element = h("details", {class: "operation", id: operation.operationId, ontoggle: () => {
    if (!element.open || content.hasChildNodes()) return;
    content.append(...prose(operation.description), tryForm(operation), bodyDescription(operation) ?? "", responseList(operation));
  }},
  h("summary", {}, methodBadge(operation.method), h("code", {class: "path"}, operation.path),
    h("span", {class: "what"}, operation.summary),
    operation["x-required-role"] === "anyone" ? null : h("span", {class: "role"}, operation["x-required-role"])),
  content);
  return element;
}

function open(id) {
  const element = document.getElementById(id);
  if (!element?.classList.contains("operation")) return;
  element.open = true;
  element.scrollIntoView({block: "start"});
}

function list(groups) {
  return groups.map(({tag, operations}) => h("section", {},
    h("h2", {}, tag.name),
    operations.map((operation) => h("a", {href: `#${operation.operationId}`, "data-text":
      `${operation.method} ${operation.path} ${operation.summary} ${tag.name}`.toLowerCase()},
    methodBadge(operation.method), h("span", {}, operation.summary)))));
}

function filter(text) {
  for (const section of document.querySelectorAll("#page-list section")) {
    const links = [...section.querySelectorAll("a")];
    for (const link of links) link.hidden = !text.toLowerCase().split(/\s+/).every((word) => link.dataset.text.includes(word));
    section.hidden = links.every((link) => link.hidden);
  }
}

function dimWhatIsForbidden(operations, user) {
  for (const operation of operations) {
    const needed = rank[operation["x-required-role"]];
    document.getElementById(operation.operationId).classList.toggle("forbidden", needed > (user ? rank[user.role] : 0));
  }
}

async function start() {
  const main = document.getElementById("page-main");
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`/openapi.json answered ${response.status}`);
  const api = await response.json();
  use(api);
  const operations = operationsOf(api);
  const groups = api.tags.map((tag) => ({tag, operations: operations.filter((operation) => operation.tags.includes(tag.name))}));

  document.getElementById("page-version").textContent = api.info.version;
  main.replaceChildren(
    h("section", {class: "intro"}, h("p", {class: "lead"}, api.info.summary), prose(api.info.description),
      h("p", {}, "The document behind this page: ", h("a", {href: "/openapi.json"}, "/openapi.json"), " (OpenAPI 3.1).")),
    ...groups.map(({tag, operations: some}) => h("section", {class: "group"}, h("h2", {}, tag.name), prose(tag.description), some.map(card))));
  document.getElementById("page-list").append(...list(groups));
  document.getElementById("page-filter").addEventListener("input", (event) => filter(event.target.value));
  document.getElementById("page-menu").addEventListener("click", () => document.body.classList.toggle("menu"));
  document.getElementById("page-list").addEventListener("click", () => document.body.classList.remove("menu"));
  addEventListener("hashchange", () => open(location.hash.slice(1)));
  open(location.hash.slice(1));
  onSession((user) => {
    showSession(user);
    dimWhatIsForbidden(operations, user);
  });
  await loadSession();
}

start().catch((problem) => {
  document.getElementById("page-main").replaceChildren(h("p", {class: "failure"}, `The documentation could not be loaded: ${problem.message}`));
});
