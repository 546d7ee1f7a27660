// SPDX-License-Identifier: Apache-2.0
/* A plan as text for pipes and files: lines as the console has them, Markdown, JSON, YAML. */
#ifndef LEEWAY_CLI_PLAN_TEXT_H
#define LEEWAY_CLI_PLAN_TEXT_H

#include "cli/options.h"
#include "leeway/plan.h"

void cli_plan_print(FILE *out, const struct leeway_plan *p, enum cli_output how);
/* Of the option --out of verbs that plan. False after saying that its ending is none of these. */
bool cli_plan_out_is_good(const struct cli_args *args);
/* Prints the plan, and writes all of it into the file of --out: JSON, YAML, Markdown or text, as
 * its ending says. The exit status of the plan; CLI_FAILED when it could not be written. */
int cli_plan_answer(const struct cli_args *args, const struct leeway_plan *p, enum cli_output how);
#define CLI_OPTION_OUT                                                                             \
    {                                                                                              \
        "out", 0, CLI_VALUE, "FILE", "write the plan there as well: FILE.json, .yaml, .md or .txt" \
    }

#endif
