// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "data/val.h"

#include <stdio.h>

static const struct val *sample(struct val_pool *p, int extra)
{
    struct val_builder *b = val_builder_new(p, VAL_MAX_DEPTH);
    assert_int_equal(val_builder_map(b), 0);
    assert_int_equal(val_builder_key(b, "kind", 4), 0);
    assert_int_equal(val_builder_add(b, val_of_str(p, "Pod")), 0);
    assert_int_equal(val_builder_key(b, "n", 1), 0);
    assert_int_equal(val_builder_list(b), 0);
    assert_int_equal(val_builder_add(b, val_of_int(1)), 0);
    assert_int_equal(val_builder_add(b, val_of_double(2.0)), 0);
    assert_int_equal(val_builder_end(b), 0);
    assert_int_equal(val_builder_key(b, "kind", 4), ERR_EXISTS);
    for (int i = 0; i < extra; i++) {
        char key[16];
        int len = snprintf(key, sizeof(key), "x%d", i);
        assert_int_equal(val_builder_key(b, key, (size_t)len), 0);
        assert_int_equal(val_builder_add(b, val_of_int(i)), 0);
    }
    if (extra > 1)
        assert_int_equal(val_builder_key(b, "x1", 2), ERR_EXISTS);
    assert_int_equal(val_builder_end(b), 0);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static void maps_look_up_small_and_large(void **state)
{
    int sizes[] = {0, 5, 20, 500};
    for (size_t s = 0; s < 4; s++) {
        struct val_pool p;
        val_pool_init(&p);
        const struct val *v = sample(&p, sizes[s]);
        assert_non_null(v);
        assert_true(val_str_is(val_get(v, "kind"), "Pod"));
        assert_null(val_get(v, "absent"));
        for (int i = 0; i < sizes[s]; i++) {
            char key[16];
            snprintf(key, sizeof(key), "x%d", i);
            assert_int_equal(val_int(val_get(v, key), -1), i);
        }
        val_pool_clear(&p);
    }
}

static void equality_is_kubernetes(void **state)
{
    struct val_pool p, q;
    val_pool_init(&p);
    val_pool_init(&q);
    const struct val *a = sample(&p, 30), *b = sample(&q, 30);
    assert_true(val_equal(a, b));
    assert_true(val_hash(a) == val_hash(b));
    assert_int_equal(val_compare(a, b), 0);
    const struct val *c = val_map_with(&q, b, "kind", val_box(&q, val_of_str(&q, "Node")));
    assert_false(val_equal(a, c));
    assert_true(val_compare(a, c) > 0);
    const struct val *moved =
        val_map_with(&q, val_map_without(&q, b, "kind"), "kind", val_get(b, "kind"));
    assert_true(val_equal(a, moved));
    assert_true(val_hash(a) == val_hash(moved));
    struct val one = val_of_int(1), onef = val_of_double(1.0), big = val_of_uint(1ULL << 63),
               bigf = val_of_double(9223372036854775808.0), near = val_of_int(INT64_MAX);
    assert_true(val_equal(&one, &onef));
    assert_true(val_hash(&one) == val_hash(&onef));
    assert_true(val_equal(&big, &bigf));
    assert_true(val_hash(&big) == val_hash(&bigf));
    assert_false(val_equal(&near, &bigf));
    assert_true(val_compare(&near, &bigf) < 0);
    val_pool_clear(&p);
    const struct val *copy = val_copy(&q, c);
    assert_true(val_equal(copy, c));
    val_pool_clear(&q);
}

static void depth_and_size_are_bounded(void **state)
{
    struct val_pool p;
    val_pool_init_limited(&p, 2000);
    struct val_builder *b = val_builder_new(&p, 3);
    assert_int_equal(val_builder_list(b), 0);
    assert_int_equal(val_builder_list(b), 0);
    assert_int_equal(val_builder_list(b), 0);
    assert_int_equal(val_builder_list(b), ERR_LIMIT);
    for (int i = 0; i < 200; i++)
        assert_int_equal(val_builder_add(b, val_of_int(i)), 0);
    assert_int_equal(val_builder_end(b), ERR_LIMIT);
    val_builder_free(b);
    val_pool_clear(&p);
}

RUN("val", cmocka_unit_test(maps_look_up_small_and_large), cmocka_unit_test(equality_is_kubernetes),
    cmocka_unit_test(depth_and_size_are_bounded))
