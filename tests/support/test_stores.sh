#!/usr/bin/env bash
# Tests of stores.sh itself: ports kept, single stores down and up, kill -9, taken ports, folders out of reach, other
# accounts, and that the stores' account gets nothing of root's by what it puts into its folders.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
stores=$here/stores.sh
work=$(mktemp -d /tmp/stores_test.XXXXXX)
chmod 711 "$work"
dirs=()
passed=0

finish() {
    local dir process status=$?
    for dir in "${dirs[@]}"; do "$stores" remove "$dir" || true; done
    for process in "${listener-}" "${bystander-}"; do
        if [[ -n $process ]]; then kill "$process" 2>/dev/null || true; fi
    done
    rm -rf "$work"
    if ((status != 0)); then echo "FAILED after $passed passed checks"; fi
}
trap finish EXIT

check() {
    local what=$1
    shift
    if ! "$@" >"$work/new" 2>&1; then
        echo "not so: $what"
        cat "$work/new"
        exit 1
    fi
    mv "$work/new" "$work/out"
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

# As the stores' account, in $a.
attacker() { "$stores" exec "$a" sh -c "$1"; }
# Whether the check before printed this.
has() { grep -qF "$1" "$work/out"; }

be_bystander() {
    bystander=$!
    until [[ $(readlink "/proc/$bystander/exe") == *sleep ]]; do sleep 0.05; done
}

be_attacked() {
    local open=$work/open store line target run
    printf '%048x\n' 12345 >"$work/secret"
    chmod 600 "$work/secret"
    mkdir -m 777 "$work/prize"
    run="\$(id -un >$work/prize/pwned)"

    "$stores" stop "$a"
    attacker "printf '%s' 'x${run}y' >redis/password"
    check "a password that is none is refused" not "$stores" start "$a" redis
    check "and the message names the file" has redis/password
    attacker "ln -sf '$work/secret' redis/password"
    check "a password linked to a file of root's is refused" not "$stores" start "$a" redis
    check "and is not copied" not grep -rqF "$(cat "$work/secret")" "$(realpath "$a")"
    attacker "rm redis/password; printf '%s' '1${run}' >redis/port"
    check "a port that is none is replaced" "$stores" start "$a" redis
    check "the stores' addresses are given to a command" "$stores" with "$a" true
    for line in "CHROMA_HOST=$run" "CHROMA_PORT=1$run" "LD_PRELOAD=/tmp/x.so" "id -un >$work/prize/pwned" "DATABASE_URL=$run"; do
        attacker "echo '$line' >>stores.env"
        check "but not with a line that says $line" not "$stores" with "$a" true
        check "neither printed" not "$stores" env "$a"
        attacker "sed -i '\$d' stores.env"
    done
    attacker "mv stores.env away; ln -s '$work/secret' stores.env"
    check "nor out of a file of root's" not "$stores" env "$a"
    check "which is not shown" not has "$(cat "$work/secret")"
    attacker "mv away stores.env"
    check "nothing of all this was run" is "$(ls "$work/prize")" ""

    for store in postgres redis; do
        "$stores" stop "$a" "$store"
        attacker "mv $store/log away; ln -s '$work/secret' $store/log"
        check "$store does not start with a log that it cannot write" not "$stores" start "$a" "$store"
        check "and root shows nothing of what the log is linked to" not has "$(cat "$work/secret")"
        attacker "rm $store/log; mv away $store/log"
    done

    (cd "$a/redis" && exec sleep 600) &
    be_bystander
    attacker "echo $bystander >redis/pid"
    check "root's process in a store's folder is not the store" not "$stores" status "$a" redis
    check "nor killed as if it were" "$stores" kill "$a" redis
    check "nor stopped" "$stores" stop "$a" redis
    check "it lives" kill -0 "$bystander"
    kill "$bystander"
    "$stores" exec "$a" sh -c 'cd redis && exec sleep 600' &
    be_bystander
    attacker "echo $bystander >redis/pid"
    check "neither is another process of the account" "$stores" kill "$a" redis
    check "it lives, too" kill -0 "$bystander"
    kill "$bystander"
    bystander=
    attacker "rm -f redis/pid; mkfifo redis/pid"
    check "a pipe for a process number is not waited for" timeout 20 "$stores" stop "$a" redis
    attacker "rm redis/pid"

    mkdir -m 1777 "$open"
    mkdir -m 755 "$work/empty" "$work/full"
    touch "$work/full/file"
    check "a folder in one that everybody may write" "$stores" start --fast "$open/d" redis
    "$stores" stop "$open/d"
    for target in empty full; do
        "$stores" exec "$a" sh -c "mv '$open/d' '$open/d.mine'; ln -s '$work/$target' '$open/d'"
        check "a link to root's $target folder in its place" not "$stores" start "$open/d" redis
        check "does not become the account's" is "$(stat -c %U "$work/$target")" root
        "$stores" remove "$open/d" 2>/dev/null || true
        check "nor goes" test -d "$work/$target"
        "$stores" exec "$a" sh -c "rm '$open/d'; mv '$open/d.mine' '$open/d'"
    done
    check "nor what is in it" test -e "$work/full/file"
    ln -s "$work/full" "$open/d/link"
    check "a folder with a link to root's" "$stores" remove "$open/d"
    check "goes without what the link is to" test -e "$work/full/file"
    check "wholly" is "$(ls -A "$open")" ""
}

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
    check "a folder that only root can reach" "$stores" start "$work/closed/c" redis chroma
    check "answers" is "$(redis "$work/closed/c" ping)" PONG
    target=$(realpath "$work/closed/c")
    check "is removed with what stood in for it" "$stores" remove "$work/closed/c"
    check "wholly" not test -e "$target"
    check "a command becomes the account" is "$("$stores" exec "$a" id -un)" vanna
    be_attacked
fi

"$stores" remove "$a"
dirs+=("$work/d")
timeout -s TERM 0.4 "$stores" start "$work/d" >/dev/null 2>&1 || true
check "a start that was told to stop can be cleared up" timeout 60 "$stores" stop "$work/d"
check "and leaves no process" not pgrep -f "$work/d/"
check "and started again" "$stores" start "$work/d"
check "and works" is "$(sql "$work/d" 'select 1')" 1
echo "$passed passed, 0 failed"
