"""Who asks with a stream of events and leaves, or stays and reads nothing: the work stops, what it held is given back, a trace stays."""

import json
import time

from support import eventually, main
from support.embeddings import Embeddings
from support.gate import Gate
from support.model import endless, says
from test_model import ASK, Modelled, Stream

LARGE = "SELECT order_id, hex(zeroblob(4000)) AS filling FROM orders ORDER BY order_id LIMIT 1000"  # 8 MB
LARGE_OF_POSTGRES = "SELECT order_id, repeat('0', 8000) AS filling FROM orders ORDER BY order_id LIMIT 1000"


class Leaving:
    """What holds for targets of every engine: a subclass is Modelled and says what is large and what is endless."""

    @classmethod
    def prepare(cls):
        cls.embeddings = Embeddings("another key")
        cls._ends.callback(cls.embeddings.close)
        cls.way = Gate("127.0.0.1", cls.embeddings.port)
        cls._ends.callback(cls.way.close)
        cls.more = {"EMBEDDING_PROVIDER": "http", "EMBEDDING_URL": f"http://127.0.0.1:{cls.way.port}/v1", "EMBEDDING_MODEL": "toy",
                    "EMBEDDING_API_KEY": "another key"}
        super().prepare()

    def audited(self, question, status):
        entries = self.admin().get("/api/v1/admin/audit-logs", {"limit": 200, "action": "query.ask"}, expect=200).json["items"]
        return [e for e in entries if e["status"] == status and (not question or question in json.dumps(e))]

    def of_history(self, question):
        return [q for q in self.client.get("/api/v1/queries", {"limit": 200}, expect=200).json["items"] if q["question"] == question]

    def is_quiet(self):
        return self.server.metric("vanna_http_requests_in_flight") == 1  # the one that asks for this

    def test_while_the_knowledge_base_is_asked(self):
        question = "Who leaves while it is retrieved?"
        self.embeddings.hold()
        self.addCleanup(self.embeddings.go)
        self.model.answer(says("SELECT 1"))
        with Stream(self.client, question) as events:
            self.assertEqual(next(iter(events))[0], "retrieving")
            eventually(self.embeddings.held, what="the embedder being asked")
        eventually(lambda: self.audited(question, "failure"), 5, "the trace")
        eventually(self.is_quiet, 5, "the end of the work")
        self.assertEqual(self.model.requests, [], "nobody wanted to know any more")

    def test_while_the_statement_runs(self):
        question = "Who leaves while it runs?"
        self.model.answer(says(self.endless))
        with Stream(self.client, question) as events:
            for name, _ in events:
                if name == "running":
                    break
            eventually(self.is_running, 10, "the statement at work")
        eventually(lambda: not self.is_running(), 5, "the end of the statement")
        eventually(lambda: [q["status"] for q in self.of_history(question)] == ["cancelled"], 10, "the record")
        identity = self.of_history(question)[0]["id"]
        eventually(lambda: any(identity in e["resource"] for e in self.audited("", "failure")), 10, "the trace")

    def test_while_the_rows_come(self):
        question = "Who leaves while the rows come?"
        self.model.answer(says(self.large))
        with Stream(self.client, question) as events:
            for name, data in events:
                if name == "rows":
                    self.assertLess(len(data["rows"]), 1000)
                    break
        eventually(lambda: [q["status"] for q in self.of_history(question)] == ["success"], 10, "the record")
        identity = self.of_history(question)[0]["id"]
        eventually(lambda: any(identity in e["resource"] for e in self.audited("", "success")), 10, "the trace")
        eventually(self.is_quiet, 5, "the end of the answer")

    def stalled(self, question):
        """A reader who asks and reads nothing."""
        body = json.dumps({"question": question}).encode()
        plain = self.client.connect(receive_buffer=4096)
        plain.sendall(self.client.head("POST", ASK, {"Accept": "text/event-stream"}, length=len(body)) + body)
        self.addCleanup(plain.close)
        return plain

    def cut(self):
        return self.server.metric("vanna_http_connections_cut_total", reason="slow_reader") or 0

    def test_readers_who_stall_while_the_rows_come_are_cut_and_keep_no_memory(self):
        self.model.answer(says(self.large))
        self.ask("What is as large as it gets?")
        before, cut, began = self.server.resident(), self.cut(), time.monotonic()
        readers = [self.stalled(f"Who reads nothing of number {n}?") for n in range(6)]
        most = 0

        def all_cut():
            nonlocal most
            most = max(most, self.server.resident())
            return self.cut() >= cut + len(readers)
        eventually(all_cut, 60, "the readers being cut")
        self.assertLess(time.monotonic() - began, 60)
        self.assertLess(most - before, 200 << 20, "six answers of 8 MB, and what is on its way")
        for n in range(len(readers)):
            eventually(lambda n=n: self.of_history(f"Who reads nothing of number {n}?"), 10, "the record")
        eventually(self.is_quiet, 5, "the end of their work")
        self.assertEqual(self.client.run("SELECT 1").status, 200)

    def test_one_who_stalls_while_the_model_goes_on_and_on_ends_it_too(self):
        question = "Who reads nothing of what the model says?"
        before, cut = self.server.resident(), self.cut()
        self.model.answer(endless("and so on " * 400))
        self.stalled(question)
        eventually(self.model.left.is_set, 60, "the model being left")
        eventually(lambda: self.cut() > cut or self.audited(question, "failure") or self.audited(question, "declined"), 60, "the end of it")
        eventually(self.is_quiet, 60, "the end of the work")
        self.assertLess(self.server.resident() - before, 50 << 20)


class LeavingSqlite(Leaving, Modelled):
    large = LARGE
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"

    def is_running(self):
        return self.server.metric("vanna_pool_running", pool="sqlite") >= 1


class LeavingPostgres(Leaving, Modelled):
    engine_of_target = "postgresql"
    large = LARGE_OF_POSTGRES
    endless = "SELECT count(*) FROM generate_series(1, 100000000000) i"

    def is_running(self):
        (seen,) = self.stores.as_superuser(f"SELECT count(*) AS n FROM pg_stat_activity WHERE usename = '{self.business.role}' AND state = 'active'")
        return seen["n"] != "0"


if __name__ == "__main__":
    main()
