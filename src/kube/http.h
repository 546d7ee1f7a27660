// SPDX-License-Identifier: Apache-2.0
/*
 * The transport over libcurl. See http.c for how connections are kept apart.
 */
#ifndef LEEWAY_KUBE_HTTP_H
#define LEEWAY_KUBE_HTTP_H

#include "base/clock.h"
#include "base/loop.h"
#include "kube/resolver.h"
#include "kube/transport.h"

struct kube_http_options {
    struct loop *loop;
    const struct clock *clock;
    struct kube_resolver *resolver; /* borrowed, outlives the transport */
    const char *user_agent;         /* copied */
    int64_t connect_deadline_ms;    /* 0: 10 s */
};

/* Owned; free through its free function. NULL and *e when libcurl cannot be set up. */
struct kube_transport *kube_http_new(const struct kube_http_options *o, struct err *e);

#endif
