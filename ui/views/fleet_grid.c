// SPDX-License-Identifier: Apache-2.0
/*
 * The grid: lines of cells under the heads of their groups, the same for all densities. Only lines
 * in view are drawn. Moving up and down keeps the column, also across groups.
 */
#include "views/fleet_int.h"
#include "views/states.h"

#define HEAT_NAME 1
#define HEAT_NAME_COLS 13
#define HEAT_COUNT_END 17
#define HEAT_CELLS 20

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

static void measure(struct fleet *f, int cols)
{
    int name = f->model.longest_name;
    if (f->density == FLEET_HEAT) {
        f->per_row = clamp((cols - HEAT_CELLS + 1) / 11 * 10, 10, 1000);
        f->cell = 1;
        return;
    }
    f->cell = f->one_column               ? cols
              : f->density == FLEET_TILES ? clamp(name + 4, 20, 40)
                                          : clamp(name + 14, 20, 40);
    f->per_row = clamp((cols + 1) / f->cell, 1, 1000);
}

static int line_height(const struct fleet *f, size_t first, size_t n)
{
    if (f->density != FLEET_TILES || f->one_column)
        return 1;
    for (size_t i = first; i < first + n; i++)
        if (f->model.items.items[f->model.order.items[i]].fact)
            return 3;
    return 2;
}

static void add_lines(struct fleet *f, bool heads)
{
    const struct fleet_model *m = &f->model;
    int y = 0;
    f->lines.len = 0;
    for (size_t i = 0; i < m->order.len;) {
        uint32_t group = m->items.items[m->order.items[i]].group;
        size_t end = i;
        while (end < m->order.len && m->items.items[m->order.items[end]].group == group)
            end++;
        if (heads)
            vec_push(&f->lines, (struct fleet_line){group, (uint32_t)i, 0, y++, 1, true});
        for (size_t from = i; i < end; i += (size_t)f->per_row) {
            size_t n = end - i < (size_t)f->per_row ? end - i : (size_t)f->per_row;
            struct fleet_line l = {group, (uint32_t)i, (uint32_t)n, y, 0, i == from};
            l.height = line_height(f, i, n);
            y += l.height + f->air;
            vec_push(&f->lines, l);
        }
        i = end;
    }
    f->content = y - (f->air && y > 0);
}

void fleet_lay_out(struct fleet *f, int rows, int cols)
{
    const struct fleet_model *m = &f->model;
    if (f->laid_generation == m->generation && f->laid_density == f->density &&
        f->laid_cols == cols && f->laid_rows == rows)
        return;
    bool heads = m->group_order.len > 1 && f->density != FLEET_HEAT && !f->one_column;
    measure(f, cols);
    f->air = false;
    add_lines(f, heads);
    if (f->density == FLEET_TILES && !f->one_column && f->content + (int)f->lines.len + 3 <= rows &&
        rows >= 30) {
        f->air = true;
        add_lines(f, heads);
    }
    f->laid_generation = m->generation;
    f->laid_density = f->density;
    f->laid_cols = cols;
    f->laid_rows = rows;
}

/* ---- movement ---- */

size_t fleet_line_of(const struct fleet *f, size_t place)
{
    size_t lo = 0, hi = f->lines.len;
    while (lo + 1 < hi) { /* the last line that begins at or before place; heads begin with it */
        size_t mid = (lo + hi) / 2;
        if (f->lines.items[mid].first <= place)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static bool step_line(struct fleet *f, int step)
{
    if (!f->lines.len)
        return false;
    size_t at = fleet_line_of(f, f->list.cursor);
    size_t col = f->list.cursor - f->lines.items[at].first;
    for (;;) {
        if (step < 0 ? at == 0 : at + 1 >= f->lines.len)
            return false;
        at = step < 0 ? at - 1 : at + 1;
        const struct fleet_line *l = &f->lines.items[at];
        if (!l->n)
            continue;
        list_go(&f->list, l->first + (col < l->n ? col : l->n - 1));
        return true;
    }
}

static bool step_page(struct fleet *f, int step, int rows)
{
    int from = f->lines.len ? f->lines.items[fleet_line_of(f, f->list.cursor)].y : 0;
    bool any = false;
    while (step_line(f, step)) {
        any = true;
        int y = f->lines.items[fleet_line_of(f, f->list.cursor)].y;
        if ((y - from) * step >= rows)
            break;
    }
    return any;
}

bool fleet_move(struct fleet *f, enum command c)
{
    size_t before = f->list.cursor;
    int page = f->page > 1 ? f->page : 1;
    switch (c) {
    case CMD_UP:
        return step_line(f, -1);
    case CMD_DOWN:
        return step_line(f, 1);
    case CMD_LEFT:
        if (before > 0)
            list_go(&f->list, before - 1);
        break;
    case CMD_RIGHT:
        list_go(&f->list, before + 1);
        break;
    case CMD_PAGE_UP:
        return step_page(f, -1, page);
    case CMD_PAGE_DOWN:
        return step_page(f, 1, page);
    case CMD_HALF_UP:
        return step_page(f, -1, page / 2);
    case CMD_HALF_DOWN:
        return step_page(f, 1, page / 2);
    case CMD_TOP:
        list_go(&f->list, 0);
        break;
    case CMD_BOTTOM:
        list_go(&f->list, f->list.uids.len);
        break;
    default:
        return false;
    }
    return f->list.cursor != before;
}

/* ---- drawing ---- */

static void draw_head(struct fleet *f, struct region r, int y, const struct fleet_line *l)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct fleet_group *g = &f->model.groups.items[l->group];
    struct text name = g->name.len ? g->name : text_fmt(a, "no %s", f->model.group_by);
    draw_section(r, y, name, text_fmt(a, "%zu", g->count));
}

static void draw_heat_line(struct fleet *f, struct region r, int y, const struct fleet_line *l)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct fleet_group *g = &f->model.groups.items[l->group];
    if (l->starts) {
        struct text name = g->name.len            ? g->name
                           : f->model.group_by[0] ? text_fmt(a, "no %s", f->model.group_by)
                                                  : TEXT("clusters");
        bool unwell = false;
        for (int s = 0; s < LEEWAY_CHANGING; s++)
            unwell |= g->by_state[s] > 0;
        draw_cut(r, y, HEAT_NAME, HEAT_NAME_COLS, name, unwell ? ROLE_TEXT_STRONG : ROLE_TEXT,
                 TEXT_CUT_END);
        draw_right(r, y, HEAT_COUNT_END, 5, text_fmt(a, "%zu", g->count), ROLE_TEXT_DIM);
    }
    for (size_t i = 0; i < l->n; i++) {
        const struct leeway_cluster *c = fleet_at(f, l->first + i);
        int col = HEAT_CELLS + (int)(i + i / 10);
        draw_state(r, y, col, c->state);
        if (list_marked(&f->list, c->id))
            draw_over(r, y, col, 1, ROLE_MARK);
        if (l->first + i == f->list.cursor && !f->in_folds) {
            draw_glyph(r, y, HEAT_CELLS - 1, GLYPH_CURSOR, ROLE_TEXT);
            draw_over(r, y, col, 1, ROLE_CURSOR);
            canvas_park(region_sub(r, 0, 0, r.rows, r.cols), y, col);
        }
    }
}

static void draw_cells(struct fleet *f, struct region r, int y, const struct fleet_line *l)
{
    for (size_t i = 0; i < l->n; i++) {
        int col = (int)i * f->cell;
        int above = y < 0 ? -y : 0;
        if (above) /* scrolled off at the top: a line is whole or not there */
            continue;
        struct region cell = region_sub(r, y, col, l->height, f->cell);
        if (f->density == FLEET_COMPACT && !f->one_column)
            fleet_draw_compact(f, cell, l->first + i);
        else
            fleet_draw_tile(f, cell, l->first + i, f->one_column);
    }
}

static void scroll(struct fleet *f, int rows)
{
    f->page = rows;
    if (!f->lines.len)
        return;
    size_t at = fleet_line_of(f, f->list.cursor);
    const struct fleet_line *l = &f->lines.items[at];
    int from = l->y, to = l->y + l->height;
    if (at > 0 && !f->lines.items[at - 1].n) /* with the head of its group */
        from = f->lines.items[at - 1].y;
    if (from < f->top)
        f->top = from;
    if (to > f->top + rows)
        f->top = to - rows;
    if (f->top + rows > f->content)
        f->top = f->content > rows ? f->content - rows : 0;
}

/* The first line that is in view. */
static size_t first_in_view(const struct fleet *f)
{
    size_t lo = 0, hi = f->lines.len;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (f->lines.items[mid].y < f->top)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void fleet_draw_grid(struct fleet *f, struct region r)
{
    scroll(f, r.rows);
    for (size_t i = first_in_view(f); i < f->lines.len; i++) {
        const struct fleet_line *l = &f->lines.items[i];
        int y = l->y - f->top;
        if (y >= r.rows)
            break;
        if (!l->n)
            draw_head(f, r, y, l);
        else if (f->density == FLEET_HEAT)
            draw_heat_line(f, r, y, l);
        else
            draw_cells(f, r, y, l);
    }
}
