// SPDX-License-Identifier: Apache-2.0
/*
 * What is made of the tables of verbs and options: help, the man page's section of verbs, and
 * completion for bash. What a verb can do is written down once, in its table.
 */
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
    fputs("\nleeway VERB --help says more about a verb. Exit status: 0 done or nothing to do,\n"
          "1 failed, 2 there are changes or unexpected drift, 3 part of the answer is\n"
          "unknown, 64 wrong usage, 130 interrupted.\n",
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

/* ---- roff ---- */

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
        char first[2] = {v->summary[0], 0};
        if (first[0] >= 'a' && first[0] <= 'z')
            first[0] -= 'a' - 'A';
        fputs(first, out);
        roff_text(out, v->summary + (v->summary[0] != 0));
        fputs(".\n", out);
        if (v->about) {
            fputs(".PP\n", out);
            roff_text(out, v->about);
            fputc('\n', out);
        }
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
}

/* ---- bash ---- */

/* "a|b|c" or "a" is a choice; what holds capitals or blanks is not. */
static bool is_choice(const char *value)
{
    return value && value[strspn(value, "abcdefghijklmnopqrstuvwxyz-|")] == 0;
}

static void print_choices(FILE *out, const char *s)
{
    for (; *s; s++)
        fputc(*s == '|' ? ' ' : *s, out);
}

void cli_print_bash_completion(FILE *out)
{
    fputs("# bash completion for leeway; made by: leeway completion bash\n"
          "_leeway() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} verb= i\n"
          "    COMPREPLY=()\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        case ${COMP_WORDS[i]} in -*) ;; *) verb=${COMP_WORDS[i]}; break ;; esac\n"
          "    done\n"
          "    local words= options=\n"
          "    case $verb:$prev in\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        const struct cli_verb *v = cli_verbs[i];
        for (const struct cli_option *o = v->options; o && o->name; o++) {
            if (o->kind == CLI_FLAG)
                continue;
            fprintf(out, "    %s:--%s", v->name, o->name);
            if (o->letter)
                fprintf(out, "|%s:-%c", v->name, o->letter);
            if (is_choice(o->value)) {
                fputs(") COMPREPLY=($(compgen -W '", out);
                print_choices(out, o->value);
                fputs("' -- \"$cur\")); return ;;\n", out);
            } else if (strcmp(o->value, "FILE") == 0 || strcmp(o->value, "DIR") == 0) {
                fprintf(out, ") COMPREPLY=($(compgen -%c -- \"$cur\")); return ;;\n",
                        o->value[0] == 'F' ? 'f' : 'd');
            } else {
                fputs(") return ;;\n", out);
            }
        }
    }
    fputs("    esac\n    case $verb in\n    '') words='", out);
    for (size_t i = 0; cli_verbs[i]; i++)
        fprintf(out, "%s%s", i ? " " : "", cli_verbs[i]->name);
    fputs(" help' ;;\n", out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        const struct cli_verb *v = cli_verbs[i];
        fprintf(out, "    %s) words='", v->name);
        if (is_choice(v->args))
            print_choices(out, v->args);
        fputs("' options='--help", out);
        for (const struct cli_option *o = v->options; o && o->name; o++)
            fprintf(out, " --%s", o->name);
        fputs("' ;;\n", out);
    }
    fputs("    esac\n"
          "    case $cur in\n"
          "    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
          "    *) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
          "    esac\n"
          "}\n"
          "complete -o bashdefault -o default -F _leeway leeway\n",
          out);
}

static int run_completion(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (a.words.len != 1 || strcmp(a.words.items[0], "bash") != 0)
        status = cli_usage(verb, "name the shell: leeway completion bash");
    else
        cli_print_bash_completion(stdout);
    cli_args_clear(&a);
    return status;
}

const struct cli_verb cli_verb_completion = {
    .name = "completion",
    .args = "bash",
    .summary = "print what makes the shell complete verbs and options",
    .about = "For this shell: source <(leeway completion bash)",
    .run = run_completion,
};
