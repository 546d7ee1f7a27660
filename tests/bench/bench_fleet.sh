#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Fleets of simulated clusters in a process of their own, seen by leeway: see bench_fleet.c.
# CLUSTERS="200 1000" ROUND_TRIP=80ms
set -euo pipefail
cd "${top_builddir:-.}"
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-bench.XXXXXX")
pid=
stop() { [ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null || true; pid=; }
trap 'stop; rm -rf "$dir"' EXIT
cpu() { awk '{ print $14 + $15 }' "/proc/$pid/stat"; }
run() { # MODE CLUSTERS LABEL, further arguments of leeway sim
    local mode=$1 clusters=$2 label=$3 before after
    shift 3
    rm -f "$dir/out"
    ./leeway sim --clusters "$clusters" --quiet --kubeconfig-out "$dir/config" "$@" >"$dir/out" 2>&1 &
    pid=$!
    for _ in $(seq 600); do grep -qs KUBECONFIG "$dir/out" && break; sleep 0.1; done
    before=$(cpu)
    tests/bench/bench_fleet "$mode" "$dir/config" "$label" || echo "bench_fleet: $label did not end well" >&2
    after=$(cpu)
    printf 'fleet_%s_simulator_cpu\t%s\ts\t\t\t\n' "$label" "$(awk "BEGIN { print ($after - $before) / $(getconf CLK_TCK) }")"
    printf 'fleet_%s_load\t%s\t\t\t\t\n' "$label" "$(cut -d' ' -f1 /proc/loadavg)"
    printf 'fleet_%s_simulator_memory\t%s\tMiB\t\t\t\n' "$label" $(($(awk '/VmRSS/ { print $2 }' "/proc/$pid/status") / 1024))
    stop
}
for n in ${CLUSTERS:-200 1000}; do
    run watches "$n" "${n}x14"
    run engine "$n" "${n}_console"
    run watches "$n" "${n}x14_far" --faults "round-trip=${ROUND_TRIP:-80ms}" --login exec
done
