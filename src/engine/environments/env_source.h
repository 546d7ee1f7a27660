// SPDX-License-Identifier: Apache-2.0
/*
 * An environment document as the source of a plan: its blueprint rendered for every cluster that it
 * is placed on. The catalog is the one of the fleet's folder in which the document lies. Made and
 * planned on the engine thread, read and rendered by a worker in between.
 *
 * Twice, where the document alone does not say all: what stands behind references to secrets, and
 * what the clusters made of objects that are there already, is asked for between the two. Values of
 * secrets live in the source's memory, which is wiped, and nowhere else.
 */
#ifndef LEEWAY_ENGINE_ENV_SOURCE_H
#define LEEWAY_ENGINE_ENV_SOURCE_H

#include "base/digest.h"
#include "engine/plan/plan.h"
#include "render/render.h"

struct env_source;

/* Is the file a document of kind Environment? Looks at its first bytes; a folder is none. */
bool env_source_is(const char *path);
/* The fleet's folder: the nearest one above that holds a catalog. Owned, or NULL. */
char *env_source_fleet(const char *path);
/* What is known of the clusters now is kept. Owned. */
struct env_source *env_source_new(struct engine *e, const char *path,
                                  struct cluster *const *clusters, size_t n);
/* The document itself (JSON or YAML), which lies at no path yet. fresh: it may not; it is written
 * there before it is planned. draft: it never is, nothing is asked for, and what is wrong with it
 * becomes an answer. */
void env_source_take(struct env_source *s, const char *document, bool fresh, bool draft);
void env_source_free(struct env_source *s); /* NULL is fine */
/* All its clusters are wanted, none is chosen: to render once more what was planned. */
void env_source_fix(struct env_source *s);
/* Worker: reads the document and its catalog, chooses clusters, renders. destroy: what is wanted is
 * nothing, on every cluster that has it. */
void env_source_render(struct env_source *s, bool destroy);
/* Does it wait for anything? live: also for what the clusters made. */
bool env_source_asks(const struct env_source *s, bool live);
/* Engine thread: asks; done is called once, later, also at the program's end (stale). */
void env_source_ask(struct env_source *s, struct engine *e, bool live,
                    void (*done)(void *ctx, bool stale), void *ctx);
/* Worker: renders with the answers. */
void env_source_render_again(struct env_source *s);
/* 0, or why it is not usable. */
int env_source_error(const struct env_source *s, struct err *e) ERR_CHECKED;
/* Before it is rendered, for somebody who only looks: no secret is read and no command run. */
void env_source_look(struct env_source *s);
/* Before it is rendered, for somebody who only looks: only this cluster's objects are asked for
 * (the others are there for the placement), and no secret is read and no command run. */
void env_source_only(struct env_source *s, const struct cluster *c);
/* Any thread, afterwards: what is wanted on c, in the source's memory; nothing when the environment
 * is not placed there. An error is what is wrong with the document. */
int env_source_wants(struct env_source *s, const struct cluster *c, const struct plan_want **wants,
                     size_t *n, struct err *e) ERR_CHECKED;
/* Engine thread, afterwards: answers cmd with the plan, or with what is wrong. */
void env_source_plan(struct env_source *s, struct engine *e, struct engine_command *cmd,
                     const struct plan_choice *choices, size_t n_choices);

/* ---- while a release runs ---- */

struct plan_row;
struct render_object;
struct render_live;

/* Number of the target of a cluster; SIZE_MAX: none. */
size_t env_source_target(const struct env_source *s, const char *cluster_uid);
/* What the first rendering of a target says, without anything that was asked for: a plan is of one
 * such digest. */
struct digest env_source_digest(const struct env_source *s, size_t target);
/* The object of a row as it is rendered now, with the values of secrets; NULL: there is none. */
const struct render_object *env_source_object(const struct env_source *s, size_t target,
                                              const struct plan_row *row);
/* The last rendering of a target, and the blueprint's name for the module that makes an object. */
const struct render_result *env_source_result(const struct env_source *s, size_t target);
const char *env_source_instance(const struct env_source *s, const struct render_object *o);
/* Instance and resource of it; false: it is of a plain manifest. */
bool env_source_live(const struct env_source *s, size_t target, const struct render_object *o,
                     const struct val *object, struct render_live *out);
/* render_causes and render_inverse of a leaf of it; path as drift prints it. */
size_t env_source_causes(const struct env_source *s, size_t target, const struct render_object *o,
                         struct path path, struct render_cause out[RENDER_CAUSES_MAX]);
int env_source_inverse(const struct env_source *s, size_t target, const struct render_object *o,
                       struct path path, const struct val *live, struct render_inverse *out,
                       struct err *e) ERR_CHECKED;
/* The document with overrides in it, one for each cluster and module; they take the place of older
 * ones, as far as those say the same. In the source's memory; NULL: too large. */
struct env_override {
    const char *cluster; /* name */
    struct render_inverse is;
};
struct env_override_why {
    const char *reason, *by;
    int64_t expires_ms; /* 0: never */
};
const struct val *env_source_override(struct env_source *s, const struct env_override *all,
                                      size_t n, const struct env_override_why *why);
/* readyWhen; live: what was read of its module. */
int env_source_ready(const struct env_source *s, size_t target, const struct render_object *o,
                     const struct val *self, const struct render_live *live, size_t n_live,
                     struct val_pool *pool, enum render_ready *out, struct err *e) ERR_CHECKED;

/* A rendering of one target with what its objects have become. Owned; its memory is wiped. */
struct env_late {
    const struct env_source *source;
    size_t target;
    struct val_pool pool;
    struct render_live *live; /* in the pool, with their objects */
    size_t n_live;
    struct render_result result;
    struct err err; /* why it could not be rendered */
};
struct env_late *env_late_new(const struct env_source *s, size_t target);
void env_late_render(struct env_late *l); /* worker */
const struct render_object *env_late_object(const struct env_late *l, const struct plan_row *row);
void env_late_free(struct env_late *l);

extern const struct engine_part env_source_part;

#endif
