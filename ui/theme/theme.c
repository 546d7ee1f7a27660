// SPDX-License-Identifier: Apache-2.0
/* What a theme means for a terminal: depth, styles, nearest colours. Reading is in theme_read.c. */
#include "theme/theme.h"

#include <string.h>

static const unsigned ansi16[] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                  0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                  0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};

static int distance(unsigned a, unsigned b)
{
    int r = (int)(a >> 16 & 255) - (int)(b >> 16 & 255);
    int g = (int)(a >> 8 & 255) - (int)(b >> 8 & 255);
    int l = (int)(a & 255) - (int)(b & 255);
    return r * r * 2 + g * g * 4 + l * l * 3; /* the eye sees green best */
}

/* Entries 16-255 are a cube of six steps and a ramp of greys. */
unsigned theme_palette_rgb(int i)
{
    if (i < 16)
        return ansi16[i];
    static const unsigned step[] = {0, 95, 135, 175, 215, 255};
    if (i >= 232) {
        unsigned v = 8u + 10u * (unsigned)(i - 232);
        return v << 16 | v << 8 | v;
    }
    int n = i - 16;
    return step[n / 36] << 16 | step[n / 6 % 6] << 8 | step[n % 6];
}

int16_t theme_nearest_256(unsigned rgb)
{
    int best = 16;
    for (int i = 17; i < 256; i++)
        if (distance(rgb, theme_palette_rgb(i)) < distance(rgb, theme_palette_rgb(best)))
            best = i;
    return (int16_t)best;
}

int16_t theme_nearest_16(unsigned rgb)
{
    int best = 0;
    for (int i = 1; i < 16; i++)
        if (distance(rgb, ansi16[i]) < distance(rgb, ansi16[best]))
            best = i;
    return (int16_t)best;
}

/* One role alone. On eight colours a bright foreground is the plain one in bold, a bright
 * background the plain one. */
static struct style look_style(const struct theme_look *l, enum theme_depth depth)
{
    struct style s = {l->attrs, l->fg, l->bg};
    switch (depth) {
    case DEPTH_MONO:
        return (struct style){l->mono, COLOUR_DEFAULT, COLOUR_DEFAULT};
    case DEPTH_8:
        if (s.fg >= 8) {
            s.fg -= 8;
            s.attrs |= STYLE_BOLD;
        }
        if (s.bg >= 8)
            s.bg -= 8;
        return s;
    case DEPTH_16:
        return s;
    case DEPTH_256:
        s.fg = l->fg256;
        s.bg = l->bg256;
        return s;
    }
    return s;
}

struct style theme_style(const struct theme *t, enum role role, enum role over,
                         enum theme_depth depth)
{
    struct style s = look_style(&t->looks[role], depth);
    if (over == ROLE_TEXT)
        return s;
    struct style o = look_style(&t->looks[over], depth);
    s.attrs |= o.attrs;
    if (s.fg == COLOUR_DEFAULT && s.bg == COLOUR_DEFAULT) {
        s.fg = o.fg;
        s.bg = o.bg;
    }
    return s;
}

enum theme_depth theme_depth_of(const char *color_option, const char *no_color, int colours)
{
    const char *c = color_option ? color_option : "auto";
    if (strcmp(c, "never") == 0)
        return DEPTH_MONO;
    bool always = strcmp(c, "always") == 0;
    if (!always && no_color && *no_color)
        return DEPTH_MONO;
    if (colours >= 256)
        return DEPTH_256;
    if (colours >= 16)
        return DEPTH_16;
    return colours >= 8 || always ? DEPTH_8 : DEPTH_MONO;
}
