"""What an orchestrator does to a server: sends it requests at once, tells it to stop under load, loses its patience, kills it while its spool is full."""

import http.client
import os
import signal
import threading
import time

from support import Load, Story, eventually, main
from support.client import Client

DRAIN, GRACE = 2, 20
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT COUNT(*) FROM n"


class Stopping(Story):
    replicas = 2
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "0", "QUERY_TIMEOUT_MS": "60000", "SHUTDOWN_DRAIN_SECONDS": str(DRAIN),
                "SHUTDOWN_GRACE_SECONDS": str(GRACE)}

    def setUp(self):
        if not self.server.running():
            self.server.start()

    def stored(self, mark):
        return [row["id"] for row in self.stores.sql(f"SELECT id FROM queries WHERE sql LIKE '%{mark}%'")]

    def test_a_request_that_comes_before_it_is_ready_is_answered_once_it_is(self):
        analyst = self.analyst()
        for _ in range(5):
            self.server.stop()
            self.server.start(until=None)

            def first_answer():
                try:
                    return analyst.run("SELECT 1")
                except ConnectionRefusedError:
                    return None
            self.assertEqual(eventually(first_answer, 20, "the first answer").status, 200)

    def test_the_first_answer_about_its_stores_is_no_guess(self):
        for _ in range(5):
            self.server.stop()
            self.server.start(until=None)

            def first_answer():
                try:
                    return self.server.client.get("/health")
                except ConnectionRefusedError:
                    return None
            told = eventually(first_answer, 20, "the first answer").json
            stores = ("database", "target_database", "redis", "chroma")
            self.assertEqual({name: told[name] for name in stores}, dict.fromkeys(stores, "connected"), told)
            self.assertEqual(told["status"], "ok", told)

    def test_told_under_load_it_fails_no_request_that_it_accepted_and_records_each(self):
        for round_ in range(3):
            self.setUp()
            with self.subTest(round=round_), Load(self.analyst(), 8, f"stopped {round_}") as load:
                eventually(lambda l=load: l.count() > 200, what="load")
                self.server.signal(signal.SIGTERM)
                began = time.monotonic()
                eventually(lambda: self.server.status("/health/ready") == 503, DRAIN, "readiness being off")
                drained = load.count()
                self.assertEqual(self.server.process.wait(GRACE + DRAIN), 0)
                self.assertGreaterEqual(time.monotonic() - began, DRAIN)
                load.end()
                self.assertEqual((load.refused[:3], load.broken), ([], 0))
                self.assertGreater(load.count(), drained)
                self.assertEqual(sorted(self.stored(f"stopped {round_}")), sorted(load.answered))

    def test_what_has_begun_is_finished_and_answered(self):
        got = []
        slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000000) SELECT COUNT(*) FROM n"
        analyst = self.analyst()
        asking = threading.Thread(target=lambda: got.append(analyst.run(slow)))
        asking.start()
        eventually(lambda: self.server.metric("vanna_http_requests_in_flight") >= 2, what="the query running")
        self.assertEqual(self.server.stop(GRACE + DRAIN), 0)
        asking.join(30)
        self.assertEqual([(answer.status, answer.json["rows"]) for answer in got], [(200, [[8000000]])])

    def test_a_second_signal_ends_it_at_once_whatever_runs(self):
        asking = threading.Thread(target=self.ask_for_long, args=(self.analyst(),))
        asking.start()
        eventually(lambda: self.server.metric("vanna_http_requests_in_flight") >= 2, what="the query running")
        self.server.signal(signal.SIGTERM)
        eventually(lambda: self.server.status("/health/ready") == 503, DRAIN, "the first being heard")
        self.server.signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(1), 1)
        asking.join(10)

    def test_its_jobs_are_cancelled_while_what_has_begun_goes_on(self):
        asked = threading.Thread(target=self.ask_for_long, args=(self.analyst(),))
        with self.stores.holding("LOCK TABLE users IN SHARE UPDATE EXCLUSIVE MODE"):
            job = self.admin().post("/api/v1/admin/db/vacuum", {"table": "users"}, expect=202).json["task_id"]

            def state():
                return self.stores.sql(f"SELECT state FROM jobs WHERE id = '{job}'")[0]["state"]
            eventually(lambda: state() == "running", what="the job")
            asked.start()
            eventually(lambda: self.server.metric("vanna_http_requests_in_flight") >= 2, what="the query running")
            self.server.signal(signal.SIGTERM)
            eventually(lambda: state() == "cancelled", DRAIN + GRACE / 2, "the job's end")
            self.assertTrue(self.server.running() and asked.is_alive(), "the query had the whole grace period")
        self.server.signal(signal.SIGTERM)
        self.assertEqual(self.server.process.wait(5), 1)
        asked.join(10)

    @staticmethod
    def ask_for_long(analyst):
        try:
            analyst.run(LONG)
        except (OSError, http.client.HTTPException):
            pass

    def test_one_killed_with_records_in_its_spool_is_adopted_by_the_other_and_each_is_stored_once(self):
        gate = self.gate("postgres")
        doomed = self.serve("doomed", postgres=gate)
        token = self.analyst(doomed).token
        gate.cut()
        ids = [Client(doomed.port, token).run(f"SELECT {number}, 'adopted'").json["query_id"] for number in range(50)]
        self.assertEqual(self.stored("adopted"), [])
        doomed.kill()
        eventually(lambda: len(self.stored("adopted")) >= len(ids), 30, "the records in PostgreSQL")
        self.assertEqual(sorted(self.stored("adopted")), sorted(ids))
        spools = os.path.join(self.folder, "data/spool")
        eventually(lambda: len(os.listdir(spools)) <= 2, 20, "its folder going")
        self.assertEqual(sorted(self.stored("adopted")), sorted(ids))


if __name__ == "__main__":
    main()
