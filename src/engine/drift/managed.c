// SPDX-License-Identifier: Apache-2.0
/*
 * Two layers. A want is what a target asks for: a kind in a namespace. Wants of one kind (group,
 * version, kind) of a cluster share a struct kind, which decides how it is watched: not known until
 * discovery has the kind and the rights were asked; then one watch over all namespaces, or one for
 * each wanted namespace. Watches live as long as their kind has wants that need them.
 */
#include "engine/drift/managed.h"

#include "base/mem.h"
#include "engine/fleet/cluster_int.h"

#include <string.h>

enum scope {
    SCOPE_UNKNOWN,   /* rights were not asked, or the answer is under way */
    SCOPE_ALL,       /* all namespaces, or cluster scope */
    SCOPE_NAMESPACE, /* each wanted namespace by itself */
};

struct watch {
    struct managed_watch w; /* first: what parts see */
    struct managed_kind *kind;
    struct kube_watch *kube;
    unsigned wants;
    char *namespace_, *why;
};

struct managed_kind {
    struct managed *m;
    struct cluster *cluster;
    char *group, *version, *kind, *api_version, *plural;
    bool namespaced, unserved;
    enum scope scope;
    struct kube_call *asking; /* list, then watch, over all namespaces */
    bool may_list;
    VEC(struct watch *) watches;
    VEC(struct managed_want *) wants;
};

struct managed_want {
    struct managed_kind *kind;
    struct watch *watch; /* NULL: not decided */
    char *namespace_;    /* "" cluster scope */
};

struct managed {
    struct engine *engine;
};

static const char *const words[] = {
    [MANAGED_WAITING] = "waiting",     [MANAGED_STARTING] = "starting",
    [MANAGED_CURRENT] = "current",     [MANAGED_STALE] = "stale",
    [MANAGED_FORBIDDEN] = "forbidden", [MANAGED_UNSERVED] = "not served",
    [MANAGED_FAILED] = "failed",
};

const char *managed_state_word(enum managed_state s)
{
    return (size_t)s < ARRAY_LEN(words) ? words[s] : "?";
}

/* ---- telling the parts ---- */

static void tell_object(struct watch *x, enum kube_event type, const struct val *object)
{
    struct engine *e = x->kind->m->engine;
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->object)
            engine_parts[i]->object(e->part_states.items[i], &x->w, type, object);
}

static void tell_synced(struct watch *x)
{
    struct engine *e = x->kind->m->engine;
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->synced)
            engine_parts[i]->synced(e->part_states.items[i], &x->w);
}

static void tell_state(struct watch *x)
{
    struct engine *e = x->kind->m->engine;
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->watch)
            engine_parts[i]->watch(e->part_states.items[i], &x->w);
    engine_dirty_cluster(e, x->kind->cluster);
}

static void set_state(struct watch *x, enum managed_state state, const char *why, int64_t since_ms)
{
    if (x->w.state == state && strcmp(x->w.why, why) == 0)
        return;
    char *copy = mem_strdup(why);
    mem_free(x->why);
    x->w.why = x->why = copy;
    x->w.state = state;
    x->w.since_ms = since_ms;
    tell_state(x);
}

/* ---- one watch ---- */

static void on_object(void *ctx, enum kube_event type, const struct val *object)
{
    tell_object(ctx, type, object);
}

static void on_synced(void *ctx)
{
    struct watch *x = ctx;
    x->w.synced = true;
    tell_synced(x);
}

static void on_state(void *ctx, const struct kube_watch_status *s)
{
    static const enum managed_state states[] = {
        [KUBE_WATCH_STARTING] = MANAGED_STARTING, [KUBE_WATCH_CURRENT] = MANAGED_CURRENT,
        [KUBE_WATCH_STALE] = MANAGED_STALE,       [KUBE_WATCH_FORBIDDEN] = MANAGED_FORBIDDEN,
        [KUBE_WATCH_UNSERVED] = MANAGED_UNSERVED, [KUBE_WATCH_FAILED] = MANAGED_FAILED,
    };
    struct watch *x = ctx;
    set_state(x, states[s->state], s->error ? s->error->text : "", s->since_ms);
}

static struct watch *watch_find(const struct managed_kind *k, const char *ns)
{
    for (size_t i = 0; i < k->watches.len; i++)
        if (strcmp(k->watches.items[i]->namespace_, ns) == 0)
            return k->watches.items[i];
    return NULL;
}

static void watch_open(struct watch *x)
{
    struct managed_kind *k = x->kind;
    struct engine *e = k->m->engine;
    struct buf path, labels;
    buf_init(&path, 4096);
    buf_init(&labels, 256);
    bool fits = !kube_path(&path, k->group, k->version, k->plural, x->namespace_, NULL, NULL) &&
                !buf_printf(&labels, "%s=%s", MANAGED_FLEET_LABEL, e->fleet_uuid);
    if (fits) {
        const struct kube_watch_options o = {
            .what = {.path = buf_str(&path), .label_selector = buf_str(&labels)},
            .on_object = on_object,
            .on_synced = on_synced,
            .on_state = on_state,
            .ctx = x,
        };
        x->kube = kube_watch_start(k->cluster->kube, &o);
    }
    buf_clear(&path);
    buf_clear(&labels);
}

static struct watch *watch_get(struct managed_kind *k, const char *ns)
{
    struct watch *x = watch_find(k, ns);
    if (x)
        return x;
    x = mem_new(struct watch);
    x->kind = k;
    x->namespace_ = mem_strdup(ns);
    x->why = mem_strdup("");
    x->w = (struct managed_watch){
        .cluster = k->cluster,
        .group = k->group,
        .version = k->version,
        .kind = k->kind,
        .api_version = k->api_version,
        .plural = k->plural,
        .namespace_ = *ns ? x->namespace_ : NULL,
        .namespaced = k->namespaced,
        .state = MANAGED_STARTING,
        .since_ms = engine_boot_ms(k->m->engine),
        .why = x->why,
    };
    vec_push(&k->watches, x);
    watch_open(x);
    return x;
}

static void watch_free(struct watch *x)
{
    kube_watch_free(x->kube);
    mem_free(x->namespace_);
    mem_free(x->why);
    mem_free(x);
}

static void watch_drop(struct watch *x)
{
    struct managed_kind *k = x->kind;
    if (--x->wants)
        return;
    for (size_t i = 0; i < k->watches.len; i++)
        if (k->watches.items[i] == x) {
            k->watches.items[i] = k->watches.items[--k->watches.len];
            break;
        }
    watch_free(x);
    engine_dirty_cluster(k->m->engine, k->cluster);
}

/* ---- how a kind is watched ---- */

static void serve_want(struct managed_want *w)
{
    struct managed_kind *k = w->kind;
    if (w->watch || k->scope == SCOPE_UNKNOWN || !k->plural || !k->cluster->kube)
        return;
    bool all = k->scope == SCOPE_ALL || !k->namespaced;
    w->watch = watch_get(k, all ? "" : w->namespace_);
    w->watch->wants++;
}

static void serve(struct managed_kind *k)
{
    for (size_t i = 0; i < k->wants.len; i++)
        serve_want(k->wants.items[i]);
    engine_dirty_cluster(k->m->engine, k->cluster);
}

static void on_answer(void *ctx, const struct kube_access_answer *a);

static void ask(struct managed_kind *k, const char *verb)
{
    const struct kube_access_question q = {
        .verb = verb, .group = k->group, .version = k->version, .resource = k->plural};
    k->asking = kube_may_i(k->cluster->kube, &q, on_answer, k);
}

static void on_answer(void *ctx, const struct kube_access_answer *a)
{
    struct managed_kind *k = ctx;
    k->asking = NULL;
    if (a->error->code == ERR_FORBIDDEN) { /* may not even ask: the watch will tell */
        k->scope = SCOPE_ALL;
    } else if (a->error->code) {
        return; /* asked again when the cluster is up or discovered anew */
    } else if (!a->allowed) {
        k->scope = SCOPE_NAMESPACE;
    } else if (!k->may_list) {
        k->may_list = true;
        ask(k, "watch");
        return;
    } else {
        k->scope = SCOPE_ALL;
    }
    serve(k);
}

/* Discovery knows (or not any more), the cluster is up: go on from where this kind stands. */
static void decide(struct managed_kind *k)
{
    struct cluster *c = k->cluster;
    if (!cluster_is_up(c) || !c->discovery || !k->m->engine->fleet_uuid[0])
        return;
    const struct kube_resource *r =
        kube_discovery_kind(c->discovery, k->group, k->version, k->kind);
    bool was_unserved = k->unserved;
    k->unserved = !r && !kube_discovery_partial(c->discovery);
    if (k->unserved != was_unserved)
        engine_dirty_cluster(k->m->engine, c);
    if (!r)
        return;
    if (!k->plural) {
        k->plural = mem_strdup(r->plural);
        k->namespaced = r->namespaced;
    }
    if (k->scope == SCOPE_UNKNOWN && !k->asking) {
        k->may_list = false;
        if (k->namespaced) {
            ask(k, "list");
            return;
        }
        k->scope = SCOPE_ALL;
    }
    serve(k);
    for (size_t i = 0; was_unserved && i < k->watches.len; i++)
        if (k->watches.items[i]->kube)
            kube_watch_try_now(k->watches.items[i]->kube);
}

/* ---- kinds and wants ---- */

static struct managed_kind *kind_get(struct managed *m, struct cluster *c, const char *api_version,
                                     const char *kind)
{
    for (size_t i = 0; i < c->kinds.len; i++) {
        struct managed_kind *k = c->kinds.items[i];
        if (strcmp(k->kind, kind) == 0 && strcmp(k->api_version, api_version) == 0)
            return k;
    }
    struct managed_kind *k = mem_new(struct managed_kind);
    const char *slash = strchr(api_version, '/');
    k->m = m;
    k->cluster = c;
    k->api_version = mem_strdup(api_version);
    k->group = slash ? mem_strndup(api_version, (size_t)(slash - api_version)) : mem_strdup("");
    k->version = mem_strdup(slash ? slash + 1 : api_version);
    k->kind = mem_strdup(kind);
    vec_push(&c->kinds, k);
    return k;
}

static void close_watches(struct managed_kind *k)
{
    kube_cancel(k->asking);
    k->asking = NULL;
    k->scope = SCOPE_UNKNOWN;
    for (size_t i = 0; i < k->wants.len; i++)
        k->wants.items[i]->watch = NULL;
    while (k->watches.len)
        watch_free(k->watches.items[--k->watches.len]);
}

static void kind_free(struct managed_kind *k)
{
    close_watches(k);
    for (size_t i = 0; i < k->wants.len; i++) {
        mem_free(k->wants.items[i]->namespace_);
        mem_free(k->wants.items[i]);
    }
    vec_clear(&k->wants);
    vec_clear(&k->watches);
    mem_free(k->group);
    mem_free(k->version);
    mem_free(k->kind);
    mem_free(k->api_version);
    mem_free(k->plural);
    mem_free(k);
}

struct managed_want *managed_want(struct cluster *c, const char *api_version, const char *kind,
                                  const char *ns)
{
    struct managed_kind *k = kind_get(c->engine->managed, c, api_version, kind);
    struct managed_want *w = mem_new(struct managed_want);
    w->kind = k;
    w->namespace_ = mem_strdup(ns ? ns : "");
    vec_push(&k->wants, w);
    decide(k);
    return w;
}

void managed_drop(struct managed_want *w)
{
    if (!w)
        return;
    struct managed_kind *k = w->kind;
    for (size_t i = 0; i < k->wants.len; i++)
        if (k->wants.items[i] == w) {
            k->wants.items[i] = k->wants.items[--k->wants.len];
            break;
        }
    if (w->watch)
        watch_drop(w->watch);
    mem_free(w->namespace_);
    mem_free(w);
    if (k->wants.len)
        return;
    struct cluster *c = k->cluster;
    for (size_t i = 0; i < c->kinds.len; i++)
        if (c->kinds.items[i] == k) {
            c->kinds.items[i] = c->kinds.items[--c->kinds.len];
            break;
        }
    kind_free(k);
}

struct managed_watch *managed_want_watch(const struct managed_want *w)
{
    return w->watch ? &w->watch->w : NULL;
}

enum managed_state managed_want_state(const struct managed_want *w, const char **why)
{
    const struct managed_kind *k = w->kind;
    const struct cluster *c = k->cluster;
    const char *unused;
    why = why ? why : &unused;
    if (!cluster_is_up(c)) {
        *why = *c->reason ? c->reason : "the cluster has not answered yet";
        return w->watch && w->watch->w.synced ? MANAGED_STALE : MANAGED_WAITING;
    }
    if (k->unserved) {
        *why = "this version of the kind is not served";
        return MANAGED_UNSERVED;
    }
    if (!w->watch) {
        *why = k->plural ? "the rights are being asked" : "what is served is being asked";
        return MANAGED_WAITING;
    }
    *why = w->watch->w.why;
    return w->watch->w.state;
}

bool managed_watch_covers(const struct managed_watch *w, const char *api_version, const char *kind,
                          const char *ns)
{
    return strcmp(w->kind, kind) == 0 && strcmp(w->api_version, api_version) == 0 &&
           (!w->namespace_ || strcmp(w->namespace_, ns ? ns : "") == 0);
}

/* ---- clusters ---- */

void managed_cluster_changed(struct managed *m, struct cluster *c, enum cluster_change what)
{
    (void)m;
    for (size_t i = 0; i < c->kinds.len; i++) {
        struct managed_kind *k = c->kinds.items[i];
        if (what == CLUSTER_REPLACED || what == CLUSTER_GONE)
            close_watches(k);
        else if (what == CLUSTER_UP || what == CLUSTER_DISCOVERED)
            decide(k);
    }
}

void managed_count(const struct cluster *c, uint32_t *watches, uint32_t *current)
{
    const struct kube_watch *own[] = {c->observer->nodes, c->observer->namespaces};
    *watches = *current = 0;
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        struct kube_watch_status s;
        if (!own[i])
            continue;
        kube_watch_status(own[i], &s);
        ++*watches;
        *current += s.state == KUBE_WATCH_CURRENT;
    }
    for (size_t i = 0; i < c->kinds.len; i++) {
        const struct managed_kind *k = c->kinds.items[i];
        for (size_t n = 0; n < k->watches.len; n++) {
            ++*watches;
            *current += k->watches.items[n]->w.state == MANAGED_CURRENT;
        }
    }
}

struct managed *managed_new(struct engine *e)
{
    struct managed *m = mem_new(struct managed);
    m->engine = e;
    return m;
}

void managed_free(struct managed *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->engine->all.len; i++) {
        struct cluster *c = m->engine->all.items[i];
        while (c->kinds.len)
            kind_free(c->kinds.items[--c->kinds.len]);
        vec_clear(&c->kinds);
    }
    mem_free(m);
}
