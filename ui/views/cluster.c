// SPDX-License-Identifier: Apache-2.0
/* The view of one cluster: tabs over tables that cluster_rows.c makes. */
#include "views/cluster_int.h"

#include "app/requests.h"
#include "views/cluster_pane.h"
#include "views/copy.h"
#include "views/drift_list.h"
#include "views/environments.h"
#include "views/plan_here.h"
#include "views/resources.h"
#include "views/states.h"
#include "widget/dialog.h"
#include "widget/tabs.h"

#include <stdio.h>
#include <string.h>

static int64_t now(const struct cluster *c)
{
    return clock_wall_ms(app_clock(c->app));
}

static void cluster_free(struct view *v)
{
    struct cluster *c = (struct cluster *)v;
    if (c->snapshot)
        leeway_snapshot_unref(c->snapshot);
    cluster_rows_clear(&c->rows);
    browse_clear(&c->browse);
    arena_clear(&c->arena);
    mem_free(c);
}

static bool passes(const struct cluster *c, const struct cluster_row *row)
{
    for (size_t i = 0; c->browse.filter[0] && i < CLUSTER_COLUMNS; i++)
        if (strcasestr(row->cell[i].str, c->browse.filter))
            return true;
    return !c->browse.filter[0];
}

static void fill(struct cluster *c)
{
    VEC(uint64_t) uids = {0};
    c->rows.rows.len = 0;
    if (c->here)
        cluster_rows_fill(&c->rows, (enum cluster_tab)c->tab, c->snapshot, c->here,
                          app_zone(c->app), now(c));
    size_t kept = 0;
    for (size_t i = 0; i < c->rows.rows.len; i++)
        if (passes(c, &c->rows.rows.items[i]))
            c->rows.rows.items[kept++] = c->rows.rows.items[i];
    c->rows.rows.len = kept;
    for (size_t i = 0; i < kept; i++)
        vec_push(&uids, c->rows.rows.items[i].uid);
    list_set(&c->browse.list, uids.items, uids.len);
    vec_clear(&uids);
}

static void take(struct cluster *c)
{
    struct leeway_snapshot *s = app_snapshot(c->app);
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (c->snapshot)
        leeway_snapshot_unref(c->snapshot);
    c->snapshot = s;
    c->here = leeway_cluster_by_id(s, c->id);
    if (c->here && !c->name.len)
        c->name = text_dup(&c->arena, c->here->name);
    fill(c);
}

/* ---- drawing ---- */

static void draw_columns(struct region r, const struct cluster_column *cols,
                         const struct text cell[CLUSTER_COLUMNS], const struct cluster_row *row)
{
    struct arena *a = canvas_arena(r.canvas);
    int col = 4, screen = canvas_width(r.canvas);
    for (int i = 0; i < CLUSTER_COLUMNS && cols[i].head; i++) {
        if (screen < cols[i].from)
            continue;
        int width = cols[i].width ? cols[i].width : r.cols - col - 1;
        struct text t = row ? cell[i] : text_cstr(a, cols[i].head);
        enum role role = !row                          ? ROLE_TEXT_DIM
                         : i == 0                      ? state_name_role(row->state)
                         : state_is_unwell(row->state) ? ROLE_TEXT
                                                       : ROLE_TEXT_DIM;
        if (row && row->state == LEEWAY_OK && i == 0)
            role = ROLE_TEXT;
        if (cols[i].right)
            draw_right(r, 0, col + width, width, t, role);
        else
            draw_cut(r, 0, col, width, t, role, i == 0 ? TEXT_CUT_MIDDLE : TEXT_CUT_END);
        col += width + (cols[i].right ? 2 : 1);
    }
}

static void draw_row(void *ctx, struct region r, const struct list_row *lr)
{
    struct cluster *c = ctx;
    const struct cluster_row *row = &c->rows.rows.items[lr->row];
    if (!row->stateless)
        draw_state(r, 0, 2, row->state);
    draw_columns(r, cluster_columns((enum cluster_tab)c->tab), row->cell, row);
}

static void draw_tabs(struct cluster *c, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct tab tabs[CLUSTER_TAB_COUNT];
    bool narrow = r.cols < 66;
    for (size_t i = 0; i < CLUSTER_TAB_COUNT; i++) {
        struct text name = cluster_tab_name(a, (enum cluster_tab)i, c->snapshot, c->here);
        if (narrow && i != c->tab)
            name = text_part(a, name, 0, name.len < 4 ? name.len : 4);
        tabs[i] = (struct tab){name.str, -1};
    }
    tabs_draw(r, 0, tabs, CLUSTER_TAB_COUNT, c->tab);
}

static void draw_facts(struct cluster *c, struct region r, int y)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_cluster *x = c->here;
    struct text t = text_fmt(a, "%s%s%s", x->distribution.str, x->distribution.len ? " " : "",
                             x->kubernetes.str);
    for (size_t i = 0; i < x->n_labels && t.cols < 60; i++)
        t = text_fmt(a, "%s%s%s=%s", t.str, t.len ? "   " : "", x->labels[i].key.str,
                     x->labels[i].value.str);
    if (x->provider.len && !x->n_labels)
        t = text_fmt(a, "%s   %s %s", t.str, x->provider.str, x->region.str);
    if (x->server.len)
        t = text_fmt(a, "%s%s%s", t.str, t.len ? "   " : "", x->server.str);
    draw_cut(r, y, 1, r.cols - 2, t, ROLE_TEXT_DIM, TEXT_CUT_END);
}

/* The environments that are not well here, below the conditions. */
static void draw_who_feels_it(struct cluster *c, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct cluster_targets at = {0, 0};
    int y = 1;
    for (const struct leeway_target *t;
         y < r.rows && (t = cluster_next_target(c->snapshot, c->id, &at)); y++) {
        if (y == 1)
            draw_section(r, 0, TEXT("who feels it"), TEXT("objects ready"));
        draw_state(r, y, 2, t->state);
        draw_cut(r, y, 4, 15, t->environment, state_name_role(t->state), TEXT_CUT_END);
        draw_cut(r, y, 20, r.cols - 30, t->reason, ROLE_TEXT, TEXT_CUT_END);
        draw_right(r, y, r.cols - 1, 8,
                   t->objects < 0 ? TEXT("?") : text_fmt(a, "%d/%d", t->objects_ready, t->objects),
                   ROLE_TEXT);
    }
}

static const char *nothing_here(const struct cluster *c)
{
    if (c->browse.filter[0])
        return "nothing holds that; Esc clears the filter";
    switch (c->tab) {
    case CLUSTER_ENVIRONMENTS:
        return c->here->environments > 0 ? "its environments were not read yet"
                                         : "leeway has put nothing on this cluster";
    case CLUSTER_CONDITIONS:
        return "nothing is known yet";
    default:
        return c->here->state == LEEWAY_UNKNOWN ? "not seen yet: the cluster does not answer"
                                                : "there is none";
    }
}

static void cluster_draw(struct view *v, struct app *a, struct region r)
{
    struct cluster *c = (struct cluster *)v;
    if (!c->here) {
        draw_text(r, 1, 1, TEXT("This cluster is not in the fleet any more."), ROLE_TEXT);
        return;
    }
    draw_tabs(c, r);
    bool low = r.rows < 12;
    if (!low)
        draw_facts(c, r, 1);
    int head = low ? 1 : 3;
    draw_columns(region_sub(r, head, 0, 1, r.cols), cluster_columns((enum cluster_tab)c->tab), NULL,
                 NULL);
    struct region rows = region_sub(r, head + 1, 0, r.rows - head - 1, r.cols);
    list_draw(&c->browse.list, rows, draw_row, c);
    int used = (int)c->browse.list.uids.len;
    if (!used)
        draw_text(rows, 0, 4, text_cstr(canvas_arena(r.canvas), nothing_here(c)), ROLE_TEXT_DIM);
    if (c->tab == CLUSTER_CONDITIONS && canvas_width(r.canvas) < 110 && used + 3 < rows.rows)
        draw_who_feels_it(c, region_sub(rows, used + 1, 0, rows.rows - used - 1, r.cols));
}

static const struct cluster_row *row_here(const struct cluster *c)
{
    size_t at;
    return list_at(&c->browse.list, &at) && at < c->rows.rows.len ? &c->rows.rows.items[at] : NULL;
}

static void cluster_describe(struct view *v, struct app *a, struct region r)
{
    struct cluster *c = (struct cluster *)v;
    const struct cluster_row *row = row_here(c);
    if (row)
        draw_wrapped(r, 0, 1, r.cols - 2, r.rows, row->words, ROLE_TEXT);
}

static void cluster_preview(struct view *v, struct app *a, struct region r)
{
    struct cluster *c = (struct cluster *)v;
    const struct cluster_row *row = row_here(c);
    int used = 0;
    if (!c->here)
        return;
    if (row && row->words.len)
        used = draw_wrapped(r, 0, 1, r.cols - 2, 6, row->words, ROLE_TEXT) + 1;
    cluster_pane_draw(a, c->snapshot, c->here, region_sub(r, used, 0, r.rows - used, r.cols),
                      false);
}

static size_t cluster_path(struct view *v, struct app *a, struct arena *arena, struct text *parts,
                           size_t max)
{
    struct cluster *c = (struct cluster *)v;
    parts[0] = TEXT("fleet");
    parts[1] = browse_path(&c->browse, arena, c->name.str);
    return 2;
}

static void cluster_totals(struct view *v, struct app *a, struct region r)
{
    struct cluster *c = (struct cluster *)v;
    struct arena *arena = canvas_arena(r.canvas);
    int col = 0;
    if (!c->here)
        return;
    if (c->here->protected_)
        col = draw_text(r, 0, 0, TEXT("[PROTECTED]"), ROLE_BADGE_PROTECTED) + 1;
    if (c->here->read_only)
        col += draw_text(r, 0, col, TEXT("[RO]"), ROLE_BADGE_RO) + 1;
    struct text t = text_cstr(arena, leeway_state_word(c->here->state));
    if (c->here->since_ms)
        t = text_fmt(arena, "%s since %s", t.str,
                     zone_when(arena, app_zone(a), c->here->since_ms, now(c)).str);
    if (col + (int)t.cols + 4 > r.cols)
        t = text_cstr(arena, leeway_state_word(c->here->state));
    if (col + (int)t.cols + 4 > r.cols)
        return;
    draw_right(r, 0, r.cols - 1, r.cols - 1, t, ROLE_TEXT_STRONG);
    draw_state(r, 0, r.cols - 3 - (int)t.cols, c->here->state);
}

/* ---- commands ---- */

static bool row_is_unwell(void *ctx, size_t row)
{
    const struct cluster *c = ctx;
    return state_is_unwell(c->rows.rows.items[row].state);
}

static void fill_view(void *ctx)
{
    fill(ctx);
}

static const struct browse_spec browse = {.is_problem = row_is_unwell,
                                          .no_problem = "nothing more that way is not well",
                                          .reload = fill_view,
                                          .head = 5};

static void show(struct cluster *c, struct text title, const struct text *facts, size_t n)
{
    struct arena a;
    struct text lines[24];
    size_t used = 0;
    arena_init(&a);
    for (size_t i = 0; i < n && used < ARRAY_LEN(lines); i++)
        used += text_wrap(&a, facts[i], 68, lines + used, ARRAY_LEN(lines) - used, TEXT(".."));
    struct dialog_spec spec = {.title = title, .lines = lines, .n_lines = used};
    app_push(c->app, dialog_new(&spec));
    arena_clear(&a);
}

static void show_details(struct cluster *c)
{
    struct arena a;
    struct text t[8];
    size_t n = 0;
    const struct leeway_cluster *x = c->here;
    arena_init(&a);
    t[n++] = text_fmt(&a, "context     %s%s%s", x->context.str, x->aliases.len ? ", also " : "",
                      x->aliases.str);
    t[n++] = text_fmt(&a, "server      %s", x->server.len ? x->server.str : "not known");
    t[n++] = text_fmt(&a, "identity    %s%s", x->uid.len ? x->uid.str : "not seen yet",
                      x->weak_identity ? " (weak: kube-system cannot be read)" : "");
    t[n++] = text_fmt(&a, "you are     %s", x->identity.len ? x->identity.str : "not known");
    t[n++] = text_fmt(
        &a, "connection  %u connections, %u of %u watches current, %u requests a minute",
        x->cost.connections, x->cost.watches_current, x->cost.watches, x->cost.requests_per_min);
    if (x->reason.len)
        t[n++] = text_fmt(&a, "why         %s%s%s", x->reason.str, x->reason_detail.len ? ": " : "",
                          x->reason_detail.str);
    show(c, c->name, t, n);
    arena_clear(&a);
}

/* The environment under the cursor of their tab; NULL: `p` means all that are here. */
static const struct leeway_environment *environment_here(const struct cluster *c)
{
    const struct cluster_row *row = c->tab == CLUSTER_ENVIRONMENTS ? row_here(c) : NULL;
    for (size_t i = 0; row && i < leeway_environments(c->snapshot); i++)
        if (text_equal(leeway_environment_at(c->snapshot, i)->name, row->cell[0]))
            return leeway_environment_at(c->snapshot, i);
    return NULL;
}

static void plan(struct cluster *c)
{
    const struct leeway_environment *e = environment_here(c);
    if (e)
        environment_plan(c->app, &c->view, e);
    else
        plan_here(c->app, &c->view, c->name, &c->id, 1);
}

static const char *why_no_plan(const struct cluster *c)
{
    const struct leeway_environment *e = environment_here(c);
    return !c->here ? "the cluster is gone"
           : e      ? environment_why_no_plan(e)
                    : plan_here_why_not(c->snapshot, &c->id, 1);
}

static void copy(struct cluster *c, const struct cluster_row *row)
{
    struct arena a;
    arena_init(&a);
    bool env = row && c->tab == CLUSTER_ENVIRONMENTS, node = row && c->tab == CLUSTER_NODES;
    struct text here = LINK(&a, "", TEXT("environments"), row ? row->cell[0] : TEXT_NONE);
    COPY(c->app, &c->view, {row ? row->cell[0] : TEXT_NONE, "what the cursor is on"},
         {row ? row->words : TEXT_NONE, "what is said of it"}, {c->name, "the cluster's name"},
         {env ? link_command(&a, here) : TEXT_NONE, "the link"},
         {node
              ? text_fmt(&a, "kubectl --context %s describe node %s", c->name.str, row->cell[0].str)
              : text_fmt(&a, "kubectl --context %s get nodes -o wide", c->name.str),
          "the kubectl command"});
    arena_clear(&a);
}

static const char *const tab_links[CLUSTER_TAB_COUNT] = {"conditions",   "nodes",        "versions",
                                                         "environments", "certificates", "apis"};

static struct text cluster_link(struct view *v, struct app *a, struct arena *arena)
{
    const struct cluster *c = (const struct cluster *)v;
    return LINK(arena, c->browse.filter, TEXT("fleet"), c->name,
                c->tab ? text_cstr(arena, tab_links[c->tab]) : TEXT_NONE);
}

static bool cluster_go(struct view *v, struct app *a, struct text where)
{
    struct cluster *c = (struct cluster *)v;
    bool found = tabs_find(tab_links, CLUSTER_TAB_COUNT, where, &c->tab);
    fill(c);
    return found;
}

static unsigned cluster_command(struct view *v, struct app *a, enum command cmd)
{
    struct cluster *c = (struct cluster *)v;
    const struct cluster_row *row = row_here(c);
    switch (cmd) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        tabs_command(&c->tab, CLUSTER_TAB_COUNT, cmd);
        fill(c);
        list_go(&c->browse.list, 0);
        return VIEW_REDRAW;
    case CMD_OPEN:
        if (c->tab == CLUSTER_ENVIRONMENTS && app_go(a, row->cell[0]))
            return VIEW_REDRAW;
        show(c, row->cell[0], &row->words, 1);
        return VIEW_REDRAW;
    case CMD_DETAILS:
        show_details(c);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy(c, row);
        return VIEW_REDRAW;
    case CMD_REFRESH: {
        const struct leeway_command again = {.kind = LEEWAY_CMD_TRY_NOW, .cluster = c->name.str};
        if (app_request(a, v, &again, NULL))
            app_info(a, "asking %s now", c->name.str);
        return VIEW_REDRAW;
    }
    case CMD_DRIFT: {
        char filter[300];
        snprintf(filter, sizeof(filter), "cluster:%s", c->name.str);
        app_push(a, drift_list_new_filtered(a, filter));
        return VIEW_REDRAW;
    }
    case CMD_PLAN:
        plan(c);
        return VIEW_REDRAW;
    case CMD_RESOURCES:
        app_push(a, resources_new(
                        a, &(struct resources_query){.clusters = &c->name.str, .n_clusters = 1}));
        return VIEW_REDRAW;
    default:
        return browse_command(&c->browse, &browse, c, a, cmd);
    }
}

static const char *cluster_why_not(struct view *v, struct app *a, enum command cmd,
                                   struct arena *arena)
{
    struct cluster *c = (struct cluster *)v;
    switch (cmd) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
    case CMD_COPY:
    case CMD_FILTER:
    case CMD_DETAILS:
    case CMD_DRIFT:
    case CMD_REFRESH:
        return c->here ? NULL : "the cluster is gone";
    case CMD_PLAN:
        return why_no_plan(c);
    case CMD_OPEN:
        return row_here(c) && row_here(c)->words.len ? NULL : "there is no more to it";
    default:
        return command_info(cmd)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned cluster_filter(struct view *v, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct cluster *)v)->browse, &browse, v, text);
}

static unsigned cluster_mouse(struct view *v, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct cluster *)v)->browse, &browse, ev);
}

static unsigned cluster_refresh(struct view *v, struct app *a)
{
    take((struct cluster *)v);
    return VIEW_REDRAW;
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"},     {CMD_NEXT_TAB, "next tab"}, {CMD_NEXT_PROBLEM, "next not well"},
    {CMD_DRIFT, "drift"},   {CMD_PLAN, "plan"},         {CMD_DETAILS, "details"},
    {CMD_FILTER, "filter"}, {CMD_COPY, "copy"},         {CMD_BACK, "back"},
    {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "cluster",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = cluster_free,
    .draw = cluster_draw,
    .describe = cluster_describe,
    .preview = cluster_preview,
    .path = cluster_path,
    .totals = cluster_totals,
    .command = cluster_command,
    .why_not = cluster_why_not,
    .mouse = cluster_mouse,
    .filter = cluster_filter,
    .refresh = cluster_refresh,
    .link = cluster_link,
    .go = cluster_go,
};

struct view *cluster_new(struct app *a, uint64_t id)
{
    struct cluster *c = mem_new(struct cluster);
    c->view.ops = &ops;
    c->app = a;
    c->id = id;
    c->name = TEXT_NONE;
    arena_init(&c->arena);
    cluster_rows_init(&c->rows);
    browse_init(&c->browse);
    take(c);
    return &c->view;
}
