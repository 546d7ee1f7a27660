// SPDX-License-Identifier: Apache-2.0
/* The forms that several kinds of documents have. */
#include "catalog/reading.h"

#include "base/vec.h"

#include <stdio.h>
#include <string.h>

struct err *reading_problem(struct reading *r, const struct val *v, const char *path,
                            const char *fmt, ...)
{
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return catalog_problem(r->problems, r->file, v, ERR_INVALID, path, "%s", text);
}

/* Sized by a document, whose size the loader has bounded. */
void *reading_array(struct reading *r, size_t n, size_t size)
{
    r->pool->arena.limit = 0;
    return arena_zalloc(&r->pool->arena, (n + 1) * size);
}

const char *reading_string(const struct val *v)
{
    return val_str(v, "");
}

const char *const *reading_strings(struct reading *r, const struct val *list)
{
    size_t n = val_count(list), kept = 0;
    if (!val_is(list, VAL_LIST))
        return NULL;
    const char **out = reading_array(r, n + 1, sizeof(*out));
    for (size_t i = 0; i < n; i++)
        if (val_is(val_item(list, i), VAL_STRING))
            out[kept++] = val_item(list, i)->as.s;
    return out;
}

static void inside(struct reading *r, const struct val *v, const char *path, struct err *e)
{
    catalog_problem_inside(r->problems, r->file, v, 0, path, e);
}

bool reading_version(struct reading *r, const struct val *v, const char *path, struct semver *out)
{
    struct err e = ERR_INIT;
    *out = (struct semver){0};
    if (!val_is(v, VAL_STRING)) {
        struct err *p = reading_problem(r, v, path, "is no version");
        if (p)
            err_hint(p, "versions are MAJOR.MINOR.PATCH: 1.4.0");
        return false;
    }
    if (!semver_parse(v->as.s, v->len, out, &e))
        return true;
    err_hint(&e, "versions are MAJOR.MINOR.PATCH: 1.4.0");
    inside(r, v, path, &e);
    return false;
}

bool reading_range(struct reading *r, const struct val *v, const char *path,
                   struct semver_range *out)
{
    struct err e = ERR_INIT;
    *out = (struct semver_range){0};
    if (!v)
        return !semver_range_parse("", 0, out, &e);
    if (!val_is(v, VAL_STRING)) {
        struct err *p = reading_problem(r, v, path, "is no range of versions");
        if (p)
            err_hint(p, "in quotes: \"1.2\", ^1.2, ~2.3.0, \">=1.28 <2\"");
        return false;
    }
    if (!semver_range_parse(v->as.s, v->len, out, &e))
        return true;
    err_hint(&e, "ranges are 1.4.0, ^1.2, ~2.3.0, >=1.28 <2, 1.x || 3.x");
    inside(r, v, path, &e);
    return false;
}

bool reading_identifier(struct reading *r, const struct val *v, const char *path)
{
    const char *s = val_str(v, "");
    bool good = *s && !(*s >= '0' && *s <= '9');
    for (; *s; s++)
        good = good && (*s == '_' || (*s >= '0' && *s <= '9') ||
                        ((*s | 0x20) >= 'a' && (*s | 0x20) <= 'z'));
    if (good)
        return true;
    struct err *e =
        reading_problem(r, v, path, "\"%.100s\" cannot be named by an expression", val_str(v, ""));
    if (e)
        err_hint(e, "letters, digits and _ only, a letter first: webServer");
    return false;
}

const struct catalog_expr *reading_expr(struct reading *r, const struct catalog_scope *scope,
                                        const struct val *v, enum cel_kind want, const char *path)
{
    return v ? catalog_expr_bare(r->exprs, scope, r->file, v, want, path, r->problems) : NULL;
}

void reading_template(struct reading *r, const struct catalog_scope *scope, const struct val *v,
                      const char *path, struct template_node *out)
{
    struct template_context c = {r->exprs, scope, r->file, r->problems, {0}};
    buf_init(&c.path, BUF_SMALL);
    buf_puts(&c.path, path);
    if (!template_compile(&c, v ? v : &val_null, out))
        catalog_problem(r->problems, r->file, v, ERR_LIMIT, path, "the document is too large");
    buf_clear(&c.path);
}

/* ---- parameters ---- */

bool reading_parameters(struct reading *r, const struct val *v, const char *path,
                        const struct schema **out, struct schema_validator **validator)
{
    static const struct val_entry none[1];
    static const struct val empty = {.type = VAL_MAP, .as.entries = none};
    struct err e = ERR_INIT;
    const struct schema *s = schema_load(r->pool, v ? v : &empty, &e);
    bool good = s != NULL;
    if (s && v && s->type != SCHEMA_OBJECT) {
        err_set(&e, ERR_INVALID, "has to be a schema of type object");
        err_at(&e, NULL, v->line, v->col);
        good = false;
    }
    *validator = s && good ? schema_validator_new(s, &e) : NULL;
    if (e.code) {
        err_prefix(&e, "%s", path);
        err_at(&e, r->file->path, v ? v->line : 1, v ? v->col : 1);
        vec_push(r->problems, e);
        good = false;
    }
    *out = s ? s : schema_load(r->pool, &empty, NULL);
    return good;
}

void reading_schema_errors(struct reading *r, const struct val *v, struct schema_errors *errors)
{
    for (size_t i = 0; i < errors->len; i++) {
        const struct schema_error *se = &errors->items[i];
        struct val at = {.line = se->line ? se->line
                                 : v      ? v->line
                                          : 1,
                         .col = (uint16_t)(se->col ? se->col
                                           : v     ? v->col
                                                   : 1)};
        struct err *e = reading_problem(r, &at, se->path, "%s", se->text);
        if (e && se->right)
            err_hint(e, "%s", se->right);
    }
}

static void check_visible(struct reading *r, const struct schema *s,
                          const struct catalog_scope *scope, const char *path)
{
    for (size_t i = 0; i < s->n_props; i++) {
        const struct val *when = val_get(s->props[i].schema->source, "x-visible-when");
        char at[512];
        snprintf(at, sizeof(at), "%s.properties.%.100s.x-visible-when", path, s->props[i].name->s);
        if (when)
            reading_expr(r, scope, when, CEL_BOOL, at);
    }
}

static void check_default(struct reading *r, const struct schema *s, const char *path)
{
    struct err e = ERR_INIT;
    if (!s->default_value)
        return;
    struct schema_validator *v = schema_validator_new(s, &e);
    struct schema_errors errors;
    struct schema_options how = {.flags = SCHEMA_STRICT, .base = path};
    schema_errors_init(&errors);
    if (v && schema_validate(v, s->default_value, &how, &errors))
        reading_schema_errors(r, s->default_value, &errors);
    schema_errors_clear(&errors);
    schema_validator_free(v);
    err_clear(&e);
}

void reading_parameters_check(struct reading *r, const struct schema *s,
                              const struct schema_validator *validator,
                              const struct catalog_scope *scope, const char *path)
{
    const struct val *required = val_get(s->source, "required");
    if (!validator)
        return;
    check_visible(r, s, scope, path);
    for (size_t i = 0; i < s->n_props; i++) {
        char at[512];
        snprintf(at, sizeof(at), "%s.properties.%.100s.default", path, s->props[i].name->s);
        check_default(r, s->props[i].schema, at);
    }
    for (size_t i = 0; i < val_count(required); i++) {
        const struct val *name = val_item(required, i);
        if (!val_is(name, VAL_STRING) || schema_prop(s, name->as.s, name->len))
            continue;
        char at[512];
        snprintf(at, sizeof(at), "%s.required[%zu]", path, i);
        reading_problem(r, name, at, "%.100s is required, but is no property", name->as.s);
    }
}

/* ---- order ---- */

struct ordering {
    const uint32_t *const *depends;
    const size_t *n_depends;
    uint8_t *state; /* 0 not seen, 1 on the way, 2 done */
    uint32_t *path, *order;
    size_t path_len, done;
};

/* 0, or the length of the cycle that closes at the end of the path. */
static size_t visit(struct ordering *o, uint32_t i)
{
    if (o->state[i] == 2)
        return 0;
    if (o->state[i] == 1) {
        size_t from = o->path_len;
        while (o->path[from - 1] != i)
            from--;
        return o->path_len - from + 1;
    }
    o->state[i] = 1;
    o->path[o->path_len++] = i;
    for (size_t k = 0; k < o->n_depends[i]; k++) {
        size_t cycle = visit(o, o->depends[i][k]);
        if (cycle)
            return cycle;
    }
    o->path_len--;
    o->state[i] = 2;
    o->order[o->done++] = i;
    return 0;
}

size_t reading_order(const uint32_t *const *depends, const size_t *n_depends, size_t n,
                     uint32_t *order)
{
    struct ordering o = {.depends = depends, .n_depends = n_depends, .order = order};
    size_t cycle = 0;
    o.state = mem_calloc(n + 1, 1);
    o.path = mem_calloc(n + 1, sizeof(*o.path));
    for (uint32_t i = 0; i < n && !cycle; i++)
        cycle = visit(&o, i);
    if (cycle)
        memcpy(order, o.path + o.path_len - cycle, cycle * sizeof(*order));
    mem_free(o.state);
    mem_free(o.path);
    return cycle;
}
