#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Releases on a real API server that dies, hangs, or is left alone for a while in the middle of them:
# writes whose outcome nobody knows, and a leeway that was stopped.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
clusters_start
export XDG_STATE_HOME=$scratch/state
m=$scratch/m
mkdir "$m"
kubectl create namespace shop >/dev/null

manifests() { # NUMBER VALUE
    local i
    for i in $(seq "$1"); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-%s}\ndata: {v: "%s"}\n' "$i" "$2"
    done >"$m/conf.yaml"
}
# Plans leave with 2 when there are changes.
hash_of() { { "$leeway" plan -f "$m" --env shop -n shop -o json || [ $? = 2 ]; } | sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
have() { # VALUE: how many have it
    kubectl get configmaps -n shop -o jsonpath='{range .items[*]}{.data.v}{"\n"}{end}' | grep -cx "$1"
}
# Starts the release and returns in the middle of it.
begin() {
    local plan
    plan=$(hash_of)
    "$leeway" apply --prune-anyway "$plan" >"$scratch/out" 2>&1 &
    pid=$!
    for _ in $(seq 300); do
        [ "$(grep -c ConfigMap "$scratch/out")" -ge 5 ] && return
        sleep 0.02
    done
    cat "$scratch/out"
    return 1
}
ended() { # STATUS
    local status=0
    wait "$pid" || status=$?
    tail -n 3 "$scratch/out"
    [ $status = "$1" ]
}
as_planned() { # NUMBER VALUE
    [ "$(have "$2")" = "$1" ] && "$leeway" plan -f "$m" --env shop -n shop >/dev/null &&
        "$leeway" drift --env shop
}

dies() {
    manifests 600 1
    begin
    "$real/controlplane" restart-apiserver "$scratch/cp"
    ended 0
    as_planned 600 1
}
check 'the API server dies in the middle of a release: it ends as without' dies

hangs() {
    manifests 600 2
    begin
    "$real/controlplane" pause-apiserver "$scratch/cp"
    sleep 2
    "$real/controlplane" resume-apiserver "$scratch/cp"
    ended 0
    as_planned 600 2
}
check 'it hangs for a while: the same' hangs

deletes() {
    manifests 1 2
    begin
    "$real/controlplane" restart-apiserver "$scratch/cp"
    ended 0
    [ "$(kubectl get configmaps -n shop -l leeway.dev/environment=shop -o name | wc -l)" = 1 ]
}
check 'it dies while objects are deleted: the same' deletes

# Longer than the twenty seconds after which leeway takes it that nothing it knows is true.
stopped() {
    manifests 600 3
    begin
    kill -STOP "$pid"
    sleep 22
    kill -CONT "$pid"
    ended 0
    as_planned 600 3
}
check 'leeway was stopped in the middle: it looks, and goes on' stopped

edited() {
    local name
    manifests 600 4
    begin
    kill -STOP "$pid"
    name=$(kubectl get configmaps -n shop -o jsonpath='{range .items[?(@.data.v=="3")]}{.metadata.name}{"\n"}{end}' | tail -n 1)
    kubectl patch configmap -n shop "$name" --type=merge -p '{"data":{"v":"edited"}}' >/dev/null
    sleep 22
    kill -CONT "$pid"
    ended 1
    grep -E "(changed|took [^ ]+) since the plan was made" "$scratch/out"
    [ "$(kubectl get configmap -n shop "$name" -o jsonpath='{.data.v}')" = edited ]
}
check 'and stops where somebody changed what it had not sent' edited
tap_end
