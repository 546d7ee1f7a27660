// SPDX-License-Identifier: Apache-2.0
#include "engine/drift_int.h"

#include "base/digest.h"
#include "data/json.h"
#include "kube/kstatus.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <string.h>

/* ---- names ---- */

static size_t group_len(const char *api_version)
{
    const char *slash = strchr(api_version, '/');
    return slash ? (size_t)(slash - api_version) : 0;
}

/* Group, not version: an object has one identity in all versions of its group. */
char *drift_key(const char *api_version, const char *kind, const char *ns, const char *name)
{
    return mem_printf("%.*s/%s/%s/%s", (int)group_len(api_version), api_version, kind, ns ? ns : "",
                      name);
}

static struct drift *drift_of(struct engine *e)
{
    return engine_part_state(e, &drift_part);
}

const struct given_rules *drift_rules(struct engine *e)
{
    struct drift *d = drift_of(e);
    return d ? &d->rules : NULL;
}

static bool secret_hash(void *ctx, const char *bytes, size_t len, uint64_t *out)
{
    struct engine *e = ctx;
    struct digest d;
    if (!e->store || !store_secret_hmac(e->store, bytes, len, &d))
        return false;
    memcpy(out, d.b, sizeof(*out));
    return true;
}

/* ---- targets and wants ---- */

static struct drift_target *state_of(struct drift *d, struct target *t)
{
    if (!t->drift_state) {
        struct drift_target *dt = mem_new(struct drift_target);
        dt->drift = d;
        dt->target = t;
        t->drift_state = dt;
    }
    return t->drift_state;
}

void drift_targets_counts(struct drift_target *dt)
{
    target_set_drift(dt->target, dt->counts, dt->checking);
    target_set_objects(dt->target, (int32_t)dt->objects.count, dt->ready);
}

static void want_start(struct drift_target *dt, struct drift_want *w)
{
    if (!w->want && dt->target->cluster)
        w->want = managed_want(dt->target->cluster, w->api_version, w->kind, w->ns);
}

static struct drift_want *want_of(struct drift_target *dt, const char *api_version,
                                  const char *kind, const char *ns)
{
    for (size_t i = 0; i < dt->wants.len; i++) {
        struct drift_want *w = dt->wants.items[i];
        if (!strcmp(w->api_version, api_version) && !strcmp(w->kind, kind) && !strcmp(w->ns, ns))
            return w;
    }
    struct drift_want *w = mem_new(struct drift_want);
    w->api_version = mem_strdup(api_version);
    w->kind = mem_strdup(kind);
    w->ns = mem_strdup(ns);
    vec_push(&dt->wants, w);
    want_start(dt, w);
    return w;
}

static void want_free(struct drift_want *w)
{
    if (w->unseen)
        drift_item_end(w->unseen);
    managed_drop(w->want);
    mem_free(w->api_version);
    mem_free(w->kind);
    mem_free(w->ns);
    mem_free(w);
}

static void want_drop(struct drift_target *dt, struct drift_want *w)
{
    if (--w->objects)
        return;
    for (size_t i = 0; i < dt->wants.len; i++)
        if (dt->wants.items[i] == w)
            dt->wants.items[i] = dt->wants.items[--dt->wants.len];
    want_free(w);
}

/* ---- objects ---- */

static struct drift_object *object_put(struct drift_target *dt, const struct store_object *so,
                                       struct given *g)
{
    const char *ns = so->name_space ? so->name_space : "";
    char *key = drift_key(so->api_version, so->kind, ns, so->name);
    struct drift_object *o = strmap_get(&dt->objects, key);
    if (o) {
        given_free(o->given);
        if (strcmp(o->api_version, so->api_version) != 0) {
            struct drift_want *old = o->want;
            drift_set(&o->api_version, "%s", so->api_version);
            o->want = want_of(dt, so->api_version, so->kind, ns);
            o->want->objects++;
            want_drop(dt, old);
        }
    } else {
        o = mem_new(struct drift_object);
        o->dt = dt;
        o->api_version = mem_strdup(so->api_version);
        o->kind = mem_strdup(so->kind);
        o->ns = mem_strdup(ns);
        o->name = mem_strdup(so->name);
        o->want = want_of(dt, so->api_version, so->kind, ns);
        o->want->objects++;
        strmap_set(&dt->objects, key, o);
    }
    o->given = g;
    mem_free(key);
    return o;
}

void drift_clean(struct drift_object *o)
{
    while (o->items.len)
        drift_item_end(o->items.items[o->items.len - 1]);
}

static void object_free(struct drift_object *o)
{
    drift_clean(o);
    drift_call_cancel(o);
    for (size_t i = 0; i < o->spans.len; i++)
        mem_free(o->spans.items[i].path);
    vec_clear(&o->spans);
    mem_free(o->held_version);
    if (o->ready)
        o->dt->ready--;
    want_drop(o->dt, o->want);
    for (size_t i = 0; i < o->history.len; i++)
        mem_free(o->history.items[i].path);
    vec_clear(&o->history);
    vec_clear(&o->items);
    given_free(o->given);
    mem_free(o->api_version);
    mem_free(o->kind);
    mem_free(o->ns);
    mem_free(o->name);
    mem_free(o->health_why);
    mem_free(o);
}

struct drift_object *drift_object_of(struct target *t, const struct store_object *so)
{
    struct drift_target *dt = t->drift_state;
    if (!dt)
        return NULL;
    char *key = drift_key(so->api_version, so->kind, so->name_space, so->name);
    struct drift_object *o = strmap_get(&dt->objects, key);
    mem_free(key);
    return o;
}

const struct given *drift_object_given(const struct drift_object *o)
{
    return o->given;
}

struct digest drift_object_body(const struct drift_object *o)
{
    return o->body;
}

struct store_object drift_object_name(const struct drift_object *o)
{
    return (struct store_object){o->api_version, o->kind, o->ns, o->name};
}

struct target *drift_object_target(const struct drift_object *o)
{
    return o->dt->target;
}

bool drift_object_ready(const struct drift_object *o, const char **why)
{
    if (why)
        *why = o->health_why ? o->health_why : "";
    return o->ready;
}

struct drift_item *drift_object_item(const struct drift_object *o, size_t n)
{
    return n < o->items.len ? o->items.items[n] : NULL;
}

/* ---- judging ---- */

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
               : i->leaf == SIZE_MAX
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
    drift_set(&i->reason,
              i->ours
                  ? "leeway still owns the field: it was written past managedFields (a webhook, "
                    "a default, a conversion)%s%s"
                  : "the server keeps no trace of who removed it%s%s",
              b.len ? "; candidates: " : "", buf_str(&b));
    buf_clear(&b);
}

static void set_given_text(struct drift_item *i)
{
    static const char *const words[] = {
        [GIVEN_ABSENT] = "-", [GIVEN_EMPTY] = "empty", [GIVEN_ITEM] = "there"};
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
    set_given_text(i);
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
    else if (f->leaf == SIZE_MAX)
        drift_set(&i->live, "%s", leeway_drift_kind_word(f->kind));
    else
        drift_set(&i->live, "%s", drift_value_text(&d->arena, f->live).str);
}

static uint64_t finding_hash(const struct drift *d, const struct drift_finding *f)
{
    struct fieldset_leaf leaf = {.path = f->path, .value = f->live};
    return f->live ? given_leaf_of(&d->rules, f->secret, &leaf) : GIVEN_ABSENT;
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
    if (f->unknown)
        drift_set(&i->reason, "the key of secrets was lost: what was given cannot be compared");
    else if (f->kind == LEEWAY_DRIFT_TERMINATING)
        drift_set(&i->reason,
                  "its deletion was asked for; that leaves no owner behind; the audit log of the "
                  "cluster knows who");
    else if (f->kind == LEEWAY_DRIFT_REPLACED)
        drift_set(&i->reason, "it was deleted, and another object was made under its name");
    else if (!drift_item_others_own(i))
        name_candidates(j, i);
    else
        drift_set(&i->reason, "a folder has no field contract: platform owns all of it");
}

/* The manager that a change is put down to: a field that it writes twice does not change hands. */
static const char *taker(const struct drift_item *i)
{
    for (size_t n = 0; n < i->owners.len; n++)
        if (!i->owners.items[n].ours)
            return i->owners.items[n].manager;
    return "";
}

static int found(void *ctx, const struct drift_finding *f)
{
    struct judging *j = ctx;
    struct drift_object *o = j->o;
    struct drift *d = o->dt->drift;
    struct buf path;
    buf_init(&path, BUF_SMALL);
    path_format(&path, f->path, PATH_STYLE_SERVER);
    uint64_t hash = f->leaf == SIZE_MAX ? (uint64_t)f->kind : finding_hash(d, f);
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
    char *before = mem_strdup(taker(i));
    bool was_unknown = i->kind == LEEWAY_DRIFT_NOT_SEEN || i->verdict == LEEWAY_VERDICT_UNKNOWN;
    i->kind = f->kind;
    i->leaf = f->leaf;
    i->live_hash = hash;
    i->ours = f->ours;
    i->verified = false;
    describe_values(i, f);
    attribute(j, i, f->path);
    say_why(j, i, f);
    if (is_new || strcmp(before, taker(i)) != 0)
        i->contested |= drift_item_note_change(o, i->path, j->boot_ms);
    mem_free(before);
    if (is_new || (!i->checking && was_unknown))
        drift_item_recheck(i, j->boot_ms + DRIFT_STANDS_MS);
    else if (!i->checking)
        drift_item_count(i, i->verdict);
    else if (!i->due_ms && !i->ours) /* was to be verified; now somebody owns it */
        drift_item_recheck(i, j->boot_ms);
    drift_item_changed(i);
    return 0;
}

static void set_ready(struct drift_object *o, const struct val *live, int64_t wall_ms)
{
    struct kstatus_result k;
    kstatus_compute(&o->dt->drift->arena, live, wall_ms, &k, NULL);
    bool ready = k.status == KSTATUS_CURRENT;
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
        if (drift_evaluate(&d->rules, o->given, live, &d->pool, found, &j, &e)) {
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
    drift_set(&i->reason, "%s",
              kind == LEEWAY_DRIFT_RELABELLED
                  ? "the label " MANAGED_FLEET_LABEL " was taken off it"
                  : "a deletion leaves no owner behind; the audit log of the cluster knows who");
    drift_item_recheck(i, i->first_ms + DRIFT_STANDS_MS);
    drift_targets_counts(o->dt);
}

/* ---- what was not seen ---- */

static void unseen(struct drift_target *dt, struct drift_want *w, struct drift_item **place,
                   size_t objects, const char *why)
{
    if (!why || !objects) {
        if (*place)
            drift_item_end(*place);
        *place = NULL;
        return;
    }
    bool is_new = !*place;
    if (is_new) {
        *place = drift_item_new(dt, NULL, w, LEEWAY_DRIFT_NOT_SEEN, "");
        (*place)->after_ms = dt->target->cluster ? dt->target->cluster->last_seen_ms : 0;
        (*place)->before_ms = engine_wall_ms(dt->drift->engine);
    }
    struct drift_item *i = *place;
    char *live = mem_printf("%zu object%s", objects, objects == 1 ? "" : "s");
    bool same = i->live && i->reason && !strcmp(i->live, live) && !strcmp(i->reason, why);
    if (!same) {
        drift_set(&i->live, "%s", live);
        drift_set(&i->reason, "%s", why);
        drift_item_count(i, LEEWAY_VERDICT_UNKNOWN);
    }
    mem_free(live);
}

static bool is_blind(enum managed_state s)
{
    return s == MANAGED_STALE || s == MANAGED_FORBIDDEN || s == MANAGED_UNSERVED ||
           s == MANAGED_FAILED;
}

static void review(struct drift_target *dt)
{
    const struct cluster *c = dt->target->cluster;
    const char *why = NULL;
    if (!c)
        why = "its cluster is not in the inventory";
    else if (c->reach == LEEWAY_REACH_REPLACED)
        why = "another cluster answers under this name";
    else if (c->reach == LEEWAY_REACH_DOWN || c->reach == LEEWAY_REACH_LOGIN ||
             c->reach == LEEWAY_REACH_BROKEN)
        why = c->reason && *c->reason ? c->reason : "no answer";
    unseen(dt, NULL, &dt->unseen, dt->objects.count, why);
    for (size_t n = 0; n < dt->wants.len; n++) {
        struct drift_want *w = dt->wants.items[n];
        const char *says = NULL;
        enum managed_state s = w->want ? managed_want_state(w->want, &says) : MANAGED_WAITING;
        char *words = NULL;
        if (!why && is_blind(s))
            words = mem_printf("%s%s%s", managed_state_word(s), says && *says ? ": " : "",
                               says ? says : "");
        unseen(dt, w, &w->unseen, w->objects, words);
        mem_free(words);
    }
    drift_targets_counts(dt);
}

/* ---- hooks ---- */

static void hook_cluster(void *state, struct cluster *c, enum cluster_change what)
{
    (void)state;
    for (size_t n = 0; n < c->targets.len; n++) {
        struct drift_target *dt = c->targets.items[n]->drift_state;
        if (!dt)
            continue;
        for (size_t i = 0; i < dt->wants.len; i++) {
            struct drift_want *w = dt->wants.items[i];
            if (what == CLUSTER_GONE || what == CLUSTER_REPLACED) {
                managed_drop(w->want);
                w->want = NULL;
            } else if (what == CLUSTER_IDENTIFIED) {
                want_start(dt, w);
            }
        }
        size_t at = 0;
        const struct strmap_entry *e;
        while ((what == CLUSTER_GONE || what == CLUSTER_REPLACED) &&
               (e = strmap_next(&dt->objects, &at))) {
            struct drift_object *o = e->value;
            drift_call_cancel(o);
            o->seen = false;
        }
        review(dt);
    }
}

static struct drift_object *find_object(struct managed_watch *w, const struct val *object)
{
    const struct val *meta = val_get(object, "metadata");
    const char *ns = val_str(val_get(meta, "namespace"), "");
    const char *name = val_str(val_get(meta, "name"), "");
    char *key = drift_key(w->api_version, w->kind, ns, name);
    struct drift_object *o = NULL;
    for (size_t n = 0; !o && n < w->cluster->targets.len; n++) {
        struct drift_target *dt = w->cluster->targets.items[n]->drift_state;
        o = dt ? strmap_get(&dt->objects, key) : NULL;
    }
    mem_free(key);
    return o;
}

static void hook_object(void *state, struct managed_watch *w, enum kube_event type,
                        const struct val *object)
{
    struct drift *d = state;
    struct drift_object *o = find_object(w, object);
    if (!o)
        return;
    if (type == KUBE_DELETED) {
        o->seen = false;
        if (!o->held)
            drift_probe(o);
        return;
    }
    if (o->held)
        drift_set(&o->held_version, "%s",
                  val_str(val_at(object, "metadata", "resourceVersion", NULL), ""));
    drift_judge(o, object);
    val_pool_reset(&d->pool);
    arena_reset(&d->arena);
}

static void hook_synced(void *state, struct managed_watch *w)
{
    (void)state;
    for (size_t n = 0; n < w->cluster->targets.len; n++) {
        struct drift_target *dt = w->cluster->targets.items[n]->drift_state;
        size_t at = 0;
        const struct strmap_entry *e;
        while (dt && (e = strmap_next(&dt->objects, &at))) {
            struct drift_object *o = e->value;
            if (!o->seen && !o->held && managed_watch_covers(w, o->api_version, o->kind, o->ns))
                drift_probe(o);
        }
        if (dt) {
            review(dt);
            cluster_targets_changed(w->cluster); /* it may be settled now */
        }
    }
}

static void hook_watch(void *state, struct managed_watch *w)
{
    (void)state;
    for (size_t n = 0; n < w->cluster->targets.len; n++)
        if (w->cluster->targets.items[n]->drift_state)
            review(w->cluster->targets.items[n]->drift_state);
    cluster_targets_changed(w->cluster); /* it may be settled now */
}

static bool hook_settled(void *state, const struct cluster *c)
{
    (void)state;
    for (size_t n = 0; n < c->targets.len; n++) {
        const struct drift_target *dt = c->targets.items[n]->drift_state;
        if (!dt)
            continue;
        if (dt->checking || dt->asking)
            return false;
        for (size_t i = 0; i < dt->wants.len; i++) {
            const struct managed_want *w = dt->wants.items[i]->want;
            enum managed_state s = w ? managed_want_state(w, NULL) : MANAGED_FAILED;
            const struct managed_watch *watch = w ? managed_want_watch(w) : NULL;
            if (!is_blind(s) && !(s == MANAGED_CURRENT && watch && watch->synced))
                return false;
        }
    }
    return true;
}

/* ---- baselines ---- */

struct copying {
    struct arena *a;
    struct store_given *out;
};

static int copy_given(void *ctx, const struct store_given *g)
{
    struct copying *c = ctx;
    c->out->fieldset.data = arena_strndup(c->a, g->fieldset.data, g->fieldset.len);
    c->out->fieldset.len = g->fieldset.len;
    c->out->leaves.data = arena_strndup(c->a, g->leaves.data, g->leaves.len);
    c->out->leaves.len = g->leaves.len;
    return 1;
}

/* Our own write that gives nothing new; the object may have been made anew by it. */
static void reverted(struct drift_object *o, const struct val *answer, struct arena *a,
                     struct store_given *out)
{
    struct drift *d = o->dt->drift;
    const struct target *t = o->dt->target;
    const struct val *meta = val_get(answer, "metadata");
    const struct store_object so = drift_object_name(o);
    drift_set(&o->given->uid, "%s", val_str(val_get(meta, "uid"), ""));
    drift_set(&o->given->resource_version, "%s", val_str(val_get(meta, "resourceVersion"), ""));
    *out = (struct store_given){.environment = t->environment->uuid,
                                .cluster = t->cluster_uid,
                                .object = so,
                                .uid = o->given->uid,
                                .resource_version = o->given->resource_version,
                                .body_digest = o->body,
                                .release = o->release};
    struct copying c = {a, out};
    struct err e = ERR_INIT;
    if (!d->engine->view || store_with_given(d->engine->view, t->environment->uuid, t->cluster_uid,
                                             &so, copy_given, &c, &e) != 1)
        out->uid = NULL;
    err_clear(&e);
    judge(o, answer, true);
    val_pool_reset(&d->pool);
    arena_reset(&d->arena);
}

int drift_given(struct target *t, const struct val *answer, const struct digest *body,
                int64_t release, struct arena *a, struct store_given *out, struct err *e)
{
    struct drift *d = drift_of(t->environment->engine);
    struct drift_target *dt = state_of(d, t);
    const struct val *named = val_get(answer, "metadata");
    const struct store_object place = {
        val_str(val_get(answer, "apiVersion"), ""), val_str(val_get(answer, "kind"), ""),
        val_str(val_get(named, "namespace"), ""), val_str(val_get(named, "name"), "")};
    struct drift_object *known = body ? NULL : drift_object_of(t, &place);
    if (known) {
        reverted(known, answer, a, out);
        return 0;
    }
    static const struct digest no_body;
    body = body ? body : &no_body;
    struct given *g = given_from_response(&d->rules, answer, e);
    if (!g)
        return e && e->code ? e->code : ERR_PROTOCOL;
    const struct val *meta = val_get(answer, "metadata");
    struct store_object so = {g->api_version, g->kind, val_str(val_get(meta, "namespace"), ""),
                              val_str(val_get(meta, "name"), "")};
    struct buf fields, leaves;
    buf_init(&fields, STORE_MAX_BYTES);
    buf_init(&leaves, STORE_MAX_BYTES);
    int rc = given_write_fields(g, &fields);
    if (!rc)
        rc = given_write_leaves(&d->rules, g, answer, &leaves);
    if (rc) {
        err_set(e, rc, "the baseline of %s/%s is larger than 16 MiB", so.kind, so.name);
        given_free(g);
    } else {
        struct drift_object *o = object_put(dt, &so, g);
        o->body = *body;
        o->release = release;
        o->seen_ms = engine_wall_ms(d->engine);
        *out = (struct store_given){
            .environment = t->environment->uuid,
            .cluster = t->cluster_uid,
            .object = drift_object_name(o),
            .uid = g->uid,
            .resource_version = g->resource_version,
            .fieldset = {arena_strndup(a, buf_str(&fields), fields.len), fields.len},
            .leaves = {arena_strndup(a, buf_str(&leaves), leaves.len), leaves.len},
            .body_digest = *body,
            .release = release};
        judge(o, answer, true);
        val_pool_reset(&d->pool);
        arena_reset(&d->arena);
    }
    buf_clear(&fields);
    buf_wipe(&leaves);
    return rc;
}

void drift_forget(struct target *t, const struct store_object *so)
{
    struct drift_target *dt = t->drift_state;
    struct drift_object *o = drift_object_of(t, so);
    if (!o)
        return;
    char *key = drift_key(so->api_version, so->kind, so->name_space, so->name);
    strmap_remove(&dt->objects, key);
    mem_free(key);
    object_free(o);
    drift_targets_counts(dt);
}

void drift_hold(struct target *t, const struct store_object *so)
{
    struct drift_object *o = drift_object_of(t, so);
    if (o)
        o->held++;
}

void drift_let_go(struct target *t, const struct store_object *so)
{
    struct drift_object *o = drift_object_of(t, so);
    if (!o || !o->held || --o->held)
        return;
    /* Events that came meanwhile were not judged; that of our own write needs no judging. */
    int order;
    bool missed =
        o->held_version &&
        (!kube_version_compare(o->held_version, o->given->resource_version, &order) || order > 0);
    mem_free(o->held_version);
    o->held_version = NULL;
    if (missed || !o->seen)
        drift_probe(o);
}

static int load_given(void *ctx, const struct store_given *sg)
{
    struct drift *d = ctx;
    struct engine *e = d->engine;
    struct environment *env = environment_by_uuid(e, sg->environment);
    if (!env)
        return 0;
    struct err err = ERR_INIT;
    struct given *g = given_read(&d->rules, sg->uid, sg->resource_version, sg->object.api_version,
                                 sg->object.kind, sg->fieldset.data, sg->fieldset.len,
                                 sg->leaves.data, sg->leaves.len, &err);
    if (!g) {
        engine_message(e, LEEWAY_UNKNOWN, env->name, NULL, "%s/%s: %s", sg->object.kind,
                       sg->object.name, err.text ? err.text : "baseline unreadable");
    } else {
        struct drift_target *dt = state_of(d, target_put(env, sg->cluster));
        struct drift_object *o = object_put(dt, &sg->object, g);
        o->body = sg->body_digest;
        o->release = sg->release;
        o->seen_ms = sg->set_wall_ms;
    }
    err_clear(&err);
    return 0;
}

static int load_span(void *ctx, const struct store_drift *sd)
{
    struct drift *d = ctx;
    struct environment *env = environment_by_uuid(d->engine, sd->environment);
    struct target *t = env ? target_find(env, sd->cluster) : NULL;
    struct drift_object *o = t ? drift_object_of(t, &sd->object) : NULL;
    if (o)
        vec_push(&o->spans, (struct drift_span){mem_strdup(sd->path), sd->after_wall_ms,
                                                sd->first_seen_wall_ms});
    return 0;
}

static int start(struct engine *e, void **state, struct err *err)
{
    struct drift *d = mem_new(struct drift);
    d->engine = e;
    d->rules = (struct given_rules){.key = *hash_process_key(),
                                    .table = fieldset_table_new(),
                                    .manager = "leeway",
                                    .secret = secret_hash,
                                    .secret_ctx = e};
    val_pool_init_limited(&d->pool, BUF_LARGE);
    arena_init(&d->arena);
    *state = d;
    engine_table_own(e, ENGINE_DRIFTS, drift_item_fill, d);
    if (e->view && (store_each_given(e->view, NULL, NULL, load_given, d, err) ||
                    store_each_drift(e->view, NULL, false, load_span, d, err)))
        return err->code ? err->code : ERR_CORRUPT;
    for (size_t i = 0; i < e->environments.len; i++)
        for (size_t k = 0; k < e->environments.items[i]->targets.len; k++)
            if (e->environments.items[i]->targets.items[k]->drift_state)
                review(e->environments.items[i]->targets.items[k]->drift_state);
    return 0;
}

static void target_end(struct target *t)
{
    struct drift_target *dt = t->drift_state;
    if (!dt)
        return;
    t->drift_state = NULL;
    size_t at = 0;
    const struct strmap_entry *e;
    while ((e = strmap_next(&dt->objects, &at)))
        object_free(e->value);
    strmap_clear(&dt->objects);
    if (dt->unseen)
        drift_item_end(dt->unseen);
    vec_clear(&dt->wants);
    mem_free(dt);
}

static void stop(void *state, bool hand_over)
{
    (void)hand_over;
    struct drift *d = state;
    struct engine *e = d->engine;
    loop_cancel_timer(e->loop, d->timer);
    d->engine = NULL; /* what ends now is not written as an end */
    for (size_t i = 0; i < e->environments.len; i++)
        for (size_t k = 0; k < e->environments.items[i]->targets.len; k++)
            target_end(e->environments.items[i]->targets.items[k]);
    vec_clear(&d->items);
    val_pool_clear(&d->pool);
    arena_clear(&d->arena);
    fieldset_table_free(d->rules.table);
    mem_free(d);
}

const struct engine_part drift_part = {
    .name = "drift",
    .start = start,
    .cluster = hook_cluster,
    .object = hook_object,
    .synced = hook_synced,
    .watch = hook_watch,
    .settled = hook_settled,
    .stop = stop,
};
