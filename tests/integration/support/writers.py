"""Three threads that write users, terms and approved pairs side by side, and remember what was acknowledged when."""

import contextlib
import threading

from support.polling import eventually

KINDS = ("users", "terms", "pairs")


class Writers:
    """`with Writers(client) as writers:` writes until the block ends; `period` is the test's to move on.

    A term for each user, since terms cost next to nothing; pairs as fast as they are taken.
    """

    def __init__(self, client):
        self._client = client
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(kind,), daemon=True) for kind in KINDS]
        self._in_step = threading.Barrier(2, timeout=60)
        self.period = 0
        self.written = {kind: [] for kind in KINDS}  # (period when asked, period when acknowledged, id)
        self.failures = []

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._in_step.abort()
        for thread in self._threads:
            thread.join(90)
        assert not self.failures, self.failures

    def begin(self, period, writes=3, within=60):
        """A new period, once in which each has written so often."""
        self.period = period
        eventually(lambda: self.failures or all(len(self.asked(kind, period)) >= writes for kind in KINDS), within, f"the writes of period {period}")

    def acknowledged(self, kind, period):
        """Ids that were known to be written when the period ended."""
        return {id_ for _, end, id_ in list(self.written[kind]) if end <= period}

    def asked(self, kind, period):
        """Ids of what was asked for in this period or a later one."""
        return {id_ for begin, _, id_ in list(self.written[kind]) if begin >= period}

    def _work(self, kind):
        write = {"users": self._user, "terms": self._term, "pairs": self._pair}[kind]
        for number in range(1_000_000):
            if self._stop.is_set():
                return
            begin = self.period
            try:
                made = write(number)
            except Exception as failure:  # told where the block ends
                self.failures.append(failure)
                self._in_step.abort()
                return
            self.written[kind].append((begin, self.period, made))
            if kind != "pairs":
                with contextlib.suppress(threading.BrokenBarrierError):
                    self._in_step.wait()

    def _user(self, number):
        return self._client.post("/api/v1/users", {"email": email(number), "password": PASSWORD, "role": "analyst"}, expect=201).json["id"]

    def _term(self, number):
        return self._client.post("/api/v1/ontology", {"term_name": f"Written {number}", "description": "while a backup runs"}, expect=201).json["id"]

    def _pair(self, number):
        made = self._client.post("/api/v1/knowledge/examples", {"question": f"What is the number {number}?", "sql": f"SELECT {number}"}, expect=201)
        return self._client.post(made.headers["Location"] + "/approve", expect=200).json["id"]


PASSWORD = "WrittenPassword123"


def email(number):
    return f"written{number}@example.com"
