// SPDX-License-Identifier: Apache-2.0
/* Releases as rows of the snapshot: how far each target is, what it waits for, what was done. */
#include "engine/apply/apply_int.h"

#include "data/json.h"
#include "engine/apply/target_health.h"
#include "engine/fleet/cluster.h"
#include "store/store_get.h"

#include <string.h>

static void set(char **to, const char *s)
{
    char *copy = mem_strdup(s ? s : "");
    mem_free(*to);
    *to = copy;
}

void apply_show_dirty(struct engine *e, const struct release_row *row)
{
    struct applier *ap = applier_of(e);
    for (size_t i = 0; ap && i < ap->rows.len; i++)
        if (ap->rows.items[i] == row)
            engine_dirty_row(e, ENGINE_RELEASES, i);
}

static void row_free(struct release_row *row)
{
    for (size_t i = 0; i < row->targets.len; i++) {
        mem_free(row->targets.items[i].cluster);
        mem_free(row->targets.items[i].cluster_uid);
        mem_free(row->targets.items[i].waiting);
        mem_free(row->targets.items[i].error);
    }
    for (size_t i = 0; i < row->log.len; i++) {
        mem_free(row->log.items[i].cluster);
        mem_free(row->log.items[i].object);
        mem_free(row->log.items[i].what);
    }
    apply_stages_clear(row);
    vec_clear(&row->targets);
    vec_clear(&row->log);
    mem_free(row->environment);
    mem_free(row->environment_uuid);
    mem_free(row->title);
    mem_free(row->plan);
    mem_free(row->by);
    mem_free(row->rollout);
    mem_free(row);
}

static const enum leeway_state state_of_phase[LEEWAY_TARGET_STATE_COUNT] = {
    [LEEWAY_TARGET_PENDING] = LEEWAY_PENDING,     [LEEWAY_TARGET_PLANNED] = LEEWAY_PENDING,
    [LEEWAY_TARGET_QUEUED] = LEEWAY_PENDING,      [LEEWAY_TARGET_APPLYING] = LEEWAY_CHANGING,
    [LEEWAY_TARGET_WAITING] = LEEWAY_CHANGING,    [LEEWAY_TARGET_HEALTHY] = LEEWAY_OK,
    [LEEWAY_TARGET_DEGRADED] = LEEWAY_DEGRADED,   [LEEWAY_TARGET_FAILED] = LEEWAY_FAILED,
    [LEEWAY_TARGET_ABORTED] = LEEWAY_FAILED,      [LEEWAY_TARGET_UNREACHABLE] = LEEWAY_UNKNOWN,
    [LEEWAY_TARGET_DESTROYING] = LEEWAY_CHANGING, [LEEWAY_TARGET_GONE] = LEEWAY_OK,
};

static void fill(void *ctx, struct leeway_snapshot_builder *b, size_t i, struct arena *a)
{
    struct applier *ap = ctx;
    const struct release_row *r = ap->rows.items[i];
    struct leeway_release out = {.id = r->id,
                                 .environment = text_cstr(a, r->environment),
                                 .title = text_cstr(a, r->title),
                                 .plan = text_cstr(a, r->plan),
                                 .by = text_cstr(a, r->by),
                                 .rollout = text_cstr(a, r->rollout),
                                 .number = (int32_t)r->number,
                                 .state = r->state,
                                 .here = r->run && !r->run->over,
                                 .started_ms = r->started_ms,
                                 .ended_ms = r->ended_ms,
                                 .targets = (int32_t)r->targets.len};
    struct leeway_release_target *targets = arena_array(a, r->targets.len + 1, sizeof(*targets));
    for (size_t k = 0; k < r->targets.len; k++) {
        const struct release_target_row *t = &r->targets.items[k];
        out.targets_done += target_phase_is_done(t->phase);
        targets[k] = (struct leeway_release_target){.cluster = text_cstr(a, t->cluster),
                                                    .state = state_of_phase[t->phase],
                                                    .phase = t->phase,
                                                    .done = t->done,
                                                    .total = t->total,
                                                    .waiting = text_cstr(a, t->waiting),
                                                    .since_ms = t->since_ms,
                                                    .fails_at_ms = t->fails_at_ms,
                                                    .stage = t->stage,
                                                    .error = text_cstr(a, t->error)};
    }
    struct leeway_log_line *log = arena_array(a, r->log.len + 1, sizeof(*log));
    for (size_t k = 0; k < r->log.len; k++)
        log[k] = (struct leeway_log_line){.at_ms = r->log.items[k].at_ms,
                                          .cluster = text_cstr(a, r->log.items[k].cluster),
                                          .object = text_cstr(a, r->log.items[k].object),
                                          .what = text_cstr(a, r->log.items[k].what),
                                          .state = r->log.items[k].state};
    out.target_rows = targets;
    out.n_target_rows = r->targets.len;
    out.log = log;
    out.n_log = r->log.len;
    apply_stages_fill(r, &out, a);
    leeway_snapshot_put_release(b, i, &out);
}

static struct release_row *add_row(struct engine *e)
{
    struct applier *ap = applier_of(e);
    struct release_row *row = mem_new(struct release_row);
    row->id = ++ap->last_id;
    set(&row->environment, "");
    set(&row->environment_uuid, "");
    set(&row->title, "");
    set(&row->plan, "");
    set(&row->by, "");
    set(&row->rollout, "");
    vec_push(&ap->rows, row);
    engine_table_resize(e, ENGINE_RELEASES, ap->rows.len);
    return row;
}

static void add_target_row(struct release_row *row, const char *cluster, const char *uid)
{
    struct release_target_row t = {.cluster = mem_strdup(cluster),
                                   .cluster_uid = mem_strdup(uid),
                                   .waiting = mem_strdup(""),
                                   .error = mem_strdup(""),
                                   .stage = -1,
                                   .phase = LEEWAY_TARGET_QUEUED};
    vec_push(&row->targets, t);
}

struct release_row *apply_show_new(struct engine *e, struct release *r)
{
    struct applier *ap = applier_of(e);
    const struct plan *p = r->plan;
    struct release_row *row = NULL;
    /* one that was read from the store and is taken up again */
    for (size_t i = 0; i < ap->rows.len; i++)
        if (ap->rows.items[i]->number == r->number &&
            strcmp(ap->rows.items[i]->environment_uuid, p->environment_uuid) == 0)
            row = ap->rows.items[i];
    if (!row)
        row = add_row(e);
    for (size_t i = 0; i < row->targets.len; i++) {
        mem_free(row->targets.items[i].cluster);
        mem_free(row->targets.items[i].cluster_uid);
        mem_free(row->targets.items[i].waiting);
        mem_free(row->targets.items[i].error);
    }
    row->targets.len = 0;
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&p->hash, hex);
    set(&row->environment, p->environment);
    set(&row->environment_uuid, p->environment_uuid);
    set(&row->title, p->title);
    set(&row->plan, hex);
    set(&row->by, e->person.login);
    row->number = r->number;
    row->started_ms = engine_wall_ms(e);
    row->ended_ms = 0;
    row->state = LEEWAY_RELEASE_RUNNING;
    row->run = r;
    for (size_t i = 0; i < r->n_targets; i++) {
        add_target_row(row, r->targets[i].plan->cluster, r->targets[i].plan->cluster_uid);
        for (size_t k = 0; k < r->targets[i].n_items; k++) {
            const struct release_item *it = &r->targets[i].items[k];
            row->targets.items[i].total += plan_row_is_sent(it->row);
            row->targets.items[i].done += it->result == STORE_DONE;
        }
    }
    apply_show_dirty(e, row);
    return row;
}

static struct release_target_row *row_of(struct release_target *t)
{
    return &t->release->row->targets.items[t - t->release->targets];
}

void apply_show_target(struct release_target *t, enum leeway_target_state phase,
                       const char *waiting)
{
    struct release *r = t->release;
    struct release_target_row *row = row_of(t);
    if (row->phase != phase)
        row->since_ms = engine_wall_ms(r->engine);
    row->phase = phase;
    set(&row->waiting, waiting);
    if (t->cluster) {
        char *words = mem_printf("%s r%lld %d/%d", r->plan->environment, (long long)r->number,
                                 row->done, row->total);
        bool over = phase != LEEWAY_TARGET_APPLYING && phase != LEEWAY_TARGET_WAITING;
        cluster_set_changing(t->cluster, over ? NULL : words);
        mem_free(words);
    }
    if (t->target)
        target_set_phase(t->target, phase, *row->error ? row->error : waiting);
    apply_show_dirty(r->engine, r->row);
}

static void log_line(struct engine *e, struct release_row *row, const char *cluster,
                     const char *object, enum leeway_state state, const char *what)
{
    if (row->log.len == APPLY_LOG_MAX) {
        mem_free(row->log.items[0].cluster);
        mem_free(row->log.items[0].object);
        mem_free(row->log.items[0].what);
        memmove(&row->log.items[0], &row->log.items[1],
                (row->log.len - 1) * sizeof(row->log.items[0]));
        row->log.len--;
    }
    struct release_log line = {.at_ms = engine_wall_ms(e),
                               .cluster = mem_strdup(cluster),
                               .object = mem_strdup(object),
                               .what = mem_strdup(what),
                               .state = state};
    vec_push(&row->log, line);
    apply_show_dirty(e, row);
}

static void add_log(struct release_target *t, const char *object, enum leeway_state state,
                    const char *what)
{
    log_line(t->release->engine, t->release->row, t->plan->cluster, object, state, what);
}

void apply_show_done(struct release_item *it, enum leeway_state state, const char *what)
{
    char *object = mem_printf("%s/%s", it->row->kind, it->row->name);
    row_of(it->t)->done += state == LEEWAY_OK;
    add_log(it->t, object, state, what);
    log_write(it->t->release->engine->log, LOG_INFO, "apply", "%s %s %s", it->t->plan->cluster,
              object, what);
    mem_free(object);
}

void apply_show_note(struct release_target *t, enum leeway_state state, const char *what)
{
    add_log(t, "", state, what);
}

void apply_show_state(struct release_row *row, enum leeway_release_state state)
{
    struct release *r = row->run;
    row->state = state;
    if (!r)
        return;
    if (state == LEEWAY_RELEASE_DONE || state == LEEWAY_RELEASE_FAILED ||
        state == LEEWAY_RELEASE_ABORTED)
        row->ended_ms = engine_wall_ms(r->engine);
    apply_show_dirty(r->engine, row);
}

void apply_show_rollout(struct release_row *row, const char *why)
{
    if (strcmp(row->rollout, why) == 0)
        return;
    set(&row->rollout, why);
    apply_show_dirty(row->run->engine, row);
}

struct release_row *apply_show_find(struct engine *e, uint64_t id)
{
    struct applier *ap = applier_of(e);
    for (size_t i = 0; i < ap->rows.len; i++)
        if (ap->rows.items[i]->id == id)
            return ap->rows.items[i];
    return NULL;
}

struct environment *apply_environment_of(struct engine *e, uint64_t release)
{
    const struct release_row *row = apply_show_find(e, release);
    return row ? environment_by_uuid(e, row->environment_uuid) : NULL;
}

/* While the release runs in this target, it says itself what is waited for. */
static bool is_sending(const struct release_row *row, size_t i)
{
    return row->run && !row->run->targets[i].over;
}

void apply_health(struct target *t)
{
    struct applier *ap = applier_of(t->environment->engine);
    struct release_row *row = NULL;
    for (size_t i = 0; ap && i < ap->rows.len; i++)
        if (ap->rows.items[i]->number == t->release &&
            strcmp(ap->rows.items[i]->environment_uuid, t->environment->uuid) == 0)
            row = ap->rows.items[i];
    for (size_t i = 0; row && i < row->targets.len; i++) {
        struct release_target_row *r = &row->targets.items[i];
        if (strcmp(r->cluster_uid, t->cluster_uid) != 0 || is_sending(row, i))
            continue;
        int64_t now = engine_wall_ms(ap->engine);
        bool before = r->phase == LEEWAY_TARGET_WAITING || r->phase == LEEWAY_TARGET_DEGRADED;
        if (before && t->phase == LEEWAY_TARGET_HEALTHY) {
            char *words =
                mem_printf("healthy after %lld s", (long long)((now - row->started_ms) / 1000));
            log_line(ap->engine, row, r->cluster, "", LEEWAY_OK, words);
            mem_free(words);
        }
        if (r->phase != t->phase && t->phase == LEEWAY_TARGET_DEGRADED)
            log_line(ap->engine, row, r->cluster, "", LEEWAY_DEGRADED, t->reason);
        if (r->phase != t->phase)
            r->since_ms = now;
        r->phase = t->phase;
        set(&r->waiting, t->phase == LEEWAY_TARGET_WAITING ? t->reason : "");
        set(&r->error, t->phase == LEEWAY_TARGET_DEGRADED ? t->reason : "");
        r->fails_at_ms = health_fails_at_ms(t);
        if (t->cluster && t->phase != LEEWAY_TARGET_WAITING)
            cluster_set_changing(t->cluster, NULL);
        apply_show_dirty(ap->engine, row);
    }
}

/* ---- what was before ---- */

struct past {
    struct engine *engine;
    VEC(struct release_row *) found; /* newest first */
    VEC(char *) rollouts;            /* beside them */
};

static int on_release(void *ctx, const struct store_release *s)
{
    static const enum leeway_release_state states[] = {
        [STORE_RELEASE_RUNNING] = LEEWAY_RELEASE_PAUSED, /* nobody runs it any more */
        [STORE_RELEASE_PAUSED] = LEEWAY_RELEASE_PAUSED,
        [STORE_RELEASE_ABORTING] = LEEWAY_RELEASE_PAUSED,
        [STORE_RELEASE_ABORTED] = LEEWAY_RELEASE_ABORTED,
        [STORE_RELEASE_FAILED] = LEEWAY_RELEASE_FAILED,
        [STORE_RELEASE_DONE] = LEEWAY_RELEASE_DONE,
    };
    struct past *past = ctx;
    struct release_row *row = mem_new(struct release_row);
    const struct environment *env = environment_by_uuid(past->engine, s->environment);
    char hex[DIGEST_HEX_LEN + 1];
    digest_hex(&s->plan, hex);
    set(&row->environment, env ? env->name : "");
    set(&row->environment_uuid, s->environment);
    set(&row->rollout, "");
    set(&row->title, s->reason);
    set(&row->plan, hex);
    struct val_pool pool;
    val_pool_init_limited(&pool, 1 << 16);
    const struct val *who =
        json_read(&pool, s->who.data ? s->who.data : "", s->who.len, NULL, NULL);
    set(&row->by, val_str(val_get(who, "login"), ""));
    val_pool_clear(&pool);
    vec_push(&past->rollouts, mem_strdup(s->rollout ? s->rollout : ""));
    row->number = s->number;
    row->state = states[s->state];
    row->started_ms = s->created_wall_ms;
    row->ended_ms = row->state == LEEWAY_RELEASE_PAUSED ? 0 : s->changed_wall_ms;
    vec_push(&past->found, row);
    return past->found.len >= APPLY_ROWS_MAX;
}

struct past_target {
    struct engine *engine;
    struct release_row *row;
};

static int on_target(void *ctx, const struct store_release_target *s)
{
    struct past_target *pt = ctx;
    const struct cluster *c = engine_cluster_by_uid(pt->engine, s->cluster);
    add_target_row(pt->row, c ? c->name : s->cluster, s->cluster);
    struct release_target_row *t = &pt->row->targets.items[pt->row->targets.len - 1];
    t->phase =
        s->state < STORE_TARGET_MOVED ? (enum leeway_target_state)s->state : LEEWAY_TARGET_FAILED;
    set(&t->error, s->reason);
    return 0;
}

int apply_show_load(struct applier *ap, struct err *err)
{
    struct engine *e = ap->engine;
    struct past past = {.engine = e};
    engine_table_own(e, ENGINE_RELEASES, fill, ap);
    if (!e->view)
        return 0;
    int rc = store_each_release(e->view, NULL, false, on_release, &past, err);
    rc = rc == 1 ? 0 : rc; /* enough was read */
    for (size_t i = past.found.len; i-- > 0;) {
        struct past_target pt = {e, past.found.items[i]};
        pt.row->id = ++ap->last_id;
        vec_push(&ap->rows, pt.row);
        if (!rc)
            rc = store_each_release_target(e->view, pt.row->environment_uuid, pt.row->number,
                                           on_target, &pt, err);
        if (!rc)
            apply_stages_load(e, pt.row, past.rollouts.items[i]);
        mem_free(past.rollouts.items[i]);
    }
    vec_clear(&past.found);
    vec_clear(&past.rollouts);
    engine_table_resize(e, ENGINE_RELEASES, ap->rows.len);
    return rc;
}

void apply_show_free(struct applier *ap)
{
    for (size_t i = 0; i < ap->rows.len; i++)
        row_free(ap->rows.items[i]);
    vec_clear(&ap->rows);
}
