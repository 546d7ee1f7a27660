# SPDX-License-Identifier: Apache-2.0
# The schemas of our kinds as one C table: awk -f embed.awk kinds/*.yaml
function quoted(s,    out, i, c) {
    out = ""
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "\\" || c == "\"" || c == "?") out = out "\\"
        out = out c
    }
    return "\"" out "\\n\""
}
BEGIN {
    print "/* made from src/catalog/kinds by embed.awk */"
    print "#include \"catalog/kinds.h\"\n\nconst struct catalog_kind_text catalog_kind_texts[] = {"
}
FNR == 1 {
    if (open) print "    },"
    name = FILENAME; sub(/.*\//, "", name); sub(/\.yaml$/, "", name)
    print "    {\"" toupper(substr(name, 1, 1)) substr(name, 2) "\","
    open = 1
}
{ print "     " quoted($0) }
END { print "    },\n    {0, 0},\n};" }
