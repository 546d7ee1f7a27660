// SPDX-License-Identifier: Apache-2.0
/* Maps: keys turned into text, merges, duplicates refused. */
#include "base/mem.h"
#include "data/yaml_reader.h"

#include <math.h>
#include <stdio.h>

static int key_of(struct yaml_reader *r, const char *s, size_t len, yaml_mark_t at,
                  struct val_entry *e)
{
    struct val v = {0};
    e->key = len < UINT32_MAX ? val_intern(r->pool, s, len) : NULL;
    yaml_place(r, &v, at);
    e->line = v.line;
    e->col = v.col;
    return e->key ? 0 : yaml_fail_limit(r);
}

static int fail_key(struct yaml_reader *r, yaml_mark_t at, const char *text)
{
    return yaml_fail(r, ERR_INVALID, at, "keys are text; put quotes around this one", text);
}

/* A key that is an alias: only scalars will do, and they count as what they were read as. */
static int alias_key(struct yaml_reader *r, struct val_entry *e)
{
    char text[64];
    struct yaml_anchor *a;
    struct yaml_scalar sc = {.kind = YAML_TEXT};
    yaml_mark_t at = r->event.start_mark;
    int rc = yaml_anchor_find(r, &a);
    rc = rc ? rc : yaml_count(r, 1 + a->nodes, a->nodes);
    if (rc)
        return rc;
    if (a->v.type == VAL_STRING)
        return key_of(r, a->v.as.s, a->v.len, at, e);
    sc.kind = a->v.type == VAL_BOOL     ? YAML_BOOL
              : a->v.type == VAL_INT    ? YAML_INT
              : a->v.type == VAL_DOUBLE ? YAML_FLOAT
                                        : YAML_NULL;
    sc.as.i = a->v.as.i;
    if (sc.kind == YAML_BOOL)
        sc.as.b = a->v.as.b;
    size_t len = yaml_key_text(&sc, text);
    return len ? key_of(r, text, len, at, e) : fail_key(r, at, "an alias that can be no key");
}

static int scalar_key(struct yaml_reader *r, struct val_entry *e, bool *merge)
{
    char text[64];
    struct yaml_scalar sc;
    struct val v;
    yaml_mark_t at = r->event.start_mark;
    const char *s = (const char *)r->event.data.scalar.value;
    const char *tag = (const char *)r->event.data.scalar.tag;
    size_t len = r->event.data.scalar.length;
    struct yaml_anchor *a = yaml_anchor_new(r, r->event.data.scalar.anchor);
    int rc = yaml_resolve_event(r, &sc);
    *merge = len == 2 && memcmp(s, "<<", 2) == 0 &&
             (r->event.data.scalar.plain_implicit || (tag && strstr(tag, ":merge")));
    rc = rc ? rc : *merge ? 0 : yaml_count(r, 1, 0);
    if (rc)
        return rc;
    if (a || sc.binary) {
        struct yaml_scalar usable = sc;
        if (sc.kind == YAML_FLOAT && !isfinite(sc.as.d))
            usable = (struct yaml_scalar){.kind = YAML_TEXT};
        if ((rc = yaml_scalar_value(r, &usable, &v)))
            return rc;
        yaml_place(r, &v, at);
        yaml_anchor_close(a, &v, 1);
    }
    if (sc.binary)
        return key_of(r, v.as.s, v.len, at, e);
    if (sc.kind == YAML_TEXT)
        return key_of(r, s, len, at, e);
    len = yaml_key_text(&sc, text);
    if (len)
        return key_of(r, text, len, at, e);
    return fail_key(r, at, sc.kind == YAML_NULL ? "a key that is null" : "a key that is too large");
}

static int read_key(struct yaml_reader *r, struct val_entry *e, bool *merge)
{
    int rc = yaml_peek(r);
    *merge = false;
    if (rc)
        return rc;
    if (r->event.type == YAML_SCALAR_EVENT)
        rc = scalar_key(r, e, merge);
    else if (r->event.type == YAML_ALIAS_EVENT)
        rc = alias_key(r, e);
    else
        rc = yaml_fail(r, ERR_INVALID, r->event.start_mark,
                       "a template such as {{ .Values.x }} has to be rendered first",
                       "a key that is a list or a map");
    if (!rc)
        yaml_drop(r);
    return rc;
}

static int merge_map(struct yaml_reader *r, const struct val *v)
{
    int rc = 0;
    for (uint32_t i = 0; i < v->len && !rc; i++)
        rc = yaml_push(r, &v->as.entries[i]);
    return rc;
}

/* "<<": a map, an alias of one, or a list of those. */
static int read_merge(struct yaml_reader *r)
{
    struct val v;
    int rc = yaml_peek(r);
    if (rc)
        return rc;
    yaml_mark_t at = r->event.start_mark;
    bool alias = r->event.type == YAML_ALIAS_EVENT;
    if ((rc = yaml_read_node(r, &v)))
        return rc;
    if (v.type == VAL_MAP)
        return merge_map(r, &v);
    bool maps = v.type == VAL_LIST && !alias;
    for (uint32_t i = 0; maps && i < v.len; i++)
        maps = v.as.items[i].type == VAL_MAP;
    if (!maps)
        return yaml_fail(r, ERR_INVALID, at, "give a map, or a list of maps",
                         "'<<' merges something that is no map");
    for (uint32_t i = 0; i < v.len && !rc; i++)
        rc = merge_map(r, &v.as.items[i]);
    return rc;
}

static int fail_duplicate(struct yaml_reader *r, const struct val_entry *first,
                          const struct val_entry *again, bool merged)
{
    err_set(r->e, ERR_INVALID, "key \"%.100s\" is there twice, first at line %u", again->key->s,
            (unsigned)first->line);
    err_at(r->e, r->source, again->line, again->col);
    err_hint(r->e, merged ? "readers disagree on which one wins over '<<'; give it once"
                          : "remove one of them");
    return ERR_INVALID;
}

static int check_duplicates(struct yaml_reader *r, const struct val_entry *e, size_t n, bool merged)
{
    if (n <= 16) {
        for (size_t i = 1; i < n; i++)
            for (size_t j = 0; j < i; j++)
                if (e[i].key == e[j].key)
                    return fail_duplicate(r, &e[j], &e[i], merged);
        return 0;
    }
    size_t cap = 64;
    while (cap < n * 2)
        cap *= 2;
    uint32_t *slots = mem_calloc(cap, sizeof(*slots)); /* entry number + 1 */
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        size_t at = e[i].key->hash & (cap - 1);
        while (slots[at] && e[slots[at] - 1].key != e[i].key)
            at = (at + 1) & (cap - 1);
        if (slots[at])
            rc = fail_duplicate(r, &e[slots[at] - 1], &e[i], merged);
        slots[at] = (uint32_t)(i + 1);
    }
    mem_free(slots);
    return rc;
}

int yaml_read_map(struct yaml_reader *r, struct val *out)
{
    yaml_mark_t start = r->event.start_mark;
    struct yaml_anchor *a = yaml_anchor_new(r, r->event.data.mapping_start.anchor);
    size_t base = r->stack_len;
    uint64_t before = r->nodes;
    bool merged = false;
    int rc = yaml_count(r, 1, 0);
    yaml_drop(r);
    while (!rc && !(rc = yaml_peek(r)) && r->event.type != YAML_MAPPING_END_EVENT) {
        struct val_entry e = {0};
        bool merge;
        if ((rc = read_key(r, &e, &merge)))
            break;
        if (merge) {
            merged = true;
            rc = read_merge(r);
        } else if (!(rc = yaml_peek(r)) && !(rc = yaml_read_node(r, &e.value))) {
            rc = yaml_push(r, &e);
        }
    }
    size_t n = r->stack_len - base;
    const struct val_entry *own = n ? r->stack + base : NULL;
    if (rc || (rc = check_duplicates(r, own, n, merged)))
        return rc;
    if (n >= UINT32_MAX / 4 || !val_make_map(r->pool, own, n, out))
        return yaml_fail_limit(r);
    yaml_place(r, out, start);
    yaml_anchor_close(a, out, r->nodes - before);
    r->stack_len = base;
    yaml_drop(r);
    return 0;
}
