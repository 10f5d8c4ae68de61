"""Restores that are cancelled, or whose programs, stores or disk give out, at each point: nothing was changed, nothing stays."""

import os
import shutil
import signal
import subprocess
import tarfile

from support import account
from support.backups import is_running
from support.polling import eventually
from support.restores import RESTORE, HeldRestores
from support.story import main


class Cancelled(HeldRestores):
    def cancelled_while(self, until, child=None):
        admin = self.admin()
        begun = self.begun(admin)
        pid = until()
        admin.post(f"/api/v1/admin/db/jobs/{begun.json['task_id']}/cancel", expect=202)
        self.restore_ended(begun, "cancelled")
        if child:
            self.assertFalse(is_running(pid))
        self.chroma.open()
        self.check_as_before()

    def test_while_the_dump_is_loaded(self):
        self.held.hold("pg_restore")
        self.cancelled_while(lambda: self.holding("pg_restore"), "pg_restore")

    def test_while_the_vectors_are_built(self):
        self.held.hold("pg_restore")
        self.cancelled_while(self.until_vectors_are_built)

    def test_in_the_safety_backup_during_maintenance(self):
        self.held.hold("pg_dump")
        self.cancelled_while(lambda: self.holding("pg_dump"), "pg_dump")

    def test_in_the_verification_of_the_safety_backup(self):
        self.held.hold("pg_restore", "--list")
        self.cancelled_while(lambda: self.holding("pg_restore"), "pg_restore")

    def test_in_the_transaction_itself(self):
        admin = self.admin()
        with self.in_the_transaction(admin) as begun:
            admin.post(f"/api/v1/admin/db/jobs/{begun.json['task_id']}/cancel", expect=202)
            self.restore_ended(begun, "cancelled", within=8)  # the lock that it waits for may be held for long
        self.check_as_before()
        self.check_restores()


class ProgramsAndStores(HeldRestores):
    def fails_when(self, name, act):
        self.held.hold(name)
        begun = self.begun()
        act(self.held.started(name))
        self.held.let_go(name)
        row = self.restore_ended(begun, "failed")
        self.chroma.open()
        self.check_as_before()
        return row["error"]

    def test_a_killed_pg_restore_is_named(self):
        self.assertIn("pg_restore was ended by signal 9", self.fails_when("pg_restore", lambda pid: os.kill(pid, signal.SIGKILL)))
        self.check_restores()

    def test_a_killed_pg_dump_of_the_safety_backup_is_named(self):
        error = self.fails_when("pg_dump", lambda pid: os.kill(pid, signal.SIGKILL))
        self.assertIn("the safety backup failed, nothing was changed", error)

    def test_chromadb_going_away_is_named(self):
        self.assertIn("ChromaDB", self.fails_when("pg_restore", lambda pid: self.chroma.cut()))

    def test_a_lost_collection_and_a_lost_target_do_not_keep_a_restore_away(self):
        collection = self.stores.sql("select collection from knowledge_state")[0]["collection"]
        self.stores.sql("update knowledge_state set collection = collection || '9', revision = revision + 1")
        row = self.restored(self.taken)
        self.assertIn("vectors", row["result"])
        self.assertNotIn("New", self.terms())
        self.assertNotEqual(self.stores.sql("select collection from knowledge_state")[0]["collection"], collection)
        self.add_term(self.admin(), "New")


class FullDisk(HeldRestores):
    """BACKUP_DIR is a file system with less room than a restore needs; without root's mount, no file may grow past that."""

    def fails_with(self, name, room, most_file_bytes):
        small, whole = self.backups(name), self.backups()
        os.mkdir(small)
        limit = {}
        if os.geteuid() == 0:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room // 1024}k,mode=700,uid={account.owner().pw_uid}", "none", small], check=True)
            self._ends.callback(subprocess.run, ["umount", "-l", small], check=True)
        else:
            limit = {"most_file_bytes": most_file_bytes}
        for file in (self.taken + ".tar.gz", ".vanna-backups"):
            shutil.copyfile(os.path.join(whole, file), os.path.join(small, file))
            account.give(os.path.join(small, file))
        server = self.serve(name, settings={"BACKUP_DIR": small}, **limit)
        begun = self.admin(server).post(RESTORE + self.taken, query={"confirm": "true"}, expect=202)
        row = self.restore_ended(begun, "failed")
        self.assertRegex(row["error"].lower(), "no space left|there is room for|file too large|signal 25")  # SIGXFSZ
        self.assertEqual(self.left_over(name), [])
        self.assertEqual(server.status("/health/ready"), 200)
        server.stop()
        self.check_as_before()

    def test_it_fails_says_why_and_leaves_nothing(self):
        archive = os.path.join(self.backups(), self.taken + ".tar.gz")
        with tarfile.open(archive) as members:
            sizes = {member.name: member.size for member in members.getmembers()}
        packed, unpacked = os.path.getsize(archive), sum(sizes.values())
        with self.subTest("of the archive's contents"):
            self.fails_with("contents", packed + unpacked // 2, max(sizes.values()) // 2)
        with self.subTest("of the safety backup"):
            # What is here now is more than what the archive holds.
            self.stores.sql("insert into business_ontologies (id, term_name, description) select gen_random_uuid(), 'Much', "
                            f"repeat('much ', {max(sizes.values()) // 5 + 20_000})")
            self.fails_with("safety", packed + unpacked + sizes["postgres.dump"] // 2, max(sizes.values()) + 50_000)
            self.stores.sql("delete from business_ontologies where term_name = 'Much'")


if __name__ == "__main__":
    main()
