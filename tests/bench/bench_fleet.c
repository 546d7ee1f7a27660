// SPDX-License-Identifier: Apache-2.0
/*
 * A fleet of simulated clusters in another process, seen through leeway's client (14 watches a
 * cluster) or through the engine as a console has it: time until complete, memory, CPU when
 * nothing happens, and how long a change takes from the request to the callback, or to the row.
 *
 *     bench_fleet watches|engine|managed KUBECONFIG LABEL
 */
#include "bench_clients.h"
#include "data/json.h"
#include "kube/write.h"
#include "leeway/leeway.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CHANGES = 100, IDLE_S = 10, GIVE_UP_S = 180 };

static const char *const paths[BENCH_WATCHES] = {
    "/api/v1/namespaces",
    "/api/v1/nodes",
    "/api/v1/pods",
    "/api/v1/services",
    "/api/v1/configmaps",
    "/api/v1/secrets",
    "/api/v1/serviceaccounts",
    "/api/v1/persistentvolumeclaims",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/replicasets",
    "/apis/apps/v1/statefulsets",
    "/apis/batch/v1/jobs",
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/autoscaling/v2/horizontalpodautoscalers",
};

/* ---- the client ---- */

static void on_synced(void *ctx)
{
    ((struct clients *)ctx)->synced++;
}

static void on_object(void *ctx, enum kube_event type, const struct val *v)
{
    struct clients *c = ctx;
    c->objects += type == KUBE_ADDED;
    if (type == KUBE_MODIFIED && c->wanted[0] &&
        val_str_is(val_at(v, "metadata", "labels", "bench", NULL), c->wanted))
        c->seen = true;
}

static void on_answer(void *ctx, const struct val *object, const struct kube_reply *reply)
{
    struct clients *c = ctx;
    c->answered = true;
    c->failed = c->failed || reply->error->code;
}

/* Labels the namespace `default` of a cluster. */
static void change(struct clients *c, size_t i, int n)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    char text[120];
    const struct kube_target t = {"", "v1", "namespaces", NULL, "default", NULL};
    const struct kube_patch_options o = {.type = KUBE_PATCH_MERGE, .field_manager = "bench"};
    snprintf(c->wanted, sizeof(c->wanted), "n%d", n);
    snprintf(text, sizeof(text), "{\"metadata\":{\"labels\":{\"bench\":\"%s\"}}}", c->wanted);
    val_pool_init(&p);
    c->seen = c->answered = false;
    kube_patch(c->all[i].kube, &t, json_read(&p, text, strlen(text), NULL, NULL), &o, on_answer, c,
               &e);
    val_pool_clear(&p);
    err_clear(&e);
}

static int run_watches(const char *path)
{
    struct clients c;
    struct err e = ERR_INIT;
    double began = bench_now_s(), spent, times[CHANGES];
    size_t kinds = sizeof(paths) / sizeof(paths[0]), got = 0;
    if (!clients_open(&c, path, &e)) {
        fprintf(stderr, "bench_fleet: %s\n", e.text);
        return 1;
    }
    for (size_t i = 0; i < c.n; i++) {
        for (size_t k = 0; k < kinds; k++) {
            const struct kube_watch_options o = {.what = {.path = paths[k]},
                                                 .on_object = on_object,
                                                 .on_synced = on_synced,
                                                 .ctx = &c};
            c.all[i].watches[k] = kube_watch_start(c.all[i].kube, &o);
        }
    }
    while (c.synced < c.n * kinds && bench_now_s() - began < GIVE_UP_S)
        loop_run_once(c.loop, 100);
    spent = bench_cpu_s();
    if (c.synced < c.n * kinds) {
        fprintf(stderr, "bench_fleet: %zu of %zu watches complete\n", c.synced, c.n * kinds);
        return 1;
    }
    bench_say("complete", bench_now_s() - began, "s");
    bench_say("complete_cpu", spent, "s");
    bench_say("objects", (double)c.objects, "");
    bench_say("memory", bench_resident_mib(), "MiB");
    double idle = bench_now_s(), cpu = bench_cpu_s();
    while (bench_now_s() - idle < IDLE_S)
        loop_run_once(c.loop, 100);
    bench_say("idle_cpu", (bench_cpu_s() - cpu) / (bench_now_s() - idle) * 100, "%");
    for (int n = 0; n < CHANGES; n++) {
        double sent = bench_now_s();
        change(&c, (size_t)n * 37 % c.n, n);
        while ((!c.seen || !c.answered) && bench_now_s() - sent < 30) {
            loop_run_once(c.loop, 100);
            if (c.seen && got <= (size_t)n)
                times[got++] = bench_now_s() - sent;
        }
    }
    bench_say_times("change", times, got);
    clients_close(&c);
    return got == CHANGES ? 0 : 1;
}

/* ---- the engine ---- */

static bool shows(struct leeway *l, const char *cluster, const char *phase)
{
    struct leeway_snapshot *s = leeway_snapshot_take(l);
    bool yes = false;
    for (size_t i = 0; i < leeway_clusters(s) && !yes; i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        if (strcmp(c->context.str, cluster) != 0)
            continue;
        for (size_t k = 0; k < c->n_namespaces; k++)
            yes = yes || strcmp(c->namespaces[k].name.str, phase) == 0;
        break;
    }
    leeway_snapshot_unref(s);
    return yes;
}

static void on_loop(struct clients *c, struct leeway *l)
{
    struct pollfd p = {leeway_event_fd(l), POLLIN, 0};
    loop_run_once(c->loop, 1);
    poll(&p, 1, 2);
}

static void create(struct clients *c, size_t i, const char *name)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    char text[200];
    const struct kube_target t = {"", "v1", "namespaces", NULL, NULL, NULL};
    const struct kube_write_common o = {0};
    snprintf(text, sizeof(text),
             "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\"}}", name);
    val_pool_init(&p);
    c->answered = false;
    if (!kube_create(c->all[i].kube, &t, json_read(&p, text, strlen(text), NULL, NULL), "bench", &o,
                     on_answer, c, &e))
        fprintf(stderr, "bench_fleet: %s\n", e.text);
    val_pool_clear(&p);
    err_clear(&e);
}

static int run_engine(const char *path)
{
    struct err e = ERR_INIT;
    double began = bench_now_s(), times[CHANGES];
    size_t got = 0;
    const struct leeway_options o = {.kubeconfig = path,
                                     .no_store = true,
                                     .simulated = true,
                                     .program = "bench",
                                     .lasting = true};
    struct leeway *l = leeway_open(&o, &e);
    bool done = false;
    if (!l) {
        fprintf(stderr, "bench_fleet: %s\n", e.text);
        return 1;
    }
    while (!done && bench_now_s() - began < GIVE_UP_S) {
        struct leeway_snapshot *s = leeway_snapshot_take(l);
        done = leeway_settled(s);
        leeway_snapshot_unref(s);
        usleep(20000);
    }
    if (!done) {
        fprintf(stderr, "bench_fleet: not settled\n");
        return 1;
    }
    bench_say("complete", bench_now_s() - began, "s");
    bench_say("complete_cpu", bench_cpu_s(), "s");
    bench_say("memory", bench_resident_mib(), "MiB");
    double idle = bench_now_s(), cpu = bench_cpu_s();
    while (bench_now_s() - idle < IDLE_S) {
        leeway_snapshot_unref(leeway_snapshot_take(l));
        usleep(50000);
    }
    bench_say("idle_cpu", (bench_cpu_s() - cpu) / (bench_now_s() - idle) * 100, "%");
    struct clients c;
    if (!clients_open(&c, path, &e))
        return 1;
    for (int n = 0; n < CHANGES; n++) {
        char name[32];
        size_t i = (size_t)n * 37 % c.n;
        snprintf(name, sizeof(name), "bench-%d", n);
        double sent = bench_now_s();
        create(&c, i, name);
        bool seen = false;
        while (!(seen && c.answered) && bench_now_s() - sent < 30) {
            on_loop(&c, l);
            if (!seen && shows(l, clients_name(&c, i), name)) {
                seen = true;
                times[got++] = bench_now_s() - sent;
            }
        }
    }
    bench_say_times("change", times, got);
    clients_close(&c);
    leeway_close(l, false);
    return got == CHANGES ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct rlimit r;
    if (argc != 4) {
        fprintf(stderr, "bench_fleet watches|engine|managed KUBECONFIG LABEL\n");
        return 64;
    }
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
    bench_label = argv[3];
    if (strcmp(argv[1], "managed") == 0)
        return bench_managed(argv[2]);
    return strcmp(argv[1], "engine") == 0 ? run_engine(argv[2]) : run_watches(argv[2]);
}
