// SPDX-License-Identifier: Apache-2.0
/*
 * Cleaning walks the bytes once with a small machine: clean_next takes one code point and gives
 * what stands for it, either the same bytes or a visible form of printable ASCII. Everything else
 * here is measuring and cutting of what it made.
 */
#include "base/text.h"

#include "base/mem.h"
#include "base/text_width.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#define MARKS_MAX 4        /* a curses cell holds a base and four marks */
#define LEN_MAX (1u << 29) /* longer input is cut: cleaning may make it four times as long */

int text_decode(const char *s, size_t len, uint32_t *cp)
{
    const unsigned char *b = (const unsigned char *)s;
    if (b[0] < 0x80) {
        *cp = b[0];
        return 1;
    }
    int n = b[0] >= 0xf0 && b[0] <= 0xf4   ? 4
            : b[0] >= 0xe0 && b[0] <= 0xef ? 3
            : b[0] >= 0xc2 && b[0] <= 0xdf ? 2
                                           : 0;
    if (n == 0 || (size_t)n > len)
        return -1;
    uint32_t v = b[0] & (0x7f >> n);
    for (int i = 1; i < n; i++) {
        if ((b[i] & 0xc0) != 0x80)
            return -1;
        v = v << 6 | (b[i] & 0x3f);
    }
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (v < smallest[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return -1;
    *cp = v;
    return n;
}

static bool is_ambiguous(uint32_t cp)
{
    size_t lo = 0, hi = ARRAY_LEN(text_ambiguous);
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (cp < text_ambiguous[mid].first)
            hi = mid;
        else if (cp > text_ambiguous[mid].last)
            lo = mid + 1;
        else
            return true;
    }
    return false;
}

int text_cp_width(uint32_t cp, int ambiguous)
{
    if (cp >= 0x20 && cp < 0x7f)
        return 1;
    if (ambiguous != 1 && is_ambiguous(cp))
        return ambiguous;
    int w = utf8proc_charwidth((utf8proc_int32_t)cp);
    return w < 0 ? 0 : w > 2 ? 2 : w;
}

/* What a code point is to the cleaner. */
enum kind { PLAIN, MARK, ESCAPED, JOINER, SELECTOR, SKIN_TONE, REGIONAL };

static bool is_blank_or_filler(uint32_t cp)
{
    return cp == 0xa0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200a) || cp == 0x202f ||
           cp == 0x205f || cp == 0x115f || cp == 0x1160 || cp == 0x3164 || cp == 0xffa0 ||
           cp == 0x2800 || cp == 0x20e3;
}

static bool is_ignorable_mark(uint32_t cp)
{
    return cp == 0x34f || cp == 0x17b4 || cp == 0x17b5 || (cp >= 0x180b && cp <= 0x180f) ||
           (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
}

static enum kind kind_of(uint32_t cp)
{
    if (cp == 0x200d)
        return JOINER;
    if (cp == 0xfe0e || cp == 0xfe0f)
        return SELECTOR;
    if (cp >= 0x1f3fb && cp <= 0x1f3ff)
        return SKIN_TONE;
    if (cp >= 0x1f1e6 && cp <= 0x1f1ff)
        return REGIONAL;
    if (is_blank_or_filler(cp) || is_ignorable_mark(cp) || (cp >= 0xe0000 && cp <= 0xe0fff))
        return ESCAPED;
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    switch (p->category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return ESCAPED;
    default:
        break;
    }
    if (p->boundclass == UTF8PROC_BOUNDCLASS_V || p->boundclass == UTF8PROC_BOUNDCLASS_T)
        return ESCAPED;
    return utf8proc_charwidth((utf8proc_int32_t)cp) <= 0 ? MARK : PLAIN;
}

static bool is_pictograph(uint32_t cp)
{
    return cp > 0x7f && utf8proc_get_property((utf8proc_int32_t)cp)->boundclass ==
                            UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

struct cleaner {
    const char *s;
    size_t len, at;
    bool base;       /* the last thing put out can carry a mark */
    bool pictograph; /* it was a pictograph that may still take a selector, tone or joiner */
    bool selected;   /* its selector is taken */
    unsigned marks;  /* on that base */
    char form[16];   /* visible form of the current code point */
};

struct piece {
    const char *s;
    uint32_t len, cols; /* len 0: the code point is left out */
};

static struct piece visible(struct cleaner *c, int n)
{
    c->base = c->pictograph = false;
    return (struct piece){c->form, (uint32_t)n, (uint32_t)n};
}

static struct piece clean_ascii(struct cleaner *c, unsigned char b)
{
    if (b == '\t')
        b = ' ';
    if (b < 0x20 || b == 0x7f) {
        c->form[0] = '^';
        c->form[1] = (char)(b ^ 0x40);
        return visible(c, 2);
    }
    c->form[0] = (char)b;
    c->base = true;
    c->pictograph = false;
    c->marks = 0;
    return (struct piece){c->form, 1, 1};
}

/* Whether a pictograph follows at the current place: what a joiner needs on its right. */
static bool pictograph_follows(const struct cleaner *c)
{
    uint32_t cp;
    return c->at < c->len && text_decode(c->s + c->at, c->len - c->at, &cp) > 0 &&
           is_pictograph(cp);
}

static struct piece clean_next(struct cleaner *c)
{
    const char *s = c->s + c->at;
    uint32_t cp;
    int n = text_decode(s, c->len - c->at, &cp);
    if (n < 0) {
        c->at++;
        return visible(c, snprintf(c->form, sizeof(c->form), "<%02x>", (unsigned char)s[0]));
    }
    c->at += (size_t)n;
    if (cp < 0x80)
        return clean_ascii(c, (unsigned char)cp);
    enum kind kind = kind_of(cp);
    bool in_emoji = (kind == SELECTOR && c->pictograph && !c->selected) ||
                    (kind == SKIN_TONE && c->pictograph) ||
                    (kind == JOINER && c->pictograph && pictograph_follows(c));
    if (in_emoji) {
        c->selected = true;
        c->pictograph = kind != SKIN_TONE;
        return (struct piece){s, 0, 0};
    }
    if (kind == SELECTOR && c->base && c->at < c->len &&
        strncmp(c->s + c->at, "\xe2\x83\xa3", c->len - c->at < 3 ? c->len - c->at : 3) == 0)
        return (struct piece){s, 0, 0}; /* keycap: the enclosing mark itself is shown next */
    if (kind == REGIONAL)
        return visible(c, snprintf(c->form, sizeof(c->form), "<%c>", (char)('A' + cp - 0x1f1e6)));
    if (kind == MARK && c->base && c->marks < MARKS_MAX) {
        c->marks++;
        return (struct piece){s, (uint32_t)n, 0};
    }
    if (kind != PLAIN && kind != SKIN_TONE)
        return visible(c, snprintf(c->form, sizeof(c->form), "<U+%04X>", (unsigned)cp));
    c->base = true;
    c->marks = 0;
    c->selected = false;
    c->pictograph = kind == PLAIN && is_pictograph(cp);
    return (struct piece){s, (uint32_t)n, (uint32_t)text_cp_width(cp, 1)};
}

static size_t printable_prefix(const char *s, size_t len)
{
    size_t n = 0;
    while (n < len && (unsigned char)s[n] >= 0x20 && (unsigned char)s[n] < 0x7f)
        n++;
    return n;
}

struct text text_clean(struct arena *a, const char *bytes, size_t len)
{
    if (len == 0)
        return TEXT_NONE;
    if (len > LEN_MAX)
        len = LEN_MAX;
    if (printable_prefix(bytes, len) == len) {
        char *copy = arena_strndup(a, bytes, len);
        return copy ? (struct text){copy, (uint32_t)len, (uint32_t)len} : TEXT_NONE;
    }
    uint32_t out_len = 0, cols = 0;
    for (struct cleaner c = {.s = bytes, .len = len}; c.at < len;)
        out_len += clean_next(&c).len;
    char *out = arena_alloc(a, (size_t)out_len + 1);
    if (!out)
        return TEXT_NONE;
    uint32_t at = 0;
    for (struct cleaner c = {.s = bytes, .len = len}; c.at < len;) {
        struct piece p = clean_next(&c);
        memcpy(out + at, p.s, p.len);
        at += p.len;
        cols += p.cols;
    }
    out[at] = '\0';
    return (struct text){out, at, cols};
}

struct text text_cstr(struct arena *a, const char *s)
{
    return s ? text_clean(a, s, strlen(s)) : TEXT_NONE;
}

size_t text_clean_lines(struct arena *a, const char *bytes, size_t len, size_t max,
                        struct text **lines)
{
    size_t count = 0;
    for (size_t i = 0; i < len && count < max; i++)
        count += bytes[i] == '\n' || i + 1 == len;
    *lines = arena_array(a, count ? count : 1, sizeof(**lines));
    if (!*lines)
        return 0;
    size_t start = 0;
    for (size_t i = 0; i < count; i++) {
        const char *end = memchr(bytes + start, '\n', len - start);
        size_t stop = end ? (size_t)(end - bytes) : len, next = end ? stop + 1 : len;
        if (end && stop > start && bytes[stop - 1] == '\r')
            stop--;
        (*lines)[i] = text_clean(a, bytes + start, stop - start);
        start = next;
    }
    return count;
}

struct text text_fmt(struct arena *a, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof(small), fmt, ap);
    va_end(ap);
    struct text t = TEXT_NONE;
    if (n >= 0 && (size_t)n < sizeof(small)) {
        t = text_clean(a, small, (size_t)n);
    } else if (n >= 0) {
        char *big = mem_alloc((size_t)n + 1);
        vsnprintf(big, (size_t)n + 1, fmt, again);
        t = text_clean(a, big, (size_t)n);
        mem_free(big);
    }
    va_end(again);
    return t;
}

struct text text_dup(struct arena *a, struct text t)
{
    char *copy = t.len ? arena_strndup(a, t.str, t.len) : NULL;
    return copy ? (struct text){copy, t.len, t.cols} : TEXT_NONE;
}

bool text_equal(struct text x, struct text y)
{
    return x.len == y.len && (x.len == 0 || memcmp(x.str, y.str, x.len) == 0);
}

int text_compare(struct text x, struct text y)
{
    uint32_t n = x.len < y.len ? x.len : y.len;
    int c = n ? memcmp(x.str, y.str, n) : 0;
    return c ? c : (x.len > y.len) - (x.len < y.len);
}

int text_clean_to(struct buf *out, const char *bytes, size_t len)
{
    for (struct cleaner c = {.s = bytes, .len = len}; c.at < len;) {
        struct piece p = clean_next(&c);
        int r = p.len ? buf_add(out, p.s, p.len) : 0;
        if (r)
            return r;
    }
    return 0;
}

uint32_t text_next_cell(const char *s, size_t len, int ambiguous, int *width)
{
    uint32_t cp, at = 0;
    *width = 0;
    while (at < len) {
        int n = text_decode(s + at, len - at, &cp);
        int w = n < 0 ? 1 : text_cp_width(cp, ambiguous);
        if (at > 0 && w > 0)
            break;
        if (at == 0)
            *width = w;
        at += n < 0 ? 1 : (uint32_t)n;
    }
    return at;
}

uint32_t text_prefix(struct text t, uint32_t cols, uint32_t *got)
{
    uint32_t at = 0;
    *got = 0;
    if (t.cols <= cols) {
        *got = t.cols;
        return t.len;
    }
    while (at < t.len) {
        int w;
        uint32_t n = text_next_cell(t.str + at, t.len - at, 1, &w);
        if (*got + (uint32_t)w > cols)
            break;
        at += n;
        *got += (uint32_t)w;
    }
    return at;
}

/* The same bytes, measured; borrows. */
static struct text view(struct text t, uint32_t at, uint32_t len)
{
    uint32_t cols = 0;
    for (uint32_t i = at; i < at + len;) {
        int w;
        i += text_next_cell(t.str + i, at + len - i, 1, &w);
        cols += (uint32_t)w;
    }
    return (struct text){t.str + at, len, cols};
}

struct text text_part(struct arena *a, struct text t, uint32_t at, uint32_t len)
{
    if (at >= t.len)
        return TEXT_NONE;
    return text_dup(a, view(t, at, len > t.len - at ? t.len - at : len));
}

/* First byte of the longest end of t that fills at most cols cells. */
static uint32_t suffix_start(struct text t, uint32_t cols, uint32_t *got)
{
    uint32_t at = 0, left = t.cols;
    while (at < t.len && left > cols) {
        int w;
        at += text_next_cell(t.str + at, t.len - at, 1, &w);
        left -= (uint32_t)w;
    }
    *got = left;
    return at;
}

struct text text_cut(struct arena *a, struct text t, uint32_t cols, enum text_cut how,
                     struct text dots)
{
    if (t.cols <= cols)
        return t;
    if (dots.cols > cols)
        dots = TEXT_NONE;
    uint32_t room = cols - dots.cols, left_cols, right_cols;
    uint32_t left_room = how == TEXT_CUT_END ? room : how == TEXT_CUT_FRONT ? 0 : (room + 1) / 2;
    uint32_t left = text_prefix(t, left_room, &left_cols);
    uint32_t right = suffix_start(t, how == TEXT_CUT_END ? 0 : room - left_cols, &right_cols);
    uint32_t len = left + dots.len + (t.len - right);
    char *out = arena_alloc(a, (size_t)len + 1);
    if (!out)
        return TEXT_NONE;
    memcpy(out, t.str, left);
    memcpy(out + left, dots.str, dots.len);
    memcpy(out + left + dots.len, t.str + right, t.len - right);
    out[len] = '\0';
    return (struct text){out, len, left_cols + dots.cols + right_cols};
}

/* Where a line that starts at t ends: after the last word that fits, or inside a longer one. */
static uint32_t line_end(struct text t, uint32_t cols)
{
    uint32_t got, fits = text_prefix(t, cols, &got);
    if (fits >= t.len || t.str[fits] == ' ')
        return fits;
    for (uint32_t i = fits; i > 0; i--)
        if (t.str[i - 1] == ' ')
            return i - 1;
    return fits;
}

size_t text_wrap(struct arena *a, struct text t, uint32_t cols, struct text *lines, size_t max,
                 struct text dots)
{
    size_t n = 0;
    uint32_t at = 0;
    while (n < max && cols > 0) {
        while (at < t.len && t.str[at] == ' ')
            at++;
        if (at >= t.len)
            break;
        struct text rest = view(t, at, t.len - at);
        if (n + 1 == max) {
            lines[n++] = text_cut(a, rest, cols, TEXT_CUT_END, dots);
            break;
        }
        uint32_t end = line_end(rest, cols);
        if (end == 0) /* a wide character in one column: nothing fits */
            break;
        uint32_t stop = end;
        while (stop > 0 && rest.str[stop - 1] == ' ')
            stop--;
        lines[n++] = text_part(a, rest, 0, stop);
        at += end;
    }
    return n;
}

struct text text_count(struct arena *a, long n, const char *one, const char *many)
{
    return text_fmt(a, "%ld %s", n, n == 1 ? one : many);
}
