#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# That control planes with controllers are what the other tests take them for: what is deployed
# becomes ready, or does not where that was asked for, and what is deleted goes.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
controllers_start --count 1

k() { kubectl -n shop "$@"; }
kubectl create namespace shop >/dev/null

deployed() {
    k create deployment web --image=nginx:1 --replicas=3
    k rollout status deployment/web --timeout=60s
}
check 'a Deployment becomes available' deployed
broken() {
    k create deployment bad --image=nginx:broken
    wait_for 30 eval '[ "$(kubectl -n shop get pods -l app=bad -o name | wc -l)" = 1 ]'
    [ "$(k get deployment bad -o jsonpath='{.status.readyReplicas}')" = '' ]
    [ "$(k get pods -l app=bad -o jsonpath='{.items[0].status.phase}')" = Pending ]
}
check 'one whose image has the tag broken does not' broken
job() {
    k create job once --image=nginx:1
    k wait --for=condition=complete job/once --timeout=60s
}
check 'a Job completes' job
others() {
    k apply -f - <<'END'
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1"}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec: {containers: [{name: agent, image: "agent:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, ports: [{port: 80}], selector: {app: web}}
END
    k rollout status statefulset/db --timeout=60s
    k rollout status daemonset/agent --timeout=60s
    k wait --for=jsonpath='{.status.phase}'=Bound pvc/data-db-1 --timeout=30s
    k wait --for=jsonpath='{.status.loadBalancer.ingress[0].ip}'=192.0.2.1 service/web --timeout=30s
}
check 'a StatefulSet, its claims, a DaemonSet and a load balancer become ready' others
gone() {
    kubectl delete namespace shop --timeout=60s
    expect_failure 'not found' kubectl get namespace shop
}
check 'a namespace goes with all that is in it' gone
tap_end
