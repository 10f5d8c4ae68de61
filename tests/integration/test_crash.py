"""kill -9 of the server, in the middle of work: nothing answered is lost, nothing is left half done."""

import fcntl
import hashlib
import os

from support import Load, Story, eventually, main


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Crash(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "0"}

    def test_every_answered_query_is_in_the_history_exactly_once(self):
        for round_ in range(3):
            with self.subTest(round=round_):
                mark = f"killed {round_}"
                with Load(self.analyst(), 4, mark) as load:
                    eventually(lambda l=load, r=round_: l.count() > 100 * (r + 1), what="load")
                    self.server.kill()
                    load.end()
                answered = set(load.answered)
                self.server.start()
                eventually(lambda m=mark, a=answered: len(self.ids(m)) >= len(a), 30, "the records of the dead process")
                stored = self.ids(mark)
                self.assertEqual(len(stored), len(set(stored)))
                self.assertEqual(answered - set(stored), set())
                self.assertEqual(self.stores.sql("SELECT id FROM queries WHERE status = 'pending'"), [])

    def ids(self, mark):
        return [row["id"] for row in self.stores.sql(f"SELECT id FROM queries WHERE sql LIKE '%{mark}%'")]

    def test_what_an_administrator_did_is_in_the_audit_trail(self):
        admin = self.admin()
        got = admin.post("/api/v1/users", {"email": "crash@example.com", "password": "long enough 123", "role": "viewer"}, expect=201)
        self.server.kill()
        self.server.start()
        rows = self.stores.sql(f"SELECT status FROM audit_logs WHERE request_id = '{got.headers['X-Request-Id']}'")
        self.assertEqual({row["status"] for row in rows}, {"attempt", "success"})
        self.assertEqual(len(self.stores.sql("SELECT id FROM users WHERE email = 'crash@example.com'")), 1)

    def test_a_golden_copy_is_whole_or_the_old_one(self):
        admin = self.admin()
        copy = os.path.join(self.folder, "data/copy.db")
        for _ in range(5):
            admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=(202, 409))
            self.server.kill()
            self.assertEqual(digest(copy), digest(self.source_path))
            self.server.start()
            eventually(lambda: not [name for name in os.listdir(os.path.dirname(copy)) if "copy.db." in name and "lock" not in name
                                    and not name.endswith((".state", ".json", ".version"))], 30, "left-over temporary files going")
            admin = self.admin()
            eventually(lambda a=admin: all(j["state"] not in ("queued", "running") for j in a.get("/api/v1/admin/db/jobs").json["items"]), 60,
                       "the dead process's job being marked")
        self.assertEqual(self.analyst().rows("SELECT 1"), [[1]])

    def test_a_reset_that_is_cancelled_while_it_copies_leaves_the_old_copy(self):
        admin = self.admin()
        copy = os.path.join(self.folder, "data/copy.db")
        there = sorted(os.listdir(os.path.dirname(copy)))
        with open(copy + ".lock", "ab") as turn:  # which replicas with one folder take
            fcntl.flock(turn, fcntl.LOCK_EX)
            begun = admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202).json
            eventually(lambda: admin.get(begun["status_url"], expect=200).json["stage"] == "copying", what="the copying")
            admin.post(f"/api/v1/admin/db/jobs/{begun['task_id']}/cancel", expect=202)
            job = eventually(lambda: (lambda j: j["finished_at"] and j)(admin.get(begun["status_url"], expect=200).json), what="its end")
        self.assertEqual(job["state"], "cancelled", job)
        self.assertEqual(digest(copy), digest(self.source_path))
        self.assertEqual(sorted(os.listdir(os.path.dirname(copy))), there)
        self.assertEqual(self.analyst().rows("SELECT 1"), [[1]])

    def test_a_copy_that_was_damaged_while_the_server_was_down_is_made_again(self):
        copy = os.path.join(self.folder, "data/copy.db")
        self.server.stop()
        os.chmod(copy, 0o600)
        with open(copy, "r+b") as file:
            file.seek(8192)
            file.write(b"damaged" * 100)
        self.server.start()
        eventually(lambda: digest(copy) == digest(self.source_path), 60, "the copy being healed")
        self.assertEqual(os.stat(copy).st_mode & 0o777, 0o444)
        eventually(lambda: self.admin().get("/api/v1/admin/audit-logs", {"action": "golden_copy."}, expect=200).json["items"], 30, "the audit entry")

    def test_a_second_signal_ends_it_at_once_and_the_first_in_order(self):
        self.assertEqual(self.server.stop(), 0)
        self.server.start()


if __name__ == "__main__":
    main()
