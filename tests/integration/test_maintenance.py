"""Maintenance, as a restore switches it on: every replica keeps writers away, readers notice nothing, records wait."""

from support import Client, Story, eventually, main
from support.story import ADMIN, ANALYST

REASON = "restoring backup_2025-03-04_05:06:07"
SEEN_WITHIN = 10.0  # the promise is a second; SPEC section 15 allows tests ten times that
NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"
TEMPORARY_FAILURE = 75


class Maintenance(Story):
    replicas = 2
    settings = {"QUERY_RATE_PER_MINUTE": "0", "SPOOL_DIR": "spool"}

    def setUp(self):
        self.clients = [(self.admin(server), self.analyst(server)) for server in self.servers]
        self.addCleanup(self.switch, False)

    def switch(self, active):
        self.stores.sql(f"INSERT INTO maintenance (active, reason) VALUES ({active}, '{REASON if active else ''}') "
                        "ON CONFLICT (id) DO UPDATE SET active = excluded.active, reason = excluded.reason")
        for server in self.servers:
            if server.running():
                eventually(lambda s=server: (s.client.get("/health", expect=200).json["maintenance"] is not None) == active,
                           SEEN_WITHIN, f"maintenance {active} on {server.name}")

    def stored(self, mark):
        return [row["id"] for row in self.stores.sql(f"SELECT id FROM queries WHERE sql LIKE '%{mark}%'")]

    def test_writers_are_told_to_wait_on_every_replica_and_reads_go_on(self):
        term = {"term_name": "Maintained", "description": "d"}
        made = self.clients[0][0].post("/api/v1/ontology", term, expect=201).json
        exported = self.clients[0][1].run("SELECT 41 + 1").json["query_id"]
        eventually(lambda: self.clients[0][1].get(f"/api/v1/queries/{exported}").status == 200, what="the query to export")
        self.switch(True)
        for server, (admin, analyst) in zip(self.servers, self.clients):
            for method, path, body in self.writes(made["id"]):
                path, _, confirmed = path.partition("?")
                refused = admin.request(method, path, body, {"confirm": "true"} if confirmed else None)
                self.assertEqual((refused.status, refused.type), (503, "maintenance"), f"{method} {path}")
                self.assertEqual(refused.headers["Retry-After"], "5")
                self.assertIn(REASON, refused.json["detail"])
            self.assertEqual(server.client.post("/api/v1/users", {}).status, 401, "strangers are not told")
            self.assertEqual(server.client.get("/health", expect=200).json["maintenance"], REASON)
            self.assertEqual(server.status("/health/ready"), 200)
            self.assertEqual(server.metric("vanna_maintenance"), 1)
            self.assertEqual(analyst.rows("SELECT 7 * 6"), [[42]])
            self.assertEqual(analyst.post("/api/v1/queries/ask", {"question": "How many customers are there?"}).status, 200)
            for path in ("/api/v1/auth/me", "/api/v1/queries", "/api/v1/ontology", "/api/v1/schema", f"/api/v1/queries/{exported}/result"):
                self.assertEqual(analyst.get(path).status, 200, path)
            for path in ("/api/v1/users", "/api/v1/admin/audit-logs", "/api/v1/admin/db/jobs", "/api/v1/admin/configurations"):
                self.assertEqual(admin.get(path).status, 200, path)
            self.assertEqual(analyst.post(f"/api/v1/queries/{NOBODYS}/cancel").status, 404)
            self.assertEqual(admin.post(f"/api/v1/admin/db/jobs/{NOBODYS}/cancel").status, 404)
        self.switch(False)
        for server, (admin, _) in zip(self.servers, self.clients):
            self.assertEqual(admin.patch(f"/api/v1/ontology/{made['id']}", {"owner": server.name}).status, 200)
            self.assertEqual(server.metric("vanna_maintenance"), 0)
            server.client.log_in(*ANALYST)

    @staticmethod
    def writes(term):
        secret = {"email": ADMIN[0], "password": ADMIN[1]}
        return [
            ("POST", "/api/v1/auth/login", secret), ("POST", "/api/v1/auth/register", secret),
            ("POST", "/api/v1/auth/refresh", {"refresh_token": "x"}), ("POST", "/api/v1/auth/logout", None),
            ("POST", "/api/v1/auth/password", {"current_password": "x", "new_password": "y"}),
            ("POST", "/api/v1/auth/password-reset", {"email": ADMIN[0]}),
            ("POST", "/api/v1/auth/password-reset/confirm", {"token": "x", "password": "y"}),
            ("POST", "/api/v1/users", secret), ("PATCH", f"/api/v1/users/{NOBODYS}", {"role": "viewer"}),
            ("DELETE", f"/api/v1/users/{NOBODYS}?confirm=true", None),
            ("POST", "/api/v1/ontology", {"term_name": "Other"}), ("PATCH", f"/api/v1/ontology/{term}", {"owner": "x"}),
            ("DELETE", f"/api/v1/ontology/{term}?confirm=true", None),
            ("POST", "/api/v1/knowledge/examples", {"question": "q", "sql": "SELECT 1"}),
            ("POST", f"/api/v1/knowledge/examples/{NOBODYS}/approve", None),
            ("POST", f"/api/v1/queries/{NOBODYS}/feedback", {"rating": 5}),
            ("PUT", "/api/v1/admin/configurations/QUERY_MAX_ROWS", {"value": "5"}),
            ("DELETE", "/api/v1/admin/configurations/QUERY_MAX_ROWS", None),
            ("POST", "/api/v1/admin/db/golden-copy/reset?confirm=true", None), ("POST", "/api/v1/admin/db/vacuum", None),
        ]

    def test_records_wait_in_the_spool_and_arrive_once(self):
        self.switch(True)
        asked = {analyst.run(f"SELECT 'maintained {number}'").json["query_id"]
                 for number in range(25) for _, analyst in self.clients}
        for server in self.servers:
            eventually(lambda s=server: s.metric("vanna_spool_records") >= 25, what=f"the records in the spool of {server.name}")
        done = self.engine("query", "SELECT 'maintained by a command'")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.stored("maintained"), [])
        self.switch(False)
        eventually(lambda: self.stored("maintained by a command"), 30, "the command's record, adopted by a server")
        asked |= set(self.stored("maintained by a command"))
        eventually(lambda: len(self.stored("maintained")) >= len(asked), 30, "the records")
        self.assertEqual(sorted(self.stored("maintained")), sorted(asked))
        for server in self.servers:
            eventually(lambda s=server: s.metric("vanna_spool_records") == 0, what=f"the empty spool of {server.name}")

    def test_records_of_a_process_that_dies_or_stops_meanwhile_arrive_once_too(self):
        for mark, end in (("killed then", self.servers[1].kill), ("stopped then", self.servers[1].stop)):
            analyst = self.analyst(self.servers[1])
            self.switch(True)
            asked = {Client(self.servers[1].port, analyst.token).run(f"SELECT '{mark} {number}'").json["query_id"] for number in range(10)}
            end()
            self.servers[1].start()
            eventually(lambda: self.servers[1].client.get("/health").json["maintenance"] == REASON, SEEN_WITHIN, "maintenance seen at start")
            self.assertEqual(self.stored(mark), [])
            self.switch(False)
            eventually(lambda m=mark, a=asked: len(self.stored(m)) >= len(a), 30, "the records")
            self.assertEqual(sorted(self.stored(mark)), sorted(asked))

    def test_commands_that_write_say_so_and_change_nothing(self):
        self.switch(True)
        for words, typed in ((("user", "create", "late@example.com"), "long enough 123\n"), (("user", "reset-password", ADMIN[0]), None),
                             (("init",), None)):
            done = self.engine(*words, input=typed)
            self.assertEqual(done.returncode, TEMPORARY_FAILURE, f"{words}: {done.stdout}{done.stderr}")
            self.assertIn(REASON, done.stdout + done.stderr)
        self.assertEqual(self.stores.sql("SELECT id FROM users WHERE email = 'late@example.com'"), [])
        for words in (("init", "--check"), ("user", "list")):
            done = self.engine(*words)
            self.assertEqual(done.returncode, 0, f"{words}: {done.stdout}{done.stderr}")
        self.switch(False)
        self.assertEqual(self.engine("init").returncode, 0)
        self.assertEqual(self.engine("user", "create", "late@example.com", input="long enough 123\n").returncode, 0)


if __name__ == "__main__":
    main()
