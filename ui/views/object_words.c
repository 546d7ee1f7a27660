// SPDX-License-Identifier: Apache-2.0
/* The object in words: what it is, its conditions, its last events. */
#include "views/object_int.h"

#include "base/mem.h"
#include "base/zone.h"
#include "views/states.h"
#include "views/words.h"

#include <stdlib.h>
#include <string.h>

#define EVENTS_MOST 50

struct page {
    struct object_view *v;
    struct region r;
    int y, skip; /* the next line; lines that are scrolled away */
};

/* A place for a line of at most `rows`; rows 0: it is scrolled away or below the end. */
static struct region line(struct page *p, int rows)
{
    int y = p->y - p->skip;
    p->y += rows;
    if (y < 0 || y >= p->r.rows)
        return region_sub(p->r, 0, 0, 0, 0);
    return region_sub(p->r, y, 0, rows, p->r.cols);
}

static int height(const struct page *p, int col, struct text t)
{
    int cols = p->r.cols - col - 1;
    return cols > 0 && t.cols ? (int)(t.cols - 1) / cols + 1 : 1;
}

static void fact(struct page *p, struct text name, struct text value)
{
    if (!value.len)
        return;
    int col = 17, rows = height(p, col, value);
    if (rows > 4)
        rows = 4;
    struct region r = line(p, rows);
    draw_cut(r, 0, 1, col - 2, name, ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_wrapped(r, 0, col, r.cols - col - 1, rows, value, ROLE_TEXT);
}

static void head(struct page *p, const char *name, struct text right)
{
    line(p, 1);
    struct region r = line(p, 1);
    if (r.rows)
        draw_section(r, 0, text_cstr(canvas_arena(r.canvas), name), right);
}

static void conditions(struct page *p)
{
    const struct leeway_object *o = p->v->object;
    struct arena *a = canvas_arena(p->r.canvas);
    if (!o->n_conditions)
        return;
    head(p, "conditions", TEXT("since"));
    for (size_t i = 0; i < o->n_conditions; i++) {
        const struct leeway_condition *c = &o->conditions[i];
        struct region r = line(p, 1);
        if (!r.rows)
            continue;
        draw_state(r, 0, 2, c->state);
        draw_cut(r, 0, 4, 24, c->name, state_name_role(c->state), TEXT_CUT_END);
        draw_cut(r, 0, 29, 8, c->now, ROLE_TEXT, TEXT_CUT_END);
        draw_cut(r, 0, 38, r.cols - 38 - 9, c->says, ROLE_TEXT, TEXT_CUT_END);
        if (c->since_ms)
            draw_right(r, 0, r.cols - 1, 7,
                       zone_brief(a, app_zone(p->v->app), c->since_ms,
                                  clock_wall_ms(app_clock(p->v->app))),
                       ROLE_TEXT_DIM);
    }
}

static struct text cell(const struct leeway_look *l, const struct leeway_row *r, const char *name)
{
    for (size_t i = 0; i < l->n_columns && i < r->n_cells; i++)
        if (strcmp(l->columns[i].name.str, name) == 0)
            return r->cells[i];
    return TEXT_NONE;
}

static int newest_first(const void *x, const void *y)
{
    const struct leeway_row *a = *(const struct leeway_row *const *)x,
                            *b = *(const struct leeway_row *const *)y;
    if (a->resource_version.len != b->resource_version.len)
        return a->resource_version.len < b->resource_version.len ? 1 : -1;
    return -text_compare(a->resource_version, b->resource_version);
}

static void events(struct page *p)
{
    const struct leeway_snapshot *s = app_snapshot(p->v->app);
    const struct leeway_look *l = s ? leeway_look_by_id(s, p->v->events_id) : NULL;
    if (!l || !l->n_sources)
        return;
    const struct leeway_source *from = &l->sources[0];
    head(p, "events", TEXT("last seen"));
    if (from->state != LEEWAY_SOURCE_CURRENT || !l->n_rows) {
        struct region r = line(p, 1);
        struct text t = from->state == LEEWAY_SOURCE_CURRENT   ? TEXT("none are kept")
                        : from->state == LEEWAY_SOURCE_WAITING ? TEXT("asked")
                                                               : from->reason;
        draw_cut(r, 0, 4, r.cols - 5, t, ROLE_TEXT_DIM, TEXT_CUT_END);
    }
    const struct leeway_row **rows = mem_calloc(l->n_rows + 1, sizeof(*rows));
    for (size_t i = 0; i < l->n_rows; i++)
        rows[i] = leeway_look_row(l, i);
    qsort(rows, l->n_rows, sizeof(*rows), newest_first);
    for (size_t i = 0; i < l->n_rows && i < EVENTS_MOST; i++) {
        struct region r = line(p, 1);
        if (!r.rows)
            continue;
        if (rows[i]->state != LEEWAY_STATE_COUNT)
            draw_state(r, 0, 2, rows[i]->state);
        draw_cut(r, 0, 4, 20, cell(l, rows[i], "Reason"), ROLE_TEXT, TEXT_CUT_END);
        draw_cut(r, 0, 25, r.cols - 25 - 9, cell(l, rows[i], "Message"), ROLE_TEXT, TEXT_CUT_END);
        draw_right(r, 0, r.cols - 1, 7, cell(l, rows[i], "Last Seen"), ROLE_TEXT_DIM);
    }
    mem_free(rows);
}

void object_words_draw(struct object_view *v, struct region r)
{
    const struct leeway_object *o = v->object;
    struct arena *a = canvas_arena(r.canvas);
    struct page p = {v, r, 0, (int)v->facts.top};
    fact(&p, TEXT("kind"), text_fmt(a, "%s %s", o->api_version.str, o->object_kind.str));
    fact(&p, TEXT("name"), o->name);
    fact(&p, TEXT("namespace"), o->namespace_);
    fact(&p, TEXT("cluster"), o->cluster);
    fact(&p, TEXT("environment"), o->environment);
    if (o->health.len)
        fact(&p, TEXT("health"),
             o->health_reason.len ? text_fmt(a, "%s: %s", o->health.str, o->health_reason.str)
                                  : o->health);
    if (o->created_ms)
        fact(&p, TEXT("made"), words_exact(v->app, a, o->created_ms));
    for (size_t i = 0; i < o->n_facts; i++)
        fact(&p, o->facts[i].key, o->facts[i].value);
    conditions(&p);
    events(&p);
    v->facts_rows = p.y;
}
