// SPDX-License-Identifier: Apache-2.0
/*
 * The canvas: a grid of cells that views draw into, the same for a terminal and for a test. A cell
 * holds one character with its marks, the role it plays and a second role laid over it (cursor,
 * mark, match). Drawing takes cleaned text and shapes only, clips at the region, and never puts
 * half of a wide character. What is drawn is translated to the canvas's face first, so columns are
 * those of the face: measure with canvas_cols, not with text.cols, where a text may hold arrows or
 * dots.
 *
 * One thread. A region is a value: a window into a canvas, whose rows and columns start at 0.
 */
#ifndef LEEWAY_UI_CANVAS_CANVAS_H
#define LEEWAY_UI_CANVAS_CANVAS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/text.h"
#include "canvas/face.h"
#include "theme/role.h"

#define CANVAS_MAX_ROWS 1000
#define CANVAS_MAX_COLS 2000
#define CELL_BYTES 20 /* a base and four marks of four bytes each */

struct cell {
    char s[CELL_BYTES];
    uint8_t len;   /* 0: the right half of a wide character */
    uint8_t width; /* 0, 1 or 2 */
    uint8_t role;  /* enum role */
    uint8_t over;  /* a role laid over it; ROLE_TEXT: none */
};

struct canvas;

struct region {
    struct canvas *canvas;
    int row, col, rows, cols; /* inside the canvas; rows and cols may be 0 */
};

/* Owned; canvas_free. Sizes are clamped to the maxima and to at least 1. */
struct canvas *canvas_new(int rows, int cols, enum face face);
void canvas_free(struct canvas *c);
void canvas_resize(struct canvas *c, int rows, int cols); /* clears too */
void canvas_clear(struct canvas *c);                      /* blanks, arena emptied, no cursor */
void canvas_set_face(struct canvas *c, enum face face);
int canvas_rows(const struct canvas *c);
int canvas_width(const struct canvas *c);
enum face canvas_face(const struct canvas *c);
/* For texts that live as long as this frame; reset by canvas_clear. */
struct arena *canvas_arena(struct canvas *c);
const struct cell *canvas_cell(const struct canvas *c, int row, int col);
/* Where the terminal's cursor is parked (the focused item); row -1: nowhere, hidden. */
void canvas_park(struct region r, int row, int col);
void canvas_unpark(struct canvas *c);
void canvas_parked(const struct canvas *c, int *row, int *col);

/* ---- regions ---- */

struct region canvas_all(struct canvas *c);
/* A part of r, clipped to it; negative rows or cols count as 0. */
struct region region_sub(struct region r, int row, int col, int rows, int cols);
struct region region_centre(struct region r, int rows, int cols); /* for dialogs; clipped */

/* ---- measuring ---- */

int canvas_cols(const struct canvas *c, struct text t); /* cells of t on this face */
struct text canvas_glyph(const struct canvas *c, enum glyph g);

/* ---- drawing: all clip; all return the columns they used ---- */

int draw_text(struct region r, int row, int col, struct text t, enum role role);
/* In a field of width cells: cut with dots when longer, the rest of the field left as it is. */
int draw_cut(struct region r, int row, int col, int width, struct text t, enum role role,
             enum text_cut how);
/* Ends before column end (right-aligned), in at most width cells. */
int draw_right(struct region r, int row, int end, int width, struct text t, enum role role);
int draw_glyph(struct region r, int row, int col, enum glyph g, enum role role);
int draw_fill(struct region r, int row, int col, int cols, enum role role); /* blanks */
int draw_rule(struct region r, int row, int col, int cols);                 /* horizontal */
void draw_edge(struct region r, int row, int col, int rows);                /* vertical */
/* Head of a section: " name ─────── right": name and what stands at the right edge, rule between.
 */
void draw_section(struct region r, int row, struct text name, struct text right);
/* A box along the region's border with a title in its top; the inside is blanked. */
struct region draw_box(struct region r, struct text title, enum role role);
/* done of total as a bar of cols cells; total 0 draws an empty bar. */
int draw_bar(struct region r, int row, int col, int cols, int64_t done, int64_t total);
/* Paragraph of whole words in rows [row, row + max); returns the rows used. */
int draw_wrapped(struct region r, int row, int col, int cols, int max, struct text t,
                 enum role role);

/* ---- changing what is drawn ---- */

void draw_over(struct region r, int row, int col, int cols, enum role over);
void draw_role(struct region r, int row, int col, int cols, enum role role);
/* Everything in r becomes text.dim without anything over it: what lies under a dialog. */
void draw_dim(struct region r);

/* ---- reading back ---- */

/* Rows as text, trailing blanks cut, one line a row. */
int canvas_dump(const struct canvas *c, struct buf *out);
/* Under each row that is not all plain text, the runs of roles in it: "   @ 2-3 status.failed". */
int canvas_dump_roles(const struct canvas *c, struct buf *out);

/* Calls fn for every run of cells in which now differs from before (same size, or before NULL:
 * everything); cols are whole characters. Returns the number of cells. */
typedef void canvas_run_fn(void *ctx, int row, int col, int cols);
int canvas_diff(const struct canvas *before, const struct canvas *now, canvas_run_fn *fn,
                void *ctx);
/* Makes to equal to from (size, cells, cursor). */
void canvas_copy(struct canvas *to, const struct canvas *from);

#endif
