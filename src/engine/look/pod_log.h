// SPDX-License-Identifier: Apache-2.0
/*
 * Logs of containers, for as long as somebody looks at them. A log keeps its newest lines: more
 * lines than LOG_LINES or more bytes than LOG_BYTES push the oldest out, which is counted. Nothing
 * that is slow to be shown slows the transfer. Engine thread.
 */
#ifndef LEEWAY_ENGINE_POD_LOG_H
#define LEEWAY_ENGINE_POD_LOG_H

#include "engine/engine_int.h"

extern const struct engine_part pod_log_part;
void pod_log_command(struct engine *e, struct engine_command *cmd); /* LEEWAY_CMD_LOG */
/* LEEWAY_CMD_LOOK_END of a log; false: it is none. */
bool pod_log_end(struct engine *e, uint64_t id);

/* ---- lines out of bytes; for the fuzzer and tests, too ---- */

enum {
    LOG_LINE_MAX = 16 * 1024, /* bytes of a line that are kept */
    LOG_LINES = 20000,
    LOG_BYTES = 16 * 1024 * 1024,
};

struct log_split {
    char bytes[LOG_LINE_MAX + 1];
    size_t len;
    uint64_t cut; /* bytes of the present line that were not kept */
};
/* Calls fn with each whole line, without its end. Any split of the bytes is fine. */
typedef void log_line_fn(void *ctx, const char *line, size_t len, uint64_t cut);
void log_split_feed(struct log_split *s, const char *bytes, size_t len, log_line_fn *fn, void *ctx);
void log_split_end(struct log_split *s, log_line_fn *fn, void *ctx); /* a last line without end */
/* The time before a line, as `timestamps=true` puts it there: wall ns, 0 when there is none; *len:
 * how many bytes it takes with the blank after it. */
int64_t log_line_time(const char *line, size_t n, size_t *len);

#endif
