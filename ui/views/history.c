// SPDX-License-Identifier: Apache-2.0
/* One row a release, newest first; what became of it in words below. */
#include "views/history.h"

#include "leeway/snapshot.h"
#include "views/activity.h"
#include "views/environments.h"
#include "views/states.h"
#include "widget/browse.h"

#include <stdlib.h>
#include <string.h>

struct history {
    struct view view;
    struct app *app;
    struct leeway_snapshot *snapshot; /* referenced */
    VEC(const struct leeway_release *) rows;
    size_t total;
    struct browse browse; /* uids: of the store */
};

static void history_free(struct view *view)
{
    struct history *v = (struct history *)view;
    vec_clear(&v->rows);
    browse_clear(&v->browse);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

static const struct {
    enum leeway_state state;
    const char *word;
} ends[] = {[LEEWAY_RELEASE_RUNNING] = {LEEWAY_CHANGING, "runs"},
            [LEEWAY_RELEASE_PAUSED] = {LEEWAY_ASLEEP, "paused"},
            [LEEWAY_RELEASE_ABORTING] = {LEEWAY_CHANGING, "stops"},
            [LEEWAY_RELEASE_DONE] = {LEEWAY_OK, "done"},
            [LEEWAY_RELEASE_FAILED] = {LEEWAY_FAILED, "failed"},
            [LEEWAY_RELEASE_ABORTED] = {LEEWAY_DEGRADED, "aborted"}};

static int newest_first(const void *a, const void *b)
{
    const struct leeway_release *x = *(const struct leeway_release *const *)a,
                                *y = *(const struct leeway_release *const *)b;
    return (x->started_ms < y->started_ms) - (x->started_ms > y->started_ms);
}

static void reload(struct history *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    const char *f = v->browse.filter;
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->rows.len = 0;
    v->total = leeway_releases(s);
    for (size_t i = 0; i < v->total; i++) {
        const struct leeway_release *x = leeway_release_at(s, i);
        if (!*f || strcasestr(x->environment.str, f) || strcasestr(x->title.str, f) ||
            strcasestr(x->by.str, f) || strcasestr(ends[x->state].word, f))
            vec_push(&v->rows, x);
    }
    if (v->rows.len)
        qsort(v->rows.items, v->rows.len, sizeof(*v->rows.items), newest_first);
    VEC(uint64_t) uids = {0};
    for (size_t i = 0; i < v->rows.len; i++)
        vec_push(&uids, v->rows.items[i]->id + 1);
    list_set(&v->browse.list, uids.items, uids.len);
    vec_clear(&uids);
}

static const struct leeway_release *here(const struct history *v)
{
    size_t row;
    return list_at(&v->browse.list, &row) && row < v->rows.len ? v->rows.items[row] : NULL;
}

/* ---- drawing ---- */

static struct text when(struct history *v, struct arena *a, int64_t ms)
{
    return ms ? zone_when(a, app_zone(v->app), ms, clock_wall_ms(app_clock(v->app))) : TEXT_NONE;
}

struct columns {
    int what, by, ended, on;
};

static struct columns columns(int cols)
{
    return (struct columns){.what = 32, .by = cols - 28, .ended = cols - 19, .on = cols - 1};
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct history *v = ctx;
    const struct leeway_release *x = v->rows.items[row->row];
    struct arena *a = canvas_arena(r.canvas);
    struct columns c = columns(r.cols);
    enum leeway_state state = ends[x->state].state;
    draw_state(r, 0, 2, state);
    draw_cut(r, 0, 4, 12, when(v, a, x->started_ms), ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_cut(r, 0, 17, 14, x->environment, state_name_role(state), TEXT_CUT_MIDDLE);
    if (r.cols < 60) {
        draw_right(r, 0, r.cols - 1, 5, text_fmt(a, "r%d", x->number), ROLE_TEXT);
        return;
    }
    draw_cut(r, 0, c.what, c.by - c.what - 1, text_fmt(a, "r%d  %s", x->number, x->title.str),
             ROLE_TEXT, TEXT_CUT_END);
    draw_cut(r, 0, c.by, 8, x->by, ROLE_TEXT, TEXT_CUT_END);
    draw_text(r, 0, c.ended, text_cstr(a, ends[x->state].word), ROLE_TEXT);
    draw_right(r, 0, c.on, 6, text_fmt(a, "%d/%d", x->targets_done, x->targets), ROLE_TEXT_DIM);
}

static void history_draw(struct view *view, struct app *a, struct region r)
{
    struct history *v = (struct history *)view;
    struct columns c = columns(r.cols);
    if (!v->rows.len) {
        draw_wrapped(r, 1, 4, r.cols - 8, 3,
                     v->total ? TEXT("No release passes this filter; Esc clears it.")
                              : TEXT("Nothing was released yet: 3 has what can be launched."),
                     ROLE_TEXT);
        return;
    }
    draw_text(r, 0, 4, TEXT("when"), ROLE_TEXT_DIM);
    draw_text(r, 0, 17, TEXT("environment"), ROLE_TEXT_DIM);
    if (r.cols >= 60) {
        draw_text(r, 0, c.what, TEXT("what"), ROLE_TEXT_DIM);
        draw_text(r, 0, c.by, TEXT("by"), ROLE_TEXT_DIM);
        draw_text(r, 0, c.ended, TEXT("how it ended"), ROLE_TEXT_DIM);
        draw_right(r, 0, c.on, 4, TEXT("on"), ROLE_TEXT_DIM);
    }
    list_draw(&v->browse.list, region_sub(r, 1, 0, r.rows - 1, r.cols), draw_row, v);
}

static void history_describe(struct view *view, struct app *a, struct region r)
{
    struct history *v = (struct history *)view;
    const struct leeway_release *x = here(v);
    struct arena *arena = canvas_arena(r.canvas);
    if (!x)
        return;
    struct text t = text_fmt(arena, "r%d of %s, plan %.8s, by %s", x->number, x->environment.str,
                             x->plan.str, x->by.str);
    if (x->ended_ms)
        t = text_fmt(arena, "%s; %s %s", t.str, ends[x->state].word,
                     when(v, arena, x->ended_ms).str);
    for (size_t i = 0; i < x->n_target_rows; i++)
        if (x->target_rows[i].error.len)
            t = text_fmt(arena, "%s. %s: %s", t.str, x->target_rows[i].cluster.str,
                         x->target_rows[i].error.str);
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, t, ROLE_TEXT);
}

static size_t history_path(struct view *view, struct app *a, struct arena *arena,
                           struct text *parts, size_t max)
{
    parts[0] = browse_path(&((struct history *)view)->browse, arena, "history");
    return 1;
}

static void history_totals(struct view *view, struct app *a, struct region r)
{
    struct history *v = (struct history *)view;
    draw_right(r, 0, r.cols - 1, r.cols - 1,
               text_count(canvas_arena(r.canvas), (long)v->rows.len, "release", "releases"),
               ROLE_TEXT);
}

/* ---- keys ---- */

static bool went_wrong(void *ctx, size_t row)
{
    return ends[((struct history *)ctx)->rows.items[row]->state].state <= LEEWAY_DEGRADED;
}

static void reload_view(void *ctx)
{
    reload(ctx);
}

static const struct browse_spec browse = {.is_problem = went_wrong,
                                          .no_problem = "no more releases that way went wrong",
                                          .reload = reload_view,
                                          .head = 2};

static unsigned history_command(struct view *view, struct app *a, enum command c)
{
    struct history *v = (struct history *)view;
    const struct leeway_release *x = here(v);
    switch (c) {
    case CMD_OPEN:
        app_push(a, environment_new(a, x->environment));
        return VIEW_REDRAW;
    case CMD_DETAILS:
        app_push(a, activity_new(a));
        return VIEW_REDRAW;
    case CMD_COPY:
        app_copy(a, x->plan);
        return VIEW_DONE;
    default:
        return browse_command(&v->browse, &browse, v, a, c);
    }
}

static const char *history_why_not(struct view *view, struct app *a, enum command c,
                                   struct arena *arena)
{
    switch (c) {
    case CMD_OPEN:
    case CMD_DETAILS:
    case CMD_COPY:
        return here((struct history *)view) ? NULL : "there is no release";
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned history_filter(struct view *view, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct history *)view)->browse, &browse, view, text);
}

static unsigned history_refresh(struct view *view, struct app *a)
{
    return browse_refresh(&((struct history *)view)->browse, &browse, view, a);
}

static unsigned history_mouse(struct view *view, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct history *)view)->browse, &browse, ev);
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "its environment"},          {CMD_DETAILS, "targets and log"},
    {CMD_NEXT_PROBLEM, "next that failed"}, {CMD_FILTER, "filter"},
    {CMD_COPY, "copy the plan's hash"},     {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "history",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = history_free,
    .draw = history_draw,
    .describe = history_describe,
    .path = history_path,
    .totals = history_totals,
    .command = history_command,
    .why_not = history_why_not,
    .filter = history_filter,
    .refresh = history_refresh,
    .mouse = history_mouse,
};

struct view *history_new(struct app *a)
{
    struct history *v = mem_new(struct history);
    v->view.ops = &ops;
    v->app = a;
    browse_init(&v->browse);
    reload(v);
    return &v->view;
}
