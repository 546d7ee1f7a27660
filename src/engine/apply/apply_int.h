// SPDX-License-Identifier: Apache-2.0
/* A release while it runs. Everything on the engine thread; every request, timer and answer of the
 * store that is under way is counted in its target, and the last one leads on. */
#ifndef LEEWAY_ENGINE_APPLY_INT_H
#define LEEWAY_ENGINE_APPLY_INT_H

#include "engine/answers/audit.h"
#include "engine/apply/apply.h"
#include "engine/apply/applyset.h"
#include "engine/apply/rollout.h"
#include "engine/environments/environment.h"
#include "engine/plan/plan_int.h"
#include "kube/write.h"
#include "store/store_words.h"

#define APPLY_LOG_MAX 500u
#define APPLY_ROWS_MAX 20u
/* What is in flight at an abort: as long as an API server gives a request at most. */
#define APPLY_IN_FLIGHT_MS 34000

struct applier;
struct leftover;
struct origin;
struct plan_rules;
struct release;
struct release_target;

struct release_log {
    int64_t at_ms;
    char *cluster, *object, *what;
    enum leeway_state state;
};

/* What is shown of one target, also after the release has ended. */
struct release_target_row {
    char *cluster, *cluster_uid, *waiting, *error;
    enum leeway_target_state phase;
    int32_t done, total;
    int64_t since_ms, fails_at_ms;
    int32_t stage; /* -1: it is in none */
};

/* What is shown of one stage. */
struct release_stage_row {
    char *name, *opened_by, *why;
    bool gate, waits;
    int64_t opened_ms, soak_ms;
    uint32_t at_once, budget, forgiven;
};

/* What is shown of a release: a row of the table. */
struct release_row {
    uint64_t id;
    char *environment, *environment_uuid, *title, *plan, *by;
    int64_t number, started_ms, ended_ms;
    enum leeway_release_state state;
    VEC(struct release_target_row) targets;
    VEC(struct release_stage_row) stages;
    VEC(struct release_log) log;
    char *rollout;       /* what it waits for between stages; "" nothing */
    struct release *run; /* NULL: not in this process */
};

/* One object on its way. */
struct release_item {
    struct release_target *t;
    struct plan_row *row;
    enum store_result_state result; /* what the store has */
    bool sent, done, failed, held;
    bool owned_first, deleted, adopted; /* the first step of two is over */
    bool known;                         /* what was late is in the row's body */
    int tries, forced, adoptions;
    int64_t began_ms, unknown_ms; /* unknown_ms: since when it is read back */
    int64_t ready_until_ms;       /* of what others stand on: waited for so long */
    struct kube_call *call;       /* the write under way; NULL: none */
    kube_object_fn *written;      /* who waits for it */
    struct loop_timer *timer;     /* rests; NULL: it does not */
    void (*rested)(struct release_item *it);
    struct loop_timer *limit; /* of the write under way, since an abort */
    struct val_pool pool;     /* of body and live */
    const struct val *body;   /* as sent */
    const struct val *live;   /* as read back */
    const char *version;      /* the live resourceVersion a force is bound to */
    const struct val *plain;  /* the body, while it is sent with more */
    enum {
        APPLY_INITIAL_NONE,
        APPLY_INITIAL_FIRST,
        APPLY_INITIAL_HOLD,
        APPLY_INITIAL_DONE
    } initial;
    int initial_tries;
};

struct release_target {
    struct release *release;
    struct plan_target *plan;
    struct cluster *cluster; /* NULL: it went away */
    struct target *target;
    struct store_release_target record;
    const char *set_id;
    struct applyset_scope scope; /* of the live parent */
    char parent_uid[64];         /* "" none */
    struct release_item *items;  /* one a row of the plan */
    size_t n_items, at;          /* next to be sent */
    size_t group_end;            /* of the rows that go together */
    size_t in_flight;
    uint32_t wave;                   /* all of smaller ones is ready */
    struct apply_wave *gate;         /* while the next waits */
    size_t waits;                    /* of the group just sent, for readiness */
    size_t pending;                  /* all that is under way */
    struct loop_timer *parent_timer; /* NULL: its parent is not to be written again */
    int parent_tries;
    int phase;
    bool waited; /* for the group just sent */
    bool failed, moved, over;
    bool rechecking; /* after a gap: nothing is sent before it was looked at again */
    struct loop_timer *recheck_timer;
    bool begun;                /* its turn has come */
    struct leftover *leftover; /* in the own namespace, while that is asked for */
};

struct release {
    struct engine *engine;
    struct engine_command *cmd; /* NULL: answered, or taken up without one */
    struct plan *plan;
    struct release_row *row;
    int64_t number, attempt;
    bool resumed, confirm_shared, prune_anyway;
    bool pausing, aborting;
    int64_t aborted_ms; /* boot time */
    struct release_target *targets;
    size_t n_targets, open_targets, checks;
    struct origin *origin;        /* read again, when the plan has secrets or what is known late */
    struct plan_rules *rules;     /* for what is known late; NULL: none */
    struct rollout *rollout;      /* NULL: every target at once */
    struct rollout_target *turns; /* beside targets */
    int64_t *soaked_ms;           /* beside its stages */
    struct loop_timer *rollout_timer;
    bool held;         /* by the rollout: no target begins */
    struct err error;  /* the first failure */
    size_t jobs;       /* of workers, that lead back here */
    bool over, orphan; /* orphan: the part is gone while a worker reads */
};

/* apply.c */
/* A row of the audit about a release; more.key may be NULL. */
void release_audit(struct engine *e, const struct release_row *row, const char *action,
                   struct audit_word more);
void release_target_over(struct release_target *t); /* it came to its end */
bool release_stopped(const struct release *r);      /* nothing new is sent */
void release_fail(struct release *r, int code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
const struct val *release_secret(const struct release_item *it);
void release_job_done(struct release *r); /* frees an orphan after its last */

/* apply_rollout.c */
int release_rollout_read(struct release *r, const char *const *stages, size_t n, const char *stored,
                         struct err *e) ERR_CHECKED;
void release_rollout_free(struct release *r);
void release_rollout_step(struct release *r);   /* who may begin now? */
bool release_rollout_resume(struct release *r); /* what held it is forgiven; false: it was not */

/* apply_trust.c: may the blueprint and the guardrails that the plan was made with still be used?
 * go_on comes at once or later, with the release's error when they may not; gone, when the part or
 * the program ended meanwhile. */
void apply_trust(struct release *r, void (*go_on)(struct release *r),
                 void (*gone)(struct release *r));

/* apply_check.c */
void apply_check(struct release *r, void (*done)(struct release *r));
/* What was not sent yet, once more; unread: so many could not be read. What moved fails it. */
void apply_check_rest(struct release_target *t,
                      void (*done)(struct release_target *t, size_t unread));

/* apply_target.c */
void apply_target_begin(struct release_target *t);
void apply_target_step(struct release_target *t);                /* one thing under way has ended */
void apply_target_go_on(struct release_target *t);               /* after a pause */
void apply_target_gap(struct release_target *t, int64_t gap_ms); /* nobody looked for so long */
void apply_target_fail(struct release_target *t, const char *text);

/* apply_record.c: what the parent carries of the target, packed; empty, with a message, when it
 * cannot be made. done: all was sent. */
void apply_record(const struct release_target *t, bool done, struct buf *out);

/* apply_wave.c: between waves. The next is let through when all before it is ready, with what was
 * known only then in its bodies. */
struct apply_wave;
bool apply_wave_waits(const struct release_target *t); /* does the next group wait? */
void apply_wave_begin(struct release_target *t);
void apply_wave_free(struct release_target *t);
void apply_wave_gap(struct release_target *t, int64_t gap_ms); /* no time to wait was that */
/* A body that was known before the interruption. */
int apply_wave_take_up(struct release_item *it, const struct digest *body,
                       struct err *e) ERR_CHECKED;

/* apply_row.c */
void apply_item_begin(struct release_item *it);
void apply_item_end_all(struct release_target *t);
bool apply_item_is_delete(const struct release_item *it);
void apply_item_send(struct release_item *it); /* the next step of it */
void apply_item_fail(struct release_item *it, int code, const char *text, const char *hint);
void apply_item_applied(struct release_item *it, const struct val *object, bool created);
void apply_item_deleted(struct release_item *it, const char *what);
void apply_item_await_gone(struct release_item *it); /* then it is made anew */
void apply_item_leave(struct release_item *it);      /* nothing of it is under way any more */

void apply_item_delete(struct release_item *it); /* on disk first, then sent */
/* A deletion that is over, with the object still there: what was given stays. */
void apply_item_kept(struct release_item *it, const char *why);

/* apply_namespace.c: the environment's own namespace, after all else that the plan deletes. */
void apply_namespace_begin(struct release_target *t);
void apply_namespace_delete(struct release_item *it);
/* The answer says that leeway made it, or did so before an interruption. */
bool apply_namespace_is_made(const struct release_item *it, const struct val *object, bool created);

/* apply_outcome.c */
/* True when the error passes, or its outcome is not known: it is tried again, or read back. */
bool apply_item_passing(struct release_item *it, const struct kube_error *error);
void apply_item_rest(struct release_item *it, int64_t ms, void (*then)(struct release_item *it));
/* What to give to a write, whose call goes into it->call, so that then is told of its end. */
kube_object_fn *apply_item_writes(struct release_item *it, kube_object_fn *then);
/* The release was aborted: what the server has not got is withdrawn. */
void apply_item_abort(struct release_item *it);

void apply_item_patch(struct release_item *it); /* its body as it is now */

/* apply_initial.c: the steps before the body of a row that has `initial` */
void apply_initial(struct release_item *it);
/* The full body was applied: true when that was the first of the steps, and the next was begun. */
bool apply_initial_next(struct release_item *it, const struct val *object);

/* apply_adopt.c */
bool apply_adopts(const struct plan_row *row);
void apply_adopt(struct release_item *it);

/* apply_show.c */
struct release_row *apply_show_new(struct engine *e, struct release *r);
void apply_show_target(struct release_target *t, enum leeway_target_state phase,
                       const char *waiting);
void apply_show_done(struct release_item *it, enum leeway_state state, const char *what);
void apply_show_note(struct release_target *t, enum leeway_state state, const char *what);
void apply_show_state(struct release_row *row, enum leeway_release_state state);
int apply_show_load(struct applier *ap, struct err *err);
void apply_show_rollout(struct release_row *row, const char *why);
void apply_show_free(struct applier *ap);
void apply_show_dirty(struct engine *e, const struct release_row *row);
struct release_row *apply_show_find(struct engine *e, uint64_t id);

/* apply_stages.c: the stages of a release as rows. step NULL: nobody runs it. */
void apply_show_stages(struct release_row *row, const struct rollout *r,
                       const struct rollout_target *turns, const struct rollout_step *step);
/* Of one that was before: as the store has it. */
void apply_stages_load(struct engine *e, struct release_row *row, const char *stored);
/* Into the public row. */
void apply_stages_fill(const struct release_row *row, struct leeway_release *out, struct arena *a);
void apply_stages_clear(struct release_row *row);

/* The part's state. */
struct applier {
    struct engine *engine;
    VEC(struct release_row *) rows; /* of the table, oldest first */
    VEC(struct release *) running;
    uint64_t last_id;
};
struct applier *applier_of(struct engine *e);

#endif
