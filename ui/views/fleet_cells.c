// SPDX-License-Identifier: Apache-2.0
/* One cluster as a tile, as a compact cell or as a line; the folded list; the totals. */
#include "views/fleet_int.h"
#include "views/states.h"

#include <string.h>

static void draw_cursor_and_mark(struct fleet *f, struct region r, size_t place, int cols)
{
    const struct leeway_cluster *c = fleet_at(f, place);
    if (list_marked(&f->list, c->id))
        draw_glyph(r, 0, 0, GLYPH_MARK, ROLE_MARK);
    if (place != f->list.cursor || f->in_folds)
        return;
    draw_glyph(r, 0, 0, GLYPH_CURSOR, ROLE_TEXT);
    draw_over(r, 0, 0, cols, ROLE_CURSOR);
    canvas_park(r, 0, 0);
}

/* "1.35" of "v1.35.4-gke.1" */
static struct text minor_version(struct arena *a, struct text t)
{
    const char *s = t.str + (t.str[0] == 'v'), *dot = strchr(s, '.');
    size_t n = dot ? strspn(dot + 1, "0123456789") : 0;
    if (!dot)
        return t;
    return text_part(a, t, (uint32_t)(s - t.str), (uint32_t)((size_t)(dot - s) + 1 + n));
}

static void draw_tile_facts(struct region r, const struct leeway_cluster *c, int width)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text right = TEXT_NONE;
    if (c->environments > 0)
        right = text_fmt(a, "%d env", c->environments);
    else if (c->nodes > 0)
        right = text_count(a, c->nodes, "node", "nodes");
    int room = width - (right.len ? (int)right.cols + 1 : 0);
    if (c->kubernetes.len) {
        struct text left = text_fmt(a, "%s%s%s", minor_version(a, c->kubernetes).str,
                                    c->distribution.len ? " " : "", c->distribution.str);
        draw_cut(r, 1, 3, room, left, ROLE_TEXT_DIM, TEXT_CUT_END);
    }
    draw_right(r, 1, 3 + width, width, right, ROLE_TEXT_DIM);
}

static enum role fact_role(const struct leeway_cluster *c)
{
    return state_is_unwell(c->state) ? ROLE_TEXT : ROLE_TEXT_DIM;
}

void fleet_draw_tile(struct fleet *f, struct region r, size_t place, bool one_line)
{
    const struct leeway_cluster *c = fleet_at(f, place);
    const struct zone *z = app_zone(f->app);
    int width = f->cell - 4;
    draw_state(r, 0, 1, c->state);
    if (one_line) { /* name and fact in two columns */
        int name = f->model.longest_name + 1;
        int most = r.cols / 2;
        name = name < 12 ? 12 : name > most ? most : name;
        draw_cut(r, 0, 3, name, c->name, state_name_role(c->state), TEXT_CUT_MIDDLE);
        int col = 3 + name + 1;
        struct text t = fleet_fact(r, z, c, fleet_now(f), r.cols - col - 1);
        draw_cut(r, 0, col, r.cols - col - 1, t, fact_role(c), TEXT_CUT_END);
        draw_cursor_and_mark(f, r, place, r.cols);
        return;
    }
    draw_cut(r, 0, 3, width, c->name, state_name_role(c->state), TEXT_CUT_MIDDLE);
    draw_tile_facts(r, c, width);
    if (r.rows > 2) {
        struct text t = fleet_fact(r, z, c, fleet_now(f), width);
        draw_cut(r, 2, 3, width, t, fact_role(c), TEXT_CUT_END);
    }
    draw_cursor_and_mark(f, r, place, f->cell - 1);
}

void fleet_draw_compact(struct fleet *f, struct region r, size_t place)
{
    const struct leeway_cluster *c = fleet_at(f, place);
    struct text fact = fleet_fact(r, app_zone(f->app), c, fleet_now(f), 9);
    int end = f->cell - 1, fact_cols = canvas_cols(r.canvas, fact);
    fact_cols = fact_cols > 9 ? 9 : fact_cols;
    int room = end - 3 - (fact_cols ? fact_cols + 1 : 0);
    draw_state(r, 0, 1, c->state);
    draw_cut(r, 0, 3, room, c->name, state_name_role(c->state), TEXT_CUT_MIDDLE);
    if (fact_cols)
        draw_cut(r, 0, end - fact_cols, fact_cols, fact, fact_role(c), TEXT_CUT_END);
    draw_cursor_and_mark(f, r, place, f->cell - 1);
}

/* ---- reasons folded ---- */

void fleet_draw_folds(struct fleet *f, struct region r, size_t max)
{
    struct arena *a = canvas_arena(r.canvas);
    struct fleet_fold *rows;
    f->n_folds = fleet_fold_reasons(&f->model, a, max, &rows);
    if (f->fold >= f->n_folds)
        f->fold = f->n_folds ? f->n_folds - 1 : 0;
    if (!f->n_folds)
        f->in_folds = false;
    if (!f->n_folds || r.rows < 2)
        return;
    draw_section(r, 0, TEXT("what is not well, folded"), TEXT("clusters  since "));
    for (size_t i = 0; i < f->n_folds && (int)i + 1 < r.rows; i++) {
        int y = (int)i + 1;
        const struct fleet_fold *x = &rows[i];
        if (!x->advice)
            draw_state(r, y, 2, x->state);
        draw_cut(r, y, 4, r.cols - 17, x->what, ROLE_TEXT, TEXT_CUT_END);
        draw_right(r, y, r.cols - 8, 7, text_fmt(a, "%zu", x->clusters), ROLE_TEXT);
        if (x->since_ms)
            draw_right(r, y, r.cols - 1, 7,
                       zone_brief(a, app_zone(f->app), x->since_ms, fleet_now(f)), ROLE_TEXT_DIM);
        if (f->in_folds && i == f->fold) {
            draw_glyph(r, y, 0, GLYPH_CURSOR, ROLE_TEXT);
            draw_over(r, y, 0, r.cols, ROLE_CURSOR);
            canvas_park(r, y, 0);
        }
    }
}

/* ---- totals ---- */

/* Draws them right-aligned, words for the first `words` states, gap blanks between; the columns
 * they take. With draw false it only measures. */
static int totals(const struct fleet_model *m, struct region r, int words, int gap, bool wide,
                  bool draw)
{
    struct arena *a = canvas_arena(r.canvas);
    struct {
        struct text number, word;
        int state;
    } parts[LEEWAY_STATE_COUNT];
    int n = 0, cols = 0;
    for (int s = 0; s < LEEWAY_OK; s++) {
        if (!m->by_state[s])
            continue;
        parts[n].state = s;
        parts[n].number = text_fmt(a, "%zu", m->by_state[s]);
        parts[n].word =
            n < words ? text_fmt(a, " %s", leeway_state_word((enum leeway_state)s)) : TEXT_NONE;
        cols += 1 + (int)parts[n].number.cols + (int)parts[n].word.cols + gap;
        n++;
    }
    struct text ok =
        m->by_state[LEEWAY_OK] ? text_fmt(a, "%zu ok", m->by_state[LEEWAY_OK]) : TEXT_NONE;
    struct text all = wide ? text_fmt(a, "   %zu clusters", m->order.len) : TEXT_NONE;
    if (ok.len && gap == 1 && n)
        cols++;
    cols += (int)ok.cols + (int)all.cols;
    if (!ok.len && n)
        cols -= gap;
    if (!draw)
        return cols;
    int col = r.cols - 1 - cols;
    for (int i = 0; i < n; i++) {
        enum leeway_state s = (enum leeway_state)parts[i].state;
        col += draw_state(r, 0, col, s);
        col += draw_text(r, 0, col, parts[i].number, ROLE_TEXT_STRONG);
        col += draw_text(r, 0, col, parts[i].word, ROLE_TEXT) + gap;
    }
    if (ok.len)
        col += draw_text(r, 0, col + (gap == 1 && n), ok, ROLE_TEXT_DIM) + (gap == 1 && n);
    else if (n)
        col -= gap;
    draw_text(r, 0, col, all, ROLE_TEXT_DIM);
    return cols;
}

void fleet_totals(const struct fleet_model *m, struct region r, bool wide)
{
    for (int words = LEEWAY_STATE_COUNT; words >= 0; words--) {
        if (totals(m, r, words, 2, wide, false) < r.cols) {
            totals(m, r, words, 2, wide, true);
            return;
        }
    }
    totals(m, r, 0, 1, false, true);
}
