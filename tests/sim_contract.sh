#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fields that a module's contract leaves to others, and fields that are handed over, on the simulated
# fleet: who may change what is no drift, the live value never moves, releases leave it alone. Prints
# TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
sim_start sim-contract --clusters 1
web=/apis/apps/v1/namespaces/shop/deployments/web
scale() { agent=$1 call PATCH "$web/scale" $merge "{\"spec\":{\"replicas\":$2}}" >/dev/null; }
replicas() { call GET "$web" | grep -o '"spec":{[^{]*"replicas":[0-9]*' | grep -o '[0-9]*$'; }
stands_at() { [ "$(replicas)" = "$1" ] || { replicas; return 1; }; }
holds() { # MANAGER FIELD: in one Apply entry
    call GET "$web" | grep -o "\"manager\":\"$1\"[^}]*\"fieldsV1\"\|\"fieldsV1\":{.*\"manager\":\"$1\"" | head -n 1 | grep -q . 
}

mkdir -p "$scratch/fleet"/catalog/{modules/web/{1.0.0,1.1.0,1.2.0},blueprints/site} "$scratch/fleet/environments"
cat >"$scratch/fleet/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: contract}
spec:
  inventory:
    - kubeconfig: {contexts: ["$context"], labels: {tier: dev}}
  catalogs: [catalog]
END
module() { # VERSION FIELDS
    cat >"$scratch/fleet/catalog/modules/web/$1/module.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: web}
spec:
  version: $1
  parameters:
    type: object
    properties:
      image: {type: string}
      max: {type: integer, default: 8}
  resources:
    - id: web
      template:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: "\${params.image}"}]}
  fields:
$2
END
    cat >"$scratch/fleet/catalog/blueprints/site/$1.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: site}
spec:
  version: $1
  parameters: {type: object, properties: {image: {type: string}}}
  modules: [{name: web, module: web, version: "$1", params: {image: "\${params.image}"}}]
END
}
module 1.0.0 '    - {kind: Deployment.apps, path: .spec.template.metadata.labels, owner: platform, extras: report}'
module 1.1.0 '    - {kind: Deployment.apps, path: .spec.replicas, owner: runtime, within: "self >= 2 && self <= params.max", reason: it is scaled by load}'
cd "$scratch/fleet"
env_() { "$leeway" env "$@"; }
release() { "$leeway" apply --wait "$(env_ "$@" -o json | hash_of)"; }
drift() { "$leeway" drift --env shop; }

env_ launch shop -b site@1.0.0 --on "$context" -p image=registry.example/web:1 >/dev/null
check 'an environment is launched' exits 0 'Deployment/web created' release set shop -p image=registry.example/web:1
scale kubectl 5
check 'where platform owns it a scale is drift' exits 2 'unexpected' drift
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null
check 'and is given back' stands_at 2
check 'a version whose contract leaves it to the runtime says so' exits 2 'leaves it to others' \
    env_ upgrade shop --to 1.1.0
check 'it is released' exits 0 'Deployment/web updated' release upgrade shop --to 1.1.0
check 'and the value did not move' stands_at 2
check 'leeway-initial keeps it' holds leeway-initial
check 'nothing differs' exits 0 'No drift' drift
scale kube-controller-manager 6
check 'an autoscaler may change it' exits 0 'allowed' drift
check 'inside of its window' eval 'scale kube-controller-manager 9; exits 2 unexpected drift'
scale kube-controller-manager 7
check 'a release of something else' exits 0 'Deployment/web updated' release set shop -p image=registry.example/web:2
check 'leaves the value alone' stands_at 7
check 'and it is allowed still' exits 0 'allowed' drift
scale kubectl 4
check 'a person is no controller' exits 2 'not to a person' "$leeway" drift --env shop -o json
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null
check 'what is outside of the contract can be given back' stands_at 2
check 'and then is as wanted' exits 0 'No drift' drift
image='.spec.template.spec.containers[name="web"].image'
call PATCH "$web?fieldManager=kubectl-set" $json \
    '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"registry.example/web:9"}]' >/dev/null
check 'a reason is wanted to hand over' exits 64 'a reason is wanted' \
    "$leeway" handover --env shop Deployment/web "$image"
handover() { "$leeway" apply "$("$leeway" handover --env shop Deployment/web "$image" --reason 'they deploy it' -o json | hash_of)"; }
check 'a field is handed over' exits 0 'Deployment/web updated' handover
live() { call GET "$web" | grep -q "registry.example/web:$1\""; }
check 'its value did not move' live 9
check 'it is no drift any more' exits 0 'allowed' drift
check 'it is listed' exits 0 'anything' "$leeway" get exceptions
check 'a release of another image leaves it alone' eval \
    'release set shop -p image=registry.example/web:3 >/dev/null; live 9'
id=$("$leeway" get exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)
check 'it is taken back' exits 0 'ended 1' "$leeway" accept --end "$id" --reason 'ours again'
check 'and is in the next plan, with its owner' exits 2 'take over' env_ set shop -p image=registry.example/web:3
check 'undo plans what was before' exits 2 'registry.example/web:2' "$leeway" rollout undo shop --to r5
check 'and says where it goes back to' exits 2 'back to r' "$leeway" rollout undo shop
check 'in data as well' exits 2 '"title": "back to r' "$leeway" rollout undo shop --now -o json
check 'which nothing else of a rollout has' exits 64 'undo has' "$leeway" rollout status -o json

# what is done about drift
module 1.2.0 '    - {kind: Deployment.apps, path: .spec.minReadySeconds, owner: platform, onDrift: hold, reason: it paces rollouts}
    - {kind: Deployment.apps, path: .spec.progressDeadlineSeconds, owner: platform, onDrift: revert}'
sed -i 's/^          replicas: 2$/&\n          minReadySeconds: 3\n          progressDeadlineSeconds: 300/' catalog/modules/web/1.2.0/module.yaml
put() { # FIELD VALUE: as kubectl edit would
    call PATCH "$web?fieldManager=kubectl-edit" $merge "{\"spec\":{\"$1\":$2}}" >/dev/null
}
has() { call GET "$web" | grep -q "\"$1\":$2[,}]"; }
env_ upgrade shop --to 1.2.0 >/dev/null 2>&1
mine() { "$leeway" plan -f environments/shop.yaml -o json | hash_of; }
"$leeway" accept --end "$("$leeway" get exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)" --reason over >/dev/null 2>&1
scale kubectl 2
call DELETE "$web" >/dev/null
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null 2>&1
check 'a version that holds and gives back is released' exits 0 'is done' "$leeway" apply "$(mine)"
put minReadySeconds 7
held() { env_ set shop -p image=registry.example/web:5; }
check 'drift of a field that holds refuses the next release' exits 3 'its field contract holds releases until then: it paces rollouts' held
check 'which has nothing to apply' eval '[ -z "$(mine)" ]'
"$leeway" accept --env shop Deployment/web .spec.minReadySeconds --until 1h --reason 'slow nodes' >/dev/null
check 'an answer lets it go on' exits 2 'registry.example/web:5' held
"$leeway" accept --end "$("$leeway" get exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)" --reason over >/dev/null
check 'its end holds again' exits 3 'holds releases' held
check 'a revert is not held' eval '"$leeway" apply "$("$leeway" revert --env shop Deployment/web .spec.minReadySeconds -o json | hash_of)" && has minReadySeconds 3'
check 'and then nothing holds' exits 2 'registry.example/web:5' held
"$leeway" apply "$(mine)" >/dev/null

# A console of its own terminal, at which nobody types.
# Who only looks on changes nothing, however long. It has seen the field when it has said so.
put progressDeadlineSeconds 60
"$leeway" drift --env shop --watch >"$scratch/watched" 2>&1 &
watching=$!
check 'one who watches sees it' wait_for 120 grep -q progressDeadlineSeconds "$scratch/watched"
sleep 3
check 'and gives nothing back' has progressDeadlineSeconds 60
kill "$watching"
wait "$watching" 2>/dev/null

console_gives_back() {
    mkfifo "$scratch/keys"
    TERM=xterm script -qec "$leeway" /dev/null >/dev/null 2>&1 <>"$scratch/keys" &
    local console=$!
    put progressDeadlineSeconds 60
    check 'a console gives back what the contract says' wait_for 120 has progressDeadlineSeconds 300
    check 'and that stands in the audit' exits 0 'self-heal' "$leeway" get audit
    put minReadySeconds 9
    sleep 4
    check 'nothing else' has minReadySeconds 9
    kill "$console"
    wait "$console" 2>/dev/null
}
if "$leeway" help console >/dev/null 2>&1; then
    console_gives_back
else
    skip 'a console gives back what the contract says' 'built without the console'
fi
tap_end
