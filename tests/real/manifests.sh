#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Manifests of other projects, as they are published: each folder in LEEWAY_MANIFESTS is planned,
# applied and planned again on a real API server with controllers; nothing may differ then. They are
# no part of this project: without the variable the test is skipped.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
if [ -z "${LEEWAY_MANIFESTS:-}" ]; then
    echo '1..0 # SKIP LEEWAY_MANIFESTS names no folder with a folder of manifests for each project'
    exit 0
fi
manifests=$(cd "$LEEWAY_MANIFESTS" && pwd)
controllers_start --count 1
leeway=${top_builddir:-$real/../../build}/leeway
export XDG_STATE_HOME=$scratch/state
plan() { "$leeway" plan -f "$manifests/$project" --env "$project" -n "$project" --cluster c1 "$@"; }

applies() {
    plan | tail -n 40 || [ "${PIPESTATUS[0]}" = 2 ]
    "$leeway" apply "$({ plan -o json || [ $? = 2 ]; } | hash_of)"
}
same() { wait_for 30 plan; }
no_drift() { "$leeway" drift --env "$project"; }
for folder in "$manifests"/*/; do
    project=$(basename "$folder")
    check "$project is planned and applied" applies
    check "$project: then there is nothing to do" same
    check "$project: and nothing differs" no_drift
done
sleep "${LEEWAY_MANIFESTS_WAIT:-20}" # controllers at work
for folder in "$manifests"/*/; do
    project=$(basename "$folder")
    check "$project: nor a while later" no_drift
done
tap_end
