// SPDX-License-Identifier: Apache-2.0
/*
 * The log. A line is put together in memory, cleaned, cut at LINE_MAX_BYTES and written with one
 * call under a lock, so lines of several threads never mix. A failed write is dropped: the program
 * does not stop because a disk is full.
 */
#include "base/log.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 * 1024, TAIL_BYTES = 16, FILE_MAX_BYTES = 8 * 1024 * 1024 };

struct log {
    const struct clock *clock;
    enum log_level level;
    char *path; /* NULL: standard error */
    int fd;
    size_t written; /* bytes in the file */
    pthread_mutex_t lock;
};

static const char *const words[] = {"error", "warn", "info", "debug"};

static int open_file(struct log *l)
{
    l->fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (l->fd < 0)
        return -1;
    struct stat st;
    if (fstat(l->fd, &st) < 0)
        return -1;
    /* A log of an older version or another umask must not stay readable by others. */
    if (S_ISREG(st.st_mode) && (st.st_mode & 077) && fchmod(l->fd, 0600) < 0)
        return -1;
    l->written = st.st_size > 0 ? (size_t)st.st_size : 0;
    return 0;
}

struct log *log_open(const char *path, enum log_level level, const struct clock *clock,
                     struct err *e)
{
    struct log *l = mem_new(struct log);
    l->clock = clock;
    l->level = level;
    l->fd = STDERR_FILENO;
    pthread_mutex_init(&l->lock, NULL);
    if (path) {
        l->path = mem_strdup(path);
        if (open_file(l) < 0) {
            err_set_errno(e, errno, path);
            log_close(l);
            return NULL;
        }
    }
    return l;
}

void log_close(struct log *l)
{
    if (!l)
        return;
    if (l->path && l->fd >= 0)
        close(l->fd);
    pthread_mutex_destroy(&l->lock);
    mem_free(l->path);
    mem_free(l);
}

static void rotate(struct log *l)
{
    char *old = mem_printf("%s.1", l->path);
    if (rename(l->path, old) == 0) {
        close(l->fd);
        l->fd = -1;
    }
    mem_free(old);
    l->written = 0; /* also when it failed: try again after as many bytes more */
    if (l->fd < 0 && open_file(l) < 0 && l->fd >= 0) {
        close(l->fd);
        l->fd = -1;
    }
}

void log_write(struct log *l, enum log_level level, const char *area, const char *fmt, ...)
{
    if (!l || level > l->level)
        return;
    char said[LINE_MAX_BYTES / 2];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(said, sizeof(said), fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    bool cut = (size_t)n >= sizeof(said);
    size_t len = cut ? sizeof(said) - 1 : (size_t)n;

    struct buf line;
    buf_init(&line, LINE_MAX_BYTES - TAIL_BYTES);
    char now[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(clock_wall_ms(l->clock), now);
    buf_printf(&line, "%s %s ", now, words[level]);
    text_clean_to(&line, area, strlen(area));
    buf_puts(&line, ": ");
    /* Cleaning lengthens: what does not fit is cleaned in shorter pieces until it does. */
    for (size_t keep = line.len; len && text_clean_to(&line, said, len) != 0; len /= 2) {
        line.len = keep;
        cut = true;
    }
    line.max = LINE_MAX_BYTES;
    buf_puts(&line, cut ? " [cut]\n" : "\n");
    pthread_mutex_lock(&l->lock);
    if (l->path && l->written + line.len > FILE_MAX_BYTES)
        rotate(l);
    if (l->fd >= 0) {
        ssize_t w = write(l->fd, line.data, line.len);
        if (w > 0)
            l->written += (size_t)w;
    }
    pthread_mutex_unlock(&l->lock);
    buf_clear(&line);
}
