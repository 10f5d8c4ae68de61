"""Restores whose process, programs, stores or disk give out, at each point: all of it or nothing, and the next look says which."""

import os
import shutil
import signal
import subprocess
import tarfile
import threading
import time

from support import account
from support.backups import HeldPrograms, is_running
from support.polling import eventually
from support.restores import RESTORE, RestoreStory
from support.story import main


class FailureStory(HeldPrograms, RestoreStory):
    """A backup that knows the term "Old", and "New" since then."""

    @classmethod
    def prepare(cls):
        super().prepare()
        admin = cls.servers[0].client.log_in("admin@example.com", "AdminPassword123")
        for name in ("Old", "New"):
            if name == "New":
                begun = admin.post("/api/v1/admin/db/backup", expect=202).json
                cls.taken = eventually(lambda: (lambda j: j["finished_at"] and j)(admin.get(begun["status_url"], expect=200).json),
                                       60, "the backup")["result"]["backup_id"]
            admin.post("/api/v1/ontology", {"term_name": name, "description": "a term"}, expect=201)

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

    def stage_is(self, text):
        rows = self.stores.sql("select stage from jobs where type = 'restore' and state = 'running'")
        return bool(rows) and text in rows[0]["stage"]


class Killed(FailureStory):
    def killed_while(self, until, child=None):
        begun = self.begun()
        pid = until()
        self.server.kill()
        if child:
            eventually(lambda: not is_running(pid), 10, f"{child} ending with its server")
        self.chroma.open()
        self.server.start()
        row = self.restore_ended(begun, "failed", within=60)
        self.assertIn("everything is as it was", row["error"])
        self.check_as_before()

    def test_while_the_dump_is_loaded(self):
        self.held.hold("pg_restore")
        self.killed_while(lambda: self.holding("pg_restore"), "pg_restore")

    def test_while_the_vectors_are_built(self):
        self.held.hold("pg_restore")

        def until():
            self.held.started("pg_restore")
            self.chroma.stall()
            self.held.let_go("pg_restore")
            eventually(lambda: self.stage_is("building the vectors"), 30, "the vectors being built")
        self.killed_while(until)

    def test_in_the_safety_backup(self):
        self.held.hold("pg_dump")
        self.killed_while(lambda: self.holding("pg_dump"), "pg_dump")

    def test_in_its_compression(self):
        self.held.hold("pigz")
        self.killed_while(lambda: self.holding("pigz"), "pigz")

    def test_in_the_transaction_itself(self):
        self.held.hold("pg_dump")

        def until():
            self.held.started("pg_dump")
            with self.stores.holding("lock table feedback in share mode"):
                self.held.let_go("pg_dump")
                eventually(lambda: self.stage_is("putting the rows in place"), 60, "the transaction")
                eventually(lambda: self.stores.sql("select 1 as waits from pg_locks where not granted and relation = "
                                                   "'feedback'::regclass"), 30, "the transaction waiting")
                self.server.kill()
        self.killed_while(until)
        self.check_restores()

    def test_right_after_the_commit_the_restore_stands_and_is_cleaned_up(self):
        self.held.hold("pg_dump")
        begun = self.begun()
        self.held.started("pg_dump")
        with self.stores.holding("lock table feedback in share mode"):
            self.held.let_go("pg_dump")
            eventually(lambda: self.stage_is("putting the rows in place"), 60, "the transaction")
        eventually(lambda: "New" not in self.terms(), 30, "the commit")
        self.server.kill()
        self.server.start()
        self.restore_ended(begun, "succeeded", within=60)
        self.assertNotIn("New", self.terms())
        self.add_term(self.admin(), "New")
        self.check_as_before()

    def test_at_any_moment_it_is_the_old_state_or_the_new_one(self):
        began = time.monotonic()
        self.check_restores()
        whole = time.monotonic() - began
        for part in range(1, 9):
            begun = self.begun()
            threading.Event().wait(whole * part / 8)
            self.server.kill()
            self.server.start()
            job = begun.json["task_id"]

            def ended():
                rows = self.stores.sql(f"select state, error from jobs where id = '{job}' and finished_at is not null")
                return rows[0] if rows and self.left_over() == [] else None
            row = eventually(ended, 60, f"the end of a restore killed after {part}/8")
            with self.subTest(part, **row):
                self.assertEqual("New" in self.terms(), row["state"] != "succeeded")
                if row["state"] == "succeeded":
                    self.add_term(self.admin(), "New")
                self.check_as_before()

    def test_another_replica_settles_it(self):
        second = self.serve("second")
        self.held.hold("pg_dump")
        begun = self.begun()
        self.holding("pg_dump")
        eventually(lambda: second.client.get("/health", expect=200).json["maintenance"], 10, "maintenance on the other")
        self.server.kill()
        self.restore_ended(begun, "failed", within=60)
        eventually(lambda: second.client.get("/health", expect=200).json["maintenance"] is None, 10, "its end")
        self.server.start()
        self.check_as_before()
        second.stop()


class Cancelled(FailureStory):
    def cancelled_while(self, until, child=None):
        admin = self.admin()
        begun = self.begun(admin)
        pid = until()
        admin.post(f"/api/v1/admin/db/jobs/{begun.json['task_id']}/cancel", expect=202)
        if child is None:
            self.chroma.open()
        self.restore_ended(begun, "cancelled")
        if child:
            self.assertFalse(is_running(pid))
        self.check_as_before()

    def test_while_the_dump_is_loaded(self):
        self.held.hold("pg_restore")
        self.cancelled_while(lambda: self.holding("pg_restore"), "pg_restore")

    def test_while_the_vectors_are_built(self):
        self.held.hold("pg_restore")

        def until():
            self.held.started("pg_restore")
            self.chroma.stall()
            self.held.let_go("pg_restore")
            eventually(lambda: self.stage_is("building the vectors"), 30, "the vectors being built")
        self.cancelled_while(until)

    def test_in_the_safety_backup_during_maintenance(self):
        self.held.hold("pg_dump")
        self.cancelled_while(lambda: self.holding("pg_dump"), "pg_dump")


class ProgramsAndStores(FailureStory):
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


class KilledPostgres(FailureStory):
    own_stores = True

    def killed_while(self, name):
        self.held.hold(name)
        begun = self.begun()
        self.held.started(name)
        self.stores.sql("set synchronous_commit = on; select txid_current()")  # as the stores' lazy commits do not
        self.stores.kill("postgres")
        self.held.let_go(name)
        self.stores.start("postgres")
        row = self.restore_ended(begun, "failed", within=90)
        self.check_as_before()
        return row

    def test_while_the_dump_is_loaded(self):
        self.killed_while("pg_restore")

    def test_in_the_safety_backup(self):
        self.killed_while("pg_dump")
        self.check_restores()


class FullDisk(FailureStory):
    """BACKUP_DIR is a file system with less room than a restore needs."""

    def fails_with(self, name, room):
        small, whole = self.backups(name), self.backups()
        os.mkdir(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room // 1024}k,mode=700,uid={account.owner().pw_uid}", "none", small], check=True)
        self._ends.callback(subprocess.run, ["umount", "-l", small], check=True)
        for file in (self.taken + ".tar.gz", ".vanna-backups"):
            shutil.copyfile(os.path.join(whole, file), os.path.join(small, file))
            account.give(os.path.join(small, file))
        server = self.serve(name, settings={"BACKUP_DIR": small})
        begun = self.admin(server).post(RESTORE + self.taken, query={"confirm": "true"}, expect=202)
        row = self.restore_ended(begun, "failed")
        self.assertRegex(row["error"].lower(), "no space left|there is room for")
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
            self.fails_with("contents", packed + unpacked // 2)
        with self.subTest("of the safety backup"):
            self.fails_with("safety", packed + unpacked + sizes["postgres.dump"] // 2)


if __name__ == "__main__":
    main()
