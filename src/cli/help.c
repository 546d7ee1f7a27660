// SPDX-License-Identifier: Apache-2.0
/* Help out of the tables of verbs and options. man.c and completion.c make the rest of them. */
#include "cli/options.h"

#include <string.h>

/* Text in lines of at most 78 columns, each after indent blanks; the first one continues at col. */
static void print_wrapped(FILE *out, const char *s, int indent, int col)
{
    while (*s) {
        size_t len = strcspn(s, " \n");
        if (col > indent && col + (int)len + 1 > 78) {
            fprintf(out, "\n%*s", indent, "");
            col = indent;
        } else if (col > indent) {
            fputc(' ', out);
            col++;
        }
        fwrite(s, 1, len, out);
        col += (int)len;
        s += len;
        while (*s == ' ')
            s++;
        if (*s == '\n') {
            while (*s == '\n')
                s++;
            if (*s)
                fprintf(out, "\n\n%*s", indent, "");
            col = indent;
        }
    }
    fputc('\n', out);
}

void cli_print_help(FILE *out)
{
    fputs("usage: leeway [VERB] [options]; without a verb the console opens\n\n", out);
    for (size_t i = 0; cli_verbs[i]; i++)
        fprintf(out, "  %-12s %s\n", cli_verbs[i]->name, cli_verbs[i]->summary);
    fputs("\nleeway help VERB says more about a verb, leeway help keys lists the console's keys.\n"
          "Exit status: 0 done or nothing to do, 1 failed, 2 there are changes or unexpected\n"
          "drift, 3 part of the answer is unknown, 64 wrong usage, 130 interrupted.\n",
          out);
}

void cli_print_verb_help(FILE *out, const struct cli_verb *verb)
{
    enum { COLUMN = 26 };
    fprintf(out, "usage: leeway %s%s%s%s\n\n", verb->name, verb->options ? " [options]" : "",
            verb->args ? " " : "", verb->args ? verb->args : "");
    print_wrapped(out, verb->summary, 0, 0);
    if (verb->about) {
        fputc('\n', out);
        print_wrapped(out, verb->about, 0, 0);
    }
    if (!verb->options)
        return;
    fputs("\noptions:\n", out);
    for (const struct cli_option *o = verb->options; o->name; o++) {
        int n = o->letter ? fprintf(out, "  -%c, --%s", o->letter, o->name)
                          : fprintf(out, "      --%s", o->name);
        if (o->kind != CLI_FLAG)
            n += fprintf(out, " %s", o->value);
        if (n >= COLUMN)
            fprintf(out, "\n%*s", COLUMN, "");
        else
            fprintf(out, "%*s", COLUMN - n, "");
        print_wrapped(out, o->help, COLUMN, COLUMN);
    }
}
