// SPDX-License-Identifier: Apache-2.0
/*
 * Releases: a stored plan is applied, exactly as it stands there, target by target, journalled so
 * that it can be taken up again at any point. Engine thread; never blocks.
 *
 *   apply.c         commands, opening and ending a release, the part
 *   apply_check.c   is every target still as it was planned?
 *   apply_target.c  one target: parent, stages, waits, deletions, parent
 *   apply_row.c     one object: send, force what was approved, read back what is not known
 *   apply_show.c    rows of the snapshot: progress, what is waited for, log lines
 */
#ifndef LEEWAY_ENGINE_APPLY_H
#define LEEWAY_ENGINE_APPLY_H

#include "engine/engine_int.h"

struct target;

/* Commands. */
void apply_plan(struct engine *e, struct engine_command *cmd);
void apply_control(struct engine *e, struct engine_command *cmd); /* abort, pause, resume */
void apply_approve(struct engine *e, struct engine_command *cmd); /* a stage */

/* The health of a target moved: shown with the release that gave it what it has. */
void apply_health(struct target *t);

/* What runs here, by environment and number; how many. fn may be NULL. */
size_t apply_each_running(struct engine *e,
                          void (*fn)(void *ctx, const char *environment, int64_t number),
                          void *ctx);

/* Whose a release of the snapshot is; NULL: there is no such release. */
struct environment *apply_environment_of(struct engine *e, uint64_t release);

extern const struct engine_part apply_part;

#endif
