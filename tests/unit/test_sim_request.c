// SPDX-License-Identifier: Apache-2.0
/* The simulator's answers, asked through its request handler without sockets. */
#include "unit.h"

#include "sim/sim_int.h"
#include "sim/types.h"

#include <stdio.h>
#include <stdlib.h>

struct fix {
    struct sim sim;
    struct clock_fake clock;
    struct sim_cluster cluster;
    struct sim_reply reply;
    struct val_pool pool;
    char bearer[80];
};

static int setup(void **state)
{
    struct fix *f = mem_new(struct fix);
    clock_fake_init(&f->clock, 1000, 1790000000000);
    f->sim.clock = &f->clock.clock;
    f->sim.started_ms = 1000;
    f->sim.types = sim_types_new();
    f->sim.seed = 1;
    f->sim.speed_percent = 100;
    f->sim.clusters = &f->cluster;
    f->sim.clusters_len = 1;
    f->cluster.sim = &f->sim;
    f->cluster.number = 7; /* dev-eu-1 */
    f->cluster.version = 100;
    snprintf(f->cluster.token, sizeof(f->cluster.token), "secret");
    snprintf(f->bearer, sizeof(f->bearer), "Bearer secret");
    sim_fleet_name(&f->cluster, true);
    val_pool_init(&f->pool);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fix *f = *state;
    sim_reply_clear(&f->reply);
    sim_store_clear(&f->cluster);
    sim_types_free(f->sim.types);
    val_pool_clear(&f->pool);
    mem_free(f);
    return 0;
}

static const struct val *send(struct fix *f, const char *method, const char *target,
                              const char *type, const char *accept, const char *body)
{
    const struct sim_request q = {.method = method,
                                  .target = target,
                                  .content_type = type,
                                  .accept = accept,
                                  .authorization = f->bearer,
                                  .body = body ? body : "",
                                  .body_len = body ? strlen(body) : 0};
    sim_reply_clear(&f->reply);
    sim_answer(&f->cluster, &q, &f->reply);
    return json_read(&f->pool, buf_str(&f->reply.body), f->reply.body.len, NULL, NULL);
}

static const struct val *get(struct fix *f, const char *target)
{
    return send(f, "GET", target, NULL, NULL, NULL);
}

#define WEB "/apis/apps/v1/namespaces/payments-dev/deployments/payments-dev-web"
#define MAPS "/api/v1/namespaces/default/configmaps"
#define MAP(name, more)                                                                            \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"" name "\"" more "}}"

static void test_who(void **state)
{
    struct fix *f = *state;
    get(f, "/api/v1/nodes");
    assert_int_equal(f->reply.status, 200);
    snprintf(f->bearer, sizeof(f->bearer), "Bearer other");
    get(f, "/api/v1/nodes");
    assert_int_equal(f->reply.status, 401);
    const struct sim_request nobody = {.method = "GET", .target = "/api/v1/nodes", .body = ""};
    sim_reply_clear(&f->reply);
    sim_answer(&f->cluster, &nobody, &f->reply);
    assert_int_equal(f->reply.status, 403);
}

static void test_paths(void **state)
{
    struct fix *f = *state;
    static const struct {
        const char *target;
        int status;
    } cases[] = {
        {"/version", 200},
        {"/readyz?verbose", 200},
        {"/api", 200},
        {"/apis", 200},
        {"/apis/apps/v1", 200},
        {"/apis/apps/v2", 404},
        {"/api/v1/things", 404},
        {"/api/v1/nodes/none", 404},
        {"/api/v1/namespaces/kube-system", 200},
        {"/api/v1/namespaces/kube-system/pods", 200},
        {"/api/v1/pods/x", 404},
        {"/api/v1/nodes/a/b/c", 404},
        {"/api//nodes", 404},
        {"/", 404},
        {"nothing", 400},
        {"/api/v1/nodes?%zz", 400},
        {"/api/v1/nodes?limit=2&limit=%31", 200},
        {"/api/v1/nodes/%00", 404},
        {WEB "/scale", 200},
        {WEB "/log", 404},
        {"/api/v1/pods?labelSelector=a%20in%20(", 400},
        {"/api/v1/pods?fieldSelector=spec.what=1", 400},
        {"/api/v1/pods?continue=zzzz", 400},
        {"/api/v1/pods?resourceVersion=x", 400},
        {"/api/v1/pods?resourceVersion=9999999", 504},
        {"/api/v1/pods?resourceVersionMatch=Exact", 422},
        {"/api/v1/pods?watch=1&sendInitialEvents=true", 422},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        get(f, cases[i].target);
        if (f->reply.status != cases[i].status)
            print_error("%s: %d\n", cases[i].target, f->reply.status);
        assert_int_equal(f->reply.status, cases[i].status);
    }
}

/* Controllers and the collector do their part. */
static void pass(struct fix *f, int tenths)
{
    for (int i = 0; i < tenths; i++) {
        clock_fake_advance(&f->clock, 100);
        sim_behave_tick(&f->cluster);
    }
}

static void test_pages(void **state)
{
    struct fix *f = *state;
    const struct val *v = get(f, "/api/v1/pods");
    size_t all = val_count(val_get(v, "items")), seen = 0;
    char target[600], version[32];
    snprintf(version, sizeof(version), "%s",
             val_str(val_at(v, "metadata", "resourceVersion", NULL), ""));
    snprintf(target, sizeof(target), "/api/v1/pods?limit=2");
    for (int page = 0; page < 100; page++) {
        v = get(f, target);
        assert_string_equal(val_str(val_at(v, "metadata", "resourceVersion", NULL), ""), version);
        size_t n = val_count(val_get(v, "items"));
        assert_true(n <= 2);
        seen += n;
        const char *token = val_str(val_at(v, "metadata", "continue", NULL), "");
        assert_int_equal(val_int(val_at(v, "metadata", "remainingItemCount", NULL), 0),
                         (int64_t)(all - seen));
        if (!*token)
            break;
        snprintf(target, sizeof(target), "/api/v1/pods?limit=2&continue=%s", token);
        if (page == 0) /* what changes meanwhile does not show on later pages */
            send(f, "DELETE", WEB, NULL, NULL, NULL);
    }
    assert_int_equal(seen, all);
    pass(f, 600);
    v = get(f, "/api/v1/pods");
    assert_int_equal(val_count(val_get(v, "items")), all - 2);
}

static void test_old_page(void **state)
{
    struct fix *f = *state;
    const struct val *v = get(f, "/api/v1/pods?limit=1");
    char target[600];
    snprintf(target, sizeof(target), "/api/v1/pods?limit=1&continue=%s",
             val_str(val_at(v, "metadata", "continue", NULL), ""));
    send(f, "POST", MAPS, NULL, NULL, MAP("m", ""));
    for (int i = 0; i < SIM_HISTORY + 2; i++) {
        char body[80];
        snprintf(body, sizeof(body), "{\"data\":{\"n\":\"%d\"}}", i);
        send(f, "PATCH", MAPS "/m", "application/merge-patch+json", NULL, body);
        assert_int_equal(f->reply.status, 200);
    }
    v = get(f, target);
    assert_int_equal(f->reply.status, 410);
    assert_true(val_str_is(val_get(v, "reason"), "Expired"));
    snprintf(target, sizeof(target), "/api/v1/pods?continue=%s",
             val_str(val_at(v, "metadata", "continue", NULL), ""));
    v = get(f, target);
    assert_int_equal(f->reply.status, 200);
    assert_true(val_count(val_get(v, "items")) > 0);
    get(f, "/api/v1/pods?watch=1&resourceVersion=101");
    assert_int_equal(f->reply.status, 200);
    assert_non_null(strstr(buf_str(&f->reply.watch->out), "\"code\":410"));
    assert_true(f->reply.watch->ended);
}

static void test_forms(void **state)
{
    struct fix *f = *state;
    const struct val *v =
        send(f, "GET", "/api/v1/nodes", NULL,
             "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", NULL);
    assert_true(val_str_is(val_get(v, "kind"), "Table"));
    assert_int_equal(val_count(val_get(v, "rows")), 3);
    assert_int_equal(val_count(val_get(val_item(val_get(v, "rows"), 0), "cells")),
                     val_count(val_get(v, "columnDefinitions")));
    v = send(f, "GET", "/api/v1/nodes", NULL,
             "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1", NULL);
    assert_true(val_str_is(val_get(v, "kind"), "PartialObjectMetadataList"));
    assert_null(val_get(val_item(val_get(v, "items"), 0), "spec"));
    send(f, "GET", "/api/v1/nodes", NULL, "application/vnd.kubernetes.protobuf", NULL);
    assert_int_equal(f->reply.status, 406);
}

static void test_writes(void **state)
{
    struct fix *f = *state;
    const struct val *v = send(f, "POST", MAPS, NULL, NULL, MAP("a", ""));
    assert_int_equal(f->reply.status, 201);
    char uid[64], old[32], body[400];
    snprintf(uid, sizeof(uid), "%s", val_str(val_at(v, "metadata", "uid", NULL), ""));
    snprintf(old, sizeof(old), "%s", val_str(val_at(v, "metadata", "resourceVersion", NULL), ""));
    send(f, "POST", MAPS, NULL, NULL, MAP("a", ""));
    assert_int_equal(f->reply.status, 409);
    send(f, "POST", "/api/v1/namespaces/nowhere/configmaps", NULL, NULL, MAP("a", ""));
    assert_int_equal(f->reply.status, 404);
    send(f, "POST", MAPS, NULL, NULL, MAP("A_b", ""));
    assert_int_equal(f->reply.status, 422);
    send(f, "POST", MAPS, "application/vnd.kubernetes.protobuf", NULL, "k8s");
    assert_int_equal(f->reply.status, 415);
    send(f, "PATCH", MAPS "/a", "application/merge-patch+json", NULL, "{\"data\":{\"n\":\"1\"}}");
    assert_int_equal(f->reply.status, 200);
    uint64_t version = f->cluster.version;
    send(f, "PATCH", MAPS "/a", "application/merge-patch+json", NULL, "{\"data\":{\"n\":\"1\"}}");
    assert_int_equal(f->cluster.version, version); /* nothing changed, nothing happened */
    v = send(f, "PATCH", MAPS "/a", "application/json-patch+json", NULL,
             "[{\"op\":\"replace\",\"path\":\"/data/n\",\"value\":\"2\"}]");
    assert_true(val_str_is(val_at(v, "data", "n", NULL), "2"));
    send(f, "PATCH", MAPS "/a?dryRun=All", "application/merge-patch+json", NULL,
         "{\"data\":{\"n\":\"9\"}}");
    assert_int_equal(f->reply.status, 200);
    v = get(f, MAPS "/a");
    assert_true(val_str_is(val_at(v, "data", "n", NULL), "2"));
    snprintf(body, sizeof(body), MAP("a", ",\"resourceVersion\":\"%s\""), old);
    send(f, "PUT", MAPS "/a", NULL, NULL, body);
    assert_int_equal(f->reply.status, 409);
    send(f, "DELETE", MAPS "/a", NULL, NULL, "{\"preconditions\":{\"uid\":\"other\"}}");
    assert_int_equal(f->reply.status, 409);
    snprintf(body, sizeof(body), "{\"preconditions\":{\"uid\":\"%s\"}}", uid);
    send(f, "DELETE", MAPS "/a", NULL, NULL, body);
    assert_int_equal(f->reply.status, 200);
    get(f, MAPS "/a");
    assert_int_equal(f->reply.status, 404);
}

static void test_finalizers(void **state)
{
    struct fix *f = *state;
    send(f, "POST", MAPS, NULL, NULL, MAP("f", ",\"finalizers\":[\"x/y\"]"));
    assert_int_equal(f->reply.status, 201);
    send(f, "DELETE", MAPS "/f", NULL, NULL, NULL);
    const struct val *v = get(f, MAPS "/f");
    assert_non_null(val_at(v, "metadata", "deletionTimestamp", NULL));
    send(f, "PATCH", MAPS "/f", "application/merge-patch+json", NULL,
         "{\"metadata\":{\"finalizers\":null}}");
    get(f, MAPS "/f");
    assert_int_equal(f->reply.status, 404);
    send(f, "DELETE", "/api/v1/namespaces/payments-dev", NULL, NULL, NULL);
    pass(f, 600);
    get(f, WEB);
    assert_int_equal(f->reply.status, 404);
    v = get(f, "/api/v1/namespaces/payments-dev/pods");
    assert_int_equal(val_count(val_get(v, "items")), 0);
}

static void test_scale(void **state)
{
    struct fix *f = *state;
    const struct val *v = get(f, WEB);
    int64_t generation = val_int(val_at(v, "metadata", "generation", NULL), 0);
    v = send(f, "PATCH", WEB "/scale", "application/merge-patch+json", NULL,
             "{\"spec\":{\"replicas\":6}}");
    assert_int_equal(f->reply.status, 200);
    assert_int_equal(val_int(val_at(v, "spec", "replicas", NULL), 0), 6);
    pass(f, 200);
    v = get(f, WEB);
    assert_int_equal(val_int(val_at(v, "metadata", "generation", NULL), 0), generation + 1);
    assert_int_equal(val_int(val_at(v, "status", "readyReplicas", NULL), 0), 6);
    v = get(f, "/api/v1/namespaces/payments-dev/pods?labelSelector=app%3Dpayments-dev-web");
    assert_int_equal(val_count(val_get(v, "items")), 6);
    send(f, "PATCH", WEB "/scale", "application/merge-patch+json", NULL,
         "{\"spec\":{\"replicas\":-1}}");
    assert_int_equal(f->reply.status, 422);
    v = send(f, "PATCH", WEB "/status", "application/merge-patch+json", NULL,
             "{\"spec\":{\"replicas\":9},\"status\":{\"readyReplicas\":5}}");
    assert_int_equal(val_int(val_at(v, "spec", "replicas", NULL), 0), 6);
    assert_int_equal(val_int(val_at(v, "status", "readyReplicas", NULL), 0), 5);
}

static size_t count(const char *in, const char *what)
{
    size_t n = 0;
    for (const char *at = in; (at = strstr(at, what)); at++)
        n++;
    return n;
}

static void test_watch(void **state)
{
    struct fix *f = *state;
    struct sim_reply mine;
    get(f, "/version");
    get(f, "/api/v1/namespaces/default/configmaps?watch=1&labelSelector=a%3Db&"
           "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
    mine = f->reply;
    f->reply = (struct sim_reply){0};
    struct buf *out = &mine.watch->out;
    assert_int_equal(count(buf_str(out), "initial-events-end"), 1);
    buf_reset(out);
    send(f, "POST", MAPS, NULL, NULL, MAP("w", ""));
    assert_int_equal(out->len, 0);
    send(f, "PATCH", MAPS "/w", "application/merge-patch+json", NULL,
         "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    send(f, "PATCH", MAPS "/w", "application/merge-patch+json", NULL, "{\"data\":{\"x\":\"y\"}}");
    send(f, "PATCH", MAPS "/w", "application/merge-patch+json", NULL,
         "{\"metadata\":{\"labels\":null}}");
    send(f, "PATCH", MAPS "/w", "application/merge-patch+json", NULL, "{\"data\":{\"x\":\"z\"}}");
    assert_int_equal(count(buf_str(out), "\"type\":\"ADDED\""), 1);
    assert_int_equal(count(buf_str(out), "\"type\":\"MODIFIED\""), 1);
    assert_int_equal(count(buf_str(out), "\"type\":\"DELETED\""), 1);
    assert_int_equal(count(buf_str(out), "\n"), 3);
    sim_watch_tick(&f->cluster, mine.watch->ends_ms);
    assert_true(mine.watch->ended);
    assert_int_equal(count(buf_str(out), "BOOKMARK"), 1);
    sim_reply_clear(&mine);
    assert_int_equal(f->sim.watches, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

RUN("sim-request", CASE(test_who), CASE(test_paths), CASE(test_pages), CASE(test_old_page),
    CASE(test_forms), CASE(test_writes), CASE(test_finalizers), CASE(test_scale), CASE(test_watch))
