// SPDX-License-Identifier: Apache-2.0
/* The view of a drift detail: rows, keys, the object's arrival. */
#include "views/drift_detail.h"
#include "views/accept.h"

#include "app/requests.h"
#include "views/drift_detail_int.h"
#include "views/link.h"
#include "views/plan_view.h"
#include "views/states.h"
#include "views/words.h"

#define PANEL_MIN 10
#define PANEL_FROM 15 /* rows of the body; fewer show the tree only */

static void drift_detail_free(struct view *v)
{
    struct drift_detail *d = (struct drift_detail *)v;
    tree_clear(&d->tree);
    list_clear(&d->ways);
    vec_clear(&d->rows);
    arena_clear(&d->own);
    arena_clear(&d->ref_arena);
    arena_clear(&d->rows_arena);
    if (d->snapshot)
        leeway_snapshot_unref(d->snapshot);
    if (d->object)
        leeway_object_unref(d->object);
    leeway_explanation_unref(d->explained);
    mem_free(d);
}

/* ---- rows ---- */

struct columns {
    int wanted, given, live, owners, when; /* 0: left out */
    int value_cols, owner_cols;
};

static struct columns columns(int cols)
{
    if (cols >= 100) {
        int wanted = cols - 74;
        return (struct columns){wanted, wanted + 13, wanted + 26, wanted + 39, cols - 1, 12, 21};
    }
    if (cols >= 72)
        return (struct columns){cols - 43, cols - 34, cols - 25, cols - 14, 0, 8, 13};
    return (struct columns){0, cols - 20, cols - 10, 0, 0, 9, 0};
}

static enum leeway_state row_state(const struct drift_detail *d,
                                   const struct leeway_object_field *f)
{
    const struct leeway_drift *x = drift_detail_drift(d, f->path);
    if (!f->differs)
        return LEEWAY_PENDING;
    return x && x->checking ? LEEWAY_CHANGING : words_verdict_state(f->verdict);
}

static void draw_owner(struct drift_detail *d, struct region r, const struct columns *c,
                       const struct leeway_object_field *f)
{
    struct arena *a = canvas_arena(r.canvas);
    const struct leeway_owner *o = words_holder(f->owners, f->n_owners);
    if (!o || !c->owners)
        return;
    struct text who = o->words.len ? o->words : o->manager;
    if (f->n_owners > 1)
        who = text_fmt(a, "%s +%zu", who.str, f->n_owners - 1);
    draw_cut(r, 0, c->owners, c->owner_cols, who, words_actor_role(o->actor), TEXT_CUT_END);
    int64_t at = o->at_or_before_ms;
    const struct leeway_drift *x = f->differs ? drift_detail_drift(d, f->path) : NULL;
    if (!at && x)
        at = x->before_ms;
    if (c->when && at)
        draw_right(r, 0, c->when, 15, words_exact(d->app, a, at), ROLE_TEXT_DIM);
}

static void draw_field(struct drift_detail *d, struct region r, const struct columns *c,
                       const struct leeway_object_field *f)
{
    enum role role = drift_detail_stands(f) ? ROLE_TEXT : ROLE_TEXT_DIM;
    bool loud = f->differs && f->verdict <= LEEWAY_VERDICT_UNKNOWN;
    /* two values of one field begin alike: what is new is at the end */
    enum text_cut how = f->pending ? TEXT_CUT_FRONT : TEXT_CUT_END;
    if (c->wanted)
        draw_cut(r, 0, c->wanted, c->value_cols, f->wanted, f->pending ? ROLE_VALUE_NEW : role,
                 how);
    /* "=" needs the column on its left */
    struct text given = !c->wanted && text_equal(f->given, TEXT("=")) ? f->wanted : f->given;
    draw_cut(r, 0, c->given, c->value_cols, given, role, how);
    bool waits = !c->wanted && f->pending && !f->differs; /* there is no other place to say it */
    if (waits)
        draw_cut(r, 0, c->live, r.cols - c->live - 1,
                 text_fmt(canvas_arena(r.canvas), "\xe2\x86\x92 %s", f->wanted.str), ROLE_VALUE_NEW,
                 TEXT_CUT_END);
    else
        draw_cut(r, 0, c->live, c->owners ? c->owners - c->live - 1 : r.cols - c->live - 1, f->live,
                 loud ? ROLE_VALUE_LIVE : role, TEXT_CUT_END);
    draw_owner(d, r, c, f);
}

static void draw_row(void *ctx, struct region r, const struct list_row *row)
{
    struct drift_detail *d = ctx;
    size_t at = tree_node_at(&d->tree, row->row);
    const struct detail_row *x = &d->rows.items[at];
    const struct tree_node *node = &d->tree.nodes.items[at];
    struct columns c = columns(r.cols);
    int first = c.wanted ? c.wanted : c.given, col = 4 + 2 * node->depth;
    struct arena *a = canvas_arena(r.canvas);
    tree_draw_mark(&d->tree, r, 2, at);
    if (x->field && drift_detail_stands(x->field))
        draw_state(r, 0, 2, row_state(d, x->field));
    struct text label = x->kind == DETAIL_GROUP || x->field
                            ? words_step(a, x->label, (uint32_t)(first - col - 1))
                            : x->label;
    draw_cut(r, 0, col, first - col - 1, label,
             x->field && x->field->differs ? ROLE_TEXT_STRONG
             : x->kind == DETAIL_GROUP     ? ROLE_TEXT
                                           : ROLE_TEXT_DIM,
             x->kind == DETAIL_FOLDED ? TEXT_CUT_END : TEXT_CUT_FRONT);
    if (x->field)
        draw_field(d, r, &c, x->field);
    else if (x->kind == DETAIL_FOLDED && !tree_is_open(&d->tree, node))
        draw_cut(r, 0, first, r.cols - first - 1,
                 text_fmt(a, "%s as given", text_count(a, (long)x->count, "field", "fields").str),
                 ROLE_TEXT_DIM, TEXT_CUT_END);
}

static void drift_detail_draw(struct view *v, struct app *app, struct region r)
{
    struct drift_detail *d = (struct drift_detail *)v;
    struct columns c = columns(r.cols);
    int visible = (int)d->tree.list.uids.len + 1;
    int panel = r.rows >= PANEL_FROM ? r.rows - visible - 1 : 0;
    if (r.rows >= PANEL_FROM && panel < PANEL_MIN)
        panel = PANEL_MIN;
    draw_text(r, 0, 4, TEXT("field"), ROLE_TEXT_DIM);
    if (c.wanted)
        draw_text(r, 0, c.wanted, TEXT("wanted"), ROLE_TEXT_DIM);
    draw_text(r, 0, c.given, TEXT("given"), ROLE_TEXT_DIM);
    draw_text(r, 0, c.live, TEXT("live"), ROLE_TEXT_DIM);
    if (c.owners)
        draw_text(r, 0, c.owners, TEXT("owners"), ROLE_TEXT_DIM);
    if (c.when)
        draw_right(r, 0, c.when, 12, TEXT("at or before"), ROLE_TEXT_DIM);
    int rows = r.rows - 1 - (panel ? panel + 1 : 0);
    list_draw(&d->tree.list, region_sub(r, 1, 0, rows, r.cols), draw_row, d);
    if (panel)
        drift_detail_draw_panel(d, region_sub(r, r.rows - panel, 0, panel, r.cols));
}

static size_t drift_detail_path(struct view *v, struct app *app, struct arena *arena,
                                struct text *parts, size_t max)
{
    struct drift_detail *d = (struct drift_detail *)v;
    parts[0] = TEXT("drift");
    parts[1] = text_fmt(arena, "%s/%s", d->kind.str, d->name.str);
    return 2;
}

static void drift_detail_totals(struct view *v, struct app *app, struct region r)
{
    struct drift_detail *d = (struct drift_detail *)v;
    struct arena *a = canvas_arena(r.canvas);
    struct text t = d->object ? text_fmt(a, "%zu of %zu fields", d->n_differ, d->n_fields)
                              : text_fmt(a, "%zu", d->n_differ);
    int col = r.cols - 1;
    if (d->n_pending) {
        col -= draw_right(r, 0, col, col, text_fmt(a, "%zu", d->n_pending), ROLE_TEXT);
        draw_state(r, 0, --col, LEEWAY_PENDING);
        col -= 2;
    }
    col -= draw_right(r, 0, col, col, t, ROLE_TEXT);
    if (col < 3)
        return;
    draw_state(r, 0, col -= 2, d->n_differ ? LEEWAY_DRIFT : LEEWAY_OK);
    draw_right(r, 0, col - 2, col - 2, d->cluster, ROLE_TEXT);
}

/* ---- keys ---- */

static bool differs(void *ctx, size_t row)
{
    struct drift_detail *d = ctx;
    const struct detail_row *x = &d->rows.items[tree_node_at(&d->tree, row)];
    return x->field && drift_detail_stands(x->field);
}

static void plan_revert(struct drift_detail *d, const struct detail_row *x)
{
    const struct leeway_drift *drift = drift_detail_drift(d, x->path);
    const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_REVERT,
                                     .environment = d->environment.str,
                                     .drift_ids = &drift->id,
                                     .n_drift_ids = 1};
    plan_view_request(d->app, &d->view, &c);
}

static void answer(struct drift_detail *d, const struct detail_row *x, bool hand_over)
{
    const struct leeway_drift *drift = drift_detail_drift(d, x->path);
    if (hand_over)
        hand_over_ask(d->app, &d->view, drift, &drift->id, 1);
    else
        accept_ask(d->app, &d->view, drift, &drift->id, 1);
}

static const char *why_no_revert(const struct drift_detail *d, const struct detail_row *x)
{
    if (!x || !x->field)
        return "the cursor is on no field";
    const struct leeway_drift *drift = drift_detail_drift(d, x->path);
    if (!drift)
        return x->field->pending ? "it is as given; a plan of the environment brings what is wanted"
                                 : "this field is as given";
    return drift->verdict == LEEWAY_VERDICT_UNKNOWN ? "nobody knows what is there now" : NULL;
}

static const char *why_no_answer(const struct drift_detail *d, const struct detail_row *x)
{
    const char *why = why_no_revert(d, x);
    if (why)
        return why;
    return drift_detail_drift(d, x->path)->verdict == LEEWAY_VERDICT_ALLOWED
               ? "its contract allows it already"
               : NULL;
}

static struct object_ref object_of(struct drift_detail *d)
{
    arena_reset(&d->ref_arena);
    return object_ref_of(&d->ref_arena, d->cluster, d->api_version, d->kind, d->namespace_,
                         d->name);
}

static void set_ops(struct drift_detail *d);

static unsigned drift_detail_command(struct view *v, struct app *a, enum command c)
{
    struct drift_detail *d = (struct drift_detail *)v;
    const struct detail_row *x = drift_detail_here(d);
    unsigned done = d->on_ways ? drift_detail_ways_command(d, c) : 0;
    set_ops(d);
    if (done)
        return done;
    switch (c) {
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        drift_detail_go_to_ways(d, true);
        set_ops(d);
        return VIEW_REDRAW;
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        drift_detail_go_to_ways(d, false);
        set_ops(d);
        if (!list_seek(&d->tree.list, c == CMD_NEXT_PROBLEM ? 1 : -1, differs, d))
            app_info(a, "no more fields that way differ or wait for a plan");
        return VIEW_REDRAW;
    case CMD_OPEN:
        if (x && !x->field)
            tree_command(&d->tree, tree_is_open(&d->tree, &d->tree.nodes.items[x - d->rows.items])
                                       ? CMD_LEFT
                                       : CMD_RIGHT);
        return VIEW_REDRAW;
    case CMD_PLAN:
        plan_revert(d, x);
        return VIEW_REDRAW;
    case CMD_ACCEPT:
    case CMD_OWNER:
        answer(d, x, c == CMD_OWNER);
        return VIEW_REDRAW;
    case CMD_COPY:
        drift_detail_copy(d, x);
        return VIEW_REDRAW;
    default: {
        struct object_ref ref = object_of(d);
        unsigned r = object_ways_command(a, v, &ref, x ? x->path : TEXT_NONE, c);
        return r ? r : tree_command(&d->tree, c);
    }
    }
}

static const char *drift_detail_why_not(struct view *v, struct app *a, enum command c,
                                        struct arena *arena)
{
    struct drift_detail *d = (struct drift_detail *)v;
    const struct detail_row *x = drift_detail_here(d);
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        return NULL;
    case CMD_NEXT_TAB:
    case CMD_PREVIOUS_TAB:
        return d->on_ways ? NULL : drift_detail_why_no_ways(d);
    case CMD_OPEN:
        return d->on_ways || (x && !x->field) ? NULL : "a field is open already";
    case CMD_PLAN:
        return why_no_revert(d, x);
    case CMD_ACCEPT:
    case CMD_OWNER:
        return why_no_answer(d, x);
    default: {
        struct object_ref ref = object_of(d);
        const char *why = object_ways_why_not(&ref, c);
        return why != VIEW_NOT_HERE                ? why
               : command_info(c)->flags & CMD_MOVE ? NULL
                                                   : VIEW_NOT_HERE;
    }
    }
}

static unsigned drift_detail_refresh(struct view *v, struct app *a)
{
    struct drift_detail *d = (struct drift_detail *)v;
    struct leeway_snapshot *s = app_snapshot(a);
    if (!s || s == d->snapshot)
        return VIEW_DONE;
    leeway_snapshot_ref(s);
    if (d->snapshot)
        leeway_snapshot_unref(d->snapshot);
    d->snapshot = s;
    drift_detail_build(d);
    drift_detail_go_to_ways(d, d->on_ways && drift_detail_has_way_out(drift_detail_here(d)));
    set_ops(d);
    return VIEW_REDRAW;
}

static const struct view_hint hints[] = {
    {CMD_OPEN, "fold"},        {CMD_NEXT_PROBLEM, "next field"},
    {CMD_PLAN, "plan revert"}, {CMD_ACCEPT, "accept"},
    {CMD_OWNER, "hand over"},  {CMD_COPY, "copy"},
    {CMD_NEXT_TAB, "ways"},    {CMD_NONE, NULL}};

static const struct view_hint hints_of_ways[] = {
    {CMD_OPEN, "do it"}, {CMD_NEXT_TAB, "fields"}, {CMD_COPY, "copy"}, {CMD_NONE, NULL}};

static struct text drift_detail_link(struct view *v, struct app *a, struct arena *arena)
{
    const struct drift_detail *d = (const struct drift_detail *)v;
    const struct detail_row *x = drift_detail_here(d);
    bool differs = x && x->field && drift_detail_drift(d, x->path);
    return LINK(arena, "", TEXT("drift"), d->environment, d->cluster, d->kind, d->name,
                differs ? x->path : TEXT_NONE);
}

#define DETAIL_OPS(words)                                                                          \
    {                                                                                              \
        .name = "drift-detail", .place = PLACE_SCREEN, .hints = (words),                           \
        .free = drift_detail_free, .draw = drift_detail_draw, .path = drift_detail_path,           \
        .totals = drift_detail_totals, .command = drift_detail_command,                            \
        .why_not = drift_detail_why_not, .refresh = drift_detail_refresh,                          \
        .link = drift_detail_link,                                                                 \
    }
static const struct view_ops ops = DETAIL_OPS(hints);
static const struct view_ops ops_of_ways = DETAIL_OPS(hints_of_ways);

static void set_ops(struct drift_detail *d)
{
    d->view.ops = d->on_ways ? &ops_of_ways : &ops;
}

/* ---- the object ---- */

static void got_object(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct drift_detail *d = (struct drift_detail *)owner;
    d->gone = ev->kind == LEEWAY_EVENT_FAILED && ev->err.code == ERR_NOT_FOUND &&
              drift_detail_drift(d, TEXT_NONE);
    if (d->gone) {
        drift_detail_build(d);
        return;
    }
    if (ev->kind != LEEWAY_EVENT_OBJECT || !ev->object) {
        d->failed = ev->kind == LEEWAY_EVENT_FAILED
                        ? text_fmt(&d->own, "%s: %s", err_word(ev->err.code),
                                   ev->err.text ? ev->err.text : "no answer")
                        : TEXT("no answer");
        return;
    }
    if (d->object)
        leeway_object_unref(d->object);
    d->object = leeway_object_ref(ev->object);
    drift_detail_build(d);
}

/* Without it the panel says what the snapshot knows: a failure is no message. */
static void got_explanation(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct drift_detail *d = (struct drift_detail *)owner;
    if (ev->kind != LEEWAY_EVENT_EXPLANATION || !ev->explanation)
        return;
    leeway_explanation_unref(d->explained);
    d->explained = leeway_explanation_ref(ev->explanation);
}

static void ask_to_explain(struct drift_detail *d)
{
    uint64_t ids[64];
    size_t n = 0;
    for (size_t i = 0; d->snapshot && i < leeway_drifts(d->snapshot) && n < 64; i++) {
        const struct leeway_drift *x = leeway_drift_at(d->snapshot, i);
        if (text_equal(x->environment, d->environment) && text_equal(x->cluster, d->cluster) &&
            text_equal(x->object_kind, d->kind) && text_equal(x->name, d->name))
            ids[n++] = x->id;
    }
    const struct leeway_command c = {.kind = LEEWAY_CMD_EXPLAIN,
                                     .environment = d->environment.str,
                                     .drift_ids = ids,
                                     .n_drift_ids = n};
    if (n)
        app_request(d->app, &d->view, &c, got_explanation);
}

static void ask(struct drift_detail *d)
{
    struct leeway_command c = {.kind = LEEWAY_CMD_OBJECT,
                               .cluster = d->cluster.str,
                               .environment = d->environment.str,
                               .api_version = d->api_version.str,
                               .object_kind = d->kind.str,
                               .namespace_ = d->namespace_.str,
                               .name = d->name.str};
    if (!app_request(d->app, &d->view, &c, got_object))
        d->failed = TEXT("this is what the last look saw");
}

struct view *drift_detail_new(struct app *a, const struct leeway_drift *x)
{
    struct drift_detail *d = mem_new(struct drift_detail);
    d->view.ops = &ops;
    d->app = a;
    tree_init(&d->tree);
    list_init(&d->ways);
    d->elsewhere_rows = -1;
    arena_init(&d->own);
    arena_init(&d->ref_arena);
    arena_init(&d->rows_arena);
    d->environment = text_dup(&d->own, x->environment);
    d->cluster = text_dup(&d->own, x->cluster);
    d->api_version = text_dup(&d->own, x->api_version);
    d->kind = text_dup(&d->own, x->object_kind);
    d->namespace_ = text_dup(&d->own, x->namespace_);
    d->name = text_dup(&d->own, x->name);
    struct text path = text_dup(&d->own, x->path);
    if (app_snapshot(a))
        d->snapshot = leeway_snapshot_ref(app_snapshot(a));
    drift_detail_build(d);
    for (size_t i = 0; i < d->tree.visible.len; i++) {
        const struct detail_row *row = &d->rows.items[d->tree.visible.items[i]];
        if (row->field && text_equal(row->path, path))
            list_go(&d->tree.list, i);
    }
    ask_to_explain(d);
    ask(d);
    return &d->view;
}
