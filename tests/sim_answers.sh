#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Answers to drift against the simulated fleet: accepted until a date, for one value or a window, of
# one manager; ended, run out; the audit of it all. Prints TAP.
set -uo pipefail
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-sim-answers.XXXXXX")
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

"$leeway" sim --quiet --clusters 2 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
mapfile -t tokens < <(awk '/token:/ { print $2 }' "$KUBECONFIG")
mapfile -t urls < <(awk '/server:/ { print $2 }' "$KUBECONFIG")
call() { # CLUSTER METHOD PATH TYPE BODY: as kubectl would
    curl -sk -A kubectl/1 -H "Authorization: Bearer ${tokens[$1]}" -X "$2" "${urls[$1]}$3" \
        -H "Content-Type: $4" -d "$5"
}
web=/apis/apps/v1/namespaces/shop/deployments/web
merge=application/merge-patch+json
scale() { for c in 0 1; do call $c PATCH "$web/scale" "$merge" "{\"spec\":{\"replicas\":$1}}" >/dev/null; done; }
image() { # CLUSTER IMAGE
    call "$1" PATCH "$web?fieldManager=kubectl-set" application/json-patch+json \
        "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":\"$2\"}]" >/dev/null
}
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
plan() { "$leeway" plan -f "$dir/m" --env shop -n shop "$@"; }
release() { "$leeway" apply "$@" "$(plan -o json | hash_of)"; }
drift() { "$leeway" drift --env shop "$@"; }
accept() { "$leeway" accept --env shop Deployment/web "$@"; }
exceptions() { "$leeway" get exceptions "$@"; }

mkdir -p "$dir/m"
cat >"$dir/m/all.yaml" <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
END

release >/dev/null
scale 5
check 'a scale on two clusters is drift' says 2 'unexpected' drift
check 'a reason is wanted' says 64 '--reason is wanted' accept .spec.replicas --until 1h
check 'and an end' says 64 '--until is wanted' accept .spec.replicas --reason x
check 'an end that is over is refused' says 64 'over already' \
    accept .spec.replicas --reason x --until 2020-01-01T00:00:00Z
check 'a window has to hold now' says 1 'not within that' \
    accept .spec.replicas --reason x --until 1h --within 'self <= 4'
check 'a window that is no expression says where' says 1 'within' \
    accept .spec.replicas --reason x --until 1h --within 'self <='
check 'both are accepted in one go' says 0 'accepted 2 differences of shop until' \
    accept .spec.replicas --reason 'load test' --until 1h --within 'self >= 2 && self <= 8'
check 'and are no drift any more' says 0 'accepted' drift
check 'with who, until when and why' says 0 'load test' drift -o json
check 'a value within is covered' eval 'scale 7; says 0 accepted drift'
check 'one outside is new drift' eval 'scale 9; says 2 unexpected drift'
scale 6
check 'they are listed with the time that is left' says 0 'in 5' exceptions
check 'and what they cover' says 0 '"covers": 1' exceptions -o json
image 0 registry.example/web:2
check 'another field is a difference of its own' says 2 'registry.example/web:2' drift
image='.spec.template.spec.containers[name="web"].image'
check 'it is accepted as it is' says 0 'accepted 1 difference' \
    accept "$image" --reason 'hot fix' --until 1h
check 'nothing is unexpected then' says 0 'hot fix' drift -o json
image 0 registry.example/web:3
check 'another value is not what was accepted' says 2 'registry.example/web:3' drift
image 0 registry.example/web:2
id=$(exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)
check 'one is ended by its name' says 0 'ended 1 exception' "$leeway" accept --end "${id:0:8}" --reason done
check 'and its difference counts again' says 2 'unexpected' drift
check 'one that is not there is not ended' says 1 'no exception' "$leeway" accept --end ffffffff
accept .spec.replicas --reason 'a moment' --until 4s >/dev/null
sleep 4
check 'at its end the difference counts again' says 2 'unexpected' drift
check 'and it is told that it ended' says 0 'ended' exceptions
check 'targets show what is accepted' says 0 'shop' "$leeway" get targets
check 'releases are listed' says 0 'r1 *' "$leeway" get releases
check 'the audit has every answer' says 0 'end exception' "$leeway" get audit
check 'with its reason' says 0 'hot fix' "$leeway" get audit -o wide
check 'and that a release began' says 0 'release began' "$leeway" get audit
check 'and its chain is whole' says 0 'chain unbroken' "$leeway" store check --name "$(basename "$(ls "$dir/state/leeway/"*.db)" .db)"
echo "1..$count"
exit $failed
