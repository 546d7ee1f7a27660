// SPDX-License-Identifier: Apache-2.0
#include "engine/drift/given.h"

#include "base/mem.h"
#include "data/json.h"

#include <stdio.h>
#include <string.h>

#define MAX_FIELDS (4u * 1024u * 1024u)

/* ---- hashes ---- */

static uint64_t mix(const struct hash_key *k, uint64_t a, uint64_t b)
{
    uint64_t pair[2] = {a, b};
    return hash_bytes(k, pair, sizeof(pair));
}

/* As val_equal compares: order of map keys does not matter, 1 and 1.0 are one number. */
static uint64_t hash_value(const struct hash_key *k, const struct val *v)
{
    uint64_t h;
    int64_t whole;
    switch (val_type(v)) {
    case VAL_BOOL:
        return mix(k, VAL_BOOL, v->as.b);
    case VAL_INT:
    case VAL_UINT:
        return mix(k, VAL_INT, v->as.u);
    case VAL_DOUBLE:
        whole = val_int(v, INT64_MIN);
        return whole != INT64_MIN ? mix(k, VAL_INT, (uint64_t)whole)
                                  : hash_bytes(k, &v->as.d, sizeof(v->as.d));
    case VAL_STRING:
        return mix(k, VAL_STRING, hash_bytes(k, v->as.s, v->len));
    case VAL_LIST:
        h = mix(k, VAL_LIST, v->len);
        for (uint32_t i = 0; i < v->len; i++)
            h = mix(k, h, hash_value(k, &v->as.items[i]));
        return h;
    case VAL_MAP:
        h = 0;
        for (uint32_t i = 0; i < v->len; i++) {
            const struct val_entry *e = &v->as.entries[i];
            h += mix(k, hash_bytes(k, e->key->s, e->key->len), hash_value(k, &e->value));
        }
        return mix(k, VAL_MAP, h + v->len);
    default:
        return mix(k, VAL_NULL, 0);
    }
}

/* The items of a list, whatever their order. */
static uint64_t hash_items(const struct hash_key *k, const struct val *list)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < list->len; i++)
        h += hash_value(k, &list->as.items[i]);
    return mix(k, VAL_LIST, h + list->len);
}

static uint64_t as_leaf(uint64_t hash)
{
    return hash < GIVEN_FIRST_HASH ? hash + GIVEN_FIRST_HASH : hash;
}

static bool is_empty(const struct val *v)
{
    return v->type == VAL_NULL || ((v->type == VAL_MAP || v->type == VAL_LIST) && v->len == 0);
}

static uint64_t plain_leaf(const struct given_rules *r, enum given_how how, const struct val *v)
{
    if (how == GIVEN_ANY_ORDER && val_is(v, VAL_LIST))
        return as_leaf(hash_items(&r->key, v));
    return as_leaf(hash_value(&r->key, v));
}

uint64_t given_leaf_of(const struct given_rules *r, enum given_how how,
                       const struct fieldset_leaf *leaf)
{
    if (!leaf->value)
        return GIVEN_ABSENT;
    if (leaf->item)
        return GIVEN_ITEM;
    if (is_empty(leaf->value))
        return GIVEN_EMPTY;
    if (how != GIVEN_SECRET)
        return plain_leaf(r, how, leaf->value);
    struct buf b;
    buf_init(&b, BUF_LARGE);
    uint64_t h = 0;
    bool known = r->secret && json_write(&b, leaf->value, JSON_CANONICAL) == 0 &&
                 r->secret(r->secret_ctx, buf_str(&b), b.len, &h);
    buf_wipe(&b);
    return known ? as_leaf(h) : GIVEN_LOST;
}

uint64_t given_now(const struct given_rules *r, const struct given *g, size_t i, enum given_how how,
                   const struct fieldset_leaf *leaf)
{
    bool digest = g->digests && g->digests[i] && leaf->value && !leaf->item &&
                  !is_empty(leaf->value) && how != GIVEN_SECRET;
    return digest ? as_leaf(given_digest(how, leaf->value)) : given_leaf_of(r, how, leaf);
}

bool given_is_secret(const char *api_version, const char *kind, struct path path)
{
    return strcmp(kind, "Secret") == 0 && strcmp(api_version, "v1") == 0 && path.len > 0 &&
           path.elems[0].kind == PATH_FIELD &&
           (strcmp(path.elems[0].as.field->s, "data") == 0 ||
            strcmp(path.elems[0].as.field->s, "stringData") == 0);
}

/* Lists whose order the server changes by itself: the metrics of an autoscaler come back in another
 * one after a write through autoscaling/v1, in which only some of them have a field. */
static const struct {
    const char *group, *kind, *fields[2];
} unordered[] = {
    {"autoscaling/", "HorizontalPodAutoscaler", {"spec", "metrics"}},
};

enum given_how given_how(const char *api_version, const char *kind, struct path path)
{
    if (given_is_secret(api_version, kind, path))
        return GIVEN_SECRET;
    for (size_t i = 0; i < sizeof(unordered) / sizeof(unordered[0]); i++) {
        size_t n = 0;
        if (strcmp(kind, unordered[i].kind) != 0 || path.len != 2 ||
            strncmp(api_version, unordered[i].group, strlen(unordered[i].group)) != 0)
            continue;
        while (n < 2 && path.elems[n].kind == PATH_FIELD &&
               strcmp(path.elems[n].as.field->s, unordered[i].fields[n]) == 0)
            n++;
        if (n == 2)
            return GIVEN_ANY_ORDER;
    }
    return GIVEN_PLAIN;
}

/* ---- our entry ---- */

fieldset given_our_fields(const struct given_rules *r, struct val_pool *p, const struct val *object,
                          struct err *e)
{
    const struct val *entries = val_at(object, "metadata", "managedFields", NULL);
    for (size_t i = 0; i < val_count(entries); i++) {
        const struct val *entry = val_item(entries, i);
        if (val_str_is(val_get(entry, "manager"), r->manager) &&
            val_str_is(val_get(entry, "operation"), "Apply") && !val_get(entry, "subresource"))
            return fieldset_read(p, val_get(entry, "fieldsV1"), e);
    }
    return fieldset_empty;
}

struct making {
    const struct given_rules *r;
    const char *api_version, *kind;
    uint64_t *leaves;   /* NULL: only counted */
    struct given *read; /* or NULL */
    size_t n;
    struct buf *out;          /* stored form, or NULL */
    const struct val *stored; /* the other way round, or NULL */
    int rc;
};

static enum given_how how_of(const struct making *m, const struct fieldset_leaf *leaf)
{
    return given_how(m->api_version, m->kind, leaf->path);
}

static int count_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    (void)leaf;
    ((struct making *)ctx)->n++;
    return 0;
}

static int make_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct making *m = ctx;
    m->leaves[m->n++] = given_leaf_of(m->r, how_of(m, leaf), leaf);
    return 0;
}

static struct given *make(const struct given_rules *r, fieldset fields, const char *uid,
                          const char *rv, const char *api_version, const char *kind, size_t n)
{
    struct given *g = mem_zalloc(sizeof(*g) + n * sizeof(g->leaves[0]));
    g->uid = mem_strdup(uid);
    g->resource_version = mem_strdup(rv);
    g->api_version = mem_strdup(api_version);
    g->kind = mem_strdup(kind);
    g->fields = fieldset_table_intern(r->table, fields, NULL);
    g->n = n;
    return g;
}

struct given *given_from_response(const struct given_rules *r, const struct val *object,
                                  struct err *e)
{
    struct val_pool p;
    val_pool_init_limited(&p, MAX_FIELDS * 8);
    struct given *g = NULL;
    fieldset ours = given_our_fields(r, &p, object, e);
    const struct val *meta = val_get(object, "metadata");
    struct making m = {.r = r,
                       .api_version = val_str(val_get(object, "apiVersion"), ""),
                       .kind = val_str(val_get(object, "kind"), "")};
    if (!ours)
        goto out;
    if (fieldset_is_empty(ours)) {
        err_set(e, ERR_PROTOCOL, "the server's answer names no fields of manager %s", r->manager);
        goto out;
    }
    fieldset_walk(ours, object, count_leaf, &m);
    g = make(r, ours, val_str(val_get(meta, "uid"), ""),
             val_str(val_get(meta, "resourceVersion"), ""), m.api_version, m.kind, m.n);
    m.n = 0;
    m.leaves = g->leaves;
    fieldset_walk(ours, object, make_leaf, &m);
out:
    val_pool_clear(&p);
    return g;
}

void given_free(struct given *g)
{
    if (!g)
        return;
    mem_free(g->uid);
    mem_free(g->resource_version);
    mem_free(g->api_version);
    mem_free(g->kind);
    mem_free(g->digests);
    mem_free(g);
}

/* ---- the stored form ---- */

int given_write_fields(const struct given *g, struct buf *out)
{
    struct val_pool p;
    val_pool_init_limited(&p, MAX_FIELDS * 8);
    const struct val *v = fieldset_write(&p, g->fields);
    int rc = v ? json_write(out, v, JSON_CANONICAL) : ERR_LIMIT;
    val_pool_clear(&p);
    return rc;
}

static int write_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct making *m = ctx;
    uint64_t state = m->leaves[m->n];
    int rc = m->n++ ? buf_putc(m->out, ',') : 0;
    if (rc)
        return rc;
    if (state == GIVEN_ABSENT)
        return buf_puts(m->out, "{}");
    if (state == GIVEN_ITEM)
        return buf_puts(m->out, "{\"i\":true}");
    if (how_of(m, leaf) == GIVEN_SECRET && state != GIVEN_EMPTY)
        return buf_printf(m->out, "{\"s\":\"%016llx\"}", (unsigned long long)state);
    if ((rc = buf_puts(m->out, "{\"v\":")))
        return rc;
    if ((rc = json_write(m->out, leaf->value, JSON_CANONICAL)))
        return rc;
    return buf_putc(m->out, '}');
}

int given_write_leaves(const struct given_rules *r, const struct given *g, const struct val *object,
                       struct buf *out)
{
    struct making m = {.r = r,
                       .api_version = g->api_version,
                       .kind = g->kind,
                       .leaves = (uint64_t *)g->leaves,
                       .out = out};
    int rc = buf_putc(out, '[');
    if (!rc)
        rc = fieldset_walk(g->fields, object, write_leaf, &m);
    return rc ? rc : buf_putc(out, ']');
}

/* The state of a leaf from its stored entry; false when the entry is none of ours. */
static bool read_entry(const struct given_rules *r, enum given_how how, const struct val *entry,
                       uint64_t *out)
{
    const struct val *v = val_get(entry, "v"), *s = val_get(entry, "s"), *h = val_get(entry, "h");
    if (!val_is(entry, VAL_MAP))
        return false;
    if (v) {
        *out = is_empty(v) ? GIVEN_EMPTY : plain_leaf(r, how, v);
    } else if (s || h) {
        unsigned long long state;
        if (sscanf(val_str(s ? s : h, ""), "%16llx", &state) != 1)
            return false;
        *out = s ? state : as_leaf(state);
    } else {
        *out = val_bool(val_get(entry, "i"), false) ? GIVEN_ITEM : GIVEN_ABSENT;
    }
    return true;
}

static int read_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct making *m = ctx;
    size_t i = m->n++;
    const struct val *entry = val_item(m->stored, i);
    if (val_get(entry, "h")) {
        if (!m->read->digests)
            m->read->digests = mem_zalloc(m->read->n);
        m->read->digests[i] = 1;
    }
    return read_entry(m->r, how_of(m, leaf), entry, &m->leaves[i]) ? 0 : 1;
}

struct given *given_read(const struct given_rules *r, const char *uid, const char *resource_version,
                         const char *api_version, const char *kind, const char *fields,
                         size_t fields_len, const char *leaves, size_t leaves_len, struct err *e)
{
    struct val_pool p;
    val_pool_init_limited(&p, BUF_LARGE);
    struct given *g = NULL;
    struct making m = {.r = r, .api_version = api_version, .kind = kind};
    struct err why = ERR_INIT;
    const struct val *f = json_read(&p, fields, fields_len, NULL, &why);
    const struct val *l = f ? json_read(&p, leaves, leaves_len, NULL, &why) : NULL;
    fieldset set = l ? fieldset_read(&p, f, &why) : NULL;
    if (set)
        fieldset_walk(set, &val_null, count_leaf, &m);
    if (set && val_is(l, VAL_LIST) && m.n == l->len) {
        g = make(r, set, uid, resource_version, api_version, kind, m.n);
        m.n = 0;
        m.stored = l;
        m.read = g;
        m.leaves = g->leaves;
        if (fieldset_walk(set, &val_null, read_leaf, &m)) {
            given_free(g);
            g = NULL;
        }
    }
    if (!g)
        err_set(e, ERR_CORRUPT, "the baseline of %s cannot be read%s%s", kind, why.text ? ": " : "",
                why.text ? why.text : "");
    err_clear(&why);
    val_pool_clear(&p);
    return g;
}

struct looking {
    const struct val *leaves;
    struct path path;
    size_t n;
    const struct val *found;
    bool secret;
};

static int look_at_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct looking *l = ctx;
    const struct val *entry = val_item(l->leaves, l->n++);
    if (leaf->item || !path_has_prefix(l->path, leaf->path))
        return 0;
    struct path rest = {l->path.elems + leaf->path.len, l->path.len - leaf->path.len};
    const struct val *v = val_get(entry, "v");
    l->secret = val_get(entry, "s") != NULL;
    l->found = v ? path_resolve(v, rest, NULL, NULL) : NULL;
    return 1;
}

const struct val *given_value_at(const struct given *g, const struct val *leaves, struct path path,
                                 bool *secret)
{
    struct looking l = {.leaves = leaves, .path = path};
    fieldset_walk(g->fields, &val_null, look_at_leaf, &l);
    if (secret)
        *secret = l.secret;
    return l.found;
}
