#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A store that was lost, on two real API servers: what they carry brings the answers back that were
# given before.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
clusters_start --count 2
export XDG_STATE_HOME=$scratch/state
m=$scratch/m
mkdir "$m"

k() { kubectl --context c1 -n shop "$@"; }
plan() {
    local status=0
    "$leeway" plan -f "$m" --env shop -n shop "$@" || status=$?
    [ $status = 0 ] || [ $status = 2 ] || return $status
}
hash_of() { plan -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
apply() { "$leeway" apply "$(hash_of)"; }
says() { # WORDS COMMAND...
    local words=$1 said
    shift
    said=$("$@" 2>&1) || true
    printf '%s\n' "$said"
    grep -qF -- "$words" <<<"$said"
}
verdicts() {
    "$leeway" drift --env shop -o json | grep -E '"(cluster|kind|name|path|verdict|state|owner|what)":' | sort
}
environments() {
    "$leeway" get environments -o json | grep -E '"(name|uuid|namespace|origin|release|releasedBy|targets|unexpectedDrift)":'
}
same() { # WANTED COMMAND...
    local wanted=$1
    shift
    diff <(printf '%s\n' "$wanted") <("$@")
}
manifests() { # IMAGE
    cat >"$m/all.yaml" <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: conf}
data: {a: "1", b: "2"}
---
apiVersion: v1
kind: Secret
metadata: {name: pass}
stringData: {password: hunter2}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
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
        resources: {requests: {cpu: 1000m, memory: 0.5Gi}}
END
}

manifests 1
check 'a release on two clusters' says 'r1 is done' apply
manifests 2
check 'and another' says 'r2 is done' apply
db=$(echo "$XDG_STATE_HOME"/leeway/*.db)
k scale deployment web --replicas=5 >/dev/null
k patch configmap conf --field-manager kubectl-edit -p '{"data":{"a":"7"}}' >/dev/null
k delete service web >/dev/null
check 'what drifted is seen' says 'Service/web' "$leeway" drift --env shop
before=$(verdicts) environments_before=$(environments) plan_before=$(hash_of)
rm -f "$db" "$db"-*
check 'an empty store notes it' says '1 environment found on 2 clusters' "$leeway" get environments
check 'and takes it' says '1 environment on 2 targets taken' "$leeway" store rebuild
check 'the same environments' same "$environments_before" environments
check 'the same drift' same "$before" verdicts
check 'the same plan' same "$plan_before" hash_of
check 'the chain begins anew' says 'begins anew at row 1' "$leeway" store check --store "$db"
k scale deployment web --replicas=2 >/dev/null
k patch configmap conf --field-manager kubectl-edit -p '{"data":{"a":"1"}}' >/dev/null
check 'what is as it was given again is no change of value' says 'Service/web' "$leeway" drift --env shop
rm -f "$db" "$db"-*
k patch secret leeway-shop --field-manager kubectl-edit -p '{"data":{"release":"aGVsbG8="}}' >/dev/null
check 'a record that somebody wrote into is left' says 'kubectl-edit wrote into the release record' \
    "$leeway" store rebuild
check 'the other cluster is taken' says '"targets": 1' "$leeway" get environments -o json
tap_end
