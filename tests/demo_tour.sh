#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Without a terminal `leeway demo` prints its screens as text and ends well.
set -uo pipefail
cd "${top_builddir:-.}" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
./leeway help demo >/dev/null 2>&1 || { echo '1..0 # SKIP this program was built without the console'; exit 0; }
count=0 failed=0
check() { # what, command…
    local what=$1
    shift
    count=$((count + 1))
    if "$@"; then echo "ok $count - $what"; else echo "not ok $count - $what"; failed=1; fi
}
TMPDIR=$tmp ./leeway demo </dev/null >"$tmp/tour" 2>"$tmp/said"
check 'it ends with 0' [ $? -eq 0 ]
for screen in fleet environments catalog differences activity resources messages; do
    check "$screen" grep -qx -e "--- $screen" "$tmp/tour"
done
check 'the clusters of the story' grep -q 'edge-fra-1' "$tmp/tour"
check 'blueprints of the catalog' grep -q 'web-app' "$tmp/tour"
check 'nothing is left behind' [ -z "$(find "$tmp" -mindepth 1 -maxdepth 1 -name 'leeway-demo-*')" ]
[ $failed -eq 0 ] || sed 's/^/# /' "$tmp/tour" "$tmp/said"
echo "1..$count"
exit "$failed"
