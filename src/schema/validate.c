// SPDX-License-Identifier: Apache-2.0
/*
 * One walk over a value beside its rules. Recursion follows the schema, which is bounded, never the
 * value. Forms (anyOf, oneOf, not) are tried with a list of errors of their own, so that the
 * nearest one can be explained.
 */
#include "schema/validate.h"

#include "base/near.h"
#include "base/text.h"
#include "data/json.h"
#include "schema/number.h"
#include "schema/rule.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 60u  /* bytes of a value in a message */
#define CHOICES_MAX 12 /* names and values listed in one */

struct run {
    const struct schema_options *opt;
    struct schema_errors *out; /* NULL: only whether it is valid is asked */
    struct path_elem elems[PATH_MAX_ELEMS];
    size_t depth;
    size_t found; /* errors, in this run */
};

static void check(struct run *r, const struct schema_rule *rule, const struct val *v, bool strict);

/* ---- messages ---- */

/* A value for a message: JSON, cut. */
static const char *show(struct run *r, const struct val *v)
{
    struct buf b;
    buf_init(&b, SHOWN_MAX);
    if (json_write(&b, v, JSON_COMPACT) && b.len) {
        while (b.len && ((unsigned char)b.data[b.len - 1] & 0xc0) == 0x80)
            b.data[--b.len] = '\0';
        if (b.len && (unsigned char)b.data[b.len - 1] >= 0xc0)
            b.data[--b.len] = '\0';
    }
    const char *text = arena_printf(&r->out->pool.arena, "%s%s", buf_str(&b), b.over ? "…" : "");
    buf_clear(&b);
    return text ? text : "";
}

static const char *path_text(struct run *r, const char *missing)
{
    struct buf b;
    const char *text = NULL;
    size_t depth = r->depth;
    buf_init(&b, BUF_SMALL);
    if (r->opt && r->opt->base)
        buf_puts(&b, r->opt->base);
    if (missing && depth < PATH_MAX_ELEMS) {
        const struct val_key *key = val_intern(&r->out->pool, missing, strlen(missing));
        if (key)
            r->elems[depth++] = (struct path_elem){.kind = PATH_FIELD, .as.field = key};
    }
    path_format(&b, (struct path){r->elems, depth}, PATH_STYLE_SERVER);
    text = arena_strdup(&r->out->pool.arena, buf_str(&b));
    buf_clear(&b);
    return text ? text : "";
}

/* Is there room for one more? Counts it in any case; texts are only made when it is kept. */
static bool wanted(struct run *r)
{
    r->found++;
    if (!r->out)
        return false;
    if (r->out->len < r->out->max)
        return true;
    r->out->more++;
    return false;
}

#define SAY(r, kind, v, right, ...)                                                                \
    do {                                                                                           \
        if (wanted(r))                                                                             \
            schema_errors_add((r)->out, kind, path_text(r, NULL), (v)->line, (v)->col, right,      \
                              __VA_ARGS__);                                                        \
    } while (0)

/* "is a string", with the value where it may be seen */
static const char *is_what(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    static const char *const words[] = {"null",     "a boolean", "an integer", "an integer",
                                        "a number", "a string",  "a list",     "a map"};
    if (rule->secret || v->type == VAL_NULL || v->type == VAL_LIST || v->type == VAL_MAP)
        return words[v->type];
    const char *text = arena_printf(&r->out->pool.arena, "%s: %s", words[v->type], show(r, v));
    return text ? text : "";
}

/* The next of n things: "a, b or c", "a, b and 7 more" */
static void list_next(struct buf *b, const char *s, size_t i, size_t n, const char *word)
{
    bool cut = n > CHOICES_MAX;
    if (i && !cut && i + 1 == n)
        buf_printf(b, " %s ", word);
    else if (i)
        buf_puts(b, ", ");
    buf_puts(b, s);
    if (cut && i + 1 == CHOICES_MAX)
        buf_printf(b, " %s %zu more", word, n - CHOICES_MAX);
}

/* "a, b or c": the values of an enum */
static const char *choices(struct run *r, const struct val *list)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (uint32_t i = 0; i < list->len && i < CHOICES_MAX; i++) {
        const struct val *v = &list->as.items[i];
        list_next(&b, v->type == VAL_STRING && v->len ? v->as.s : show(r, v), i, list->len, "or");
    }
    const char *text = arena_strdup(&r->out->pool.arena, buf_str(&b));
    buf_clear(&b);
    return text ? text : "";
}

/* ---- scalars ---- */

static bool has_type(const struct schema_rule *rule, const struct val *v)
{
    if (rule->int_or_string && !rule->type)
        return v->type == VAL_STRING || schema_is_integer(v);
    switch ((enum schema_type)rule->type) {
    case SCHEMA_OBJECT:
        return v->type == VAL_MAP;
    case SCHEMA_ARRAY:
        return v->type == VAL_LIST;
    case SCHEMA_STRING:
        return v->type == VAL_STRING;
    case SCHEMA_INTEGER:
        return schema_is_integer(v);
    case SCHEMA_NUMBER:
        return schema_is_number(v);
    case SCHEMA_BOOLEAN:
        return v->type == VAL_BOOL;
    case SCHEMA_ANY:
        return true;
    }
    return true;
}

static void say_type(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    static const char *const words[] = {"an integer or a string",
                                        "a map",
                                        "a list",
                                        "a string",
                                        "an integer",
                                        "a number",
                                        "a boolean"};
    const char *right = NULL;
    if (!wanted(r))
        return;
    if (rule->type == SCHEMA_STRING && (v->type == VAL_BOOL || schema_is_number(v)))
        right = "put it in quotes";
    else if (v->type == VAL_STRING && (rule->type == SCHEMA_INTEGER ||
                                       rule->type == SCHEMA_NUMBER || rule->type == SCHEMA_BOOLEAN))
        right = "without quotes";
    else if (rule->type == SCHEMA_ARRAY)
        right = "items go on lines that begin with '- ', or between [ and ]";
    schema_errors_add(r->out, SCHEMA_ERR_TYPE, path_text(r, NULL), v->line, v->col, right,
                      "has to be %s, is %s", words[rule->type], is_what(r, rule, v));
}

static void check_enum(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    for (uint32_t i = 0; i < rule->values->len; i++)
        if (val_equal(&rule->values->as.items[i], v))
            return;
    if (!wanted(r))
        return;
    struct near near;
    const char *right = NULL;
    near_begin(&near, val_str(v, ""), v->type == VAL_STRING ? v->len : 0);
    for (uint32_t i = 0; i < rule->values->len; i++)
        if (rule->values->as.items[i].type == VAL_STRING)
            near_try(&near, rule->values->as.items[i].as.s, rule->values->as.items[i].len);
    if (near.best)
        right = arena_printf(&r->out->pool.arena, "did you mean %s?", near.best);
    schema_errors_add(r->out, SCHEMA_ERR_ENUM, path_text(r, NULL), v->line, v->col, right,
                      rule->secret ? "has to be %s%s" : "has to be %s, is %s",
                      choices(r, rule->values), rule->secret ? "" : show(r, v));
}

static void check_number(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    if (rule->min) {
        int c = schema_number_compare(v, rule->min);
        if (c < 0 || (c == 0 && rule->above))
            SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to be %s %s, is %s",
                rule->above ? "above" : "at least", show(r, rule->min),
                rule->secret ? "less" : show(r, v));
    }
    if (rule->max) {
        int c = schema_number_compare(v, rule->max);
        if (c > 0 || (c == 0 && rule->below))
            SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to be %s %s, is %s",
                rule->below ? "below" : "at most", show(r, rule->max),
                rule->secret ? "more" : show(r, v));
    }
    if (rule->most && schema_is_integer(v)) {
        struct val least = val_of_int(rule->least), most = val_of_uint(rule->most);
        if (schema_number_compare(v, &least) < 0 || schema_number_compare(v, &most) > 0)
            SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to be from %lld to %llu", (long long)rule->least,
                (unsigned long long)rule->most);
    }
    if (rule->multiple && !schema_is_multiple(v, rule->multiple))
        SAY(r, SCHEMA_ERR_MULTIPLE, v, NULL, "has to be a multiple of %s", show(r, rule->multiple));
}

static int64_t code_points(const struct val *v)
{
    int64_t n = 0;
    for (uint32_t i = 0; i < v->len; i++)
        n += ((unsigned char)v->as.s[i] & 0xc0) != 0x80;
    return n;
}

static void check_format(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    const struct schema_format *f = rule->format;
    if (f->fits ? f->fits(v->as.s, v->len)
                : schema_pattern_matches(rule->format_pattern, v->as.s, v->len))
        return;
    if (!wanted(r))
        return;
    const char *name = val_str(val_get(rule->source, "format"), ""), *is = is_what(r, rule, v);
    const char *right = arena_printf(&r->out->pool.arena, "such as %s", f->example);
    schema_errors_add(r->out, SCHEMA_ERR_FORMAT, path_text(r, NULL), v->line, v->col, right,
                      "is no %s, is %s", name, is);
}

static void check_string(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    int64_t n = rule->min_length > 0 || rule->max_length >= 0 ? code_points(v) : 0;
    if (n < rule->min_length)
        SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to have at least %lld character%s, has %lld",
            (long long)rule->min_length, rule->min_length == 1 ? "" : "s", (long long)n);
    if (rule->max_length >= 0 && n > rule->max_length)
        SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to have at most %lld character%s, has %lld",
            (long long)rule->max_length, rule->max_length == 1 ? "" : "s", (long long)n);
    if (rule->pattern && !schema_pattern_matches(rule->pattern, v->as.s, v->len))
        SAY(r, SCHEMA_ERR_PATTERN, v, NULL, "has to %s %s%s%s", rule->pattern_says ? "be" : "match",
            rule->pattern_says ? rule->pattern_says : rule->pattern_text->as.s,
            rule->secret ? "" : ", is ", rule->secret ? "" : show(r, v));
    if (rule->format)
        check_format(r, rule, v);
}

/* ---- lists ---- */

/* Equal items, found by hash where there are many. */
static void check_unique(struct run *r, const struct val *v)
{
    if (v->len < 2)
        return;
    size_t cap = 16;
    while (cap < (size_t)v->len * 2)
        cap *= 2;
    struct slot {
        uint64_t hash;
        uint32_t item; /* + 1; 0: free */
    } *slots = mem_calloc(cap, sizeof(*slots));
    for (uint32_t i = 0; i < v->len; i++) {
        uint64_t h = val_hash(&v->as.items[i]);
        size_t at = h & (cap - 1);
        for (; slots[at].item; at = (at + 1) & (cap - 1))
            if (slots[at].hash == h && val_equal(&v->as.items[slots[at].item - 1], &v->as.items[i]))
                break;
        if (!slots[at].item)
            slots[at] = (struct slot){h, i + 1};
        else
            SAY(r, SCHEMA_ERR_UNIQUE, &v->as.items[i], NULL,
                "items have to differ: item %u is the same as item %u", (unsigned)i,
                (unsigned)slots[at].item - 1);
    }
    mem_free(slots);
}

/* By the keys of the list when they are there, by number otherwise or when that is wanted. */
static struct path_elem item_elem(struct run *r, const struct schema_rule *rule,
                                  const struct val *list, uint32_t i)
{
    struct path_elem number = {.kind = PATH_INDEX, .as.index = i};
    const struct val *item = &list->as.items[i];
    struct val_entry entries[8];
    size_t n = val_count(rule->keys);
    if (!n || n > ARRAY_LEN(entries) || !r->out || (r->opt && (r->opt->flags & SCHEMA_BY_INDEX)))
        return number;
    for (size_t k = 0; k < n; k++) {
        const struct val *name = &rule->keys->as.items[k], *value = val_get(item, name->as.s);
        if (!value || value->type == VAL_MAP || value->type == VAL_LIST || value->len > 256)
            return number;
        entries[k] = (struct val_entry){.key = val_intern(&r->out->pool, name->as.s, name->len),
                                        .value = *value};
        if (!entries[k].key)
            return number;
        for (size_t j = k; j > 0 && strcmp(entries[j - 1].key->s, entries[j].key->s) > 0; j--) {
            struct val_entry other = entries[j];
            entries[j] = entries[j - 1];
            entries[j - 1] = other;
        }
    }
    const struct val *key = val_map_of(&r->out->pool, entries, n);
    return key ? (struct path_elem){.kind = PATH_KEY, .as.key = key} : number;
}

static void check_list(struct run *r, const struct schema_rule *rule, const struct val *v,
                       bool strict)
{
    if ((int64_t)v->len < rule->min_items)
        SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to have at least %lld item%s, has %u",
            (long long)rule->min_items, rule->min_items == 1 ? "" : "s", (unsigned)v->len);
    if (rule->max_items >= 0 && (int64_t)v->len > rule->max_items)
        SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to have at most %lld item%s, has %u",
            (long long)rule->max_items, rule->max_items == 1 ? "" : "s", (unsigned)v->len);
    if (rule->unique)
        check_unique(r, v);
    if (!rule->items || r->depth == PATH_MAX_ELEMS)
        return;
    for (uint32_t i = 0; i < v->len; i++) {
        r->elems[r->depth++] = item_elem(r, rule, v, i);
        check(r, rule->items, &v->as.items[i], strict);
        r->depth--;
    }
}

/* ---- objects ---- */

/* "known are a, b and c", without what nothing reads yet */
static const char *known_names(struct run *r, const struct schema_rule *rule)
{
    struct buf b;
    size_t n = 0, at = 0;
    for (uint32_t i = 0; i < rule->props->len; i++)
        n += !rule->prop[i]->not_yet;
    buf_init(&b, BUF_SMALL);
    buf_puts(&b, n == 1 ? "known is " : "known are ");
    for (uint32_t i = 0; i < rule->props->len && at < CHOICES_MAX; i++)
        if (!rule->prop[i]->not_yet)
            list_next(&b, rule->props->as.entries[i].key->s, at++, n, "and");
    const char *text = n ? arena_strdup(&r->out->pool.arena, buf_str(&b)) : NULL;
    buf_clear(&b);
    return text;
}

static void say_unknown(struct run *r, const struct schema_rule *rule, const struct val_entry *e)
{
    struct near near;
    const char *right = NULL;
    if (!wanted(r))
        return;
    near_begin(&near, e->key->s, e->key->len);
    for (uint32_t i = 0; i < val_count(rule->props); i++)
        if (!rule->prop[i]->not_yet)
            near_try(&near, rule->props->as.entries[i].key->s, rule->props->as.entries[i].key->len);
    if (near.best)
        right = arena_printf(&r->out->pool.arena, "did you mean %s?", near.best);
    else if (val_count(rule->props))
        right = known_names(r, rule);
    schema_errors_add(r->out, SCHEMA_ERR_UNKNOWN, path_text(r, NULL), e->line, e->col, right,
                      "is not known here");
}

static const struct schema_rule *rule_of(const struct schema_rule *rule, const struct val_entry *e)
{
    const struct val *found = val_get_n(rule->props, e->key->s, e->key->len);
    if (!found)
        return NULL;
    const struct val_entry *entry =
        (const void *)((const char *)found - offsetof(struct val_entry, value));
    return rule->prop[entry - rule->props->as.entries];
}

/* apiVersion, kind and metadata of an embedded resource are always known. */
static bool is_of_resource(const struct schema_rule *rule, const struct val_entry *e)
{
    return rule->embedded && (strcmp(e->key->s, "apiVersion") == 0 ||
                              strcmp(e->key->s, "kind") == 0 || strcmp(e->key->s, "metadata") == 0);
}

static void check_entry(struct run *r, const struct schema_rule *rule, const struct val_entry *e,
                        bool strict)
{
    const struct schema_rule *sub = rule_of(rule, e);
    if (r->depth == PATH_MAX_ELEMS)
        return;
    r->elems[r->depth++] = (struct path_elem){.kind = PATH_FIELD, .as.field = e->key};
    if (sub && sub->not_yet) {
        if (wanted(r))
            schema_errors_add(r->out, SCHEMA_ERR_NOT_YET, path_text(r, NULL), e->line, e->col,
                              *sub->not_yet ? sub->not_yet : NULL, "is not supported yet");
    } else if (sub)
        check(r, sub, &e->value, strict);
    else if (rule->extra == SCHEMA_ADDITIONAL_RULE)
        check(r, rule->additional, &e->value, strict);
    else if (rule->extra == SCHEMA_ADDITIONAL_NO)
        say_unknown(r, rule, e);
    else if (rule->extra == SCHEMA_ADDITIONAL_UNSAID && strict && !rule->preserve &&
             (rule->props || rule->type == SCHEMA_OBJECT) && !is_of_resource(rule, e))
        say_unknown(r, rule, e);
    r->depth--;
}

/* Has the object a property that is refused because nothing reads it yet? What else it lacks would
 * be said of a form that is not there. */
static bool has_not_yet(const struct schema_rule *rule, const struct val *v)
{
    for (uint32_t i = 0; i < val_count(rule->props); i++)
        if (rule->prop[i]->not_yet && val_get_key(v, rule->props->as.entries[i].key))
            return true;
    return false;
}

static void check_required(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    if (has_not_yet(rule, v))
        return;
    for (uint32_t i = 0; i < val_count(rule->required); i++) {
        const struct val *name = &rule->required->as.items[i];
        if (val_get_n(v, name->as.s, name->len) || !wanted(r))
            continue;
        schema_errors_add(r->out, SCHEMA_ERR_REQUIRED, path_text(r, name->as.s), v->line, v->col,
                          NULL, "is required");
    }
}

static void check_map(struct run *r, const struct schema_rule *rule, const struct val *v,
                      bool strict)
{
    if ((int64_t)v->len < rule->min_props)
        SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to have at least %lld propert%s, has %u",
            (long long)rule->min_props, rule->min_props == 1 ? "y" : "ies", (unsigned)v->len);
    if (rule->max_props >= 0 && (int64_t)v->len > rule->max_props)
        SAY(r, SCHEMA_ERR_LIMIT, v, NULL, "has to have at most %lld propert%s, has %u",
            (long long)rule->max_props, rule->max_props == 1 ? "y" : "ies", (unsigned)v->len);
    check_required(r, rule, v);
    for (uint32_t i = 0; i < v->len; i++)
        check_entry(r, rule, &v->as.entries[i], strict);
}

/* ---- forms ---- */

/* How many errors a form finds; with out NULL nothing is written down. */
static size_t try_form(struct run *r, const struct schema_rule *rule, const struct val *v,
                       struct schema_errors *out)
{
    struct schema_errors *before = r->out;
    size_t found = r->found, n;
    r->out = out;
    r->found = 0;
    check(r, rule, v, false);
    n = r->found;
    r->out = before;
    r->found = found;
    return n;
}

/* Forms that only say which property has to be there: then their names say it all. */
static const struct val *only_required(const struct schema_rule *form)
{
    bool only = form->source->len == 1 && form->required && form->required->len == 1;
    return only ? &form->required->as.items[0] : NULL;
}

static const char *required_names(struct run *r, const struct schema_rules *forms)
{
    struct buf b;
    const char *text = NULL;
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < forms->len && i < CHOICES_MAX; i++) {
        const struct val *name = only_required(forms->items[i]);
        if (!name)
            goto out;
        list_next(&b, name->as.s, i, forms->len, "and");
    }
    text = arena_strdup(&r->out->pool.arena, buf_str(&b));
out:
    buf_clear(&b);
    return text;
}

/* The form with the fewest errors, explained by its first one. */
static void say_none(struct run *r, const struct schema_rules *forms, const struct val *v,
                     const char *word)
{
    size_t best = 0, fewest = SIZE_MAX;
    struct schema_errors first;
    const char *right = NULL, *names;
    if (!wanted(r))
        return;
    if ((names = required_names(r, forms))) {
        schema_errors_add(r->out, SCHEMA_ERR_FORM, path_text(r, NULL), v->line, v->col, NULL,
                          "%s of %s is needed", word, names);
        return;
    }
    for (size_t i = 0; i < forms->len && fewest > 1; i++) {
        size_t n = try_form(r, forms->items[i], v, NULL);
        if (n < fewest) {
            fewest = n;
            best = i;
        }
    }
    schema_errors_init(&first);
    first.max = 1;
    try_form(r, forms->items[best], v, &first);
    if (first.len)
        right =
            arena_printf(&r->out->pool.arena, "for form %zu: %s %s", best + 1,
                         *first.items[0].path ? first.items[0].path : "it", first.items[0].text);
    schema_errors_add(r->out, SCHEMA_ERR_FORM, path_text(r, NULL), v->line, v->col, right,
                      "has to match %s of %zu forms, matches none", word, forms->len);
    schema_errors_clear(&first);
}

static void check_any(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    for (size_t i = 0; i < rule->any.len; i++)
        if (!try_form(r, rule->any.items[i], v, NULL))
            return;
    say_none(r, &rule->any, v, "at least one");
}

static void check_one(struct run *r, const struct schema_rule *rule, const struct val *v)
{
    size_t matched = 0, which[2];
    const struct val *names[2];
    for (size_t i = 0; i < rule->one.len && matched < 2; i++)
        if (!try_form(r, rule->one.items[i], v, NULL))
            which[matched++] = i;
    if (matched == 0)
        say_none(r, &rule->one, v, "exactly one");
    if (matched < 2)
        return;
    names[0] = only_required(rule->one.items[which[0]]);
    names[1] = only_required(rule->one.items[which[1]]);
    if (names[0] && names[1])
        SAY(r, SCHEMA_ERR_FORM, v, "leave out one of the two", "%s and %s exclude each other",
            names[0]->as.s, names[1]->as.s);
    else
        SAY(r, SCHEMA_ERR_FORM, v, NULL,
            "has to match exactly one of %zu forms, matches forms %zu and %zu", rule->one.len,
            which[0] + 1, which[1] + 1);
}

/* ---- secrets ---- */

static bool is_text(const struct val *v)
{
    return val_is(v, VAL_STRING) && v->len;
}

/* What is wrong with the place of a secret; NULL: nothing. */
static const char *place_wrong(const struct val *v)
{
    static const char *const parts[] = {"namespace", "name", "key"};
    const struct val *ref = val_get(v, "secretRef"), *argv = val_get(v, "command");
    if (!val_is(v, VAL_MAP))
        return "a secret is never written down";
    if (v->len != 1)
        return "one place is needed";
    for (size_t i = 0; ref && i < ARRAY_LEN(parts); i++)
        if (!is_text(val_get(ref, parts[i])) || ref->len != ARRAY_LEN(parts))
            return "secretRef needs namespace, name and key";
    for (size_t i = 0; i < val_count(argv); i++)
        if (!is_text(val_item(argv, i)))
            return "command is a list of words";
    if (ref || is_text(val_get(v, "env")) || is_text(val_get(v, "file")) ||
        (val_is(argv, VAL_LIST) && argv->len))
        return NULL;
    return argv ? "command is a list of words" : "no such place is known";
}

static void check_place(struct run *r, const struct val *v)
{
    const char *what = place_wrong(v);
    if (what)
        SAY(r, SCHEMA_ERR_TYPE, v,
            "{secretRef: {namespace, name, key}}, {env: NAME}, {file: PATH} or {command: [ARGV]}",
            "%s", what);
}

/* ---- the walk ---- */

static void check(struct run *r, const struct schema_rule *rule, const struct val *v, bool strict)
{
    if (r->opt && r->opt->skip && r->opt->skip(r->opt->ctx, v))
        return;
    if (v->type == VAL_NULL && rule->nullable)
        return;
    if (rule->secret && r->opt && (r->opt->flags & SCHEMA_SECRET_PLACES)) {
        check_place(r, v);
        return;
    }
    if (!has_type(rule, v)) {
        say_type(r, rule, v);
        return;
    }
    if (rule->values)
        check_enum(r, rule, v);
    if (v->type == VAL_STRING)
        check_string(r, rule, v);
    else if (v->type == VAL_LIST)
        check_list(r, rule, v, strict);
    else if (v->type == VAL_MAP)
        check_map(r, rule, v, strict);
    else if (schema_is_number(v))
        check_number(r, rule, v);
    for (size_t i = 0; i < rule->all.len; i++)
        check(r, rule->all.items[i], v, false);
    if (v->type == VAL_MAP && has_not_yet(rule, v))
        return;
    if (rule->any.len)
        check_any(r, rule, v);
    if (rule->one.len)
        check_one(r, rule, v);
    if (rule->not &&!try_form(r, rule->not, v, NULL))
        SAY(r, SCHEMA_ERR_FORM, v, NULL, "has a form that is not allowed here");
}

int schema_validate(const struct schema_validator *v, const struct val *value,
                    const struct schema_options *options, struct schema_errors *out)
{
    struct run r = {.opt = options, .out = out};
    check(&r, v->root, value, options && (options->flags & SCHEMA_STRICT));
    return r.found ? ERR_INVALID : 0;
}
