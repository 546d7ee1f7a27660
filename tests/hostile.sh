#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that are wrong on purpose, given to the program: each ends with a message that names the file
# and the place, says what to do where that is not plain, and with no more memory than the limits of
# the readers allow. Prints TAP. tests/hostile/README.md says which test has which bad input.
set -uo pipefail
leeway=$(cd "${top_builddir:-.}" && pwd)/leeway
dir=$(mktemp -d "${TMPDIR:-/tmp}/leeway-hostile.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export XDG_STATE_HOME=$dir/state HOME=$dir
unset KUBECONFIG
count=0 failed=0
# what a sanitizer reserves is no memory that is used
sanitized=$(grep -aqE '__[at]san_init' "$leeway" && echo yes)
check() { # NAME STATUS WORDS COMMAND...: ends so and says these words, within a minute and 2 GiB
    local name=$1 wanted=$2 words=$3 said status=0
    shift 3
    count=$((count + 1))
    said=$([ -n "$sanitized" ] || ulimit -v 2097152; timeout 60 "$@" 2>&1 </dev/null) || status=$?
    if [ "$status" = "$wanted" ] && grep -qF -- "$words" <<<"$said"; then
        echo "ok $count - $name"
    else
        failed=1
        echo "not ok $count - $name"
        printf 'exit %s, not %s; wanted: %s\n%s\n' "$status" "$wanted" "$words" "$said" | head -20 | cut -c1-300 | sed 's/^/# /'
    fi
}

bomb() {
    local i
    echo 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]'
    for i in 1 2 3 4 5 6 7 8 9 10 11; do
        printf 'a%d: &a%d [%s]\n' "$i" "$i" "$(printf '*a%d,%.0s' {1..10} | sed "s/\*a[0-9]*/*a$((i - 1))/g; s/,\$//")"
    done
}
nested() { printf '[%.0s' {1..5000}; }
{ echo 'apiVersion: v1'; echo 'kind: Config'; bomb; } >kubeconfig-bomb
bomb >bomb.yaml
nested >nested.yaml
printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: 1\n  k: 2\n' >twice.yaml
printf 'apiVersion: v1\nkind: ConfigMap\n\tmetadata: {name: a}\n' >tab.yaml
printf 'a: \351t\351\n' >latin.yaml
printf '\177ELF\001\000\377' >binary.yaml
truncate -s 3G three-gigabytes.yaml
cat >good <<'END'
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: dev, context: {cluster: c, user: u}}]
current-context: dev
END

# NAME STATUS WORDS
while IFS='|' read -r file words; do
    check "health: $file" 1 "$words" "$leeway" health -f "$file"
    mkdir -p "folder-$file"
    cp --sparse=always "$file" "folder-$file/"
    check "plan: $file" 1 "folder-$file/$file:" "$leeway" plan -f "folder-$file" --env x --kubeconfig good
    check "kubeconfig: $file" 1 "$file" "$leeway" plan -f . --env x --kubeconfig "$file"
done <<'END'
bomb.yaml|bomb.yaml:5:14: aliases stand for more data than is allowed (write
nested.yaml|nested.yaml:1:1001: nested deeper than is allowed
twice.yaml|twice.yaml:6:3: key "k" is there twice, first at line 5 (remove one of them)
tab.yaml|tab.yaml:3:1: a tab where indentation should be (YAML indents with spaces only)
latin.yaml|latin.yaml:1:5: bytes that are not UTF-8 (save the file as UTF-8)
binary.yaml|binary.yaml:1:1: a control character
three-gigabytes.yaml|three-gigabytes.yaml is larger than 67108864 bytes (give
END
check 'a kubeconfig that is a bomb' 1 'kubeconfig-bomb:7:14: aliases stand for more data' \
    "$leeway" plan -f . --env x --kubeconfig kubeconfig-bomb
check 'a kubeconfig that is not there' 1 'No such file' "$leeway" plan -f . --env x --kubeconfig nowhere
check 'a kubeconfig that is a folder' 1 'it is a directory' "$leeway" plan -f . --env x --kubeconfig "$dir"
mkfifo pipe
check 'a kubeconfig that never ends' 1 'it did not end within' "$leeway" plan -f . --env x --kubeconfig pipe
mkdir with-pipe && mkfifo with-pipe/p.yaml
check 'a pipe among manifests' 1 'p.yaml: is no regular file' "$leeway" plan -f with-pipe --env x --kubeconfig good
mkdir round && ln -s . round/round && cp twice.yaml round
check 'a folder that holds itself' 1 'twice.yaml:6:3' "$leeway" plan -f round --env x --kubeconfig good
check 'health of a folder' 1 'Is a directory' "$leeway" health -f round
# shellcheck disable=SC2016 # for the inner shell
check 'a line of three gigabytes' 1 '- is larger than 67108864 bytes' \
    bash -c 'yes | tr -d "\n" | head -c 3G | "$0" health -f -' "$leeway"
printf '{"apiVersion":"v1","kind":"Conf' >half.json
check 'half a JSON' 1 'half.json:1:' "$leeway" health -f half.json
echo "1..$count"
exit $failed
