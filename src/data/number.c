// SPDX-License-Identifier: Apache-2.0
/*
 * Most numbers in objects are small decimals: up to 19 digits that fit 53 bits, scaled by a power
 * of ten that a double holds exactly, need one multiplication or division (Clinger 1990).
 * Everything else goes to the C library under the "C" locale, which glibc hands out without
 * allocating.
 */
#include "data/number.h"
#include "base/mem.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_simple(const char *s, size_t len, double *out)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *end = s + len;
    bool negative = s < end && *s == '-';
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    uint64_t digits = 0;
    int scale = 0, count = 0;
    for (bool point = false; s < end && ((*s >= '0' && *s <= '9') || *s == '.'); s++) {
        if (*s == '.') {
            point = true;
            continue;
        }
        if (++count > 19)
            return false;
        digits = digits * 10 + (uint64_t)(*s - '0');
        scale -= point;
    }
    if (s < end) {
        s++; /* e */
        bool down = s < end && *s == '-';
        if (s < end && (*s == '-' || *s == '+'))
            s++;
        int e = 0;
        for (; s < end; s++) {
            if (e > 1000)
                return false;
            e = e * 10 + (*s - '0');
        }
        scale += down ? -e : e;
    }
    if (digits >> 53 || scale < -22 || scale > 22)
        return false;
    double d = (double)digits;
    d = scale < 0 ? d / powers[-scale] : d * powers[scale];
    *out = negative ? -d : d;
    return true;
}

bool number_read_double(const char *s, size_t len, double *out)
{
    if (read_simple(s, len, out))
        return true;
    char small[128], *text = len < sizeof(small) ? small : mem_alloc(len + 1);
    memcpy(text, s, len);
    text[len] = '\0';
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *out = strtod_l(text, NULL, c);
    freelocale(c);
    if (text != small)
        mem_free(text);
    return isfinite(*out);
}

size_t number_write_double(char *out, double d)
{
    if (d == floor(d) && fabs(d) < 1e15 && !(d == 0 && signbit(d)))
        return number_write_int(out, (int64_t)d);
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
    int len = 0;
    for (int precision = 15; precision <= 17; precision++) {
        len = snprintf(out, NUMBER_TEXT_MAX, "%.*g", precision, d);
        if (strtod(out, NULL) == d)
            break;
    }
    uselocale(before);
    freelocale(c);
    return (size_t)len;
}

size_t number_write_uint(char *out, uint64_t u)
{
    char back[NUMBER_TEXT_MAX];
    size_t n = 0;
    do {
        back[n++] = (char)('0' + u % 10);
    } while (u /= 10);
    for (size_t i = 0; i < n; i++)
        out[i] = back[n - 1 - i];
    out[n] = '\0';
    return n;
}

size_t number_write_int(char *out, int64_t i)
{
    if (i >= 0)
        return number_write_uint(out, (uint64_t)i);
    out[0] = '-';
    return 1 + number_write_uint(out + 1, -(uint64_t)i);
}
