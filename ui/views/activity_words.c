// SPDX-License-Identifier: Apache-2.0
/* What a release, a stage and a target are, and what they wait for, in words. */
#include "views/activity_int.h"
#include "views/states.h"

static const struct activity_state states[] = {
    [LEEWAY_RELEASE_RUNNING] = {LEEWAY_CHANGING, "running"},
    [LEEWAY_RELEASE_PAUSED] = {LEEWAY_ASLEEP, "paused"},
    [LEEWAY_RELEASE_ABORTING] = {LEEWAY_CHANGING, "aborting"},
    [LEEWAY_RELEASE_DONE] = {LEEWAY_OK, "done"},
    [LEEWAY_RELEASE_FAILED] = {LEEWAY_FAILED, "failed"},
    [LEEWAY_RELEASE_ABORTED] = {LEEWAY_DEGRADED, "aborted"},
};

bool activity_runs(const struct leeway_release *r)
{
    return r->state < LEEWAY_RELEASE_DONE;
}

const struct leeway_release_stage *activity_gate(const struct leeway_release *r)
{
    for (size_t i = 0; activity_runs(r) && i < r->n_stages; i++)
        if (r->stages[i].waits)
            return &r->stages[i];
    return NULL;
}

struct activity_state activity_state(const struct leeway_release *r)
{
    if (r->state == LEEWAY_RELEASE_PAUSED && r->rollout.len)
        return (struct activity_state){LEEWAY_DEGRADED, "held"};
    if (r->state == LEEWAY_RELEASE_RUNNING && activity_gate(r))
        return (struct activity_state){LEEWAY_PENDING, "at a gate"};
    return states[r->state];
}

enum leeway_state activity_stage_state(const struct leeway_release_stage *s)
{
    if (s->failed)
        return LEEWAY_FAILED;
    if (s->done == s->targets)
        return LEEWAY_OK;
    return s->waits ? LEEWAY_PENDING : LEEWAY_CHANGING;
}

static struct text clock_text(struct activity *v, struct arena *a, int64_t ms)
{
    return zone_brief(a, app_zone(v->app), ms, clock_wall_ms(app_clock(v->app)));
}

static struct text budget_words(struct arena *a, const struct leeway_release_stage *s, bool brief)
{
    int32_t used = s->failed - s->forgiven;
    if (!s->budget)
        return TEXT("no failure allowed");
    if (brief && used <= 0)
        return text_fmt(a, "%d may fail", s->budget);
    return used > 0 ? text_fmt(a, "failure budget %d, %d used", s->budget, used)
                    : text_fmt(a, "failure budget %d, none used", s->budget);
}

struct text activity_stage_words(struct activity *v, struct arena *a,
                                 const struct leeway_release *r,
                                 const struct leeway_release_stage *s)
{
    if (s->waits)
        return activity_runs(r) ? TEXT("the gate waits for a person: Enter") : TEXT("gate closed");
    if (s->why.len)
        return s->why;
    struct text opened = TEXT_NONE;
    if (s->gate && s->opened_ms)
        opened = text_fmt(a, "gate opened %s%s%s", clock_text(v, a, s->opened_ms).str,
                          s->opened_by.len ? " by " : "", s->opened_by.str);
    if (s->done == s->targets)
        return opened;
    if (s->gate && !s->opened_ms)
        return TEXT("behind a gate");
    struct text t = budget_words(a, s, opened.len > 0);
    if (s->at_once == 1 && s->targets > 1)
        t = text_fmt(a, "one by one, %s", t.str);
    else if (s->at_once < s->targets)
        t = text_fmt(a, "%d at a time, %s", s->at_once, t.str);
    return opened.len ? text_fmt(a, "%s; %s", t.str, opened.str) : t;
}

struct text activity_target_words(struct activity *v, struct arena *a,
                                  const struct leeway_release_target *t)
{
    int64_t now = clock_wall_ms(app_clock(v->app));
    if (t->error.len)
        return t->error;
    if (t->waiting.len) {
        struct text w = TEXT("waits");
        if (t->since_ms)
            w = text_fmt(a, "waits %s", age_words(a, (now - t->since_ms) / 1000).str);
        if (t->fails_at_ms)
            w = text_fmt(a, "%s, fails at %s,", w.str, clock_text(v, a, t->fails_at_ms).str);
        return text_fmt(a, "%s for %s", w.str, t->waiting.str);
    }
    return text_fmt(a, "%s %s", leeway_target_state_word(t->phase),
                    t->since_ms ? clock_text(v, a, t->since_ms).str : "");
}

/* Objects since the last gate was opened tell how fast it goes; waiting for a person does not. */
static int64_t seconds_left(const struct leeway_release *r, int64_t now)
{
    int64_t from = r->started_ms, done = 0, left = 0;
    int32_t first = 0;
    for (size_t i = 0; i < r->n_stages; i++) {
        if (r->stages[i].opened_ms < from)
            continue;
        from = r->stages[i].opened_ms;
        first = (int32_t)i;
    }
    for (size_t i = 0; i < r->n_target_rows; i++) {
        const struct leeway_release_target *t = &r->target_rows[i];
        done += t->stage < first && r->n_stages ? 0 : t->done;
        left += t->total - t->done;
    }
    return done > 1 && left > 0 ? (now - from) / 1000 * left / done : -1;
}

struct text activity_time_words(struct activity *v, struct arena *a, const struct leeway_release *r)
{
    int64_t now = clock_wall_ms(app_clock(v->app));
    struct activity_state s = activity_state(r);
    if (!activity_runs(r))
        return r->ended_ms > r->started_ms
                   ? text_fmt(a, "%s after %s", s.word,
                              age_words(a, (r->ended_ms - r->started_ms) / 1000).str)
                   : text_fmt(a, "%s", s.word);
    struct text t =
        text_fmt(a, "%s for %s", r->state == LEEWAY_RELEASE_RUNNING ? "running" : s.word,
                 age_words(a, (now - r->started_ms) / 1000).str);
    int64_t left = s.state == LEEWAY_CHANGING ? seconds_left(r, now) : -1;
    return left > 0 ? text_fmt(a, "%s, about %s left", t.str, age_words(a, left).str) : t;
}
