// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/history.h"

#include "data/json.h"
#include "engine/answers/audit.h"
#include "engine/drift/drift.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "engine/workers.h"
#include "store/store_get.h"

#include "leeway/history.h"

#include <string.h>

enum { ROWS = 200, ROWS_MAX = 5000, DETAIL_MAX = 4000, UNDO_TARGETS = 50 };

struct reading {
    struct engine *engine;
    const char *environment; /* uuid, or NULL */
    const char *name;        /* of it, or NULL */
    size_t limit;
    struct arena arena;
    VEC(struct leeway_past_release) releases;
    VEC(struct leeway_past_plan) plans;
    VEC(struct leeway_past_act) acts;
    VEC(struct leeway_answer) ended;
    bool more;
};

static struct text bytes(struct reading *r, struct store_bytes b)
{
    return text_clean(&r->arena, b.data, b.len > DETAIL_MAX ? DETAIL_MAX : b.len);
}

static struct text login(struct reading *r, struct store_bytes who)
{
    return text_cstr(&r->arena, audit_login(&r->arena, who.data, who.len));
}

static struct text environment(struct reading *r, const char *uuid)
{
    const struct environment *env = environment_by_uuid(r->engine, uuid);
    return text_cstr(&r->arena, env ? env->name : uuid);
}

static struct text hex(struct reading *r, const struct digest *d)
{
    char text[DIGEST_HEX_LEN + 1];
    digest_hex(d, text);
    return text_cstr(&r->arena, text);
}

/* Full, and there are older ones. */
static bool is_full(struct reading *r, size_t len)
{
    r->more = r->more || len >= r->limit;
    return len >= r->limit;
}

static int on_plan(void *ctx, const struct store_plan *p, int64_t release)
{
    struct reading *r = ctx;
    struct val_pool pool;
    if (is_full(r, r->plans.len))
        return 1;
    val_pool_init_limited(&pool, STORE_MAX_BYTES);
    const struct val *v = json_read(&pool, p->summary.data, p->summary.len, NULL, NULL);
    vec_push(&r->plans, (struct leeway_past_plan){
                            .hash = hex(r, &p->hash),
                            .environment = environment(r, p->environment),
                            .title = text_cstr(&r->arena, val_str(val_get(v, "title"), "")),
                            .kind = text_cstr(&r->arena, p->kind),
                            .by = login(r, p->who),
                            .planned_ms = val_int(val_get(v, "plannedMs"), p->created_wall_ms),
                            .release = (int32_t)release});
    val_pool_clear(&pool);
    return 0;
}

static int on_release(void *ctx, const struct store_release *s)
{
    static const enum leeway_release_state states[] = {
        [STORE_RELEASE_RUNNING] = LEEWAY_RELEASE_RUNNING,
        [STORE_RELEASE_PAUSED] = LEEWAY_RELEASE_PAUSED,
        [STORE_RELEASE_ABORTING] = LEEWAY_RELEASE_ABORTING,
        [STORE_RELEASE_ABORTED] = LEEWAY_RELEASE_ABORTED,
        [STORE_RELEASE_FAILED] = LEEWAY_RELEASE_FAILED,
        [STORE_RELEASE_DONE] = LEEWAY_RELEASE_DONE,
    };
    struct reading *r = ctx;
    const struct environment *env = environment_by_uuid(r->engine, s->environment);
    if (is_full(r, r->releases.len))
        return 1;
    vec_push(&r->releases,
             (struct leeway_past_release){.environment = environment(r, s->environment),
                                          .number = (int32_t)s->number,
                                          .plan = hex(r, &s->plan),
                                          .title = TEXT_NONE,
                                          .kind = TEXT_NONE,
                                          .problem = TEXT_NONE,
                                          .lost = TEXT_NONE,
                                          .state = states[s->state],
                                          .by = login(r, s->who),
                                          .reason = text_cstr(&r->arena, s->reason),
                                          .started_ms = s->created_wall_ms,
                                          .changed_ms = s->changed_wall_ms,
                                          .targets = -1,
                                          .newest = env && env->release == s->number});
    return 0;
}

static int count_target(void *ctx, const struct store_plan_target *t)
{
    (void)t;
    ++*(int32_t *)ctx;
    return 0;
}

/* How the release left its targets. */
struct ending {
    struct reading *r;
    struct leeway_past_release *to;
};

static int on_target(void *ctx, const struct store_release_target *t)
{
    const struct ending *x = ctx;
    struct leeway_past_release *to = x->to;
    bool failed = t->state == STORE_TARGET_FAILED || t->state == STORE_TARGET_ABORTED ||
                  t->state == STORE_TARGET_DEGRADED;
    to->done += target_phase_is_done((enum leeway_target_state)t->state) ||
                t->state == STORE_TARGET_WAITING;
    to->failed += failed;
    if (!failed || to->problem.len)
        return 0;
    const struct cluster *c = engine_cluster_by_uid(x->r->engine, t->cluster);
    to->problem = text_fmt(&x->r->arena, "%s: %s", c ? c->name : t->cluster,
                           t->reason && *t->reason ? t->reason : "it did not come to its end");
    return 0;
}

/* Going back makes volumes anew; what was in them is not in any release. */
struct volumes {
    struct arena *arena;
    struct text names, where;
    const char *cluster;
    size_t n;
};

static int on_undo_row(void *ctx, const struct store_plan_row *row)
{
    struct volumes *v = ctx;
    if (strcmp(row->object.kind, "PersistentVolumeClaim") != 0 ||
        (row->action != STORE_CREATE && row->action != STORE_REPLACE))
        return 0;
    if (!strstr(v->names.str, row->object.name))
        v->names = text_fmt(v->arena, "%s%s%s", v->names.str, v->n ? ", " : "", row->object.name);
    if (!strstr(v->where.str, v->cluster))
        v->where = text_fmt(v->arena, "%s%s%s", v->where.str, v->n ? ", " : "", v->cluster);
    v->n++;
    return 0;
}

struct uids {
    VEC(char *) items;
};

static int on_uid(void *ctx, const struct store_plan_target *t)
{
    struct uids *u = ctx;
    vec_push(&u->items, mem_strdup(t->cluster));
    return u->items.len >= UNDO_TARGETS;
}

static int add_lost(struct reading *r, struct leeway_past_release *x, const struct digest *hash,
                    struct err *e)
{
    struct uids uids = {0};
    struct volumes v = {.arena = &r->arena, .names = TEXT_NONE, .where = TEXT_NONE};
    int rc = store_each_plan_target(r->engine->view, hash, on_uid, &uids, e);
    for (size_t i = 0; i < uids.items.len; i++) {
        const struct cluster *c = engine_cluster_by_uid(r->engine, uids.items.items[i]);
        v.cluster = c ? c->name : uids.items.items[i];
        if (!e->code)
            rc =
                store_each_plan_row(r->engine->view, hash, uids.items.items[i], on_undo_row, &v, e);
        mem_free(uids.items.items[i]);
    }
    vec_clear(&uids.items);
    if (v.n)
        x->lost = text_fmt(&r->arena, "made again, empty: PersistentVolumeClaim %s on %s",
                           v.names.str, v.where.str);
    return e->code ? rc : 0;
}

/* Title and kind are the plan's; read after the walk: a view is read by one walk at a time. */
static int add_titles(struct reading *r, struct err *e)
{
    for (size_t i = 0; i < r->releases.len; i++) {
        struct leeway_past_release *x = &r->releases.items[i];
        struct digest hash;
        struct store_plan p;
        struct val_pool pool;
        int32_t targets = 0;
        if (digest_parse_hex(x->plan.str, x->plan.len, &hash) ||
            store_get_plan(r->engine->view, &hash, &r->arena, &p, e) ||
            store_each_plan_target(r->engine->view, &hash, count_target, &targets, e))
            return e->code ? e->code : ERR_CORRUPT;
        val_pool_init_limited(&pool, STORE_MAX_BYTES);
        const struct val *v = json_read(&pool, p.summary.data, p.summary.len, NULL, NULL);
        x->title = text_cstr(&r->arena, val_str(val_get(v, "title"), ""));
        x->kind = text_cstr(&r->arena, p.kind);
        x->targets = targets;
        val_pool_clear(&pool);
        struct ending ending = {r, x};
        const struct environment *env = environment_by_name(r->engine, x->environment.str);
        if ((env && store_each_release_target(r->engine->view, env->uuid, x->number, on_target,
                                              &ending, e)) ||
            (strcmp(p.kind, "undo") == 0 && add_lost(r, x, &hash, e)))
            return e->code;
    }
    return 0;
}

/* Subjects begin with the environment's name: "shop r3", "shop c1 Deployment/web". */
static bool is_about(const char *subject, const char *name)
{
    size_t n = strlen(name);
    return strncmp(subject, name, n) == 0 && (!subject[n] || subject[n] == ' ');
}

static int on_act(void *ctx, const struct store_audit *a)
{
    struct reading *r = ctx;
    if (r->name && !is_about(a->subject, r->name))
        return 0;
    if (is_full(r, r->acts.len))
        return 1;
    vec_push(&r->acts, (struct leeway_past_act){.row = a->row,
                                                .at_ms = a->at_wall_ms,
                                                .by = login(r, a->who),
                                                .who = bytes(r, a->who),
                                                .action = text_cstr(&r->arena, a->action),
                                                .subject = text_cstr(&r->arena, a->subject),
                                                .detail = bytes(r, a->detail),
                                                .chain = hex(r, &a->chain)});
    return 0;
}

static int on_exception(void *ctx, const struct store_exception *x)
{
    struct reading *r = ctx;
    struct arena *a = &r->arena;
    if (!x->ended_wall_ms)
        return 0;
    const struct cluster *c = *x->cluster ? engine_cluster_by_uid(r->engine, x->cluster) : NULL;
    vec_push(&r->ended, (struct leeway_answer){.uuid = text_cstr(a, x->uuid),
                                               .handed_over = x->match == STORE_MATCH_HANDED_OVER,
                                               .expired = true,
                                               .environment = environment(r, x->environment),
                                               .cluster = text_cstr(a, c ? c->name : x->cluster),
                                               .cluster_id = c ? c->id : 0,
                                               .api_version = text_cstr(a, x->object.api_version),
                                               .object_kind = text_cstr(a, x->object.kind),
                                               .namespace_ = text_cstr(a, x->object.name_space),
                                               .name = text_cstr(a, x->object.name),
                                               .path = text_cstr(a, x->path),
                                               .manager = text_cstr(a, x->manager),
                                               .accepts = text_cstr(a, x->matches),
                                               .within = x->match == STORE_MATCH_WITHIN,
                                               .reason = text_cstr(a, x->reason),
                                               .by = login(r, x->who),
                                               .created_ms = x->created_wall_ms,
                                               .expires_ms = x->ended_wall_ms});
    return 0;
}

/* A walk that its own function stopped is no failure. */
static bool failed(int rc, const struct err *e)
{
    return rc && e->code;
}

static int read_all(struct reading *r, struct err *e)
{
    struct store_view *v = r->engine->view;
    if (failed(store_each_release(v, r->environment, false, on_release, r, e), e) ||
        add_titles(r, e) ||
        failed(store_each_plan(v, r->environment, r->limit + 1, on_plan, r, e), e) ||
        failed(store_each_audit(v, NULL, 0, on_act, r, e), e) ||
        failed(store_each_exception(v, r->environment, true, on_exception, r, e), e))
        return e->code;
    return 0;
}

/* ---- the chain of the audit, followed by a worker on a view of its own ---- */

struct history_job {
    struct engine *engine;
    struct engine_command *cmd;
    struct reading reading;
    int64_t rows, first_ms;
    struct err problem; /* where the chain breaks, or why it could not be followed */
};

static void job_free(struct history_job *j)
{
    vec_clear(&j->reading.releases);
    vec_clear(&j->reading.plans);
    vec_clear(&j->reading.acts);
    vec_clear(&j->reading.ended);
    arena_clear(&j->reading.arena);
    err_clear(&j->problem);
    mem_free(j);
}

static int on_first(void *ctx, const struct store_audit *a)
{
    *(int64_t *)ctx = a->at_wall_ms; /* the last one of the walk is the oldest */
    return 0;
}

static void follow_chain(void *ctx)
{
    struct history_job *j = ctx;
    struct store_view *v = store_view_open(j->engine->store, &j->problem);
    if (v && !store_check_audit(v, &j->rows, NULL, &j->problem))
        (void)!store_each_audit(v, NULL, 0, on_first, &j->first_ms, &j->problem);
    store_view_close(v);
}

static void on_followed(void *ctx, bool stale)
{
    struct history_job *j = ctx;
    struct reading *r = &j->reading;
    struct err err = ERR_INIT;
    if (stale) {
        err_set(&err, ERR_CANCELLED, "the program ends");
        engine_answer_failed(j->engine, j->cmd, &err);
    } else {
        const struct leeway_history h = {.releases = r->releases.items,
                                         .n_releases = r->releases.len,
                                         .plans = r->plans.items,
                                         .n_plans = r->plans.len,
                                         .acts = r->acts.items,
                                         .n_acts = r->acts.len,
                                         .ended = r->ended.items,
                                         .n_ended = r->ended.len,
                                         .more = r->more,
                                         .audit_rows = j->rows,
                                         .audit_since_ms = j->first_ms,
                                         .audit_problem = text_cstr(&r->arena, j->problem.text)};
        struct leeway_history *shared = leeway_history_new(&h);
        engine_answer_history(j->engine, j->cmd, shared);
        leeway_history_unref(shared);
    }
    job_free(j);
    err_clear(&err);
}

void history_command(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    const char *name = cmd->c.environment && *cmd->c.environment ? cmd->c.environment : NULL;
    struct environment *env = name ? environment_by_name(e, name) : NULL;
    struct history_job *j = mem_new(struct history_job);
    struct reading *r = &j->reading;
    *j = (struct history_job){.engine = e, .cmd = cmd, .reading = {.engine = e, .name = name}};
    r->environment = env ? env->uuid : NULL;
    arena_init(&r->arena);
    r->limit = cmd->c.limit ? cmd->c.limit : ROWS;
    r->limit = r->limit > ROWS_MAX ? ROWS_MAX : r->limit;
    if (!e->view)
        err_set(&err, ERR_UNSUPPORTED, "without a store nothing is remembered");
    else if (name && !env)
        err_set(&err, ERR_NOT_FOUND, "there is no environment %s", name);
    if (!err.code && !read_all(r, &err)) {
        workers_start(e->workers, NULL, follow_chain, on_followed, j);
        return;
    }
    engine_answer_failed(e, cmd, &err);
    job_free(j);
    err_clear(&err);
}
