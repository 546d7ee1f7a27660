#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A console left open for LEEWAY_SOAK_MINUTES (60) over a simulated fleet in which ten objects of an
# environment change each second, with keys now and then: its memory and its descriptors must not
# grow. make check-long; the seed is printed, LEEWAY_SOAK_SEED gives one.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
soak=${leeway%/*}/tests/pty/soak_console
minutes=${LEEWAY_SOAK_MINUTES:-60}
seed=${LEEWAY_SOAK_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
tap_scratch soak
export KUBECONFIG=$scratch/acme HOME=$scratch XDG_STATE_HOME=$scratch/state LC_ALL=C.UTF-8 TZ=UTC
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
} >"$scratch/scenario.yaml"
mkdir "$scratch/m"
cat >"$scratch/m/all.yaml" <<'END'
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

sim_serve acme --scenario "$scratch/scenario.yaml"
plan=$("$leeway" plan -f "$scratch/m" --env soak-dev -n soak-dev --cluster "${clusters[0]}" --cluster "${clusters[1]}" \
    --cluster "${clusters[2]}" --cluster "${clusters[3]}" -o json | hash_of)
"$leeway" apply "$plan" >/dev/null 2>"$scratch/said"
"$leeway" get environments 2>/dev/null | grep -q soak-dev || { echo 'not ok - nothing was applied'; cat "$scratch/said"; exit 1; }
echo "a console for $minutes min, seed $seed"
nice "$soak" "$leeway" "$minutes" "$seed"
status=$?
echo "store: $(du -ck "$scratch"/state/leeway/* | tail -n 1 | cut -f 1) KiB"
exit "$status"
