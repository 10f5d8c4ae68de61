"""Several replicas behind a proxy: rolled under load, killed with work in hand, stopped with a job running, started before the stores."""

import subprocess
import time

from composed import docker, logs
from stories.use import prometheus_scrapes_every_replica
from support.client import Client
from support.load import Load
from support.polling import eventually

GRACE = "45"
LATE = 30


def three_replicas_stand_behind_the_proxy(it):
    it.scale(3)
    assert len(it.containers("server")) == 3
    prometheus_scrapes_every_replica(it)


def rolling_one_at_a_time_fails_no_request(it):
    it.admin().put("/api/v1/admin/configurations/QUERY_RATE_PER_MINUTE", {"value": "0"}, expect=200)
    with Load(it.analyst(), 4, "rolled") as load:
        for container in it.containers("server"):
            before = load.count()
            docker("stop", "--time", GRACE, container)
            assert it.inspect(container)["State"]["ExitCode"] == 0, container
            docker("start", container)
            it.healthy(container)
            eventually(lambda before=before: load.count() > before + 50, 60, "requests going on")
    assert (load.refused, load.broken, load.turned_away) == ([], 0, 0), (load.refused[:3], load.broken, load.turned_away)
    print(f"        {load.count()} requests answered meanwhile", flush=True)
    assert load.count() > 300, load.count()
    eventually(lambda: sorted(it.stored("rolled")) == sorted(load.answered), 60, "each of them recorded once")


def one_killed_with_records_in_its_spool_is_adopted_and_each_is_stored_once(it):
    it.scale(3)
    doomed = it.containers("server")[0]
    analyst = Client(it.port_of(doomed), it.analyst().token)
    (postgres,) = it.containers("postgres")
    docker("pause", postgres)
    try:
        ids = [analyst.run(f"SELECT {number}, 'spooled'").json["query_id"] for number in range(20)]
    finally:
        docker("kill", "--signal", "KILL", doomed)
        docker("unpause", postgres)
    eventually(lambda: len(it.stored("spooled")) >= len(ids), 60, "the records, adopted by another replica")
    assert sorted(it.stored("spooled")) == sorted(ids)
    assert not it.inspect(doomed)["State"]["Running"]
    docker("start", doomed)
    it.healthy(doomed)
    assert sorted(it.stored("spooled")) == sorted(ids)


def one_stopped_with_a_job_running_cancels_it_and_ends_in_time(it):
    server = it.containers("server")[0]
    admin = it.admin()
    holding = it.hold("LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE")
    try:
        begun = Client(it.port_of(server), admin.token).post("/api/v1/admin/db/vacuum", {"table": "users"}, expect=202).json
        eventually(lambda: admin.get(begun["status_url"], expect=200).json["state"] == "running", 30, "the job running")
        began = time.monotonic()
        docker("stop", "--time", GRACE, server)
        assert time.monotonic() - began < float(GRACE) - 5
        assert it.inspect(server)["State"]["ExitCode"] == 0
        assert admin.get(begun["status_url"], expect=200).json["state"] == "cancelled"
    finally:
        holding.kill()
        it.sql("select pg_terminate_backend(pid) from pg_stat_activity where query like 'LOCK TABLE users%'")
        holding.wait(30)
    docker("start", server)
    it.healthy(server)


def a_second_signal_ends_it_at_once(it):
    server = it.containers("server")[0]
    client = Client(it.port_of(server))
    docker("kill", "--signal", "TERM", server)
    eventually(lambda: client.get("/health/ready").status == 503, 5, "the first being heard")
    docker("kill", "--signal", "TERM", server)
    eventually(lambda: not it.inspect(server)["State"]["Running"], 2, "its end")
    assert it.inspect(server)["State"]["ExitCode"] == 1
    docker("start", server)
    it.healthy(server)


def stores_that_come_up_late_are_waited_for(it):
    it.scale(1)
    (server,) = it.containers("server")
    docker("stop", "--time", GRACE, server)
    stores = [container for name in ("postgres", "redis", "chroma") for container in it.containers(name)]
    docker("stop", *stores)
    docker("start", server)
    began = time.monotonic()

    def healthcheck(*words):
        return subprocess.run(["docker", "exec", server, "vanna-engine", "healthcheck", *words], capture_output=True, check=False, timeout=30).returncode
    eventually(lambda: healthcheck() == 0, 10, "/health/live")
    while time.monotonic() - began < LATE:
        assert healthcheck() == 0 and healthcheck("--ready") != 0
    docker("start", *stores)
    it.healthy(server, 60)
    assert it.inspect(server)["RestartCount"] == 0
    assert it.analyst().rows("SELECT 1") == [[1]]


STORIES = [three_replicas_stand_behind_the_proxy, rolling_one_at_a_time_fails_no_request,
           one_killed_with_records_in_its_spool_is_adopted_and_each_is_stored_once, one_stopped_with_a_job_running_cancels_it_and_ends_in_time,
           a_second_signal_ends_it_at_once, stores_that_come_up_late_are_waited_for]
