#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Exported guardrails on a real API server: it accepts them, and decides as leeway does, object by
# object and message by message. Then expressions of every kind, whose failures are worded alike.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
catalog=$real/../../doc/examples/catalog
clusters_start --count 1
k() { kubectl --context c1 "$@"; }
printf '{username: admin, groups: ["system:masters", "system:authenticated"]}\n' >"$scratch/user.yaml"
printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {tier: prod}}\n' >"$scratch/namespace.yaml"
k apply -f "$scratch/namespace.yaml" >/dev/null
k get namespace shop -o yaml >"$scratch/namespace.yaml"

# ---- the starter catalog's guardrails ----

printf '{name: c1, labels: {tier: prod}}\n' >"$scratch/cluster.yaml"
exported() {
    local status=0
    "$leeway" guardrail export -f "$catalog" --cluster "$scratch/cluster.yaml" >"$scratch/rules.yaml" || status=$?
    [ $status = 3 ] # rules over a whole environment stay here
    k apply -f "$scratch/rules.yaml"
}
check 'the server accepts every exported guardrail' exported

# Policies are in force some moments after they were accepted.
in_force() { # OBJECT-FILE: until the server denies it
    local i
    for i in $(seq 100); do
        k create --dry-run=server -f "$1" >/dev/null 2>"$scratch/said" || return 0
        sleep 0.2
    done
    return 1
}

good='{allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}'
needs='{requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 32Mi}}'
pod() { # NAME PODSPEC
    printf -- '---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: shop}\nspec: %s\n' "$1" "$2"
}
deployment() { # NAME PODSPEC
    printf -- '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: shop}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: %s}}\n' "$1" "$2"
}
cronjob() { # NAME PODSPEC
    printf -- '---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: %s, namespace: shop}\nspec: {schedule: "0 1 * * *", jobTemplate: {spec: {template: {spec: %s}}}}\n' "$1" "$2"
}
container() { # FIELDS: one container besides its name
    printf '{containers: [{name: a, image: "nginx:1.29", resources: %s, %s}]}' "$needs" "$1"
}
corpus() {
    local i=0 s
    pod good "$(container "securityContext: $good")"
    pod good-init "{initContainers: [{name: i, image: x, securityContext: $good}], containers: [{name: a, image: x, securityContext: $good}]}"
    pod pod-level "{securityContext: {runAsNonRoot: true, seccompProfile: {type: Localhost, localhostProfile: p}}, containers: [{name: a, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}}]}"
    pod bare '{containers: [{name: a, image: x}]}'
    pod bad-init "{initContainers: [{name: i, image: x}], containers: [{name: a, image: x, securityContext: $good}]}"
    for s in 'privileged: true' 'runAsUser: 0' 'runAsNonRoot: false' 'procMount: Unmasked' \
        'capabilities: {drop: [ALL], add: [SYS_ADMIN]}' 'capabilities: {drop: [NET_RAW]}' \
        'seccompProfile: {type: Unconfined}' 'seLinuxOptions: {type: spc_t}' 'seLinuxOptions: {user: u}' \
        'appArmorProfile: {type: Unconfined}' 'windowsOptions: {hostProcess: true}' 'allowPrivilegeEscalation: true'; do
        i=$((i + 1))
        # the last of two equal keys would be an error: leave the good one out
        pod "context-$i" "$(container "securityContext: $(override "$good" "$s")")"
    done
    for s in 'hostNetwork: true' 'hostPID: true' 'hostIPC: true' 'hostUsers: false' \
        'volumes: [{name: v, hostPath: {path: /}}]' 'volumes: [{name: v, emptyDir: {}}]' \
        'volumes: [{name: v, nfs: {server: s, path: /}}]' \
        'securityContext: {sysctls: [{name: kernel.msgmax, value: "1"}]}' \
        'securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: "1"}]}' \
        'securityContext: {runAsUser: 0}' 'securityContext: {runAsNonRoot: false}'; do
        i=$((i + 1))
        pod "spec-$i" "{$s, containers: [{name: a, image: x, securityContext: $good}]}"
    done
    for s in 'ports: [{containerPort: 80, hostPort: 80}]' 'ports: [{containerPort: 80}]' \
        'livenessProbe: {httpGet: {port: 80, host: example.org}}' 'livenessProbe: {httpGet: {port: 80}}' \
        'lifecycle: {preStop: {tcpSocket: {port: 80, host: example.org}}}'; do
        i=$((i + 1))
        pod "container-$i" "$(container "securityContext: $good, $s")"
    done
    deployment good "$(container "securityContext: $good")"
    deployment latest "{containers: [{name: a, image: 'nginx:latest', resources: $needs, securityContext: $good}]}"
    deployment no-tag "{containers: [{name: a, image: 'localhost:5000/nginx', resources: $needs, securityContext: $good}]}"
    deployment digest "{containers: [{name: a, image: 'nginx@sha256:0123456789012345678901234567890123456789012345678901234567890123', resources: $needs, securityContext: $good}]}"
    deployment no-limits "{containers: [{name: a, image: 'nginx:1', securityContext: $good}]}"
    deployment requests-only "{containers: [{name: a, image: 'nginx:1', resources: {requests: {cpu: 1}}, securityContext: $good}]}"
    cronjob good "{restartPolicy: Never, $(container "securityContext: $good" | sed 's/^{//')"
    cronjob bad "{restartPolicy: Never, hostNetwork: true, $(container 'stdin: false' | sed 's/^{//')"
    cat <<'END'
---
apiVersion: v1
kind: Service
metadata: {name: node, namespace: shop}
spec: {type: NodePort, selector: {a: b}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: inside, namespace: shop}
spec: {selector: {a: b}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: plain, namespace: shop}
spec: {rules: [{host: a.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: encrypted, namespace: shop}
spec: {tls: [{hosts: [a.example.org], secretName: s}], rules: [{host: a.example.org, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: wide, namespace: shop}
rules: [{apiGroups: [""], resources: ["*"], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: narrow, namespace: shop}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
END
}
# shellcheck disable=SC2001
override() { # FLOWMAP "KEY: VALUE": the map with that key replaced or added
    local key=${2%%:*}
    case $key in
    capabilities) sed "s/capabilities: {drop: \[ALL\]}/$2/" <<<"$1" ;;
    seccompProfile) sed "s/seccompProfile: {type: RuntimeDefault}/$2/" <<<"$1" ;;
    runAsNonRoot) sed "s/runAsNonRoot: true/$2/" <<<"$1" ;;
    allowPrivilegeEscalation) sed "s/allowPrivilegeEscalation: false/$2/" <<<"$1" ;;
    *) sed "s/}\$/, $2}/" <<<"$1" ;;
    esac
}

# The server's answer: allowed, or the sentence of its denial; and its warnings.
answer_of_server() { # FILE
    local said status=0
    said=$(k create --dry-run=server -f "$1" 2>&1) || status=$?
    if [ $status = 0 ]; then echo allowed; else sed -n 's/.*\(ValidatingAdmissionPolicy .*\)/\1/p' <<<"$said" | head -1; fi
}
sentences() { # FILE…: leeway's, one a line
    "$leeway" guardrail test -f "$scratch/rules.yaml" --object "$1" --namespace "$scratch/namespace.yaml" \
        --user "$scratch/user.yaml" -o yaml | sed -n 's/^ *text: //p' | sed "s/^\"\(.*\)\"$/\1/; s/\\\\\"/\"/g"
}
differs=0 compared=0 invalid=0
compare() { # FILE
    local theirs ours status=0
    theirs=$(answer_of_server "$1")
    ours=$(sentences "$1") || true # the status of a denial
    "$leeway" guardrail test -f "$scratch/rules.yaml" --object "$1" --namespace "$scratch/namespace.yaml" \
        --user "$scratch/user.yaml" >/dev/null || status=$?
    compared=$((compared + 1))
    if [ -z "$theirs" ]; then # its own validation refuses the object: no rule was asked
        invalid=$((invalid + 1))
        return
    elif [ "$theirs" = allowed ]; then
        [ $status = 0 ] && return
    elif [ $status = 2 ] && grep -qxF -- "$theirs" <<<"$ours"; then
        return
    fi
    differs=$((differs + 1))
    printf '%s\nserver: %s\nleeway (%s): %s\n' "$(cat "$1")" "$theirs" $status "$ours" >>"$scratch/differences"
}
split() { # into $scratch/objects/N.yaml
    mkdir -p "$scratch/objects"
    corpus | awk -v d="$scratch/objects" '/^---$/ {n++; next} {print > (d "/" sprintf("%03d", n) ".yaml")}'
}
split
printf -- 'apiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: shop}\nspec: {hostPID: true, containers: [{name: a, image: x}]}\n' >"$scratch/bare.yaml"
check 'and they are in force' in_force "$scratch/bare.yaml"
same_decisions() {
    local f
    for f in "$scratch"/objects/*.yaml; do compare "$f"; done
    [ $differs = 0 ] || { head -c 3000 "$scratch/differences"; return 1; }
    [ $compared -gt 45 ] && [ $invalid -lt 5 ]
}
check 'the server decides as leeway does, and says the same' same_decisions

# ---- expressions, and how their failures are worded ----

# Eight to a policy: the server cuts what it warns of at 4 KiB.
expressions() {
    cat <<'END'
object.data.none == 'x'
object.data.a.b == 'x'
has(object.data.a.b)
has(object.data.none.b)
object.data.?a.?b.orValue('none') == 'x'
object.data[?'a'].hasValue() && object.data['zz'] == '1'
int(object.data.a) == 1
int(object.data.n) + 9223372036854775807 > 0
int(object.data.n) / 0 == 1
int(object.data.n) % 0 == 1
object.data.a + 1 == 2
object.data.a < 1
object.data.a.all(x, x == 'a')
object.data.all(k, v, v.size() > 100)
object.metadata.labels.size() > 0
object.data.a.size() > object.immutable.size()
object.data.a.split('r')[7] == 'x'
object.data.a.substring(9) == 'x'
object.data.a.charAt(9) == 'x'
object.data.a[0] == 'x'
timestamp(object.data.a) > timestamp('2024-01-01T00:00:00Z')
duration(object.data.a) > duration('1s')
quantity(object.data.a).isInteger()
quantity('5kk').isInteger() || quantity(object.data.n + 'kk').isInteger()
ip(object.data.a).family() == 4
ip(object.data.ip).family() == 4
cidr(object.data.a).prefixLength() == 4
url(object.data.a).getHost() == 'x'
semver(object.data.a).major() == 1
semver(object.data.v).major() == 1
object.data.a.matches(object.data.re)
object.data.a.find(object.data.n) == object.data.a
bool(object.data.a)
double(object.data.a) == 1.0
uint(object.data.neg) == 1u
string(object.data) == 'x'
[1, 2].exists(x, x / 0 == 1)
object.data.map(k, object.data[k]).join(object.data) == 'x'
oldObject.data.a == 'x'
object.data.x.y.z == 1 || object.data.a == 'str'
object.data.x.y.z == 1 && object.data.a == 'zzz'
namespaceObject.metadata.labels['tier'] == 'dev'
namespaceObject.metadata.annotations['tier'] == 'dev'
request.userInfo.username == 'nobody'
request.name == 'x' || request.options.kind == 'CreateOptions'
authorizer.group('').resource('pods').namespace('shop').check('get').allowed() == false
authorizer.requestResource.check('create').allowed() == false
variables.bad == 1
variables.good + variables.bad == 1
has(variables.bad)
variables.?bad.orValue(3) == 3
variables.list.first().value() == 3
variables.good == 2
format.dns1123Label().validate(object.data.ip).hasValue() == false
object.data.a.format([1]) == 'str'
'%d'.format([object.data.a]) == 'x'
sets.contains(object.data.a.split(''), ['q'])
object.data.a.lowerAscii().upperAscii() == 'str'
lists.range(int(object.data.n)).size() == 7
object.data.a in object.data.a
END
}
object='{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, namespace: shop}, data: {a: str, n: "1", ip: "10.0.0.400", v: "v1.2.3", neg: "-1", re: "(a"}}\n'
policies() {
    local n=0 part=0 line
    while IFS= read -r line; do
        if [ $((n % 8)) = 0 ]; then
            part=$((part + 1))
            printf -- '---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: b%s}\nspec: {policyName: p%s, validationActions: [Warn]}\n' $part $part
            printf -- '---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p%s}\nspec:\n  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps], resourceNames: [m%s]}]}\n' $part $part
            printf '  variables:\n  - {name: good, expression: "1"}\n  - {name: list, expression: "[1, 2]"}\n  - {name: bad, expression: "int(object.data.a)"}\n  validations:\n'
        fi
        n=$((n + 1))
        printf '  - expression: |-\n      %s\n' "$line"
    done < <(expressions)
}
policies >"$scratch/expressions.yaml"
# What cannot compile is not accepted: leave such out on both sides, but only when both say so.
k delete validatingadmissionpolicies,validatingadmissionpolicybindings --all >/dev/null
says_the_same() {
    local part parts theirs ours i
    parts=$(grep -c '^kind: ValidatingAdmissionPolicy$' "$scratch/expressions.yaml")
    k apply -f "$scratch/expressions.yaml" >/dev/null
    for part in $(seq "$parts"); do
        # shellcheck disable=SC2059
        printf "$object" "m$part" >"$scratch/m.yaml"
        ours=$("$leeway" guardrail test -f "$scratch/expressions.yaml" --object "$scratch/m.yaml" \
            --namespace "$scratch/namespace.yaml" --user "$scratch/user.yaml" -o json |
            sed -n 's/^ *"text": "\(.*\)",*$/\1/p' | sed 's/\\"/"/g; s/\\\\/\\/g' | cut -c1-200 | sort) || true
        for i in $(seq 50); do
            theirs=$(k create --dry-run=server -f "$scratch/m.yaml" 2>&1 | sed -n 's/^Warning: //p' | cut -c1-200 | sort)
            [ -n "$theirs" ] && break
            sleep 0.2
        done
        diff <(printf '%s\n' "$theirs") <(printf '%s\n' "$ours") || return 1
    done
}
check 'failures of expressions are worded alike' says_the_same


# ---- on plans ----

k delete validatingadmissionpolicies,validatingadmissionpolicybindings --all >/dev/null
export XDG_STATE_HOME=$scratch/state
mkdir -p "$scratch/fleet/rules/guardrails" "$scratch/m"
cat >"$scratch/fleet/leeway.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: acme}
spec:
  inventory: [{kubeconfig: {contexts: [c1], labels: {tier: prod}}}]
  catalogs: [rules]
END
cat >"$scratch/fleet/rules/guardrails/rules.yaml" <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: few}
spec:
  clusters: {tier: prod}
  match: {resources: [{groups: [apps], kinds: [Deployment]}]}
  validations:
  - expression: object.spec.replicas <= 3
    messageExpression: "'at most 3 on ' + cluster.name + ' for ' + env.name"
---
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: grow-slowly}
spec:
  action: Warn
  match: {resources: [{groups: [apps], kinds: [Deployment]}]}
  validations: [{expression: "oldObject == null || object.spec.replicas <= oldObject.spec.replicas + 1", message: grows by more than one}]
---
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: no-values}
spec:
  action: Warn
  match: {resources: [{groups: [""], kinds: [Secret]}]}
  validations: [{expression: "false", messageExpression: "'data is ' + string(object.data)"}, {expression: "false", messageExpression: "'p is ' + object.data.p"}]
---
apiVersion: leeway.dev/v1alpha1
kind: Guardrail
metadata: {name: together}
spec:
  scope: environment
  validations: [{expression: "objects.filter(o, o.kind == 'ConfigMap').size() < 3", message: three are a crowd}]
END
manifests() { # REPLICAS CONFIGMAPS
    local i
    rm -f "$scratch"/m/*
    cat >"$scratch/m/web.yaml" <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: $1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example/web:1"}]}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
stringData: {p: hush-hush}
END
    for i in $(seq "$2"); do
        printf -- 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: conf-%s}\n' "$i" >"$scratch/m/conf-$i.yaml"
    done
}
plan() {
    local status=0
    "$leeway" plan --fleet "$scratch/fleet/leeway.yaml" -f "$scratch/m" --env shop -n shop "$@" 2>&1 || status=$?
    [ $status = 0 ] || [ $status = 2 ] || return $status
}
says() { # WORDS COMMAND...
    local words=$1 said
    shift
    said=$("$@") || true
    printf '%s\n' "$said"
    grep -qF -- "$words" <<<"$said"
}
says_not() {
    local words=$1 said
    shift
    said=$("$@") || true
    printf '%s\n' "$said"
    ! grep -qF -- "$words" <<<"$said"
}
apply_it() {
    "$leeway" apply "$(plan -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p')" --fleet "$scratch/fleet/leeway.yaml"
}
manifests 4 1
check 'a denial stops the plan, in the words of the rule' says "guardrail 'few' denies: at most 3 on c1 for shop" plan
check 'and says where the rule is' says 'rules.yaml:8:17' plan
check 'there is nothing to apply then' says_not '"hash": "' plan -o json
manifests 1 1
check 'what keeps to the rules is planned' apply_it
check 'a warning is part of the plan' says "guardrail 'no-values' warns" plan
check 'no rule sees the value of a secret' says_not 'hush-hush' plan
check 'not even in base64' says_not "$(printf hush-hush | base64)" plan
manifests 3 1
check 'rules see what lives' says "guardrail 'grow-slowly' warns: grows by more than one" plan
check 'a warning does not stop it' plan
manifests 1 3
check 'rules over the whole environment' says "guardrail 'together' denies: three are a crowd" plan
printf 'apiVersion: leeway.dev/v1alpha1\nkind: Guardrail\nmetadata: {name: broken}\nspec: {validations: [{expression: "objct.x == 1"}]}\n' >"$scratch/fleet/rules/guardrails/broken.yaml"
# what was used first is trusted, unless the fleet asks nobody: rules that were altered are refused before they are read
sed -i 's/^spec:$/spec:\n  approvals: {required: 0}/' "$scratch/fleet/leeway.yaml"
manifests 1 1
check 'guardrails that cannot be read stop every plan' says "did you mean 'object'" plan

tap_end
