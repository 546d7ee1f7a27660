#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# That the real control planes of the other tests are what those tests take them for.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

cp=$real/controlplane
set_status=$real/set-status

clusters_start --count 2
dir=$scratch/cp

deployment() {
    cat <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: smoke}
spec:
  replicas: $1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: registry.example/web:1}]}
END
}

ready() {
    kubectl --context c1 get --raw /readyz
    kubectl --context c2 get --raw /readyz
}
check 'both are ready' ready

same_version() {
    local said
    said=$(kubectl version)
    echo "$said"
    [ "$(sed -n 's/^Client Version: //p' <<<"$said")" = \
        "$(sed -n 's/^Server Version: //p' <<<"$said")" ]
}
check 'kubectl and the server are of one version' same_version
note "$(kubectl version | sed -n 's/^Server Version: //p')"

different_clusters() {
    local uid one two
    uid='jsonpath={.metadata.uid}'
    one=$(kubectl get namespace kube-system -o "$uid")
    two=$(kubectl --context c2 get namespace kube-system -o "$uid")
    [ -n "$one" ] && [ -n "$two" ] && [ "$one" != "$two" ]
}
check 'c1 and c2 are different clusters' different_clusters

check 'a namespace can be made' kubectl create namespace smoke
check 'it is not in the other cluster' \
    expect_failure 'not found' kubectl --context c2 get namespace smoke

apply() { deployment "$1" | kubectl apply --server-side --field-manager="$2" -f -; }
check 'a Deployment is applied by its first manager' apply 3 first
check 'it is not available by itself' \
    expect_failure 'timed out' kubectl -n smoke wait --for=condition=Available \
    --timeout=1s deployment/web
check 'set-status makes it so' "$set_status" -n smoke deployment/web available
available() {
    kubectl -n smoke rollout status --timeout=1s deployment/web
    [ "$(kubectl -n smoke get deployment web -o 'jsonpath={.status.availableReplicas}')" = 3 ]
}
check 'and it is' available
writer() {
    kubectl -n smoke get deployment web --show-managed-fields -o \
        'jsonpath={.metadata.managedFields[?(@.subresource=="status")].manager}' |
        grep -x kube-controller-manager
}
check 'its status belongs to the controller manager' writer
check 'a second manager meets a conflict' \
    expect_failure 'conflict with "first"' apply 4 second
check 'set-status tells of an absent object' \
    expect_failure 'not found' "$set_status" -n smoke deployment/other available

# What a kubeconfig says, and what comes of it; - is success.
while IFS='|' read -r file outcome; do
    if [ "$outcome" = - ]; then
        check "kubeconfig $file: reads" \
            kubectl --kubeconfig "$dir/kubeconfig/$file" --context c2 get namespaces
    else
        check "kubeconfig $file: $outcome" expect_failure "$outcome" \
            kubectl --kubeconfig "$dir/kubeconfig/$file" --context c2 get namespaces
    fi
done <<'END'
token|-
token-file|-
certificate|-
certificate-files|-
insecure|-
expiring-server|-
limited|User "limited" cannot list resource
bad-token|Unauthorized
expired-certificate|Unauthorized
stranger-certificate|Unauthorized
expired-server|certificate has expired
wrong-ca|unknown authority
wrong-name|not elsewhere.test
END

all_listed() { [ "$(find "$dir/kubeconfig" -type f | wc -l)" = 13 ]; }
check 'these are all kubeconfigs' all_listed
# kubectl makes its cache as it likes.
private() { [ -z "$(find "$dir" -path "$dir/cache" -prune -o -perm /077 -print)" ]; }
check 'nothing of it is open to others' private

get() { kubectl --request-timeout=2s --context "$1" get --raw /readyz; }
check 'an API server can hang' "$cp" pause-apiserver "$dir" 1
check 'then its cluster does not answer' expect_failure '' get c1
check 'and the other one does' get c2
check 'it can go on' "$cp" resume-apiserver "$dir" 1
check 'and answers' get c1
check 'it can be stopped' "$cp" stop-apiserver "$dir" 1
check 'then its cluster refuses' expect_failure refused get c1
check 'it can be started and stopped and started' "$cp" restart-apiserver "$dir" 1
check 'and has what it had' kubectl -n smoke get deployment web

# Other control planes beside these end with their owner.
with_owner() {
    local owner port
    sleep 1000 &
    owner=$!
    "$cp" start "$scratch/owned" --owner "$owner"
    port=$(<"$scratch/owned/port/1")
    kill -9 "$owner"
    for _ in {1..50}; do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
        sleep 0.2
    done
    for _ in {1..50}; do
        [ -n "$(ls "$scratch/owned/run")" ] || return 0
        sleep 0.2
    done
    ls "$scratch/owned/run"
    return 1
}
check 'control planes end with their owner' with_owner
check 'a folder in use is refused' expect_failure 'not empty' "$cp" start "$dir"
check 'an API server that ends is told with its log' \
    expect_failure 'unknown flag: --nonsense' "$cp" start "$scratch/broken" -- --nonsense
nothing_running() { [ -z "$(ls "$scratch/broken/run")" ]; }
check 'and nothing is left of that start' nothing_running

sessions=$(awk '{ print $1 }' "$dir"/run/*)
ports=$(cat "$dir"/port/*)
kill -9 "$(awk '{ print $1 }' "$dir/run/etcd")"
check 'stop works with etcd dead' "$cp" stop "$dir"
check 'stop works with all stopped' "$cp" stop "$dir"
nothing_left() {
    local session port
    for session in $sessions; do
        # What follows the name: state, parent, group, session. Zombies wait for their parent.
        cat /proc/[0-9]*/stat 2>/dev/null | sed 's/.*) //' |
            awk -v s="$session" '$1 != "Z" && $4 == s' | grep . && return 1
    done
    for port in $ports; do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 1
    done
    return 0
}
check 'and leaves no process and no open port' nothing_left

tap_end
