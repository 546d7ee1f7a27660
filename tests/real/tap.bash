# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the tests here begin with: TAP lines, and control planes that end with the test.
# Source it, call clusters_start, then `check NAME COMMAND...` as often as needed, then tap_end.
set -euo pipefail

real=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tap_count=0
tap_failed=0
scratch=''

# check NAME COMMAND...: a test that passes when the command does. The command may be a function;
# it runs in a subshell, where the first failing line of it fails the test.
check() {
    local name=$1 said status
    shift
    tap_count=$((tap_count + 1))
    set +e
    said=$(set -e; "$@" 2>&1 </dev/null)
    status=$?
    set -e
    if [ $status = 0 ]; then
        printf 'ok %d - %s\n' $tap_count "$name"
    else
        tap_failed=$((tap_failed + 1))
        printf 'not ok %d - %s\n' $tap_count "$name"
        printf '# exit %d: %s\n' $status "$*"
        [ -z "$said" ] || tail -n 20 <<<"$said" | sed 's/^/# /'
    fi
}

# skip NAME WHY: a test that cannot be made here.
skip() {
    tap_count=$((tap_count + 1))
    printf 'ok %d - %s # SKIP %s\n' $tap_count "$1" "$2"
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

# clusters_start OPTION...: control planes in $scratch/cp, kubectl and KUBECONFIG for them, and
# their end with the script's. Without binaries the whole script is skipped, or with REAL=required
# in the environment failed.
clusters_start() {
    local began status=0
    "$real/../../.ci/kubernetes/build" >/dev/null || status=$?
    if [ $status = 77 ] && [ "${REAL:-}" != required ]; then
        echo '1..0 # SKIP no kube-apiserver: needs Go or KUBEBUILDER_ASSETS'
        exit 0
    elif [ $status != 0 ]; then
        echo 'Bail out! no kube-apiserver'
        exit 1
    fi
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/leeway-real.XXXXXX")
    trap tap_cleanup EXIT
    trap 'exit 1' HUP INT TERM
    began=$(date +%s%N)
    if ! "$real/controlplane" start "$scratch/cp" --owner $$ "$@"; then
        echo 'Bail out! no control plane'
        exit 1
    fi
    note "control planes ready after $((($(date +%s%N) - began) / 1000000)) ms"
    eval "$("$real/controlplane" env "$scratch/cp")"
}

tap_cleanup() {
    local log
    [ -e "$scratch/cp/count" ] && "$real/controlplane" stop "$scratch/cp"
    if [ $tap_failed != 0 ]; then
        for log in "$scratch"/cp/log/{apiserver,controller-manager,kwok}-*; do
            [ -e "$log" ] || continue
            note "the end of ${log##*/}:"
            tail -n 10 "$log" | sed 's/^/# /'
        done
    fi
    rm -rf "$scratch"
}

# controllers_start OPTION...: as clusters_start, with controllers. Where the binaries come from
# KUBEBUILDER_ASSETS, which has none, the script is skipped.
controllers_start() {
    local assets
    assets=$("$real/../../.ci/kubernetes/build" 2>/dev/null | tail -n 1) || true
    if [ -n "$assets" ] && [ ! -x "$assets/kwok" ] && [ "${REAL:-}" != required ]; then
        echo '1..0 # SKIP no kube-controller-manager and kwok beside the API server'
        exit 0
    fi
    clusters_start --controllers "$@"
}

# wait_for SECONDS COMMAND...: until it passes; what it said last is printed when it never did.
wait_for() {
    local end=$((SECONDS + $1)) said
    shift
    until said=$("$@" 2>&1); do
        [ $SECONDS -lt $end ] || { printf '%s\n' "$said"; return 1; }
        sleep 0.3
    done
    printf '%s\n' "$said"
}

tap_end() {
    printf '1..%d\n' $tap_count
    [ $tap_failed = 0 ] || exit 1
}
