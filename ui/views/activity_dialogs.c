// SPDX-License-Identifier: Apache-2.0
/*
 * The dialogs of releases: pause, resume, abort; and the gate, which has its own. Both start on the
 * button that changes nothing; what they do touches leeway's own records, and is in the audit.
 */
#include "views/activity_int.h"
#include "widget/dialog.h"

struct release_question {
    struct activity *v;
    uint64_t release;
    enum leeway_command_kind first; /* of the button after Cancel; the last one aborts */
    struct arena arena;
    const char *stage; /* of a gate; NULL: it is none */
};

static void told(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    if (ev->kind == LEEWAY_EVENT_FAILED)
        app_say_failed(a, ev);
    else
        app_info(a, "%s", ev->text.len ? ev->text.str : "the release was told");
}

static void release_answered(struct app *a, void *ctx, int button)
{
    struct release_question *q = ctx;
    if (a && button > 0) {
        const struct leeway_command c = {.kind = button == 1 ? q->first : LEEWAY_CMD_ABORT,
                                         .name = q->stage,
                                         .release = q->release};
        app_request(a, &q->v->view, &c, told);
    }
    arena_clear(&q->arena);
    mem_free(q);
}

static struct release_question *question_new(struct activity *v, const struct leeway_release *x)
{
    struct release_question *q = mem_new(struct release_question);
    arena_init(&q->arena);
    q->v = v;
    q->release = x->id;
    return q;
}

/* By this process, or by the one that this console looks on at. */
static bool is_run(const struct activity *v, const struct leeway_release *x)
{
    const struct leeway_fleet_info *fleet = leeway_snapshot_fleet(v->snapshot);
    return x->here || (fleet && fleet->spectator);
}

/* What the button does to a release that stands still. */
static struct text resume_words(const struct activity *v, struct arena *a,
                                const struct leeway_release *x)
{
    if (x->rollout.len)
        return text_fmt(a, "Resume  what holds it is let pass: %s.", x->rollout.str);
    return is_run(v, x) ? TEXT("Resume  the targets that are left go on.")
                        : TEXT("Resume  nobody runs it; it is taken up here and goes on.");
}

void activity_ask_release(struct activity *v)
{
    const struct leeway_release *x = activity_here(v);
    bool paused = x->state == LEEWAY_RELEASE_PAUSED;
    struct release_question *q = question_new(v, x);
    struct arena *a = &q->arena;
    q->first = paused ? LEEWAY_CMD_RESUME : LEEWAY_CMD_PAUSE;
    const struct text lines[] = {
        text_fmt(a, "%d of %d targets are done.", x->targets_done, x->targets), TEXT_NONE,
        paused ? resume_words(v, a, x)
               : TEXT("Pause   what is being sent is finished; nothing further begins."),
        TEXT("Abort   stops at the next safe point. What was applied stays as it is.")};
    const bool danger[] = {false, false, false, true};
    const struct dialog_button buttons[] = {{paused ? "Resume" : "Pause", NULL}, {"Abort", NULL}};
    struct dialog_spec spec = {.title = text_fmt(a, "Release r%d of %s, %s", x->number,
                                                 x->environment.str, activity_state(x).word),
                               .lines = lines,
                               .n_lines = ARRAY_LEN(lines),
                               .danger = danger,
                               .buttons = buttons,
                               .n_buttons = ARRAY_LEN(buttons),
                               .done = release_answered,
                               .ctx = q};
    app_push(v->app, dialog_new(&spec));
}

/* ---- the gate ---- */

static bool is_of(const struct leeway_release *x, const struct leeway_release_target *t,
                  const struct leeway_release_stage *s)
{
    return t->stage >= 0 && (size_t)t->stage < x->n_stages && &x->stages[t->stage] == s;
}

/* "dev-eu-1, dev-ap-1 and 3 more" */
static struct text targets_words(struct arena *a, const struct leeway_release *x,
                                 const struct leeway_release_stage *s)
{
    struct text t = TEXT_NONE;
    size_t n = 0;
    for (size_t i = 0; i < x->n_target_rows; i++)
        if (is_of(x, &x->target_rows[i], s) && n++ < 6)
            t = text_fmt(a, "%s%s%s", t.str, t.len ? ", " : "", x->target_rows[i].cluster.str);
    return n > 6 ? text_fmt(a, "%s and %zu more", t.str, n - 6) : t;
}

/* How the clusters before it are, the worst in words. */
static struct text before_words(struct activity *v, struct arena *a, const struct leeway_release *x,
                                const struct leeway_release_stage *s)
{
    const struct leeway_release_target *worst = NULL;
    size_t n = 0, well = 0;
    for (size_t i = 0; i < x->n_target_rows; i++) {
        const struct leeway_release_target *t = &x->target_rows[i];
        if (t->stage < 0 || &x->stages[t->stage] >= s)
            continue;
        n++;
        well += t->state == LEEWAY_OK;
        worst = !worst || t->state < worst->state ? t : worst;
    }
    if (!n)
        return TEXT("Nothing was sent before it.");
    struct text t = text_fmt(a, "So far %zu of %s healthy; %s: %s.", well,
                             text_count(a, (long)n, "target is", "targets are").str,
                             worst->cluster.str, activity_target_words(v, a, worst).str);
    return t;
}

void activity_ask_gate(struct activity *v, const struct leeway_release_stage *s)
{
    const struct leeway_release *x = activity_here(v);
    const struct leeway_fleet_info *fleet = leeway_snapshot_fleet(v->snapshot);
    struct release_question *q = question_new(v, x);
    struct arena *a = &q->arena;
    q->first = LEEWAY_CMD_APPROVE;
    q->stage = text_dup(a, s->name).str;
    struct text how = s->at_once == 1 && s->targets > 1 ? TEXT(", one by one")
                      : s->at_once < s->targets         ? text_fmt(a, ", %d at a time", s->at_once)
                                                        : TEXT_NONE;
    struct text budget = s->budget ? text_fmt(a, " %d may fail before it is held.", s->budget)
                                   : TEXT(" It is held when one fails.");
    const struct text lines[] = {
        before_words(v, a, x, s), TEXT_NONE,
        text_fmt(a, "What begins: %s on %s: %s%s.", s->name.str,
                 text_count(a, s->targets, "cluster", "clusters").str, targets_words(a, x, s).str,
                 how.str),
        text_fmt(a, "%s, plan %.8s.%s", x->title.str, x->plan.str, budget.str),
        fleet && fleet->identity.len
            ? text_fmt(a, "That %s opened it stays on record.", fleet->identity.str)
            : TEXT("That you opened it stays on record.")};
    const char *why = NULL;
    if (app_read_only(v->app) && !(fleet && fleet->spectator))
        why = "this console only looks on";
    else if (!is_run(v, x))
        why = "nobody runs this release now: resume it first (S)";
    const struct dialog_button button = {"Open the gate", why};
    struct dialog_spec spec = {.title = text_fmt(a, "Gate before %s of %s r%d", s->name.str,
                                                 x->environment.str, x->number),
                               .lines = lines,
                               .n_lines = ARRAY_LEN(lines),
                               .stay = "Keep waiting",
                               .buttons = &button,
                               .n_buttons = 1,
                               .done = release_answered,
                               .ctx = q};
    app_push(v->app, dialog_new(&spec));
}
