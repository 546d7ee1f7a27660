#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The completion that the program prints, loaded into a bash and asked. Prints TAP.
set -uo pipefail
leeway=${top_builddir:-.}/leeway
count=0 failed=0

complete_line() { # words... the last is being typed
    bash --norc -c '
        . /dev/stdin || exit 9
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _leeway
        printf "%s\n" "${COMPREPLY[@]}"' leeway "$@" < <("$leeway" completion bash)
}
is() { # what wanted got
    count=$((count + 1))
    if [ "$2" = "$3" ]; then echo "ok $count - $1"; else
        failed=1
        echo "not ok $count - $1"
        printf '# wanted: %s\n# got: %s\n' "$2" "$3"
    fi
}

is 'a verb' version "$(complete_line leeway vers)"
is 'what a verb can be asked' bash "$(complete_line leeway completion b)"
is 'help is an option of every verb' --help "$(complete_line leeway version --h)"
is 'nothing is invented' '' "$(complete_line leeway completion z)"
"$leeway" completion fish 2>/dev/null
is 'a shell that is not known is wrong usage' 64 $?
said=$("$leeway" versoin 2>&1)
is 'a verb that is mistyped is wrong usage' 64 $?
case $said in *'did you mean version'*) said=named ;; esac
is 'and the nearest one is named' named "$said"
missing=$("$leeway" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | while read -r verb; do
    grep -q "^\.SS $verb" "${top_builddir:-.}/doc/leeway.1" || echo "$verb"
done)
is 'every verb has its place in the man page' '' "$missing"
echo "1..$count"
exit "$failed"
