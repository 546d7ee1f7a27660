// SPDX-License-Identifier: Apache-2.0
/*
 * A zone is a list of transitions and, for what comes after the last of them, a rule in the
 * notation of POSIX TZ. Input is a file or a variable that anybody may have written: every count is
 * checked against what is there.
 */
#include "base/zone.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (1u << 20)
#define HEADER_LEN 44
#define NAME_MAX_LEN 32

enum rule_kind { RULE_JULIAN, RULE_DAY, RULE_MONTH };

struct rule_day {
    enum rule_kind kind;
    int day, week, month;
    int32_t seconds; /* after local midnight */
};

struct rule {
    bool valid, has_dst;
    int32_t std, dst; /* seconds east */
    char std_name[NAME_MAX_LEN], dst_name[NAME_MAX_LEN];
    struct rule_day start, end;
};

struct zone {
    size_t n_times, n_types, n_chars;
    int64_t *times;
    uint8_t *index; /* type from times[i] on */
    struct zone_type {
        int32_t offset;
        uint8_t name; /* offset into chars */
    } * types;
    char *chars; /* NUL added behind */
    struct rule rule;
};

void zone_free(struct zone *z)
{
    if (!z)
        return;
    mem_free(z->times);
    mem_free(z->index);
    mem_free(z->types);
    mem_free(z->chars);
    mem_free(z);
}

/* ---- rules ---- */

static bool read_number(const char **s, int max, int *out)
{
    int v = 0, digits = 0;
    for (; **s >= '0' && **s <= '9' && digits < 5; (*s)++, digits++)
        v = v * 10 + (**s - '0');
    *out = v;
    return digits > 0 && v <= max;
}

static bool read_name(const char **s, char out[NAME_MAX_LEN])
{
    bool quoted = **s == '<';
    size_t n = 0;
    *s += quoted;
    for (; **s && n + 1 < NAME_MAX_LEN; (*s)++) {
        char c = **s, low = c | 0x20;
        bool letter = low >= 'a' && low <= 'z';
        if (!letter && !(quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-')))
            break;
        out[n++] = c;
    }
    out[n] = '\0';
    if (quoted && *(*s)++ != '>')
        return false;
    return n >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds, as written. */
static bool read_hms(const char **s, int max_hours, int32_t *out)
{
    int sign = **s == '-' ? -1 : 1, part[3] = {0};
    if (**s == '-' || **s == '+')
        (*s)++;
    if (!read_number(s, max_hours, &part[0]))
        return false;
    for (int i = 1; i < 3 && **s == ':'; i++) {
        (*s)++;
        if (!read_number(s, 59, &part[i]))
            return false;
    }
    *out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

static bool read_day(const char **s, struct rule_day *d)
{
    d->seconds = 2 * 3600;
    if (*(*s)++ != ',')
        return false;
    if (**s == 'M') {
        (*s)++;
        d->kind = RULE_MONTH;
        if (!read_number(s, 12, &d->month) || d->month < 1 || *(*s)++ != '.' ||
            !read_number(s, 5, &d->week) || d->week < 1 || *(*s)++ != '.' ||
            !read_number(s, 6, &d->day))
            return false;
    } else {
        d->kind = **s == 'J' ? RULE_JULIAN : RULE_DAY;
        *s += d->kind == RULE_JULIAN;
        if (!read_number(s, 365, &d->day) || (d->kind == RULE_JULIAN && d->day < 1))
            return false;
    }
    if (**s == '/') {
        (*s)++;
        return read_hms(s, 167, &d->seconds);
    }
    return true;
}

static bool parse_rule(const char *s, struct rule *r)
{
    int32_t west;
    memset(r, 0, sizeof(*r));
    if (!read_name(&s, r->std_name) || !read_hms(&s, 24, &west))
        return false;
    r->std = -west;
    if (*s) {
        r->has_dst = true;
        if (!read_name(&s, r->dst_name))
            return false;
        r->dst = r->std + 3600;
        if (*s && *s != ',') {
            if (!read_hms(&s, 24, &west))
                return false;
            r->dst = -west;
        }
        if (!*s) /* without dates: those of the United States, as POSIX systems do */
            s = ",M3.2.0,M11.1.0";
        if (!read_day(&s, &r->start) || !read_day(&s, &r->end) || *s)
            return false;
    }
    r->valid = true;
    return true;
}

/* ---- days ---- */

static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static void civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = floor_div(days, 146097), doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *day = (int)(doy - (153 * mp + 2) / 5 + 1);
    *month = (int)(mp < 10 ? mp + 3 : mp - 9);
    *year = (int)(yoe + era * 400 + (*month <= 2));
}

static int weekday_of(int64_t days)
{
    int64_t w = (days + 4) % 7;
    return (int)(w < 0 ? w + 7 : w);
}

static bool is_leap(int y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

/* Local seconds since 1970 at which the rule's day comes in that year. */
static int64_t rule_moment(const struct rule_day *d, int year)
{
    int64_t days;
    if (d->kind == RULE_MONTH) {
        int64_t first = days_from_civil(year, d->month, 1);
        int shift = (d->day - weekday_of(first) + 7) % 7;
        days = first + shift + (int64_t)(d->week - 1) * 7;
        int64_t next = d->month == 12 ? days_from_civil(year + 1, 1, 1)
                                      : days_from_civil(year, d->month + 1, 1);
        while (days >= next)
            days -= 7;
    } else {
        days = days_from_civil(year, 1, 1) + d->day;
        if (d->kind == RULE_JULIAN)
            days -= !(is_leap(year) && d->day >= 60); /* J60 is always 1 March */
    }
    return days * 86400 + d->seconds;
}

static int32_t rule_offset(const struct rule *r, int64_t t, const char **name)
{
    bool dst = false;
    if (r->has_dst) {
        int year, month, day;
        civil_from_days(floor_div(t + r->std, 86400), &year, &month, &day);
        int64_t start = rule_moment(&r->start, year) - r->std;
        int64_t end = rule_moment(&r->end, year) - r->dst;
        dst = start < end ? t >= start && t < end : t >= start || t < end;
    }
    *name = dst ? r->dst_name : r->std_name;
    return dst ? r->dst : r->std;
}

/* ---- files ---- */

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

struct counts {
    size_t isut, isstd, leap, time, type, chars;
};

static bool read_header(const unsigned char *p, size_t len, struct counts *c, char *version)
{
    if (len < HEADER_LEN || memcmp(p, "TZif", 4) != 0)
        return false;
    *version = (char)p[4];
    *c = (struct counts){be32(p + 20), be32(p + 24), be32(p + 28),
                         be32(p + 32), be32(p + 36), be32(p + 40)};
    return c->isut <= 256 && c->isstd <= 256 && c->leap <= 10000 && c->time <= 50000 &&
           c->type >= 1 && c->type <= 256 && c->chars >= 1 && c->chars <= 256;
}

static size_t block_len(const struct counts *c, size_t time_size)
{
    return c->time * time_size + c->time + c->type * 6 + c->chars + c->leap * (time_size + 4) +
           c->isstd + c->isut;
}

static bool read_block(struct zone *z, const unsigned char *p, const struct counts *c)
{
    z->n_times = c->time;
    z->n_types = c->type;
    z->n_chars = c->chars;
    z->times = mem_calloc(c->time + 1, sizeof(*z->times));
    z->index = mem_alloc(c->time + 1);
    z->types = mem_calloc(c->type, sizeof(*z->types));
    z->chars = mem_zalloc(c->chars + 1);
    for (size_t i = 0; i < c->time; i++, p += 8) {
        z->times[i] = (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
        if (i > 0 && z->times[i] <= z->times[i - 1])
            return false;
    }
    for (size_t i = 0; i < c->time; i++, p++) {
        z->index[i] = *p;
        if (*p >= c->type)
            return false;
    }
    for (size_t i = 0; i < c->type; i++, p += 6) {
        z->types[i] = (struct zone_type){(int32_t)be32(p), p[5]};
        int32_t o = z->types[i].offset;
        if (o < -26 * 3600 || o > 26 * 3600 || p[5] >= c->chars)
            return false;
    }
    memcpy(z->chars, p, c->chars);
    return true;
}

static bool read_footer(struct zone *z, const unsigned char *p, size_t len)
{
    char rule[128];
    const unsigned char *end = len ? memchr(p + 1, '\n', len - 1) : NULL;
    if (!end || p[0] != '\n' || (size_t)(end - p) > sizeof(rule))
        return false;
    size_t n = (size_t)(end - p) - 1;
    memcpy(rule, p + 1, n);
    rule[n] = '\0';
    return n == 0 || parse_rule(rule, &z->rule);
}

struct zone *zone_parse(const unsigned char *data, size_t len, struct err *e)
{
    struct counts c;
    char version;
    struct zone *z = mem_new(struct zone);
    if (!read_header(data, len, &c, &version) || version < '2')
        goto bad;
    size_t skip = HEADER_LEN + block_len(&c, 4);
    if (skip > len || !read_header(data + skip, len - skip, &c, &version))
        goto bad;
    size_t at = skip + HEADER_LEN, size = block_len(&c, 8);
    if (size > len - at || !read_block(z, data + at, &c) ||
        !read_footer(z, data + at + size, len - at - size))
        goto bad;
    return z;
bad:
    err_set(e, ERR_SYNTAX, "not a time zone file of version 2 or later");
    zone_free(z);
    return NULL;
}

static struct zone *load_file(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        err_set_errno(e, errno, path);
        return NULL;
    }
    unsigned char *data = mem_alloc(FILE_MAX);
    size_t len = 0;
    for (ssize_t n; len < FILE_MAX && (n = read(fd, data + len, FILE_MAX - len)) > 0;)
        len += (size_t)n;
    close(fd);
    struct zone *z = zone_parse(data, len, e);
    if (!z)
        err_at(e, path, 0, 0);
    mem_free(data);
    return z;
}

struct zone *zone_utc(void)
{
    struct zone *z = mem_new(struct zone);
    z->rule.valid = true;
    strcpy(z->rule.std_name, "UTC");
    return z;
}

struct zone *zone_load(const char *name, struct err *e)
{
    struct rule r;
    if (*name == ':')
        name++;
    if (parse_rule(name, &r)) {
        struct zone *z = mem_new(struct zone);
        z->rule = r;
        return z;
    }
    if (!*name || strstr(name, "..") || strlen(name) > 200) {
        err_set(e, ERR_INVALID, "no time zone has the name %s", *name ? name : "(empty)");
        return NULL;
    }
    if (*name == '/')
        return load_file(name, e);
    char *path = mem_printf("/usr/share/zoneinfo/%s", name);
    struct zone *z = load_file(path, e);
    mem_free(path);
    return z;
}

struct zone *zone_local(const char *tz)
{
    struct zone *z =
        tz ? (*tz ? zone_load(tz, NULL) : zone_utc()) : load_file("/etc/localtime", NULL);
    return z ? z : zone_utc();
}

int32_t zone_offset(const struct zone *z, int64_t wall_ms, const char **abbreviation)
{
    const char *ignored;
    const char **name = abbreviation ? abbreviation : &ignored;
    int64_t t = floor_div(wall_ms, 1000);
    bool after = z->n_times == 0 || t >= z->times[z->n_times - 1];
    if (z->rule.valid && after)
        return rule_offset(&z->rule, t, name);
    size_t lo = 0, hi = z->n_times; /* first transition after t */
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (z->times[mid] <= t)
            lo = mid + 1;
        else
            hi = mid;
    }
    const struct zone_type *type = &z->types[lo ? z->index[lo - 1] : 0];
    *name = z->chars + type->name;
    return type->offset;
}

/* ---- for people ---- */

struct zone_time zone_split(const struct zone *z, int64_t wall_ms)
{
    int64_t t = floor_div(wall_ms, 1000) + zone_offset(z, wall_ms, NULL);
    int64_t days = floor_div(t, 86400);
    int s = (int)(t - days * 86400);
    struct zone_time out = {.hour = s / 3600, .minute = s / 60 % 60, .second = s % 60};
    civil_from_days(days, &out.year, &out.month, &out.day);
    out.weekday = weekday_of(days);
    return out;
}

static const char *month_name(int m)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return names[m - 1];
}

struct text zone_clock(struct arena *a, const struct zone *z, int64_t wall_ms)
{
    struct zone_time t = zone_split(z, wall_ms);
    return text_fmt(a, "%02d:%02d", t.hour, t.minute);
}

struct text zone_exact(struct arena *a, const struct zone *z, int64_t wall_ms)
{
    struct zone_time t = zone_split(z, wall_ms);
    return text_fmt(a, "%d %s %02d:%02d:%02d", t.day, month_name(t.month), t.hour, t.minute,
                    t.second);
}

struct text zone_brief(struct arena *a, const struct zone *z, int64_t wall_ms, int64_t now_ms)
{
    struct zone_time t = zone_split(z, wall_ms), now = zone_split(z, now_ms);
    if (t.year == now.year && t.month == now.month && t.day == now.day)
        return zone_clock(a, z, wall_ms);
    return text_fmt(a, "%d %s", t.day, month_name(t.month));
}

struct text zone_when(struct arena *a, const struct zone *z, int64_t wall_ms, int64_t now_ms)
{
    struct zone_time t = zone_split(z, wall_ms), now = zone_split(z, now_ms);
    if (t.year == now.year && t.month == now.month && t.day == now.day)
        return zone_clock(a, z, wall_ms);
    int64_t away = (wall_ms > now_ms ? wall_ms - now_ms : now_ms - wall_ms) / 86400000;
    if (away > 300)
        return text_fmt(a, "%d %s %d", t.day, month_name(t.month), t.year);
    return text_fmt(a, "%d %s %02d:%02d", t.day, month_name(t.month), t.hour, t.minute);
}

struct text age_short(struct arena *a, int64_t s)
{
    if (s < 0)
        s = 0;
    if (s < 60)
        return text_fmt(a, "%ds", (int)s);
    if (s < 3600)
        return text_fmt(a, "%dm", (int)(s / 60));
    if (s < 10 * 3600)
        return s / 60 % 60 ? text_fmt(a, "%dh%dm", (int)(s / 3600), (int)(s / 60 % 60))
                           : text_fmt(a, "%dh", (int)(s / 3600));
    if (s < 48 * 3600)
        return text_fmt(a, "%dh", (int)(s / 3600));
    return text_fmt(a, "%lldd", (long long)(s / 86400));
}

struct text age_left(struct arena *a, int64_t s)
{
    if (s < 0)
        s = 0;
    if (s < 60)
        return text_fmt(a, "%ds", (int)s);
    if (s < 3600)
        return text_fmt(a, "%dm", (int)(s / 60));
    if (s < 86400)
        return text_fmt(a, "%dh %dm", (int)(s / 3600), (int)(s / 60 % 60));
    if (s < 10 * 86400)
        return text_fmt(a, "%dd %dh", (int)(s / 86400), (int)(s / 3600 % 24));
    return text_fmt(a, "%lldd", (long long)(s / 86400));
}

struct text age_words(struct arena *a, int64_t s)
{
    if (s < 0)
        s = 0;
    if (s < 120)
        return text_fmt(a, "%d s", (int)s);
    if (s < 3600)
        return text_fmt(a, "%d min", (int)(s / 60));
    if (s < 86400)
        return s / 60 % 60 ? text_fmt(a, "%d h %d min", (int)(s / 3600), (int)(s / 60 % 60))
                           : text_fmt(a, "%d h", (int)(s / 3600));
    return text_count(a, (long)(s / 86400), "day", "days");
}
