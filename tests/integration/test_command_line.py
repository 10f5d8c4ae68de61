"""The command line: it works on the stores with no server there, its exit codes tell what went wrong, and the trail names who it was."""

import contextlib
import csv
import io
import json
import os
import signal
import subprocess
import termios

from support import Story, account, eventually, main
from support.server import start

# sysexits.h
USAGE, DATA, UNAVAILABLE, TEMPFAIL, CONFIG = 64, 65, 69, 75, 78


class CommandLine(Story):
    settings = {"AUTO_TRAIN_CHROMA": "true"}
    replicas = 0  # no server

    def succeeds(self, *words, **options):
        done = self.engine(*words, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def fails(self, status, says, *words, **options):
        done = self.engine(*words, **options)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertIn(says, done.stderr)

    def test_sql_as_a_table_as_json_and_as_csv(self):
        sql = "SELECT 7 AS n, 'a,\"b\"' AS text"
        self.assertEqual(self.succeeds("query", sql).splitlines()[0].split(), ["n", "text"])
        self.assertEqual(json.loads(self.succeeds("query", sql, "--json"))["rows"], [[7, 'a,"b"']])
        self.assertEqual(list(csv.reader(io.StringIO(self.succeeds("query", sql, "--csv")))), [["n", "text"], ["7", 'a,"b"']])
        self.assertEqual(self.succeeds("query", "SELECT 1 AS n WHERE 0", "--csv"), "n\n")
        self.assertEqual(json.loads(self.succeeds("query", "SELECT customer_id FROM customers", "--json", "--limit", "3"))["truncated"], True)

    def test_a_question_is_answered_and_explained(self):
        done = self.engine("ask", "How many customers are there?")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("SELECT", done.stderr)
        self.assertIn("920", done.stdout)
        self.assertTrue(self.succeeds("ask", "How many customers are there?", "--sql-only").startswith("SELECT"))
        declined = self.engine("ask", "Will it rain in Ulaanbaatar tomorrow?")
        self.assertEqual(declined.returncode, DATA)

    def test_json_answers_of_ask_and_query_are_those_of_the_api(self):
        server = self.serve("compared")
        self.addCleanup(server.stop)
        analyst = server.client.log_in("analyst@example.com", "AnalystPassword123")
        varying = ("query_id", "duration_ms", "cached")
        for question, words, fields, status in (("How many customers are there?", (), {}, 0),
                                                ("How many customers are there?", ("--sql-only",), {"execute": False}, 0),
                                                ("Will it rain in Ulaanbaatar tomorrow?", (), {}, DATA)):
            with self.subTest(question, words=words):
                done = self.engine("ask", question, "--json", *words)
                self.assertEqual((done.returncode, done.stderr), (status, ""))
                ours, theirs = json.loads(done.stdout), analyst.post("/api/v1/queries/ask", {"question": question, **fields}, expect=200).json
                self.assertEqual(set(ours), set(theirs))
                for one in (ours, theirs):
                    for name in varying:
                        one.pop(name, None)
                self.assertEqual(ours, theirs)
        ours = json.loads(self.succeeds("query", "SELECT 1 AS n", "--json"))
        self.assertEqual(set(ours), set(analyst.run("SELECT 1 AS n").json))
        asked = self.stores.sql("SELECT status, changes->>'question' AS question FROM audit_logs WHERE action = 'query.ask' AND "
                                "email LIKE 'cli:%' AND resource = 'questions'")
        self.assertIn({"status": "declined", "question": "Will it rain in Ulaanbaatar tomorrow?"}, asked)
        self.assertIn({"status": "success", "question": "How many customers are there?"}, asked)

    def test_a_statement_that_fails_to_run_is_corrected_once(self):
        question = "How many customers do we have?"
        self.stores.sql("INSERT INTO knowledge_examples (id, question, sql, state) VALUES (gen_random_uuid(), "
                        f"'{question}', 'SELECT abs(-9223372036854775807 - 1) AS n', 'approved')")
        answer = json.loads(self.succeeds("ask", question, "--json"))
        self.assertEqual((answer["rows"], answer["generator"]), ([[920]], "built-in"))
        tried = self.stores.sql(f"SELECT generator, status FROM queries WHERE question = '{question}' ORDER BY id")
        self.assertEqual([t["status"] for t in tried], ["error", "success"])

    def test_what_went_wrong_is_in_the_exit_code(self):
        self.fails(DATA, "read-only", "query", "DELETE FROM customers")
        self.fails(DATA, "nowhere", "query", "SELECT * FROM nowhere")
        self.fails(USAGE, "--limit", "query", "SELECT 1", "--limit", "none")
        self.fails(USAGE, "no command", "qwery", "SELECT 1")
        self.fails(USAGE, "expected", "query")
        self.fails(CONFIG, "QUERY_MAX_ROWS", "query", "SELECT 1", settings={"QUERY_MAX_ROWS": "many"})
        self.fails(UNAVAILABLE, "PostgreSQL", "query", "SELECT 1", settings={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"})

    def test_it_leaves_its_records_as_who_it_was(self):
        self.succeeds("query", "SELECT 'from the command line'")
        (row,) = self.stores.sql("SELECT id, user_id, status FROM queries WHERE sql = 'SELECT ''from the command line'''")
        self.assertEqual((row["user_id"], row["status"]), ("", "success"))
        (entry,) = self.stores.sql(f"SELECT email, user_id, action FROM audit_logs WHERE resource = 'queries/{row['id']}'")
        self.assertRegex(entry["email"], r"^cli:\w+$")
        self.assertEqual((entry["user_id"], entry["action"]), ("", "query.run"))
        self.assertEqual(os.listdir(os.path.join(self.folder, "data/spool")), [])

    def test_users_are_made_listed_and_given_a_new_password(self):
        made = json.loads(self.succeeds("user", "create", "ann@example.com", "--role", "analyst", "--json", input="a good long password\n"))
        self.assertEqual((made["email"], made["role"]), ("ann@example.com", "analyst"))
        self.assertIn("ann@example.com", self.succeeds("user", "list"))
        self.fails(DATA, "at least 12", "user", "create", "bob@example.com", input="short\n")
        self.fails(TEMPFAIL, "", "user", "create", "ANN@example.com", input="a good long password\n")
        token = json.loads(self.succeeds("user", "reset-password", "ann@example.com", "--json"))["reset_token"]
        server = self.serve("asked")
        self.addCleanup(server.stop)
        server.client.log_in("ann@example.com", "a good long password")
        server.client.post("/api/v1/auth/password-reset/confirm", {"token": token, "new_password": "another long password"}, expect=204)
        server.client.log_in("ann@example.com", "another long password")
        acts = {(e["action"], e["status"]) for e in self.stores.sql("SELECT action, status FROM audit_logs WHERE email LIKE 'cli:%'")}
        self.assertLessEqual({("users.create", "attempt"), ("users.create", "success"), ("users.create", "failure"),
                              ("auth.password_reset", "attempt"), ("auth.password_reset", "success")}, acts)

    def test_a_typed_password_is_asked_for_and_not_shown(self):
        def asked(email):
            ours, theirs = os.openpty()
            self.addCleanup(os.close, ours)
            self.addCleanup(os.close, theirs)
            process = start(self.folder, self.environment(), "user", "create", email, stdin=theirs, stderr=subprocess.PIPE)
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.wait)
            prompt = b""
            while not prompt.endswith(b": "):
                prompt += os.read(process.stderr.fileno(), 1)
            self.assertIn(email, prompt.decode())
            self.assertIn("12 characters", prompt.decode())
            self.assertFalse(echoes(theirs))
            return process, ours, theirs

        def echoes(terminal):
            return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

        process, ours, terminal = asked("typed@example.com")
        os.write(ours, b"typed without being seen\n")
        self.assertEqual(process.wait(60), 0, process.stderr.read())
        self.assertTrue(echoes(terminal))
        os.set_blocking(ours, False)
        with contextlib.suppress(BlockingIOError):
            self.assertNotIn(b"typed without", os.read(ours, 1000))
        self.assertIn("typed@example.com", self.succeeds("user", "list"))
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            process, _, terminal = asked("interrupted@example.com")
            process.send_signal(signal_number)
            self.assertEqual(process.wait(60), -signal_number)
            self.assertTrue(echoes(terminal))
        self.assertNotIn("interrupted@example.com", self.succeeds("user", "list"))
        acts = self.stores.sql("SELECT DISTINCT status FROM audit_logs WHERE action = 'users.list' AND email LIKE 'cli:%'")
        self.assertEqual(acts, [{"status": "success"}])

    def test_the_health_of_a_server_with_a_certificate_for_another_name(self):
        key, certificate, other = (os.path.join(self.folder, name) for name in ("key.pem", "certificate.pem", "other.pem"))
        for path in (other, certificate):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                            "-subj", "/CN=insight.example.com", "-addext", "subjectAltName=DNS:insight.example.com",
                            "-keyout", key, "-out", path], check=True, capture_output=True)
        for path in (key, certificate, other):
            account.give(path)
        settings = {"TLS_CERT_FILE": certificate, "TLS_KEY_FILE": key}
        server = self.serve("encrypted", settings=settings, until=None)
        self.addCleanup(server.stop)
        settings["PORT"] = str(server.port)
        eventually(lambda: self.engine("healthcheck", settings=settings).returncode == 0, 30)
        eventually(lambda: self.engine("healthcheck", "--ready", settings=settings).returncode == 0, 30)
        self.fails(UNAVAILABLE, "certificate verify failed", "healthcheck", settings={**settings, "TLS_CERT_FILE": other})

    def test_a_running_server_follows_a_reset_of_the_golden_copy(self):
        status = json.loads(self.succeeds("golden-copy", "status", "--json"))
        self.assertEqual((status["source_is_wanted"], status["copy_is_whole"], status["copy"]), (True, True, status["wanted"]))
        self.fails(USAGE, "--confirm", "golden-copy", "reset")
        server = self.serve("following")
        self.addCleanup(server.stop)
        self.assertEqual(server.client.log_in("analyst@example.com", "AnalystPassword123").run("SELECT 1").json["target_version"], status["wanted"])
        self.assertEqual(json.loads(self.succeeds("golden-copy", "reset", "--confirm", "--json"))["version"], status["wanted"])
        analyst = server.client.log_in("analyst@example.com", "AnalystPassword123")
        eventually(lambda: analyst.run("SELECT 2").status == 200)

    def test_the_state_of_the_copy_is_what_its_bytes_say_and_looking_changes_none(self):
        def state(**settings):
            return json.loads(self.succeeds("golden-copy", "status", "--json", settings=settings))

        folder = os.path.join(self.folder, "damaged")
        os.mkdir(folder)
        account.give(folder)
        path = account.copy(os.path.join(self.folder, "data/copy.db"), os.path.join(folder, "copy.db"))
        self.assertEqual(state(TARGET_DB_PATH=path)["copy_is_whole"], True)
        times = os.stat(path)
        with open(path, "r+b") as file:
            file.seek(-100, os.SEEK_END)
            file.write(b"?")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        self.assertEqual(state(TARGET_DB_PATH=path)["copy_is_whole"], False)
        gone = state(TARGET_DB_PATH=os.path.join(folder, "gone.db"))
        self.assertEqual((gone["copy_is_whole"], gone["source_is_wanted"]), (False, True))
        self.assertIn("there is none", gone["copy"])
        self.assertEqual(os.listdir(folder), ["copy.db"])
        acts = self.stores.sql("SELECT DISTINCT email LIKE 'cli:%' AS ours, status FROM audit_logs WHERE action = 'golden_copy.read'")
        self.assertEqual(acts, [{"ours": "t", "status": "success"}])

    def test_health_version_settings_and_the_document(self):
        server = self.serve("healthy")
        self.addCleanup(server.stop)
        port = {"PORT": str(server.port)}
        self.assertEqual(self.engine("healthcheck", settings=port).returncode, 0)
        self.assertEqual(self.engine("healthcheck", "--ready", settings=port).returncode, 0)
        self.assertEqual(self.engine("healthcheck", settings={"PORT": "1"}).returncode, UNAVAILABLE)
        self.assertRegex(self.succeeds("version"), r"^vanna-engine \d+\.\d+\.\d+\n$")
        self.assertEqual(json.loads(self.succeeds("openapi")), json.loads(server.client.get("/openapi.json").body))
        shown = json.loads(self.succeeds("config", "show", "--json"))
        self.assertEqual((shown["WORKERS"]["value"], shown["WORKERS"]["origin"]), ("2", "environment"))
        self.assertNotIn(self.environment()["DATABASE_URL"].split("@")[0].rsplit(":", 1)[-1] + "@", json.dumps(shown["DATABASE_URL"]))
        self.assertEqual(self.succeeds("config", "check"), "the settings are good\n")
        for command in ("serve", "init", "ask", "query", "user create", "config show", "golden-copy reset", "openapi", "healthcheck", "version"):
            with self.subTest(command):
                self.assertIn("vanna-engine " + command, self.succeeds(*command.split(), "--help"))


if __name__ == "__main__":
    main()
