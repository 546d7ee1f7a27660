#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Fields that are given away, with leeway killed at each place that this passes, on the simulated fleet:
# applied again, it ends as if nothing had been; leeway-initial keeps the value, which never moves,
# and the audit is whole. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl python3
sim_start initial --clusters 1
mkdir -p "$scratch/fleet"/catalog/{modules/web/{1.0.0,1.1.0},blueprints/site} "$scratch/fleet/environments"
cat >"$scratch/fleet/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: initial}
spec:
  inventory:
    - kubeconfig: {contexts: ["$context"], labels: {tier: dev}}
  catalogs: [catalog]
END
version() { # VERSION OWNER
    cat >"$scratch/fleet/catalog/modules/web/$1/module.yaml" <<END
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
    cat >"$scratch/fleet/catalog/blueprints/site/$1.yaml" <<END
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
cd "$scratch/fleet" || exit 1
planned() { "$leeway" env "$@" -o json | hash_of; }

# Managers that own the replicas, and how many there are.
owners() { # ENVIRONMENT
    call GET "/apis/apps/v1/namespaces/$1/deployments/web" | python3 -c '
import json, sys
o = json.load(sys.stdin)
print(" ".join(sorted(m["manager"] for m in o["metadata"]["managedFields"] if "f:replicas" in m["fieldsV1"].get("f:spec", {}))),
      o["spec"]["replicas"])'
}
is_kept() { # ENVIRONMENT IMAGE
    owners "$1"
    [ "$(owners "$1")" = 'leeway-initial 2' ] &&
        call GET "/apis/apps/v1/namespaces/$1/deployments/web" | grep -q "\"$2\"" &&
        exits 0 'No drift' "$leeway" drift --env "$1"
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
check 'the audit is whole' exits 0 '' "$leeway" store check --store "$scratch/state/leeway/initial.db"
tap_end
