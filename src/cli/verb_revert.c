// SPDX-License-Identifier: Apache-2.0
/* leeway revert: a plan that gives fields of one object back what the last release gave them. */
#include "cli/answer.h"

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    return cli_answer_plan(verb, argc, argv, LEEWAY_CMD_PLAN_REVERT);
}

static const struct cli_option options[] = {
    CLI_OPTIONS_ANSWER,
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_revert = {
    .name = "revert",
    .args = "KIND/NAME [PATH...]",
    .summary = "plan to give drifted fields back what was given",
    .about = "Makes a plan that sets the fields (paths as leeway drift prints them; all that stand "
             "against the object when none is named) back to what the last release gave, and "
             "prints it with its hash. Fields that are not reverted stay as they are. leeway apply "
             "HASH does it.\n"
             "Exit status: 2 there are changes, 0 nothing to do, 3 something could not be planned, "
             "1 it failed.",
    .options = options,
    .run = run,
};
