"""A backup taken while users, terms and pairs are written restores to one moment: what was before it, nothing of later, no dangling link."""

import json
import os
import subprocess
import tarfile

from support.backups import HeldPrograms
from support.polling import eventually
from support.restores import RestoreStory
from support.story import main
from support.writers import KINDS, PASSWORD, Writers

BEFORE, BETWEEN, AFTER, PUBLISHED = range(4)
FOREIGN_KEYS = """select conrelid::regclass as child, a.attname as refers, confrelid::regclass as parent, b.attname as referred
    from pg_constraint join pg_attribute a on a.attrelid = conrelid and a.attnum = conkey[1]
    join pg_attribute b on b.attrelid = confrelid and b.attnum = confkey[1]
    where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace"""


class OneMoment(HeldPrograms, RestoreStory):
    def test_a_backup_under_writers_is_one_moment(self):
        admin = self.admin()
        with Writers(admin) as writers:
            writers.begin(BEFORE)
            self.held.hold("pg_dump")
            writers.period = BETWEEN
            begun = admin.post("/api/v1/admin/db/backup", expect=202)
            self.held.started("pg_dump")
            moment = self.stores.sql("select now() as at")[0]["at"]
            writers.begin(AFTER)
            self.held.let_go("pg_dump")
            taken = self.ended(admin, begun)["result"]["backup_id"]
            writers.begin(PUBLISHED, writes=1)
        self.leave_a_trail_of(self.newest_user())
        self.check_archive(taken)
        self.restored(taken, admin)
        self.check_rows(writers, moment)
        self.check_links()
        self.check_knowledge()

    def newest_user(self):
        return self.stores.sql("select email from users order by created_at desc limit 1")[0]["email"]

    def leave_a_trail_of(self, user):
        """A query and feedback of somebody whom the backup does not know."""
        late = self.server.client.log_in(user, PASSWORD)
        query = late.run("select 4711").json["query_id"]
        eventually(lambda: late.post(f"/api/v1/queries/{query}/feedback", {"rating": 3}).status == 201, what="the query being recorded")

    def check_archive(self, taken):
        """What its vectors refer to is in its dump."""
        with tarfile.open(os.path.join(self.backups(), taken + ".tar.gz")) as archive:
            records = [json.loads(line) for line in archive.extractfile("chroma/records.ndjson")]
            dump = archive.extractfile("postgres.dump").read()
        for kind, table, condition in (("example", "knowledge_examples", "approved"), ("term", "business_ontologies", "")):
            lines = subprocess.run(["pg_restore", "--data-only", "-t", table, "-f", "-"], input=dump, capture_output=True, check=True).stdout.decode()
            rows = {line.split("\t")[0] for line in lines.splitlines() if condition in line}
            self.assertLessEqual({r["metadata"]["reference"] for r in records if r["metadata"]["kind"] == kind}, rows)

    def check_rows(self, writers, moment):
        for kind, table in zip(KINDS, ("users", "business_ontologies", "knowledge_examples")):
            there = {row["id"] for row in self.stores.sql(f"select id from {table}")}
            self.assertLessEqual(writers.acknowledged(kind, BEFORE), there, kind)
            self.assertEqual(writers.asked(kind, AFTER) & there, set(), kind)
        for table in ("users", "conversations", "queries", "feedback", "business_ontologies", "knowledge_examples", "schema_versions"):
            self.assertEqual(self.stores.sql(f"select id from {table} where created_at > '{moment}'"), [], table)

    def check_links(self):
        keys = self.stores.sql(FOREIGN_KEYS)
        self.assertGreater(len(keys), 3)
        for key in keys:
            self.assertEqual(self.stores.sql("select c.{refers} from {child} c left join {parent} p on p.{referred} = c.{refers} "
                                             "where c.{refers} is not null and p.{referred} is null".format(**key)), [], key)

    def check_knowledge(self):
        """Every item has its row, and every row its item."""
        admin = self.admin()
        self.assertEqual(self.known(admin, "example"), {row["id"] for row in self.stores.sql("select id from knowledge_examples where state = 'approved'")})
        self.assertEqual(self.known(admin, "term"), {term["id"] for term in self.all_of(admin, "/api/v1/ontology")})
        self.assertTrue(self.known(admin, "term") and self.known(admin, "example"))

    def known(self, admin, kind):
        return {item["reference"] for item in self.all_of(admin, "/api/v1/admin/db/chroma/knowledge-base", kind=kind)}

    def all_of(self, client, path, **query):
        seen, cursor = [], {}
        while cursor is not None:
            page = client.get(path, {"limit": 200, **query, **cursor}, expect=200).json
            seen += page["items"]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
        return seen


if __name__ == "__main__":
    main()
