// SPDX-License-Identifier: Apache-2.0
#include "views/link.h"

#include "base/buf.h"

#include <ctype.h>
#include <string.h>

enum { LINK_MAX = 4096 };

static void put_part(struct buf *b, struct text t)
{
    for (uint32_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.str[i];
        if (c == ' ')
            buf_puts(b, "+");
        else if (c >= 0x80 || isalnum(c) || strchr("._:=,@-", c))
            buf_printf(b, "%c", c);
        else
            buf_printf(b, "%%%02X", c);
    }
}

struct text link_make(struct arena *a, const char *filter, const struct text *parts, size_t n)
{
    struct buf b;
    buf_init(&b, LINK_MAX);
    while (n && !parts[n - 1].len)
        n--;
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_puts(&b, "/");
        put_part(&b, parts[i].len ? parts[i] : TEXT("-"));
    }
    if (*filter) {
        buf_puts(&b, "//");
        put_part(&b, (struct text){filter, (uint32_t)strlen(filter), 0});
    }
    struct text t = b.len < LINK_MAX ? text_cstr(a, buf_str(&b)) : TEXT_NONE;
    buf_clear(&b);
    return t;
}

struct text link_command(struct arena *a, struct text link)
{
    return text_fmt(a, "leeway open %s", link.str);
}

struct text link_of_view(struct app *a, struct view *v, struct arena *arena)
{
    return v && v->ops->link ? v->ops->link(v, a, arena) : TEXT_NONE;
}
