// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/mem.h"
#include "engine/fleet/selector.h"

#include <stdio.h>

static void selectors_match_as_kubectl_does(void **state)
{
    static const struct {
        const char *selector;
        bool matches; /* tier=prod, region=eu, canary= */
    } cases[] = {
        {"", true},
        {"tier=prod", true},
        {"tier==prod", true},
        {" tier = prod , region = eu ", true},
        {"tier=dev", false},
        {"tier!=dev", true},
        {"tier!=prod", false},
        {"absent!=x", true},
        {"tier", true},
        {"absent", false},
        {"!absent", true},
        {"! tier", false},
        {"region in (eu,us)", true},
        {"region in (us)", false},
        {"region notin (us, ap)", true},
        {"region notin (eu)", false},
        {"absent notin (eu)", true},
        {"canary=", true},
        {"canary in ()", true},
        {"tier=prod,!region", false},
        {"info", false},
        {"notin", false},
    };
    struct labels l = {0};
    labels_set(&l, "tier", "dev");
    labels_set(&l, "tier", "prod");
    labels_set(&l, "region", "eu");
    labels_set(&l, "canary", "");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct selector s;
        struct err e = ERR_INIT;
        assert_int_equal(selector_parse(cases[i].selector, &s, &e), 0);
        if (selector_match(&s, &l) != cases[i].matches)
            fail_msg("selector %s", cases[i].selector);
        selector_clear(&s);
    }
    labels_clear(&l);
}

static void broken_selectors_are_refused(void **state)
{
    static const struct {
        const char *selector, *why;
        unsigned col;
    } cases[] = {
        {"=x", "a label's name is missing", 1}, {"a=b,", "a label's name is missing", 5},
        {",a", "a label's name is missing", 1}, {"a in x", "( is missing", 6},
        {"a in (x", ") is missing", 8},         {"a b", "an operator is missing", 3},
        {"a=b c", "a comma is missing", 5},     {"!a=b", "nothing may follow !NAME but a comma", 3},
        {"a=b)", "a comma is missing", 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct selector s;
        struct err e = ERR_INIT;
        char want[200];
        snprintf(want, sizeof(want), "selector \"%s\": %s", cases[i].selector, cases[i].why);
        assert_int_equal(selector_parse(cases[i].selector, &s, &e), ERR_SYNTAX);
        assert_string_equal(e.text, want);
        assert_int_equal(e.col, cases[i].col);
        err_clear(&e);
    }
}

static void label_maps(void **state)
{
    struct labels have = {0}, want = {0}, copy;
    assert_true(labels_match(&have, &want));
    labels_set(&want, "a", "1");
    assert_false(labels_match(&have, &want));
    labels_set(&have, "a", "1");
    labels_set(&have, "b", "2");
    assert_true(labels_match(&have, &want));
    labels_copy(&copy, &have);
    labels_set(&have, "a", "2");
    assert_false(labels_match(&have, &want));
    assert_true(labels_match(&copy, &want));
    labels_clear(&have);
    labels_clear(&want);
    labels_clear(&copy);
}

RUN("selector", cmocka_unit_test(selectors_match_as_kubectl_does),
    cmocka_unit_test(broken_selectors_are_refused), cmocka_unit_test(label_maps))
