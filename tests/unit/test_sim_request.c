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

/* ---- server-side apply ---- */

#define APPLY "application/apply-patch+yaml"

static const struct val *apply(struct fix *f, const char *target, const char *body)
{
    return send(f, "PATCH", target, APPLY, NULL, body);
}

static const struct val *entry(const struct val *v, const char *manager)
{
    const struct val *list = val_at(v, "metadata", "managedFields", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "manager"), manager))
            return val_item(list, i);
    return NULL;
}

static void owns(const struct val *v, const char *manager, const char *fields)
{
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, BUF_SMALL);
    const struct val *have = val_get(entry(v, manager), "fieldsV1");
    json_write(&b, have ? have : &val_null, JSON_COMPACT);
    if (!have || !val_equal(have, json_read(&p, fields, strlen(fields), NULL, NULL)))
        assert_string_equal(buf_str(&b), fields);
    buf_clear(&b);
    val_pool_clear(&p);
}

#define CONF(data)                                                                                 \
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"s\"},\"data\":{" data  \
    "}}"

static void test_apply(void **state)
{
    struct fix *f = *state;
    char version[40];
    apply(f, MAPS "/s", CONF("\"a\":\"1\""));
    assert_int_equal(f->reply.status, 422); /* whose is it? */
    const struct val *v = apply(f, MAPS "/s?fieldManager=one", CONF("\"a\":\"1\",\"b\":\"1\""));
    assert_int_equal(f->reply.status, 201);
    owns(v, "one", "{\"f:data\":{\"f:a\":{},\"f:b\":{}}}");
    snprintf(version, sizeof(version), "%s",
             val_str(val_at(v, "metadata", "resourceVersion", NULL), ""));
    clock_fake_advance(&f->clock, 5000);
    v = apply(f, MAPS "/s?fieldManager=one", CONF("\"a\":\"1\",\"b\":\"1\""));
    assert_int_equal(f->reply.status, 200); /* the same again changes nothing, not even the time */
    assert_true(val_str_is(val_at(v, "metadata", "resourceVersion", NULL), version));
    v = apply(f, MAPS "/s?fieldManager=two", CONF("\"a\":\"1\",\"c\":\"1\""));
    owns(v, "two", "{\"f:data\":{\"f:a\":{},\"f:c\":{}}}");
    owns(v, "one", "{\"f:data\":{\"f:a\":{},\"f:b\":{}}}");
    v = apply(f, MAPS "/s?fieldManager=two", CONF("\"b\":\"2\""));
    assert_int_equal(f->reply.status, 409);
    assert_true(val_str_is(val_get(v, "message"),
                           "Apply failed with 1 conflict: conflict with \"one\": .data.b"));
    const struct val *cause = val_item(val_at(v, "details", "causes", NULL), 0);
    assert_true(val_str_is(val_get(cause, "reason"), "FieldManagerConflict"));
    assert_true(val_str_is(val_get(cause, "field"), ".data.b"));
    v = apply(f, MAPS "/s?fieldManager=two&force=true&dryRun=All", CONF("\"b\":\"2\""));
    assert_true(val_str_is(val_at(v, "data", "b", NULL), "2"));
    v = apply(f, MAPS "/s?fieldManager=two&force=true", CONF("\"b\":\"2\""));
    owns(v, "two", "{\"f:data\":{\"f:b\":{}}}"); /* c was its alone and is gone, a is shared */
    owns(v, "one", "{\"f:data\":{\"f:a\":{}}}");
    assert_null(val_at(v, "data", "c", NULL));
    assert_true(val_str_is(val_at(v, "data", "a", NULL), "1"));
    send(f, "PATCH", MAPS "/s?fieldManager=hand", "application/merge-patch+json", NULL,
         "{\"data\":{\"a\":\"9\"}}");
    v = get(f, MAPS "/s");
    owns(v, "hand", "{\"f:data\":{\"f:a\":{}}}");
    assert_null(entry(v, "one"));
    v = apply(f, MAPS "/s?fieldManager=one",
              "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"s\"},"
              "\"nope\":1}");
    assert_int_equal(f->reply.status, 500);
    assert_non_null(
        strstr(val_str(val_get(v, "message"), ""), ".nope: field not declared in schema"));
    v = send(f, "PATCH", MAPS "/s", "application/merge-patch+json", NULL,
             "{\"metadata\":{\"managedFields\":[{}]}}");
    assert_null(val_at(v, "metadata", "managedFields", NULL));
    v = apply(f, MAPS "/s?fieldManager=one", CONF("\"d\":\"1\""));
    owns(v, "before-first-apply", "{\"f:data\":{\".\":{},\"f:a\":{},\"f:b\":{}}}");
    apply(f, MAPS "/t?fieldManager=one",
          "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"t\",\"uid\":"
          "\"u\"}}");
    assert_int_equal(f->reply.status, 409);
}

static void test_updaters_are_capped(void **state)
{
    struct fix *f = *state;
    char target[200], body[60];
    const struct val *v = NULL;
    send(f, "POST", MAPS, NULL, NULL, CONF("\"a\":\"1\""));
    for (int i = 0; i < 14; i++) {
        clock_fake_advance(&f->clock, 1000);
        snprintf(target, sizeof(target), MAPS "/s?fieldManager=m%d", i);
        snprintf(body, sizeof(body), "{\"data\":{\"k%d\":\"1\"}}", i);
        v = send(f, "PATCH", target, "application/merge-patch+json", NULL, body);
    }
    assert_int_equal(val_count(val_at(v, "metadata", "managedFields", NULL)), 10);
    assert_non_null(entry(v, "ancient-changes"));
    assert_non_null(entry(v, "m13"));
    assert_null(entry(v, "m0"));
}

static void test_types(void **state)
{
    struct fix *f = *state;
    static const char body[] =
        "{\"apiVersion\":\"apps/"
        "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\"},\"spec\":{"
        "\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"replicas\":null,\"template\":{\"metadata\":"
        "{"
        "\"labels\":{\"a\":\"b\"}},\"spec\":{\"hostNetwork\":false,\"containers\":[{\"name\":\"c\","
        "\"image\":\"x\",\"resources\":{\"limits\":{\"cpu\":0.5,\"memory\":\"1024Mi\"}},\"ports\":["
        "{"
        "\"containerPort\":80}],\"nope\":1}]}}}}";
    const struct val *v =
        send(f, "POST", "/apis/apps/v1/namespaces/default/deployments", NULL, NULL, body);
    assert_int_equal(f->reply.status, 201);
    assert_non_null(
        strstr(f->reply.warning, "unknown field \\\"spec.template.spec.containers[0].nope\\\""));
    assert_int_equal(val_int(val_at(v, "spec", "replicas", NULL), 0), 1);
    assert_true(val_str_is(val_at(v, "spec", "strategy", "type", NULL), "RollingUpdate"));
    const struct val *spec = val_at(v, "spec", "template", "spec", NULL);
    const struct val *c = val_item(val_get(spec, "containers"), 0);
    assert_null(val_get(spec, "hostNetwork"));
    assert_null(val_get(c, "nope"));
    assert_true(val_str_is(val_get(c, "imagePullPolicy"), "Always"));
    assert_true(val_str_is(val_at(c, "resources", "limits", "cpu", NULL), "500m"));
    assert_true(val_str_is(val_at(c, "resources", "limits", "memory", NULL), "1Gi"));
    assert_true(val_str_is(val_get(val_item(val_get(c, "ports"), 0), "protocol"), "TCP"));
    send(f, "POST", "/apis/apps/v1/namespaces/default/deployments?fieldValidation=Strict", NULL,
         NULL, body);
    assert_int_equal(f->reply.status, 400);
    v = send(f, "PATCH", "/apis/apps/v1/namespaces/default/deployments/d",
             "application/merge-patch+json", NULL,
             "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"c\"}}}}");
    assert_int_equal(f->reply.status, 422);
    assert_non_null(strstr(val_str(val_get(v, "message"), ""), "field is immutable"));
    v = send(f, "POST", "/api/v1/namespaces/default/secrets", NULL, NULL,
             "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"s\"},"
             "\"stringData\":{\"a\":\"hi\"}}");
    assert_true(val_str_is(val_at(v, "data", "a", NULL), "aGk="));
    assert_null(val_get(v, "stringData"));
}

static void test_quantities(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1000m", "1"},   {"0.5", "500m"},    {"1.5Gi", "1536Mi"}, {"1024Mi", "1Gi"},
        {"1", "1"},       {"+1", "1"},        {"1e3", "1e3"},      {"1000", "1k"},
        {"100M", "100M"}, {"0", "0"},         {"0Mi", "0"},        {"512Ki", "512Ki"},
        {"0.5Ki", "512"}, {"-1.5", "-1500m"}, {"1e-3", "1e-3"},    {"0.1Mi", "104857600m"},
        {"1n", "1n"},     {"1E", "1E"},       {"12E0", "12"},
    };
    static const char *const bad[] = {"", "a", "1.2.3", "1x", "Mi", "--1", "1e", "1 "};
    char out[64];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(sim_quantity_canonical(cases[i][0], strlen(cases[i][0]), false, out));
        assert_string_equal(out, cases[i][1]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(sim_quantity_canonical(bad[i], strlen(bad[i]), false, out));
    assert_true(sim_quantity_canonical("1u", 2, true, out));
    assert_string_equal(out, "1m");
    assert_true(sim_quantity_compare("1Gi", "1G") > 0);
    assert_int_equal(sim_quantity_compare("1000m", "1"), 0);
}

static void test_scale_owners(void **state)
{
    struct fix *f = *state;
    static const char body[] =
        "{\"apiVersion\":\"apps/"
        "v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"d\"},\"spec\":{"
        "\"replicas\":2,\"selector\":{\"matchLabels\":{\"a\":\"b\"}},\"template\":{\"metadata\":{"
        "\"labels\":{\"a\":\"b\"}},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"x\"}]}}}}";
#define DEPLOY "/apis/apps/v1/namespaces/default/deployments/d"
    apply(f, DEPLOY "?fieldManager=one", body);
    assert_int_equal(f->reply.status, 201);
    send(f, "PATCH", DEPLOY "/scale?fieldManager=hpa", "application/merge-patch+json", NULL,
         "{\"spec\":{\"replicas\":5}}");
    const struct val *v = get(f, DEPLOY), *e = entry(v, "hpa");
    owns(v, "hpa", "{\"f:spec\":{\"f:replicas\":{}}}");
    assert_true(val_str_is(val_get(e, "subresource"), "scale"));
    assert_true(val_str_is(val_get(e, "apiVersion"), "apps/v1"));
    assert_null(val_get(e, "time"));
    assert_null(val_at(entry(v, "one"), "fieldsV1", "f:spec", "f:replicas", NULL));
    v = apply(f, DEPLOY "?fieldManager=one", body);
    assert_int_equal(f->reply.status, 409);
    assert_non_null(strstr(val_str(val_get(v, "message"), ""),
                           "conflict with \"hpa\" with subresource \"scale\" using apps/v1"));
}

RUN("sim-request", CASE(test_who), CASE(test_paths), CASE(test_pages), CASE(test_old_page),
    CASE(test_forms), CASE(test_writes), CASE(test_finalizers), CASE(test_scale), CASE(test_watch),
    CASE(test_apply), CASE(test_updaters_are_capped), CASE(test_types), CASE(test_scale_owners),
    cmocka_unit_test(test_quantities))
