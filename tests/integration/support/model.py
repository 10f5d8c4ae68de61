"""A model behind an OpenAI-compatible /v1/chat/completions, which does what a test tells it: answer whole or in pieces, late,
wrongly, for ever, or break off. It keeps what it was sent."""

import contextlib
import http.server
import json
import socket
import threading

from support import ports


class Model:
    """On host:port. `script` is called with each request's JSON and returns an answer of the kinds below."""

    def __init__(self, key, host="127.0.0.1"):
        self.key, self.host = key, host
        self.port = ports.reserve()
        self.url = f"http://{host}:{self.port}/v1"
        self.requests = []  # the JSON of each question
        self.bodies = []  # their bytes, as sent
        self.left = threading.Event()  # somebody closed the connection before the answer's end
        self.script = lambda _: says("SELECT 1")
        self._going = threading.Event()
        self._going.set()
        self._held = 0
        self._open = set()
        self._server = None
        self.start()

    def start(self):
        if self._server:
            return
        self._server = http.server.ThreadingHTTPServer((self.host, self.port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        """As a model that is not there."""
        self.go()
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
            for connection in list(self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    close = stop

    def answer(self, *answers):
        """One after the other, the last again and again; forgets what was asked before."""
        waiting = list(answers)
        self.requests, self.bodies = [], []
        self.left.clear()
        self.script = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def hold(self):
        """No more pieces until go()."""
        self._going.clear()

    def go(self):
        self._going.set()

    def held(self):
        """How many answers wait for go()."""
        return self._held

    def sent(self):
        """All it was sent, as one text."""
        return b"\n".join(self.bodies).decode()

    def wait(self):
        self._held += 1
        self._going.wait()
        self._held -= 1

    def _handler(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                owner._open.add(self.connection)

            def finish(self):
                owner._open.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def do_GET(self):
                self.whole(200 if self.path == "/v1/models" else 404, b'{"object":"list","data":[]}')

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path != "/v1/chat/completions":
                    return self.whole(404, b"no such path")
                if self.headers["Authorization"] != f"Bearer {owner.key}":
                    return self.whole(401, f"wrong key: {self.headers['Authorization']}".encode())
                asked = json.loads(body)
                owner.bodies.append(body)
                owner.requests.append(asked)
                try:
                    owner.script(asked)(owner, self, asked)
                except OSError:
                    owner.left.set()

            def whole(self, status, body, **headers):
                with contextlib.suppress(ConnectionError):
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name.replace("_", "-"), value)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def begin_events(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True

            def event(self, text):
                self.wfile.write(b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n")
                self.wfile.flush()

            def log_message(self, *_):
                pass

        return Handler


def says(text, size=7, held_at=None):
    """`text`: in pieces of `size` where that is asked for, with a wait() before piece number `held_at`; else whole."""
    def play(model, handler, asked):
        if not asked["stream"]:
            if held_at is not None:
                model.wait()
            return handler.whole(200, json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).encode())
        handler.begin_events()
        for number, at in enumerate(range(0, len(text), size)):
            if number == held_at:
                model.wait()
            handler.event(text[at:at + size])
        handler.wfile.write(b"data: [DONE]\n\n")
    return play


def status(code, text, **headers):
    return lambda model, handler, asked: handler.whole(code, text.encode(), **headers)


def broken_json():
    return lambda model, handler, asked: handler.whole(200, b'{"choices":[{"message":{"content":"SELECT')


def error_event(message):
    """An error as an event of a stream; as the answer where none was asked for. Both with status 200."""
    text = json.dumps({"error": {"message": message}}).encode()

    def play(model, handler, asked):
        if not asked["stream"]:
            return handler.whole(200, text)
        handler.begin_events()
        handler.wfile.write(b"data: " + text + b"\n\n")
    return play


def breaks_off(text):
    """Cut in mid-stream."""
    def play(model, handler, asked):
        handler.begin_events()
        handler.event(text)
    return play


def endless(text):
    """Again and again, until the client leaves."""
    def play(model, handler, asked):
        handler.begin_events()
        while True:
            handler.event(text)
    return play


def silent():
    """No answer, until the client leaves or go()."""
    def play(model, handler, asked):
        handler.connection.settimeout(60)
        if not handler.rfile.read(1):
            model.left.set()
        handler.close_connection = True
    return play
