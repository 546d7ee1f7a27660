// SPDX-License-Identifier: Apache-2.0
#include "engine/drift/drift_int.h"

#include "base/digest.h"
#include "data/json.h"
#include "engine/apply/target_health.h"
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
    health_touch(dt->target);
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

/* A contract that cannot be read leaves platform the owner of everything. */
static void set_contract(struct drift_object *o, const char *text)
{
    struct engine *e = o->dt->drift->engine;
    struct err err = ERR_INIT;
    if (o->contract_text && strcmp(o->contract_text, text) == 0)
        return;
    contract_free(o->contract);
    o->contract = contract_read(text, strlen(text), &err);
    drift_set(&o->contract_text, "%s", text);
    if (err.code)
        engine_message(e, LEEWAY_UNKNOWN, o->dt->target->environment->name, NULL, "%s/%s: %s",
                       o->kind, o->name, err.text);
    err_clear(&err);
}

static struct drift_object *object_put(struct drift_target *dt, const struct store_object *so,
                                       struct given *g, const char *contract)
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
    set_contract(o, contract ? contract : "");
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
    contract_free(o->contract);
    mem_free(o->contract_text);
    mem_free(o->api_version);
    mem_free(o->kind);
    mem_free(o->ns);
    mem_free(o->name);
    mem_free(o->health_why);
    mem_free(o->waits_for);
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

const struct contract *drift_object_contract(const struct drift_object *o)
{
    return o->contract;
}

const char *drift_object_contract_text(const struct drift_object *o)
{
    return o->contract_text;
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

enum drift_health drift_object_health(const struct drift_object *o, const char **words)
{
    const struct drift_item *whole = drift_find_item((struct drift_object *)(uintptr_t)o, "");
    *words = o->waits_for ? o->waits_for : "";
    return !o->seen                                           ? DRIFT_HEALTH_UNSEEN
           : whole && whole->kind != LEEWAY_DRIFT_TERMINATING ? DRIFT_HEALTH_GONE
           : o->failed                                        ? DRIFT_HEALTH_FAILED
           : o->ready                                         ? DRIFT_HEALTH_READY
                                                              : DRIFT_HEALTH_WAITING;
}

void drift_each_object(struct target *t, void (*fn)(void *ctx, const struct drift_object *o),
                       void *ctx)
{
    struct drift_target *dt = t->drift_state;
    const struct strmap_entry *entry;
    for (size_t i = 0; dt && (entry = strmap_next(&dt->objects, &i));)
        fn(ctx, entry->value);
}

struct drift_item *drift_object_item(const struct drift_object *o, size_t n)
{
    return n < o->items.len ? o->items.items[n] : NULL;
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
static void reverted(struct drift_object *o, const struct val *answer, const char *contract,
                     struct arena *a, struct store_given *out)
{
    struct drift *d = o->dt->drift;
    const struct target *t = o->dt->target;
    const struct val *meta = val_get(answer, "metadata");
    const struct store_object so = drift_object_name(o);
    set_contract(o, contract);
    drift_set(&o->given->uid, "%s", val_str(val_get(meta, "uid"), ""));
    drift_set(&o->given->resource_version, "%s", val_str(val_get(meta, "resourceVersion"), ""));
    *out = (struct store_given){.environment = t->environment->uuid,
                                .cluster = t->cluster_uid,
                                .object = so,
                                .uid = o->given->uid,
                                .resource_version = o->given->resource_version,
                                .body_digest = o->body,
                                .release = o->release,
                                .contract = o->contract_text};
    struct copying c = {a, out};
    struct err e = ERR_INIT;
    if (!d->engine->view || store_with_given(d->engine->view, t->environment->uuid, t->cluster_uid,
                                             &so, copy_given, &c, &e) != 1)
        out->uid = NULL;
    err_clear(&e);
    drift_judge_answer(o, answer);
    val_pool_reset(&d->pool);
    arena_reset(&d->arena);
}

int drift_given(struct target *t, const struct val *answer, const struct digest *body,
                const char *contract, int64_t release, struct arena *a, struct store_given *out,
                struct err *e)
{
    struct drift *d = drift_of(t->environment->engine);
    struct drift_target *dt = state_of(d, t);
    const struct val *named = val_get(answer, "metadata");
    const struct store_object place = {
        val_str(val_get(answer, "apiVersion"), ""), val_str(val_get(answer, "kind"), ""),
        val_str(val_get(named, "namespace"), ""), val_str(val_get(named, "name"), "")};
    struct drift_object *known = body ? NULL : drift_object_of(t, &place);
    if (known) {
        reverted(known, answer, contract, a, out);
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
        struct drift_object *o = object_put(dt, &so, g, contract);
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
            .release = release,
            .contract = o->contract_text};
        drift_judge_answer(o, answer);
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

void drift_target_gone(struct target *t)
{
    static const int32_t none[LEEWAY_VERDICT_COUNT];
    target_end(t);
    target_set_drift(t, none, 0);
    target_set_objects(t, 0, 0);
}

static int load_given(void *ctx, const struct store_given *sg)
{
    struct drift *d = ctx;
    struct engine *e = d->engine;
    struct environment *env = environment_by_uuid(e, sg->environment);
    if (!env)
        return 0;
    struct err err = ERR_INIT;
    const struct target *t = target_find(env, sg->cluster);
    if (t && t->phase == LEEWAY_TARGET_GONE)
        return 0;
    struct given *g = given_read(&d->rules, sg->uid, sg->resource_version, sg->object.api_version,
                                 sg->object.kind, sg->fieldset.data, sg->fieldset.len,
                                 sg->leaves.data, sg->leaves.len, &err);
    if (!g) {
        engine_message(e, LEEWAY_UNKNOWN, env->name, NULL, "%s/%s: %s", sg->object.kind,
                       sg->object.name, err.text ? err.text : "baseline unreadable");
    } else {
        struct drift_target *dt = state_of(d, target_put(env, sg->cluster));
        struct drift_object *o = object_put(dt, &sg->object, g, sg->contract);
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

/* What stood while nobody looked has not been seen to stand. */
static void hook_gap(void *state, int64_t gap_ms)
{
    struct drift *d = state;
    for (size_t i = 0; i < d->items.len; i++)
        if (d->items.items[i]->due_ms)
            d->items.items[i]->due_ms += gap_ms;
}

const struct engine_part drift_part = {
    .name = "drift",
    .start = start,
    .gap = hook_gap,
    .cluster = hook_cluster,
    .object = hook_object,
    .synced = hook_synced,
    .watch = hook_watch,
    .settled = hook_settled,
    .stop = stop,
};
