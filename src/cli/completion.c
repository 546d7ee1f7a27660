// SPDX-License-Identifier: Apache-2.0
/* Completion for shells, out of the tables of verbs and options. */
#include "cli/options.h"

#include <string.h>

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

static void print_bash(FILE *out)
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

/* ---- zsh ---- */

/* Within single quotes, and within what _arguments and _describe take apart. */
static void zsh_text(FILE *out, const char *s)
{
    for (; *s; s++) {
        if (*s == '\'')
            fputs("'\\''", out);
        else if (strchr("[]:\\", *s))
            fprintf(out, "\\%c", *s);
        else
            fputc(*s, out);
    }
}

static void zsh_action(FILE *out, const char *value)
{
    fputc(':', out);
    zsh_text(out, value);
    fputc(':', out);
    if (is_choice(value)) {
        fputc('(', out);
        print_choices(out, value);
        fputc(')', out);
    } else if (strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0) {
        fputs(value[0] == 'F' ? "_files" : "_files -/", out);
    }
}

static void zsh_option(FILE *out, const struct cli_option *o)
{
    fputs(" \\\n            ", out);
    if (o->kind == CLI_VALUES)
        fputs("'*'", out);
    else if (o->letter)
        fprintf(out, "'(-%c --%s)'", o->letter, o->name);
    if (o->letter)
        fprintf(out, "{-%c,--%s}'[", o->letter, o->name);
    else
        fprintf(out, "'--%s[", o->name);
    zsh_text(out, o->help);
    fputc(']', out);
    if (o->kind != CLI_FLAG)
        zsh_action(out, o->value);
    fputc('\'', out);
}

static void print_zsh(FILE *out)
{
    fputs("#compdef leeway\n# made by: leeway completion zsh\n"
          "_leeway() {\n"
          "    local -a verbs\n"
          "    verbs=(\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        fprintf(out, "        '%s:", cli_verbs[i]->name);
        zsh_text(out, cli_verbs[i]->summary);
        fputs("'\n", out);
    }
    fputs("    )\n"
          "    if (( CURRENT == 2 )); then\n"
          "        _describe -t verbs verb verbs\n"
          "        return\n"
          "    fi\n"
          "    local verb=$words[2]\n"
          "    shift words\n"
          "    (( CURRENT-- ))\n"
          "    case $verb in\n",
          out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        const struct cli_verb *v = cli_verbs[i];
        fprintf(out, "    %s)\n        _arguments -s '--help[say more]'", v->name);
        for (const struct cli_option *o = v->options; o && o->name; o++)
            zsh_option(out, o);
        if (is_choice(v->args)) {
            fputs(" \\\n            '1", out);
            zsh_action(out, v->args);
            fputc('\'', out);
        }
        fputs("\n        ;;\n", out);
    }
    fputs(
        "    esac\n"
        "}\n"
        "if [[ $funcstack[1] == _leeway ]]; then _leeway \"$@\"; else compdef _leeway leeway; fi\n",
        out);
}

/* ---- fish ---- */

static void fish_text(FILE *out, const char *s)
{
    fputc('\'', out);
    for (; *s; s++) {
        if (*s == '\'' || *s == '\\')
            fputc('\\', out);
        fputc(*s, out);
    }
    fputc('\'', out);
}

static void fish_option(FILE *out, const struct cli_verb *v, const struct cli_option *o)
{
    fprintf(out, "complete -c leeway -n '__fish_seen_subcommand_from %s' -l %s", v->name, o->name);
    if (o->letter)
        fprintf(out, " -s %c", o->letter);
    if (o->kind == CLI_FLAG) {
        /* nothing follows */
    } else if (is_choice(o->value)) {
        fputs(" -x -a '", out);
        print_choices(out, o->value);
        fputc('\'', out);
    } else if (strcmp(o->value, "DIR") == 0) {
        fputs(" -x -a '(__fish_complete_directories)'", out);
    } else {
        fputs(strcmp(o->value, "FILE") == 0 ? " -r -F" : " -x", out);
    }
    fputs(" -d ", out);
    fish_text(out, o->help);
    fputc('\n', out);
}

static void print_fish(FILE *out)
{
    fputs("# made by: leeway completion fish\ncomplete -c leeway -f\n", out);
    for (size_t i = 0; cli_verbs[i]; i++) {
        const struct cli_verb *v = cli_verbs[i];
        fprintf(out, "complete -c leeway -n __fish_use_subcommand -a %s -d ", v->name);
        fish_text(out, v->summary);
        fputc('\n', out);
        if (is_choice(v->args)) {
            fprintf(out, "complete -c leeway -n '__fish_seen_subcommand_from %s' -a '", v->name);
            print_choices(out, v->args);
            fputs("'\n", out);
        }
        for (const struct cli_option *o = v->options; o && o->name; o++)
            fish_option(out, v, o);
    }
}

/* ---- the verb ---- */

static const struct {
    const char *name;
    void (*print)(FILE *out);
} shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

static int run_completion(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    status = -1;
    for (size_t i = 0; a.words.len == 1 && i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(a.words.items[0], shells[i].name) == 0) {
            shells[i].print(stdout);
            status = CLI_OK;
        }
    }
    if (status < 0)
        status = cli_usage(verb, "name the shell: leeway completion bash, zsh or fish");
    cli_args_clear(&a);
    return status;
}

const struct cli_verb cli_verb_completion = {
    .name = "completion",
    .args = "bash|zsh|fish",
    .summary = "print what makes the shell complete verbs and options",
    .about =
        "For this shell: source <(leeway completion bash), source <(leeway completion zsh), or "
        "leeway completion fish | source",
    .run = run_completion,
};
