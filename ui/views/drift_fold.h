// SPDX-License-Identifier: Apache-2.0
/*
 * Differences of a fleet folded: one row is one distinct difference, whatever the number of its
 * clusters. Sorted by who must act, then the newest first. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_DRIFT_FOLD_H
#define LEEWAY_UI_VIEWS_DRIFT_FOLD_H

#include "base/vec.h"
#include "leeway/snapshot.h"

enum drift_group { /* sections of the list, in their order */
                   DRIFT_UNEXPECTED,
                   DRIFT_UNKNOWN,
                   DRIFT_CHECKING, /* seen, and not counted before it was checked */
                   DRIFT_ACCEPTED,
                   DRIFT_ALLOWED,
                   DRIFT_GROUP_COUNT
};

struct drift_fold {
    uint64_t uid; /* not 0; stays with the difference and its group */
    uint64_t key; /* stays with the difference */
    enum drift_group group;
    size_t first, n; /* into rows */
    int64_t since_ms;
};

struct drift_folds {
    struct leeway_snapshot *snapshot;      /* referenced; NULL: none yet */
    VEC(const struct leeway_drift *) rows; /* by fold, then by cluster */
    VEC(struct drift_fold) folds;          /* what passes the filter */
    size_t total;                          /* folds before the filter */
    size_t counts[DRIFT_GROUP_COUNT];      /* folds that pass, by group */
};

void drift_folds_clear(struct drift_folds *f);
/* Folds the snapshot; filter: words that must all be found in a row's names, or "" for all. A word
 * "state:unknown" means a verdict, "cluster:x", "env:x" and "kind:x" parts of those names. */
void drift_folds_set(struct drift_folds *f, struct leeway_snapshot *s, const char *filter);
enum drift_group drift_group_of(const struct leeway_drift *d);
const char *drift_group_words(enum drift_group g);
enum leeway_state drift_group_state(enum drift_group g);
/* The live value over all clusters of a fold: "6", "4 to 9", "3 values". */
struct text drift_fold_live(struct arena *a, const struct drift_folds *f,
                            const struct drift_fold *fold);

#endif
