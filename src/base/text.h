// SPDX-License-Identifier: Apache-2.0
/*
 * Cleaned text: the only kind of string that screens, logs and tables accept. Outside bytes (from
 * clusters, files, the environment, subprocesses) pass text_clean once, where they enter the
 * program. A struct text is valid UTF-8, in which control characters (C0 but none, DEL, C1), bidi
 * controls (U+061C, 200E/F, 202A-202E, 2066-2069), zero-width characters (200B-200D, 2060, FEFF),
 * line and paragraph separators, tags (E0000-E007F), variation selectors and invalid bytes stand in
 * a visible form: ^[ for ESC, ^M for CR, <U+202E>, <ff> for a byte that is not UTF-8. Clusters of
 * emoji come out as their visible parts: joiners, presentation selectors and skin tones inside a
 * cluster are left out, a regional indicator is <D>. So are visible: private and unassigned code
 * points, no-break and fixed-width spaces, Hangul fillers and jamo that would combine, and marks
 * without a base or beyond four a cell. Tabs become one space; newlines ^J (text_clean_lines splits
 * at them instead). Cleaning what is clean changes nothing. See CVE-2021-25743 for why.
 *
 * Texts are immutable and borrow their bytes from an arena or a literal. Any thread. Where an arena
 * is past its limit the result is TEXT_NONE.
 */
#ifndef LEEWAY_BASE_TEXT_H
#define LEEWAY_BASE_TEXT_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    const char *str; /* NUL-terminated, never NULL in a text made here */
    uint32_t len;    /* bytes */
    uint32_t cols;   /* cells on a terminal, ambiguous width counted as 1 */
};

/* For literals of printable ASCII only. */
#define TEXT(lit) ((struct text){"" lit, sizeof(lit) - 1, sizeof(lit) - 1})
#define TEXT_NONE ((struct text){"", 0, 0})

struct text text_clean(struct arena *a, const char *bytes, size_t len);
struct text text_cstr(struct arena *a, const char *s); /* NULL gives TEXT_NONE */
/* One text a line (LF or CR LF end one; a last line without an end counts); *lines is an array in
 * the arena. At most max lines, the rest is dropped. Returns how many. */
size_t text_clean_lines(struct arena *a, const char *bytes, size_t len, size_t max,
                        struct text **lines);
/* printf, then cleaned: the way to compose. */
struct text text_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Already cleaned bytes in another arena. */
struct text text_dup(struct arena *a, struct text t);
bool text_equal(struct text x, struct text y);
int text_compare(struct text x, struct text y); /* by bytes */

/* Appends the cleaned form; for logs and messages that are no struct text. */
int text_clean_to(struct buf *out, const char *bytes, size_t len);

/* Width of one code point on a terminal: 0, 1 or 2; ambiguous ones take `ambiguous` cells. */
int text_cp_width(uint32_t cp, int ambiguous);
/* Decodes one code point at s (len > 0); returns its bytes, or -1 when the bytes are not UTF-8. */
int text_decode(const char *s, size_t len, uint32_t *cp);

/* The cell that starts at s: a base with its marks. Returns its bytes and puts its width; 0 at the
 * end. s must be cleaned. */
uint32_t text_next_cell(const char *s, size_t len, int ambiguous, int *width);
/* Bytes of t that fill at most cols cells, never half of a cell; *got is how many they fill. */
uint32_t text_prefix(struct text t, uint32_t cols, uint32_t *got);
/* A part of t by bytes; at and len must lie on cell boundaries. Copied into the arena. */
struct text text_part(struct arena *a, struct text t, uint32_t at, uint32_t len);

/* Cuts to at most cols cells. The end cut leaves the start and adds `dots` (its width counted);
 * middle keeps both ends; front keeps the end. A text that fits comes back as it is. */
enum text_cut { TEXT_CUT_END, TEXT_CUT_MIDDLE, TEXT_CUT_FRONT };
struct text text_cut(struct arena *a, struct text t, uint32_t cols, enum text_cut how,
                     struct text dots);

/* Breaks t between words into lines of at most cols cells (a longer word is broken inside), at most
 * max of them; the last one is cut with dots when more would follow. Returns how many. */
size_t text_wrap(struct arena *a, struct text t, uint32_t cols, struct text *lines, size_t max,
                 struct text dots);

/* A text that a person reads as a number of something: "1 cluster", "2 clusters". */
struct text text_count(struct arena *a, long n, const char *one, const char *many);

#endif
