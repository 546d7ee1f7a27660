// SPDX-License-Identifier: Apache-2.0
/* One live object for somebody who looks at it: fields, owners, YAML. Engine thread. */
#ifndef LEEWAY_ENGINE_OBJECT_VIEW_H
#define LEEWAY_ENGINE_OBJECT_VIEW_H

#include "engine/engine_int.h"
#include "kube/ownership.h"

/* LEEWAY_CMD_OBJECT. */
extern const struct engine_part object_view_part;
void object_view_command(struct engine *e, struct engine_command *cmd);

/* Lines of the object as YAML, each with who owns what is on it: an index into the entries of o, or
 * -1. Values of Secrets are named by their size. Texts and array in a;
 * pool is scratch. */
size_t object_view_lines(struct arena *a, struct val_pool *pool, const struct val *object,
                         const struct ownership *o, const char *manager,
                         const struct leeway_object_line **out);

/* Facts, conditions and containers of out. All in a. */
void object_view_facts(struct arena *a, const struct val *object, struct leeway_object *out);

#endif
