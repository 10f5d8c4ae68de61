"""Asking while two of what it uses are away, and all: the answer comes from what is left, says so, and is in the history afterwards."""

import itertools
import time

from support import eventually, main
from support.embeddings import Embeddings
from support.gate import Gate
from support.model import says
from support.story import ANALYST
from test_model import QUESTION, Modelled, Stream

STORES = ("postgres", "redis", "chroma")


class AskOutages(Modelled):
    @classmethod
    def prepare(cls):
        cls.embeddings = Embeddings("another key")
        cls._ends.callback(cls.embeddings.close)
        cls.gates = {"embedder": Gate("127.0.0.1", cls.embeddings.port)}
        cls.more = {"EMBEDDING_PROVIDER": "http", "EMBEDDING_URL": f"http://127.0.0.1:{cls.gates['embedder'].port}/v1", "EMBEDDING_MODEL": "toy",
                    "EMBEDDING_API_KEY": "another key"}
        super().prepare()
        cls.gates |= {store: cls.gate(store) for store in STORES} | {"model": Gate("127.0.0.1", cls.model.port)}
        for name in ("embedder", "model"):
            cls._ends.callback(cls.gates[name].close)
        # One worker: what one has found away, another may not have yet.
        cls.gated = cls.serve("gated", settings={"LLM_BASE_URL": f"http://127.0.0.1:{cls.gates['model'].port}/v1", "WORKERS": "1"},
                              **{store: cls.gates[store] for store in STORES})

    def setUp(self):
        super().setUp()
        self.client = self.gated.client.log_in(*ANALYST)
        self.asked = []
        for gate in self.gates.values():
            self.addCleanup(gate.open)
        self.model.answer(says("SELECT COUNT(*) FROM customers"))
        self.mended()

    def mended(self):
        for gate in self.gates.values():
            gate.open()
        for store in ("database", "redis", "chroma"):
            self.gated.wait_for_store(store)
        eventually(lambda: (a := self.ask())["generator"] == "llm" and a["notes"] == [], 90, "all of them being asked again")

    def answered_without(self, away):
        answer = self.ask()
        self.assertEqual((answer["generator"], answer["rows"]), ("built-in" if "model" in away else "llm", [[self.count()]]), answer)
        notes = " ".join(answer["notes"])
        self.assertEqual("llm failed" in notes, "model" in away, notes)
        self.assertEqual("the knowledge base is unavailable" in notes, bool({"chroma", "embedder"} & set(away)), notes)
        self.assertEqual(self.gated.status("/health/ready"), 200)
        self.asked.append(answer["query_id"])
        with Stream(self.client, QUESTION) as events:
            name, done = list(events)[-1]
        self.assertEqual((name, done["row_count"]), ("done", 1))
        self.asked.append(done["query_id"])

    def recorded(self):
        for identity in self.asked:
            eventually(lambda i=identity: self.client.get(f"/api/v1/queries/{i}").status == 200, 30, "the record")
            self.assertEqual(len(self.stores.sql(f"SELECT id FROM queries WHERE id = '{identity}'")), 1)

    def test_every_two_of_them_away(self):
        for away in itertools.combinations(sorted(self.gates), 2):
            with self.subTest(away):
                for name in away:
                    self.gates[name].cut()
                self.answered_without(away)
                self.mended()
        self.recorded()

    def test_all_of_them_away(self):
        for gate in self.gates.values():
            gate.cut()
        self.answered_without(self.gates)
        self.mended()
        self.recorded()

    def test_an_embedder_that_hangs_is_waited_for_no_longer_than_the_knowledge_base_is(self):
        for other in (None, "chroma", "redis"):
            with self.subTest(other):
                self.gates["embedder"].stall()
                if other:
                    self.gates[other].stall()
                began = time.monotonic()
                self.answered_without(["embedder"])
                self.assertLess(time.monotonic() - began, 30)
                self.mended()
        self.recorded()

    def test_an_embedder_that_answers_nonsense_is_one_that_is_away(self):
        for failure in ((500, "boom"), (200, "{"), (200, '{"data": []}'), (200, '{"data": [{"index": 0, "embedding": []}]}'),
                        (200, '{"data": [{"index": 0, "embedding": [1, 2]}]}'), (200, "x" * 5_000_000)):
            with self.subTest(failure[1][:50]):
                self.embeddings.failure = failure
                try:
                    self.answered_without(["embedder"])
                finally:
                    self.embeddings.failure = None


if __name__ == "__main__":
    main()
