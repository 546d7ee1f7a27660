// SPDX-License-Identifier: Apache-2.0
/*
 * Growing byte buffers that declare their maximum. Past it an append fails with ERR_LIMIT, the
 * buffer is marked (b->over) and keeps what it had. The contents are always followed by a NUL that
 * is not counted. Not thread-safe.
 */
#ifndef LEEWAY_BASE_BUF_H
#define LEEWAY_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data; /* NUL-terminated once anything was appended; NULL before */
    size_t len, cap, max;
    bool over;
};

#define BUF_SMALL (64u * 1024u)
#define BUF_LARGE (64u * 1024u * 1024u)

void buf_init(struct buf *b, size_t max);
void buf_clear(struct buf *b); /* frees; the maximum stays */
void buf_reset(struct buf *b); /* len = 0, keeps the memory */
void buf_wipe(struct buf *b);  /* overwrites, then frees: for secrets */
int buf_add(struct buf *b, const void *data, size_t len);
int buf_puts(struct buf *b, const char *s);
int buf_putc(struct buf *b, char c);
int buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for len more bytes to be written at the returned place, then counted with buf_commit. */
char *buf_reserve(struct buf *b, size_t len);
void buf_commit(struct buf *b, size_t len);
void buf_drop(struct buf *b, size_t len); /* removes len bytes at the front */
const char *buf_str(const struct buf *b); /* borrowed, never NULL */
char *buf_take(struct buf *b);            /* the caller owns the string; the buffer is empty */

#endif
