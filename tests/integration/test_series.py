"""No label of a metric is made of what users send: ten thousand different URLs, users and statements make no series."""

import concurrent.futures
import http.client
import json
import time
import uuid

from support import Story, main
from support.story import ANALYST
from support.tokens import claims, signed

MANY = 10_000
AT_ONCE = 4
SECRET = "a secret that only this test signs with"
JSON = {"Content-Type": "application/json"}


class Series(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "0", "RESULT_CACHE_TTL_SECONDS": "0", "JWT_SECRET": SECRET}

    def series(self):
        page = self.anyone.get("/metrics", expect=200).text
        return {line.rpartition(" ")[0] for line in page.splitlines() if not line.startswith("#")}

    def add_users(self):
        """So many analysts; their passwords are never asked for, hashing ten thousand takes a quarter of an hour."""
        self.stores.sql("INSERT INTO users (id, email, password_hash, role) SELECT gen_random_uuid(), 'user' || n || '@series.example', "
                        f"'*', 'analyst' FROM generate_series(1, {MANY}) n")
        return [row["id"] for row in self.stores.sql("SELECT id FROM users WHERE email LIKE '%@series.example'")]

    def token_of(self, user):
        known = claims(self.pattern)
        return signed({**known, "sub": user, "jti": str(uuid.uuid4()), "exp": int(time.time()) + 3600}, SECRET)

    def one_after_the_other(self, requests):
        """Over one connection; the statuses that came beside those expected."""
        odd, connection = [], http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            for method, path, expect, body, headers in requests:
                connection.request(method, path, json.dumps(body) if body else None, headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != expect:
                    odd.append((method, path, answer.status))
        finally:
            connection.close()
        return odd

    def send(self, users):
        def requests(first):
            for number in range(first, len(users), AT_ONCE):
                user = {"Authorization": f"Bearer {self.token_of(users[number])}", **JSON}
                yield "GET", f"/some/page/{number}?x={number}", 404, None, {}
                yield "POST", "/api/v1/queries/run", 200, {"sql": f"SELECT {number}, 'column{number}' AS c{number}"}, user
                if number % 100 == 0:
                    yield "GET", f"/api/v1/queries/{uuid.uuid4()}", 404, None, user
                if number % 1000 == 0:
                    yield "POST", "/api/v1/auth/login", 401, {"email": f"nobody{number}@example.com", "password": f"wrong {number}"}, JSON
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for odd in pool.map(self.one_after_the_other, [requests(first) for first in range(AT_ONCE)]):
                self.assertEqual(odd[:3], [])

    def test_their_number_stays_as_it_is(self):
        self.pattern = self.anyone.log_in(*ANALYST).token
        users = self.add_users()
        self.assertEqual(len(set(users)), MANY)
        self.send(users[:20])
        self.series()  # the first scrape makes those of its own route
        before = self.series()
        self.send(users)
        self.assertEqual(self.series(), before)


if __name__ == "__main__":
    main()
