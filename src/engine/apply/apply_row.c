// SPDX-License-Identifier: Apache-2.0
/*
 * One object of a release. Bodies go out without force; what the server then names as conflicts is
 * forced only when the plan approved each of them, on the version of the object that was looked at.
 * Deletions are on disk before they are sent, and name the uid. What becomes of a write without an
 * answer is in apply_outcome.c.
 */
#include "engine/apply/apply_int.h"

#include "data/json.h"
#include "engine/answers/contract.h"
#include "engine/answers/exceptions.h"
#include "engine/drift/drift.h"
#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

enum {
    FORCE_TRIES = 5,
    GONE_EVERY_MS = 250, /* waiting for finalizers: few objects, and one read each */
    GONE_FOR_MS = 60000,
};

static struct engine *engine_of(const struct release_item *it)
{
    return it->t->release->engine;
}

static struct kube_target target_of(const struct plan_row *r)
{
    return (struct kube_target){r->group, r->version, r->plural, r->namespace_, r->name, NULL};
}

static struct store_object object_of(const struct plan_row *r)
{
    return (struct store_object){r->api_version, r->kind, r->namespace_, r->name};
}

bool apply_item_is_delete(const struct release_item *it)
{
    return it->row->action == LEEWAY_ACTION_DELETE;
}

/* After an abort nothing is sent; but what was deleted to be replaced is not left away. */
static bool may_write(const struct release_item *it)
{
    return !it->t->release->aborting || it->deleted;
}

/* ---- the end of it ---- */

static void let_go(struct release_item *it)
{
    const struct store_object o = object_of(it->row);
    if (it->held)
        drift_let_go(it->t->target, &o);
    it->held = false;
}

void apply_item_leave(struct release_item *it)
{
    struct release_target *t = it->t;
    let_go(it);
    it->done = true;
    t->in_flight--;
    val_pool_clear(&it->pool);
    it->body = it->live = NULL;
    apply_target_step(t);
}

static struct store_result result_of(struct release_item *it, enum store_result_state state,
                                     const char *uid, const char *error)
{
    it->result = state;
    return (struct store_result){.environment = it->t->release->plan->environment_uuid,
                                 .number = it->t->release->number,
                                 .cluster = it->t->plan->cluster_uid,
                                 .position = it->row->position,
                                 .plain = it->row->action != LEEWAY_ACTION_DELETE &&
                                          it->row->action != LEEWAY_ACTION_REPLACE,
                                 .state = state,
                                 .uid = uid,
                                 .error = error};
}

static void on_result(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct release_item *it = ctx;
    engine_fault("result-stored");
    if (err)
        apply_target_fail(it->t, err->text);
    apply_item_leave(it);
}

void apply_item_fail(struct release_item *it, int code, const char *text, const char *hint)
{
    struct engine *e = engine_of(it);
    const struct store_result r = result_of(it, STORE_FAILED, it->row->uid, text);
    it->failed = true;
    char *what = mem_printf("%s/%s: %s", it->row->kind, it->row->name, text);
    release_fail(it->t->release, code, "%s: %s", it->t->plan->cluster, what);
    if (hint)
        err_hint(&it->t->release->error, "%s", hint);
    apply_target_fail(it->t, what);
    apply_show_done(it, LEEWAY_FAILED, text);
    mem_free(what);
    store_put_result(e->store, &r, NULL, (struct store_ack){on_result, it});
}

static void fail_reply(struct release_item *it, const struct kube_error *error)
{
    apply_item_fail(it, error->code, error->text, error->hint);
}

static struct digest body_digest(const struct release_item *it)
{
    struct buf text;
    buf_init(&text, STORE_MAX_BYTES);
    json_write(&text, it->row->body, JSON_CANONICAL);
    struct digest d = digest_sha256(buf_str(&text), text.len);
    buf_clear(&text);
    return d;
}

/* The record of it: what was answered lasts for all later releases. */
static void handed_over(struct release_item *it)
{
    const struct plan_row *r = it->row;
    struct release *rel = it->t->release;
    struct contract *c = contract_read(r->contract, strlen(r->contract), NULL);
    for (size_t i = 0; c && i < c->n_leaves; i++) {
        const struct contract_leaf *l = &c->leaves[i];
        struct err e = ERR_INIT;
        struct buf path;
        buf_init(&path, BUF_SMALL);
        (void)!path_format(&path, l->path, PATH_STYLE_SERVER);
        const struct store_exception x = {.environment = rel->plan->environment_uuid,
                                          .cluster = it->t->plan->cluster_uid,
                                          .object = object_of(r),
                                          .path = buf_str(&path),
                                          .manager = "",
                                          .match = STORE_MATCH_HANDED_OVER,
                                          .matches = "",
                                          .reason = l->why};
        if (*l->why && !exceptions_handed_over(rel->engine, it->t->target, &x.object, x.path) &&
            exceptions_add(rel->engine, &x, &e))
            engine_message(rel->engine, LEEWAY_FAILED, rel->plan->environment, e.hint, "%s",
                           e.text);
        buf_clear(&path);
        err_clear(&e);
    }
    contract_free(c);
}

void apply_item_applied(struct release_item *it, const struct val *object, bool created)
{
    struct engine *e = engine_of(it);
    struct arena a;
    struct err err = ERR_INIT;
    struct store_given given = {0};
    if (apply_initial_next(it, object))
        return;
    arena_init(&a);
    struct digest body = body_digest(it);
    engine_fault("sent");
    const char *kind = it->t->release->plan->kind;
    bool hands = strcmp(kind, "handover") == 0, revert = hands || strcmp(kind, "revert") == 0;
    if (hands)
        handed_over(it);
    if (apply_namespace_is_made(it, object, created) &&
        drift_given(it->t->target, object, revert ? NULL : &body, it->row->contract,
                    it->t->release->number, &a, &given, &err)) {
        apply_item_fail(it, err.code, err.text, err.hint);
    } else {
        const struct store_result r =
            result_of(it, STORE_DONE, val_str(val_at(object, "metadata", "uid", NULL), ""), "");
        apply_show_done(it, LEEWAY_OK,
                        it->row->action == LEEWAY_ACTION_REPLACE ? "replaced"
                        : created                                ? "created"
                        : it->forced || apply_adopts(it->row)    ? "taken over"
                                                                 : "updated");
        store_put_result(e->store, &r, given.uid ? &given : NULL,
                         (struct store_ack){on_result, it});
    }
    err_clear(&err);
    arena_clear(&a);
}

void apply_item_deleted(struct release_item *it, const char *what)
{
    struct engine *e = engine_of(it);
    const struct store_object o = object_of(it->row);
    const struct store_result r = result_of(it, STORE_DONE, it->row->uid, "");
    drift_forget(it->t->target, &o);
    apply_show_done(it, LEEWAY_OK, what);
    store_put_result(e->store, &r, NULL, (struct store_ack){on_result, it});
}

static int put_kept(void *ctx, const struct store_given *given)
{
    struct release_item *it = ctx;
    const struct store_result r = result_of(it, STORE_DONE, it->row->uid, "");
    store_put_result(engine_of(it)->store, &r, given, (struct store_ack){on_result, it});
    return 0;
}

void apply_item_kept(struct release_item *it, const char *why)
{
    const struct store_object o = object_of(it->row);
    const struct release *r = it->t->release;
    struct err e = ERR_INIT;
    char *what = mem_printf("kept: %s", why);
    apply_show_done(it, LEEWAY_OK, what);
    if (store_with_given(engine_of(it)->view, r->plan->environment_uuid, it->t->plan->cluster_uid,
                         &o, put_kept, it, &e) ||
        it->result != STORE_DONE)
        put_kept(it, NULL);
    err_clear(&e);
    mem_free(what);
}

/* ---- force, as approved ---- */

static bool is_approved(const struct plan_row *row, const struct kube_conflict *c)
{
    for (size_t i = 0; i < row->fields.len; i++) {
        const struct plan_field *f = &row->fields.items[i];
        if (f->choice == LEEWAY_CHOICE_TAKE_OVER && strcmp(f->path, c->field) == 0 &&
            strcmp(f->manager, c->manager) == 0 && strcmp(f->operation, c->operation) == 0 &&
            strcmp(f->subresource, c->subresource) == 0)
            return true;
    }
    return false;
}

/* The first conflict that nobody approved, as a sentence in a; NULL: all were. */
static const char *not_approved(struct arena *a, const struct plan_row *row,
                                const struct kube_error *error)
{
    for (size_t i = 0; i < error->causes_len; i++) {
        struct kube_conflict c;
        if (!kube_parse_conflict(a, &error->causes[i], &c))
            return arena_printf(a, "a conflict that is not understood: %s",
                                error->causes[i].message);
        if (!is_approved(row, &c))
            return arena_printf(a, "%s took %s since the plan was made", c.manager, c.field);
    }
    return error->causes_len ? NULL : "a conflict without a cause";
}

/* The values that the person saw and agreed to overrule. */
static const char *changed_value(struct release_item *it, const struct val *live)
{
    struct plan *p = it->t->release->plan;
    for (size_t i = 0; i < it->row->fields.len; i++) {
        const struct plan_field *f = &it->row->fields.items[i];
        struct path path;
        struct err e = ERR_INIT;
        if (f->choice != LEEWAY_CHOICE_TAKE_OVER || strcmp(f->path, PLAN_WHOLE) == 0 || !*f->before)
            continue;
        int rc = path_parse(&it->pool, f->path, strlen(f->path), &path, &e);
        err_clear(&e);
        if (rc)
            continue;
        const struct val *now = path_resolve(live, path, NULL, NULL);
        const char *words = plan_value_words(p, now, it->row->secret, plan_hmac, engine_of(it));
        if (strcmp(words, f->before) != 0)
            return plan_fmt(p, "%s is %s now, not %s", f->path, words, f->before);
    }
    return NULL;
}

static const struct val *with_meta(struct val_pool *p, const struct val *body, const char *key,
                                   const char *value)
{
    const struct val *meta = val_get(body, "metadata");
    meta = val_map_with(p, meta, key, val_box(p, val_of_str(p, value)));
    return val_map_with(p, body, "metadata", meta);
}

static void read_for_force(struct release_item *it);

static void on_forced(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    if (!e->code && object)
        apply_item_applied(it, object, false);
    else if (e->why == KUBE_WHY_VERSION_CONFLICT && it->forced < FORCE_TRIES)
        read_for_force(it);
    else if (e->why == KUBE_WHY_VERSION_CONFLICT)
        apply_item_fail(it, ERR_MOVED, "somebody keeps changing it", "plan again");
    else if (!apply_item_passing(it, e))
        fail_reply(it, e);
}

static void patch_version(struct release_item *it, bool dry, kube_object_fn *fn)
{
    struct err err = ERR_INIT;
    const struct kube_target t = target_of(it->row);
    const struct val *body = with_meta(&it->pool, it->body, "resourceVersion", it->version);
    const struct kube_apply_options o = {
        .common = {.wait = true, .dry_run = dry}, .field_manager = PLAN_MANAGER, .force = !dry};
    it->call = kube_apply(it->t->cluster->kube, &t, body, &o, apply_item_writes(it, fn), it, &err);
    if (!it->call)
        apply_item_fail(it, err.code, err.text, err.hint);
    err_clear(&err);
}

static void force(struct release_item *it)
{
    if (may_write(it))
        patch_version(it, false, on_forced);
    else
        apply_item_leave(it);
}

/* The conflicts of exactly the version that is to be forced. */
static void on_causes(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    const char *why = NULL;
    if (e->why == KUBE_WHY_FIELD_CONFLICT)
        why = not_approved(&it->pool.arena, it->row, e);
    if (why)
        apply_item_fail(it, ERR_MOVED, why, "plan again");
    else if (e->why == KUBE_WHY_FIELD_CONFLICT || (!e->code && object))
        force(it);
    else if (e->why == KUBE_WHY_VERSION_CONFLICT && it->forced < FORCE_TRIES)
        read_for_force(it);
    else if (!apply_item_passing(it, e))
        fail_reply(it, e);
}

static void on_live(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    if (reply->error->code || !live) {
        if (!apply_item_passing(it, reply->error))
            fail_reply(it, reply->error);
        return;
    }
    const char *why = changed_value(it, live);
    if (why) {
        apply_item_fail(it, ERR_MOVED, why, "plan again");
        return;
    }
    it->version = arena_strdup(&it->pool.arena,
                               val_str(val_at(live, "metadata", "resourceVersion", NULL), ""));
    patch_version(it, true, on_causes);
}

static void read_for_force(struct release_item *it)
{
    const struct kube_target t = target_of(it->row);
    const struct kube_write_common o = {.wait = true};
    it->forced++;
    kube_read(it->t->cluster->kube, &t, &o, on_live, it);
}

/* ---- apply ---- */

static void on_applied(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    const char *why;
    if (!e->code && object)
        apply_item_applied(it, object, reply->status == 201);
    else if (e->why == KUBE_WHY_FIELD_CONFLICT) {
        if ((why = not_approved(&it->pool.arena, it->row, e)))
            apply_item_fail(it, ERR_MOVED, why, "plan again");
        else
            read_for_force(it);
    } else if (e->why == KUBE_WHY_UID_CONFLICT)
        apply_item_fail(it, ERR_MOVED, "it was deleted or replaced since the plan was made",
                        "plan again");
    else if (!apply_item_passing(it, e))
        fail_reply(it, e);
}

static void patch(struct release_item *it, const struct val *body, kube_object_fn *fn)
{
    struct err err = ERR_INIT;
    const struct kube_target t = target_of(it->row);
    const struct kube_apply_options o = {.common = {.wait = true}, .field_manager = PLAN_MANAGER};
    if (!may_write(it)) {
        apply_item_leave(it);
        return;
    }
    engine_fault("sending");
    it->call = kube_apply(it->t->cluster->kube, &t, body, &o, apply_item_writes(it, fn), it, &err);
    if (!it->call)
        apply_item_fail(it, err.code, err.text, err.hint);
    err_clear(&err);
}

void apply_item_patch(struct release_item *it)
{
    patch(it, it->body, on_applied);
}

/* A member of a union goes only when we own it: own it as it is, then send the body. */
static void on_owned(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    if (!reply->error->code && object) {
        it->owned_first = true;
        apply_item_send(it);
    } else if (!apply_item_passing(it, reply->error)) {
        fail_reply(it, reply->error);
    }
}

static void on_read_to_own(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct val *strategy = val_at(live, "spec", "strategy", NULL);
    if (reply->error->code || !strategy) {
        if (!apply_item_passing(it, reply->error))
            fail_reply(it, reply->error);
        return;
    }
    const struct val *spec = val_map_with(&it->pool, val_get(it->body, "spec"), "strategy",
                                          val_copy(&it->pool, strategy));
    patch(it, val_map_with(&it->pool, it->body, "spec", spec), on_owned);
}

static void own_first(struct release_item *it)
{
    const struct kube_target t = target_of(it->row);
    const struct kube_write_common o = {.wait = true};
    kube_read(it->t->cluster->kube, &t, &o, on_read_to_own, it);
}

/* ---- delete ---- */

static void on_gone(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    struct engine *e = engine_of(it);
    const char *uid = val_str(val_at(live, "metadata", "uid", NULL), "");
    if (reply->error->code == ERR_NOT_FOUND || (live && strcmp(uid, it->row->uid) != 0)) {
        it->deleted = true;
        engine_fault("deleted");
        apply_item_send(it);
    } else if (engine_boot_ms(e) - it->began_ms > GONE_FOR_MS || it->t->release->aborting) {
        apply_item_fail(it, ERR_TIMEOUT, "it is still being deleted",
                        "its finalizers hold it; when it is gone, apply the plan again");
    } else {
        apply_show_target(it->t, LEEWAY_TARGET_WAITING, "the old object to be gone");
        apply_item_rest(it, GONE_EVERY_MS, apply_item_await_gone);
    }
}

void apply_item_await_gone(struct release_item *it)
{
    const struct kube_target t = target_of(it->row);
    const struct kube_write_common o = {.wait = true};
    kube_read(it->t->cluster->kube, &t, &o, on_gone, it);
}

static void on_deleted(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    (void)object;
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    bool gone = !e->code || e->code == ERR_NOT_FOUND;
    engine_fault("delete-sent");
    /* another object under the name is not the one that was to go */
    bool other = e->why == KUBE_WHY_UID_CONFLICT || e->code == ERR_CONFLICT;
    if (e->why == KUBE_WHY_VERSION_CONFLICT && it->forced < FORCE_TRIES) {
        it->forced++;
        apply_item_send(it); /* it is looked at again */
        return;
    }
    if (it->row->action == LEEWAY_ACTION_REPLACE && (gone || other))
        apply_item_await_gone(it);
    else if (gone)
        apply_item_deleted(it, e->code ? "was gone already" : "deleted");
    else if (other)
        apply_item_deleted(it, "was gone already; another object has its name");
    else if (!apply_item_passing(it, e))
        fail_reply(it, e);
}

static void on_step_opened(void *ctx, const struct err *err, int64_t value)
{
    (void)value;
    struct release_item *it = ctx;
    engine_fault("step-opened");
    if (it->t->release->orphan)
        return; /* the program ends: it is taken up from the journal */
    if (err || !it->t->cluster) {
        apply_item_fail(it, err ? err->code : ERR_UNREACHABLE,
                        err ? err->text : "the cluster went away", err ? err->hint : NULL);
        return;
    }
    if (!may_write(it)) {
        apply_item_leave(it);
        return;
    }
    const struct kube_target t = target_of(it->row);
    const struct kube_delete_options o = {.common = {.wait = true},
                                          .propagation = KUBE_PROPAGATION_BACKGROUND,
                                          .uid = it->row->uid,
                                          .resource_version = it->version,
                                          .grace_s = -1};
    it->call = kube_delete(it->t->cluster->kube, &t, &o, apply_item_writes(it, on_deleted), it);
}

void apply_item_delete(struct release_item *it)
{
    const struct store_journal_entry step = {.environment = it->t->release->plan->environment_uuid,
                                             .number = it->t->release->number,
                                             .cluster = it->t->plan->cluster_uid,
                                             .step = apply_item_is_delete(it) ? STORE_STEP_DELETE
                                                                              : STORE_STEP_REPLACE,
                                             .position = it->row->position,
                                             .uid = it->row->uid};
    store_put_step_opened(engine_of(it)->store, &step, (struct store_ack){on_step_opened, it});
}

/* ---- the beginning ---- */

static bool make_body(struct release_item *it)
{
    struct release *r = it->t->release;
    const struct plan_row *row = it->row;
    struct err e = ERR_INIT;
    const struct val *body = row->body;
    if (it->known && row->full)
        body = row->full;
    else if (plan_body_has_marks(body))
        body = plan_body_unmasked(&it->pool, body, release_secret(it), plan_hmac, r->engine, &e);
    if (!body) {
        apply_item_fail(it, e.code, e.text, e.hint);
        err_clear(&e);
        return false;
    }
    it->body = *row->uid && row->action != LEEWAY_ACTION_REPLACE
                   ? with_meta(&it->pool, body, "uid", row->uid)
                   : body;
    return true;
}

void apply_item_send(struct release_item *it)
{
    if (!it->t->cluster) {
        apply_item_fail(it, ERR_UNREACHABLE, "the cluster went away", NULL);
    } else if (!may_write(it)) {
        apply_item_leave(it);
    } else if (plan_row_goes_last(it->row)) {
        apply_namespace_delete(it);
    } else if (apply_item_is_delete(it)) {
        if (it->row->traits->shared && !it->t->release->confirm_shared)
            apply_item_deleted(
                it, "kept: its kind is shared and its deletion was not confirmed by itself");
        else
            apply_item_delete(it);
    } else if (it->row->action == LEEWAY_ACTION_REPLACE && !it->deleted) {
        apply_item_delete(it);
    } else if (it->body || make_body(it)) {
        if (!it->adopted && apply_adopts(it->row))
            apply_adopt(it);
        else if (it->row->own_first && !it->owned_first)
            own_first(it);
        else if (it->row->initial && it->initial != APPLY_INITIAL_DONE)
            apply_initial(it);
        else
            patch(it, it->body, on_applied);
    }
}

void apply_item_begin(struct release_item *it)
{
    const struct store_object o = object_of(it->row);
    val_pool_init(&it->pool);
    it->sent = true;
    it->began_ms = engine_boot_ms(engine_of(it));
    it->t->in_flight++;
    it->t->pending++;
    drift_hold(it->t->target, &o);
    it->held = true;
    apply_item_send(it);
}

void apply_item_end_all(struct release_target *t)
{
    struct loop *loop = t->release->engine->loop;
    for (size_t i = 0; i < t->n_items; i++) {
        struct release_item *it = &t->items[i];
        loop_cancel_timer(loop, it->timer);
        loop_cancel_timer(loop, it->limit);
        it->timer = it->limit = NULL;
        if (it->sent && !it->done) {
            let_go(it);
            val_pool_clear(&it->pool);
        }
    }
}
