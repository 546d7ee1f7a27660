#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The namespace of an environment when that is destroyed, on the simulated fleet: gone last when
# leeway made it and nothing else is in it, kept and said why otherwise; killed at each place of it
# and applied again it ends the same. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl python3
sim_start namespace --clusters 1
put() { # PATH KIND NAME
    call POST "$1" application/json "{\"apiVersion\":\"v1\",\"kind\":\"$2\",\"metadata\":{\"name\":\"$3\"}}" >/dev/null
}
mkdir -p "$scratch/fleet"/catalog/{modules/web/1.0.0,blueprints/site} "$scratch/fleet/environments"
cd "$scratch/fleet" || exit 1
cat >leeway.yaml <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: spaces}
spec:
  inventory:
    - kubeconfig: {contexts: ["$context"], labels: {tier: dev}}
  catalogs: [catalog]
END
cat >catalog/modules/web/1.0.0/module.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: web}
spec:
  version: 1.0.0
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
            spec: {containers: [{name: web, image: "registry.example/web:1"}]}
    - id: service
      template: {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {selector: {app: web}, ports: [{port: 80}]}}
END
cat >catalog/blueprints/site/1.0.0.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: site}
spec:
  version: 1.0.0
  modules: [{name: web, module: web, version: "1"}]
END
planned() { { "$leeway" env "$@" -o json || [ $? = 2 ]; } | hash_of; }
is_there() { call GET "/api/v1/namespaces/$1" >/dev/null; }
is_gone() { ! call GET "/api/v1/namespaces/$1"; }
goes() { wait_for 120 is_gone "$1"; } # NAMESPACE: its controller takes a while to empty it
pods() { call GET "/api/v1/namespaces/$1/pods" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["items"]))'; }
launched() { # NAME
    "$leeway" apply "$(planned launch "$1" -b site@1.0.0 --on "$context")" --wait --timeout 100s
    [ "$(pods "$1")" = 2 ]
}

check 'launched, with a namespace of its own and pods in it' launched shop
row() { # ENVIRONMENT: what the plan of its end says of the namespace
    { "$leeway" env destroy "$1" -o json || [ $? = 2 ]; } | python3 -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
    if r["kind"] == "Namespace": print(r["action"], r["cause"], "|", r["detail"], "|", r.get("sharedKind", False))'
}
check 'the plan of its end has it as its own row' exits 0 \
    'delete leeway made it for the environment | last of all, when nothing else is left in it | False' row shop
put /api/v1/namespaces/shop/configmaps ConfigMap theirs
check 'with something of somebody else in it, it is kept and that is named' exits 0 \
    'stays leeway made it for the environment | kept: ConfigMap/theirs is still in it' row shop
call DELETE /api/v1/namespaces/shop/configmaps/theirs >/dev/null
for i in 1 2 3 4 5; do put /api/v1/namespaces/shop/serviceaccounts ServiceAccount "robot-$i"; done
check 'of many some are named' exits 0 \
    'kept: ServiceAccount/robot-1, ServiceAccount/robot-2, ServiceAccount/robot-3 and 2 more are still in it' row shop
for i in 1 2 3 4 5; do call DELETE "/api/v1/namespaces/shop/serviceaccounts/robot-$i" >/dev/null; done
note() { # VALUE of an annotation
    call PATCH /api/v1/namespaces/shop application/merge-patch+json "{\"metadata\":{\"annotations\":{\"helm.sh/resource-policy\":$1}}}" >/dev/null
}
note '"keep"'
check 'who says that it is to stay is heard' exits 0 'stays leeway made it for the environment | helm.sh/resource-policy' row shop
note null

last=$(planned destroy shop)
put /api/v1/namespaces/shop/configmaps ConfigMap late
kept() {
    "$leeway" apply "$last"
    exits 0 'ConfigMap/late is still in it' "$leeway" get releases -o json || true
    call GET /api/v1/namespaces/shop | grep -q '"Active"'
    call GET /api/v1/namespaces/shop/configmaps/late >/dev/null
}
check 'what came after the plan is seen before it is deleted' kept
is_alone() { ! call GET /api/v1/namespaces/shop/secrets/leeway-shop && ! call GET /apis/apps/v1/namespaces/shop/deployments/web; }
check 'all else is gone' is_alone
check 'which is no drift of what is gone' exits 0 'No drift' "$leeway" drift
call DELETE /api/v1/namespaces/shop/configmaps/late >/dev/null
again() { "$leeway" apply "$(planned destroy shop)" && goes shop; }
check 'later, when it is empty, another such plan takes it away' again
check 'and then there is nothing to do' exits 0 '' "$leeway" env destroy shop

put /api/v1/namespaces Namespace before
check 'one that was there before' launched before
adopted() {
    [ -z "$(row before)" ]
    "$leeway" apply "$(planned destroy before)"
    call GET /api/v1/namespaces/before | grep -q '"Active"'
}
check 'is in no plan, and stays' adopted

check 'launched, with a namespace that somebody takes away afterwards' launched taken
put /api/v1/namespaces/taken/configmaps ConfigMap theirs
away() {
    "$leeway" apply "$(planned destroy taken)"
    is_there taken
    call DELETE /api/v1/namespaces/taken >/dev/null
    goes taken
    exits 0 'No drift' "$leeway" drift
}
check 'nothing is missed' away
again() { "$leeway" apply "$({ "$leeway" plan -f environments/taken.yaml -o json || [ $? = 2 ]; } | hash_of)" --wait --timeout 100s; }
check 'planned again it is made again' again
check 'and leeway is who made it' exits 0 'delete leeway made it' row taken

end() { # PLACE TIMES ENVIRONMENT: killed there, and applied again
    local status=0 hash
    hash=$(planned destroy "$3")
    [ -n "$hash" ] || { echo 'no plan'; return 1; }
    LEEWAY_FAULT=$1:$2 "$faulty" apply "$hash" || status=$?
    [ $status = 137 ] || { echo "it did not pass $1 (exit $status)"; return 1; }
    "$leeway" apply "$hash" || return 1
    goes "$3"
    "$leeway" get targets | grep "$3" | grep -q gone
}
# the third deletion is that of the namespace
for at in parent-written:0 step-opened:2 delete-sent:2 result-stored:2 target-done:0; do
    name=end-${at%:*}
    "$leeway" apply "$(planned launch "$name" -b site@1.0.0 --on "$context")" >/dev/null
    check "destroyed, and killed at $at" end "${at%:*}" "${at#*:}" "$name"
done
# it is made, and nobody knows any more by whom but by what is in it
made() { # PLACE
    local hash status=0
    hash=$(planned launch "made-$1" -b site@1.0.0 --on "$context")
    LEEWAY_FAULT=$1:0 "$faulty" apply "$hash" || status=$?
    [ $status = 137 ] || { echo "it did not pass $1 (exit $status)"; return 1; }
    "$leeway" apply "$hash"
    exits 0 'delete leeway made it' row "made-$1"
}
for place in sending sent; do check "killed at $place of making it, it is known who did" made $place; done
check 'the audit is whole' exits 0 '' "$leeway" store check --store "$scratch/state/leeway/spaces.db"
tap_end
