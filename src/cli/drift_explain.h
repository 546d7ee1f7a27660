// SPDX-License-Identifier: Apache-2.0
/* leeway drift explain KIND/NAME [PATH...]. */
#ifndef LEEWAY_CLI_DRIFT_EXPLAIN_H
#define LEEWAY_CLI_DRIFT_EXPLAIN_H

#include "cli/session.h"

/* words[0] is "explain"; the exit status. */
int drift_explain(const struct cli_verb *verb, const struct cli_args *a, enum cli_output how);

#endif
