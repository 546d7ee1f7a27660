// SPDX-License-Identifier: Apache-2.0
/*
 * 'text %s %d'.format([…]). Two ages of it are alive: the current one, and the one Kubernetes has
 * kept (strings version 2), which prints numbers for an English reader and quotes inside lists.
 */
#include "cel/cel_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct formatter {
    struct frame *f;
    struct buf out;
    bool old;
    struct cel_value error; /* kind CEL_ERROR once it failed */
    unsigned depth;
};

static void broken(struct formatter *p, const char *wanted, struct cel_value v)
{
    if (p->error.kind == CEL_NULL)
        p->error = cel_fail(p->f, "error during formatting: %s, was given %s", wanted,
                            cel_type_name_of(v));
}

/* The C library's number with the locale's decimal point made a plain one. */
static void plain_point(char *text)
{
    char *o = text;
    for (const char *s = text; *s; s++) {
        if ((*s >= '0' && *s <= '9') || *s == '-' || *s == '+' || *s == 'e')
            *o++ = *s;
        else if (o == text || o[-1] != '.')
            *o++ = '.';
    }
    *o = '\0';
}

static const char *special(double d)
{
    return isnan(d) ? "NaN" : isinf(d) ? (d > 0 ? "Infinity" : "-Infinity") : NULL;
}

static void put(struct formatter *p, const char *s, size_t len)
{
    if (buf_add(&p->out, s, len) && p->error.kind == CEL_NULL)
        p->error = cel_fail_memory(p->f);
}

static void puts_(struct formatter *p, const char *s)
{
    put(p, s, strlen(s));
}

/* Go's %q, for what stands inside lists and maps of the old form. */
static void put_quoted(struct formatter *p, struct cel_value v)
{
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    puts_(p, v.kind == CEL_BYTES ? "b\"" : "\"");
    for (uint32_t i = 0; i < v.len; i++) {
        char c = v.as.s[i], two[2] = {'\\', 0};
        const char *at = c ? strchr(from, c) : NULL;
        if (at) {
            two[1] = to[at - from];
            put(p, two, 2);
        } else {
            put(p, &c, 1);
        }
    }
    puts_(p, "\"");
}

static void put_value(struct formatter *p, struct cel_value v, bool nested);

static void put_list(struct formatter *p, struct cel_value v)
{
    puts_(p, "[");
    for (uint32_t i = 0; i < v.len && p->error.kind == CEL_NULL; i++) {
        if (i)
            puts_(p, ", ");
        put_value(p, cel_list_get(p->f, v, i), true);
    }
    puts_(p, "]");
}

struct shown {
    const char *key, *value;
};

static int compare_shown(const void *a, const void *b)
{
    return strcmp(((const struct shown *)a)->key, ((const struct shown *)b)->key);
}

/* What put_value would write, as a string of its own. */
static const char *shown(struct formatter *p, struct cel_value v)
{
    struct buf keep = p->out;
    buf_init(&p->out, keep.max);
    put_value(p, v, true);
    char *s = arena_strndup(p->f->arena, buf_str(&p->out), p->out.len);
    buf_clear(&p->out);
    p->out = keep;
    if (!s) {
        p->error = cel_fail_memory(p->f);
        return "";
    }
    return s;
}

static void put_map(struct formatter *p, struct cel_value v)
{
    struct shown *all = cel_frame_alloc(p->f, v.len * sizeof(*all));
    if (!all) {
        p->error = p->f->stop;
        return;
    }
    for (uint32_t i = 0; i < v.len; i++) {
        struct cel_value key = cel_null(), value = cel_null();
        cel_map_entry(p->f->arena, v, i, &key, &value);
        all[i].key = shown(p, key);
        all[i].value = shown(p, value);
    }
    if (v.len)
        qsort(all, v.len, sizeof(*all), compare_shown);
    puts_(p, "{");
    for (uint32_t i = 0; i < v.len; i++) {
        if (i)
            puts_(p, ", ");
        puts_(p, all[i].key);
        puts_(p, p->old ? ":" : ": ");
        puts_(p, all[i].value);
    }
    puts_(p, "}");
}

static void put_value(struct formatter *p, struct cel_value v, bool nested)
{
    char text[400];
    if (p->error.kind != CEL_NULL)
        return;
    if (++p->depth > 100 || !spend(p->f, 1)) {
        p->error = cel_fail_cost(p->f);
        return;
    }
    nested = nested && p->old;
    switch (v.kind) {
    case CEL_LIST:
        put_list(p, v);
        break;
    case CEL_MAP:
        put_map(p, v);
        break;
    case CEL_NULL:
        puts_(p, "null");
        break;
    case CEL_DOUBLE:
        if (special(v.as.d)) {
            snprintf(text, sizeof(text), nested ? "\"%s\"" : "%s", special(v.as.d));
        } else if (nested) {
            snprintf(text, sizeof(text), "%.6f", v.as.d);
            plain_point(text);
        } else if (p->old) {
            cel_format_double(text, v.as.d);
        } else {
            cel_format_double_plain(text, v.as.d);
        }
        puts_(p, text);
        break;
    case CEL_STRING:
    case CEL_BYTES:
        if (nested)
            put_quoted(p, v);
        else
            put(p, v.as.s, v.len);
        break;
    case CEL_TIMESTAMP:
    case CEL_DURATION: {
        if (!p->old && v.kind == CEL_TIMESTAMP)
            v.tag = 0; /* in UTC */
        struct cel_value s = cel_value_to_string(p->f, v);
        const char *call = v.kind == CEL_DURATION ? "duration(\"" : "timestamp(\"";
        if (is_error(s)) {
            p->error = s;
            break;
        }
        puts_(p, nested ? call : "");
        put(p, s.as.s, s.len);
        puts_(p, nested ? "\")" : "");
        break;
    }
    case CEL_BOOL:
    case CEL_INT:
    case CEL_UINT:
    case CEL_TYPE: {
        struct cel_value s = cel_value_to_string(p->f, v);
        if (is_error(s))
            p->error = s;
        else
            put(p, s.as.s, s.len);
        break;
    }
    default:
        broken(p,
               "string clause can only be used on strings, bools, bytes, ints, doubles, maps, "
               "lists, types, durations, and timestamps",
               v);
    }
    p->depth--;
}

/* ---- numbers ---- */

static bool as_double(struct formatter *p, struct cel_value v, double *d)
{
    if (v.kind == CEL_DOUBLE)
        *d = v.as.d;
    else if (v.kind == CEL_INT && !p->old)
        *d = (double)v.as.i;
    else if (v.kind == CEL_UINT && !p->old)
        *d = (double)v.as.u;
    else if (v.kind == CEL_STRING && p->old && v.len == 3 && memcmp(v.as.s, "NaN", 3) == 0)
        *d = NAN;
    else if (v.kind == CEL_STRING && p->old && v.len == 8 && memcmp(v.as.s, "Infinity", 8) == 0)
        *d = INFINITY;
    else if (v.kind == CEL_STRING && p->old && v.len == 9 && memcmp(v.as.s, "-Infinity", 9) == 0)
        *d = -INFINITY;
    else
        return false;
    return true;
}

/* English reading: 1,234.50 and 1.5×10⁰⁶. */
static void put_english(struct formatter *p, const char *text, bool scientific)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    const char *s = text;
    if (scientific) {
        const char *e = strchr(s, 'e');
        put(p, s, (size_t)(e - s));
        puts_(p, "×10");
        puts_(p, e[1] == '-' ? "⁻" : "");
        for (e += 2; *e; e++)
            puts_(p, raised[*e - '0']);
        return;
    }
    if (*s == '-')
        put(p, s++, 1);
    size_t whole = strcspn(s, ".");
    for (size_t i = 0; i < whole; i++) {
        if (i && (whole - i) % 3 == 0)
            puts_(p, ",");
        put(p, s + i, 1);
    }
    puts_(p, s + whole);
}

static void put_float(struct formatter *p, struct cel_value v, int precision, bool scientific)
{
    double d;
    char text[512];
    if (!as_double(p, v, &d)) {
        broken(p,
               scientific ? "scientific clause can only be used on doubles"
                          : "fixed-point clause can only be used on doubles",
               v);
        return;
    }
    if (special(d)) {
        puts_(p, p->old ? (isnan(d) ? "NaN" : d > 0 ? "∞" : "-∞") : special(d));
        return;
    }
    snprintf(text, sizeof(text), scientific ? "%.*e" : "%.*f", precision, d);
    plain_point(text);
    if (p->old)
        put_english(p, text, scientific);
    else
        puts_(p, text);
}

static void put_decimal(struct formatter *p, struct cel_value v)
{
    char text[400];
    if (v.kind == CEL_INT)
        snprintf(text, sizeof(text), "%lld", (long long)v.as.i);
    else if (v.kind == CEL_UINT)
        snprintf(text, sizeof(text), "%llu", (unsigned long long)v.as.u);
    else if (v.kind == CEL_DOUBLE && !p->old && special(v.as.d))
        snprintf(text, sizeof(text), "%s", special(v.as.d));
    else if (v.kind == CEL_DOUBLE && !p->old)
        cel_format_double_plain(text, v.as.d);
    else {
        broken(p, "decimal clause can only be used on integers", v);
        return;
    }
    puts_(p, text);
}

static void put_based(struct formatter *p, struct cel_value v, unsigned bits, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char text[70], *o = text + sizeof(text);
    uint64_t u = v.as.u;
    bool negative = v.kind == CEL_INT && v.as.i < 0;
    if (negative)
        u = 0 - u;
    do
        *--o = digits[u & ((1u << bits) - 1)];
    while (u >>= bits);
    if (negative)
        *--o = '-';
    put(p, o, (size_t)(text + sizeof(text) - o));
}

static void put_hex(struct formatter *p, struct cel_value v, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    if (v.kind == CEL_INT || v.kind == CEL_UINT) {
        put_based(p, v, 4, upper);
    } else if (v.kind == CEL_STRING || v.kind == CEL_BYTES) {
        for (uint32_t i = 0; i < v.len; i++) {
            char two[2] = {digits[(unsigned char)v.as.s[i] >> 4], digits[v.as.s[i] & 15]};
            put(p, two, 2);
        }
    } else {
        broken(p, "only integers, byte buffers, and strings can be formatted as hex", v);
    }
}

static void put_clause(struct formatter *p, char c, int precision, struct cel_value v)
{
    switch (c) {
    case 's':
        put_value(p, v, false);
        break;
    case 'd':
        put_decimal(p, v);
        break;
    case 'f':
    case 'e':
        put_float(p, v, precision, c == 'e');
        break;
    case 'b':
        if (v.kind == CEL_BOOL)
            puts_(p, v.as.b ? "1" : "0");
        else if (v.kind == CEL_INT || v.kind == CEL_UINT)
            put_based(p, v, 1, false);
        else
            broken(p, "only integers and bools can be formatted as binary", v);
        break;
    case 'o':
        if (v.kind == CEL_INT || v.kind == CEL_UINT)
            put_based(p, v, 3, false);
        else
            broken(p, "octal clause can only be used on integers", v);
        break;
    case 'x':
    case 'X':
        put_hex(p, v, c == 'X');
        break;
    default:
        p->error =
            cel_fail(p->f, "could not parse formatting clause: unrecognized formatting clause");
    }
}

struct cel_value cel_fn_format(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    struct formatter p = {.f = f, .error = cel_null(), .old = f->options & CEL_KUBERNETES_WAYS};
    buf_init(&p.out, f->arena->limit ? f->arena->limit : BUF_LARGE);
    const char *s = x->as.s, *end = s + x->len;
    uint32_t arg = 0;
    while (s < end && p.error.kind == CEL_NULL) {
        const char *percent = memchr(s, '%', (size_t)(end - s));
        put(&p, s, (size_t)((percent ? percent : end) - s));
        if (!percent)
            break;
        s = percent + 1;
        if (s < end && *s == '%') {
            put(&p, s++, 1);
            continue;
        }
        int precision = 6;
        if (s < end && *s == '.') {
            precision = 0;
            for (s++; s < end && *s >= '0' && *s <= '9' && precision <= 100; s++)
                precision = precision * 10 + (*s - '0');
            if (precision > 100)
                p.error = cel_fail(f, "precision of a formatting clause is over 100");
        }
        if (s >= end)
            p.error = cel_fail(f, "could not parse formatting clause: unexpected end of string");
        else if (arg >= x[1].len)
            p.error = cel_fail(f, "index %u out of range", arg);
        if (p.error.kind != CEL_NULL)
            break;
        put_clause(&p, *s++, precision, cel_list_get(f, x[1], arg++));
    }
    struct cel_value v = p.error.kind != CEL_NULL ? p.error
                         : !spend(f, p.out.len / 10)
                             ? cel_fail_cost(f)
                             : cel_make_string(f, buf_str(&p.out), p.out.len);
    buf_clear(&p.out);
    return f->stopped ? f->stop : v;
}
