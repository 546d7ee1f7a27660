#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fields that are given away, with leeway killed at each place that this passes, on the simulated fleet:
# applied again, it ends as if nothing had been; leeway-initial keeps the value, which never moves,
# and the audit is whole. Prints TAP.
set -uo pipefail
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
for tool in curl python3; do command -v $tool >/dev/null || { echo "1..0 # SKIP no $tool"; exit 0; }; done
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-initial.XXXXXX")
export KUBECONFIG=$dir/config XDG_STATE_HOME=$dir/state
count=0 failed=0
check() { # NAME COMMAND...
    local name=$1 said
    shift
    count=$((count + 1))
    if said=$("$@" 2>&1); then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/# /' <<<"$said"
    fi
}
says() { # STATUS WORDS COMMAND...
    local status=0 wanted=$1 words=$2 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    printf '%s\nexit %s\n' "$said" "$status"
    [ "$status" = "$wanted" ] && grep -qF -- "$words" <<<"$said"
}

"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
url=$(awk '/server:/ { print $2; exit }' "$KUBECONFIG")
token=$(awk '/token:/ { print $2; exit }' "$KUBECONFIG")
context=$(awk '/current-context:/ { print $2; exit }' "$KUBECONFIG")
call() { # AGENT METHOD PATH [TYPE BODY]
    curl -skf -A "$1" -H "Authorization: Bearer $token" -X "$2" "$url$3" ${4:+-H "Content-Type: $4" -d "$5"}
}
faulty=${leeway%/*}/tests/leeway-faults
mkdir -p "$dir/fleet"/catalog/{modules/web/{1.0.0,1.1.0},blueprints/site} "$dir/fleet/environments"
cat >"$dir/fleet/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: initial}
spec:
  inventory:
    - kubeconfig: {contexts: ["$context"], labels: {tier: dev}}
  catalogs: [catalog]
END
version() { # VERSION OWNER
    cat >"$dir/fleet/catalog/modules/web/$1/module.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: web}
spec:
  version: $1
  parameters: {type: object, properties: {image: {type: string}}}
  resources:
    - id: web
      template:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: "\${params.image}"}]}
  fields: [{kind: Deployment.apps, path: .spec.replicas, owner: $2}]
END
    cat >"$dir/fleet/catalog/blueprints/site/$1.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: site}
spec:
  version: $1
  parameters: {type: object, properties: {image: {type: string}}}
  modules: [{name: web, module: web, version: "$1", params: {image: "\${params.image}"}}]
END
}
version 1.0.0 platform
version 1.1.0 runtime
cd "$dir/fleet" || exit 1
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
planned() { "$leeway" env "$@" -o json | hash_of; }

# Managers that own the replicas, and how many there are.
owners() { # ENVIRONMENT
    call kubectl/1 GET "/apis/apps/v1/namespaces/$1/deployments/web" | python3 -c '
import json, sys
o = json.load(sys.stdin)
print(" ".join(sorted(m["manager"] for m in o["metadata"]["managedFields"] if "f:replicas" in m["fieldsV1"].get("f:spec", {}))),
      o["spec"]["replicas"])'
}
is_kept() { # ENVIRONMENT IMAGE
    owners "$1"
    [ "$(owners "$1")" = 'leeway-initial 2' ] &&
        call kubectl/1 GET "/apis/apps/v1/namespaces/$1/deployments/web" | grep -q "\"$2\"" &&
        says 0 'No drift' "$leeway" drift --env "$1"
}
end() { # PLACE TIMES HASH ENVIRONMENT IMAGE: killed there, and applied again
    local status=0
    [ -n "$3" ] || { echo 'no plan'; return 1; }
    LEEWAY_FAULT=$1:$2 "$faulty" apply "$3" || status=$?
    [ "$1" = none ] || [ $status = 137 ] || { echo "it did not pass $1 (exit $status)"; return 1; }
    case $1 in none | release-done) ;; *) "$leeway" apply "$3" || return 1 ;; esac
    is_kept "$4" "$5"
}

# every place that it passes; "none" is the same without a fault
places='none release-opened stage-opened parent-written sending sent initial-holding initial-held result-stored target-done release-done'
for place in $places; do
    hash=$(planned launch "new-$place" -b site@1.1.0 --on "$context" -p image=registry.example/web:1)
    check "made, and killed at $place" end "$place" 0 "$hash" "new-$place" registry.example/web:1
done
for place in initial-holding initial-held result-stored; do
    "$leeway" apply "$(planned launch "old-$place" -b site@1.0.0 --on "$context" -p image=registry.example/web:1)" >/dev/null
    sed -i 's/web:1/web:2/' "environments/old-$place.yaml"
    hash=$(planned upgrade "old-$place" --to 1.1.0)
    check "given away, and killed at $place" end "$place" 0 "$hash" "old-$place" registry.example/web:2
done
check 'the audit is whole' says 0 '' "$leeway" store check --store "$dir/state/leeway/initial.db"
echo "1..$count"
exit $failed
