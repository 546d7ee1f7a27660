// SPDX-License-Identifier: Apache-2.0
/* The view of releases: keys, order, and the dialog that pauses, resumes or aborts one. */
#include "views/activity.h"

#include "views/activity_int.h"
#include "views/words.h"
#include "widget/dialog.h"

#include <stdlib.h>

#define LIST_ROWS_MAX 6

static const struct {
    enum leeway_state state;
    const char *word;
} states[] = {
    [LEEWAY_RELEASE_RUNNING] = {LEEWAY_CHANGING, "running"},
    [LEEWAY_RELEASE_PAUSED] = {LEEWAY_ASLEEP, "paused"},
    [LEEWAY_RELEASE_ABORTING] = {LEEWAY_CHANGING, "aborting"},
    [LEEWAY_RELEASE_DONE] = {LEEWAY_OK, "done"},
    [LEEWAY_RELEASE_FAILED] = {LEEWAY_FAILED, "failed"},
    [LEEWAY_RELEASE_ABORTED] = {LEEWAY_DEGRADED, "aborted"},
};

enum leeway_state activity_state(enum leeway_release_state s)
{
    return states[s].state;
}

const char *activity_word(enum leeway_release_state s)
{
    return states[s].word;
}

bool activity_runs(const struct leeway_release *r)
{
    return r->state < LEEWAY_RELEASE_DONE;
}

static void activity_free(struct view *view)
{
    struct activity *v = (struct activity *)view;
    vec_clear(&v->rows);
    list_clear(&v->list);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

const struct leeway_release *activity_here(const struct activity *v)
{
    size_t row;
    return list_at(&v->list, &row) && row < v->rows.len ? v->rows.items[row] : NULL;
}

/* What runs first, then the newest. */
static int compare(const void *a, const void *b)
{
    const struct leeway_release *x = *(const struct leeway_release *const *)a,
                                *y = *(const struct leeway_release *const *)b;
    if (activity_runs(x) != activity_runs(y))
        return activity_runs(x) ? -1 : 1;
    if (x->started_ms != y->started_ms)
        return x->started_ms > y->started_ms ? -1 : 1;
    return x->id > y->id ? -1 : x->id < y->id;
}

static void reload(struct activity *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (!s)
        return;
    uint64_t was = list_uid(&v->list);
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->rows.len = 0;
    for (size_t i = 0; i < leeway_releases(s); i++)
        vec_push(&v->rows, leeway_release_at(s, i));
    if (v->rows.len)
        qsort(v->rows.items, v->rows.len, sizeof(*v->rows.items), compare);
    VEC(uint64_t) uids = {0};
    for (size_t i = 0; i < v->rows.len; i++)
        vec_push(&uids, v->rows.items[i]->id);
    list_set(&v->list, uids.items, uids.len);
    vec_clear(&uids);
    const struct leeway_release *r = activity_here(v);
    size_t len = r ? r->n_log : 0;
    if (list_uid(&v->list) != was)
        v->behind = 0;
    else if (v->behind && len > v->log_len)
        v->behind += len - v->log_len; /* what is in view stays in view */
    v->log_len = len;
}

/* ---- drawing ---- */

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct activity *v = ctx;
    activity_draw_release(v, v->rows.items[row->row], r);
}

static void draw_headings(struct region r)
{
    draw_text(r, 0, 4, TEXT("release"), ROLE_TEXT_DIM);
    if (r.cols >= 72) {
        draw_text(r, 0, r.cols / 3 + 11, TEXT("targets"), ROLE_TEXT_DIM);
        draw_text(r, 0, r.cols - 17, TEXT("by"), ROLE_TEXT_DIM);
    }
    draw_right(r, 0, r.cols - 1, 7, TEXT("since"), ROLE_TEXT_DIM);
}

static void activity_draw(struct view *view, struct app *a, struct region r)
{
    struct activity *v = (struct activity *)view;
    const struct leeway_release *x = activity_here(v);
    if (!x) {
        draw_wrapped(r, 1, 4, r.cols - 8, 2,
                     TEXT("Nothing runs, and nothing was released from this store yet."),
                     ROLE_TEXT);
        return;
    }
    int rows = (int)v->rows.len, most = r.rows >= 16 ? LIST_ROWS_MAX : 2;
    rows = rows < most ? rows : most;
    draw_headings(r);
    list_draw(&v->list, region_sub(r, 1, 0, rows, r.cols), draw_row, v);
    int y = rows + 1 + (r.rows >= 16);
    int room = r.rows - y - (r.rows >= 16 ? 6 : 0);
    y += activity_draw_targets(v, x, region_sub(r, y, 0, room, r.cols));
    if (r.rows >= 16)
        activity_draw_log(v, x, region_sub(r, y + 1, 0, r.rows - y - 1, r.cols));
}

static size_t activity_path(struct view *view, struct app *a, struct arena *arena,
                            struct text *parts, size_t max)
{
    parts[0] = TEXT("activity");
    return 1;
}

static void activity_totals(struct view *view, struct app *a, struct region r)
{
    struct activity *v = (struct activity *)view;
    struct words_total totals[ARRAY_LEN(states)];
    size_t shown = 0;
    for (size_t s = 0; s < ARRAY_LEN(states); s++) {
        size_t n = 0;
        for (size_t i = 0; i < v->rows.len; i++)
            n += v->rows.items[i]->state == (enum leeway_release_state)s;
        if (n && s != LEEWAY_RELEASE_DONE)
            totals[shown++] = (struct words_total){
                states[s].state, text_fmt(canvas_arena(r.canvas), "%zu %s", n, states[s].word),
                ROLE_TEXT};
    }
    words_draw_totals(r, totals, shown);
}

/* ---- pause, resume, abort ---- */

struct release_question {
    struct activity *v;
    uint64_t release;
    enum leeway_command_kind first; /* of the button after Cancel; the last one aborts */
};

static void told(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else
        app_info(a, "the release was told");
}

static void release_answered(struct app *a, void *ctx, int button)
{
    struct release_question *q = ctx;
    if (a && button > 0) {
        const struct leeway_command c = {.kind = button == 1 ? q->first : LEEWAY_CMD_ABORT,
                                         .release = q->release};
        app_request(a, &q->v->view, &c, told);
    }
    mem_free(q);
}

static void ask_release(struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    bool paused = x->state == LEEWAY_RELEASE_PAUSED;
    struct arena a;
    arena_init(&a);
    struct release_question *q = mem_new(struct release_question);
    q->v = v;
    q->release = x->id;
    q->first = paused ? LEEWAY_CMD_RESUME : LEEWAY_CMD_PAUSE;
    const struct text lines[] = {
        text_fmt(&a, "%d of %d targets are done.", x->targets_done, x->targets), TEXT_NONE,
        paused ? TEXT("Resume  the targets that are left go on.")
               : TEXT("Pause   what is being sent is finished; nothing further begins."),
        TEXT("Abort   stops at the next safe point. What was applied stays as it is.")};
    const bool danger[] = {false, false, false, true};
    const struct dialog_button buttons[] = {{paused ? "Resume" : "Pause", NULL}, {"Abort", NULL}};
    struct dialog_spec spec = {.title = text_fmt(&a, "Release r%d of %s, %s", x->number,
                                                 x->environment.str, activity_word(x->state)),
                               .lines = lines,
                               .n_lines = ARRAY_LEN(lines),
                               .danger = danger,
                               .buttons = buttons,
                               .n_buttons = ARRAY_LEN(buttons),
                               .done = release_answered,
                               .ctx = q};
    app_push(v->app, dialog_new(&spec));
    arena_clear(&a);
}

/* ---- keys ---- */

static bool scroll_log(struct activity *v, enum command c)
{
    const struct leeway_release *x = activity_here(v);
    size_t n = x ? x->n_log : 0, page = v->log_page > 1 ? (size_t)v->log_page - 1 : 1;
    size_t most = n > (size_t)v->log_page ? n - (size_t)v->log_page : 0, by = 0;
    switch (c) {
    case CMD_UP:
    case CMD_DOWN:
        by = 1;
        break;
    case CMD_PAGE_UP:
    case CMD_PAGE_DOWN:
        by = page;
        break;
    case CMD_HALF_UP:
    case CMD_HALF_DOWN:
        by = page / 2 + 1;
        break;
    case CMD_TOP:
        v->behind = most;
        return true;
    case CMD_BOTTOM:
        v->behind = 0;
        return true;
    default:
        return false;
    }
    bool up = c == CMD_UP || c == CMD_PAGE_UP || c == CMD_HALF_UP;
    size_t to = up ? v->behind + by : v->behind > by ? v->behind - by : 0;
    v->behind = to < most ? to : most;
    return true;
}

static bool is_bad(void *ctx, size_t row)
{
    struct activity *v = ctx;
    return activity_state(v->rows.items[row]->state) <= LEEWAY_DEGRADED;
}

static unsigned activity_command(struct view *view, struct app *a, enum command c)
{
    struct activity *v = (struct activity *)view;
    uint64_t was = list_uid(&v->list);
    unsigned effects;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        v->in_log = !v->in_log;
        return VIEW_REDRAW;
    case CMD_FOLLOW:
        v->behind = 0;
        return VIEW_REDRAW;
    case CMD_ROLLOUT:
        ask_release(v);
        return VIEW_REDRAW;
    case CMD_BACK:
        if (!v->in_log)
            return 0;
        v->in_log = false;
        return VIEW_REDRAW;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        if (!list_seek(&v->list, c == CMD_NEXT_PROBLEM ? 1 : -1, is_bad, v))
            app_info(a, "no more releases that way went wrong");
        effects = VIEW_REDRAW;
        break;
    default:
        if (v->in_log && scroll_log(v, c))
            return VIEW_REDRAW;
        effects = list_command(&v->list, c);
    }
    if (list_uid(&v->list) != was) {
        v->behind = 0;
        v->log_len = activity_here(v)->n_log;
    }
    return effects;
}

static const char *activity_why_not(struct view *view, struct app *a, enum command c,
                                    struct arena *arena)
{
    struct activity *v = (struct activity *)view;
    const struct leeway_release *x = activity_here(v);
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        return NULL;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return x ? NULL : "there is no release";
    case CMD_FOLLOW:
        return v->behind ? NULL : "it follows already";
    case CMD_ROLLOUT:
        if (!x)
            return "there is no release";
        if (x->state == LEEWAY_RELEASE_ABORTING)
            return "it is being aborted";
        return activity_runs(x) ? NULL : "it has ended";
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned activity_refresh(struct view *view, struct app *a)
{
    reload((struct activity *)view);
    return VIEW_REDRAW;
}

static const struct view_hint hints[] = {{CMD_NEXT_TAB, "next pane"},
                                         {CMD_FOLLOW, "follow"},
                                         {CMD_ROLLOUT, "stop or pause"},
                                         {CMD_NEXT_PROBLEM, "next that failed"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "activity",
    .place = PLACE_SCREEN,
    .hints = hints,
    .free = activity_free,
    .draw = activity_draw,
    .path = activity_path,
    .totals = activity_totals,
    .command = activity_command,
    .why_not = activity_why_not,
    .refresh = activity_refresh,
};

struct view *activity_new(struct app *a)
{
    struct activity *v = mem_new(struct activity);
    v->view.ops = &ops;
    v->app = a;
    v->log_page = 1;
    list_init(&v->list);
    reload(v);
    return &v->view;
}
