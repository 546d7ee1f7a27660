// SPDX-License-Identifier: Apache-2.0
/* The operators over values: checked arithmetic, order, membership, indexing. */
#include "cel/cel_int.h"
#include "cel/words.h"

#include <math.h>

static struct cel_value overflow(struct frame *f, const char *what)
{
    return cel_fail(f, "%s overflow", what);
}

/* ---- time ---- */

static struct cel_value add_time(struct frame *f, struct cel_value t, int64_t nanos)
{
    int64_t sec = t.as.i + nanos / 1000000000;
    int64_t ns = (int64_t)t.len + nanos % 1000000000;
    if (ns < 0) {
        ns += 1000000000;
        sec--;
    } else if (ns >= 1000000000) {
        ns -= 1000000000;
        sec++;
    }
    if (!cel_time_in_range(sec))
        return overflow(f, "timestamp");
    t.as.i = sec;
    t.len = (uint32_t)ns;
    return t;
}

static struct cel_value sub_times(struct frame *f, struct cel_value a, struct cel_value b)
{
    int64_t d;
    if (__builtin_mul_overflow(a.as.i - b.as.i, INT64_C(1000000000), &d) ||
        __builtin_add_overflow(d, (int64_t)a.len - (int64_t)b.len, &d))
        return overflow(f, "duration");
    return cel_duration(d);
}

/* ---- arithmetic ---- */

static struct cel_value concat(struct frame *f, struct cel_value a, struct cel_value b)
{
    if (!a.len || !b.len)
        return a.len ? a : b;
    size_t len = (size_t)a.len + b.len;
    char *s = len < UINT32_MAX ? cel_frame_alloc(f, len + 1) : NULL;
    if (!s)
        return cel_fail_memory(f);
    memcpy(s, a.as.s, a.len);
    memcpy(s + a.len, b.as.s, b.len);
    s[len] = '\0';
    f->cost += len / 10;
    a.as.s = s;
    a.len = (uint32_t)len;
    return a;
}

static struct cel_value append(struct frame *f, struct cel_value a, struct cel_value b)
{
    if (a.rep == CEL_REP_TYPED) {
        struct cel_value v = cel_typed_add(f, a, b);
        if (v.kind != CEL_NULL)
            return v;
    }
    if (!a.len || !b.len)
        return a.len ? a : b;
    size_t len = (size_t)a.len + b.len;
    if (!spend(f, len / 4))
        return cel_fail_cost(f);
    struct cel_value *items = cel_frame_alloc(f, len * sizeof(*items));
    if (!items)
        return f->stop;
    for (uint32_t i = 0; i < a.len; i++)
        items[i] = cel_list_get(f, a, i);
    for (uint32_t i = 0; i < b.len; i++)
        items[a.len + i] = cel_list_get(f, b, i);
    return cel_list(items, len);
}

struct cel_value cel_op_add(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    struct cel_value r = x[0];
    if (x[0].kind == x[1].kind) {
        switch (x[0].kind) {
        case CEL_INT:
            if (__builtin_add_overflow(x[0].as.i, x[1].as.i, &r.as.i))
                return overflow(f, "integer");
            return r;
        case CEL_UINT:
            if (__builtin_add_overflow(x[0].as.u, x[1].as.u, &r.as.u))
                return overflow(f, "unsigned integer");
            return r;
        case CEL_DOUBLE:
            return cel_double(x[0].as.d + x[1].as.d);
        case CEL_STRING:
        case CEL_BYTES:
            return concat(f, x[0], x[1]);
        case CEL_LIST:
            return append(f, x[0], x[1]);
        case CEL_DURATION:
            if (__builtin_add_overflow(x[0].as.i, x[1].as.i, &r.as.i))
                return overflow(f, "duration");
            return r;
        default:
            return cel_fail_overload(f);
        }
    }
    if (x[0].kind == CEL_TIMESTAMP && x[1].kind == CEL_DURATION)
        return add_time(f, x[0], x[1].as.i);
    if (x[0].kind == CEL_DURATION && x[1].kind == CEL_TIMESTAMP)
        return add_time(f, x[1], x[0].as.i);
    return cel_fail_overload(f);
}

struct cel_value cel_op_sub(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    struct cel_value r = x[0];
    if (x[0].kind == CEL_TIMESTAMP && x[1].kind == CEL_DURATION) {
        if (x[1].as.i == INT64_MIN)
            return overflow(f, "duration");
        return add_time(f, x[0], -x[1].as.i);
    }
    if (x[0].kind != x[1].kind)
        return cel_fail_overload(f);
    switch (x[0].kind) {
    case CEL_INT:
    case CEL_DURATION:
        if (__builtin_sub_overflow(x[0].as.i, x[1].as.i, &r.as.i))
            return overflow(f, x[0].kind == CEL_INT ? "integer" : "duration");
        return r;
    case CEL_UINT:
        if (__builtin_sub_overflow(x[0].as.u, x[1].as.u, &r.as.u))
            return overflow(f, "unsigned integer");
        return r;
    case CEL_DOUBLE:
        return cel_double(x[0].as.d - x[1].as.d);
    case CEL_TIMESTAMP:
        return sub_times(f, x[0], x[1]);
    default:
        return cel_fail_overload(f);
    }
}

struct cel_value cel_op_mul(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    struct cel_value r = x[0];
    if (x[0].kind != x[1].kind)
        return cel_fail_overload(f);
    if (x[0].kind == CEL_INT) {
        if (__builtin_mul_overflow(x[0].as.i, x[1].as.i, &r.as.i))
            return overflow(f, "integer");
        return r;
    }
    if (x[0].kind == CEL_UINT) {
        if (__builtin_mul_overflow(x[0].as.u, x[1].as.u, &r.as.u))
            return overflow(f, "unsigned integer");
        return r;
    }
    return x[0].kind == CEL_DOUBLE ? cel_double(x[0].as.d * x[1].as.d) : cel_fail_overload(f);
}

static struct cel_value divide(struct frame *f, const struct cel_value *x, bool modulus)
{
    const char *zero = modulus ? "modulus by zero" : "division by zero";
    if (x[0].kind != x[1].kind)
        return cel_fail_overload(f);
    if (x[0].kind == CEL_INT) {
        if (x[1].as.i == 0)
            return cel_fail(f, "%s", zero);
        if (x[0].as.i == INT64_MIN && x[1].as.i == -1)
            return overflow(f, "integer");
        return cel_int(modulus ? x[0].as.i % x[1].as.i : x[0].as.i / x[1].as.i);
    }
    if (x[0].kind == CEL_UINT) {
        if (x[1].as.u == 0)
            return cel_fail(f, "%s", zero);
        return cel_uint(modulus ? x[0].as.u % x[1].as.u : x[0].as.u / x[1].as.u);
    }
    if (x[0].kind == CEL_DOUBLE && !modulus)
        return cel_double(x[0].as.d / x[1].as.d);
    return cel_fail_overload(f);
}

struct cel_value cel_op_div(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    return divide(f, x, false);
}

struct cel_value cel_op_mod(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    return divide(f, x, true);
}

struct cel_value cel_op_neg(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    if (x->kind == CEL_DOUBLE)
        return cel_double(-x->as.d);
    if (x->kind != CEL_INT)
        return cel_fail_overload(f);
    return x->as.i == INT64_MIN ? overflow(f, "integer") : cel_int(-x->as.i);
}

struct cel_value cel_op_not(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    return x->kind == CEL_BOOL ? cel_bool(!x->as.b) : cel_fail_overload(f);
}

/* ---- order and equality ---- */

#define ORDER(name, test)                                                                          \
    struct cel_value name(struct frame *f, const struct cel_value *x, unsigned n)                  \
    {                                                                                              \
        (void)n;                                                                                   \
        int c = cel_values_compare(x[0], x[1]);                                                    \
        if (c == 3)                                                                                \
            return cel_fail_overload(f);                                                           \
        if (x[0].kind == CEL_STRING)                                                               \
            f->cost += x[0].len / 10;                                                              \
        return cel_bool(c != 2 && (test));                                                         \
    }
ORDER(cel_op_lt, c < 0)
ORDER(cel_op_le, c <= 0)
ORDER(cel_op_gt, c > 0)
ORDER(cel_op_ge, c >= 0)

struct cel_value cel_op_eq(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    bool eq = cel_values_equal(f, x[0], x[1]);
    return f->stopped ? f->stop : cel_bool(eq);
}

struct cel_value cel_op_ne(struct frame *f, const struct cel_value *x, unsigned n)
{
    struct cel_value v = cel_op_eq(f, x, n);
    return v.kind == CEL_BOOL ? cel_bool(!v.as.b) : v;
}

/* ---- containers ---- */

struct cel_value cel_op_in(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    if (x[1].kind == CEL_LIST) {
        bool found = false;
        for (uint32_t i = 0; i < x[1].len && !found && !f->stopped; i++)
            found = cel_values_equal(f, cel_list_get(f, x[1], i), x[0]);
        return f->stopped ? f->stop : cel_bool(found);
    }
    if (x[1].kind != CEL_MAP)
        return cel_fail_overload(f);
    struct cel_value out;
    bool found = cel_map_find(f, x[1], x[0], &out);
    return f->stopped ? f->stop : cel_bool(found);
}

/* Number of an item, or -1 when the value is none. */
static int64_t index_of(struct cel_value v)
{
    switch (v.kind) {
    case CEL_INT:
        return v.as.i >= 0 ? v.as.i : INT64_MAX;
    case CEL_UINT:
        return v.as.u <= INT64_MAX ? (int64_t)v.as.u : INT64_MAX;
    case CEL_DOUBLE:
        if (v.as.d != floor(v.as.d) || !isfinite(v.as.d))
            return -1;
        return v.as.d >= 0 && v.as.d < 1e15 ? (int64_t)v.as.d : INT64_MAX;
    default:
        return -1;
    }
}

static struct cel_value print_key(struct frame *f, struct cel_value k)
{
    struct buf b;
    buf_init(&b, 256);
    if (kubernetes_ways(f) && k.kind == CEL_STRING)
        buf_add(&b, k.as.s, k.len > 200 ? 200 : k.len);
    else
        cel_print(&b, k);
    struct cel_value v = cel_fail(f, "no such key: %s", buf_str(&b));
    buf_clear(&b);
    return v;
}

static struct cel_value bad_index(struct frame *f, struct cel_value key)
{
    if (key.kind == CEL_DOUBLE)
        return cel_fail(f, "unsupported index value %g in list", key.as.d);
    if (key.kind == CEL_INT)
        return cel_fail(f, "index out of bounds: %lld", (long long)key.as.i);
    return cel_fail(f, "unsupported index type '%s' in list", cel_type_name_of(key));
}

/* optional: what is not there is none instead of an error */
static struct cel_value look_up(struct frame *f, struct cel_value in, struct cel_value key,
                                bool optional)
{
    if (in.kind == CEL_OPTIONAL) {
        if (!in.as.optional)
            return in;
        in = *in.as.optional;
        optional = true;
    }
    struct cel_value out;
    if (in.kind == CEL_LIST) {
        int64_t i = index_of(key);
        if (i < 0 && kubernetes_ways(f))
            return bad_index(f, key);
        if (i < 0)
            return cel_fail(f, "invalid index: a list is indexed with an integer");
        if (i >= in.len) {
            if (optional)
                return cel_optional_none();
            return key.kind == CEL_INT
                       ? cel_fail(f, "index out of bounds: %lld", (long long)key.as.i)
                       : cel_fail(f, "index out of bounds");
        }
        out = cel_list_get(f, in, (size_t)i);
    } else if (in.kind == CEL_MAP) {
        if (!cel_map_find(f, in, key, &out)) {
            if (f->stopped)
                return f->stop;
            return optional ? cel_optional_none() : print_key(f, key);
        }
    } else if (kubernetes_ways(f)) {
        return optional ? cel_optional_none() : print_key(f, key);
    } else {
        return cel_fail_overload(f);
    }
    return optional && !is_error(out) ? cel_make_optional(f, out) : out;
}

struct cel_value cel_op_index(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    return look_up(f, x[0], x[1], false);
}

struct cel_value cel_op_opt_index(struct frame *f, const struct cel_value *x, unsigned n)
{
    (void)n;
    return look_up(f, x[0], x[1], true);
}
