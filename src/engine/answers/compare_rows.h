// SPDX-License-Identifier: Apache-2.0
/*
 * What differs between two sets of given objects, target by target, as rows folded over clusters by
 * (object, path, a, b). Pure: plans that were loaded and an arena; any thread, one at a time.
 */
#ifndef LEEWAY_ENGINE_COMPARE_ROWS_H
#define LEEWAY_ENGINE_COMPARE_ROWS_H

#include "base/hash.h"
#include "engine/plan/plan_int.h"
#include "leeway/compare.h"

/* All that one side was given. */
struct compare_side {
    struct plan *plan; /* its pool takes the words of values */
    const char *environment, *namespace_;
    bool newer; /* the later release of one environment: what it replaced is said */
};

struct compare_rows {
    struct arena arena;
    VEC(struct leeway_compare_row) rows;
    struct strmap folds; /* to the row's index + 1 */
    bool more;
    plan_hmac_fn *hmac;
    void *ctx;
};

void compare_rows_init(struct compare_rows *r, plan_hmac_fn *hmac, void *ctx);
void compare_rows_clear(struct compare_rows *r);
/* Where the row is, for `cluster`. */
struct compare_place {
    const char *cluster;
    uint64_t cluster_id;
};
/* The objects of a target of a (NULL: none) against those of one of b. Objects of two environments
 * are the same when their names differ by the environment's name alone, and values that differ by
 * it alone are no difference. 0 or ERR_LIMIT. */
int compare_targets(struct compare_rows *r, const struct compare_side *a,
                    const struct plan_target *at, const struct compare_side *b,
                    const struct plan_target *bt, struct compare_place where,
                    struct err *e) ERR_CHECKED;
/* One difference; texts are copied when it is the first like it. */
void compare_put(struct compare_rows *r, const struct leeway_compare_row *row);
/* In the order in which they are read. */
void compare_rows_sort(struct compare_rows *r);

#endif
