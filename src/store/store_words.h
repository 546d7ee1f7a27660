// SPDX-License-Identifier: Apache-2.0
/*
 * The records of the store. In a write all pointers are borrowed for the call and copied. In a read
 * they are borrowed for the callback. Strings are NUL-terminated UTF-8; NULL and "" are the same.
 * What is structured (causes, identities, leaf hashes, field sets) comes as bytes that the store
 * does not look into: canonical JSON or FieldsV1. A digest of zeros means none. Times are wall
 * clock milliseconds; those marked (store) are set by the store when it takes the write.
 *
 * Values of secrets never come here: leaves and bodies hold references and HMACs in their place.
 */
#ifndef LEEWAY_STORE_STORE_WORDS_H
#define LEEWAY_STORE_STORE_WORDS_H

#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store_bytes {
    const void *data;
    size_t len;
};
#define STORE_NO_BYTES ((struct store_bytes){0})
#define STORE_MAX_BYTES (16u * 1024u * 1024u) /* of one body, summary or detail: else ERR_LIMIT */

/* What each enum is called in files and on screens; an unknown word in a file is ERR_CORRUPT. */
#define STORE_ACTION_TABLE(X)                                                                      \
    X(STORE_CREATE, "create")                                                                      \
    X(STORE_UPDATE, "update")                                                                      \
    X(STORE_REPLACE, "replace")                                                                    \
    X(STORE_DELETE, "delete")                                                                      \
    X(STORE_TAKE_OVER, "take-over")                                                                \
    X(STORE_UNCHANGED, "unchanged")                                                                \
    X(STORE_STAYS, "stays") /* a field or object that will not go, and why */                      \
    X(STORE_ERROR, "error") /* could not be planned */
#define STORE_RESULT_STATE_TABLE(X)                                                                \
    X(STORE_TODO, "todo")                                                                          \
    X(STORE_SENT, "sent")                                                                          \
    X(STORE_DONE, "done")                                                                          \
    X(STORE_FAILED, "failed")                                                                      \
    X(STORE_UNKNOWN_OUTCOME, "unknown-outcome") /* read back before anything else happens to it */
#define STORE_RELEASE_STATE_TABLE(X)                                                               \
    X(STORE_RELEASE_RUNNING, "running")                                                            \
    X(STORE_RELEASE_PAUSED, "paused")                                                              \
    X(STORE_RELEASE_ABORTING, "aborting")                                                          \
    X(STORE_RELEASE_ABORTED, "aborted")                                                            \
    X(STORE_RELEASE_FAILED, "failed")                                                              \
    X(STORE_RELEASE_DONE, "done")
#define STORE_TARGET_STATE_TABLE(X)                                                                \
    X(STORE_TARGET_PENDING, "pending")                                                             \
    X(STORE_TARGET_PLANNED, "planned")                                                             \
    X(STORE_TARGET_QUEUED, "queued")                                                               \
    X(STORE_TARGET_APPLYING, "applying")                                                           \
    X(STORE_TARGET_WAITING, "waiting")                                                             \
    X(STORE_TARGET_HEALTHY, "healthy")                                                             \
    X(STORE_TARGET_DEGRADED, "degraded")                                                           \
    X(STORE_TARGET_FAILED, "failed")                                                               \
    X(STORE_TARGET_ABORTED, "aborted")                                                             \
    X(STORE_TARGET_UNREACHABLE, "unreachable")                                                     \
    X(STORE_TARGET_MOVED, "moved") /* planned again and shown again */                             \
    X(STORE_TARGET_DESTROYING, "destroying")                                                       \
    X(STORE_TARGET_GONE, "gone")
#define STORE_STEP_TABLE(X)                                                                        \
    X(STORE_STEP_STAGE, "stage") /* opens (release, target, stage) */                              \
    X(STORE_STEP_DELETE, "delete")                                                                 \
    X(STORE_STEP_REPLACE, "replace")
#define STORE_VERDICT_TABLE(X)                                                                     \
    X(STORE_ALLOWED, "allowed")                                                                    \
    X(STORE_ACCEPTED, "accepted")                                                                  \
    X(STORE_UNEXPECTED, "unexpected")                                                              \
    X(STORE_UNKNOWN, "unknown")
#define STORE_ENVIRONMENT_KIND_TABLE(X)                                                            \
    X(STORE_FOLDER, "folder")                                                                      \
    X(STORE_BLUEPRINT, "blueprint")
#define STORE_MATCH_TABLE(X)                                                                       \
    X(STORE_MATCH_VALUE, "value")             /* canonical JSON of the value, exactly */           \
    X(STORE_MATCH_WITHIN, "within")           /* a CEL expression */                               \
    X(STORE_MATCH_HANDED_OVER, "handed-over") /* anything: leeway does not apply it any more */
#define STORE_LEVEL_TABLE(X)                                                                       \
    X(STORE_MESSAGE_INFO, "info")                                                                  \
    X(STORE_MESSAGE_WARNING, "warning")                                                            \
    X(STORE_MESSAGE_ERROR, "error")

#define X(name, word) name,
enum store_action { STORE_ACTION_TABLE(X) };
enum store_result_state { STORE_RESULT_STATE_TABLE(X) };
enum store_release_state { STORE_RELEASE_STATE_TABLE(X) };
enum store_target_state { STORE_TARGET_STATE_TABLE(X) };
enum store_step { STORE_STEP_TABLE(X) };
enum store_verdict { STORE_VERDICT_TABLE(X) };
enum store_environment_kind { STORE_ENVIRONMENT_KIND_TABLE(X) };
enum store_match { STORE_MATCH_TABLE(X) };
enum store_level { STORE_LEVEL_TABLE(X) };
#undef X

const char *store_action_word(enum store_action a);
const char *store_result_state_word(enum store_result_state s);
const char *store_release_state_word(enum store_release_state s);
const char *store_target_state_word(enum store_target_state s);
const char *store_step_word(enum store_step s);
const char *store_verdict_word(enum store_verdict v);
const char *store_environment_kind_word(enum store_environment_kind k);
const char *store_match_word(enum store_match m);
const char *store_level_word(enum store_level l);

/* ---- clusters ---- */

/* One API server, by the UID of its kube-system namespace. */
struct store_cluster {
    const char *uid;
    bool weak;                  /* identity is CA and URL, kube-system may not be read */
    int64_t first_seen_wall_ms; /* (store) */
    int64_t last_seen_wall_ms;  /* (store) */
    struct store_bytes summary; /* the last state that was known, for the first screen */
    int64_t summary_wall_ms;    /* (store) */
};

/* A name under which a cluster is reached; several may lead to one. */
struct store_route {
    const char *name;
    const char *cluster; /* uid */
    const char *server;  /* URL */
    struct digest ca;
    int64_t first_seen_wall_ms;
    int64_t last_seen_wall_ms;
    const char *replaced_by; /* uid that answers there now, until a person confirms; "" none */
};

/* What of the catalog was accepted under a name: a module, a blueprint, guardrails, profiles. */
struct store_pin {
    const char *kind, *name, *version;
    struct digest digest;
    int64_t first_seen_wall_ms; /* (store) */
};

/* ---- environments and their targets ---- */

struct store_environment {
    const char *uuid;
    const char *name;
    enum store_environment_kind kind;
    const char *name_space;
    const char *origin;      /* folder, or blueprint@version */
    int64_t created_wall_ms; /* (store) */
    int64_t removed_wall_ms; /* 0: exists */
    const char *about;       /* blueprint, team, owner, limits: JSON; "" of a folder */
    int64_t expires_wall_ms; /* read only; see store_put_environment_expiry */
};

/* The state of (environment, cluster) as it was last known. */
struct store_target {
    const char *environment, *cluster;
    enum store_target_state state;
    const char *reason;    /* what a person can act on */
    int64_t since_wall_ms; /* (store) of this state */
    int64_t release;       /* number of the last release that opened it; 0 none */
};

struct store_object {
    const char *api_version; /* the one applied: "apps/v1"; the group is the identity */
    const char *kind;
    const char *name_space; /* "" for cluster scope */
    const char *name;
};

/* ---- plans: immutable, named by their hash ---- */

struct store_plan_row {
    int64_t position; /* order of apply in its target, from 0 */
    struct store_object object;
    enum store_action action;
    const char *uid;           /* of what is updated or deleted */
    struct store_bytes body;   /* write: the body, or none. Read: none, see store_get_body */
    struct digest body_digest; /* (store) SHA-256 of the body */
    struct store_bytes detail; /* causes, conflicts, approved take-overs, fields */
};

struct store_plan_target {
    const char *cluster;
    int64_t stage;
    struct digest moved; /* of existence, uid, values and owners when planned */
    const char *error;   /* why this target can't be applied; "" it can */
    struct store_bytes summary;
    const struct store_plan_row *rows; /* write; read: none, see store_each_plan_row */
    size_t row_count;
};

struct store_plan {
    struct digest hash;
    const char *environment;
    const char *kind; /* apply, revert, handover, undo, destroy, take-over */
    struct store_bytes who;
    struct store_bytes summary;              /* folded, as it is shown */
    int64_t created_wall_ms;                 /* (store) */
    const struct store_plan_target *targets; /* write; read: none, see store_each_plan_target */
    size_t target_count;
};

/* ---- releases ---- */

struct store_release {
    const char *environment;
    int64_t number; /* counts from 1 in its environment */
    struct digest plan;
    enum store_release_state state;
    int64_t attempt; /* 1, and one more each time it is taken up again */
    struct store_bytes who;
    const char *reason;
    int64_t created_wall_ms, changed_wall_ms; /* (store) */
    const char *rollout;                      /* how it goes over its targets; "" all at once */
};

struct store_release_target {
    const char *environment;
    int64_t number;
    const char *cluster;
    int64_t stage;
    enum store_target_state state;
    int64_t attempt; /* how often it was begun */
    const char *reason;
    int64_t changed_wall_ms; /* (store) */
};

/* Where a release has to go and what became of one object there. */
struct store_result {
    const char *environment;
    int64_t number;
    const char *cluster;
    int64_t position;           /* of the plan's row */
    struct store_object object; /* read only: comes from the plan */
    enum store_action action;   /* read only */
    struct digest body_digest;  /* read only; of the late body where there is one */
    bool late;                  /* read only: see store_put_late_body */
    bool plain; /* write only: no delete or replace, so that no step was opened for it */
    enum store_result_state state;
    const char *uid;         /* as the server returned it */
    const char *error;       /* for failed and unknown-outcome */
    int64_t changed_wall_ms; /* (store) */
};

/* A journalled step: on disk before its request is sent. */
struct store_journal_entry {
    const char *environment;
    int64_t number;
    const char *cluster;
    int64_t stage;
    enum store_step step;
    int64_t position;                       /* of the plan's row; -1 for a stage */
    const char *uid;                        /* that is to be deleted or replaced */
    int64_t opened_wall_ms, closed_wall_ms; /* (store); closed 0: no result yet */
};

/* ---- given ---- */

struct store_given {
    const char *environment, *cluster;
    struct store_object object;
    const char *uid;
    const char *resource_version;
    struct store_bytes fieldset; /* FieldsV1 of our Apply entry; kept once for all that share it */
    struct store_bytes leaves;   /* leaf hashes and values; of secrets only HMACs */
    struct digest body_digest;   /* of the body that was applied; its bytes: store_get_body */
    int64_t release;             /* number; 0: not from a release (verified re-baseline) */
    int64_t set_wall_ms;         /* (store) */
    const char *contract;        /* who may own which field: JSON; "" platform owns all */
};

/* ---- answers and drift ---- */

struct store_exception {
    const char *uuid; /* write: NULL makes one */
    const char *environment;
    const char *cluster; /* "" all clusters of the environment */
    struct store_object object;
    const char *path;    /* the API server's notation */
    const char *manager; /* "" any */
    enum store_match match;
    const char *matches;
    const char *reason;
    struct store_bytes who;
    int64_t created_wall_ms; /* (store) */
    int64_t expires_wall_ms; /* 0 never */
    int64_t ended_wall_ms;   /* 0: in force or expired */
};

/* One stretch of time in which one leaf was not what was given. */
struct store_drift {
    int64_t id; /* read only */
    const char *environment, *cluster;
    struct store_object object;
    const char *path;      /* "" the object itself: missing, replaced, extra */
    const char *what;      /* changed, removed, ownership, extra, missing, replaced, terminating */
    int64_t after_wall_ms; /* it happened after this */
    int64_t first_seen_wall_ms;
    int64_t last_seen_wall_ms;
    const char *owner; /* manager, operation, subresource and class, as shown */
    enum store_verdict verdict;
    const char *reason;    /* of unknown, or the exception's uuid */
    int64_t ended_wall_ms; /* 0: still there */
};

/* A target as its cluster remembers it. */
struct store_found_target {
    const char *environment, *cluster;
    int64_t release, at_wall_ms; /* number, and when it was done */
    struct digest plan;          /* names the stand-in for its plan, of kind STORE_PLAN_FOUND */
    struct store_bytes who;
    struct store_bytes plan_summary, target_summary; /* as of other plans */
    enum store_target_state state;
    const char *reason;
    const struct store_given *given;
    size_t n_given;
};
/* A plan of which nothing is known but that it was applied: it cannot be loaded. */
#define STORE_PLAN_FOUND "found"

/* ---- who works on what, who did what, what was said ---- */

struct store_lease {
    const char *name;      /* "release/UUID/7", "target/UUID/UID" */
    const char *holder;    /* host, pid, start time: one process life */
    const char *boot;      /* boot id: a lease of another boot is void */
    int64_t until_boot_ms; /* CLOCK_BOOTTIME */
};

struct store_audit {
    int64_t row;        /* from 1 without gaps */
    int64_t at_wall_ms; /* (store) */
    struct store_bytes who;
    const char *action;
    const char *subject;
    struct store_bytes detail;
    struct digest chain; /* over this row and the one before */
};

struct store_message {
    int64_t id;
    int64_t first_wall_ms, last_wall_ms; /* (store) */
    enum store_level level;
    const char *area; /* cluster, environment or part of the program */
    const char *message;
    int64_t count; /* equal messages in a row fold into one */
};
#define STORE_MAX_MESSAGES 2000

#endif
