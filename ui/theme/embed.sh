#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# embed.sh FILE.yaml...: prints the C table of the themes that are compiled in.
set -eu
echo '/* Made by ui/theme/embed.sh from themes/; not to be edited. */'
echo 'static const struct { const char *name, *source, *text; } themes_builtin[] = {'
for f in "$@"; do
    name=$(basename "$f" .yaml)
    printf '{"%s", "themes/%s.yaml (built in)",\n' "$name" "$name"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$f"
    echo '},'
done
echo '};'
