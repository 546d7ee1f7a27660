// SPDX-License-Identifier: Apache-2.0
/*
 * What happened: releases, plans, decisions, the audit. The engine reads the records and follows
 * the audit's chain when the view opens, and again when a release or an answer moved.
 */
#include "views/history.h"

#include "base/hash.h"
#include "views/activity.h"
#include "views/compare.h"
#include "views/copy.h"
#include "views/drift_detail.h"
#include "views/environments.h"
#include "views/history_int.h"
#include "views/plan_view.h"
#include "views/states.h"
#include "widget/dialog.h"
#include "widget/tabs.h"

#include <string.h>

enum { LIMIT = 200, LIMIT_MAX = 5000 }; /* the engine's own */

static void history_free(struct view *view)
{
    struct history_view *v = (struct history_view *)view;
    vec_clear(&v->rows);
    browse_clear(&v->browse);
    arena_clear(&v->own);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    if (v->history)
        leeway_history_unref(v->history);
    mem_free(v);
}

/* ---- what is asked ---- */

static void told(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct history_view *v = (struct history_view *)owner;
    v->asking = false;
    if (ev->kind == LEEWAY_EVENT_FAILED) {
        v->refused = text_cstr(&v->own, ev->err.text);
        return;
    }
    if (!ev->history)
        return;
    struct leeway_history *old = v->history;
    v->history = leeway_history_ref(ev->history);
    v->refused = TEXT_NONE;
    history_load_rows(v);
    if (old)
        leeway_history_unref(old);
}

/* Changes when a release or an answer does. */
static uint64_t mark_of(const struct leeway_snapshot *s)
{
    uint64_t h = 1;
    for (size_t i = 0; i < leeway_releases(s); i++) {
        const struct leeway_release *r = leeway_release_at(s, i);
        h = h * 31 + r->id * 8 + (uint64_t)r->state + (r->ended_ms ? 5 : 0);
    }
    for (size_t i = 0; i < leeway_answers(s); i++) {
        const struct leeway_answer *x = leeway_answer_at(s, i);
        h = h * 31 + hash_bytes(hash_process_key(), x->uuid.str, x->uuid.len) + x->expired;
    }
    return h;
}

static void ask(struct history_view *v)
{
    const struct leeway_command c = {.kind = LEEWAY_CMD_HISTORY,
                                     .environment = v->scope.len ? v->scope.str : NULL,
                                     .limit = v->limit};
    if (!v->asking)
        v->asking = app_request(v->app, &v->view, &c, told) != 0;
}

/* On the last row, or where no row passes the filter: what is older. */
static void ask_older(struct history_view *v)
{
    const struct list *l = &v->browse.list;
    if (v->asking || !v->history || !v->history->more || v->limit >= LIMIT_MAX ||
        l->cursor + 1 < l->uids.len)
        return;
    v->limit = v->limit * 2 < LIMIT_MAX ? v->limit * 2 : LIMIT_MAX;
    ask(v);
}

static void reload(void *ctx)
{
    struct history_view *v = ctx;
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    uint64_t mark = mark_of(s);
    if (mark != v->seen)
        ask(v);
    v->seen = mark;
    history_load_rows(v);
}

static const struct past_row *row_at(const struct history_view *v, size_t row)
{
    return row < v->rows.len ? &v->rows.items[row] : NULL;
}

static const struct past_row *here(const struct history_view *v)
{
    size_t row;
    return list_at(&v->browse.list, &row) ? row_at(v, row) : NULL;
}

/* ---- drawing ---- */

struct columns {
    int what, by, ended, on;
};

static struct columns columns(const struct history_view *v, int cols)
{
    if (v->tab == HISTORY_AUDIT)
        return (struct columns){.what = 17, .by = cols * 5 / 8 - 9, .ended = cols * 5 / 8};
    return (struct columns){.what = 17, .by = cols - 32, .ended = cols - 23, .on = cols - 1};
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct history_view *v = ctx;
    const struct past_row *p = row_at(v, row->row);
    struct arena *a = canvas_arena(r.canvas);
    struct columns c = columns(v, r.cols);
    enum leeway_state state = history_state(v, p);
    bool wide = r.cols >= 60;
    draw_state(r, 0, 2, state);
    draw_cut(r, 0, 4, 12,
             zone_when(a, app_zone(v->app), p->at_ms, clock_wall_ms(app_clock(v->app))),
             ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_cut(r, 0, c.what, (wide ? c.by : r.cols) - c.what - 1, history_what(v, a, p),
             p->kind == PAST_ACT ? ROLE_TEXT : state_name_role(state), TEXT_CUT_END);
    if (!wide)
        return;
    draw_cut(r, 0, c.by, 8, history_by(p), ROLE_TEXT, TEXT_CUT_END);
    draw_cut(r, 0, c.ended, (c.on ? c.on - 4 : r.cols - 1) - c.ended, history_ended(v, a, p),
             ROLE_TEXT, TEXT_CUT_END);
    if (c.on && p->kind == PAST_RELEASE)
        draw_right(r, 0, c.on, 4, text_fmt(a, "%d", p->of.release->targets), ROLE_TEXT_DIM);
}

static const char *const tab_names[HISTORY_TABS] = {"all", "releases", "plans", "decisions",
                                                    "audit"};

static void draw_tabs(const struct history_view *v, struct region r)
{
    struct tab tabs[HISTORY_TABS];
    for (int i = 0; i < HISTORY_TABS; i++)
        tabs[i] = (struct tab){tab_names[i], i == HISTORY_ALL ? -1 : (int64_t)v->counts[i]};
    tabs_draw(r, 0, tabs, HISTORY_TABS, v->tab);
}

static void draw_nothing(const struct history_view *v, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text t = TEXT("Nothing was released yet: 3 has what can be launched.");
    if (v->refused.len)
        t = text_fmt(a, "The records cannot be read: %s.", v->refused.str);
    else if (!v->history)
        t = TEXT("The records are being read.");
    else if (v->browse.filter[0])
        t = TEXT("Nothing passes this filter; Esc clears it.");
    else if (v->tab != HISTORY_ALL)
        t = TEXT("There is none.");
    draw_wrapped(r, 2, 4, r.cols - 8, 3, t, ROLE_TEXT);
}

static void history_draw(struct view *view, struct app *a, struct region r)
{
    struct history_view *v = (struct history_view *)view;
    struct columns c = columns(v, r.cols);
    draw_tabs(v, r);
    if (!v->rows.len) {
        draw_nothing(v, r);
        return;
    }
    draw_text(r, 1, 4, TEXT("when"), ROLE_TEXT_DIM);
    draw_text(r, 1, c.what, TEXT("what"), ROLE_TEXT_DIM);
    if (r.cols >= 60) {
        draw_text(r, 1, c.by, TEXT("by"), ROLE_TEXT_DIM);
        draw_text(r, 1, c.ended, c.on ? TEXT("how it ended") : TEXT("with"), ROLE_TEXT_DIM);
        if (c.on)
            draw_right(r, 1, c.on, 4, TEXT("on"), ROLE_TEXT_DIM);
    }
    list_draw(&v->browse.list, region_sub(r, 2, 0, r.rows - 2, r.cols), draw_row, v);
}

static void history_describe(struct view *view, struct app *a, struct region r)
{
    struct history_view *v = (struct history_view *)view;
    const struct past_row *p = here(v);
    struct arena *arena = canvas_arena(r.canvas);
    if (p)
        draw_wrapped(r, 0, 1, r.cols - 2, r.rows - 1, history_in_words(v, arena, p), ROLE_TEXT);
    struct text audit = history_audit_words(v, arena);
    if (!audit.len)
        return;
    bool broken = v->history->audit_problem.len > 0;
    int col = 1;
    if (broken) {
        draw_state(r, r.rows - 1, 2, LEEWAY_FAILED);
        col = 4;
    }
    draw_cut(r, r.rows - 1, col, r.cols - col - 1, text_fmt(arena, "audit: %s", audit.str),
             broken ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM, TEXT_CUT_END);
}

static size_t history_path(struct view *view, struct app *a, struct arena *arena,
                           struct text *parts, size_t max)
{
    struct history_view *v = (struct history_view *)view;
    if (v->scope.len && max > 1) {
        parts[0] = TEXT("history");
        parts[1] = browse_path(&v->browse, arena, v->scope.str);
        return 2;
    }
    parts[0] = browse_path(&v->browse, arena, "history");
    return 1;
}

static void history_totals(struct view *view, struct app *a, struct region r)
{
    struct history_view *v = (struct history_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    struct text t = text_count(arena, (long)v->counts[HISTORY_RELEASES], "release", "releases");
    if (v->history && v->history->more)
        t = v->asking ? text_fmt(arena, "%s, older ones are being read", t.str)
            : v->limit >= LIMIT_MAX
                ? text_fmt(arena, "%s, the newest %d of each kind", t.str, LIMIT_MAX)
                : text_fmt(arena, "%s, older ones at the end", t.str);
    draw_right(r, 0, r.cols - 1, r.cols - 1, t, ROLE_TEXT);
}

/* ---- keys ---- */

static bool went_wrong(void *ctx, size_t row)
{
    const struct history_view *v = ctx;
    return history_state(v, row_at(v, row)) <= LEEWAY_DEGRADED;
}

static void *rows(void *ctx, size_t *size)
{
    struct history_view *v = ctx;
    *size = sizeof(*v->rows.items);
    return v->rows.items;
}

static const struct browse_spec browse = {.is_problem = went_wrong,
                                          .no_problem = "nothing more that way went wrong",
                                          .reload = reload,
                                          .rows = rows,
                                          .head = 3};

static const struct leeway_environment *environment_here(const struct history_view *v)
{
    const struct past_row *p = here(v);
    struct arena a;
    const struct leeway_environment *found = NULL;
    arena_init(&a);
    struct text name = p ? history_environment(p, &a) : TEXT_NONE;
    for (size_t i = 0; v->snapshot && i < leeway_environments(v->snapshot); i++)
        if (text_equal(leeway_environment_at(v->snapshot, i)->name, name))
            found = leeway_environment_at(v->snapshot, i);
    arena_clear(&a);
    return found;
}

/* The difference that an answer covers, while it stands. */
static const struct leeway_drift *covered(const struct history_view *v,
                                          const struct leeway_answer *x)
{
    for (size_t i = 0; v->snapshot && i < leeway_drifts(v->snapshot); i++)
        if (text_equal(leeway_drift_at(v->snapshot, i)->exception, x->uuid))
            return leeway_drift_at(v->snapshot, i);
    return NULL;
}

/* A release and a plan open as plans, an answer as what it covers, an act as its environment. */
static void open_row(struct history_view *v)
{
    const struct past_row *p = here(v);
    struct text hash = p->kind == PAST_RELEASE ? p->of.release->plan
                       : p->kind == PAST_PLAN  ? p->of.plan->hash
                                               : TEXT_NONE;
    const struct leeway_drift *d = p->kind == PAST_ANSWER ? covered(v, p->of.answer) : NULL;
    if (hash.len) {
        const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_OPEN, .plan = hash.str};
        plan_view_request(v->app, &v->view, &c);
    } else if (d) {
        app_push(v->app, drift_detail_new(v->app, d));
    } else {
        app_push(v->app, environment_new(v->app, environment_here(v)->name));
    }
}

static const char *why_no_open(const struct history_view *v)
{
    const struct past_row *p = here(v);
    if (!p)
        return "there is no row";
    if (p->kind == PAST_RELEASE || p->kind == PAST_PLAN || environment_here(v))
        return NULL;
    return "its environment is gone";
}

static void show_details(struct history_view *v)
{
    const struct past_row *p = here(v);
    struct text lines[20];
    struct arena a;
    arena_init(&a);
    struct dialog_spec spec = {.title = history_what(v, &a, p), .lines = lines};
    spec.n_lines = history_facts(v, &a, p, lines, ARRAY_LEN(lines));
    app_push(v->app, dialog_new(&spec));
    arena_clear(&a);
}

static unsigned copy_row(struct history_view *v)
{
    const struct past_row *p = here(v);
    struct arena a;
    arena_init(&a);
    struct text plan = p->kind == PAST_RELEASE ? p->of.release->plan
                       : p->kind == PAST_PLAN  ? p->of.plan->hash
                                               : TEXT_NONE;
    struct text back = p->kind == PAST_RELEASE
                           ? text_fmt(&a, "leeway rollout undo %s --to r%d",
                                      p->of.release->environment.str, p->of.release->number)
                           : TEXT_NONE;
    COPY(v->app, &v->view, {history_in_words(v, &a, p), "what happened"}, {plan, "the plan's hash"},
         {plan.len ? link_command(&a, LINK(&a, "", TEXT("plan"), plan)) : TEXT_NONE, "the link"},
         {back, "plans going back to it"});
    arena_clear(&a);
    return VIEW_REDRAW;
}

static struct text history_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct history_view *v = (const struct history_view *)view;
    return LINK(arena, v->browse.filter, TEXT("history"), v->scope,
                v->tab ? text_cstr(arena, tab_names[v->tab]) : TEXT_NONE);
}

static bool history_go(struct view *view, struct app *a, struct text where)
{
    struct history_view *v = (struct history_view *)view;
    bool found = tabs_find(tab_names, HISTORY_TABS, where, &v->tab);
    history_load_rows(v);
    return found;
}

static int32_t release_here(const struct history_view *v)
{
    const struct past_row *p = here(v);
    return p && p->kind == PAST_RELEASE ? p->of.release->number : 0;
}

/* ---- comparing ---- */

/* The release before it, of the same environment; NULL: it is the first that is shown. */
static const struct leeway_past_release *before(const struct history_view *v,
                                                const struct leeway_past_release *r)
{
    const struct leeway_past_release *found = NULL;
    for (size_t i = 0; v->history && i < v->history->n_releases; i++) {
        const struct leeway_past_release *x = &v->history->releases[i];
        if (text_equal(x->environment, r->environment) && x->number < r->number &&
            (!found || x->number > found->number))
            found = x;
    }
    return found;
}

/* The marked two, the older first; else the one under the cursor and the one before it. NULL:
 * found; otherwise why not. */
static const char *find_two(const struct history_view *v, const struct leeway_past_release *two[2])
{
    const struct list *l = &v->browse.list;
    size_t pair[2];
    if (l->marks.len > 2)
        return "more than two are marked";
    if (l->marks.len == 2 && list_pair(l, pair)) {
        const struct past_row *a = row_at(v, pair[1]), *b = row_at(v, pair[0]);
        if (a->kind != PAST_RELEASE || b->kind != PAST_RELEASE)
            return "two releases are compared, and something else is marked";
        two[0] = a->of.release;
        two[1] = b->of.release;
        return NULL;
    }
    const struct past_row *p = here(v);
    for (size_t i = 0; l->marks.len == 1 && i < v->rows.len; i++)
        if (history_uid(&v->rows.items[i]) == l->marks.items[0])
            p = &v->rows.items[i];
    if (!p || p->kind != PAST_RELEASE)
        return "releases are compared; this is none";
    two[1] = p->of.release;
    two[0] = before(v, p->of.release);
    return two[0] ? NULL : "there is no release before it";
}

static void compare(struct history_view *v)
{
    const struct leeway_past_release *two[2];
    struct arena a;
    if (find_two(v, two))
        return;
    arena_init(&a);
    struct text sides[2];
    for (size_t i = 0; i < 2; i++)
        sides[i] = text_fmt(&a, "%s@r%d", two[i]->environment.str, two[i]->number);
    app_push(v->app, compare_new(v->app, sides[0], sides[1]));
    arena_clear(&a);
}

static unsigned history_command(struct view *view, struct app *a, enum command c)
{
    struct history_view *v = (struct history_view *)view;
    if (tabs_command(&v->tab, HISTORY_TABS, c)) {
        list_unmark_all(&v->browse.list);
        history_load_rows(v);
        list_go(&v->browse.list, 0);
        return VIEW_REDRAW;
    }
    switch (c) {
    case CMD_OPEN:
        open_row(v);
        return VIEW_REDRAW;
    case CMD_DETAILS:
        show_details(v);
        return VIEW_REDRAW;
    case CMD_ROLLBACK:
        environment_plan_undo(a, view, environment_here(v), release_here(v));
        return VIEW_REDRAW;
    case CMD_COMPARE:
        compare(v);
        return VIEW_REDRAW;
    case CMD_REFRESH:
        ask(v);
        return VIEW_REDRAW;
    case CMD_COPY:
        return copy_row(v);
    default: {
        unsigned done = browse_command(&v->browse, &browse, v, a, c);
        if (command_info(c)->flags & CMD_MOVE)
            ask_older(v);
        return done && v->asking ? VIEW_REDRAW : done;
    }
    }
}

static const char *history_why_not(struct view *view, struct app *a, enum command c,
                                   struct arena *arena)
{
    struct history_view *v = (struct history_view *)view;
    const struct leeway_past_release *two[2];
    switch (c) {
    case CMD_OPEN:
        return why_no_open(v);
    case CMD_COMPARE:
        return find_two(v, two);
    case CMD_DETAILS:
    case CMD_COPY:
        return here(v) ? NULL : "there is no row";
    case CMD_ROLLBACK:
        return here(v) ? environment_why_no_undo(environment_here(v), release_here(v))
                       : "there is no row";
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_REFRESH:
        return NULL;
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned history_filter(struct view *view, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct history_view *)view)->browse, &browse, view, text);
}

static unsigned history_refresh(struct view *view, struct app *a)
{
    return browse_refresh(&((struct history_view *)view)->browse, &browse, view, a);
}

static unsigned history_mouse(struct view *view, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct history_view *)view)->browse, &browse, ev);
}

static const struct view_hint hints[] = {{CMD_OPEN, "open"},
                                         {CMD_NEXT_TAB, "next tab"},
                                         {CMD_ROLLBACK, "plan rollback"},
                                         {CMD_COMPARE, "compare"},
                                         {CMD_DETAILS, "details"},
                                         {CMD_FILTER, "filter"},
                                         {CMD_NEXT_PROBLEM, "next that failed"},
                                         {CMD_COPY, "copy"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "history",
    .place = PLACE_SCREEN,
    .describe_rows = 4,
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
    .link = history_link,
    .go = history_go,
};

struct view *history_new_of(struct app *a, struct text environment)
{
    struct history_view *v = mem_new(struct history_view);
    v->view.ops = &ops;
    v->app = a;
    arena_init(&v->own);
    v->scope = text_dup(&v->own, environment);
    v->refused = TEXT_NONE;
    v->limit = LIMIT;
    browse_init(&v->browse);
    reload(v);
    return &v->view;
}

struct view *history_new(struct app *a)
{
    return history_new_of(a, TEXT_NONE);
}
