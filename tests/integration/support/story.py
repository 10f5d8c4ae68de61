"""The base of the integration tests: each class has its own database, Redis number, collection name and folder."""

import contextlib
import hashlib
import os
import shutil
import sys
import unittest

from support import account
from support.business import Business
from support.dialect import DIALECTS
from support.gate import Gate
from support.server import Server, command
from support.stores import taken

ADMIN = ("admin@example.com", "AdminPassword123")
ANALYST = ("analyst@example.com", "AnalystPassword123")
VIEWER = ("viewer@example.com", "ViewerPassword123")


class Story(unittest.TestCase):
    """A subclass names settings; setUpClass runs init and, unless `replicas` is 0, that many servers."""

    settings = {}
    replicas = 1
    initialised = True  # False: the database is left empty and no server is started
    own_stores = False  # True: stores of its own, to be stopped and killed as it likes
    engine_of_target = "sqlite"  # or "postgresql": the same data in a database of its own, read in place
    source = None  # the target's original; None: the sample business database
    _source_hash = None

    @classmethod
    def setUpClass(cls):
        cls._ends = contextlib.ExitStack()
        cls.servers = []
        cls._source_hash = None
        cls.dialect = DIALECTS[cls.engine_of_target]
        try:
            cls.prepare()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def prepare(cls):
        cls.folder = account.folder(f"vanna_{cls.__name__}_")
        cls._ends.callback(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.stores = cls._ends.enter_context(taken(cls.folder + "_stores" if cls.own_stores else None))
        for name in ("assets", "assets/databases", "data", "config"):
            os.mkdir(os.path.join(cls.folder, name))
            account.give(os.path.join(cls.folder, name))
        account.copy(cls.file("ontology.yaml"), os.path.join(cls.folder, "config/ontology.yaml"))
        if cls.engine_of_target == "postgresql":
            cls.business = Business(cls.stores)
            cls._ends.callback(cls.business.close)
            cls.fill_business()
        else:
            cls.source_path = account.copy(cls.make_source(), os.path.join(cls.folder, "assets/databases/original.db"))
            cls.source_replaced()
        if cls.initialised:
            cls.init()
            for number in range(cls.replicas):
                cls.serve(name=f"server{number + 1}")

    @classmethod
    def source_replaced(cls):
        """The test itself has put new data there; from now on it must stay as it is."""
        cls._source_hash = _hash(cls.source_path)

    @classmethod
    def make_source(cls):
        """The path of the database to ask about; override it to make one."""
        return cls.source or cls.file("sample.db")

    @classmethod
    def fill_business(cls):
        """The same for a PostgreSQL target."""
        cls.business.load(cls.make_source())

    @staticmethod
    def file(name):
        return os.path.join(os.environ["VANNA_FILES"], name)

    @classmethod
    def tearDownClass(cls):
        for server in cls.servers:
            if server.process is not None:
                server.kill()
        touched = cls._source_hash and _hash(cls.source_path) != cls._source_hash
        cls._ends.close()
        assert not touched, "TARGET_DB_SOURCE has changed: it may only ever be read"

    @classmethod
    def environment(cls, **gates):
        if cls.engine_of_target == "postgresql":
            target = {"TARGET_DATABASE_URL": cls.business.url()}
        else:
            target = {"TARGET_DB_SOURCE": cls.source_path}
        return {
            **target, "TARGET_DB_PATH": os.path.join(cls.folder, "data/copy.db"), "ENABLE_TARGET_DB": "true", "SEED_DEMO_DATA": "true", "WORKERS": "2",
            "POSTGRES_POOL_SIZE": "4",
            **cls.stores.environment(**gates), **cls.settings,
        }

    @classmethod
    def init(cls, *words):
        done = cls.engine("init", *words)
        assert done.returncode == 0, f"init ended with {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    @classmethod
    def engine(cls, *words, settings=None, **options):
        """Runs a command of the engine with this class's settings."""
        return command(cls.folder, {**cls.environment(), **(settings or {})}, *words, **options)

    @classmethod
    def serve(cls, name="server", settings=None, until="ready", own_copy=False, most_file_bytes=None, **gates):
        """Starts one more server; `own_copy` gives it a golden copy and spool apart from the others'."""
        environment = {**cls.environment(**gates), **(settings or {})}
        if own_copy:
            apart = os.path.join(cls.folder, name)
            os.makedirs(apart, exist_ok=True)
            account.give(apart)
            environment["TARGET_DB_PATH"] = os.path.join(apart, "copy.db")
        server = Server(cls.folder, environment, name, most_file_bytes)
        cls.servers.append(server)
        server.start(until)
        if until == "ready" and cls.engine_of_target == "postgresql":  # it is ready before it has looked at it
            server.wait_for_store("target_database")
        return server

    @classmethod
    def gate(cls, store):
        """A gate before "postgres", "redis" or "chroma"; pass it to serve() under that name."""
        address = {"postgres": cls.stores.postgres_address(), "redis": cls.stores.redis_address(), "chroma": cls.stores.chroma}
        made = Gate(*address[store])
        cls._ends.callback(made.close)
        return made

    @property
    def server(self):
        return self.servers[0]

    @property
    def anyone(self):
        return self.server.client

    def admin(self, server=None):
        return (server or self.server).client.log_in(*ADMIN)

    def analyst(self, server=None):
        return (server or self.server).client.log_in(*ANALYST)

    def viewer(self, server=None):
        return (server or self.server).client.log_in(*VIEWER)

    def run(self, result=None):
        before = _failures(result)
        for server in self.servers:
            server.mark_log()
        super().run(result)
        if _failures(result) > before:
            for server in self.servers:
                server.show_log()
        return result


def _hash(path):
    """Of the file's bytes, or None when it is gone."""
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _failures(result):
    return len(result.failures) + len(result.errors) if result else 0


class _OfOneEngine(unittest.TestLoader):
    """Leaves out the classes whose target is of another engine than VANNA_TARGET names, if it names one."""

    def loadTestsFromTestCase(self, testCaseClass):
        wanted = os.environ.get("VANNA_TARGET")
        if wanted and getattr(testCaseClass, "engine_of_target", wanted) != wanted:
            return self.suiteClass()
        return super().loadTestsFromTestCase(testCaseClass)


def main():
    unittest.main(argv=[sys.argv[0], *(sys.argv[1:] or ["-v"])], testLoader=_OfOneEngine())
