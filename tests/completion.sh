#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The completions that the program prints, loaded into the shells that are here and asked. Prints TAP.
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
is 'nothing is invented' '' "$(complete_line leeway completion q)"

# zsh: what _arguments would be given; its own functions are stood in for
zsh_line() { # words... the last is being typed
    "$leeway" completion zsh >"$tmp/_leeway"
    zsh -f -c '
        compdef() { :; }
        _describe() { print -rl -- $verbs; }
        _arguments() { print -rl -- "$@"; }
        . '"$tmp"'/_leeway
        words=("$@") CURRENT=$#
        _leeway' zsh leeway "$@" 2>&1
}
fish_line() {
    "$leeway" completion fish >"$tmp/leeway.fish"
    HOME=$tmp fish --no-config -c "source $tmp/leeway.fish; complete -C '$*'" 2>&1
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
has() { # what line in
    if grep -qxF -- "$2" <<<"$3"; then is "$1" "$2" "$2"; else is "$1" "$2" "$3"; fi
}
skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP no $2 here"
}
if command -v zsh >/dev/null; then
    has 'zsh: verbs with what they are for' \
        "completion:print what makes the shell complete verbs and options" "$(zsh_line co)"
    has 'zsh: what a verb can be asked' '1:bash|zsh|fish:(bash zsh fish)' "$(zsh_line completion b)"
    has 'zsh: an option with a letter and choices' '(-o --output)-o[how the answer is written]:table|json|yaml:(table json yaml)' \
        "$(zsh_line drift --o | sed 's/table|[a-z|]*:(table [a-z ]*)/table|json|yaml:(table json yaml)/')"
else skip 'zsh completion' zsh; fi
if command -v fish >/dev/null; then
    has 'fish: verbs' "completion	print what makes the shell complete verbs and options" "$(fish_line 'leeway compl')"
    is 'fish: what a verb can be asked' 'bash' "$(fish_line 'leeway completion b')"
else skip 'fish completion' fish; fi
"$leeway" completion tcsh 2>/dev/null
is 'a shell that is not known is wrong usage' 64 $?
said=$("$leeway" versoin 2>&1)
is 'a verb that is mistyped is wrong usage' 64 $?
case $said in *'did you mean version'*) said=named ;; esac
is 'and the nearest one is named' named "$said"
missing=$("$leeway" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | while read -r verb; do
    grep -q "^\.SS $verb" "${top_builddir:-.}/doc/leeway.1" || echo "$verb"
done)
is 'every verb has its place in the man page' '' "$missing"
is 'help of one verb' "$("$leeway" plan --help)" "$("$leeway" help plan)"
"$leeway" help versoin 2>/dev/null
is 'help of what is no verb is wrong usage' 64 $?
torn=$("$leeway" help verbs | while read -r verb; do
    "$leeway" help "$verb" | awk -v verb="$verb" 'NR > 4 && /^[a-z]/ && !/^options:/ && was == "" && before ~ /[a-z,;]$/ {print verb ": " $0} {before = was; was = $0}'
done)
is 'no sentence of help is torn' '' "$torn"
unpaged=$("$leeway" help verbs | while read -r verb; do
    "$leeway" help man "$verb" | grep -q '^\.SH NAME' || echo "$verb"
done)
is 'every verb has a page of its own' '' "$unpaged"
if command -v groff >/dev/null; then
    warned=$("$leeway" help verbs | while read -r verb; do
        "$leeway" help man "$verb" | groff -man -Tascii -ww -z 2>&1
    done)
    is 'and roff has nothing to say about it' '' "$warned"
else skip 'the pages as roff sees them' groff; fi
echo "1..$count"
exit "$failed"
