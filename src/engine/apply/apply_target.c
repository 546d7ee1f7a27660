// SPDX-License-Identifier: Apache-2.0
/*
 * One target of a release: the environment's namespace where it is missing, the parent of the set
 * with everything that is or will be in it, then group by group what is to be applied, each waited
 * for where others stand on it, then what is to be deleted, in reverse, the parent with exactly
 * what is in it, and at last a namespace that leeway made and that is empty. Between any two
 * requests it can be paused, aborted or killed.
 */
#include "engine/apply/apply_int.h"

#include "config.h"

#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "kube/kstatus.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

enum {
    PHASE_NAMESPACE,
    PHASE_PARENT,
    PHASE_GROUPS,
    PHASE_PARENT_EXACT,
    PHASE_NAMESPACE_GOES,
    PHASE_END
};
enum { IN_FLIGHT_MAX = 96, WAIT_MS = 300, WAIT_FOR_MS = 60000 };

enum { PARENT_TRIES = 8, PARENT_TRY_MS = 250 };

static void lead_on(struct release_target *t);
static void read_parent_back(struct release_target *t);

void apply_target_fail(struct release_target *t, const char *text)
{
    t->failed = true;
    struct release_target_row *row = &t->release->row->targets.items[t - t->release->targets];
    if (!*row->error) {
        mem_free(row->error);
        row->error = mem_strdup(text);
    }
}

/* ---- the parent ---- */

static void scope_of_plan(struct release_target *t, struct applyset_scope *out)
{
    const struct plan *p = t->release->plan;
    applyset_scope_init(out);
    for (size_t i = 0; i < t->n_items; i++) {
        const struct plan_row *r = t->items[i].row;
        if (r->own_namespace)
            continue;
        if (r->action != LEEWAY_ACTION_DELETE && r->body &&
            val_get(val_at(r->body, "metadata", "labels", NULL), APPLYSET_PART_OF))
            applyset_scope_add(out, r->group, r->kind, r->namespace_);
        /* what stays although it left is still a member, and so is what was not confirmed */
        else if ((r->action == LEEWAY_ACTION_STAYS && !r->forbidden) ||
                 (r->action == LEEWAY_ACTION_DELETE && r->traits->shared &&
                  !t->release->confirm_shared))
            applyset_scope_add(out, r->group, r->kind, r->namespace_);
    }
    /* of what was not looked at, or may not be, nothing is known */
    if (!p->complete || *t->plan->forbidden)
        applyset_scope_join(out, &t->scope);
}

static void on_parent_time(void *ctx)
{
    struct release_target *t = ctx;
    t->parent_timer = NULL;
    if (t->cluster && !t->release->aborting)
        read_parent_back(t);
    else
        apply_target_step(t);
}

/* It passes, or nobody knows what became of it: later again, from what is there by then. */
static bool parent_again(struct release_target *t, const struct kube_error *error)
{
    bool passes = error->fate == KUBE_FATE_UNKNOWN || error->fate == KUBE_FATE_TRANSIENT;
    if (!passes || t->release->aborting || t->parent_tries == PARENT_TRIES)
        return false;
    t->parent_timer = loop_after(t->release->engine->loop,
                                 (int64_t)PARENT_TRY_MS << t->parent_tries++, on_parent_time, t);
    return true;
}

static void on_parent_written(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_target *t = ctx;
    (void)object;
    engine_fault("parent-written");
    if (parent_again(t, reply->error))
        return;
    t->parent_tries = 0;
    if (reply->error->code) {
        char *text = mem_printf("the parent of its set: %s", reply->error->text);
        release_fail(t->release, reply->error->code, "%s: %s", t->plan->cluster, text);
        apply_target_fail(t, text);
        mem_free(text);
    }
    apply_target_step(t);
}

static void write_parent(struct release_target *t, const struct applyset_scope *scope)
{
    const struct plan *p = t->release->plan;
    struct val_pool pool;
    struct err e = ERR_INIT;
    val_pool_init(&pool);
    struct buf record;
    buf_init(&record, APPLYSET_RECORD_MAX);
    apply_record(t, t->phase > PHASE_GROUPS, &record);
    const struct val *body =
        applyset_parent(&pool, p->environment, p->namespace_, "leeway/" PACKAGE_VERSION, scope,
                        record.data, record.len);
    const struct kube_target at = {
        "",  "v1", "secrets", p->namespace_, applyset_parent_name(&pool.arena, p->environment),
        NULL};
    /* the set is ours: who else wrote into its parent is overruled, as kubectl does */
    const struct kube_apply_options o = {
        .common = {.wait = true}, .field_manager = APPLYSET_MANAGER, .force = true};
    t->pending++;
    if (!kube_apply(t->cluster->kube, &at, body, &o, on_parent_written, t, &e)) {
        apply_target_fail(t, e.text);
        t->pending--;
    }
    err_clear(&e);
    buf_clear(&record);
    val_pool_clear(&pool);
}

static void on_parent_deleted(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    if (reply->error->code == ERR_NOT_FOUND)
        apply_target_step(ctx);
    else
        on_parent_written(ctx, object, reply);
}

/* A set that has no member any more goes. */
static void delete_parent(struct release_target *t)
{
    const struct plan *p = t->release->plan;
    struct arena a;
    arena_init(&a);
    const struct kube_target at = {
        "", "v1", "secrets", p->namespace_, applyset_parent_name(&a, p->environment), NULL};
    const struct kube_delete_options o = {.common = {.wait = true},
                                          .propagation = KUBE_PROPAGATION_BACKGROUND,
                                          .uid = t->parent_uid,
                                          .grace_s = -1};
    t->pending++;
    kube_delete(t->cluster->kube, &at, &o, on_parent_deleted, t);
    arena_clear(&a);
}

/* The parent with what it has to have by now. */
static void write_scope(struct release_target *t, bool missing)
{
    struct applyset_scope all;
    scope_of_plan(t, &all);
    if (!all.kinds.len && strcmp(t->release->plan->kind, "destroy") == 0 &&
        (missing || t->phase > PHASE_GROUPS)) {
        if (!missing)
            delete_parent(t);
        applyset_scope_clear(&all);
        return;
    }
    if (t->phase <= PHASE_GROUPS)
        applyset_scope_join(&all, &t->scope);
    if (missing || !applyset_scope_equal(&all, &t->scope) || t->phase > PHASE_GROUPS)
        write_parent(t, &all);
    applyset_scope_clear(&all);
}

static void on_parent_read(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_target *t = ctx;
    struct err e = ERR_INIT;
    bool missing = reply->error->code == ERR_NOT_FOUND;
    if (!missing && parent_again(t, reply->error))
        return;
    t->parent_tries = 0;
    if (reply->error->code && !missing) {
        apply_target_fail(t, reply->error->text);
    } else if (applyset_read(missing ? NULL : live, t->set_id, t->release->plan->namespace_,
                             &t->scope, &e)) {
        release_fail(t->release, e.code, "%s: %s", t->plan->cluster, e.text);
        apply_target_fail(t, e.text);
    } else {
        snprintf(t->parent_uid, sizeof(t->parent_uid), "%s",
                 val_str(val_at(live, "metadata", "uid", NULL), ""));
        write_scope(t, missing);
    }
    err_clear(&e);
    apply_target_step(t);
}

static void read_parent_back(struct release_target *t)
{
    const struct plan *p = t->release->plan;
    struct arena a;
    arena_init(&a);
    const struct kube_target at = {
        "", "v1", "secrets", p->namespace_, applyset_parent_name(&a, p->environment), NULL};
    const struct kube_write_common o = {.wait = true};
    kube_read(t->cluster->kube, &at, &o, on_parent_read, t);
    arena_clear(&a);
}

static void read_parent(struct release_target *t)
{
    t->pending++;
    read_parent_back(t);
}

/* ---- readiness ---- */

static void ask_ready(struct release_item *it);

static void end_wait(struct release_item *it)
{
    struct release_target *t = it->t;
    t->waits--;
    if (!t->waits)
        apply_show_target(t, LEEWAY_TARGET_APPLYING, "");
    apply_target_step(t);
}

static void on_ready(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    struct release_target *t = it->t;
    struct engine *e = t->release->engine;
    struct kstatus_result s = {.status = KSTATUS_UNKNOWN, .reason = "", .message = ""};
    struct arena a;
    arena_init(&a);
    if (live)
        kstatus_compute(&a, live, engine_wall_ms(e), &s, NULL);
    char *words =
        mem_printf("%s/%s: %s", it->row->kind, it->row->name,
                   live ? *s.message ? s.message : kstatus_word(s.status) : reply->error->text);
    if (s.status == KSTATUS_CURRENT || t->release->aborting) {
        end_wait(it);
    } else if (s.status == KSTATUS_FAILED || engine_boot_ms(e) > it->ready_until_ms) {
        release_fail(t->release, ERR_TIMEOUT, "%s: %s is not ready", t->plan->cluster, words);
        apply_target_fail(t, words);
        end_wait(it);
    } else {
        apply_show_target(t, LEEWAY_TARGET_WAITING, words);
        apply_item_rest(it, WAIT_MS, ask_ready);
    }
    mem_free(words);
    arena_clear(&a);
}

static void ask_ready(struct release_item *it)
{
    const struct plan_row *r = it->row;
    const struct kube_target at = {r->group, r->version, r->plural, r->namespace_, r->name, NULL};
    const struct kube_write_common o = {.wait = true};
    if (it->t->cluster)
        kube_read(it->t->cluster->kube, &at, &o, on_ready, it);
    else
        end_wait(it);
}

/* Definitions and namespaces are there within a second or so, and few: reads of these few for at
 * most a minute cost less than a watch of each, which would have to be begun, read and ended. */
static void wait_for(struct release_item *it)
{
    it->ready_until_ms = engine_boot_ms(it->t->release->engine) + WAIT_FOR_MS;
    it->t->waits++;
    it->t->pending++;
    ask_ready(it);
}

/* ---- groups ---- */

static bool stopped(const struct release_target *t)
{
    return release_stopped(t->release) || t->rechecking;
}

static bool same_group(const struct release_item *a, const struct release_item *b)
{
    return apply_item_is_delete(a) == apply_item_is_delete(b) && a->row->wave == b->row->wave &&
           a->row->traits->stage == b->row->traits->stage &&
           a->row->traits->order == b->row->traits->order;
}

static bool is_sent(const struct release_item *it)
{
    return plan_row_is_sent(it->row) && it->result != STORE_DONE && !it->sent &&
           !plan_row_goes_last(it->row);
}

/* Sends what may be sent of the group; true while there is more to come of it. */
static bool send_group(struct release_target *t)
{
    while (t->at < t->group_end && t->in_flight < IN_FLIGHT_MAX) {
        struct release_item *it = &t->items[t->at];
        if (is_sent(it)) {
            if (t->failed || stopped(t))
                return true;
            apply_item_begin(it);
        }
        t->at++;
    }
    return t->at < t->group_end;
}

static void next_group(struct release_target *t)
{
    size_t from = t->at;
    t->group_end = from;
    t->waited = false;
    while (t->group_end < t->n_items && same_group(&t->items[from], &t->items[t->group_end]))
        t->group_end++;
}

/* The group was sent: what others stand on has to be there before they come. */
static void wait_for_group(struct release_target *t)
{
    size_t end = t->group_end;
    for (size_t i = end; i-- > 0 && same_group(&t->items[i], &t->items[end - 1]);)
        if (t->items[i].row->traits->wait && t->items[i].sent && !t->items[i].failed &&
            !apply_item_is_delete(&t->items[i]))
            wait_for(&t->items[i]);
}

static void send_groups(struct release_target *t)
{
    while (!t->pending && !t->failed && !stopped(t)) {
        if (t->at == t->n_items) {
            t->phase = PHASE_PARENT_EXACT;
            return;
        }
        if (apply_wave_waits(t)) {
            apply_wave_begin(t);
            return;
        }
        next_group(t);
        send_group(t);
        if (t->at == t->group_end && !t->pending)
            continue; /* nothing in it had to be sent */
        if (!t->pending)
            return;
    }
}

/* ---- the way through ---- */

static void send_namespace(struct release_target *t)
{
    for (size_t i = 0; i < t->n_items; i++) {
        struct release_item *it = &t->items[i];
        if (it->row->action == LEEWAY_ACTION_CREATE && strcmp(it->row->kind, "Namespace") == 0 &&
            !*it->row->group && strcmp(it->row->name, t->release->plan->namespace_) == 0 &&
            is_sent(it))
            apply_item_begin(it);
    }
}

static void end(struct release_target *t)
{
    if (t->over)
        return;
    t->over = true;
    loop_cancel_timer(t->release->engine->loop, t->parent_timer);
    loop_cancel_timer(t->release->engine->loop, t->recheck_timer);
    t->parent_timer = t->recheck_timer = NULL;
    apply_item_end_all(t);
    release_target_over(t);
}

/* What could be done is done; that it is not all is no success. */
static void say_forbidden(struct release_target *t)
{
    const char *what = t->plan->forbidden;
    if (!*what || t->failed)
        return;
    char *text = mem_printf("forbidden: %s; the rest is done", what);
    release_fail(t->release, ERR_FORBIDDEN, "%s: %s", t->plan->cluster, text);
    apply_target_fail(t, text);
    mem_free(text);
}

static void lead_on(struct release_target *t)
{
    while (!t->pending && !t->over) {
        if (t->failed || !t->cluster || t->release->aborting) {
            end(t);
            return;
        }
        if (stopped(t)) {
            apply_show_target(t, LEEWAY_TARGET_WAITING,
                              t->rechecking ? "a look at what was not sent yet" : "paused");
            return;
        }
        switch (t->phase) {
        case PHASE_NAMESPACE:
            t->phase = PHASE_PARENT;
            send_namespace(t);
            break;
        case PHASE_PARENT:
            t->phase = PHASE_GROUPS;
            read_parent(t);
            break;
        case PHASE_GROUPS:
            send_groups(t);
            break;
        case PHASE_PARENT_EXACT:
            t->phase = PHASE_NAMESPACE_GOES;
            write_scope(t, false);
            break;
        case PHASE_NAMESPACE_GOES:
            t->phase = PHASE_END;
            apply_namespace_begin(t);
            break;
        default:
            say_forbidden(t);
            end(t);
        }
    }
}

void apply_target_step(struct release_target *t)
{
    t->pending--;
    if (t->over)
        return;
    if (t->phase == PHASE_GROUPS && t->group_end && !send_group(t) && !t->pending && !t->failed &&
        !t->waited && !stopped(t)) {
        t->waited = true;
        wait_for_group(t);
    }
    lead_on(t);
}

void apply_target_go_on(struct release_target *t)
{
    lead_on(t);
}

/* ---- after a gap ---- */

enum { RECHECK_MS = 2000 };

static void recheck(struct release_target *t);

static void on_recheck(void *ctx)
{
    struct release_target *t = ctx;
    t->recheck_timer = NULL;
    recheck(t);
}

static void on_rechecked(struct release_target *t, size_t unread)
{
    if (t->over)
        return;
    if (t->moved)
        apply_target_fail(t, t->release->error.text);
    if (unread && !t->failed && !t->release->aborting) { /* networks take a while to come back */
        t->recheck_timer = loop_after(t->release->engine->loop, RECHECK_MS, on_recheck, t);
        return;
    }
    t->rechecking = false;
    apply_show_target(t, LEEWAY_TARGET_APPLYING, "");
    apply_target_step(t);
}

static void recheck(struct release_target *t)
{
    if (t->cluster && !t->release->aborting)
        apply_check_rest(t, on_rechecked);
    else
        on_rechecked(t, 0);
}

void apply_target_gap(struct release_target *t, int64_t gap_ms)
{
    for (size_t i = 0; i < t->n_items; i++) {
        t->items[i].began_ms += gap_ms;
        t->items[i].ready_until_ms += gap_ms;
    }
    apply_wave_gap(t, gap_ms);
    if (t->rechecking)
        return;
    t->rechecking = true;
    t->pending++;
    /* not before the connections were given up */
    t->recheck_timer = loop_after(t->release->engine->loop, 0, on_recheck, t);
}

static void on_stage_opened(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct release_target *t = ctx;
    engine_fault("stage-opened");
    if (err)
        apply_target_fail(t, err->text);
    apply_target_step(t);
}

void apply_target_begin(struct release_target *t)
{
    struct engine *e = t->release->engine;
    t->pending++;
    apply_show_target(t, LEEWAY_TARGET_APPLYING, "");
    store_put_stage_opened(e->store, t->release->plan->environment_uuid, t->release->number,
                           t->plan->cluster_uid, 0, (struct store_ack){on_stage_opened, t});
}
