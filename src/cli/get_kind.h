// SPDX-License-Identifier: Apache-2.0
/* leeway get KIND: any kind that clusters serve. */
#ifndef LEEWAY_CLI_GET_KIND_H
#define LEEWAY_CLI_GET_KIND_H

#include "cli/session.h"

/* The words that the verb took: a kind, perhaps a name. Returns the exit status. */
int get_kind(const struct cli_args *a, enum cli_output how);

#endif
