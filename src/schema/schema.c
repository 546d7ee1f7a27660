// SPDX-License-Identifier: Apache-2.0
/* Reading structural schemas. Unknown keywords are left to whoever reads `source`. */
#include "schema/schema.h"

#include "base/mem.h"

#include <string.h>

static const char *const type_names[] = {"",        "object", "array",  "string",
                                         "integer", "number", "boolean"};

const char *schema_type_name(enum schema_type t)
{
    return type_names[t];
}

static const struct schema *load(struct val_pool *p, const struct val *v, unsigned depth,
                                 struct err *e);

static int wrong(struct err *e, const struct val *v, const char *what)
{
    err_set(e, ERR_INVALID, "schema: %s", what);
    err_at(e, NULL, v ? v->line : 0, v ? v->col : 0);
    return ERR_INVALID;
}

static int read_type(struct schema *s, const struct val *v, struct err *e)
{
    const struct val *t = val_get(v, "type");
    if (!t)
        return 0;
    for (size_t i = 1; i < ARRAY_LEN(type_names); i++)
        if (val_str_is(t, type_names[i])) {
            s->type = (uint8_t)i;
            return 0;
        }
    return wrong(e, t, "unknown type");
}

static int read_list_type(struct schema *s, const struct val *v, struct err *e)
{
    const struct val *t = val_get(v, "x-kubernetes-list-type");
    if (!t || val_str_is(t, "atomic"))
        s->list_type = SCHEMA_LIST_ATOMIC;
    else if (val_str_is(t, "set"))
        s->list_type = SCHEMA_LIST_SET;
    else if (val_str_is(t, "map"))
        s->list_type = SCHEMA_LIST_MAP;
    else
        return wrong(e, t, "x-kubernetes-list-type has to be atomic, set or map");
    return 0;
}

/* A list of strings as an array in the pool. */
static int read_names(struct val_pool *p, const struct val *list, const char *const **out,
                      size_t *n, struct err *e)
{
    *n = val_count(list);
    const char **names = arena_array(&p->arena, *n ? *n : 1, sizeof(*names));
    if (!names)
        return err_set(e, ERR_LIMIT, "schema: too large");
    for (size_t i = 0; i < *n; i++) {
        names[i] = val_str(val_item(list, i), NULL);
        if (!names[i])
            return wrong(e, list, "names have to be strings");
    }
    *out = names;
    return 0;
}

static bool named(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int read_props(struct val_pool *p, struct schema *s, const struct val *v, unsigned depth,
                      struct err *e)
{
    const struct val *props = val_get(v, "properties"), *required = val_get(v, "required");
    const char *const *names = NULL;
    size_t n_names = 0;
    if (!props)
        return 0;
    if (!val_is(props, VAL_MAP))
        return wrong(e, props, "properties have to be a map");
    if (required) {
        int rc = read_names(p, required, &names, &n_names, e);
        if (rc)
            return rc;
    }
    struct schema_prop *out = arena_array(&p->arena, props->len ? props->len : 1, sizeof(*out));
    if (!out)
        return err_set(e, ERR_LIMIT, "schema: too large");
    for (uint32_t i = 0; i < props->len; i++) {
        const struct val_entry *entry = &props->as.entries[i];
        out[i].name = entry->key;
        out[i].required = named(names, n_names, entry->key->s);
        out[i].schema = load(p, &entry->value, depth + 1, e);
        if (!out[i].schema)
            return ERR_INVALID;
    }
    s->props = out;
    s->n_props = props->len;
    s->has_props = true;
    return 0;
}

static int read_additional(struct val_pool *p, struct schema *s, const struct val *v,
                           unsigned depth, struct err *e)
{
    const struct val *a = val_get(v, "additionalProperties");
    if (val_is(a, VAL_BOOL)) {
        s->additional_allowed = a->as.b;
    } else if (a) {
        s->additional_allowed = true;
        s->additional = load(p, a, depth + 1, e);
        return s->additional ? 0 : ERR_INVALID;
    }
    return 0;
}

static const struct schema *load(struct val_pool *p, const struct val *v, unsigned depth,
                                 struct err *e)
{
    if (depth > SCHEMA_MAX_DEPTH) {
        err_set(e, ERR_LIMIT, "schema: deeper than %d levels", SCHEMA_MAX_DEPTH);
        return NULL;
    }
    if (!val_is(v, VAL_MAP)) {
        wrong(e, v, "a schema has to be a map");
        return NULL;
    }
    struct schema *s = arena_new(&p->arena, struct schema);
    if (!s) {
        err_set(e, ERR_LIMIT, "schema: too large");
        return NULL;
    }
    s->source = v;
    s->format = val_str(val_get(v, "format"), "");
    s->nullable = val_bool(val_get(v, "nullable"), false);
    s->int_or_string = val_bool(val_get(v, "x-kubernetes-int-or-string"), false);
    s->preserve_unknown = val_bool(val_get(v, "x-kubernetes-preserve-unknown-fields"), false);
    s->embedded_resource = val_bool(val_get(v, "x-kubernetes-embedded-resource"), false);
    s->default_value = val_get(v, "default");
    s->enum_values = val_get(v, "enum");
    const struct val *keys = val_get(v, "x-kubernetes-list-map-keys");
    const struct val *items = val_get(v, "items");
    if (read_type(s, v, e) || read_list_type(s, v, e) || read_props(p, s, v, depth, e) ||
        read_additional(p, s, v, depth, e))
        return NULL;
    if (keys && read_names(p, keys, &s->list_keys, &s->n_list_keys, e))
        return NULL;
    if (items && !(s->items = load(p, items, depth + 1, e)))
        return NULL;
    return s;
}

const struct schema *schema_load(struct val_pool *p, const struct val *v, struct err *e)
{
    return load(p, v, 0, e);
}

const struct schema *schema_prop(const struct schema *s, const char *name, size_t len)
{
    for (size_t i = 0; i < s->n_props; i++)
        if (s->props[i].name->len == len && memcmp(s->props[i].name->s, name, len) == 0)
            return s->props[i].schema;
    return NULL;
}

static bool has_string(const struct schema *s, const char *name)
{
    const struct schema *prop = schema_prop(s, name, strlen(name));
    return prop && prop->type == SCHEMA_STRING;
}

const struct schema *schema_as_resource(struct val_pool *p, const struct schema *s)
{
    static const struct schema string = {.type = SCHEMA_STRING, .format = ""};
    static const char *const names[] = {"apiVersion", "kind", "metadata"};
    const struct schema *meta = schema_prop(s, "metadata", 8);
    if (has_string(s, "kind") && has_string(s, "apiVersion") && meta &&
        meta->type == SCHEMA_OBJECT && has_string(meta, "name") && has_string(meta, "generateName"))
        return s;
    struct schema *copy = arena_new(&p->arena, struct schema);
    struct schema *own = arena_new(&p->arena, struct schema);
    struct schema_prop *props = arena_array(&p->arena, s->n_props + 3, sizeof(*props));
    struct schema_prop *inner = arena_array(&p->arena, 2, sizeof(*inner));
    if (!copy || !own || !props || !inner)
        return NULL;
    inner[0] = (struct schema_prop){val_intern(p, "name", 4), &string, false};
    inner[1] = (struct schema_prop){val_intern(p, "generateName", 12), &string, false};
    *own = (struct schema){
        .type = SCHEMA_OBJECT, .format = "", .props = inner, .n_props = 2, .has_props = true};
    size_t n = 0;
    for (size_t i = 0; i < s->n_props; i++)
        if (!named(names, ARRAY_LEN(names), s->props[i].name->s))
            props[n++] = s->props[i];
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        props[n++] = (struct schema_prop){val_intern(p, names[i], strlen(names[i])),
                                          i == 2 ? own : &string, false};
    for (size_t i = 0; i < n; i++)
        if (!props[i].name)
            return NULL;
    *copy = *s;
    copy->props = props;
    copy->n_props = n;
    copy->has_props = true;
    return inner[0].name && inner[1].name ? copy : NULL;
}
