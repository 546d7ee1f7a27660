// SPDX-License-Identifier: Apache-2.0
/* The parts of the activity screen: a release in a row, its targets, its log. */
#include "views/activity_int.h"
#include "views/states.h"
#include "views/words.h"

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
    bool runs = activity_runs(x), wide = r.cols >= 72;
    int name = wide ? r.cols / 3 - 4 : r.cols - NAME_COL - 18, col = NAME_COL + name + 1;
    enum role role = runs ? ROLE_TEXT_STRONG : ROLE_TEXT;
    draw_state(r, 0, 2, activity_state(x->state));
    draw_cut(r, 0, NAME_COL, name, text_fmt(a, "%s r%d", x->environment.str, x->number), role,
             TEXT_CUT_MIDDLE);
    if (wide) {
        draw_cut(r, 0, col, 9, text_cstr(a, activity_word(x->state)), ROLE_TEXT, TEXT_CUT_END);
        draw_bar(r, 0, col + 10, 14, x->targets_done, x->targets);
        draw_cut(r, 0, r.cols - 17, 8, x->by, ROLE_TEXT, TEXT_CUT_END);
        col += 25;
    }
    struct text n = text_fmt(a, "%d/%d", x->targets_done, x->targets);
    draw_right(r, 0, wide ? col + 6 : r.cols - 9, 7, n, ROLE_TEXT);
    draw_right(r, 0, r.cols - 1, 7, clock_text(v, a, x->ended_ms ? x->ended_ms : x->started_ms),
               ROLE_TEXT_DIM);
}

/* ---- targets ---- */

static struct text target_words(struct activity *v, struct arena *a,
                                const struct leeway_release_target *t)
{
    if (t->error.len)
        return t->error;
    if (t->waiting.len) {
        struct text w = TEXT("waits");
        if (t->since_ms)
            w = text_fmt(a, "waits %s", age_words(a, (now_of(v) - t->since_ms) / 1000).str);
        if (t->fails_at_ms)
            w = text_fmt(a, "%s, fails at %s,", w.str, clock_text(v, a, t->fails_at_ms).str);
        w = text_fmt(a, "%s for %s", w.str, t->waiting.str);
        return w;
    }
    return text_fmt(a, "%s %s", leeway_target_state_word(t->phase),
                    clock_text(v, a, t->since_ms).str);
}

static int draw_target(struct activity *v, const struct leeway_release_target *t, struct region r,
                       int y)
{
    struct arena *a = canvas_arena(r.canvas);
    bool wide = r.cols >= 72, calm = t->state == LEEWAY_OK;
    int bar = wide ? 22 : 0, count = wide ? 35 : 20, words = wide ? 41 : NAME_COL;
    enum role role = calm ? ROLE_TEXT_DIM : ROLE_TEXT;
    draw_state(r, y, 2, t->state);
    draw_cut(r, y, NAME_COL, (bar ? bar : count) - NAME_COL - 1, t->cluster,
             state_is_unwell(t->state) ? ROLE_TEXT_STRONG : role, TEXT_CUT_MIDDLE);
    if (bar)
        draw_bar(r, y, bar, 12, t->done, t->total);
    draw_text(r, y, count, text_fmt(a, "%d/%d", t->done, t->total), role);
    if (!wide)
        y++; /* the words get a row of their own */
    bool loud = t->error.len || t->waiting.len;
    int max = r.rows - y < 2 ? r.rows - y : 2;
    int used = draw_wrapped(r, y, words, r.cols - words - 1, max, target_words(v, a, t),
                            loud ? ROLE_TEXT_STRONG : role);
    return y + (used > 0 ? used : 1);
}

static bool is_calm(const struct leeway_release_target *t)
{
    return t->state == LEEWAY_OK;
}

int activity_draw_targets(struct activity *v, const struct leeway_release *x, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text name =
        text_fmt(a, "%s r%d, %s", x->environment.str, x->number, activity_word(x->state));
    struct text what = text_fmt(a, "%s, plan %.8s", x->title.str, x->plan.str);
    draw_section(r, 0, name, r.cols >= 60 ? what : TEXT_NONE);
    int y = 1;
    size_t left = 0;
    /* what does not go well comes first, what is done last */
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < x->n_target_rows; i++) {
            const struct leeway_release_target *t = &x->target_rows[i];
            if (is_calm(t) != (pass == 1))
                continue;
            if (y + 1 < r.rows || (y < r.rows && left == 0 && i + 1 == x->n_target_rows))
                y = draw_target(v, t, r, y);
            else
                left++;
        }
    }
    if (left && y < r.rows)
        draw_text(r, y++, NAME_COL, text_fmt(a, "and %zu more", left), ROLE_TEXT_DIM);
    return y;
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
    draw_section(r, 0, v->in_log ? TEXT("log, moved by the arrows") : TEXT("log"), right);
    size_t last = x->n_log - v->behind;
    size_t first = last > (size_t)page ? last - (size_t)page : 0;
    for (size_t i = first; i < last; i++)
        draw_log_line(v, &x->log[i], r, 1 + (int)(i - first));
    if (v->in_log)
        canvas_park(r, 0, 1);
    if (!x->n_log)
        draw_text(r, 1, 1, TEXT("nothing was sent yet"), ROLE_TEXT_DIM);
}
