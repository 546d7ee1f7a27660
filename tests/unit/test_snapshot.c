// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

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

RUN("snapshot", cmocka_unit_test(pages_are_shared), cmocka_unit_test(tables_grow_and_shrink),
    cmocka_unit_test(plans_are_deep_copies), cmocka_unit_test(words_are_words))
