// SPDX-License-Identifier: Apache-2.0
/*
 * What of a catalog may be used: approvals (approval.h) asked about what was loaded. A blueprint is
 * judged with the modules that its composition chose, and what was read is held against what was
 * judged; the policy is the catalog's guardrails and profiles. Blocks on files and on ssh-keygen;
 * any thread.
 */
#ifndef LEEWAY_CATALOG_TRUST_H
#define LEEWAY_CATALOG_TRUST_H

#include "base/vec.h"
#include "catalog/approval.h"
#include "catalog/catalog.h"

#define TRUST_POLICY "policy"

struct trust_items {
    struct approval_item *items; /* strings are the catalog's */
    size_t len, cap;
};
void trust_items_clear(struct trust_items *t);

/* What a blueprint of a loaded catalog is made of: its file, and each module as it was chosen. 0;
 * ERR_INVALID when it has problems, or lies where approvals do not look for it. */
int trust_items_of(const struct catalog *c, const struct catalog_blueprint *b,
                   struct trust_items *out, struct err *e) ERR_CHECKED;
/* Of the policy. */
void trust_policy_items(struct trust_items *out);

/* approval_judge over what the composition is made of; what was loaded and is not what was judged
 * makes it ALTERED. Clear *out in any case. */
int trust_judge_blueprint(const struct catalog *c, const struct catalog_blueprint *b,
                          const struct approval_trust *trust, struct approval *out,
                          struct err *e) ERR_CHECKED;
/* folder: of the catalog. One without guardrails, profiles and a lock asks nobody. */
int trust_judge_policy(const char *folder, const struct approval_trust *trust, struct approval *out,
                       struct err *e) ERR_CHECKED;

/* ---- what was seen first ---- */

struct trust_pins {
    VEC(struct trust_pin {
        char *key; /* "module web 1.0.0" */
        struct digest digest;
    })
    all;
};
void trust_pins_clear(struct trust_pins *p);
/* The last one of a name counts. */
void trust_pins_add(struct trust_pins *p, const char *kind, const char *name, const char *version,
                    const struct digest *d);
/* For approval_trust.pins; borrows p. */
struct approval_pins trust_pins_lookup(struct trust_pins *p);

#endif
