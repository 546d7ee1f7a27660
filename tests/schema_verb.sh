#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway schema: the kinds, one of them as JSON and as YAML, a mistyped one. Prints TAP.
set -u
leeway=${top_builddir:-.}/leeway
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
check "lists the kinds" "Blueprint Cluster Environment Fleet Guardrail Module Profile Team" \
    "$("$leeway" schema | awk '{print $1}' | xargs)"
check "prints JSON" '"http://json-schema.org/draft-07/schema#"' \
    "$("$leeway" schema Module | "$leeway" cel -f - 'self["$schema"]')"
check "and YAML of the same" "$("$leeway" schema team | "$leeway" cel -o json -f - self)" \
    "$("$leeway" schema Team -o yaml | "$leeway" cel -o json -f - self)"
check "unknown keys are refused" false \
    "$("$leeway" schema Fleet | "$leeway" cel -f - 'properties.spec.additionalProperties')"
check "a kind that is near" "leeway schema: there is no kind Modul; did you mean Module?" \
    "$("$leeway" schema Modul 2>&1 | head -1)"
"$leeway" schema Modul >/dev/null 2>&1
check "is wrong usage" 64 $?
echo "1..$count"
[ "$failed" = 0 ]
