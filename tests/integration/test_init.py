"""vanna-engine init: from an empty database to a server that answers, once, twice, at the same time, and with things missing."""

import concurrent.futures
import contextlib
import hashlib
import json
import os
import sqlite3
import urllib.request

from support import Story, account, eventually, main
from support.server import command, start
from support.story import ADMIN, ANALYST, VIEWER

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
        for action, count in (("ontology.create", int(self.stores.sql("SELECT count(*) AS n FROM business_ontologies")[0]["n"])),
                              ("users.create", 3), ("golden_copy.init", 1)):
            told = self.stores.sql("SELECT status, count(*) AS n FROM audit_logs WHERE email LIKE 'cli:%' "
                                   f"AND action = '{action}' GROUP BY status ORDER BY status")
            self.assertEqual(told, [{"status": "attempt", "n": str(count)}, {"status": "success", "n": str(count)}], action)
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


class Looking(Fresh):
    """init --check says what init would do, and does nothing of it."""

    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def everything(self):
        """Every file's time and content, every row, and what ChromaDB has."""
        files = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    files[path] = (os.stat(path).st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest())
        rows = {name: self.stores.sql(f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS h FROM {name} t") for name in self.tables()}
        with urllib.request.urlopen(f"http://{self.stores.chroma[0]}:{self.stores.chroma[1]}/api/v2/tenants/default_tenant/databases/"
                                    "default_database/collections?limit=1000", timeout=30) as answer:
            collections = sorted(c["name"] for c in json.load(answer) if self.stores.collection in c["name"])
        return files, rows, collections

    def looked(self, **outcomes):
        """The outcomes of --check, which are these for these steps, and it has changed nothing."""
        before = self.everything()
        done, report = self.report("--check")
        self.assertEqual(self.everything(), before)
        found = {s["step"]: s["outcome"] for s in report["steps"]}
        self.assertEqual((done.returncode, report["changed"]), (0, False), done.stdout + done.stderr)
        expected = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
        self.assertEqual({name: found[name] for name in expected}, expected, done.stdout)
        return {s["step"]: s["text"] for s in report["steps"]}

    def test_it_judges_as_init_does_and_leaves_no_trace(self):
        self.looked(migrations="pending", golden_copy="skipped", training="skipped")
        self.init("--only", "system-db")
        self.looked(migrations="unchanged", admin="unchanged", demo_data="unchanged", golden_copy="pending", training="pending")
        self.init("--only", "golden-copy")
        self.assertIn("to add", self.looked(golden_copy="unchanged", training="pending")["training"])
        self.init()
        self.looked(migrations="unchanged", ontology="unchanged", demo_users="unchanged", golden_copy="unchanged", training="unchanged")

        state = os.path.join(self.folder, "data/copy.db.state")
        os.remove(state)  # what was hashed when: only a saving of time
        self.looked(golden_copy="unchanged")
        os.remove(os.path.join(self.folder, "data/copy.db"))
        self.looked(golden_copy="pending", training="pending")
        self.init()

        self.stores.sql("DROP SCHEMA demo CASCADE")
        self.looked(demo_data="pending")
        os.rename(self.source_path, self.source_path + ".away")
        try:
            self.assertIn("missing", self.looked(golden_copy="unchanged")["golden-copy"])
            self.init()
        finally:
            os.rename(self.source_path + ".away", self.source_path)


class AtOnce(Fresh):
    def test_two_at_once_on_an_empty_database_both_succeed_and_one_does_the_work(self):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            both = [future.result() for future in [pool.submit(self.report) for _ in range(2)]]
        for done, report in both:
            self.assertEqual((done.returncode, report["ok"]), (0, True), done.stdout + done.stderr)
        self.assertEqual(sorted(report["changed"] for _, report in both), [False, True])
        self.assertEqual(self.stores.sql("SELECT COUNT(*) AS n FROM users"), [{"n": "3"}])


class OlderSystem(Fresh):
    """The Python system's tables, as SQLAlchemy made them: taken over only when asked to."""

    # Of "the old password", as three versions of bcrypt mark them.
    PASSWORDS = {"a": "$2a$05$abcdefghijklmnopqrstuu5fSCHhsfzfFnNvbUX2feibCYCQ6YPSq", "b": "$2b$05$abcdefghijklmnopqrstuu5fSCHhsfzfFnNvbUX2feibCYCQ6YPSq", "y": "$2y$05$abcdefghijklmnopqrstuu5fSCHhsfzfFnNvbUX2feibCYCQ6YPSq"}

    def setUp(self):
        self.stores.sql("""
            CREATE TYPE userrole AS ENUM ('ADMIN', 'ANALYST', 'VIEWER');
            CREATE TABLE users (id serial PRIMARY KEY, email varchar UNIQUE, hashed_password varchar, full_name varchar, role userrole,
                is_active bool DEFAULT true, created_at timestamp DEFAULT now());
            CREATE TABLE queries (id serial PRIMARY KEY, user_id int REFERENCES users, question text, generated_sql text, status varchar,
                row_count int, created_at timestamp DEFAULT now());
            CREATE TABLE feedback (id serial PRIMARY KEY, query_id int REFERENCES queries, user_id int REFERENCES users, rating int, comment text);
            CREATE TABLE audit_logs (id serial PRIMARY KEY, user_id int, action varchar, resource_type varchar, resource_id varchar,
                details json, "timestamp" timestamp DEFAULT now());
            CREATE TABLE configurations (id serial PRIMARY KEY, key varchar, value json);
            CREATE TABLE business_ontologies (id serial PRIMARY KEY, term varchar, definition text, synonyms text);
            CREATE TABLE alembic_version (version_num varchar PRIMARY KEY)""")
        for name, hashed in self.PASSWORDS.items():
            self.stores.sql(f"INSERT INTO users (email, hashed_password, full_name, role) VALUES ('{name}@old.example', '{hashed}', '{name}', 'ANALYST')")
        self.stores.sql("""
            INSERT INTO queries (user_id, question, generated_sql, status, row_count) VALUES (1, 'How many orders?', 'SELECT 1', 'completed', 1);
            INSERT INTO feedback (query_id, user_id, rating, comment) VALUES (1, 1, 5, 'right');
            INSERT INTO audit_logs (user_id, action, resource_type, resource_id) VALUES (1, 'login', 'user', '1');
            INSERT INTO business_ontologies (term, definition, synonyms) VALUES ('REVENUE', 'what came in', 'takings'),
                ('Old word', 'only the older system knew it', 'x, y')""")

    def test_init_refuses_them_and_names_the_way_and_adopting_takes_them_over_once(self):
        for words in (("init",), ("init", "--check"), ("init", "--only", "training"), ("serve",)):
            refused = self.engine(*words, settings={"PORT": "0"})
            self.assertEqual(refused.returncode, 78, refused.stdout + refused.stderr)
            self.assertIn("init --adopt", refused.stdout + refused.stderr)
        self.assertEqual(self.engine("init", "--adopt", "--only", "training").returncode, 64)
        before = self.tables()
        looked, report = self.report("--adopt", "--check")
        self.assertEqual((looked.returncode, report["changed"]), (0, False), looked.stdout + looked.stderr)
        self.assertEqual({s["step"]: s["outcome"] for s in report["steps"]}["adoption"], "pending")
        self.assertEqual(self.tables(), before)

        done, report = self.report("--adopt")
        self.assertEqual((done.returncode, report["changed"]), (0, True), done.stdout + done.stderr)
        self.assertIn("3 users", {s["step"]: s["text"] for s in report["steps"]}["adoption"])
        self.assertEqual(self.stores.sql("SELECT count(*) AS n FROM vanna_adopted.users"), [{"n": "3"}])
        (query,) = self.stores.sql("SELECT q.question, q.status, u.email, f.rating FROM queries q JOIN users u ON u.id = q.user_id "
                                   "JOIN feedback f ON f.query_id = q.id")
        self.assertEqual(query, {"question": "How many orders?", "status": "success", "email": "a@old.example", "rating": "5"})
        self.assertEqual(self.stores.sql("SELECT synonyms FROM business_ontologies WHERE term_name = 'Old word'"), [{"synonyms": "{x,y}"}])
        self.assertEqual(self.stores.sql("SELECT count(*) AS n FROM audit_logs WHERE action = 'login' AND email = 'a@old.example'"), [{"n": "1"}])
        (entry,) = self.stores.sql("SELECT email, changes->>'users' AS users FROM audit_logs WHERE action = 'system.adopt' AND status = 'success'")
        self.assertEqual(entry["users"], "3")
        self.assertRegex(entry["email"], r"^cli:\w+$")

        contents = self.contents()
        for words in ((), ("--adopt",)):
            again, report = self.report(*words)
            self.assertEqual((again.returncode, report["changed"]), (0, False), again.stdout)
        self.assertEqual(self.contents(), contents)
        self.serve()
        for name in self.PASSWORDS:
            self.assertEqual(self.anyone.log_in(name + "@old.example", "the old password").rows("SELECT 1"), [[1]])


class OneAtATime(Fresh):
    settings = {"AUTO_TRAIN_CHROMA": "true"}

    def test_each_specialist_does_its_own_work_and_finds_it_done_the_next_time(self):
        for only, step in (("system-db", "migrations"), ("golden-copy", "golden-copy"), ("training", "training")):
            for expected in ("done", "unchanged"):
                with self.subTest(only, expected=expected):
                    done, report = self.report("--only", only)
                    self.assertEqual((done.returncode, report["changed"]), (0, expected == "done"), done.stdout + done.stderr)
                    (outcome,) = [s["outcome"] for s in report["steps"] if s["step"] == step]
                    self.assertEqual(outcome, expected, done.stdout)
        self.assertRegex(self.stores.sql("SELECT collection FROM knowledge_state")[0]["collection"], self.stores.collection)

    def test_progress_is_shown_on_a_terminal_alone(self):
        self.init("--only", "system-db")
        self.init("--only", "golden-copy")
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        process = start(self.folder, self.environment(), "init", "--only", "training", stderr=theirs)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while piece := os.read(ours, 4096):
                shown += piece
        self.assertEqual(process.wait(60), 0)
        self.assertIn("training [", shown.decode())
        self.assertTrue(shown.endswith(b"\r\x1b[K"))
        self.assertEqual(self.init("--only", "training").stderr, "")


class WithoutDemo(Fresh):
    settings = {"SEED_DEMO_DATA": "false", "INIT_ADMIN_USERNAME": "boss@example.com", "INIT_ADMIN_PASSWORD": "the boss's own password"}

    def test_only_the_administrator_that_was_named_exists(self):
        self.init()
        self.assertEqual(self.stores.sql("SELECT email, role FROM users"), [{"email": "boss@example.com", "role": "admin"}])
        self.serve()
        self.anyone.log_in("boss@example.com", "the boss's own password")
        self.assertEqual(self.anyone.post("/api/v1/auth/login", {"email": ADMIN[0], "password": ADMIN[1]}).status, 401)


class DemoTakenBack(Fresh):
    """Accounts with published passwords do not outlive the demo."""

    def test_what_has_its_published_password_is_closed_and_what_has_another_stays(self):
        self.init()
        server = self.serve()
        demo = [ADMIN, ANALYST, VIEWER]
        tokens = {email: server.client.log_in(email, password) for email, password in demo}
        tokens[VIEWER[0]].post("/api/v1/auth/password", {"current_password": VIEWER[1], "new_password": "a password of my own"}, expect=200)
        epochs = {r["email"]: int(r["session_epoch"]) for r in self.stores.sql("SELECT email, session_epoch FROM users")}

        without = {"SEED_DEMO_DATA": "false", "INIT_ADMIN_USERNAME": "boss@example.com", "INIT_ADMIN_PASSWORD": "the boss's own password"}
        looked, report = self.report("--check", settings=without)
        self.assertEqual({s["step"]: s["outcome"] for s in report["steps"]}["demo-users"], "pending", looked.stdout)
        done, report = self.report(settings=without)
        self.assertEqual(done.returncode, 0, done.stdout)
        (step,) = [s for s in report["steps"] if s["step"] == "demo-users"]
        self.assertEqual(step["outcome"], "done")
        for email, told in ((ANALYST[0], True), (ADMIN[0], True), (VIEWER[0], False)):
            self.assertEqual(email in step["text"], told, step["text"])

        for email, password in (ADMIN, ANALYST):
            self.assertEqual(server.client.post("/api/v1/auth/login", {"email": email, "password": password}).status, 401)
            eventually(lambda who=tokens[email]: who.get("/api/v1/auth/me").status == 401)
            (row,) = self.stores.sql(f"SELECT is_active, session_epoch FROM users WHERE email = '{email}'")
            self.assertEqual((row["is_active"], int(row["session_epoch"])), ("f", epochs[email] + 1))
            acts = self.stores.sql("SELECT a.status FROM audit_logs a JOIN users u ON a.resource = 'users/' || u.id WHERE "
                                   f"a.action = 'users.deactivate' AND u.email = '{email}' AND a.email LIKE 'cli:%' ORDER BY a.id")
            self.assertEqual([a["status"] for a in acts], ["attempt", "success"])
        server.client.log_in(VIEWER[0], "a password of my own")
        server.client.log_in("boss@example.com", "the boss's own password")

        again, report = self.report(settings=without)
        self.assertEqual((again.returncode, report["changed"]), (0, False), again.stdout)


class DemoTakenBackFromItsAdministrator(Fresh):
    def test_the_administrator_that_the_settings_name_stays_whatever_its_password(self):
        self.init("--only", "system-db")
        still = [{"is_active": "t"}]
        self.engine("init", "--only", "system-db", settings={"SEED_DEMO_DATA": "false"})
        self.assertEqual(self.stores.sql("SELECT is_active FROM users WHERE email = 'admin@example.com' AND role = 'admin'"), still)
        # The named one is there already and no administrator: somebody has to remain.
        done, report = self.report("--only", "system-db", settings={"SEED_DEMO_DATA": "false", "INIT_ADMIN_USERNAME": VIEWER[0]})
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("last administrator: admin@example.com", {s["step"]: s["text"] for s in report["steps"]}["demo-users"])
        self.assertEqual(self.stores.sql("SELECT is_active FROM users WHERE email = 'admin@example.com' AND role = 'admin'"), still)


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
        for name in ("JWT_SECRET", "INIT_ADMIN_PASSWORD", "SEED_DEMO_DATA", "ENABLE_TARGET_DB", "AUTO_TRAIN_CHROMA", "BACKUP_SIGNING_KEY"):
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
