// SPDX-License-Identifier: Apache-2.0
/*
 * Outliers: which cluster is not like its class. Expiring: exceptions by their end, those first
 * that ran out. Both are made of the snapshot, at most once in two seconds.
 */
#include "views/drift_more.h"

#include "base/hash.h"
#include "views/accept.h"
#include "views/cluster.h"
#include "views/copy.h"
#include "views/drift_detail.h"
#include "views/drift_fold.h"
#include "views/environments.h"
#include "views/outliers.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/pick.h"
#include "widget/tabs.h"
#include "widget/tall.h"

#include <stdlib.h>

enum { REST_MS = 2000 };
#define SOON_MS (7 * INT64_C(86400000))

struct drift_more {
    struct view view;
    struct app *app;
    struct leeway_snapshot *snapshot; /* referenced */
    struct outliers outliers;
    VEC(const struct leeway_answer *) ends;
    size_t tab;
    int64_t made_ms; /* boot time */
    struct list list;
};

static void drift_more_free(struct view *view)
{
    struct drift_more *v = (struct drift_more *)view;
    outliers_clear(&v->outliers);
    vec_clear(&v->ends);
    list_clear(&v->list);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    mem_free(v);
}

size_t drift_expiring(const struct leeway_snapshot *s, int64_t now_ms)
{
    size_t n = 0;
    for (size_t i = 0; s && i < leeway_answers(s); i++) {
        const struct leeway_answer *x = leeway_answer_at(s, i);
        n += x->expires_ms && x->expires_ms - now_ms < SOON_MS;
    }
    return n;
}

static int by_end(const void *a, const void *b)
{
    const struct leeway_answer *x = *(const struct leeway_answer *const *)a,
                               *y = *(const struct leeway_answer *const *)b;
    return (x->expires_ms > y->expires_ms) - (x->expires_ms < y->expires_ms);
}

static void load(struct drift_more *v, const char *label)
{
    struct leeway_snapshot *s = app_snapshot(v->app);
    VEC(uint64_t) uids = {0};
    if (!s)
        return;
    leeway_snapshot_ref(s);
    outliers_set(&v->outliers, s, label);
    v->ends.len = 0;
    for (size_t i = 0; i < leeway_answers(s); i++)
        if (leeway_answer_at(s, i)->expires_ms)
            vec_push(&v->ends, leeway_answer_at(s, i));
    if (v->ends.len)
        qsort(v->ends.items, v->ends.len, sizeof(*v->ends.items), by_end);
    if (v->snapshot)
        leeway_snapshot_unref(v->snapshot);
    v->snapshot = s;
    v->made_ms = clock_boot_ms(app_clock(v->app));
    for (size_t i = 0; v->tab == DRIFT_TAB_OUTLIERS && i < v->outliers.rows.len; i++)
        vec_push(&uids, v->outliers.rows.items[i].uid | 1);
    for (size_t i = 0; v->tab == DRIFT_TAB_EXPIRING && i < v->ends.len; i++) {
        struct text id = v->ends.items[i]->uuid;
        vec_push(&uids, hash_bytes(hash_process_key(), id.str, id.len) | 1);
    }
    list_set(&v->list, uids.items, uids.len);
    vec_clear(&uids);
}

static const struct outlier *outlier_here(const struct drift_more *v)
{
    size_t row;
    bool there = v->tab == DRIFT_TAB_OUTLIERS && list_at(&v->list, &row);
    return there && row < v->outliers.rows.len ? &v->outliers.rows.items[row] : NULL;
}

static const struct leeway_answer *end_here(const struct drift_more *v)
{
    size_t row;
    bool there = v->tab == DRIFT_TAB_EXPIRING && list_at(&v->list, &row);
    return there && row < v->ends.len ? v->ends.items[row] : NULL;
}

/* The difference that an exception covers, or covered. */
static const struct leeway_drift *drift_of(const struct drift_more *v,
                                           const struct leeway_answer *x)
{
    for (size_t i = 0; i < leeway_drifts(v->snapshot); i++) {
        const struct leeway_drift *d = leeway_drift_at(v->snapshot, i);
        bool same = text_equal(d->environment, x->environment) && text_equal(d->path, x->path) &&
                    text_equal(d->name, x->name) && text_equal(d->object_kind, x->object_kind) &&
                    (!x->cluster.len || text_equal(d->cluster, x->cluster));
        if (text_equal(d->exception, x->uuid) || same)
            return d;
    }
    return NULL;
}

static const struct leeway_drift *drift_here(const struct drift_more *v)
{
    const struct outlier *o = outlier_here(v);
    const struct leeway_answer *x = end_here(v);
    return o ? o->drift : x ? drift_of(v, x) : NULL;
}

/* ---- drawing ---- */

static struct tall height(void *ctx, size_t row, bool first)
{
    struct drift_more *v = ctx;
    if (v->tab != DRIFT_TAB_OUTLIERS)
        return (struct tall){0, 0};
    bool head = row == 0 ||
                !text_equal(v->outliers.rows.items[row].cls, v->outliers.rows.items[row - 1].cls);
    return (struct tall){head ? 1 + !first : 0, 0};
}

struct columns {
    int most, of, here, where;
};

static struct columns columns(int cols)
{
    return cols >= 60 ? (struct columns){cols - 43, cols - 24, cols - 23, cols - 12}
                      : (struct columns){0, 0, cols - 20, cols - 10};
}

static void draw_outlier(struct drift_more *v, const struct outlier *o, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct columns c = columns(r.cols);
    if (o->note.len) {
        draw_cut(r, 0, 4, r.cols - 5, o->note, ROLE_TEXT_DIM, TEXT_CUT_END);
        return;
    }
    if (o->drift)
        draw_state(r, 0, 2, drift_group_state(drift_group_of(o->drift)));
    draw_cut(r, 0, 4, (c.most ? c.most : c.here) - 5, o->what, ROLE_TEXT, TEXT_CUT_MIDDLE);
    if (c.most) {
        draw_cut(r, 0, c.most, 11, o->most, ROLE_TEXT_DIM, TEXT_CUT_END);
        draw_right(r, 0, c.of, 8, text_fmt(a, "%zu of %zu", o->have, o->of), ROLE_TEXT_DIM);
    }
    draw_cut(r, 0, c.here + 1, c.where - c.here - 2, o->here, ROLE_VALUE_LIVE, TEXT_CUT_END);
    draw_cut(r, 0, c.where, r.cols - c.where - 1, o->where, ROLE_TEXT, TEXT_CUT_MIDDLE);
}

static struct text end_words(struct drift_more *v, struct arena *a, const struct leeway_answer *x)
{
    int64_t left = x->expires_ms - clock_wall_ms(app_clock(v->app));
    return left <= 0 ? TEXT("it is over") : age_left(a, left / 1000);
}

static void draw_end(struct drift_more *v, const struct leeway_answer *x, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    bool over = x->expires_ms <= clock_wall_ms(app_clock(v->app)), wide = r.cols >= 60;
    int field = r.cols * 2 / 5;
    draw_state(r, 0, 2, over ? LEEWAY_DRIFT : LEEWAY_ACCEPTED);
    draw_cut(r, 0, 4, (wide ? field : r.cols - 14) - 5, words_object(a, x->object_kind, x->name),
             over ? ROLE_TEXT_STRONG : ROLE_TEXT, TEXT_CUT_MIDDLE);
    if (wide) {
        draw_text(r, 0, field,
                  x->path.len ? words_path(a, x->path, (uint32_t)(r.cols - 45 - field + 13))
                              : TEXT("whole object"),
                  ROLE_TEXT);
        draw_cut(r, 0, r.cols - 31, 10, x->accepts, ROLE_VALUE_LIVE, TEXT_CUT_END);
        draw_cut(r, 0, r.cols - 20, 8, x->by, ROLE_TEXT, TEXT_CUT_END);
    }
    draw_right(r, 0, r.cols - 1, 11, end_words(v, a, x), over ? ROLE_TEXT_STRONG : ROLE_TEXT);
}

static void draw_row(void *ctx, struct region all, const struct list_row *row, int above)
{
    struct drift_more *v = ctx;
    struct region r = region_sub(all, above, 0, 1, all.cols);
    if (v->tab == DRIFT_TAB_EXPIRING) {
        draw_end(v, v->ends.items[row->row], r);
        return;
    }
    const struct outlier *o = &v->outliers.rows.items[row->row];
    if (above)
        draw_section(all, above - 1, o->cls,
                     text_count(canvas_arena(all.canvas), (long)o->members, "cluster", "clusters"));
    draw_outlier(v, o, r);
}

static void draw_headings(struct drift_more *v, struct region r)
{
    struct columns c = columns(r.cols);
    if (v->tab == DRIFT_TAB_OUTLIERS) {
        draw_text(r, 1, 4, TEXT("what"), ROLE_TEXT_DIM);
        if (c.most)
            draw_text(r, 1, c.most, TEXT("most have"), ROLE_TEXT_DIM);
        draw_text(r, 1, c.here + 1, TEXT("here"), ROLE_TEXT_DIM);
        draw_text(r, 1, c.where, TEXT("where"), ROLE_TEXT_DIM);
        return;
    }
    draw_text(r, 1, 4, TEXT("object"), ROLE_TEXT_DIM);
    if (r.cols >= 60) {
        draw_text(r, 1, r.cols * 2 / 5, TEXT("field"), ROLE_TEXT_DIM);
        draw_text(r, 1, r.cols - 31, TEXT("accepts"), ROLE_TEXT_DIM);
        draw_text(r, 1, r.cols - 20, TEXT("by"), ROLE_TEXT_DIM);
    }
    draw_right(r, 1, r.cols - 1, 7, TEXT("ends in"), ROLE_TEXT_DIM);
}

static void drift_more_draw(struct view *view, struct app *a, struct region r)
{
    struct drift_more *v = (struct drift_more *)view;
    int64_t soon = (int64_t)drift_expiring(v->snapshot, clock_wall_ms(app_clock(a)));
    const struct tab tabs[] = {
        {"drift", -1}, {"outliers", (int64_t)v->outliers.count}, {"expiring", soon ? soon : -1}};
    tabs_draw(r, 0, tabs, DRIFT_TABS, v->tab);
    if (!v->list.uids.len) {
        draw_wrapped(r, 2, 4, r.cols - 8, 3,
                     v->tab == DRIFT_TAB_OUTLIERS
                         ? TEXT("Every cluster is like the others of its class.")
                         : TEXT("No exception has an end."),
                     ROLE_TEXT);
        return;
    }
    draw_headings(v, r);
    tall_draw(&v->list, region_sub(r, 2, 0, r.rows - 2, r.cols), height, draw_row, v);
}

static struct text in_words(struct drift_more *v, struct arena *a)
{
    const struct outlier *o = outlier_here(v);
    const struct leeway_answer *x = end_here(v);
    if (x)
        return text_fmt(
            a, "%s of %s on %s: %s, ends %s. %s", x->path.len ? x->path.str : "all", x->name.str,
            x->cluster.len ? x->cluster.str : "every cluster", x->accepts.str,
            zone_when(a, app_zone(v->app), x->expires_ms, clock_wall_ms(app_clock(v->app))).str,
            x->reason.str);
    if (!o || o->note.len)
        return o ? o->note : TEXT_NONE;
    struct text t = text_fmt(a, "%s: %s on %zu of %zu of %s, %s on %s.", o->what.str, o->most.str,
                             o->have, o->of, o->cls.str, o->here.str, o->where.str);
    return o->drift ? text_fmt(a, "%s Also drift: given %s.", t.str,
                               o->drift->given.len ? o->drift->given.str : "-")
                    : t;
}

static void drift_more_describe(struct view *view, struct app *a, struct region r)
{
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows,
                 in_words((struct drift_more *)view, canvas_arena(r.canvas)), ROLE_TEXT);
}

static size_t drift_more_path(struct view *view, struct app *a, struct arena *arena,
                              struct text *parts, size_t max)
{
    parts[0] = TEXT("drift");
    parts[1] = ((struct drift_more *)view)->tab == DRIFT_TAB_OUTLIERS ? TEXT("outliers")
                                                                      : TEXT("expiring");
    return 2;
}

static void drift_more_totals(struct view *view, struct app *a, struct region r)
{
    struct drift_more *v = (struct drift_more *)view;
    struct arena *arena = canvas_arena(r.canvas);
    size_t n = v->tab == DRIFT_TAB_OUTLIERS ? v->outliers.count : v->ends.len;
    draw_right(r, 0, r.cols - 1, r.cols - 1,
               v->tab == DRIFT_TAB_OUTLIERS
                   ? text_fmt(arena, "%zu unlike their class", n)
                   : text_count(arena, (long)n, "exception ends", "exceptions end"),
               ROLE_TEXT);
}

/* ---- keys ---- */

static void label_chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    load((struct drift_more *)owner, typed.str);
}

static void ask_label(struct drift_more *v)
{
    struct pick_item items[64];
    size_t n = 0;
    for (; n < v->outliers.labels.len && n < ARRAY_LEN(items); n++)
        items[n] = (struct pick_item){.label = v->outliers.labels.items[n]};
    app_push(v->app, pick_new(&(struct pick_spec){.title = TEXT("A class is a value of"),
                                                  .items = items,
                                                  .n_items = n,
                                                  .label_is_answer = true,
                                                  .owner = &v->view,
                                                  .fn = label_chosen}));
}

static void open_row(struct drift_more *v)
{
    const struct leeway_drift *d = drift_here(v);
    const struct outlier *o = outlier_here(v);
    if (d)
        app_push(v->app, drift_detail_new(v->app, d));
    else if (o)
        app_push(v->app, cluster_new(v->app, o->cluster_id));
    else
        app_push(v->app, environment_new(v->app, end_here(v)->environment));
}

static unsigned drift_more_command(struct view *view, struct app *a, enum command c)
{
    struct drift_more *v = (struct drift_more *)view;
    const struct leeway_drift *d = drift_here(v);
    if (tabs_command(&v->tab, DRIFT_TABS, c)) {
        if (v->tab == DRIFT_TAB_LIST)
            return VIEW_CLOSE; /* it lies below */
        load(v, NULL);
        list_go(&v->list, 0);
        return VIEW_REDRAW;
    }
    switch (c) {
    case CMD_OPEN:
        open_row(v);
        return VIEW_REDRAW;
    case CMD_DRIFT:
        app_push(a, drift_detail_new(a, d));
        return VIEW_REDRAW;
    case CMD_ACCEPT:
        accept_ask(a, view, d, &d->id, 1);
        return VIEW_REDRAW;
    case CMD_COLUMNS:
        ask_label(v);
        return VIEW_REDRAW;
    case CMD_REFRESH:
        load(v, NULL);
        return VIEW_REDRAW;
    case CMD_COPY: {
        struct arena arena;
        arena_init(&arena);
        struct text words = in_words(v, &arena);
        if (d)
            drift_copy(a, view, d, words);
        else
            COPY(a, view, {words, "what is said of it"});
        arena_clear(&arena);
        return VIEW_REDRAW;
    }
    default:
        return list_command(&v->list, c);
    }
}

static const char *drift_more_why_not(struct view *view, struct app *a, enum command c,
                                      struct arena *arena)
{
    struct drift_more *v = (struct drift_more *)view;
    const struct outlier *o = outlier_here(v);
    switch (c) {
    case CMD_OPEN:
        return (o && !o->note.len) || end_here(v) ? NULL : "there is nothing to open";
    case CMD_DRIFT:
    case CMD_ACCEPT:
        return drift_here(v) ? NULL : "no difference stands there now";
    case CMD_COLUMNS:
        if (v->tab != DRIFT_TAB_OUTLIERS)
            return VIEW_NOT_HERE;
        return v->outliers.labels.len ? NULL : "no cluster has a label";
    case CMD_COPY:
        return v->list.uids.len ? NULL : "there is no row";
    case CMD_REFRESH:
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return NULL;
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

static unsigned drift_more_refresh(struct view *view, struct app *a)
{
    struct drift_more *v = (struct drift_more *)view;
    int64_t left = v->made_ms + REST_MS - clock_boot_ms(app_clock(a));
    if (left > 0) {
        app_order_later(a);
        return 0;
    }
    load(v, NULL);
    return VIEW_REDRAW;
}

static struct text drift_more_link(struct view *view, struct app *a, struct arena *arena)
{
    bool outliers = ((const struct drift_more *)view)->tab == DRIFT_TAB_OUTLIERS;
    return LINK(arena, "", TEXT("drift"), outliers ? TEXT("outliers") : TEXT("expiring"));
}

static const struct view_hint hints[] = {{CMD_OPEN, "open"},        {CMD_NEXT_TAB, "next tab"},
                                         {CMD_COLUMNS, "group by"}, {CMD_DRIFT, "drift"},
                                         {CMD_ACCEPT, "accept"},    {CMD_COPY, "copy"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "drift-more",
    .place = PLACE_SCREEN,
    .describe_rows = 3,
    .hints = hints,
    .free = drift_more_free,
    .draw = drift_more_draw,
    .describe = drift_more_describe,
    .path = drift_more_path,
    .totals = drift_more_totals,
    .command = drift_more_command,
    .why_not = drift_more_why_not,
    .refresh = drift_more_refresh,
    .link = drift_more_link,
};

struct view *drift_more_new(struct app *a, enum drift_tab tab)
{
    struct drift_more *v = mem_new(struct drift_more);
    v->view.ops = &ops;
    v->app = a;
    v->tab = tab;
    outliers_init(&v->outliers);
    list_init(&v->list);
    load(v, NULL);
    return &v->view;
}
