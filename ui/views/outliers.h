// SPDX-License-Identifier: Apache-2.0
/*
 * Which cluster is not like its class: facts of clusters and live values of managed objects, where
 * most members of a class have one and few another. A class is a value of a label. Made of a
 * snapshot, which must outlive it. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_OUTLIERS_H
#define LEEWAY_UI_VIEWS_OUTLIERS_H

#include "base/vec.h"
#include "leeway/snapshot.h"

struct outlier {
    struct text cls;                  /* "tier=dev": of its section */
    size_t members;                   /* of the class */
    struct text what, most, here;     /* "Kubernetes version", "1.36", "1.35" */
    size_t have, of;                  /* "2 of 3" have what most have */
    struct text where;                /* the cluster */
    struct text note;                 /* instead of all that: why the class names none */
    const struct leeway_drift *drift; /* NULL: a fact */
    uint64_t cluster_id, uid;
};

struct outliers {
    struct arena arena;
    VEC(struct outlier) rows; /* by class, differences before facts */
    size_t count;             /* without the notes */
    VEC(struct text) labels;  /* that clusters have */
    struct text label;        /* the one in use; empty: the fleet is one class */
};

void outliers_init(struct outliers *o);
void outliers_clear(struct outliers *o);
/* label NULL: the one in use, at first "tier" or the first there is. */
void outliers_set(struct outliers *o, const struct leeway_snapshot *s, const char *label);

#endif
