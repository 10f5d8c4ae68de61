"""Backups whose process, programs, stores or disk give out, at each point: nothing incomplete is listed, nothing stays."""

import os
import signal
import subprocess
import threading
import time

from support import account
from support.backups import BackupStory, HeldPrograms, is_running
from support.polling import eventually
from support.story import main

BACKUP = "/api/v1/admin/db/backup"


class FailureStory(HeldPrograms, BackupStory):
    def begun(self, admin):
        return admin.post(BACKUP, expect=202)

    def check_in_order(self, admin, before):
        """What is listed is what was there before, nothing lies about, and the next backup works."""
        self.assertEqual([item["id"] for item in self.listed(admin)], before)
        taken = self.take(admin)
        self.assertEqual(self.left_over(), [])
        self.assertEqual(self.listed(admin)[0]["id"], taken)

    def ids(self, admin):
        return [item["id"] for item in self.listed(admin)]


class Killed(FailureStory):
    def killed_while(self, admin, begin, child=None):
        before = self.ids(admin)
        begun = self.begun(admin)
        pid = begin()
        self.server.kill()
        if child:
            eventually(lambda: not is_running(pid), 10, f"{child} ending with its server")
        self.chroma.open()
        self.server.start()
        admin = self.admin()
        job = self.ended(admin, begun, "failed", within=60)
        self.assertIn("ended", job["error"])
        self.check_in_order(admin, before)

    def test_a_server_killed_during_the_dump(self):
        self.held.hold("pg_dump")
        self.killed_while(self.admin(), lambda: self.holding("pg_dump"), "pg_dump")

    def test_a_server_killed_while_it_reads_vectors(self):
        self.held.hold("pg_dump")

        def begin():
            self.held.started("pg_dump")
            self.chroma.stall()
            self.held.let_go("pg_dump")
            eventually(lambda: self.stage() == "reading the vectors", 30, "reading the vectors")
        self.killed_while(self.admin(), begin)

    def test_a_server_killed_while_it_compresses(self):
        self.held.hold("pigz")
        self.killed_while(self.admin(), lambda: self.holding("pigz"), "pigz")

    def test_a_server_killed_while_it_verifies(self):
        self.held.hold("pg_restore")
        self.killed_while(self.admin(), lambda: self.holding("pg_restore"), "pg_restore")

    def test_a_server_killed_right_before_it_publishes(self):
        admin = self.admin()
        before = self.ids(admin)
        postgres = self.gate("postgres")
        other = self.serve("gated", settings={"PATH": self.held.path}, postgres=postgres)
        self.held.hold("pg_restore")
        begun = self.begun(self.admin(other))
        pid = self.held.started("pg_restore")
        postgres.stall()  # whether it still has the lock is asked last, and not answered
        self.held.let_go("pg_restore")
        eventually(lambda: not is_running(pid), 30, "the end of the verification")
        (partial,) = [entry for entry in self.left_over() if entry.endswith(".partial")]
        other.kill()
        postgres.open()
        self.ended(admin, begun, "failed", within=60)
        self.assertIn(partial, self.left_over())
        self.check_in_order(admin, before)

    def test_a_server_killed_at_any_moment(self):
        for part in range(1, 7):
            admin = self.admin()
            before = self.ids(admin)
            began = time.monotonic()
            self.take(admin)
            whole = time.monotonic() - began
            before = self.ids(admin)
            begun = self.begun(admin)
            timer = threading.Event()
            timer.wait(whole * part / 6)
            self.server.kill()
            self.server.start()
            admin = self.admin()
            url = begun.json["status_url"]
            job = eventually(lambda: (lambda j: j["finished_at"] and j)(self.admin().get(url, expect=200).json), 60, "the job's end")
            after = self.ids(admin)
            # Published or not: never a set that is not whole, and never a success without one.
            self.assertIn(len(after), (len(before), len(before) + 1), job)
            if job["state"] == "succeeded":
                self.assertEqual(len(after), min(len(before) + 1, 7), job)
            for item in after:
                self.assertEqual(self.engine("backup", "verify", item).returncode, 0)
            self.take(admin)
            self.assertEqual(self.left_over(), [])

    def stage(self):
        rows = self.stores.sql("select stage from jobs where state = 'running'")
        return rows[0]["stage"] if rows else None


class Cancelled(FailureStory):
    def cancelled_while(self, name):
        admin = self.admin()
        before = self.ids(admin)
        self.held.hold(name)
        begun = self.begun(admin)
        pid = self.holding(name)
        admin.post(f"/api/v1/admin/db/jobs/{begun.json['task_id']}/cancel", expect=202)
        self.ended(admin, begun, "cancelled")
        self.assertFalse(is_running(pid))
        self.assertEqual(self.left_over(), [])
        self.check_in_order(admin, before)

    def test_in_the_dump(self):
        self.cancelled_while("pg_dump")

    def test_a_server_that_is_told_to_stop_cancels_it(self):
        for name in ("pg_dump", "pigz"):
            with self.subTest(name):
                admin = self.admin()
                before = self.ids(admin)
                self.held.hold(name)
                begun = self.begun(admin)
                pid = self.holding(name)
                self.assertEqual(self.server.stop(), 0)
                self.assertFalse(is_running(pid))
                self.server.start()
                admin = self.admin()
                self.ended(admin, begun, "cancelled")
                self.assertEqual(self.left_over(), [])
                self.check_in_order(admin, before)

    def test_in_the_compression(self):
        self.cancelled_while("pigz")

    def test_in_the_verification(self):
        self.cancelled_while("pg_restore")

    def test_while_the_vectors_are_read(self):
        admin = self.admin()
        before = self.ids(admin)
        self.chroma.stall()
        begun = self.begun(admin)
        eventually(lambda: admin.get(begun.json["status_url"], expect=200).json["stage"] == "reading the vectors", 30, "the vectors being read")
        admin.post(f"/api/v1/admin/db/jobs/{begun.json['task_id']}/cancel", expect=202)
        self.chroma.open()
        self.ended(admin, begun, "cancelled")
        self.assertEqual(self.left_over(), [])
        self.check_in_order(admin, before)


class ProgramsAndStores(FailureStory):
    def fails_when(self, name, act):
        """The error of a backup during which `act` is done to the held program's process id."""
        admin = self.admin()
        before = self.ids(admin)
        self.held.hold(name)
        begun = self.begun(admin)
        act(self.held.started(name))
        self.held.let_go(name)
        job = self.ended(admin, begun, "failed")
        self.assertEqual(self.left_over(), [])
        self.chroma.open()
        self.check_in_order(admin, before)
        return job["error"]

    def test_a_killed_pg_dump_is_named(self):
        self.assertIn("pg_dump was ended by signal 9", self.fails_when("pg_dump", lambda pid: os.kill(pid, signal.SIGKILL)))

    def test_a_killed_pigz_is_named(self):
        self.assertIn("pigz", self.fails_when("pigz", lambda pid: os.kill(pid, signal.SIGKILL)))

    def test_chromadb_going_away_is_named(self):
        self.assertIn("ChromaDB", self.fails_when("pg_dump", lambda pid: self.chroma.cut()))

    def test_a_missing_pg_dump_is_named(self):
        empty = os.path.join(self.folder, "empty")
        os.mkdir(empty)
        account.give(empty)
        done = self.engine("backup", "create", settings={"PATH": empty})
        self.assertEqual(done.returncode, 69)
        self.assertIn("postgresql-client", done.stderr)

    def test_without_pigz_a_backup_is_made_all_the_same(self):
        only = os.path.join(self.folder, "only")
        os.mkdir(only)
        account.give(only)
        for program in ("pg_dump", "pg_restore"):
            os.symlink(f"/usr/bin/{program}", os.path.join(only, program))
        done = self.engine("backup", "create", "--json", settings={"PATH": only})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.left_over(), [])


class KilledPostgres(FailureStory):
    """PostgreSQL itself dies under a backup."""

    own_stores = True

    def killed_while(self, name):
        """Until it is there again, `name` waits."""
        admin = self.admin()
        before = self.ids(admin)
        failed = self.failures()
        self.held.hold(name)
        self.begun(admin)
        self.held.started(name)
        self.stores.kill("postgres")
        self.stores.start("postgres")
        self.held.let_go(name)
        # These stores commit lazily and may have lost the row with the process: the server itself tells.
        eventually(lambda: self.failures() > failed, 90, "the job's end")
        self.assertEqual(self.ids(admin), before)
        # Its end may not have reached the row: then it counts as running until its heartbeat is old.
        eventually(lambda: self.take(admin), 60, "the next backup")
        self.assertEqual(self.left_over(), [])

    def failures(self):
        return self.server.metric("vanna_jobs_total", type="backup", state="failed") or 0

    def test_during_the_dump(self):
        self.killed_while("pg_dump")

    def test_after_the_dump_the_lost_lock_keeps_it_from_publishing(self):
        self.killed_while("pigz")
        self.assertIn('lock \\"jobs\\" was lost', self.server.log())


class FullDisk(BackupStory):
    """BACKUP_DIR is a file system with less room than a backup needs."""

    replicas = 0

    def test_a_backup_fails_says_why_and_leaves_nothing(self):
        small = self.backups("small")
        os.mkdir(small)
        if os.geteuid() == 0:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=600k,mode=700,uid={account.owner().pw_uid}", "none", small], check=True)
            self._ends.callback(subprocess.run, ["umount", "-l", small], check=True)
            server = self.serve("small", settings={"BACKUP_DIR": small})
        else:
            server = self.serve("small", settings={"BACKUP_DIR": small}, most_file_bytes=600 << 10)
        admin = self.admin(server)
        job = self.ended(admin, admin.post(BACKUP, expect=202), "failed")
        self.assertRegex(job["error"].lower(), "no space left|file too large")
        self.assertEqual(self.listed(admin), [])
        self.assertEqual(self.left_over("small"), [])
        self.assertEqual(server.status("/health/ready"), 200)


if __name__ == "__main__":
    main()
