"""Archives whose shape means harm, under a statement that is signed: refused by name before anything is written."""

import gzip
import json
import os
import tarfile

from support import account
from support.archives import rebuilt, reshaped
from support.restores import RESTORE, RestoreStory
from support.story import main


def entry(name, kind=tarfile.REGTYPE, link=""):
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, 0o600
    return made


def instead_of(name, other, data=None):
    """With `other` in the place of the member of that name, holding what that held unless `data` is given."""
    return lambda members: [(other, was if data is None else data) if have.name == name else (have, was) for have, was in members]


def with_bytes_changed(members):
    return [(have, data[:-1] + bytes([data[-1] ^ 1]) if have.name == "postgres.dump" else data) for have, data in members]


def swollen(packed):
    return gzip.compress(gzip.decompress(packed) + bytes(64 << 20), compresslevel=1)


class Hostile(RestoreStory):
    """What is asked over HTTP and what is asked on the command line, where --trust lets even an unsigned one in."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.victim = os.path.join(cls.folder, "victim")
        with open(cls.victim, "w", encoding="ascii") as file:
            file.write("untouched")
        account.give(cls.victim)

    def shapes(self):
        """What an archive may be like, what is said of it, and how it is made of a good one."""
        link = entry("target/vanna_db.db", tarfile.SYMTYPE, self.victim)
        return {
            "a link to a file outside": ("target/vanna_db.db. is a symbolic link", {"members": instead_of("target/vanna_db.db", link, b"")}),
            "a path out of the folder": ("../victim. points out of its folder", {"members": lambda them: them + [(entry("../victim"), b"evil")]}),
            "an absolute path": (f"{self.victim}. points out of its folder", {"members": instead_of("target/vanna_db.db", entry(self.victim))}),
            "a member twice": ("postgres.dump. twice", {"members": lambda them: them[:2] + them[1:]}),
            "a member that is not stated": ("holds .evil., which its manifest does not list", {"members": lambda them: them + [(entry("evil"), b"evil")]}),
            "a member less": ("does not hold target/vanna_db.db, which", {"members": lambda them: them[:-1]}),
            "other bytes than stated": ("postgres.dump.*(hash|SHA-256)", {"members": with_bytes_changed}),
            "the first half": ("ends too early", {"raw": lambda packed: packed[:len(packed) // 2]}),
            "a bomb": ("unpacks to more bytes", {"raw": swollen}),
        }

    def seen_outside(self):
        """What there is in the class's folder, but for what the server itself writes there."""
        return sorted(name for name in os.listdir(self.folder) if not name.endswith(".log")), sorted(os.listdir(self.backups())), \
            os.stat(os.path.join(self.folder, "data/copy.db")).st_mtime_ns

    def check_refused(self, admin, taken, expected):
        before, rows = self.seen_outside(), self.stores.sql("select id, email, password_hash from users order by id")
        begun = admin.post(RESTORE + taken, query={"confirm": "true"})
        if begun.status == 202:
            self.assertRegex(self.restore_ended(begun, "failed")["error"], expected)
        else:
            self.assertEqual(begun.status, 422, begun)
            self.assertRegex(begun.json["detail"], expected)
        done = self.engine("backup", "restore", taken, "--confirm", "--trust")
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertRegex(done.stderr, expected)
        self.assertEqual((self.seen_outside(), self.stores.sql("select id, email, password_hash from users order by id")), (before, rows))
        with open(self.victim, encoding="ascii") as file:
            self.assertEqual(file.read(), "untouched")
        self.check_nothing_stays()

    def test_each_shape_is_refused_by_name_and_nothing_is_written(self):
        admin = self.admin()
        source = os.path.join(self.backups(), self.take(admin) + ".tar.gz")
        for number, (what, (expected, changes)) in enumerate(self.shapes().items()):
            with self.subTest(what):
                taken = f"backup_2020-01-01_00:00:{number:02}"
                reshaped(source, os.path.join(self.backups(), taken + ".tar.gz"), **changes)
                self.check_refused(admin, taken, expected)

    def test_one_of_a_newer_format_is_refused(self):
        def newer(said):
            said["format"] = 2
        source = os.path.join(self.backups(), self.take() + ".tar.gz")
        rebuilt(self.stores, source, os.path.join(self.backups(), "backup_2021-01-01_00:00:00.tar.gz"), manifest=newer)
        self.check_refused(self.admin(), "backup_2021-01-01_00:00:00", "the archive has format 2 and this engine reads up to format 1")

    def test_the_good_one_that_they_are_made_of_is_restored(self):
        taken = "backup_2022-01-01_00:00:00"
        reshaped(os.path.join(self.backups(), self.take() + ".tar.gz"), os.path.join(self.backups(), taken + ".tar.gz"))
        self.restored(taken)
        done = self.engine("backup", "restore", taken, "--confirm", "--json")
        self.assertEqual((done.returncode, json.loads(done.stdout)["signature"]), (0, "valid"), done.stderr)


if __name__ == "__main__":
    main()
