"""Archives that no engine has written: taken apart, changed, and put together again without a signature."""

import hashlib
import io
import json
import os
import secrets
import subprocess
import tarfile

from support import account


def rebuilt(stores, source, to, sql=None, dump=None, manifest=None):
    """A copy of the archive at `source`. `sql` runs on a database that its dump was restored into, which is then dumped anew;
    `dump` changes the dump's bytes; `manifest` changes its statement."""
    members = {entry.name: (entry, data) for entry, data in _members(source)}
    bytes_of = {name: data for name, (_, data) in members.items()}
    said = json.loads(bytes_of["manifest.json"])
    for field in ("key_id", "hmac"):
        del said[field]
    if sql:
        bytes_of["postgres.dump"] = _dumped_after(stores, bytes_of["postgres.dump"], sql, os.path.dirname(to))
    if dump:
        bytes_of["postgres.dump"] = dump(bytes_of["postgres.dump"])
    for file in said["files"]:
        file["size"] = len(bytes_of[file["name"]])
        file["sha256"] = hashlib.sha256(bytes_of[file["name"]]).hexdigest()
    if manifest:
        manifest(said)
    bytes_of["manifest.json"] = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode()
    return _written([(entry, bytes_of[name]) for name, (entry, _) in members.items()], to)


def reshaped(source, to, members=lambda them: them, raw=lambda data: data):
    """A copy of the archive at `source`, its signed statement as it was: `members` says what it has instead of these pairs of
    entry and bytes, `raw` changes the bytes of the whole file."""
    _written(members(_members(source)), to)
    with open(to, "r+b") as file:
        changed = raw(file.read())
        file.seek(0)
        file.truncate()
        file.write(changed)
    return to


def _members(source):
    with tarfile.open(source, "r:gz") as archive:
        return [(entry, archive.extractfile(entry).read()) for entry in archive.getmembers()]


def _written(members, to):
    with tarfile.open(to, "w:gz", format=tarfile.USTAR_FORMAT, compresslevel=1) as archive:
        for entry, data in members:
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    os.chmod(to, 0o600)
    account.give(to)
    return to


def _dumped_after(stores, dump, sql, folder):
    """The dump of a database that holds `dump` and has then run `sql`."""
    database = f"test_{secrets.token_hex(6)}"
    before, after = (os.path.join(folder, database + end) for end in (".before", ".after"))
    with open(before, "wb") as file:
        file.write(dump)
    stores.sql(f"CREATE DATABASE {database}")
    try:
        url = stores.url(database)
        for words in (["psql", "-X", "-q", "-c", "drop schema public", url], ["pg_restore", "--no-owner", "-d", url, before],
                      ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url],
                      ["pg_dump", "-Fc", "-Z0", "--schema=public", "--no-owner", "--no-privileges", "-f", after, url]):
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{words[0]}: {done.stderr}"
        with open(after, "rb") as file:
            return file.read()
    finally:
        for path in (before, after):
            if os.path.exists(path):
                os.unlink(path)
        stores.drop(database)
