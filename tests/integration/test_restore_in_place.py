"""Backups and restores where the target is read in place, and has no copy: a PostgreSQL target, and the demo data."""

import json
import os
import tarfile

from support import eventually, main, ports
from support.business import Business
from support.restores import RestoreStory

KNOWLEDGE = "/api/v1/admin/db/chroma/knowledge-base"
COPY = "/api/v1/admin/db/golden-copy"
NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"


class InPlace:
    """`question`, `rows`: what the target answers; `table`: one of it."""

    def documents(self, admin, kind):
        """Their texts, sorted."""
        return sorted(item["text"] for item in admin.get(KNOWLEDGE, {"kind": kind, "limit": 200}, expect=200).json["items"])

    def answers(self, admin):
        asked = admin.post("/api/v1/queries/ask", {"question": self.question}, expect=200).json
        self.assertEqual(asked["rows"], self.rows, asked)

    def test_a_backup_holds_all_but_the_target_and_can_be_verified_and_drilled(self):
        admin = self.admin()
        taken = self.take(admin)
        with tarfile.open(os.path.join(self.backups(), taken + ".tar.gz"), "r:gz") as archive:
            self.assertEqual(archive.getnames(), ["manifest.json", "postgres.dump", "chroma/collection.json", "chroma/records.ndjson"])
        done = self.ended(admin, admin.post(f"/api/v1/admin/db/backup/verify/{taken}", {"drill": True}, expect=202))["result"]
        self.assertTrue(done["drilled"])
        self.assertEqual(self.left_over(), [])

    def test_a_restore_leaves_the_target_and_what_is_known_of_it(self):
        admin = self.admin()
        self.add_term(admin, "Kept")
        taken = self.take(admin)
        version = admin.run("SELECT 1").json["target_version"]
        known = {kind: self.documents(admin, kind) for kind in ("ddl", "documentation", "values")}
        self.assertTrue(any(self.table in text for text in known["ddl"]), known)
        self.add_term(admin, "Later")
        result = json.loads(self.restored(taken, admin)["result"])
        self.assertEqual(result["safety_left_out"], [])
        self.assertIn("Kept", self.terms())
        self.assertNotIn("Later", self.terms())
        again = self.admin()
        self.assertEqual({kind: self.documents(again, kind) for kind in known}, known)
        self.assertTrue(any("Kept" in text for text in self.documents(again, "term")))
        self.assertEqual(again.run("SELECT 1").json["target_version"], version)
        self.answers(again)
        self.assertFalse(again.get("/api/v1/admin/db/chroma/status", expect=200).json["stale"], "there is nothing to train anew")
        self.check_nothing_stays()

    def test_so_does_one_on_the_command_line(self):
        admin = self.admin()
        taken = self.take(admin)
        known = self.documents(admin, "ddl")
        self.assertTrue(known)
        done = self.engine("backup", "restore", taken, "--confirm", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        again = self.admin()
        self.assertEqual(self.documents(again, "ddl"), known)
        self.answers(again)

    def test_the_routes_of_the_golden_copy_say_that_there_is_none(self):
        admin = self.admin()
        for answer in (admin.get(COPY), admin.post(f"{COPY}/reset", query={"confirm": "true"})):
            self.assertEqual((answer.status, answer.type), (409, "no-golden-copy"))
        self.assertEqual(admin.get(f"{COPY}/status/{NOBODYS}").status, 404)
        self.assertEqual(self.stores.sql("SELECT id FROM jobs WHERE type LIKE 'golden%'"), [])
        self.assertIsNone(self.server.metric("vanna_golden_copy_age_seconds"))
        done = self.engine("golden-copy", "status")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("there is no golden copy", done.stderr)


class OfPostgres(InPlace, RestoreStory):
    engine_of_target = "postgresql"
    question, rows, table = "How many customers are there?", [[920]], "customers"

    def test_a_safety_backup_brings_back_what_was_replaced(self):
        admin = self.admin()
        taken = self.take(admin)
        self.add_term(admin, "Replaced")
        safety = json.loads(self.restored(taken, admin)["result"])["safety_backup_id"]
        self.assertNotIn("Replaced", self.terms())
        self.restored(safety)
        self.assertIn("Replaced", self.terms())
        self.answers(self.admin())


class OfDemo(InPlace, RestoreStory):
    settings = {**RestoreStory.settings, "ENABLE_TARGET_DB": "false"}
    question, rows, table = "How many vendors are there?", [[12]], "vendors"

    def test_init_after_a_restore_finds_nothing_to_do(self):
        self.restored(self.take())
        self.assertIn("nothing had to be changed", self.init().stdout)
        self.answers(self.admin())


class FromOneToTheOther(RestoreStory):
    """A backup of a system with a copy, restored where the target is a PostgreSQL database by now."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.business = Business(cls.stores)
        cls._ends.callback(cls.business.close)
        cls.business.run("CREATE TABLE moons (moon_id int PRIMARY KEY, moon_name text); INSERT INTO moons VALUES (1, 'Io'), (2, 'Europa'); ANALYZE")

    def setUp(self):
        self.taken = self.take()
        self.server.stop()

    def tearDown(self):
        for other in self.servers[1:]:
            other.stop()
        self.server.start()
        eventually(lambda: self.admin().rows("SELECT count(*) FROM customers") == [[920]], 30, "the copy as it was")

    def test_what_is_known_is_of_the_target_that_is_there(self):
        other = self.serve("other", settings={"TARGET_DATABASE_URL": self.business.url()})
        other.wait_for_store("target_database")
        self.restored(self.taken, server=other)
        admin = self.admin(other)
        ddl = [item["text"] for item in admin.get(KNOWLEDGE, {"kind": "ddl", "limit": 200}, expect=200).json["items"]]
        self.assertTrue(any("moons" in text for text in ddl), ddl)
        self.assertFalse(any("customers" in text for text in ddl), ddl)
        self.assertEqual(admin.post("/api/v1/queries/ask", {"question": "How many moons are there?"}, expect=200).json["rows"], [[2]])

    def test_a_target_that_is_away_keeps_no_restore_from_going_on(self):
        away = self.business.url().replace(f":{self.stores.postgres_address()[1]}/", f":{ports.reserve()}/")
        other = self.serve("apart", settings={"TARGET_DATABASE_URL": away})
        self.restored(self.taken, server=other)
        admin = self.admin(other)
        self.assertEqual(admin.get(KNOWLEDGE, {"kind": "ddl"}, expect=200).json["items"], [])
        self.assertIn("train once it can", other.log())
        self.assertEqual(admin.run("SELECT 1").status, 503)


if __name__ == "__main__":
    main()
