"""Restores as an administrator asks for them: back to one moment on every replica, over HTTP and on the command line."""

import json
import os
import sqlite3

from support.backups import Held
from support.polling import eventually
from support.restores import RESTORE, RestoreStory
from support.story import ANALYST, VIEWER, main

SEEN_WITHIN = 10.0  # SPEC promises a second; tests allow ten times that


class GoingBack(RestoreStory):
    replicas = 0

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.serve("one", own_copy=True)
        cls.serve("two", own_copy=True)

    def test_everything_is_what_it_was_and_what_was_done_since_stays_on_record(self):
        one, two = self.servers
        admin = self.admin(one)
        self.add_term(admin, "Kept")
        taken = self.take(admin)
        self.add_term(admin, "Later")
        admin.post("/api/v1/users", {"email": "late@example.com", "password": "LatePassword1234", "role": "viewer"}, expect=201)
        analyst = self.analyst(two)
        analyst.rows("select 4711")
        refresh = analyst.refresh_token
        row = self.restored(taken, admin)
        for client in (admin, analyst):
            eventually(lambda c=client: c.get("/api/v1/auth/me").status == 401, SEEN_WITHIN, "the end of an old token")
        self.assertEqual(two.client.post("/api/v1/auth/refresh", {"refresh_token": refresh}).status, 401)
        self.assertEqual(two.client.post("/api/v1/auth/login", {"email": "late@example.com", "password": "LatePassword1234"}).status, 401)
        again = self.admin(two)
        names = {term["term_name"] for term in again.get("/api/v1/ontology", {"limit": 200}, expect=200).json["items"]}
        self.assertIn("Kept", names)
        self.assertNotIn("Later", names)
        actions = {entry["action"] for entry in self.stores.sql("select action from audit_logs")}
        self.assertLessEqual({"users.create", "backup.restore", "backup.restored"}, actions)
        eventually(lambda: self.stores.sql("select 1 as there from audit_logs where action = 'query.run'"), 30, "the spooled record")
        found = again.get("/api/v1/admin/db/chroma/knowledge-base", {"kind": "term", "limit": 200}, expect=200).json["items"]
        self.assertTrue(any("Kept" in item["text"] for item in found), found)
        self.assertFalse(any("Later" in item["text"] for item in found), found)
        result = json.loads(row["result"])
        self.assertGreater(result["vectors"]["kept"], 100)
        self.assertGreater(result["vectors"]["embedded"], 0)
        self.assertEqual(result["safety_left_out"], [])
        self.assertIn(result["safety_backup_id"], [item["id"] for item in self.listed(again)])
        self.assertGreater(again.rows("select count(*) from customers")[0][0], 0)
        self.check_nothing_stays()
        self.restored(result["safety_backup_id"], again)
        self.assertLessEqual({"Kept", "Later"}, self.terms())
        two.client.log_in("late@example.com", "LatePassword1234")

    def test_an_older_target_stays_through_a_restart_on_every_replica_until_a_reset(self):
        one, two = self.servers
        admin = self.admin(one)
        taken = self.take(admin)
        before = admin.rows("select count(*) from customers")[0][0]
        with sqlite3.connect(self.source_path) as source:
            source.execute("create table added_later as select 1 as n")
        source.close()
        self.source_replaced()
        self.ended(admin, admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202))
        for server in self.servers:
            eventually(lambda s=server: self.analyst(s).run("select n from added_later").status == 200, 30, "the newer target")
        self.restored(taken)

        def is_older(server):
            seen = self.analyst(server)
            return seen.run("select n from added_later").status == 422 and seen.rows("select count(*) from customers") == [[before]]
        for server in self.servers:
            eventually(lambda s=server: is_older(s), 30, "the older target")
        for server in self.servers:
            server.restart()
            self.assertTrue(is_older(server))
        os.unlink(os.path.join(self.folder, "two/copy.db"))
        two.restart()
        self.assertTrue(is_older(two))
        self.assertEqual(self.engine("init").returncode, 0)
        self.assertTrue(is_older(one))
        admin = self.admin(one)
        self.assertRegex(admin.get("/api/v1/admin/db/golden-copy", expect=200).json["origin"], "^backup:")
        self.ended(admin, admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202))
        for server in self.servers:
            eventually(lambda s=server: self.analyst(s).run("select n from added_later").status == 200, 30, "the source's target")

    def test_writers_wait_and_readers_do_not(self):
        held = Held(self.folder, "pg_dump")
        server = self.serve("third", settings={"PATH": held.path}, own_copy=True)
        admin, elsewhere, analyst = self.admin(server), self.admin(self.servers[1]), self.analyst(self.servers[0])
        taken = self.take(admin)
        held.hold("pg_dump")
        begun = admin.post(RESTORE + taken, query={"confirm": "true"}, expect=202)
        held.started("pg_dump")
        second = admin.post(RESTORE + taken, query={"confirm": "true"})
        self.assertEqual((second.status, second.type), (503, "maintenance"))
        refused = elsewhere.post("/api/v1/ontology", {"term_name": "No", "description": "no"})
        self.assertEqual((refused.status, refused.type), (503, "maintenance"))
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.assertEqual(analyst.rows("select 6 * 7"), [[42]])
        held.let_go("pg_dump")
        self.restore_ended(begun)
        self.add_term(self.admin(), "Afterwards")
        server.stop()

    def test_it_needs_a_confirmation_an_administrator_and_a_backup(self):
        admin = self.admin()
        taken = self.take(admin)
        before = len(self.stores.sql("select id from jobs"))
        for path in (RESTORE, "/api/v1/admin/db/backup/restore/"):
            refused = admin.post(path + taken)
            self.assertEqual((refused.status, refused.type), (400, "confirmation-required"))
            for who in (ANALYST, VIEWER):
                client = self.server.client.log_in(*who)
                self.assertEqual(client.post(path + taken, query={"confirm": "true"}).status, 403)
            for odd in ("backup_2020-01-01_00:00:00", "..", "%2e%2e%2fpasswd"):
                self.assertEqual(admin.post(path + odd, query={"confirm": "true"}).status, 404, odd)
        self.assertEqual(self.engine("backup", "restore", taken).returncode, 64)
        self.assertEqual(len(self.stores.sql("select id from jobs")), before)
        counted = self.server.metric("vanna_admin_operations_total", action="backup.restore", outcome="success") or 0
        begun = admin.post("/api/v1/admin/db/backup/restore/" + taken, query={"confirm": "true"}, expect=202)
        self.assertEqual(admin.get(f"/api/v1/admin/db/backup/restore/status/{begun.json['task_id']}").status, 200)
        self.restore_ended(begun)
        self.assertEqual(self.server.metric("vanna_admin_operations_total", action="backup.restore", outcome="success"), counted + 1)

    def test_the_command_line_restores_under_a_running_server(self):
        admin = self.admin()
        self.add_term(admin, "By hand")
        taken = self.take(admin)
        self.add_term(admin, "Too late")
        done = self.engine("backup", "restore", taken, "--confirm", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["backup_id"], taken)
        self.assertIn("By hand", self.terms())
        self.assertNotIn("Too late", self.terms())
        self.add_term(self.admin(self.servers[1]), "Too late")


if __name__ == "__main__":
    main()
