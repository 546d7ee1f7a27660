// SPDX-License-Identifier: Apache-2.0
/*
 * What somebody may have meant: the name nearest to a mistyped one, by edits (insert, drop, change,
 * swap of neighbours; upper and lower case count half). Names longer than NEAR_MAX are near to
 * nothing. Any thread.
 */
#ifndef LEEWAY_BASE_NEAR_H
#define LEEWAY_BASE_NEAR_H

#include <stddef.h>

#define NEAR_MAX 48u

struct near {
    const char *typed; /* borrowed */
    size_t len;
    unsigned distance; /* in half edits; what is not below is not near */
    const char *best;  /* borrowed from the caller; NULL: nothing is near */
    size_t best_len;
};

void near_begin(struct near *n, const char *typed, size_t len);
void near_try(struct near *n, const char *name, size_t len);

#endif
