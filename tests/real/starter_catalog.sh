#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Every object of the starter catalog's blueprints, for the profile of every distribution, passes a
# dry run on a real API server that has the exported guardrails in force. Kinds of OpenShift and GKE
# have stand-ins.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
catalog=$real/../../doc/examples/catalog
clusters_start --count 1
k() { kubectl --context c1 "$@"; }

stand_in() { # GROUP VERSION KIND PLURAL
    cat <<END
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: $4.$1}
spec:
  group: $1
  scope: Namespaced
  names: {kind: $3, plural: $4, singular: ${3,,}, listKind: ${3}List}
  versions:
  - {name: $2, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
END
}
{
    stand_in route.openshift.io v1 Route routes
    stand_in networking.gke.io v1beta1 FrontendConfig frontendconfigs
} | k apply -f - >/dev/null
k wait --for=condition=Established crd --all --timeout=30s >/dev/null
k create namespace shop >/dev/null

in_force() {
    local i status=0
    "$leeway" guardrail export -f "$catalog" >"$scratch/rules.yaml" 2>/dev/null || status=$?
    [ $status = 3 ] && k apply -f "$scratch/rules.yaml" >/dev/null
    for i in $(seq 100); do
        k -n shop run bare --image=nginx --dry-run=server >/dev/null 2>&1 || return 0
        sleep 0.2
    done
    return 1
}
check 'the guardrails are in force' in_force

echo 0 >"$scratch/total"
passes() { # DISTRIBUTION BLUEPRINT PARAM…
    local distribution=$1 blueprint=$2 options=() p
    shift 2
    for p in "$@"; do options+=(--param "$p"); done
    "$leeway" render "$blueprint" -C "$catalog" --fact "distribution=$distribution" --fact version=1.37 \
        --env shop -n shop "${options[@]}" -o yaml >"$scratch/objects.yaml"
    # a value that is known later stands as its expression: where base64 is wanted, as base64 of it
    sed -i 's/^  password: .*\${params.*/  password: eA==/' "$scratch/objects.yaml"
    echo $(($(cat "$scratch/total") + $(grep -c '^kind:' "$scratch/objects.yaml"))) >"$scratch/total"
    k -n shop apply --server-side --dry-run=server --validate=strict -f "$scratch/objects.yaml"
}
image=image=registry.example/shop:1.4.2
for distribution in eks gke aks k3s openshift kind; do
    check "web-app@1.0.0 for $distribution" passes $distribution web-app@1.0.0 $image
    check "web-app@1.1.0 for $distribution" passes $distribution web-app@1.1.0 $image cache=true autoscale=true size=large
    check "data-app for $distribution" passes $distribution data-app $image 'dbPassword={env: DB}' cache=true \
        'migrate=[bin/migrate]' 'nightly=[bin/report]' dbSize=large
    check "preview-environment for $distribution" passes $distribution preview-environment $image 'dbPassword={env: DB}'
done

many() { [ "$(cat "$scratch/total")" -gt 300 ]; }
check 'that was more than three hundred objects' many
tap_end
