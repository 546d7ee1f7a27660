// SPDX-License-Identifier: Apache-2.0
/*
 * What is asked of a cluster that is up: who we are, what it serves, its nodes and namespaces by
 * watch, and by small requests now and then: readiness every 30 s, pods (a list of one and the
 * server's count of the rest) and pods without a node every 60 s, version, discovery and rights
 * every 10 min. Nothing is asked twice at once, and nothing while the cluster is silent.
 */
#include "engine/fleet/cluster_int.h"

#include "base/mem.h"
#include "data/json.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    READY_MS = 30000,
    PODS_MS = 60000,
    SLOW_MS = 600000,
    STALE_GRACE_MS = 10000, /* a watch that is begun anew is not behind yet */
    UNPLACED_MAX = 100,
    UNPLACED_GRACE_MS = 60000, /* a pod may wait that long for its node */
    BODY_MAX = 16 << 20,
};

static struct loop *loop_of(const struct cluster *c)
{
    return c->engine->loop;
}

static void set(char **to, const char *s)
{
    char *copy = mem_strdup(s ? s : "");
    mem_free(*to);
    *to = copy;
}

/* A few per cent either way, so that a fleet does not ask in step. */
static int64_t about(struct cluster *c, int64_t ms)
{
    return ms - ms / 16 + (int64_t)(engine_random(c->engine) % (uint64_t)(ms / 8));
}

static void again(struct cluster *c, struct loop_timer **timer, int64_t ms, loop_timer_fn *fn)
{
    loop_cancel_timer(loop_of(c), *timer);
    *timer = c->engine->options.no_watch ? NULL : loop_after(loop_of(c), about(c, ms), fn, c);
}

void cluster_answer_set(struct cluster *c, struct cluster_answer *a, const struct kube_error *e)
{
    a->asked = true;
    a->known = !e || !e->code;
    a->at_ms = engine_wall_ms(c->engine);
    mem_free(a->why);
    a->why = NULL;
    if (!a->known && e->code == ERR_FORBIDDEN)
        a->why = mem_printf("forbidden for %s", *c->identity ? c->identity : "this login");
    else if (!a->known)
        a->why = mem_strdup(e->text);
}

static void answered(struct cluster *c)
{
    cluster_check_settled(c);
    cluster_changed(c);
}

/* ---- who we are, what we may ---- */

static void on_rights_here(void *ctx, const struct kube_access_answer *a)
{
    struct cluster *c = ctx;
    c->observer->rights = NULL;
    c->may_apply_here = a->allowed;
    cluster_answer_set(c, &c->rights_answer, a->error);
    answered(c);
}

static void on_rights(void *ctx, const struct kube_access_answer *a)
{
    struct cluster *c = ctx;
    c->observer->rights = NULL;
    c->may_apply = a->allowed;
    if (!a->error->code && !a->allowed) {
        const struct kube_access_question q = {.verb = "patch",
                                               .group = "apps",
                                               .resource = "deployments",
                                               .ns = c->route->access.namespace_};
        c->observer->rights = kube_may_i(c->kube, &q, on_rights_here, c);
        return;
    }
    c->may_apply_here = a->allowed;
    cluster_answer_set(c, &c->rights_answer, a->error);
    answered(c);
}

static void on_whoami(void *ctx, const struct kube_identity *id)
{
    struct cluster *c = ctx;
    c->observer->whoami = NULL;
    if (!id->error->code && *id->user)
        set(&c->identity, id->user);
    static const struct kube_access_question q = {
        .verb = "patch", .group = "apps", .resource = "deployments"};
    kube_cancel(c->observer->rights);
    c->observer->rights = kube_may_i(c->kube, &q, on_rights, c);
    cluster_changed(c);
}

/* ---- discovery ---- */

/* A command that waits for its clusters waits no longer. */
static bool all_reached(const struct engine *e)
{
    for (size_t i = 0; i < e->clusters.len; i++) {
        const struct cluster *c = e->clusters.items[i];
        if (c->reach == LEEWAY_REACH_WAITING || c->reach == LEEWAY_REACH_CONNECTING ||
            (c->reach == LEEWAY_REACH_OK && !c->observer->discovered))
            return false;
    }
    return true;
}

static void on_discovery(void *ctx, const struct kube_discovery *d, const struct kube_error *error)
{
    struct cluster *c = ctx;
    c->observer->discovery = NULL;
    c->observer->discovered = true;
    bool changed = d && d != c->discovery;
    if (changed) {
        const struct kube_discovery *old = c->discovery;
        c->discovery = kube_discovery_ref(d);
        kube_discovery_unref(old);
        cluster_facts_detect(c);
    }
    answered(c);
    if (changed)
        cluster_tell(c, CLUSTER_DISCOVERED);
    if (c->engine->options.no_watch && all_reached(c->engine))
        engine_publish_at_once(c->engine);
}

static void ask_discovery(struct cluster *c)
{
    if (!c->observer->discovery)
        c->observer->discovery = kube_discovery_get(c->kube, c->discovery, on_discovery, c);
}

static void on_version(void *ctx, const struct kube_version *v)
{
    struct cluster *c = ctx;
    c->observer->version = NULL;
    if (v->error->code)
        return;
    cluster_version_read(c, v);
    cluster_facts_detect(c);
    cluster_changed(c);
}

static void on_slow(void *ctx)
{
    struct cluster *c = ctx;
    struct cluster_observer *o = c->observer;
    o->slow_timer = NULL;
    ask_discovery(c);
    if (!o->version)
        o->version = kube_get_version(c->kube, on_version, c);
    if (!o->whoami && !o->rights)
        o->whoami = kube_who_am_i(c->kube, on_whoami, c);
    again(c, &o->slow_timer, SLOW_MS, on_slow);
}

/* ---- readiness ---- */

static void on_ready_due(void *ctx);

static void on_ready(void *ctx, const struct kube_readiness *r)
{
    struct cluster *c = ctx;
    struct cluster_observer *o = c->observer;
    o->ready = NULL;
    again(c, &o->ready_timer, READY_MS, on_ready_due);
    bool was = c->ready;
    cluster_answer_set(c, &c->ready_answer, r->answered ? NULL : r->error);
    c->ready = r->answered && r->ready;
    struct buf failed;
    buf_init(&failed, 512);
    for (size_t i = 0; r->answered && i < r->checks_len; i++)
        if (!r->checks[i].ok && !r->checks[i].excluded)
            (void)buf_printf(&failed, "%s%s", failed.len ? ", " : "", r->checks[i].name);
    set(&c->ready_failed, buf_str(&failed));
    buf_clear(&failed);
    if (c->ready != was || !c->ready_since_ms)
        c->ready_since_ms = engine_wall_ms(c->engine);
    struct kube_cluster_status s;
    kube_cluster_status(c->kube, &s);
    if (s.cert_not_after_ms)
        c->cert_not_after_ms = s.cert_not_after_ms;
    c->last_seen_ms = engine_wall_ms(c->engine);
    answered(c);
}

static void on_ready_due(void *ctx)
{
    struct cluster *c = ctx;
    c->observer->ready_timer = NULL;
    if (!c->observer->ready)
        c->observer->ready = kube_get_readiness(c->kube, on_ready, c);
}

/* ---- pods ---- */

static void on_pods_due(void *ctx);

/* Of a list of one: how many there are. -1: the answer is not such a list. */
static int64_t count_of_list(const struct kube_reply *r)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, BODY_MAX);
    const struct val *list = json_read(&pool, r->body, r->len, NULL, NULL);
    int64_t n = -1;
    if (val_is(val_get(list, "items"), VAL_LIST) || val_is(val_get(list, "metadata"), VAL_MAP)) {
        int64_t rest = val_int(val_at(list, "metadata", "remainingItemCount", NULL), 0);
        n = (int64_t)val_count(val_get(list, "items")) + (rest > 0 ? rest : 0);
    }
    val_pool_clear(&pool);
    return n;
}

static void on_unplaced(void *ctx, const struct kube_reply *r)
{
    struct cluster *c = ctx;
    c->observer->unplaced = NULL;
    cluster_answer_set(c, &c->unplaced_answer, r->error);
    struct val_pool pool;
    val_pool_init_limited(&pool, BODY_MAX);
    const struct val *items =
        r->error->code ? NULL : val_get(json_read(&pool, r->body, r->len, NULL, NULL), "items");
    int64_t now = engine_wall_ms(c->engine), first = 0;
    const char *says = "";
    c->unplaced = 0;
    for (size_t i = 0; i < val_count(items); i++) {
        const struct val *list = val_at(val_item(items, i), "status", "conditions", NULL);
        for (size_t k = 0; k < val_count(list); k++) {
            const struct val *cond = val_item(list, k);
            const struct val *t = val_get(cond, "lastTransitionTime");
            int64_t at = 0;
            if (!val_str_is(val_get(cond, "type"), "PodScheduled") || !val_is(t, VAL_STRING) ||
                clock_parse_rfc3339(t->as.s, t->len, &at, NULL) || now - at < UNPLACED_GRACE_MS)
                continue;
            c->unplaced++;
            if (!first || at < first) {
                first = at;
                says = val_str(val_get(cond, "message"), "");
            }
        }
    }
    c->unplaced_since_ms = first;
    set(&c->unplaced_says, says);
    val_pool_clear(&pool);
    answered(c);
}

static void on_pods(void *ctx, const struct kube_reply *r)
{
    struct cluster *c = ctx;
    c->observer->pods = NULL;
    again(c, &c->observer->pods_timer, PODS_MS, on_pods_due);
    cluster_answer_set(c, &c->pods_answer, r->error);
    c->pods = r->error->code ? -1 : count_of_list(r);
    c->pods_answer.known = c->pods >= 0;
    answered(c);
}

static void on_pods_due(void *ctx)
{
    struct cluster *c = ctx;
    struct cluster_observer *o = c->observer;
    o->pods_timer = NULL;
    struct kube_request r = {
        .path = "/api/v1/pods",
        .query = "limit=1",
        .accept =
            "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
        .is_collection = true,
        .priority = KUBE_PRIORITY_LOW,
        .deadline_ms = 30000,
        .max_body_bytes = BODY_MAX,
        .on_done = on_pods,
        .ctx = c,
    };
    if (!o->pods)
        o->pods = kube_send(c->kube, &r);
    char query[128];
    snprintf(query, sizeof(query),
             "fieldSelector=status.phase%%3DPending%%2Cspec.nodeName%%3D&limit=%d", UNPLACED_MAX);
    r.query = query;
    r.accept = NULL;
    r.on_done = on_unplaced;
    if (!o->unplaced)
        o->unplaced = kube_send(c->kube, &r);
}

/* ---- nodes and namespaces ---- */

/* Where an item of this name stands or would stand; each begins with its name. */
static size_t place_of(const void *items, size_t n, size_t size, const char *name, bool *found)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const char *const *at = (const void *)((const char *)items + mid * size);
        int order = strcmp(*at, name);
        if (order == 0) {
            *found = true;
            return mid;
        }
        if (order < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *found = false;
    return lo;
}
static_assert(offsetof(struct cluster_node, name) == 0, "place_of");
static_assert(offsetof(struct cluster_namespace, name) == 0, "place_of");

static size_t node_place(const struct cluster *c, const char *name, bool *found)
{
    return place_of(c->nodes.items, c->nodes.len, sizeof(c->nodes.items[0]), name, found);
}

static void remove_node(struct cluster *c, size_t i)
{
    cluster_node_clear(&c->nodes.items[i]);
    memmove(&c->nodes.items[i], &c->nodes.items[i + 1],
            (c->nodes.len - i - 1) * sizeof(c->nodes.items[0]));
    c->nodes.len--;
}

static void on_node(void *ctx, enum kube_event type, const struct val *object)
{
    struct cluster *c = ctx;
    struct cluster_node n;
    bool found;
    size_t i = node_place(c, val_str(val_at(object, "metadata", "name", NULL), ""), &found);
    if (type == KUBE_DELETED) {
        if (found)
            remove_node(c, i);
    } else {
        cluster_node_read(object, &n);
        if (found && cluster_node_same(&n, &c->nodes.items[i])) {
            cluster_node_clear(&n); /* a heartbeat */
            return;
        }
        if (found) {
            cluster_node_clear(&c->nodes.items[i]);
            c->nodes.items[i] = n;
        } else {
            vec_push(&c->nodes, n);
            memmove(&c->nodes.items[i + 1], &c->nodes.items[i], (c->nodes.len - i - 1) * sizeof(n));
            c->nodes.items[i] = n;
        }
    }
    if (c->nodes_answer.known)
        answered(c); /* before the list is complete nothing is said about it */
}

static void on_nodes_reset(void *ctx)
{
    struct cluster *c = ctx;
    while (c->nodes.len)
        remove_node(c, c->nodes.len - 1);
    c->nodes_answer.known = false;
}

static void on_nodes_synced(void *ctx)
{
    struct cluster *c = ctx;
    cluster_answer_set(c, &c->nodes_answer, NULL);
    cluster_facts_detect(c);
    answered(c);
}

static size_t namespace_place(const struct cluster *c, const char *name, bool *found)
{
    return place_of(c->namespaces.items, c->namespaces.len, sizeof(c->namespaces.items[0]), name,
                    found);
}

static void remove_namespace(struct cluster *c, size_t i)
{
    mem_free(c->namespaces.items[i].name);
    memmove(&c->namespaces.items[i], &c->namespaces.items[i + 1],
            (c->namespaces.len - i - 1) * sizeof(c->namespaces.items[0]));
    c->namespaces.len--;
}

static void on_namespace(void *ctx, enum kube_event type, const struct val *object)
{
    struct cluster *c = ctx;
    const struct val *meta = val_get(object, "metadata");
    const char *name = val_str(val_get(meta, "name"), "");
    bool found;
    size_t i = namespace_place(c, name, &found);
    if (type == KUBE_DELETED) {
        if (!found)
            return;
        remove_namespace(c, i);
    } else {
        struct cluster_namespace n = {.terminating = val_get(meta, "deletionTimestamp") != NULL};
        const struct val *t = val_get(meta, "creationTimestamp");
        if (val_is(t, VAL_STRING))
            (void)!clock_parse_rfc3339(t->as.s, t->len, &n.created_ms, NULL);
        if (found) {
            struct cluster_namespace *old = &c->namespaces.items[i];
            if (old->terminating == n.terminating && old->created_ms == n.created_ms)
                return;
            old->terminating = n.terminating;
            old->created_ms = n.created_ms;
        } else {
            n.name = mem_strdup(name);
            vec_push(&c->namespaces, n);
            memmove(&c->namespaces.items[i + 1], &c->namespaces.items[i],
                    (c->namespaces.len - i - 1) * sizeof(n));
            c->namespaces.items[i] = n;
        }
    }
    if (c->namespaces_answer.known)
        answered(c);
}

static void on_namespaces_reset(void *ctx)
{
    struct cluster *c = ctx;
    while (c->namespaces.len)
        remove_namespace(c, c->namespaces.len - 1);
    c->namespaces_answer.known = false;
}

static void on_namespaces_synced(void *ctx)
{
    struct cluster *c = ctx;
    cluster_answer_set(c, &c->namespaces_answer, NULL);
    answered(c);
}

/* ---- watches that are behind ---- */

static bool is_behind(const struct kube_watch *w)
{
    struct kube_watch_status s;
    if (!w)
        return false;
    kube_watch_status(w, &s);
    return s.state == KUBE_WATCH_STALE || s.state == KUBE_WATCH_FAILED;
}

static void on_stale(void *ctx)
{
    struct cluster *c = ctx;
    struct cluster_observer *o = c->observer;
    o->stale_timer = NULL;
    if (c->reach == LEEWAY_REACH_OK && (is_behind(o->nodes) || is_behind(o->namespaces)))
        cluster_set_reach(c, LEEWAY_REACH_STALE, "it answers, but a watch is behind",
                          "a watch is behind", NULL);
}

static void watch_state(struct cluster *c, struct cluster_answer *a,
                        const struct kube_watch_status *s)
{
    struct cluster_observer *o = c->observer;
    bool refused = s->state == KUBE_WATCH_FORBIDDEN || s->state == KUBE_WATCH_UNSERVED ||
                   (s->state == KUBE_WATCH_FAILED && s->error);
    if (refused) {
        cluster_answer_set(c, a, s->error);
        a->known = false;
        answered(c);
    }
    if (is_behind(o->nodes) || is_behind(o->namespaces)) {
        if (c->reach == LEEWAY_REACH_OK && !o->stale_timer)
            o->stale_timer = loop_after(loop_of(c), STALE_GRACE_MS, on_stale, c);
    } else if (c->reach == LEEWAY_REACH_STALE) {
        cluster_set_reach(c, LEEWAY_REACH_OK, NULL, NULL, NULL);
    }
}

static void on_nodes_state(void *ctx, const struct kube_watch_status *s)
{
    struct cluster *c = ctx;
    watch_state(c, &c->nodes_answer, s);
}

static void on_namespaces_state(void *ctx, const struct kube_watch_status *s)
{
    struct cluster *c = ctx;
    watch_state(c, &c->namespaces_answer, s);
}

/* ---- all of it ---- */

void cluster_ask_start(struct cluster *c)
{
    struct cluster_observer *o = c->observer;
    struct kube_watch_options nodes = {
        .what = {.path = "/api/v1/nodes"},
        .on_object = on_node,
        .on_synced = on_nodes_synced,
        .on_reset = on_nodes_reset,
        .on_state = on_nodes_state,
        .ctx = c,
    };
    struct kube_watch_options namespaces = {
        .what = {.path = "/api/v1/namespaces", .form = KUBE_FORM_METADATA},
        .on_object = on_namespace,
        .on_synced = on_namespaces_synced,
        .on_reset = on_namespaces_reset,
        .on_state = on_namespaces_state,
        .ctx = c,
    };
    if (!o->whoami && !o->rights)
        o->whoami = kube_who_am_i(c->kube, on_whoami, c);
    if (!o->nodes)
        o->nodes = kube_watch_start(c->kube, &nodes);
    else
        kube_watch_try_now(o->nodes);
    ask_discovery(c);
    again(c, &o->slow_timer, SLOW_MS, on_slow);
    if (c->engine->options.brief)
        return;
    if (!o->namespaces)
        o->namespaces = kube_watch_start(c->kube, &namespaces);
    else
        kube_watch_try_now(o->namespaces);
    on_ready_due(c);
    on_pods_due(c);
}

static void cancel(struct kube_call **call)
{
    kube_cancel(*call);
    *call = NULL;
}

void cluster_ask_pause(struct cluster *c)
{
    struct cluster_observer *o = c->observer;
    struct loop_timer **timers[] = {&o->ready_timer, &o->pods_timer, &o->slow_timer,
                                    &o->stale_timer};
    for (size_t i = 0; i < ARRAY_LEN(timers); i++) {
        loop_cancel_timer(loop_of(c), *timers[i]);
        *timers[i] = NULL;
    }
    cancel(&o->whoami);
    cancel(&o->ready);
    cancel(&o->pods);
    cancel(&o->unplaced);
    cancel(&o->rights);
    kube_discovery_cancel(o->discovery);
    o->discovery = NULL;
}

void cluster_ask_stop(struct cluster *c)
{
    struct cluster_observer *o = c->observer;
    cluster_ask_pause(c);
    kube_watch_free(o->nodes);
    kube_watch_free(o->namespaces);
    o->nodes = o->namespaces = NULL;
}
