// SPDX-License-Identifier: Apache-2.0
/*
 * What only the server can tell: whether an object that left our selection is gone, was made anew,
 * or only lost its label; and whether the body that was applied would change a difference back. One
 * request an object at a time.
 */
#include "engine/drift/drift_int.h"

#include "data/diff.h"
#include "data/json.h"
#include "kube/discovery.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <string.h>

static bool target_of(const struct drift_object *o, struct kube_target *t)
{
    const struct cluster *c = o->dt->target->cluster;
    if (!c || !c->kube || !c->discovery || !cluster_is_up(c))
        return false;
    const struct kube_resource *r = kube_discovery_api_kind(c->discovery, o->api_version, o->kind);
    if (!r)
        return false;
    *t = (struct kube_target){.group = r->group,
                              .version = r->version,
                              .plural = r->plural,
                              .ns = r->namespaced ? o->ns : "",
                              .name = o->name};
    return true;
}

void drift_call_set(struct drift_object *o, struct kube_call *call)
{
    o->dt->asking += (call != NULL) - (o->call != NULL);
    o->call = call;
}

void drift_call_cancel(struct drift_object *o)
{
    kube_cancel(o->call);
    drift_call_set(o, NULL);
    val_pool_clear(&o->would_pool);
    o->would = NULL;
    o->again = false;
    for (size_t n = 0; o->dt->drift->engine && n < o->items.len; n++)
        if (o->items.items[n]->verify)
            drift_item_recheck(o->items.items[n],
                               engine_boot_ms(o->dt->drift->engine) + DRIFT_STANDS_MS);
}

static bool is_gone(const struct drift_item *i)
{
    return i->kind == LEEWAY_DRIFT_MISSING || i->kind == LEEWAY_DRIFT_RELABELLED;
}

/* An answer was dealt with: what waited for it is asked now. */
static void done(struct drift_object *o)
{
    struct drift *d = o->dt->drift;
    val_pool_reset(&d->pool);
    arena_reset(&d->arena);
    bool values = false, whole = o->again;
    for (size_t n = 0; n < o->items.len; n++) {
        values |= o->items.items[n]->verify && !is_gone(o->items.items[n]);
        whole |= o->items.items[n]->verify && is_gone(o->items.items[n]);
    }
    o->again = false;
    if (whole)
        drift_probe(o);
    if (values && !o->call)
        drift_verify(o);
    if (!o->call && o->dt->target->cluster)
        cluster_targets_changed(o->dt->target->cluster); /* it may be settled now */
}

/* ---- is it there ---- */

/* The same as before, and now for certain. */
static void confirm(struct drift_object *o)
{
    struct drift_item *i = drift_find_item(o, "");
    if (!i || !i->verify)
        return;
    i->verified = true;
    drift_item_count(i, i->judged);
    drift_targets_counts(o->dt);
}

/* It left the selection, and nobody says what became of it: asked again soon. */
static void not_told(struct drift_object *o, const char *why)
{
    struct drift *d = o->dt->drift;
    struct drift_item *i = drift_find_item(o, "");
    if (!i)
        i = drift_item_new(o->dt, o, NULL, LEEWAY_DRIFT_NOT_SEEN, "");
    i->kind = LEEWAY_DRIFT_NOT_SEEN;
    i->after_ms = o->seen_ms;
    drift_set(&i->given, "there");
    drift_set(&i->live, "?");
    drift_set(&i->reason, "it left the watch, and it cannot be read: %s", why);
    i->due_ms = engine_boot_ms(d->engine) + DRIFT_RETRY_MS;
    drift_schedule(d, i->due_ms);
    drift_item_changed(i);
    drift_targets_counts(o->dt);
}

static void probed(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct drift_object *o = ctx;
    drift_call_set(o, NULL);
    struct drift_item *i = drift_find_item(o, "");
    if (object) {
        const char *label =
            val_str(val_at(object, "metadata", "labels", MANAGED_FLEET_LABEL, NULL), "");
        if (!val_str_is(val_at(object, "metadata", "uid", NULL), o->given->uid)) {
            drift_object_seen_as(o, LEEWAY_DRIFT_REPLACED);
        } else if (strcmp(label, o->dt->drift->engine->fleet_uuid) != 0) {
            drift_object_seen_as(o, LEEWAY_DRIFT_RELABELLED);
            confirm(o);
        } else {
            drift_judge(o, object);
        }
        o->seen = true;
    } else if (reply->error->code == ERR_NOT_FOUND) {
        o->seen = true;
        drift_object_seen_as(o, LEEWAY_DRIFT_MISSING);
        confirm(o);
    } else if (i && i->verify && is_gone(i)) {
        confirm(o); /* it was read once; that it cannot be read again does not bring it back */
    } else if (!o->seen) {
        not_told(o, reply->error->text ? reply->error->text : "no answer");
    }
    done(o);
}

bool drift_probe(struct drift_object *o)
{
    struct kube_target t;
    if (o->call) {
        o->again = true;
        return true;
    }
    if (!target_of(o, &t))
        return false;
    const struct kube_write_common common = {.priority = KUBE_PRIORITY_NORMAL};
    drift_call_set(o, kube_read(o->dt->target->cluster->kube, &t, &common, probed, o));
    return o->call != NULL;
}

/* ---- would it be changed back ---- */

struct stored_leaves {
    struct drift_object *o;
    size_t leaf;
    struct buf changed; /* leaves with the one entry made anew */
    const struct val *entry;
};

static int change_leaf(void *ctx, const struct store_given *g)
{
    struct stored_leaves *s = ctx;
    struct val_pool *p = &s->o->dt->drift->pool;
    const struct val *leaves = json_read(p, g->leaves.data, g->leaves.len, NULL, NULL);
    if (!val_is(leaves, VAL_LIST) || s->leaf >= leaves->len)
        return 1;
    struct val *items = mem_reallocarray(NULL, leaves->len, sizeof(*items));
    memcpy(items, leaves->as.items, leaves->len * sizeof(*items));
    items[s->leaf] = *s->entry;
    const struct val *list = val_list_of(p, items, leaves->len);
    mem_free(items);
    return list && json_write(&s->changed, list, JSON_CANONICAL) == 0 ? 2 : 1;
}

void drift_rebase(struct drift_object *o, const struct drift_item *i, const struct val *live)
{
    struct drift *d = o->dt->drift;
    struct engine *e = d->engine;
    struct path path;
    if (i->leaf == SIZE_MAX || path_parse(&d->pool, i->path, strlen(i->path), &path, NULL))
        return;
    const struct val *now = path_resolve(live, path, NULL, NULL);
    const struct fieldset_leaf leaf = {.path = path, .value = now};
    o->given->leaves[i->leaf] =
        given_leaf_of(&d->rules, given_how(o->api_version, o->kind, path), &leaf);
    if (o->given->digests)
        o->given->digests[i->leaf] = 0;
    const struct val *entry = val_map_of(&d->pool, NULL, 0);
    if (now)
        entry = val_map_with(&d->pool, entry, "v", now);
    struct stored_leaves s = {.o = o, .leaf = i->leaf, .entry = entry};
    struct environment *env = o->dt->target->environment;
    struct buf fields;
    buf_init(&s.changed, STORE_MAX_BYTES);
    buf_init(&fields, STORE_MAX_BYTES);
    const struct store_object so = drift_object_name(o);
    if (e->store && e->view && !e->spectator &&
        store_with_given(e->view, env->uuid, o->dt->target->cluster_uid, &so, change_leaf, &s,
                         NULL) == 2 &&
        given_write_fields(o->given, &fields) == 0) {
        const struct store_given g = {.environment = env->uuid,
                                      .cluster = o->dt->target->cluster_uid,
                                      .object = so,
                                      .uid = o->given->uid,
                                      .resource_version = o->given->resource_version,
                                      .fieldset = {buf_str(&fields), fields.len},
                                      .leaves = {buf_str(&s.changed), s.changed.len},
                                      .body_digest = o->body,
                                      .release = o->release,
                                      .contract = o->contract_text};
        store_put_given(e->store, &g, STORE_NO_ACK);
    }
    buf_clear(&s.changed);
    buf_clear(&fields);
}

/* What the dry run would make of a field that we own beside what is live there now. */
static void settle(struct drift_object *o, const struct val *would, const struct val *live)
{
    struct drift *d = o->dt->drift;
    for (size_t n = o->items.len; n-- > 0;) {
        struct drift_item *i = o->items.items[n];
        struct path path;
        if (!i->verify || is_gone(i))
            continue;
        if (path_parse(&d->pool, i->path, strlen(i->path), &path, NULL)) {
            drift_item_count(i, i->judged);
            continue;
        }
        const struct val *then = path_resolve(would, path, NULL, NULL);
        const struct val *now = path_resolve(live, path, NULL, NULL);
        if (then == now || val_equal(then, now)) {
            drift_rebase(o, i, live);
            drift_item_end(i);
            continue;
        }
        i->verified = true;
        drift_set(&i->checked, "dry run: the server would set %s again, so it is a real difference",
                  drift_value_text(&d->arena, then).str);
        drift_item_count(i, i->judged);
    }
    drift_targets_counts(o->dt);
}

static void failed(struct drift_object *o, const char *why)
{
    for (size_t n = o->items.len; n-- > 0;) {
        struct drift_item *i = o->items.items[n];
        if (!i->verify || is_gone(i))
            continue;
        drift_set(&i->checked, "%s", why);
        drift_set(&i->reason, "it could not be verified: %s", why);
        drift_item_count(i, LEEWAY_VERDICT_UNKNOWN);
        i->due_ms = engine_boot_ms(o->dt->drift->engine) + DRIFT_VERIFY_MS;
        drift_schedule(o->dt->drift, i->due_ms);
    }
    drift_targets_counts(o->dt);
}

static void read_live(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct drift_object *o = ctx;
    drift_call_set(o, NULL);
    if (object)
        settle(o, o->would, object);
    else
        failed(o, reply->error->text ? reply->error->text : "no answer");
    val_pool_clear(&o->would_pool);
    o->would = NULL;
    done(o);
}

static void dry_run_done(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct drift_object *o = ctx;
    struct kube_target t;
    drift_call_set(o, NULL);
    if (!object) {
        failed(o, reply->error->text ? reply->error->text : "the dry run failed");
        done(o);
        return;
    }
    val_pool_clear(&o->would_pool);
    val_pool_init_limited(&o->would_pool, BUF_LARGE);
    o->would = val_copy(&o->would_pool, object);
    if (o->would && target_of(o, &t)) {
        const struct kube_write_common common = {.priority = KUBE_PRIORITY_NORMAL};
        drift_call_set(o, kube_read(o->dt->target->cluster->kube, &t, &common, read_live, o));
    } else {
        failed(o, "the cluster stopped answering");
    }
    done(o);
}

void drift_verify(struct drift_object *o)
{
    struct drift *d = o->dt->drift;
    struct engine *e = d->engine;
    struct kube_target t;
    struct buf body;
    struct err err = ERR_INIT;
    if (o->call)
        return; /* under way: its answer settles all that is ripe */
    buf_init(&body, STORE_MAX_BYTES);
    const struct val *v = NULL;
    if (strcmp(o->kind, "Secret") == 0)
        err_set(&err, ERR_UNSUPPORTED, "the values of a secret are not kept");
    else if (!target_of(o, &t))
        err_set(&err, ERR_UNREACHABLE, "the cluster does not answer");
    else if (!e->view || store_get_body(e->view, &o->body, &body, &err))
        err_set(&err, ERR_NOT_FOUND, "the body that was applied is not kept any more");
    else
        v = json_read(&d->pool, buf_str(&body), body.len, NULL, &err);
    if (v) {
        const struct kube_apply_options opt = {
            .common = {.dry_run = true}, .field_manager = d->rules.manager, .force = true};
        drift_call_set(
            o, kube_apply(o->dt->target->cluster->kube, &t, v, &opt, dry_run_done, o, &err));
    }
    if (!o->call) {
        if (strcmp(o->kind, "Secret") == 0) {
            /* A changed secret is a difference all the same; only its verification is left out. */
            for (size_t n = o->items.len; n-- > 0;) {
                struct drift_item *i = o->items.items[n];
                if (!i->verify || is_gone(i))
                    continue;
                drift_set(&i->checked, "not verified: %s", err.text);
                drift_item_count(i, i->judged);
            }
            drift_targets_counts(o->dt);
        } else {
            failed(o, err.text ? err.text : "the dry run could not be sent");
        }
    }
    err_clear(&err);
    buf_clear(&body);
}
