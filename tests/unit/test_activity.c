// SPDX-License-Identifier: Apache-2.0
/* Releases on the screen at 15:24: what runs, what it waits for, the log that follows. */
#include "view_fixture.h"

#include "base/mem.h"

#include "views/activity.h"

#define MINUTE 60000LL
#define AT(h, m, s)                                                                                \
    (STORY_NOW_MS - 14 * 60 * MINUTE - 5 * MINUTE + ((h)*60 + (m)) * MINUTE + (s)*1000)

static const struct leeway_log_line log_lines[] = {
    {AT(15, 9, 2), TEXT("dev-us-1"), TEXT("Deployment/payments-dev-web"), TEXT("updated"),
     LEEWAY_OK},
    {AT(15, 12, 0), TEXT("dev-us-1"), TEXT("Deployment/payments-dev-web"),
     TEXT("ready after 178 s"), LEEWAY_OK},
    {AT(15, 21, 4), TEXT("dev-eu-1"), TEXT("PodDisruptionBudget/payments-dev-web"), TEXT("created"),
     LEEWAY_OK},
    {AT(15, 21, 5), TEXT("dev-eu-1"), TEXT("StatefulSet/payments-dev-db"), TEXT("updated"),
     LEEWAY_OK},
    {AT(15, 22, 31), TEXT("dev-eu-1"), TEXT("StatefulSet/payments-dev-db"),
     TEXT("ready after 86 s"), LEEWAY_OK},
    {AT(15, 22, 31), TEXT("dev-eu-1"), TEXT("Job/payments-dev-migrate"), TEXT("replaced"),
     LEEWAY_OK},
    {AT(15, 23, 19), TEXT("dev-eu-1"), TEXT("Job/payments-dev-migrate"),
     TEXT("complete after 48 s"), LEEWAY_OK},
    {AT(15, 23, 20), TEXT("dev-eu-1"), TEXT("Deployment/payments-dev-web"), TEXT("updated"),
     LEEWAY_OK},
    {AT(15, 24, 1), TEXT("dev-eu-1"), TEXT("Deployment/payments-dev-web"), TEXT("4/6 ready"),
     LEEWAY_CHANGING},
    {AT(15, 24, 2), TEXT("dev-ap-1"), TEXT("Ingress/payments-dev-web"),
     TEXT("refused: admission webhook said no"), LEEWAY_FAILED},
};

/* The canary is well and the rest behind a gate: waits, or opened by alice. */
static struct leeway_snapshot *at_a_gate(struct leeway_snapshot *before, bool opened)
{
    const struct leeway_release_target targets[] = {
        {.cluster = TEXT("dev-us-1"),
         .state = LEEWAY_OK,
         .phase = LEEWAY_TARGET_HEALTHY,
         .done = 6,
         .total = 6,
         .since_ms = AT(15, 12, 0)},
        {.cluster = TEXT("dev-eu-1"),
         .state = opened ? LEEWAY_CHANGING : LEEWAY_PENDING,
         .phase = opened ? LEEWAY_TARGET_WAITING : LEEWAY_TARGET_QUEUED,
         .done = opened ? 3 : 0,
         .total = 6,
         .waiting = opened ? TEXT("Deployment/payments-dev-web 4/6 ready") : TEXT_NONE,
         .since_ms = opened ? AT(15, 23, 20) : AT(15, 9, 0),
         .fails_at_ms = opened ? AT(15, 33, 0) : 0,
         .stage = 1},
        {.cluster = TEXT("dev-ap-1"),
         .state = LEEWAY_PENDING,
         .phase = LEEWAY_TARGET_QUEUED,
         .total = 6,
         .since_ms = AT(15, 9, 0),
         .stage = 1}};
    const struct leeway_release_stage stages[] = {
        {.name = TEXT("canary"), .targets = 1, .done = 1, .at_once = 1},
        {.name = TEXT("rest"),
         .targets = 2,
         .at_once = 1,
         .budget = 1,
         .soak_ms = 600000,
         .gate = true,
         .waits = !opened,
         .opened_ms = opened ? AT(15, 21, 0) : 0,
         .opened_by = opened ? TEXT("alice") : TEXT_NONE,
         .why = opened ? TEXT_NONE : TEXT("rest waits to be approved")}};
    const struct leeway_release row = {.id = 40,
                                       .environment = TEXT("payments-dev"),
                                       .title = TEXT("web-app@1.5.0"),
                                       .plan = TEXT("7f3c19e2aabb"),
                                       .by = TEXT("alice"),
                                       .number = 2,
                                       .here = true,
                                       .rollout = stages[1].why,
                                       .state = LEEWAY_RELEASE_RUNNING,
                                       .started_ms = AT(15, 9, 0),
                                       .targets = 3,
                                       .targets_done = 1,
                                       .target_rows = targets,
                                       .n_target_rows = ARRAY_LEN(targets),
                                       .stages = stages,
                                       .n_stages = ARRAY_LEN(stages),
                                       .log = log_lines,
                                       .n_log = 5};
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(before, AT(15, 24, 1));
    leeway_snapshot_put_release(b, 2, &row);
    return leeway_snapshot_seal(b);
}

static struct leeway_snapshot *at_1524(struct leeway_snapshot *before, size_t n_log)
{
    const struct leeway_release_target targets[] = {
        {.cluster = TEXT("dev-us-1"),
         .state = LEEWAY_OK,
         .phase = LEEWAY_TARGET_HEALTHY,
         .done = 6,
         .total = 6,
         .since_ms = AT(15, 12, 0)},
        {.cluster = TEXT("dev-eu-1"),
         .state = LEEWAY_CHANGING,
         .phase = LEEWAY_TARGET_WAITING,
         .done = 3,
         .total = 6,
         .waiting = TEXT("Deployment/payments-dev-web 4/6 ready"),
         .since_ms = AT(15, 23, 20),
         .fails_at_ms = AT(15, 33, 0)},
        {.cluster = TEXT("dev-ap-1"),
         .state = LEEWAY_CHANGING,
         .phase = LEEWAY_TARGET_QUEUED,
         .total = 6,
         .since_ms = AT(15, 9, 0)}};
    const struct leeway_release_target failed[] = {{.cluster = TEXT("prod-us-2"),
                                                    .state = LEEWAY_FAILED,
                                                    .phase = LEEWAY_TARGET_FAILED,
                                                    .done = 2,
                                                    .total = 7,
                                                    .since_ms = AT(13, 58, 0),
                                                    .error = TEXT("image search:3.1.0 not found")}};
    const struct leeway_release rows[] = {
        {.id = 18,
         .environment = TEXT("search-prod"),
         .title = TEXT("folder ./search"),
         .plan = TEXT("1122334455"),
         .by = TEXT("erik"),
         .number = 18,
         .state = LEEWAY_RELEASE_FAILED,
         .started_ms = AT(13, 50, 0),
         .ended_ms = AT(13, 58, 0),
         .targets = 3,
         .targets_done = 2,
         .target_rows = failed,
         .n_target_rows = 1},
        {.id = 40,
         .environment = TEXT("payments-dev"),
         .title = TEXT("folder ./payments"),
         .plan = TEXT("7f3c19e2aabb"),
         .by = TEXT("alice"),
         .number = 2,
         .state = n_log > 9 ? LEEWAY_RELEASE_PAUSED : LEEWAY_RELEASE_RUNNING,
         .started_ms = AT(15, 9, 0),
         .targets = 3,
         .targets_done = 1,
         .target_rows = targets,
         .n_target_rows = ARRAY_LEN(targets),
         .log = log_lines,
         .n_log = n_log}};
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(before, AT(15, 24, 1));
    leeway_snapshot_put_release(b, 1, &rows[0]);
    leeway_snapshot_put_release(b, 2, &rows[1]);
    return leeway_snapshot_seal(b);
}

static void take(struct view_fixture *f, struct leeway_snapshot *s)
{
    app_set_snapshot(f->app, s);
    app_data_changed(f->app);
    leeway_snapshot_unref(f->snapshot);
    f->snapshot = s;
}

static void newer(struct view_fixture *f, size_t n_log)
{
    take(f, at_1524(f->snapshot, n_log));
}

static void setup(struct view_fixture *f, enum face face)
{
    fixture_setup(f, 24, 80, face);
    clock_fake_advance(&f->clock, AT(15, 24, 1) - STORY_NOW_MS);
    newer(f, 9);
    app_push(f->app, activity_new(f->app));
}

static void screens(void **state)
{
    struct view_fixture f;
    setup(&f, FACE_UNICODE);
    fixture_run(&f, "snapshot as opened\nroles\nkeys j j\nsnapshot one that failed\n");
    golden_check("activity-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys g\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("activity-sizes", &f.out);
    fixture_teardown(&f);
    setup(&f, FACE_ASCII);
    fixture_run(&f, "snapshot\n");
    golden_check("activity-ascii", &f.out);
    fixture_teardown(&f);
}

static void the_log_follows_until_it_is_moved(void **state)
{
    struct view_fixture f;
    setup(&f, FACE_UNICODE);
    fixture_run(&f, "resize 20 80\nsnapshot\n");
    fixture_shows(&f, "15:24:01", true);
    fixture_shows(&f, "following", true);
    fixture_run(&f, "keys Tab Tab k k\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "newer below", true);
    fixture_shows(&f, "15:24:01", false);
    newer(&f, 10);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "15:24:02", false); /* what is in view stays */
    buf_reset(&f.out);
    fixture_run(&f, "keys F\nsnapshot\n");
    fixture_shows(&f, "15:24:02", true);
    fixture_teardown(&f);
}

static void stop_and_pause(void **state)
{
    struct view_fixture f;
    setup(&f, FACE_UNICODE);
    fixture_run(&f, "keys S\nsnapshot\nkeys Enter\n");
    golden_check("activity-stop", &f.out);
    assert_int_equal(f.number, 0); /* it starts on Cancel */
    fixture_run(&f, "keys S Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PAUSE);
    assert_int_equal(f.last.release, 40);
    newer(&f, 10);
    fixture_run(&f, "keys S Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_RESUME);
    assert_int_equal(f.number, 2);
    fixture_run(&f, "keys S Tab Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_ABORT);
    buf_reset(&f.out);
    fixture_run(&f, "keys G S\nsnapshot\n");
    fixture_shows(&f, "it has ended", true);
    fixture_teardown(&f);
}

static void a_gate_is_opened_from_its_dialog(void **state)
{
    struct view_fixture f;
    setup(&f, FACE_UNICODE);
    take(&f, at_a_gate(f.snapshot, false));
    fixture_run(&f, "keys g\nsnapshot it waits\nroles\nkeys Enter\nsnapshot its dialog\n");
    golden_check("activity-gate-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Enter\n");
    assert_int_equal(f.number, 0); /* it starts on what changes nothing */
    fixture_run(&f, "keys Enter Tab Enter\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_APPROVE);
    assert_int_equal(f.last.release, 40);
    assert_string_equal(f.last.name, "rest");
    take(&f, at_a_gate(f.snapshot, true));
    fixture_run(&f, "snapshot opened\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("activity-gate-opened", &f.out);
    fixture_teardown(&f);
}

static void stages_have_a_cursor_of_their_own(void **state)
{
    struct view_fixture f;
    setup(&f, FACE_UNICODE);
    take(&f, at_a_gate(f.snapshot, false));
    fixture_run(&f, "keys g Tab\nsnapshot the gate\nkeys Enter\n");
    fixture_shows(&f, "> ^ rest", true);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\nkeys Esc j\nsnapshot\n");
    fixture_shows(&f, "Gate before rest of payments-dev r2", true);
    fixture_shows(&f, "> ^ dev-eu-1", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys j j Enter\nsnapshot a stage without a gate\n");
    fixture_shows(&f, "it has no gate", true);
    buf_reset(&f.out);
    fixture_run(&f, "keys k Enter\nsnapshot a cluster\n");
    fixture_shows(&f, "dev-ap-1", true);
    fixture_teardown(&f);
}

static void a_gate_stays_shut_where_nothing_may_change(void **state)
{
    struct view_fixture f;
    setup(&f, FACE_UNICODE);
    take(&f, at_a_gate(f.snapshot, false));
    app_set_read_only(f.app, true, false);
    fixture_run(&f, "keys g Enter Tab Enter\nsnapshot\n");
    fixture_shows(&f, "this console only looks on", true);
    assert_int_equal(f.number, 0);
    fixture_teardown(&f);
}

static void nothing(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_set_snapshot(f.app, NULL);
    app_push(f.app, activity_new(f.app));
    fixture_run(&f, "keys S Tab F j\nsnapshot\n");
    fixture_shows(&f, "Nothing runs", true);
    fixture_teardown(&f);
}

RUN("activity", cmocka_unit_test(screens), cmocka_unit_test(the_log_follows_until_it_is_moved),
    cmocka_unit_test(stop_and_pause), cmocka_unit_test(a_gate_is_opened_from_its_dialog),
    cmocka_unit_test(stages_have_a_cursor_of_their_own),
    cmocka_unit_test(a_gate_stays_shut_where_nothing_may_change), cmocka_unit_test(nothing))
