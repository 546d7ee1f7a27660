// SPDX-License-Identifier: Apache-2.0
/* A plan as text for pipes and files: lines as the console has them, Markdown, JSON, YAML. */
#ifndef LEEWAY_CLI_PLAN_TEXT_H
#define LEEWAY_CLI_PLAN_TEXT_H

#include "cli/options.h"
#include "leeway/plan.h"

void cli_plan_print(FILE *out, const struct leeway_plan *p, enum cli_output how);

#endif
