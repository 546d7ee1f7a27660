// SPDX-License-Identifier: Apache-2.0
/*
 * leeway blame KIND/NAME: who owns each field of an object on every cluster that has it, and which
 * copy is unlike the others.
 */
#include "cli/output.h"
#include "cli/session.h"

#include "leeway/blame.h"

#include <string.h>

struct answer {
    struct leeway_blame *blame;
    const struct leeway_blame_row *rows;
    const struct leeway_outlier *outliers;
};

#define ROW const struct leeway_blame_row *r = row
#define OUTLIER const struct leeway_outlier *o = row
#define CELL(fn, type, expr)                                                                       \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        type;                                                                                      \
        return expr;                                                                               \
    }

CELL(r_path, ROW, cli_text(r->path))
CELL(r_owners, ROW, cli_text(r->owners))
CELL(r_class, ROW, cli_text(text_cstr(a, leeway_actor_word(r->actor))))
CELL(r_objects, ROW, cli_count(r->objects))
CELL(r_clusters, ROW, cli_count(r->clusters))
CELL(r_value, ROW,
     cli_text(r->values > 1 ? text_fmt(a, "%s and %u others", r->value.str, r->values - 1)
                            : r->value))

static const struct cli_column blame_columns[] = {
    {"FIELD", "path", .cell = r_path},
    {"OWNERS", "owners", .cell = r_owners},
    {"CLASS", "class", .cell = r_class},
    {"ON", "objects", .right = true, .cell = r_objects},
    {"CLUSTERS", "clusters", .right = true, .cell = r_clusters},
    {"VALUE", "value", .cell = r_value},
    {NULL, NULL},
};

CELL(o_path, OUTLIER, cli_text(o->path))
CELL(o_most, OUTLIER, cli_text(o->most))
CELL(o_sure, OUTLIER, cli_text(text_fmt(a, "%u of %u", o->most_objects, o->of)))
CELL(o_here, OUTLIER, cli_text(o->here))
CELL(o_on, OUTLIER, cli_count(o->objects))
CELL(o_owners, OUTLIER, cli_text(o->owners))

static const struct cli_column outlier_columns[] = {
    {"FIELD", "path", .cell = o_path},
    {"MOST HAVE", "most", .cell = o_most},
    {"", "sure", .cell = o_sure},
    {"HERE", "here", .cell = o_here},
    {"ON", "objects", .right = true, .cell = o_on},
    {"OWNERS", "owners", .cell = o_owners},
    {NULL, NULL},
};

static const void *row_at(const void *ctx, size_t i)
{
    return &((const struct answer *)ctx)->rows[i];
}

static const void *outlier_at(const void *ctx, size_t i)
{
    return &((const struct answer *)ctx)->outliers[i];
}

static void ignore(void *ctx, const struct leeway_event *ev)
{
}

/* Clusters that were not listed are named; the answer is then partly unknown. */
static int say_unknown(const struct leeway_look *l)
{
    int status = CLI_OK;
    for (size_t i = 0; i < l->n_sources; i++) {
        const struct leeway_source *s = &l->sources[i];
        if (s->state == LEEWAY_SOURCE_CURRENT || s->state == LEEWAY_SOURCE_UNSERVED)
            continue;
        status = CLI_UNKNOWN;
        fprintf(stderr, "%s: not listed: %s\n", s->cluster.str,
                s->reason.len ? s->reason.str : "no answer yet");
    }
    return status;
}

static int fetch(struct cli_session *s, const struct leeway_look *l, struct answer *x)
{
    int status = say_unknown(l);
    for (size_t i = 0; i < l->n_rows && i < LEEWAY_BLAME_OBJECTS; i++) {
        const struct leeway_row *r = leeway_look_row(l, i);
        char *api = l->group.len ? mem_printf("%s/%s", l->group.str, l->version_of_kind.str)
                                 : mem_strdup(l->version_of_kind.str);
        const struct leeway_command c = {.kind = LEEWAY_CMD_OBJECT,
                                         .cluster = r->cluster.str,
                                         .api_version = api,
                                         .object_kind = l->kind.str,
                                         .namespace_ = r->namespace_.str,
                                         .name = r->name.str};
        int failed = CLI_OK;
        struct leeway_event *ev = cli_session_ask(s, &c, ignore, NULL, &failed);
        mem_free(api);
        if (!ev) {
            if (failed == CLI_INTERRUPTED)
                return failed;
            status = CLI_UNKNOWN;
            continue;
        }
        if (ev->object)
            leeway_blame_add(x->blame, ev->object);
        leeway_event_free(ev);
    }
    if (l->n_rows > LEEWAY_BLAME_OBJECTS)
        fprintf(stderr, "the first %d of %zu objects\n", LEEWAY_BLAME_OBJECTS, l->n_rows);
    return status;
}

static void print(struct answer *x, bool outliers, enum cli_output how)
{
    struct cli_rows rows = {blame_columns, "Blame", row_at, NULL, x, 0};
    rows.n = leeway_blame_rows(x->blame, &x->rows);
    if (outliers) {
        rows = (struct cli_rows){outlier_columns, "Outlier", outlier_at, NULL, x, 0};
        rows.n = leeway_blame_outliers(x->blame, &x->outliers);
    }
    cli_rows_print(stdout, &rows, how, false);
    for (size_t i = 0; outliers && how == CLI_OUT_TABLE && i < rows.n; i++) {
        const struct leeway_outlier *o = &x->outliers[i];
        printf("%s is %s on", o->path.str, o->here.str);
        for (uint32_t k = 0; k < o->objects; k++) {
            const struct leeway_object *at = leeway_blame_object(x->blame, o->places[k]);
            printf("%s %s", k ? "," : "", at->cluster.str);
        }
        putchar('\n');
    }
    size_t n = leeway_blame_objects(x->blame);
    if (outliers && n < 3)
        fprintf(stderr, "%zu have it: of fewer than three none is unlike the others\n", n);
}

static int ask(struct cli_session *s, const struct cli_args *a, const char *kind, const char *name,
               enum cli_output how)
{
    int status = CLI_OK;
    char *fields = mem_printf("metadata.name=%s", name);
    const struct leeway_command c = {.kind = LEEWAY_CMD_LOOK,
                                     .object_kind = kind,
                                     .namespace_ = cli_value(a, "namespace"),
                                     .fields = fields};
    struct leeway_event *ev = cli_session_ask(s, &c, ignore, NULL, &status);
    mem_free(fields);
    if (!ev)
        return status;
    struct leeway_snapshot *snap = cli_session_look(s, ev->request);
    const struct leeway_look *l = snap ? leeway_look_by_id(snap, ev->request) : NULL;
    struct answer x = {.blame = leeway_blame_new()};
    leeway_event_free(ev);
    status = l ? fetch(s, l, &x) : s->interrupted ? CLI_INTERRUPTED : CLI_UNKNOWN;
    if (l && leeway_blame_objects(x.blame))
        print(&x, cli_flag(a, "outliers"), how);
    else if (l && status == CLI_OK)
        fprintf(stderr, "no cluster has it\n");
    leeway_blame_free(x.blame);
    if (snap)
        leeway_snapshot_unref(snap);
    return status;
}

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a;
    struct cli_session s;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    const char *word = a.words.len == 1 ? a.words.items[0] : "", *slash = strchr(word, '/');
    if (!slash || slash == word || !slash[1]) {
        status = cli_usage(verb, "say which object: %s", verb->args);
        goto out;
    }
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_JSON | CLI_OUT_YAML, &how, &status) == CLI_STOP)
        goto out;
    status = cli_session_open(&s, &a,
                              CLI_SESSION_NO_STORE | CLI_SESSION_NO_WATCH | CLI_SESSION_READ_ONLY);
    if (status)
        goto out;
    struct leeway_snapshot *reached = cli_session_reach(&s);
    status = CLI_INTERRUPTED;
    if (reached) {
        leeway_snapshot_unref(reached);
        char *kind = mem_strndup(word, (size_t)(slash - word));
        status = ask(&s, &a, kind, slash + 1, how);
        mem_free(kind);
    }
    cli_session_close(&s);
out:
    cli_args_clear(&a);
    return status;
}

static const struct cli_option options[] = {
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_OUTPUT("table|json|yaml"),
    {"namespace", 'n', CLI_VALUE, "NAME", "only of this namespace; all otherwise"},
    {"outliers", 0, CLI_FLAG, NULL, "only where a copy is unlike the others"},
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_blame = {
    .name = "blame",
    .args = "KIND/NAME",
    .summary = "who owns each field of an object, over the whole fleet",
    .about = "A line for each field and each set of owners: on how many objects, on how many "
             "clusters, with which value. A manager is the name that a program gave itself, not a "
             "person. With --outliers: where most copies have one value, those that have another; "
             "of fewer than three copies none is called unlike. Status is left out.",
    .options = options,
    .run = run,
};
