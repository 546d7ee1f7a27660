#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway env extend, and environments at their end, by verbs alone on the simulated fleet. What
# clocks do is in unit/test_lifetime.c. Prints TAP.
set -uo pipefail
build=$(cd "${top_builddir:-.}" && pwd)
leeway=$build/leeway
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-lifetime.XXXXXX")
export KUBECONFIG=$dir/config XDG_STATE_HOME=$dir/state
count=0 failed=0
check() { # NAME COMMAND...
    local name=$1 said
    shift
    count=$((count + 1))
    if said=$(set -e; "$@" 2>&1); then
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
context=$(awk '/current-context:/ { print $2; exit }' "$KUBECONFIG")
mkdir -p "$dir"/fleet/catalog/{modules/conf/1.0.0,blueprints/app}
cd "$dir/fleet" || exit 1
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
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
plan() { "$leeway" plan -f "environments/$1.yaml" "${@:2}"; }
value() { "$leeway" get environments -o json | sed -n "s/^ *\"$1\": \"\{0,1\}\([^\",]*\).*/\1/p"; }

check 'longer than the blueprint allows is refused' says 1 'app@1.0.0 lets an environment live for 1d at most' \
    "$leeway" env launch shop --blueprint app --on "$context" --ttl 25h
check 'before anything is written' test ! -e environments/shop.yaml
check 'and what is no time as well' says 1 'ttl soon: a time such as 72h or 14d is wanted' \
    "$leeway" env launch shop --blueprint app --on "$context" --ttl soon
check 'it is launched' says 2 '2 create' "$leeway" env launch shop --blueprint app --on "$context"
check 'what is not there cannot be extended' says 1 'there is no environment other' "$leeway" env extend other
check 'nor what was not released' says 1 'shop has no end that could be extended' "$leeway" env extend shop
release() { "$leeway" apply "$(plan "$1" -o json | hash_of)"; }
check 'it is released' says 0 'is done' release shop
ends_in_two_hours() { [ $(($(date -d "$(value ends)" +%s) - $(date +%s))) -gt 7100 ]; }
check 'its end counts from then' ends_in_two_hours
check 'people see it' says 0 'in 1h59m' "$leeway" get environments
check 'beyond the limit is refused, with the limit' says 1 'live for 1d at most: shop until' \
    "$leeway" env extend shop --for 23h
check 'two ways at once are one too many' says 64 '--for or --until' \
    "$leeway" env extend shop --for 1h --until 2031-01-01T00:00:00Z
check 'what is no time is said to be none' says 64 'a time as 12h' "$leeway" env extend shop --for long
sed -i '1i # the file of shop' environments/shop.yaml
check 'it is extended' says 0 'shop lives until' "$leeway" env extend shop --for 1h30m --reason 'a demo'
file_says() { grep -qx '  ttl: 3h30m' environments/shop.yaml && grep -qx '# the file of shop' environments/shop.yaml; }
check 'its file says so, and keeps what else is in it' file_says
check 'the audit as well' says 0 'a demo' "$leeway" get audit -o yaml
check 'nothing is to be done for it' says 0 'nothing to do' plan shop

"$leeway" get environments --watch -o json >"$dir/watched" 2>&1 &
watching=$!
"$leeway" get targets --watch >"$dir/watched-targets" 2>&1 &
watching_targets=$!
waits_for() { # COMMAND...: at most twenty seconds
    local n
    for n in $(seq 200); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
    "$@"
}
check 'who watches sees it' waits_for grep -q '"name": *"shop".*"expired": *false' "$dir/watched"
check 'and its targets' waits_for grep -q 'shop .*healthy' "$dir/watched-targets"

sed -i 's/ttl: .*/ttl: 1s/' environments/shop.yaml
check 'a shorter life is said in the plan' says 0 'its time to live becomes 1s' plan shop
check 'and takes force when it is applied' says 0 'nothing to do' release shop
check 'then it is over' says 0 'expired: it waits for a person' "$leeway" get environments
check 'who watches is told' waits_for grep -q '"expired": *true' "$dir/watched"
lines_only() { [ "$(wc -l <"$dir/watched")" -le 4 ] && ! grep -qv '^{.*}$' "$dir/watched"; }
check 'a line for each change, and no other' lines_only
kill "$watching" "$watching_targets"
wait "$watching" "$watching_targets"
"$leeway" drift --watch >"$dir/watched-drift" 2>&1 &
watching=$!
sleep 1
check 'who watches drift is in nobody'"'"'s way' says 0 'nothing to do' plan shop
kill "$watching"
wait "$watching"
expired() { [ "$(value expired)" = true ] && "$leeway" get targets | grep -q healthy; }
check 'and nothing is gone' expired
check 'a person plans its end' says 2 'the environment is destroyed' "$leeway" env destroy shop
waits() { [ "$(value deletionPlan)" = "$("$leeway" env destroy shop -o json | hash_of)" ]; }
check 'that plan stands with it' waits
written() { # ENDING WORDS
    local status=0
    "$leeway" env destroy shop --out "$dir/plan.$1" >"$dir/said" || status=$?
    [ $status = 2 ] && grep -qF 'the environment is destroyed' "$dir/said" && grep -qF -- "$2" "$dir/plan.$1"
}
hash=$("$leeway" env destroy shop -o json | hash_of)
check 'it can be written for later' written json "\"hash\": \"$hash\""
check 'as YAML' written yaml "hash: $hash"
check 'for a review, with what it is because of' written md '| **risk** delete | ConfigMap/conf |'
check 'and how it is applied' grep -qF "leeway apply $hash" "$dir/plan.md"
check 'as text' written txt "leeway apply $hash"
check 'what cannot be written is said' says 1 'No such file' "$leeway" env destroy shop --out "$dir/none/plan.md"
check 'another ending is none' says 64 'ends in .json, .yaml, .md or .txt' "$leeway" plan -f environments/shop.yaml --out plan
check 'a person applies it' says 0 'is done' \
    "$leeway" apply "$("$leeway" env destroy shop -o json | hash_of)" --prune-anyway
over() { [ "$(value expired)" = false ] && [ -z "$(value ends)" ] || [ "$(value ends)" = null ]; }
check 'it has no end any more' over
echo "1..$count"
exit $failed
