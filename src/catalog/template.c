// SPDX-License-Identifier: Apache-2.0
/* From data to nodes: where expressions begin and end inside texts, what is constant. */
#include "catalog/template.h"

#include "base/vec.h"

#include <string.h>

/* ---- where an expression ends ---- */

static bool word_byte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Is the quote at s the start of a raw text: r'…', rb"…"? */
static bool raw_before(const char *start, const char *s)
{
    size_t n = 0;
    bool raw = false;
    while (s - (n + 1) >= start && word_byte(s[-(ptrdiff_t)(n + 1)]) && n < 3) {
        char c = s[-(ptrdiff_t)(n + 1)];
        if ((c | 0x20) != 'r' && (c | 0x20) != 'b')
            return false;
        raw = raw || (c | 0x20) == 'r';
        n++;
    }
    return raw && n <= 2;
}

/* Behind the text that the quote at s opens, or NULL. */
static const char *over_text(const char *start, const char *s, const char *end)
{
    char q = *s;
    bool raw = raw_before(start, s);
    size_t width = end - s >= 3 && s[1] == q && s[2] == q ? 3 : 1;
    for (s += width; s < end; s++) {
        if (*s == '\\' && !raw) {
            s++;
            continue;
        }
        if (*s != q)
            continue;
        if (width == 1)
            return s + 1;
        if (end - s >= 3 && s[1] == q && s[2] == q)
            return s + 3;
    }
    return NULL;
}

const char *template_expr_end(const char *s, const char *end)
{
    const char *start = s;
    size_t depth = 0;
    while (s && s < end) {
        if (*s == '\'' || *s == '"') {
            s = over_text(start, s, end);
            continue;
        }
        if (*s == '/' && end - s >= 2 && s[1] == '/') { /* a comment, to the end of the line */
            s = memchr(s, '\n', (size_t)(end - s));
            continue;
        }
        if (*s == '{')
            depth++;
        else if (*s == '}' && !depth--)
            return s;
        s++;
    }
    return NULL;
}

/* ---- texts ---- */

typedef VEC(struct template_part) part_list;

/* The next "${" at or after s that is none of "$${"; literal ones are passed over. */
static const char *next_opening(const char *s, const char *end)
{
    for (; end - s >= 2; s++) {
        if (end - s >= 3 && s[0] == '$' && s[1] == '$' && s[2] == '{')
            s += 2;
        else if (s[0] == '$' && s[1] == '{')
            return s;
    }
    return NULL;
}

/* A text without its doubled $ before {. Borrowed when there is none. */
static bool plain_text(struct val_pool *pool, const char *s, size_t len, const char **out,
                       size_t *out_len)
{
    *out = s;
    *out_len = len;
    if (!memmem(s, len, "$${", 3))
        return true;
    char *copy = arena_alloc(&pool->arena, len + 1);
    size_t n = 0;
    if (!copy)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (len - i >= 3 && memcmp(s + i, "$${", 3) == 0)
            i++;
        copy[n++] = s[i];
    }
    copy[n] = '\0';
    *out = copy;
    *out_len = n;
    return true;
}

static bool add_text(struct template_context *c, part_list *parts, const char *s, size_t len)
{
    struct template_part p = {0};
    if (!len)
        return true;
    if (!plain_text(c->owner->pool, s, len, &p.text, &p.len))
        return false;
    vec_push(parts, p);
    return true;
}

static void say(struct template_context *c, const struct val *v, size_t offset, const char *what,
                const char *hint)
{
    struct err e = ERR_INIT;
    err_set(&e, ERR_SYNTAX, "%s", what);
    err_hint(&e, "%s", hint);
    catalog_problem_inside(c->problems, c->file, v, offset, buf_str(&c->path), &e);
}

static bool blank(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", s[i]))
            return false;
    return true;
}

/* Splits v into parts; false when something is wrong with it, which was said (or *over). */
static bool split(struct template_context *c, const struct val *v, part_list *parts, bool *over)
{
    const char *s = v->as.s, *end = s + v->len, *open;
    while ((open = next_opening(s, end))) {
        const char *start = open + 2, *close = template_expr_end(start, end);
        size_t at = (size_t)(open - v->as.s);
        if (!close) {
            say(c, v, at, "${ is not closed", "end the expression with }, or write $${ for ${");
            return false;
        }
        if (blank(start, (size_t)(close - start))) {
            say(c, v, at, "${} holds no expression", "write $${ for a literal ${");
            return false;
        }
        if (parts->len >= TEMPLATE_PARTS_MAX) {
            say(c, v, at, "too many expressions in one text", "make it several texts");
            return false;
        }
        if (!add_text(c, parts, s, (size_t)(open - s))) {
            *over = true;
            return false;
        }
        struct template_part p = {0};
        p.expr = catalog_expr_compile(c->owner, c->scope, c->file, v, at + 2,
                                      (size_t)(close - start), buf_str(&c->path), c->problems);
        if (!p.expr)
            return false;
        vec_push(parts, p);
        s = close + 1;
    }
    if (!add_text(c, parts, s, (size_t)(end - s))) {
        *over = true;
        return false;
    }
    return true;
}

static bool compile_string(struct template_context *c, const struct val *v,
                           struct template_node *out)
{
    part_list parts = {0};
    bool over = false, good = split(c, v, &parts, &over);
    if (good && parts.len == 1 && parts.items[0].expr) {
        out->kind = TEMPLATE_EXPR;
        out->as.expr = parts.items[0].expr;
    } else if (good && parts.len == 1) {
        out->as.value = *v;
        out->as.value.as.s = parts.items[0].text;
        out->as.value.len = (uint32_t)parts.items[0].len;
    } else if (good && parts.len) {
        struct template_part *copy = arena_array(&c->owner->pool->arena, parts.len, sizeof(*copy));
        over = !copy;
        if (copy) {
            memcpy(copy, parts.items, parts.len * sizeof(*copy));
            out->kind = TEMPLATE_TEXT;
            out->n = parts.len;
            out->as.parts = copy;
        }
    }
    vec_clear(&parts);
    return !over;
}

/* ---- containers ---- */

static void check_key(struct template_context *c, const struct val_entry *e)
{
    if (!next_opening(e->key->s, e->key->s + e->key->len))
        return;
    struct err *err = catalog_problem_key(c->problems, c->file, e, ERR_SYNTAX, buf_str(&c->path),
                                          "a key is no template");
    if (err)
        err_hint(err, "make the whole map by an expression: \"${{'name': value}}\"");
}

/* Adds ".key" or "[i]" to the path; back with buf len. */
static void enter(struct buf *path, const struct val *v, size_t i)
{
    if (val_is(v, VAL_LIST)) {
        buf_printf(path, "[%zu]", i);
        return;
    }
    const char *key = v->as.entries[i].key->s;
    bool plain = *key != '\0';
    for (const char *s = key; *s; s++)
        plain = plain && (word_byte(*s) || *s == '-');
    buf_printf(path, plain ? ".%s" : "[\"%s\"]", key);
}

bool template_compile(struct template_context *c, const struct val *v, struct template_node *out)
{
    size_t back = c->path.len;
    *out = (struct template_node){.kind = TEMPLATE_CONST, .source = v, .as.value = *v};
    if (val_is(v, VAL_STRING))
        return compile_string(c, v, out);
    if (!val_is(v, VAL_MAP) && !val_is(v, VAL_LIST))
        return true;
    struct template_node *children =
        arena_array(&c->owner->pool->arena, v->len + 1u, sizeof(*children));
    bool constant = true;
    if (!children)
        return false;
    for (uint32_t i = 0; i < v->len; i++) {
        bool map = val_is(v, VAL_MAP);
        enter(&c->path, v, i);
        if (map)
            check_key(c, &v->as.entries[i]);
        bool good =
            template_compile(c, map ? &v->as.entries[i].value : &v->as.items[i], &children[i]);
        c->path.len = back;
        if (c->path.data)
            c->path.data[back] = '\0';
        if (!good)
            return false;
        /* A text in which $${ was resolved is a constant, but not the one in the document. */
        constant = constant && children[i].kind == TEMPLATE_CONST &&
                   (!val_is(children[i].source, VAL_STRING) ||
                    children[i].as.value.as.s == children[i].source->as.s);
    }
    if (!constant) {
        out->kind = val_is(v, VAL_MAP) ? TEMPLATE_MAP : TEMPLATE_LIST;
        out->n = v->len;
        out->as.children = children;
    }
    return true;
}

void template_each(const struct template_node *n, template_fn *fn, void *ctx)
{
    switch ((enum template_kind)n->kind) {
    case TEMPLATE_CONST:
        return;
    case TEMPLATE_EXPR:
        fn(ctx, n, n->as.expr);
        return;
    case TEMPLATE_TEXT:
        for (size_t i = 0; i < n->n; i++)
            if (n->as.parts[i].expr)
                fn(ctx, n, n->as.parts[i].expr);
        return;
    case TEMPLATE_MAP:
    case TEMPLATE_LIST:
        for (size_t i = 0; i < n->n; i++)
            template_each(&n->as.children[i], fn, ctx);
    }
}

const struct template_node *template_get(const struct template_node *n, const char *key)
{
    if (n->kind != TEMPLATE_MAP)
        return NULL;
    for (size_t i = 0; i < n->n; i++)
        if (strcmp(n->source->as.entries[i].key->s, key) == 0)
            return &n->as.children[i];
    return NULL;
}
