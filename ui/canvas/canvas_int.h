// SPDX-License-Identifier: Apache-2.0
/* What only the canvas sees of itself. */
#ifndef LEEWAY_UI_CANVAS_CANVAS_INT_H
#define LEEWAY_UI_CANVAS_CANVAS_INT_H

#include "canvas/canvas.h"

struct canvas {
    struct cell *cells; /* rows × cols */
    int rows, cols;
    int cursor_row, cursor_col; /* -1: none */
    enum face face;
    struct arena arena;
};

struct cell *canvas_cell_at(struct canvas *c, int row, int col);

#endif
