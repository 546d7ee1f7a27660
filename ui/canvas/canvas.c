// SPDX-License-Identifier: Apache-2.0
/* The grid itself: cells, regions, reading back, differences. Drawing is in draw.c. */
#include "canvas/canvas_int.h"

#include "base/mem.h"

#include <string.h>

static const struct cell blank = {.s = " ", .len = 1, .width = 1};

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

struct canvas *canvas_new(int rows, int cols, enum face face)
{
    struct canvas *c = mem_new(struct canvas);
    arena_init(&c->arena);
    c->face = face;
    canvas_resize(c, rows, cols);
    return c;
}

void canvas_free(struct canvas *c)
{
    if (!c)
        return;
    arena_clear(&c->arena);
    spoken_free(c->spoken);
    mem_free(c->cells);
    mem_free(c);
}

void canvas_resize(struct canvas *c, int rows, int cols)
{
    if (c->spoken)
        return;
    rows = clamp(rows, 1, CANVAS_MAX_ROWS);
    cols = clamp(cols, 1, CANVAS_MAX_COLS);
    if (!c->cells || rows != c->rows || cols != c->cols) {
        mem_free(c->cells);
        c->cells = mem_calloc((size_t)rows * (size_t)cols, sizeof(*c->cells));
        c->rows = rows;
        c->cols = cols;
    }
    canvas_clear(c);
}

void canvas_clear(struct canvas *c)
{
    for (size_t i = 0; c->cells && i < (size_t)c->rows * (size_t)c->cols; i++)
        c->cells[i] = blank;
    if (c->spoken)
        spoken_clear(c->spoken);
    c->cursor_row = c->cursor_col = -1;
    arena_reset(&c->arena);
}

void canvas_set_face(struct canvas *c, enum face face)
{
    c->face = face;
}

int canvas_rows(const struct canvas *c)
{
    return c->rows;
}

int canvas_width(const struct canvas *c)
{
    return c->cols;
}

enum face canvas_face(const struct canvas *c)
{
    return c->face;
}

struct arena *canvas_arena(struct canvas *c)
{
    return &c->arena;
}

const struct cell *canvas_cell(const struct canvas *c, int row, int col)
{
    return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

struct cell *canvas_cell_at(struct canvas *c, int row, int col)
{
    return &c->cells[(size_t)row * (size_t)c->cols + (size_t)col];
}

void canvas_park(struct region r, int row, int col)
{
    if (row < 0 || row >= r.rows || col < 0 || col >= r.cols)
        return;
    r.canvas->cursor_row = r.row + row;
    r.canvas->cursor_col = r.col + col;
}

void canvas_unpark(struct canvas *c)
{
    c->cursor_row = c->cursor_col = -1;
}

void canvas_parked(const struct canvas *c, int *row, int *col)
{
    *row = c->cursor_row;
    *col = c->cursor_col;
}

struct region canvas_all(struct canvas *c)
{
    return (struct region){c, 0, 0, c->rows, c->cols};
}

struct region region_sub(struct region r, int row, int col, int rows, int cols)
{
    int top = clamp(row, 0, r.rows), left = clamp(col, 0, r.cols);
    int64_t bottom = (int64_t)row + (rows > 0 ? rows : 0),
            right = (int64_t)col + (cols > 0 ? cols : 0);
    int b = bottom > r.rows ? r.rows : (int)bottom, e = right > r.cols ? r.cols : (int)right;
    return (struct region){r.canvas, r.row + top, r.col + left, b > top ? b - top : 0,
                           e > left ? e - left : 0};
}

struct region region_centre(struct region r, int rows, int cols)
{
    int h = rows < r.rows ? rows : r.rows, w = cols < r.cols ? cols : r.cols;
    return region_sub(r, (r.rows - h) / 2, (r.cols - w) / 2, h, w);
}

int canvas_cols(const struct canvas *c, struct text t)
{
    return (int)face_cols(c->face, t);
}

struct text canvas_glyph(const struct canvas *c, enum glyph g)
{
    return face_glyph(c->face, g);
}

static bool is_blank(const struct cell *k)
{
    return k->len == 1 && k->s[0] == ' ';
}

int canvas_dump(const struct canvas *c, struct buf *out)
{
    for (int row = 0; row < c->rows; row++) {
        int end = c->cols;
        while (end > 0 && is_blank(canvas_cell(c, row, end - 1)))
            end--;
        for (int col = 0; col < end; col++) {
            const struct cell *k = canvas_cell(c, row, col);
            int r = buf_add(out, k->s, k->len);
            if (r)
                return r;
        }
        int r = buf_putc(out, '\n');
        if (r)
            return r;
    }
    return 0;
}

static bool same_look(const struct cell *x, const struct cell *y)
{
    return x->role == y->role && x->over == y->over;
}

int canvas_dump_roles(const struct canvas *c, struct buf *out)
{
    for (int row = 0; row < c->rows; row++) {
        for (int col = 0, end; col < c->cols; col = end) {
            const struct cell *k = canvas_cell(c, row, col);
            bool inked = false;
            for (end = col; end < c->cols && same_look(k, canvas_cell(c, row, end)); end++)
                inked |= !is_blank(canvas_cell(c, row, end));
            if (k->over == ROLE_TEXT && (k->role == ROLE_TEXT || !inked))
                continue;
            int r = buf_printf(out, "%d:%d-%d %s%s%s\n", row, col, end - 1,
                               role_name((enum role)k->role), k->over == ROLE_TEXT ? "" : "+",
                               k->over == ROLE_TEXT ? "" : role_name((enum role)k->over));
            if (r)
                return r;
        }
    }
    return 0;
}

static bool same_cell(const struct cell *x, const struct cell *y)
{
    return x->len == y->len && same_look(x, y) && memcmp(x->s, y->s, x->len) == 0;
}

int canvas_diff(const struct canvas *before, const struct canvas *now, canvas_run_fn *fn, void *ctx)
{
    bool all = !before || before->rows != now->rows || before->cols != now->cols;
    int cells = 0;
    for (int row = 0; row < now->rows; row++) {
        for (int col = 0; col < now->cols;) {
            if (!all && same_cell(canvas_cell(before, row, col), canvas_cell(now, row, col))) {
                col++;
                continue;
            }
            int start = col;
            while (start > 0 && canvas_cell(now, row, start)->len == 0)
                start--;
            do
                col++;
            while (col < now->cols &&
                   (all || canvas_cell(now, row, col)->len == 0 ||
                    !same_cell(canvas_cell(before, row, col), canvas_cell(now, row, col))));
            fn(ctx, row, start, col - start);
            cells += col - start;
        }
    }
    return cells;
}

void canvas_copy(struct canvas *to, const struct canvas *from)
{
    if (to->rows != from->rows || to->cols != from->cols)
        canvas_resize(to, from->rows, from->cols);
    memcpy(to->cells, from->cells, (size_t)from->rows * (size_t)from->cols * sizeof(*to->cells));
    to->face = from->face;
    to->cursor_row = from->cursor_row;
    to->cursor_col = from->cursor_col;
}
