// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/parts.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/drift/drift.h"
#include "engine/environments/env_source.h"
#include "engine/environments/environment.h"
#include "engine/environments/origin.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_int.h"

#include <stdlib.h>
#include <string.h>

#define VALUE_MAX (64u << 10)

struct parts_asked {
    struct engine *engine;
    struct engine_command *cmd;
    struct origin *origin; /* NULL: a folder, which has no modules */
};

/* Of one answer; in the arena. */
struct making {
    const struct origin *origin; /* NULL: there is none, or it could not be read */
    struct arena arena;
    VEC(struct leeway_output) outputs;
    VEC(struct leeway_part) parts;
};

/* ---- outputs ---- */

static struct text value_of(struct arena *a, const struct val *v)
{
    struct buf b;
    struct text t = TEXT("too large to be shown");
    if (val_is(v, VAL_STRING))
        return text_clean(a, v->as.s, v->len);
    buf_init(&b, VALUE_MAX);
    if (json_write(&b, v, JSON_CANONICAL) == 0)
        t = text_clean(a, buf_str(&b), b.len);
    buf_clear(&b);
    return t;
}

static void add_outputs(struct making *m, const struct cluster *c, const struct render_result *r)
{
    size_t n = val_is(r->outputs, VAL_MAP) ? r->outputs->len : 0;
    for (size_t i = 0; i < n; i++) {
        const struct val_entry *x = &r->outputs->as.entries[i];
        struct leeway_output o = {.name = text_cstr(&m->arena, x->key->s),
                                  .cluster = text_cstr(&m->arena, c->name),
                                  .secret = r->output_secret[i]};
        o.known = !o.secret && !r->output_deferred[i];
        o.value = o.known ? value_of(&m->arena, &x->value) : TEXT_NONE;
        vec_push(&m->outputs, o);
    }
}

/* ---- objects ---- */

static const char *module_of(const struct making *m, const struct target *t,
                             const struct store_object *o)
{
    const struct env_source *s = origin_source(m->origin);
    const struct plan_row row = {.api_version = o->api_version,
                                 .kind = o->kind,
                                 .namespace_ = o->name_space,
                                 .name = o->name};
    size_t i = s ? env_source_target(s, t->cluster_uid) : SIZE_MAX;
    const struct render_object *r = i == SIZE_MAX ? NULL : env_source_object(s, i, &row);
    return r ? env_source_instance(s, r) : "";
}

static enum leeway_state worse(enum leeway_state a, enum leeway_state b)
{
    return a < b ? a : b;
}

static void count_drift(struct making *m, const struct drift_object *o, struct leeway_part *p)
{
    static const enum leeway_state states[LEEWAY_VERDICT_COUNT] = {
        [LEEWAY_VERDICT_UNEXPECTED] = LEEWAY_DRIFT,
        [LEEWAY_VERDICT_UNKNOWN] = LEEWAY_UNKNOWN,
        [LEEWAY_VERDICT_ACCEPTED] = LEEWAY_ACCEPTED,
        [LEEWAY_VERDICT_ALLOWED] = LEEWAY_OK,
    };
    struct drift_item *item;
    for (size_t n = 0; (item = drift_object_item(o, n)); n++) {
        struct leeway_drift row = {0};
        drift_item_describe(item, &row, &m->arena);
        if (row.checking)
            continue;
        p->drift[row.verdict]++;
        p->state = worse(p->state, states[row.verdict]);
    }
}

static void add_part(void *ctx, const struct drift_object *o)
{
    static const enum leeway_state states[] = {
        [DRIFT_HEALTH_READY] = LEEWAY_OK,      [DRIFT_HEALTH_WAITING] = LEEWAY_CHANGING,
        [DRIFT_HEALTH_FAILED] = LEEWAY_FAILED, [DRIFT_HEALTH_UNSEEN] = LEEWAY_UNKNOWN,
        [DRIFT_HEALTH_GONE] = LEEWAY_DRIFT,
    };
    struct making *m = ctx;
    const struct target *t = drift_object_target(o);
    const struct store_object name = drift_object_name(o);
    const char *words;
    enum drift_health h = drift_object_health(o, &words);
    struct leeway_part p = {.cluster = text_cstr(&m->arena, t->cluster->name),
                            .cluster_id = t->cluster->id,
                            .module = text_cstr(&m->arena, module_of(m, t, &name)),
                            .api_version = text_cstr(&m->arena, name.api_version),
                            .object_kind = text_cstr(&m->arena, name.kind),
                            .namespace_ = text_cstr(&m->arena, name.name_space),
                            .name = text_cstr(&m->arena, name.name),
                            .state = states[h],
                            .reason = h == DRIFT_HEALTH_READY    ? TEXT_NONE
                                      : h == DRIFT_HEALTH_UNSEEN ? TEXT("not seen yet")
                                                                 : text_cstr(&m->arena, words)};
    if (!cluster_is_up(t->cluster)) {
        p.state = LEEWAY_UNKNOWN;
        p.reason = text_cstr(&m->arena, t->cluster->reason ? t->cluster->reason : "no answer");
    }
    count_drift(m, o, &p);
    vec_push(&m->parts, p);
}

static int by_name(const void *a, const void *b)
{
    const struct leeway_part *x = a, *y = b;
    int c = strcmp(x->module.str, y->module.str);
    c = c ? c : strcmp(x->object_kind.str, y->object_kind.str);
    c = c ? c : strcmp(x->namespace_.str, y->namespace_.str);
    return c ? c : strcmp(x->name.str, y->name.str);
}

/* ---- answering ---- */

static void asked_free(struct parts_asked *q)
{
    origin_free(q->origin);
    mem_free(q);
}

static void answer(struct parts_asked *q)
{
    struct engine *e = q->engine;
    struct making m = {.origin = q->origin};
    struct engine_command *cmd = q->cmd;
    struct environment *env = environment_by_name(e, cmd->c.environment);
    struct err err = ERR_INIT;
    char *why = NULL;
    arena_init(&m.arena);
    if (q->origin && origin_error(q->origin, &err)) {
        why = err_format(&err);
        m.origin = NULL;
    }
    for (size_t i = 0; env && i < env->targets.len; i++) {
        struct target *t = env->targets.items[i];
        const struct env_source *s = origin_source(m.origin);
        size_t at = s ? env_source_target(s, t->cluster_uid) : SIZE_MAX;
        if (!t->cluster)
            continue; /* not in this fleet: nothing can be said */
        if (at != SIZE_MAX)
            add_outputs(&m, t->cluster, env_source_result(s, at));
        size_t from = m.parts.len;
        drift_each_object(t, add_part, &m);
        if (m.parts.len > from)
            qsort(m.parts.items + from, m.parts.len - from, sizeof(*m.parts.items), by_name);
    }
    const struct leeway_parts p = {.environment = text_cstr(&m.arena, cmd->c.environment),
                                   .outputs = m.outputs.items,
                                   .n_outputs = m.outputs.len,
                                   .parts = m.parts.items,
                                   .n_parts = m.parts.len,
                                   .why = text_cstr(&m.arena, why ? why : "")};
    struct leeway_parts *shared = leeway_parts_new(&p);
    engine_answer_parts(e, cmd, shared);
    leeway_parts_unref(shared);
    vec_clear(&m.outputs);
    vec_clear(&m.parts);
    arena_clear(&m.arena);
    mem_free(why);
    err_clear(&err);
}

static void on_read(void *ctx, bool stale)
{
    struct parts_asked *q = ctx;
    struct err err = ERR_INIT;
    if (stale) {
        err_set(&err, ERR_CANCELLED, "the program ends");
        engine_answer_failed(q->engine, q->cmd, &err);
    } else {
        answer(q);
    }
    asked_free(q);
}

void parts_command(struct engine *e, struct engine_command *cmd)
{
    struct environment *env =
        cmd->c.environment ? environment_by_name(e, cmd->c.environment) : NULL;
    struct err err = ERR_INIT;
    if (!env) {
        err_set(&err, ERR_NOT_FOUND, "there is no environment %s",
                cmd->c.environment ? cmd->c.environment : "");
        engine_answer_failed(e, cmd, &err);
        return;
    }
    struct parts_asked *q = mem_new(struct parts_asked);
    q->engine = e;
    q->cmd = cmd;
    if (!env->origin || !env_source_is(env->origin)) {
        answer(q);
        asked_free(q);
        return;
    }
    VEC(struct cluster *) clusters = {0};
    for (size_t i = 0; i < env->targets.len; i++)
        if (env->targets.items[i]->cluster)
            vec_push(&clusters, env->targets.items[i]->cluster);
    q->origin = origin_new(e, env->origin, env->namespace_ ? env->namespace_ : "", clusters.items,
                           clusters.len);
    vec_clear(&clusters);
    origin_look(q->origin);
    origin_read(q->origin, on_read, q);
}
