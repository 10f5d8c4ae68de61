"""New secrets, as containers/README.md brings them in."""

import json

from composed import docker
from support.polling import eventually

OF = {"jwt_secret": "jwt_previous_secret", "encryption_key": "encryption_previous_key"}


def roll(it):
    for server in it.containers("server"):
        docker("stop", "--time", "45", server)
        docker("start", server)
        it.healthy(server)
    eventually(lambda: it.client().get("/health/ready").status == 200, 30, "the proxy")


def new_secrets_log_nobody_out_and_open_older_backups(it):
    (server,) = it.containers("server")
    before = it.analyst()
    taken = json.loads(docker("exec", "-e", "BACKUP_ENCRYPT=true", server, "vanna-engine", "backup", "create", "--json"))["backup_id"]
    for current, previous in OF.items():
        it.write_secret(previous, it.secret(current))
        it.write_secret(current, f"a new one for {current} of more than thirty-two bytes")
    roll(it)
    assert before.rows("SELECT 1") == [[1]]
    assert it.analyst().rows("SELECT 2") == [[2]]
    docker("exec", server, "vanna-engine", "backup", "verify", taken)

    for previous in OF.values():
        it.write_secret(previous, "")
    roll(it)
    assert before.run("SELECT 3").status == 401
    assert it.analyst().rows("SELECT 4") == [[4]]
    try:
        docker("exec", server, "vanna-engine", "backup", "verify", taken)
    except RuntimeError as failure:
        assert "ENCRYPTION_PREVIOUS_KEY" in str(failure) or "ENCRYPTION_KEY" in str(failure), failure
    else:
        raise AssertionError("an archive was opened without the key of its time")


STORIES = [new_secrets_log_nobody_out_and_open_older_backups]
