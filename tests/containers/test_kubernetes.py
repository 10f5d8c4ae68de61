#!/usr/bin/python3
"""What Kubernetes is given: rendered by kubectl, its fields held to the schemas, its parts to each other and to the engine.

    test_kubernetes.py VANNA_ENGINE
"""

import base64
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml
from promql import CONTAINERS, TOP

HERE = CONTAINERS / "kubernetes"
OVERLAYS = ("dev", "production")
SCHEMAS = Path(__file__).resolve().parent / "schemas"
ENGINE = None
_rendered = {}


def render(path):
    """The objects of a kustomization."""
    if path not in _rendered:
        done = subprocess.run(["kubectl", "kustomize", HERE / path], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        _rendered[path] = [joined(each) for each in yaml.safe_load_all(done.stdout) if each]
    return _rendered[path]


def joined(each):
    """Newer kustomize breaks long base64 into lines, which the schema does not like and Kubernetes does not mind."""
    if each["kind"] == "Secret":
        each["data"] = {key: "".join(value.split()) for key, value in each["data"].items()}
    return each


def one(objects, kind, name=""):
    (found,) = [each for each in objects if each["kind"] == kind and each["metadata"]["name"].startswith(name)]
    return found


def pods(objects):
    """The templates of the engine's own pods, by component."""
    templates = [each["spec"]["template"] for each in objects if each["kind"] in ("StatefulSet", "Job")]
    return {each["metadata"]["labels"]["app.kubernetes.io/component"]: each for each in templates
            if each["metadata"]["labels"]["app.kubernetes.io/name"] == "vanna-engine"}


def selects(selector, labels):
    return selector.items() <= labels.items()


def problems(objects):
    """What the schemas find wrong."""
    done = subprocess.run(["node", SCHEMAS / "validate.cjs"], input=json.dumps(objects), capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def settings():
    """Every setting's name, and whether it may come as NAME_FILE and is a secret."""
    text = (TOP / "config/definitions.cpp").read_text(encoding="utf-8")
    entries = re.findall(r'\{"([A-Z_]+)",\s*(\w+),(.*?)\},?\n(?=    \{"|\};)', text, re.S)
    return {name: {"secret": bool(re.search(r"(UINT64_MAX|\b\d+),\s*true(,\s*true)?$", rest)), "url": kind == "url"} for name, kind, rest in entries}


def template():
    return yaml.safe_load((HERE / "secret_template.yaml").read_text(encoding="utf-8"))


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        subprocess.run([SCHEMAS / "install"], check=True, stdout=subprocess.DEVNULL, timeout=110)

    def test_every_field_is_as_the_schemas_say(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                self.assertEqual(problems(render(f"overlays/{overlay}")), [])
        self.assertEqual(problems([template()]), [])

    def test_what_is_wrong_is_found(self):
        def changed(change):
            copy = json.loads(json.dumps(one(render("overlays/production"), "StatefulSet")))
            change(copy, copy["spec"]["template"]["spec"]["containers"][0])
            return problems([copy])
        for change, words in [
            (lambda whole, server: whole["spec"].update(replicas="3"), "/spec/replicas: type"),
            (lambda whole, server: whole["spec"].update(replica=3), "/spec/replica: no such field"),
            (lambda whole, server: server["readinessProbe"].update(period=3), "/readinessProbe/period: no such field"),
            (lambda whole, server: server["ports"][0].update(containerPort="http"), "/ports/0/containerPort: type"),
            (lambda whole, server: whole.update(apiVersion="apps/v2"), "no apps/v2 StatefulSet"),
            (lambda whole, server: whole["spec"].pop("selector"), "selector"),
        ]:
            found = changed(change)
            self.assertEqual(len(found), 1, (words, found))
            self.assertIn(words, found[0])


class Objects(unittest.TestCase):
    def each_overlay(self):
        for overlay in OVERLAYS:
            with self.subTest(overlay):
                yield render(f"overlays/{overlay}")

    def test_all_are_in_one_namespace_that_is_made(self):
        for objects in self.each_overlay():
            namespace = one(objects, "Namespace")["metadata"]["name"]
            self.assertEqual({each["metadata"].get("namespace") for each in objects if each["kind"] != "Namespace"}, {namespace})

    def test_the_init_job_and_the_images_have_the_engines_version(self):
        version = re.search(r"VERSION (\d+\.\d+\.\d+)", (TOP / "CMakeLists.txt").read_text(encoding="utf-8"))[1]
        for objects in self.each_overlay():
            self.assertEqual(one(objects, "Job")["metadata"]["name"], "vanna-engine-init-" + version.replace(".", "-"))
            for pod in pods(objects).values():
                self.assertTrue(pod["spec"]["containers"][0]["image"].endswith("vanna-engine:" + version))

    def test_services_select_the_replicas_and_not_the_init_job(self):
        for objects in self.each_overlay():
            for name in ("vanna-engine", "vanna-engine-replicas"):
                (service,) = [each for each in objects if each["kind"] == "Service" and each["metadata"]["name"] == name]
                self.assertTrue(selects(service["spec"]["selector"], pods(objects)["server"]["metadata"]["labels"]))
                self.assertFalse(selects(service["spec"]["selector"], pods(objects)["init"]["metadata"]["labels"]))
                self.assertEqual(service["spec"]["ports"][0]["targetPort"], "http")
            self.assertEqual(one(objects, "StatefulSet", "vanna-engine")["spec"]["serviceName"], "vanna-engine-replicas")

    def test_the_ingress_leads_to_the_service(self):
        for objects in self.each_overlay():
            (path,) = one(objects, "Ingress")["spec"]["rules"][0]["http"]["paths"]
            self.assertEqual(path["backend"]["service"], {"name": "vanna-engine", "port": {"name": "http"}})

    def test_the_network_policy_is_about_replicas_and_init_and_lets_them_reach_every_store(self):
        for objects in self.each_overlay():
            policy = one(objects, "NetworkPolicy")["spec"]
            for pod in pods(objects).values():
                self.assertTrue(selects(policy["podSelector"]["matchLabels"], pod["metadata"]["labels"]))
            self.assertEqual({port["port"] for rule in policy["egress"] for port in rule["ports"]}, {53, 5432, 6379, 8000, 443})
            self.assertEqual({port["port"] for rule in policy["ingress"] for port in rule["ports"]}, {8000})

    def test_every_mount_has_its_volume_and_every_claim_is_made(self):
        for objects in self.each_overlay():
            made = {each["metadata"]["name"] for each in objects if each["kind"] == "PersistentVolumeClaim"}
            templates = {each["metadata"]["name"] for each in one(objects, "StatefulSet", "vanna-engine")["spec"]["volumeClaimTemplates"]}
            for component, pod in pods(objects).items():
                volumes = {volume["name"] for volume in pod["spec"]["volumes"]} | (templates if component == "server" else set())
                mounts = pod["spec"]["containers"][0]["volumeMounts"]
                self.assertEqual({mount["name"] for mount in mounts}, volumes)
                self.assertLessEqual({"/app/data", "/backups", "/tmp"}, {mount["mountPath"] for mount in mounts if not mount.get("readOnly")})
                self.assertLessEqual({volume["persistentVolumeClaim"]["claimName"] for volume in pod["spec"]["volumes"]
                                      if "persistentVolumeClaim" in volume}, made)

    def test_the_service_monitor_finds_the_replicas_by_their_service(self):
        monitor = one(render("monitoring"), "ServiceMonitor")["spec"]
        objects = render("overlays/production")
        found = [each["metadata"]["name"] for each in objects if each["kind"] == "Service"
                 and selects(monitor["selector"]["matchLabels"], each["metadata"]["labels"])]
        self.assertEqual(found, ["vanna-engine-replicas"])
        self.assertIn(monitor["endpoints"][0]["authorization"]["credentials"]["key"], template()["stringData"])


class Pods(unittest.TestCase):
    def test_they_may_do_little(self):
        for overlay in OVERLAYS:
            for component, pod in pods(render(f"overlays/{overlay}")).items():
                with self.subTest(overlay=overlay, component=component):
                    spec = pod["spec"]
                    self.assertTrue(spec["securityContext"]["runAsNonRoot"])
                    self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                    for container in [*spec.get("initContainers", []), *spec["containers"]]:
                        self.assertEqual(container["securityContext"], {
                            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}})
                        self.assertLessEqual({"cpu", "memory"}, set(container["resources"]["limits"]))
                    self.assertFalse(spec["automountServiceAccountToken"])
                    # Else a service called postgres sets POSTGRES_PORT, a setting of the engine.
                    self.assertFalse(spec["enableServiceLinks"])

    def test_no_replica_of_a_new_version_serves_before_its_migrations_are_there(self):
        for overlay in OVERLAYS:
            objects = render(f"overlays/{overlay}")
            (migrate,), (server,) = (pods(objects)["server"]["spec"][each] for each in ("initContainers", "containers"))
            self.assertEqual(migrate["args"], ["init", "--only", "system-db"])
            for same in ("image", "envFrom"):
                self.assertEqual(migrate[same], server[same])
            for mount in migrate["volumeMounts"]:
                self.assertIn(mount, server["volumeMounts"])
            # A Job cannot be changed: the one before is gone when another tag or other settings are applied.
            self.assertLessEqual(one(objects, "Job")["spec"]["ttlSecondsAfterFinished"], 600)

    def test_probes_ask_what_they_mean(self):
        for overlay in OVERLAYS:
            (server,) = pods(render(f"overlays/{overlay}"))["server"]["spec"]["containers"]
            asked = {name: server[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
            self.assertEqual({name: (probe["path"], probe["port"]) for name, probe in asked.items()}, {
                "startupProbe": ("/health/live", "http"), "livenessProbe": ("/health/live", "http"), "readinessProbe": ("/health/ready", "http")})

    def test_a_stop_has_the_time_that_it_may_take(self):
        for overlay in OVERLAYS:
            pod = pods(render(f"overlays/{overlay}"))["server"]["spec"]
            program, seconds = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
            self.assertEqual(program, "sleep")
            drain, grace = 5, 30
            self.assertGreater(pod["terminationGracePeriodSeconds"], int(seconds) + drain + grace + 10)

    def test_replicas_keep_apart(self):
        pod = pods(render("overlays/production"))["server"]
        terms = pod["spec"]["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        self.assertEqual([term["podAffinityTerm"]["topologyKey"] for term in terms], ["kubernetes.io/hostname", "topology.kubernetes.io/zone"])
        for term in terms:
            self.assertTrue(selects(term["podAffinityTerm"]["labelSelector"]["matchLabels"], pod["metadata"]["labels"]))


class Production(unittest.TestCase):
    objects = property(lambda self: render("overlays/production"))

    def test_three_replicas_that_grow_with_the_load_and_are_drained_one_by_one(self):
        replicas = one(self.objects, "StatefulSet")
        scaler = one(self.objects, "HorizontalPodAutoscaler")["spec"]
        self.assertEqual(replicas["spec"]["replicas"], 3)
        self.assertEqual(scaler["minReplicas"], 3)
        self.assertEqual(scaler["scaleTargetRef"], {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": replicas["metadata"]["name"]})
        self.assertEqual(scaler["metrics"][0]["resource"]["name"], "cpu")
        budget = one(self.objects, "PodDisruptionBudget")["spec"]
        self.assertEqual(budget["maxUnavailable"], 1)
        self.assertTrue(selects(budget["selector"]["matchLabels"], pods(self.objects)["server"]["metadata"]["labels"]))

    def test_backups_are_on_a_volume_that_all_replicas_write(self):
        self.assertEqual(one(self.objects, "PersistentVolumeClaim", "vanna-backups")["spec"]["accessModes"], ["ReadWriteMany"])

    def test_it_holds_no_secret(self):
        self.assertEqual([each for each in self.objects if each["kind"] == "Secret"], [])


class Settings(unittest.TestCase):
    def files(self, overlay):
        data = one(render(f"overlays/{overlay}"), "ConfigMap")["data"]
        return {key.removesuffix("_FILE"): Path(path).name for key, path in data.items() if key.endswith("_FILE") and key != "VANNA_ENV_FILE"}

    def test_each_is_one_of_the_engines(self):
        known = settings()
        for overlay in OVERLAYS:
            for key in one(render(f"overlays/{overlay}"), "ConfigMap")["data"]:
                if key != "VANNA_ENV_FILE":
                    self.assertIn(key.removesuffix("_FILE"), known)

    def test_every_secret_of_the_engine_comes_as_a_file_that_the_secret_has(self):
        secrets = {name for name, what in settings().items() if what["secret"]} - {"POSTGRES_PASSWORD"}
        self.assertGreater(len(secrets), 7)
        for overlay in OVERLAYS:
            self.assertEqual(self.files(overlay), {name: name for name in secrets | {"DATABASE_URL", "REDIS_URL"}})
        self.assertEqual(set(template()["stringData"]), set(self.files("production")))
        self.assertEqual(set(one(render("overlays/dev"), "Secret")["data"]), set(self.files("dev")))

    def check(self, overlay, secrets):
        """What `config check` says to this overlay's settings, files where they are in this checkout."""
        with tempfile.TemporaryDirectory() as folder:
            data = one(render(os.path.join("overlays", overlay)), "ConfigMap")["data"]
            environment = {"PATH": "/usr/bin:/bin", "HOME": folder}
            for key, value in data.items():
                environment[key] = value.replace("/run/secrets/vanna", folder).replace("/app", str(TOP))
            for key, value in secrets.items():
                Path(folder, key).write_text(value + "\n", encoding="utf-8")
            return subprocess.run([ENGINE, "config", "check"], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def filled(self):
        names = ("JWT_SECRET", "INIT_ADMIN_PASSWORD", "ENCRYPTION_KEY", "BACKUP_SIGNING_KEY", "METRICS_TOKEN")
        return template()["stringData"] | dict.fromkeys(names, "a secret of the test, long enough for any of them")

    def test_the_engine_takes_those_of_production(self):
        done = self.check("production", self.filled())
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        forgotten = self.check("production", template()["stringData"])
        self.assertEqual(forgotten.returncode, 78, forgotten.stdout + forgotten.stderr)
        self.assertIn("JWT_SECRET", forgotten.stderr)

    def test_an_overlay_as_the_guide_writes_it_selects_another_scenario(self):
        (text,) = re.findall(r"```yaml\n(.*?)```", (CONTAINERS / "README.md").read_text(encoding="utf-8"), re.S)
        for scenario in ("staging", "hybrid"):
            with self.subTest(scenario), tempfile.TemporaryDirectory() as folder:
                written = text.replace("../vanna/containers", os.path.relpath(CONTAINERS, os.path.realpath(folder))).replace("staging", scenario)
                Path(folder, "kustomization.yaml").write_text(written, encoding="utf-8")
                self.assertEqual({each["metadata"]["namespace"] for each in render(folder) if each["kind"] != "Namespace"}, {f"vanna-{scenario}"})
                self.assertEqual(one(render(folder), "ConfigMap")["data"]["VANNA_ENV_FILE"], f"/app/config/{scenario}.env")
                done = self.check(folder, self.filled())
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_engine_takes_those_of_development(self):
        data = one(render("overlays/dev"), "Secret")["data"]
        done = self.check("dev", {key: base64.b64decode(value).decode() for key, value in data.items()})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    ENGINE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
