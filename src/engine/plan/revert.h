// SPDX-License-Identifier: Apache-2.0
/*
 * Plans that give fields back what the last release gave them. The body is the release's own; paths
 * that are not reverted go along with their live value when nobody else owns them and are left out
 * otherwise, so that reverting one field never moves another. What comes out is a plan like any
 * other. Engine thread.
 */
#ifndef LEEWAY_ENGINE_REVERT_H
#define LEEWAY_ENGINE_REVERT_H

#include "engine/engine_int.h"

/* LEEWAY_CMD_PLAN_REVERT and LEEWAY_CMD_PLAN_HANDOVER: drift_ids; or environment, cluster,
 * api_version, object_kind, namespace_, name and paths (none: all that stands against the object).
 */
void revert_command(struct engine *e, struct engine_command *cmd);

/* Reverts that wait for an answer; they end with the program. */
extern const struct engine_part revert_part;

/* ---- pure: what is sent for one object ---- */

struct revert_path {
    const char *path;      /* server notation; "" the whole object */
    bool reverted, handed; /* neither: it stays as it is */
    bool others_own;
    bool extra;               /* others added it: no part of any body */
    const struct val *wanted; /* of one that leeway did not apply; or NULL */
};

/* body and live share the pool p, in which the result lives. NULL and *e when a path cannot be
 * read. */
const struct val *revert_body(struct val_pool *p, const struct val *body, const struct val *live,
                              const struct revert_path *paths, size_t n, struct err *e);

#endif
