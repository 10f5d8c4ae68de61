"""Backups of realistic data beside the plain tools in the same run, and queries at a fixed rate while backups and trainings
run: time, memory, 99th percentile."""
import json
import os
import random
import re
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request

import servers

SYSTEM_ROWS = 430_000  # about 260 MB as pg_dump writes them
TARGET_BYTES = 200 << 20
RATE_SHARE = 0.3
CLIENTS = 4
WORDS = ("north", "south", "invoice", "margin", "customer", "region", "quarter", "returned", "supplier", "warehouse", "average",
         "growth", "orders", "shipped", "pending", "category", "discount", "total", "revenue", "employee", "monthly", "budget")
FILL = f"""
insert into queries (id, record_key, target, question, sql, status, result_count, duration_ms, created_at, executed_at)
select gen_random_uuid(), gen_random_uuid(), 'default', q, s, 'success', n % 1000, random() * 90, t, t from (
    select n, now() - n * interval '1 second' as t,
        'what was the ' || w[1 + (random() * 21)::int] || ' of ' || w[1 + (random() * 21)::int] || ' by ' || w[1 + (random() * 21)::int]
            || ' in ' || (2015 + n % 11) || ' and how does it compare with ' || w[1 + (random() * 21)::int] || ' ' || md5(n::text) as q,
        'select ' || w[1 + (random() * 21)::int] || ', sum(amount) as total from ' || w[1 + (random() * 21)::int] || ' join '
            || w[1 + (random() * 21)::int] || ' using (id) where year = ' || (2015 + n % 11) || ' and note like ''%' || md5((n * 7)::text)
            || '%'' group by 1 order by 2 desc limit ' || n % 500 as s
    from generate_series(1, {SYSTEM_ROWS}) n, (select array[{", ".join(f"'{word}'" for word in WORDS)}] as w) words) made"""


def make_target(path):
    """A SQLite file of about 200 MB with text, numbers and dates."""
    chance = random.Random(7)
    db = sqlite3.connect(path)
    db.execute("create table orders (order_id integer primary key, order_number text, customer_id integer, order_date text, note text, amount real)")
    number = 0
    while os.path.getsize(path) < TARGET_BYTES:
        rows = []
        for _ in range(50_000):
            number += 1
            rows.append((number, f"SO-{number:08d}", chance.randrange(90_000), f"20{chance.randrange(10, 26)}-{chance.randrange(1, 13):02d}-11",
                         " ".join(chance.choices(WORDS, k=9)) + f" {chance.getrandbits(64):x}", round(chance.random() * 9000, 2)))
        db.executemany("insert into orders values (?, ?, ?, ?, ?, ?)", rows)
        db.commit()
    db.close()


def call(port, method, path, token, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method,
                                     headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.loads(reply.read() or b"null")


def run_job(port, token, path):
    """Its result, once it has succeeded."""
    started = call(port, "POST", path, token)
    while True:
        job = call(port, "GET", started["status_url"], token)
        if job["state"] == "succeeded":
            return job["result"]
        if job["finished_at"]:
            raise SystemExit(f"the job of {path} ended as {job['state']}: {job['error']}")
        time.sleep(0.02)


class Peak(threading.Thread):
    """The most resident memory of a process while it runs, in KiB."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.first, self.most, self.over = server, server.resident_kib(), 0, threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            self.most = max(self.most, self.server.resident_kib())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()


def plain_tools(stage):
    """Seconds that pg_dump | pigz and pigz of the target take, one after the other."""
    out = f"{stage.work}/plain"
    script = f'pg_dump -Fp -d "$DATABASE_URL" | pigz -p2 >{out}.sql.gz && pigz -p2 -c {stage.target} >{out}.db.gz'
    began = time.monotonic()
    subprocess.run([*stage.as_account, "bash", "-o", "pipefail", "-c", script], check=True, env=stage.environment)
    took = time.monotonic() - began
    subprocess.run([*stage.as_account, "rm", f"{out}.sql.gz", f"{out}.db.gz"], check=True)
    return took


def ahead_of_all():
    """Real time for the load's generator, where this account may give it: its own waiting for a core, which clients on other
    machines would not have, is not to be taken for the server's."""
    real_time = ["chrt", "-r", "1"]
    return real_time if subprocess.run([*real_time, "true"], check=False, capture_output=True).returncode == 0 else []


def h2load(stage, seconds, rate=None):
    """Requests a second and the 99th percentile in ms of /queries/run."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as body, tempfile.NamedTemporaryFile("r") as log:
        body.write(json.dumps({"sql": "select order_id, order_number, customer_id, order_date from orders where order_id > random() % 9000 order by order_id limit 100"}))
        body.flush()
        command = [*ahead_of_all(), "h2load", "--h1", "-t1", f"-c{CLIENTS}", f"-D{seconds}", f"--data={body.name}", "-Hcontent-type: application/json",
                   f"-Hauthorization: Bearer {stage.token}", f"--log-file={log.name}"]
        if rate:
            command.append(f"--rps={max(1, round(rate / CLIENTS))}")
        out = subprocess.run([*command, f"http://127.0.0.1:{stage.engine.port}/api/v1/queries/run"], check=True, capture_output=True, text=True).stdout
        took = [(int(fields[1]), int(fields[2])) for fields in (line.split() for line in log) if len(fields) == 3]
    bad = [status for status, _ in took if status != 200]
    if bad:
        raise SystemExit(f"{len(bad)} of {len(took)} queries were not answered with 200, first {bad[0]}")
    rps = float(re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", out).group(1))
    return rps, statistics.quantiles([us / 1000 for _, us in took], n=100)[98]


def queries_beside_jobs(stage, seconds):
    most, _ = h2load(stage, 4)
    rate = most * RATE_SHARE
    _, alone = h2load(stage, seconds, rate)
    over = threading.Event()
    done = {"backup": 0, "chroma/train": 0}

    def loop(kind):
        while not over.is_set():
            if kind == "chroma/train":  # something to learn
                call(stage.engine.port, "POST", "/api/v1/ontology", stage.admin,
                     {"term_name": f"bench term {done[kind]}", "description": "so that a training makes a collection"})
            run_job(stage.engine.port, stage.admin, f"/api/v1/admin/db/{kind}")
            done[kind] += 1
    threads = [threading.Thread(target=loop, args=(kind,), daemon=True) for kind in done]
    for t in threads:
        t.start()
    _, beside = h2load(stage, max(seconds, 20), rate)
    over.set()
    for t in threads:
        t.join()
    if not all(done.values()):
        raise SystemExit(f"not every job ran beside the queries: {done}")
    print(f"queries at {rate:.0f}/s: 99th percentile {alone:.2f} ms alone, {beside:.2f} ms while {done['backup']} backups and {done['chroma/train']} trainings ran")
    return beside / alone


def measure(top, rounds, seconds):
    with servers.backup_stage(top, make_target) as stage:
        subprocess.run([*stage.as_account, "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", stage.environment["DATABASE_URL"], "-c", FILL, "-c", "analyze queries"],
                       check=True, env=stage.environment)
        run_job(stage.engine.port, stage.admin, "/api/v1/admin/db/backup")  # everything has been read and mapped once
        plain, ours, grown = [], [], []
        for _ in range(rounds):
            plain.append(plain_tools(stage))
            with Peak(stage.engine) as peak:
                result = run_job(stage.engine.port, stage.admin, "/api/v1/admin/db/backup")
            ours.append(result["taken_ms"] / 1000)
            grown.append((peak.most - peak.first) / 1024)
        print(f"backup without verification {statistics.median(ours):.2f} s, plain tools {statistics.median(plain):.2f} s, archive {result['size'] >> 20} MiB")
        ratio = statistics.median(ours) / statistics.median(plain)
        beside = queries_beside_jobs(stage, seconds)
    return [("backup, wall time by that of pg_dump | pigz and pigz", ratio, "x", 1.25),
            ("backup, growth of resident memory", max(grown), "MiB", 64),
            ("99th percentile of queries beside backups and trainings", beside, "x", 2)]
