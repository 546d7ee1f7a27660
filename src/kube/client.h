// SPDX-License-Identifier: Apache-2.0
/*
 * Requests to API servers. One struct kube a process (engine), one struct kube_cluster an API
 * server and login. All of it runs on the engine thread, on the loop, and never waits; callbacks
 * run from the loop, never inside the call that started them, and never after a cancel.
 *
 * A cluster keeps a window of requests in flight that widens while answers come quickly and narrows
 * on 429 and on slowness; what does not fit waits in three queues by priority. A cluster that
 * cannot be reached or refuses our login costs nothing but one small probe now and then (0.8 s
 * doubling to 120 s, jittered); calls made meanwhile fail at once unless they say wait. 401 is
 * answered once with a fresh credential where there is one.
 */
#ifndef LEEWAY_KUBE_CLIENT_H
#define LEEWAY_KUBE_CLIENT_H

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "kube/access.h"
#include "kube/credentials.h"
#include "kube/resolver.h"
#include "kube/status.h"
#include "kube/transport.h"

struct kube;
struct kube_cluster;
struct kube_call;

struct kube_options {
    struct loop *loop; /* all borrowed, and outlive the kube */
    const struct clock *clock;
    struct log *log;                  /* NULL: none */
    uint64_t seed;                    /* of the jitter */
    struct kube_resolver *resolver;   /* NULL: one is made */
    struct kube_transport *transport; /* NULL: libcurl; else borrowed */
};

struct kube *kube_new(const struct kube_options *o, struct err *e);
void kube_free(struct kube *k); /* all clusters must be freed before */
/* leeway/VERSION (linux/amd64) */
const char *kube_user_agent(void);

/* ---- clusters ---- */

#define KUBE_STATE_TABLE(X)                                                                        \
    X(KUBE_STATE_UNTRIED, "untried")                                                               \
    X(KUBE_STATE_UP, "up")                                                                         \
    X(KUBE_STATE_DOWN, "down")           /* name, connect, proxy, TLS, no answer */                \
    X(KUBE_STATE_REFUSED, "auth-failed") /* 401, or no credential could be had */                  \
    X(KUBE_STATE_LOGIN, "login")         /* a credential plugin needs a person */

enum kube_state {
#define X(name, word) name,
    KUBE_STATE_TABLE(X)
#undef X
};
const char *kube_state_word(enum kube_state s);

struct kube_cluster_status {
    enum kube_state state;
    int64_t since_ms;               /* boot time of the last change */
    int64_t next_try_ms;            /* boot time; 0: none planned */
    const struct kube_error *error; /* why it is not up; borrowed until the next turn; NULL */
    int64_t cert_not_after_ms;      /* wall; of the server's certificate; 0 unknown */
    int http_version;               /* 11, 20; 0 unknown */
};

/* The cost model's figures, since the cluster was made. */
struct kube_cluster_stats {
    uint64_t requests, retries, throttled, failures;
    uint64_t bytes_in, bytes_out; /* of bodies and heads, after TLS */
    uint64_t connects;
    uint32_t requests_last_minute; /* of the last whole minute */
    uint64_t bytes_last_minute;
    uint32_t in_flight, waiting, watches, window;
    int64_t latency_ms; /* smoothed; -1 unknown */
};

/* Copies what it needs of access; takes the credentials, which it closes when freed. NULL
 * credentials: anonymous. */
struct kube_cluster *kube_cluster_new(struct kube *k, const struct kube_access *access,
                                      struct kube_credentials *credentials);
/* Cancels everything: no callback afterwards, no thread is waited for. Watches and fetches that
 * were made on it must be freed before or are freed with their own functions afterwards without
 * touching it: free them first. */
void kube_cluster_free(struct kube_cluster *c);
/* The same cluster by another server or login: connections are given up, watches and waiting calls
 * go on there. Ownership as with kube_cluster_new. */
void kube_cluster_reroute(struct kube_cluster *c, const struct kube_access *access,
                          struct kube_credentials *credentials);
void kube_cluster_status(const struct kube_cluster *c, struct kube_cluster_status *out);
void kube_cluster_stats(const struct kube_cluster *c, struct kube_cluster_stats *out);
/* NULL: anonymous. Borrowed. */
struct kube_credentials *kube_cluster_credentials(struct kube_cluster *c);
/* Now, not when the back-off is over. */
void kube_cluster_try_now(struct kube_cluster *c);
const char *kube_cluster_name(const struct kube_cluster *c); /* the context's name; for logs */

/* Told of each change of state; several may listen. */
struct kube_listener;
typedef void kube_state_fn(void *ctx, struct kube_cluster *c, enum kube_state state);
struct kube_listener *kube_cluster_listen(struct kube_cluster *c, kube_state_fn *fn, void *ctx);
void kube_cluster_unlisten(struct kube_cluster *c, struct kube_listener *l); /* NULL is fine */

/* ---- calls ---- */

enum kube_priority {
    KUBE_PRIORITY_NORMAL,
    KUBE_PRIORITY_HIGH, /* a person waits */
    KUBE_PRIORITY_LOW,  /* background */
};

enum kube_retry {
    KUBE_RETRY_DEFAULT, /* GET, HEAD: anything that may pass; others: only what surely did nothing
                         */
    KUBE_RETRY_NEVER,
    KUBE_RETRY_HARMLESS, /* only what surely did nothing: 429, not connected */
    KUBE_RETRY_ALL,      /* anything that may pass: for requests that may be done twice */
};

enum { KUBE_WARNINGS_MAX = 64 };

/* Borrowed for the call of done. */
struct kube_reply {
    int status;       /* HTTP; 0: no answer */
    const char *body; /* NUL-terminated; "" for streams and errors */
    size_t len;
    const char *raw; /* the body whatever the status; cut at 1 MiB unless it is 2xx */
    size_t raw_len;
    const char *content_type, *etag; /* "" when absent */
    const struct kube_error *error;  /* never NULL; code ERR_NONE: all is well. 304 is well */
    const char *const *warnings;     /* of Warning headers */
    size_t warnings_len;
    int64_t took_ms;
    unsigned tries;
};

typedef void kube_done_fn(void *ctx, const struct kube_reply *reply);
/* The body of a 2xx answer as it comes; only the last try's reaches it whole: restart is called
 * before the bytes of every try. A nonzero return (a code of err.h) ends the call with it. */
typedef int kube_chunk_fn(void *ctx, const char *bytes, size_t len);
typedef void kube_restart_fn(void *ctx);

struct kube_request {
    const char *method;        /* NULL: GET */
    const char *path;          /* from '/', escaped */
    const char *query;         /* escaped, without '?'; NULL: none */
    const char *accept;        /* NULL: application/json */
    const char *content_type;  /* NULL: application/json where there is a body */
    const char *if_none_match; /* NULL: none */
    const void *body;          /* copied */
    size_t body_len;
    int64_t deadline_ms;   /* whole, tries and waiting included; 0: 60 s; -1: none */
    size_t max_body_bytes; /* 0: 32 MiB; over it the call ends with ERR_LIMIT */
    enum kube_retry retry;
    enum kube_priority priority;
    bool wait;                 /* a cluster that is down is waited for until the deadline */
    bool is_collection;        /* a 404 without a name means that the kind is not served */
    bool long_running;         /* a stream on the request lane: not counted in the window */
    enum kube_lane lane;       /* KUBE_LANE_WATCH: long-running, outside the window */
    kube_restart_fn *on_start; /* NULL: none; for streams: a 2xx head came */
    kube_chunk_fn *on_chunk;   /* NULL: the body is collected */
    kube_done_fn *on_done;
    void *ctx;
};

/* The call is valid until on_done returns or it is cancelled. */
struct kube_call *kube_send(struct kube_cluster *c, const struct kube_request *r);
void kube_cancel(struct kube_call *call); /* NULL is fine; a write may still have been done */
/* The server may have it. False: it waits for its turn or rests before its next try, and after a
 * cancel it is as if it had never been. */
bool kube_call_is_out(const struct kube_call *call);

/* Connections of the lane are dead (nothing comes): new calls use a new one. */
void kube_cluster_reset_lane(struct kube_cluster *c, enum kube_lane lane);

/* The same, and they are known to be dead: what still runs on them ends now. */
void kube_cluster_cut_lane(struct kube_cluster *c, enum kube_lane lane);

/* Percent-encodes for a path segment or a query value. */
struct buf;
int kube_escape(struct buf *out, const char *s);
/* Appends "&name=value" (without & when out is empty); value escaped. */
int kube_query_add(struct buf *out, const char *name, const char *value);

#endif
