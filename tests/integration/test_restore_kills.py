"""Restores whose process or PostgreSQL is killed, at each point: all of it or nothing, and the next look says which."""

import threading
import time

from support.backups import is_running
from support.polling import eventually
from support.restores import HeldRestores
from support.story import main


class Killed(HeldRestores):
    def killed_while(self, until, child=None):
        begun = self.begun()
        pid = until()
        self.server.kill()
        if child:
            eventually(lambda: not is_running(pid), 10, f"{child} ending with its server")
        self.chroma.open()
        self.server.start()
        self.check_undone(begun)

    def check_undone(self, begun):
        row = self.restore_ended(begun, "failed", within=60)
        self.assertIn("everything is as it was", row["error"])
        self.check_as_before()

    def test_while_the_dump_is_loaded(self):
        self.held.hold("pg_restore")
        self.killed_while(lambda: self.holding("pg_restore"), "pg_restore")

    def test_while_the_vectors_are_built(self):
        self.held.hold("pg_restore")
        self.killed_while(self.until_vectors_are_built)

    def test_in_the_safety_backup(self):
        self.held.hold("pg_dump")
        self.killed_while(lambda: self.holding("pg_dump"), "pg_dump")

    def test_in_its_compression(self):
        self.held.hold("pigz")
        self.killed_while(lambda: self.holding("pigz"), "pigz")

    def test_in_the_transaction_itself(self):
        with self.in_the_transaction() as begun:
            self.server.kill()
        self.server.start()
        self.check_undone(begun)
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


class KilledPostgres(HeldRestores):
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

    def test_in_the_transaction_itself(self):
        with self.in_the_transaction() as begun:
            self.stores.sql("set synchronous_commit = on; select txid_current()")
            self.stores.kill("postgres")
        self.stores.start("postgres")
        self.restore_ended(begun, "failed", within=90)
        self.check_as_before()
        self.check_restores()

    def test_in_the_safety_backup(self):
        self.killed_while("pg_dump")
        self.check_restores()


if __name__ == "__main__":
    main()
