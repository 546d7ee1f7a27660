// SPDX-License-Identifier: Apache-2.0
/* A record in words: what it was, by whom, how it ended, and what cannot come back. */
#include "views/history_int.h"
#include "views/states.h"
#include "views/words.h"

#include <string.h>

static const struct {
    enum leeway_state state;
    const char *word;
} ends[] = {[LEEWAY_RELEASE_RUNNING] = {LEEWAY_CHANGING, "runs"},
            [LEEWAY_RELEASE_PAUSED] = {LEEWAY_ASLEEP, "paused"},
            [LEEWAY_RELEASE_ABORTING] = {LEEWAY_CHANGING, "stops"},
            [LEEWAY_RELEASE_DONE] = {LEEWAY_OK, "done"},
            [LEEWAY_RELEASE_FAILED] = {LEEWAY_FAILED, "failed"},
            [LEEWAY_RELEASE_ABORTED] = {LEEWAY_DEGRADED, "aborted"}};

static int64_t now_of(const struct history_view *v)
{
    return clock_wall_ms(app_clock(v->app));
}

static struct text when(const struct history_view *v, struct arena *a, int64_t ms)
{
    return ms ? zone_when(a, app_zone(v->app), ms, now_of(v)) : TEXT("?");
}

static struct text exact(const struct history_view *v, struct arena *a, int64_t ms)
{
    return ms ? zone_exact(a, app_zone(v->app), ms) : TEXT("?");
}

enum leeway_state history_state(const struct history_view *v, const struct past_row *p)
{
    switch (p->kind) {
    case PAST_RELEASE:
        return ends[p->of.release->state].state;
    case PAST_PLAN:
        return p->of.plan->release ? LEEWAY_OK : LEEWAY_PENDING;
    case PAST_ANSWER:
        return p->of.answer->expired ? LEEWAY_OK : LEEWAY_ACCEPTED;
    default:
        return LEEWAY_ACCEPTED; /* a decision */
    }
}

struct text history_environment(const struct past_row *p, struct arena *a)
{
    switch (p->kind) {
    case PAST_RELEASE:
        return p->of.release->environment;
    case PAST_PLAN:
        return p->of.plan->environment;
    case PAST_ANSWER:
        return p->of.answer->environment;
    default:
        return text_part(a, p->of.act->subject, 0, (uint32_t)strcspn(p->of.act->subject.str, " "));
    }
}

/* JSON of a record for a person: without braces and quotes. */
static struct text plainly(struct arena *a, struct text json)
{
    char *s = arena_alloc(a, json.len * 2 + 1), *to = s;
    for (const char *c = json.str; *c; c++) {
        if (*c == '{' || *c == '}' || *c == '"')
            continue;
        *to++ = *c;
        if ((*c == ':' || *c == ',') && c[1] == '"')
            *to++ = ' ';
    }
    *to = '\0';
    return text_cstr(a, s);
}

static struct text answer_words(struct arena *a, const struct leeway_answer *x)
{
    struct text object = words_object(a, x->object_kind, x->name);
    struct text t = text_fmt(a, "%s %s %s", x->handed_over ? "hand over" : "exception", object.str,
                             x->path.len ? words_path(a, x->path, 30).str : "as a whole");
    return x->handed_over || !x->accepts.len ? t : text_fmt(a, "%s %s", t.str, x->accepts.str);
}

/* What was done, then to what; in the history of one environment without its name. */
static struct text act_words(const struct history_view *v, struct arena *a,
                             const struct leeway_past_act *x)
{
    struct text subject = x->subject;
    size_t n = v->scope.len;
    if (n && strncmp(subject.str, v->scope.str, n) == 0 && subject.str[n] == ' ')
        subject = text_part(a, subject, (uint32_t)n + 1, subject.len - (uint32_t)n - 1);
    return text_fmt(a, "%s: %s", x->action.str, subject.str);
}

/* Its detail, without the plan that a release's rows all name. */
static struct text act_detail(struct arena *a, const struct leeway_past_act *x)
{
    struct text t = plainly(a, x->detail);
    if (strncmp(t.str, "plan: ", 6) != 0)
        return t;
    const char *rest = strstr(t.str, ", ");
    uint32_t at = rest ? (uint32_t)(rest - t.str) + 2 : t.len;
    return text_part(a, t, at, t.len - at);
}

struct text history_what(const struct history_view *v, struct arena *a, const struct past_row *p)
{
    const char *env = v->scope.len ? "" : history_environment(p, a).str;
    const char *gap = *env ? " " : "";
    switch (p->kind) {
    case PAST_RELEASE:
        return text_fmt(a, "%s%sr%d  %s", env, gap, p->of.release->number,
                        p->of.release->title.str);
    case PAST_PLAN:
        return text_fmt(a, "%s%splan %.8s  %s", env, gap, p->of.plan->hash.str,
                        p->of.plan->title.str);
    case PAST_ANSWER:
        return text_fmt(a, "%s%s%s", env, gap, answer_words(a, p->of.answer).str);
    default:
        return act_words(v, a, p->of.act);
    }
}

struct text history_by(const struct past_row *p)
{
    switch (p->kind) {
    case PAST_RELEASE:
        return p->of.release->by;
    case PAST_PLAN:
        return p->of.plan->by;
    case PAST_ANSWER:
        return p->of.answer->by;
    default:
        return p->of.act->by;
    }
}

static struct text release_ended(struct arena *a, const struct leeway_past_release *x)
{
    const char *word = ends[x->state].word;
    struct text t = text_cstr(a, word);
    if (x->state == LEEWAY_RELEASE_FAILED && x->failed > 0)
        t = text_fmt(a, "%s on %d of %d", word, x->failed, x->targets);
    else if (x->state == LEEWAY_RELEASE_ABORTED)
        t = text_fmt(a, "%s, %d of %d done", word, x->done, x->targets);
    else if (x->state == LEEWAY_RELEASE_DONE && x->changed_ms > x->started_ms)
        t = text_fmt(a, "%s in %s", word, age_words(a, (x->changed_ms - x->started_ms) / 1000).str);
    return t;
}

struct text history_ended(const struct history_view *v, struct arena *a, const struct past_row *p)
{
    switch (p->kind) {
    case PAST_RELEASE:
        return release_ended(a, p->of.release);
    case PAST_PLAN:
        return p->of.plan->release ? text_fmt(a, "applied as r%d", p->of.plan->release)
                                   : TEXT("not applied");
    case PAST_ANSWER: {
        const struct leeway_answer *x = p->of.answer;
        if (!x->expires_ms)
            return x->handed_over ? TEXT("for good") : TEXT("without an end");
        return text_fmt(a, "%s %s", x->expired ? "ended" : "until", when(v, a, x->expires_ms).str);
    }
    default:
        return act_detail(a, p->of.act);
    }
}

static struct text release_words(const struct history_view *v, struct arena *a,
                                 const struct leeway_past_release *x)
{
    struct text t = text_fmt(a, "r%d of %s, %s, plan %.8s: %s", x->number, x->environment.str,
                             x->title.str, x->plan.str, release_ended(a, x).str);
    if (x->newest)
        t = text_fmt(a, "%s; what is given now", t.str);
    if (x->problem.len)
        t = text_fmt(a, "%s. %s", t.str, x->problem.str);
    else if (x->reason.len)
        t = text_fmt(a, "%s. %s", t.str, x->reason.str);
    if (x->lost.len)
        t = text_fmt(a, "%s. %s; a release brings no data back", t.str, x->lost.str);
    return t;
}

struct text history_in_words(const struct history_view *v, struct arena *a,
                             const struct past_row *p)
{
    switch (p->kind) {
    case PAST_RELEASE:
        return release_words(v, a, p->of.release);
    case PAST_PLAN:
        return text_fmt(a, "Plan %.12s of %s, %s, %s by %s.", p->of.plan->hash.str,
                        p->of.plan->environment.str, p->of.plan->title.str,
                        history_ended(v, a, p).str, p->of.plan->by.str);
    case PAST_ANSWER: {
        const struct leeway_answer *x = p->of.answer;
        struct text t =
            text_fmt(a, "%s/%s %s on %s: %s, %s", x->object_kind.str, x->name.str, x->path.str,
                     x->cluster.len ? x->cluster.str : "every cluster",
                     x->handed_over ? "handed over" : "accepted", history_ended(v, a, p).str);
        if (!x->expired)
            t = text_fmt(a, "%s, covers %u now", t.str, x->standing);
        return text_fmt(a, "%s. %s", t.str, x->reason.str);
    }
    default:
        return text_fmt(a, "%s: %s by %s. %s", p->of.act->subject.str, p->of.act->action.str,
                        p->of.act->by.str, plainly(a, p->of.act->detail).str);
    }
}

struct text history_audit_words(const struct history_view *v, struct arena *a)
{
    const struct leeway_history *h = v->history;
    if (!h)
        return TEXT_NONE;
    if (h->audit_problem.len)
        return h->audit_problem;
    if (!h->audit_rows)
        return TEXT("no row yet");
    return text_fmt(a, "%s since %s, chain unbroken",
                    text_count(a, (long)h->audit_rows, "row", "rows").str,
                    zone_when(a, app_zone(v->app), h->audit_since_ms, now_of(v)).str);
}

/* ---- every fact of it ---- */

struct facts {
    struct arena *a;
    struct text *lines;
    size_t n, max;
};

static void fact(struct facts *f, const char *name, struct text value)
{
    if (value.len && f->n < f->max)
        f->lines[f->n++] = text_fmt(f->a, "%-12s %s", name, value.str);
}

static void release_facts(const struct history_view *v, struct facts *f,
                          const struct leeway_past_release *x)
{
    fact(f, "what", x->title);
    fact(f, "kind", x->kind);
    fact(f, "plan", x->plan);
    fact(f, "by", x->by);
    fact(f, "began", exact(v, f->a, x->started_ms));
    fact(f, "ended", release_ended(f->a, x));
    fact(f, "last moved", exact(v, f->a, x->changed_ms));
    fact(f, "targets", text_fmt(f->a, "%d, %d done, %d failed", x->targets, x->done, x->failed));
    fact(f, "problem", x->problem);
    fact(f, "reason", x->reason);
    fact(f, "lost", x->lost);
}

static void answer_facts(const struct history_view *v, struct facts *f,
                         const struct leeway_answer *x)
{
    fact(f, "object",
         text_fmt(f->a, "%s/%s in %s", x->object_kind.str, x->name.str,
                  x->namespace_.len ? x->namespace_.str : "no namespace"));
    fact(f, "field", x->path.len ? x->path : TEXT("the object as a whole"));
    fact(f, "on", x->cluster.len ? x->cluster : TEXT("every cluster"));
    fact(f, x->within ? "within" : "value", x->accepts);
    fact(f, "from", x->manager);
    fact(f, "reason", x->reason);
    fact(f, "by", x->by);
    fact(f, "since", exact(v, f->a, x->created_ms));
    if (x->expires_ms)
        fact(f, x->expired ? "ended" : "ends", exact(v, f->a, x->expires_ms));
    fact(f, "id", x->uuid);
}

size_t history_facts(const struct history_view *v, struct arena *a, const struct past_row *p,
                     struct text *lines, size_t max)
{
    struct facts f = {a, lines, 0, max};
    switch (p->kind) {
    case PAST_RELEASE:
        release_facts(v, &f, p->of.release);
        break;
    case PAST_PLAN:
        fact(&f, "what", p->of.plan->title);
        fact(&f, "kind", p->of.plan->kind);
        fact(&f, "hash", p->of.plan->hash);
        fact(&f, "by", p->of.plan->by);
        fact(&f, "planned", exact(v, a, p->of.plan->planned_ms));
        fact(&f, "then", history_ended(v, a, p));
        break;
    case PAST_ANSWER:
        answer_facts(v, &f, p->of.answer);
        break;
    case PAST_ACT:
        fact(&f, "action", p->of.act->action);
        fact(&f, "subject", p->of.act->subject);
        fact(&f, "at", exact(v, a, p->of.act->at_ms));
        fact(&f, "who", plainly(a, p->of.act->who));
        fact(&f, "detail", plainly(a, p->of.act->detail));
        fact(&f, "row", text_fmt(a, "%lld", (long long)p->of.act->row));
        fact(&f, "chain", p->of.act->chain);
        break;
    }
    return f.n;
}
