// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/heal.h"

#include "engine/answers/audit.h"
#include "engine/client.h"
#include "engine/drift/drift_int.h"
#include "leeway/plan.h"

#include <string.h>

enum {
    SOON_MS = 300,   /* what one act changed on many clusters is one plan */
    AGAIN_MS = 60000 /* after a refusal, or while a release runs */
};

struct heal {
    struct engine *engine;
    struct loop_timer *timer;
    bool stopped;
    unsigned asked;  /* commands that will be answered */
    int64_t wait_ms; /* boot: not before, since the last one was refused */
};

struct healing { /* of one environment, from its plan to its release */
    struct heal *heal;
    char uuid[37];
    size_t fields;
};

static void heal_free(struct heal *h)
{
    mem_free(h);
}

static bool may_heal(const struct engine *e)
{
    return e->options.heals && e->store && !e->read_only && !e->spectator;
}

/* ---- which ---- */

static bool is_wanted(const struct drift_item *i)
{
    struct val_pool pool;
    struct path path;
    const struct contract_field *f = NULL;
    if (i->checking || i->contested || !i->object || !*i->path ||
        i->verdict != LEEWAY_VERDICT_UNEXPECTED)
        return false;
    val_pool_init_limited(&pool, 1 << 16);
    if (!path_parse(&pool, i->path, strlen(i->path), &path, NULL))
        f = contract_field_of(i->object->contract, path);
    bool wanted = f && f->on_drift == CONTRACT_DRIFT_REVERT;
    val_pool_clear(&pool);
    return wanted;
}

/* ---- the plan and its release ---- */

static void ask(struct heal *h, const struct leeway_command *c,
                void (*done)(void *, struct leeway_event *), struct healing *x)
{
    struct err err = ERR_INIT;
    struct engine_command *cmd = engine_command_new(c, &err);
    err_clear(&err);
    if (!cmd) {
        mem_free(x);
        return;
    }
    cmd->inside = done;
    cmd->inside_ctx = x;
    h->asked++;
    engine_run_command(h->engine, cmd);
}

/* An answer came: the environment, or NULL when there is nothing more to do with it. */
static struct environment *answered(struct heal *h, const struct healing *x)
{
    h->asked--;
    if (!h->stopped)
        return environment_by_uuid(h->engine, x->uuid);
    if (!h->asked)
        heal_free(h);
    return NULL;
}

static void refused(struct heal *h, const struct environment *env, const char *why)
{
    h->wait_ms = engine_boot_ms(h->engine) + AGAIN_MS;
    engine_message(h->engine, LEEWAY_DRIFT, env->name, "leeway revert plans it by hand",
                   "what drifted is not given back by itself: %s", why);
    heal_soon(h->engine);
}

static void on_applied(void *ctx, struct leeway_event *ev)
{
    struct healing *x = ctx;
    struct environment *env = answered(x->heal, x);
    if (env && ev->kind == LEEWAY_EVENT_FAILED)
        refused(x->heal, env, ev->text.str);
    leeway_event_free(ev);
    mem_free(x);
}

static void apply(struct healing *x, struct environment *env, const struct leeway_plan *p)
{
    struct engine *e = x->heal->engine;
    const struct leeway_command c = {.kind = LEEWAY_CMD_APPLY, .plan = p->hash.str};
    const struct audit_word words[] = {{"plan", p->hash.str},
                                       {"reason", "the field contract says onDrift: revert"}};
    audit_put(e, "self-heal", env->name, words, ARRAY_LEN(words), STORE_NO_ACK);
    engine_message(e, LEEWAY_CHANGING, env->name, NULL,
                   "%zu field%s drifted and %s given back: the contract says so", x->fields,
                   x->fields == 1 ? "" : "s", x->fields == 1 ? "is" : "are");
    ask(x->heal, &c, on_applied, x);
}

static void on_planned(void *ctx, struct leeway_event *ev)
{
    struct healing *x = ctx;
    struct environment *env = answered(x->heal, x);
    const struct leeway_plan *p = ev->plan;
    const char *why = !p              ? ev->text.str
                      : p->protected_ ? "the cluster is protected: a person has to type its name"
                      : !p->may_apply ? p->why_not.str
                                      : NULL;
    if (env && why) {
        refused(x->heal, env, why);
        env = NULL;
    }
    if (env && p->changes)
        apply(x, env, p);
    else
        mem_free(x);
    leeway_event_free(ev);
}

static void heal_environment(struct heal *h, const struct environment *env)
{
    struct drift *d = engine_part_state(h->engine, &drift_part);
    VEC(uint64_t) ids = {0};
    for (size_t n = 0; n < d->items.len; n++)
        if (d->items.items[n]->dt->target->environment == env && is_wanted(d->items.items[n]))
            vec_push(&ids, d->items.items[n]->id);
    if (ids.len) {
        struct healing *x = mem_new(struct healing);
        *x = (struct healing){.heal = h, .fields = ids.len};
        memcpy(x->uuid, env->uuid, sizeof(x->uuid));
        const struct leeway_command c = {
            .kind = LEEWAY_CMD_PLAN_REVERT, .drift_ids = ids.items, .n_drift_ids = ids.len};
        ask(h, &c, on_planned, x);
    }
    vec_clear(&ids);
}

/* ---- time ---- */

static void on_time(void *ctx)
{
    struct heal *h = ctx;
    h->timer = NULL;
    if (h->asked) { /* its release goes first; what is left counts again afterwards */
        heal_soon(h->engine);
        return;
    }
    for (size_t i = 0; i < h->engine->environments.len; i++)
        heal_environment(h, h->engine->environments.items[i]);
}

void heal_soon(struct engine *e)
{
    struct heal *h = engine_part_state(e, &heal_part);
    if (!h || h->stopped || h->timer || !may_heal(e))
        return;
    int64_t wait = h->wait_ms - engine_boot_ms(e);
    wait = wait < SOON_MS ? SOON_MS : wait;
    h->timer = loop_after(e->loop, h->asked && wait < 1000 ? 1000 : wait, on_time, h);
}

/* ---- the part ---- */

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct heal *h = mem_new(struct heal);
    h->engine = e;
    *state = h;
    return 0;
}

static void stop(void *state, bool hand_over)
{
    struct heal *h = state;
    (void)hand_over;
    loop_cancel_timer(h->engine->loop, h->timer);
    h->timer = NULL;
    h->stopped = true;
    if (!h->asked)
        heal_free(h);
}

const struct engine_part heal_part = {.name = "self-heal", .start = start, .stop = stop};
