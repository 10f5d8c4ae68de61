"""Limits, each met exactly and crossed by one: headers, bodies, statements, rates, concurrency, time; and clients that go away."""

import contextlib
import datetime
import json
import re
import secrets
import socket
import struct
import threading
import time
import uuid

from support import Client, Story, eventually, main
from support.story import ADMIN, ANALYST

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


def status_line(plain):
    with plain.makefile("rb") as source:
        line = source.readline()
        return int(line.split()[1]) if line else None


class Requests(Story):
    settings = {"MAX_HEADER_BYTES": "4096", "MAX_BODY_BYTES": "20000", "MAX_QUESTION_CHARS": "100"}

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.client = cls.servers[0].client.log_in(*ANALYST)

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
            self.assertEqual(status_line(plain), 431)

    def test_a_long_path(self):
        self.assertEqual(self.send(b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\nHost: here\r\n\r\n"), 431)

    def padded(self, size):
        body = json.dumps({"sql": "SELECT 1"}).encode()
        return body + b" " * (size - len(body))

    def test_a_body_at_its_limit_and_one_byte_over(self):
        self.assertEqual(self.client.post("/api/v1/queries/run", self.padded(20000)).status, 200)
        self.assertEqual(self.client.post("/api/v1/queries/run", self.padded(20001)).status, 413)

    def test_a_chunked_body_over_the_limit(self):
        for size, status in ((20000, 200), (20001, 413)):
            with self.subTest(size=size), self.client.connect() as plain:
                body = self.padded(size)
                plain.sendall(self.client.head("POST", "/api/v1/queries/run", {"Transfer-Encoding": "chunked", "Connection": "close"}))
                try:
                    for at in range(0, size, 1000):
                        piece = body[at:at + 1000]
                        plain.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                    plain.sendall(b"0\r\n\r\n")
                except OSError:
                    pass
                self.assertEqual(status_line(plain), status)

    def test_a_promised_gigabyte_is_refused_before_it_is_sent(self):
        with self.client.connect() as plain:
            plain.sendall(self.client.head("POST", "/api/v1/queries/run", length=1 << 30))
            self.assertEqual(status_line(plain), 413)

    def test_bodies_that_are_no_json_object(self):
        for body in (b"", b"{", b"[]", b"null", b"\"text\"", b"{\"sql\": 1,}", b"\xff\xfe", b"[" * 5000, b"{\"sql\":" + b"[" * 100 + b"]" * 100 + b"}"):
            with self.subTest(body=body[:20]):
                got = self.client.post("/api/v1/queries/run", body, headers={"Content-Type": "application/json"})
                self.assertEqual(got.status, 400, got)

    def test_fields_of_the_wrong_kind_are_all_named(self):
        got = self.client.post("/api/v1/queries/run", {"sql": 7, "limit": "x", "id": "y", "paramz": []}, expect=422)
        self.assertEqual({error["field"] for error in got.json["errors"]}, {"sql", "limit", "id", "paramz"})
        for body, field in (({}, "sql"), ({"sql": "SELECT 1", "limit": 0}, "limit"), ({"sql": "SELECT 1", "limit": 1.5}, "limit"),
                            ({"sql": "SELECT 1", "limit": -1}, "limit"), ({"sql": None}, "sql"), ({"sql": "SELECT '\0'"}, "sql")):
            with self.subTest(body=body):
                got = self.client.post("/api/v1/queries/run", body, expect=422)
                if got.type == "invalid-input":
                    self.assertEqual([error["field"] for error in got.json["errors"]], [field])

    def test_a_question_at_its_limit_and_one_character_over(self):
        question = "How many customers are there? "
        self.assertEqual(self.client.post("/api/v1/queries/ask", {"question": question + "ü" * (100 - len(question))}).status, 200)
        got = self.client.post("/api/v1/queries/ask", {"question": question + "ü" * (101 - len(question))}, expect=422)
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

    def test_ten_thousand_connections_opened_and_dropped_come_back(self):
        def count(name, **labels):
            return self.server.metric(f"vanna_{name}", **labels)
        eventually(lambda: [count("store_connections", store=store) for store in ("database", "redis")] == [4, 2], what="the stores' connections")
        before, descriptors = count("http_connections_accepted_total"), self.server.descriptors("socket:")
        for _ in range(20):
            opened = [socket.create_connection(("127.0.0.1", self.server.port)) for _ in range(500)]
            for number, plain in enumerate(opened):
                if number % 3:
                    plain.sendall(b"GET /health/live HTTP/1.1\r\nHo" + (b"st: x\r\n\r\n" if number % 3 == 2 else b""))
                if number % 2:
                    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                plain.close()
        eventually(lambda: count("http_connections_accepted_total") >= before + 10_000, 60, "all being accepted")
        eventually(lambda: self.server.descriptors("socket:") <= descriptors + 5, 60, "the descriptors")


class Statements(Story):
    settings = {"MAX_SQL_BYTES": "5000"}

    def test_a_statement_at_its_limit_and_one_byte_over(self):
        client = self.analyst()
        self.assertEqual(client.run("SELECT 1" + " " * 4992).status, 200)
        got = client.run("SELECT 1" + " " * 4993)
        self.assertEqual((got.status, got.type), (422, "query-too-large"))


class StatementsOfPostgres(Statements):
    engine_of_target = "postgresql"


class Rates(Story):
    settings = {"QUERY_RATE_PER_MINUTE": "5"}

    def test_over_the_rate_the_answer_says_when_to_come_back(self):
        analyst = self.analyst()
        # An answer of Redis that is late is not waited for: the process counts by itself then, which can allow the rate once more.
        answers = [analyst.run(f"SELECT {n}") for n in range(11)]
        self.assertEqual([answer.status for answer in answers[:5]], [200] * 5)
        refused = next((answer for answer in answers if answer.status != 200), None)
        self.assertIsNotNone(refused, "no query was refused")
        self.assertEqual((refused.status, refused.type), (429, "rate-limited"))
        self.assertGreater(int(refused.headers["Retry-After"]), 0)
        self.assertLessEqual(int(refused.headers["Retry-After"]), 60)
        self.assertEqual(self.admin().run("SELECT 1").status, 200)
        self.assertEqual(analyst.get("/api/v1/auth/me").status, 200)


class Queries(Story):
    """Queries that run in threads. What runs is read from the metrics: asking by a query would take a place itself."""

    settings = {"QUERY_CONCURRENCY_PER_USER": "2", "QUERY_TIMEOUT_MS": "60000", "QUERY_RATE_PER_MINUTE": "0"}
    replicas = 2

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.client, cls.other = (cls.servers[0].client.log_in(*who) for who in (ANALYST, ADMIN))

    def setUp(self):
        self.started = []

    def tearDown(self):
        for identity, thread in self.started:
            eventually(lambda i=identity, t=thread: not t.is_alive() or (self.other.post(f"/api/v1/queries/{i}/cancel"), False)[1], 30, "the queries' end")

    def fresh_id(self):
        milliseconds = time.time_ns() // 1_000_000
        return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)))

    def start(self, sql=None):
        """Runs a query in a thread; answers its id and a list that the answer will be put into."""
        identity, answers = self.fresh_id(), []
        sql = sql or f"{ENDLESS} -- {identity}"
        thread = threading.Thread(target=lambda: answers.append(self.client.run(sql, id=identity)))
        thread.start()
        self.started.append((identity, thread))
        return identity, answers

    def statements(self):
        """How many the target runs at this moment."""
        return self.server.metric("vanna_pool_running", pool=self.dialect.pool)

    def until_running(self, count):
        eventually(lambda: self.statements() == count, 30, f"{count} running statements")

    def cancel(self, identity, client=None):
        (client or self.client).post(f"/api/v1/queries/{identity}/cancel", expect=202)

    def ended(self, identity):
        path = f"/api/v1/queries/{identity}"
        return eventually(lambda: (a := self.client.get(path)).status == 200 and a.json, 30, "the record of the query")


class Running(Queries):
    # ---- how many at once ----

    def refused(self, answer):
        self.assertEqual((answer.status, answer.type), (429, "rate-limited"), answer)
        self.assertGreater(int(answer.headers["Retry-After"]), 0)

    def test_a_third_query_at_once_is_refused_until_one_ends(self):
        first, answers = self.start()
        self.start()
        self.until_running(2)
        self.refused(self.client.run("SELECT 3"))
        self.refused(self.client.post("/api/v1/queries/ask", {"question": "How many customers are there?"}))
        self.assertEqual(self.other.run("SELECT 3").status, 200)
        self.cancel(first)
        eventually(lambda: answers, 10, "the end of the query")
        self.assertEqual(self.client.run("SELECT 3").status, 200)
        self.start()
        self.until_running(2)
        self.refused(self.client.run("SELECT 4"))

    def test_exports_count_too(self):
        sql = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, '{'x' * 200}' FROM n"
        identity = self.client.run(sql, limit=1, id=self.fresh_id()).json["query_id"]
        self.ended(identity)
        export = f"/api/v1/queries/{identity}/result"
        with self.export(export), self.export(export):
            self.refused(self.client.run("SELECT 3"))
            self.refused(self.client.get(export, {"format": "csv"}))
            self.assertEqual(self.other.run("SELECT 3").status, 200)
        eventually(lambda: self.client.run("SELECT 3").status == 200, 10, "the places of the exports")

    @contextlib.contextmanager
    def export(self, path):
        """An export that is being read, not so fast that it ends and not so slowly that it is cut."""
        stop = threading.Event()
        with self.client.connect(receive_buffer=8192) as plain:
            plain.sendall(self.client.head("GET", path + "?format=csv"))
            self.assertEqual(plain.recv(12, socket.MSG_WAITALL), b"HTTP/1.1 200")

            def read():
                while not stop.wait(0.05) and plain.recv(8192):
                    pass
            reader = threading.Thread(target=read)
            reader.start()
            try:
                yield
            finally:
                stop.set()
                reader.join()

    # ---- how they end ----

    def test_cancelling_ends_a_query_at_once(self):
        identity, answers = self.start()
        self.until_running(1)
        self.cancel(identity)
        eventually(lambda: answers, 10, "the end of the query")
        self.assertEqual((answers[0].status, answers[0].type), (499, "cancelled"))
        self.assertEqual(self.ended(identity)["status"], "cancelled")
        self.assertEqual(self.client.post(f"/api/v1/queries/{identity}/cancel").status, 409)

    def test_cancelling_works_from_another_replica(self):
        identity, answers = self.start()
        self.until_running(1)
        self.cancel(identity, Client(self.servers[1].port, self.client.token))
        eventually(lambda: answers, 10, "the end of the query")
        self.assertEqual((answers[0].status, answers[0].type), (499, "cancelled"))

    def test_only_the_owner_or_an_administrator_cancels(self):
        identity, answers = self.start()
        self.until_running(1)
        viewer = self.viewer()
        for port in (self.server.port, self.servers[1].port):
            Client(port, viewer.token).post(f"/api/v1/queries/{identity}/cancel", expect=(202, 404))
        eventually(lambda: self.client.run("SELECT 3").status == 200)
        self.until_running(1)
        self.assertEqual(answers, [])
        self.cancel(identity, self.other)
        eventually(lambda: answers, 10, "the end of the query")

    def test_a_client_that_goes_away_stops_its_statement(self):
        for leave in ("close", "reset", "half"):
            with self.subTest(leave):
                identities, plains = [self.fresh_id(), self.fresh_id()], []
                for identity in identities:
                    body = json.dumps({"sql": f"{ENDLESS} -- {identity}", "id": identity}).encode()
                    plains.append(self.client.connect())
                    plains[-1].sendall(self.client.head("POST", "/api/v1/queries/run", length=len(body)) + body)
                self.until_running(2)
                left_at = time.time()
                for plain in plains:
                    self.leave(plain, leave)
                self.until_running(0)
                for identity in identities:
                    record = self.ended(identity)
                    self.assertEqual(record["status"], "cancelled")
                    ended_at = datetime.datetime.fromisoformat(record["executed_at"].replace("Z", "+00:00")).timestamp()
                    self.assertLess(ended_at - left_at, 1.0, "ten times what is promised")
                for plain in plains:
                    plain.close()

    @staticmethod
    def leave(plain, how):
        if how == "half":
            plain.shutdown(socket.SHUT_WR)
            return
        if how == "reset":
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        plain.close()


class RunningOfPostgres(Running):
    engine_of_target = "postgresql"

    def test_identical_queries_each_see_the_data_of_their_own_time(self):
        two = [self.start(ENDLESS) for _ in range(2)]
        self.until_running(2)
        for identity, answers in two:
            self.cancel(identity)
            eventually(lambda a=answers: a, 10, "the end of the query")


class Identical(Queries):
    """Of a file that does not change."""

    def test_identical_queries_run_once(self):
        before = self.server.metric("vanna_pool_started_total", pool="sqlite")
        looked_up = self.server.metric("vanna_result_cache_lookups_total", outcome="miss")
        leader, answers = self.start(ENDLESS)
        self.until_running(1)
        follower, others = self.start(ENDLESS)
        eventually(lambda: self.server.metric("vanna_result_cache_lookups_total", outcome="miss") == looked_up + 2, 30, "the second query")
        self.cancel(follower)
        eventually(lambda: others, 10, "the end of the second query")
        self.assertEqual((self.statements(), answers), (1, []))
        self.assertEqual(self.server.metric("vanna_pool_started_total", pool="sqlite"), before + 1)
        self.cancel(leader)
        eventually(lambda: answers, 10, "the end of the first query")
        self.assertEqual([self.ended(identity)["status"] for identity in (leader, follower)], ["cancelled"] * 2)

    def test_identical_queries_share_one_result(self):
        sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT MAX(i) FROM n"
        two = [self.start(sql) for _ in range(2)]
        for identity, answers in two:
            got = eventually(lambda a=answers: a, 30, "the answers")[0].json
            self.assertEqual((got["rows"], got["query_id"]), ([[300000]], identity))
            self.assertEqual(self.ended(identity)["status"], "success")


if __name__ == "__main__":
    main()
