// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/history.h"

#include "data/json.h"
#include "engine/answers/audit.h"
#include "engine/drift/drift.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "store/store_get.h"

#include "leeway/history.h"

#include <string.h>

enum { ROWS = 200, ROWS_MAX = 5000, DETAIL_MAX = 4000 };

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

void history_command(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    const char *name = cmd->c.environment && *cmd->c.environment ? cmd->c.environment : NULL;
    struct environment *env = name ? environment_by_name(e, name) : NULL;
    struct reading r = {.engine = e, .name = name, .environment = env ? env->uuid : NULL};
    arena_init(&r.arena);
    r.limit = cmd->c.limit ? cmd->c.limit : ROWS;
    r.limit = r.limit > ROWS_MAX ? ROWS_MAX : r.limit;
    if (!e->view)
        err_set(&err, ERR_UNSUPPORTED, "without a store nothing is remembered");
    else if (name && !env)
        err_set(&err, ERR_NOT_FOUND, "there is no environment %s", name);
    if (err.code || read_all(&r, &err)) {
        engine_answer_failed(e, cmd, &err);
    } else {
        const struct leeway_history h = {.releases = r.releases.items,
                                         .n_releases = r.releases.len,
                                         .plans = r.plans.items,
                                         .n_plans = r.plans.len,
                                         .acts = r.acts.items,
                                         .n_acts = r.acts.len,
                                         .ended = r.ended.items,
                                         .n_ended = r.ended.len,
                                         .more = r.more};
        struct leeway_history *shared = leeway_history_new(&h);
        engine_answer_history(e, cmd, shared);
        leeway_history_unref(shared);
    }
    vec_clear(&r.releases);
    vec_clear(&r.plans);
    vec_clear(&r.acts);
    vec_clear(&r.ended);
    arena_clear(&r.arena);
    err_clear(&err);
}
