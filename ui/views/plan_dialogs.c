// SPDX-License-Identifier: Apache-2.0
/*
 * The two dialogs of a plan. Whose field it is: another choice is another plan with another hash.
 * Apply: what is lost and who acts, in words, before the one button that sends anything.
 */
#include "views/plan_view_int.h"
#include "views/words.h"
#include "widget/dialog.h"

#include <string.h>

#define LINES_MAX 24

struct lines {
    struct arena *a;
    struct text text[LINES_MAX];
    bool danger[LINES_MAX];
    size_t n;
};

static void say(struct lines *l, bool danger, struct text t)
{
    if (l->n == LINES_MAX)
        return;
    l->danger[l->n] = danger;
    l->text[l->n++] = t;
}

/* ---- whose field it is ---- */

struct owner_question {
    struct plan_view *p;
    struct arena arena;
    uint32_t row;
    const char *path;
};

static void chosen(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct plan_view *p = (struct plan_view *)owner;
    p->waiting = false;
    if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else if (ev->plan)
        plan_view_take(p, ev->plan);
}

static void owner_answered(struct app *a, void *ctx, int button)
{
    static const enum leeway_choice choices[] = {LEEWAY_CHOICE_OPEN, LEEWAY_CHOICE_TAKE_OVER,
                                                 LEEWAY_CHOICE_KEEP_THEIRS, LEEWAY_CHOICE_STOP};
    struct owner_question *q = ctx;
    if (a && button > 0) {
        const struct leeway_command c = {.kind = LEEWAY_CMD_PLAN_CHOOSE,
                                         .plan = q->p->plan->hash.str,
                                         .row = q->row,
                                         .paths = &q->path,
                                         .n_paths = 1,
                                         .choice = choices[button]};
        q->p->waiting = app_request(a, &q->p->view, &c, chosen);
    }
    arena_clear(&q->arena);
    mem_free(q);
}

static void owner_lines(struct lines *l, const struct leeway_plan_field *f)
{
    struct arena *a = l->a;
    say(l, false,
        text_fmt(a, "%s%s%s.", f->on.str, f->on.len ? ": " : "", plan_field_has(a, f).str));
}

/* The first field of a row that is to be decided, else the first that was. */
static const struct leeway_plan_field *next_choice(const struct leeway_plan_row *row, size_t *open)
{
    const struct leeway_plan_field *first = NULL, *decided = NULL;
    *open = 0;
    for (size_t i = 0; i < row->n_fields; i++) {
        const struct leeway_plan_field *f = &row->fields[i];
        if (f->choice == LEEWAY_CHOICE_OPEN) {
            first = first ? first : f;
            *open += 1;
        } else if (f->choice != LEEWAY_CHOICE_NONE && !decided) {
            decided = f;
        }
    }
    return first ? first : decided;
}

void plan_view_ask_owner(struct plan_view *p)
{
    const struct plan_line *here = plan_view_here(p);
    struct owner_question *q = mem_new(struct owner_question);
    arena_init(&q->arena);
    q->p = p;
    q->row = here->row->number;
    size_t open = 0;
    const struct leeway_plan_field *f = here->field ? here->field : next_choice(here->row, &open);
    q->path = text_dup(&q->arena, f->path).str;
    struct lines l = {.a = &q->arena};
    say(&l, false, f->path);
    owner_lines(&l, f);
    if (open > 1)
        say(&l, false,
            text_fmt(&q->arena, "After it, %s of this object to decide.",
                     text_count(&q->arena, (long)open - 1, "field", "fields").str));
    say(&l, false, TEXT_NONE);
    say(&l, false, TEXT("Take over    leeway sets it and owns it from then on."));
    say(&l, false, TEXT("Keep theirs  this plan leaves it as it is and does not own it."));
    say(&l, false, TEXT("Stop         leeway gives it up and applies it no more."));
    static const struct dialog_button buttons[] = {
        {"Take over", NULL}, {"Keep theirs", NULL}, {"Stop", NULL}};
    struct dialog_spec spec = {
        .title = text_fmt(&q->arena, "Whose is it: %s", plan_row_object(&q->arena, here->row).str),
        .lines = l.text,
        .n_lines = l.n,
        .danger = l.danger,
        .buttons = buttons,
        .n_buttons = ARRAY_LEN(buttons),
        .done = owner_answered,
        .ctx = q};
    app_push(p->app, dialog_new(&spec));
}

/* ---- apply ---- */

static size_t rows_of(const struct leeway_plan *plan, enum leeway_action action)
{
    size_t n = 0;
    for (size_t i = 0; i < plan->n_rows; i++)
        n += plan->rows[i].action == action;
    return n;
}

static bool is_on(const struct leeway_plan_row *row, struct text cluster)
{
    for (size_t i = 0; i < row->n_clusters; i++)
        if (text_equal(row->clusters[i], cluster))
            return true;
    return false;
}

/* More than 30 % of a target and more than 3 objects go. */
static bool prunes_much(const struct leeway_plan *plan, struct text cluster, size_t *gone,
                        size_t *all)
{
    *gone = *all = 0;
    for (size_t i = 0; i < plan->n_rows; i++) {
        if (!is_on(&plan->rows[i], cluster) || plan->rows[i].action == LEEWAY_ACTION_CREATE ||
            plan->rows[i].action == LEEWAY_ACTION_ERROR)
            continue; /* what is not there yet makes a target no larger */
        *all += 1;
        *gone += plan->rows[i].action == LEEWAY_ACTION_DELETE;
    }
    return *gone > 3 && *gone * 10 > *all * 3;
}

static bool deletes_shared(const struct leeway_plan *plan)
{
    for (size_t i = 0; i < plan->n_rows; i++)
        if (plan->rows[i].shared_kind && plan->rows[i].action == LEEWAY_ACTION_DELETE)
            return true;
    return false;
}

static void say_rows(struct lines *l, const struct leeway_plan *plan, enum leeway_action action,
                     const char *one, const char *many)
{
    size_t n = rows_of(plan, action), shown = 0;
    if (!n)
        return;
    struct text names = TEXT_NONE;
    for (size_t i = 0; i < plan->n_rows && shown < 4; i++) {
        const struct leeway_plan_row *row = &plan->rows[i];
        if (row->action != action)
            continue;
        names = text_fmt(l->a, "%s%s%s", names.str, shown++ ? ", " : "",
                         plan_row_object(l->a, row).str);
    }
    struct text t = text_fmt(l->a, "%s: %s", text_count(l->a, (long)n, one, many).str, names.str);
    if (n > shown)
        t = text_fmt(l->a, "%s and %zu more", t.str, n - shown);
    say(l, action == LEEWAY_ACTION_DELETE || action == LEEWAY_ACTION_REPLACE,
        text_fmt(l->a, "%s.", t.str));
    for (size_t i = 0; i < plan->n_rows && n <= 4; i++)
        if (plan->rows[i].action == action && plan->rows[i].detail.len)
            say(l, action == LEEWAY_ACTION_DELETE,
                text_fmt(l->a, "%s%s%s.", n > 1 ? plan->rows[i].name.str : "", n > 1 ? ": " : "",
                         plan->rows[i].detail.str));
}

static void say_targets(struct lines *l, const struct leeway_plan *plan)
{
    struct text names[8];
    size_t n = plan->n_targets < 8 ? plan->n_targets : 8, protected_ = 0;
    for (size_t i = 0; i < plan->n_targets; i++)
        protected_ += plan->targets[i].protected_;
    for (size_t i = 0; i < n; i++)
        names[i] = plan->targets[i].cluster;
    struct text on = text_count(l->a, (long)plan->n_targets, "cluster", "clusters");
    if (protected_ == plan->n_targets && protected_)
        on = text_count(l->a, (long)plan->n_targets, "protected cluster", "protected clusters");
    else if (protected_)
        on = text_fmt(l->a, "%s, %zu of them protected", on.str, protected_);
    struct text list = plan_names(l->a, names, n, n);
    if (plan->n_targets > n)
        list = text_fmt(l->a, "%s and %zu more", list.str, plan->n_targets - n);
    say(l, false,
        text_fmt(l->a, "%s on %s: %s.", text_count(l->a, plan->changes, "change", "changes").str,
                 on.str, list.str));
}

static void say_identity(struct lines *l, const struct leeway_plan *plan)
{
    for (size_t i = 0; i < plan->n_targets && i < 3; i++) {
        const struct leeway_plan_target *t = &plan->targets[i];
        if (i == 0 || !text_equal(t->identity, plan->targets[0].identity))
            say(l, false,
                text_fmt(l->a, "You act as %s%s%s.", t->identity.len ? t->identity.str : "?",
                         i ? " on " : "", i ? t->cluster.str : ""));
    }
    bool all = true;
    for (size_t i = 0; i < plan->n_targets; i++) {
        if (plan->targets[i].may.len)
            say(l, true,
                text_fmt(l->a, "%s does not allow: %s.", plan->targets[i].cluster.str,
                         plan->targets[i].may.str));
        all = all && !plan->targets[i].may.len;
    }
    if (all)
        say(l, false,
            plan->n_targets == 1 ? TEXT("The cluster allows every change.")
                                 : TEXT("Every cluster allows its changes."));
}

struct apply_question {
    struct plan_view *p;
    bool prune_anyway, confirm_shared;
};

void plan_view_leave(struct plan_view *p, struct text environment, int32_t release)
{
    struct app *a = p->app;
    struct arena arena;
    arena_init(&arena);
    app_info(a, "%s r%d is on its way", environment.str, release);
    if (app_top(a) == &p->view && !app_why_not(a, CMD_ACTIVITY, &arena))
        app_run_command(a, CMD_ACTIVITY);
    arena_clear(&arena);
}

static void applied(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct plan_view *p = (struct plan_view *)owner;
    p->waiting = p->applying = false;
    if (ev->kind == LEEWAY_EVENT_FAILED) {
        app_say_failed(a, ev);
        return;
    }
    plan_view_leave(p, p->plan->environment, p->plan->release);
}

static void apply_answered(struct app *a, void *ctx, int button)
{
    struct apply_question *q = ctx;
    if (a && button > 0) {
        const struct leeway_command c = {.kind = LEEWAY_CMD_APPLY,
                                         .plan = q->p->plan->hash.str,
                                         .confirm = q->p->plan->environment.str,
                                         .prune_anyway = q->prune_anyway,
                                         .confirm_shared = q->confirm_shared};
        q->p->waiting = app_request(a, &q->p->view, &c, applied);
        q->p->applying = q->p->waiting;
        if (q->p->waiting)
            app_info(a, "plan %.8s is being applied", q->p->plan->hash.str);
    }
    mem_free(q);
}

static void say_plan(struct lines *l, const struct leeway_plan *plan, struct apply_question *q)
{
    say_targets(l, plan);
    if (plan->rollout.len)
        say(l, false, text_fmt(l->a, "In stages: %s.", plan->rollout.str));
    say_rows(l, plan, LEEWAY_ACTION_DELETE, "deletion", "deletions");
    say_rows(l, plan, LEEWAY_ACTION_REPLACE, "replacement", "replacements");
    say_rows(l, plan, LEEWAY_ACTION_TAKE_OVER, "take-over", "take-overs");
    for (size_t i = 0; i < plan->n_targets; i++) {
        size_t gone, all;
        if (!prunes_much(plan, plan->targets[i].cluster, &gone, &all))
            continue;
        q->prune_anyway = true;
        say(l, true,
            text_fmt(l->a, "%zu of %zu objects on %s go. That is much.", gone, all,
                     plan->targets[i].cluster.str));
    }
    if (plan->n_warnings)
        say(l, false,
            text_fmt(l->a, "%s: %s",
                     text_count(l->a, (long)plan->n_warnings, "warning", "warnings").str,
                     plan->warnings[0].str));
    say(l, false, TEXT_NONE);
    say_identity(l, plan);
}

static void push_apply(struct plan_view *p, struct apply_question *q)
{
    const struct leeway_plan *plan = p->plan;
    struct arena arena;
    arena_init(&arena);
    struct lines l = {.a = &arena};
    say_plan(&l, plan, q);
    const struct dialog_button button = {
        text_fmt(&arena, "Apply %s", text_count(&arena, plan->changes, "change", "changes").str)
            .str,
        plan->may_apply     ? NULL
        : plan->why_not.len ? plan->why_not.str
                            : "it cannot be applied"};
    struct dialog_spec spec = {
        .title = text_fmt(&arena, "Apply plan %.8s to %s", plan->hash.str, plan->environment.str),
        .lines = l.text,
        .n_lines = l.n,
        .danger = l.danger,
        .protected_ = plan->protected_,
        .type_name = plan->protected_ && plan->may_apply ? plan->environment : TEXT_NONE,
        .buttons = &button,
        .n_buttons = 1,
        .done = apply_answered,
        .ctx = q};
    app_push(p->app, dialog_new(&spec));
    arena_clear(&arena);
}

static void shared_answered(struct app *a, void *ctx, int button)
{
    struct apply_question *q = ctx;
    if (!a || button == 0) {
        mem_free(q);
        return;
    }
    q->confirm_shared = true;
    push_apply(q->p, q);
}

/* Kinds that others live in are asked for by themselves, before the rest. */
static void ask_shared(struct plan_view *p, struct apply_question *q)
{
    struct arena arena;
    arena_init(&arena);
    struct lines l = {.a = &arena};
    say(&l, false, TEXT("Others may live in these, or use them:"));
    for (size_t i = 0; i < p->plan->n_rows; i++) {
        const struct leeway_plan_row *row = &p->plan->rows[i];
        if (row->shared_kind && row->action == LEEWAY_ACTION_DELETE)
            say(&l, true,
                text_fmt(&arena, "%s on %s. %s", plan_row_object(&arena, row).str,
                         plan_names(&arena, row->clusters, row->n_clusters, 4).str,
                         row->detail.str));
    }
    const struct dialog_button button = {"Go on, they are to be deleted", NULL};
    struct dialog_spec spec = {.title = TEXT("Deletion of what is shared"),
                               .lines = l.text,
                               .n_lines = l.n,
                               .danger = l.danger,
                               .protected_ = true,
                               .buttons = &button,
                               .n_buttons = 1,
                               .done = shared_answered,
                               .ctx = q};
    app_push(p->app, dialog_new(&spec));
    arena_clear(&arena);
}

void plan_view_ask_apply(struct plan_view *p)
{
    struct apply_question *q = mem_new(struct apply_question);
    q->p = p;
    if (deletes_shared(p->plan) && p->plan->may_apply)
        ask_shared(p, q);
    else
        push_apply(p, q);
}
