// SPDX-License-Identifier: Apache-2.0
/*
 * The list, and places inside scalars. A place is found by walking the file's text and the scalar's
 * value side by side: where they differ the text has an escape, a fold or indentation.
 */
#include "catalog/problem.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

void catalog_problems_clear(struct catalog_problems *p)
{
    for (size_t i = 0; i < p->len; i++)
        err_clear(&p->items[i]);
    vec_clear(p);
    p->more = 0;
}

static struct err *keep(struct catalog_problems *p, struct err *e)
{
    if (p->len >= CATALOG_PROBLEMS_MAX) {
        err_clear(e);
        p->more++;
        return NULL;
    }
    vec_push(p, *e);
    *e = ERR_INIT;
    return &p->items[p->len - 1];
}

void catalog_problems_move(struct catalog_problems *to, struct catalog_problems *from)
{
    for (size_t i = 0; i < from->len; i++)
        keep(to, &from->items[i]);
    to->more += from->more;
    vec_clear(from);
    from->more = 0;
}

static int compare(const void *a, const void *b)
{
    const struct err *x = a, *y = b;
    int d = strcmp(x->source ? x->source : "", y->source ? y->source : "");
    d = d ? d : (x->line > y->line) - (x->line < y->line);
    d = d ? d : (x->col > y->col) - (x->col < y->col);
    return d ? d : strcmp(x->text ? x->text : "", y->text ? y->text : "");
}

void catalog_problems_sort(struct catalog_problems *p)
{
    size_t n = 0;
    if (p->len)
        qsort(p->items, p->len, sizeof(*p->items), compare);
    for (size_t i = 0; i < p->len; i++) {
        if (n && compare(&p->items[n - 1], &p->items[i]) == 0)
            err_clear(&p->items[i]);
        else
            p->items[n++] = p->items[i];
    }
    p->len = n;
}

static struct err *add(struct catalog_problems *p, const struct catalog_file *file, uint32_t line,
                       uint32_t col, int code, const char *path, const char *fmt, va_list ap)
{
    struct err e = ERR_INIT;
    err_vset(&e, code, fmt, ap);
    if (path && *path)
        err_prefix(&e, "%s", path);
    err_at(&e, file ? file->path : NULL, line, col);
    return keep(p, &e);
}

struct err *catalog_problem(struct catalog_problems *p, const struct catalog_file *file,
                            const struct val *v, int code, const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct err *e = add(p, file, v ? v->line : 1, v ? v->col : 1, code, path, fmt, ap);
    va_end(ap);
    return e;
}

struct err *catalog_problem_key(struct catalog_problems *p, const struct catalog_file *file,
                                const struct val_entry *entry, int code, const char *path,
                                const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct err *e = add(p, file, entry->line, entry->col, code, path, fmt, ap);
    va_end(ap);
    return e;
}

/* ---- places inside scalars ---- */

struct walk {
    const char *t, *end; /* the file's text */
    uint32_t line, col;
};

static void step(struct walk *w)
{
    if (w->t >= w->end)
        return;
    if (*w->t == '\n') {
        w->line++;
        w->col = 1;
    } else if (((unsigned char)*w->t & 0xc0) != 0x80) {
        w->col++;
    }
    w->t++;
    while (w->t < w->end && ((unsigned char)*w->t & 0xc0) == 0x80)
        w->t++;
}

static void steps(struct walk *w, size_t n)
{
    while (n--)
        step(w);
}

static bool to_place(struct walk *w, uint32_t line, uint32_t col)
{
    while (w->t < w->end && (w->line < line || (w->line == line && w->col < col)))
        step(w);
    return w->line == line && w->col == col;
}

static bool blank(const struct walk *w)
{
    return w->t < w->end && (*w->t == ' ' || *w->t == '\t' || *w->t == '\n' || *w->t == '\r');
}

/* Over the indentation of a block's line, if it has as much. */
static void indentation(struct walk *w, uint32_t indent)
{
    while (w->t < w->end && *w->t == ' ' && w->col <= indent)
        step(w);
}

/* Over the header of a block to its first text; how far it is indented. */
static uint32_t enter_block(struct walk *w)
{
    while (w->t < w->end && *w->t != '\n')
        step(w);
    struct walk look = *w;
    while (blank(&look))
        step(&look);
    step(w);
    return look.col - 1;
}

/* The text of one character of a double-quoted scalar that begins with a backslash. */
static size_t escape_length(const struct walk *w)
{
    char c = w->t + 1 < w->end ? w->t[1] : 0;
    return c == 'x' ? 4 : c == 'u' ? 6 : c == 'U' ? 10 : 2;
}

/* Where the text differs from the value: a fold, a line's end with its indentation. */
static void over_fold(struct walk *w)
{
    while (blank(w))
        step(w);
}

void catalog_place(const struct catalog_file *file, const struct val *v, size_t offset,
                   uint32_t *line, uint32_t *col)
{
    struct walk w = {file->text, file->text + file->len, 1, 1};
    *line = v->line;
    *col = v->col;
    if (!file->text || !val_is(v, VAL_STRING) || !v->line || !to_place(&w, v->line, v->col) ||
        w.t >= w.end)
        return;
    char style = *w.t;
    bool block = style == '|' || style == '>';
    uint32_t indent = block ? enter_block(&w) : 0;
    if (style == '"' || style == '\'')
        step(&w);
    if (block)
        indentation(&w, indent);
    for (size_t i = 0; i < offset && i < v->len && w.t < w.end;) {
        if (style == '"' && *w.t == '\\' && w.t + 1 < w.end && w.t[1] == '\n') {
            step(&w);
            over_fold(&w);
            continue;
        }
        if (style == '"' && *w.t == '\\')
            steps(&w, escape_length(&w));
        else if (style == '\'' && *w.t == '\'')
            steps(&w, 2);
        else if (*w.t == '\n' && block) {
            step(&w);
            indentation(&w, indent);
        } else if (v->as.s[i] == ' ' && blank(&w) && *w.t != ' ')
            over_fold(&w);
        else if (v->as.s[i] == '\n' && blank(&w))
            over_fold(&w);
        else
            step(&w);
        do
            i++;
        while (i < v->len && ((unsigned char)v->as.s[i] & 0xc0) == 0x80);
    }
    *line = w.line;
    *col = w.col;
}

/* Byte of the line and column (from 1, in characters) in a text. */
static size_t byte_at(const char *s, size_t len, uint32_t line, uint32_t col)
{
    struct walk w = {s, s + len, 1, 1};
    to_place(&w, line, col);
    return (size_t)(w.t - s);
}

void catalog_problem_inside(struct catalog_problems *p, const struct catalog_file *file,
                            const struct val *v, size_t offset, const char *path, struct err *e)
{
    uint32_t line = v->line, col = v->col;
    if (val_is(v, VAL_STRING) && offset <= v->len) {
        size_t in = e->line ? byte_at(v->as.s + offset, v->len - offset, e->line, e->col) : 0;
        catalog_place(file, v, offset + in, &line, &col);
    }
    e->line = e->col = 0;
    if (path && *path)
        err_prefix(e, "%s", path);
    err_at(e, file->path, line, col);
    keep(p, e);
}

/* ---- what was meant ---- */

static unsigned distance(const char *a, const char *b)
{
    unsigned row[64];
    size_t n = strlen(b), m = strlen(a);
    if (n > 62 || m > 62)
        return 99;
    for (size_t k = 0; k <= n; k++)
        row[k] = (unsigned)k;
    for (size_t i = 1; i <= m; i++) {
        unsigned before = row[0];
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= n; k++) {
            unsigned old = row[k], best = before + (a[i - 1] != b[k - 1]);
            best = best < old + 1 ? best : old + 1;
            row[k] = best < row[k - 1] + 1 ? best : row[k - 1] + 1;
            before = old;
        }
    }
    return row[n];
}

const char *catalog_nearest(const char *written, const char *const *names, size_t n)
{
    unsigned best = (unsigned)strlen(written) / 3 + 1;
    const char *found = NULL;
    for (size_t i = 0; i < n; i++) {
        unsigned d = distance(written, names[i]);
        if (d <= best && (!found || d < best)) {
            best = d;
            found = names[i];
        }
    }
    return found;
}
