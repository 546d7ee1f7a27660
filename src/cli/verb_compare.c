// SPDX-License-Identifier: Apache-2.0
/* leeway compare A B: what differs between two releases, two environments or two clusters. */
#include "cli/output.h"
#include "cli/session.h"

#include <string.h>

#define CELL(fn, expr)                                                                             \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        const struct leeway_compare_row *x = row;                                                  \
        (void)a;                                                                                   \
        return expr;                                                                               \
    }

static struct text object_of(const struct leeway_compare_row *x, struct arena *a)
{
    if (!x->object_kind.len)
        return TEXT("(cluster)");
    return text_fmt(a, "%s/%s", x->object_kind.str, x->name.str);
}

CELL(c_object, cli_text(object_of(x, a)))
CELL(c_what, cli_text(x->path.len ? x->path : TEXT("object")))
CELL(c_a, cli_text(x->a))
CELL(c_b, cli_text(x->b))
CELL(c_on, cli_count(x->on))
CELL(c_change, cli_text(text_cstr(a, leeway_compare_kind_word(x->kind))))
CELL(c_environment, cli_text(x->environment))
CELL(c_api, cli_text(x->api_version))
CELL(c_kind, cli_text(x->object_kind))
CELL(c_namespace, cli_text(x->namespace_))
CELL(c_name, cli_text(x->name))
CELL(c_path, cli_text(x->path))
CELL(c_secret, cli_truth(x->secret))
CELL(c_cluster, cli_text(x->cluster))

static const struct cli_column columns[] = {
    {"OBJECT", "", .cell = c_object},
    {"FIELD", "", .cell = c_what},
    {"A", "a", .cell = c_a},
    {"B", "b", .cell = c_b},
    {"ON", "on", .right = true, .cell = c_on},
    {NULL, "change", .cell = c_change},
    {NULL, "environment", .cell = c_environment},
    {NULL, "apiVersion", .cell = c_api},
    {NULL, "objectKind", .cell = c_kind},
    {NULL, "namespace", .cell = c_namespace},
    {NULL, "name", .cell = c_name},
    {NULL, "path", .cell = c_path},
    {NULL, "secret", .cell = c_secret},
    {NULL, "cluster", .cell = c_cluster},
    {NULL, NULL},
};

static const void *row_at(const void *ctx, size_t i)
{
    return &((const struct leeway_compare *)ctx)->rows[i];
}

static void ignore(void *ctx, const struct leeway_event *ev)
{
}

static void print(const struct leeway_compare *c, enum cli_output how)
{
    const struct cli_rows rows = {columns, "Difference", row_at, NULL, c, c->n_rows};
    if (how == CLI_OUT_TABLE)
        printf("A  %s\nB  %s\n\n", c->about_a.str, c->about_b.str);
    if (c->n_rows || how != CLI_OUT_TABLE)
        cli_rows_print(stdout, &rows, how, false);
    else
        printf("they are equal\n");
    if (c->more)
        fprintf(stderr, "the first %zu differences; there are more\n", c->n_rows);
    if (c->note.len)
        fprintf(stderr, "%s\n", c->note.str);
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a;
    struct cli_session s;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (a.words.len != 2) {
        status = cli_usage(verb, "say which two: %s", verb->args);
        goto out;
    }
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML, &how, &status) == CLI_STOP)
        goto out;
    status = cli_session_open(&s, &a, CLI_SESSION_NO_WATCH | CLI_SESSION_READ_ONLY);
    if (status)
        goto out;
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_COMPARE, .subjects = a.words.items, .n_subjects = 2};
    bool clusters = strncmp(a.words.items[0], "cluster/", 8) == 0;
    struct leeway_snapshot *reached = clusters ? cli_session_reach(&s) : NULL;
    struct leeway_event *ev =
        clusters && !reached ? NULL : cli_session_ask(&s, &c, ignore, NULL, &status);
    if (reached)
        leeway_snapshot_unref(reached);
    if (ev && ev->compare) {
        print(ev->compare, how);
        status = ev->compare->n_rows ? CLI_CHANGES : CLI_OK;
    } else if (s.interrupted) {
        status = CLI_INTERRUPTED;
    }
    leeway_event_free(ev);
    cli_session_close(&s);
out:
    cli_args_clear(&a);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_OUTPUT("table|json|yaml"),
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_compare = {
    .name = "compare",
    .args = "A B",
    .summary = "what differs between two releases, environments or clusters",
    .about =
        "ENV@r3 is what that release gave, ENV the newest that its environment was given, "
        "cluster/NAME the facts of a cluster and what each environment was given there. A line "
        "for each difference, with how many clusters it is so on. Secrets are told apart, "
        "never shown. Of two environments, objects and values that differ by the "
        "environment's name alone are no difference; they are compared on the clusters that "
        "have both. Exit status 0: they are equal; 2: they differ.",
    .options = options,
    .run = run,
};
