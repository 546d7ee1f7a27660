// SPDX-License-Identifier: Apache-2.0
/* What the files of the fleet view share. */
#ifndef LEEWAY_UI_VIEWS_FLEET_INT_H
#define LEEWAY_UI_VIEWS_FLEET_INT_H

#include "app/app.h"
#include "leeway/leeway.h"
#include "views/fleet_model.h"
#include "widget/list.h"

enum fleet_density { FLEET_TILES, FLEET_COMPACT, FLEET_HEAT };

/* A line of the grid: the head of a group, or a row of cells. */
struct fleet_line {
    uint32_t group;
    uint32_t first, n; /* places in the model's order; n 0: a head */
    int y, height;
    bool starts; /* the first cells of its group */
};

struct fleet {
    struct view view;
    struct app *app;
    struct fleet_model model;
    struct list list; /* uids in the model's order: cursor and marks */
    enum fleet_density density;
    bool chosen_group; /* group_by is what the person chose */
    bool touched;      /* the cursor was moved by a person; before, it stays on the first row */
    bool in_folds;     /* the cursor is in the folded list */
    size_t fold, n_folds;
    /* the layout as last drawn */
    VEC(struct fleet_line) lines;
    uint64_t laid_generation;
    enum fleet_density laid_density;
    int laid_cols, laid_rows, per_row, cell, content, top, page;
    bool air, one_column, silent;
};

const struct leeway_cluster *fleet_at(const struct fleet *f, size_t place);
const struct leeway_cluster *fleet_here(const struct fleet *f); /* NULL: the list is empty */
int64_t fleet_now(const struct fleet *f);

/* fleet_grid.c: layout and movement */
void fleet_lay_out(struct fleet *f, int rows, int cols);
void fleet_draw_grid(struct fleet *f, struct region r);
bool fleet_move(struct fleet *f, enum command c); /* true: the cursor moved */
size_t fleet_line_of(const struct fleet *f, size_t place);
/* fleet_cells.c */
void fleet_draw_tile(struct fleet *f, struct region r, size_t place, bool one_line);
void fleet_draw_compact(struct fleet *f, struct region r, size_t place);
void fleet_draw_folds(struct fleet *f, struct region r, size_t max);
void fleet_totals(const struct fleet_model *m, struct region r, bool wide);
/* fleet_silent.c */
bool fleet_is_silent(const struct fleet *f);
void fleet_draw_silent(struct fleet *f, struct region r);

#endif
