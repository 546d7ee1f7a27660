#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fields that a module's contract leaves to others, and fields that are handed over, on the simulated
# fleet: who may change what is no drift, the live value never moves, releases leave it alone. Prints
# TAP.
set -uo pipefail
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-sim-contract.XXXXXX")
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

"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
url=$(awk '/server:/ { print $2; exit }' "$KUBECONFIG")
token=$(awk '/token:/ { print $2; exit }' "$KUBECONFIG")
context=$(awk '/current-context:/ { print $2; exit }' "$KUBECONFIG")
call() { # AGENT METHOD PATH [TYPE BODY]
    curl -skf -A "$1" -H "Authorization: Bearer $token" -X "$2" "$url$3" ${4:+-H "Content-Type: $4" -d "$5"}
}
web=/apis/apps/v1/namespaces/shop/deployments/web
merge=application/merge-patch+json
scale() { call "$1/1" PATCH "$web/scale" $merge "{\"spec\":{\"replicas\":$2}}" >/dev/null; }
replicas() { call kubectl/1 GET "$web" | grep -o '"spec":{[^{]*"replicas":[0-9]*' | grep -o '[0-9]*$'; }
is() { [ "$(replicas)" = "$1" ] || { replicas; return 1; }; }
holds() { # MANAGER FIELD: in one Apply entry
    call kubectl/1 GET "$web" | grep -o "\"manager\":\"$1\"[^}]*\"fieldsV1\"\|\"fieldsV1\":{.*\"manager\":\"$1\"" | head -n 1 | grep -q . 
}

mkdir -p "$dir/fleet"/catalog/{modules/web/{1.0.0,1.1.0,1.2.0},blueprints/site} "$dir/fleet/environments"
cat >"$dir/fleet/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: contract}
spec:
  inventory:
    - kubeconfig: {contexts: ["$context"], labels: {tier: dev}}
  catalogs: [catalog]
END
module() { # VERSION FIELDS
    cat >"$dir/fleet/catalog/modules/web/$1/module.yaml" <<END
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
    cat >"$dir/fleet/catalog/blueprints/site/$1.yaml" <<END
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
cd "$dir/fleet"
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
env_() { "$leeway" env "$@"; }
release() { "$leeway" apply --wait "$(env_ "$@" -o json | hash_of)"; }
drift() { "$leeway" drift --env shop; }

env_ launch shop -b site@1.0.0 --on "$context" -p image=registry.example/web:1 >/dev/null
check 'an environment is launched' says 0 'Deployment/web created' release set shop -p image=registry.example/web:1
scale kubectl 5
check 'where platform owns it a scale is drift' says 2 'unexpected' drift
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null
check 'and is given back' is 2
check 'a version whose contract leaves it to the runtime says so' says 2 'leaves it to others' \
    env_ upgrade shop --to 1.1.0
check 'it is released' says 0 'Deployment/web updated' release upgrade shop --to 1.1.0
check 'and the value did not move' is 2
check 'leeway-initial keeps it' holds leeway-initial
check 'nothing differs' says 0 'No drift' drift
scale kube-controller-manager 6
check 'an autoscaler may change it' says 0 'allowed' drift
check 'inside of its window' eval 'scale kube-controller-manager 9; says 2 unexpected drift'
scale kube-controller-manager 7
check 'a release of something else' says 0 'Deployment/web updated' release set shop -p image=registry.example/web:2
check 'leaves the value alone' is 7
check 'and it is allowed still' says 0 'allowed' drift
scale kubectl 4
check 'a person is no controller' says 2 'not to a person' "$leeway" drift --env shop -o json
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null
check 'what is outside of the contract can be given back' is 2
check 'and then is as wanted' says 0 'No drift' drift
image='.spec.template.spec.containers[name="web"].image'
call kubectl/1 PATCH "$web?fieldManager=kubectl-set" application/json-patch+json \
    '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"registry.example/web:9"}]' >/dev/null
check 'a reason is wanted to hand over' says 64 'a reason is wanted' \
    "$leeway" handover --env shop Deployment/web "$image"
handover() { "$leeway" apply "$("$leeway" handover --env shop Deployment/web "$image" --reason 'they deploy it' -o json | hash_of)"; }
check 'a field is handed over' says 0 'Deployment/web updated' handover
live() { call kubectl/1 GET "$web" | grep -q "registry.example/web:$1\""; }
check 'its value did not move' live 9
check 'it is no drift any more' says 0 'allowed' drift
check 'it is listed' says 0 'anything' "$leeway" get exceptions
check 'a release of another image leaves it alone' eval \
    'release set shop -p image=registry.example/web:3 >/dev/null; live 9'
id=$("$leeway" get exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)
check 'it is taken back' says 0 'ended 1' "$leeway" accept --end "$id" --reason 'ours again'
check 'and is in the next plan, with its owner' says 2 'take over' env_ set shop -p image=registry.example/web:3
check 'undo plans what was before' says 2 'registry.example/web:2' "$leeway" rollout undo shop --to r5
check 'and says where it goes back to' says 2 'back to r' "$leeway" rollout undo shop

# what is done about drift
module 1.2.0 '    - {kind: Deployment.apps, path: .spec.minReadySeconds, owner: platform, onDrift: hold, reason: it paces rollouts}
    - {kind: Deployment.apps, path: .spec.progressDeadlineSeconds, owner: platform, onDrift: revert}'
sed -i 's/^          replicas: 2$/&\n          minReadySeconds: 3\n          progressDeadlineSeconds: 300/' catalog/modules/web/1.2.0/module.yaml
put() { # FIELD VALUE: as kubectl edit would
    call kubectl/1 PATCH "$web?fieldManager=kubectl-edit" $merge "{\"spec\":{\"$1\":$2}}" >/dev/null
}
has() { call kubectl/1 GET "$web" | grep -q "\"$1\":$2[,}]"; }
env_ upgrade shop --to 1.2.0 >/dev/null 2>&1
mine() { "$leeway" plan -f environments/shop.yaml -o json | hash_of; }
"$leeway" accept --end "$("$leeway" get exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)" --reason over >/dev/null 2>&1
scale kubectl 2
call kubectl/1 DELETE "$web" >/dev/null
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null 2>&1
check 'a version that holds and gives back is released' says 0 'is done' "$leeway" apply "$(mine)"
put minReadySeconds 7
held() { env_ set shop -p image=registry.example/web:5; }
check 'drift of a field that holds refuses the next release' says 3 'its field contract holds releases until then: it paces rollouts' held
check 'which has nothing to apply' eval '[ -z "$(mine)" ]'
"$leeway" accept --env shop Deployment/web .spec.minReadySeconds --until 1h --reason 'slow nodes' >/dev/null
check 'an answer lets it go on' says 2 'registry.example/web:5' held
"$leeway" accept --end "$("$leeway" get exceptions -o json | sed -n 's/.*"uuid": "\(.*\)",/\1/p' | head -n 1)" --reason over >/dev/null
check 'its end holds again' says 3 'holds releases' held
check 'a revert is not held' eval '"$leeway" apply "$("$leeway" revert --env shop Deployment/web .spec.minReadySeconds -o json | hash_of)" && has minReadySeconds 3'
check 'and then nothing holds' says 2 'registry.example/web:5' held
"$leeway" apply "$(mine)" >/dev/null

# A console of its own terminal, at which nobody types.
console_gives_back() {
    mkfifo "$dir/keys"
    TERM=xterm script -qec "$leeway" /dev/null >/dev/null 2>&1 <>"$dir/keys" &
    local console=$!
    put progressDeadlineSeconds 60
    back() { for _ in $(seq 1200); do has progressDeadlineSeconds 300 && return; sleep 0.1; done; return 1; }
    check 'a console gives back what the contract says' back
    check 'and that stands in the audit' says 0 'self-heal' "$leeway" get audit
    put minReadySeconds 9
    sleep 4
    check 'nothing else' has minReadySeconds 9
    kill "$console"
    wait "$console" 2>/dev/null
}
if "$leeway" help console >/dev/null 2>&1; then
    console_gives_back
else
    count=$((count + 1))
    echo "ok $count - a console gives back what the contract says # SKIP built without the console"
fi
echo "1..$count"
exit $failed
