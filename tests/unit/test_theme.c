// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "theme/theme.h"

#include <math.h>
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

/* Relative luminance and contrast as WCAG 2 defines them; colour vision after Machado, Oliveira and
 * Fernandes (2009), severity 1.0, in linear light. */
struct linear {
    double c[3];
};

static struct linear linear_of(int16_t colour, unsigned otherwise)
{
    unsigned rgb = colour == COLOUR_DEFAULT ? otherwise : theme_palette_rgb(colour);
    struct linear l;
    for (int i = 0; i < 3; i++) {
        double v = (rgb >> (16 - 8 * i) & 255) / 255.0;
        l.c[i] = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
    }
    return l;
}

static double luminance(struct linear l)
{
    return 0.2126 * l.c[0] + 0.7152 * l.c[1] + 0.0722 * l.c[2];
}

static double contrast(int16_t fg, int16_t bg, unsigned ground)
{
    unsigned ink = ground == 0xffffff ? 0x000000 : 0xffffff;
    double a = luminance(linear_of(fg, ink)), b = luminance(linear_of(bg, ground));
    return (fmax(a, b) + 0.05) / (fmin(a, b) + 0.05);
}

static struct linear seen(const double m[9], struct linear l)
{
    struct linear s;
    for (int i = 0; i < 3; i++)
        s.c[i] =
            fmin(1, fmax(0, m[3 * i] * l.c[0] + m[3 * i + 1] * l.c[1] + m[3 * i + 2] * l.c[2]));
    return s;
}

static double lab_f(double t)
{
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

/* CIE 1976 colour difference of two linear sRGB colours. */
static double difference(struct linear a, struct linear b)
{
    double f[2][3];
    for (int k = 0; k < 2; k++) {
        const double *c = k ? b.c : a.c;
        f[k][0] = lab_f((0.4124 * c[0] + 0.3576 * c[1] + 0.1805 * c[2]) / 0.9505);
        f[k][1] = lab_f(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]);
        f[k][2] = lab_f((0.0193 * c[0] + 0.1192 * c[1] + 0.9505 * c[2]) / 1.089);
    }
    double l = 116 * (f[0][1] - f[1][1]);
    double u = 500 * (f[0][0] - f[0][1] - f[1][0] + f[1][1]);
    double v = 200 * (f[0][1] - f[0][2] - f[1][1] + f[1][2]);
    return sqrt(l * l + u * u + v * v);
}

static const double vision_full[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
static const double vision_deutan[9] = {0.367322, 0.860646,  -0.227968, 0.280085, 0.672501,
                                        0.047413, -0.011820, 0.042940,  0.968881};
static const double vision_tritan[9] = {1.255528, -0.076749, -0.178779, -0.078411, 0.930809,
                                        0.147602, 0.004733,  0.691367,  0.303900};

static void themes_can_be_read(void **state)
{
    static const struct {
        const char *name;
        unsigned ground; /* what the terminal's background is taken for */
        double least;    /* contrast of any text */
        const double *vision;
    } cases[] = {
        {"default", 0x000000, 4.5, vision_full},
        {"light", 0xffffff, 4.5, vision_full},
        {"high-contrast", 0x000000, 7, vision_full},
        {"deuteranopia", 0x000000, 4.5, vision_deutan},
        {"tritanopia", 0x000000, 4.5, vision_tritan},
        {"solarized", 0x002b36, 4.5, vision_full},
        {"nord", 0x2e3440, 4.5, vision_full},
        {"gruvbox", 0x282828, 4.5, vision_full},
        {"mono", 0x000000, 4.5, NULL},
    };
    static const enum role told_apart[] = {ROLE_STATUS_FAILED, ROLE_STATUS_UNKNOWN,
                                           ROLE_STATUS_DEGRADED, ROLE_STATUS_DRIFT};
    int bad = 0;
    size_t n = 0;
    while (theme_builtin_name(n))
        n++;
    assert_int_equal(n, sizeof(cases) / sizeof(cases[0]));
    for (size_t i = 0; i < n; i++) {
        struct theme t, plain;
        assert_int_equal(theme_builtin("default", &plain, NULL), 0);
        assert_int_equal(theme_load(cases[i].name, NULL, &t, NULL), 0);
        assert_string_equal(t.name, cases[i].name);
        for (int r = 0; r < ROLE_COUNT; r++) {
            struct style s = theme_style(&t, (enum role)r, ROLE_TEXT, DEPTH_256);
            double c = contrast(s.fg, s.bg, cases[i].ground);
            if (c < cases[i].least) {
                print_error("%s: %s: contrast %.1f\n", t.name, role_name((enum role)r), c);
                bad++;
            }
            struct style s16 = theme_style(&t, (enum role)r, ROLE_TEXT, DEPTH_16);
            if (s16.fg != COLOUR_DEFAULT && s16.fg == s16.bg) {
                print_error("%s: %s: unreadable in 16 colours\n", t.name, role_name((enum role)r));
                bad++;
            }
            /* without colours every theme looks the same */
            if (t.looks[r].mono != plain.looks[r].mono) {
                print_error("%s: %s: not the default's without colours\n", t.name,
                            role_name((enum role)r));
                bad++;
            }
        }
        for (size_t a = 0; cases[i].vision && a < 4; a++)
            for (size_t b = a + 1; b < 4; b++) {
                struct style x = theme_style(&t, told_apart[a], ROLE_TEXT, DEPTH_256);
                struct style y = theme_style(&t, told_apart[b], ROLE_TEXT, DEPTH_256);
                double d = difference(seen(cases[i].vision, linear_of(x.bg, 0)),
                                      seen(cases[i].vision, linear_of(y.bg, 0)));
                struct style x16 = theme_style(&t, told_apart[a], ROLE_TEXT, DEPTH_16);
                struct style y16 = theme_style(&t, told_apart[b], ROLE_TEXT, DEPTH_16);
                if (d < 20 || (x16.bg == y16.bg && x16.fg == y16.fg)) {
                    print_error("%s: %s and %s look alike (%.0f)\n", t.name,
                                role_name(told_apart[a]), role_name(told_apart[b]), d);
                    bad++;
                }
            }
    }
    assert_int_equal(bad, 0);
}

RUN("theme", cmocka_unit_test(built_in_themes_are_whole), cmocka_unit_test(errors_name_their_place),
    cmocka_unit_test(colours_fall_to_what_there_is), cmocka_unit_test(themes_can_be_read))
