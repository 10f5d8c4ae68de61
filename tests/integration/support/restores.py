"""What tests of restores share: restores that are followed past the server, since they end the session that asked."""

from support.backups import BackupStory
from support.polling import eventually

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
