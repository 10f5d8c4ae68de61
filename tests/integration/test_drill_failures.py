"""Verifications and drills that are cancelled, killed or left by a store, at each point: nothing of them stays, and the next one works."""

import os
import signal

from support.backups import BackupStory, HeldPrograms, is_running
from support.polling import eventually
from support.story import main

VERIFY = "/api/v1/admin/db/backup/verify/"
LOADING = "--dbname"  # the pg_restore that loads a dump, not the one that lists it
SWEPT_WITHIN = 60  # a sweep comes every 30 s


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


class Verification(VerificationStory):
    """It has one program: the one that lists the dump's entries."""

    def held_verification(self, admin):
        self.held.hold("pg_restore")
        begun = self.begun(admin, drill=False)
        return begun, self.holding("pg_restore")

    def test_cancelled(self):
        admin = self.admin()
        begun, pid = self.held_verification(admin)
        self.cancel(admin, begun)
        self.assertFalse(is_running(pid))
        self.check_in_order()

    def test_of_a_killed_server(self):
        begun, pid = self.held_verification(self.admin())
        self.server.kill()
        eventually(lambda: not is_running(pid), 10, "pg_restore ending with its server")
        self.server.start()
        self.ended(self.admin(), begun, "failed")
        eventually(lambda: self.left_over() == [], SWEPT_WITHIN, "the sweep")
        self.check_in_order()

    def test_of_a_killed_pg_restore(self):
        admin = self.admin()
        begun, pid = self.held_verification(admin)
        os.kill(pid, signal.SIGKILL)
        self.assertIn("pg_restore was ended by signal 9", self.ended(admin, begun, "failed")["error"])
        self.check_in_order()


class Drill(VerificationStory):
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

    def test_cancelled_while_the_dump_is_loaded(self):
        admin = self.admin()
        begun, pid = self.held_drill(admin)
        self.cancel(admin, begun)
        self.assertFalse(is_running(pid))
        self.check_in_order()

    def test_of_a_server_killed_while_the_dump_is_loaded(self):
        begun, pid = self.held_drill(self.admin())
        self.server.kill()
        eventually(lambda: not is_running(pid), 10, "pg_restore ending with its server")
        self.server.start()
        self.ended(self.admin(), begun, "failed")
        eventually(lambda: not self.scratches() and not self.left_over(), SWEPT_WITHIN, "the sweep")
        self.check_in_order()

    def test_of_a_killed_pg_restore(self):
        admin = self.admin()
        begun, pid = self.held_drill(admin)
        os.kill(pid, signal.SIGKILL)
        self.assertIn("pg_restore was ended by signal 9", self.ended(admin, begun, "failed")["error"])
        self.check_in_order()

    def test_cancelled_while_chromadb_hangs(self):
        admin = self.admin()
        begun = self.stalled_drill(admin)
        self.cancel(admin, begun)
        self.assertEqual(self.left_over(), [])
        # ChromaDB may get to what it was asked for only now; whoever looks next removes it.
        self.chroma.open()
        self.server.restart()
        eventually(lambda: not self.scratches(), SWEPT_WITHIN, "the sweep")
        self.check_in_order()

    def test_of_a_server_killed_while_chromadb_hangs(self):
        begun = self.stalled_drill(self.admin())
        self.server.kill()
        self.chroma.open()
        self.server.start()
        self.ended(self.admin(), begun, "failed")
        eventually(lambda: not self.scratches() and not self.left_over(), SWEPT_WITHIN, "the sweep")
        self.check_in_order()

    def test_without_chromadb_is_named(self):
        admin = self.admin()
        begun = self.stalled_drill(admin)
        self.chroma.cut()
        self.assertIn("ChromaDB", self.ended(admin, begun, "failed")["error"])
        self.chroma.open()
        self.server.wait_for_store("chroma")
        self.check_in_order()


if __name__ == "__main__":
    main()
