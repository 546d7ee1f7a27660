// SPDX-License-Identifier: Apache-2.0
/*
 * Host names to addresses, without ever blocking the loop or a removal: a few threads call
 * getaddrinfo, answers come back through the loop. Answers are cached, failures back off, what
 * waits is bounded. Threads are never joined: one that hangs in getaddrinfo ends when it returns.
 * Everything here is called on the loop's thread.
 */
#ifndef LEEWAY_KUBE_RESOLVER_H
#define LEEWAY_KUBE_RESOLVER_H

#include "base/clock.h"
#include "base/err.h"
#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>

struct kube_resolver;
struct kube_lookup;

struct kube_resolver_options {
    struct loop *loop;
    const struct clock *clock;
    unsigned threads;       /* 0: 4; up to 64 while names hang */
    size_t max_waiting;     /* names; 0: 4096 */
    int64_t keep_ms;        /* a good answer; 0: 60 s */
    int64_t keep_failed_ms; /* the first failure; doubled each time up to a minute; 0: 1 s */
    /* For tests; NULL: getaddrinfo. Runs on a thread. Writes addresses separated by commas (IPv6
     * without brackets) into out; 0, or an EAI_ code. */
    int (*look)(void *ctx, const char *host, char *out, size_t size);
    void *look_ctx;
};

struct kube_resolver *kube_resolver_new(const struct kube_resolver_options *o, struct err *e);
/* Lookups that wait are dropped without a call. Never blocks. */
void kube_resolver_free(struct kube_resolver *r);

/* addresses: separated by commas as CURLOPT_RESOLVE takes them, IPv6 in brackets; NULL on failure,
 * then text says why. fn runs from the loop, never inside kube_resolve. */
typedef void kube_resolve_fn(void *ctx, const char *addresses, const char *text);
struct kube_lookup *kube_resolve(struct kube_resolver *r, const char *host, kube_resolve_fn *fn,
                                 void *ctx);
void kube_resolve_cancel(struct kube_resolver *r, struct kube_lookup *l); /* NULL is fine */
/* A good answer that is at hand, or NULL. Borrowed until the return to the loop. */
const char *kube_resolve_cached(struct kube_resolver *r, const char *host);
void kube_resolve_forget(struct kube_resolver *r, const char *host); /* it led nowhere */

bool kube_is_literal_address(const char *host); /* 10.0.0.1, ::1, [::1] */

#endif
