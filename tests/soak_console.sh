#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A console left open for LEEWAY_SOAK_MINUTES (60) over a simulated fleet in which ten objects of an
# environment change each second, with keys now and then: its memory and its descriptors must not
# grow. make check-long; the seed is printed, LEEWAY_SOAK_SEED gives one.
set -uo pipefail
cd "${top_builddir:-.}" || exit 1
leeway=$PWD/leeway soak=$PWD/tests/pty/soak_console
minutes=${LEEWAY_SOAK_MINUTES:-60}
seed=${LEEWAY_SOAK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-soak.XXXXXX")
export KUBECONFIG=$dir/acme HOME=$dir XDG_STATE_HOME=$dir/state LC_ALL=C.UTF-8 TZ=UTC
clusters=(dev-eu-1 dev-us-1 dev-ap-1 dev-eu-2)

# 200 changes in 20 s: somebody writes a value and takes it back, scales, sets an image.
{
    printf 'repeat: 20s\nchurn: 1s\nsteps:\n'
    for i in $(seq 0 199); do
        at=$((i * 100))ms cluster=${clusters[i % 4]} turn=$((i / 4 % 2))
        case $((i / 8 % 5)) in
        0) printf -- '- {at: %s, cluster: %s, scale: {namespace: soak-dev, deployment: soak-dev-web, replicas: %s}}\n' "$at" "$cluster" $((2 + turn)) ;;
        1) printf -- '- {at: %s, cluster: %s, image: {namespace: soak-dev, deployment: soak-dev-web, image: "acme/web:1.4.%s"}}\n' "$at" "$cluster" "$turn" ;;
        *) printf -- '- {at: %s, cluster: %s, patch: {kind: ConfigMap, namespace: soak-dev, name: soak-dev-web, as: kubectl-edit, merge: {data: {n: "%s"}}}}\n' "$at" "$cluster" $((turn * i)) ;;
        esac
    done
} >"$dir/scenario.yaml"
mkdir "$dir/m"
cat >"$dir/m/all.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: soak-dev-web}
data: {n: "0"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: soak-dev-web, labels: {app: soak-dev-web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: soak-dev-web}}
  template:
    metadata: {labels: {app: soak-dev-web}}
    spec: {containers: [{name: web, image: "acme/web:1.4.0"}]}
END

"$leeway" sim --scenario "$dir/scenario.yaml" --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait "$sim"; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
plan=$("$leeway" plan -f "$dir/m" --env soak-dev -n soak-dev --cluster "${clusters[0]}" --cluster "${clusters[1]}" \
    --cluster "${clusters[2]}" --cluster "${clusters[3]}" -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p')
"$leeway" apply "$plan" >/dev/null 2>"$dir/said"
"$leeway" get environments 2>/dev/null | grep -q soak-dev || { echo 'not ok - nothing was applied'; cat "$dir/said"; exit 1; }
echo "a console for $minutes min, seed $seed"
nice "$soak" "$leeway" "$minutes" "$seed"
status=$?
echo "store: $(du -ck "$dir"/state/leeway/* | tail -n 1 | cut -f 1) KiB"
exit "$status"
