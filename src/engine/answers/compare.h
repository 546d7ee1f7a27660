// SPDX-License-Identifier: Apache-2.0
/*
 * Two sides compared (leeway/compare.h): found on the engine thread, loaded from the store and
 * compared by a worker on a view of its own. Nothing is asked of a cluster. Engine thread.
 */
#ifndef LEEWAY_ENGINE_COMPARE_H
#define LEEWAY_ENGINE_COMPARE_H

#include "engine/engine_int.h"

void compare_command(struct engine *e, struct engine_command *cmd);

#endif
