// SPDX-License-Identifier: Apache-2.0
/*
 * Quantities in the form in which a server gives them back: no fraction, the largest suffix of the
 * family they were written in that leaves an integer, milli where thousandths are needed, rounded
 * up below that. Source of the rules: k8s.io/apimachinery pkg/api/resource/quantity.go.
 */
#include "sim/types.h"

#include <stdio.h>
#include <string.h>

enum family { DECIMAL, BINARY, EXPONENT };

/* digits × 10^ten × 2^two, digits a decimal number without leading zeros */
struct quantity {
    char digits[48];
    size_t n;
    int ten;
    bool negative;
    enum family family;
    int two;
};

static bool suffix_of(const char *s, size_t len, struct quantity *q)
{
    static const struct {
        const char *text;
        int ten, two;
    } table[] = {{"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},
                 {"k", 3, 0},   {"M", 6, 0},   {"G", 9, 0},   {"T", 12, 0},
                 {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
                 {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        if (strlen(table[i].text) == len && memcmp(table[i].text, s, len) == 0) {
            q->ten += table[i].ten;
            q->two = table[i].two;
            q->family = table[i].two ? BINARY : DECIMAL;
            return true;
        }
    if (len < 2 || (s[0] != 'e' && s[0] != 'E'))
        return false;
    int exponent = 0;
    size_t at = 1;
    bool minus = s[at] == '-';
    at += s[at] == '-' || s[at] == '+';
    if (at == len)
        return false;
    for (; at < len; at++) {
        if (s[at] < '0' || s[at] > '9' || exponent > 100)
            return false;
        exponent = exponent * 10 + (s[at] - '0');
    }
    q->ten += minus ? -exponent : exponent;
    q->family = EXPONENT;
    return true;
}

static bool parse(const char *s, size_t len, struct quantity *q)
{
    size_t at = 0;
    bool any = false, point = false;
    if (at < len && (s[at] == '+' || s[at] == '-'))
        q->negative = s[at++] == '-';
    for (; at < len && ((s[at] >= '0' && s[at] <= '9') || (s[at] == '.' && !point)); at++) {
        if (s[at] == '.') {
            point = true;
            continue;
        }
        any = true;
        q->ten -= point;
        if (q->n == 0 && s[at] == '0')
            continue;
        if (q->n + 1 >= sizeof(q->digits))
            return false;
        q->digits[q->n++] = s[at];
    }
    return any && suffix_of(s + at, len - at, q);
}

/* The value in units of 10^-9 as a 128-bit number; false when it does not fit. */
static bool nanos(const struct quantity *q, unsigned __int128 *out)
{
    const unsigned __int128 limit = ((unsigned __int128)1 << 120);
    unsigned __int128 v = 0;
    int ten = q->ten + 9;
    for (size_t i = 0; i < q->n; i++) {
        if (v > limit / 10)
            return false;
        v = v * 10 + (unsigned)(q->digits[i] - '0');
    }
    for (int i = 0; i < q->two; i++) {
        if (v > limit / 2)
            return false;
        v *= 2;
    }
    for (; v && ten > 0; ten--) {
        if (v > limit / 10)
            return false;
        v *= 10;
    }
    for (; v && ten < 0; ten++)
        v = v / 10 + (v % 10 != 0); /* up, as the server does */
    *out = v;
    return true;
}

static void print(char *out, unsigned __int128 v, bool negative, const char *suffix)
{
    char digits[48];
    size_t n = 0, at = 0;
    do {
        digits[n++] = (char)('0' + (int)(v % 10));
        v /= 10;
    } while (v);
    if (negative)
        out[at++] = '-';
    while (n)
        out[at++] = digits[--n];
    snprintf(out + at, 8, "%s", suffix);
}

int sim_quantity_compare(const char *a, const char *b)
{
    struct quantity p = {0}, q = {0};
    unsigned __int128 x, y;
    if (!parse(a, strlen(a), &p) || !nanos(&p, &x) || !parse(b, strlen(b), &q) || !nanos(&q, &y))
        return 0;
    if (p.negative != q.negative)
        return p.negative ? -1 : 1;
    int c = x < y ? -1 : x > y;
    return p.negative ? -c : c;
}

bool sim_quantity_canonical(const char *s, size_t len, bool milli, char *out)
{
    static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
    static const char *const decimal[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
    const unsigned __int128 one = 1000000000;
    struct quantity q = {0};
    unsigned __int128 v;
    if (!parse(s, len, &q) || !nanos(&q, &v))
        return false;
    if (v == 0) {
        snprintf(out, 64, "0");
        return true;
    }
    if (milli && v % 1000000)
        v += 1000000 - v % 1000000;
    if (q.family == BINARY && v % one == 0 && v / one >= 1024) {
        size_t i = 0;
        v /= one;
        for (; v % 1024 == 0 && i < 6; i++)
            v /= 1024;
        print(out, v, q.negative, binary[i]);
        return true;
    }
    size_t i = 0; /* less than 1024, or no integer: written as decimal */
    for (; v % 1000 == 0 && i < 9; i++)
        v /= 1000;
    if (q.family == EXPONENT) {
        char e[8] = "";
        if (i != 3)
            snprintf(e, sizeof(e), "e%d", ((int)i - 3) * 3);
        print(out, v, q.negative, e);
        return true;
    }
    print(out, v, q.negative, decimal[i]);
    return true;
}
