#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A real kubectl against the simulated fleet.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
leeway=${top_builddir:-$real/../../build}/leeway
[ -x "$leeway" ] || { echo "Bail out! $leeway is not built"; exit 1; }
status=0
programs=$("$real/../../.ci/kubernetes/build" | tail -n 1) || status=$?
if [ $status != 0 ] && [ "${REAL:-}" != required ]; then
    echo '1..0 # SKIP no kubectl: needs Go or KUBEBUILDER_ASSETS'
    exit 0
fi
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-sim.XXXXXX")
pid=
trap '[ -z "$pid" ] || kill "$pid"; wait; rm -rf "$dir"' EXIT
"$leeway" sim --quiet --kubeconfig-out "$dir/config" >"$dir/out" 2>&1 &
pid=$!
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
k() { HOME=$dir "$programs/kubectl" --kubeconfig "$dir/config" --context dev-eu-1 "$@"; }
says() { # WORDS ARGUMENTS...
    local words=$1 said
    shift
    said=$(k "$@" 2>&1) || { printf '%s\n' "$said"; return 1; }
    printf '%s\n' "$said"
    case $said in *"$words"*) ;; *) return 1 ;; esac
}
web=deploy/payments-dev-web
cat >"$dir/map.json" <<'JSON'
{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"n":"1"}}
JSON
check 'version' says 'v1.36.1+k3s1' version
check 'get' says 'dev-eu-1-2' get nodes
check 'get as JSON' says '"NodeList"' get --raw /api/v1/nodes
check 'api-resources' says 'deployments' api-resources
check 'describe' says 'payments-dev-web' -n payments-dev describe $web
check 'a selector' says 'payments-dev-web-' -n payments-dev get pods -l app=payments-dev-web
check 'create' says 'created' create --validate=false -f "$dir/map.json"
check 'it is there already' expect_failure 'AlreadyExists' k create --validate=false -f "$dir/map.json"
check 'merge patch' says 'patched' patch cm m --type merge -p '{"data":{"n":"2"}}'
check 'JSON patch' says 'patched' patch cm m --type json -p '[{"op":"add","path":"/data/x","value":"y"}]'
check 'label' says 'labeled' label cm m a=b
check 'replace' says 'replaced' replace --validate=false -f "$dir/map.json"
check 'delete' says 'deleted' delete cm m
check 'nothing there' expect_failure 'NotFound' k get cm m
check 'scale' says 'scaled' -n payments-dev scale $web --replicas=4
check 'wait' says 'condition met' -n payments-dev wait --for='jsonpath={.status.readyReplicas}=4' --timeout=60s $web
apply() { k apply --server-side --validate=false "$@"; }
check 'server-side apply' says 'serverside-applied' apply --server-side --validate=false \
    --field-manager one -f "$dir/map.json"
sed -i 's/"n":"1"/"n":"2"/' "$dir/map.json"
check 'what another owns is a conflict' expect_failure 'conflict with "one": .data.n' \
    apply --field-manager two -f "$dir/map.json"
check 'which can be forced' apply --field-manager two --force-conflicts -f "$dir/map.json"
check 'and then is theirs' says 'manager: two' get cm m -o yaml --show-managed-fields
check 'diff sees nothing' k diff --server-side --field-manager two -f "$dir/map.json"
check 'delete with what it owns' says 'deleted' -n payments-dev delete $web
check 'its pods end' k -n payments-dev wait --for=delete pod -l app=payments-dev-web --timeout=90s
check 'no pods are left' says 'No resources found' -n payments-dev get pods
tap_end
