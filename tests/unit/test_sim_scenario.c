// SPDX-License-Identifier: Apache-2.0
/* Scenarios: what is wrong in a file is said at its place; what is in it happens on its clock. */
#include "unit.h"

#include "sim/scenario.h"
#include "sim/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct fix {
    struct sim sim;
    struct clock_fake clock;
    struct sim_cluster clusters[14];
    struct sim_reply reply;
    struct val_pool pool;
    char path[64];
};

static int setup(void **state)
{
    struct fix *f = mem_new(struct fix);
    clock_fake_init(&f->clock, 1000, 1790000000000);
    f->sim = (struct sim){.clock = &f->clock.clock,
                          .started_ms = 1000,
                          .seed = 1,
                          .types = sim_types_new(),
                          .speed_percent = 100,
                          .clusters = f->clusters,
                          .clusters_len = ARRAY_LEN(f->clusters)};
    for (unsigned i = 0; i < ARRAY_LEN(f->clusters); i++) {
        f->clusters[i] =
            (struct sim_cluster){.sim = &f->sim, .number = i, .version = 100, .listen_fd = -1};
        snprintf(f->clusters[i].token, sizeof(f->clusters[i].token), "secret");
        sim_fleet_name(&f->clusters[i], true);
    }
    val_pool_init(&f->pool);
    snprintf(f->path, sizeof(f->path), "/tmp/leeway-scenario-XXXXXX");
    close(mkstemp(f->path));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fix *f = *state;
    sim_reply_clear(&f->reply);
    sim_script_free(f->sim.script);
    for (size_t i = 0; i < ARRAY_LEN(f->clusters); i++)
        sim_store_clear(&f->clusters[i]);
    val_pool_clear(&f->pool);
    sim_types_free(f->sim.types);
    unlink(f->path);
    mem_free(f);
    return 0;
}

static struct sim_script *load(struct fix *f, const char *text, struct err *e)
{
    FILE *to = fopen(f->path, "w");
    fputs(text, to);
    fclose(to);
    sim_script_free(f->sim.script);
    f->sim.script = sim_script_new(&f->sim, f->path, e);
    return f->sim.script;
}

static void test_wrong(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"steps:\n- {at: 1s, cluster: dev-eu-1, dork: true}\n", ":2:31: no step does dork"},
        {"steps:\n- {at: soon, cluster: dev-eu-1, dark: true}\n",
         ":2:8: at is a time such as 250ms, 20s or 5m"},
        {"steps:\n- {at: 1s, cluster: dev-eu-9, dark: true}\n",
         ":2:21: no cluster of this fleet is called dev-eu-9; the first is prod-us-1"},
        {"steps:\n- {at: 1s, cluster: dev-eu-1, dark: yes please}\n", ":2:37: dark is true or"},
        {"steps:\n- {at: 1s, cluster: dev-eu-1}\n", ":2:3: the step does nothing"},
        {"steps:\n- {at: 1s, dark: true}\n", ":2:3: a step needs cluster"},
        {"steps:\n- {cluster: dev-eu-1, dark: true}\n", ":2:3: a step needs at"},
        {"steps:\n- {at: 1s, cluster: dev-eu-1, dark: true, ready: false}\n",
         ":2:43: one step does one thing: dark or ready"},
        {"steps:\n- at: 1s\n  cluster: dev-eu-1\n  scale: {deployment: x}\n",
         ":4:10: scale needs replicas"},
        {"steps:\n- at: 1s\n  cluster: dev-eu-1\n  scale: {replicas: 2, to: x}\n",
         ":4:24: scale knows no to"},
        {"steps:\n- at: 1s\n  cluster: dev-eu-1\n  patch: {kind: Thing, name: x, merge: {}}\n",
         ":4:17: no kind Thing is served"},
        {"steps:\n- {at: 1s, cluster: dev-eu-1, busy: {share: 101}}\n", ":2:45: share is a share"},
        {"steps:\n- {at: 1s, cluster: dev-eu-1, certificate: old}\n",
         ":2:44: certificate is one of: lasting near-end expired"},
        {"speed: 3\n", ":1:1: a scenario knows no speed"},
        {"repeat: 5s\nsteps:\n- {at: 9s, cluster: dev-eu-1, dark: true}\n",
         ":1:9: repeat comes before the last step"},
        {"steps: [\n", ":"},
        {"- a\n", "a scenario is one map"},
        {"steps: 3\n", ":1:8: steps is a list"},
        {"steps: [x]\n", ":1:9: a step is a map"},
    };
    struct fix *f = *state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        assert_null(load(f, cases[i].text, &e));
        char *text = err_format(&e);
        if (!strstr(text, cases[i].says) || !strstr(text, f->path))
            fail_msg("%s\nsays: %s\nand not: %s", cases[i].text, text, cases[i].says);
        mem_free(text);
        err_clear(&e);
    }
}

static const struct val *ask(struct fix *f, size_t cluster, const char *target)
{
    const struct sim_request q = {
        .method = "GET", .target = target, .authorization = "Bearer secret", .body = ""};
    sim_reply_clear(&f->reply);
    sim_answer(&f->clusters[cluster], &q, &f->reply);
    return json_read(&f->pool, buf_str(&f->reply.body), f->reply.body.len, NULL, NULL);
}

static void pass(struct fix *f, int seconds)
{
    for (int i = 0; i < seconds * 10; i++) {
        clock_fake_advance(&f->clock, 100);
        sim_script_tick(f->sim.script);
        for (size_t k = 0; k < ARRAY_LEN(f->clusters); k++)
            sim_behave_tick(&f->clusters[k]);
    }
}

enum { DEV_EU_1 = 7 };
#define WEB "/apis/apps/v1/namespaces/payments-dev/deployments/payments-dev-web"

static void test_happens(void **state)
{
    struct fix *f = *state;
    struct err e = ERR_INIT;
    assert_non_null(
        load(f,
             "steps:\n"
             "- at: 20s\n"
             "  cluster: dev-eu-1\n"
             "  scale: {namespace: payments-dev, deployment: payments-dev-web, replicas: 5}\n"
             "- at: 30s\n"
             "  cluster: dev-*\n"
             "  busy: {for: 60s, retry-after: 7s}\n"
             "- {at: 40s, clusters: [prod-us-1, prod-us-2], error: {status: 503, html: true}}\n"
             "- {at: 50s, cluster: edge-fra-2, dark: true}\n"
             "- {at: 55s, cluster: prod-us-1, calm: true}\n"
             "- {at: 60s, cluster: edge-fra-2, dark: false}\n"
             "- {at: 100s, cluster: dev-eu-1, clock: -90s}\n"
             "- at: 110s\n"
             "  cluster: dev-eu-1\n"
             "  patch: {kind: ConfigMap, namespace: payments-dev, name: payments-dev-web, as: helm,"
             " merge: {data: {log-level: debug}}}\n"
             "- {at: 120s, cluster: dev-eu-1, lose-history: true}\n",
             &e));
    pass(f, 19);
    assert_int_equal(val_int(val_at(ask(f, DEV_EU_1, WEB), "spec", "replicas", NULL), 0), 2);
    pass(f, 2);
    assert_int_equal(val_int(val_at(ask(f, DEV_EU_1, WEB), "spec", "replicas", NULL), 0), 5);
    pass(f, 10);
    ask(f, DEV_EU_1, WEB);
    assert_int_equal(f->reply.status, 429);
    assert_int_equal(f->reply.retry_after_s, 7);
    pass(f, 10);
    ask(f, 0, "/version");
    assert_int_equal(f->reply.status, 503);
    assert_string_equal(f->reply.type, "text/html");
    pass(f, 10);
    assert_true(f->clusters[13].dark);
    pass(f, 10);
    assert_false(f->clusters[13].dark);
    ask(f, 0, "/version");
    assert_int_equal(f->reply.status, 200);
    ask(f, 1, "/version");
    assert_int_equal(f->reply.status, 503);
    pass(f, 30);
    assert_int_equal(val_int(val_at(ask(f, DEV_EU_1, WEB), "status", "readyReplicas", NULL), 0), 5);
    pass(f, 20);
    assert_int_equal(sim_wall_ms(&f->clusters[DEV_EU_1]), f->clock.wall_ms_now - 90000);
    assert_string_equal(
        val_str(
            val_at(ask(f, DEV_EU_1, "/api/v1/namespaces/payments-dev/configmaps/payments-dev-web"),
                   "data", "log-level", NULL),
            ""),
        "debug");
    uint64_t before = f->clusters[DEV_EU_1].version;
    char target[100];
    pass(f, 10);
    snprintf(target, sizeof(target), "/api/v1/pods?watch=1&resourceVersion=%llu",
             (unsigned long long)before - 1);
    ask(f, DEV_EU_1, target);
    assert_non_null(strstr(buf_str(&f->reply.watch->out), "\"code\":410"));
}

static const struct val *pod_of(struct fix *f, size_t cluster, const char *selector)
{
    char target[200];
    snprintf(target, sizeof(target), "/api/v1/namespaces/payments-dev/pods?labelSelector=%s",
             selector);
    return val_item(val_get(ask(f, cluster, target), "items"), 0);
}

static void test_webhook(void **state)
{
    struct fix *f = *state;
    struct err e = ERR_INIT;
    assert_non_null(
        load(f,
             "steps:\n"
             "- at: 1s\n"
             "  cluster: dev-eu-1\n"
             "  webhook: {name: mesh, container: {name: proxy, image: \"proxy:1\"}}\n"
             "- {at: 2s, cluster: dev-eu-1, delete: {kind: ReplicaSet, namespace: payments-dev, "
             "name: none}}\n"
             "- at: 3s\n"
             "  cluster: dev-eu-1\n"
             "  image: {namespace: payments-dev, deployment: payments-dev-web, image: \"web:9\"}\n"
             "- at: 40s\n"
             "  cluster: dev-eu-1\n"
             "  webhook: {name: mesh, kind: ConfigMap, fails: no endpoints available}\n"
             "- {at: 50s, cluster: dev-eu-1, webhook: {name: mesh, gone: true}}\n",
             &e));
    pass(f, 35);
    const struct val *list =
        val_at(pod_of(f, DEV_EU_1, "app%3Dpayments-dev-web"), "spec", "containers", NULL);
    assert_int_equal(val_count(list), 2);
    assert_string_equal(val_str(val_get(val_item(list, 1), "name"), ""), "proxy");
    static const char map[] =
        "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m\"}}";
    const struct sim_request q = {.method = "POST",
                                  .target = "/api/v1/namespaces/default/configmaps",
                                  .authorization = "Bearer secret",
                                  .body = map,
                                  .body_len = sizeof(map) - 1};
    pass(f, 10);
    sim_reply_clear(&f->reply);
    sim_answer(&f->clusters[DEV_EU_1], &q, &f->reply);
    assert_int_equal(f->reply.status, 500);
    assert_non_null(strstr(buf_str(&f->reply.body), "failed calling webhook \\\"mesh\\\""));
    pass(f, 10);
    sim_reply_clear(&f->reply);
    sim_answer(&f->clusters[DEV_EU_1], &q, &f->reply);
    assert_int_equal(f->reply.status, 201);
}

/* The same seed gives the same objects, event by event, however often it runs. */
static void test_same(void **state)
{
    struct fix *f = *state;
    struct err e = ERR_INIT;
    uint64_t versions[2] = {0, 0}, sums[2] = {0, 0};
    for (int round = 0; round < 2; round++) {
        assert_non_null(load(f,
                             "churn: 2s\nsteps:\n- {at: 3s, cluster: dev-eu-1, node-not-ready: "
                             "dev-eu-1-1}\n- {at: 9s, cluster: dev-eu-1, node-ready: dev-eu-1-1}\n",
                             &e));
        pass(f, 60);
        versions[round] = f->clusters[DEV_EU_1].version;
        const sim_object_vec *pods =
            &f->clusters[DEV_EU_1].objects[sim_kind_at(sim_kind_named("Pod"))];
        for (size_t i = 0; i < pods->len; i++)
            for (const char *s = pods->items[i]->text; *s; s++)
                sums[round] = sums[round] * 31 + (unsigned char)*s;
        for (size_t i = 0; i < ARRAY_LEN(f->clusters); i++) {
            struct sim_cluster *c = &f->clusters[i];
            sim_store_clear(c);
            *c = (struct sim_cluster){.sim = &f->sim, .number = i, .version = 100, .listen_fd = -1};
            sim_fleet_name(c, true);
        }
        clock_fake_init(&f->clock, 1000, 1790000000000);
    }
    assert_int_equal(versions[0], versions[1]);
    assert_int_equal(sums[0], sums[1]);
}

/* The past comes back: objects, and numbers that were given out. */
static void test_restore(void **state)
{
    struct fix *f = *state;
    struct sim_cluster *c = &f->clusters[DEV_EU_1];
    const struct val *v = ask(f, DEV_EU_1, WEB);
    uint64_t before = c->version;
    const struct sim_actor who = {"kubectl", "scale"};
    sim_act_patch(
        c, &who, sim_store_get(c, sim_kind_named("Deployment"), "payments-dev", "payments-dev-web"),
        "{\"spec\":{\"replicas\":9}}");
    assert_true(c->version > before);
    sim_fault_forget(c, c->version - before);
    assert_int_equal(c->version, before);
    assert_true(val_equal(v, ask(f, DEV_EU_1, WEB)));
}

/* Every scenario that ships can be read, and runs to its end. */
static void test_shipped(void **state)
{
    struct fix *f = *state;
    struct err e = ERR_INIT;
    f->sim.script = sim_script_new(&f->sim, NULL, &e);
    assert_non_null(f->sim.script);
    for (size_t i = 0; i < ARRAY_LEN(f->clusters); i++)
        sim_fleet_fill(&f->clusters[i]);
    pass(f, 300);
    for (size_t i = 0; i < ARRAY_LEN(f->clusters); i++)
        assert_true(f->clusters[i].version > 100);
}

/* Many clusters that are alike are printed from one: each has what is its own, nothing of
 * another's, and is the same whoever was asked first. */
static void test_pattern(void **state)
{
    struct fix *f = *state;
    char *first[3] = {0};
    for (int turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < 3; i++) {
            struct sim_cluster *c = &f->clusters[turn ? 2 - i : i];
            c->number = (unsigned)(c - f->clusters) + 3;
            c->version = 1000 * c->number;
            sim_fleet_name(c, false);
            sim_fleet_fill(c);
        }
        for (unsigned i = 0; i < 3; i++) {
            struct sim_cluster *c = &f->clusters[i];
            struct buf all;
            buf_init(&all, BUF_LARGE);
            uint64_t version = 0, objects = 0;
            for (size_t k = 0; k < sim_kinds_len; k++)
                for (size_t n = 0; n < c->objects[k].len; n++) {
                    const struct sim_object *o = c->objects[k].items[n];
                    const struct val *v = sim_object_read(&f->pool, o);
                    const struct val *meta = val_get(v, "metadata");
                    assert_true(val_str_is(val_get(meta, "name"), o->name));
                    assert_int_equal(
                        strtoull(val_str(val_get(meta, "resourceVersion"), ""), NULL, 10),
                        o->version);
                    version = o->version > version ? o->version : version;
                    assert_true(o == sim_store_get(c, o->kind, o->ns, o->name));
                    assert_int_equal(strlen(val_str(val_get(meta, "uid"), "")), 36);
                    buf_puts(&all, o->text);
                    objects++;
                }
            assert_true(objects > 45);
            assert_true(version > 1000 * c->number && version == c->version);
            for (unsigned other = 0; other < 6; other++) {
                struct sim_cluster x = {.number = other};
                sim_fleet_name(&x, false);
                assert_true((strstr(buf_str(&all), x.name) != NULL) == (other == c->number));
            }
            if (turn)
                assert_string_equal(first[i], buf_str(&all));
            else
                first[i] = mem_strdup(buf_str(&all));
            buf_clear(&all);
            sim_store_clear(c);
            c->filled = false;
        }
        assert_string_not_equal(first[0], first[1]);
        sim_patterns_free(f->sim.patterns);
        f->sim.patterns = NULL;
    }
    for (unsigned i = 0; i < 3; i++)
        mem_free(first[i]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_wrong),   CASE(test_happens), CASE(test_webhook), CASE(test_same),
        CASE(test_restore), CASE(test_shipped), CASE(test_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
