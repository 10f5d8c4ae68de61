#!/usr/bin/env bash
# Waits until the stores that the environment names answer, then runs `vanna-engine init` on them: what an orchestrator calls.
#
#   ./db_init.sh [ARGS...]    ARGS go to `vanna-engine init`: --check, --only system-db, ...
#
# Settings come as they do for the server: environment, then VANNA_ENV_FILE, else ./.env. PostgreSQL is waited for
# DB_INIT_WAIT_SECONDS (60), without it nothing can be done; Redis and ChromaDB a third of that, init goes on without them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
wait_seconds=${DB_INIT_WAIT_SECONDS:-60}
env_file=${VANNA_ENV_FILE:-$PWD/.env}

say() { echo "db_init: $*" >&2; }

# A setting as the server takes it: environment, NAME_FILE, env file, default.
setting() {
    local file=$1_FILE value=${!1-}
    if [[ -z $value && -n ${!file-} ]]; then value=$(cat "${!file}"); fi
    if [[ -z $value && -r $env_file ]]; then
        value=$(sed -n "s/^$1=[\"']\{0,1\}\([^\"']*\).*/\1/p" "$env_file" | tail -n 1)
    fi
    echo "${value:-$2}"
}

# Sets $host and $port from a URL, or leaves the defaults given.
read_url() {
    host=$2 port=$3
    if [[ $1 =~ ^[a-z]+://([^@/]*@)?(\[[^]]+\]|[^:/?]*)(:([0-9]+))? ]]; then
        host=${BASH_REMATCH[2]:-$host}
        port=${BASH_REMATCH[4]:-$port}
    fi
    host=${host#[}
    host=${host%]}
}

postgres_answers() {
    if command -v pg_isready >/dev/null; then
        pg_isready -q -t 2 -h "$host" -p "$port"
    else
        (exec 3<>"/dev/tcp/$host/$port")
    fi
}

# Any reply will do: one that wants a password is up.
redis_answers() (
    exec 3<>"/dev/tcp/$host/$port"
    printf 'PING\r\n' >&3
    read -rt 2 reply <&3
    [[ $reply == [+-]* ]]
)

chroma_answers() (
    exec 3<>"/dev/tcp/$host/$port"
    printf 'GET /api/v2/heartbeat HTTP/1.0\r\nHost: %s\r\n\r\n' "$host" >&3
    read -rt 2 reply <&3
    [[ $reply == *" 200 "* ]]
)

# wait_for NAME ANSWERS SECONDS
wait_for() {
    local deadline=$((SECONDS + $3))
    until "$2" 2>/dev/null; do
        if ((SECONDS >= deadline)); then
            say "$1 at $host:$port does not answer (waited $3 s)"
            return 1
        fi
        sleep 0.2
    done
    say "$1 at $host:$port answers"
}

wait_for_stores() {
    local optional=$((wait_seconds / 3))
    read_url "$(setting DATABASE_URL '')" "$(setting POSTGRES_HOST localhost)" "$(setting POSTGRES_PORT 5432)"
    if ! wait_for PostgreSQL postgres_answers "$wait_seconds"; then
        say "start it, or correct DATABASE_URL (or POSTGRES_HOST and POSTGRES_PORT)"
        exit 69
    fi
    read_url "$(setting REDIS_URL '')" localhost 6379
    wait_for Redis redis_answers "$optional" || say "going on without it: results are not cached"
    host=$(setting CHROMA_HOST localhost) port=$(setting CHROMA_PORT 8001)
    wait_for ChromaDB chroma_answers "$optional" || say "going on without it: nothing is trained"
}

# In a container: the installed binary, as whoever runs this. In a checkout: the release build, never as root.
run_init() {
    if [[ ! -x $here/build/release/vanna-engine ]]; then
        if ! command -v vanna-engine >/dev/null; then
            say "there is no vanna-engine: build it with ./run.sh or cmake --preset release && ninja -C build/release"
            exit 69
        fi
        exec vanna-engine init "$@"
    fi
    # shellcheck source=tests/support/account.sh
    source "$here/tests/support/account.sh"
    # shellcheck source=tests/support/home.sh
    source "$here/tests/support/home.sh"
    account=$(account_name)
    prepare_home
    if [[ -r $env_file ]]; then
        VANNA_ENV_FILE=$(readable_env_file "$(realpath -s "$env_file")") || exit 77
        export VANNA_ENV_FILE
    fi
    own_folders || exit 77
    run_engine init "$@"
}

case ${1-} in
    -h | --help) sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}" ;;
    *)
        wait_for_stores
        run_init "$@"
        ;;
esac
