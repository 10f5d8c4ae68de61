"""vanna-engine init: from an empty database to a server that answers, once, twice, at the same time, and with things missing."""

import concurrent.futures
import json
import os
import sqlite3

from support import Story, account, main
from support.server import command
from support.story import ADMIN

TABLES = ("users", "queries", "feedback", "audit_logs", "configurations", "business_ontologies", "knowledge_examples", "refresh_tokens",
          "password_resets", "jobs", "revocations", "cancellations", "target_state", "knowledge_state", "schema_versions", "schema_migrations")


class Fresh(Story):
    initialised = False

    def contents(self):
        """Every row of every table, but for the audit trail."""
        return {table: self.stores.sql(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS h, COUNT(*) AS n FROM {table} t")
                for table in TABLES if table != "audit_logs"}

    def tables(self):
        return {row["t"] for row in self.stores.sql("SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'public'")}

    def report(self, *words, **options):
        done = self.engine("init", "--json", *words, **options)
        return done, json.loads(done.stdout.splitlines()[-1])


class OnceAndAgain(Fresh):
    def test_check_first_changes_nothing_then_init_does_it_then_init_again_changes_nothing(self):
        self.engine("init", "--check")
        self.assertEqual(self.tables(), set())

        done, report = self.report()
        self.assertEqual((done.returncode, report["ok"], report["changed"]), (0, True, True), done.stdout + done.stderr)
        self.assertLessEqual(set(TABLES), self.tables())
        self.assertEqual(self.stores.sql("SELECT DISTINCT is_active FROM users"), [{"is_active": "t"}])
        before = self.contents()
        copy = os.stat(os.path.join(self.folder, "data/copy.db"))

        done, report = self.report()
        self.assertEqual((done.returncode, report["ok"], report["changed"]), (0, True, False), done.stdout)
        self.assertNotIn("done", {step["outcome"] for step in report["steps"]})
        self.assertEqual(self.contents(), before)
        again = os.stat(os.path.join(self.folder, "data/copy.db"))
        self.assertEqual((copy.st_ino, copy.st_mtime_ns), (again.st_ino, again.st_mtime_ns))

        done = self.engine("init", "--check")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

        self.assertIn("nothing had to be changed", self.engine("init").stdout)
        self.serve()
        self.assertEqual(self.anyone.log_in(*ADMIN).rows("SELECT 1"), [[1]])


class AtOnce(Fresh):
    def test_two_at_once_on_an_empty_database_both_succeed_and_one_does_the_work(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = [future.result() for future in [pool.submit(self.report) for _ in range(2)]]
        for done, report in both:
            self.assertEqual((done.returncode, report["ok"]), (0, True), done.stdout + done.stderr)
        self.assertEqual(sorted(report["changed"] for _, report in both), [False, True])
        self.assertEqual(self.stores.sql("SELECT COUNT(*) AS n FROM users"), [{"n": "3"}])


class WithoutDemo(Fresh):
    settings = {"SEED_DEMO_DATA": "false", "INIT_ADMIN_USERNAME": "boss@example.com", "INIT_ADMIN_PASSWORD": "the boss's own password"}

    def test_only_the_administrator_that_was_named_exists(self):
        self.init()
        self.assertEqual(self.stores.sql("SELECT email, role FROM users"), [{"email": "boss@example.com", "role": "admin"}])
        self.serve()
        self.anyone.log_in("boss@example.com", "the boss's own password")
        self.assertEqual(self.anyone.post("/api/v1/auth/login", {"email": ADMIN[0], "password": ADMIN[1]}).status, 401)


class Sources(Fresh):
    """What is wrong with the original is said clearly, and nothing ever writes it."""

    def fails(self, settings, *texts):
        done = self.engine("init", settings=settings)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        for text in texts:
            self.assertIn(text, done.stdout + done.stderr)
        return done

    def test_a_missing_source_names_where_it_was_looked_for(self):
        missing = os.path.join(self.folder, "nowhere.db")
        self.fails({"TARGET_DB_SOURCE": missing, "TARGET_DB_PATH": os.path.join(self.folder, "data/a.db")}, missing)

    def test_a_missing_source_is_a_warning_where_there_is_no_target(self):
        missing = os.path.join(self.folder, "nowhere.db")
        done = self.engine("init", settings={"ENABLE_TARGET_DB": "false", "TARGET_DB_SOURCE": missing})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_source_in_the_middle_of_a_write_is_refused_with_the_way_out(self):
        path = os.path.join(self.folder, "busy.db")
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t(x)")
        for name in (path, path + "-wal"):
            account.give(name)
        self.assertGreater(os.path.getsize(path + "-wal"), 0)
        self.fails({"TARGET_DB_SOURCE": path, "TARGET_DB_PATH": os.path.join(self.folder, "data/b.db")}, "-wal")
        connection.close()

    def test_a_source_that_is_no_database_is_refused(self):
        path = os.path.join(self.folder, "text.db")
        with open(path, "w", encoding="ascii") as file:
            file.write("this is not a database\n" * 100)
        account.give(path)
        self.fails({"TARGET_DB_SOURCE": path, "TARGET_DB_PATH": os.path.join(self.folder, "data/c.db")})
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data/c.db")))

    def test_source_and_copy_may_not_be_one_file(self):
        link = os.path.join(self.folder, "link.db")
        os.link(self.source_path, link)
        self.assertEqual(self.fails({"TARGET_DB_PATH": link}).returncode, 78)
        self.assertEqual(self.fails({"TARGET_DB_PATH": self.source_path}).returncode, 78)


class Settings(Fresh):
    def test_every_wrong_value_is_reported_in_one_go_and_masked(self):
        done = self.engine("serve", settings={"PORT": "many", "QUERY_MAX_ROWS": "-1", "JWT_SECRET": "tooshort", "SEED_DEMO_DATA": "perhaps"})
        self.assertEqual(done.returncode, 78)
        for name in ("PORT", "QUERY_MAX_ROWS", "JWT_SECRET", "SEED_DEMO_DATA"):
            self.assertIn(name, done.stderr)
        self.assertNotIn("tooshort", done.stderr)

    def test_production_wants_its_choices_stated_and_no_default_secrets(self):
        environment = {key: value for key, value in self.environment().items() if key not in ("SEED_DEMO_DATA", "ENABLE_TARGET_DB")}
        done = command(self.folder, {**environment, "APP_ENV": "production"}, "serve")
        self.assertEqual(done.returncode, 78)
        for name in ("JWT_SECRET", "INIT_ADMIN_PASSWORD", "SEED_DEMO_DATA", "ENABLE_TARGET_DB", "AUTO_TRAIN_CHROMA"):
            self.assertIn(name, done.stderr)

    def test_a_secret_comes_from_a_file_or_the_environment_but_not_both(self):
        path = os.path.join(self.folder, "secret")
        with open(path, "w", encoding="ascii") as file:
            file.write("a secret of at least 32 characters, from a file\n")
        account.give(path)
        both = self.engine("config", "check", settings={"JWT_SECRET_FILE": path, "JWT_SECRET": "x" * 40})
        self.assertEqual(both.returncode, 78)
        shown = self.engine("config", "show", settings={"JWT_SECRET_FILE": path})
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertNotIn("from a file", shown.stdout)

    def test_secrets_are_not_taken_from_the_command_line(self):
        self.assertEqual(self.engine("serve", "--jwt-secret", "x" * 40).returncode, 78)

    def test_a_misspelt_name_in_an_env_file_is_a_warning_with_the_nearest_name(self):
        path = os.path.join(self.folder, "misspelt.env")
        with open(path, "w", encoding="ascii") as file:
            file.write("QUERY_MAX_ROW=5\n")
        account.give(path)
        done = self.engine("config", "check", "--env-file", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("QUERY_MAX_ROWS", done.stderr)


if __name__ == "__main__":
    main()
