# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What a test in shell begins with: TAP lines, a folder that ends with the test, waiting for a state.
# Source it (or sim.bash, or real/tap.bash), call tap_scratch, then `check NAME COMMAND...` as often as
# needed, then tap_end.
tap_count=0
tap_failed=0
tap_ends=()
scratch=''

# check NAME COMMAND...: a test that passes when the command does. The command may be a function;
# it runs in a subshell, where the first failing line of it fails the test.
check() {
    local name=$1 said status options=$-
    shift
    tap_count=$((tap_count + 1))
    set +e
    said=$(set -e; "$@" 2>&1 </dev/null)
    status=$?
    case $options in *e*) set -e ;; esac
    if [ $status = 0 ]; then
        printf 'ok %d - %s\n' $tap_count "$name"
    else
        tap_failed=$((tap_failed + 1))
        printf 'not ok %d - %s\n' $tap_count "$name"
        printf '# exit %d: %s\n' $status "$*"
        [ -z "$said" ] || tail -n 20 <<<"$said" | sed 's/^/# /'
    fi
}

# is NAME WANTED GOT: a test that passes when both are the same text.
is() {
    tap_count=$((tap_count + 1))
    if [ "$2" = "$3" ]; then
        printf 'ok %d - %s\n' $tap_count "$1"
    else
        tap_failed=$((tap_failed + 1))
        printf 'not ok %d - %s\n' $tap_count "$1"
        printf '%s\n' 'wanted:' "$2" 'got:' "$3" | sed 's/^/# /'
    fi
}

# skip NAME WHY: a test that cannot be made here.
skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' $tap_count "$1" "$2"
}

# needs TOOL...: without one of them the whole script is skipped.
needs() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null && continue
        echo "1..0 # SKIP no $tool"
        exit 0
    done
}

note() { printf '# %s\n' "$*"; }

# With functions: `expect_failure WORDS COMMAND...` passes when the command fails and says WORDS.
expect_failure() {
    local words=$1 said
    shift
    if said=$("$@" 2>&1); then
        printf 'passed, and should not have:\n%s\n' "$said"
        return 1
    fi
    printf '%s\n' "$said"
    case $said in *"$words"*) ;; *) return 1 ;; esac
}

# exits STATUS WORDS COMMAND...: passes when the command ends with that status (`any`: whatever it
# is) and says WORDS.
exits() {
    local status=0 wanted=$1 words=$2 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    printf '%s\nexit %s\n' "$said" "$status"
    case $wanted in any | "$status") ;; *) return 1 ;; esac
    case $said in *"$words"*) ;; *) return 1 ;; esac
}

# wait_for SECONDS COMMAND...: until it passes; what it said last is printed when it never did.
wait_for() {
    local end=$((SECONDS + $1)) said
    shift
    until said=$("$@" 2>&1); do
        [ $SECONDS -lt $end ] || { printf '%s\n' "$said"; return 1; }
        sleep 0.2
    done
    printf '%s\n' "$said"
}

# The hash of the plan that is read as JSON.
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }

# tap_scratch NAME: makes the folder $scratch, which goes when the script ends, after what at_end
# was given.
tap_scratch() {
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/leeway-$1.XXXXXX")
    trap tap_cleanup EXIT
    trap 'exit 1' HUP INT TERM
}

# at_end COMMAND: a line of shell for the end of the script; the last is the first to run.
at_end() { tap_ends=("$1" "${tap_ends[@]}"); }

tap_cleanup() {
    local line
    set +e
    for line in "${tap_ends[@]}"; do eval "$line"; done
    rm -rf "$scratch"
}

tap_end() {
    printf '1..%d\n' $tap_count
    [ $tap_failed = 0 ] || exit 1
}
