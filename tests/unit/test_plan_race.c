// SPDX-License-Identifier: Apache-2.0
/* Somebody writes while a plan is made: between the read of an object and its dry run. */
#include "release_fake.h"

static unsigned wrote;

/* A controller leaves its mark, and with it an owner. */
static void mark(void *ctx)
{
    char body[128];
    snprintf(body, sizeof(body), "{\"metadata\":{\"annotations\":{\"controller\":\"%u\"}}}",
             ++wrote);
    assert_int_equal(
        play_ask(ctx, "PATCH", MAPS "/conf?fieldManager=controller", MERGE, body, NULL, 0), 200);
}

static void take(void *ctx)
{
    assert_int_equal(play_ask(ctx, "PATCH", MAPS "/conf?fieldManager=kubectl-edit", MERGE,
                              "{\"data\":{\"v\":\"9\"}}", NULL, 0),
                     200);
}

static void drop(void *ctx)
{
    assert_int_equal(play_ask(ctx, "DELETE", MAPS "/conf", NULL, NULL, NULL, 0), 200);
}

static void make(void *ctx)
{
    assert_int_equal(play_ask(ctx, "POST", MAPS "?fieldManager=other", "application/json",
                              "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{"
                              "\"name\":\"conf\"},\"data\":{\"v\":\"1\"}}",
                              NULL, 0),
                     201);
}

static void released(struct play *p)
{
    play_init(p);
    FOLDER(p, "conf=1");
    play_done(play_release(p));
    assert_true(play_has(p, "conf", "\"v\":\"1\""));
}

static struct leeway_event *planned(struct play *p, struct mishap *m, size_t n)
{
    play_script(p, m, n);
    return play_plan(p);
}

#define DRY(times_, before_)                                                                       \
    {                                                                                              \
        .method = "PATCH", .path = "configmaps/conf", .dry = true, .times = (times_),              \
        .done = true, .how = HOW_WELL, .before = (before_)                                         \
    }

static void a_write_between_is_no_change(void **state)
{
    (void)state;
    struct play p;
    released(&p);
    struct mishap m[] = {DRY(1, mark)};
    struct leeway_event *ev = planned(&p, m, 1);
    assert_int_equal(ev->plan->changes, 0);
    assert_int_equal(p.gets, 2);
    assert_int_equal(p.dry_runs, 2);
    leeway_event_free(ev);
    play_clear(&p);
}

static void it_is_read_again_three_times_at_most(void **state)
{
    (void)state;
    struct play p;
    released(&p);
    struct mishap m[] = {DRY(100, mark)};
    struct leeway_event *ev = planned(&p, m, 1);
    assert_int_equal(p.gets, 4);
    assert_int_equal(p.dry_runs, 4);
    leeway_event_free(ev);
    play_clear(&p);
}

/* The conflict is of the version that the plan shows: with its values, once. */
static void a_conflict_that_came_between_is_shown_as_it_is(void **state)
{
    (void)state;
    struct play p;
    released(&p);
    struct mishap m[] = {DRY(1, take)};
    struct leeway_event *ev = planned(&p, m, 1);
    assert_int_equal(ev->plan->n_rows, 1);
    const struct leeway_plan_row *r = &ev->plan->rows[0];
    assert_int_equal(r->action, LEEWAY_ACTION_TAKE_OVER);
    assert_int_equal(r->n_fields, 1);
    assert_string_equal(r->fields[0].before.str, "9");
    assert_string_equal(r->fields[0].after.str, "1");
    leeway_event_free(ev);
    play_clear(&p);
}

static void what_was_deleted_between_is_created(void **state)
{
    (void)state;
    struct play p;
    released(&p);
    struct mishap m[] = {DRY(1, drop)};
    struct leeway_event *ev = planned(&p, m, 1);
    assert_int_equal(ev->plan->counts[LEEWAY_ACTION_CREATE], 1);
    leeway_event_free(ev);
    play_clear(&p);
}

static void what_was_made_between_is_not_created(void **state)
{
    (void)state;
    struct play p;
    play_init(&p);
    FOLDER(&p, "conf=1");
    struct mishap m[] = {DRY(1, make)};
    struct leeway_event *ev = planned(&p, m, 1);
    assert_int_equal(ev->plan->counts[LEEWAY_ACTION_CREATE], 0);
    assert_int_equal(ev->plan->counts[LEEWAY_ACTION_UPDATE], 1);
    leeway_event_free(ev);
    play_clear(&p);
}

RUN("writes while a plan is made", cmocka_unit_test(a_write_between_is_no_change),
    cmocka_unit_test(it_is_read_again_three_times_at_most),
    cmocka_unit_test(a_conflict_that_came_between_is_shown_as_it_is),
    cmocka_unit_test(what_was_deleted_between_is_created),
    cmocka_unit_test(what_was_made_between_is_not_created))
