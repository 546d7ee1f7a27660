// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "cli/cli.h"

#include "base/buf.h"
#include "base/text.h"
#include "cli/options.h"
#ifdef LEEWAY_TUI
#include "ui.h"
#endif

#include <string.h>

/* One a line, so that two people can add theirs. */
/* clang-format off */
const struct cli_verb *const cli_verbs[] = {
    &cli_verb_get,
    &cli_verb_blame,
    &cli_verb_compare,
    &cli_verb_plan,
    &cli_verb_apply,
    &cli_verb_drift,
    &cli_verb_revert,
    &cli_verb_accept,
    &cli_verb_handover,
    &cli_verb_rollout,
    &cli_verb_reconcile,
#ifdef LEEWAY_TUI
    &cli_verb_console,
    &cli_verb_open,
    &cli_verb_demo,
#endif
    &cli_verb_env,
    &cli_verb_catalog,
    &cli_verb_render,
    &cli_verb_health,
    &cli_verb_guardrail,
    &cli_verb_cel,
    &cli_verb_schema,
    &cli_verb_doctor,
    &cli_verb_sim,
    &cli_verb_store,
    &cli_verb_completion,
    &cli_verb_version,
    NULL,
};
/* clang-format on */

const struct cli_verb *cli_find_verb(const char *name)
{
    for (size_t i = 0; cli_verbs[i]; i++)
        if (strcmp(cli_verbs[i]->name, name) == 0)
            return cli_verbs[i];
    return NULL;
}

static void say_unknown_verb(const char *typed)
{
    VEC(const char *) names = {0};
    for (size_t i = 0; cli_verbs[i]; i++)
        vec_push(&names, cli_verbs[i]->name);
    const char *near = cli_nearest(typed, names.items, names.len);
    struct arena a;
    arena_init(&a);
    fprintf(stderr, "leeway: there is no verb %s; ", text_cstr(&a, typed).str);
    if (near)
        fprintf(stderr, "did you mean %s? ", near);
    fputs("leeway help lists them\n", stderr);
    arena_clear(&a);
    vec_clear(&names);
}

static int print_keys(void)
{
#ifdef LEEWAY_TUI
    struct buf out, errors;
    buf_init(&out, 1u << 20);
    buf_init(&errors, 1u << 20);
    int wrong = ui_print_keys(&out, &errors);
    fwrite(buf_str(&out), 1, out.len, stdout);
    fwrite(buf_str(&errors), 1, errors.len, stderr);
    buf_clear(&out);
    buf_clear(&errors);
    return wrong ? CLI_FAILED : CLI_OK;
#else
    fputs("leeway: this program was built without the console and has no keys\n", stderr);
    return CLI_OK;
#endif
}

/* help, help VERB, help keys; and for the build: help verbs, help man, help man VERB */
static int help(int argc, char **argv)
{
    bool man = argc > 0 && strcmp(argv[0], "man") == 0;
    const char *name = argc > man ? argv[man] : NULL;
    const struct cli_verb *verb = name ? cli_find_verb(name) : NULL;
    if (verb && man) {
        cli_print_man_page(stdout, verb);
    } else if (verb) {
        cli_print_verb_help(stdout, verb);
    } else if (name && strcmp(name, "verbs") == 0) {
        for (size_t i = 0; cli_verbs[i]; i++)
            printf("%s\n", cli_verbs[i]->name);
    } else if (name && strcmp(name, "keys") == 0) {
        return print_keys();
    } else if (name) {
        say_unknown_verb(name);
        return CLI_USAGE;
    } else if (man) {
        cli_print_man_verbs(stdout);
    } else {
        cli_print_help(stdout);
    }
    return CLI_OK;
}

int cli_main(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
                     strcmp(argv[1], "-h") == 0))
        return help(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return cli_verb_version.run(&cli_verb_version, 1, argv + 1);
    if (argc < 2 || argv[1][0] == '-') {
#ifdef LEEWAY_TUI
        return cli_verb_console.run(&cli_verb_console, argc, argv);
#else
        fputs("leeway: this program was built without the console; leeway help lists the verbs\n",
              stderr);
        return CLI_USAGE;
#endif
    }
    const struct cli_verb *verb = cli_find_verb(argv[1]);
    if (!verb) {
        say_unknown_verb(argv[1]);
        return CLI_USAGE;
    }
    return verb->run(verb, argc - 1, argv + 1);
}
