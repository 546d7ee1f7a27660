#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# leeway health over files: what it prints and how it exits. Prints TAP.
set -uo pipefail
leeway=${top_builddir:-.}/leeway
count=0 failed=0
is() { # what wanted got
    count=$((count + 1))
    if [ "$2" = "$3" ]; then echo "ok $count - $1"; else
        failed=1
        echo "not ok $count - $1"
        printf '# wanted: %s\n# got: %s\n' "$2" "$3"
    fi
}
ask() { # output format, then text; prints the answer and the exit status
    printf '%b' "$2" | "$leeway" health -f - -o "$1" 2>&1
    echo "exit ${PIPESTATUS[1]}"
}

current='apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'
waits='apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: b, namespace: shop}\nstatus: {phase: Pending}\n'
lost='{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"c"},"status":{"phase":"Lost"}}]}'
is 'current' $'ConfigMap/a\tHealthy\nexit 0' "$(ask name "$current")"
is 'in progress' $'ConfigMap/a\tHealthy\nPersistentVolumeClaim/b\tProgressing\nexit 3' \
    "$(ask name "$current---\n$waits")"
is 'degraded, in a list' $'PersistentVolumeClaim/c\tDegraded\nexit 1' "$(ask name "$lost")"
is 'a table' $'NAMESPACE  KIND                   NAME  KSTATUS     HEALTH       MESSAGE
shop       PersistentVolumeClaim  b     InProgress  Progressing  PVC is not Bound. phase: Pending
exit 3' "$(ask table "$waits")"
is 'json' 'InProgress NotBound Degraded Lost' "$(ask json "$lost" |
    sed -n 's/.*"\(status\|statusReason\|health\|healthReason\)": "\(.*\)".*/\2/p' | paste -sd ' ')"
is 'a file that is not there' 'exit 1' "$("$leeway" health -f /nonexistent 2>/dev/null; echo "exit $?")"
is 'no file' 'exit 64' "$("$leeway" health 2>/dev/null; echo "exit $?")"
is 'no object' $'/\tUnknown\nexit 3' "$(ask name '[]')"
echo "1..$count"
exit $failed
