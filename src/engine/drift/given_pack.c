// SPDX-License-Identifier: Apache-2.0
/*
 * What was given, without its values: the form in which the record that a cluster carries has it.
 * A digest is enough to tell whether a live value is still the one that was given; what it was
 * cannot be read out of it.
 */
#include "engine/drift/given.h"

#include "base/digest.h"
#include "base/mem.h"
#include "data/json.h"

#include <stdio.h>
#include <string.h>

#define MAX_LEAVES (16u * 1024u * 1024u)

enum { ABSENT = '-', EMPTY = 'e', ITEM = 'i', SECRET = 's', VALUE = 'v' };

static uint64_t digest_of(const struct val *v)
{
    struct buf text;
    buf_init(&text, BUF_LARGE);
    (void)!json_write(&text, v, JSON_CANONICAL);
    struct digest d = digest_sha256(buf_str(&text), text.len);
    buf_clear(&text);
    uint64_t out = 0;
    for (int i = 0; i < 8; i++)
        out = out << 8 | d.b[i];
    return out;
}

uint64_t given_digest(enum given_how how, const struct val *v)
{
    if (how != GIVEN_ANY_ORDER || !val_is(v, VAL_LIST))
        return digest_of(v);
    uint64_t sum = 0;
    for (uint32_t i = 0; i < v->len; i++)
        sum += digest_of(&v->as.items[i]);
    return sum;
}

/* ---- packing ---- */

struct packing {
    const char *api_version, *kind;
    const struct val *stored;
    struct buf *out;
    size_t n;
};

static int put(struct buf *out, char letter, uint64_t state)
{
    char bytes[GIVEN_PACK_LEAF_MAX] = {letter};
    for (int i = 0; i < 8; i++)
        bytes[i + 1] = (char)(unsigned char)(state >> (56 - 8 * i));
    return buf_add(out, bytes, letter == SECRET || letter == VALUE ? sizeof(bytes) : 1);
}

static bool is_empty(const struct val *v)
{
    return val_type(v) == VAL_NULL || ((val_is(v, VAL_MAP) || val_is(v, VAL_LIST)) && !v->len);
}

static int pack_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct packing *p = ctx;
    const struct val *entry = val_item(p->stored, p->n++);
    const struct val *v = val_get(entry, "v"), *s = val_get(entry, "s"), *h = val_get(entry, "h");
    unsigned long long state = 0;
    if (!entry || ((s || h) && sscanf(val_str(s ? s : h, ""), "%16llx", &state) != 1))
        return ERR_CORRUPT;
    if (s || h)
        return put(p->out, s ? SECRET : VALUE, state);
    if (!v)
        return put(p->out, val_bool(val_get(entry, "i"), false) ? ITEM : ABSENT, 0);
    if (is_empty(v))
        return put(p->out, EMPTY, 0);
    return put(p->out, VALUE, given_digest(given_how(p->api_version, p->kind, leaf->path), v));
}

int given_pack(const char *api_version, const char *kind, const char *fields, size_t fields_len,
               const char *leaves, size_t leaves_len, struct buf *out, struct err *e)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, BUF_LARGE);
    struct packing p = {.api_version = api_version, .kind = kind, .out = out};
    const struct val *f = json_read(&pool, fields, fields_len, NULL, e);
    p.stored = f ? json_read(&pool, leaves, leaves_len, NULL, e) : NULL;
    fieldset set = p.stored ? fieldset_read(&pool, f, e) : NULL;
    int rc = set ? fieldset_walk(set, &val_null, pack_leaf, &p) : ERR_CORRUPT;
    if (!rc && p.n != val_count(p.stored))
        rc = ERR_CORRUPT;
    val_pool_clear(&pool);
    return rc ? err_set(e, rc, "the baseline of %s cannot be packed", kind) : 0;
}

/* ---- and back ---- */

static int unpack_leaf(const unsigned char *at, size_t left, bool key_lost, struct buf *out)
{
    unsigned long long state = 0;
    size_t size = *at == SECRET || *at == VALUE ? GIVEN_PACK_LEAF_MAX : 1;
    for (size_t i = 1; i < size && size <= left; i++)
        state = state << 8 | at[i];
    if (size > left)
        return -1;
    if (*at == SECRET && key_lost)
        state = GIVEN_LOST;
    int rc = *at == ABSENT   ? buf_puts(out, "{}")
             : *at == EMPTY  ? buf_puts(out, "{\"v\":null}")
             : *at == ITEM   ? buf_puts(out, "{\"i\":true}")
             : *at == SECRET ? buf_printf(out, "{\"s\":\"%016llx\"}", state)
             : *at == VALUE  ? buf_printf(out, "{\"h\":\"%016llx\"}", state)
                             : ERR_CORRUPT;
    return rc ? -1 : (int)size;
}

int given_unpack(const void *bytes, size_t len, bool key_lost, struct buf *out, struct err *e)
{
    const unsigned char *at = bytes;
    if (len > MAX_LEAVES)
        return err_set(e, ERR_LIMIT, "a baseline of %zu bytes", len);
    int rc = buf_putc(out, '[');
    for (size_t i = 0; !rc && i < len;) {
        if (i)
            rc = buf_putc(out, ',');
        int n = rc ? -1 : unpack_leaf(at + i, len - i, key_lost, out);
        if (n < 0)
            return err_set(e, ERR_CORRUPT, "what was given is none of ours");
        i += (size_t)n;
    }
    return rc || buf_putc(out, ']') ? err_set(e, ERR_LIMIT, "a baseline is too large") : 0;
}
