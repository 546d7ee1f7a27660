// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "data/yaml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The documents of a text as one compact JSON line each, or "error". */
static void read_as_json(const char *text, size_t len, struct buf *out)
{
    struct val_pool p;
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    if (yaml_read(&p, text, len, "f.yaml", &docs, &e)) {
        buf_printf(out, "error: %s", e.text);
        err_clear(&e);
    }
    for (size_t i = 0; i < docs.len; i++) {
        if (i)
            buf_putc(out, '\n');
        assert_int_equal(json_write(out, docs.items[i].value, JSON_CANONICAL), 0);
    }
    yaml_docs_clear(&docs);
    val_pool_clear(&p);
}

static void check(const char *text, const char *expected)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    read_as_json(text, strlen(text), &b);
    if (strcmp(buf_str(&b), expected) != 0)
        fail_msg("%s\nexpected %s\ngot      %s", text, expected, buf_str(&b));
    buf_clear(&b);
}

static void check_error(const char *text, int code, uint32_t line, uint32_t col, const char *words,
                        const char *hint)
{
    struct val_pool p;
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    int rc = yaml_read(&p, text, strlen(text), "f.yaml", &docs, &e);
    if (rc != code || !e.text || !strstr(e.text, words) || e.line != line || e.col != col)
        fail_msg("%s\ngot %d %u:%u %s", text, rc, (unsigned)e.line, (unsigned)e.col,
                 e.text ? e.text : "");
    if (hint && (!e.hint || !strstr(e.hint, hint)))
        fail_msg("%s\nhint %s", text, e.hint ? e.hint : "-");
    assert_string_equal(e.source, "f.yaml");
    assert_int_equal(docs.len, 0);
    assert_null(docs.items);
    err_clear(&e);
    val_pool_clear(&p);
}

static void scalars_mean_what_they_do_in_kubernetes(void **state)
{
    static const char *const cases[][2] = {
        {"yes", "true"},
        {"n", "false"},
        {"~", "null"},
        {"0755", "493"},
        {"0o17", "15"},
        {"0b-1", "-1"},
        {"1_000", "1000"},
        {"12e03", "12000"},
        {"1.0", "1"},
        {"1e20", "1e+20"},
        {".5_0", "0.5"},
        {"._5", "\"._5\""},
        {"0x", "\"0x\""},
        {"1:30", "\"1:30\""},
        {"2001-12-14", "\"2001-12-14\""},
        {"2001-13-14", "\"2001-13-14\""},
        {"18446744073709551615", "18446744073709551615"},
        {"+18446744073709551615", "1.8446744073709552e+19"},
        {"-9223372036854775808", "-9223372036854775808"},
        {"1e400", "\"1e400\""},
        {"'yes'", "\"yes\""},
        {"!!str 12", "\"12\""},
        {"!!int \"12\"", "12"},
        {"!!float 9007199254740993", "9007199254740992"},
        {"! 12", "\"12\""},
        {"!local 12", "\"12\""},
        {"!!binary aGVsbG8=", "\"hello\""},
        {"!!binary /w==", "\"\xef\xbf\xbd\""},
        {"!!timestamp 2001-12-14", "\"2001-12-14\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[80], expected[80];
        snprintf(text, sizeof(text), "v: %s\n", cases[i][0]);
        snprintf(expected, sizeof(expected), "{\"v\":%s}", cases[i][1]);
        check(text, expected);
    }
}

static void keys_become_text(void **state)
{
    check("{yes: 1, 0x10: 2, 1.5: 3, 1e6: 4, '08': 5, .inf: 6}",
          "{\".inf\":6,\"08\":5,\"1.5\":3,\"16\":2,\"1e+06\":4,\"true\":1}");
    check("a: &k x\n*k : 1\n", "{\"a\":\"x\",\"x\":1}");
    check("!!binary YQ==: 1\n", "{\"a\":1}");
}

static void merges_and_aliases(void **state)
{
    check("a: &a {x: 1}\nb: {<<: *a, z: 2}\n", "{\"a\":{\"x\":1},\"b\":{\"x\":1,\"z\":2}}");
    check("a: &a {x: 1}\nb: &b {z: 3}\nc:\n  <<: [*a, *b, {w: 0}]\n",
          "{\"a\":{\"x\":1},\"b\":{\"z\":3},\"c\":{\"w\":0,\"x\":1,\"z\":3}}");
    check("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}");
    check_error("a: &a {x: 1}\nb:\n  <<: *a\n  x: 2\n", ERR_INVALID, 4, 3, "\"x\" is there twice",
                "'<<'");
    check_error("a: &a [1]\nb:\n  <<: *a\n", ERR_INVALID, 3, 7, "no map", NULL);
    check_error("a: &a [*a]\n", ERR_INVALID, 1, 8, "inside its own value", NULL);
    check_error("a: *b\n", ERR_INVALID, 1, 4, "no &b above", NULL);
}

static void streams_are_cut_as_kubectl_does(void **state)
{
    check("", "");
    check("---\n---\n# nothing\n--- # more\na: 1\n---\nnull\n---\nb: 2", "{\"a\":1}\n{\"b\":2}");
    check("{\"a\":1}\n{\"b\":1.50}", "{\"a\":1}\n{\"b\":1.5}");
    check("{\"a\":1}\n---\nb: 2\n", "{\"a\":1}\n{\"b\":2}");
    check("{'a': yes}", "{\"a\":true}");
    check("\xef\xbb\xbf"
          "a: 1\r\n---\r\n\xef\xbb\xbf"
          "b: 2\r\n",
          "{\"a\":1}\n{\"b\":2}");
    check("a: 1\n...\nwhatever: [\n", "{\"a\":1}");
    check_error("a: 1\n--- b: 2\n", ERR_SYNTAX, 2, 4, "only a comment", NULL);
    check_error("\xff\xfe"
                "a\0",
                ERR_SYNTAX, 1, 1, "UTF-16", "UTF-8");
}

static void differs_from_libyaml_where_kubernetes_does(void **state)
{
    check("[a:, b]\n", "[\"a:\",\"b\"]");
    check("- !!str, x\n", "[\"x\"]");
    check("- [!!str, x]\n", "[[\"x\"]]");
    check("a: \"it\\'s\"\n", "{\"a\":\"it's\"}");
    check("a: 1\n\xef\xbb\xbf"
          "b: 2\n",
          "{\"a\":1,\"\xef\xbb\xbf"
          "b\":2}");
    check_error("a: \"x\\/y\"\n", ERR_SYNTAX, 1, 4, "\\/", "without a backslash");
    check("a: \"x\\\\/y\"\n", "{\"a\":\"x\\\\/y\"}");
    check_error("a: [b?c]\n", ERR_SYNTAX, 1, 5, "'?'", "quotes");
}

static void mistakes_have_a_place_and_a_hint(void **state)
{
    check_error("a:\n\tb: 1\n", ERR_SYNTAX, 2, 1, "a tab", "spaces");
    check_error("a: 1\na: 2\n", ERR_INVALID, 2, 1, "\"a\" is there twice, first at line 1", NULL);
    check_error("---\nx: 1\n---\n\n{a: 1, b: 2,\n a: 3}\n", ERR_INVALID, 6, 2,
                "\"a\" is there twice, first at line 5", NULL);
    check_error("a: {{ .Values.x }}\n", ERR_INVALID, 1, 5, "key that is a list or a map",
                "template");
    check_error("a: b: c\n", ERR_SYNTAX, 1, 5, "': '", "quotes");
    check_error("a: 1\nb\n", ERR_SYNTAX, 2, 1, "no 'key: value'", NULL);
    check_error("a: 'x\nb: 1\n", ERR_SYNTAX, 1, 4, "never closed", NULL);
    check_error("a: [1, 2\nb: 3\n", ERR_SYNTAX, 2, 2, "lacks a comma; it opens at line 1", NULL);
    check_error("a: @x\n", ERR_SYNTAX, 1, 4, "'@' cannot begin", "quotes");
    check_error("a: .inf\n", ERR_INVALID, 1, 4, "infinity", "quotes");
    check_error("a: !!int x\n", ERR_INVALID, 1, 4, "\"x\" is no int", NULL);
    check_error("~: 1\n", ERR_INVALID, 1, 1, "null", "quotes");
    check_error("a: \"\\q\"\n", ERR_SYNTAX, 1, 5, "escape", "single quotes");
    check_error("a: \xc3\xa9\xff\n", ERR_SYNTAX, 1, 5, "UTF-8", NULL);
    check_error("a: x\x01\n", ERR_SYNTAX, 1, 5, "control character", NULL);
    check_error("{\"a\":1,\n\"a\":2}", ERR_INVALID, 2, 1, "twice", NULL);
    check_error("{\"a\":1,\n\"b\" 2}", ERR_SYNTAX, 2, 5, "'2' where ':'", NULL);
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (int i = 0; i < 211; i++)
        buf_printf(&b, i % 50 == 49 ? "---\n" : "k%d: \xc3\xa9\n", i);
    buf_puts(&b, "wrong\n");
    check_error(b.data, ERR_SYNTAX, 212, 1, "no 'key: value'", NULL);
    buf_clear(&b);
}

static void positions_are_those_of_the_file(void **state)
{
    static const char text[] =
        "# c\n---\na: 1\n---\n\nkind: &k Pod\nlist:\n- x\n- \xc3\xa9: [*k, z]\n";
    struct val_pool p;
    struct yaml_docs docs;
    val_pool_init(&p);
    assert_int_equal(yaml_read(&p, text, sizeof(text) - 1, NULL, &docs, NULL), 0);
    assert_int_equal(docs.len, 2);
    assert_int_equal(docs.items[0].line, 3);
    assert_int_equal(docs.items[1].line, 6);
    const struct val *v = docs.items[1].value, *item = val_item(val_get(v, "list"), 1);
    assert_int_equal(v->as.entries[1].line, 7);
    assert_int_equal(v->as.entries[1].col, 1);
    assert_int_equal(item->line, 9);
    assert_int_equal(item->col, 3);
    const struct val *inner = val_get(item, "\xc3\xa9");
    assert_int_equal(inner->col, 6);
    assert_int_equal(val_item(inner, 0)->line, 6); /* an alias stands where its anchor does */
    assert_int_equal(val_item(inner, 1)->col, 11);
    yaml_docs_clear(&docs);
    val_pool_clear(&p);
}

static void bombs_are_refused(void **state)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    buf_puts(&b, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
        buf_printf(&b, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++)
            buf_printf(&b, "%s*a%d", j ? ", " : "", i - 1);
        buf_puts(&b, "]\n");
    }
    check_error(b.data, ERR_LIMIT, 4, 20, "aliases stand for more", "write the values out");
    buf_reset(&b);
    for (int i = 0; i <= VAL_MAX_DEPTH; i++)
        buf_putc(&b, '[');
    struct val_pool p;
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    assert_int_equal(yaml_read(&p, b.data, b.len, NULL, &docs, &e), ERR_LIMIT);
    err_clear(&e);
    val_pool_clear(&p);
    val_pool_init_limited(&p, 4096);
    buf_reset(&b);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "key%d: value\n", i);
    assert_int_equal(yaml_read(&p, b.data, b.len, NULL, &docs, &e), ERR_LIMIT);
    err_clear(&e);
    val_pool_clear(&p);
    buf_clear(&b);
}

static void check_written(const char *json, const char *expected)
{
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    const struct val *v = json_read(&p, json, strlen(json), NULL, NULL);
    assert_non_null(v);
    assert_int_equal(yaml_write(&b, v), 0);
    assert_string_equal(b.data, expected);
    buf_clear(&b);
    val_pool_clear(&p);
}

static void written_form(void **state)
{
    check_written("{\"a\":{\"b\":[1,\"x\",{\"c\":null,\"d\":[]},[2,[3]],{}]},\"e\":1.5}",
                  "a:\n  b:\n  - 1\n  - x\n  - c: null\n    d: []\n  - - 2\n    - - 3\n  - {}\n"
                  "e: 1.5\n");
    check_written(
        "[\"yes\",\"1\",\"1.0\",\"\",\"a b\",\"--listen=:80\",\"a: b\",\"#x\",\"a#b\",\"1:30\","
        "\"2001-01-01\",\"10.0.0.1\",\"=\",\"<<\",\"null\",\"x:\",\"*\",\"1e3\",\"0x1\",\"- "
        "a\",\"\\t\"]",
        "- \"yes\"\n- \"1\"\n- \"1.0\"\n- \"\"\n- a b\n- --listen=:80\n- \"a: b\"\n- \"#x\"\n"
        "- a#b\n- \"1:30\"\n- \"2001-01-01\"\n- 10.0.0.1\n- \"=\"\n- \"<<\"\n- \"null\"\n- \"x:\"\n"
        "- \"*\"\n- \"1e3\"\n- \"0x1\"\n- \"- a\"\n- \"\\t\"\n");
    check_written(
        "{\"a\":\"x\\ny\\n\",\"b\":[\"x\\n\\ny\"],\"c\":\" "
        "x\\n\\n\",\"d\":\"\\n\",\"e\":\"a\\r\\n\"}",
        "a: |\n  x\n  y\nb:\n- |-\n  x\n\n  y\nc: |2+\n   x\n\nd: \"\\n\"\ne: \"a\\r\\n\"\n");
    check_written("\"a\\nb\"", "\"a\\nb\"\n");
    struct val nan = val_of_double(NAN);
    struct buf b;
    buf_init(&b, 8);
    assert_int_equal(yaml_write(&b, &nan), ERR_TYPE);
    nan = val_borrow_str("0123456789", 10);
    assert_int_equal(yaml_write(&b, &nan), ERR_LIMIT);
    buf_clear(&b);
}

/* ---- what is written reads back ---- */

static struct val random_string(struct val_pool *p, unsigned *seed)
{
    static const char *const parts[] = {"a",
                                        " ",
                                        "\n",
                                        "\t",
                                        ":",
                                        ": ",
                                        "#",
                                        " #",
                                        "-",
                                        "- ",
                                        "yes",
                                        "0",
                                        "1",
                                        ".",
                                        "e",
                                        "_",
                                        "x",
                                        "'",
                                        "\"",
                                        "\\",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        "?",
                                        "&",
                                        "*",
                                        "!",
                                        "|",
                                        ">",
                                        "%",
                                        "@",
                                        "`",
                                        "~",
                                        "null",
                                        "\r",
                                        "\xc2\x85",
                                        "\xe2\x80\xa8",
                                        "\xef\xbb\xbf",
                                        "\x7f",
                                        "\x01",
                                        "---",
                                        "...",
                                        "<<",
                                        "=",
                                        "\xc3\xa9",
                                        "\xf0\x9f\x90\x99",
                                        "2001-01-01",
                                        "\n\n"};
    struct buf b;
    buf_init(&b, BUF_LARGE);
    int n = rand_r(seed) % 6;
    for (int i = 0; i < n; i++) {
        const char *part = parts[(unsigned)rand_r(seed) % ARRAY_LEN(parts)];
        int times = rand_r(seed) % 200 ? 1 : 1200;
        for (int j = 0; j < times; j++)
            buf_puts(&b, part);
    }
    if (rand_r(seed) % 50 == 0)
        buf_add(&b, "\0", 1);
    struct val v = val_of_strn(p, buf_str(&b), b.len);
    buf_clear(&b);
    return v;
}

static void random_value(struct val_pool *p, struct val_builder *b, unsigned *seed, int depth)
{
    static const double numbers[] = {0.1, -0.0, 1e21, 1e-7,  5e-324,
                                     1.0, 1e15, 1e19, 123.5, 1.8446744073709552e19};
    int kind = rand_r(seed) % (depth > 4 ? 6 : 9), n = rand_r(seed) % 5;
    if (kind == 0) {
        val_builder_add(b, val_null);
    } else if (kind == 1) {
        val_builder_add(b, val_of_bool(rand_r(seed) % 2));
    } else if (kind == 2) {
        val_builder_add(
            b, val_of_int((int64_t)((uint64_t)rand_r(seed) << 33 ^ (uint64_t)rand_r(seed))));
    } else if (kind == 3) {
        val_builder_add(b, rand_r(seed) % 2 ? val_of_uint(UINT64_MAX - (unsigned)rand_r(seed))
                                            : val_of_double(numbers[(unsigned)rand_r(seed) % 10]));
    } else if (kind < 6) {
        val_builder_add(b, random_string(p, seed));
    } else if (kind == 6) {
        val_builder_list(b);
        for (int i = 0; i < n; i++)
            random_value(p, b, seed, depth + 1);
        val_builder_end(b);
    } else {
        val_builder_map(b);
        for (int i = 0; i < n; i++) {
            struct val key = random_string(p, seed);
            if (!val_builder_key(b, key.as.s, key.len))
                random_value(p, b, seed, depth + 1);
        }
        val_builder_end(b);
    }
}

static void what_is_written_reads_back(void **state)
{
    unsigned seed = 7;
    for (int i = 0; i < 20000; i++) {
        struct val_pool p;
        struct yaml_docs docs;
        struct buf out;
        struct err e = ERR_INIT;
        val_pool_init(&p);
        buf_init(&out, BUF_LARGE);
        struct val_builder *b = val_builder_new(&p, VAL_MAX_DEPTH);
        random_value(&p, b, &seed, 0);
        const struct val *v = val_builder_finish(b);
        val_builder_free(b);
        assert_int_equal(yaml_write(&out, v), 0);
        if (yaml_read(&p, out.data, out.len, NULL, &docs, &e))
            fail_msg("%u: %s in\n%s", (unsigned)e.line, e.text, out.data);
        if (v->type == VAL_NULL)
            assert_int_equal(docs.len, 0);
        else if (docs.len != 1 || !val_equal(v, docs.items[0].value))
            fail_msg("differs: %s", out.data);
        yaml_docs_clear(&docs);
        buf_clear(&out);
        val_pool_clear(&p);
    }
}

RUN("yaml", cmocka_unit_test(scalars_mean_what_they_do_in_kubernetes),
    cmocka_unit_test(keys_become_text), cmocka_unit_test(merges_and_aliases),
    cmocka_unit_test(streams_are_cut_as_kubectl_does),
    cmocka_unit_test(differs_from_libyaml_where_kubernetes_does),
    cmocka_unit_test(mistakes_have_a_place_and_a_hint),
    cmocka_unit_test(positions_are_those_of_the_file), cmocka_unit_test(bombs_are_refused),
    cmocka_unit_test(written_form), cmocka_unit_test(what_is_written_reads_back))
