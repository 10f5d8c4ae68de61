"""What Prometheus and Grafana are given in containers/, on a real Prometheus that scrapes a running server."""

import os
import subprocess
import sys

from support import activity, eventually, main
from support.backups import BackupStory
from support.model import Model, says
from support.prometheus import Prometheus

sys.path.append(os.path.join(os.path.dirname(__file__), "../containers"))
import dashboard  # noqa: E402
from promql import declared, selectors  # noqa: E402
from rules import recorded, rules  # noqa: E402

TOKEN = "a token for the scrape, from a file"
# What the rules select that is not there while all goes well.
NOT_THERE_YET = {
    'vanna_jobs_total{type="backup", state="failed"}': "the first backup that fails makes it",
    'vanna_jobs_total{type!="backup", state="failed"}': "the first job that fails makes it",
    'vanna_golden_copy_info{state!="ready"}': "both copies are ready",
    'vanna_http_requests_total{route!~"/health.*|/metrics", status=~"5.."}': "the first reply of that kind makes it",
}


class Scraped(BackupStory):
    """Two servers, of which the first has done a little of everything, and a Prometheus beside them."""

    replicas = 2
    everything_done = False

    @classmethod
    def prepare(cls):
        model = Model("the model's key")
        cls._ends.callback(model.close)
        model.answer(says("SELECT COUNT(*) FROM customers"))
        cls.settings = {"METRICS_TOKEN": TOKEN, "AUTO_TRAIN_CHROMA": "true", "LLM_BASE_URL": model.url, "LLM_MODEL": "toy",
                        "LLM_API_KEY": model.key}
        super().prepare()
        cls.prometheus = Prometheus(cls.folder, cls.servers, TOKEN)
        cls._ends.callback(cls.prometheus.stop)
        cls.prometheus.start()

    def setUp(self):
        self.someone = self.analyst()
        if not self.everything_done:
            admin = self.admin()
            # But no golden copy: init made it, before these servers started.
            activity.everything(self.someone, admin, lambda answer: self.ended(admin, answer))
            type(self).everything_done = True

    def page(self):
        answer = self.anyone.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, expect=200)
        return answer.text

    def all_answer(self, wanted):
        """Waits until each of the pairs of a title and a query has returned data, while there is a little to do."""
        empty = list(wanted)

        def all_have_answered():
            activity.a_little(self.someone)
            empty[:] = [(title, query) for title, query in empty if not self.prometheus.value(query)]
            return not empty
        try:
            eventually(all_have_answered, 25, "data for every query")
        except AssertionError as failure:
            raise AssertionError(f"{failure}; without data: {empty}") from None

    def restart(self, server):
        """Whatever Prometheus knows of it afterwards is of the new process."""
        began = f'process_start_time_seconds{{instance="127.0.0.1:{server.port}"}}'
        before = eventually(lambda: self.prometheus.value(began), 20, "its start")[0]["value"][1]
        server.kill()
        server.start()
        eventually(lambda: [one for one in self.prometheus.value(began) if one["value"][1] != before], 20, "its new start")

    def test_every_query_of_the_dashboard_returns_data(self):
        wanted = dashboard.panel_queries("10s")
        self.assertGreater(len(wanted), 60)
        self.all_answer(wanted)
        for name, selector, label in dashboard.choices():
            self.assertEqual(self.prometheus.label_values(selector, label), sorted(f"127.0.0.1:{server.port}" for server in self.servers), name)
        self.assertEqual([alert for alert in self.prometheus.ask("alerts")["alerts"] if alert["state"] == "firing"], [])
        # Restarts are annotations, and so are alerts: one that fires when there are too many of them.
        for _ in range(3):
            self.restart(self.servers[1])
        self.all_answer(dashboard.annotation_queries())

    def test_no_rule_fails_and_each_selects_what_is_there(self):
        selected = {selector for rule in rules() for selector in selectors(rule["expr"])}
        self.assertLessEqual(set(NOT_THERE_YET), selected)
        self.all_answer([("of a rule", selector) for selector in selected - set(NOT_THERE_YET)])
        self.all_answer([("recorded", name) for name in recorded()])
        known = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]]
        self.assertEqual(len(known), len(rules()))
        self.assertEqual({rule["name"]: rule["lastError"] for rule in known if rule["health"] != "ok" or rule.get("lastError")}, {})

    def test_promtool_finds_nothing_wrong_with_the_metrics(self):
        done = subprocess.run(["promtool", "check", "metrics"], input=self.page(), capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_every_family_that_is_declared_is_exported(self):
        def are_exported():  # what the cluster's last evaluation found is looked up every ten seconds
            exported = {line.split("{")[0].split(" ")[0] for line in self.page().splitlines() if not line.startswith("#")}
            self.assertEqual(declared(), exported)
            return True
        eventually(are_exported, 30, "every family")

    def test_a_server_that_is_gone_raises_the_alert(self):
        self.assertEqual(self.prometheus.value('ALERTS{alertname="VannaReplicaDown"}'), [])
        second = self.servers[1]
        second.kill()
        eventually(lambda: self.prometheus.value('ALERTS{alertname="VannaReplicaDown", alertstate="pending"}'), 20, "the alert")
        second.start()
        eventually(lambda: not self.prometheus.value('ALERTS{alertname="VannaReplicaDown"}'), 20, "its end")


if __name__ == "__main__":
    main()
