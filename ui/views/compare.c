// SPDX-License-Identifier: Apache-2.0
/* The engine compares when the view opens, and again with `r`; nothing here follows by itself. */
#include "views/compare.h"

#include "app/requests.h"

#include "base/hash.h"
#include "base/mem.h"
#include "leeway/leeway.h"
#include "views/cluster.h"
#include "views/copy.h"
#include "views/drift_detail.h"
#include "views/object.h"
#include "views/object_ways.h"
#include "views/words.h"
#include "widget/browse.h"

#include <string.h>

struct compare_view {
    struct view view;
    struct app *app;
    struct arena arena;
    struct text sides[2]; /* as asked */
    struct text refused;
    struct leeway_compare *compare; /* referenced; NULL: not told yet */
    bool asking;
    struct browse browse;
    VEC(const struct leeway_compare_row *) shown;
};

static void compare_free(struct view *view)
{
    struct compare_view *v = (struct compare_view *)view;
    leeway_compare_unref(v->compare);
    browse_clear(&v->browse);
    vec_clear(&v->shown);
    arena_clear(&v->arena);
    mem_free(v);
}

/* ---- rows ---- */

static bool passes(const struct compare_view *v, const struct leeway_compare_row *x)
{
    const char *f = v->browse.filter;
    const struct text texts[] = {x->object_kind, x->name, x->path, x->a, x->b};
    bool found = !*f;
    for (size_t i = 0; i < ARRAY_LEN(texts) && !found; i++)
        found = strcasestr(texts[i].str, f) != NULL;
    return found;
}

static uint64_t uid_of(const struct leeway_compare_row *x)
{
    char *s = mem_printf("%s %s %s %s %s\n%s\n%s", x->environment.str, x->object_kind.str,
                         x->namespace_.str, x->name.str, x->path.str, x->a.str, x->b.str);
    uint64_t h = hash_bytes(hash_process_key(), s, strlen(s));
    mem_free(s);
    return h ? h : 1;
}

static void load(void *ctx)
{
    struct compare_view *v = ctx;
    VEC(uint64_t) uids = {0};
    v->shown.len = 0;
    for (size_t i = 0; v->compare && i < v->compare->n_rows; i++) {
        const struct leeway_compare_row *x = &v->compare->rows[i];
        if (!passes(v, x))
            continue;
        vec_push(&v->shown, x);
        vec_push(&uids, uid_of(x));
    }
    list_set(&v->browse.list, uids.items, uids.len);
    vec_clear(&uids);
}

static void told(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct compare_view *v = (struct compare_view *)owner;
    v->asking = false;
    v->refused = TEXT_NONE;
    if (ev->kind == LEEWAY_EVENT_FAILED)
        v->refused = text_cstr(&v->arena, ev->err.text);
    if (!ev->compare)
        return;
    leeway_compare_unref(v->compare);
    v->compare = leeway_compare_ref(ev->compare);
    load(v);
}

static void ask(struct compare_view *v)
{
    const char *const sides[] = {v->sides[0].str, v->sides[1].str};
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_COMPARE, .subjects = sides, .n_subjects = 2};
    if (!v->asking)
        v->asking = app_request(v->app, &v->view, &c, told) != 0;
}

static const struct leeway_compare_row *here(const struct compare_view *v)
{
    size_t row;
    return list_at(&v->browse.list, &row) && row < v->shown.len ? v->shown.items[row] : NULL;
}

static bool is_object(const struct leeway_compare_row *x)
{
    return x->object_kind.len > 0;
}

static struct text object_words(struct arena *a, const struct leeway_compare_row *x)
{
    return is_object(x) ? words_object(a, x->object_kind, x->name) : TEXT("the cluster itself");
}

/* ---- drawing ---- */

struct columns {
    int object_cols, field, field_cols, a, b, value_cols;
};

static struct columns columns(int cols)
{
    int room = cols - 4 - 7;
    struct columns c = {.object_cols = room * 30 / 100, .value_cols = room * 17 / 100};
    c.field = 4 + c.object_cols + 2;
    c.field_cols = room - c.object_cols - 2 * c.value_cols - 6;
    c.a = c.field + c.field_cols + 2;
    c.b = c.a + c.value_cols + 2;
    return c;
}

static bool same_object(const struct leeway_compare_row *x, const struct leeway_compare_row *y)
{
    return text_equal(x->environment, y->environment) &&
           text_equal(x->object_kind, y->object_kind) && text_equal(x->namespace_, y->namespace_) &&
           text_equal(x->name, y->name);
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct compare_view *v = ctx;
    const struct leeway_compare_row *x = v->shown.items[row->row];
    struct arena *a = canvas_arena(r.canvas);
    struct columns c = columns(r.cols);
    bool again = row->row && !row->cursor && same_object(x, v->shown.items[row->row - 1]);
    bool whole = x->kind != LEEWAY_COMPARE_FIELD;
    if (!again)
        draw_cut(r, 0, 4, c.object_cols, object_words(a, x), ROLE_TEXT, TEXT_CUT_MIDDLE);
    draw_cut(r, 0, c.field, c.field_cols,
             whole          ? TEXT("object")
             : is_object(x) ? words_path(a, x->path, (uint32_t)c.field_cols)
                            : x->path,
             whole ? ROLE_TEXT_DIM : ROLE_TEXT, is_object(x) ? TEXT_CUT_FRONT : TEXT_CUT_END);
    /* of a secret its end is what tells two apart */
    enum text_cut cut = x->secret ? TEXT_CUT_FRONT : TEXT_CUT_END;
    draw_cut(r, 0, c.a, c.value_cols, x->a, ROLE_VALUE_OLD, cut);
    draw_cut(r, 0, c.b, c.value_cols, x->b, ROLE_VALUE_NEW, cut);
    draw_right(r, 0, r.cols - 1, 5, text_fmt(a, "%d", x->on), ROLE_TEXT);
}

static struct text nothing(const struct compare_view *v, struct arena *a)
{
    if (v->refused.len)
        return text_fmt(a, "They cannot be compared: %s.", v->refused.str);
    if (!v->compare)
        return TEXT("They are being compared.");
    if (v->browse.filter[0])
        return TEXT("Nothing passes this filter; Esc clears it.");
    return text_fmt(a, "They are equal, on %s.",
                    text_count(a, v->compare->clusters, "cluster", "clusters").str);
}

static void draw_side(struct region r, int y, const char *name, struct text words, enum role role)
{
    struct arena *a = canvas_arena(r.canvas);
    draw_text(r, y, 2, text_cstr(a, name), role);
    draw_cut(r, y, 4, r.cols - 5, words, ROLE_TEXT, TEXT_CUT_END);
}

static void compare_draw(struct view *view, struct app *a, struct region r)
{
    struct compare_view *v = (struct compare_view *)view;
    struct columns c = columns(r.cols);
    draw_side(r, 0, "A", v->compare ? v->compare->about_a : v->sides[0], ROLE_VALUE_OLD);
    draw_side(r, 1, "B", v->compare ? v->compare->about_b : v->sides[1], ROLE_VALUE_NEW);
    if (!v->shown.len) {
        draw_wrapped(r, 3, 4, r.cols - 8, 3, nothing(v, canvas_arena(r.canvas)), ROLE_TEXT);
        return;
    }
    draw_text(r, 2, 4, TEXT("object"), ROLE_TEXT_DIM);
    draw_text(r, 2, c.field, TEXT("field"), ROLE_TEXT_DIM);
    draw_cut(r, 2, c.a, c.value_cols, v->compare->a, ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_cut(r, 2, c.b, c.value_cols, v->compare->b, ROLE_TEXT_DIM, TEXT_CUT_END);
    draw_right(r, 2, r.cols - 1, 5, TEXT("on"), ROLE_TEXT_DIM);
    list_draw(&v->browse.list, region_sub(r, 3, 0, r.rows - 3, r.cols), draw_row, v);
}

static struct text in_words(const struct compare_view *v, struct arena *a,
                            const struct leeway_compare_row *x)
{
    struct text what = is_object(x) ? text_fmt(a, "%s/%s%s%s", x->object_kind.str, x->name.str,
                                               x->path.len ? " " : "", x->path.str)
                                    : x->path;
    struct text t = text_fmt(a, "%s: %s with %s, %s with %s", what.str, x->a.str, v->compare->a.str,
                             x->b.str, v->compare->b.str);
    if (!is_object(x))
        return text_fmt(a, "%s.", t.str);
    if (x->on == 1)
        return text_fmt(a, "%s; on %s.", t.str, x->cluster.str);
    return text_fmt(a, "%s; on %d clusters, %s among them.", t.str, x->on, x->cluster.str);
}

static void compare_describe(struct view *view, struct app *a, struct region r)
{
    struct compare_view *v = (struct compare_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    bool note = v->compare && (v->compare->note.len || v->compare->more);
    if (here(v))
        draw_wrapped(r, 0, 1, r.cols - 2, r.rows - note, in_words(v, arena, here(v)), ROLE_TEXT);
    if (note)
        draw_cut(r, r.rows - 1, 1, r.cols - 2,
                 v->compare->more ? TEXT("there are more differences than are shown")
                                  : v->compare->note,
                 ROLE_TEXT_STRONG, TEXT_CUT_END);
}

static size_t compare_path(struct view *view, struct app *a, struct arena *arena,
                           struct text *parts, size_t max)
{
    struct compare_view *v = (struct compare_view *)view;
    struct text two = text_fmt(arena, "%s with %s", v->sides[0].str, v->sides[1].str);
    parts[0] = TEXT("compare");
    if (max < 2)
        return 1;
    parts[1] = browse_path(&v->browse, arena, two.str);
    return 2;
}

static void compare_totals(struct view *view, struct app *a, struct region r)
{
    struct compare_view *v = (struct compare_view *)view;
    struct arena *arena = canvas_arena(r.canvas);
    if (!v->compare)
        return;
    struct text n = text_count(arena, (long)v->compare->n_rows, "difference", "differences");
    n = text_fmt(arena, "%s%s", n.str, v->compare->more ? " and more" : "");
    if (r.cols > 40)
        n = text_fmt(arena, "%s on %s", n.str,
                     text_count(arena, v->compare->clusters, "cluster", "clusters").str);
    draw_right(r, 0, r.cols - 1, r.cols - 1, n, ROLE_TEXT);
}

/* ---- keys ---- */

static bool is_whole(void *ctx, size_t row)
{
    return ((struct compare_view *)ctx)->shown.items[row]->kind != LEEWAY_COMPARE_FIELD;
}

static const struct browse_spec browse = {.is_problem = is_whole,
                                          .no_problem =
                                              "no more objects that way that came or went",
                                          .reload = load,
                                          .head = 4};

static struct object_ref ref_of(struct arena *a, const struct leeway_compare_row *x)
{
    return object_ref_of(a, x->cluster, x->api_version, x->object_kind, x->namespace_, x->name);
}

/* What stands against the field now, where it is. */
static const struct leeway_drift *standing(const struct compare_view *v,
                                           const struct leeway_compare_row *x)
{
    const struct leeway_snapshot *s = app_snapshot(v->app);
    for (size_t i = 0; s && i < leeway_drifts(s); i++) {
        const struct leeway_drift *d = leeway_drift_at(s, i);
        if (text_equal(d->environment, x->environment) && text_equal(d->path, x->path) &&
            text_equal(d->object_kind, x->object_kind) && text_equal(d->name, x->name) &&
            text_equal(d->namespace_, x->namespace_))
            return d;
    }
    return NULL;
}

static void open_row(struct compare_view *v, const struct leeway_compare_row *x)
{
    const struct leeway_drift *d = is_object(x) ? standing(v, x) : NULL;
    struct arena a;
    arena_init(&a);
    struct object_ref ref = ref_of(&a, x);
    app_push(v->app, !is_object(x) ? cluster_new(v->app, x->cluster_id)
                     : d           ? drift_detail_new(v->app, d)
                                   : object_new(v->app, &ref, OBJECT_YAML));
    arena_clear(&a);
}

static void copy_row(struct compare_view *v, const struct leeway_compare_row *x)
{
    struct arena a;
    arena_init(&a);
    const struct copy_item items[] = {
        {x ? in_words(v, &a, x) : TEXT_NONE, "this difference"},
        {text_fmt(&a, "leeway compare %s %s", v->sides[0].str, v->sides[1].str), "the command"}};
    copy_pick(v->app, &v->view, items, ARRAY_LEN(items));
    arena_clear(&a);
}

static unsigned compare_command(struct view *view, struct app *a, enum command c)
{
    struct compare_view *v = (struct compare_view *)view;
    const struct leeway_compare_row *x = here(v);
    struct arena arena;
    unsigned effects = 0;
    switch (c) {
    case CMD_OPEN:
        open_row(v, x);
        return VIEW_REDRAW;
    case CMD_REFRESH:
        ask(v);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy_row(v, x);
        return VIEW_REDRAW;
    default:
        break;
    }
    arena_init(&arena);
    if (x && is_object(x)) {
        struct object_ref ref = ref_of(&arena, x);
        effects = object_ways_command(a, view, &ref, x->path, c);
    }
    arena_clear(&arena);
    return effects ? effects : browse_command(&v->browse, &browse, v, a, c);
}

static const char *why_no_object(const struct leeway_compare_row *x)
{
    return !x                                  ? "there is no row"
           : !x->cluster_id                    ? "its cluster is not of this fleet"
           : x->kind == LEEWAY_COMPARE_DELETED ? "it is not there with B"
                                               : NULL;
}

static const char *compare_why_not(struct view *view, struct app *a, enum command c,
                                   struct arena *arena)
{
    struct compare_view *v = (struct compare_view *)view;
    const struct leeway_compare_row *x = here(v);
    switch (c) {
    case CMD_OPEN:
        return why_no_object(x);
    case CMD_REFRESH:
    case CMD_COPY:
        return NULL;
    default:
        break;
    }
    if (!x || !is_object(x))
        return browse_why_not(&browse, c);
    struct object_ref ref = ref_of(arena, x);
    const char *why = object_ways_why_not(&ref, c);
    return why == VIEW_NOT_HERE ? browse_why_not(&browse, c) : why ? why : why_no_object(x);
}

static unsigned compare_filter(struct view *view, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct compare_view *)view)->browse, &browse, view, text);
}

static unsigned compare_mouse(struct view *view, struct app *a, const struct event *ev)
{
    return browse_mouse(&((struct compare_view *)view)->browse, &browse, ev);
}

static struct text compare_link(struct view *view, struct app *a, struct arena *arena)
{
    const struct compare_view *v = (const struct compare_view *)view;
    return LINK(arena, v->browse.filter, TEXT("compare"), v->sides[0], v->sides[1]);
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "open"}, {CMD_NEXT_PROBLEM, "next that came or went"},
    {CMD_YAML, "YAML"}, {CMD_FILTER, "filter"},
    {CMD_COPY, "copy"}, {CMD_REFRESH, "compare again"},
    {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "compare",
    .place = PLACE_SCREEN,
    .describe_rows = 4,
    .hints = hints,
    .free = compare_free,
    .draw = compare_draw,
    .describe = compare_describe,
    .path = compare_path,
    .totals = compare_totals,
    .command = compare_command,
    .why_not = compare_why_not,
    .filter = compare_filter,
    .mouse = compare_mouse,
    .link = compare_link,
};

struct view *compare_new(struct app *a, struct text x, struct text y)
{
    struct compare_view *v = mem_new(struct compare_view);
    v->view.ops = &ops;
    v->app = a;
    arena_init(&v->arena);
    v->sides[0] = text_dup(&v->arena, x);
    v->sides[1] = text_dup(&v->arena, y);
    v->refused = TEXT_NONE;
    browse_init(&v->browse);
    ask(v);
    return &v->view;
}
