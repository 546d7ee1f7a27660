#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every file of the conformance folder for which there is a runner. The folder is no part of the
# project: LEEWAY_CONFORMANCE names it, by default ../shared/conformance beside the source where that
# exists; without it every NAME is skipped by name. Prints TAP.
set -uo pipefail
folder=${LEEWAY_CONFORMANCE:-${top_srcdir:-.}/../shared/conformance}
program=${top_builddir:-.}/tests/conformance/conformance
count=0 failed=0

names=$("$program" --list) || { echo "Bail out! $program does not run"; exit 1; }
for name in $names; do
    found=
    for file in "$folder/$name"/*.jsonl; do
        [ -f "$file" ] || continue
        found=1 count=$((count + 1))
        if out=$("$program" "$name" "$file" 2>&1); then
            echo "ok $count - $name: $(basename "$file"): ${out##*$'\n'}"
        else
            failed=$((failed + 1))
            echo "$out" | head -20 | cut -c1-300 | sed 's/^/# /'
            echo "not ok $count - $name: $(basename "$file"): ${out##*$'\n'}"
        fi
    done
    if [ -z "$found" ]; then
        count=$((count + 1))
        echo "ok $count - $name # SKIP no cases in $folder/$name"
    fi
done
echo "1..$count"
[ "$failed" = 0 ]
