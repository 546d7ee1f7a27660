// SPDX-License-Identifier: Apache-2.0
/*
 * The schemas of our own kinds. Their text is src/catalog/kinds, carried in the program.
 */
#ifndef LEEWAY_CATALOG_KINDS_H
#define LEEWAY_CATALOG_KINDS_H

#include "schema/validate.h"

#define CATALOG_API_VERSION "leeway.dev/v1alpha1"

struct catalog_kind_text {
    const char *kind; /* "Module"; NULL ends the table */
    const char *yaml;
};
extern const struct catalog_kind_text catalog_kind_texts[];

struct catalog_kind {
    const char *name;
    const struct schema *schema;
    struct schema_validator *validator;
};

/* All kinds, read once. Immutable; any thread. */
struct catalog_kinds;
struct catalog_kinds *catalog_kinds_new(void); /* owned; never NULL */
void catalog_kinds_free(struct catalog_kinds *k);
const struct catalog_kind *catalog_kind(const struct catalog_kinds *k,
                                        const char *name); /* or NULL */
/* In the order of their names; NULL beyond the last. */
const struct catalog_kind *catalog_kind_at(const struct catalog_kinds *k, size_t i);

/* A kind's schema as editors take it (JSON Schema, draft 7): unknown keys refused, without what is
 * not supported yet. In p. */
const struct val *catalog_kind_for_editors(const struct catalog_kind *k, struct val_pool *p);

#endif
