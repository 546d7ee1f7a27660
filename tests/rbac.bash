# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A person who may do half of what leeway wants: what can be done is done, the rest is forbidden,
# with the verb and the resource that are missing. By the same steps on a simulated cluster (rbac.sh)
# and a real one (real/rbac.sh). Wants: check, $leeway, $scratch, and $KUBECONFIG of somebody who
# may do everything, with one cluster and a token.

all=$KUBECONFIG half=$scratch/half
url=$(awk '/server:/ { print $2; exit }' "$all")
token=$(awk '/ token:/ { print $2; exit }' "$all")
awk '/^ *token:/ { sub(/token:.*/, "as: half"); print; sub(/as: half/, "token: '"$token"'") } { print }' "$all" >"$half"

call() { # METHOD PATH [BODY]: as somebody else, with all rights
    curl -skf -A kubectl/1 -H "Authorization: Bearer $token" -X "$1" "$url$2" \
        ${3:+-H 'Content-Type: application/merge-patch+json' -d "$3"}
}
as_half() { KUBECONFIG=$half XDG_STATE_HOME=$scratch/half-state "$leeway" "$@"; }
plan() { as_half plan -f "$scratch/m" --env half -n default "$@"; }
release() { as_half apply "$(plan -o json | hash_of)"; }
may() { # "VERBS" of configmaps, of services, of deployments
    mkdir -p "$scratch/roles"
    cat >"$scratch/roles/role.yaml" <<END
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: half}
rules:
  - {apiGroups: [""], resources: [secrets], verbs: [get, list, watch, create, patch, update]}
  - {apiGroups: [""], resources: [configmaps], verbs: [$1]}
  - {apiGroups: [""], resources: [services], verbs: [$2]}
  - {apiGroups: [apps], resources: [deployments], verbs: [$3]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: half}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: half}
subjects: [{kind: User, name: half, apiGroup: rbac.authorization.k8s.io}]
END
    "$leeway" apply "$("$leeway" plan -f "$scratch/roles" --env roles -n default -o json | hash_of)" \
        >/dev/null
}
mkdir -p "$scratch/m"
cat >"$scratch/m/one.yaml" <<'END'
apiVersion: v1
kind: ConfigMap
metadata: {name: one}
data: {v: "1"}
END
cat >"$scratch/m/two.yaml" <<'END'
apiVersion: v1
kind: Service
metadata: {name: two}
spec: {ports: [{name: http, port: 80, protocol: TCP}]}
END
cat >"$scratch/m/three.yaml" <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: three}
spec:
  selector: {matchLabels: {app: three}}
  template: {metadata: {labels: {app: three}}, spec: {containers: [{name: c, image: nginx}]}}
END
reads='get, list, watch' writes='get, list, watch, create, patch, update'

may "$writes" "$reads" deletecollection >"$scratch/said" 2>&1 || cat "$scratch/said"
missing='get deployments.apps in default, patch services in default'
check 'what is missing is named: verb, resource, namespace' wait_for 60 exits 3 "forbidden: $missing" plan
check 'beside the object' exits 3 'you may not patch services in default' plan
lacks() { # what programs read: each object that is left out, and the right for it
    plan -o json | python3 -c '
import json, sys
for r in json.load(sys.stdin)["rows"]:
    if "forbidden" in r:
        print(r["kind"], r["forbidden"]["verb"], r["forbidden"]["resource"])' | sort | tr '\n' ,
}
lacked='Deployment get deployments.apps,Service patch services,'
check 'in data it is a field of its own' eval '[ "$(lacks)" = "$lacked" ]'
check 'in Markdown as well' exits 3 '| **risk** forbidden | Service/two' plan -o markdown
check 'what is allowed can be applied, and it is no success' exits 1 "forbidden: $missing; the rest is done" release
half_there() {
    call GET /api/v1/namespaces/default/configmaps/one >/dev/null
    if call GET /api/v1/namespaces/default/services/two >/dev/null; then return 1; fi
    ! call GET /apis/apps/v1/namespaces/default/deployments/three >/dev/null
}
check 'what can be done is done, the rest is not' half_there
check 'the target says so' exits 0 "forbidden: $missing" as_half get targets
check 'there is nothing left that may be done' exits 3 'forbids what is left to do' plan
check 'nor is it applied' exits 1 'forbids what is left to do' release

may "$writes" "$writes" "$writes" >"$scratch/said" 2>&1 || cat "$scratch/said"
check 'with the rights the rest is planned' wait_for 60 exits 2 '2 create' plan
check 'and done' exits 0 'is done' release
check 'then there is nothing to do' exits 0 'nothing to do' plan
clean() { as_half drift --env half; }
check 'one namespace is watched where all may not be' wait_for 60 exits 0 'No drift' clean
call PATCH '/api/v1/namespaces/default/configmaps/one?fieldManager=kubectl-edit' '{"data":{"v":"2"}}' >/dev/null
check 'and a difference in it is seen' wait_for 60 exits 2 'ConfigMap/one' clean
reverted() { as_half apply "$(as_half revert --env half ConfigMap/one -o json | hash_of)"; }
check 'and given back' exits 0 'is done' reverted

may "$writes" 'create, patch' "$writes" >"$scratch/said" 2>&1 || cat "$scratch/said"
check 'what may not be watched is unknown, not well' wait_for 60 exits 3 'forbidden' clean
unknown() { as_half get targets -o json --timeout 20s | grep -q '"unknownDrift": [1-9]'; }
check 'and counted' wait_for 60 unknown

may "$writes" "$writes" "$writes" >"$scratch/said" 2>&1 || cat "$scratch/said"
wait_for 60 exits 0 'nothing to do' plan >/dev/null || true
rm "$scratch/m/two.yaml"
check 'what may not be deleted stays' wait_for 60 exits 3 'you may not delete services in default' plan
check 'a release without anything else does nothing' exits 1 'forbids what is left to do' release
there() { call GET /api/v1/namespaces/default/services/two >/dev/null; }
check 'and it is still there' there
