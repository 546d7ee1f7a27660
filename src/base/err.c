// SPDX-License-Identifier: Apache-2.0
#include "base/err.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const char *const words[] = {
#define X(name, word) word,
    ERR_TABLE(X)
#undef X
};

static char *format(const char *fmt, va_list ap)
{
    char *p = NULL;
    if (vasprintf(&p, fmt, ap) < 0 || !p)
        return mem_strdup("(message could not be formatted)");
    return p;
}

int err_vset(struct err *e, int code, const char *fmt, va_list ap)
{
    if (!e)
        return code;
    if (e->code)
        return e->code;
    e->code = code;
    e->text = format(fmt, ap);
    return code;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    code = err_vset(e, code, fmt, ap);
    va_end(ap);
    return code;
}

int err_set_errno(struct err *e, int errnum, const char *what)
{
    char buf[128];
    return err_set(e, ERR_IO, "%s: %s", what, strerror_r(errnum, buf, sizeof(buf)));
}

void err_at(struct err *e, const char *source, uint32_t line, uint32_t col)
{
    if (!e || !e->code)
        return;
    if (source && !e->source)
        e->source = mem_strdup(source);
    if (line && !e->line) {
        e->line = line;
        e->col = col;
    }
}

void err_hint(struct err *e, const char *fmt, ...)
{
    if (!e || !e->code || e->hint)
        return;
    va_list ap;
    va_start(ap, fmt);
    e->hint = format(fmt, ap);
    va_end(ap);
}

void err_prefix(struct err *e, const char *fmt, ...)
{
    if (!e || !e->code)
        return;
    va_list ap;
    va_start(ap, fmt);
    char *prefix = format(fmt, ap);
    va_end(ap);
    char *text = mem_printf("%s: %s", prefix, e->text ? e->text : "");
    mem_free(prefix);
    mem_free(e->text);
    e->text = text;
}

void err_clear(struct err *e)
{
    if (!e)
        return;
    mem_free(e->text);
    mem_free(e->source);
    mem_free(e->hint);
    *e = ERR_INIT;
}

void err_move(struct err *to, struct err *from)
{
    *to = *from;
    *from = ERR_INIT;
}

void err_copy(struct err *to, const struct err *from)
{
    *to = *from;
    to->text = from->text ? mem_strdup(from->text) : NULL;
    to->source = from->source ? mem_strdup(from->source) : NULL;
    to->hint = from->hint ? mem_strdup(from->hint) : NULL;
}

const char *err_word(int code)
{
    return code >= 0 && code < ERR_CODE_COUNT ? words[code] : "unknown";
}

char *err_format(const struct err *e)
{
    char place[48] = "";
    if (e->line && e->col)
        snprintf(place, sizeof(place), ":%u:%u", e->line, e->col);
    else if (e->line)
        snprintf(place, sizeof(place), ":%u", e->line);
    return mem_printf("%s%s%s%s%s%s%s", e->source ? e->source : "", place,
                      e->source || e->line ? ": " : "", e->text ? e->text : err_word(e->code),
                      e->hint ? " (" : "", e->hint ? e->hint : "", e->hint ? ")" : "");
}
