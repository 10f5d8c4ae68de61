"""What administrators do: users, live configuration on every replica, the audit trail, stores, golden copy and jobs."""

import json
import time

from support import Client, Story, eventually, main
from support.story import ADMIN, ANALYST

SEEN_WITHIN = 10.0  # the promise is a second; SPEC section 15 allows tests ten times that
NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"


def audit(admin, **filters):
    return admin.get("/api/v1/admin/audit-logs", {"limit": 200, **filters}, expect=200).json["items"]


class Users(Story):
    def make(self, name, role="viewer", **fields):
        body = {"email": f"{name}@example.com", "password": "first password 1", "role": role, **fields}
        return self.admin().post("/api/v1/users", body, expect=201)

    def test_a_user_is_made_read_changed_and_deactivated(self):
        admin = self.admin()
        made = self.make("ada", full_name="Ada L.")
        user = made.json
        self.assertEqual(made.headers["Location"], f"/api/v1/users/{user['id']}")
        self.assertEqual((user["role"], user["full_name"], user["is_active"]), ("viewer", "Ada L.", True))
        path = f"/api/v1/users/{user['id']}"
        self.assertEqual(admin.get(path, expect=200).json, user)
        changed = admin.patch(path, {"role": "analyst", "full_name": "Ada Lovelace"}, expect=200).json
        self.assertEqual((changed["role"], changed["full_name"], changed["email"]), ("analyst", "Ada Lovelace", user["email"]))
        self.assertEqual(admin.delete(path).status, 400)
        self.assertTrue(admin.get(path).json["is_active"])
        admin.delete(path, {"confirm": "true"}, expect=204)
        self.assertFalse(admin.get(path, expect=200).json["is_active"])
        self.assertEqual(self.anyone.post("/api/v1/auth/login", {"email": user["email"], "password": "first password 1"}).status, 401)
        admin.patch(path, {"is_active": True}, expect=200)
        self.anyone.log_in(user["email"], "first password 1")

    def test_one_answer_names_everything_that_is_wrong(self):
        got = self.admin().post("/api/v1/users", {"email": "no address", "password": "short", "role": "king", "colour": "red"}, expect=422)
        self.assertEqual({error["field"] for error in got.json["errors"]}, {"email", "password", "role", "colour"})
        got = self.admin().post("/api/v1/users", {}, expect=422)
        self.assertEqual({error["field"] for error in got.json["errors"]}, {"email", "password", "role"})

    def test_an_address_is_taken_whatever_its_case(self):
        user = self.make("taken").json
        admin = self.admin()
        self.assertEqual(admin.post("/api/v1/users", {"email": "TAKEN@example.com", "password": "first password 1", "role": "viewer"}).status, 409)
        other = self.make("other").json
        self.assertEqual(admin.patch(f"/api/v1/users/{other['id']}", {"email": "Taken@Example.com"}).status, 409)
        self.assertEqual(admin.patch(f"/api/v1/users/{user['id']}", {"email": "TAKEN@example.com"}).status, 200)

    def test_unknown_users_are_not_found(self):
        admin = self.admin()
        for path in (f"/api/v1/users/{NOBODYS}", "/api/v1/users/abc", "/api/v1/users/..%2f..%2fetc"):
            self.assertEqual(admin.get(path).status, 404)
            self.assertEqual(admin.patch(path, {"role": "viewer"}).status, 404)
            self.assertEqual(admin.delete(path, {"confirm": "true"}).status, 404)

    def test_the_list_is_paged(self):
        admin = self.admin()
        for number in range(5):
            self.make(f"page{number}")
        seen, cursor = [], None
        while True:
            page = admin.get("/api/v1/users", {"limit": 2, **({"cursor": cursor} if cursor else {})}, expect=200).json
            self.assertLessEqual(len(page["items"]), 2)
            seen += [user["email"] for user in page["items"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual({f"page{number}@example.com" for number in range(5)}, set(seen))
        for query in ({"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}):
            self.assertEqual(admin.get("/api/v1/users", query).status, 422)

    def test_no_answer_holds_a_password(self):
        user = self.make("secretive").json
        self.assertNotIn("password", json.dumps(user))
        stored = self.stores.sql(f"SELECT password_hash FROM users WHERE id = '{user['id']}'")[0]["password_hash"]
        self.assertRegex(stored, r"^\$2[aby]\$12\$")

    def test_changes_are_audited_before_and_after_without_secrets(self):
        user = self.make("watched").json
        admin = self.admin()
        got = admin.patch(f"/api/v1/users/{user['id']}", {"role": "analyst", "password": "second password 2"}, expect=200)
        entries = [e for e in audit(admin, action="users.update") if e["request_id"] == got.headers["X-Request-Id"]]
        self.assertEqual({e["status"] for e in entries}, {"attempt", "success"})
        for entry in entries:
            self.assertEqual((entry["email"], entry["resource"]), (ADMIN[0], f"users/{user['id']}"))
            self.assertEqual(entry["changes"]["role"], "analyst")
            self.assertNotIn("second password 2", json.dumps(entry))


class LastAdministrator(Story):
    def test_the_last_active_administrator_stays(self):
        admin = self.admin()
        me = admin.get("/api/v1/auth/me", expect=200).json
        path = f"/api/v1/users/{me['id']}"
        self.assertEqual(admin.delete(path, {"confirm": "true"}).status, 409)
        self.assertEqual(admin.patch(path, {"role": "viewer"}).status, 409)
        self.assertEqual(admin.patch(path, {"is_active": False}).status, 409)
        self.assertEqual(admin.get("/api/v1/auth/me").json["role"], "admin")
        second = admin.post("/api/v1/users", {"email": "second@example.com", "password": "first password 1", "role": "admin"}, expect=201).json
        other = self.anyone.log_in("second@example.com", "first password 1")
        self.assertEqual(other.patch(path, {"role": "viewer"}).status, 200)
        self.assertEqual(other.patch(f"/api/v1/users/{second['id']}", {"role": "viewer"}).status, 409)


class Configuration(Story):
    replicas = 2
    settings = {"EXPORT_MAX_ROWS": "77"}

    def rows_of(self, server):
        client = Client(server.port, self.token)
        return client.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i FROM n").json["row_count"]

    def setUp(self):
        self.token = self.admin().token

    def test_a_live_setting_applies_on_every_replica_and_returns(self):
        admin = self.admin()
        path = "/api/v1/admin/configurations/QUERY_MAX_ROWS"
        self.assertEqual([self.rows_of(server) for server in self.servers], [50, 50])
        stored = admin.put(path, {"value": "10", "description": "for the test"}, expect=200).json
        self.assertEqual((stored["value"], stored["description"]), ("10", "for the test"))
        for server in self.servers:
            eventually(lambda s=server: self.rows_of(s) == 10, SEEN_WITHIN, f"the new limit on {server.name}")
        self.assertEqual(admin.get(path, expect=200).json["value"], "10")
        self.servers[1].restart()
        self.assertEqual(self.rows_of(self.servers[1]), 10)
        self.assertEqual(admin.delete(path).status, 400)
        admin.delete(path, {"confirm": "true"}, expect=204)
        for server in self.servers:
            eventually(lambda s=server: self.rows_of(s) == 50, SEEN_WITHIN, f"the default on {server.name}")

    def test_values_are_checked(self):
        admin = self.admin()
        for value in ("many", "-1", "", None, "1.5", "99999999999999999999"):
            with self.subTest(value=value):
                got = admin.put("/api/v1/admin/configurations/QUERY_MAX_ROWS", {"value": value})
                self.assertEqual(got.status, 422, got)
                self.assertEqual(got.json["errors"][0]["field"], "value")

    def test_what_is_fixed_elsewhere_is_not_changed_here(self):
        admin = self.admin()
        fixed = admin.put("/api/v1/admin/configurations/EXPORT_MAX_ROWS", {"value": "5"}, expect=409)
        self.assertIn("EXPORT_MAX_ROWS", fixed.json["detail"])
        self.assertIn("environment", fixed.json["detail"])
        self.assertEqual(admin.put("/api/v1/admin/configurations/PORT", {"value": "1"}).status, 409)
        self.assertEqual(admin.put("/api/v1/admin/configurations/NO_SUCH_SETTING", {"value": "1"}).status, 404)
        self.assertEqual(admin.get("/api/v1/admin/configurations/NO_SUCH_SETTING").status, 404)

    def test_the_list_masks_secrets(self):
        text = self.admin().get("/api/v1/admin/configurations", expect=200).text
        self.assertNotIn("AdminPassword123", text)
        self.assertNotIn(self.stores.environment()["DATABASE_URL"].split(":")[2].split("@")[0], text)
        settings = {item["key"]: item for item in json.loads(text)["items"]}
        self.assertTrue(settings["JWT_SECRET"]["is_secret"])
        self.assertEqual(settings["EXPORT_MAX_ROWS"]["value"], "77")

    def test_changes_are_audited_with_both_values(self):
        admin = self.admin()
        admin.put("/api/v1/admin/configurations/RESULT_CACHE_TTL_SECONDS", {"value": "123"}, expect=200)
        entries = audit(admin, action="configurations.update", resource="configurations/RESULT_CACHE_TTL_SECONDS")
        self.assertEqual({e["status"] for e in entries}, {"attempt", "success"})
        self.assertEqual(entries[0]["changes"], {"from": "300", "to": "123"})


class AuditTrail(Story):
    def test_it_is_found_by_user_action_resource_status_and_time(self):
        admin = self.admin()
        began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
        analyst = self.analyst()
        me = analyst.get("/api/v1/auth/me").json
        analyst.run("SELECT 'found'")
        eventually(lambda: audit(admin, action="query.run", email=ANALYST[0]))
        self.assertTrue(all(e["user_id"] == me["id"] for e in audit(admin, user_id=me["id"])))
        self.assertEqual({e["email"] for e in audit(admin, email=ANALYST[0])}, {ANALYST[0]})
        self.assertTrue(all(e["action"].startswith("auth.") for e in audit(admin, action="auth.")))
        self.assertEqual({e["status"] for e in audit(admin, status="success")}, {"success"})
        self.assertTrue(audit(admin, **{"from": began}))
        self.assertEqual(audit(admin, to="2020-01-01T00:00:00Z"), [])
        self.assertEqual(audit(admin, email="nobody@example.com"), [])
        for query in ({"from": "yesterday"}, {"user_id": "me"}, {"format": "xml"}):
            self.assertEqual(admin.get("/api/v1/admin/audit-logs", query).status, 422)

    def test_nobody_changes_or_removes_an_entry(self):
        for statement in ("UPDATE audit_logs SET email = 'x'", "DELETE FROM audit_logs", "TRUNCATE audit_logs"):
            with self.subTest(statement), self.assertRaises(RuntimeError):
                self.stores.sql(statement)

    def test_strangers_cannot_fill_it(self):
        admin = self.admin()
        for _ in range(50):
            self.assertEqual(self.anyone.get("/api/v1/users").status, 401)
        self.assertLess(len([e for e in audit(admin) if e["status"] in ("denied", "failure")]), 10)

    def test_the_export_holds_every_entry_once(self):
        admin, analyst = self.admin(), self.analyst()
        for number in range(230):
            analyst.run(f"SELECT {number}")
        eventually(lambda: len(self.stores.sql("SELECT id FROM audit_logs WHERE action = 'query.run'")) >= 230)
        lines = [json.loads(line) for line in admin.get("/api/v1/admin/audit-logs", {"format": "ndjson", "action": "query.run"}, expect=200).text.splitlines()]
        ids = [line["id"] for line in lines]
        self.assertGreaterEqual(len(ids), 230)
        self.assertEqual(ids, sorted(set(ids), reverse=True))


class Stores(Story):
    def test_health_and_statistics(self):
        admin = self.admin()
        admin.get("/api/v1/admin/db/health", expect=200)
        text = admin.get("/api/v1/admin/db/stats", expect=200).text
        self.assertIn("queries", text)
        self.assertEqual(admin.get("/admin/db/stats").status, 200)

    def test_the_golden_copy_is_made_again_as_a_job(self):
        admin = self.admin()
        before = admin.get("/api/v1/admin/db/golden-copy", expect=200).json
        self.assertEqual(admin.post("/api/v1/admin/db/golden-copy/reset").status, 400)
        started = admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202)
        task = started.json
        self.assertEqual(started.headers["Location"], task["status_url"])
        done = eventually(lambda: (j := admin.get(task["status_url"], expect=200).json)["state"] in ("succeeded", "failed") and j)
        self.assertEqual((done["state"], done["type"], done["progress"], done["error"]), ("succeeded", "golden-copy", 100, None))
        self.assertEqual(admin.get(f"/api/v1/admin/db/jobs/{task['task_id']}", expect=200).json, done)
        self.assertIn(task["task_id"], [j["id"] for j in admin.get("/api/v1/admin/db/jobs", {"type": "golden-copy"}, expect=200).json["items"]])
        self.assertEqual(admin.post(f"/api/v1/admin/db/jobs/{task['task_id']}/cancel").status, 409)
        after = admin.get("/api/v1/admin/db/golden-copy", expect=200).json
        self.assertEqual(before.keys(), after.keys())
        self.assertEqual(self.analyst().rows("SELECT 1"), [[1]])
        self.assertEqual({e["status"] for e in audit(admin, action="golden_copy.reset")}, {"attempt", "success"})
        text = self.anyone.get("/metrics", expect=200).text
        for line in ('vanna_jobs_total{type="golden-copy",state="succeeded"} 1', 'vanna_jobs_running{type="golden-copy"} 0',
                     'vanna_job_duration_seconds_count{type="golden-copy"} 1'):
            self.assertIn(line, text)

    def test_unknown_jobs_are_not_found(self):
        admin = self.admin()
        for path in ("jobs/", "golden-copy/status/"):
            self.assertEqual(admin.get(f"/api/v1/admin/db/{path}{NOBODYS}").status, 404)
        self.assertEqual(admin.post(f"/api/v1/admin/db/jobs/{NOBODYS}/cancel").status, 404)


class Knowledge(Story):
    def test_a_term_is_added_found_changed_and_removed(self):
        analyst, viewer = self.analyst(), self.viewer()
        body = {"term_name": "turnover", "description": "What was invoiced", "synonyms": ["takings"], "data_source": "invoices", "owner": "sales"}
        made = analyst.post("/api/v1/ontology", body, expect=201)
        path = made.headers["Location"]
        self.assertEqual({k: made.json[k] for k in body}, body)
        self.assertEqual(viewer.get(path, expect=200).json, made.json)
        self.assertIn("turnover", [t["term_name"] for t in viewer.get("/api/v1/ontology", {"limit": 200}, expect=200).json["items"]])
        self.assertEqual(analyst.post("/api/v1/ontology", {**body, "term_name": "Turnover"}).status, 409)
        changed = analyst.patch(path, {"synonyms": ["takings", "sales volume"]}, expect=200).json
        self.assertEqual((changed["synonyms"], changed["owner"]), (["takings", "sales volume"], "sales"))
        self.assertEqual(viewer.patch(path, {"owner": "me"}).status, 403)
        self.assertEqual(analyst.delete(path).status, 400)
        analyst.delete(path, {"confirm": "true"}, expect=204)
        self.assertEqual(viewer.get(path).status, 404)

    def test_terms_and_pairs_are_paged(self):
        analyst = self.analyst()
        for number in range(5):
            analyst.post("/api/v1/ontology", {"term_name": f"paged {number}", "description": "x"}, expect=201)
            analyst.post("/api/v1/knowledge/examples", {"question": f"paged {number}?", "sql": f"SELECT {number}"}, expect=201)
        for path, name, wanted in (("/api/v1/ontology", "term_name", "paged {}"), ("/api/v1/knowledge/examples", "question", "paged {}?")):
            seen, cursor = [], None
            while True:
                page = analyst.get(path, {"limit": 2, **({"cursor": cursor} if cursor else {})}, expect=200).json
                self.assertLessEqual(len(page["items"]), 2)
                seen += page["items"]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            ids = [item["id"] for item in seen]
            self.assertEqual(ids, sorted(set(ids), reverse=True))
            self.assertLessEqual({wanted.format(number) for number in range(5)}, {item[name] for item in seen})
            for query in ({"limit": 0}, {"limit": 201}, {"cursor": "x"}):
                self.assertEqual(analyst.get(path, query).status, 422)
        page = analyst.get("/api/v1/knowledge/examples", {"state": "rejected", "limit": 1}, expect=200).json
        self.assertTrue(all(e["state"] == "rejected" for e in page["items"]))

    def test_a_pair_is_proposed_and_decided_once(self):
        analyst = self.analyst()
        body = {"question": "How many warehouses are there?", "sql": "SELECT COUNT(*) FROM warehouses"}
        made = analyst.post("/api/v1/knowledge/examples", body, expect=201)
        self.assertEqual((made.json["state"], made.json["proposed_by"]), ("proposed", ANALYST[0]))
        path = made.headers["Location"]
        analyst.post(f"{path}/reject", expect=200)
        self.assertEqual(analyst.get("/api/v1/knowledge/examples", {"state": "rejected"}, expect=200).json["items"][0]["id"], made.json["id"])
        self.assertEqual(analyst.get("/api/v1/knowledge/examples", {"state": "splendid"}).status, 422)
        self.assertEqual(analyst.delete(path).status, 400)
        analyst.delete(path, {"confirm": "true"}, expect=204)
        self.assertEqual(analyst.delete(path, {"confirm": "true"}).status, 404)


if __name__ == "__main__":
    main()
