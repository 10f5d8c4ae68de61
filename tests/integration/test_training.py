"""Training the knowledge base: over HTTP and on the command line, with the built-in and a remote embedder, and what a broken run leaves."""

import contextlib
import json
import os
import sqlite3
import urllib.request

from support import account, eventually, main
from support.trainings import CHROMA, ENDED, RemotelyTrained, Trained

NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"
TRAINED = {"collection", "added", "removed", "kept", "changed", "schema_changed", "schema_difference", "dropped", "duration_ms"}


class OverHttp(Trained):
    def test_1_before_the_first_training(self):
        admin = self.admin()
        seen = self.status(admin)
        self.assertEqual((seen["collection"], seen["documents"], seen["last_training"], seen["running"], seen["problem"]), (None,) * 5)
        self.assertTrue(seen["stale"])
        self.assertIn("never", seen["reason"])
        self.assertTrue(seen["embedder"].startswith("builtin/"))
        self.assertIn("has not been trained", self.notes())
        empty = admin.get(f"{CHROMA}/knowledge-base", expect=200).json
        self.assertEqual((empty["collection"], empty["items"], empty["documents"]), (None, [], 0))

    def test_2_a_training_makes_a_collection_and_a_second_writes_nothing(self):
        admin = self.admin()
        first = self.train(admin)
        self.assertEqual(set(first), TRAINED)
        self.assertEqual((first["collection"], first["changed"], first["schema_changed"], first["kept"]),
                         (f"{self.stores.collection}_1", True, True, 0))
        self.assertIn("customers", first["schema_difference"]["added"])
        seen = self.status(admin)
        self.assertEqual((seen["collection"], seen["documents"]), (first["collection"], first["added"]))
        self.assertEqual(sum(seen["by_kind"].values()), seen["documents"])
        self.assertLessEqual({"ddl", "documentation", "term", "values"}, set(seen["by_kind"]))
        self.assertEqual((seen["stale"], seen["reason"], seen["fingerprint"]), (False, None, seen["embedder"]))
        self.assertEqual((seen["last_training"]["result"], seen["last_training"]["requested_by"]), (first, "admin@example.com"))
        eventually(lambda: "trained" not in self.notes(), 5, "questions using it")
        row, collections = self.row(), self.collections()
        second = self.train(admin)
        self.assertEqual((second["changed"], second["added"], second["removed"], second["kept"], second["schema_changed"]),
                         (False, 0, 0, first["added"], False))
        self.assertEqual((self.row(), self.collections()), (row, collections))
        self.assertEqual({e["status"] for e in admin.get("/api/v1/admin/audit-logs", {"action": "knowledge.train"}, expect=200).json["items"]},
                         {"attempt", "success"})

    def test_3_a_new_term_is_learnt_and_found(self):
        admin = self.admin()
        before = self.status(admin)["documents"]
        self.add_term("quixotic margin", "what is earned on windmills")
        done = self.train(admin)
        self.assertEqual((done["added"], done["removed"], done["kept"]), (1, 0, before))
        (best,) = self.nearest(admin, "quixotic margin on windmills", limit=1)
        self.assertEqual((best["kind"], best["subject"]), ("term", "quixotic margin"))
        self.assertGreater(best["similarity"], 0.5)
        self.assertEqual(self.nearest(admin, "quixotic margin", kind="ddl")[0]["kind"], "ddl")
        held = {c["name"]: c for c in admin.get(f"{CHROMA}/knowledge-base", expect=200).json["collections"]}
        self.assertEqual([c["current"] for _, c in sorted(held.items())], [False, True])

    def test_4_documents_come_in_pages(self):
        admin = self.admin()
        path, seen, cursor = f"{CHROMA}/knowledge-base", [], None
        while True:
            page = admin.get(path, {"limit": 40, **({"cursor": cursor} if cursor else {})}, expect=200).json
            seen += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        self.assertEqual((len({d["id"] for d in seen}), len(seen)), (page["documents"],) * 2)
        kinds = {kind: sum(d["kind"] == kind for d in seen) for kind in page["by_kind"]}
        self.assertEqual(kinds, page["by_kind"])
        terms = admin.get(path, {"kind": "term", "limit": 200}, expect=200).json["items"]
        self.assertEqual((len(terms), {d["kind"] for d in terms}), (kinds["term"], {"term"}))
        for query in ({"kind": "splendid"}, {"limit": 0}, {"limit": 201}, {"cursor": "x"}, {"cursor": "x:y"}, {"q": "x" * 5000}, {"q": "x", "cursor": "a:1"}):
            with self.subTest(query):
                self.assertEqual(admin.get(path, query).status, 422)
        self.assertEqual(admin.get(path, {"cursor": f"{self.stores.collection}_99:40"}).status, 409)

    def test_5_an_approved_pair_joins_at_once(self):
        admin, analyst = self.admin(), self.analyst()
        question = "How many blue velociraptors are on the payroll?"
        made = analyst.post("/api/v1/knowledge/examples", {"question": question, "sql": "SELECT COUNT(*) FROM employees"}, expect=201)
        analyst.post(f"{made.headers['Location']}/approve", expect=200)
        best = eventually(lambda: (near := self.nearest(admin, question, kind="example", limit=1)) and near[0]["subject"] == question and near[0])
        self.assertEqual(best["reference"], made.json["id"])
        self.assertFalse(self.train(admin)["changed"])

    def test_5_approved_while_a_job_runs_it_joins_when_that_has_ended(self):
        admin, analyst = self.admin(), self.analyst()
        questions = [f"How many {colour} pterodactyls are on the payroll?" for colour in ("green", "yellow")]
        made = [analyst.post("/api/v1/knowledge/examples", {"question": q, "sql": "SELECT COUNT(*) FROM employees"}, expect=201) for q in questions]

        def found():
            return {near["subject"] for q in questions for near in self.nearest(admin, q, kind="example", limit=2)} & set(questions)
        with self.stores.holding("SELECT pg_advisory_lock(hashtextextended('vanna lock jobs', 0))"):
            for one in made:
                analyst.post(f"{one.headers['Location']}/approve", expect=200)
            eventually(lambda: "approved pairs wait to be added" in self.server.log(), what="the attempt")
            analyst.delete(made[1].headers["Location"], {"confirm": "true"}, expect=204)
            self.assertEqual(found(), set())
        eventually(lambda: questions[0] in found(), 40, "the pair that was approved meanwhile")
        self.assertNotIn(questions[1], found(), "it was removed before its turn came")
        self.assertFalse(self.train(admin)["changed"])
        analyst.delete(made[0].headers["Location"], {"confirm": "true"}, expect=204)
        self.assertEqual(self.train(admin)["removed"], 1)

    def test_6_pairs_are_asked_while_they_are_withheld(self):
        admin, analyst = self.admin(), self.analyst()
        for question, sql in (("How many customers are there?", "SELECT COUNT(*) AS n FROM customers"),
                              ("How many suppliers are there?", "SELECT 12345"), ("What is the weather on Mars?", "SELECT 'cold'")):
            made = analyst.post("/api/v1/knowledge/examples", {"question": question, "sql": sql}, expect=201)
            analyst.post(f"{made.headers['Location']}/approve", expect=200)
        self.train(admin)
        job = self.ended(admin, self.start(admin, path="evaluate"))
        self.assertEqual((job["state"], job["type"]), ("succeeded", "evaluate"), job)
        got = job["result"]
        self.assertEqual((got["questions"], got["retrieved_first"], got["retrieved_in_5"]), (4, 4, 4))
        self.assertEqual(got["same_rows"] + got["different_rows"] + got["declined"] + got["failed"], 4)
        self.assertGreaterEqual(got["same_rows"], 1, got)
        outcomes = {e["question"]: e["outcome"] for e in got["examples"]}
        self.assertNotIn("How many customers are there?", outcomes)
        self.assertEqual(outcomes.get("What is the weather on Mars?"), "declined")

    def test_7_a_collection_that_is_gone_is_looked_up_again(self):
        admin = self.admin()
        self.assertNotIn("knowledge base", self.notes())
        gone = self.row()["collection"]
        self.chroma("DELETE", f"/{gone}")
        self.assertEqual((self.status(admin)["documents"], admin.get(f"{CHROMA}/knowledge-base").status), (None, 404))
        self.assertIn("knowledge base", self.notes())
        done = self.train(admin)
        self.assertGreater(int(done["collection"].rsplit("_", 1)[1]), int(gone.rsplit("_", 1)[1]))
        self.assertEqual(done["kept"], 0)
        eventually(lambda: "knowledge base" not in self.notes(), 5)

    def test_8_clearing_wants_to_be_confirmed_and_leaves_other_collections(self):
        admin = self.admin()
        row, collections = self.row(), self.collections()
        refused = admin.delete(f"{CHROMA}/clear")
        self.assertEqual((refused.status, refused.type), (400, "confirmation-required"))
        self.assertEqual((self.row(), self.collections()), (row, collections))
        neighbour = f"{self.stores.collection}_of_others"
        host, port = self.stores.chroma
        made = urllib.request.Request(f"http://{host}:{port}/api/v2/tenants/default_tenant/databases/default_database/collections",
                                      json.dumps({"name": neighbour}).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(made, timeout=20).close()
        job = self.ended(admin, self.start(admin, "DELETE", "clear", confirm="true"))
        self.assertEqual((job["state"], job["type"], job["result"]["collection"]), ("succeeded", "clear", row["collection"]), job)
        self.assertEqual((self.collections(), self.row()["collection"]), ([neighbour], ""))
        seen = self.status(admin)
        self.assertEqual((seen["collection"], seen["stale"]), (None, True))
        eventually(lambda: "has not been trained" in self.notes(), 5)
        self.assertTrue(self.train(admin)["changed"])
        self.chroma("DELETE", f"/{neighbour}")

    def test_9_it_is_for_administrators(self):
        for method, path in (("POST", "train"), ("POST", "evaluate"), ("DELETE", "clear"), ("GET", "status"), ("GET", f"status/{NOBODYS}"), ("GET", "knowledge-base")):
            with self.subTest(f"{method} {path}"):
                self.assertEqual(self.anyone.request(method, f"{CHROMA}/{path}").status, 401)
                for client in (self.viewer(), self.analyst()):
                    self.assertEqual(client.request(method, f"{CHROMA}/{path}").status, 403)
        self.assertEqual(self.admin().get(f"{CHROMA}/status/{NOBODYS}").status, 404)


class ChangedTarget(Trained):
    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def replace_source(self, *statements):
        changed = account.copy(self.source_path, self.source_path + ".new")
        with contextlib.closing(sqlite3.connect(changed)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        os.replace(changed, self.source_path)
        self.source_replaced()

    def reset(self, admin):
        task = admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202).json
        self.assertEqual(self.ended(admin, task["status_url"])["state"], "succeeded")

    def test_a_new_version_of_it_is_stale_until_it_is_learnt(self):
        admin = self.admin()
        before = self.status(admin)
        self.assertFalse(before["stale"])
        self.replace_source("CREATE TABLE gift_cards (card_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(customer_id), value NUMERIC)",
                            "ALTER TABLE warehouses ADD COLUMN has_crane INTEGER")
        self.reset(admin)
        seen = self.status(admin)
        self.assertTrue(seen["stale"])
        self.assertIn(seen["target_version"][:12], seen["reason"])
        self.assertEqual((seen["collection"], seen["running"]), (before["collection"], None), "nothing is trained unasked")
        done = self.train(admin)
        self.assertTrue(done["schema_changed"])
        self.assertEqual(done["schema_difference"]["added"], ["gift_cards"])
        (changed,) = done["schema_difference"]["changed"]
        self.assertEqual((changed["table"], changed["added"], changed["removed"], changed["changed"]), ("warehouses", ["has_crane"], [], []))
        self.assertFalse(self.status(admin)["stale"])
        newest = self.analyst().get("/api/v1/schema/history", {"limit": 1}, expect=200).json["items"][0]
        self.assertEqual((newest["version"], newest["difference"]), (seen["target_version"], done["schema_difference"]))
        # Other rows of the same structure: nothing to embed, and no longer stale.
        self.replace_source("DELETE FROM gift_cards", "INSERT INTO gift_cards VALUES (1, 1, 10)")
        self.reset(admin)
        self.assertTrue(self.status(admin)["stale"])
        again = self.train(admin)
        self.assertEqual((again["changed"], again["schema_changed"], again["collection"]), (False, False, done["collection"]))
        self.assertFalse(self.status(admin)["stale"])


class Scheduled(Trained):
    settings = {"AUTO_TRAIN_CHROMA": "true", "TRAIN_SCHEDULE": "* * * * *"}
    replicas = 2

    def test_a_schedule_trains_once_in_the_cluster(self):
        rows = eventually(lambda: self.stores.sql("SELECT requested_by, state, result FROM jobs WHERE type = 'train' AND finished_at IS NOT NULL"), 90,
                          "the minute")
        self.assertEqual([(r["requested_by"], r["state"], json.loads(r["result"])["changed"]) for r in rows], [("schedule", "succeeded", False)])
        entries = self.admin().get("/api/v1/admin/audit-logs", {"action": "knowledge.train", "email": "schedule"}, expect=200).json["items"]
        self.assertEqual(sorted(e["status"] for e in entries), ["attempt", "success"])


class WithoutTarget(Trained):
    settings = {"ENABLE_TARGET_DB": "false", "SEED_DEMO_DATA": "false"}

    def test_there_is_nothing_to_learn(self):
        refused = self.admin().post(f"{CHROMA}/train", expect=409)
        self.assertEqual(refused.type, "target-disabled")
        done = self.engine("train")
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("ENABLE_TARGET_DB", done.stderr)


class CommandLine(Trained):
    replicas = 0

    def test_1_it_trains_without_a_server_and_leaves_a_job(self):
        done = self.engine("train", "--json")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stderr)
        said = json.loads(done.stdout)
        self.assertEqual(set(said), TRAINED)
        self.assertTrue(said["changed"])
        (job,) = self.stores.sql("SELECT state, requested_by, result FROM jobs WHERE type = 'train'")
        self.assertEqual((job["state"], json.loads(job["result"])), ("succeeded", said))
        self.assertRegex(job["requested_by"], r"^cli:\w+$")
        acts = self.stores.sql("SELECT status FROM audit_logs WHERE action = 'knowledge.train' AND email LIKE 'cli:%'")
        self.assertEqual({a["status"] for a in acts}, {"attempt", "success"})
        again = self.engine("train")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertRegex(again.stdout, r"changed +false")
        self.assertIn("vanna-engine train", self.engine("train", "--help").stdout)

    def test_2_another_programs_job_is_not_disturbed(self):
        self.stores.sql("INSERT INTO jobs (id, type, state, stage, owner, heartbeat) VALUES (gen_random_uuid(), 'train', 'running', 'embedding', "
                        "gen_random_uuid(), now() + interval '1 minute')")
        done = self.engine("train")
        self.stores.sql("DELETE FROM jobs WHERE heartbeat > now()")
        self.assertEqual((done.returncode, done.stdout), (75, ""))
        self.assertIn("train is running already", done.stderr)

    def test_3_a_job_whose_process_died_does_not_stand_in_the_way(self):
        self.stores.sql("INSERT INTO jobs (id, type, state, stage, owner, heartbeat) VALUES (gen_random_uuid(), 'train', 'running', 'embedding', "
                        "gen_random_uuid(), now() - interval '1 minute')")
        self.assertEqual(self.engine("train").returncode, 0)

    def test_4_a_store_that_is_away_is_in_the_exit_code(self):
        done = self.engine("train", settings={"CHROMA_PORT": "1"})
        self.assertEqual((done.returncode, done.stdout), (69, ""))
        self.assertIn("ChromaDB", done.stderr)


class Outage(Trained):
    settings = {"AUTO_TRAIN_CHROMA": "true"}
    replicas = 0

    def test_chromadb_away_fails_the_training_clearly_and_nothing_else(self):
        gate = self.gate("chroma")
        server = self.serve("gated", chroma=gate)
        admin = self.admin(server)
        before = self.status(admin)
        gate.cut()
        self.add_term("outage", "what happens when a store is away")
        job = self.train(admin, "failed")
        self.assertIn("ChromaDB cannot be reached", job["error"])
        seen = self.status(admin)
        self.assertEqual((seen["collection"], seen["documents"]), (before["collection"], None))
        self.assertIn("ChromaDB", seen["problem"])
        self.assertEqual(admin.get(f"{CHROMA}/knowledge-base").status, 503)
        self.assertIn("unavailable", self.notes())
        gate.open()
        server.wait_for_store("chroma")
        self.assertEqual(self.train(admin)["added"], 1)
        eventually(lambda: "unavailable" not in self.notes(), 10)

    def test_chromadb_that_hangs_does_not_keep_a_job_from_being_cancelled(self):
        gate = self.gate("chroma")
        self.addCleanup(gate.open)
        server = self.serve("stalled", chroma=gate)
        admin = self.admin(server)
        row, collections = self.row(), self.collections()
        self.add_term("stall", "what happens when a store hangs")
        gate.stall()
        for how in ({"path": "train"}, {"method": "DELETE", "path": "clear", "confirm": "true"}):
            url = self.start(admin, **how)
            eventually(lambda: admin.get(url, expect=200).json["stage"] == "reading", 10, "the job")
            admin.post(f"/api/v1/admin/db/jobs/{url.rsplit('/', 1)[1]}/cancel", expect=202)
            self.assertEqual(self.ended(admin, url, 5)["state"], "cancelled")
        gate.open()
        server.wait_for_store("chroma")
        self.assertEqual((self.row(), self.collections()), (row, collections))
        self.assertEqual(self.train(admin)["added"], 1)


class RemoteEmbedder(RemotelyTrained):
    def test_1_init_and_questions_go_through_it(self):
        admin = self.admin()
        seen = self.status(admin)
        self.assertEqual((seen["fingerprint"], seen["embedder"], seen["stale"], seen["problem"]), ("http:toy:64", "http:toy:64", False, None))
        self.assertNotIn("values", seen["by_kind"])
        self.assertFalse([t for t in self.embeddings.texts if t.startswith("Values of")])
        question = "Which warehouses are there?"
        self.assertEqual(self.notes(question), "")
        self.assertIn(question, self.embeddings.texts)
        (known,) = admin.get(f"{CHROMA}/knowledge-base", {"kind": "documentation", "limit": 1}, expect=200).json["items"]
        (best,) = self.nearest(admin, known["text"], limit=1)
        self.assertEqual(best["id"], known["id"])
        self.assertGreater(best["similarity"], 0.99)
        done = self.engine("train", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["changed"]), (0, False), done.stderr)
        asked = self.engine("ask", "How many suppliers are there?", "--json")
        self.assertEqual((asked.returncode, json.loads(asked.stdout)["notes"]), (0, []), asked.stderr)

    def test_2_what_it_refuses_is_told_without_the_key(self):
        admin = self.admin()
        before = self.row()
        self.add_term("refusal", "another text to embed")
        self.addCleanup(setattr, self.embeddings, "failure", None)
        for failure, says in (((401, f"wrong key {self.key}"), "401: wrong key ***"), ((503, "overloaded"), "503: overloaded"),
                              ((200, "<html>"), "not JSON"), ((200, '{"data":[]}'), "0 vectors for 1 text"),
                              ((200, '{"data":[{"embedding":[1,2]}]}'), "2 numbers where 64 were expected")):
            with self.subTest(failure):
                self.embeddings.failure = failure
                job = self.train(admin, "failed")
                self.assertIn(says, job["error"])
        self.assertIn("unavailable", self.notes())
        self.embeddings.failure = None
        self.assertEqual(self.row(), before)
        self.assertEqual(self.collections(), [before["collection"]])
        self.train(admin)
        self.assertNotIn(self.key, self.server.log())

    def test_3_one_at_a_time_and_cancelling_leaves_no_part_of_a_collection(self):
        admin = self.admin()
        before, collections = self.row(), self.collections()
        url = self.held_training(admin, "cancelled term")
        self.assertEqual(self.status(admin)["running"]["state"], "running")
        self.assertEqual(len(self.collections()), len(collections) + 1)
        second = admin.post(f"{CHROMA}/train", expect=409)
        self.assertEqual(second.headers["Location"].rsplit("/", 1)[1], url.rsplit("/", 1)[1])
        done = self.engine("train")
        self.assertEqual(done.returncode, 75)
        self.assertIn("running already", done.stderr)
        admin.post(f"/api/v1/admin/db/jobs/{url.rsplit('/', 1)[1]}/cancel", expect=202)
        self.embeddings.go()
        self.assertEqual(self.ended(admin, url)["state"], "cancelled")
        self.assertEqual((self.row(), self.collections()), (before, collections))
        self.assertEqual(self.train(admin)["added"], 1)

    def test_4_a_server_killed_while_it_embeds_leaves_the_old_collection(self):
        admin = self.admin()
        before, collections = self.row(), self.collections()
        url = self.held_training(admin, "killed term")
        self.server.kill()
        self.embeddings.go()
        self.server.start()
        (unfinished,) = set(self.collections()) - set(collections)
        self.assertEqual(self.row(), before)
        self.assertTrue(self.nearest(admin, "customers", limit=1))
        self.assertEqual(self.notes(), "")
        job = self.ended(admin, url, 40)
        self.assertEqual(job["state"], "failed")
        self.assertIn("sign of life", job["error"])
        done = self.train(admin)
        self.assertIn(unfinished, done["dropped"])
        self.assertEqual(done["added"], 1)

    def test_5_an_embedder_away_at_the_start_does_not_keep_the_server_from_starting(self):
        settings = {"EMBEDDING_URL": "http://127.0.0.1:1"}
        other = self.serve("lonely", settings)
        admin = self.admin(other)
        seen = self.status(admin)
        self.assertEqual(seen["embedder"], None)
        self.assertIn("http://127.0.0.1:1", seen["problem"])
        self.assertEqual(other.stop(), 0)

    def test_6_back_to_the_built_in_one_says_so_and_trains_by_itself(self):
        count = len(self.stores.sql("SELECT id FROM jobs WHERE type = 'train'"))
        builtin = {"EMBEDDING_PROVIDER": "builtin"}
        replicas = [self.serve(f"builtin{n}", builtin, until=None) for n in range(2)]
        for replica in replicas:
            replica.wait()
        admin = self.admin(replicas[0])
        eventually(lambda: self.row()["fingerprint"].startswith("builtin/"), 60, "the training")
        eventually(lambda: all(j["state"] in ENDED for j in self.stores.sql("SELECT state FROM jobs WHERE type = 'train'")))
        new = self.stores.sql("SELECT requested_by, state FROM jobs WHERE type = 'train' ORDER BY id")[count:]
        self.assertIn({"requested_by": "system", "state": "succeeded"}, new)
        self.assertTrue(any("trained with the embedder http:toy:64" in replica.log() for replica in replicas))
        entries = admin.get("/api/v1/admin/audit-logs", {"action": "knowledge.train", "email": "system"}, expect=200).json["items"]
        self.assertLessEqual({"attempt", "success"}, {e["status"] for e in entries})
        self.assertIn("values", self.status(admin)["by_kind"])
        remote = self.status(self.admin())
        self.assertTrue(remote["stale"])
        self.assertIn("http:toy:64", remote["reason"])
        eventually(lambda: "unavailable" in self.notes(), 5, "the server of the other embedder saying so")
        self.assertTrue(self.row()["fingerprint"].startswith("builtin/"), "a replica of other settings must not train against it")


if __name__ == "__main__":
    main()
