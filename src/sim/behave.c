// SPDX-License-Identifier: Apache-2.0
/*
 * What controllers and kubelets would do: a Deployment is brought to its spec pod by pod through
 * ReplicaSets, new pods become ready a tick later unless their image is missing, and now and then a
 * pod is replaced by another. Everything goes through the store, so watches see all of it.
 */
#include "base/hash.h"
#include "sim/sim_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STEP_MS = 1000, WORKING_MAX = 1000, STEPS_MAX = 200 };

/* ---- small changes ---- */

static const struct val *put_at(struct val_pool *p, const struct val *v, const struct val *leaf,
                                const char *const *path)
{
    if (!*path)
        return leaf;
    const struct val *child = val_get(v, *path);
    child = put_at(p, child, leaf, path + 1);
    if (!val_is(v, VAL_MAP))
        v = val_map_of(p, NULL, 0);
    return val_map_with(p, v, *path, child);
}

struct sim_object *sim_behave_set(struct sim_cluster *c, struct sim_object *o, const char *json,
                                  const char *const *path)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *leaf = json_read(&p, json, strlen(json), NULL, NULL);
    const struct val *v = sim_object_read(&p, o);
    const struct sim_kind *k = o->kind;
    if (leaf) {
        const struct val *changed = put_at(&p, v, leaf, path);
        int64_t generation = val_int(val_at(v, "metadata", "generation", NULL), 0);
        if (generation && !val_equal(val_get(v, "spec"), val_get(changed, "spec"))) {
            struct val next = val_of_int(generation + 1);
            static const char *const at[] = {"metadata", "generation", NULL};
            changed = put_at(&p, changed, val_box(&p, next), at);
        }
        o = sim_store_put(c, k, &p, changed);
    }
    val_pool_clear(&p);
    return leaf ? o : NULL;
}

static void now_text(char out[CLOCK_RFC3339_LEN])
{
    clock_format_rfc3339(clock_wall_ms(clock_system()), out);
}

static struct sim_object *put_text(struct sim_cluster *c, const char *kind, const struct buf *b)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = json_read(&p, buf_str(b), b->len, NULL, NULL);
    struct sim_object *o = v ? sim_store_put(c, sim_kind_named(kind), &p, v) : NULL;
    val_pool_clear(&p);
    return o;
}

/* ---- a Deployment, taken apart ---- */

struct pods {
    sim_object_vec fresh, old; /* borrowed from the store; by the ReplicaSet they belong to */
    int64_t ready, fresh_ready;
};

struct deployment {
    struct sim_object *object;
    struct val_pool pool;
    const struct val *v, *template_, *selector;
    int64_t desired, generation;
    char hash[16], set[280]; /* the ReplicaSet of its template */
    bool image_missing;
};

static void open_deployment(struct sim_cluster *c, struct sim_object *o, struct deployment *d)
{
    static const struct hash_key key = {7, 11}; /* names need to look alike in every run */
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    *d = (struct deployment){.object = o};
    val_pool_init(&d->pool);
    d->v = sim_object_read(&d->pool, o);
    d->template_ = val_at(d->v, "spec", "template", NULL);
    d->selector = val_at(d->v, "spec", "selector", "matchLabels", NULL);
    d->desired = val_int(val_at(d->v, "spec", "replicas", NULL), 1);
    d->desired = d->desired < 0 ? 0 : (d->desired > 500 ? 500 : d->desired);
    d->generation = val_int(val_at(d->v, "metadata", "generation", NULL), 1);
    struct buf b;
    buf_init(&b, BUF_LARGE);
    json_write(&b, d->template_ ? d->template_ : &val_null, JSON_CANONICAL);
    uint64_t h = hash_bytes(&key, buf_str(&b), b.len);
    buf_clear(&b);
    for (int i = 0; i < 10; i++, h /= 27)
        d->hash[i] = letters[h % 27];
    snprintf(d->set, sizeof(d->set), "%.240s-%s", o->name, d->hash);
    const struct val *list = val_at(d->template_, "spec", "containers", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        d->image_missing =
            d->image_missing || (c->missing_image[0] &&
                                 val_str_is(val_get(val_item(list, i), "image"), c->missing_image));
}

static bool selects(const struct val *selector, const struct val *labels)
{
    if (!val_count(selector))
        return false;
    for (size_t i = 0; i < selector->len; i++) {
        const struct val *have = val_get_key(labels, selector->as.entries[i].key);
        if (!have || !val_equal(have, &selector->as.entries[i].value))
            return false;
    }
    return true;
}

static bool pod_ready(const struct val *pod)
{
    const struct val *list = val_at(pod, "status", "conditions", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "type"), "Ready"))
            return val_str_is(val_get(val_item(list, i), "status"), "True");
    return false;
}

static void find_pods(struct sim_cluster *c, struct deployment *d, struct pods *out)
{
    *out = (struct pods){0};
    const sim_object_vec *all = &c->objects[sim_kind_at(sim_kind_named("Pod"))];
    for (size_t i = 0; i < all->len; i++) {
        struct sim_object *o = all->items[i];
        if (strcmp(o->ns, d->object->ns) != 0)
            continue;
        const struct val *v = sim_object_read(&d->pool, o);
        const struct val *labels = val_at(v, "metadata", "labels", NULL);
        if (!selects(d->selector, labels))
            continue;
        bool fresh = val_str_is(val_get(labels, "pod-template-hash"), d->hash);
        bool ready = pod_ready(v);
        out->ready += ready;
        out->fresh_ready += fresh && ready;
        if (fresh)
            vec_push(&out->fresh, o);
        else
            vec_push(&out->old, o);
    }
}

/* ---- pods ---- */

static void pod_status(struct buf *b, const struct deployment *d, struct sim_cluster *c, bool ready)
{
    char now[CLOCK_RFC3339_LEN];
    now_text(now);
    const char *yes = ready ? "True" : "False";
    buf_printf(b,
               "{\"phase\":\"%s\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"True\","
               "\"lastTransitionTime\":\"%s\"},{\"type\":\"Initialized\",\"status\":\"True\","
               "\"lastTransitionTime\":\"%s\"},{\"type\":\"ContainersReady\",\"status\":\"%s\","
               "\"lastTransitionTime\":\"%s\"},{\"type\":\"Ready\",\"status\":\"%s\","
               "\"lastTransitionTime\":\"%s\"}],\"startTime\":\"%s\",\"podIP\":\"10.42.%u.%u\","
               "\"containerStatuses\":[",
               ready ? "Running" : "Pending", now, now, yes, now, yes, now, now,
               (unsigned)sim_random(c) % 8, (unsigned)sim_random(c) % 250 + 2);
    const struct val *list = val_at(d->template_, "spec", "containers", NULL);
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        buf_puts(b, i ? ",{\"name\":" : "{\"name\":");
        sim_json_text(b, val_str(val_get(one, "name"), ""));
        buf_puts(b, ",\"image\":");
        sim_json_text(b, val_str(val_get(one, "image"), ""));
        buf_printf(b, ",\"imageID\":\"\",\"restartCount\":0,\"ready\":%s,\"started\":%s,\"state\":",
                   ready ? "true" : "false", ready ? "true" : "false");
        if (ready)
            buf_printf(b, "{\"running\":{\"startedAt\":\"%s\"}}}", now);
        else if (d->image_missing)
            buf_puts(b, "{\"waiting\":{\"reason\":\"ImagePullBackOff\",\"message\":\"Back-off "
                        "pulling image: not found\"}}}");
        else
            buf_puts(b, "{\"waiting\":{\"reason\":\"ContainerCreating\"}}}");
    }
    buf_puts(b, "]}");
}

static const char *some_node(struct sim_cluster *c)
{
    const sim_object_vec *nodes = &c->objects[sim_kind_at(sim_kind_named("Node"))];
    return nodes->len ? nodes->items[sim_random(c) % nodes->len]->name : "";
}

static void owner(struct buf *b, const char *api, const char *kind, const struct sim_object *o)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *uid = val_at(sim_object_read(&p, o), "metadata", "uid", NULL);
    buf_printf(b,
               "\"ownerReferences\":[{\"apiVersion\":\"%s\",\"kind\":\"%s\",\"name\":\"%s\","
               "\"uid\":\"%s\",\"controller\":true,\"blockOwnerDeletion\":true}]",
               api, kind, o->name, val_str(uid, ""));
    val_pool_clear(&p);
}

static void metadata(struct buf *b, const struct deployment *d, const char *name, bool begins)
{
    buf_puts(b, "\"metadata\":{\"name\":");
    sim_json_text(b, name);
    buf_puts(b, ",\"namespace\":");
    sim_json_text(b, d->object->ns);
    buf_puts(b, ",\"labels\":");
    struct val_pool p;
    val_pool_init(&p);
    const struct val *labels = val_at(d->template_, "metadata", "labels", NULL);
    struct val hash = val_of_str(&p, d->hash);
    if (!val_is(labels, VAL_MAP))
        labels = val_map_of(&p, NULL, 0);
    json_write(b, val_map_with(&p, labels, "pod-template-hash", &hash), JSON_COMPACT);
    val_pool_clear(&p);
    buf_putc(b, ',');
    if (begins) /* as old as what it belongs to */
        buf_printf(b, "\"creationTimestamp\":\"%s\",",
                   val_str(val_at(d->v, "metadata", "creationTimestamp", NULL), ""));
}

static struct sim_object *replica_set(struct sim_cluster *c, struct deployment *d)
{
    const struct sim_kind *k = sim_kind_named("ReplicaSet");
    struct sim_object *rs = sim_store_get(c, k, d->object->ns, d->set);
    if (rs)
        return rs;
    struct buf b;
    buf_init(&b, BUF_LARGE);
    buf_puts(&b, "{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",");
    metadata(&b, d, d->set, !c->filled);
    buf_puts(&b, "\"generation\":1,");
    owner(&b, "apps/v1", "Deployment", d->object);
    buf_puts(&b, "},\"spec\":{\"replicas\":0,\"selector\":");
    json_write(&b, val_at(d->v, "spec", "selector", NULL), JSON_COMPACT);
    buf_puts(&b, ",\"template\":");
    json_write(&b, d->template_, JSON_COMPACT);
    buf_puts(&b, "},\"status\":{\"replicas\":0}}");
    rs = put_text(c, "ReplicaSet", &b);
    buf_clear(&b);
    return rs;
}

static void create_pod(struct sim_cluster *c, struct deployment *d, bool ready)
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
    char name[300], end[6] = "";
    for (int i = 0; i < 5; i++)
        end[i] = letters[sim_random(c) % 27];
    snprintf(name, sizeof(name), "%s-%s", d->set, end);
    struct sim_object *rs = replica_set(c, d);
    struct buf b;
    struct val_pool p;
    if (!rs)
        return;
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    buf_puts(&b, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",");
    metadata(&b, d, name, !c->filled);
    owner(&b, "apps/v1", "ReplicaSet", rs);
    buf_puts(&b, "},\"spec\":");
    const struct val *spec = val_get(d->template_, "spec");
    struct val node = val_of_str(&p, some_node(c));
    if (!val_is(spec, VAL_MAP))
        spec = val_map_of(&p, NULL, 0);
    json_write(&b, val_map_with(&p, spec, "nodeName", &node), JSON_COMPACT);
    buf_puts(&b, ",\"status\":");
    pod_status(&b, d, c, ready);
    buf_putc(&b, '}');
    put_text(c, "Pod", &b);
    buf_clear(&b);
    val_pool_clear(&p);
}

/* The first pod that can become ready does. */
static bool ready_one(struct sim_cluster *c, struct deployment *d, const struct pods *pods)
{
    static const char *const path[] = {"status", NULL};
    for (size_t i = 0; i < pods->fresh.len && !d->image_missing; i++) {
        if (pod_ready(sim_object_read(&d->pool, pods->fresh.items[i])))
            continue;
        struct buf b;
        buf_init(&b, BUF_LARGE);
        pod_status(&b, d, c, true);
        sim_behave_set(c, pods->fresh.items[i], buf_str(&b), path);
        buf_clear(&b);
        return true;
    }
    return false;
}

/* ---- steps ---- */

/* One step towards the spec; false when there is none left to make. */
static bool step(struct sim_cluster *c, struct deployment *d, bool at_once)
{
    struct pods pods;
    find_pods(c, d, &pods);
    int64_t fresh = (int64_t)pods.fresh.len, all = fresh + (int64_t)pods.old.len;
    bool done = false;
    if (ready_one(c, d, &pods))
        done = true;
    else if (fresh < d->desired && all <= d->desired)
        create_pod(c, d, at_once);
    else if (fresh > d->desired)
        sim_store_remove(c, pods.fresh.items[fresh - 1]);
    else if (pods.old.len && (pods.ready > d->desired - 1 || fresh == d->desired))
        sim_store_remove(c, pods.old.items[pods.old.len - 1]);
    else
        done = !pods.old.len && fresh == d->desired;
    bool settled = done && pods.fresh_ready == d->desired && fresh == d->desired && !pods.old.len;
    vec_clear(&pods.fresh);
    vec_clear(&pods.old);
    return !settled;
}

static void set_counts(struct sim_cluster *c, struct deployment *d)
{
    static const char *const status[] = {"status", NULL}, *const replicas[] = {"spec", "replicas",
                                                                               NULL};
    struct pods pods;
    char text[1200], now[CLOCK_RFC3339_LEN], number[24];
    find_pods(c, d, &pods);
    size_t all = pods.fresh.len + pods.old.len;
    bool available = pods.ready >= d->desired - d->desired / 4;
    const struct val *list = val_at(d->v, "status", "conditions", NULL);
    const char *since = "", *was = "";
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *one = val_item(list, i);
        if (val_str_is(val_get(one, "type"), "Available")) {
            was = val_str(val_get(one, "status"), "");
            since = val_str(val_get(one, "lastTransitionTime"), "");
        }
    }
    now_text(now);
    if (!*since || strcmp(was, available ? "True" : "False") != 0)
        since = now;
    bool complete = !pods.old.len && pods.fresh_ready == d->desired;
    snprintf(
        text, sizeof(text),
        "{\"observedGeneration\":%" PRId64 ",\"replicas\":%zu,\"updatedReplicas\":%zu,"
        "\"readyReplicas\":%" PRId64 ",\"availableReplicas\":%" PRId64
        ",\"unavailableReplicas\":%" PRId64 ",\"conditions\":[{\"type\":\"Available\","
        "\"status\":\"%s\",\"lastTransitionTime\":\"%s\",\"reason\":\"%s\"},{\"type\":"
        "\"Progressing\",\"status\":\"True\",\"lastTransitionTime\":\"%s\",\"reason\":\"%s\"}]}",
        d->generation, all, pods.fresh.len, pods.ready, pods.ready,
        d->desired > pods.ready ? d->desired - pods.ready : 0, available ? "True" : "False", since,
        available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable", since,
        complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated");
    sim_behave_set(c, d->object, text, status);
    struct sim_object *rs = replica_set(c, d);
    snprintf(number, sizeof(number), "%" PRId64, d->desired);
    if (rs)
        rs = sim_behave_set(c, rs, number, replicas);
    snprintf(text, sizeof(text),
             "{\"replicas\":%zu,\"readyReplicas\":%" PRId64 ",\"availableReplicas\":%" PRId64
             ",\"observedGeneration\":1}",
             pods.fresh.len, pods.fresh_ready, pods.fresh_ready);
    if (rs)
        sim_behave_set(c, rs, text, status);
    vec_clear(&pods.fresh);
    vec_clear(&pods.old);
}

/* What belongs to a Deployment that is gone goes as well; here because nothing else owns pods. */
static bool advance(struct sim_cluster *c, struct sim_object *was, bool at_once)
{
    struct sim_object *o = sim_store_get(c, was->kind, was->ns, was->name);
    if (!o)
        return false;
    struct deployment d;
    sim_object_ref(o);
    open_deployment(c, o, &d);
    bool more = val_is(d.template_, VAL_MAP) && step(c, &d, at_once);
    if (!at_once || !more)
        set_counts(c, &d);
    val_pool_clear(&d.pool);
    sim_object_unref(o);
    return more;
}

void sim_behave_settle(struct sim_cluster *c, struct sim_object *o)
{
    sim_object_ref(o);
    for (int i = 0; i < STEPS_MAX && advance(c, o, true); i++)
        ;
    sim_object_unref(o);
}

void sim_behave_touch(struct sim_cluster *c, struct sim_object *o)
{
    if (strcmp(o->kind->kind, "Deployment") != 0 || c->working.len == WORKING_MAX)
        return;
    for (size_t i = 0; i < c->working.len; i++)
        if (strcmp(c->working.items[i]->name, o->name) == 0 &&
            strcmp(c->working.items[i]->ns, o->ns) == 0)
            return;
    vec_push(&c->working, sim_object_ref(o));
}

void sim_behave_tick(struct sim_cluster *c)
{
    int64_t now = clock_boot_ms(clock_system());
    if (now - c->worked_ms < STEP_MS * 100 / c->sim->speed_percent)
        return;
    c->worked_ms = now;
    for (size_t i = c->working.len; i > 0; i--) {
        struct sim_object *o = c->working.items[i - 1];
        if (advance(c, o, false))
            continue;
        c->working.items[i - 1] = c->working.items[--c->working.len];
        sim_object_unref(o);
    }
}

void sim_behave_churn(struct sim_cluster *c)
{
    const struct sim_kind *k = sim_kind_named("Deployment");
    const sim_object_vec *all = &c->objects[sim_kind_at(k)];
    if (!all->len)
        return;
    struct sim_object *o = all->items[sim_random(c) % all->len];
    struct deployment d;
    struct pods pods;
    open_deployment(c, o, &d);
    find_pods(c, &d, &pods);
    if (pods.fresh.len)
        sim_store_remove(c, pods.fresh.items[sim_random(c) % pods.fresh.len]);
    sim_behave_touch(c, o);
    vec_clear(&pods.fresh);
    vec_clear(&pods.old);
    val_pool_clear(&d.pool);
}
