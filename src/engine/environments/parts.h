// SPDX-License-Identifier: Apache-2.0
/*
 * An environment as somebody looks at it: its document rendered for the clusters it is on, with
 * what they made of its objects, for outputs and modules; the objects it was given, as drift and
 * health see them. Nothing is planned, no secret is read. Engine thread.
 */
#ifndef LEEWAY_ENGINE_PARTS_H
#define LEEWAY_ENGINE_PARTS_H

#include "engine/engine_int.h"

void parts_command(struct engine *e, struct engine_command *cmd);

#endif
