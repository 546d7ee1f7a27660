// SPDX-License-Identifier: Apache-2.0
#include "canvas/face.h"

#include <string.h>

struct glyph_entry {
    struct text utf8, ascii;
    bool ambiguous;
};

static const struct glyph_entry glyphs[] = {
#define X(name, u, a, amb) {{u, sizeof(u) - 1, 1}, {a, sizeof(a) - 1, sizeof(a) - 1}, amb},
    GLYPH_TABLE(X)
#undef X
};

static struct text entry_text(enum face face, const struct glyph_entry *g)
{
    bool twin = face == FACE_ASCII || (face == FACE_WIDE && g->ambiguous);
    return twin ? g->ascii : g->utf8;
}

struct text face_glyph(enum face face, enum glyph glyph)
{
    return entry_text(face, &glyphs[glyph]);
}

static bool is_ascii(struct text t)
{
    for (uint32_t i = 0; i < t.len; i++)
        if ((unsigned char)t.str[i] >= 0x80)
            return false;
    return true;
}

/* What stands for the cell s[0..n) of w columns (w measured with ambiguous = 1). */
static struct text translate(enum face face, const char *s, uint32_t n, int w)
{
    static const struct text unknown[] = {{"", 0, 0}, {"?", 1, 1}, {"??", 2, 2}};
    struct text same = {s, n, (uint32_t)w};
    if (n == 1 && (unsigned char)s[0] < 0x80)
        return same;
    for (size_t i = 0; i < GLYPH_COUNT; i++)
        if (glyphs[i].utf8.len == n && memcmp(glyphs[i].utf8.str, s, n) == 0)
            return entry_text(face, &glyphs[i]);
    int other;
    text_next_cell(s, n, 2, &other);
    return face == FACE_ASCII || other != w ? unknown[w < 0 || w > 2 ? 1 : w] : same;
}

uint32_t face_cols(enum face face, struct text t)
{
    if (face == FACE_UNICODE || is_ascii(t))
        return t.cols;
    uint32_t cols = 0;
    for (uint32_t at = 0; at < t.len;) {
        int w;
        uint32_t n = text_next_cell(t.str + at, t.len - at, 1, &w);
        cols += translate(face, t.str + at, n, w).cols;
        at += n;
    }
    return cols;
}

struct text face_text(struct arena *a, enum face face, struct text t)
{
    if (face == FACE_UNICODE || is_ascii(t))
        return t;
    /* a twin never takes more bytes than what it stands for */
    char *out = arena_alloc(a, (size_t)t.len + 1);
    if (!out)
        return TEXT_NONE;
    uint32_t len = 0, cols = 0;
    for (uint32_t at = 0; at < t.len;) {
        int w;
        uint32_t n = text_next_cell(t.str + at, t.len - at, 1, &w);
        struct text piece = translate(face, t.str + at, n, w);
        memcpy(out + len, piece.str, piece.len);
        len += piece.len;
        cols += piece.cols;
        at += n;
    }
    out[len] = '\0';
    return (struct text){out, len, cols};
}
