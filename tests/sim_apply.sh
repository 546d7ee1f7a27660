#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plans, releases, drift and reverts against the simulated fleet, from end to end: what the engine
# needs of an API server (server-side apply, dry runs, ownership) is there. Prints TAP.
set -uo pipefail
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-sim-apply.XXXXXX")
export KUBECONFIG=$dir/config XDG_STATE_HOME=$dir/state
count=0 failed=0
check() { # NAME COMMAND...
    local name=$1 said
    shift
    count=$((count + 1))
    if said=$("$@" 2>&1); then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/# /' <<<"$said"
    fi
}
says() { # STATUS WORDS COMMAND...
    local status=0 wanted=$1 words=$2 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    printf '%s\nexit %s\n' "$said" "$status"
    [ "$status" = "$wanted" ] && grep -qF -- "$words" <<<"$said"
}

"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
url=$(awk '/server:/ { print $2; exit }' "$KUBECONFIG")
token=$(awk '/token:/ { print $2; exit }' "$KUBECONFIG")
call() { # METHOD PATH TYPE BODY: as kubectl would
    curl -sk -A kubectl/1 -H "Authorization: Bearer $token" -X "$1" "$url$2" \
        -H "Content-Type: $3" -d "$4"
}
web=/apis/apps/v1/namespaces/shop/deployments/web
merge=application/merge-patch+json

plan() { "$leeway" plan -f "$dir/m" --env shop -n shop "$@"; }
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
release() { "$leeway" apply "$@" "$(plan -o json | hash_of)"; }
revert() { "$leeway" apply "$("$leeway" revert --env shop "$@" -o json | hash_of)"; }
drift() { "$leeway" drift --env shop; }
manifests() { # IMAGE
    mkdir -p "$dir/m"
    cat >"$dir/m/all.yaml" <<END
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
check 'a plan of what is not there' says 2 'create    Deployment/web' plan
check 'is done' says 0 'Deployment/web created' release --wait
check 'the parent knows its members' says 0 'applyset.kubernetes.io/contains-group-kinds' \
    call GET /api/v1/namespaces/shop/secrets/leeway-shop application/json ''
check 'then nothing is to be done' says 0 'nothing to do' plan
check 'and nothing differs, defaults and quantities in other forms included' says 0 'No drift' drift
call PATCH "$web/scale" "$merge" '{"spec":{"replicas":5}}' >/dev/null
check 'a scale is drift, and whose' says 2 'kubectl scale' drift
# in a console: what the folder wants now, what was given, what is there
look() { # SCRIPT LINES
    printf '%s\n' settle "$@" snapshot | LEEWAY_NOW=2026-11-24T13:05:00Z "$leeway" console --script -
}
if "$leeway" help console >/dev/null 2>&1; then
    detail=('keys 4' 'until deploy/web' 'keys Enter' 'until wanted by')
    check 'as wanted and as given are the same' says 0 'replicas                       2        =        5' look "${detail[@]}"
    sed -i 's/replicas: 2/replicas: 3/; s/env: \[{/env: [{name: B, value: new}, {/' "$dir/m/all.yaml"
    check 'wanted, given and live are three' says 0 'replicas                       3        2        5' look "${detail[@]}"
    check 'and what is new waits for a plan' says 0 '^   env[name="B"]' look "${detail[@]}"
    mv "$dir/m" "$dir/away"
    check 'without its folder nobody knows' says 0 'replicas                       ?        2        5' look "${detail[@]/wanted by/not known}"
    mv "$dir/away" "$dir/m"
    manifests 1
fi
check 'it is given back' says 0 'Deployment/web taken over' revert Deployment/web
check 'and is gone' says 0 'No drift' drift
call PATCH "$web?fieldManager=kubectl-edit" "$merge" \
    '{"metadata":{"labels":{"other":"x"}},"spec":{"template":{"metadata":{"annotations":{"by":"hand"}}}}}' >/dev/null
check 'fields of others are theirs' says 0 'No drift' drift
manifests 2
check 'a change shows' says 2 'registry.example/web:2' plan
check 'and is done' says 0 'Deployment/web updated' release
check 'without what others wrote' says 0 '"by":"hand"' call GET "$web" application/json ''
call PATCH "/api/v1/namespaces/shop/configmaps/conf?fieldManager=else&force=true" \
    application/apply-patch+yaml \
    '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"conf"},"data":{"a":"9"}}' >/dev/null
check 'what another took is drift' says 2 'else' drift
check 'a conflict has both values' says 2 '.data.a  9 → 1' plan
check 'also when theirs is kept' says 2 '.data.a  9 → 1' plan --keep .data.a
sed -i '1,4d' "$dir/m/all.yaml"
check 'what left the folder is to be deleted' says 2 'delete    ConfigMap/conf' plan
check 'and is' says 0 'ConfigMap/conf deleted' release
check 'it is no more' says 0 '"code":404' call GET /api/v1/namespaces/shop/configmaps/conf \
    application/json ''
echo "1..$count"
exit $failed
