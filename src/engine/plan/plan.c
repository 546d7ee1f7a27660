// SPDX-License-Identifier: Apache-2.0
/*
 * From a request to a plan with a hash: targets are planned side by side, then the whole is put in
 * order, hashed and stored; only then is it shown as something that may be applied.
 */
#include "engine/apply/apply.h"
#include "engine/environments/env_source.h"
#include "engine/environments/environment.h"
#include "engine/environments/origin.h"
#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "engine/plan/manifest.h"
#include "engine/plan/plan_make.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_LEN = 50, TARGETS_AT_ONCE = 64 };

/* What runs, so that it can be let go. */
struct planner {
    struct engine *engine;
    VEC(struct planning *) running;
};

static struct planner *planner_of(struct engine *e)
{
    return engine_part_state(e, &plan_part);
}

bool plan_hmac(void *ctx, const void *value, size_t len, struct digest *out)
{
    struct engine *e = ctx;
    return e->store && store_secret_hmac(e->store, value, len, out);
}

static void planning_free(struct planning *g)
{
    struct planner *pl = planner_of(g->engine);
    for (size_t i = 0; pl && i < pl->running.len; i++)
        if (pl->running.items[i] == g)
            pl->running.items[i] = pl->running.items[--pl->running.len];
    for (size_t i = 0; i < g->makings.len; i++) {
        struct plan_making *m = g->makings.items[i];
        for (size_t k = 0; k < m->items.len; k++) {
            val_pool_clear(&m->items.items[k]->pool);
            mem_free(m->items.items[k]);
        }
        vec_clear(&m->items);
        vec_clear(&m->rights);
        vec_clear(&m->namespaces);
        leftover_free(m->leftover);
        applyset_scope_clear(&m->scope);
        mem_free(m);
    }
    plan_rules_free(g->rules);
    vec_clear(&g->makings);
    plan_free(g->plan);
    mem_free(g);
}

/* ---- the end ---- */

static void answer(struct planning *g)
{
    struct leeway_plan *v = plan_view(g->plan);
    engine_answer_plan(g->engine, g->cmd, v);
    leeway_plan_unref(v);
    planning_free(g);
}

static void answer_failed(struct planning *g, const struct err *err)
{
    struct err e = ERR_INIT;
    err_copy(&e, err);
    engine_answer_failed(g->engine, g->cmd, &e);
    planning_free(g);
}

/* What it says of the environment as a whole: from the first plan on, then with each release. */
static const char *about_now(const struct planning *g)
{
    const struct environment *env = environment_by_uuid(g->engine, g->plan->environment_uuid);
    return env && env->about.since_ms ? "" : g->plan->about;
}

static void on_plan_stored(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct planning *g = ctx;
    if (err) {
        answer_failed(g, err);
        return;
    }
    struct environment *env =
        environment_put(g->engine, g->plan->environment_uuid, g->plan->environment,
                        g->plan->namespace_, g->plan->folder);
    environment_set_about(env, about_now(g));
    engine_fault("plan-stored");
    answer(g);
}

static void on_environment_stored(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct planning *g = ctx;
    if (err) {
        answer_failed(g, err);
        return;
    }
    engine_fault("environment-stored");
    plan_put(g->plan, g->engine, on_plan_stored, g);
}

static void store(struct planning *g)
{
    const struct plan *p = g->plan;
    const struct store_environment env = {.uuid = p->environment_uuid,
                                          .name = p->environment,
                                          .kind = *p->about ? STORE_BLUEPRINT : STORE_FOLDER,
                                          .name_space = p->namespace_,
                                          .origin = p->folder,
                                          .about = about_now(g)};
    if (g->new_environment || *p->folder)
        store_put_environment(g->engine->store, &env, (struct store_ack){on_environment_stored, g});
    else
        plan_put(g->plan, g->engine, on_plan_stored, g);
}

static int compare_rows(const void *x, const void *y)
{
    const struct plan_row *a = *(struct plan_row *const *)x, *b = *(struct plan_row *const *)y;
    bool da = a->action == LEEWAY_ACTION_DELETE, db = b->action == LEEWAY_ACTION_DELETE;
    if (da != db)
        return da ? 1 : -1;
    if (plan_row_goes_last(a) != plan_row_goes_last(b))
        return plan_row_goes_last(a) ? 1 : -1;
    int c = plan_row_compare(a, b);
    c = c ? c : strcmp(a->api_version, b->api_version);
    c = c ? c : strcmp(a->kind, b->kind);
    c = c ? c : strcmp(a->namespace_, b->namespace_);
    c = c ? c : strcmp(a->name, b->name);
    return da ? -c : c;
}

static int compare_targets(const void *x, const void *y)
{
    const struct plan_target *a = *(struct plan_target *const *)x;
    const struct plan_target *b = *(struct plan_target *const *)y;
    return strcmp(a->cluster_uid, b->cluster_uid);
}

static void put_in_order(struct plan *p)
{
    qsort(p->targets.items, p->targets.len, sizeof(void *), compare_targets);
    for (size_t i = 0; i < p->targets.len; i++) {
        struct plan_target *t = p->targets.items[i];
        struct digest_ctx *d = digest_begin();
        if (t->rows.len)
            qsort(t->rows.items, t->rows.len, sizeof(void *), compare_rows);
        for (size_t k = 0; k < t->rows.len; k++) {
            t->rows.items[k]->position = (int64_t)k;
            digest_update(d, t->rows.items[k]->seen.b, DIGEST_LEN);
        }
        t->moved = digest_end(d);
        size_t deletes, all;
        if (plan_prunes_much(t, &deletes, &all))
            plan_warn(p,
                      plan_fmt(p,
                               "%s: %zu of %zu objects would be deleted: apply only goes on when "
                               "that is said again (--prune-anyway)",
                               t->cluster, deletes, all));
    }
}

static bool has_errors(const struct plan *p)
{
    for (size_t i = 0; i < p->targets.len; i++) {
        if (*p->targets.items[i]->error)
            return true;
        for (size_t k = 0; k < p->targets.items[i]->rows.len; k++)
            if (p->targets.items[i]->rows.items[k]->action == LEEWAY_ACTION_ERROR)
                return true;
    }
    return false;
}

static void conclude(struct planning *g)
{
    struct plan *p = g->plan;
    struct engine *e = g->engine;
    struct err err = ERR_INIT;
    put_in_order(p);
    p->took_ms = (int32_t)(engine_boot_ms(e) - g->began_ms);
    engine_fault("planned");
    if (!e->store || e->spectator || p->draft || has_errors(p)) {
        answer(g);
    } else if (plan_hash(p, &err)) {
        answer_failed(g, &err);
        err_clear(&err);
    } else {
        store(g);
    }
}

/* So many targets at a time: a thousand that begin at once would wait for each other until their
 * requests are late. Those that end at once do not begin the next themselves. */
static void begin_some(struct planning *g)
{
    size_t n = g->makings.len;
    if (g->leading)
        return;
    g->leading = true;
    while (g->begun < n && g->begun - (n - g->pending) < TARGETS_AT_ONCE)
        plan_target_begin(g->makings.items[g->begun++]);
    g->leading = false;
    if (!g->pending)
        conclude(g);
}

void plan_target_done(struct plan_making *m)
{
    plan_rules_check_target(m);
    m->planning->pending--;
    begin_some(m->planning);
}

/* ---- the beginning ---- */

bool plan_good_name(const char *s)
{
    size_t n = strlen(s);
    if (!n || n > NAME_MAX_LEN || s[0] == '-' || s[n - 1] == '-')
        return false;
    for (; *s; s++)
        if (!((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9') || *s == '-'))
            return false;
    return true;
}

static void begin_target(struct planning *g, struct cluster *c, const struct plan_want_target *w,
                         const char *cause)
{
    struct plan *p = g->plan;
    struct plan_target *t = plan_add_target(p);
    struct plan_making *m = mem_new(struct plan_making);
    *m = (struct plan_making){.planning = g, .target = t, .cluster = c};
    vec_push(&g->makings, m);
    t->cluster = plan_str(p, c->name);
    t->cluster_uid = plan_str(p, c->uid ? c->uid : c->name);
    t->identity = plan_str(p, c->identity);
    t->protected_ = c->entry->protected_;
    if (w->rendered)
        t->rendered = *w->rendered;
    m->set_id = applyset_id(&p->pool.arena, applyset_parent_name(&p->pool.arena, p->environment),
                            p->namespace_, "Secret", "");
    if (!cluster_is_up(c) || !c->uid || !c->kube)
        plan_target_fail(m, "%s", c->reason && *c->reason ? c->reason : "it does not answer yet");
    else if (!c->discovery)
        plan_target_fail(m, "what it serves is not known yet");
    for (size_t i = 0; i < w->n_wants; i++)
        plan_target_add(m, &w->wants[i], cause);
}

static void copy_choices(struct plan *p, const struct plan_choice *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct plan_choice c = {.cluster_uid = plan_str(p, from[i].cluster_uid),
                                .kind = plan_str(p, from[i].kind),
                                .namespace_ = plan_str(p, from[i].namespace_),
                                .name = plan_str(p, from[i].name),
                                .path = plan_str(p, from[i].path),
                                .choice = from[i].choice};
        vec_push(&p->choices, c);
    }
}

static void copy_places(struct plan *p, const struct leeway_plan_place *from, size_t n)
{
    struct leeway_plan_place *to = arena_array(&p->pool.arena, n + 1, sizeof(*to));
    for (size_t i = 0; to && i < n; i++) {
        to[i] = from[i];
        to[i].cluster = text_dup(&p->pool.arena, from[i].cluster);
        to[i].why = text_dup(&p->pool.arena, from[i].why);
    }
    p->places = to;
    p->n_places = to ? n : 0;
}

static int check_request(const struct plan_request *r, struct err *e)
{
    if (!plan_good_name(r->environment)) {
        err_set(e, ERR_USAGE, "\"%s\" is no name for an environment", r->environment);
        err_hint(e, "use at most %d of a-z, 0-9 and -; give one with --env", NAME_MAX_LEN);
        return ERR_USAGE;
    }
    if (!r->n_targets)
        return err_set(e, ERR_USAGE, "no cluster was chosen");
    return 0;
}

static void begin(struct planning *g)
{
    g->pending = g->makings.len;
    begin_some(g);
}

static void run_rules_read(void *ctx)
{
    struct planning *g = ctx;
    plan_rules_read(g->rules);
}

static void on_rules_read(void *ctx, bool stale)
{
    struct planning *g = ctx;
    struct err e = ERR_INIT;
    g->reading = false;
    if (g->orphan)
        planning_free(g);
    else if (stale) {
        err_set(&e, ERR_CANCELLED, "the program ends");
        answer_failed(g, &e);
    } else if (plan_rules_error(g->rules, &e)) {
        answer_failed(g, &e);
    } else {
        plan_rules_note(g->rules, g->plan);
        begin(g);
    }
    err_clear(&e);
}

/* Guardrails first: they are asked as each object is looked at. */
static void read_rules(struct planning *g)
{
    g->rules = plan_rules_new(g->engine, g->plan->approved.catalog);
    g->reading = g->rules != NULL;
    if (g->rules)
        workers_start(g->engine->workers, NULL, run_rules_read, on_rules_read, g);
    else
        begin(g);
}

/* ---- bodies of secrets that were kept without their values ---- */

static bool has_marks(const struct plan *p)
{
    for (size_t i = 0; i < p->targets.len; i++)
        for (size_t k = 0; k < p->targets.items[i]->rows.len; k++)
            if (plan_body_has_marks(p->targets.items[i]->rows.items[k]->full))
                return true;
    return false;
}

static const struct val *find_secret(const struct planning *g, const struct plan_target *t,
                                     const struct plan_row *r)
{
    const char *ns = val_str(val_at(r->full, "metadata", "namespace", NULL), "");
    return origin_object(g->secrets, t->cluster_uid, r->api_version, r->kind, ns, r->name);
}

static void fill_secrets(struct planning *g)
{
    struct plan *p = g->plan;
    for (size_t i = 0; i < p->targets.len; i++)
        for (size_t k = 0; k < p->targets.items[i]->rows.len; k++) {
            struct plan_row *r = p->targets.items[i]->rows.items[k];
            struct err e = ERR_INIT;
            if (!plan_body_has_marks(r->full))
                continue;
            const struct val *full =
                plan_body_unmasked(&p->pool, r->full, find_secret(g, p->targets.items[i], r),
                                   plan_hmac, g->engine, &e);
            if (full)
                r->full = full;
            else
                plan_row_fail(p, r,
                              "the secret changed since it was applied, or its manifest "
                              "cannot be read",
                              "plan the folder instead");
            err_clear(&e);
        }
}

static void on_secrets_read(void *ctx, bool stale)
{
    struct planning *g = ctx;
    if (!stale && !g->orphan)
        fill_secrets(g);
    origin_free(g->secrets);
    g->secrets = NULL;
    if (g->orphan)
        planning_free(g);
    else if (stale) {
        struct err e = ERR_INIT;
        err_set(&e, ERR_CANCELLED, "the program ends");
        answer_failed(g, &e);
        err_clear(&e);
    } else
        read_rules(g);
}

void plan_from_bodies(struct engine *e, struct engine_command *cmd, const struct plan_request *r)
{
    struct err err = ERR_INIT;
    if (check_request(r, &err)) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    struct planning *g = mem_new(struct planning);
    struct plan *p = plan_new();
    *g = (struct planning){.engine = e, .cmd = cmd, .plan = p, .began_ms = engine_boot_ms(e)};
    vec_push(&planner_of(e)->running, g);
    const struct environment *env = environment_by_name(e, r->environment);
    char uuid[UUID_LEN + 1];
    if (!env)
        uuid_make(uuid);
    g->new_environment = !env;
    p->kind = plan_str(p, r->kind);
    p->title = plan_str(p, r->title);
    p->environment = plan_str(p, r->environment);
    p->environment_uuid = plan_str(p, env ? env->uuid : uuid);
    p->fleet_uuid = plan_str(p, e->fleet_uuid);
    p->namespace_ = plan_str(p, r->namespace_);
    p->folder = plan_str(p, r->folder);
    p->about = plan_str(p, r->about);
    p->complete = r->complete;
    p->planned_ms = engine_wall_ms(e);
    p->release = (int32_t)(env ? env->release : 0) + 1;
    copy_choices(p, r->choices, r->n_choices);
    plan_set_approved(p, &r->approved);
    for (size_t i = 0; i < r->n_stages; i++)
        vec_push(&p->stages, plan_str(p, r->stages[i]));
    p->draft = r->draft;
    copy_places(p, r->places, r->n_places);
    for (size_t i = 0; i < r->n_notes; i++)
        plan_warn(p, r->notes[i]);
    for (size_t i = 0; i < r->n_targets; i++) {
        bool twice = false;
        for (size_t k = 0; k < i; k++)
            twice = twice || r->targets[k].cluster == r->targets[i].cluster;
        if (!twice)
            begin_target(g, r->targets[i].cluster, &r->targets[i], r->cause);
    }
    if (has_marks(p) && *p->folder) {
        VEC(struct cluster *) clusters = {0};
        for (size_t i = 0; i < g->makings.len; i++)
            vec_push(&clusters, g->makings.items[i]->cluster);
        g->secrets = origin_new(e, p->folder, p->namespace_, clusters.items, clusters.len);
        vec_clear(&clusters);
        origin_read(g->secrets, on_secrets_read, g);
    } else {
        read_rules(g);
    }
}

/* ---- the part ---- */

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct planner *pl = mem_new(struct planner);
    pl->engine = e;
    *state = pl;
    return 0;
}

/* Nothing that was asked of the cluster will be answered. */
static void on_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    struct planner *pl = state;
    if (what != CLUSTER_GONE && what != CLUSTER_REPLACED)
        return;
    for (size_t i = pl->running.len; i-- > 0;) {
        struct planning *g = pl->running.items[i];
        for (size_t k = 0; k < g->makings.len; k++) {
            struct plan_making *m = g->makings.items[k];
            if (m->cluster != c)
                continue;
            plan_target_fail(m, "it went away or was replaced while it was planned");
            if (what == CLUSTER_GONE) {
                m->cluster = NULL;
                leftover_free(m->leftover); /* while its lists can still be taken back */
                m->leftover = NULL;
            }
            if (what == CLUSTER_GONE && m->pending) {
                m->pending = 1;
                plan_target_step(m);
                break; /* the planning may be over */
            }
        }
    }
}

void plan_drain_store(struct engine *e)
{
    while (e->store && store_pending(e->store)) {
        struct err err = ERR_INIT;
        int rc = store_sync(e->store, &err);
        err_clear(&err);
        if (rc)
            break;
    }
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct planner *pl = state;
    plan_drain_store(pl->engine);
    while (pl->running.len) {
        struct planning *g = pl->running.items[0];
        struct err e = ERR_INIT;
        err_set(&e, ERR_CANCELLED, "the program ends");
        if (g->secrets || g->reading) { /* a worker reads into it */
            pl->running.items[0] = pl->running.items[--pl->running.len];
            g->orphan = true;
            engine_answer_failed(g->engine, g->cmd, &e);
        } else {
            answer_failed(g, &e);
        }
        err_clear(&e);
    }
    vec_clear(&pl->running);
    mem_free(pl);
}

const struct engine_part plan_part = {
    .name = "plans", .start = start, .cluster = on_cluster, .stop = stop};
