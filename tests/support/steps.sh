# shellcheck shell=bash disable=SC2154
# Sourced by run.sh and test.sh: steps that show a line of progress each, keep a log, and say clearly what failed.
# The caller sets $here and $log_folder, and calls stop_step when it ends early.

step_process=
step_may_stop=yes

fail() {
    local status=$1
    shift
    echo "${0##*/}: $*" >&2
    exit "$status"
}

log_of() { echo "$log_folder/$(tr -cs 'a-z0-9' '-' <<<"${1,,}" | sed 's/-*$//').log"; }

# Runs a command or function in a process group of its own, its output in a log.
step() {
    local title=$1 started=$EPOCHREALTIME status=0 log
    log=$(log_of "$title")
    shift
    begin_line "$title"
    set -m
    ("$@") >"$log" 2>&1 </dev/null &
    step_process=$!
    set +m
    if [[ -t 1 ]]; then watch_step "$title" "$log" "$started"; fi
    wait "$step_process" || status=$?
    step_process=
    end_line "$title" "$started" "$status"
    if ((status != 0)); then
        printf '\nThe end of %s:\n' "$log" >&2
        tail -n 30 "$log" | sed 's/^/    /' >&2
        fail "$status" "failed: $title"
    fi
}

# A step whose output is worth reading when it went well, too.
step_shown() {
    step "$@"
    sed 's/^/    /' "$(log_of "$1")"
}

# A step that would leave a mess if it were ended half way: who wants to stop waits for it.
step_to_the_end() {
    step_may_stop=
    step "$@"
    step_may_stop=yes
}

stop_step() {
    local tenths=200
    if [[ -z $step_process ]]; then return 0; fi
    if [[ -z $step_may_stop ]]; then
        printf '\nfinishing this step first\n' >&2
        wait "$step_process" || true
        return 0
    fi
    kill -TERM -- "-$step_process" 2>/dev/null || kill -TERM "$step_process" 2>/dev/null || true
    while kill -0 -- "-$step_process" 2>/dev/null && ((tenths-- > 0)); do sleep 0.1; done
    kill -KILL -- "-$step_process" 2>/dev/null || true
    wait "$step_process" || true
    printf '\n'
}

# build_preset PRESET TARGETS...: configures only where that was not done yet, or was done before the folder moved.
build_preset() {
    local folder=$here/build/$1
    if ! grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$here" "$folder/CMakeCache.txt"; then rm -rf "$folder"; fi
    if [[ ! -e $folder/build.ninja ]]; then (cd "$here" && cmake --preset "$1"); fi
    ninja -C "$folder" "${@:2}"
}

# ---- the line ----

seconds_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f s", b - a }'; }

begin_line() {
    if [[ -t 1 ]]; then return; fi
    printf '%-48s' "$1"
}

# On a terminal: the time so far and the log's last line.
watch_step() {
    local title=$1 log=$2 started=$3 tick=0.02 rounds=0 last
    while kill -0 "$step_process" 2>/dev/null; do
        if ((++rounds > 20)); then tick=0.3; fi
        last=$(tail -n 1 "$log" | tr -cd '[:print:]')
        printf '\r\033[K%.*s' "$((${COLUMNS:-$(tput cols 2>/dev/null || echo 80)} - 1))" \
            "$(printf '%-48s %s   %s' "$title" "$(seconds_since "$started")" "$last")"
        sleep "$tick"
    done
    printf '\r\033[K'
}

end_line() {
    local word=ok
    if (($3 != 0)); then word=FAILED; fi
    if [[ -t 1 ]]; then printf '%-48s' "$1"; fi
    printf ' %s, %s\n' "$word" "$(seconds_since "$2")"
}
