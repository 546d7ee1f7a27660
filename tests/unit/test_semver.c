// SPDX-License-Identifier: Apache-2.0
/* Versions and ranges; expectations from semver.org and node-semver's documentation. */
#include "unit.h"

#include "catalog/semver.h"

static struct semver version(const char *text)
{
    struct semver v;
    struct err e = ERR_INIT;
    assert_int_equal(semver_parse(text, strlen(text), &v, &e), 0);
    return v;
}

static void test_order(void **state)
{
    (void)state;
    static const char *const sorted[] = {"0.0.4",       "0.1.0",         "1.0.0-0.3.7",
                                         "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                         "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                         "1.0.0-rc.1",  "1.0.0",         "1.0.1",
                                         "1.2.0",       "1.10.0",        "2.0.0-x-y-z.1",
                                         "2.0.0"};
    for (size_t i = 0; i < sizeof(sorted) / sizeof(sorted[0]); i++)
        for (size_t k = 0; k < sizeof(sorted) / sizeof(sorted[0]); k++) {
            struct semver a = version(sorted[i]), b = version(sorted[k]);
            assert_int_equal(semver_compare(&a, &b), i < k ? -1 : i > k);
        }
    struct semver a = version("1.0.0+build.7"), b = version("1.0.0");
    assert_int_equal(semver_compare(&a, &b), 0);
}

static void test_not_versions(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t col;
    } cases[] = {{"", 1},
                 {"1", 2},
                 {"1.2", 4},
                 {"v1.2.3", 1},
                 {"1.2.3.4", 6},
                 {"01.2.3", 1},
                 {"1.2.3-", 7},
                 {"1.2.3-01", 7},
                 {"1.2.3-a..b", 9},
                 {"1.2.3+", 7},
                 {"1.2.x", 5},
                 {" 1.2.3", 1},
                 {"99999999999999999999.0.0", 19}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct semver v;
        struct err e = ERR_INIT;
        assert_int_not_equal(semver_parse(cases[i].text, strlen(cases[i].text), &v, &e), 0);
        assert_int_equal(e.col, cases[i].col);
        err_clear(&e);
    }
}

static void test_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *range, *in, *out;
    } cases[] = {
        {"^1.2", "1.2.0 1.2.9 1.99.0", "1.1.9 2.0.0 2.0.0-rc.1 1.3.0-rc.1"},
        {"^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"},
        {"^0.0.3", "0.0.3", "0.0.4 0.1.0"},
        {"^0.0", "0.0.0 0.0.9", "0.1.0"},
        {"^0", "0.0.1 0.9.9", "1.0.0"},
        {"~2.3.0", "2.3.0 2.3.9", "2.4.0 2.2.9"},
        {"~2.3", "2.3.0 2.3.9", "2.4.0"},
        {"~2", "2.0.0 2.9.0", "3.0.0"},
        {"~> 2.3", "2.3.4", "2.4.0"},
        {">=1.28", "1.28.0 1.30.1 2.0.0", "1.27.9"},
        {">1.28", "1.29.0", "1.28.0 1.28.7"},
        {"<=1.28", "1.28.7 1.0.0", "1.29.0"},
        {"<1.28", "1.27.9", "1.28.0"},
        {">=1.2, <2", "1.2.0 1.9.9", "2.0.0 1.1.0"},
        {">=1.2 <1.5 || 3.x", "1.4.9 3.0.0 3.7.1", "1.5.0 2.0.0 4.0.0"},
        {"1.2.3", "1.2.3 1.2.3+b", "1.2.4 1.2.3-a"},
        {"=1.2", "1.2.0 1.2.9", "1.3.0"},
        {"1.x", "1.0.0 1.9.9", "2.0.0"},
        {"1.2.*", "1.2.0", "1.3.0"},
        {"*", "0.0.0 9.9.9", "1.0.0-rc.1"},
        {"", "1.0.0", "1.0.0-rc.1"},
        {"1.2 - 2.0", "1.2.0 2.0.9", "1.1.9 2.1.0"},
        {"1.2.3 - 2.3.4", "1.2.3 2.3.4", "2.3.5"},
        {">=1.0.0 !=1.5.0", "1.4.0 1.5.1", "1.5.0"},
        {"^1.2.3-rc.2", "1.2.3-rc.2 1.2.3-rc.10 1.2.3 1.9.0", "1.2.3-rc.1 1.3.0-rc.1"},
        {"2.0.0-beta.1", "2.0.0-beta.1", "2.0.0 2.0.0-beta.2"},
        {"<2.0.0", "1.9.9", "2.0.0-rc.1 2.0.0"},
        {">*", "", "0.0.0 1.0.0"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct semver_range r;
        struct err e = ERR_INIT;
        assert_int_equal(semver_range_parse(cases[i].range, strlen(cases[i].range), &r, &e), 0);
        for (int want = 0; want < 2; want++) {
            char text[128], *save = NULL;
            strcpy(text, want ? cases[i].in : cases[i].out);
            for (char *t = strtok_r(text, " ", &save); t; t = strtok_r(NULL, " ", &save)) {
                struct semver v = version(t);
                if (semver_range_has(&r, &v) != want)
                    fail_msg("%s %s %s", t, want ? "is not in" : "is in", cases[i].range);
            }
        }
        semver_range_clear(&r);
    }
}

static void test_not_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t col;
    } cases[] = {{"latest", 1},  {"^", 2},         {">=a", 3},   {"1.2.3.4", 6}, {"1 | 2", 3},
                 {"^1.2.3-", 8}, {"1.2.3 foo", 7}, {"!=1.2", 6}, {"> = 1", 3},   {"^1.2beta", 5}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct semver_range r;
        struct err e = ERR_INIT;
        if (!semver_range_parse(cases[i].text, strlen(cases[i].text), &r, &e))
            fail_msg("%s is taken for a range", cases[i].text);
        if (e.col != cases[i].col)
            fail_msg("%s: column %u, not %u (%s)", cases[i].text, e.col, cases[i].col, e.text);
        semver_range_clear(&r);
        err_clear(&e);
    }
}

static void test_servers(void **state)
{
    (void)state;
    struct semver v;
    struct err e = ERR_INIT;
    assert_int_equal(semver_parse_server("v1.31.4-eks-a1b2", &v, &e), 0);
    assert_int_equal(v.minor * 100 + v.patch, 3104);
    assert_false(semver_is_preview(&v));
    assert_int_equal(semver_parse_server("1.30+", &v, &e), 0);
    assert_int_equal(v.minor, 30);
    assert_int_not_equal(semver_parse_server("unknown", &v, &e), 0);
    err_clear(&e);
}

RUN("semver", cmocka_unit_test(test_order), cmocka_unit_test(test_not_versions),
    cmocka_unit_test(test_ranges), cmocka_unit_test(test_not_ranges),
    cmocka_unit_test(test_servers))
