#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The starter catalog: it has no mistakes, its golden cases pass, and every object that its modules
# and blueprints make keeps to its own guardrails. Prints TAP.
set -u
leeway=${top_builddir:-.}/leeway
catalog=${top_srcdir:-.}/doc/examples/catalog
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0
result() { # STATUS TEXT: what was said is in $tmp/out
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        failed=$((failed + 1))
        echo "not ok $count - $2"
        grep -v -e '^ok ' -e ' allowed ' "$tmp/out" | head -20 | cut -c1-300 | sed 's/^/# /'
    fi
}
"$leeway" catalog lint -C "$catalog" >"$tmp/out" 2>&1
result $? "it has no mistakes"
"$leeway" catalog test -C "$catalog" >"$tmp/out" 2>&1
result $? "its golden cases pass"

# The rules over an environment warn of a module that is looked at alone; of a whole blueprint nothing
# may be said at all.
objects=0
while read -r case; do
    grep -q '^errors:' "$case" && continue
    awk '/^---$/ {n = 1} n' "$case" >"$tmp/objects.yaml"
    "$leeway" guardrail test -f "$catalog" --object "$tmp/objects.yaml" >"$tmp/out" 2>&1
    status=$?
    objects=$((objects + $(grep -c '^kind:' "$tmp/objects.yaml")))
    [ $status = 0 ] && grep -q -e ' warned ' -e ' denied ' "$tmp/out" && status=1
    result $status "${case#"$catalog"/} keeps to the guardrails"
done < <(find "$catalog" -path '*/tests/*.yaml' | LC_ALL=C sort)
: >"$tmp/out"
[ $objects -gt 80 ]
result $? "more than eighty objects were looked at: $objects"
echo "1..$count"
[ "$failed" = 0 ]
