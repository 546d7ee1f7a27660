#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway catalog approve and verify as people use them, with keys made for the test. Prints TAP.
set -u
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
src=$(cd "${top_srcdir:-.}" && pwd)
tap_scratch approvals
export HOME=$scratch/home XDG_STATE_HOME=$scratch/state
unset SSH_AUTH_SOCK
mkdir -p "$HOME"
# Fingerprints and the folder's name change from run to run.
run() { # arguments
    "$leeway" catalog "$@" 2>&1 | sed -e "s#$scratch/##g" -e 's/SHA256\([:-]\)[A-Za-z0-9+/_-]\{43\}/SHA256\1KEY/g' -e 's/sha256:[0-9a-f]*/sha256:X/;s/then, [0-9a-f]* now/then, Y now/'
}
for who in alice bob; do ssh-keygen -q -t ed25519 -N '' -C "$who" -f "$scratch/$who"; done
cp -r "$src/tests/fixtures/catalog" "$scratch/fleet"
chmod -R u+w "$scratch/fleet"
echo "alice@example.org namespaces=\"leeway-approval@v1\" $(cat "$scratch/alice.pub")" >"$scratch/signers"
sed -i "s#/etc/leeway/allowed_signers#$scratch/signers#" "$scratch/fleet/leeway.yaml"
cd "$scratch/fleet" || exit 1

is "nothing is approved at first" "web-app@1.4.0: not approved
  nobody approved it: ./catalog/approvals/web-app@1.4.0.lock is not there
    leeway catalog approve web-app@1.4.0" "$(run verify web-app)"
"$leeway" catalog verify >/dev/null 2>&1
is "which verify exits with" 1 $?
is "without a key there is no approval" \
    "leeway catalog: there is no SSH key in ~/.ssh (name one with --key; the .pub file of a key that ssh-agent holds will do)" \
    "$(run approve web-app)"
is "approve says what to commit" "web-app@1.4.0 is approved, 3 parts; commit
  ./catalog/approvals/web-app@1.4.0.lock
  ./catalog/approvals/web-app@1.4.0.SHA256-KEY.sig" "$(run approve web-app@1.4.0 --key "$scratch/alice")"
is "the policy is a set of its own" "policy is approved, 2 parts; commit
  ./catalog/approvals/policy.lock
  ./catalog/approvals/policy.SHA256-KEY.sig" "$(run approve policy --key "$scratch/alice")"
is "both are approved by name" "web-app@1.4.0: approved by alice@example.org
policy: approved by alice@example.org" "$(run verify)"
is "as JSON" '["approved","approved"]' \
    "$("$leeway" catalog verify -o json | "$leeway" cel -o json -f - 'self.map(x, x.state)' | tr -d ' \n')"
is "two people may be asked for" "web-app@1.4.0: not approved by alice@example.org
  1 of 2 trusted signers signed it
    leeway catalog approve web-app@1.4.0" "$(run verify web-app --required 2)"
echo '# one more line' >>catalog/modules/postgres/1.2.3/module.yaml
is "a changed byte voids it, and the file is named" "web-app@1.4.0: altered by alice@example.org
  ./catalog/modules/postgres/1.2.3/module.yaml was changed after it was approved
    look at what it is now; if that is right, leeway catalog approve web-app@1.4.0" "$(run verify web-app)"
run approve web-app --key "$scratch/bob" >/dev/null
is "the wrong key does not count" "web-app@1.4.0: not approved
  ./catalog/approvals/web-app@1.4.0.SHA256-KEY.sig does not count: key SHA256:KEY is nobody's in signers
  0 of 1 trusted signer signed it
    leeway catalog approve web-app@1.4.0" "$(run verify web-app)"
sed -i 's/namespaces=/valid-before="20200101",namespaces=/' "$scratch/signers"
is "nor does an expired one" "policy: not approved
  ./catalog/approvals/policy.SHA256-KEY.sig does not count: the signer with key SHA256:KEY is trusted until 2020-01-01T00:00:00 only
  0 of 1 trusted signer signed it
    leeway catalog approve policy" "$(run verify policy)"
ln -s ../../../../../leeway.yaml catalog/modules/postgres/1.2.3/fleet.yaml
is "a symbolic link out of the module is refused" \
    "leeway catalog: ./catalog/modules/postgres/1.2.3/fleet.yaml: is a symbolic link, which nothing approved may hold (put a copy of the file in its place)" \
    "$(run approve web-app --key "$scratch/alice")"
rm catalog/modules/postgres/1.2.3/fleet.yaml

# without signers, what was accepted first is what is trusted
rm -r catalog/approvals
sed -i '/approvals:/d' leeway.yaml
sed -i '/store:/d' leeway.yaml
is "without signers it is new" "web-app@1.4.0: new
  nothing says who may approve: what is used first is what is trusted from then on
    name trusted signers in spec.approvals of the fleet's file" "$(run verify web-app)"
is "until a person accepts it" "web-app@1.4.0: pinned" "$(run verify web-app --accept)"
is "which is remembered" "web-app@1.4.0: pinned" "$(run verify web-app)"
echo '# and another' >>catalog/modules/postgres/1.2.3/module.yaml
is "another one under that name is altered" "web-app@1.4.0: altered
  module postgres 1.2.3 is not what was seen here first: sha256:X then, Y now
    ask who publishes it; if it is meant, leeway catalog verify web-app@1.4.0 --accept" "$(run verify web-app)"
is "until a person accepts that" "web-app@1.4.0: pinned" "$(run verify web-app --accept)"
is "one at a time" "leeway catalog: --accept takes one NAME@VERSION at a time, or policy" \
    "$(run verify --accept | head -1)"
# ---- what is not approved is not launched, planned or applied ----

cd "$scratch" && rm -rf fleet state && cp -r "$src/tests/fixtures/catalog" fleet && chmod -R u+w fleet && cd fleet || exit 1
rm -r clusters environments
cat >leeway.yaml <<'END'
apiVersion: leeway.dev/v1alpha1
kind: Fleet
metadata: {name: shop}
spec:
  inventory: [{kubeconfig: {contexts: ["*"], labels: {tier: dev}}}]
  catalogs: [catalog]
  approvals: {signers: ../signers}
END
echo "alice@example.org namespaces=\"leeway-approval@v1\" $(cat "$scratch/alice.pub")" >"$scratch/signers"
env_of() { # arguments: of leeway env; its hash, or what it says without
    "$leeway" env "$@" -o json >"$scratch/answer" 2>&1
    if grep -q '"hash"' "$scratch/answer"; then sed -n 's/^  "hash": "\(.*\)",$/\1/p' "$scratch/answer"; else
        sed -e "s#$scratch/##g" -e 's/SHA256\([:-]\)[A-Za-z0-9+/_-]\{43\}/SHA256\1KEY/g' "$scratch/answer"; fi
}
launch=(launch shop --blueprint web-app@1.4.0 -p image=registry.example/shop:1 -p database=false)
is "what nobody approved is not launched" \
    "leeway env: blueprint: web-app@1.4.0 is not approved: nobody approved it: ./catalog/approvals/web-app@1.4.0.lock is not there (leeway catalog approve web-app@1.4.0)" \
    "$(env_of "${launch[@]}" --on c1)"
is "and nothing is written" "" "$(ls environments 2>&1 | grep -v 'No such')"
run approve web-app --key "$scratch/alice" >/dev/null
run approve policy --key "$scratch/alice" >/dev/null

sim_serve kubeconfig --clusters 1
export KUBECONFIG=$scratch/kubeconfig
cluster=$("$leeway" get clusters -o name | sed 's#.*/##')
apply() { "$leeway" apply "$1" 2>&1 | tail -1 | sed -e "s#$scratch/##g"; }

hash=$(env_of "${launch[@]}" --on "$cluster")
is "what is approved is" 64 "${#hash}"
echo '# a remark' >>catalog/guardrails/"$(ls catalog/guardrails | head -1)"
is "a changed guardrail stops the plan from being applied" \
    "leeway apply: the guardrails or profiles changed since the plan was made (plan again)" \
    "$(apply "$hash")"
is "and a new one from being made" "leeway env: guardrails and profiles: policy is altered" \
    "$(env_of set shop -p image=registry.example/shop:2 | cut -d: -f1-3)"
run approve policy --key "$scratch/alice" >/dev/null
again=$(env_of set shop -p image=registry.example/shop:1)
is "approved again, it is another plan" "64 yes" "${#again} $([ "$again" != "$hash" ] && echo yes)"
echo >"$scratch/signers"
is "an approval that no longer counts stops it too" "leeway apply: web-app@1.4.0 is not approved" \
    "$(apply "$again" | cut -d: -f1-2)"
echo "alice@example.org namespaces=\"leeway-approval@v1\" $(cat "$scratch/alice.pub")" >"$scratch/signers"
echo '# a remark' >>catalog/modules/web-service/2.3.0/module.yaml
is "so does a changed module" \
    "leeway apply: web-app@1.4.0 is altered: fleet/catalog/modules/web-service/2.3.0/module.yaml was changed after it was approved (look at what it is now; if that is right, leeway catalog approve web-app@1.4.0)" \
    "$(apply "$again")"
is "and it cannot be planned, which is said at its place" \
    "leeway plan: fleet/environments/shop.yaml:7:5: web-app@1.4.0 is altered" \
    "$("$leeway" plan -f environments/shop.yaml 2>&1 | sed -e "s#$scratch/##g" | cut -d: -f1-5 | cut -d' ' -f1-6)"
sed -i '$d' catalog/modules/web-service/2.3.0/module.yaml
is "as it was, it is applied" "done" "$(apply "$again" | grep -o 'done\|leeway.*')"

# a newer module leaves what is approved as it is
cp -r catalog/modules/web-service/2.3.0 catalog/modules/web-service/2.3.9
sed -i 's/version: 2.3.0/version: 2.3.9/' catalog/modules/web-service/2.3.9/module.yaml
is "what is approved keeps its versions" "web-service ~2.3.0 → 2.3.0" \
    "$("$leeway" catalog show web-app@1.4.0 | grep -o 'web-service .*')"
"$leeway" plan -f environments/shop.yaml >"$scratch/answer" 2>&1
is "and there is nothing to do" 0 $?

# nobody is asked; nobody is named
sed -i 's#approvals:.*#approvals: {required: 0}#' leeway.yaml
rm -r catalog/approvals
is "a fleet that asks nobody uses what lies there" 64 \
    "$(env_of set shop -p image=registry.example/shop:3 | tr -d '\n' | wc -c)"
is "verify says so" "web-app@1.4.0: needs no approval
policy: needs no approval" "$(run verify)"
sed -i '/approvals:/d' leeway.yaml
"$leeway" plan -f environments/shop.yaml >"$scratch/answer" 2>&1
is "without a rule, what is used first is trusted, and the plan says so" 2 \
    "$(grep -c 'nobody is named who may approve it' "$scratch/answer")"
hash=$("$leeway" plan -f environments/shop.yaml -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p')
is "it is applied" "done" "$(apply "$hash" | grep -o 'done\|leeway.*')"
echo '# a remark' >>catalog/modules/web-service/2.3.9/module.yaml
is "and from then on pinned" \
    "web-app@1.4.0 is altered: module web-service 2.3.9 is not what was seen here first" \
    "$("$leeway" plan -f environments/shop.yaml 2>&1 | grep -o 'web-app@1.4.0 is altered:[^:]*')"
run verify web-app --accept >/dev/null
"$leeway" plan -f environments/shop.yaml >"$scratch/answer" 2>&1
is "until a person accepts it" 0 $?
tap_end
