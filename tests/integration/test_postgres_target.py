"""PostgreSQL as the target: read in place, exact to the last digit, within every limit; and the demo data of the System DB."""

import base64
import csv
import io
import json
import threading
import time
import uuid

from support import Story, eventually, main

MOST = 2**63 - 1
EXACT = 2**53 - 1


class Values(Story):
    engine_of_target = "postgresql"
    settings = {"QUERY_RATE_PER_MINUTE": "0", "TARGET_TIMEZONE": "Europe/Berlin"}

    @classmethod
    def fill_business(cls):
        cls.business.run(r"""
            CREATE TYPE mood AS ENUM ('calm', 'wild');
            CREATE TABLE numbers (id int PRIMARY KEY, big bigint, exact numeric, wide numeric(40, 10), double float8, single real);
            INSERT INTO numbers VALUES (1, 9223372036854775807, 'NaN', 12345678901234567890.1234567891, 'NaN', 0.1),
                (2, -9223372036854775808, 0.10, -0.0000000001, 'Infinity', 1e30), (3, 9007199254740991, -12.50, 1, '-Infinity', 3),
                (4, 9007199254740992, 9007199254740993, 0, 1e308, NULL), (5, 0, NULL, NULL, 1, 0);
            CREATE TABLE things (id int PRIMARY KEY, b bytea, flag bool, day date, at timestamp, zoned timestamptz, span interval, tags text[],
                doc jsonb, u uuid, m mood, fixed char(5));
            INSERT INTO things VALUES (1, '\x', true, '2024-02-29', '2024-02-29 12:34:56.789', '2024-07-01 12:00:00+00', '1 day 02:03:04',
                '{a,"b c",NULL}', '{"b": 1.50, "a": [1]}', '00000000-0000-7000-8000-000000000001', 'wild', 'ab'),
                (2, '\x00ff2b', false, 'infinity', '0044-03-15 BC', '2024-01-01 00:00:00+00', '-3 months', '{}', 'null', NULL, 'calm', NULL),
                (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
            CREATE TABLE texts (id int PRIMARY KEY, t text);
            INSERT INTO texts VALUES (1, ''), (2, E'with "quotes", commas,\r\nand lines\n'), (3, E'tab\tand \x01 control'), (4, 'ünïcödé 漢字 🦊'), (5, E'a\\b'), (6, '=1+1');
            CREATE TABLE "Odd Name" ("select" int, "a b" text, "col""umn" int GENERATED ALWAYS AS ("select" * 2) STORED);
            INSERT INTO "Odd Name" VALUES (1, 'x');
            CREATE TABLE empty (id int, name text);
            CREATE SCHEMA apart; CREATE TABLE apart.hidden (x int PRIMARY KEY, y text); CREATE TABLE apart.empty (z int PRIMARY KEY);
            CREATE TABLE "dot.ted" (x int REFERENCES apart.empty); INSERT INTO apart.empty VALUES (7); INSERT INTO "dot.ted" VALUES (7), (7);
            COMMENT ON TABLE apart.hidden IS 'seldom read'; COMMENT ON COLUMN apart.hidden.y IS 'the other';
            CREATE TABLE kept_back (secret text); CREATE VIEW shown AS SELECT id, flag FROM things;
            CREATE TABLE child (a int, b int, PRIMARY KEY (b, a), x int REFERENCES apart.hidden);
            ANALYZE;
        """)
        cls.business.keep_back("kept_back")

    def setUp(self):
        self.user = self.analyst()

    def exported(self, sql, format_, **query):
        ran = self.user.run(sql)
        self.assertEqual(ran.status, 200, ran)
        path = f"/api/v1/queries/{ran.json['query_id']}"
        eventually(lambda: self.user.get(path).status == 200)
        return self.user.get(f"{path}/result", {"format": format_, **query}, expect=200).body

    def test_numbers(self):
        sql = "SELECT big, exact, wide, double, single FROM numbers ORDER BY id"
        got = self.user.run(sql)
        self.assertEqual(got.json["rows"], [
            [str(MOST), "NaN", "12345678901234567890.1234567891", "NaN", 0.1], [str(-MOST - 1), 0.1, -1e-10, "Infinity", 1e30],
            [EXACT, -12.5, 1.0, "-Infinity", 3.0], [str(EXACT + 1), str(EXACT + 2), 0.0, 1e308, None], [0, None, None, 1.0, 0.0]])
        for exact in ("0.10", "-12.50", "1.0000000000", "3.0"):
            self.assertIn(exact, got.text)
        self.assertEqual([c["type"] for c in got.json["columns"]], ["bigint", "numeric", "numeric", "double precision", "real"])
        rows = list(csv.reader(io.StringIO(self.exported(sql, "csv").decode(), newline="")))[1:]
        self.assertEqual(rows[0][:4], [str(MOST), "NaN", "12345678901234567890.1234567891", "NaN"])
        lines = [json.loads(line) for line in self.exported(sql, "ndjson").splitlines()]
        self.assertEqual(lines[3]["exact"], str(EXACT + 2))

    def test_values_of_other_types(self):
        got = self.user.run("SELECT b, flag, day, at, zoned, span, tags, doc, u, m, fixed FROM things ORDER BY id").json
        self.assertEqual(got["rows"], [
            ["", True, "2024-02-29", "2024-02-29T12:34:56.789", "2024-07-01T14:00:00+02:00", "1 day 02:03:04", '{a,"b c",NULL}',
             '{"a": [1], "b": 1.50}', "00000000-0000-7000-8000-000000000001", "wild", "ab   "],
            [base64.b64encode(b"\x00\xff\x2b").decode(), False, "infinity", "0044-03-15 00:00:00 BC", "2024-01-01T01:00:00+01:00", "-3 mons", "{}",
             "null", None, "calm", None], [None] * 11])
        self.assertEqual([c["type"] for c in got["columns"]][-5:], ["text[]", "jsonb", "uuid", "mood", "character"])

    def test_rows_without_columns_are_counted(self):
        self.assertEqual(self.user.run("SELECT FROM things").json["row_count"], 3)

    def test_parameters(self):
        given = [MOST, 5, 0.1, "x\n\"y", None, "ünï"]
        self.assertEqual(self.user.rows("SELECT $1, $2, $3, $4, $5, $6", params=given), [[str(MOST), 5, 0.1, "x\n\"y", None, "ünï"]])
        self.assertEqual(self.user.rows("SELECT $1 + $2, $2 * $3", params=[1, 2, 0.5]), [[3, 1.0]])
        self.assertEqual(self.user.rows("SELECT id FROM things WHERE flag = $1 AND day = $2", params=[True, "2024-02-29"]), [[1]])
        self.assertEqual(self.user.rows("SELECT id FROM numbers WHERE exact = $1 AND big = $2", params=[0.1, -MOST - 1]), [[2]])
        named = "SELECT :a, ':a', \":b\", $$:a$$, E'\\':a', :b::int, :a /* :c */ FROM (SELECT 1 AS \":b\") x -- :d"
        self.assertEqual(self.user.rows(named, params={"a": "x'; --", "b": 7}), [["x'; --", ":a", 1, ":a", "':a", 7, "x'; --"]])
        for sql, params in (("SELECT $1", []), ("SELECT 1", [1]), ("SELECT $2", [1]), ("SELECT :a", {"b": 1}), ("SELECT 1", {"b": 1}),
                            ("SELECT $1::int", ["x"]), ("SELECT $1::text", ["\0"])):
            with self.subTest(sql):
                got = self.user.run(sql, params=params)
                self.assertEqual((got.status, got.type), (422, "query-invalid"), got)

    def test_errors_say_what_postgresql_says_and_where(self):
        for sql, words, position in (("SELECT ü.nothing FROM texts ü", "nothing", 7), ("SELECT 'ü', nothing() FROM texts", "nothing", 12),
                                     ("SELECT * FROM nowhere", "nowhere", 14), ("SELECT 1/0", "division by zero", None),
                                     ("/* ü */ SELECT t + 1 FROM texts", "operator does not exist", 17)):
            with self.subTest(sql):
                got = self.user.run(sql)
                self.assertEqual(got.status, 422, got)
                self.assertIn(words, got.json["detail"])
                if position is not None:
                    self.assertEqual(got.json["position"], position)
        got = self.user.run("SELECT * FROM kept_back")
        self.assertEqual((got.type, got.json["rule"]), ("query-refused", "permission"))

    def test_the_schema_is_what_the_role_may_read(self):
        schema = self.user.get("/api/v1/schema", expect=200).json
        tables = {table["name"]: table for table in schema["tables"]}
        self.assertEqual(set(tables), {"numbers", "things", "texts", "Odd Name", "empty", "hidden", "apart.empty", "public.dot.ted", "shown", "child"})
        self.assertEqual((tables["things"]["row_count"], tables["shown"]["type"]), (3, "view"))
        hidden = self.user.get("/api/v1/schema/hidden", expect=200).json
        self.assertIn("the other", hidden["ddl"])
        child = self.user.get("/api/v1/schema/child", expect=200).json
        self.assertEqual(child["foreign_keys"], [{"columns": ["x"], "table": "hidden", "references": ["x"]}])
        self.assertEqual([(c["name"], c["primary_key"]) for c in child["columns"]], [("a", 2), ("b", 1), ("x", 0)])
        odd = self.user.get("/api/v1/schema/Odd%20Name", expect=200).json
        self.assertEqual([(c["name"], c["generated"]) for c in odd["columns"]], [("select", False), ("a b", False), ("col\"umn", True)])
        self.assertEqual(self.user.rows("SELECT x FROM hidden"), [])
        dotted = self.user.get("/api/v1/schema/public.dot.ted", expect=200).json
        self.assertEqual((dotted["row_count"], dotted["foreign_keys"]), (2, [{"columns": ["x"], "table": "apart.empty", "references": ["z"]}]))
        self.assertIn('CREATE TABLE "public"."dot.ted" (', dotted["ddl"])
        self.assertIn('REFERENCES "apart"."empty" ("z")', dotted["ddl"])
        self.assertIn('CREATE TABLE "child" (', child["ddl"])
        self.assertIn('REFERENCES "hidden" ("x")', child["ddl"])
        asked = self.user.post("/api/v1/queries/ask", {"question": "How many dot ted are there?"}, expect=200).json
        self.assertEqual(asked["rows"], [[2]], asked)


class Asked(Story):
    """Questions about columns of types that SQLite has not."""
    engine_of_target = "postgresql"
    settings = {"QUERY_RATE_PER_MINUTE": "0"}

    @classmethod
    def fill_business(cls):
        cls.business.run("""
            CREATE TYPE mood AS ENUM ('calm', 'wild'); CREATE DOMAIN label AS varchar(50); CREATE DOMAIN amount AS numeric(8,2) CHECK (value >= 0);
            CREATE TABLE concerts (concert_id int PRIMARY KEY, title label, price money, mood mood, length interval, begins time, tags text[], doc jsonb,
                key uuid, seats int4range, weight amount, held_at timestamptz, open boolean);
            INSERT INTO concerts VALUES
                (1, 'Winter', 10, 'calm', '1 hour', '19:00', '{a}', '{}', '00000000-0000-7000-8000-000000000001', '[1,5)', 1.5, '2023-01-02 10:00+00', true),
                (2, 'Spring', 20.5, 'wild', '2 hours', '20:00', '{b}', '[]', '00000000-0000-7000-8000-000000000002', '[1,9)', 2.5, '2023-04-02 10:00+00', false),
                (3, 'Storm', 30, 'wild', '3 hours', '21:00', NULL, NULL, NULL, NULL, NULL, '2024-04-02 10:00+00', true);
            ANALYZE;
        """)

    def test_they_are_answered(self):
        analyst = self.analyst()
        for question, rows in {
            "What is the average price of the concerts?": [["20.1666666667"]], "Titles of concerts with a price above 15": [["Spring"], ["Storm"]],
            "Titles of concerts with a price between 5 and 25": [["Spring"], ["Winter"]], "Titles of concerts whose mood contains il": [["Spring"], ["Storm"]],
            "Titles of concerts whose mood is calm": [["Winter"]], "How many concerts per mood?": [["calm", 1], ["wild", 2]],
            "What is the title of the concert with the highest price?": [["Storm"]],
            "Titles of concerts with a weight above 2": [["Spring"]], "How many concerts were held in 2023?": [[2]],
            "How many concerts are open?": [[2]], "Titles of concerts with a price above the average": [["Spring"], ["Storm"]],
        }.items():
            with self.subTest(question):
                got = analyst.post("/api/v1/queries/ask", {"question": question}, expect=200).json
                self.assertTrue(got["sql"], got.get("clarification"))
                shown = [[f"{cell:.12g}" if isinstance(cell, float) else cell for cell in row] for row in got["rows"]]
                self.assertEqual(sorted(shown), rows, got["sql"])

    def test_or_declined_but_never_break(self):
        analyst = self.analyst()
        for what in ("length", "begins", "tags", "doc", "key", "seats", "weight", "mood", "price", "held at", "title"):
            for question in (f"What is the average {what} of the concerts?", f"concerts whose {what} contains 1", f"concerts with the highest {what}",
                             f"How many concerts per {what}?", f"concerts with {what} above 1", f"concerts ordered by {what}", f"Which different {what} are there?",
                             f"concerts whose {what} is 1", f"concerts without {what}", f"concerts by year of {what}", f"total {what} of concerts"):
                with self.subTest(question):
                    got = analyst.post("/api/v1/queries/ask", {"question": question})
                    self.assertEqual(got.status, 200, got)


class Limits(Story):
    engine_of_target = "postgresql"
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_MAX_ROWS": "1000", "QUERY_MAX_BYTES": "1000000", "QUERY_TIMEOUT_MS": "10000"}

    def setUp(self):
        self.user = self.analyst()

    def active(self):
        return int(self.stores.as_superuser(f"""SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '{self.business.role}'
                                                AND state <> 'idle'""")[0]["n"])

    def test_rows_at_their_limit_and_one_over(self):
        for rows, truncated in ((999, False), (1000, False), (1001, True), (100000, True)):
            with self.subTest(rows=rows):
                got = self.user.run(f"SELECT i FROM generate_series(1, {rows}) i").json
                self.assertEqual((got["row_count"], got["truncated"]), (min(rows, 1000), truncated))
        got = self.user.post("/api/v1/queries/run", {"sql": "SELECT i FROM generate_series(1, 11) i", "limit": 10}, expect=200).json
        self.assertEqual((got["row_count"], got["truncated"]), (10, True))

    def test_bytes_and_a_row_that_no_answer_has_room_for(self):
        got = self.user.run("SELECT repeat('x', 300000) FROM generate_series(1, 10)").json
        self.assertEqual((got["row_count"], got["truncated"]), (3, True))
        self.assertEqual(self.user.run("SELECT repeat('x', 1000001)").type, "query-too-large")
        got = self.user.run("SELECT repeat('x', CASE i WHEN 3 THEN 100000000 ELSE 10 END) FROM generate_series(1, 5) i").json
        self.assertEqual((got.get("row_count"), got.get("truncated")), (2, True), got)

    def test_the_order_of_a_statement_stays(self):
        rows = self.user.rows("SELECT i::text AS t FROM generate_series(1, 1000) i ORDER BY i % 7, i DESC")
        self.assertEqual([int(row[0]) for row in rows], sorted(range(1, 1001), key=lambda i: (i % 7, -i)))

    def test_nothing_is_cached(self):
        sql = "SELECT count(*) FROM regions"
        before = self.user.rows(sql)[0][0]
        self.business.run("INSERT INTO regions SELECT 900, 'Moon', 'nowhere'")
        got = self.user.run(sql).json
        self.assertEqual((got["rows"], got["cached"]), ([[before + 1]], False))

    def test_a_query_ends_at_once_when_it_is_cancelled_and_when_its_client_goes(self):
        sql = "SELECT count(*) FROM generate_series(1, 100000000000) i"
        identity, answers = str(uuid7()), []
        thread = threading.Thread(target=lambda: answers.append(self.user.post("/api/v1/queries/run", {"sql": sql, "id": identity})))
        thread.start()
        eventually(lambda: self.active() == 1)
        began = time.monotonic()
        self.user.post(f"/api/v1/queries/{identity}/cancel", expect=202)
        thread.join()
        self.assertLess(time.monotonic() - began, 1)
        self.assertEqual(answers[0].status, 499)
        eventually(lambda: self.active() == 0, 2)
        with self.user.connect() as plain:
            body = json.dumps({"sql": sql}).encode()
            plain.sendall(self.user.head("POST", "/api/v1/queries/run", {"Content-Type": "application/json"}, length=len(body)) + body)
            eventually(lambda: self.active() == 1)
        eventually(lambda: self.active() == 0, 2)
        self.assertEqual(self.user.rows("SELECT 1"), [[1]])

    def test_an_export_comes_in_slices_and_one_that_is_left_lets_go(self):
        ran = self.user.post("/api/v1/queries/run", {"sql": "SELECT i, repeat('x', 100) AS t FROM generate_series(1, 300000) i", "limit": 1}, expect=200).json
        path = f"/api/v1/queries/{ran['query_id']}"
        eventually(lambda: self.user.get(path).status == 200)
        before = self.server.resident()
        lines = self.user.get(f"{path}/result", {"format": "ndjson"}, expect=200).body.splitlines()
        last = json.loads(lines[-1])
        self.assertEqual((len(lines), last["row_count"], last["complete"]), (300001, 300000, True))
        self.assertEqual(json.loads(lines[299999])["i"], 300000)
        self.assertLess(self.server.resident() - before, 100 << 20)
        with self.user.connect() as plain:
            plain.sendall(self.user.head("GET", f"{path}/result?format=csv"))
            plain.recv(1000)
            eventually(lambda: self.active() >= 1)
        eventually(lambda: self.active() == 0, 10)

    def test_a_lost_connection_is_replaced(self):
        self.user.rows("SELECT 1")
        self.stores.as_superuser(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.business.role}'")
        self.assertEqual(self.user.rows("SELECT 2"), [[2]])

    def test_a_changed_schema_is_another_version(self):
        ran = self.user.run("SELECT region_name FROM regions").json
        path = f"/api/v1/queries/{ran['query_id']}"
        eventually(lambda: self.user.get(path).status == 200)
        self.business.run("ALTER TABLE regions ADD COLUMN climate text")
        eventually(lambda: self.user.run("SELECT 1").json["target_version"] != ran["target_version"], 30)
        self.assertEqual(self.user.get(f"{path}/result", {"format": "csv"}).type, "target-changed")
        self.user.get(f"{path}/result", {"format": "csv", "latest": "true"}, expect=200)
        columns = self.user.get("/api/v1/schema/regions", expect=200).json["columns"]
        self.assertIn("climate", [c["name"] for c in columns])

    def test_there_is_no_golden_copy(self):
        admin = self.admin()
        self.assertEqual(admin.get("/api/v1/admin/db/golden-copy").status, 409)
        self.assertEqual(admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}).status, 409)

    def test_the_command_line_asks_it_too(self):
        done = self.engine("query", "SELECT region_id FROM regions WHERE region_id = 1", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["rows"]), (0, [[1]]), done.stderr)
        done = self.engine("ask", "How many customers are there?", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["rows"]), (0, [[920]]), done.stderr)
        self.assertIn("used in place", self.init().stdout)


class Demo(Story):
    """ENABLE_TARGET_DB=false with SEED_DEMO_DATA: the schema `demo` of the System DB answers."""
    settings = {"ENABLE_TARGET_DB": "false"}

    def setUp(self):
        self.server.wait_for_store("target_database")

    def test_questions_are_answered_from_the_demo_data(self):
        analyst = self.analyst()
        self.assertEqual(analyst.rows("SELECT count(*) FROM accounting_transactions"), [[600]])
        got = analyst.post("/api/v1/queries/ask", {"question": "How many vendors are there?"}, expect=200).json
        self.assertEqual(got["rows"], [[12]])
        names = {table["name"] for table in analyst.get("/api/v1/schema", expect=200).json["tables"]}
        self.assertEqual(names, {"departments", "accounts", "vendors", "accounting_transactions", "budgets", "monthly_totals"})

    def test_the_role_sees_nothing_else(self):
        analyst = self.analyst()
        for table in ("users", "public.users", "refresh_tokens", "audit_logs", "pg_authid", "pg_stat_activity"):
            with self.subTest(table):
                self.assertEqual(analyst.run(f"SELECT * FROM {table}").status, 422)
        rows = analyst.rows("SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', 'information_schema')")
        self.assertEqual(rows, [["demo"]])

    def test_nothing_tells_names_of_what_the_role_cannot_read(self):
        analyst = self.analyst()
        for sql in ("SELECT 'public.users'::regclass::oid", "SELECT i::oid::regclass FROM generate_series(16384, 20000) i", "SELECT regrole 'postgres'",
                    "SELECT (1260::oid).regclass", "SELECT ('10'::text).regrole", "SELECT '{10}'::_regrole", "SELECT '{10}'::regrole[]",
                    "SELECT g.regclass FROM unnest(ARRAY[1260::oid]) g"):
            with self.subTest(sql):
                self.assertEqual(analyst.run(sql).type, "query-refused")

    def test_a_role_that_may_read_anything_else_is_refused(self):
        self.stores._psql(self.stores.url(), "GRANT SELECT (id) ON users TO public")
        self.addCleanup(self.stores._psql, self.stores.url(), "REVOKE SELECT (id) ON users FROM public")
        asked = self.engine("query", "SELECT 1")
        self.assertEqual(asked.returncode, 78, asked.stderr)
        self.assertIn("may read the table public.users too", asked.stderr)

    def test_init_again_changes_nothing(self):
        self.assertIn("nothing had to be changed", self.init().stdout)


def uuid7():
    return uuid.UUID(int=int(time.time() * 1000) << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int & (1 << 62) - 1)


if __name__ == "__main__":
    main()
