"""A next release that brings a migration: put in the place of this one under load, and taken back."""

import http.client
import threading

from composed import ENGINE, NEXT, docker
from support.client import Client
from support.load import Load
from support.polling import eventually

GRACE = "45"
MIGRATION = "9000_next_release.sql"
HISTORY = 50_000
READ = ("/api/v1/auth/me", "/api/v1/queries")


class Reading:
    """`with Reading(client) as it:` reads until the block ends what comes from the tables that are migrated."""

    def __init__(self, client):
        self._client, self._stop = client, threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.count, self.failed = 0, []

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join(90)

    def _read(self):
        while not self._stop.is_set():
            for path in READ:
                try:
                    got = self._client.get(path)
                    if got.status != 200:
                        self.failed.append(got)
                except (OSError, http.client.HTTPException) as failure:
                    self.failed.append(failure)
                self.count += 1


def fill_history(it):
    """Rows of the last weeks, so that the migration has something to do."""
    it.sql("insert into queries (id, record_key, user_id, sql, status, created_at, executed_at) "
           "select vanna_first_id(t), vanna_first_id(t), u.id, 'SELECT ' || n, 'success', t, t "
           f"from (select n, now() - n * interval '10 seconds' t from generate_series(1, {HISTORY}) n) s, users u "
           "where email = 'analyst@example.com'")


def history(it):
    """How many of those rows there are, and what is in them."""
    return it.sql("select count(*), md5(string_agg(id::text || user_id || sql || executed_at, ' ' order by id)) from queries "
                  "where id = vanna_first_id(executed_at)")


def left_to_do(it):
    """What init of this release would do."""
    said = it.compose("run", "--rm", "-T", "init", "init", "--check").splitlines()
    assert said[-1] == "checked; nothing was changed", said
    return [line.split()[1] for line in said if line.startswith("pending")]


def replace_all(it, load):
    """As containers/README.md has it: as many of VANNA_IMAGE beside those that are there, which then go."""
    before = it.containers("server")
    it.compose("up", "-d", "--no-deps", "--no-recreate", "--scale", f"server={2 * len(before)}", "server")
    for container in set(it.containers("server")) - set(before):
        it.healthy(container)
    for container in before:
        docker("stop", "--time", GRACE, container)
        assert it.inspect(container)["State"]["ExitCode"] == 0, container
        docker("rm", container)
    seen = load.count()
    eventually(lambda: load.count() > seen + 50, 60, "requests going on")
    now = it.containers("server")
    assert len(now) == len(before) and {it.inspect(one)["Config"]["Image"] for one in now} == {it.environment["VANNA_IMAGE"]}


def nothing_has_failed(it, load, reading, mark):
    assert (load.refused, load.broken, load.turned_away) == ([], 0, 0), (load.refused[:3], load.broken, load.turned_away)
    assert not reading.failed, reading.failed[:3]
    print(f"        {load.count()} statements and {reading.count} reads answered meanwhile", flush=True)
    eventually(lambda: sorted(it.stored(mark)) == sorted(load.answered), 60, "each of them recorded once")


def an_upgrade_with_a_migration_under_load_fails_no_request(it):
    it.scale(3)
    it.admin().put("/api/v1/admin/configurations/QUERY_RATE_PER_MINUTE", {"value": "0"}, expect=200)
    fill_history(it)
    rows, analyst = history(it), it.analyst()
    assert left_to_do(it) == []
    it.environment["VANNA_IMAGE"] = NEXT
    assert left_to_do(it) == ["migrations"]
    with Load(analyst, 4, "upgraded") as load, Reading(analyst) as reading:
        eventually(lambda: load.count() > 50, 60, "requests going on")
        before = load.count()
        said = it.compose("run", "--rm", "-T", "init")
        assert "1 migration applied" in said, said
        assert load.count() > before + 50, (before, load.count())
        assert it.sql(f"select count(*) from schema_migrations where name = '{MIGRATION}'") == ["1"]
        for container in it.containers("server"):
            old = Client(it.port_of(container), analyst.token)
            assert old.rows("SELECT 1") == [[1]]
            for path in READ:
                old.get(path, expect=200)
            assert it.inspect(container)["Config"]["Image"] == ENGINE
        replace_all(it, load)
    nothing_has_failed(it, load, reading, "upgraded")
    assert history(it) == rows
    assert it.sql("select distinct locale from queries") == ["en"]
    assert left_to_do(it) == []


def the_release_before_works_with_what_the_next_has_migrated(it):
    it.environment["VANNA_IMAGE"] = ENGINE
    analyst = it.analyst()
    with Load(analyst, 4, "back") as load, Reading(analyst) as reading:
        replace_all(it, load)
    nothing_has_failed(it, load, reading, "back")
    assert left_to_do(it) == []


STORIES = [an_upgrade_with_a_migration_under_load_fails_no_request, the_release_before_works_with_what_the_next_has_migrated]
