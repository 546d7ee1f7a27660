// SPDX-License-Identifier: Apache-2.0
/* A log however it is split: the same lines, none longer than what is kept, times that hold. */
#include "engine/look/pod_log.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct seen {
    uint64_t hash, lines, bytes;
};

static void take(void *ctx, const char *line, size_t len, uint64_t cut)
{
    struct seen *s = ctx;
    size_t stamp;
    if (len > LOG_LINE_MAX)
        abort();
    log_line_time(line, len, &stamp);
    if (stamp > len)
        abort();
    s->lines++;
    s->bytes += len + cut;
    for (size_t i = 0; i < len; i++)
        s->hash = (s->hash ^ (unsigned char)line[i]) * 1099511628211u;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen whole = {1, 0, 0}, pieces = {1, 0, 0};
    struct log_split *s = mem_new(struct log_split);
    size_t step = size ? data[0] % 17 + 1u : 1;
    log_split_feed(s, (const char *)data, size, take, &whole);
    log_split_end(s, take, &whole);
    for (size_t i = 0; i < size; i += step)
        log_split_feed(s, (const char *)data + i, size - i < step ? size - i : step, take, &pieces);
    log_split_end(s, take, &pieces);
    mem_free(s);
    if (whole.hash != pieces.hash || whole.lines != pieces.lines || whole.bytes != pieces.bytes)
        abort();
    return 0;
}
