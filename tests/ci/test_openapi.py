"""compile_openapi, which makes the OpenAPI document: what it adds to a part, and what it refuses. argv[1] is the program."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

BASE = """
openapi: 3.1.0
info: {title: Test}
tags: [{name: Things}]
paths:
  /things/{id}:
    delete:
      operationId: remove
      tags: [Things]
      x-role: admin
      x-problems: [404]
      summary: Remove
      parameters: [{$ref: '#/components/parameters/id'}]
      responses: {"204": {description: Gone.}}
components:
  headers: {RequestId: {schema: {type: string}}, RetryAfter: {schema: {type: integer}}}
  parameters: {id: {name: id, in: path, required: true, schema: {type: string}}}
  schemas: {Problem: {type: object}}
  responses:
    "401": {x-problem: Who.}
    "403": {x-problem: 'No, you may not.'}
    "404": {x-problem: Where.}
    "422": {x-problem: What.}
    Problem: {x-problem: Else.}
"""


class Compiler(unittest.TestCase):
    program = ""

    def compile(self, *parts):
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for number, part in enumerate(parts):
                names.append(os.path.join(folder, f"{number}.yaml"))
                with open(names[-1], "w", encoding="utf-8") as file:
                    file.write(part)
            output = os.path.join(folder, "out.json")
            done = subprocess.run([self.program, "1.2.3", output, *names], text=True, capture_output=True, check=False, timeout=30)
            if done.returncode:
                return done.stderr
            with open(output, encoding="utf-8") as file:
                return json.load(file)

    def test_role_and_problems_become_security_and_responses(self):
        made = self.compile(BASE)
        self.assertEqual(made["info"]["version"], "1.2.3")
        remove = made["paths"]["/things/{id}"]["delete"]
        self.assertEqual(remove["security"], [{"bearer": []}, {"session": []}])
        self.assertEqual(set(remove["responses"]), {"204", "401", "403", "404", "422", "default"})
        self.assertIn("`admin`", remove["description"])
        self.assertEqual(made["components"]["responses"]["403"]["description"], "No, you may not.")

    def test_quoted_words_stay_text(self):
        made = self.compile(BASE + "x-words: ['true', \"1\", true, 1, 1.5, null, 'null']\n")
        self.assertEqual(made["x-words"], ["true", "1", True, 1, 1.5, None, "null"])

    def test_mistakes_stop_it_with_a_message(self):
        for what, parts in {
                "there is no #/components/schemas/Gone": (BASE, "components: {schemas: {A: {$ref: '#/components/schemas/Gone'}}}"),
                "path parameters": (BASE.replace("/things/{id}", "/things/{other}"),),
                "stands in two parts": (BASE, "info: {title: Again}"),
                "stands twice": (BASE.replace("      x-role: admin", "      x-role: admin\n      x-role: viewer"),),
                "x-role is king": (BASE.replace("x-role: admin", "x-role: king"),),
                "has no summary": (BASE.replace("      summary: Remove\n", ""),),
                "unknown tag": (BASE.replace("tags: [Things]", "tags: [Other]"),),
                "its operationId is taken": (BASE, BASE.split("components:")[0].split("paths:")[1].replace("  /things/{id}", "paths:\n  /others/{id}")),
                "yaml": (BASE + "x: {\n",)}.items():
            with self.subTest(what):
                self.assertIn(what, self.compile(*parts))


if __name__ == "__main__":
    Compiler.program = sys.argv.pop(1)
    unittest.main()
