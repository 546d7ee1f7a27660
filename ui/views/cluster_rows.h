// SPDX-License-Identifier: Apache-2.0
/*
 * The tabs of a cluster as tables: columns by name and width, rows of texts made from a snapshot.
 * UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_CLUSTER_ROWS_H
#define LEEWAY_UI_VIEWS_CLUSTER_ROWS_H

#include "base/vec.h"
#include "base/zone.h"
#include "leeway/snapshot.h"

enum cluster_tab {
    CLUSTER_CONDITIONS,
    CLUSTER_NODES,
    CLUSTER_VERSIONS,
    CLUSTER_ENVIRONMENTS,
    CLUSTER_CERTIFICATES,
    CLUSTER_APIS,
    CLUSTER_TAB_COUNT,
};

#define CLUSTER_COLUMNS 6

struct cluster_column {
    const char *head; /* NULL ends */
    int width;        /* 0: the rest of the row */
    bool right;
    int from; /* only when the screen has this many columns */
};

struct cluster_row {
    uint64_t uid;
    enum leeway_state state;
    bool stateless; /* a fact, no state: nothing is drawn in the column of shapes */
    struct text cell[CLUSTER_COLUMNS];
    struct text words; /* in full, for the rows below the list */
};

struct cluster_rows {
    struct arena arena;
    VEC(struct cluster_row) rows;
};

const struct cluster_column *cluster_columns(enum cluster_tab t);
void cluster_rows_init(struct cluster_rows *r);
void cluster_rows_clear(struct cluster_rows *r);
/* c belongs to s. */
void cluster_rows_fill(struct cluster_rows *r, enum cluster_tab t, const struct leeway_snapshot *s,
                       const struct leeway_cluster *c, const struct zone *z, int64_t now_ms);
/* "nodes 5/6" */
struct text cluster_tab_name(struct arena *a, enum cluster_tab t, const struct leeway_snapshot *s,
                             const struct leeway_cluster *c);
/* Targets on the cluster, one after the other; *at starts at 0. NULL at the end. */
struct cluster_targets {
    size_t environment, target;
};
const struct leeway_target *cluster_next_target(const struct leeway_snapshot *s, uint64_t id,
                                                struct cluster_targets *at);

#endif
