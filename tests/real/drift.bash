# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For tests of drift: one folder `$m` given to the namespace shop of c1, and what leeway says of it.
# Source it after tap.bash and clusters_start.

leeway=${top_builddir:-$real/../../build}/leeway
faulty=${leeway%/*}/tests/leeway-faults # the same, with places to die at
export XDG_STATE_HOME=$scratch/state
m=$scratch/m
mkdir "$m"
k() { kubectl --context c1 -n shop "$@"; }
ours() { local verb=$1; shift; "$leeway" "$verb" "$@" --cluster c1; }
drift() { ours drift --env shop "$@"; }
plan_hash() { { ours plan -f "$m" --env shop -n shop -o json "$@" || true; } | hash_of; }
revert() { # KIND/NAME [PATH]...: planned and applied
    local hash
    hash=$({ ours revert "$@" --env shop -o json || true; } | hash_of)
    [ -n "$hash" ] && ours apply "$hash"
}
give() { # the folder, anew
    local hash
    hash=$(plan_hash "$@")
    [ -n "$hash" ] || { ours plan -f "$m" --env shop -n shop "$@"; return 1; }
    ours apply "$hash"
}

# One line a difference: VERDICT KIND/NAME WHAT PATH GIVEN>LIVE BY ACTOR, tabs between.
rows() {
    local status=0
    drift -o json >"$scratch/rows.json" || status=$?
    echo "exit $status" >"$scratch/status"
    python3 - "$scratch/rows.json" <<'END'
import json, sys
for d in json.load(open(sys.argv[1])).get("items", []):
    print(d["verdict"], d["objectKind"] + "/" + d["name"], d["kind"], d["path"] or ".",
          d["given"] + ">" + d["live"], d["by"], d["actor"], sep="\t")
END
}
# drifts EXPECTED...: exactly these lines, in the order of leeway drift, spaces for tabs.
drifts() {
    local got want=''
    got=$(rows | tr '\t' ' ')
    for line; do want+=${want:+$'\n'}$line; done
    [ "$got" = "$want" ] || { printf 'wanted:\n%s\ngot:\n%s\n' "$want" "$got"; return 1; }
    grep -qx "exit $([ $# = 0 ] && echo 0 || echo 2)" "$scratch/status" || { cat "$scratch/status"; return 1; }
}
clean() { drifts; }
field() { [ "$(k get "$1" -o jsonpath="$2")" = "$3" ] || { k get "$1" -o jsonpath="$2"; return 1; }; }
server_version() { kubectl --context c1 version -o json | sed -n 's/.*"gitVersion": "\(.*\)",/\1/p' | tail -1; }
