// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "catalog/form.h"
#include "data/json.h"
#include "data/yaml.h"

struct fixture {
    struct val_pool p;
    struct form *form;
    struct form_view view;
    struct buf text;
};

static const struct val *yaml(struct fixture *f, const char *text)
{
    struct yaml_docs docs;
    struct err e = ERR_INIT;
    if (yaml_read(&f->p, text, strlen(text), "t", &docs, &e))
        fail_msg("%s", e.text);
    const struct val *v = docs.len ? docs.items[0].value : NULL;
    yaml_docs_clear(&docs);
    return v;
}

static void open_form(struct fixture *f, const char *schema)
{
    struct err e = ERR_INIT;
    *f = (struct fixture){.form = NULL};
    val_pool_init(&f->p);
    buf_init(&f->text, BUF_SMALL);
    const struct schema *s = schema_load(&f->p, yaml(f, schema), &e);
    if (!s || !(f->form = form_new(s, &e)))
        fail_msg("%s", e.text);
}

static void close_form(struct fixture *f)
{
    form_view_clear(&f->view);
    form_free(f->form);
    buf_clear(&f->text);
    val_pool_clear(&f->p);
}

/* A line a row: depth, path, label, value, what is wrong. */
static const char *look(struct fixture *f, const struct val *values)
{
    form_view_clear(&f->view);
    buf_reset(&f->text);
    form_look(f->form, values, &f->view);
    for (size_t i = 0; i < f->view.len; i++) {
        const struct form_row *r = &f->view.rows[i];
        if (!r->visible)
            continue;
        buf_printf(&f->text, "%*s%s %s ", (int)r->depth, "", r->path, r->label);
        if (r->value)
            json_write(&f->text, r->value, JSON_COMPACT);
        buf_puts(&f->text, r->value && !r->given ? " default" : "");
        if (r->wrong)
            buf_printf(&f->text, " ! %s", r->wrong);
        buf_puts(&f->text, "\n");
    }
    return buf_str(&f->text);
}

static const char service[] =
    "type: object\n"
    "required: [image]\n"
    "properties:\n"
    "  autoscale: {type: boolean, default: false, x-order: 3}\n"
    "  maxReplicas: {type: integer, default: 10, maximum: 20, x-visible-when: params.autoscale, "
    "x-order: 4}\n"
    "  image: {type: string, title: Image, x-order: 1}\n"
    "  size: {type: string, enum: [small, large], default: small, x-enum-text: {small: 1 CPU}, "
    "x-order: 2}\n"
    "  password: {type: string, x-secret: true}\n"
    "  ports:\n"
    "    type: array\n"
    "    items: {type: object, required: [name], properties: {name: {type: string}, port: {type: "
    "integer, minimum: 1, default: 80}}}\n"
    "  labels: {type: object, additionalProperties: {type: string}}\n"
    "  anything: {x-kubernetes-preserve-unknown-fields: true}\n";

static void test_fields(void **state)
{
    (void)state;
    struct fixture f;
    open_form(&f, service);
    const struct form_field *top = form_top(f.form);
    static const enum form_kind kinds[] = {FORM_TEXT,   FORM_CHOICE, FORM_SWITCH, FORM_WHOLE,
                                           FORM_SECRET, FORM_LIST,   FORM_MAP,    FORM_YAML};
    assert_int_equal(top->n_fields, ARRAY_LEN(kinds));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        assert_int_equal(top->fields[i].kind, kinds[i]);
    assert_string_equal(top->fields[0].title, "Image");
    assert_true(top->fields[0].required);
    assert_string_equal(top->fields[1].title, "size");
    assert_int_equal(top->fields[1].n_choices, 2);
    assert_string_equal(top->fields[1].choices[0].text, "1 CPU");
    assert_string_equal(top->fields[1].choices[1].text, "");
    assert_int_equal(val_int(top->fields[3].most, 0), 20);
    assert_string_equal(top->fields[3].visible_when, "params.autoscale");
    assert_int_equal(top->fields[5].fields[0].kind, FORM_GROUP);
    close_form(&f);
}

static void test_view(void **state)
{
    (void)state;
    struct fixture f;
    open_form(&f, service);
    assert_string_equal(look(&f, NULL), ".image Image  ! is required\n"
                                        ".size size \"small\" default\n"
                                        ".autoscale autoscale false default\n"
                                        ".password password \n"
                                        ".ports ports \n"
                                        ".labels labels \n"
                                        ".anything anything \n");
    assert_int_equal(f.view.errors, 1);
    assert_string_equal(
        look(&f, yaml(&f, "{image: a, autoscale: true, password: {env: DB}, ports: [{name: web}, "
                          "{port: 0}], labels: {a/b: x}}")),
        ".image Image \"a\"\n"
        ".size size \"small\" default\n"
        ".autoscale autoscale true\n"
        ".maxReplicas maxReplicas 10 default\n"
        ".password password {\"env\":\"DB\"}\n"
        ".ports ports [{\"name\":\"web\",\"port\":80},{\"port\":0}]\n"
        " .ports[0] 1 {\"name\":\"web\",\"port\":80}\n"
        "  .ports[0].name name \"web\"\n"
        "  .ports[0].port port 80 default\n"
        " .ports[1] 2 {\"port\":0}\n"
        "  .ports[1].name name  ! is required\n"
        "  .ports[1].port port 0 ! has to be at least 1, is 0\n"
        ".labels labels {\"a/b\":\"x\"}\n"
        " .labels[\"a/b\"] a/b \"x\"\n"
        ".anything anything \n");
    /* What is wrong is seen even where it would be hidden; a secret is never written down. */
    assert_string_equal(
        look(&f,
             yaml(&f, "{image: a, maxReplicas: 30, password: hunter2, labels: {a/b: 1}, x: 1}")),
        ".image Image \"a\"\n"
        ".size size \"small\" default\n"
        ".autoscale autoscale false default\n"
        ".maxReplicas maxReplicas 30 ! has to be at most 20, is 30\n"
        ".password password \"hunter2\" ! a secret is never written down\n"
        ".ports ports \n"
        ".labels labels {\"a/b\":1}\n"
        " .labels[\"a/b\"] a/b 1 ! has to be a string, is an integer: 1\n"
        ".anything anything \n");
    assert_int_equal(f.view.errors, 4); /* x has no row */
    close_form(&f);
}

static void test_nested_conditions(void **state)
{
    (void)state;
    struct fixture f;
    open_form(&f, "type: object\n"
                  "properties:\n"
                  "  'on': {type: boolean}\n"
                  "  db:\n"
                  "    type: object\n"
                  "    x-visible-when: params.on\n"
                  "    properties:\n"
                  "      size: {type: integer}\n"
                  "      fast: {type: boolean, x-visible-when: params.db.size > 5}\n");
    const struct val *off = yaml(&f, "{'on': false, db: {}}");
    assert_string_equal(look(&f, off), ".on on false\n");
    assert_string_equal(look(&f, yaml(&f, "{'on': true, db: {size: 3}}")),
                        ".on on true\n.db db {\"size\":3}\n .db.size size 3\n");
    /* not decidable: shown */
    assert_string_equal(look(&f, yaml(&f, "{'on': true, db: {}}")),
                        ".on on true\n.db db {}\n .db.size size \n .db.fast fast \n");
    assert_string_equal(look(&f, NULL), ".on on \n.db db \n .db.size size \n .db.fast fast \n");
    close_form(&f);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *when, *text;
        uint32_t col;
    } cases[] = {
        {"params.", "x-visible-when: a field name", 34},
        {"parms.a", "x-visible-when: undeclared reference to 'parms'", 34},
        {"'a'", "x-visible-when: has to be true or false", 34},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f = {.form = NULL};
        struct err e = ERR_INIT;
        struct buf schema;
        val_pool_init(&f.p);
        buf_init(&schema, BUF_SMALL);
        buf_printf(&schema, "properties: {a: {x-visible-when: \"%s\"}}", cases[i].when);
        const struct schema *s = schema_load(&f.p, yaml(&f, buf_str(&schema)), &e);
        assert_null(form_new(s, &e));
        assert_memory_equal(e.text, cases[i].text, strlen(cases[i].text));
        assert_int_equal(e.col, cases[i].col);
        err_clear(&e);
        buf_clear(&schema);
        val_pool_clear(&f.p);
    }
}

static void test_put(void **state)
{
    (void)state;
    static const struct {
        const char *values, *path, *value, *want;
    } cases[] = {
        {"{a: 1}", ".b", "2", "{\"a\":1,\"b\":2}"},
        {"{a: 1}", ".a", NULL, "{}"},
        {"{}", ".a.b.c", "1", "{\"a\":{\"b\":{\"c\":1}}}"},
        {"{}", ".labels[\"a/b\"]", "x", "{\"labels\":{\"a/b\":\"x\"}}"},
        {"{l: [1, 2]}", ".l[2]", "3", "{\"l\":[1,2,3]}"},
        {"{l: [1, 2]}", ".l[0]", NULL, "{\"l\":[2]}"},
        {"{l: [1, 2]}", ".l[3]", "3", NULL},
        {"{l: [{a: 1}]}", ".l[0].a", "2", "{\"l\":[{\"a\":2}]}"},
        {"{}", ".l[0].a", "2", "{\"l\":[{\"a\":2}]}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f = {.form = NULL};
        val_pool_init(&f.p);
        buf_init(&f.text, BUF_SMALL);
        const struct val *v = form_put(&f.p, yaml(&f, cases[i].values), cases[i].path,
                                       cases[i].value ? yaml(&f, cases[i].value) : NULL);
        if (v)
            json_write(&f.text, v, JSON_COMPACT);
        assert_string_equal(buf_str(&f.text), cases[i].want ? cases[i].want : "");
        buf_clear(&f.text);
        val_pool_clear(&f.p);
    }
}

static void test_read(void **state)
{
    (void)state;
    struct fixture f;
    struct err e = ERR_INIT;
    open_form(&f, "type: object\nproperties: {s: {type: string}, i: {type: integer}, b: {type: "
                  "boolean}, c: {type: string, enum: ['yes', 'no']}, p: "
                  "{x-kubernetes-int-or-string: true}, l: {type: array, items: {type: string}}}");
    static const struct {
        int field;
        const char *text, *want;
    } cases[] = {
        {0, "42", "\"42\""},   {0, "yes", "\"yes\""},   {1, "42", "42"}, {1, "x", "\"x\""},
        {2, "true", "true"},   {3, "yes", "\"yes\""},   {4, "80", "80"}, {4, "80%", "\"80%\""},
        {5, "[a]", "[\"a\"]"}, {4, "true", "\"true\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct form_field *field = &form_top(f.form)->fields[cases[i].field];
        const struct val *v = form_read(&f.p, field, cases[i].text, strlen(cases[i].text), &e);
        assert_non_null(v);
        buf_reset(&f.text);
        json_write(&f.text, v, JSON_COMPACT);
        assert_string_equal(buf_str(&f.text), cases[i].want);
    }
    assert_null(form_read(&f.p, &form_top(f.form)->fields[5], "[a", 2, &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    err_clear(&e);
    close_form(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_nested_conditions),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_put),
        cmocka_unit_test(test_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
