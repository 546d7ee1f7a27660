// SPDX-License-Identifier: Apache-2.0
/* managedFields before and after an object is taken over from the tool that delivered it. */
#include "unit.h"

#include "data/json.h"
#include "kube/adopt.h"

#include <stdio.h>

#define ENTRY(manager, operation, more, fields)                                                    \
    "{\"manager\":\"" manager "\",\"operation\":\"" operation "\",\"apiVersion\":\"v1\"," more     \
    "\"fieldsType\":\"FieldsV1\",\"fieldsV1\":{" fields "}}"
#define CSA(fields) ENTRY("kubectl-client-side-apply", "Update", "", fields)

static const struct val *read(struct val_pool *p, const char *text)
{
    struct err e = ERR_INIT;
    const struct val *v = json_read(p, text, strlen(text), NULL, &e);
    if (!v)
        fail_msg("%s in %s", e.text, text);
    return v;
}

static const struct {
    const char *name, *before, *keep, *after; /* after NULL: nothing is to do */
} cases[] = {
    {"its fields become ours", CSA("\"f:a\":{},\"f:b\":{}"), "{}",
     ENTRY("leeway", "Apply", "", "\"f:a\":{},\"f:b\":{}")},
    {"ours before stay ours", CSA("\"f:a\":{}") "," ENTRY("leeway", "Apply", "", "\"f:c\":{}"),
     "{}", ENTRY("leeway", "Apply", "", "\"f:a\":{},\"f:c\":{}")},
    {"what people and controllers set stays theirs",
     CSA("\"f:a\":{}") "," ENTRY("kubectl-edit", "Update", "", "\"f:b\":{}") "," ENTRY(
         "kubectl", "Update", "\"subresource\":\"scale\",", "\"f:r\":{}"),
     "{}",
     ENTRY("kubectl-edit", "Update", "",
           "\"f:b\":{}") "," ENTRY("kubectl", "Update", "\"subresource\":\"scale\",",
                                   "\"f:r\":{}") "," ENTRY("leeway", "Apply", "", "\"f:a\":{}")},
    {"what is kept stays with it", CSA("\"f:a\":{},\"f:b\":{}"), "{\"f:b\":{}}",
     CSA("\"f:b\":{}") "," ENTRY("leeway", "Apply", "", "\"f:a\":{}")},
    {"kept whole, nothing moves", CSA("\"f:b\":{}"), "{\"f:b\":{}}", NULL},
    {"fields of another version are dropped: their paths mean something else",
     "{\"manager\":\"helm\",\"operation\":\"Update\",\"apiVersion\":\"v1beta1\",\"fieldsV1\":{"
     "\"f:a\":{}}}," CSA("\"f:b\":{}"),
     "{}", ENTRY("leeway", "Apply", "", "\"f:b\":{}")},
    {"done before, nothing is to do", ENTRY("leeway", "Apply", "", "\"f:a\":{}"), "{}", NULL},
    {"nobody but people", ENTRY("kubectl-edit", "Update", "", "\"f:a\":{}"), "{}", NULL},
    {"no entries", "", "{}", NULL},
};

static void entries_are_merged(void **state)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct val_pool p;
        struct err e = ERR_INIT;
        char text[2048];
        val_pool_init(&p);
        print_message("%s\n", cases[i].name);
        snprintf(
            text, sizeof(text),
            "{\"apiVersion\":\"v1\",\"kind\":\"X\",\"metadata\":{\"uid\":\"u\",\"resourceVersion\":"
            "\"7\",\"managedFields\":[%s]}}",
            cases[i].before);
        fieldset keep = fieldset_read(&p, read(&p, cases[i].keep), NULL);
        const struct val *object = read(&p, text);
        const struct val *patch = kube_adopt_patch(&p, object, "leeway", keep, &e);
        assert_int_equal(e.code, 0);
        if (!cases[i].after) {
            assert_null(patch);
        } else {
            snprintf(
                text, sizeof(text),
                "[{\"op\":\"test\",\"path\":\"/metadata/uid\",\"value\":\"u\"},{\"op\":\"replace\","
                "\"path\":\"/metadata/managedFields\",\"value\":[%s]},{\"op\":\"replace\",\"path\":"
                "\"/metadata/resourceVersion\",\"value\":\"7\"}]",
                cases[i].after);
            assert_non_null(patch);
            struct buf b;
            buf_init(&b, BUF_SMALL);
            json_write(&b, patch, JSON_CANONICAL);
            if (!val_equal(patch, read(&p, text)))
                fail_msg("%s", buf_str(&b));
            buf_clear(&b);
        }
        val_pool_clear(&p);
    }
}

static void others_share(void **state)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    const struct val *object =
        read(&p, "{\"apiVersion\":\"v1\",\"metadata\":{\"managedFields\":[" CSA(
                     "\"f:a\":{},\"f:b\":{}") "," ENTRY("x", "Apply", "", "\"f:b\":{}") "]}}");
    fieldset only = kube_adopted_fields(&p, object, &e);
    assert_non_null(only);
    assert_true(val_equal(fieldset_write(&p, only), read(&p, "{\"f:a\":{}}")));
    assert_true(kube_is_client_side(object));
    val_pool_clear(&p);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    struct val_pool p;
    struct err e = ERR_INIT;
    val_pool_init(&p);
    const struct val *object = read(
        &p, "{\"apiVersion\":\"v1\",\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"1\","
            "\"managedFields\":[{\"manager\":\"helm\",\"apiVersion\":\"v1\",\"fieldsV1\":[1]}]}}");
    assert_null(kube_adopt_patch(&p, object, "leeway", fieldset_empty, &e));
    assert_int_not_equal(e.code, 0);
    err_clear(&e);
    object = read(
        &p, "{\"apiVersion\":\"v1\",\"metadata\":{\"managedFields\":[" CSA("\"f:a\":{}") "]}}");
    assert_null(kube_adopt_patch(&p, object, "leeway", fieldset_empty, &e));
    assert_int_equal(e.code, ERR_PROTOCOL); /* no version to bind it to */
    err_clear(&e);
    val_pool_clear(&p);
}

RUN("adopt", cmocka_unit_test(entries_are_merged), cmocka_unit_test(others_share),
    cmocka_unit_test(what_cannot_be_read_is_an_error))
