// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "schema/typed.h"

static const char model[] =
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},\"n\":{\"type\":"
    "\"integer\"},\"tags\":{\"type\":\"array\",\"x-kubernetes-list-type\":\"set\",\"items\":{"
    "\"type\":\"string\"}},\"args\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
    "\"ports\":{\"type\":\"array\",\"x-kubernetes-list-type\":\"map\",\"x-kubernetes-list-map-"
    "keys\":[\"port\",\"protocol\"],\"items\":{\"type\":\"object\",\"properties\":{\"port\":{"
    "\"type\":\"integer\"},\"protocol\":{\"type\":\"string\",\"default\":\"TCP\"},\"name\":{"
    "\"type\":\"string\"}}}},\"color\":{\"type\":\"object\",\"x-kubernetes-map-type\":\"atomic\","
    "\"additionalProperties\":{\"type\":\"integer\"}},\"labels\":{\"type\":\"object\","
    "\"additionalProperties\":{\"type\":\"string\"}},\"any\":{\"x-kubernetes-preserve-unknown-"
    "fields\":true}}}";

struct fixture {
    struct val_pool p;
    const struct typed_atom *t;
};

static int set_up(void **state)
{
    static struct fixture f;
    val_pool_init(&f.p);
    const struct val *v = json_read(&f.p, model, sizeof(model) - 1, NULL, NULL);
    f.t = typed_of_schema(&f.p, schema_load(&f.p, v, NULL), NULL);
    *state = &f;
    return f.t ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    val_pool_clear(&f->p);
    return 0;
}

static const struct val *js(struct fixture *f, const char *s)
{
    const struct val *v = json_read(&f->p, s, strlen(s), NULL, NULL);
    assert_non_null(v);
    return v;
}

static void is_value(struct fixture *f, const char *want, const struct val *got)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    json_write(&b, got ? got : &val_null, JSON_COMPACT);
    if (!got || !val_equal(js(f, want), got))
        assert_string_equal(want, buf_str(&b));
    buf_clear(&b);
}

static void is_set(struct fixture *f, const char *want, fieldset got)
{
    assert_non_null(got);
    is_value(f, want, fieldset_write(&f->p, got));
}

static void test_fieldset(void **state)
{
    struct fixture *f = *state;
    is_set(f, "{\"f:name\":{},\"f:args\":{},\"f:color\":{},\"f:tags\":{\"v:\\\"x\\\"\":{}}}",
           typed_fieldset(&f->p, f->t,
                          js(f, "{\"name\":\"a\",\"args\":[\"x\"],\"color\":{\"r\":1},"
                                "\"tags\":[\"x\"]}")));
    is_set(f,
           "{\"f:ports\":{\"k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
           "\"f:port\":{}}},\"f:labels\":{\"f:a\":{}},\"f:any\":{\"f:x\":{\".\":{},\"f:y\":{}}}}",
           typed_fieldset(&f->p, f->t,
                          js(f, "{\"ports\":[{\"port\":80}],\"labels\":{\"a\":\"b\"},"
                                "\"any\":{\"x\":{\"y\":[1,{\"z\":2}]}}}")));
    is_set(f, "{\"f:labels\":{},\"f:name\":{}}",
           typed_fieldset(&f->p, f->t, js(f, "{\"name\":null,\"labels\":{},\"ports\":[]}")));
    is_set(f, "{\"f:tags\":{\"v:\\\"x\\\"\":{}}}",
           typed_fieldset(&f->p, f->t, js(f, "{\"tags\":[\"x\",\"x\",\"x\"]}")));
}

static void test_compare(void **state)
{
    struct fixture *f = *state;
    struct typed_changes c;
    assert_int_equal(
        typed_compare(&f->p, f->t,
                      js(f, "{\"n\":1,\"tags\":[\"a\",\"b\"],\"args\":[\"1\"],\"ports\":[{\"port\":"
                            "1}],\"labels\":null}"),
                      js(f,
                         "{\"n\":2,\"tags\":[\"b\",\"c\",\"c\"],\"args\":[\"1\",\"2\"],\"ports\":"
                         "[{\"port\":1,\"name\":\"x\"}],\"labels\":{}}"),
                      &c, NULL),
        0);
    is_set(f,
           "{\"f:tags\":{\"v:\\\"c\\\"\":{}},\"f:ports\":{\"k:{\\\"port\\\":1,\\\"protocol\\\":"
           "\\\"TCP\\\"}\":{\"f:name\":{}}}}",
           c.added);
    is_set(f, "{\"f:n\":{},\"f:args\":{},\"f:labels\":{}}", c.modified);
    is_set(f, "{\"f:tags\":{\"v:\\\"a\\\"\":{}}}", c.removed);
}

/* Shared items come in the order of the right, the others where the left had them. */
static void test_order(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][3] = {
        {"[\"a\",\"b\",\"c\"]", "[\"c\",\"a\"]", "[\"b\",\"c\",\"a\"]"},
        {"[\"a\",\"b\",\"c\",\"d\"]", "[\"d\",\"x\",\"b\"]", "[\"a\",\"c\",\"d\",\"x\",\"b\"]"},
        {"[\"a\",\"b\"]", "[\"c\"]", "[\"a\",\"b\",\"c\"]"},
        {"[\"a\",\"b\",\"a\"]", "[\"b\"]", "[\"a\",\"b\",\"a\"]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct val *out;
        const struct val *l = val_map_with(&f->p, js(f, "{}"), "tags", js(f, cases[i][0]));
        const struct val *r = val_map_with(&f->p, js(f, "{}"), "tags", js(f, cases[i][1]));
        assert_int_equal(typed_merge(&f->p, f->t, l, r, &out, NULL), 0);
        is_value(f, cases[i][2], val_get(out, "tags"));
    }
}

static void test_cut(void **state)
{
    struct fixture *f = *state;
    const struct val *v = js(f, "{\"name\":\"a\",\"tags\":[\"x\",\"y\"],\"color\":{\"r\":1},"
                                "\"ports\":[{\"port\":1,\"name\":\"p\"}]}");
    fieldset s = fieldset_read(&f->p,
                               js(f, "{\"f:tags\":{\"v:\\\"x\\\"\":{}},\"f:color\":{},\"f:ports\":{"
                                     "\"k:{\\\"port\\\":1,\\\"protocol\\\":\\\"TCP\\\"}\":{"
                                     "\"f:name\":{}}}}"),
                               NULL);
    is_value(f, "{\"name\":\"a\",\"tags\":[\"y\"],\"ports\":[{\"port\":1}]}",
             typed_remove(&f->p, f->t, v, s));
    is_value(f, "{\"tags\":[\"x\"],\"color\":{\"r\":1},\"ports\":[{\"name\":\"p\"}]}",
             typed_extract(&f->p, f->t, v, s));
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"{\"n\":\"1\"}", ".n: expected numeric (int or float), got string"},
        {"{\"name\":1}", ".name: expected string, got &value.valueUnstructured{Value:1}"},
        {"{\"nope\":1}", ".nope: field not declared in schema"},
        {"{\"ports\":{}}", ".ports: expected list, got &{map[]}"},
        {"{\"labels\":[\"a\"]}", ".labels: expected map, got &{[a]}"},
        {"{\"ports\":[{\"port\":1},{\"port\":1,\"protocol\":\"TCP\"}]}",
         ".ports: duplicate entries for key [port=1,protocol=\"TCP\"]"},
        {"{\"ports\":[null]}",
         ".ports: element 0: associative list with keys may not have a null element"},
        {"{\"n\":true,\"name\":2}",
         "errors:\n  .n: expected numeric (int or float), got bool\n  "
         ".name: expected string, got &value.valueUnstructured{Value:2}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = ERR_INIT;
        assert_int_equal(typed_validate(f->t, js(f, cases[i][0]), 0, &e), ERR_TYPE);
        assert_string_equal(e.text, cases[i][1]);
        err_clear(&e);
    }
    assert_int_equal(
        typed_validate(f->t, js(f, "{\"tags\":[\"a\",\"a\"]}"), TYPED_DUPLICATES, NULL), 0);
    assert_int_equal(typed_validate(f->t, js(f, "{\"any\":{\"x\":[{\"a\":null}]}}"), 0, NULL), 0);
}

static void test_reconcile(void **state)
{
    struct fixture *f = *state;
    fieldset out, s = fieldset_read(&f->p,
                                    js(f, "{\"f:color\":{\"f:r\":{}},\"f:args\":{\"v:\\\"x\\\"\":"
                                          "{}},\"f:labels\":{\"f:a\":{}},\"f:gone\":{\"f:x\":{}}}"),
                                    NULL);
    assert_int_equal(typed_reconcile(&f->p, f->t, s, &out, NULL), 0);
    is_set(f, "{\"f:color\":{},\"f:args\":{},\"f:labels\":{\"f:a\":{}},\"f:gone\":{\"f:x\":{}}}",
           out);
    s = fieldset_read(&f->p, js(f, "{\"f:color\":{},\"f:labels\":{\"f:a\":{}}}"), NULL);
    assert_int_equal(typed_reconcile(&f->p, f->t, s, &out, NULL), 0);
    assert_ptr_equal(out, s);
    s = fieldset_read(&f->p, js(f, "{\"f:labels\":{\"f:a\":{}}}"), NULL);
    is_set(f, "{\"f:labels\":{\".\":{},\"f:a\":{}}}", typed_with_fields(&f->p, f->t, s));
}

RUN("typed", cmocka_unit_test_setup_teardown(test_fieldset, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_compare, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_cut, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
    cmocka_unit_test_setup_teardown(test_reconcile, set_up, tear_down))
