// SPDX-License-Identifier: Apache-2.0
/* `=`: two releases, environments and clusters compared, on the screens. */
#include "view_fixture.h"

#include "base/mem.h"

#include "views/compare.h"
#include "views/environments.h"
#include "views/fleet.h"
#include "views/history.h"

#define ROW(kind_, object, name_, path_, a_, b_, on_)                                              \
    {                                                                                              \
        .kind = (kind_), .environment = TEXT("payments-dev"), .api_version = TEXT("apps/v1"),      \
        .object_kind = TEXT(object), .namespace_ = TEXT("payments-dev"), .name = TEXT(name_),      \
        .path = TEXT(path_), .a = TEXT(a_), .b = TEXT(b_), .on = (on_),                            \
        .cluster = TEXT("dev-us-1"), .cluster_id = 1                                               \
    }

static const struct leeway_compare_row rows[] = {
    ROW(LEEWAY_COMPARE_FIELD, "Deployment", "payments-dev-web",
        ".spec.template.spec.containers[name=\"web\"].resources.limits.memory", "256Mi", "384Mi",
        2),
    ROW(LEEWAY_COMPARE_FIELD, "Deployment", "payments-dev-web",
        ".spec.template.spec.containers[name=\"web\"].readinessProbe.httpGet.path", "/healthz",
        "/readyz", 2),
    ROW(LEEWAY_COMPARE_FIELD, "Deployment", "payments-dev-web",
        ".spec.template.spec.containers[name=\"web\"].env[name=\"DEBUG\"]", "false", "-", 2),
    ROW(LEEWAY_COMPARE_REPLACED, "Job", "payments-dev-migrate", "", "there", "replaced", 3),
    ROW(LEEWAY_COMPARE_DELETED, "PersistentVolumeClaim", "payments-dev-cache", "", "there",
        "deleted", 2),
    ROW(LEEWAY_COMPARE_CREATED, "PodDisruptionBudget", "payments-dev-web", "", "-", "created", 3),
    ROW(LEEWAY_COMPARE_FIELD, "Secret", "payments-dev-key", ".data.password",
        "\xe2\x80\xb9secret \xe2\x80\xa6"
        "1d3b\xe2\x80\xba",
        "\xe2\x80\xb9secret \xe2\x80\xa6"
        "bd25\xe2\x80\xba",
        3),
};

static void answer(struct view_fixture *f, size_t n, struct text note)
{
    const struct leeway_compare c = {.a = TEXT("r1"),
                                     .b = TEXT("r2"),
                                     .about_a = TEXT("r1 of payments-dev: web-app@1.4.0"),
                                     .about_b = TEXT("r2 of payments-dev: web-app@1.5.0"),
                                     .rows = rows,
                                     .n_rows = n,
                                     .clusters = 3,
                                     .note = note};
    struct leeway_compare *shared = leeway_compare_new(&c);
    fixture_answer(f, (struct leeway_event){.kind = LEEWAY_EVENT_COMPARE, .compare = shared});
    leeway_compare_unref(shared);
}

static void asked(const struct view_fixture *f, const char *a, const char *b)
{
    assert_int_equal(f->last.kind, LEEWAY_CMD_COMPARE);
    assert_int_equal(f->last.n_subjects, 2);
    assert_string_equal(f->last.subjects[0], a);
    assert_string_equal(f->last.subjects[1], b);
}

static void screens(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, compare_new(f.app, TEXT("payments-dev@r1"), TEXT("payments-dev@r2")));
    asked(&f, "payments-dev@r1", "payments-dev@r2");
    fixture_run(&f, "snapshot being compared\n");
    answer(&f, ARRAY_LEN(rows), TEXT_NONE);
    fixture_run(&f, "snapshot as opened\nroles\nkeys ]\nsnapshot replaced\n"
                    "keys /\ntype memory\nkeys Enter\nsnapshot filtered\nkeys c\nsnapshot copy\n");
    golden_check("compare-80x24", &f.out);
    buf_reset(&f.out);
    fixture_run(&f, "keys Esc Esc\nresize 40 120\nsnapshot\nresize 10 40\nsnapshot\n");
    golden_check("compare-sizes", &f.out);
    fixture_teardown(&f);
}

static void equal_or_refused(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, compare_new(f.app, TEXT("a"), TEXT("b")));
    answer(&f, 0, TEXT("2 clusters have only one of the two"));
    fixture_run(&f, "keys Enter y c Esc\nsnapshot\n");
    fixture_shows(&f, "They are equal, on 3 clusters.", true);
    fixture_shows(&f, "2 clusters have only one of the two", true);
    fixture_run(&f, "keys r\n");
    struct leeway_event ev = {.kind = LEEWAY_EVENT_FAILED};
    err_set(&ev.err, ERR_NOT_FOUND, "what r1 of a gave is not kept any more");
    fixture_answer(&f, ev);
    err_clear(&ev.err);
    buf_reset(&f.out);
    fixture_run(&f, "snapshot\n");
    fixture_shows(&f, "They cannot be compared: what r1 of a gave is not kept any more.", true);
    fixture_teardown(&f);
}

static void two_of_a_list(void **state)
{
    struct view_fixture f;
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, environments_new(f.app));
    fixture_run(&f, "keys = \n");
    assert_int_not_equal(f.last.kind, LEEWAY_CMD_COMPARE); /* none is marked */
    fixture_run(&f, "keys Space j Space =\n");
    assert_int_equal(f.last.kind, LEEWAY_CMD_COMPARE);
    assert_string_not_equal(f.last.subjects[0], f.last.subjects[1]);
    fixture_teardown(&f);
    fixture_setup(&f, 24, 80, FACE_UNICODE);
    app_push(f.app, fleet_new(f.app));
    fixture_run(&f, "keys Space l =\n"); /* one marked and the one under the cursor */
    assert_int_equal(f.last.kind, LEEWAY_CMD_COMPARE);
    assert_memory_equal(f.last.subjects[0], "cluster/", 8);
    assert_memory_equal(f.last.subjects[1], "cluster/", 8);
    fixture_teardown(&f);
}

RUN("compare view", cmocka_unit_test(screens), cmocka_unit_test(equal_or_refused),
    cmocka_unit_test(two_of_a_list))
