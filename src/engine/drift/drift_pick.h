// SPDX-License-Identifier: Apache-2.0
/* Which standing differences a person means: those named by number, or those of an object. */
#ifndef LEEWAY_ENGINE_DRIFT_PICK_H
#define LEEWAY_ENGINE_DRIFT_PICK_H

#include "engine/drift/drift.h"
#include "engine/environments/environment.h"

struct drift_picked {
    struct environment *environment;
    VEC(struct drift_item *) items; /* each once; to be cleared by the caller */
};

/* By drift_ids; otherwise environment and, where given, cluster, object_kind, namespace_, name and
 * paths (none: all that stands against the objects). All have to be of one environment. Nothing
 * found by name is no error. */
int drift_pick(struct engine *e, const struct leeway_command *c, struct drift_picked *out,
               struct err *err) ERR_CHECKED;

#endif
