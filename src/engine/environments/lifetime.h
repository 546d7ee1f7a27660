// SPDX-License-Identifier: Apache-2.0
/*
 * The time to live of environments. It counts from the first release after a launch, in wall time,
 * as people see it; an extension makes the ttl in the environment's file longer. At its end the
 * environment is expired, which is said once, and in a process that lasts a deletion is planned
 * that waits for a person: nothing is deleted by itself. Engine thread.
 */
#ifndef LEEWAY_ENGINE_LIFETIME_H
#define LEEWAY_ENGINE_LIFETIME_H

#include "engine/environments/environment.h"

/* A release begins, or its plan has nothing to send: what it says of the environment is in force
 * from now on. env NULL, about "": nothing changes. */
void lifetime_in_force(struct environment *env, const char *about);
/* It was destroyed: a later launch lives anew. */
void lifetime_over(struct environment *env);
/* What a plan would change of the end, in a; NULL: nothing. env, about: or NULL. */
const char *lifetime_note(const struct environment *env, const char *about, struct arena *a);

/* LEEWAY_CMD_EXTEND. */
void lifetime_extend(struct engine *e, struct engine_command *cmd);

extern const struct engine_part lifetime_part;

#endif
