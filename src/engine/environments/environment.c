// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/environment.h"

#include "engine/answers/exceptions.h"
#include "engine/apply/target_health.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/fleet/cluster.h"
#include "store/store_get.h"

#include <stdio.h>
#include <string.h>

static void set(char **to, const char *s)
{
    char *copy = mem_strdup(s ? s : "");
    mem_free(*to);
    *to = copy;
}

/* ---- states ---- */

static const enum leeway_state state_of_phase[LEEWAY_TARGET_STATE_COUNT] = {
    [LEEWAY_TARGET_PENDING] = LEEWAY_PENDING,     [LEEWAY_TARGET_PLANNED] = LEEWAY_CHANGING,
    [LEEWAY_TARGET_QUEUED] = LEEWAY_CHANGING,     [LEEWAY_TARGET_APPLYING] = LEEWAY_CHANGING,
    [LEEWAY_TARGET_WAITING] = LEEWAY_CHANGING,    [LEEWAY_TARGET_HEALTHY] = LEEWAY_OK,
    [LEEWAY_TARGET_DEGRADED] = LEEWAY_DEGRADED,   [LEEWAY_TARGET_FAILED] = LEEWAY_FAILED,
    [LEEWAY_TARGET_ABORTED] = LEEWAY_FAILED,      [LEEWAY_TARGET_UNREACHABLE] = LEEWAY_UNKNOWN,
    [LEEWAY_TARGET_DESTROYING] = LEEWAY_CHANGING, [LEEWAY_TARGET_GONE] = LEEWAY_PENDING,
};

static enum leeway_state worse(enum leeway_state a, enum leeway_state b)
{
    return a < b ? a : b;
}

enum leeway_state target_state(const struct target *t)
{
    enum leeway_state s = state_of_phase[t->phase];
    if (!t->cluster || !cluster_is_up(t->cluster) || t->drift[LEEWAY_VERDICT_UNKNOWN])
        s = worse(s, LEEWAY_UNKNOWN);
    if (t->drift[LEEWAY_VERDICT_UNEXPECTED])
        s = worse(s, LEEWAY_DRIFT);
    if (t->drift_checking)
        s = worse(s, LEEWAY_CHANGING);
    if (t->drift[LEEWAY_VERDICT_ACCEPTED])
        s = worse(s, LEEWAY_ACCEPTED);
    return s;
}

/* ---- rows ---- */

static struct text target_reason(const struct target *t, struct arena *a)
{
    if (*t->reason)
        return text_cstr(a, t->reason);
    if (t->phase == LEEWAY_TARGET_GONE)
        return TEXT("destroyed");
    if (!t->cluster)
        return TEXT("no cluster of this fleet has that uid");
    if (!cluster_is_up(t->cluster))
        return *t->cluster->reason ? text_cstr(a, t->cluster->reason) : TEXT("not asked yet");
    if (t->drift[LEEWAY_VERDICT_UNEXPECTED])
        return text_fmt(a, "%d unexpected", t->drift[LEEWAY_VERDICT_UNEXPECTED]);
    if (t->drift[LEEWAY_VERDICT_UNKNOWN])
        return text_fmt(a, "%d not seen", t->drift[LEEWAY_VERDICT_UNKNOWN]);
    return TEXT_NONE;
}

static void fill_target(const struct target *t, struct leeway_target *row, struct arena *a)
{
    *row = (struct leeway_target){
        .environment = text_cstr(a, t->environment->name),
        .cluster = text_cstr(a, t->cluster ? t->cluster->name : t->cluster_uid),
        .cluster_id = t->cluster ? t->cluster->id : 0,
        .state = target_state(t),
        .phase = t->phase,
        .reason = target_reason(t, a),
        .since_ms = t->since_ms,
        .next_try_ms = t->next_try_ms,
        .objects = t->objects,
        .objects_ready = t->objects_ready,
        .release = (int32_t)t->release,
    };
    memcpy(row->drift, t->drift, sizeof(row->drift));
}

static void fill_row(void *ctx, struct leeway_snapshot_builder *b, size_t i, struct arena *a)
{
    const struct engine *e = ctx;
    const struct environment *env = e->environments.items[i];
    struct leeway_environment row = {
        .name = text_cstr(a, env->name),
        .uuid = text_cstr(a, env->uuid),
        .namespace_ = text_cstr(a, env->namespace_),
        .origin = text_cstr(a, env->origin),
        .state = LEEWAY_OK,
        .release = (int32_t)env->release,
        .released_by = text_cstr(a, env->released_by),
        .released_ms = env->released_ms,
        .targets = (int32_t)env->targets.len,
        .reason = TEXT_NONE,
        .blueprint = text_cstr(a, env->about.blueprint),
        .team = text_cstr(a, env->about.team),
        .owner = text_cstr(a, env->about.owner),
        .expires_ms = env->expires_ms,
        .expires_max_ms = env->about.ttl_max_ms && env->about.since_ms
                              ? env->about.since_ms + env->about.ttl_max_ms
                              : 0,
        .expired = env->expired,
        .exceptions_used = (int32_t)exceptions_count(e, env->uuid),
        .exceptions_max = env->about.max_exceptions,
        .max_expiry_ms = env->about.max_expiry_ms,
        .deletion_plan = text_cstr(a, env->deletion_plan),
    };
    struct leeway_target *rows = arena_array(a, env->targets.len, sizeof(*rows));
    for (size_t k = 0; k < env->targets.len; k++) {
        fill_target(env->targets.items[k], &rows[k], a);
        if (rows[k].state < row.state) {
            row.state = rows[k].state;
            row.since_ms = rows[k].since_ms;
            row.reason = rows[k].reason.len
                             ? text_fmt(a, "%s: %s", rows[k].cluster.str, rows[k].reason.str)
                             : TEXT_NONE;
        }
        row.targets_ready += rows[k].phase == LEEWAY_TARGET_HEALTHY && rows[k].cluster_id &&
                             rows[k].state > LEEWAY_DEGRADED;
        for (size_t v = 0; v < LEEWAY_VERDICT_COUNT; v++)
            row.drift[v] += rows[k].drift[v];
    }
    if (env->expired && row.state > LEEWAY_PENDING) {
        row.state = LEEWAY_PENDING;
        row.since_ms = env->expires_ms;
        row.reason = TEXT("expired: it waits for a person to extend or to destroy it");
    }
    row.target_rows = rows;
    row.n_target_rows = env->targets.len;
    leeway_snapshot_put_environment(b, i, &row);
}

/* ---- finding and making ---- */

struct environment *environment_by_name(struct engine *e, const char *name)
{
    for (size_t i = 0; i < e->environments.len; i++)
        if (strcmp(e->environments.items[i]->name, name) == 0)
            return e->environments.items[i];
    return NULL;
}

struct environment *environment_by_uuid(struct engine *e, const char *uuid)
{
    for (size_t i = 0; i < e->environments.len; i++)
        if (strcmp(e->environments.items[i]->uuid, uuid) == 0)
            return e->environments.items[i];
    return NULL;
}

struct environment *environment_put(struct engine *e, const char *uuid, const char *name,
                                    const char *ns, const char *origin)
{
    struct environment *env = environment_by_uuid(e, uuid);
    if (!env) {
        env = mem_new(struct environment);
        env->engine = e;
        snprintf(env->uuid, sizeof(env->uuid), "%s", uuid);
        env->released_by = mem_strdup("");
        env->deletion_plan = mem_strdup("");
        env->created_ms = engine_wall_ms(e);
        environment_about_init(env);
        env->index = e->environments.len;
        vec_push(&e->environments, env);
        engine_table_resize(e, ENGINE_ENVIRONMENTS, e->environments.len);
    }
    set(&env->name, name);
    set(&env->namespace_, ns);
    set(&env->origin, origin);
    engine_dirty_environment(e, env);
    return env;
}

void environment_set_expiry(struct environment *env, int64_t expires_ms, bool expired,
                            const char *deletion_plan)
{
    env->expires_ms = expires_ms;
    env->expired = expired;
    set(&env->deletion_plan, deletion_plan);
    engine_dirty_environment(env->engine, env);
}

void environment_set_release(struct environment *env, int64_t number, int64_t wall_ms,
                             const char *by)
{
    env->release = number;
    env->released_ms = wall_ms;
    set(&env->released_by, by);
    engine_dirty_environment(env->engine, env);
}

struct target *target_find(struct environment *env, const char *cluster_uid)
{
    for (size_t i = 0; i < env->targets.len; i++)
        if (strcmp(env->targets.items[i]->cluster_uid, cluster_uid) == 0)
            return env->targets.items[i];
    return NULL;
}

static void bind(struct target *t, struct cluster *c)
{
    t->cluster = c;
    vec_push(&c->targets, t);
}

static void unbind(struct target *t)
{
    struct cluster *c = t->cluster;
    for (size_t i = 0; c && i < c->targets.len; i++)
        if (c->targets.items[i] == t) {
            memmove(&c->targets.items[i], &c->targets.items[i + 1],
                    (c->targets.len - i - 1) * sizeof(t));
            c->targets.len--;
            break;
        }
    t->cluster = NULL;
}

/* By cluster name; those without a cluster last. */
static bool goes_before(const struct target *a, const struct target *b)
{
    if (!a->cluster || !b->cluster)
        return a->cluster && !b->cluster;
    return strcmp(a->cluster->name, b->cluster->name) < 0;
}

static void sort_targets(struct environment *env)
{
    for (size_t i = 1; i < env->targets.len; i++) {
        struct target *t = env->targets.items[i];
        size_t k = i;
        for (; k && goes_before(t, env->targets.items[k - 1]); k--)
            env->targets.items[k] = env->targets.items[k - 1];
        env->targets.items[k] = t;
    }
}

/* One target changed: its environment's row, and its cluster's. */
static void mark(struct target *t)
{
    engine_dirty_environment(t->environment->engine, t->environment);
    if (t->cluster)
        cluster_targets_changed(t->cluster);
}

struct target *target_put(struct environment *env, const char *cluster_uid)
{
    struct target *t = target_find(env, cluster_uid);
    if (t)
        return t;
    t = mem_new(struct target);
    t->environment = env;
    t->cluster_uid = mem_strdup(cluster_uid);
    t->reason = mem_strdup("");
    t->objects = t->objects_ready = -1;
    t->phase = LEEWAY_TARGET_PENDING;
    t->since_ms = engine_wall_ms(env->engine);
    vec_push(&env->targets, t);
    struct cluster *c = engine_cluster_by_uid(env->engine, cluster_uid);
    if (c)
        bind(t, c);
    sort_targets(env);
    mark(t);
    return t;
}

/* ---- changing ---- */

void target_set_phase(struct target *t, enum leeway_target_state phase, const char *reason)
{
    if (t->phase == phase && strcmp(t->reason, reason ? reason : "") == 0)
        return;
    if (t->phase != phase)
        t->since_ms = engine_wall_ms(t->environment->engine);
    t->phase = phase;
    set(&t->reason, reason);
    mark(t);
}

void target_set_objects(struct target *t, int32_t objects, int32_t ready)
{
    if (t->objects == objects && t->objects_ready == ready)
        return;
    t->objects = objects;
    t->objects_ready = ready;
    mark(t);
}

void target_set_drift(struct target *t, const int32_t drift[LEEWAY_VERDICT_COUNT], int32_t checking)
{
    if (memcmp(t->drift, drift, sizeof(t->drift)) == 0 && t->drift_checking == checking)
        return;
    if ((t->drift[LEEWAY_VERDICT_UNEXPECTED] == 0) != (drift[LEEWAY_VERDICT_UNEXPECTED] == 0))
        t->since_ms = engine_wall_ms(t->environment->engine);
    memcpy(t->drift, drift, sizeof(t->drift));
    t->drift_checking = checking;
    mark(t);
}

/* ---- clusters come and go ---- */

void environments_bind(struct engine *e, struct cluster *c)
{
    for (size_t i = 0; i < e->environments.len; i++) {
        struct environment *env = e->environments.items[i];
        struct target *t = target_find(env, c->uid);
        if (!t || t->cluster == c)
            continue;
        unbind(t);
        bind(t, c);
        sort_targets(env);
        engine_dirty_environment(e, env);
    }
}

void environments_unbind(struct engine *e, struct cluster *c)
{
    while (c->targets.len) {
        struct target *t = c->targets.items[c->targets.len - 1];
        unbind(t);
        sort_targets(t->environment);
        engine_dirty_environment(e, t->environment);
    }
}

/* ---- life ---- */

static void target_free(struct target *t)
{
    unbind(t);
    health_forget(t);
    mem_free(t->cluster_uid);
    mem_free(t->reason);
    mem_free(t);
}

static void environment_free(struct environment *env)
{
    while (env->targets.len)
        target_free(env->targets.items[--env->targets.len]);
    vec_clear(&env->targets);
    mem_free(env->name);
    mem_free(env->namespace_);
    mem_free(env->origin);
    mem_free(env->released_by);
    mem_free(env->deletion_plan);
    environment_about_clear(env);
    mem_free(env);
}

void environment_remove(struct engine *e, struct environment *env)
{
    size_t last = e->environments.len - 1;
    for (size_t i = 0; i < env->targets.len; i++)
        if (env->targets.items[i]->cluster)
            engine_dirty_cluster(e, env->targets.items[i]->cluster);
    if (env->index != last) { /* the last one takes its row */
        struct environment *moved = e->environments.items[last];
        moved->index = env->index;
        e->environments.items[moved->index] = moved;
        engine_dirty_environment(e, moved);
    }
    e->environments.len = last;
    engine_table_resize(e, ENGINE_ENVIRONMENTS, last);
    environment_free(env);
}

void environments_free(struct engine *e)
{
    while (e->environments.len)
        environment_free(e->environments.items[--e->environments.len]);
}

/* ---- the store ---- */

static int on_environment(void *ctx, const struct store_environment *s)
{
    struct engine *e = ctx;
    struct environment *env = environment_put(e, s->uuid, s->name, s->name_space, s->origin);
    env->created_ms = s->created_wall_ms;
    env->expires_ms = s->expires_wall_ms;
    environment_set_about(env, s->about);
    return 0;
}

static const enum leeway_target_state phase_of[] = {
    [STORE_TARGET_PENDING] = LEEWAY_TARGET_PENDING,
    [STORE_TARGET_PLANNED] = LEEWAY_TARGET_PLANNED,
    [STORE_TARGET_QUEUED] = LEEWAY_TARGET_QUEUED,
    [STORE_TARGET_APPLYING] = LEEWAY_TARGET_APPLYING,
    [STORE_TARGET_WAITING] = LEEWAY_TARGET_WAITING,
    [STORE_TARGET_HEALTHY] = LEEWAY_TARGET_HEALTHY,
    [STORE_TARGET_DEGRADED] = LEEWAY_TARGET_DEGRADED,
    [STORE_TARGET_FAILED] = LEEWAY_TARGET_FAILED,
    [STORE_TARGET_ABORTED] = LEEWAY_TARGET_ABORTED,
    [STORE_TARGET_UNREACHABLE] = LEEWAY_TARGET_UNREACHABLE,
    [STORE_TARGET_MOVED] = LEEWAY_TARGET_PENDING,
    [STORE_TARGET_DESTROYING] = LEEWAY_TARGET_DESTROYING,
    [STORE_TARGET_GONE] = LEEWAY_TARGET_GONE,
};

static int on_target(void *ctx, const struct store_target *s)
{
    struct engine *e = ctx;
    struct environment *env = environment_by_uuid(e, s->environment);
    if (!env)
        return 0;
    struct target *t = target_put(env, s->cluster);
    t->phase = phase_of[s->state];
    set(&t->reason, s->reason);
    t->since_ms = s->since_wall_ms;
    t->release = s->release;
    return 0;
}

static int on_release(void *ctx, const struct store_release *r)
{
    struct engine *e = ctx;
    struct environment *env = environment_by_uuid(e, r->environment);
    if (!env || r->number <= env->release)
        return 0;
    struct val_pool pool;
    val_pool_init_limited(&pool, 1 << 16);
    const struct val *who =
        json_read(&pool, r->who.data ? r->who.data : "", r->who.len, NULL, NULL);
    environment_set_release(env, r->number, r->created_wall_ms, val_str(val_get(who, "login"), ""));
    val_pool_clear(&pool);
    return 0;
}

int environments_load(struct engine *e, struct err *err)
{
    engine_table_own(e, ENGINE_ENVIRONMENTS, fill_row, e);
    if (!e->view)
        return 0;
    if (store_each_environment(e->view, false, on_environment, e, err) ||
        store_each_target(e->view, NULL, on_target, e, err) ||
        store_each_release(e->view, NULL, false, on_release, e, err))
        return err->code;
    return 0;
}
