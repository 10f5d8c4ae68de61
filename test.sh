#!/usr/bin/env bash
# Builds and runs every test: unit tests under AddressSanitizer and UBSan, what workers share under ThreadSanitizer,
# integration tests of the release build on private stores, and the checks of the sources. Its exit status is the verdict.
#
#   ./test.sh             everything
#   ./test.sh ARGS...     builds everything, gives ARGS to ctest: -R unit_core, -L, --rerun-failed, ...
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=tests/support/steps.sh
source "$here/tests/support/steps.sh"
log_folder=$here/build/logs
all=$here/build/tests
presets=(release asan tsan)

install_packages() { "$here/.ci/packages" build run stores test; }

# One list of tests out of those of all presets: one run, one summary.
join_lists() {
    local preset
    mkdir -p "$all"
    for preset in "${presets[@]}"; do
        echo "subdirs(\"$here/build/$preset\")"
    done >"$all/CTestTestfile.cmake"
}

finish() {
    local status=$? preset
    set +e
    trap '' INT TERM HUP
    if kill -0 "${step_process:-none}" 2>/dev/null; then stop_step; fi
    for preset in "${presets[@]}"; do "$here/tests/support/stores.sh" remove "$here/build/$preset/stores" || true; done
    exit "$status"
}

# ctest shows what a failing test printed where it ended: the words of each failure once more, together.
tell_failures() {
    echo "What failed, of $all/Testing/Temporary/LastTest.log:"
    grep -aE '(fatal )?error: in "|^(FAIL|ERROR): |^[A-Za-z.]*(Error|Exception): |runtime error: |Sanitizer: ' \
        "$all/Testing/Temporary/LastTest.log" | cut -c 1-300 | head -n 40 || true
}

main() {
    case ${1-} in
        -h | --help)
            sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
            exit
            ;;
    esac
    mkdir -p "$log_folder"
    trap 'exit 130' INT TERM HUP
    trap finish EXIT
    install_packages
    local preset
    for preset in "${presets[@]}"; do step "build $preset" build_preset "$preset" test_programs; done
    step "fetch ChromaDB" "$here/tests/support/stores.sh" install
    step "fetch the schemas of Kubernetes" "$here/tests/containers/schemas/install"
    join_lists
    export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
    export UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=second_deadlock_stack=1
    export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 TSAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
    set -m
    ctest --test-dir "$all" --parallel "$(nproc)" --output-on-failure --no-tests=error "$@" </dev/null &
    step_process=$!
    set +m
    local status=0
    wait "$step_process" || status=$?
    if ((status != 0)); then tell_failures; fi
    return "$status"
}
main "$@"
