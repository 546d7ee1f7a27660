// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "data/json.h"
#include "data/yaml.h"
#include "schema/check.h"
#include "schema/validate.h"

#include <stdio.h>

/* A schema and a value of YAML text; the errors as lines. */
struct fixture {
    struct val_pool p;
    struct schema_validator *v;
    const struct schema *schema;
    struct schema_errors errors;
    struct buf lines;
};

static const struct val *yaml(struct fixture *f, const char *text)
{
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    if (yaml_read(&f->p, text, strlen(text), "t", &docs, &e))
        fail_msg("%s", e.text);
    const struct val *v = docs.len ? docs.items[0].value : &val_null;
    yaml_docs_clear(&docs);
    return v;
}

static void open_schema(struct fixture *f, const char *schema)
{
    struct err e = ERR_INIT;
    *f = (struct fixture){.v = NULL};
    val_pool_init(&f->p);
    schema_errors_init(&f->errors);
    buf_init(&f->lines, BUF_SMALL);
    f->schema = schema_load(&f->p, yaml(f, schema), &e);
    if (!f->schema || !(f->v = schema_validator_new(f->schema, &e)))
        fail_msg("%s", e.text);
}

static void close_schema(struct fixture *f)
{
    schema_validator_free(f->v);
    schema_errors_clear(&f->errors);
    buf_clear(&f->lines);
    val_pool_clear(&f->p);
}

static const char *errors_of(struct fixture *f, const char *value, unsigned flags)
{
    struct schema_options opt = {.flags = flags};
    schema_errors_clear(&f->errors);
    schema_errors_init(&f->errors);
    buf_reset(&f->lines);
    int rc = schema_validate(f->v, yaml(f, value), &opt, &f->errors);
    assert_int_equal(rc, f->errors.len ? ERR_INVALID : 0);
    for (size_t i = 0; i < f->errors.len; i++) {
        schema_error_format(&f->lines, &f->errors.items[i], "t");
        buf_putc(&f->lines, '\n');
    }
    return buf_str(&f->lines);
}

static const char service[] =
    "type: object\n"
    "required: [image, size]\n"
    "properties:\n"
    "  image: {type: string, pattern: '^[a-z/.]+(:[0-9.]+)?$'}\n"
    "  size: {type: string, enum: [small, medium, large]}\n"
    "  replicas: {type: integer, minimum: 1, maximum: 20}\n"
    "  password: {type: string, x-secret: true, minLength: 20, pattern: '^[a-z]+$'}\n"
    "  port: {x-kubernetes-int-or-string: true}\n"
    "  note: {type: string, nullable: true, maxLength: 3}\n"
    "  labels: {type: object, additionalProperties: {type: string}}\n"
    "  ports:\n"
    "    type: array\n"
    "    x-kubernetes-list-type: map\n"
    "    x-kubernetes-list-map-keys: [name]\n"
    "    items: {type: object, properties: {name: {type: string}, port: {type: integer}}}\n";

static void test_messages(void **state)
{
    (void)state;
    struct fixture f;
    open_schema(&f, service);
    assert_string_equal(errors_of(&f, "image: a\nsize: small\nport: 80\nnote: null\n", 0), "");
    assert_string_equal(
        errors_of(&f,
                  "image: 5\nsize: smal\nreplica: 3\nreplicas: 21\npassword: hunter2\n"
                  "port: 1.5\nnote: äöüß\nlabels: {a: 1}\nports:\n- name: web\n  port: x\n"
                  "- port: z\n",
                  SCHEMA_STRICT),
        "t:1:8: .image: has to be a string, is an integer: 5 (put it in quotes)\n"
        "t:2:7: .size: has to be small, medium or large, is \"smal\" (did you mean small?)\n"
        "t:3:1: .replica: is not known here (did you mean replicas?)\n"
        "t:4:11: .replicas: has to be at most 20, is 21\n"
        "t:5:11: .password: has to have at least 20 characters, has 7\n"
        "t:5:11: .password: has to match ^[a-z]+$\n"
        "t:6:7: .port: has to be an integer or a string, is a number: 1.5\n"
        "t:7:7: .note: has to have at most 3 characters, has 4\n"
        "t:8:13: .labels.a: has to be a string, is an integer: 1 (put it in quotes)\n"
        "t:11:9: .ports[name=\"web\"].port: has to be an integer, is a string: \"x\" (without "
        "quotes)\n"
        "t:12:9: .ports[1].port: has to be an integer, is a string: \"z\" (without quotes)\n");
    assert_string_equal(errors_of(&f, "replica: 3\n", 0), "t:1:1: .image: is required\n"
                                                          "t:1:1: .size: is required\n");
    close_schema(&f);
}

static void test_bounded(void **state)
{
    (void)state;
    struct fixture f;
    open_schema(&f, "type: array\nitems: {type: string}\n");
    f.errors.max = 2;
    assert_int_equal(schema_validate(f.v, yaml(&f, "[1, 2, 3, 4, a]"), NULL, &f.errors),
                     ERR_INVALID);
    assert_int_equal(f.errors.len, 2);
    assert_int_equal(f.errors.more, 2);
    close_schema(&f);
}

static void test_forms(void **state)
{
    (void)state;
    struct fixture f;
    open_schema(&f, "oneOf:\n"
                    "- {required: [cluster]}\n"
                    "- {required: [selector], properties: {count: {type: integer}}}\n"
                    "properties: {a: {not: {enum: [x]}}}\n");
    assert_string_equal(errors_of(&f, "{cluster: 1}", 0), "");
    assert_string_equal(errors_of(&f, "{cluster: 1, selector: 2}", 0),
                        "t:1:1: has to match exactly one of 2 forms, matches forms 1 and 2\n");
    assert_string_equal(errors_of(&f, "{count: a}", 0),
                        "t:1:1: has to match exactly one of 2 forms, matches none (for form 1: "
                        ".cluster is required)\n");
    assert_string_equal(errors_of(&f, "{cluster: 1, a: x}", 0),
                        "t:1:17: .a: has a form that is not allowed here\n");
    close_schema(&f);
}

static bool is_expression(void *ctx, const struct val *v)
{
    (void)ctx;
    return v->type == VAL_STRING && strncmp(v->as.s, "${", 2) == 0;
}

static void test_skip_and_base(void **state)
{
    (void)state;
    struct fixture f;
    struct schema_options opt = {.skip = is_expression, .base = ".spec.params"};
    open_schema(&f, "properties: {a: {type: integer}, b: {type: integer}}");
    assert_int_equal(schema_validate(f.v, yaml(&f, "{a: '${x}', b: y}"), &opt, &f.errors),
                     ERR_INVALID);
    assert_int_equal(f.errors.len, 1);
    assert_string_equal(f.errors.items[0].path, ".spec.params.b");
    assert_int_equal(f.errors.items[0].kind, SCHEMA_ERR_TYPE);
    close_schema(&f);
}

static void test_secret_places(void **state)
{
    (void)state;
    static const struct {
        const char *value, *text;
    } cases[] = {
        {"{env: DB}", NULL},
        {"{file: /run/x}", NULL},
        {"{command: [pass, show, db]}", NULL},
        {"{secretRef: {namespace: a, name: b, key: c}}", NULL},
        {"hunter2", "a secret is never written down"},
        {"{}", "one place is needed"},
        {"{env: A, file: B}", "one place is needed"},
        {"{secretRef: {namespace: a, name: b}}", "secretRef needs namespace, name and key"},
        {"{secretRef: {namespace: a, name: b, key: c, d: e}}",
         "secretRef needs namespace, name and key"},
        {"{command: pass}", "command is a list of words"},
        {"{command: [1]}", "command is a list of words"},
        {"{vault: x}", "no such place is known"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        struct schema_options opt = {.flags = SCHEMA_SECRET_PLACES};
        open_schema(&f, "{type: string, x-secret: true, minLength: 20}");
        int rc = schema_validate(f.v, yaml(&f, cases[i].value), &opt, &f.errors);
        assert_int_equal(rc, cases[i].text ? ERR_INVALID : 0);
        if (cases[i].text)
            assert_string_equal(f.errors.items[0].text, cases[i].text);
        close_schema(&f);
    }
}

/* One schema, values that it takes and values that it refuses. */
static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *value;
        bool valid;
    } cases[] = {
        {"{type: integer}", "1.0", true},
        {"{type: integer}", "1.5", false},
        {"{type: integer}", "9007199254740993", true},
        {"{type: integer}", "18446744073709551615", true},
        {"{type: integer}", "1e300", false},
        {"{type: number}", "1e300", true},
        {"{maximum: 9007199254740992}", "9007199254740993", false},
        {"{minimum: 9007199254740993}", "9007199254740992", false},
        {"{maximum: 18446744073709551615}", "18446744073709551615", true},
        {"{minimum: 1.1, exclusiveMinimum: true}", "1.1", false},
        {"{multipleOf: 0.01}", "0.07", true},
        {"{multipleOf: 0.01}", "35.425", false},
        {"{multipleOf: 0.0001}", "0.0075", true},
        {"{multipleOf: 0.0001}", "0.00751", false},
        {"{multipleOf: 0.5}", "1e300", true},
        {"{multipleOf: 0.123456789}", "1e308", false},
        {"{multipleOf: 3}", "-9223372036854775808", false},
        {"{multipleOf: 2}", "-9223372036854775808", true},
        {"{multipleOf: 7}", "0", true},
        {"{uniqueItems: true}", "[1, 1.0]", false},
        {"{uniqueItems: true}", "[1, true, '1', [1], [true], {a: 1}, {a: true}]", true},
        {"{uniqueItems: true}", "[{a: 1, b: 2}, {b: 2, a: 1.0}]", false},
        {"{enum: [1]}", "1.0", true},
        {"{enum: [0]}", "false", false},
        {"{enum: [[0]]}", "[false]", false},
        {"{maxLength: 2}", "\xf0\x9f\x92\xa9\xf0\x9f\x92\xa9", true},
        {"{pattern: '^\\p{Letter}+$'}", "π", true},
        {"{pattern: '^\\P{Decimal_Number}+$'}", "'4'", false},
        {"{pattern: '^\\p{^letter}+$'}", "'4'", true},
        {"{pattern: '^\\p{greek}+$'}", "π", true},
        {"{pattern: '^\\p{lu}\\p{Ll}$'}", "Ab", true},
        {"{pattern: '^\\p{old-italic}$'}", "a", false},
        {"{pattern: '^\\p{^GREEK}$'}", "a", true},
        {"{pattern: '(?<year>[0-9]{4})'}", "in 1996", true},
        {"{pattern: '\\Q(?<a\\E'}", "(?<a", true},
        {"{pattern: '[(?<a]'}", "<", true},
        {"{type: string, nullable: true, enum: [a]}", "null", true},
        {"{type: string}", "null", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        open_schema(&f, cases[i].schema);
        if ((*errors_of(&f, cases[i].value, 0) == '\0') != cases[i].valid)
            fail_msg("%s with %s: %s", cases[i].schema, cases[i].value,
                     cases[i].valid ? buf_str(&f.lines) : "is taken");
        close_schema(&f);
    }
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        const char *format, *value;
        bool valid;
    } cases[] = {
        {"date-time", "2026-11-23T12:00:00Z", true},
        {"date-time", "2026-11-23t12:00:00.123+02:00", true},
        {"datetime", "2026-11-23 12:00:00Z", false},
        {"date-time", "2026-02-29T12:00:00Z", false},
        {"date-time", "2026-11-23T24:00:00Z", false},
        {"date-time", "2026-11-23T12:00:00", false},
        {"date", "2024-02-29", true},
        {"date", "2024-2-29", false},
        {"duration", "1h30m", true},
        {"duration", "-1.5h", true},
        {"duration", "3 days", true},
        {"duration", "0", true},
        {"duration", "5", false},
        {"duration", "5 parsecs", false},
        {"byte", "aGVsbG8=", true},
        {"byte", "aGVsbG8", false},
        {"byte", "a===", false},
        {"ipv4", "192.0.2.1", true},
        {"ipv4", "192.0.2.01", true},
        {"ipv4", "192.0.2.256", false},
        {"ipv4", "192.0.2", false},
        {"ipv6", "::1", true},
        {"ipv6", "192.0.2.1", false},
        {"ipv6", "fe80::1%eth0", false},
        {"cidr", "10.0.0.0/8", true},
        {"cidr", "2001:db8::/129", false},
        {"cidr", "10.0.0.0", false},
        {"mac", "00:00:5e:00:53:01", true},
        {"mac", "0000.5e00.5301", true},
        {"mac", "00:00:5e-00:53:01", false},
        {"uuid", "2C1D43B8-e6d7-376e-af7f-d4bde997cc3f", true},
        {"uuid4", "2c1d43b8-e6d7-376e-af7f-d4bde997cc3f", false},
        {"uuid", "2c1d43b8", false},
        {"hostname", "www.example.org", true},
        {"hostname", "under_score.example.org", false},
        {"email", "a.b+c@example.org", true},
        {"email", "a@b@example.org", false},
        {"email", "a@localhost", false},
        {"uri", "https://example.org/a?b=%zz", true},
        {"uri", "/absolute", true},
        {"uri", "relative", false},
        {"uri", "https://exa mple.org", false},
        {"uri", "https://example.org:port/", false},
        {"uri", "https://example.org/%zz", false},
        {"uri", "urn:x:y", true},
        {"hexcolor", "#ff8800", true},
        {"rgbcolor", "rgb(256,0,0)", false},
        {"isbn13", "978-3-16-148410-0", true},
        {"isbn10", "0-306-40615-3", false},
        {"creditcard", "4111 1111 1111 1111", true},
        {"ssn", "111-11-111", false},
        {"k8s-short-name", "a.b", false},
        {"k8s-long-name", "a.b", true},
        {"password", "", true},
        {"no-such-format", "x", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        char schema[80], value[80];
        snprintf(schema, sizeof(schema), "{type: string, format: %s}", cases[i].format);
        snprintf(value, sizeof(value), "\"%s\"", cases[i].value);
        open_schema(&f, schema);
        if ((*errors_of(&f, value, 0) == '\0') != cases[i].valid)
            fail_msg("%s %s: %s", cases[i].format, cases[i].value,
                     cases[i].valid ? buf_str(&f.lines) : "is taken");
        close_schema(&f);
    }
    struct fixture f;
    open_schema(&f, "properties: {a: {format: ipv4}, b: {format: date, x-secret: true}, "
                    "c: {type: integer, format: int32}, d: {type: integer, format: uint64}}");
    assert_string_equal(errors_of(&f, "{a: x, b: y0, c: 2147483648, d: -1}", 0),
                        "t:1:5: .a: is no ipv4, is a string: \"x\" (such as 192.0.2.1)\n"
                        "t:1:11: .b: is no date, is a string (such as 2026-11-23)\n"
                        "t:1:18: .c: has to be from -2147483648 to 2147483647\n"
                        "t:1:33: .d: has to be from 0 to 18446744073709551615\n");
    close_schema(&f);
}

static void test_schema_refused(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *text;
    } cases[] = {
        {"{minimum: a}", "schema: minimum has to be a number"},
        {"{maxLength: -1}", "schema: maxLength has to be a whole number from 0"},
        {"{multipleOf: 0}", "schema: multipleOf has to be above 0"},
        {"{anyOf: {}}", "schema: anyOf has to be a list"},
        {"{anyOf: [a]}", "schema: a schema has to be a map"},
        {"{nullable: 1}", "schema: nullable has to be true or false"},
        {"{pattern: '('}", "schema: the pattern does not compile: missing ): ("},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f = {.v = NULL};
        struct err e = ERR_INIT;
        val_pool_init(&f.p);
        const struct schema *s = schema_load(&f.p, yaml(&f, cases[i].schema), NULL);
        assert_non_null(s);
        assert_null(schema_validator_new(s, &e));
        assert_string_equal(e.text, cases[i].text);
        assert_int_equal(e.line, 1);
        err_clear(&e);
        val_pool_clear(&f.p);
    }
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *errors;
    } cases[] = {
        {"{type: string, pattern: '^a', minLength: 1}", ""},
        {"[]", "p: a schema has to be a map, is list ({type: string})\n"},
        {"{type: strin}", "p.type: is no type (did you mean string?)\n"},
        {"{type: int}", "p.type: is no type (did you mean integer?)\n"},
        {"{type: [string, integer]}",
         "p.type: has to be one type, is a list (object, array, string, integer, number or "
         "boolean)\n"},
        {"{description: x}", "p.type: is required (object, array, string, integer, number or "
                             "boolean)\n"},
        {"{type: string, defualt: a}", "p.defualt: is no keyword of schemas (did you mean "
                                       "default?)\n"},
        {"{type: string, const: a}",
         "p.const: is no keyword of structural schemas (instead: enum with one value)\n"},
        {"{type: integer, minLength: 1}", "p.minLength: says nothing about type integer\n"},
        {"{type: integer, minimum: '1'}", "p.minimum: has to be a number\n"},
        {"{type: integer, minimum: 5, maximum: 4}",
         "p.maximum: is below minimum: nothing satisfies both\n"},
        {"{type: integer, minimum: 1, default: 0}", "p.default: has to be at least 1, is 0\n"},
        {"{type: string, enum: [a, 1]}",
         "p.enum[1]: has to be a string, is an integer: 1 (put it in quotes)\n"},
        {"{type: string, enum: [a, b], default: c}", "p.default: has to be a or b, is \"c\"\n"},
        {"{type: string, enum: [a], x-enum-text: {b: x}}", "p.x-enum-text: b is none of enum\n"},
        {"{type: integer, enum: [1], x-enum-text: {'1': x}}", ""},
        {"{type: object, required: [imgae], properties: {image: {type: string}}}",
         "p.required[0]: there is no property imgae (did you mean image?)\n"},
        {"{type: object, properties: {a: {type: array}}}",
         "p.properties.a: type array needs items (items: {type: string})\n"},
        {"{type: object, properties: {a: string}}",
         "p.properties.a: a schema has to be a map, is string ({type: string})\n"},
        {"{type: string, pattern: '('}",
         "p.pattern: does not compile: missing ): ( (RE2's syntax, as Go has it)\n"},
        {"{type: string, format: ip}",
         "p.format: there is no format ip that is checked (a pattern can say what is meant)\n"},
        {"{type: string, x-secret: true, default: hunter2}",
         "p.default: a secret in a file of the catalog is none (leave the default out)\n"},
        {"{x-kubernetes-int-or-string: true, default: 80%}", ""},
        {"{type: string, pattern: '^a', x-pattern-text: something with a, default: b}",
         "p.default: has to be something with a, is \"b\"\n"},
        {"{type: object, required: [a], properties: {a: {type: string, x-visible-when: params.b}}}",
         "p.properties.a.x-visible-when: a is required, so it cannot be hidden (give it a default, "
         "or leave it out there)\n"},
        {"{type: object, properties: {}, oneOf: [{required: [a]}, {required: [b]}]}", ""},
        {"{type: object, oneOf: [{requires: [a]}]}",
         "p.oneOf[0].requires: is no keyword of schemas (did you mean required?)\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        open_schema(&f, "{}");
        int rc = schema_check(yaml(&f, cases[i].schema), "p", &f.errors);
        for (size_t k = 0; k < f.errors.len; k++) {
            assert_int_equal(f.errors.items[k].line, 1);
            f.errors.items[k].line = 0;
            schema_error_format(&f.lines, &f.errors.items[k], NULL);
            buf_putc(&f.lines, '\n');
        }
        assert_string_equal(buf_str(&f.lines), cases[i].errors);
        assert_int_equal(rc, f.errors.len ? ERR_INVALID : 0);
        close_schema(&f);
    }
}

static void test_default(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *value, *want;
    } cases[] = {
        {"properties: {a: {default: 1}, b: {properties: {c: {default: x}}}}", "{b: {}}",
         "{\"b\":{\"c\":\"x\"},\"a\":1}"},
        {"properties: {a: {default: {}, properties: {b: {default: 2}}}}", "{}",
         "{\"a\":{\"b\":2}}"},
        {"properties: {a: {default: 1}, b: {nullable: true, default: 1}, c: {type: string}}",
         "{a: null, b: null, c: null}", "{\"a\":1,\"b\":null}"},
        {"additionalProperties: {properties: {a: {default: 1}}}", "{x: {}, u: {a: 2}, z: null}",
         "{\"x\":{\"a\":1},\"u\":{\"a\":2}}"},
        {"items: {default: 7}", "[1, null]", "[1,7]"},
        {"items: {properties: {a: {default: 1}}}", "[{}, {a: 2}]", "[{\"a\":1},{\"a\":2}]"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        open_schema(&f, cases[i].schema);
        const struct val *v = schema_default(&f.p, f.schema, yaml(&f, cases[i].value));
        assert_int_equal(json_write(&f.lines, v, JSON_COMPACT), 0);
        assert_string_equal(buf_str(&f.lines), cases[i].want);
        close_schema(&f);
    }
}

/* What an apply made was never read: its nulls stay, but for those with a default. */
static void test_default_applied(void **state)
{
    (void)state;
    struct fixture f;
    open_schema(&f, "properties: {a: {default: 1}, b: {type: object}, c: {nullable: true}}");
    const struct val *v = yaml(&f, "{a: null, b: null, c: null}");
    assert_int_equal(json_write(&f.lines, schema_default_applied(&f.p, f.schema, v), JSON_COMPACT),
                     0);
    assert_string_equal(buf_str(&f.lines), "{\"a\":1,\"b\":null,\"c\":null}");
    close_schema(&f);
}

/* As the API server names it, and as a person looks for it. */
static void test_by_index(void **state)
{
    (void)state;
    const struct schema_options by_index = {.flags = SCHEMA_BY_INDEX};
    const struct schema_options *const ways[] = {NULL, &by_index};
    const char *const wanted[] = {"[k=\"a\"].v", "[0].v"};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        struct fixture f;
        struct schema_errors errors;
        open_schema(&f,
                    "type: array\nx-kubernetes-list-type: map\nx-kubernetes-list-map-keys: [k]\n"
                    "items: {type: object, properties: {k: {type: string}, v: {type: string}}}");
        struct schema_validator *ready = schema_validator_new(f.schema, NULL);
        schema_errors_init(&errors);
        assert_int_equal(schema_validate(ready, yaml(&f, "[{k: a, v: 1}]"), ways[i], &errors),
                         ERR_INVALID);
        assert_string_equal(errors.items[0].path, wanted[i]);
        schema_errors_clear(&errors);
        schema_validator_free(ready);
        close_schema(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_forms),           cmocka_unit_test(test_skip_and_base),
        cmocka_unit_test(test_numbers),         cmocka_unit_test(test_formats),
        cmocka_unit_test(test_schema_refused),  cmocka_unit_test(test_check),
        cmocka_unit_test(test_secret_places),   cmocka_unit_test(test_default),
        cmocka_unit_test(test_default_applied), cmocka_unit_test(test_by_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
