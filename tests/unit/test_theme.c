// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "theme/theme.h"

#include <stdio.h>
#include <stdlib.h>

static void built_in_themes_are_whole(void **state)
{
    struct theme d, m;
    assert_int_equal(theme_builtin("default", &d, NULL), 0);
    assert_int_equal(theme_builtin("mono", &m, NULL), 0);
    assert_string_equal(d.name, "default");
    struct style s = theme_style(&d, ROLE_STATUS_FAILED, ROLE_TEXT, DEPTH_16);
    assert_int_equal(s.fg, 7);
    assert_int_equal(s.bg, 1);
    assert_int_equal(s.attrs, STYLE_BOLD);
    s = theme_style(&d, ROLE_STATUS_FAILED, ROLE_TEXT, DEPTH_MONO);
    assert_int_equal(s.fg, COLOUR_DEFAULT);
    assert_int_equal(s.attrs, STYLE_BOLD | STYLE_REVERSE);
    s = theme_style(&d, ROLE_STATUS_OK, ROLE_CURSOR, DEPTH_256);
    assert_int_equal(s.attrs, STYLE_DIM | STYLE_REVERSE);
    /* mono looks the same as default without colours */
    for (int r = 0; r < ROLE_COUNT; r++) {
        assert_int_equal(theme_style(&m, (enum role)r, ROLE_TEXT, DEPTH_256).attrs,
                         theme_style(&d, (enum role)r, ROLE_TEXT, DEPTH_MONO).attrs);
        assert_int_equal(theme_style(&m, (enum role)r, ROLE_TEXT, DEPTH_256).fg, COLOUR_DEFAULT);
        assert_int_equal(role_find(role_name((enum role)r)), r);
    }
    assert_int_equal(ROLE_COUNT, 58);
    assert_int_equal(theme_builtin("none", &d, NULL), ERR_NOT_FOUND);
}

static void errors_name_their_place(void **state)
{
    static const struct {
        const char *yaml, *error;
    } cases[] = {
        {"name: x\nroles:\n  status.fialed: {}\n", "t.yaml:3:3: unknown role status.fialed"},
        {"roles:\n  text: {colour: red}\n",
         "t.yaml:2:10: unknown key colour (fg, bg, fg256, bg256, attrs, mono)"},
        {"roles:\n  text: {fg: rde}\n",
         "t.yaml:2:14: no colour for fg (default, a name as blue or bright-blue, #rrggbb, or a "
         "number of the palette)"},
        {"roles:\n  text: {attrs: [blink]}\n",
         "t.yaml:2:18: unknown attribute blink (bold, dim, reverse, underline)"},
        {"color: x\n", "t.yaml:1:1: unknown key color"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct err e = ERR_INIT;
        struct theme t, before;
        assert_int_equal(theme_builtin("default", &t, NULL), 0);
        before = t;
        assert_int_equal(theme_parse(cases[i].yaml, strlen(cases[i].yaml), "t.yaml", &t, &e),
                         ERR_INVALID);
        char *s = err_format(&e);
        assert_string_equal(s, cases[i].error);
        free(s);
        err_clear(&e);
        assert_memory_equal(&t, &before, sizeof(t));
    }
}

static void colours_fall_to_what_there_is(void **state)
{
    struct theme t;
    static const char yaml[] = "roles:\n  text: {fg: '#ff8700', bg: bright-blue}\n";
    assert_int_equal(theme_builtin("default", &t, NULL), 0);
    assert_int_equal(theme_parse(yaml, sizeof(yaml) - 1, "t.yaml", &t, NULL), 0);
    struct style s = theme_style(&t, ROLE_TEXT, ROLE_TEXT, DEPTH_256);
    assert_int_equal(s.fg, 208);
    assert_int_equal(s.bg, 12);
    s = theme_style(&t, ROLE_TEXT, ROLE_TEXT, DEPTH_8);
    assert_int_equal(s.bg, 4);
    assert_int_equal(theme_depth_of(NULL, "", 256), DEPTH_256);
    assert_int_equal(theme_depth_of(NULL, "1", 256), DEPTH_MONO);
    assert_int_equal(theme_depth_of("always", "1", 256), DEPTH_256);
    assert_int_equal(theme_depth_of("always", NULL, 0), DEPTH_8);
    assert_int_equal(theme_depth_of("never", NULL, 256), DEPTH_MONO);
    assert_int_equal(theme_depth_of("auto", NULL, 8), DEPTH_8);
}

RUN("theme", cmocka_unit_test(built_in_themes_are_whole), cmocka_unit_test(errors_name_their_place),
    cmocka_unit_test(colours_fall_to_what_there_is))
