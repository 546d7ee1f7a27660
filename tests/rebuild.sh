#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A store that was lost is built again from what the clusters carry, and then gives the answers it
# gave before. Against the simulated fleet. Prints TAP.
set -uo pipefail
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-rebuild.XXXXXX")
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
not() { ! "$@"; }

"$leeway" sim --quiet --clusters 2 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 600); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
mapfile -t urls < <(awk '/server:/ { print $2 }' "$KUBECONFIG")
mapfile -t tokens < <(awk '/token:/ { print $2 }' "$KUBECONFIG")
call() { # CLUSTER METHOD PATH TYPE BODY
    curl -sk -A kubectl/1 -H "Authorization: Bearer ${tokens[$1]}" -X "$2" "${urls[$1]}$3" \
        -H "Content-Type: $4" -d "$5"
}
web=/apis/apps/v1/namespaces/shop/deployments/web
parent=/api/v1/namespaces/shop/secrets/leeway-shop
merge=application/merge-patch+json

mkdir -p "$dir/m"
manifests() { # IMAGE
    cat >"$dir/m/all.yaml" <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: "1"}
---
apiVersion: v1
kind: Secret
metadata: {name: pass}
stringData: {password: hunter2}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
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
END
}
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
plan() { "$leeway" plan -f "$dir/m" --env shop -n shop "$@"; }
apply() { "$leeway" apply --wait "$(plan -o json | hash_of)"; }
drift() { "$leeway" drift --env shop "$@"; }
# What scripts read, without ages and what is only known from values.
verdicts() {
    drift -o json | grep -E '"(cluster|kind|name|path|verdict|state|owner|what)":' | sort
}
environments() {
    "$leeway" get environments -o json |
        grep -E '"(name|uuid|namespace|origin|release|released_by|targets|targets_ready)":'
}
lose() { # the database; the key stays
    rm -f "$db" "$db"-*
}
check_store() { "$leeway" store check --store "$db"; }

manifests 1
check 'a release on two clusters' says 0 'Deployment/web created' apply
db=$(echo "$dir"/state/leeway/*.db)
manifests 2
check 'and another' says 0 'Deployment/web updated' apply
call 0 PATCH "$web/scale" "$merge" '{"spec":{"replicas":5}}' >/dev/null
check 'a difference is accepted' says 0 'ccepted' "$leeway" accept --env shop Deployment/web .spec.replicas \
    --reason 'a sale' --until never
manifests 3
check 'a release keeps it' says 0 'Deployment/web updated' apply
call 0 PATCH "/api/v1/namespaces/shop/configmaps/conf?fieldManager=kubectl-edit" "$merge" \
    '{"data":{"a":"7"}}' >/dev/null
before=$(verdicts) environments_before=$(environments) plan_before=$(plan -o json | hash_of)
check 'what it differs by is known' says 2 'ConfigMap/conf' drift
check 'no value of an object is in the record' not bash -c "
    curl -sk -H 'Authorization: Bearer ${tokens[0]}' '${urls[0]}$parent' | tr -d '\n' |
        sed 's/.*\"release\": *\"\([^\"]*\)\".*/\1/' | base64 -d | gunzip >'$dir/record' &&
    grep -qE 'registry.example|hunter2|aHVudGVyMg' '$dir/record'"
check 'and its digests are' grep -q 'leeway.record/v1' "$dir/record"
audit_rows=$(check_store | sed -n 's/.* \([0-9]*\) audit rows.*/\1/p')

lose
check 'an empty store notes what it does not know' says 0 \
    '1 environment found on 2 clusters that this store does not know' "$leeway" get environments
check 'and takes it' says 0 '1 environment on 2 targets taken from the clusters' "$leeway" store rebuild
same() { # WANTED COMMAND...
    local wanted=$1
    shift
    diff <(echo "$wanted") <("$@")
}
check 'the same environments' same "$environments_before" environments
check 'the same drift' same "$before" verdicts
check 'the same plan' same "$plan_before" bash -c "$(declare -f plan hash_of); leeway='$leeway' dir='$dir'; plan -o json | hash_of"
check 'the exception stands' says 0 'a sale' "$leeway" get exceptions
check 'the audit begins anew' says 0 'the audit begins anew at row 1' check_store
check 'with the heads that were found' says 0 "row $((audit_rows - 1)) " bash -c "'$leeway' get audit -o json | tail -40"
check 'nothing is taken twice' says 0 'the store knows all that could be taken' "$leeway" store rebuild
check 'a secret that is as it was is no drift' not grep -q '"pass"' <<<"$(verdicts)"
call 1 PATCH "/api/v1/namespaces/shop/secrets/pass?fieldManager=kubectl-edit" "$merge" \
    '{"data":{"password":"eHl6"}}' >/dev/null
check 'one that is not is' says 2 'Secret/pass' drift
call 0 PATCH "/api/v1/namespaces/shop/configmaps/conf?fieldManager=kubectl-edit" "$merge" \
    '{"data":{"a":"1"}}' >/dev/null
check 'what was given is known by its digest alone' not grep -q 'ConfigMap/conf .*changed' <<<"$(drift)"
manifests 4
call 1 PATCH "/api/v1/namespaces/shop/secrets/pass?fieldManager=kubectl-edit" "$merge" \
    '{"data":{"password":"aHVudGVyMg=="}}' >/dev/null
check 'the next release follows the last' says 0 'shop r4 is done' apply
check 'and finds nothing left to do' says 0 'nothing to do' plan

# the key is gone as well
lose
mv "${db%.db}.key" "$dir/lost.key"
check 'without the key it is said' says 3 'what was given of secrets is unknown' "$leeway" store rebuild
check 'and secrets are unknown, never drift' says 3 'Secret/pass' drift
check 'nothing else is' not grep -q 'unexpected.*Deployment' <<<"$(drift)"
lose
mv "$dir/lost.key" "${db%.db}.key"

# what is not believed
record=$(call 0 GET "$parent" application/json '' | tr -d '\n' | sed 's/.*"release": *"\([^"]*\)".*/\1/')
call 0 PATCH "$parent?fieldManager=kubectl-edit" "$merge" "{\"data\":{\"release\":\"aGVsbG8=\"}}" >/dev/null
check 'a record that somebody wrote into is left' says 3 'kubectl-edit wrote into the release record' \
    "$leeway" store rebuild
check 'the other cluster is taken' says 0 '"targets": 1' "$leeway" get environments -o json
lose
id=$(call 1 GET "$parent" application/json '' | tr -d '\n' |
    sed 's|.*"applyset.kubernetes.io/id": *"\([^"]*\)".*|\1|')
call 1 PATCH "$parent?fieldManager=leeway-applyset&force=true" application/apply-patch+yaml "{\"apiVersion\":
    \"v1\", \"kind\": \"Secret\", \"type\": \"leeway.dev/environment\", \"metadata\": {\"name\": \"leeway-shop\",
    \"labels\": {\"applyset.kubernetes.io/id\": \"$id\"}, \"annotations\": {\"applyset.kubernetes.io/tooling\":
    \"leeway/1\"}}, \"data\": {\"release\": \"$record\"}}" >"$dir/answer"
check 'one of another cluster, too' says 3 'the release record is of another cluster' "$leeway" store rebuild
echo "1..$count"
exit "$failed"
