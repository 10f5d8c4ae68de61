"""What survives when everything is stopped and started again: revocations, sessions, history."""

from support import Client, Story, eventually, main
from support.story import ANALYST


def status_of(port, token):
    return Client(port, token).get("/api/v1/auth/me").status


class Everything(Story):
    replicas = 2
    own_stores = True

    def test_a_revoked_token_stays_refused_after_both_replicas_postgresql_and_redis_restart(self):
        gone, stays = self.analyst(), self.analyst()
        ran = stays.run("SELECT 'before the restart'").json["query_id"]
        gone.post("/api/v1/auth/logout", expect=204)
        eventually(lambda: status_of(self.servers[1].port, gone.token) == 401, 10, "revocation on the second replica")

        for server in self.servers:
            self.assertEqual(server.stop(), 0, server.tail())
        self.stores.stop("postgres", "redis")
        self.stores.start("postgres", "redis")
        for server in self.servers:
            server.start()

        for server in self.servers:
            self.assertEqual(status_of(server.port, gone.token), 401)
            self.assertEqual(status_of(server.port, stays.token), 200)
            self.assertEqual(server.client.post("/api/v1/auth/refresh", {"refresh_token": gone.refresh_token}).status, 401)
        self.assertEqual(stays.get(f"/api/v1/queries/{ran}", expect=200).json["status"], "success")
        self.anyone.log_in(*ANALYST)

    def test_replicas_find_postgresql_again_by_themselves(self):
        analyst = self.analyst()
        self.stores.kill("postgres", "redis")
        for server in self.servers:
            client = Client(server.port, analyst.token)
            self.assertEqual(client.run("SELECT 'while down'").status, 200)
            self.assertEqual(client.get("/api/v1/queries").status, 503)
            self.assertEqual(server.status("/health/ready"), 200)
            eventually(lambda c=client: c.get("/health").json["database"] == "down", what="the loss being seen")
        self.stores.start("postgres", "redis")
        for server in self.servers:
            client = Client(server.port, analyst.token)
            eventually(lambda c=client: sum(q["sql"] == "SELECT 'while down'" for q in c.get("/api/v1/queries", expect=200).json["items"]) == 2,
                       30, "both queries in the history")
            eventually(lambda c=client: c.get("/health").json["redis"] == "connected", 30, "Redis being found again")


if __name__ == "__main__":
    main()
