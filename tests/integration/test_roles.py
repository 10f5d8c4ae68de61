"""The role that the OpenAPI document states for a route is the one that the server asks for: every route, every role."""

from support import Story, main

RANK = {"anyone": 0, "viewer": 1, "analyst": 2, "admin": 3}
PLACES = {"{table}": "customers", "{key}": "QUERY_MAX_ROWS", "{file}": "docs.css"}
NOBODYS = "019aa5a0-7c1e-7d3b-9f4e-2b8a6c0d1e2f"


def concrete(path):
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path.replace("{id}", NOBODYS).replace("{task_id}", NOBODYS)


class Roles(Story):
    """Bodies and confirmations are left out: whoever is let in gets a 400, 404 or 422, or starts a job that may run at any time."""

    def callers(self):
        return {"anyone": self.anyone, "viewer": self.viewer(), "analyst": self.analyst(), "admin": self.admin()}

    def test_every_route_asks_for_its_role(self):
        callers = self.callers()
        operations = self.anyone.document().operations()
        self.assertGreater(len(operations), 50)
        for method, path, operation in operations:
            if operation["operationId"] in ("logout", "metrics"):
                continue
            for role, client in callers.items():
                with self.subTest(f"{method} {path} as {role}"):
                    got = client.request(method.upper(), concrete(path))
                    needed = RANK[operation["x-required-role"]]
                    if needed == 0:
                        self.assertNotIn(got.status, (401, 403) if operation["operationId"] != "register" else (401,))
                    elif role == "anyone":
                        self.assertEqual(got.status, 401)
                    elif RANK[role] < needed:
                        self.assertEqual(got.status, 403)
                    else:
                        self.assertNotIn(got.status, (401, 403))
                        self.assertLess(got.status, 500, got)

    def test_every_role_may_log_out(self):
        for client in self.callers().values():
            self.assertEqual(client.post("/api/v1/auth/logout").status, 204 if client.token else 401)

    def test_the_short_path_of_the_database_routes_asks_for_the_same_role(self):
        callers = self.callers()
        for method, path, _ in self.anyone.document().operations():
            if not path.startswith("/api/v1/admin/db"):
                continue
            short = concrete(path.removeprefix("/api/v1"))
            with self.subTest(f"{method} {short}"):
                self.assertEqual(callers["anyone"].request(method.upper(), short).status, 401)
                for role in ("viewer", "analyst"):
                    self.assertEqual(callers[role].request(method.upper(), short).status, 403, role)
                statuses = {callers["admin"].request(method.upper(), each).status for each in (short, concrete(path))}
                if statuses != {202, 409}:  # the second finds the job of the first under way
                    self.assertEqual(len(statuses), 1)

    def test_a_refusal_says_nothing_of_what_there_is(self):
        viewer = self.viewer()
        here, nowhere = (viewer.get(f"/api/v1/schema/{table}") for table in ("customers", "no_such_table"))
        self.assertEqual((here.status, nowhere.status), (403, 403))
        self.assertEqual(here.json["detail"], nowhere.json["detail"])

    def test_unknown_paths_and_methods(self):
        admin = self.admin()
        self.assertEqual(admin.get("/api/v1/nothing").status, 404)
        got = admin.delete("/api/v1/auth/login")
        self.assertEqual(got.status, 405)
        self.assertIn("POST", got.headers["Allow"])


class RolesOfPostgres(Roles):
    engine_of_target = "postgresql"


if __name__ == "__main__":
    main()
