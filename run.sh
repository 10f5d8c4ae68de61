#!/usr/bin/env bash
# Starts the Vanna Insight Engine from this checkout.
#
#   ./run.sh              the demo: installs what is missing, builds, starts private stores, serves a sample database
#   ./run.sh --fresh      the same, from nothing: the demo's stores are emptied first
#   ./run.sh --env NAME   serves as config/NAME.env says (prod is production), on the stores named there; starts none
#   ./run.sh COMMAND...   runs a command of vanna-engine on the demo that runs in another terminal, with its stores and
#                         settings; after --env NAME, on those. Its exit status is the command's.
#                         ./run.sh ask "how many customers are there?"      ./run.sh user list      ./run.sh -- --help
#
# VANNA_ENV_FILE=FILE is as --env, for a file anywhere. PORT chooses the demo's port (default 8000, or the next free one),
# DEMO_FOLDER where its data lies (default .stores here, or under /var/lib/vanna-engine where the server's account cannot
# reach this folder); every other setting can be given by environment too: see README.md.
# Ctrl-C or SIGTERM stops everything that was started.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/support/account.sh
source "$here/tests/support/account.sh"
# shellcheck source=tests/support/home.sh
source "$here/tests/support/home.sh"
# shellcheck source=tests/support/steps.sh
source "$here/tests/support/steps.sh"

stores=$here/tests/support/stores.sh
log_folder=$here/build/logs
fresh='' env_file='' demo=yes command=()
home='' engine='' server='' state='' url='' stores_are_ours=''

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"; }

read_arguments() {
    env_file=${VANNA_ENV_FILE-}
    while (($# > 0)); do
        case $1 in
            --fresh) fresh=yes ;;
            --env)
                [[ -n ${2-} ]] || fail 64 "--env: which? One of: $(scenarios)"
                env_file=$here/config/$2.env
                if [[ $2 == prod ]]; then env_file=$here/config/production.env; fi
                [[ -r $env_file ]] || fail 66 "--env $2: there is no $env_file. One of: $(scenarios)"
                shift
                ;;
            -h | --help)
                usage
                exit
                ;;
            --)
                command=("${@:2}")
                (($# > 1)) || fail 64 "--: which command? See ./run.sh --help"
                break
                ;;
            -*) fail 64 "unknown argument '$1'; see ./run.sh --help" ;;
            *)
                command=("$@")
                break
                ;;
        esac
        shift
    done
    [[ -z $fresh || ${#command[@]} -eq 0 ]] || fail 64 "--fresh is for a start, without a command"
    if [[ -z $env_file ]]; then return; fi
    demo=
    [[ -z $fresh ]] || fail 64 "--fresh empties the demo's own stores; with an env file there are none"
    [[ -r $env_file ]] || fail 66 "cannot read the env file $env_file"
    env_file=$(realpath -s "$env_file")
}

scenarios() { (cd "$here/config" && echo *.env | sed 's/\.env//g'); }

# ---- the steps ----

# Not as a step if sudo may have to ask for a password.
install_packages() {
    local lists=(build run ${demo:+stores})
    if [[ -z $("$here/.ci/packages" --missing "${lists[@]}") ]]; then return; fi
    if ((EUID == 0)); then
        step_to_the_end "install Debian packages" "$here/.ci/packages" "${lists[@]}"
    else
        "$here/.ci/packages" "${lists[@]}"
    fi
}

build() { build_preset release vanna-engine ${demo:+sample_db}; }

one_run_at_a_time() {
    exec 7>>"$log_folder/$(cksum <<<"$state" | cut -d ' ' -f 1).lock"
    flock -n 7 || fail 75 "another run.sh uses $state: stop that first (Ctrl-C in its terminal)"
    stores_are_ours=yes
}

start_stores() {
    if [[ -n $fresh ]]; then "$stores" remove "$state"; fi
    "$stores" start "$state" 7<&-
    "$stores" exec "$state" mkdir -p engine
}

use_stores() {
    local name value lines
    for name in $(compgen -v | grep -E '^(POSTGRES_|DB_TYPE$|DATABASE_URL_FILE$|REDIS_URL_FILE$)' || true); do
        unset "$name"
    done
    lines=$("$stores" env "$state")
    while IFS='=' read -r name value; do
        case $name in
            DATABASE_URL | REDIS_URL | CHROMA_HOST | CHROMA_PORT) export "$name=$value" ;;
        esac
    done <<<"$lines"
    export TARGET_DB_PATH=${TARGET_DB_PATH:-$state/engine/vanna_db.db}
    export BACKUP_DIR=${BACKUP_DIR:-$state/engine/backups}
}

init() { run_engine init; }

# The settings under which the engine works: the demo's or the env file's.
use_settings() {
    if [[ -n $demo ]]; then
        state=$(realpath "$state")
        use_stores
        export VANNA_ENV_FILE=$home/config/demo.env
    else
        VANNA_ENV_FILE=$(readable_env_file "$env_file") || fail 77 "the engine cannot read $env_file"
        export VANNA_ENV_FILE
        own_folders || fail 77 "the engine could not write there"
    fi
}

# ./run.sh COMMAND...
command_on_stores() {
    local status=0
    [[ -x $here/build/release/vanna-engine ]] || fail 69 "nothing is built yet: ./run.sh alone builds and serves"
    account=$(account_name)
    prepare_home
    if [[ -n $demo ]]; then
        state=${DEMO_FOLDER:-$home/.stores}
        if [[ ! -e $state ]] || ! "$stores" status "$state" postgres >/dev/null; then
            fail 69 "the demo does not run: start it with ./run.sh in another terminal, and try this again"
        fi
    fi
    use_settings
    run_engine "${command[@]}" || status=$?
    exit "$status"
}

# ---- serving ----

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# What the server will take for this setting: environment, else the env file, else the default.
setting() {
    local value=${!1-}
    if [[ -z $value && -n $env_file ]]; then
        value=$(sed -n "s/^$1=[\"']\{0,1\}\([^\"' ]*\).*/\1/p" "$env_file" | tail -n 1)
    fi
    echo "${value:-$2}"
}

check_port() {
    local port
    port=$(setting PORT 8000)
    if port_taken "$port"; then fail 69 "port $port is in use by another program: set PORT to a free one"; fi
    export PORT=$port
}

# Where PORT was not given: the demo's last one, 8000 or the next that is free.
choose_port() {
    local last port
    last=$(as_account dd "if=$state/engine/port" iflag=nofollow,nonblock bs=6 count=1 status=none 2>/dev/null || true)
    port=$last
    if [[ ! $port =~ ^[1-9][0-9]{0,4}$ ]]; then port=8000; fi
    while port_taken "$port"; do port=$((port + 1)); done
    # shellcheck disable=SC2016
    if [[ $port != "$last" ]]; then as_account sh -c 'echo "$2" >"$1"' sh "$state/engine/port" "$port"; fi
    export PORT=$port
}

server_url() {
    local scheme=http host
    host=$(setting HOST 127.0.0.1)
    case $host in
        0.0.0.0 | :: | localhost) host=127.0.0.1 ;;
        *:*) host="[$host]" ;;
    esac
    if [[ -n $(setting TLS_CERT_FILE '') ]]; then scheme=https; fi
    echo "$scheme://$host:$PORT"
}

serve() {
    local answer=$log_folder/ready.json deadline=$((SECONDS + 60))
    url=$(server_url)
    become_engine serve </dev/null &
    server=$!
    until [[ $(curl -sk -m 2 -o "$answer" -w '%{http_code}' "$url/health/ready") == 200 ]]; do
        if ! kill -0 "$server" 2>/dev/null; then server_ended; fi
        if ((SECONDS > deadline)); then fail 70 "the server runs but is not ready: $(cat "$answer" 2>/dev/null)"; fi
        sleep 0.05
    done
}

server_ended() {
    local status=0
    wait "$server" || status=$?
    server=
    fail "$status" "the server ended with status $status; its last words are above"
}

greet() {
    if [[ -z $demo ]]; then
        printf '\nServing %s at %s    (API documentation: %s/docs)\nCtrl-C stops it.\n\n' "$env_file" "$url" "$url"
        return
    fi
    cat <<END

The engine is ready: $url    (API documentation: $url/docs)

    admin@example.com      AdminPassword123
    analyst@example.com    AnalystPassword123
    viewer@example.com     ViewerPassword123

Three commands to try:

    TOKEN=\$(curl -s $url/api/v1/auth/login -H 'Content-Type: application/json' \\
        -d '{"email":"analyst@example.com","password":"AnalystPassword123"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
    curl -s -w '\n' $url/api/v1/queries/ask -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application/json' \\
        -d '{"question":"How many customers are there?"}'
    curl -s -w '\n' $url/api/v1/queries/run -H "Authorization: Bearer \$TOKEN" -H 'Content-Type: application/json' \\
        -d '{"sql":"SELECT customer_name, revenue FROM customer_revenue ORDER BY revenue DESC LIMIT 3"}'

Ctrl-C stops the server and its stores; their data stays in $state (./run.sh --fresh empties it).

END
}

# ---- the end ----

stop_everything() {
    local status=$?
    set +e # whatever fails here, the rest is stopped too
    trap '' INT TERM HUP
    # The signal may have come just before the process was noted.
    if [[ -z $step_process && -z $server ]]; then step_process=$(jobs -p | tail -n 1); fi
    stop_step
    if [[ -n $server ]] && kill -0 "$server" 2>/dev/null; then
        kill -TERM "$server" 2>/dev/null || true
        trap 'kill -TERM "$server" 2>/dev/null || true' INT TERM
        while kill -0 "$server" 2>/dev/null; do wait "$server" || true; done
        trap '' INT TERM
    fi
    if [[ -n $stores_are_ours ]]; then "$stores" stop "$state"; fi
    exit "$status"
}

main() {
    local server_status=0
    read_arguments "$@"
    if ((${#command[@]} > 0)); then command_on_stores; fi
    # A stop that was asked for is a clean end.
    trap 'exit 0' INT TERM HUP
    trap stop_everything EXIT
    mkdir -p "$log_folder" 2>/dev/null || true
    [[ -w $log_folder ]] || fail 73 "cannot write $log_folder: was it made by root?"
    if [[ -z $demo || -n ${PORT-} ]]; then check_port; fi
    install_packages
    step "build the engine" build
    account=$(account_name)
    prepare_home
    if [[ -n $demo ]]; then
        state=${DEMO_FOLDER:-$home/.stores}
        one_run_at_a_time
        step "fetch ChromaDB" "$stores" install
        step "start PostgreSQL, Redis and ChromaDB" start_stores
    fi
    use_settings
    step_shown "prepare the databases (vanna-engine init)" init
    # Only now: the listeners share their port (SO_REUSEPORT), so that another start of this account would take it, too.
    if [[ -z ${PORT-} ]]; then choose_port; fi
    serve
    greet
    wait "$server" || server_status=$?
    server=
    fail "$server_status" "the server ended by itself with status $server_status"
}
main "$@"
