// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "data/json.h"
#include "schema/schema.h"

static const struct schema *load(struct val_pool *p, const char *text, struct err *e)
{
    const struct val *v = json_read(p, text, strlen(text), NULL, e);
    return v ? schema_load(p, v, e) : NULL;
}

static void test_model(void **state)
{
    (void)state;
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    const struct schema *s =
        load(&p,
             "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{"
             "\"a\":{\"type\":\"string\",\"format\":\"date-time\",\"nullable\":true},"
             "\"b\":{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\","
             "\"x-kubernetes-list-map-keys\":[\"k\"],\"items\":{\"type\":\"object\","
             "\"additionalProperties\":{\"type\":\"integer\"}}},"
             "\"c\":{\"x-kubernetes-int-or-string\":true,\"default\":3}}}",
             &e);
    assert_non_null(s);
    assert_int_equal(s->type, SCHEMA_OBJECT);
    assert_int_equal(s->n_props, 3);
    assert_true(s->props[0].required);
    assert_false(s->props[1].required);
    const struct schema *a = schema_prop(s, "a", 1), *b = schema_prop(s, "b", 1);
    assert_string_equal(a->format, "date-time");
    assert_true(a->nullable);
    assert_int_equal(b->list_type, SCHEMA_LIST_MAP);
    assert_int_equal(b->n_list_keys, 1);
    assert_string_equal(b->list_keys[0], "k");
    assert_int_equal(b->items->additional->type, SCHEMA_INTEGER);
    assert_true(b->items->additional_allowed);
    assert_true(schema_prop(s, "c", 1)->int_or_string);
    assert_int_equal(val_int(schema_prop(s, "c", 1)->default_value, 0), 3);
    assert_null(schema_prop(s, "d", 1));
    const struct schema *root = schema_as_resource(&p, s);
    assert_int_equal(root->n_props, 6);
    assert_int_equal(schema_prop(schema_prop(root, "metadata", 8), "name", 4)->type, SCHEMA_STRING);
    assert_ptr_equal(schema_as_resource(&p, root), root);
    val_pool_clear(&p);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "[]",
        "{\"type\":\"thing\"}",
        "{\"properties\":[]}",
        "{\"properties\":{\"a\":1}}",
        "{\"x-kubernetes-list-type\":\"heap\"}",
        "{\"x-kubernetes-list-map-keys\":[1]}",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct val_pool p;
        struct err e = ERR_INIT;
        val_pool_init(&p);
        assert_null(load(&p, bad[i], &e));
        assert_int_equal(e.code, ERR_INVALID);
        err_clear(&e);
        val_pool_clear(&p);
    }
    struct val_pool p;
    struct err e = ERR_INIT;
    struct buf deep;
    val_pool_init(&p);
    buf_init(&deep, BUF_SMALL);
    for (int i = 0; i < 150; i++)
        assert_int_equal(buf_puts(&deep, "{\"items\":"), 0);
    assert_int_equal(buf_puts(&deep, "{}"), 0);
    for (int i = 0; i < 150; i++)
        assert_int_equal(buf_putc(&deep, '}'), 0);
    assert_null(load(&p, buf_str(&deep), &e));
    assert_int_equal(e.code, ERR_LIMIT);
    err_clear(&e);
    buf_clear(&deep);
    val_pool_clear(&p);
}

RUN("schema", cmocka_unit_test(test_model), cmocka_unit_test(test_refused))
