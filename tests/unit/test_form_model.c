// SPDX-License-Identifier: Apache-2.0
/* The public form: typed texts become values, what is wrong stands beside the row, secrets stay
 * outside. */
#include "unit.h"

#include "leeway/form.h"

#include <string.h>

#define SCHEMA                                                                                     \
    "{\"type\":\"object\",\"required\":[\"image\"],\"properties\":{"                               \
    "\"image\":{\"type\":\"string\",\"pattern\":\"^[^:]+:[^:]+$\",\"x-pattern-text\":\"write it "  \
    "as name:tag\",\"x-order\":1},"                                                                \
    "\"size\":{\"type\":\"string\",\"enum\":[\"small\",\"large\"],\"default\":\"small\","          \
    "\"x-order\":2},"                                                                              \
    "\"replicas\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":20,\"default\":2,"               \
    "\"x-order\":3},"                                                                              \
    "\"autoscale\":{\"type\":\"boolean\",\"default\":false,\"x-order\":4},"                        \
    "\"most\":{\"type\":\"integer\",\"x-visible-when\":\"params.autoscale\",\"x-order\":5},"       \
    "\"password\":{\"type\":\"string\",\"x-secret\":true,\"x-order\":6},"                          \
    "\"hosts\":{\"type\":\"array\",\"maxItems\":2,\"items\":{\"type\":\"string\","                 \
    "\"minLength\":1},\"x-order\":7},"                                                             \
    "\"probe\":{\"type\":\"object\",\"x-order\":8,\"properties\":{\"path\":{\"type\":"             \
    "\"string\",\"default\":\"/healthz\"}}},"                                                      \
    "\"labels\":{\"type\":\"object\",\"x-order\":9,\"additionalProperties\":{\"type\":"            \
    "\"string\"}}}}"

static struct leeway_form *make(const char *values)
{
    struct err e = ERR_INIT;
    struct leeway_form *f = leeway_form_new(SCHEMA, values, &e);
    if (!f)
        print_error("%s\n", e.text);
    assert_non_null(f);
    return f;
}

static const struct leeway_form_row *row(const struct leeway_form *f, const char *path)
{
    const struct leeway_form_row *rows;
    size_t n = leeway_form_rows(f, &rows);
    for (size_t i = 0; i < n; i++)
        if (strcmp(rows[i].path.str, path) == 0)
            return &rows[i];
    return NULL;
}

static void put(struct leeway_form *f, const char *path, const char *typed)
{
    struct err e = ERR_INIT;
    struct text t = {typed, (uint32_t)strlen(typed), 0};
    assert_int_equal(leeway_form_put(f, path, t, &e), 0);
}

static void typed_texts_are_values(void **state)
{
    struct leeway_form *f = make(NULL);
    assert_int_equal(leeway_form_errors(f), 1);
    assert_string_equal(row(f, ".image")->wrong.str, "is required");
    put(f, ".image", "registry/pay");
    assert_true(row(f, ".image")->wrong.len > 0);
    assert_non_null(strstr(row(f, ".image")->wrong.str, "name:tag"));
    put(f, ".image", "registry/pay:1.9");
    assert_int_equal(leeway_form_errors(f), 0);
    put(f, ".replicas", "21");
    assert_true(row(f, ".replicas")->wrong.len > 0);
    put(f, ".replicas", "many");
    assert_true(row(f, ".replicas")->wrong.len > 0);
    put(f, ".replicas", "4");
    put(f, ".size", "large");
    assert_string_equal(leeway_form_values(f),
                        "{\"image\":\"registry/pay:1.9\",\"replicas\":4,\"size\":\"large\"}");
    put(f, ".replicas", ""); /* the default again */
    assert_false(row(f, ".replicas")->given);
    assert_string_equal(row(f, ".replicas")->value.str, "2");
    assert_string_equal(row(f, ".replicas")->takes.str, "1 to 20");
    leeway_form_free(f);
}

static void conditions_show_and_hide(void **state)
{
    struct leeway_form *f = make("{\"image\":\"a:1\"}");
    assert_null(row(f, ".most"));
    put(f, ".autoscale", "yes");
    assert_non_null(row(f, ".most"));
    put(f, ".autoscale", "no");
    assert_null(row(f, ".most"));
    leeway_form_free(f);
}

static void secrets_are_places(void **state)
{
    struct leeway_form *f = make("{\"image\":\"a:1\"}");
    struct err e = ERR_INIT;
    assert_int_equal(leeway_form_put(f, ".password", TEXT("hunter2"), &e), ERR_INVALID);
    assert_null(strstr(leeway_form_values(f), "hunter2"));
    assert_null(strstr(e.text, "hunter2"));
    err_clear(&e);
    put(f, ".password", "secretRef payments/db-main/password");
    assert_string_equal(row(f, ".password")->value.str, "secretRef payments/db-main/password");
    assert_int_equal(leeway_form_errors(f), 0);
    put(f, ".password", "env DB_PASSWORD");
    assert_non_null(strstr(leeway_form_values(f), "{\"env\":\"DB_PASSWORD\"}"));
    put(f, ".password", "command pass show db");
    assert_string_equal(row(f, ".password")->value.str, "command pass show db");
    assert_true(leeway_form_secret_so_far(TEXT("secr")));
    assert_true(leeway_form_secret_so_far(TEXT("file /run/x")));
    assert_false(leeway_form_secret_so_far(TEXT("hunter2")));
    assert_false(leeway_form_secret_so_far(TEXT("environment")));
    leeway_form_free(f);
}

static void lists_maps_and_groups(void **state)
{
    struct leeway_form *f = make("{\"image\":\"a:1\"}");
    struct err e = ERR_INIT;
    assert_int_equal(leeway_form_add(f, ".hosts", NULL, &e), 0);
    assert_true(row(f, ".hosts[0]")->wrong.len > 0); /* an empty host is none */
    put(f, ".hosts[0]", "pay.example");
    assert_int_equal(leeway_form_add(f, ".hosts", NULL, &e), 0);
    put(f, ".hosts[1]", "shop.example");
    assert_int_equal(row(f, ".hosts")->n_items, 2);
    assert_true(row(f, ".hosts[1]")->item);
    assert_int_equal(leeway_form_unset(f, ".hosts[0]"), 0);
    assert_string_equal(row(f, ".hosts[0]")->value.str, "shop.example");
    assert_int_equal(leeway_form_add(f, ".labels", "team", &e), 0);
    assert_int_equal(leeway_form_add(f, ".labels", "team", &e), ERR_EXISTS);
    err_clear(&e);
    assert_int_equal(row(f, ".labels")->n_items, 1);
    put(f, ".probe.path", "/readyz");
    assert_int_equal(row(f, ".probe.path")->depth, 1);
    assert_non_null(strstr(leeway_form_values(f), "\"probe\":{\"path\":\"/readyz\"}"));
    leeway_form_free(f);
}

/* A value is shown in its visible form; what nobody typed over keeps its bytes. */
static void invisible_characters_stay(void **state)
{
#define ZERO "\xe2\x80\x8b"
#define BLANK "\xc2\xa0"
    static const struct {
        const char *typed, *image; /* typed over "re<U+200B>g:1<U+00A0>x", which is re ZERO g… */
    } cases[] = {
        {"re<U+200B>g:1<U+00A0>x", "re" ZERO "g:1" BLANK "x"}, /* a key and back */
        {"re<U+200B>g:12<U+00A0>x", "re" ZERO "g:12" BLANK "x"},
        {"rex<U+200B>g:1<U+00A0>x", "rex" ZERO "g:1" BLANK "x"},
        {"re<U+200B>g:1<U+00A0>xy", "re" ZERO "g:1" BLANK "xy"},
        {"reg:1<U+00A0>x", "reg:1" BLANK "x"},
        {"other:2", "other:2"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct leeway_form *f = make("{\"image\":\"re" ZERO "g:1" BLANK "x\"}");
        struct buf want;
        assert_string_equal(row(f, ".image")->value.str, "re<U+200B>g:1<U+00A0>x");
        put(f, ".image", cases[i].typed);
        buf_init(&want, 256);
        buf_printf(&want, "{\"image\":\"%s\"}", cases[i].image);
        assert_string_equal(leeway_form_values(f), buf_str(&want));
        buf_clear(&want);
        leeway_form_free(f);
    }
}

static void nonsense_is_refused(void **state)
{
    struct err e = ERR_INIT;
    assert_null(leeway_form_new("{", NULL, &e));
    err_clear(&e);
    assert_null(leeway_form_new(SCHEMA, "[1]", &e));
    err_clear(&e);
    struct leeway_form *f = make(NULL);
    assert_int_equal(leeway_form_put(f, ".never", TEXT("x"), &e), ERR_NOT_FOUND);
    err_clear(&e);
    assert_int_equal(leeway_form_add(f, ".image", NULL, &e), ERR_NOT_FOUND);
    err_clear(&e);
    leeway_form_free(f);
    leeway_form_free(NULL);
}

RUN("the form", cmocka_unit_test(typed_texts_are_values),
    cmocka_unit_test(conditions_show_and_hide), cmocka_unit_test(secrets_are_places),
    cmocka_unit_test(lists_maps_and_groups), cmocka_unit_test(nonsense_is_refused),
    cmocka_unit_test(invisible_characters_stay))
