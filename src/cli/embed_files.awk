# SPDX-License-Identifier: Apache-2.0
# Files as one C table of paths and texts: awk -v root=DIR -f embed_files.awk DIR/a.yaml DIR/b/c.yaml
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
    print "/* made by embed_files.awk */"
    print "#include \"cli/demo_fleet.h\"\n\nconst struct demo_file demo_files[] = {"
}
FNR == 1 {
    if (open) print "    },"
    print "    {\"" substr(FILENAME, length(root) + 2) "\","
    open = 1
}
{ print "     " quoted($0) }
END { print "    },\n    {0, 0},\n};" }
