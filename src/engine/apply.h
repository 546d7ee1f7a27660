// SPDX-License-Identifier: Apache-2.0
/*
 * Releases: a stored plan is applied, exactly as it stands there, target by target, journalled so
 * that it can be taken up again at any point. Engine thread; never blocks.
 */
#ifndef LEEWAY_ENGINE_APPLY_H
#define LEEWAY_ENGINE_APPLY_H

#include "engine/engine_int.h"
#include "store/store_words.h"

struct given;
struct target;

/* Commands. */
void apply_plan(struct engine *e, struct engine_command *cmd);
void apply_abort(struct engine *e, struct engine_command *cmd);
void apply_pause(struct engine *e, struct engine_command *cmd);
void apply_resume(struct engine *e, struct engine_command *cmd);

/* Is a write of ours to this object under way? What is seen of it meanwhile is not judged. */
bool apply_in_flight(const struct engine *e, const struct target *t,
                     const struct store_object *object);
/* Told of each object that was given something new, after the store has it; answer is the server's
 * and lives for the call, NULL when the object was deleted. One listener. */
typedef void apply_given_fn(void *ctx, struct target *t, const struct store_object *object,
                            const struct val *answer, const struct digest *body, int64_t release);
void apply_on_given(struct engine *e, apply_given_fn *fn, void *ctx);

/* Tests end the process here, as kill -9 would: LEEWAY_FAULT=name:n names the place and the count
 * (from 0). Only in builds with --enable-faults, nothing otherwise. */
void apply_fault(struct engine *e, const char *name);

extern const struct engine_part apply_part;

#endif
