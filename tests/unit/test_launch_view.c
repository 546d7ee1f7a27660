// SPDX-License-Identifier: Apache-2.0
/* The form's screen: fields, clusters, the plan beside it, and what it asks the engine. */
#include "story_catalog.h"
#include "view_fixture.h"

#include "views/catalog.h"
#include "views/launch.h"

static const struct leeway_plan_place places[] = {
    {TEXT("dev-ap-1"), true, false, TEXT("the environment does not name it")},
    {TEXT("dev-eu-1"), true, false, TEXT("the environment does not name it")},
    {TEXT("prod-eu-1"), false, false, TEXT("team payments has clusters with tier=dev")},
    {TEXT("prod-us-1"), false, false, TEXT("team payments has clusters with tier=dev")},
};

static void setup(struct view_fixture *f, int rows, int cols, enum face face)
{
    fixture_setup(f, rows, cols, face);
    leeway_snapshot_unref(f->snapshot);
    f->snapshot = story_catalog();
    app_set_snapshot(f->app, f->snapshot);
}

/* The engine's answer to the draft that was asked for last. */
static void answer(struct view_fixture *f, int32_t creates)
{
    static const struct text clusters[] = {TEXT("dev-eu-1")};
    struct leeway_plan_row row = {.number = 1,
                                  .action = LEEWAY_ACTION_CREATE,
                                  .api_version = TEXT("apps/v1"),
                                  .object_kind = TEXT("Deployment"),
                                  .namespace_ = TEXT("payments-new"),
                                  .name = TEXT("payments-new-web"),
                                  .cause = TEXT("web-app@1.4.0"),
                                  .detail = TEXT_NONE,
                                  .hint = TEXT_NONE,
                                  .clusters = clusters,
                                  .n_clusters = 1};
    struct leeway_plan_target target = {TEXT("dev-eu-1"), TEXT("uid"), TEXT("alice"), false,
                                        TEXT_NONE};
    struct leeway_plan p = {.hash = TEXT_NONE,
                            .environment = TEXT("payments-new"),
                            .environment_uuid = TEXT_NONE,
                            .namespace_ = TEXT("payments-new"),
                            .title = TEXT("web-app@1.4.0"),
                            .why_not = TEXT("it is a draft"),
                            .changes = creates,
                            .rows = &row,
                            .n_rows = creates ? 1 : 0,
                            .targets = &target,
                            .n_targets = 1,
                            .places = places,
                            .n_places = 4};
    p.counts[LEEWAY_ACTION_CREATE] = creates;
    struct leeway_plan *plan = leeway_plan_new(&p);
    fixture_answer(f, (struct leeway_event){.kind = LEEWAY_EVENT_PLAN, .plan = plan});
    leeway_plan_unref(plan);
}

static void screens(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "keys p\nsnapshot as opened\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_DRAFT);
    answer(&f, 0);
    fixture_run(&f, "snapshot with clusters\ntype payments-new\nroles\n");
    golden_check("launch-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Tab Tab Tab Tab Tab Tab Enter\n"); /* dev-eu-1 */
    answer(&f, 0);
    fixture_run(&f, "keys Tab Tab\ntype registry.example/pay\nsnapshot no tag\nroles\n"
                    "type :1.9\nkeys Tab\ntype hunter2\nsnapshot no secret\n"
                    "keys Ctrl-U\ntype secretRef payments/db-main/password\nkeys Tab "
                    "Enter\nsnapshot open list\n"
                    "keys Down Enter\n");
    answer(&f, 13);
    fixture_run(&f, "snapshot all well\n");
    golden_check("launch-filled", &f.out);
    fixture_shows(&f, "hunter2", false);
    buf_reset(&f.out);
    fixture_run(&f, "resize 40 120\nsnapshot\nresize 16 50\nsnapshot\n");
    golden_check("launch-sizes", &f.out);
    fixture_teardown(&f);
}

static void its_end_is_a_plan(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "keys p\n");
    answer(&f, 0);
    fixture_run(&f, "keys F8\n"); /* fields are missing */
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_DRAFT);
    fixture_run(&f, "type payments-new\nkeys Tab Tab Tab Tab Tab Enter\n");
    answer(&f, 0);
    fixture_run(&f, "keys Tab Tab\ntype pay:1.9\nkeys Tab\ntype env DB\nkeys F8\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_ENVIRONMENT);
    assert_true(f.last.fresh);
    assert_string_equal(f.last.environment, "payments-new");
    struct leeway_event no = {.kind = LEEWAY_EVENT_FAILED};
    err_set(&no.err, ERR_EXISTS, "it is there");
    fixture_answer(&f, no);
    err_clear(&no.err);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "new environment", true); /* the form is still there */
    fixture_run(&f, "keys Esc\n");
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "you may launch", true);
    fixture_teardown(&f);
}

static void items_come_and_go(void **state)
{
    struct view_fixture f;
    setup(&f, 50, 80, FACE_UNICODE);
    app_push(f.app, catalog_new(f.app));
    fixture_run(&f, "keys p\n");
    answer(&f, 0);
    fixture_run(&f, "keys End\n");
    fixture_run(&f, "keys Up Up Up Enter\ntype team\nkeys Enter\ntype pay\nsnapshot a label\n");
    fixture_shows(&f, "team", true);
    fixture_run(&f, "keys Backspace Backspace Backspace Backspace\n");
    fixture_teardown(&f);
}

static void an_environment_is_changed(void **state)
{
    struct view_fixture f;
    setup(&f, 40, 120, FACE_UNICODE);
    const struct leeway_env_file *file = leeway_env_file_find(f.snapshot, "payments-dev", false);
    app_push(f.app, launch_change_new(f.app, file, TEXT_NONE));
    answer(&f, 0);
    fixture_run(&f, "snapshot\n");
    golden_check("launch-change", &f.out);
    fixture_shows(&f, "secretRef payments/db-main/password", true);
    fixture_run(&f, "keys F8\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_PLAN_ENVIRONMENT);
    assert_false(f.last.fresh);
    assert_string_equal(f.last.environment, "payments-dev");
    fixture_teardown(&f);
}

#define ODD_DOCUMENT                                                                               \
    "{\"metadata\":{\"name\":\"payments-dev\"},\"spec\":{\"team\":\"pay\\u200bments\","            \
    "\"blueprint\":{\"name\":\"web-app\",\"version\":\"1.4.0\"},\"params\":{"                      \
    "\"image\":\"re\\u00a0g:1\",\"dbPassword\":{\"env\":\"P\"}}}}"

/* What is not touched goes back into the file as it stands there. */
static void invisible_characters_stay(void **state)
{
    struct view_fixture f;
    setup(&f, 24, 80, FACE_UNICODE);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f.snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f.snapshot;
    struct leeway_env_file file = *leeway_env_file_find(old, "payments-dev", false);
    file.document = TEXT(ODD_DOCUMENT);
    size_t at = 0;
    while (!text_equal(leeway_env_file_at(old, at)->name, file.name))
        at++;
    leeway_snapshot_put_env_file(b, at, &file);
    f.snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f.app, f.snapshot);
    leeway_snapshot_unref(old);
    app_push(f.app, launch_change_new(
                        f.app, leeway_env_file_find(f.snapshot, "payments-dev", false), TEXT_NONE));
    assert_non_null(strstr(f.last.document, "pay\\u200bments"));
    assert_non_null(strstr(f.last.document, "re\\u00a0g:1"));
    fixture_run(&f, "keys Tab Tab\ntype x\n"); /* the owner, beside them */
    assert_non_null(strstr(f.last.document, "\"owner\":\"x\""));
    assert_non_null(strstr(f.last.document, "pay\\u200bments"));
    assert_non_null(strstr(f.last.document, "re\\u00a0g:1"));
    fixture_teardown(&f);
}

/* A parameter of every form there is. */
#define EVERY_FORM                                                                                 \
    "{\"type\":\"object\",\"required\":[\"host\",\"rules\"],\"properties\":{"                      \
    "\"host\":{\"type\":\"string\",\"pattern\":\"^[a-z.]+$\",\"x-pattern-text\":\"lower-case "     \
    "letters and dots\",\"x-order\":1,\"description\":\"Where it answers\"},"                      \
    "\"zone\":{\"type\":\"string\",\"x-order\":2,\"enum\":[\"eu-central-1\",\"eu-central-2\","     \
    "\"eu-west-1\",\"eu-west-2\",\"us-east-1\",\"us-east-2\",\"us-west-1\"],\"default\":"          \
    "\"eu-west-1\"},"                                                                              \
    "\"share\":{\"type\":\"number\",\"minimum\":0.1,\"maximum\":1,\"default\":0.5,"                \
    "\"x-order\":3},"                                                                              \
    "\"debug\":{\"type\":\"boolean\",\"default\":false,\"x-order\":4},"                            \
    "\"level\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9,\"default\":3,\"x-order\":5,"     \
    "\"x-visible-when\":\"params.debug\"},"                                                        \
    "\"token\":{\"type\":\"string\",\"x-secret\":true,\"x-order\":6},"                             \
    "\"probe\":{\"type\":\"object\",\"x-order\":7,\"required\":[\"path\"],\"properties\":{"        \
    "\"path\":{\"type\":\"string\",\"default\":\"/healthz\"},\"limits\":{\"type\":\"object\","     \
    "\"properties\":{\"seconds\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":60,\"default\":"  \
    "5}}}}},"                                                                                      \
    "\"rules\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":3,\"x-order\":8,\"items\":{"        \
    "\"type\":\"object\",\"required\":[\"from\"],\"properties\":{\"from\":{\"type\":\"string\"},"  \
    "\"ports\":{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":"     \
    "65535}}}}},"                                                                                  \
    "\"labels\":{\"type\":\"object\",\"x-order\":9,\"additionalProperties\":{\"type\":"            \
    "\"string\",\"maxLength\":8}},"                                                                \
    "\"extra\":{\"x-order\":10,\"description\":\"Anything else\"}}}"

static void every_type(struct view_fixture *f, int rows, int cols, const char *golden)
{
    setup(f, rows, cols, FACE_UNICODE);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(f->snapshot, STORY_NOW_MS);
    struct leeway_snapshot *old = f->snapshot;
    struct leeway_blueprint row = *leeway_blueprint_find(old, "web-app", "1.4.0");
    row.name = TEXT("every-form");
    row.schema = TEXT(EVERY_FORM);
    leeway_snapshot_put_blueprint(b, 0, &row);
    f->snapshot = leeway_snapshot_seal(b);
    app_set_snapshot(f->app, f->snapshot);
    leeway_snapshot_unref(old);
    app_push(f->app, launch_new(f->app, leeway_blueprint_find(f->snapshot, "every-form", NULL)));
    answer(f, 3);
    fixture_run(f,
                "type every\nkeys Tab Tab Tab Tab Tab Tab Tab\nsnapshot parameters\n"
                "type Bad Host\nsnapshot a pattern\nkeys Ctrl-U\ntype a.b\nkeys Tab Enter\n"
                "type west\nsnapshot an enum, searched\nkeys Enter Tab\nkeys Ctrl-U\ntype 7\n"
                "snapshot a range\nkeys Ctrl-U\ntype 0.7\nkeys Tab Enter\nsnapshot what a switch "
                "shows\nkeys Tab Tab\ntype s3cret\nsnapshot a secret that is none\nkeys Ctrl-U\n"
                "type file /run/t\nkeys Tab Tab\n");
    fixture_run(f, "snapshot a group in a group\nkeys Ctrl-U\ntype 99\nkeys Tab\nsnapshot a list "
                   "that needs one\nkeys Enter\nsnapshot an item\n");
    fixture_run(f, "type 10.0.0.0/8\nkeys Tab Enter\ntype 80\nsnapshot a list in an item\n"
                   "keys Tab Enter\ntype tier\nkeys Enter\ntype much too long\nsnapshot a map\n"
                   "keys Tab\ntype {a: [1, 2}\nsnapshot broken yaml\nkeys Ctrl-U\n"
                   "type {a: [1, 2]}\nsnapshot the whole\n");
    golden_check(golden, &f->out);
    fixture_teardown(f);
}

static void every_type_has_a_field(void **state)
{
    struct view_fixture f;
    every_type(&f, 24, 80, "launch-types-80x24");
    every_type(&f, 40, 120, "launch-types-120x40");
}

RUN("the form's screen", cmocka_unit_test(screens), cmocka_unit_test(invisible_characters_stay),
    cmocka_unit_test(every_type_has_a_field), cmocka_unit_test(its_end_is_a_plan),
    cmocka_unit_test(items_come_and_go), cmocka_unit_test(an_environment_is_changed))
