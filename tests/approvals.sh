#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway catalog approve and verify as people use them, with keys made for the test. Prints TAP.
set -u
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
src=$(cd "${top_srcdir:-.}" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export HOME=$tmp/home XDG_STATE_HOME=$tmp/state
unset SSH_AUTH_SOCK
mkdir -p "$HOME"
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
# Fingerprints and the folder's name change from run to run.
run() { # arguments
    "$leeway" catalog "$@" 2>&1 | sed -e "s#$tmp/##g" -e 's/SHA256\([:-]\)[A-Za-z0-9+/_-]\{43\}/SHA256\1KEY/g' -e 's/sha256:[0-9a-f]*/sha256:X/;s/then, [0-9a-f]* now/then, Y now/'
}
for who in alice bob; do ssh-keygen -q -t ed25519 -N '' -C "$who" -f "$tmp/$who"; done
cp -r "$src/tests/fixtures/catalog" "$tmp/fleet"
chmod -R u+w "$tmp/fleet"
echo "alice@example.org namespaces=\"leeway-approval@v1\" $(cat "$tmp/alice.pub")" >"$tmp/signers"
sed -i "s#/etc/leeway/allowed_signers#$tmp/signers#" "$tmp/fleet/leeway.yaml"
cd "$tmp/fleet" || exit 1

check "nothing is approved at first" "web-app@1.4.0: not approved
  nobody approved it: ./catalog/approvals/web-app@1.4.0.lock is not there
    leeway catalog approve web-app@1.4.0" "$(run verify web-app)"
"$leeway" catalog verify >/dev/null 2>&1
check "which verify exits with" 1 $?
check "without a key there is no approval" \
    "leeway catalog: there is no SSH key in ~/.ssh (name one with --key; the .pub file of a key that ssh-agent holds will do)" \
    "$(run approve web-app)"
check "approve says what to commit" "web-app@1.4.0 is approved, 3 parts; commit
  ./catalog/approvals/web-app@1.4.0.lock
  ./catalog/approvals/web-app@1.4.0.SHA256-KEY.sig" "$(run approve web-app@1.4.0 --key "$tmp/alice")"
check "the policy is a set of its own" "policy is approved, 2 parts; commit
  ./catalog/approvals/policy.lock
  ./catalog/approvals/policy.SHA256-KEY.sig" "$(run approve policy --key "$tmp/alice")"
check "both are approved by name" "web-app@1.4.0: approved by alice@example.org
policy: approved by alice@example.org" "$(run verify)"
check "as JSON" '["approved","approved"]' \
    "$("$leeway" catalog verify -o json | "$leeway" cel -o json -f - 'self.map(x, x.state)' | tr -d ' \n')"
check "two people may be asked for" "web-app@1.4.0: not approved by alice@example.org
  1 of 2 trusted signers signed it
    leeway catalog approve web-app@1.4.0" "$(run verify web-app --required 2)"
echo '# one more line' >>catalog/modules/postgres/1.2.3/module.yaml
check "a changed byte voids it, and the file is named" "web-app@1.4.0: altered by alice@example.org
  ./catalog/modules/postgres/1.2.3/module.yaml was changed after it was approved
    look at what it is now; if that is right, leeway catalog approve web-app@1.4.0" "$(run verify web-app)"
run approve web-app --key "$tmp/bob" >/dev/null
check "the wrong key does not count" "web-app@1.4.0: not approved
  ./catalog/approvals/web-app@1.4.0.SHA256-KEY.sig does not count: key SHA256:KEY is nobody's in signers
  0 of 1 trusted signer signed it
    leeway catalog approve web-app@1.4.0" "$(run verify web-app)"
sed -i 's/namespaces=/valid-before="20200101",namespaces=/' "$tmp/signers"
check "nor does an expired one" "policy: not approved
  ./catalog/approvals/policy.SHA256-KEY.sig does not count: the signer with key SHA256:KEY is trusted until 2020-01-01T00:00:00 only
  0 of 1 trusted signer signed it
    leeway catalog approve policy" "$(run verify policy)"
ln -s ../../../../../leeway.yaml catalog/modules/postgres/1.2.3/fleet.yaml
check "a symbolic link out of the module is refused" \
    "leeway catalog: ./catalog/modules/postgres/1.2.3/fleet.yaml: is a symbolic link, which nothing approved may hold (put a copy of the file in its place)" \
    "$(run approve web-app --key "$tmp/alice")"
rm catalog/modules/postgres/1.2.3/fleet.yaml

# without signers, what was accepted first is what is trusted
rm -r catalog/approvals
sed -i '/approvals:/d' leeway.yaml
sed -i '/store:/d' leeway.yaml
check "without signers it is new" "web-app@1.4.0: new
  nothing says who may approve: what is used first is what is trusted from then on
    name trusted signers in spec.approvals of the fleet's file" "$(run verify web-app)"
check "until a person accepts it" "web-app@1.4.0: pinned" "$(run verify web-app --accept)"
check "which is remembered" "web-app@1.4.0: pinned" "$(run verify web-app)"
echo '# and another' >>catalog/modules/postgres/1.2.3/module.yaml
check "another one under that name is altered" "web-app@1.4.0: altered
  module postgres 1.2.3 is not what was seen here first: sha256:X then, Y now
    ask who publishes it; if it is meant, leeway catalog verify web-app@1.4.0 --accept" "$(run verify web-app)"
check "until a person accepts that" "web-app@1.4.0: pinned" "$(run verify web-app --accept)"
check "one at a time" "leeway catalog: --accept takes one NAME@VERSION at a time, or policy" \
    "$(run verify --accept | head -1)"
# ---- what is not approved is not launched, planned or applied ----

cd "$tmp" && rm -rf fleet state && cp -r "$src/tests/fixtures/catalog" fleet && chmod -R u+w fleet && cd fleet || exit 1
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
echo "alice@example.org namespaces=\"leeway-approval@v1\" $(cat "$tmp/alice.pub")" >"$tmp/signers"
env_of() { # arguments: of leeway env; its hash, or what it says without
    "$leeway" env "$@" -o json >"$tmp/answer" 2>&1
    if grep -q '"hash"' "$tmp/answer"; then sed -n 's/^  "hash": "\(.*\)",$/\1/p' "$tmp/answer"; else
        sed -e "s#$tmp/##g" -e 's/SHA256\([:-]\)[A-Za-z0-9+/_-]\{43\}/SHA256\1KEY/g' "$tmp/answer"; fi
}
launch=(launch shop --blueprint web-app@1.4.0 -p image=registry.example/shop:1 -p database=false)
check "what nobody approved is not launched" \
    "leeway env: blueprint: web-app@1.4.0 is not approved: nobody approved it: ./catalog/approvals/web-app@1.4.0.lock is not there (leeway catalog approve web-app@1.4.0)" \
    "$(env_of "${launch[@]}" --on c1)"
check "and nothing is written" "" "$(ls environments 2>&1 | grep -v 'No such')"
run approve web-app --key "$tmp/alice" >/dev/null
run approve policy --key "$tmp/alice" >/dev/null

"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$tmp/kubeconfig" >"$tmp/sim.out" 2>&1 &
sim=$!
trap 'kill $sim 2>/dev/null; rm -rf "$tmp"' EXIT
for _ in $(seq 300); do grep -q '^KUBECONFIG=' "$tmp/sim.out" && break; sleep 0.1; done
export KUBECONFIG=$tmp/kubeconfig
cluster=$("$leeway" get clusters -o name | sed 's#.*/##')
apply() { timeout 60 "$leeway" apply "$1" 2>&1 | tail -1 | sed -e "s#$tmp/##g"; }

hash=$(env_of "${launch[@]}" --on "$cluster")
check "what is approved is" 64 "${#hash}"
echo '# a remark' >>catalog/guardrails/"$(ls catalog/guardrails | head -1)"
check "a changed guardrail stops the plan from being applied" \
    "leeway apply: the guardrails or profiles changed since the plan was made (plan again)" \
    "$(apply "$hash")"
check "and a new one from being made" "leeway env: guardrails and profiles: policy is altered" \
    "$(env_of set shop -p image=registry.example/shop:2 | cut -d: -f1-3)"
run approve policy --key "$tmp/alice" >/dev/null
again=$(env_of set shop -p image=registry.example/shop:1)
check "approved again, it is another plan" "64 yes" "${#again} $([ "$again" != "$hash" ] && echo yes)"
echo >"$tmp/signers"
check "an approval that no longer counts stops it too" "leeway apply: web-app@1.4.0 is not approved" \
    "$(apply "$again" | cut -d: -f1-2)"
echo "alice@example.org namespaces=\"leeway-approval@v1\" $(cat "$tmp/alice.pub")" >"$tmp/signers"
echo '# a remark' >>catalog/modules/web-service/2.3.0/module.yaml
check "so does a changed module" \
    "leeway apply: web-app@1.4.0 is altered: fleet/catalog/modules/web-service/2.3.0/module.yaml was changed after it was approved (look at what it is now; if that is right, leeway catalog approve web-app@1.4.0)" \
    "$(apply "$again")"
check "and it cannot be planned, which is said at its place" \
    "leeway plan: fleet/environments/shop.yaml:7:5: web-app@1.4.0 is altered" \
    "$("$leeway" plan -f environments/shop.yaml 2>&1 | sed -e "s#$tmp/##g" | cut -d: -f1-5 | cut -d' ' -f1-6)"
sed -i '$d' catalog/modules/web-service/2.3.0/module.yaml
check "as it was, it is applied" "done" "$(apply "$again" | grep -o 'done\|leeway.*')"

# a newer module leaves what is approved as it is
cp -r catalog/modules/web-service/2.3.0 catalog/modules/web-service/2.3.9
sed -i 's/version: 2.3.0/version: 2.3.9/' catalog/modules/web-service/2.3.9/module.yaml
check "what is approved keeps its versions" "web-service ~2.3.0 → 2.3.0" \
    "$("$leeway" catalog show web-app@1.4.0 | grep -o 'web-service .*')"
"$leeway" plan -f environments/shop.yaml >"$tmp/answer" 2>&1
check "and there is nothing to do" 0 $?

# nobody is asked; nobody is named
sed -i 's#approvals:.*#approvals: {required: 0}#' leeway.yaml
rm -r catalog/approvals
check "a fleet that asks nobody uses what lies there" 64 \
    "$(env_of set shop -p image=registry.example/shop:3 | tr -d '\n' | wc -c)"
check "verify says so" "web-app@1.4.0: needs no approval
policy: needs no approval" "$(run verify)"
sed -i '/approvals:/d' leeway.yaml
"$leeway" plan -f environments/shop.yaml >"$tmp/answer" 2>&1
check "without a rule, what is used first is trusted, and the plan says so" 2 \
    "$(grep -c 'nobody is named who may approve it' "$tmp/answer")"
hash=$("$leeway" plan -f environments/shop.yaml -o json | sed -n 's/^  "hash": "\(.*\)",$/\1/p')
check "it is applied" "done" "$(apply "$hash" | grep -o 'done\|leeway.*')"
echo '# a remark' >>catalog/modules/web-service/2.3.9/module.yaml
check "and from then on pinned" \
    "web-app@1.4.0 is altered: module web-service 2.3.9 is not what was seen here first" \
    "$("$leeway" plan -f environments/shop.yaml 2>&1 | grep -o 'web-app@1.4.0 is altered:[^:]*')"
run verify web-app --accept >/dev/null
"$leeway" plan -f environments/shop.yaml >"$tmp/answer" 2>&1
check "until a person accepts it" 0 $?
kill $sim
echo "1..$count"
[ "$failed" = 0 ]
