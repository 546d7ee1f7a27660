#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Faults and ways to log in of `leeway sim`, as curl meets them.
set -uo pipefail
cd "${top_builddir:-.}" || exit 1
command -v curl >/dev/null || { echo "1..0 # SKIP curl is not there"; exit 0; }
tmp=$(mktemp -d)
pid=
stop() { [ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null; pid=; }
trap 'stop; rm -rf "$tmp"' EXIT
count=0 failed=0
start() { # arguments of leeway sim
    stop
    rm -f "$tmp/out"
    ./leeway sim --clusters 1 --quiet --kubeconfig-out "$tmp/config" "$@" >"$tmp/out" 2>&1 &
    pid=$!
    for _ in $(seq 300); do grep -qs KUBECONFIG "$tmp/out" && break; sleep 0.1; done
    server=$(awk '/server:/ { print $2 }' "$tmp/config")
    token=$(awk '/token:/ { print $2 }' "$tmp/config")
    awk '/certificate-authority-data/ { print $2 }' "$tmp/config" | base64 -d >"$tmp/ca"
}
ask() { curl -sS --max-time 30 --cacert "$tmp/ca" -H "Authorization: Bearer $token" "$@" 2>&1; }
check() { # name, what has to be said, command
    local name=$1 want=$2 got
    shift 2
    got=$("$@")
    count=$((count + 1))
    case $got in
    *"$want"*) echo "ok $count - $name" ;;
    *) echo "not ok $count - $name"; printf '%s\n' "$got" | head -5 | cut -c1-300 | sed 's/^/# /'; failed=1 ;;
    esac
}
at_least() { # seconds, curl's arguments
    local least=$1
    shift
    ask -o /dev/null -w '%{time_total} %{time_appconnect}\n' "$@" | awk -v l="$least" '{ print ($1 >= l ? "slow" : "fast"), $0 }'
}

start --faults busy=100
check 'busy' '429' ask -o /dev/null -w '%{http_code}' "$server/version"
check 'and says when to come again' 'etry-after: 1' ask --http2 -D - "$server/version"
start --faults html=100
check 'a proxy says it in HTML' '<h1>502 Bad Gateway</h1>' ask "$server/version"
start --faults error=100
check 'a server error is a Status' '"reason":"InternalError"' ask "$server/version"
start --faults reset=100
for v in 1.1 2; do
    check "$v: the connection is reset" 'curl: (' ask "--http$v" "$server/version"
done
start --faults goaway=100
check 'GOAWAY: an answer, then another connection' '2001 2001' \
    ask --http2 -o /dev/null -w '%{http_code}%{num_connects} ' "$server/version" -o /dev/null "$server/version"
start --faults latency=200ms
for v in 1.1 2; do check "$v: latency" slow at_least 0.2 "--http$v" "$server/version"; done
start --faults round-trip=100ms
# TCP, TLS 1.3, the request
for v in 1.1 2; do check "$v: round trips" slow at_least 0.3 "--http$v" "$server/version"; done
check 'and a body goes through' '201' ask -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
    -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$server/api/v1/namespaces/default/configmaps"
start --faults bandwidth=20000
check 'bandwidth' slow at_least 0.5 "$server/api/v1/pods"
start --faults slow-tls=300ms
check 'slow TLS' slow at_least 0.3 "$server/version"
start --faults certificate=expired
check 'an expired certificate' 'expired' ask "$server/version"
start --faults cut-watches=100
for v in 1.1 2; do
    ask "--http$v" -N "$server/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=20&resourceVersion=$(ask "$server/api/v1/pods?limit=1" | grep -o '[0-9]*' | sed -n 2p)" >"$tmp/watch$v" &
    watching=$!
    sleep 1
    ask -o /dev/null -H 'Content-Type: application/json' \
        -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$server/api/v1/namespaces/default/configmaps"
    wait $watching
    check "$v: a watch is cut in the middle of an event" 'curl: (' tail -n 1 "$tmp/watch$v"
done
start --faults clock=-90m
check 'a clock that is wrong' "$(date -u -d '-90 minutes' +%Y-%m-%dT%H)" ask -H 'Content-Type: application/json' \
    -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$server/api/v1/namespaces/default/configmaps"
start --faults busy=0 || true
check 'a knob that cannot be turned so' 'no such fault' cat "$tmp/out"

log_in() { # what a client does: the plugin of the kubeconfig, its key from the environment
    eval "set -- $(sed -n 's/.*args: \[\(.*\)\]/\1/p' "$tmp/config" | tr -d ,)"
    LEEWAY_SIM_KEY=$(sed -n 's/.*LEEWAY_SIM_KEY, value: \([^}]*\)}.*/\1/p' "$tmp/config")
    export LEEWAY_SIM_KEY
    token=$(./leeway "$@" | sed 's/.*"token":"\([^"]*\)".*/\1/')
}
# One that lives long and one that has died: however slow the machine is.
start --login exec --lifetime 2s
log_in
sleep 2.1
check 'a token of the exec plugin is good for a while' '401' ask -o /dev/null -w '%{http_code}' "$server/api/v1/nodes"
start --login exec
log_in
check 'and then a new one is' '200' ask -o /dev/null -w '%{http_code}' "$server/api/v1/nodes"
case $token in *0) token=${token%?}1 ;; *) token=${token%?}0 ;; esac
check 'and cannot be made up' '401' ask -o /dev/null -w '%{http_code}' "$server/api/v1/nodes"
echo "1..$count"
exit "$failed"
