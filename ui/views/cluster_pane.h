// SPDX-License-Identifier: Apache-2.0
/* One cluster in a pane beside a list: from what is watched anyway. UI thread. */
#ifndef LEEWAY_UI_VIEWS_CLUSTER_PANE_H
#define LEEWAY_UI_VIEWS_CLUSTER_PANE_H

#include "app/app.h"
#include "leeway/snapshot.h"

/* whole: with who it is and what is wrong; otherwise what runs there and what differs. */
void cluster_pane_draw(struct app *a, const struct leeway_snapshot *s,
                       const struct leeway_cluster *c, struct region r, bool whole);

#endif
