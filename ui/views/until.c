// SPDX-License-Identifier: Apache-2.0
#include "views/until.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000LL
#define DAY_MS (24 * 60 * MINUTE_MS)

/* Wall time of a day and minute as the person's clock has it. */
static int64_t local_ms(const struct zone *z, int64_t day_ms, int minute)
{
    int64_t flat = day_ms + minute * MINUTE_MS;
    return flat - (z ? zone_offset(z, flat, NULL) : 0) * 1000LL;
}

static int64_t today(const struct zone *z, int64_t now_ms)
{
    int64_t flat = now_ms + (z ? zone_offset(z, now_ms, NULL) : 0) * 1000LL;
    return flat - ((flat % DAY_MS) + DAY_MS) % DAY_MS;
}

/* Days since 1970 of a civil date. */
static int64_t days_of(int y, int m, int d)
{
    y -= m <= 2;
    int era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097LL + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int minute_of(const char *s)
{
    int h, m, n = 0;
    s += strspn(s, " ");
    if (!*s)
        return 24 * 60;
    return sscanf(s, "%2d:%2d%n", &h, &m, &n) == 2 && !s[n] && h < 24 && m < 60 && h >= 0 && m >= 0
               ? h * 60 + m
               : -1;
}

static int64_t weekday(const char *s, const struct zone *z, int64_t now_ms)
{
    static const char days[] = "thufrisatsunmontuewed"; /* 1 January 1970 was the first */
    int64_t day = today(z, now_ms), number = day / DAY_MS;
    int minute = minute_of(s + strcspn(s, " "));
    if (strlen(s) < 3 || minute < 0)
        return 0;
    for (int64_t i = 0; i < 8; i++) {
        const char *name = days + (number + i) % 7 * 3;
        int64_t at = local_ms(z, day + i * DAY_MS, minute);
        if (strncasecmp(s, name, 3) == 0 && at > now_ms)
            return at;
    }
    return 0;
}

int64_t until_read(struct text typed, const struct zone *z, int64_t now_ms)
{
    const char *s = typed.str + strspn(typed.str, " ");
    int y, m, d, n = 0;
    char *end;
    if (isalpha((unsigned char)*s))
        return weekday(s, z, now_ms);
    if (sscanf(s, "%4d-%2d-%2d%n", &y, &m, &d, &n) == 3) {
        int minute = minute_of(s + n);
        return minute < 0 || m < 1 || m > 12 || d < 1 || d > 31
                   ? 0
                   : local_ms(z, days_of(y, m, d) * DAY_MS, minute);
    }
    long count = strtol(s, &end, 10);
    int64_t unit = *end == 'w'   ? 7 * DAY_MS
                   : *end == 'd' ? DAY_MS
                   : *end == 'h' ? 60 * MINUTE_MS
                   : *end == 'm' ? MINUTE_MS
                                 : 0;
    return end == s || count < 1 || count > 100000 || !unit || end[1] ? 0 : now_ms + count * unit;
}

struct text until_left(struct arena *a, int64_t ms)
{
    int64_t minutes = ms / MINUTE_MS, hours = minutes / 60;
    return hours >= 24 ? text_fmt(a, "%" PRId64 " d %" PRId64 " h", hours / 24, hours % 24)
                       : text_fmt(a, "%" PRId64 " h %" PRId64 " min", hours, minutes % 60);
}

struct text until_words(struct arena *a, const struct zone *z, int64_t end_ms, int64_t now_ms)
{
    if (end_ms <= now_ms)
        return TEXT(UNTIL_EXAMPLES);
    return text_fmt(a, "%s, in %s", zone_when(a, z, end_ms, now_ms).str,
                    until_left(a, end_ms - now_ms).str);
}
