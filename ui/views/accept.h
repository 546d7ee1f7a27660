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
/* "3d", "12h", "2w", "2026-11-27", "2026-11-27 12:00", "fri", "fri 12:00" as wall milliseconds; 0:
 * not understood. Days without an hour end at their end. */
int64_t accept_read_end(struct text typed, const struct zone *z, int64_t now_ms);

#endif
