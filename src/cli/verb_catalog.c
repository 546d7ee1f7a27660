// SPDX-License-Identifier: Apache-2.0
/* leeway catalog COMMAND: what platform teams publish. Each command is a row of the table below. */
#include "cli/catalog_job.h"
#include "cli/output.h"

#include <string.h>

static const struct cli_option options[] = {
    CLI_OPTIONS_CATALOG,
    {"update", 0, CLI_FLAG, NULL, "test: write what is made now as what is expected"},
    {"key", 0, CLI_VALUE, "FILE", "approve: the SSH key, or the .pub file of one in the agent"},
    {"signers", 0, CLI_VALUE, "FILE", "verify: the allowed_signers file; spec.approvals otherwise"},
    {"required", 0, CLI_VALUE, "N", "verify: how many people have to sign"},
    {"accept", 0, CLI_FLAG, NULL, "verify: remember what lies there as what is trusted"},
    {"store", 0, CLI_VALUE, "FILE", "verify: the store that remembers it"},
    CLI_OPTIONS_OUTPUT("table|json|yaml|name"),
    CLI_OPTIONS_END,
};

/* ---- lint ---- */

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static int lint(struct catalog_job *j, const char *const *words, size_t n, enum cli_output how)
{
    const struct catalog *c = j->catalog;
    (void)words;
    (void)n;
    (void)how;
    catalog_job_problems(&j->problems, stdout);
    size_t all = j->problems.len + j->problems.more;
    if (all) {
        fprintf(stderr, "%zu problem%s\n", all, plural(all));
        return CLI_FAILED;
    }
    printf("no problems: %zu module%s, %zu blueprint%s, %zu profile%s, %zu team%s\n", c->n_modules,
           plural(c->n_modules), c->n_blueprints, plural(c->n_blueprints), c->n_profiles,
           plural(c->n_profiles), c->n_teams, plural(c->n_teams));
    return CLI_OK;
}

/* ---- list ---- */

struct entry {
    const char *kind, *name, *version, *about;
    bool broken;
};

static struct cli_cell cell_kind(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct entry *)row)->kind));
}
static struct cli_cell cell_name(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct entry *)row)->name));
}
static struct cli_cell cell_version(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct entry *)row)->version));
}
static struct cli_cell cell_state(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct entry *)row)->broken ? "has problems" : ""));
}
static struct cli_cell cell_about(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct entry *)row)->about));
}
static const struct cli_column columns[] = {{"KIND", "kind", false, false, cell_kind},
                                            {"NAME", "name", false, false, cell_name},
                                            {"VERSION", "version", false, false, cell_version},
                                            {"STATE", "state", false, false, cell_state},
                                            {"ABOUT", "description", false, false, cell_about},
                                            {NULL, NULL, false, false, NULL}};

static const void *entry_row(const void *ctx, size_t i)
{
    return &((const struct entry *)ctx)[i];
}

static int list(struct catalog_job *j, const char *const *words, size_t n, enum cli_output how)
{
    const struct catalog *c = j->catalog;
    VEC(struct entry) all = {0};
    (void)words;
    (void)n;
    for (size_t i = 0; i < c->n_blueprints; i++)
        vec_push(&all,
                 (struct entry){"Blueprint", c->blueprints[i]->name, c->blueprints[i]->version.text,
                                c->blueprints[i]->description, !c->compositions[i]});
    for (size_t i = 0; i < c->n_modules; i++)
        vec_push(&all, (struct entry){"Module", c->modules[i]->name, c->modules[i]->version.text,
                                      c->modules[i]->description, c->modules[i]->broken});
    for (size_t i = 0; i < c->n_profiles; i++)
        vec_push(&all, (struct entry){"Profile", c->profiles[i]->name, "",
                                      c->profiles[i]->when ? c->profiles[i]->when->at->as.s
                                                           : "every cluster",
                                      c->profiles[i]->broken});
    for (size_t i = 0; i < c->n_teams; i++)
        vec_push(&all, (struct entry){"Team", c->teams[i]->name, "", "", c->teams[i]->broken});
    struct cli_rows rows = {.columns = columns,
                            .kind = "CatalogEntry",
                            .row = entry_row,
                            .ctx = all.items,
                            .n = all.len};
    cli_rows_print(stdout, &rows, how, false);
    vec_clear(&all);
    return CLI_OK;
}

/* ---- the table ---- */

const struct catalog_command catalog_commands[] = {
    {"lint", "", "everything that is wrong, each with file, line and column", 0, 0, lint, false},
    {"list", "", "blueprints, modules, profiles and teams", 0, 0, list, false},
    {"show", "NAME[@VERSION]", "parameters, wires and objects of a blueprint or module", 1, 1,
     catalog_command_show, false},
    {"graph", "BLUEPRINT[@VERSION]", "what needs what, in the order of applying", 1, 1,
     catalog_command_graph, false},
    {"test", "[NAME]...", "the cases kept beside modules and blueprints", 0, 1000,
     catalog_command_test, true},
    {"diff", "NAME@VERSION NAME@VERSION", "what differs between two versions", 2, 2,
     catalog_command_diff, false},
    {"approve", "BLUEPRINT[@VERSION]|policy", "write what exactly is approved, and sign it", 1, 1,
     catalog_command_approve, false},
    {"verify", "[BLUEPRINT[@VERSION]|policy]…", "who approved what, and what was altered", 0, 1000,
     catalog_command_verify, false},
    {NULL, NULL, NULL, 0, 0, NULL, false}};

static int no_command(const struct cli_verb *verb, const char *typed)
{
    VEC(const char *) names = {0};
    struct buf all;
    buf_init(&all, BUF_SMALL);
    for (size_t i = 0; catalog_commands[i].name; i++) {
        vec_push(&names, catalog_commands[i].name);
        buf_printf(&all, "%s%s", i ? ", " : "", catalog_commands[i].name);
    }
    const char *near = typed ? cli_nearest(typed, names.items, names.len) : NULL;
    int status = near ? cli_usage(verb, "there is no command %s; did you mean %s?", typed, near)
                      : cli_usage(verb, "a command is wanted: %s", buf_str(&all));
    buf_clear(&all);
    vec_clear(&names);
    return status;
}

static int run_command(const struct catalog_command *c, const struct cli_args *args,
                       enum cli_output how)
{
    struct catalog_job j;
    int status = catalog_job_open(&j, args);
    if (!status && c->needs_good && j.problems.len) {
        catalog_job_problems(&j.problems, stderr);
        status = CLI_FAILED;
    } else if (!status) {
        status = c->run(&j, (const char *const *)args->words.items + 1, args->words.len - 1, how);
    }
    catalog_job_close(&j);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args args;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &args, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&args, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_NAME, &how,
                      &status) == CLI_GO_ON) {
        const char *name = args.words.len ? args.words.items[0] : NULL;
        const struct catalog_command *c = catalog_commands;
        while (name && c->name && strcmp(c->name, name) != 0)
            c++;
        if (!name || !c->name)
            status = no_command(verb, name);
        else if (args.words.len - 1 < c->min_words || args.words.len - 1 > c->max_words)
            status = cli_usage(verb, "say catalog %s %s", c->name, c->args);
        else
            status = run_command(c, &args, how);
    }
    cli_args_clear(&args);
    return status;
}

const struct cli_verb cli_verb_catalog = {
    .name = "catalog",
    .args = "lint | list | show NAME | graph BLUEPRINT | test [NAME] | diff NAME@V NAME@V | "
            "approve NAME@V | verify [NAME@V]",
    .summary = "modules, blueprints, profiles and teams of a fleet",
    .about =
        "Works on the fleet's folder (or a catalog folder) alone. lint reads everything and "
        "says all that is wrong, each with file, line, column, what would be right; the others "
        "work with what is good. test runs the cases in the folder tests beside a module.yaml, "
        "and in the catalog's own folder tests: parameters and a cluster in, objects or errors "
        "out; --update writes what is made now. Exit status: 0, 1 when something is wrong, 2 "
        "when diff finds differences.\n"
        "approve writes a lock of every file that a blueprint (or policy: the guardrails and "
        "profiles) is made of, and signs it with an SSH key; verify says who approved what, and "
        "which file was altered since. Without trusted signers in spec.approvals of leeway.yaml, "
        "verify --accept remembers what is trusted.",
    .options = options,
    .run = run,
};
