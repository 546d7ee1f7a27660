// SPDX-License-Identifier: Apache-2.0
/*
 * leeway get targets|exceptions|releases|audit. The first two are rows of the snapshot, the others
 * are read from the store and need no cluster.
 */
#include "cli/get_records.h"

#include "cli/get_follow.h"
#include "cli/output.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 200 };

struct answer {
    VEC(const void *) rows;
};

/* What is still to come. */
static struct cli_cell countdown(struct arena *a, int64_t ms)
{
    struct cli_cell c = cli_countdown(a, ms);
    if (!ms)
        c.text = TEXT("never");
    return c;
}

#define FIELD(fn, type, expr)                                                                      \
    static struct cli_cell fn(const void *row, struct arena *a)                                    \
    {                                                                                              \
        const struct type *x = row;                                                                \
        (void)a;                                                                                   \
        return expr;                                                                               \
    }

/* ---- targets ---- */

#define T(fn, expr) FIELD(fn, leeway_target, expr)
T(t_environment, cli_text(x->environment))
T(t_cluster, cli_text(x->cluster))
T(t_state, cli_text(text_cstr(a, leeway_state_word(x->state))))
T(t_phase, cli_text(text_cstr(a, leeway_target_state_word(x->phase))))
T(t_objects, cli_count(x->objects))
T(t_ready, cli_count(x->objects_ready))
T(t_of, cli_text(x->objects < 0 ? TEXT("?") : text_fmt(a, "%d/%d", x->objects_ready, x->objects)))
T(t_unexpected, cli_count(x->drift[LEEWAY_VERDICT_UNEXPECTED]))
T(t_accepted, cli_count(x->drift[LEEWAY_VERDICT_ACCEPTED]))
T(t_allowed, cli_count(x->drift[LEEWAY_VERDICT_ALLOWED]))
T(t_unknown, cli_count(x->drift[LEEWAY_VERDICT_UNKNOWN]))
T(t_release, cli_count(x->release))
T(t_since, cli_moment(a, x->since_ms))
T(t_why, cli_text(x->reason))

static const struct cli_column target_columns[] = {
    {"ENVIRONMENT", "environment", .cell = t_environment},
    {"CLUSTER", "cluster", .cell = t_cluster},
    {"STATE", "state", .cell = t_state},
    {"PHASE", "phase", .cell = t_phase},
    {"OBJECTS", "", .right = true, .cell = t_of},
    {NULL, "objects", .cell = t_objects},
    {NULL, "objectsReady", .cell = t_ready},
    {"DRIFT", "unexpectedDrift", .right = true, .cell = t_unexpected},
    {"ACCEPTED", "acceptedDrift", .right = true, .cell = t_accepted},
    {"ALLOWED", "allowedDrift", .wide = true, .right = true, .cell = t_allowed},
    {"UNKNOWN", "unknownDrift", .right = true, .cell = t_unknown},
    {"RELEASE", "release", .right = true, .cell = t_release},
    {"SINCE", "since", .right = true, .cell = t_since},
    {"WHY", "reason", .cell = t_why},
    {NULL, NULL},
};

static void name_target(const void *row, FILE *out)
{
    const struct leeway_target *x = row;
    fprintf(out, "%s/%s", x->environment.str, x->cluster.str);
}

/* ---- exceptions ---- */

#define X(fn, expr) FIELD(fn, leeway_answer, expr)
X(x_id, cli_text(text_fmt(a, "%.8s", x->uuid.str)))
X(x_uuid, cli_text(x->uuid))
X(x_environment, cli_text(x->environment))
X(x_cluster, cli_text(x->cluster))
X(x_object, cli_text(text_fmt(a, "%s/%s", x->object_kind.str, x->name.str)))
X(x_api, cli_text(x->api_version))
X(x_kind, cli_text(x->object_kind))
X(x_namespace, cli_text(x->namespace_))
X(x_name, cli_text(x->name))
X(x_path, cli_text(x->path))
X(x_what, cli_text(x->path.len ? x->path : TEXT("the object")))
X(x_accepts, cli_text(x->accepts))
X(x_within, cli_truth(x->within))
X(x_handed, cli_truth(x->handed_over))
X(x_expired, cli_truth(x->expired))
X(x_manager, cli_text(x->manager))
X(x_by, cli_text(x->by))
X(x_reason, cli_text(x->reason))
X(x_created, cli_moment(a, x->created_ms))
X(x_expires, countdown(a, x->expires_ms))
X(x_standing, cli_count(x->standing))

static const struct cli_column exception_columns[] = {
    {"ID", "", .cell = x_id},
    {NULL, "uuid", .cell = x_uuid},
    {"ENVIRONMENT", "environment", .cell = x_environment},
    {"CLUSTER", "cluster", .cell = x_cluster},
    {"OBJECT", "", .cell = x_object},
    {"WHAT", "", .cell = x_what},
    {"ACCEPTS", "accepts", .cell = x_accepts},
    {"BY", "by", .cell = x_by},
    {"ENDS", "expires", .right = true, .cell = x_expires},
    {"COVERS", "covers", .right = true, .cell = x_standing},
    {"MANAGER", "manager", .wide = true, .cell = x_manager},
    {"AGE", "created", .wide = true, .right = true, .cell = x_created},
    {"REASON", "reason", .cell = x_reason},
    {NULL, "apiVersion", .cell = x_api},
    {NULL, "objectKind", .cell = x_kind},
    {NULL, "namespace", .cell = x_namespace},
    {NULL, "name", .cell = x_name},
    {NULL, "path", .cell = x_path},
    {NULL, "within", .cell = x_within},
    {NULL, "handedOver", .cell = x_handed},
    {NULL, "expired", .cell = x_expired},
    {NULL, NULL},
};

static void name_exception(const void *row, FILE *out)
{
    fputs(((const struct leeway_answer *)row)->uuid.str, out);
}

/* ---- releases ---- */

static const char *const release_words[] = {"running", "paused", "aborting",
                                            "done",    "failed", "aborted"};

#define R(fn, expr) FIELD(fn, leeway_past_release, expr)
R(r_environment, cli_text(x->environment))
R(r_number, cli_count(x->number))
R(r_name, cli_text(text_fmt(a, "r%d%s", x->number, x->newest ? " *" : "")))
R(r_state, cli_text(text_cstr(a, release_words[x->state])))
R(r_kind, cli_text(x->kind))
R(r_title, cli_text(x->title))
R(r_by, cli_text(x->by))
R(r_targets, cli_count(x->targets))
R(r_started, cli_moment(a, x->started_ms))
R(r_changed, cli_moment(a, x->changed_ms))
R(r_plan, cli_text(x->plan))
R(r_short, cli_text(text_fmt(a, "%.12s", x->plan.str)))
R(r_reason, cli_text(x->reason))
R(r_newest, cli_truth(x->newest))

static const struct cli_column release_columns[] = {
    {"ENVIRONMENT", "environment", .cell = r_environment},
    {"RELEASE", "", .cell = r_name},
    {NULL, "number", .cell = r_number},
    {NULL, "newest", .cell = r_newest},
    {"STATE", "state", .cell = r_state},
    {"KIND", "kind", .cell = r_kind},
    {"TITLE", "title", .cell = r_title},
    {"TARGETS", "targets", .right = true, .cell = r_targets},
    {"BY", "by", .cell = r_by},
    {"STARTED", "started", .right = true, .cell = r_started},
    {"CHANGED", "changed", .wide = true, .right = true, .cell = r_changed},
    {"PLAN", "", .cell = r_short},
    {NULL, "plan", .cell = r_plan},
    {"WHY", "reason", .cell = r_reason},
    {NULL, NULL},
};

static void name_release(const void *row, FILE *out)
{
    const struct leeway_past_release *x = row;
    fprintf(out, "%s/r%d", x->environment.str, x->number);
}

/* ---- audit ---- */

#define A(fn, expr) FIELD(fn, leeway_past_act, expr)
A(a_row, cli_count(x->row))
A(a_at, cli_moment(a, x->at_ms))
A(a_by, cli_text(x->by))
A(a_who, cli_text(x->who))
A(a_action, cli_text(x->action))
A(a_subject, cli_text(x->subject))
A(a_detail, cli_text(x->detail))
A(a_chain, cli_text(x->chain))

static const struct cli_column audit_columns[] = {
    {"ROW", "row", .right = true, .cell = a_row},
    {"AGE", "at", .right = true, .cell = a_at},
    {"BY", "by", .cell = a_by},
    {"ACTION", "action", .cell = a_action},
    {"SUBJECT", "subject", .cell = a_subject},
    {"WHO", "who", .wide = true, .cell = a_who},
    {"DETAIL", "detail", .wide = true, .cell = a_detail},
    {NULL, "chain", .cell = a_chain},
    {NULL, NULL},
};

static void name_act(const void *row, FILE *out)
{
    fprintf(out, "%lld", (long long)((const struct leeway_past_act *)row)->row);
}

/* ---- which rows ---- */

static bool is_asked(const char *environment, struct text of)
{
    return !environment || strcmp(of.str, environment) == 0;
}

static void snapshot_rows(struct answer *x, const struct leeway_snapshot *s, bool targets,
                          const char *environment)
{
    for (size_t i = 0; targets && i < leeway_environments(s); i++) {
        const struct leeway_environment *env = leeway_environment_at(s, i);
        for (size_t k = 0; is_asked(environment, env->name) && k < env->n_target_rows; k++)
            vec_push(&x->rows, &env->target_rows[k]);
    }
    for (size_t i = 0; !targets && i < leeway_answers(s); i++)
        if (is_asked(environment, leeway_answer_at(s, i)->environment))
            vec_push(&x->rows, leeway_answer_at(s, i));
}

static void history_rows(struct answer *x, const struct leeway_history *h, bool audit)
{
    for (size_t i = 0; audit && i < h->n_acts; i++)
        vec_push(&x->rows, &h->acts[i]);
    for (size_t i = 0; !audit && i < h->n_releases; i++)
        vec_push(&x->rows, &h->releases[i]);
}

static const struct record {
    const char *name, *other, *kind, *none;
    const struct cli_column *columns;
    void (*print_name)(const void *row, FILE *out);
    bool history, first; /* which of the two of its source */
} records[] = {
    {"targets", "target", "Target", "Nothing was applied from here yet.", target_columns,
     name_target, false, true},
    {"exceptions", "exception", "Exception", "Nothing is accepted, nothing was handed over.",
     exception_columns, name_exception, false, false},
    {"releases", "release", "Release", "No release.", release_columns, name_release, true, false},
    {"audit", "audits", "Act", "Nothing was done yet.", audit_columns, name_act, true, true},
};

static const struct record *find(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(records); i++)
        if (strcmp(records[i].name, word) == 0 || strcmp(records[i].other, word) == 0)
            return &records[i];
    return NULL;
}

bool get_is_record(const char *word)
{
    return find(word) != NULL;
}

static const void *row_at(const void *ctx, size_t i)
{
    return ((const struct answer *)ctx)->rows.items[i];
}

static void print(const struct record *r, const struct answer *x, enum cli_output how)
{
    const struct cli_rows rows = {r->columns, r->kind, row_at, r->print_name, x, x->rows.len};
    bool for_people = how == CLI_OUT_TABLE || how == CLI_OUT_WIDE;
    if (x->rows.len || !for_people)
        cli_rows_print(stdout, &rows, how, false);
    else
        fprintf(stderr, "%s\n", r->none);
}

static int from_snapshot(struct cli_session *s, const struct record *r, enum cli_output how)
{
    struct answer x = {0};
    bool settled;
    struct leeway_snapshot *snap = cli_session_settle(s, &settled);
    if (!snap)
        return CLI_INTERRUPTED;
    snapshot_rows(&x, snap, r->first, cli_value(s->args, "env"));
    print(r, &x, how);
    if (!settled)
        fputs("Not everything was answered in time; --timeout waits longer.\n", stderr);
    vec_clear(&x.rows);
    leeway_snapshot_unref(snap);
    return settled ? CLI_OK : CLI_UNKNOWN;
}

static int from_history(struct cli_session *s, const struct record *r, enum cli_output how)
{
    struct answer x = {0};
    const char *limit = cli_value(s->args, "limit");
    long n = limit ? strtol(limit, NULL, 10) : RECORDS;
    int status = CLI_OK;
    if (n <= 0 || n > 5000)
        return cli_usage(s->args->verb, "--limit %s: 1 to 5000", limit);
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_HISTORY, .environment = cli_value(s->args, "env"), .limit = (uint32_t)n};
    struct leeway_event *ev = cli_session_ask(s, &c, NULL, NULL, &status);
    if (!ev)
        return status;
    history_rows(&x, ev->history, r->first);
    print(r, &x, how);
    if (x.rows.len == (size_t)n && (how == CLI_OUT_TABLE || how == CLI_OUT_WIDE))
        fputs("There may be older ones: --limit shows more.\n", stderr);
    vec_clear(&x.rows);
    leeway_event_free(ev);
    return CLI_OK;
}

static void list_targets(const struct leeway_snapshot *snap, const char *environment,
                         struct get_rows *out)
{
    struct answer x = {0};
    snapshot_rows(&x, snap, true, environment);
    for (size_t i = 0; i < x.rows.len; i++)
        vec_push(out, x.rows.items[i]);
    vec_clear(&x.rows);
}

static const struct get_followed targets = {target_columns, "Target", list_targets, name_target};

int get_records(const struct cli_args *args, const char *word, enum cli_output how, bool watch)
{
    const struct record *r = find(word);
    struct cli_session s;
    if (watch && (r->columns != target_columns || how == CLI_OUT_YAML || how == CLI_OUT_NAME))
        return cli_usage(args->verb, "--watch follows clusters, environments and targets, as "
                                     "table, wide or json");
    /* who stays and has the store lets others work through it */
    unsigned flags = watch        ? CLI_SESSION_LASTING
                     : r->history ? CLI_SESSION_READ_ONLY | CLI_SESSION_NO_WATCH
                                  : CLI_SESSION_READ_ONLY;
    int status = cli_session_open(&s, args, flags);
    if (status)
        return status;
    status = watch        ? get_follow(&s, &targets, how)
             : r->history ? from_history(&s, r, how)
                          : from_snapshot(&s, r, how);
    cli_session_close(&s);
    return status;
}
