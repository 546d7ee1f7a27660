// SPDX-License-Identifier: Apache-2.0
/*
 * What an answer of an API server means. Every way in which a request can end is one struct
 * kube_error: a code of the error table, what the server said (Status body, or whatever a proxy put
 * in its place), whether trying again can help, and a sentence and a hint for a person. The rules
 * are one table in status.c. Pure functions; any thread. Strings are from outside and are cleaned
 * where they are shown.
 */
#ifndef LEEWAY_KUBE_STATUS_H
#define LEEWAY_KUBE_STATUS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Can doing the same again help, and what do we know of the server's state? */
#define KUBE_FATE_TABLE(X)                                                                         \
    X(KUBE_FATE_OK, "ok")                                                                          \
    X(KUBE_FATE_TRANSIENT, "transient") /* nothing was done; later it may work */                  \
    X(KUBE_FATE_PERMANENT, "permanent") /* nothing was done; the same request fails again */       \
    X(KUBE_FATE_UNKNOWN, "unknown")     /* a write that may have been done: read back first */

enum kube_fate {
#define X(name, word) name,
    KUBE_FATE_TABLE(X)
#undef X
};

/* What lies behind a code where callers act differently. */
#define KUBE_WHY_TABLE(X)                                                                          \
    X(KUBE_WHY_NONE, "")                                                                           \
    X(KUBE_WHY_OBJECT_MISSING, "object-missing")                                                   \
    X(KUBE_WHY_NAMESPACE_MISSING, "namespace-missing")                                             \
    X(KUBE_WHY_KIND_UNSERVED, "kind-unserved") /* refresh discovery, wait for the CRD */           \
    X(KUBE_WHY_NAMESPACE_TERMINATING, "namespace-terminating")                                     \
    X(KUBE_WHY_ACCOUNT_MISSING, "account-missing") /* service account not there yet */             \
    X(KUBE_WHY_QUOTA, "quota")                                                                     \
    X(KUBE_WHY_EXISTS, "exists")                                                                   \
    X(KUBE_WHY_FIELD_CONFLICT, "field-conflict")     /* apply: causes name the owners */           \
    X(KUBE_WHY_VERSION_CONFLICT, "version-conflict") /* resourceVersion moved on */                \
    X(KUBE_WHY_UID_CONFLICT, "uid-conflict")         /* another incarnation, or none */            \
    X(KUBE_WHY_IMMUTABLE, "immutable")                                                             \
    X(KUBE_WHY_UNKNOWN_FIELD, "unknown-field")                                                     \
    X(KUBE_WHY_TYPED, "typed") /* apply body breaks the schema; HTTP says 500 */                   \
    X(KUBE_WHY_WEBHOOK, "webhook")                                                                 \
    X(KUBE_WHY_VERSION_TOO_LARGE, "version-too-large")                                             \
    X(KUBE_WHY_STARTING, "starting")         /* server start-up or shutdown */                     \
    X(KUBE_WHY_EXPIRED, "expired")           /* 410 */                                             \
    X(KUBE_WHY_CERT_EXPIRED, "cert-expired") /* the server's certificate */                        \
    X(KUBE_WHY_CERT_UNTRUSTED, "cert-untrusted")                                                   \
    X(KUBE_WHY_CERT_NAME, "cert-name")

enum kube_why {
#define X(name, word) name,
    KUBE_WHY_TABLE(X)
#undef X
};

struct kube_cause {
    const char *reason, *message, *field; /* "" when absent */
};

enum { KUBE_CAUSES_MAX = 1000 };

struct kube_error {
    int code; /* enum err_code; ERR_NONE: all is well */
    enum kube_fate fate;
    enum kube_why why;
    int http_status;                                          /* 0: no answer */
    bool is_status;                                           /* the body was a Status */
    const char *reason, *message, *kind, *group, *name, *uid; /* of the Status, "" when absent */
    const struct kube_cause *causes;
    size_t causes_len;      /* at most KUBE_CAUSES_MAX */
    int64_t retry_after_ms; /* -1: not said */
    const char *text;       /* a sentence; never NULL */
    const char *hint;       /* what to do; NULL: none */
    const char *audit_id;   /* NULL: none */
    struct arena arena;     /* holds the strings */
};

void kube_error_init(struct kube_error *e);
void kube_error_clear(struct kube_error *e);
void kube_error_copy(struct kube_error *to, const struct kube_error *from); /* to: initialised */
void kube_error_move(struct kube_error *to, struct kube_error *from);
const char *kube_fate_word(enum kube_fate f);
const char *kube_why_word(enum kube_why w);
/* Fills *to (text, hint); returns the code. */
int kube_error_to_err(const struct kube_error *e, struct err *to);

/* An HTTP answer. */
struct kube_answer {
    const char *method; /* GET, … */
    int status;
    const char *content_type; /* NULL: none */
    const char *retry_after;  /* header value, or NULL */
    const char *audit_id;     /* or NULL */
    int64_t wall_ms;          /* now, for dates in Retry-After; 0 unknown */
    const char *body;         /* may be cut */
    size_t len;
    bool is_collection; /* the path names a collection or resource, not an object */
};
/* 1xx–3xx give ERR_PROTOCOL (nothing follows redirects), 2xx ERR_NONE. A 2xx body is not looked at.
 */
void kube_error_from_answer(struct kube_error *e, const struct kube_answer *a);
/* The text of a Status: an ERROR event of a watch. */
void kube_error_from_status(struct kube_error *e, const char *method, const char *json, size_t len);
/* An ending without a full answer: fills code, fate, text. */
void kube_error_set(struct kube_error *e, int code, enum kube_fate fate, enum kube_why why,
                    const char *hint, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

bool kube_method_writes(const char *method); /* anything but GET, HEAD, OPTIONS */

/* Retry-After: seconds, or an HTTP date against wall_ms; -1 when it is neither. At most an hour. */
int64_t kube_retry_after_ms(const char *value, int64_t wall_ms);

/* One Warning header: 299 AGENT "TEXT" with \" and \\ escapes, several separated by commas. fn is
 * called with each text of code 299, copied into a buffer of its own. Returns how many there were.
 */
typedef void kube_warning_fn(void *ctx, const char *text, size_t len);
size_t kube_parse_warning(const char *value, size_t len, kube_warning_fn *fn, void *ctx);

/* A conflict cause of a server-side apply, taken apart. */
struct kube_conflict {
    const char *manager;     /* "" when it could not be told */
    const char *operation;   /* "Apply" or "Update" */
    const char *api_version; /* of an Update; "" otherwise */
    const char *subresource; /* "" for none */
    const char *field;       /* path as the server prints it */
};
/* Strings are put into arena a. False: the cause is no conflict of field managers. */
bool kube_parse_conflict(struct arena *a, const struct kube_cause *cause,
                         struct kube_conflict *out);

#endif
