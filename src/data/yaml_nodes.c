// SPDX-License-Identifier: Apache-2.0
/*
 * Events to values: scalars, lists, aliases. An alias shares what its anchor holds: where an
 * anchor's value is used costs nothing here but is written out in full later, so the nodes that a
 * document stands for are counted and bounded as in the original.
 */
#include "base/mem.h"
#include "data/json_int.h"
#include "data/yaml_reader.h"

#include <math.h>
#include <stdio.h>

int yaml_count(struct yaml_reader *r, uint64_t nodes, uint64_t aliased)
{
    static const double low = 400000, high = 4000000;
    r->nodes += nodes;
    r->aliased += aliased;
    if (r->aliased <= 100 || r->nodes <= 1000)
        return 0;
    double n = (double)r->nodes;
    double most = n <= low ? 0.99 : n >= high ? 0.10 : 0.99 - 0.89 * (n - low) / (high - low);
    if ((double)r->aliased / n <= most)
        return 0;
    return yaml_fail(r, ERR_LIMIT, r->event.start_mark,
                     "write the values out where aliases are meant to be there",
                     "aliases stand for more data than is allowed");
}

struct yaml_anchor *yaml_anchor_new(struct yaml_reader *r, const yaml_char_t *name)
{
    if (!name)
        return NULL;
    struct yaml_anchor *a = arena_new(&r->scratch, struct yaml_anchor);
    a->open = true;
    strmap_set(&r->anchors, (const char *)name, a);
    return a;
}

void yaml_anchor_close(struct yaml_anchor *a, const struct val *v, uint64_t nodes)
{
    if (!a)
        return;
    a->v = *v;
    a->nodes = nodes;
    a->open = false;
}

void yaml_place(struct yaml_reader *r, struct val *v, yaml_mark_t at)
{
    v->line = r->line_base + (uint32_t)at.line + 1;
    v->col = at.column >= UINT16_MAX ? UINT16_MAX : (uint16_t)(at.column + 1);
}

int yaml_push(struct yaml_reader *r, const struct val_entry *e)
{
    size_t limit = r->pool->arena.limit;
    if (r->stack_len == r->stack_cap) {
        if (limit && r->stack_len * sizeof(*e) > limit)
            return yaml_fail_limit(r);
        r->stack_cap = r->stack_cap ? r->stack_cap * 2 : 64;
        r->stack = mem_reallocarray(r->stack, r->stack_cap, sizeof(*e));
    }
    r->stack[r->stack_len++] = *e;
    return 0;
}

static int read_binary(struct yaml_reader *r, const char *s, size_t len, struct val *out)
{
    char *raw = mem_alloc(len + 1);
    struct buf text;
    int rc = 0;
    buf_init(&text, len * 3 + 1);
    if (!yaml_base64(s, len, raw, &len)) {
        rc = yaml_fail(r, ERR_SYNTAX, r->event.start_mark, NULL, "!!binary that is no base64");
        goto out;
    }
    /* Values are UTF-8: what is not gets the replacement character, as in JSON from the server. */
    for (size_t i = 0; i < len;) {
        size_t n = json_utf8_length(raw + i, raw + len);
        buf_add(&text, n ? raw + i : "\xef\xbf\xbd", n ? n : 3);
        i += n ? n : 1;
    }
    *out = val_of_strn(r->pool, buf_str(&text), text.len);
    if (out->type != VAL_STRING)
        rc = yaml_fail_limit(r);
out:
    buf_clear(&text);
    mem_free(raw);
    return rc;
}

/* Resolves the scalar that is the current event. */
int yaml_resolve_event(struct yaml_reader *r, struct yaml_scalar *sc)
{
    const yaml_event_t *ev = &r->event;
    const char *tag = (const char *)ev->data.scalar.tag;
    bool plain = ev->data.scalar.plain_implicit;
    if (!tag && plain && yaml_strict_bare_tag(&r->strict, ev))
        tag = "!";
    if (yaml_resolve(tag, plain, (const char *)ev->data.scalar.value, ev->data.scalar.length, sc))
        return 0;
    char text[160];
    snprintf(text, sizeof(text), "\"%.60s\" is no %.40s", (const char *)ev->data.scalar.value,
             strrchr(tag, ':') + 1);
    return yaml_fail(r, ERR_INVALID, ev->start_mark, NULL, text);
}

int yaml_scalar_value(struct yaml_reader *r, const struct yaml_scalar *sc, struct val *out)
{
    const char *s = (const char *)r->event.data.scalar.value;
    size_t len = r->event.data.scalar.length;
    double d;
    switch (sc->kind) {
    case YAML_NULL:
        *out = val_null;
        return 0;
    case YAML_BOOL:
        *out = val_of_bool(sc->as.b);
        return 0;
    case YAML_INT:
        *out = val_of_int(sc->as.i);
        return 0;
    case YAML_UINT:
        *out = val_of_uint(sc->as.u);
        return 0;
    case YAML_FLOAT:
        d = sc->as.d;
        if (!isfinite(d))
            return yaml_fail(r, ERR_INVALID, r->event.start_mark,
                             "JSON has no such number; put quotes around the text",
                             "infinity or not-a-number");
        /* Through JSON, which the original passes on to the decoder, 1.0 becomes 1. */
        if (d == floor(d) && d >= -9223372036854775808.0 && d < 9223372036854775808.0)
            *out = val_of_int((int64_t)d);
        else
            *out = val_of_double(d);
        return 0;
    case YAML_TEXT:
        break;
    }
    if (sc->binary)
        return read_binary(r, s, len, out);
    *out = val_of_strn(r->pool, s, len);
    return out->type == VAL_STRING ? 0 : yaml_fail_limit(r);
}

static int read_scalar(struct yaml_reader *r, struct val *out)
{
    struct yaml_scalar sc;
    struct yaml_anchor *a = yaml_anchor_new(r, r->event.data.scalar.anchor);
    int rc = yaml_resolve_event(r, &sc);
    rc = rc ? rc : yaml_count(r, 1, 0);
    rc = rc ? rc : yaml_scalar_value(r, &sc, out);
    if (rc)
        return rc;
    yaml_place(r, out, r->event.start_mark);
    yaml_anchor_close(a, out, 1);
    yaml_drop(r);
    return 0;
}

int yaml_anchor_find(struct yaml_reader *r, struct yaml_anchor **a)
{
    char text[160];
    const char *name = (const char *)r->event.data.alias.anchor;
    *a = strmap_get(&r->anchors, name);
    if (*a && !(*a)->open)
        return 0;
    snprintf(text, sizeof(text),
             *a ? "*%.80s stands inside its own value"
                : "*%.80s stands for "
                  "nothing: there is no &%.40s above",
             name, name);
    return yaml_fail(r, ERR_INVALID, r->event.start_mark,
                     *a ? NULL : "put quotes around text that begins with *", text);
}

static int read_alias(struct yaml_reader *r, struct val *out)
{
    struct yaml_anchor *a;
    int rc = yaml_anchor_find(r, &a);
    rc = rc ? rc : yaml_count(r, 1 + a->nodes, a->nodes);
    if (rc)
        return rc;
    *out = a->v;
    yaml_drop(r);
    return 0;
}

static int read_list(struct yaml_reader *r, struct val *out)
{
    yaml_mark_t start = r->event.start_mark;
    struct yaml_anchor *a = yaml_anchor_new(r, r->event.data.sequence_start.anchor);
    size_t base = r->stack_len;
    uint64_t before = r->nodes;
    int rc = yaml_count(r, 1, 0);
    yaml_drop(r);
    while (!rc && !(rc = yaml_peek(r)) && r->event.type != YAML_SEQUENCE_END_EVENT) {
        struct val_entry e = {0};
        rc = yaml_read_node(r, &e.value);
        rc = rc ? rc : yaml_push(r, &e);
    }
    if (rc)
        return rc;
    size_t n = r->stack_len - base;
    struct val *items = arena_array(&r->pool->arena, n, sizeof(*items));
    if (!items || n >= UINT32_MAX)
        return yaml_fail_limit(r);
    for (size_t i = 0; i < n; i++)
        items[i] = r->stack[base + i].value;
    *out = (struct val){.type = VAL_LIST, .len = (uint32_t)n, .as.items = items};
    yaml_place(r, out, start);
    yaml_anchor_close(a, out, r->nodes - before);
    r->stack_len = base;
    yaml_drop(r);
    return 0;
}

int yaml_read_node(struct yaml_reader *r, struct val *out)
{
    int rc = yaml_peek(r);
    if (rc)
        return rc;
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_scalar(r, out);
    if (r->event.type == YAML_ALIAS_EVENT)
        return read_alias(r, out);
    if (r->depth >= VAL_MAX_DEPTH)
        return yaml_fail(r, ERR_LIMIT, r->event.start_mark, NULL, JSON_TOO_DEEP);
    r->depth++;
    rc = r->event.type == YAML_MAPPING_START_EVENT ? yaml_read_map(r, out) : read_list(r, out);
    r->depth--;
    return rc;
}
