// SPDX-License-Identifier: Apache-2.0
/*
 * Themes: YAML files that give each role its look (doc in README.md of this folder). A theme is
 * loaded once; what a terminal can show is decided when a style is asked for. Files are looked for
 * in the user's folder, in the installed one and beside the sources; those of themes/ are also
 * compiled in. Any thread after loading.
 */
#ifndef LEEWAY_UI_THEME_THEME_H
#define LEEWAY_UI_THEME_THEME_H

#include "base/err.h"
#include "theme/role.h"

#include <stdbool.h>
#include <stdint.h>

enum { STYLE_BOLD = 1, STYLE_DIM = 2, STYLE_REVERSE = 4, STYLE_UNDERLINE = 8 };

#define COLOUR_DEFAULT (-1)

struct style {
    uint8_t attrs;
    int16_t fg, bg; /* palette index or COLOUR_DEFAULT */
};

/* What the terminal can do. */
enum theme_depth { DEPTH_MONO, DEPTH_8, DEPTH_16, DEPTH_256 };

struct theme_look {
    uint8_t attrs;        /* with colours */
    uint8_t mono;         /* without */
    int16_t fg, bg;       /* 0-15 or COLOUR_DEFAULT */
    int16_t fg256, bg256; /* 0-255 or COLOUR_DEFAULT; as fg and bg where the file says nothing */
};

struct theme {
    char name[32];
    struct theme_look looks[ROLE_COUNT];
};

/* The files of themes/ are compiled in: their names in order, NULL past the last. */
const char *theme_builtin_name(size_t i);
/* One of them. 0 or ERR_NOT_FOUND. */
int theme_builtin(const char *name, struct theme *out, struct err *e) ERR_CHECKED;
/* Text of a theme file; source is its name for messages. Roles it does not name keep what *out has,
 * so *out must hold a theme. 0, or a code with file, line and column; *out is then unchanged. */
int theme_parse(const char *text, size_t len, const char *source, struct theme *out,
                struct err *e) ERR_CHECKED;
/* By name from dirs (NULL-terminated, first wins), else built in; a name with a '/' is a file. On
 * top of the default theme. */
int theme_load(const char *name, const char *const *dirs, struct theme *out,
               struct err *e) ERR_CHECKED;

/* The look of a role with another laid over it (ROLE_TEXT: none): attributes of both, colours of
 * the role unless it has none. */
struct style theme_style(const struct theme *t, enum role role, enum role over,
                         enum theme_depth depth);

/* --color=never|auto|always (NULL: auto), NO_COLOR and the terminal's number of colours, in this
 * order of weight. always counts as at least 8 colours. */
enum theme_depth theme_depth_of(const char *color_option, const char *no_color, int colours);

/* What most terminals show for an entry of the palette (0 to 15: xterm's), as 0xrrggbb. */
unsigned theme_palette_rgb(int i);
/* Nearest palette entries, for themes that say #rrggbb. */
int16_t theme_nearest_256(unsigned rgb);
int16_t theme_nearest_16(unsigned rgb);

#endif
