#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway cel as a person types it: values, formats, errors with a caret. Prints TAP.
set -u
leeway=${top_builddir:-.}/leeway
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
cat >"$tmp/in.yaml" <<'IN'
kind: Deployment
metadata: {name: web}
spec: {replicas: 3}
IN
check "members of the input are variables" '"web:3Deployment"' \
    "$("$leeway" cel -f "$tmp/in.yaml" 'metadata.name + ":" + string(object.spec.replicas) + self.kind')"
check "the input may come from standard input" 4 \
    "$("$leeway" cel -f - 'spec.replicas + 1' <"$tmp/in.yaml")"
check "--var wins" 7 "$("$leeway" cel -f "$tmp/in.yaml" --var 'spec={"replicas":7}' 'spec.replicas')"
check "as JSON" '["1h","YQ=="]' \
    "$("$leeway" cel -o json '["1h", b"a"]' | tr -d ' \n')"
check "as YAML" "a: 90s" "$("$leeway" cel -o yaml '{"a": duration("1m30s")}')"
check "what it reads" "spec.replicas" \
    "$("$leeway" cel -f "$tmp/in.yaml" --reads 'spec.replicas > 1')"
got=$("$leeway" cel -f "$tmp/in.yaml" $'true &&\n spec.replicas.x == 1' 2>&1)
check "a failure exits with 1" 1 $?
check "and points at the place" "leeway cel: 2:15: a value of type 'int' has no field 'x'
   spec.replicas.x == 1
                ^" "$got"
check "a typing error is met with a hint" "leeway cel: 1:1: undeclared reference to 'spce'
  spce.replicas
  ^
did you mean 'spec'?" "$("$leeway" cel -f "$tmp/in.yaml" 'spce.replicas' 2>&1)"
check "kube-apiserver's dialect" "leeway cel: 1:5: expected type 'int' but found 'string'
  [1, 'a']
      ^" "$("$leeway" cel --kubernetes "[1, 'a']" 2>&1)"
"$leeway" cel >/dev/null 2>&1
check "without an expression it is wrong usage" 64 $?
echo "1..$count"
[ "$failed" = 0 ]
