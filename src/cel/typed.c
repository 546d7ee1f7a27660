// SPDX-License-Identifier: Apache-2.0
/*
 * Values seen through a structural schema, as CRD validation rules see self: formats become
 * timestamps, durations and bytes, numbers doubles, lists compare and add as their list type says,
 * fields have escaped names, and what has no schema can only be compared.
 */
#include "cel/cel_int.h"
#include "schema/schema.h"

#include <stdlib.h>

/* ---- names ---- */

static const char *const reserved[] = {
    "true",     "false",   "null",      "in",       "as",  "break",  "const",
    "continue", "else",    "for",       "function", "if",  "import", "let",
    "loop",     "package", "namespace", "return",   "var", "void",   "while",
};

static bool is_reserved(const char *s, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (strlen(reserved[i]) == len && memcmp(reserved[i], s, len) == 0)
            return true;
    return false;
}

bool cel_escape(const char *name, size_t len, struct buf *out)
{
    if (!len || (name[0] >= '0' && name[0] <= '9'))
        return false;
    if (is_reserved(name, len))
        return !buf_puts(out, "__") && !buf_add(out, name, len) && !buf_puts(out, "__");
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        const char *as = c == '.'   ? "__dot__"
                         : c == '-' ? "__dash__"
                         : c == '/' ? "__slash__"
                                    : NULL;
        if (c == '_' && i + 1 < len && name[i + 1] == '_') {
            as = "__underscores__";
            i++;
        } else if (!as && c != '_' && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
                   !(c >= '0' && c <= '9')) {
            return false;
        }
        if (as ? buf_puts(out, as) : buf_putc(out, c))
            return false;
    }
    return true;
}

/* ---- types ---- */

static int compare_fields(const void *a, const void *b)
{
    return strcmp(((const struct cel_field *)a)->name, ((const struct cel_field *)b)->name);
}

static const struct cel_type *type_of(struct cel_env *env, const struct schema *s, bool resource);

/* Fields under construction; a reserved word may, after a dot, stand as it is, too. */
static size_t add_field(struct arena *a, struct cel_field *fields, size_t n, const char *name,
                        size_t len, const struct cel_type *type)
{
    struct buf escaped;
    buf_init(&escaped, BUF_SMALL);
    if (type && cel_escape(name, len, &escaped)) {
        const char *real = arena_strndup(a, name, len);
        fields[n++] =
            (struct cel_field){arena_strndup(a, buf_str(&escaped), escaped.len), real, type};
        if (is_reserved(name, len))
            fields[n++] = (struct cel_field){real, real, type};
    }
    buf_clear(&escaped);
    return n;
}

static const struct cel_type *finish_object(struct arena *a, struct cel_field *fields, size_t n)
{
    struct cel_object *object = arena_new(a, struct cel_object);
    struct cel_type *t = arena_new(a, struct cel_type);
    qsort(fields, n, sizeof(*fields), compare_fields);
    *object = (struct cel_object){fields, n};
    *t = (struct cel_type){.kind = T_OBJECT, .name = "object", .object = object};
    return t;
}

static const struct cel_type *object_type(struct cel_env *env, const struct schema *s)
{
    struct cel_field *fields = arena_array(&env->arena, s->n_props * 2 + 1, sizeof(*fields));
    size_t n = 0;
    for (size_t i = 0; i < s->n_props; i++) {
        const struct schema *prop = s->props[i].schema;
        const struct val_key *key = s->props[i].name;
        n = add_field(&env->arena, fields, n, key->s, key->len,
                      type_of(env, prop, prop->embedded_resource));
    }
    return finish_object(&env->arena, fields, n);
}

static const struct cel_type *type_of(struct cel_env *env, const struct schema *s, bool resource)
{
    if (s->int_or_string)
        return &cel_t_dyn;
    if (resource) {
        struct val_pool pool = {.arena = env->arena}; /* the copy is to live as long as the env */
        const struct schema *full = schema_as_resource(&pool, s);
        env->arena = pool.arena;
        mem_free(pool.keys);
        s = full ? full : s;
    }
    const struct cel_type *inner;
    switch ((enum schema_type)s->type) {
    case SCHEMA_ARRAY:
        inner = s->items ? type_of(env, s->items, s->items->embedded_resource) : NULL;
        return inner ? cel_t_list(&env->arena, inner) : NULL;
    case SCHEMA_OBJECT:
        if (!s->additional)
            return object_type(env, s);
        inner = type_of(env, s->additional, s->additional->embedded_resource);
        return inner ? cel_t_map(&env->arena, &cel_t_string, inner) : NULL;
    case SCHEMA_STRING:
        if (strcmp(s->format, "byte") == 0)
            return &cel_t_bytes;
        if (strcmp(s->format, "duration") == 0)
            return &cel_t_duration;
        if (strcmp(s->format, "date") == 0 || strcmp(s->format, "date-time") == 0)
            return &cel_t_timestamp;
        return &cel_t_string;
    case SCHEMA_INTEGER:
        return &cel_t_int;
    case SCHEMA_NUMBER:
        return &cel_t_double;
    case SCHEMA_BOOLEAN:
        return &cel_t_bool;
    default:
        return NULL;
    }
}

const struct cel_type *cel_type_object(struct cel_env *env, const struct cel_field_type *given,
                                       size_t n)
{
    struct cel_field *fields = arena_array(&env->arena, n * 2 + 1, sizeof(*fields));
    size_t made = 0;
    for (size_t i = 0; i < n; i++)
        made = add_field(&env->arena, fields, made, given[i].name, strlen(given[i].name),
                         given[i].type);
    return finish_object(&env->arena, fields, made);
}

const struct cel_type *cel_type_of_schema(struct cel_env *env, const struct schema *s, bool root)
{
    return type_of(env, s, root || s->embedded_resource);
}

/* ---- values ---- */

static struct cel_value invalid(struct arena *a, const char *text)
{
    struct cel_error *e = arena_alloc(a, sizeof(*e));
    if (!e)
        return cel_fail_const(&cel_error_memory);
    *e = (struct cel_error){ERR_INVALID, UINT32_MAX, text};
    return cel_fail_const(e);
}

static struct cel_value wrap_string(struct arena *a, const struct val *v, const struct schema *s)
{
    int64_t n;
    uint32_t nanos = 0;
    if (strcmp(s->format, "duration") == 0)
        return cel_k8s_duration_parse(v->as.s, v->len, &n) ? cel_duration(n)
                                                           : invalid(a, "invalid duration");
    if (strcmp(s->format, "date") == 0)
        return cel_k8s_date_parse(v->as.s, v->len, &n) ? cel_timestamp(n, 0)
                                                       : invalid(a, "invalid date");
    if (strcmp(s->format, "date-time") == 0) {
        int16_t offset_min = 0;
        if (!cel_k8s_datetime_parse(v->as.s, v->len, &n, &nanos, &offset_min))
            return invalid(a, "invalid date-time");
        struct cel_value t = cel_timestamp(n, nanos);
        t.tag = (uint16_t)offset_min;
        return t;
    }
    if (strcmp(s->format, "byte") == 0) {
        struct cel_value text = cel_string(v->as.s, v->len), out;
        struct frame f = {.arena = a, .cost_limit = UINT64_MAX};
        for (const struct cel_fn_row *row = cel_lib_misc; row->name; row++)
            if (strcmp(row->name, "base64.decode") == 0) {
                out = row->fn(&f, &text, 1);
                return is_error(out) ? invalid(a, "invalid byte format") : out;
            }
    }
    return value_of(v);
}

static struct cel_value wrap_container(struct arena *a, const struct val *v, const struct schema *s,
                                       bool root)
{
    struct cel_typed *t = arena_alloc(a, sizeof(*t));
    if (!t)
        return cel_fail_const(&cel_error_memory);
    *t = (struct cel_typed){.v = v, .schema = s, .root = root || s->embedded_resource};
    return (struct cel_value){.kind = v->type == VAL_LIST ? CEL_LIST : CEL_MAP,
                              .rep = CEL_REP_TYPED,
                              .tag = v->type == VAL_MAP && !s->additional,
                              .len = v->len,
                              .as.typed = t};
}

struct cel_value cel_typed_wrap(struct arena *a, const struct val *v, const struct schema *s,
                                bool root)
{
    if (!v || v->type == VAL_NULL)
        return s->nullable ? cel_null()
                           : invalid(a, "invalid data, got null for schema with nullable=false");
    if (s->int_or_string) {
        if (v->type == VAL_STRING || v->type == VAL_INT)
            return value_of(v);
        return invalid(a, "invalid data, expected XIntOrString value to be either a string or "
                          "integer");
    }
    switch ((enum schema_type)s->type) {
    case SCHEMA_OBJECT:
        if (v->type != VAL_MAP)
            return invalid(a, "invalid data, expected a map for the provided schema with "
                              "type=object");
        return wrap_container(a, v, s, root);
    case SCHEMA_ARRAY:
        if (v->type != VAL_LIST)
            return invalid(a, "invalid data, expected an array for the provided schema with "
                              "type=array");
        if (!s->items)
            return invalid(a, "invalid array type, expected Items with a non-empty Schema");
        return wrap_container(a, v, s, false);
    case SCHEMA_STRING:
        return v->type == VAL_STRING ? wrap_string(a, v, s)
                                     : invalid(a, "invalid data, expected string");
    case SCHEMA_NUMBER:
        if (v->type == VAL_INT)
            return cel_double((double)v->as.i);
        if (v->type == VAL_UINT)
            return cel_double((double)v->as.u);
        return v->type == VAL_DOUBLE ? value_of(v) : invalid(a, "invalid data, expected float");
    case SCHEMA_INTEGER:
        return v->type == VAL_INT ? value_of(v) : invalid(a, "invalid data, expected int");
    case SCHEMA_BOOLEAN:
        return v->type == VAL_BOOL ? value_of(v) : invalid(a, "invalid data, expected bool");
    default:
        if (s->preserve_unknown)
            return cel_make_opaque(CEL_PRESERVED, v);
        return invalid(a, "invalid type");
    }
}

void cel_bind_typed(struct cel_activation *a, int variable, struct arena *arena,
                    const struct val *v, const struct schema *s, bool root)
{
    a->vars[variable] = cel_typed_wrap(arena, v, s, root);
}

struct cel_value cel_typed_item(struct arena *a, struct cel_value list, size_t i)
{
    const struct cel_typed *t = list.as.typed;
    if (!t->v)
        return t->items[i];
    return cel_typed_wrap(a, &t->v->as.items[i], t->schema->items, false);
}

/* What apiVersion, kind and metadata are in a resource whose schema does not say. */
static const struct schema *resource_prop(const struct cel_typed *t, const char *name, size_t len)
{
    static const struct schema string = {.type = SCHEMA_STRING, .format = ""};
    static const struct schema meta = {
        .type = SCHEMA_OBJECT, .format = "", .additional = &string, .additional_allowed = true};
    if (!t->root)
        return NULL;
    if ((len == 10 && memcmp(name, "apiVersion", 10) == 0) ||
        (len == 4 && memcmp(name, "kind", 4) == 0))
        return &string;
    return len == 8 && memcmp(name, "metadata", 8) == 0 ? &meta : NULL;
}

/* Schema of a member, or NULL. */
static const struct schema *member_schema(const struct cel_typed *t, const char *name, size_t len)
{
    const struct schema *s = t->schema;
    const struct schema *own = schema_prop(s, name, len);
    if (t->root && len == 8 && memcmp(name, "metadata", 8) == 0 &&
        !(own && schema_prop(own, "name", 4) && schema_prop(own, "generateName", 12)))
        own = NULL;
    if (own)
        return own;
    const struct schema *resource = resource_prop(t, name, len);
    return resource ? resource : s->additional;
}

/* The field that an escaped name means; NULL when it means none. Buffers in *keep. */
static const struct val *unescaped(const struct cel_typed *t, const char *name, size_t len,
                                   struct buf *keep, const char **real, size_t *real_len)
{
    *real = name;
    *real_len = len;
    const struct val *v = val_get_n(t->v, name, len);
    if (v || t->schema->additional || len < 5 || !memmem(name, len, "__", 2))
        return v;
    for (uint32_t i = 0; i < t->v->len; i++) {
        const struct val_entry *e = &t->v->as.entries[i];
        buf_reset(keep);
        if (cel_escape(e->key->s, e->key->len, keep) && keep->len == len &&
            memcmp(keep->data, name, len) == 0) {
            *real = e->key->s;
            *real_len = e->key->len;
            return &e->value;
        }
    }
    return NULL;
}

bool cel_typed_field(struct arena *a, struct cel_value map, const char *name, size_t len,
                     struct cel_value *out)
{
    const struct cel_typed *t = map.as.typed;
    struct buf keep;
    const char *real;
    size_t real_len;
    buf_init(&keep, BUF_SMALL);
    const struct val *v = unescaped(t, name, len, &keep, &real, &real_len);
    const struct schema *s = v ? member_schema(t, real, real_len) : NULL;
    buf_clear(&keep);
    if (!v || !s || (v->type == VAL_NULL && !t->schema->additional))
        return false;
    *out = cel_typed_wrap(a, v, s, false);
    return true;
}

bool cel_typed_entry(struct arena *a, struct cel_value map, size_t i, struct cel_value *k,
                     struct cel_value *v)
{
    const struct cel_typed *t = map.as.typed;
    const struct val_entry *e = &t->v->as.entries[i];
    const struct schema *s = member_schema(t, e->key->s, e->key->len);
    *k = cel_string(e->key->s, e->key->len);
    *v = s ? cel_typed_wrap(a, &e->value, s, false) : cel_make_opaque(CEL_PRESERVED, &e->value);
    return true;
}

bool cel_typed_map_equal(struct frame *f, struct cel_value a, struct cel_value b)
{
    const struct cel_typed *t = a.as.typed;
    if (a.len != b.len)
        return false;
    for (uint32_t i = 0; i < a.len; i++) {
        const struct val_entry *e = &t->v->as.entries[i];
        const struct schema *s = member_schema(t, e->key->s, e->key->len);
        if (!s) { /* compared as it is */
            const struct val *other =
                b.rep == CEL_REP_TYPED ? val_get_key(b.as.typed->v, e->key) : NULL;
            if (other && !val_equal(&e->value, other))
                return false;
            f->cost++;
            continue;
        }
        struct cel_value other;
        if (!cel_map_find_str(f, b, e->key->s, e->key->len, e->key, &other) ||
            !cel_values_equal(f, cel_typed_wrap(f->arena, &e->value, s, false), other))
            return false;
    }
    return true;
}

/* ---- lists as sets and maps ---- */

static bool same_keys(struct frame *f, const struct schema *s, struct cel_value a,
                      struct cel_value b)
{
    if (a.kind != CEL_MAP || b.kind != CEL_MAP)
        return false;
    for (size_t i = 0; i < s->n_list_keys; i++) {
        const char *key = s->list_keys[i];
        struct cel_value x, y;
        bool has_x = cel_map_find_str(f, a, key, strlen(key), NULL, &x);
        bool has_y = cel_map_find_str(f, b, key, strlen(key), NULL, &y);
        if (has_x != has_y || (has_x && !cel_values_equal(f, x, y)))
            return false;
    }
    return true;
}

/* Position in list of what has the identity of v, or -1. */
static int64_t find_same(struct frame *f, const struct schema *s, const struct cel_value *items,
                         size_t n, struct cel_value v)
{
    for (size_t i = 0; i < n && !f->stopped; i++) {
        if (!spend(f, 1))
            cel_fail_cost(f);
        if (s->list_type == SCHEMA_LIST_MAP ? same_keys(f, s, items[i], v)
                                            : cel_values_equal(f, items[i], v))
            return (int64_t)i;
    }
    return -1;
}

static struct cel_value *all_items(struct frame *f, struct cel_value list)
{
    struct cel_value *items = cel_frame_alloc(f, list.len * sizeof(*items));
    for (uint32_t i = 0; items && i < list.len; i++)
        items[i] = cel_list_get(f, list, i);
    return items;
}

int cel_typed_list_equal(struct frame *f, struct cel_value a, struct cel_value b)
{
    const struct schema *s = a.as.typed->schema;
    if (s->list_type == SCHEMA_LIST_ATOMIC)
        return -1;
    struct cel_value *items = all_items(f, a);
    if (!items)
        return 0;
    for (uint32_t i = 0; i < b.len; i++) {
        struct cel_value v = cel_list_get(f, b, i);
        int64_t at = find_same(f, s, items, a.len, v);
        if (at < 0 || (s->list_type == SCHEMA_LIST_MAP && !cel_values_equal(f, items[at], v)))
            return 0;
    }
    return 1;
}

/* Kind CEL_NULL: an atomic list, added as any other. The sum is a list of the same type again. */
struct cel_value cel_typed_add(struct frame *f, struct cel_value a, struct cel_value b)
{
    const struct schema *s = a.as.typed->schema;
    if (s->list_type == SCHEMA_LIST_ATOMIC)
        return cel_null();
    struct list_out out = {0};
    for (uint32_t i = 0; i < a.len; i++)
        cel_list_out_add(f, &out, cel_list_get(f, a, i));
    for (uint32_t i = 0; i < b.len && !out.over; i++) {
        struct cel_value v = cel_list_get(f, b, i);
        int64_t at = find_same(f, s, out.items, out.len, v);
        if (at < 0)
            cel_list_out_add(f, &out, v);
        else if (s->list_type == SCHEMA_LIST_MAP)
            out.items[at] = v;
    }
    struct cel_value list = cel_list_out_done(f, &out);
    struct cel_typed *t = cel_frame_alloc(f, sizeof(*t));
    if (f->stopped)
        return f->stop;
    *t = (struct cel_typed){.schema = s, .items = list.as.items};
    return (struct cel_value){
        .kind = CEL_LIST, .rep = CEL_REP_TYPED, .len = list.len, .as.typed = t};
}
