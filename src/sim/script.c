// SPDX-License-Identifier: Apache-2.0
/*
 * Scenarios: what happens to the fleet, as a YAML file of steps on a clock (doc/SCENARIOS.md). A
 * step names a time, one or several clusters and one action of the table in actions.c; everything
 * is checked when the file is read. Two scenarios are compiled in.
 */
#include "data/yaml.h"
#include "sim/scenario.h"
#include "src/sim/scenarios.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024, STEPS_MAX = 10000 };

struct step {
    int64_t at_ms;
    size_t order; /* in the file: steps of one time keep it */
    struct sim_cluster *cluster;
    const struct sim_action *action;
    const struct val *value;
};

struct sim_script {
    struct sim *sim;
    struct sim_script *before; /* asked for before this one, and not done yet */
    struct val_pool pool;
    VEC(struct step) steps;      /* by time */
    int64_t repeat_ms, churn_ms; /* 0: no */
    int64_t round, churned_ms;   /* on the scenario's clock */
    size_t next;
    bool may_miss; /* clusters that are named may not be there: a smaller fleet */
};

/* ---- reading ---- */

/* The first wrong thing, at its own place. */
static int wrong(struct err *e, const char *source, uint32_t line, uint32_t col, const char *fmt,
                 ...) __attribute__((format(printf, 5, 6)));

static int wrong(struct err *e, const char *source, uint32_t line, uint32_t col, const char *fmt,
                 ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    err_set(e, ERR_INVALID, "%s", text);
    err_at(e, source, line, col);
    return ERR_INVALID;
}

static bool is_word(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = words; (at = strstr(at, word)); at += n)
        if (n && (at == words || at[-1] == ' ') && (at[n] == ' ' || !at[n]))
            return true;
    return false;
}

/* What is wrong with a value, or NULL. */
static const char *misfit(const struct val *v, enum sim_takes takes, const char *words)
{
    switch (takes) {
    case SIM_TAKES_BOOL:
        return val_is(v, VAL_BOOL) ? NULL : "is true or false";
    case SIM_TAKES_NUMBER:
        return val_is(v, VAL_INT) && v->as.i >= 0 && v->as.i <= 1000000000
                   ? NULL
                   : "is a whole number, 0 or more";
    case SIM_TAKES_SHARE:
        return val_is(v, VAL_INT) && v->as.i >= 1 && v->as.i <= 100
                   ? NULL
                   : "is a share of the requests in percent, 1 to 100";
    case SIM_TAKES_TEXT:
        return val_is(v, VAL_STRING) ? NULL : "is a text";
    case SIM_TAKES_TIME:
        return sim_duration_fits(v, false) ? NULL : "is a time such as 250ms, 20s or 5m";
    case SIM_TAKES_SHIFT:
        return sim_duration_fits(v, true) ? NULL : "is a time such as 90s or -5m";
    case SIM_TAKES_WORD:
        return val_is(v, VAL_STRING) && is_word(words, v->as.s) ? NULL : "is one of";
    case SIM_TAKES_MAP:
    case SIM_TAKES_ANY:
        return val_is(v, VAL_MAP) ? NULL : "is a map";
    }
    return NULL;
}

static int fits(const struct val *v, const char *name, enum sim_takes takes, const char *words,
                const char *source, struct err *e)
{
    const char *bad = misfit(v, takes, words);
    if (!bad)
        return 0;
    bool word = takes == SIM_TAKES_WORD;
    return wrong(e, source, v->line, v->col, "%s %s%s%s", name, bad, word ? ": " : "",
                 word ? words : "");
}

static int read_fields(const struct val *v, const struct sim_action *a, const char *source,
                       struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < v->len && !rc; i++) {
        const struct val_entry *x = &v->as.entries[i];
        const struct sim_step_field *f = a->fields;
        while (f->name && strcmp(f->name, x->key->s) != 0)
            f++;
        rc = f->name ? fits(&x->value, f->name, f->takes, f->words, source, e)
                     : wrong(e, source, x->line, x->col, "%s knows no %s", a->name, x->key->s);
    }
    for (const struct sim_step_field *f = a->fields; f->name && !rc; f++)
        if (f->needed && !val_get(v, f->name))
            rc = wrong(e, source, v->line, v->col, "%s needs %s", a->name, f->name);
    const struct val *kind = val_get(v, "kind");
    if (!kind)
        kind = val_at(v, "object", "kind", NULL);
    if (!rc && kind && !sim_kind_named(val_str(kind, "")))
        rc = wrong(e, source, kind->line, kind->col, "no kind %s is served", val_str(kind, ""));
    return rc;
}

static const struct sim_action *action_named(const char *name)
{
    for (size_t i = 0; i < sim_actions_len; i++)
        if (strcmp(sim_actions[i].name, name) == 0)
            return &sim_actions[i];
    return NULL;
}

/* Adds the step for each cluster that the pattern fits. */
static int add_for(struct sim_script *s, struct step t, const struct val *pattern,
                   const char *source, struct err *e)
{
    if (!val_is(pattern, VAL_STRING))
        return wrong(e, source, pattern->line, pattern->col,
                     "a cluster is a name, or a pattern such as prod-*");
    bool known = false;
    for (unsigned i = 0; i < s->sim->clusters_len; i++) {
        if (fnmatch(pattern->as.s, s->sim->clusters[i].name, 0) != 0)
            continue;
        known = true;
        t.cluster = &s->sim->clusters[i];
        t.order = s->steps.len;
        vec_push(&s->steps, t);
    }
    for (size_t i = 0; i < sim_story_clusters_len && !known; i++) /* of the whole story */
        known = s->sim->clusters[0].is.name &&
                fnmatch(pattern->as.s, sim_story_clusters[i].name, 0) == 0;
    if (known || s->may_miss)
        return 0;
    return wrong(e, source, pattern->line, pattern->col,
                 "no cluster of this fleet is called %s; the first is %s", pattern->as.s,
                 s->sim->clusters[0].name);
}

static int read_step(struct sim_script *s, const struct val *v, const char *source, struct err *e)
{
    struct step t = {0};
    const struct val *clusters = NULL, *at = NULL;
    int rc = 0;
    if (!val_is(v, VAL_MAP))
        return wrong(e, source, v->line, v->col, "a step is a map");
    for (size_t i = 0; i < v->len && !rc; i++) {
        const struct val_entry *x = &v->as.entries[i];
        const struct sim_action *a = action_named(x->key->s);
        if (strcmp(x->key->s, "at") == 0) {
            at = &x->value;
            rc = fits(at, "at", SIM_TAKES_TIME, NULL, source, e);
        } else if (strcmp(x->key->s, "cluster") == 0 || strcmp(x->key->s, "clusters") == 0) {
            clusters = &x->value;
        } else if (!a) {
            rc = wrong(e, source, x->line, x->col, "no step does %s", x->key->s);
        } else if (t.action) {
            rc = wrong(e, source, x->line, x->col, "one step does one thing: %s or %s",
                       t.action->name, a->name);
        } else {
            t.action = a;
            t.value = &x->value;
            rc = fits(t.value, a->name, a->takes, a->words, source, e);
            if (!rc && a->fields)
                rc = read_fields(t.value, a, source, e);
        }
    }
    if (!rc && !at)
        rc = wrong(e, source, v->line, v->col, "a step needs at: a time such as 20s");
    if (!rc && !t.action)
        rc = wrong(e, source, v->line, v->col, "the step does nothing");
    if (!rc && !clusters)
        rc = wrong(e, source, v->line, v->col, "a step needs cluster: a name or a pattern");
    t.at_ms = sim_duration_ms(at);
    if (!rc && val_is(clusters, VAL_LIST))
        for (size_t i = 0; i < clusters->len && !rc; i++)
            rc = add_for(s, t, val_item(clusters, i), source, e);
    else if (!rc)
        rc = add_for(s, t, clusters, source, e);
    return rc;
}

static int by_time(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int read_map(struct sim_script *s, const struct val *v, const char *source, struct err *e)
{
    const struct val *steps = NULL;
    int rc = 0;
    for (size_t i = 0; i < v->len && !rc; i++) {
        const struct val_entry *x = &v->as.entries[i];
        if (strcmp(x->key->s, "steps") == 0) {
            steps = &x->value;
        } else if (strcmp(x->key->s, "repeat") == 0) {
            rc = fits(&x->value, "repeat", SIM_TAKES_TIME, NULL, source, e);
            s->repeat_ms = sim_duration_ms(&x->value);
        } else if (strcmp(x->key->s, "churn") == 0) {
            rc = fits(&x->value, "churn", SIM_TAKES_TIME, NULL, source, e);
            s->churn_ms = sim_duration_ms(&x->value);
        } else {
            rc = wrong(e, source, x->line, x->col,
                       "a scenario knows no %s; it knows repeat, churn and steps", x->key->s);
        }
    }
    if (!rc && steps && !val_is(steps, VAL_LIST))
        rc = wrong(e, source, steps->line, steps->col, "steps is a list");
    if (!rc && val_count(steps) > STEPS_MAX)
        rc = wrong(e, source, steps->line, steps->col, "more than %d steps", STEPS_MAX);
    for (size_t i = 0; !rc && i < val_count(steps); i++)
        rc = read_step(s, val_item(steps, i), source, e);
    if (s->steps.len)
        qsort(s->steps.items, s->steps.len, sizeof(struct step), by_time);
    if (!rc && s->repeat_ms && s->steps.len &&
        s->repeat_ms <= s->steps.items[s->steps.len - 1].at_ms) {
        const struct val *repeat = val_get(v, "repeat");
        rc = wrong(e, source, repeat->line, repeat->col, "repeat comes before the last step");
    }
    return rc;
}

static int read_all(struct sim_script *s, const char *text, size_t len, const char *source,
                    struct err *e)
{
    struct yaml_docs docs = {0};
    int rc = yaml_read(&s->pool, text, len, source, &docs, e);
    if (!rc && (docs.len != 1 || !val_is(docs.items[0].value, VAL_MAP)))
        rc = wrong(e, source, docs.len > 1 ? docs.items[1].line : 1, 1,
                   "a scenario is one map with steps");
    if (!rc)
        rc = read_map(s, docs.items[0].value, source, e);
    yaml_docs_clear(&docs);
    return rc;
}

static int read_file(const char *path, struct buf *b, struct err *e)
{
    FILE *f = fopen(path, "re");
    char bytes[8192];
    size_t n;
    int rc = 0;
    if (!f)
        return err_set_errno(e, errno, path);
    while (!rc && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
        if (buf_add(b, bytes, n))
            rc = err_set(e, ERR_LIMIT, "%s is larger than a scenario may be", path);
    if (!rc && ferror(f))
        rc = err_set_errno(e, errno, path);
    fclose(f);
    return rc;
}

struct sim_script *sim_script_new(struct sim *sim, const char *path, struct err *e)
{
    struct sim_script *s = mem_new(struct sim_script);
    struct buf b;
    s->sim = sim;
    val_pool_init(&s->pool);
    buf_init(&b, FILE_MAX);
    const char *text = sim->clusters[0].is.name ? sim_scenario_story : sim_scenario_stores;
    s->may_miss = !path;
    int rc = path ? read_file(path, &b, e) : 0;
    if (!rc)
        rc = read_all(s, path ? buf_str(&b) : text, path ? b.len : strlen(text),
                      path ? path : "the scenario that is compiled in", e);
    buf_clear(&b);
    if (!rc)
        return s;
    sim_script_free(s);
    return NULL;
}

void sim_script_free(struct sim_script *s)
{
    if (!s)
        return;
    sim_script_free(s->before);
    vec_clear(&s->steps);
    val_pool_clear(&s->pool);
    mem_free(s);
}

/* ---- the clock ---- */

static void churn(struct sim_script *s)
{
    for (int i = 0; i < 8; i++) {
        struct sim_cluster *first = &s->sim->clusters[0];
        struct sim_cluster *c = &s->sim->clusters[sim_random(first) % s->sim->clusters_len];
        if (c->filled && !c->dark) {
            sim_behave_churn(c);
            return;
        }
    }
}

static void run_step(const struct step *t)
{
    if (t->action->objects && !t->cluster->filled)
        sim_fleet_fill(t->cluster);
    t->action->run(t->cluster, t->value);
}

void sim_script_tick(struct sim_script *s)
{
    int64_t now = sim_now_ms(s->sim);
    for (;;) {
        int64_t begin = s->round * s->repeat_ms;
        if (s->next < s->steps.len) {
            struct step *t = &s->steps.items[s->next];
            if (begin + t->at_ms > now)
                break;
            run_step(t);
            s->next++;
        } else if (s->repeat_ms && begin + s->repeat_ms <= now) {
            s->round++;
            s->next = 0;
        } else {
            break;
        }
    }
    if (s->churn_ms && now - s->churned_ms >= s->churn_ms) {
        s->churned_ms = now;
        churn(s);
    }
}

/* ---- asked for by others ---- */

int sim_do(struct sim *sim, const char *scenario, struct err *e)
{
    struct sim_script *s = mem_new(struct sim_script);
    s->sim = sim;
    val_pool_init(&s->pool);
    int rc = read_all(s, scenario, strlen(scenario), "the scenario that was asked for", e);
    if (rc) {
        sim_script_free(s);
        return rc;
    }
    s->before = atomic_load(&sim->asked);
    while (!atomic_compare_exchange_weak(&sim->asked, &s->before, s))
        ;
    return 0;
}

static void do_asked(struct sim_script *s)
{
    if (!s)
        return;
    do_asked(s->before);
    s->before = NULL;
    for (size_t i = 0; i < s->steps.len; i++)
        run_step(&s->steps.items[i]);
    sim_script_free(s);
}

void sim_script_asked(struct sim *sim)
{
    if (atomic_load(&sim->asked))
        do_asked(atomic_exchange(&sim->asked, NULL));
}
