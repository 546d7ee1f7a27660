// SPDX-License-Identifier: Apache-2.0
/* env_source.c reads, renders and plans; env_known.c finds out what the document does not say. */
#ifndef LEEWAY_ENGINE_ENV_SOURCE_INT_H
#define LEEWAY_ENGINE_ENV_SOURCE_INT_H

#include "base/vec.h"
#include "catalog/files.h"
#include "catalog/placement.h"
#include "engine/environments/env_source.h"
#include "engine/environments/environment.h"
#include "engine/environments/trust.h"
#include "engine/fleet/selector.h"

struct env_target {
    struct cluster *cluster; /* of the engine thread; only compared and handed back here */
    char *uid;
    struct labels labels;
    struct kube_discovery *discovery; /* a reference, or NULL */
    struct render_result result;      /* the last */
    struct digest first;              /* of the first */
    bool rendered;
    VEC(struct render_secret) secrets; /* values owned */
    VEC(struct render_live) live;      /* objects in the source's pool */
};

struct env_other { /* an environment that lives */
    char *name, *team;
};

struct env_source {
    char *document; /* that is no file yet; NULL: the file at path */
    bool fresh, draft;
    char *path, *root; /* root: the fleet's folder, NULL: none was found */
    struct env_target *targets;
    struct placement_cluster *places; /* of the same numbers */
    size_t n;
    struct val_pool pool;
    struct catalog_kinds *kinds;
    struct catalog *catalog;
    struct document_file *file;
    const struct document *doc;
    const struct catalog_composition *composition;
    const char *name, *namespace_;
    struct render_input *inputs; /* of each target: results point at them */
    struct catalog_problems problems;
    struct err err;
    struct trust *trust; /* NULL: there is no catalog */
    struct approval approval;
    bool judged;
    struct trust_items parts;   /* of the blueprint */
    int64_t now;                /* seconds, wall: overrides expire */
    const struct cluster *only; /* somebody looks at it; NULL: all that it is placed on */
    bool destroy, fixed;
    bool look;                    /* secrets stay where they are */
    char *login;                  /* of the person */
    VEC(struct env_other) others; /* when it was made */
    bool teamless;                /* there are teams, and it is of none */
    char *about; /* as it is kept with the environment (environment_about.c); NULL: not known */
};

/* Worker, after the first rendering: what of the secrets this machine itself can say. */
void env_known_here(struct env_source *s);
void env_known_clear(struct env_source *s);
/* env_override.c: when one ends, wall seconds (INT64_MAX: never); those that have, said in words.
 */
int64_t env_override_end(const struct val *override);
size_t env_override_notes(struct env_source *s, const char **notes);
/* env_draft.c: where it may go, for people; the file; what is wrong with a draft, as an answer. */
const struct leeway_plan_place *env_draft_places(struct env_source *s, size_t *n);
int env_draft_write(struct env_source *s);
void env_draft_answer(struct env_source *s, struct engine *e, struct engine_command *cmd,
                      const struct plan_request *r);
/* env_about.c, worker: what the document and its blueprint say of the whole; false: it is not
 * allowed, which was said. */
bool env_about(struct env_source *s);
/* env_stages.c: of a blueprint's spec, as rollout_add reads them; in a. */
size_t env_stages(struct arena *a, const struct val *spec, const char *const **out);
/* env_team.c. Worker: the team, NULL for none; false: it does not allow this, which was said. Those
 * that only look are not held to it. */
bool env_team(struct env_source *s, const struct catalog_team **team);
bool env_team_destroys(struct env_source *s);
/* Engine thread: who asks, and what there is. */
void env_team_remember(struct env_source *s, struct engine *e);
void env_team_forget(struct env_source *s);
/* What cannot be carried through plan and apply is refused by name. */
bool env_known_carried(struct env_source *s, size_t target);

#endif
