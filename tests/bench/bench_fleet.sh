#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fleets of simulated clusters in a process of their own, seen by leeway: see bench_fleet.c.
# CLUSTERS="200 1000" ROUND_TRIP=80ms ONLY=managed
set -euo pipefail
cd "${top_builddir:-.}"
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-bench.XXXXXX")
pid=
stop() { [ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null || true; pid=; }
trap 'stop; rm -rf "$dir"' EXIT
now_ms() { echo $(($(date +%s%N) / 1000000)); }
cpu() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
start() { # CLUSTERS, further arguments of leeway sim
    rm -f "$dir/out"
    ./leeway sim --clusters "$1" --quiet --kubeconfig-out "$dir/config" "${@:2}" >"$dir/out" 2>&1 &
    pid=$!
    for _ in $(seq 600); do grep -qs KUBECONFIG "$dir/out" && break; sleep 0.1; done
}
run() { # MODE CLUSTERS LABEL, further arguments of leeway sim
    local mode=$1 clusters=$2 label=$3 before after
    shift 3
    start "$clusters" "$@"
    before=$(cpu)
    tests/bench/bench_fleet "$mode" "$dir/config" "$label" || echo "bench_fleet: $label did not end well" >&2
    after=$(cpu)
    printf 'fleet_%s_simulator_cpu\t%s\ts\t\t\t\n' "$label" "$(awk "BEGIN { print ($after - $before) / $(getconf CLK_TCK) }")"
    printf 'fleet_%s_load\t%s\t\t\t\t\n' "$label" "$(cut -d' ' -f1 /proc/loadavg)"
    printf 'fleet_%s_simulator_memory\t%s\tMiB\t\t\t\n' "$label" $(($(awk '/VmRSS/ { print $2 }' "/proc/$pid/status") / 1024))
    stop
}
# An environment of 50 objects on every cluster: plan, apply, then a new process that takes it up.
managed() { # CLUSTERS
    local i hash began label=${1}x50_managed
    export XDG_STATE_HOME=$dir/state
    rm -rf "$dir/state" "$dir/m"
    mkdir "$dir/m"
    for i in $(seq 0 49); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-%s}\ndata: {a: "%s", b: some words that stand for a small file}\n' "$i" "$i"
    done >"$dir/m/all.yaml"
    start "$1"
    began=$(now_ms)
    hash=$(./leeway plan --kubeconfig "$dir/config" --timeout 300s -f "$dir/m" --env bench -n default -o json 2>"$dir/planned" |
        sed -n 's/^  "hash": "\(.*\)",$/\1/p') || true
    printf 'fleet_%s_plan\t%s\tms\t\t\t\n' "$label" $(($(now_ms) - began))
    if [ -z "$hash" ]; then
        sort "$dir/planned" | uniq -c | sort -rn | head -3 >&2
        echo "bench_fleet: $label was not planned" >&2
        stop
        return
    fi
    began=$(now_ms)
    if ./leeway apply --kubeconfig "$dir/config" --timeout 300s "$hash" >"$dir/applied" 2>&1; then
        printf 'fleet_%s_apply\t%s\tms\t\t\t\n' "$label" $(($(now_ms) - began))
        tests/bench/bench_fleet managed "$dir/config" "$label" || echo "bench_fleet: $label did not end well" >&2
        printf 'fleet_%s_load\t%s\t\t\t\t\n' "$label" "$(cut -d' ' -f1 /proc/loadavg)"
    else
        tail -3 "$dir/applied" >&2
        echo "bench_fleet: $label was not applied" >&2
    fi
    stop
}
for n in ${CLUSTERS:-200 1000}; do
    managed "$n"
    [ "${ONLY:-}" != managed ] || continue
    run watches "$n" "${n}x14"
    run engine "$n" "${n}_console"
    run watches "$n" "${n}x14_far" --faults "round-trip=${ROUND_TRIP:-80ms}" --login exec
done
