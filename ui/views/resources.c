// SPDX-License-Identifier: Apache-2.0
/* Resources: its keys, and the table that the engine keeps for it while it is open. */
#include "app/requests.h"

#include "views/resources_int.h"

#include "base/mem.h"
#include "views/blame.h"
#include "views/drift_list.h"
#include "views/link.h"
#include "views/log.h"
#include "views/object.h"
#include "views/outside.h"
#include "views/states.h"
#include "views/words.h"

#include <stdio.h>
#include <string.h>

static void resources_free(struct view *view)
{
    struct resources *v = (struct resources *)view;
    app_end_look(v->app, v->look_id);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    browse_clear(&v->browse);
    vec_clear(&v->objects);
    vec_clear(&v->order);
    vec_clear(&v->rows);
    vec_clear(&v->notes);
    vec_clear(&v->widths);
    vec_clear(&v->numbers);
    arena_clear(&v->arena);
    arena_clear(&v->row_arena);
    mem_free(v);
}

/* ---- the engine's part ---- */

static void on_begun(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct resources *v = (struct resources *)owner;
    if (ev->kind == LEEWAY_EVENT_FAILED) {
        v->look_id = 0;
        app_say_failed(a, ev);
    }
    resources_load(v, false);
}

void resources_begin(struct resources *v)
{
    app_end_look(v->app, v->look_id);
    resources_read_filter(v->browse.filter, &v->asked);
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_LOOK,
        .object_kind = v->kind.str,
        .clusters = v->clusters,
        .n_clusters = v->n_clusters,
        .namespace_ = v->asked.ns,
        .labels = v->asked.labels,
        .fields = v->asked.fields,
        .limit = v->limit,
    };
    v->first_column = 0;
    v->touched = false;
    v->look_id = app_request(v->app, &v->view, &c, on_begun);
    resources_load(v, false);
}

/* ---- what the files share ---- */

bool resources_here(const struct resources *v, struct resource_item *out)
{
    size_t row;
    if (!list_at(&v->browse.list, &row))
        return false;
    *out = resources_item(v, row);
    return true;
}

struct object_ref resources_ref(const struct resources *v, const struct leeway_row *row)
{
    return (struct object_ref){.cluster = row->cluster,
                               .group = v->look->group,
                               .version = v->look->version_of_kind,
                               .kind = v->look->kind,
                               .plural = v->look->plural,
                               .namespace_ = row->namespace_,
                               .name = row->name};
}

bool resources_is_events(const struct resources *v)
{
    return v->look && strcmp(v->look->kind.str, "Event") == 0;
}

int resources_column_named(const struct resources *v, const char *name)
{
    for (size_t i = 0; v->look && i < v->look->n_columns; i++)
        if (strcmp(v->look->columns[i].name.str, name) == 0)
            return (int)i;
    return BY_STATE;
}

/* ---- row 0 ---- */

static size_t resources_path(struct view *view, struct app *a, struct arena *arena,
                             struct text *parts, size_t max)
{
    struct resources *v = (struct resources *)view;
    struct text kind = v->look && v->look->plural.len ? v->look->plural : v->kind;
    parts[0] = TEXT("resources");
    parts[1] = browse_path(&v->browse, arena, kind.str);
    if (v->n_clusters == 1)
        parts[1] = text_fmt(arena, "%s on %s", parts[1].str, v->clusters[0]);
    return 2;
}

static void resources_totals(struct view *view, struct app *a, struct region r)
{
    struct resources *v = (struct resources *)view;
    struct arena *arena = canvas_arena(r.canvas);
    if (!v->look)
        return;
    size_t clusters = v->look->n_sources;
    struct text n = v->shown != v->total ? text_fmt(arena, "%zu of %zu", v->shown, v->total)
                                         : text_fmt(arena, "%zu", v->total);
    struct text t = text_fmt(arena, "%s%s on %zu %s", n.str, v->more ? "+" : "", clusters,
                             clusters == 1 ? "cluster" : "clusters");
    int end = r.cols - 1;
    if (v->unseen) {
        end -= draw_right(r, 0, end, end, text_fmt(arena, "%zu not seen", v->unseen),
                          ROLE_TEXT_STRONG);
        end -= draw_state(r, 0, end - 1, LEEWAY_UNKNOWN) + 2;
    }
    if (v->waiting) {
        end -= draw_right(r, 0, end, end, text_fmt(arena, "%zu asked", v->waiting), ROLE_TEXT);
        end -= draw_state(r, 0, end - 1, LEEWAY_CHANGING) + 2;
    }
    draw_right(r, 0, end, end, t, ROLE_TEXT_DIM);
}

/* ---- keys ---- */

static bool is_unwell(void *ctx, size_t row)
{
    const struct resource_item i = resources_item(ctx, row);
    return i.state != LEEWAY_STATE_COUNT && state_is_unwell(i.state);
}

static void reload_view(void *ctx)
{
    resources_load(ctx, false);
}

static const struct browse_spec browse = {.is_problem = is_unwell,
                                          .no_problem = "nothing more that way is not well",
                                          .reload = reload_view,
                                          .head = 2};

static bool same_question(const struct resources *v)
{
    struct resources_filter f;
    resources_read_filter(v->browse.filter, &f);
    return !strcmp(f.ns, v->asked.ns) && !strcmp(f.labels, v->asked.labels) &&
           !strcmp(f.fields, v->asked.fields);
}

static void set_limit(struct resources *v, bool more)
{
    uint32_t before = v->limit;
    v->limit = more ? v->limit * 4 : v->limit / 4;
    if (v->limit < 125)
        v->limit = 125;
    if (v->limit > 128000)
        v->limit = 128000;
    if (v->limit == before) {
        app_info(v->app, "%u objects a cluster is the %s", v->limit, more ? "most" : "least");
        return;
    }
    app_info(v->app, "at most %u objects of each cluster", v->limit);
    resources_begin(v);
}

static void scroll(struct resources *v, int by)
{
    int last = v->look ? (int)v->look->n_columns - 1 : 0, to = v->first_column + by;
    v->first_column = to < 0 ? 0 : to > last ? (last < 0 ? 0 : last) : to;
}

/* Events of this object, or with no object of everything that is shown. */
static void open_events(struct resources *v, const struct leeway_row *row)
{
    struct object_ref ref = resources_ref(v, row);
    object_open_events(v->app, &ref);
}

static void open_drift(struct resources *v, const struct leeway_row *row)
{
    app_push(v->app, drift_list_new_filtered(v->app, row->name.str));
}

#define LOGS_OF_MAX 128

/* Of what is marked, or of this one. */
static void open_logs(struct resources *v, const struct object_ref *here)
{
    struct arena a;
    size_t n = 0;
    arena_init(&a);
    struct object_ref *refs = arena_array(&a, LOGS_OF_MAX, sizeof(*refs));
    const struct list *l = &v->browse.list;
    for (size_t i = 0; l->marks.len && i < l->uids.len && n < LOGS_OF_MAX; i++) {
        const struct leeway_row *row =
            list_marked(l, l->uids.items[i]) ? resources_item(v, i).row : NULL;
        if (row)
            refs[n++] = resources_ref(v, row);
    }
    if (l->marks.len > LOGS_OF_MAX)
        app_info(v->app, "the first %d of %zu", LOGS_OF_MAX, l->marks.len);
    app_push(v->app, n ? log_new_of(v->app, refs, n) : log_new_of(v->app, here, 1));
    arena_clear(&a);
}

static unsigned on_object(struct resources *v, const struct leeway_row *row, enum command c)
{
    struct object_ref ref = resources_ref(v, row);
    switch (c) {
    case CMD_OPEN:
    case CMD_YAML:
        app_push(v->app, object_new(v->app, &ref, OBJECT_YAML));
        return VIEW_REDRAW;
    case CMD_DETAILS:
        app_push(v->app, object_new(v->app, &ref, OBJECT_FACTS));
        return VIEW_REDRAW;
    case CMD_EVENTS:
        open_events(v, row);
        return VIEW_REDRAW;
    case CMD_LOGS:
        open_logs(v, &ref);
        return VIEW_REDRAW;
    case CMD_BLAME:
        app_push(v->app, blame_new(v->app, &ref, TEXT_NONE));
        return VIEW_REDRAW;
    case CMD_SHELL:
        outside_shell(v->app, &ref, TEXT_NONE);
        return VIEW_REDRAW;
    case CMD_DRIFT:
        open_drift(v, row);
        return VIEW_REDRAW;
    case CMD_COPY:
        resources_pick_copy(v);
        return VIEW_REDRAW;
    default:
        return 0;
    }
}

static unsigned resources_command(struct view *view, struct app *a, enum command c)
{
    struct resources *v = (struct resources *)view;
    struct resource_item here;
    unsigned done = resources_here(v, &here) && here.row ? on_object(v, here.row, c) : 0;
    if (done)
        return done;
    switch (c) {
    case CMD_RESOURCES:
        resources_pick_kind(v);
        return VIEW_REDRAW;
    case CMD_SORT:
        resources_pick_sort(v);
        return VIEW_REDRAW;
    case CMD_COLUMNS:
        v->wide = !v->wide;
        v->first_column = 0;
        return VIEW_REDRAW;
    case CMD_LARGER:
    case CMD_SMALLER:
        set_limit(v, c == CMD_LARGER);
        return VIEW_REDRAW;
    case CMD_LEFT:
    case CMD_RIGHT:
        scroll(v, c == CMD_RIGHT ? 1 : -1);
        return VIEW_REDRAW;
    case CMD_REFRESH:
        resources_begin(v);
        return VIEW_REDRAW;
    case CMD_BACK:
        if (!browse_is_filtered(&v->browse)) /* what it was opened with is no filter to clear */
            return 0;
        memcpy(v->browse.filter, v->browse.scope, sizeof(v->browse.filter));
        if (!same_question(v))
            resources_begin(v);
        else
            resources_load(v, false);
        return VIEW_REDRAW;
    default:
        v->touched |= (command_info(c)->flags & CMD_MOVE) || c == CMD_MARK || c == CMD_RANGE ||
                      c == CMD_NEXT_PROBLEM || c == CMD_PREVIOUS_PROBLEM;
        return browse_command(&v->browse, &browse, v, a, c);
    }
}

static const char *resources_why_not(struct view *view, struct app *a, enum command c,
                                     struct arena *arena)
{
    struct resources *v = (struct resources *)view;
    struct resource_item item;
    const struct resource_item *here = resources_here(v, &item) ? &item : NULL;
    switch (c) {
    case CMD_OPEN:
    case CMD_YAML:
    case CMD_DETAILS:
    case CMD_EVENTS:
    case CMD_BLAME:
    case CMD_COPY:
        return here && here->row ? NULL : here ? "this is no object" : "there is no object";
    case CMD_SHELL:
        return !here || !here->row                     ? "there is no object"
               : strcmp(v->look->kind.str, "Pod") == 0 ? outside_why_no_shell(a)
                                                       : "shells are in pods";
    case CMD_LOGS:
        return !here || !here->row ? "there is no object"
                                   : log_why_none(v->look->group, v->look->kind);
    case CMD_DRIFT:
        return here && here->row && here->verdict != LEEWAY_VERDICT_COUNT
                   ? NULL
                   : "nothing differs that leeway gave";
    case CMD_SORT:
    case CMD_COLUMNS:
        return v->look ? NULL : "nothing was listed yet";
    case CMD_LARGER:
    case CMD_SMALLER:
    case CMD_REFRESH:
        return NULL;
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned resources_filter(struct view *view, struct app *a, struct text text, bool done)
{
    struct resources *v = (struct resources *)view;
    browse_set_filter(&v->browse, text);
    if (!text.len && v->browse.scope[0] && !done) /* Esc in the line: as it was opened */
        memcpy(v->browse.filter, v->browse.scope, sizeof(v->browse.filter));
    if ((done || !text.len) && !same_question(v))
        resources_begin(v);
    else
        resources_load(v, false);
    return VIEW_REDRAW;
}

static unsigned resources_refresh(struct view *view, struct app *a)
{
    struct resources *v = (struct resources *)view;
    const struct leeway_snapshot *s = app_snapshot(a);
    if (v->look && s && !v->unsorted && leeway_look_by_id(s, v->look_id) == v->look &&
        leeway_drifts(s) == leeway_drifts(v->snapshot))
        return VIEW_DONE;
    bool slow = clock_boot_ms(app_clock(a)) < v->not_before;
    bool reading = v->browse.list.marks.len || (v->touched && app_order_frozen(a));
    if (slow || (reading && app_order_frozen(a)))
        app_order_later(a);
    if (slow)
        return VIEW_DONE;
    v->unsorted = reading;
    resources_load(v, reading);
    return VIEW_REDRAW;
}

static unsigned resources_mouse(struct view *view, struct app *a, const struct event *ev)
{
    struct resources *v = (struct resources *)view;
    v->touched = true;
    return browse_mouse(&v->browse, &browse, ev);
}

static void draw_view(struct view *view, struct app *a, struct region r)
{
    resources_draw((struct resources *)view, r);
}

static void describe_view(struct view *view, struct app *a, struct region r)
{
    resources_describe((struct resources *)view, r);
}

static void preview_view(struct view *view, struct app *a, struct region r)
{
    resources_preview((struct resources *)view, r);
}

static struct text resources_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct resources *v = (const struct resources *)view;
    struct text on = TEXT_NONE;
    for (size_t i = 0; i < v->n_clusters; i++)
        on = text_fmt(arena, "%s%s%s", on.str, i ? "," : "", v->clusters[i]);
    return LINK(arena, v->browse.filter, TEXT("resources"), on, v->kind);
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"},     {CMD_RESOURCES, "kind"}, {CMD_EVENTS, "events"},   {CMD_LOGS, "logs"},
    {CMD_DRIFT, "drift"},   {CMD_BLAME, "blame"},    {CMD_COLUMNS, "columns"}, {CMD_SORT, "sort"},
    {CMD_FILTER, "filter"}, {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "resources",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = resources_free,
    .draw = draw_view,
    .describe = describe_view,
    .preview = preview_view,
    .path = resources_path,
    .totals = resources_totals,
    .command = resources_command,
    .why_not = resources_why_not,
    .filter = resources_filter,
    .mouse = resources_mouse,
    .refresh = resources_refresh,
    .link = resources_link,
};

/* ---- opening ---- */

struct view *resources_new(struct app *a, const struct resources_query *q)
{
    struct resources *v = mem_new(struct resources);
    v->view.ops = &ops;
    v->app = a;
    v->limit = RESOURCES_LIMIT;
    v->sort = BY_STATE;
    browse_init(&v->browse);
    arena_init(&v->arena);
    arena_init(&v->row_arena);
    v->kind = text_cstr(&v->arena, q->kind ? q->kind : "pods");
    v->clusters = arena_array(&v->arena, q->n_clusters + 1, sizeof(*v->clusters));
    for (size_t i = 0; i < q->n_clusters; i++)
        v->clusters[i] = arena_strdup(&v->arena, q->clusters[i]);
    v->n_clusters = q->n_clusters;
    if (q->filter)
        browse_set_scope(&v->browse, text_cstr(&v->arena, q->filter));
    resources_begin(v);
    return &v->view;
}

struct view *resources_screen(struct app *a)
{
    return resources_new(a, &(struct resources_query){0});
}

bool resources_line(struct app *a, struct text line)
{
    char kind[128], filter[256] = "";
    size_t n = strcspn(line.str, " ");
    if (!n || n >= sizeof(kind))
        return false;
    snprintf(kind, sizeof(kind), "%.*s", (int)n, line.str);
    const char *rest = line.str + n + strspn(line.str + n, " ");
    if (*rest && !strchr(rest, ':') && !strchr(rest, ' '))
        snprintf(filter, sizeof(filter), "ns:%s", rest);
    else
        snprintf(filter, sizeof(filter), "%s", rest);
    struct view *top = app_screen(a);
    struct resources_query q = {.kind = kind, .filter = filter};
    if (top && top->ops == &ops) { /* the same clusters */
        q.clusters = ((struct resources *)top)->clusters;
        q.n_clusters = ((struct resources *)top)->n_clusters;
    }
    app_push(a, resources_new(a, &q));
    return true;
}
