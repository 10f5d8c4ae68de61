"""The recovery page, typed word by word: an archive of one installation restored on an empty one with other secrets."""

import contextlib
import os
import re
import secrets
import subprocess
import sys
import urllib.parse

from support import account, ports
from support.backups import BackupStory
from support.client import Client
from support.server import engine
from support.stores import taken
from support.story import ADMIN, ANALYST, main

PAGE = os.path.join(os.path.dirname(__file__), "../../jobs/RECOVERY.md")
SESSION = os.path.join(os.path.dirname(__file__), "../support/readme_session.py")


def page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def blocks(kind):
    """The page's code blocks of that kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", page(), re.M | re.S)


class RecoveryStory(BackupStory):
    settings = {"JWT_SECRET": "the secret of the machine that is gone", "AUTO_TRAIN_CHROMA": "true"}

    def recovers(self, archive, page_as_typed, **old):
        """Follows the page with the archive and what is kept of the `old` settings; then everything is there."""
        fresh = account.folder("vanna_recovery_")
        self.addCleanup(subprocess.run, ["rm", "-rf", fresh], check=True)
        with taken() as stores, role_and_database() as url:
            client = Client(ports.reserve())
            self.write_settings(fresh, {**stores.environment(), "DATABASE_URL": url}, client.port, old)
            self.addCleanup(self.end_server, fresh)
            self.type_the_page(fresh, page_as_typed, client.port, archive)
            again = client.log_in(*ADMIN)
            self.assertIn("Lifeboat", [term["term_name"] for term in again.get("/api/v1/ontology", expect=200).json["items"]])
            self.assertEqual(client.log_in(*ANALYST).rows("select count(*) from customers"), [[920]])
            self.assertGreater(again.get("/api/v1/admin/db/chroma/status", expect=200).json["documents"], 100)
            self.assertEqual(again.get("/api/v1/admin/db/golden-copy", expect=200).json["origin"], "source")
            kept = again.get("/api/v1/admin/db/backup/list", expect=200).json["items"]
            self.assertEqual({item["encrypted"] for item in kept}, {bool(old)}, kept)
            self.end_server(fresh)

    @staticmethod
    def write_settings(fresh, stores, port, old):
        """engine.env as the page shows it; only what names a place or holds a secret differs."""
        lines = "".join(blocks("ini")[:2 if old else 1]).splitlines()
        shown = dict(line.split("=", 1) for line in lines)
        given = {**stores, "JWT_SECRET": "another secret, of the machine that is new", **old}
        missing = old.keys() - shown.keys()
        assert not missing, f"the page does not tell to state {missing}"
        with open(os.path.join(fresh, "engine.env"), "w", encoding="utf-8") as file:
            file.writelines(f"{name}={value}\n" for name, value in {**shown, **given, "HOST": "127.0.0.1", "PORT": str(port)}.items())
        account.give(os.path.join(fresh, "engine.env"))

    def type_the_page(self, fresh, text, port, archive):
        for name in ("data", "bin"):
            os.mkdir(os.path.join(fresh, name))
            account.give(os.path.join(fresh, name))
        typed = os.path.join(fresh, "RECOVERY.md")
        program = os.path.join(fresh, "bin/vanna-engine")
        with open(typed, "w", encoding="utf-8") as file:
            file.write(text)
        with open(program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/bash\n[[ $1 == serve ]] && echo $$ >{fresh}/engine.pid\nexec {engine()} "$@"\n')
        os.chmod(program, 0o755)
        for path in (typed, program):
            account.give(path)
        environment = {"PATH": f"{fresh}/bin:/usr/bin:/bin", "HOME": fresh, "ARCHIVE": archive, "ORIGINAL": self.source_path, "LC_ALL": "C.UTF-8"}
        report = os.path.join(fresh, "session.log")
        with open(report, "wb") as out:
            done = subprocess.run([sys.executable, "-u", SESSION, typed, f"http://127.0.0.1:{port}"], env=environment, stdout=out, stderr=out,
                                  stdin=subprocess.DEVNULL, check=False, timeout=120, **account.become())
        with open(report, encoding="utf-8") as out:
            self.assertEqual(done.returncode, 0, out.read())

    @staticmethod
    def end_server(fresh):
        """That it has begun and still runs, or not."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(os.path.join(fresh, "engine.pid"), encoding="ascii") as file:
            os.kill(int(file.read()), 15)
            os.unlink(file.name)

    def archive(self, ending):
        admin = self.admin()
        admin.post("/api/v1/ontology", {"term_name": "Lifeboat", "description": "orders that were saved"}, expect=201)
        return os.path.join(self.backups(), self.take(admin) + ending)


@contextlib.contextmanager
def role_and_database():
    """The address of what the page's SQL makes, under a name of this test's own."""
    name, password = f"test_{secrets.token_hex(6)}", secrets.token_hex(12)
    statements = re.sub(r"\bvanna(_db)?\b", name, blocks("sql")[0]).replace("…", password).split(";")
    admin = os.environ["STORES_ADMIN_URL"]

    def run(*them):
        words = [word for statement in them if statement.strip() for word in ("-c", statement)]
        done = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", *words, admin], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
    try:
        run(*statements)
        yield urllib.parse.urlsplit(admin)._replace(
            netloc=f"{name}:{password}@{admin.rpartition('@')[2].partition('/')[0]}", path="/" + name).geturl()
    finally:
        run(f"drop database if exists {name} with (force)", f"drop role if exists {name}")


class Recovery(RecoveryStory):
    def test_an_empty_machine_and_one_archive_become_the_system_that_was(self):
        self.recovers(self.archive(".tar.gz"), page())


class RecoveryOfAnEncryptedArchive(RecoveryStory):
    settings = {**RecoveryStory.settings, "BACKUP_ENCRYPT": "true", "ENCRYPTION_KEY": "the key of the machine that is gone, kept"}

    def test_with_the_key_of_that_time(self):
        text = page()
        self.assertIn("`valid` instead, as of an encrypted archive", text)
        self.recovers(self.archive(".tar.gz.enc"), text.replace("\nother-key\n", "\nvalid\n"), ENCRYPTION_KEY=self.settings["ENCRYPTION_KEY"])


if __name__ == "__main__":
    main()
