// SPDX-License-Identifier: Apache-2.0
/* The standard functions: operators' signatures, conversions, size, simple string tests, optionals.
 */
#include "cel/cel_int.h"
#include "cel/words.h"
#include "data/number.h"

#include <math.h>
#include <stdio.h>

#define ARGS struct frame *f, const struct cel_value *x, unsigned n

static struct cel_value bad_conversion(struct frame *f, struct cel_value v, const char *to)
{
    if (!kubernetes_ways(f) && v.kind == CEL_STRING && v.len <= 64)
        return cel_fail(f, "type conversion error: '%.*s' is no %s", (int)v.len, v.as.s, to);
    bool time = strcmp(to, "timestamp") == 0, span = strcmp(to, "duration") == 0;
    return cel_fail(f, "type conversion error from '%s' to '%s'", cel_type_name_of(v),
                    time   ? "google.protobuf.Timestamp"
                    : span ? "google.protobuf.Duration"
                           : to);
}

static struct cel_value out_of_range(struct frame *f, const char *type)
{
    return cel_fail(f, kubernetes_ways(f) ? "%s overflow" : "%s out of range", type);
}

static struct cel_value same(ARGS)
{
    (void)f;
    (void)n;
    return *x;
}

static struct cel_value to_type(ARGS)
{
    (void)f;
    (void)n;
    if (x->kind == CEL_MAP && x->rep == CEL_REP_TYPED && x->tag)
        return cel_t_value(&cel_t_object);
    return cel_t_value(cel_value_type(*x));
}

static struct cel_value string_to_bool(ARGS)
{
    (void)n;
    static const char *const words[] = {"1", "t", "T", "TRUE",  "true",  "True",
                                        "0", "f", "F", "FALSE", "false", "False"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == x->len && memcmp(words[i], x->as.s, x->len) == 0)
            return cel_bool(i < 6);
    return bad_conversion(f, *x, "bool");
}

static struct cel_value string_to_bytes(ARGS)
{
    (void)f;
    (void)n;
    return cel_bytes(x->as.s, x->len);
}

static struct cel_value int_to_double(ARGS)
{
    (void)f;
    (void)n;
    return cel_double((double)x->as.i);
}

static struct cel_value uint_to_double(ARGS)
{
    (void)f;
    (void)n;
    return cel_double((double)x->as.u);
}

/* [-+]?digits[.digits][e[-+]digits], with a digit on one side of the point. */
static bool is_decimal(const char *s, const char *end)
{
    bool any = false;
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    for (; s < end && *s >= '0' && *s <= '9'; s++)
        any = true;
    if (s < end && *s == '.')
        for (s++; s < end && *s >= '0' && *s <= '9'; s++)
            any = true;
    if (any && s < end && (*s | 0x20) == 'e') {
        s++;
        s += s < end && (*s == '-' || *s == '+');
        for (any = false; s < end && *s >= '0' && *s <= '9'; s++)
            any = true;
    }
    return any && s == end;
}

static struct cel_value string_to_double(ARGS)
{
    (void)n;
    static const char *const words[] = {"nan", "inf", "infinity"};
    const char *s = x->as.s, *end = s + x->len;
    double d;
    if (is_decimal(s, end))
        return number_read_double(s, x->len, &d) ? cel_double(d) : bad_conversion(f, *x, "double");
    bool sign = s < end && (*s == '-' || *s == '+'), negative = sign && *s == '-';
    s += sign;
    for (size_t i = sign ? 1 : 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == (size_t)(end - s) &&
            strncasecmp(words[i], s, (size_t)(end - s)) == 0)
            return cel_double(i == 0 ? NAN : negative ? -INFINITY : INFINITY);
    return bad_conversion(f, *x, "double");
}

static struct cel_value double_to_int(ARGS)
{
    (void)n;
    if (!(x->as.d > -9223372036854775808.0 && x->as.d < 9223372036854775808.0))
        return out_of_range(f, "integer");
    return cel_int((int64_t)x->as.d);
}

static struct cel_value uint_to_int(ARGS)
{
    (void)n;
    return x->as.u <= INT64_MAX ? cel_int((int64_t)x->as.u) : out_of_range(f, "integer");
}

static struct cel_value time_to_int(ARGS)
{
    (void)f;
    (void)n;
    return cel_int(x->as.i);
}

/* Decimal digits with an optional sign; *negative only when sign is allowed. */
static bool parse_magnitude(struct cel_value v, bool sign, bool *negative, uint64_t *out)
{
    const char *s = v.as.s, *end = s + v.len;
    *negative = false;
    if (sign && s < end && (*s == '-' || *s == '+'))
        *negative = *s++ == '-';
    if (s == end)
        return false;
    *out = 0;
    for (; s < end; s++) {
        if (*s < '0' || *s > '9')
            return false;
        if (__builtin_mul_overflow(*out, (uint64_t)10, out) ||
            __builtin_add_overflow(*out, (uint64_t)(*s - '0'), out))
            return false;
    }
    return true;
}

static struct cel_value string_to_int(ARGS)
{
    (void)n;
    uint64_t u;
    bool negative;
    if (!parse_magnitude(*x, true, &negative, &u) || u > (uint64_t)INT64_MAX + negative)
        return bad_conversion(f, *x, "int");
    return cel_int(negative ? (int64_t)(0 - u) : (int64_t)u);
}

static struct cel_value string_to_uint(ARGS)
{
    (void)n;
    uint64_t u;
    bool negative;
    if (!parse_magnitude(*x, false, &negative, &u))
        return bad_conversion(f, *x, "uint");
    return cel_uint(u);
}

static struct cel_value int_to_uint(ARGS)
{
    (void)n;
    return x->as.i >= 0 ? cel_uint((uint64_t)x->as.i) : out_of_range(f, "unsigned integer");
}

static struct cel_value double_to_uint(ARGS)
{
    (void)n;
    if (!(x->as.d >= 0 && x->as.d < 18446744073709551616.0))
        return out_of_range(f, "unsigned integer");
    return cel_uint((uint64_t)x->as.d);
}

struct cel_value cel_value_to_string(struct frame *f, struct cel_value v)
{
    char buf[64];
    int len;
    switch (v.kind) {
    case CEL_STRING:
        return v;
    case CEL_BYTES:
        if (!cel_utf8_valid(v.as.s, v.len))
            return cel_fail(f, "invalid UTF-8 in bytes, cannot convert to string");
        return cel_string(v.as.s, v.len);
    case CEL_BOOL:
        return v.as.b ? cel_string("true", 4) : cel_string("false", 5);
    case CEL_INT:
        len = snprintf(buf, sizeof(buf), "%lld", (long long)v.as.i);
        break;
    case CEL_UINT:
        len = snprintf(buf, sizeof(buf), "%llu", (unsigned long long)v.as.u);
        break;
    case CEL_DOUBLE:
        cel_format_double(buf, v.as.d);
        len = (int)strlen(buf);
        break;
    case CEL_TIMESTAMP:
        len = (int)cel_time_print(buf, sizeof(buf), v);
        break;
    case CEL_DURATION:
        len = (int)cel_duration_print(buf, sizeof(buf), v.as.i);
        break;
    case CEL_TYPE:
        return cel_string(v.as.type->name, strlen(v.as.type->name));
    default:
        return cel_fail_overload(f);
    }
    return cel_make_string(f, buf, (size_t)len);
}

static struct cel_value to_string(ARGS)
{
    (void)n;
    return cel_value_to_string(f, *x);
}

static struct cel_value int_to_time(ARGS)
{
    (void)n;
    return cel_time_in_range(x->as.i) ? cel_timestamp(x->as.i, 0) : out_of_range(f, "timestamp");
}

static struct cel_value string_to_time(ARGS)
{
    (void)n;
    int64_t sec;
    uint32_t nanos;
    int16_t offset;
    if (!cel_time_parse(x->as.s, x->len, &sec, &nanos, &offset))
        return bad_conversion(f, *x, "timestamp");
    if (!cel_time_in_range(sec))
        return out_of_range(f, "timestamp");
    struct cel_value t = cel_timestamp(sec, nanos);
    t.tag = (uint16_t)offset;
    return t;
}

static struct cel_value string_to_duration(ARGS)
{
    (void)n;
    int64_t d;
    return cel_duration_parse(x->as.s, x->len, &d) ? cel_duration(d)
                                                   : bad_conversion(f, *x, "duration");
}

/* ---- size and tests of strings ---- */

static struct cel_value size(ARGS)
{
    (void)n;
    if (x->kind != CEL_STRING)
        return cel_int(x->len);
    f->cost += x->len / 10;
    return cel_int((int64_t)cel_utf8_count(x->as.s, x->len));
}

static struct cel_value contains(ARGS)
{
    (void)n;
    f->cost += x[0].len / 10;
    return cel_bool(!x[1].len || memmem(x[0].as.s, x[0].len, x[1].as.s, x[1].len) != NULL);
}

static struct cel_value starts_with(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(x[1].len <= x[0].len && memcmp(x[0].as.s, x[1].as.s, x[1].len) == 0);
}

static struct cel_value ends_with(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(x[1].len <= x[0].len &&
                    memcmp(x[0].as.s + x[0].len - x[1].len, x[1].as.s, x[1].len) == 0);
}

/* ---- optionals ---- */

static struct cel_value optional_of(ARGS)
{
    (void)n;
    return cel_make_optional(f, *x);
}

static struct cel_value optional_non_zero(ARGS)
{
    (void)n;
    return cel_value_is_zero(*x) ? cel_optional_none() : cel_make_optional(f, *x);
}

static struct cel_value optional_none(ARGS)
{
    (void)f;
    (void)x;
    (void)n;
    return cel_optional_none();
}

static struct cel_value optional_value(ARGS)
{
    (void)n;
    return x->as.optional ? *x->as.optional : cel_fail(f, "optional.none() dereference");
}

static struct cel_value optional_has_value(ARGS)
{
    (void)f;
    (void)n;
    return cel_bool(x->as.optional != NULL);
}

/* or and orValue have nodes of their own; here for completeness of the table. */
static struct cel_value optional_or(ARGS)
{
    (void)f;
    (void)n;
    return x[0].as.optional ? x[0] : x[1];
}

static struct cel_value optional_or_value(ARGS)
{
    (void)f;
    (void)n;
    return x[0].as.optional ? *x[0].as.optional : x[1];
}

static struct cel_value first(ARGS)
{
    (void)n;
    return x->len ? cel_make_optional(f, cel_list_get(f, *x, 0)) : cel_optional_none();
}

static struct cel_value last(ARGS)
{
    (void)n;
    return x->len ? cel_make_optional(f, cel_list_get(f, *x, x->len - 1)) : cel_optional_none();
}

static struct cel_value unwrap(ARGS)
{
    (void)n;
    struct list_out out = {0};
    for (uint32_t i = 0; i < x->len; i++) {
        struct cel_value v = cel_list_get(f, *x, i);
        if (v.kind != CEL_OPTIONAL)
            return cel_fail_overload(f);
        if (v.as.optional)
            cel_list_out_add(f, &out, *v.as.optional);
    }
    return cel_list_out_done(f, &out);
}

#define ORDERED(op, fn)                                                                            \
    {op, "bb>b", fn, 0}, {op, "ii>b", fn, 0}, {op, "id>b", fn, 0}, {op, "iu>b", fn, 0},            \
        {op, "uu>b", fn, 0}, {op, "ud>b", fn, 0}, {op, "ui>b", fn, 0}, {op, "dd>b", fn, 0},        \
        {op, "di>b", fn, 0}, {op, "du>b", fn, 0}, {op, "ss>b", fn, 0}, {op, "yy>b", fn, 0},        \
        {op, "tt>b", fn, 0},                                                                       \
    {                                                                                              \
        op, "rr>b", fn, 0                                                                          \
    }

#define OPT CEL_LIB_OPTIONALS

const struct cel_fn_row cel_lib_core[] = {
    {"!_", "b>b", cel_op_not, 0},
    {"-_", "d>d", cel_op_neg, 0},
    {"-_", "i>i", cel_op_neg, 0},
    {"_==_", "AA>b", cel_op_eq, 0},
    {"_!=_", "AA>b", cel_op_ne, 0},
    {"_+_", "yy>y", cel_op_add, 0},
    {"_+_", "dd>d", cel_op_add, 0},
    {"_+_", "rr>r", cel_op_add, 0},
    {"_+_", "rt>t", cel_op_add, 0},
    {"_+_", "tr>t", cel_op_add, 0},
    {"_+_", "ii>i", cel_op_add, 0},
    {"_+_", "LALA>LA", cel_op_add, 0},
    {"_+_", "ss>s", cel_op_add, 0},
    {"_+_", "uu>u", cel_op_add, 0},
    {"_-_", "dd>d", cel_op_sub, 0},
    {"_-_", "rr>r", cel_op_sub, 0},
    {"_-_", "ii>i", cel_op_sub, 0},
    {"_-_", "tr>t", cel_op_sub, 0},
    {"_-_", "tt>r", cel_op_sub, 0},
    {"_-_", "uu>u", cel_op_sub, 0},
    {"_*_", "dd>d", cel_op_mul, 0},
    {"_*_", "ii>i", cel_op_mul, 0},
    {"_*_", "uu>u", cel_op_mul, 0},
    {"_/_", "dd>d", cel_op_div, 0},
    {"_/_", "ii>i", cel_op_div, 0},
    {"_/_", "uu>u", cel_op_div, 0},
    {"_%_", "ii>i", cel_op_mod, 0},
    {"_%_", "uu>u", cel_op_mod, 0},
    ORDERED("_<_", cel_op_lt),
    ORDERED("_<=_", cel_op_le),
    ORDERED("_>_", cel_op_gt),
    ORDERED("_>=_", cel_op_ge),
    {"_[_]", "LAi>A", cel_op_index, 0},
    {"_[_]", "MABA>B", cel_op_index, 0},
    {"_[_]", "OLAi>OA", cel_op_index, OPT},
    {"_[_]", "OMABA>OB", cel_op_index, OPT},
    {"_[?_]", "LAi>OA", cel_op_opt_index, OPT},
    {"_[?_]", "OLAi>OA", cel_op_opt_index, OPT},
    {"_[?_]", "MABA>OB", cel_op_opt_index, OPT},
    {"_[?_]", "OMABA>OB", cel_op_opt_index, OPT},
    {"@in", "ALA>b", cel_op_in, 0},
    {"@in", "AMAB>b", cel_op_in, 0},
    {"size", "y>i", size, 0},
    {"size", "y.>i", size, 0},
    {"size", "LA>i", size, 0},
    {"size", "LA.>i", size, 0},
    {"size", "MAB>i", size, 0},
    {"size", "MAB.>i", size, 0},
    {"size", "s>i", size, 0},
    {"size", "s.>i", size, 0},
    {"type", "A>YA", to_type, 0},
    {"dyn", "A>?", same, 0},
    {"bool", "b>b", same, 0},
    {"bool", "s>b", string_to_bool, 0},
    {"bytes", "y>y", same, 0},
    {"bytes", "s>y", string_to_bytes, 0},
    {"double", "d>d", same, 0},
    {"double", "i>d", int_to_double, 0},
    {"double", "s>d", string_to_double, 0},
    {"double", "u>d", uint_to_double, 0},
    {"duration", "r>r", same, 0},
    {"duration", "s>r", string_to_duration, 0},
    {"int", "i>i", same, 0},
    {"int", "d>i", double_to_int, 0},
    {"int", "r>i", time_to_int, 0},
    {"int", "s>i", string_to_int, 0},
    {"int", "t>i", time_to_int, 0},
    {"int", "u>i", uint_to_int, 0},
    {"string", "s>s", same, 0},
    {"string", "b>s", to_string, 0},
    {"string", "y>s", to_string, 0},
    {"string", "d>s", to_string, 0},
    {"string", "r>s", to_string, 0},
    {"string", "i>s", to_string, 0},
    {"string", "t>s", to_string, 0},
    {"string", "u>s", to_string, 0},
    {"timestamp", "t>t", same, 0},
    {"timestamp", "i>t", int_to_time, 0},
    {"timestamp", "s>t", string_to_time, 0},
    {"uint", "u>u", same, 0},
    {"uint", "d>u", double_to_uint, 0},
    {"uint", "i>u", int_to_uint, 0},
    {"uint", "s>u", string_to_uint, 0},
    {"contains", "s.s>b", contains, 0},
    {"endsWith", "s.s>b", ends_with, 0},
    {"startsWith", "s.s>b", starts_with, 0},
    {"optional.of", "A>OA", optional_of, OPT},
    {"optional.ofNonZeroValue", "A>OA", optional_non_zero, OPT},
    {"optional.none", ">OA", optional_none, OPT},
    {"value", "OA.>A", optional_value, OPT},
    {"hasValue", "OA.>b", optional_has_value, OPT},
    {"or", "OA.OA>OA", optional_or, OPT},
    {"orValue", "OA.A>A", optional_or_value, OPT},
    {"first", "LA.>OA", first, CEL_LIB_STRINGS_NEW},
    {"last", "LA.>OA", last, CEL_LIB_STRINGS_NEW},
    {"optional.unwrap", "LOA>LA", unwrap, OPT},
    {"unwrapOpt", "LOA.>LA", unwrap, OPT},
    {NULL, NULL, NULL, 0},
};
