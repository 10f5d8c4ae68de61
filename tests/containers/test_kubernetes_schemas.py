#!/usr/bin/python3
"""Every field of what Kubernetes is given, held to the schemas of Kubernetes and of the Prometheus Operator."""

import json
import subprocess
import unittest
from pathlib import Path

from rendered import OVERLAYS, one, put_original, render, template

SCHEMAS = Path(__file__).resolve().parent / "schemas"


def problems(objects):
    """What the schemas find wrong."""
    done = subprocess.run(["node", SCHEMAS / "validate.cjs"], input=json.dumps(objects), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([SCHEMAS / "install"], check=True, stdout=subprocess.DEVNULL, timeout=110)

    def test_every_field_is_as_the_schemas_say(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.assertEqual(problems(render(f"overlays/{overlay}")), [])
        self.assertEqual(problems([template(), put_original()]), [])
        self.assertEqual(problems(render("monitoring")), [])

    def found(self, given, change, words):
        """A copy of what is given is changed, and the schemas find that one thing wrong."""
        copy = json.loads(json.dumps(given))
        change(copy)
        said = problems([copy])
        self.assertEqual(len(said), 1, (words, said))
        self.assertIn(words, said[0])

    def test_what_is_wrong_with_replicas_is_found(self):
        def of_server(change):
            return lambda whole: change(whole["spec"]["template"]["spec"]["containers"][0])
        for change, words in [
            (lambda whole: whole["spec"].update(replicas="3"), "/spec/replicas: type"),
            (lambda whole: whole["spec"].update(replica=3), "/spec/replica: no such field"),
            (of_server(lambda server: server["readinessProbe"].update(period=3)), "/readinessProbe/period: no such field"),
            (of_server(lambda server: server["ports"][0].update(containerPort="http")), "/ports/0/containerPort: type"),
            (lambda whole: whole.update(apiVersion="apps/v2"), "no apps/v2 StatefulSet"),
            (lambda whole: whole["spec"].pop("selector"), "selector"),
        ]:
            self.found(one(render("overlays/production"), "StatefulSet"), change, words)

    def test_what_is_wrong_with_the_service_monitor_is_found(self):
        def of_endpoint(change):
            return lambda whole: change(whole["spec"]["endpoints"][0])
        for change, words in [
            (lambda whole: whole["spec"].update(sample_limit=1), "/spec/sample_limit: no such field"),
            (lambda whole: whole["spec"].update(sampleLimit="many"), "/spec/sampleLimit: type"),
            (lambda whole: whole["spec"].pop("selector"), "selector"),
            (of_endpoint(lambda endpoint: endpoint.update(interval="15 seconds")), "/spec/endpoints/0/interval: pattern"),
            (of_endpoint(lambda endpoint: endpoint["authorization"].update(credential={})), "/authorization/credential: no such field"),
            (of_endpoint(lambda endpoint: endpoint["authorization"]["credentials"].pop("key")), "/authorization/credentials: required"),
            (of_endpoint(lambda endpoint: endpoint["relabelings"][0].update(targetlabel="job")), "/relabelings/0/targetlabel: no such field"),
        ]:
            self.found(one(render("monitoring"), "ServiceMonitor"), change, words)


if __name__ == "__main__":
    unittest.main(verbosity=2)
