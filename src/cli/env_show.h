// SPDX-License-Identifier: Apache-2.0
/* leeway env show NAME: outputs to use, objects by module, what differs. */
#ifndef LEEWAY_CLI_ENV_SHOW_H
#define LEEWAY_CLI_ENV_SHOW_H

#include "cli/session.h"

/* The exit status. */
int env_show(const struct cli_args *args, const char *name, enum cli_output how);

#endif
