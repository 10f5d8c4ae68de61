"""Rounds of load with wrk, and what is read off the server meanwhile."""
import json
import os
import re
import socket
import statistics
import subprocess
import threading
import time
import urllib.error
import urllib.request

import servers

LOAD_CORE = "1"
HERE = os.path.dirname(os.path.abspath(__file__))
SLOW_SQL = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"


def round_of(server, path, script, stage, seconds, connections=64):
    """One round: {rps, cpu (µs of the server a request), errors}."""
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s",
               "-H", f"Authorization: Bearer {stage.token}"]
    if script:
        command += ["-s", os.path.join(HERE, script)]
    before = server.cpu_seconds()
    out = subprocess.run([*command, f"http://127.0.0.1:{server.port}{path}"], check=True, capture_output=True, text=True).stdout
    cpu = server.cpu_seconds() - before
    requests = int(re.search(r"(\d+) requests in", out).group(1))
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    socket_errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", out)
    return {"rps": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), "cpu": cpu * 1e6 / max(requests, 1),
            "errors": (int(bad.group(1)) if bad else 0) + (sum(map(int, socket_errors.groups())) if socket_errors else 0)}


def idle_connections(server, count):
    """Resident memory of one idle keep-alive connection that has been used once."""
    before = server.resident_kib()
    held = []
    try:
        for _ in range(count):
            s = socket.create_connection(("127.0.0.1", server.port))
            s.sendall(b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n")
            held.append(s)
        for s in held:
            s.settimeout(10)
            s.recv(4096)
        after = server.resident_kib()
    finally:
        for s in held:
            s.close()
    return [(f"idle keep-alive connection, {count} held", (after - before) / count, "KiB resident", 8)]


def live_while_busy(stage, seconds):
    """99th percentile of /health/live with every bcrypt and SQLite thread busy."""
    stop = time.monotonic() + max(seconds, 4)

    def post(path, body, token):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(f"http://127.0.0.1:{stage.engine.port}{path}", json.dumps(body).encode(), headers)
        try:
            urllib.request.urlopen(request, timeout=30).read()
        except (urllib.error.HTTPError, OSError):
            pass

    def queries(number):
        while time.monotonic() < stop:
            post("/api/v1/queries/run", {"sql": f"{SLOW_SQL} -- {number} {time.monotonic()}"}, stage.token)

    def logins(number):
        while time.monotonic() < stop:
            post("/api/v1/auth/login", {"email": f"nobody{number}{time.monotonic_ns()}@example.com",
                                        "password": "wrong password"}, None)

    threads = [threading.Thread(target=f, args=(i,)) for f in (queries, logins) for i in range(8)]
    for t in threads:
        t.start()
    took = []
    s = socket.create_connection(("127.0.0.1", stage.engine.port))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    time.sleep(0.5)
    while time.monotonic() < stop:
        began = time.perf_counter()
        s.sendall(b"GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n")
        s.recv(4096)
        took.append((time.perf_counter() - began) * 1000)
        time.sleep(0.005)
    s.close()
    for t in threads:
        t.join()
    return [("GET /health/live, 99th percentile, pools busy", statistics.quantiles(took, n=100)[98], "ms", 20)]
