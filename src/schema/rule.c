// SPDX-License-Identifier: Apache-2.0
/* From a schema's value to rules. What a schema gets wrong is said at the keyword. */
#include "schema/rule.h"

#include "schema/number.h"
#include "schema/validate.h"

#include <string.h>

struct reading {
    struct schema_validator *v;
    struct err *e;
    unsigned rules; /* so far */
};

#define RULES_MAX 100000u

static const struct schema_rule *read_rule(struct reading *r, const struct val *src,
                                           unsigned depth);

static bool wrong(struct reading *r, const struct val *at, const char *keyword, const char *what)
{
    err_set(r->e, ERR_INVALID, "schema: %s %s", keyword, what);
    err_at(r->e, NULL, at ? at->line : 0, at ? at->col : 0);
    return false;
}

static bool read_flag(struct reading *r, const struct val *src, const char *keyword, bool *out)
{
    const struct val *v = val_get(src, keyword);
    if (v && !val_is(v, VAL_BOOL))
        return wrong(r, v, keyword, "has to be true or false");
    *out = v && v->as.b;
    return true;
}

static bool read_count(struct reading *r, const struct val *src, const char *keyword, int64_t *out)
{
    const struct val *v = val_get(src, keyword);
    *out = -1;
    if (!v)
        return true;
    if (!schema_is_integer(v) || val_int(v, -1) < 0)
        return wrong(r, v, keyword, "has to be a whole number from 0");
    *out = val_int(v, -1);
    return true;
}

static bool read_number(struct reading *r, const struct val *src, const char *keyword,
                        const struct val **out)
{
    const struct val *v = *out = val_get(src, keyword);
    return !v || schema_is_number(v) || wrong(r, v, keyword, "has to be a number");
}

static bool read_list(struct reading *r, const struct val *src, const char *keyword, bool names,
                      const struct val **out)
{
    const struct val *v = *out = val_get(src, keyword);
    if (!v)
        return true;
    if (!val_is(v, VAL_LIST))
        return wrong(r, v, keyword, "has to be a list");
    for (uint32_t i = 0; names && i < v->len; i++)
        if (!val_is(&v->as.items[i], VAL_STRING))
            return wrong(r, &v->as.items[i], keyword, "has to be a list of strings");
    return true;
}

static bool read_type(struct reading *r, const struct val *src, struct schema_rule *out)
{
    const struct val *t = val_get(src, "type");
    if (!t)
        return true;
    for (int i = SCHEMA_OBJECT; i <= SCHEMA_BOOLEAN; i++)
        if (val_str_is(t, schema_type_name((enum schema_type)i))) {
            out->type = (uint8_t)i;
            return true;
        }
    return wrong(r, t, "type",
                 "has to be one of object, array, string, integer, number and boolean");
}

static bool read_sub(struct reading *r, const struct val *src, const char *keyword, unsigned depth,
                     const struct schema_rule **out)
{
    const struct val *v = val_get(src, keyword);
    return !v || (*out = read_rule(r, v, depth + 1));
}

static bool read_subs(struct reading *r, const struct val *src, const char *keyword, unsigned depth,
                      struct schema_rules *out)
{
    const struct val *v;
    if (!read_list(r, src, keyword, false, &v))
        return false;
    if (!v || !v->len)
        return true;
    out->items = arena_array(&r->v->pool.arena, v->len, sizeof(*out->items));
    for (uint32_t i = 0; i < v->len; i++)
        if (!(out->items[out->len++] = read_rule(r, &v->as.items[i], depth + 1)))
            return false;
    return true;
}

static bool read_props(struct reading *r, const struct val *src, unsigned depth,
                       struct schema_rule *out)
{
    const struct val *a = val_get(src, "additionalProperties");
    out->props = val_get(src, "properties");
    if (out->props && !val_is(out->props, VAL_MAP))
        return wrong(r, out->props, "properties", "has to be a map");
    size_t n = val_count(out->props);
    out->prop = arena_array(&r->v->pool.arena, n ? n : 1, sizeof(*out->prop));
    for (size_t i = 0; i < n; i++)
        if (!(out->prop[i] = read_rule(r, &out->props->as.entries[i].value, depth + 1)))
            return false;
    if (!a)
        return true;
    if (val_is(a, VAL_BOOL)) {
        out->extra = a->as.b ? SCHEMA_ADDITIONAL_YES : SCHEMA_ADDITIONAL_NO;
        return true;
    }
    out->extra = SCHEMA_ADDITIONAL_RULE;
    return (out->additional = read_rule(r, a, depth + 1));
}

static bool read_pattern(struct reading *r, const struct val *src, struct schema_rule *out)
{
    const struct val *v = val_get(src, "pattern");
    struct err why = ERR_INIT;
    if (!v)
        return true;
    if (!val_is(v, VAL_STRING))
        return wrong(r, v, "pattern", "has to be a string");
    struct schema_pattern *p = schema_pattern_new(v->as.s, v->len, &why);
    if (!p) {
        err_set(r->e, ERR_INVALID, "schema: the pattern does not compile: %s", why.text);
        err_at(r->e, NULL, v->line, v->col);
        err_clear(&why);
        return false;
    }
    vec_push(&r->v->patterns, p);
    out->pattern_text = v;
    out->pattern_says = val_str(val_get(src, "x-pattern-text"), NULL);
    out->pattern = p;
    return true;
}

static void read_format(struct reading *r, const char *name, struct schema_rule *out)
{
    static const struct {
        const char *name;
        int64_t least;
        uint64_t most;
    } integers[] = {
        {"int32", INT32_MIN, INT32_MAX},
        {"int64", INT64_MIN, INT64_MAX},
        {"uint32", 0, UINT32_MAX},
        {"uint64", 0, UINT64_MAX},
    };
    for (size_t i = 0; i < ARRAY_LEN(integers); i++)
        if (out->type == SCHEMA_INTEGER && strcmp(name, integers[i].name) == 0) {
            out->least = integers[i].least;
            out->most = integers[i].most;
        }
    out->format = schema_format(name);
    if (out->format && out->format->pattern) {
        struct schema_pattern *p =
            schema_pattern_new(out->format->pattern, strlen(out->format->pattern), NULL);
        vec_push(&r->v->patterns, p);
        out->format_pattern = p;
    }
}

static bool read_scalars(struct reading *r, const struct val *src, struct schema_rule *out)
{
    const struct val *format = val_get(src, "format");
    if (format && !val_is(format, VAL_STRING))
        return wrong(r, format, "format", "has to be a string");
    read_format(r, val_str(format, ""), out);
    out->not_yet = val_str(val_get(src, "x-not-yet"), NULL);
    if (!read_flag(r, src, "exclusiveMinimum", &out->above) ||
        !read_flag(r, src, "exclusiveMaximum", &out->below) ||
        !read_number(r, src, "minimum", &out->min) || !read_number(r, src, "maximum", &out->max) ||
        !read_number(r, src, "multipleOf", &out->multiple) ||
        !read_count(r, src, "minLength", &out->min_length) ||
        !read_count(r, src, "maxLength", &out->max_length) || !read_pattern(r, src, out))
        return false;
    struct val zero = val_of_int(0);
    if (out->multiple && schema_number_compare(out->multiple, &zero) <= 0)
        return wrong(r, out->multiple, "multipleOf", "has to be above 0");
    return true;
}

static bool read_containers(struct reading *r, const struct val *src, unsigned depth,
                            struct schema_rule *out)
{
    return read_flag(r, src, "uniqueItems", &out->unique) &&
           read_count(r, src, "minItems", &out->min_items) &&
           read_count(r, src, "maxItems", &out->max_items) &&
           read_count(r, src, "minProperties", &out->min_props) &&
           read_count(r, src, "maxProperties", &out->max_props) &&
           read_list(r, src, "required", true, &out->required) &&
           read_list(r, src, "x-kubernetes-list-map-keys", true, &out->keys) &&
           read_props(r, src, depth, out) && read_sub(r, src, "items", depth, &out->items);
}

static bool read_forms(struct reading *r, const struct val *src, unsigned depth,
                       struct schema_rule *out)
{
    return read_subs(r, src, "allOf", depth, &out->all) &&
           read_subs(r, src, "anyOf", depth, &out->any) &&
           read_subs(r, src, "oneOf", depth, &out->one) &&
           read_sub(r, src, "not", depth, &out->not );
}

static const struct schema_rule *read_rule(struct reading *r, const struct val *src, unsigned depth)
{
    if (depth > SCHEMA_MAX_DEPTH || r->rules++ > RULES_MAX) {
        err_set(r->e, ERR_LIMIT, "schema: deeper than %d levels or more than %u parts",
                SCHEMA_MAX_DEPTH, RULES_MAX);
        return NULL;
    }
    if (!val_is(src, VAL_MAP)) {
        wrong(r, src, "a schema", "has to be a map");
        return NULL;
    }
    struct schema_rule *out = arena_new(&r->v->pool.arena, struct schema_rule);
    out->source = src;
    bool ok = read_type(r, src, out) && read_flag(r, src, "nullable", &out->nullable) &&
              read_flag(r, src, "x-kubernetes-int-or-string", &out->int_or_string) &&
              read_flag(r, src, "x-kubernetes-preserve-unknown-fields", &out->preserve) &&
              read_flag(r, src, "x-kubernetes-embedded-resource", &out->embedded) &&
              read_flag(r, src, "x-secret", &out->secret) &&
              read_list(r, src, "enum", false, &out->values) && read_scalars(r, src, out) &&
              read_containers(r, src, depth, out) && read_forms(r, src, depth, out);
    return ok ? out : NULL;
}

struct schema_validator *schema_validator_new(const struct schema *s, struct err *e)
{
    struct schema_validator *v = mem_new(struct schema_validator);
    struct err own = ERR_INIT;
    struct reading r = {.v = v, .e = e ? e : &own};
    val_pool_init(&v->pool);
    v->root = read_rule(&r, s->source, 0);
    err_clear(&own);
    if (v->root)
        return v;
    schema_validator_free(v);
    return NULL;
}

void schema_validator_free(struct schema_validator *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->patterns.len; i++)
        schema_pattern_free(v->patterns.items[i]);
    vec_clear(&v->patterns);
    val_pool_clear(&v->pool);
    mem_free(v);
}
