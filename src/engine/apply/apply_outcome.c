// SPDX-License-Identifier: Apache-2.0
/*
 * Writes that did not end with an answer. Where nothing was done they are tried again; where nobody
 * knows, the object is read back before anything else happens to it, and what is there decides. An
 * abort sends nothing new: what the server never got is withdrawn, what it got has as long as a
 * server takes at most, and is read back then; whether a body arrived is asked by a dry run of it,
 * which changes nothing.
 */
#include "engine/apply/apply_int.h"

#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "store/store_put.h"

#include <string.h>

enum {
    TRY_FIRST_MS = 250,
    TRY_LAST_MS = 5000,
    TRY_FOR_MS = 60000,
    READ_BACK_MS = 1000,  /* between reads of what is not decided yet */
    READ_LEAST_MS = 5000, /* that a read may take when the time is up */
};

static int64_t now_of(const struct release_item *it)
{
    return engine_boot_ms(it->t->release->engine);
}

static struct kube_target target_of(const struct plan_row *r)
{
    return (struct kube_target){r->group, r->version, r->plural, r->namespace_, r->name, NULL};
}

/* ---- again ---- */

static void on_rested(void *ctx)
{
    struct release_item *it = ctx;
    it->timer = NULL;
    it->rested(it);
}

void apply_item_rest(struct release_item *it, int64_t ms, void (*then)(struct release_item *it))
{
    it->rested = then;
    it->timer = loop_after(it->t->release->engine->loop, ms, on_rested, it);
}

/* False: it has been tried for long enough. */
static bool again(struct release_item *it)
{
    int64_t wait = TRY_FIRST_MS;
    for (int i = 0; i < it->tries && wait < TRY_LAST_MS; i++)
        wait *= 2;
    if (now_of(it) - it->began_ms > TRY_FOR_MS || it->t->release->aborting)
        return false;
    it->tries++;
    apply_item_rest(it, wait, apply_item_send);
    return true;
}

/* ---- what is there ---- */

static void read_back(struct release_item *it);

static void not_known(struct release_item *it)
{
    apply_item_fail(it, ERR_UNKNOWN_OUTCOME, "whether it was written is not known",
                    "look at the object, then apply the plan again");
}

static bool time_is_up(const struct release_item *it)
{
    const struct release *r = it->t->release;
    return r->aborting ? now_of(it) >= r->aborted_ms + APPLY_IN_FLIGHT_MS
                       : now_of(it) - it->unknown_ms > TRY_FOR_MS;
}

/* Nothing of it is there. While the server may still be at it that is no answer. */
static void was_not_written(struct release_item *it)
{
    if (!it->t->release->aborting) {
        if (!again(it))
            not_known(it);
    } else if (!time_is_up(it)) {
        apply_item_rest(it, READ_BACK_MS, read_back);
    } else {
        apply_show_note(it->t, LEEWAY_DEGRADED, "it was not written before the abort");
        apply_item_leave(it);
    }
}

static bool is_ours(const struct val *live)
{
    const struct val *list = val_at(live, "metadata", "managedFields", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "manager"), PLAN_MANAGER) &&
            val_str_is(val_get(val_item(list, i), "operation"), "Apply"))
            return true;
    return false;
}

/* The dry run of what was sent: if it would change nothing, it is what is there. */
static void on_asked(void *ctx, const struct val *would, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    if (!e->code && would && plan_is_same(&it->pool, it->live, would))
        apply_item_applied(it, it->live, it->row->action == LEEWAY_ACTION_CREATE);
    else if (!e->code || e->why == KUBE_WHY_FIELD_CONFLICT || e->why == KUBE_WHY_UID_CONFLICT)
        was_not_written(it);
    else if (!time_is_up(it))
        apply_item_rest(it, READ_BACK_MS, read_back);
    else
        not_known(it);
}

static void ask(struct release_item *it, const struct val *live)
{
    struct err e = ERR_INIT;
    const struct kube_target t = target_of(it->row);
    const struct kube_apply_options o = {.common = {.dry_run = true, .deadline_ms = READ_LEAST_MS},
                                         .field_manager = PLAN_MANAGER};
    it->live = val_copy(&it->pool, live);
    if (!kube_apply(it->t->cluster->kube, &t, it->body, &o, on_asked, it, &e))
        apply_item_fail(it, e.code, e.text, e.hint);
    err_clear(&e);
}

static void decide_delete(struct release_item *it, const struct val *live, bool same)
{
    bool goes = live && same && val_at(live, "metadata", "deletionTimestamp", NULL);
    if (live && same && !goes)
        was_not_written(it);
    else if (it->row->action == LEEWAY_ACTION_REPLACE)
        apply_item_await_gone(it);
    else
        apply_item_deleted(it, !live || same ? "deleted"
                                             : "was gone already; another object has its name");
}

static void decide_write(struct release_item *it, const struct val *live, bool same)
{
    bool made = !*it->row->uid || it->deleted; /* by us, if it is there */
    if (!made && !live)
        apply_item_fail(it, ERR_MOVED, "it was deleted by somebody while it was written",
                        "plan again");
    else if (!made && !same)
        apply_item_fail(it, ERR_MOVED, "it was replaced by somebody while it was written",
                        "plan again");
    else if (made && live && !is_ours(live))
        apply_item_fail(it, ERR_MOVED, "somebody else made it while it was written", "plan again");
    else if (live && it->t->release->aborting && it->body)
        ask(it, live);
    else
        was_not_written(it);
}

static void on_read_back(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    bool missing = e->code == ERR_NOT_FOUND && e->why != KUBE_WHY_KIND_UNSERVED;
    bool same = live && val_str_is(val_at(live, "metadata", "uid", NULL), it->row->uid);
    if (!missing && (e->code || !live)) {
        if (time_is_up(it))
            not_known(it);
        else
            apply_item_rest(it, READ_BACK_MS, read_back);
    } else if (apply_item_is_delete(it) ||
               (it->row->action == LEEWAY_ACTION_REPLACE && !it->deleted)) {
        decide_delete(it, live, same);
    } else {
        decide_write(it, live, same);
    }
}

static void read_back(struct release_item *it)
{
    const struct release *r = it->t->release;
    const struct kube_target t = target_of(it->row);
    struct kube_write_common o = {.wait = true};
    if (!it->t->cluster) {
        not_known(it);
        return;
    }
    if (r->aborting) {
        int64_t left = r->aborted_ms + APPLY_IN_FLIGHT_MS - now_of(it);
        o.deadline_ms = left > READ_LEAST_MS ? left : READ_LEAST_MS;
    }
    kube_read(it->t->cluster->kube, &t, &o, on_read_back, it);
}

static void outcome_unknown(struct release_item *it)
{
    const struct release *r = it->t->release;
    const struct store_result unknown = {.environment = r->plan->environment_uuid,
                                         .number = r->number,
                                         .cluster = it->t->plan->cluster_uid,
                                         .position = it->row->position,
                                         .state = STORE_UNKNOWN_OUTCOME,
                                         .uid = it->row->uid,
                                         .error = "its outcome is not known"};
    it->result = STORE_UNKNOWN_OUTCOME;
    it->unknown_ms = now_of(it);
    store_put_result(r->engine->store, &unknown, NULL, STORE_NO_ACK);
    apply_show_note(it->t, LEEWAY_CHANGING, "outcome unknown: reading it back");
    read_back(it);
}

bool apply_item_passing(struct release_item *it, const struct kube_error *error)
{
    if (error->fate == KUBE_FATE_UNKNOWN) {
        outcome_unknown(it);
        return true;
    }
    bool later = error->fate == KUBE_FATE_TRANSIENT || error->why == KUBE_WHY_KIND_UNSERVED ||
                 (error->why == KUBE_WHY_NAMESPACE_MISSING &&
                  it->row->action == LEEWAY_ACTION_CREATE && it->row->checked_at_apply);
    if (later && it->t->release->aborting) {
        apply_item_leave(it);
        return true;
    }
    if (!later || !again(it))
        return false;
    apply_show_target(it->t, LEEWAY_TARGET_APPLYING, error->text);
    return true;
}

/* ---- what is under way ---- */

static void on_written(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    it->call = NULL;
    loop_cancel_timer(it->t->release->engine->loop, it->limit);
    it->limit = NULL;
    it->written(it, object, reply);
}

kube_object_fn *apply_item_writes(struct release_item *it, kube_object_fn *then)
{
    it->written = then;
    return on_written;
}

static void on_limit(void *ctx)
{
    struct release_item *it = ctx;
    it->limit = NULL;
    kube_cancel(it->call);
    it->call = NULL;
    outcome_unknown(it);
}

void apply_item_abort(struct release_item *it)
{
    struct loop *loop = it->t->release->engine->loop;
    if (it->call && kube_call_is_out(it->call)) {
        it->limit = loop_after(loop, APPLY_IN_FLIGHT_MS, on_limit, it);
    } else if (it->call || (it->timer && it->rested == apply_item_send)) {
        kube_cancel(it->call);
        loop_cancel_timer(loop, it->timer);
        it->call = NULL;
        it->timer = NULL;
        apply_item_leave(it);
    }
}
