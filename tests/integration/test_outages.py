"""Stores that go away, hang or crawl: what goes on working, what says so, and that everything recovers by itself."""

import contextlib
import fcntl
import os
import signal
import socket
import time

from support import Client, Load, Story, account, eventually, main
from support.story import ADMIN, ANALYST

DB = "/api/v1/admin/db"


class Outages(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "0", "AUTO_TRAIN_CHROMA": "true"}
    replicas = 0

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.gates = {store: cls.gate(store) for store in ("postgres", "redis", "chroma")}
        cls.gated = cls.serve("gated", **cls.gates)
        cls.client = cls.gated.client.log_in(*ANALYST)

    def behind(self, store):
        """The gate before that store, the server whose connections pass it, and an analyst's session there."""
        self.addCleanup(self.gates[store].open)
        return self.gates[store], self.gated, self.client

    def health(self, server):
        return server.client.get("/health", expect=200).json

    # ---- PostgreSQL ----

    def test_postgresql_away_for_ten_seconds_loses_no_query_and_repeats_none(self):
        gate, server, analyst = self.behind("postgres")
        with Load(analyst, 4, "postgresql away") as load:
            eventually(lambda: load.count() > 50, what="load before the outage")
            gate.cut()
            before, until = load.count(), time.monotonic() + 10
            eventually(lambda: time.monotonic() > until, 15)
            self.assertGreater(load.count(), before + 50, "no answers while PostgreSQL was away")
            self.assertEqual(self.health(server)["database"], "down")
            self.assertEqual(server.status("/health/ready"), 200)
            gate.open()
            server.wait_for_store("database")
            after = load.count()
            eventually(lambda: load.count() > after + 50, what="load after the outage")
        self.assertEqual((load.refused, load.broken, load.turned_away), ([], 0, 0))
        expected = sorted(load.answered)

        def stored():
            return sorted(row["id"] for row in self.stores.sql("SELECT id FROM queries WHERE sql LIKE '%postgresql away%'"))
        eventually(lambda: len(stored()) >= len(expected), 30, "all queries in the history")
        self.assertEqual(stored(), expected)
        audited = self.stores.sql("SELECT COUNT(*) AS n, COUNT(DISTINCT resource) AS d FROM audit_logs WHERE action = 'query.run' AND resource IN ("
                                  "SELECT 'queries/' || id FROM queries WHERE sql LIKE '%postgresql away%')")[0]
        self.assertEqual((audited["n"], audited["d"]), (str(len(expected)), str(len(expected))))

    def test_one_told_to_stop_while_it_starts_and_postgresql_hangs_ends(self):
        gate, server, _ = self.behind("postgres")
        self.assertEqual(server.stop(), 0)
        gate.stall()
        server.start(until=None)

        def is_listened_on():
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", server.port), 5).close()
                return True
        eventually(is_listened_on, 20, "the port")
        server.signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(20), 0)
        gate.open()
        server.start()

    def test_one_store_that_hangs_at_a_start_keeps_nobody_from_knowing_the_others(self):
        for store, name in (("postgres", "database"), ("redis", "redis"), ("chroma", "chroma")):
            gate, server, _ = self.behind(store)
            self.assertEqual(server.stop(), 0)
            gate.stall()
            server.start(until=None)

            def first_answer():
                with contextlib.suppress(ConnectionRefusedError):
                    return server.client.get("/health")
            told = eventually(first_answer, 20, "the first answer").json
            others = {"database", "redis", "chroma"} - {name}
            self.assertEqual({other: told[other] for other in others}, dict.fromkeys(others, "connected"), told)
            self.assertEqual(told[name], "down")
            gate.open()
            server.wait()

    def test_postgresql_away_leaves_history_and_administration_at_503_with_a_reason(self):
        gate, server, analyst = self.behind("postgres")
        admin = server.client.log_in(*ADMIN)
        begun = admin.post(f"{DB}/backup", expect=202).json
        backup = eventually(lambda: admin.get(begun["status_url"], expect=200).json["result"], 60, "a backup")["backup_id"]
        gate.cut()
        server.wait_for_store("database", "down")
        for client, method, path, body in (
                (analyst, "GET", "/api/v1/queries", None), (analyst, "GET", "/api/v1/auth/me", None), (admin, "GET", "/api/v1/users", None),
                (admin, "GET", "/api/v1/admin/audit-logs", None), (admin, "GET", f"{DB}/stats", None),
                (admin, "POST", "/api/v1/users", {"email": "x@example.com", "password": "long enough 123", "role": "viewer"}),
                (admin, "POST", f"{DB}/vacuum", None), (admin, "POST", f"{DB}/backup", None),
                (admin, "POST", f"{DB}/chroma/train", None), (admin, "POST", f"{DB}/chroma/evaluate", None),
                (admin, "DELETE", f"{DB}/chroma/clear?confirm=true", None), (admin, "POST", f"{DB}/golden-copy/reset?confirm=true", None),
                (admin, "POST", f"{DB}/backup/verify/{backup}", None),
                (admin, "POST", f"{DB}/restore/{backup}?confirm=true", None), (admin, "DELETE", f"{DB}/backup/{backup}?confirm=true", None),
                (admin, "GET", f"{DB}/backup/{backup}", None), (admin, "GET", f"{DB}/backup/status", None),
                (admin, "GET", f"{DB}/backup/retention", None), (admin, "GET", f"{DB}/jobs", None),
                (admin, "GET", f"{DB}/jobs/{begun['task_id']}", None), (admin, "POST", f"{DB}/jobs/{begun['task_id']}/cancel", None),
                (admin, "PUT", "/api/v1/admin/configurations/QUERY_MAX_ROWS", {"value": "900"}),
                (analyst, "POST", "/api/v1/auth/logout", None)):
            with self.subTest(f"{method} {path}"):
                path, _, confirmed = path.partition("?")
                got = client.request(method, path, body, {"confirm": "true"} if confirmed else None)
                self.assertEqual((got.status, got.type), (503, "unavailable"), got)
        # What needs no rows is there all the same.
        self.assertIn(backup, [item["id"] for item in admin.get(f"{DB}/backup/list", expect=200).json["items"]])
        self.assertTrue(admin.get(f"{DB}/golden-copy", expect=200).json["version"])
        self.assertEqual(analyst.run("SELECT 1").status, 200)
        self.assertEqual(analyst.post("/api/v1/queries/ask", {"question": "How many customers are there?"}).status, 200)
        gate.open()
        server.wait_for_store("database")
        analyst.get("/api/v1/queries", expect=200)
        self.assertIn(backup, [item["id"] for item in admin.get(f"{DB}/backup/list", expect=200).json["items"]])
        self.assertEqual(len(self.stores.sql("select 1 as one from jobs where type in ('backup', 'verify', 'restore', 'clear', 'evaluate')")), 1)

    def test_postgresql_that_hangs_is_given_up_at_the_deadline(self):
        gate, server, analyst = self.behind("postgres")
        gate.stall()
        began = time.monotonic()
        self.assertIn(analyst.get("/api/v1/auth/me").status, (503, 504))
        self.assertLess(time.monotonic() - began, 35)
        self.assertEqual(analyst.run("SELECT 1").status, 200)
        gate.open()
        server.wait_for_store("database")
        eventually(lambda: analyst.get("/api/v1/auth/me").status == 200, 30, "recovery")

    def test_postgresql_that_crawls_slows_only_what_needs_it(self):
        gate, _, analyst = self.behind("postgres")
        gate.throttle(20_000)
        self.assertEqual([analyst.run(f"SELECT {n}, 'postgresql crawls'").status for n in range(20)], [200] * 20)
        gate.open()
        eventually(lambda: len(self.stores.sql("SELECT id FROM queries WHERE sql LIKE '%postgresql crawls%'")) == 20, 30, "the records")

    def test_a_server_starts_without_postgresql_says_so_and_recovers(self):
        gate = self.gates["postgres"]
        self.addCleanup(gate.open)
        gate.cut()
        server = self.serve("early", postgres=gate, until="live")
        self.addCleanup(server.kill)
        self.assertEqual(server.status("/health/ready"), 503)
        self.assertEqual(server.client.get("/health").json["database"], "down")
        self.assertEqual(server.client.post("/api/v1/auth/login", {"email": ADMIN[0], "password": ADMIN[1]}).status, 503)
        gate.open()
        server.wait("ready", 30)
        server.client.log_in(*ADMIN)
        self.gated.wait_for_store("database")

    # ---- the target file ----

    def test_a_server_is_ready_once_its_target_is_open_and_not_before(self):
        apart = os.path.join(self.folder, "slow")
        os.mkdir(apart)
        account.give(apart)
        with open(os.path.join(apart, "copy.db.lock"), "w", encoding="ascii") as held:
            account.give(held.name)
            fcntl.flock(held, fcntl.LOCK_EX)  # as a replica does that makes the copy
            server = self.serve("slow", own_copy=True, until="live")
            self.addCleanup(server.kill)
            analyst = Client(server.port, self.client.token)
            eventually(lambda: analyst.get("/api/v1/auth/me").status == 200, what="the System DB being followed")
            self.assertEqual((server.status("/health/ready"), analyst.run("SELECT 1").status), (503, 503))
        server.wait("ready")
        self.assertEqual(analyst.run("SELECT 1").status, 200)

    # ---- Redis ----

    def test_redis_away_is_slower_and_nothing_else(self):
        gate, server, analyst = self.behind("redis")
        sql = "SELECT COUNT(*), 'cached' FROM orders"
        # An answer of Redis that is late is done without: the cache is found sooner or later, not surely by the second query.
        eventually(lambda: analyst.run(sql).json["cached"], what="caching")
        gate.cut()
        server.wait_for_store("redis", "down")
        self.assertEqual([analyst.run(sql).json["cached"] for _ in range(2)], [False, False])
        self.assertEqual((server.status("/health/ready"), self.health(server)["status"]), (200, "degraded"))
        server.client.log_in(*ANALYST)
        gate.open()
        server.wait_for_store("redis")
        eventually(lambda: analyst.run(sql).json["cached"], what="caching again")

    def test_redis_that_hangs_delays_an_answer_only_briefly(self):
        gate, server, analyst = self.behind("redis")
        analyst.rows("SELECT 1")
        gate.stall()
        began = time.monotonic()
        self.assertEqual([analyst.run(f"SELECT {n}, 'redis hangs'").status for n in range(3)], [200] * 3)
        self.assertLess(time.monotonic() - began, 5)
        gate.open()
        server.wait_for_store("redis")

    # ---- ChromaDB ----

    def test_chromadb_away_questions_are_answered_from_the_schema_and_say_so(self):
        gate, server, analyst = self.behind("chroma")
        question = {"question": "How many customers are there?"}

        def ask():
            got = analyst.post("/api/v1/queries/ask", question, expect=200).json
            return got["rows"], any("knowledge base" in note for note in got["notes"])
        rows, _ = eventually(lambda: (got := ask())[1] is False and got, what="an answer with the knowledge base")
        gate.cut()
        self.assertEqual(ask(), (rows, True))
        server.wait_for_store("chroma", "down")
        self.assertEqual(server.status("/health/ready"), 200)
        self.assertEqual(analyst.run("SELECT 1").status, 200)
        gate.open()
        server.wait_for_store("chroma")
        eventually(lambda: ask() == (rows, False), what="an answer with the knowledge base again")

    def test_chromadb_that_hangs_does_not_hold_up_an_answer_for_long(self):
        gate, server, analyst = self.behind("chroma")
        gate.stall()
        began = time.monotonic()
        analyst.post("/api/v1/queries/ask", {"question": "How many customers are there?"}, expect=200)
        self.assertLess(time.monotonic() - began, 10)
        gate.open()
        server.wait_for_store("chroma")

    # ---- all of them ----

    def test_with_every_store_away_a_query_is_still_answered(self):
        for store, gate in self.gates.items():
            self.behind(store)
            gate.cut()
        self.assertEqual(self.client.rows("SELECT 42, 'all alone'"), [[42, "all alone"]])
        for gate in self.gates.values():
            gate.open()
        eventually(lambda: len(self.stores.sql("SELECT id FROM queries WHERE sql LIKE '%all alone%'")) == 1, 30, "the query in the history")
        for store in ("database", "redis", "chroma"):
            self.gated.wait_for_store(store)

    # ---- the disk ----

    def test_a_full_disk_leaves_records_in_memory_up_to_a_limit_and_loses_none(self):
        gate = self.gates["postgres"]
        self.addCleanup(gate.open)
        # No file may grow past 4 KiB, which is what a full disk comes to.
        server = self.serve("full", {"WORKERS": "1", "LOG_LEVEL": "error"}, postgres=gate, most_file_bytes=4096)
        self.addCleanup(server.kill)
        analyst = Client(server.port, self.client.token)
        answered = [analyst.run(f"SELECT {n}, 'disk full'").json["query_id"] for n in range(30)]
        eventually(lambda: len(self.stored("disk full")) == 30, 30, "the records, PostgreSQL being there")
        gate.cut()
        server.wait_for_store("database", "down")
        padding = " " * 99_000
        for number in range(1000):
            got = analyst.run(f"SELECT {number}, 'disk full'{padding}")
            if got.status != 200:
                break
            answered.append(got.json["query_id"])
        self.assertEqual(got.status, 503, got)
        self.assertIn(got.type, ("unavailable", "overloaded"))
        self.assertGreater(int(got.headers["Retry-After"]), 0)
        self.assertGreater(len(answered), 200)
        gate.open()
        eventually(lambda: analyst.run("SELECT 'disk still full'").status == 200, 60, "room for records")
        eventually(lambda: len(self.stored("disk full")) >= len(answered), 60, "the records")
        self.assertEqual(self.stored("disk full"), sorted(answered))

    def stored(self, mark):
        return sorted(row["id"] for row in self.stores.sql(f"SELECT id FROM queries WHERE sql LIKE '%''{mark}''%'"))


if __name__ == "__main__":
    main()
