// SPDX-License-Identifier: Apache-2.0
/* One object on one cluster: its fields as wanted, given and live, and who owns them. UI thread. */
#ifndef LEEWAY_UI_VIEWS_DRIFT_DETAIL_H
#define LEEWAY_UI_VIEWS_DRIFT_DETAIL_H

#include "app/app.h"
#include "leeway/snapshot.h"

/* Shows what the snapshot knows at once and asks the cluster for the object. The cursor begins on
 * the field of d, whose texts are copied. */
struct view *drift_detail_new(struct app *a, const struct leeway_drift *d);
/* What can be copied of a difference; words: what a list says of it. */
void drift_copy(struct app *a, struct view *owner, const struct leeway_drift *x, struct text words);

#endif
