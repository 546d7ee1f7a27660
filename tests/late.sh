#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Environments with what is not known when they are planned first: an address that the cluster makes
# and another module needs, and secrets. On the simulated fleet, with death at every place on the
# way. Prints TAP.
set -uo pipefail
# shellcheck source-path=SCRIPTDIR source=sim.bash
. "$(dirname "${BASH_SOURCE[0]}")/sim.bash"
# shellcheck source-path=SCRIPTDIR source=late_fleet.bash
. "$tests/late_fleet.bash"
needs curl
sim_start late --clusters 1
service() { echo "/api/v1/namespaces/$1/services/door"; }
house() { call GET "/apis/apps/v1/namespaces/$1/deployments/house"; }
gives_address() { # NAMESPACE ADDRESS: as a cloud's controller
    wait_for 120 call GET "$(service "$1")" &&
        call PATCH "$(service "$1")/status" "$merge" \
            "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"$2\"}]}}}"
}
late_fleet "$scratch/fleet" "$context"
cd "$scratch/fleet" || exit 1
export DOOR_KEY=open-sesame-1
plan() { "$leeway" plan -f "environments/$1.yaml" "${@:2}"; }
show() { "$leeway" env show "$@"; }
release() { "$leeway" apply "$(plan "$1" -o json | hash_of)"; }
launch() { # NAME
    "$leeway" env launch "$1" --blueprint street -p image=nginx:1 -p 'password={env: DOOR_KEY}' --on "$context"
}

check 'what is not known yet is said to be so' exits 2 'known once what it reads was applied' launch one
check 'the plan shows the expression, and no secret' exits 2 'http://${inputs.address}/' plan one
no_secret_in_plan() { ! plan one -o json | grep -q sesame; }
check 'in no form' no_secret_in_plan

waits() {
    release one >"$scratch/release" 2>&1 &
    local pid=$!
    wait_for 120 call GET "$(service one)"
    sleep 1
    if house one; then return 1; fi
    exits 0 '(not known yet)' show one
    gives_address one 192.0.2.7
    wait $pid
    cat "$scratch/release"
}
check 'a release waits for what its module calls ready' waits
resolved() {
    house one | grep -qF '"value":"http://192.0.2.7/"'
    [ "$(call GET /api/v1/namespaces/one/secrets/keys | sed 's/.*"url":"\([^"]*\)".*/\1/' | base64 -d)" = \
        'postgres://app:open-sesame-1@db' ]
}
check 'then the value stands where it was needed, and the secret in its Secret' resolved
shown() {
    show one
    show one | grep -qE '^address +[^ ]+ +192.0.2.7$'
    show one | grep -qE '^image +[^ ]+ +image nginx:1$'
    show one | grep -qE '^login .*\(a secret: it is read where it is\)$'
    show one | grep -qE '^house +Deployment/house '
    show one | grep -qE '^door +Service/door .* ok '
    show one -o json | tr -d ' \n' | grep -qF '"name":"login","cluster":"'"$context"'","value":"","known":false,"secret":true'
    ! show one -o yaml | grep -qE 'sesame|\(secret\)'
}
check 'its outputs and its objects by module are shown, and no secret' shown
check 'of no environment nothing is shown' exits 1 'there is no environment none' show none
check 'then there is nothing to do' exits 0 'nothing to do' plan one
check 'and nothing differs' exits 0 'No drift' "$leeway" drift --env one
nowhere() { ! grep -rlaE 'open-sesame|b3Blbi1zZXNhbWU' "$scratch/state" "$scratch/release"; }
check 'no store and no log has the secret' nowhere

sed -i 's/nginx:1/nginx:2/' environments/one.yaml
touch_catalog() { sed -i 's/app: house}, ports/app: house}, sessionAffinity: ClientIP, ports/' \
    catalog/modules/door/1.0.0/module.yaml; }
untouch_catalog() { sed -i 's/sessionAffinity: ClientIP, //' catalog/modules/door/1.0.0/module.yaml; }
check 'a secret that changed since the plan stops it' exits 1 'changed since the plan' \
    env DOOR_KEY=open-sesame-2 "$leeway" apply "$(DOOR_KEY=open-sesame-x plan one -o json | hash_of)"
hash=$(plan one -o json | hash_of)
touch_catalog
check 'so does a catalog that says something else' exits 1 'is not what was seen here first' \
    "$leeway" apply "$hash"
untouch_catalog
check 'a reference that leads nowhere is named' exits 1 'the variable DOOR_KEY is not set' \
    env -u DOOR_KEY "$leeway" plan -f environments/one.yaml
echo open-sesame-3 >"$scratch/key"
sed -i "s|env: DOOR_KEY|file: $scratch/key|" environments/one.yaml
new_secret() {
    release one
    [ "$(call GET /api/v1/namespaces/one/secrets/keys | sed 's/.*"password":"\([^"]*\)".*/\1/' | base64 -d)" = \
        open-sesame-3 ]
}
check 'a new value is released' new_secret
sed -i "s|file: $scratch/key|command: [cat, $scratch/key]|" environments/one.yaml
check 'where it comes from makes no difference' exits 0 'nothing to do' plan one
call POST /api/v1/namespaces/default/secrets application/json \
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"vault"},"data":{"k":"b3Blbi1zZXNhbWUtMw=="}}' >/dev/null
sed -i "s|command: .*key\]|secretRef: {namespace: default, name: vault, key: k}|" environments/one.yaml
check 'also a Secret of the cluster' exits 0 'nothing to do' plan one
call PATCH /api/v1/namespaces/one/secrets/keys "$merge" '{"data":{"password":"eA=="}}' >/dev/null
check 'a secret that somebody changed is drift' exits 2 'Secret/keys' "$leeway" drift --env one
reverted() {
    "$leeway" apply "$("$leeway" revert --env one Secret/keys -o json | hash_of)"
    [ "$(call GET /api/v1/namespaces/one/secrets/keys | sed 's/.*"password":"\([^"]*\)".*/\1/' | base64 -d)" = \
        open-sesame-3 ]
}
check 'and given back from where it comes' reverted
check 'no store has any of it' nowhere

forbidden() {
    launch two >/dev/null || [ $? = 2 ]
    gives_address two 198.51.100.7 &
    exits 1 'that address belongs to somebody else' release two
    ! house two
}
check 'guardrails are asked about what is known late' forbidden

killed() { # POINT NUMBER: the release dies there; taken up, it ends as it would have
    local name=k$((++killed)) hash
    launch $name >/dev/null || [ $? = 2 ]
    hash=$({ plan $name -o json || [ $? = 2 ]; } | hash_of)
    gives_address $name 192.0.2.9 &
    if LEEWAY_FAULT=$1:$2 "$faulty" apply "$hash"; then return 1; fi
    "$leeway" apply "$hash"
    house $name | grep -qF '"value":"http://192.0.2.9/"'
    exits 0 'nothing to do' plan $name
    exits 0 'No drift' "$leeway" drift --env $name
}
killed=0
for point in wave-ready:0 wave-ready:1 late-stored:0 sending:2 sent:3 result-stored:2; do
    check "dead at $point, taken up" killed ${point%:*} ${point#*:}
    killed=$((killed + 1))
done
tap_end
