#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A person who may do half of it, on a real API server with RBAC: see ../rbac.bash.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 1
leeway=${top_builddir:-$real/../../build}/leeway
kubectl config view --raw --minify --flatten >"$scratch/all"
export KUBECONFIG=$scratch/all XDG_STATE_HOME=$scratch/state
set +e
# shellcheck source-path=SCRIPTDIR source=../rbac.bash
. "$real/../rbac.bash"
tap_end
