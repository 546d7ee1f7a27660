#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Several leeways on one store: beside an open console, plan, apply, drift and revert go through it.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
clusters_start --count 2
export XDG_STATE_HOME=$scratch/state
m=$scratch/m
mkdir "$m"
cat >"$m/all.yaml" <<'END'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {a: "1", b: "2"}
END

k() { kubectl --context c1 -n shop "$@"; }
# Plans leave with 2 when there are changes: not a failure here.
plan() { # ARGUMENT...
    local status=0
    "$leeway" plan -f "$m" -n shop --cluster c1 "$@" || status=$?
    [ $status = 0 ] || [ $status = 2 ] || return $status
}
hash_of() { plan --env shop -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }

# A console that goes on until $1 is on its screen.
console() { # WORDS
    printf 'until %s\nsnapshot end\n' "$1" >"$scratch/script"
    "$leeway" --script "$scratch/script" >"$scratch/console" 2>&1 &
    console=$!
    for _ in $(seq 100); do
        [ -S "$socket" ] && return
        sleep 0.05
    done
    return 1
}
store=$(printf '%s/leeway/' "$XDG_STATE_HOME")
console_pid() { sed 's/[^0-9]*\([0-9]*\).*/\1/' "$store"*.lock; }

plan --env warm >/dev/null
socket=$(printf '%s' "$store"*.db | sed 's/db$/sock/')
check 'a command leaves no socket behind' test ! -e "$socket"

console 'shop r1 is done, or never'
check 'the console listens, for its user only' test "$(stat -c %a "$socket")" = 600
planned() { hash=$(hash_of) && [ ${#hash} = 64 ]; }
check 'plan works beside a console' planned
applied() {
    "$leeway" apply "$(hash_of)" --cluster c1 >"$scratch/said" 2>&1
    cat "$scratch/said"
    grep -q 'ConfigMap/one created' "$scratch/said" && grep -q 'shop r1 is done' "$scratch/said"
    [ "$(k get configmap one -o 'jsonpath={.data.a}')" = 1 ]
}
check 'apply works beside a console and says what it does' applied
folder_from_here() {
    cd "$m" && m=. && plan --env shop
}
check 'a folder is meant from where the command stands' folder_from_here
drifted() {
    local n status
    k patch configmap one --type merge -p '{"data":{"a":"9"}}' --field-manager=kubectl-edit
    for n in $(seq 100); do
        status=0
        "$leeway" drift >"$scratch/said" || status=$?
        [ $status = 2 ] && break
        sleep 0.1
    done
    cat "$scratch/said"
    [ $status = 2 ] && grep -q 'data.a' "$scratch/said"
}
check 'drift is what the console sees' drifted
reverted() {
    local hash
    hash=$({ "$leeway" revert --env shop ConfigMap/one -o json || [ $? = 2 ]; } | sed -n 's/^  "hash": "\(.*\)",$/\1/p')
    "$leeway" apply "$hash"
    [ "$(k get configmap one -o 'jsonpath={.data.a}')" = 1 ]
}
check 'revert and apply work beside a console' reverted
other_clusters() {
    sed 's/^- name: c2$/- name: c9/; s/name: c2$/name: c9/' "$KUBECONFIG" >"$scratch/other"
    cat >"$scratch/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: other}
spec: {inventory: [{kubeconfig: {}}], store: {sqlite: {path: ${socket%.sock}.db}}}
END
    KUBECONFIG=$scratch/other expect_failure 'does not know c9' "$leeway" plan -f "$m" \
        --fleet "$scratch/leeway.yaml" --env shop -n shop
}
check 'clusters that the console does not have are refused by name' other_clusters
many() {
    local i pids=()
    for i in $(seq 8); do
        mkdir -p "$scratch/many$i"
        printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m%s}\n' "$i" >"$scratch/many$i/a.yaml"
        (m=$scratch/many$i plan --env "many$i" >"$scratch/said$i") &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    for i in $(seq 8); do grep -q '^leeway apply' "$scratch/said$i" || return 1; done
}
check 'eight plans at once' many
kill -9 $console 2>/dev/null
wait $console 2>/dev/null || true
check 'after its death the next command works alone' planned
check 'eight plans at once wait for each other without a console' many

tap_end
