// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "cel/cel.h"
#include "schema/schema.h"

#include <stdio.h>

struct world {
    struct cel_env *env;
    struct val_pool pool;
    struct arena arena;
    int object, count;
};

/* {"spec": {"replicas": 3, "containers": [{"name": "web"}, {"name": "proxy"}]}, "labels": {"a-b":
 * "c"}} */
static const struct val *sample(struct val_pool *p)
{
    struct val_builder *b = val_builder_new(p, 16);
    val_builder_map(b);
    val_builder_key(b, "spec", 4);
    val_builder_map(b);
    val_builder_key(b, "replicas", 8);
    val_builder_add(b, val_of_int(3));
    val_builder_key(b, "containers", 10);
    val_builder_list(b);
    static const char *const names[] = {"web", "proxy"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        val_builder_map(b);
        val_builder_key(b, "name", 4);
        val_builder_add(b, val_of_str(p, names[i]));
        val_builder_end(b);
    }
    val_builder_end(b);
    val_builder_end(b);
    val_builder_key(b, "labels", 6);
    val_builder_map(b);
    val_builder_key(b, "a-b", 3);
    val_builder_add(b, val_of_str(p, "c"));
    val_builder_end(b);
    val_builder_end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static void world_open(struct world *w, unsigned options)
{
    w->env = cel_env_new(options);
    val_pool_init(&w->pool);
    arena_init_limited(&w->arena, 1u << 20);
    w->object = cel_declare(w->env, "object", cel_type_dyn());
    w->count = cel_declare(w->env, "count", cel_type_simple(CEL_INT));
}

static void world_close(struct world *w)
{
    cel_env_free(w->env);
    val_pool_clear(&w->pool);
    arena_clear(&w->arena);
}

/* The value as an expression writes it, or "line:col: text (hint)". Owned. */
static char *evaluate(struct world *w, const char *text, unsigned flags)
{
    struct err e = ERR_INIT;
    struct cel_activation act = {0};
    struct cel_value v = cel_null();
    char *out;
    struct cel_program *p = cel_compile(w->env, text, strlen(text), flags, &e);
    int rc = 1;
    if (p) {
        cel_activation_init(&act, w->env);
        cel_bind_val(&act, w->object, sample(&w->pool));
        cel_bind(&act, w->count, cel_int(2));
        rc = cel_eval(p, &act, &w->arena, NULL, &v, &e);
    }
    if (rc) {
        out = mem_printf("%u:%u: %s%s%s", e.line, e.col, e.text, e.hint ? " / " : "",
                         e.hint ? e.hint : "");
    } else {
        struct buf b;
        buf_init(&b, BUF_SMALL);
        cel_print(&b, v);
        out = mem_strdup(buf_str(&b));
        buf_clear(&b);
    }
    cel_activation_clear(&act);
    cel_program_free(p);
    err_clear(&e);
    arena_reset(&w->arena);
    return out;
}

struct row {
    const char *expr, *want;
};

static void check_rows(const struct row *rows, size_t n, unsigned options, unsigned flags)
{
    struct world w;
    world_open(&w, options);
    for (size_t i = 0; i < n; i++) {
        char *got = evaluate(&w, rows[i].expr, flags);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: expected %s, got %s", rows[i].expr, rows[i].want, got);
        mem_free(got);
    }
    world_close(&w);
}

static void test_values(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"object.spec.replicas + count", "5"},
        {"object.labels['a-b']", "\"c\""},
        {"object.labels.`a-b`", "\"c\""},
        {"object.spec.containers.map(c, c.name)", "[\"web\", \"proxy\"]"},
        {"object.spec.containers.exists(i, c, i == 1 && c.name == 'proxy')", "true"},
        {"object.?spec.?nothing.orValue(7)", "7"},
        {"has(object.spec.nothing)", "false"},
        {"object.nothing.more == 1 || true", "true"},
        {"[3, 1, 2].sortBy(x, -x)", "[3, 2, 1]"},
        {"{'a': 1, 'b': 2}.transformMap(k, v, v * 10)", "{\"a\": 10, \"b\": 20}"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"1.0 / 3.0", "0.3333333333333333"},
        {"duration('1h30m') + duration('1ms')", "duration(\"5400.001s\")"},
        {"timestamp('2024-02-29T12:00:00+02:00')", "timestamp(\"2024-02-29T12:00:00+02:00\")"},
        {"timestamp('2024-07-01T12:00:00Z').getHours('Europe/Berlin')", "14"},
        {"quantity('1.5Gi').isGreaterThan(quantity('1500M'))", "true"},
        {"semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", "true"},
        {"cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"},
        {"url('https://[::1]:80/a b?x=1').getEscapedPath()", "\"/a%20b\""},
        {"'a1b22'.findAll('[0-9]+')", "[\"1\", \"22\"]"},
        {"regex.replace('foo bar', '(o+) (b)', '\\\\2-\\\\1')", "\"fb-ooar\""},
        {"type(object.spec.replicas)", "int"},
        {"cel.bind(x, 3, x * x)", "9"},
        {"optional.of(2).optMap(x, x + 1)", "optional.of(3)"},
        {"'%s is %d'.format(['x', 3])", "\"x is 3\""},
    };
    check_rows(rows, ARRAY_LEN(rows), CEL_ENV_ALL, 0);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"objct.spec", "1:1: undeclared reference to 'objct' / did you mean 'object'?"},
        {"1 +\n  'a'", "1:3: found no matching overload for '_+_' applied to '(int, string)'"},
        {"count.startWith('a')",
         "1:6: undeclared reference to 'startWith' / did you mean 'startsWith'?"},
        {"'a'.startsWith(1)",
         "1:4: found no matching overload for 'startsWith' applied to 'string.(int)' / it is "
         "string.startsWith(string)"},
        {"object = 1", "1:8: unexpected character '=' / equality is written =="},
        {"[1, 2", "1:6: ']' is missing at the end"},
        {"'é' + 1 1", "1:9: an operator or the end expected, found '1'"},
        {"Foo{a: 1}", "1:4: protobuf messages are not supported / a map is written {'key': value}"},
        {"has(object)",
         "1:5: has() needs a field selection / has(object.field); for a key that is no name: "
         "'key' in object"},
        {"object.spec.nothing.more", "1:20: no such key: nothing"},
        {"count / 0", "1:7: division by zero"},
        {"[1, 2][count]", "1:7: index out of bounds: 2"},
        {"for", "1:1: 'for' is a reserved word / reserved words may only stand after a dot"},
        {"{'a': 1, 'a': 2}", "1:1: a key is there twice"},
        {"'abc'.matches('(')", "1:6: invalid pattern: missing ): ("},
    };
    check_rows(rows, ARRAY_LEN(rows), CEL_ENV_ALL, 0);
}

static void test_kubernetes_ways(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"[1, 'a']", "1:5: expected type 'int' but found 'string'"},
        {"duration('1x')", "1:10: invalid duration argument"},
        {"'a'.matches('(')", "1:13: invalid matches argument: missing ): ("},
        {"isIP('::ffff:1.2.3.4')", "false"},
        {"duration('1.5s').getMilliseconds()", "1500"},
        {"{'a': 1, 'b': 2, 'a': 3}", "{\"a\": 3, \"b\": 2}"},
        {"'%f'.format([1234.5])", "\"1,234.500000\""},
        {"math.abs(1)", "1:5: undeclared reference to 'math.abs'"},
        {"'%d'.format([1, 2])", "1:5: format() has 1 clauses and 2 arguments"},
    };
    check_rows(rows, ARRAY_LEN(rows), CEL_ENV_KUBERNETES, 0);
}

static void test_unknown(void **state)
{
    (void)state;
    struct world w;
    struct err e = ERR_INIT;
    struct cel_activation act;
    struct cel_value v;
    world_open(&w, CEL_ENV_ALL);
    static const char text[] = "object.status.host + ':' + string(count)";
    struct cel_program *p = cel_compile(w.env, text, strlen(text), 0, &e);
    assert_non_null(p);
    cel_activation_init(&act, w.env);
    cel_bind_unknown(&act, w.object);
    cel_bind(&act, w.count, cel_int(1));
    assert_int_equal(cel_eval(p, &act, &w.arena, NULL, &v, &e), 0);
    assert_int_equal(v.kind, CEL_UNKNOWN);
    assert_string_equal(v.as.ref->path, "object.status.host");
    assert_int_equal(v.as.ref->variable, w.object);
    cel_program_free(p);
    /* what decides without it does not wait for it */
    p = cel_compile(w.env, "object.ready || count == 1", 26, 0, &e);
    assert_int_equal(cel_eval(p, &act, &w.arena, NULL, &v, &e), 0);
    assert_int_equal(v.kind, CEL_BOOL);
    assert_true(v.as.b);
    cel_program_free(p);
    cel_activation_clear(&act);
    world_close(&w);
}

static void test_refs(void **state)
{
    (void)state;
    struct world w;
    struct err e = ERR_INIT;
    world_open(&w, CEL_ENV_ALL);
    static const char text[] = "has(object.a.b) && object['x-y'].z[count] > 1 && "
                               "object.list.all(i, i.name != object.a.b)";
    static const char *const want[] = {"object.a.b", "object[\"x-y\"].z", "count", "object.list"};
    const struct cel_ref *refs;
    struct cel_program *p = cel_compile(w.env, text, strlen(text), 0, &e);
    assert_non_null(p);
    assert_int_equal(cel_program_refs(p, &refs), ARRAY_LEN(want));
    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        assert_string_equal(refs[i].path, want[i]);
        assert_false(refs[i].tested);
    }
    cel_program_free(p);
    /* a loop's variable of the same name is another; what a macro doubles stands once */
    static const char shadowed[] =
        "count > 1 && [1].all(count, count > 0) && object.count == 'count' "
        "&& [object].exists(o, o.a < count) && has(object.count)";
    static const uint32_t places[] = {0, 42, 70, 94, 108};
    const struct cel_mention *at;
    p = cel_compile(w.env, shadowed, strlen(shadowed), 0, &e);
    assert_non_null(p);
    size_t n = cel_program_mentions(p, &at);
    for (size_t i = 0; i < n && i < ARRAY_LEN(places); i++)
        assert_int_equal(at[i].at, places[i]);
    assert_int_equal(n, ARRAY_LEN(places));
    cel_program_free(p);
    world_close(&w);
}

/* Hostile input ends in an error, soon. */
static void test_limits(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, CEL_ENV_ALL);
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (int i = 0; i < 300; i++)
        buf_putc(&b, '(');
    char *got = evaluate(&w, buf_str(&b), 0);
    assert_non_null(strstr(got, "nested too deeply"));
    mem_free(got);
    buf_reset(&b);
    for (int i = 0; i < 5000; i++)
        buf_puts(&b, "1+");
    buf_puts(&b, "1");
    got = evaluate(&w, buf_str(&b), 0);
    assert_non_null(strstr(got, "too complex"));
    mem_free(got);
    buf_clear(&b);
    got = evaluate(&w,
                   "lists.range(1000).all(a, lists.range(1000).all(b, "
                   "lists.range(1000).all(c, a + b + c >= 0)))",
                   0);
    assert_non_null(strstr(got, "costs more than it may"));
    mem_free(got);
    /* not even || absorbs a limit */
    got = evaluate(&w, "lists.range(100000).map(x, lists.range(1000)).size() > 0 || true", 0);
    assert_true(strstr(got, "costs more") || strstr(got, "more memory"));
    mem_free(got);
    /* types and values that share parts: as trees they would have 2^60 */
    buf_init(&b, BUF_LARGE);
    for (int i = 0; i < 60; i++)
        buf_printf(&b, i ? "cel.bind(v%d, {v%d: v%d}, " : "cel.bind(v0, 'x', ", i, i - 1, i - 1);
    buf_puts(&b, "v59 == v59");
    for (int i = 0; i < 60; i++)
        buf_putc(&b, ')');
    got = evaluate(&w, buf_str(&b), 0);
    assert_non_null(strstr(got, "cannot be a key"));
    mem_free(got);
    buf_reset(&b);
    for (int i = 0; i < 60; i++)
        buf_printf(&b, i ? "cel.bind(v%d, [v%d, v%d], " : "cel.bind(v0, [count], ", i, i - 1,
                   i - 1);
    buf_puts(&b, "v59 == v59");
    for (int i = 0; i < 60; i++)
        buf_putc(&b, ')');
    got = evaluate(&w, buf_str(&b), 0);
    assert_non_null(strstr(got, "costs more than it may"));
    mem_free(got);
    buf_clear(&b);
    world_close(&w);
}

static void test_to_val(void **state)
{
    (void)state;
    struct world w;
    struct err e = ERR_INIT;
    struct cel_activation act;
    struct cel_value v;
    world_open(&w, CEL_ENV_ALL);
    static const char text[] =
        "{'d': duration('90s'), 'b': b'hi', 'o': optional.of([1u]), 'n': null}";
    struct cel_program *p = cel_compile(w.env, text, strlen(text), 0, &e);
    cel_activation_init(&act, w.env);
    assert_int_equal(cel_eval(p, &act, &w.arena, NULL, &v, &e), 0);
    const struct val *out = cel_to_val(&w.pool, v, &e);
    assert_true(val_str_is(val_get(out, "d"), "90s"));
    assert_true(val_str_is(val_get(out, "b"), "aGk="));
    assert_int_equal(val_int(val_item(val_get(out, "o"), 0), 0), 1);
    assert_int_equal(val_type(val_get(out, "n")), VAL_NULL);
    cel_program_free(p);
    p = cel_compile(w.env, "int", 3, 0, &e);
    assert_int_equal(cel_eval(p, &act, &w.arena, NULL, &v, &e), 0);
    assert_null(cel_to_val(&w.pool, v, &e));
    assert_int_equal(e.code, ERR_TYPE);
    err_clear(&e);
    cel_program_free(p);
    cel_activation_clear(&act);
    world_close(&w);
}

static void test_escape(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"a-b", "a__dash__b"},
        {"a.b", "a__dot__b"},
        {"a/b", "a__slash__b"},
        {"a__b", "a__underscores__b"},
        {"namespace", "__namespace__"},
        {"plain", "plain"},
        {"a b", NULL},
        {"1a", NULL},
        {"", NULL},
    };
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        buf_reset(&b);
        bool ok = cel_escape(rows[i].expr, strlen(rows[i].expr), &b);
        assert_int_equal(ok, rows[i].want != NULL);
        if (ok)
            assert_string_equal(buf_str(&b), rows[i].want);
    }
    buf_clear(&b);
}

RUN("cel", cmocka_unit_test(test_values), cmocka_unit_test(test_errors),
    cmocka_unit_test(test_kubernetes_ways), cmocka_unit_test(test_unknown),
    cmocka_unit_test(test_refs), cmocka_unit_test(test_limits), cmocka_unit_test(test_to_val),
    cmocka_unit_test(test_escape))
