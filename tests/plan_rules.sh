#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guardrails on plans see the cluster with its facts, APIs and profile, the namespace as it is there,
# and what would be deleted. On a simulated cluster. Prints TAP.
set -u
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
tmp=$(mktemp -d)
sim=
trap 'kill $sim 2>/dev/null; wait; rm -rf "$tmp"' EXIT
export HOME=$tmp XDG_STATE_HOME=$tmp/state KUBECONFIG=$tmp/kubeconfig LC_ALL=C.UTF-8
count=0 failed=0
check() { # text, wanted, got
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        failed=$((failed + 1))
        echo "not ok $count - $1"
        printf '%s\n' "wanted:" "$2" "got:" "$3" | sed 's/^/# /'
    fi
}
"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$KUBECONFIG" >"$tmp/out" 2>&1 &
sim=$!
for _ in $(seq 300); do grep -q '^KUBECONFIG=' "$tmp/out" && break; sleep 0.1; done
context=$(awk '/current-context:/ { print $2; exit }' "$KUBECONFIG")
url=$(awk '/server:/ { print $2; exit }' "$KUBECONFIG")
token=$(awk '/token:/ { print $2; exit }' "$KUBECONFIG")

mkdir -p "$tmp/fleet/catalog/guardrails" "$tmp/fleet/catalog/profiles" "$tmp/fleet/clusters" "$tmp/fleet/objects"
cd "$tmp/fleet" || exit 1
cat >leeway.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: rules}
spec: {inventory: [{files: clusters/*.yaml}], catalogs: [catalog], approvals: {required: 0}}
END
cat >clusters/one.yaml <<END
apiVersion: leeway.dev/v1alpha1
kind: Cluster
metadata: {name: one}
spec: {kubeconfig: {context: $context}, facts: {costCenter: "42"}}
END
cat >catalog/profiles/all.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Profile
metadata: {name: all}
spec: {values: {zone: harbour}}
END
cat >catalog/guardrails/rules.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: sees-the-cluster}
spec:
  match: {resources: [{groups: [""], kinds: [ConfigMap]}]}
  validations:
    - expression: "!has(object.data.show)"
      messageExpression: "cluster.name + ' ' + cluster.profile.zone + ' ' + cluster.facts.costCenter + ' ' + string('apps/v1/Deployment' in cluster.apis)"
---
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: kept}
spec:
  match: {resources: [{groups: [""], kinds: [ConfigMap], operations: [DELETE]}]}
  validations:
    - {expression: "!has(oldObject.data.keep)", messageExpression: "oldObject.metadata.name + ' is to be kept'"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: namespace}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]
  validations:
    - {expression: "!has(namespaceObject.metadata.labels.closed)", message: the namespace is closed}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: namespace}
spec: {policyName: namespace, validationActions: [Deny]}
END
map() { # NAME KEY
    printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {%s: "yes"}\n' "$1" "$2" >"objects/$1.yaml"
}
plan() { timeout 60 "$leeway" plan -f objects --env shop -n shop "$@" 2>&1; }

map show show
check "expressions see profile, facts and APIs of the cluster" "one harbour 42 true" \
    "$(plan | grep -o 'one harbour 42 [a-z]*' | head -1)"
rm objects/show.yaml
map kept keep
map lost other
hash=$(plan -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p')
timeout 60 "$leeway" apply "$hash" >"$tmp/said" 2>&1
check "what keeps to the rules is applied" 0 $?
rm objects/lost.yaml
plan >"$tmp/said"
check "what may go is planned to go" 2 $?
rm objects/kept.yaml
map other other
check "what is to be kept is not" "kept is to be kept" "$(plan | grep -o '[a-z]* is to be kept' | head -1)"
map kept keep
curl -skf -A kubectl/1 -H "Authorization: Bearer $token" -X PATCH -H 'Content-Type: application/merge-patch+json' \
    -d '{"metadata":{"labels":{"closed":"yes"}}}' "$url/api/v1/namespaces/shop" >/dev/null
check "the namespace is seen as it is on the cluster" "the namespace is closed" \
    "$(plan | grep -o 'the namespace is closed' | head -1)"
echo "1..$count"
[ "$failed" = 0 ]
