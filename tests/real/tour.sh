#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The tour of the guide (ui/tour.def) in a terminal on real control planes: tests/pty/test_tour presses its
# keys in the console and waits for what each leads to. Beside it somebody scales with kubectl, and what the
# screen says is compared with what the clusters have. `tour.sh do STEP` and `tour.sh see STEP` are that side.
set -euo pipefail

k() { kubectl --context "$1" -n kiosk "${@:2}"; }

# is CLUSTER JSONPATH VALUE: of the Deployment that the tour launches.
is() {
    local got
    got=$(k "$1" get deployment kiosk-web -o "jsonpath=$2")
    [ "$got" = "$3" ] || { echo "$1: $2 is $got, not $3" >&2; return 1; }
}
image() { is "$1" '{.spec.template.spec.containers[0].image}' "registry.example/shop:$2"; }
absent() { # CLUSTER KIND...
    local got
    got=$(k "$1" get "${@:2}" -o name --ignore-not-found)
    [ -z "$got" ] || { echo "$1 has $got" >&2; return 1; }
}

do_drift() { k dev-eu-1 scale deployment kiosk-web --replicas=4; }

see_draft() { for c in dev-eu-1 dev-us-1; do absent $c namespace/kiosk; done; }
see_apply() { see_draft; }
see_launched() { image dev-us-1 1.4.2 && absent dev-eu-1 deployments; }
see_healthy() { for c in dev-eu-1 dev-us-1; do image $c 1.4.2 && is $c '{.status.readyReplicas}' 2; done; }
see_accepted() { is dev-eu-1 '{.spec.replicas}' 4; }
see_launched2() { image dev-us-1 1.5.0 && image dev-eu-1 1.4.2; }
see_upgraded() { for c in dev-eu-1 dev-us-1; do image $c 1.5.0; done && is dev-eu-1 '{.spec.replicas}' 4; }
see_as_before() { for c in dev-eu-1 dev-us-1; do image $c 1.4.2; done && is dev-us-1 '{.spec.replicas}' 2; }

case ${1:-} in
do | see)
    if declare -F "$1_$2" >/dev/null; then "$1_$2" >/dev/null; fi
    exit
    ;;
esac

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
build=$(cd "${top_builddir:-$real/../../build}" && pwd)
[ -x "$build/tests/pty/test_tour" ] || { echo '1..0 # SKIP this was built without the console, or without libvterm'; exit 0; }
# All fit, two are used; the others have no controllers, and no nodes.
names=(dev-eu-1 dev-us-1 dev-ap-1 dev-eu-2)
clusters_start --count ${#names[@]}
for n in 1 2; do "$real/controlplane" start-controllers "$scratch/cp" $n; done
for i in "${!names[@]}"; do
    sed -i -E "s/(name: |cluster: )c$((i + 1))\$/\1${names[i]}/; s/cluster: c$((i + 1)),/cluster: ${names[i]},/" \
        "$scratch/cp/kubeconfig/token"
done
kubectl --context dev-us-1 label node node topology.kubernetes.io/region=us-east >/dev/null
kubectl --context dev-eu-1 label node node topology.kubernetes.io/region=eu-west >/dev/null

mkdir "$scratch/fleet"
cp -r "$real/../../doc/examples/catalog" "$scratch/fleet/"
cat >"$scratch/fleet/leeway.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: acme}
spec:
  inventory:
    - kubeconfig: {contexts: ["dev-*"], labels: {tier: dev}}
    - kubeconfig: {contexts: [dev-us-1], labels: {canary: "true"}}
  catalogs: [./catalog]
  approvals: {required: 0}
END
cat >"$scratch/fleet/catalog/teams/demo.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Team
metadata: {name: demo}
spec:
  members: [{user: "$(id -un)"}]
  blueprints: ["web-*", preview-environment]
  clusters: {tier: dev}
  may: [launch, plan, apply, revert, accept, destroy]
END
objects() { # CLUSTER: what it has, but for what comes and goes by itself
    kubectl --context "$1" get namespaces,clusterroles,clusterrolebindings,customresourcedefinitions -o name
    kubectl --context "$1" get all,configmaps,secrets,serviceaccounts,ingresses,networkpolicies,resourcequotas,limitranges \
        --all-namespaces -o name
}
for c in "${names[@]}"; do objects "$c" >"$scratch/before-$c"; done

walked() {
    LEEWAY_TOUR_FLEET=$scratch/fleet LEEWAY_TOUR_ASIDE=$real/tour.sh TMPDIR=$scratch \
        top_builddir=$build "$build/tests/pty/test_tour" >"$scratch/said" 2>&1 || { cat "$scratch/said"; return 1; }
}
began=$SECONDS
check 'from the form to the end, each step with what the clusters have' walked
note "that took $((SECONDS - began)) s"
sed -n '/^# /p' "$scratch/said"
as_before() { for c in "${names[@]}"; do objects "$c" | diff "$scratch/before-$c" -; done; }
check 'nothing is left on the clusters' wait_for 60 as_before
kept() { [ -f "$scratch/fleet/environments/kiosk.yaml" ]; }
check 'its file is kept' kept
nowhere() { [ -z "$(find "$scratch" -maxdepth 1 -name 'leeway-tour-*')" ]; }
check 'nor is anything left in the folder for what is temporary' nowhere
tap_end
