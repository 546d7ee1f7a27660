// SPDX-License-Identifier: Apache-2.0
/*
 * What plain scalars mean to Kubernetes: the rules of go.yaml.in/yaml/v2 resolve.go with Go's
 * strconv below it. YAML 1.1 booleans and nulls, octal with a leading 0, underscores in numbers, no
 * base 60; what looks like a date stays text.
 */
#include "data/number.h"
#include "data/yaml_int.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TAG_PREFIX "tag:yaml.org,2002:"
#define NUMBER_LONGEST 4096 /* longer digits are text: no number needs them */

static const struct word {
    char text[8];
    struct yaml_scalar means;
} words[] = {
    {"", {.kind = YAML_NULL}},
    {"~", {.kind = YAML_NULL}},
    {"null", {.kind = YAML_NULL}},
    {"Null", {.kind = YAML_NULL}},
    {"NULL", {.kind = YAML_NULL}},
    {"y", {.kind = YAML_BOOL, .as.b = true}},
    {"Y", {.kind = YAML_BOOL, .as.b = true}},
    {"yes", {.kind = YAML_BOOL, .as.b = true}},
    {"Yes", {.kind = YAML_BOOL, .as.b = true}},
    {"YES", {.kind = YAML_BOOL, .as.b = true}},
    {"true", {.kind = YAML_BOOL, .as.b = true}},
    {"True", {.kind = YAML_BOOL, .as.b = true}},
    {"TRUE", {.kind = YAML_BOOL, .as.b = true}},
    {"on", {.kind = YAML_BOOL, .as.b = true}},
    {"On", {.kind = YAML_BOOL, .as.b = true}},
    {"ON", {.kind = YAML_BOOL, .as.b = true}},
    {"n", {.kind = YAML_BOOL}},
    {"N", {.kind = YAML_BOOL}},
    {"no", {.kind = YAML_BOOL}},
    {"No", {.kind = YAML_BOOL}},
    {"NO", {.kind = YAML_BOOL}},
    {"false", {.kind = YAML_BOOL}},
    {"False", {.kind = YAML_BOOL}},
    {"FALSE", {.kind = YAML_BOOL}},
    {"off", {.kind = YAML_BOOL}},
    {"Off", {.kind = YAML_BOOL}},
    {"OFF", {.kind = YAML_BOOL}},
    {".nan", {.kind = YAML_FLOAT, .as.d = NAN}},
    {".NaN", {.kind = YAML_FLOAT, .as.d = NAN}},
    {".NAN", {.kind = YAML_FLOAT, .as.d = NAN}},
    {".inf", {.kind = YAML_FLOAT, .as.d = INFINITY}},
    {".Inf", {.kind = YAML_FLOAT, .as.d = INFINITY}},
    {".INF", {.kind = YAML_FLOAT, .as.d = INFINITY}},
    {"+.inf", {.kind = YAML_FLOAT, .as.d = INFINITY}},
    {"+.Inf", {.kind = YAML_FLOAT, .as.d = INFINITY}},
    {"+.INF", {.kind = YAML_FLOAT, .as.d = INFINITY}},
    {"-.inf", {.kind = YAML_FLOAT, .as.d = -INFINITY}},
    {"-.Inf", {.kind = YAML_FLOAT, .as.d = -INFINITY}},
    {"-.INF", {.kind = YAML_FLOAT, .as.d = -INFINITY}},
};

static bool find_word(const char *s, size_t len, struct yaml_scalar *out)
{
    if (len >= sizeof(words[0].text))
        return false;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i].text) == len && memcmp(words[i].text, s, len) == 0) {
            *out = words[i].means;
            return true;
        }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- integers ---- */

static int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

static bool read_digits(const char *s, size_t len, unsigned base, uint64_t *out)
{
    if (!len)
        return false;
    *out = 0;
    for (size_t i = 0; i < len; i++) {
        int d = digit_value(s[i]);
        if (d >= (int)base || __builtin_mul_overflow(*out, (uint64_t)base, out) ||
            __builtin_add_overflow(*out, (uint64_t)d, out))
            return false;
    }
    return true;
}

static bool put_integer(bool negative, bool sign, uint64_t u, struct yaml_scalar *out)
{
    if (u <= (uint64_t)INT64_MAX + negative) {
        out->kind = YAML_INT;
        out->as.i = negative ? (int64_t)-u : (int64_t)u;
        return true;
    }
    out->kind = YAML_UINT;
    out->as.u = u;
    return !sign; /* beyond int64 only without a sign */
}

/* Go's ParseInt(s, 0, 64), then ParseUint; s has no underscores. */
static bool read_integer(const char *s, size_t len, struct yaml_scalar *out)
{
    bool sign = len && (*s == '-' || *s == '+'), negative = sign && *s == '-';
    uint64_t u;
    unsigned base = 10;
    s += sign;
    len -= sign;
    if (len > 1 && *s == '0') {
        char c = s[1] | 0x20;
        base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
        size_t prefix = c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
        s += prefix;
        len -= prefix;
    }
    return read_digits(s, len, base, &u) && put_integer(negative, sign, u, out);
}

/* resolve.go tries "0b" once more by hand, where a sign may stand behind the prefix. */
static bool read_late_sign(const char *s, size_t len, struct yaml_scalar *out)
{
    uint64_t u;
    if (len < 4 || memcmp(s, "0b", 2) != 0 || (s[2] != '-' && s[2] != '+'))
        return false;
    return read_digits(s + 3, len - 3, 2, &u) && put_integer(s[2] == '-', true, u, out);
}

/* ---- floats ---- */

/* [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? */
static bool is_float(const char *s, size_t len)
{
    const char *end = s + len;
    if (s < end && (*s == '-' || *s == '+'))
        s++;
    size_t before = 0, after = 0;
    for (; s < end && is_digit(*s); s++)
        before++;
    if (s < end && *s == '.')
        for (s++; s < end && is_digit(*s); s++)
            after++;
    if (!before && !after)
        return false;
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        if (s < end && (*s == '-' || *s == '+'))
            s++;
        if (s == end)
            return false;
        while (s < end && is_digit(*s))
            s++;
    }
    return s == end;
}

static bool read_float(const char *s, size_t len, struct yaml_scalar *out)
{
    out->kind = YAML_FLOAT;
    return is_float(s, len) && number_read_double(s, len, &out->as.d);
}

/* ---- dates ---- */

static bool take_digits(const char **s, const char *end, int most, int *out)
{
    int n = 0;
    *out = 0;
    while (*s < end && n < most && is_digit(**s)) {
        *out = *out * 10 + (*(*s)++ - '0');
        n++;
    }
    return n > 0;
}

static bool take(const char **s, const char *end, char c)
{
    if (*s == end || **s != c)
        return false;
    ++*s;
    return true;
}

static int days_in(int year, int month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* ":07" is two digits in every layout that a date text may have here. */
static bool take_zone(const char **s, const char *end)
{
    int hours, minutes;
    if (take(s, end, 'Z'))
        return true;
    if (!take(s, end, '+') && !take(s, end, '-'))
        return false;
    const char *at = *s;
    if (end - at < 5 || !take_digits(s, end, 2, &hours) || *s - at != 2 || !take(s, end, ':') ||
        !take_digits(s, end, 2, &minutes) || *s - at != 5)
        return false;
    return hours <= 24 && minutes < 60;
}

/* 2006-1-2, then nothing, " 15:4:5[.9]", or "T15:4:5[.9]" with a zone. */
static bool is_timestamp(const char *s, size_t len)
{
    const char *end = s + len;
    int year, month, day, hour, minute, second;
    if (len < 8 || !is_digit(s[0]) || !is_digit(s[1]) || !is_digit(s[2]) || !is_digit(s[3]) ||
        !take_digits(&s, end, 4, &year) || !take(&s, end, '-') ||
        !take_digits(&s, end, 2, &month) || !take(&s, end, '-') || !take_digits(&s, end, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        return false;
    if (s == end)
        return true;
    bool zone = *s == 'T' || *s == 't';
    if (zone)
        s++;
    else if (!take(&s, end, ' '))
        return false;
    else
        while (s < end && *s == ' ')
            s++;
    if (!take_digits(&s, end, 2, &hour) || !take(&s, end, ':') ||
        !take_digits(&s, end, 2, &minute) || !take(&s, end, ':') ||
        !take_digits(&s, end, 2, &second) || hour > 23 || minute > 59 || second > 59)
        return false;
    if (s < end && (*s == '.' || *s == ',') && s + 1 < end && is_digit(s[1]))
        for (s++; s < end && is_digit(*s); s++)
            ;
    return zone ? take_zone(&s, end) && s == end : s == end;
}

/* ---- all together ---- */

/* Go's ParseFloat as far as a text that begins with a dot goes: underscores between digits. */
static bool read_dotted(const char *s, size_t len, struct yaml_scalar *out)
{
    char text[NUMBER_LONGEST];
    size_t n = 0;
    if (len > sizeof(text))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] != '_')
            text[n++] = s[i];
        else if (i == 0 || i + 1 == len || !is_digit(s[i - 1]) || !is_digit(s[i + 1]))
            return false;
    }
    return read_float(text, n, out);
}

/* The text begins with a digit or a sign. */
static bool read_number(const char *s, size_t len, struct yaml_scalar *out)
{
    char plain[NUMBER_LONGEST];
    size_t n = 0;
    if (len > sizeof(plain))
        return false;
    for (size_t i = 0; i < len; i++)
        if (s[i] != '_')
            plain[n++] = s[i];
    return read_integer(plain, n, out) || read_float(plain, n, out) ||
           read_late_sign(plain, n, out);
}

/* What the text alone means; *date: it looks like one. */
static struct yaml_scalar guess(const char *s, size_t len, bool may_be_date, bool *date)
{
    struct yaml_scalar sc = {.kind = YAML_TEXT};
    if (find_word(s, len, &sc))
        return sc;
    char c = *s;
    if (c == '.' && read_dotted(s, len, &sc))
        return sc;
    if (is_digit(c) || c == '-' || c == '+') {
        *date = may_be_date && is_timestamp(s, len);
        if (!*date && read_number(s, len, &sc))
            return sc;
    }
    return (struct yaml_scalar){.kind = YAML_TEXT};
}

bool yaml_resolve(const char *tag, bool plain, const char *s, size_t len, struct yaml_scalar *out)
{
    static const struct {
        const char *name;
        enum yaml_scalar_kind kind, also;
    } tags[] = {
        {"bool", YAML_BOOL, YAML_BOOL},
        {"int", YAML_INT, YAML_UINT},
        {"float", YAML_FLOAT, YAML_FLOAT},
        {"null", YAML_NULL, YAML_NULL},
    };
    const char *name = NULL;
    bool date = false;
    *out = (struct yaml_scalar){.kind = YAML_TEXT};
    if (!tag && !plain)
        return true;
    if (tag && strncmp(tag, TAG_PREFIX, strlen(TAG_PREFIX)) == 0)
        name = tag + strlen(TAG_PREFIX);
    if (tag && !name)
        return true;
    if (!name) {
        *out = guess(s, len, true, &date);
        return true;
    }
    if (strcmp(name, "binary") == 0) {
        out->binary = true;
        return true;
    }
    if (strcmp(name, "timestamp") == 0) {
        guess(s, len, true, &date);
        return date;
    }
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        if (strcmp(name, tags[i].name) != 0)
            continue;
        *out = guess(s, len, false, &date);
        if (tags[i].kind == YAML_FLOAT && out->kind == YAML_INT)
            *out = (struct yaml_scalar){.kind = YAML_FLOAT, .as.d = (double)out->as.i};
        return out->kind == tags[i].kind || out->kind == tags[i].also;
    }
    return true;
}

/* Shortest digits that give the same float of 32 bits, as the original has it, laid out like Go's
 * 'g': with an exponent below -4 and from 6 on. */
static size_t float_key(double d, char out[64])
{
    char digits[32];
    float f = (float)d;
    if (isnan(d))
        return (size_t)snprintf(out, 64, ".nan");
    if (isinf(f))
        return (size_t)snprintf(out, 64, f > 0 ? ".inf" : "-.inf");
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0), before = uselocale(c);
    double wide = (double)f;
    int precision = 0;
    do
        snprintf(digits, sizeof(digits), "%.*e", precision, wide);
    while (strtof(digits, NULL) != f && precision++ < 9);
    int exponent = atoi(strchr(digits, 'e') + 1);
    int decimals = precision > exponent ? precision - exponent : 0;
    int len = exponent < -4 || exponent >= 6 ? snprintf(out, 64, "%s", digits)
                                             : snprintf(out, 64, "%.*f", decimals, wide);
    uselocale(before);
    freelocale(c);
    return (size_t)len;
}

size_t yaml_key_text(const struct yaml_scalar *sc, char out[64])
{
    switch (sc->kind) {
    case YAML_BOOL:
        return (size_t)snprintf(out, 64, sc->as.b ? "true" : "false");
    case YAML_INT:
        return number_write_int(out, sc->as.i);
    case YAML_FLOAT:
        return float_key(sc->as.d, out);
    case YAML_NULL:
    case YAML_UINT:
    case YAML_TEXT:
        break;
    }
    return 0;
}

bool yaml_base64(const char *s, size_t len, char *to, size_t *out_len)
{
    uint32_t bits = 0;
    unsigned have = 0, pads = 0;
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        unsigned v;
        if (c == '\n' || c == '\r')
            continue;
        if (c >= 'A' && c <= 'Z')
            v = (unsigned)(c - 'A');
        else if (c >= 'a' && c <= 'z')
            v = (unsigned)(c - 'a') + 26;
        else if (is_digit(c))
            v = (unsigned)(c - '0') + 52;
        else if (c == '+' || c == '/')
            v = c == '+' ? 62 : 63;
        else if (c == '=' && have >= 2 && have + pads < 4) {
            pads++;
            continue;
        } else
            return false;
        if (pads)
            return false;
        bits = bits << 6 | v;
        if (++have == 4) {
            to[n++] = (char)(bits >> 16);
            to[n++] = (char)(bits >> 8);
            to[n++] = (char)bits;
            have = 0;
        }
    }
    if (have && have + pads != 4)
        return false;
    if (have >= 2)
        to[n++] = (char)(bits >> (have == 3 ? 10 : 4));
    if (have == 3)
        to[n++] = (char)(bits >> 2);
    *out_len = n;
    return have != 1;
}
