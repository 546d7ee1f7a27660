#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway store: usage, a store that is not there, one that is damaged, and nothing overwritten.
set -u
leeway="${top_builddir:-.}/leeway"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0
expect() { # text, status, pattern, command…
    local text=$1 status=$2 pattern=$3 out rc
    shift 3
    out=$("$@" 2>&1)
    rc=$?
    count=$((count + 1))
    if [ "$rc" = "$status" ] && grep -q -- "$pattern" <<<"$out"; then
        echo "ok $count - $text"
    else
        failed=$((failed + 1))
        echo "not ok $count - $text"
        echo "# status $rc, wanted $status: $out" | tr '\033' '^'
    fi
}
expect "asks for what to do" 64 "backup FILE or check or rebuild" "$leeway" store
expect "backup needs a file" 64 "backup FILE or check" "$leeway" store backup
expect "there is no store yet" 1 "no store yet" "$leeway" store check --store "$tmp/none.db"
expect "the usual place follows XDG_STATE_HOME" 1 "$tmp/leeway/default.db" \
    env XDG_STATE_HOME="$tmp" "$leeway" store check
expect "a fleet's name is no path" 1 "slash" "$leeway" store check --name ../x
expect "nothing to copy" 1 "no store to copy" "$leeway" store backup --store "$tmp/none.db" "$tmp/copy"
printf 'not a database, but long enough to be looked at as one; %s' "$(printf '%2000s')" >"$tmp/bad.db"
chmod 600 "$tmp/bad.db"
expect "damage is said" 1 "damaged" "$leeway" store check --store "$tmp/bad.db"
: >"$tmp/taken"
expect "a backup never overwrites" 1 "there already" "$leeway" store backup --store "$tmp/bad.db" "$tmp/taken"
expect "a damaged store is not copied" 1 "no database" "$leeway" store backup --store "$tmp/bad.db" "$tmp/copy"
expect "and leaves nothing behind" 2 "No such file" ls "$tmp/copy.part"
echo "1..$count"
[ "$failed" = 0 ]
