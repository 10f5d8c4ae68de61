"""Restores of archives of another machine, of an older or later release, and of somebody who means harm."""

import json
import os

from support.archives import rebuilt
from support.restores import RESTORE, RestoreStory
from support.story import main


class OtherArchives(RestoreStory):
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

    def test_one_of_migrations_before_is_brought_forward(self):
        self.add_term(self.admin(), "Old")

        def older(said):
            said["migration"] = "0004_one_open_job.sql"
            for table in ("schedules", "backup_folder"):
                del said["rows"][table]
            said["rows"]["schema_migrations"] -= 3
        taken = self.archive(manifest=older, sql="""
            drop index queries_conversation, conversations_updated;
            alter table knowledge_examples drop column columns, drop column checked_version, drop column checked_at, drop column problem;
            drop function vanna_keep_writers_away() cascade;
            drop table schedules, backup_folder; alter table maintenance drop column holder;
            alter table jobs drop column subject, drop column revision, drop column cancel_requested;
            delete from schema_migrations where name > '0004_one_open_job.sql'""")
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

    def roles(self):
        """That the archives ask for, this class's own, and those of its jobs' scratches: other tests make roles at the same time."""
        return self.stores.sql(f"select rolname, rolsuper from pg_roles where rolname in ('evil', '{self.stores.database}') or "
                               "right(rolname, 32) in (select replace(id::text, '-', '') from jobs) order by 1")

    def refused(self, expected, **changes):
        before = self.terms()
        roles = self.roles()
        done = self.trusted(self.archive(**changes))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, expected)
        self.assertEqual(self.terms(), before)
        self.assertEqual(self.roles(), roles)
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
        for statement, reason in (("CREATE ROLE evil SUPERUSER;", "must be superuser"), ("CREATE ROLE evil;", "permission denied"),
                                  ("CREATE DATABASE evil;", "cannot run inside a transaction block|permission denied"),
                                  ("CREATE EXTENSION dblink SCHEMA public;", "permission denied|not available|could not open"),
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
