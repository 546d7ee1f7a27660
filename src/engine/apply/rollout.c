// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/rollout.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void stage_clear(struct rollout_stage *s)
{
    for (size_t i = 0; i < s->clusters.len; i++)
        mem_free(s->clusters.items[i]);
    vec_clear(&s->clusters);
    mem_free(s->name);
    mem_free(s->selector);
    mem_free(s->opened_by);
}

void rollout_init(struct rollout *r)
{
    memset(r, 0, sizeof(*r));
}

void rollout_clear(struct rollout *r)
{
    for (size_t i = 0; i < r->stages.len; i++)
        stage_clear(&r->stages.items[i]);
    vec_clear(&r->stages);
    rollout_init(r);
}

/* ---- text ---- */

static bool number(const char *s, uint64_t most, uint64_t *out, const char **end)
{
    char *after;
    errno = 0;
    if (*s < '0' || *s > '9')
        return false;
    *out = strtoull(s, &after, 10);
    *end = after;
    return !errno && *out <= most;
}

static bool add_clusters(struct rollout_stage *s, const char *list)
{
    while (*list) {
        size_t n = strcspn(list, ",");
        if (!n)
            return false;
        vec_push(&s->clusters, mem_strndup(list, n));
        list += n + (list[n] == ',');
    }
    return s->clusters.len > 0;
}

static bool add_max(struct rollout_stage *s, const char *value)
{
    uint64_t n;
    const char *end;
    if (!number(value, ROLLOUT_ALL, &n, &end) || !n)
        return false;
    s->max = (uint32_t)n;
    s->max_is_percent = *end == '%';
    return !end[s->max_is_percent] && (!s->max_is_percent || n <= 100);
}

/* Milliseconds, or as blueprints have it: "10m", "1h30m". */
static bool add_soak(struct rollout_stage *s, const char *value)
{
    uint64_t ms;
    const char *end;
    if (!number(value, INT64_MAX / 2, &ms, &end) || *end)
        return clock_parse_span(value, &s->soak_ms) == 0;
    s->soak_ms = (int64_t)ms;
    return true;
}

/* One word of a stage; false: it is not understood. */
static bool add_word(struct rollout_stage *s, const char *word)
{
    uint64_t n;
    const char *end;
    struct selector selector;
    if (strncmp(word, "clusters=", 9) == 0)
        return add_clusters(s, word + 9);
    if (strncmp(word, "max=", 4) == 0)
        return add_max(s, word + 4);
    if (strncmp(word, "selector=", 9) == 0) {
        if (selector_parse(word + 9, &selector, NULL))
            return false;
        selector_clear(&selector);
        mem_free(s->selector);
        s->selector = mem_strdup(word + 9);
        return true;
    }
    if (strncmp(word, "budget=", 7) == 0 && number(word + 7, 1000000, &n, &end) && !*end) {
        s->failure_budget = (uint32_t)n;
        return true;
    }
    if (strncmp(word, "forgiven=", 9) == 0 && number(word + 9, 1000000, &n, &end) && !*end) {
        s->forgiven = (uint32_t)n;
        return true;
    }
    if (strncmp(word, "soak=", 5) == 0)
        return add_soak(s, word + 5);
    if (strncmp(word, "opened=", 7) == 0 && number(word + 7, INT64_MAX / 2, &n, &end) && !*end) {
        s->opened_ms = (int64_t)n;
        return true;
    }
    if (strncmp(word, "by=", 3) == 0) {
        mem_free(s->opened_by);
        s->opened_by = mem_strdup(word + 3);
        return true;
    }
    s->gate = s->gate || strcmp(word, "gate") == 0;
    s->approved = s->approved || strcmp(word, "approved") == 0;
    return strcmp(word, "gate") == 0 || strcmp(word, "approved") == 0;
}

int rollout_add(struct rollout *r, const char *text, struct err *e)
{
    struct rollout_stage s = {0};
    char *copy = mem_strdup(text), *rest = copy, *word;
    while (!(e && e->code) && (word = strsep(&rest, " "))) {
        if (!*word)
            continue;
        if (rest && strncmp(word, "selector=", 9) == 0) { /* the last: it may hold spaces */
            rest[-1] = ' ';
            rest = NULL;
        }
        if (!s.name)
            s.name = mem_strdup(word);
        else if (!add_word(&s, word))
            err_set(e, ERR_USAGE, "stage %s: %s is not understood", s.name, word);
    }
    int rc = e ? e->code : 0;
    if (!rc && !s.name)
        rc = err_set(e, ERR_USAGE, "a stage needs a name");
    for (size_t i = 0; !rc && i < r->stages.len; i++)
        if (strcmp(r->stages.items[i].name, s.name) == 0)
            rc = err_set(e, ERR_USAGE, "there are two stages %s", s.name);
    if (!rc && r->stages.len == ROLLOUT_MAX_STAGES)
        rc = err_set(e, ERR_LIMIT, "more than %u stages", ROLLOUT_MAX_STAGES);
    if (rc)
        stage_clear(&s);
    else
        vec_push(&r->stages, s);
    mem_free(copy);
    return rc;
}

char *rollout_write(const struct rollout *r)
{
    struct buf out;
    buf_init(&out, BUF_LARGE);
    if (r->drift_seen && buf_puts(&out, "!drift\n"))
        return buf_take(&out);
    for (size_t i = 0; i < r->stages.len; i++) {
        const struct rollout_stage *s = &r->stages.items[i];
        char *line = mem_printf("%s max=%u%s budget=%u soak=%" PRId64 " forgiven=%u%s%s", s->name,
                                s->max ? s->max : ROLLOUT_ALL, s->max_is_percent ? "%" : "",
                                s->failure_budget, s->soak_ms, s->forgiven, s->gate ? " gate" : "",
                                s->approved ? " approved" : "");
        int rc = buf_puts(&out, line);
        if (!rc && s->opened_ms)
            rc = buf_printf(&out, " opened=%" PRId64, s->opened_ms);
        if (!rc && s->opened_by)
            rc = buf_printf(&out, " by=%s", s->opened_by);
        for (size_t k = 0; !rc && k < s->clusters.len; k++) {
            rc = buf_puts(&out, k ? "," : " clusters=");
            rc = rc ? rc : buf_puts(&out, s->clusters.items[k]);
        }
        if (!rc && s->selector)
            rc = buf_puts(&out, " selector=") || buf_puts(&out, s->selector);
        if (!rc)
            rc = buf_puts(&out, "\n");
        mem_free(line);
        if (rc)
            break;
    }
    return buf_take(&out);
}

int rollout_read(struct rollout *r, const char *text, struct err *e)
{
    char *copy = mem_strdup(text), *rest = copy, *line;
    int rc = 0;
    while (!rc && (line = strsep(&rest, "\n"))) {
        if (strcmp(line, "!drift") == 0)
            r->drift_seen = true;
        else if (*line)
            rc = rollout_add(r, line, e);
    }
    mem_free(copy);
    return rc;
}

/* ---- targets ---- */

static bool names(const struct rollout_stage *s, const char *cluster)
{
    for (size_t i = 0; i < s->clusters.len; i++)
        if (strcmp(s->clusters.items[i], cluster) == 0)
            return true;
    return false;
}

static bool takes(const struct rollout_stage *s, const struct rollout_target *t)
{
    static const struct labels none;
    struct selector selector;
    if (s->clusters.len)
        return names(s, t->cluster);
    if (!s->selector)
        return true;
    if (selector_parse(s->selector, &selector, NULL))
        return false;
    bool match = selector_match(&selector, t->labels ? t->labels : &none);
    selector_clear(&selector);
    return match;
}

int rollout_assign(struct rollout *r, struct rollout_target *t, size_t n, struct err *e)
{
    for (size_t i = 0; i < n; i++) {
        t[i].stage = r->stages.len;
        for (size_t s = 0; s < r->stages.len && t[i].stage == r->stages.len; s++)
            if (takes(&r->stages.items[s], &t[i]))
                t[i].stage = s;
        if (t[i].stage == r->stages.len) {
            err_set(e, ERR_USAGE, "%s is in no stage", t[i].cluster);
            err_hint(e, "a last stage without clusters takes what is left");
            return ERR_USAGE;
        }
    }
    for (size_t s = 0; s < r->stages.len; s++)
        for (size_t k = 0; k < r->stages.items[s].clusters.len; k++) {
            const char *name = r->stages.items[s].clusters.items[k];
            bool found = false;
            for (size_t i = 0; i < n; i++)
                found |= strcmp(t[i].cluster, name) == 0;
            if (!found)
                return err_set(e, ERR_USAGE, "stage %s: %s is no target of the plan",
                               r->stages.items[s].name, name);
        }
    return 0;
}

static bool is_target(const char *cluster, const struct rollout_target *t, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(t[i].cluster, cluster) == 0)
            return true;
    return false;
}

/* False: it named clusters, and none of them is a target. */
static bool stage_again(struct rollout_stage *s, const struct rollout_target *t, size_t n)
{
    size_t kept = 0, all = s->clusters.len;
    s->approved = false;
    s->forgiven = 0;
    s->opened_ms = 0;
    mem_free(s->opened_by);
    s->opened_by = NULL;
    for (size_t i = 0; i < all; i++)
        if (is_target(s->clusters.items[i], t, n))
            s->clusters.items[kept++] = s->clusters.items[i];
        else
            mem_free(s->clusters.items[i]);
    s->clusters.len = kept;
    return kept || !all;
}

static void add_last(struct rollout *r)
{
    struct err e = ERR_INIT;
    int rc = rollout_add(r, "rest", &e);
    for (unsigned k = 2; rc == ERR_USAGE && k < ROLLOUT_MAX_STAGES; k++) { /* it has that name */
        char name[16];
        snprintf(name, sizeof(name), "rest-%u", k);
        err_clear(&e);
        rc = rollout_add(r, name, &e);
    }
    err_clear(&e);
}

void rollout_again(struct rollout *r, const struct rollout_target *t, size_t n)
{
    size_t kept = 0;
    r->drift_seen = false;
    for (size_t i = 0; i < r->stages.len; i++)
        if (stage_again(&r->stages.items[i], t, n))
            r->stages.items[kept++] = r->stages.items[i];
        else
            stage_clear(&r->stages.items[i]);
    r->stages.len = kept;
    for (size_t i = 0; kept && i < n; i++) {
        bool taken = false;
        for (size_t s = 0; s < kept && !taken; s++)
            taken = takes(&r->stages.items[s], &t[i]);
        if (!taken) {
            add_last(r);
            return;
        }
    }
}

struct tally {
    uint32_t all, queued, running, failed;
    const char *drifted; /* a cluster that was reached and is not as given */
};

static struct tally count(const struct rollout_target *t, size_t n, size_t stage)
{
    struct tally y = {0};
    for (size_t i = 0; i < n; i++) {
        if (t[i].stage != stage)
            continue;
        y.all++;
        y.queued += t[i].state == ROLLOUT_QUEUED;
        y.running += t[i].state == ROLLOUT_RUNNING;
        y.failed += t[i].state == ROLLOUT_FAILED;
        if (t[i].drifted && t[i].state == ROLLOUT_HEALTHY)
            y.drifted = t[i].cluster;
    }
    return y;
}

uint32_t rollout_at_once(const struct rollout_stage *s, uint32_t all)
{
    uint32_t n = s->max_is_percent ? (uint32_t)((uint64_t)all * s->max / 100) : s->max;
    return !s->max ? all : n ? n : 1;
}

static void begin(const struct rollout_stage *s, struct rollout_target *t, size_t n, size_t stage,
                  const struct tally *y)
{
    uint32_t running = y->running, most = rollout_at_once(s, y->all);
    for (size_t i = 0; i < n && running < most; i++)
        if (t[i].stage == stage && t[i].state == ROLLOUT_QUEUED) {
            t[i].begin = true;
            running++;
        }
}

/* Something that a person has to look at. */
static bool held(const struct rollout *r, const struct rollout_stage *s, const struct tally *y,
                 struct rollout_step *step)
{
    if (y->failed > s->failure_budget + s->forgiven)
        snprintf(step->why, sizeof(step->why), "%s: %u failed, %u may", s->name,
                 y->failed - s->forgiven, s->failure_budget);
    else if (y->drifted && !r->drift_seen)
        snprintf(step->why, sizeof(step->why), "%s: unexpected drift on %s", s->name, y->drifted);
    else
        return false;
    step->wait = ROLLOUT_HELD;
    return true;
}

struct rollout_step rollout_next(const struct rollout *r, struct rollout_target *t, size_t n,
                                 int64_t *soaked_ms, int64_t now_ms)
{
    struct rollout_step step = {.wait = ROLLOUT_OVER};
    uint32_t before = 0; /* targets of the stages before */
    for (size_t i = 0; i < n; i++)
        t[i].begin = false;
    for (; step.stage < r->stages.len; step.stage++) {
        const struct rollout_stage *s = &r->stages.items[step.stage];
        struct tally y = count(t, n, step.stage);
        if (held(r, s, &y, &step))
            return step;
        bool seen = !step.stage || before; /* behind empty stages there is nothing to look at */
        before += y.all;
        if (s->gate && !s->approved && y.queued == y.all && y.all && seen) {
            snprintf(step.why, sizeof(step.why), "%s waits to be approved", s->name);
            step.wait = ROLLOUT_GATE;
            return step;
        }
        if (y.queued || y.running) {
            step.wait = ROLLOUT_GOES_ON;
            soaked_ms[step.stage] = 0;
            begin(s, t, n, step.stage, &y);
            return step;
        }
        if (!soaked_ms[step.stage])
            soaked_ms[step.stage] = now_ms ? now_ms : 1;
        bool last = step.stage + 1 == r->stages.len;
        step.until_ms = soaked_ms[step.stage] + s->soak_ms;
        if (s->soak_ms && !last && now_ms < step.until_ms) {
            snprintf(step.why, sizeof(step.why), "%s soaks, %" PRId64 " s more", s->name,
                     (step.until_ms - now_ms + 999) / 1000);
            step.wait = ROLLOUT_SOAKS;
            return step;
        }
    }
    return step;
}

void rollout_forgive(struct rollout *r, const struct rollout_target *t, size_t n)
{
    for (size_t s = 0; s < r->stages.len; s++) {
        struct tally y = count(t, n, s);
        struct rollout_stage *stage = &r->stages.items[s];
        if (y.failed > stage->failure_budget + stage->forgiven)
            stage->forgiven = y.failed - stage->failure_budget;
        r->drift_seen = r->drift_seen || y.drifted;
    }
}

const struct rollout_stage *rollout_closed(const struct rollout *r, const char *stage)
{
    for (size_t s = 0; s < r->stages.len; s++) {
        const struct rollout_stage *x = &r->stages.items[s];
        if (x->gate && !x->approved && (!stage || strcmp(x->name, stage) == 0))
            return x;
    }
    return NULL;
}

int rollout_approve(struct rollout *r, const char *stage, const char *by, int64_t wall_ms,
                    struct err *e)
{
    struct rollout_stage *x = (struct rollout_stage *)rollout_closed(r, stage);
    if (x) {
        x->approved = true;
        x->opened_ms = wall_ms;
        mem_free(x->opened_by);
        x->opened_by = by && *by ? mem_strdup(by) : NULL;
        for (char *c = x->opened_by; c && *c; c++)
            if (*c == ' ' || *c == '\n')
                *c = '_'; /* words of a line are told apart by spaces */
        return 0;
    }
    return stage ? err_set(e, ERR_NOT_FOUND, "there is no closed gate before %s", stage)
                 : err_set(e, ERR_NOT_FOUND, "no stage waits to be approved");
}

int rollout_words(const struct rollout *r, struct buf *out)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < r->stages.len; i++) {
        const struct rollout_stage *s = &r->stages.items[i];
        rc = buf_printf(out, "%s%s%s", i ? "; " : "", s->gate ? "a person opens the gate; " : "",
                        s->name);
        if (!rc && s->max && s->max < (s->max_is_percent ? 100u : ROLLOUT_ALL))
            rc = buf_printf(out, ", %u%s at a time", s->max, s->max_is_percent ? "%" : "");
        if (!rc && s->failure_budget)
            rc = buf_printf(out, ", %u may fail", s->failure_budget);
    }
    return rc;
}
