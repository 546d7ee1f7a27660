// SPDX-License-Identifier: Apache-2.0
/* Environments: the list, one of them, and what their keys ask the engine. */
#include "story_catalog.h"
#include "story_plan.h"
#include "view_fixture.h"

#include "base/vec.h"
#include "views/environments.h"
#include "views/fleet.h"

/* Some have a time to live: one has days, one minutes, one is over and its deletion waits. */
static void with_an_end(void)
{
    static const struct {
        const char *name;
        int64_t left_ms;
        const char *plan;
    } ends[] = {{"payments-dev", 5 * 24 * 3600000LL, ""},
                {"docs-dev", 12 * 60000, ""},
                {"ledger-stage", -3600000, "1a2b3c4d5e6f"}};
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.snapshot, STORY_NOW_MS);
    size_t found = 0;
    for (size_t i = 0; i < leeway_environments(f.snapshot); i++) {
        struct leeway_environment e = *leeway_environment_at(f.snapshot, i);
        for (size_t k = 0; k < ARRAY_LEN(ends); k++)
            if (text_equal(e.name, text_cstr(&f.arena, ends[k].name))) {
                e.expires_ms = STORY_NOW_MS + ends[k].left_ms;
                e.expired = ends[k].left_ms < 0;
                e.deletion_plan = text_cstr(&f.arena, ends[k].plan);
                e.state = e.expired && e.state > LEEWAY_PENDING ? LEEWAY_PENDING : e.state;
                found++;
            }
        leeway_snapshot_put_environment(b, i, &e);
    }
    assert_int_equal(found, ARRAY_LEN(ends));
    leeway_snapshot_unref(f.snapshot);
    f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f.app, f.snapshot);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "keys /\ntype ledger-stage\nkeys Enter\nsnapshot it is over\nkeys Esc\n"
                    "snapshot all\nresize 40 120\nkeys G\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("environments-ends", &f.out);
    fixture_teardown(&f);
}

static void list_screens(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "snapshot as opened\nroles\nkeys ] j j\nsnapshot further\n");
    golden_check("environments-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("environments-sizes", &f.out);
    fixture_teardown(&f);
    fixture_setup(&f, 24, 80, FACE_ASCII);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "snapshot\n");
    golden_check("environments-ascii", &f.out);
    fixture_teardown(&f);
    with_an_end();
}

static void one_screens(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, environment_new(f.app, TEXT("payments-dev")));
    fixture_run(&f, "snapshot as opened\nroles\nkeys G\nsnapshot the last\n");
    golden_check("environment-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("environment-sizes", &f.out);
    fixture_teardown(&f);
}

static void keys_lead_on(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "keys /\ntype payments-dev\nkeys Enter Enter\nsnapshot\n");
    fixture_shows(&f, "environments \xe2\x80\xba payments-dev", true);
    fixture_run(&f, "keys p\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_FOLDER);
    assert_string_equal(f.last.environment, "payments-dev");
    assert_string_equal(f.last.folder, "./payments");
    assert_int_equal(f.last.n_clusters, 3);
    struct leeway_plan *plan = story_plan(LEEWAY_CHOICE_NONE);
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_PLAN, .plan = plan});
    leeway_plan_unref(plan);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "plan 90ab12cd", true);
    fixture_run(&f, "keys Esc R\nsnapshot\n");
    fixture_shows(&f, "r1 is its first release", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys i\nsnapshot\n");
    fixture_shows(&f, "drift /env:payments-dev", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc Enter\nsnapshot\n"); /* at once, and a target leads to its cluster */
    fixture_shows(&f, "dev-eu-1", true);
    fixture_shows(&f, "conditions", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc ] ] Enter\nsnapshot\n"); /* a difference to its object */
    fixture_shows(&f, "drift \xe2\x80\xba Deployment/payments-dev-web", true);
    fixture_teardown(&f);
}

/* `p` on clusters: the environment that is there, or the choice of one. */
static void going_back_is_a_plan(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "keys R\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_UNDO);
    assert_string_equal(f.last.environment, "search-prod");
    assert_int_equal(f.last.release, 0);
    fixture_teardown(&f);
}

static void plan_from_clusters(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, fleet_new(f.app));
    fixture_run(&f, "keys /\ntype dev-eu-1\nkeys Enter p\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_FOLDER);
    assert_string_equal(f.last.environment, "payments-dev");
    assert_int_equal(f.last.n_clusters, 3); /* a release is of the whole environment */
    fixture_run(&f, "keys Esc /\ntype prod-eu-1\nkeys Enter p\nsnapshot several are there\n"
                    "keys Down Enter\n");
    golden_check("plan-here", &f.out);
    assert_int_equal(f.number, 2);
    assert_string_equal(f.last.environment, "payments-prod");
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc Esc /\ntype prod-us-2\nkeys Enter Enter\nkeys Tab Tab Tab G p\n");
    assert_string_equal(f.last.environment, "checkout-prod"); /* the row under the cursor */
    fixture_run(&f, "keys Esc Esc g Space ] Space p\nsnapshot\n");
    fixture_shows(&f, "Plan an environment of 2 clusters", true);
    fixture_teardown(&f);
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    struct leeway_snapshot *bare = story_snapshot();
    app_set_snapshot(f.app, bare);
    app_push(f.app, fleet_new(f.app));
    fixture_run(&f, "keys g p\nsnapshot\n");
    fixture_shows(&f, "leeway has put nothing on this cluster", true);
    assert_int_equal(f.number, 0);
    fixture_teardown(&f);
    leeway_snapshot_unref(bare);
}

/* Of a blueprint: what its file says, exceptions with their ends, and the ways to change it. */
static void of_a_blueprint(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 40, 120, FACE_UNICODE);
    leeway_snapshot_unref(f.snapshot);
    f.snapshot = story_catalog();
    app_set_snapshot(f.app, f.snapshot);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "keys /\ntype payments-dev\nkeys Enter\nsnapshot the list\nkeys Enter\n"
                    "snapshot one\nroles\nkeys p\nsnapshot the ways\n");
    golden_check("environment-of-blueprint", &f.out);
    fixture_run(&f, "keys Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_FOLDER);
    assert_string_equal(f.last.folder, "environments/payments-dev.yaml");
    assert_int_equal(f.last.n_clusters, 0);
    assert_false(f.last.destroy);
    fixture_run(&f, "keys D\n");
    assert_true(f.last.destroy);
    buf_reset(&f.out);
    fixture_run(&f, "keys p\ntype change\nkeys Enter\nsnapshot\n");
    fixture_shows(&f, "payments-dev \xe2\x80\xba change", true);
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_DRAFT);
    fixture_run(&f, "keys Esc\nresize 24 80\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\nkeys G\nsnapshot the last\n");
    golden_check("environment-of-blueprint-80x24", &f.out);
    fixture_teardown(&f);
}

static void with_answers(struct view_fixture *f)
{
    struct leeway_parts *parts = story_parts();
    struct leeway_history *history = story_history();
    fixture_answer_to(f, 1, (struct leeway_event){.kind = LEEWAY_EVENT_PARTS, .parts = parts});
    fixture_answer_to(f, 2,
                      (struct leeway_event){.kind = LEEWAY_EVENT_HISTORY, .history = history});
    leeway_parts_unref(parts);
    leeway_history_unref(history);
}

static void setup_of_blueprint(struct view_fixture *f, int rows, int cols, enum face face)
{
    fixture_setup(f, rows, cols, face);
    leeway_snapshot_unref(f->snapshot);
    f->snapshot = story_catalog();
    app_set_snapshot(f->app, f->snapshot);
    app_push(f->app, environment_new(f->app, TEXT("payments-dev")));
}

/* Outputs, objects by module, differences, releases, what is unlike the blueprint. */
static void all_its_tabs(void **state)
{
    static const char tabs[] = "snapshot overview\nroles\nkeys Tab\nsnapshot targets\nkeys Tab\n"
                               "snapshot resources\nkeys ]\nkeys Tab\nsnapshot drift\nkeys Tab\n"
                               "snapshot history\nkeys Tab\nsnapshot overrides\n";
    struct view_fixture f;
    setup_of_blueprint(&f, 24, 80, FACE_UNICODE);
    fixture_run(&f, "keys Tab Tab\nsnapshot nothing is known yet\nkeys Shift-Tab Shift-Tab\n");
    with_answers(&f);
    fixture_run(&f, tabs);
    golden_check("environment-tabs-80x24", &f.out);
    fixture_teardown(&f);
    setup_of_blueprint(&f, 40, 120, FACE_UNICODE);
    with_answers(&f);
    fixture_run(&f, tabs);
    golden_check("environment-tabs-120x40", &f.out);
    fixture_teardown(&f);
    setup_of_blueprint(&f, 10, 40, FACE_ASCII);
    with_answers(&f);
    fixture_run(&f, "snapshot small\nkeys Tab Tab\nsnapshot resources\n");
    golden_check("environment-tabs-small", &f.out);
    fixture_teardown(&f);
}

static void keys_of_its_rows(void **state)
{
    struct view_fixture f;
    setup_of_blueprint(&f, 24, 80, FACE_UNICODE);
    with_answers(&f);
    fixture_run(&f, "keys c\nsnapshot\n"); /* an output: its value, without a question */
    fixture_shows(&f, "there is no terminal", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys j j c\nsnapshot\n"); /* not known on dev-us-1; what else there is */
    fixture_shows(&f, "leeway open environments/payments-dev", true);
    fixture_shows(&f, "leeway env show payments-dev", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc Tab Tab y\nsnapshot\n");
    fixture_shows(&f, "Deployment/payments-dev-web", true);
    fixture_run(&f, "keys Esc L\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "logs", true);
    fixture_shows(&f, "payments-dev-web", true);
    fixture_run(&f, "keys Esc e\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "events", true);
    fixture_run(&f, "keys Esc Tab K\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "Accept drift", true);
    fixture_run(&f, "keys Esc p\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_REVERT);
    assert_int_equal(f.drift_ids[0], 100);
    fixture_run(&f, "keys Tab j R\n"); /* back to r2 */
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_UNDO);
    assert_int_equal(f.last.release, 2);
    buf_reset(&f.out);
    fixture_run(&f, "keys Tab j Enter\nsnapshot\n"); /* an exception: it can be ended */
    fixture_shows(&f, "End an exception", true);
    fixture_run(&f, "keys Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_END_EXCEPTION);
    assert_string_equal(f.last.name, "0f4a7c11-0000-4000-8000-000000000001");
    fixture_teardown(&f);
}

/* It is asked again when something moved, one question at a time. */
static void asked_when_it_moved(void **state)
{
    struct view_fixture f;
    setup_of_blueprint(&f, 24, 80, FACE_UNICODE);
    assert_int_equal(f.number, 2);
    app_data_changed(f.app);
    assert_int_equal(f.number, 2); /* nothing moved */
    with_answers(&f);
    app_data_changed(f.app);
    assert_int_equal(f.number, 2);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f.snapshot;
    struct leeway_environment env = *leeway_environment_at(old, 0);
    struct leeway_target targets[3] = {env.target_rows[0], env.target_rows[1], env.target_rows[2]};
    targets[1].objects_ready = 9;
    env.target_rows = targets;
    leeway_snapshot_put_environment(b, 0, &env);
    f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f.app, f.snapshot);
    app_data_changed(f.app);
    leeway_snapshot_unref(old);
    assert_int_equal(f.number, 3);
    assert_int_equal(f.last.kind, LEEWAY_CMD_PARTS);
    assert_string_equal(f.last.environment, "payments-dev");
    fixture_teardown(&f);
}

/* The end of its life: another one from the ways of `p`, within what its blueprint allows. */
static void lives_longer(void **state)
{
    struct view_fixture f;
    setup_of_blueprint(&f, 24, 80, FACE_UNICODE);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f.snapshot;
    struct leeway_environment env = *leeway_environment_at(old, 0);
    env.expires_ms = STORY_NOW_MS + 5 * 3600 * 1000LL;
    env.expires_max_ms = STORY_NOW_MS + 7 * 24 * 3600 * 1000LL;
    leeway_snapshot_put_environment(b, 0, &env);
    f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f.app, f.snapshot);
    app_data_changed(f.app);
    leeway_snapshot_unref(old);
    fixture_run(&f, "snapshot it ends soon\nkeys p\ntype another\nsnapshot ways\nkeys Enter\n"
                    "snapshot as opened\ntype +30d\nsnapshot too long\nkeys Ctrl-U\ntype +2d\n"
                    "keys Tab\ntype demo on Friday\nsnapshot filled\nkeys Tab Enter\n");
    assert_true(f.last.kind != LEEWAY_CMD_EXTEND); /* the first button cancels */
    fixture_run(&f, "keys p\ntype another\nkeys Enter\nresize 40 120\nsnapshot wide\ntype +2d\n"
                    "keys Tab Tab Tab Enter\n");
    golden_check("environment-extend", &f.out);
    assert_int_equal(f.last.kind, LEEWAY_CMD_EXTEND);
    assert_string_equal(f.last.environment, "payments-dev");
    assert_true(f.last.expires_ms == env.expires_ms + 2 * 24 * 3600 * 1000LL);
    fixture_teardown(&f);
}

/* Its time is over: it says so, and both ways stand open, the deletion that waits and more time. */
static void it_is_over(void **state)
{
    struct view_fixture f;
    setup_of_blueprint(&f, 24, 80, FACE_UNICODE);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f.snapshot;
    struct leeway_environment env = *leeway_environment_at(old, 0);
    env.expires_ms = STORY_NOW_MS - 20 * 60000;
    env.expires_max_ms = STORY_NOW_MS + 7 * 24 * 3600 * 1000LL;
    env.expired = true;
    env.deletion_plan = TEXT("1a2b3c4d5e6f7788");
    leeway_snapshot_put_environment(b, 0, &env);
    f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f.app, f.snapshot);
    app_data_changed(f.app);
    leeway_snapshot_unref(old);
    fixture_run(&f, "snapshot over\nroles\nkeys p\nsnapshot ways\ntype another\nkeys Enter\n"
                    "snapshot more time\nkeys Esc\nresize 40 120\nsnapshot wide\n");
    golden_check("environment-over", &f.out);
    fixture_run(&f, "resize 24 80\nkeys p\ntype waits\nkeys Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_OPEN);
    assert_string_equal(f.last.plan, "1a2b3c4d5e6f7788");
    f.last.plan = NULL;
    fixture_run(&f, "keys Esc D\n"); /* it is not planned anew */
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_OPEN);
    assert_string_equal(f.last.plan, "1a2b3c4d5e6f7788");
    fixture_run(&f, "keys p\ntype another\nkeys Enter\ntype +2d\nkeys Tab Tab Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_EXTEND);
    assert_true(f.last.expires_ms > STORY_NOW_MS);
    fixture_teardown(&f);
}

static void gone(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, environment_new(f.app, TEXT("never")));
    fixture_run(&f, "keys Enter i p j ]\nsnapshot\n");
    fixture_shows(&f, "is gone", true);
    assert_int_equal(f.number, 0);
    fixture_teardown(&f);
}

RUN("environments", cmocka_unit_test(list_screens), cmocka_unit_test(one_screens),
    cmocka_unit_test(keys_lead_on), cmocka_unit_test(going_back_is_a_plan),
    cmocka_unit_test(plan_from_clusters), cmocka_unit_test(of_a_blueprint),
    cmocka_unit_test(all_its_tabs), cmocka_unit_test(keys_of_its_rows),
    cmocka_unit_test(asked_when_it_moved), cmocka_unit_test(lives_longer),
    cmocka_unit_test(it_is_over), cmocka_unit_test(gone))
