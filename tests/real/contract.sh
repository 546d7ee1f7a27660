#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The contract on a real API server: what the simulated fleet is held to is what this one does.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
build=${top_builddir:-$real/../../build}
clusters_start --count 1
note "the server: $(kubectl --context c1 version -o json | sed -n 's/.*"gitVersion": "\(.*\)",/\1/p' | tail -1)"
# A server that was begun anew has no history from before: a watch from there is too old.
"$real/controlplane" restart-apiserver "$scratch/cp" 1
status=0
"$build/tests/contract/contract" --kubeconfig "$scratch/cp/kubeconfig/token" --on real "$real"/../contract/*.yaml || status=1
exit $status
