// SPDX-License-Identifier: Apache-2.0
/* A form with values: rows, visibility, errors beside the rows; setting one value. */
#include "catalog/form_int.h"

#include "data/path.h"
#include "data/yaml.h"

#include <stdio.h>
#include <string.h>

#define CONDITION_MEMORY (4u << 20)

struct looking {
    const struct form *f;
    struct form_view *out;
    struct cel_activation act;
    struct path_elem elems[PATH_MAX_ELEMS];
    size_t depth;
};

static void look(struct looking *l, const struct form_field *field, const struct val *given,
                 const struct val *full, bool visible);

/* A condition that cannot be judged (what it asks for is not given yet) hides nothing. */
static bool holds(struct looking *l, const struct form_field *field)
{
    struct arena a;
    struct cel_value v = cel_null();
    struct err e = ERR_INIT;
    if (!field->condition)
        return true;
    arena_init_limited(&a, CONDITION_MEMORY);
    int rc = cel_eval(field->condition, &l->act, &a, NULL, &v, &e);
    bool yes = rc || v.kind != CEL_BOOL || v.as.u;
    err_clear(&e);
    arena_clear(&a);
    return yes;
}

static void row_push(struct form_view *v, struct form_row row)
{
    if (v->len == v->cap) {
        v->cap = v->cap ? v->cap * 2 : 16;
        v->rows = mem_reallocarray(v->rows, v->cap, sizeof(*v->rows));
    }
    v->rows[v->len++] = row;
}

static void add_row(struct looking *l, const struct form_field *field, const char *label,
                    const struct val *given, const struct val *full, bool visible)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    path_format(&b, (struct path){l->elems, l->depth}, PATH_STYLE_QUOTED);
    row_push(l->out, (struct form_row){
                         .field = field,
                         .path = arena_strdup(&l->out->pool.arena, buf_str(&b)),
                         .label = label,
                         .depth = (unsigned)l->depth - 1,
                         .value = full,
                         .given = given != NULL,
                         .visible = visible,
                     });
    buf_clear(&b);
}

static void look_below(struct looking *l, struct path_elem elem, const struct form_field *field,
                       const char *label, const struct val *given, const struct val *full,
                       bool visible)
{
    if (l->depth == PATH_MAX_ELEMS)
        return;
    l->elems[l->depth++] = elem;
    visible = visible && holds(l, field);
    add_row(l, field, label, given, full, visible);
    look(l, field, given, full, visible);
    l->depth--;
}

static void look(struct looking *l, const struct form_field *field, const struct val *given,
                 const struct val *full, bool visible)
{
    if (field->kind == FORM_GROUP) {
        for (size_t i = 0; i < field->n_fields; i++) {
            const struct form_field *sub = &field->fields[i];
            struct path_elem e = {.kind = PATH_FIELD};
            e.as.field = val_intern(&l->out->pool, sub->name, strlen(sub->name));
            look_below(l, e, sub, sub->title, val_get(given, sub->name), val_get(full, sub->name),
                       visible);
        }
    } else if (field->kind == FORM_LIST && val_is(full, VAL_LIST)) {
        for (uint32_t i = 0; i < full->len; i++) {
            struct path_elem e = {.kind = PATH_INDEX, .as.index = i};
            look_below(l, e, field->fields,
                       arena_printf(&l->out->pool.arena, "%u", (unsigned)i + 1), val_item(given, i),
                       &full->as.items[i], visible);
        }
    } else if (field->kind == FORM_MAP && val_is(full, VAL_MAP)) {
        for (uint32_t i = 0; i < full->len; i++) {
            const struct val_entry *entry = &full->as.entries[i];
            struct path_elem e = {.kind = PATH_FIELD, .as.field = entry->key};
            look_below(l, e, field->fields, entry->key->s,
                       val_get_n(given, entry->key->s, entry->key->len), &entry->value, visible);
        }
    }
}

/* ---- errors ---- */

/* The row of a path, or the nearest row above it. */
static struct form_row *row_of(struct form_view *v, const char *path, bool *exact)
{
    struct form_row *best = NULL;
    size_t best_len = 0;
    for (size_t i = 0; i < v->len; i++) {
        size_t n = strlen(v->rows[i].path);
        if (n > best_len && strncmp(v->rows[i].path, path, n) == 0 &&
            (path[n] == '\0' || path[n] == '.' || path[n] == '[')) {
            best = &v->rows[i];
            best_len = n;
        }
    }
    *exact = best && path[best_len] == '\0';
    return best;
}

static void put_error(struct form_view *v, const struct schema_error *e, const char *path)
{
    bool exact;
    struct form_row *row = row_of(v, path, &exact);
    if (!row)
        return;
    if (row->wrong) {
        row->more++;
        return;
    }
    row->wrong = exact ? arena_strdup(&v->pool.arena, e->text)
                       : arena_printf(&v->pool.arena, "%s %s", path + strlen(row->path), e->text);
    row->right = e->right ? arena_strdup(&v->pool.arena, e->right) : NULL;
    row->visible = true;
}

/* Paths of errors are in the server's notation, those of rows in the one that reads back. */
static const char *row_path(struct form_view *v, const char *path)
{
    struct path p;
    struct buf b;
    const char *out = path;
    if (path_parse(&v->pool, path, strlen(path), &p, NULL))
        return path;
    buf_init(&b, BUF_SMALL);
    if (path_format(&b, p, PATH_STYLE_QUOTED) == 0)
        out = arena_strdup(&v->pool.arena, buf_str(&b));
    buf_clear(&b);
    return out;
}

static void find_errors(const struct form *f, struct form_view *v)
{
    struct schema_errors errors;
    struct schema_options opt = {.flags = SCHEMA_STRICT | SCHEMA_SECRET_PLACES};
    schema_errors_init(&errors);
    if (schema_validate(f->validator, v->values, &opt, &errors))
        v->errors = errors.len + errors.more;
    for (size_t i = 0; i < errors.len; i++)
        put_error(v, &errors.items[i], row_path(v, errors.items[i].path));
    schema_errors_clear(&errors);
}

void form_look(const struct form *f, const struct val *values, struct form_view *out)
{
    static const struct val none = {.type = VAL_MAP};
    struct looking l = {.f = f, .out = out};
    *out = (struct form_view){.rows = NULL};
    val_pool_init(&out->pool);
    if (!val_is(values, VAL_MAP))
        values = &none;
    out->values = schema_default(&out->pool, f->schema, values);
    cel_activation_init(&l.act, f->env);
    cel_bind_val(&l.act, f->params, out->values);
    look(&l, &f->top, values, out->values, true);
    cel_activation_clear(&l.act);
    find_errors(f, out);
}

void form_view_clear(struct form_view *v)
{
    mem_free(v->rows);
    val_pool_clear(&v->pool);
    *v = (struct form_view){.rows = NULL};
}

/* ---- setting ---- */

static const struct val *put(struct val_pool *p, const struct val *v, const struct path_elem *elems,
                             size_t n, const struct val *value);

static const struct val *put_item(struct val_pool *p, const struct val *v,
                                  const struct path_elem *elems, size_t n, const struct val *value)
{
    size_t len = val_is(v, VAL_LIST) ? v->len : 0, kept = 0;
    if (elems->as.index < 0 || (uint64_t)elems->as.index > len ||
        (!value && (uint64_t)elems->as.index == len))
        return NULL;
    struct val *items = arena_array(&p->arena, len + 1, sizeof(*items));
    for (size_t i = 0; items && i <= len; i++) {
        const struct val *old = i < len ? &v->as.items[i] : NULL;
        if (i == (size_t)elems->as.index) {
            if (n == 1 && !value)
                continue;
            if (!(old = put(p, old, elems + 1, n - 1, value)))
                return NULL;
        }
        if (old)
            items[kept++] = *old;
    }
    return items ? val_list_of(p, items, kept) : NULL;
}

static const struct val *put(struct val_pool *p, const struct val *v, const struct path_elem *elems,
                             size_t n, const struct val *value)
{
    static const struct val none = {.type = VAL_MAP};
    if (!n)
        return value;
    if (elems->kind == PATH_INDEX)
        return put_item(p, v, elems, n, value);
    if (elems->kind != PATH_FIELD)
        return NULL;
    const struct val *map = val_is(v, VAL_MAP) ? v : &none;
    const struct val_key *key = elems->as.field;
    if (!value && n == 1)
        return val_map_without(p, map, key->s);
    const struct val *sub = put(p, val_get_n(map, key->s, key->len), elems + 1, n - 1, value);
    return sub ? val_map_with(p, map, key->s, sub) : NULL;
}

const struct val *form_put(struct val_pool *p, const struct val *values, const char *path,
                           const struct val *value)
{
    struct path parsed;
    if (path_parse(p, path, strlen(path), &parsed, NULL) || !parsed.len)
        return NULL;
    return put(p, values, parsed.elems, parsed.len, value);
}

static const struct val *read_yaml(struct val_pool *p, const char *text, size_t len, struct err *e)
{
    struct yaml_docs docs = {0};
    const struct val *v = &val_null;
    if (yaml_read(p, text, len, NULL, &docs, e))
        return NULL;
    if (docs.len)
        v = docs.items[0].value;
    yaml_docs_clear(&docs);
    return v;
}

const struct val *form_read(struct val_pool *p, const struct form_field *field, const char *text,
                            size_t len, struct err *e)
{
    if (field->kind == FORM_TEXT && !field->schema->int_or_string)
        return val_box(p, val_of_strn(p, text, len));
    for (size_t i = 0; i < field->n_choices; i++) {
        const struct val *v = field->choices[i].value;
        if (val_is(v, VAL_STRING) && v->len == len && memcmp(v->as.s, text, len) == 0)
            return v;
    }
    const struct val *v = read_yaml(p, text, len, e);
    if (v && field->schema->int_or_string && v->type != VAL_INT)
        return val_box(p, val_of_strn(p, text, len));
    return v;
}
