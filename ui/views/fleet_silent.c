// SPDX-License-Identifier: Apache-2.0
/*
 * When no cluster answers: since when, the reasons folded with the next try, and below them what
 * was seen last, with its old state as a word and never as a shape.
 */
#include "views/fleet_int.h"
#include "views/states.h"

#define AT_ONCE_MS 60000

static bool silent(const struct leeway_cluster *c)
{
    return c->state == LEEWAY_UNKNOWN && c->reach != LEEWAY_REACH_WAITING &&
           c->reach != LEEWAY_REACH_CONNECTING && c->reach != LEEWAY_REACH_OK;
}

bool fleet_is_silent(const struct fleet *f)
{
    const struct fleet_model *m = &f->model;
    if (m->filter.n || m->reason_key[0] || !m->items.len)
        return false;
    for (size_t i = 0; i < m->items.len; i++)
        if (!silent(m->items.items[i].row))
            return false;
    return true;
}

/* The moment at which most of them fell silent, and how many within a minute of it. */
static size_t burst(const struct fleet_model *m, int64_t *first, int64_t *last)
{
    size_t best = 0;
    for (size_t i = 0; i < m->items.len && i < 200; i++) {
        int64_t from = m->items.items[i].row->since_ms, to = from;
        size_t n = 0;
        for (size_t k = 0; from && k < m->items.len; k++) {
            int64_t at = m->items.items[k].row->since_ms;
            if (at < from || at - from > AT_ONCE_MS)
                continue;
            n++;
            to = at > to ? at : to;
        }
        if (n > best) {
            best = n;
            *first = from;
            *last = to;
        }
    }
    return best;
}

static int draw_top(struct fleet *f, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct fleet_model *m = &f->model;
    int64_t first = 0, last = 0, seen = 0, now = fleet_now(f);
    size_t n = burst(m, &first, &last);
    for (size_t i = 0; i < m->items.len; i++)
        if (m->items.items[i].row->last_seen_ms > seen)
            seen = m->items.items[i].row->last_seen_ms;
    struct text since =
        first ? text_fmt(a, " since %s", zone_when(a, app_zone(f->app), first, now).str)
              : TEXT_NONE;
    struct text below = seen ? text_fmt(a, " Below is the state seen last, %s old.",
                                        age_words(a, (now - seen) / 1000).str)
                             : TEXT(" None of them was seen before.");
    struct text head = m->items.len == 1
                           ? text_fmt(a, "The cluster does not answer%s.%s", since.str, below.str)
                           : text_fmt(a, "No cluster answers%s.%s", since.str, below.str);
    int row = draw_wrapped(r, 0, 1, r.cols - 2, 2, head, ROLE_TEXT_STRONG);
    if (n * 2 > m->items.len && n > 1)
        row += draw_wrapped(r, row, 1, r.cols - 2, 2,
                            text_fmt(a,
                                     "%zu went silent within %s: look at the network of this "
                                     "machine first.",
                                     n, age_words(a, (last - first) / 1000 + 1).str),
                            ROLE_TEXT);
    return row + 1;
}

static int draw_reasons(struct fleet *f, struct region r, int row, size_t max)
{
    struct arena *a = canvas_arena(r.canvas);
    struct fleet_fold *rows;
    int64_t now = fleet_now(f);
    bool narrow = r.cols < 60;
    f->n_folds = fleet_fold_reasons(&f->model, a, max, &rows);
    while (f->n_folds && rows[f->n_folds - 1].advice)
        f->n_folds--;
    if (f->fold >= f->n_folds)
        f->fold = f->n_folds ? f->n_folds - 1 : 0;
    f->in_folds = f->n_folds > 0;
    draw_text(r, row, 1, TEXT("reason, folded"), ROLE_TEXT_DIM);
    draw_right(r, row++, r.cols - 1, 30,
               narrow ? TEXT("clusters") : TEXT("clusters  since  next try"), ROLE_TEXT_DIM);
    for (size_t i = 0; i < f->n_folds && row < r.rows; i++, row++) {
        const struct fleet_fold *x = &rows[i];
        int end = narrow ? r.cols - 1 : r.cols - 18;
        draw_state(r, row, 2, x->state);
        draw_cut(r, row, 4, end - 8, x->what, ROLE_TEXT_STRONG, TEXT_CUT_END);
        draw_right(r, row, end, 4, text_fmt(a, "%zu", x->clusters), ROLE_TEXT);
        if (!narrow && x->since_ms)
            draw_right(r, row, r.cols - 11, 6, zone_brief(a, app_zone(f->app), x->since_ms, now),
                       ROLE_TEXT);
        if (!narrow && x->next_try_ms > now)
            draw_right(r, row, r.cols - 1, 9,
                       text_fmt(a, "in %s", age_words(a, (x->next_try_ms - now + 999) / 1000).str),
                       ROLE_TEXT_DIM);
        if (i == f->fold) {
            draw_glyph(r, row, 0, GLYPH_CURSOR, ROLE_TEXT);
            draw_over(r, row, 0, r.cols, ROLE_CURSOR);
            canvas_park(r, row, 0);
        }
    }
    return row;
}

static void draw_seen(struct fleet *f, struct region r, int row)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct fleet_model *m = &f->model;
    int name = m->longest_name < 8 ? 8 : m->longest_name > 24 ? 24 : m->longest_name;
    int cell = name + 28, columns = r.cols / cell > 0 ? r.cols / cell : 1;
    size_t room = row + 1 < r.rows ? (size_t)(r.rows - row - 1) * (size_t)columns : 0;
    if (!room)
        return;
    draw_section(r, row, TEXT("seen last"), TEXT_NONE);
    size_t n = m->order.len > room ? room - 1 : m->order.len;
    for (size_t i = 0; i < n; i++) {
        const struct leeway_cluster *c = fleet_at(f, i);
        int y = row + 1 + (int)(i / (size_t)columns), x = (int)(i % (size_t)columns) * cell;
        draw_state(r, y, x + 2, LEEWAY_UNKNOWN);
        draw_cut(r, y, x + 4, name, c->name, ROLE_TEXT, TEXT_CUT_MIDDLE);
        struct text was =
            !c->last_seen_ms ? TEXT("never seen")
            : c->was.len
                ? text_fmt(a, "was %s %s", c->was.str,
                           zone_brief(a, app_zone(f->app), c->last_seen_ms, fleet_now(f)).str)
                : text_fmt(a, "seen %s",
                           zone_brief(a, app_zone(f->app), c->last_seen_ms, fleet_now(f)).str);
        draw_cut(r, y, x + 4 + name + 2, cell - name - 7, was, ROLE_TEXT_DIM, TEXT_CUT_END);
    }
    if (n < m->order.len)
        draw_text(r, r.rows - 1, (int)(n % (size_t)columns) * cell + 4,
                  text_fmt(a, "and %zu more", m->order.len - n), ROLE_TEXT_DIM);
}

void fleet_draw_silent(struct fleet *f, struct region r)
{
    int row = draw_top(f, r);
    size_t max = r.rows > row + 4 ? (size_t)(r.rows - row) / 2 : 2;
    row = draw_reasons(f, r, row, max > 8 ? 8 : max);
    draw_seen(f, r, row + 1);
}
