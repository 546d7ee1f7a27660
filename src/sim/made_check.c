// SPDX-License-Identifier: Apache-2.0
/*
 * What is wrong with an object by the schema of its definition, in a server's words. The validator
 * finds it; here the keyword that was broken is looked up again in the schema at that place. What
 * was wrong before and was not touched is let be. Source of the words: k8s.io/kube-openapi
 * pkg/validation/errors and apiextensions-apiserver pkg/apiserver/validation.
 */
#include "sim/define.h"
#include "sim/write_int.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spot {          /* a place that an error names */
    const char *field; /* without the first dot */
    const struct val *value, *schema;
};

/* ---- where ---- */

static const struct val *below(const struct val *schema, const char *name, size_t n)
{
    const struct val *prop = val_get_n(val_get(schema, "properties"), name, n);
    return prop ? prop : val_get(schema, "additionalProperties");
}

/* Follows ".a.b[0]" as far as it goes; false: that place is not there. */
static bool follow(const char *path, const struct val **value, const struct val **schema)
{
    while (*path && *value) {
        if (*path == '[') {
            char *end;
            unsigned long i = strtoul(path + 1, &end, 10);
            if (*end != ']')
                return false;
            *value = val_is(*value, VAL_LIST) ? val_item(*value, i) : NULL;
            *schema = val_get(*schema, "items");
            path = end + 1;
            continue;
        }
        path += *path == '.';
        size_t n = strcspn(path, ".[");
        if (!n)
            return false;
        *value = val_get_n(*value, path, n);
        *schema = below(*schema, path, n);
        path += n;
    }
    return *value != NULL;
}

/* ---- words ---- */

static const char *type_of(const struct val *v)
{
    static const char *const words[] = {
        [VAL_NULL] = "null",    [VAL_BOOL] = "boolean",  [VAL_INT] = "integer",
        [VAL_UINT] = "integer", [VAL_DOUBLE] = "number", [VAL_STRING] = "string",
        [VAL_LIST] = "array",   [VAL_MAP] = "object"};
    return words[val_type(v)];
}

static void json_of(struct buf *b, const struct val *v)
{
    buf_init(b, BUF_SMALL);
    json_write(b, v ? v : &val_null, JSON_COMPACT);
}

static void wrong_type(struct write_found *f, const struct spot *s)
{
    const char *wanted = val_str(val_get(s->schema, "type"), "");
    if (val_bool(val_get(s->schema, "x-kubernetes-int-or-string"), false))
        wanted = "integer,string";
    const char *have = type_of(s->value);
    write_wrong(f, "FieldValueTypeInvalid", s->field,
                "Invalid value: \"%s\": %s in body must be of type %s: \"%s\"", have, s->field,
                wanted, have);
}

static void none_of(struct write_found *f, const struct spot *s)
{
    const struct val *values = val_get(s->schema, "enum");
    struct buf have, list;
    json_of(&have, s->value);
    buf_init(&list, BUF_SMALL);
    for (size_t i = 0; i < val_count(values); i++) {
        const struct val *v = val_item(values, i);
        struct buf one;
        json_of(&one, v);
        buf_printf(&list, v->type == VAL_STRING ? "%s%s" : "%s\"%s\"", i ? ", " : "",
                   buf_str(&one));
        buf_clear(&one);
    }
    write_wrong(f, "FieldValueNotSupported", s->field,
                "Unsupported value: %.200s: supported values: %.400s", buf_str(&have),
                buf_str(&list));
    buf_clear(&have);
    buf_clear(&list);
}

/* "F in body " and what should be, about the value itself. */
static void in_body(struct write_found *f, const struct spot *s, const char *should,
                    const struct val *limit, const char *unit)
{
    struct buf value, bound;
    char why[500];
    json_of(&value, s->value);
    json_of(&bound, limit);
    snprintf(why, sizeof(why), "%.200s in body should %s%.100s%s", s->field, should,
             buf_str(&bound), unit);
    write_wrong(f, "FieldValueInvalid", s->field, "Invalid value: %.200s: %s", buf_str(&value),
                why);
    buf_clear(&value);
    buf_clear(&bound);
}

static void too_many(struct write_found *f, const struct spot *s, int64_t limit)
{
    write_wrong(f, "FieldValueTooMany", s->field,
                "Too many: %zu: must have at most %" PRId64 " item%s", val_count(s->value), limit,
                limit == 1 ? "" : "s");
}

static size_t points(const struct val *v) /* of code, in a string */
{
    size_t n = 0;
    for (uint32_t i = 0; i < v->len; i++)
        n += ((unsigned char)v->as.s[i] & 0xc0) != 0x80;
    return n;
}

static double number(const struct val *v)
{
    return val_is(v, VAL_DOUBLE) ? v->as.d : (double)val_int(v, 0);
}

static void over_limit(struct write_found *f, const struct spot *s)
{
    const struct val *schema = s->schema, *v = s->value;
    bool list = val_is(v, VAL_LIST), map = val_is(v, VAL_MAP);
    const struct val *most = val_get(schema, list  ? "maxItems"
                                             : map ? "maxProperties"
                                                   : "maxLength");
    const struct val *least = val_get(schema, list  ? "minItems"
                                              : map ? "minProperties"
                                                    : "minLength");
    if (list || map) {
        if (most && (int64_t)val_count(v) > val_int(most, 0)) {
            too_many(f, s, val_int(most, 0));
        } else {
            struct spot count = *s;
            const struct val n = val_of_int((int64_t)val_count(v));
            count.value = &n;
            in_body(f, &count, "have at least ", least, list ? " items" : " properties");
        }
    } else if (val_is(v, VAL_STRING)) {
        if (most && (int64_t)points(v) > val_int(most, 0))
            write_wrong(f, "FieldValueTooLong", s->field,
                        "Too long: may not be more than %" PRId64 " bytes", val_int(most, 0));
        else
            in_body(f, s, "be at least ", least, " chars long");
    } else {
        const struct val *max = val_get(schema, "maximum"), *min = val_get(schema, "minimum");
        bool above = val_bool(val_get(schema, "exclusiveMinimum"), false);
        bool under = val_bool(val_get(schema, "exclusiveMaximum"), false);
        if (max && (number(v) > number(max) || (under && number(v) == number(max))))
            in_body(f, s, under ? "be less than " : "be less than or equal to ", max, "");
        else
            in_body(f, s, above ? "be greater than " : "be greater than or equal to ", min, "");
    }
}

/* ---- items that are there twice ---- */

/* Of an item of a list-map its keys, of a member of a set itself. */
static const struct val *identity(struct val_pool *p, const struct schema *list,
                                  const struct val *item)
{
    if (list->list_type == SCHEMA_LIST_SET || !val_is(item, VAL_MAP))
        return item;
    const struct val *only = val_map_of(p, NULL, 0);
    for (size_t i = 0; only && i < list->n_list_keys; i++)
        if (val_get(item, list->list_keys[i]))
            only = val_map_with(p, only, list->list_keys[i], val_get(item, list->list_keys[i]));
    return only ? only : item;
}

struct lists {
    struct write_found *f;
    struct val_pool pool;
    char path[512];
};

static void check_items(struct lists *l, const struct schema *s, const struct val *v)
{
    enum { COMPARED_MAX = 2000 };
    const struct val **ids = arena_array(&l->pool.arena, v->len + 1, sizeof(*ids));
    for (uint32_t i = 0; ids && i < v->len && i < COMPARED_MAX; i++) {
        char field[600];
        struct buf b;
        ids[i] = identity(&l->pool, s, &v->as.items[i]);
        uint32_t k = 0;
        while (k < i && !val_equal(ids[k], ids[i]))
            k++;
        if (k == i)
            continue;
        snprintf(field, sizeof(field), "%s[%u]", l->path, i);
        json_of(&b, ids[i]);
        write_wrong(l->f, "FieldValueDuplicate", field, "Duplicate value: %.400s", buf_str(&b));
        buf_clear(&b);
    }
}

static void check_lists(struct lists *l, const struct schema *s, const struct val *v)
{
    size_t n = strlen(l->path);
    if (v->type == VAL_LIST && s->type == SCHEMA_ARRAY && s->list_type != SCHEMA_LIST_ATOMIC)
        check_items(l, s, v);
    for (uint32_t i = 0; (v->type == VAL_LIST || v->type == VAL_MAP) && i < v->len; i++) {
        const struct val_entry *e = v->type == VAL_MAP ? &v->as.entries[i] : NULL;
        const struct schema *below_it = e ? schema_prop(s, e->key->s, e->key->len) : s->items;
        if (e && !below_it)
            below_it = s->additional;
        if (!below_it)
            continue;
        if (e)
            snprintf(l->path + n, sizeof(l->path) - n, "%s%s", n ? "." : "", e->key->s);
        else
            snprintf(l->path + n, sizeof(l->path) - n, "[%u]", i);
        check_lists(l, below_it, e ? &e->value : &v->as.items[i]);
        l->path[n] = '\0';
    }
}

static void no_form(struct write_found *f, const struct spot *s, const char *text)
{
    const char *what = val_get(s->schema, "oneOf") ? "must validate one and only one schema (oneOf)"
                       : val_get(s->schema, "anyOf") ? "must validate at least one schema (anyOf)"
                                                     : "must not validate the schema (not)";
    const char *found = !val_get(s->schema, "oneOf") ? ""
                        : strstr(text, "matches forms") || strstr(text, "exclude each other")
                            ? ". Found 2 valid alternatives"
                            : ". Found none valid";
    write_wrong(f, "FieldValueInvalid", "<nil>", "Invalid value: \"\": \"%.300s\" %s%s", s->field,
                what, found);
}

static void say(struct write_found *f, const struct schema_error *e, const struct spot *s)
{
    struct buf b;
    switch (e->kind) {
    case SCHEMA_ERR_TYPE:
        wrong_type(f, s);
        break;
    case SCHEMA_ERR_REQUIRED:
        write_missing(f, s->field, "");
        break;
    case SCHEMA_ERR_ENUM:
        none_of(f, s);
        break;
    case SCHEMA_ERR_LIMIT:
        over_limit(f, s);
        break;
    case SCHEMA_ERR_MULTIPLE:
        in_body(f, s, "be a multiple of ", val_get(s->schema, "multipleOf"), "");
        break;
    case SCHEMA_ERR_PATTERN:
        json_of(&b, s->value);
        write_wrong(f, "FieldValueInvalid", s->field,
                    "Invalid value: %.200s: %.200s in body should match '%.200s'", buf_str(&b),
                    s->field, val_str(val_get(s->schema, "pattern"), ""));
        buf_clear(&b);
        break;
    case SCHEMA_ERR_FORMAT:
        json_of(&b, s->value);
        write_wrong(f, "FieldValueTypeInvalid", s->field,
                    "Invalid value: %.200s: %.200s in body must be of type %s: %.200s", buf_str(&b),
                    s->field, val_str(val_get(s->schema, "format"), ""), buf_str(&b));
        buf_clear(&b);
        break;
    case SCHEMA_ERR_FORM:
        no_form(f, s, e->text);
        break;
    default:
        write_wrong(f, "FieldValueInvalid", s->field, "Invalid value: %.400s", e->text);
    }
}

/* Was it so before, and nobody touched it? Of what is missing, that it is missing where it was. */
static bool untouched(const struct sim_made *m, const struct schema_error *e, const struct val *now,
                      const struct val *was)
{
    const struct val *a = now, *b = was, *sa = m->schema->source, *sb = sa;
    char path[512];
    snprintf(path, sizeof(path), "%s", e->path);
    char *dot = e->kind == SCHEMA_ERR_REQUIRED ? strrchr(path, '.') : NULL;
    if (!was || !path[0])
        return false;
    if (dot)
        *dot = '\0';
    return follow(path, &a, &sa) && follow(path, &b, &sb) && val_equal(a, b);
}

void sim_made_check(struct write_found *f, const struct sim_made *m, const struct val *now,
                    const struct val *was)
{
    const struct schema_options by_index = {.flags = SCHEMA_BY_INDEX};
    struct schema_errors errors;
    if (!m->validator)
        return;
    schema_errors_init(&errors);
    if (schema_validate(m->validator, now, &by_index, &errors))
        for (size_t i = 0; i < errors.len; i++) {
            const struct schema_error *e = &errors.items[i];
            struct spot s = {e->path + (*e->path == '.'), now, m->schema->source};
            if (untouched(m, e, now, was))
                continue;
            if (e->kind != SCHEMA_ERR_REQUIRED && !follow(e->path, &s.value, &s.schema))
                s.value = &val_null;
            say(f, e, &s);
        }
    schema_errors_clear(&errors);
    struct lists l = {.f = f};
    val_pool_init(&l.pool);
    if (!was || !val_equal(val_map_without(&l.pool, now, "metadata"),
                           val_map_without(&l.pool, was, "metadata")))
        check_lists(&l, m->schema, now);
    val_pool_clear(&l.pool);
}
