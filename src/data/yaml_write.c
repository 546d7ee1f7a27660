// SPDX-License-Identifier: Apache-2.0
/*
 * The writer: block style as kubectl prints it (lists in the column of their key), double quotes
 * only where a reader would see something other than the string, literal blocks for text of several
 * lines where they read back exactly. The same value always gives the same text.
 */
#include "data/json_int.h"
#include "data/number.h"
#include "data/yaml_int.h"

#include <math.h>

#define WRITE_MAX_DEPTH (2u * VAL_MAX_DEPTH)
#define SIMPLE_KEY_MAX 1000u /* parsers look for the ':' of a key in the next 1024 characters */

struct writer {
    struct buf *out;
    unsigned depth;
};

/* ---- which strings need quotes ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Characters that parsers refuse in a stream, fold, or take for line breaks. */
static bool is_special(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (n == 1)
        return (u[0] < 0x20 && u[0] != '\n' && u[0] != '\t') || u[0] == 0x7f;
    if (n == 2)
        return u[0] == 0xc2 && u[1] < 0xa0;
    if (n != 3)
        return false;
    uint32_t cp = (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
    return cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp == 0xfffe || cp == 0xffff;
}

struct traits {
    bool special; /* holds what only an escape can write */
    bool lines;   /* holds a line feed */
    bool tab;
    bool text; /* holds something other than line feeds */
};

static struct traits look(const char *s, size_t len)
{
    struct traits t = {0};
    for (const char *at = s, *end = s + len; at < end;) {
        size_t n = json_utf8_length(at, end);
        t.special = t.special || !n || is_special(at, n);
        t.lines = t.lines || *at == '\n';
        t.tab = t.tab || *at == '\t';
        t.text = t.text || *at != '\n';
        at += n ? n : 1;
    }
    return t;
}

/* [-+]?digits(:digits)+ : base 60 in YAML 1.1. */
static bool is_sexagesimal(const char *s, size_t len)
{
    const char *end = s + len;
    bool colon = false;
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    if (s == end || !is_digit(*s))
        return false;
    for (; s < end; s++) {
        colon = colon || *s == ':';
        if (!is_digit(*s) && *s != ':' && *s != '_' && *s != '.')
            return false;
    }
    return colon;
}

/* What some reader of YAML 1.1 takes for a date: yyyy-m-d, perhaps with something behind it. */
static bool is_date(const char *s, size_t len)
{
    size_t i = 4, digits = 0;
    if (len < 8 || !is_digit(s[0]) || !is_digit(s[1]) || !is_digit(s[2]) || !is_digit(s[3]) ||
        s[4] != '-')
        return false;
    for (i = 5; i < len && is_digit(s[i]); i++)
        digits++;
    if (!digits || digits > 2 || i + 1 >= len || s[i] != '-' || !is_digit(s[i + 1]))
        return false;
    for (i++; i < len && is_digit(s[i]); i++)
        ;
    return i == len || s[i] == 'T' || s[i] == 't' || s[i] == ' ';
}

static bool means_something_else(const char *s, size_t len)
{
    struct yaml_scalar sc;
    if (!yaml_resolve(NULL, true, s, len, &sc) || sc.kind != YAML_TEXT)
        return true;
    if ((len == 1 && *s == '=') || (len == 2 && memcmp(s, "<<", 2) == 0))
        return true;
    return is_sexagesimal(s, len) || is_date(s, len);
}

static bool has_indicator(const char *s, size_t len)
{
    if (strchr("?:,[]{}#&*!|>'\"%@`", *s))
        return true;
    if (*s == '-' && (len == 1 || s[1] == ' ' || (len >= 3 && memcmp(s, "---", 3) == 0)))
        return true;
    if (len >= 3 && memcmp(s, "...", 3) == 0)
        return true;
    if (*s == ' ' || s[len - 1] == ' ' || s[len - 1] == ':')
        return true;
    for (size_t i = 0; i + 1 < len; i++)
        if ((s[i] == ':' && s[i + 1] == ' ') || (s[i] == ' ' && s[i + 1] == '#'))
            return true;
    return false;
}

static bool can_be_plain(const char *s, size_t len, const struct traits *t)
{
    return len && !t->special && !t->lines && !t->tab && !has_indicator(s, len) &&
           !means_something_else(s, len);
}

/* ---- writing ---- */

static int new_line(struct writer *w, unsigned indent)
{
    char *at = buf_reserve(w->out, 1 + (size_t)indent);
    if (!at)
        return ERR_LIMIT;
    memset(at, ' ', 1 + (size_t)indent);
    at[0] = '\n';
    buf_commit(w->out, 1 + (size_t)indent);
    return 0;
}

/* Lines at `indent`; the number after '|' tells it where the first line would mislead. */
static int write_literal(struct writer *w, const char *s, size_t len, unsigned indent)
{
    const char *end = s + len;
    bool mislead = *s == ' ' || *s == '\t' || *s == '\n';
    const char *chomp = end[-1] != '\n' ? "-" : len > 1 && end[-2] == '\n' ? "+" : "";
    int rc = buf_puts(w->out, mislead ? "|2" : "|");
    rc = rc ? rc : buf_puts(w->out, chomp);
    while (s < end && !rc) {
        const char *stop = memchr(s, '\n', (size_t)(end - s));
        size_t n = (size_t)((stop ? stop : end) - s);
        rc = new_line(w, n ? indent : 0);
        rc = rc ? rc : buf_add(w->out, s, n);
        s += n + 1;
    }
    return rc;
}

/* block: a literal block may stand here, its lines at `indent`. */
static int write_string(struct writer *w, const char *s, size_t len, bool block, unsigned indent)
{
    struct traits t = look(s, len);
    if (can_be_plain(s, len, &t))
        return buf_add(w->out, s, len);
    if (block && t.lines && t.text && !t.special)
        return write_literal(w, s, len, indent);
    return json_write_string(w->out, s, len, JSON_FOR_APPLY);
}

static int write_scalar(struct writer *w, const struct val *v, unsigned indent)
{
    char text[NUMBER_TEXT_MAX];
    switch (val_type(v)) {
    case VAL_BOOL:
        return buf_puts(w->out, v->as.b ? "true" : "false");
    case VAL_INT:
        return buf_add(w->out, text, number_write_int(text, v->as.i));
    case VAL_UINT:
        return buf_add(w->out, text, number_write_uint(text, v->as.u));
    case VAL_DOUBLE:
        if (!isfinite(v->as.d))
            return ERR_TYPE;
        return buf_add(w->out, text, number_write_double(text, v->as.d));
    case VAL_STRING:
        return write_string(w, v->as.s, v->len, w->depth > 0, indent);
    case VAL_LIST:
        return buf_puts(w->out, "[]");
    case VAL_MAP:
        return buf_puts(w->out, "{}");
    case VAL_NULL:
        break;
    }
    return buf_puts(w->out, "null");
}

static int write_node(struct writer *w, const struct val *v, unsigned indent);

static bool is_block(const struct val *v)
{
    return val_count(v) > 0;
}

static int write_key(struct writer *w, const struct val_key *k, unsigned indent)
{
    size_t before = w->out->len;
    int rc = write_string(w, k->s, k->len, false, indent);
    if (rc || w->out->len - before <= SIMPLE_KEY_MAX)
        return rc;
    /* Too long to be found as a key: say that it is one. */
    w->out->len = before;
    rc = buf_puts(w->out, "? ");
    rc = rc ? rc : write_string(w, k->s, k->len, false, indent);
    return rc ? rc : new_line(w, indent);
}

/* What follows a key's ':' or a list's '-' in the column `indent`. */
static int write_member(struct writer *w, const struct val *v, unsigned indent)
{
    int rc;
    if (!is_block(v)) {
        rc = buf_putc(w->out, ' ');
        return rc ? rc : write_scalar(w, v, indent + 2);
    }
    unsigned column = v->type == VAL_LIST ? indent : indent + 2;
    rc = new_line(w, column);
    return rc ? rc : write_node(w, v, column);
}

/* The cursor stands in the column `indent`, where the container begins. */
static int write_node(struct writer *w, const struct val *v, unsigned indent)
{
    int rc = 0;
    if (w->depth >= WRITE_MAX_DEPTH)
        return ERR_LIMIT;
    if (!is_block(v))
        return write_scalar(w, v, indent);
    w->depth++;
    for (uint32_t i = 0; i < v->len && !rc; i++) {
        if (i)
            rc = new_line(w, indent);
        if (rc)
            break;
        if (v->type == VAL_MAP) {
            const struct val_entry *e = &v->as.entries[i];
            rc = write_key(w, e->key, indent);
            rc = rc ? rc : buf_putc(w->out, ':');
            rc = rc ? rc : write_member(w, &e->value, indent);
        } else {
            rc = buf_puts(w->out, "- ");
            rc = rc ? rc : write_node(w, &v->as.items[i], indent + 2);
        }
    }
    w->depth--;
    return rc;
}

int yaml_write(struct buf *out, const struct val *v)
{
    struct writer w = {.out = out};
    int rc = write_node(&w, v, 0);
    return rc ? rc : buf_putc(out, '\n');
}
