#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `leeway demo` leaves nothing behind, whatever ends it.
set -uo pipefail
cd "${top_builddir:-.}" || exit 1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0
./leeway help demo >/dev/null 2>&1 || { echo '1..0 # SKIP this program was built without the console'; exit 0; }
for signal in TERM INT HUP QUIT KILL; do
    count=$((count + 1))
    TMPDIR=$tmp ./leeway demo --clusters 1 >/dev/null 2>&1 &
    pid=$!
    for _ in $(seq 1200); do ls -d "$tmp"/leeway-demo-*/simulated >/dev/null 2>&1 && break; kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    was=$(ls -d "$tmp"/leeway-demo-* 2>/dev/null)
    # a background job of a script ignores INT and QUIT until it says otherwise
    kill -s "$signal" "$pid" 2>/dev/null
    case $signal in INT | QUIT) kill -s TERM "$pid" 2>/dev/null ;; esac
    wait "$pid" 2>/dev/null
    for _ in $(seq 1200); do ls -d "$tmp"/leeway-demo-* >/dev/null 2>&1 || break; sleep 0.1; done
    if [ -n "$was" ] && ! ls -d "$tmp"/leeway-demo-* >/dev/null 2>&1; then
        echo "ok $count - SIG$signal"
    else
        echo "not ok $count - SIG$signal"
        ls -la "$tmp" | sed 's/^/# /'
        failed=1
    fi
done
echo "1..$count"
exit "$failed"
