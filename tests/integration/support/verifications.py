"""What tests of verifications and drills share: one backup, which each test verifies, held where it likes."""

from support.backups import BackupStory, HeldPrograms
from support.polling import eventually

VERIFY = "/api/v1/admin/db/backup/verify/"
LOADING = "--dbname"  # the pg_restore that loads a dump, not the one that lists it


class VerificationStory(HeldPrograms, BackupStory):
    """One backup, which each test verifies."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.taken = cls.take_first()

    def setUp(self):
        self.addCleanup(self.chroma.open)

    def begun(self, admin, drill=True):
        return admin.post(VERIFY + self.taken, {"drill": drill}, expect=202)

    def cancel(self, admin, begun):
        admin.post(f"/api/v1/admin/db/jobs/{begun.json['task_id']}/cancel", expect=202)
        return self.ended(admin, begun, "cancelled")

    def stage_is(self, admin, begun, stage):
        eventually(lambda: admin.get(begun.json["status_url"], expect=200).json["stage"] == stage, 60, stage)

    def scratches(self):
        """Roles, databases and collections of drills of this class."""
        mark = f"scratch of {self.stores.database}"
        roles = [row["rolname"] for row in self.stores.sql("select rolname from pg_roles where rolname like 'vanna_scratch%' and "
                                                           f"shobj_description(oid, 'pg_authid') = '{mark}'")]
        jobs = {row["id"].replace("-", "") for row in self.stores.sql("select id from jobs")}
        names = [row["datname"] for row in self.stores.sql("select datname from pg_database where datname like 'vanna_scratch%'")]
        names += self.stores.collections("vanna_drill_")
        return roles + [name for name in names if name.rpartition("_")[2] in jobs]

    def check_nothing_stays(self):
        self.assertEqual(self.scratches(), [])
        self.assertEqual(self.left_over(), [])

    def check_in_order(self):
        """Nothing stays, what happened is held against no backup, and the next drill works."""
        self.check_nothing_stays()
        admin = self.admin()
        (listed,) = self.listed(admin)
        self.assertIsNotNone(listed["verified_at"])
        self.assertTrue(self.ended(admin, self.begun(admin))["result"]["drilled"])
        self.check_nothing_stays()

    def held_verification(self, admin):
        """One that is about to list the dump's entries, and the process id of pg_restore."""
        self.held.hold("pg_restore")
        begun = self.begun(admin, drill=False)
        return begun, self.holding("pg_restore")

    def held_drill(self, admin):
        """One whose scratch database is there and empty."""
        self.held.hold("pg_restore", LOADING)
        begun = self.begun(admin)
        pid = self.holding("pg_restore")
        self.assertTrue(self.scratches())
        return begun, pid

    def stalled_drill(self, admin):
        """One that waits for ChromaDB."""
        self.held.hold("pg_restore", LOADING)
        begun = self.begun(admin)
        self.held.started("pg_restore")
        self.chroma.stall()
        self.held.let_go("pg_restore")
        self.stage_is(admin, begun, "restoring into a scratch collection")
        return begun
