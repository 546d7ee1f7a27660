// SPDX-License-Identifier: Apache-2.0
/*
 * What `p` means on clusters: a plan of what is pending for an environment that is on them. With
 * several environments there the person chooses one. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_PLAN_HERE_H
#define LEEWAY_UI_VIEWS_PLAN_HERE_H

#include "app/app.h"
#include "leeway/snapshot.h"

/* NULL: there is something to plan on these clusters. */
const char *plan_here_why_not(const struct leeway_snapshot *s, const uint64_t *clusters, size_t n);
/* where: the clusters in words, for the title of the choice. */
void plan_here(struct app *a, struct view *owner, struct text where, const uint64_t *clusters,
               size_t n);

#endif
