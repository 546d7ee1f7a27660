// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/clock.h"
#include "base/zone.h"

static int64_t at(const char *rfc3339)
{
    int64_t ms;
    assert_int_equal(clock_parse_rfc3339(rfc3339, strlen(rfc3339), &ms, NULL), 0);
    return ms;
}

static void rules_change_the_clock(void **state)
{
    struct zone *z = zone_load("CET-1CEST,M3.5.0,M10.5.0/3", NULL);
    assert_non_null(z);
    const char *name;
    assert_int_equal(zone_offset(z, at("2026-03-29T00:59:59Z"), &name), 3600);
    assert_string_equal(name, "CET");
    assert_int_equal(zone_offset(z, at("2026-03-29T01:00:00Z"), &name), 7200);
    assert_string_equal(name, "CEST");
    assert_int_equal(zone_offset(z, at("2026-10-25T00:59:59Z"), NULL), 7200);
    assert_int_equal(zone_offset(z, at("2026-10-25T01:00:00Z"), NULL), 3600);
    zone_free(z);
    z = zone_load("AEST-10AEDT,M10.1.0,M4.1.0/3", NULL); /* summer over the new year */
    assert_int_equal(zone_offset(z, at("2026-01-15T00:00:00Z"), NULL), 39600);
    assert_int_equal(zone_offset(z, at("2026-07-15T00:00:00Z"), NULL), 36000);
    zone_free(z);
    z = zone_load("<+0330>-3:30", NULL);
    assert_int_equal(zone_offset(z, 0, &name), 12600);
    assert_string_equal(name, "+0330");
    zone_free(z);
    z = zone_load("EST5EDT,J60/0,J300/0", NULL); /* J60 is 1 March in every year */
    assert_int_equal(zone_offset(z, at("2024-03-01T05:00:00Z"), NULL), -14400);
    assert_int_equal(zone_offset(z, at("2024-03-01T04:59:59Z"), NULL), -18000);
    assert_int_equal(zone_offset(z, at("2023-03-01T04:59:59Z"), NULL), -18000);
    zone_free(z);
}

static void files_hold_history_and_rule(void **state)
{
    struct zone *z = zone_load("Europe/Berlin", NULL);
    if (!z) {
        print_message("# no zoneinfo on this machine\n");
        return;
    }
    const char *name;
    assert_int_equal(zone_offset(z, at("1985-07-01T00:00:00Z"), NULL), 7200);
    assert_int_equal(zone_offset(z, at("1970-07-01T00:00:00Z"), &name), 3600);
    assert_string_equal(name, "CET");
    assert_int_equal(zone_offset(z, at("2090-07-01T00:00:00Z"), NULL), 7200);
    zone_free(z);
    assert_null(zone_load("../../etc/passwd", NULL));
    assert_null(zone_load("No/Such", NULL));
    struct err e = ERR_INIT;
    assert_null(zone_load("/etc/passwd", &e));
    assert_int_equal(e.code, ERR_SYNTAX);
    err_clear(&e);
    z = zone_local("No/Such");
    assert_int_equal(zone_offset(z, 0, NULL), 0);
    zone_free(z);
}

/* A file of version 2 with one transition, made by hand. */
static size_t make_file(unsigned char *p)
{
    static const unsigned char counts[24] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                             0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 8};
    size_t n = 0;
    for (int version = 0; version < 2; version++) {
        memcpy(p + n, "TZif2", 5);
        memset(p + n + 5, 0, 15);
        memcpy(p + n + 20, counts, 24);
        n += 44;
        memset(p + n, 0, version ? 8 : 4);
        p[n + (version ? 6 : 2)] = 1; /* at 256 s, 65536 s / 256 */
        n += version ? 8 : 4;
        p[n++] = 1;
        static const unsigned char types[12] = {0, 0, 0, 60, 0, 0, 0, 0, 0, 120, 1, 4};
        memcpy(p + n, types, 12);
        n += 12;
        memcpy(p + n, "LMT\0NEW\0", 8);
        n += 8;
    }
    memcpy(p + n, "\n\n", 2);
    return n + 2;
}

static void broken_files_are_refused(void **state)
{
    unsigned char file[300];
    size_t len = make_file(file);
    struct zone *z = zone_parse(file, len, NULL);
    assert_non_null(z);
    assert_int_equal(zone_offset(z, 255000, NULL), 60);
    assert_int_equal(zone_offset(z, 256000, NULL), 120);
    zone_free(z);
    for (size_t cut = 0; cut < len; cut++)
        assert_null(zone_parse(file, cut, NULL));
    for (size_t i = 0; i < len; i++) { /* any byte may be wrong: nothing may break */
        for (int v = 0; v < 256; v += 15) {
            unsigned char bad[300];
            memcpy(bad, file, len);
            bad[i] = (unsigned char)v;
            z = zone_parse(bad, len, NULL);
            if (z)
                zone_offset(z, 1000000, NULL);
            zone_free(z);
        }
    }
}

static void people_read_times(void **state)
{
    struct arena a;
    arena_init(&a);
    struct zone *z = zone_load("CET-1CEST,M3.5.0,M10.5.0/3", NULL);
    int64_t now = at("2026-11-24T13:11:00Z");
    assert_string_equal(zone_when(&a, z, at("2026-11-24T13:02:07Z"), now).str, "14:02");
    assert_string_equal(zone_when(&a, z, at("2026-11-23T08:12:40Z"), now).str, "23 Nov 09:12");
    assert_string_equal(zone_when(&a, z, at("2025-11-01T08:12:40Z"), now).str, "1 Nov 2025");
    assert_string_equal(zone_when(&a, z, at("2026-11-23T23:30:00Z"), now).str, "00:30");
    assert_string_equal(zone_brief(&a, z, at("2026-11-23T08:12:40Z"), now).str, "23 Nov");
    assert_string_equal(zone_exact(&a, z, at("2026-11-24T08:12:40Z")).str, "24 Nov 09:12:40");
    assert_int_equal(zone_split(z, now).weekday, 2);
    struct zone_time t = zone_split(z, at("1969-12-31T22:59:59Z"));
    assert_int_equal(t.year * 10000 + t.month * 100 + t.day, 19691231);
    assert_int_equal(t.second, 59);
    zone_free(z);
    assert_string_equal(age_short(&a, 45).str, "45s");
    assert_string_equal(age_short(&a, 4 * 3600 + 56 * 60).str, "4h56m");
    assert_string_equal(age_short(&a, 44 * 3600).str, "44h");
    assert_string_equal(age_short(&a, 61 * 86400).str, "61d");
    assert_string_equal(age_left(&a, 3 * 3600 + 600).str, "3h 10m");
    assert_string_equal(age_left(&a, 6 * 86400 + 19 * 3600).str, "6d 19h");
    assert_string_equal(age_left(&a, 11 * 86400).str, "11d");
    assert_string_equal(age_words(&a, 24).str, "24 s");
    assert_string_equal(age_words(&a, 96).str, "96 s");
    assert_string_equal(age_words(&a, 41 * 60).str, "41 min");
    assert_string_equal(age_words(&a, 96 * 60).str, "1 h 36 min");
    assert_string_equal(age_words(&a, -5).str, "0 s");
    arena_clear(&a);
}

RUN("zone", cmocka_unit_test(rules_change_the_clock), cmocka_unit_test(files_hold_history_and_rule),
    cmocka_unit_test(broken_files_are_refused), cmocka_unit_test(people_read_times))
