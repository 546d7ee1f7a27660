#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# From launch to end on three simulated clusters, by the same steps as on real ones: see e2e.bash.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
# shellcheck source-path=SCRIPTDIR source=../sim.bash
. "$real/../sim.bash"
status=0
assets=$("$real/../../.ci/kubernetes/build" 2>/dev/null | tail -n 1) || status=$?
if [ $status != 0 ] || [ ! -x "$assets/kubectl" ]; then
    [ "${REAL:-}" != required ] || { echo 'Bail out! no kubectl'; exit 1; }
    echo '1..0 # SKIP no kubectl'
    exit 0
fi
export PATH=$assets:$PATH KUBERC=off
sim_start e2e --clusters 3
export KUBECACHEDIR=$scratch/cache
# shellcheck source-path=SCRIPTDIR source=e2e.bash
. "$real/e2e.bash" "${contexts[0]}" "${contexts[1]}" "${contexts[2]}"
tap_end
