// SPDX-License-Identifier: Apache-2.0
/*
 * Columns of the Resources view. Cluster and name never drop, the servers' columns drop from the
 * right when there is no room for them, and h and l scroll through them. Numbers stand right under
 * their headings, the age at the right edge.
 */
#include "views/resources_int.h"

#include "base/mem.h"
#include "base/zone.h"
#include "views/states.h"
#include "views/words.h"

#include <string.h>

#define FIRST 4      /* column of the cluster's name */
#define CELL_MOST 28 /* of a text, unless there is room to spare */
#define NAME_LEAST 14
#define PLACE_LEAST 8
#define FRESH_MS 2000

struct column {
    int at, cols;
    int cell; /* of the look, or BY_CLUSTER, BY_NAMESPACE, BY_NAME */
    bool right;
};

struct layout {
    struct column columns[72];
    size_t n;
};

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static void add(struct layout *l, int cell, int cols, bool right)
{
    if (l->n < ARRAY_LEN(l->columns))
        l->columns[l->n++] = (struct column){.cell = cell, .cols = cols, .right = right};
}

static int age_column(const struct resources *v)
{
    for (size_t i = 0; i < v->look->n_columns; i++)
        if (v->look->columns[i].age)
            return (int)i;
    return -1;
}

static int wanted_cols(const struct resources *v, int c)
{
    const struct leeway_column *k = &v->look->columns[c];
    int widest = k->age ? 6 : (size_t)c < v->widths.len ? v->widths.items[c] : 0;
    return at_least((int)k->name.cols, at_most(widest, CELL_MOST));
}

/* The servers' columns that fit into room cells, in order, the age kept for the end. */
static int add_cells(const struct resources *v, struct layout *l, int room)
{
    int age = age_column(v), used = 0, skip = v->first_column;
    int tail = age >= 0 && room >= 7 ? wanted_cols(v, age) + 2 : 0;
    for (size_t i = 0; i < v->look->n_columns; i++) {
        const struct leeway_column *k = &v->look->columns[i];
        if ((int)i == age || (k->wide && !v->wide))
            continue;
        if (skip-- > 0)
            continue;
        int cols = wanted_cols(v, (int)i);
        if (used + cols + 2 + tail > room)
            break;
        add(l, (int)i, cols, k->number || v->numbers.items[i]);
        used += cols + 2;
    }
    if (tail)
        add(l, age, tail - 2, true);
    return used + tail;
}

static struct layout lay_out(const struct resources *v, int cols)
{
    struct layout l = {0};
    int room = cols - FIRST - 1;
    bool with_ns = v->look->namespaced && !v->asked.ns[0];
    bool with_name = !resources_is_events(v) || v->wide;
    int cluster = at_least(v->cluster_width, 7), name = at_least(v->name_width, 4);
    int ns = with_ns ? at_least(v->namespace_width, 9) : 0;
    /* what the names want at most half of, and what is left of it by the cells goes back to them */
    int least = at_most(cluster, PLACE_LEAST) + (with_ns ? at_most(ns, PLACE_LEAST) + 2 : 0) +
                (with_name ? at_most(name, NAME_LEAST) + 2 : 0);
    int want = cluster + (with_ns ? ns + 2 : 0) + (with_name ? name + 2 : 0);
    struct layout cells = {0};
    int half = at_least(at_most(want, room / 2 + 4), least);
    int used = add_cells(v, &cells, room - half);
    int names = room - used;
    if (want > names) { /* the longest gives way first */
        int over = want - names;
        while (over > 0 && (name > NAME_LEAST || ns > PLACE_LEAST || cluster > PLACE_LEAST)) {
            int *longest = name > NAME_LEAST && name >= ns && name >= cluster ? &name
                           : ns > PLACE_LEAST && ns >= cluster                ? &ns
                           : cluster > PLACE_LEAST                            ? &cluster
                           : name > NAME_LEAST                                ? &name
                                                                              : &ns;
            --*longest;
            over--;
        }
    }
    add(&l, BY_CLUSTER, cluster, false);
    if (with_ns)
        add(&l, BY_NAMESPACE, ns, false);
    if (with_name)
        add(&l, BY_NAME, name, false);
    size_t first = l.n;
    for (size_t i = 0; i < cells.n; i++)
        add(&l, cells.columns[i].cell, cells.columns[i].cols, cells.columns[i].right);
    int at = FIRST;
    for (size_t i = 0; i < l.n; i++) {
        l.columns[i].at = at;
        at += l.columns[i].cols + 2;
    }
    int spare = cols - 1 - (at - 2);
    for (size_t i = l.n; spare > 0 && i-- > first;) { /* the last text takes what is left */
        struct column *k = &l.columns[i];
        if (k->right)
            continue;
        int more = at_most(spare, v->widths.items[k->cell] - k->cols);
        if (more <= 0)
            continue;
        k->cols += more;
        for (size_t j = i + 1; j < l.n; j++)
            l.columns[j].at += more;
        spare -= more;
    }
    if (l.n && l.columns[l.n - 1].cell >= 0 && l.columns[l.n - 1].cell == age_column(v) &&
        spare > 0)
        l.columns[l.n - 1].at += spare;
    return l;
}

/* ---- drawing ---- */

static struct text heading(const struct resources *v, struct arena *a, int cell)
{
    struct text t = cell == BY_CLUSTER     ? TEXT("cluster")
                    : cell == BY_NAMESPACE ? TEXT("namespace")
                    : cell == BY_NAME      ? TEXT("name")
                                           : v->look->columns[cell].words;
    if (cell == v->sort && v->sorted_by_hand)
        t = text_fmt(a, "%s%s", t.str, v->reverse ? "^" : "v");
    return t;
}

static struct text cell_text(const struct resources *v, struct arena *a, const struct leeway_row *r,
                             int cell)
{
    switch (cell) {
    case BY_CLUSTER:
        return r->cluster;
    case BY_NAMESPACE:
        return r->namespace_;
    case BY_NAME:
        return r->name;
    default:
        if (v->look->columns[cell].age && r->created_ms)
            return age_short(a, (clock_wall_ms(app_clock(v->app)) - r->created_ms) / 1000);
        return (size_t)cell < r->n_cells ? r->cells[cell] : TEXT_NONE;
    }
}

struct drawing {
    struct resources *v;
    struct layout layout;
    int64_t now_ms;
};

static void put(struct region r, const struct column *k, struct text t, enum role role)
{
    if (k->right)
        draw_right(r, 0, k->at + k->cols, k->cols, t, role);
    else
        draw_cut(r, 0, k->at, k->cols, t, role,
                 k->cell == BY_NAME || k->cell == BY_NAMESPACE ? TEXT_CUT_MIDDLE : TEXT_CUT_END);
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct drawing *d = ctx;
    const struct resource_item item = resources_item(d->v, row->row), *i = &item;
    if (i->state != LEEWAY_STATE_COUNT)
        draw_state(r, 0, 2, i->state);
    if (!i->row) {
        int used = draw_cut(r, 0, FIRST, r.cols / 2, i->cluster, ROLE_TEXT, TEXT_CUT_MIDDLE);
        draw_cut(r, 0, FIRST + used + 2, r.cols - FIRST - used - 3, i->words,
                 i->state == LEEWAY_UNKNOWN ? ROLE_TEXT : ROLE_TEXT_DIM, TEXT_CUT_END);
        return;
    }
    bool unwell = i->state != LEEWAY_STATE_COUNT && state_is_unwell(i->state);
    bool fresh = i->row->changed_ms && d->now_ms - i->row->changed_ms < FRESH_MS;
    enum role plain = fresh                            ? ROLE_TEXT_STRONG
                      : unwell                         ? ROLE_TEXT
                      : i->state == LEEWAY_STATE_COUNT ? ROLE_TEXT
                                                       : ROLE_TEXT_DIM;
    if (fresh)
        app_redraw_in(d->v->app, FRESH_MS);
    for (size_t c = 0; c < d->layout.n; c++) {
        const struct column *k = &d->layout.columns[c];
        put(r, k, cell_text(d->v, canvas_arena(r.canvas), i->row, k->cell),
            k->cell == BY_NAME && unwell ? ROLE_TEXT_STRONG : plain);
    }
}

static void draw_nothing(const struct resources *v, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text t = TEXT("Nothing was asked yet.");
    if (!v->look)
        t = text_fmt(a, "Asking for %s.", v->kind.str);
    else if (v->total && !v->shown)
        t = text_fmt(a, "None of the %zu objects passes this filter; Esc clears it.", v->total);
    else if (!v->total)
        t = text_fmt(a, "There is none on %zu %s.", v->look->n_sources,
                     v->look->n_sources == 1 ? "cluster" : "clusters");
    draw_wrapped(r, 1, 4, r.cols - 8, 6, t, ROLE_TEXT);
}

void resources_draw(struct resources *v, struct region r)
{
    if (!v->look || !v->browse.list.uids.len) {
        draw_nothing(v, r);
        return;
    }
    struct drawing d = {v, lay_out(v, r.cols), clock_wall_ms(app_clock(v->app))};
    for (size_t c = 0; c < d.layout.n; c++)
        put(r, &d.layout.columns[c], heading(v, canvas_arena(r.canvas), d.layout.columns[c].cell),
            ROLE_TEXT_DIM);
    list_draw(&v->browse.list, region_sub(r, 1, 0, r.rows - 1, r.cols), draw_row, &d);
}

/* ---- words about a row ---- */

static struct text row_words(const struct resources *v, struct arena *a,
                             const struct resource_item *i)
{
    const struct leeway_row *r = i->row;
    struct text t = text_fmt(a, "%s%s%s on %s:", r->namespace_.str, r->namespace_.len ? "/" : "",
                             r->name.str, r->cluster.str);
    bool first = true;
    for (size_t c = 0; c < r->n_cells && c < v->look->n_columns; c++) {
        const struct leeway_column *k = &v->look->columns[c];
        if (!r->cells[c].len || k->age)
            continue;
        t = text_fmt(a, "%s%s %s %s", t.str, first ? "" : ",", k->words.str, r->cells[c].str);
        first = false;
    }
    if (r->created_ms)
        t = text_fmt(
            a, "%s%s made %s", t.str, first ? "" : ",",
            zone_when(a, app_zone(v->app), r->created_ms, clock_wall_ms(app_clock(v->app))).str);
    if (i->verdict != LEEWAY_VERDICT_COUNT)
        t = text_fmt(a, "%s. Drift: %s; i shows it", t.str, leeway_verdict_word(i->verdict));
    return text_fmt(a, "%s.", t.str);
}

void resources_describe(struct resources *v, struct region r)
{
    struct resource_item item, *i = &item;
    struct arena *a = canvas_arena(r.canvas);
    if (!resources_here(v, i))
        return;
    struct text t =
        i->row ? row_words(v, a, i) : text_fmt(a, "%s %s.", i->cluster.str, i->words.str);
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, t, ROLE_TEXT);
}

static int fact(struct region r, int y, struct text name, struct text value)
{
    if (!value.len || y >= r.rows)
        return y;
    int used = draw_cut(r, y, 1, r.cols / 2, name, ROLE_TEXT_DIM, TEXT_CUT_END);
    int at = used + 2 > 13 ? used + 2 : 13;
    int rows = draw_wrapped(r, y, at, r.cols - at - 1, 4, value, ROLE_TEXT);
    return y + (rows ? rows : 1);
}

void resources_preview(struct resources *v, struct region r)
{
    struct resource_item item, *i = &item;
    struct arena *a = canvas_arena(r.canvas);
    if (!resources_here(v, i))
        return;
    if (!i->row) {
        resources_describe(v, r);
        return;
    }
    const struct leeway_row *row = i->row;
    draw_cut(r, 0, 1, r.cols - 2, row->name, ROLE_TEXT_STRONG, TEXT_CUT_MIDDLE);
    int y = fact(r, 1, TEXT("kind"), v->look->kind);
    y = fact(r, y, TEXT("cluster"), row->cluster);
    y = fact(r, y, TEXT("namespace"), row->namespace_);
    for (size_t c = 0; c < row->n_cells && c < v->look->n_columns; c++)
        if (!v->look->columns[c].age)
            y = fact(r, y, v->look->columns[c].words, row->cells[c]);
    if (row->created_ms)
        y = fact(r, y, TEXT("made"), words_exact(v->app, a, row->created_ms));
    if (i->verdict != LEEWAY_VERDICT_COUNT)
        y = fact(r, y, TEXT("drift"), text_cstr(a, leeway_verdict_word(i->verdict)));
    fact(r, y, TEXT("version"), row->resource_version);
}
