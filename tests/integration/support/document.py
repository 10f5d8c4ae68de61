"""Holds answers to the OpenAPI document: path, status, content type, and every field of the body."""

import json
import re

_formats = {
    "uuid": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"),
}
_types = {
    "object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int, "number": (int, float),
}
methods = ("get", "post", "put", "patch", "delete")


class Document:
    def __init__(self, text):
        self.root = json.loads(text)
        self._templates = [
            (re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", re.escape(path).replace(r"\{", "{").replace(r"\}", "}"))), path)
            for path in sorted(self.root["paths"], key=lambda path: path.count("{"))
        ]

    def operations(self):
        """(method, path, operation) of every route."""
        return [(method, path, item[method]) for path, item in self.root["paths"].items() for method in methods if method in item]

    def find(self, method, path):
        """The operation behind a request, or None. HEAD is GET; /admin/db is /api/v1/admin/db."""
        method = "get" if method == "HEAD" else method.lower()
        if path.startswith("/admin/db"):
            path = "/api/v1" + path
        for pattern, template in self._templates:
            if pattern.fullmatch(path):
                return self.root["paths"][template].get(method)
        return None

    def problems(self, method, path, status, content_type, body):
        """What of an answer is not as the document says; an empty list when all is."""
        operation = self.find(method, path)
        if operation is None:
            return [] if status in (404, 405) else [f"{method} {path} is not in the document, yet answers {status}"]
        response = operation["responses"].get(str(status))
        if response is None and status >= 400:
            response = operation["responses"]["default"]
        if response is None:
            return [f"{method} {path} answers {status}, which the document does not list"]
        contents = self.resolve(response).get("content", {})
        media = content_type.split(";")[0].strip()
        if method == "HEAD" or (not contents and not body):
            return []
        if media not in contents:
            return [f"{method} {path} answers {status} as '{media}', the document lists {list(contents)}"]
        if not media.endswith("json") or media.endswith("ndjson"):
            return []
        return [f"{method} {path} {status}: {problem}" for problem in self.mismatches(contents[media]["schema"], json.loads(body), "body")]

    def resolve(self, node):
        while "$ref" in node:
            at = self.root
            for key in node["$ref"][2:].split("/"):
                at = at[key]
            node = at
        return node

    def mismatches(self, schema, value, where):
        schema = self.resolve(schema)
        if "oneOf" in schema:
            fits = [one for one in schema["oneOf"] if not self.mismatches(one, value, where)]
            return [] if len(fits) == 1 else [f"{where} fits {len(fits)} of the alternatives"]
        if "const" in schema and value != schema["const"]:
            return [f"{where} is {value!r}, not {schema['const']!r}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{where} is {value!r}, not one of {schema['enum']}"]
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(_is(value, name) for name in types):
            return [f"{where} is {type(value).__name__}, not {' or '.join(types)}"]
        out = []
        if isinstance(value, str):
            out += self._text(schema, value, where)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                out.append(f"{where} is {value}, out of its range")
        if isinstance(value, list) and "items" in schema:
            for number, item in enumerate(value):
                out += self.mismatches(schema["items"], item, f"{where}[{number}]")
        if isinstance(value, dict):
            out += self._members(schema, value, where)
        return out

    @staticmethod
    def _text(schema, value, where):
        pattern = _formats.get(schema.get("format"))
        return [f"{where} is {value!r}, not a {schema['format']}"] if pattern and not pattern.fullmatch(value) else []

    def _members(self, schema, value, where):
        out = [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
        known = schema.get("properties")
        others = schema.get("additionalProperties")
        for name, member in value.items():
            if known is not None and name in known:
                out += self.mismatches(known[name], member, f"{where}.{name}")
            elif isinstance(others, dict):
                out += self.mismatches(others, member, f"{where}.{name}")
            elif known is not None:
                out.append(f"{where}.{name} is not in the document")
        return out


def _is(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _types[name])
