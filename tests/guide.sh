#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The guide against the program: its table of keys is the program's, the verbs and options that it
# names exist, its links lead somewhere. Prints TAP.
set -uo pipefail
leeway=${top_builddir:-.}/leeway
guide=${top_srcdir:-..}/doc/guide
count=0 failed=0
is() { # what wanted got
    count=$((count + 1))
    if [ "$2" = "$3" ]; then echo "ok $count - $1"; else
        failed=1
        echo "not ok $count - $1"
        diff <(echo "$2") <(echo "$3") | sed 's/^/# /' | head -n 20
    fi
}

# Without the console its verbs and options are not there, and the guide is about both.
"$leeway" help console >/dev/null 2>&1 || { echo '1..0 # SKIP this program was built without the console'; exit 0; }
export XDG_CONFIG_HOME=/nonexistent # nobody's own keys
is 'the table of keys is the one of the program' "$("$leeway" help keys)" "$(sed -n '/^## /,$p' "$guide/keys.md")"

verbs=$("$leeway" help verbs)
unknown=$(grep -ohE '(`|^    (build/)?)leeway [a-z]+' "$guide"/*.md | sed 's/.* //' | sort -u | while read -r word; do
    grep -qx "$word" <<<"$verbs"$'\nhelp' || echo "$word"
done)
is 'every verb that is named exists' '' "$unknown"

options=$({ "$leeway" help; for verb in $verbs; do "$leeway" help "$verb"; done; } | grep -oE -- '--[a-z][a-z-]*' | sort -u)
missing=$(grep -ohE -- '(^|[` ])--[a-z][a-z-]+' "$guide"/*.md | grep -oE -- '--[a-z-]+' | sort -u | grep -vxF -- "$options")
is 'every option that is named exists' '' "$missing"

dead=$(for page in "$guide"/*.md; do
    grep -oE '\]\([^)#]+' "$page" | sed 's/](//' | while read -r link; do
        case $link in *://*) ;; *) [ -e "$guide/$link" ] || echo "$(basename "$page"): $link" ;; esac
    done
done)
is 'every link leads somewhere' '' "$dead"
listed=$(cd "$guide" && for page in *.md; do [ "$page" = README.md ] || grep -q "]($page)" README.md || echo "$page"; done)
is 'every page is in the contents' '' "$listed"
echo "1..$count"
exit "$failed"
