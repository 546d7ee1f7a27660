#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Objects that kubectl apply delivered are taken over by name: what kubectl owned becomes ours, so
# that what is not in the manifests goes, then and later; what others changed since stays theirs.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 1
# shellcheck source=drift.bash
. "$real/drift.bash"

kubectl --context c1 create namespace shop >/dev/null
write() { # IMAGE: as kubectl applied it once, on the client side
    cat <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web, old: "yes"}}
spec:
  replicas: 2
  minReadySeconds: 7
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: $1
        env: [{name: A, value: "1"}, {name: OLD, value: x}]
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: hello}
END
}
write nginx:1 | k apply -f - >/dev/null
check 'kubectl owns it by an update' eval "k get deployment web -o yaml --show-managed-fields | grep -q 'manager: kubectl-client-side-apply'"
k scale deployment web --replicas=5 >/dev/null
k label deployment web theirs=x >/dev/null

cat >"$m/all.yaml" <<'END'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:2
        env: [{name: A, value: "1"}]
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: hello}
END
said() { ours plan -f "$m" --env shop -n shop "$@" >"$scratch/plan" 2>&1 || true; }
has() { local word; for word; do grep -qF -- "$word" "$scratch/plan" || { echo "not there: $word"; cat "$scratch/plan"; return 1; }; done; }
said
check 'the plan names who delivered it, and asks' has 'take over Deployment/web' 'kubectl apply, a person' 'cannot be applied'
check 'it says what would go' has '.metadata.labels.old' 'name="OLD"' '.spec.minReadySeconds'
check 'and shows nothing of the secret' eval "! grep -q 'aGVsbG8\|hello' '$scratch/plan'"
check 'nothing was written' eval "! k get deployment web -o yaml --show-managed-fields | grep -q 'manager: leeway'"
check 'kept, it stays as it is' eval "ours plan -f '$m' --env shop -n shop --keep . | grep -q 'left to kubectl apply'"

# A death before and after the step is taken up again.
take() { plan_hash --take-over .; }
hash=$(take)
check 'taken over by name it can be applied' [ -n "$hash" ]
leeway=$faulty LEEWAY_FAULT=adopting:0 ours apply "$hash" >/dev/null 2>&1 || true
check 'death before it changes nothing' eval "k get deployment web -o yaml --show-managed-fields | grep -q 'manager: kubectl-client-side-apply'"
leeway=$faulty LEEWAY_FAULT=adopted:0 ours apply "$hash" >/dev/null 2>&1 || true
check 'after death behind it, it is taken up' ours apply "$hash"
managers() {
    k get "$1" -o yaml --show-managed-fields | sed -n 's/^ *manager: //p' | sort | paste -sd ' ' >"$scratch/managers"
    [ "$(cat "$scratch/managers")" = "$2" ] || { cat "$scratch/managers"; return 1; }
}
check 'kubectl apply owns nothing any more, others what they changed' managers deployment/web 'kubectl kubectl-label leeway'
check 'nor of the secret' managers secret/token 'leeway'
check 'what was not in the manifests is gone: a label' field deployment/web '{.metadata.labels.old}' ''
check 'an item of a list' field deployment/web '{.spec.template.spec.containers[0].env[*].name}' A
check 'a field is back to its default' field deployment/web '{.spec.minReadySeconds}' ''
check 'and the annotation of kubectl' field deployment/web '{.metadata.annotations.kubectl\.kubernetes\.io/last-applied-configuration}' ''
check 'what others set is as it was: the replicas' field deployment/web '{.spec.replicas}' 5
check 'and a label' field deployment/web '{.metadata.labels.theirs}' x
check 'the manifest is there' field deployment/web '{.spec.template.spec.containers[0].image}' nginx:2
check 'nothing has drifted' clean
sed -i 's/env: .*/env: []/' "$m/all.yaml"
check 'what leaves the manifests later goes as well' give
check 'it is gone' field deployment/web '{.spec.template.spec.containers[0].env}' ''

# Between plan and apply somebody writes what was looked at.
k delete deployment web >/dev/null
rm -r "$scratch/state"
write nginx:1 | sed 's/name: web, labels/name: other, labels/' | k apply -f - >/dev/null
sed 's/name: web, labels/name: other, labels/' "$m/all.yaml" >"$m/other.yaml" && rm "$m/all.yaml"
k label secret token leeway.dev/fleet- leeway.dev/environment- applyset.kubernetes.io/part-of- >/dev/null
k delete secret leeway-shop >/dev/null
hash=$(take)
write nginx:3 | sed 's/name: web, labels/name: other, labels/' | k apply -f - >/dev/null
check 'applied again by kubectl since the plan, it is not taken' expect_failure 'since the plan was made' ours apply "$hash"
keep_one() { plan_hash --take-over . --keep '.spec.template.spec.containers[name="web"].image'; }
hash=$(keep_one)
check 'one field can be left behind' ours apply "$hash"
check 'its value stays' field deployment/other '{.spec.template.spec.containers[0].image}' nginx:3
check 'its owner too' managers deployment/other 'kubectl-client-side-apply leeway'
tap_end
