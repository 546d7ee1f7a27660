// SPDX-License-Identifier: Apache-2.0
/* Lines out of the bytes of a log, however they are split, and the time before each. Pure. */
#include "engine/look/pod_log.h"

#include "base/clock.h"

#include <string.h>

void log_split_feed(struct log_split *s, const char *bytes, size_t len, log_line_fn *fn, void *ctx)
{
    while (len) {
        const char *end = memchr(bytes, '\n', len);
        size_t n = end ? (size_t)(end - bytes) : len, room = LOG_LINE_MAX - s->len;
        size_t keep = n < room ? n : room;
        memcpy(s->bytes + s->len, bytes, keep);
        s->len += keep;
        s->cut += n - keep;
        if (end)
            log_split_end(s, fn, ctx);
        bytes += n + (end != NULL);
        len -= n + (end != NULL);
        if (end && !len)
            return;
    }
}

void log_split_end(struct log_split *s, log_line_fn *fn, void *ctx)
{
    size_t len = s->len;
    uint64_t cut = s->cut;
    if (len && !cut && s->bytes[len - 1] == '\r')
        len--;
    s->bytes[len] = '\0';
    s->len = 0;
    s->cut = 0;
    fn(ctx, s->bytes, len, cut);
}

int64_t log_line_time(const char *line, size_t n, size_t *len)
{
    int64_t ms;
    int32_t ns = 0;
    const char *blank = memchr(line, ' ', n < 64 ? n : 64);
    size_t stamp = blank ? (size_t)(blank - line) : n < 64 ? n : 0;
    *len = 0;
    if (stamp < 20 || clock_parse_rfc3339(line, stamp, &ms, &ns) != 0 || ms > INT64_MAX / 2000000 ||
        ms < 0)
        return 0;
    *len = stamp + (blank != NULL);
    return ms * 1000000 + ns;
}
