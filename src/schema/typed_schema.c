// SPDX-License-Identifier: Apache-2.0
/*
 * Types from a structural schema, as API servers make them for custom resources. Source of the
 * rules: k8s.io/kube-openapi pkg/schemaconv/openapi.go: lists are atomic and maps by field unless
 * an x-kubernetes extension says otherwise; below x-kubernetes-preserve-unknown-fields, and in
 * objects that declare nothing, topology is deduced from the values.
 */
#include "schema/typed.h"

#include <stdlib.h>
#include <string.h>

struct convert {
    struct val_pool *pool;
    const struct typed_atom *metadata;
    bool over;
};

static const struct typed_atom string_atom = {.scalar = TYPED_STRING};

static int by_name(const void *a, const void *b)
{
    const struct typed_field *x = a, *y = b;
    size_t n = x->len < y->len ? x->len : y->len;
    int c = memcmp(x->name, y->name, n);
    return c ? c : (x->len > y->len) - (x->len < y->len);
}

static void *room(struct convert *c, size_t size)
{
    void *p = arena_zalloc(&c->pool->arena, size);
    c->over = c->over || !p;
    return p;
}

static const struct typed_atom *atom_of(struct convert *c, const struct schema *s, bool resource,
                                        bool preserve);

static size_t put_field(struct typed_field *f, size_t n, const char *name,
                        const struct typed_atom *t, bool replace)
{
    size_t i = 0, len = strlen(name);
    while (i < n && (f[i].len != len || memcmp(f[i].name, name, len) != 0))
        i++;
    if (i < n && !replace)
        return n;
    f[i] = (struct typed_field){.name = name, .len = len, .type = t};
    return i < n ? n : n + 1;
}

static const struct typed_map *map_of(struct convert *c, const struct schema *s, bool resource,
                                      bool preserve)
{
    struct typed_map *m = room(c, sizeof(*m));
    struct typed_field *f = room(c, (s->n_props + 3) * sizeof(*f));
    if (c->over)
        return NULL;
    for (; m->n < s->n_props; m->n++) {
        const struct schema_prop *p = &s->props[m->n];
        f[m->n] =
            (struct typed_field){p->name->s, p->name->len, atom_of(c, p->schema, false, preserve),
                                 p->schema->default_value};
    }
    if (resource || s->embedded_resource) {
        m->n = put_field(f, m->n, "apiVersion", &string_atom, false);
        m->n = put_field(f, m->n, "kind", &string_atom, false);
        if (c->metadata)
            m->n = put_field(f, m->n, "metadata", c->metadata, true);
    }
    if (s->additional)
        m->element = atom_of(c, s->additional, false, preserve);
    else if (s->additional_allowed || preserve || (!s->n_props && !resource))
        m->element = &typed_deduced;
    qsort(f, m->n, sizeof(*f), by_name);
    m->fields = f;
    m->relation = val_str_is(val_get(s->source, "x-kubernetes-map-type"), "atomic")
                      ? TYPED_ATOMIC
                      : TYPED_SEPARABLE;
    return m;
}

static const struct typed_list *list_of(struct convert *c, const struct schema *s, bool preserve)
{
    struct typed_list *l = room(c, sizeof(*l));
    if (c->over)
        return NULL;
    l->element = s->items ? atom_of(c, s->items, false, preserve)
                          : typed_deduced.list->element; /* anything, as one */
    l->relation = s->list_type == SCHEMA_LIST_ATOMIC ? TYPED_ATOMIC : TYPED_ASSOCIATIVE;
    if (s->list_type == SCHEMA_LIST_MAP) {
        l->keys = s->list_keys;
        l->n_keys = s->n_list_keys;
    }
    return l;
}

static const struct typed_atom *atom_of(struct convert *c, const struct schema *s, bool resource,
                                        bool preserve)
{
    struct typed_atom *a = room(c, sizeof(*a));
    bool below = preserve || s->preserve_unknown;
    if (c->over)
        return NULL;
    switch (resource ? SCHEMA_OBJECT : s->type) {
    case SCHEMA_OBJECT:
        a->map = map_of(c, s, resource, below);
        break;
    case SCHEMA_ARRAY:
        a->list = list_of(c, s, below);
        break;
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        a->scalar = TYPED_NUMERIC;
        break;
    case SCHEMA_BOOLEAN:
        a->scalar = TYPED_BOOLEAN;
        break;
    case SCHEMA_STRING:
        a->scalar = !s->format[0] || strcmp(s->format, "byte") == 0 ? TYPED_STRING : TYPED_UNTYPED;
        break;
    default:
        a->scalar = TYPED_UNTYPED;
        a->deduced = true;
        a->map = map_of(c, s, false, below);
        a->list = list_of(c, s, below);
    }
    return a;
}

const struct typed_atom *typed_of_schema(struct val_pool *p, const struct schema *s,
                                         const struct typed_atom *metadata)
{
    struct convert c = {.pool = p, .metadata = metadata};
    const struct typed_atom *a = atom_of(&c, s, metadata != NULL, false);
    return c.over ? NULL : a;
}
