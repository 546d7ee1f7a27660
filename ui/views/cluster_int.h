// SPDX-License-Identifier: Apache-2.0
/* The view of one cluster, for faces that read it line by line. */
#ifndef LEEWAY_UI_VIEWS_CLUSTER_INT_H
#define LEEWAY_UI_VIEWS_CLUSTER_INT_H

#include "leeway/leeway.h"
#include "views/cluster.h"
#include "views/cluster_rows.h"
#include "widget/browse.h"

struct cluster {
    struct view view;
    struct app *app;
    uint64_t id;
    struct text name; /* in arena: stays when the cluster goes */
    struct arena arena;
    struct leeway_snapshot *snapshot;  /* referenced */
    const struct leeway_cluster *here; /* of the snapshot; NULL: it is gone */
    size_t tab;
    struct cluster_rows rows;
    struct browse browse;
};

#endif
