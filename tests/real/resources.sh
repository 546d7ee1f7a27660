#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Any kind over real API servers: what they print, over several clusters, as tables and as objects.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 2

leeway=${top_builddir:-$(dirname "${BASH_SOURCE[0]}")/../../build}/leeway

for c in c1 c2; do
    k() { kubectl --context "$c" "$@"; }
    k create ns shop >"$scratch/log" 2>&1
    k -n shop create deployment web --image=nginx --replicas=3 >>"$scratch/log"
    k -n shop create secret generic key --from-literal=password=hunter2 >>"$scratch/log"
done
kubectl --context c1 apply -f - >>"$scratch/log" 2>&1 <<'END'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget, shortNames: [gg]}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
    additionalPrinterColumns:
    - {name: Size, type: integer, jsonPath: .spec.size}
    - {name: Hidden, type: string, jsonPath: .spec.note, priority: 1}
END
kubectl --context c1 wait --for=condition=Established crd/gadgets.example.com >>"$scratch/log"
kubectl --context c1 -n shop apply -f - >>"$scratch/log" <<'END'
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g1}
spec: {size: 7, note: "\e]52;c;eA==\a"}
END

get() { "$leeway" get "$@" 2>"$scratch/errors"; }

check 'a short name, all namespaces, both clusters' \
    grep -Eq '^c2 +shop +web +0/3 +0 +0 ' <(get deploy -A)
check 'columns of lower priority only when asked for' expect_failure '' \
    grep -q IMAGES <(get deploy -A)
check 'and then they are there' grep -q 'IMAGES' <(get deploy -A -o wide)
check 'the columns of a custom resource' grep -Eq '^c1 +shop +g1 +7$' <(get gg -A)
check 'escape sequences are shown, not sent' grep -q '\^\[\]52' <(get gadgets.example.com -A -o wide)
check 'a cluster that does not serve a kind has none of it' test "$(get gg -A | wc -l)" = 2
check 'a kind that nobody serves is a failure' expect_failure '' get nosuchkind
check 'selectors' test -z "$(get deploy -A --labels app=other)"
check 'a name' test "$(get deploy web -n shop -o name | wc -l)" = 2
check 'secrets are masked' expect_failure '' grep -q "$(printf hunter2 | base64)" <(get secret key -n shop -o json)
check 'and there' grep -q 'secret, 12 bytes' <(get secret key -n shop -o json)
check 'as YAML, with what was asked' grep -q 'cluster: c2' <(get deploy web -n shop -o yaml)

kubectl --context c1 -n shop scale deployment/web --replicas=5 >>"$scratch/log"
check 'blame names who took a field' grep -Eq '^.spec.replicas +kubectl scale +person +1 +1 +5$' \
    <("$leeway" blame deploy/web -n shop)
check 'and who has it elsewhere' grep -Eq '^.spec.replicas +kubectl create +person +1 +1 +3$' \
    <("$leeway" blame deploy/web -n shop)

cat >"$scratch/script" <<'END'
settle
keys :
type deploy shop
keys Enter
until 0/3
snapshot table
keys y
until replicas: 5
keys ]
snapshot margin
END
XDG_STATE_HOME=$scratch/state "$leeway" console --script "$scratch/script" >"$scratch/screens" 2>&1 || true
check 'the table over both clusters' grep -Eq '2 on 2 clusters' "$scratch/screens"
check 'owners stand in the margin' grep -q 'kubectl scale .*replicas: 5' "$scratch/screens"

"$real/controlplane" stop-apiserver "$scratch/cp" 2
status=0
get deploy -A --timeout 5s >"$scratch/out" || status=$?
check 'a cluster that is down is named' grep -q '^c2: not listed: ' "$scratch/errors"
check 'and the answer is partly unknown' test "$status" = 3
check 'what is known is shown' grep -q '^c1 ' "$scratch/out"

tap_end
