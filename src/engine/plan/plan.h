// SPDX-License-Identifier: Apache-2.0
/*
 * Making plans: what a folder, or a list of bodies, would do to each object of each target, found
 * out with dry runs, put into one immutable record with a hash, stored, and then shown. Nothing
 * here changes a cluster; apply.h does, and only by a stored plan. Engine thread; never blocks.
 */
#ifndef LEEWAY_ENGINE_PLAN_H
#define LEEWAY_ENGINE_PLAN_H

#include "base/digest.h"
#include "catalog/approval.h"
#include "data/val.h"
#include "engine/engine_int.h"

struct manifest_set;
struct target;

/* A person's answer for one field of one object that somebody else owns. path "." stands for the
 * object as a whole (a shared kind that exists, an object of another tool). cluster NULL: all. */
struct plan_choice {
    const char *cluster_uid; /* or NULL */
    const char *kind, *namespace_, *name;
    const char *path;
    enum leeway_choice choice;
};

/* One object that is wanted on a target, as it would be sent (labels of ours are added when they
 * are missing; a Secret's values may be leeway's references, which are resolved from the
 * environment's folder). */
struct plan_want {
    const struct val *body;
    const char *cause;       /* NULL: the request's */
    const char *where;       /* file and line, for errors; or NULL */
    const char *const *late; /* paths that are known only after objects of smaller waves; or NULL */
    size_t n_late;
    uint32_t wave;   /* objects of a smaller wave are ready before it is sent */
    bool says_ready; /* its module says when it is ready, not kstatus */
    /* Who may own what: fields, bind and leaves as contract.h has them; keep: paths that are given
     * back whoever has them; NULL: platform owns all of it. */
    const struct val *contract;
};

struct plan_want_target {
    struct cluster *cluster;
    const struct plan_want *wants;
    size_t n_wants;
    const struct digest *rendered; /* of what it was rendered from (env_source_digest); or NULL */
};

/* The approved thing that the wants were made of. */
struct plan_approved {
    const char *catalog; /* folder; NULL: the wants are of no blueprint */
    const char *subject; /* "web-app@1.4.0" */
    const struct approval_item *items;
    size_t n_items;
    struct digest content; /* of the items as they were judged (approval.h) */
};

/* Everything is borrowed for the call and copied. */
struct plan_request {
    const char *kind;        /* of store.h: "apply", "revert" */
    const char *title;       /* "folder ./manifests", "revert 2 fields" */
    const char *cause;       /* of its rows: "folder", "drift being reverted" */
    const char *environment; /* name */
    const char *namespace_;  /* of the environment */
    const char *folder;      /* origin; or NULL */
    bool complete;           /* the wants are all of the environment: what is not there is pruned */
    const struct plan_choice *choices;
    size_t n_choices;
    const char *const *notes; /* become warnings */
    size_t n_notes;
    const struct plan_want_target *targets;
    size_t n_targets;
    struct plan_approved approved;
    const char *const *stages; /* of its rollout, as rollout_add reads them; none: all at once */
    size_t n_stages;
    bool draft;                             /* it is answered and forgotten */
    const struct leeway_plan_place *places; /* where an environment may go, for people */
    size_t n_places;
    const char *about; /* of the environment, in force with the release (lifetime.h); or NULL */
};

/* Answers cmd with the plan (LEEWAY_EVENT_PLAN) or its failure, later. */
void plan_from_bodies(struct engine *e, struct engine_command *cmd, const struct plan_request *r);

/* Commands. */
void plan_folder(struct engine *e, struct engine_command *cmd);
/* The document of an environment that is no file yet: planned, and written when that can be. */
void plan_environment(struct engine *e, struct engine_command *cmd);
/* The same for a document that takes the place of the file at path. */
void plan_document(struct engine *e, struct engine_command *cmd, const char *path,
                   const char *document);
/* What it would do; plan_draft.c. */
void plan_draft(struct engine *e, struct engine_command *cmd);
extern const struct engine_part plan_draft_part;
void plan_choose(struct engine *e, struct engine_command *cmd);
void plan_open(struct engine *e, struct engine_command *cmd);
void plan_undo(struct engine *e, struct engine_command *cmd);

extern const struct engine_part plan_part;

#endif
