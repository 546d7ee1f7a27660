// SPDX-License-Identifier: Apache-2.0
/* A store in a folder of its own, and a small fleet to put into it. */
#ifndef LEEWAY_TESTS_STORE_FIXTURE_H
#define LEEWAY_TESTS_STORE_FIXTURE_H

#include "unit.h"

#include "base/mem.h"
#include "store/store.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ENV "6f1c9f6e-0000-4000-8000-000000000001"
#define CLUSTER "c1u5-7e12"
#define BYTES(lit) ((struct store_bytes){lit, sizeof(lit) - 1})

struct fixture {
    char dir[64], path[96];
    struct store *store;
    struct store_view *view;
};

static inline void fixture_dir(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    /* in memory where there is such a place: the tests kill processes, not machines */
    snprintf(f->dir, sizeof(f->dir), "%s/leeway-store-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/fleet.db", f->dir);
}

static inline struct store *fixture_try(const struct fixture *f, struct store_faults *faults,
                                        struct err *e)
{
    struct store_options o = {.path = f->path, .program = "leeway test", .faults = faults};
    return store_open(&o, e);
}

static inline void fixture_open(struct fixture *f)
{
    struct err e = ERR_INIT;
    f->store = fixture_try(f, NULL, &e);
    if (!f->store)
        fail_msg("open: %s", e.text);
    f->view = store_view_open(f->store, &e);
    assert_non_null(f->view);
}

static inline void fixture_close(struct fixture *f)
{
    store_view_close(f->view);
    store_close(f->store);
    f->view = NULL;
    f->store = NULL;
}

static inline void fixture_remove(const struct fixture *f)
{
    DIR *d = opendir(f->dir);
    struct dirent *entry;
    while (d && (entry = readdir(d))) {
        char name[400];
        snprintf(name, sizeof(name), "%s/%s", f->dir, entry->d_name);
        unlink(name);
    }
    if (d)
        closedir(d);
    rmdir(f->dir);
}

static inline void fixture_sync(struct fixture *f)
{
    struct err e = ERR_INIT;
    if (store_sync(f->store, &e))
        fail_msg("sync: %s", e.text);
}

static inline struct store_object fixture_object(const char *name)
{
    return (struct store_object){"apps/v1", "Deployment", "web", name};
}

static inline struct digest fixture_hash(unsigned char c)
{
    struct digest d;
    memset(d.b, c, sizeof(d.b));
    return d;
}

static inline void put_fleet(struct store *s, struct store_ack ack)
{
    struct store_environment env = {
        .uuid = ENV, .name = "web", .name_space = "web", .origin = "/srv/web"};
    struct digest ca = fixture_hash(7);
    store_put_route(s, "prod-eu-1", CLUSTER, false, "https://10.0.0.1:6443", &ca, ack);
    store_put_environment(s, &env, ack);
}

/* Three rows: create a, delete b, leave c. */
static inline void put_plan(struct store *s, unsigned char hash, struct store_ack ack)
{
    struct store_plan_row rows[] = {
        {.position = 0,
         .object = fixture_object("a"),
         .action = STORE_CREATE,
         .body = BYTES("{\"kind\":\"Deployment\",\"metadata\":{\"name\":\"a\"}}")},
        {.position = 1, .object = fixture_object("b"), .action = STORE_DELETE, .uid = "uid-b"},
        {.position = 2,
         .object = fixture_object("c"),
         .action = STORE_UNCHANGED,
         .detail = BYTES("{}")},
    };
    struct store_plan_target target = {.cluster = CLUSTER,
                                       .moved = fixture_hash(9),
                                       .rows = rows,
                                       .row_count = ARRAY_LEN(rows),
                                       .summary = BYTES("{}")};
    struct store_plan plan = {.hash = fixture_hash(hash),
                              .environment = ENV,
                              .kind = "apply",
                              .who = BYTES("{\"user\":\"ada\"}"),
                              .summary = BYTES("{}"),
                              .targets = &target,
                              .target_count = 1};
    store_put_plan(s, &plan, ack);
}

static inline struct store_given fixture_given(const char *name)
{
    return (struct store_given){
        .environment = ENV,
        .cluster = CLUSTER,
        .object = fixture_object(name),
        .uid = "uid-1",
        .resource_version = "41",
        .fieldset = BYTES("{\"f:spec\":{\"f:replicas\":{}}}"),
        .leaves = BYTES("{\".spec.replicas\":3}"),
        .body_digest = fixture_hash(3),
        .release = 1,
    };
}

static inline int count_any(void *ctx, const void *record)
{
    (void)record;
    ++*(int *)ctx;
    return 0;
}
#define COUNT_OF(kind)                                                                             \
    static inline int count_##kind(void *ctx, const struct store_##kind *r)                        \
    {                                                                                              \
        return count_any(ctx, r);                                                                  \
    }

#endif
