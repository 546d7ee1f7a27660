#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What users of other tools complain about most, one test each; where another script has it, it is
# named. Seen on kube-apiserver, the version of which is printed.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 1
# shellcheck source-path=SCRIPTDIR source=drift.bash
. "$real/drift.bash"
note "kube-apiserver $(server_version)"
python3 "$real/webhook.py" "$scratch/cp/pki/serving.crt" "$scratch/cp/pki/serving.key" "$scratch/port" &
hook=$!
at_end 'kill $hook 2>/dev/null'
wait_for 20 test -s "$scratch/port" >/dev/null
webhook() { # NAME PATH GROUP RESOURCE
    kubectl --context c1 apply -f - <<END
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {name: $1}
webhooks:
- name: $1.shop.io
  admissionReviewVersions: [v1]
  sideEffects: NoneOnDryRun
  failurePolicy: Fail
  clientConfig: {url: "https://127.0.0.1:$(<"$scratch/port")/$2", caBundle: $(base64 -w0 <"$scratch/cp/pki/ca.crt")}
  rules: [{apiGroups: ["$3"], apiVersions: [v1], resources: [$4], operations: [CREATE, UPDATE]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
END
}
cat >"$m/a.yaml" <<'END'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      tolerations: [{key: a, operator: Exists}]
      containers:
      - {name: web, image: "nginx:1", args: [one, two], env: [{name: A, value: "1"}, {name: B, value: "2"}]}
      - {name: side, image: "side:1"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: stamped}
data: {a: "1"}
END
quiet() {
    kubectl --context c1 create namespace shop
    webhook quiet quiet apps deployments
    webhook random random '' configmaps
    wait_for 20 eval 'k create deployment probe --image=x --dry-run=none -o name && k get deployment probe -o jsonpath="{.spec.template.spec.containers[0].image}" | grep -q mirror || { k delete deployment probe; false; }'
    k delete deployment probe
    give --take-over all
    field deployment/web '{.spec.template.spec.containers[0].image}' mirror.test/nginx:1
    clean
}
check 'a webhook that says nothing on a dry run makes no drift' quiet
random() {
    [ -n "$(k get configmap stamped -o jsonpath='{.data.stamp}')" ]
    k annotate configmap stamped touched=1
    sleep 3
    clean
}
check 'nor does one with another value on each call' random
no_phantoms() { ours plan -f "$m" --env shop -n shop; }
check 'and a plan of the same says that there is nothing to do' no_phantoms
kubectl --context c1 delete mutatingwebhookconfiguration quiet random >/dev/null

reordered() {
    k get deployment web -o json | python3 -c '
import json, sys
o = json.load(sys.stdin)
c = o["spec"]["template"]["spec"]["containers"]
c.reverse()
for x in c: x.get("env", []).reverse()
json.dump(o, sys.stdout)' | k replace -f -
    sleep 3
    clean
}
check 'items of lists that change places are the same items' reordered
atomic() {
    k patch deployment web --type=strategic -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"b","operator":"Exists"}]}}}}'
    rows | tee /dev/stderr | grep -q $'unexpected\tDeployment/web\tchanged\t.spec.template.spec.tolerations\t'
}
check 'an atomic list differs as a whole' atomic
check 'and is given back' revert Deployment/web

schema() { # FIELD: a kind of which the schema has only that one
    kubectl --context c1 apply --server-side --force-conflicts -f - <<END
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {$1: {type: string}, same: {type: string}}}}}}
END
    kubectl --context c1 wait --for=condition=Established crd/gadgets.x.io
}
skew() {
    schema old
    printf 'apiVersion: x.io/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {old: "1", same: "2"}\n' >"$m/g.yaml"
    wait_for 30 eval 'kubectl --context c1 -n shop get gadgets && give'
    clean
    schema new
    lost() { { ours plan -f "$m" --env shop -n shop || true; } 2>&1 | tee /dev/stderr | grep -q 'spec.old: field not declared'; }
    wait_for 30 lost
}
check 'a field that the schema lost is an error of the plan, never "no change"' skew
rm "$m/g.yaml"

big() { # the record of a set stays small, whatever is in it
    local n
    for n in $(seq 400); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-%d}\ndata: {x: "%0512d"}\n' $n $n
    done >"$m/many.yaml"
    give
    [ "$(k get secret leeway-shop -o json | wc -c)" -lt 262144 ]
}
check 'a set of many objects does not grow its parent beyond 256 KiB' big
note 'ownership from before server-side apply: adopt.sh; stages and failure budgets: rollout.sh'
note 'waiting says for what: ready.sh, late.sh; a release that failed can be left: rollout.sh, apply.sh'
note 'memory of watches and baselines: make bench'
tap_end
