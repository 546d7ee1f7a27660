// SPDX-License-Identifier: Apache-2.0
/*
 * leeway drift: what differs from what releases gave, on all clusters, with who did it. One look,
 * or with --watch a line for each difference that appears, changes or ends. drift_explain.c has
 * the command explain.
 */
#include "cli/drift_explain.h"
#include "cli/output.h"
#include "cli/session.h"

#include <stdlib.h>
#include <string.h>

struct row {
    const struct leeway_drift *d;
    const char *event; /* when watching: new, changed, ended */
};

struct answer {
    VEC(struct row) rows;
};

/* ---- columns ---- */

/* Whom it is put down to; NULL: the server keeps no trace. */
static const struct leeway_owner *by(const struct leeway_drift *d)
{
    return d->n_owners && !d->owners[0].ours ? &d->owners[0] : NULL;
}

#define DRIFT const struct leeway_drift *d = ((const struct row *)row)->d
#define FIELD(fn, expr)                                                                            \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        DRIFT;                                                                                     \
        (void)a;                                                                                   \
        return expr;                                                                               \
    }
#define OWNER(fn, member) FIELD(fn, cli_text(by(d) ? by(d)->member : TEXT_NONE))

FIELD(d_id, cli_count((int64_t)d->id))
FIELD(d_verdict,
      cli_text(d->checking ? TEXT("checking") : text_cstr(a, leeway_verdict_word(d->verdict))))
FIELD(d_cluster, cli_text(d->cluster))
FIELD(d_environment, cli_text(d->environment))
FIELD(d_api, cli_text(d->api_version))
FIELD(d_object_kind, cli_text(d->object_kind))
FIELD(d_namespace, cli_text(d->namespace_))
FIELD(d_name, cli_text(d->name))
FIELD(d_path, cli_text(d->path))
FIELD(d_given, cli_text(d->given))
FIELD(d_live, cli_text(d->live))
FIELD(d_kind, cli_text(text_cstr(a, leeway_drift_kind_word(d->kind))))
FIELD(d_what, cli_text(d->path.len ? d->path : text_cstr(a, leeway_drift_kind_word(d->kind))))
FIELD(d_checking, cli_truth(d->checking))
FIELD(d_contested, cli_truth(d->contested))
FIELD(d_since, cli_moment(a, d->before_ms))
FIELD(d_after, cli_moment(a, d->after_ms))
FIELD(d_when, cli_text(d->when))
FIELD(d_reason, cli_text(d->reason))
FIELD(d_checked, cli_text(d->checked))
FIELD(d_fold, cli_text(d->fold_key))
FIELD(d_actor, cli_text(by(d) ? text_cstr(a, leeway_actor_word(by(d)->actor)) : TEXT_NONE))
OWNER(d_manager, manager)
OWNER(d_operation, operation)
OWNER(d_subresource, subresource)

static struct cli_cell d_event(const void *row, struct arena *a)
{
    return cli_text(text_cstr(a, ((const struct row *)row)->event));
}

static struct cli_cell d_object(const void *row, struct arena *a)
{
    DRIFT;
    return cli_text(d->name.len          ? text_fmt(a, "%s/%s", d->object_kind.str, d->name.str)
                    : d->object_kind.len ? d->object_kind
                                         : TEXT("everything"));
}

static struct cli_cell d_by(const void *row, struct arena *a)
{
    DRIFT;
    if (by(d))
        return cli_text(by(d)->words);
    return cli_text(d->kind == LEEWAY_DRIFT_NOT_SEEN ? TEXT_NONE : TEXT("no trace kept"));
}

static struct cli_cell d_owners(const void *row, struct arena *a)
{
    DRIFT;
    struct text t = TEXT_NONE;
    for (size_t i = 0; i < d->n_owners; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? ", " : "", d->owners[i].words.str);
    return cli_text(t);
}

static const struct cli_column columns[] = {
    {NULL, "event", .cell = d_event}, /* first: left out when not watching */
    {"VERDICT", "verdict", .cell = d_verdict},
    {"CLUSTER", "cluster", .cell = d_cluster},
    {"ENVIRONMENT", "environment", .cell = d_environment},
    {"OBJECT", "", .cell = d_object},
    {"NAMESPACE", "namespace", .wide = true, .cell = d_namespace},
    {"WHAT", "", .cell = d_what},
    {"GIVEN", "given", .cell = d_given},
    {"LIVE", "live", .cell = d_live},
    {"BY", "by", .cell = d_by},
    {"SINCE", "before", .right = true, .cell = d_since},
    {"KIND", "kind", .wide = true, .cell = d_kind},
    {"CHECKED", "checked", .wide = true, .cell = d_checked},
    {"WHY", "reason", .wide = true, .cell = d_reason},
    {NULL, "id", .cell = d_id},
    {NULL, "checking", .cell = d_checking},
    {NULL, "contested", .cell = d_contested},
    {NULL, "apiVersion", .cell = d_api},
    {NULL, "objectKind", .cell = d_object_kind},
    {NULL, "name", .cell = d_name},
    {NULL, "path", .cell = d_path},
    {NULL, "manager", .cell = d_manager},
    {NULL, "operation", .cell = d_operation},
    {NULL, "subresource", .cell = d_subresource},
    {NULL, "actor", .cell = d_actor},
    {NULL, "owners", .cell = d_owners},
    {NULL, "after", .cell = d_after},
    {NULL, "when", .cell = d_when},
    {NULL, "fold", .cell = d_fold},
    {NULL, NULL},
};

static const void *row_of(const void *ctx, size_t i)
{
    return &((const struct answer *)ctx)->rows.items[i];
}

static void print_name(const void *row, FILE *out)
{
    DRIFT;
    fprintf(out, "%s/%s/%s%s%s", d->cluster.str, d->object_kind.str, d->name.str,
            d->path.len ? " " : "", d->path.str);
}

/* ---- which rows ---- */

struct choice {
    const char *environment; /* NULL: all */
    bool some_clusters;      /* others than those of the inventory were not asked about */
};

static bool is_chosen(const struct choice *c, const struct leeway_drift *d)
{
    return (!c->environment || strcmp(d->environment.str, c->environment) == 0) &&
           (!c->some_clusters || d->cluster_id);
}

static int in_order(const void *x, const void *y)
{
    const struct leeway_drift *a = ((const struct row *)x)->d, *b = ((const struct row *)y)->d;
    const struct text *left[] = {&a->cluster,    &a->environment, &a->object_kind,
                                 &a->namespace_, &a->name,        &a->path};
    const struct text *right[] = {&b->cluster,    &b->environment, &b->object_kind,
                                  &b->namespace_, &b->name,        &b->path};
    int order = 0;
    for (size_t i = 0; !order && i < ARRAY_LEN(left); i++)
        order = strcmp(left[i]->str, right[i]->str);
    return order;
}

static void sort(struct answer *x)
{
    if (x->rows.len)
        qsort(x->rows.items, x->rows.len, sizeof(x->rows.items[0]), in_order);
}

static bool has_environment(const struct leeway_snapshot *snap, const char *name)
{
    for (size_t i = 0; i < leeway_environments(snap); i++)
        if (!name || strcmp(leeway_environment_at(snap, i)->name.str, name) == 0)
            return true;
    return false;
}

/* ---- one look ---- */

static int status_of(const struct answer *x, bool settled)
{
    bool unknown = !settled;
    for (size_t i = 0; i < x->rows.len; i++) {
        const struct leeway_drift *d = x->rows.items[i].d;
        if (!d->checking && d->verdict == LEEWAY_VERDICT_UNEXPECTED)
            return CLI_CHANGES;
        unknown |= d->checking || d->verdict == LEEWAY_VERDICT_UNKNOWN;
    }
    return unknown ? CLI_UNKNOWN : CLI_OK;
}

static void say_summary(const struct answer *x, bool settled)
{
    size_t unexpected = 0, unknown = 0, checking = 0;
    for (size_t i = 0; i < x->rows.len; i++) {
        const struct leeway_drift *d = x->rows.items[i].d;
        checking += d->checking;
        unexpected += !d->checking && d->verdict == LEEWAY_VERDICT_UNEXPECTED;
        unknown += !d->checking && d->verdict == LEEWAY_VERDICT_UNKNOWN;
    }
    if (!x->rows.len && settled)
        fputs("No drift: everything is as it was given.\n", stderr);
    if (checking)
        fprintf(stderr, "%zu still being checked\n", checking);
    for (size_t i = 0; unknown && i < x->rows.len; i++) {
        const struct leeway_drift *d = x->rows.items[i].d;
        if (!d->checking && d->verdict == LEEWAY_VERDICT_UNKNOWN)
            fprintf(stderr, "%s: not known: %s\n", d->cluster.str, d->reason.str);
    }
    if (!settled)
        fputs("Not everything was answered in time; --timeout waits longer.\n", stderr);
    if (unexpected)
        fputs("leeway revert KIND/NAME [PATH...] makes a plan that gives it back.\n", stderr);
}

static int print_once(struct cli_session *s, const struct choice *c, enum cli_output how)
{
    bool settled;
    struct answer x = {0};
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    if (!snap)
        return CLI_INTERRUPTED;
    int status = CLI_OK;
    if (c->environment && !has_environment(snap, c->environment)) {
        fprintf(stderr, "leeway drift: there is no environment %s\n", c->environment);
        status = CLI_FAILED;
        goto out;
    }
    for (size_t i = 0; i < leeway_drifts(snap); i++)
        if (is_chosen(c, leeway_drift_at(snap, i)))
            vec_push(&x.rows, (struct row){leeway_drift_at(snap, i), ""});
    sort(&x);
    const struct cli_rows rows = {columns + 1, "Drift", row_of, print_name, &x, x.rows.len};
    bool for_people = how == CLI_OUT_TABLE || how == CLI_OUT_WIDE;
    if (x.rows.len || !for_people)
        cli_rows_print(stdout, &rows, how, false);
    if (for_people && !has_environment(snap, NULL))
        cli_say_nothing_applied(snap, ": there is nothing to compare with");
    else if (for_people)
        say_summary(&x, settled);
    status = status_of(&x, settled);
out:
    vec_clear(&x.rows);
    leeway_snapshot_unref(snap);
    return status;
}

/* ---- following ---- */

static const struct leeway_drift *find(const struct leeway_snapshot *snap, uint64_t id)
{
    for (size_t i = 0; snap && i < leeway_drifts(snap); i++)
        if (leeway_drift_at(snap, i)->id == id)
            return leeway_drift_at(snap, i);
    return NULL;
}

static bool is_same(const struct leeway_drift *a, const struct leeway_drift *b)
{
    return a->verdict == b->verdict && a->kind == b->kind && a->checking == b->checking &&
           a->contested == b->contested && a->n_owners == b->n_owners &&
           strcmp(a->live.str, b->live.str) == 0 && strcmp(a->given.str, b->given.str) == 0 &&
           strcmp(a->reason.str, b->reason.str) == 0 &&
           (!a->n_owners || strcmp(a->owners[0].words.str, b->owners[0].words.str) == 0);
}

static void compare(struct answer *x, const struct choice *c, const struct leeway_snapshot *was,
                    const struct leeway_snapshot *is)
{
    for (size_t i = 0; i < leeway_drifts(is); i++) {
        const struct leeway_drift *d = leeway_drift_at(is, i), *old = find(was, d->id);
        if (is_chosen(c, d) && (!old || !is_same(old, d)))
            vec_push(&x->rows, (struct row){d, old ? "changed" : "new"});
    }
    for (size_t i = 0; was && i < leeway_drifts(was); i++) {
        const struct leeway_drift *old = leeway_drift_at(was, i);
        if (is_chosen(c, old) && !find(is, old->id))
            vec_push(&x->rows, (struct row){old, "ended"});
    }
    sort(x);
}

static int follow(struct cli_session *s, const struct choice *c, enum cli_output how)
{
    struct leeway_snapshot *was = NULL;
    bool first = true;
    do {
        struct answer x = {0};
        struct leeway_snapshot *is = leeway_snapshot_take(s->leeway);
        compare(&x, c, was, is);
        const struct cli_rows rows = {columns, "Drift", row_of, print_name, &x, x.rows.len};
        for (size_t i = 0; how == CLI_OUT_JSON && i < rows.n; i++)
            cli_row_print_json_line(stdout, &rows, row_of(&x, i));
        for (size_t i = 0; how != CLI_OUT_JSON && i < rows.n; i++) {
            const struct answer one = {{&x.rows.items[i], 1, 1}};
            const struct cli_rows line = {columns + 1, "Drift", row_of, print_name, &one, 1};
            if (!first || i)
                printf("%s ", x.rows.items[i].event);
            cli_rows_print(stdout, &line, how, true);
        }
        first = first && !rows.n;
        vec_clear(&x.rows);
        leeway_snapshot_unref(was);
        was = is;
        if (fflush(stdout) != 0)
            break;
        struct leeway_event *ev;
        while ((ev = leeway_next_event(s->leeway)))
            leeway_event_free(ev);
    } while (cli_session_wait(s, -1));
    leeway_snapshot_unref(was);
    return s->interrupted ? CLI_INTERRUPTED : CLI_FAILED;
}

/* ---- the verb ---- */

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    struct cli_args a = {0};
    struct cli_session s;
    enum cli_output how;
    int status;
    if (cli_parse(verb, argc, argv, &a, &status) == CLI_STOP)
        return status;
    if (cli_output_of(&a, CLI_OUT_TABLE | CLI_OUT_WIDE | CLI_OUT_JSON | CLI_OUT_YAML | CLI_OUT_NAME,
                      &how, &status) == CLI_STOP)
        goto out;
    bool watch = cli_flag(&a, "watch");
    if (a.words.len && strcmp(a.words.items[0], "explain") == 0 && !watch) {
        status = drift_explain(verb, &a, how);
        goto out;
    }
    if (a.words.len || (watch && (how == CLI_OUT_YAML || how == CLI_OUT_NAME))) {
        status = a.words.len ? cli_usage(verb, "%s is one word too many", a.words.items[0])
                             : cli_usage(verb, "--watch prints table, wide or json");
        goto out;
    }
    /* who stays and has the store lets others work through it */
    if ((status = cli_session_open(&s, &a, watch ? CLI_SESSION_LASTING : CLI_SESSION_READ_ONLY)))
        goto out;
    const struct choice c = {.environment = cli_value(&a, "env"),
                             .some_clusters = cli_value(&a, "context") ||
                                              cli_value(&a, "cluster") ||
                                              cli_value(&a, "selector")};
    status = watch ? follow(&s, &c, how) : print_once(&s, &c, how);
    cli_session_close(&s);
out:
    cli_args_clear(&a);
    return status;
}

static const struct cli_option options[] = {
    {"env", 'e', CLI_VALUE, "NAME", "only this environment"},
    {"namespace", 'n', CLI_VALUE, "NAMESPACE", "explain: only the object in this namespace"},
    CLI_OPTIONS_OUTPUT("table|wide|json|yaml|name"),
    {"watch", 'w', CLI_FLAG, NULL, "go on and print a line for each difference that comes or goes"},
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_drift = {
    .name = "drift",
    .args = "[explain KIND/NAME [PATH...]]",
    .summary = "what differs from what releases gave, and by whom",
    .about =
        "Compares every object that was applied from here with what is live now, field by "
        "field, by ownership. A difference counts when it has stood for two seconds; where "
        "nobody took the field the server is asked with a dry run first. Managers are what "
        "clients call themselves. Sends nothing but reads and dry runs.\n"
        "explain tells all that is known of the differences of one object: who, when, why they "
        "count, whose the field is by its contract, what the wanted value was made of, whether "
        "the live value could be an override, and the query of an audit log that would settle "
        "who did it.\n"
        "Exit status: 0 no unexpected drift, 2 there is some, 3 something is not known, "
        "1 it failed.",
    .options = options,
    .run = run,
};
