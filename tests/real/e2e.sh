#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# From launch to end on three real control planes with controllers: see e2e.bash.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
controllers_start --count 3
E2E_REAL=yes
# shellcheck source-path=SCRIPTDIR source=e2e.bash
. "$real/e2e.bash" c1 c2 c3
tap_end
