#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway guardrail as a person types it: decisions, statuses, places of mistakes, exports, and the
# guardrails of the starter catalog on objects that keep to them and objects that do not. Prints TAP.
set -u
leeway=${top_builddir:-.}/leeway
catalog=${top_srcdir:-.}/doc/examples/catalog
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0
check() { # text, wanted, got
    count=$((count + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $count - $1"
    else
        failed=$((failed + 1))
        echo "not ok $count - $1"
        printf '%s\n' "wanted:" "$2" "got:" "$3" | sed 's/^/# /'
    fi
}
test_of() { "$leeway" guardrail test "$@" 2>&1; }
export_of() { "$leeway" guardrail export "$@" 2>&1; }

cat >"$tmp/policy.yaml" <<'IN'
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: few}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  paramKind: {apiVersion: v1, kind: ConfigMap}
  validations:
  - expression: object.spec.replicas <= int(params.data.max)
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: everywhere}
spec:
  policyName: few
  validationActions: [Deny]
  paramRef: {name: limits, parameterNotFoundAction: Deny}
IN
cat >"$tmp/web.yaml" <<'IN'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {replicas: 3}
IN
limits() { printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits}\ndata: {max: "%s"}\n' "$1" >"$tmp/params.yaml"; }

limits 3
check "what holds is allowed" "OBJECT          DECISION  POLICY  MESSAGE
Deployment/web  allowed" "$(test_of -f "$tmp/policy.yaml" --object "$tmp/web.yaml" --params "$tmp/params.yaml" | sed 's/ *$//')"
limits 2
got=$(test_of -f "$tmp/policy.yaml" --object "$tmp/web.yaml" --params "$tmp/params.yaml")
check "what does not is denied: status 2" 2 $?
check "in the server's words" "OBJECT          DECISION  POLICY  MESSAGE
Deployment/web  denied    few     failed expression: object.spec.replicas <= int(params.data.max)" "$got"
check "the whole sentence in JSON" \
    "ValidatingAdmissionPolicy 'few' with binding 'everywhere' denied request: failed expression: object.spec.replicas <= int(params.data.max)" \
    "$(test_of -f "$tmp/policy.yaml" --object "$tmp/web.yaml" --params "$tmp/params.yaml" -o json | sed -n 's/.*"text": "\(.*\)",*$/\1/p')"
got=$(test_of -f "$tmp/policy.yaml" --object "$tmp/web.yaml" | tail -1)
check "without the parameters it is unknown" \
    "Deployment/web  unknown   few     its parameters (ConfigMap limits) are not known here" "$got"
test_of -f "$tmp/policy.yaml" --object "$tmp/web.yaml" >/dev/null
check "status 3" 3 $?
check "another operation is not its matter" "Deployment/web  allowed" \
    "$(test_of -f "$tmp/policy.yaml" --object "$tmp/web.yaml" --operation delete | tail -1 | sed 's/ *$//')"

cat >"$tmp/wrong.yaml" <<'IN'
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: wrong}
spec:
  acton: Deny
  variables:
  - {name: images, expression: "object.spec.containers.map(c, c.image)"}
  validations:
  - expression: >-
      variables.imges.all(i,
        i != 'x')
  - {expression: "object.spec.flag"}
IN
check "mistakes are said at their places" \
    "wrong.yaml:5:3: .spec.acton: is not known here
    did you mean action?" \
    "$(test_of -f "$tmp/wrong.yaml" --object "$tmp/web.yaml" | sed 's/^.*wrong.yaml/wrong.yaml/')"
sed -i '/acton/d' "$tmp/wrong.yaml"
check "inside an expression, through the folds of the file" \
    "9:7: .spec.validations[0].expression: there is no such variable here
    declared above are images
11:19: .spec.validations[1].expression: must evaluate to bool but gives dyn
    compare it: … == true" \
    "$(test_of -f "$tmp/wrong.yaml" --object "$tmp/web.yaml" | sed 's/^.*wrong.yaml://')"
test_of -f "$tmp/wrong.yaml" --object "$tmp/web.yaml" >/dev/null
check "status 1" 1 $?
test_of --object "$tmp/web.yaml" >/dev/null
check "without rules it is wrong usage" 64 $?

# ---- export ----

cat >"$tmp/ours.yaml" <<'IN'
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: sizes}
spec:
  action: Warn
  match: {resources: [{groups: [apps], kinds: [Deployment]}, {groups: [example.org], kinds: [Proxy]}]}
  params: {max: 3, names: [a, 'it''s']}
  matchConditions: [{name: named, expression: "object.metadata.name in params.names"}]
  validations:
  - {expression: "object.spec.replicas <= params.max && object.params.max != 'params.max'"}
---
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: prod-only}
spec:
  clusters: {tier: prod}
  match: {resources: [{kinds: [Pod]}]}
  validations: [{expression: "cluster.name != 'x' || object.metadata.name == cluster.name"}]
---
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: teams}
spec:
  match: {resources: [{groups: [""], kinds: [Pod]}]}
  validations: [{expression: "env.team == 'a'"}]
IN
got=$("$leeway" guardrail export -f "$tmp/ours.yaml" 2>/dev/null)
check "parameters become constants, kinds resources" "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: sizes
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - apiGroups:
      - apps
      apiVersions:
      - \"*\"
      operations:
      - CREATE
      - UPDATE
      resources:
      - deployments
    - apiGroups:
      - example.org
      apiVersions:
      - \"*\"
      operations:
      - CREATE
      - UPDATE
      resources:
      - proxies
  matchConditions:
  - name: named
    expression: \"object.metadata.name in {'max': dyn(3), 'names': dyn([dyn('a'), dyn('it\\\\'s')])}.names\"
  variables:
  - name: params
    expression: \"{'max': dyn(3), 'names': dyn([dyn('a'), dyn('it\\\\'s')])}\"
  validations:
  - expression: object.spec.replicas <= variables.params.max && object.params.max != 'params.max'
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: sizes
spec:
  policyName: sizes
  validationActions:
  - Warn" "$got"
check "what cannot be exported is said" \
    "guardrail 'prod-only' is not exported: it reads cluster, which an API server does not know
    name a cluster and it is exported for that one
guardrail 'teams' is not exported: it reads env, which an API server does not know
    leeway checks it on every plan" \
    "$(export_of -f "$tmp/ours.yaml" | sed -n "/is not exported/,\$ s/.*\(guardrail '.*\)/\1/p; /^    name a/p; /^    leeway/p")"
export_of -f "$tmp/ours.yaml" >/dev/null
check "status 3" 3 $?
printf '{name: eu-1, labels: {tier: prod}}\n' >"$tmp/cluster.yaml"
check "for a cluster it is a constant, too" \
    "variables.cluster.name != 'x' || object.metadata.name == variables.cluster.name" \
    "$(export_of -f "$tmp/ours.yaml" --cluster "$tmp/cluster.yaml" | sed -n 's/.*expression: \(variables.cluster.*\)/\1/p')"
printf '{name: dev-1, labels: {tier: dev}}\n' >"$tmp/cluster.yaml"
check "where it does not hold it is left out" "sizes" \
    "$(export_of -f "$tmp/ours.yaml" --cluster "$tmp/cluster.yaml" 2>&1 | sed -n 's/^  name: \(.*\)/\1/p' | uniq)"
cat >"$tmp/shadow.yaml" <<'IN'
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: shadow}
spec:
  match: {resources: [{groups: [""], kinds: [ConfigMap]}]}
  params: {max: 3}
  variables: [{name: params, expression: "object.data.map(params, params + 'params')"}]
  validations: [{expression: "variables.params.all(params, params.size() < params.size() + 1) && size(object.data) < params.max"}]
IN
check "a loop's variable named like ours stays, and so does a policy's own" \
    "  - expression: object.data.map(params, params + 'params')
  - expression: variables.params.all(params, params.size() < params.size() + 1) && size(object.data) < variables.params_.max" \
    "$(export_of -f "$tmp/shadow.yaml" | grep -E "^ +(- )?expression: (object.data|variables.params.all)" | sed 's/^ *\(- \)*/  - /')"
"$leeway" guardrail export -f "$tmp/ours.yaml" >"$tmp/back.yaml" 2>/dev/null
printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 4}\nparams: {max: 1}\n' >"$tmp/a.yaml"
check "an export reads back and decides alike" "warned" \
    "$(test_of -f "$tmp/back.yaml" --object "$tmp/a.yaml" | awk 'NR == 2 {print $2}')"

# ---- the starter catalog's rules ----

cat >"$tmp/good.yaml" <<'IN'
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: registry.example/web:1.2
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {path: /, port: 8080}}
        resources: {requests: {cpu: 10m, memory: 32Mi}, limits: {memory: 64Mi}}
        securityContext:
          allowPrivilegeEscalation: false
          runAsNonRoot: true
          capabilities: {drop: [ALL]}
          seccompProfile: {type: RuntimeDefault}
IN
check "an object that keeps to the standards is allowed" "Deployment/web  allowed" \
    "$(test_of -f "$catalog" --object "$tmp/good.yaml" | tail -1 | sed 's/ *$//')"
while IFS='|' read -r edit policy; do
    sed "$edit" "$tmp/good.yaml" >"$tmp/bad.yaml"
    check "denied by $policy: $edit" "denied $policy" \
        "$(test_of -f "$catalog" --object "$tmp/bad.yaml" | awk '$2 == "denied" {print $2, $3; exit}')"
done <<'IN'
s/web:1.2/web:latest/|fixed-image-tags
s/web:1.2/web/|fixed-image-tags
s/limits: {memory: 64Mi}/limits: {cpu: 1}/|requests-and-limits
s/runAsNonRoot: true/runAsNonRoot: false/|pod-security-restricted
s/drop: .ALL./drop: [NET_RAW]/|pod-security-restricted
s/RuntimeDefault/Unconfined/|pod-security-baseline
s/    spec:$/    spec:\n      hostNetwork: true/|pod-security-baseline
s/    spec:$/    spec:\n      volumes: [{name: root, hostPath: {path: \/}}]/|pod-security-baseline
IN
echo "1..$count"
[ "$failed" = 0 ]
