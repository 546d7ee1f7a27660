// SPDX-License-Identifier: Apache-2.0
/* What happened, from the store: LEEWAY_CMD_HISTORY. Engine thread. */
#ifndef LEEWAY_ENGINE_HISTORY_H
#define LEEWAY_ENGINE_HISTORY_H

#include "engine/engine_int.h"

void history_command(struct engine *e, struct engine_command *cmd);

#endif
