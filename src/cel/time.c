// SPDX-License-Identifier: Apache-2.0
/*
 * Timestamps (seconds and nanoseconds since 1970, years 1 to 9999) and durations (nanoseconds in an
 * int64): reading, printing, fields in a zone.
 */
#include "base/zone.h"
#include "cel/cel_int.h"

#include <math.h>
#include <stdio.h>

#define TIME_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

bool cel_time_in_range(int64_t sec)
{
    return sec >= TIME_MIN && sec <= TIME_MAX;
}

struct date {
    int64_t year;
    unsigned month, day;  /* from 1 */
    unsigned day_of_year; /* from 0 */
};

static bool leap(int64_t y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static const unsigned char month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

/* Days since 1970-01-01 of the proleptic Gregorian calendar; years start in March inside. */
static int64_t days_from_date(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400);
    unsigned doy = (153 * (m + (m > 2 ? -3u : 9u)) + 2) / 5 + d - 1;
    unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

static struct date date_from_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned doe = (unsigned)(days - era * 146097);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned mp = (5 * doy + 2) / 153;
    struct date out = {.year = (int64_t)yoe + era * 400,
                       .month = mp < 10 ? mp + 3 : mp - 9,
                       .day = doy - (153 * mp + 2) / 5 + 1};
    out.year += out.month <= 2;
    out.day_of_year = out.day - 1;
    for (unsigned m = 1; m < out.month; m++)
        out.day_of_year += month_days[m - 1] + (m == 2 && leap(out.year) ? 1u : 0u);
    return out;
}

/* n digits at s, or -1. */
static int digits(const char *s, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        v = v * 10 + (s[i] - '0');
    }
    return v;
}

static bool valid_date(int y, int m, int d)
{
    if (y < 0 || m < 1 || m > 12 || d < 1)
        return false;
    return d <= month_days[m - 1] + (m == 2 && leap(y));
}

/* Strict RFC 3339; case of T and Z does not matter. */
bool cel_time_parse(const char *s, size_t len, int64_t *sec, uint32_t *nanos, int16_t *offset_min)
{
    if (len < 20 || s[4] != '-' || s[7] != '-' || (s[10] | 0x20) != 't' || s[13] != ':' ||
        s[16] != ':')
        return false;
    int y = digits(s, 4), mo = digits(s + 5, 2), d = digits(s + 8, 2);
    int h = digits(s + 11, 2), mi = digits(s + 14, 2), se = digits(s + 17, 2);
    if (!valid_date(y, mo, d) || h < 0 || h > 23 || mi < 0 || mi > 59 || se < 0 || se > 59)
        return false;
    size_t i = 19;
    *nanos = 0;
    if (s[i] == '.') {
        uint32_t unit = 100000000;
        size_t start = ++i;
        for (; i < len && s[i] >= '0' && s[i] <= '9'; i++, unit /= 10)
            *nanos += (uint32_t)(s[i] - '0') * unit;
        if (i == start)
            return false;
    }
    int64_t offset = 0;
    if (i + 1 == len && (s[i] | 0x20) == 'z') {
        offset = 0;
    } else if (i + 6 == len && (s[i] == '+' || s[i] == '-') && s[i + 3] == ':') {
        int oh = digits(s + i + 1, 2), om = digits(s + i + 4, 2);
        if (oh < 0 || oh > 23 || om < 0 || om > 59)
            return false;
        offset = (oh * 60 + om) * 60 * (s[i] == '-' ? -1 : 1);
    } else {
        return false;
    }
    *sec = days_from_date(y, (unsigned)mo, (unsigned)d) * 86400 + h * 3600 + mi * 60 + se - offset;
    *offset_min = (int16_t)(offset / 60);
    return true;
}

/* Go's notation: [+-] then numbers with a unit, "1h2m3.5s"; "0" alone. */
bool cel_duration_parse(const char *s, size_t len, int64_t *nanos)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } units[] = {{"ns", 1},       {"us", 1000},      {"\xc2\xb5s", 1000}, {"\xce\xbcs", 1000},
                 {"ms", 1000000}, {"s", 1000000000}, {"m", 60000000000},  {"h", 3600000000000}};
    const char *end = s + len;
    bool negative = false;
    uint64_t sum = 0;
    if (s < end && (*s == '-' || *s == '+'))
        negative = *s++ == '-';
    if (end - s == 1 && *s == '0') {
        *nanos = 0;
        return true;
    }
    if (s == end)
        return false;
    while (s < end) {
        uint64_t whole = 0, fraction = 0, scale = 1;
        bool any = false;
        for (; s < end && *s >= '0' && *s <= '9'; s++, any = true)
            if (__builtin_mul_overflow(whole, (uint64_t)10, &whole) ||
                __builtin_add_overflow(whole, (uint64_t)(*s - '0'), &whole))
                return false;
        if (s < end && *s == '.')
            for (s++; s < end && *s >= '0' && *s <= '9'; s++, any = true)
                if (scale < 1000000000000000) {
                    fraction = fraction * 10 + (uint64_t)(*s - '0');
                    scale *= 10;
                }
        if (!any)
            return false;
        const char *unit = s;
        while (s < end && *s != '.' && (*s < '0' || *s > '9'))
            s++;
        uint64_t ns = 0;
        for (size_t i = 0; i < ARRAY_LEN(units); i++)
            if (strlen(units[i].name) == (size_t)(s - unit) &&
                memcmp(units[i].name, unit, (size_t)(s - unit)) == 0)
                ns = units[i].ns;
        if (!ns || __builtin_mul_overflow(whole, ns, &whole))
            return false;
        whole += (uint64_t)((long double)fraction * ((long double)ns / (long double)scale));
        if (__builtin_add_overflow(sum, whole, &sum) || sum > (uint64_t)INT64_MAX + 1)
            return false;
    }
    if (!negative && sum > INT64_MAX)
        return false;
    *nanos = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

size_t cel_time_print(char *out, size_t cap, struct cel_value t)
{
    int offset = (int16_t)t.tag, apart = offset < 0 ? -offset : offset;
    int64_t sec = t.as.i + offset * 60;
    uint32_t nanos = t.len;
    int64_t days = sec / 86400, in_day = sec % 86400;
    if (in_day < 0) {
        in_day += 86400;
        days--;
    }
    struct date d = date_from_days(days);
    int n = snprintf(out, cap, "%04d-%02u-%02uT%02d:%02d:%02d", (int)d.year, d.month, d.day,
                     (int)(in_day / 3600), (int)(in_day / 60 % 60), (int)(in_day % 60));
    if (nanos) {
        n += snprintf(out + n, cap - (size_t)n, ".%09u", nanos);
        while (out[n - 1] == '0')
            n--;
    }
    if (offset)
        n += snprintf(out + n, cap - (size_t)n, "%c%02d:%02d", offset < 0 ? '-' : '+', apart / 60,
                      apart % 60);
    else
        n += snprintf(out + n, cap - (size_t)n, "Z");
    return (size_t)n;
}

size_t cel_duration_print(char *out, size_t cap, int64_t nanos)
{
    char text[400];
    double seconds = (double)(nanos / 1000000000) + (double)(nanos % 1000000000) / 1e9;
    cel_format_double_plain(text, seconds);
    return (size_t)snprintf(out, cap, "%ss", text);
}

/* ---- formats of Kubernetes' schemas ---- */

bool cel_k8s_date_parse(const char *s, size_t len, int64_t *sec)
{
    if (len != 10 || s[4] != '-' || s[7] != '-')
        return false;
    int y = digits(s, 4), m = digits(s + 5, 2), d = digits(s + 8, 2);
    if (!valid_date(y, m, d))
        return false;
    *sec = days_from_date(y, (unsigned)m, (unsigned)d) * 86400;
    return true;
}

/* RFC 3339, or local time without a zone, which counts as UTC; empty is the epoch. */
bool cel_k8s_datetime_parse(const char *s, size_t len, int64_t *sec, uint32_t *nanos,
                            int16_t *offset_min)
{
    char buf[64];
    *sec = 0;
    *nanos = 0;
    if (!len || cel_time_parse(s, len, sec, nanos, offset_min))
        return true;
    if (len < 19 || len + 2 > sizeof(buf))
        return false;
    memcpy(buf, s, len);
    buf[len] = 'Z';
    return len == 19 && cel_time_parse(buf, len + 1, sec, nanos, offset_min);
}

/* Go's notation, or numbers with words: "2 days 3 hours". */
bool cel_k8s_duration_parse(const char *s, size_t len, int64_t *nanos)
{
    static const struct {
        const char *words[3];
        int64_t ns;
    } units[] = {{{"ns", "nano", NULL}, 1},
                 {{"us", "\xc2\xb5s", "micro"}, 1000},
                 {{"ms", "milli", NULL}, 1000000},
                 {{"s", "sec", NULL}, 1000000000},
                 {{"m", "min", NULL}, INT64_C(60000000000)},
                 {{"h", "hr", "hour"}, INT64_C(3600000000000)},
                 {{"d", "day", NULL}, INT64_C(86400000000000)},
                 {{"w", "wk", "week"}, INT64_C(604800000000000)}};
    if (cel_duration_parse(s, len, nanos))
        return true;
    const char *end = s + len;
    bool ok = false;
    int64_t sum = 0;
    while (s < end) {
        if (*s < '0' || *s > '9') {
            s++;
            continue;
        }
        int64_t n = 0;
        for (; s < end && *s >= '0' && *s <= '9'; s++)
            if (__builtin_mul_overflow(n, (int64_t)10, &n) ||
                __builtin_add_overflow(n, (int64_t)(*s - '0'), &n))
                return false;
        while (s < end && (*s == ' ' || *s == '\t'))
            s++;
        const char *unit = s;
        while (s < end && ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'))
            s++;
        size_t unit_len = (size_t)(s - unit);
        bool found = false;
        for (size_t i = 0; i < ARRAY_LEN(units) && !found && unit_len; i++)
            for (int w = 2; w >= 0 && !found; w--) {
                const char *word = units[i].words[w];
                bool last = word && (w == 2 || !units[i].words[w + 1]);
                size_t word_len = word ? strlen(word) : 0;
                if (!word || unit_len < word_len || strncasecmp(unit, word, word_len) != 0 ||
                    (!last && unit_len != word_len))
                    continue;
                int64_t part;
                if (__builtin_mul_overflow(n, units[i].ns, &part) ||
                    __builtin_add_overflow(sum, part, &sum))
                    return false;
                ok = found = true;
            }
    }
    *nanos = sum;
    return ok;
}

/* ---- fields ---- */

void cel_frame_release(struct frame *f)
{
    zone_free(f->zone);
    f->zone = NULL;
}

/* Seconds east of UTC of a zone: "+01:00", "02:00", "Europe/Berlin", "UTC". */
static bool zone_seconds(struct frame *f, struct cel_value zone, int64_t sec, int64_t *offset)
{
    const char *s = zone.as.s, *p = s;
    const char *colon = memchr(s, ':', zone.len);
    if (colon) {
        bool negative = zone.len && *p == '-';
        p += zone.len && (*p == '-' || *p == '+');
        int h = colon - p == 2 ? digits(p, 2) : colon - p == 1 ? digits(p, 1) : -1;
        int m = s + zone.len - colon == 3 ? digits(colon + 1, 2) : -1;
        if (h < 0 || m < 0 || h > 23 || m > 59)
            return false;
        *offset = (h * 60 + m) * 60 * (negative ? -1 : 1);
        return true;
    }
    char name[64];
    if (zone.len >= sizeof(name) || (zone.len && (*s == '/' || *s == '.')))
        return false;
    for (size_t i = 0; i < zone.len; i++) {
        char c = s[i];
        bool ok = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!ok && !(c >= '0' && c <= '9') && c != '_' && c != '/' && c != '-' && c != '+')
            return false;
        name[i] = c;
    }
    name[zone.len] = '\0';
    if (!zone.len || strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0) {
        *offset = 0;
        return zone.len != 1;
    }
    if (!f->zone || strcmp(f->zone_name, name) != 0) {
        f->cost += 200; /* a file is read */
        zone_free(f->zone);
        f->zone_name = arena_strdup(f->arena, name);
        f->zone = f->zone_name ? zone_load(name, NULL) : NULL;
    }
    if (!f->zone)
        return false;
    *offset = zone_offset(f->zone, sec * 1000, NULL);
    return true;
}

enum field {
    FIELD_YEAR,
    FIELD_MONTH,
    FIELD_DATE,
    FIELD_DAY_OF_MONTH,
    FIELD_DAY_OF_WEEK,
    FIELD_DAY_OF_YEAR,
    FIELD_HOURS,
    FIELD_MINUTES,
    FIELD_SECONDS,
    FIELD_MILLISECONDS
};

static struct cel_value time_field(struct frame *f, const struct cel_value *x, unsigned n,
                                   enum field field)
{
    int64_t offset = 0;
    if (n == 2 && !zone_seconds(f, x[1], x[0].as.i, &offset))
        return cel_fail(f,
                        f->options & CEL_KUBERNETES_WAYS ? "unknown time zone %.*s"
                                                         : "unknown time zone '%.*s'",
                        (int)(x[1].len > 64 ? 64 : x[1].len), x[1].as.s);
    int64_t sec = x[0].as.i + offset, days = sec / 86400, in_day = sec % 86400;
    if (in_day < 0) {
        in_day += 86400;
        days--;
    }
    if (field >= FIELD_HOURS)
        return cel_int(field == FIELD_HOURS     ? in_day / 3600
                       : field == FIELD_MINUTES ? in_day / 60 % 60
                       : field == FIELD_SECONDS ? in_day % 60
                                                : x[0].len / 1000000);
    if (field == FIELD_DAY_OF_WEEK)
        return cel_int(((days + 4) % 7 + 7) % 7);
    struct date d = date_from_days(days);
    return cel_int(field == FIELD_YEAR           ? d.year
                   : field == FIELD_MONTH        ? (int64_t)d.month - 1
                   : field == FIELD_DATE         ? (int64_t)d.day
                   : field == FIELD_DAY_OF_MONTH ? (int64_t)d.day - 1
                                                 : (int64_t)d.day_of_year);
}

#define TIME_FIELD(name, field)                                                                    \
    static struct cel_value name(struct frame *f, const struct cel_value *x, unsigned n)           \
    {                                                                                              \
        return time_field(f, x, n, field);                                                         \
    }
TIME_FIELD(get_year, FIELD_YEAR)
TIME_FIELD(get_month, FIELD_MONTH)
TIME_FIELD(get_date, FIELD_DATE)
TIME_FIELD(get_day_of_month, FIELD_DAY_OF_MONTH)
TIME_FIELD(get_day_of_week, FIELD_DAY_OF_WEEK)
TIME_FIELD(get_day_of_year, FIELD_DAY_OF_YEAR)
TIME_FIELD(get_hours, FIELD_HOURS)
TIME_FIELD(get_minutes, FIELD_MINUTES)
TIME_FIELD(get_seconds, FIELD_SECONDS)
TIME_FIELD(get_milliseconds, FIELD_MILLISECONDS)

#define DURATION_FIELD(name, expr)                                                                 \
    static struct cel_value name(struct frame *f, const struct cel_value *x, unsigned n)           \
    {                                                                                              \
        (void)f;                                                                                   \
        (void)n;                                                                                   \
        return cel_int(expr);                                                                      \
    }
DURATION_FIELD(duration_hours, x->as.i / INT64_C(3600000000000))
DURATION_FIELD(duration_minutes, x->as.i / INT64_C(60000000000))
DURATION_FIELD(duration_seconds, x->as.i / INT64_C(1000000000))

/* The specification's is the part below a second, cel-go's and so Kubernetes' the whole. */
DURATION_FIELD(duration_milliseconds,
               f->options &CEL_KUBERNETES_WAYS ? x->as.i / 1000000 : x->as.i / 1000000 % 1000)

#define BOTH(name, fn)                                                                             \
    {name, "t.>i", fn, 0},                                                                         \
    {                                                                                              \
        name, "t.s>i", fn, 0                                                                       \
    }

const struct cel_fn_row cel_lib_time[] = {
    BOTH("getFullYear", get_year),
    BOTH("getMonth", get_month),
    BOTH("getDate", get_date),
    BOTH("getDayOfMonth", get_day_of_month),
    BOTH("getDayOfWeek", get_day_of_week),
    BOTH("getDayOfYear", get_day_of_year),
    BOTH("getHours", get_hours),
    BOTH("getMinutes", get_minutes),
    BOTH("getSeconds", get_seconds),
    BOTH("getMilliseconds", get_milliseconds),
    {"getHours", "r.>i", duration_hours, 0},
    {"getMinutes", "r.>i", duration_minutes, 0},
    {"getSeconds", "r.>i", duration_seconds, 0},
    {"getMilliseconds", "r.>i", duration_milliseconds, 0},
    {NULL, NULL, NULL, 0},
};
