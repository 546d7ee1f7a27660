// SPDX-License-Identifier: Apache-2.0
/* leeway handover: a plan after which leeway does not apply some fields any more. */
#include "cli/answer.h"

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    return cli_answer_plan(verb, argc, argv, LEEWAY_CMD_PLAN_HANDOVER);
}

static const struct cli_option options[] = {
    CLI_OPTIONS_ANSWER,
    {"reason", 0, CLI_VALUE, "TEXT", "why; others will read it"},
    CLI_OPTIONS_OUTPUT("table|json|yaml|markdown"),
    CLI_OPTIONS_FLEET,
    CLI_OPTIONS_END,
};

const struct cli_verb cli_verb_handover = {
    .name = "handover",
    .args = "KIND/NAME [PATH...]",
    .summary = "plan to leave drifted fields to whoever has them now",
    .about = "Makes a plan after which leeway does not apply these fields of the object any more "
             "(paths as leeway drift prints them; all that stand against it when none is named), "
             "and prints it with its hash. Their live values stay as they are while that is done "
             "and afterwards; later releases leave them out. leeway accept --end ID takes one "
             "back: the next plan has it again. leeway apply HASH does it.\n"
             "Exit status: 2 there are changes, 0 nothing to do, 3 something could not be planned, "
             "1 it failed.",
    .options = options,
    .run = run,
};
