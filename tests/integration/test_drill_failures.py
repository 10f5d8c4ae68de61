"""Verifications and drills that are cancelled, killed or left by a store, at each point: nothing of them stays, and the next one works."""

import os
import signal

from support.backups import is_running
from support.polling import eventually
from support.story import main
from support.verifications import VerificationStory

SWEPT_WITHIN = 60  # a sweep comes every 30 s


class Verification(VerificationStory):
    """It has one program: the one that lists the dump's entries."""

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
