#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Random histories of writes on a real API server and on the simulated one, which have to answer the
# same: values, managedFields, events. Fixed seeds; with LEEWAY_LONG set new ones too, which it prints.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
# shellcheck source-path=SCRIPTDIR source=../sim.bash
. "$real/../sim.bash"
build=${top_builddir:-$real/../../build}
differential=$build/tests/contract/differential
for program in "$leeway" "$differential"; do
    [ -x "$program" ] || { echo "Bail out! $program is not built"; exit 1; }
done
clusters_start --count 1
sim_serve sim --bare --clusters 1
sim_read sim
ours=$url,$token
theirs=https://127.0.0.1:$(cat "$scratch/cp/port/1"),$(cat "$scratch/cp/pki/admin.token")
same() { "$differential" --seed "$1" --histories "$2" --steps "$3" "$theirs" "$ours"; }
for seed in 1 2 3; do
    check "histories of seed $seed" same $seed 15 25
done
if [ -n "${LEEWAY_LONG:-}" ]; then
    for _ in 1 2 3 4; do
        seed=$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')
        check "histories of the new seed $seed" same "$seed" 60 40
    done
fi
tap_end
