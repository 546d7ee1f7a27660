// SPDX-License-Identifier: Apache-2.0
/*
 * A cluster as expressions see it, and the profiles that say what it offers. Plain data; any
 * thread.
 */
#ifndef LEEWAY_CATALOG_CLUSTER_H
#define LEEWAY_CATALOG_CLUSTER_H

#include "catalog/expr.h"

struct catalog_cluster { /* borrowed by whoever is given one */
    const char *name;
    const char *distribution, *version, *region, *provider; /* "" when not known */
    const struct val *labels, *facts;                       /* maps of strings, or NULL */
    const struct val *apis; /* list of "GROUP/VERSION/KIND", the core group "VERSION/KIND"; NULL:
                               not known */
};

struct catalog_profile {
    const struct catalog_file *file;
    const struct val *doc;
    const char *name;
    const struct catalog_expr *when; /* NULL: always */
    const struct val *values;        /* a map */
    struct catalog_scope scope;
    struct catalog_exprs exprs;
    bool broken;
};

struct catalog_profile *profile_read(const struct val *doc, const struct catalog_file *file,
                                     struct val_pool *pool, struct catalog_problems *problems);
void profile_free(struct catalog_profile *p);

/* The value of `cluster` for expressions: with the values of all matching profiles merged in the
 * order given (by name; later wins, maps merge, lists replace). It points into cl and the profiles.
 * matched, if not NULL, gets a flag for each profile. NULL and *e when a profile's condition fails
 * on this cluster. */
const struct val *catalog_cluster_value(struct val_pool *pool, const struct catalog_cluster *cl,
                                        const struct catalog_profile *const *profiles, size_t n,
                                        bool *matched, struct err *e);
/* Maps merged, b over a. */
const struct val *catalog_merge(struct val_pool *pool, const struct val *a, const struct val *b);

/* Every label of want is there with that value. NULL wants nothing. */
bool catalog_labels_match(const struct val *have, const struct val *want);

#endif
