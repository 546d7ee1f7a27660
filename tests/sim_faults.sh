#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Faults and ways to log in of `leeway sim`, as curl meets them.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
tap_scratch sim-faults
sim=
start() { # arguments of leeway sim
    [ -z "$sim" ] || sim_stop "$sim"
    sim_serve config --clusters 1 "$@"
    sim_read config
    awk '/certificate-authority-data/ { print $2 }' "$scratch/config" | base64 -d >"$scratch/ca"
}
ask() { curl -sS --max-time 120 --cacert "$scratch/ca" -H "Authorization: Bearer $token" "$@" 2>&1; }
at_least() { # seconds, curl's arguments
    local least=$1
    shift
    ask -o /dev/null -w '%{time_total} %{time_appconnect}\n' "$@" | awk -v l="$least" '{ print ($1 >= l ? "slow" : "fast"), $0 }'
}

start --faults busy=100
check 'busy' exits any '429' ask -o /dev/null -w '%{http_code}' "$url/version"
check 'and says when to come again' exits any 'etry-after: 1' ask --http2 -D - "$url/version"
start --faults html=100
check 'a proxy says it in HTML' exits any '<h1>502 Bad Gateway</h1>' ask "$url/version"
start --faults error=100
check 'a server error is a Status' exits any '"reason":"InternalError"' ask "$url/version"
start --faults reset=100
for v in 1.1 2; do
    check "$v: the connection is reset" exits any 'curl: (' ask "--http$v" "$url/version"
done
start --faults goaway=100
check 'GOAWAY: an answer, then another connection' exits any '2001 2001' \
    ask --http2 -o /dev/null -w '%{http_code}%{num_connects} ' "$url/version" -o /dev/null "$url/version"
start --faults latency=200ms
for v in 1.1 2; do check "$v: latency" exits any slow at_least 0.2 "--http$v" "$url/version"; done
start --faults round-trip=100ms
# TCP, TLS 1.3, the request
for v in 1.1 2; do check "$v: round trips" exits any slow at_least 0.3 "--http$v" "$url/version"; done
check 'and a body goes through' exits any '201' ask -o /dev/null -w '%{http_code}' -H 'Content-Type: application/json' \
    -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$url/api/v1/namespaces/default/configmaps"
start --faults bandwidth=20000
check 'bandwidth' exits any slow at_least 0.5 "$url/api/v1/pods"
start --faults slow-tls=300ms
check 'slow TLS' exits any slow at_least 0.3 "$url/version"
start --faults certificate=expired
check 'an expired certificate' exits any 'expired' ask "$url/version"
start --faults cut-watches=100
for v in 1.1 2; do
    ask "--http$v" -N "$url/api/v1/namespaces/default/configmaps?watch=1&timeoutSeconds=20&resourceVersion=$(ask "$url/api/v1/pods?limit=1" | grep -o '[0-9]*' | sed -n 2p)" >"$scratch/watch$v" &
    watching=$!
    sleep 1
    ask -o /dev/null -H 'Content-Type: application/json' \
        -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$url/api/v1/namespaces/default/configmaps"
    wait $watching
    check "$v: a watch is cut in the middle of an event" exits any 'curl: (' tail -n 1 "$scratch/watch$v"
done
printf 'steps:\n- {at: 1ms, cluster: "*", freeze-watches: 1h}\n' >"$scratch/freeze.yaml"
start --scenario "$scratch/freeze.yaml"
watched() { # WAY FILE: what a watch of two seconds brings
    ask "--http$1" -N -D "$2.head" "$url/api/v1/namespaces?watch=1&timeoutSeconds=2&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true" >"$2"
    cat "$2.head" "$2" | cut -c1-80
}
frozen() { watched "$1" "$scratch/frozen" && grep -q ' 200' "$scratch/frozen.head" && ! grep -q '"type"' "$scratch/frozen"; }
for v in 1.1 2; do check "$v: a frozen watch is answered, and nothing comes" wait_for 120 frozen "$v"; done
start --faults clock=-90m
check 'a clock that is wrong' exits any "$(date -u -d '-90 minutes' +%Y-%m-%dT%H)" ask -H 'Content-Type: application/json' \
    -d '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"m-"}}' "$url/api/v1/namespaces/default/configmaps"
check 'a knob that cannot be turned so' exits any 'no such fault' \
    "$leeway" sim --clusters 1 --quiet --kubeconfig-out "$scratch/none" --faults busy=0

log_in() { # what a client does: the plugin of the kubeconfig, its key from the environment
    eval "set -- $(sed -n 's/.*args: \[\(.*\)\]/\1/p' "$scratch/config" | tr -d ,)"
    LEEWAY_SIM_KEY=$(sed -n 's/.*LEEWAY_SIM_KEY, value: \([^}]*\)}.*/\1/p' "$scratch/config")
    export LEEWAY_SIM_KEY
    token=$("$leeway" "$@" | sed 's/.*"token":"\([^"]*\)".*/\1/')
}
# One that lives long and one that has died: however slow the machine is.
start --login exec --lifetime 2s
log_in
sleep 2.1
check 'a token of the exec plugin is good for a while' exits any '401' ask -o /dev/null -w '%{http_code}' "$url/api/v1/nodes"
start --login exec
log_in
check 'and then a new one is' exits any '200' ask -o /dev/null -w '%{http_code}' "$url/api/v1/nodes"
case $token in *0) token=${token%?}1 ;; *) token=${token%?}0 ;; esac
check 'and cannot be made up' exits any '401' ask -o /dev/null -w '%{http_code}' "$url/api/v1/nodes"

printf '%s\n' 'steps:' '- {at: 0s, cluster: "*", spell: {word: kube-system, as: "\e]0;x\a/\u202e"}}' >"$scratch/spell"
start --scenario "$scratch/spell"
spelled() { ! ask "$url/api/v1/namespaces" | grep -q '"name":"kube-system"'; }
until spelled; do sleep 0.1; done
check 'a word is spelled in another way' exits any '"name":"\u001b]0;x\u0007/‮"' ask "$url/api/v1/namespaces"
check 'and understood when it comes back' exits any '200' \
    ask -o /dev/null -w '%{http_code}' "$url/api/v1/namespaces/%1b%5d0;x%07%2F%e2%80%ae"
tap_end
