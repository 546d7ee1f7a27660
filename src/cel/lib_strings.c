// SPDX-License-Identifier: Apache-2.0
/* Strings: positions are code points, as everywhere in the language. */
#include "cel/words.h"

#include <stdio.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

static struct cel_value bad_index(struct frame *f, int64_t i)
{
    return cel_fail(f, "index out of range: %lld", (long long)i);
}

/* Byte offset of the i-th code point; len when i is their number; SIZE_MAX past that. */
static size_t offset_of(struct cel_value s, int64_t i)
{
    size_t at = 0;
    uint32_t cp;
    for (; i > 0 && at < s.len; i--)
        at += (size_t)cel_utf8_next(s.as.s + at, s.len - at, &cp);
    return i > 0 ? SIZE_MAX : at;
}

static struct cel_value part(struct cel_value s, size_t from, size_t to)
{
    return cel_string(s.as.s + from, to - from);
}

static struct cel_value char_at(ARGS)
{
    (void)n;
    size_t at = x[1].as.i < 0 ? SIZE_MAX : offset_of(x[0], x[1].as.i);
    if (at == SIZE_MAX)
        return bad_index(f, x[1].as.i);
    uint32_t cp;
    size_t len = at < x->len ? (size_t)cel_utf8_next(x->as.s + at, x->len - at, &cp) : 0;
    return part(*x, at, at + len);
}

/* A search that starts behind the end: an error in the specification, "not found" to Kubernetes. */
static struct cel_value past_end(struct frame *f, int64_t i)
{
    return f->options & CEL_KUBERNETES_WAYS ? cel_int(-1) : bad_index(f, i);
}

static struct cel_value index_of(ARGS)
{
    int64_t from = n == 3 ? x[2].as.i : 0;
    f->cost += x[0].len / 10;
    if (from < 0)
        return bad_index(f, from);
    size_t at = offset_of(x[0], from);
    if (!x[1].len)
        return cel_int(at == SIZE_MAX ? (int64_t)cel_utf8_count(x->as.s, x->len) : from);
    if (at == SIZE_MAX || at >= x->len)
        return n == 3 ? past_end(f, from) : cel_int(-1);
    const char *found = memmem(x->as.s + at, x->len - at, x[1].as.s, x[1].len);
    return cel_int(found ? (int64_t)cel_utf8_count(x->as.s, (size_t)(found - x->as.s)) : -1);
}

static struct cel_value last_index_of(ARGS)
{
    int64_t count = (int64_t)cel_utf8_count(x->as.s, x->len);
    f->cost += x[0].len / 5;
    if (n == 3 && x[2].as.i < 0)
        return bad_index(f, x[2].as.i);
    if (!x[1].len)
        return cel_int(n == 3 && x[2].as.i < count ? x[2].as.i : count);
    if (n == 3 && x[2].as.i >= count)
        return past_end(f, x[2].as.i);
    if (x[1].len > x[0].len)
        return cel_int(-1);
    size_t from = x->len - x[1].len;
    if (n == 3) {
        size_t most = offset_of(x[0], x[2].as.i);
        from = most < from ? most : from;
    }
    if (!spend(f, (uint64_t)from / 10 + x[1].len / 10))
        return cel_fail_cost(f);
    for (size_t at = from + 1; at-- > 0;)
        if (x->as.s[at] == x[1].as.s[0] && memcmp(x->as.s + at, x[1].as.s, x[1].len) == 0)
            return cel_int((int64_t)cel_utf8_count(x->as.s, at));
    return cel_int(-1);
}

static struct cel_value change_case(struct frame *f, struct cel_value s, char from)
{
    char *out = cel_frame_alloc(f, (size_t)s.len + 1);
    if (!out)
        return f->stop;
    f->cost += s.len / 10;
    for (uint32_t i = 0; i < s.len; i++) {
        char c = s.as.s[i];
        out[i] = c >= from && c < from + 26 ? (char)(c ^ 0x20) : c;
    }
    out[s.len] = '\0';
    return cel_string(out, s.len);
}

static struct cel_value lower_ascii(ARGS)
{
    (void)n;
    return change_case(f, *x, 'A');
}

static struct cel_value upper_ascii(ARGS)
{
    (void)n;
    return change_case(f, *x, 'a');
}

static struct cel_value replace(ARGS)
{
    int64_t most = n == 4 ? x[3].as.i : -1;
    struct cel_value s = x[0], old = x[1], with = x[2];
    struct buf out;
    if (most == 0)
        return s;
    buf_init(&out, f->arena->limit ? f->arena->limit : BUF_LARGE);
    size_t at = 0;
    uint32_t cp;
    int rc = 0;
    while (!rc && most != 0) {
        size_t next;
        if (old.len) {
            const char *found = memmem(s.as.s + at, s.len - at, old.as.s, old.len);
            if (!found)
                break;
            next = (size_t)(found - s.as.s);
            rc = buf_add(&out, s.as.s + at, next - at);
            rc = rc ? rc : buf_add(&out, with.as.s, with.len);
            at = next + old.len;
        } else { /* before every code point, and at the end */
            rc = buf_add(&out, with.as.s, with.len);
            if (at >= s.len)
                break;
            next = at + (size_t)cel_utf8_next(s.as.s + at, s.len - at, &cp);
            rc = rc ? rc : buf_add(&out, s.as.s + at, next - at);
            at = next;
        }
        most--;
    }
    if (!rc && at < s.len)
        rc = buf_add(&out, s.as.s + at, s.len - at);
    struct cel_value v = rc ? cel_fail_memory(f) : cel_make_string(f, buf_str(&out), out.len);
    if (!rc && !spend(f, out.len / 10 + s.len / 10))
        v = cel_fail_cost(f);
    buf_clear(&out);
    return v;
}

static struct cel_value split(ARGS)
{
    struct cel_value s = x[0], sep = x[1];
    int64_t most = n == 3 ? x[2].as.i : -1;
    struct list_out out = {0};
    uint32_t cp;
    size_t at = 0;
    if (most == 0)
        return cel_list(NULL, 0);
    while (most < 0 || (int64_t)out.len < most - 1) {
        size_t end, next;
        if (sep.len) {
            const char *found = memmem(s.as.s + at, s.len - at, sep.as.s, sep.len);
            if (!found)
                break;
            end = (size_t)(found - s.as.s);
            next = end + sep.len;
        } else {
            if (at >= s.len)
                break;
            end = next = at + (size_t)cel_utf8_next(s.as.s + at, s.len - at, &cp);
            if (end == s.len && most < 0) {
                cel_list_out_add(f, &out, part(s, at, end));
                at = s.len;
                break;
            }
        }
        if (!spend(f, 1 + (end - at) / 10))
            return cel_fail_cost(f);
        cel_list_out_add(f, &out, part(s, at, end));
        at = next;
    }
    if (sep.len || at < s.len)
        cel_list_out_add(f, &out, part(s, at, s.len));
    return cel_list_out_done(f, &out);
}

static struct cel_value substring(ARGS)
{
    int64_t from = x[1].as.i, to = n == 3 ? x[2].as.i : INT64_MAX;
    if (n == 3 && from > to)
        return cel_fail(f, "invalid substring range. start: %lld, end: %lld", (long long)from,
                        (long long)to);
    size_t a = from < 0 ? SIZE_MAX : offset_of(*x, from);
    if (a == SIZE_MAX)
        return bad_index(f, from);
    if (n == 2)
        return part(*x, a, x->len);
    size_t b = to < 0 ? SIZE_MAX : offset_of(*x, to);
    return b == SIZE_MAX ? bad_index(f, to) : part(*x, a, b);
}

/* Unicode's White_Space. */
static bool is_space(uint32_t cp)
{
    return (cp >= 9 && cp <= 13) || cp == ' ' || cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 || cp == 0x202f ||
           cp == 0x205f || cp == 0x3000;
}

static struct cel_value trim(ARGS)
{
    (void)f;
    (void)n;
    size_t from = 0, to = 0, at = 0;
    bool started = false;
    uint32_t cp;
    while (at < x->len) {
        size_t next = at + (size_t)cel_utf8_next(x->as.s + at, x->len - at, &cp);
        if (!is_space(cp)) {
            from = started ? from : at;
            started = true;
            to = next;
        }
        at = next;
    }
    f->cost += x->len / 10;
    return part(*x, from, to);
}

static struct cel_value join(ARGS)
{
    struct cel_value sep = n == 2 ? x[1] : cel_string("", 0);
    size_t len = 0;
    for (uint32_t i = 0; i < x->len; i++) {
        struct cel_value s = cel_list_get(f, *x, i);
        CHECK(s);
        if (s.kind != CEL_STRING)
            return cel_words_overload(f, "join", x, n);
        len += s.len + (i ? sep.len : 0);
    }
    if (!spend(f, len / 10 + x->len))
        return cel_fail_cost(f);
    char *out = len < UINT32_MAX ? cel_frame_alloc(f, len + 1) : NULL, *o = out;
    if (!out)
        return cel_fail_memory(f);
    for (uint32_t i = 0; i < x->len; i++) {
        struct cel_value s = cel_list_get(f, *x, i);
        if (i && sep.len)
            o = mempcpy(o, sep.as.s, sep.len);
        if (s.len)
            o = mempcpy(o, s.as.s, s.len);
    }
    *o = '\0';
    return cel_string(out, len);
}

static struct cel_value quote(ARGS)
{
    (void)n;
    static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
    char *out = cel_frame_alloc(f, (size_t)x->len * 3 + 3), *o = out;
    if (!out)
        return f->stop;
    f->cost += x->len / 10;
    *o++ = '"';
    for (size_t i = 0; i < x->len;) {
        uint32_t cp;
        i += (size_t)cel_utf8_next(x->as.s + i, x->len - i, &cp);
        const char *at = cp && cp < 0x80 ? strchr(from, (int)cp) : NULL;
        if (at) {
            *o++ = '\\';
            *o++ = to[at - from];
        } else {
            o += cel_utf8_put(o, cp);
        }
    }
    *o++ = '"';
    *o = '\0';
    return cel_string(out, (size_t)(o - out));
}

static struct cel_value reverse(ARGS)
{
    (void)n;
    char *out = cel_frame_alloc(f, (size_t)x->len + 1), *o = out ? out + x->len : NULL;
    if (!out)
        return f->stop;
    f->cost += x->len / 10;
    *o = '\0';
    for (size_t i = 0; i < x->len;) {
        uint32_t cp;
        size_t len = (size_t)cel_utf8_next(x->as.s + i, x->len - i, &cp);
        o -= len;
        memcpy(o, x->as.s + i, len);
        i += len;
    }
    return cel_string(out, x->len);
}

#define LIB CEL_LIB_STRINGS

const struct cel_fn_row cel_lib_strings[] = {
    {"charAt", "s.i>s", char_at, LIB},
    {"indexOf", "s.s>i", index_of, LIB},
    {"indexOf", "s.si>i", index_of, LIB},
    {"lastIndexOf", "s.s>i", last_index_of, LIB},
    {"lastIndexOf", "s.si>i", last_index_of, LIB},
    {"lowerAscii", "s.>s", lower_ascii, LIB},
    {"upperAscii", "s.>s", upper_ascii, LIB},
    {"replace", "s.ss>s", replace, LIB},
    {"replace", "s.ssi>s", replace, LIB},
    {"split", "s.s>Ls", split, LIB},
    {"split", "s.si>Ls", split, LIB},
    {"substring", "s.i>s", substring, LIB},
    {"substring", "s.ii>s", substring, LIB},
    {"trim", "s.>s", trim, LIB},
    {"join", "Ls.>s", join, LIB},
    {"join", "Ls.s>s", join, LIB},
    {"strings.quote", "s>s", quote, LIB},
    {"format", "s.L?>s", cel_fn_format, LIB},
    {"reverse", "s.>s", reverse, CEL_LIB_STRINGS_NEW},
    {NULL, NULL, NULL, 0},
};
