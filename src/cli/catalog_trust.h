// SPDX-License-Identifier: Apache-2.0
/* What the fleet says about approvals, for verbs that use a catalog without an engine. */
#ifndef LEEWAY_CLI_CATALOG_TRUST_H
#define LEEWAY_CLI_CATALOG_TRUST_H

#include "catalog/trust.h"
#include "cli/catalog_job.h"
#include "engine/fleet/fleet_file.h"

struct catalog_trust {
    struct catalog_job *j;
    struct fleet_file fleet;
    char *signers; /* or NULL */
    struct trust_pins pins;
    struct approval_pins lookup;
    struct approval_trust rule;
};

/* By leeway.yaml of the catalog's folder, and --signers and --required. An exit status; close it in
 * any case. */
int catalog_trust_open(struct catalog_trust *t, struct catalog_job *j);
void catalog_trust_close(struct catalog_trust *t);
/* The store that remembers what was accepted: --store, what the fleet's file names, or the usual
 * one. Clear *out in any case. */
int catalog_trust_store(const struct catalog_trust *t, struct buf *out, struct err *e) ERR_CHECKED;
/* No store, no pins. One that cannot be read is an error: nothing is trusted by mistake. */
int catalog_trust_read_pins(struct catalog_trust *t, struct err *e) ERR_CHECKED;
/* 0, or why the blueprint may not be used and what to do. */
int catalog_trust_check(struct catalog_job *j, const struct catalog_blueprint *b,
                        struct err *e) ERR_CHECKED;

#endif
