// SPDX-License-Identifier: Apache-2.0
/*
 * A text field over a list: what is typed leaves the rows that match it, the best first. Help,
 * palette, command line and every choice of one of many are this, each with rows of its own. UI
 * thread.
 */
#ifndef LEEWAY_UI_WIDGET_FINDER_H
#define LEEWAY_UI_WIDGET_FINDER_H

#include "base/vec.h"
#include "widget/input.h"
#include "widget/list.h"

struct finder {
    struct input input;
    struct list list;  /* uids: number of the row + 1 */
    VEC(size_t) shown; /* numbers of the rows that match, as they are listed */
    VEC(int) scores;   /* of all rows */
};

#define FINDER_NONE SIZE_MAX

/* Does row match? want may be empty. Higher scores come first; equal ones keep their order. */
typedef bool finder_match_fn(void *ctx, size_t row, struct text want, int *score);

void finder_init(struct finder *f);
void finder_clear(struct finder *f);
/* The rows anew, after they or the text changed; the cursor is on the first. */
void finder_update(struct finder *f, size_t n_rows, finder_match_fn *match, void *ctx);
/* The row under the cursor; FINDER_NONE: there is none. */
size_t finder_here(const struct finder *f);
size_t finder_row(const struct list_row *r); /* of a row that is drawn */

/* The field's line: mark, the text and beside it a hint (may be empty) of hint_cols cells. */
void finder_draw_field(struct finder *f, struct region line, const char *mark, struct text hint,
                       int hint_cols);
/* The rows; empty is said when none matches. The cursor stays in the field. */
void finder_draw_rows(struct finder *f, struct region r, list_draw_fn *draw, void *ctx,
                      struct text empty);

#endif
