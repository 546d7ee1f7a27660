#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What teams let their people do: launch, plan, apply, revert, accept, destroy, how many, where. On
# the simulated fleet, as whoever runs the test. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl
sim_start teams --clusters 2
other=${contexts[1]} me=$(id -un) mine=$(id -gn)
mkdir -p "$scratch"/fleet/catalog/{modules/conf/1.0.0,blueprints/{app,big},teams}
cd "$scratch/fleet" || exit 1
cat >leeway.yaml <<END
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: teams}
spec:
  inventory:
    - kubeconfig: {contexts: [$context], labels: {tier: dev}}
    - kubeconfig: {contexts: [$other], labels: {tier: prod}}
  catalogs: [catalog]
END
cat >catalog/modules/conf/1.0.0/module.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: conf}
spec:
  version: 1.0.0
  resources:
    - id: conf
      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: conf}, data: {v: "1"}}
END
for name in app big; do
    cat >catalog/blueprints/$name/1.0.0.yaml <<END
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: $name}
spec: {version: 1.0.0, modules: [{name: conf, module: conf, version: "1"}], lifecycle: {ttl: {default: 1d, max: 9d}}}
END
done
team() { # NAME MEMBER MAY [MORE]
    cat >"catalog/teams/$1.yaml" <<END
apiVersion: leeway.dev/v1alpha1
kind: Team
metadata: {name: $1}
spec:
  members: [$2]
  blueprints: [app]
  clusters: {tier: dev}
  namespaces: ["ours-*"]
  may: [$3]
  ${4:-}
END
}
all='launch, plan, apply, revert, accept, destroy'
team ours "{user: $me}" "$all" 'quota: {environments: 2}'
team theirs '{user: somebody-else}, {group: nobody-is-in-it}' "$all"
plan() { "$leeway" plan -f "environments/$1.yaml" "${@:2}"; }
release() { "$leeway" apply "$(plan "$1" -o json | hash_of)"; }
launch() { # NAME MORE...
    "$leeway" env launch "$1" --blueprint app --on "$context" --namespace "ours-$1" "${@:2}"
}

check 'what a team may is launched' exits 2 '2 create' launch a --team ours
check 'and applied' exits 0 'is done' release a
check 'who is not in a team is told who is' exits 1 "$me is not in team theirs" launch b --team theirs
check 'with the names' exits 1 'ask one who is: somebody-else, group nobody-is-in-it' launch b --team theirs
check 'another blueprint is refused' exits 1 'team ours may not launch big' \
    "$leeway" env launch b --blueprint big --on "$context" --namespace ours-b --team ours
check 'another namespace as well' exits 1 'team ours may not use the namespace b' \
    "$leeway" env launch b --blueprint app --on "$context" --team ours
no_file() { [ ! -e environments/b.yaml ]; }
check 'before anything is written' no_file
check 'and clusters that are not theirs' exits 1 'team ours has clusters with tier=dev' \
    "$leeway" env launch b --blueprint app --on "$other" --namespace ours-b --team ours
rm -f environments/b.yaml
check 'a team that is not there is said to be none' exits 1 'there is no team hers' launch b --team hers
check 'and nothing was written' no_file
check 'of no team: that is said' exits 2 'it is of no team' launch free
check 'a second one' exits 2 '2 create' launch b --team ours
check 'is applied' exits 0 'is done' release b
check 'a third is one too many' exits 1 'team ours may have 2 environments, and has a, b' launch c --team ours
check 'with what to do' exits 1 'destroy one of them' plan c
check 'those that are there are planned as before' exits 0 'nothing to do' plan b
gone() {
    "$leeway" apply "$("$leeway" env destroy b -o json | hash_of)" --prune-anyway
    exits 2 '2 create' plan c
}
check 'one that was destroyed makes room' gone
again=$(plan a -o json | hash_of)

call PATCH '/api/v1/namespaces/ours-a/configmaps/conf?fieldManager=kubectl-edit' "$merge" '{"data":{"v":"2"}}' >/dev/null
reverts() { "$leeway" revert ConfigMap/conf --env a -o json; }
accepts() { "$leeway" accept ConfigMap/conf --env a --reason test --until 2h; }
says_plan() { [ -n "$(reverts | hash_of)" ]; }
check 'a difference is planned to be reverted' says_plan
revert=$(reverts | hash_of) end=$("$leeway" env destroy a -o json | hash_of)
only() { team ours "{group: $mine}" "$1"; }
only plan
check 'a group is as good as a name' exits 2 '1 take over' plan a
for what in 'apply apply '"$again" 'revert apply '"$revert" 'destroy apply '"$end" \
    'revert revert ConfigMap/conf --env a' 'accept accept ConfigMap/conf --env a --reason x --until 2h' \
    'accept handover ConfigMap/conf --env a' 'destroy env destroy a' 'launch env extend a'; do
    # shellcheck disable=SC2086
    check "who may only plan: leeway ${what#* }" exits 1 "team ours may not ${what%% *}" "$leeway" ${what#* }
done
check 'and is told what the team may' exits 1 'it may plan; ' "$leeway" env extend a
only apply
check 'who may not plan may not' exits 1 'team ours may not plan' plan a
check 'but apply what was planned' exits 0 'nothing to do' "$leeway" apply "$again"
only accept
nothing_changed() { exits 1 "" reverts; }
check 'who may accept may not revert' nothing_changed
team ours '{user: somebody-else}' "$all"
check 'who left the team may nothing' exits 1 "$me is not in team ours" "$leeway" env extend a
rm catalog/teams/ours.yaml
check 'a team that is gone is missed' exits 1 'there is no team ours' "$leeway" env extend a
tap_end
