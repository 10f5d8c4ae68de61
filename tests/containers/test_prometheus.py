#!/usr/bin/python3
"""The scrape configuration, the rules, and their own tests, by promtool; and that they speak of what the engine exports."""

import re
import subprocess
import unittest

from promql import CONTAINERS, PROMETHEUS_OWN, declared, metric_names, selectors
from rules import HERE, RULES, alerts, read, recorded, rules

TESTS = sorted(HERE.glob("tests/*.yml"))


def measured(expression):
    """The metrics of the engine that an expression comes from, by way of recorded series too."""
    behind = {rule["record"]: rule["expr"] for rule in rules() if "record" in rule}
    names = metric_names(expression)
    return (names - set(behind)).union(*(measured(behind[name]) for name in names & set(behind)))


def tested():
    """Each alert's expectations: its name, how many are to fire, and the metrics that the story has series of."""
    for path in TESTS:
        for story in read(path)["tests"]:
            given = {re.match(r"[\w:]+", one["series"])[0] for one in story["input_series"]}
            for expected in story.get("alert_rule_test", []):
                yield expected["alertname"], len(expected["exp_alerts"]), given


class Promtool(unittest.TestCase):
    def passes(self, *words):
        done = subprocess.run(["promtool", *words], cwd=HERE, capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_it_takes_the_scrape_configuration(self):
        self.passes("check", "config", "--syntax-only", "prometheus.yml")

    def test_it_takes_the_rules(self):
        self.passes("check", "rules", *RULES)

    def test_every_rule_does_as_its_test_says(self):
        self.passes("test", "rules", *TESTS)


class Rules(unittest.TestCase):
    def test_the_configuration_loads_them_all(self):
        patterns = read(HERE / "prometheus.yml")["rule_files"]
        self.assertEqual(sorted(path for pattern in patterns for path in HERE.glob(pattern)), RULES)

    def test_every_alert_is_seen_to_fire_and_to_stay_quiet(self):
        for name, rule in alerts().items():
            with self.subTest(name):
                # Where nothing is measured nothing fires: that alone would show nothing.
                firing = {count > 0 for alert, count, given in tested() if alert == name and (count or given & measured(rule["expr"]))}
                self.assertEqual(firing, {True, False})
        self.assertEqual({alert for alert, _, _ in tested()}, set(alerts()))

    def test_they_speak_of_exported_metrics_alone(self):
        known = declared() | recorded() | PROMETHEUS_OWN
        for rule in rules():
            with self.subTest(rule.get("alert") or rule["record"]):
                self.assertLessEqual(metric_names(rule["expr"]), known)

    def test_every_recorded_series_is_used(self):
        used = {name for rule in rules() for name in metric_names(rule["expr"])}
        self.assertLessEqual(recorded(), used)

    def test_every_alert_says_how_urgent_it_is_and_what_has_happened(self):
        for name, rule in alerts().items():
            with self.subTest(name):
                self.assertIn(rule["labels"]["severity"], ("critical", "warning"))
                self.assertTrue(rule["annotations"]["summary"].endswith("."))

    def test_the_guide_says_what_to_do_about_each_and_about_no_other(self):
        guide = (CONTAINERS / "README.md").read_text(encoding="utf-8").partition("## When an alert fires")[2]
        self.assertEqual(set(re.findall(r"\bVanna[A-Z]\w+", guide)), set(alerts()))


class Names(unittest.TestCase):
    def test_what_an_expression_selects(self):
        for expression, names in [
            ("up == 0", {"up"}),
            ('sum by (job, le) (rate(a_bucket{x=~"b|c(d)", y="}"}[5m] offset 1h)) / on (job) group_left (z) b', {"a_bucket", "b"}),
            ("a and b unless on (c) d or vector(0)", {"a", "b", "d"}),
            ("vanna:x:y > bool 1e3", {"vanna:x:y"}),
        ]:
            self.assertEqual(metric_names(expression), names, expression)

    def test_what_an_expression_selects_with_its_braces(self):
        for expression, wanted in [
            ("up == 0", {"up"}),
            ('rate(a_bucket{x=~"b|c[{]d[}]", y="}"}[5m]) / b', {'a_bucket{x=~"b|c[{]d[}]", y="}"}', "b"}),
            ('a{x="1"} unless a{x="1"} offset 1h or a{x="2"}', {'a{x="1"}', 'a{x="2"}'}),
            ("sum by (job) (ab) > a", {"ab", "a"}),
        ]:
            self.assertEqual(selectors(expression), wanted, expression)

    def test_histograms_have_three_series_a_family(self):
        self.assertLessEqual({"vanna_query_duration_seconds_bucket", "vanna_queries_total", "vanna_spool_records"}, declared())
        self.assertNotIn("vanna_query_duration_seconds", declared())


if __name__ == "__main__":
    unittest.main(verbosity=2)
