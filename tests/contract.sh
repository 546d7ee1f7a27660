#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The contract on a simulated cluster. What is known to differ from a real API server is a TODO of its
# case. Prints TAP.
set -uo pipefail
top=${top_srcdir:-.} build=${top_builddir:-.}
tmp=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid"; wait; rm -rf "$tmp"' EXIT
"$build/leeway" sim --clusters 1 --bare --kubeconfig-out "$tmp/config" >"$tmp/out" 2>&1 &
pid=$!
for _ in $(seq 300); do grep -q KUBECONFIG "$tmp/out" && break; sleep 0.1; done
"$build/tests/contract/contract" --kubeconfig "$tmp/config" --on simulator "$top"/tests/contract/*.yaml
