// SPDX-License-Identifier: Apache-2.0
/*
 * Single requests with a meaning: read one object, apply, delete, patch, who am I and what may I,
 * version, readiness, logs. Each is one call of client.h with the right path, options and retry
 * rule, and an answer taken apart. The field manager is always given, never guessed from the
 * User-Agent. Engine thread; done from the loop; cancel with kube_cancel.
 */
#ifndef LEEWAY_KUBE_WRITE_H
#define LEEWAY_KUBE_WRITE_H

#include "data/val.h"
#include "kube/client.h"

/* Where the object is. Strings are borrowed for the call. */
struct kube_target {
    const char *group, *version, *plural; /* group "" for core */
    const char *ns;                       /* NULL or "": cluster scope */
    const char *name;
    const char *subresource; /* NULL: none */
};

struct kube_write_common {
    int64_t deadline_ms; /* 0: 40 s, more than the server takes itself; reads 30 s */
    enum kube_priority priority;
    bool wait;
    bool dry_run;
};

/* object: the answer's body when it is an object (not a Status), borrowed for the call; NULL on
 * errors. reply has the rest: status 201 created, warnings, error with its fate. KUBE_FATE_UNKNOWN:
 * read the object back before anything else is done to it. */
typedef void kube_object_fn(void *ctx, const struct val *object, const struct kube_reply *reply);

struct kube_call *kube_read(struct kube_cluster *c, const struct kube_target *t,
                            const struct kube_write_common *o, kube_object_fn *fn, void *ctx);

struct kube_apply_options {
    struct kube_write_common common;
    const char *field_manager; /* required; at most 128 bytes */
    bool force;
    bool lenient; /* fieldValidation=Warn instead of Strict */
};
/* body: the object to apply, without managedFields. ERR_INVALID at once (in *e, NULL returned) when
 * it cannot be sent: no manager, name or version that contradict the target, managedFields. */
struct kube_call *kube_apply(struct kube_cluster *c, const struct kube_target *t,
                             const struct val *body, const struct kube_apply_options *o,
                             kube_object_fn *fn, void *ctx, struct err *e);

enum kube_propagation {
    KUBE_PROPAGATION_BACKGROUND,
    KUBE_PROPAGATION_FOREGROUND,
    KUBE_PROPAGATION_ORPHAN,
};
struct kube_delete_options {
    struct kube_write_common common;
    enum kube_propagation propagation;
    const char *uid; /* precondition; NULL only where the caller wants any incarnation */
    const char *resource_version; /* precondition; NULL: none */
    int64_t grace_s;              /* -1: the object's own */
};
/* A 404 is ERR_NOT_FOUND; a 200 whose object has a deletionTimestamp still waits for finalizers. */
struct kube_call *kube_delete(struct kube_cluster *c, const struct kube_target *t,
                              const struct kube_delete_options *o, kube_object_fn *fn, void *ctx);

enum kube_patch_type { KUBE_PATCH_MERGE, KUBE_PATCH_JSON };
struct kube_patch_options {
    struct kube_write_common common;
    enum kube_patch_type type;
    const char *field_manager; /* required */
};
struct kube_call *kube_patch(struct kube_cluster *c, const struct kube_target *t,
                             const struct val *patch, const struct kube_patch_options *o,
                             kube_object_fn *fn, void *ctx, struct err *e);
/* POST to the collection; field_manager required. Not retried when its outcome is unknown. */
struct kube_call *kube_create(struct kube_cluster *c, const struct kube_target *t,
                              const struct val *body, const char *field_manager,
                              const struct kube_write_common *o, kube_object_fn *fn, void *ctx,
                              struct err *e);
/* PUT; the body's resourceVersion is the lock. */
struct kube_call *kube_replace(struct kube_cluster *c, const struct kube_target *t,
                               const struct val *body, const char *field_manager,
                               const struct kube_write_common *o, kube_object_fn *fn, void *ctx,
                               struct err *e);

/* ---- who, what, how ---- */

struct kube_access_question {
    const char *verb, *group, *version, *resource, *subresource, *ns, *name; /* NULL: not said */
};
struct kube_access_answer {
    bool allowed, denied;
    const char *reason, *evaluation_error; /* "" when absent */
    const struct kube_error *error;        /* code ERR_NONE when answered */
};
typedef void kube_access_fn(void *ctx, const struct kube_access_answer *a);
struct kube_call *kube_may_i(struct kube_cluster *c, const struct kube_access_question *q,
                             kube_access_fn *fn, void *ctx);

struct kube_identity {
    const char *user, *uid;           /* "" when unknown */
    const struct val *groups, *extra; /* or NULL */
    const struct kube_error *error;
};
typedef void kube_identity_fn(void *ctx, const struct kube_identity *id);
struct kube_call *kube_who_am_i(struct kube_cluster *c, kube_identity_fn *fn, void *ctx);

struct kube_version {
    int major, minor;        /* -1 unknown */
    const char *git_version; /* "" unknown */
    const char *platform;
    const struct kube_error *error;
};
typedef void kube_version_fn(void *ctx, const struct kube_version *v);
struct kube_call *kube_get_version(struct kube_cluster *c, kube_version_fn *fn, void *ctx);

enum { KUBE_CHECKS_MAX = 256 };
struct kube_check {
    const char *name;
    bool ok, excluded;
    const char *text; /* what stands behind the name */
};
struct kube_readiness {
    bool answered, ready;
    const struct kube_check *checks;
    size_t checks_len;
    const struct kube_error *error; /* set unless ready */
};
typedef void kube_readiness_fn(void *ctx, const struct kube_readiness *r);
struct kube_call *kube_get_readiness(struct kube_cluster *c, kube_readiness_fn *fn, void *ctx);
/* The text of /readyz?verbose into checks (strings in arena a); how many. */
size_t kube_parse_checks(struct arena *a, const char *text, size_t len, struct kube_check *out,
                         size_t max);

struct kube_logs_options {
    const char *ns, *pod, *container; /* container NULL: the only one */
    bool follow, previous, timestamps;
    int64_t tail_lines;     /* -1: all */
    int64_t since_s;        /* -1: all */
    const char *since_time; /* RFC 3339, or NULL */
    int64_t limit_bytes;    /* -1: none */
    kube_chunk_fn *on_chunk;
    kube_done_fn *on_done;
    void *ctx;
};
struct kube_call *kube_get_logs(struct kube_cluster *c, const struct kube_logs_options *o);

#endif
