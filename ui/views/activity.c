// SPDX-License-Identifier: Apache-2.0
/* The view of releases: order, three panes, keys. */
#include "views/activity.h"

#include "views/activity_int.h"
#include "views/cluster.h"
#include "views/copy.h"
#include "views/environments.h"
#include "views/words.h"

#include <stdlib.h>

#define LIST_ROWS_MAX 6

static void activity_free(struct view *view)
{
    struct activity *v = (struct activity *)view;
    vec_clear(&v->rows);
    vec_clear(&v->parts);
    list_clear(&v->list);
    list_clear(&v->targets);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

const struct leeway_release *activity_here(const struct activity *v)
{
    size_t row;
    return list_at(&v->list, &row) && row < v->rows.len ? v->rows.items[row] : NULL;
}

/* What waits for a person first, then what runs, then the newest. */
static int rank(const struct leeway_release *r)
{
    enum leeway_state s = activity_state(r).state;
    return !activity_runs(r) ? 2 : s == LEEWAY_DEGRADED || s == LEEWAY_PENDING ? 0 : 1;
}

static int compare(const void *a, const void *b)
{
    const struct leeway_release *x = *(const struct leeway_release *const *)a,
                                *y = *(const struct leeway_release *const *)b;
    if (rank(x) != rank(y))
        return rank(x) - rank(y);
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
    activity_load_parts(v);
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
    v->list.light = v->pane == ACTIVITY_RELEASES ? LIST_LIVE : LIST_BESIDE;
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
    struct words_total totals[8];
    size_t shown = 0, n[LEEWAY_STATE_COUNT] = {0};
    const char *words[LEEWAY_STATE_COUNT] = {NULL};
    for (size_t i = 0; i < v->rows.len; i++) {
        struct activity_state s = activity_state(v->rows.items[i]);
        n[s.state]++;
        words[s.state] = s.word;
    }
    for (int s = 0; s < LEEWAY_OK; s++)
        if (n[s] && shown < ARRAY_LEN(totals))
            totals[shown++] = (struct words_total){
                (enum leeway_state)s, text_fmt(canvas_arena(r.canvas), "%zu %s", n[s], words[s]),
                ROLE_TEXT};
    words_draw_totals(r, totals, shown);
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
    return activity_state(v->rows.items[row]).state <= LEEWAY_DEGRADED;
}

static const struct activity_part *part_here(const struct activity *v)
{
    size_t row;
    bool there = v->pane == ACTIVITY_TARGETS && list_at(&v->targets, &row);
    return there && row < v->parts.len ? &v->parts.items[row] : NULL;
}

/* The gate that Enter is about: under the cursor, or the one that the release waits at. */
static const struct leeway_release_stage *gate_here(const struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    const struct activity_part *p = part_here(v);
    if (!x || v->pane == ACTIVITY_LOG)
        return NULL;
    if (!p)
        return activity_gate(x);
    return p->stage && p->stage->gate && !p->stage->opened_ms && activity_runs(x) ? p->stage : NULL;
}

static const struct leeway_environment *environment_here(const struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    for (size_t i = 0; x && i < leeway_environments(v->snapshot); i++)
        if (text_equal(leeway_environment_at(v->snapshot, i)->name, x->environment))
            return leeway_environment_at(v->snapshot, i);
    return NULL;
}

static const char *why_no_undo(const struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    if (x && activity_runs(x))
        return "it has not ended: S aborts it";
    return x ? environment_why_no_undo(environment_here(v), x->number) : "there is no release";
}

static unsigned open_here(struct activity *v)
{
    const struct leeway_release_stage *gate = gate_here(v);
    const struct activity_part *p = part_here(v);
    if (gate) {
        activity_ask_gate(v, gate);
        return VIEW_REDRAW;
    }
    if (!p) {
        app_push(v->app, environment_new(v->app, activity_here(v)->environment));
        return VIEW_REDRAW;
    }
    const struct leeway_cluster *c = leeway_cluster_by_name(v->snapshot, p->target->cluster.str);
    if (c)
        app_push(v->app, cluster_new(v->app, c->id));
    else
        app_error(v->app, "%s is not in this fleet", p->target->cluster.str);
    return VIEW_REDRAW;
}

static unsigned next_pane(struct activity *v, int step)
{
    v->pane = (enum activity_pane)(((int)v->pane + step + ACTIVITY_PANES) % ACTIVITY_PANES);
    return VIEW_REDRAW;
}

/* Another release is under the cursor: its log follows, its parts are in view. */
static void moved(struct activity *v)
{
    v->behind = 0;
    v->log_len = activity_here(v)->n_log;
    activity_load_parts(v);
}

static void copy(struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    const struct activity_part *p = part_here(v);
    struct arena a;
    arena_init(&a);
    COPY(v->app, &v->view, {p ? p->target->cluster : TEXT_NONE, "the target's cluster"},
         {x->plan, "the plan's hash"},
         {link_command(&a, LINK(&a, "", TEXT("plan"), x->plan)), "the link to its plan"},
         {text_fmt(&a, "leeway rollout status %s", x->environment.str), "the command"});
    arena_clear(&a);
}

static struct text activity_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct leeway_release *x = activity_here((const struct activity *)view);
    return LINK(arena, "", TEXT("activity"), x ? x->environment : TEXT_NONE);
}

/* The newest release of this environment. */
static bool activity_go(struct view *view, struct app *a, struct text where)
{
    struct activity *v = (struct activity *)view;
    const struct leeway_release *best = NULL;
    for (size_t i = 0; i < v->rows.len; i++)
        if (text_equal(v->rows.items[i]->environment, where) &&
            (!best || v->rows.items[i]->number > best->number))
            best = v->rows.items[i];
    if (!best || !list_go_uid(&v->list, best->id))
        return false;
    moved(v);
    return true;
}

static unsigned activity_command(struct view *view, struct app *a, enum command c)
{
    struct activity *v = (struct activity *)view;
    uint64_t was = list_uid(&v->list);
    unsigned effects;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return next_pane(v, c == CMD_NEXT_TAB ? 1 : -1);
    case CMD_FOLLOW:
        v->behind = 0;
        return VIEW_REDRAW;
    case CMD_OPEN:
        return open_here(v);
    case CMD_ROLLOUT:
        activity_ask_release(v);
        return VIEW_REDRAW;
    case CMD_BACK:
        if (v->pane == ACTIVITY_RELEASES)
            return 0;
        v->pane = ACTIVITY_RELEASES;
        return VIEW_REDRAW;
    case CMD_ROLLBACK:
        environment_plan_undo(a, view, environment_here(v), activity_here(v)->number);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy(v);
        return VIEW_REDRAW;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        if (!list_seek(&v->list, c == CMD_NEXT_PROBLEM ? 1 : -1, is_bad, v))
            app_info(a, "no more releases that way went wrong");
        effects = VIEW_REDRAW;
        break;
    default:
        if (v->pane == ACTIVITY_LOG && scroll_log(v, c))
            return VIEW_REDRAW;
        if (v->pane == ACTIVITY_TARGETS)
            return list_command(&v->targets, c);
        effects = list_command(&v->list, c);
    }
    if (list_uid(&v->list) != was)
        moved(v);
    return effects;
}

static const char *activity_why_not(struct view *view, struct app *a, enum command c,
                                    struct arena *arena)
{
    struct activity *v = (struct activity *)view;
    const struct leeway_release *x = activity_here(v);
    const struct activity_part *p = part_here(v);
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        return NULL;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_COPY:
        return x ? NULL : "there is no release";
    case CMD_OPEN:
        if (v->pane == ACTIVITY_LOG)
            return VIEW_NOT_HERE;
        if (p && p->stage && !gate_here(v))
            return p->stage->gate ? "its gate is open" : "it has no gate";
        return x ? NULL : "there is no release";
    case CMD_FOLLOW:
        return v->behind ? NULL : "it follows already";
    case CMD_ROLLBACK:
        return why_no_undo(v);
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

static const struct view_hint hints[] = {{CMD_OPEN, "open"},
                                         {CMD_NEXT_TAB, "next pane"},
                                         {CMD_ROLLOUT, "stop or pause"},
                                         {CMD_ROLLBACK, "plan rollback"},
                                         {CMD_FOLLOW, "follow"},
                                         {CMD_NEXT_PROBLEM, "next that failed"},
                                         {CMD_COPY, "copy"},
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
    .link = activity_link,
    .go = activity_go,
};

struct view *activity_new(struct app *a)
{
    struct activity *v = mem_new(struct activity);
    v->view.ops = &ops;
    v->app = a;
    v->log_page = 1;
    list_init(&v->list);
    list_init(&v->targets);
    reload(v);
    return &v->view;
}
