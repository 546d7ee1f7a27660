#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# leeway plan and apply on a real API server: fifty objects of a dozen kinds, what leaves, whose a
# field is, what cannot be changed in place, secrets, the brake, and death at every point between.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
clusters_start --count 2
export XDG_STATE_HOME=$scratch/state
m=$scratch/m
mkdir "$m"

k() { kubectl --context c1 -n shop "$@"; }
# Plans leave with 2 when there are changes: not a failure here.
plan() { # ARGUMENT...: the text
    local status=0
    "$leeway" plan -f "$m" --env shop -n shop --cluster c1 "$@" || status=$?
    [ $status = 0 ] || [ $status = 2 ] || return $status
}
hash_of() { plan -o json "$@" | sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
apply() { "$leeway" apply "$@" --cluster c1; }
plan_and_apply() { apply "$(hash_of "$@")"; }
says() { # WORDS COMMAND...
    local words=$1 said
    shift
    said=$("$@" 2>&1) || true
    printf '%s\n' "$said"
    grep -qF -- "$words" <<<"$said"
}
says_not() {
    local words=$1 said
    shift
    said=$("$@" 2>&1) || true
    printf '%s\n' "$said"
    ! grep -qF -- "$words" <<<"$said"
}

manifests() {
    local i
    rm -f "$m"/*
    for i in $(seq 30); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-%s}\ndata: {num: "%s", keep: "x"}\n' "$i" "$i"
    done >"$m/conf.yaml"
    for i in 1 2 3; do
        cat <<END
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-$i, labels: {app: web-$i}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web-$i}}
  template:
    metadata: {labels: {app: web-$i}}
    spec:
      containers:
      - {name: web, image: "registry.example/web:1", env: [{name: A, value: "1"}, {name: B, value: "2"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web-$i}
spec: {selector: {app: web-$i}, ports: [{port: 80}]}
END
    done >"$m/web.yaml"
    cat >"$m/rest.yaml" <<'END'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {password: hunter2}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: robot}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robot}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: robot}
subjects: [{kind: ServiceAccount, name: robot, namespace: shop}]
---
apiVersion: v1
kind: LimitRange
metadata: {name: limits}
spec: {limits: [{type: Container, default: {memory: 64Mi}}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "registry.example/db:1"}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: c, image: "registry.example/c:1"}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 1, selector: {matchLabels: {app: web-1}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  defaultBackend: {service: {name: web-1, port: {number: 80}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Widget, plural: widgets}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: example.org/v1
kind: Widget
metadata: {name: first}
spec: {size: 3}
END
}

manifests
fifty() {
    says '50 changes on 1 cluster' plan
    plan_and_apply
    [ "$(k get cm,deploy,svc,sa,role,pvc,sts,cronjob,pdb,ingress,widget -l leeway.dev/environment=shop -o name | wc -l)" -ge 44 ]
    k get secret leeway-shop -o yaml | grep -q 'applyset.kubernetes.io/tooling: leeway/'
}
check 'fifty objects of sixteen kinds, a definition and its object among them' fifty

nothing() {
    local before after
    before=$(k get cm,deploy,secret -o jsonpath='{.items[*].metadata.resourceVersion}')
    says 'nothing to do' plan
    says 'nothing to do' apply "$(hash_of)"
    after=$(k get cm,deploy,secret -o jsonpath='{.items[*].metadata.resourceVersion}')
    [ "$before" = "$after" ]
}
check 'planned again there is nothing to do, and nothing is sent' nothing

secret() {
    [ "$(k get secret key -o jsonpath='{.data.password}' | base64 -d)" = hunter2 ]
    ! grep -aq aHVudGVyMg "$XDG_STATE_HOME"/leeway/*
    ! grep -aq hunter2 "$XDG_STATE_HOME"/leeway/*
}
check 'a secret arrives, and is nowhere in the store' secret

field_leaves() {
    sed -i 's/num: "1", keep: "x"/num: "1"/' "$m/conf.yaml"
    sed -i '0,/  replicas: 2/{/  replicas: 2/d}' "$m/web.yaml"
    says 'it left the manifests' plan
    says 'back to its default' plan
    says '.spec.replicas  2 → 1' plan
    plan_and_apply
    [ "$(k get cm conf-1 -o jsonpath='{.data.keep}')" = '' ]
    [ "$(k get deploy web-1 -o jsonpath='{.spec.replicas}')" = 1 ]
}
check 'a field that leaves the folder goes, or to its default, and the plan said so' field_leaves

object_leaves() {
    sed -i '/name: conf-30}/,$d' "$m/conf.yaml"
    sed -i '$d;' "$m/conf.yaml"; sed -i '$d;' "$m/conf.yaml"; sed -i '$d;' "$m/conf.yaml"
    says 'delete    ConfigMap/conf-30' plan
    plan_and_apply
    ! k get cm conf-30
}
check 'an object that leaves the folder is a planned deletion' object_leaves

conflict() {
    printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-2}\ndata: {num: "theirs"}\n' |
        k apply --server-side --force-conflicts -f - --field-manager=other-team
    says 'owned by other-team' plan
    says 'cannot be applied' plan
    expect_failure 'cannot be applied' apply "$(hash_of)"
    [ "$(k get cm conf-2 -o jsonpath='{.data.num}')" = theirs ]
}
check 'a conflict is named with its owner, and not forced' conflict
keep() {
    plan_and_apply --keep .data.num
    [ "$(k get cm conf-2 -o jsonpath='{.data.num}')" = theirs ]
}
check 'keeping theirs leaves it' keep
moved() {
    local h
    h=$(hash_of --take-over .data.num)
    k patch cm conf-2 --type merge -p '{"data":{"num":"later"}}' --field-manager=other-team
    expect_failure 'since the plan was made' apply "$h"
    [ "$(k get cm conf-2 -o jsonpath='{.data.num}')" = later ]
}
check 'what moved since the plan is not overruled' moved
take() {
    plan_and_apply --take-over .data.num
    [ "$(k get cm conf-2 -o jsonpath='{.data.num}')" = 2 ]
}
check 'taking over does, when it was said' take

immutable() {
    local uid
    uid=$(k get deploy web-2 -o jsonpath='{.metadata.uid}')
    sed -i 's/app: web-2}}$/app: web-two}}/' "$m/web.yaml"
    says 'is immutable: delete, then create' plan
    plan_and_apply
    [ "$(k get deploy web-2 -o jsonpath='{.spec.selector.matchLabels.app}')" = web-two ]
    [ "$(k get deploy web-2 -o jsonpath='{.metadata.uid}')" != "$uid" ]
}
check 'an immutable field is a replacement' immutable

union() {
    sed -i '0,/^spec:$/s//spec:\n  strategy: {type: Recreate}/' "$m/web.yaml"
    plan_and_apply
    [ "$(k get deploy web-1 -o jsonpath='{.spec.strategy.type}')" = Recreate ]
    says 'nothing to do' plan
}
check 'a member of a union is owned first and then dropped' union

brake() {
    cp "$m/conf.yaml" "$scratch/conf.yaml"
    rm "$m/conf.yaml"
    says '--prune-anyway' plan
    expect_failure 'would be deleted' apply "$(hash_of)"
    cp "$scratch/conf.yaml" "$m/conf.yaml"
    says 'nothing to do' plan
}
check 'more than a third is not deleted without a word' brake

shared() {
    sed -i '1,4d' "$m/rest.yaml"
    says 'delete    Namespace/shop' plan
    plan_and_apply
    says 'Active' k get ns shop
}
check 'a namespace that leaves stays until that is confirmed by itself' shared

invalid() {
    local status=0
    printf 'apiVersion: v1\nkind: Service\nmetadata: {name: bad}\nspec: {ports: [{port: 99999}]}\n' >"$m/bad.yaml"
    says 'error     Service/bad' plan
    "$leeway" plan -f "$m" --env shop -n shop --cluster c1 || status=$?
    rm "$m/bad.yaml"
    [ $status = 3 ]
}
check 'what the server refuses is an error of the plan' invalid

forbidden() {
    local status=0
    KUBECONFIG=$scratch/cp/kubeconfig/limited "$leeway" plan -f "$m" --env mine -n shop --cluster c1 || status=$?
    [ $status = 3 ]
}
check 'what is forbidden is no plan without changes' forbidden

interrupted() {
    local i h status=0
    mkdir "$scratch/many"
    for i in $(seq 400); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: many-%s}\n' "$i"
    done >"$scratch/many/all.yaml"
    h=$("$leeway" plan -f "$scratch/many" --env many -n many --cluster c2 -o json |
        sed -n 's/^  "hash": "\(.*\)",$/\1/p') || true
    "$leeway" apply "$h" --cluster c2 >"$scratch/out" 2>&1 &
    i=$!
    until grep -q 'many-' "$scratch/out"; do kill -0 $i || break; done
    kill -INT $i
    wait $i || status=$?
    tail -n 3 "$scratch/out"
    [ $status = 130 ] || [ $status = 0 ]
    "$leeway" apply "$h" --cluster c2
    [ "$(kubectl --context c2 -n many get cm -l leeway.dev/environment=many -o name | wc -l)" = 400 ]
    says 'nothing to do' "$leeway" plan -f "$scratch/many" --env many -n many --cluster c2
}
check 'interrupted, it goes on when it is called again' interrupted

# --- death at every point -------------------------------------------------------------------
# From one state to another with a creation, an update, a replacement and a deletion, killed at
# each point as often as it is passed; then the same verb again, until it is done.

mkdir "$scratch/f"
fault_manifests() { # 1: before, 2: after
    rm -f "$scratch"/f/*
    if [ "$1" = 1 ]; then
        printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {num: "1"}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: gone}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nimmutable: true\nstringData: {p: one}\n'
    else
        printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {num: "2"}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: new}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nimmutable: true\nstringData: {p: two}\n'
    fi >"$scratch/f/all.yaml"
}
fleap() { # the hash of the plan
    local status=0
    "$leeway" plan -f "$scratch/f" --env fault -n fault --cluster c2 -o json >"$scratch/plan" || status=$?
    [ $status = 0 ] || [ $status = 2 ] || return $status
    sed -n 's/^  "hash": "\(.*\)",$/\1/p' "$scratch/plan"
}
end_state() {
    kubectl --context c2 -n fault get cm,secret -l leeway.dev/environment=fault \
        -o jsonpath='{range .items[*]}{.kind}/{.metadata.name} {.data}{"\n"}{end}'
    kubectl --context c2 -n fault get secret leeway-fault -o jsonpath='{.metadata.annotations}'
}
leeway=${leeway%/*}/tests/leeway-faults # from here on
die_at() { # POINT COUNT: 0 it died and recovered, 1 the point was not passed so often, 2 wrong end
    local h status=0 tries=0 end
    fault_manifests 1
    h=$(fleap) && "$leeway" apply "$h" --cluster c2 >/dev/null || return 2
    fault_manifests 2
    case $1 in
    planned | *-stored)
        if [ "$1" != result-stored ]; then
            LEEWAY_FAULT=$1:$2 fleap >/dev/null || status=$?
        fi
        ;;
    esac
    h=$(fleap) || return 2
    if [ $status = 0 ]; then
        LEEWAY_FAULT=$1:$2 "$leeway" apply "$h" --cluster c2 >/dev/null 2>&1 || status=$?
    fi
    [ $status = 0 ] || [ $status = 137 ] || return 2
    while ! "$leeway" apply "$h" --cluster c2 >"$scratch/again" 2>&1; do
        tries=$((tries + 1))
        # a release that had ended: its plan is not what is to be done any more
        grep -q 'since the plan was made' "$scratch/again" && break
        [ $tries -lt 3 ] || { cat "$scratch/again"; return 2; }
    done
    h=$(fleap)
    grep -q '"changes": 0' "$scratch/plan" || { cat "$scratch/plan"; return 2; }
    end=$(end_state)
    [ ! -e "$scratch/end" ] || [ "$end" = "$(cat "$scratch/end")" ] ||
        { printf 'ended as\n%s\nnot as\n%s\n' "$end" "$(cat "$scratch/end")"; return 2; }
    [ $status = 137 ] || return 1
}
everywhere() { # POINT
    local n status
    for n in 0 1 2 3 4 5 6 7 8 9; do
        status=0
        die_at "$1" $n || status=$?
        [ $status != 2 ] || { echo "killed at $1, pass $n"; return 1; }
        [ $status = 0 ] || break
    done
    echo "$1: killed $n times"
    [ "$n" -gt 0 ]
}
undisturbed() { die_at none 0 || [ $? = 1 ]; end_state >"$scratch/end"; }
check 'the end without any fault' undisturbed
for point in planned environment-stored plan-stored release-opened stage-opened parent-written \
    sending sent result-stored step-opened delete-sent deleted target-done release-done; do
    check "killed at $point, as often as it is passed: the same end" everywhere $point
done

tap_end
