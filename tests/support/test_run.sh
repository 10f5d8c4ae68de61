#!/usr/bin/env bash
# Tests of run.sh with the built server: starts, is stopped at any moment, starts again, and leaves nothing of its own.
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

# Processes whose working directory or command line lies in the demo's folder.
left() {
    local link
    for link in /proc/[0-9]*/cwd; do
        if [[ $(readlink "$link" 2>/dev/null) == "$DEMO_FOLDER"* ]]; then tr '\0' ' ' <"${link%cwd}cmdline"; fi
    done
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

launch
check "run.sh starts the demo" wait_for_line 'The engine is ready' 300
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
check "the first session of README.md goes as it says" "$here/tests/support/readme_session.py" "$here/README.md" "$url"
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

launch
wait_for_line 'The engine is ready' 50
kill -KILL "$run"
wait "$run" 2>/dev/null || true
launch
check "it starts after a kill -9" wait_for_line 'The engine is ready' 50
end_with TERM
check "and ends everything" is "$(left)" ""

check "a setting that makes no sense is refused" not env QUERY_MAX_ROWS=many "$here/run.sh"
check "with its name" grep -q QUERY_MAX_ROWS "$work/check"
check "and leaves no process" is "$(left)" ""

launch --fresh
check "--fresh starts from nothing" wait_for_line 'The engine is ready' 100
end_with TERM
check "and ends with status 0" is "$status" 0
check "an unknown scenario is refused" not "$here/run.sh" --env nowhere
check "and the message names those there are" grep -q production "$work/check"
check "--help explains" "$here/run.sh" --help
echo "$passed passed, 0 failed"
