"""The log of a server that friends and strangers have talked to: one JSON object a line, found again by the reply's request id, and no secret."""

import base64
import json
import secrets
import unittest.mock

from support import Story, eventually, main
from support.client import Client
from support.story import ADMIN, ANALYST

MARK = "mark" + secrets.token_hex(8)  # in every statement, parameter, question, name and password that is sent
NUMBER = "90210" + str(secrets.randbelow(10**9)).zfill(9)
KEY = base64.b64encode(secrets.token_bytes(32)).decode()
JWT = secrets.token_hex(32)
ENDLESS = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n WHERE i <> '{MARK}'"
ODD = 'a"b\\c\n\r\t\x00\x1b[2J\x7f\u2028\U0001f512'
# Whole requests, as bytes.
HOSTILE = [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b'G"ET /health HTTP/1.1\r\nHost: x\r\n\r\n',
    b"GET /\xff\xfe\"\\ HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/%ff%00%0a%22%5c HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/queries?cursor=%ff%00%0a%22&limit=%0d%0a HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /api/v1/queries?cursor=%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /docs/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
    b'GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: a"b\\\r\n\r\n',
    b"GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: \xff\xfe\xc0\xaf\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: " + b"x" * 3000 + b"\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: \tone\ttwo\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: \xff\"\r\nUser-Agent: \xff\x1b[2J\"\\\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: \xff\"\\, 1.2.3.4\", \xc3\r\n\r\n",
    b"GET /nothing HTTP/1.1\r\nHost: x\r\nForwarded: for=\"\xff\\\"\"\r\nX-Forwarded-Proto: \xff\"\r\n\r\n",
    b"GET /api/v1/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe" + MARK.encode() + b"\r\n\r\n",
    b"GET /api/v1/auth/me HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + MARK.encode() + b"\r\n\r\n",
    b"GET /api/v1/auth/me HTTP/1.1\r\nHost: x\r\nCookie: vanna_access=" + MARK.encode() + b"\xff\"\r\n\r\n",
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
]
# Bodies for a route; those of /queries/run are sent as an analyst.
BODIES = [
    ("/api/v1/auth/login", b"{"),
    ("/api/v1/auth/login", b'{"email":"\xff\xfe","password":"' + MARK.encode() + b'"}'),
    ("/api/v1/auth/login", json.dumps({"email": ODD + "@example.com", "password": MARK}).encode()),
    ("/api/v1/auth/login", json.dumps({"email": MARK + '"\n@example.com', "password": ODD + MARK}).encode()),
    ("/api/v1/auth/refresh", json.dumps({"refresh_token": MARK}).encode()),
    ("/api/v1/queries/run", b'{"sql":"SELECT \'\xff\xfe' + MARK.encode() + b"'\"}"),
    ("/api/v1/queries/run", json.dumps({"sql": f"SELECT '{ODD}{MARK}'"}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": f"SELECT ?, {NUMBER} -- {ODD}{MARK}", "params": [ODD + MARK]}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": f"SELEKT '{MARK}' FROM {NUMBER}"}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": f"SELECT * FROM nowhere WHERE a = '{MARK}' AND b = {NUMBER}"}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": f"DELETE FROM customers WHERE customer_name = '{MARK}'"}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": f"SELECT json_extract('{{{MARK}', '$.a')"}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": f"SELECT '{'x' * 110000}{MARK}'"}).encode()),
    ("/api/v1/queries/run", json.dumps({"sql": ENDLESS}).encode()),
    ("/api/v1/queries/ask", json.dumps({"question": f"how many customers are called '{MARK}'?\n\"{ODD}"}).encode()),
]


class Log(Story):
    replicas = 0
    settings = {"JWT_SECRET": JWT, "ENCRYPTION_KEY": KEY, "METRICS_TOKEN": MARK, "QUERY_TIMEOUT_MS": "300", "MAX_HEADER_BYTES": "4096",
                "TRUSTED_PROXIES": "127.0.0.1/32", "OPEN_REGISTRATION": "true"}

    def setUp(self):
        self.answered = {}  # the status by request id, of each that the log must show

    def send(self, server, data):
        """These bytes, and what came back."""
        with server.client.connect() as plain, plain.makefile("rb") as source:
            plain.sendall(data)
            head = []
            while (line := source.readline().rstrip(b"\r\n")):
                head.append(line.decode("latin-1"))
        self.note(int(head[0].split()[1]), dict(line.lower().split(": ", 1) for line in head[1:]).get("x-request-id"))

    def note(self, status, identity):
        self.assertTrue(identity)
        self.assertNotIn(identity, self.answered)
        self.answered[identity] = status

    def noted(self, client):
        """The client, whose answers are noted from now on."""
        ask = client.request

        def request(method, path, *words, **options):
            answer = ask(method, path, *words, **options)
            self.note(answer.status, answer.headers["X-Request-Id"])
            return answer
        self.enterContext(unittest.mock.patch.object(client, "request", request))
        return client

    def talk(self, server):
        """Friends and strangers; the secrets that came up."""
        anyone = self.noted(Client(server.port))
        admin, analyst = (self.noted(anyone.log_in(*who)) for who in (ADMIN, ANALYST))
        ran = analyst.run(f"SELECT '{MARK}', {NUMBER}").json
        eventually(lambda: analyst.get(f"/api/v1/queries/{ran['query_id']}").status == 200, 20, "the history")
        for kind in ("json", "csv", "ndjson"):
            analyst.get(f"/api/v1/queries/{ran['query_id']}/result", {"format": kind}, expect=200)
        for path, body in BODIES:
            sender = analyst if path.startswith("/api/v1/queries") else anyone
            sender.post(path, body, headers={"Content-Type": "application/json"})
        for data in HOSTILE:
            self.send(server, data)
        admin.post("/api/v1/users", {"email": "odd@example.com", "password": "a long password " + MARK, "role": "viewer", "full_name": ODD})
        anyone.post("/api/v1/auth/register", {"email": "new@example.com", "password": "a long password " + MARK, "full_name": ODD})
        analyst.post("/api/v1/ontology", {"term_name": ODD + "term", "description": ODD})
        admin.put("/api/v1/admin/configurations/LLM_API_KEY", {"value": "sk-" + MARK})
        admin.put("/api/v1/admin/configurations/NO%0A%22KEY%FF", {"value": MARK})
        admin.post("/api/v1/admin/db/vacuum", {"table": ODD})
        admin.post("/api/v1/admin/db/backup/restore/" + "%0A%22%FF" + MARK, query={"confirm": "true"})
        return [admin.token, admin.refresh_token, analyst.token, analyst.refresh_token]

    def test_every_line_is_one_object_found_by_the_request_id_and_without_secrets(self):
        gate = self.gate("postgres")
        server = self.serve("talked", postgres=gate)
        tokens = self.talk(server)
        gate.cut()
        analyst = self.noted(Client(server.port, tokens[2]))
        eventually(lambda: analyst.get("/api/v1/queries").status == 503, 20, "the history being away")
        analyst.run(f"SELECT '{MARK}', 'while it is away'")
        analyst.post("/api/v1/auth/login", {"email": ODD, "password": MARK})
        gate.open()
        eventually(lambda: analyst.get("/api/v1/queries").status == 200, 20, "the history")
        self.assertEqual(server.stop(), 0)
        with open(server.log_path, "rb") as file:
            written = file.read()
        self.assertTrue(written.endswith(b"\n"))
        requests = {}
        for line in written.split(b"\n")[:-1]:
            with self.subTest(line=line):
                entry = self.check_entry(line)
            if entry["message"] == "request":
                requests.setdefault(entry["request_id"], []).append(entry["status"])
        self.assertEqual({identity: requests.get(identity) for identity in self.answered},
                         {identity: [status] for identity, status in self.answered.items()})
        database = server.environment["DATABASE_URL"].partition("://")[2].partition("@")[0]
        password = database.partition(":")[2] or MARK
        for secret in (*tokens, *(token.rpartition(".")[2] for token in tokens), MARK, NUMBER, JWT, KEY, ADMIN[1], ANALYST[1], password):
            self.assertNotIn(secret.encode(), written)

    def check_entry(self, line):
        def unique(pairs):
            names = [name for name, _ in pairs]
            self.assertEqual(len(names), len(set(names)), "a name stands twice")
            return dict(pairs)
        entry = json.loads(line.decode("utf-8"), object_pairs_hook=unique, parse_constant=self.fail)
        self.assertIsInstance(entry, dict)
        self.assertRegex(entry["time"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$")
        self.assertIn(entry["level"], ("debug", "info", "warn", "error"))
        self.assertTrue(entry["message"])
        return entry


if __name__ == "__main__":
    main()
