// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "base/err.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

static int64_t read_ms(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t system_boot_ms(const struct clock *c)
{
    (void)c;
    return read_ms(CLOCK_BOOTTIME);
}

static int64_t system_wall_ms(const struct clock *c)
{
    (void)c;
    return read_ms(CLOCK_REALTIME);
}

const struct clock *clock_system(void)
{
    static const struct clock c = {system_boot_ms, system_wall_ms};
    return &c;
}

static int64_t fake_boot_ms(const struct clock *c)
{
    return ((const struct clock_fake *)c)->boot_ms_now;
}

static int64_t fake_wall_ms(const struct clock *c)
{
    return ((const struct clock_fake *)c)->wall_ms_now;
}

void clock_fake_init(struct clock_fake *f, int64_t boot_ms, int64_t wall_ms)
{
    *f = (struct clock_fake){{fake_boot_ms, fake_wall_ms}, boot_ms, wall_ms};
}

void clock_fake_advance(struct clock_fake *f, int64_t ms)
{
    f->boot_ms_now += ms;
    f->wall_ms_now += ms;
}

/* Reads exactly n digits; -1 otherwise. */
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

/* Days since 1970-01-01 of the proleptic Gregorian calendar (Hinnant, days_from_civil). */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int month_days(int y, int m)
{
    static const unsigned char n[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return m == 2 && leap ? 29 : n[m - 1];
}

/* An offset "Z", "+hh:mm" or "-hh:mm" at s, exactly left bytes long. */
static int parse_offset(const char *s, size_t left, int *minutes)
{
    if (left == 1 && (s[0] == 'Z' || s[0] == 'z')) {
        *minutes = 0;
        return 0;
    }
    if (left != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':')
        return ERR_SYNTAX;
    int h = digits(s + 1, 2), m = digits(s + 4, 2);
    if (h < 0 || h > 23 || m < 0 || m > 59)
        return ERR_SYNTAX;
    *minutes = (s[0] == '-' ? -1 : 1) * (h * 60 + m);
    return 0;
}

int clock_parse_rfc3339(const char *s, size_t len, int64_t *wall_ms, int32_t *nanos_of_ms)
{
    if (len < 20 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't') || s[13] != ':' ||
        s[16] != ':')
        return ERR_SYNTAX;
    int y = digits(s, 4), mo = digits(s + 5, 2), d = digits(s + 8, 2);
    int h = digits(s + 11, 2), mi = digits(s + 14, 2), se = digits(s + 17, 2);
    if (y < 0 || mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo) || h < 0 || h > 23 || mi < 0 ||
        mi > 59 || se < 0 || se > 60)
        return ERR_SYNTAX;
    size_t at = 19;
    int64_t nanos = 0, scale = 100000000;
    if (s[at] == '.') {
        for (at++; at < len && s[at] >= '0' && s[at] <= '9'; at++, scale /= 10)
            nanos += (s[at] - '0') * scale;
        if (at == 20)
            return ERR_SYNTAX;
    }
    int offset;
    if (at >= len || parse_offset(s + at, len - at, &offset))
        return ERR_SYNTAX;
    int64_t secs = days_from_civil(y, mo, d) * 86400 + h * 3600 + mi * 60 + se - offset * 60;
    *wall_ms = secs * 1000 + nanos / 1000000;
    if (nanos_of_ms)
        *nanos_of_ms = (int32_t)(nanos % 1000000);
    return 0;
}

void clock_format_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_LEN])
{
    time_t t = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
    struct tm tm;
    if (!gmtime_r(&t, &tm) || !strftime(out, CLOCK_RFC3339_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm))
        snprintf(out, CLOCK_RFC3339_LEN, "(no time)");
}

static const struct {
    char unit;
    int64_t ms;
} span_units[] = {{'d', 86400000}, {'h', 3600000}, {'m', 60000}, {'s', 1000}};
#define SPAN_MAX (INT64_C(36525) * 86400000)

int clock_parse_span(const char *s, int64_t *ms)
{
    int64_t sum = 0;
    if (!*s)
        return ERR_SYNTAX;
    while (*s) {
        int64_t n = 0;
        const char *begin = s;
        for (; *s >= '0' && *s <= '9'; s++)
            if ((n = n * 10 + (*s - '0')) > SPAN_MAX)
                return ERR_SYNTAX;
        size_t u = 0;
        while (u < 4 && span_units[u].unit != *s)
            u++;
        if (s == begin || u == 4 || n > SPAN_MAX / span_units[u].ms)
            return ERR_SYNTAX;
        sum += n * span_units[u].ms;
        if (sum > SPAN_MAX)
            return ERR_SYNTAX;
        s++;
    }
    *ms = sum;
    return 0;
}

void clock_format_span(int64_t ms, char out[CLOCK_SPAN_LEN])
{
    size_t len = 0;
    int64_t left = (ms + 999) / 1000 * 1000;
    for (size_t i = 0; i < 4; i++) {
        int64_t n = left / span_units[i].ms;
        left %= span_units[i].ms;
        if (n || (i == 3 && !len))
            len += (size_t)snprintf(out + len, CLOCK_SPAN_LEN - len, "%" PRId64 "%c", n,
                                    span_units[i].unit);
    }
}
