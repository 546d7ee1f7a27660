// SPDX-License-Identifier: Apache-2.0
/*
 * An environment document as the source of a plan: its blueprint rendered for every cluster that it
 * is placed on. The catalog is the one of the fleet's folder in which the document lies. Made and
 * planned on the engine thread, read and rendered by a worker in between.
 */
#ifndef LEEWAY_ENGINE_ENV_SOURCE_H
#define LEEWAY_ENGINE_ENV_SOURCE_H

#include "engine/plan.h"

struct env_source;

/* Is the file a document of kind Environment? Looks at its first bytes; a folder is none. */
bool env_source_is(const char *path);
/* What is known of the clusters now is kept. Owned. */
struct env_source *env_source_new(struct engine *e, const char *path,
                                  struct cluster *const *clusters, size_t n);
void env_source_free(struct env_source *s); /* NULL is fine */
/* Worker: reads the document and its catalog, chooses clusters, renders. destroy: what is wanted is
 * nothing, on every cluster that has it. */
void env_source_render(struct env_source *s, bool destroy);
/* Engine thread, afterwards: answers cmd with the plan, or with what is wrong. */
void env_source_plan(struct env_source *s, struct engine *e, struct engine_command *cmd,
                     const struct plan_choice *choices, size_t n_choices);

#endif
