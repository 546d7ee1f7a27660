// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the libcurl transport, shared by http.c (the multi handles and the loop),
 * http_gate.c (who waits for a connection), http_setup.c (one transfer's options) and http_end.c
 * (what its end means).
 */
#ifndef LEEWAY_KUBE_HTTP_INT_H
#define LEEWAY_KUBE_HTTP_INT_H

#include "base/vec.h"
#include "kube/http.h"

#include <curl/curl.h>

struct http;

struct lane {
    struct http *http;
    CURLM *multi;
    struct loop_timer *timer;
    VEC(int) brought; /* sockets of HTTP/2 that brought something in this call of libcurl */
};

/* A socket that libcurl waits on, which is one in use: idle ones are not waited on. */
struct http_socket {
    int fd;
    struct lane *lane;
    struct kube_route *route;
    struct http_socket *prev, *next;
};

struct http {
    struct kube_transport transport; /* first */
    struct kube_http_options o;
    char *user_agent;
    struct lane lanes[KUBE_LANES];
    unsigned in_curl;
    bool closing;
    struct kube_transfer *all;
    struct kube_transfer *deferred;
    struct http_socket *sockets;
};

enum http_at_gate { GATE_NONE, GATE_FIRST, GATE_WAITS, GATE_PASSED, GATE_OPEN };

struct kube_transfer {
    struct http *http;
    struct lane *lane;
    struct kube_route *route;
    struct kube_transfer_events events;
    void *ctx;
    CURL *easy;
    struct curl_slist *headers, *resolve, *connect_to;
    char *name, *port; /* to be looked up; NULL: nothing to look up */
    struct kube_lookup *lookup;
    struct loop_timer *soon; /* an end that is known before libcurl was asked */
    enum kube_end soon_end;
    enum kube_tls_fault soon_fault;
    enum http_at_gate at_gate;
    int64_t gate_reset_ms;
    bool added, cancelled, stopped, body_begun, is_deferred, bad_header;
    int http_version;
    int64_t cert_not_after_ms;
    char text[CURL_ERROR_SIZE];
    struct kube_transfer *prev, *next, *next_deferred, *next_waiting;
};

/* http_gate.c. True: it may go to libcurl now; false: it waits. */
bool kube_gate_enter(struct kube_transfer *x);
/* It has its connection. Those that waited for it, by next_waiting: they may go now. */
struct kube_transfer *kube_gate_open(struct kube_transfer *x);
/* It ended, or is given up. Those that waited for the connection that it was to make: with failed
 * they end as it did; else there is one at most, which is to make it now. */
struct kube_transfer *kube_gate_leave(struct kube_transfer *x, bool failed);

/* http_setup.c. What is wrong, or NULL. The callbacks are set by http.c. */
const char *kube_http_set_general(struct kube_transfer *x, const struct kube_transfer_spec *s);
const char *kube_http_set_tls(struct kube_transfer *x);
/* Fills x->name and x->port where a name has to be looked up. */
const char *kube_http_set_url(struct kube_transfer *x, const struct kube_transfer_spec *s);
/* An empty value takes away what libcurl would send. x->bad_header: it cannot be sent. */
void kube_http_add_header(struct kube_transfer *x, const char *name, const char *value);

/* http_end.c. Fills end, tls_fault, reached, sent, the bytes and text (x->text, or ""). */
void kube_http_end(struct kube_transfer *x, CURLcode code, struct kube_transfer_result *r);

#endif
