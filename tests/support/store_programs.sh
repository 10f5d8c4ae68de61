# shellcheck shell=bash disable=SC2154
# Sourced by stores.sh: how each of the three programs is prepared, launched, asked whether it is ready, and stopped.

system_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# Of each: NAME_programs, the names under which its process runs.

# ---- PostgreSQL: scram over loopback TCP only; the server's own role is no superuser ----

postgres_bin=/usr/lib/postgresql/15/bin
postgres_programs() { echo postgres initdb; }
# A fast shutdown; a cluster that is half made is made anew.
postgres_stop_signal() { if as_account test -d "$state/postgres/data"; then echo INT; else echo KILL; fi; }

postgres_prepare() {
    make_secret postgres/admin_password
    make_secret postgres/password
    if ! as_account test -d "$state/postgres/data"; then make_cluster; fi
    forget_dead_postmaster
}

# Made whole beside its place and then moved there: a start that was killed half way leaves nothing behind.
make_cluster() {
    as_account rm -rf "$state/postgres/data.new"
    launch postgres "$postgres_bin/initdb" --no-sync --pgdata=data.new --username=postgres \
        --pwfile=admin_password --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums
    wait_step $!
    put postgres/first.sql <<END
CREATE ROLE vanna LOGIN CREATEDB CREATEROLE PASSWORD '$(value postgres/password)';
CREATE DATABASE vanna_db OWNER vanna;
END
    # shellcheck disable=SC2016
    launch postgres sh -c '"$1" --single -D data.new postgres <first.sql' sh "$postgres_bin/postgres"
    wait_step $!
    as_account rm "$state/postgres/first.sql"
    as_account mv "$state/postgres/data.new" "$state/postgres/data"
}

wait_step() {
    if ! wait "$1"; then
        echo "stores: making the PostgreSQL cluster failed; the end of $state/postgres/log:" >&2
        log_end postgres >&2
        exit 1
    fi
}

# A postmaster.pid left by kill -9 or a power cut stops the next start if that number has since gone to
# another process of this account. It goes only when no process at all works in the data folder.
forget_dead_postmaster() {
    # shellcheck disable=SC2016
    as_account sh -c 'if ! readlink /proc/[0-9]*/cwd | grep -qxF "$1"; then rm -f "$1/postmaster.pid"; fi' \
        sh "$state/postgres/data" 2>/dev/null
}

postgres_launch() {
    local port=$1 settings=(
        listen_addresses=127.0.0.1 unix_socket_directories='' max_connections=200 shared_buffers=64MB
        timezone=UTC log_timezone=UTC jit=off log_line_prefix='%m [%p] '
    )
    if [[ -e $state/fast ]]; then
        settings+=(fsync=off synchronous_commit=off full_page_writes=off)
    fi
    launch postgres "$postgres_bin/postgres" -D "$state/postgres/data" -p "$port" "${settings[@]/#/--}"
}

# postmaster.pid: line 1 the process, line 8 its state.
postgres_ready() {
    local lines=()
    mapfile -t lines < <(contents postgres/data/postmaster.pid)
    [[ ${lines[0]-} == "$1" && ${lines[7]-} == ready* ]]
}

# ---- Redis: a cache, nothing on disk ----

redis_programs() { echo redis-server redis-check-rdb; } # in Debian two names of one file
redis_stop_signal() { echo TERM; }

redis_prepare() { make_secret redis/password; }

redis_launch() {
    put redis/redis.conf <<END
bind 127.0.0.1
port $1
requirepass $(value redis/password)
dir $state/redis
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
END
    launch redis redis-server redis.conf
}

redis_ready() {
    local password
    password=$(value redis/password)
    [[ $(REDISCLI_AUTH=$password as_account redis-cli -h 127.0.0.1 -p "$2" ping 2>/dev/null) == PONG ]]
}

# ---- ChromaDB: one Node.js process around its native server; it has no telemetry of its own ----

chroma_programs() { echo node nodejs; }
chroma_stop_signal() { echo TERM; }

chroma_prepare() { :; }

# The checkout's folder, or a copy where the account can read it.
chroma_home() {
    local home=$here/containers/chroma
    if ! reaches "$home/serve.cjs"; then home=$(stand_in "chroma $(sha256sum <"$home/package-lock.json")"); fi
    echo "$home"
}

chroma_install() {
    local home stamp
    home=$(chroma_home)
    stamp=$home/node_modules/installed-lock.json
    if cmp -s "$here/containers/chroma/package-lock.json" "$stamp"; then return; fi
    (
        umask 022
        mkdir -p "$home"
        exec 8<"$home"
        flock 8
        if cmp -s "$here/containers/chroma/package-lock.json" "$stamp"; then exit; fi
        if [[ ! $home -ef $here/containers/chroma ]]; then
            install -m 644 "$here"/containers/chroma/{package.json,package-lock.json,serve.cjs} "$home"
        fi
        cd "$home"
        PATH=$system_path npm ci --ignore-scripts --no-audit --no-fund >&2
        cp package-lock.json "$stamp"
    ) || fail "npm could not fetch the ChromaDB server into $home"
}

chroma_launch() {
    launch chroma node "$(chroma_home)/serve.cjs" run --host 127.0.0.1 --port "$1" --path data
}

chroma_ready() {
    [[ $(as_account curl -qs -m 2 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$2/api/v2/heartbeat") == 200 ]]
}
