"""A server whose surroundings vanish: stores, folders and log at once, while clients hold connections in every state."""

import contextlib
import json
import os
import shutil
import socket
import time

from support import Load, Story, eventually, main
from support.story import ANALYST

MANY = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, '{'x' * 200}' FROM n"


class LeftBehind(Story):
    """What a broken test run leaves: a server whose stores and folders are gone while connections are open."""

    settings = {"QUERY_RATE_PER_MINUTE": "0", "QUERY_CONCURRENCY_PER_USER": "0"}
    replicas = 0

    def test_a_server_without_stores_folders_and_log_stays_calm_and_ends_when_told(self):
        gates = {store: self.gate(store) for store in ("postgres", "redis", "chroma")}
        server = self.serve("left", {"SPOOL_DIR": os.path.join(self.folder, "left/spool")}, own_copy=True, **gates)
        analyst = server.client.log_in(*ANALYST)
        identity = analyst.run(MANY, limit=1).json["query_id"]
        eventually(lambda: analyst.get(f"/api/v1/queries/{identity}").status == 200, what="the query to export")
        with contextlib.ExitStack() as connections, Load(analyst, 2, "left behind") as load:
            eventually(lambda: load.count() > 20, what="load")
            for data, half in self.beginnings(analyst, identity):
                plain = connections.enter_context(analyst.connect(receive_buffer=4096))
                plain.sendall(data)
                if half:
                    plain.shutdown(socket.SHUT_WR)
            for gate in gates.values():
                gate.cut()
            left = os.path.join(self.folder, "left")
            eventually(lambda: shutil.rmtree(left, ignore_errors=True) or not os.path.exists(left), what="the folders going, though it still writes there")
            os.unlink(server.log_path)
            before = load.count()
            eventually(lambda: load.count() > before + 20, what="answers from the open files")
            load.end()
            eventually(lambda: not any(server.metric("vanna_pool_running", pool=pool) for pool in ("sqlite", "cpu")), 60, "statements and log-ins ending")
            began, used = time.monotonic(), server.cpu_seconds()
            eventually(lambda: time.monotonic() > began + 2, 60)
            self.assertLess((server.cpu_seconds() - used) / (time.monotonic() - began), 0.25, "of a core while nothing is to be done")
            self.assertEqual(server.status("/health/live"), 200)
        self.assertEqual(server.stop(), 0)

    @staticmethod
    def beginnings(client, identity):
        """What is sent on each connection, and whether no more comes."""
        live, run = client.head("GET", "/health/live"), "/api/v1/queries/run"
        statement = json.dumps({"sql": "SELECT 1, 'left behind'"}).encode()
        whole = client.head("POST", run, length=len(statement)) + statement
        log_in = json.dumps({"email": ANALYST[0], "password": ANALYST[1]}).encode()
        return [(data, half) for half in (False, True) for data in (
            b"", live, live[:-9], whole, whole[:-9], whole * 40, client.head("GET", "/openapi.json") * 100, b"GARBAGE\r\n\r\n",
            client.head("POST", run, {"Transfer-Encoding": "chunked"}) + b"5\r\n{\"s",
            client.head("GET", "/api/v1/auth/me"), client.head("GET", f"/api/v1/queries/{identity}/result?format=csv"),
            client.head("POST", "/api/v1/auth/login", length=len(log_in)) + log_in)]


if __name__ == "__main__":
    main()
