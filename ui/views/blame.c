// SPDX-License-Identifier: Apache-2.0
/*
 * Blame over the fleet. The engine lists who has the object; each copy is then fetched, a few at a
 * time, and counted. Clusters that were not listed and copies that could not be fetched are counted
 * as not seen.
 */
#include "views/blame.h"

#include "app/requests.h"

#include "base/hash.h"
#include "base/mem.h"
#include "leeway/blame.h"
#include "leeway/leeway.h"
#include "views/copy.h"
#include "views/object.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/browse.h"
#include "widget/tabs.h"

#include <stdio.h>
#include <string.h>

#define AT_ONCE 8

enum { TAB_OWNERS, TAB_OUTLIERS };

struct blame_view {
    struct view view;
    struct app *app;
    struct arena arena;
    struct object_ref ref;
    struct text path; /* to begin at; empty afterwards */
    size_t tab;
    struct browse browse;
    uint64_t look_id;
    struct leeway_blame *blame;
    VEC(uint64_t) asked; /* rows of the look */
    unsigned open;
    size_t failed, unseen, waiting, clusters;
    VEC(size_t) shown; /* rows, or outliers */
};

static void blame_free(struct view *view)
{
    struct blame_view *v = (struct blame_view *)view;
    app_end_look(v->app, v->look_id);
    leeway_blame_free(v->blame);
    browse_clear(&v->browse);
    vec_clear(&v->asked);
    vec_clear(&v->shown);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- rows ---- */

static const struct leeway_blame_row *row_at(const struct blame_view *v, size_t i)
{
    const struct leeway_blame_row *rows;
    size_t n = leeway_blame_rows(v->blame, &rows);
    return i < n ? &rows[i] : NULL;
}

static const struct leeway_outlier *outlier_at(const struct blame_view *v, size_t i)
{
    const struct leeway_outlier *rows;
    size_t n = leeway_blame_outliers(v->blame, &rows);
    return i < n ? &rows[i] : NULL;
}

static bool passes(const struct blame_view *v, struct text path, struct text owners,
                   struct text value)
{
    const char *f = v->browse.filter;
    return !*f || strcasestr(path.str, f) || strcasestr(owners.str, f) || strcasestr(value.str, f);
}

static uint64_t uid_of(struct text path, struct text what)
{
    char *s = mem_printf("%s\n%s", path.str, what.str);
    uint64_t h = hash_bytes(hash_process_key(), s, strlen(s));
    mem_free(s);
    return h ? h : 1;
}

static void load(void *ctx)
{
    struct blame_view *v = ctx;
    VEC(uint64_t) uids = {0};
    v->shown.len = 0;
    for (size_t i = 0; v->tab == TAB_OWNERS && row_at(v, i); i++) {
        const struct leeway_blame_row *r = row_at(v, i);
        if (!passes(v, r->path, r->owners, r->value))
            continue;
        vec_push(&v->shown, i);
        vec_push(&uids, uid_of(r->path, r->owners));
    }
    for (size_t i = 0; v->tab == TAB_OUTLIERS && outlier_at(v, i); i++) {
        const struct leeway_outlier *o = outlier_at(v, i);
        if (!passes(v, o->path, o->owners, o->here))
            continue;
        vec_push(&v->shown, i);
        vec_push(&uids, uid_of(o->path, o->here));
    }
    list_set(&v->browse.list, uids.items, uids.len);
    for (size_t i = 0; v->path.len && v->tab == TAB_OWNERS && i < v->shown.len; i++)
        if (text_equal(row_at(v, v->shown.items[i])->path, v->path)) {
            list_go(&v->browse.list, i);
            v->path = TEXT_NONE;
        }
    vec_clear(&uids);
}

/* ---- fetching ---- */

static void fetch_more(struct blame_view *v);

static void on_object(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct blame_view *v = (struct blame_view *)owner;
    v->open--;
    if (ev->kind == LEEWAY_EVENT_OBJECT && ev->object)
        v->failed += !leeway_blame_add(v->blame, ev->object);
    else
        v->failed++;
    fetch_more(v);
    if (!v->open || leeway_blame_objects(v->blame) % 16 == 0)
        load(v);
}

static bool was_asked(const struct blame_view *v, uint64_t id)
{
    for (size_t i = 0; i < v->asked.len; i++)
        if (v->asked.items[i] == id)
            return true;
    return false;
}

static void fetch(struct blame_view *v, const struct leeway_look *l, const struct leeway_row *r)
{
    struct arena a;
    arena_init(&a);
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_OBJECT,
        .cluster = r->cluster.str,
        .api_version = l->group.len
                           ? text_fmt(&a, "%s/%s", l->group.str, l->version_of_kind.str).str
                           : l->version_of_kind.str,
        .object_kind = l->kind.str,
        .namespace_ = r->namespace_.str,
        .name = r->name.str,
    };
    vec_push(&v->asked, r->id);
    if (app_request(v->app, &v->view, &c, on_object))
        v->open++;
    else
        v->failed++;
    arena_clear(&a);
}

static void fetch_more(struct blame_view *v)
{
    const struct leeway_snapshot *s = app_snapshot(v->app);
    const struct leeway_look *l = s ? leeway_look_by_id(s, v->look_id) : NULL;
    for (size_t i = 0;
         l && i < l->n_rows && v->open < AT_ONCE && v->asked.len < LEEWAY_BLAME_OBJECTS; i++)
        if (!was_asked(v, leeway_look_row(l, i)->id))
            fetch(v, l, leeway_look_row(l, i));
}

static unsigned blame_refresh(struct view *view, struct app *a)
{
    struct blame_view *v = (struct blame_view *)view;
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_look *l = s ? leeway_look_by_id(s, v->look_id) : NULL;
    v->unseen = v->waiting = v->clusters = 0;
    for (size_t i = 0; l && i < l->n_sources; i++) {
        enum leeway_source_state state = l->sources[i].state;
        v->waiting += state == LEEWAY_SOURCE_WAITING;
        v->unseen += state > LEEWAY_SOURCE_STALE && state != LEEWAY_SOURCE_UNSERVED;
        v->clusters += l->sources[i].rows > 0;
    }
    fetch_more(v);
    return VIEW_REDRAW;
}

static void begin(struct blame_view *v)
{
    struct arena a;
    arena_init(&a);
    app_end_look(v->app, v->look_id);
    leeway_blame_free(v->blame);
    v->blame = leeway_blame_new();
    v->asked.len = v->failed = 0;
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_LOOK,
        .object_kind = object_ref_resource(&a, &v->ref).str,
        .namespace_ = v->ref.namespace_.str,
        .fields = text_fmt(&a, "metadata.name=%s", v->ref.name.str).str,
    };
    v->look_id = app_request(v->app, &v->view, &c, NULL);
    arena_clear(&a);
    load(v);
}

/* ---- drawing ---- */

struct columns {
    int field_cols, owners, owners_cols, class, on, value, value_cols;
};

static struct columns columns(int cols)
{
    struct columns c = {.on = cols - 1};
    int room = cols - 4 - 6;
    c.class = cols >= 76 ? cols - 18 : 0;
    room -= c.class ? 12 : 0;
    c.value_cols = cols >= 100 ? 22 : 0;
    room -= c.value_cols ? c.value_cols + 2 : 0;
    c.owners_cols = room * 2 / 5;
    c.field_cols = room - c.owners_cols - 2;
    c.owners = 4 + c.field_cols + 2;
    c.value = c.owners + c.owners_cols + 2;
    return c;
}

/* The verdict on this field somewhere, when leeway gave it. */
static bool drift_state(const struct blame_view *v, struct text path, enum leeway_state *out)
{
    const struct leeway_snapshot *s = app_snapshot(v->app);
    for (size_t i = 0; s && i < leeway_drifts(s); i++) {
        const struct leeway_drift *d = leeway_drift_at(s, i);
        if (!text_equal(d->name, v->ref.name) || !text_equal(d->path, path))
            continue;
        *out = words_verdict_state(d->verdict);
        return true;
    }
    return false;
}

static void draw_owners_row(struct blame_view *v, struct region r, size_t i)
{
    const struct leeway_blame_row *x = row_at(v, i);
    struct arena *a = canvas_arena(r.canvas);
    struct columns c = columns(r.cols);
    enum leeway_state state;
    enum role role = x->ours || !x->objects ? ROLE_TEXT_DIM : words_actor_role(x->actor);
    if (!x->ours && drift_state(v, x->path, &state))
        draw_state(r, 0, 2, state);
    draw_cut(r, 0, 4, c.field_cols, words_path(a, x->path, (uint32_t)c.field_cols),
             x->ours ? ROLE_TEXT_DIM : ROLE_TEXT, TEXT_CUT_FRONT);
    draw_cut(r, 0, c.owners, c.owners_cols, x->owners, role, TEXT_CUT_END);
    if (c.value_cols)
        draw_cut(r, 0, c.value, c.value_cols,
                 x->values > 1 ? text_fmt(a, "%u values", x->values) : x->value, ROLE_TEXT_DIM,
                 TEXT_CUT_END);
    if (c.class && x->actor != LEEWAY_ACTOR_UNKNOWN)
        draw_cut(r, 0, c.class, 11, text_cstr(a, leeway_actor_word(x->actor)), role, TEXT_CUT_END);
    draw_right(r, 0, c.on, 5, text_fmt(a, "%u", x->objects), ROLE_TEXT);
}

static int outlier_col(int cols, int part)
{
    int room = cols - 4 - 8 - 6;
    return part == 0 ? 4 : part == 1 ? 4 + room * 4 / 10 : 4 + room * 7 / 10 + 8;
}

static void draw_outlier_row(struct blame_view *v, struct region r, size_t i)
{
    const struct leeway_outlier *x = outlier_at(v, i);
    struct arena *a = canvas_arena(r.canvas);
    int most = outlier_col(r.cols, 1), here = outlier_col(r.cols, 2), sure = here - 9;
    enum leeway_state state;
    if (drift_state(v, x->path, &state))
        draw_state(r, 0, 2, state);
    draw_cut(r, 0, 4, most - 6, words_path(a, x->path, (uint32_t)(most - 6)), ROLE_TEXT,
             TEXT_CUT_FRONT);
    draw_cut(r, 0, most, sure - most - 2, x->most, ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_right(r, 0, here - 2, 8, text_fmt(a, "%u of %u", x->most_objects, x->of), ROLE_TEXT_DIM);
    draw_cut(r, 0, here, r.cols - here - 6, x->here, ROLE_VALUE_LIVE, TEXT_CUT_END);
    draw_right(r, 0, r.cols - 1, 5, text_fmt(a, "%u", x->objects), ROLE_TEXT);
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct blame_view *v = ctx;
    (v->tab == TAB_OWNERS ? draw_owners_row : draw_outlier_row)(v, r, v->shown.items[row->row]);
}

static void draw_headings(const struct blame_view *v, struct region r)
{
    struct columns c = columns(r.cols);
    draw_text(r, 0, 4, TEXT("field"), ROLE_TEXT_DIM);
    draw_right(r, 0, r.cols - 1, 5, TEXT("on"), ROLE_TEXT_DIM);
    if (v->tab == TAB_OUTLIERS) {
        draw_text(r, 0, outlier_col(r.cols, 1), TEXT("most have"), ROLE_TEXT_DIM);
        draw_text(r, 0, outlier_col(r.cols, 2), TEXT("here"), ROLE_TEXT_DIM);
        return;
    }
    draw_cut(r, 0, c.owners, c.owners_cols, TEXT("owners of the field"), ROLE_TEXT_DIM,
             TEXT_CUT_END);
    if (c.value_cols)
        draw_text(r, 0, c.value, TEXT("value"), ROLE_TEXT_DIM);
    if (c.class)
        draw_text(r, 0, c.class, TEXT("class"), ROLE_TEXT_DIM);
}

static struct text nothing(const struct blame_view *v, struct arena *a)
{
    size_t n = leeway_blame_objects(v->blame);
    if (v->browse.filter[0])
        return TEXT("Nothing passes this filter; Esc clears it.");
    if (!n)
        return v->open || v->waiting || !v->clusters ? TEXT("Asked every cluster for it.")
                                                     : TEXT("No copy of it could be read.");
    if (n < 3)
        return text_fmt(a, "%zu %s it: of fewer than three copies none is unlike the others.", n,
                        n == 1 ? "cluster has" : "have");
    return text_fmt(a, "No copy is unlike the %zu others: wherever most agree, all do.", n - 1);
}

static void blame_draw(struct view *view, struct app *a, struct region r)
{
    struct blame_view *v = (struct blame_view *)view;
    const struct leeway_outlier *out;
    const struct tab tabs[] = {{"owners", -1},
                               {"outliers", (int64_t)leeway_blame_outliers(v->blame, &out)}};
    tabs_draw(r, 0, tabs, ARRAY_LEN(tabs), v->tab);
    if (!v->shown.len) {
        draw_wrapped(r, 2, 4, r.cols - 8, 3, nothing(v, canvas_arena(r.canvas)), ROLE_TEXT);
        return;
    }
    draw_headings(v, region_sub(r, 1, 0, 1, r.cols));
    list_draw(&v->browse.list, region_sub(r, 2, 0, r.rows - 2, r.cols), draw_row, v);
}

static struct text where(const struct blame_view *v, struct arena *a, const uint32_t *places,
                         uint32_t n)
{
    struct text t = TEXT_NONE;
    for (uint32_t i = 0; i < n && i < 8; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? ", " : "",
                     leeway_blame_object(v->blame, places[i])->cluster.str);
    return n > 8 ? text_fmt(a, "%s and %u more", t.str, n - 8) : t;
}

static void blame_describe(struct view *view, struct app *app, struct region r)
{
    struct blame_view *v = (struct blame_view *)view;
    struct arena *a = canvas_arena(r.canvas);
    size_t row;
    struct text t;
    if (!list_at(&v->browse.list, &row) || row >= v->shown.len)
        return;
    if (v->tab == TAB_OWNERS) {
        const struct leeway_blame_row *x = row_at(v, v->shown.items[row]);
        t = text_fmt(a, "%s: %s%s, %s on %s.", x->path.str, x->value.str,
                     x->values > 1 ? " and others" : "", x->owners.str,
                     where(v, a, x->places, x->objects).str);
        if (x->newest_ms)
            t = text_fmt(a, "%s At or before %s.", t.str, words_exact(app, a, x->newest_ms).str);
        if (!x->ours && x->actor == LEEWAY_ACTOR_PERSON)
            t = text_fmt(a, "%s A manager is the name that a program gave itself, not a person.",
                         t.str);
    } else {
        const struct leeway_outlier *x = outlier_at(v, v->shown.items[row]);
        t = text_fmt(a, "%s: %s on %s; %u of %u have %s.", x->path.str, x->here.str,
                     where(v, a, x->places, x->objects).str, x->most_objects, x->of, x->most.str);
        if (x->owners.len)
            t = text_fmt(a, "%s Owned there by %s.", t.str, x->owners.str);
    }
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, t, ROLE_TEXT);
}

static size_t blame_path(struct view *view, struct app *a, struct arena *arena, struct text *parts,
                         size_t max)
{
    struct blame_view *v = (struct blame_view *)view;
    parts[0] = TEXT("blame");
    parts[1] = browse_path(&v->browse, arena,
                           text_fmt(arena, "%s/%s", v->ref.kind.str, v->ref.name.str).str);
    return 2;
}

static void blame_totals(struct view *view, struct app *a, struct region r)
{
    struct blame_view *v = (struct blame_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    size_t unseen = v->unseen + v->failed;
    int end = r.cols - 1;
    if (unseen) {
        end -=
            draw_right(r, 0, end, end, text_fmt(arena, "%zu not seen", unseen), ROLE_TEXT_STRONG);
        end -= draw_state(r, 0, end - 1, LEEWAY_UNKNOWN) + 2;
    }
    if (v->open || v->waiting) {
        end -= draw_right(r, 0, end, end, text_fmt(arena, "%zu asked", v->open + v->waiting),
                          ROLE_TEXT);
        end -= draw_state(r, 0, end - 1, LEEWAY_CHANGING) + 2;
    }
    draw_right(r, 0, end, end,
               text_fmt(arena, "%zu on %zu %s", leeway_blame_objects(v->blame), v->clusters,
                        v->clusters == 1 ? "cluster" : "clusters"),
               ROLE_TEXT_DIM);
}

/* ---- keys ---- */

static bool is_foreign(void *ctx, size_t row)
{
    struct blame_view *v = ctx;
    if (v->tab == TAB_OUTLIERS)
        return true;
    const struct leeway_blame_row *x = row_at(v, v->shown.items[row]);
    return !x->ours && x->actor != LEEWAY_ACTOR_UNKNOWN;
}

static const struct browse_spec browse = {.is_problem = is_foreign,
                                          .no_problem =
                                              "no more owners that way but leeway and the server",
                                          .reload = load,
                                          .head = 3};

static const struct leeway_object *first_place(const struct blame_view *v)
{
    size_t row;
    if (!list_at(&v->browse.list, &row) || row >= v->shown.len)
        return NULL;
    size_t i = v->shown.items[row];
    return leeway_blame_object(v->blame, v->tab == TAB_OWNERS ? row_at(v, i)->places[0]
                                                              : outlier_at(v, i)->places[0]);
}

static void copy(struct blame_view *v, const struct leeway_object *at)
{
    struct arena a;
    size_t row;
    arena_init(&a);
    bool there = list_at(&v->browse.list, &row) && row < v->shown.len;
    const struct leeway_blame_row *r =
        there && v->tab == TAB_OWNERS ? row_at(v, v->shown.items[row]) : NULL;
    struct text what = object_ref_resource(&a, &v->ref);
    const char *in = v->ref.namespace_.len ? " -n " : "", *ns = v->ref.namespace_.str;
    COPY(v->app, &v->view,
         {r ? text_fmt(&a, "%s: %s has %s", r->path.str, r->owners.str, r->value.str) : TEXT_NONE,
          "what the cursor is on"},
         {text_fmt(&a, "leeway blame %s/%s%s%s%s", what.str, v->ref.name.str, in, ns,
                   v->tab == TAB_OUTLIERS ? " --outliers" : ""),
          "the command"},
         {at ? text_fmt(&a, "kubectl --context %s%s%s get %s %s -o yaml --show-managed-fields",
                        at->cluster.str, in, ns, what.str, v->ref.name.str)
             : TEXT_NONE,
          "the object and its owners"});
    arena_clear(&a);
}

static const char *const tab_links[] = {[TAB_OWNERS] = "owners", [TAB_OUTLIERS] = "outliers"};

static struct text blame_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct blame_view *v = (const struct blame_view *)view;
    return LINK(arena, v->browse.filter, TEXT("blame"), object_ref_resource(arena, &v->ref),
                v->ref.namespace_, v->ref.name,
                v->tab ? text_cstr(arena, tab_links[v->tab]) : TEXT_NONE);
}

static bool blame_go(struct view *view, struct app *a, struct text where)
{
    struct blame_view *v = (struct blame_view *)view;
    bool found = tabs_find(tab_links, ARRAY_LEN(tab_links), where, &v->tab);
    load(v);
    return found;
}

static unsigned blame_command(struct view *view, struct app *a, enum command c)
{
    struct blame_view *v = (struct blame_view *)view;
    const struct leeway_object *o = first_place(v);
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        v->tab = !v->tab;
        load(v);
        list_go(&v->browse.list, 0);
        return VIEW_REDRAW;
    case CMD_OPEN:
    case CMD_YAML: {
        struct object_ref ref = v->ref;
        ref.cluster = o->cluster;
        app_push(a, object_new(a, &ref, OBJECT_YAML));
        return VIEW_REDRAW;
    }
    case CMD_REFRESH:
        begin(v);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy(v, o);
        return VIEW_REDRAW;
    default:
        return browse_command(&v->browse, &browse, v, a, c);
    }
}

static const char *blame_why_not(struct view *view, struct app *a, enum command c,
                                 struct arena *arena)
{
    struct blame_view *v = (struct blame_view *)view;
    switch (c) {
    case CMD_OPEN:
    case CMD_YAML:
        return first_place(v) ? NULL : "there is no object";
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_REFRESH:
    case CMD_COPY:
        return NULL;
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned blame_filter(struct view *view, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct blame_view *)view)->browse, &browse, view, text);
}

static unsigned blame_mouse(struct view *view, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct blame_view *)view)->browse, &browse, ev);
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"},     {CMD_NEXT_PROBLEM, "next owner"}, {CMD_NEXT_TAB, "outliers"},
    {CMD_FILTER, "filter"}, {CMD_REFRESH, "ask again"},       {CMD_COPY, "copy"},
    {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "blame",
    .place = PLACE_SCREEN,
    .describe_rows = 3,
    .hints = hints,
    .free = blame_free,
    .draw = blame_draw,
    .describe = blame_describe,
    .path = blame_path,
    .totals = blame_totals,
    .command = blame_command,
    .why_not = blame_why_not,
    .filter = blame_filter,
    .mouse = blame_mouse,
    .refresh = blame_refresh,
    .link = blame_link,
    .go = blame_go,
};

struct view *blame_new(struct app *a, const struct object_ref *ref, struct text path)
{
    struct blame_view *v = mem_new(struct blame_view);
    v->view.ops = &ops;
    v->app = a;
    arena_init(&v->arena);
    browse_init(&v->browse);
    v->ref = object_ref_dup(&v->arena, ref);
    v->path = text_dup(&v->arena, path);
    begin(v);
    return &v->view;
}
