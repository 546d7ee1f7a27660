#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `leeway sim` asked by curl over both protocols: answers, keep-alive, chunked watches, refusals.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
sim_start sim-http --clusters 1
awk '/certificate-authority-data/ { print $2 }' "$KUBECONFIG" | base64 -d >"$scratch/ca"
ask() { curl -sS --max-time 120 --cacert "$scratch/ca" -H "Authorization: Bearer ${as:-$token}" "$@" 2>&1; }
says() { # WORDS ARGUMENTS...: curl, and the answer has them
    local words=$1
    shift
    exits any "$words" ask "$@"
}
code='\n%{http_version} %{http_code}'
for v in 1.1 2; do
    flag=--http$v
    [ "$v" = 1.1 ] || flag=--http2
    check "$v: version" says "$v 200" "$flag" -w "$code" "$url/version"
    check "$v: a list" says '"kind":"NodeList"' "$flag" "$url/api/v1/nodes"
    check "$v: nothing there" says "$v 404" "$flag" -w "$code" "$url/api/v1/nodes/none"
    as=other check "$v: nobody" says "$v 401" "$flag" -w "$code" "$url/api/v1/nodes"
    check "$v: a watch ends in time" says "initial-events-end" "$flag" \
        "$url/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1"
    check "$v: a body" says "$v 201" "$flag" -w "$code" -H 'Content-Type: application/json' \
        -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' \
        "$url/api/v1/namespaces/default/configmaps"
    head -c 4000000 /dev/zero | tr '\0' x >"$scratch/large"
    check "$v: a body that is too large" says "$v 413" "$flag" -w "$code" -H 'Expect:' \
        -H 'Content-Type: application/json' --data-binary "@$scratch/large" \
        "$url/api/v1/namespaces/default/configmaps"
    check "$v: two on one connection" says "1$v 2000$v 200" "$flag" -o /dev/null -w '%{num_connects}%{http_version} %{http_code}' \
        "$url/api/v1/nodes" -o /dev/null "$url/api/v1/pods"
done
check 'chunked body' says '1.1 201' --http1.1 -w "$code" -H 'Content-Type: application/json' -H 'Transfer-Encoding: chunked' \
    -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$url/api/v1/namespaces/default/configmaps"
tap_end
