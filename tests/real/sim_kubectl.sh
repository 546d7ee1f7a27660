#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A real kubectl against the simulated fleet.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
# shellcheck source-path=SCRIPTDIR source=../sim.bash
. "$real/../sim.bash"
[ -x "$leeway" ] || { echo "Bail out! $leeway is not built"; exit 1; }
status=0
programs=$("$real/../../.ci/kubernetes/build" | tail -n 1) || status=$?
if [ $status != 0 ] && [ "${REAL:-}" != required ]; then
    echo '1..0 # SKIP no kubectl: needs Go or KUBEBUILDER_ASSETS'
    exit 0
fi
sim_start sim-kubectl
k() { HOME=$scratch "$programs/kubectl" --kubeconfig "$scratch/config" --context dev-eu-1 "$@"; }
says() { # WORDS ARGUMENTS...
    local words=$1 said
    shift
    said=$(k "$@" 2>&1) || { printf '%s\n' "$said"; return 1; }
    printf '%s\n' "$said"
    case $said in *"$words"*) ;; *) return 1 ;; esac
}
web=deploy/payments-dev-web
gets_watch() {
    k -n payments-dev get cm -w --output-watch-events >"$scratch/watch" 2>&1 &
    local watching=$! n
    for n in $(seq 100); do grep -q ADDED "$scratch/watch" && break; sleep 0.1; done
    sed 's/"m"/"seen"/' "$scratch/map.json" | k -n payments-dev create --validate=false -f - >/dev/null
    k -n payments-dev delete cm seen >/dev/null
    for n in $(seq 100); do grep -q 'DELETED.*seen' "$scratch/watch" && break; sleep 0.1; done
    kill $watching
    cat "$scratch/watch"
    grep -q 'ADDED.*seen' "$scratch/watch" && grep -q 'DELETED.*seen' "$scratch/watch"
}
follows_logs() {
    k -n metrics logs -f deploy/metrics-store --since=1s >"$scratch/logs" 2>&1 &
    local following=$! n
    for n in $(seq 300); do [ "$(grep -c INFO "$scratch/logs")" -ge 2 ] && break; sleep 0.1; done
    kill $following
    cat "$scratch/logs"
    [ "$(grep -c INFO "$scratch/logs")" -ge 2 ]
}
no_owner() { [ -z "$(k -n payments-dev get rs -l app=orphan -o jsonpath='{.items[0].metadata.ownerReferences}')" ]; }
cat >"$scratch/map.json" <<'JSON'
{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"n":"1"}}
JSON
check 'version' says 'v1.36.1+k3s1' version
check 'get' says 'dev-eu-1-2' get nodes
check 'get as JSON' says '"NodeList"' get --raw /api/v1/nodes
check 'api-resources' says 'deployments' api-resources
check 'describe' says 'payments-dev-web' -n payments-dev describe $web
check 'a selector' says 'payments-dev-web-' -n payments-dev get pods -l app=payments-dev-web
check 'create' says 'created' create --validate=false -f "$scratch/map.json"
check 'it is there already' expect_failure 'AlreadyExists' k create --validate=false -f "$scratch/map.json"
check 'merge patch' says 'patched' patch cm m --type merge -p '{"data":{"n":"2"}}'
check 'JSON patch' says 'patched' patch cm m --type json -p '[{"op":"add","path":"/data/x","value":"y"}]'
check 'label' says 'labeled' label cm m a=b
check 'replace' says 'replaced' replace --validate=false -f "$scratch/map.json"
check 'delete' says 'deleted' delete cm m
check 'nothing there' expect_failure 'NotFound' k get cm m
check 'scale' says 'scaled' -n payments-dev scale $web --replicas=4
check 'wait' says 'condition met' -n payments-dev wait --for='jsonpath={.status.readyReplicas}=4' --timeout=60s $web
dev() { k -n payments-dev "$@"; }
check 'get as a table' says 'READY   UP-TO-DATE   AVAILABLE' -n payments-dev get $web
check 'wide' says 'app=payments-dev-web' -n payments-dev get $web -o wide
check 'get -w' gets_watch
check 'annotate' says 'annotated' -n payments-dev annotate $web c=d
check 'api-resources' says 'events.k8s.io/v1' api-resources
check 'events' says 'ScalingReplicaSet' -n payments-dev events --for $web
check 'a new template' says 'patched' -n payments-dev patch $web --type merge -p '{"spec":{"template":{"metadata":{"labels":{"v":"2"}}}}}'
check 'rollout status' says 'successfully rolled out' -n payments-dev rollout status --timeout=90s $web
check 'logs' says 'INFO' -n metrics logs --tail=200 deploy/metrics-store
check 'logs -f' follows_logs
check 'wait' says 'condition met' -n payments-dev wait --for=condition=Available --timeout=60s $web
printf '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"green"}}' >"$scratch/green.json"
cat >"$scratch/definition.yaml" <<'YAML'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget, shortNames: [gd]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}}
    additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer, maximum: 9}, replicas: {type: integer}}}, status: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
YAML
printf 'apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: g}\nspec: {size: 3, replicas: 1}\n' >"$scratch/gadget.yaml"
check 'a definition' says 'created' create -f "$scratch/definition.yaml"
check 'it is established' says 'condition met' wait --for=condition=Established --timeout=20s crd/gadgets.example.org
check 'its kind' says 'gadgets' api-resources --api-group=example.org
check 'an instance' says 'serverside-applied' apply --server-side -f "$scratch/gadget.yaml"
check 'its columns' says 'SIZE' get gd
check 'scale it' says 'scaled' scale gd/g --replicas=5
check 'its schema holds' expect_failure 'should be less than or equal to 9' k patch gd g --type merge -p '{"spec":{"size":12}}'
check 'no strategic merge of it' expect_failure 'is not supported' k patch gd g -p '{"spec":{"size":2}}'
check 'the definition goes' says 'deleted' delete crd gadgets.example.org --timeout=20s
check 'and its instances' expect_failure 'could not find the requested resource' k get --raw /apis/example.org/v1
check 'set image' says 'image updated' -n payments-dev set image $web '*=acme/web:1.6.0'
check 'rollout restart' says 'restarted' -n payments-dev rollout restart $web
check 'patch, strategic' says 'patched' -n payments-dev patch $web -p '{"spec":{"revisionHistoryLimit":3}}'
check 'apply' says 'created' apply -f "$scratch/map.json"
check 'what sends protobuf is not served' expect_failure 'unknown format' k create namespace protobuf
check 'a namespace' says 'created' create --validate=false -f "$scratch/green.json"
check 'and it goes when it is empty' says 'deleted' delete namespace green --timeout=60s

cat >"$scratch/apply.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata: {name: ssa, namespace: payments-dev}
spec:
  replicas: 2
  selector: {matchLabels: {app: ssa}}
  template:
    metadata: {labels: {app: ssa}}
    spec: {containers: [{name: c, image: "x:1"}]}
YAML
sed 's/replicas: 2/replicas: 5/' "$scratch/apply.yaml" >"$scratch/five.yaml"
sed 's/x:1/x:2/' "$scratch/apply.yaml" >"$scratch/image.yaml"
a=(apply --server-side --validate=false)
check 'apply --server-side' says 'serverside-applied' "${a[@]}" -f "$scratch/apply.yaml"
check 'its pods come' says 'condition met' -n payments-dev wait --for=condition=Available --timeout=60s deploy/ssa
check 'scale takes the field' says 'scaled' -n payments-dev scale deploy/ssa --replicas=3
check 'diff --server-side shows it' expect_failure 'replicas: 2' k diff --server-side --force-conflicts -f "$scratch/apply.yaml"
check 'a conflict' expect_failure 'conflict with "kubectl" with subresource "scale"' \
    k "${a[@]}" --field-manager=other -f "$scratch/five.yaml"
check '--force-conflicts' says 'serverside-applied' "${a[@]}" --field-manager=other --force-conflicts -f "$scratch/five.yaml"
check 'whose the field is now' says 'other' -n payments-dev get deploy/ssa --show-managed-fields -o yaml
check 'patch --type merge' says 'patched' -n payments-dev patch deploy/ssa --type merge -p '{"spec":{"replicas":1}}'

owned() { # NAME: how many ReplicaSets and pods have that label
    dev get rs,pods -l app="$1" -o name | wc -l
}
none_owned() { for _ in $(seq 100); do [ "$(owned "$1")" = 0 ] && return; sleep 0.2; done; return 1; }
for policy in background foreground orphan; do
    sed "s/ssa/$policy/g" "$scratch/apply.yaml" >"$scratch/one.yaml"
    check "$policy: applied" says 'serverside-applied' "${a[@]}" -f "$scratch/one.yaml"
    check "$policy: available" says 'condition met' -n payments-dev wait --for=condition=Available --timeout=60s deploy/$policy
    check "$policy: deleted" says 'deleted' -n payments-dev delete deploy/$policy --cascade=$policy --timeout=60s
    if [ $policy = orphan ]; then
        check 'orphan: its ReplicaSet stays' says 'orphan-' -n payments-dev get rs -l app=orphan -o name
        check 'orphan: without an owner' no_owner
    else
        check "$policy: nothing is left" none_owned $policy
    fi
done
check 'delete with what it owns' says 'deleted' -n payments-dev delete $web
check 'its pods end' says 'met' -n payments-dev wait --for=delete pods -l app=payments-dev-web --timeout=60s
check 'no pods are left' says 'No resources found' -n payments-dev get pods -l app=payments-dev-web
tap_end
