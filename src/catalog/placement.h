// SPDX-License-Identifier: Apache-2.0
/*
 * Where an environment goes: the clusters that it names or selects, of those that its blueprint,
 * its team and its modules allow; with a reason for each cluster, chosen or not. Pure, any thread.
 */
#ifndef LEEWAY_CATALOG_PLACEMENT_H
#define LEEWAY_CATALOG_PLACEMENT_H

#include "catalog/catalog.h"

struct placement_cluster {
    struct catalog_cluster cluster; /* borrowed */
    bool current;                   /* the environment is there already: stays before others come */
    /* answers */
    bool chosen;
    const char *why;     /* in the pool */
    const char *refused; /* why blueprint, team or modules do not allow it; NULL: they do */
};

struct placement_wish {
    const struct catalog *catalog;
    const struct catalog_composition *composition;
    const struct catalog_team *team; /* NULL: none */
    const struct val *placement;     /* of the environment: clusters, or selector and count */
};

/* Answers in *clusters. 0, or ERR_INVALID with *e when a cluster is named that cannot be had, or
 * nothing is chosen at all. */
int placement_choose(struct val_pool *pool, const struct placement_wish *wish,
                     struct placement_cluster *clusters, size_t n, struct err *e) ERR_CHECKED;

#endif
