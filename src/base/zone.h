// SPDX-License-Identifier: Apache-2.0
/*
 * Time zones, read from /usr/share/zoneinfo by ourselves (RFC 8536: the 64-bit data of version 2
 * and later and the rule in the footer), and times as people read them. The environment's zone is
 * $TZ, else /etc/localtime, else UTC; TZ is never set. Immutable after loading; any thread.
 */
#ifndef LEEWAY_BASE_ZONE_H
#define LEEWAY_BASE_ZONE_H

#include "base/err.h"
#include "base/text.h"

struct zone;

/* By name ("Europe/Berlin", ":Europe/Berlin"), by rule ("CET-1CEST,M3.5.0,M10.5.0/3") or as an
 * absolute path. Names with ".." are refused. Owned: zone_free. NULL and *e on failure. */
struct zone *zone_load(const char *name, struct err *e);
/* tz is the value of $TZ or NULL. Never NULL: UTC when nothing else can be had. */
struct zone *zone_local(const char *tz);
struct zone *zone_utc(void);
/* Bytes of a TZif file. For tests, too. */
struct zone *zone_parse(const unsigned char *data, size_t len, struct err *e);
void zone_free(struct zone *z);

/* Seconds east of UTC at a moment; *abbreviation (may be NULL) is borrowed from the zone. */
int32_t zone_offset(const struct zone *z, int64_t wall_ms, const char **abbreviation);

struct zone_time {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int weekday; /* 0: Sunday */
};
struct zone_time zone_split(const struct zone *z, int64_t wall_ms);

/* "14:02" when it is today (the day of now in the zone), "24 Nov 09:12" otherwise, with the year
 * when it is more than 300 days away. */
struct text zone_when(struct arena *a, const struct zone *z, int64_t wall_ms, int64_t now_ms);
/* The same in at most seven cells: "14:02", "24 Nov". */
struct text zone_brief(struct arena *a, const struct zone *z, int64_t wall_ms, int64_t now_ms);
/* "24 Nov 09:12:40" */
struct text zone_exact(struct arena *a, const struct zone *z, int64_t wall_ms);
struct text zone_clock(struct arena *a, const struct zone *z, int64_t wall_ms); /* "14:02" */

/* Lengths of time in seconds. */
struct text age_short(struct arena *a, int64_t seconds); /* 45s 12m 4h56m 44h 61d: tables */
struct text age_left(struct arena *a, int64_t seconds);  /* 3h 10m, 6d 19h, 11d: time left */
struct text age_words(struct arena *a, int64_t seconds); /* 24 s, 12 min, 1 h 36 min, 3 days */

#endif
