"""The stores of the ctest fixture, and what one test class takes of them: a database, a Redis number, a name in ChromaDB.

Or stores of its own, which a test may stop and kill.
"""

import contextlib
import csv
import io
import json
import os
import secrets
import socket
import subprocess
import urllib.parse
import urllib.request

from support.polling import eventually

_numbers = range(1, 16)


_names = ("DATABASE_URL", "REDIS_URL", "CHROMA_HOST", "CHROMA_PORT")
_script = os.path.join(os.path.dirname(__file__), "../../support/stores.sh")


class Stores:
    """`addresses` has DATABASE_URL, REDIS_URL, CHROMA_HOST and CHROMA_PORT, as the environment has for the fixture's."""

    def __init__(self, addresses):
        missing = [name for name in _names if not addresses.get(name)]
        if missing:
            raise RuntimeError(f"{', '.join(missing)} not set: run this through ctest, or tests/support/stores.sh with DIR …")
        self._main = urllib.parse.urlsplit(addresses["DATABASE_URL"])
        self._admin = addresses.get("STORES_ADMIN_URL", "")
        self._redis = urllib.parse.urlsplit(addresses["REDIS_URL"])
        self.database = f"test_{secrets.token_hex(6)}"
        self.collection = self.database
        self.chroma = (addresses["CHROMA_HOST"], int(addresses["CHROMA_PORT"]))
        self.redis_number = None

    def take(self):
        self._psql(self._main.geturl(), f"CREATE DATABASE {self.database}")
        for number in _numbers:
            if self.redis("SET", f"taken-by-a-test:{number}", str(os.getpid()), "NX", "EX", "900", number=0) == "OK":
                self.redis_number = number
                self.redis("FLUSHDB")
                return
        raise RuntimeError("every Redis number is taken by another test")

    def give_back(self):
        if self.redis_number is not None:
            self.redis("FLUSHDB")
            self.redis("DEL", f"taken-by-a-test:{self.redis_number}", number=0)
        self.drop(self.database)

    def drop(self, database):
        """A database that is there or not."""
        eventually(lambda: self._drop(database), 30, f"dropping {database}")

    def _drop(self, database):
        try:
            self._psql(self._main.geturl(), f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        except RuntimeError as failure:
            if "pg_signal_backend" in str(failure):  # autovacuum is at work there; it makes way soon
                return False
            raise
        return True

    def environment(self, postgres=None, redis=None, chroma=None):
        """Settings that name these stores; with a gate, through it."""
        host, port = ("127.0.0.1", chroma.port) if chroma else self.chroma
        return {
            "DATABASE_URL": _through(self._main._replace(path="/" + self.database), postgres),
            "REDIS_URL": _through(self._redis._replace(path=f"/{self.redis_number}"), redis),
            "CHROMA_HOST": host, "CHROMA_PORT": str(port), "CHROMA_COLLECTION": self.collection,
        }

    def postgres_address(self):
        return self._main.hostname, self._main.port

    def redis_address(self):
        return self._redis.hostname, self._redis.port

    def url(self, database=None):
        """Of this class's database, or another on the same server."""
        return self._main._replace(path="/" + (database or self.database)).geturl()

    def sql(self, statement):
        """Rows as dictionaries of text, read past the server, straight from this class's database."""
        return self._psql(self.url(), statement)

    def as_superuser(self, statement):
        """On the server, as its administrator."""
        return self._psql(self._admin, statement)

    def collections(self, beginning=None):
        """Names of this class's collections in ChromaDB, whatever comes after the name; or of those that begin so."""
        host, port = self.chroma
        url = f"http://{host}:{port}/api/v2/tenants/default_tenant/databases/default_database/collections?limit=1000"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return sorted(each["name"] for each in json.load(answer) if each["name"].startswith(beginning or self.collection))

    @contextlib.contextmanager
    def holding(self, statement):
        """A transaction that has run this and stays open meanwhile, as with a lock."""
        url = self.url()
        with subprocess.Popen(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", url], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as open_:
            open_.stdin.write(f"BEGIN; {statement};\n\\echo held\n")
            open_.stdin.flush()
            while (line := open_.stdout.readline()) != "held\n":
                assert line, f"{statement} failed"
            yield

    def redis(self, *words, number=None):
        """One Redis command, as redis-cli would send it."""
        number = self.redis_number if number is None else number
        with socket.create_connection(self.redis_address(), timeout=120) as plain, plain.makefile("rb") as source:
            for command in (("AUTH", self._redis.password), ("SELECT", str(number)), words):
                if command[0] == "AUTH" and not command[1]:
                    continue
                parts = [word.encode() for word in command]
                plain.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
                answer = _read_redis(source)
            return answer

    @staticmethod
    def _psql(url, statement):
        done = subprocess.run(["psql", "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statement],
                              capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return list(csv.DictReader(io.StringIO(done.stdout)))


def _through(url, gate):
    if gate is None:
        return url.geturl()
    return url._replace(netloc=f"{url.netloc.rpartition('@')[0]}@127.0.0.1:{gate.port}").geturl()


def _read_redis(source):
    line = source.readline().rstrip(b"\r\n").decode()
    kind, rest = line[0], line[1:]
    if kind == "-":
        raise RuntimeError(f"Redis: {rest}")
    if kind == "$":
        return None if rest == "-1" else source.read(int(rest) + 2)[:-2].decode()
    if kind == "*":
        return [_read_redis(source) for _ in range(int(rest))]
    return int(rest) if kind == ":" else rest


class OwnStores(Stores):
    """PostgreSQL, Redis and ChromaDB that only this test uses."""

    def __init__(self, folder):
        self.folder = folder
        super().__init__(self._run("start", "--fast", folder))

    def start(self, *names):
        self._run("start", self.folder, *names)

    def stop(self, *names):
        self._run("stop", self.folder, *names)

    def kill(self, *names):
        self._run("kill", self.folder, *names)

    def remove(self):
        self._run("remove", self.folder)

    @staticmethod
    def _run(*words):
        done = subprocess.run([_script, *words], capture_output=True, text=True, check=False, timeout=180)
        if done.returncode:
            raise RuntimeError(f"stores.sh {' '.join(words)}: {done.stdout}{done.stderr}")
        return dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)


@contextlib.contextmanager
def taken(own_folder=None):
    """Stores ready for a test class: the fixture's, or its own in that folder."""
    stores = OwnStores(own_folder) if own_folder else Stores(os.environ)
    try:
        stores.take()
        yield stores
    finally:
        if own_folder:
            stores.remove()
        else:
            stores.give_back()
