// SPDX-License-Identifier: Apache-2.0
/*
 * A plan while it is made. plan.c leads the whole from request to answer, plan_target.c one target
 * (parent, namespace, what left, rights), plan_object.c one object (read, dry run, dry run by
 * force). Each step under way is counted in its target; the last one leads on. Engine thread.
 */
#ifndef LEEWAY_ENGINE_PLAN_MAKE_H
#define LEEWAY_ENGINE_PLAN_MAKE_H

#include "engine/apply/applyset.h"
#include "engine/plan/leftover.h"
#include "engine/plan/plan_int.h"
#include "kube/discovery.h"
#include "kube/watch.h"
#include "kube/write.h"

struct planning;

/* One object on its way. */
struct plan_item {
    struct plan_making *making;
    struct plan_row *row;
    struct val_pool pool;    /* of live */
    const struct val *live;  /* NULL: not there */
    const struct val *whole; /* the body before fields were left out of it */
    int rounds, rereads;
};

struct plan_right {
    struct plan_making *making;
    const char *verb, *group, *plural, *namespace_;
    bool parent;        /* of the parent of the set: nothing goes without it */
    bool own_namespace; /* of the one row that deletes it */
};

struct plan_namespace {
    struct plan_making *making;
    const char *name;
    const struct val *live; /* NULL: not there, or it may not be read */
};

/* One target on its way. */
struct plan_making {
    struct planning *planning;
    struct plan_target *target;
    struct cluster *cluster; /* NULL: it went away meanwhile */
    const char *set_id;
    struct applyset_scope scope; /* of the live parent */
    size_t pending;
    int phase;
    VEC(struct plan_item *) items;
    VEC(struct plan_right *) rights;
    VEC(struct plan_namespace) namespaces; /* that rows are in, for the guardrails */
    const struct val *cluster_value;       /* for the guardrails; NULL: not asked for yet */
    const struct val
        *own_namespace;        /* the environment's, live; NULL: none, or it may not be read */
    const char *parent_uid;    /* of the live parent; "" none */
    struct leftover *leftover; /* in the own namespace, while that is asked for */
};

struct planning {
    struct engine *engine;
    struct engine_command *cmd;
    struct plan *plan;
    VEC(struct plan_making *) makings;
    size_t begun, pending; /* targets */
    bool leading;          /* more of them are being begun */
    int64_t began_ms;
    bool new_environment;
    struct plan_rules *rules; /* guardrails of the fleet's catalogs; NULL: none */
    struct origin *secrets;   /* while it is read for the values of kept secrets */
    bool reading;             /* a worker has it: rules, or secrets */
    bool orphan;              /* the part is gone while it is read */
};

/* plan.c */
bool plan_good_name(const char *s); /* of an environment */
/* At the end: what the store was given is answered, while those who wait for it are there. */
void plan_drain_store(struct engine *e);
bool plan_hmac(void *ctx, const void *value, size_t len, struct digest *out); /* ctx: engine */
void plan_target_done(struct plan_making *m);

/* plan_folder.c: of the folder and the clusters of an earlier plan, with its choices; takes it. */
void plan_folder_again(struct engine *e, struct engine_command *cmd, struct plan *earlier);

/* plan_target.c */
/* Wants resolved into rows; what is wrong becomes rows with errors. */
void plan_target_add(struct plan_making *m, const struct plan_want *w, const char *cause);
void plan_target_begin(struct plan_making *m);
void plan_target_step(struct plan_making *m); /* one thing that was under way has ended */
void plan_target_fail(struct plan_making *m, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
bool plan_target_makes_namespace(const struct plan_making *m, const char *ns);

/* plan_namespace.c: the row of a namespace that leeway made, when the environment goes */
void plan_own_namespace(struct plan_making *m);

/* plan_guardrails.c: what the catalogs' rules say. They are read by a worker while nothing else of
 * the plan is under way; a denial makes an error of a row, a warning one of the plan. */
struct plan_rules *plan_rules_new(struct engine *e, const char *catalog); /* NULL: no catalogs */
void plan_rules_free(struct plan_rules *r);
void plan_rules_read(struct plan_rules *r);                      /* on a worker */
int plan_rules_error(const struct plan_rules *r, struct err *e); /* 0, or why they are not usable */
/* What they were, into the plan's name; what is trusted because it is used first, as a warning. */
void plan_rules_note(const struct plan_rules *r, struct plan *p);
/* An object that would be deleted, as it is now. */
void plan_rules_check_delete(struct plan_making *m, struct plan_row *row, const struct val *live);
/* The object as it would be (the dry run's answer) or as it is sent. */
void plan_rules_check(struct plan_item *it, const struct val *would);
/* An object as it is sent, when all of it is known: 0, or ERR_FORBIDDEN and the rule's words. */
int plan_rules_check_body(const struct plan_rules *r, struct engine *e, struct plan *p,
                          const struct plan_target *t, const struct cluster *c,
                          const struct plan_row *row, const struct val *body, struct err *err);
/* What is wanted on a target, all of it together. */
void plan_rules_check_target(struct plan_making *m);

/* plan_shape.c: what of the body leeway applies itself, once the live object is known; afterwards
 * what no dry run shows; true when it was accepted that it is not there */
void plan_shape(struct plan_item *it);
void plan_shaped(struct plan_item *it);
bool plan_may_be_missing(struct plan_item *it);

/* plan_hold.c: has a field drifted whose contract holds releases? It was then said in the row. */
bool plan_is_held(struct plan_item *it);

/* plan_forbid.c: rows that the person may not send are left out and named. False: that is no
 * refusal of authorization, or others stand on it. */
bool plan_forbid(struct plan_making *m, struct plan_row *r, const struct kube_error *error);
void plan_forbid_right(struct plan_making *m, struct plan_row *r, const char *verb);
/* What waits for such a row is left out as well. */
void plan_forbid_what_follows(struct plan_making *m);

/* plan_object.c */
void plan_object_begin(struct plan_making *m, struct plan_row *row);
void plan_row_fail(struct plan *p, struct plan_row *r, const char *text, const char *hint);
void plan_note_warnings(struct plan *p, const struct kube_reply *reply);

#endif
