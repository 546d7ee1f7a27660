#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway env extend, and environments at their end, by verbs alone on the simulated fleet. What
# clocks do is in unit/test_lifetime.c. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
sim_start lifetime --clusters 1
mkdir -p "$scratch"/fleet/catalog/{modules/conf/1.0.0,blueprints/app}
cd "$scratch/fleet" || exit 1
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
cat >catalog/blueprints/app/1.0.0.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: app}
spec:
  version: 1.0.0
  modules: [{name: conf, module: conf, version: "1"}]
  lifecycle: {ttl: {default: 2h, max: 1d}}
END
plan() { "$leeway" plan -f "environments/$1.yaml" "${@:2}"; }
value() { "$leeway" get environments -o json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p"; }

check 'longer than the blueprint allows is refused' exits 1 'app@1.0.0 lets an environment live for 1d at most' \
    "$leeway" env launch shop --blueprint app --on "$context" --ttl 25h
check 'before anything is written' test ! -e environments/shop.yaml
check 'and what is no time as well' exits 1 'ttl soon: a time such as 72h or 14d is wanted' \
    "$leeway" env launch shop --blueprint app --on "$context" --ttl soon
check 'it is launched' exits 2 '2 create' "$leeway" env launch shop --blueprint app --on "$context"
check 'what is not there cannot be extended' exits 1 'there is no environment other' "$leeway" env extend other
check 'nor what was not released' exits 1 'shop has no end that could be extended' "$leeway" env extend shop
release() { "$leeway" apply "$(plan "$1" -o json | hash_of)"; }
check 'it is released' exits 0 'is done' release shop
ends_in_two_hours() { [ $(($(date -d "$(value ends)" +%s) - $(date +%s))) -gt 6600 ]; }
check 'its end counts from then' ends_in_two_hours
check 'people see it' exits 0 'in 1h5' "$leeway" get environments
check 'beyond the limit is refused, with the limit' exits 1 'live for 1d at most: shop until' \
    "$leeway" env extend shop --for 23h
check 'two ways at once are one too many' exits 64 '--for or --until' \
    "$leeway" env extend shop --for 1h --until 2031-01-01T00:00:00Z
check 'what is no time is said to be none' exits 64 'a time as 12h' "$leeway" env extend shop --for long
sed -i '1i # the file of shop' environments/shop.yaml
check 'it is extended' exits 0 'shop lives until' "$leeway" env extend shop --for 1h30m --reason 'a demo'
file_says() { grep -qx '  ttl: 3h30m' environments/shop.yaml && grep -qx '# the file of shop' environments/shop.yaml; }
check 'its file says so, and keeps what else is in it' file_says
check 'the audit as well' exits 0 'a demo' "$leeway" get audit -o yaml
check 'nothing is to be done for it' exits 0 'nothing to do' plan shop

"$leeway" get environments --watch -o json >"$scratch/watched" 2>&1 &
watching=$!
"$leeway" get targets --watch >"$scratch/watched-targets" 2>&1 &
watching_targets=$!
check 'who watches sees it' wait_for 120 grep -q '"name": *"shop".*"expired": *false' "$scratch/watched"
check 'and its targets' wait_for 120 grep -q 'shop .*healthy' "$scratch/watched-targets"

sed -i 's/ttl: .*/ttl: 1s/' environments/shop.yaml
check 'a shorter life is said in the plan' exits 0 'its time to live becomes 1s' plan shop
check 'and takes force when it is applied' exits 0 'nothing to do' release shop
check 'then it is over' wait_for 120 exits 0 'expired: it waits for a person' "$leeway" get environments
check 'who watches is told' wait_for 120 grep -q '"expired": *true' "$scratch/watched"
lines_only() { [ "$(wc -l <"$scratch/watched")" -le 4 ] && ! grep -qv '^{.*}$' "$scratch/watched"; }
check 'a line for each change, and no other' lines_only
kill "$watching" "$watching_targets"
wait "$watching" "$watching_targets"
"$leeway" drift --watch >"$scratch/watched-drift" 2>&1 &
watching=$!
sleep 1
check 'who watches drift is in nobody'"'"'s way' exits 0 'nothing to do' plan shop
kill "$watching"
wait "$watching"
expired() { [ "$(value expired)" = true ] && "$leeway" get targets | grep -q healthy; }
check 'and nothing is gone' expired
check 'a person plans its end' exits 2 'the environment is destroyed' "$leeway" env destroy shop
waits() { [ "$(value deletionPlan)" = "$("$leeway" env destroy shop -o json | hash_of)" ]; }
check 'that plan stands with it' waits
written() { # ENDING WORDS
    local status=0
    "$leeway" env destroy shop --out "$scratch/plan.$1" >"$scratch/said" || status=$?
    [ $status = 2 ] && grep -qF 'the environment is destroyed' "$scratch/said" && grep -qF -- "$2" "$scratch/plan.$1"
}
hash=$("$leeway" env destroy shop -o json | hash_of)
check 'it can be written for later' written json "\"hash\": \"$hash\""
check 'as YAML' written yaml "hash: $hash"
check 'for a review, with what it is because of' written md '| **risk** delete | ConfigMap/conf |'
check 'and how it is applied' grep -qF "leeway apply $hash" "$scratch/plan.md"
check 'as text' written txt "leeway apply $hash"
check 'what cannot be written is said' exits 1 'No such file' "$leeway" env destroy shop --out "$scratch/none/plan.md"
check 'another ending is none' exits 64 'ends in .json, .yaml, .md or .txt' "$leeway" plan -f environments/shop.yaml --out plan
check 'a person applies it' exits 0 'is done' \
    "$leeway" apply "$("$leeway" env destroy shop -o json | hash_of)" --prune-anyway
over() { [ "$(value expired)" = false ] && [ -z "$(value ends)" ] || [ "$(value ends)" = null ]; }
check 'it has no end any more' over
tap_end
