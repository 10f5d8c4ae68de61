"""What operators meet: signals, wrong settings, a taken port, the wrong account, a stop while a store is away, locks."""

import os
import signal
import subprocess
import threading
import time

from support import Story, account, eventually, main
from support.server import _whole, engine

UNAVAILABLE, NOPERM, CONFIG = 69, 77, 78
JOBS_LOCK = "hashtextextended('vanna lock jobs', 0)"


class Signals(Story):
    replicas = 0

    def test_a_log_that_cannot_be_reopened_does_not_make_the_server_deaf(self):
        logs, rotated = os.path.join(self.folder, "logs"), os.path.join(self.folder, "rotated")
        server = self.serve("logging", {"LOG_DIR": logs})
        os.rename(logs, rotated)
        with open(logs, "w", encoding="ascii") as file:
            file.write("a file where the folder was")
        server.signal(signal.SIGHUP)

        def log():
            with open(os.path.join(rotated, "app.log"), encoding="utf-8") as file:
                return file.read()
        eventually(lambda: "cannot be opened again" in log(), 20, "the problem in the log that is still open")
        self.assertEqual(server.stop(), 0)
        self.assertIn("stopped", log())

    def test_with_postgresql_away_a_stop_does_not_wait_for_every_worker(self):
        gate = self.gate("postgres")
        server = self.serve("stopping", {"WORKERS": "4"}, postgres=gate)
        analyst = self.analyst(server)
        gate.cut()
        self.assertEqual({analyst.run(f"SELECT {n}, 'kept in the spool'").status for n in range(40)}, {200})
        began = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - began, 8)
        again = self.serve("committing")
        self.addCleanup(again.stop)
        eventually(lambda: self.stores.sql("SELECT COUNT(*) AS n FROM queries WHERE sql LIKE '%kept in the spool%'") == [{"n": "40"}], 30,
                   "the records of the spool")


class SignalsOfPostgres(Signals):
    engine_of_target = "postgresql"


class Starting(Story):
    def test_a_second_server_on_the_same_port_is_refused(self):
        second = self.engine("serve", settings={"PORT": str(self.server.port)})
        self.assertEqual(second.returncode, UNAVAILABLE, second.stderr)
        self.assertIn("another program listens there", second.stderr)
        self.assertEqual(self.anyone.get("/health/live").status, 200)

    def test_root_may_not_run_what_writes_files(self):
        as_root = [] if os.geteuid() == 0 else ["unshare", "-r"]
        for words in (["serve"], ["init"], ["golden-copy", "reset", "--confirm"], ["ask", "how many"], ["query", "SELECT 1"]):
            with self.subTest(words):
                done = subprocess.run([*as_root, engine(), *words], cwd=self.folder, env=_whole(self.folder, self.environment()),
                                      capture_output=True, text=True, check=False, timeout=60)
                self.assertEqual(done.returncode, NOPERM, done.stderr)
                self.assertIn("setpriv", done.stderr)
        done = subprocess.run([*as_root, engine(), "version"], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_wrong_setting_is_told_in_one_go(self):
        wrong = {"REDIS_URL": "redis://localhost:99999", "DATABASE_URL": "postgresql://u:hunter2@localhost:70000/db", "TRUSTED_PROXIES": "10.0.0.0/99",
                 "CORS_ORIGINS": "app.example.com", "TARGET_TIMEZONE": "Mars/Base", "HOST": "no-such-host.invalid", "BACKUP_SCHEDULE": "nightly",
                 "TRAIN_SCHEDULE": "61 * * * *", "TLS_CERT_FILE": "/nowhere/cert.pem", "TLS_KEY_FILE": "/nowhere/key.pem",
                 "LLM_BASE_URL": "http://u:hunter2@localhost/v1", "EMBEDDING_PROVIDER": "http", "EMBEDDING_URL": "http://u:hunter2@localhost/v1",
                 "LLM_MODEL": "toy", "EMBEDDING_MODEL": "toy"}
        for words in (["config", "check"], ["serve"]):
            with self.subTest(words):
                done = self.engine(*words, settings=wrong)
                self.assertEqual(done.returncode, CONFIG, done.stdout + done.stderr)
                told = {line.split()[0] for line in done.stderr.splitlines() if line.startswith("  ")}
                self.assertEqual(told, set(wrong) - {"TLS_KEY_FILE", "EMBEDDING_PROVIDER", "EMBEDDING_MODEL", "LLM_MODEL"}, done.stderr)
                self.assertNotIn("hunter2", done.stderr)
        for url in ("u:hunter2@localhost/v1", "https://hunter2@localhost/v1", "https:hunter2"):
            done = self.engine("config", "check", settings={"LLM_BASE_URL": url, "LLM_MODEL": "toy"})
            self.assertEqual(done.returncode, CONFIG, url)
            self.assertIn("LLM_BASE_URL", done.stderr)
            self.assertNotIn("hunter2", done.stderr)
        one = self.engine("config", "check", settings={"TLS_CERT_FILE": "/nowhere/cert.pem"})
        self.assertEqual(one.returncode, CONFIG)
        self.assertIn("TLS_KEY_FILE", one.stderr)

    def test_folders_that_cannot_be_written_are_told_by_name(self):
        occupied = os.path.join(self.folder, "occupied")
        with open(occupied, "w", encoding="ascii") as file:
            file.write("no folder")
        account.give(occupied)
        done = self.engine("serve", settings={"SPOOL_DIR": occupied, "LOG_DIR": "/proc/no/such/folder"})
        self.assertEqual(done.returncode, CONFIG, done.stderr)
        self.assertIn("SPOOL_DIR", done.stderr)
        self.assertIn("LOG_DIR", done.stderr)
        self.assertEqual(self.engine("config", "check", settings={"SPOOL_DIR": occupied}).returncode, 0)

    def test_a_pg_dump_older_than_the_server_is_warned_of(self):
        programs = os.path.join(self.folder, "programs")
        os.mkdir(programs)
        with open(os.path.join(programs, "pg_dump"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho 'pg_dump (PostgreSQL) 14.9'\n")
        os.chmod(os.path.join(programs, "pg_dump"), 0o755)
        for path in (programs, os.path.join(programs, "pg_dump")):
            account.give(path)
        old = self.serve("old_programs", {"PATH": f"{programs}:/usr/bin:/bin"})
        self.addCleanup(old.stop)
        eventually(lambda: "PostgreSQL is newer than pg_dump" in old.log(), 20, "the warning")


class Editing(Story):
    replicas = 0

    def test_an_env_file_that_is_edited_changes_nothing_before_the_next_start(self):
        path = os.path.join(self.folder, "server.env")

        def write(text):
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            account.give(path)
        write("OPEN_REGISTRATION=false\nQUERY_MAX_ROWS=5\n")
        server = self.serve("edited", {"VANNA_ENV_FILE": path})
        self.addCleanup(server.stop)
        analyst = self.analyst(server)
        write("OPEN_REGISTRATION=true\nQUERY_MAX_ROWS=3\nthis line is none\n")
        self.admin(server).put("/api/v1/admin/configurations/QUERY_MAX_ROWS", {"value": "7"}, expect=(200, 201, 204))
        eventually(lambda: len(analyst.rows("SELECT customer_id FROM customers")) == 7, 10, "the live row")
        newcomer = {"email": "new@example.com", "password": "a good long password"}
        self.assertEqual(server.client.post("/api/v1/auth/register", newcomer).status, 403)
        self.admin(server).delete("/api/v1/admin/configurations/QUERY_MAX_ROWS", {"confirm": "true"}, expect=(200, 204))
        eventually(lambda: len(analyst.rows("SELECT customer_id FROM customers")) == 5, 10, "the value of the start")


class EditingOfPostgres(Editing):
    engine_of_target = "postgresql"


class Locks(Story):
    replicas = 0

    def waits_for_the_lock(self, *words):
        holder = threading.Thread(target=self.stores.sql, args=(f"SELECT pg_advisory_lock({JOBS_LOCK})::text, pg_sleep(4)::text",))
        holder.start()
        self.addCleanup(holder.join)
        eventually(lambda: self.stores.sql("SELECT 1 AS held FROM pg_locks JOIN pg_database d ON d.oid = database WHERE granted AND locktype = "
                                           "'advisory' AND datname = current_database()"), 20, "the lock")
        began = time.monotonic()
        done = self.engine(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreater(time.monotonic() - began, 2)
        holder.join()

    def test_a_reset_of_the_golden_copy_waits_for_the_jobs_of_the_servers(self):
        self.waits_for_the_lock("golden-copy", "reset", "--confirm")

    def test_so_does_an_init_that_has_to_copy(self):
        os.remove(os.path.join(self.folder, "data/copy.db"))
        self.waits_for_the_lock("init")


if __name__ == "__main__":
    main()
