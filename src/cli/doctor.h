// SPDX-License-Identifier: Apache-2.0
/*
 * What doctor finds out, as one value that both outputs are made of:
 *   {"contexts": [{name, cluster, user, server, namespace, login, usable, problems, steps}],
 *    "terminal": {...}, "locale": {...}, "sources": [...], "fleet": {...}}
 * A problem is {text, file, line, column, hint, blocks}; a step {name, state, text, hint}. Strings
 * hold outside bytes and are cleaned where they are shown. Main thread.
 */
#ifndef LEEWAY_CLI_DOCTOR_H
#define LEEWAY_CLI_DOCTOR_H

#include "data/val.h"
#include "kube/access.h"
#include "kube/kubeconfig.h"

#include <stdbool.h>

enum doctor_state { DOCTOR_OK, DOCTOR_NOTE, DOCTOR_BAD, DOCTOR_SKIPPED };

struct doctor_finding {
    enum doctor_state state;
    char *text; /* owned */
    char *hint; /* owned or NULL */
};

/* One step of a cluster's connection. A step after a BAD one is skipped. Steps of a context run in
 * the order of the table and may keep what they found in *memory, which the table's owner frees. */
struct doctor_step {
    const char *name; /* "name", "TCP", "TLS", "certificate", "login", "/version"…; NULL ends */
    void (*run)(const struct kube_access *a, void **memory, struct doctor_finding *out);
};

struct doctor_options {
    const char *kubeconfig;      /* --kubeconfig, or NULL */
    const char *fleet_file;      /* or NULL */
    const char *const *contexts; /* patterns */
    size_t contexts_len;
    const struct doctor_step *steps; /* NULL: contact nothing */
    void (*forget)(void *memory);    /* frees what the steps of one context kept; or NULL */
};

/* The report lives in p. *bad: something there cannot be used as it is. */
const struct val *doctor_report(struct val_pool *p, const struct doctor_options *o, bool *bad);

#endif
