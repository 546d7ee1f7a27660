#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway doctor on kubeconfigs that are whole and broken, and against simulated API servers, one
# closed port, a wrong authority, a wrong token and a failing plugin; leeway get environments.
# Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
tap_scratch doctor
cd "$scratch" || exit 1
export HOME=$scratch XDG_STATE_HOME=$scratch/state LC_ALL=C.UTF-8
unset KUBECONFIG HTTPS_PROXY https_proxy ALL_PROXY all_proxy

has() { # what pattern text
    case $3 in *$2*) is "$1" "$2" "$2" ;; *) is "$1" "$2" "$3" ;; esac
}
# Every context's steps on one line: "CONTEXT: STATE, STATE..."
steps() {
    awk '
        /^      "name":/ { sub(/.*: "/, ""); sub(/",$/, ""); printf "%s%s:", n++ ? "\n" : "", $0; k = 0 }
        /^          "state":/ { sub(/.*: "/, ""); sub(/",$/, ""); printf "%s %s", k++ ? "," : "", $0 }
        END { print "" }' "$1"
}

# ---- nothing is contacted ----

doctor() { # FILE OPTIONS...; the answer is in answer, the exit status in status
    "$leeway" doctor --kubeconfig "$1" "${@:2}" >answer 2>errors
    status=$?
}
printf 'contexts: [\n' >broken.kc
doctor broken.kc --offline -o json
is 'a kubeconfig that is no YAML' 1 "$status"
has 'it is named' '"file": "broken.kc"' "$(cat answer)"
printf '%s\n' 'apiVersion: v1' 'kind: Config' 'current-context: a' 'contexts:' \
    '- {name: a, context: {cluster: nowhere, user: nobody}}' >dangling.kc
doctor dangling.kc --offline -o json
is 'a context without its cluster' 1 "$status"
has 'it cannot be used' '"usable": false' "$(cat answer)"
has 'offline has no steps' '"steps": []' "$(cat answer)"
doctor dangling.kc -o json
is 'online too' 1 "$status"
is 'what cannot be used is not tried' \
    'a: not tried, not tried, not tried, not tried, not tried, not tried, not tried' "$(steps answer)"
doctor dangling.kc --offline
has 'said for people' 'connections were not tried' "$(cat answer)"
has 'the store is shown' "store: $scratch/state/leeway/dangling.kc.db, not there yet" "$(cat answer)"
is 'and not made' 'no' "$([ -e state ] && echo yes || echo no)"

# ---- servers ----

sim_serve fleet.kc --clusters 2
sim_serve other.kc --clusters 1
doctor fleet.kc -o json
is 'two clusters that work' 0 "$status"
is 'every step was tried' 0 "$(steps answer | grep -cE 'not (ok|known|tried)')"
is 'seven steps each' '7 7' "$(steps answer | awk -F, '{print NF}' | paste -sd ' ')"
has 'who we are is said' 'system:authenticated' "$(cat answer)"
doctor fleet.kc --offline -o json
is 'offline' 0 "$status"

field() { sed -n "s/^ *$2: //p" "$1" | head -1; }
server=$(field fleet.kc server) ca=$(field fleet.kc certificate-authority-data)
wrong=$(field other.kc certificate-authority-data) token=$(field fleet.kc token)
cat >mixed.kc <<END
apiVersion: v1
kind: Config
clusters:
- {name: good, cluster: {server: "$server", certificate-authority-data: $ca}}
- {name: closed, cluster: {server: "https://127.0.0.1:1", certificate-authority-data: $ca}}
- {name: wrong, cluster: {server: "$server", certificate-authority-data: $wrong}}
users:
- {name: good, user: {token: $token}}
- {name: stranger, user: {token: nobody-knows-this-one}}
- name: plugin
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: sh
      args: [-c, "echo the vault is shut >&2; exit 3"]
      interactiveMode: Never
contexts:
- {name: a-good, context: {cluster: good, user: good}}
- {name: b-closed, context: {cluster: closed, user: good}}
- {name: c-wrong-ca, context: {cluster: wrong, user: good}}
- {name: d-stranger, context: {cluster: good, user: stranger}}
- {name: e-plugin, context: {cluster: good, user: plugin}}
END
doctor mixed.kc -o json
is 'one context of several fails' 1 "$status"
not='not tried, not tried, not tried, not tried'
state_of() { steps answer | grep "^$1:" | sed 's/^[^:]*: //; s/note/ok/g'; }
is 'the good one is well' 'ok, ok, ok, ok, ok, ok, ok' "$(state_of a-good)"
is 'a closed port is not reached' "ok, not ok, not tried, $not" "$(state_of b-closed)"
is 'a wrong authority is not trusted' "ok, ok, not ok, $not" "$(state_of c-wrong-ca)"
is 'a token that the server does not take' "not ok, ok, ok, $not" "$(state_of d-stranger)"
is 'a plugin that fails' "not ok, not tried, not tried, $not" "$(state_of e-plugin)"
has "the plugin's words are shown" 'the vault is shut' "$(cat answer)"
is 'no secret is printed' 0 "$(grep -cF -e "$token" -e nobody-knows answer)"
doctor mixed.kc --context a-good
is 'chosen by --context' 0 "$status"
has 'for people' 'version      ok ' "$(cat answer)"
doctor mixed.kc --context c-wrong-ca
is 'the broken one alone' 1 "$status"
doctor mixed.kc --context b-closed
has 'with a remedy' 'is it switched on' "$(cat answer)"
doctor mixed.kc --context c-wrong-ca
has 'for people, too' 'certificate  not ok ' "$(cat answer)"

# ---- environments ----

"$leeway" get environments --kubeconfig fleet.kc >answer 2>errors
is 'environments, before anything was applied' 0 $?
is 'the head of their table' 'ENVIRONMENT NAMESPACE STATE READY DRIFT UNKNOWN RELEASE BY SINCE ENDS WHY' \
    "$(head -1 answer | tr -s ' ' | sed 's/ $//')"
is 'people are told' 'Nothing was applied from here yet.' "$(cat errors)"
has 'scripts, too' '"items": []' "$("$leeway" get environments --kubeconfig fleet.kc -o json)"
doctor fleet.kc --offline
has 'the store is there now' "store: $scratch/state/leeway/fleet.kc.db, nobody writes it" "$(cat answer)"
tap_end
