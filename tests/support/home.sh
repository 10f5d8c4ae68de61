# shellcheck shell=bash disable=SC2154,SC2034
# Sourced by run.sh and db_init.sh after account.sh: the folder the engine works in, the binary, and how it is run.
# That is the checkout, or, where the engine's account cannot reach it, a copy of what the engine reads.

# Sets $home and $engine. The release preset has been built.
prepare_home() {
    engine=$here/build/release/vanna-engine
    home=$here
    if reaches "$engine" && reaches "$here/assets" && reaches "$here/config"; then return; fi
    home=$(stand_in "$here")
    stage
    engine=$home/bin/vanna-engine
}

stage() (
    umask 022
    mkdir -p "$home/bin" "$home/config"
    chown "root:$account" "$home"
    chmod 750 "$home"
    if ! cmp -s "$engine" "$home/bin/vanna-engine"; then
        install -m 755 "$engine" "$home/bin/vanna-engine.new"
        mv "$home/bin/vanna-engine.new" "$home/bin/vanna-engine"
    fi
    cp -ru --no-preserve=mode,ownership "$here/assets" "$home/"
    cp -u --no-preserve=mode,ownership "$here"/config/{*.yaml,demo.env} "$home/config/"
)

# Prints the path of an env file that the account can read: itself, or a copy for the account alone. Not a copy of
# whatever the account has put there: that could be a link to a file of root's.
readable_env_file() {
    local file=$1 copy
    if ! reaches "$file"; then
        if in_the_accounts_hands "$file"; then
            echo "${0##*/}: $account can change what $file is, but cannot read it" >&2
            return 1
        fi
        file=$(realpath "$file")
        copy=$(stand_in "$here")/$(basename "$file")
        mkdir -p "$(dirname "$copy")"
        install -m 440 -g "$account" "$file" "$copy"
        file=$copy
    fi
    echo "$file"
}

# The folders that the engine writes by default, for the account.
own_folders() {
    local folder
    for folder in "$home/data" "$home/backups"; do
        mkdir -p "$folder"
        if as_account test -w "$folder"; then continue; fi
        if ((EUID != 0)); then
            echo "$folder belongs to $(stat -c %U "$folder"): run this as that user or as root" >&2
            return 1
        fi
        if [[ -n $(find "$folder" -mindepth 1 ! -name .gitkeep -print -quit) ]]; then
            echo "$folder is not $account's, and not empty. If the engine shall have what is in it:" >&2
            echo "    chown -R -h $account: $folder" >&2
            return 1
        fi
        chown -h "$account:$account" "$folder"
    done
}

# Becomes the engine, as its account; it is told to stop when this script ends, however that happens. In a session of
# its own: the account gets no hold on root's terminal. Call it in the background, where setsid need not fork.
become_engine() {
    local as=()
    cd "$home" || exit
    export HOME=$home
    if ((EUID == 0)); then
        grant_real_time
        as=(--reuid="$account" --regid="$account" --clear-groups "${rights[@]}")
    fi
    exec setsid setpriv "${as[@]}" --no-new-privs --pdeathsig TERM -- "$engine" "$@" 7<&-
}

# A command of the engine, with this script's input. Who tells the script to stop, tells the engine.
run_engine() {
    local process='' told='' status=0
    trap 'told=yes; if [[ -n $process ]]; then kill -TERM "$process" 2>/dev/null || true; fi' INT TERM HUP
    become_engine "$@" <&0 &
    process=$!
    if [[ -n $told ]]; then kill -TERM "$process" 2>/dev/null || true; fi
    wait "$process" || status=$?
    # A signal ends a wait before the process has ended.
    while kill -0 "$process" 2>/dev/null; do
        status=0
        wait "$process" || status=$?
    done
    trap - INT TERM HUP
    return "$status"
}
