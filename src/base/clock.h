// SPDX-License-Identifier: Apache-2.0
/*
 * Time, injected. Deadlines and leases use boot_ms (CLOCK_BOOTTIME: goes on while the machine
 * sleeps); what people and clusters see uses wall_ms (UTC, since 1970). A test sets a fake clock.
 */
#ifndef LEEWAY_BASE_CLOCK_H
#define LEEWAY_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

struct clock {
    int64_t (*boot_ms)(const struct clock *c);
    int64_t (*wall_ms)(const struct clock *c);
};

const struct clock *clock_system(void);

struct clock_fake {
    struct clock clock; /* first: pass &fake.clock */
    int64_t boot_ms_now, wall_ms_now;
};
void clock_fake_init(struct clock_fake *f, int64_t boot_ms, int64_t wall_ms);
void clock_fake_advance(struct clock_fake *f, int64_t ms);

static inline int64_t clock_boot_ms(const struct clock *c)
{
    return c->boot_ms(c);
}
static inline int64_t clock_wall_ms(const struct clock *c)
{
    return c->wall_ms(c);
}

/* RFC 3339 in UTC. Reading accepts a fraction and an offset; 0 or ERR_SYNTAX. */
int clock_parse_rfc3339(const char *s, size_t len, int64_t *wall_ms, int32_t *nanos_of_ms);
#define CLOCK_RFC3339_LEN 32
void clock_format_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_LEN]); /* seconds, Z */

/* A length of time as files have it: "72h", "14d", "1d12h30m". 0 or ERR_SYNTAX (also when it is
 * longer than a hundred years). */
int clock_parse_span(const char *s, int64_t *ms);
#define CLOCK_SPAN_LEN 48
/* The same in whole seconds, rounded up: "14d", "1d12h". */
void clock_format_span(int64_t ms, char out[CLOCK_SPAN_LEN]);

#endif
