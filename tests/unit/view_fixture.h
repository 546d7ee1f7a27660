// SPDX-License-Identifier: Apache-2.0
/* An app with a snapshot and an engine that a test plays: it keeps the last command posted. */
#ifndef LEEWAY_TESTS_VIEW_FIXTURE_H
#define LEEWAY_TESTS_VIEW_FIXTURE_H

#include "golden.h"
#include "story_day.h"

#include "app/app.h"
#include "app/requests.h"

struct view_fixture {
    struct clock_fake clock;
    struct zone *zone;
    struct app *app;
    struct leeway_snapshot *snapshot;
    struct buf out;
    uint64_t number;            /* of the last command */
    struct leeway_command last; /* texts are kept in arena */
    const char *subjects[2];    /* of it */
    struct arena arena;
    uint64_t drift_ids[16];
    bool refuse;
};

static inline const char *fixture_keep(struct view_fixture *f, const char *s)
{
    return s ? arena_strdup(&f->arena, s) : NULL;
}

static inline uint64_t fixture_post(void *ctx, const struct leeway_command *c, struct err *e)
{
    struct view_fixture *f = ctx;
    if (f->refuse) {
        err_set(e, ERR_BUSY, "too much is asked already");
        return 0;
    }
    f->last = *c;
    f->last.plan = fixture_keep(f, c->plan);
    f->last.cluster = fixture_keep(f, c->cluster);
    f->last.confirm = fixture_keep(f, c->confirm);
    f->last.environment = fixture_keep(f, c->environment);
    f->last.name = fixture_keep(f, c->name);
    f->last.folder = fixture_keep(f, c->folder);
    f->last.object_kind = fixture_keep(f, c->object_kind);
    f->last.namespace_ = fixture_keep(f, c->namespace_);
    f->last.labels = fixture_keep(f, c->labels);
    f->last.fields = fixture_keep(f, c->fields);
    f->last.reason = fixture_keep(f, c->reason);
    f->last.document = fixture_keep(f, c->document);
    f->last.within = fixture_keep(f, c->within);
    f->last.subjects = f->subjects;
    for (size_t i = 0; i < c->n_subjects && i < 2; i++)
        f->subjects[i] = fixture_keep(f, c->subjects[i]);
    if (c->n_exceptions)
        f->last.name = fixture_keep(f, c->exceptions[0]);
    for (size_t i = 0; i < c->n_drift_ids && i < 16; i++)
        f->drift_ids[i] = c->drift_ids[i];
    if (c->n_paths)
        f->last.name = fixture_keep(f, c->paths[0]);
    return ++f->number;
}

static inline void fixture_setup(struct view_fixture *f, int rows, int cols, enum face face)
{
    memset(f, 0, sizeof(*f));
    f->snapshot = story_day();
    clock_fake_init(&f->clock, 1000000, STORY_NOW_MS);
    f->zone = zone_load("CET-1CEST,M3.5.0,M10.5.0/3", NULL);
    struct app_options opt = {.clock = &f->clock.clock,
                              .zone = f->zone,
                              .rows = rows,
                              .cols = cols,
                              .fleet = "acme",
                              .face = face};
    f->app = app_new(&opt);
    arena_init(&f->arena);
    buf_init(&f->out, 4u << 20);
    app_set_snapshot(f->app, f->snapshot);
    app_set_post(f->app, fixture_post, f);
}

static inline void fixture_teardown(struct view_fixture *f)
{
    app_free(f->app);
    leeway_snapshot_unref(f->snapshot);
    zone_free(f->zone);
    arena_clear(&f->arena);
    buf_clear(&f->out);
}

static inline void fixture_run(struct view_fixture *f, const char *script)
{
    struct err e = ERR_INIT;
    int r = app_run_script(f->app, script, "script", &f->clock, &f->out, &e);
    if (r)
        print_error("%s\n", e.text);
    assert_int_equal(r, 0);
}

/* What the engine publishes: the table of the look that the view asked for with this number. */
static inline void fixture_look(struct view_fixture *f, struct leeway_look *l)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f->snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f->snapshot;
    leeway_snapshot_put_look(b, l);
    f->snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f->app, f->snapshot);
    app_data_changed(f->app);
    leeway_snapshot_unref(old);
}

static inline void fixture_answer_to(struct view_fixture *f, uint64_t request,
                                     struct leeway_event ev)
{
    ev.request = request;
    assert_true(app_answer(f->app, &ev));
}

/* The answer to the last command. */
static inline void fixture_answer(struct view_fixture *f, struct leeway_event ev)
{
    fixture_answer_to(f, f->number, ev);
}

static inline void fixture_shows(struct view_fixture *f, const char *words, bool want)
{
    bool has = strstr(buf_str(&f->out), words) != NULL;
    if (has != want)
        print_error("%s\n", buf_str(&f->out));
    assert_int_equal(has, want);
}

#endif
