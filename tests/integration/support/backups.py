"""What tests of backups and restores share: a BACKUP_DIR, jobs that are followed, programs that can be held."""

import os
import re
import select
import stat

from support import account
from support.polling import eventually
from support.story import ADMIN, Story

_known = re.compile(r"(backup|safety)_[0-9_:-]+\.tar\.gz(\.enc)?(\.json)?|\.vanna-backups|targets")


class BackupStory(Story):
    """Each class has a BACKUP_DIR of its own."""

    @classmethod
    def environment(cls, **gates):
        return {**super().environment(**gates), "BACKUP_DIR": cls.backups()}

    @classmethod
    def backups(cls, name="backups"):
        return os.path.join(cls.folder, name)

    def ended(self, admin, answer, expect="succeeded", within=120):
        """The job behind a 202, when it has ended."""
        url = answer.json["status_url"]

        def look():
            job = admin.get(url, expect=200).json
            return job if job["finished_at"] else None
        job = eventually(look, within, f"the end of {url}")
        self.assertEqual(job["state"], expect, job)
        return job

    def take(self, admin=None):
        """The id of a new backup."""
        admin = admin or self.admin()
        return self.ended(admin, admin.post("/api/v1/admin/db/backup", expect=202))["result"]["backup_id"]

    @classmethod
    def take_first(cls):
        """The id of a new backup, for prepare()."""
        admin = cls.servers[0].client.log_in(*ADMIN)
        url = admin.post("/api/v1/admin/db/backup", expect=202).json["status_url"]
        job = eventually(lambda: (lambda j: j["finished_at"] and j)(admin.get(url, expect=200).json), 60, "the backup")
        return job["result"]["backup_id"]

    def listed(self, admin=None):
        return (admin or self.admin()).get("/api/v1/admin/db/backup/list", expect=200).json["items"]

    def left_over(self, name="backups"):
        """What lies in the folder that is neither a set, nor its record, nor the marker."""
        return [entry for entry in os.listdir(self.backups(name)) if not _known.fullmatch(entry)]


class Held:
    """Programs that a server starts, stopped before they begin until they are let go: put `path` into its PATH.

    Each waits for a line from its pipe, then becomes the real program; --version never waits.
    """

    def __init__(self, folder, *names):
        self.folder = os.path.join(folder, "held")
        os.mkdir(self.folder)
        account.give(self.folder)
        for name in names:
            self._write(name)
        self.path = f"{self.folder}:/usr/bin:/bin:/usr/sbin:/sbin"

    def _write(self, name):
        pipe, script = os.path.join(self.folder, name + ".pipe"), os.path.join(self.folder, name)
        os.mkfifo(pipe, 0o600)
        account.give(pipe)
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"""#!/bin/bash
if [[ -e {self.folder}/{name}.hold && $* != *--version* && $* == *"$(<{self.folder}/{name}.hold)"* ]]; then
    echo $$ >{self.folder}/{name}.pid
    read -r <>{pipe} _
fi
exec /usr/bin/{name} "$@"
""")
        os.chmod(script, stat.S_IRWXU | stat.S_IXGRP | stat.S_IXOTH | stat.S_IRGRP | stat.S_IROTH)
        account.give(script)

    def hold(self, name, word=""):
        """The next one waits; `word`: the next one with this among its arguments."""
        pid, hold = (os.path.join(self.folder, name + suffix) for suffix in (".pid", ".hold"))
        if os.path.exists(pid):
            os.unlink(pid)
        with open(hold + ".new", "w", encoding="utf-8") as file:
            file.write(word)
        account.give(hold + ".new")
        os.rename(hold + ".new", hold)

    def started(self, name, within=60):
        """The process id of the one that waits."""
        path = os.path.join(self.folder, name + ".pid")

        def read():
            with open(path, encoding="ascii") as file:
                return int(file.read() or 0)
        return eventually(read, within, f"{name} being started")

    def _waits(self, name):
        with open(os.path.join(self.folder, name + ".pid"), encoding="ascii") as file:
            return is_running(int(file.read() or 0))

    def forget(self, name):
        """Later ones do not wait; the one that waits stays as it is."""
        os.unlink(os.path.join(self.folder, name + ".hold"))

    def let_go(self, name):
        """Later ones do not wait, and the one that waits goes on."""
        self.forget(name)
        # What nobody has read is gone with the last descriptor.
        pipe = os.open(os.path.join(self.folder, name + ".pipe"), os.O_RDWR)
        try:
            os.write(pipe, b"\n")
            eventually(lambda: not select.select([pipe], [], [], 0)[0] or not self._waits(name), 10, f"{name} going on")
        finally:
            os.close(pipe)


class HeldPrograms:
    """To be mixed into a story: one server whose programs can be held, with a gate before ChromaDB."""

    settings = {"AUTO_TRAIN_CHROMA": "true", "WORKERS": "1"}
    replicas = 0

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.held = Held(cls.folder, "pg_dump", "pigz", "pg_restore")
        cls.chroma = cls.gate("chroma")
        cls.serve(settings={"PATH": cls.held.path}, chroma=cls.chroma)

    def holding(self, name):
        """The process id of the one that waits; later ones do not."""
        pid = self.held.started(name)
        self.held.forget(name)
        return pid


def is_running(pid):
    """Whether a process is there that has not ended; a zombie has."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False
