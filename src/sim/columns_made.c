// SPDX-License-Identifier: Apache-2.0
/*
 * Columns that a definition prints: cells found by a JSONPath. Of that language columns have fields
 * (.a, ['a.b']), indexes, all items ([*]) and filters ([?(@.type=="Ready")]); the first value that
 * is found is the one. Source: apiextensions-apiserver, pkg/registry/customresource/tableconvertor.
 */
#include "base/clock.h"
#include "sim/define.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSONPath ---- */

static const struct val *find(const struct val *v, const char *path, const char *end);

/* The end of what a bracket opens at *at; NULL: it does not end. */
static const char *closing(const char *at, const char *end)
{
    char quote = 0;
    for (int depth = 0; at < end; at++) {
        if (quote)
            quote = *at == quote ? 0 : quote;
        else if (*at == '"' || *at == '\'')
            quote = *at;
        else if (*at == '[' || *at == '(')
            depth++;
        else if ((*at == ']' || *at == ')') && --depth == 0)
            return at;
    }
    return NULL;
}

static bool quoted(const char **at, const char **end)
{
    size_t n = (size_t)(*end - *at);
    if (n < 2 || (**at != '"' && **at != '\'') || (*end)[-1] != **at)
        return false;
    ++*at;
    --*end;
    return true;
}

/* @.a.b=="x", @.a!="x", @.a */
static bool passes(const struct val *item, const char *at, const char *end)
{
    while (at < end && *at == ' ')
        at++;
    const char *op = at;
    while (op < end && *op != '=' && *op != '!' && *op != ' ')
        op++;
    if (at >= end || *at != '@')
        return false;
    const struct val *have = find(item, at + 1, op);
    while (op < end && *op == ' ')
        op++;
    if (op == end)
        return have != NULL;
    bool not = *op == '!';
    if (end - op < 2 || op[1] != '=')
        return false;
    const char *from = op + 2, *to = end;
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    bool text = quoted(&from, &to);
    size_t n = (size_t)(to - from);
    bool same = false;
    if (val_is(have, VAL_STRING)) {
        same = text && have->len == n && memcmp(have->as.s, from, n) == 0;
    } else if (have && !text) {
        struct buf b;
        buf_init(&b, 256);
        json_write(&b, have, JSON_COMPACT);
        same = b.len == n && memcmp(buf_str(&b), from, n) == 0;
        buf_clear(&b);
    }
    return have && same != not ;
}

/* Of every item or member that passes, the first in which the rest is found. */
static const struct val *find_in(const struct val *v, const char *filter, const char *filter_end,
                                 const char *rest, const char *end)
{
    for (uint32_t i = 0; i < val_count(v); i++) {
        const struct val *x = v->type == VAL_LIST ? &v->as.items[i] : &v->as.entries[i].value;
        if (filter && !passes(x, filter, filter_end))
            continue;
        const struct val *found = find(x, rest, end);
        if (found)
            return found;
    }
    return NULL;
}

static const struct val *find_bracket(const struct val *v, const char *at, const char *end)
{
    const char *close = closing(at, end), *from = at + 1;
    if (!close)
        return NULL;
    const char *to = close;
    if (*from == '*')
        return find_in(v, NULL, NULL, close + 1, end);
    if (to - from > 3 && from[0] == '?' && from[1] == '(' && to[-1] == ')')
        return find_in(v, from + 2, to - 1, close + 1, end);
    if (quoted(&from, &to))
        return find(val_get_n(v, from, (size_t)(to - from)), close + 1, end);
    char *stop;
    long n = strtol(from, &stop, 10);
    if (stop != to || !val_is(v, VAL_LIST))
        return NULL;
    n += n < 0 ? (long)v->len : 0;
    return n >= 0 ? find(val_item(v, (size_t)n), close + 1, end) : NULL;
}

static const struct val *find(const struct val *v, const char *at, const char *end)
{
    if (!v || at >= end)
        return v;
    if (*at == '[')
        return find_bracket(v, at, end);
    if (*at == '.')
        at++;
    char name[256];
    size_t n = 0;
    while (at < end && *at != '.' && *at != '[') {
        if (*at == '\\' && at + 1 < end) /* a dot that belongs to the name */
            at++;
        if (n < sizeof(name))
            name[n++] = *at;
        at++;
    }
    if (n == 1 && name[0] == '*')
        return find_in(v, NULL, NULL, at, end);
    return n && n < sizeof(name) ? find(val_get_n(v, name, n), at, end) : NULL;
}

static const struct val *at_path(const struct val *o, const char *path)
{
    const struct val *v = find(o, path, path + strlen(path));
    return val_type(v) == VAL_NULL ? NULL : v;
}

/* ---- cells ---- */

static int c_string(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *v = at_path(o, arg);
    struct buf text;
    if (!v)
        return buf_puts(b, "null");
    if (v->type == VAL_STRING)
        return json_write(b, v, JSON_COMPACT);
    buf_init(&text, BUF_LARGE);
    json_write(&text, v, JSON_COMPACT);
    int rc = sim_json_text(b, buf_str(&text));
    buf_clear(&text);
    return rc;
}

static int c_integer(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *v = at_path(o, arg);
    if (val_is(v, VAL_INT))
        return buf_printf(b, "%" PRId64, v->as.i);
    if (val_is(v, VAL_DOUBLE) && fabs(v->as.d) < 9e15)
        return buf_printf(b, "%" PRId64, (int64_t)v->as.d);
    return buf_puts(b, "null");
}

static int c_number(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *v = at_path(o, arg);
    bool is = val_is(v, VAL_INT) || val_is(v, VAL_DOUBLE);
    return is ? json_write(b, v, JSON_COMPACT) : buf_puts(b, "null");
}

static int c_boolean(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *v = at_path(o, arg);
    return buf_puts(b, !val_is(v, VAL_BOOL) ? "null" : v->as.b ? "true" : "false");
}

static int c_date(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    const struct val *v = at_path(o, arg);
    int64_t ms;
    char words[24];
    if (!val_is(v, VAL_STRING))
        return buf_puts(b, "null");
    if (clock_parse_rfc3339(v->as.s, v->len, &ms, NULL))
        return sim_json_text(b, "<invalid>");
    sim_duration_words(words, now - ms);
    return sim_json_text(b, words);
}

static int c_none(struct buf *b, const struct val *o, int64_t now, const char *arg)
{
    return buf_puts(b, "null");
}

/* ---- columns ---- */

static const struct sim_column name_column = {
    "Name",
    "string",
    0,
    c_string,
    ".metadata.name",
    "name",
    "Name must be unique within a namespace. Is required when creating resources, although some "
    "resources may allow a client to request the generation of an appropriate name automatically. "
    "Name is primarily intended for creation idempotence and configuration definition. Cannot be "
    "updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names"};
static const struct sim_column age_column = {
    "Age",
    "date",
    0,
    c_date,
    ".metadata.creationTimestamp",
    "",
    "CreationTimestamp is a timestamp representing the server time when this object was created. "
    "It is not guaranteed to be set in happens-before order across separate operations. Clients "
    "may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the "
    "system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata"};

static const struct sim_column *column_of(struct val_pool *p, struct sim_column *out,
                                          const struct val *v)
{
    static const struct {
        const char *type;
        int (*cell)(struct buf *b, const struct val *o, int64_t now, const char *arg);
    } cells[] = {{"string", c_string},
                 {"integer", c_integer},
                 {"number", c_number},
                 {"boolean", c_boolean},
                 {"date", c_date}};
    const char *path = val_str(val_get(v, "jsonPath"), "");
    const char *says = val_str(val_get(v, "description"), "");
    *out = (struct sim_column){
        .name = arena_strdup(&p->arena, val_str(val_get(v, "name"), "")),
        .type = arena_strdup(&p->arena, val_str(val_get(v, "type"), "")),
        .priority = (int)val_int(val_get(v, "priority"), 0),
        .cell = c_none,
        .arg = arena_strdup(&p->arena, path),
        .format = arena_strdup(&p->arena, val_str(val_get(v, "format"), "")),
        .description =
            *says
                ? arena_strdup(&p->arena, says)
                : arena_printf(&p->arena,
                               "Custom resource definition column (in JSONPath format): %s", path),
    };
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        if (out->type && strcmp(cells[i].type, out->type) == 0)
            out->cell = cells[i].cell;
    return out->name && out->type && out->arg && out->format && out->description ? out : NULL;
}

const struct sim_column *sim_made_columns(struct val_pool *p, const struct val *printed)
{
    size_t n = val_count(printed);
    struct sim_column *out = arena_array(&p->arena, n + 3, sizeof(*out));
    if (!out)
        return NULL;
    memset(out, 0, (n + 3) * sizeof(*out));
    out[0] = name_column;
    if (!n)
        out[1] = age_column;
    for (size_t i = 0; i < n; i++)
        if (!column_of(p, &out[i + 1], val_item(printed, i)))
            return NULL;
    return out;
}
