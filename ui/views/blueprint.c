// SPDX-License-Identifier: Apache-2.0
/* One version of a blueprint: versions, parameters, modules and who uses it, each in a tab. */
#include "views/catalog.h"
#include "views/environments.h"
#include "views/link.h"
#include "views/states.h"

#include "widget/list.h"
#include "widget/tabs.h"

#include <string.h>

enum blueprint_tab { TAB_VERSIONS, TAB_PARAMETERS, TAB_MODULES, TAB_USERS, TAB_COUNT };

struct blueprint_view {
    struct view view;
    struct app *app;
    struct arena own;
    struct text name, version;
    struct leeway_snapshot *snapshot; /* referenced */
    const struct leeway_blueprint *b; /* NULL: it is gone */
    size_t tab;
    VEC(const struct leeway_blueprint *) versions;
    VEC(const struct leeway_env_file *) users;
    struct list lists[TAB_COUNT];
};

static void blueprint_free(struct view *view)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    vec_clear(&v->versions);
    vec_clear(&v->users);
    for (int t = 0; t < TAB_COUNT; t++)
        list_clear(&v->lists[t]);
    arena_clear(&v->own);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

static size_t rows_of(const struct blueprint_view *v, size_t tab)
{
    const size_t n[TAB_COUNT] = {v->versions.len, v->b ? v->b->n_parameters : 0,
                                 v->b ? v->b->n_modules : 0, v->users.len};
    return n[tab];
}

static void reload(struct blueprint_view *v)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    if (!s)
        return;
    leeway_snapshot_ref(s);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->versions.len = v->users.len = 0;
    for (size_t i = 0; i < leeway_blueprints(s); i++)
        if (text_equal(leeway_blueprint_at(s, i)->name, v->name))
            vec_push(&v->versions, leeway_blueprint_at(s, i));
    for (size_t i = 0; i < leeway_env_files(s); i++)
        if (!leeway_env_file_at(s, i)->draft &&
            text_equal(leeway_env_file_at(s, i)->blueprint, v->name))
            vec_push(&v->users, leeway_env_file_at(s, i));
    v->b = leeway_blueprint_find(s, v->name.str, v->version.len ? v->version.str : NULL);
    for (size_t t = 0; t < TAB_COUNT; t++) {
        VEC(uint64_t) uids = {0};
        for (size_t i = 0; i < rows_of(v, t); i++)
            vec_push(&uids, i + 1);
        list_set(&v->lists[t], uids.items, uids.len);
        vec_clear(&uids);
    }
}

/* ---- drawing ---- */

static void draw_user(struct blueprint_view *v, struct region r, const struct leeway_env_file *f)
{
    const struct leeway_environment *e = NULL;
    for (size_t i = 0; i < leeway_environments(v->snapshot); i++)
        if (text_equal(leeway_environment_at(v->snapshot, i)->name, f->name))
            e = leeway_environment_at(v->snapshot, i);
    if (e)
        draw_state(r, 0, 2, e->state);
    draw_cut(r, 0, 4, r.cols / 3, f->name, e ? state_name_role(e->state) : ROLE_TEXT,
             TEXT_CUT_MIDDLE);
    int col = 5 + r.cols / 3;
    draw_cut(r, 0, col, 10, f->version, ROLE_TEXT, TEXT_CUT_END);
    draw_cut(r, 0, col + 11, r.cols - col - 26, f->team, ROLE_TEXT, TEXT_CUT_END);
    draw_right(r, 0, r.cols - 1, 14, e ? f->owner : TEXT("not released"), ROLE_TEXT_DIM);
}

static void draw_row(void *ctx, struct region r, const struct list_row *at)
{
    struct blueprint_view *v = ctx;
    switch ((enum blueprint_tab)v->tab) {
    case TAB_VERSIONS:
        catalog_draw_version(r, 0, v->snapshot, v->versions.items[at->row]);
        break;
    case TAB_PARAMETERS:
        catalog_draw_parameter(r, 0, &v->b->parameters[at->row]);
        break;
    case TAB_MODULES:
        catalog_draw_module(r, 0, &v->b->modules[at->row]);
        break;
    default:
        draw_user(v, r, v->users.items[at->row]);
    }
}

static void draw_head(struct blueprint_view *v, struct region r, int row)
{
    if (v->tab == TAB_PARAMETERS) {
        catalog_draw_parameter_head(r, row);
    } else if (v->tab == TAB_VERSIONS) {
        draw_text(r, row, 4, TEXT("version    approval"), ROLE_TEXT_DIM);
        draw_right(r, row, r.cols - 1, 8, TEXT("used by"), ROLE_TEXT_DIM);
    } else if (v->tab == TAB_MODULES) {
        draw_text(r, row, 4, TEXT("module"), ROLE_TEXT_DIM);
    } else {
        draw_text(r, row, 4, TEXT("environment"), ROLE_TEXT_DIM);
        draw_text(r, row, 5 + r.cols / 3, TEXT("version    team"), ROLE_TEXT_DIM);
        draw_right(r, row, r.cols - 1, 8, TEXT("owner"), ROLE_TEXT_DIM);
    }
}

static void blueprint_draw(struct view *view, struct app *a, struct region r)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    if (!v->b) {
        draw_wrapped(r, 1, 4, r.cols - 8, 2, TEXT("This blueprint is not in the catalog."),
                     ROLE_TEXT);
        return;
    }
    struct tab tabs[TAB_COUNT] = {
        {"versions", -1}, {"parameters", -1}, {"modules", -1}, {"used by", -1}};
    for (size_t t = 0; t < TAB_COUNT; t++)
        tabs[t].count = (int64_t)rows_of(v, t);
    tabs_draw(r, 0, tabs, TAB_COUNT, v->tab);
    int row = 1;
    if (r.rows >= 16) {
        row += 1 + draw_wrapped(r, 2, 1, r.cols - 2, 2, v->b->description, ROLE_TEXT);
        int most = r.rows - row - 6 > 12 ? 12 : r.rows - row - 6;
        row += catalog_draw_facts(region_sub(r, row, 0, most, r.cols), 0, v->snapshot, v->b) + 1;
    }
    draw_head(v, r, row++);
    if (!rows_of(v, v->tab))
        draw_text(r, row, 4, v->tab == TAB_USERS ? TEXT("no environment uses it") : TEXT("none"),
                  ROLE_TEXT_DIM);
    list_draw(&v->lists[v->tab], region_sub(r, row, 0, r.rows - row, r.cols), draw_row, v);
}

static struct text in_words(struct blueprint_view *v, struct arena *a)
{
    size_t row;
    if (!list_at(&v->lists[v->tab], &row))
        return TEXT_NONE;
    if (v->tab == TAB_VERSIONS) {
        const struct leeway_blueprint *b = v->versions.items[row];
        return text_fmt(a, "%s %s: %s%s%s", b->name.str, b->version.str,
                        b->why.len ? b->why.str : b->approval.str, b->hint.len ? "; " : "",
                        b->hint.str);
    }
    if (v->tab == TAB_PARAMETERS) {
        const struct leeway_parameter *p = &v->b->parameters[row];
        return text_fmt(a, "%s: %s%stakes %s", p->name.str, p->description.str,
                        p->description.len ? "; " : "", p->takes.str);
    }
    if (v->tab == TAB_MODULES) {
        const struct leeway_module_use *m = &v->b->modules[row];
        return text_fmt(a, "%s: %s%s%s%s%s", m->instance.str, m->description.str,
                        m->contract.len ? "; field contract: " : "", m->contract.str,
                        m->when.len ? "; when " : "", m->when.str);
    }
    return v->users.items[row]->path;
}

static void blueprint_describe(struct view *view, struct app *a, struct region r)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    if (v->b)
        draw_wrapped(r, 0, 1, r.cols - 2, r.rows, in_words(v, canvas_arena(r.canvas)), ROLE_TEXT);
}

static size_t blueprint_path(struct view *view, struct app *a, struct arena *arena,
                             struct text *parts, size_t max)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    parts[0] = TEXT("catalog");
    parts[1] = v->b ? text_fmt(arena, "%s %s", v->name.str, v->b->version.str) : v->name;
    return 2;
}

static void blueprint_totals(struct view *view, struct app *a, struct region r)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    if (!v->b)
        return;
    struct text t = v->b->approval.len ? v->b->approval : v->b->why;
    int used = draw_right(r, 0, r.cols - 1, r.cols - 3, t, ROLE_TEXT);
    draw_state(r, 0, r.cols - 1 - used - 2, v->b->state);
}

/* ---- keys ---- */

static unsigned open_row(struct blueprint_view *v, size_t row)
{
    if (v->tab == TAB_VERSIONS) {
        v->version = text_dup(&v->own, v->versions.items[row]->version);
        reload(v);
    } else {
        app_push(v->app, environment_new(v->app, v->users.items[row]->name));
    }
    return VIEW_REDRAW;
}

static unsigned blueprint_command(struct view *view, struct app *a, enum command c)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    size_t row;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return tabs_command(&v->tab, TAB_COUNT, c);
    case CMD_OPEN:
        return list_at(&v->lists[v->tab], &row) ? open_row(v, row) : VIEW_DONE;
    case CMD_PLAN:
        catalog_launch(a, v->b);
        return VIEW_REDRAW;
    case CMD_COPY:
        catalog_copy(a, view, v->b);
        return VIEW_REDRAW;
    default:
        return list_command(&v->lists[v->tab], c);
    }
}

static const char *blueprint_why_not(struct view *view, struct app *a, enum command c,
                                     struct arena *arena)
{
    struct blueprint_view *v = (struct blueprint_view *)view;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return NULL;
    case CMD_PLAN:
        return catalog_why_no_launch(v->b);
    case CMD_COPY:
        return v->b ? NULL : "it is not in the catalog";
    case CMD_OPEN:
        return (v->tab == TAB_VERSIONS || v->tab == TAB_USERS) && rows_of(v, v->tab)
                   ? NULL
                   : "there is no more to it";
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned blueprint_refresh(struct view *view, struct app *a)
{
    reload((struct blueprint_view *)view);
    return VIEW_REDRAW;
}

static struct text blueprint_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct blueprint_view *v = (const struct blueprint_view *)view;
    return LINK(arena, "", TEXT("catalog"), v->name, v->b ? v->b->version : v->version);
}

static const struct view_hint hints[] = {{CMD_OPEN, "open"},
                                         {CMD_NEXT_TAB, "next tab"},
                                         {CMD_PLAN, "launch one"},
                                         {CMD_COPY, "copy"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "blueprint",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = blueprint_free,
    .draw = blueprint_draw,
    .describe = blueprint_describe,
    .path = blueprint_path,
    .totals = blueprint_totals,
    .command = blueprint_command,
    .why_not = blueprint_why_not,
    .refresh = blueprint_refresh,
    .link = blueprint_link,
};

struct view *blueprint_new(struct app *a, struct text name, struct text version)
{
    struct blueprint_view *v = mem_new(struct blueprint_view);
    v->view.ops = &ops;
    v->app = a;
    arena_init(&v->own);
    v->name = text_dup(&v->own, name);
    v->version = version.len ? text_dup(&v->own, version) : TEXT_NONE;
    for (int t = 0; t < TAB_COUNT; t++)
        list_init(&v->lists[t]);
    reload(v);
    return &v->view;
}
