// SPDX-License-Identifier: Apache-2.0
/* A plan in sentences: whether it may be applied, risks first, each change with its fields. */
#include "plain/views.h"

#include "views/plan_view_int.h"

static struct text names(struct plain *p, const struct text *t, size_t n)
{
    return plan_names(plain_arena(p), t, n, n);
}

static struct text targets(struct plain *p, const struct leeway_plan *plan)
{
    struct arena *a = plain_arena(p);
    struct text t = TEXT_NONE;
    for (size_t i = 0; i < plan->n_targets; i++)
        t = text_fmt(a, "%s%s%s%s", t.str, i ? ", " : "", plan->targets[i].cluster.str,
                     plan->targets[i].protected_ ? " (protected)" : "");
    return t;
}

static void say_head(struct plain *p, const struct leeway_plan *plan)
{
    struct arena *a = plain_arena(p);
    struct text t = TEXT_NONE;
    plain_fact(p, "Release r%d of %s: %s on %s: %s", plan->release, plan->environment.str,
               text_count(a, plan->changes, "change", "changes").str,
               text_count(a, (long)plan->n_targets, "cluster", "clusters").str,
               targets(p, plan).str);
    if (plan->title.len)
        plain_fact(p, "It is: %s", plain_words(p, plan->title).str);
    for (int i = 0; i < LEEWAY_ACTION_COUNT; i++)
        if (plan->counts[i] > 0)
            t = text_fmt(a, "%s%s%d %s", t.str, t.len ? ", " : "", plan->counts[i],
                         leeway_action_word((enum leeway_action)i));
    if (t.len)
        plain_fact(p, "Objects: %s", t.str);
    if (!plan->may_apply)
        plain_fact(p, "It cannot be applied now: %s", plain_words(p, plan->why_not).str);
    if (plan->protected_)
        plain_fact(p, "Protected: to apply it the name %s is typed", plan->environment.str);
    for (size_t i = 0; i < plan->n_warnings; i++)
        plain_fact(p, "Warning: %s", plain_words(p, plan->warnings[i]).str);
    for (size_t i = 0; i < plan->n_targets; i++)
        if (plan->targets[i].may.len)
            plain_fact(p, "%s does not allow: %s", plan->targets[i].cluster.str,
                       plan->targets[i].may.str);
}

static struct text value(struct text t)
{
    return !t.len || text_equal(t, TEXT("-")) ? TEXT("none") : t;
}

static void say_field(struct plain *p, const struct leeway_plan_field *f)
{
    struct arena *a = plain_arena(p);
    struct text t =
        text_fmt(a, "Field %s: %s to %s", f->path.str, value(f->before).str, value(f->after).str);
    if (f->on.len)
        t = text_fmt(a, "%s, on %s", t.str, f->on.str);
    if (f->note.len)
        t = text_fmt(a, "%s; %s", t.str, f->note.str);
    if (f->owner.len)
        t = text_fmt(a, "%s; %s owns it: %s", t.str, f->owner.str, plan_choice_words(f->choice));
    plain_fact(p, "%s", t.str);
}

static void say_row(struct plain *p, struct plan_view *v, const struct leeway_plan_row *row)
{
    struct arena *a = plain_arena(p);
    uint64_t uid = ((uint64_t)row->number + 1) << 24; /* as plan_view_build has it */
    struct text t = text_fmt(a, "%s%s %s", row->risk ? "risk: " : "", leeway_plan_row_word(row),
                             plan_row_object(a, row).str);
    if (row->namespace_.len)
        t = text_fmt(a, "%s in %s", t.str, row->namespace_.str);
    t = text_fmt(a, "%s on %s", t.str, names(p, row->clusters, row->n_clusters).str);
    if (row->detail.len)
        t = text_fmt(a, "%s: %s", t.str, row->detail.str);
    if (row->hint.len)
        t = text_fmt(a, "%s. %s", t.str, row->hint.str);
    if (row->cause.len)
        t = text_fmt(a, "%s; because of %s", t.str, row->cause.str);
    if (row->checked_at_apply)
        t = text_fmt(a, "%s; checked when it is applied", t.str);
    plain_row(p, &v->tree.list, uid, -1, "%s", plain_words(p, t).str);
    plain_last(p)->command = CMD_DETAILS;
    for (size_t i = 0; i < row->n_fields; i++)
        say_field(p, &row->fields[i]);
    if (!plan_row_is_contested(row))
        return;
    plain_row(p, &v->tree.list, uid, -1, "decide whose it is: %s", plan_row_object(a, row).str);
    plain_last(p)->command = CMD_OWNER;
}

void plain_plan_say(struct plain *p, struct view *view)
{
    struct plan_view *v = (struct plan_view *)view;
    size_t rows = 0;
    say_head(p, v->plan);
    for (size_t i = 0; i < v->plan->n_rows; i++) {
        if (v->plan->rows[i].action == LEEWAY_ACTION_AS_IS)
            continue;
        say_row(p, v, &v->plan->rows[i]);
        rows++;
    }
    if (!rows)
        plain_fact(p, "Nothing would change: everything is as this plan wants it");
    if (v->plan->changes > 0)
        plain_way(p, CMD_APPLY, "apply %s",
                  text_count(plain_arena(p), v->plan->changes, "change", "changes").str);
}
