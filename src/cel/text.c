// SPDX-License-Identifier: Apache-2.0
/* UTF-8 and the printing of numbers as the language has it: shortest digits that read back. */
#include "cel/cel_int.h"
#include "data/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int cel_utf8_next(const char *s, size_t len, uint32_t *cp)
{
    const unsigned char *u = (const unsigned char *)s;
    unsigned n = u[0] < 0x80   ? 1
                 : u[0] < 0xc2 ? 0
                 : u[0] < 0xe0 ? 2
                 : u[0] < 0xf0 ? 3
                 : u[0] < 0xf5 ? 4
                               : 0;
    *cp = 0xfffd;
    if (n == 1) {
        *cp = u[0];
        return 1;
    }
    if (!n || n > len)
        return 1;
    uint32_t c = u[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (u[i] & 0x3f);
    }
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 1;
    *cp = c;
    return (int)n;
}

size_t cel_utf8_count(const char *s, size_t len)
{
    size_t n = 0;
    uint32_t cp;
    for (size_t i = 0; i < len; n++)
        i += (unsigned char)s[i] < 0x80 ? 1 : (size_t)cel_utf8_next(s + i, len - i, &cp);
    return n;
}

bool cel_utf8_valid(const char *s, size_t len)
{
    uint32_t cp;
    for (size_t i = 0; i < len;) {
        int n = cel_utf8_next(s + i, len - i, &cp);
        if (cp == 0xfffd && n == 1)
            return false;
        i += (size_t)n;
    }
    return true;
}

unsigned cel_utf8_put(char *out, uint32_t cp)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

/* The fewest significant digits that read back as d (which is finite), and the exponent of the
 * first. Returns how many digits. */
static int shortest(double d, char digits[20], int *exponent)
{
    char text[NUMBER_TEXT_MAX];
    size_t len = number_write_double(text, d);
    int n = 0, point = 0, exp = 0; /* digits before the point, what the text adds to them */
    bool fraction = false;
    text[len < sizeof(text) ? len : sizeof(text) - 1] = '\0';
    for (const char *p = text + (text[0] == '-'); *p; p++) {
        if (*p == '.') {
            fraction = true;
        } else if (*p == 'e' || *p == 'E') {
            exp = atoi(p + 1);
            break;
        } else if (n || *p != '0') {
            if (n < 19)
                digits[n++] = *p;
            point += !fraction;
        } else {
            point -= fraction; /* zeroes between the point and the first digit */
        }
    }
    while (n > 1 && digits[n - 1] == '0')
        n--;
    if (!n) {
        digits[n++] = '0';
        point = 1;
    }
    digits[n] = '\0';
    *exponent = point - 1 + exp;
    return n;
}

static const char *not_finite(double d)
{
    return isnan(d) ? "NaN" : isinf(d) ? (d > 0 ? "+Inf" : "-Inf") : NULL;
}

static size_t plain_digits(char *out, double d, const char *digits, int n, int exponent)
{
    char *o = out;
    if (signbit(d))
        *o++ = '-';
    if (exponent < 0) {
        *o++ = '0';
        *o++ = '.';
        for (int i = -1; i > exponent; i--)
            *o++ = '0';
        memcpy(o, digits, (size_t)n);
        o += n;
    } else {
        for (int i = 0; i <= exponent || i < n; i++) {
            if (i == exponent + 1)
                *o++ = '.';
            *o++ = i < n ? digits[i] : '0';
        }
    }
    *o = '\0';
    return (size_t)(o - out);
}

size_t cel_format_double_plain(char out[400], double d)
{
    char digits[20];
    int exponent;
    if (not_finite(d))
        return (size_t)sprintf(out, "%s", not_finite(d));
    int n = shortest(d, digits, &exponent);
    return plain_digits(out, d, digits, n, exponent);
}

void cel_format_double(char out[40], double d)
{
    char digits[20];
    int exponent;
    if (not_finite(d)) {
        strcpy(out, not_finite(d));
        return;
    }
    int n = shortest(d, digits, &exponent);
    if (exponent < -4 || exponent >= 6) {
        char *o = out;
        if (signbit(d))
            *o++ = '-';
        *o++ = digits[0];
        if (n > 1) {
            *o++ = '.';
            memcpy(o, digits + 1, (size_t)(n - 1));
            o += n - 1;
        }
        sprintf(o, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    plain_digits(out, d, digits, n, exponent);
}
