// SPDX-License-Identifier: Apache-2.0
/* leeway's own client against the simulator: TLS, HTTP/2, logins, discovery, watches. */
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "kube/client.h"
#include "kube/credentials.h"
#include "kube/discovery.h"
#include "kube/http.h"
#include "kube/kubeconfig.h"
#include "kube/resolver.h"
#include "kube/watch.h"
#include "kube/write.h"
#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct run {
    struct sim *sim;
    struct loop *loop;
    struct kube_resolver *resolver;
    struct kube_transport *transport;
    struct kube *kube;
    struct kubeconfig *config;
    struct kube_access access;
    struct kube_credentials_pool *pool;
    struct kube_cluster *cluster;
    bool done;
    int code, nodes, changes, synced;
    char words[200];
};

/* connect_ms: how long a connection may take; 0: as long as usual. */
static void open_run(struct run *r, const struct sim_options *so, const char *context,
                     int64_t connect_ms)
{
    struct err e = ERR_INIT;
    *r = (struct run){0};
    r->sim = sim_start(so, &e);
    assert_non_null(r->sim);
    const struct kubeconfig_options ko = {.path = sim_kubeconfig_path(r->sim)};
    r->config = kubeconfig_load(&ko, &e);
    r->loop = loop_new(clock_system(), &e);
    const struct kube_credentials_options po = {.loop = r->loop, .clock = clock_system()};
    r->pool = kube_credentials_pool_new(&po);
    const struct kube_resolver_options ro = {.loop = r->loop, .clock = clock_system()};
    r->resolver = kube_resolver_new(&ro, &e);
    const struct kube_http_options ho = {.loop = r->loop,
                                         .clock = clock_system(),
                                         .resolver = r->resolver,
                                         .user_agent = "leeway/test",
                                         .connect_deadline_ms = connect_ms};
    r->transport = kube_http_new(&ho, &e);
    const struct kube_options o = {.loop = r->loop,
                                   .clock = clock_system(),
                                   .seed = 7,
                                   .resolver = r->resolver,
                                   .transport = r->transport};
    r->kube = kube_new(&o, &e);
    kube_access_init(&r->access);
    assert_int_equal(kubeconfig_access(r->config, context, &r->access, &e), 0);
    r->cluster = kube_cluster_new(r->kube, &r->access, kube_credentials_open(r->pool, &r->access));
}

static void close_run(struct run *r)
{
    kube_cluster_free(r->cluster);
    kube_free(r->kube);
    r->transport->free(r->transport);
    kube_resolver_free(r->resolver);
    kube_credentials_pool_free(r->pool);
    loop_free(r->loop);
    kubeconfig_free(r->config);
    kube_access_clear(&r->access);
    sim_stop(r->sim);
}

static void turn(struct run *r)
{
    int64_t end = clock_boot_ms(clock_system()) + 30000;
    while (!r->done && clock_boot_ms(clock_system()) < end)
        loop_run_once(r->loop, 100);
    assert_true(r->done);
    r->done = false;
}

static void on_version(void *ctx, const struct kube_version *v)
{
    struct run *r = ctx;
    struct kube_cluster_status s;
    kube_cluster_status(r->cluster, &s);
    r->code = v->error->code;
    snprintf(r->words, sizeof(r->words), "%d.%d http %d", v->major, v->minor, s.http_version);
    r->done = true;
}

static void on_who(void *ctx, const struct kube_identity *id)
{
    struct run *r = ctx;
    snprintf(r->words, sizeof(r->words), "%s", id->user ? id->user : "?");
    r->done = true;
}

static void test_logins(void **state)
{
    (void)state;
    for (int certificates = 0; certificates < 2; certificates++) {
        const struct sim_options o = {.clusters = 2,
                                      .scenario = "",
                                      .login =
                                          certificates ? SIM_LOGIN_CERTIFICATE : SIM_LOGIN_TOKEN};
        struct run r;
        open_run(&r, &o, "prod-us-2", 0);
        kube_get_version(r.cluster, on_version, &r);
        turn(&r);
        assert_int_equal(r.code, 0);
        assert_string_equal(r.words, "1.35 http 20");
        kube_who_am_i(r.cluster, on_who, &r);
        turn(&r);
        assert_string_equal(r.words, "erik@acme.example");
        close_run(&r);
    }
}

static void on_discovery(void *ctx, const struct kube_discovery *d, const struct kube_error *e)
{
    struct run *r = ctx;
    const struct kube_resource *x = d ? kube_discovery_word(d, "deploy", NULL) : NULL;
    r->code = e->code;
    snprintf(r->words, sizeof(r->words), "%s %d", x ? x->plural : "none",
             x && kube_resource_has_subresource(x, "scale"));
    r->done = true;
}

static void test_discovery(void **state)
{
    (void)state;
    const struct sim_options o = {.clusters = 1, .scenario = ""};
    struct run r;
    open_run(&r, &o, "prod-us-1", 0);
    kube_discovery_get(r.cluster, NULL, on_discovery, &r);
    turn(&r);
    assert_string_equal(r.words, "deployments 1");
    close_run(&r);
}

static void on_event(void *ctx, enum kube_event type, const struct val *object)
{
    struct run *r = ctx;
    r->nodes += type == KUBE_ADDED;
    r->changes += type == KUBE_MODIFIED;
}

static void on_synced(void *ctx)
{
    ((struct run *)ctx)->done = true;
}

static void on_patched(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct run *r = ctx;
    r->code = reply->error->code;
    r->done = true;
}

static void test_watch(void **state)
{
    (void)state;
    const struct sim_options o = {.scenario = ""};
    struct run r;
    open_run(&r, &o, "dev-eu-1", 0);
    const struct kube_watch_options w = {.what = {.path = "/api/v1/nodes"},
                                         .on_object = on_event,
                                         .on_synced = on_synced,
                                         .ctx = &r};
    struct kube_watch *watch = kube_watch_start(r.cluster, &w);
    turn(&r);
    assert_int_equal(r.nodes, 3);
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    static const char cordon[] = "{\"spec\":{\"unschedulable\":true}}";
    const struct val *patch = json_read(&p, cordon, sizeof(cordon) - 1, NULL, &e);
    const struct kube_target t = {"", "v1", "nodes", NULL, "dev-eu-1-1", NULL};
    const struct kube_patch_options po = {.type = KUBE_PATCH_MERGE, .field_manager = "test"};
    kube_patch(r.cluster, &t, patch, &po, on_patched, &r, &e);
    turn(&r);
    assert_int_equal(r.code, 0);
    for (int i = 0; i < 300 && !r.changes; i++)
        loop_run_once(r.loop, 100);
    assert_int_equal(r.changes, 1);
    val_pool_clear(&p);
    kube_watch_free(watch);
    close_run(&r);
}

static void on_one_synced(void *ctx)
{
    ((struct run *)ctx)->synced++;
}

static void on_down(void *ctx, struct kube_cluster *c, enum kube_state state)
{
    (void)c;
    if (state == KUBE_STATE_DOWN)
        ((struct run *)ctx)->done = true;
}

/* What waits for a silent cluster holds up nobody else, also before that is given up. */
static void test_silent_neighbour(void **state)
{
    (void)state;
    static const char *const paths[] = {"/api/v1/nodes", "/api/v1/pods", "/api/v1/services"};
    static const char story[] = "steps: [{at: 0s, cluster: prod-us-1, dark: true}]\n";
    enum { CLUSTERS = 14, KINDS = ARRAY_LEN(paths), WATCHES = CLUSTERS * KINDS };
    char path[] = "/tmp/leeway-test-XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, story, sizeof(story) - 1), sizeof(story) - 1);
    close(fd);
    const struct sim_options o = {.scenario = path};
    struct run r;
    open_run(&r, &o, "prod-us-1", 120000); /* a slow machine gives nothing up */
    unlink(path);
    struct kube_access access[CLUSTERS];
    struct kube_cluster *clusters[CLUSTERS];
    struct kube_watch *watches[WATCHES];
    for (unsigned i = 0; i < CLUSTERS; i++) {
        struct err e = ERR_INIT;
        kube_access_init(&access[i]);
        assert_int_equal(kubeconfig_access(r.config, sim_cluster_name(r.sim, i), &access[i], &e),
                         0);
        clusters[i] =
            kube_cluster_new(r.kube, &access[i], kube_credentials_open(r.pool, &access[i]));
        kube_cluster_listen(clusters[i], on_down, &r);
        for (unsigned k = 0; k < KINDS; k++) {
            const struct kube_watch_options w = {.what = {.path = paths[k]},
                                                 .on_object = on_event,
                                                 .on_synced = on_one_synced,
                                                 .ctx = &r};
            watches[i * KINDS + k] = kube_watch_start(clusters[i], &w);
        }
    }
    while (r.synced < WATCHES - KINDS && !r.done)
        loop_run_once(r.loop, 100);
    assert_int_equal(r.synced, WATCHES - KINDS);
    for (unsigned i = 0; i < WATCHES; i++)
        kube_watch_free(watches[i]);
    for (unsigned i = 0; i < CLUSTERS; i++) {
        kube_cluster_free(clusters[i]);
        kube_access_clear(&access[i]);
    }
    close_run(&r);
}

RUN("sim-client", cmocka_unit_test(test_logins), cmocka_unit_test(test_discovery),
    cmocka_unit_test(test_watch), cmocka_unit_test(test_silent_neighbour))
