// SPDX-License-Identifier: Apache-2.0
/*
 * Writes. Each call is one write that is kept whole or not at all; writes are kept in the order in
 * which they are handed over. Arguments are copied. Called from the thread that opened the store;
 * never blocks; the answer comes through ack, also when the arguments break a rule (ERR_INVALID),
 * what is referred to is not there (ERR_NOT_FOUND) or a bound is passed (ERR_LIMIT, ERR_BUSY).
 * On a spectator the answer is ERR_FORBIDDEN. "value" is what ack gets.
 */
#ifndef LEEWAY_STORE_STORE_PUT_H
#define LEEWAY_STORE_STORE_PUT_H

#include "store/store.h"
#include "store/store_words.h"

/* A cluster answered under this name. value: 1 when another uid is known under that name; it is
 * then `replaced` and nothing else changes until store_put_route_confirmed. ca may be zeros. */
void store_put_route(struct store *s, const char *name, const char *uid, bool weak,
                     const char *server, const struct digest *ca, struct store_ack ack);
void store_put_route_confirmed(struct store *s, const char *name, struct store_ack ack);
void store_put_cluster_summary(struct store *s, const char *uid, struct store_bytes summary,
                               struct store_ack ack);

/* Remembers what was seen under a name for the first time. value: 1 when something else was, which
 * then stays. */
void store_put_pin(struct store *s, const struct store_pin *pin, struct store_ack ack);
/* The same, and it takes the place of what was there: a person asked. */
void store_put_pin_accepted(struct store *s, const struct store_pin *pin, struct store_ack ack);

/* Makes the environment or changes its name space, origin and (unless it is "") about. ERR_EXISTS:
 * another one has the name.
 */
void store_put_environment(struct store *s, const struct store_environment *env,
                           struct store_ack ack);
/* When its time to live ends; 0: never. */
void store_put_environment_expiry(struct store *s, const char *uuid, int64_t expires_wall_ms,
                                  struct store_ack ack);
void store_put_environment_removed(struct store *s, const char *uuid, struct store_ack ack);
/* State and reason of a target outside a release (degraded, healthy again…). */
void store_put_target(struct store *s, const struct store_target *t, struct store_ack ack);

/* All of the plan at once. What a plan that is there already does is left as it is; what it found
 * (summaries, details, moved) becomes that of the last time. Clusters and environment must be
 * known. The caller is answerable for hash being the hash of the contents. */
void store_put_plan(struct store *s, const struct store_plan *plan, struct store_ack ack);

/* The fleet's UUID, which clusters know better than a store that was made anew. */
void store_put_fleet(struct store *s, const char *uuid, struct store_ack ack);
/* What a cluster says of an environment that this store does not know: the environment as a whole
 * with the time it was made and ends, and the exceptions of all its targets; then each target with
 * its release, the stand-in for its plan, and what was given there, all in one write. The
 * environment and the cluster must be known. */
void store_put_found_environment(struct store *s, const struct store_environment *env,
                                 const struct store_exception *exceptions, size_t n,
                                 struct store_ack ack);
void store_put_found_target(struct store *s, const struct store_found_target *t,
                            struct store_ack ack);

/* Opens a release of the plan: one result (todo) for each of its rows that is to be sent (not
 * `unchanged`, `stays` or `error`).
 * value: its number. ERR_CONFLICT while another release of the environment is not finished. */
void store_put_release(struct store *s, const struct digest *plan, struct store_bytes who,
                       struct store_ack ack);
/* The same, with how it goes over its targets: the two are one write. */
void store_put_release_staged(struct store *s, const struct digest *plan, struct store_bytes who,
                              const char *rollout, struct store_ack ack);
/* What a person said on the way: approvals, failures forgiven. */
void store_put_rollout(struct store *s, const char *environment, int64_t number,
                       const char *rollout, struct store_ack ack);
/* Taken up again after an interruption. value: the attempt. */
void store_put_release_resumed(struct store *s, const char *environment, int64_t number,
                               struct store_ack ack);
void store_put_release_state(struct store *s, const char *environment, int64_t number,
                             enum store_release_state state, const char *reason,
                             struct store_ack ack);
/* Also the target's own state. */
void store_put_release_target(struct store *s, const struct store_release_target *t,
                              struct store_ack ack);

/* How well a target is after its release: beside what became of the release there. */
void store_put_target_state(struct store *s, const char *environment, const char *cluster,
                            enum store_target_state state, const char *reason,
                            struct store_ack ack);

/* The row that opens (release, target, stage), and the rows that go before each delete and replace:
 * nothing is sent before ack. Opening again what is open is fine. */
void store_put_stage_opened(struct store *s, const char *environment, int64_t number,
                            const char *cluster, int64_t stage, struct store_ack ack);
void store_put_step_opened(struct store *s, const struct store_journal_entry *step,
                           struct store_ack ack);

/* The result of one object, with what was given (NULL: unchanged) in the same write. A result that
 * is done of a row that deletes removes what was given. Closes the journalled step. */
void store_put_result(struct store *s, const struct store_result *r,
                      const struct store_given *given, struct store_ack ack);

/* The body of one object of a release, known only now: it stands in place of the plan's. */
void store_put_late_body(struct store *s, const struct store_result *r, struct store_bytes body,
                         struct store_ack ack);

/* Verified re-baseline, or a person's answer. */
void store_put_given(struct store *s, const struct store_given *given, struct store_ack ack);
void store_put_given_removed(struct store *s, const char *environment, const char *cluster,
                             const struct store_object *object, struct store_ack ack);

/* value: 0. The UUID, when it was NULL, is made before the call returns and written to uuid_out
 * (NULL: not wanted). */
void store_put_exception(struct store *s, const struct store_exception *x,
                         char uuid_out[UUID_LEN + 1], struct store_ack ack);
void store_put_exception_ended(struct store *s, const char *uuid, struct store_ack ack);

/* Opens a span or carries the open one of the same leaf on (last seen, owner, verdict, reason).
 * value: its id. */
void store_put_drift(struct store *s, const struct store_drift *d, struct store_ack ack);
/* The open span of that leaf ends; none is fine. path NULL: all of the object. */
void store_put_drift_ended(struct store *s, const char *environment, const char *cluster,
                           const struct store_object *object, const char *path,
                           int64_t ended_wall_ms, struct store_ack ack);

/* Taken or renewed; ERR_CONFLICT while another holder's is in force (same boot, not over). */
void store_put_lease(struct store *s, const struct store_lease *lease, struct store_ack ack);
void store_put_lease_dropped(struct store *s, const char *name, const char *holder,
                             struct store_ack ack);

/* value: the row. */
void store_put_audit(struct store *s, struct store_bytes who, const char *action,
                     const char *subject, struct store_bytes detail, struct store_ack ack);
void store_put_message(struct store *s, enum store_level level, const char *area,
                       const char *message, struct store_ack ack);

/* Removes bodies that no rule keeps: those of the last 10 releases of a target, those younger than
 * 90 days, and all that is given now are kept; records always. value: bodies removed. */
void store_put_collected(struct store *s, struct store_ack ack);
#define STORE_KEEP_RELEASES 10
#define STORE_KEEP_DAYS 90

#endif
