// SPDX-License-Identifier: Apache-2.0
/*
 * An engine on a clock that stands still, and one API server that is a script: it answers what
 * every cluster is asked by itself (version, identity, discovery, rights, nodes…), keeps a few
 * objects that tests write as JSON, sends their events, and counts what it was sent. The test turns
 * the loop.
 */
#ifndef LEEWAY_TESTS_ENGINE_FAKE_H
#define LEEWAY_TESTS_ENGINE_FAKE_H

#include "kube_fake.h"
#include "store_fixture.h"

#include "data/json.h"
#include "engine/drift/managed.h"
#include "engine/engine_int.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"

struct world_object {
    char path[256]; /* of the object: /apis/apps/v1/namespaces/n/deployments/web */
    char *json;     /* NULL: not there */
    char *would;    /* what a dry run answers; NULL: the object as it is */
};

struct world {
    struct fake fake; /* first: the transport, the clock, transfers */
    struct fixture store;
    char kubeconfig[96];
    struct engine *e;
    struct engine_client *client; /* who posts commands and takes answers; NULL: nobody */
    bool down, forbidden;         /* the server is silent; lists of deployments are refused */
    bool hold_reads;              /* reads of single objects and dry runs wait */
    int read_status;              /* 0, or what reads of single objects fail with */
    bool no_apps;                 /* apps/v1 is not served */
    bool lasting;                 /* from the next start on: as a console, not as a command */
    struct world_object objects[8];
    unsigned reads, dry_runs, writes;
    /* What a test answers itself; false: not this one. */
    bool (*answer)(struct world *w, struct kube_transfer *x);
};

#define WORLD_UID "11111111-2222-3333-4444-555555555555"
#define WORLD_KUBECONFIG                                                                           \
    "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: "                 \
    "https://c.test\nusers:\n- name: u\n  user:\n    token: t\ncontexts:\n- name: dev\n  "         \
    "context:\n    cluster: c\n    user: u\ncurrent-context: dev\n"
#define WORLD_KIND(plural, kind)                                                                   \
    "{\"resource\":\"" plural "\",\"responseKind\":{\"kind\":\"" kind                              \
    "\"},\"scope\":\"Namespaced\",\"verbs\":[\"get\",\"list\",\"watch\",\"patch\"]}"
#define WORLD_GROUPS(items) "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[" items "]}"
#define WORLD_GROUP(name, resources)                                                               \
    "{\"metadata\":{\"name\":\"" name "\"},\"versions\":[{\"version\":\"v1\",\"freshness\":"       \
    "\"Current\",\"resources\":[" resources "]}]}"
#define WORLD_END                                                                                  \
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"1\",\"annotations\":{" \
    "\"k8s.io/initial-events-end\":\"true\"}}}}\n"
#define WORLD_NOT_FOUND                                                                            \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"NotFound\",\"code\":404,"            \
    "\"message\":"                                                                                 \
    "\"not found\"}"
#define WORLD_FORBIDDEN                                                                            \
    "{\"kind\":\"Status\",\"status\":\"Failure\",\"reason\":\"Forbidden\",\"code\":403,"           \
    "\"message\":\"deployments is forbidden\"}"

static inline struct world_object *world_object(struct world *w, const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(w->objects); i++) {
        if (!w->objects[i].path[0])
            snprintf(w->objects[i].path, sizeof(w->objects[i].path), "%s", path);
        if (strcmp(w->objects[i].path, path) == 0)
            return &w->objects[i];
    }
    fail_msg("too many objects");
    return NULL;
}

static bool world_is_object(const struct world *w, const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(w->objects); i++)
        if (w->objects[i].path[0] && strcmp(w->objects[i].path, path) == 0)
            return true;
    return false;
}

/* Is the object in the collection that is watched? "" all name spaces. */
static inline bool world_in(const char *collection, const char *object)
{
    const char *kind = strrchr(collection, '/'), *name = strrchr(object, '/');
    size_t n = strlen(kind);
    return name - object > (ptrdiff_t)n && strncmp(name - n, kind, n) == 0;
}

static inline void world_event(struct world *w, const char *type, const struct world_object *o,
                               const char *json)
{
    for (struct kube_transfer *x = w->fake.open; x; x = x->next) {
        if (!strstr(x->query, "watch=1") && !strstr(x->query, "watch=true"))
            continue;
        if (!world_in(x->path, o->path))
            continue;
        char *line = mem_printf("{\"type\":\"%s\",\"object\":%s}\n", type, json);
        fake_bytes(&w->fake, x, line);
        mem_free(line);
        return;
    }
}

static inline void world_watch(struct world *w, struct kube_transfer *x)
{
    fake_head(x, 200);
    for (size_t i = 0; i < ARRAY_LEN(w->objects); i++) {
        struct world_object *o = &w->objects[i];
        if (!o->json || !strstr(o->json, "leeway.dev/fleet\":") || !world_in(x->path, o->path))
            continue;
        char *line = mem_printf("{\"type\":\"ADDED\",\"object\":%s}\n", o->json);
        fake_bytes(&w->fake, x, line);
        mem_free(line);
    }
    snprintf(x->method, sizeof(x->method), "OPEN");
    fake_bytes(&w->fake, x, WORLD_END);
}

/* Answers one transfer; false: it waits. */
static inline bool world_answer(struct world *w, struct kube_transfer *x)
{
    struct fake *f = &w->fake;
    const char *p = x->path;
    if (strcmp(x->method, "OPEN") == 0)
        return false;
    if (w->down) {
        fake_end(f, x, KUBE_END_CONNECT);
    } else if (w->answer && w->answer(w, x)) {
        return true;
    } else if (world_is_object(w, p)) {
        struct world_object *o = world_object(w, p);
        if (w->hold_reads)
            return false;
        bool dry = strstr(x->query, "dryRun=All") != NULL;
        w->reads += strcmp(x->method, "GET") == 0;
        w->dry_runs += dry;
        w->writes += !dry && strcmp(x->method, "GET") != 0;
        if (w->read_status)
            fake_answer(f, x, w->read_status, "{}");
        else if (!o->json)
            fake_answer(f, x, 404, WORLD_NOT_FOUND);
        else
            fake_answer(f, x, 200, dry && o->would ? o->would : o->json);
    } else if (strstr(x->query, "watch=1") || strstr(x->query, "watch=true")) {
        if (w->forbidden && strstr(p, "deployments"))
            fake_answer(f, x, 403, WORLD_FORBIDDEN);
        else
            world_watch(w, x);
    } else if (strcmp(p, "/version") == 0) {
        fake_answer(f, x, 200,
                    "{\"major\":\"1\",\"minor\":\"35\",\"gitVersion\":\"v1.35.0\",\"platform\":"
                    "\"linux/amd64\"}");
    } else if (strcmp(p, "/api/v1/namespaces/kube-system") == 0) {
        fake_answer(f, x, 200,
                    "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
                    "\"kube-system\",\"uid\":\"" WORLD_UID "\"}}");
    } else if (strcmp(p, "/api") == 0) {
        fake_answer(
            f, x, 200,
            WORLD_GROUPS(WORLD_GROUP(
                "", WORLD_KIND("configmaps", "ConfigMap") "," WORLD_KIND("secrets", "Secret"))));
    } else if (strcmp(p, "/apis") == 0) {
        fake_answer(f, x, 200,
                    w->no_apps ? WORLD_GROUPS(WORLD_GROUP("x.io", WORLD_KIND("things", "Thing")))
                               : WORLD_GROUPS(
                                     WORLD_GROUP("apps", WORLD_KIND("deployments", "Deployment"))));
    } else if (strstr(p, "selfsubjectaccessreviews")) {
        fake_answer(f, x, 201,
                    "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":true}}");
    } else if (strstr(p, "selfsubjectreviews")) {
        fake_answer(f, x, 201,
                    "{\"kind\":\"SelfSubjectReview\",\"status\":{\"userInfo\":{\"username\":"
                    "\"erik\"}}}");
    } else if (strcmp(p, "/readyz") == 0) {
        fake_answer(f, x, 200, "ok");
    } else {
        fake_answer(f, x, 200,
                    "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":"
                    "\"1\"},\"items\":[]}");
    }
    return true;
}

static inline void world_settle(struct world *w)
{
    for (bool more = true; more;) {
        fake_settle(&w->fake);
        more = false;
        for (struct kube_transfer *x = w->fake.open; x; x = x->next)
            if ((more = world_answer(w, x)))
                break; /* x is gone */
    }
}

static inline void world_pass(struct world *w, int64_t ms)
{
    world_settle(w);
    for (; ms > 0; ms -= 100) {
        clock_fake_advance(&w->fake.clock, ms < 100 ? ms : 100);
        world_settle(w);
    }
}

static inline void world_set(struct world *w, const char *path, const char *json)
{
    struct world_object *o = world_object(w, path);
    mem_free(o->json);
    o->json = json ? mem_strdup(json) : NULL;
}

static inline void world_would(struct world *w, const char *path, const char *json)
{
    struct world_object *o = world_object(w, path);
    mem_free(o->would);
    o->would = json ? mem_strdup(json) : NULL;
}

/* The object is like that now, and the watch says so. */
static inline void world_modify(struct world *w, const char *path, const char *json)
{
    bool is_new = !world_object(w, path)->json;
    world_set(w, path, json);
    world_event(w, is_new ? "ADDED" : "MODIFIED", world_object(w, path), json);
    world_settle(w);
}

/* It left the selection (json NULL: it is gone). */
static inline void world_leave(struct world *w, const char *path, const char *json)
{
    struct world_object *o = world_object(w, path);
    char *last = o->json;
    o->json = json ? mem_strdup(json) : NULL;
    world_event(w, "DELETED", o, last);
    mem_free(last);
    world_settle(w);
}

static inline struct kube_transport *world_transport(void *ctx, struct loop *loop)
{
    struct world *w = ctx;
    w->fake.loop = loop;
    return &w->fake.transport;
}

static inline void world_start(struct world *w)
{
    const struct leeway_options o = {
        .kubeconfig = w->kubeconfig, .store_path = w->store.path, .lasting = w->lasting};
    const struct engine_world in = {.clock = &w->fake.clock.clock,
                                    .transport = world_transport,
                                    .ctx = w,
                                    .workers = -1,
                                    .seed = 1};
    struct err e = ERR_INIT;
    w->e = engine_new(&o, &in, w->client, &e);
    if (!w->e)
        fail_msg("engine: %s", e.text);
}

static inline void world_stop(struct world *w)
{
    engine_free(w->e, false);
    assert_null(w->fake.open);
    w->e = NULL;
}

/* answer: from the first request on; NULL: none. */
static inline void world_init_for(struct world *w, struct engine_client *client,
                                  bool (*answer)(struct world *w, struct kube_transfer *x))
{
    *w = (struct world){
        .fake.transport = {fake_start, fake_cancel, NULL}, .client = client, .answer = answer};
    clock_fake_init(&w->fake.clock, 1000000, 1700000000000);
    fixture_dir(&w->store);
    snprintf(w->kubeconfig, sizeof(w->kubeconfig), "%s/config", w->store.dir);
    FILE *f = fopen(w->kubeconfig, "w");
    assert_non_null(f);
    fputs(WORLD_KUBECONFIG, f);
    fclose(f);
    world_start(w);
}

static inline void world_init(struct world *w)
{
    world_init_for(w, NULL, NULL);
}

static inline void world_clear(struct world *w)
{
    world_stop(w);
    for (size_t i = 0; i < ARRAY_LEN(w->objects); i++) {
        mem_free(w->objects[i].json);
        mem_free(w->objects[i].would);
    }
    fixture_remove(&w->store);
}

static inline void world_sync(struct world *w)
{
    struct err e = ERR_INIT;
    if (store_sync(w->e->store, &e))
        fail_msg("sync: %s", e.text);
    fake_settle(&w->fake);
}

#endif
