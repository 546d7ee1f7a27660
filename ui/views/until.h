// SPDX-License-Identifier: Apache-2.0
/* Ends as people type them, and how much is left until then. UI thread. */
#ifndef LEEWAY_UI_VIEWS_UNTIL_H
#define LEEWAY_UI_VIEWS_UNTIL_H

#include "base/text.h"
#include "base/zone.h"

#define UNTIL_EXAMPLES "3d, fri 12:00 or a date"

/* "3d", "12h", "2w", "2026-11-27", "2026-11-27 12:00", "fri", "fri 12:00" as wall milliseconds; 0:
 * not understood. Days without an hour end at their end. */
int64_t until_read(struct text typed, const struct zone *z, int64_t now_ms);
struct text until_left(struct arena *a, int64_t ms); /* "2 d 21 h", "3 h 10 min" */
/* "27 Nov 12:00, in 2 d 21 h": what was understood; of what is over or was not, examples. */
struct text until_words(struct arena *a, const struct zone *z, int64_t end_ms, int64_t now_ms);

#endif
