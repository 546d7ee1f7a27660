// SPDX-License-Identifier: Apache-2.0
#include "schema/number.h"

#include "data/number.h"

#include <math.h>
#include <string.h>

bool schema_is_number(const struct val *v)
{
    enum val_type t = val_type(v);
    return t == VAL_INT || t == VAL_UINT || (t == VAL_DOUBLE && !isnan(v->as.d));
}

bool schema_is_integer(const struct val *v)
{
    if (val_type(v) != VAL_DOUBLE)
        return schema_is_number(v);
    return fabs(v->as.d) <= 9007199254740991.0 && v->as.d == floor(v->as.d);
}

int schema_number_compare(const struct val *a, const struct val *b)
{
    /* val_compare orders all numbers as one kind */
    return val_compare(a, b);
}

/* m * 10^e, the shortest decimal that reads back as the number; the sign is dropped. */
struct decimal {
    uint64_t m;
    int e;
};

static struct decimal decimal_of(const struct val *v)
{
    if (v->type == VAL_INT)
        return (struct decimal){v->as.i < 0 ? 0 - (uint64_t)v->as.i : (uint64_t)v->as.i, 0};
    if (v->type == VAL_UINT)
        return (struct decimal){v->as.u, 0};
    char text[NUMBER_TEXT_MAX];
    struct decimal d = {0, 0};
    bool point = false;
    size_t n = number_write_double(text, v->as.d);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '.') {
            point = true;
        } else if (text[i] == 'e' || text[i] == 'E') {
            int sign = 1, x = 0;
            for (i++; i < n; i++)
                if (text[i] == '-')
                    sign = -1;
                else if (text[i] >= '0' && text[i] <= '9')
                    x = x * 10 + (text[i] - '0');
            d.e += sign * x;
        } else if (text[i] >= '0' && text[i] <= '9') {
            /* at most 17 digits matter; zeros that only hold the place go to the exponent */
            if (d.m > UINT64_MAX / 10 - 10) {
                d.e += point ? 0 : 1;
                continue;
            }
            d.m = d.m * 10 + (uint64_t)(text[i] - '0');
            d.e -= point ? 1 : 0;
        }
    }
    return d;
}

__extension__ typedef unsigned __int128 u128;

static uint64_t mulmod(uint64_t a, uint64_t b, uint64_t m)
{
    return (uint64_t)((u128)a * b % m);
}

bool schema_is_multiple(const struct val *v, const struct val *of)
{
    if ((v->type == VAL_DOUBLE && isinf(v->as.d)) || (of->type == VAL_DOUBLE && isinf(of->as.d)))
        return false;
    struct decimal a = decimal_of(v), b = decimal_of(of);
    if (!a.m || !b.m)
        return !a.m;
    if (a.e >= b.e) {
        uint64_t rest = a.m % b.m;
        for (int k = a.e - b.e; k > 0 && rest; k--)
            rest = mulmod(rest, 10, b.m);
        return rest == 0;
    }
    for (int k = b.e - a.e; k > 0; k--) { /* a.m has to be a multiple of b.m * 10^k */
        if (b.m > a.m / 10)
            return false;
        b.m *= 10;
    }
    return a.m % b.m == 0;
}
