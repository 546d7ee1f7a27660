#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# leeway doctor on real API servers: what works with each way to be wrong, and what to do about it.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
leeway=${top_builddir:-$real/../../build}/leeway
clusters_start --count 1
cp=$scratch/cp
export XDG_STATE_HOME=$scratch/state

# steps KUBECONFIG STATUS LINE...: the steps of its one context, as "STEP: STATE", and words of it.
steps() {
    local kubeconfig=$1 wanted=$2 status=0 line
    shift 2
    "$leeway" doctor --kubeconfig "$kubeconfig" >"$scratch/out" 2>&1 || status=$?
    [ "$status" = "$wanted" ] || { echo "exit $status"; cat "$scratch/out"; return 1; }
    tr -s ' ' <"$scratch/out" >"$scratch/said"
    for line; do
        grep -qF -- "$line" "$scratch/said" || { echo "not there: $line"; cat "$scratch/said"; return 1; }
    done
}
of() { echo "$cp/kubeconfig/$1"; }

check 'all is well' steps "$(of token)" 0 'credentials ok token' 'reach ok https://127.0.0.1' 'certificate ok verified; it ends in' \
    'version ok Kubernetes v1.' 'identity ok admin in system:masters' 'ready ok /readyz:' 'rights ok may patch deployments in every namespace'
check 'rights that are denied are a note, with what it needs' steps "$(of limited)" 0 'identity ok limited in system:authenticated' \
    'rights note may not patch deployments: it can look, not apply' 'to apply from here it needs patch and create'
kubectl --context c1 create role edits --verb=patch --resource=deployments.apps >/dev/null
kubectl --context c1 create rolebinding edits --role=edits --user=limited >/dev/null
check 'rights in one namespace are said as such' steps "$(of limited)" 0 'rights ok may patch deployments in namespace default only'
check 'another authority' steps "$(of wrong-ca)" 1 'reach ok' 'certificate not ok' 'check certificate-authority in the kubeconfig' 'version not tried'
check 'a certificate for another host' steps "$(of wrong-name)" 1 'certificate not ok' 'elsewhere.test' 'check server and tls-server-name'
check 'a certificate that has ended' steps "$(of expired-server)" 1 'certificate not ok' 'expired' 'has to be renewed'
check 'one that is about to end' steps "$(of expiring-server)" 0 'certificate note verified; it ends in'
check 'one that is not looked at' steps "$(of insecure)" 0 'certificate note not verified'
check 'a token that is not accepted' steps "$(of bad-token)" 1 'credentials not ok token: Unauthorized' 'log in again' 'reach ok'

broken=$scratch/broken
sed 's/certificate-authority: .*/certificate-authority: nowhere.crt/; /certificate-authority-data/d' "$(of token)" >"$broken"
grep -q certificate-authority: "$broken" || sed -i 's/^\( *\)server: /\1certificate-authority: nowhere.crt\n\1server: /' "$broken"
check 'an authority that is no file' steps "$broken" 1 'nowhere.crt'
echo 'not a certificate' >"$scratch/nowhere.crt"
check 'or no certificate' steps "$broken" 1 'it holds no PEM block'
sed "s#certificate-authority: nowhere.crt#certificate-authority: $cp/pki/ca.crt#; s#server: .*#server: https://nowhere.invalid:6443#" "$broken" >"$scratch/nohost"
check 'a host that does not exist' steps "$scratch/nohost" 1 'reach not ok' 'nowhere.invalid'
sed "s#server: .*#server: https://127.0.0.1:1#" "$scratch/nohost" >"$scratch/noport"
check 'a port on which nothing listens' steps "$scratch/noport" 1 'reach not ok' 'is it switched on'

not_ready() { # etcd stands still: the server answers, and says that it is not ready
    local i
    kill -STOP "$(head -n1 "$cp/run/etcd" | cut -d' ' -f1)"
    for i in $(seq 60); do
        "$leeway" doctor --kubeconfig "$(of token)" 2>&1 | tr -s ' ' >"$scratch/said" || true
        grep -q 'ready not ok /readyz: .*etcd' "$scratch/said" && break
    done
    kill -CONT "$(head -n1 "$cp/run/etcd" | cut -d' ' -f1)"
    grep -q 'ready not ok /readyz: .*etcd' "$scratch/said" || { cat "$scratch/said"; return 1; }
    grep -q 'version ok' "$scratch/said"
}
check 'a server that is not ready: which checks fail' not_ready
hangs() {
    local status=0 begin
    begin=$(date +%s)
    "$real/controlplane" pause-apiserver "$cp" 1
    "$leeway" doctor --kubeconfig "$(of token)" >"$scratch/out" 2>&1 || status=$?
    "$real/controlplane" resume-apiserver "$cp" 1
    tr -s ' ' <"$scratch/out" >"$scratch/said"
    [ "$status" = 1 ] && grep -q 'reach not ok' "$scratch/said" || { cat "$scratch/said"; return 1; }
    [ $(($(date +%s) - begin)) -le 30 ]
}
check 'one that hangs is given up at the deadline' hangs
offline() { "$leeway" doctor --offline --kubeconfig "$(of token)" >"$scratch/out" 2>&1 && ! grep -q 'reach' "$scratch/out"; }
check 'and --offline contacts nothing' offline
tap_end
