"""PostgreSQL as the target when it falls silent, when its role gains a right, and when too many ask at once."""

import json
import threading
import time
import uuid
from urllib.parse import urlsplit

from support import Story, eventually, main
from test_model import Stream

ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000) i"
LONG = "SELECT i, repeat('x', 100) AS t FROM generate_series(1, 3000000) i"


class Faults(Story):
    """What the stories below share."""
    engine_of_target = "postgresql"

    def setUp(self):
        self.server.wait_for_store("target_database")
        self.user = self.analyst()

    def connections(self, state="state IS NOT NULL"):
        return int(self.stores.as_superuser(f"SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '{self.business.role}' AND {state}")[0]["n"])

    def busy(self):
        return self.connections("state <> 'idle'")

    def start(self, sql):
        """Runs it in the background: its id, its thread and where the answer will be."""
        identity, answers = str(uuid7()), []
        thread = threading.Thread(target=lambda: answers.append(self.user.post("/api/v1/queries/run", {"sql": sql, "id": identity})))
        thread.start()
        return identity, thread, answers

    def stored(self, sql):
        """The path of a query that was run once, for exports."""
        ran = self.user.post("/api/v1/queries/run", {"sql": sql, "limit": 1}, expect=200).json
        path = f"/api/v1/queries/{ran['query_id']}"
        eventually(lambda: self.user.get(path).status == 200)
        return path


class Silent(Faults):
    """A gate stands before the target: it can fall silent without closing anything."""
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_TIMEOUT_MS": "5000", "SHUTDOWN_DRAIN_SECONDS": "0"}

    @classmethod
    def fill_business(cls):
        super().fill_business()
        cls.between = cls.gate("postgres")

    @classmethod
    def environment(cls, **gates):
        url = urlsplit(cls.business.url())
        through = url._replace(netloc=f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{cls.between.port}").geturl()
        return {**super().environment(**gates), "TARGET_DATABASE_URL": through}

    def tearDown(self):
        self.between.open()
        eventually(lambda: self.busy() == 0, 15)

    def ended_within(self, seconds, thread, answers, status):
        began = time.monotonic()
        thread.join(seconds + 10)
        self.assertFalse(thread.is_alive(), "the statement never ended")
        self.assertLess(time.monotonic() - began, seconds)
        self.assertEqual(answers[0].status, status, answers[0])

    def test_a_query_that_is_cancelled_ends(self):
        identity, thread, answers = self.start(ENDLESS)
        eventually(lambda: self.busy() == 1)
        self.between.stall()
        self.user.post(f"/api/v1/queries/{identity}/cancel", expect=202)
        self.ended_within(2, thread, answers, 499)

    def test_a_query_ends_at_its_deadline(self):
        _, thread, answers = self.start(ENDLESS)
        eventually(lambda: self.busy() == 1)
        self.between.stall()
        self.ended_within(7, thread, answers, 504)

    def test_it_works_again_afterwards_though_connections_are_lost(self):
        self.assertEqual(self.user.rows("SELECT 1"), [[1]])
        self.between.stall()
        self.assertIn(self.user.run("SELECT 2").status, (503, 504))
        self.between.open()
        eventually(lambda: self.user.run("SELECT 3").status == 200, 30)

    def test_questions_hear_that_it_is_away_and_are_answered_once_it_is_back(self):
        question = {"question": "how many customers are there?"}
        self.assertEqual(self.user.post("/api/v1/queries/ask", question, expect=200).json["generator"], "built-in")
        self.between.cut()
        away = self.user.post("/api/v1/queries/ask", question)
        self.assertEqual(away.status, 503, away)
        self.assertIn("target database", away.json["detail"])
        with Stream(self.user, question["question"]) as events:
            name, told = list(events)[-1]
        self.assertEqual((name, told["status"]), ("problem", 503), told)
        self.assertEqual(self.server.status("/health/live"), 200)
        self.between.open()
        back = eventually(lambda: (lambda a: a.status == 200 and a)(self.user.post("/api/v1/queries/ask", question)), 30)
        self.assertEqual(back.json["rows"], self.user.rows("SELECT COUNT(*) FROM customers"))

    def test_a_server_stops_in_the_middle_of_a_refresh(self):
        other = self.serve(name="stopping")
        other.wait_for_store("target_database")
        self.between.stall()
        eventually(lambda: other.metric("vanna_pool_running", pool="postgresql") == 1, 20)
        began = time.monotonic()
        self.assertEqual(other.stop(), 0)
        self.assertLess(time.monotonic() - began, 8)


class Leftovers(Faults):
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_TIMEOUT_MS": "2000", "QUERY_MAX_BYTES": "1000000", "QUERY_CONCURRENCY_PER_USER": "0"}

    def leave(self, path):
        """Begins to read an export, and goes away once it has come to the reading of more."""
        with self.user.connect() as plain:
            plain.sendall(self.user.head("GET", f"{path}/result?format=csv"))
            plain.recv(1000)

    def test_no_transaction_stays_open(self):
        path = self.stored(LONG)
        for sql, status in (("SELECT 1/0", 422), ("SELECT nothing", 422), ("SELECT 1 +", 422), ("SELECT 'x'::int", 422), ("SELECT repeat('x', 1000001)", 422),
                            (ENDLESS, 504), ("SELECT 10 / (5 - i) FROM generate_series(1, 10) i", 422)):
            with self.subTest(sql):
                self.assertEqual(self.user.run(sql).status, status)
                self.assertEqual(self.connections("state LIKE 'idle in transaction%'"), 0)
        for _ in range(12):
            self.leave(path)
        eventually(lambda: self.busy() == 0, 15)
        self.assertEqual(self.user.rows("SELECT 1"), [[1]])

    def test_records_hold_no_values_of_rows(self):
        got = self.user.run("SELECT region_name::int FROM regions")
        self.assertEqual((got.status, got.type), (422, "query-invalid"), got)
        name = got.json["detail"].split('"')[1]
        self.assertIn([name], self.user.rows("SELECT region_name FROM regions"))
        wanted = "SELECT error FROM queries WHERE sql LIKE '%region_name::int%'"
        eventually(lambda: self.stores.sql(wanted))
        self.assertEqual(self.stores.sql(wanted), [{"error": "invalid input syntax for type integer…"}])
        self.assertIn("invalid input syntax for type integer", self.server.log())
        self.assertNotIn(name, self.server.log())

    def test_many_exports_at_once_are_bounded(self):
        path, readers, answers = self.stored(LONG), [], []
        try:
            for _ in range(30):
                plain = self.user.connect(receive_buffer=4096)
                plain.sendall(self.user.head("GET", f"{path}/result?format=csv"))
                readers.append(plain)
            most = 0
            for plain in readers:
                answers.append(int(plain.recv(100).split(b" ")[1]))
                most = max(most, self.connections())
        finally:
            for plain in readers:
                plain.close()
        self.assertEqual((answers.count(200), answers.count(503)), (8, 22), answers)
        self.assertLessEqual(most, 16)
        eventually(lambda: self.busy() == 0, 20)
        self.assertLessEqual(self.connections(), 8)
        self.assertEqual(self.user.rows("SELECT 1"), [[1]])


class Rights(Faults):
    settings = {"QUERY_RATE_PER_MINUTE": "0"}

    def grant(self, right):
        self.business.run(f"GRANT {right} TO {self.business.role}")
        self.addCleanup(self.regain, right)

    def regain(self, right):
        self.business.run(f"REVOKE {right} FROM {self.business.role}")
        eventually(lambda: self.user.run("SELECT 1").status == 200, 30)

    def test_a_right_that_is_granted_later_ends_the_reading_until_it_is_taken_back(self):
        self.assertEqual(self.user.rows("SELECT 1"), [[1]])
        self.grant("INSERT ON customers")
        eventually(lambda: self.user.run("SELECT 1").status == 503, 30)
        told = self.user.run("SELECT 1").text
        for hidden in (self.business.role, "customers", "create role"):
            self.assertNotIn(hidden, told)
        eventually(lambda: "may write the table public.customers" in self.server.log(), 10)

    def test_each_new_connection_is_looked_at(self):
        self.assertEqual(self.user.rows("SELECT 1"), [[1]])
        self.grant("DELETE ON customers")
        self.stores.as_superuser(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.business.role}'")
        got = self.user.run("SELECT 1")
        self.assertEqual((got.status, got.type), (503, "unavailable"), got)


class Rotated(Story):
    """The demo data is read by a role whose password comes from JWT_SECRET."""
    OLD, NEW = "the secret of before, long enough!", "the secret of today, also long enough"
    settings = {"ENABLE_TARGET_DB": "false", "JWT_SECRET": OLD}

    def test_questions_are_answered_before_and_after_init_has_the_new_secret(self):
        rotated = {"JWT_SECRET": self.NEW, "JWT_PREVIOUS_SECRET": self.OLD}
        server = self.serve(name="rotated", settings=rotated)
        server.wait_for_store("target_database")
        count = "SELECT count(*) FROM accounting_transactions"
        self.assertEqual(self.analyst(server).rows(count), [[600]])
        done = self.engine("init", settings=rotated)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.stores.as_superuser("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'vanna_demo_%' "
                                 f"AND datname = '{self.stores.database}'")
        analyst = self.analyst(server)
        eventually(lambda: analyst.run(count).status == 200, 30)


def uuid7():
    return uuid.UUID(int=int(time.time() * 1000) << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int & (1 << 62) - 1)


if __name__ == "__main__":
    main()
