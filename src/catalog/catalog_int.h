// SPDX-License-Identifier: Apache-2.0
/* What the files that read and link a catalog share. */
#ifndef LEEWAY_CATALOG_INT_H
#define LEEWAY_CATALOG_INT_H

#include "catalog/catalog.h"

struct catalog_at { /* where a document lies */
    const char *folder;
    const char *name, *version; /* that its place gives it; NULL: none */
};

/* Adds a document to the catalog. What is wrong is said; it is kept, marked broken. */
struct catalog_reader {
    const char *kind;
    void (*read)(struct catalog *c, const struct document *d, struct document_file *f,
                 const struct catalog_at *at, struct catalog_problems *problems);
};
extern const struct catalog_reader catalog_read_module, catalog_read_blueprint,
    catalog_read_profile, catalog_read_team;

/* How much there is, to take back what one file added. */
struct catalog_mark {
    size_t modules, blueprints, profiles, teams;
};
struct catalog_mark catalog_mark(const struct catalog *c);
void catalog_back_to(struct catalog *c, struct catalog_mark m);

/* link.c: sorts, chooses versions, composes every blueprint, checks what crosses documents. */
void catalog_link(struct catalog *c, struct catalog_problems *problems);

/* condition.c: conditions that can never hold; of modules and profiles, of a blueprint. */
void catalog_check_conditions(struct catalog *c, struct catalog_problems *problems);
void catalog_check_composition(const struct catalog *c, const struct catalog_composition *comp,
                               struct catalog_problems *problems);

#endif
