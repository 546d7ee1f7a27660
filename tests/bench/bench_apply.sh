#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# 500 ConfigMaps applied to one real API server: by leeway (planning not counted), by the same
# requests sent bare and as concurrently with curl, and by kubectl. Medians; a namespace each time.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
real=$here/../real
leeway=${top_builddir:-$here/../../build}/leeway
count=${COUNT:-500}
rounds=${ROUNDS:-5}
if ! "$here/../../.ci/kubernetes/build" >/dev/null 2>&1; then
    echo 'bench_apply: no kube-apiserver, left out' >&2
    exit 0
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-bench.XXXXXX")
trap '"$real/controlplane" stop "$dir/cp" >/dev/null 2>&1; rm -rf "$dir"' EXIT
"$real/controlplane" start "$dir/cp" --owner $$ >/dev/null
eval "$("$real/controlplane" env "$dir/cp")"
export XDG_STATE_HOME=$dir/state
token=$(cat "$dir/cp/pki/admin.token")
server=https://127.0.0.1:$(cat "$dir/cp/port/1")

now_ms() { echo $(($(date +%s%N) / 1000000)); }
median() { sort -n | sed -n "$(((rounds + 1) / 2))p"; }
body() { # NAMESPACE NUMBER
    printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"conf-%s","namespace":"%s"},"data":{"a":"%s","b":"some words that stand for a small file"}}' "$2" "$1" "$2"
}
mkdir "$dir/m"
for i in $(seq "$count"); do
    printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-%s}\ndata: {a: "%s", b: some words that stand for a small file}\n' "$i" "$i"
done >"$dir/m/all.yaml"

by_leeway() {
    local r began h
    for r in $(seq "$rounds"); do
        kubectl create namespace "leeway-$r" >/dev/null
        h=$("$leeway" plan -f "$dir/m" --env "bench-$r" -n "leeway-$r" -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p') || true
        began=$(now_ms)
        "$leeway" apply "$h" >/dev/null
        echo $(($(now_ms) - began))
    done | median
}
by_curl() {
    local r i began
    for r in $(seq "$rounds"); do
        kubectl create namespace "curl-$r" >/dev/null
        for i in $(seq "$count"); do
            [ "$i" = 1 ] || echo next
            printf 'url = "%s/api/v1/namespaces/curl-%s/configmaps/conf-%s?fieldManager=bench&fieldValidation=Strict"\nrequest = PATCH\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/apply-patch+yaml"\noutput = /dev/null\nsilent\ncacert = "%s"\n' \
                "$server" "$r" "$i" "$token" "$dir/cp/pki/ca.crt"
            printf 'data = "%s"\n' "$(body "curl-$r" "$i" | sed 's/"/\\"/g')"
        done >"$dir/curl"
        began=$(now_ms)
        curl --parallel --parallel-max 32 --config "$dir/curl" 2>/dev/null
        echo $(($(now_ms) - began))
        [ "$(kubectl get cm -n "curl-$r" -o name | wc -l)" -ge "$count" ] || { echo 'bench_apply: curl did not write all' >&2; exit 1; }
    done | median
}
by_kubectl() {
    local began
    kubectl create namespace kubectl-1 >/dev/null
    began=$(now_ms)
    kubectl apply --server-side -n kubectl-1 -f "$dir/m" >/dev/null
    echo $(($(now_ms) - began))
}
bare=$(by_curl)
ours=$(by_leeway)
theirs=$(by_kubectl)
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
printf 'apply-%s\t%s\tms\tcurl --parallel\t%s\t%s\n' "$count" "$ours" "$bare" "$(ratio "$ours" "$bare")"
printf 'apply-%s\t%s\tms\tkubectl apply --server-side\t%s\t%s\n' "$count" "$ours" "$theirs" "$(ratio "$ours" "$theirs")"
