// SPDX-License-Identifier: Apache-2.0
/* Plans on the screen, whose field it is, and what stands between `a` and a cluster. */
#include "story_plan.h"
#include "view_fixture.h"

#include "views/drift_list.h"
#include "views/plan_view.h"

static void open_plan(struct view_fixture *f, struct leeway_plan *plan)
{
    app_push(f->app, plan_view_new(f->app, plan));
    leeway_plan_unref(plan);
}

static void screens(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    open_plan(&f, story_plan(LEEWAY_CHOICE_OPEN));
    fixture_run(&f, "snapshot as opened\nroles\nkeys ] l j\nsnapshot unfolded\nkeys G\n"
                    "snapshot the end\n");
    golden_check("plan-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("plan-sizes", &f.out);
    fixture_teardown(&f);
}

/* What the person has no right to is called so, in its row and below. */
static void forbidden(void **state)
{
    struct view_fixture f;
    struct leeway_plan *story = story_plan(LEEWAY_CHOICE_KEEP_THEIRS);
    struct leeway_plan plan = *story;
    struct leeway_plan_row rows[16];
    assert_true(plan.n_rows <= sizeof(rows) / sizeof(rows[0]));
    memcpy(rows, plan.rows, plan.n_rows * sizeof(rows[0]));
    rows[3].forbidden_verb = TEXT("patch");
    rows[3].forbidden_resource = TEXT("deployments.apps");
    rows[3].cause = TEXT("folder");
    rows[3].detail = TEXT("you may not patch deployments.apps in payments-dev");
    rows[3].hint = TEXT("ask for a role that allows it");
    plan.rows = rows;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    open_plan(&f, leeway_plan_new(&plan));
    leeway_plan_unref(story);
    fixture_run(&f, "keys j j j\nsnapshot\nresize 40 120\nsnapshot\n");
    golden_check("plan-forbidden", &f.out);
    fixture_teardown(&f);
    (void)state;
}

static void ascii(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_ASCII);
    open_plan(&f, story_plan(LEEWAY_CHOICE_TAKE_OVER));
    fixture_run(&f, "snapshot\nkeys a\nsnapshot\n");
    golden_check("plan-ascii", &f.out);
    for (size_t i = 0; i < f.out.len; i++)
        assert_true((unsigned char)f.out.data[i] < 0x80);
    fixture_teardown(&f);
}

static void another_choice_is_another_plan(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    open_plan(&f, story_plan(LEEWAY_CHOICE_OPEN));
    fixture_run(&f, "keys T\nsnapshot\n");
    fixture_shows(&f, "nobody else owns this", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys ] ] T\nsnapshot whose\n");
    golden_check("plan-owner", &f.out);
    fixture_run(&f, "keys Enter\n"); /* starts on Cancel */
    assert_int_equal(f.number, 0);
    fixture_run(&f, "keys T Tab Tab Enter\n");
    assert_int_equal(f.number, 1);
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_CHOOSE);
    assert_int_equal(f.last.choice, LEEWAY_CHOICE_KEEP_THEIRS);
    assert_int_equal(f.last.row, 3);
    assert_int_equal(f.last.n_paths, 1);
    assert_memory_equal(f.last.plan, "7f3c19e2", 8);
    buf_reset(&f.out);
    fixture_run(&f, "keys a\nsnapshot\n"); /* not while the answer is on its way */
    fixture_shows(&f, "still on its way", true);
    struct leeway_plan *next = story_plan(LEEWAY_CHOICE_KEEP_THEIRS);
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_PLAN, .plan = next});
    leeway_plan_unref(next);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "plan 90ab12cd", true);
    fixture_shows(&f, "theirs is kept", true);
    fixture_teardown(&f);
}

static void open_choices_hold_the_apply(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    open_plan(&f, story_plan(LEEWAY_CHOICE_OPEN));
    fixture_run(&f, "keys a Tab Enter\nsnapshot\n");
    fixture_shows(&f, "nobody decided", true);
    fixture_shows(&f, "[ Apply 16 changes ]", true);
    assert_int_equal(f.number, 0);
    fixture_teardown(&f);
}

static void applying(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    open_plan(&f, story_plan(LEEWAY_CHOICE_TAKE_OVER));
    fixture_run(&f, "keys a\nsnapshot the dialog\nkeys Enter\n");
    golden_check("plan-apply", &f.out);
    assert_int_equal(f.number, 0); /* it starts on Cancel */
    fixture_run(&f, "keys a Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_APPLY);
    assert_memory_equal(f.last.plan, "90ab12cd", 8);
    struct leeway_event ev = {.kind = LEEWAY_EVENT_FAILED};
    err_set(&ev.err, ERR_MOVED, "Deployment/payments-dev-web is not what was planned on");
    fixture_answer(&f, ev);
    err_clear(&ev.err);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "is not what was planned on", true);
    fixture_run(&f, "keys a Tab Enter\n");
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_DONE, .release = 2});
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "payments-dev r2", true);
    fixture_teardown(&f);
}

/* Its answer comes when the release ends; a person may have to open a gate before that. */
static void what_runs_is_looked_at_while_it_runs(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    struct leeway_plan *plan = story_plan(LEEWAY_CHOICE_TAKE_OVER);
    const struct leeway_release row = {.id = 40,
                                       .environment = TEXT("payments-dev"),
                                       .plan = plan->hash,
                                       .number = 2,
                                       .started_ms = STORY_NOW_MS};
    open_plan(&f, plan);
    fixture_run(&f, "keys a Tab Enter\n");
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f.snapshot;
    leeway_snapshot_put_release(b, 1, &row);
    f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f.app, f.snapshot);
    app_data_changed(f.app);
    leeway_snapshot_unref(old);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "payments-dev r2 is on its way", true);
    struct leeway_event ev = {.kind = LEEWAY_EVENT_FAILED};
    err_set(&ev.err, ERR_FORBIDDEN, "the server said no");
    fixture_answer(&f, ev);
    err_clear(&ev.err);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "the server said no", true);
    fixture_teardown(&f);
}

static void protected_and_shared(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    open_plan(&f, story_plan_protected());
    fixture_run(&f, "keys a\nsnapshot what is shared\nkeys Tab Enter\ntype search-pr\n"
                    "snapshot the name is to be typed\nroles\nkeys Tab Enter\n"
                    "paste od\nsnapshot paste refused\n");
    assert_int_equal(f.number, 0);
    fixture_run(&f, "type od\nsnapshot typed\nkeys Enter\n");
    golden_check("plan-protected", &f.out);
    assert_int_equal(f.last.kind, LEEWAY_CMD_APPLY);
    assert_string_equal(f.last.confirm, "search-prod");
    assert_true(f.last.confirm_shared);
    fixture_run(&f, "resize 10 40\n");
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_DONE, .release = 19});
    fixture_teardown(&f);
}

static void reverts_are_plans(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, drift_list_new(f.app));
    fixture_run(&f, "keys j Space Space p\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_REVERT);
    assert_int_equal(f.last.n_drift_ids, 2);
    assert_int_equal(f.drift_ids[0], 101);
    assert_int_equal(f.drift_ids[1], 102);
    struct leeway_plan *plan = story_plan(LEEWAY_CHOICE_NONE);
    fixture_answer(&f, (struct leeway_event){.kind = LEEWAY_EVENT_PLAN, .plan = plan});
    leeway_plan_unref(plan);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "payments-dev \xe2\x80\xba plan 90ab12cd", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc g Space p\nsnapshot\n"); /* of two environments */
    fixture_shows(&f, "one environment at a time", true);
    assert_int_equal(f.number, 1);
    fixture_run(&f, "keys Esc\n");
    app_push(f.app, drift_list_new_filtered(f.app, "state:unknown"));
    buf_reset(&f.out);
    fixture_run(&f, "keys p\nsnapshot\n");
    fixture_shows(&f, "nobody knows", true);
    app_push(f.app, drift_list_new_filtered(f.app, "cluster:dev-eu-1"));
    fixture_run(&f, "keys Enter p\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_REVERT);
    assert_int_equal(f.drift_ids[0], 100);
    fixture_teardown(&f);
}

RUN("plan_view", cmocka_unit_test(screens), cmocka_unit_test(forbidden), cmocka_unit_test(ascii),
    cmocka_unit_test(another_choice_is_another_plan), cmocka_unit_test(open_choices_hold_the_apply),
    cmocka_unit_test(applying), cmocka_unit_test(what_runs_is_looked_at_while_it_runs),
    cmocka_unit_test(protected_and_shared), cmocka_unit_test(reverts_are_plans))
