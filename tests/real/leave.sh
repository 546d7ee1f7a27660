#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# A release outlives its console: it is left by q, by the end of the terminal, by Ctrl-Z, and by
# the death of whoever had it. The release waits for an old object to be gone, which a finalizer
# holds until the test lets it go.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 1
# shellcheck source-path=SCRIPTDIR source=drift.bash
. "$real/drift.bash"
drive=${leeway%/*}/tests/real/leave
plan_hash() { { ours plan -f "$m" --env shop -n shop -o json || [ $? = 2 ]; } | hash_of; }
manifests() { # VALUE
    local i
    printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n'
    for i in $(seq 20); do
        printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%s}\ndata: {a: "%s"}\n' "$i" "$1"
    done
    # a Service comes after config maps, so the end of the release waits for this one
    printf -- '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: held}\nimmutable: true\ndata: {a: "%s"}\n' "$1"
    printf -- '---\napiVersion: v1\nkind: Service\nmetadata: {name: last-%s}\nspec: {ports: [{port: 80}]}\n' "$1"
}
hold() { k patch configmap held --type merge -p '{"metadata":{"finalizers":["test.example/hold"]}}'; }
let_go() { k patch configmap held --type merge -p '{"metadata":{"finalizers":null}}'; }
writer() { sed 's/^\([0-9]*\) .*/\1/' "$XDG_STATE_HOME"/leeway/*.lock; }
program() { sed 's/^[0-9]* //' "$XDG_STATE_HOME"/leeway/*.lock; }
until_true() { # COMMAND...: within some seconds
    local n
    for n in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "never: $*"
    return 1
}
is_writer() { case $(program) in *"$1"*) kill -0 "$(writer)" ;; *) return 1 ;; esac; }
is_value() { [ "$(k get configmap held -o 'jsonpath={.data.a}')" = "$1" ] && k get service "last-$1"; }
is_over() { ! kill -0 "$(writer)"; }
nothing_to_do() { ours plan -f "$m" --env shop -n shop; }

value=0
# The next release, which will wait for the old object; its hash in $hash.
prepare() {
    value=$((value + 1))
    manifests $value >"$m/all.yaml"
    [ $value = 1 ] || hold >/dev/null
}
# It is the detached process that waits; let go, it finishes, ends, and leaves nothing to be done.
finishes_alone() {
    until_true is_writer reconcile
    let_go >/dev/null
    until_true is_value $value
    until_true is_over
    until_true nothing_to_do
}
# A console on a terminal; a command gives it the release; the console is left in that way.
left_by() { # HOW
    local drive_pid status=0
    printf 'shop r%s \n' "$value" | "$drive" "$leeway" "$1" >"$scratch/drive" 2>&1 &
    drive_pid=$!
    until_true grep -q '^open' "$scratch/drive"
    hash=$(plan_hash)
    ours apply "$hash" >"$scratch/apply" 2>&1 &
    if [ "$1" = suspend ]; then
        until_true is_writer reconcile && let_go >/dev/null && until_true is_value $value || status=1
    fi
    wait $drive_pid || status=$?
    tail -n 4 "$scratch/apply"
    tail -n 14 "$scratch/drive"
    return $status
}

prepare
check 'what is there before' ours apply "$(plan_hash)" --prune-anyway

prepare
by_quit() { left_by quit && grep -q 'What ran goes on in leeway reconcile' "$scratch/drive" && finishes_alone; }
check 'q, and left running' by_quit
prepare
by_hangup() { left_by hangup && finishes_alone; }
check 'the terminal is gone' by_hangup
prepare
check 'Ctrl-Z and back' left_by suspend
until_true is_over
prepare
stopped() {
    left_by stop
    until_true is_over
    let_go >/dev/null
    expect_failure 'interrupted' ours plan -f "$m" --env shop -n shop || true
    ours apply "$hash" && is_value $value # whatever of it was sent already
}
check 'q, and stopped: its plan goes on with it' stopped
prepare
by_command() {
    local pid
    hash=$(plan_hash)
    ours apply "$hash" >"$scratch/apply" 2>&1 &
    pid=$!
    until_true grep -q 'old object' "$scratch/apply"
    kill -HUP "$(writer)"
    wait $pid || true
    finishes_alone
}
check 'the terminal of a command is gone' by_command
prepare
killed() {
    hash=$(plan_hash)
    ours apply "$hash" >"$scratch/apply" 2>&1 &
    until_true grep -q 'old object' "$scratch/apply"
    kill -HUP "$(writer)"
    until_true is_writer reconcile
    kill -9 "$(writer)"
    until_true is_over
    let_go >/dev/null
    ours apply "$hash"
    is_value $value && until_true nothing_to_do
}
check 'the detached process is killed: its plan is taken up' killed
prepare
by_person() {
    hash=$(plan_hash)
    ours apply "$hash" >"$scratch/apply" 2>&1 &
    until_true grep -q 'old object' "$scratch/apply"
    kill -9 "$(writer)"
    until_true is_over
    let_go >/dev/null
    "$leeway" reconcile --release "shop/$value" --cluster c1
    is_value $value
}
check 'a person finishes what was interrupted' by_person
check 'what has ended is not begun again' expect_failure 'not a release that waits' \
    "$leeway" reconcile --release "shop/$value" --cluster c1

tap_end
