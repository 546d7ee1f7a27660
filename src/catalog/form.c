// SPDX-License-Identifier: Apache-2.0
/* The fields of a form, made once from a schema; form_view.c looks at values with it. */
#include "catalog/form.h"

#include "base/vec.h"
#include "catalog/form_int.h"

#include <stdlib.h>
#include <string.h>

static bool fill(struct form *f, const struct schema *s, struct form_field *out, unsigned depth,
                 struct err *e);

static const char *text_of(const struct val *source, const char *key)
{
    return val_str(val_get(source, key), "");
}

static enum form_kind kind_of(const struct schema *s)
{
    if (val_bool(val_get(s->source, "x-secret"), false))
        return FORM_SECRET;
    if (val_count(s->enum_values))
        return FORM_CHOICE;
    switch ((enum schema_type)s->type) {
    case SCHEMA_STRING:
        return FORM_TEXT;
    case SCHEMA_INTEGER:
        return FORM_WHOLE;
    case SCHEMA_NUMBER:
        return FORM_NUMBER;
    case SCHEMA_BOOLEAN:
        return FORM_SWITCH;
    case SCHEMA_ARRAY:
        return s->items ? FORM_LIST : FORM_YAML;
    case SCHEMA_OBJECT:
        return s->n_props ? FORM_GROUP : s->additional ? FORM_MAP : FORM_YAML;
    case SCHEMA_ANY:
        break;
    }
    if (s->n_props)
        return FORM_GROUP;
    return s->int_or_string ? FORM_TEXT : FORM_YAML;
}

static void fill_choices(struct form *f, const struct schema *s, struct form_field *out)
{
    size_t n = val_count(s->enum_values);
    struct form_choice *choices = arena_array(&f->arena, n + 1, sizeof(*choices));
    const struct val *texts = val_get(s->source, "x-enum-text");
    for (size_t i = 0; i < n; i++) {
        const struct val *v = val_item(s->enum_values, i);
        char *key = val_is(v, VAL_STRING)
                        ? NULL
                        : arena_printf(&f->arena, "%lld", (long long)val_int(v, 0));
        choices[i].value = v;
        choices[i].text = val_str(val_get(texts, key ? key : v->as.s), "");
    }
    out->choices = choices;
    out->n_choices = n;
}

static void fill_limits(const struct schema *s, struct form_field *out)
{
    static const char *const names[][2] = {
        [SCHEMA_ANY] = {"minimum", "maximum"},
        [SCHEMA_OBJECT] = {"minProperties", "maxProperties"},
        [SCHEMA_ARRAY] = {"minItems", "maxItems"},
        [SCHEMA_STRING] = {"minLength", "maxLength"},
        [SCHEMA_INTEGER] = {"minimum", "maximum"},
        [SCHEMA_NUMBER] = {"minimum", "maximum"},
        [SCHEMA_BOOLEAN] = {"minimum", "maximum"},
    };
    out->least = val_get(s->source, names[s->type][0]);
    out->most = val_get(s->source, names[s->type][1]);
}

static bool fill_condition(struct form *f, const struct schema *s, struct form_field *out,
                           struct err *e)
{
    const struct val *when = val_get(s->source, "x-visible-when");
    struct err why = ERR_INIT;
    if (!val_is(when, VAL_STRING))
        return true;
    out->visible_when = when->as.s;
    out->condition = cel_compile(f->env, when->as.s, when->len, 0, &why);
    if (out->condition) {
        vec_push(&f->programs, out->condition);
        const struct cel_type *t = cel_program_type(out->condition);
        if (!cel_type_is(t, CEL_BOOL) && !cel_type_is_dyn(t))
            err_set(&why, ERR_TYPE, "has to be true or false");
    }
    if (!why.code)
        return true;
    err_set(e, why.code, "x-visible-when: %s", why.text);
    err_at(e, NULL, when->line, when->col);
    if (why.hint)
        err_hint(e, "%s", why.hint);
    err_clear(&why);
    return false;
}

struct ordered {
    const struct schema_prop *prop;
    double order;
    size_t number;
};

static int by_order(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    int d = (x->order > y->order) - (x->order < y->order);
    return d ? d : (x->number > y->number) - (x->number < y->number);
}

static double order_of(const struct schema *s)
{
    const struct val *v = val_get(s->source, "x-order");
    return val_is(v, VAL_DOUBLE) ? v->as.d : v ? (double)val_int(v, 0) : 1e300;
}

static bool fill_group(struct form *f, const struct schema *s, struct form_field *out,
                       unsigned depth, struct err *e)
{
    struct ordered *order = arena_array(&f->arena, s->n_props, sizeof(*order));
    struct form_field *fields = arena_array(&f->arena, s->n_props, sizeof(*fields));
    for (size_t i = 0; i < s->n_props; i++)
        order[i] = (struct ordered){&s->props[i], order_of(s->props[i].schema), i};
    qsort(order, s->n_props, sizeof(*order), by_order);
    for (size_t i = 0; i < s->n_props; i++) {
        fields[i] = (struct form_field){.name = order[i].prop->name->s,
                                        .required = order[i].prop->required};
        if (!fill(f, order[i].prop->schema, &fields[i], depth + 1, e))
            return false;
    }
    out->fields = fields;
    out->n_fields = s->n_props;
    return true;
}

static bool fill_one(struct form *f, const struct schema *s, struct form_field *out, unsigned depth,
                     struct err *e)
{
    struct form_field *field = arena_new(&f->arena, struct form_field);
    field->name = "";
    out->fields = field;
    out->n_fields = 1;
    return fill(f, s, field, depth + 1, e);
}

static bool fill(struct form *f, const struct schema *s, struct form_field *out, unsigned depth,
                 struct err *e)
{
    const char *title = text_of(s->source, "title");
    out->schema = s;
    out->kind = kind_of(s);
    out->title = *title ? title : out->name;
    out->description = text_of(s->source, "description");
    out->nullable = s->nullable;
    out->otherwise = s->default_value;
    out->pattern = text_of(s->source, "pattern");
    out->format = s->format;
    fill_limits(s, out);
    if (!fill_condition(f, s, out, e))
        return false;
    if (out->kind == FORM_CHOICE)
        fill_choices(f, s, out);
    if (out->kind == FORM_GROUP)
        return fill_group(f, s, out, depth, e);
    if (out->kind == FORM_LIST || out->kind == FORM_MAP)
        return fill_one(f, out->kind == FORM_LIST ? s->items : s->additional, out, depth, e);
    return true;
}

struct form *form_new(const struct schema *parameters, struct err *e)
{
    struct form *f = mem_new(struct form);
    arena_init(&f->arena);
    f->schema = parameters;
    f->env = cel_env_new(CEL_ENV_ALL);
    f->params = cel_declare(f->env, "params", cel_type_dyn());
    f->top.name = "";
    f->validator = schema_validator_new(parameters, e);
    if (f->validator && fill(f, parameters, &f->top, 0, e)) {
        f->top.kind = FORM_GROUP;
        return f;
    }
    form_free(f);
    return NULL;
}

void form_free(struct form *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->programs.len; i++)
        cel_program_free(f->programs.items[i]);
    vec_clear(&f->programs);
    cel_env_free(f->env);
    schema_validator_free(f->validator);
    arena_clear(&f->arena);
    mem_free(f);
}

const struct form_field *form_top(const struct form *f)
{
    return &f->top;
}
