// SPDX-License-Identifier: Apache-2.0
/*
 * Commands about an environment that is of a team: whether the team lets the person here do that is
 * looked up by a worker before the command runs. Plans of documents are judged as they are
 * rendered (env_team.c). What has no team, and folders, are everybody's. Engine thread.
 */
#ifndef LEEWAY_ENGINE_TEAM_GATE_H
#define LEEWAY_ENGINE_TEAM_GATE_H

#include "engine/engine_int.h"

/* Runs the command, at once or later, or answers it with what the team does not allow. */
void team_gate(struct engine *e, struct engine_command *cmd,
               const struct engine_command_kind *kind);

#endif
