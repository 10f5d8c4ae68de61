"""What one installation does: comes up in order, answers, is backed up and restored, and is seen by Prometheus."""

import prometheus
from composed import docker
from dashboard import queries
from promql import declared
from support import activity
from support.polling import eventually


def it_comes_up_in_order(it):
    it.compose("up", "-d", "server", "prometheus", "proxy", timeout=900)
    (init,), (server,) = it.containers("init"), it.containers("server")
    assert it.inspect(init)["State"]["ExitCode"] == 0
    for name in ("server", "prometheus", "proxy"):
        it.healthy(it.containers(name)[0])
    assert it.inspect(init)["State"]["FinishedAt"] <= it.inspect(server)["State"]["StartedAt"]
    eventually(lambda: it.client().get("/health/ready").status == 200, 30, "the proxy")


def nothing_but_its_folders_can_be_written(it):
    (server,) = it.containers("server")
    for folder, can in (("/app/data", True), ("/backups", True), ("/tmp", True), ("/app", False), ("/app/config", False), ("/app/assets/databases", False),
                        ("/etc", False), ("/usr/local/bin", False), ("/var/tmp", False)):
        done = docker("exec", server, "sh", "-c", f"touch {folder}/probe 2>&1 && rm {folder}/probe && echo written; true")
        assert ("written" in done) == can, f"{folder}: {done}"
    assert docker("exec", server, "sh", "-c", "tr '\\0' ' ' </proc/1/cmdline").strip() == "vanna-engine serve"


def db_init_finds_nothing_left_to_do(it):
    said = it.compose("run", "--rm", "-T", "--entrypoint", "./db_init.sh", "init")
    assert "done " not in said and "ready" in said, said


def a_user_logs_in_and_asks(it):
    answer = it.analyst().post("/api/v1/queries/ask", {"question": "how many customers are there?"}, expect=200).json
    assert answer["rows"] == [[920]], answer


def a_backup_is_taken_verified_and_restored(it):
    admin = it.admin()
    taken = it.ended(admin, admin.post("/api/v1/admin/db/backup", expect=202))["result"]["backup_id"]
    it.ended(admin, admin.post(f"/api/v1/admin/db/backup/verify/{taken}", {"drill": True}, expect=202))
    admin.post("/api/v1/ontology", {"term_name": "after the backup", "description": "gone with the restore"}, expect=201)
    begun = admin.post(f"/api/v1/admin/db/restore/{taken}", query={"confirm": "true"}, expect=202)

    def is_over():
        job = it.admin().get(begun.json["status_url"], expect=200).json
        return job if job["finished_at"] else None
    job = eventually(is_over, 180, "the restore")
    assert job["state"] == "succeeded", job
    names = [term["term_name"] for term in it.admin().get("/api/v1/ontology", {"limit": "200"}, expect=200).json["items"]]
    assert names and "after the backup" not in names, names


def prometheus_scrapes_every_replica(it):
    replicas = len(it.containers("server"))
    eventually(lambda: len(prometheus.ask(it.prometheus_port, 'up{job="vanna"} == 1')) == replicas, 60, "every replica being up")
    seen = {one["metric"]["__name__"] for one in prometheus.ask(it.prometheus_port, '{job="vanna"}')}
    assert {name for name in declared() if name.startswith("vanna_http_")} <= seen


def promtool_finds_nothing_wrong(it):
    (container,) = it.containers("prometheus")
    page = it.client().get("/metrics", headers={"Authorization": f"Bearer {it.secret('metrics_token')}"}, expect=200).text
    said = docker("exec", "--interactive", container, "promtool", "check", "metrics", input=page)
    assert not said.strip(), said
    docker("exec", container, "sh", "-c", "promtool check rules /etc/prometheus/rules/*.yml && promtool check config /etc/prometheus/prometheus.yml")


def every_query_of_the_dashboard_returns_data(it):
    admin, analyst = it.admin(), it.analyst()
    it.ended(admin, admin.post("/api/v1/admin/db/chroma/train", expect=202))
    activity.everything(analyst, admin, lambda answer: it.ended(admin, answer))
    # Alerts are no annotation while none fires, nor is a restart.
    empty = [(title, query) for title, query in queries("1m") if not title.startswith("annotation ")]
    assert len(empty) > 60, len(empty)

    def all_have_answered():
        activity.a_little(analyst)
        empty[:] = [(title, query) for title, query in empty if not prometheus.ask(it.prometheus_port, query)]
        return not empty
    try:
        eventually(all_have_answered, 120, "data for every panel")
    except AssertionError as failure:
        raise AssertionError(f"{failure}; without data: {empty}") from None


STORIES = [it_comes_up_in_order, nothing_but_its_folders_can_be_written, db_init_finds_nothing_left_to_do, a_user_logs_in_and_asks,
           a_backup_is_taken_verified_and_restored, prometheus_scrapes_every_replica, promtool_finds_nothing_wrong,
           every_query_of_the_dashboard_returns_data]
