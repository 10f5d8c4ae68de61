"""No label of a metric is made of what users send: ten thousand different URLs, users and statements make no series."""

import http.client
import json
import uuid

from support import Story, main

JSON = {"Content-Type": "application/json"}


class Series(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "0", "RESULT_CACHE_TTL_SECONDS": "0"}

    def series(self):
        page = self.anyone.get("/metrics", expect=200).text
        return {line.rpartition(" ")[0] for line in page.splitlines() if not line.startswith("#")}

    def call(self, method, path, expect, body=None, headers=None):
        self.connection.request(method, path, json.dumps(body) if body else None, headers or {})
        answer = self.connection.getresponse()
        answer.read()
        self.assertEqual(answer.status, expect, f"{method} {path}")

    def send(self, numbers):
        analyst = {"Authorization": f"Bearer {self.token}", **JSON}
        for number in numbers:
            self.call("GET", f"/some/page/{number}?x={number}", 404)
            if number % 3 == 0:
                self.call("GET", f"/api/v1/queries/{uuid.uuid4()}", 404, headers=analyst)
            elif number % 3 == 1:
                self.call("POST", "/api/v1/queries/run", 200, {"sql": f"SELECT {number}"}, analyst)
        for number in numbers[:5]:
            self.call("POST", "/api/v1/auth/login", 401, {"email": f"user{number}@example.com", "password": f"wrong {number}"}, JSON)

    def test_their_number_stays_as_it_is(self):
        self.token = self.analyst().token
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self.addCleanup(self.connection.close)
        self.send(range(20))
        self.series()  # the first scrape makes those of its own route
        before = self.series()
        self.send(range(20, 6000))
        self.assertEqual(self.series(), before)


if __name__ == "__main__":
    main()
