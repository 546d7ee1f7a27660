// SPDX-License-Identifier: Apache-2.0
/*
 * The writer. Strings are copied in runs between the few bytes that need an escape; which ones
 * depends on who reads: JSON only needs quotes, backslashes and control characters, the API
 * server's YAML parser, to which apply bodies go, also refuses or folds some beyond ASCII.
 */
#include "base/mem.h"
#include "data/json_int.h"
#include "data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define WRITE_MAX_DEPTH (2u * VAL_MAX_DEPTH)

struct writer {
    struct buf *out;
    unsigned flags, depth;
};

/* Characters beyond ASCII that go-yaml's reader refuses in a stream (C1 controls, byte order marks,
 * non-characters) or takes for line breaks inside quotes (0x85, 0x2028, 0x2029). */
static bool apply_escapes(uint32_t cp)
{
    return (cp >= 0x80 && cp <= 0x9f) || cp == 0x2028 || cp == 0x2029 || cp == 0xfeff ||
           cp == 0xfffe || cp == 0xffff;
}

static uint32_t decode(const char *s, size_t n)
{
    const unsigned char *u = (const unsigned char *)s;
    if (n == 2)
        return (u[0] & 0x1fu) << 6 | (u[1] & 0x3fu);
    if (n == 3)
        return (u[0] & 0xfu) << 12 | (u[1] & 0x3fu) << 6 | (u[2] & 0x3fu);
    return (u[0] & 7u) << 18 | (u[1] & 0x3fu) << 12 | (u[2] & 0x3fu) << 6 | (u[3] & 0x3fu);
}

static int write_escape(struct buf *out, uint32_t cp)
{
    static const char simple[128] = {['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
                                     ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't'};
    char text[16];
    if (cp < 128 && simple[cp]) {
        text[0] = '\\';
        text[1] = simple[cp];
        return buf_add(out, text, 2);
    }
    uint32_t high = 0xd800 + ((cp - 0x10000) >> 10), low = 0xdc00 + (cp & 0x3ff);
    int n = cp > 0xffff ? snprintf(text, sizeof(text), "\\u%04x\\u%04x", high, low)
                        : snprintf(text, sizeof(text), "\\u%04x", cp);
    return buf_add(out, text, (size_t)n);
}

int json_write_string(struct buf *out, const char *s, size_t len, unsigned flags)
{
    const char *end = s + len, *run = s, *at = s;
    bool ascii = flags & JSON_ASCII, apply = flags & JSON_FOR_APPLY || ascii;
    int rc = buf_putc(out, '"');
    while (!rc) {
        /* DEL is plain to json_plain_run, but not to YAML. */
        const char *stop = json_plain_run(at, end);
        const char *del = apply ? memchr(at, 0x7f, (size_t)(stop - at)) : NULL;
        at = del ? del : stop;
        if (at == end)
            break;
        size_t n = json_utf8_length(at, end);
        uint32_t cp = n > 1 ? decode(at, n) : (unsigned char)*at;
        if (n > 1 && !ascii && !(apply && apply_escapes(cp))) {
            at += n;
            continue;
        }
        rc = buf_add(out, run, (size_t)(at - run));
        if (!rc) /* a byte that is no UTF-8 becomes the replacement character */
            rc = n ? write_escape(out, cp) : buf_add(out, "\xef\xbf\xbd", 3);
        at += n ? n : 1;
        run = at;
    }
    if (!rc)
        rc = buf_add(out, run, (size_t)(end - run));
    return rc ? rc : buf_putc(out, '"');
}

static int write_double(struct writer *w, double d)
{
    char text[NUMBER_TEXT_MAX];
    if (!isfinite(d))
        return ERR_TYPE;
    bool whole = d == floor(d), canonical = w->flags & JSON_CANONICAL;
    size_t n;
    /* Canonical: equal numbers look the same, so 1.0 is written as 1. */
    if (canonical && whole && d >= -9223372036854775808.0 && d < 9223372036854775808.0)
        n = number_write_int(text, (int64_t)d);
    else if (canonical && whole && d > 0 && d < 18446744073709551616.0)
        n = number_write_uint(text, (uint64_t)d);
    else
        n = number_write_double(text, d);
    int rc = buf_add(w->out, text, n);
    if (!rc && !canonical && !text[strcspn(text, ".e")])
        rc = buf_add(w->out, ".0", 2);
    return rc;
}

static int new_line(struct writer *w)
{
    if (!(w->flags & JSON_PRETTY))
        return 0;
    size_t n = 1 + 2 * (size_t)w->depth;
    char *at = buf_reserve(w->out, n);
    if (!at)
        return ERR_LIMIT;
    memset(at, ' ', n);
    at[0] = '\n';
    buf_commit(w->out, n);
    return 0;
}

static int write_value(struct writer *w, const struct val *v);

static int write_list(struct writer *w, const struct val *v)
{
    int rc = buf_putc(w->out, '[');
    w->depth++;
    for (uint32_t i = 0; i < v->len && !rc; i++) {
        if (i)
            rc = buf_putc(w->out, ',');
        rc = rc ? rc : new_line(w);
        rc = rc ? rc : write_value(w, &v->as.items[i]);
    }
    w->depth--;
    if (v->len && !rc)
        rc = new_line(w);
    return rc ? rc : buf_putc(w->out, ']');
}

static int write_entry(struct writer *w, const struct val_entry *e, bool first)
{
    int rc = first ? 0 : buf_putc(w->out, ',');
    rc = rc ? rc : new_line(w);
    rc = rc ? rc : json_write_string(w->out, e->key->s, e->key->len, w->flags);
    rc = rc ? rc : buf_putc(w->out, ':');
    if (!rc && (w->flags & JSON_PRETTY))
        rc = buf_putc(w->out, ' ');
    return rc ? rc : write_value(w, &e->value);
}

static int compare_entries(const void *a, const void *b)
{
    const struct val_key *x = (*(const struct val_entry *const *)a)->key;
    const struct val_key *y = (*(const struct val_entry *const *)b)->key;
    int c = memcmp(x->s, y->s, x->len < y->len ? x->len : y->len);
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

static int write_sorted(struct writer *w, const struct val *v)
{
    const struct val_entry **order = mem_reallocarray(NULL, v->len + 1ul, sizeof(*order));
    for (uint32_t i = 0; i < v->len; i++)
        order[i] = &v->as.entries[i];
    qsort(order, v->len, sizeof(*order), compare_entries);
    int rc = 0;
    for (uint32_t i = 0; i < v->len && !rc; i++)
        rc = write_entry(w, order[i], i == 0);
    mem_free(order);
    return rc;
}

static int write_map(struct writer *w, const struct val *v)
{
    int rc = buf_putc(w->out, '{');
    w->depth++;
    if (!rc && (w->flags & JSON_CANONICAL))
        rc = write_sorted(w, v);
    else
        for (uint32_t i = 0; i < v->len && !rc; i++)
            rc = write_entry(w, &v->as.entries[i], i == 0);
    w->depth--;
    if (v->len && !rc)
        rc = new_line(w);
    return rc ? rc : buf_putc(w->out, '}');
}

static int write_value(struct writer *w, const struct val *v)
{
    char text[NUMBER_TEXT_MAX];
    if (w->depth > WRITE_MAX_DEPTH)
        return ERR_LIMIT;
    switch (val_type(v)) {
    case VAL_BOOL:
        return buf_puts(w->out, v->as.b ? "true" : "false");
    case VAL_INT:
        return buf_add(w->out, text, number_write_int(text, v->as.i));
    case VAL_UINT:
        return buf_add(w->out, text, number_write_uint(text, v->as.u));
    case VAL_DOUBLE:
        return write_double(w, v->as.d);
    case VAL_STRING:
        return json_write_string(w->out, v->as.s, v->len, w->flags);
    case VAL_LIST:
        return write_list(w, v);
    case VAL_MAP:
        return write_map(w, v);
    case VAL_NULL:
        break;
    }
    return buf_puts(w->out, "null");
}

int json_write(struct buf *out, const struct val *v, unsigned flags)
{
    struct writer w = {.out = out, .flags = flags};
    if (flags & JSON_CANONICAL)
        w.flags &= ~(unsigned)JSON_PRETTY;
    return write_value(&w, v);
}
