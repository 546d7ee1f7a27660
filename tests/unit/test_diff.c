// SPDX-License-Identifier: Apache-2.0
/* Differences, patches and changes at paths; the examples of RFC 7386 and of RFC 6902's appendix.
 */
#include "unit.h"

#include "data/diff.h"
#include "data/json.h"

#include <stdio.h>

static const struct val *json(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, text, strlen(text), NULL, &e);
    if (!v)
        fail_msg("%s: %s", text, e.text);
    return v;
}

static struct path parse(struct val_pool *p, const char *text)
{
    struct path path;
    struct err e = ERR_INIT;
    if (path_parse(p, text, strlen(text), &path, &e))
        fail_msg("%s: %s", text, e.text);
    return path;
}

static void expect_json(const struct val *v, const char *want)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    assert_non_null(v);
    assert_int_equal(json_write(&b, v, JSON_COMPACT), 0);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

/* RFC 7386, appendix A: original, patch, result. */
static const char *const merges[][3] = {
    {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
    {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
    {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
    {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
    {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
    {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
    {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
    {"[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]"},
    {"{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]"},
    {"{\"a\":\"foo\"}", "null", "null"},
    {"{\"a\":\"foo\"}", "\"bar\"", "\"bar\""},
    {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
    {"[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}"},
    {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
};

static void merge_patches(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    for (size_t i = 0; i < sizeof(merges) / sizeof(merges[0]); i++)
        expect_json(merge_patch_apply(&p, json(&p, merges[i][0]), json(&p, merges[i][1])),
                    merges[i][2]);
    expect_json(merge_patch_make(&p, json(&p, "{\"a\":1,\"b\":{\"x\":1,\"y\":2},\"c\":3}"),
                                 json(&p, "{\"b\":{\"x\":1,\"y\":3},\"c\":3,\"d\":[]}")),
                "{\"a\":null,\"b\":{\"y\":3},\"d\":[]}");
    val_pool_clear(&p);
}

/* RFC 6902, appendix A, and what follows from its text. result NULL: refused with the code. */
static const struct {
    const char *doc, *patch, *result;
    int code;
} patches[] = {
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
     "{\"foo\":\"bar\",\"baz\":\"qux\"}", 0},
    {"{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
     "{\"foo\":[\"bar\",\"qux\",\"baz\"]}", 0},
    {"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]",
     "{\"foo\":\"bar\"}", 0},
    {"{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
     "{\"foo\":[\"bar\",\"baz\"]}", 0},
    {"{\"baz\":\"qux\",\"foo\":\"bar\"}",
     "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
     "{\"baz\":\"boo\",\"foo\":\"bar\"}", 0},
    {"{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
     "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
     "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}", 0},
    {"{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
     "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
     "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}", 0},
    {"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
     "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},"
     "{\"op\":\"test\",\"path\":\"/foo/1\",\"value\":2}]",
     "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}", 0},
    {"{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]", NULL,
     ERR_CONFLICT},
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
     "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}", 0},
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"xyz\":123}]",
     "{\"foo\":\"bar\",\"baz\":\"qux\"}", 0},
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]", NULL,
     ERR_NOT_FOUND},
    /* A.13, whose two "op" members the reader takes as the last, "remove" */
    {"{\"foo\":\"bar\"}",
     "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]", NULL,
     ERR_NOT_FOUND},
    {"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10}]",
     "{\"/\":9,\"~1\":10}", 0},
    {"{\"/\":9,\"~1\":10}", "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":\"10\"}]", NULL,
     ERR_CONFLICT},
    {"{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
     "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}", 0},
    /* the whole document, empty names, numbers, places */
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":[1]}]", "[1]", 0},
    {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"\",\"value\":null}]", "null", 0},
    {"{\"\":1}", "[{\"op\":\"replace\",\"path\":\"/\",\"value\":2}]", "{\"\":2}", 0},
    {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0}]", "{\"a\":1}", 0},
    {"{\"a\":null}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}", 0},
    {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":2}]", "{\"a\":[1,2]}", 0},
    {"{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":1}", 0},
    {"{\"a\":1}", "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"}]", "{\"a\":1,\"b\":{\"a\":1}}",
     0},
    {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}", 0},
    {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":2}]", NULL, ERR_NOT_FOUND},
    {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/01\",\"value\":2}]", NULL, ERR_INVALID},
    {"{\"a\":[1]}", "[{\"op\":\"replace\",\"path\":\"/a/-\",\"value\":2}]", NULL, ERR_NOT_FOUND},
    {"{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/x\"}]", NULL, ERR_INVALID},
    {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":2}]", NULL, ERR_NOT_FOUND},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]", NULL, ERR_INVALID},
    {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]", NULL,
     ERR_INVALID},
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\"}]", NULL, ERR_INVALID},
    {"{\"a\":1}", "[{\"op\":\"add\",\"value\":1}]", NULL, ERR_INVALID},
    {"{\"a\":1}", "[{\"op\":\"copy\",\"path\":\"/b\"}]", NULL, ERR_INVALID},
    {"{\"a\":1}", "[{\"op\":\"frob\",\"path\":\"/b\"}]", NULL, ERR_INVALID},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"a\"}]", NULL, ERR_SYNTAX},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a~2\"}]", NULL, ERR_SYNTAX},
    {"{\"a\":1}", "[7]", NULL, ERR_TYPE},
    {"{\"a\":1}", "{}", NULL, ERR_TYPE},
    {"{\"a\":1}", "[]", "{\"a\":1}", 0},
};

static void json_patches(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    for (size_t i = 0; i < sizeof(patches) / sizeof(patches[0]); i++) {
        struct err e = ERR_INIT;
        const struct val *v =
            json_patch_apply(&p, json(&p, patches[i].doc), json(&p, patches[i].patch), &e);
        if (e.code != patches[i].code)
            fail_msg("%s: %s", patches[i].patch, e.text ? e.text : "accepted");
        if (patches[i].result)
            expect_json(v, patches[i].result);
        else
            assert_null(v);
        err_clear(&e);
    }
    val_pool_clear(&p);
}

static void a_patch_cannot_grow_without_bound(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    struct buf b;
    buf_init(&b, BUF_LARGE);
    buf_putc(&b, '[');
    for (int i = 0; i < 60; i++)
        buf_printf(&b, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/x%d\"}", i ? "," : "", i);
    buf_putc(&b, ']');
    struct err e = ERR_INIT;
    assert_null(json_patch_apply(&p, json(&p, "{\"a\":1}"), json(&p, buf_str(&b)), &e));
    assert_int_equal(e.code, ERR_LIMIT);
    err_clear(&e);
    buf_reset(&b);
    buf_putc(&b, '[');
    for (int i = 0; i < 300; i++)
        buf_printf(&b,
                   "%s{\"op\":\"add\",\"path\":\"\",\"value\":[]},"
                   "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/-\"}",
                   i ? "," : "");
    buf_putc(&b, ']');
    expect_json(json_patch_apply(&p, json(&p, "{}"), json(&p, buf_str(&b)), &e), "[[]]");
    buf_reset(&b);
    buf_putc(&b, '[');
    for (int i = 0; i <= 10000; i++)
        buf_printf(&b, "%s{}", i ? "," : "");
    buf_putc(&b, ']');
    assert_null(json_patch_apply(&p, json(&p, "{}"), json(&p, buf_str(&b)), &e));
    assert_int_equal(e.code, ERR_LIMIT);
    err_clear(&e);
    buf_clear(&b);
    val_pool_clear(&p);
}

/* ---- random values ---- */

static unsigned draw(unsigned *seed, unsigned n)
{
    *seed = *seed * 1103515245u + 12345u;
    return (*seed >> 16) % n;
}

static void random_value(struct buf *b, unsigned *seed, int depth)
{
    static const char *const scalars[] = {"1", "2.5", "true", "\"s\"", "\"t\"", "[]", "{}"};
    unsigned kind = depth ? draw(seed, 6) : 0;
    if (kind < 2) {
        buf_puts(b, scalars[draw(seed, 7)]);
    } else if (kind == 2) {
        buf_putc(b, '[');
        for (unsigned i = 0, n = draw(seed, 4); i < n; i++) {
            if (i)
                buf_putc(b, ',');
            random_value(b, seed, depth - 1);
        }
        buf_putc(b, ']');
    } else if (kind == 3) { /* items with names */
        unsigned mask = draw(seed, 16);
        const char *comma = "";
        buf_putc(b, '[');
        for (unsigned i = 0; i < 4; i++) {
            if (!(mask >> i & 1))
                continue;
            buf_printf(b, "%s{\"name\":\"n%u\",\"v\":", comma, i);
            random_value(b, seed, depth - 1);
            buf_putc(b, '}');
            comma = ",";
        }
        buf_putc(b, ']');
    } else {
        unsigned mask = draw(seed, 16);
        const char *comma = "";
        buf_putc(b, '{');
        for (unsigned i = 0; i < 4; i++) {
            if (!(mask >> i & 1))
                continue;
            buf_printf(b, "%s\"%c\":", comma, 'a' + (int)i);
            random_value(b, seed, depth - 1);
            comma = ",";
        }
        buf_putc(b, '}');
    }
}

static const struct val *draw_value(struct val_pool *p, unsigned *seed)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    random_value(&b, seed, 5);
    const struct val *v = json(p, buf_str(&b));
    buf_clear(&b);
    return v;
}

/* A difference, put back item by item, leads from one value to the other. */
static const struct val *replay(struct val_pool *p, const struct val *v, struct diff_items *d)
{
    /* from the back, so that what is removed by index does not shift what comes before */
    for (size_t i = d->len; i-- > 0;)
        if (d->items[i].op == DIFF_REMOVED)
            v = val_without_path(p, v, d->items[i].path);
    for (size_t i = 0; i < d->len; i++)
        if (d->items[i].op != DIFF_REMOVED)
            v = val_with_path(p, v, d->items[i].path, d->items[i].after);
    return v;
}

static void what_is_made_applies(void **state)
{
    unsigned seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct val_pool p;
        val_pool_init(&p);
        const struct val *a = draw_value(&p, &seed), *b = draw_value(&p, &seed);
        assert_true(val_equal(merge_patch_apply(&p, a, merge_patch_make(&p, a, b)), b));
        struct diff_items d = {0};
        assert_int_equal(diff_values(&p, a, b, NULL, NULL, &d), 0);
        assert_int_equal(d.len == 0, val_equal(a, b));
        const struct val *c = replay(&p, a, &d);
        struct diff_items rest = {0};
        assert_int_equal(diff_values(&p, c, b, NULL, NULL, &rest), 0);
        /* only the order of named items may still differ: added ones go to the end */
        for (size_t i = 0; i < rest.len; i++) {
            assert_true(val_is(rest.items[i].before, VAL_LIST));
            assert_int_equal(val_count(rest.items[i].before), val_count(rest.items[i].after));
        }
        diff_items_clear(&rest);
        diff_items_clear(&d);
        assert_int_equal(diff_values(&p, a, a, NULL, NULL, &d), 0);
        assert_int_equal(d.len, 0);
        val_pool_clear(&p);
    }
}

static void expect_diff(const char *before, const char *after, diff_keys_fn *keys, const char *want)
{
    struct val_pool p;
    val_pool_init(&p);
    struct diff_items d = {0};
    struct buf b;
    buf_init(&b, BUF_SMALL);
    assert_int_equal(diff_values(&p, json(&p, before), json(&p, after), keys, NULL, &d), 0);
    for (size_t i = 0; i < d.len; i++) {
        buf_putc(&b, "+-~"[d.items[i].op]);
        path_format(&b, d.items[i].path, PATH_STYLE_SERVER);
        buf_putc(&b, ' ');
    }
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
    diff_items_clear(&d);
    val_pool_clear(&p);
}

static const char *const *ports_and_sets(void *ctx, struct path path)
{
    static const char *const port[] = {"port", "protocol", NULL}, *const set[] = {NULL};
    if (path.len == 1 && strcmp(path.elems[0].as.field->s, "ports") == 0)
        return port;
    return path.len == 1 && strcmp(path.elems[0].as.field->s, "set") == 0 ? set : NULL;
}

static void differences_are_leaves(void **state)
{
    expect_diff("{\"a\":1,\"b\":{\"c\":[1,2]},\"d\":{}}",
                "{\"b\":{\"c\":[1,3,4]},\"e\":{\"f\":1},\"d\":7}", NULL,
                "-.a ~.b.c[1] +.b.c[2] ~.d +.e ");
    expect_diff("{\"l\":[{\"name\":\"a\",\"v\":1},{\"name\":\"b\"}]}",
                "{\"l\":[{\"name\":\"c\"},{\"name\":\"a\",\"v\":2}]}", NULL,
                "~.l[name=\"a\"].v -.l[name=\"b\"] +.l[name=\"c\"] ");
    /* only the order; two of one name */
    expect_diff("{\"l\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
                "{\"l\":[{\"name\":\"b\"},{\"name\":\"a\"}]}", NULL, "~.l ");
    expect_diff("{\"l\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "{\"l\":[{\"name\":\"a\"}]}", NULL,
                "-.l[1] ");
    expect_diff(
        "{\"ports\":[{\"port\":1,\"x\":1}],\"set\":[\"a\",\"b\"],\"l\":[{\"name\":\"a\"}]}",
        "{\"ports\":[{\"port\":1,\"protocol\":\"UDP\"},{\"port\":1,\"protocol\":\"TCP\",\"x\":1}],"
        "\"set\":[\"c\",\"a\"],\"l\":[{\"name\":\"b\"}]}",
        ports_and_sets,
        "+.ports[port=1,protocol=\"TCP\"].protocol +.ports[port=1,protocol=\"UDP\"] -.set[=\"b\"] "
        "+.set[=\"c\"] ~.l[0].name ");
    expect_diff("1", "1.0", NULL, "");
    expect_diff("1", "\"1\"", NULL, "~ ");
}

static void values_change_at_paths(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v =
        json(&p, "{\"a\":{\"b\":1},\"l\":[{\"name\":\"x\",\"v\":1}],\"s\":[\"q\"]}");
    const struct val *two = json(&p, "2"), *map = json(&p, "{\"v\":9}");
    expect_json(val_with_path(&p, v, parse(&p, ".a.c.d"), two),
                "{\"a\":{\"b\":1,\"c\":{\"d\":2}},\"l\":[{\"name\":\"x\",\"v\":1}],\"s\":[\"q\"]}");
    expect_json(val_with_path(&p, v, parse(&p, ".l[name=\"x\"].v"), two),
                "{\"a\":{\"b\":1},\"l\":[{\"name\":\"x\",\"v\":2}],\"s\":[\"q\"]}");
    expect_json(val_get(val_with_path(&p, v, parse(&p, ".l[name=\"y\"].v"), two), "l"),
                "[{\"name\":\"x\",\"v\":1},{\"v\":2,\"name\":\"y\"}]");
    expect_json(val_get(val_with_path(&p, v, parse(&p, ".l[name=\"x\"]"), map), "l"),
                "[{\"v\":9,\"name\":\"x\"}]");
    expect_json(val_get(val_with_path(&p, v, parse(&p, ".s[=\"r\"]"), two), "s"), "[\"q\",\"r\"]");
    expect_json(val_get(val_with_path(&p, v, parse(&p, ".s[=\"q\"]"), two), "s"), "[\"q\"]");
    expect_json(val_get(val_with_path(&p, v, parse(&p, ".s[1]"), two), "s"), "[\"q\",2]");
    expect_json(val_with_path(&p, v, parse(&p, ".a"), two),
                "{\"a\":2,\"l\":[{\"name\":\"x\",\"v\":1}],\"s\":[\"q\"]}");
    expect_json(val_with_path(&p, v, parse(&p, ""), two), "2");
    assert_null(val_with_path(&p, v, parse(&p, ".s[2]"), two));
    assert_null(val_with_path(&p, v, parse(&p, ".s[*]"), two));
    expect_json(val_get(val_without_path(&p, v, parse(&p, ".l[name=\"x\"].v")), "l"),
                "[{\"name\":\"x\"}]");
    expect_json(val_get(val_without_path(&p, v, parse(&p, ".l[name=\"x\"]")), "l"), "[]");
    expect_json(val_get(val_without_path(&p, v, parse(&p, ".s[=\"q\"]")), "s"), "[]");
    expect_json(val_get(val_without_path(&p, v, parse(&p, ".s[0]")), "s"), "[]");
    expect_json(val_get(val_without_path(&p, v, parse(&p, ".a.b")), "a"), "{}");
    static const char *const absent[] = {".x",    ".a.b.c", ".l[name=\"z\"]", ".l[name=\"z\"].v",
                                         ".s[4]", ".s.x",   ".a[0]",          ".s[*]"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        assert_ptr_equal(val_without_path(&p, v, parse(&p, absent[i])), v);
    val_pool_clear(&p);
}

static void only_what_is_named_is_extracted(void **state)
{
    static const char *const cases[][2] = {
        {"{\"f:spec\":{\"f:replicas\":{}}}", "{\"spec\":{\"replicas\":3}}"},
        {"{\"f:spec\":{\"f:c\":{\"k:{\\\"name\\\":\\\"w\\\"}\":{\".\":{},\"f:image\":{}}}}}",
         "{\"spec\":{\"c\":[{\"name\":\"w\",\"image\":\"i\"}]}}"},
        {"{\"f:spec\":{\"f:c\":{\"k:{\\\"name\\\":\\\"v\\\"}\":{}}}}",
         "{\"spec\":{\"c\":[{\"name\":\"v\",\"x\":1}]}}"},
        {"{\"f:metadata\":{\"f:labels\":{\".\":{},\"f:gone\":{}},\"f:finalizers\":{\"v:\\\"b\\\"\":"
         "{}}}}",
         "{\"metadata\":{\"labels\":{},\"finalizers\":[\"b\"]}}"},
        {"{\"f:nothing\":{\"f:x\":{}}}", "{}"},
        {"{}", "{}"},
    };
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v =
        json(&p, "{\"metadata\":{\"labels\":{\"a\":\"b\"},\"finalizers\":[\"a\",\"b\"]},"
                 "\"spec\":{\"replicas\":3,\"c\":[{\"name\":\"v\",\"x\":1},"
                 "{\"name\":\"w\",\"image\":\"i\",\"y\":2}]}}");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fieldset s = fieldset_read(&p, json(&p, cases[i][0]), NULL);
        assert_non_null(s);
        expect_json(val_extract(&p, v, s), cases[i][1]);
    }
    val_pool_clear(&p);
}

RUN("diff", cmocka_unit_test(merge_patches), cmocka_unit_test(json_patches),
    cmocka_unit_test(a_patch_cannot_grow_without_bound), cmocka_unit_test(what_is_made_applies),
    cmocka_unit_test(differences_are_leaves), cmocka_unit_test(values_change_at_paths),
    cmocka_unit_test(only_what_is_named_is_extracted))
