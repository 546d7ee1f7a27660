// SPDX-License-Identifier: Apache-2.0
#include "schema/check.h"

#include "base/mem.h"
#include "base/near.h"
#include "schema/format.h"
#include "schema/number.h"
#include "schema/pattern.h"

#include <stdio.h>
#include <string.h>

enum form { ANY, TEXT, FLAG, COUNT, NUMBER, TEXTS, LIST, SCHEMA, SCHEMAS, PROPS, MORE, MAP };

#define T(type) (1u << SCHEMA_##type)
#define NUMBERS (T(INTEGER) | T(NUMBER))
#define ALL 0x7fu

/* Every keyword, what its value looks like and which types it says something about. */
static const struct keyword {
    const char *name;
    enum form form;
    unsigned types;
} keywords[] = {
    {"type", ANY, ALL},
    {"title", TEXT, ALL},
    {"description", TEXT, ALL},
    {"format", TEXT, T(STRING) | NUMBERS},
    {"default", ANY, ALL},
    {"example", ANY, ALL},
    {"enum", LIST, ALL},
    {"nullable", FLAG, ALL},
    {"minimum", NUMBER, NUMBERS},
    {"maximum", NUMBER, NUMBERS},
    {"exclusiveMinimum", FLAG, NUMBERS},
    {"exclusiveMaximum", FLAG, NUMBERS},
    {"multipleOf", NUMBER, NUMBERS},
    {"minLength", COUNT, T(STRING)},
    {"maxLength", COUNT, T(STRING)},
    {"pattern", TEXT, T(STRING)},
    {"items", SCHEMA, T(ARRAY)},
    {"minItems", COUNT, T(ARRAY)},
    {"maxItems", COUNT, T(ARRAY)},
    {"uniqueItems", FLAG, T(ARRAY)},
    {"properties", PROPS, T(OBJECT)},
    {"required", TEXTS, T(OBJECT)},
    {"additionalProperties", MORE, T(OBJECT)},
    {"minProperties", COUNT, T(OBJECT)},
    {"maxProperties", COUNT, T(OBJECT)},
    {"allOf", SCHEMAS, ALL},
    {"anyOf", SCHEMAS, ALL},
    {"oneOf", SCHEMAS, ALL},
    {"not", SCHEMA, ALL},
    {"externalDocs", MAP, ALL},
    {"x-kubernetes-int-or-string", FLAG, T(ANY)},
    {"x-kubernetes-preserve-unknown-fields", FLAG, T(OBJECT)},
    {"x-kubernetes-embedded-resource", FLAG, T(OBJECT)},
    {"x-kubernetes-list-type", TEXT, T(ARRAY)},
    {"x-kubernetes-list-map-keys", TEXTS, T(ARRAY)},
    {"x-kubernetes-map-type", TEXT, T(OBJECT)},
    {"x-kubernetes-validations", LIST, ALL},
    {"x-order", NUMBER, ALL},
    {"x-enum-text", MAP, ALL},
    {"x-pattern-text", TEXT, T(STRING)},
    {"x-secret", FLAG, T(STRING) | T(OBJECT)},
    {"x-visible-when", TEXT, ALL},
};

/* What other dialects of JSON Schema have, and what to write instead. */
static const struct {
    const char *name, *instead;
} foreign[] = {
    {"$ref", "write the schema where it is used; YAML anchors may repeat it"},
    {"$schema", NULL},
    {"$id", NULL},
    {"$defs", "write the schema where it is used; YAML anchors may repeat it"},
    {"definitions", "write the schema where it is used; YAML anchors may repeat it"},
    {"const", "enum with one value"},
    {"patternProperties", "additionalProperties with a schema"},
    {"dependencies", NULL},
    {"if", "x-visible-when, or oneOf"},
    {"then", NULL},
    {"else", NULL},
    {"prefixItems", NULL},
    {"contains", NULL},
    {"examples", "example"},
    {"readOnly", NULL},
    {"writeOnly", "x-secret"},
};

struct check {
    struct schema_errors *out;
    size_t found;
    char path[1024];
    size_t len; /* of path */
};

static void check_schema(struct check *c, const struct val *s, unsigned depth, bool form);

static void say(struct check *c, enum schema_error_kind kind, uint32_t line, uint32_t col,
                const char *right, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
static void say(struct check *c, enum schema_error_kind kind, uint32_t line, uint32_t col,
                const char *right, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    c->found++;
    schema_errors_add(c->out, kind, c->path, line, col, right, "%s", text);
}

/* Goes one step down; the length before, for leave. A path that is too long stays as it is. */
static size_t enter(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static size_t enter(struct check *c, const char *fmt, ...)
{
    size_t before = c->len;
    char step[128];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(step, sizeof(step), fmt, ap);
    va_end(ap);
    size_t n = strlen(step);
    if (c->len + n < sizeof(c->path)) {
        memcpy(c->path + c->len, step, n + 1);
        c->len += n;
    }
    return before;
}

static void leave(struct check *c, size_t before)
{
    c->len = before;
    c->path[before] = '\0';
}

static enum schema_type type_of(const struct val *s)
{
    for (int i = SCHEMA_OBJECT; i <= SCHEMA_BOOLEAN; i++)
        if (val_str_is(val_get(s, "type"), schema_type_name((enum schema_type)i)))
            return (enum schema_type)i;
    return SCHEMA_ANY;
}

/* ---- one keyword ---- */

static const struct keyword *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (strcmp(keywords[i].name, name) == 0)
            return &keywords[i];
    return NULL;
}

static void say_unknown(struct check *c, const struct val_entry *e)
{
    struct near near;
    char right[160] = "";
    for (size_t i = 0; i < ARRAY_LEN(foreign); i++)
        if (strcmp(foreign[i].name, e->key->s) == 0) {
            if (foreign[i].instead)
                snprintf(right, sizeof(right), "instead: %s", foreign[i].instead);
            say(c, SCHEMA_ERR_UNKNOWN, e->line, e->col, *right ? right : NULL,
                "is no keyword of structural schemas");
            return;
        }
    near_begin(&near, e->key->s, e->key->len);
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        near_try(&near, keywords[i].name, strlen(keywords[i].name));
    if (near.best)
        snprintf(right, sizeof(right), "did you mean %s?", near.best);
    say(c, SCHEMA_ERR_UNKNOWN, e->line, e->col, *right ? right : NULL, "is no keyword of schemas");
}

/* What the value of a keyword has to be; NULL: it is. */
static const char *form_wrong(enum form form, const struct val *v)
{
    switch (form) {
    case TEXT:
        return val_is(v, VAL_STRING) ? NULL : "a string";
    case FLAG:
        return val_is(v, VAL_BOOL) ? NULL : "true or false";
    case COUNT:
        return schema_is_integer(v) && val_int(v, -1) >= 0 ? NULL : "a whole number from 0";
    case NUMBER:
        return schema_is_number(v) ? NULL : "a number";
    case TEXTS:
        for (size_t i = 0; i < val_count(v); i++)
            if (!val_is(val_item(v, i), VAL_STRING))
                return "a list of strings";
        return val_is(v, VAL_LIST) ? NULL : "a list of strings";
    case LIST:
    case SCHEMAS:
        return val_is(v, VAL_LIST) && v->len ? NULL : "a list with at least one item";
    case SCHEMA:
    case PROPS:
    case MAP:
        return val_is(v, VAL_MAP) ? NULL : "a map";
    case MORE:
        return val_is(v, VAL_MAP) || val_is(v, VAL_BOOL) ? NULL : "a schema, true or false";
    case ANY:
        return NULL;
    }
    return NULL;
}

static void check_parts(struct check *c, enum form form, const struct val *v, unsigned depth,
                        bool in_form)
{
    if (form == PROPS) {
        for (uint32_t i = 0; i < v->len; i++) {
            size_t before = enter(c, ".%s", v->as.entries[i].key->s);
            check_schema(c, &v->as.entries[i].value, depth + 1, in_form);
            leave(c, before);
        }
    } else if (form == SCHEMAS) {
        for (uint32_t i = 0; i < v->len; i++) {
            size_t before = enter(c, "[%zu]", (size_t)i);
            check_schema(c, &v->as.items[i], depth + 1, true);
            leave(c, before);
        }
    } else if (form == SCHEMA || (form == MORE && v->type == VAL_MAP)) {
        check_schema(c, v, depth + 1, in_form);
    }
}

static void check_keyword(struct check *c, const struct val *s, const struct val_entry *e,
                          unsigned depth, bool in_form)
{
    const struct keyword *k = find(e->key->s);
    enum schema_type type = type_of(s);
    size_t before = enter(c, ".%s", e->key->s);
    const char *want = k ? form_wrong(k->form, &e->value) : NULL;
    if (!k)
        say_unknown(c, e);
    else if (want)
        say(c, SCHEMA_ERR_TYPE, e->value.line, e->value.col, NULL, "has to be %s", want);
    else if (type && !(k->types & (1u << type)))
        say(c, SCHEMA_ERR_FORM, e->line, e->col, NULL, "says nothing about type %s",
            schema_type_name(type));
    else
        check_parts(c, k->form, &e->value, depth, in_form || strcmp(k->name, "not") == 0);
    leave(c, before);
}

/* ---- keywords together ---- */

static void check_type(struct check *c, const struct val *s, bool in_form)
{
    const struct val *t = val_get(s, "type");
    struct near near;
    char right[96] = "object, array, string, integer, number or boolean";
    if (!t && (in_form || val_bool(val_get(s, "x-kubernetes-int-or-string"), false) ||
               val_bool(val_get(s, "x-kubernetes-preserve-unknown-fields"), false)))
        return;
    size_t before = enter(c, ".type");
    if (!t) {
        say(c, SCHEMA_ERR_REQUIRED, s->line, s->col, right, "is required");
    } else if (!type_of(s)) {
        near_begin(&near, val_str(t, ""), val_is(t, VAL_STRING) ? t->len : 0);
        for (int i = SCHEMA_OBJECT; i <= SCHEMA_BOOLEAN; i++)
            near_try(&near, schema_type_name((enum schema_type)i),
                     strlen(schema_type_name((enum schema_type)i)));
        if (val_str_is(t, "bool"))
            near.best = "boolean";
        else if (val_str_is(t, "int"))
            near.best = "integer";
        else if (val_str_is(t, "list"))
            near.best = "array";
        else if (val_str_is(t, "map"))
            near.best = "object";
        if (near.best)
            snprintf(right, sizeof(right), "did you mean %s?", near.best);
        say(c, SCHEMA_ERR_ENUM, t->line, t->col, right,
            val_is(t, VAL_LIST) ? "has to be one type, is a list" : "is no type");
    }
    leave(c, before);
}

static void check_required(struct check *c, const struct val *s)
{
    const struct val *required = val_get(s, "required"), *props = val_get(s, "properties");
    if (!val_is(required, VAL_LIST) || !val_is(props, VAL_MAP))
        return;
    for (uint32_t i = 0; i < required->len; i++) {
        const struct val *name = &required->as.items[i];
        char right[128] = "";
        struct near near;
        if (!val_is(name, VAL_STRING) || val_get_n(props, name->as.s, name->len))
            continue;
        near_begin(&near, name->as.s, name->len);
        for (uint32_t k = 0; k < props->len; k++)
            near_try(&near, props->as.entries[k].key->s, props->as.entries[k].key->len);
        if (near.best)
            snprintf(right, sizeof(right), "did you mean %s?", near.best);
        size_t before = enter(c, ".required[%zu]", (size_t)i);
        say(c, SCHEMA_ERR_UNKNOWN, name->line, name->col, *right ? right : NULL,
            "there is no property %.100s", name->as.s);
        leave(c, before);
    }
}

/* What has to be given must be seen. */
static void check_visible(struct check *c, const struct val *s)
{
    const struct val *required = val_get(s, "required"), *props = val_get(s, "properties");
    for (size_t i = 0; val_is(required, VAL_LIST) && i < required->len; i++) {
        const char *name = val_str(&required->as.items[i], "");
        const struct val *prop = val_get(props, name), *when = val_get(prop, "x-visible-when");
        if (!when || val_get(prop, "default"))
            continue;
        size_t before = enter(c, ".properties.%s.x-visible-when", name);
        say(c, SCHEMA_ERR_FORM, when->line, when->col, "give it a default, or leave it out there",
            "%.60s is required, so it cannot be hidden", name);
        leave(c, before);
    }
}

static void check_range(struct check *c, const struct val *s, const char *least, const char *most)
{
    const struct val *a = val_get(s, least), *b = val_get(s, most);
    if (!a || !b || !schema_is_number(a) || !schema_is_number(b) ||
        schema_number_compare(a, b) <= 0)
        return;
    size_t before = enter(c, ".%s", most);
    say(c, SCHEMA_ERR_LIMIT, b->line, b->col, NULL, "is below %s: nothing satisfies both", least);
    leave(c, before);
}

static void check_pattern(struct check *c, const struct val *s)
{
    const struct val *p = val_get(s, "pattern"), *f = val_get(s, "format");
    struct err e = ERR_INIT;
    if (val_is(p, VAL_STRING)) {
        struct schema_pattern *compiled = schema_pattern_new(p->as.s, p->len, &e);
        size_t before = enter(c, ".pattern");
        if (!compiled)
            say(c, SCHEMA_ERR_PATTERN, p->line, p->col, "RE2's syntax, as Go has it",
                "does not compile: %.200s", e.text);
        leave(c, before);
        schema_pattern_free(compiled);
        err_clear(&e);
    }
    if (val_is(f, VAL_STRING) && type_of(s) == SCHEMA_STRING && !schema_format(f->as.s)) {
        size_t before = enter(c, ".format");
        say(c, SCHEMA_ERR_ENUM, f->line, f->col, "a pattern can say what is meant",
            "there is no format %.60s that is checked", f->as.s);
        leave(c, before);
    }
}

static void check_enum_text(struct check *c, const struct val *s)
{
    const struct val *texts = val_get(s, "x-enum-text"), *values = val_get(s, "enum");
    if (!val_is(texts, VAL_MAP))
        return;
    for (uint32_t i = 0; i < texts->len; i++) {
        const struct val_entry *e = &texts->as.entries[i];
        bool found = false;
        for (size_t k = 0; k < val_count(values) && !found; k++) {
            const struct val *v = val_item(values, k);
            char number[24];
            snprintf(number, sizeof(number), "%lld", (long long)val_int(v, 0));
            found = val_str_is(v, e->key->s) ||
                    (val_type(v) == VAL_INT && strcmp(number, e->key->s) == 0);
        }
        size_t before = enter(c, ".x-enum-text");
        if (!found)
            say(c, SCHEMA_ERR_UNKNOWN, e->line, e->col, NULL, "%.100s is none of enum", e->key->s);
        else if (!val_is(&e->value, VAL_STRING))
            say(c, SCHEMA_ERR_TYPE, e->value.line, e->value.col, NULL, "has to be a string");
        leave(c, before);
    }
}

/* Defaults and enums against the schema itself; only when it is one. */
static void check_values(struct check *c, const struct val *s)
{
    const struct val *given[2] = {val_get(s, "default"), val_get(s, "example")};
    static const char *const names[2] = {"default", "example"};
    const struct val *values = val_get(s, "enum");
    struct schema_validator *v = NULL;
    struct val_pool p;
    if (!given[0] && !given[1] && !values)
        return;
    val_pool_init(&p);
    const struct schema *schema = schema_load(&p, s, NULL);
    if (schema)
        v = schema_validator_new(schema, NULL);
    for (int i = 0; v && i < 2; i++) {
        size_t before = enter(c, ".%s", names[i]), len = c->out->len;
        struct schema_options opt = {.base = c->path, .flags = SCHEMA_STRICT};
        if (given[i] && schema_validate(v, given[i], &opt, c->out))
            c->found += c->out->len - len + 1;
        leave(c, before);
    }
    for (size_t i = 0; v && i < val_count(values); i++) {
        size_t before = enter(c, ".enum[%zu]", i);
        struct schema_options opt = {.base = c->path};
        if (schema_validate(v, val_item(values, i), &opt, c->out))
            c->found++;
        leave(c, before);
    }
    schema_validator_free(v);
    val_pool_clear(&p);
}

static void check_secret(struct check *c, const struct val *s)
{
    const struct val *d = val_get(s, "default");
    if (!val_bool(val_get(s, "x-secret"), false) || !d)
        return;
    size_t before = enter(c, ".default");
    say(c, SCHEMA_ERR_FORM, d->line, d->col, "leave the default out",
        "a secret in a file of the catalog is none");
    leave(c, before);
}

static void check_schema(struct check *c, const struct val *s, unsigned depth, bool form)
{
    size_t found = c->found;
    if (depth > SCHEMA_MAX_DEPTH) {
        say(c, SCHEMA_ERR_LIMIT, s->line, s->col, NULL, "is deeper than %d levels",
            SCHEMA_MAX_DEPTH);
        return;
    }
    if (!val_is(s, VAL_MAP)) {
        say(c, SCHEMA_ERR_TYPE, s->line, s->col, "{type: string}",
            "a schema has to be a map, is %s", val_type_name(val_type(s)));
        return;
    }
    check_type(c, s, form);
    for (uint32_t i = 0; i < s->len; i++)
        check_keyword(c, s, &s->as.entries[i], depth, form);
    if (type_of(s) == SCHEMA_ARRAY && !val_get(s, "items") && !form)
        say(c, SCHEMA_ERR_REQUIRED, s->line, s->col, "items: {type: string}",
            "type array needs items");
    if (val_get(s, "properties") && val_is(val_get(s, "additionalProperties"), VAL_MAP))
        say(c, SCHEMA_ERR_FORM, s->line, s->col, NULL,
            "properties and a schema in additionalProperties exclude each other");
    if (!form) {
        check_required(c, s);
        check_visible(c, s);
    }
    check_range(c, s, "minimum", "maximum");
    check_range(c, s, "minLength", "maxLength");
    check_range(c, s, "minItems", "maxItems");
    check_range(c, s, "minProperties", "maxProperties");
    check_pattern(c, s);
    check_enum_text(c, s);
    check_secret(c, s);
    if (c->found == found)
        check_values(c, s);
}

int schema_check(const struct val *source, const char *base, struct schema_errors *out)
{
    struct check c = {.out = out};
    if (base)
        c.len = (size_t)snprintf(c.path, sizeof(c.path), "%s", base);
    if (c.len >= sizeof(c.path))
        c.len = sizeof(c.path) - 1;
    check_schema(&c, source, 0, false);
    return c.found ? ERR_INVALID : 0;
}
