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
from promql import declared  # noqa: E402

TOKEN = "a token for the scrape, from a file"


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

    def test_every_query_of_the_dashboard_returns_data_and_no_rule_fails(self):
        # Alerts are no annotation while none fires, nor is a restart.
        wanted = [(title, query) for title, query in dashboard.queries("10s") if not title.startswith("annotation ")]
        self.assertGreater(len(wanted), 60)
        empty = list(wanted)

        def all_have_answered():
            activity.a_little(self.someone)
            empty[:] = [(title, query) for title, query in empty if not self.prometheus.value(query)]
            return not empty
        try:
            eventually(all_have_answered, 25, "data for every panel")
        except AssertionError as failure:
            raise AssertionError(f"{failure}; without data: {empty}") from None
        for title, query in dashboard.queries("10s"):
            self.assertIsInstance(self.prometheus.value(query), list, title)
        rules = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]]
        self.assertEqual({rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok" and rule.get("lastError")}, {})
        self.assertEqual([alert for alert in self.prometheus.ask("alerts")["alerts"] if alert["state"] == "firing"], [])

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
