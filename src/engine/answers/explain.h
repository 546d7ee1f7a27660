// SPDX-License-Identifier: Apache-2.0
/*
 * Why a difference stands: its contract, what the wanted value was made of, and whether the live
 * value could be an override. LEEWAY_CMD_EXPLAIN says so, LEEWAY_CMD_PLAN_OVERRIDE does it: both
 * render the environment as it is written now, without asking for secrets. Engine thread; the
 * rendering is a worker's.
 */
#ifndef LEEWAY_ENGINE_EXPLAIN_H
#define LEEWAY_ENGINE_EXPLAIN_H

#include "engine/engine_int.h"

void explain_command(struct engine *e, struct engine_command *cmd);

#endif
