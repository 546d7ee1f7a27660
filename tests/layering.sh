#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The layers, checked on the built archives: what an archive leaves undefined may only be defined by
# archives it is allowed to stand on, and only its owner may call a library. Prints TAP.
set -euo pipefail
cd "${top_builddir:-.}"

# archive: archives it may use (itself and base, data are understood where they make sense)
allowed='
libbase.a:
libdata.a: libbase.a
libschema.a: libbase.a libdata.a
libcel.a: libbase.a libdata.a libschema.a
libstore.a: libbase.a libdata.a
libkube.a: libbase.a libdata.a
libsim.a: libbase.a libdata.a libschema.a
libcatalog.a: libbase.a libdata.a libschema.a libcel.a
librender.a: libbase.a libdata.a libschema.a libcel.a libcatalog.a
libengine.a: libbase.a libdata.a libschema.a libcel.a libcatalog.a librender.a libkube.a libstore.a
libui.a: libbase.a libdata.a libengine.a
libcli.a: libbase.a libdata.a libschema.a libcel.a libcatalog.a librender.a libkube.a libstore.a libengine.a libui.a libsim.a
'
# prefix of foreign symbols: the archives that may use them
owned='
sqlite3_ libstore.a
curl_ libkube.a
yaml_parser_ libdata.a
yaml_emitter_ libdata.a
json_load libdata.a
nghttp2_ libsim.a
newterm libui.a
wget_wch libui.a
doupdate libui.a
'
count=0 failed=0
result() { # ok-or-not text
    count=$((count + 1))
    [ "$1" = ok ] || failed=$((failed + 1))
    echo "$1 $count - $2"
}

defined() { nm -g --defined-only "$1" 2>/dev/null | awk 'NF == 3 {print $3}' | sort -u; }
undefined() { nm -g --undefined-only "$1" 2>/dev/null | awk 'NF == 2 {print $2}' | sort -u; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
archives=$(echo "$allowed" | sed -n 's/:.*//p')
for a in $archives; do
    [ -f "$a" ] || { echo "Bail out! $a is not built"; exit 1; }
    defined "$a" | sed "s/\$/ $a/" >>"$tmp/defined"
    undefined "$a" >"$tmp/undefined.$a"
done
sort -k1,1 "$tmp/defined" -o "$tmp/defined"

for a in $archives; do
    may=" $a $(echo "$allowed" | sed -n "s/^$a://p") "
    join "$tmp/undefined.$a" "$tmp/defined" | while read -r symbol where; do
        case "$may" in *" $where "*) ;; *) echo "# $a uses $symbol of $where" ;; esac
    done >"$tmp/bad"
    if [ -s "$tmp/bad" ]; then cat "$tmp/bad"; result "not ok" "$a stays in its layer"; else result ok "$a stays in its layer"; fi
done
while read -r prefix owners; do
    [ -n "$prefix" ] || continue
    : >"$tmp/bad"
    for a in $archives; do
        case " $owners " in *" $a "*) continue ;; esac
        grep "^$prefix" "$tmp/undefined.$a" | sed "s/^/# $a uses /" >>"$tmp/bad" || true
    done
    if [ -s "$tmp/bad" ]; then cat "$tmp/bad"; result "not ok" "$prefix* only in $owners"; else result ok "$prefix* only in $owners"; fi
done <<<"$owned"
echo "1..$count"
[ "$failed" = 0 ]
