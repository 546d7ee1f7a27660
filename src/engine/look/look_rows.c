// SPDX-License-Identifier: Apache-2.0
/*
 * Rows of what servers print. Columns of all clusters are merged by name, in the order in which
 * they were seen; a column is never taken away, so rows that were made before stay right. A row is
 * kept in one piece of memory until it is published and not at all afterwards.
 */
#include "engine/look/look_int.h"

#include "base/buf.h"
#include "base/clock.h"
#include "data/json.h"

#include <string.h>

/* ---- columns ---- */

static char *lower(const char *s)
{
    char *low = mem_strdup(s);
    for (char *p = low; *p; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
    return low;
}

static bool is_number(const struct val *type)
{
    return val_str_is(type, "integer") || val_str_is(type, "number");
}

static uint16_t column_of(struct look *l, const struct val *definition)
{
    struct arena a;
    arena_init(&a);
    const struct val *name = val_get(definition, "name");
    struct text clean = val_is(name, VAL_STRING)
                            ? text_clean(&a, name->as.s, name->len < 100 ? name->len : 100)
                            : TEXT_NONE;
    uint16_t at = LOOK_NOT_SHOWN;
    if (!clean.len || val_str_is(val_get(definition, "format"), "name") ||
        strcmp(clean.str, "Name") == 0 || strcmp(clean.str, "Namespace") == 0)
        goto out; /* these two are in every row */
    for (size_t i = 0; i < l->columns.len && at == LOOK_NOT_SHOWN; i++)
        if (strcmp(l->columns.items[i].name, clean.str) == 0)
            at = (uint16_t)i;
    if (at == LOOK_NOT_SHOWN && l->columns.len < LOOK_COLUMNS_MAX) {
        at = (uint16_t)l->columns.len;
        vec_push(&l->columns,
                 (struct look_column){.name = mem_strdup(clean.str),
                                      .words = lower(clean.str),
                                      .wide = val_int(val_get(definition, "priority"), 0) > 0,
                                      .number = is_number(val_get(definition, "type")),
                                      .age = strcmp(clean.str, "Age") == 0});
    }
out:
    arena_clear(&a);
    return at;
}

void look_rows_columns(struct look_source *s, const struct val *columns)
{
    s->columns.len = 0;
    for (size_t i = 0; i < val_count(columns); i++)
        vec_push(&s->columns, column_of(s->look, val_item(columns, i)));
    look_changed(s->look);
}

/* ---- one row ---- */

static struct text cell_text(struct arena *a, const struct val *v)
{
    switch (val_type(v)) {
    case VAL_STRING:
        return text_clean(a, v->as.s, v->len < LOOK_CELL_MAX ? v->len : LOOK_CELL_MAX);
    case VAL_NULL:
        return TEXT_NONE;
    case VAL_BOOL:
        return v->as.b ? TEXT("true") : TEXT("false");
    case VAL_INT:
        return text_fmt(a, "%lld", (long long)v->as.i);
    case VAL_UINT:
        return text_fmt(a, "%llu", (unsigned long long)v->as.u);
    default: {
        struct buf b;
        buf_init(&b, LOOK_CELL_MAX);
        json_write(&b, v, JSON_COMPACT);
        struct text t = text_clean(a, buf_str(&b), b.len);
        buf_clear(&b);
        return t;
    }
    }
}

static struct text member(struct arena *a, const struct val *meta, const char *key)
{
    const struct val *v = val_get(meta, key);
    return val_is(v, VAL_STRING) ? text_clean(a, v->as.s, v->len < 1024 ? v->len : 1024)
                                 : TEXT_NONE;
}

static const struct val *masked_map(struct val_pool *p, const struct val *map)
{
    for (uint32_t i = 0; val_is(map, VAL_MAP) && i < map->len; i++) {
        const struct val_entry *e = &map->as.entries[i];
        char *words = mem_printf("(secret, %u bytes as written)",
                                 e->value.type == VAL_STRING ? e->value.len : 0);
        const struct val *v = val_box(p, val_of_str(p, words));
        mem_free(words);
        const struct val *next = v ? val_map_with(p, map, e->key->s, v) : NULL;
        if (!next)
            return &val_null;
        map = next;
    }
    return map ? map : &val_null;
}

/* The object without managedFields, which nobody reads like that, and without what is secret. */
static const struct val *for_output(struct val_pool *p, const struct val *object)
{
    static const char last[] = "kubectl.kubernetes.io/last-applied-configuration";
    const struct val *meta = val_get(object, "metadata");
    const struct val *plain = val_map_without(p, meta, "managedFields");
    bool secret = val_str_is(val_get(object, "kind"), "Secret");
    const struct val *notes = val_get(plain, "annotations");
    if (secret && val_get(notes, last) && (notes = val_map_without(p, notes, last)))
        plain = val_map_with(p, plain, "annotations", notes);
    const struct val *out = plain ? val_map_with(p, object, "metadata", plain) : NULL;
    static const char *const parts[] = {"data", "stringData"};
    for (size_t i = 0; secret && out && i < ARRAY_LEN(parts); i++)
        if (val_get(out, parts[i]))
            out = val_map_with(p, out, parts[i], masked_map(p, val_get(out, parts[i])));
    return out;
}

static struct text object_json(struct arena *a, const struct val *object)
{
    struct val_pool pool;
    struct buf b;
    struct text t = TEXT_NONE;
    val_pool_init_limited(&pool, BUF_LARGE);
    buf_init(&b, BUF_LARGE);
    const struct val *v = for_output(&pool, object);
    if (v && json_write(&b, v, JSON_COMPACT) == 0) {
        char *s = arena_strndup(a, buf_str(&b), b.len);
        t = (struct text){s ? s : "", s ? (uint32_t)b.len : 0, 0};
    }
    buf_wipe(&b);
    val_pool_clear(&pool);
    return t;
}

static struct text keep(char **at, struct text t)
{
    char *s = *at;
    memcpy(s, t.str, t.len);
    s[t.len] = '\0';
    *at += t.len + 1;
    return (struct text){s, t.len, t.cols};
}

/* The row with all it points to in one piece of memory. */
static struct leeway_row *pack(const struct leeway_row *r)
{
    struct leeway_row *out;
    const struct text *const texts[] = {&r->cluster, &r->namespace_,       &r->name,
                                        &r->uid,     &r->resource_version, &r->json};
    size_t bytes = sizeof(*out) + r->n_cells * sizeof(struct text);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        bytes += texts[i]->len + 1;
    for (size_t i = 0; i < r->n_cells; i++)
        bytes += r->cells[i].len + 1;
    out = mem_alloc(bytes);
    *out = *r;
    struct text *cells = (struct text *)(out + 1);
    char *at = (char *)(cells + r->n_cells);
    for (size_t i = 0; i < r->n_cells; i++)
        cells[i] = keep(&at, r->cells[i]);
    out->cells = cells;
    out->cluster = keep(&at, r->cluster);
    out->namespace_ = keep(&at, r->namespace_);
    out->name = keep(&at, r->name);
    out->uid = keep(&at, r->uid);
    out->resource_version = keep(&at, r->resource_version);
    out->json = keep(&at, r->json);
    return out;
}

static uint64_t row_id(const struct look_source *s, struct text uid, const char *key)
{
    const char *what = uid.len ? uid.str : key;
    char *words = mem_printf("%llu/%s", (unsigned long long)s->cluster_id, what);
    uint64_t h = hash_bytes(hash_process_key(), words, strlen(words));
    mem_free(words);
    return h ? h : 1;
}

static struct leeway_row *make_row(struct look_source *s, const struct val *sent,
                                   const struct val *object, const char *key, bool first)
{
    struct look *l = s->look;
    struct arena *a = &l->looks->engine->scratch;
    const struct val *meta = val_get(object, "metadata"), *cells = val_get(sent, "cells");
    struct text *out = arena_array(a, l->columns.len + 1, sizeof(*out));
    for (size_t i = 0; i < l->columns.len; i++)
        out[i] = TEXT_NONE;
    for (size_t i = 0; val_is(cells, VAL_LIST) && i < cells->len && i < s->columns.len; i++)
        if (s->columns.items[i] != LOOK_NOT_SHOWN)
            out[s->columns.items[i]] = cell_text(a, val_item(cells, i));
    struct leeway_row r = {
        .cluster_id = s->cluster_id,
        .cluster = text_cstr(a, s->name),
        .namespace_ = member(a, meta, "namespace"),
        .name = member(a, meta, "name"),
        .uid = member(a, meta, "uid"),
        .resource_version = member(a, meta, "resourceVersion"),
        .changed_ms = first ? 0 : engine_wall_ms(l->looks->engine),
        .state = look_state(l->columns.items, l->columns.len, out, l->columns.len),
        .cells = out,
        .n_cells = l->columns.len,
        .json = l->objects ? object_json(a, object) : TEXT_NONE,
    };
    const struct val *made = val_get(meta, "creationTimestamp");
    if (val_is(made, VAL_STRING) &&
        clock_parse_rfc3339(made->as.s, made->len, &r.created_ms, NULL) != 0)
        r.created_ms = 0;
    if (val_is(val_get(meta, "deletionTimestamp"), VAL_STRING))
        r.state = LEEWAY_CHANGING;
    r.id = row_id(s, r.uid, key);
    struct leeway_row *packed = pack(&r);
    arena_reset(a);
    return packed;
}

/* ---- the rows of a look ---- */

static void mark(struct look_row *r)
{
    struct look *l = r->source->look;
    if (!r->dirty) {
        r->dirty = true;
        vec_push(&l->dirty, r->index);
    }
    look_changed(l);
}

void look_row_free(struct look_row *r)
{
    mem_free(r->news);
    mem_free(r);
}

static const struct val *object_of(const struct val *sent)
{
    const struct val *object = val_get(sent, "object");
    return object ? object : sent;
}

static char *key_of(const struct val *object)
{
    const struct val *meta = val_get(object, "metadata");
    return mem_printf("%s/%s", val_str(val_get(meta, "namespace"), ""),
                      val_str(val_get(meta, "name"), ""));
}

void look_rows_set(struct look_source *s, const struct val *sent, bool first)
{
    struct look *l = s->look;
    const struct val *object = object_of(sent);
    char *key = key_of(object);
    struct look_row *r = strmap_get(&s->rows, key);
    if (!r && l->rows.len < LOOK_ROWS_MAX + (size_t)LOOK_LEAST * l->sources.len) {
        r = mem_new(struct look_row);
        *r = (struct look_row){.source = s, .index = l->rows.len, .at = SIZE_MAX};
        vec_push(&l->rows, r);
        strmap_set(&s->rows, key, r);
    }
    if (r) {
        mem_free(r->news);
        r->news = make_row(s, sent, object, key, first);
        mark(r);
    }
    mem_free(key);
}

/* The last row takes the place of the one that goes. */
static void take_out(struct look *l, struct look_row *r)
{
    struct look_row *last = l->rows.items[--l->rows.len];
    if (last != r) {
        l->rows.items[r->index] = last;
        last->index = r->index;
        last->dirty = false; /* it may be listed under its old number */
        mark(last);
    }
    look_row_free(r);
    look_changed(l);
}

void look_rows_remove(struct look_source *s, const struct val *sent)
{
    char *key = key_of(object_of(sent));
    struct look_row *r = strmap_remove(&s->rows, key);
    if (r)
        take_out(s->look, r);
    mem_free(key);
}

void look_rows_remove_all(struct look_source *s)
{
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&s->rows, &i));)
        take_out(s->look, e->value);
    strmap_clear(&s->rows);
}
