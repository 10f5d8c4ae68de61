#!/usr/bin/env bash
# Tests of run.sh with the built server: starts, is stopped at any moment, starts again, leaves nothing of its own, runs
# commands beside the server, and gives the server's account nothing of root's.
# shellcheck disable=SC2030,SC2031
set -euo pipefail
set -m # each run.sh in a process group of its own, as from a terminal

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=$(mktemp -d /tmp/run_test.XXXXXX)
chmod 711 "$work"
export DEMO_FOLDER=$work/demo
out=$work/out
run=
passed=0

finish() {
    local status=$?
    if [[ -n $run ]]; then
        kill -TERM "$run" 2>/dev/null || true
        wait "$run" || true
    fi
    "$here/tests/support/stores.sh" remove "$DEMO_FOLDER" || true
    rm -rf "$work"
    if ((status != 0)); then echo "FAILED after $passed passed checks"; fi
}
trap finish EXIT

check() {
    local what=$1
    shift
    if ! "$@" >"$work/new" 2>&1; then
        echo "not so: $what"
        tail -n 40 "$work/new" "$out"
        exit 1
    fi
    mv "$work/new" "$work/check"
    passed=$((passed + 1))
    echo "ok: $what"
}

not() { ! "$@"; }
is() { [[ $1 == "$2" ]] || { echo "$1 is not $2" && return 1; }; }

# Processes whose working directory lies in the demo's folder, or that serve there.
left() {
    find /proc/[0-9]*/cwd -maxdepth 0 -lname "$DEMO_FOLDER*" -printf '%l of %p\n' 2>/dev/null || true
    pgrep -af "vanna-engine serve" | grep -F "$work" || true
}

launch() {
    : >"$out"
    "$here/run.sh" "$@" >"$out" 2>&1 &
    run=$!
}

wait_for_line() {
    local tries=$(($2 * 20))
    until grep -q "$1" "$out"; do
        kill -0 "$run" 2>/dev/null && ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# Sets $status.
end_with() {
    kill -"$1" -- "-$run"
    status=0
    wait "$run" || status=$?
    run=
}

# Sets $status; what was printed is in $work/answer.
run() {
    status=0
    "$here/run.sh" "$@" >"$work/answer" 2>&1 || status=$?
}
says() { grep -F "$1" "$work/answer" || { cat "$work/answer" && return 1; }; }

run user list
check "a command is refused while no demo runs" is "$status" 69
check "and the message says what to do" says "start it with ./run.sh in another terminal"

"$here/tests/support/stores.sh" start "$DEMO_FOLDER" redis >"$work/answer"
"$here/tests/support/stores.sh" exec "$DEMO_FOLDER" touch left-behind
launch --fresh
check "run.sh --fresh starts the demo" wait_for_line 'The engine is ready' 300
check "from nothing" not test -e "$DEMO_FOLDER/left-behind"
url=$(sed -n 's/^The engine is ready: \([^ ]*\).*/\1/p' "$out")
check "at the address it prints" is "$(curl -s -o "$work/body" -w '%{http_code}' "$url/health/ready")" 200
for account in admin analyst viewer; do
    login=$(sed -n "s/^ *\($account@[^ ]*\)  *\([^ ]*\)$/{\"email\":\"\1\",\"password\":\"\2\"}/p" "$out")
    check "the $account can log in as it says" is \
        "$(curl -s -o "$work/body" -w '%{http_code}' -H 'Content-Type: application/json' -d "$login" "$url/api/v1/auth/login")" 200
done
sed -n '/^    TOKEN=/,/^$/p' "$out" >"$work/commands"
check "the three commands it prints work" bash -euo pipefail "$work/commands"
check "and answer with rows" grep -q '"row_count"' "$work/check"
server=$(pgrep -P "$run" -f 'vanna-engine serve')
if ((EUID == 0)); then check "the server does not run as root" not is "$(ps -o user= -p "$server")" root; fi
check "it has no hold on the terminal" is "$(ps -o sid= -p "$server" | tr -d ' ')" "$server"
check "the README's console sessions go as it says" "$here/tests/support/readme_session.py" "$here/README.md" "$url"
check "so do those of jobs/README.md" "$here/tests/support/readme_session.py" "$here/jobs/README.md" "$url"
check "so do those of db/README.md" "$here/tests/support/readme_session.py" "$here/db/README.md" "$url"
run -- user list
check "a command runs on the demo's stores" is "$status" 0
check "and finds what is there" says analyst@example.com
run query "delete from orders"
check "its exit status is passed on" is "$status" 65
run no-such-command
check "so is that of one that does not exist" is "$status" 64
status=0
"$here/run.sh" generate --target "sqlite:///$(realpath "$DEMO_FOLDER")/engine/vanna_db.db" <<<'How many customers are there?' >"$work/answer" 2>&1 || status=$?
check "its input is passed on" says customers
check "a second run.sh on the same data is refused" not "$here/run.sh"
check "which leaves the first alone" is "$(curl -s -o "$work/body" -w '%{http_code}' "$url/health/live")" 200
check "a port that is taken is refused" not env DEMO_FOLDER="$work/other" PORT="${url##*:}" "$here/run.sh"
check "and the message says so" grep -q "port ${url##*:} is in use" "$work/check"
"$here/tests/support/stores.sh" remove "$work/other"
end_with TERM
check "SIGTERM ends it with status 0" is "$status" 0
check "and leaves no process" is "$(left)" ""

started=$EPOCHREALTIME
launch
check "it starts again" wait_for_line 'The engine is ready' 50
echo "second start: $(awk -v a="$started" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }') s"
check "on the same port" grep -q "ready: $url " "$out"
end_with INT
check "Ctrl-C ends it with status 0" is "$status" 0
check "and leaves no process" is "$(left)" ""

for moment in 0.05 0.2 0.4 0.8; do
    for signal in INT TERM; do
        launch
        sleep "$moment"
        end_with "$signal"
        check "SIG$signal after $moment s ends it with status 0" is "$status" 0
        check "and leaves no process" is "$(left)" ""
    done
done

# shellcheck disable=SC2016
"$here/tests/support/stores.sh" exec "$DEMO_FOLDER" sh -c 'echo "$1" >engine/port' sh "8000[\$(touch $work/pwned)]"
launch
check "a port that is none is not remembered" wait_for_line 'The engine is ready: http://127.0.0.1:[0-9]* ' 50
check "nor run" not test -e "$work/pwned"
kill -KILL "$run"
wait "$run" 2>/dev/null || true
launch
check "it starts after a kill -9" wait_for_line 'The engine is ready' 50
end_with TERM
check "and ends everything" is "$(left)" ""

check "a setting that makes no sense is refused" not env QUERY_MAX_ROWS=many "$here/run.sh"
check "with its name" grep -q QUERY_MAX_ROWS "$work/check"
check "and leaves no process" is "$(left)" ""

run user list
check "a command is refused when the demo has ended" is "$status" 69

# What the account can change leads root nowhere.
if ((EUID == 0)); then
    mkdir -m 777 "$work/open"
    echo METRICS_TOKEN=secret-of-root >"$work/secret.env"
    chmod 600 "$work/secret.env"
    ln -s "$work/secret.env" "$work/open/engine.env"
    ln -s "$work/open/engine.env" "$work/linked.env"
    for file in "$work/open/engine.env" "$work/linked.env"; do
        VANNA_ENV_FILE=$file run config show
        check "an env file linked to a file of root's is refused" is "$status" 77
        check "as one that could be anything" says "can change what $file is"
    done
    check "and not copied" not grep -rqs secret-of-root /var/lib/vanna-engine
    # One function of home.sh, for a checkout in $work.
    home_function() (
        local support=$here/tests/support here=$work/checkout home=$work/home account
        # shellcheck source=tests/support/account.sh
        source "$support/account.sh"
        # shellcheck source=tests/support/home.sh
        source "$support/home.sh"
        account=$(account_name)
        "$@"
    )
    check "root's own is copied" home_function readable_env_file "$work/secret.env"
    copy=$(cat "$work/check")
    check "for the account alone" is "$(stat -c '%U %G %a' "$copy")" "root vanna 440"
    rm -r "$(dirname "$copy")"

    mkdir -p "$work/home/data/old"
    touch "$work/home/data/old/file"
    check "a folder full of root's files is not given away" not home_function own_folders
    check "nor what is in it" is "$(stat -c %U "$work/home/data/old/file")" root
    rm -r "$work/home/data/old"
    check "an empty one is" home_function own_folders
    check "for the engine to write" is "$(stat -c %U "$work/home/data" "$work/home/backups" | xargs)" "vanna vanna"
fi

check "an unknown scenario is refused" not "$here/run.sh" --env nowhere
check "and the message names those there are" grep -q production "$work/check"
run --fresh user list
check "--fresh with a command is refused" is "$status" 64
run --
check "so is no command at all" is "$status" 64
check "--help explains" "$here/run.sh" --help
echo "$passed passed, 0 failed"
