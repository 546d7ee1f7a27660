// SPDX-License-Identifier: Apache-2.0
/*
 * Drawing into regions. Everything ends in put_cell, which keeps the grid whole: a wide character
 * always has both halves, and overwriting one half blanks the other.
 */
#include "canvas/canvas_int.h"

#include <string.h>

static void blank_cell(struct cell *k)
{
    k->s[0] = ' ';
    k->len = k->width = 1;
}

/* Before cells [col, col + width) are written: wide characters that stick out of them lose both
 * halves. */
static void split_wide(struct canvas *c, int row, int col, int width)
{
    if (col > 0 && canvas_cell(c, row, col)->len == 0)
        blank_cell(canvas_cell_at(c, row, col - 1));
    if (col + width < c->cols && canvas_cell(c, row, col + width)->len == 0)
        blank_cell(canvas_cell_at(c, row, col + width));
}

static void put_cell(struct region r, int row, int col, const char *s, uint32_t n, int width,
                     enum role role)
{
    struct canvas *c = r.canvas;
    int y = r.row + row, x = r.col + col;
    split_wide(c, y, x, width);
    struct cell *k = canvas_cell_at(c, y, x);
    if (n > CELL_BYTES) { /* cannot come from cleaned text */
        n = 1;
        s = "?";
    }
    memcpy(k->s, s, n);
    k->len = (uint8_t)n;
    k->width = (uint8_t)width;
    k->role = (uint8_t)role;
    k->over = ROLE_TEXT;
    if (width == 2) {
        struct cell *right = canvas_cell_at(c, y, x + 1);
        *right = *k;
        right->len = right->width = 0;
    }
}

int draw_text(struct region r, int row, int col, struct text t, enum role role)
{
    if (r.canvas->spoken)
        return spoken_put(r, row, col, t, role, -1);
    if (row < 0 || row >= r.rows)
        return 0;
    t = face_text(&r.canvas->arena, r.canvas->face, t);
    int at = col;
    for (uint32_t i = 0; i < t.len && at < r.cols;) {
        int w;
        uint32_t n = text_next_cell(t.str + i, t.len - i, 1, &w);
        if (w > 0 && at >= 0 && at + w <= r.cols)
            put_cell(r, row, at, t.str + i, n, w, role);
        else if (w == 2 && at + w > 0) { /* half of it would show */
            int only = at < 0 ? 0 : at;
            if (only < r.cols)
                put_cell(r, row, only, " ", 1, 1, role);
        }
        at += w;
        i += n;
    }
    int used = (at < r.cols ? at : r.cols) - col;
    return used > 0 ? used : 0;
}

int draw_cut(struct region r, int row, int col, int width, struct text t, enum role role,
             enum text_cut how)
{
    if (width <= 0)
        return 0;
    struct canvas *c = r.canvas;
    if (c->spoken)
        return spoken_put(r, row, col, t, role, -1);
    t = face_text(&c->arena, c->face, t);
    if (t.cols > (uint32_t)width)
        t = text_cut(&c->arena, t, (uint32_t)width, how, face_glyph(c->face, GLYPH_DOTS));
    return draw_text(r, row, col, t, role);
}

int draw_right(struct region r, int row, int end, int width, struct text t, enum role role)
{
    struct canvas *c = r.canvas;
    if (width <= 0)
        return 0;
    if (c->spoken)
        return spoken_put(r, row, end - (int)t.cols, t, role, -1);
    t = face_text(&c->arena, c->face, t);
    if (t.cols > (uint32_t)width)
        t = text_cut(&c->arena, t, (uint32_t)width, TEXT_CUT_END, face_glyph(c->face, GLYPH_DOTS));
    return draw_text(r, row, end - (int)t.cols, t, role);
}

int draw_glyph(struct region r, int row, int col, enum glyph g, enum role role)
{
    if (r.canvas->spoken)
        return spoken_put(r, row, col, face_glyph(FACE_UNICODE, g), role, g);
    return draw_text(r, row, col, face_glyph(r.canvas->face, g), role);
}

int draw_fill(struct region r, int row, int col, int cols, enum role role)
{
    if (r.canvas->spoken)
        return cols;
    struct region line = region_sub(r, row, col, 1, cols);
    for (int i = 0; line.rows > 0 && i < line.cols; i++)
        put_cell(line, 0, i, " ", 1, 1, role);
    return line.rows > 0 ? line.cols : 0;
}

static int repeat(struct region r, int row, int col, int cols, enum glyph g, enum role role)
{
    if (r.canvas->spoken)
        return cols > 0 ? cols : 0;
    struct text t = face_glyph(r.canvas->face, g);
    struct region line = region_sub(r, row, col, 1, cols);
    for (int i = 0; line.rows > 0 && i < line.cols; i++)
        put_cell(line, 0, i, t.str, t.len, 1, role);
    return line.rows > 0 ? line.cols : 0;
}

int draw_rule(struct region r, int row, int col, int cols)
{
    return repeat(r, row, col, cols, GLYPH_RULE, ROLE_RULE);
}

void draw_edge(struct region r, int row, int col, int rows)
{
    if (r.canvas->spoken)
        spoken_edge(r, row, col, rows);
    for (int i = 0; i < rows && !r.canvas->spoken; i++)
        draw_glyph(r, row + i, col, GLYPH_EDGE, ROLE_RULE);
}

void draw_section(struct region r, int row, struct text name, struct text right)
{
    int tail = right.len ? canvas_cols(r.canvas, right) + 1 : 0;
    int used = draw_cut(r, row, 1, r.cols - tail - 2, name, ROLE_HEAD, TEXT_CUT_END);
    int from = used + 2;
    draw_rule(r, row, from, r.cols - tail - from);
    if (tail)
        draw_right(r, row, r.cols, r.cols - from, right, ROLE_TEXT_DIM);
}

struct region draw_box(struct region r, struct text title, enum role role)
{
    if (r.canvas->spoken) {
        spoken_put(r, 0, 2, title, ROLE_HEAD, -1);
        return region_sub(r, 1, 1, r.rows - 2, r.cols - 2);
    }
    for (int row = 0; row < r.rows; row++)
        draw_fill(r, row, 0, r.cols, ROLE_DIALOG);
    int last = r.rows - 1, end = r.cols - 1;
    repeat(r, 0, 1, r.cols - 2, GLYPH_RULE, role);
    repeat(r, last, 1, r.cols - 2, GLYPH_RULE, role);
    for (int row = 1; row < last; row++) {
        draw_glyph(r, row, 0, GLYPH_EDGE, role);
        draw_glyph(r, row, end, GLYPH_EDGE, role);
    }
    draw_glyph(r, 0, 0, GLYPH_BOX_TL, role);
    draw_glyph(r, 0, end, GLYPH_BOX_TR, role);
    draw_glyph(r, last, 0, GLYPH_BOX_BL, role);
    draw_glyph(r, last, end, GLYPH_BOX_BR, role);
    if (title.len && r.cols > 6) {
        int used = draw_cut(r, 0, 2, r.cols - 4, title, role, TEXT_CUT_END);
        draw_fill(r, 0, 1, 1, role);
        draw_fill(r, 0, 2 + used, 1, role);
    }
    return region_sub(r, 1, 1, r.rows - 2, r.cols - 2);
}

int draw_bar(struct region r, int row, int col, int cols, int64_t done, int64_t total)
{
    int filled = 0;
    if (r.canvas->spoken)
        return spoken_put(r, row, col,
                          total > 0 ? text_fmt(&r.canvas->arena, "%d percent",
                                               (int)((double)done / (double)total * 100))
                                    : TEXT_NONE,
                          ROLE_BAR_DONE, -1);
    if (cols > 0 && total > 0 && done > 0)
        filled = done >= total ? cols : (int)((double)done / (double)total * cols);
    repeat(r, row, col, filled, GLYPH_BAR_DONE, ROLE_BAR_DONE);
    repeat(r, row, col + filled, cols - filled, GLYPH_RULE, ROLE_BAR_REST);
    return cols > 0 ? cols : 0;
}

int draw_wrapped(struct region r, int row, int col, int cols, int max, struct text t,
                 enum role role)
{
    struct canvas *c = r.canvas;
    if (cols <= 0 || max <= 0)
        return 0;
    if (c->spoken)
        return spoken_put(r, row, col, t, role, -1) > 0;
    struct text *lines = arena_array(&c->arena, (size_t)max, sizeof(*lines));
    size_t n = text_wrap(&c->arena, face_text(&c->arena, c->face, t), (uint32_t)cols, lines,
                         (size_t)max, face_glyph(c->face, GLYPH_DOTS));
    for (size_t i = 0; i < n; i++)
        draw_text(r, row + (int)i, col, lines[i], role);
    return (int)n;
}

void draw_over(struct region r, int row, int col, int cols, enum role over)
{
    struct region line = region_sub(r, row, col, 1, cols);
    for (int i = 0; !r.canvas->spoken && line.rows > 0 && i < line.cols; i++)
        canvas_cell_at(r.canvas, line.row, line.col + i)->over = (uint8_t)over;
}

void draw_role(struct region r, int row, int col, int cols, enum role role)
{
    struct region line = region_sub(r, row, col, 1, cols);
    for (int i = 0; !r.canvas->spoken && line.rows > 0 && i < line.cols; i++)
        canvas_cell_at(r.canvas, line.row, line.col + i)->role = (uint8_t)role;
}

void draw_dim(struct region r)
{
    for (int row = 0; row < r.rows && !r.canvas->spoken; row++) {
        draw_role(r, row, 0, r.cols, ROLE_TEXT_DIM);
        draw_over(r, row, 0, r.cols, ROLE_TEXT);
    }
}
