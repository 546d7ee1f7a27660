// SPDX-License-Identifier: Apache-2.0
/*
 * Fields that leeway does not apply any more, or only once: with full body first where a value is
 * not there yet; then leeway-initial applies these leaves with the values that are live, so that no
 * value moves when leeway drops them with the body that follows. Everything is decided by what is
 * there, so each step may be repeated, also by another process.
 */
#include "engine/apply/apply_int.h"

#include "data/diff.h"
#include "engine/drift/given.h"
#include "engine/fault.h"
#include "engine/fleet/cluster.h"

#include <string.h>

enum { TRIES = 5 };

static struct kube_target target_of(const struct plan_row *r)
{
    return (struct kube_target){r->group, r->version, r->plural, r->namespace_, r->name, NULL};
}

static void fail_reply(struct release_item *it, const struct kube_error *e)
{
    if (!apply_item_passing(it, e))
        apply_item_fail(it, e->code, e->text, e->hint);
}

/* ---- what leeway-initial holds ---- */

static void read_again(struct release_item *it);

static void on_held(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    engine_fault("initial-held");
    if (!e->code && object) {
        it->initial = APPLY_INITIAL_DONE;
        it->body = it->plain;
        apply_item_send(it);
    } else if ((e->why == KUBE_WHY_FIELD_CONFLICT || e->why == KUBE_WHY_VERSION_CONFLICT) &&
               it->initial_tries < TRIES) {
        read_again(it); /* somebody changed a value in between: it is theirs, and the live one */
    } else {
        fail_reply(it, e);
    }
}

/* Its leaves so far and the new ones, as they are live. */
static const struct val *held_body(struct release_item *it, const struct val *live, struct err *e)
{
    struct val_pool *p = &it->pool;
    const struct given_rules of = {.manager = PLAN_INITIAL};
    const struct plan_row *r = it->row;
    fieldset set = given_our_fields(&of, p, live, e);
    const struct val *body = set ? val_extract(p, live, set) : NULL;
    for (size_t i = 0; body && i < val_count(r->initial); i++) {
        const struct val *t = val_get(val_item(r->initial, i), "path");
        struct path path;
        if (!val_is(t, VAL_STRING) || path_parse(p, t->as.s, t->len, &path, e))
            return NULL;
        const struct val *now = path_resolve(live, path, NULL, NULL);
        body = now ? val_with_path(p, body, path, now) : body;
    }
    const struct val *meta = val_map_of(p, NULL, 0);
    meta = val_map_with(p, meta, "name", val_at(live, "metadata", "name", NULL));
    if (*r->namespace_)
        meta = val_map_with(p, meta, "namespace", val_at(live, "metadata", "namespace", NULL));
    meta = val_map_with(p, meta, "uid", val_at(live, "metadata", "uid", NULL));
    const struct val *kept = val_get(body, "metadata"); /* labels, annotations */
    for (uint32_t i = 0; kept && i < kept->len; i++)
        if (!val_get(meta, kept->as.entries[i].key->s))
            meta = val_map_with(p, meta, kept->as.entries[i].key->s, &kept->as.entries[i].value);
    body = body ? val_map_with(p, body, "apiVersion", val_box(p, val_of_str(p, r->api_version)))
                : NULL;
    body = body ? val_map_with(p, body, "kind", val_box(p, val_of_str(p, r->kind))) : NULL;
    body = body ? val_map_with(p, body, "metadata", meta) : NULL;
    if (!body)
        err_set(e, ERR_LIMIT, "the object is too large to be put together again");
    return body;
}

static void hold(struct release_item *it, const struct val *live)
{
    struct err e = ERR_INIT;
    if (it->t->release->aborting) { /* no value moved; the next release goes on from there */
        apply_item_leave(it);
        return;
    }
    const struct kube_target t = target_of(it->row);
    const struct kube_apply_options o = {.common = {.wait = true}, .field_manager = PLAN_INITIAL};
    const struct val *body = held_body(it, val_copy(&it->pool, live), &e);
    it->initial = APPLY_INITIAL_HOLD;
    engine_fault("initial-holding");
    it->call = body ? kube_apply(it->t->cluster->kube, &t, body, &o, apply_item_writes(it, on_held),
                                 it, &e)
                    : NULL;
    if (!it->call)
        apply_item_fail(it, e.code, e.text, e.hint);
    err_clear(&e);
}

/* ---- what is there ---- */

/* Those of the values that are not there yet. */
static const struct val *missing(struct release_item *it, const struct val *live)
{
    struct val_pool *p = &it->pool;
    VEC(struct val) out = {0};
    for (size_t i = 0; i < val_count(it->row->initial); i++) {
        const struct val *x = val_item(it->row->initial, i), *t = val_get(x, "path");
        struct path path;
        if (val_is(t, VAL_STRING) && !path_parse(p, t->as.s, t->len, &path, NULL) &&
            (!live || !path_resolve(live, path, NULL, NULL)))
            vec_push(&out, *x);
    }
    const struct val *list = out.len ? val_list_of(p, out.items, out.len) : NULL;
    vec_clear(&out);
    return list;
}

static void on_live(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    if (e->code && e->code != ERR_NOT_FOUND) {
        fail_reply(it, e);
        return;
    }
    const struct val *first = missing(it, e->code ? NULL : live);
    if (!first) {
        hold(it, live);
        return;
    }
    it->initial = APPLY_INITIAL_FIRST;
    it->body = plan_body_initial(&it->pool, it->plain, first);
    apply_item_patch(it);
}

static void read_again(struct release_item *it)
{
    const struct kube_target t = target_of(it->row);
    const struct kube_write_common o = {.wait = true};
    it->initial_tries++;
    kube_read(it->t->cluster->kube, &t, &o, on_live, it);
}

void apply_initial(struct release_item *it)
{
    if (!it->plain)
        it->plain = it->body;
    it->body = it->plain;
    it->initial = APPLY_INITIAL_NONE;
    it->initial_tries = 0;
    read_again(it);
}

bool apply_initial_next(struct release_item *it, const struct val *object)
{
    if (it->initial != APPLY_INITIAL_FIRST)
        return false;
    hold(it, object);
    return true;
}
