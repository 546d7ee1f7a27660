// SPDX-License-Identifier: Apache-2.0
/*
 * The client's side of the tests against a hostile server: a loop on real time that a test can push
 * ahead, the client with libcurl under it, clusters, and GET requests whose end is kept. Everything
 * runs on the test's thread; waiting is always for a condition, and a condition that does not come
 * within a minute fails the test.
 */
#ifndef LEEWAY_TESTS_HOSTILE_RIG_H
#define LEEWAY_TESTS_HOSTILE_RIG_H

#include "kube/client.h"
#include "server.h"
#include "unit.h"

struct rig_clock {
    struct clock clock; /* first */
    int64_t ahead_ms;
};

struct rig {
    struct rig_clock clock;
    struct loop *loop;
    struct kube_resolver *resolver;
    struct kube_credentials_pool *pool;
    struct kube_transport *transport;
    struct kube *kube;
    unsigned ended; /* answers so far */
};

struct rig_answer {
    struct rig *rig;
    struct kube_call *call; /* NULL when it has ended */
    int code, status;
    enum kube_fate fate;
    enum kube_why why;
    int64_t retry_after_ms;
    unsigned tries, order; /* order: the how-manieth answer of the rig */
    size_t len;
    char text[512], hint[256], body[256];
};

/* connect_ms: until a connection must stand, TLS included; 0: the default. */
void rig_init(struct rig *r, int64_t connect_ms);
/* With a resolver of the test's. */
void rig_init_with(struct rig *r, int (*look)(void *, const char *, char *, size_t), void *ctx,
                   int64_t connect_ms);
void rig_clear(struct rig *r);            /* clusters must be freed before */
void rig_jump(struct rig *r, int64_t ms); /* time passes at once */

/* https://host:port with the server's authority; credentials through the pool. proxy NULL: none. */
void rig_access(struct kube_access *a, struct hostile *h, const char *host);
struct kube_cluster *rig_cluster_of(struct rig *r, struct kube_access *a); /* clears it */
struct kube_cluster *rig_cluster(struct rig *r, struct hostile *h);        /* 127.0.0.1 */

/* Starts a GET that is tried once; limit 0: the default. */
void rig_get(struct rig *r, struct kube_cluster *c, const char *path, size_t limit,
             struct rig_answer *out);
void rig_send(struct rig *r, struct kube_cluster *c, const struct kube_request *q,
              struct rig_answer *out);

/* Turns the loop until the condition holds; it is looked at after every turn. */
typedef bool rig_fn(void *ctx);
void rig_until(struct rig *r, rig_fn *fn, void *ctx);
void rig_answered(struct rig *r, struct rig_answer *a);
void rig_get_whole(struct rig *r, struct kube_cluster *c, const char *path, size_t limit,
                   struct rig_answer *out); /* rig_get, rig_answered */

#endif
