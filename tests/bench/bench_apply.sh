#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# 500 and 5,000 ConfigMaps applied to one real API server: by leeway (planning not counted), by the
# same requests sent bare and as concurrently with curl, and by kubectl. A namespace each time; leeway
# and curl take turns, and the medians are compared, so that other work on the machine meets both.
# COUNTS="500 5000" ROUNDS=5 (of the first count; of the others three); KUBECTL_ROUNDS=1
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
real=$here/../real
leeway=${top_builddir:-$here/../../build}/leeway
if ! "$here/../../.ci/kubernetes/build" >/dev/null 2>&1; then
    echo 'bench_apply: no kube-apiserver, left out' >&2
    exit 0
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-bench.XXXXXX")
trap '"$real/controlplane" stop "$dir/cp" >/dev/null 2>&1; rm -rf "$dir"' EXIT
"$real/controlplane" start "$dir/cp" --owner $$ >/dev/null
eval "$("$real/controlplane" env "$dir/cp")"
token=$(cat "$dir/cp/pki/admin.token")
server=https://127.0.0.1:$(cat "$dir/cp/port/1")

now_ms() { echo $(($(date +%s%N) / 1000000)); }
body() { # NAMESPACE NUMBER; what leeway sends, with labels as it sets them
    printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"applyset.kubernetes.io/part-of":"applyset-2UGsb30Xss37hv-l7V5131jgtp7lfzunsy7UxZwgj4I-v1","leeway.dev/environment":"bench-%s","leeway.dev/fleet":"7c4d522b-cb97-45dd-a7cf-2b7ac6659106"},"name":"conf-%s","namespace":"%s"},"data":{"a":"%s","b":"some words that stand for a small file"}}' "$1" "$2" "$1" "$2"
}
manifests() { # COUNT
    local i
    mkdir "$dir/m-$1"
    for i in $(seq "$1"); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-%s}\ndata: {a: "%s", b: some words that stand for a small file}\n' "$i" "$i"
    done >"$dir/m-$1/all.yaml"
}
by_leeway() { # COUNT ROUND
    local began hash ns=leeway-$1-$2
    export XDG_STATE_HOME=$dir/state-$1-$2 # what was applied in another round is not watched in this
    kubectl create namespace "$ns" >/dev/null
    hash=$("$leeway" plan -f "$dir/m-$1" --env "bench-$1-$2" -n "$ns" -o json |
        sed -n 's/^  "hash": "\(.*\)",$/\1/p') || true
    began=$(now_ms)
    "$leeway" apply "$hash" >/dev/null
    echo $(($(now_ms) - began))
}
by_curl() { # COUNT ROUND
    local i began ns=curl-$1-$2
    kubectl create namespace "$ns" >/dev/null
    for i in $(seq "$1"); do
        [ "$i" = 1 ] || echo next
        printf 'url = "%s/api/v1/namespaces/%s/configmaps/conf-%s?fieldManager=bench&fieldValidation=Strict"\nrequest = PATCH\nheader = "Authorization: Bearer %s"\nheader = "Content-Type: application/apply-patch+yaml"\noutput = /dev/null\nsilent\ncacert = "%s"\n' \
            "$server" "$ns" "$i" "$token" "$dir/cp/pki/ca.crt"
        printf 'data = "%s"\n' "$(body "$ns" "$i" | sed 's/"/\\"/g')"
    done >"$dir/curl"
    began=$(now_ms)
    curl --parallel --parallel-max 32 --config "$dir/curl" 2>/dev/null
    echo $(($(now_ms) - began))
    # its own authority gives the namespace a ConfigMap more
    [ "$(kubectl get cm -n "$ns" -o name | wc -l)" -ge "$1" ] || { echo 'bench_apply: curl did not write all' >&2; exit 1; }
}
by_kubectl() { # COUNT ROUND
    local began ns=kubectl-$1-$2
    kubectl create namespace "$ns" >/dev/null
    began=$(now_ms)
    kubectl apply --server-side -n "$ns" -f "$dir/m-$1" >/dev/null
    echo $(($(now_ms) - began))
}
median() { sort -n | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
say() { # COUNT ROW WHOSE, the peer's file and name
    local ours theirs
    ours=$(median <"$dir/$3-$1") theirs=$(median <"$dir/$4-$1")
    printf '%s-%s\t%s\tms\t%s\t%s\t%s\n' "$2" "$1" "$ours" "$5" "$theirs" "$(ratio "$ours" "$theirs")"
}
rounds=${ROUNDS:-5}
for count in ${COUNTS:-500 5000}; do
    manifests "$count"
    for r in $(seq "$rounds"); do
        by_curl "$count" "$r" >>"$dir/curl-$count"
        by_leeway "$count" "$r" >>"$dir/leeway-$count"
        [ "$r" -gt "${KUBECTL_ROUNDS:-1}" ] || by_kubectl "$count" "$r" >>"$dir/kubectl-$count"
    done
    say "$count" apply leeway curl 'curl --parallel'
    say "$count" apply leeway kubectl 'kubectl apply --server-side'
    say "$count" bare curl kubectl 'kubectl apply --server-side'
    rounds=$((rounds < 3 ? rounds : 3))
done
