// SPDX-License-Identifier: Apache-2.0
#include "cli/cli.h"

#include "config.h"

static int run(const struct cli_verb *verb, int argc, char **argv)
{
    (void)verb;
    (void)argc;
    (void)argv;
    puts(PACKAGE_STRING);
    return CLI_OK;
}

const struct cli_verb cli_verb_version = {
    .name = "version",
    .summary = "print the version",
    .run = run,
};
