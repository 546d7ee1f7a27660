// SPDX-License-Identifier: Apache-2.0
/* The view itself: keys, filter, grouping, what a new snapshot means. */
#include "views/fleet.h"

#include "app/requests.h"
#include "base/mem.h"
#include "views/cluster.h"
#include "views/cluster_pane.h"
#include "views/compare.h"
#include "views/copy.h"
#include "views/drift_list.h"
#include "views/fleet_int.h"
#include "views/plan_here.h"
#include "views/resources.h"
#include "views/states.h"
#include "widget/dialog.h"

#include <stdio.h>
#include <string.h>

#define ONE_COLUMN_BELOW 60
#define FOLDS_MAX 8

const struct leeway_cluster *fleet_at(const struct fleet *f, size_t place)
{
    return f->model.items.items[f->model.order.items[place]].row;
}

const struct leeway_cluster *fleet_here(const struct fleet *f)
{
    size_t place;
    return list_at(&f->list, &place) && place < f->model.order.len ? fleet_at(f, place) : NULL;
}

int64_t fleet_now(const struct fleet *f)
{
    return clock_wall_ms(app_clock(f->app));
}

static void fleet_free(struct view *v)
{
    struct fleet *f = (struct fleet *)v;
    fleet_model_clear(&f->model);
    list_clear(&f->list);
    vec_clear(&f->lines);
    mem_free(f);
}

/* The list follows the model's order. */
static void follow(struct fleet *f)
{
    uint64_t *uids = mem_calloc(f->model.order.len + 1, sizeof(*uids));
    for (size_t i = 0; i < f->model.order.len; i++)
        uids[i] = fleet_at(f, i)->id;
    list_set(&f->list, uids, f->model.order.len);
    if (!f->touched)
        list_go(&f->list, 0);
    mem_free(uids);
}

static void rebuild(struct fleet *f)
{
    fleet_model_rebuild(&f->model);
    follow(f);
}

static void choose_ops(struct fleet *f);

static void refilter(struct fleet *f)
{
    fleet_model_refilter(&f->model);
    follow(f);
}

static bool take(struct fleet *f, bool frozen)
{
    struct leeway_snapshot *s = app_snapshot(f->app);
    uint64_t generation = f->model.generation;
    struct leeway_snapshot *was = f->model.snapshot;
    if (!s)
        return false;
    if (!f->chosen_group)
        snprintf(f->model.group_by, sizeof(f->model.group_by), "%s", fleet_default_group(s));
    bool regroup = was && f->model.groups.len && !f->chosen_group && f->model.group_by[0] &&
                   f->model.groups.len == 1 && !f->model.groups.items[0].name.len && !f->model.flat;
    fleet_model_update(&f->model, s, frozen);
    if (regroup)
        fleet_model_rebuild(&f->model);
    if (f->model.generation != generation)
        follow(f);
    if (f->model.stale_order)
        app_order_later(f->app);
    f->silent = fleet_is_silent(f);
    choose_ops(f);
    return f->model.generation != generation || was != s;
}

/* ---- drawing ---- */

/* Lines of the region for the folded list, its head included. */
static int fold_room(const struct fleet *f, int rows)
{
    if (f->one_column || (f->density != FLEET_HEAT && rows < 30))
        return 0;
    int left = rows - f->content;
    return left < 2 ? 0 : left > FOLDS_MAX + 1 ? FOLDS_MAX + 1 : left;
}

static void draw_rollouts(struct fleet *f, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_snapshot *s = f->model.snapshot;
    int y = 1;
    if (r.rows < 2)
        return;
    for (size_t i = 0; i < leeway_releases(s) && y < r.rows; i++) {
        const struct leeway_release *x = leeway_release_at(s, i);
        if (x->state >= LEEWAY_RELEASE_DONE)
            continue;
        if (y == 1)
            draw_section(r, 0, TEXT("rollouts"), TEXT("by    since "));
        draw_state(r, y, 2, LEEWAY_CHANGING);
        draw_cut(r, y, 4, 26, text_fmt(a, "%s r%d", x->environment.str, x->number), ROLE_TEXT,
                 TEXT_CUT_END);
        draw_bar(r, y, 32, 18, x->targets_done, x->targets);
        draw_text(r, y, 53, text_fmt(a, "%d/%d", x->targets_done, x->targets), ROLE_TEXT);
        draw_right(r, y, r.cols - 8, 10, x->by, ROLE_TEXT);
        draw_right(r, y, r.cols - 1, 7,
                   zone_brief(a, app_zone(f->app), x->started_ms, fleet_now(f)), ROLE_TEXT_DIM);
        y++;
    }
}

static void draw_nothing(struct fleet *f, struct region r)
{
    if (f->model.total)
        draw_wrapped(r, 1, 4, r.cols - 8, 6,
                     text_fmt(canvas_arena(r.canvas),
                              "None of the %zu clusters passes this filter; Esc clears it.",
                              f->model.total),
                     ROLE_TEXT);
    else
        draw_text(r, 1, 4, TEXT("There is no cluster in this fleet."), ROLE_TEXT);
}

static void fleet_draw(struct view *v, struct app *a, struct region r)
{
    struct fleet *f = (struct fleet *)v;
    f->one_column = r.cols < ONE_COLUMN_BELOW && f->density != FLEET_HEAT;
    if (f->model.flat != f->one_column) {
        f->model.flat = f->one_column;
        rebuild(f);
    }
    if (f->silent) {
        fleet_draw_silent(f, r);
        return;
    }
    if (!f->model.order.len) {
        draw_nothing(f, r);
        return;
    }
    fleet_lay_out(f, r.rows, r.cols);
    int folds = fold_room(f, r.rows);
    fleet_draw_grid(f, region_sub(r, 0, 0, r.rows - folds, r.cols));
    f->n_folds = 0;
    if (folds) {
        int at = f->content + (f->density != FLEET_HEAT);
        struct region below = region_sub(r, at, 0, r.rows - at, r.cols);
        fleet_draw_folds(f, below, below.rows > FOLDS_MAX ? FOLDS_MAX : (size_t)below.rows - 1);
        int used = f->n_folds ? (int)f->n_folds + 2 : 0;
        draw_rollouts(f, region_sub(below, used, 0, below.rows - used, r.cols));
    }
    if (!f->n_folds)
        f->in_folds = false;
}

static void fleet_describe(struct view *v, struct app *a, struct region r)
{
    struct fleet *f = (struct fleet *)v;
    const struct leeway_cluster *c = fleet_here(f);
    if (!c || f->silent)
        return;
    int name = c->name.cols < 11 ? 11 : c->name.cols > 24 ? 24 : (int)c->name.cols;
    draw_cut(r, 0, 1, name, c->name, ROLE_TEXT_STRONG, TEXT_CUT_MIDDLE);
    draw_wrapped(r, 0, name + 2, r.cols - name - 3, r.rows,
                 fleet_story(r, app_zone(a), c, fleet_now(f)), ROLE_TEXT);
}

static void fleet_preview(struct view *v, struct app *a, struct region r)
{
    struct fleet *f = (struct fleet *)v;
    const struct leeway_cluster *c = fleet_here(f);
    if (c)
        cluster_pane_draw(a, f->model.snapshot, c, r, true);
}

static size_t fleet_path(struct view *v, struct app *a, struct arena *arena, struct text *parts,
                         size_t max)
{
    struct fleet *f = (struct fleet *)v;
    const struct fleet_model *m = &f->model;
    bool filtered = m->filter.n || m->reason_key[0];
    parts[0] = filtered ? text_fmt(arena, "fleet /%s%s%s  %zu of %zu", m->filter.text,
                                   m->filter.n && m->reason_key[0] ? " " : "", m->reason_key,
                                   m->order.len, m->total)
                        : TEXT("fleet");
    return 1;
}

static void fleet_draw_totals(struct view *v, struct app *a, struct region r)
{
    struct fleet *f = (struct fleet *)v;
    fleet_totals(&f->model, r, r.cols >= 90);
}

/* ---- commands ---- */

static bool place_is_unwell(void *ctx, size_t place)
{
    return state_is_unwell(fleet_at(ctx, place)->state);
}

static void set_density(struct fleet *f, enum fleet_density d)
{
    f->density = d;
    f->in_folds = false;
    choose_ops(f);
}

static void next_grouping(struct fleet *f)
{
    if (!f->model.snapshot)
        return;
    f->chosen_group = true;
    fleet_next_group(f->model.snapshot, f->model.group_by);
    rebuild(f);
    if (f->model.group_by[0])
        app_info(f->app, "grouped by %s; o goes on to the next label", f->model.group_by);
    else
        app_info(f->app, "not grouped; o groups by the first label");
}

static bool clear_filter(struct fleet *f)
{
    if (!f->model.filter.n && !f->model.reason_key[0])
        return false;
    fleet_filter_set(&f->model.filter, TEXT_NONE);
    f->model.reason_key[0] = '\0';
    refilter(f);
    return true;
}

static void open_fold(struct fleet *f)
{
    struct arena arena;
    struct fleet_fold *rows;
    arena_init(&arena);
    size_t n = fleet_fold_reasons(&f->model, &arena, f->n_folds, &rows);
    if (f->fold < n && rows[f->fold].clusters == 1) {
        list_go_uid(&f->list, rows[f->fold].first_id);
        f->in_folds = false;
    } else if (f->fold < n && rows[f->fold].state != LEEWAY_DRIFT && rows[f->fold].key.len &&
               !rows[f->fold].advice) {
        snprintf(f->model.reason_key, sizeof(f->model.reason_key), "%s", rows[f->fold].key.str);
        f->in_folds = false;
        refilter(f);
    } else {
        app_info(f->app, "this row stands for several reasons");
    }
    arena_clear(&arena);
}

/* The whole story of the reason under the cursor, by its first cluster. */
static void show_reason(struct fleet *f)
{
    struct arena a;
    struct fleet_fold *rows;
    struct text lines[8];
    arena_init(&a);
    size_t n = fleet_fold_reasons(&f->model, &a, f->n_folds, &rows);
    const struct leeway_cluster *c =
        f->fold < n ? leeway_cluster_by_id(f->model.snapshot, rows[f->fold].first_id) : NULL;
    if (c) {
        struct text t = c->reason_detail.len ? c->reason_detail : c->reason;
        struct dialog_spec spec = {
            .title = text_fmt(&a, "%s and %zu more", c->name.str, rows[f->fold].clusters - 1),
            .lines = lines,
            .n_lines = text_wrap(&a, t, 68, lines, ARRAY_LEN(lines), TEXT(".."))};
        if (rows[f->fold].clusters == 1)
            spec.title = c->name;
        app_push(f->app, dialog_new(&spec));
    }
    arena_clear(&a);
}

static unsigned in_folds(struct fleet *f, enum command c)
{
    if (f->silent && (c == CMD_BACK || c == CMD_NEXT_TAB || c == CMD_PREVIOUS_TAB))
        return c == CMD_BACK ? 0 : VIEW_DONE;
    switch (c) {
    case CMD_UP:
        if (f->fold > 0)
            f->fold--;
        else
            f->in_folds = f->silent;
        return VIEW_REDRAW;
    case CMD_DOWN:
        f->fold += f->fold + 1 < f->n_folds;
        return VIEW_REDRAW;
    case CMD_TOP:
    case CMD_BOTTOM:
        f->fold = c == CMD_TOP ? 0 : f->n_folds - 1;
        return VIEW_REDRAW;
    case CMD_OPEN:
        if (f->silent)
            show_reason(f);
        else
            open_fold(f);
        return VIEW_REDRAW;
    case CMD_BACK:
        f->in_folds = false;
        return VIEW_REDRAW;
    default:
        return 0;
    }
}

/* Asks the cluster under the cursor again, or all when none answers. */
static unsigned try_now(struct fleet *f)
{
    const struct leeway_cluster *c = fleet_here(f);
    struct leeway_command cmd = {.kind = LEEWAY_CMD_TRY_NOW,
                                 .cluster = f->silent || !c ? NULL : c->name.str};
    if (app_request(f->app, &f->view, &cmd, NULL))
        app_info(f->app, "asking %s now", cmd.cluster ? cmd.cluster : "all clusters");
    return VIEW_REDRAW;
}

static void open_drift(struct fleet *f)
{
    char filter[300];
    snprintf(filter, sizeof(filter), "cluster:%s", fleet_here(f)->name.str);
    app_push(f->app, drift_list_new_filtered(f->app, filter));
}

/* The marked clusters, else the one under the cursor. Owned array; *n of them. */
static uint64_t *chosen(const struct fleet *f, size_t *n)
{
    uint64_t *ids = mem_calloc(f->model.order.len + 1, sizeof(*ids));
    *n = 0;
    for (size_t i = 0; i < f->model.order.len; i++)
        if (f->list.marks.len ? list_marked(&f->list, fleet_at(f, i)->id)
                              : fleet_at(f, i) == fleet_here(f))
            ids[(*n)++] = fleet_at(f, i)->id;
    return ids;
}

static const char *why_no_plan(const struct fleet *f)
{
    size_t n;
    uint64_t *ids = chosen(f, &n);
    const char *why = f->silent ? "no cluster answers"
                      : n       ? plan_here_why_not(f->model.snapshot, ids, n)
                                : "there is no cluster";
    mem_free(ids);
    return why;
}

static void plan(struct fleet *f)
{
    struct arena a;
    size_t n;
    uint64_t *ids = chosen(f, &n);
    arena_init(&a);
    plan_here(f->app, &f->view,
              n == 1 ? leeway_cluster_by_id(f->model.snapshot, ids[0])->name
                     : text_count(&a, (long)n, "cluster", "clusters"),
              ids, n);
    arena_clear(&a);
    mem_free(ids);
}

/* On the marked clusters, or those of the filter; 0: on all, as the key does everywhere. */
static unsigned open_resources(struct fleet *f)
{
    size_t marks = f->list.marks.len, n = 0;
    if (!marks && f->model.order.len == f->model.total)
        return 0;
    const char **names = mem_calloc(f->model.order.len + 1, sizeof(*names));
    for (size_t i = 0; i < f->model.order.len; i++)
        if (!marks || list_marked(&f->list, fleet_at(f, i)->id))
            names[n++] = fleet_at(f, i)->name.str;
    if (n)
        app_push(f->app, resources_new(f->app, &(struct resources_query){.clusters = names,
                                                                         .n_clusters = n}));
    mem_free(names);
    return n ? VIEW_REDRAW : 0;
}

/* Two marked, or one marked and the one under the cursor. */
static void compare_two(struct fleet *f)
{
    size_t two[2];
    struct arena a;
    if (!list_pair(&f->list, two))
        return;
    arena_init(&a);
    app_push(f->app, compare_new(f->app, text_fmt(&a, "cluster/%s", fleet_at(f, two[0])->name.str),
                                 text_fmt(&a, "cluster/%s", fleet_at(f, two[1])->name.str)));
    arena_clear(&a);
}

static void copy(struct fleet *f, const struct leeway_cluster *c)
{
    struct arena a;
    arena_init(&a);
    struct text why = c->reason_detail.len
                          ? text_fmt(&a, "%s: %s", c->reason.str, c->reason_detail.str)
                          : c->reason;
    COPY(f->app, &f->view, {c->name, "its name"}, {why, "what is said of it"},
         {link_command(&a, LINK(&a, "", TEXT("fleet"), c->name)), "the link"},
         {text_fmt(&a, "kubectl --context %s get nodes -o wide", c->name.str),
          "the kubectl command"});
    arena_clear(&a);
}

static struct text fleet_link(struct view *v, struct app *a, struct arena *arena)
{
    return LINK(arena, ((const struct fleet *)v)->model.filter.text, TEXT("fleet"));
}

static unsigned fleet_command(struct view *v, struct app *a, enum command c)
{
    struct fleet *f = (struct fleet *)v;
    unsigned effects = f->in_folds ? in_folds(f, c) : 0;
    f->touched = true;
    if (effects)
        return effects;
    switch (c) {
    case CMD_OPEN:
        if (fleet_here(f))
            app_push(a, cluster_new(a, fleet_here(f)->id));
        return VIEW_REDRAW;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        f->in_folds = false;
        if (!list_seek(&f->list, c == CMD_NEXT_PROBLEM ? 1 : -1, place_is_unwell, f))
            app_info(a, "nothing more that way is not well");
        return VIEW_REDRAW;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        f->in_folds = !f->in_folds && f->n_folds > 0;
        return VIEW_REDRAW;
    case CMD_FILTER:
        app_ask_filter(
            a, (struct text){f->model.filter.text, (uint32_t)strlen(f->model.filter.text), 0});
        return VIEW_REDRAW;
    case CMD_BACK:
        return clear_filter(f) ? VIEW_REDRAW : 0;
    case CMD_LARGER:
    case CMD_SMALLER:
        set_density(f, c == CMD_LARGER ? f->density - (f->density > FLEET_TILES)
                                       : f->density + (f->density < FLEET_HEAT));
        return VIEW_REDRAW;
    case CMD_COLUMNS:
        next_grouping(f);
        return VIEW_REDRAW;
    case CMD_SORT:
        f->model.sort = f->model.sort == FLEET_BY_STATE ? FLEET_BY_NAME : FLEET_BY_STATE;
        rebuild(f);
        app_info(a, f->model.sort == FLEET_BY_STATE ? "sorted: the worst first" : "sorted by name");
        return VIEW_REDRAW;
    case CMD_COPY:
        if (fleet_here(f))
            copy(f, fleet_here(f));
        return VIEW_REDRAW;
    case CMD_DRIFT:
        open_drift(f);
        return VIEW_REDRAW;
    case CMD_PLAN:
        plan(f);
        return VIEW_REDRAW;
    case CMD_COMPARE:
        compare_two(f);
        return VIEW_REDRAW;
    case CMD_RESOURCES:
        return open_resources(f);
    case CMD_REFRESH:
        return try_now(f);
    default:
        break;
    }
    if (command_info(c)->flags & CMD_MOVE) {
        bool moved = fleet_move(f, c);
        if (moved && f->list.range)
            list_extend(&f->list);
        return moved ? VIEW_REDRAW : VIEW_DONE;
    }
    return list_command(&f->list, c);
}

static const char *fleet_why_not(struct view *v, struct app *a, enum command c, struct arena *arena)
{
    struct fleet *f = (struct fleet *)v;
    size_t two[2];
    switch (c) {
    case CMD_OPEN:
    case CMD_COPY:
    case CMD_DRIFT:
        return f->list.uids.len ? NULL : "there is no cluster";
    case CMD_PLAN:
        return why_no_plan(f);
    case CMD_COMPARE:
        return list_pair(&f->list, two) ? NULL : "mark two of them";
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
    case CMD_MARK:
    case CMD_RANGE:
    case CMD_COLUMNS:
    case CMD_SORT:
        return f->silent ? "no cluster answers" : NULL;
    case CMD_FILTER:
    case CMD_LARGER:
    case CMD_SMALLER:
    case CMD_REFRESH:
        return NULL;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return f->n_folds ? NULL : "there is no folded list here";
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned fleet_filter(struct view *v, struct app *a, struct text text, bool done)
{
    struct fleet *f = (struct fleet *)v;
    fleet_filter_set(&f->model.filter, text);
    refilter(f);
    if (done && f->model.filter.n)
        app_info(a, "filter %s: %zu of %zu clusters; Esc clears it", f->model.filter.text,
                 f->model.order.len, f->model.total);
    return VIEW_REDRAW;
}

static unsigned fleet_refresh(struct view *v, struct app *a)
{
    struct fleet *f = (struct fleet *)v;
    bool frozen = app_order_frozen(a) || f->list.marks.len > 0;
    return take(f, frozen) ? VIEW_REDRAW : VIEW_DONE;
}

static unsigned fleet_mouse(struct view *v, struct app *a, const struct event *ev)
{
    struct fleet *f = (struct fleet *)v;
    if (ev->mouse.kind == MOUSE_WHEEL_UP || ev->mouse.kind == MOUSE_WHEEL_DOWN)
        return fleet_move(f, ev->mouse.kind == MOUSE_WHEEL_UP ? CMD_UP : CMD_DOWN) ? VIEW_REDRAW
                                                                                   : VIEW_DONE;
    if (ev->mouse.kind != MOUSE_PRESS || f->density == FLEET_HEAT || f->silent)
        return 0;
    int y = ev->mouse.row - 1 + f->top;
    for (size_t i = 0; i < f->lines.len; i++) {
        const struct fleet_line *l = &f->lines.items[i];
        size_t col = (size_t)(ev->mouse.col / f->cell);
        if (y < l->y || y >= l->y + l->height || col >= l->n)
            continue;
        f->in_folds = false;
        list_go(&f->list, l->first + col);
        return VIEW_REDRAW;
    }
    return 0;
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"},        {CMD_NEXT_PROBLEM, "next not well"},
    {CMD_DRIFT, "drift"},      {CMD_PLAN, "plan"},
    {CMD_FILTER, "filter"},    {CMD_LARGER, "_ size"},
    {CMD_MARK, "mark"},        {CMD_SORT, "sort"},
    {CMD_COLUMNS, "group by"}, {CMD_NONE, NULL}};
static const struct view_hint heat_hints[] = {{CMD_OPEN, "open"},
                                              {CMD_NEXT_PROBLEM, "next not well"},
                                              {CMD_NEXT_TAB, "folded list"},
                                              {CMD_FILTER, "filter"},
                                              {CMD_LARGER, "_ size"},
                                              {CMD_COLUMNS, "group by"},
                                              {CMD_NONE, NULL}};

static const struct view_hint silent_hints[] = {
    {CMD_OPEN, "reason in full"}, {CMD_REFRESH, "try now"},      {CMD_COPY, "copy"},
    {CMD_MESSAGES, "messages"},   {CMD_COMMAND_LINE, "command"}, {CMD_NONE, NULL}};

#define OPS(hints_, words, preview_)                                                               \
    {                                                                                              \
        .name = "fleet", .place = PLACE_SCREEN, .describe_rows = (words), .hints = (hints_),       \
        .free = fleet_free, .draw = fleet_draw, .describe = fleet_describe, .preview = (preview_), \
        .path = fleet_path, .totals = fleet_draw_totals, .command = fleet_command,                 \
        .why_not = fleet_why_not, .mouse = fleet_mouse, .filter = fleet_filter,                    \
        .refresh = fleet_refresh, .link = fleet_link                                               \
    }
static const struct view_ops ops = OPS(hints, 2, fleet_preview),
                             heat_ops = OPS(heat_hints, 1, fleet_preview),
                             silent_ops = OPS(silent_hints, 0, NULL);

static void choose_ops(struct fleet *f)
{
    f->view.ops = f->silent ? &silent_ops : f->density == FLEET_HEAT ? &heat_ops : &ops;
}

struct view *fleet_new(struct app *a)
{
    struct fleet *f = mem_new(struct fleet);
    f->app = a;
    fleet_model_init(&f->model);
    list_init(&f->list);
    set_density(f, FLEET_TILES);
    take(f, false);
    size_t n = f->model.total;
    set_density(f, n > 400 ? FLEET_HEAT : n > 60 ? FLEET_COMPACT : FLEET_TILES);
    return &f->view;
}
