#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tour of the demo line by line, its answers from a script: an environment is launched from the
# form, becomes healthy, somebody's change is found, accepted, given back; it is upgraded, rolled
# back and destroyed. Prints TAP.
set -uo pipefail
cd "${top_builddir:-.}" || exit 1
./leeway help demo >/dev/null 2>&1 || { echo '1..0 # SKIP this program was built without the console'; exit 0; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
export TMPDIR=$tmp HOME=$tmp TZ=UTC LC_ALL=C.UTF-8
unset XDG_STATE_HOME XDG_CONFIG_HOME
count=0 failed=0
check() { # what, command…
    local what=$1
    shift
    count=$((count + 1))
    if "$@"; then echo "ok $count - $what"; else echo "not ok $count - $what"; failed=1; fi
}
says() { # pattern
    check "it says $1" grep -qE -- "$1" "$tmp/said"
}

./leeway demo --plain >"$tmp/said" 2>"$tmp/errors" <<'END'
wait shop-dev r1
catalog
plan web-app
Kiosk
kiosk
1.0.0


2 years

dev-ap-1 nowhere
dev-ap-1 dev-eu-1
no image
registry.example/shop:1.4.2
.
plan it
apply

apply
apply 26 changes
wait kiosk r1, ok
kiosk
wait objects 13/13, healthy
plan
upgrade
.
<
<
<
<
30
3
.
plan it
apply
apply
wait kiosk r2, ok
kiosk
wait web-app 1.1.0
wait dev-eu-1, ok
differences
wait Deployment/shop-dev-web .spec.replicas, unexpected
accept Deployment/shop-dev-web
range
2
6

the sale of the week
some day
3d
accept
wait Deployment/shop-dev-web .spec.replicas, accepted
wait ConfigMap/shop-dev-web
owner ConfigMap/shop-dev-web
whoever debugs keeps it
plan it
back
plan ConfigMap/shop-dev-web
wait info
apply
apply
wait shop-dev r2, ok
fleet
pods ns:shop-dev cluster:dev-us-1
logs 1
back
yaml 1
describe
back
events 1
back
blame 1
back
back
deployments ns:shop-dev cluster:dev-eu-1
yaml 1
back
back
kiosk
plan-rollback

history
kiosk
plan-delete
apply
apply
wait kiosk r3, ok
messages
fleet
quit
END
check 'it ends with 0' [ $? -eq 0 ]
says '^name: Kiosk$'
says '^has to be lower-case letters, digits and dashes, is "Kiosk"\.$'
says '^nowhere is no cluster that fits\.$'
says '^has to be a time such as 10m, 72h or 14d, is "2 years"\.$'
says '^cancel, plan it or forget it: plan it$'
says '^Release r1 of kiosk: 26 changes on 2 clusters: '
says '^cancel or apply 26 changes: apply 26 changes$'
says '^kiosk r1 is on its way\.$'
says 'dev-eu-1, Deployment/kiosk-web, created\.?$'
says '^Field \.spec\.replicas: 2 to 3\.$'
says '^blueprint: web-app 1\.1\.0'
says '^Message [0-9:]+: dev-eu-1, shop-dev-web \.spec\.replicas 2 to 6 by kubectl scale\.$'
says '^the end is not understood: 3d'
says 'Deployment/shop-dev-web \.spec\.replicas, accepted: 2 to 6'
says 'leeway stops applying the field'
says '^It is: hand over'
says '^It is: revert 1 field\.$'
says '^It is: destroy kiosk\.$'
says '^leeway acme, messages'
# an object as it is written: nothing put at the end of a line, owners where they begin
says '^[0-9]+\. kind: Pod$'
says '^[0-9]+\. +name: shop-dev-web-[a-z0-9-]+$'
says '^[0-9]+\. +replicas: 6   \(kubectl, subresource scale'
says '^Part: describe\. Others: yaml\.$'
says '^[0-9]+\. dev-us-1, .*reason Scheduled, object pod/shop-dev-web-.*, message '
says '^[0-9]+\. \.spec\.containers\[name="web"\]\.image, owners of the field '
check 'no shapes, boxes or cursor movement' bash -c "! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f]|\xe2\x94|\xe2\x88|\xe2\x86' '$tmp/said'"
check 'nothing is left behind' [ -z "$(find "$tmp" -mindepth 1 -maxdepth 1 -name 'leeway-demo-*')" ]

LC_ALL=C ./leeway demo --plain </dev/null >"$tmp/piped" 2>>"$tmp/errors"
check 'piped it ends with 0' [ $? -eq 0 ]
check 'piped it prints the fleet' grep -qx '14 clusters: .*' "$tmp/piped"
check 'piped it has no choices' bash -c "! grep -qE '^[0-9]+\. |^choice|^Type' '$tmp/piped'"
check 'in ASCII' bash -c "! LC_ALL=C grep -qP '[\x80-\xff]' '$tmp/piped'"
./leeway demo --plain </dev/null 2>>"$tmp/errors" | head -n 1 >/dev/null
check 'a reader that goes away ends it quietly' [ "${PIPESTATUS[0]}" -eq 0 ]
[ $failed -eq 0 ] || sed 's/^/# /' "$tmp/said" "$tmp/errors"
echo "1..$count"
exit "$failed"
