// SPDX-License-Identifier: Apache-2.0
/*
 * Lists whose rows take several lines: a section's head above a row, a second line below it. Keys,
 * cursor and marks are the list's; only drawing differs. UI thread.
 */
#ifndef LEEWAY_UI_WIDGET_TALL_H
#define LEEWAY_UI_WIDGET_TALL_H

#include "widget/list.h"

struct tall {
    int above, below; /* lines beside the row's own */
};

/* How tall a row is; the first in view may leave out a blank line above. */
typedef struct tall tall_height_fn(void *ctx, size_t row, bool first);
/* r is all lines of the row, clipped at the end of the list's region; line `above` is its own.
 * Columns 0 and 1 of that are drawn by the list. */
typedef void tall_draw_fn(void *ctx, struct region r, const struct list_row *row, int above);

void tall_draw(struct list *l, struct region r, tall_height_fn *height, tall_draw_fn *fn,
               void *ctx);

#endif
