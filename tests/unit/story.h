// SPDX-License-Identifier: Apache-2.0
/*
 * The fleet that the screens are drawn with: acme, 14 clusters, Tuesday 24 November 2026, 14:05 in
 * Berlin. For tests of views; borrowed texts, one snapshot with one reference for the caller.
 */
#ifndef LEEWAY_TESTS_STORY_H
#define LEEWAY_TESTS_STORY_H

#include "leeway/snapshot.h"

#define STORY_NOW_MS 1795525500000LL /* 2026-11-24T13:05:00Z */

struct leeway_snapshot *story_snapshot(void);
/* All 14 silent since 16:08, as at 16:20. */
struct leeway_snapshot *story_unreachable(void);
/* n generated clusters in eight regions, every `ill`-th not well (0: all are well). */
struct leeway_snapshot *story_large(size_t n, size_t ill);

#endif
