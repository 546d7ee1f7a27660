// SPDX-License-Identifier: Apache-2.0
/* Tables of kinds for tests and benchmarks of views. */
#ifndef LEEWAY_TESTS_STORY_TABLE_H
#define LEEWAY_TESTS_STORY_TABLE_H

#include "leeway/leeway.h"

/* Deployments of the story's fleet; edge-fra-2 is not listed, dev-ap-1 has more than the limit. */
struct leeway_look *story_deployments(uint64_t id);
/* The same look after somebody scaled payments-dev-web on dev-eu-1 and one more came. */
struct leeway_look *story_deployments_later(const struct leeway_look *before);
/* Pods: n rows over `clusters` clusters, one in ten unwell. */
struct leeway_look *story_pods(uint64_t id, size_t n, size_t clusters);
/* The same, in which one row of `every` changed, others in each round. */
struct leeway_look *story_pods_next(const struct leeway_look *before, size_t round, size_t every);
/* Any pods in any rows: pods[i] says which object is in row i, restarts[i] what changes of it. Rows
 * that are as in before (NULL: none) are shared with it. */
struct leeway_look *story_pods_in(uint64_t id, const struct leeway_look *before, const size_t *pods,
                                  const size_t *restarts, size_t n);

#endif
