# shellcheck shell=bash disable=SC2154
# Sourced by run.sh, stores.sh and the tests: which account runs stores and server (never root), and what it can reach.
# After `account=$(account_name)` the other functions may be used.

var_folder=/var/lib/vanna-engine

# Oneself, or for root the system user "vanna", made when missing.
account_name() {
    if ((EUID != 0)); then
        id -un
        return
    fi
    if ! getent passwd vanna >/dev/null; then
        useradd --system --user-group --no-create-home --home-dir "$var_folder" \
            --shell /usr/sbin/nologin vanna || getent passwd vanna >/dev/null
    fi
    echo vanna
}

# Becomes that account and the command, in the same process: call it in a subshell or as a script's last act.
become_account() {
    if ((EUID != 0)); then
        exec "$@"
    fi
    exec setpriv --reuid="$account" --regid="$account" --clear-groups --no-new-privs -- "$@"
}

as_account() { (become_account "$@"); }

# Whether the account may read this file, or enter and list this folder.
reaches() { as_account test -r "$1" && { [[ ! -d $1 ]] || as_account test -x "$1"; }; }

# The folder under /var/lib that stands for a given one which the account cannot reach.
stand_in() {
    local sum
    sum=$(printf '%s' "$1" | sha256sum)
    mkdir -p "$var_folder"
    chmod 755 "$var_folder"
    echo "$var_folder/${sum:0:12}"
}
