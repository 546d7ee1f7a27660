// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "data/path.h"

#include <locale.h>
#include <stdlib.h>

static struct path parse(struct val_pool *p, const char *text)
{
    struct path path;
    struct err e = ERR_INIT;
    if (path_parse(p, text, strlen(text), &path, &e))
        fail_msg("%s: %s", text, e.text);
    return path;
}

static void expect_format(struct val_pool *p, const char *text, enum path_style style,
                          const char *want)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    assert_int_equal(path_format(&b, parse(p, text), style), 0);
    assert_string_equal(buf_str(&b), want);
    buf_clear(&b);
}

/* text; how many elements; the server's form; the quoted form */
static const struct {
    const char *text;
    size_t len;
    const char *server, *quoted;
} forms[] = {
    {"", 0, "", ""},
    {".spec.containers[name=\"web\"].image", 4, ".spec.containers[name=\"web\"].image",
     ".spec.containers[name=\"web\"].image"},
    {".metadata.finalizers[=\"a/b\"]", 3, ".metadata.finalizers[=\"a/b\"]",
     ".metadata.finalizers[=\"a/b\"]"},
    {".spec.rules[0].host", 4, ".spec.rules[0].host", ".spec.rules[0].host"},
    {".spec.ports[protocol=\"TCP\",port=80]", 3, ".spec.ports[port=80,protocol=\"TCP\"]",
     ".spec.ports[port=80,protocol=\"TCP\"]"},
    {".x[a=1.5,b=true,c=null,d=-2]", 2, ".x[a=1.5,b=true,c=null,d=-2]",
     ".x[a=1.5,b=true,c=null,d=-2]"},
    {".metadata.annotations[\"example.org/x\"]", 3, ".metadata.annotations.example.org/x",
     ".metadata.annotations[\"example.org/x\"]"},
    /* the server's bare form, read back: dots and brackets below a map of names */
    {".metadata.annotations.example.org/x", 3, ".metadata.annotations.example.org/x",
     ".metadata.annotations[\"example.org/x\"]"},
    {".spec.template.metadata.labels.a.b[0]", 5, ".spec.template.metadata.labels.a.b[0]",
     ".spec.template.metadata.labels[\"a.b[0]\"]"},
    {".data.config[1].yaml", 2, ".data.config[1].yaml", ".data[\"config[1].yaml\"]"},
    {".spec.data.a.b", 4, ".spec.data.a.b", ".spec.data.a.b"},
    {".spec.selector.matchLabels.app.kubernetes.io/name", 4,
     ".spec.selector.matchLabels.app.kubernetes.io/name",
     ".spec.selector.matchLabels[\"app.kubernetes.io/name\"]"},
    {".spec.containers[name=\"c\"].resources.limits.nvidia.com/gpu", 6,
     ".spec.containers[name=\"c\"].resources.limits.nvidia.com/gpu",
     ".spec.containers[name=\"c\"].resources.limits[\"nvidia.com/gpu\"]"},
    /* something below such a name has to be told from the name */
    {".metadata.labels[\"app\"].x", 4, ".metadata.labels.app.x", ".metadata.labels[\"app\"].x"},
    {".spec.*[*].image", 4, ".spec[*][*].image", ".spec[*][*].image"},
    {".metadata.annotations.*", 3, ".metadata.annotations[*]", ".metadata.annotations[*]"},
    {"[\"*\"][\"\"]", 2, ".*.", "[\"*\"][\"\"]"},
    {".a[=\"\\u00e9\\n\\u0001\\u00a0\\u2028<\"]", 2, ".a[=\"\u00e9\\n\\x01\\u00a0\\u2028<\"]",
     ".a[=\"\u00e9\\n\\u0001\u00a0\u2028<\"]"},
    {".a[=\"\\x41\\a\\ud83d\\ude00\\U0001f600\"]", 2, ".a[=\"A\\a\U0001f600\U0001f600\"]",
     ".a[=\"A\\u0007\U0001f600\U0001f600\"]"},
    {".a[\"k.y\"=\"v\"]", 2, ".a[k.y=\"v\"]", ".a[\"k.y\"=\"v\"]"},
    {".a[=1e300][=1e-7][=123456789012345678901][=0.25][=100.0]", 6,
     ".a[=1e+300][=1e-07][=123456789012345680000][=0.25][=100]",
     ".a[=1e+300][=1e-07][=1.2345678901234568e+20][=0.25][=100]"},
    {".a[=9223372036854775807][=-9223372036854775808][=9223372036854775808]", 4,
     ".a[=9223372036854775807][=-9223372036854775808][=9223372036854776000]",
     ".a[=9223372036854775807][=-9223372036854775808][=9.223372036854776e+18]"},
    {".a[=2222222000000100088.9]", 2, ".a[=2222222000000100000]", ".a[=2.2222220000001e+18]"},
    {".a[]", 2, ".a[]", ".a[]"},
};

static void texts_in_and_out(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct path path = parse(&p, forms[i].text);
        assert_int_equal(path.len, forms[i].len);
        expect_format(&p, forms[i].text, PATH_STYLE_SERVER, forms[i].server);
        expect_format(&p, forms[i].text, PATH_STYLE_QUOTED, forms[i].quoted);
        assert_true(path_equal(path, parse(&p, forms[i].quoted)));
    }
    val_pool_clear(&p);
}

static void numbers_do_not_follow_the_locale(void **state)
{
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8")) {
        print_message("# no locale with a decimal comma is installed; C is used\n");
        setlocale(LC_ALL, "C");
    }
    struct val_pool p;
    val_pool_init(&p);
    expect_format(&p, ".a[=1.5][=3.14159]", PATH_STYLE_SERVER, ".a[=1.5][=3.14159]");
    val_pool_clear(&p);
    setlocale(LC_ALL, "C");
}

static void what_is_no_path_says_where(void **state)
{
    static const struct {
        const char *text;
        uint32_t col;
    } bad[] = {
        {"spec", 1},
        {".", 2},
        {".a..b", 4},
        {".a[", 4},
        {".a[name]", 8},
        {".a[name=]", 9},
        {".a[=web]", 5},
        {".a[=\"x", 7},
        {".a[\"x", 6},
        {".a[0", 5},
        {".a[*", 5},
        {".a[a=1,a=2]", 11},
        {".a[=\"\\q\"]", 8},
        {".a[=1]b", 7},
        {".a[=1e999]", 5},
        {".a[=01]", 5},
        {".a[99999999999999999999]", 4},
    };
    struct val_pool p;
    val_pool_init(&p);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct path path;
        struct err e = ERR_INIT;
        assert_int_equal(path_parse(&p, bad[i].text, strlen(bad[i].text), &path, &e), ERR_SYNTAX);
        if (e.col != bad[i].col)
            fail_msg("%s: %s at %u, not %u", bad[i].text, e.text, e.col, bad[i].col);
        assert_int_equal(path.len, 0);
        err_clear(&e);
    }
    char deep[2 * PATH_MAX_ELEMS + 3];
    for (size_t i = 0; i < sizeof(deep); i++)
        deep[i] = i % 2 ? 'a' : '.';
    struct path path;
    struct err e = ERR_INIT;
    assert_int_equal(path_parse(&p, deep, 2 * PATH_MAX_ELEMS, &path, &e), 0);
    assert_int_equal(path_parse(&p, deep, 2 * PATH_MAX_ELEMS + 2, &path, &e), ERR_LIMIT);
    err_clear(&e);
    val_pool_clear(&p);
}

static void order_is_the_servers(void **state)
{
    static const char *const sorted[] = {
        ".a",        ".a.b",      ".aa",      ".b",       "[]",    "[a=1]", "[a=1,b=2]", "[a=2]",
        "[a=10]",    "[a=\"1\"]", "[a=true]", "[a=null]", "[b=1]", "[=-1]", "[=2.5]",    "[=10]",
        "[=\"10\"]", "[=\"2\"]",  "[=false]", "[=true]",  "[0]",   "[2]",   "[10]",      "[*]",
    };
    struct val_pool p;
    val_pool_init(&p);
    size_t n = sizeof(sorted) / sizeof(sorted[0]);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int c = path_compare(parse(&p, sorted[i]), parse(&p, sorted[j]));
            assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
        }
    struct path whole = parse(&p, "[a=1]"), same = parse(&p, "[a=1.0]");
    assert_true(path_equal(whole, same));
    assert_true(path_elem_hash(whole.elems) == path_elem_hash(same.elems));
    val_pool_clear(&p);
}

static void patterns_match(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    struct path concrete = parse(&p, ".spec.containers[name=\"web\"].image");
    assert_true(path_matches(parse(&p, ".spec.containers[*].image"), concrete));
    assert_true(path_matches(parse(&p, ".spec.*[*].image"), concrete));
    assert_true(path_matches(concrete, concrete));
    assert_false(path_matches(parse(&p, ".spec.containers[*]"), concrete));
    assert_false(path_matches(parse(&p, ".spec.containers[*].name"), concrete));
    assert_false(path_matches(concrete, parse(&p, ".spec.containers[*].image")));
    assert_true(path_has_prefix(concrete, parse(&p, ".spec.containers")));
    assert_true(path_has_prefix(concrete, concrete));
    assert_false(path_has_prefix(concrete, parse(&p, ".spec.initContainers")));
    assert_false(path_has_prefix(parse(&p, ".spec"), concrete));
    struct val_pool q;
    val_pool_init(&q);
    struct path copy = path_copy(&q, concrete);
    val_pool_clear(&p);
    assert_true(path_equal(copy, parse(&q, ".spec.containers[name=\"web\"].image")));
    val_pool_clear(&q);
}

/* {"ports":[{"port":80,"protocol":"UDP"},{"port":80},{"port":81},{"port":81}],"set":["a",2]} */
static const struct val *service(struct val_pool *p)
{
    struct val_builder *b = val_builder_new(p, 10);
    static const int ports[] = {80, 80, 81, 81};
    val_builder_map(b);
    val_builder_key(b, "ports", 5);
    val_builder_list(b);
    for (int i = 0; i < 4; i++) {
        val_builder_map(b);
        val_builder_key(b, "port", 4);
        val_builder_add(b, val_of_int(ports[i]));
        if (i == 0) {
            val_builder_key(b, "protocol", 8);
            val_builder_add(b, val_of_str(p, "UDP"));
        }
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_key(b, "set", 3);
    val_builder_list(b);
    val_builder_add(b, val_of_str(p, "a"));
    val_builder_add(b, val_of_int(2));
    val_builder_end(b);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    assert_non_null(v);
    return v;
}

static void values_are_found(void **state)
{
    struct val_pool p;
    val_pool_init(&p);
    const struct val *v = service(&p), *ports = val_get(v, "ports");
    struct val tcp = val_of_str(&p, "TCP");
    const struct val *defaults = val_map_with(&p, NULL, "protocol", &tcp);
    bool twice;
    assert_ptr_equal(path_resolve(v, parse(&p, ""), NULL, &twice), v);
    assert_ptr_equal(
        path_resolve(v, parse(&p, ".ports[port=80,protocol=\"TCP\"]"), defaults, &twice),
        val_item(ports, 1));
    assert_false(twice);
    assert_null(path_resolve(v, parse(&p, ".ports[port=80,protocol=\"TCP\"]"), NULL, &twice));
    assert_ptr_equal(path_resolve(v, parse(&p, ".ports[port=80,protocol=\"UDP\"]"), defaults, NULL),
                     val_item(ports, 0));
    assert_ptr_equal(path_resolve(v, parse(&p, ".ports[port=81]"), NULL, &twice),
                     val_item(ports, 2));
    assert_true(twice);
    assert_int_equal(val_int(path_resolve(v, parse(&p, ".ports[3].port"), NULL, &twice), 0), 81);
    assert_false(twice);
    assert_ptr_equal(path_resolve(v, parse(&p, ".set[=2.0]"), NULL, NULL),
                     val_item(val_get(v, "set"), 1));
    assert_null(path_resolve(v, parse(&p, ".set[=\"b\"]"), NULL, NULL));
    assert_null(path_resolve(v, parse(&p, ".set[7]"), NULL, NULL));
    assert_null(path_resolve(v, parse(&p, ".set[-1]"), NULL, NULL));
    assert_null(path_resolve(v, parse(&p, ".set.x"), NULL, NULL));
    assert_null(path_resolve(v, parse(&p, ".ports[*]"), NULL, NULL));
    assert_null(path_resolve(v, parse(&p, ".ports[]"), NULL, NULL));
    val_pool_clear(&p);
}

RUN("path", cmocka_unit_test(texts_in_and_out), cmocka_unit_test(numbers_do_not_follow_the_locale),
    cmocka_unit_test(what_is_no_path_says_where), cmocka_unit_test(order_is_the_servers),
    cmocka_unit_test(patterns_match), cmocka_unit_test(values_are_found))
