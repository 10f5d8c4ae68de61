"""Jobs in a cluster of two: followed, refused a second time, cancelled from either replica, never lost track of."""

import http.client
import json
import signal
import subprocess

from support import Story, eventually, main
from support.backups import BackupStory
from support.server import start

JOBS = "/api/v1/admin/db/jobs"
VACUUM = "/api/v1/admin/db/vacuum"
NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"
KEEPS_VACUUM_WAITING = "LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE"
ENDS = ("succeeded", "failed", "cancelled")


def lock(name):
    return f"SELECT pg_advisory_lock(hashtextextended('vanna lock {name}', 0))"


class Events:
    """The events of a job: opened, then read one by one."""

    def __init__(self, client, path, **headers):
        self._connection = http.client.HTTPConnection(client.host, client.port, timeout=60)
        self._connection.request("GET", path, headers={"Authorization": f"Bearer {client.token}", **headers})
        self._answer = self._connection.getresponse()
        self.status, self.type = self._answer.status, self._answer.headers.get("Content-Type")

    def __iter__(self):
        event = {}
        while line := self._answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                event[name] = value
            elif event.get("data"):
                yield event["event"], int(event["id"]), json.loads(event["data"])
                event = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()


class Cluster(Story):
    replicas = 2

    def setUp(self):
        self.first = self.admin()
        self.second = self.admin(self.servers[1])

    def start(self, client, path=VACUUM, body=None, **query):
        got = client.post(path, body, query or None, expect=202)
        self.assertEqual(got.headers["Location"], got.json["status_url"])
        return got.json["task_id"]

    def job(self, identity):
        return self.first.get(f"{JOBS}/{identity}", expect=200).json

    def ended(self, identity, within=30):
        return eventually(lambda: (job := self.job(identity))["state"] in ENDS and job, within, "the job's end")

    def waiting(self, identity, stage="vacuuming users"):
        """Until the job is held up there."""
        eventually(lambda: self.job(identity)["stage"] == stage, 20, stage)

    def vacuums(self):
        return self.stores.sql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'vacuum%' AND state = 'active'")


class Jobs(Cluster):
    def test_a_vacuum_goes_through_all_tables_or_one(self):
        done = self.ended(self.start(self.first))
        self.assertEqual((done["state"], done["progress"], done["requested_by"]), ("succeeded", 100, "admin@example.com"))
        self.assertGreater(done["result"]["tables"], 10)
        vacuumed = {t["name"] for t in self.first.get("/api/v1/admin/db/stats", expect=200).json["items"] if t["last_vacuum"]}
        self.assertLessEqual({"users", "jobs", "audit_logs_default"}, vacuumed)
        one = self.ended(self.start(self.second, body={"table": "users"}))
        self.assertEqual((one["subject"], one["result"]["tables"]), ("users", 1))
        status = self.first.get(f"{VACUUM}/status/{one['id']}", expect=200).json
        self.assertEqual(status["id"], one["id"])
        for body, expected in (({"table": "users; drop table users"}, 404), ({"table": "nothing"}, 404), ({"table": ""}, 422),
                               ({"tabel": "users"}, 422), ({"table": 7}, 422)):
            self.assertEqual(self.first.post(VACUUM, body).status, expected, body)
        for who in (self.analyst(), self.viewer()):
            self.assertEqual(who.post(VACUUM).status, 403)
        trail = self.first.get("/api/v1/admin/audit-logs", {"action": "database.vacuum", "limit": 10}, expect=200).json["items"]
        self.assertLessEqual({"attempt", "success"}, {entry["status"] for entry in trail})

    def test_a_second_of_a_kind_is_told_where_to_follow_the_first(self):
        with self.stores.holding(KEEPS_VACUUM_WAITING):
            running = self.start(self.first, body={"table": "users"})
            self.waiting(running)
            for client in (self.first, self.second):
                refused = client.post(VACUUM, expect=409)
                self.assertEqual(refused.headers["Location"], f"{JOBS}/{running}")
        self.assertEqual(self.ended(running)["state"], "succeeded")

    def test_either_replica_cancels_and_the_statement_ends_with_the_job(self):
        for runs, asks in ((self.first, self.second), (self.second, self.first), (self.first, self.first)):
            with self.stores.holding(KEEPS_VACUUM_WAITING):
                running = self.start(runs, body={"table": "users"})
                self.waiting(running)
                self.assertTrue(self.vacuums())
                self.assertEqual(asks.post(f"{JOBS}/{running}/cancel", expect=202).json["task_id"], running)
                self.assertEqual(self.ended(running, 10)["state"], "cancelled")
                eventually(lambda: not self.vacuums(), 10, "the statement's end")
            self.assertEqual(asks.post(f"{JOBS}/{running}/cancel").status, 409)
        self.assertEqual(self.second.post(f"{JOBS}/{NOBODYS}/cancel").status, 404)

    def test_exclusive_kinds_wait_for_their_turn_and_can_be_cancelled_meanwhile(self):
        with self.stores.holding(lock("jobs")):
            queued = self.start(self.first, "/api/v1/admin/db/golden-copy/reset", confirm="true")
            self.assertEqual(self.ended(self.start(self.second, body={"table": "users"}))["state"], "succeeded", "runs beside them")
            self.assertEqual(self.job(queued)["state"], "queued")
            self.second.post(f"{JOBS}/{queued}/cancel", expect=202)
            self.assertEqual(self.ended(queued, 10)["state"], "cancelled")
            self.assertIsNone(self.job(queued)["started_at"])
        with self.stores.holding(lock("restore")):
            queued = self.start(self.first, body={"table": "users"})
            reset = self.start(self.first, "/api/v1/admin/db/golden-copy/reset", confirm="true")
            self.assertEqual(self.ended(reset, 60)["state"], "succeeded")
            self.assertEqual(self.job(queued)["state"], "queued", "a restore keeps a vacuum waiting")
        self.assertEqual(self.ended(queued)["state"], "succeeded")

    def test_progress_comes_as_events_from_any_replica(self):
        with self.stores.holding(KEEPS_VACUUM_WAITING):
            running = self.start(self.first, body={"table": "users"})
            self.waiting(running)
            with Events(self.second, f"{JOBS}/{running}/events") as events, \
                    Events(self.second, f"{VACUUM}/status/{running}", Accept="text/event-stream") as others:
                self.assertEqual((events.status, events.type), (200, "text/event-stream"))
                reader = iter(events)
                name, first, job = next(reader)
                self.assertEqual((name, job["id"], job["state"], job["revision"]), ("progress", running, "running", first))
                self.assertEqual(next(iter(others))[0], "progress")
                with Events(self.first, f"{JOBS}/{running}/events", **{"Last-Event-ID": str(first)}) as again:
                    self.first.post(f"{JOBS}/{running}/cancel", expect=202)
                    rest, seen = list(reader), list(again)
        self.assertEqual(rest[-1][0], "cancelled")
        self.assertEqual(rest[-1][2], self.job(running))
        self.assertEqual(seen, rest, "who comes back gets what is newer and nothing else")
        revisions = [first] + [revision for _, revision, _ in rest]
        self.assertEqual(revisions, sorted(set(revisions)))
        self.assertEqual([name for name, _, _ in self.events(self.second, running)], ["cancelled"])
        self.assertEqual(list(self.events(self.second, running, rest[-1][1] - 1))[0][1], rest[-1][1])
        with Events(self.second, f"{JOBS}/{running}/events", **{"Last-Event-ID": str(rest[-1][1])}) as after:
            self.assertEqual(after.status, 204)
        self.assertEqual(self.first.get(f"{JOBS}/{NOBODYS}/events").status, 404)
        self.assertEqual(self.viewer().get(f"{JOBS}/{running}/events").status, 403)

    def events(self, client, identity, last=None):
        with Events(client, f"{JOBS}/{identity}/events", **({"Last-Event-ID": str(last)} if last is not None else {})) as events:
            return list(events)

    def test_more_listeners_than_places_are_told_to_come_back(self):
        with self.stores.holding(KEEPS_VACUUM_WAITING):
            running = self.start(self.first, body={"table": "users"})
            self.waiting(running)
            path, listeners = f"{JOBS}/{running}/events", []
            try:
                for _ in range(64):
                    listeners.append(Events(self.second, path))
                    self.assertEqual(listeners[-1].status, 200)
                refused = self.second.get(path)
                self.assertEqual((refused.status, refused.headers["Retry-After"]), (503, "5"))
                with Events(self.first, path) as elsewhere:
                    self.assertEqual(elsewhere.status, 200, "the other replica has places of its own")
            finally:
                for listener in listeners:
                    listener.__exit__()

            def place():
                with Events(self.second, path) as events:
                    return events.status == 200

            eventually(place, 30, "a place once the listeners are gone")
            self.first.post(f"{JOBS}/{running}/cancel", expect=202)
            self.ended(running)

    def test_the_list_is_filtered_by_type_and_state(self):
        self.ended(self.start(self.first, body={"table": "users"}))
        for query in ({"type": "vacuum"}, {"state": "succeeded"}, {"type": "vacuum", "state": "succeeded"}):
            items = self.first.get(JOBS, {"limit": 200, **query}, expect=200).json["items"]
            self.assertTrue(items)
            for job in items:
                self.assertEqual({**job, **query}, job)
        self.assertEqual(self.first.get(JOBS, {"type": "vacuum", "state": "queued"}, expect=200).json["items"], [])
        wrong = self.first.get(JOBS, {"state": "done"}, expect=422)
        self.assertEqual([error["field"] for error in wrong.json["errors"]], ["state"])


class Ends(Cluster):
    def test_a_job_of_a_process_that_died_is_marked_by_the_other_with_the_reason(self):
        with self.stores.holding(KEEPS_VACUUM_WAITING):
            running = self.start(self.second, body={"table": "users"})
            self.waiting(running)
            self.servers[1].kill()
            failed = self.ended(running, 40)
            self.assertEqual(failed["state"], "failed")
            self.assertRegex(failed["error"], r"last sign of life was at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ")
            eventually(lambda: not self.vacuums(), 10, "the statement's end")
        self.servers[1].start()
        self.assertEqual(self.ended(self.start(self.admin(self.servers[1]), body={"table": "users"}))["state"], "succeeded")

    def test_a_server_that_stops_ends_its_jobs_and_its_streams(self):
        with self.stores.holding(KEEPS_VACUUM_WAITING):
            running = self.start(self.second, body={"table": "users"})
            self.waiting(running)
            with Events(self.second, f"{JOBS}/{running}/events") as events:
                reader = iter(events)
                self.assertEqual(next(reader)[0], "progress")
                self.assertEqual(self.servers[1].stop(), 0)
                list(reader)
            self.assertEqual(self.job(running)["state"], "cancelled")
        self.servers[1].start()


class Schedule(BackupStory):
    """Each minute's due time belongs to one of the replicas that can take a backup: the third does not see the folder."""

    replicas = 0
    settings = {"BACKUP_SCHEDULE": "* * * * *"}

    @classmethod
    def prepare(cls):
        super().prepare()
        done = cls.engine("backup", "create")
        assert done.returncode == 0, done.stderr
        for number in range(2):
            cls.serve(f"server{number + 1}")
        cls.serve("unable", {"BACKUP_DIR": cls.backups("another")})

    def test_a_due_time_fires_once_in_the_cluster(self):
        def jobs():
            return self.stores.sql("SELECT date_trunc('minute', created_at) AS due, state FROM jobs WHERE requested_by = 'schedule'")

        eventually(lambda: any(job["state"] in ENDS for job in jobs()), 100, "the first due time")
        fired = jobs()
        self.assertEqual(len(fired), len({job["due"] for job in fired}), fired)
        rows = self.stores.sql("SELECT name, date_trunc('minute', fired_for) = fired_for AS whole FROM schedules")
        self.assertEqual(rows, [{"name": "backup", "whole": "t"}])
        told = [server.log().count('"message":"schedule is due"') for server in self.servers]
        self.assertEqual((sum(told), told[2]), (len(fired), 0), told)
        self.assertIn("left to another replica", self.servers[2].log())
        entries = self.admin().get("/api/v1/admin/audit-logs", {"action": "backup.create", "email": "schedule"}, expect=200).json["items"]
        self.assertLessEqual({"attempt", "success"}, {entry["status"] for entry in entries})
        self.assertEqual({entry["changes"]["reason"] for entry in entries}, {"BACKUP_SCHEDULE=* * * * *"})


class CommandLine(BackupStory):
    """Commands run jobs themselves, without a server."""

    replicas = 0

    def begin(self):
        """A `backup create` that waits for its turn, until the caller lets it."""
        running = start(self.folder, self.environment(), "backup", "create", stderr=subprocess.PIPE, text=True)
        self.addCleanup(running.communicate)
        self.addCleanup(running.kill)
        (job,) = eventually(lambda: self.stores.sql("SELECT id FROM jobs WHERE type = 'backup' AND state = 'queued'"), what="the job")
        return running, job["id"]

    def row(self, identity):
        return self.stores.sql(f"SELECT state, error FROM jobs WHERE id = '{identity}'")[0]

    def test_1_a_command_that_was_killed_is_run_again(self):
        with self.stores.holding(lock("jobs")):
            running, killed = self.begin()
            running.kill()
            running.wait()
        again = self.engine("backup", "create")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertEqual(self.row(killed)["state"], "failed")
        self.assertIn("sign of life", self.row(killed)["error"])

    def test_2_one_that_lives_is_not_disturbed_and_ends_when_it_is_asked(self):
        with self.stores.holding(lock("jobs")):
            running, lives = self.begin()
            second = self.engine("backup", "create")
            self.assertEqual((second.returncode, self.row(lives)["state"]), (75, "queued"))
            self.assertIn("a job of type backup is queued already", second.stderr)
            running.send_signal(signal.SIGINT)
            self.assertEqual(running.wait(20), 75)
        self.assertEqual(self.row(lives)["state"], "cancelled")
        self.assertIn("stopped before it began", running.stderr.read())

    def test_3_asked_twice_it_does_not_wait_for_the_end(self):
        with self.stores.holding(lock("jobs")):
            running, left = self.begin()
            running.send_signal(signal.SIGINT)
            running.send_signal(signal.SIGTERM)
            self.assertEqual(running.wait(5), 130)
            self.assertIn("without waiting for the job", running.stderr.read())
            self.assertEqual(self.row(left)["state"], "queued")
        self.assertEqual(self.engine("backup", "create").returncode, 0)

    def test_4_the_exit_code_tells_what_kind_of_failure_it_was(self):
        self.assertEqual(self.engine("backup", "create").returncode, 0)
        elsewhere = self.engine("backup", "create", settings={"BACKUP_DIR": self.backups("elsewhere")})
        self.assertEqual(elsewhere.returncode, 78, elsewhere.stderr)
        self.assertIn("--adopt-folder", elsewhere.stderr)
        reset = self.engine("golden-copy", "reset", "--confirm", "--json")
        self.assertEqual(reset.returncode, 0, reset.stderr)
        (job,) = self.stores.sql("SELECT state, result, requested_by FROM jobs WHERE type = 'golden-copy'")
        self.assertEqual((job["state"], json.loads(job["result"])), ("succeeded", json.loads(reset.stdout)))
        self.assertRegex(job["requested_by"], "^cli:")
        away = self.engine("train", settings={"CHROMA_PORT": "1"})
        self.assertEqual(away.returncode, 69, away.stderr)


class WithoutRedis(BackupStory):
    replicas = 0

    def test_jobs_run_while_redis_is_away(self):
        gate = self.gate("redis")
        server = self.serve("gated", redis=gate)
        gate.cut()
        server.wait_for_store("redis", "down")
        admin = self.admin(server)
        taken = self.take(admin)
        self.assertEqual([item["id"] for item in self.listed(admin)], [taken])
        job = self.ended(admin, admin.post("/api/v1/admin/db/chroma/train", expect=202))
        self.assertTrue(job["result"]["changed"])


class LostDatabase(Story):
    def test_the_end_of_a_job_is_recorded_though_postgresql_was_away(self):
        gate = self.gate("postgres")
        server = self.serve("gated", own_copy=True, postgres=gate)
        admin = self.admin(server)
        with self.stores.holding(KEEPS_VACUUM_WAITING):
            running = admin.post(VACUUM, {"table": "users"}, expect=202).json["task_id"]
            eventually(lambda: admin.get(f"{JOBS}/{running}", expect=200).json["stage"] == "vacuuming users", 20, "the vacuum")
            gate.cut()

            def row():
                return self.stores.sql(f"SELECT state, error FROM jobs WHERE id = '{running}'")[0]
            eventually(lambda: row()["state"] == "failed" and "sign of life" in row()["error"], 40, "the other server marking it")
            gate.open()
            eventually(lambda: "sign of life" not in row()["error"], 40, "the end that the job itself came to")
            self.assertEqual(row()["state"], "failed")


if __name__ == "__main__":
    main()
