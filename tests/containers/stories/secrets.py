"""New secrets, as containers/README.md brings them in."""

import json

from composed import docker
from support.client import Client
from support.load import Load
from support.polling import eventually

OF = {"jwt_secret": "jwt_previous_secret", "encryption_key": "encryption_previous_key"}


def roll(it, known):
    """One at a time; whoever logs in meanwhile joins those that are known, and all of them are known to each replica."""
    servers = it.containers("server")
    with Load(known[0], 2, "rotated") as load:
        for server in servers:
            docker("stop", "--time", "45", server)
            docker("start", server)
            it.healthy(server)
            known.append(it.analyst())
            for each in servers:
                for someone in known:
                    Client(it.port_of(each), someone.token).get("/api/v1/auth/me", expect=200)
        seen = load.count()
        eventually(lambda: load.count() > seen + 20, 60, "requests going on")
    assert (load.refused, load.broken, load.turned_away) == ([], 0, 0), (load.refused[:3], load.broken, load.turned_away)


def new_secrets_log_nobody_out_and_open_older_backups(it):
    it.scale(3)
    it.admin().put("/api/v1/admin/configurations/QUERY_RATE_PER_MINUTE", {"value": "0"}, expect=200)
    server = it.containers("server")[0]
    before = it.analyst()
    known = [before]
    taken = json.loads(docker("exec", "-e", "BACKUP_ENCRYPT=true", server, "vanna-engine", "backup", "create", "--json"))["backup_id"]
    for current, previous in OF.items():
        it.write_secret(previous, f"a new one for {current} of more than thirty-two bytes")
    roll(it, known)
    for current, previous in OF.items():
        old, new = it.secret(current), it.secret(previous)
        it.write_secret(previous, old)
        it.write_secret(current, new)
    roll(it, known)
    docker("exec", server, "vanna-engine", "backup", "verify", taken)

    after = known[-1]
    for previous in OF.values():
        it.write_secret(previous, "")
    roll(it, [after])
    assert before.run("SELECT 3").status == 401
    assert after.rows("SELECT 4") == [[4]]
    try:
        docker("exec", server, "vanna-engine", "backup", "verify", taken)
    except RuntimeError as failure:
        assert "ENCRYPTION_PREVIOUS_KEY" in str(failure), failure
    else:
        raise AssertionError("an archive was opened without the key of its time")


STORIES = [new_secrets_log_nobody_out_and_open_older_backups]
