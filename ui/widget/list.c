// SPDX-License-Identifier: Apache-2.0
#include "widget/list.h"

#include "canvas/spoken.h"

#include <stdlib.h>
#include <string.h>

void list_init(struct list *l)
{
    memset(l, 0, sizeof(*l));
    l->page = 1;
}

void list_clear(struct list *l)
{
    vec_clear(&l->uids);
    vec_clear(&l->marks);
    list_init(l);
}

/* Place of uid among the marks, or where it would go. */
static size_t mark_place(const struct list *l, uint64_t uid)
{
    size_t lo = 0, hi = l->marks.len;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (l->marks.items[mid] < uid)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool list_marked(const struct list *l, uint64_t uid)
{
    size_t i = mark_place(l, uid);
    return i < l->marks.len && l->marks.items[i] == uid;
}

static void mark(struct list *l, uint64_t uid)
{
    size_t i = mark_place(l, uid);
    if (i < l->marks.len && l->marks.items[i] == uid)
        return;
    vec_push(&l->marks, uid);
    memmove(l->marks.items + i + 1, l->marks.items + i,
            (l->marks.len - 1 - i) * sizeof(*l->marks.items));
    l->marks.items[i] = uid;
}

static void unmark(struct list *l, uint64_t uid)
{
    size_t i = mark_place(l, uid);
    memmove(l->marks.items + i, l->marks.items + i + 1,
            (l->marks.len - 1 - i) * sizeof(*l->marks.items));
    l->marks.len--;
}

void list_unmark_all(struct list *l)
{
    l->marks.len = 0;
    l->range = false;
}

static bool find(const struct list *l, uint64_t uid, size_t *row)
{
    for (size_t i = 0; i < l->uids.len; i++) {
        if (l->uids.items[i] == uid) {
            *row = i;
            return true;
        }
    }
    return false;
}

bool list_pair(const struct list *l, size_t pair[2])
{
    size_t n = l->marks.len;
    if (n < 1 || n > 2 || !find(l, l->marks.items[0], &pair[0]) ||
        !(n == 2 ? find(l, l->marks.items[1], &pair[1]) : list_at(l, &pair[1])) ||
        pair[0] == pair[1])
        return false;
    if (pair[0] > pair[1]) {
        size_t upper = pair[1];
        pair[1] = pair[0];
        pair[0] = upper;
    }
    return true;
}

static int compare_uids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void drop_lost_marks(struct list *l)
{
    if (l->marks.len == 0)
        return;
    size_t n = l->uids.len, kept = 0;
    uint64_t *sorted = mem_calloc(n + 1, sizeof(*sorted));
    if (n)
        memcpy(sorted, l->uids.items, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_uids);
    for (size_t i = 0; i < l->marks.len; i++)
        if (bsearch(&l->marks.items[i], sorted, n, sizeof(*sorted), compare_uids))
            l->marks.items[kept++] = l->marks.items[i];
    l->marks.len = kept;
    mem_free(sorted);
}

void list_set(struct list *l, const uint64_t *uids, size_t n)
{
    l->uids.len = 0;
    for (size_t i = 0; i < n; i++)
        vec_push(&l->uids, uids[i]);
    size_t row, was = l->cursor;
    if (!l->cursor_uid || !find(l, l->cursor_uid, &row))
        row = was;
    /* what is in view moves with the cursor, so that the row stays where the eye is */
    size_t above = was >= l->top ? was - l->top : 0;
    list_go(l, row);
    l->top = l->cursor >= above ? l->cursor - above : 0;
    drop_lost_marks(l);
}

bool list_at(const struct list *l, size_t *row)
{
    *row = l->cursor;
    return l->uids.len > 0;
}

uint64_t list_uid(const struct list *l)
{
    return l->uids.len ? l->uids.items[l->cursor] : 0;
}

void list_go(struct list *l, size_t row)
{
    l->cursor = l->uids.len == 0 ? 0 : row < l->uids.len ? row : l->uids.len - 1;
    l->cursor_uid = list_uid(l);
}

bool list_go_uid(struct list *l, uint64_t uid)
{
    size_t row;
    if (!find(l, uid, &row))
        return false;
    list_go(l, row);
    return true;
}

bool list_seek(struct list *l, int step, list_test_fn *test, void *ctx)
{
    for (size_t i = l->cursor;;) {
        if (step > 0 ? i + 1 >= l->uids.len : i == 0)
            return false;
        i = step > 0 ? i + 1 : i - 1;
        if (test(ctx, i)) {
            list_go(l, i);
            return true;
        }
    }
}

static void move_by(struct list *l, long by)
{
    long to = (long)l->cursor + by;
    list_go(l, to < 0 ? 0 : (size_t)to);
}

static void mark_range(struct list *l)
{
    size_t from;
    if (!l->range || !find(l, l->anchor_uid, &from))
        return;
    size_t to = l->cursor;
    for (size_t i = from < to ? from : to; i <= (from < to ? to : from); i++)
        mark(l, l->uids.items[i]);
}

void list_extend(struct list *l)
{
    mark_range(l);
}

static bool move(struct list *l, enum command c)
{
    long page = l->page > 1 ? l->page - 1 : 1, half = l->page > 1 ? l->page / 2 : 1;
    switch (c) {
    case CMD_UP:
        move_by(l, -1);
        return true;
    case CMD_DOWN:
        move_by(l, 1);
        return true;
    case CMD_PAGE_UP:
        move_by(l, -page);
        return true;
    case CMD_PAGE_DOWN:
        move_by(l, page);
        return true;
    case CMD_HALF_UP:
        move_by(l, -half);
        return true;
    case CMD_HALF_DOWN:
        move_by(l, half);
        return true;
    case CMD_TOP:
        list_go(l, 0);
        return true;
    case CMD_BOTTOM:
        list_go(l, l->uids.len);
        return true;
    default:
        return false;
    }
}

unsigned list_command(struct list *l, enum command c)
{
    size_t before = l->cursor;
    if (move(l, c)) {
        mark_range(l);
        return l->cursor == before ? VIEW_DONE : VIEW_REDRAW;
    }
    uint64_t uid = list_uid(l);
    if (c == CMD_MARK && uid) {
        if (list_marked(l, uid))
            unmark(l, uid);
        else
            mark(l, uid);
        l->range = false;
        move_by(l, 1);
        return VIEW_REDRAW;
    }
    if (c == CMD_RANGE && uid) {
        l->range = !l->range;
        l->anchor_uid = uid;
        mark_range(l);
        return VIEW_REDRAW;
    }
    return 0;
}

unsigned list_mouse(struct list *l, const struct event *ev, int first_row)
{
    size_t before = l->cursor;
    if (ev->mouse.kind == MOUSE_WHEEL_UP || ev->mouse.kind == MOUSE_WHEEL_DOWN) {
        move_by(l, ev->mouse.kind == MOUSE_WHEEL_UP ? -3 : 3);
        return l->cursor == before ? VIEW_DONE : VIEW_REDRAW;
    }
    int row = ev->mouse.row - first_row;
    if (ev->mouse.kind != MOUSE_PRESS || row < 0 || row >= l->page ||
        l->top + (size_t)row >= l->uids.len)
        return 0;
    list_go(l, l->top + (size_t)row);
    return VIEW_REDRAW;
}

static void scroll(struct list *l, int rows)
{
    size_t page = rows > 0 ? (size_t)rows : 1;
    l->page = (int)page;
    if (l->cursor < l->top)
        l->top = l->cursor;
    if (l->cursor >= l->top + page)
        l->top = l->cursor - page + 1;
    if (l->top + page > l->uids.len)
        l->top = l->uids.len > page ? l->uids.len - page : 0;
}

void list_draw_marks(const struct list *l, struct region line, const struct list_row *row)
{
    if (row->marked)
        draw_glyph(line, 0, 1, GLYPH_MARK, ROLE_MARK);
    if (!row->cursor || l->light == LIST_QUIET || canvas_is_spoken(line.canvas))
        return;
    draw_glyph(line, 0, 0, GLYPH_CURSOR, ROLE_TEXT);
    if (l->light == LIST_BESIDE)
        return;
    draw_over(line, 0, 0, line.cols, ROLE_CURSOR);
    canvas_park(line, 0, 0);
}

void list_draw(struct list *l, struct region r, list_draw_fn *fn, void *ctx)
{
    scroll(l, r.rows);
    for (int i = 0; i < r.rows && l->top + (size_t)i < l->uids.len; i++) {
        size_t at = l->top + (size_t)i;
        struct list_row row = {at, l->uids.items[at], at == l->cursor,
                               list_marked(l, l->uids.items[at])};
        struct region line = region_sub(r, i, 0, 1, r.cols);
        fn(ctx, line, &row);
        spoken_note_row(line, 0, l, row.uid);
        list_draw_marks(l, line, &row);
    }
}
