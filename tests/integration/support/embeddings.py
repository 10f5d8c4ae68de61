"""A small OpenAI-compatible embeddings server, which a test can hold back and make fail."""

import contextlib
import http.server
import json
import re
import threading
import zlib

from support import ports


class Embeddings:
    """On 127.0.0.1:port; vectors of `dimension` numbers, near for texts with the same words."""

    def __init__(self, key, dimension=64):
        self.key, self.dimension = key, dimension
        self.port = ports.reserve()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.texts = []  # all it was given
        self.failure = None  # (status, body) of every answer from now on
        self._going = threading.Event()
        self._going.set()
        self._held = 0
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hold(self):
        """No answers until go()."""
        self._going.clear()

    def go(self):
        self._going.set()

    def held(self):
        """How many requests wait for go()."""
        return self._held

    def close(self):
        self.go()
        self._server.shutdown()
        self._server.server_close()

    def vector(self, text):
        out = [0.0] * self.dimension
        for word in re.findall(r"[a-z0-9]+", text.lower()):
            out[zlib.crc32(word.encode()) % self.dimension] += 1.0
        return out

    def answer(self, authorization, body):
        if self.failure:
            return self.failure
        if authorization != f"Bearer {self.key}":
            return 401, json.dumps({"error": f"wrong key: {authorization}"})
        texts = json.loads(body)["input"]
        self.texts += texts
        data = [{"object": "embedding", "index": i, "embedding": self.vector(text)} for i, text in enumerate(texts)]
        return 200, json.dumps({"object": "list", "data": list(reversed(data)), "model": "toy"})

    def _handler(self):
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner._held += 1
                owner._going.wait()
                owner._held -= 1
                status, text = owner.answer(self.headers["Authorization"], body) if self.path == "/v1/embeddings" else (404, "no such path")
                data = text.encode()
                with contextlib.suppress(ConnectionError):  # who asked may be gone by now
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)

            def log_message(self, *_):
                pass

        return Handler
