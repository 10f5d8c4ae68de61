"""A model's server that breaks the protocol in every way: each question is answered all the same, by the next generator."""

import json

from support import main
from support.model import Model, error_event, says, status
from test_model import QUESTION, Modelled, Stream


def raw(data):
    """These bytes as they are, then the end of the connection."""
    def play(model, handler, asked):
        handler.wfile.write(data)
        handler.close_connection = True
    return play


def answered(body, kind="application/json", code="200 OK", **headers):
    body = body if isinstance(body, bytes) else body.encode()
    head = {"Content-Type": kind, "Content-Length": len(body), **headers}
    return raw(f"HTTP/1.1 {code}\r\n".encode() + "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in head.items()).encode() + b"\r\n" + body)


def choice(message):
    return json.dumps({"choices": [{"message": message}]})


def events(text):
    return answered(text, "text/event-stream")


HUGE = "x" * 6_000_000
BROKEN = {
    "an error with 200": error_event("overloaded"),
    "an error as a text": answered('{"error": "overloaded"}'),
    "an error beside an answer": answered('{"error": {"message": "no"}, "choices": [{"message": {"content": "SELECT 1"}}]}'),
    "a huge error with 200": answered(json.dumps({"error": {"message": HUGE}})),
    "a huge error with 500": status(500, HUGE),
    "a huge error with 429": status(429, HUGE),
    "a huge error as an event": events("data: " + json.dumps({"error": {"message": HUGE}}) + "\n\n"),
    "a huge answer": answered(choice({"content": "SELECT '" + HUGE + "'"})),
    "a huge event": events("data: " + json.dumps({"choices": [{"delta": {"content": HUGE}}]}) + "\n\n"),
    "an event without end": events("data: " + HUGE),
    "no choices": answered('{"choices": []}'),
    "an empty choice": answered('{"choices": [{}]}'),
    "no content": answered(choice({"content": None})),
    "a number for content": answered(choice({"content": 7})),
    "a list for an answer": answered("[]"),
    "nothing": answered(""),
    "no body": answered("", code="204 No Content"),
    "a page": answered("<html>Sign in</html>", "text/html"),
    "an empty stream": events("data: [DONE]\n\n"),
    "events of no JSON": events("data: {\n\ndata: x\n\n"),
    "levels without end": answered("[" * 100_000),
    "bytes of no text": answered(b'{"choices": [{"message": {"content": "\xff\xfe SELECT \xc3"}}]}'),
    "a NUL in a statement": answered(choice({"content": "SELECT 1\0; DROP TABLE customers"})),
    "less than it promised": answered("{", Content_Length=1000),
    "a length of no number": answered("{}", Content_Length="many"),
    "headers without end": answered("{}", **{f"X_{n}": "y" * 1000 for n in range(2000)}),
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9\r\n"),
    "half a head": raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "a bad chunk": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    "fences of both kinds": says("```~~~" * 20_000),
}


class BrokenModels(Modelled):
    def each(self, broken, question=QUESTION):
        """Whole and as events; the model is asked anew each time."""
        for name, play in broken.items():
            with self.subTest(name):
                self.setUp()
                self.model.answer(play)
                answer = self.ask(question)
                self.falls_back(answer, "llm failed" if "fences" not in name and "statement" not in name else "")
                self.assertLess(len(json.dumps(answer)), 5000)
                self.model.answer(play)
                with Stream(self.client, question) as told:
                    name, done = list(told)[-1]
                self.assertEqual((name, done["generator"], done["row_count"]), ("done", "built-in", 1))
                self.assertTrue(self.model.requests, "it was asked both times")

    def test_each_way_of_breaking_the_protocol(self):
        self.ask()
        before = self.server.resident()
        self.each(BROKEN)
        self.assertLess(self.server.resident() - before, 100 << 20)
        self.assertNotIn("x" * 300, self.server.log())
        self.assertEqual(self.client.rows("SELECT COUNT(*) FROM customers"), [[self.count()]])

    def test_a_redirect_is_not_followed(self):
        other = Model(self.key)
        self.addCleanup(other.close)
        self.each({str(code): status(code, "", Location=f"{other.url}/chat/completions") for code in (301, 302, 303, 307, 308)})
        self.each({"to itself": status(307, "", Location="/v1/chat/completions")})
        self.assertEqual(other.bodies, [], "nothing of the question and its key goes elsewhere")


if __name__ == "__main__":
    main()
