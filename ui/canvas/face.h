// SPDX-License-Identifier: Apache-2.0
/*
 * Faces: which characters the console itself draws. Every character that is not ASCII has a name
 * here and a twin of ASCII; nothing else non-ASCII is drawn by the console. The arrow and the dots
 * of omission have twins of two cells, so texts that hold them are composed for the face
 * (face_text) and measured afterwards. Any thread.
 */
#ifndef LEEWAY_UI_CANVAS_FACE_H
#define LEEWAY_UI_CANVAS_FACE_H

#include "base/text.h"

enum face {
    FACE_UNICODE, /* UTF-8, ambiguous characters one cell wide */
    FACE_WIDE,    /* UTF-8, ambiguous ones two cells wide: they get their twins, shapes stay */
    FACE_ASCII,   /* no UTF-8, or asked for, or low bandwidth */
};

/* name, UTF-8, ASCII, whether its width is ambiguous, use */
#define GLYPH_TABLE(X)                                                                             \
    X(GLYPH_FAILED, "X", "X", false)                                                               \
    X(GLYPH_UNKNOWN, "?", "?", false)                                                              \
    X(GLYPH_DEGRADED, "!", "!", false)                                                             \
    X(GLYPH_DRIFT, "\xe2\x88\x86", "~", false) /* U+2206 */                                        \
    X(GLYPH_CHANGING, "\xc2\xbb", "%", false)  /* U+00BB */                                        \
    X(GLYPH_PENDING, "^", "^", false)                                                              \
    X(GLYPH_ACCEPTED, "\xe2\x97\x8a", "o", false) /* U+25CA */                                     \
    X(GLYPH_ASLEEP, "z", "z", false)                                                               \
    X(GLYPH_OK, "\xe2\x88\x99", ".", false)  /* U+2219 */                                          \
    X(GLYPH_RULE, "\xe2\x94\x80", "-", true) /* U+2500: rule of a section, rest of a bar */        \
    X(GLYPH_EDGE, "\xe2\x94\x82", "|", true) /* U+2502: edge of a pane, side of a box */           \
    X(GLYPH_BOX_TL, "\xe2\x94\x8c", "+", true)                                                     \
    X(GLYPH_BOX_TR, "\xe2\x94\x90", "+", true)                                                     \
    X(GLYPH_BOX_BL, "\xe2\x94\x94", "+", true)                                                     \
    X(GLYPH_BOX_BR, "\xe2\x94\x98", "+", true)                                                     \
    X(GLYPH_BAR_DONE, "\xe2\x95\x90", "=", true) /* U+2550 */                                      \
    X(GLYPH_ARROW, "\xe2\x86\x92", "->", true)   /* U+2192: from one value to another */           \
    X(GLYPH_DOTS, "\xe2\x80\xa6", "..", true)    /* U+2026: something was cut here */              \
    X(GLYPH_BRANCH_OPEN, "\xe2\x96\xbc", "v", true)                                                \
    X(GLYPH_BRANCH_SHUT, "\xe2\x96\xba", ">", false)                                               \
    X(GLYPH_PATH, "\xe2\x80\xba", ">", false) /* U+203A: between the parts of a path */            \
    X(GLYPH_CURSOR, ">", ">", false)                                                               \
    X(GLYPH_MARK, "*", "*", false)

enum glyph {
#define X(name, utf8, ascii, ambiguous) name,
    GLYPH_TABLE(X)
#undef X
        GLYPH_COUNT
};

/* The character of the face, measured. A static string. */
struct text face_glyph(enum face face, enum glyph glyph);
/* A text as the face draws it: characters of the table become their twins, others that the face
 * cannot draw become one '?' for each of their cells. Without such characters t itself. Doing it
 * twice changes nothing. */
struct text face_text(struct arena *a, enum face face, struct text t);
/* Cells t takes on the face: face_text(t).cols without composing it. */
uint32_t face_cols(enum face face, struct text t);

#endif
