#!/usr/bin/env bash
# Tests of stores.sh itself: ports kept, single stores down and up, kill -9, taken ports, folders out of reach, other accounts.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
stores=$here/stores.sh
work=$(mktemp -d /tmp/stores_test.XXXXXX)
chmod 711 "$work"
dirs=()
passed=0

finish() {
    local dir status=$?
    for dir in "${dirs[@]}"; do "$stores" remove "$dir" || true; done
    if [[ -n ${listener-} ]]; then kill "$listener" 2>/dev/null || true; fi
    rm -rf "$work"
    if ((status != 0)); then echo "FAILED after $passed passed checks"; fi
}
trap finish EXIT

check() {
    local what=$1
    shift
    if ! "$@" >"$work/out" 2>&1; then
        echo "not so: $what"
        cat "$work/out"
        exit 1
    fi
    passed=$((passed + 1))
    echo "ok: $what"
}

is() { [[ $1 == "$2" ]] || { echo "$1 is not $2" && return 1; }; }
not() { ! "$@"; }
setting() { sed -n "s/^$2=//p" "$1/stores.env"; }
pid_of() { "$stores" status "$1" | sed -n "s/^$2 up pid=\([0-9]*\).*/\1/p"; }
sql() { psql -X -q -t -A "$(setting "$1" DATABASE_URL)" -c "$2"; }
redis() { REDISCLI_AUTH=$(cat "$1/redis/password") redis-cli -p "$(cat "$1/redis/port")" "$2"; }
owner() { ps -o user= -p "$1"; }

a=$work/a
dirs+=("$a")
check "three stores start" "$stores" start --fast "$a"
check "PostgreSQL answers with the address printed" is "$(sql "$a" 'select 1')" 1
check "the server's role is no superuser" is "$(sql "$a" 'show is_superuser')" off
check "the server's role may make databases and roles" \
    is "$(sql "$a" "select rolcreatedb and rolcreaterole from pg_roles where rolname = 'vanna'")" t
check "a wrong password is refused" \
    not psql -X "postgresql://vanna:wrong@127.0.0.1:$(cat "$a/postgres/port")/vanna_db" -c 'select 1'
check "Redis answers" is "$(redis "$a" ping)" PONG
check "Redis wants its password" is "$(redis-cli -p "$(cat "$a/redis/port")" ping)" "NOAUTH Authentication required."
check "ChromaDB answers" curl -sf "http://127.0.0.1:$(setting "$a" CHROMA_PORT)/api/v2/heartbeat"
check "the addresses are readable by their owner alone" is "$(stat -L -c %a "$a/stores.env")" 600
for store in postgres redis chroma; do
    check "$store does not run as root" not is "$(owner "$(pid_of "$a" "$store")")" root
    check "$store listens on loopback alone" \
        is "$(ss -Hltn "sport = :$(cat "$a/$store/port")" | awk '{print $4}')" "127.0.0.1:$(cat "$a/$store/port")"
done

cp "$a/stores.env" "$work/before"
before=$("$stores" status "$a")
check "a start of what runs" "$stores" start "$a"
check "changes nothing" is "$("$stores" status "$a")" "$before"
for store in postgres redis chroma; do
    check "$store alone stops" "$stores" stop "$a" "$store"
    check "and is down" not "$stores" status "$a" "$store"
    check "and starts again" "$stores" start "$a" "$store"
    check "at the same address" cmp "$a/stores.env" "$work/before"
    check "$store is killed" "$stores" kill "$a" "$store"
    check "and is down at once" not "$stores" status "$a" "$store"
    check "and starts again" "$stores" start "$a" "$store"
done
check "all are up" "$stores" status "$a"

"$stores" kill "$a" postgres
sed -i "1s/.*/$(pid_of "$a" redis)/" "$a/postgres/data/postmaster.pid"
check "a lock file left with another process's number does not matter" "$stores" start "$a" postgres
sleep_pid=$(pid_of "$a" redis)
"$stores" kill "$a" postgres
echo "$sleep_pid" >"$a/postgres/pid"
check "a stale process number stops nobody else" "$stores" stop "$a" postgres
check "Redis still runs" is "$(pid_of "$a" redis)" "$sleep_pid"
rm -f "$a/postgres/pid"

"$stores" stop "$a"
: >"$work/up"
python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("up", flush=True)
time.sleep(600)' "$(cat "$a/redis/port")" >"$work/up" &
listener=$!
until grep -q up "$work/up"; do read -rt 0.05 <> <(:) || true; done
check "a start while another program has taken a port" "$stores" start "$a"
check "takes another one" not cmp -s "$a/stores.env" "$work/before"
check "and keeps the others" is "$(cat "$a/postgres/port")" "$(sed -n 's/.*:\([0-9]*\)\/vanna_db/\1/p' "$work/before")"

long=$work/$(printf 'long%.0s' {1..50})/b
dirs+=("$long")
check "a folder with a very long name" "$stores" start --fast "$long"
check "beside the first" "$stores" status "$a"

# shellcheck disable=SC2016
check "a command gets the addresses" is "$("$stores" with "$a" sh -c 'echo "$CHROMA_HOST"')" 127.0.0.1
check "a copy for the account" "$stores" copy "$a" /usr/bin/env "$work/before"
check "is the same" cmp /usr/bin/env "$a/files/env"
check "and can be run by it" "$stores" exec "$a" files/env true
if ((EUID == 0)); then
    mkdir -m 700 "$work/closed"
    dirs+=("$work/closed/c")
    check "a folder that only root can reach" "$stores" start --fast "$work/closed/c"
    check "answers" is "$(sql "$work/closed/c" 'select 1')" 1
    target=$(realpath "$work/closed/c")
    check "is removed with what stood in for it" "$stores" remove "$work/closed/c"
    check "wholly" not test -e "$target"
    check "a command becomes the account" is "$("$stores" exec "$a" id -un)" vanna
fi

"$stores" remove "$a"
dirs+=("$work/d")
timeout -s TERM 0.4 "$stores" start "$work/d" >/dev/null 2>&1 || true
check "a start that was told to stop can be cleared up" "$stores" stop "$work/d"
check "and leaves no process" not pgrep -f "$work/d/"
check "and started again" "$stores" start "$work/d"
check "and works" is "$(sql "$work/d" 'select 1')" 1
echo "$passed passed, 0 failed"
