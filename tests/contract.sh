#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The contract on a simulated cluster. What is known to differ from a real API server is a TODO of its
# case. Prints TAP.
set -uo pipefail
top=${top_srcdir:-.} build=${top_builddir:-.}
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
sim_start contract --clusters 1 --bare
"$build/tests/contract/contract" --kubeconfig "$KUBECONFIG" --on simulator "$top"/tests/contract/*.yaml
