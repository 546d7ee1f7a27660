// SPDX-License-Identifier: Apache-2.0
#include "canvas/spoken.h"

#include "canvas/canvas_int.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>

struct spoken_edge {
    int col, row, rows;
};

struct spoken {
    VEC(struct spoken_piece) pieces;
    VEC(struct spoken_row) rows;
    VEC(struct spoken_edge) edges;
};

struct canvas *canvas_new_spoken(void)
{
    struct canvas *c = mem_new(struct canvas);
    arena_init(&c->arena);
    c->face = FACE_UNICODE;
    c->rows = SPOKEN_ROWS;
    c->cols = SPOKEN_COLS;
    c->spoken = mem_new(struct spoken);
    return c;
}

bool canvas_is_spoken(const struct canvas *c)
{
    return c->spoken != NULL;
}

void spoken_free(struct spoken *s)
{
    if (!s)
        return;
    vec_clear(&s->pieces);
    vec_clear(&s->rows);
    vec_clear(&s->edges);
    mem_free(s);
}

void spoken_clear(struct spoken *s)
{
    s->pieces.len = s->rows.len = s->edges.len = 0;
}

int spoken_put(struct region r, int row, int col, struct text t, enum role role, int glyph)
{
    struct spoken *s = r.canvas->spoken;
    if (row < 0 || row >= r.rows || !t.len)
        return 0;
    vec_push(&s->pieces, (struct spoken_piece){.row = r.row + row,
                                               .col = r.col + col,
                                               .end = r.col + col + (int)t.cols,
                                               .order = (uint32_t)s->pieces.len,
                                               .text = text_dup(&r.canvas->arena, t),
                                               .role = role,
                                               .glyph = glyph});
    return (int)t.cols;
}

void spoken_edge(struct region r, int row, int col, int rows)
{
    vec_push(&r.canvas->spoken->edges, (struct spoken_edge){r.col + col, r.row + row, rows});
}

void spoken_note_row(struct region r, int own, const void *list, uint64_t uid)
{
    if (r.canvas->spoken && r.rows > 0)
        vec_push(&r.canvas->spoken->rows,
                 (struct spoken_row){r.row, r.row + own, r.row + r.rows - 1, r.col, 0, list, uid});
}

static int compare(const void *x, const void *y)
{
    const struct spoken_piece *a = x, *b = y;
    if (a->pane != b->pane)
        return a->pane - b->pane;
    if (a->row != b->row)
        return a->row - b->row;
    if (a->col != b->col)
        return a->col - b->col;
    return a->order < b->order ? -1 : a->order > b->order;
}

static int pane_of(const struct spoken *s, int row, int col)
{
    int pane = 0;
    for (size_t k = 0; k < s->edges.len; k++) {
        const struct spoken_edge *e = &s->edges.items[k];
        pane += e->col <= col && row >= e->row && row - e->row < e->rows;
    }
    return pane;
}

size_t spoken_pieces(struct canvas *c, const struct spoken_piece **pieces)
{
    struct spoken *s = c->spoken;
    for (size_t i = 0; i < s->pieces.len; i++) {
        struct spoken_piece *p = &s->pieces.items[i];
        p->pane = pane_of(s, p->row, p->col);
    }
    if (s->pieces.len)
        qsort(s->pieces.items, s->pieces.len, sizeof(*s->pieces.items), compare);
    *pieces = s->pieces.items;
    return s->pieces.len;
}

size_t spoken_rows(struct canvas *c, const struct spoken_row **rows)
{
    struct spoken *s = c->spoken;
    for (size_t i = 0; i < s->rows.len; i++)
        s->rows.items[i].pane = pane_of(s, s->rows.items[i].own, s->rows.items[i].col);
    *rows = s->rows.items;
    return s->rows.len;
}
