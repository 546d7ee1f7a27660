// SPDX-License-Identifier: Apache-2.0
#include "widget/tall.h"

#include "canvas/spoken.h"

static int lines_of(tall_height_fn *height, void *ctx, size_t row, bool first)
{
    struct tall t = height(ctx, row, first);
    return t.above + 1 + t.below;
}

/* Lines from row top to row last, both included. */
static int span(tall_height_fn *height, void *ctx, size_t top, size_t last)
{
    int n = 0;
    for (size_t i = top; i <= last; i++)
        n += lines_of(height, ctx, i, i == top);
    return n;
}

static void scroll(struct list *l, int rows, tall_height_fn *height, void *ctx)
{
    size_t last = l->uids.len - 1;
    if (l->top > last)
        l->top = last;
    if (l->cursor < l->top)
        l->top = l->cursor;
    else if (l->cursor - l->top > (size_t)rows)
        l->top = l->cursor - (size_t)rows;
    while (l->top < l->cursor && span(height, ctx, l->top, l->cursor) > rows)
        l->top++;
    /* no empty room at the end while there is something above */
    while (l->top > 0 && last - l->top < (size_t)rows &&
           span(height, ctx, l->top - 1, last) <= rows)
        l->top--;
}

void tall_draw(struct list *l, struct region r, tall_height_fn *height, tall_draw_fn *fn, void *ctx)
{
    l->page = 1;
    if (l->uids.len == 0 || r.rows < 1)
        return;
    scroll(l, r.rows, height, ctx);
    int y = 0;
    for (size_t at = l->top; at < l->uids.len && y < r.rows; at++) {
        struct tall t = height(ctx, at, at == l->top);
        struct list_row row = {at, l->uids.items[at], at == l->cursor,
                               list_marked(l, l->uids.items[at])};
        if (y + t.above >= r.rows)
            break; /* a head without its row says nothing */
        struct region whole = region_sub(r, y, 0, t.above + 1 + t.below, r.cols);
        fn(ctx, whole, &row, t.above);
        spoken_note_row(whole, t.above, l, row.uid);
        struct region line = region_sub(r, y + t.above, 0, 1, r.cols);
        list_draw_marks(l, line, &row);
        y += t.above + 1 + t.below;
        l->page = (int)(at - l->top) + 1;
    }
}
