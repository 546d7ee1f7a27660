// SPDX-License-Identifier: Apache-2.0
/*
 * A release that goes over its targets in stages: rollout.c says who may begin, here they begin,
 * and what stands in the way is shown. Targets tell nobody when they move; they are looked at twice
 * a second while the rollout is open.
 */
#include "engine/apply/apply_int.h"

#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "store/store_put.h"

#include <string.h>

enum { LOOK_MS = 500 };

static void on_look(void *ctx)
{
    struct release *r = ctx;
    r->rollout_timer = NULL;
    release_rollout_step(r);
}

int release_rollout_read(struct release *r, const char *const *stages, size_t n, const char *stored,
                         struct err *e)
{
    if (!n && !*stored)
        return 0;
    r->rollout = mem_new(struct rollout);
    rollout_init(r->rollout);
    int rc = *stored ? rollout_read(r->rollout, stored, e) : 0;
    for (size_t i = 0; !rc && !*stored && i < n; i++)
        rc = rollout_add(r->rollout, stages[i], e);
    r->turns = mem_calloc(r->n_targets + 1, sizeof(*r->turns));
    r->soaked_ms = mem_calloc(r->rollout->stages.len + 1, sizeof(*r->soaked_ms));
    for (size_t i = 0; i < r->n_targets; i++) {
        const struct release_target *t = &r->targets[i];
        r->turns[i].cluster = t->plan->cluster;
        r->turns[i].labels = t->cluster ? &t->cluster->entry->labels : NULL;
    }
    return rc ? rc : rollout_assign(r->rollout, r->turns, r->n_targets, e);
}

void release_rollout_free(struct release *r)
{
    loop_cancel_timer(r->engine->loop, r->rollout_timer);
    if (r->rollout)
        rollout_clear(r->rollout);
    mem_free(r->rollout);
    mem_free(r->turns);
    mem_free(r->soaked_ms);
}

static enum rollout_target_state state_of(const struct release_target *t)
{
    enum leeway_target_state phase = t->target ? t->target->phase : LEEWAY_TARGET_HEALTHY;
    if (!t->begun)
        return ROLLOUT_QUEUED;
    bool done = target_phase_is_done(phase);
    if (t->failed || (t->over && !done && phase != LEEWAY_TARGET_WAITING))
        return ROLLOUT_FAILED;
    return t->over && done ? ROLLOUT_HEALTHY : ROLLOUT_RUNNING;
}

static void keep(struct release *r)
{
    char *text = rollout_write(r->rollout);
    store_put_rollout(r->engine->store, r->plan->environment_uuid, r->number, text, STORE_NO_ACK);
    mem_free(text);
}

static void set_held(struct release *r, bool held, const char *why)
{
    if (r->held == held)
        return;
    r->held = held;
    apply_show_state(r->row, held ? LEEWAY_RELEASE_PAUSED : LEEWAY_RELEASE_RUNNING);
    store_put_release_state(r->engine->store, r->plan->environment_uuid, r->number,
                            held ? STORE_RELEASE_PAUSED : STORE_RELEASE_RUNNING, why, STORE_NO_ACK);
    if (held)
        engine_message(r->engine, LEEWAY_DEGRADED, r->plan->environment, NULL, "r%lld is held: %s",
                       (long long)r->number, why);
}

void release_rollout_step(struct release *r)
{
    struct engine *e = r->engine;
    if (!r->rollout || !r->row || r->over || r->orphan || !r->open_targets)
        return;
    if (!r->rollout_timer)
        r->rollout_timer = loop_after(e->loop, LOOK_MS, on_look, r);
    if (release_stopped(r))
        return;
    for (size_t i = 0; i < r->n_targets; i++) {
        const struct release_target *t = &r->targets[i];
        r->turns[i].state = state_of(t);
        r->turns[i].drifted = t->target && t->target->drift[LEEWAY_VERDICT_UNEXPECTED];
    }
    struct rollout_step step =
        rollout_next(r->rollout, r->turns, r->n_targets, r->soaked_ms, engine_boot_ms(e));
    apply_show_rollout(r->row, step.why);
    apply_show_stages(r->row, r->rollout, r->turns, &step);
    set_held(r, step.wait == ROLLOUT_HELD, step.why);
    for (size_t i = 0; i < r->n_targets; i++) {
        struct release_target *t = &r->targets[i];
        if (!r->turns[i].begin || t->begun)
            continue;
        engine_fault("stage-begins");
        t->begun = true;
        apply_target_begin(t);
    }
}

bool release_rollout_resume(struct release *r)
{
    if (!r->rollout || !r->held)
        return false;
    rollout_forgive(r->rollout, r->turns, r->n_targets);
    keep(r);
    set_held(r, false, "");
    release_rollout_step(r);
    return true;
}

/* ---- approval ---- */

void apply_approve(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    struct release_row *row = apply_show_find(e, cmd->c.release);
    struct release *r = row ? row->run : NULL;
    const struct rollout_stage *stage =
        r && r->rollout ? rollout_closed(r->rollout, cmd->c.name) : NULL;
    const char *name = stage ? stage->name : "";
    if (!row || row->ended_ms)
        err_set(&err, ERR_NOT_FOUND, row ? "the release has ended" : "there is no such release");
    else if (!r)
        err_set(&err, ERR_CONFLICT, "nobody runs that release now: resume it first");
    else if (!r->rollout)
        err_set(&err, ERR_CONFLICT, "the release has no stages");
    else if (rollout_approve(r->rollout, cmd->c.name, e->person.login, engine_wall_ms(e), &err))
        err_hint(&err, "leeway rollout status shows what it waits for");
    if (err.code) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    release_audit(e, row, "stage approved", (struct audit_word){"stage", name});
    keep(r);
    engine_answer_done(e, cmd, row->id, "%s r%lld: %s begins", r->plan->environment,
                       (long long)r->number, name);
    release_rollout_step(r);
}
