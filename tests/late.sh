#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Environments with what is not known when they are planned first: an address that the cluster makes
# and another module needs, and secrets. On the simulated fleet, with death at every place on the
# way. Prints TAP.
set -uo pipefail
build=$(cd "${top_builddir:-.}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=late_fleet.bash
. "$here/late_fleet.bash"
leeway=$build/leeway faulty=$build/tests/leeway-faults
command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-late.XXXXXX")
export KUBECONFIG=$dir/config XDG_STATE_HOME=$dir/state
count=0 failed=0
check() { # NAME COMMAND...
    local name=$1 said
    shift
    count=$((count + 1))
    if said=$(set -e; "$@" 2>&1); then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        sed 's/^/# /' <<<"$said"
    fi
}
says() { # STATUS WORDS COMMAND...
    local status=0 wanted=$1 words=$2 said
    shift 2
    said=$("$@" 2>&1) || status=$?
    printf '%s\nexit %s\n' "$said" "$status"
    [ "$status" = "$wanted" ] && grep -qF -- "$words" <<<"$said"
}
waits_for() { # COMMAND...: at most a minute
    local n
    for n in $(seq 600); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
    "$@"
}

"$leeway" sim --quiet --clusters 1 --kubeconfig-out "$KUBECONFIG" >"$dir/out" 2>&1 &
sim=$!
trap 'kill "$sim"; wait; rm -rf "$dir"' EXIT
for _ in $(seq 300); do grep -q KUBECONFIG "$dir/out" && break; sleep 0.1; done
url=$(awk '/server:/ { print $2; exit }' "$KUBECONFIG")
token=$(awk '/token:/ { print $2; exit }' "$KUBECONFIG")
context=$(awk '/current-context:/ { print $2; exit }' "$KUBECONFIG")
call() { # METHOD PATH [TYPE BODY]
    curl -skf -A kubectl/1 -H "Authorization: Bearer $token" -X "$1" "$url$2" \
        ${3:+-H "Content-Type: $3" -d "$4"}
}
service() { echo "/api/v1/namespaces/$1/services/door"; }
house() { call GET "/apis/apps/v1/namespaces/$1/deployments/house"; }
merge=application/merge-patch+json
gives_address() { # NAMESPACE ADDRESS: as a cloud's controller
    waits_for call GET "$(service "$1")" &&
        call PATCH "$(service "$1")/status" $merge \
            "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"$2\"}]}}}"
}
late_fleet "$dir/fleet" "$context"
cd "$dir/fleet" || exit 1
export DOOR_KEY=open-sesame-1
hash_of() { sed -n 's/^  "hash": "\(.*\)",$/\1/p'; }
plan() { "$leeway" plan -f "environments/$1.yaml" "${@:2}"; }
show() { "$leeway" env show "$@"; }
release() { "$leeway" apply "$(plan "$1" -o json | hash_of)"; }
launch() { # NAME
    "$leeway" env launch "$1" --blueprint street -p image=nginx:1 -p 'password={env: DOOR_KEY}' --on "$context"
}

check 'what is not known yet is said to be so' says 2 'known once what it reads was applied' launch one
check 'the plan shows the expression, and no secret' says 2 'http://${inputs.address}/' plan one
no_secret_in_plan() { ! plan one -o json | grep -q sesame; }
check 'in no form' no_secret_in_plan

waits() {
    release one >"$dir/release" 2>&1 &
    local pid=$!
    waits_for call GET "$(service one)"
    sleep 1
    ! house one
    says 0 '(not known yet)' show one
    gives_address one 192.0.2.7
    wait $pid
    cat "$dir/release"
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
check 'of no environment nothing is shown' says 1 'there is no environment none' show none
check 'then there is nothing to do' says 0 'nothing to do' plan one
check 'and nothing differs' says 0 'No drift' "$leeway" drift --env one
nowhere() { ! grep -rlaE 'open-sesame|b3Blbi1zZXNhbWU' "$dir/state" "$dir/release"; }
check 'no store and no log has the secret' nowhere

sed -i 's/nginx:1/nginx:2/' environments/one.yaml
touch_catalog() { sed -i 's/app: house}, ports/app: house}, sessionAffinity: ClientIP, ports/' \
    catalog/modules/door/1.0.0/module.yaml; }
untouch_catalog() { sed -i 's/sessionAffinity: ClientIP, //' catalog/modules/door/1.0.0/module.yaml; }
check 'a secret that changed since the plan stops it' says 1 'changed since the plan' \
    env DOOR_KEY=open-sesame-2 "$leeway" apply "$(DOOR_KEY=open-sesame-x plan one -o json | hash_of)"
hash=$(plan one -o json | hash_of)
touch_catalog
check 'so does a catalog that says something else' says 1 'is not what was seen here first' \
    "$leeway" apply "$hash"
untouch_catalog
check 'a reference that leads nowhere is named' says 1 'the variable DOOR_KEY is not set' \
    env -u DOOR_KEY "$leeway" plan -f environments/one.yaml
echo open-sesame-3 >"$dir/key"
sed -i "s|env: DOOR_KEY|file: $dir/key|" environments/one.yaml
new_secret() {
    release one
    [ "$(call GET /api/v1/namespaces/one/secrets/keys | sed 's/.*"password":"\([^"]*\)".*/\1/' | base64 -d)" = \
        open-sesame-3 ]
}
check 'a new value is released' new_secret
sed -i "s|file: $dir/key|command: [cat, $dir/key]|" environments/one.yaml
check 'where it comes from makes no difference' says 0 'nothing to do' plan one
call POST /api/v1/namespaces/default/secrets application/json \
    '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"vault"},"data":{"k":"b3Blbi1zZXNhbWUtMw=="}}' >/dev/null
sed -i "s|command: .*key\]|secretRef: {namespace: default, name: vault, key: k}|" environments/one.yaml
check 'also a Secret of the cluster' says 0 'nothing to do' plan one
call PATCH /api/v1/namespaces/one/secrets/keys $merge '{"data":{"password":"eA=="}}' >/dev/null
check 'a secret that somebody changed is drift' says 2 'Secret/keys' "$leeway" drift --env one
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
    says 1 'that address belongs to somebody else' release two
    ! house two
}
check 'guardrails are asked about what is known late' forbidden

killed() { # POINT NUMBER: the release dies there; taken up, it ends as it would have
    local name=k$((++killed)) hash
    launch $name >/dev/null || [ $? = 2 ]
    hash=$(plan $name -o json | hash_of)
    gives_address $name 192.0.2.9 &
    if LEEWAY_FAULT=$1:$2 "$faulty" apply "$hash"; then return 1; fi
    "$leeway" apply "$hash"
    house $name | grep -qF '"value":"http://192.0.2.9/"'
    says 0 'nothing to do' plan $name
    says 0 'No drift' "$leeway" drift --env $name
}
killed=0
for point in wave-ready:0 wave-ready:1 late-stored:0 sending:2 sent:3 result-stored:2; do
    check "dead at $point, taken up" killed ${point%:*} ${point#*:}
    killed=$((killed + 1))
done
echo "1..$count"
exit $failed
