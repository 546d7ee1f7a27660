# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What a test on the simulated fleet begins with. Source it, call sim_start, then as tap.bash has it:
#
#   $leeway            the program, and $faulty the one with places to die at
#   $scratch           a folder that ends with the test; state and HOME are in it
#   $KUBECONFIG        of the fleet; ${urls[n]}, ${tokens[n]}, ${contexts[n]} are of its clusters,
#                      $url, $token and $context of the first
#   call …             asks a cluster as somebody else would
#
# Nothing here leans on how fast the machine is: what is waited for is a state, for two minutes at most.
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=tap.bash
declare -F tap_end >/dev/null || . "$tests/tap.bash"
leeway=$(cd "${top_builddir:-$tests/../build}" && pwd)/leeway
# shellcheck disable=SC2034 # for who sources this
faulty=${leeway%/*}/tests/leeway-faults

# sim_serve NAME OPTION...: a fleet of its own, whose kubeconfig is $scratch/NAME; $sim is its
# process. Returns when it answers.
sim_serve() {
    local name=$1
    shift
    rm -f "$scratch/$name.said" # of one that served before
    "$leeway" sim --quiet --kubeconfig-out "$scratch/$name" "$@" >"$scratch/$name.said" 2>&1 &
    sim=$!
    at_end "sim_stop $sim"
    sim_waits "$name" && return
    sed 's/^/# /' "$scratch/$name.said"
    echo 'Bail out! no simulated fleet'
    exit 1
}

sim_waits() { # NAME
    local end=$((SECONDS + 120))
    until grep -qs '^KUBECONFIG=' "$scratch/$1.said"; do
        kill -0 "$sim" 2>/dev/null && [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# sim_stop PID: ends it, and is back when it ended.
sim_stop() { kill "$1" && wait "$1"; } 2>/dev/null

# sim_start NAME OPTION...: the fleet of a test of that name.
sim_start() {
    tap_scratch "$1"
    shift
    export KUBECONFIG=$scratch/config XDG_STATE_HOME=$scratch/state
    sim_serve config "$@"
    sim_read config
    # A verb waits a while for clusters, not for a sanitizer to make certificates: the first waits here.
    XDG_STATE_HOME=$scratch/first "$leeway" get clusters --timeout 120s >/dev/null 2>&1 || true
}

# sim_read NAME: the clusters of that kubeconfig become those of `call`.
# shellcheck disable=SC2034 # for who sources this
sim_read() {
    mapfile -t urls < <(awk '/ server:/ { print $2 }' "$scratch/$1")
    mapfile -t tokens < <(awk '/ token:/ { print $2 }' "$scratch/$1")
    mapfile -t contexts < <(sed -n '/^contexts:/,/^[a-z]*:/s/.*name: //p' "$scratch/$1")
    url=${urls[0]} token=${tokens[0]:-} context=${contexts[0]}
}

# call METHOD PATH [TYPE BODY]: as kubectl does, on the first cluster; `cluster=1 agent=NAME call …`
# otherwise. Prints the answer; fails with 22 where that is an error.
call() {
    curl -sk --fail-with-body -A "${agent:-kubectl}/1" -H "Authorization: Bearer ${tokens[${cluster:-0}]}" \
        -X "$1" "${urls[${cluster:-0}]}$2" ${3:+-H "Content-Type: $3" -d "$4"}
}
# shellcheck disable=SC2034
merge=application/merge-patch+json json=application/json-patch+json

# apply_of COMMAND...: applies the plan that it prints with -o json, whatever it exits with.
apply_of() { "$leeway" apply "$({ "$@" -o json || true; } | hash_of)"; }
