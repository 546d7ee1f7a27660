#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A person who may do half of it, on a simulated cluster: see rbac.bash. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
needs curl python3
sim_start rbac --clusters 1
# shellcheck source-path=SCRIPTDIR source=rbac.bash
. "$tests/rbac.bash"
tap_end
