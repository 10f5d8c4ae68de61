"""A server told to stop while a job runs: it exits 0 in time and leaves nothing behind, the job says so, and asked again it is done."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import sqlite3

from support import Story, eventually, main
from support.restores import HeldRestores
from support.trainings import RemotelyTrained
from support.verifications import LOADING, VerificationStory

GRACE = 20
SWEPT_WITHIN = 60  # a sweep comes every 30 s
JOBS_LOCK = "SELECT pg_advisory_lock(hashtextextended('vanna lock jobs', 0))"
INTERRUPTED = "the process that ran it was stopped while "
OURS = "datname = current_database() and application_name <> 'psql' and backend_type = 'client backend'"


def processes_of(session):
    """Those of a server and of what it started; a zombie is none."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                command, _, rest = file.read().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = rest.split()
        if int(fields[3]) == session and fields[0] not in ("Z", "X"):
            found.append(command)
    return found


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Stopped:
    """Mixed into a story with one server."""

    def setUp(self):
        super().setUp()
        if not self.server.running():
            self.server.start()

    def stop(self):
        """SIGTERM, and what must be true of any stop."""
        self.server.signal(signal.SIGTERM)
        self.check_stop()

    def check_stop(self):
        session = self.server.pid
        self.assertEqual(self.server.process.wait(GRACE), 0)
        self.assertEqual(processes_of(session), [])
        eventually(lambda: not self.stores.sql(f"select pid, query from pg_stat_activity where {OURS}"), 10,
                   "its sessions in PostgreSQL ending, and their locks with them")

    def job(self, identity):
        return self.stores.sql(f"select state, stage, error, finished_at from jobs where id = '{identity}'")[0]

    def check_cancelled(self, identity, why):
        """As its row has it while no server runs."""
        row = self.job(identity)
        self.assertEqual((row["state"], row["error"]), ("cancelled", why), row)
        self.assertTrue(row["finished_at"])


class Trainings(Stopped, RemotelyTrained):
    @classmethod
    def environment(cls, **gates):
        cls.chroma_gate = getattr(cls, "chroma_gate", None) or cls.gate("chroma")
        return {**super().environment(**{"chroma": cls.chroma_gate, **gates}), "SHUTDOWN_GRACE_SECONDS": str(GRACE)}

    def setUp(self):
        super().setUp()
        self.addCleanup(self.chroma_gate.open)
        self.before = self.row(), self.collections()

    def check_stopped(self, url, why):
        """The old collection is the current one and the only one; the next training learns what this one was to."""
        self.check_cancelled(url.rpartition("/")[2], why)
        self.assertEqual(self.collections(), self.before[1])
        self.check_learns()

    def check_learns(self):
        self.assertEqual(self.row(), self.before[0])
        self.embeddings.go()
        self.chroma_gate.open()
        self.server.start()
        done = self.train(self.admin())
        self.assertEqual(done["added"], 1, done)
        self.assertEqual(self.row()["collection"], done["collection"])
        self.assertLessEqual(set(self.collections()), {*self.before[1], done["collection"]})

    def test_while_the_embedder_is_awaited(self):
        url = self.held_training(self.admin(), "embedded")
        self.stop()
        self.check_stopped(url, INTERRUPTED + "embedding")

    def test_while_chromadb_hangs(self):
        url = self.held_training(self.admin(), "written")
        self.chroma_gate.stall()
        self.embeddings.go()
        eventually(lambda: not self.embeddings.held(), 20, "the vectors")
        self.stop()
        self.check_cancelled(url.rpartition("/")[2], INTERRUPTED + "embedding")
        self.check_learns()

    def test_while_it_is_published(self):
        with self.publishing(self.admin(), "published") as url:
            self.stop()
        self.check_cancelled(url.rpartition("/")[2], INTERRUPTED + "publishing")
        self.check_learns()

    def test_while_it_waits_for_its_turn(self):
        admin = self.admin()
        self.add_term("queued", "something new to embed")
        with self.stores.holding(JOBS_LOCK):
            url = self.start(admin)
            self.stop()
        self.check_stopped(url, "it was stopped before it began")


class Restores(Stopped, HeldRestores):
    settings = {**HeldRestores.settings, "SHUTDOWN_GRACE_SECONDS": str(GRACE)}

    def setUp(self):
        self.chroma.open()
        super().setUp()

    def check_stopped(self, begun, stage):
        """Wholly undone before the process ended: nothing is left for the next to do."""
        self.check_cancelled(begun.json["task_id"], INTERRUPTED + stage)
        self.check_nothing_stays()
        self.assertIn("New", self.terms())
        self.check_next_restores()

    def check_next_restores(self):
        self.chroma.open()
        self.server.start()
        self.check_as_before()
        self.check_restores()

    def test_while_the_dump_is_loaded(self):
        self.held.hold("pg_restore", LOADING)
        begun = self.begun()
        self.holding("pg_restore")
        self.stop()
        self.check_stopped(begun, "loading the system database")

    def test_in_the_safety_backup_during_maintenance(self):
        self.held.hold("pg_dump")
        begun = self.begun()
        self.holding("pg_dump")
        self.assertTrue(self.stores.sql("select 1 as on from maintenance where active"))
        self.stop()
        self.check_stopped(begun, "safety backup: dumping the system database")

    def test_while_its_copy_waits_for_another_that_copies(self):
        self.held.hold("pg_restore", LOADING)
        begun = self.begun()
        self.held.started("pg_restore")
        copy = os.path.join(self.folder, "data/copy.db")
        with open(copy + ".lock", "ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            os.remove(copy)
            self.held.let_go("pg_restore")
            eventually(lambda: self.job(begun.json["task_id"])["stage"] == "backing up what is replaced", 60, "the safety backup")
            self.stop()
        self.check_stopped(begun, "backing up what is replaced")

    def test_while_it_waits_for_its_turn(self):
        with self.stores.holding(JOBS_LOCK):
            begun = self.begun()
            self.stop()
        self.check_cancelled(begun.json["task_id"], "it was stopped before it began")
        self.check_next_restores()

    def test_in_the_transaction_itself(self):
        with self.in_the_transaction() as begun:
            self.stop()
        self.check_stopped(begun, "putting the rows in place")

    def test_in_its_commit(self):
        """Which a trigger holds up: it is cut off there, and PostgreSQL rolls back."""
        self.stores.sql("create function hold_up() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock(4711); return null; end'; "
                        "create constraint trigger hold_up after insert on business_ontologies deferrable initially deferred "
                        "for each row execute function hold_up()")
        self.addCleanup(self.stores.sql, "drop function if exists hold_up cascade")
        with self.stores.holding("select pg_advisory_lock(4711)"):
            begun = self.begun()
            eventually(lambda: self.stores.sql("select pid from pg_locks where locktype = 'advisory' and objid = 4711 and not granted"), 60, "the commit")
            self.stop()
        self.check_stopped(begun, "committing")

    def test_while_the_vectors_are_built_and_chromadb_hangs(self):
        self.held.hold("pg_restore")
        begun = self.begun()
        self.until_vectors_are_built()
        self.stop()
        # The half-built collection cannot be removed now: the next start does that.
        self.check_cancelled(begun.json["task_id"], INTERRUPTED + "building the vectors")
        self.assertIn("New", self.terms())
        self.check_next_restores()


class Verifications(Stopped, VerificationStory):
    settings = {**VerificationStory.settings, "SHUTDOWN_GRACE_SECONDS": str(GRACE)}

    def check_stopped(self, begun, stage):
        self.check_cancelled(begun.json["task_id"], INTERRUPTED + stage)
        self.check_nothing_stays()
        self.server.start()
        self.check_in_order()

    def test_while_pg_restore_lists_the_dump(self):
        begun, _ = self.held_verification(self.admin())
        self.stop()
        self.check_stopped(begun, "checking the contents")

    def test_in_a_drill_while_the_dump_is_loaded(self):
        begun, _ = self.held_drill(self.admin())
        self.stop()
        self.check_stopped(begun, "restoring into a scratch database")

    def test_in_a_drill_while_chromadb_hangs(self):
        begun = self.stalled_drill(self.admin())
        self.stop()
        self.check_cancelled(begun.json["task_id"], INTERRUPTED + "restoring into a scratch collection")
        self.assertEqual(self.left_over(), [])
        # ChromaDB may get to what it was asked for only now; whoever looks next removes it.
        self.chroma.open()
        self.server.start()
        eventually(lambda: not self.scratches(), SWEPT_WITHIN, "the sweep")
        self.check_in_order()


class GoldenCopies(Stopped, Story):
    settings = {"SHUTDOWN_GRACE_SECONDS": str(GRACE)}

    @classmethod
    def make_source(cls):
        """Large enough to be found half copied."""
        path = os.path.join(cls.folder, "large.db")
        shutil.copyfile(cls.file("sample.db"), path)
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE scans (id INTEGER PRIMARY KEY, page BLOB)")
            database.executemany("INSERT INTO scans (page) VALUES (zeroblob(?))", [(8 << 20,)] * 32)
        return path

    def setUp(self):
        super().setUp()
        self.copy = os.path.join(self.folder, "data/copy.db")
        self.before = self.files()

    def files(self):
        """What lies beside the copy, and the copy as one inode."""
        beside = os.path.dirname(self.copy)
        return sorted(name for name in os.listdir(beside) if name.startswith("copy.db")), os.stat(self.copy).st_ino

    def begun(self):
        return self.admin().post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202)

    def temporary(self):
        return set(self.files()[0]) - set(self.before[0])

    def check_stopped(self, begun, why):
        """The old copy is there, and that alone; a reset makes a new one."""
        self.check_cancelled(begun.json["task_id"], why)
        self.assertEqual(self.files(), self.before)
        self.server.start()
        self.assertEqual(self.analyst().rows("SELECT COUNT(*) FROM scans"), [[32]])
        again = self.begun().json
        done = eventually(lambda: (lambda j: j["finished_at"] and j)(self.admin().get(again["status_url"], expect=200).json), 60, "its end")
        self.assertEqual((done["state"], done["result"]["copied"]), ("succeeded", True), done)
        self.assertEqual((self.files()[0], digest(self.copy)), (self.before[0], digest(self.source_path)))
        self.assertNotEqual(self.files()[1], self.before[1])

    def test_while_another_copies_in_the_same_folder(self):
        with open(self.copy + ".lock", "ab") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            begun = self.begun()
            eventually(lambda: self.job(begun.json["task_id"])["stage"] == "copying", 20, "the copying")
            self.stop()
        self.check_stopped(begun, INTERRUPTED + "copying")

    def test_in_the_midst_of_the_file(self):
        begun = self.begun()
        (half,) = eventually(self.temporary, 30, "the temporary file")
        self.server.signal(signal.SIGSTOP)
        self.assertLess(os.stat(os.path.join(os.path.dirname(self.copy), half)).st_size, os.stat(self.source_path).st_size)
        self.server.signal(signal.SIGTERM)
        self.server.signal(signal.SIGCONT)
        self.check_stop()
        self.check_stopped(begun, INTERRUPTED + "copying")

    def test_while_it_waits_for_its_turn(self):
        with self.stores.holding(JOBS_LOCK):
            begun = self.begun()
            self.stop()
        self.check_stopped(begun, "it was stopped before it began")


if __name__ == "__main__":
    main()
