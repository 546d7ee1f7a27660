// SPDX-License-Identifier: Apache-2.0
/*
 * The store: results a second with group commit, beside one transaction for each in the same run,
 * on the disk that $TMPDIR names (/tmp); and what a restart reads: 1,000 targets of 50 objects.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ENV "6f1c9f6e-0000-4000-8000-000000000001"
#define CLUSTERS 1000
#define OBJECTS 50

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const struct err *e)
{
    fprintf(stderr, "bench_store: %s\n", e->text ? e->text : "failed");
    exit(1);
}

static void sync_or_die(struct store *s)
{
    struct err e = ERR_INIT;
    if (store_sync(s, &e))
        die(&e);
}

static void put(struct store *s, int cluster, int object)
{
    char uid[32], name[32], leaves[1400];
    snprintf(uid, sizeof(uid), "cluster-%d", cluster);
    snprintf(name, sizeof(name), "object-%d", object);
    size_t n = 0;
    for (int i = 0; i < 30; i++)
        n += (size_t)snprintf(leaves + n, sizeof(leaves) - n, "{\".spec.f%d\":\"%08x%08x\"}", i,
                              (unsigned)(cluster * 7919 + i) * 2654435761u,
                              (unsigned)(object * 104729 + i) * 2246822519u);
    static const char fields[] = "{\"f:metadata\":{\"f:labels\":{\"f:app\":{}}},\"f:spec\":"
                                 "{\"f:replicas\":{},\"f:selector\":{},\"f:template\":{\"f:spec\":"
                                 "{\"f:containers\":{\"k:{\\\"name\\\":\\\"web\\\"}\":{\".\":{},"
                                 "\"f:image\":{},\"f:name\":{}}}}}}}";
    struct store_given g = {
        .environment = ENV,
        .cluster = uid,
        .object = {"apps/v1", "Deployment", "web", name},
        .uid = "3f5a1b1e-0000-4000-8000-0123456789ab",
        .resource_version = "123456",
        .fieldset = {fields, sizeof(fields) - 1},
        .leaves = {leaves, n},
        .release = 1,
    };
    store_put_given(s, &g, STORE_NO_ACK);
}

static int read_one(void *ctx, const struct store_given *g)
{
    *(size_t *)ctx += g->leaves.len > 0;
    return 0;
}

int main(void)
{
    struct err e = ERR_INIT;
    const char *tmp = getenv("TMPDIR");
    char dir[200], path[256], uid[32];
    snprintf(dir, sizeof(dir), "%.150s/leeway-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    snprintf(path, sizeof(path), "%s/bench.db", dir);
    struct store_options o = {.path = path, .program = "bench"};
    struct store *s = store_open(&o, &e);
    if (!s)
        die(&e);
    struct store_environment env = {.uuid = ENV, .name = "web"};
    store_put_environment(s, &env, STORE_NO_ACK);
    for (int i = 0; i < CLUSTERS; i++) {
        snprintf(uid, sizeof(uid), "cluster-%d", i);
        store_put_route(s, uid, uid, false, "", NULL, STORE_NO_ACK);
    }
    sync_or_die(s);

    const int singles = 200;
    double t = now_s();
    for (int i = 0; i < singles; i++) {
        put(s, 0, i);
        sync_or_die(s);
    }
    double one = singles / (now_s() - t);
    t = now_s();
    for (int c = 0; c < CLUSTERS; c++) {
        for (int k = 0; k < OBJECTS; k++)
            put(s, c, k);
        while (store_is_busy(s))
            store_dispatch(s);
    }
    sync_or_die(s);
    double group = CLUSTERS * OBJECTS / (now_s() - t);
    printf("store.given.written\t%.0f\trows/s\tone-transaction-each\t%.0f\t%.1f\n", group, one,
           group / one);
    store_close(s);

    t = now_s();
    s = store_open(&o, &e);
    struct store_view *v = s ? store_view_open(s, &e) : NULL;
    if (!v)
        die(&e);
    double opened = now_s() - t;
    size_t n = 0;
    t = now_s();
    if (store_each_given(v, NULL, NULL, read_one, &n, &e))
        die(&e);
    double walked = now_s() - t;
    printf("store.open\t%.1f\tms\t-\t-\t-\n", opened * 1e3);
    printf("store.given.read\t%.1f\tms for %zu\t-\t-\t-\n", walked * 1e3, n);
    store_view_close(v);
    store_close(s);
    static const char *const ends[] = {".db", ".db.lock", ".key"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(path, sizeof(path), "%s/bench%s", dir, ends[i]);
        unlink(path);
    }
    rmdir(dir);
    return 0;
}
