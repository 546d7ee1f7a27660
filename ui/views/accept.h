// SPDX-License-Identifier: Apache-2.0
/*
 * The two dialogs that answer a difference without reverting it: accept it for a while, or hand the
 * field over. The first makes a record, the second a plan. UI thread.
 */
#ifndef LEEWAY_UI_VIEWS_ACCEPT_H
#define LEEWAY_UI_VIEWS_ACCEPT_H

#include "app/app.h"
#include "leeway/snapshot.h"

/* ids: of the difference and those that are folded with it; d: the one to speak of. */
void accept_ask(struct app *a, struct view *owner, const struct leeway_drift *d,
                const uint64_t *ids, size_t n);
void hand_over_ask(struct app *a, struct view *owner, const struct leeway_drift *d,
                   const uint64_t *ids, size_t n);

#endif
