"""Limits, each met exactly and crossed by one: headers, bodies, statements, rates, concurrency, time; and clients that go away."""

import json
import re
import socket
import threading

from support import Client, Story, eventually, main

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


def status_line(plain):
    with plain.makefile("rb") as source:
        line = source.readline()
        return int(line.split()[1]) if line else None


class Requests(Story):
    settings = {"MAX_HEADER_BYTES": "4096", "MAX_BODY_BYTES": "20000", "MAX_SQL_BYTES": "5000", "MAX_QUESTION_CHARS": "100"}

    def send(self, data):
        """The status of the answer to these bytes."""
        with self.anyone.connect() as plain:
            plain.sendall(data)
            return status_line(plain)

    def test_a_header_at_its_limit_and_one_byte_over(self):
        fixed = b"GET /health/live HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-Fill: "
        for size, status in ((4096, 200), (4097, 431)):
            with self.subTest(size=size):
                fill = b"x" * (size - len(fixed) - 4)
                self.assertEqual(self.send(fixed + fill + b"\r\n\r\n"), status)

    def test_a_header_that_never_ends(self):
        with self.anyone.connect() as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n")
            try:
                for _ in range(200):
                    plain.sendall(b"X-More: " + b"x" * 100 + b"\r\n")
            except OSError:
                pass
            self.assertIn(status_line(plain), (431, None))

    def test_a_long_path(self):
        self.assertEqual(self.send(b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: here\r\n\r\n"), 431)

    def padded(self, size):
        body = json.dumps({"sql": "SELECT 1"}).encode()
        return body + b" " * (size - len(body))

    def test_a_body_at_its_limit_and_one_byte_over(self):
        analyst = self.analyst()
        self.assertEqual(analyst.post("/api/v1/queries/run", self.padded(20000)).status, 200)
        self.assertEqual(analyst.post("/api/v1/queries/run", self.padded(20001)).status, 413)

    def test_a_chunked_body_over_the_limit(self):
        analyst = self.analyst()
        for size, status in ((20000, 200), (20001, 413)):
            with self.subTest(size=size), analyst.connect() as plain:
                body = self.padded(size)
                plain.sendall(analyst.head("POST", "/api/v1/queries/run", {"Transfer-Encoding": "chunked", "Connection": "close"}))
                try:
                    for at in range(0, size, 1000):
                        piece = body[at:at + 1000]
                        plain.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                    plain.sendall(b"0\r\n\r\n")
                except OSError:
                    pass
                self.assertEqual(status_line(plain), status)

    def test_a_promised_gigabyte_is_refused_before_it_is_sent(self):
        analyst = self.analyst()
        with analyst.connect() as plain:
            plain.sendall(analyst.head("POST", "/api/v1/queries/run", length=1 << 30))
            self.assertEqual(status_line(plain), 413)

    def test_bodies_that_are_no_json_object(self):
        analyst = self.analyst()
        for body in (b"", b"{", b"[]", b"null", b"\"text\"", b"{\"sql\": 1,}", b"\xff\xfe", b"[" * 5000, b"{\"sql\":" + b"[" * 100 + b"]" * 100 + b"}"):
            with self.subTest(body=body[:20]):
                got = analyst.post("/api/v1/queries/run", body, headers={"Content-Type": "application/json"})
                self.assertEqual(got.status, 400, got)

    def test_fields_of_the_wrong_kind_are_all_named(self):
        analyst = self.analyst()
        got = analyst.post("/api/v1/queries/run", {"sql": 7, "limit": "x", "id": "y", "paramz": []}, expect=422)
        self.assertEqual({error["field"] for error in got.json["errors"]}, {"sql", "limit", "id", "paramz"})
        for body, field in (({}, "sql"), ({"sql": "SELECT 1", "limit": 0}, "limit"), ({"sql": "SELECT 1", "limit": 1.5}, "limit"),
                            ({"sql": "SELECT 1", "limit": -1}, "limit"), ({"sql": None}, "sql"), ({"sql": "SELECT '\0'"}, "sql")):
            with self.subTest(body=body):
                got = analyst.post("/api/v1/queries/run", body, expect=422)
                if got.type == "invalid-input":
                    self.assertEqual([error["field"] for error in got.json["errors"]], [field])

    def test_a_statement_at_its_limit_and_one_byte_over(self):
        analyst = self.analyst()
        self.assertEqual(analyst.run("SELECT 1" + " " * 4992).status, 200)
        got = analyst.run("SELECT 1" + " " * 4993)
        self.assertEqual((got.status, got.type), (422, "query-too-large"))

    def test_a_question_at_its_limit_and_one_character_over(self):
        viewer = self.viewer()
        question = "How many customers are there? "
        self.assertEqual(viewer.post("/api/v1/queries/ask", {"question": question + "ü" * (100 - len(question))}).status, 200)
        got = viewer.post("/api/v1/queries/ask", {"question": question + "ü" * (101 - len(question))}, expect=422)
        self.assertEqual(got.json["errors"][0]["field"], "question")

    def test_malformed_requests(self):
        for data, status in (
                (b"GARBAGE\r\n\r\n", 400), (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505), (b"GET / HTTP/1.1\r\n\r\n", 400),
                (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
                (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
                (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
                (b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                (b"GET /docs/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400)):
            with self.subTest(data=data[:40]):
                self.assertEqual(self.send(data), status)

    def test_several_requests_sent_at_once_are_answered_in_order(self):
        with self.anyone.connect() as plain:
            plain.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: one\r\n\r\n"
                          b"GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: two\r\n\r\n"
                          b"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Request-Id: three\r\nConnection: close\r\n\r\n")
            with plain.makefile("rb") as source:
                text = source.read().decode().lower()
        self.assertEqual([text.index(f"x-request-id: {n}") for n in ("one", "two", "three")],
                         sorted(text.index(f"x-request-id: {n}") for n in ("one", "two", "three")))
        self.assertEqual(re.findall(r"http/1\.1 (\d+)", text), ["200", "404", "200"])

    def test_head_answers_as_get_without_a_body(self):
        got = self.anyone.request("HEAD", "/health/live", expect=200)
        self.assertEqual((got.body, got.headers["Content-Length"]), (b"", str(len(self.anyone.get("/health/live").body))))

    def test_connections_come_back(self):
        self.anyone.get("/health/live", expect=200)
        before = self.server.descriptors("socket:")
        for _ in range(10):
            opened = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(200)]
            for plain in opened[::2]:
                plain.sendall(b"GET /health/live HTTP/1.1\r\nHo")
            for plain in opened:
                plain.close()
        eventually(lambda: self.server.descriptors("socket:") <= before + 5, what="the descriptors")


class Rates(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "5"}

    def test_over_the_rate_the_answer_says_when_to_come_back(self):
        analyst = self.analyst()
        statuses = [analyst.run(f"SELECT {n}").status for n in range(8)]
        self.assertEqual(statuses[:5], [200] * 5)
        self.assertIn(429, statuses)
        refused = analyst.run("SELECT 0")
        self.assertEqual((refused.status, refused.type), (429, "rate-limited"))
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.assertLessEqual(int(refused.headers["Retry-After"]), 60)
        self.assertEqual(self.admin().run("SELECT 1").status, 200)
        self.assertEqual(analyst.get("/api/v1/auth/me").status, 200)


class Running(Story):
    settings = {"QUERY_CONCURRENCY_PER_USER": "2", "QUERY_TIMEOUT_MS": "60000", "QUERY_RATE_PER_MINUTE": "0"}
    replicas = 2

    def setUp(self):
        self.client = self.analyst()
        self.threads = []

    def tearDown(self):
        for thread in self.threads:
            thread.join(70)

    def fresh_id(self):
        made = self.client.run("SELECT 1").json["query_id"]
        return made[:-6] + format((int(made[-6:], 16) + 1) % (1 << 24), "06x")

    def start(self, client=None, sql=ENDLESS, identity=None):
        """Runs a query in a thread; answers its id and a list that the answer will be put into."""
        identity = identity or self.fresh_id()
        answers = []
        thread = threading.Thread(target=lambda: answers.append((client or self.client).run(sql, id=identity)))
        thread.start()
        self.threads.append(thread)
        return identity, answers

    def cancel(self, identity, client=None):
        return eventually(lambda: (a := (client or self.client).post(f"/api/v1/queries/{identity}/cancel")).status == 202 and a, what="cancelling")

    def ended(self, identity, client=None):
        path = f"/api/v1/queries/{identity}"
        return eventually(lambda: (a := (client or self.client).get(path)).status == 200 and a.json["status"])

    def test_cancelling_ends_a_query_at_once(self):
        identity, answers = self.start()
        self.cancel(identity)
        eventually(lambda: answers, 10, "the end of the query")
        self.assertEqual((answers[0].status, answers[0].type), (499, "cancelled"))
        self.assertEqual(self.ended(identity), "cancelled")
        self.assertEqual(self.client.post(f"/api/v1/queries/{identity}/cancel").status, 409)

    def test_cancelling_works_from_another_replica(self):
        identity, answers = self.start()
        there = Client(self.servers[1].port, self.client.token)
        eventually(lambda: there.post(f"/api/v1/queries/{identity}/cancel").status == 202 and answers, 20, "the end of the query")
        self.assertEqual(answers[0].status, 499)

    def test_only_the_owner_or_an_administrator_cancels(self):
        identity, answers = self.start()
        viewer, admin = self.viewer(), self.admin()
        eventually(lambda: self.client.run("SELECT 3").status == 200)
        viewer.post(f"/api/v1/queries/{identity}/cancel")
        self.assertFalse(answers)
        self.cancel(identity, admin)
        eventually(lambda: answers, 10, "the end of the query")

    def test_a_client_that_goes_away_stops_its_statement(self):
        alone = [self.fresh_id(), self.fresh_id()]
        plains = []
        for identity in alone:
            body = json.dumps({"sql": f"{ENDLESS} -- {identity}", "id": identity}).encode()
            plains.append(self.client.connect())
            plains[-1].sendall(self.client.head("POST", "/api/v1/queries/run", length=len(body)) + body)
        eventually(lambda: self.client.run("SELECT 3").status == 429, what="both queries running")
        for plain in plains:
            plain.close()
        eventually(lambda: self.client.run("SELECT 3").status == 200, 5, "the end of both")
        self.assertEqual([self.ended(identity) for identity in alone], ["cancelled", "cancelled"])

    def test_identical_queries_run_once(self):
        sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT MAX(i) FROM n"
        results = []
        threads = [threading.Thread(target=lambda: results.append(self.client.run(sql))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([r.json["rows"] for r in results], [[[3000000]]] * 2)
        self.assertEqual(len({r.json["query_id"] for r in results}), 2)


if __name__ == "__main__":
    main()
