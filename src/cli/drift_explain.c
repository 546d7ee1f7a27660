// SPDX-License-Identifier: Apache-2.0
#include "cli/drift_explain.h"

#include "base/clock.h"
#include "cli/answer.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

struct row {
    const struct leeway_drift *d;
    const struct leeway_explained *x;
};

struct answer {
    VEC(struct row) rows;
};

/* ---- words ---- */

static struct text window(struct arena *a, const struct leeway_drift *d)
{
    char after[CLOCK_RFC3339_LEN], before[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(d->after_ms, after);
    clock_format_rfc3339(d->before_ms, before);
    return text_fmt(a, "%s%s%sat or before %s%s%s", d->after_ms ? "after " : "",
                    d->after_ms ? after : "", d->after_ms ? ", " : "", before,
                    d->when.len ? ": " : "", d->when.str);
}

static struct text owner(struct arena *a, const struct leeway_owner *w)
{
    char at[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(w->at_or_before_ms, at);
    return text_fmt(
        a, "%s, %s (calls itself %s; %s%s%s%s%s)", w->words.str, leeway_actor_word(w->actor),
        w->manager.str, w->operation.str, w->subresource.len ? " of " : "", w->subresource.str,
        w->at_or_before_ms ? ", " : ", no time of its own", w->at_or_before_ms ? at : "");
}

/* What follows can be pasted into a shell. */
static struct text quoted(struct arena *a, struct text t)
{
    return strchr(t.str, '\'') ? text_fmt(a, "\"%s\"", t.str) : text_fmt(a, "'%s'", t.str);
}

static struct text override_words(struct arena *a, const struct row *r)
{
    const struct leeway_drift *d = r->d;
    if (!r->x->parameter.len)
        return text_fmt(a, "no: %s", r->x->no_override.str);
    return text_fmt(a,
                    "%s = %s would be it: leeway accept --override --env %s --cluster %s %s/%s %s "
                    "--until 72h --reason '…'",
                    r->x->parameter.str, r->x->value.str, d->environment.str, d->cluster.str,
                    d->object_kind.str, d->name.str, quoted(a, d->path).str);
}

/* ---- for people ---- */

static void line(const char *what, struct text words)
{
    if (words.len)
        printf("  %-10s %s\n", what, words.str);
}

static void print_row(const struct row *r, struct arena *a)
{
    const struct leeway_drift *d = r->d;
    bool traced = d->n_owners && !d->owners[0].ours;
    printf("%s/%s%s%s on %s: %s%s\n", d->object_kind.str, d->name.str, d->path.len ? " " : "",
           d->path.str, d->cluster.str,
           d->checking ? "still being checked" : leeway_verdict_word(d->verdict),
           d->contested ? ", contested" : "");
    line("what", text_cstr(a, leeway_drift_kind_word(d->kind)));
    line("given", d->given);
    line("live", d->live);
    for (size_t i = 0; i < d->n_owners; i++)
        line(i ? "" : "who", owner(a, &d->owners[i]));
    if (!traced)
        line(d->n_owners ? "" : "who", TEXT("no trace kept of who did it"));
    line("when", window(a, d));
    line("why", d->reason);
    line("checked", d->checked);
    line("contract", r->x->contract);
    for (size_t i = 0; i < r->x->n_made_of; i++)
        line(i ? "" : "wanted by", r->x->made_of[i]);
    if (!r->x->n_made_of)
        line("wanted by", r->x->made_of_why);
    line("override", override_words(a, r));
    line("audit log", r->x->audit_query);
}

/* ---- for programs ---- */

#define ROW const struct row *r = row
#define FIELD(fn, expr)                                                                            \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        ROW;                                                                                       \
        (void)a;                                                                                   \
        return cli_text(expr);                                                                     \
    }
FIELD(x_environment, r->d->environment)
FIELD(x_cluster, r->d->cluster)
FIELD(x_kind, r->d->object_kind)
FIELD(x_namespace, r->d->namespace_)
FIELD(x_name, r->d->name)
FIELD(x_path, r->d->path)
FIELD(x_verdict, text_cstr(a, leeway_verdict_word(r->d->verdict)))
FIELD(x_what, text_cstr(a, leeway_drift_kind_word(r->d->kind)))
FIELD(x_given, r->d->given)
FIELD(x_live, r->d->live)
FIELD(x_when, window(a, r->d))
FIELD(x_why, r->d->reason)
FIELD(x_checked, r->d->checked)
FIELD(x_contract, r->x->contract)
FIELD(x_parameter, r->x->parameter)
FIELD(x_value, r->x->value)
FIELD(x_no_override, r->x->no_override)
FIELD(x_query, r->x->audit_query)

static struct cli_cell x_who(const void *row, struct arena *a)
{
    ROW;
    struct text t = TEXT_NONE;
    for (size_t i = 0; i < r->d->n_owners; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? "; " : "", owner(a, &r->d->owners[i]).str);
    return cli_text(t);
}

static struct cli_cell x_made_of(const void *row, struct arena *a)
{
    ROW;
    struct text t = r->x->n_made_of ? TEXT_NONE : r->x->made_of_why;
    for (size_t i = 0; i < r->x->n_made_of; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? "; " : "", r->x->made_of[i].str);
    return cli_text(t);
}

static const struct cli_column columns[] = {
    {NULL, "environment", .cell = x_environment},
    {NULL, "cluster", .cell = x_cluster},
    {NULL, "objectKind", .cell = x_kind},
    {NULL, "namespace", .cell = x_namespace},
    {NULL, "name", .cell = x_name},
    {NULL, "path", .cell = x_path},
    {NULL, "verdict", .cell = x_verdict},
    {NULL, "kind", .cell = x_what},
    {NULL, "given", .cell = x_given},
    {NULL, "live", .cell = x_live},
    {NULL, "who", .cell = x_who},
    {NULL, "when", .cell = x_when},
    {NULL, "reason", .cell = x_why},
    {NULL, "checked", .cell = x_checked},
    {NULL, "contract", .cell = x_contract},
    {NULL, "wantedBy", .cell = x_made_of},
    {NULL, "parameter", .cell = x_parameter},
    {NULL, "parameterValue", .cell = x_value},
    {NULL, "noOverride", .cell = x_no_override},
    {NULL, "auditQuery", .cell = x_query},
    {NULL, NULL},
};

static const void *row_of(const void *ctx, size_t i)
{
    return &((const struct answer *)ctx)->rows.items[i];
}

/* ---- asking ---- */

static const struct leeway_drift *find(const struct leeway_snapshot *snap, uint64_t id)
{
    for (size_t i = 0; i < leeway_drifts(snap); i++)
        if (leeway_drift_at(snap, i)->id == id)
            return leeway_drift_at(snap, i);
    return NULL;
}

static void print(const struct leeway_snapshot *snap, const struct leeway_explanation *all,
                  enum cli_output how)
{
    struct answer x = {0};
    struct arena a;
    arena_init(&a);
    for (size_t i = 0; i < all->n_items; i++) {
        const struct leeway_drift *d = find(snap, all->items[i].drift_id);
        if (d)
            vec_push(&x.rows, ((struct row){d, &all->items[i]}));
    }
    const struct cli_rows rows = {columns, "Explained", row_of, NULL, &x, x.rows.len};
    if (how != CLI_OUT_TABLE)
        cli_rows_print(stdout, &rows, how, false);
    for (size_t i = 0; how == CLI_OUT_TABLE && i < x.rows.len; i++) {
        if (i)
            putchar('\n');
        print_row(&x.rows.items[i], &a);
    }
    vec_clear(&x.rows);
    arena_clear(&a);
}

static int explain(struct cli_session *s, const char *kind, const char *name, enum cli_output how)
{
    const struct cli_args *a = s->args;
    bool settled;
    int status = CLI_INTERRUPTED;
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    if (!snap)
        return status;
    const char *environment = cli_answer_environment(a, snap, &status);
    if (environment) {
        struct leeway_command c =
            cli_answer_command(a, LEEWAY_CMD_EXPLAIN, environment, kind, name);
        const char **clusters = NULL;
        c.paths++; /* the object is the second word here */
        c.n_paths--;
        c.n_clusters = cli_values(a, "cluster", &clusters);
        c.clusters = clusters;
        struct leeway_event *ev = cli_session_ask(s, &c, cli_answer_drop, NULL, &status);
        if (ev) {
            status = CLI_OK;
            print(snap, ev->explanation, how);
            leeway_event_free(ev);
        }
        mem_free(clusters);
    }
    leeway_snapshot_unref(snap);
    return status;
}

int drift_explain(const struct cli_verb *verb, const struct cli_args *a, enum cli_output how)
{
    struct cli_session s;
    char *kind = NULL;
    const char *name = NULL;
    if (how != CLI_OUT_TABLE && how != CLI_OUT_JSON && how != CLI_OUT_YAML)
        return cli_usage(verb, "explain prints table, json or yaml");
    if (!cli_answer_object(a->words.len > 1 ? a->words.items[1] : NULL, &kind, &name))
        return cli_usage(verb, "say which object: explain KIND/NAME [PATH...]");
    int status = cli_session_open(&s, a, CLI_SESSION_READ_ONLY | CLI_SESSION_WHOLE);
    if (!status) {
        status = explain(&s, kind, name, how);
        cli_session_close(&s);
    }
    mem_free(kind);
    return status;
}
