// SPDX-License-Identifier: Apache-2.0
/* The list of errors, bounded, and their form for people. */
#include "base/vec.h"
#include "schema/validate.h"

#include <stdio.h>

#define TEXTS_MAX (1024u * 1024u)

void schema_errors_init(struct schema_errors *out)
{
    *out = (struct schema_errors){.max = SCHEMA_ERRORS_MAX};
    val_pool_init_limited(&out->pool, TEXTS_MAX);
}

void schema_errors_clear(struct schema_errors *out)
{
    vec_clear(out);
    val_pool_clear(&out->pool);
    out->more = 0;
}

void schema_errors_add(struct schema_errors *out, enum schema_error_kind kind, const char *path,
                       uint32_t line, uint32_t col, const char *right, const char *fmt, ...)
{
    struct arena *a = &out->pool.arena;
    if (out->len >= out->max) {
        out->more++;
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    struct schema_error e = {
        .kind = kind,
        .path = arena_strdup(a, path),
        .line = line,
        .col = col,
        .text = arena_vprintf(a, fmt, ap),
        .right = right ? arena_strdup(a, right) : NULL,
    };
    va_end(ap);
    if (!e.path || !e.text || (right && !e.right)) { /* past the bound of all texts */
        out->more++;
        return;
    }
    vec_push(out, e);
}

int schema_error_format(struct buf *out, const struct schema_error *e, const char *source)
{
    if (source)
        buf_printf(out, "%s:", source);
    if (e->line)
        buf_printf(out, "%u:", (unsigned)e->line);
    if (e->line && e->col)
        buf_printf(out, "%u:", (unsigned)e->col);
    if (out->len && out->data[out->len - 1] == ':')
        buf_putc(out, ' ');
    if (*e->path)
        buf_printf(out, "%s: ", e->path);
    buf_puts(out, e->text);
    if (e->right)
        buf_printf(out, " (%s)", e->right);
    return out->over ? ERR_LIMIT : 0;
}
