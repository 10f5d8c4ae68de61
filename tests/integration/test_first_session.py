"""A first session, as a new user has it: log in, ask, run, look back, rate, export; what it leaves in metrics and audit."""

import csv
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import urllib.request

from support import Story, eventually, main
from support.dialect import OVERFLOW


def next_id(made):
    """An id as a client could make it now: the one after this one."""
    return made[:-6] + format((int(made[-6:], 16) + 1) % (1 << 24), "06x")


class Session:
    """On either engine."""

    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def test_a_question_is_answered_with_its_sql_rows_and_sources(self):
        viewer = self.viewer()
        answer = viewer.post("/api/v1/queries/ask", {"question": "How many customers are there?"}, expect=200).json
        (expected,) = self.sample("SELECT COUNT(*) FROM customers")
        self.assertEqual(answer["rows"], [list(expected)])
        self.assertIn("customers", answer["sql"].lower())
        self.assertEqual(answer["question"], "How many customers are there?")
        self.assertTrue(answer["generator"])
        self.assertGreater(answer["confidence"], 0.5)
        self.assertTrue(answer["sources"])
        self.assertFalse(answer["truncated"])

    def test_a_question_that_matches_nothing_is_declined_with_a_question_back(self):
        answer = self.viewer().post("/api/v1/queries/ask", {"question": "Will it rain in Ulaanbaatar tomorrow?"}, expect=200).json
        self.assertIsNone(answer["sql"])
        self.assertNotIn("rows", answer)
        self.assertTrue(answer["clarification"])

    def test_a_question_can_be_followed_stage_by_stage(self):
        def events(question, **fields):
            got = self.viewer().post("/api/v1/queries/ask", {"question": question, **fields}, headers={"Accept": "text/event-stream"}, expect=200)
            self.assertEqual(got.headers["Content-Type"], "text/event-stream")
            blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in got.text.strip().split("\n\n") if block != ":"]
            return [(block["event"], json.loads(block["data"])) for block in blocks]

        seen = events("How many customers are there?")
        self.assertEqual([name for name, _ in seen], ["retrieving", "generating", "checking", "running", "rows", "done"])
        self.assertEqual([event["stage"] for _, event in seen], [name for name, _ in seen])
        *_, (_, checked), _, (_, rows), (_, answer) = seen
        plain = self.viewer().post("/api/v1/queries/ask", {"question": "How many customers are there?"}, expect=200).json
        self.assertEqual((rows["columns"], rows["rows"], answer["row_count"], answer["sql"]), (plain["columns"], plain["rows"], 1, plain["sql"]))
        self.assertEqual(checked["sql"], plain["sql"])
        name, declined = events("Will it rain in Ulaanbaatar tomorrow?")[-1]
        self.assertEqual((name, declined["sql"]), ("done", None))
        self.approve("What overflows here?", OVERFLOW)
        *stages, (name, problem) = events("What overflows here?")
        self.assertEqual([name for name, _ in stages], ["retrieving", "generating", "checking", "running", "correcting"])
        self.assertEqual((name, problem["status"], problem["type"]), ("problem", 422, "query-invalid"))
        for wrong, status in (({"question": ""}, 422), ({"question": "How many customers are there?", "id": answer["query_id"]}, 409)):
            eventually(lambda w=wrong, s=status: self.viewer().post("/api/v1/queries/ask", w, headers={"Accept": "text/event-stream"}).status == s)

    def test_a_statement_that_fails_is_followed_by_the_next_generators_under_the_clients_id(self):
        viewer = self.viewer()
        question = "How many suppliers are there?"
        plain = viewer.post("/api/v1/queries/ask", {"question": question}, expect=200).json
        self.assertIsNotNone(plain["sql"])
        self.approve(question, OVERFLOW)
        identity = next_id(plain["query_id"])
        answer = viewer.post("/api/v1/queries/ask", {"question": question, "id": identity}, expect=200).json
        self.assertEqual((answer["query_id"], answer["sql"], answer["rows"]), (identity, plain["sql"], plain["rows"]))
        self.assertIn("did not run", json.dumps(answer["notes"]))
        record = eventually(lambda: (a := viewer.get(f"/api/v1/queries/{identity}")).status == 200 and a.json)
        self.assertEqual((record["status"], record["sql"]), ("success", plain["sql"]))
        (failed,) = eventually(lambda: [q for q in viewer.get("/api/v1/queries", {"status": "error"}).json["items"] if q["question"] == question])
        self.assertEqual((failed["sql"], failed["generator"]), (OVERFLOW, "verified-pairs"))

    def approve(self, question, sql):
        """Makes a verified pair of the two; its id."""
        analyst = self.analyst()
        pair = analyst.post("/api/v1/knowledge/examples", {"question": question, "sql": sql}, expect=201).json["id"]
        analyst.post(f"/api/v1/knowledge/examples/{pair}/approve", expect=200)
        return pair

    def test_sql_can_be_made_without_running_it(self):
        answer = self.viewer().post("/api/v1/queries/ask", {"question": "How many customers are there?", "execute": False}, expect=200).json
        self.assertTrue(answer["sql"])
        self.assertNotIn("rows", answer)

    def test_sql_runs_with_positional_and_named_parameters(self):
        analyst = self.analyst()
        self.assertEqual(analyst.rows(f"SELECT {self.dialect.numbered} AS sum", params=[40, 2]), [[42]])
        self.assertEqual(analyst.rows(f"SELECT {self.dialect.named} AS text", params={"a": "x", "b": "y", "c": "z"}), [["xyz"]])

    def test_a_parameter_is_never_part_of_the_statement(self):
        self.assertEqual(self.analyst().rows(f"SELECT {self.dialect.places(1)}", params=["'; DROP TABLE customers; --"]), [["'; DROP TABLE customers; --"]])

    def test_a_result_says_where_it_was_cut(self):
        analyst = self.analyst()
        five = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n"
        whole = analyst.run(five, limit=5).json
        self.assertEqual((whole["row_count"], whole["truncated"]), (5, False))
        cut = analyst.run(five, limit=4).json
        self.assertEqual((cut["rows"], cut["row_count"], cut["truncated"]), ([[1], [2], [3], [4]], 4, True))

    def test_a_query_reaches_the_history_the_database_and_the_users_row(self):
        analyst = self.analyst()
        ran = analyst.run("SELECT :n AS n", params={"n": 7}).json
        record = eventually(lambda: next((q for q in analyst.get("/api/v1/queries").json["items"] if q["id"] == ran["query_id"]), None))
        self.assertEqual((record["status"], record["params"], record["result_count"]), ("success", {"n": 7}, 1))
        self.assertEqual(record["target_version"], ran["target_version"])
        self.assertEqual(len(self.stores.sql(f"SELECT id FROM queries WHERE id = '{ran['query_id']}'")), 1)
        self.assertIsNotNone(analyst.get("/api/v1/auth/me", expect=200).json["last_query_at"])

    def test_pages_of_the_history_neither_lose_nor_repeat_a_query(self):
        analyst = self.analyst()
        ran = {analyst.run(f"SELECT {n}").json["query_id"] for n in range(7)}
        eventually(lambda: ran <= {q["id"] for q in analyst.get("/api/v1/queries", {"limit": 200}).json["items"]})
        seen, cursor = [], None
        while True:
            page = analyst.get("/api/v1/queries", {"limit": 3, **({"cursor": cursor} if cursor else {})}, expect=200).json
            seen += [q["id"] for q in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(seen, sorted(seen, reverse=True))
        self.assertLessEqual(ran, set(seen))

    def test_the_history_shows_only_failures_when_asked(self):
        analyst = self.analyst()
        self.assertEqual(analyst.run("SELEC 1").status, 422)
        eventually(lambda: analyst.get("/api/v1/queries", {"status": "error"}).json["items"])
        kinds = {q["status"] for q in analyst.get("/api/v1/queries", {"status": "error"}, expect=200).json["items"]}
        self.assertEqual(kinds, {"error"})
        self.assertEqual(analyst.get("/api/v1/queries", {"status": "splendid"}).status, 422)

    def test_another_users_query_does_not_exist_except_for_an_administrator(self):
        ran = self.analyst().run("SELECT 'mine'").json["query_id"]
        admin = self.admin()
        eventually(lambda: admin.get(f"/api/v1/queries/{ran}").status == 200)
        viewer = self.viewer()
        for path in (f"/api/v1/queries/{ran}", f"/api/v1/queries/{ran}/feedback", f"/api/v1/queries/{ran}/cancel"):
            with self.subTest(path=path):
                answer = viewer.get(path) if path.endswith(ran) else viewer.post(path, {"rating": 5} if "feedback" in path else None)
                self.assertEqual(answer.status, 404)
        self.assertEqual(viewer.get("/api/v1/queries", {"all": "true"}).status, 403)
        self.assertIn(ran, {q["id"] for q in admin.get("/api/v1/queries", {"all": "true"}, expect=200).json["items"]})
        eventually(lambda: admin.get("/api/v1/admin/audit-logs", {"action": "queries.read_other", "resource": f"queries/{ran}"}).json["items"])

    def test_a_good_rating_proposes_the_pair_and_an_approved_pair_answers(self):
        viewer, analyst = self.viewer(), self.analyst()
        question = "How many products are there?"
        asked = viewer.post("/api/v1/queries/ask", {"question": question}, expect=200).json
        path = f"/api/v1/queries/{asked['query_id']}/feedback"
        eventually(lambda: viewer.post(path, {"rating": 2, "comment": "hm"}).status == 201)
        given = viewer.post(path, {"rating": 5, "comment": "just so"}, expect=201).json
        self.assertEqual((given["rating"], given["comment"]), (5, "just so"))
        self.assertEqual(len(self.stores.sql(f"SELECT id FROM feedback WHERE query_id = '{asked['query_id']}'")), 1)
        (proposed,) = [e for e in analyst.get("/api/v1/knowledge/examples", {"state": "proposed"}).json["items"] if e["question"] == question]
        approved = analyst.post(f"/api/v1/knowledge/examples/{proposed['id']}/approve", expect=200).json
        self.assertEqual((approved["state"], approved["approved_by"]), ("approved", "analyst@example.com"))
        again = eventually(lambda: (a := viewer.post("/api/v1/queries/ask", {"question": question}).json)["generator"] != asked["generator"] and a)
        self.assertEqual(again["sql"], asked["sql"])
        self.assertIn("analyst@example.com", json.dumps(again))

    def test_an_approved_pair_joins_the_knowledge_base_and_a_rejected_one_answers_no_more(self):
        viewer = self.viewer()
        question, sql = "Which is our favourite number?", "SELECT 42 AS favourite"
        pair = self.approve(question, sql)
        eventually(lambda: pair in self.pairs_in_chroma(), what="the pair's vector")
        self.assertEqual(viewer.post("/api/v1/queries/ask", {"question": question}, expect=200).json["sql"], sql)
        self.analyst().post(f"/api/v1/knowledge/examples/{pair}/reject", expect=200)
        answer = viewer.post("/api/v1/queries/ask", {"question": question}, expect=200).json
        self.assertNotEqual((answer["generator"], answer["sql"]), ("verified-pairs", sql))
        self.assertNotIn(pair, json.dumps(answer["sources"]))
        self.assertIn(pair, self.pairs_in_chroma(), "its vector stays until the next training")

    def pairs_in_chroma(self):
        """The ids of the pairs in the current collection."""
        name = self.stores.sql("SELECT collection FROM knowledge_state")[0]["collection"]
        found = chroma(self.stores, "GET", f"/{name}")
        got = chroma(self.stores, "POST", f"/{found['id']}/get", {"where": {"kind": "example"}, "include": ["metadatas"], "limit": 1000})
        return {metadata["reference"] for metadata in got["metadatas"]}

    def test_a_refused_export_is_audited_as_a_failure(self):
        analyst, admin = self.analyst(), self.admin()
        ran = analyst.run("SELECT 'of old data'").json["query_id"]
        eventually(lambda: analyst.get(f"/api/v1/queries/{ran}").status == 200)
        self.stores.sql(f"UPDATE queries SET target_version = 'older' WHERE id = '{ran}'")
        path = f"/api/v1/queries/{ran}/result"
        self.assertEqual(analyst.get(path, expect=409).json["type"], "target-changed")
        entries = lambda: admin.get("/api/v1/admin/audit-logs", {"action": "query.export", "resource": f"queries/{ran}"}).json["items"]
        self.assertEqual([e["status"] for e in eventually(entries)], ["failure"])
        analyst.get(path, {"latest": "true"}, expect=200)
        eventually(lambda: {e["status"] for e in entries()} == {"failure", "success"})

    def test_a_result_is_exported_whole_in_three_formats(self):
        analyst = self.analyst()
        sql = "SELECT product_id AS id, product_name AS name FROM products ORDER BY product_id"
        expected = [list(row) for row in self.sample(sql)]
        self.assertGreater(len(expected), 20)
        ran = analyst.run(sql, limit=3).json
        path = f"/api/v1/queries/{ran['query_id']}/result"
        eventually(lambda: analyst.get(f"/api/v1/queries/{ran['query_id']}").status == 200)

        got = analyst.stream(path)
        self.assertEqual(got.status, 200)
        self.assertEqual(json.loads(got.body)["rows"], expected)
        self.assertEqual((json.loads(got.body)["row_count"], json.loads(got.body)["complete"]), (len(expected), True))
        self.assertEqual((got.trailers["x-row-count"], got.trailers["x-complete"]), (str(len(expected)), "true"))

        got = analyst.stream(path + "?format=csv")
        self.assertTrue(got.headers["content-type"].startswith("text/csv"))
        self.assertEqual(list(csv.reader(io.StringIO(got.text, newline=""))),
                         [["id", "name"]] + [[str(i), name] for i, name in expected])
        self.assertEqual(got.trailers["x-complete"], "true")

        got = analyst.stream(path + "?format=ndjson")
        lines = [json.loads(line) for line in got.text.splitlines()]
        self.assertEqual(lines[:-1], [{"id": i, "name": name} for i, name in expected])
        self.assertEqual((lines[-1]["row_count"], lines[-1]["complete"]), (len(expected), True))
        self.assertEqual(analyst.get(path, {"format": "xml"}).status, 422)

    def test_exports_are_audited_and_not_for_viewers(self):
        viewer, admin = self.viewer(), self.admin()
        asked = viewer.post("/api/v1/queries/ask", {"question": "How many orders are there?"}, expect=200).json["query_id"]
        eventually(lambda: viewer.get(f"/api/v1/queries/{asked}").status == 200)
        self.assertEqual(viewer.get(f"/api/v1/queries/{asked}/result").status, 403)
        admin.get(f"/api/v1/queries/{asked}/result", expect=200)
        eventually(lambda: admin.get("/api/v1/admin/audit-logs", {"action": "query.export", "email": "admin@example.com"}).json["items"])

    def test_a_query_id_may_be_chosen_once(self):
        analyst = self.analyst()
        made = analyst.run("SELECT 1").json["query_id"]
        fresh = made[:-4] + format((int(made[-4:], 16) + 1) % 65536, "04x")
        self.assertEqual(analyst.run("SELECT 2", id=fresh).json["query_id"], fresh)
        self.assertEqual(analyst.run("SELECT 2", id=fresh).status, 409)
        eventually(lambda: analyst.get(f"/api/v1/queries/{fresh}").status == 200)
        self.assertEqual(analyst.run("SELECT 2", id=fresh).status, 409)
        self.assertEqual(analyst.run("SELECT 2", id="01900000-0000-7000-8000-000000000000").status, 422)
        self.assertEqual(analyst.run("SELECT 2", id="6f1ed002-ab55-4f0b-9b0c-1d7d5b1e5a11").status, 422)

    def test_the_schema_shows_tables_columns_keys_and_rows(self):
        analyst = self.analyst()
        schema = analyst.get("/api/v1/schema", expect=200).json
        names = {table["name"] for table in schema["tables"]}
        self.assertEqual(names, {name for (name,) in self.sample(f"SELECT name FROM sqlite_schema WHERE type IN ({self.dialect.loaded}) AND name NOT LIKE 'sqlite%'")})
        table = analyst.get("/api/v1/schema/orders", expect=200).json
        self.assertEqual(table["row_count"], self.sample("SELECT COUNT(*) FROM orders")[0][0])
        self.assertTrue(any(key["table"] == "customers" for key in table["foreign_keys"]))
        self.assertEqual(analyst.get("/api/v1/schema/nothing").status, 404)
        history = analyst.get("/api/v1/schema/history", {"limit": 1}, expect=200).json
        self.assertEqual((len(history["items"]), history["next_cursor"]), (1, None))
        self.assertEqual(analyst.get("/api/v1/schema/history", {"cursor": history["items"][0]["id"]}, expect=200).json["items"], [])
        self.assertEqual(analyst.get("/api/v1/schema/history", {"limit": 201}).status, 422)

    def test_health_names_every_store(self):
        for store in ("database", "target_database", "chroma", "redis"):
            self.server.wait_for_store(store)
        health = self.anyone.get("/health", expect=200).json
        for store in ("database", "target_database", "chroma", "redis"):
            self.assertEqual(health[store], "connected", health)
        self.assertEqual(health["status"], "ok")

    def test_metrics_count_requests_by_route_and_pass_promtool(self):
        self.analyst().rows("SELECT 1")
        text = self.anyone.get("/metrics", expect=200).text
        self.assertRegex(text, r'route="/api/v1/queries/run"')
        self.assertRegex(text, r'vanna_query_duration_seconds_count [1-9]')
        for name in ("vanna_spool_records", "vanna_spool_bytes", "vanna_spool_oldest_age_seconds"):
            self.assertRegex(text, rf"(?m)^{name} [0-9]")
        self.assertNotIn("analyst@example.com", text)
        promtool = shutil.which("promtool")
        self.assertIsNotNone(promtool, "promtool is missing: apt-get install prometheus")
        checked = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False, timeout=30)
        self.assertEqual((checked.returncode, checked.stdout + checked.stderr), (0, ""))

    def test_what_was_done_is_in_the_audit_trail(self):
        analyst, admin = self.analyst(), self.admin()
        got = analyst.run("SELECT 'audited'")
        request = got.headers["X-Request-Id"]
        (entry,) = eventually(lambda: [e for e in admin.get("/api/v1/admin/audit-logs", {"action": "query.run", "limit": 200}).json["items"]
                                       if e["request_id"] == request])
        self.assertEqual((entry["email"], entry["status"], entry["ip"]), ("analyst@example.com", "success", "127.0.0.1"))
        self.assertTrue(admin.get("/api/v1/admin/audit-logs", {"action": "auth.login", "email": "analyst@example.com"}).json["items"])
        lines = admin.get("/api/v1/admin/audit-logs", {"format": "ndjson"}, expect=200).text.splitlines()
        self.assertGreater(len([json.loads(line) for line in lines]), 1)

    def test_a_request_id_is_taken_over(self):
        got = self.anyone.get("/health/live", headers={"X-Request-Id": "first-session-1"}, expect=200)
        self.assertEqual(got.headers["X-Request-Id"], "first-session-1")

    def test_the_page_leads_to_the_documentation(self):
        self.assertIn(self.anyone.get("/").headers["Location"], ("/docs", f"http://127.0.0.1:{self.server.port}/docs"))
        page = self.anyone.get("/docs", expect=200)
        self.assertIn("script-src 'self'", page.headers["Content-Security-Policy"])
        self.assertNotIn("unsafe", page.headers["Content-Security-Policy"])
        for part in ("docs.css", "docs.js", "icon.svg"):
            self.anyone.get(f"/docs/{part}", expect=200)
        self.assertEqual(self.anyone.get("/docs/openapi.json").status, 404)

    @classmethod
    def sample(cls, sql):
        """What SQLite itself answers on the original."""
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(cls.file("sample.db"), os.path.join(folder, "copy.db"))
            connection = sqlite3.connect(copy)
            try:
                return connection.execute(sql).fetchall()
            finally:
                connection.close()


class FirstSession(Session, Story):
    def test_the_same_query_again_comes_from_the_cache_and_is_recorded_all_the_same(self):
        self.server.wait_for_store("redis")
        analyst = self.analyst()
        sql = "SELECT COUNT(*) AS orders FROM orders WHERE order_id > 7"
        first = analyst.run(sql).json
        self.assertFalse(first["cached"])
        # Once it has arrived there: each worker has a connection of its own to Redis, which is asked for 50 ms and no longer.
        second = eventually(lambda: (again := analyst.run(sql).json)["cached"] and again)
        self.assertTrue(second["cached"])
        self.assertEqual(first["rows"], second["rows"])
        for query in (first, second):
            record = eventually(lambda q=query: analyst.get(f"/api/v1/queries/{q['query_id']}").status == 200
                                and analyst.get(f"/api/v1/queries/{q['query_id']}").json)
            self.assertEqual((record["sql"], record["status"], record["cached"]), (sql, "success", query["cached"]))

    def test_metrics_name_the_golden_copy(self):
        text = self.anyone.get("/metrics", expect=200).text
        self.assertRegex(text, r'vanna_golden_copy_info\{state="ready",version="[0-9a-f]{12}"\} 1')

    def test_the_original_is_untouched(self):
        self.analyst().rows("SELECT COUNT(*) FROM orders")
        with open(self.source_path, "rb") as used, open(self.file("sample.db"), "rb") as original:
            self.assertEqual(used.read(), original.read())


class SessionOfPostgres(Session, Story):
    engine_of_target = "postgresql"


def chroma(stores, method, path, body=None):
    """A call of ChromaDB's about collections."""
    url = "http://{}:{}/api/v2/tenants/default_tenant/databases/default_database/collections".format(*stores.chroma) + path
    request = urllib.request.Request(url, body and json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as got:
        return json.load(got)


class KnowledgeBase(Story):
    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def collection(self):
        return self.stores.sql("SELECT collection FROM knowledge_state")[0]["collection"]

    def names(self):
        return {c["name"] for c in chroma(self.stores, "GET", "")}

    def test_a_superseded_collection_goes_five_minutes_after_the_switch(self):
        first = self.collection()
        self.analyst().post("/api/v1/ontology", {"term_name": "greenness", "description": "how green it is"}, expect=201)
        self.init()
        second = self.collection()
        self.assertNotEqual(first, second)
        self.assertIn(first, self.names(), "replicas may still be reading it")
        self.stores.sql("UPDATE knowledge_state SET updated_at = now() - interval '6 minutes'")
        eventually(lambda: first not in self.names(), 60, "the end of the old collection")
        self.assertIn(second, self.names())

    def test_another_embedder_is_told_at_start_and_by_health_and_questions_are_still_answered(self):
        ours = self.stores.sql("SELECT fingerprint FROM knowledge_state")[0]["fingerprint"]
        self.stores.sql("UPDATE knowledge_state SET fingerprint = 'other/model/8'")
        self.server.restart()
        self.assertIn("trained with the embedder other/model/8", self.server.log())
        detail = lambda: self.anyone.get("/health", expect=200).json["detail"]["chroma"]["detail"]
        eventually(lambda: "other/model/8" in detail(), what="the message in /health")
        answer = self.viewer().post("/api/v1/queries/ask", {"question": "How many customers are there?"}, expect=200).json
        self.assertTrue(answer["rows"])
        self.stores.sql(f"UPDATE knowledge_state SET fingerprint = '{ours}'")
        eventually(lambda: detail() == "", what="the end of the message")


class AskingAtTheLimit(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "4"}

    def test_every_question_counts_once_also_one_that_is_declined_or_not_run(self):
        viewer = self.viewer()
        declined, counted = {"question": "Will it rain in Ulaanbaatar tomorrow?"}, {"question": "How many customers are there?"}
        answers = [viewer.post("/api/v1/queries/ask", body) for body in (declined, {**counted, "execute": False}, counted, declined)]
        self.assertEqual([a.status for a in answers], [200] * 4)
        for headers in ({}, {"Accept": "text/event-stream"}):
            refused = viewer.post("/api/v1/queries/ask", declined, headers=headers)
            self.assertEqual((refused.status, refused.type), (429, "rate-limited"))
            self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.assertEqual(self.admin().post("/api/v1/queries/ask", counted).status, 200)


class Cancelling(Story):
    settings = {"QUERY_TIMEOUT_MS": "60000"}

    def cancellations(self):
        return self.stores.sql("SELECT query_id FROM cancellations")

    def test_another_users_running_query_does_not_exist_but_an_administrator_ends_it_audited(self):
        analyst, viewer, admin = self.analyst(), self.viewer(), self.admin()
        identity = next_id(analyst.run("SELECT 1").json["query_id"])
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
        answers = []
        thread = threading.Thread(target=lambda: answers.append(analyst.run(endless, id=identity)))
        thread.start()
        self.addCleanup(thread.join)
        path = f"/api/v1/queries/{identity}/cancel"
        eventually(lambda: viewer.post(path).status == 404, what="the query runs")
        before = self.cancellations()
        self.assertEqual([viewer.post(path).status for _ in range(3)], [404] * 3)
        self.assertEqual(self.cancellations(), before)
        self.assertFalse(answers)
        admin.post(path, expect=202)
        eventually(lambda: answers, 20, "the end of the query")
        self.assertEqual((answers[0].status, answers[0].type), (499, "cancelled"))
        (entry,) = eventually(lambda: admin.get("/api/v1/admin/audit-logs", {"action": "queries.cancel_other", "resource": f"queries/{identity}"}).json["items"])
        self.assertEqual((entry["email"], entry["status"]), ("admin@example.com", "success"))

    def test_an_id_under_which_nothing_can_run_is_not_found(self):
        viewer = self.viewer()
        for identity in ("01900000-0000-7000-8000-000000000000", "6f1ed002-ab55-4f0b-9b0c-1d7d5b1e5a11", "ffffffff-ffff-7fff-bfff-ffffffffffff"):
            self.assertEqual(viewer.post(f"/api/v1/queries/{identity}/cancel").status, 404)
            self.assertNotIn(identity, {row["query_id"] for row in self.cancellations()})


if __name__ == "__main__":
    main()
