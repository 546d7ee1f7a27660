// SPDX-License-Identifier: Apache-2.0
/*
 * Words that every screen, verb and record shares: states, verdicts, actor classes, plan actions.
 * The order of the states is the order of sorting: the worst first.
 */
#ifndef LEEWAY_STATE_H
#define LEEWAY_STATE_H

/* identifier, word on screens and in -o json */
#define LEEWAY_STATES(X)                                                                           \
    X(LEEWAY_FAILED, "failed")                                                                     \
    X(LEEWAY_UNKNOWN, "unknown")                                                                   \
    X(LEEWAY_DEGRADED, "degraded")                                                                 \
    X(LEEWAY_DRIFT, "drift")                                                                       \
    X(LEEWAY_CHANGING, "changing")                                                                 \
    X(LEEWAY_PENDING, "pending")                                                                   \
    X(LEEWAY_ACCEPTED, "accepted")                                                                 \
    X(LEEWAY_ASLEEP, "asleep")                                                                     \
    X(LEEWAY_OK, "ok")

enum leeway_state {
#define X(id, word) id,
    LEEWAY_STATES(X)
#undef X
        LEEWAY_STATE_COUNT
};
const char *leeway_state_word(enum leeway_state s);

#define LEEWAY_VERDICTS(X)                                                                         \
    X(LEEWAY_VERDICT_UNEXPECTED, "unexpected")                                                     \
    X(LEEWAY_VERDICT_UNKNOWN, "unknown")                                                           \
    X(LEEWAY_VERDICT_ACCEPTED, "accepted")                                                         \
    X(LEEWAY_VERDICT_ALLOWED, "allowed")

enum leeway_verdict {
#define X(id, word) id,
    LEEWAY_VERDICTS(X)
#undef X
        LEEWAY_VERDICT_COUNT
};
const char *leeway_verdict_word(enum leeway_verdict v);

/* What happened to a given field or object. */
#define LEEWAY_DRIFT_KINDS(X)                                                                      \
    X(LEEWAY_DRIFT_CHANGED, "changed")                                                             \
    X(LEEWAY_DRIFT_REMOVED, "removed")          /* the field is gone */                            \
    X(LEEWAY_DRIFT_OWNERSHIP, "ownership lost") /* same value, no longer ours */                   \
    X(LEEWAY_DRIFT_EXTRA, "extra")                                                                 \
    X(LEEWAY_DRIFT_MISSING, "missing")       /* the object is gone */                              \
    X(LEEWAY_DRIFT_REPLACED, "replaced")     /* another uid under the name */                      \
    X(LEEWAY_DRIFT_RELABELLED, "relabelled") /* it left our selection, but lives */                \
    X(LEEWAY_DRIFT_TERMINATING, "terminating")                                                     \
    X(LEEWAY_DRIFT_NOT_SEEN, "not seen") /* unknown: unreachable, forbidden, stale … */

enum leeway_drift_kind {
#define X(id, word) id,
    LEEWAY_DRIFT_KINDS(X)
#undef X
        LEEWAY_DRIFT_KIND_COUNT
};
const char *leeway_drift_kind_word(enum leeway_drift_kind k);

/* What kind of actor a field manager's name stands for. A manager is what a client called itself.
 */
#define LEEWAY_ACTORS(X)                                                                           \
    X(LEEWAY_ACTOR_UNKNOWN, "unknown")                                                             \
    X(LEEWAY_ACTOR_LEEWAY, "leeway")                                                               \
    X(LEEWAY_ACTOR_PERSON, "person")                                                               \
    X(LEEWAY_ACTOR_AUTOSCALER, "autoscaler")                                                       \
    X(LEEWAY_ACTOR_CONTROLLER, "controller")                                                       \
    X(LEEWAY_ACTOR_WEBHOOK, "webhook")                                                             \
    X(LEEWAY_ACTOR_DELIVERY, "delivery tool") /* Argo CD, Flux, Helm … */

enum leeway_actor {
#define X(id, word) id,
    LEEWAY_ACTORS(X)
#undef X
        LEEWAY_ACTOR_COUNT
};
const char *leeway_actor_word(enum leeway_actor a);

/* Lines of a plan, risks first. */
#define LEEWAY_ACTIONS(X)                                                                          \
    X(LEEWAY_ACTION_ERROR, "error") /* could not be planned: the plan cannot be applied */         \
    X(LEEWAY_ACTION_DELETE, "delete")                                                              \
    X(LEEWAY_ACTION_REPLACE, "replace")     /* immutable field: delete, then create */             \
    X(LEEWAY_ACTION_TAKE_OVER, "take over") /* a field another manager owns */                     \
    X(LEEWAY_ACTION_STAYS, "stays")         /* a field or object that will not go, and why */      \
    X(LEEWAY_ACTION_CREATE, "create")                                                              \
    X(LEEWAY_ACTION_UPDATE, "update")                                                              \
    X(LEEWAY_ACTION_AS_IS, "as is")

enum leeway_action {
#define X(id, word) id,
    LEEWAY_ACTIONS(X)
#undef X
        LEEWAY_ACTION_COUNT
};
const char *leeway_action_word(enum leeway_action a);

/* A target's way through a release (architecture: target state machine). */
#define LEEWAY_TARGET_STATES(X)                                                                    \
    X(LEEWAY_TARGET_PENDING, "pending")                                                            \
    X(LEEWAY_TARGET_PLANNED, "planned")                                                            \
    X(LEEWAY_TARGET_QUEUED, "queued")                                                              \
    X(LEEWAY_TARGET_APPLYING, "applying")                                                          \
    X(LEEWAY_TARGET_WAITING, "waiting")                                                            \
    X(LEEWAY_TARGET_HEALTHY, "healthy")                                                            \
    X(LEEWAY_TARGET_DEGRADED, "degraded")                                                          \
    X(LEEWAY_TARGET_FAILED, "failed")                                                              \
    X(LEEWAY_TARGET_ABORTED, "aborted")                                                            \
    X(LEEWAY_TARGET_UNREACHABLE, "unreachable")                                                    \
    X(LEEWAY_TARGET_DESTROYING, "destroying")                                                      \
    X(LEEWAY_TARGET_GONE, "gone")

enum leeway_target_state {
#define X(id, word) id,
    LEEWAY_TARGET_STATES(X)
#undef X
        LEEWAY_TARGET_STATE_COUNT
};
const char *leeway_target_state_word(enum leeway_target_state s);

#endif
