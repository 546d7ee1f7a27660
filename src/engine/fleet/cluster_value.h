// SPDX-License-Identifier: Apache-2.0
/*
 * A cluster as expressions see it: what is known of it, with what its profiles offer. Values live
 * in the pool that is given; any thread that may read what is passed.
 */
#ifndef LEEWAY_ENGINE_CLUSTER_VALUE_H
#define LEEWAY_ENGINE_CLUSTER_VALUE_H

#include "catalog/cluster.h"
#include "engine/fleet/selector.h"

struct cluster;
struct kube_discovery;

/* A map of strings. */
const struct val *labels_as_value(struct val_pool *p, const struct labels *l);
/* "GROUP/VERSION/KIND"…; NULL: not known. */
const struct val *apis_as_value(struct val_pool *p, const struct kube_discovery *d);
/* All but the APIs, copied. Engine thread. */
void cluster_describe(struct val_pool *p, const struct cluster *c, struct catalog_cluster *out);

#endif
