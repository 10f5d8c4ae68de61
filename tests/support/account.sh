# shellcheck shell=bash disable=SC2154
# Sourced by run.sh, stores.sh and the tests: which account runs stores and server (never root), and what it can reach.
# After `account=$(account_name)` the other functions may be used.
#
# What lies in a folder that the account may change is the account's word: root reads, writes, removes and signals there
# only as the account, checks what it has read, and never runs it.

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

# Whatever becomes the account from now on may run its threads in real time (core/async/foreground.hpp), as far as root may
# grant that here: by the limit, or by the capability.
rights=()
grant_real_time() {
    local capability=(--inh-caps=+sys_nice --ambient-caps=+sys_nice)
    if ((EUID != 0)) || ulimit -r 2 2>/dev/null || ! setpriv "${capability[@]}" true 2>/dev/null; then return; fi
    rights=("${capability[@]}")
}

# Becomes that account and the command, in the same process: call it in a subshell or as a script's last act.
become_account() {
    if ((EUID != 0)); then
        exec "$@"
    fi
    exec setpriv --reuid="$account" --regid="$account" --clear-groups "${rights[@]}" --no-new-privs -- "$@"
}

# In a session of its own: the account gets no hold on root's terminal.
as_account() (
    if ((EUID != 0)); then exec "$@"; fi
    become_account setsid -w "$@"
)

# In a sticky folder (/tmp) only one's own can be replaced, and what is not there yet be made.
can_replace() {
    local path=$1 parent=$2
    [[ -e $parent ]] || return 1
    if [[ $(stat -c %U "$parent") == "$account" ]]; then return; fi
    as_account test -w "$parent" || return 1
    [[ ! -k $parent || ! -e $path && ! -L $path ]] || [[ $(stat -c %U "$path") == "$account" ]]
}

# Whether root, asked for this path, could be led elsewhere: the account may put something else in the place of the
# path or of a folder above it.
in_the_accounts_hands() {
    local path parent
    if ((EUID != 0)); then return 1; fi
    path=$(realpath -ms "$1")
    while [[ $path != / ]]; do
        parent=$(dirname "$path")
        if can_replace "$path" "$parent"; then return; fi
        if [[ -L $path && -e $path ]] && in_the_accounts_hands "$(cd "$parent" && realpath -ms "$(readlink "$path")")"; then
            return
        fi
        path=$parent
    done
    return 1
}

# Whether the account may read this file, or enter and list this folder.
reaches() { as_account test -r "$1" && { [[ ! -d $1 ]] || as_account test -x "$1"; }; }

# The folder under /var/lib that stands for a given one which the account cannot reach.
stand_in() {
    local sum
    sum=$(printf '%s' "$1" | sha256sum)
    mkdir -p "$var_folder"
    if [[ -L $var_folder || ! -O $var_folder ]]; then
        echo "${0##*/}: $var_folder belongs to $(stat -c %U "$var_folder"), not to $(id -un)" >&2
        return 1
    fi
    chmod 755 "$var_folder"
    echo "$var_folder/${sum:0:12}"
}
