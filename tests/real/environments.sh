#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Environments from blueprints on two real API servers: launched, healthy without drift, a
# parameter changed, moved off a cluster, destroyed with its file kept.

# shellcheck source-path=SCRIPTDIR source=tap.bash
. "$(dirname "${BASH_SOURCE[0]}")/tap.bash"

leeway=${top_builddir:-$real/../../build}/leeway
fixture=$(cd "$real/../fixtures/catalog" && pwd)
controllers_start --count 2
export XDG_STATE_HOME=$scratch/state
cp -r "$fixture/catalog" "$scratch/fleet-catalog"
mkdir -p "$scratch/fleet"
mv "$scratch/fleet-catalog" "$scratch/fleet/catalog"
cd "$scratch/fleet"
cat >leeway.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
spec:
  inventory:
    - kubeconfig: {contexts: ["c1", "c2"], labels: {tier: dev}}
END

k() { kubectl -n shop-dev "$@"; }
env() { # ARGUMENT...: plans leave with 2 when there are changes
    local status=0
    "$leeway" env "$@" || status=$?
    [ $status = 0 ] || [ $status = 2 ] || return $status
}
does() { # ARGUMENT...: of env, and apply what comes of it
    local hash
    hash=$(env "$@" -o json | hash_of)
    [ -n "$hash" ] || return 1
    "$leeway" apply "$hash"
}

launch=(launch shop-dev --blueprint web-app -p image=nginx:1.27 -p database=false)
nothing_is_sent() {
    env "${launch[@]}" --on c1 --on c2 | tee "$scratch/plan"
    grep -q 'web-app@1.4.0' "$scratch/plan"
    ! kubectl --context c1 get namespace shop-dev 2>/dev/null
}
check 'launch writes the file and plans, and sends nothing' nothing_is_sent
check 'a second launch does not replace the first' expect_failure 'File exists' \
    "$leeway" env "${launch[@]}" --on c1
applied() {
    "$leeway" apply "$("$leeway" plan -f environments/shop-dev.yaml -o json | hash_of)"
    [ "$(k --context c1 get deployment shop-dev-web -o jsonpath='{.spec.replicas}')" = 2 ]
    [ "$(k --context c2 get ingress shop-dev-web -o jsonpath='{.spec.rules[0].host}')" != '' ]
    [ "$(k --context c1 get deployment shop-dev-web \
        -o jsonpath='{.metadata.annotations.leeway\.dev/module}')" = web ]
}
check 'its plan is applied on both clusters' applied
available() { # of CONTEXT
    kubectl --context "$1" -n shop-dev rollout status deployment/shop-dev-web --timeout=60s
}
check 'and is healthy' available c1
nothing_left() { "$leeway" plan -f environments/shop-dev.yaml; }
check 'and then there is nothing to do' nothing_left
check 'and no drift' "$leeway" drift
changed() {
    does set shop-dev -p image=nginx:1.28
    [ "$(k --context c2 get deployment shop-dev-web \
        -o jsonpath='{.spec.template.spec.containers[0].image}')" = nginx:1.28 ]
}
check 'a parameter changes what it reaches' changed
left() {
    does set shop-dev --on c1
    k --context c1 get deployment shop-dev-web
    ! k --context c2 get deployment shop-dev-web
}
check 'a cluster that it no longer names is left' left
cp environments/shop-dev.yaml "$scratch/before"
check 'a parameter that is not there is refused' expect_failure 'params.imagee' \
    "$leeway" env set shop-dev -p imagee=x
check 'and the file stays as it was' cmp environments/shop-dev.yaml "$scratch/before"
check 'a cluster that is not there' expect_failure 'no cluster c9' \
    "$leeway" env set shop-dev --on c9
sed -i 's/c9/c1/' environments/shop-dev.yaml
mkdir -p catalog/modules/token/1.0.0 catalog/blueprints/token
cat >catalog/modules/token/1.0.0/module.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Module
metadata: {name: token}
spec:
  version: 1.0.0
  parameters: {type: object, properties: {token: {type: string, x-secret: true}, loud: {type: boolean, default: false}}}
  resources:
    - id: secret
      template: {apiVersion: v1, kind: Secret, metadata: {name: t}, stringData: {t: "${params.token}"}}
    - id: map
      includeWhen: params.loud
      template: {apiVersion: v1, kind: ConfigMap, metadata: {name: t}, data: {t: "${params.token}"}}
END
cat >catalog/blueprints/token/1.0.0.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Blueprint
metadata: {name: token}
spec:
  version: 1.0.0
  parameters: {type: object, properties: {token: {type: string, x-secret: true}}}
  modules: [{name: t, module: token, version: "1", params: {token: "${params.token}"}}]
END
export TOKEN=tok-12345
secret() {
    does launch other --blueprint token -p 'token={env: TOKEN}' --on c1
    [ "$(kubectl --context c1 -n other get secret t -o jsonpath='{.data.t}' | base64 -d)" = tok-12345 ]
    "$leeway" plan -f environments/other.yaml
    ! grep -rla -e tok-12345 -e dG9rLTEyMzQ1 "$XDG_STATE_HOME"
}
check 'a secret gets to its Secret, and nowhere else' secret
sed -i '/includeWhen:/d' catalog/modules/token/1.0.0/module.yaml
"$leeway" catalog verify token@1.0.0 --accept >/dev/null
check 'what would show one is refused by name' expect_failure 'ConfigMap/t.data.t is made of a secret' \
    "$leeway" plan -f environments/other.yaml
gone() {
    does destroy shop-dev
    ! k --context c1 get deployment shop-dev-web
    [ -f environments/shop-dev.yaml ]
}
check 'destroy removes the objects and keeps the file' gone
tap_end
