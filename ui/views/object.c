// SPDX-License-Identifier: Apache-2.0
/* The view of one object: its keys, and how it follows what happens to the object. */
#include "app/requests.h"

#include "views/object_int.h"

#include "base/mem.h"
#include "views/blame.h"
#include "views/copy.h"
#include "views/drift_list.h"
#include "views/editor.h"
#include "views/log.h"
#include "views/outside.h"
#include "views/resources.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/tabs.h"

#include <stdio.h>
#include <string.h>

static void object_free(struct view *view)
{
    struct object_view *v = (struct object_view *)view;
    app_end_look(v->app, v->look_id);
    app_end_look(v->app, v->events_id);
    leeway_object_unref(v->object);
    list_clear(&v->list);
    list_clear(&v->facts);
    vec_clear(&v->rows);
    vec_clear(&v->changed);
    vec_clear(&v->shut);
    arena_clear(&v->version_arena);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- the engine's part ---- */

static uint64_t look(struct object_view *v, const char *kind, const char *fields, uint32_t limit)
{
    const char *cluster = v->ref.cluster.str;
    const struct leeway_command c = {.kind = LEEWAY_CMD_LOOK,
                                     .object_kind = kind,
                                     .clusters = &cluster,
                                     .n_clusters = 1,
                                     .namespace_ = v->ref.namespace_.str,
                                     .fields = fields,
                                     .limit = limit};
    return app_request(v->app, &v->view, &c, NULL);
}

static struct text events_of(struct arena *a, const struct object_ref *ref)
{
    return text_fmt(a, "involvedObject.name=%s,involvedObject.kind=%s", ref->name.str,
                    ref->kind.str);
}

static void on_object(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct object_view *v = (struct object_view *)owner;
    v->asking = false;
    if (ev->kind == LEEWAY_EVENT_OBJECT && ev->object) {
        v->failed = TEXT_NONE;
        object_yaml_take(v, ev->object);
        if (!v->events_id) { /* a link says the kind as a person does */
            v->ref.kind = text_dup(&v->arena, ev->object->object_kind);
            v->events_id = look(v, "events", events_of(&v->arena, &v->ref).str, 200);
        }
        return;
    }
    v->failed = text_fmt(&v->arena, "%s", ev->err.text ? ev->err.text : "no answer");
}

static void ask(struct object_view *v)
{
    struct text api = object_ref_api(&v->arena, &v->ref);
    const struct leeway_command c = {.kind = LEEWAY_CMD_OBJECT,
                                     .cluster = v->ref.cluster.str,
                                     .api_version = api.str,
                                     .object_kind = v->ref.kind.str,
                                     .namespace_ = v->ref.namespace_.str,
                                     .name = v->ref.name.str};
    v->asking = app_request(v->app, &v->view, &c, on_object) != 0;
}

/* The object's row tells when there is something new. */
static unsigned object_refresh(struct view *view, struct app *a)
{
    struct object_view *v = (struct object_view *)view;
    const struct leeway_snapshot *s = app_snapshot(a);
    const struct leeway_look *l = s ? leeway_look_by_id(s, v->look_id) : NULL;
    if (!l)
        return VIEW_DONE;
    bool current = l->n_sources && l->sources[0].state == LEEWAY_SOURCE_CURRENT;
    v->gone = current && !l->n_rows;
    const struct leeway_row *row = leeway_look_row(l, 0);
    bool newer =
        row && !(v->object && text_equal(row->resource_version, v->object->resource_version));
    if (newer && !v->asking && !text_equal(row->resource_version, v->asked_version)) {
        arena_reset(&v->version_arena);
        v->asked_version = text_dup(&v->version_arena, row->resource_version);
        ask(v);
    }
    return VIEW_REDRAW;
}

void object_open_events(struct app *a, const struct object_ref *ref)
{
    struct arena arena;
    arena_init(&arena);
    const char *cluster = ref->cluster.str;
    const struct resources_query q = {
        .kind = "events",
        .clusters = &cluster,
        .n_clusters = 1,
        .filter = text_fmt(&arena, "%s%s%sfield:%s", ref->namespace_.len ? "ns:" : "",
                           ref->namespace_.str, ref->namespace_.len ? " " : "",
                           events_of(&arena, ref).str)
                      .str};
    app_push(a, resources_new(a, &q));
    arena_clear(&arena);
}

/* ---- copying ---- */

struct text object_link(struct arena *a, const struct object_ref *ref)
{
    return LINK(a, "", TEXT("resources"), ref->cluster, object_ref_resource(a, ref),
                ref->namespace_, ref->name);
}

void object_pick_copy(struct app *a, struct view *owner, const struct object_ref *ref)
{
    struct arena arena;
    arena_init(&arena);
    struct text what = object_ref_resource(&arena, ref);
    const struct copy_item items[] = {
        {text_fmt(&arena, "kubectl --context %s%s%s get %s %s -o yaml", ref->cluster.str,
                  ref->namespace_.len ? " -n " : "", ref->namespace_.str, what.str, ref->name.str),
         "the kubectl command"},
        {link_command(&arena, object_link(&arena, ref)), "the link"},
        {ref->name, "its name"},
    };
    copy_pick(a, owner, items, ARRAY_LEN(items));
    arena_clear(&arena);
}

/* ---- drawing ---- */

static const struct tab tabs[] = {{"yaml", -1}, {"describe", -1}};

static void object_draw(struct view *view, struct app *a, struct region r)
{
    struct object_view *v = (struct object_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    tabs_draw(r, 0, tabs, ARRAY_LEN(tabs), v->tab);
    struct region body = region_sub(r, 1, 0, r.rows - 1, r.cols);
    if (!v->object) {
        draw_wrapped(body, 1, 4, body.cols - 8, 4,
                     v->failed.len ? text_fmt(arena, "%s: %s", v->ref.cluster.str, v->failed.str)
                                   : TEXT("Asked for it."),
                     ROLE_TEXT);
        return;
    }
    if (v->tab == OBJECT_YAML) {
        object_yaml_draw(v, body);
        return;
    }
    object_words_draw(v, body);
    v->facts.page = body.rows;
}

static void object_describe(struct view *view, struct app *a, struct region r)
{
    struct object_view *v = (struct object_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    if (v->gone)
        draw_text(r, 0, 1, TEXT("The object is gone; this is how it was last."), ROLE_TEXT_STRONG);
    else if (v->object && v->failed.len)
        draw_cut(r, 0, 1, r.cols - 2, text_fmt(arena, "Not newer: %s", v->failed.str),
                 ROLE_TEXT_STRONG, TEXT_CUT_END);
    else if (v->object && v->tab == OBJECT_YAML)
        object_yaml_describe(v, r);
}

static size_t object_path(struct view *view, struct app *a, struct arena *arena, struct text *parts,
                          size_t max)
{
    struct object_view *v = (struct object_view *)view;
    parts[0] = text_fmt(arena, "%s/%s", v->ref.kind.str, v->ref.name.str);
    if (v->ref.namespace_.len)
        parts[0] = text_fmt(arena, "%s  %s", parts[0].str, v->ref.namespace_.str);
    if (search_is_on(&v->search))
        parts[0] = text_fmt(arena, "%s /%s", parts[0].str, v->search.words);
    return 1;
}

static void object_totals(struct view *view, struct app *a, struct region r)
{
    struct object_view *v = (struct object_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    size_t drift = 0;
    for (size_t i = 0; v->object && i < v->object->n_fields; i++)
        drift += v->object->fields[i].differs &&
                 v->object->fields[i].verdict == LEEWAY_VERDICT_UNEXPECTED;
    int end = r.cols - 1;
    if (v->object)
        end -= draw_right(r, 0, end, end,
                          text_count(arena, (long)v->object->n_owners, "owner", "owners"),
                          ROLE_TEXT_DIM) +
               2;
    if (drift) {
        end -= draw_right(r, 0, end, end, text_fmt(arena, "%zu", drift), ROLE_TEXT_STRONG);
        end -= draw_state(r, 0, end - 1, LEEWAY_DRIFT) + 2;
    }
    draw_right(r, 0, end, end, v->ref.cluster, ROLE_TEXT);
}

/* ---- keys ---- */

static unsigned scroll_facts(struct object_view *v, enum command c)
{
    long page = v->facts.page > 1 ? v->facts.page - 1 : 1, top = (long)v->facts.top;
    long last = v->facts_rows - v->facts.page;
    switch (c) {
    case CMD_UP:
        top--;
        break;
    case CMD_DOWN:
        top++;
        break;
    case CMD_PAGE_UP:
        top -= page;
        break;
    case CMD_PAGE_DOWN:
        top += page;
        break;
    case CMD_HALF_UP:
        top -= page / 2;
        break;
    case CMD_HALF_DOWN:
        top += page / 2;
        break;
    case CMD_TOP:
        top = 0;
        break;
    case CMD_BOTTOM:
        top = last;
        break;
    default:
        return 0;
    }
    top = top > last ? last : top;
    v->facts.top = top < 0 ? 0 : (size_t)top;
    return VIEW_REDRAW;
}

static void edit_copy(struct object_view *v)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < v->object->n_lines; i++)
        if (v->raw || !v->object->lines[i].noise)
            buf_printf(&b, "%s\n", v->object->lines[i].text.str);
    editor_open_copy(v->app, "object.yaml", buf_str(&b), b.len);
    buf_clear(&b);
}

static void seek(struct object_view *v, int step, list_test_fn *test, const char *none)
{
    if (!list_seek(&v->list, step, test, v))
        app_info(v->app, "%s", none);
}

static unsigned yaml_command(struct object_view *v, enum command c)
{
    switch (c) {
    case CMD_LEFT:
        return object_yaml_fold(v, true) ? VIEW_REDRAW : VIEW_DONE;
    case CMD_RIGHT:
    case CMD_OPEN:
        return object_yaml_fold(v, false) ? VIEW_REDRAW : VIEW_DONE;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        seek(v, c == CMD_NEXT_PROBLEM ? 1 : -1, object_yaml_is_foreign,
             "no more owners that way but leeway and the server");
        return VIEW_REDRAW;
    case CMD_NEXT_MATCH:
    case CMD_PREVIOUS_MATCH:
        seek(v, c == CMD_NEXT_MATCH ? 1 : -1, object_yaml_matches, "no more matches that way");
        return VIEW_REDRAW;
    case CMD_LARGER:
    case CMD_SMALLER:
        v->raw = c == CMD_LARGER;
        object_yaml_layout(v);
        app_info(v->app, v->raw ? "with what the server keeps for itself; _ leaves it out"
                                : "without what the server keeps for itself");
        return VIEW_REDRAW;
    case CMD_WRAP:
        v->wrap = !v->wrap;
        return VIEW_REDRAW;
    case CMD_FULL:
        v->full = !v->full;
        return VIEW_REDRAW;
    default:
        return list_command(&v->list, c);
    }
}

static unsigned object_command(struct view *view, struct app *a, enum command c)
{
    struct object_view *v = (struct object_view *)view;
    size_t tab = v->tab;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        tabs_command(&tab, ARRAY_LEN(tabs), c);
        v->tab = (enum object_tab)tab;
        return VIEW_REDRAW;
    case CMD_YAML:
    case CMD_DETAILS:
        v->tab = c == CMD_YAML ? OBJECT_YAML : OBJECT_FACTS;
        return VIEW_REDRAW;
    case CMD_EVENTS:
        object_open_events(a, &v->ref);
        return VIEW_REDRAW;
    case CMD_LOGS:
        app_push(a, log_new_of(a, &v->ref, 1));
        return VIEW_REDRAW;
    case CMD_BLAME: {
        const struct leeway_object_line *l = v->object ? object_yaml_here(v) : NULL;
        app_push(a, blame_new(a, &v->ref, l ? l->path : TEXT_NONE));
        return VIEW_REDRAW;
    }
    case CMD_SHELL:
        outside_shell(a, &v->ref, TEXT_NONE);
        return VIEW_REDRAW;
    case CMD_EDITOR:
        edit_copy(v);
        return VIEW_REDRAW;
    case CMD_DRIFT:
        app_push(a, drift_list_new_filtered(a, v->ref.name.str));
        return VIEW_REDRAW;
    case CMD_COPY:
        object_pick_copy(a, view, &v->ref);
        return VIEW_REDRAW;
    case CMD_REFRESH:
        ask(v);
        return VIEW_REDRAW;
    case CMD_FILTER:
    case CMD_BACK:
        return search_command(&v->search, a, c);
    default:
        if (!v->object)
            return 0;
        return v->tab == OBJECT_YAML ? yaml_command(v, c) : scroll_facts(v, c);
    }
}

static bool has_drift(const struct object_view *v)
{
    for (size_t i = 0; v->object && i < v->object->n_fields; i++)
        if (v->object->fields[i].differs)
            return true;
    return false;
}

static const char *object_why_not(struct view *view, struct app *a, enum command c,
                                  struct arena *arena)
{
    struct object_view *v = (struct object_view *)view;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
    case CMD_YAML:
    case CMD_DETAILS:
    case CMD_EVENTS:
    case CMD_BLAME:
    case CMD_COPY:
    case CMD_REFRESH:
        return NULL;
    case CMD_EDITOR:
        return v->object ? NULL : "the object is not here yet";
    case CMD_SHELL:
        return strcmp(v->ref.kind.str, "Pod") == 0 ? outside_why_no_shell(a) : "shells are in pods";
    case CMD_LOGS:
        return log_why_none(v->ref.group, v->ref.kind);
    case CMD_DRIFT:
        return has_drift(v) ? NULL : "nothing differs that leeway gave";
    case CMD_NEXT_MATCH:
    case CMD_PREVIOUS_MATCH:
        if (search_why_not(&v->search))
            return search_why_not(&v->search);
        /* fall through */
    case CMD_OPEN:
    case CMD_FILTER:
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
    case CMD_LARGER:
    case CMD_SMALLER:
    case CMD_WRAP:
    case CMD_FULL:
        return !v->object ? "the object is not here yet" : v->tab == OBJECT_YAML ? NULL : "y first";
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned object_filter(struct view *view, struct app *a, struct text text, bool done)
{
    struct object_view *v = (struct object_view *)view;
    size_t row;
    search_set(&v->search, text);
    if (!v->object || !search_is_on(&v->search))
        return VIEW_REDRAW;
    if (list_at(&v->list, &row) && !object_yaml_matches(v, row) &&
        !list_seek(&v->list, 1, object_yaml_matches, v))
        list_seek(&v->list, -1, object_yaml_matches, v);
    if (done)
        app_info(a, "%zu lines match; n next, N previous", object_yaml_count_matches(v));
    return VIEW_REDRAW;
}

static unsigned object_mouse(struct view *view, struct app *a, const struct event *ev)
{
    struct object_view *v = (struct object_view *)view;
    bool wheel = ev->mouse.kind == MOUSE_WHEEL_UP || ev->mouse.kind == MOUSE_WHEEL_DOWN;
    if (v->tab == OBJECT_FACTS && wheel) {
        enum command c = ev->mouse.kind == MOUSE_WHEEL_UP ? CMD_UP : CMD_DOWN;
        scroll_facts(v, c);
        scroll_facts(v, c);
        return scroll_facts(v, c);
    }
    return v->tab == OBJECT_YAML && (wheel || !v->wrap) ? list_mouse(&v->list, ev, 3) : 0;
}

static struct text link_here(struct view *view, struct app *a, struct arena *arena)
{
    const struct object_view *v = (const struct object_view *)view;
    struct text t = object_link(arena, &v->ref);
    return v->tab == OBJECT_FACTS ? text_fmt(arena, "%s/%s", t.str, tabs[OBJECT_FACTS].name) : t;
}

static bool object_go(struct view *view, struct app *a, struct text where)
{
    struct object_view *v = (struct object_view *)view;
    for (size_t i = 0; i < ARRAY_LEN(tabs); i++)
        if (strcmp(tabs[i].name, where.str) == 0) {
            v->tab = (enum object_tab)i;
            return true;
        }
    return false;
}

static const struct view_hint hints[] = {{CMD_NEXT_PROBLEM, "next owner"},
                                         {CMD_DRIFT, "drift"},
                                         {CMD_BLAME, "blame"},
                                         {CMD_FILTER, "search"},
                                         {CMD_NEXT_TAB, "tab"},
                                         {CMD_LOGS, "logs"},
                                         {CMD_EVENTS, "events"},
                                         {CMD_LARGER, "_ raw"},
                                         {CMD_FULL, "full screen"},
                                         {CMD_COPY, "copy"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "object",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = object_free,
    .draw = object_draw,
    .describe = object_describe,
    .path = object_path,
    .totals = object_totals,
    .command = object_command,
    .why_not = object_why_not,
    .filter = object_filter,
    .mouse = object_mouse,
    .refresh = object_refresh,
    .link = link_here,
    .go = object_go,
};

struct view *object_new(struct app *a, const struct object_ref *ref, enum object_tab tab)
{
    struct object_view *v = mem_new(struct object_view);
    v->view.ops = &ops;
    v->app = a;
    v->tab = tab;
    v->failed = v->asked_version = TEXT_NONE;
    arena_init(&v->arena);
    arena_init(&v->version_arena);
    list_init(&v->list);
    list_init(&v->facts);
    v->ref = object_ref_dup(&v->arena, ref);
    ask(v);
    struct text what = object_ref_resource(&v->arena, &v->ref);
    v->look_id = look(v, what.str, text_fmt(&v->arena, "metadata.name=%s", v->ref.name.str).str, 2);
    if (v->ref.version.len)
        v->events_id = look(v, "events", events_of(&v->arena, &v->ref).str, 200);
    return &v->view;
}
