# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# One environment from its launch to its end, on clusters with controllers: real control planes
# (e2e.sh) and simulated ones (e2e_sim.sh). Source it after the clusters $1, $2 and $3 are there, with
# kubectl and KUBECONFIG for them, and tap.bash. E2E_REAL says that they do all that a real control
# plane does; what simulated ones do not is done another way, or skipped by name.
one=$1 two=$2 three=$3
leeway=${top_builddir:-$real/../../build}/leeway
export XDG_STATE_HOME=$scratch/state
mkdir -p "$scratch/fleet"/catalog/{modules/{web,store}/1.0.0,blueprints/shop}
cd "$scratch/fleet"
cat >leeway.yaml <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: e2e}
spec:
  inventory:
    - kubeconfig: {contexts: ["$one", "$two", "$three"], labels: {tier: dev}}
END
cat >catalog/modules/store/1.0.0/module.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: store}
spec:
  version: 1.0.0
  outputs: {host: {type: string, value: "${resources.service.spec.clusterIP}"}}
  resources:
    - id: service
      template:
        apiVersion: v1
        kind: Service
        metadata: {name: store}
        spec: {selector: {app: store}, ports: [{name: db, port: 5432, protocol: TCP}]}
    - id: server
      template:
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: store}
        spec:
          serviceName: store
          replicas: 1
          selector: {matchLabels: {app: store}}
          template:
            metadata: {labels: {app: store}}
            spec: {containers: [{name: store, image: "store:1"}]}
          volumeClaimTemplates:
            - metadata: {name: data}
              spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
END
cat >catalog/modules/web/1.0.0/module.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: web}
spec:
  version: 1.0.0
  parameters:
    type: object
    properties: {image: {type: string}, key: {type: string, x-secret: true}}
  inputs: {host: {type: string}}
  resources:
    - id: keys
      template: {apiVersion: v1, kind: Secret, metadata: {name: keys}, stringData: {key: "${params.key}"}}
    - id: conf
      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {host: "${inputs.host}", colour: blue, size: "1"}}
    - id: web
      template:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          progressDeadlineSeconds: 5
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
                - name: web
                  image: ${params.image}
                  env: [{name: HOST, value: "${inputs.host}"}]
                  resources: {requests: {cpu: 1000m}}
END
cat >catalog/blueprints/shop/1.0.0.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: shop}
spec:
  version: 1.0.0
  parameters:
    type: object
    required: [image]
    properties: {image: {type: string}, key: {type: string, x-secret: true}}
  modules:
    - {name: store, module: store, version: "1"}
    - {name: web, module: web, version: "1", params: {image: "${params.image}", key: "${params.key}"},
       inputs: {host: "${modules.store.outputs.host}"}}
END
sed -e 's/version: 1.0.0/version: 1.1.0/' catalog/blueprints/shop/1.0.0.yaml >catalog/blueprints/shop/1.1.0.yaml
export SHOP_KEY=e2e-secret-value

k() { kubectl --context "$1" -n shop "${@:2}"; }
plan_hash() { # ARGUMENT... of env: the hash of the plan that comes of it
    { "$leeway" env "$@" -o json || [ $? = 2 ]; } | hash_of
}
plan() { "$leeway" plan -f environments/shop.yaml "$@"; }
file_hash() { { plan -o json "$@" || [ $? = 2 ]; } | hash_of; }
# One line a difference: VERDICT CLUSTER KIND/NAME WHAT PATH GIVEN>LIVE ACTOR.
rows() {
    "$leeway" drift --env shop -o json 2>/dev/null >"$scratch/rows.json" || true
    python3 - "$scratch/rows.json" <<'END'
import json, sys
for d in json.load(open(sys.argv[1])).get("items", []):
    print(d["verdict"], d["cluster"], d["objectKind"] + "/" + d["name"], d["kind"], d["path"] or ".",
          d["given"] + ">" + d["live"], d["actor"])
END
}
drifts() { # EXPECTED...: exactly these lines
    local got want=''
    got=$(rows)
    for line; do want+=${want:+$'\n'}$line; done
    [ "$got" = "$want" ] || { printf 'wanted:\n%s\ngot:\n%s\n' "$want" "$got"; return 1; }
}
clean() { drifts; }
revert() { "$leeway" apply "$({ "$leeway" revert --env shop "$@" -o json || [ $? = 2 ]; } | hash_of)"; }
field() { [ "$(k "$1" get "$2" -o jsonpath="$3")" = "$4" ] || { k "$1" get "$2" -o jsonpath="$3"; return 1; }; }

launched() {
    "$leeway" apply "$(plan_hash launch shop --blueprint shop -p image=nginx:1 -p 'key={env: SHOP_KEY}' --on "$one" --on "$two" --on "$three")" \
        --wait --timeout 90s
    [ "$(k "$one" get deployment web -o jsonpath='{.status.readyReplicas}')" = 2 ]
    [ "$(k "$two" get deployment web -o jsonpath='{.status.readyReplicas}')" = 2 ]
    [ "$(k "$three" get deployment web -o jsonpath='{.status.readyReplicas}')" = 2 ]
}
check 'an environment is launched on three clusters and becomes healthy' launched
in_order() {
    local c host
    for c in "$one" "$two" "$three"; do
        host=$(k "$c" get service store -o jsonpath='{.spec.clusterIP}')
        field "$c" deployment/web '{.spec.template.spec.containers[0].env[0].value}' "$host"
        field "$c" configmap/conf '{.data.host}' "$host"
        [ "$(k "$c" get secret keys -o jsonpath='{.data.key}' | base64 -d)" = e2e-secret-value ]
    done
}
check 'what one module makes reached the other, and each secret its Secret' in_order
check 'then there is nothing to do' plan
check 'and no drift' clean
differs() {
    local file="$scratch/rendered.yaml"
    k "$one" get configmap/conf deployment/web service/store statefulset/store -o json | python3 -c '
import json, sys
for o in json.load(sys.stdin)["items"]:
    for k in ("creationTimestamp", "generation", "resourceVersion", "uid"): o["metadata"].pop(k, None)
    o.pop("status", None)
    print(json.dumps(o)); print("---")' >"$file"
    k "$one" diff --server-side --field-manager=leeway -f "$file" --force-conflicts
}
check 'kubectl diff --server-side finds no difference' differs
members() {
    local set
    set=$(k "$one" get secret leeway-shop -o jsonpath='{.metadata.labels.applyset\.kubernetes\.io/id}')
    [ "$(k "$one" get configmaps,secrets,services,deployments,statefulsets -l "applyset.kubernetes.io/part-of=$set" -o name | sort | tr '\n' ' ')" = \
        'configmap/conf deployment.apps/web secret/keys service/store statefulset.apps/store ' ]
}
check 'kubectl lists the members of the set' members
refused() {
    printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n' >"$scratch/other.yaml"
    KUBECTL_APPLYSET=true expect_failure 'leeway' k "$one" apply --server-side --prune \
        --applyset=secret/leeway-shop -f "$scratch/other.yaml"
    ! k "$one" get configmap other 2>/dev/null
}
check 'kubectl apply refuses the set and names leeway' refused
managers() {
    [ "$(k "$one" get deployment web -o json --show-managed-fields | python3 -c '
import json, sys
print(" ".join(sorted({m["manager"] + ":" + m["operation"] for m in json.load(sys.stdin)["metadata"]["managedFields"] if "subresource" not in m and m["manager"] != "kube-controller-manager"})))')" = \
        leeway:Apply ]
}
check 'field managers read well' managers

scaled() {
    k "$one" scale deployment web --replicas=5
    drifts "unexpected $one Deployment/web changed .spec.replicas 2>5 person"
}
check 'kubectl scale is seen, and whose it is' scaled
imaged() {
    if [ -n "${E2E_REAL:-}" ]; then
        k "$one" set image deployment web web=nginx:hand
    else # which is a strategic merge patch
        k "$one" patch deployment web --field-manager=kubectl-set --type=json \
            -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:hand"}]'
    fi
    drifts "unexpected $one Deployment/web changed .spec.replicas 2>5 person" \
        "unexpected $one Deployment/web changed .spec.template.spec.containers[name=\"web\"].image nginx:1>nginx:hand person"
}
check 'so is kubectl set image' imaged
one_of_two() {
    revert Deployment/web .spec.replicas --cluster "$one"
    field "$one" deployment/web '{.spec.replicas}' 2
    field "$one" deployment/web '{.spec.template.spec.containers[0].image}' nginx:hand
    drifts "unexpected $one Deployment/web changed .spec.template.spec.containers[name=\"web\"].image nginx:1>nginx:hand person"
}
check 'one field of two is given back, the other stays as it is' one_of_two
check 'then the other' revert Deployment/web
check 'and nothing differs' clean
edited() {
    if [ -n "${E2E_REAL:-}" ]; then
        EDITOR='sed -i s/blue/red/' k "$two" edit configmap conf
    else
        k "$two" patch configmap conf --field-manager=kubectl-edit --type=merge -p '{"data":{"colour":"red"}}'
    fi
    drifts "unexpected $two ConfigMap/conf changed .data.colour blue>red person"
}
check 'kubectl edit is seen' edited
deleted() {
    k "$two" delete configmap conf
    drifts "unexpected $two ConfigMap/conf missing . there>missing "
}
check 'an object that is deleted is missing' deleted
made_again() {
    revert ConfigMap/conf
    field "$two" configmap/conf '{.data.colour}' blue
    wait_for 20 clean
}
check 'and is made again' made_again
injected() {
    kubectl --context "$one" apply -f - <<'END'
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: sidecar}
spec:
  reinvocationPolicy: Never
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE, UPDATE]}]
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >-
        Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [
          Object.spec.template.spec.containers{name: "sidecar", image: "mesh:1"}]}}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: sidecar}
spec: {policyName: sidecar}
END
    has_sidecar() {
        k "$one" annotate deployment web touched="$RANDOM" --overwrite
        k "$one" get deployment web -o jsonpath='{.spec.template.spec.containers[*].name}' | grep -q sidecar
    }
    wait_for 30 has_sidecar
    clean
    plan
}
if kubectl --context "$one" get --raw /apis/admissionregistration.k8s.io/v1 2>/dev/null | grep -q '"mutatingadmissionpolicies"'; then
    check 'a sidecar that admission injects is nobody'"'"'s drift, and no change in a plan' injected
    kubectl --context "$one" delete mutatingadmissionpolicybinding sidecar >/dev/null
else
    skip 'a sidecar that admission injects' 'these clusters have no mutating admission policies'
fi
autoscaled() {
    k "$two" autoscale deployment web --min=4 --max=6 --cpu=50%
    wait_for 60 field "$two" deployment/web '{.spec.replicas}' 4
    wait_for 20 drifts "unexpected $two Deployment/web changed .spec.replicas 2>4 autoscaler"
}
if [ -n "${E2E_REAL:-}" ]; then
    check 'an autoscaler is seen as one' autoscaled
    k "$two" delete hpa web >/dev/null
    check 'what it did is given back' revert Deployment/web
else
    skip 'an autoscaler is seen as one' 'nothing scales here'
fi

accepted() {
    k "$three" scale deployment web --replicas=3
    drifts "unexpected $three Deployment/web changed .spec.replicas 2>3 person"
    "$leeway" accept --env shop Deployment/web .spec.replicas --cluster "$three" --reason 'load test' \
        --until "$(date -u -d '+25 seconds' +%FT%TZ)"
    drifts "accepted $three Deployment/web changed .spec.replicas 2>3 person"
    ! { plan -o json || [ $? = 2 ]; } | grep -E '"(before|after)": "2"'
    field "$three" deployment/web '{.spec.replicas}' 3
}
check 'what is accepted until then is left as it is' accepted
ended() {
    wait_for 60 drifts "unexpected $three Deployment/web changed .spec.replicas 2>3 person"
    { plan -o json || [ $? = 2 ]; } | grep -q '"before": "3"'
    field "$three" deployment/web '{.spec.replicas}' 3
}
check 'at its end it counts again, is in the next plan, and nothing was sent' ended
check 'until it is given back' revert Deployment/web
handed_over() {
    local image='.spec.template.spec.containers[name="web"].image'
    k "$three" patch deployment web --field-manager=kubectl-set --type=json \
        -p '[{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "nginx:theirs"}]'
    drifts "unexpected $three Deployment/web changed $image nginx:1>nginx:theirs person"
    k "$three" get deployment web -w -o jsonpath='{.spec.template.spec.containers[0].image}{"\n"}' >"$scratch/images" 2>&1 &
    watch=$! # not local: the trap comes after the function
    trap 'kill $watch 2>/dev/null || true' EXIT
    wait_for 20 grep -q theirs "$scratch/images"
    "$leeway" apply "$({ "$leeway" handover --env shop Deployment/web "$image" --cluster "$three" \
        --reason 'they deploy it' -o json || [ $? = 2 ]; } | hash_of)"
    k "$three" annotate deployment web told=them # so that the watch has seen all before it
    sleep 2
    kill $watch
    wait $watch 2>/dev/null || true
    cat "$scratch/images"
    [ "$(sort -u "$scratch/images")" = nginx:theirs ]
    [ "$(wc -l <"$scratch/images")" -ge 2 ]
    drifts "allowed $three Deployment/web changed $image nginx:1>nginx:theirs person"
}
check 'one is handed over, and its live value never moves' handed_over
taken_back() {
    local id
    id=$("$leeway" get exceptions -o json | python3 -c '
import json, sys
print([x["uuid"] for x in json.load(sys.stdin)["items"] if x["accepts"] == "anything"][0])')
    "$leeway" accept --end "$id" --reason 'ours again'
    revert Deployment/web --cluster "$three"
    field "$three" deployment/web '{.spec.template.spec.containers[0].image}' nginx:1
    wait_for 20 clean
}
check 'it is taken back' taken_back

upgraded() {
    "$leeway" apply "$(plan_hash upgrade shop --to 1.1.0)" >/dev/null 2>&1 || true
    plan_hash set shop -p image=nginx:broken >/dev/null
    "$leeway" apply "$(file_hash)" --stage "canary=$one" --stage rest >"$scratch/apply" 2>&1 &
    local pid=$!
    wait_for 60 eval '"$leeway" rollout status 2>&1 | tee /dev/stderr | grep -q "1 failed, 0 may"'
    field "$one" deployment/web '{.spec.template.spec.containers[0].image}' nginx:broken
    field "$two" deployment/web '{.spec.template.spec.containers[0].image}' nginx:1
    "$leeway" rollout abort
    ! wait $pid
    field "$two" deployment/web '{.spec.template.spec.containers[0].image}' nginx:1
}
if [ -n "${E2E_REAL:-}" ]; then
    check 'an upgrade whose canary fails stops there' upgraded
else
    skip 'an upgrade whose canary fails stops there' 'every image runs here'
fi
mended() {
    "$leeway" apply "$(plan_hash set shop -p image=nginx:2)" --wait --timeout 90s
    field "$one" deployment/web '{.spec.template.spec.containers[0].image}' nginx:2
    field "$two" deployment/web '{.spec.template.spec.containers[0].image}' nginx:2
    wait_for 20 clean
}
check 'the next one goes everywhere' mended

undone() {
    "$leeway" apply "$(plan_hash set shop -p image=nginx:3)" --wait --timeout 90s
    { "$leeway" rollout undo shop || [ $? = 2 ]; } | tee "$scratch/undo"
    "$leeway" apply "$(sed -n 's/^leeway apply //p' "$scratch/undo")" --wait --timeout 90s
    local c
    for c in "$one" "$two" "$three"; do
        field "$c" deployment/web '{.spec.template.spec.containers[0].image}' nginx:2
    done
    wait_for 20 clean
}
check 'an undo goes back to what was before, everywhere' undone

destroyed() {
    { "$leeway" env destroy shop || [ $? = 2 ]; } | tee "$scratch/destroy"
    "$leeway" apply "$(plan_hash destroy shop)" --prune-anyway
    local c
    for c in "$one" "$two" "$three"; do
        [ "$(k "$c" get deployments,statefulsets,configmaps,services,secrets -l leeway.dev/environment=shop -o name)" = '' ]
        expect_failure 'not found' k "$c" get secret leeway-shop
    done
    [ -f environments/shop.yaml ]
    "$leeway" get targets -o json | grep -q '"phase": *"gone"'
}
check 'destroyed, nothing of it is left but its file' destroyed
space_gone() { local c; for c in "$one" "$two" "$three"; do expect_failure 'not found' kubectl --context "$c" get namespace shop; done; }
kept() { k "$one" get pvc data-store-0 && grep -q 'data-store-0' "$scratch/destroy"; }
check 'claims are kept, and were named' kept
space_kept() {
    grep -q 'stays *Namespace/shop' "$scratch/destroy"
    grep -q 'PersistentVolumeClaim/data-store-0 is still in it' "$scratch/destroy"
    [ "$(kubectl --context "$two" get namespace shop -o jsonpath='{.status.phase}')" = Active ]
}
check 'and the namespace with them, which says why' space_kept
without_claims() {
    local c
    for c in "$one" "$two" "$three"; do k "$c" delete pvc data-store-0 --timeout=60s; done
    "$leeway" apply "$(plan_hash destroy shop)"
    wait_for 120 space_gone
}
check 'without them it is the last to go, with all that controllers had made in it' without_claims
nowhere() { ! grep -rlaE 'e2e-secret-value|ZTJlLXNlY3JldC12YWx1Z' "$scratch/state" "$scratch/apply" "$scratch/destroy"; }
check 'and the secret was written nowhere else' nowhere
