// SPDX-License-Identifier: Apache-2.0
/*
 * Tables of one kind over several clusters, for as long as somebody looks at them. Engine thread.
 * Nothing is kept of objects but the row that the server printed, and of that only the published
 * copy; a look is ended by its command and with the engine.
 */
#ifndef LEEWAY_ENGINE_LOOK_H
#define LEEWAY_ENGINE_LOOK_H

#include "engine/engine_int.h"

extern const struct engine_part look_part;
void look_command(struct engine *e, struct engine_command *cmd);       /* LEEWAY_CMD_LOOK */
void look_end_command(struct engine *e, struct engine_command *cmd);   /* LEEWAY_CMD_LOOK_END */
void look_kinds_command(struct engine *e, struct engine_command *cmd); /* LEEWAY_CMD_KINDS */

#endif
