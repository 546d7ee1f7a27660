// SPDX-License-Identifier: Apache-2.0
/*
 * The list of blueprints: what the person may launch, what only others may, what nobody may and
 * why. One row a blueprint, in its newest version that may be used.
 */
#include "views/catalog.h"

#include "app/requests.h"
#include "base/hash.h"
#include "views/copy.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/browse.h"
#include "widget/tall.h"

#include <string.h>

#define PANE_FROM 72 /* columns: the pane of the blueprint under the cursor */
#define LIST_COLS 33
#define LIST_COLS_WIDE 42

struct catalog_row {
    const struct leeway_blueprint *b;
    enum catalog_group group;
};

struct catalog_view {
    struct view view;
    struct app *app;
    struct leeway_snapshot *snapshot; /* referenced */
    VEC(struct catalog_row) rows;
    size_t in_group[CATALOG_GROUPS], total;
    bool full; /* the list alone */
    struct browse browse;
};

static void catalog_free(struct view *view)
{
    struct catalog_view *v = (struct catalog_view *)view;
    vec_clear(&v->rows);
    browse_clear(&v->browse);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

static bool passes(const struct catalog_view *v, const struct leeway_blueprint *b)
{
    const char *f = v->browse.filter;
    return !*f || strcasestr(b->name.str, f) || strcasestr(b->description.str, f) ||
           strcasestr(b->owners.str, f) || strcasestr(b->teams.str, f);
}

static uint64_t uid_of(struct text name)
{
    uint64_t h = hash_bytes(hash_process_key(), name.str, name.len);
    return h ? h : 1;
}

static void reload(struct catalog_view *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->rows.len = v->total = 0;
    memset(v->in_group, 0, sizeof(v->in_group));
    VEC(uint64_t) uids = {0};
    for (int g = 0; g < CATALOG_GROUPS; g++) {
        for (size_t i = 0; i < leeway_blueprints(s); i++) {
            const struct leeway_blueprint *b = leeway_blueprint_at(s, i);
            if (!b->newest || (int)catalog_group_of(b) != g)
                continue;
            v->total++;
            if (!passes(v, b))
                continue;
            v->in_group[g]++;
            vec_push(&v->rows, ((struct catalog_row){b, (enum catalog_group)g}));
            vec_push(&uids, uid_of(b->name));
        }
    }
    list_set(&v->browse.list, uids.items, uids.len);
    vec_clear(&uids);
}

static const struct leeway_blueprint *here(const struct catalog_view *v)
{
    size_t row;
    return list_at(&v->browse.list, &row) && row < v->rows.len ? v->rows.items[row].b : NULL;
}

/* ---- drawing ---- */

static struct tall height(void *ctx, size_t row, bool first)
{
    const struct catalog_view *v = ctx;
    bool head = row == 0 || v->rows.items[row].group != v->rows.items[row - 1].group;
    bool reason = v->rows.items[row].group == CATALOG_REFUSED;
    return (struct tall){head ? 1 + (!first && row > 0) : 0, reason};
}

static void draw_row(void *ctx, struct region all, const struct list_row *at, int above)
{
    static const char *const heads[] = {"you may launch", "for other teams", "not approved"};
    const struct catalog_view *v = ctx;
    const struct catalog_row *x = &v->rows.items[at->row];
    struct arena *a = canvas_arena(all.canvas);
    struct region r = region_sub(all, above, 0, all.rows - above, all.cols);
    if (above)
        draw_section(all, above - 1, text_cstr(a, heads[x->group]),
                     text_fmt(a, "%zu", v->in_group[x->group]));
    bool yours = x->group == CATALOG_YOURS;
    enum role role = x->group == CATALOG_OTHERS ? ROLE_TEXT_DIM : ROLE_TEXT;
    int version = r.cols - 15;
    draw_state(r, 0, 2, x->b->state);
    draw_cut(r, 0, 4, version - 5, x->b->name, yours ? ROLE_TEXT_STRONG : role, TEXT_CUT_MIDDLE);
    draw_cut(r, 0, version, 7, x->b->version, role, TEXT_CUT_END);
    draw_right(r, 0, r.cols - 1, 7,
               catalog_used_words(a, catalog_used_by(v->snapshot, x->b->name, NULL)), role);
    if (x->group == CATALOG_REFUSED)
        draw_cut(r, 1, 4, r.cols - 5, x->b->why, ROLE_TEXT, TEXT_CUT_END);
}

static struct text empty_words(const struct catalog_view *v, struct arena *a)
{
    const struct leeway_fleet_info *f = leeway_snapshot_fleet(v->snapshot);
    if (v->total)
        return text_fmt(a, "None of the %zu blueprints passes this filter; Esc clears it.",
                        v->total);
    if (f->catalog_problems < 0)
        return TEXT("The catalog is being read.");
    if (f->catalog_problem.len)
        return text_fmt(a, "No blueprint can be read from %s: %s", f->catalog.str,
                        f->catalog_problem.str);
    if (f->catalog.len)
        return text_fmt(a, "There is no blueprint in %s yet.", f->catalog.str);
    return TEXT("This fleet has no catalog. Name its folder in leeway.yaml: spec: {catalogs: "
                "[./catalog]}, and put modules and blueprints there; leeway catalog lint checks "
                "them.");
}

static bool has_pane(const struct catalog_view *v, struct region r)
{
    return !v->full && r.cols >= PANE_FROM && here(v);
}

static void catalog_draw(struct view *view, struct app *a, struct region r)
{
    struct catalog_view *v = (struct catalog_view *)view;
    if (!v->snapshot)
        return;
    if (!v->rows.len) {
        draw_wrapped(r, 1, 4, r.cols - 8, 5, empty_words(v, canvas_arena(r.canvas)), ROLE_TEXT);
        return;
    }
    int list = r.cols;
    if (has_pane(v, r)) {
        list = r.cols >= 110 ? LIST_COLS_WIDE : LIST_COLS;
        draw_edge(r, 0, list, r.rows);
        catalog_draw_pane(region_sub(r, 0, list + 1, r.rows, r.cols - list - 1), v->snapshot,
                          here(v));
    }
    tall_draw(&v->browse.list, region_sub(r, 0, 0, r.rows, list < r.cols ? list - 1 : list), height,
              draw_row, v);
}

static size_t catalog_path(struct view *view, struct app *a, struct arena *arena,
                           struct text *parts, size_t max)
{
    parts[0] = browse_path(&((struct catalog_view *)view)->browse, arena, "catalog");
    return 1;
}

static void catalog_totals(struct view *view, struct app *a, struct region r)
{
    static const char *const what[] = {"to launch", "for other teams", "not approved"};
    struct catalog_view *v = (struct catalog_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    struct text t = TEXT_NONE;
    for (int g = 0; g < CATALOG_GROUPS; g++)
        if (v->in_group[g])
            t = text_fmt(arena, "%s%s%zu %s", t.str, t.len ? "  " : "", v->in_group[g], what[g]);
    if (canvas_cols(r.canvas, t) < r.cols)
        draw_right(r, 0, r.cols - 1, r.cols, t, ROLE_TEXT);
}

/* ---- keys ---- */

static bool is_refused(void *ctx, size_t row)
{
    return ((struct catalog_view *)ctx)->rows.items[row].group == CATALOG_REFUSED;
}

static void reload_view(void *ctx)
{
    reload(ctx);
}

static void *rows(void *ctx, size_t *size)
{
    struct catalog_view *v = ctx;
    *size = sizeof(*v->rows.items);
    return v->rows.items;
}

static const struct browse_spec browse = {.is_problem = is_refused,
                                          .no_problem = "no more that way is not approved",
                                          .reload = reload_view,
                                          .rows = rows,
                                          .head = 1};

static unsigned catalog_command(struct view *view, struct app *a, enum command c)
{
    struct catalog_view *v = (struct catalog_view *)view;
    const struct leeway_blueprint *b = here(v);
    switch (c) {
    case CMD_OPEN:
    case CMD_DETAILS:
        app_push(a, blueprint_new(a, b->name, b->version));
        return VIEW_REDRAW;
    case CMD_PLAN:
        catalog_launch(a, b);
        return VIEW_REDRAW;
    case CMD_FULL:
        v->full = !v->full;
        return VIEW_REDRAW;
    case CMD_REFRESH:
        app_request(a, view, &(struct leeway_command){.kind = LEEWAY_CMD_CATALOG}, NULL);
        app_info(a, "the catalog is read again");
        return VIEW_REDRAW;
    case CMD_COPY:
        catalog_copy(a, view, b);
        return VIEW_REDRAW;
    default:
        return browse_command(&v->browse, &browse, v, a, c);
    }
}

static const char *catalog_why_not(struct view *view, struct app *a, enum command c,
                                   struct arena *arena)
{
    switch (c) {
    case CMD_OPEN:
    case CMD_DETAILS:
    case CMD_COPY:
        return here((struct catalog_view *)view) ? NULL : "there is no blueprint";
    case CMD_PLAN:
        return catalog_why_no_launch(here((struct catalog_view *)view));
    case CMD_FULL:
    case CMD_REFRESH:
        return NULL;
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned catalog_filter(struct view *view, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct catalog_view *)view)->browse, &browse, view, text);
}

static unsigned catalog_refresh(struct view *view, struct app *a)
{
    return browse_refresh(&((struct catalog_view *)view)->browse, &browse, view, a);
}

static unsigned catalog_mouse(struct view *view, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct catalog_view *)view)->browse, &browse, ev);
}

void catalog_copy(struct app *a, struct view *owner, const struct leeway_blueprint *b)
{
    struct arena arena;
    arena_init(&arena);
    struct text link = LINK(&arena, "", TEXT("catalog"), b->name, b->version);
    COPY(a, owner, {b->name, "its name"}, {link_command(&arena, link), "the link"},
         {text_fmt(&arena, "leeway catalog show %s@%s", b->name.str, b->version.str),
          "the command that prints this"},
         {b->usable
              ? text_fmt(&arena, "leeway env launch NAME -b %s@%s", b->name.str, b->version.str)
              : TEXT_NONE,
          "the command that launches one"});
    arena_clear(&arena);
}

static struct text catalog_link(struct view *view, struct app *a, struct arena *arena)
{
    return LINK(arena, ((const struct catalog_view *)view)->browse.filter, TEXT("catalog"));
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"}, {CMD_PLAN, "launch one"},    {CMD_FILTER, "filter"},
    {CMD_FULL, "pane"}, {CMD_REFRESH, "read again"}, {CMD_COPY, "copy"},
    {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "catalog",
    .place = PLACE_SCREEN,
    .hints = hints,
    .free = catalog_free,
    .draw = catalog_draw,
    .path = catalog_path,
    .totals = catalog_totals,
    .command = catalog_command,
    .why_not = catalog_why_not,
    .filter = catalog_filter,
    .refresh = catalog_refresh,
    .mouse = catalog_mouse,
    .link = catalog_link,
};

struct view *catalog_new(struct app *a)
{
    struct catalog_view *v = mem_new(struct catalog_view);
    v->view.ops = &ops;
    v->app = a;
    browse_init(&v->browse);
    reload(v);
    return &v->view;
}
