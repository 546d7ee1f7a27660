// SPDX-License-Identifier: Apache-2.0
/*
 * A small codec for scalars. It is apart from json.c because it reads inside of other notations,
 * and because two of its ways to write exist only to agree byte for byte with what API servers
 * emit.
 */
#include "data/scalar_int.h"

#include "base/mem.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define NUMBER_MAX 400u /* characters of a number */
#define KEY_FIELDS_MAX 64u

/* ---- UTF-8 ---- */

static int decode(const unsigned char *s, size_t len, uint32_t *cp)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate(s, len > 4 ? 4 : (utf8proc_ssize_t)len, &c);
    if (n <= 0 || c < 0)
        return -1;
    *cp = (uint32_t)c;
    return (int)n;
}

static size_t encode(uint32_t cp, char *out)
{
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)cp, (utf8proc_uint8_t *)out);
    return n > 0 ? (size_t)n : 0;
}

/* Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
static bool printable(uint32_t cp)
{
    if (cp < 0x7f)
        return cp >= 0x20;
    utf8proc_category_t c = utf8proc_category((utf8proc_int32_t)cp);
    return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_SO;
}

/* ---- writing ---- */

static char short_escape(uint32_t cp, enum scalar_style style)
{
    switch (cp) {
    case '"':
    case '\\':
        return (char)cp;
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    case '\b':
        return style == SCALAR_FIELDS ? 0 : 'b';
    case '\f':
        return style == SCALAR_FIELDS ? 0 : 'f';
    case '\a':
        return style == SCALAR_GO ? 'a' : 0;
    case '\v':
        return style == SCALAR_GO ? 'v' : 0;
    default:
        return 0;
    }
}

static int write_cp(struct buf *out, const char *s, int n, uint32_t cp, enum scalar_style style)
{
    char e = short_escape(cp, style);
    if (e) {
        char two[2] = {'\\', e};
        return buf_add(out, two, 2);
    }
    if (style == SCALAR_GO && !printable(cp))
        return buf_printf(out, cp < 0x80 ? "\\x%02x" : cp < 0x10000 ? "\\u%04x" : "\\U%08x", cp);
    bool html = cp == '<' || cp == '>' || cp == '&' || cp == 0x2028 || cp == 0x2029;
    if (cp < 0x20 || (style == SCALAR_FIELDS && html))
        return buf_printf(out, "\\u%04x", cp);
    return buf_add(out, s, (size_t)n);
}

int scalar_write_string(struct buf *out, const char *s, size_t len, enum scalar_style style)
{
    int rc = buf_putc(out, '"');
    for (size_t i = 0; !rc && i < len;) {
        uint32_t cp;
        int n = decode((const unsigned char *)s + i, len - i, &cp);
        if (n > 0) {
            rc = write_cp(out, s + i, n, cp, style);
        } else {
            n = 1;
            rc = style == SCALAR_GO     ? buf_printf(out, "\\x%02x", (unsigned char)s[i])
                 : style == SCALAR_JSON ? buf_putc(out, s[i])
                                        : buf_puts(out, "\\ufffd");
        }
        i += (size_t)n;
    }
    return rc ? rc : buf_putc(out, '"');
}

/* Digits that read back to the same double, laid out as Go's encoding/json does. Whole numbers that
 * a reader would take for an integer of another value keep their exponent, but for people. */
static int write_double(struct buf *out, double d, enum scalar_style style)
{
    if (!isfinite(d))
        return ERR_TYPE;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t old = uselocale(c);
    char text[64], digits[32];
    for (int prec = 0; prec <= 17; prec++) {
        snprintf(text, sizeof(text), "%.*e", prec, d);
        if (strtod(text, NULL) == d)
            break;
    }
    uselocale(old);
    freelocale(c);
    char *mark = strchr(text, 'e');
    long exp = strtol(mark + 1, NULL, 10);
    size_t n = 0;
    for (const char *p = text; p < mark; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    if (d == 0)
        exp = 0;
    int rc = signbit(d) ? buf_putc(out, '-') : 0;
    bool large = fabs(d) >= 9007199254740992.0 && style != SCALAR_GO;
    if (exp < -6 || exp >= 21 || large) {
        rc = rc ? rc : buf_add(out, digits, 1);
        if (n > 1 && !rc)
            rc = buf_printf(out, ".%.*s", (int)n - 1, digits + 1);
        return rc ? rc : buf_printf(out, "e%c%02ld", exp < 0 ? '-' : '+', labs(exp));
    }
    if (exp < 0)
        rc = rc ? rc : buf_puts(out, "0.");
    for (long i = exp; i < -1 && !rc; i++)
        rc = buf_putc(out, '0');
    for (long i = 0; !rc && (i < (long)n || i <= exp); i++) {
        if (i == exp + 1 && exp >= 0)
            rc = buf_putc(out, '.');
        rc = rc ? rc : buf_putc(out, i < (long)n ? digits[i] : '0');
    }
    return rc;
}

int scalar_write(struct buf *out, const struct val *v, enum scalar_style style)
{
    switch (val_type(v)) {
    case VAL_NULL:
        return buf_puts(out, "null");
    case VAL_BOOL:
        return buf_puts(out, v->as.b ? "true" : "false");
    case VAL_INT:
        return buf_printf(out, "%lld", (long long)v->as.i);
    case VAL_UINT:
        return buf_printf(out, "%llu", (unsigned long long)v->as.u);
    case VAL_DOUBLE:
        return write_double(out, v->as.d, style);
    case VAL_STRING:
        return scalar_write_string(out, v->as.s, v->len, style);
    default:
        return ERR_TYPE;
    }
}

/* ---- reading ---- */

static int hex(const struct scalar_reader *r, size_t digits, uint32_t *cp)
{
    if (r->len - r->at < digits)
        return ERR_SYNTAX;
    uint32_t n = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = r->text[r->at + i];
        unsigned d;
        if (c >= '0' && c <= '9')
            d = (unsigned)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            d = (unsigned)((c | 0x20) - 'a') + 10;
        else
            return ERR_SYNTAX;
        n = n << 4 | d;
    }
    *cp = n;
    return 0;
}

/* After a backslash and its letter; appends what they stand for. */
static int read_escape(struct scalar_reader *r, char letter, struct buf *out)
{
    static const char from[] = "\"\\/bfnrtav", to[] = "\"\\/\b\f\n\r\t\a\v";
    const char *known = letter ? strchr(from, letter) : NULL;
    if (known)
        return buf_putc(out, to[known - from]);
    size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    uint32_t cp, low;
    if (!digits || hex(r, digits, &cp))
        return ERR_SYNTAX;
    r->at += digits;
    if (letter == 'x') /* a byte, as Go has it, not a code point */
        return buf_putc(out, (char)cp);
    if (cp >= 0xd800 && cp < 0xdc00 && letter == 'u' && r->len - r->at >= 6 &&
        memcmp(r->text + r->at, "\\u", 2) == 0) {
        struct scalar_reader next = *r;
        next.at += 2;
        if (!hex(&next, 4, &low) && low >= 0xdc00 && low < 0xe000) {
            cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
            r->at += 6;
        }
    }
    if (cp > 0x10ffff)
        return ERR_SYNTAX;
    if (cp >= 0xd800 && cp < 0xe000)
        cp = 0xfffd;
    char utf8[4];
    return buf_add(out, utf8, encode(cp, utf8));
}

static int read_bytes(struct scalar_reader *r, struct buf *out, struct err *e)
{
    if (r->at >= r->len || r->text[r->at] != '"')
        return err_set(e, ERR_SYNTAX, "a string in double quotes is expected");
    r->at++;
    while (r->at < r->len) {
        const char *from = r->text + r->at;
        size_t n = 0;
        while (r->at + n < r->len && from[n] != '"' && from[n] != '\\')
            n++;
        if (buf_add(out, from, n))
            return err_set(e, ERR_LIMIT, "the string is too long");
        r->at += n;
        if (r->at >= r->len)
            break;
        if (r->text[r->at++] == '"')
            return 0;
        if (r->at >= r->len)
            break;
        char letter = r->text[r->at++];
        if (read_escape(r, letter, out))
            return err_set(e, ERR_SYNTAX, "no such escape in a string");
    }
    return err_set(e, ERR_SYNTAX, "the string has no end");
}

int scalar_read_string(struct scalar_reader *r, const char **s, size_t *len, struct err *e)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    int rc = read_bytes(r, &b, e);
    if (!rc) {
        *len = b.len;
        *s = arena_strndup(&r->pool->arena, buf_str(&b), b.len);
        if (!*s)
            rc = err_set(e, ERR_LIMIT, "out of room for values");
    }
    buf_clear(&b);
    return rc;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Length of the JSON number at s, 0 when there is none; *whole: neither fraction nor exponent. */
static size_t number_length(const char *s, size_t len, bool *whole)
{
    size_t i = len && s[0] == '-', start = i;
    *whole = true;
    while (i < len && digit(s[i]))
        i++;
    if (i == start || (s[start] == '0' && i > start + 1))
        return 0;
    if (i + 1 < len && s[i] == '.' && digit(s[i + 1])) {
        *whole = false;
        for (i++; i < len && digit(s[i]);)
            i++;
    }
    if (i < len && (s[i] | 0x20) == 'e') {
        size_t j = i + 1;
        if (j < len && (s[j] == '+' || s[j] == '-'))
            j++;
        if (j < len && digit(s[j])) {
            *whole = false;
            for (i = j; i < len && digit(s[i]);)
                i++;
        }
    }
    return i;
}

static int read_number(struct scalar_reader *r, struct val *out, struct err *e)
{
    bool whole;
    size_t n = number_length(r->text + r->at, r->len - r->at, &whole);
    char text[NUMBER_MAX + 1];
    if (!n)
        return err_set(e, ERR_SYNTAX,
                       "a value is expected: \"string\", number, true, false or null");
    if (n > NUMBER_MAX)
        return err_set(e, ERR_LIMIT, "the number is too long");
    memcpy(text, r->text + r->at, n);
    text[n] = '\0';
    if (whole && n <= 18) {
        *out = val_of_int(strtoll(text, NULL, 10));
    } else {
        char *end;
        locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
        double d = strtod_l(text, &end, c);
        freelocale(c);
        if (!isfinite(d))
            return err_set(e, ERR_SYNTAX, "the number is too large");
        *out = val_of_double(d);
        if (whole && d >= -9223372036854775808.0 && d <= 9223372036854775808.0) {
            /* Between 19 digits and the ends of int64 the double is only a guess. */
            unsigned long long u = strtoull(text + (text[0] == '-'), NULL, 10);
            if (text[0] != '-' && u <= INT64_MAX)
                *out = val_of_int((int64_t)u);
            else if (text[0] == '-' && u <= (unsigned long long)INT64_MAX + 1)
                *out = val_of_int((int64_t)(0 - u));
        }
    }
    r->at += n;
    return 0;
}

static bool word(struct scalar_reader *r, const char *w)
{
    size_t n = strlen(w);
    if (r->len - r->at < n || memcmp(r->text + r->at, w, n) != 0)
        return false;
    r->at += n;
    return true;
}

int scalar_read(struct scalar_reader *r, struct val *out, struct err *e)
{
    if (r->at < r->len && r->text[r->at] == '"') {
        const char *s;
        size_t len;
        int rc = scalar_read_string(r, &s, &len, e);
        if (!rc)
            *out = val_borrow_str(s, len);
        return rc;
    }
    if (word(r, "true"))
        *out = val_of_bool(true);
    else if (word(r, "false"))
        *out = val_of_bool(false);
    else if (word(r, "null"))
        *out = val_null;
    else
        return read_number(r, out, e);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct val_key *x = ((const struct val_entry *)a)->key;
    const struct val_key *y = ((const struct val_entry *)b)->key;
    size_t n = x->len < y->len ? x->len : y->len;
    int c = n ? memcmp(x->s, y->s, n) : 0;
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

const struct val *scalar_key_of(struct val_pool *p, struct val_entry *entries, size_t n)
{
    if (n > 1)
        qsort(entries, n, sizeof(*entries), by_name);
    for (size_t i = 1; i < n; i++)
        if (by_name(&entries[i - 1], &entries[i]) == 0)
            return NULL;
    return val_map_of(p, entries, n);
}

static void blanks(struct scalar_reader *r)
{
    while (r->at < r->len && memchr(" \t\r\n", r->text[r->at], 4))
        r->at++;
}

static bool sign(struct scalar_reader *r, char c)
{
    blanks(r);
    if (r->at >= r->len || r->text[r->at] != c)
        return false;
    r->at++;
    blanks(r);
    return true;
}

int scalar_read_key(struct scalar_reader *r, const struct val **out, struct err *e)
{
    struct val_entry entries[KEY_FIELDS_MAX];
    size_t n = 0;
    int rc = 0;
    if (!sign(r, '{'))
        return err_set(e, ERR_SYNTAX, "a list item's key is an object of scalars");
    if (!sign(r, '}')) {
        do {
            const char *name;
            size_t len;
            if (n == KEY_FIELDS_MAX)
                return err_set(e, ERR_LIMIT, "a list item's key has too many fields");
            if ((rc = scalar_read_string(r, &name, &len, e)))
                return rc;
            if (!sign(r, ':'))
                return err_set(e, ERR_SYNTAX, "':' is expected in a list item's key");
            entries[n] = (struct val_entry){.key = val_intern(r->pool, name, len)};
            if (!entries[n].key)
                return err_set(e, ERR_LIMIT, "out of room for values");
            if ((rc = scalar_read(r, &entries[n].value, e)))
                return rc;
            n++;
        } while (sign(r, ','));
        if (!sign(r, '}'))
            return err_set(e, ERR_SYNTAX, "',' or '}' is expected in a list item's key");
    }
    *out = scalar_key_of(r->pool, entries, n);
    return *out ? 0 : err_set(e, ERR_SYNTAX, "a list item's key names a field twice");
}
