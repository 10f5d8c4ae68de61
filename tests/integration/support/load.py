"""Several clients that run queries side by side and remember which were answered."""

import http.client
import threading


class Load:
    """`with Load(client, 4) as load:` runs until the block ends. Each statement is run once: `SELECT n, 'mark'`."""

    def __init__(self, client, threads=4, mark="load"):
        self._client, self._mark = client, mark
        self._lock = threading.Lock()
        self._next = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]
        self.answered = []  # query ids of answers with status 200
        self.refused = []  # other answers
        self.broken = 0  # connections that ended without an answer
        self.turned_away = 0  # those that nobody accepted

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(90)

    def count(self):
        with self._lock:
            return len(self.answered)

    def _work(self):
        while not self._stop.is_set():
            with self._lock:
                self._next += 1
                number = self._next
            try:
                got = self._client.run(f"SELECT {number}, '{self._mark}'")
            except (OSError, http.client.HTTPException) as failure:
                with self._lock:
                    if isinstance(failure, ConnectionRefusedError):
                        self.turned_away += 1
                    else:
                        self.broken += 1
                self._stop.wait(0.02)
                continue
            with self._lock:
                if got.status == 200:
                    self.answered.append(got.json["query_id"])
                else:
                    self.refused.append(got)
