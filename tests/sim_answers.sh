#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Answers to drift against the simulated fleet: accepted until a date, for one value or a window, of
# one manager; ended, run out; the audit of it all. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
sim_start sim-answers --clusters 2
web=/apis/apps/v1/namespaces/shop/deployments/web
scale() { for c in 0 1; do cluster=$c call PATCH "$web/scale" "$merge" "{\"spec\":{\"replicas\":$1}}" >/dev/null; done; }
image() { # CLUSTER IMAGE
    cluster=$1 call PATCH "$web?fieldManager=kubectl-set" $json \
        "[{\"op\":\"replace\",\"path\":\"/spec/template/spec/containers/0/image\",\"value\":\"$2\"}]" >/dev/null
}
plan() { "$leeway" plan -f "$scratch/m" --env shop -n shop "$@"; }
release() { "$leeway" apply "$(plan -o json | hash_of)"; }
drift() { "$leeway" drift --env shop "$@"; }
accept() { "$leeway" accept --env shop Deployment/web "$@"; }
exceptions() { "$leeway" get exceptions "$@"; }

mkdir -p "$scratch/m"
cat >"$scratch/m/all.yaml" <<END
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
check 'a scale on two clusters is drift' exits 2 'unexpected' drift
check 'a reason is wanted' exits 64 '--reason is wanted' accept .spec.replicas --until 1h
check 'and an end' exits 64 '--until is wanted' accept .spec.replicas --reason x
check 'an end that is over is refused' exits 64 'over already' \
    accept .spec.replicas --reason x --until 2020-01-01T00:00:00Z
check 'a window has to hold now' exits 1 'not within that' \
    accept .spec.replicas --reason x --until 1h --within 'self <= 4'
check 'a window that is no expression says where' exits 1 'within' \
    accept .spec.replicas --reason x --until 1h --within 'self <='
check 'both are accepted in one go' exits 0 'accepted 2 differences of shop until' \
    accept .spec.replicas --reason 'load test' --until 1h --within 'self >= 2 && self <= 8'
check 'and are no drift any more' exits 0 'accepted' drift
check 'nor anything that a plan would do' exits 0 'nothing to do' plan
check 'with who, until when and why' exits 0 'load test' drift -o json
check 'a value within is covered' eval 'scale 7; exits 0 accepted drift'
check 'one outside is new drift' eval 'scale 9; exits 2 unexpected drift'
scale 6
check 'they are listed with the time that is left' exits 0 'in 5' exceptions
check 'and what they cover' exits 0 '"covers": 1' exceptions -o json
image 0 registry.example/web:2
check 'another field is a difference of its own' exits 2 'registry.example/web:2' drift
image='.spec.template.spec.containers[name="web"].image'
check 'it is accepted as it is' exits 0 'accepted 1 difference' \
    accept "$image" --reason 'hot fix' --until 1h
check 'nothing is unexpected then' exits 0 'hot fix' drift -o json
image 0 registry.example/web:3
check 'another value is not what was accepted' exits 2 'registry.example/web:3' drift
image 0 registry.example/web:2
sed -i 's/metadata: {name: web}/metadata: {name: web, annotations: {note: one}}/' "$scratch/m/all.yaml"
beside() {
    exits 2 'left as it is' plan
    release
    [ "$(call GET /apis/apps/v1/namespaces/shop/deployments/web | tr ',' '\n' | grep -c '"replicas":6\|registry.example/web:2')" -ge 2 ]
}
check 'something else is released, and what was accepted stays as it is' beside
check 'after which there is nothing to do either' exits 0 'nothing to do' plan
id=$(exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)
check 'one is ended by its name' exits 0 'ended 1 exception' "$leeway" accept --end "${id:0:8}" --reason done
check 'and its difference counts again' exits 2 'unexpected' drift
check 'one that is not there is not ended' exits 1 'no exception' "$leeway" accept --end ffffffff
check 'for a moment' exits 0 'accepted' accept .spec.replicas --reason 'a moment' --until 15s
check 'at its end the difference counts again' wait_for 120 exits 2 'unexpected' drift
check 'and it is told that it ended' exits 0 'ended' exceptions
check 'targets show what is accepted' exits 0 'shop' "$leeway" get targets
check 'releases are listed' exits 0 'r2 *' "$leeway" get releases
check 'the audit has every answer' exits 0 'end exception' "$leeway" get audit
check 'with its reason' exits 0 'hot fix' "$leeway" get audit -o wide
check 'and that a release began' exits 0 'release began' "$leeway" get audit
check 'and its chain is whole' exits 0 'chain unbroken' "$leeway" store check --name "$(basename "$(ls "$scratch/state/leeway/"*.db)" .db)"
tap_end
