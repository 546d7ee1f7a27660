// SPDX-License-Identifier: Apache-2.0
/* What only the canvas sees of itself. */
#ifndef LEEWAY_UI_CANVAS_CANVAS_INT_H
#define LEEWAY_UI_CANVAS_CANVAS_INT_H

#include "canvas/canvas.h"

struct spoken;

struct canvas {
    struct cell *cells;    /* rows × cols; NULL: spoken */
    struct spoken *spoken; /* NULL: a grid of cells */
    int rows, cols;
    int cursor_row, cursor_col; /* -1: none */
    enum face face;
    struct arena arena;
};

struct cell *canvas_cell_at(struct canvas *c, int row, int col);

/* spoken.c; drawing ends in these instead of in cells */
void spoken_free(struct spoken *s);
void spoken_clear(struct spoken *s);
int spoken_put(struct region r, int row, int col, struct text t, enum role role, int glyph);
void spoken_edge(struct region r, int row, int col, int rows);

#endif
