// SPDX-License-Identifier: Apache-2.0
/*
 * The write side: create, replace, JSON and merge patch, delete, status and scale. Every write ends
 * in finish(), which keeps what a client may not change, raises the generation when the spec is
 * new, and does nothing but answer in a dry run. Server-side apply and strategic merge patch are
 * answered with 415, as a server answers that does not have them.
 */
#include "base/hash.h"
#include "data/diff.h"
#include "sim/sim_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POOL_MAX = 64 * 1024 * 1024 };

struct write {
    struct sim_cluster *c;
    const struct sim_target *t;
    const struct sim_query *q;
    const struct sim_request *rq;
    struct sim_reply *r;
    struct val_pool pool;
    bool dry;
};

static const struct val *text(struct write *w, const char *s)
{
    return val_box(&w->pool, val_of_str(&w->pool, s));
}

static const struct val *integer(struct write *w, int64_t i)
{
    return val_box(&w->pool, val_of_int(i));
}

static const struct val *with(struct write *w, const struct val *map, const char *key,
                              const struct val *v)
{
    if (!val_is(map, VAL_MAP))
        map = val_map_of(&w->pool, NULL, 0);
    return v ? val_map_with(&w->pool, map, key, v) : val_map_without(&w->pool, map, key);
}

static const struct val *with_meta(struct write *w, const struct val *o, const char *key,
                                   const struct val *v)
{
    return with(w, o, "metadata", with(w, val_get(o, "metadata"), key, v));
}

static const char *kind_words(const struct write *w, char *room, size_t len)
{
    const struct sim_kind *k = w->t->kind;
    snprintf(room, len, "%s%s%s", k->plural, k->group[0] ? "." : "", k->group);
    return room;
}

static void not_found(struct write *w)
{
    char kind[128];
    sim_fail(w->r, 404, "NotFound", w->t, NULL, "%s \"%s\" not found",
             kind_words(w, kind, sizeof(kind)), w->t->name);
}

static void conflict(struct write *w, const char *why)
{
    char kind[128];
    sim_fail(w->r, 409, "Conflict", w->t, NULL, "Operation cannot be fulfilled on %s \"%s\": %s",
             kind_words(w, kind, sizeof(kind)), w->t->name, why);
}

static const char modified[] = "the object has been modified; please apply your changes to the "
                               "latest version and try again";

/* ---- bodies ---- */

static bool content_is(const struct write *w, const char *type)
{
    const char *have = w->rq->content_type ? w->rq->content_type : "application/json";
    size_t n = strlen(type);
    return strncasecmp(have, type, n) == 0 && (!have[n] || have[n] == ';' || have[n] == ' ');
}

static const struct val *read_body(struct write *w)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(&w->pool, w->rq->body, w->rq->body_len, NULL, &e);
    if (!v)
        sim_fail(w->r, 400, "BadRequest", NULL, NULL, "the body cannot be read: %s", e.text);
    err_clear(&e);
    return v;
}

/* An object as a body, of the kind and place that the path says; NULL with the reply filled. */
static const struct val *read_object(struct write *w)
{
    const struct sim_kind *k = w->t->kind;
    char api[200];
    if (!content_is(w, "application/json")) {
        sim_fail(w->r, 415, "UnsupportedMediaType", NULL, NULL,
                 "the body of the request was in an unknown format - accepted media types "
                 "include: application/json");
        return NULL;
    }
    const struct val *v = read_body(w);
    if (!v)
        return NULL;
    snprintf(api, sizeof(api), "%s%s%s", k->group, k->group[0] ? "/" : "", k->version);
    if (!val_is(v, VAL_MAP) || !val_str_is(val_get(v, "kind"), k->kind) ||
        !val_str_is(val_get(v, "apiVersion"), api)) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "%s in version \"%s\" cannot be handled as a %s", "the object", api, k->kind);
        return NULL;
    }
    const char *ns = val_str(val_at(v, "metadata", "namespace", NULL), "");
    if (k->namespaced && *ns && strcmp(ns, w->t->ns) != 0) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "the namespace of the provided object does not match the namespace sent on the "
                 "request");
        return NULL;
    }
    return k->namespaced ? with_meta(w, v, "namespace", text(w, w->t->ns)) : v;
}

/* ---- garbage ---- */

static bool owned_by(const struct val *o, const char *uid)
{
    const struct val *list = val_at(o, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "uid"), uid))
            return true;
    return false;
}

/* Every object that the test wants, counted; the store may change meanwhile. */
static void collect(struct sim_cluster *c, const char *ns, const char *uid, sim_object_vec *out)
{
    for (size_t k = 0; k < sim_kinds_len; k++) {
        for (size_t i = 0; i < c->objects[k].len; i++) {
            struct sim_object *o = c->objects[k].items[i];
            if (*ns && strcmp(o->ns, ns) != 0)
                continue;
            bool yes = !uid;
            if (uid && strstr(o->text, uid)) {
                struct val_pool p;
                val_pool_init(&p);
                yes = owned_by(sim_object_read(&p, o), uid);
                val_pool_clear(&p);
            }
            if (yes)
                vec_push(out, sim_object_ref(o));
        }
    }
}

static void orphan(struct sim_cluster *c, struct sim_object *o)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    const struct val *meta = val_map_without(&p, val_get(v, "metadata"), "ownerReferences");
    sim_store_put(c, o->kind, &p, val_map_with(&p, v, "metadata", meta));
    val_pool_clear(&p);
}

/* Removes an object and, by policy, what it owns. */
static void remove_all(struct sim_cluster *c, struct sim_object *o, const char *policy, int depth)
{
    struct val_pool p;
    char uid[64];
    sim_object_vec below = {0};
    val_pool_init(&p);
    const struct val *meta = val_get(sim_object_read(&p, o), "metadata");
    snprintf(uid, sizeof(uid), "%s", val_str(val_get(meta, "uid"), ""));
    val_pool_clear(&p);
    bool space = strcmp(o->kind->kind, "Namespace") == 0;
    if (space)
        collect(c, o->name, NULL, &below);
    sim_object_ref(o);
    if (sim_store_get(c, o->kind, o->ns, o->name) == o)
        sim_store_remove(c, o);
    if (!space && *uid)
        collect(c, o->ns, uid, &below);
    for (size_t i = 0; i < below.len && depth < 8; i++) {
        struct sim_object *x = below.items[i];
        if (sim_store_get(c, x->kind, x->ns, x->name) != x)
            continue;
        if (strcmp(policy, "Orphan") == 0 && !space)
            orphan(c, x);
        else
            remove_all(c, x, policy, depth + 1);
    }
    sim_object_vec_clear(&below);
    sim_object_unref(o);
}

/* ---- what every write ends in ---- */

static void answer(struct write *w, int status, const struct val *v, const struct sim_object *o)
{
    w->r->status = status;
    int64_t now = clock_wall_ms(clock_system());
    if (!o)
        json_write(&w->r->body, v, JSON_COMPACT);
    else if (w->t->form == SIM_TABLE)
        sim_object_table(&w->r->body, o, "Metadata", true, now);
    else
        sim_object_write(&w->r->body, o, w->t->form, "", now);
}

/* v: the object as it shall be; before: as it is, or NULL. */
static void finish(struct write *w, const struct val *v, const struct sim_object *before)
{
    static const char *const kept[] = {"uid",
                                       "creationTimestamp",
                                       "generation",
                                       "namespace",
                                       "deletionTimestamp",
                                       "deletionGracePeriodSeconds",
                                       "selfLink",
                                       "name",
                                       "managedFields"};
    const struct val *was = before ? sim_object_read(&w->pool, before) : NULL;
    const struct val *old = val_get(was, "metadata");
    bool status = strcmp(w->t->sub, "status") == 0, has = w->t->kind->sub & SIM_STATUS;
    if (before) {
        for (size_t i = 0; i < ARRAY_LEN(kept); i++)
            v = with_meta(w, v, kept[i], val_get(old, kept[i]));
        if (status) /* nothing but the status, and of the metadata nothing either */
            v = with(w, was, "status", val_get(v, "status"));
        else if (has)
            v = with(w, v, "status", val_get(was, "status"));
        int64_t generation = val_int(val_get(old, "generation"), 0);
        if (generation && !val_equal(val_get(was, "spec"), val_get(v, "spec")))
            v = with_meta(w, v, "generation", integer(w, generation + 1));
        if (!val_get(v, "status") && val_get(was, "status") && !status)
            v = with(w, v, "status", val_get(was, "status"));
    }
    if (w->dry) {
        v = with_meta(w, v, "resourceVersion", before ? val_get(old, "resourceVersion") : NULL);
        answer(w, before ? 200 : 201, v, NULL);
        return;
    }
    struct sim_object *o = sim_store_put(w->c, w->t->kind, &w->pool, v);
    if (!o) {
        sim_fail(w->r, 413, "RequestEntityTooLarge", w->t, NULL,
                 "etcdserver: request is too large");
        return;
    }
    answer(w, before ? 200 : 201, v, o);
    const struct val *meta = val_get(v, "metadata");
    if (val_get(meta, "deletionTimestamp") && !val_count(val_get(meta, "finalizers")))
        remove_all(w->c, o, "Background", 0);
    else
        sim_behave_touch(w->c, o);
}

/* ---- create ---- */

static bool name_fits(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
              s[i] == '.' || s[i] == ':'))
            return false;
    return n > 0 && n <= 253 && s[0] != '-' && s[n - 1] != '-';
}

static bool namespace_allows(struct write *w)
{
    const struct sim_kind *k = sim_kind_named("Namespace");
    struct sim_object *ns = w->t->kind->namespaced ? sim_store_get(w->c, k, "", w->t->ns) : NULL;
    if (!w->t->kind->namespaced)
        return true;
    if (!ns) {
        struct sim_target space = {.kind = k};
        snprintf(space.name, sizeof(space.name), "%s", w->t->ns);
        sim_fail(w->r, 404, "NotFound", &space, NULL, "namespaces \"%s\" not found", w->t->ns);
        return false;
    }
    if (val_at(sim_object_read(&w->pool, ns), "metadata", "deletionTimestamp", NULL)) {
        sim_fail(
            w->r, 403, "Forbidden", w->t,
            "\"causes\":[{\"reason\":\"NamespaceTerminating\",\"message\":\"namespace is being "
            "terminated\",\"field\":\"metadata.namespace\"}]",
            "unable to create new content in namespace %s because it is being terminated",
            w->t->ns);
        return false;
    }
    return true;
}

static const struct val *json(struct write *w, const char *s)
{
    return json_read(&w->pool, s, strlen(s), NULL, NULL);
}

/* The little that has to be there for the rest to work. */
static const struct val *born(struct write *w, const struct val *v)
{
    static const char *const drop[] = {"resourceVersion",   "uid",          "creationTimestamp",
                                       "deletionTimestamp", "generateName", "selfLink",
                                       "generation"};
    const char *kind = w->t->kind->kind;
    for (size_t i = 0; i < ARRAY_LEN(drop); i++)
        v = with_meta(w, v, drop[i], NULL);
    if (w->t->kind->sub & SIM_STATUS)
        v = with(w, v, "status", NULL);
    if (val_get(v, "spec") && strcmp(kind, "Namespace") != 0 && strcmp(kind, "Node") != 0 &&
        strcmp(kind, "Service") != 0)
        v = with_meta(w, v, "generation", integer(w, 1));
    if ((w->t->kind->sub & SIM_SCALE) && !val_at(v, "spec", "replicas", NULL))
        v = with(w, v, "spec", with(w, val_get(v, "spec"), "replicas", integer(w, 1)));
    if (strcmp(kind, "Namespace") == 0) {
        const struct val *labels = val_at(v, "metadata", "labels", NULL);
        labels =
            with(w, labels, "kubernetes.io/metadata.name", val_at(v, "metadata", "name", NULL));
        v = with_meta(w, v, "labels", labels);
        v = with(w, v, "spec", json(w, "{\"finalizers\":[\"kubernetes\"]}"));
        v = with(w, v, "status", json(w, "{\"phase\":\"Active\"}"));
    } else if (strcmp(kind, "Pod") == 0) {
        v = with(w, v, "status", json(w, "{\"phase\":\"Pending\",\"qosClass\":\"BestEffort\"}"));
    } else if (strcmp(kind, "Service") == 0) {
        char ip[32];
        snprintf(ip, sizeof(ip), "10.96.%u.%u", (unsigned)sim_random(w->c) % 256,
                 (unsigned)sim_random(w->c) % 254 + 1);
        const struct val *spec = val_get(v, "spec");
        if (!val_get(spec, "type"))
            spec = with(w, spec, "type", text(w, "ClusterIP"));
        if (!val_get(spec, "clusterIP") && !val_str_is(val_get(spec, "type"), "ExternalName"))
            spec = with(w, spec, "clusterIP", text(w, ip));
        v = with(w, with(w, v, "spec", spec), "status", json(w, "{\"loadBalancer\":{}}"));
    } else if (w->t->kind->sub & SIM_STATUS) {
        v = with(w, v, "status", json(w, "{}"));
    }
    return v;
}

static void create(struct write *w)
{
    const struct val *v = w->t->name[0] ? NULL : read_object(w);
    struct sim_target named = *w->t;
    if (w->t->name[0])
        sim_fail(w->r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
    if (!v)
        return;
    const char *name = val_str(val_at(v, "metadata", "name", NULL), "");
    const char *stem = val_str(val_at(v, "metadata", "generateName", NULL), "");
    if (!*name && *stem) {
        char made[80];
        snprintf(made, sizeof(made), "%.58s%05x", stem, (unsigned)sim_random(w->c) & 0xfffff);
        v = with_meta(w, v, "name", text(w, made));
        name = val_str(val_at(v, "metadata", "name", NULL), "");
    }
    snprintf(named.name, sizeof(named.name), "%s", name);
    w->t = &named;
    char kind[128];
    if (!*name) {
        sim_fail(
            w->r, 422, "Invalid", w->t,
            "\"causes\":[{\"reason\":\"FieldValueRequired\",\"message\":\"Required value: name "
            "or generateName is required\",\"field\":\"metadata.name\"}]",
            "%s \"\" is invalid: metadata.name: Required value: name or generateName is "
            "required",
            w->t->kind->kind);
    } else if (!name_fits(name)) {
        sim_fail(w->r, 422, "Invalid", w->t,
                 "\"causes\":[{\"reason\":\"FieldValueInvalid\",\"message\":\"Invalid value\","
                 "\"field\":\"metadata.name\"}]",
                 "%s \"%s\" is invalid: metadata.name: Invalid value", w->t->kind->kind, name);
    } else if (!namespace_allows(w)) {
        ;
    } else if (sim_store_get(w->c, w->t->kind, w->t->ns, name)) {
        sim_fail(w->r, 409, "AlreadyExists", w->t, NULL, "%s \"%s\" already exists",
                 kind_words(w, kind, sizeof(kind)), name);
    } else {
        finish(w, born(w, v), NULL);
    }
}

/* ---- replace and patch ---- */

/* Does what the client holds still agree with what there is? */
static bool agrees(struct write *w, const struct val *v, const struct val *was)
{
    const struct val *rv = val_at(v, "metadata", "resourceVersion", NULL);
    const struct val *uid = val_at(v, "metadata", "uid", NULL);
    const char *name = val_str(val_at(v, "metadata", "name", NULL), w->t->name);
    if (strcmp(name, w->t->name) != 0) {
        sim_fail(w->r, 400, "BadRequest", NULL, NULL,
                 "the name of the object (%s) does not match the name on the URL (%s)", name,
                 w->t->name);
        return false;
    }
    if (val_is(uid, VAL_STRING) && uid->len &&
        !val_equal(uid, val_at(was, "metadata", "uid", NULL))) {
        conflict(w, "Precondition failed: UID in precondition and UID in object meta differ");
        return false;
    }
    if (val_is(rv, VAL_STRING) && rv->len &&
        !val_equal(rv, val_at(was, "metadata", "resourceVersion", NULL))) {
        conflict(w, modified);
        return false;
    }
    return true;
}

static void scale_to(struct write *w, const struct sim_object *o, const struct val *scale)
{
    const struct val *was = sim_object_read(&w->pool, o);
    const struct val *n = val_at(scale, "spec", "replicas", NULL);
    if (!agrees(w, scale, was))
        return;
    if (!val_is(n, VAL_INT) || n->as.i < 0 || n->as.i > INT32_MAX) {
        sim_fail(w->r, 422, "Invalid", w->t,
                 "\"causes\":[{\"reason\":\"FieldValueInvalid\",\"message\":\"Invalid value\","
                 "\"field\":\"spec.replicas\"}]",
                 "Scale.autoscaling \"%s\" is invalid: spec.replicas: Invalid value: must be "
                 "greater than or equal to 0",
                 w->t->name);
        return;
    }
    const struct val *spec = with(w, val_get(was, "spec"), "replicas", n);
    finish(w, with(w, was, "spec", spec), o);
    if (w->r->status != 200)
        return;
    buf_reset(&w->r->body);
    if (w->dry)
        json_write(&w->r->body, scale, JSON_COMPACT);
    else
        sim_scale_write(&w->r->body, sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name));
}

static const struct val *scale_of(struct write *w, const struct sim_object *o)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    sim_scale_write(&b, o);
    const struct val *v = json_read(&w->pool, buf_str(&b), b.len, NULL, NULL);
    buf_clear(&b);
    return v;
}

static void replace(struct write *w)
{
    struct sim_object *o = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    bool scale = strcmp(w->t->sub, "scale") == 0;
    const struct val *v = scale ? read_body(w) : read_object(w);
    if (!v)
        return;
    if (!o)
        not_found(w);
    else if (scale)
        scale_to(w, o, v);
    else if (agrees(w, v, sim_object_read(&w->pool, o)))
        finish(w, v, o);
}

static void patch(struct write *w)
{
    bool merge = content_is(w, "application/merge-patch+json");
    bool steps = content_is(w, "application/json-patch+json");
    bool scale = strcmp(w->t->sub, "scale") == 0;
    struct err e = ERR_INIT;
    if (!merge && !steps) {
        sim_fail(w->r, 415, "UnsupportedMediaType", NULL, NULL,
                 "the body of the request was in an unknown format - accepted media types "
                 "include: application/json-patch+json, application/merge-patch+json");
        return;
    }
    const struct val *delta = read_body(w);
    struct sim_object *o = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    if (!delta)
        return;
    if (!o) {
        not_found(w);
        return;
    }
    const struct val *was = scale ? scale_of(w, o) : sim_object_read(&w->pool, o);
    const struct val *v = merge ? merge_patch_apply(&w->pool, was, delta)
                                : json_patch_apply(&w->pool, was, delta, &e);
    if (!val_is(v, VAL_MAP))
        sim_fail(w->r, merge ? 400 : 422, merge ? "BadRequest" : "Invalid", w->t, NULL,
                 "the patch cannot be applied: %s", e.text ? e.text : "the result is no object");
    else if (!val_str_is(val_get(v, "kind"), val_str(val_get(was, "kind"), "")) ||
             !val_equal(val_get(v, "apiVersion"), val_get(was, "apiVersion")))
        sim_fail(w->r, 400, "BadRequest", NULL, NULL, "a patch may not change the kind");
    else if (scale)
        scale_to(w, o, v);
    else if (agrees(w, v, was))
        finish(w, v, o);
    err_clear(&e);
}

/* ---- delete ---- */

static const char *policy_of(struct write *w, const struct val *options)
{
    const char *p = sim_query_get(w->q, "propagationPolicy");
    p = val_str(val_get(options, "propagationPolicy"), p ? p : "Background");
    return strcmp(p, "Orphan") == 0 || strcmp(p, "Foreground") == 0 ? p : "Background";
}

static void delete_one(struct write *w, struct sim_object *o, const struct val *options)
{
    const struct val *v = sim_object_read(&w->pool, o), *meta = val_get(v, "metadata");
    const struct val *want = val_get(options, "preconditions");
    const struct val *uid = val_get(want, "uid"), *rv = val_get(want, "resourceVersion");
    char why[300], now[CLOCK_RFC3339_LEN];
    if (val_is(uid, VAL_STRING) && !val_equal(uid, val_get(meta, "uid"))) {
        snprintf(why, sizeof(why),
                 "Precondition failed: UID in precondition: %.60s, UID in object meta: %.60s",
                 uid->as.s, val_str(val_get(meta, "uid"), ""));
        conflict(w, why);
        return;
    }
    if (val_is(rv, VAL_STRING) && !val_equal(rv, val_get(meta, "resourceVersion"))) {
        snprintf(why, sizeof(why),
                 "Precondition failed: ResourceVersion in precondition: %.30s, ResourceVersion in "
                 "object meta: %.30s",
                 rv->as.s, val_str(val_get(meta, "resourceVersion"), ""));
        conflict(w, why);
        return;
    }
    if (w->dry) {
        answer(w, 200, v, o);
        return;
    }
    bool space = strcmp(o->kind->kind, "Namespace") == 0;
    if ((val_count(val_get(meta, "finalizers")) || space) && !val_get(meta, "deletionTimestamp")) {
        clock_format_rfc3339(clock_wall_ms(clock_system()), now);
        v = with_meta(w, v, "deletionTimestamp", text(w, now));
        if (!space)
            v = with_meta(w, v, "deletionGracePeriodSeconds", integer(w, 0));
        else
            v = with(w, v, "status", json(w, "{\"phase\":\"Terminating\"}"));
        o = sim_store_put(w->c, o->kind, &w->pool, v);
        if (!o) {
            sim_fail(w->r, 413, "RequestEntityTooLarge", w->t, NULL, "the object is too large");
            return;
        }
        answer(w, 200, v, o);
        if (space && !val_count(val_get(meta, "finalizers")))
            remove_all(w->c, o, "Background", 0);
        return;
    }
    if (val_count(val_get(meta, "finalizers"))) {
        answer(w, 200, v, o);
        return;
    }
    w->r->status = 200;
    buf_printf(&w->r->body,
               "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\","
               "\"details\":{\"name\":\"%s\",\"kind\":\"%s\",\"uid\":\"%s\"}}",
               o->name, o->kind->plural, val_str(val_get(meta, "uid"), ""));
    remove_all(w->c, o, policy_of(w, options), 0);
}

static void delete_many(struct write *w, const struct val *options)
{
    struct sim_reply all = *w->r, sink;
    sim_list_answer(w->c, w->t, w->q, &all);
    *w->r = all;
    if (all.status != 200 || w->dry)
        return;
    struct sim_selector *s = sim_selector_new(w->t->kind, sim_query_get(w->q, "labelSelector"),
                                              sim_query_get(w->q, "fieldSelector"), w->r);
    sim_object_vec v = {0};
    const char *ns = w->t->ns[0] && w->t->kind->namespaced ? w->t->ns : NULL;
    if (s && sim_store_at(w->c, w->t->kind, ns, w->c->version, &v)) {
        for (size_t i = 0; i < v.len; i++) {
            struct sim_object *o = v.items[i];
            if (sim_store_get(w->c, o->kind, o->ns, o->name) != o ||
                !sim_selector_matches(s, sim_object_read(&w->pool, o)))
                continue;
            sink = (struct sim_reply){.status = 200};
            buf_init(&sink.body, BUF_LARGE);
            w->r = &sink;
            delete_one(w, o, options);
            buf_clear(&sink.body);
        }
    }
    w->r = NULL;
    sim_object_vec_clear(&v);
    sim_selector_free(s);
}

static void delete_(struct write *w)
{
    const struct val *options = NULL;
    if (w->rq->body_len && !(options = read_body(w)))
        return;
    const struct val *dry = val_get(options, "dryRun");
    w->dry = w->dry || val_str_is(val_item(dry, 0), "All");
    if (!w->t->name[0]) {
        struct sim_reply *r = w->r;
        delete_many(w, options);
        w->r = r;
        return;
    }
    struct sim_object *o = sim_store_get(w->c, w->t->kind, w->t->ns, w->t->name);
    if (o)
        delete_one(w, o, options);
    else
        not_found(w);
}

/* ---- which of them ---- */

int sim_scale_write(struct buf *b, const struct sim_object *o)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o), *meta = val_get(v, "metadata");
    const struct val *labels = val_at(v, "spec", "selector", "matchLabels", NULL);
    struct buf selector;
    buf_init(&selector, BUF_SMALL);
    for (size_t i = 0; val_is(labels, VAL_MAP) && i < labels->len; i++)
        buf_printf(&selector, "%s%s=%s", i ? "," : "", labels->as.entries[i].key->s,
                   val_str(&labels->as.entries[i].value, ""));
    buf_puts(b, "{\"kind\":\"Scale\",\"apiVersion\":\"autoscaling/v1\",\"metadata\":{\"name\":");
    sim_json_text(b, o->name);
    buf_puts(b, ",\"namespace\":");
    sim_json_text(b, o->ns);
    buf_printf(b,
               ",\"uid\":\"%s\",\"resourceVersion\":\"%" PRIu64 "\",\"creationTimestamp\":\"%s\"}",
               val_str(val_get(meta, "uid"), ""), o->version,
               val_str(val_get(meta, "creationTimestamp"), ""));
    buf_printf(b,
               ",\"spec\":{\"replicas\":%" PRId64 "},\"status\":{\"replicas\":%" PRId64
               ",\"selector\":",
               val_int(val_at(v, "spec", "replicas", NULL), 1),
               val_int(val_at(v, "status", "replicas", NULL), 0));
    sim_json_text(b, buf_str(&selector));
    int rc = buf_puts(b, "}}");
    buf_clear(&selector);
    val_pool_clear(&p);
    return rc;
}

void sim_write_answer(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                      const struct sim_request *rq, struct sim_reply *r)
{
    static const struct {
        const char *method;
        bool named;
        void (*run)(struct write *w);
    } verbs[] = {
        {"POST", false, create},
        {"PUT", true, replace},
        {"PATCH", true, patch},
        {"DELETE", false, delete_},
    };
    struct write w = {.c = c, .t = t, .q = q, .rq = rq, .r = r};
    const char *dry = sim_query_get(q, "dryRun");
    w.dry = dry && strcmp(dry, "All") == 0;
    if (dry && *dry && !w.dry) {
        sim_fail(r, 400, "BadRequest", NULL, NULL, "dryRun: Unsupported value: \"%.60s\"", dry);
        return;
    }
    if (t->kind->namespaced && !t->ns[0]) {
        sim_fail(r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
        return;
    }
    val_pool_init_limited(&w.pool, POOL_MAX);
    size_t i = 0;
    while (i < ARRAY_LEN(verbs) && strcmp(verbs[i].method, rq->method) != 0)
        i++;
    if (i == ARRAY_LEN(verbs) || (verbs[i].named && !t->name[0]))
        sim_fail(r, 405, "MethodNotAllowed", NULL, NULL,
                 "the server does not allow this method on the requested resource");
    else
        verbs[i].run(&w);
    val_pool_clear(&w.pool);
}
