// SPDX-License-Identifier: Apache-2.0
/* Kubernetes' quantities ("500m", "1.5Gi") and semantic versions. */
#include "cel/opaque.h"
#include "cel/words.h"

#include <ctype.h>
#include <stdio.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

#define NANO ((__int128)1000000000)
#define QUANTITY_MAX                                                                               \
    ((__int128)INT64_MAX * NANO) /* a wide amount is cut to what an int64 holds                    \
                                  */
#define WIDEST ((__int128)1 << 125)

/* a * b / 1, saturated; the sign is apart. */
static __int128 times(__int128 a, __int128 b)
{
    __int128 r;
    return __builtin_mul_overflow(a, b, &r) || r > WIDEST ? WIDEST : r;
}

/* "k" → 10^3, "Mi" → 2^20, "e3" → 10^3. */
static bool suffix(const char *s, size_t len, int *base, int *exponent)
{
    static const struct {
        const char *s;
        int base, exponent;
    } all[] = {{"", 10, 0},   {"n", 10, -9}, {"u", 10, -6}, {"m", 10, -3},
               {"k", 10, 3},  {"M", 10, 6},  {"G", 10, 9},  {"T", 10, 12},
               {"P", 10, 15}, {"E", 10, 18}, {"Ki", 2, 10}, {"Mi", 2, 20},
               {"Gi", 2, 30}, {"Ti", 2, 40}, {"Pi", 2, 50}, {"Ei", 2, 60}};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (strlen(all[i].s) == len && memcmp(all[i].s, s, len) == 0) {
            *base = all[i].base;
            *exponent = all[i].exponent;
            return true;
        }
    if (len < 2 || (s[0] | 0x20) != 'e')
        return false;
    size_t i = 1;
    bool negative = s[i] == '-';
    i += s[i] == '-' || s[i] == '+';
    if (i == len)
        return false;
    int v = 0;
    for (; i < len; i++) {
        if (!isdigit((unsigned char)s[i]))
            return false;
        v = v < 1000 ? v * 10 + (s[i] - '0') : v;
    }
    *base = 10;
    *exponent = negative ? -v : v;
    return true;
}

bool cel_quantity_parse(const char *s, size_t len, struct cel_quantity *out)
{
    const char *end = s + len, *p = s;
    bool negative = false, any = false;
    if (p < end && (*p == '-' || *p == '+'))
        negative = *p++ == '-';
    while (p < end && *p == '0' && end - p > 1 && isdigit((unsigned char)p[1])) {
        p++;
        any = true;
    }
    __int128 value = 0;
    int whole = 0, fraction = 0;
    bool lost = false; /* digits beyond what is kept: the amount is rounded up */
    for (; p < end && isdigit((unsigned char)*p); p++, whole++, any = true)
        value = times(value, 10) + (*p - '0');
    if (p < end && *p == '.')
        for (p++; p < end && isdigit((unsigned char)*p); p++, any = true) {
            if (fraction < 18 && value < WIDEST / 10) {
                value = value * 10 + (*p - '0');
                fraction++;
            } else {
                lost = lost || *p != '0';
            }
        }
    int base, exponent;
    if (!any || !suffix(p, (size_t)(end - p), &base, &exponent))
        return false;
    int digits = whole + fraction;
    bool small = base == 10 ? digits <= 18 && exponent - fraction >= -9
                            : !fraction && 15 - whole - exponent * 3 / 10 - 1 >= 0;
    out->scale = (int16_t)(base == 10 ? exponent - fraction : -fraction);
    out->wide = !small;
    if (base == 2)
        value = times(value, (__int128)1 << exponent);
    int power = (base == 10 ? exponent : 0) - fraction + 9;
    for (; power > 0 && value && value < WIDEST; power--)
        value = times(value, 10);
    for (; power < 0 && value; power++) {
        lost = lost || value % 10;
        value /= 10;
    }
    value += lost;
    if (out->wide && value > QUANTITY_MAX)
        value = QUANTITY_MAX;
    out->nano = negative ? -value : value;
    return true;
}

void cel_quantity_print(struct buf *out, const struct cel_quantity *q)
{
    char digits[64], *o = digits + sizeof(digits);
    __int128 v = q->nano < 0 ? -q->nano : q->nano;
    int place = 0;
    *--o = '\0';
    for (; v || place <= 9; v /= 10, place++) {
        if (place == 9 && *o)
            *--o = '.';
        int digit = (int)(v % 10);
        if (place >= 9 || digit || *o)
            *--o = (char)('0' + digit);
    }
    if (q->nano < 0)
        *--o = '-';
    buf_puts(out, o);
}

static const struct cel_quantity *q_of(struct cel_value v)
{
    return v.as.opaque;
}

static struct cel_value q_keep(struct frame *f, const struct cel_quantity *q)
{
    struct cel_quantity *p = cel_frame_alloc(f, sizeof(*p));
    if (!p)
        return f->stop;
    *p = *q;
    return cel_make_opaque(CEL_QUANTITY, p);
}

static struct cel_value quantity(ARGS)
{
    (void)n;
    struct cel_quantity q;
    if (!cel_quantity_parse(x->as.s, x->len, &q))
        return kubernetes_ways(f) ? cel_words_quantity(f, *x)
                                  : cel_fail(f, "'%.*s' is not a quantity",
                                             (int)(x->len > 64 ? 64 : x->len), x->as.s);
    return q_keep(f, &q);
}

static struct cel_value is_quantity(ARGS)
{
    (void)f;
    (void)n;
    struct cel_quantity q;
    return cel_bool(cel_quantity_parse(x->as.s, x->len, &q));
}

static bool q_integer(const struct cel_quantity *q)
{
    __int128 whole = q->nano / NANO;
    return !q->wide && (q->scale >= 0 || !q->nano) && whole <= INT64_MAX && whole >= INT64_MIN;
}

static struct cel_value q_is_integer(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(q_integer(q_of(*x)));
}

static struct cel_value q_as_integer(ARGS)
{
    (void)n;
    const struct cel_quantity *q = q_of(*x);
    return q_integer(q) ? cel_int((int64_t)(q->nano / NANO))
                        : cel_fail(f, "cannot convert value to integer");
}

static struct cel_value q_float(ARGS)
{
    (void)f;
    (void)n;
    return cel_double((double)((long double)q_of(*x)->nano / 1e9L));
}

static struct cel_value q_sign(ARGS)
{
    (void)f;
    (void)n;
    return cel_int((q_of(*x)->nano > 0) - (q_of(*x)->nano < 0));
}

static int q_compare(const struct cel_value *x)
{
    __int128 a = q_of(x[0])->nano, b = q_of(x[1])->nano;
    return (a > b) - (a < b);
}

static struct cel_value q_less(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(q_compare(x) < 0);
}

static struct cel_value q_greater(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(q_compare(x) > 0);
}

static struct cel_value q_compare_to(ARGS)
{
    (void)f;
    (void)n;
    return cel_int(q_compare(x));
}

static struct cel_value q_sum(struct frame *f, const struct cel_value *x, int sign)
{
    struct cel_quantity a = *q_of(x[0]), b = {0};
    if (x[1].kind == CEL_INT)
        b.nano = (__int128)x[1].as.i * NANO;
    else
        b = *q_of(x[1]);
    if (!a.nano) {
        a = b;
        a.nano *= sign;
    } else if (b.nano) {
        a.nano += sign * b.nano;
        a.nano = a.nano > WIDEST ? WIDEST : a.nano < -WIDEST ? -WIDEST : a.nano;
        a.scale = a.scale < b.scale ? a.scale : b.scale;
        a.wide = a.wide || b.wide;
    }
    return q_keep(f, &a);
}

static struct cel_value q_add(ARGS)
{
    (void)n;
    return q_sum(f, x, 1);
}

static struct cel_value q_sub(ARGS)
{
    (void)n;
    return q_sum(f, x, -1);
}

/* ---- semantic versions ---- */

static bool is_identifier(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

/* Dot-separated identifiers up to `stop`; numbers without leading zeroes unless build. */
static bool identifiers(const char **p, const char *end, char stop, bool build)
{
    for (;;) {
        const char *start = *p;
        bool number = true;
        for (; *p < end && is_identifier(**p); ++*p)
            number = number && isdigit((unsigned char)**p);
        if (*p == start || (!build && number && *p - start > 1 && *start == '0'))
            return false;
        if (*p == end || (stop && **p == stop))
            return true;
        if (*(*p)++ != '.')
            return false;
    }
}

bool cel_semver_parse(const char *s, size_t len, struct cel_semver *out)
{
    const char *p = s, *end = s + len;
    *out = (struct cel_semver){.text = s, .text_len = len};
    for (int i = 0; i < 3; i++) {
        const char *start = p;
        for (; p < end && isdigit((unsigned char)*p); p++)
            if (__builtin_mul_overflow(out->v[i], (uint64_t)10, &out->v[i]) ||
                __builtin_add_overflow(out->v[i], (uint64_t)(*p - '0'), &out->v[i]))
                return false;
        if (p == start || (p - start > 1 && *start == '0'))
            return false;
        if (i < 2 && (p == end || *p++ != '.'))
            return false;
    }
    if (p < end && *p == '-') {
        out->pre = ++p;
        if (!identifiers(&p, end, '+', false))
            return false;
        out->pre_len = (size_t)(p - out->pre);
    }
    if (p < end && *p == '+') {
        p++;
        if (!identifiers(&p, end, '\0', true))
            return false;
    }
    return p == end;
}

static int compare_pre(const struct cel_semver *a, const struct cel_semver *b)
{
    if (!a->pre || !b->pre)
        return (a->pre == NULL) - (b->pre == NULL);
    const char *p = a->pre, *pe = p + a->pre_len, *q = b->pre, *qe = q + b->pre_len;
    while (p < pe && q < qe) {
        const char *x = memchr(p, '.', (size_t)(pe - p)), *y = memchr(q, '.', (size_t)(qe - q));
        size_t n = (size_t)((x ? x : pe) - p), m = (size_t)((y ? y : qe) - q);
        bool pn = strspn(p, "0123456789") >= n, qn = strspn(q, "0123456789") >= m;
        int c;
        if (pn != qn)
            return pn ? -1 : 1; /* numbers come before words */
        if (pn && n != m)
            return n < m ? -1 : 1;
        c = memcmp(p, q, n < m ? n : m);
        if (c)
            return c < 0 ? -1 : 1;
        if (n != m)
            return n < m ? -1 : 1;
        p += n + (x != NULL);
        q += m + (y != NULL);
    }
    return (p < pe) - (q < qe);
}

int cel_semver_compare(const struct cel_semver *a, const struct cel_semver *b)
{
    for (int i = 0; i < 3; i++)
        if (a->v[i] != b->v[i])
            return a->v[i] < b->v[i] ? -1 : 1;
    return compare_pre(a, b);
}

/* "v1.02" → "1.2.0": what is understood when asked to be lenient. NULL past the limit. */
static char *normalize(struct frame *f, struct cel_value s)
{
    char *out = cel_frame_alloc(f, (size_t)s.len + 8), *o = out;
    const char *p = s.as.s, *end = p + s.len;
    if (!out)
        return NULL;
    p += p < end && *p == 'v';
    int part = 0;
    for (; part < 3; part++) {
        const char *dot = part < 2 ? memchr(p, '.', (size_t)(end - p)) : NULL;
        const char *stop = dot ? dot : end;
        if (stop - p > 1) {
            const char *start = p;
            while (p < stop && *p == '0')
                p++;
            if (p > start && (p == stop || !isdigit((unsigned char)*p)))
                *o++ = '0';
        }
        bool meta = memchr(p, '+', (size_t)(stop - p)) || memchr(p, '-', (size_t)(stop - p));
        o = mempcpy(o, p, (size_t)(stop - p));
        p = stop;
        if (!dot) {
            part++;
            if (part < 3 && meta)
                return strcpy(out, "short version with meta data");
            break;
        }
        *o++ = '.';
        p++;
    }
    for (; part < 3; part++)
        o = mempcpy(o, ".0", 2);
    *o = '\0';
    return out;
}

static bool read_version(struct frame *f, const struct cel_value *x, unsigned n,
                         struct cel_semver *v)
{
    if (n == 2 && x[1].as.b) {
        char *s = normalize(f, *x);
        return s && cel_semver_parse(s, strlen(s), v);
    }
    return cel_semver_parse(x->as.s, x->len, v);
}

static struct cel_value semver(ARGS)
{
    struct cel_semver v, *p;
    if (!read_version(f, x, n, &v))
        return f->stopped           ? f->stop
               : kubernetes_ways(f) ? cel_words_semver(f, *x)
                                    : cel_fail(f, "'%.*s' is not a semantic version",
                                               (int)(x->len > 64 ? 64 : x->len), x->as.s);
    if (!(p = cel_frame_alloc(f, sizeof(*p))))
        return f->stop;
    *p = v;
    return cel_make_opaque(CEL_SEMVER, p);
}

static struct cel_value is_semver(ARGS)
{
    struct cel_semver v;
    return cel_bool(read_version(f, x, n, &v));
}

static const struct cel_semver *v_of(struct cel_value v)
{
    return v.as.opaque;
}

#define PART(name, i)                                                                              \
    static struct cel_value name(ARGS)                                                             \
    {                                                                                              \
        (void)f;                                                                                   \
        (void)n;                                                                                   \
        return cel_int((int64_t)v_of(*x)->v[i]);                                                   \
    }
PART(v_major, 0)
PART(v_minor, 1)
PART(v_patch, 2)

static struct cel_value v_less(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(cel_semver_compare(v_of(x[0]), v_of(x[1])) < 0);
}

static struct cel_value v_greater(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(cel_semver_compare(v_of(x[0]), v_of(x[1])) > 0);
}

static struct cel_value v_compare_to(ARGS)
{
    (void)f;
    (void)n;
    return cel_int(cel_semver_compare(v_of(x[0]), v_of(x[1])));
}

#define LIB CEL_LIB_KUBERNETES

const struct cel_fn_row cel_lib_kubernetes[] = {
    {"quantity", "s>Q", quantity, LIB},
    {"isQuantity", "s>b", is_quantity, LIB},
    {"sign", "Q.>i", q_sign, LIB},
    {"sign", "Q>i", q_sign, LIB},
    {"isInteger", "Q.>b", q_is_integer, LIB},
    {"asInteger", "Q.>i", q_as_integer, LIB},
    {"asApproximateFloat", "Q.>d", q_float, LIB},
    {"isLessThan", "Q.Q>b", q_less, LIB},
    {"isGreaterThan", "Q.Q>b", q_greater, LIB},
    {"compareTo", "Q.Q>i", q_compare_to, LIB},
    {"add", "Q.Q>Q", q_add, LIB},
    {"add", "Q.i>Q", q_add, LIB},
    {"sub", "Q.Q>Q", q_sub, LIB},
    {"sub", "Q.i>Q", q_sub, LIB},
    {"semver", "s>V", semver, LIB},
    {"semver", "sb>V", semver, LIB},
    {"isSemver", "s>b", is_semver, LIB},
    {"isSemver", "sb>b", is_semver, LIB},
    {"major", "V.>i", v_major, LIB},
    {"minor", "V.>i", v_minor, LIB},
    {"patch", "V.>i", v_patch, LIB},
    {"isLessThan", "V.V>b", v_less, LIB},
    {"isGreaterThan", "V.V>b", v_greater, LIB},
    {"compareTo", "V.V>i", v_compare_to, LIB},
    {NULL, NULL, NULL, 0},
};
