// SPDX-License-Identifier: Apache-2.0
/*
 * A canvas without cells: what views draw into it is kept as whole texts with their places, uncut
 * and unwrapped, for a face that reads instead of showing. Lists say which lines are rows that can
 * be chosen, fields which text is typed. Rules, boxes and fills leave nothing. One thread.
 */
#ifndef LEEWAY_UI_CANVAS_SPOKEN_H
#define LEEWAY_UI_CANVAS_SPOKEN_H

#include "canvas/canvas.h"

#define SPOKEN_ROWS 100000
#define SPOKEN_COLS 1000

struct spoken_piece {
    int row, col, end; /* end: the column after its last cell */
    int pane;          /* 0, or the number of edges on its left */
    uint32_t order;    /* as it was drawn */
    struct text text;  /* in the canvas's arena */
    enum role role;
    int glyph; /* enum glyph; -1: words */
};

/* A row of a list: lines row to last are what it says, its name stands in the line `own`. */
struct spoken_row {
    int row, own, last, col, pane;
    const void *list;
    uint64_t uid;
};

/* Owned; canvas_free. It takes SPOKEN_ROWS by SPOKEN_COLS and no memory for them. */
struct canvas *canvas_new_spoken(void);
bool canvas_is_spoken(const struct canvas *c);
/* Sorted by pane, row and column. Borrowed until the canvas is drawn into or cleared. */
size_t spoken_pieces(struct canvas *c, const struct spoken_piece **pieces);
size_t spoken_rows(struct canvas *c, const struct spoken_row **rows);
/* For lists: r is all lines of the row, `own` the one of its name. Nothing on other canvases. */
void spoken_note_row(struct region r, int own, const void *list, uint64_t uid);

#endif
