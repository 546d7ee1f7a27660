#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Readiness: what a release gave is waited for by name, becomes healthy, and later changes move it.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 1
# shellcheck source-path=SCRIPTDIR source=drift.bash
. "$real/drift.bash"
status() { "$real/set-status" -c 1 -n shop "$@" >/dev/null; }
plan_hash() { { ours plan -f "$m" --env shop -n shop -o json || [ $? = 2 ]; } | hash_of; }

cat >"$m/all.yaml" <<'END'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {a: "1"}
END

sent() {
    ours apply "$(plan_hash)" >"$scratch/said"
    cat "$scratch/said"
    grep -q 'shop r1 is done' "$scratch/said"
}
check 'without --wait it is done when all was sent' sent
not_in_time() {
    k patch deployment web --type merge -p '{"metadata":{"annotations":{"x":"1"}}}' >/dev/null
    sed -i 's/web:1/web:2/' "$m/all.yaml"
    expect_failure 'c1 is not ready: Deployment web: 0 of 3 made' ours apply "$(plan_hash)" --wait --timeout 2s
}
check '--wait says what is not ready when the time is over' not_in_time
becomes_ready() {
    sed -i 's/web:2/web:3/' "$m/all.yaml"
    ours apply "$(plan_hash)" --wait --timeout 30s >"$scratch/said" 2>&1 &
    local pid=$! n
    for n in $(seq 100); do
        grep -q 'waits for Deployment web: its controller' "$scratch/said" && break
        sleep 0.1
    done
    status deployment/web progressing || true
    status deployment/web available
    wait $pid || { cat "$scratch/said"; return 1; }
    cat "$scratch/said"
    grep -q 'waits for Deployment web' "$scratch/said" && grep -q 'healthy after' "$scratch/said"
}
check '--wait ends when it is ready' becomes_ready
stalls() {
    sed -i 's/web:3/web:4/' "$m/all.yaml"
    ours apply "$(plan_hash)" --wait --timeout 30s >"$scratch/said" 2>&1 &
    local pid=$! n
    for n in $(seq 100); do
        grep -q 'waits for Deployment web' "$scratch/said" && break
        sleep 0.1
    done
    status deployment/web stalled
    ! wait $pid || { cat "$scratch/said"; return 1; }
    cat "$scratch/said"
    grep -q 'c1 is not ready: Deployment web' "$scratch/said"
}
check '--wait ends at once when it will not become ready' stalls
check 'and not both' expect_failure 'one of them' ours apply abcd --wait --no-wait

tap_end
