#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What other tools were seen to call drift although nobody changed anything, and what they missed:
# one object a trap, in one folder. First nothing of it may alarm; then in each the change that such
# a rule could hide is made, and has to be said. Only what needs no controller but the API server;
# where a controller writes, its write is made by hand under its name.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"
clusters_start --count 1
# shellcheck source=drift.bash
. "$real/drift.bash"
server=https://127.0.0.1:$(cat "$scratch/cp/port/1")
# as MANAGER TYPE PATH BODY: a patch under another manager's name.
as() {
    curl -sk --fail-with-body -X PATCH -H "Authorization: Bearer $(cat "$scratch/cp/pki/admin.token")" \
        -H "Content-Type: application/$2" -d "$4" "$server$3?fieldManager=$1" >"$scratch/answer" ||
        { cat "$scratch/answer"; return 1; }
}
shop=/namespaces/shop
json=json-patch+json merge=merge-patch+json strategic=strategic-merge-patch+json

cat >"$m/a.yaml" <<'END'
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              cpu: {type: string}
              maybe: {type: string, nullable: true}
              rules:
                type: array
                x-kubernetes-list-type: atomic
                items: {type: object, properties: {name: {type: string}}}
              tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
              port: {x-kubernetes-int-or-string: true}
END
check 'a kind of our own' give
kubectl --context c1 wait --for=condition=Established crd/gadgets.x.io >/dev/null
cat >"$m/b.yaml" <<'END'
apiVersion: v1
kind: Secret
metadata: {name: words, creationTimestamp: null}
stringData: {plain: hello, both: from-string}
data: {both: eA==, empty: "", none: null}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: leader, labels: {}, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}', mine: a}}
data: {conf: "a: 1\n", wide: "\u00e9\U0001F600 \u007f"}
status: {ignored: true}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: shop-sum}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {shop/part: "true"}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: norules}
rules: []
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: shop-hook}
webhooks:
- name: a.shop.io
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  clientConfig: {service: {name: hook, namespace: shop}, caBundle: Cg==}
  rules: [{apiGroups: [nobody.io], apiVersions: [v1], resources: [nothings], operations: [CREATE]}]
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.nobody.io}
spec: {group: nobody.io, version: v1, groupPriorityMinimum: 100, versionPriority: 10, caBundle: "",
  service: {name: hook, namespace: shop}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: turns.x.io}
spec:
  group: x.io
  scope: Namespaced
  names: {plural: turns, kind: Turn}
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: {service: {name: hook, namespace: shop}, caBundle: Cg==}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 1
  maxReplicas: 9
  metrics:
  - {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: 70}}}
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}
---
apiVersion: v1
kind: Endpoints
metadata: {name: outside}
subsets:
- addresses: [{ip: 10.9.0.2}, {ip: 10.9.0.1}]
  ports: [{port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: outside, labels: {kubernetes.io/service-name: outside}}
addressType: IPv4
endpoints: [{addresses: [10.9.0.2]}]
ports: [{port: 80}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1024Mi}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{name: a, port: 53, protocol: UDP}, {name: b, port: 53}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot}
imagePullSecrets: [{name: mine}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {creationTimestamp: null, labels: {app: db}}
    spec: {containers: [{name: db, image: "db:1"}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1.5Gi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {}}
spec:
  replicas: 2
  paused: false
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 25%}}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {creationTimestamp: null, labels: {app: web}, annotations: {}}
    spec:
      hostNetwork: false
      serviceAccount: robot
      nodeSelector: {}
      tolerations: []
      containers:
      - name: web
        image: nginx:1
        args: []
        env: [{name: A, value: ""}]
        volumeMounts: []
        livenessProbe: {httpGet: {path: /, port: 80}, initialDelaySeconds: 0}
        resources: {requests: {cpu: 0.5, memory: 1.5Gi}, limits: {memory: "1610612736"}}
        securityContext: {}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: tick}
spec:
  schedule: "0 3 * * *"
  suspend: false
  jobTemplate:
    metadata: {creationTimestamp: null}
    spec: {template: {spec: {restartPolicy: Never, containers: [{name: t, image: "t:1"}]}}}
---
apiVersion: coordination.k8s.io/v1
kind: Lease
metadata: {name: lock}
spec: {holderIdentity: me, renewTime: "2026-01-01T00:00:00.000000Z", leaseDurationSeconds: 15}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules: [{host: a.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: b}}}}]}}]
---
apiVersion: x.io/v1
kind: Gadget
metadata: {name: one}
spec: {cpu: 1000m, maybe: null, rules: [{name: a}], tags: [b, a], port: "80"}
END
check 'one object a trap is given' give
note "the server: $(server_version)"
check 'defaults, empty and null fields, quantities, times and twins raise no alarm' clean
again() { ours plan -f "$m" --env shop -n shop >"$scratch/again" || { tail -n 30 "$scratch/again"; return 1; }; }
check 'and planned again, nothing is to do' again
unknown_field() { sed 's/schedule:/shedule:/' "$m/b.yaml" >"$scratch/u.yaml"; mkdir -p "$scratch/u" && cp "$m/a.yaml" "$scratch/u.yaml" "$scratch/u" &&
    expect_failure shedule ours plan -f "$scratch/u" --env shop -n shop; }
check 'a misspelt field is an error of the plan, not dropped in silence' unknown_field

# ---- what controllers write, under their names ----
kcm=kube-controller-manager
check 'the aggregation controller fills in rules' as clusterrole-aggregation-controller $merge \
    /apis/rbac.authorization.k8s.io/v1/clusterroles/shop-sum '{"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}'
ca=$(base64 -w0 <"$scratch/cp/pki/ca.crt")
check 'an injector fills the bundle of a webhook' as cert-manager-cainjector $json \
    /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/shop-hook \
    '[{"op":"add","path":"/webhooks/0/clientConfig/caBundle","value":"'"$ca"'"}]'
check 'of an APIService' as cert-manager-cainjector $merge /apis/apiregistration.k8s.io/v1/apiservices/v1.nobody.io \
    '{"spec":{"caBundle":"'"$ca"'"}}'
check 'and of a conversion' as cert-manager-cainjector $merge /apis/apiextensions.k8s.io/v1/customresourcedefinitions/turns.x.io \
    '{"spec":{"conversion":{"webhook":{"clientConfig":{"caBundle":"'"$ca"'"}}}}}'
check 'an autoscaler is labelled in a version without a field for each metric' as tool $merge \
    /apis/autoscaling/v1$shop/horizontalpodautoscalers/web '{"metadata":{"labels":{"theirs":"x"}}}'
kept_order() { [ "$(k get hpa.v2.autoscaling web -o jsonpath='{.spec.metrics[0].resource.name}')" = memory ]; }
check 'from which its metrics come back in their order on this server' kept_order
check 'the volume controller binds a claim' as $kcm $merge /api/v1$shop/persistentvolumeclaims/data \
    '{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},"spec":{"volumeName":"pv-1","storageClassName":"std"}}'
check 'a service account gets a secret' as $kcm $merge /api/v1$shop/serviceaccounts/robot '{"secrets":[{"name":"robot-token-x"}]}'
check 'the deployment controller numbers its revision' as $kcm $merge /apis/apps/v1$shop/deployments/web \
    '{"metadata":{"annotations":{"deployment.kubernetes.io/revision":"7"}}}'
check 'a leader writes its record beside a configuration' as elector $merge /api/v1$shop/configmaps/leader \
    '{"metadata":{"annotations":{"control-plane.alpha.kubernetes.io/leader":"me"}}}'
check 'somebody applies on the client side beside us' as kubectl-client-side-apply $merge /api/v1$shop/configmaps/leader \
    '{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}}}'
check 'a status is written' "$real/set-status" -n shop deployment/web available
check 'none of these is an alarm' clean
check 'and planned again, still nothing is to do' again

# ---- the server changes its mind ----
crd=/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.x.io
rules=/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/rules/items/properties/weight
check 'a definition gets a default inside an atomic list' as upgrade $json $crd \
    '[{"op":"add","path":"'"$rules"'","value":{"type":"integer","default":5}}]'
defaulted() { # the server takes the new schema up within a second or so
    local tries
    for tries in $(seq 50); do
        [ "$(k get gadget one -o jsonpath='{.spec.rules[0].weight}')" = 5 ] && return
        sleep 0.1
    done
    return 1
}
check 'which every read shows from then on' defaulted
crd_only='unexpected CustomResourceDefinition/gadgets.x.io changed .spec.versions '
said() { rows | cut -f1-4 | tr '\t' ' ' >"$scratch/said"; [ "$(cat "$scratch/said")" = "${crd_only% }" ] || { cat "$scratch/said"; return 1; }; }
check 'the objects are as the server would make them: only the definition itself differs' said
sed -i 's/items: {type: object, properties: {name: {type: string}}}/items: {type: object, properties: {name: {type: string}, weight: {type: integer, default: 5}}}/' "$m/a.yaml"
check 'with the definition in the folder' give
check 'all is clean' clean

# A rule of admission rewrites what we own on every write, and puts a container beside ours.
cat <<'END' | kubectl --context c1 apply -f - >/dev/null
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: mirror}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  mutations:
  - patchType: JSONPatch
    jsonPatch:
      expression: >-
        [JSONPatch{op: "replace", path: "/spec/template/spec/containers/0/image",
                   value: "mirror/" + object.spec.template.spec.containers[0].image.replace("mirror/", "")}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: mirror}
spec: {policyName: mirror}
END
mirrored() {
    local tries
    for tries in $(seq 100); do
        k annotate deployment web "try=$tries" --overwrite >/dev/null || return
        [[ $(k get deployment web -o jsonpath='{.spec.template.spec.containers[0].image}') = mirror/* ]] && return
        sleep 0.1
    done
    return 1
}
check 'admission rewrites an image of ours, and no manager says so' mirrored
check 'which the server would do again: not an alarm' clean
sed -i 's/image: nginx:1$/image: nginx:2/' "$m/b.yaml"
check 'a release passes through it' give
check 'and its rewritten value is what was given' clean
settled() { ours plan -f "$m" --env shop -n shop >"$scratch/again"; }
check 'the next plan has nothing to do, although the folder says otherwise' settled
kubectl --context c1 delete mutatingadmissionpolicybinding mirror >/dev/null
kubectl --context c1 delete mutatingadmissionpolicy mirror >/dev/null

# ---- a list with one key twice ----
k get deployment web -o json >"$scratch/web.json"
python3 - "$scratch/web.json" <<'END'
import json, sys
d = json.load(open(sys.argv[1]))
d["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "A", "value": "two"})
d["metadata"].pop("managedFields", None)
json.dump(d, open(sys.argv[1], "w"))
END
check 'a replace puts one variable there twice' k replace -f "$scratch/web.json"
twice() { rows | cut -f2-4 >"$scratch/said"; grep -q 'env\[name="A"\]' "$scratch/said" || { cat "$scratch/said"; return 1; }; }
check 'which is said, by its key' twice
check 'it is given back' revert deployment/web
check 'and clean' clean

# ---- none missed: the change that each rule could hide ----
one() { # EXPECTED: exactly one row; then what is given back is clean
    drifts "$1"
}
mend() { revert "$@" && clean; }
missed() { # NAME OBJECT EXPECTED MANAGER TYPE PATH BODY
    local name=$1 object=$2 expected=$3
    shift 3
    check "$name: written" as "$@"
    check "$name: said" one "$expected"
    check "$name: given back" mend "$object"
}
missed 'an empty list that was given, filled by others' configmap/leader \
    'unexpected ConfigMap/leader changed .metadata.annotations.mine a>b tool unknown' \
    tool $merge /api/v1$shop/configmaps/leader '{"metadata":{"annotations":{"mine":"b"}}}'
missed 'an atomic list of credentials' serviceaccount/robot \
    'unexpected ServiceAccount/robot changed .imagePullSecrets [{"name":"mine"}]>[{"name":"mine"},{"name":"robot-dockercfg"}] openshift unknown' \
    openshift $merge /api/v1$shop/serviceaccounts/robot '{"imagePullSecrets":[{"name":"mine"},{"name":"robot-dockercfg"}]}'
missed 'another target of the autoscaler' horizontalpodautoscaler/web \
    'unexpected HorizontalPodAutoscaler/web changed .spec.metrics [{"resource":{"name":"memory","target":{"averageUtilization":70,"type":"Utilization"}},"type":"Resource"},{"resource":{"name":"cpu","target":{"averageUtilization":60,"type":"Utilization"}},"type":"Resource"}]>[{"resource":{"name":"memory","target":{"averageUtilization":99,"type":"Utilization"}},"type":"Resource"},{"resource":{"name":"cpu","target":{"averageUtilization":60,"type":"Utilization"}},"type":"Resource"}] tool unknown' \
    tool $json /apis/autoscaling/v2$shop/horizontalpodautoscalers/web \
    '[{"op":"replace","path":"/spec/metrics/0/resource/target/averageUtilization","value":99}]'
missed 'an address among endpoints' endpoints/outside \
    'unexpected Endpoints/outside changed .subsets [{"addresses":[{"ip":"10.9.0.2"},{"ip":"10.9.0.1"}],"ports":[{"port":80,"protocol":"TCP"}]}]>[{"addresses":[{"ip":"10.9.0.7"},{"ip":"10.9.0.1"}],"ports":[{"port":80,"protocol":"TCP"}]}] tool unknown' \
    tool $json /api/v1$shop/endpoints/outside '[{"op":"replace","path":"/subsets/0/addresses/0/ip","value":"10.9.0.7"}]'
missed 'a rule of admission that fails open' validatingwebhookconfiguration/shop-hook \
    'unexpected ValidatingWebhookConfiguration/shop-hook changed .webhooks[name="a.shop.io"].failurePolicy Ignore>Fail tool unknown' \
    tool $json /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/shop-hook \
    '[{"op":"replace","path":"/webhooks/0/failurePolicy","value":"Fail"}]'
missed 'a role that had no rules' role/norules \
    'unexpected Role/norules changed .rules empty>[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}] tool unknown' \
    tool $merge /apis/rbac.authorization.k8s.io/v1$shop/roles/norules '{"rules":[{"apiGroups":["*"],"resources":["*"],"verbs":["*"]}]}'
tap_end
