// SPDX-License-Identifier: Apache-2.0
/*
 * The first step of a whole object that is taken over by name: what the tool before us owns becomes
 * ours, by one patch of managedFields on the version that was looked at. After it nothing stands in
 * the way, and what the manifest does not have goes with our own apply. A step that was done is
 * seen from the object, so it may be repeated.
 */
#include "engine/apply/apply_int.h"

#include "engine/fault.h"
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "kube/adopt.h"

#include <string.h>

enum { TRIES = 5 };

bool apply_adopts(const struct plan_row *row)
{
    for (size_t i = 0; i < row->fields.len; i++)
        if (strcmp(row->fields.items[i].path, PLAN_WHOLE) == 0 &&
            row->fields.items[i].choice == LEEWAY_CHOICE_TAKE_OVER)
            return true;
    return false;
}

static struct kube_target target_of(const struct plan_row *r)
{
    return (struct kube_target){r->group, r->version, r->plural, r->namespace_, r->name, NULL};
}

static void on_adopted(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    const struct kube_error *e = reply->error;
    engine_fault("adopted");
    if (!e->code && object) {
        it->adopted = true;
        apply_item_send(it);
    } else if ((e->why == KUBE_WHY_VERSION_CONFLICT || e->code == ERR_CONFLICT) &&
               it->adoptions < TRIES) {
        apply_adopt(it);
    } else if (!apply_item_passing(it, e)) {
        apply_item_fail(it, e->code, e->text, e->hint);
    }
}

/* What was left to its owner does not become ours. */
static fieldset kept(struct release_item *it)
{
    struct val_pool *p = &it->pool;
    fieldset keep = fieldset_empty;
    for (size_t i = 0; i < it->row->fields.len; i++) {
        const struct plan_field *f = &it->row->fields.items[i];
        struct path path;
        struct err e = ERR_INIT;
        if (f->choice == LEEWAY_CHOICE_KEEP_THEIRS &&
            path_parse(p, f->path, strlen(f->path), &path, &e) == 0) {
            fieldset one = fieldset_of_path(p, path);
            fieldset with = one ? fieldset_union(p, keep, one) : NULL;
            keep = with ? with : keep;
        }
        err_clear(&e);
    }
    return keep;
}

/* Is what the plan looked at still as it was? */
static bool is_as_planned(struct release_item *it, const struct val *live)
{
    const struct plan_row *row = it->row;
    struct digest seen;
    struct err e = ERR_INIT;
    if (!row->paths ||
        val_str_is(val_at(live, "metadata", "resourceVersion", NULL), row->resource_version))
        return true;
    bool same =
        !plan_seen(row->paths, live, row->secret, plan_hmac, it->t->release->engine, &seen, &e) &&
        digest_equal(&seen, &row->seen);
    err_clear(&e);
    return same;
}

static void on_live(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    struct err e = ERR_INIT;
    if (reply->error->code || !live) {
        if (!apply_item_passing(it, reply->error))
            apply_item_fail(it, reply->error->code, reply->error->text, reply->error->hint);
        return;
    }
    const struct val *patch = kube_adopt_patch(&it->pool, live, PLAN_MANAGER, kept(it), &e);
    if (!patch && !e.code) { /* done before, or there was nothing */
        it->adopted = true;
        apply_item_send(it);
    } else if (it->t->release->aborting) {
        apply_item_leave(it);
    } else if (patch && !is_as_planned(it, live)) {
        apply_item_fail(it, ERR_MOVED, "it changed since the plan was made", "plan again");
    } else if (patch) {
        const struct kube_target t = target_of(it->row);
        const struct kube_patch_options o = {
            .common = {.wait = true}, .type = KUBE_PATCH_JSON, .field_manager = PLAN_MANAGER};
        engine_fault("adopting");
        it->call = kube_patch(it->t->cluster->kube, &t, patch, &o,
                              apply_item_writes(it, on_adopted), it, &e);
        if (!it->call)
            apply_item_fail(it, e.code, e.text, e.hint);
    } else {
        apply_item_fail(it, e.code, e.text, e.hint);
    }
    err_clear(&e);
}

void apply_adopt(struct release_item *it)
{
    const struct kube_target t = target_of(it->row);
    const struct kube_write_common o = {.wait = true};
    it->adoptions++;
    kube_read(it->t->cluster->kube, &t, &o, on_live, it);
}
