// SPDX-License-Identifier: Apache-2.0
/*
 * FieldsV1 in and out. A node of the trie is an object; its members are f:name, k:{json}, v:json,
 * i:n and "." for itself. Written exactly as API servers write it, so that an entry that was only
 * read and written again is the same bytes.
 */
#include "data/fieldset.h"

#include "base/vec.h"
#include "data/fieldset_int.h"
#include "data/scalar_int.h"

#include <stdlib.h>
#include <string.h>

#define WRITTEN_KEY_MAX (64u * 1024u * 1024u)

/* ---- in ---- */

struct reader {
    struct fieldset_maker m;
    struct err *e;
    unsigned depth;
};

/* One key into an element: 0, an error, or -1 for a kind that a later version may know. */
static int read_elem(struct val_pool *p, const struct val_key *key, struct path_elem *out,
                     struct err *e)
{
    if (key->len < 2 || key->s[1] != ':')
        return err_set(e, ERR_SYNTAX, "a key of FieldsV1 is a letter, ':' and a text");
    struct scalar_reader r = {.pool = p, .text = key->s, .len = key->len, .at = 2};
    struct val v;
    int rc;
    switch (key->s[0]) {
    case 'f':
        *out = (struct path_elem){.kind = PATH_FIELD,
                                  .as.field = val_intern(p, key->s + 2, key->len - 2)};
        return out->as.field ? 0 : err_set(e, ERR_LIMIT, "out of room for field sets");
    case 'k':
        *out = (struct path_elem){.kind = PATH_KEY};
        rc = scalar_read_key(&r, &out->as.key, e);
        break;
    case 'v':
        rc = scalar_read(&r, &v, e);
        *out = (struct path_elem){.kind = PATH_VALUE, .as.value = rc ? NULL : val_box(p, v)};
        if (!rc && !out->as.value)
            rc = err_set(e, ERR_LIMIT, "out of room for field sets");
        break;
    case 'i':
        rc = scalar_read(&r, &v, e);
        if (!rc && v.type != VAL_INT)
            rc = err_set(e, ERR_SYNTAX, "an index is a whole number");
        *out = (struct path_elem){.kind = PATH_INDEX, .as.index = rc ? 0 : v.as.i};
        break;
    default:
        return -1;
    }
    if (!rc && r.at != r.len)
        rc = err_set(e, ERR_SYNTAX, "something follows the value of a FieldsV1 key");
    return rc;
}

static int by_elem(const void *a, const void *b)
{
    return path_elem_compare(&((const struct fieldset_child *)a)->elem,
                             &((const struct fieldset_child *)b)->elem);
}

/* Sorts what was pushed since base and unites children that are the same number spelt twice. */
static void put_in_order(struct fieldset_maker *m, size_t base)
{
    struct fieldset_child *c = m->stack + base;
    size_t n = m->len - base, kept = 0, i;
    for (i = 1; i < n && by_elem(&c[i - 1], &c[i]) < 0; i++) {
    }
    if (i >= n)
        return;
    qsort(c, n, sizeof(*c), by_elem);
    for (i = 1; i < n; i++) {
        if (by_elem(&c[kept], &c[i]) != 0) {
            c[++kept] = c[i];
            continue;
        }
        fieldset both = fieldset_union(m->pool, c[kept].node, c[i].node);
        if (both)
            c[kept].node = both;
        else
            m->over = true;
    }
    m->len = base + kept + 1;
}

static const struct fieldset_node *read_node(struct reader *r, const struct val *v, bool root)
{
    if (v->type != VAL_MAP && v->type != VAL_NULL) {
        err_set(r->e, ERR_TYPE, "FieldsV1 is made of objects, not of %s",
                val_type_name(val_type(v)));
        return NULL;
    }
    if (r->depth++ >= VAL_MAX_DEPTH) {
        err_set(r->e, ERR_LIMIT, "FieldsV1 is more than %d deep", VAL_MAX_DEPTH);
        return NULL;
    }
    size_t base = r->m.len;
    bool self = false;
    for (uint32_t i = 0; i < val_count(v); i++) {
        const struct val_entry *entry = &v->as.entries[i];
        if (entry->key->len == 1 && entry->key->s[0] == '.') {
            self = true;
            continue;
        }
        struct path_elem elem;
        int rc = read_elem(r->m.pool, entry->key, &elem, r->e);
        if (rc == -1)
            continue;
        const struct fieldset_node *child = rc ? NULL : read_node(r, &entry->value, false);
        if (!child) {
            err_at(r->e, entry->key->s, entry->line, entry->col);
            return NULL;
        }
        fieldset_maker_push(&r->m, elem, child);
    }
    r->depth--;
    if (r->m.len > base + 1)
        put_in_order(&r->m, base);
    return fieldset_maker_node(&r->m, !root && (self || r->m.len == base), base, NULL);
}

fieldset fieldset_read(struct val_pool *p, const struct val *fields_v1, struct err *e)
{
    if (!fields_v1)
        return fieldset_empty;
    struct reader r = {.e = e};
    fieldset_maker_init(&r.m, p);
    fieldset s = read_node(&r, fields_v1, true);
    if (s && r.m.over)
        err_set(e, ERR_LIMIT, "out of room for field sets");
    return fieldset_maker_finish(&r.m, s);
}

/* ---- out ---- */

struct writer {
    struct val_pool *pool;
    VEC(struct val_entry) stack;
    struct buf key;
    const struct val_key *dot;
    bool over;
};

static const struct val_key *write_elem(struct writer *w, const struct path_elem *e)
{
    buf_reset(&w->key);
    int rc = 0;
    switch (e->kind) {
    case PATH_FIELD:
        rc = buf_puts(&w->key, "f:");
        rc = rc ? rc : buf_add(&w->key, e->as.field->s, e->as.field->len);
        break;
    case PATH_KEY:
        rc = buf_puts(&w->key, "k:{");
        for (uint32_t i = 0; i < e->as.key->len && !rc; i++) {
            const struct val_entry *f = &e->as.key->as.entries[i];
            rc = i ? buf_putc(&w->key, ',') : 0;
            rc = rc ? rc : scalar_write_string(&w->key, f->key->s, f->key->len, SCALAR_FIELDS);
            rc = rc ? rc : buf_putc(&w->key, ':');
            rc = rc ? rc : scalar_write(&w->key, &f->value, SCALAR_FIELDS);
        }
        rc = rc ? rc : buf_putc(&w->key, '}');
        break;
    case PATH_VALUE:
        rc = buf_puts(&w->key, "v:");
        rc = rc ? rc : scalar_write(&w->key, e->as.value, SCALAR_FIELDS);
        break;
    case PATH_INDEX:
        rc = buf_printf(&w->key, "i:%lld", (long long)e->as.index);
        break;
    case PATH_ANY: /* never in a set */
        break;
    }
    return rc ? NULL : val_intern(w->pool, buf_str(&w->key), w->key.len);
}

static struct val write_node(struct writer *w, const struct fieldset_node *s)
{
    size_t base = w->stack.len;
    if (s->member && s->n)
        vec_push(&w->stack, (struct val_entry){.key = w->dot, .value.type = VAL_MAP});
    for (uint32_t i = 0; i < s->n; i++) {
        struct val_entry entry = {.key = write_elem(w, &s->children[i].elem)};
        if (!entry.key)
            w->over = true;
        entry.value = write_node(w, s->children[i].node);
        vec_push(&w->stack, entry);
    }
    size_t n = w->stack.len - base;
    w->stack.len = base;
    if (!n || w->over)
        return (struct val){.type = VAL_MAP};
    const struct val *map = val_map_of(w->pool, w->stack.items + base, n);
    if (!map)
        w->over = true;
    return map ? *map : (struct val){.type = VAL_MAP};
}

const struct val *fieldset_write(struct val_pool *p, fieldset s)
{
    struct writer w = {.pool = p, .dot = val_intern(p, ".", 1)};
    buf_init(&w.key, WRITTEN_KEY_MAX);
    w.over = !w.dot;
    struct val v = write_node(&w, s);
    buf_clear(&w.key);
    vec_clear(&w.stack);
    return w.over ? NULL : val_box(p, v);
}
