# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the tests here begin with: TAP lines (../tap.bash), and control planes that end with the test.
# Source it, call clusters_start, then `check NAME COMMAND...` as often as needed, then tap_end.
set -euo pipefail

real=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../tap.bash
. "$real/../tap.bash"

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
    tap_scratch real
    at_end clusters_stop
    began=$(date +%s%N)
    if ! "$real/controlplane" start "$scratch/cp" --owner $$ "$@"; then
        echo 'Bail out! no control plane'
        exit 1
    fi
    note "control planes ready after $((($(date +%s%N) - began) / 1000000)) ms"
    eval "$("$real/controlplane" env "$scratch/cp")"
}

clusters_stop() {
    local log
    [ -e "$scratch/cp/count" ] && "$real/controlplane" stop "$scratch/cp"
    if [ $tap_failed != 0 ]; then
        for log in "$scratch"/cp/log/{apiserver,controller-manager,kwok}-*; do
            [ -e "$log" ] || continue
            note "the end of ${log##*/}:"
            tail -n 10 "$log" | sed 's/^/# /'
        done
    fi
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
