// SPDX-License-Identifier: Apache-2.0
/*
 * Man pages out of the tables of verbs and options: a section for each verb in leeway(1), and a
 * page of its own, leeway-VERB(1).
 */
#include "cli/options.h"

#include "config.h"

#include <string.h>

static void roff_text(FILE *out, const char *s)
{
    bool start = true;
    for (; *s; s++) {
        if (start && (*s == '.' || *s == '\''))
            fputs("\\&", out);
        start = *s == '\n';
        if (*s == '-')
            fputs("\\-", out);
        else if (*s == '\\')
            fputs("\\e", out);
        else
            fputc(*s, out);
    }
}

/* A summary as a sentence. */
static void roff_sentence(FILE *out, const char *s)
{
    char first[2] = {s[0], 0};
    if (first[0] >= 'a' && first[0] <= 'z')
        first[0] -= 'a' - 'A';
    fputs(first, out);
    roff_text(out, s + (s[0] != 0));
    fputs(".\n", out);
}

static void roff_about(FILE *out, const struct cli_verb *v)
{
    roff_sentence(out, v->summary);
    if (!v->about)
        return;
    fputs(".PP\n", out);
    roff_text(out, v->about);
    fputc('\n', out);
}

static void roff_options(FILE *out, const struct cli_verb *v)
{
    for (const struct cli_option *o = v->options; o && o->name; o++) {
        fputs(".TP\n", out);
        if (o->letter)
            fprintf(out, "\\fB\\-%c\\fR, ", o->letter);
        fputs("\\fB\\-\\-", out);
        roff_text(out, o->name);
        fputs("\\fR", out);
        if (o->kind != CLI_FLAG) {
            fputs(" \\fI", out);
            roff_text(out, o->value);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        roff_text(out, o->help);
        fputs(".\n", out);
    }
}

void cli_print_man_verbs(FILE *out)
{
    for (size_t i = 0; cli_verbs[i]; i++) {
        const struct cli_verb *v = cli_verbs[i];
        fputs(".SS ", out);
        roff_text(out, v->name);
        if (v->args) {
            fputs(" \\fR", out);
            roff_text(out, v->args);
        }
        fputs("\n", out);
        roff_about(out, v);
        roff_options(out, v);
    }
}

void cli_print_man_page(FILE *out, const struct cli_verb *v)
{
    fputs(".\\\" SPDX-License-Identifier: Apache-2.0\n.TH LEEWAY\\-", out);
    for (const char *s = v->name; *s; s++)
        fputc(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s, out);
    fprintf(out, " 1 \"\" \"leeway %s\" \"User Commands\"\n.SH NAME\nleeway\\-", PACKAGE_VERSION);
    roff_text(out, v->name);
    fputs(" \\- ", out);
    roff_text(out, v->summary);
    fputs("\n.SH SYNOPSIS\n.B leeway ", out);
    roff_text(out, v->name);
    if (v->options)
        fputs("\n.RI [ options ]", out);
    if (v->args) {
        fputs("\n.I ", out);
        roff_text(out, v->args);
    }
    fputs("\n.SH DESCRIPTION\n", out);
    roff_about(out, v);
    if (v->options) {
        fputs(".SH OPTIONS\n", out);
        roff_options(out, v);
    }
    fputs(".SH \"EXIT STATUS\"\n"
          "0 done or nothing to do, 1 failed, 2 there are changes or unexpected drift,\n"
          "3 part of the answer is unknown, 64 wrong usage, 130 interrupted.\n"
          ".SH \"SEE ALSO\"\n.BR leeway (1)\n",
          out);
}
