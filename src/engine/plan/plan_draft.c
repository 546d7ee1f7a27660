// SPDX-License-Identifier: Apache-2.0
/*
 * Plans of drafts: what a form would do, asked for with every key. A newer draft takes the place of
 * one that waits; the last one is kept where forms look for it, and planned once the person rests.
 */
#include "engine/environments/catalogs.h"
#include "engine/plan/plan.h"

enum { REST_MS = 150 };

struct drafts {
    struct engine *engine;
    struct engine_command *waiting; /* or NULL */
    struct loop_timer *timer;
};

static void cancel(struct drafts *d, const char *why)
{
    struct err e = ERR_INIT;
    struct engine_command *cmd = d->waiting;
    d->waiting = NULL;
    if (!cmd)
        return;
    err_set(&e, ERR_CANCELLED, "%s", why);
    engine_answer_failed(d->engine, cmd, &e);
    err_clear(&e);
}

static void on_rest(void *ctx)
{
    struct drafts *d = ctx;
    struct engine_command *cmd = d->waiting;
    struct err e = ERR_INIT;
    d->timer = NULL;
    d->waiting = NULL;
    if (cmd->c.name && !d->engine->spectator && catalogs_keep_draft(d->engine, &cmd->c, &e))
        engine_message(d->engine, LEEWAY_DEGRADED, "", NULL, "the draft is not kept: %s", e.text);
    err_clear(&e);
    plan_environment(d->engine, cmd);
}

void plan_draft(struct engine *e, struct engine_command *cmd)
{
    struct drafts *d = engine_part_state(e, &plan_draft_part);
    cancel(d, "a newer draft took its place");
    d->waiting = cmd;
    if (d->timer)
        loop_cancel_timer(e->loop, d->timer);
    d->timer = loop_after(e->loop, REST_MS, on_rest, d);
}

static int start(struct engine *e, void **state, struct err *err)
{
    (void)err;
    struct drafts *d = mem_new(struct drafts);
    d->engine = e;
    *state = d;
    return 0;
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct drafts *d = state;
    if (d->timer)
        loop_cancel_timer(d->engine->loop, d->timer);
    cancel(d, "the program ends");
    mem_free(d);
}

const struct engine_part plan_draft_part = {.name = "drafts", .start = start, .stop = stop};
