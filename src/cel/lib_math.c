// SPDX-License-Identifier: Apache-2.0
/* Numbers: least and greatest, rounding, bits. */
#include "cel/cel_int.h"

#include <math.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

static bool number(struct cel_value v)
{
    return v.kind >= CEL_INT && v.kind <= CEL_DOUBLE;
}

static struct cel_value extreme(struct frame *f, const struct cel_value *x, unsigned n, int wanted)
{
    struct cel_value best = x[0];
    if (n == 2) {
        if (!number(x[0]) || !number(x[1]))
            return cel_fail_overload(f);
        return cel_values_compare(x[1], x[0]) == wanted ? x[1] : x[0];
    }
    if (best.kind != CEL_LIST)
        return best;
    if (!best.len)
        return cel_fail(f, "math.@%s(list) argument must not be empty", wanted < 0 ? "min" : "max");
    struct cel_value list = best;
    best = cel_list_get(f, list, 0);
    for (uint32_t i = 0; i < list.len; i++) {
        struct cel_value v = cel_list_get(f, list, i);
        CHECK(v);
        if (!number(v))
            return cel_fail_overload(f);
        if (cel_values_compare(v, best) == wanted)
            best = v;
        f->cost++;
    }
    return best;
}

static struct cel_value least(ARGS)
{
    return extreme(f, x, n, -1);
}

static struct cel_value greatest(ARGS)
{
    return extreme(f, x, n, 1);
}

#define ON_DOUBLE(name, expr)                                                                      \
    static struct cel_value name(ARGS)                                                             \
    {                                                                                              \
        (void)f;                                                                                   \
        (void)n;                                                                                   \
        return expr;                                                                               \
    }
ON_DOUBLE(m_ceil, cel_double(ceil(x->as.d)))
ON_DOUBLE(m_floor, cel_double(floor(x->as.d)))
ON_DOUBLE(m_round, cel_double(round(x->as.d)))
ON_DOUBLE(m_trunc, cel_double(trunc(x->as.d)))
ON_DOUBLE(m_is_inf, cel_bool(isinf(x->as.d)))
ON_DOUBLE(m_is_nan, cel_bool(isnan(x->as.d)))
ON_DOUBLE(m_is_finite, cel_bool(isfinite(x->as.d)))
ON_DOUBLE(abs_double, cel_double(fabs(x->as.d)))
ON_DOUBLE(same, *x)
ON_DOUBLE(sign_double, cel_double(isnan(x->as.d) ? x->as.d
                                  : x->as.d > 0  ? 1
                                  : x->as.d < 0  ? -1
                                                 : 0))
ON_DOUBLE(sign_int, cel_int((x->as.i > 0) - (x->as.i < 0)))
ON_DOUBLE(sign_uint, cel_uint(x->as.u > 0))
ON_DOUBLE(sqrt_double, cel_double(sqrt(x->as.d)))
ON_DOUBLE(sqrt_int, cel_double(sqrt((double)x->as.i)))
ON_DOUBLE(sqrt_uint, cel_double(sqrt((double)x->as.u)))
ON_DOUBLE(and_int, cel_int(x[0].as.i &x[1].as.i))
ON_DOUBLE(and_uint, cel_uint(x[0].as.u &x[1].as.u))
ON_DOUBLE(or_int, cel_int(x[0].as.i | x[1].as.i))
ON_DOUBLE(or_uint, cel_uint(x[0].as.u | x[1].as.u))
ON_DOUBLE(xor_int, cel_int(x[0].as.i ^ x[1].as.i))
ON_DOUBLE(xor_uint, cel_uint(x[0].as.u ^ x[1].as.u))
ON_DOUBLE(not_int, cel_int(~x->as.i))
ON_DOUBLE(not_uint, cel_uint(~x->as.u))

static struct cel_value abs_int(ARGS)
{
    (void)n;
    return x->as.i == INT64_MIN ? cel_fail(f, "integer overflow")
                                : cel_int(x->as.i < 0 ? -x->as.i : x->as.i);
}

/* Bits shifted by an offset; 64 and more leave nothing. Right shifts bring in zeroes. */
static struct cel_value shift(struct frame *f, const struct cel_value *x, bool left)
{
    int64_t by = x[1].as.i;
    if (by < 0)
        return cel_fail(f, "math.bitShift%s() negative offset: %lld", left ? "Left" : "Right",
                        (long long)by);
    struct cel_value v = x[0];
    v.as.u = by > 63 ? 0 : left ? v.as.u << by : v.as.u >> by;
    return v;
}

static struct cel_value shift_left(ARGS)
{
    (void)n;
    return shift(f, x, true);
}

static struct cel_value shift_right(ARGS)
{
    (void)n;
    return shift(f, x, false);
}

#define LIB CEL_LIB_MATH
#define EXTREME(name, fn)                                                                          \
    {name, "d>d", fn, LIB}, {name, "i>i", fn, LIB}, {name, "u>u", fn, LIB},                        \
        {name, "dd>d", fn, LIB}, {name, "ii>i", fn, LIB}, {name, "uu>u", fn, LIB},                 \
        {name, "iu>?", fn, LIB}, {name, "id>?", fn, LIB}, {name, "di>?", fn, LIB},                 \
        {name, "du>?", fn, LIB}, {name, "ui>?", fn, LIB}, {name, "ud>?", fn, LIB},                 \
        {name, "Ld>d", fn, LIB}, {name, "Li>i", fn, LIB},                                          \
    {                                                                                              \
        name, "Lu>u", fn, LIB                                                                      \
    }

const struct cel_fn_row cel_lib_math[] = {
    EXTREME("math.@min", least),
    EXTREME("math.@max", greatest),
    {"math.ceil", "d>d", m_ceil, LIB},
    {"math.floor", "d>d", m_floor, LIB},
    {"math.round", "d>d", m_round, LIB},
    {"math.trunc", "d>d", m_trunc, LIB},
    {"math.isInf", "d>b", m_is_inf, LIB},
    {"math.isNaN", "d>b", m_is_nan, LIB},
    {"math.isFinite", "d>b", m_is_finite, LIB},
    {"math.abs", "d>d", abs_double, LIB},
    {"math.abs", "i>i", abs_int, LIB},
    {"math.abs", "u>u", same, LIB},
    {"math.sign", "d>d", sign_double, LIB},
    {"math.sign", "i>i", sign_int, LIB},
    {"math.sign", "u>u", sign_uint, LIB},
    {"math.sqrt", "d>d", sqrt_double, LIB},
    {"math.sqrt", "i>d", sqrt_int, LIB},
    {"math.sqrt", "u>d", sqrt_uint, LIB},
    {"math.bitAnd", "ii>i", and_int, LIB},
    {"math.bitAnd", "uu>u", and_uint, LIB},
    {"math.bitOr", "ii>i", or_int, LIB},
    {"math.bitOr", "uu>u", or_uint, LIB},
    {"math.bitXor", "ii>i", xor_int, LIB},
    {"math.bitXor", "uu>u", xor_uint, LIB},
    {"math.bitNot", "i>i", not_int, LIB},
    {"math.bitNot", "u>u", not_uint, LIB},
    {"math.bitShiftLeft", "ii>i", shift_left, LIB},
    {"math.bitShiftLeft", "ui>u", shift_left, LIB},
    {"math.bitShiftRight", "ii>i", shift_right, LIB},
    {"math.bitShiftRight", "ui>u", shift_right, LIB},
    {NULL, NULL, NULL, 0},
};
