"""What is in the target is what comes out, exactly, in JSON, CSV and NDJSON; and any database will do."""

import base64
import csv
import io
import json
import os
import sqlite3
import urllib.parse

from support import Story, account, eventually, main

MOST = 2**63 - 1
EXACT = 2**53 - 1


class Made(Story):
    """A target that the test itself makes."""

    @classmethod
    def make_source(cls):
        path = os.path.join(cls.folder, "made.db")
        connection = sqlite3.connect(path)
        cls.fill(connection)
        connection.commit()
        connection.close()
        account.give(path)
        return path

    def exported(self, client, sql, format_, **query):
        ran = client.run(sql)
        self.assertEqual(ran.status, 200, ran)
        path = f"/api/v1/queries/{ran.json['query_id']}"
        eventually(lambda: client.get(path).status == 200)
        return client.get(f"{path}/result", {"format": format_, **query}, expect=200).body


class Untyped(Made):
    """What a column of SQLite may hold."""

    @classmethod
    def fill(cls, connection):
        connection.executescript("""
            CREATE TABLE numbers(id INTEGER PRIMARY KEY, n);
            INSERT INTO numbers(n) VALUES (9223372036854775807), (-9223372036854775808), (9007199254740991), (9007199254740992),
                (-9007199254740991), (-9007199254740992), (0), (0.1), (1e308), (-1e-308), (1.0), (123456789.25), (9e999), (-9e999), (NULL);
            CREATE TABLE texts(id INTEGER PRIMARY KEY, t);
            INSERT INTO texts(t) VALUES ('valid'), (CAST(x'61ff62' AS TEXT));
        """)

    NUMBERS = [str(MOST), str(-MOST - 1), EXACT, str(EXACT + 1), -EXACT, str(-EXACT - 1), 0, 0.1, 1e308, -1e-308, 1.0, 123456789.25,
               "Infinity", "-Infinity", None]

    def test_numbers(self):
        analyst = self.analyst()
        sql = "SELECT n FROM numbers ORDER BY id"
        text = analyst.run(sql).text
        self.assertEqual([row[0] for row in json.loads(text)["rows"]], self.NUMBERS)
        self.assertIn("[1.0]", text)
        lines = [json.loads(line) for line in self.exported(analyst, sql, "ndjson").splitlines()]
        self.assertEqual([line["n"] for line in lines[:-1]], self.NUMBERS)
        cells = [row[0] for row in csv.reader(io.StringIO(self.exported(analyst, sql, "csv").decode(), newline=""))][1:]
        self.assertEqual(cells[:7], [str(MOST), str(-MOST - 1), str(EXACT), str(EXACT + 1), str(-EXACT), str(-EXACT - 1), "0"])
        self.assertEqual([float(cell) for cell in cells[7:14]], [0.1, 1e308, -1e-308, 1.0, 123456789.25, float("inf"), -float("inf")])
        self.assertEqual(cells[14], "")

    def test_bytes_that_are_no_text_are_replaced_and_told(self):
        analyst = self.analyst()
        sql = "SELECT t FROM texts ORDER BY id"
        got = analyst.run(sql).json
        self.assertEqual((got["rows"], got["invalid_utf8"]), ([["valid"], ["a\ufffdb"]], True))
        self.assertNotIn("invalid_utf8", analyst.run("SELECT t FROM texts WHERE id = 1").json)
        self.assertEqual([json.loads(line).get("t") for line in self.exported(analyst, sql, "ndjson").decode().splitlines()[:2]], ["valid", "a\ufffdb"])
        self.assertEqual(list(csv.reader(io.StringIO(self.exported(analyst, sql, "csv").decode(), newline=""))), [["t"], ["valid"], ["a\ufffdb"]])


class Values(Made):
    TEXTS = ["", "plain", "with \"quotes\", commas,\r\nand lines\n", "tab\tand \x01\x1f control", "ünïcödé 漢字 🦊", "\u2028\u2029", "a\\b", "</script>"]

    @classmethod
    def fill(cls, connection):
        connection.executescript("""
            CREATE TABLE texts(id INTEGER PRIMARY KEY, t TEXT);
            CREATE TABLE formulas(id INTEGER PRIMARY KEY, t TEXT);
            CREATE TABLE blobs(id INTEGER PRIMARY KEY, b BLOB);
            CREATE TABLE empty(id INTEGER, name TEXT);
        """)
        connection.executemany("INSERT INTO texts(t) VALUES (?)", [(text,) for text in cls.TEXTS])
        connection.executemany("INSERT INTO formulas(t) VALUES (?)", [("=1+1",), ("+1",), ("-1",), ("@x",), ("\tx",), ("\rx",), ("x=1",)])
        connection.executemany("INSERT INTO blobs(b) VALUES (?)", [(b"",), (b"\x00",), (bytes(range(256)),)])

    def test_parameters_come_back_as_they_were_given(self):
        analyst = self.analyst()
        given = [MOST, -MOST - 1, 0.1, "x\n\"y", None, True, "ünï"]
        (row,) = analyst.rows(f"SELECT {self.dialect.places(7)}", params=given)
        self.assertEqual(row, [str(MOST), str(-MOST - 1), 0.1, "x\n\"y", None, self.dialect.true, "ünï"])

    def test_parameters_that_no_column_can_hold_are_refused(self):
        analyst = self.analyst()
        for params in ([2**63], [[1]], [{"a": 1}], "text", 7):
            with self.subTest(params=params):
                got = analyst.run(f"SELECT {self.dialect.places(1)}", params=params)
                self.assertEqual(got.status, 422, got)
                self.assertTrue(got.json["errors"][0]["field"].startswith("params"))

    def test_texts(self):
        analyst = self.analyst()
        sql = "SELECT t FROM texts ORDER BY id"
        self.assertEqual([row[0] for row in analyst.rows(sql)], self.TEXTS)
        lines = self.exported(analyst, sql, "ndjson").decode().split("\n")
        self.assertEqual([json.loads(line)["t"] for line in lines[:-2]], self.TEXTS)
        data = self.exported(analyst, sql, "csv").decode()
        self.assertTrue(data.startswith("t\r\n\"\"\r\nplain\r\n\"with \"\"quotes\"\", commas,\r\nand lines\n\"\r\n"), data[:80])
        self.assertEqual([row[0] for row in csv.reader(io.StringIO(data, newline=""))][1:], self.TEXTS)

    def test_blobs_are_base64(self):
        analyst = self.analyst()
        expected = [base64.b64encode(data).decode() for data in (b"", b"\x00", bytes(range(256)))]
        self.assertEqual([row[0] for row in analyst.rows("SELECT b FROM blobs ORDER BY id")], expected)
        data = self.exported(analyst, "SELECT id, b FROM blobs ORDER BY id", "csv").decode()
        self.assertEqual([row[1] for row in csv.reader(io.StringIO(data, newline=""))][1:], expected)

    def test_columns_of_one_name_keep_their_places(self):
        analyst = self.analyst()
        sql = "SELECT 1 AS a, 2 AS a, 3 AS b, 4 AS a, 5 AS a_2"
        got = analyst.run(sql).json
        self.assertEqual([column["name"] for column in got["columns"]], ["a", "a", "b", "a", "a_2"])
        self.assertEqual(got["rows"], [[1, 2, 3, 4, 5]])
        first = self.exported(analyst, sql, "ndjson").decode().splitlines()[0]
        pairs = json.loads(first, object_pairs_hook=list)
        self.assertEqual([value for _, value in pairs], [1, 2, 3, 4, 5])
        self.assertEqual(len({name for name, _ in pairs}), 5)
        self.assertEqual(self.exported(analyst, sql, "csv").decode().splitlines()[0], "a,a,b,a,a_2")

    def test_empty_results_have_their_columns(self):
        analyst = self.analyst()
        got = analyst.run("SELECT id, name FROM empty").json
        self.assertEqual(([c["name"] for c in got["columns"]], got["rows"], got["row_count"], got["truncated"]), (["id", "name"], [], 0, False))
        self.assertEqual(self.exported(analyst, "SELECT id, name FROM empty", "csv"), b"id,name\r\n")
        (last,) = self.exported(analyst, "SELECT id, name FROM empty", "ndjson").splitlines()
        self.assertEqual((json.loads(last)["row_count"], json.loads(last)["complete"]), (0, True))

    def test_formulas_are_neutralised_on_request(self):
        analyst = self.analyst()
        sql = "SELECT t FROM formulas ORDER BY id"

        def cells(**query):
            return [row[0] for row in csv.reader(io.StringIO(self.exported(analyst, sql, "csv", **query).decode(), newline=""))][1:]
        self.assertEqual(cells(), ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "x=1"])
        self.assertEqual(cells(neutralise_formulas="true"), ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "'\rx", "x=1"])

    def test_wide_and_long_rows(self):
        analyst = self.analyst()
        wide = analyst.run("SELECT " + ", ".join(f"{n} AS c{n}" for n in range(500))).json
        self.assertEqual(wide["rows"][0], list(range(500)))
        (row,) = analyst.rows(f"SELECT {self.dialect.text(1_000_000)}")
        self.assertEqual(len(row[0]), 1_000_000)


class ValuesOfPostgres(Values):
    engine_of_target = "postgresql"


class Odd:
    """A database that nobody here made: odd names, no keys, broken views, every kind of table."""

    ODD = """
        CREATE TABLE "with space"("a b" TEXT, "select" INTEGER);
        INSERT INTO "with space" VALUES ('x', 1);
        CREATE TABLE "quo""ted"("col""umn" INTEGER);
        CREATE TABLE "select"("from" INTEGER);
        INSERT INTO "select" VALUES (7);
        CREATE TABLE "日本語"("列" TEXT);
        INSERT INTO "日本語" VALUES ('値');
        CREATE TABLE "semi;colon"(x INTEGER);
        CREATE TABLE "per%cent/slash"(x INTEGER);
        CREATE TABLE nokeys(x INTEGER, y INTEGER);
        CREATE TABLE generated_one(a INTEGER, doubled INTEGER GENERATED ALWAYS AS (a * 2) STORED);
        INSERT INTO generated_one(a) VALUES (21);
        CREATE TABLE history(x INTEGER);
        CREATE VIEW good_view AS SELECT "select" AS n FROM "with space";
        CREATE TABLE parent(a INTEGER, b INTEGER, PRIMARY KEY (a, b));
        CREATE TABLE child(x INTEGER, y INTEGER, FOREIGN KEY (x, y) REFERENCES parent(a, b));
    """
    NAMES = {"with space", "quo\"ted", "select", "日本語", "semi;colon", "per%cent/slash", "nokeys", "generated_one", "history", "good_view", "parent", "child"}

    @classmethod
    def fill(cls, connection):
        connection.executescript(cls.ODD)

    @classmethod
    def fill_business(cls):
        cls.business.run(f"{cls.ODD} ANALYZE;")

    def test_it_is_served_whole(self):
        analyst = self.analyst()
        schema = analyst.get("/api/v1/schema", expect=200).json
        tables = {table["name"]: table for table in schema["tables"]}
        self.assertEqual(set(tables), self.NAMES)
        self.assertEqual(tables["with space"]["row_count"], 1)
        self.assertEqual(tables["good_view"]["type"], "view")

    def test_every_table_has_its_page(self):
        analyst = self.analyst()
        for table in analyst.get("/api/v1/schema", expect=200).json["tables"]:
            if table["name"] == "history":
                continue
            with self.subTest(table["name"]):
                path = "/api/v1/schema/" + urllib.parse.quote(table["name"], safe="")
                self.assertEqual(analyst.get(path, expect=200).json["name"], table["name"])
        columns = analyst.get("/api/v1/schema/generated_one", expect=200).json["columns"]
        self.assertEqual([(c["name"], c["generated"]) for c in columns], [("a", False), ("doubled", True)])
        self.assertEqual(analyst.get("/api/v1/schema/child").json["foreign_keys"][0].keys(), {"columns", "table", "references"})

    def test_queries_reach_all_of_it(self):
        analyst = self.analyst()
        self.assertEqual(analyst.rows('SELECT "a b", "select" FROM "with space"'), [["x", 1]])
        self.assertEqual(analyst.rows('SELECT "列" FROM "日本語"'), [["値"]])
        self.assertEqual(analyst.rows("SELECT doubled FROM generated_one"), [[42]])
        self.assertEqual(analyst.rows("SELECT n FROM good_view"), [[1]])

    def test_questions_are_answered_or_declined_but_never_break(self):
        viewer = self.viewer()
        for question in ("How many rows are in generated one?", "How many select?", "日本語", "count \"with space\"", "'; --", "%", "\\", "?"):
            with self.subTest(question):
                viewer.post("/api/v1/queries/ask", {"question": question}, expect=200)


class OddPostgres(Odd, Made):
    engine_of_target = "postgresql"


class OddFile(Odd, Made):
    """With what SQLite alone has."""

    NAMES = Odd.NAMES | {"strict_one", "without_one", "virtual_one", "untyped", "bad_view", "orphan"}

    @classmethod
    def fill(cls, connection):
        super().fill(connection)
        connection.executescript("""
            CREATE TABLE strict_one(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
            CREATE TABLE without_one(code TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;
            CREATE TABLE virtual_one(a INTEGER, doubled INTEGER GENERATED ALWAYS AS (a * 2) VIRTUAL, stored INTEGER AS (a + 1) STORED);
            INSERT INTO virtual_one(a) VALUES (21);
            CREATE TABLE [untyped](x);
            CREATE VIEW bad_view AS SELECT * FROM table_that_is_gone;
            CREATE TABLE orphan(x, FOREIGN KEY (x) REFERENCES nowhere(z));
        """)

    def test_what_is_broken_is_told(self):
        analyst = self.analyst()
        tables = {table["name"]: table for table in analyst.get("/api/v1/schema", expect=200).json["tables"]}
        self.assertTrue(tables["bad_view"]["problem"])
        self.assertEqual(analyst.run("SELECT * FROM bad_view").type, "query-invalid")
        self.assertEqual(analyst.rows("SELECT doubled, stored FROM virtual_one"), [[42, 22]])
        columns = analyst.get("/api/v1/schema/virtual_one", expect=200).json["columns"]
        self.assertEqual([(c["name"], c["generated"]) for c in columns], [("a", False), ("doubled", True), ("stored", True)])


class EmptyDatabase(Made):
    @classmethod
    def fill(cls, connection):
        connection.execute("PRAGMA user_version = 1")

    def test_there_is_nothing_to_see_and_nothing_breaks(self):
        analyst = self.analyst()
        self.assertEqual(analyst.get("/api/v1/schema", expect=200).json["tables"], [])
        self.assertEqual(analyst.rows("SELECT 1"), [[1]])
        self.assertIsNone(analyst.post("/api/v1/queries/ask", {"question": "How many customers are there?"}, expect=200).json["sql"])


class EmptyPostgres(EmptyDatabase):
    engine_of_target = "postgresql"


if __name__ == "__main__":
    main()
