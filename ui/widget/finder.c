// SPDX-License-Identifier: Apache-2.0
#include "widget/finder.h"

#include "base/mem.h"

#include <stdlib.h>

void finder_init(struct finder *f)
{
    *f = (struct finder){0};
    list_init(&f->list);
}

void finder_clear(struct finder *f)
{
    list_clear(&f->list);
    vec_clear(&f->shown);
    vec_clear(&f->scores);
}

static int by_score(const void *x, const void *y, void *ctx)
{
    const struct finder *f = ctx;
    size_t a = *(const size_t *)x, b = *(const size_t *)y;
    int order = f->scores.items[b] - f->scores.items[a];
    return order ? order : (a > b) - (a < b);
}

void finder_update(struct finder *f, size_t n_rows, finder_match_fn *match, void *ctx)
{
    struct arena a;
    arena_init(&a);
    struct text want = input_text(&f->input, &a);
    f->shown.len = f->scores.len = 0;
    for (size_t i = 0; i < n_rows; i++) {
        int score = 0;
        if (match(ctx, i, want, &score))
            vec_push(&f->shown, i);
        vec_push(&f->scores, score);
    }
    if (f->shown.len && want.len)
        qsort_r(f->shown.items, f->shown.len, sizeof(*f->shown.items), by_score, f);
    uint64_t *uids = mem_calloc(f->shown.len + 1, sizeof(*uids));
    for (size_t i = 0; i < f->shown.len; i++)
        uids[i] = f->shown.items[i] + 1;
    f->list.cursor_uid = 0;
    list_set(&f->list, uids, f->shown.len);
    list_go(&f->list, 0);
    mem_free(uids);
    arena_clear(&a);
}

size_t finder_here(const struct finder *f)
{
    uint64_t uid = list_uid(&f->list);
    return uid ? (size_t)uid - 1 : FINDER_NONE;
}

size_t finder_row(const struct list_row *r)
{
    return (size_t)r->uid - 1;
}

void finder_draw_field(struct finder *f, struct region line, const char *mark, struct text hint,
                       int hint_cols)
{
    int cols = line.cols - 1 - (hint.len ? hint_cols : 0);
    draw_text(line, 0, 0, text_cstr(canvas_arena(line.canvas), mark), ROLE_KEY);
    input_draw(&f->input, line, 0, 1, cols, true);
    if (hint.len)
        draw_cut(line, 0, cols + 2, hint_cols - 2, hint, ROLE_TEXT_DIM, TEXT_CUT_END);
}

void finder_draw_rows(struct finder *f, struct region r, list_draw_fn *draw, void *ctx,
                      struct text empty)
{
    int row, col;
    canvas_parked(r.canvas, &row, &col);
    list_draw(&f->list, r, draw, ctx);
    if (f->shown.len == 0)
        draw_text(r, 0, 2, empty, ROLE_TEXT_DIM);
    canvas_park(canvas_all(r.canvas), row, col);
}
