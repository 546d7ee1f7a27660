// SPDX-License-Identifier: Apache-2.0
/*
 * One look at one object: what the evaluation finds becomes, changes and ends standing differences;
 * who owns each field and when it happened is read from managedFields, only when there is one.
 */
#include "engine/drift/drift_int.h"

#include "data/json.h"
#include "engine/apply/target_health.h"
#include "kube/health.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

struct judging {
    struct drift_object *o;
    const struct val *live;
    struct ownership owners;
    bool owners_read;
    int64_t boot_ms, wall_ms;
};

struct drift_item *drift_find_item(struct drift_object *o, const char *path)
{
    for (size_t i = 0; i < o->items.len; i++)
        if (strcmp(o->items.items[i]->path, path) == 0)
            return o->items.items[i];
    return NULL;
}

static void clear_owners(struct drift_item *i)
{
    for (size_t n = 0; n < i->owners.len; n++) {
        struct drift_item_owner *w = &i->owners.items[n];
        mem_free(w->manager);
        mem_free(w->operation);
        mem_free(w->subresource);
        mem_free(w->api_version);
        mem_free(w->words);
    }
    i->owners.len = 0;
}

/* Who owns the field now (of another object in this place: who made it), and what that says of when
 * it happened. */
static void attribute(struct judging *j, struct drift_item *i, struct path path)
{
    struct drift *d = j->o->dt->drift;
    if (!j->owners_read) {
        struct err e = ERR_INIT;
        if (ownership_read(&d->pool, d->rules.table, j->live, &j->owners, &e))
            j->owners = (struct ownership){0};
        err_clear(&e);
        j->owners_read = true;
    }
    const struct leeway_owner *owners;
    size_t n = i->kind == LEEWAY_DRIFT_TERMINATING ? 0
               : !path.len
                   ? drift_writers(&d->arena, &j->owners, d->rules.manager, &owners)
                   : drift_owners(&d->arena, &j->owners, path, true, d->rules.manager, &owners);
    clear_owners(i);
    bool others = false, timed = false;
    i->before_ms = j->wall_ms;
    for (size_t k = 0; k < n; k++) {
        vec_push(&i->owners,
                 (struct drift_item_owner){
                     mem_strdup(owners[k].manager.str), mem_strdup(owners[k].operation.str),
                     mem_strdup(owners[k].subresource.str), mem_strdup(owners[k].api_version.str),
                     mem_strdup(owners[k].words.str), owners[k].actor, owners[k].at_or_before_ms,
                     owners[k].ours});
        if (owners[k].ours)
            continue;
        others = true;
        /* An entry's time bounds the change only when it lies after our last sight. */
        if (owners[k].at_or_before_ms + 999 >= i->after_ms && owners[k].at_or_before_ms) {
            timed = true;
            if (owners[k].at_or_before_ms < i->before_ms)
                i->before_ms = owners[k].at_or_before_ms;
            if (i->before_ms < i->after_ms) /* entries know whole seconds */
                i->before_ms = i->after_ms;
        }
    }
    if (others && !timed)
        drift_set(&i->when, "seen by the watch; the entry has no time of its own");
    else if (!others)
        drift_set(&i->when, "no trace kept");
    else
        drift_set(&i->when, "%s", "");
}

/* Managers that wrote since our last sight: all that can be said when the server keeps no trace. */
static void name_candidates(struct judging *j, struct drift_item *i)
{
    struct buf b;
    buf_init(&b, 2048);
    for (size_t k = 0; k < j->owners.len; k++) {
        const struct ownership_entry *w = &j->owners.entries[k];
        if (w->actor.class != MANAGER_LEEWAY && w->has_time && w->time_wall_ms + 999 >= i->after_ms)
            buf_printf(&b, "%s%s", b.len ? ", " : "", w->manager);
    }
    drift_set(&i->fact,
              i->ours
                  ? "leeway still owns the field: it was written past managedFields (a webhook, "
                    "a default, a conversion)%s%s"
                  : "the server keeps no trace of who removed it%s%s",
              b.len ? "; candidates: " : "", buf_str(&b));
    buf_clear(&b);
}

static void set_given_text(struct drift_item *i, const struct drift_finding *f)
{
    struct arena *a = &i->dt->drift->arena;
    static const char *const words[] = {
        [GIVEN_ABSENT] = "-", [GIVEN_EMPTY] = "empty", [GIVEN_ITEM] = "there"};
    if (f->leaf == SIZE_MAX && f->path.len) { /* not in our body */
        drift_set(&i->given, "%s", drift_value_text(a, f->wanted).str);
        return;
    }
    uint64_t leaf = i->leaf == SIZE_MAX ? GIVEN_ITEM : i->object->given->leaves[i->leaf];
    drift_set(&i->given, "%s", leaf < ARRAY_LEN(words) ? words[leaf] : "?");
}

struct stored_leaves {
    struct drift_item *item;
    struct drift_object *object;
    struct path path;
};

static int read_given_text(void *ctx, const struct store_given *g)
{
    struct stored_leaves *s = ctx;
    struct drift_object *o = s->object;
    struct drift *d = o->dt->drift;
    const struct val *leaves = json_read(&d->pool, g->leaves.data, g->leaves.len, NULL, NULL);
    bool secret = false;
    const struct val *v = leaves ? given_value_at(o->given, leaves, s->path, &secret) : NULL;
    if (secret)
        drift_set(&s->item->given, "\xe2\x80\xb9secret \xe2\x80\xa6%04llx\xe2\x80\xba",
                  (unsigned long long)(o->given->leaves[s->item->leaf] & 0xffff));
    else if (v)
        drift_set(&s->item->given, "%s", drift_value_text(&d->arena, v).str);
    return 1;
}

/* The value itself is only in the store: read when there is a difference to show, never before. */
static void describe_values(struct drift_item *i, const struct drift_finding *f)
{
    struct drift *d = i->dt->drift;
    struct engine *e = d->engine;
    set_given_text(i, f);
    if (f->leaf != SIZE_MAX && e->view && i->object->given->leaves[f->leaf] >= GIVEN_FIRST_HASH) {
        struct stored_leaves s = {i, i->object, f->path};
        const struct target *t = i->dt->target;
        const struct store_object so = drift_object_name(i->object);
        struct err err = ERR_INIT;
        if (store_with_given(e->view, t->environment->uuid, t->cluster_uid, &so, read_given_text,
                             &s, &err) > 1)
            drift_set(&i->given, "?");
        err_clear(&err);
    }
    if (f->secret && f->live)
        drift_set(&i->live, "\xe2\x80\xb9secret \xe2\x80\xa6%04llx\xe2\x80\xba",
                  (unsigned long long)(i->live_hash & 0xffff));
    else if (!f->path.len)
        drift_set(&i->live, "%s", leeway_drift_kind_word(f->kind));
    else
        drift_set(&i->live, "%s", drift_value_text(&d->arena, f->live).str);
}

static uint64_t finding_hash(const struct drift *d, const struct drift_finding *f)
{
    struct fieldset_leaf leaf = {.path = f->path, .value = f->live};
    return f->live ? given_leaf_of(&d->rules, f->how, &leaf) : GIVEN_ABSENT;
}

/* What an earlier run recorded of the same difference: it is no older than that. */
static void take_span(struct drift_object *o, struct drift_item *i)
{
    for (size_t n = 0; n < o->spans.len; n++) {
        struct drift_span *s = &o->spans.items[n];
        if (strcmp(s->path, i->path) != 0)
            continue;
        i->after_ms = s->after_ms;
        i->first_wall_ms = s->first_wall_ms;
        mem_free(s->path);
        *s = o->spans.items[--o->spans.len];
        return;
    }
}

static void say_why(struct judging *j, struct drift_item *i, const struct drift_finding *f)
{
    drift_set(&i->fact, "%s", "");
    if (f->unknown)
        drift_set(&i->fact, "the key of secrets was lost: what was given cannot be compared");
    else if (f->kind == LEEWAY_DRIFT_TERMINATING)
        drift_set(&i->fact,
                  "its deletion was asked for; that leaves no owner behind; the audit log of the "
                  "cluster knows who");
    else if (f->kind == LEEWAY_DRIFT_REPLACED)
        drift_set(&i->fact, "it was deleted, and another object was made under its name");
    else if (!drift_item_others_own(i) && f->kind != LEEWAY_DRIFT_EXTRA)
        name_candidates(j, i);
}

static int found(void *ctx, const struct drift_finding *f)
{
    struct judging *j = ctx;
    struct drift_object *o = j->o;
    struct drift *d = o->dt->drift;
    struct buf path;
    /* what leeway does not apply is compared with what was wanted, not with what was sent along */
    if (f->leaf != SIZE_MAX && contract_leaf_of(o->contract, f->path))
        return 0;
    buf_init(&path, BUF_SMALL);
    path_format(&path, f->path, PATH_STYLE_SERVER);
    uint64_t hash = !f->path.len ? (uint64_t)f->kind : finding_hash(d, f);
    struct drift_item *i = drift_find_item(o, buf_str(&path));
    bool is_new = !i;
    if (!i) {
        i = drift_item_new(o->dt, o, NULL, f->kind, buf_str(&path));
        i->after_ms = o->seen_ms;
        take_span(o, i);
    }
    buf_clear(&path);
    i->fresh = true;
    if (!is_new && i->live_hash == hash && i->kind == f->kind && i->ours == f->ours)
        return 0;
    char *before = mem_strdup(drift_item_taker(i));
    bool was_unknown = i->kind == LEEWAY_DRIFT_NOT_SEEN || i->verdict == LEEWAY_VERDICT_UNKNOWN;
    i->kind = f->kind;
    i->leaf = f->leaf;
    i->live_hash = hash;
    i->ours = f->ours;
    i->secret = f->secret;
    i->verified = false;
    describe_values(i, f);
    drift_item_set_value(i, f);
    attribute(j, i, f->path);
    say_why(j, i, f);
    drift_item_settle(i);
    if (is_new || strcmp(before, drift_item_taker(i)) != 0)
        i->contested |= drift_item_note_change(o, i->path, j->boot_ms);
    mem_free(before);
    if (is_new || (!i->checking && was_unknown))
        drift_item_recheck(i, j->boot_ms + DRIFT_STANDS_MS);
    else if (!i->checking)
        drift_item_count(i, i->judged);
    else if (!i->due_ms && !i->ours) /* was to be verified; now somebody owns it */
        drift_item_recheck(i, j->boot_ms);
    drift_item_changed(i);
    return 0;
}

static void set_ready(struct drift_object *o, const struct val *live, int64_t wall_ms)
{
    struct kstatus_result k;
    kstatus_compute(&o->dt->drift->arena, live, wall_ms, &k, NULL);
    struct health_result h;
    health_overlay(live, &k, &h);
    bool ready = k.status == KSTATUS_CURRENT;
    o->failed = h.health == HEALTH_FAILED || h.health == HEALTH_DEGRADED;
    mem_free(o->waits_for);
    o->waits_for = health_words(&k, &h);
    o->dt->ready += ready - o->ready;
    o->ready = ready;
    drift_set(&o->health_why, "%s%s%s", k.reason, *k.reason && *k.message ? ": " : "", k.message);
}

/* Ends what the evaluation did not find again. */
static void sweep(struct drift_object *o, int64_t boot_ms)
{
    for (size_t n = o->items.len; n-- > 0;) {
        struct drift_item *i = o->items.items[n];
        if (i->fresh) {
            i->fresh = false;
            continue;
        }
        drift_item_note_change(o, i->path, boot_ms);
        drift_item_end(i);
    }
    /* What an earlier run left open and what is not there any more ended while nobody looked. */
    const struct target *t = o->dt->target;
    struct engine *e = o->dt->drift->engine;
    const struct store_object so = drift_object_name(o);
    while (o->spans.len) {
        char *path = o->spans.items[--o->spans.len].path;
        if (e->store && !e->spectator)
            store_put_drift_ended(e->store, t->environment->uuid, t->cluster_uid, &so, path,
                                  engine_wall_ms(e), STORE_NO_ACK);
        mem_free(path);
    }
}

/* Items of a list's page come without apiVersion and kind; the rules of health need them. */
static const struct val *with_kind(const struct drift_object *o, const struct val *live)
{
    struct val_pool *p = &o->dt->drift->pool;
    if (!val_get(live, "kind"))
        live = val_map_with(p, live, "kind", val_box(p, val_borrow_str(o->kind, strlen(o->kind))));
    if (!val_get(live, "apiVersion"))
        live = val_map_with(p, live, "apiVersion",
                            val_box(p, val_borrow_str(o->api_version, strlen(o->api_version))));
    return live;
}

static void judge(struct drift_object *o, const struct val *live, bool also_held)
{
    struct drift *d = o->dt->drift;
    struct judging j = {.o = o,
                        .live = live,
                        .boot_ms = engine_boot_ms(d->engine),
                        .wall_ms = engine_wall_ms(d->engine)};
    struct err e = ERR_INIT;
    o->seen = true;
    live = with_kind(o, live);
    set_ready(o, live, j.wall_ms);
    int order;
    const char *rv = val_str(val_at(live, "metadata", "resourceVersion", NULL), "");
    bool older = kube_version_compare(rv, o->given->resource_version, &order) && order < 0 &&
                 val_str_is(val_at(live, "metadata", "uid", NULL), o->given->uid);
    if ((also_held || !o->held) && !older) {
        if (drift_evaluate(&d->rules, o->given, live, &d->pool, found, &j, &e) ||
            drift_evaluate_contract(o, live, found, &j)) {
            struct drift_item *i = drift_find_item(o, "");
            if (!i)
                i = drift_item_new(o->dt, o, NULL, LEEWAY_DRIFT_NOT_SEEN, "");
            i->fresh = true;
            drift_set(&i->reason, "its managedFields cannot be read: %s", e.text ? e.text : "");
            drift_item_count(i, LEEWAY_VERDICT_UNKNOWN);
        }
        sweep(o, j.boot_ms);
        if (!o->items.len)
            o->seen_ms = j.wall_ms;
    }
    err_clear(&e);
    drift_targets_counts(o->dt);
}

void drift_judge(struct drift_object *o, const struct val *live)
{
    judge(o, live, false);
}

void drift_judge_answer(struct drift_object *o, const struct val *answer)
{
    judge(o, answer, true);
}

void drift_object_seen_as(struct drift_object *o, enum leeway_drift_kind kind)
{
    struct drift *d = o->dt->drift;
    struct drift_item *i = drift_find_item(o, "");
    if (i && i->kind == kind)
        return;
    drift_clean(o);
    if (o->ready)
        o->dt->ready--;
    o->ready = false;
    drift_set(&o->health_why, "%s", leeway_drift_kind_word(kind));
    i = drift_item_new(o->dt, o, NULL, kind, "");
    i->after_ms = o->seen_ms;
    take_span(o, i);
    i->before_ms = engine_wall_ms(d->engine);
    i->leaf = SIZE_MAX;
    drift_set(&i->given, "there");
    drift_set(&i->live, "%s", leeway_drift_kind_word(kind));
    drift_set(&i->when, "no trace kept");
    drift_set(&i->value, "\"%s\"", leeway_drift_kind_word(kind));
    drift_set(&i->fact, "%s",
              kind == LEEWAY_DRIFT_RELABELLED
                  ? "the label " MANAGED_FLEET_LABEL " was taken off it"
                  : "a deletion leaves no owner behind; the audit log of the cluster knows who");
    drift_item_settle(i);
    drift_item_recheck(i, i->first_ms + DRIFT_STANDS_MS);
    drift_targets_counts(o->dt);
}
