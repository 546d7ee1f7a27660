#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# leeway drift and revert on a real API server: what people and programs do to objects, who is named
# for it, what is no drift although it differs, and fields given back one by one.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

clusters_start --count 1
# shellcheck source=drift.bash
. "$real/drift.bash"

cat >"$m/all.yaml" <<'END'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: things, kind: Thing}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object,
      x-kubernetes-preserve-unknown-fields: true}}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, tier: front}, annotations: {note: a}}
spec:
  replicas: 2
  paused: false
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.25
        env: [{name: A, value: "1"}, {name: B, value: ""}]
        ports: [{containerPort: 80}, {containerPort: 53, protocol: UDP}, {containerPort: 53}]
        resources: {requests: {cpu: 1000m, memory: 1024Mi}, limits: {cpu: "2"}}
        command: [nginx, -g]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1", b: "2", empty: ""}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: nothing}
data: {}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: hello}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader}
rules: [{apiGroups: [""], resources: [pods], verbs: [get, list]}]
END
check 'a folder is applied' give
cat >"$m/thing.yaml" <<'END'
apiVersion: x.io/v1
kind: Thing
metadata: {name: one}
spec: {size: 3, deep: {list: [1, 2]}}
END
check 'and an object of its new kind' give
environment() {
    ours get environments -o json >"$scratch/out"
    local words
    words=$(grep -E '"(name|namespace|targets|release)"' "$scratch/out" | tr -d ' \n')
    [ "$words" = '"name":"shop","namespace":"shop","targets":1,"release":2,' ] || { cat "$scratch/out"; return 1; }
}
check 'the environment is listed with its release' environment
note "the server: $(server_version)"

# ---- what is no drift ----
# Seen on this server: CPU 1000m is kept as written by an apply, defaults are filled in beside ours,
# ports without protocol, empty maps and strings, stringData that became data.
check 'defaults and quantity forms raise no alarm' clean
"$real/set-status" -n shop deployment/web available >/dev/null
check 'nor does a status' clean
k annotate deployment web theirs=x >/dev/null
k label deployment web theirs=x >/dev/null
check "nor do other people's annotations and labels" clean
k patch deployment web --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","livenessProbe":{"exec":{"command":["x"]}}}]}}}}' >/dev/null
check 'nor do fields that nobody gave' clean
k patch deployment web --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:1"}]}}}}' >/dev/null
check "nor does somebody else's container" clean
k patch deployment web --type=json -p '[{"op":"test","path":"/spec/replicas","value":2},{"op":"replace","path":"/spec/replicas","value":2}]' >/dev/null
check 'nor does a write of the same value' clean
k patch deployment web --type=strategic -p '{"spec":{"template":{"spec":{"containers":[{"name":"web","resources":{"requests":{"cpu":"1","memory":"1Gi"}}}]}}}}' >/dev/null
check 'nor do quantities written in another form' clean
k patch configmap nothing -p '{"data":{"theirs":"x"}}' >/dev/null
check 'nor what others put into an empty map' clean
printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n' |
    k apply --server-side --field-manager=other -f - >/dev/null
check 'nor an owner beside us of the same value' clean
printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {}\n' |
    k apply --server-side --field-manager=other -f - >/dev/null
check 'nor when it lets go again' clean

# ---- who did what ----
R='unexpected Deployment/web changed .spec.replicas 2>'
k scale deployment web --replicas=6 >/dev/null
check 'kubectl scale' drifts "${R}6 kubectl scale person"
check 'one field is given back' revert deployment/web .spec.replicas
check 'and it is' field deployment/web '{.spec.replicas}' 2
check 'and that was all' clean
k set image deployment/web web=nginx:2 >/dev/null
I='Deployment/web changed .spec.template.spec.containers[name="web"].image nginx:1.25>nginx:2'
check 'kubectl set image' drifts "unexpected $I kubectl set person"
k label deployment web tier=back --overwrite >/dev/null
T='unexpected Deployment/web changed .metadata.labels.tier front>back kubectl label person'
check 'kubectl label' drifts "$T" "unexpected $I kubectl set person"
check 'of two fields one is given back' revert deployment/web .metadata.labels.tier
check 'the other one is as it was' field deployment/web '{.spec.template.spec.containers[?(@.name=="web")].image}' nginx:2
check 'and still said' drifts "unexpected $I kubectl set person"
check 'the rest is given back' revert deployment/web
check 'all is clean' clean
k annotate deployment web note=b --overwrite >/dev/null
check 'kubectl annotate' drifts 'unexpected Deployment/web changed .metadata.annotations.note a>b kubectl annotate person'
k annotate deployment web note- >/dev/null
check 'a field that was taken out leaves no trace' drifts 'unexpected Deployment/web removed .metadata.annotations.note a>- no trace kept '
check 'it is put back' revert deployment/web
check 'it is there' field deployment/web '{.metadata.annotations.note}' a
k patch deployment web --type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/1/env/0"}]' >/dev/null
check 'an item of a list' drifts 'unexpected Deployment/web removed .spec.template.spec.containers[name="web"].env[name="A"] there>- no trace kept '
k patch deployment web --type=json -p '[{"op":"replace","path":"/spec/template/spec/containers/1/command/1","value":"-t"}]' >/dev/null
check 'an atomic list is compared whole' drifts 'unexpected Deployment/web changed .spec.template.spec.containers[name="web"].command ["nginx","-g"]>["nginx","-t"] kubectl patch person' \
    'unexpected Deployment/web removed .spec.template.spec.containers[name="web"].env[name="A"] there>- no trace kept '
check 'and given back whole, with the item' revert deployment/web
check 'which is there' field deployment/web '{.spec.template.spec.containers[?(@.name=="web")].env[0].name}' A
k patch role reader --type=json -p '[{"op":"add","path":"/rules/0/verbs/-","value":"delete"}]' >/dev/null
check 'rules of a role' drifts 'unexpected Role/reader changed .rules [{"apiGroups":[""],"resources":["pods"],"verbs":["get","list"]}]>[{"apiGroups":[""],"resources":["pods"],"verbs":["get","list","delete"]}] kubectl patch person'
check 'are given back' revert role/reader
k patch configmap settings -p '{"data":{"empty":"full"}}' >/dev/null
check 'an empty string that is not empty any more' drifts 'unexpected ConfigMap/settings changed .data.empty >full kubectl patch person'
check 'is emptied' revert configmap/settings
k patch thing one --type=merge -p '{"spec":{"size":4}}' >/dev/null
check 'an object of another kind' drifts 'unexpected Thing/one changed .spec.size 3>4 kubectl patch person'
check 'is given back' revert thing/one
printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 5}\n' |
    k apply --server-side --force-conflicts --field-manager=argocd-controller -f - >/dev/null
check 'another delivery tool' drifts "${R}5 Argo CD delivery tool"
check 'is overruled by name' revert deployment/web
# Its own entry still holds the field, with our value now: it may write it again.
k get --raw "/apis/apps/v1/namespaces/shop/deployments/web" >/dev/null
curl -sk --fail -X PATCH -H "Authorization: Bearer $(cat "$scratch/cp/pki/admin.token")" \
    -H 'Content-Type: application/merge-patch+json' -d '{"spec":{"replicas":9}}' \
    "https://127.0.0.1:$(cat "$scratch/cp/port/1")/apis/apps/v1/namespaces/shop/deployments/web/scale?fieldManager=kube-controller-manager" >/dev/null
check 'an autoscaler' drifts "${R}9 HPA autoscaler"
check 'is given back' revert deployment/web
k patch secret token -p '{"data":{"password":"d29ybGQ="}}' >/dev/null
secret() {
    rows >/dev/null
    grep -q '"kind": "changed"' "$scratch/rows.json" && grep -q '‹secret …' "$scratch/rows.json" &&
        ! grep -q d29ybGQ "$scratch/rows.json" && ! grep -rq aGVsbG8 "$scratch/state"
}
check 'a secret is told from another without being shown' secret
check 'and is given back from the folder' revert secret/token
check 'it is' field secret/token '{.data.password}' aGVsbG8=

# ---- whole objects ----
k delete configmap settings >/dev/null
check 'an object that was deleted' drifts 'unexpected ConfigMap/settings missing . there>missing no trace kept '
check 'is made again' revert configmap/settings
check 'it is there' field configmap/settings '{.data.a}' 1
check 'and all is clean' clean
k delete configmap settings >/dev/null
k create configmap settings --from-literal=a=1 >/dev/null
replaced() { rows | grep -q $'^unexpected\tConfigMap/settings\treplaced\t'; }
check 'an object that was made anew by somebody' replaced
k delete configmap settings >/dev/null
check 'is made again' revert configmap/settings
k label configmap settings leeway.dev/fleet- >/dev/null
check 'a label of ours that was taken off' drifts 'unexpected ConfigMap/settings relabelled . there>relabelled no trace kept '
check 'is put back' revert configmap/settings
k patch configmap settings -p '{"metadata":{"finalizers":["x.io/stay"]}}' >/dev/null
k delete configmap settings --wait=false >/dev/null
terminating() { rows | grep -q $'^unexpected\tConfigMap/settings\tterminating\t'; }
check 'an object on its way out' terminating
k patch configmap settings --type=json -p '[{"op":"remove","path":"/metadata/finalizers"}]' >/dev/null
check 'and gone' drifts 'unexpected ConfigMap/settings missing . there>missing no trace kept '
check 'is made again' revert configmap/settings
k patch deployment web --type=json -p '[{"op":"replace","path":"/metadata/managedFields","value":[{}]}]' >/dev/null
check 'ownership that was wiped' drifts 'unexpected Deployment/web ownership lost . there>ownership lost no trace kept '
check 'is taken again' revert deployment/web
check 'all is clean at the end' clean

# ---- over time ----
"$leeway" drift --env shop --cluster c1 --watch -o json >"$scratch/watch.json" 2>/dev/null &
watcher=$!
until_line() { # PATTERN: within ten seconds
    local tries
    for tries in $(seq 100); do
        grep -q "$1" "$scratch/watch.json" && return
        sleep 0.1
    done
    cat "$scratch/watch.json"
    return 1
}
sleep 1
k scale deployment web --replicas=7 >/dev/null
check 'it is seen at once, as being checked' until_line '"event":"new".*"verdict":"checking".*"live":"7"'
check 'and counts later' until_line '"event":"changed".*"verdict":"unexpected".*"live":"7"'
k scale deployment web --replicas=2 >/dev/null
check 'the value is right again, the owner is not' until_line '"kind":"ownership lost"'
kill "$watcher" 2>/dev/null || true
wait "$watcher" 2>/dev/null || true
owner='unexpected Deployment/web ownership lost .spec.replicas 2>2 kubectl scale person'
check 'ownership alone is drift as well' drifts "$owner"
check 'and is taken back' revert deployment/web
"$real/controlplane" stop-apiserver "$scratch/cp" 1
down() { local status=0; drift --timeout 8s >/dev/null 2>&1 || status=$?; [ $status = 3 ]; }
check 'a silent cluster is unknown, not clean' down
"$real/controlplane" start-apiserver "$scratch/cp" 1
check 'and clean when it is back' clean
tap_end
