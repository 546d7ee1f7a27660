#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway catalog and leeway render as a person types them, on the examples. Prints TAP.
set -u
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
fixture=$(cd "${top_srcdir:-.}" && pwd)/tests/fixtures/catalog
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
cp -r "$fixture" "$tmp/fleet"
chmod -R u+w "$tmp/fleet"
cd "$tmp/fleet" || exit 1

check "the examples have no problems" \
    "no problems: 2 modules, 1 blueprint, 2 profiles, 1 team" "$("$leeway" catalog lint 2>&1)"
check "their cases pass" "3 passed, 0 failed" "$("$leeway" catalog test | tail -1)"
sed -i 's/^  replicas: 2$/  replicas: 3/' catalog/tests/without-database.yaml
check "a case that differs says where" \
    "    object 1, Deployment/shop-dev-web: .spec.replicas: expected 3, is 2" \
    "$("$leeway" catalog test | grep expected)"
"$leeway" catalog test --update >/dev/null
check "--update writes what is made now" "3 passed, 0 failed" "$("$leeway" catalog test | tail -1)"
check "and only that" "" "$(diff -r catalog "$fixture/catalog" 2>&1)"

render() { "$leeway" render web-app@1.4.0 --cluster prod-eu-1 -p image=nginx:1.27 "$@" 2>&1; }
render -o yaml >"$tmp/1"
render -o yaml >"$tmp/2"
check "the same input gives the same bytes" "" "$(cmp "$tmp/1" "$tmp/2" 2>&1)"
check "five objects in three waves" "1 1 2 2 3" \
    "$(render | awk 'NR > 1 && NF == 5 {printf "%s%s", s, $3; s = " "}')"
check "a value is followed to where it was given" "module default" \
    "$(render --why Deployment/web-app-web:.spec.replicas | awk '{printf "%s%s", s, $1; s = " "}')"
check "a parameter, too" "module blueprint parameter" \
    "$(render --why 'Deployment/web-app-web:.spec.template.spec.containers[name="web"].image' |
        awk '{printf "%s%s", s, $1; s = " "}')"
check "a profile is named" "profile     eks" \
    "$(render --why 'Ingress/web-app-web:.spec.ingressClassName' | grep ^profile | cut -c1-15)"
check "a parameter that is missing" 1 \
    "$("$leeway" render web-app --cluster prod-eu-1 2>&1 | grep -c 'params.*image.*needed\|params.image')"
check "a blueprint that is not there" \
    "leeway render: the catalog has no blueprint web-ap (did you mean web-app?)" \
    "$("$leeway" render web-ap 2>&1)"
check "a version that is not there" \
    "leeway render: blueprint web-app has no version 9.0.0 (there are 1.4.0)" \
    "$("$leeway" render web-app@9.0.0 2>&1)"
check "a command that is not there" 64 "$("$leeway" catalog lnt >/dev/null 2>&1; echo $?)"

mkdir -p catalog/modules/postgres/1.3.0
sed 's/version: 1.2.3/version: 1.3.0/; s/postgres:16/postgres:17/' \
    catalog/modules/postgres/1.2.3/module.yaml >catalog/modules/postgres/1.3.0/module.yaml
check "a range takes the newest that it allows" "db  postgres@1.3.0  when params.database" \
    "$("$leeway" catalog graph web-app | head -1)"
check "two versions differ" 2 \
    "$("$leeway" catalog diff postgres@1.2.3 postgres@1.3.0 >/dev/null 2>&1; echo $?)"
rm -r catalog/modules/postgres/1.3.0
ln -s ../../../../leeway.yaml catalog/profiles/linked.yaml
check "a symbolic link is refused" 1 "$("$leeway" catalog lint 2>&1 | grep -c 'symbolic link')"

echo "1..$count"
[ "$failed" = 0 ]
