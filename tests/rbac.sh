#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A person who may do half of it, on a simulated cluster: see rbac.bash. Prints TAP.
set -uo pipefail
build=$(cd "${top_builddir:-.}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
leeway=$build/leeway
command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }
scratch=$(mktemp -d "${TMPDIR:-/tmp}/leeway-rbac.XXXXXX")
export KUBECONFIG=$scratch/config XDG_STATE_HOME=$scratch/state
count=0 failed=0
check() { # NAME COMMAND...
    local name=$1 said
    shift
    count=$((count + 1))
    if said=$(set -e; "$@" 2>&1); then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/# /' <<<"$said"
    fi
}
"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$KUBECONFIG" >"$scratch/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$scratch"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$scratch/out" && break; sleep 0.1; done
# shellcheck source-path=SCRIPTDIR source=rbac.bash
. "$here/rbac.bash"
echo "1..$count"
exit $failed
