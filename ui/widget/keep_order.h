// SPDX-License-Identifier: Apache-2.0
/*
 * Rows that are new while somebody reads: those that were there keep the order among themselves,
 * and what is new comes after all that sorts before it. Pure.
 */
#ifndef LEEWAY_UI_WIDGET_KEEP_ORDER_H
#define LEEWAY_UI_WIDGET_KEEP_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* uids and rows (n of size bytes each, in the same order) are as sorting has them, old is what was
 * shown; both of distinct uids. Rearranges the two. */
void keep_order(const uint64_t *old, size_t n_old, uint64_t *uids, void *rows, size_t size,
                size_t n);

#endif
