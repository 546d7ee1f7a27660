// SPDX-License-Identifier: Apache-2.0
/*
 * The lexer: one token from a place in the text. Errors name the place in lines and characters.
 */
#include "cel/lex.h"

#include "base/text.h"
#include "data/number.h"

#include <ctype.h>
#include <string.h>

void cel_source_place(const char *text, size_t len, size_t pos, uint32_t *line, uint32_t *col)
{
    *line = 1;
    *col = 1;
    for (size_t i = 0; i < pos && i < len; i++) {
        if (text[i] == '\n') {
            ++*line;
            *col = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            ++*col;
        }
    }
}

int cel_source_error(const struct source *s, uint32_t pos, int code, const char *fmt, ...)
{
    if (s->e && s->e->code)
        return s->e->code;
    va_list ap;
    va_start(ap, fmt);
    err_vset(s->e, code, fmt, ap);
    va_end(ap);
    uint32_t line, col;
    cel_source_place(s->text, s->len, pos, &line, &col);
    err_at(s->e, NULL, line, col);
    return code;
}

bool cel_token_is(const struct token *t, const char *op)
{
    return t->kind == TOK_OP && strlen(op) == t->len && memcmp(t->text, op, t->len) == 0;
}

bool cel_lex_is_reserved(const char *s, size_t len)
{
    static const char *const words[] = {
        "as",  "break", "const",   "continue",  "else",   "for", "function", "if",    "import",
        "let", "loop",  "package", "namespace", "return", "var", "void",     "while",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == len && memcmp(words[i], s, len) == 0)
            return true;
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_name(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static int lex_number(struct source *src, uint32_t at, struct token *out)
{
    const char *s = src->text + at, *end = src->text + src->len, *p = s;
    bool hex = end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x' && hex_digit(p[2]) >= 0;
    bool real = false;
    if (hex) {
        for (p += 2; p < end && hex_digit(*p) >= 0;)
            p++;
    } else {
        while (p < end && isdigit((unsigned char)*p))
            p++;
        if (p + 1 < end && *p == '.' && isdigit((unsigned char)p[1])) {
            real = true;
            for (p++; p < end && isdigit((unsigned char)*p);)
                p++;
        }
        const char *q = p;
        if (q < end && (*q | 0x20) == 'e') {
            q++;
            if (q < end && (*q == '+' || *q == '-'))
                q++;
            if (q < end && isdigit((unsigned char)*q)) {
                real = true;
                while (q < end && isdigit((unsigned char)*q))
                    q++;
                p = q;
            }
        }
    }
    out->kind = real ? TOK_DOUBLE : TOK_INT;
    if (real) {
        if (!number_read_double(s, (size_t)(p - s), &out->d))
            return cel_source_error(src, at, ERR_SYNTAX, "double out of range");
    } else {
        uint64_t u = 0, base = hex ? 16 : 10;
        for (const char *q = hex ? s + 2 : s; q < p; q++) {
            uint64_t digit = (uint64_t)hex_digit(*q);
            if (u > (UINT64_MAX - digit) / base)
                return cel_source_error(src, at, ERR_SYNTAX, "integer out of range");
            u = u * base + digit;
        }
        out->u = u;
        if (p < end && (*p | 0x20) == 'u') {
            out->kind = TOK_UINT;
            p++;
        } else if (u > (uint64_t)INT64_MAX + 1) {
            return cel_source_error(src, at, ERR_SYNTAX, "integer out of range");
        }
    }
    out->end = (uint32_t)(p - src->text);
    if (p < end && is_name(*p))
        return cel_source_error(src, out->end, ERR_SYNTAX, "a number is followed by '%c'", *p);
    return 0;
}

/* One escape after the backslash at *p; appends to out. */
static int lex_escape(struct source *src, const char **p, const char *end, bool bytes, char **out)
{
    static const char plain[] = "abfnrtv\\?\"'`";
    static const char meant[] = "\a\b\f\n\r\t\v\\?\"'`";
    uint32_t pos = (uint32_t)(*p - src->text);
    char c = (*p)[1];
    const char *at = c ? strchr(plain, c) : NULL;
    if (at) {
        *(*out)++ = meant[at - plain];
        *p += 2;
        return 0;
    }
    unsigned digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t cp = 0;
    if (digits && (!bytes || digits == 2)) {
        if ((size_t)(end - *p) < 2 + digits)
            return cel_source_error(src, pos, ERR_SYNTAX, "escape \\%c is cut short", c);
        for (unsigned i = 0; i < digits; i++) {
            int h = hex_digit((*p)[2 + i]);
            if (h < 0)
                return cel_source_error(src, pos, ERR_SYNTAX, "escape \\%c needs %u hex digits", c,
                                        digits);
            cp = cp << 4 | (uint32_t)h;
        }
        *p += 2 + digits;
    } else if (c >= '0' && c <= '3' && end - *p >= 4 && (*p)[2] >= '0' && (*p)[2] <= '7' &&
               (*p)[3] >= '0' && (*p)[3] <= '7') {
        cp = (uint32_t)((c - '0') << 6 | ((*p)[2] - '0') << 3 | ((*p)[3] - '0'));
        *p += 4;
    } else {
        return cel_source_error(src, pos, ERR_SYNTAX, "invalid escape in a %s",
                                bytes ? "bytes literal" : "string");
    }
    if (bytes) {
        *(*out)++ = (char)cp;
    } else if (cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff)) {
        return cel_source_error(src, pos, ERR_SYNTAX, "escape is not a Unicode code point");
    } else {
        *out += cel_utf8_put(*out, cp);
    }
    return 0;
}

static int lex_string(struct source *src, struct arena *a, uint32_t at, struct token *out)
{
    const char *p = src->text + at, *end = src->text + src->len;
    bool raw = false, bytes = false;
    for (; *p != '"' && *p != '\''; p++) {
        raw = raw || (*p | 0x20) == 'r';
        bytes = bytes || (*p | 0x20) == 'b';
    }
    char q = *p;
    bool triple = end - p >= 3 && p[1] == q && p[2] == q;
    p += triple ? 3 : 1;
    const char *start = p;
    for (;; p++) { /* the end first, to know the size */
        if (p >= end || (!triple && (*p == '\n' || *p == '\r')))
            return cel_source_error(src, at, ERR_SYNTAX, "string is not closed");
        if (!raw && *p == '\\' && p + 1 < end)
            p++;
        else if (*p == q && (!triple || (end - p >= 3 && p[1] == q && p[2] == q)))
            break;
    }
    const char *stop = p;
    char *buf = arena_alloc(a, (size_t)(stop - start) + 1), *o = buf;
    if (!buf)
        return cel_source_error(src, at, ERR_LIMIT, "expression too large");
    for (p = start; p < stop;) {
        if (*p == '\\' && !raw) {
            int rc = lex_escape(src, &p, stop, bytes, &o);
            if (rc)
                return rc;
        } else {
            *o++ = *p++;
        }
    }
    *o = '\0';
    out->kind = bytes ? TOK_BYTES : TOK_STRING;
    out->text = buf;
    out->len = (uint32_t)(o - buf);
    out->end = (uint32_t)(stop - src->text) + (triple ? 3 : 1);
    return 0;
}

static bool starts_string(const char *p, const char *end)
{
    for (int i = 0; i < 3 && p < end; i++, p++) {
        if (*p == '"' || *p == '\'')
            return true;
        if ((*p | 0x20) != 'r' && (*p | 0x20) != 'b')
            return false;
        if (i == 1 && (*p | 0x20) == (p[-1] | 0x20))
            return false;
    }
    return false;
}

int cel_lex_next(struct source *src, struct arena *a, uint32_t at, struct token *out)
{
    const char *p = src->text + at, *end = src->text + src->len;
    while (p < end) {
        if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r' || *p == '\f')
            p++;
        else if (*p == '/' && end - p > 1 && p[1] == '/')
            while (p < end && *p != '\n')
                p++;
        else
            break;
    }
    at = (uint32_t)(p - src->text);
    *out = (struct token){.kind = TOK_END, .pos = at, .end = at, .text = p};
    if (p >= end)
        return 0;
    if (isdigit((unsigned char)*p) || (*p == '.' && end - p > 1 && isdigit((unsigned char)p[1])))
        return lex_number(src, at, out);
    if (starts_string(p, end))
        return lex_string(src, a, at, out);
    if (is_name(*p)) {
        while (p < end && is_name(*p))
            p++;
        out->kind = TOK_IDENT;
        out->len = (uint32_t)(p - out->text);
        static const char *const words[] = {"true", "false", "null", "in"};
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
            if (strlen(words[i]) == out->len && memcmp(words[i], out->text, out->len) == 0)
                out->kind = TOK_OP;
    } else if (*p == '`') {
        const char *start = ++p;
        while (p < end && (is_name(*p) || *p == '.' || *p == '-' || *p == '/' || *p == ' '))
            p++;
        if (p >= end || *p != '`' || p == start)
            return cel_source_error(src, at, ERR_SYNTAX,
                                    "quoted field name is not closed or has a "
                                    "character it may not have");
        out->kind = TOK_QUOTED;
        out->text = start;
        out->len = (uint32_t)(p - start);
        p++;
    } else {
        static const char *const ops[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">",
                                          "+",  "-",  "*",  "/",  "%",  "!",  "?", ":",
                                          ".",  ",",  "(",  ")",  "[",  "]",  "{", "}"};
        out->kind = TOK_OP;
        for (size_t i = 0; i < ARRAY_LEN(ops) && !out->len; i++) {
            size_t n = strlen(ops[i]);
            if ((size_t)(end - p) >= n && memcmp(p, ops[i], n) == 0)
                out->len = (uint32_t)n;
        }
        if (!out->len) {
            struct buf shown;
            buf_init(&shown, 64);
            uint32_t cp;
            int n = text_decode(p, (size_t)(end - p), &cp);
            text_clean_to(&shown, p, n > 0 ? (size_t)n : 1);
            int rc =
                cel_source_error(src, at, ERR_SYNTAX, "unexpected character '%s'", buf_str(&shown));
            buf_clear(&shown);
            if (*p == '=')
                err_hint(src->e, "equality is written ==");
            else if (*p == '&' || *p == '|')
                err_hint(src->e, "logical operators are written && and ||");
            return rc;
        }
        p += out->len;
    }
    out->end = (uint32_t)(p - src->text);
    return 0;
}
