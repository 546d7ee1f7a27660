// SPDX-License-Identifier: Apache-2.0
/* One environment: what it is, its targets and its differences; the cursor walks through all. */
#include "base/hash.h"
#include "views/activity.h"
#include "views/cluster.h"
#include "views/drift_detail.h"
#include "views/drift_fold.h"
#include "views/environments.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/tall.h"

#include <string.h>

enum env_section {
    SECTION_TARGETS,
    SECTION_DRIFT,
    SECTION_EXCEPTIONS,
    SECTION_OVERRIDES,
    SECTION_HISTORY
};

struct env_row { /* what the section says is there */
    const struct leeway_target *target;
    const struct leeway_drift *drift;
    enum drift_group group;
    enum env_section section;
    const struct leeway_exception *exception;
    const struct leeway_override *override;
    const struct leeway_release *release;
};

struct environment {
    struct view view;
    struct app *app;
    struct arena own;
    struct text name;
    struct leeway_snapshot *snapshot;     /* referenced */
    const struct leeway_environment *row; /* NULL: it is gone */
    const struct leeway_env_file *file;   /* NULL: it comes from a folder */
    VEC(struct env_row) rows;
    struct list list;
};

static void environment_free(struct view *view)
{
    struct environment *v = (struct environment *)view;
    vec_clear(&v->rows);
    list_clear(&v->list);
    arena_clear(&v->own);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

static uint64_t uid_of(struct text name, uint64_t drift)
{
    uint64_t h = hash_bytes(hash_process_key(), name.str, name.len) + drift * 2 + 1;
    return h ? h : 1;
}

static void add_drifts(struct environment *v)
{
    for (int g = 0; g < DRIFT_GROUP_COUNT; g++) {
        for (size_t i = 0; i < leeway_drifts(v->snapshot); i++) {
            const struct leeway_drift *d = leeway_drift_at(v->snapshot, i);
            if (text_equal(d->environment, v->name) && (int)drift_group_of(d) == g)
                vec_push(&v->rows,
                         ((struct env_row){
                             .drift = d, .group = (enum drift_group)g, .section = SECTION_DRIFT}));
        }
    }
}

/* What its file records, and what was done to it. */
static void add_records(struct environment *v)
{
    const struct leeway_env_file *f = v->file;
    for (size_t i = 0; f && i < f->n_exceptions; i++)
        vec_push(&v->rows,
                 ((struct env_row){.exception = &f->exceptions[i], .section = SECTION_EXCEPTIONS}));
    for (size_t i = 0; f && i < f->n_overrides; i++)
        vec_push(&v->rows,
                 ((struct env_row){.override = &f->overrides[i], .section = SECTION_OVERRIDES}));
    for (size_t i = 0; i < leeway_releases(v->snapshot); i++)
        if (text_equal(leeway_release_at(v->snapshot, i)->environment, v->name))
            vec_push(&v->rows, ((struct env_row){.release = leeway_release_at(v->snapshot, i),
                                                 .section = SECTION_HISTORY}));
}

static uint64_t uid_of_row(const struct environment *v, size_t i)
{
    const struct env_row *r = &v->rows.items[i];
    if (r->target)
        return uid_of(r->target->cluster, 0);
    if (r->drift)
        return uid_of(v->name, r->drift->id);
    if (r->release)
        return uid_of(TEXT("release"), r->release->id);
    return uid_of(r->exception ? r->exception->path : r->override->reason, i);
}

static void reload(struct environment *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->row = NULL;
    v->rows.len = 0;
    for (size_t i = 0; i < leeway_environments(s); i++)
        if (text_equal(leeway_environment_at(s, i)->name, v->name))
            v->row = leeway_environment_at(s, i);
    for (int state = 0; v->row && state < LEEWAY_STATE_COUNT; state++)
        for (size_t i = 0; i < v->row->n_target_rows; i++)
            if ((int)v->row->target_rows[i].state == state)
                vec_push(&v->rows, ((struct env_row){.target = &v->row->target_rows[i]}));
    add_drifts(v);
    v->file = environment_file(s, v->row);
    if (v->row)
        add_records(v);
    VEC(uint64_t) uids = {0};
    for (size_t i = 0; i < v->rows.len; i++)
        vec_push(&uids, uid_of_row(v, i));
    list_set(&v->list, uids.items, uids.len);
    vec_clear(&uids);
}

static const struct env_row *here(const struct environment *v)
{
    size_t row;
    return list_at(&v->list, &row) && row < v->rows.len ? &v->rows.items[row] : NULL;
}

/* ---- drawing ---- */

static struct text when(struct environment *v, struct arena *a, int64_t ms)
{
    return ms ? zone_when(a, app_zone(v->app), ms, clock_wall_ms(app_clock(v->app))) : TEXT_NONE;
}

static int fact(struct region r, int y, const char *name, struct text value)
{
    if (!value.len)
        return y;
    draw_text(r, y, 1, text_cstr(canvas_arena(r.canvas), name), ROLE_TEXT_DIM);
    draw_cut(r, y, 12, r.cols - 13, value, ROLE_TEXT, TEXT_CUT_END);
    return y + 1;
}

/* Blueprint, whose it is, how long it lives. */
static int draw_file(struct environment *v, struct region r, int y)
{
    const struct leeway_env_file *f = v->file;
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_blueprint *b =
        leeway_blueprint_find(v->snapshot, f->blueprint.str, f->version.str);
    const struct leeway_blueprint *newest =
        leeway_blueprint_find(v->snapshot, f->blueprint.str, NULL);
    struct text t = text_fmt(a, "%s %s%s%s", f->blueprint.str, f->version.str, b ? ", " : "",
                             b ? b->approval.str : "");
    if (!b)
        t = text_fmt(a, "%s, which is not in the catalog", t.str);
    else if (newest && newest->usable && !text_equal(newest->version, f->version))
        t = text_fmt(a, "%s; %s can be had", t.str, newest->version.str);
    y = fact(r, y, "blueprint", t);
    if (f->team.len || f->owner.len)
        y = fact(r, y, "team",
                 text_fmt(a, "%s%s%s", f->team.str, f->team.len && f->owner.len ? ", owner " : "",
                          f->owner.str));
    return fact(r, y, "lives for", f->ttl);
}

static int draw_facts(struct environment *v, struct region r)
{
    const struct leeway_environment *e = v->row;
    struct arena *a = canvas_arena(r.canvas);
    struct text release = TEXT("none yet");
    if (e->release)
        release =
            text_fmt(a, "r%d by %s, %s", e->release, e->released_by.len ? e->released_by.str : "?",
                     when(v, a, e->released_ms).str);
    int y = fact(r, 0, "release", release);
    y = v->file ? draw_file(v, r, y) : fact(r, y, "comes from", e->origin);
    y = fact(r, y, "namespace", e->namespace_);
    struct text state = text_cstr(a, leeway_state_word(e->state));
    if (e->reason.len)
        state = text_fmt(a, "%s: %s", state.str, e->reason.str);
    if (e->since_ms)
        state = text_fmt(a, "%s, since %s", state.str, when(v, a, e->since_ms).str);
    draw_state(r, y, 10, e->state);
    return fact(r, y, "state", state);
}

static struct tall height(void *ctx, size_t row, bool first)
{
    struct environment *v = ctx;
    const struct env_row *x = &v->rows.items[row];
    bool head = row == 0 || x->section != v->rows.items[row - 1].section;
    return (struct tall){head ? 1 + (!first && row > 0) : 0,
                         x->drift || x->exception || x->override};
}

static void draw_target(struct environment *v, const struct leeway_target *t, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    bool wide = r.cols >= 60;
    int ready = wide ? 34 : r.cols - 9;
    enum role role = state_is_unwell(t->state) ? ROLE_TEXT : ROLE_TEXT_DIM;
    draw_state(r, 0, 2, t->state);
    draw_cut(r, 0, 4, ready - 12, t->cluster, state_name_role(t->state), TEXT_CUT_MIDDLE);
    struct text n = t->objects < 0 || t->objects_ready < 0
                        ? TEXT("?")
                        : text_fmt(a, "%d/%d", t->objects_ready, t->objects);
    draw_right(r, 0, ready, 8, n, role);
    if (!wide) {
        draw_right(r, 0, r.cols - 1, 7, text_fmt(a, "r%d", t->release), role);
        return;
    }
    draw_right(r, 0, 38, 3, environment_count(a, t->drift[LEEWAY_VERDICT_UNEXPECTED]),
               ROLE_TEXT_STRONG);
    draw_right(r, 0, 41, 3, environment_count(a, t->drift[LEEWAY_VERDICT_ACCEPTED]), role);
    struct text words = text_cstr(a, leeway_target_state_word(t->phase));
    if (t->reason.len)
        words = text_fmt(a, "%s: %s", words.str, t->reason.str);
    draw_cut(r, 0, 44, r.cols - 53, words, role, TEXT_CUT_END);
    draw_right(r, 0, r.cols - 1, 7, when(v, a, t->since_ms), ROLE_TEXT_DIM);
}

static void draw_drift(struct environment *v, const struct env_row *x, struct region r)
{
    const struct leeway_drift *d = x->drift;
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_owner *o = words_holder(d->owners, d->n_owners);
    bool wide = r.cols >= 60;
    int value = wide ? r.cols - 35 : r.cols - 16;
    draw_state(r, 0, 2, drift_group_state(x->group));
    struct text object = d->name.len ? words_object(a, d->object_kind, d->name) : TEXT("objects");
    int used = draw_cut(r, 0, 4, value - 5, object,
                        x->group <= DRIFT_UNKNOWN ? ROLE_TEXT_STRONG : ROLE_TEXT, TEXT_CUT_MIDDLE);
    int room = value - 6 - used;
    if (room > 6 && d->path.len)
        draw_text(r, 0, 5 + used, words_path(a, d->path, (uint32_t)room), ROLE_TEXT);
    struct text values = d->given.len || d->live.len
                             ? words_change(a, d->given, d->live, wide ? 19 : 15)
                             : text_cstr(a, leeway_drift_kind_word(d->kind));
    draw_cut(r, 0, value, wide ? 19 : 15, values, ROLE_VALUE_LIVE, TEXT_CUT_END);
    if (wide)
        draw_right(r, 0, r.cols - 1, 14, d->cluster, ROLE_TEXT_DIM);
    struct text by = o ? text_fmt(a, "%s, %s", o->words.len ? o->words.str : o->manager.str,
                                  words_actor(o->actor))
                       : d->reason;
    if (d->before_ms)
        by = text_fmt(a, "%s%sat or before %s", by.str, by.len ? ", " : "",
                      words_exact(v->app, a, d->before_ms).str);
    draw_cut(r, 1, 4, r.cols - 5, by, ROLE_TEXT_DIM, TEXT_CUT_END);
}

/* "until 27 Nov 12:00, in 2 d 21 h", "ended 27 Nov 12:00" */
static struct text countdown(struct environment *v, struct arena *a, int64_t ms)
{
    int64_t left = ms - clock_wall_ms(app_clock(v->app)), hours = left / 3600000;
    if (!ms)
        return TEXT("without an end");
    if (left <= 0)
        return text_fmt(a, "ended %s", when(v, a, ms).str);
    return hours >= 24 ? text_fmt(a, "until %s, in %d d %d h", when(v, a, ms).str,
                                  (int)(hours / 24), (int)(hours % 24))
                       : text_fmt(a, "until %s, in %d h %d min", when(v, a, ms).str, (int)hours,
                                  (int)(left / 60000 % 60));
}

/* A recorded difference: what, where, why and for how long. */
static void draw_record(struct environment *v, struct region r, struct text what, struct text value,
                        struct text cluster, struct text reason, struct text by, int64_t ends)
{
    struct arena *a = canvas_arena(r.canvas);
    bool over = ends && ends <= clock_wall_ms(app_clock(v->app));
    draw_state(r, 0, 2, over ? LEEWAY_DRIFT : LEEWAY_ACCEPTED);
    int used = draw_cut(r, 0, 4, r.cols / 2, what, ROLE_TEXT, TEXT_CUT_MIDDLE);
    draw_cut(r, 0, 6 + used, r.cols - used - 24, value, ROLE_VALUE_LIVE, TEXT_CUT_END);
    draw_right(r, 0, r.cols - 1, 16, cluster.len ? cluster : TEXT("everywhere"), ROLE_TEXT_DIM);
    draw_cut(r, 1, 4, r.cols - 5,
             text_fmt(a, "%s%s%s; %s", reason.str, by.len ? ", by " : "", by.str,
                      countdown(v, a, ends).str),
             over ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void draw_release(struct environment *v, struct region r, const struct leeway_release *x)
{
    static const struct {
        enum leeway_state state;
        const char *word;
    } ends[] = {[LEEWAY_RELEASE_RUNNING] = {LEEWAY_CHANGING, "runs"},
                [LEEWAY_RELEASE_PAUSED] = {LEEWAY_ASLEEP, "paused"},
                [LEEWAY_RELEASE_ABORTING] = {LEEWAY_CHANGING, "stops"},
                [LEEWAY_RELEASE_DONE] = {LEEWAY_OK, "done"},
                [LEEWAY_RELEASE_FAILED] = {LEEWAY_FAILED, "failed"},
                [LEEWAY_RELEASE_ABORTED] = {LEEWAY_DEGRADED, "aborted"}};
    struct arena *a = canvas_arena(r.canvas);
    draw_state(r, 0, 2, ends[x->state].state);
    draw_text(r, 0, 4, text_fmt(a, "r%d", x->number), ROLE_TEXT);
    draw_cut(r, 0, 9, r.cols - 40, x->title, ROLE_TEXT, TEXT_CUT_END);
    if (r.cols >= 60) {
        draw_cut(r, 0, r.cols - 30, 9, x->by, ROLE_TEXT, TEXT_CUT_END);
        draw_text(r, 0, r.cols - 20, text_cstr(a, ends[x->state].word), ROLE_TEXT);
    }
    draw_right(r, 0, r.cols - 1, 12, when(v, a, x->started_ms), ROLE_TEXT_DIM);
}

static void draw_section_head(struct environment *v, const struct env_row *x, struct region all,
                              int y)
{
    struct arena *a = canvas_arena(all.canvas);
    const struct leeway_blueprint *b =
        v->file ? leeway_blueprint_find(v->snapshot, v->file->blueprint.str, v->file->version.str)
                : NULL;
    switch (x->section) {
    case SECTION_EXCEPTIONS:
        draw_section(all, y, TEXT("exceptions"),
                     b && b->exceptions >= 0
                         ? text_fmt(a, "%zu of %d", v->file->n_exceptions, b->exceptions)
                         : TEXT_NONE);
        break;
    case SECTION_OVERRIDES:
        draw_section(all, y, TEXT("overrides"), TEXT_NONE);
        break;
    case SECTION_HISTORY:
        draw_section(all, y, TEXT("history"), TEXT_NONE);
        break;
    default:
        draw_section(all, y, TEXT("drift"), TEXT_NONE);
    }
}

static void draw_row(void *ctx, struct region all, const struct list_row *row, int above)
{
    struct environment *v = ctx;
    const struct env_row *x = &v->rows.items[row->row];
    struct region r = region_sub(all, above, 0, all.rows - above, all.cols);
    if (above && x->target) {
        draw_section(all, 0, TEXT("targets"), all.cols >= 60 ? TEXT("since ") : TEXT("release "));
        if (all.cols >= 60) {
            draw_right(all, 0, 34, 9, TEXT("  objects"), ROLE_TEXT_DIM);
            draw_fill(all, 0, 34, 10, ROLE_TEXT);
            draw_glyph(all, 0, 37, GLYPH_DRIFT, ROLE_TEXT_DIM);
            draw_glyph(all, 0, 40, GLYPH_ACCEPTED, ROLE_TEXT_DIM);
            draw_text(all, 0, 44, TEXT("state "), ROLE_TEXT_DIM);
        }
    } else if (above) {
        draw_section_head(v, x, all, above - 1);
    }
    struct arena *a = canvas_arena(all.canvas);
    if (x->target)
        draw_target(v, x->target, r);
    else if (x->drift)
        draw_drift(v, x, r);
    else if (x->exception)
        draw_record(v, r, text_fmt(a, "%s %s", x->exception->object.str, x->exception->path.str),
                    x->exception->value, x->exception->cluster, x->exception->reason,
                    x->exception->by, x->exception->expires_ms);
    else if (x->override)
        draw_record(v, r, x->override->module, x->override->params, x->override->cluster,
                    x->override->reason, x->override->by, x->override->expires_ms);
    else
        draw_release(v, r, x->release);
}

static void environment_draw(struct view *view, struct app *a, struct region r)
{
    struct environment *v = (struct environment *)view;
    if (!v->row) {
        draw_wrapped(r, 1, 4, r.cols - 8, 2, TEXT("This environment is gone."), ROLE_TEXT);
        return;
    }
    int y = r.rows >= 12 ? draw_facts(v, region_sub(r, 1, 0, r.rows - 1, r.cols)) + 2 : 0;
    tall_draw(&v->list, region_sub(r, y, 0, r.rows - y, r.cols), height, draw_row, v);
}

static size_t environment_path(struct view *view, struct app *a, struct arena *arena,
                               struct text *parts, size_t max)
{
    parts[0] = TEXT("environments");
    parts[1] = ((struct environment *)view)->name;
    return 2;
}

static void environment_totals(struct view *view, struct app *a, struct region r)
{
    struct environment *v = (struct environment *)view;
    if (!v->row)
        return;
    struct text t = v->row->reason.len
                        ? v->row->reason
                        : text_cstr(canvas_arena(r.canvas), leeway_state_word(v->row->state));
    int col = r.cols - 1 - draw_right(r, 0, r.cols - 1, r.cols - 4, t, ROLE_TEXT);
    draw_state(r, 0, col - 2, v->row->state);
}

/* ---- keys ---- */

static bool is_unwell(void *ctx, size_t row)
{
    const struct env_row *x = &((struct environment *)ctx)->rows.items[row];
    if (x->release)
        return x->release->state == LEEWAY_RELEASE_FAILED;
    return x->target  ? state_is_unwell(x->target->state)
           : x->drift ? x->group <= DRIFT_UNKNOWN
                      : false;
}

static unsigned open_row(struct environment *v)
{
    const struct env_row *x = here(v);
    if (x->drift) {
        app_push(v->app, drift_detail_new(v->app, x->drift));
        return VIEW_REDRAW;
    }
    if (x->release) {
        app_push(v->app, activity_new(v->app));
        return VIEW_REDRAW;
    }
    const struct leeway_cluster *c = leeway_cluster_by_name(v->snapshot, x->target->cluster.str);
    if (c)
        app_push(v->app, cluster_new(v->app, c->id));
    else
        app_error(v->app, "%s is not in this fleet", x->target->cluster.str);
    return VIEW_REDRAW;
}

static unsigned environment_command(struct view *view, struct app *a, enum command c)
{
    struct environment *v = (struct environment *)view;
    switch (c) {
    case CMD_OPEN:
        return open_row(v);
    case CMD_DRIFT:
        environment_open_drift(a, v->row);
        return VIEW_REDRAW;
    case CMD_PLAN:
        environment_ask_ways(a, view, v->row);
        return VIEW_REDRAW;
    case CMD_PLAN_DELETE:
        environment_plan_destroy(a, view, v->row);
        return VIEW_REDRAW;
    case CMD_COPY:
        app_copy(a, v->name);
        return VIEW_DONE;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        if (!list_seek(&v->list, c == CMD_NEXT_PROBLEM ? 1 : -1, is_unwell, v))
            app_info(a, "nothing more that way is not well");
        return VIEW_REDRAW;
    default:
        return list_command(&v->list, c);
    }
}

static const char *environment_why_not(struct view *view, struct app *a, enum command c,
                                       struct arena *arena)
{
    struct environment *v = (struct environment *)view;
    switch (c) {
    case CMD_OPEN:
        return here(v) && !here(v)->exception && !here(v)->override ? NULL
                                                                    : "there is nothing to open";
    case CMD_DRIFT:
        return v->row ? NULL : "the environment is gone";
    case CMD_PLAN:
        return environment_why_no_plan(v->row);
    case CMD_PLAN_DELETE:
        return environment_why_no_destroy(v->snapshot, v->row);
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
    case CMD_COPY:
        return NULL;
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned environment_refresh(struct view *view, struct app *a)
{
    reload((struct environment *)view);
    return VIEW_REDRAW;
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"}, {CMD_NEXT_PROBLEM, "next not well"}, {CMD_DRIFT, "drift"},
    {CMD_PLAN, "plan"}, {CMD_PLAN_DELETE, "plan deletion"},  {CMD_COPY, "copy"},
    {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "environment",
    .place = PLACE_SCREEN,
    .hints = hints,
    .free = environment_free,
    .draw = environment_draw,
    .path = environment_path,
    .totals = environment_totals,
    .command = environment_command,
    .why_not = environment_why_not,
    .refresh = environment_refresh,
};

struct text environment_name_of(const struct view *view)
{
    return view->ops == &ops ? ((const struct environment *)view)->name
                             : environments_here_name(view);
}

struct view *environment_new(struct app *a, struct text name)
{
    struct environment *v = mem_new(struct environment);
    v->view.ops = &ops;
    v->app = a;
    arena_init(&v->own);
    v->name = text_dup(&v->own, name);
    list_init(&v->list);
    reload(v);
    return &v->view;
}
