"""Large exports: bounded memory, slow and vanishing readers, limits that show, and data that changed in between."""

import json
import os
import shutil
import sqlite3
import threading
import time

from support import Story, account, eventually, main

ROWS = 200_000


class Made(Story):
    @classmethod
    def make_source(cls):
        path = os.path.join(cls.folder, "made.db")
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE big(id INTEGER PRIMARY KEY, text TEXT)")
        connection.executemany("INSERT INTO big(text) VALUES (?)", ((f"{n:0200d}",) for n in range(1, ROWS + 1)))
        connection.commit()
        connection.close()
        account.give(path)
        return path

    def ran(self, client, sql="SELECT id, text FROM big ORDER BY id"):
        identity = client.run(sql, limit=1).json["query_id"]
        eventually(lambda: client.get(f"/api/v1/queries/{identity}").status == 200)
        return f"/api/v1/queries/{identity}/result"


class Exports(Made):
    settings = {"QUERY_CONCURRENCY_PER_USER": "0", "QUERY_RATE_PER_MINUTE": "0"}

    def test_a_large_export_is_complete_and_takes_little_memory(self):
        analyst = self.analyst()
        path = self.ran(analyst)
        self.server.client.get("/health/live")
        before = self.server.resident()
        peak = []
        stop = threading.Event()
        watcher = threading.Thread(target=lambda: [peak.append(self.server.resident()) for _ in iter(lambda: stop.wait(0.02), True)])
        watcher.start()
        got = analyst.stream(path + "?format=csv")
        stop.set()
        watcher.join()
        self.assertEqual(got.body.count(b"\r\n"), ROWS + 1)
        self.assertEqual((got.trailers["x-row-count"], got.trailers["x-complete"]), (str(ROWS), "true"))
        self.assertGreater(len(got.body), 40_000_000)
        self.assertLess(max(peak) - before, 30 << 20)

    def slow_reader(self, client, path, stop):
        with client.connect(receive_buffer=8192) as plain:
            plain.sendall(client.head("GET", path, {"Connection": "close"}))
            total = 0
            try:
                while not stop.wait(0.1):
                    data = plain.recv(4096)
                    if not data:
                        break
                    total += len(data)
            except OSError:
                pass
            return total

    def test_twenty_slow_readers_hold_up_nobody(self):
        analyst, other = self.analyst(), self.admin()
        path = self.ran(analyst) + "?format=csv"

        def pace():
            began = time.monotonic()
            for n in range(50):
                other.rows(f"SELECT {n}, {time.monotonic_ns()}")
            return time.monotonic() - began
        alone = min(pace() for _ in range(3))
        before, descriptors = self.server.resident(), self.server.descriptors("socket:")
        stop = threading.Event()
        readers = [threading.Thread(target=self.slow_reader, args=(analyst, path, stop)) for _ in range(20)]
        for reader in readers:
            reader.start()
        try:
            eventually(lambda: self.server.descriptors("socket:") > descriptors + self.dialect.exports - 1, what="the readers")
            eventually(lambda: pace() < 3 * alone + 0.5, 60, f"a pace near that of {alone:.3f} s alone")
            grown = self.server.resident() - before
            self.assertGreater(self.server.descriptors("socket:"), descriptors + self.dialect.exports - 1, "the readers were to stay")
        finally:
            stop.set()
        for reader in readers:
            reader.join()
        self.assertLess(grown, 100 << 20)
        eventually(lambda: self.server.descriptors("socket:") <= descriptors + 5, 30, "the connections being closed")
        self.assertLess(self.server.descriptors(self.folder), 60, "files of the target kept open")
        self.assertEqual(analyst.stream(path).trailers["x-complete"], "true")

    def test_a_reader_that_stops_reading_is_cut(self):
        analyst = self.analyst()
        path = self.ran(analyst) + "?format=csv"

        def cut():
            return self.server.metric("vanna_http_connections_cut_total", reason="slow_reader")
        before = cut()
        with analyst.connect(receive_buffer=8192) as plain:
            plain.sendall(analyst.head("GET", path))
            self.assertTrue(plain.recv(100))
            eventually(lambda: cut() == before + 1, 90, "the reader being cut")

    def test_a_reader_that_goes_away_ends_the_export(self):
        analyst = self.analyst()
        path = self.ran(analyst) + "?format=ndjson"
        descriptors = self.server.descriptors("socket:")
        for _ in range(20):
            with analyst.connect(receive_buffer=8192) as plain:
                plain.sendall(analyst.head("GET", path))
                self.assertTrue(plain.recv(100))
        eventually(lambda: self.server.descriptors("socket:") <= descriptors + 2, 30, "descriptors coming back")
        self.assertEqual(analyst.rows("SELECT 1"), [[1]])


class ExportsOfPostgres(Exports):
    engine_of_target = "postgresql"


class Limits(Made):
    settings = {"EXPORT_MAX_ROWS": "1000", "QUERY_RATE_PER_MINUTE": "0"}

    def test_the_limit_cuts_and_says_so_in_every_format(self):
        analyst = self.analyst()
        path = self.ran(analyst)
        got = analyst.stream(path)
        self.assertEqual((json.loads(got.body)["row_count"], json.loads(got.body)["complete"]), (1000, False))
        self.assertEqual(got.trailers["x-complete"], "false")
        got = analyst.stream(path + "?format=ndjson")
        last = json.loads(got.body.splitlines()[-1])
        self.assertEqual((last["row_count"], last["complete"]), (1000, False))
        got = analyst.stream(path + "?format=csv")
        self.assertEqual((got.body.count(b"\r\n"), got.trailers["x-row-count"], got.trailers["x-complete"]), (1001, "1000", "false"))

    def test_exactly_the_limit_is_complete(self):
        analyst = self.analyst()
        got = analyst.stream(self.ran(analyst, "SELECT id FROM big WHERE id <= 1000") + "?format=csv")
        self.assertEqual((got.trailers["x-row-count"], got.trailers["x-complete"]), ("1000", "true"))

    def test_a_query_that_failed_has_no_result(self):
        analyst = self.analyst()
        analyst.run("SELECT nothing FROM nowhere")
        (failed, *_) = eventually(lambda: analyst.get("/api/v1/queries", {"status": "error"}).json["items"])
        self.assertEqual(analyst.get(f"/api/v1/queries/{failed['id']}/result").status, 409)


class LimitsOfPostgres(Limits):
    engine_of_target = "postgresql"


class Deadline(Made):
    settings = {"EXPORT_TIMEOUT_MS": "1000", "QUERY_RATE_PER_MINUTE": "0"}

    def test_an_export_past_its_deadline_does_not_look_complete(self):
        analyst = self.analyst()
        sql = "SELECT a.id, b.text FROM big a, big b"
        path = self.ran(analyst, sql)
        for format_ in ("json", "csv", "ndjson"):
            with self.subTest(format_):
                got = analyst.stream(f"{path}?format={format_}")
                if got.trailers is not None:
                    self.assertEqual(got.trailers["x-complete"], "false")
                if format_ == "ndjson" and got.body.endswith(b"\n"):
                    self.assertFalse(json.loads(got.body.splitlines()[-1]).get("complete", False))


class DeadlineOfPostgres(Deadline):
    engine_of_target = "postgresql"


class ChangedData(Made):
    def test_old_results_are_not_mixed_with_new_data_unless_asked(self):
        analyst, admin = self.analyst(), self.admin()
        path = self.ran(analyst, "SELECT COUNT(*) AS n FROM big")
        self.assertEqual(analyst.stream(path).status, 200)
        changed = shutil.copy(self.source_path, self.source_path + ".new")
        connection = sqlite3.connect(changed)
        connection.execute("DELETE FROM big WHERE id > 10")
        connection.commit()
        connection.close()
        account.give(changed)
        os.replace(changed, self.source_path)
        self.source_replaced()
        task = admin.post("/api/v1/admin/db/golden-copy/reset", query={"confirm": "true"}, expect=202).json
        done = eventually(lambda: (j := admin.get(task["status_url"]).json)["state"] in ("succeeded", "failed") and j)
        self.assertEqual(done["state"], "succeeded", done)
        eventually(lambda: analyst.rows("SELECT COUNT(*) FROM big") == [[10]], 30, "the new data")
        refused = analyst.get(path)
        self.assertEqual((refused.status, refused.type), (409, "target-changed"))
        self.assertEqual(analyst.get(path, {"latest": "true"}, expect=200).json["rows"], [[10]])


if __name__ == "__main__":
    main()
