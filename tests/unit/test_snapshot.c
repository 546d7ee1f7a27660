// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "leeway/look.h"
#include "leeway/plan.h"
#include "leeway/snapshot.h"

#include <stdio.h>

static struct leeway_snapshot *fleet_of(size_t n)
{
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(NULL, 1000);
    for (size_t i = 0; i < n; i++) {
        char name[32];
        int len = snprintf(name, sizeof(name), "cluster-%zu", i);
        struct leeway_label label = {TEXT("tier"), TEXT("dev")};
        struct leeway_cluster c = {.id = i + 1, .labels = &label, .n_labels = 1};
        c.name = (struct text){name, (uint32_t)len, (uint32_t)len};
        leeway_snapshot_put_cluster(b, i, &c);
    }
    return leeway_snapshot_seal(b);
}

/* One changed row costs one page: the rows of all others stay where they were. */
static void pages_are_shared(void **state)
{
    struct leeway_snapshot *a = fleet_of(200);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(a, 2000);
    struct leeway_cluster changed = *leeway_cluster_at(a, 70);
    changed.state = LEEWAY_FAILED;
    leeway_snapshot_put_cluster(b, 70, &changed);
    struct leeway_snapshot *next = leeway_snapshot_seal(b);
    assert_int_equal(leeway_clusters(next), 200);
    assert_ptr_equal(leeway_cluster_at(a, 5), leeway_cluster_at(next, 5));
    assert_ptr_equal(leeway_cluster_at(a, 199), leeway_cluster_at(next, 199));
    assert_ptr_not_equal(leeway_cluster_at(a, 71), leeway_cluster_at(next, 71));
    leeway_snapshot_unref(a);
    assert_int_equal(leeway_cluster_at(next, 70)->state, LEEWAY_FAILED);
    assert_string_equal(leeway_cluster_at(next, 71)->name.str, "cluster-71");
    assert_string_equal(leeway_cluster_at(next, 71)->labels[0].value.str, "dev");
    assert_string_equal(leeway_cluster_by_name(next, "cluster-150")->name.str, "cluster-150");
    assert_true(leeway_snapshot_number(next) == 2);
    leeway_snapshot_unref(next);
}

static void tables_grow_and_shrink(void **state)
{
    struct leeway_snapshot *a = fleet_of(10);
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(a, 0);
    struct leeway_cluster c = {.id = 11, .name = TEXT("last")};
    leeway_snapshot_put_cluster(b, 10, &c);
    struct leeway_snapshot *more = leeway_snapshot_seal(b);
    assert_int_equal(leeway_clusters(more), 11);
    assert_string_equal(leeway_cluster_at(more, 9)->name.str, "cluster-9");
    b = leeway_snapshot_builder_new(more, 0);
    leeway_snapshot_truncate(b, 3, 0, 0, 0);
    struct leeway_snapshot *fewer = leeway_snapshot_seal(b);
    assert_int_equal(leeway_clusters(fewer), 3);
    assert_null(leeway_cluster_at(fewer, 3));
    b = leeway_snapshot_builder_new(fewer, 0);
    leeway_snapshot_put_cluster(b, 3, &c);
    struct leeway_snapshot *again = leeway_snapshot_seal(b);
    assert_string_equal(leeway_cluster_at(again, 3)->name.str, "last");
    assert_string_equal(leeway_cluster_at(fewer, 2)->name.str, "cluster-2");
    leeway_snapshot_unref(a);
    leeway_snapshot_unref(more);
    leeway_snapshot_unref(fewer);
    leeway_snapshot_unref(again);
}

static void plans_are_deep_copies(void **state)
{
    char name[] = "web";
    struct text on = TEXT("dev-1");
    struct leeway_plan_field field = {.path = TEXT(".spec.replicas"), .before = TEXT("2")};
    struct leeway_plan_row row = {.action = LEEWAY_ACTION_UPDATE,
                                  .name = {name, 3, 3},
                                  .clusters = &on,
                                  .n_clusters = 1,
                                  .fields = &field,
                                  .n_fields = 1};
    struct leeway_plan plan = {.hash = TEXT("abc"), .rows = &row, .n_rows = 1};
    struct leeway_plan *copy = leeway_plan_new(&plan);
    name[0] = 'X';
    assert_string_equal(copy->rows[0].name.str, "web");
    assert_string_equal(copy->rows[0].fields[0].path.str, ".spec.replicas");
    assert_string_equal(copy->why_not.str, "");
    leeway_plan_unref(leeway_plan_ref(copy));
    leeway_plan_unref(copy);
}

static void words_are_words(void **state)
{
    assert_string_equal(leeway_state_word(LEEWAY_FAILED), "failed");
    assert_string_equal(leeway_verdict_word(LEEWAY_VERDICT_ALLOWED), "allowed");
    assert_string_equal(leeway_action_word(LEEWAY_ACTION_TAKE_OVER), "take over");
    assert_string_equal(leeway_state_word(LEEWAY_STATE_COUNT), "unknown");
}

/* A table and a log are carried from snapshot to snapshot, with the pages that did not change. */
static void looks_are_carried_along(void **state)
{
    struct leeway_look head = {.id = 9, .plural = TEXT("pods"), .n_rows = 130};
    struct leeway_row row = {.name = TEXT("web")};
    struct leeway_look_builder *lb = leeway_look_builder_new(NULL, &head);
    for (size_t i = 0; i < 130; i++)
        leeway_look_put(lb, i, &row);
    struct leeway_look *one = leeway_look_seal(lb);
    lb = leeway_look_builder_new(one, &head);
    row.name = TEXT("api");
    leeway_look_put(lb, 64, &row);
    struct leeway_look *two = leeway_look_seal(lb);
    assert_ptr_equal(leeway_look_row(one, 0), leeway_look_row(two, 0));
    assert_string_equal(leeway_look_row(two, 64)->name.str, "api");
    assert_string_equal(leeway_look_row(two, 65)->name.str, "web");
    assert_null(leeway_look_row(two, 130));

    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(NULL, 0);
    leeway_snapshot_put_look(b, one);
    struct leeway_snapshot *s = leeway_snapshot_seal(b);
    b = leeway_snapshot_builder_new(s, 0);
    struct leeway_snapshot *t = leeway_snapshot_seal(b);
    leeway_snapshot_unref(s);
    assert_ptr_equal(leeway_look_by_id(t, 9), one);
    b = leeway_snapshot_builder_new(t, 0);
    leeway_snapshot_put_look(b, two);
    s = leeway_snapshot_seal(b);
    assert_ptr_equal(leeway_look_by_id(s, 9), two);
    b = leeway_snapshot_builder_new(s, 0);
    leeway_snapshot_drop_look(b, 9);
    leeway_snapshot_unref(s);
    s = leeway_snapshot_seal(b);
    assert_null(leeway_look_by_id(s, 9));
    leeway_snapshot_unref(s);
    leeway_snapshot_unref(t);
    leeway_look_unref(one);
    leeway_look_unref(two);
}

/* The oldest pages of a log go as they are; numbers go on. */
static void logs_drop_from_the_front(void **state)
{
    struct leeway_log *log = NULL;
    uint64_t number = 0;
    for (int round = 0; round < 40; round++) {
        struct leeway_log head = {.id = 3};
        size_t drop = log && log->n_lines > 200 ? (log->n_lines - 136) / 64 * 64 : 0;
        struct leeway_log_builder *b = leeway_log_builder_new(log, drop, &head);
        for (int i = 0; i < 17; i++) {
            struct leeway_line line = {.number = ++number, .text = TEXT("x")};
            leeway_log_add(b, &line);
        }
        struct leeway_log *next = leeway_log_seal(b);
        leeway_log_unref(log);
        log = next;
        for (size_t i = 0; i < log->n_lines; i++)
            assert_int_equal(leeway_log_line(log, i)->number, number - log->n_lines + 1 + i);
    }
    assert_true(log->n_lines < 300);
    leeway_log_unref(log);
}

RUN("snapshot", cmocka_unit_test(looks_are_carried_along),
    cmocka_unit_test(logs_drop_from_the_front), cmocka_unit_test(pages_are_shared),
    cmocka_unit_test(tables_grow_and_shrink), cmocka_unit_test(plans_are_deep_copies),
    cmocka_unit_test(words_are_words))
