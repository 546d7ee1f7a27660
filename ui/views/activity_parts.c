// SPDX-License-Identifier: Apache-2.0
/* The parts of the activity screen: a release in a row, its stages and targets, its log. */
#include "views/activity_int.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/tall.h"

#define NAME_COL 4

static int64_t now_of(const struct activity *v)
{
    return clock_wall_ms(app_clock(v->app));
}

static struct text clock_text(struct activity *v, struct arena *a, int64_t ms)
{
    return ms ? zone_brief(a, app_zone(v->app), ms, now_of(v)) : TEXT_NONE;
}

/* ---- releases ---- */

void activity_draw_release(struct activity *v, const struct leeway_release *x, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct activity_state state = activity_state(x);
    bool runs = activity_runs(x), wide = r.cols >= 72;
    int name = wide ? r.cols / 3 - 4 : r.cols - NAME_COL - 18, col = NAME_COL + name + 1;
    enum role role = runs ? ROLE_TEXT_STRONG : ROLE_TEXT;
    draw_state(r, 0, 2, state.state);
    draw_cut(r, 0, NAME_COL, name, text_fmt(a, "%s r%d", x->environment.str, x->number), role,
             TEXT_CUT_MIDDLE);
    if (wide) {
        draw_cut(r, 0, col, 9, text_cstr(a, state.word), ROLE_TEXT, TEXT_CUT_END);
        draw_bar(r, 0, col + 10, 14, x->targets_done, x->targets);
        draw_cut(r, 0, r.cols - 17, 8, x->by, ROLE_TEXT, TEXT_CUT_END);
        col += 25;
    }
    struct text n = text_fmt(a, "%d/%d", x->targets_done, x->targets);
    draw_right(r, 0, wide ? col + 6 : r.cols - 9, 7, n, ROLE_TEXT);
    draw_right(r, 0, r.cols - 1, 7, clock_text(v, a, x->ended_ms ? x->ended_ms : x->started_ms),
               ROLE_TEXT_DIM);
}

/* ---- stages and targets ---- */

static bool is_finished(const struct leeway_release_stage *s)
{
    return s->done == s->targets;
}

/* Targets of a stage (-1: of none), what does not go well first, what is done last. */
static void add_targets(struct activity *v, const struct leeway_release *x, int32_t stage)
{
    for (int state = 0; state < LEEWAY_STATE_COUNT; state++)
        for (size_t i = 0; i < x->n_target_rows; i++) {
            const struct leeway_release_target *t = &x->target_rows[i];
            bool in = t->stage >= 0 && (size_t)t->stage < x->n_stages;
            if ((int)t->state == state && (in ? t->stage : -1) == stage)
                vec_push(&v->parts, ((struct activity_part){NULL, t}));
        }
}

static void add_stage(struct activity *v, const struct leeway_release *x, size_t i)
{
    if (!x->stages[i].targets)
        return;
    vec_push(&v->parts, ((struct activity_part){&x->stages[i], NULL}));
    add_targets(v, x, (int32_t)i);
}

static uint64_t part_uid(const struct leeway_release *x, const struct activity_part *p)
{
    return p->stage ? (uint64_t)(p->stage - x->stages) + 1
                    : (1ull << 32) + (uint64_t)(p->target - x->target_rows);
}

/* The stage that waits for a person, then in order, those that are finished last. */
void activity_load_parts(struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    VEC(uint64_t) uids = {0};
    v->parts.len = 0;
    if (x)
        add_targets(v, x, -1);
    for (int pass = 0; x && pass < 3; pass++)
        for (size_t i = 0; i < x->n_stages; i++) {
            const struct leeway_release_stage *s = &x->stages[i];
            if ((s->waits ? 0 : is_finished(s) ? 2 : 1) == pass)
                add_stage(v, x, i);
        }
    for (size_t i = 0; i < v->parts.len; i++)
        vec_push(&uids, part_uid(x, &v->parts.items[i]));
    list_set(&v->targets, uids.items, uids.len);
    if (x && (v->parts_of != x->id || v->pane != ACTIVITY_TARGETS))
        list_go(&v->targets, 0);
    v->parts_of = x ? x->id : 0;
    vec_clear(&uids);
}

struct target_columns {
    bool wide;
    int bar, count, words;
};

static struct target_columns target_columns(int cols)
{
    return cols >= 72 ? (struct target_columns){true, 22, 35, 41}
                      : (struct target_columns){false, 0, 20, NAME_COL};
}

static int words_rows(struct activity *v, const struct leeway_release_target *t, int cols)
{
    struct text lines[2];
    struct target_columns c = target_columns(cols);
    struct arena a;
    arena_init(&a);
    size_t n = text_wrap(&a, activity_target_words(v, &a, t), (uint32_t)(cols - c.words - 1), lines,
                         2, TEXT(".."));
    arena_clear(&a);
    return n > 1 ? 2 : 1;
}

static struct tall part_height(void *ctx, size_t row, bool first)
{
    struct activity *v = ctx;
    const struct activity_part *p = &v->parts.items[row];
    if (p->stage)
        return (struct tall){!first && row > 0, 0};
    int rows = words_rows(v, p->target, v->cols);
    return (struct tall){0, target_columns(v->cols).wide ? rows - 1 : rows};
}

static void draw_target(struct activity *v, const struct leeway_release_target *t, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct target_columns c = target_columns(r.cols);
    bool calm = t->state == LEEWAY_OK, loud = t->error.len || t->waiting.len;
    enum role role = calm ? ROLE_TEXT_DIM : ROLE_TEXT;
    draw_state(r, 0, 2, t->state);
    draw_cut(r, 0, NAME_COL, (c.bar ? c.bar : c.count) - NAME_COL - 1, t->cluster,
             state_is_unwell(t->state) ? ROLE_TEXT_STRONG : role, TEXT_CUT_MIDDLE);
    if (c.bar)
        draw_bar(r, 0, c.bar, 12, t->done, t->total);
    draw_text(r, 0, c.count, text_fmt(a, "%d/%d", t->done, t->total), role);
    draw_wrapped(r, c.wide ? 0 : 1, c.words, r.cols - c.words - 1, 2,
                 activity_target_words(v, a, t), loud ? ROLE_TEXT_STRONG : role);
}

/* "rest       0/2       one by one, failure budget 1, none used" */
static void draw_stage(struct activity *v, const struct leeway_release_stage *s, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    enum leeway_state state = activity_stage_state(s);
    bool loud = s->waits || state == LEEWAY_FAILED;
    if (loud)
        draw_state(r, 0, 2, state);
    draw_cut(r, 0, loud ? NAME_COL : 1, loud ? 8 : 11, s->name, ROLE_HEAD, TEXT_CUT_MIDDLE);
    draw_text(r, 0, 13, text_fmt(a, "%d/%d", s->done, s->targets), ROLE_TEXT);
    draw_cut(r, 0, 22, r.cols - 23, activity_stage_words(v, a, activity_here(v), s),
             loud ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void draw_part(void *ctx, struct region all, const struct list_row *row, int above)
{
    struct activity *v = ctx;
    const struct activity_part *p = &v->parts.items[row->row];
    struct region r = region_sub(all, above, 0, all.rows - above, all.cols);
    if (p->stage)
        draw_stage(v, p->stage, r);
    else
        draw_target(v, p->target, r);
}

static int parts_rows(struct activity *v)
{
    int rows = 0;
    for (size_t i = 0; i < v->parts.len && rows < 1000; i++) {
        struct tall t = part_height(v, i, i == 0);
        rows += t.above + 1 + t.below;
    }
    return rows;
}

int activity_draw_targets(struct activity *v, const struct leeway_release *x, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text name =
        text_fmt(a, "%s r%d, %s", x->environment.str, x->number, activity_time_words(v, a, x).str);
    struct text what = text_fmt(a, "%s, plan %.8s", x->title.str, x->plan.str);
    int room = r.cols - canvas_cols(r.canvas, name) - 6;
    what = canvas_cols(r.canvas, what) <= room ? what : x->title;
    draw_section(r, 0, name, canvas_cols(r.canvas, what) <= room ? what : TEXT_NONE);
    v->cols = r.cols;
    bool here = v->pane == ACTIVITY_TARGETS;
    int rows = parts_rows(v);
    room = r.rows - 1;
    v->targets.light = here ? LIST_LIVE : LIST_QUIET;
    int part = rows > room && !here ? room - 1 : room;
    tall_draw(&v->targets, region_sub(r, 1, 0, part, r.cols), part_height, draw_part, v);
    if (rows <= room)
        return 1 + rows;
    size_t shown = (size_t)v->targets.page;
    if (!here && shown < v->parts.len)
        draw_text(r, r.rows - 1, NAME_COL, text_fmt(a, "and %zu more", v->parts.len - shown),
                  ROLE_TEXT_DIM);
    return r.rows;
}

/* ---- the log ---- */

static void draw_log_line(struct activity *v, const struct leeway_log_line *l, struct region r,
                          int y)
{
    struct arena *a = canvas_arena(r.canvas);
    int cluster = r.cols >= 60 ? 14 : 10, object = 10 + cluster + 1;
    int what = r.cols >= 60 ? object + (r.cols - object) * 3 / 5 : object;
    enum role role = state_is_unwell(l->state) ? ROLE_TEXT_STRONG : ROLE_TEXT;
    draw_text(r, y, 1, words_exact(v->app, a, l->at_ms), ROLE_TEXT_DIM);
    draw_cut(r, y, 10, cluster, l->cluster, ROLE_TEXT, TEXT_CUT_MIDDLE);
    if (what > object)
        draw_cut(r, y, object, what - object - 1, l->object, role, TEXT_CUT_MIDDLE);
    struct text t = what > object || !l->object.len
                        ? l->what
                        : text_fmt(a, "%s %s", l->object.str, l->what.str);
    draw_cut(r, y, what, r.cols - what - 1, t, role, TEXT_CUT_END);
}

void activity_draw_log(struct activity *v, const struct leeway_release *x, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    int page = r.rows - 1;
    if (page < 1)
        return;
    v->log_page = page;
    size_t most = x->n_log > (size_t)page ? x->n_log - (size_t)page : 0;
    if (v->behind > most)
        v->behind = most;
    struct text right = v->behind          ? text_fmt(a, "%zu newer below", v->behind)
                        : activity_runs(x) ? TEXT("following")
                                           : TEXT("all of it");
    draw_section(r, 0, v->pane == ACTIVITY_LOG ? TEXT("log, moved by the arrows") : TEXT("log"),
                 right);
    size_t last = x->n_log - v->behind;
    size_t first = last > (size_t)page ? last - (size_t)page : 0;
    for (size_t i = first; i < last; i++)
        draw_log_line(v, &x->log[i], r, 1 + (int)(i - first));
    if (v->pane == ACTIVITY_LOG)
        canvas_park(r, 0, 1);
    if (!x->n_log)
        draw_text(r, 1, 1, TEXT("nothing was sent yet"), ROLE_TEXT_DIM);
}
