#!/usr/bin/env bash
# Private PostgreSQL 15, Redis 7 and ChromaDB on loopback, all their files under DIR, run by an account that is not root.
# Used by run.sh, the integration tests and the bench. Stops only what it started, by process id.
#
#   stores.sh start [--fast] DIR [STORE...]   start what is not running, wait until it answers, print the env lines
#   stores.sh stop DIR [STORE...]             orderly stop
#   stores.sh kill DIR [STORE...]             kill -9, at once
#   stores.sh status DIR                      one line a store; fails unless all three run
#   stores.sh env DIR                         DATABASE_URL, REDIS_URL, CHROMA_HOST, CHROMA_PORT (also in DIR/stores.env)
#   stores.sh remove DIR                      stop and delete everything under DIR
#   stores.sh with DIR COMMAND...             run a command with these addresses in its environment
#   stores.sh exec DIR COMMAND...             become the stores' account and run a command, in DIR; with REAL_TIME=yes
#                                             its threads may run in real time, where root may grant that
#   stores.sh copy DIR FILE...                copies for that account: DIR/files/NAME
#   stores.sh install                         fetch the ChromaDB server if it is missing
#
# STORE: postgres, redis, chroma; none means all. A store keeps its port from one start to the next unless
# another program has taken it. --fast (for tests, kept for DIR's later starts) trades PostgreSQL's safety for speed.
# Where the account cannot reach DIR, DIR is a link to a folder under /var/lib/vanna-engine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=tests/support/account.sh
source "$here/tests/support/account.sh"
# shellcheck source=tests/support/store_programs.sh
source "$here/tests/support/store_programs.sh"

all_stores=(postgres redis chroma)
umask 077

fail() {
    echo "stores: $*" >&2
    exit 1
}

# ---- the folder ----

# Sets $state: $dir as the account sees it, made when missing.
make_state() {
    local parent
    parent=$(dirname "$dir")
    if [[ -e $dir || -L $dir ]]; then
        if [[ ! -L $dir ]] && ! as_account test -x "$parent"; then
            rmdir "$dir" 2>/dev/null || fail "$dir lies where the account $account cannot reach it, and is not empty"
            link_to_stand_in
        fi
    elif in_the_accounts_hands "$dir"; then
        as_account mkdir -p "$dir"
    else
        mkdir -p "$parent"
        if as_account test -x "$parent"; then mkdir "$dir"; else link_to_stand_in; fi
    fi
    state=$(realpath "$dir")
    own_state
}

link_to_stand_in() {
    local target
    target=$(stand_in "$dir")
    mkdir -p "$target"
    ln -sfn "$target" "$dir"
}

own_state() {
    local owner
    owner=$(stat -c %U "$state")
    if [[ $owner == "$account" ]]; then return; fi
    if ((EUID != 0)) || [[ -n $(ls -A "$state") ]] || in_the_accounts_hands "$dir"; then
        fail "$state belongs to $owner, not to $account: run this as that user, or remove the folder"
    fi
    chmod 700 "$state"
    chown -h "$account:$account" "$state"
}

# The same where nothing is to be made; fails where nothing ever was.
find_state() {
    local owner
    [[ -e $dir ]] || return 1
    state=$(realpath "$dir")
    owner=$(stat -c %U "$state")
    if [[ $owner == "$account" ]]; then return; fi
    if [[ -r $state && -z $(ls -A "$state") ]]; then return 1; fi
    fail "$state belongs to $owner, not to $account: run this as that user or as root"
}

# One command at a time for a folder.
lock_state() {
    exec 9<"$state"
    flock -w 300 9 || fail "another command has been working on $state for 5 minutes"
}

# ---- files, written and read as the account so that root follows no link of its making ----

# shellcheck disable=SC2016
put() { as_account sh -c 'cat >"$1.new" && mv "$1.new" "$1"' put "$state/$1"; }

# A small file; no link is followed, and no pipe waited for.
contents() { as_account dd "if=$state/$1" iflag=nofollow,nonblock bs=4096 count=1 status=none 2>/dev/null; }

# What one of the small files holds, or nothing where it holds anything but a number or, a password, hex digits.
value() {
    local text expected='[0-9]{1,9}'
    if [[ $1 == *password ]]; then expected='[[:xdigit:]]{48}'; fi
    text=$(contents "$1") || return 0
    if [[ $text =~ ^$expected$ ]]; then echo "$text"; fi
}

make_secret() {
    local secret
    if as_account test -e "$state/$1" -o -L "$state/$1"; then
        [[ -n $(value "$1") ]] || fail "$state/$1 does not hold the password that was put there: remove $state"
        return
    fi
    secret=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    put "$1" <<<"$secret"
}

log_end() { as_account tail -n 15 "$state/$1/log" | sed 's/^/    /'; }

# ---- processes ----

# The store's process id, if that process still is the store's: run by the account, one of the store's programs (or the
# shell that is about to become it), in the store's folder.
running() {
    local pid seen
    pid=$(value "$1/pid")
    [[ -n $pid ]] || return 1
    # Only the account's own processes tell it these.
    mapfile -t seen < <(as_account readlink "/proc/$pid/cwd" "/proc/$pid/exe" 2>/dev/null)
    ((${#seen[@]} == 2)) || return 1
    [[ ${seen[0]}/ == "$state/$1/"* ]] || return 1
    seen[1]=$(basename "${seen[1]% (deleted)}")
    [[ " $("$1_programs") sh dash bash " == *" ${seen[1]} "* ]] || return 1
    echo "$pid"
}

# As the account: a number that has come into other hands since is refused.
signal() { as_account kill "$@" 2>/dev/null || true; }

# Starts a command in the store's folder, in a session of its own, its output added to the store's log.
launch() {
    local store=$1
    shift
    # shellcheck disable=SC2016
    (exec 9<&- && become_account env -i "PATH=$system_path" "HOME=$state/$store" LC_ALL=C.UTF-8 \
        setsid sh -c 'cd "$1" && echo $$ >pid && shift && exec "$@" </dev/null >>log 2>&1' \
        launch "$state/$store" "$@") &
}

wait_gone() {
    local pid=$1 times=$(($2 * 20))
    while as_account readlink "/proc/$pid/cwd" >/dev/null 2>&1; do
        ((times-- > 0)) || return 1
        sleep 0.05
    done
}

# Answers once the store is ready; fails if its process ends first or the time is over.
wait_ready() {
    local store=$1 pid=$2 port=$3 tries=$((${STORES_TIMEOUT_SECONDS:-60} * 20))
    while ((tries-- > 0)); do
        kill -0 "$pid" 2>/dev/null || return 1
        if "${store}_ready" "$pid" "$port"; then
            kill -0 "$pid" 2>/dev/null
            return
        fi
        sleep 0.05
    done
    return 1
}

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The remembered port, or a new one from below the range that outgoing connections use.
choose_port() {
    local port
    port=$(value "$1/port")
    while [[ -z $port ]] || port_taken "$port"; do
        port=$((15000 + (RANDOM * 32768 + RANDOM) % 17000))
    done
    echo "$port"
}

# ---- commands on one store ----

start_store() {
    local store=$1 port pid attempt mark
    if running "$store" >/dev/null; then return; fi
    as_account mkdir -p "$state/$store"
    "${store}_prepare"
    for attempt in 1 2 3 4 5; do
        port=$(choose_port "$store")
        mark=$(as_account stat -c %s "$state/$store/log" 2>/dev/null || echo 0)
        "${store}_launch" "$port"
        pid=$!
        if wait_ready "$store" "$pid" "$port"; then
            echo "$port" | put "$store/port"
            return
        fi
        kill -KILL "$pid" 2>/dev/null || true
        if ! as_account tail -c "+$((mark + 1))" "$state/$store/log" | grep -qiE 'address already in use|address in use'; then break; fi
        as_account rm -f "$state/$store/port"
    done
    echo "stores: $store did not start (attempt $attempt, port $port); the end of $state/$store/log:" >&2
    log_end "$store" >&2
    return 1
}

stop_store() {
    local store=$1 pid how
    pid=$(running "$store") || return 0
    how=$("${store}_stop_signal")
    if [[ $how == KILL ]]; then
        kill_store "$store"
        return
    fi
    signal "-$how" "$pid"
    if ! wait_gone "$pid" 30; then
        echo "stores: $store did not stop within 30 s: killing it" >&2
        kill_store "$store"
    fi
    as_account rm -f "$state/$store/pid"
}

kill_store() {
    local store=$1 pid children
    pid=$(running "$store") || return 0
    children=$(pgrep -P "$pid" || true; pgrep -s "$pid" || true)
    # shellcheck disable=SC2086
    signal -KILL "$pid" $children
    for pid in $pid $children; do
        wait_gone "$pid" 10 || true
    done
    as_account rm -f "$state/$store/pid"
}

# ---- commands ----

# Runs a verb on several stores side by side; ends the helpers if it is told to stop.
side_by_side() {
    local verb=$1 store workers=() failed=0 worker
    shift
    trap 'kill "${workers[@]}" 2>/dev/null || true; exit 130' INT TERM HUP
    for store in "$@"; do
        "${verb}_store" "$store" &
        workers+=($!)
    done
    for worker in "${workers[@]}"; do
        wait "$worker" || failed=1
    done
    trap - INT TERM HUP
    return "$failed"
}

# Of the stores that have been started so far.
addresses() {
    local postgres redis chroma
    postgres=$(value postgres/port) redis=$(value redis/port) chroma=$(value chroma/port)
    if [[ -n $postgres ]]; then
        echo "DATABASE_URL=postgresql://vanna:$(value postgres/password)@127.0.0.1:$postgres/vanna_db"
        echo "STORES_ADMIN_URL=postgresql://postgres:$(value postgres/admin_password)@127.0.0.1:$postgres/postgres"
    fi
    if [[ -n $redis ]]; then echo "REDIS_URL=redis://:$(value redis/password)@127.0.0.1:$redis/0"; fi
    if [[ -n $chroma ]]; then printf '%s\n' CHROMA_HOST=127.0.0.1 "CHROMA_PORT=$chroma"; fi
}

# stores.env as it was written, line by line; anything else in it is refused.
read_addresses() {
    local key value expected password='[[:xdigit:]]+' at='@127\.0\.0\.1:[0-9]+'
    contents stores.env | while IFS='=' read -r key value; do
        case $key in
            DATABASE_URL) expected="postgresql://vanna:$password$at/vanna_db" ;;
            STORES_ADMIN_URL) expected="postgresql://postgres:$password$at/postgres" ;;
            REDIS_URL) expected="redis://:$password$at/0" ;;
            CHROMA_HOST) expected='127\.0\.0\.1' ;;
            CHROMA_PORT) expected='[0-9]+' ;;
            *) fail "$state/stores.env has a line that was not put there" ;;
        esac
        [[ $value =~ ^$expected$ ]] || fail "$state/stores.env gives $key a value that was not put there"
        echo "$key=$value"
    done
}

# Becomes the command, with the addresses in its environment.
run_with_addresses() {
    local lines key value
    lines=$(read_addresses)
    while IFS='=' read -r key value; do export "$key=$value"; done <<<"$lines"
    exec "$@"
}

start() {
    local lines
    make_state
    lock_state
    if [[ -n $fast ]]; then echo yes | put fast; fi
    if [[ " ${stores[*]} " == *" chroma "* ]]; then chroma_install; fi
    side_by_side start "${stores[@]}"
    lines=$(addresses)
    put stores.env <<<"$lines"
    echo "$lines"
}

copy_files() {
    local file name
    as_account mkdir -p "$state/files"
    for file in "$@"; do
        name=$(basename "$file")
        put "files/$name" <"$file"
        if [[ -x $file ]]; then as_account chmod u+x "$state/files/$name"; fi
    done
}

# stop or kill: nothing to do where nothing ever was.
end() {
    find_state || return 0
    lock_state
    side_by_side "$1" "${stores[@]}"
}

status() {
    local store pid down=0
    find_state || fail "no stores in $dir"
    for store in "${stores[@]}"; do
        if pid=$(running "$store"); then
            echo "$store up pid=$pid port=$(value "$store/port")"
        else
            echo "$store down"
            down=1
        fi
    done
    return "$down"
}

remove() {
    end stop
    find_state || return 0
    local as=()
    if in_the_accounts_hands "$dir"; then as=(as_account); fi
    as_account find "$state" -mindepth 1 -delete
    "${as[@]}" rmdir "$state"
    if [[ -L $dir ]]; then "${as[@]}" rm "$dir"; fi
}

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

# Sets $fast, $dir and $stores from what follows the command.
read_words() {
    local store
    fast=
    if [[ ${1-} == --fast ]]; then
        fast=yes
        shift
    fi
    [[ -n ${1-} ]] || fail "which folder? See: stores.sh --help"
    dir=$1
    [[ $dir == /* ]] || dir=$PWD/$dir
    shift
    stores=("${@:-}")
    if (($# == 0)); then stores=("${all_stores[@]}"); fi
    for store in "${stores[@]}"; do
        [[ " ${all_stores[*]} " == *" $store "* ]] || fail "no store is called '$store': ${all_stores[*]}"
    done
}

main() {
    local command=${1-}
    shift || true
    account=$(account_name)
    case $command in
        start | stop | kill | status | env | remove) read_words "$@" ;;
    esac
    case $command in
        start) start ;;
        stop | kill) end "$command" ;;
        status) status ;;
        env) find_state && read_addresses ;;
        remove) remove ;;
        install) chroma_install ;;
        with)
            read_words "${1-}"
            shift
            find_state || fail "no stores in $dir"
            run_with_addresses "$@"
            ;;
        exec)
            read_words "${1-}"
            shift
            make_state
            cd "$state"
            if [[ ${REAL_TIME-} == yes ]]; then grant_real_time; fi
            become_account "$@"
            ;;
        copy)
            read_words "${1-}"
            shift
            make_state
            copy_files "$@"
            ;;
        -h | --help) usage ;;
        *) usage >&2 && exit 64 ;;
    esac
}
main "$@"
