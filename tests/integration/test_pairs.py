"""Verified pairs under review: proposed, compared, approved, run again when the target changes, judged by, kept in files."""

import contextlib
import json
import os
import sqlite3

from support import Story, account, eventually, main

EXAMPLES = "/api/v1/knowledge/examples"
NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"
ENDED = ("succeeded", "failed", "cancelled")
USAGE, DATA = 64, 65


class Pairs(Story):
    def propose(self, client, question, sql, expect=201):
        return client.post(EXAMPLES, {"question": question, "sql": sql}, expect=expect).json

    def approve(self, client, question, sql):
        made = self.propose(client, question, sql)
        return client.post(f"{EXAMPLES}/{made['id']}/approve", expect=200).json

    def pair(self, client, id_):
        return client.get(f"{EXAMPLES}/{id_}", expect=200).json

    def listed(self, client, state):
        return [e["question"] for e in client.get(EXAMPLES, {"state": state, "limit": 200}, expect=200).json["items"]]

    def ask(self, client, question):
        return client.post("/api/v1/queries/ask", {"question": question}, expect=200).json


class Review(Pairs):
    def test_a_good_rating_proposes_and_nothing_more(self):
        viewer, analyst = self.viewer(), self.analyst()
        question = "How many suppliers are there?"
        for rating in (3, 4, 5):
            answer = self.ask(viewer, question)
            feedback = f"/api/v1/queries/{answer['query_id']}/feedback"
            eventually(lambda url=feedback, n=rating: viewer.post(url, {"rating": n}).status == 201)
            self.assertEqual(self.listed(analyst, "proposed").count(question), int(rating > 3))
        (made,) = [e for e in analyst.get(EXAMPLES, {"state": "proposed"}, expect=200).json["items"] if e["question"] == question]
        self.assertEqual((made["proposed_by"], made["approved_by"], made["sql"]), ("viewer@example.com", None, answer["sql"]))
        self.assertEqual(self.ask(viewer, question)["generator"], "built-in")
        analyst.post(f"{EXAMPLES}/{made['id']}/reject", expect=200)
        answer = self.ask(viewer, question)
        eventually(lambda: viewer.post(f"/api/v1/queries/{answer['query_id']}/feedback", {"rating": 5}).status == 201)
        self.assertNotIn(question, self.listed(analyst, "proposed"), "it was rejected: ratings do not bring it back")
        analyst.delete(f"{EXAMPLES}/{made['id']}", {"confirm": "true"}, expect=204)

    def test_only_analysts_and_admins_see_and_decide(self):
        made = self.propose(self.analyst(), "How many regions are there?", "SELECT COUNT(*) AS n FROM regions")
        for client, status in ((self.anyone, 401), (self.viewer(), 403)):
            for method, path in (("GET", EXAMPLES), ("GET", f"{EXAMPLES}/{made['id']}"), ("POST", f"{EXAMPLES}/{made['id']}/approve"),
                                 ("POST", f"{EXAMPLES}/{made['id']}/reject"), ("GET", f"{EXAMPLES}/export"), ("POST", f"{EXAMPLES}/import")):
                with self.subTest(f"{method} {path}"):
                    self.assertEqual(client.request(method, path).status, status)
        # Whoever may approve may approve their own; both are named.
        approved = self.analyst().post(f"{EXAMPLES}/{made['id']}/approve", expect=200).json
        self.assertEqual((approved["proposed_by"], approved["approved_by"]), ("analyst@example.com",) * 2)
        self.assertEqual((approved["columns"], approved["problem"]), (["n"], None))
        self.assertEqual(self.admin().post(f"{EXAMPLES}/{made['id']}/approve").status, 409)
        self.assertEqual(self.admin().get(f"{EXAMPLES}/{NOBODYS}").status, 404)

    def test_a_reviewer_sees_the_nearest_approved_pairs_without_chromadb(self):
        gate = self.gate("chroma")
        gate.cut()
        self.addCleanup(gate.open)
        analyst = self.analyst(self.serve("alone", chroma=gate))
        for city, n in (("Berlin", 1), ("Paris", 2), ("Madrid", 3), ("Rome", 4), ("Oslo", 5), ("Wien", 6)):
            self.approve(analyst, f"How many parcels went to {city}?", f"SELECT {n} AS parcels")
        made = self.propose(analyst, "How many parcels went to Paris in total?", "SELECT 7 AS parcels")
        near = self.pair(analyst, made["id"])["nearest"]
        self.assertEqual(len(near), 5)
        self.assertEqual((near[0]["question"], near[0]["sql"]), ("How many parcels went to Paris?", "SELECT 2 AS parcels"))
        self.assertGreater(near[0]["similarity"], 0.7)
        self.assertEqual([n["similarity"] for n in near], sorted((n["similarity"] for n in near), reverse=True))
        self.assertNotIn(made["id"], [n["id"] for n in near])

    def test_what_the_target_refuses_is_never_approved(self):
        analyst = self.analyst()
        self.assertEqual(analyst.post(EXAMPLES, {"question": "drop it", "sql": "DELETE FROM customers"}).status, 422)
        made = self.propose(analyst, "What is nowhere?", "SELECT 1")
        self.stores.sql(f"UPDATE knowledge_examples SET sql = 'SELECT * FROM nowhere' WHERE id = '{made['id']}'")
        self.assertEqual(analyst.post(f"{EXAMPLES}/{made['id']}/approve").type, "query-invalid")
        self.assertEqual(self.pair(analyst, made["id"])["state"], "proposed")


class ReviewOfPostgres(Review):
    engine_of_target = "postgresql"


class Changes:
    """On either engine."""

    replicas = 2
    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def state_of(self, client, pair, wanted):
        return eventually(lambda: (p := self.pair(client, pair["id"]))["state"] == wanted and p, 45, f"the pair {wanted}")

    def test_pairs_are_run_again_once_for_all_replicas_and_stale_ones_are_not_used(self):
        analyst = self.analyst()
        self.change("ALTER TABLE warehouses ADD COLUMN has_crane INTEGER")
        crane = self.approve(analyst, "How many warehouses have a crane?", "SELECT COUNT(has_crane) AS n FROM warehouses")
        star = self.approve(analyst, "What are the regions?", "SELECT * FROM regions")
        fine = self.approve(analyst, "How many zebras are there?", "SELECT 0 AS zebras")
        self.assertEqual(self.ask(analyst, "How many warehouses have a crane?")["generator"], "verified-pairs")
        self.change("ALTER TABLE warehouses DROP COLUMN has_crane", "ALTER TABLE regions ADD COLUMN anthem TEXT")
        crane = self.state_of(analyst, crane, "stale")
        self.assertIn("has_crane", crane["problem"])
        star = self.state_of(analyst, star, "stale")
        self.assertIn("anthem", star["problem"])
        version = analyst.run("SELECT 1").json["target_version"]
        fine = eventually(lambda: (p := self.pair(analyst, fine["id"]))["checked_version"] == version and p, 30)
        self.assertEqual((fine["state"], fine["problem"]), ("approved", None))
        for server in self.servers:
            client = self.analyst(server)
            eventually(lambda c=client: self.ask(c, "How many warehouses have a crane?")["generator"] != "verified-pairs", 10)
            self.assertEqual(self.ask(client, "How many zebras are there?")["generator"], "verified-pairs")
        jobs = self.stores.sql("SELECT state, requested_by FROM jobs WHERE type = 'pairs'")
        self.assertEqual(jobs, [{"state": "succeeded", "requested_by": "system"}], "one job for both replicas")
        told = self.stores.sql("SELECT resource, email, status FROM audit_logs WHERE action = 'examples.stale'")
        self.assertEqual({t["resource"] for t in told}, {f"knowledge/examples/{p['id']}" for p in (crane, star)})
        begun = self.stores.sql("SELECT status FROM audit_logs WHERE action = 'examples.check' ORDER BY id")
        self.assertEqual([b["status"] for b in begun], ["attempt", "success"])
        # Back with the column it needs; the other columns stay as they are until somebody approves them anew.
        self.change("ALTER TABLE warehouses ADD COLUMN has_crane INTEGER")
        crane = self.state_of(analyst, crane, "approved")
        self.assertEqual((crane["problem"], crane["approved_by"]), (None, "analyst@example.com"))
        eventually(lambda: self.ask(analyst, "How many warehouses have a crane?")["generator"] == "verified-pairs", 10)
        self.assertEqual(self.pair(analyst, star["id"])["state"], "stale")
        star = analyst.post(f"{EXAMPLES}/{star['id']}/approve", expect=200).json
        self.assertEqual((star["state"], star["problem"]), ("approved", None))
        self.assertIn("anthem", star["columns"])


class ChangedTarget(Changes, Pairs):
    def change(self, *statements):
        changed = account.copy(self.source_path, self.source_path + ".new")
        with contextlib.closing(sqlite3.connect(changed)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        os.replace(changed, self.source_path)
        self.source_replaced()
        admin = self.admin()
        task = admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202).json
        job = eventually(lambda: (j := admin.get(task["status_url"], expect=200).json)["state"] in ENDED and j, 60)
        self.assertEqual(job["state"], "succeeded", job)


class ChangedPostgres(Changes, Pairs):
    engine_of_target = "postgresql"

    def change(self, *statements):
        before = {server: self.version(server) for server in self.servers}
        self.business.run(";".join(statements))
        for server in self.servers:
            eventually(lambda s=server: self.version(s) != before[s], 60, "the server's look at the schema")

    def version(self, server):
        return self.analyst(server).run("SELECT 1").json["target_version"]


class Judged(Pairs):
    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def test_execution_accuracy_is_told_on_the_command_line_over_http_and_as_a_metric(self):
        analyst, admin = self.analyst(), self.admin()
        empty = self.engine("eval", "--json")
        self.assertEqual(empty.returncode, 0, empty.stderr)
        self.assertEqual((json.loads(empty.stdout)["questions"], json.loads(empty.stdout)["execution_accuracy"]), (0, None))
        for question, sql in (("How many customers are there?", "SELECT COUNT(*) AS n FROM customers"),
                              ("How many orders are there?", "SELECT 12345"), ("What is the weather on Mars?", "SELECT 'cold'")):
            self.approve(analyst, question, sql)
        gone = self.approve(analyst, "How many suppliers are there?", "SELECT COUNT(*) FROM suppliers")
        self.stores.sql(f"UPDATE knowledge_examples SET sql = 'SELECT nothing FROM suppliers' WHERE id = '{gone['id']}'")
        done = self.engine("eval", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual({name: found[name] for name in ("questions", "same_rows", "different_rows", "declined", "failed", "not_judged")},
                         {"questions": 4, "same_rows": 1, "different_rows": 1, "declined": 1, "failed": 0, "not_judged": 1}, found)
        self.assertAlmostEqual(found["execution_accuracy"], 1 / 3)
        self.assertAlmostEqual(found["precision"], 1 / 2)
        self.assertIn("execution_accuracy", self.engine("eval").stdout)
        metric = "vanna_evaluation_execution_accuracy_ratio"
        self.assertAlmostEqual(eventually(lambda: self.server.metric(metric), 40, "the metric"), 1 / 3, 3)
        self.assertEqual(self.server.metric("vanna_evaluation_pairs", outcome="declined"), 1)
        task = admin.post("/api/v1/admin/db/chroma/evaluate", expect=202).json
        job = eventually(lambda: (j := admin.get(task["status_url"], expect=200).json)["state"] in ENDED and j, 60)
        self.assertEqual((job["state"], job["result"]), ("succeeded", found))
        audited = {e["status"] for e in self.stores.sql("SELECT status FROM audit_logs WHERE action = 'knowledge.evaluate' AND email LIKE 'cli:%'")}
        self.assertEqual(audited, {"attempt", "success"})


class JudgedOfPostgres(Judged):
    engine_of_target = "postgresql"


class Files(Pairs):
    QUESTIONS = {
        "How many \"lions\": are there? # not a comment": "SELECT 1 AS lions",
        "Wie viele Löwen gibt es?\tJa": "SELECT\n  2 AS n -- 'x'\n\nFROM customers\nLIMIT 1\n",
        "- [x]: *y": "SELECT '\\', \"customer_id\" FROM customers LIMIT 1",
    }

    def write(self, text, name="pairs.yaml"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        account.give(path)
        return path

    def exported(self, *words):
        done = self.engine("pairs", "export", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def imported(self, path, *words):
        done = self.engine("pairs", "import", path, "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_1_what_is_exported_comes_back_the_same_on_an_empty_system(self):
        admin = self.admin()
        for question, sql in self.QUESTIONS.items():
            self.approve(admin, question, sql)
        text = self.exported()
        self.assertEqual(admin.get(f"{EXAMPLES}/export", expect=200).text, text)
        self.assertEqual(self.imported(self.write(text), "--approve"), {"proposed": 0, "approved": 0, "known": 3})
        self.stores.sql("DELETE FROM knowledge_examples")
        self.assertEqual(self.imported(self.write(text)), {"proposed": 3, "approved": 0, "known": 0})
        self.assertEqual(self.imported(self.write(text)), {"proposed": 0, "approved": 0, "known": 3})
        self.assertEqual(len(self.listed(admin, "proposed")), 3)
        self.assertEqual(self.imported(self.write(text), "--approve"), {"proposed": 0, "approved": 3, "known": 0})
        approved = {e["resource"] for e in self.stores.sql("SELECT resource FROM audit_logs WHERE action = 'examples.approve' AND email LIKE 'cli:%'")}
        self.assertEqual(approved, {f"knowledge/examples/{e['id']}" for e in self.stores.sql("SELECT id FROM knowledge_examples WHERE state = 'approved'")})
        seen = {e["question"]: e["sql"] for e in admin.get(EXAMPLES, {"state": "approved"}, expect=200).json["items"]}
        self.assertEqual(seen, self.QUESTIONS)
        eventually(lambda: self.ask(admin, "Wie viele Löwen gibt es?\tJa")["generator"] == "verified-pairs", 10)
        self.assertEqual(self.exported("--state", "proposed").strip().splitlines()[1:], [])

    def test_2_a_file_with_a_bad_pair_changes_nothing_and_every_bad_one_is_told_by_its_line(self):
        admin = self.admin()
        before = self.stores.sql("SELECT count(*) FROM knowledge_examples")
        bad = ("- question: good\n  sql: SELECT 1\n"
               "- question: no such table\n  sql: SELECT * FROM nowhere\n"
               "- question: writes\n  sql: DELETE FROM customers\n"
               f"- question: {json.dumps(next(iter(self.QUESTIONS)))}\n  sql: SELECT 'another answer'\n")
        done = self.engine("pairs", "import", self.write(bad))
        self.assertEqual((done.returncode, done.stdout), (DATA, ""))
        for line, says in (("line 3", "nowhere"), ("line 5", "read-only"), ("line 7", "another approved statement")):
            self.assertTrue(any(line in told and says in told for told in done.stderr.splitlines()), done.stderr)
        got = admin.post(f"{EXAMPLES}/import", bad.encode())
        self.assertEqual((got.status, [e["field"] for e in got.json["errors"]]), (422, ["line 3", "line 5", "line 7"]))
        malformed = self.engine("pairs", "import", self.write("- question: x\n- {question: y, sql: [1], colour: red}\n"))
        self.assertEqual(malformed.returncode, DATA)
        self.assertEqual(malformed.stderr.count("line 1"), 1)
        self.assertEqual(malformed.stderr.count("line 2"), 2)
        for hostile in ("- &a {question: x, sql: SELECT 1}\n- *a\n", "[" * 50000, "- {question: x, sql: \"" + "y" * 200_000 + "\"}\n"):
            self.assertEqual(admin.post(f"{EXAMPLES}/import", hostile.encode()).status, 422)
        self.assertEqual(self.stores.sql("SELECT count(*) FROM knowledge_examples"), before)

    def test_3_only_an_admin_imports_pairs_as_approved(self):
        one = b"- question: How many tigers are there?\n  sql: SELECT 4 AS tigers\n"
        analyst, admin = self.analyst(), self.admin()
        self.assertEqual(self.viewer().post(f"{EXAMPLES}/import", one).status, 403)
        self.assertEqual(analyst.post(f"{EXAMPLES}/import", one, {"approve": "true"}).status, 403)
        self.assertEqual(analyst.post(f"{EXAMPLES}/import", one, expect=200).json, {"proposed": 1, "approved": 0, "known": 0})
        self.assertNotEqual(self.ask(analyst, "How many tigers are there?")["generator"], "verified-pairs")
        self.assertEqual(admin.post(f"{EXAMPLES}/import", one, {"approve": "true"}, expect=200).json, {"proposed": 0, "approved": 1, "known": 0})
        self.assertEqual(self.ask(analyst, "How many tigers are there?")["rows"], [[4]])
        tigers = [e["id"] for e in admin.get(EXAMPLES, {"state": "approved", "limit": 200}, expect=200).json["items"] if "tigers" in e["question"]]
        self.assertIn({"resource": f"knowledge/examples/{tigers[0]}", "email": "admin@example.com", "status": "success"},
                      self.stores.sql("SELECT resource, email, status FROM audit_logs WHERE action = 'examples.approve'"))
        acts = {(e["email"].split("@")[0].split(":")[0], e["status"]) for e in self.stores.sql("SELECT email, status FROM audit_logs WHERE action = 'examples.import'")}
        self.assertLessEqual({("cli", "attempt"), ("cli", "success"), ("cli", "failure"), ("admin", "success"), ("analyst", "success")}, acts)

    def test_4_wrong_use(self):
        self.assertEqual(self.engine("pairs", "export", "--state", "lovely").returncode, USAGE)
        self.assertEqual(self.admin().get(f"{EXAMPLES}/export", {"state": "lovely"}).status, 422)


class FilesOfPostgres(Files):
    engine_of_target = "postgresql"


if __name__ == "__main__":
    main()
