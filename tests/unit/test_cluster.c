// SPDX-License-Identifier: Apache-2.0
/* A cluster's way, on a script and a clock that stands still: seen, remembered, silent, replaced.
 */
#include "unit.h"

#pragma GCC diagnostic ignored "-Wunused-function"
#include "kube_fake.h"

#include "engine/client.h"
#include "engine/fleet/cluster.h"

#include <stdlib.h>
#include <unistd.h>

struct place {
    char dir[64], kubeconfig[128], store[128];
    struct fake f;
    struct engine *e;
    struct engine_client *client;
    const char *uid[2]; /* of kube-system behind a.test and b.test; NULL: nobody answers */
    bool forbidden;     /* kube-system may not be read */
    bool stranger;      /* a web server that knows none of it */
    bool brief;
    unsigned versions, identities, others; /* that were asked of a.test; others: how it is doing */
};

/* again: where the second context leads. */
static void write_kubeconfig(const struct place *p, const char *a, const char *again)
{
    FILE *f = fopen(p->kubeconfig, "w");
    assert_non_null(f);
    fprintf(f,
            "apiVersion: v1\nkind: Config\nusers: [{name: u, user: {token: t}}]\nclusters:\n"
            "- {name: a, cluster: {server: 'https://%s'}}\n"
            "- {name: b, cluster: {server: 'https://%s'}}\ncontexts:\n"
            "- {name: a, context: {cluster: a, user: u}}\n"
            "- {name: again, context: {cluster: b, user: u}}\n",
            a, again);
    fclose(f);
}

static int setup(void **state)
{
    struct place *p = mem_new(struct place);
    snprintf(p->dir, sizeof(p->dir), "/tmp/leeway-cluster.XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->kubeconfig, sizeof(p->kubeconfig), "%s/config", p->dir);
    snprintf(p->store, sizeof(p->store), "%s/fleet.db", p->dir);
    write_kubeconfig(p, "a.test", "a.test");
    p->f.transport = (struct kube_transport){.start = fake_start, .cancel = fake_cancel};
    clock_fake_init(&p->f.clock, 1000000, 1700000000000);
    p->uid[0] = "11111111-aaaa";
    *state = p;
    return 0;
}

static struct kube_transport *use_fake(void *ctx, struct loop *loop)
{
    struct place *p = ctx;
    p->f.loop = loop;
    return &p->f.transport;
}

static void start(struct place *p)
{
    struct err err = ERR_INIT;
    const struct engine_world w = {
        .clock = &p->f.clock.clock, .transport = use_fake, .ctx = p, .workers = -1, .seed = 7};
    const struct leeway_options o = {.kubeconfig = p->kubeconfig,
                                     .store_path = p->store,
                                     .no_watch = p->brief,
                                     .brief = p->brief};
    p->client = engine_client_new(&err);
    p->e = engine_new(&o, &w, p->client, &err);
    if (!p->e)
        print_error("%s\n", err.text);
    assert_non_null(p->e);
}

static void stop(struct place *p)
{
    engine_free(p->e, false);
    engine_client_free(p->client);
    p->e = NULL;
    assert_null(p->f.open);
}

static int teardown(void **state)
{
    struct place *p = *state;
    if (p->e)
        stop(p);
    char *command = mem_printf("rm -rf %s", p->dir);
    int rc = system(command);
    mem_free(command);
    mem_free(p);
    return rc;
}

#define NODE(name, ready)                                                                          \
    "{\"type\":\"ADDED\",\"object\":{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{"       \
    "\"name\":\"" name "\",\"uid\":\"" name "\",\"resourceVersion\":\"5\"},\"status\":{"           \
    "\"nodeInfo\":{\"kubeletVersion\":\"v1.35.4+k3s1\"},\"conditions\":[{\"type\":\"Ready\","      \
    "\"status\":\"" ready "\",\"lastTransitionTime\":\"2023-01-02T03:04:05Z\"}]}}}\n"
#define SYNCED                                                                                     \
    "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\",\"annotations\":{" \
    "\"k8s.io/initial-events-end\":\"true\"}}}}\n"

/* Answers what is open as an API server with two nodes does. */
static void serve(struct place *p)
{
    for (int turn = 0; turn < 200; turn++) {
        fake_settle(&p->f);
        struct kube_transfer *x = p->f.open;
        while (x && x->lane == KUBE_LANE_WATCH && x->body[0] == '.') /* answered before */
            x = x->next;
        if (!x) {
            clock_fake_advance(&p->f.clock, 10);
            continue;
        }
        char body[256];
        const char *uid = p->uid[strcmp(x->server, "https://b.test") == 0];
        p->versions += strcmp(x->path, "/version") == 0;
        p->identities += strstr(x->path, "/kube-system") != NULL;
        p->others += strncmp(x->path, "/readyz", 7) == 0 || strcmp(x->path, "/api/v1/pods") == 0 ||
                     strcmp(x->path, "/api/v1/namespaces") == 0;
        if (!uid) {
            fake_end(&p->f, x, KUBE_END_CONNECT);
        } else if (p->stranger) {
            fake_answer(&p->f, x, 404, "<h1>not here</h1>");
        } else if (x->lane == KUBE_LANE_WATCH) {
            mem_free(x->body);
            x->body = mem_strdup(".");
            fake_head(x, 200);
            fake_bytes(&p->f, x,
                       strcmp(x->path, "/api/v1/nodes") == 0 ? NODE("n1", "True")
                                                                   NODE("n2", "False") SYNCED
                                                             : SYNCED);
        } else if (strcmp(x->path, "/version") == 0) {
            fake_answer(&p->f, x, 200,
                        "{\"major\":\"1\",\"minor\":\"35\",\"gitVersion\":\"v1.35.4+k3s1\"}");
        } else if (strstr(x->path, "/kube-system") && !p->forbidden) {
            snprintf(body, sizeof(body),
                     "{\"kind\":\"Namespace\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":"
                     "\"kube-system\",\"uid\":\"%s\"}}",
                     uid);
            fake_answer(&p->f, x, 200, body);
        } else if (strncmp(x->path, "/readyz", 7) == 0) {
            fake_answer(&p->f, x, 200, "ok");
        } else if (strcmp(x->path, "/api/v1/pods") == 0) {
            fake_answer(&p->f, x, 200,
                        strstr(x->query, "fieldSelector")
                            ? "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[]}"
                            : "{\"kind\":\"PodList\",\"metadata\":{\"remainingItemCount\":41},"
                              "\"items\":[{}]}");
        } else {
            fake_answer(&p->f, x, 403,
                        "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"no\"}");
        }
    }
}

static struct leeway_snapshot *look(struct place *p)
{
    engine_publish(p->e);
    return engine_client_take(p->client);
}

static void seen_then_remembered(void **state)
{
    struct place *p = *state;
    start(p);
    serve(p);
    struct leeway_snapshot *s = look(p);
    const struct leeway_cluster *c = leeway_cluster_at(s, 0);
    assert_int_equal(c->reach, LEEWAY_REACH_OK);
    assert_string_equal(c->uid.str, "11111111-aaaa");
    assert_string_equal(c->kubernetes.str, "1.35.4");
    assert_string_equal(c->distribution.str, "k3s");
    assert_int_equal(c->nodes, 2);
    assert_int_equal(c->nodes_ready, 1);
    assert_int_equal(c->pods, 42);
    assert_int_equal(c->state, LEEWAY_DEGRADED);
    assert_string_equal(c->reason.str, "1 of 2 nodes ready");
    assert_string_equal(c->node_rows[0].name.str, "n2"); /* the worst first */
    /* Two contexts lead to it: one row. */
    assert_int_equal(leeway_clusters(s), 1);
    assert_string_equal(c->aliases.str, "again");
    leeway_snapshot_unref(s);
    stop(p);

    clock_fake_advance(&p->f.clock, 3600000);
    p->uid[0] = NULL;
    start(p);
    s = look(p); /* nothing was contacted yet */
    c = leeway_cluster_at(s, 0);
    assert_int_equal(leeway_clusters(s), 1);
    assert_int_equal(p->f.open != NULL, 0);
    assert_int_equal(c->reach, LEEWAY_REACH_WAITING);
    assert_int_equal(c->state, LEEWAY_UNKNOWN);
    assert_string_equal(c->was.str, "degraded");
    assert_string_equal(c->kubernetes.str, "1.35.4");
    assert_int_equal(c->nodes, 2);
    assert_int_equal(c->nodes_ready, 1);
    assert_true(c->last_seen_ms > 0 && c->last_seen_ms <= 1700000000000 + 60000);
    leeway_snapshot_unref(s);
}

/* What plans and applies asks each thing once, and not how the cluster is doing. */
static void asked_in_brief(void **state)
{
    struct place *p = *state;
    struct leeway_snapshot *s;
    start(p);
    serve(p);
    assert_true(p->others >= 4);
    stop(p);
    p->brief = true;
    p->versions = p->identities = p->others = 0;
    start(p);
    serve(p);
    s = look(p);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_OK);
    assert_true(leeway_settled(s));
    assert_int_equal(leeway_cluster_at(s, 0)->nodes, 2);
    assert_int_equal(p->others, 0);
    assert_int_equal(p->versions, 1);
    assert_int_equal(p->identities, 1);
    leeway_snapshot_unref(s);
    stop(p);
    p->brief = false;
    start(p);
    s = look(p); /* nothing was contacted yet */
    assert_string_equal(leeway_cluster_at(s, 0)->was.str, "degraded");
    leeway_snapshot_unref(s);
}

/* Not found is an answer about kube-system only from an API server. */
static void a_web_server_is_no_cluster(void **state)
{
    struct place *p = *state;
    struct leeway_snapshot *s;
    p->stranger = true;
    start(p);
    serve(p);
    s = look(p);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_DOWN);
    assert_false(leeway_cluster_at(s, 0)->weak_identity);
    leeway_snapshot_unref(s);
}

static void silent_and_back(void **state)
{
    struct place *p = *state;
    p->uid[0] = NULL;
    start(p);
    serve(p);
    struct leeway_snapshot *s = look(p);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_DOWN);
    assert_true(leeway_settled(s));
    assert_true(leeway_cluster_at(s, 0)->next_try_ms > 0);
    leeway_snapshot_unref(s);
    p->uid[0] = "11111111-aaaa";
    for (int i = 0; i < 130; i++) {
        serve(p);
        clock_fake_advance(&p->f.clock, 1000);
    }
    s = look(p);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_OK);
    leeway_snapshot_unref(s);
}

static void another_cluster_under_the_name(void **state)
{
    struct place *p = *state;
    start(p);
    serve(p);
    stop(p);
    p->uid[0] = "22222222-bbbb";
    start(p);
    serve(p);
    struct leeway_snapshot *s = look(p);
    const struct leeway_cluster *c = leeway_cluster_at(s, 0);
    assert_int_equal(c->reach, LEEWAY_REACH_REPLACED);
    assert_int_equal(c->state, LEEWAY_UNKNOWN);
    assert_string_equal(c->uid.str, "11111111-aaaa");
    leeway_snapshot_unref(s);
    struct err err = ERR_INIT;
    struct cluster *cluster = engine_cluster_by_name(p->e, "a");
    assert_int_equal(engine_may_write(p->e, cluster, &err), ERR_CONFLICT);
    err_clear(&err);
    assert_int_equal(cluster_confirm_replaced(cluster, &err), 0);
    serve(p);
    assert_true(cluster_is_up(cluster));
    assert_string_equal(cluster->uid, "22222222-bbbb");
    assert_int_equal(engine_may_write(p->e, cluster, &err), 0);
    stop(p);
    start(p); /* and it stays so */
    serve(p);
    assert_true(cluster_is_up(engine_cluster_by_name(p->e, "a")));
}

static const struct leeway_cluster *row(struct place *p, struct leeway_snapshot **s)
{
    *s = look(p);
    assert_int_equal(leeway_clusters(*s), 1);
    return leeway_cluster_at(*s, 0);
}

static void pass(struct place *p, int seconds)
{
    for (int i = 0; i < seconds; i++) {
        serve(p);
        clock_fake_advance(&p->f.clock, 1000);
    }
}

static void goes_by(struct place *p, const char *server, const char *other)
{
    struct leeway_snapshot *s;
    const struct leeway_cluster *c = row(p, &s);
    assert_int_equal(c->reach, LEEWAY_REACH_OK);
    assert_string_equal(c->name.str, "a");
    assert_string_equal(c->uid.str, "11111111-aaaa");
    assert_string_equal(c->server.str, server);
    assert_string_equal(c->aliases.str, other);
    assert_int_equal(c->nodes, 2);
    leeway_snapshot_unref(s);
}

static void by_another_way(void **state)
{
    struct place *p = *state;
    struct leeway_snapshot *s;
    write_kubeconfig(p, "a.test", "b.test");
    p->uid[1] = p->uid[0];
    start(p);
    serve(p);
    goes_by(p, "https://a.test", "again");
    p->uid[0] = NULL;
    pass(p, 60);
    goes_by(p, "https://b.test", "again"); /* the name stays the name */
    p->uid[0] = p->uid[1];
    p->uid[1] = NULL;
    pass(p, 60);
    goes_by(p, "https://a.test", "again");
    /* Neither; then another cluster behind the other way: that one is not taken. */
    p->uid[0] = NULL;
    pass(p, 60);
    assert_int_equal(row(p, &s)->reach, LEEWAY_REACH_DOWN);
    leeway_snapshot_unref(s);
    p->uid[1] = "22222222-bbbb";
    pass(p, 200);
    s = look(p);
    assert_int_equal(leeway_clusters(s), 2);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_DOWN);
    assert_string_equal(leeway_cluster_at(s, 1)->name.str, "again");
    assert_int_equal(leeway_cluster_at(s, 1)->reach, LEEWAY_REACH_REPLACED);
    leeway_snapshot_unref(s);
    p->uid[0] = "11111111-aaaa";
    pass(p, 200);
    s = look(p);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_OK);
    leeway_snapshot_unref(s);
}

static void kube_system_may_not_be_read_any_more(void **state)
{
    struct place *p = *state;
    struct leeway_snapshot *s;
    start(p);
    serve(p);
    stop(p);
    p->forbidden = true;
    start(p);
    serve(p);
    const struct leeway_cluster *c = row(p, &s); /* the same place: the same cluster, marked */
    assert_int_equal(c->reach, LEEWAY_REACH_OK);
    assert_true(c->weak_identity);
    assert_string_equal(c->uid.str, "11111111-aaaa");
    leeway_snapshot_unref(s);
    stop(p);
    write_kubeconfig(p, "b.test", "b.test"); /* another place under the name */
    p->uid[1] = p->uid[0];
    start(p);
    serve(p);
    s = look(p);
    assert_int_equal(leeway_cluster_at(s, 0)->reach, LEEWAY_REACH_REPLACED);
    leeway_snapshot_unref(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

RUN("cluster", TEST(seen_then_remembered), TEST(asked_in_brief), TEST(a_web_server_is_no_cluster),
    TEST(silent_and_back), TEST(another_cluster_under_the_name), TEST(by_another_way),
    TEST(kube_system_may_not_be_read_any_more))
