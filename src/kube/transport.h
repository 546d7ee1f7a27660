// SPDX-License-Identifier: Apache-2.0
/*
 * The seam between the client and the wire: start an HTTP transfer, be told of its head, bytes and
 * end, or cancel it. http.c does it with libcurl; tests put a script in its place. Engine thread.
 */
#ifndef LEEWAY_KUBE_TRANSPORT_H
#define LEEWAY_KUBE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Watches have a connection of their own: a hundred streams and a stalled list must not meet. */
enum kube_lane { KUBE_LANE_REQUEST, KUBE_LANE_WATCH, KUBE_LANES };

struct kube_transfer;

/* Of one lane: what the transport knows of its connections to a server. Begins with zeros. */
struct kube_gate {
    int64_t reset_ms;                      /* what follows is about connections made since then */
    unsigned open;                         /* transfers that have a connection */
    struct kube_transfer *first, *waiting; /* who makes one; who waits for it */
    int fd;                                /* of the newest connection; 0: none yet */
};

/* Where a server is and how it is reached: fixed once made, shared by counting. A new one is made
 * when certificates change. */
struct kube_route {
    unsigned refs;
    char *server;          /* https://host:port/prefix, no slash at the end */
    char *tls_server_name; /* or NULL */
    char *proxy;           /* or NULL */
    bool insecure, disable_compression;
    char *ca_pem, *cert_pem, *key_pem; /* or NULL */
    size_t ca_len, cert_len, key_len;
    /* Boot time before which connections of a lane are not used any more; 0: all are good. */
    int64_t not_before_ms[KUBE_LANES];
    struct kube_gate gates[KUBE_LANES]; /* the transport's */
};

struct kube_transfer_header {
    const char *name, *value;
};

/* Everything is borrowed for the call of start but the body, which stays valid until the end. */
struct kube_transfer_spec {
    const char *method, *path, *query; /* path from '/', query without '?' or NULL */
    const struct kube_transfer_header *headers;
    size_t headers_len;
    const void *body;
    size_t body_len;
    enum kube_lane lane;
};

#define KUBE_END_TABLE(X)                                                                          \
    X(KUBE_END_DONE) /* an answer came, whole */                                                   \
    X(KUBE_END_NAME) /* the name does not resolve */                                               \
    X(KUBE_END_CONNECT)                                                                            \
    X(KUBE_END_PROXY)                                                                              \
    X(KUBE_END_TLS)                                                                                \
    X(KUBE_END_TIMEOUT)                                                                            \
    X(KUBE_END_BROKEN)   /* connected, then reset or cut short */                                  \
    X(KUBE_END_PROTOCOL) /* not HTTP */                                                            \
    X(KUBE_END_STOPPED)  /* on_bytes said no */                                                    \
    X(KUBE_END_INTERNAL)

enum kube_end {
#define X(name) name,
    KUBE_END_TABLE(X)
#undef X
};

enum kube_tls_fault {
    KUBE_TLS_OTHER,
    KUBE_TLS_UNTRUSTED,
    KUBE_TLS_EXPIRED,
    KUBE_TLS_WRONG_NAME,
    KUBE_TLS_NOT_TLS,      /* what answers speaks something else */
    KUBE_TLS_BAD_MATERIAL, /* our own certificate, key or authority cannot be used */
};

struct kube_transfer_result {
    enum kube_end end;
    enum kube_tls_fault tls_fault;
    bool sent;        /* the request may have reached the server */
    bool reached;     /* the connection was made, TLS included */
    const char *text; /* what the library says; "" when all is well */
    uint64_t bytes_in, bytes_out;
};

/* What is known when the answer begins. */
struct kube_transfer_head {
    int status;
    int http_version;          /* 10, 11, 20; 0 unknown */
    unsigned connects;         /* connections opened for it */
    int64_t cert_not_after_ms; /* wall time; 0 unknown */
};

/* Called from the loop, never inside start or cancel. None after done, none after cancel. */
struct kube_transfer_events {
    void (*head)(void *ctx, const struct kube_transfer_head *head);
    void (*header)(void *ctx, const char *name, size_t name_len, const char *value, size_t len);
    bool (*bytes)(void *ctx, const char *bytes, size_t len); /* false: end it (KUBE_END_STOPPED) */
    void (*done)(void *ctx, const struct kube_transfer_result *r);
};

struct kube_transport {
    /* Never fails at once: what is wrong comes as done. The route is referenced. */
    struct kube_transfer *(*start)(struct kube_transport *t, struct kube_route *route,
                                   const struct kube_transfer_spec *spec,
                                   const struct kube_transfer_events *events, void *ctx);
    void (*cancel)(struct kube_transport *t, struct kube_transfer *x);
    /* The lane's connections that are in use are known to be dead: what runs on them ends (as
     * KUBE_END_BROKEN, from the loop). NULL: it cannot. */
    void (*cut)(struct kube_transport *t, const struct kube_route *route, enum kube_lane lane);
    void (*free)(struct kube_transport *t);
};

struct kube_route *kube_route_ref(struct kube_route *r);
void kube_route_unref(struct kube_route *r); /* wipes the key with the last one */

#endif
