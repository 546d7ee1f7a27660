#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway compare of releases, environments and clusters, on the simulated fleet. Prints TAP.
set -uo pipefail
build=$(cd "${top_builddir:-.}" && pwd)
leeway=$build/leeway
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-compare.XXXXXX")
export KUBECONFIG=$dir/config XDG_STATE_HOME=$dir/state
count=0 failed=0
check() { # NAME COMMAND...
    local name=$1 said
    shift
    count=$((count + 1))
    if said=$(set -e; "$@" 2>&1); then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/# /' <<<"$said"
    fi
}
says() { # STATUS PATTERN COMMAND...
    local status=0 wanted=$1 pattern=$2 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    printf '%s\nexit %s\n' "$said" "$status"
    [ "$status" = "$wanted" ] && grep -qE -- "$pattern" <<<"$said"
}
not() { # PATTERN COMMAND...
    local said
    said=$("${@:2}" 2>&1) || true
    echo "$said"
    ! grep -qE -- "$1" <<<"$said"
}

"$leeway" sim --quiet --clusters 3 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
mapfile -t contexts < <(awk '/^contexts:/ { on = 1 } /^[a-z]/ && !/^contexts:/ { on = 0 } on && /name:/ { print $NF }' "$KUBECONFIG")
one=${contexts[0]} two=${contexts[1]} three=${contexts[2]}
mkdir -p "$dir/fleet"
cd "$dir/fleet" || exit 1
cat >leeway.yaml <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: compare}
spec:
  inventory:
    - kubeconfig: {contexts: ["*"]}
END
folder() { # NAME VALUE PASSWORD MORE
    mkdir -p "$1"
    cat >"$1/all.yaml" <<END
apiVersion: v1
kind: ConfigMap
metadata: {name: $1-conf, labels: {app: $1}}
data: {v: "$2", same: "1"}
---
apiVersion: v1
kind: Secret
metadata: {name: $1-key}
stringData: {password: "$3"}
$4
END
}
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
release() { # ENVIRONMENT CLUSTER...
    local on=() c
    for c in "${@:2}"; do on+=(--cluster "$c"); done
    "$leeway" apply "$("$leeway" plan -f "$1" --env "$1" -n "$1" "${on[@]}" -o json | hash_of)" --prune-anyway
}
extra='---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
data: {x: "1"}'
old='---
apiVersion: v1
kind: ConfigMap
metadata: {name: old}
immutable: true
data: {x: "1"}'
folder shop 1 hunter2-old "$old"
check 'r1' says 0 'is done' release shop "$one" "$two"
folder shop 2 hunter2-new "${old/x: \"1\"/x: \"2\"}
$extra"
check 'r2' says 0 'is done' release shop "$one" "$two"
compare() { "$leeway" compare "$@"; }
check 'a field, folded over both clusters' says 2 'ConfigMap/shop-conf +\.data\.v +1 +2 +2$' compare shop@r1 shop@r2
check 'an object that came' says 2 'ConfigMap/extra +object +- +created +2$' compare shop@r1 shop@r2
check 'one that was replaced' says 2 'ConfigMap/old +object +there +replaced +2$' compare shop@r1 shop@r2
check 'with what differs in it' says 2 'ConfigMap/old +\.data\.x +1 +2 +2$' compare shop@r1 shop@r2
check 'the other way, one that went' says 2 'ConfigMap/extra +object +there +deleted +2$' compare shop@r2 shop@r1
check 'what is equal is no row' not 'same' compare shop@r1 shop@r2
check 'a secret is told apart' says 2 'Secret/shop-key +\.data\.password +‹secret …[0-9a-f]{4}› +‹secret …[0-9a-f]{4}›' compare shop@r1 shop@r2
check 'and its value is nowhere' not 'hunter2|aHVudGVyMi' compare shop@r1 shop@r2 -o json
check 'as a document' says 2 '"change": "replaced"' compare shop@r1 shop@r2 -o json
check 'as YAML' says 2 'objectKind: ConfigMap' compare shop@r1 shop@r2 -o yaml
check 'a release and the environment it gave' says 0 'they are equal' compare shop@r2 shop
check 'no such release' says 1 'no release r9 of shop' compare shop@r1 shop@r9
check 'no such environment' says 1 'no environment bar' compare shop bar
check 'a word that is no release' says 1 'they are called shop@r3' compare shop@rx shop
check 'one alone' says 64 'say which two' compare shop
check 'apples and clusters' says 1 'a cluster is compared with a cluster' compare shop "cluster/$one"

folder mall 2 hunter2-new "${old/x: \"1\"/x: \"2\"}"
check 'another environment' says 0 'is done' release mall "$two" "$three"
check 'what it has not' says 2 'ConfigMap/extra +object +there +- +1$' compare shop mall
check 'nor values that are made of them' not 'Secret|shop-conf|mall-conf' compare shop mall
check 'where one is alone, that is said' says 2 '2 clusters have only one of the two' compare shop mall
check 'two clusters' says 2 '\(cluster\) +environment shop +there +- ' compare "cluster/$one" "cluster/$three"
check 'the same one' says 0 'they are equal' compare "cluster/$one" "cluster/$one"
check 'what both were given alike is no row' not 'ConfigMap' compare "cluster/$one" "cluster/$two"
check 'no such cluster' says 1 'no cluster nowhere' compare "cluster/$one" cluster/nowhere
echo "1..$count"
exit $failed
