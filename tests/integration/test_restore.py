"""Restores as an administrator asks for them: back to one moment on every replica, over HTTP and on the command line."""

import json
import os
import sqlite3

from support.archives import rebuilt
from support.backups import BackupStory, Held
from support.polling import eventually
from support.story import ADMIN, ANALYST, VIEWER, main

RESTORE = "/api/v1/admin/db/restore/"
SEEN_WITHIN = 10.0  # SPEC promises a second; tests allow ten times that
NEWEST = "0005_jobs.sql"


class RestoreStory(BackupStory):
    settings = {"AUTO_TRAIN_CHROMA": "true", "WORKERS": "1"}

    def restored(self, taken, admin=None, expect="succeeded", server=None, within=120):
        """The job's row, read past the server: the administrator's token ends with the restore."""
        admin = admin or self.admin(server)
        begun = admin.post(RESTORE + taken, query={"confirm": "true"}, expect=202)
        return self.restore_ended(begun, expect, within)

    def restore_ended(self, begun, expect="succeeded", within=120):
        job = begun.json["task_id"]

        def look():
            rows = self.stores.sql(f"select state, error, result from jobs where id = '{job}' and finished_at is not null")
            return rows[0] if rows else None
        row = eventually(look, within, "the end of the restore")
        self.assertEqual(row["state"], expect, row)
        return row

    def terms(self):
        return {row["term_name"] for row in self.stores.sql("select term_name from business_ontologies")}

    def add_term(self, admin, name):
        return admin.post("/api/v1/ontology", {"term_name": name, "description": f"about {name}"}, expect=201).json

    def check_nothing_stays(self):
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.stores.sql("select rolname from pg_roles where rolname like 'vanna_scratch%' and "
                                         f"shobj_description(oid, 'pg_authid') = 'scratch of {self.stores.database}'"), [])
        self.assertEqual(self.stores.sql("select 1 as on from maintenance where active"), [])


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
        begun = admin.post("/api/v1/admin/db/backup/restore/" + taken, query={"confirm": "true"}, expect=202)
        self.assertEqual(admin.get(f"/api/v1/admin/db/backup/restore/status/{begun.json['task_id']}").status, 200)
        self.restore_ended(begun)

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


class OtherArchives(RestoreStory):
    """Archives of another machine, of an older release, of somebody who means harm."""

    def archive(self, name="2020-01-01_00:00:00", **changes):
        source = os.path.join(self.backups(), self.take() + ".tar.gz")
        return os.path.basename(rebuilt(self.stores, source, os.path.join(self.backups(), f"backup_{name}.tar.gz"), **changes))[:-len(".tar.gz")]

    def trusted(self, taken):
        return self.engine("backup", "restore", taken, "--confirm", "--trust", "--json")

    def tearDown(self):
        for item in self.listed(self.admin()):
            self.engine("backup", "delete", item["id"], "--confirm")

    def test_an_unsigned_archive_needs_trust(self):
        taken = self.archive()
        refused = self.admin().post(RESTORE + taken, query={"confirm": "true"}, expect=403)
        self.assertEqual(refused.type, "archive-unsigned")
        done = self.engine("backup", "restore", taken, "--confirm")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--trust", done.stderr)
        done = self.trusted(taken)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["signature"], "absent")
        self.check_nothing_stays()

    def test_one_of_the_migration_before_is_brought_forward(self):
        self.add_term(self.admin(), "Old")

        def older(said):
            said["migration"] = "0004_one_open_job.sql"
            for table in ("schedules", "backup_folder"):
                del said["rows"][table]
            said["rows"]["schema_migrations"] -= 1
        taken = self.archive(manifest=older, sql=f"""
            drop table schedules, backup_folder; alter table maintenance drop column holder;
            alter table jobs drop column subject, drop column revision, drop column cancel_requested;
            delete from schema_migrations where name >= '{NEWEST}'""")
        self.stores.sql("delete from business_ontologies")
        done = self.trusted(taken)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Old", self.terms())
        self.take(self.admin())

    def test_one_of_a_later_release_is_refused(self):
        def newer(said):
            said["migration"] = "9999_future.sql"
        done = self.trusted(self.archive(manifest=newer))
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("9999_future.sql", done.stderr)
        self.assertIn("later release", done.stderr)

    def refused(self, expected, **changes):
        before = self.terms()
        roles = self.stores.sql("select rolname from pg_roles order by 1")
        done = self.trusted(self.archive(**changes))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, expected)
        self.assertEqual(self.terms(), before)
        self.assertEqual(self.stores.sql("select rolname from pg_roles order by 1"), roles)
        self.check_nothing_stays()

    def test_counts_that_differ_are_refused(self):
        def more(said):
            said["rows"]["users"] += 1
        self.refused("users has 3 rows, expected 4", manifest=more)

    def test_entries_that_carry_other_sql_than_they_claim_reach_nothing(self):
        plain = "comment on table users is '" + "x" * 400 + "'"

        def instead(statement):
            wanted = statement.encode()

            def change(dump):
                at = dump.index(b"COMMENT ON TABLE public.users IS '" + b"x" * 400 + b"';")
                length = len(b"COMMENT ON TABLE public.users IS '" + b"x" * 400 + b"';")
                return dump[:at] + wanted.ljust(length) + dump[at + length:]
            return change
        for statement, reason in (("CREATE ROLE evil SUPERUSER;", "permission denied"),
                                  ("CREATE DATABASE evil;", "cannot run inside a transaction block|permission denied"),
                                  ("CREATE EXTENSION dblink;", "permission denied|not available|could not open"),
                                  ("COPY public.users TO PROGRAM 'touch /tmp/evil';", "permission denied|must be"),
                                  ("CREATE MATERIALIZED VIEW public.m AS SELECT pg_read_file('/etc/passwd');", "permission denied"),
                                  (f"ALTER ROLE {self.stores.database} SUPERUSER;", "permission denied|does not exist|must be")):
            with self.subTest(statement):
                self.refused(reason, sql=plain, dump=instead(statement))
        self.assertFalse(os.path.exists("/tmp/evil"))

    def test_functions_triggers_and_views_of_a_dump_stay_in_its_scratch(self):
        hostile = """
            create function spy() returns trigger language plpgsql as $$ begin
                perform pg_notify('vanna_changes', 'x'); raise exception 'never here'; end $$;
            create trigger spy after insert on revocations for each statement execute function spy();
            create rule nothing as on insert to feedback do instead nothing;
            create table beside (n int); insert into beside values (1);
            create function public.lower(text) returns text language sql as 'select ''x'''"""
        taken = self.archive(sql=hostile)
        done = self.trusted(taken)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.stores.sql("select to_regclass('beside') as t, to_regproc('spy') as s"), [{"t": "", "s": ""}])
        self.assertEqual(self.stores.sql("select 1 as one from pg_rules where tablename = 'feedback'"), [])
        self.admin()

    def test_a_table_that_is_a_view_is_refused(self):
        self.refused("table configurations is missing", sql="alter table configurations rename to c; create view configurations as select * from c",
                     manifest=lambda said: None)


if __name__ == "__main__":
    main()
