// Shows the document's JSON Schemas as nested lists.
import {h, inline} from "/docs/dom.js";

let root = {};
export function use(document) {
  root = document;
}

// What a $ref stands for; anything else is itself.
export function resolve(node) {
  while (node && node.$ref) node = node.$ref.slice(2).split("/").reduce((at, key) => at?.[key.replaceAll("~1", "/")], root);
  return node ?? {};
}

function typeName(schema) {
  const s = resolve(schema);
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (s.enum) return s.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (s.oneOf) return s.oneOf.map(typeName).join(" | ");
  const types = [s.type ?? "any"].flat().map((type) => (type === "array" ? `array of ${typeName(s.items ?? {})}` : type));
  return types.join(" | ") + (s.format ? ` (${s.format})` : "");
}

function limits(s) {
  const out = [];
  if (s.minimum !== undefined && s.maximum !== undefined) out.push(`${s.minimum} to ${s.maximum}`);
  else if (s.minimum !== undefined) out.push(`at least ${s.minimum}`);
  if (s.minLength > 1) out.push(`at least ${s.minLength} characters`);
  if (s.maxLength) out.push(`at most ${s.maxLength} characters`);
  if (s.maxItems) out.push(`at most ${s.maxItems} items`);
  if (s.default !== undefined) out.push(`default ${JSON.stringify(s.default)}`);
  return out.length ? h("span", {class: "limits"}, out.join(", ")) : null;
}

// The schema whose members are worth listing: an object's own, or those of an array's items.
function members(schema) {
  let s = resolve(schema);
  while (s.items) s = resolve(s.items);
  return s.properties ? s : null;
}

export function schemaTree(schema, depth = 0) {
  const s = resolve(schema);
  const holder = members(s);
  const head = depth === 0 ? h("div", {class: "type"}, typeName(s)) : null;
  const about = depth === 0 && s.description ? h("div", {}, inline(s.description)) : null;
  if (!holder || depth > 4) return h("div", {class: "schema"}, head, about);
  const rows = Object.entries(holder.properties).map(([name, property]) => {
    const p = resolve(property);
    const nested = members(p) ? schemaTree(p, depth + 1) : null;
    return h("li", {},
      h("code", {class: "name"}, name),
      holder.required?.includes(name) ? h("span", {class: "required", title: "required"}, "*") : null,
      h("span", {class: "type"}, typeName(p)), limits(p),
      p.description ? h("span", {class: "about"}, inline(p.description)) : null,
      nested);
  });
  return h("div", {class: "schema"}, head, about, h("ul", {}, rows));
}
