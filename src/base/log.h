// SPDX-License-Identifier: Apache-2.0
/*
 * The log: one line an event to a file of mode 0600 (or standard error), every byte cleaned, so
 * that nothing a cluster says can inject escapes or lines. The logger is passed, never global.
 * Any thread; a line is written whole. Past max_bytes the file is rotated once (FILE.1).
 */
#ifndef LEEWAY_BASE_LOG_H
#define LEEWAY_BASE_LOG_H

#include "base/clock.h"
#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log;

/* path NULL: standard error. Owned; free with log_close. NULL and *e on failure. */
struct log *log_open(const char *path, enum log_level level, const struct clock *clock,
                     struct err *e);
void log_close(struct log *l);
/* l NULL: nothing happens. */
void log_write(struct log *l, enum log_level level, const char *area, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
