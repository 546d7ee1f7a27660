// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of the client, shared by client.c (clusters: state, credentials, back-off), call.c
 * (one call through its tries) and window.c (how many at once).
 */
#ifndef LEEWAY_KUBE_CLIENT_STATE_H
#define LEEWAY_KUBE_CLIENT_STATE_H

#include "base/buf.h"
#include "base/vec.h"
#include "kube/client_int.h"

struct kube {
    struct kube_options o;
    struct kube_resolver *resolver; /* ours, or NULL */
    struct kube_transport *transport, *own_transport;
    uint64_t random;
};

struct kube_listener {
    struct kube_listener *next;
    kube_state_fn *fn; /* NULL: ended while the list was walked */
    void *ctx;
};

/* How many requests at once. */
struct kube_window {
    double size;
    double base_ms, smooth_ms; /* quickest of late, and average; 0: nothing known */
    int64_t narrowed_ms;       /* when last */
    int64_t pause_until_ms;    /* 429 */
    bool settled;              /* it was too large once: from then on it grows slowly */
    bool plain;                /* HTTP/1.1: every request needs a connection */
};

void kube_window_init(struct kube_window *w);
unsigned kube_window_size(const struct kube_window *w);
/* in_flight: with the one that was answered. A window that is not made use of stays as it is. */
void kube_window_answered(struct kube_window *w, unsigned in_flight, int64_t took_ms,
                          int64_t now_ms);
void kube_window_throttled(struct kube_window *w, int64_t retry_after_ms, int64_t now_ms);

enum { PRIORITIES = 3 };

struct kube_cluster {
    struct kube *kube;
    char *name;
    struct kube_access access;
    struct kube_credentials *credentials;
    struct kube_credentials_watch *credentials_watch;
    struct kube_route *route;
    uint64_t tls_generation;

    enum kube_state state;
    int64_t since_ms, next_try_ms;
    struct kube_error error;
    unsigned failures; /* probes in a row; the back-off's exponent */
    unsigned silent;   /* requests in a row without any answer */
    struct loop_timer *try_timer, *pump_timer, *notify_timer;
    struct kube_call *probe;
    struct kube_listener *listeners;
    bool walking, dead; /* the listeners are being called; freed meanwhile */

    struct kube_call *calls; /* all of them */
    struct {
        struct kube_call *first, *last;
    } queue[PRIORITIES];
    struct kube_window window;
    enum kube_streams streams;

    struct kube_cluster_stats stats;
    int64_t minute; /* of the counters that follow */
    uint32_t minute_requests;
    uint64_t minute_bytes;
    int64_t cert_not_after_ms;
    int http_version;
};

enum kube_call_state {
    CALL_QUEUED,  /* in its queue */
    CALL_FLYING,  /* has a transfer */
    CALL_RESTING, /* waits for its next try */
    CALL_ENDING,  /* its end is known and about to be told */
    CALL_DONE,    /* being told, or cancelled inside its own callback */
};

/* What is kept of an answer's head. */
struct kube_call_head {
    char content_type[128], etag[256], audit_id[128], retry_after[64];
};

struct kube_call {
    struct kube_cluster *cluster; /* NULL once the cluster is gone */
    struct kube_call *prev, *next;
    struct kube_call *queue_prev, *queue_next;
    struct kube_request r; /* strings point into strings */
    struct arena strings;
    enum kube_call_state state;
    bool is_probe, writes;
    bool in_callback, cancelled;
    bool refreshed; /* a fresh credential was tried */
    uint64_t credential;
    unsigned tries;
    int64_t begun_ms, try_begun_ms, deadline_at_ms; /* INT64_MAX: none */
    struct loop_timer *deadline_timer, *timer;
    struct kube_transfer *transfer;
    /* of the present try */
    int status, stop_code;
    bool body_cut;
    struct buf body;
    struct kube_call_head *head; /* NULL: nothing was said, or it is a stream, which needs none */
    struct arena warnings_arena;
    VEC(const char *) warnings;
    struct kube_error error;
};

/* call.c */
struct kube_call *kube_call_new(struct kube_cluster *c, const struct kube_request *r, bool probe);
/* Does it take a place in the window? */
bool kube_call_counts(const struct kube_call *call);
/* Starts a try. False: it could not be started because of what the cluster's state now says, or a
 * credential is still awaited; the call stays queued. */
bool kube_call_try(struct kube_call *call);
/* Tells its end at the next turn; error is copied. */
void kube_call_fail_soon(struct kube_call *call, const struct kube_error *error);
void kube_call_drop(struct kube_call *call); /* without telling */
void kube_call_enqueue(struct kube_call *call, bool front);
void kube_call_dequeue(struct kube_call *call);

/* client.c */
void kube_cluster_pump_soon(struct kube_cluster *c);
void kube_cluster_answered(struct kube_cluster *c);
void kube_cluster_failed(struct kube_cluster *c, enum kube_state state,
                         const struct kube_error *why);
/* Credential for a request now; NULL: none, for the reason that the state then has, or awaited. */
enum kube_cred_state kube_cluster_credential(struct kube_cluster *c, struct kube_credential *out);
void kube_cluster_count(struct kube_cluster *c, unsigned requests, uint64_t in, uint64_t out);

#endif
