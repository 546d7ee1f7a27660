#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `leeway sim` asked by curl over both protocols: answers, keep-alive, chunked watches, refusals.
set -uo pipefail
cd "${top_builddir:-.}" || exit 1
command -v curl >/dev/null || { echo "1..0 # SKIP curl is not there"; exit 0; }
tmp=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; wait; rm -rf "$tmp"' EXIT
./leeway sim --clusters 1 --quiet --kubeconfig-out "$tmp/config" >"$tmp/out" 2>&1 &
pid=$!
for _ in $(seq 300); do grep -q KUBECONFIG "$tmp/out" && break; sleep 0.1; done
server=$(awk '/server:/ { print $2 }' "$tmp/config")
token=$(awk '/token:/ { print $2 }' "$tmp/config")
awk '/certificate-authority-data/ { print $2 }' "$tmp/config" | base64 -d >"$tmp/ca"
count=0 failed=0
ask() { curl -sS --max-time 30 --cacert "$tmp/ca" -H "Authorization: Bearer ${as:-$token}" "$@" 2>&1; }
check() { # name, what the answer has to contain, curl's arguments
    local name=$1 want=$2 got
    shift 2
    got=$(ask "$@")
    count=$((count + 1))
    case $got in
    *"$want"*) echo "ok $count - $name" ;;
    *) echo "not ok $count - $name"; printf '%s\n' "$got" | head -5 | cut -c1-300 | sed 's/^/# /'; failed=1 ;;
    esac
}
code='\n%{http_version} %{http_code}'
for v in 1.1 2; do
    flag=--http$v
    [ "$v" = 1.1 ] || flag=--http2
    check "$v: version" "$v 200" "$flag" -w "$code" "$server/version"
    check "$v: a list" '"kind":"NodeList"' "$flag" "$server/api/v1/nodes"
    check "$v: nothing there" "$v 404" "$flag" -w "$code" "$server/api/v1/nodes/none"
    as=other check "$v: nobody" "$v 401" "$flag" -w "$code" "$server/api/v1/nodes"
    check "$v: a watch ends in time" "initial-events-end" "$flag" \
        "$server/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    check "$v: a body" "$v 201" "$flag" -w "$code" -H 'Content-Type: application/json' \
        -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' \
        "$server/api/v1/namespaces/default/configmaps"
    head -c 4000000 /dev/zero | tr '\0' x >"$tmp/large"
    check "$v: a body that is too large" "$v 413" "$flag" -w "$code" -H 'Expect:' \
        -H 'Content-Type: application/json' --data-binary "@$tmp/large" \
        "$server/api/v1/namespaces/default/configmaps"
    check "$v: two on one connection" "1$v 2000$v 200" "$flag" -o /dev/null -w '%{num_connects}%{http_version} %{http_code}' \
        "$server/api/v1/nodes" -o /dev/null "$server/api/v1/pods"
done
check 'chunked body' '1.1 201' --http1.1 -w "$code" -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' \
    -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$server/api/v1/namespaces/default/configmaps"
echo "1..$count"
exit "$failed"
