// SPDX-License-Identifier: Apache-2.0
#include "match.h"

#include "base/mem.h"
#include "data/json.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

void vars_set(struct vars *v, const char *name, const char *value)
{
    for (size_t i = 0; i < v->items.len; i++)
        if (strcmp(v->items.items[i].name, name) == 0) {
            mem_free(v->items.items[i].value);
            v->items.items[i].value = mem_strdup(value);
            return;
        }
    const struct var var = {mem_strdup(name), mem_strdup(value)};
    vec_push(&v->items, var);
}

void vars_clear(struct vars *v)
{
    for (size_t i = 0; i < v->items.len; i++) {
        mem_free(v->items.items[i].name);
        mem_free(v->items.items[i].value);
    }
    for (size_t i = 0; i < v->texts.len; i++)
        mem_free(v->texts.items[i]);
    vec_clear(&v->items);
    vec_clear(&v->texts);
}

static const char *value_of(const struct vars *v, const char *name, size_t len)
{
    for (size_t i = 0; i < v->items.len; i++)
        if (strlen(v->items.items[i].name) == len && !memcmp(v->items.items[i].name, name, len))
            return v->items.items[i].value;
    return NULL;
}

const char *vars_fill(struct vars *v, const char *text)
{
    struct buf b;
    buf_init(&b, BUF_LARGE);
    while (*text) {
        size_t n = 0;
        while (*text == '$' && (isalnum((unsigned char)text[1 + n]) || text[1 + n] == '_'))
            n++;
        const char *value = n ? value_of(v, text + 1, n) : NULL;
        (void)(value ? buf_puts(&b, value) : buf_putc(&b, *text));
        text += value ? n + 1 : 1;
    }
    char *out = mem_strdup(buf_str(&b));
    buf_clear(&b);
    vec_push(&v->texts, out);
    return out;
}

static void fill_into(struct vars *v, struct val_pool *p, struct val_builder *b,
                      const struct val *value)
{
    if (value->type == VAL_MAP) {
        val_builder_map(b);
        for (uint32_t i = 0; i < value->len; i++) {
            const char *key = vars_fill(v, value->as.entries[i].key->s);
            val_builder_key(b, key, strlen(key));
            fill_into(v, p, b, &value->as.entries[i].value);
        }
        val_builder_end(b);
    } else if (value->type == VAL_LIST) {
        val_builder_list(b);
        for (uint32_t i = 0; i < value->len; i++)
            fill_into(v, p, b, &value->as.items[i]);
        val_builder_end(b);
    } else if (value->type == VAL_STRING) {
        val_builder_add(b, val_of_str(p, vars_fill(v, value->as.s)));
    } else {
        val_builder_add(b, *value);
    }
}

const struct val *vars_fill_value(struct vars *v, struct val_pool *p, const struct val *value)
{
    struct val_builder *b = val_builder_new(p, VAL_MAX_DEPTH);
    fill_into(v, p, b, value);
    const struct val *out = val_builder_finish(b);
    val_builder_free(b);
    return out;
}

bool vars_keep(struct vars *v, const char *name, const struct val *from, const char *path,
               struct buf *why)
{
    const struct val *at = from;
    for (const char *s = path; *s; s += strcspn(s, "."), s += *s == '.') {
        size_t n = strcspn(s, ".");
        at = val_is(at, VAL_LIST) ? val_item(at, strtoul(s, NULL, 10)) : val_get_n(at, s, n);
    }
    if (!at || at->type == VAL_LIST || at->type == VAL_MAP || at->type == VAL_NULL) {
        buf_printf(why, "%s: nothing there to be kept", path);
        return false;
    }
    struct buf text;
    buf_init(&text, BUF_LARGE);
    if (at->type == VAL_STRING)
        (void)buf_puts(&text, at->as.s);
    else
        (void)json_write(&text, at, JSON_COMPACT);
    vars_set(v, name, buf_str(&text));
    buf_clear(&text);
    return true;
}

/* ---- like ---- */

static bool differs(const struct val *like, const struct val *got, const char *path,
                    struct buf *why)
{
    buf_printf(why, "%s: wanted ", *path ? path : "the answer");
    (void)json_write(why, like, JSON_COMPACT);
    (void)buf_puts(why, ", got ");
    if (got)
        (void)json_write(why, got, JSON_COMPACT);
    else
        (void)buf_puts(why, "nothing");
    return false;
}

static bool match_expression(const char *pattern, const struct val *got)
{
    regex_t re;
    if (!val_is(got, VAL_STRING) || regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB))
        return false;
    bool ok = regexec(&re, got->as.s, 0, NULL, 0) == 0;
    regfree(&re);
    return ok;
}

static bool match_string(struct vars *v, const struct val *like, const struct val *got,
                         const char *path, struct buf *why)
{
    const char *text = vars_fill(v, like->as.s);
    size_t n = strlen(text);
    bool ok;
    if (strcmp(text, "<any>") == 0) {
        ok = got != NULL;
    } else if (strcmp(text, "<absent>") == 0) {
        ok = got == NULL;
    } else if (strncmp(text, "<re ", 4) == 0 && text[n - 1] == '>') {
        char *pattern = mem_strndup(text + 4, n - 5);
        ok = match_expression(pattern, got);
        mem_free(pattern);
    } else if (strncmp(text, "<not ", 5) == 0 && text[n - 1] == '>') {
        char *other = mem_strndup(text + 5, n - 6);
        ok = got && !val_str_is(got, other);
        mem_free(other);
    } else {
        ok = val_str_is(got, text);
    }
    return ok || differs(like, got, path, why);
}

static bool has(struct vars *v, const struct val *like, const struct val *got)
{
    struct buf why;
    bool found = false;
    for (size_t i = 0; i < val_count(got) && !found; i++) {
        buf_init(&why, BUF_LARGE);
        found = match(v, like, val_item(got, i), "", &why);
        buf_clear(&why);
    }
    return found;
}

static bool match_list(struct vars *v, const struct val *like, const struct val *got,
                       const char *path, struct buf *why)
{
    bool some = val_str_is(val_item(like, 0), "<has>");
    if (!val_is(got, VAL_LIST) || (!some && got->len != like->len))
        return differs(like, got, path, why);
    for (uint32_t i = some; i < like->len; i++) {
        char *place = mem_printf("%s[%u]", path, i);
        bool ok =
            some ? has(v, &like->as.items[i], got) || differs(&like->as.items[i], got, place, why)
                 : match(v, &like->as.items[i], &got->as.items[i], place, why);
        mem_free(place);
        if (!ok)
            return false;
    }
    return true;
}

static bool match_map(struct vars *v, const struct val *like, const struct val *got,
                      const char *path, struct buf *why)
{
    if (!val_is(got, VAL_MAP))
        return differs(like, got, path, why);
    for (uint32_t i = 0; i < like->len; i++) {
        const char *key = vars_fill(v, like->as.entries[i].key->s);
        char *place = mem_printf("%s.%s", path, key);
        bool ok = match(v, &like->as.entries[i].value, val_get(got, key), place, why);
        mem_free(place);
        if (!ok)
            return false;
    }
    return true;
}

bool match(struct vars *v, const struct val *like, const struct val *got, const char *path,
           struct buf *why)
{
    if (like->type == VAL_STRING)
        return match_string(v, like, got, path, why);
    if (like->type == VAL_LIST)
        return match_list(v, like, got, path, why);
    if (like->type == VAL_MAP)
        return match_map(v, like, got, path, why);
    return (got && val_equal(like, got)) || differs(like, got, path, why);
}
