// SPDX-License-Identifier: Apache-2.0
/* Patterns (matches, find, findAll, regex.*) and base64. */
#include "base/digest.h"
#include "cel/cel_int.h"
#include "cel/words.h"

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

const struct re2_pattern *cel_frame_pattern(struct frame *f, struct cel_value arg,
                                            struct re2_pattern **own, struct cel_value *bad)
{
    char why[160] = "";
    *own = NULL;
    if (f->pattern)
        return f->pattern;
    /* compiling is the dear part: far dearer than a step of evaluation */
    if (!spend(f, 50 + arg.len)) {
        *bad = cel_fail_cost(f);
        return NULL;
    }
    *own = re2_compile(arg.as.s, arg.len, why, sizeof(why));
    if (!*own) {
        *bad = cel_words_pattern(f, why);
        return NULL;
    }
    if (!spend(f, re2_program_size(*own) / 4)) {
        *bad = cel_fail_cost(f);
        re2_free(*own);
        *own = NULL;
    }
    return *own;
}

static struct cel_value matches(ARGS)
{
    (void)n;
    struct re2_pattern *own;
    struct cel_value v;
    const struct re2_pattern *re = cel_frame_pattern(f, x[1], &own, &v);
    if (!re)
        return v;
    f->cost += x->len / 10;
    v = cel_bool(re2_matches(re, x->as.s, x->len));
    re2_free(own);
    return v;
}

static struct cel_value find(ARGS)
{
    (void)n;
    struct re2_pattern *own;
    struct cel_value v;
    struct re2_span span;
    const struct re2_pattern *re = cel_frame_pattern(f, x[1], &own, &v);
    if (!re)
        return v;
    f->cost += x->len / 10;
    v = re2_find(re, x->as.s, x->len, 0, &span, 1) ? cel_string(span.s, span.len)
                                                   : cel_string("", 0);
    re2_free(own);
    return v;
}

/* Calls with each match in turn, as Go's FindAll: an empty match right after one does not count. */
struct each_match {
    const struct re2_pattern *re;
    struct cel_value s;
    size_t from, last_end;
    bool any;
};

static bool next_match(struct frame *f, struct each_match *m, struct re2_span *spans, int n)
{
    while (m->from <= m->s.len) {
        if (!spend(f, 1 + (m->s.len - m->from) / 10)) {
            cel_fail_cost(f);
            return false;
        }
        if (!re2_find(m->re, m->s.as.s, m->s.len, m->from, spans, n))
            return false;
        size_t start = (size_t)(spans[0].s - m->s.as.s), end = start + spans[0].len;
        bool empty_again = spans[0].len == 0 && m->any && start == m->last_end;
        uint32_t cp;
        m->from = end;
        if (spans[0].len == 0)
            m->from +=
                end < m->s.len ? (size_t)cel_utf8_next(m->s.as.s + end, m->s.len - end, &cp) : 1;
        if (!empty_again) {
            m->any = true;
            m->last_end = end;
            return true;
        }
    }
    return false;
}

static struct cel_value find_all(ARGS)
{
    int64_t most = n == 3 ? x[2].as.i : -1;
    struct re2_pattern *own;
    struct cel_value v;
    struct re2_span span;
    struct list_out out = {0};
    const struct re2_pattern *re = cel_frame_pattern(f, x[1], &own, &v);
    if (!re)
        return v;
    struct each_match m = {.re = re, .s = x[0]};
    while ((most < 0 || (int64_t)out.len < most) && next_match(f, &m, &span, 1))
        cel_list_out_add(f, &out, cel_string(span.s, span.len));
    re2_free(own);
    return f->stopped ? f->stop : cel_list_out_done(f, &out);
}

static struct cel_value extract(ARGS)
{
    (void)n;
    struct re2_pattern *own;
    struct cel_value v;
    struct re2_span spans[2] = {{0}};
    const struct re2_pattern *re = cel_frame_pattern(f, x[1], &own, &v);
    if (!re)
        return v;
    int groups = re2_groups(re);
    f->cost += x->len / 10;
    if (groups > 1)
        v = cel_fail(f, "the pattern has more than one capturing group");
    else if (!re2_find(re, x->as.s, x->len, 0, spans, groups + 1) || (groups && !spans[1].len))
        v = cel_optional_none();
    else
        v = cel_make_optional(f, cel_string(spans[groups].s, spans[groups].len));
    re2_free(own);
    return v;
}

static struct cel_value extract_all(ARGS)
{
    (void)n;
    struct re2_pattern *own;
    struct cel_value v;
    struct re2_span spans[2] = {{0}};
    struct list_out out = {0};
    const struct re2_pattern *re = cel_frame_pattern(f, x[1], &own, &v);
    if (!re)
        return v;
    int groups = re2_groups(re);
    struct each_match m = {.re = re, .s = x[0]};
    if (groups > 1)
        v = cel_fail(f, "the pattern has more than one capturing group");
    else
        while (next_match(f, &m, spans, groups + 1))
            if (!groups || spans[1].len)
                cel_list_out_add(f, &out, cel_string(spans[groups].s, spans[groups].len));
    re2_free(own);
    return groups > 1 ? v : f->stopped ? f->stop : cel_list_out_done(f, &out);
}

/* \0 to \9 stand for groups, \\ for a backslash. */
static int put_replacement(struct frame *f, struct buf *out, struct cel_value with,
                           const struct re2_span *spans, int groups, struct cel_value *bad)
{
    int rc = 0;
    for (uint32_t i = 0; i < with.len && !rc; i++) {
        char c = with.as.s[i];
        if (c != '\\') {
            rc = buf_putc(out, c);
            continue;
        }
        c = ++i < with.len ? with.as.s[i] : '\0';
        if (c == '\\') {
            rc = buf_putc(out, c);
        } else if (c < '0' || c > '9' || c - '0' > groups) {
            *bad =
                cel_fail(f, "invalid replacement: a backslash is followed by a group's number or "
                            "by a backslash");
            return ERR_INVALID;
        } else if (spans[c - '0'].len) {
            rc = buf_add(out, spans[c - '0'].s, spans[c - '0'].len);
        }
    }
    return rc;
}

static struct cel_value regex_replace(ARGS)
{
    int64_t most = n == 4 ? x[3].as.i : -1;
    struct re2_pattern *own;
    struct cel_value v;
    struct re2_span spans[10] = {{0}};
    if (most == 0)
        return x[0];
    const struct re2_pattern *re = cel_frame_pattern(f, x[1], &own, &v);
    if (!re)
        return v;
    int groups = re2_groups(re), rc = 0;
    groups = groups > 9 ? 9 : groups;
    struct each_match m = {.re = re, .s = x[0]};
    struct buf out;
    buf_init(&out, f->arena->limit ? f->arena->limit : BUF_LARGE);
    size_t at = 0;
    v = cel_null();
    while (!rc && most-- != 0 && next_match(f, &m, spans, groups + 1)) {
        size_t start = (size_t)(spans[0].s - x->as.s);
        rc = buf_add(&out, x->as.s + at, start - at);
        rc = rc ? rc : put_replacement(f, &out, x[2], spans, groups, &v);
        at = start + spans[0].len;
    }
    rc = rc ? rc : buf_add(&out, x->as.s + at, x->len - at);
    if (v.kind == CEL_NULL)
        v = f->stopped ? f->stop
            : rc       ? cel_fail_memory(f)
                       : cel_make_string(f, buf_str(&out), out.len);
    buf_clear(&out);
    re2_free(own);
    return v;
}

/* ---- base64 ---- */

static struct cel_value encode(struct frame *f, struct cel_value v, bool url)
{
    struct buf out;
    buf_init(&out, f->arena->limit ? f->arena->limit : BUF_LARGE);
    f->cost += v.len / 5;
    int rc = url ? base64url_encode(&out, v.as.s, v.len) : base64_encode(&out, v.as.s, v.len);
    struct cel_value r = rc ? cel_fail_memory(f) : cel_make_string(f, buf_str(&out), out.len);
    buf_clear(&out);
    return r;
}

static struct cel_value base64_encode_bytes(ARGS)
{
    (void)n;
    return encode(f, *x, false);
}

static struct cel_value base64url_encode_bytes(ARGS)
{
    (void)n;
    return encode(f, *x, true);
}

/* With or without padding, in either alphabet when url. */
static struct cel_value decode(struct frame *f, struct cel_value v, bool url)
{
    unsigned char *out = cel_frame_alloc(f, (size_t)v.len / 4 * 3 + 4), *o = out;
    uint32_t bits = 0, len = v.len;
    unsigned have = 0;
    if (!out)
        return f->stop;
    f->cost += v.len / 5;
    while (len && v.as.s[len - 1] == '=' && v.len - len < 2)
        len--;
    if ((len != v.len && v.len % 4) || len % 4 == 1)
        return cel_fail(f, "illegal base64 data");
    for (uint32_t i = 0; i < len; i++) {
        char c = v.as.s[i];
        int d = c >= 'A' && c <= 'Z'     ? c - 'A'
                : c >= 'a' && c <= 'z'   ? c - 'a' + 26
                : c >= '0' && c <= '9'   ? c - '0' + 52
                : c == (url ? '-' : '+') ? 62
                : c == (url ? '_' : '/') ? 63
                                         : -1;
        if (d < 0)
            return cel_fail(f, "illegal base64 data at input byte %u", i);
        bits = bits << 6 | (uint32_t)d;
        have += 6;
        if (have >= 8) {
            have -= 8;
            *o++ = (unsigned char)(bits >> have);
        }
    }
    return cel_bytes((char *)out, (size_t)(o - out));
}

static struct cel_value base64_decode_string(ARGS)
{
    (void)n;
    return decode(f, *x, false);
}

static struct cel_value base64url_decode_string(ARGS)
{
    (void)n;
    return decode(f, *x, true);
}

#define ENC CEL_LIB_ENCODERS
#define RE CEL_LIB_REGEX

const struct cel_fn_row cel_lib_misc[] = {
    {"matches", "s./s>b", matches, 0},
    {"matches", "s/s>b", matches, 0},
    {"find", "s./s>s", find, CEL_LIB_KUBERNETES},
    {"findAll", "s./s>Ls", find_all, CEL_LIB_KUBERNETES},
    {"findAll", "s./si>Ls", find_all, CEL_LIB_KUBERNETES},
    {"regex.extract", "s/s>Os", extract, RE},
    {"regex.extractAll", "s/s>Ls", extract_all, RE},
    {"regex.replace", "s/ss>s", regex_replace, RE},
    {"regex.replace", "s/ssi>s", regex_replace, RE},
    {"base64.encode", "y>s", base64_encode_bytes, ENC},
    {"base64.decode", "s>y", base64_decode_string, ENC},
    {"base64.encodeUrl", "y>s", base64url_encode_bytes, ENC},
    {"base64.decodeUrl", "s>y", base64url_decode_string, ENC},
    {NULL, NULL, NULL, 0},
};
