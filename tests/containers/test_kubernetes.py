#!/usr/bin/python3
"""What Kubernetes is given: rendered by kubectl, its parts held to each other, to the image and to the engine's settings.

    test_kubernetes.py VANNA_ENGINE
"""

import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

import dockerfile
from pod_settings import asked, effective, secrets_of, settings
from promql import CONTAINERS, TOP
from rendered import OVERLAYS, one, pods, put_original, render, selects, template
from rules import read

ENGINE = None


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
                service = one(objects, "Service", name)
                self.assertTrue(selects(service["spec"]["selector"], pods(objects)["server"]["metadata"]["labels"]))
                self.assertFalse(selects(service["spec"]["selector"], pods(objects)["init"]["metadata"]["labels"]))
                self.assertEqual(service["spec"]["ports"][0]["targetPort"], "http")
            self.assertEqual(one(objects, "StatefulSet", "vanna-engine")["spec"]["serviceName"], "vanna-engine-replicas")

    def test_the_ingress_leads_to_the_service(self):
        for objects in self.each_overlay():
            ingress = one(objects, "Ingress")["spec"]
            (rule,), (tls,) = ingress["rules"], ingress["tls"]
            self.assertEqual(tls["hosts"], [rule["host"]])
            (path,) = rule["http"]["paths"]
            self.assertEqual((path["path"], path["pathType"]), ("/", "Prefix"))
            self.assertEqual(path["backend"]["service"], {"name": "vanna-engine", "port": {"name": "http"}})
            self.assertIn("http", {port["name"] for port in one(objects, "Service", "vanna-engine")["spec"]["ports"]})

    def test_the_network_policy_is_about_replicas_and_init_and_lets_them_reach_every_store(self):
        for objects in self.each_overlay():
            policy = one(objects, "NetworkPolicy")["spec"]
            for pod in pods(objects).values():
                self.assertTrue(selects(policy["podSelector"]["matchLabels"], pod["metadata"]["labels"]))
            self.assertEqual({port["port"] for rule in policy["egress"] for port in rule["ports"]}, {53, 5432, 6379, 8000, 443})
            (rule,) = policy["ingress"]
            self.assertEqual([port["port"] for port in rule["ports"]], [8000])
            self.assertEqual([who["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for who in rule["from"]],
                             ["ingress-nginx", "monitoring"])
            self.assertEqual(sorted(policy["policyTypes"]), ["Egress", "Ingress"])

    def test_the_init_job_runs_all_of_init_once_with_what_the_replicas_have(self):
        for objects in self.each_overlay():
            (init,), (server,) = (pods(objects)[component]["spec"]["containers"] for component in ("init", "server"))
            self.assertEqual((init["args"], server["args"]), (["init"], ["serve"]))
            for same in ("image", "envFrom"):
                self.assertEqual(init[same], server[same])
            made = {each["metadata"]["name"] for each in objects if each["kind"] == "ConfigMap"}
            self.assertEqual({source["configMapRef"]["name"] for source in init["envFrom"]}, made)
            # A pod that fails is kept for its log; another is tried, but not for ever.
            self.assertEqual(pods(objects)["init"]["spec"]["restartPolicy"], "Never")
            self.assertLessEqual(one(objects, "Job")["spec"]["activeDeadlineSeconds"], 3600)

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

    def test_every_container_reads_its_secrets_where_they_are_mounted(self):
        for overlay in OVERLAYS:
            objects = render(f"overlays/{overlay}")
            name = template()["metadata"]["name"] if overlay == "production" else one(objects, "Secret")["metadata"]["name"]
            files = [value for key, value in one(objects, "ConfigMap")["data"].items() if key.endswith("_FILE") and key != "VANNA_ENV_FILE"]
            self.assertGreater(len(files), 7)
            for pod in pods(objects).values():
                (volume,) = [each for each in pod["spec"]["volumes"] if "secret" in each]
                self.assertEqual(volume["secret"]["secretName"], name)
                for container in [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]:
                    (path,) = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == volume["name"]]
                    self.assertEqual({value.rpartition("/")[0] for value in files}, {path}, container["name"])
                    self.assertLessEqual({"/app/data", "/backups", "/tmp"}, {mount["mountPath"] for mount in container["volumeMounts"]})

    def test_the_pod_that_takes_the_original_writes_where_the_others_read(self):
        pod, objects = put_original(), render("overlays/production")
        (source,) = [volume["persistentVolumeClaim"]["claimName"] for volume in pod["spec"]["volumes"]]
        for template_ in pods(objects).values():
            self.assertIn(source, [volume["persistentVolumeClaim"]["claimName"] for volume in template_["spec"]["volumes"] if "persistentVolumeClaim" in volume])
        self.assertEqual(pod["spec"]["containers"][0]["image"], pods(objects)["server"]["spec"]["containers"][0]["image"])
        self.assertTrue(pod["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"])

    def test_the_service_monitor_finds_the_replicas_by_their_service(self):
        whole = one(render("monitoring"), "ServiceMonitor")
        monitor, (endpoint,) = whole["spec"], whole["spec"]["endpoints"]
        (service,) = [each for each in render("overlays/production") if each["kind"] == "Service"
                      and selects(monitor["selector"]["matchLabels"], each["metadata"]["labels"])]
        self.assertEqual((service["metadata"]["name"], service["metadata"]["namespace"]), ("vanna-engine-replicas", whole["metadata"]["namespace"]))
        # Each replica by itself, and also one that is not ready.
        self.assertEqual((service["spec"]["clusterIP"], service["spec"]["publishNotReadyAddresses"]), ("None", True))
        self.assertIn(endpoint["port"], {port["name"] for port in service["spec"]["ports"]})
        token = endpoint["authorization"]["credentials"]
        self.assertEqual((token["name"], token["key"]), (template()["metadata"]["name"], "METRICS_TOKEN"))
        self.assertIn(token["key"], template()["stringData"])

    def test_the_service_monitor_scrapes_as_the_shipped_configuration_does(self):
        monitor = one(render("monitoring"), "ServiceMonitor")["spec"]
        (job,) = [job for job in read(CONTAINERS / "prometheus/prometheus.yml")["scrape_configs"] if job["job_name"] == "vanna"]
        self.assertEqual(monitor["endpoints"][0]["relabelings"], [{"targetLabel": "job", "replacement": job["job_name"]}])
        self.assertEqual(monitor["sampleLimit"], job["sample_limit"])
        self.assertEqual(monitor["endpoints"][0].get("path", "/metrics"), job.get("metrics_path", "/metrics"))


    def test_the_ingress_lets_through_what_the_engine_takes_and_waits_as_long_as_it_may_take(self):
        for overlay in OVERLAYS:
            said = {key.rpartition("/")[2]: value for key, value in one(render(f"overlays/{overlay}"), "Ingress")["metadata"]["annotations"].items()}
            self.assertEqual(int(said["proxy-body-size"].removesuffix("m")) << 20, int(effective(ENGINE, overlay)["MAX_BODY_BYTES"]))
            self.assertGreater(int(said["proxy-read-timeout"]) * 1000, int(effective(ENGINE, overlay)["EXPORT_TIMEOUT_MS"]))
            self.assertEqual(said["proxy-buffering"], "off")


class Pods(unittest.TestCase):
    def test_they_may_do_little(self):
        user = int(dict(dockerfile.instructions(CONTAINERS / "Dockerfile")["runtime"])["USER"].split(":")[0])
        for overlay in OVERLAYS:
            for component, pod in pods(render(f"overlays/{overlay}")).items():
                with self.subTest(overlay=overlay, component=component):
                    spec = pod["spec"]
                    self.assertTrue(spec["securityContext"]["runAsNonRoot"])
                    self.assertEqual(spec["securityContext"]["runAsUser"], user)
                    # Whoever it is: the volumes are of its group.
                    self.assertEqual(spec["securityContext"]["fsGroup"], spec["securityContext"]["runAsGroup"])
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
            self.assertEqual(server["ports"], [{"name": "http", "containerPort": int(effective(ENGINE, overlay)["PORT"])}])
            # Not restarted for a moment's pause; no new request for longer than a few seconds once it is not ready.
            live, ready = (server[name] for name in ("livenessProbe", "readinessProbe"))
            self.assertGreaterEqual(live["periodSeconds"] * live["failureThreshold"], 30)
            self.assertLessEqual(ready["periodSeconds"] * ready["failureThreshold"], 5)

    def test_a_stop_has_the_time_that_it_may_take(self):
        for overlay in OVERLAYS:
            pod = pods(render(f"overlays/{overlay}"))["server"]["spec"]
            program, seconds = pod["containers"][0]["lifecycle"]["preStop"]["exec"]["command"]
            self.assertEqual(program, "sleep")
            drain, grace = (int(effective(ENGINE, overlay)[f"SHUTDOWN_{part}_SECONDS"]) for part in ("DRAIN", "GRACE"))
            self.assertGreater(pod["terminationGracePeriodSeconds"], int(seconds) + drain + grace + 5)
            self.assertGreaterEqual(drain, 5)

    def test_each_event_loop_has_a_core(self):
        for overlay in OVERLAYS:
            (server,) = pods(render(f"overlays/{overlay}"))["server"]["spec"]["containers"]
            self.assertEqual(effective(ENGINE, overlay)["WORKERS"], server["resources"]["limits"]["cpu"])

    def test_golden_copy_and_spool_are_on_a_small_volume_of_each_replica_and_backups_on_a_common_one(self):
        for overlay in OVERLAYS:
            objects = render(f"overlays/{overlay}")
            (own,) = one(objects, "StatefulSet", "vanna-engine")["spec"]["volumeClaimTemplates"]
            self.assertEqual((own["metadata"]["name"], own["spec"]["accessModes"]), ("data", ["ReadWriteOnce"]))
            self.assertLessEqual(int(own["spec"]["resources"]["requests"]["storage"].removesuffix("Gi")), 10)
            for component, pod in pods(objects).items():
                mounts = {mount["mountPath"]: mount for mount in pod["spec"]["containers"][0]["volumeMounts"]}
                volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
                for setting, folder, volume in (("TARGET_DB_PATH", "/app/data", "data"), ("SPOOL_DIR", "/app/data", "data"),
                                                ("BACKUP_DIR", "/backups", "backups")):
                    self.assertTrue(os.path.join("/app", effective(ENGINE, overlay)[setting]).startswith(folder + "/"), setting)
                    self.assertEqual(mounts[folder]["name"], volume)
                self.assertEqual(volumes["backups"]["persistentVolumeClaim"], {"claimName": "vanna-backups"})
                # What init copies is checked there and thrown away: a replica makes its own.
                self.assertEqual("emptyDir" in volumes.get("data", {}), component == "init")

    def test_whoever_mounts_a_claim_of_one_node_is_on_that_node(self):
        for overlay in OVERLAYS:
            objects = render(f"overlays/{overlay}")
            (mode,) = one(objects, "PersistentVolumeClaim", "vanna-backups")["spec"]["accessModes"]
            server, init = (pods(objects)[component] for component in ("server", "init"))
            if mode == "ReadWriteOnce":
                self.assertEqual(one(objects, "StatefulSet", "vanna-engine")["spec"]["replicas"], 1)
                (term,) = init["spec"]["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
                self.assertEqual(term["topologyKey"], "kubernetes.io/hostname")
                self.assertTrue(selects(term["labelSelector"]["matchLabels"], server["metadata"]["labels"]))

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
        self.assertGreater(scaler["maxReplicas"], 3)
        (metric,) = scaler["metrics"]
        self.assertEqual((metric["type"], metric["resource"]["name"], metric["resource"]["target"]["type"]), ("Resource", "cpu", "Utilization"))
        # Utilization is measured by what the pod asks for.
        self.assertIn("cpu", replicas["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"])
        budget = one(self.objects, "PodDisruptionBudget")["spec"]
        self.assertEqual(budget["maxUnavailable"], 1)
        self.assertTrue(selects(budget["selector"]["matchLabels"], pods(self.objects)["server"]["metadata"]["labels"]))

    def test_backups_are_on_a_volume_that_all_replicas_write(self):
        self.assertEqual(one(self.objects, "PersistentVolumeClaim", "vanna-backups")["spec"]["accessModes"], ["ReadWriteMany"])

    def test_the_original_is_where_the_engine_looks_for_it_and_cannot_be_written(self):
        source = os.path.join("/app", effective(ENGINE, "production")["TARGET_DB_SOURCE"])
        for pod in pods(self.objects).values():
            (mount,) = [mount for mount in pod["spec"]["containers"][0]["volumeMounts"] if source.startswith(mount["mountPath"] + "/")]
            (volume,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == mount["name"]]
            self.assertEqual((mount["readOnly"], volume["persistentVolumeClaim"]), (True, {"claimName": "vanna-source", "readOnly": True}))

    def test_its_namespace_refuses_pods_that_may_do_more(self):
        labels = one(self.objects, "Namespace")["metadata"]["labels"]
        self.assertEqual(labels["pod-security.kubernetes.io/enforce"], "restricted")

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

    def test_the_engine_takes_those_of_every_overlay(self):
        for overlay in OVERLAYS:
            done = asked(ENGINE, overlay, secrets_of(overlay), "config", "check")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_secret_template_that_nobody_has_filled_in_is_refused(self):
        forgotten = asked(ENGINE, "production", template()["stringData"], "config", "check")
        self.assertEqual(forgotten.returncode, 78, forgotten.stdout + forgotten.stderr)
        self.assertIn("JWT_SECRET", forgotten.stderr)

    def test_an_overlay_as_the_guide_writes_it_selects_another_scenario(self):
        overlay, ingress = re.findall(r"```yaml\n(.*?)```", (CONTAINERS / "README.md").read_text(encoding="utf-8"), re.S)
        for scenario in ("staging", "hybrid"):
            with self.subTest(scenario), tempfile.TemporaryDirectory() as folder:
                here = os.path.relpath(CONTAINERS, os.path.realpath(folder))
                for name, text in (("kustomization.yaml", overlay), ("ingress.yaml", ingress)):
                    Path(folder, name).write_text(text.replace("../vanna/containers", here).replace("staging", scenario), encoding="utf-8")
                rules, tls = (one(render(folder), "Ingress")["spec"][part] for part in ("rules", "tls"))
                self.assertEqual(([rule["host"] for rule in rules], [host for each in tls for host in each["hosts"]]),
                                 ([f"vanna.{scenario}.example.com"],) * 2)
                self.assertEqual({each["metadata"]["namespace"] for each in render(folder) if each["kind"] != "Namespace"}, {f"vanna-{scenario}"})
                self.assertEqual(one(render(folder), "ConfigMap")["data"]["VANNA_ENV_FILE"], f"/app/config/{scenario}.env")
                done = asked(ENGINE, folder, secrets_of("production"), "config", "check")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    ENGINE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
