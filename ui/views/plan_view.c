// SPDX-License-Identifier: Apache-2.0
/* The view of a plan. No key of it changes anything; `T` and `a` open dialogs. */
#include "views/plan_view.h"

#include "views/copy.h"
#include "views/object_ways.h"
#include "views/plan_view_int.h"
#include "views/states.h"
#include "views/words.h"

static void plan_view_free(struct view *v)
{
    struct plan_view *p = (struct plan_view *)v;
    tree_clear(&p->tree);
    vec_clear(&p->lines);
    leeway_plan_unref(p->plan);
    mem_free(p);
}

void plan_view_take(struct plan_view *p, struct leeway_plan *plan)
{
    leeway_plan_ref(plan);
    leeway_plan_unref(p->plan);
    p->plan = plan;
    plan_view_build(p);
}

/* ---- drawing ---- */

static int draw_counts(const struct leeway_plan *plan, struct region r)
{
    static const enum leeway_action order[] = {
        LEEWAY_ACTION_AS_IS,  LEEWAY_ACTION_STAYS,     LEEWAY_ACTION_DELETE, LEEWAY_ACTION_REPLACE,
        LEEWAY_ACTION_UPDATE, LEEWAY_ACTION_TAKE_OVER, LEEWAY_ACTION_CREATE, LEEWAY_ACTION_ERROR};
    struct arena *a = canvas_arena(r.canvas);
    int end = r.cols - 1;
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        int32_t n = plan->counts[order[i]];
        struct text t = text_fmt(a, "%d %s", n, leeway_action_word(order[i]));
        if (n <= 0 || end - canvas_cols(r.canvas, t) < r.cols / 4)
            continue;
        bool risk = order[i] == LEEWAY_ACTION_DELETE || order[i] == LEEWAY_ACTION_REPLACE ||
                    order[i] == LEEWAY_ACTION_ERROR;
        end -= draw_right(r, 0, end, end, t,
                          order[i] == LEEWAY_ACTION_AS_IS ? ROLE_TEXT_DIM
                          : risk                          ? ROLE_TEXT_STRONG
                                                          : ROLE_TEXT) +
               2;
    }
    return end;
}

static int fact(struct region r, int y, const char *name, struct text value, enum role role)
{
    struct arena *a = canvas_arena(r.canvas);
    draw_text(r, y, 1, text_cstr(a, name), ROLE_TEXT_DIM);
    draw_cut(r, y, 12, r.cols - 13, value, role, TEXT_CUT_END);
    return y + 1;
}

static struct text touches(const struct leeway_plan *plan, struct arena *a)
{
    struct text names[6], t;
    size_t n = plan->n_targets < 6 ? plan->n_targets : 6, protected_ = 0;
    for (size_t i = 0; i < n; i++)
        names[i] = plan->targets[i].cluster;
    for (size_t i = 0; i < plan->n_targets; i++)
        protected_ += plan->targets[i].protected_;
    t = text_fmt(a, "%s: %s", text_count(a, (long)plan->n_targets, "cluster", "clusters").str,
                 plan_names(a, names, n, n).str);
    if (plan->n_targets > n)
        t = text_fmt(a, "%s and %zu more", t.str, plan->n_targets - n);
    return protected_ ? text_fmt(a, "%s; %zu protected", t.str, protected_) : t;
}

static int draw_header(const struct leeway_plan *plan, struct region r)
{
    struct arena *a = canvas_arena(r.canvas);
    int end = draw_counts(plan, r);
    draw_cut(r, 0, 1, end - 2, plan->title, ROLE_TEXT_STRONG, TEXT_CUT_END);
    int y = r.rows < 10 ? 1 : fact(r, 1, "touches", touches(plan, a), ROLE_TEXT);
    if (!plan->may_apply) {
        draw_glyph(r, y, 10, GLYPH_FAILED, ROLE_STATUS_FAILED);
        y = fact(r, y, "not now", plan->why_not, ROLE_TEXT_STRONG);
    }
    if (plan->n_warnings && r.rows >= 10) {
        struct text t = plan->warnings[0];
        if (plan->n_warnings > 1)
            t = text_fmt(a, "%zu, the first: %s", plan->n_warnings, t.str);
        draw_glyph(r, y, 10, GLYPH_DEGRADED, ROLE_STATUS_DEGRADED);
        y = fact(r, y, "warnings", t, ROLE_TEXT);
    }
    return y + (r.rows >= 14);
}

static void plan_view_draw(struct view *v, struct app *a, struct region r)
{
    struct plan_view *p = (struct plan_view *)v;
    int used = draw_header(p->plan, r);
    plan_view_draw_rows(p, region_sub(r, used, 0, r.rows - used, r.cols));
}

static void plan_view_describe(struct view *v, struct app *app, struct region r)
{
    struct plan_view *p = (struct plan_view *)v;
    const struct plan_line *l = plan_view_here(p);
    struct arena *a = canvas_arena(r.canvas);
    if (!l)
        return;
    const struct leeway_plan_row *row = l->row;
    struct text t;
    if (l->field) {
        t = text_fmt(a, "%s: %s \xe2\x86\x92 %s", l->field->path.str, l->field->before.str,
                     l->field->after.str);
        if (l->field->on.len)
            t = text_fmt(a, "%s on %s", t.str, l->field->on.str);
    } else {
        t = text_fmt(a, "%s %s", leeway_plan_row_word(row), plan_row_object(a, row).str);
        if (row->namespace_.len)
            t = text_fmt(a, "%s in %s", t.str, row->namespace_.str);
        t = text_fmt(a, "%s on %s", t.str, plan_names(a, row->clusters, row->n_clusters, 5).str);
        if (row->detail.len)
            t = text_fmt(a, "%s: %s", t.str, row->detail.str);
        if (row->hint.len)
            t = text_fmt(a, "%s. %s", t.str, row->hint.str);
        if (row->checked_at_apply)
            t = text_fmt(a, "%s. It is checked when it is applied", t.str);
    }
    draw_wrapped(r, 0, 1, r.cols - 2, r.rows, t, ROLE_TEXT);
}

static size_t plan_view_path(struct view *v, struct app *app, struct arena *a, struct text *parts,
                             size_t max)
{
    struct plan_view *p = (struct plan_view *)v;
    parts[0] = p->plan->environment;
    parts[1] = p->plan->hash.len ? text_fmt(a, "plan %.8s", p->plan->hash.str) : TEXT("plan");
    return 2;
}

static void plan_view_totals(struct view *v, struct app *app, struct region r)
{
    const struct leeway_plan *plan = ((struct plan_view *)v)->plan;
    struct arena *a = canvas_arena(r.canvas);
    int from = plan->protected_ ? draw_text(r, 0, 0, TEXT("[PROTECTED]"), ROLE_BADGE_PROTECTED) : 0;
    struct text t = text_fmt(a, "r%d: %s on %s", plan->release,
                             text_count(a, plan->changes, "change", "changes").str,
                             text_count(a, (long)plan->n_targets, "cluster", "clusters").str);
    if (canvas_cols(r.canvas, t) > r.cols - from - 2)
        t = text_count(a, plan->changes, "change", "changes");
    if (canvas_cols(r.canvas, t) <= r.cols - from - 2)
        draw_right(r, 0, r.cols - 1, r.cols, t, ROLE_TEXT);
}

/* ---- keys ---- */

static bool is_risk(void *ctx, size_t row)
{
    const struct plan_line *l = plan_view_line(ctx, row);
    return !l->field && l->row->risk;
}

static void copy(struct plan_view *p)
{
    const struct plan_line *l = plan_view_here(p);
    const struct leeway_plan_row *row = l ? l->row : NULL;
    const struct leeway_plan *plan = p->plan;
    struct arena a;
    arena_init(&a);
    struct object_ref ref = {0};
    if (row && row->n_clusters)
        ref = object_ref_of(&a, row->clusters[0], row->api_version, row->object_kind,
                            row->namespace_, row->name);
    struct text get = TEXT_NONE;
    if (row && row->n_clusters)
        get = text_fmt(&a, "kubectl --context %s%s%s get %s %s -o yaml", ref.cluster.str,
                       ref.namespace_.len ? " -n " : "", ref.namespace_.str,
                       object_ref_resource(&a, &ref).str, ref.name.str);
    COPY(p->app, &p->view, {plan->hash, "the plan's hash"},
         {l && l->field ? l->field->after : TEXT_NONE, "the value in the plan"},
         {l && l->field ? l->field->before : TEXT_NONE, "the value that is there"},
         {get, "the object, by kubectl"},
         {plan->may_apply ? text_fmt(&a, "leeway apply %s%s%s", plan->hash.str,
                                     plan->protected_ ? " --confirm " : "",
                                     plan->protected_ ? plan->environment.str : "")
                          : TEXT_NONE,
          "the command that applies it"});
    arena_clear(&a);
}

static struct text plan_view_link(struct view *v, struct app *a, struct arena *arena)
{
    struct text hash = ((const struct plan_view *)v)->plan->hash;
    return hash.len ? LINK(arena, "", TEXT("plan"), hash) : TEXT_NONE;
}

static unsigned plan_view_command(struct view *v, struct app *a, enum command c)
{
    struct plan_view *p = (struct plan_view *)v;
    size_t row;
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        if (!list_seek(&p->tree.list, c == CMD_NEXT_PROBLEM ? 1 : -1, is_risk, p))
            app_info(a, "no more risks that way");
        return VIEW_REDRAW;
    case CMD_OPEN:
        if (list_at(&p->tree.list, &row))
            tree_command(&p->tree,
                         tree_is_open(&p->tree, &p->tree.nodes.items[tree_node_at(&p->tree, row)])
                             ? CMD_LEFT
                             : CMD_RIGHT);
        return VIEW_REDRAW;
    case CMD_OWNER:
        plan_view_ask_owner(p);
        return VIEW_REDRAW;
    case CMD_APPLY:
        plan_view_ask_apply(p);
        return VIEW_REDRAW;
    case CMD_COPY:
        copy(p);
        return VIEW_REDRAW;
    default:
        return tree_command(&p->tree, c);
    }
}

static const char *plan_view_why_not(struct view *v, struct app *a, enum command c,
                                     struct arena *arena)
{
    struct plan_view *p = (struct plan_view *)v;
    const struct plan_line *l = plan_view_here(p);
    switch (c) {
    case CMD_NEXT_PROBLEM:
    case CMD_PREVIOUS_PROBLEM:
        return NULL;
    case CMD_OPEN:
        return l && !l->field && l->row->n_fields ? NULL : "there is no more to it";
    case CMD_OWNER:
        if (p->waiting)
            return "the last answer is still on its way";
        if (!l ||
            !(l->field ? l->field->choice != LEEWAY_CHOICE_NONE : plan_row_is_contested(l->row)))
            return "nobody else owns this";
        return NULL;
    case CMD_APPLY:
        if (p->waiting)
            return "the last answer is still on its way";
        return p->plan->changes > 0 || !p->plan->may_apply ? NULL : "nothing would change";
    case CMD_COPY:
        return p->plan->hash.len ? NULL : "the plan has no name yet";
    default:
        return command_info(c)->flags & CMD_MOVE ? NULL : VIEW_NOT_HERE;
    }
}

/* The release of this plan runs: it is looked at where releases are. Its answer comes when it ends,
 * which may take a person at a gate. */
static unsigned plan_view_refresh(struct view *v, struct app *a)
{
    struct plan_view *p = (struct plan_view *)v;
    const struct leeway_snapshot *s = app_snapshot(a);
    for (size_t i = 0; p->applying && s && i < leeway_releases(s); i++) {
        const struct leeway_release *r = leeway_release_at(s, i);
        if (!text_equal(r->plan, p->plan->hash) || r->ended_ms)
            continue;
        p->applying = false;
        plan_view_leave(p, r->environment, r->number);
        return VIEW_DONE;
    }
    return 0;
}

static const struct view_hint hints[] = {{CMD_OPEN, "fold"},
                                         {CMD_NEXT_PROBLEM, "next risk"},
                                         {CMD_OWNER, "owner of the field"},
                                         {CMD_APPLY, "apply"},
                                         {CMD_COPY, "copy"},
                                         {CMD_NONE, NULL}};

static const struct view_ops ops = {
    .name = "plan",
    .place = PLACE_SCREEN,
    .describe_rows = 2,
    .hints = hints,
    .free = plan_view_free,
    .draw = plan_view_draw,
    .describe = plan_view_describe,
    .path = plan_view_path,
    .totals = plan_view_totals,
    .command = plan_view_command,
    .why_not = plan_view_why_not,
    .refresh = plan_view_refresh,
    .link = plan_view_link,
};

struct view *plan_view_new(struct app *a, struct leeway_plan *plan)
{
    struct plan_view *p = mem_new(struct plan_view);
    p->view.ops = &ops;
    p->app = a;
    p->plan = leeway_plan_ref(plan);
    tree_init(&p->tree);
    plan_view_build(p);
    return &p->view;
}

static void planned(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else if (!ev->plan)
        app_error(a, "there is nothing to plan");
    else if (app_top(a) == owner)
        app_push(a, plan_view_new(a, ev->plan));
    else
        app_info(a, "plan %.8s of %s is ready; ask for it again where you asked",
                 ev->plan->hash.str, ev->plan->environment.str);
}

bool plan_view_request(struct app *a, struct view *owner, const struct leeway_command *c)
{
    if (!app_request(a, owner, c, planned))
        return false;
    app_info(a, "planning");
    return true;
}
