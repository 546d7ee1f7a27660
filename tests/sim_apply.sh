#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plans, releases, drift and reverts against the simulated fleet, from end to end: what the engine
# needs of an API server (server-side apply, dry runs, ownership) is there. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
sim_start sim-apply --clusters 1
web=/apis/apps/v1/namespaces/shop/deployments/web

plan() { "$leeway" plan -f "$scratch/m" --env shop -n shop "$@"; }
release() { "$leeway" apply "$@" "$(plan -o json | hash_of)"; }
revert() { "$leeway" apply "$("$leeway" revert --env shop "$@" -o json | hash_of)"; }
drift() { "$leeway" drift --env shop; }
manifests() { # IMAGE
    mkdir -p "$scratch/m"
    cat >"$scratch/m/all.yaml" <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: "1"}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example/web:$1
        env: [{name: A, value: "1"}]
        resources: {requests: {cpu: 1000m}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
END
}

manifests 1
check 'a plan of what is not there' exits 2 'create    Deployment/web' plan
check 'is done' exits 0 'Deployment/web created' release --wait
check 'the parent knows its members' exits 0 'applyset.kubernetes.io/contains-group-kinds' \
    call GET /api/v1/namespaces/shop/secrets/leeway-shop
check 'then nothing is to be done' exits 0 'nothing to do' plan
check 'and nothing differs, defaults and quantities in other forms included' exits 0 'No drift' drift
call PATCH "$web/scale" "$merge" '{"spec":{"replicas":5}}' >/dev/null
check 'a scale is drift, and whose' exits 2 'kubectl scale' drift
# in a console: what the folder wants now, what was given, what is there
look() { # SCRIPT LINES
    printf '%s\n' settle "$@" snapshot | LEEWAY_NOW=2026-11-24T13:05:00Z "$leeway" console --script -
}
if "$leeway" help console >/dev/null 2>&1; then
    detail=('keys 4' 'until deploy/web' 'keys Enter' 'until wanted by')
    check 'as wanted and as given are the same' exits 0 'replicas                       2        =        5' look "${detail[@]}"
    sed -i 's/replicas: 2/replicas: 3/; s/env: \[{/env: [{name: B, value: new}, {/' "$scratch/m/all.yaml"
    check 'wanted, given and live are three' exits 0 'replicas                       3        2        5' look "${detail[@]}"
    check 'and what is new waits for a plan' exits 0 '^   env[name="B"]' look "${detail[@]}"
    mv "$scratch/m" "$scratch/away"
    check 'without its folder nobody knows' exits 0 'replicas                       ?        2        5' look "${detail[@]/wanted by/not known}"
    mv "$scratch/away" "$scratch/m"
    manifests 1
fi
check 'it is given back' exits 0 'Deployment/web taken over' revert Deployment/web
check 'and is gone' exits 0 'No drift' drift
call PATCH "$web?fieldManager=kubectl-edit" "$merge" \
    '{"metadata":{"labels":{"other":"x"}},"spec":{"template":{"metadata":{"annotations":{"by":"hand"}}}}}' >/dev/null
check 'fields of others are theirs' exits 0 'No drift' drift
manifests 2
check 'a change shows' exits 2 'registry.example/web:2' plan
check 'and is done' exits 0 'Deployment/web updated' release
check 'without what others wrote' exits 0 '"by":"hand"' call GET "$web"
call PATCH "/api/v1/namespaces/shop/configmaps/conf?fieldManager=else&force=true" \
    application/apply-patch+yaml \
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"conf"},"data":{"a":"9"}}' >/dev/null
check 'what another took is drift' exits 2 'else' drift
check 'a conflict has both values' exits 2 '.data.a  9 → 1' plan
check 'also when theirs is kept' exits 2 '.data.a  9 → 1' plan --keep .data.a
sed -i '1,4d' "$scratch/m/all.yaml"
check 'what left the folder is to be deleted' exits 2 'delete    ConfigMap/conf' plan
check 'and is' exits 0 'ConfigMap/conf deleted' release
check 'it is no more' exits 22 '"code":404' call GET /api/v1/namespaces/shop/configmaps/conf
tap_end
