"""A small HTTP client. Every answer is held to the server's OpenAPI document."""

import http.client
import json
import socket
import urllib.parse

from support.document import Document

_documents = {}


class Answer:
    def __init__(self, status, headers, body, trailers=None):
        self.status, self.headers, self.body, self.trailers = status, headers, body, trailers

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()

    @property
    def type(self):
        """The kind of problem, such as query-refused."""
        return self.json["type"].rsplit("/", 1)[-1]

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


class Client:
    def __init__(self, port, token=None, host="127.0.0.1", timeout=60):
        self.host, self.port, self.token, self.timeout = host, port, token, timeout
        self.refresh_token = None

    def get(self, path, query=None, **options):
        return self.request("GET", path, query=query, **options)

    def post(self, path, body=None, query=None, **options):
        return self.request("POST", path, body, query, **options)

    def put(self, path, body=None, **options):
        return self.request("PUT", path, body, **options)

    def patch(self, path, body=None, **options):
        return self.request("PATCH", path, body, **options)

    def delete(self, path, query=None, **options):
        return self.request("DELETE", path, query=query, **options)

    def request(self, method, path, body=None, query=None, headers=None, expect=None):
        """`body`: bytes as they are, anything else as JSON. `expect`: the status, or several; anything else fails."""
        target = path + ("?" + urllib.parse.urlencode(query) if query else "")
        sent = {"Connection": "close", **(headers or {})}
        if self.token and "Authorization" not in sent and "Cookie" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.request(method, target, body, sent)
            got = connection.getresponse()
            answer = Answer(got.status, got.headers, got.read())
        finally:
            connection.close()
        self._check(method, path, answer)
        if expect is not None:
            expected = expect if isinstance(expect, (tuple, list, set)) else (expect,)
            assert answer.status in expected, f"{method} {target}: expected {expect}, got {answer}"
        return answer

    def log_in(self, email, password):
        """A client of the same server for this user."""
        tokens = self.post("/api/v1/auth/login", {"email": email, "password": password}, expect=200).json
        other = Client(self.port, tokens["access_token"], self.host, self.timeout)
        other.refresh_token = tokens["refresh_token"]
        return other

    def run(self, sql, **fields):
        return self.post("/api/v1/queries/run", {"sql": sql, **fields})

    def rows(self, sql, **fields):
        return self.post("/api/v1/queries/run", {"sql": sql, **fields}, expect=200).json["rows"]

    def document(self):
        if self.port not in _documents:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
            connection.request("GET", "/openapi.json", headers={"Connection": "close"})
            _documents[self.port] = Document(connection.getresponse().read())
            connection.close()
        return _documents[self.port]

    def _check(self, method, path, answer):
        if method == "OPTIONS":
            return
        problems = self.document().problems(method, path, answer.status, answer.headers.get("Content-Type", ""), answer.body)
        assert not problems, "the answer is not as the OpenAPI document says: " + "; ".join(problems)
        assert answer.headers.get("X-Request-Id"), f"{method} {path}: no X-Request-Id"

    # ---- below http.client: bytes as they are ----

    def connect(self, receive_buffer=None):
        """A plain socket to the server."""
        plain = socket.socket()
        if receive_buffer:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        plain.settimeout(self.timeout)
        plain.connect((self.host, self.port))
        return plain

    def head(self, method, path, headers=None, length=None):
        """The bytes of a request's header."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        if length is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def stream(self, path):
        """GET with chunks and trailers read by hand; one that breaks off has no trailers (None)."""
        with self.connect() as plain:
            plain.sendall(self.head("GET", path, {"Connection": "close"}))
            with plain.makefile("rb") as source:
                return _read_answer(source)


def _read_headers(source):
    headers = {}
    while (line := source.readline().rstrip(b"\r\n")):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return headers


def _read_answer(source):
    status = int(source.readline().split()[1])
    headers = _read_headers(source)
    if headers.get("transfer-encoding") != "chunked":
        return Answer(status, headers, source.read(int(headers.get("content-length", -1))))
    body = bytearray()
    while True:
        size = source.readline()
        if not size.endswith(b"\r\n"):
            return Answer(status, headers, bytes(body), None)
        if int(size, 16) == 0:
            return Answer(status, headers, bytes(body), _read_headers(source))
        body += source.read(int(size, 16))
        source.readline()
