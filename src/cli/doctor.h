// SPDX-License-Identifier: Apache-2.0
/*
 * What doctor finds out, as one value that both outputs are made of:
 *   {"contexts": [{name, cluster, user, server, namespace, login, usable, problems, steps}],
 *    "terminal": {...}, "locale": {...}, "sources": [...], "fleet": {...}, "store": {...}}
 * A problem is {text, file, line, column, hint, blocks}; a step {name, state, text, hint}, in the
 * order of doctor_online.h; there are none offline. Strings hold outside bytes and are cleaned
 * where they are shown. Main thread.
 */
#ifndef LEEWAY_CLI_DOCTOR_H
#define LEEWAY_CLI_DOCTOR_H

#include "data/val.h"
#include <stdbool.h>

struct doctor_options {
    const char *kubeconfig;      /* --kubeconfig, or NULL */
    const char *fleet_file;      /* or NULL */
    const char *const *contexts; /* patterns */
    size_t contexts_len;
    bool offline; /* contact nothing, run no plugin */
};

struct doctor_verdict {
    bool bad;     /* something there cannot be used as it is */
    bool unknown; /* something could not be found out */
};

/* The report lives in p. Blocks for at most DOCTOR_DEADLINE_MS unless offline. */
const struct val *doctor_report(struct val_pool *p, const struct doctor_options *o,
                                struct doctor_verdict *verdict);

#endif
