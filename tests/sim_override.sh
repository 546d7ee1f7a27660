#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What is live becomes what the environment wants: overrides of the parameters behind drifted fields,
# on the simulated fleet, with their end; and where that cannot be. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl python3
sim_start sim-override --clusters 2
one=${contexts[0]} two=${contexts[1]}
web=/apis/apps/v1/namespaces/shop/deployments/web
scale() { cluster=$1 call PATCH "$web/scale" $merge "{\"spec\":{\"replicas\":$2}}" >/dev/null; }
put() { # CLUSTER PATH VALUE
    cluster=$1 call PATCH "$web?fieldManager=kubectl-edit" $json \
        "[{\"op\":\"replace\",\"path\":\"$2\",\"value\":$3}]" >/dev/null
}
live() { cluster=$1 call GET "$web" | grep -qF -- "$2"; }

mkdir -p "$scratch/fleet"/catalog/{modules/web/1.0.0,blueprints/site} "$scratch/fleet/environments"
cat >"$scratch/fleet/leeway.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: override}
spec:
  inventory:
    - kubeconfig: {contexts: ["$one", "$two"], labels: {tier: dev}}
  catalogs: [catalog]
END
cat >"$scratch/fleet/catalog/modules/web/1.0.0/module.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: web}
spec:
  version: 1.0.0
  parameters:
    type: object
    properties:
      replicas: {type: integer, minimum: 1, maximum: 8, default: 2}
      tag: {type: string, default: "1"}
      notes: {type: object, additionalProperties: {type: string}, default: {}}
      base: {type: integer, default: 10}
  resources:
    - id: web
      template:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: ${params.replicas}
          revisionHistoryLimit: ${params.base + 1}
          minReadySeconds: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}, annotations: "${params.notes}"}
            spec: {containers: [{name: web, image: "registry.example/web:${params.tag}"}]}
END
cat >"$scratch/fleet/catalog/blueprints/site/1.0.0.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: site}
spec:
  version: 1.0.0
  parameters: {type: object, properties: {tag: {type: string}}}
  modules: [{name: web, module: web, version: "1", params: {tag: "${params.tag}", notes: {team: shop}}}]
  leeway: {exceptions: 1, maxExpiry: 7d}
END
cd "$scratch/fleet" || exit 1
file=environments/shop.yaml
drift() { "$leeway" drift --env shop "$@"; }
plan() { "$leeway" plan -f $file "$@"; }
apply() { "$leeway" apply "$(plan -o json | hash_of)"; }
override() { "$leeway" accept --override --env shop Deployment/web "$@"; }
launch() { "$leeway" apply --wait "$("$leeway" env launch shop -b site --on "$one" --on "$two" -p tag=1 -o json | hash_of)"; }
check "an environment is launched" exits 0 "Deployment/web created" launch

scale 0 5
image='.spec.template.spec.containers[name="web"].image'
put 0 /spec/template/spec/containers/0/image '"registry.example/web:2"'
check 'a reason is wanted' exits 64 'reason is wanted' override .spec.replicas --until 1h
check 'a window is for exceptions' exits 64 'the value that is there now' \
    override .spec.replicas --until 1h --reason x --within 'self < 9'
check 'a field that has a parameter is overridden in a plan' exits 2 'load test' \
    override .spec.replicas "$image" --until 2d --reason 'load test'
check 'which stands in the file, for that cluster' grep -F "cluster: $one" $file
both() { grep -q 'replicas: 5' $file && grep -q 'tag: .2' $file && [ "$(grep -c module: $file)" = 1 ]; }
check 'with both parameters in one' both
check 'with the person and the end' eval "grep -q 'by: $(id -un)' $file && grep -q 'expires: ' $file"
check 'the audit has it' exits 0 'web.replicas' "$leeway" get audit -o json
check 'until it is applied it is a difference' exits 2 unexpected drift
still() {
    plan -o json >"$scratch/plan" || [ $? = 2 ]
    cat "$scratch/plan"
    grep -q '"hash"' "$scratch/plan" && ! grep -E '"(before|after)": "(2|registry.example/web:1)"' "$scratch/plan"
}
check 'the plan changes no value' still
check 'it is applied' apply
check 'nothing moved' eval 'live 0 "\"replicas\":5" && live 0 registry.example/web:2'
check 'and nothing differs any more' exits 0 'No drift' drift
check 'the other cluster has what it had' eval 'live 1 "\"replicas\":2" && live 1 registry.example/web:1'
check 'then there is nothing to do' exits 0 '' plan

scale 0 6
second() {
    exits 2 'more load' override .spec.replicas --until never --reason 'more load' &&
        grep -q 'replicas: 6' $file && ! grep -q 'replicas: 5' $file && grep -q 'tag: .2' $file
}
check 'a second one wins over the first' second
check 'and is applied' eval 'apply && drift'
scale 0 9
check 'what the parameter may not be is refused' exits 1 '8' override .spec.replicas --until 1h --reason x
check 'and the file is as it was' grep -q 'replicas: 6' $file
scale 0 6
put 1 /spec/template/metadata/annotations/team '"blue"'
inside() {
    exits 2 '' override .spec.template.metadata.annotations.team --until 1h --reason colour &&
        grep -A1 notes: $file | grep -q 'team: blue'
}
check 'a leaf inside of a parameter' inside
check 'is applied too' eval 'apply && drift'
put 1 /spec/minReadySeconds 9
put 1 /spec/revisionHistoryLimit 4
put 1 /spec/template/spec/containers/0/image '"other.example/web:1"'
check 'a constant has no parameter' exits 1 'a constant of the module' override .spec.minReadySeconds --until 1h --reason x
check 'nor has what is computed' exits 1 'params.base + 1' override .spec.revisionHistoryLimit --until 1h --reason x
check 'nor a text that no value gives' exits 1 'no value of params.tag' override "$image" --until 1h --reason x
explain() { "$leeway" drift explain --env shop Deployment/web "$@"; }
check 'explain says who it was' exits 0 'kubectl edit, person (calls itself kubectl-edit; Update' explain .spec.minReadySeconds
check 'and of what the wanted value is made' exits 0 'default base, ' explain .spec.revisionHistoryLimit
check 'whose it is' exits 0 'platform: no field contract' explain .spec.minReadySeconds
check 'and what the audit log is asked' exits 0 '.objectRef.resource=="deployments" and .objectRef.namespace=="shop" and .objectRef.name=="web"' explain .spec.minReadySeconds
check 'why there is no override' exits 0 'a constant of the module' explain .spec.minReadySeconds
check 'all of it for programs' exits 0 '"noOverride": "it is computed from ${params.base + 1}' explain -o json
check 'of an object that is as given it says so' exits 1 'nothing stands against it' explain --cluster "$one"
check 'one that has none refuses all' exits 1 'no override' override --until 1h --reason x
"$leeway" apply "$("$leeway" revert --env shop Deployment/web -o json | hash_of)" >/dev/null 2>&1

scale 0 3
scale 1 4
check 'of one cluster alone' exits 2 "$two" override .spec.replicas --cluster "$two" --until 1h --reason 'until later'
check 'the other one is left out of it' eval '! grep -q "replicas: 3" $file'
scale 0 6
apply >/dev/null 2>&1
python3 - $file <<'END'
import re, sys
text = open(sys.argv[1]).read()
at = text.index("until later")
open(sys.argv[1], "w").write(text[:at] + re.sub(r"expires: .*", "expires: '2020-01-01T00:00:00Z'", text[at:], 1))
END
check 'what has ended is said by the next plan' exits 2 'until later' plan
check 'as a change back' exits 2 '"after": "2"' plan -o json

accept() { "$leeway" accept --env shop Deployment/web "$@"; }
scale 0 3
check 'an end beyond what the blueprint allows is refused with it' exits 1 'site@1.0.0 allows exceptions for 7d at most' \
    accept .spec.replicas --cluster "$one" --until 8d --reason x
check 'so is none at all' exits 1 '7d at most' accept .spec.replicas --cluster "$one" --until never --reason x
check 'within it is accepted' exits 0 'accepted 1' accept .spec.replicas --cluster "$one" --until 6d --reason x
put 0 /spec/minReadySeconds 8
check 'one more than it allows is refused with the number' exits 1 'allows 1 exception (leeway.exceptions), and 1 is' \
    accept .spec.minReadySeconds --cluster "$one" --until 1d --reason x
used() { "$leeway" get environments -o json | tr -d ' \n' | grep -q '"exceptions":1,"exceptionsMax":1,"exceptionsMaxExpiry":"7d"'; }
check 'how many of how many is shown' used

mkdir "$scratch/m"
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf}\ndata: {a: b}\n' >"$scratch/m/all.yaml"
"$leeway" apply "$("$leeway" plan -f "$scratch/m" --env plain -n plain --cluster "$one" -o json | hash_of)" >/dev/null 2>&1
call PATCH "/api/v1/namespaces/plain/configmaps/conf?fieldManager=kubectl-edit" $merge '{"data":{"a":"c"}}' >/dev/null
check 'a folder has no parameters' exits 1 'has no parameters' \
    "$leeway" accept --override --env plain ConfigMap/conf --until 1h --reason x
tap_end
