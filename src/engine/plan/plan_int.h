// SPDX-License-Identifier: Apache-2.0
/*
 * A plan from the inside: one row for each object of each target, everything in the plan's own
 * pool. plan_compare.c fills a row from a live object and a dry run, plan_hash.c names the whole,
 * plan_store.c writes it down and reads it back, plan_view.c shows it. All of these are pure: no
 * requests, no clock. Engine thread.
 */
#ifndef LEEWAY_ENGINE_PLAN_INT_H
#define LEEWAY_ENGINE_PLAN_INT_H

#include "base/digest.h"
#include "data/fieldset.h"
#include "engine/fleet/kinds.h"
#include "engine/plan/plan.h"
#include "kube/status.h"

#define PLAN_MANAGER "leeway"
#define PLAN_INITIAL "leeway-initial" /* keeps values alive that leeway does not apply any more */
#define PLAN_LABEL_FLEET "leeway.dev/fleet"
#define PLAN_LABEL_ENVIRONMENT "leeway.dev/environment"
#define PLAN_WHOLE "." /* path of a conflict about the object itself */
/* How a secret's value stands in bodies that are kept: this and 64 hex digits of its HMAC. */
#define PLAN_SECRET_MARK "leeway-secret:"

/* What changes at one path, or who stands in the way there. */
struct plan_field {
    const char *path;           /* server notation */
    const char *before, *after; /* as shown; "-": not there */
    const char *note;           /* "" none */
    bool stays;                 /* left the body, but somebody else owns it too */
    enum leeway_choice choice;  /* NONE: no conflict */
    const char *manager, *operation, *subresource; /* of the conflict; "" */
    const char *owner;                             /* in words */
};

struct plan_row {
    int64_t position;
    const char *group, *version, *api_version, *kind, *plural, *namespace_, *name;
    const struct kind_traits *traits;
    enum leeway_action action;
    const char *uid;              /* live; "" none */
    const char *resource_version; /* live when planned */
    const struct val *body;       /* to be sent; secrets masked once the row is finished */
    const struct val *full;       /* while planning: with the secrets' values */
    bool secret, checked_at_apply, risk;
    const char **late; /* paths in body that hold an expression's text: known after smaller waves */
    size_t n_late;
    uint32_t wave;
    bool says_ready; /* readyWhen of its module decides, not kstatus */
    bool forbidden;  /* the person may not: left out */
    const char *forbidden_verb,
        *forbidden_resource; /* "patch", "services"; "" nothing is missing */
    bool own_first;          /* a union member has to be owned before it can be dropped */
    bool own_namespace;      /* the environment's, made by leeway: no member of its set */
    /* As contract.h has it, "" none; and what leeway-initial keeps alive in place of us: the leaves
     * alone, with the keys of the items that hold them. NULL: nothing. */
    const char *contract;
    const char *settled; /* while planning: the contract as if nothing had been accepted since */
    const struct val *initial; /* list of {path, v} */
    const struct val *rules;   /* while planning: the contract as it was asked for, or NULL */
    const char *cause, *detail, *hint, *where;
    VEC(struct plan_field) fields;
    const struct val *paths; /* FieldsV1: wanted and given before */
    struct digest seen;      /* of what was at these paths */
};

struct plan_target {
    const char *cluster, *cluster_uid, *identity, *error;
    const char *may;       /* a right without which nothing goes there; "" */
    const char *forbidden; /* rights without which some rows are left out: "patch services in x" */
    bool protected_;
    bool make_namespace;
    VEC(struct plan_row *) rows; /* in the order of apply; deletions last, in reverse */
    struct digest moved;
    struct digest rendered; /* of what an environment's objects were rendered from; zeros: none */
};

struct plan {
    struct val_pool pool;
    struct digest hash;
    bool hashed; /* hash is of the contents */
    const char *kind, *title, *fleet_uuid, *environment_uuid, *environment, *namespace_, *folder;
    bool complete;
    int64_t planned_ms;
    int32_t took_ms, release;
    VEC(struct plan_choice) choices;
    VEC(struct plan_target *) targets; /* by cluster uid */
    VEC(const char *) warnings;
    struct plan_approved approved; /* n_items 0: it is of no blueprint */
    struct digest policy;          /* of the guardrails and profiles it was judged by */
    bool has_policy;
    VEC(const char *) stages;               /* in the pool; see plan_request */
    bool draft;                             /* shown, never stored */
    const struct leeway_plan_place *places; /* in the pool; not stored */
    size_t n_places;
    const char *about; /* what the environment is once it is applied; "" not said. Not hashed */
};

struct plan *plan_new(void);
void plan_free(struct plan *p);
const char *plan_str(struct plan *p, const char *s); /* copied; NULL gives "" */
const char *plan_fmt(struct plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void plan_set_approved(struct plan *p, const struct plan_approved *from); /* copied */
struct plan_target *plan_add_target(struct plan *p);
struct plan_row *plan_add_row(struct plan *p, struct plan_target *t);
struct plan_field *plan_add_field(struct plan *p, struct plan_row *r, const char *path);
void plan_warn(struct plan *p, const char *text); /* once */
bool plan_row_is_sent(const struct plan_row *r);
/* It is what the release gives: not what goes, nor the namespace that is made for all of it. */
bool plan_row_is_content(const struct plan *p, const struct plan_row *r);
/* Which is applied first: definitions, then wave by wave, in a wave by kind. 0: side by side. */
int plan_row_compare(const struct plan_row *a, const struct plan_row *b);
/* The environment's own namespace goes after everything else, its parent too. */
static inline bool plan_row_goes_last(const struct plan_row *r)
{
    return r->own_namespace && r->action == LEEWAY_ACTION_DELETE;
}
/* An open or stopping choice, an error, a missing right: in words in the pool; "" none. */
const char *plan_why_not(struct plan *p);

/* ---- bodies ---- */

/* A stored row's contract, to be asked for again; in the plan's pool. NULL: none. */
const struct val *plan_row_rules(struct plan *p, const struct plan_row *r);
/* The body with the values of a row's `initial`. */
const struct val *plan_body_initial(struct val_pool *p, const struct val *body,
                                    const struct val *initial);
const struct val *plan_body_with_label(struct val_pool *p, const struct val *body, const char *key,
                                       const char *value);
bool plan_body_is_secret(const struct val *body);
/* Secret.data with every value replaced by its HMAC. key_lost is set when there is none to make. */
typedef bool plan_hmac_fn(void *ctx, const void *value, size_t len, struct digest *out);
const struct val *plan_body_masked(struct val_pool *p, const struct val *body, plan_hmac_fn *hmac,
                                   void *ctx);
bool plan_body_has_marks(const struct val *body);
/* The reverse, with values taken from the same object as it is written now. NULL and *e
 * (ERR_MOVED: the secret changed since the plan). */
const struct val *plan_body_unmasked(struct val_pool *p, const struct val *masked,
                                     const struct val *source, plan_hmac_fn *hmac, void *ctx,
                                     struct err *e);

/* ---- compare ---- */

/* How lists are keyed, told from who owns what: a diff_keys_fn with a plan_keys. */
struct plan_keys {
    fieldset all;
    const char *names[16];
};
const char *const *plan_keys_at(void *ctx, struct path path);

struct plan_compare {
    struct plan *plan;
    struct plan_row *row;
    const struct val *live;  /* NULL: not there */
    const struct val *would; /* the dry run's answer; NULL: there was none */
    plan_hmac_fn *hmac;
    void *ctx;
};
/* Fills action, fields, paths, seen, uid. */
int plan_compare(struct plan_compare *c, struct err *e);
/* The dry run's object has the values and owners of the live one: nothing would be written. */
bool plan_is_same(struct val_pool *p, const struct val *live, const struct val *would);
/* What is at the row's paths of the live object (NULL: none) as one digest. */
int plan_seen(const struct val *paths, const struct val *live, bool secret, plan_hmac_fn *hmac,
              void *ctx, struct digest *out, struct err *e);
/* Adds a conflict of a 409 to the compared row: a field with both values, for what is left to
 * others shows in no comparison, and a choice that was looked up. would is not used. */
void plan_add_conflict(const struct plan_compare *c, const char *cluster_uid,
                       const struct kube_conflict *x);
enum leeway_choice plan_choice_for(const struct plan *p, const char *cluster_uid,
                                   const struct plan_row *row, const char *path);
/* Who else owns it, as a person would say: "kubectl scale, a person". */
const char *plan_owner_words(struct plan *p, const char *manager, const char *operation,
                             const char *subresource);
const char *plan_path_words(struct plan *p, struct path path); /* server notation */
/* A value as it is shown; secret ones by the end of their HMAC. */
const char *plan_value_words(struct plan *p, const struct val *v, bool secret, plan_hmac_fn *hmac,
                             void *ctx);

/* ---- rules (plan_rules.c) ---- */

/* Another tool's object: its name in words, or NULL. */
const char *plan_other_tool(struct plan *p, const struct val *live);
/* Why the object is not to be changed or not to be deleted; NULL: it may. */
const char *plan_keep_reason(const struct val *object, bool deleting);
/* More than 30 % of the target's objects and more than three would go. */
bool plan_prunes_much(const struct plan_target *t, size_t *deletes, size_t *all);

/* ---- hash, store, view ---- */

int plan_hash(struct plan *p, struct err *e);
/* The canonical text that is hashed; for tests. */
int plan_hash_text(const struct plan *p, struct buf *out);
struct store_view;
void plan_put(struct plan *p, struct engine *e,
              void (*fn)(void *ctx, const struct err *err, int64_t value), void *ctx);
struct plan *plan_load(struct store_view *v, const struct digest *hash, struct err *e);
struct leeway_plan *plan_view(struct plan *p);
/* The rows that a view's row stands for: calls fn with each (target, row). */
typedef void plan_row_fn(void *ctx, struct plan_target *t, struct plan_row *r);
bool plan_each_of_view_row(struct plan *p, uint32_t number, plan_row_fn *fn, void *ctx);

#endif
