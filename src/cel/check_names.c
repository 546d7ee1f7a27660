// SPDX-License-Identifier: Apache-2.0
/*
 * Names: loop variables, variables, types and functions in the namespaces of the container; and
 * what was probably meant when there is nothing of a name.
 */
#include "cel/check_int.h"

int cel_find_local(const struct checker *c, const char *name)
{
    for (unsigned i = c->n_locals; i > 0; i--)
        if (strcmp(c->locals[i - 1].name, name) == 0)
            return (int)i - 1;
    return -1;
}

/* Number of edits between two names, at most `most`. */
static unsigned edits(const char *a, size_t na, const char *b, size_t nb, unsigned most)
{
    unsigned row[33];
    if (na > 32 || nb > 32)
        return most;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[nb] < most ? row[nb] : most;
}

struct guess {
    const char *wanted, *best;
    size_t len;
    unsigned distance;
};

static void guess_try(struct guess *g, const char *name)
{
    unsigned d = edits(g->wanted, g->len, name, strlen(name), g->distance);
    if (d < g->distance) {
        g->distance = d;
        g->best = name;
    }
}

static struct guess guess_start(const char *name)
{
    size_t len = strlen(name);
    return (struct guess){name, NULL, len, len < 4 ? 2 : len < 8 ? 3 : 4};
}

int cel_undeclared(struct checker *c, const struct ast *t, const char *name, bool function)
{
    int rc = cel_source_error(c->src, t->pos, ERR_TYPE, "undeclared reference to '%s'", name);
    struct guess g = guess_start(name);
    const struct strmap_entry *e;
    if (function) {
        for (size_t i = 0; (e = strmap_next(&c->env->functions, &i));)
            if (e->key[0] != '_' && e->key[0] != '@')
                guess_try(&g, e->key);
    } else {
        for (size_t i = 0; i < c->env->vars.len; i++)
            guess_try(&g, c->env->vars.items[i].name);
        for (unsigned i = 0; i < c->n_locals; i++)
            guess_try(&g, c->locals[i].name);
    }
    if (g.best)
        err_hint(c->src->e, "did you mean '%s'?", g.best);
    else if (!function && cel_env_function(c->env, name, strlen(name)))
        err_hint(c->src->e, "%s is a function: %s(…)", name, name);
    return rc;
}

bool cel_lookup(struct checker *c, const char *name, bool absolute, lookup_fn *fn, struct ast *t)
{
    const char *container = absolute ? "" : c->env->container;
    size_t n = strlen(container), len = strlen(name);
    char *full = NULL;
    while (n > 0) {
        if (!full)
            full = mem_alloc(n + len + 2);
        memcpy(full, container, n);
        full[n] = '.';
        memcpy(full + n + 1, name, len + 1);
        if (fn(c, full, n + 1 + len, t)) {
            mem_free(full);
            return true;
        }
        while (n > 0 && container[n - 1] != '.')
            n--;
        n = n > 0 ? n - 1 : 0;
    }
    mem_free(full);
    return fn(c, name, len, t);
}

bool cel_resolve_ident(struct checker *c, const char *name, size_t len, struct ast *t)
{
    int v = (int)(uintptr_t)strmap_get_n(&c->env->variables, name, len) - 1;
    if (v >= 0) {
        t->kind = AST_IDENT;
        t->flags = 0;
        t->slot = v;
        t->n = 0;
        t->name = c->env->vars.items[v].name;
        t->name_len = (uint32_t)len;
        t->type = c->env->vars.items[v].type;
        return true;
    }
    const struct cel_type *type = cel_env_type_constant(name, len);
    if (!type)
        return false;
    t->kind = AST_IDENT;
    t->flags = AF_TYPE;
    t->n = 0;
    t->value = cel_t_value(type);
    t->type = cel_t_type_of(c->arena, type);
    return true;
}

bool cel_resolve_function(struct checker *c, const char *name, size_t len, struct ast *t)
{
    const struct function *fn = cel_env_function(c->env, name, len);
    if (!fn)
        return false;
    t->name = fn->name;
    t->name_len = (uint32_t)strlen(fn->name);
    return true;
}

char *cel_dotted(struct checker *c, const struct ast *t, const char *last, bool *absolute)
{
    size_t len = last ? strlen(last) + 1 : 0;
    const struct ast *at = t;
    for (; at->kind == AST_SELECT; at = at->args[0]) {
        if ((at->flags & (AF_TEST | AF_OPTIONAL)) || at->op)
            return NULL;
        len += at->name_len + 1;
    }
    if (at->kind != AST_IDENT || len > 1000 || (at->flags & (AF_TYPE | AF_UNBOUND)))
        return NULL;
    *absolute = at->flags & AF_ABSOLUTE;
    if (!*absolute && cel_find_local(c, at->name) >= 0)
        return NULL;
    len += at->name_len;
    char *s = arena_alloc(c->arena, len + 1);
    if (!s)
        return NULL;
    s[len] = '\0';
    size_t end = len;
    if (last) {
        end -= strlen(last);
        memcpy(s + end, last, strlen(last));
        s[--end] = '.';
    }
    for (at = t; at->kind == AST_SELECT; at = at->args[0]) {
        end -= at->name_len;
        memcpy(s + end, at->name, at->name_len);
        s[--end] = '.';
    }
    memcpy(s, at->name, at->name_len);
    return s;
}

int cel_undefined_field(struct checker *c, const struct ast *t, const struct cel_type *of)
{
    int rc = cel_source_error(c->src, t->pos, ERR_TYPE, "undefined field '%s'", t->name);
    struct guess g = guess_start(t->name);
    for (size_t i = 0; of->object && i < of->object->len; i++)
        guess_try(&g, of->object->fields[i].name);
    if (g.best) {
        err_hint(c->src->e, "did you mean '%s'?", g.best);
    } else if (of->object && of->object->len && of->object->len <= 12) {
        struct buf all;
        buf_init(&all, BUF_SMALL);
        for (size_t i = 0; i < of->object->len; i++)
            buf_printf(&all, "%s%s", i ? ", " : "", of->object->fields[i].name);
        err_hint(c->src->e, "there are %s", buf_str(&all));
        buf_clear(&all);
    }
    return rc;
}
