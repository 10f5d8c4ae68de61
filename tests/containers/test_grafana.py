#!/usr/bin/python3
"""What Grafana is given: the data source, and a dashboard whose queries parse and speak of what the engine exports.

That each of them returns data is shown by tests/integration/test_prometheus.py, on a Prometheus that scrapes a server.
"""

import itertools
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import dashboard
from promql import PROMETHEUS_OWN, declared, metric_names
from rules import read, recorded

# Shown by none of the panels: the other parts of histograms.
NOT_SHOWN = {"vanna_http_request_duration_seconds_sum", "vanna_http_request_duration_seconds_count", "vanna_query_duration_seconds_sum",
             "vanna_query_duration_seconds_count", "vanna_job_duration_seconds_bucket", "vanna_model_call_duration_seconds_sum",
             "vanna_model_call_duration_seconds_count"}


class Provisioning(unittest.TestCase):
    def test_the_dashboard_uses_the_provisioned_data_source(self):
        (source,) = read(dashboard.FOLDER / "provisioning/datasources/prometheus.yml")["datasources"]
        variables = {variable["name"]: variable for variable in dashboard.load()["templating"]["list"]}
        self.assertEqual(variables["datasource"]["current"]["value"], source["uid"])
        for part in [*dashboard.panels(), *dashboard.load()["annotations"]["list"], variables["instance"]]:
            self.assertEqual(part["datasource"], {"type": source["type"], "uid": "${datasource}"})

    def test_the_folder_of_dashboards_is_where_compose_puts_it(self):
        (provider,) = read(dashboard.FOLDER / "provisioning/dashboards/vanna.yml")["providers"]
        self.assertEqual(provider["options"]["path"], "/etc/grafana/dashboards")


class Panels(unittest.TestCase):
    def test_each_has_a_number_and_a_title_of_its_own(self):
        everything = dashboard.load()["panels"]
        self.assertEqual(len({panel["id"] for panel in everything}), len(everything))
        titles = [panel["title"] for panel in dashboard.panels()]
        self.assertEqual(sorted(set(titles)), sorted(titles))

    def test_none_covers_another(self):
        def cells(panel):
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
            return set(itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])))
        taken = set()
        for panel in dashboard.load()["panels"]:
            self.assertFalse(taken & cells(panel), panel["title"])
            taken |= cells(panel)

    def test_one_shows_admin_operations_by_action_and_outcome(self):
        self.assertTrue([title for title, query in dashboard.queries()
                         if "vanna_admin_operations_total" in query and "by (action, outcome)" in query])


class Queries(unittest.TestCase):
    def test_each_parses(self):
        group = {"name": "dashboard", "rules": [{"record": f"panel{number}", "expr": expression, "labels": {"panel": title}}
                                                for number, (title, expression) in enumerate(dashboard.queries())]}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "queries.yml")
            path.write_text(json.dumps({"groups": [group]}), encoding="utf-8")
            done = subprocess.run(["promtool", "check", "rules", path], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_they_speak_of_exported_metrics_alone(self):
        known = declared() | PROMETHEUS_OWN | recorded()
        for title, expression in dashboard.queries():
            with self.subTest(title):
                self.assertTrue(metric_names(expression))
                self.assertLessEqual(metric_names(expression), known)
        for name, selector, _ in dashboard.choices():
            with self.subTest(name):
                self.assertLessEqual(metric_names(selector), declared())

    def test_every_exported_metric_is_shown(self):
        shown = {name for _, expression in dashboard.queries() for name in metric_names(expression)}
        self.assertEqual(declared() - shown - NOT_SHOWN, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
