"""What tests of restores share: restores that are followed past the server, since they end the session that asked."""

import contextlib

from support.backups import BackupStory, HeldPrograms
from support.polling import eventually
from support.story import ADMIN

RESTORE = "/api/v1/admin/db/restore/"


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


class HeldRestores(HeldPrograms, RestoreStory):
    """A backup that knows the term "Old", and "New" since then."""

    @classmethod
    def prepare(cls):
        super().prepare()
        admin = cls.servers[0].client.log_in(*ADMIN)
        admin.post("/api/v1/ontology", {"term_name": "Old", "description": "a term"}, expect=201)
        cls.taken = cls.take_first()
        admin.post("/api/v1/ontology", {"term_name": "New", "description": "a term"}, expect=201)

    def begun(self, admin=None):
        return (admin or self.admin()).post(RESTORE + self.taken, query={"confirm": "true"}, expect=202)

    def check_as_before(self):
        """Nothing was changed, nothing lies about, writers may write."""
        self.assertIn("New", self.terms())
        eventually(lambda: not self.stores.sql("select 1 as on from maintenance where active"), 30, "the end of maintenance")
        eventually(lambda: self.left_over() == [], 30, f"what lies about going: {self.left_over()}")
        self.check_nothing_stays()
        admin = self.admin()
        self.assertIn("New", {term["term_name"] for term in admin.get("/api/v1/ontology", {"limit": 200}, expect=200).json["items"]})

        def may_write():
            made = admin.post("/api/v1/ontology", {"term_name": "Probe", "description": "p"})
            return made if made.status == 201 else None
        probe = eventually(may_write, 30, "writers being let in").json
        admin.delete(f"/api/v1/ontology/{probe['id']}", {"confirm": "true"}, expect=(200, 204))

    def check_restores(self):
        """And it works the next time; then all is as before this test."""
        done = self.restored(self.taken)
        self.assertNotIn("New", self.terms())
        self.assertIn("Old", self.terms())
        self.add_term(self.admin(), "New")
        return done

    def until_vectors_are_built(self):
        """Lets the held pg_restore go; ChromaDB stalls as soon as the restore comes to it."""
        self.held.started("pg_restore")
        self.chroma.stall()
        self.held.let_go("pg_restore")
        eventually(lambda: self.stage_is("building the vectors"), 30, "the vectors being built")

    def stage_is(self, text):
        rows = self.stores.sql("select stage from jobs where type = 'restore' and state = 'running'")
        return bool(rows) and text in rows[0]["stage"]

    @contextlib.contextmanager
    def in_the_transaction(self, admin=None):
        """A restore that waits to put the rows in place, until this ends."""
        self.held.hold("pg_dump")
        begun = self.begun(admin)
        self.held.started("pg_dump")
        with self.stores.holding("lock table feedback in share mode"):
            self.held.let_go("pg_dump")
            eventually(lambda: self.stage_is("putting the rows in place"), 60, "the transaction")
            eventually(lambda: self.stores.sql("select 1 as waits from pg_locks where not granted and relation = 'feedback'::regclass"),
                       30, "the transaction waiting")
            yield begun
