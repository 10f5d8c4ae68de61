"""The account that owns the fixture's stores. The engine runs as it, since it never runs as root."""

import os
import pwd
import shutil
import tempfile


def owner():
    """Its user database entry: of the folder of the stores for root, else of oneself."""
    folder = os.environ.get("VANNA_STORES")
    return pwd.getpwuid(os.stat(os.path.realpath(folder)).st_uid if os.geteuid() == 0 and folder else os.geteuid())


def become():
    """What subprocess needs to start a process as that account."""
    if os.geteuid() != 0:
        return {}
    entry = owner()
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def folder(prefix):
    """A new temporary folder of that account."""
    path = tempfile.mkdtemp(prefix=prefix)
    give(path)
    return path


def give(path):
    if os.geteuid() == 0:
        os.chown(path, owner().pw_uid, owner().pw_gid)


def copy(source, to):
    """A copy of a file that the account may read and write."""
    shutil.copyfile(source, to)
    os.chmod(to, 0o600)
    give(to)
    return to
