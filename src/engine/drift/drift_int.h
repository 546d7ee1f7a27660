// SPDX-License-Identifier: Apache-2.0
/* Drift from the inside. Engine thread. */
#ifndef LEEWAY_ENGINE_DRIFT_INT_H
#define LEEWAY_ENGINE_DRIFT_INT_H

#include "engine/answers/contract.h"
#include "engine/answers/exceptions.h"
#include "engine/drift/drift.h"
#include "engine/drift/drift_eval.h"
#include "engine/drift/managed.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "kube/ownership.h"
#include "kube/write.h"

#define DRIFT_STANDS_MS 2000          /* a difference counts when it has stood so long */
#define DRIFT_CONTEST_MS (10 * 60000) /* this many changes of one field in this time: contested */
#define DRIFT_CONTEST_CHANGES 4
#define DRIFT_RETRY_MS 5000   /* a read that failed, while the watch says nothing */
#define DRIFT_VERIFY_MS 60000 /* a verification that failed */

struct drift {
    struct engine *engine;
    struct given_rules rules;
    VEC(struct drift_item *) items; /* rows of the table, in its order */
    struct loop_timer *timer;
    int64_t timer_at_ms; /* boot */
    uint64_t last_id;
    struct val_pool pool; /* of one event */
    struct arena arena;   /* of one event */
};

struct drift_want {
    char *api_version, *kind, *ns;
    struct managed_want *want; /* NULL: the target has no cluster now */
    size_t objects;
    struct drift_item *unseen; /* stands while these objects cannot be seen */
};

struct drift_target {
    struct drift *drift;
    struct target *target;
    struct strmap objects; /* key of drift_key → struct drift_object */
    VEC(struct drift_want *) wants;
    struct drift_item *unseen; /* the whole target cannot be seen */
    int32_t counts[LEEWAY_VERDICT_COUNT], checking, ready;
    int32_t asking; /* requests under way */
};

struct drift_span { /* open in the store since an earlier run; not found again yet */
    char *path;
    int64_t after_ms, first_wall_ms;
};

struct drift_history { /* of one path: when it changed, newest last */
    char *path;
    int64_t at_ms[DRIFT_CONTEST_CHANGES];
    size_t n;
};

struct drift_object {
    struct drift_target *dt;
    char *api_version, *kind, *ns, *name;
    struct given *given;
    struct contract *contract; /* or NULL */
    char *contract_text;       /* "" none */
    struct digest body;
    int64_t release;
    struct drift_want *want;
    VEC(struct drift_item *) items;
    VEC(struct drift_history) history;
    VEC(struct drift_span) spans;
    struct kube_call *call;     /* probe or verification under way: drift_call_set */
    bool again;                 /* to be probed when that is over */
    struct val_pool would_pool; /* between the dry run and the read after it */
    const struct val *would;    /* the object as the server would make it */
    int64_t seen_ms;            /* wall; last sight in which it was as given */
    int held;
    char *held_version; /* newest that was delivered while held; or NULL */
    bool seen;          /* delivered by the watch since it is the same watch */
    bool ready;         /* kstatus: Current */
    char *health_why;   /* why it is not ready; or NULL */
    bool failed;        /* kstatus or its overlay: it will not become ready by waiting */
    char *waits_for;    /* the same for people: "1 of 3 updated"; or NULL */
};

struct drift_item_owner {
    char *manager, *operation, *subresource, *api_version, *words;
    enum leeway_actor actor;
    int64_t time_ms; /* 0: none */
    bool ours;
};

struct drift_item {
    uint64_t id;
    struct drift_target *dt;
    struct drift_object *object; /* NULL: of a want or of the whole target */
    struct drift_want *want;     /* of an unseen want */
    enum leeway_drift_kind kind;
    enum leeway_verdict verdict;
    enum leeway_verdict judged;  /* what it will count as */
    struct exception *exception; /* that covers it */
    char *value;                 /* live, see drift_item_value */
    char *fact;                  /* what the server says of it, or "" */
    const char *owner_word;      /* whose the contract says it is */
    bool secret;
    char *path, *given, *live;
    uint64_t live_hash;
    size_t leaf;
    bool ours; /* our entry holds the path: to be verified */
    bool checking;
    bool verify;   /* it stood long enough; the server is or is to be asked */
    bool verified; /* the server said that it is real */
    bool contested;
    bool fresh;       /* found by the evaluation under way */
    int64_t first_ms; /* boot: since when it stands */
    int64_t first_wall_ms;
    int64_t due_ms; /* boot: when it may count; 0: nothing due */
    int64_t after_ms, before_ms;
    VEC(struct drift_item_owner) owners;
    char *reason, *checked, *when;
    size_t row; /* in drift->items */
};

/* drift.c */
char *drift_key(const char *api_version, const char *kind, const char *ns, const char *name);
void drift_targets_counts(struct drift_target *dt);
/* Judges a live object (its pool lives for the call); also after a probe. */
void drift_judge(struct drift_object *o, const struct val *live);
void drift_judge_answer(struct drift_object *o, const struct val *answer); /* also while held */
void drift_schedule(struct drift *d, int64_t at_boot_ms);
void drift_object_seen_as(struct drift_object *o, enum leeway_drift_kind kind); /* whole object */
void drift_clean(struct drift_object *o); /* everything that stands against it ends */
struct drift_item *drift_find_item(struct drift_object *o, const char *path);

/* drift_item.c */
struct drift_item *drift_item_new(struct drift_target *dt, struct drift_object *o,
                                  struct drift_want *want, enum leeway_drift_kind kind,
                                  const char *path);
void drift_item_end(struct drift_item *i); /* row, counts, record; frees */
void drift_item_count(struct drift_item *i, enum leeway_verdict verdict);
/* It does not count (any more); it may from then on. */
void drift_item_recheck(struct drift_item *i, int64_t due_boot_ms);
void drift_item_changed(struct drift_item *i); /* marks the row */
/* A change of the path: true when it is contested now. */
bool drift_item_note_change(struct drift_object *o, const char *path, int64_t boot_ms);
void drift_item_fill(void *ctx, struct leeway_snapshot_builder *b, size_t i, struct arena *scratch);
void drift_set(char **place, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* drift_verdict.c */
void drift_item_settle(struct drift_item *i); /* judged, exception, reason anew */
void drift_item_set_value(struct drift_item *i, const struct drift_finding *f);
/* Fields that the contract has outside of our body, and what others added where that is reported.
 */
int drift_evaluate_contract(struct drift_object *o, const struct val *live, drift_finding_fn *fn,
                            void *ctx);

/* drift_probe.c */
void drift_call_set(struct drift_object *o, struct kube_call *call);
void drift_call_cancel(struct drift_object *o);
/* GET by name: missing, replaced, relabelled or fine. False: it cannot be asked now. */
bool drift_probe(struct drift_object *o);
void drift_verify(struct drift_object *o); /* dry run of the same body */
/* The live value of one leaf becomes what was given: the server would not change it. */
void drift_rebase(struct drift_object *o, const struct drift_item *i, const struct val *live);

#endif
