// SPDX-License-Identifier: Apache-2.0
/*
 * The environment's own namespace in a release that deletes it: when all else is gone it is read,
 * all that is left in it is listed, and only then its deletion is sent, bound to the uid of the
 * plan and to the version that was read. What is in it by now may be another than what the plan
 * saw: then it is kept. And the other end: was it leeway that made it?
 */
#include "engine/apply/apply_int.h"

#include "engine/fleet/cluster.h"
#include "engine/plan/leftover.h"

#include <string.h>

bool apply_namespace_is_made(const struct release_item *it, const struct val *object, bool created)
{
    const struct val *list = val_at(object, "metadata", "managedFields", NULL);
    bool ours = true;
    if (!it->row->own_namespace || it->row->action != LEEWAY_ACTION_CREATE)
        return true;
    /* whoever makes one in another way leaves an entry, if only for the label with its name */
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *m = val_item(list, i);
        ours = ours && (val_str_is(val_get(m, "manager"), PLAN_MANAGER) ||
                        *val_str(val_get(m, "subresource"), ""));
    }
    return created || ours;
}

static void on_left(void *ctx, struct leftover *l)
{
    struct release_item *it = ctx;
    struct release_target *t = it->t;
    /* what was not confirmed is of no namespace */
    for (size_t i = 0; i < t->n_items; i++)
        if (apply_item_is_delete(&t->items[i]) && &t->items[i] != it)
            leftover_goes(l, t->items[i].row->kind, t->items[i].row->name, t->items[i].row->uid);
    const char *left = leftover_words(l, &it->pool.arena);
    if (t->release->aborting)
        apply_item_leave(it);
    else if (*left)
        apply_item_kept(it, left);
    else
        apply_item_delete(it);
}

static void on_read(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct release_item *it = ctx;
    struct release_target *t = it->t;
    const struct val *meta = val_get(live, "metadata");
    const struct kube_error *e = reply->error;
    bool gone = e->code == ERR_NOT_FOUND;
    bool other = live && !val_str_is(val_get(meta, "uid"), it->row->uid);
    if (gone || other || val_get(meta, "deletionTimestamp")) {
        apply_item_deleted(it, other ? "was gone already; another has its name" : "deleted");
    } else if (e->code || !live) {
        if (!apply_item_passing(it, e))
            apply_item_fail(it, e->code, e->text, e->hint);
    } else {
        it->version = arena_strdup(&it->pool.arena, val_str(val_get(meta, "resourceVersion"), ""));
        leftover_free(t->leftover);
        t->leftover = leftover_ask(t->cluster->kube, t->cluster->discovery,
                                   t->release->plan->namespace_, on_left, it);
    }
}

void apply_namespace_delete(struct release_item *it)
{
    const struct plan_row *r = it->row;
    const struct kube_target at = {r->group, r->version, r->plural, r->namespace_, r->name, NULL};
    const struct kube_write_common o = {.wait = true};
    kube_read(it->t->cluster->kube, &at, &o, on_read, it);
}

void apply_namespace_begin(struct release_target *t)
{
    for (size_t i = 0; i < t->n_items; i++)
        if (plan_row_goes_last(t->items[i].row) && t->items[i].result != STORE_DONE &&
            !t->items[i].sent)
            apply_item_begin(&t->items[i]);
}
