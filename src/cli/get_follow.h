// SPDX-License-Identifier: Apache-2.0
/* leeway get --watch of rows that have a name: a line for each row that is new or changed. */
#ifndef LEEWAY_CLI_GET_FOLLOW_H
#define LEEWAY_CLI_GET_FOLLOW_H

#include "cli/output.h"
#include "cli/session.h"

struct get_rows {
    const void **items; /* a vec of rows of the snapshot */
    size_t len, cap;
};

struct get_followed {
    const struct cli_column *columns;
    const char *kind;
    /* environment: of --env, NULL: all. Borrowed from the snapshot. */
    void (*list)(const struct leeway_snapshot *snap, const char *environment, struct get_rows *out);
    void (*name)(const void *row, FILE *out); /* unlike that of every other row */
};

/* First all rows, once everything is known, then those that changed. The exit status. */
int get_follow(struct cli_session *s, const struct get_followed *f, enum cli_output how);

#endif
