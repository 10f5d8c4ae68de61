"""What tests of trainings share: jobs that are followed, and a look into ChromaDB past the server."""

import contextlib
import json
import urllib.request

from support.embeddings import Embeddings
from support.polling import eventually
from support.story import Story

CHROMA = "/api/v1/admin/db/chroma"
ENDED = ("succeeded", "failed", "cancelled")
WAITING = "from pg_locks where not granted and relation = 'knowledge_state'::regclass"


class Trained(Story):
    """What all of them do: start a job and wait for it, and look into ChromaDB past the server."""

    def start(self, admin, method="POST", path="train", **query):
        got = admin.request(method, f"{CHROMA}/{path}", query=query, expect=202)
        self.assertEqual(got.headers["Location"], got.json["status_url"])
        self.assertEqual(got.json["status_url"], f"{CHROMA}/status/{got.json['task_id']}")
        return got.json["status_url"]

    def ended(self, admin, url, within=60):
        return eventually(lambda: (j := admin.get(url, expect=200).json)["state"] in ENDED and j, within, "the end of the job")

    def train(self, admin, expect="succeeded"):
        job = self.ended(admin, self.start(admin))
        self.assertEqual(job["state"], expect, job)
        return job["result"] if expect == "succeeded" else job

    def status(self, admin):
        return admin.get(f"{CHROMA}/status", expect=200).json

    def chroma(self, method, path=""):
        host, port = self.stores.chroma
        url = f"http://{host}:{port}/api/v2/tenants/default_tenant/databases/default_database/collections{path}"
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=20) as answer:
            return json.loads(answer.read())

    def collections(self):
        return self.stores.collections()

    def row(self):
        return self.stores.sql("SELECT * FROM knowledge_state")[0]

    def add_term(self, name, description):
        self.analyst().post("/api/v1/ontology", {"term_name": name, "description": description}, expect=201)

    def nearest(self, admin, text, **query):
        return admin.get(f"{CHROMA}/knowledge-base", {"q": text, **query}, expect=200).json["items"]

    def notes(self, question="How many customers are there?"):
        return " ".join(self.analyst().post("/api/v1/queries/ask", {"question": question}, expect=200).json["notes"])


class RemotelyTrained(Trained):
    """With an embedder that can be held."""

    key = "sk-the-key-of-the-test"
    replicas = 1

    @classmethod
    def prepare(cls):
        cls.embeddings = Embeddings(cls.key)
        cls._ends.callback(cls.embeddings.close)
        cls.settings = {"EMBEDDING_PROVIDER": "http", "EMBEDDING_URL": cls.embeddings.url, "EMBEDDING_MODEL": "toy",
                        "EMBEDDING_API_KEY": cls.key, "AUTO_TRAIN_CHROMA": "true"}
        super().prepare()

    def setUp(self):
        self.addCleanup(self.embeddings.go)

    def held_training(self, admin, term):
        """A training that waits for the embedder in the midst of its collection."""
        self.add_term(term, "something new to embed")
        self.embeddings.hold()
        url = self.start(admin)
        eventually(lambda: admin.get(url, expect=200).json["stage"] == "embedding" and self.embeddings.held(), what="the embedding")
        return url

    @contextlib.contextmanager
    def publishing(self, admin, term):
        """A training whose collection is whole, and which is about to make it current."""
        self.add_term(term, "a term to learn")
        with self.stores.holding("lock table knowledge_state in share mode"):
            url = self.start(admin)
            eventually(lambda: self.stores.sql(f"select pid {WAITING}"), 30, "the row being moved")
            self.stores.sql("set synchronous_commit = on; select txid_current()")  # as the stores' lazy commits do not
            yield url
