"""Statements that other systems let through: each is refused over HTTP, leaves no trace, and the server goes on."""

import hashlib
import os
import threading
import time

from support import Story, eventually, main

# (statement, kinds of problem that will do). The rules themselves are tested where they are made.
REFUSED = ("query-refused",)
EITHER = ("query-refused", "query-invalid")
TRAPS = [
    ("DELETE FROM customers", REFUSED),
    ("  /* a read */ DELETE FROM customers", REFUSED),
    ("-- SELECT\nUPDATE customers SET customer_name = ''", REFUSED),
    ("INSERT INTO customers DEFAULT VALUES", REFUSED),
    ("REPLACE INTO customers(customer_id) VALUES (1)", REFUSED),
    ("WITH x AS (SELECT 1) DELETE FROM customers", REFUSED),
    ("WITH x AS (SELECT 1) INSERT INTO customers(customer_id) SELECT 1", REFUSED),
    ("WITH x AS (SELECT 1) UPDATE customers SET customer_name = 'x'", REFUSED),
    ("EXPLAIN DELETE FROM customers", REFUSED),
    ("EXPLAIN QUERY PLAN DELETE FROM customers", REFUSED),
    ("EXPLAIN ANALYZE DELETE FROM customers", EITHER),
    ("DROP TABLE customers", REFUSED),
    ("ALTER TABLE customers RENAME TO c", REFUSED),
    ("CREATE TABLE t(x)", REFUSED),
    ("CREATE TEMP TABLE t(x)", REFUSED),
    ("CREATE TEMP VIEW v AS SELECT 1", REFUSED),
    ("CREATE VIRTUAL TABLE t USING fts5(x)", REFUSED),
    ("REINDEX", REFUSED),
    ("ANALYZE", REFUSED),
    ("SELECT 1; DROP TABLE customers", REFUSED),
    ("SELECT 1; SELECT 2", REFUSED),
    ("SELECT 1;;; DELETE FROM customers", REFUSED),
    ("SELECT 1; -- harmless\nDELETE FROM customers", REFUSED),
    ("SELECT * INTO copy FROM customers", EITHER),
    ("SELECT * FROM customers FOR UPDATE", EITHER),
    ("COPY customers TO PROGRAM 'sh'", EITHER),
    ("BEGIN", REFUSED),
    ("BEGIN IMMEDIATE", REFUSED),
    ("COMMIT", REFUSED),
    ("SAVEPOINT s", REFUSED),
    ("ROLLBACK", REFUSED),
    ("VACUUM", REFUSED),
    ("VACUUM INTO '{folder}/vacuumed.db'", REFUSED),
    ("ATTACH DATABASE '{folder}/attached.db' AS other", REFUSED),
    ("ATTACH ':memory:' AS other", REFUSED),
    ("DETACH main", REFUSED),
    ("PRAGMA query_only = 0", REFUSED),
    ("PRAGMA query_only(0)", REFUSED),
    ("PRAGMA main.query_only = OFF", REFUSED),
    ("PRAGMA writable_schema = ON", REFUSED),
    ("PRAGMA journal_mode = DELETE", REFUSED),
    ("PRAGMA journal_mode", EITHER),
    ("PRAGMA temp_store_directory = '/tmp'", EITHER),
    ("PRAGMA user_version = 7", REFUSED),
    ("PRAGMA optimize", REFUSED),
    ("PRAGMA wal_checkpoint", REFUSED),
    ("PRAGMA database_list", REFUSED),
    ("SELECT file FROM pragma_database_list", EITHER),
    ("SELECT * FROM pragma_query_only(0)", EITHER),
    ("SELECT load_extension('/tmp/x.so')", EITHER),
    ("SELECT writefile('{folder}/written', 'x')", EITHER),
    ("SELECT readfile('/etc/passwd')", EITHER),
    ("SELECT edit('x')", EITHER),
    ("SELECT fts3_tokenizer('simple')", EITHER),
    ("SELECT fts3_tokenizer('simple', x'4141414141414141')", EITHER),
    ("SELECT fts5(NULL)", EITHER),
    ("SELECT sqlite_log(1, 'x')", EITHER),
    ("SELECT * FROM sqlite_stmt", EITHER),
    ("SELECT * FROM dbstat", EITHER),
    ("SELECT * FROM sqlite_dbpage", EITHER),
    ("SELECT setval('s', 1)", EITHER),
    ("SELECT pg_terminate_backend(1)", EITHER),
    ("SELECT pg_read_file('/etc/passwd')", EITHER),
    ("SELECT pg_sleep(60)", EITHER),
    ("", EITHER + ("invalid-input",)),
    (" ; ", EITHER + ("invalid-input",)),
    ("-- nothing", EITHER),
    ("SELEC 1", ("query-invalid",)),
    ("SELECT nothing FROM nowhere", ("query-invalid",)),
    ("SELECT 'unfinished", ("query-invalid",)),
    ("SELECT ((((1)", ("query-invalid",)),
]

# Statements that would take all memory or time; any refusal will do, but quickly and for this query alone.
HEAVY = [
    "SELECT zeroblob(1000000000)",
    "SELECT length(zeroblob(2147483647))",
    "SELECT randomblob(1000000000)",
    "SELECT hex(randomblob(600000000))",
    "SELECT printf('%*d', 1000000000, 1)",
    "SELECT printf('%.1000000000f', 1.0)",
    "SELECT replace(hex(zeroblob(50000)), '0', hex(zeroblob(50000)))",
    "SELECT group_concat(hex(zeroblob(100000))) FROM orders a, orders b",
    "WITH RECURSIVE t(x) AS (SELECT 'xxxxxxxxxx' UNION ALL SELECT x || x FROM t) SELECT max(length(x)) FROM t",
    # One row of hundreds of megabytes, each character of it six bytes of JSON.
    "WITH x(t) AS MATERIALIZED (SELECT replace(hex(zeroblob(4000000)), '0', char(1))) SELECT " + ",".join(["t"] * 16) + " FROM x",
    # Straight to the end: no loop in which the engine would look at the time.
    "WITH x(t, p) AS MATERIALIZED (SELECT hex(zeroblob(20000)), '%' || hex(zeroblob(998)) || '1') SELECT " + ", ".join(["t LIKE p"] * 300) + " FROM x",
    "WITH x(t) AS MATERIALIZED (SELECT hex(zeroblob(4000000))) SELECT " + ", ".join(["+t".join(["t"] * 50)] * 500) + " FROM x",
    # Views of views, each twice the one before.
    "WITH c0(x) AS (SELECT 1)" + "".join(f", c{n + 1}(x) AS (SELECT p.x FROM c{n} p, c{n} q)" for n in range(22)) + " SELECT count(*) FROM c22",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000000) SELECT i, 'a text of some length ' || i FROM n ORDER BY -i",
]

ENDLESS = [
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i FROM n WHERE i > 1",
    "SELECT COUNT(*) FROM orders a, orders b, orders c, orders d WHERE a.order_id + b.order_id + c.order_id + d.order_id = -1",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n ORDER BY i DESC",
]

INNOCENT = [
    ("SELECT 1", [[1]]),
    ("select 1;", [[1]]),
    ("SELECT 1 ; -- and no more", [[1]]),
    ("/* first */ SELECT 1 /* last */", [[1]]),
    ("VALUES (1), (2)", [[1], [2]]),
    ("WITH x AS (SELECT 1 AS a) SELECT a FROM x", [[1]]),
    ("SELECT 'DELETE FROM customers; DROP TABLE x'", [["DELETE FROM customers; DROP TABLE x"]]),
    ("SELECT \"delete\" FROM (SELECT 1 AS \"delete\")", [[1]]),
    ("SELECT replace('abc', 'b', 'x')", [["axc"]]),
    ("SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]')", [[2]]),
    ("SELECT value FROM json_each('[5]')", [[5]]),
    ("SELECT ';'", [[";"]]),
]


class Refusing:
    """What holds for the traps of every engine: a subclass lists them, and is a Story."""

    settings = {"QUERY_TIMEOUT_MS": "1000", "QUERY_RATE_PER_MINUTE": "0"}

    def digests(self):
        """Of everything that a trap could have changed."""
        raise NotImplementedError

    def test_every_trap_is_refused_and_leaves_nothing_behind(self):
        analyst = self.analyst()
        before = self.digests()
        for statement, kinds in self.traps:
            with self.subTest(statement):
                got = analyst.run(statement.replace("{folder}", self.folder))
                self.assertEqual(got.status, 422, got)
                self.assertIn(got.type, kinds, got)
                if got.type == "query-refused":
                    self.assertTrue(got.json["rule"])
        self.assertEqual(self.digests(), before)
        self.assertGreater(analyst.rows("SELECT COUNT(*) FROM customers")[0][0], 0)

    def test_a_refusal_points_at_what_it_refuses(self):
        got = self.analyst().run(f"SELECT 'ünïcode', {self.forbidden}('x')")
        self.assertEqual((got.status, got.json["position"]), (422, len("SELECT 'ünïcode', ")))
        got = self.analyst().run("SELECT 1; DROP TABLE customers")
        self.assertEqual(got.json["position"], len("SELECT 1; "))

    def test_what_only_looks_dangerous_runs(self):
        analyst = self.analyst()
        for statement, rows in self.innocent:
            with self.subTest(statement):
                self.assertEqual(analyst.rows(statement), rows)

    def test_heavy_statements_take_neither_the_memory_nor_the_server(self):
        analyst = self.analyst()
        analyst.rows("SELECT 1")
        before = self.server.resident()
        for statement in self.heavy:
            with self.subTest(statement):
                began = time.monotonic()
                self.assertIn(analyst.run(statement).status, (422, 504))
                self.assertLess(time.monotonic() - began, 10)
                self.assertLess(self.server.resident() - before, 400 << 20)
        self.assertLess(self.server.resident() - before, 150 << 20)
        self.assertEqual(analyst.rows("SELECT 1"), [[1]])

    def test_endless_statements_end_at_the_deadline_and_are_recorded_so(self):
        analyst = self.analyst()
        for statement in self.endless:
            with self.subTest(statement):
                self.assertEqual(analyst.run(statement).status, 504)
                eventually(lambda s=statement: any(q["sql"] == s for q in analyst.get("/api/v1/queries", {"status": "timeout"}).json["items"]))

    def test_refusals_are_recorded_with_their_reason(self):
        analyst = self.analyst()
        statement = "DELETE FROM customers -- recorded"
        self.assertEqual(analyst.run(statement).status, 422)
        record = eventually(lambda: next((q for q in analyst.get("/api/v1/queries", {"status": "refused"}).json["items"]
                                          if q["sql"] == statement), None))
        self.assertTrue(record["error"])

    def test_answers_to_bad_sql_hold_no_secret_of_the_machine(self):
        for statement in ("SELECT nothing FROM nowhere", "ATTACH '/etc/passwd' AS x"):
            self.assertNotIn(self.folder, self.analyst().run(statement).text)

    def test_proposed_pairs_go_through_the_same_guard(self):
        got = self.analyst().post("/api/v1/knowledge/examples", {"question": "Please clean up", "sql": "DELETE FROM customers"})
        self.assertEqual((got.status, got.type), (422, "query-refused"))


class Traps(Refusing, Story):
    traps, innocent, heavy, endless, forbidden = TRAPS, INNOCENT, HEAVY, ENDLESS, "load_extension"

    def digests(self):
        files = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith((".db", ".db-wal", ".db-journal", ".db-shm")) or not os.path.relpath(path, self.folder).startswith(("data", "server")):
                    with open(path, "rb") as file:
                        files[path] = hashlib.sha256(file.read()).hexdigest()
        return files


class Shares(Story):
    """One analyst does all they may at once; the others go on working."""
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "4"}

    def export(self, client, identity):
        return client.head("GET", f"/api/v1/queries/{identity}/result?format=csv&latest=true")

    def made(self, client, sql):
        identity = client.post("/api/v1/queries/run", {"limit": 1, "sql": sql}, expect=200).json["query_id"]
        eventually(lambda: client.get(f"/api/v1/queries/{identity}").status == 200)
        return identity

    def test_four_endless_exports_leave_threads_for_the_others(self):
        greedy, other = self.analyst(), self.admin()
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 3 -- "
        exports = [self.made(greedy, endless + str(n)) for n in range(4)]
        own = self.made(other, "SELECT 'mine'")
        plains = []
        for identity in exports:
            plains.append(greedy.connect())
            plains[-1].sendall(self.export(greedy, identity))
        try:
            def in_hand():  # their handlers and that of the question itself
                return self.server.metric("vanna_http_requests_in_flight") == 5
            eventually(lambda: in_hand() and self.server.metric("vanna_pool_running", pool="sqlite") >= 1, what="the exports running")
            for n in range(20):
                self.assertEqual(other.rows(f"SELECT {n}"), [[n]])
            self.assertIn("mine", other.get(f"/api/v1/queries/{own}/result", {"format": "csv", "latest": "true"}, expect=200).text)
            self.assertTrue(in_hand(), "the exports have ended meanwhile")
        finally:
            for plain in plains:
                plain.close()
        eventually(lambda: greedy.run("SELECT 2").status == 200, what="the end of the exports")

    def test_many_proposals_at_once_that_take_long_to_prepare(self):
        heavy = HEAVY[-2]
        greedy, other = self.analyst(), self.admin()
        answers = []
        threads = [threading.Thread(target=lambda n=n: answers.append(greedy.post("/api/v1/knowledge/examples", {
            "question": f"How many of {n}?", "sql": heavy}))) for n in range(12)]
        for thread in threads:
            thread.start()
        self.assertEqual(other.rows("SELECT 1"), [[1]])
        for thread in threads:
            thread.join()
        self.assertEqual({(a.status, a.type) for a in answers}, {(422, "query-too-large")})


if __name__ == "__main__":
    main()
