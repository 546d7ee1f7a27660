// SPDX-License-Identifier: Apache-2.0
/*
 * A transport that is a script: transfers wait in a row until the test answers them. Together with
 * a clock that stands still until it is told to move, hours of a client's life take milliseconds.
 */
#ifndef LEEWAY_TESTS_KUBE_FAKE_H
#define LEEWAY_TESTS_KUBE_FAKE_H

#include "base/mem.h"
#include "kube/client.h"
#include "unit.h"

#include <stdio.h>

struct kube_transfer {
    char server[64], method[16], path[256], query[1024], accept[256], content_type[64];
    char *body;
    enum kube_lane lane;
    struct kube_transfer_events events;
    void *ctx;
    struct kube_transfer *next;
};

struct fake {
    struct kube_transport transport; /* first */
    struct clock_fake clock;
    struct loop *loop;
    struct kube *kube;
    struct kube_cluster *cluster;
    struct kube_transfer *open;
    unsigned started, cancelled;
};

static inline struct kube_transfer *fake_start(struct kube_transport *t, struct kube_route *route,
                                               const struct kube_transfer_spec *s,
                                               const struct kube_transfer_events *events, void *ctx)
{
    struct fake *f = (struct fake *)t;
    struct kube_transfer *x = mem_new(struct kube_transfer);
    snprintf(x->method, sizeof(x->method), "%s", s->method);
    snprintf(x->server, sizeof(x->server), "%s", route && route->server ? route->server : "");
    snprintf(x->path, sizeof(x->path), "%s", s->path);
    snprintf(x->query, sizeof(x->query), "%s", s->query ? s->query : "");
    for (size_t i = 0; i < s->headers_len; i++) {
        if (strcmp(s->headers[i].name, "Accept") == 0)
            snprintf(x->accept, sizeof(x->accept), "%s", s->headers[i].value);
        if (strcmp(s->headers[i].name, "Content-Type") == 0)
            snprintf(x->content_type, sizeof(x->content_type), "%s", s->headers[i].value);
    }
    x->body = mem_strndup(s->body_len ? s->body : "", s->body_len);
    x->lane = s->lane;
    x->events = *events;
    x->ctx = ctx;
    struct kube_transfer **at = &f->open;
    while (*at)
        at = &(*at)->next;
    *at = x;
    f->started++;
    return x;
}

static inline void fake_remove(struct fake *f, struct kube_transfer *x)
{
    struct kube_transfer **at = &f->open;
    while (*at != x)
        at = &(*at)->next;
    *at = x->next;
    mem_free(x->body);
    mem_free(x);
}

static inline void fake_cancel(struct kube_transport *t, struct kube_transfer *x)
{
    ((struct fake *)t)->cancelled++;
    fake_remove((struct fake *)t, x);
}

static inline void fake_init(struct fake *f)
{
    *f = (struct fake){.transport = {.start = fake_start, .cancel = fake_cancel}};
    clock_fake_init(&f->clock, 1000000, 1700000000000);
    f->loop = loop_new(&f->clock.clock, NULL);
    const struct kube_options o = {
        .loop = f->loop, .clock = &f->clock.clock, .seed = 1, .transport = &f->transport};
    f->kube = kube_new(&o, NULL);
    struct kube_access a;
    kube_access_init(&a);
    a.context = mem_strdup("c");
    a.server = mem_strdup("https://c.test");
    f->cluster = kube_cluster_new(f->kube, &a, NULL);
    kube_access_clear(&a);
}

static inline void fake_clear(struct fake *f)
{
    kube_cluster_free(f->cluster);
    assert_null(f->open);
    kube_free(f->kube);
    loop_free(f->loop);
}

/* Everything that is due now. */
static inline void fake_settle(struct fake *f)
{
    while (loop_run_once(f->loop, 0) > 0)
        ;
}

static inline void fake_pass(struct fake *f, int64_t ms)
{
    fake_settle(f);
    for (; ms > 0; ms -= 100) {
        clock_fake_advance(&f->clock, ms < 100 ? ms : 100);
        fake_settle(f);
    }
}

/* The oldest transfer to this path (any when NULL); the test fails when there is none. */
static inline struct kube_transfer *fake_want(struct fake *f, const char *path)
{
    fake_settle(f);
    struct kube_transfer *x = f->open;
    while (x && path && strcmp(x->path, path) != 0)
        x = x->next;
    assert_non_null(x);
    return x;
}

static inline void fake_head(struct kube_transfer *x, int status)
{
    const struct kube_transfer_head head = {status, 20, 1, 0};
    x->events.head(x->ctx, &head);
}

static bool fake_is_open(const struct fake *f, const struct kube_transfer *x)
{
    const struct kube_transfer *at = f->open;
    while (at && at != x)
        at = at->next;
    return at != NULL;
}

static inline void fake_end(struct fake *f, struct kube_transfer *x, enum kube_end end)
{
    const struct kube_transfer events = *x;
    const struct kube_transfer_result r = {
        .end = end,
        .sent = end == KUBE_END_DONE || end == KUBE_END_BROKEN || end == KUBE_END_STOPPED,
        .reached = end == KUBE_END_DONE,
        .text = end == KUBE_END_DONE ? "" : "as the script has it",
    };
    fake_remove(f, x);
    events.events.done(events.ctx, &r);
    fake_settle(f);
}

/* Bytes of a body; when the client refuses them the transfer ends. False: it is over. */
static inline bool fake_bytes(struct fake *f, struct kube_transfer *x, const char *bytes)
{
    bool more = x->events.bytes(x->ctx, bytes, strlen(bytes));
    if (!fake_is_open(f, x)) { /* cancelled from inside */
        fake_settle(f);
        return false;
    }
    if (!more)
        fake_end(f, x, KUBE_END_STOPPED);
    fake_settle(f);
    return more;
}

static inline void fake_answer(struct fake *f, struct kube_transfer *x, int status,
                               const char *body)
{
    fake_head(x, status);
    if (!*body || fake_bytes(f, x, body))
        fake_end(f, x, KUBE_END_DONE);
}

#endif
