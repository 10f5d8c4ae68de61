#!/usr/bin/python3
"""compose.yml and its companions, as docker-compose understands them; that they fit the engine, Prometheus and Grafana.

    test_compose.py VANNA_ENGINE

No container engine is needed; tests/containers/run is what brings it all up.
"""

import functools
import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import dockerfile
import yaml
from promql import CONTAINERS, TOP
from test_kubernetes import settings
from test_prometheus import read

ENGINE = None
LONG_RUNNING = {"server", "postgres", "redis", "chroma", "prometheus", "grafana", "proxy"}
SCENARIOS = ("development", "staging", "production", "hybrid")


@functools.cache
def resolved(*others, **variables):
    """The services, volumes and secrets of compose.yml and others beside it."""
    files = [word for name in ("compose.yml", *others) for word in ("-f", str(CONTAINERS / name))]
    done = subprocess.run(["docker-compose", *files, "--profile", "scaled", "config"], capture_output=True, text=True, check=False, timeout=60,
                          env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "VANNA_SCENARIO": "production", **variables})
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)


def make_secrets(folder):
    subprocess.run([CONTAINERS / "make_secrets", folder], check=True, stdout=subprocess.DEVNULL, timeout=60)
    return {path.name: path.read_text(encoding="utf-8").strip() for path in Path(folder).iterdir()}


class Files(unittest.TestCase):
    whole = property(lambda self: resolved())
    services = property(lambda self: self.whole["services"])

    def test_only_the_server_is_published_unless_asked_for(self):
        self.assertEqual({name for name, service in self.services.items() if "ports" in service and name != "proxy"}, {"server"})
        self.assertEqual(self.services["server"]["ports"], ["127.0.0.1:8000:8000/tcp"])
        self.assertEqual(yaml.safe_load((CONTAINERS / "compose.yml").read_text(encoding="utf-8"))["services"]["proxy"]["profiles"], ["scaled"])
        shown = resolved("compose.published.yml")["services"]
        self.assertEqual({name for name, service in shown.items() if "ports" in service}, {"server", "proxy", "prometheus", "grafana"})

    def test_what_must_last_is_on_named_volumes(self):
        self.assertLessEqual({"postgres_data", "redis_data", "chroma_data", "app_data", "backups"}, set(self.whole["volumes"]))
        for service, mount in [("postgres", "postgres_data:/var/lib/postgresql/data"), ("redis", "redis_data:/data"), ("chroma", "chroma_data:/data"),
                               ("server", "app_data:/app/data"), ("server", "backups:/backups"), ("init", "app_data:/app/data")]:
            self.assertIn(mount + ":rw", self.services[service]["volumes"])

    def test_stores_are_healthy_before_init_and_init_is_done_before_the_server(self):
        self.assertEqual(self.services["init"]["depends_on"], dict.fromkeys(("postgres", "redis", "chroma"), {"condition": "service_healthy"}))
        self.assertEqual(self.services["server"]["depends_on"], {"init": {"condition": "service_completed_successfully"}})
        self.assertEqual(self.services["init"]["command"], ["init"])
        self.assertEqual(self.services["init"]["restart"], "no")

    def test_what_looks_at_a_service_and_what_leads_to_one_come_after_it(self):
        self.assertEqual(self.services["grafana"]["depends_on"], {"prometheus": {"condition": "service_healthy"}})
        self.assertEqual(self.services["proxy"]["depends_on"], {"server": {"condition": "service_healthy"}})

    def test_every_service_that_stays_has_a_health_check(self):
        self.assertEqual(set(self.services), LONG_RUNNING | {"init"})
        for name in LONG_RUNNING:
            with self.subTest(name):
                check = self.services[name]["healthcheck"]
                self.assertEqual(check["test"][0], "CMD-SHELL" if name == "redis" else "CMD")
                self.assertLessEqual({"interval", "timeout", "retries"}, set(check))
                self.assertFalse(check.get("disable"))
        # localhost would be ::1 first, where they do not all listen.
        for name in LONG_RUNNING - {"server", "redis"}:
            self.assertIn("127.0.0.1", " ".join(self.services[name]["healthcheck"]["test"]), name)

    def test_the_stand_ins_are_looked_at_as_the_official_images_are(self):
        tried = resolved("compose.test.yml")["services"]
        for name in LONG_RUNNING:
            self.assertEqual(tried[name]["healthcheck"], self.services[name]["healthcheck"], name)

    def test_every_service_has_limits(self):
        for name, service in self.services.items():
            self.assertLessEqual({"mem_limit", "cpus", "pids_limit"}, set(service), name)

    def test_the_engine_may_do_little(self):
        for name in ("server", "init"):
            service = self.services[name]
            self.assertTrue(service["read_only"])
            self.assertEqual((service["cap_drop"], service["security_opt"], service["user"]), (["ALL"], ["no-new-privileges:true"], "10001:0"))

    def test_stores_are_on_a_network_that_leads_nowhere(self):
        self.assertTrue(self.whole["networks"]["stores"]["internal"])
        for name in ("postgres", "redis", "chroma"):
            self.assertEqual(set(self.services[name]["networks"]), {"stores"})

    def test_prometheus_and_grafana_find_what_they_look_for(self):
        (job,) = [job for job in read(CONTAINERS / "prometheus/prometheus.yml")["scrape_configs"] if job["job_name"] == "vanna"]
        self.assertEqual(job["dns_sd_configs"][0]["names"], ["server"])
        self.assertEqual(job["authorization"]["credentials_file"], "/run/secrets/metrics_token")
        self.assertIn({"source": "metrics_token"}, self.services["prometheus"]["secrets"])
        (source,) = read(CONTAINERS / "grafana/provisioning/datasources/prometheus.yml")["datasources"]
        self.assertEqual(source["url"], "http://prometheus:9090")
        for name in ("prometheus", "grafana"):
            for mount in self.services[name]["volumes"]:
                if mount.startswith("/"):
                    self.assertTrue(os.path.exists(mount.split(":")[0]), mount)
        self.assertIn(f"{CONTAINERS}/grafana/dashboards:/etc/grafana/dashboards:ro", self.services["grafana"]["volumes"])

    def test_the_test_needs_no_image_from_elsewhere(self):
        own = {service["image"] for name, service in resolved("compose.test.yml")["services"].items() if name != "grafana"}
        self.assertEqual(own, {"vanna-engine:0.1.0", "vanna-test-postgres", "vanna-test-redis", "vanna-test-chroma", "vanna-test-prometheus",
                               "vanna-test-proxy"})


class Secrets(unittest.TestCase):
    def test_they_are_made_once_for_their_owner_alone(self):
        with tempfile.TemporaryDirectory() as parent:
            folder = os.path.join(parent, "secrets")
            made = make_secrets(folder)
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
            self.assertEqual(make_secrets(folder), made)
            self.assertEqual(set(made), set(resolved()["secrets"]))
            given = [value for value in made.values() if value]
            self.assertEqual(len(set(given)), len(given))
            self.assertEqual({name for name, value in made.items() if not value}, {"jwt_previous_secret", "encryption_previous_key", "llm_api_key", "embedding_api_key"})

    def test_no_value_of_one_is_in_the_files(self):
        known = settings()
        for name in ("server", "init"):
            for setting in resolved()["services"][name]["environment"]:
                if setting in known:
                    self.assertFalse(known[setting]["secret"], setting)


class Settings(unittest.TestCase):
    def asked(self, scenario, *words):
        """What the engine says of its configuration in the server's container."""
        with tempfile.TemporaryDirectory() as folder:
            make_secrets(folder)
            given = resolved(VANNA_SCENARIO=scenario)["services"]["server"]["environment"]
            environment = {"PATH": "/usr/bin:/bin", "HOME": folder}
            for name, value in {**dockerfile.environment(), **given}.items():
                self.assertIn(name.removesuffix("_FILE"), {*settings(), "VANNA_ENV"})
                environment[name] = value.replace("/run/secrets", folder).replace("/app", str(TOP))
            done = subprocess.run([ENGINE, "config", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            return done.stdout

    def test_the_engine_takes_them_in_every_scenario(self):
        for scenario in SCENARIOS:
            with self.subTest(scenario):
                self.asked(scenario, "check")

    def test_postgresql_has_connections_for_an_upgrade_of_three_replicas(self):
        (most,) = (int(word.partition("=")[2]) for word in resolved()["services"]["postgres"]["command"] if word.startswith("max_connections="))
        for scenario in SCENARIOS:
            pool = int(json.loads(self.asked(scenario, "show", "--json"))["POSTGRES_POOL_SIZE"]["value"])
            self.assertGreater(most, 2 * 3 * (pool + 10), scenario)

    def test_the_scenario_has_to_be_chosen(self):
        with self.assertRaisesRegex(AssertionError, "choose development, staging, production or hybrid"):
            resolved(VANNA_SCENARIO="")

    def test_the_container_outlives_a_stop_in_every_scenario(self):
        for scenario in SCENARIOS:
            told = json.loads(self.asked(scenario, "show", "--json"))
            drain, grace = (int(told[f"SHUTDOWN_{part}_SECONDS"]["value"]) for part in ("DRAIN", "GRACE"))
            self.assertGreaterEqual(int(resolved()["services"]["server"]["stop_grace_period"].removesuffix("s")), drain + grace + 5, scenario)


if __name__ == "__main__":
    ENGINE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
