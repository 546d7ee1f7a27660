// SPDX-License-Identifier: Apache-2.0
/* Drift: sections in the order of who must act; the row under the cursor in words. */
#include "views/drift_list_int.h"

#include "views/accept.h"

#include "views/drift_detail.h"
#include "views/drift_more.h"
#include "views/link.h"
#include "views/plan_view.h"
#include "views/states.h"
#include "views/words.h"
#include "widget/tabs.h"
#include "widget/tall.h"

#include <stdio.h>
#include <string.h>

/* Columns of a row for a width; 0 wide: left out. */
struct columns {
    int object, object_cols, field, field_cols, value, value_cols, by, by_cols, on;
};

static struct columns columns(int cols)
{
    struct columns c = {.object = 4};
    int end = cols - 8; /* since */
    if (cols >= 60) {
        c.on = end - 1;
        end -= 3;
    }
    if (cols >= 72) {
        c.by_cols = cols >= 100 ? 22 : 11;
        end -= c.by_cols;
        c.by = end;
    }
    c.value_cols = cols >= 100 ? 20 : cols >= 60 ? 14 : 12;
    end -= c.value_cols;
    c.value = end;
    if (cols >= 60) {
        c.field_cols = (end - c.object) * 3 / 8;
        end -= c.field_cols;
        c.field = end;
    }
    c.object_cols = end - c.object;
    return c;
}

static void drift_list_free(struct view *v)
{
    struct drift_list *l = (struct drift_list *)v;
    drift_folds_clear(&l->folds);
    browse_clear(&l->browse);
    mem_free(l);
}

static const struct drift_fold *fold_at(const struct drift_list *l, size_t row)
{
    return row < l->folds.folds.len ? &l->folds.folds.items[row] : NULL;
}

static const struct leeway_drift *first_of(const struct drift_list *l, const struct drift_fold *f)
{
    return l->folds.rows.items[f->first];
}

static const struct drift_fold *here(const struct drift_list *l)
{
    size_t row;
    return list_at(&l->browse.list, &row) ? fold_at(l, row) : NULL;
}

/* The cursor stays with a difference that changed its group, as after it was checked. */
static void follow(struct drift_list *l, uint64_t uid, uint64_t key)
{
    if (!key || list_uid(&l->browse.list) == uid)
        return;
    for (size_t i = 0; i < l->folds.folds.len; i++)
        if (l->folds.folds.items[i].key == key)
            list_go(&l->browse.list, i);
}

static void reload(struct drift_list *l)
{
    struct leeway_snapshot *s = app_snapshot(l->app);
    const struct drift_fold *f = here(l);
    uint64_t uid = list_uid(&l->browse.list), key = f ? f->key : 0;
    if (!s)
        return;
    drift_folds_set(&l->folds, s, l->browse.filter);
    VEC(uint64_t) uids = {0};
    for (size_t i = 0; i < l->folds.folds.len; i++)
        vec_push(&uids, l->folds.folds.items[i].uid);
    list_set(&l->browse.list, uids.items, uids.len);
    vec_clear(&uids);
    follow(l, uid, key);
}

/* ---- rows ---- */

static bool begins_group(const struct drift_list *l, size_t row)
{
    return row == 0 || fold_at(l, row)->group != fold_at(l, row - 1)->group;
}

static struct tall row_height(void *ctx, size_t row, bool first)
{
    struct drift_list *l = ctx;
    return (struct tall){begins_group(l, row) ? (first ? 1 : 2) : 0, 0};
}

static struct text object_words(struct arena *a, const struct leeway_drift *d)
{
    return d->name.len ? words_object(a, d->object_kind, d->name) : d->environment;
}

/* What happened, where there is no pair of values. */
static struct text value_words(const struct drift_list *l, struct arena *a,
                               const struct drift_fold *f, int cols)
{
    const struct leeway_drift *d = first_of(l, f);
    switch (d->kind) {
    case LEEWAY_DRIFT_CHANGED:
    case LEEWAY_DRIFT_EXTRA:
    case LEEWAY_DRIFT_REMOVED:
        return words_change(a, d->given.len ? d->given : TEXT("-"),
                            f->n > 1      ? drift_fold_live(a, &l->folds, f)
                            : d->live.len ? d->live
                                          : TEXT("-"),
                            (uint32_t)(cols > 0 ? cols : 0));
    default:
        return text_cstr(a, leeway_drift_kind_word(d->kind));
    }
}

static void draw_head(struct drift_list *l, struct region r, int y, enum drift_group g)
{
    struct arena *a = canvas_arena(r.canvas);
    size_t clusters = 0;
    struct text seen = TEXT_NONE;
    for (size_t i = 0; i < l->folds.folds.len; i++) {
        const struct drift_fold *f = fold_at(l, i);
        for (size_t k = 0; f->group == g && k < f->n; k++) {
            struct text name = l->folds.rows.items[f->first + k]->cluster;
            if (strstr(seen.str, text_fmt(a, ",%s,", name.str).str))
                continue;
            if (clusters++ < 50) /* more are not counted one by one */
                seen = text_fmt(a, "%s,%s,", seen.str, name.str);
        }
    }
    struct text right =
        clusters > 50
            ? TEXT_NONE
            : text_fmt(a, "on %s", text_count(a, (long)clusters, "cluster", "clusters").str);
    draw_section(r, y, text_cstr(a, drift_group_words(g)), right);
}

static void draw_by(struct region r, const struct columns *c, const struct leeway_drift *d)
{
    const struct leeway_owner *o = words_holder(d->owners, d->n_owners);
    if (!o || !c->by_cols)
        return;
    struct arena *a = canvas_arena(r.canvas);
    struct text who = text_cstr(a, leeway_actor_word(o->actor));
    if (c->by_cols > 12 && o->words.len)
        who = text_fmt(a, "%s, %s", o->words.str, who.str);
    draw_cut(r, 0, c->by, c->by_cols - 1, who, words_actor_role(o->actor), TEXT_CUT_END);
}

static void draw_row(void *ctx, struct region all, const struct list_row *row, int above)
{
    struct drift_list *l = ctx;
    struct arena *a = canvas_arena(all.canvas);
    const struct drift_fold *f = fold_at(l, row->row);
    const struct leeway_drift *d = first_of(l, f);
    if (above)
        draw_head(l, all, above - 1, f->group);
    struct region r = region_sub(all, above, 0, 1, all.cols);
    struct columns c = columns(r.cols);
    bool loud = f->group <= DRIFT_UNKNOWN;
    enum role plain = f->group == DRIFT_ALLOWED ? ROLE_TEXT_DIM : ROLE_TEXT;
    draw_state(r, 0, 2, drift_group_state(f->group));
    draw_cut(r, 0, c.object, c.object_cols - 1, object_words(a, d), loud ? ROLE_TEXT_STRONG : plain,
             TEXT_CUT_MIDDLE);
    struct text field =
        d->path.len ? words_path(a, d->path, (uint32_t)c.field_cols - 1) : TEXT("whole object");
    if (c.field_cols)
        draw_cut(r, 0, c.field, c.field_cols - 1, field, plain, TEXT_CUT_FRONT);
    draw_cut(r, 0, c.value, c.value_cols - 1, value_words(l, a, f, c.value_cols - 1),
             f->group == DRIFT_ALLOWED ? ROLE_TEXT_DIM
             : loud                    ? ROLE_VALUE_LIVE
                                       : ROLE_TEXT,
             TEXT_CUT_END);
    draw_by(r, &c, d);
    if (c.on)
        draw_right(r, 0, c.on, 4, text_fmt(a, "%zu", f->n), plain);
    if (f->since_ms)
        draw_right(r, 0, r.cols - 1, 7,
                   zone_brief(a, app_zone(l->app), f->since_ms, clock_wall_ms(app_clock(l->app))),
                   plain);
}

static void draw_headings(struct region r)
{
    struct columns c = columns(r.cols);
    draw_text(r, 0, c.object, TEXT("object"), ROLE_TEXT_DIM);
    if (c.field_cols)
        draw_text(r, 0, c.field, TEXT("field"), ROLE_TEXT_DIM);
    draw_text(r, 0, c.value, text_fmt(canvas_arena(r.canvas), "given \xe2\x86\x92 live"),
              ROLE_TEXT_DIM);
    if (c.by_cols)
        draw_text(r, 0, c.by, TEXT("by"), ROLE_TEXT_DIM);
    if (c.on)
        draw_right(r, 0, c.on, 4, TEXT("on"), ROLE_TEXT_DIM);
    draw_right(r, 0, r.cols - 1, 7, TEXT("since"), ROLE_TEXT_DIM);
}

static void draw_nothing(struct drift_list *l, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    struct text t =
        l->browse.filter[0] && l->folds.total
            ? text_fmt(a, "None of the %zu differences passes this filter; Esc %s.", l->folds.total,
                       browse_is_filtered(&l->browse) ? "clears it" : "goes back")
            : TEXT("Nothing differs from what was given. Clusters that cannot be asked "
                   "stand in the fleet as unknown.");
    draw_wrapped(r, 1, 4, r.cols - 8, 6, t, ROLE_TEXT);
}

static void drift_list_draw(struct view *v, struct app *app, struct region r)
{
    struct drift_list *l = (struct drift_list *)v;
    int64_t soon = (int64_t)drift_expiring(app_snapshot(app), clock_wall_ms(app_clock(app)));
    const struct tab tabs[] = {{"drift", -1}, {"outliers", -1}, {"expiring", soon ? soon : -1}};
    tabs_draw(r, 0, tabs, DRIFT_TABS, DRIFT_TAB_LIST);
    if (l->browse.list.uids.len == 0) {
        draw_nothing(l, region_sub(r, 1, 0, r.rows - 1, r.cols));
        return;
    }
    draw_headings(region_sub(r, 1, 0, r.rows - 1, r.cols));
    tall_draw(&l->browse.list, region_sub(r, 2, 0, r.rows - 2, r.cols), row_height, draw_row, l);
}

/* ---- words about a row ---- */

static struct text cluster_names(const struct drift_list *l, struct arena *a,
                                 const struct drift_fold *f)
{
    struct text t = first_of(l, f)->cluster;
    for (size_t i = 1; i < f->n && i < 4; i++)
        t = text_fmt(a, "%s, %s", t.str, l->folds.rows.items[f->first + i]->cluster.str);
    return f->n > 4 ? text_fmt(a, "%s and %zu more", t.str, f->n - 4) : t;
}

static struct text what_happened(struct drift_list *l, struct arena *a, const struct drift_fold *f)
{
    const struct leeway_drift *d = first_of(l, f);
    const struct leeway_owner *o = words_holder(d->owners, d->n_owners);
    const char *what = d->path.len ? words_path(a, d->path, 40).str : "the object";
    struct text t;
    if (d->kind == LEEWAY_DRIFT_NOT_SEEN)
        t = text_fmt(a, "%s is not seen", what);
    else if (d->kind == LEEWAY_DRIFT_CHANGED && o && !o->ours)
        t = text_fmt(a, "%s%s took %s from leeway", words_manager(a, o).str,
                     o->subresource.len ? "," : "", what);
    else if (o && !o->ours)
        t = text_fmt(a, "%s is %s; %s owns it now", what, leeway_drift_kind_word(d->kind),
                     words_manager(a, o).str);
    else
        t = text_fmt(a, "%s is %s", what, leeway_drift_kind_word(d->kind));
    if (f->since_ms)
        t = text_fmt(a, "%s%s at or before %s", t.str, d->kind == LEEWAY_DRIFT_CHANGED ? "" : ",",
                     words_exact(l->app, a, f->since_ms).str);
    if (d->when.len)
        t = text_fmt(a, "%s; %s", t.str, d->when.str);
    return t;
}

struct text drift_list_words(struct drift_list *l, struct arena *a, const struct drift_fold *f)
{
    const struct leeway_drift *d = first_of(l, f);
    struct text t = text_fmt(a, "%s: %s.", cluster_names(l, a, f).str, what_happened(l, a, f).str);
    if (d->contested)
        t = text_fmt(a, "%s Managers take it in turns; leeway stopped adding to it.", t.str);
    if (d->reason.len)
        t = text_fmt(a, "%s Reason: %s.", t.str, d->reason.str);
    if (d->checked.len)
        t = text_fmt(a, "%s Checked: %s.", t.str, d->checked.str);
    return t;
}

static void drift_list_describe(struct view *v, struct app *app, struct region r)
{
    struct drift_list *l = (struct drift_list *)v;
    const struct drift_fold *f = here(l);
    if (f)
        draw_wrapped(r, 0, 1, r.cols - 2, r.rows, drift_list_words(l, canvas_arena(r.canvas), f),
                     ROLE_TEXT);
}

static int fact(struct region r, int y, const char *name, struct text value, enum role role)
{
    if (!value.len)
        return y;
    draw_text(r, y, 1, text_cstr(canvas_arena(r.canvas), name), ROLE_TEXT_DIM);
    int used = draw_wrapped(r, y, 10, r.cols - 11, 4, value, role);
    return y + (used ? used : 1);
}

static void drift_list_preview(struct view *v, struct app *app, struct region r)
{
    struct drift_list *l = (struct drift_list *)v;
    const struct drift_fold *f = here(l);
    struct arena *a = canvas_arena(r.canvas);
    if (!f)
        return;
    const struct leeway_drift *d = first_of(l, f);
    const struct leeway_owner *o = words_holder(d->owners, d->n_owners);
    draw_cut(r, 0, 1, r.cols - 2, object_words(a, d), ROLE_TEXT_STRONG, TEXT_CUT_MIDDLE);
    int y = fact(r, 1, "field", d->path.len ? d->path : TEXT("whole object"), ROLE_TEXT);
    y = fact(r, y, "in", d->environment, ROLE_TEXT);
    y = fact(r, y, "given", d->given, ROLE_TEXT);
    y = fact(r, y, "live", drift_fold_live(a, &l->folds, f), ROLE_VALUE_LIVE);
    if (o)
        y = fact(r, y, "by", text_fmt(a, "%s, %s", words_manager(a, o).str, words_actor(o->actor)),
                 words_actor_role(o->actor));
    y += draw_wrapped(r, y + 1, 1, r.cols - 2, 8, drift_list_words(l, a, f), ROLE_TEXT) + 2;
    if (y + 2 >= r.rows)
        return;
    draw_section(r, y++, TEXT("where"), text_fmt(a, "%zu", f->n));
    for (size_t i = 0; i < f->n && y < r.rows; i++, y++) {
        const struct leeway_drift *x = l->folds.rows.items[f->first + i];
        draw_state(r, y, 2, drift_group_state(f->group));
        draw_cut(r, y, 4, r.cols - 16, x->cluster, ROLE_TEXT, TEXT_CUT_END);
        draw_right(r, y, r.cols - 1, 11, x->live, ROLE_TEXT_DIM);
    }
}

static size_t drift_list_path(struct view *v, struct app *app, struct arena *arena,
                              struct text *parts, size_t max)
{
    struct drift_list *l = (struct drift_list *)v;
    parts[0] = browse_path(&l->browse, arena, "drift");
    return 1;
}

static void drift_list_totals(struct view *v, struct app *app, struct region r)
{
    struct drift_list *l = (struct drift_list *)v;
    struct words_total totals[DRIFT_GROUP_COUNT];
    size_t shown = 0;
    for (int g = 0; g < DRIFT_GROUP_COUNT; g++) {
        enum drift_group group = (enum drift_group)g;
        const char *word = group == DRIFT_CHECKING ? "checking" : drift_group_words(group);
        if (l->folds.counts[g])
            totals[shown++] = (struct words_total){
                drift_group_state(group),
                text_fmt(canvas_arena(r.canvas), r.cols >= 55 ? "%zu %s" : "%zu",
                         l->folds.counts[g], word),
                group <= DRIFT_UNKNOWN ? ROLE_TEXT_STRONG : ROLE_TEXT_DIM};
    }
    words_draw_totals(r, totals, shown);
}

/* ---- keys ---- */

static bool is_loud(void *ctx, size_t row)
{
    return fold_at(ctx, row)->group <= DRIFT_UNKNOWN;
}

/* ---- a plan that gives back what was given ---- */

static bool is_chosen(const struct drift_list *l, const struct drift_fold *f)
{
    return l->browse.list.marks.len ? list_marked(&l->browse.list, f->uid) : f == here(l);
}

/* NULL: the chosen rows can be reverted by one plan. */
static const char *why_no_revert(const struct drift_list *l)
{
    const struct leeway_drift *first = NULL;
    for (size_t i = 0; i < l->folds.folds.len; i++) {
        const struct drift_fold *f = fold_at(l, i);
        if (!is_chosen(l, f))
            continue;
        const struct leeway_drift *d = first_of(l, f);
        if (f->group == DRIFT_UNKNOWN)
            return "nobody knows what is there now";
        if (first && !text_equal(first->environment, d->environment))
            return "one environment at a time: a plan has one";
        first = d;
    }
    return first ? NULL : "there is no difference";
}

/* NULL: the folded row under the cursor can be accepted or handed over. */
static const char *why_no_answer(const struct drift_list *l)
{
    const struct drift_fold *f = here(l);
    if (!f)
        return "there is no difference";
    if (f->group == DRIFT_UNKNOWN)
        return "nobody knows what is there now";
    return first_of(l, f)->verdict == LEEWAY_VERDICT_ALLOWED ? "its contract allows it already"
                                                             : NULL;
}

/* For all that the row stands for. */
static void answer(struct drift_list *l, bool hand_over)
{
    const struct drift_fold *f = here(l);
    VEC(uint64_t) ids = {0};
    for (size_t k = 0; k < f->n; k++)
        vec_push(&ids, l->folds.rows.items[f->first + k]->id);
    if (hand_over)
        hand_over_ask(l->app, &l->view, first_of(l, f), ids.items, ids.len);
    else
        accept_ask(l->app, &l->view, first_of(l, f), ids.items, ids.len);
    vec_clear(&ids);
}

static void plan_revert(struct drift_list *l)
{
    VEC(uint64_t) ids = {0};
    struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_REVERT};
    for (size_t i = 0; i < l->folds.folds.len; i++) {
        const struct drift_fold *f = fold_at(l, i);
        for (size_t k = 0; is_chosen(l, f) && k < f->n; k++) {
            vec_push(&ids, l->folds.rows.items[f->first + k]->id);
            c.environment = first_of(l, f)->environment.str;
        }
    }
    c.drift_ids = ids.items;
    c.n_drift_ids = ids.len;
    plan_view_request(l->app, &l->view, &c);
    vec_clear(&ids);
}

static void copy_words(struct drift_list *l, const struct drift_fold *f)
{
    struct arena a;
    arena_init(&a);
    if (f)
        drift_copy(l->app, &l->view, first_of(l, f), drift_list_words(l, &a, f));
    arena_clear(&a);
}

static void *rows(void *ctx, size_t *size)
{
    struct drift_list *l = ctx;
    *size = sizeof(*l->folds.folds.items);
    return l->folds.folds.items;
}

static void reload_view(void *ctx)
{
    reload(ctx);
}

static const struct browse_spec browse = {.is_problem = is_loud,
                                          .no_problem = "nothing more that way has to be decided",
                                          .reload = reload_view,
                                          .rows = rows};

static unsigned drift_list_command(struct view *v, struct app *a, enum command c)
{
    struct drift_list *l = (struct drift_list *)v;
    const struct drift_fold *f = here(l);
    switch (c) {
    case CMD_OPEN:
    case CMD_DETAILS:
        if (f)
            app_push(a, drift_detail_new(a, first_of(l, f)));
        return VIEW_REDRAW;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        app_push(a, drift_more_new(a, c == CMD_NEXT_TAB ? DRIFT_TAB_OUTLIERS : DRIFT_TAB_EXPIRING));
        return VIEW_REDRAW;
    case CMD_PLAN:
        plan_revert(l);
        return VIEW_REDRAW;
    case CMD_ACCEPT:
    case CMD_OWNER:
        answer(l, c == CMD_OWNER);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy_words(l, f);
        return VIEW_REDRAW;
    default:
        return browse_command(&l->browse, &browse, l, a, c);
    }
}

static const char *drift_list_why_not(struct view *v, struct app *a, enum command c,
                                      struct arena *arena)
{
    struct drift_list *l = (struct drift_list *)v;
    switch (c) {
    case CMD_OPEN:
    case CMD_DETAILS:
    case CMD_COPY:
        return here(l) ? NULL : "there is no difference";
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return NULL;
    case CMD_PLAN:
        return why_no_revert(l);
    case CMD_ACCEPT:
    case CMD_OWNER:
        return why_no_answer(l);
    default:
        return browse_why_not(&browse, c);
    }
}

static unsigned drift_list_filter(struct view *v, struct app *a, struct text text, bool done)
{
    return browse_filter(&((struct drift_list *)v)->browse, &browse, v, text);
}

static unsigned drift_list_refresh(struct view *v, struct app *a)
{
    return browse_refresh(&((struct drift_list *)v)->browse, &browse, v, a);
}

static struct text drift_list_link(struct view *v, struct app *a, struct arena *arena)
{
    return LINK(arena, ((const struct drift_list *)v)->browse.filter, TEXT("drift"));
}

static const struct view_hint hints[] = {{CMD_OPEN, "open"},         {CMD_PLAN, "plan revert"},
                                         {CMD_ACCEPT, "accept"},     {CMD_OWNER, "hand over"},
                                         {CMD_NEXT_PROBLEM, "next"}, {CMD_FILTER, "filter"},
                                         {CMD_NEXT_TAB, "next tab"}, {CMD_MARK, "mark"},
                                         {CMD_COPY, "copy"},         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "drift",
    .place = PLACE_SCREEN,
    .describe_rows = 3,
    .hints = hints,
    .free = drift_list_free,
    .draw = drift_list_draw,
    .describe = drift_list_describe,
    .preview = drift_list_preview,
    .path = drift_list_path,
    .totals = drift_list_totals,
    .command = drift_list_command,
    .why_not = drift_list_why_not,
    .filter = drift_list_filter,
    .refresh = drift_list_refresh,
    .link = drift_list_link,
};

struct view *drift_list_new_filtered(struct app *a, const char *filter)
{
    struct drift_list *l = mem_new(struct drift_list);
    l->view.ops = &ops;
    l->app = a;
    browse_init(&l->browse);
    browse_set_scope(&l->browse, (struct text){filter, (uint32_t)strlen(filter), 0});
    reload(l);
    return &l->view;
}

struct view *drift_list_new(struct app *a)
{
    return drift_list_new_filtered(a, "");
}
