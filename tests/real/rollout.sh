#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A release over two clusters in stages: order, gates, failures, drift, pause, abort, and death at
# the points in between.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 2
leeway=${top_builddir:-$real/../../build}/leeway
faulty=${leeway%/*}/tests/leeway-faults
export XDG_STATE_HOME=$scratch/state
m=$scratch/m
mkdir "$m"
manifests() { # VALUE
    cat >"$m/all.yaml" <<END
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {a: "$1"}
END
}
plan_hash() { # OPTION...
    { "$leeway" plan -f "$m" --env shop -n shop --cluster c1 --cluster c2 -o json "$@" || [ $? = 2 ]; } |
        sed -n 's/^  "hash": "\(.*\)",$/\1/p'
}
on() { kubectl --context "$1" -n shop get configmap one -o 'jsonpath={.data.a}'; }
status() { "$leeway" rollout status; }
until_says() { # WORDS: the status, within some seconds
    local n
    for n in $(seq 100); do
        status >"$scratch/status" 2>&1 || true
        grep -qF -- "$1" "$scratch/status" && return
        sleep 0.1
    done
    cat "$scratch/status" "$scratch/apply"
    return 1
}
start() { # OPTION...: a release in the background
    "$leeway" apply "$(plan_hash)" --cluster c1 --cluster c2 "$@" >"$scratch/apply" 2>&1 &
    applying=$!
}

manifests 1
check 'everywhere at once without stages' "$leeway" apply "$(plan_hash)"
manifests 2
in_order() {
    "$leeway" apply "$(plan_hash)" --stage canary=c2 --stage rest >"$scratch/apply" 2>&1
    cat "$scratch/apply"
    [ "$(on c1)$(on c2)" = 22 ]
    [ "$(grep -n 'c2  ConfigMap/one updated' "$scratch/apply" | cut -d: -f1)" -lt \
        "$(grep -n 'c1  ConfigMap/one updated' "$scratch/apply" | cut -d: -f1)" ]
}
check 'stages go in order' in_order
manifests 3
gated() {
    start --stage canary=c1 --stage rest=c2 --gate rest
    until_says 'rest waits to be approved'
    [ "$(on c1)$(on c2)" = 32 ]
    "$leeway" rollout approve --stage rest
    wait $applying
    [ "$(on c1)$(on c2)" = 33 ]
}
check 'a gate waits for a person' gated
manifests 4
soaks() {
    start --stage canary=c1 --stage rest --soak 2s
    until_says 'canary soaks'
    [ "$(on c1)$(on c2)" = 43 ]
    wait $applying
    [ "$(on c1)$(on c2)" = 44 ]
}
check 'a stage soaks' soaks
manifests 5
drifts() {
    start --stage canary=c1 --stage rest --gate rest
    until_says 'rest waits to be approved'
    kubectl --context c1 -n shop patch configmap one --type merge -p '{"data":{"a":"9"}}' >/dev/null
    until_says 'unexpected drift on c1'
    until_says 'paused'
    "$leeway" rollout resume
    until_says 'rest waits to be approved'
    "$leeway" rollout approve
    wait $applying
    [ "$(on c2)" = 5 ]
}
check 'unexpected drift holds it, and a person lets it go on' drifts
manifests 6
fails() {
    local hash n
    hash=$(plan_hash --take-over all)
    kubectl --context c1 apply -f - >/dev/null <<END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: none}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [UPDATE], resources: [configmaps]}]
  validations: [{expression: "object.metadata.name != 'one'", message: "not today"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: none}
spec: {policyName: none, validationActions: [Deny]}
END
    for n in $(seq 100); do
        kubectl --context c1 -n shop annotate configmap one "n=$n" 2>&1 | grep -q 'not today' && break
        sleep 0.1
    done
    "$leeway" apply "$hash" --stage canary=c1 --stage rest >"$scratch/apply" 2>&1 &
    applying=$!
    until_says 'canary: 1 failed, 0 may'
    [ "$(on c2)" = 5 ]
    "$leeway" rollout abort
    ! wait $applying
    [ "$(on c2)" = 5 ]
    kubectl --context c1 delete validatingadmissionpolicybinding none >/dev/null
    until_says aborted
}
check 'a canary that fails stops it; aborted, nothing more is sent' fails
manifests 7
next_one() {
    local n
    for n in $(seq 50); do # the policy may still hold
        kubectl --context c1 -n shop annotate configmap one "m=$n" >/dev/null 2>&1 && break
        sleep 0.1
    done
    "$leeway" apply "$(plan_hash --take-over all)"
    [ "$(on c1)$(on c2)" = 77 ]
}
check 'after that the next one goes everywhere' next_one
wrong() {
    manifests 8
    expect_failure 'c2 is in no stage' "$leeway" apply "$(plan_hash)" --stage canary=c1
    expect_failure 'no target of the plan' "$leeway" apply "$(plan_hash)" --stage canary=c9 --stage rest
    expect_failure 'max=x is not understood' "$leeway" apply "$(plan_hash)" --max-concurrency x
    expect_failure 'no release is open' "$leeway" rollout pause
}
check 'stages that cannot be are refused before anything is sent' wrong
value=8
dies() { # POINT COUNT
    local h status=0 tries=0
    value=$((value + 1))
    manifests $value
    h=$(plan_hash)
    LEEWAY_FAULT=$1:$2 "$faulty" apply "$h" --stage canary=c1 --stage rest=c2 >/dev/null 2>&1 || status=$?
    [ $status = 0 ] || [ $status = 137 ] || return 2
    if [ $status = 137 ]; then
        while ! "$leeway" apply "$h" >"$scratch/again" 2>&1; do
            grep -q 'since the plan was made' "$scratch/again" && break
            tries=$((tries + 1))
            [ $tries -lt 3 ] || { cat "$scratch/again"; return 2; }
        done
    fi
    [ "$(on c1)$(on c2)" = $value$value ] || return 2
    [ $status = 137 ] || return 1
}
everywhere() { # POINT
    local n status
    for n in 0 1 2 3 4 5 6 7; do
        status=0
        dies "$1" $n || status=$?
        [ $status != 2 ] || { echo "killed at $1, pass $n"; cat "$scratch/again"; return 1; }
        [ $status = 0 ] || break
    done
    echo "$1: killed $n times"
    [ "$n" -gt 0 ]
}
for point in release-opened stage-begins stage-opened sending sent result-stored target-done release-done; do
    check "killed at $point of a rollout: the same end" everywhere $point
done

tap_end
