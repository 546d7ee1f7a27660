#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guardrails on plans see the cluster with its facts, APIs and profile, the namespace as it is there,
# and what would be deleted. On a simulated cluster. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
sim_start rules --clusters 1
export HOME=$scratch LC_ALL=C.UTF-8

mkdir -p "$scratch/fleet/catalog/guardrails" "$scratch/fleet/catalog/profiles" "$scratch/fleet/clusters" "$scratch/fleet/objects"
cd "$scratch/fleet" || exit 1
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
plan() { "$leeway" plan -f objects --env shop -n shop "$@" 2>&1; }

map show show
is "expressions see profile, facts and APIs of the cluster" "one harbour 42 true" \
    "$(plan | grep -o 'one harbour 42 [a-z]*' | head -1)"
rm objects/show.yaml
map kept keep
map lost other
hash=$(plan -o json | hash_of)
"$leeway" apply "$hash" >"$scratch/said" 2>&1
is "what keeps to the rules is applied" 0 $?
rm objects/lost.yaml
plan >"$scratch/said"
is "what may go is planned to go" 2 $?
rm objects/kept.yaml
map other other
is "what is to be kept is not" "kept is to be kept" "$(plan | grep -o '[a-z]* is to be kept' | head -1)"
map kept keep
call PATCH /api/v1/namespaces/shop "$merge" '{"metadata":{"labels":{"closed":"yes"}}}' >/dev/null
is "the namespace is seen as it is on the cluster" "the namespace is closed" \
    "$(plan | grep -o 'the namespace is closed' | head -1)"
tap_end
