// SPDX-License-Identifier: Apache-2.0
#include "engine/apply/applyset.h"

#include "base/buf.h"
#include "base/digest.h"
#include "engine/build.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TOOL "leeway"

void applyset_scope_init(struct applyset_scope *s)
{
    memset(s, 0, sizeof(*s));
}

void applyset_scope_clear(struct applyset_scope *s)
{
    for (size_t i = 0; i < s->kinds.len; i++)
        mem_free(s->kinds.items[i]);
    for (size_t i = 0; i < s->namespaces.len; i++)
        mem_free(s->namespaces.items[i]);
    vec_clear(&s->kinds);
    vec_clear(&s->namespaces);
}

/* Sets are small: a dozen kinds, a few namespaces. Takes s over. */
static void insert(struct applyset_names *v, char *s)
{
    size_t at = 0;
    while (at < v->len && strcmp(v->items[at], s) < 0)
        at++;
    if (at < v->len && strcmp(v->items[at], s) == 0) {
        mem_free(s);
        return;
    }
    vec_push(v, s);
    memmove(&v->items[at + 1], &v->items[at], (v->len - 1 - at) * sizeof(char *));
    v->items[at] = s;
}

void applyset_scope_add(struct applyset_scope *s, const char *group, const char *kind,
                        const char *ns)
{
    insert(&s->kinds, *group ? mem_printf("%s.%s", kind, group) : mem_strdup(kind));
    if (*ns)
        insert(&s->namespaces, mem_strdup(ns));
}

void applyset_scope_join(struct applyset_scope *s, const struct applyset_scope *more)
{
    for (size_t i = 0; i < more->kinds.len; i++)
        insert(&s->kinds, mem_strdup(more->kinds.items[i]));
    for (size_t i = 0; i < more->namespaces.len; i++)
        insert(&s->namespaces, mem_strdup(more->namespaces.items[i]));
}

static bool same(char *const *a, size_t n, char *const *b, size_t m)
{
    if (n != m)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

bool applyset_scope_equal(const struct applyset_scope *a, const struct applyset_scope *b)
{
    return same(a->kinds.items, a->kinds.len, b->kinds.items, b->kinds.len) &&
           same(a->namespaces.items, a->namespaces.len, b->namespaces.items, b->namespaces.len);
}

bool applyset_split_kind(struct arena *a, const char *text, const char **group, const char **kind)
{
    const char *dot = strchr(text, '.');
    *kind = dot ? arena_strndup(a, text, (size_t)(dot - text)) : arena_strdup(a, text);
    *group = dot ? arena_strdup(a, dot + 1) : "";
    return **kind && !(dot && !dot[1]);
}

const char *applyset_id(struct arena *a, const char *name, const char *ns, const char *kind,
                        const char *group)
{
    char *text = mem_printf("%s.%s.%s.%s", name, ns, kind, group);
    struct digest d = digest_sha256(text, strlen(text));
    struct buf b;
    buf_init(&b, BUF_SMALL);
    base64url_encode(&b, d.b, sizeof(d.b));
    const char *id = arena_printf(a, "applyset-%s-v1", buf_str(&b));
    buf_clear(&b);
    mem_free(text);
    return id;
}

const char *applyset_parent_name(struct arena *a, const char *environment)
{
    return arena_printf(a, "leeway-%s", environment);
}

static void read_list(struct applyset_names *set, const char *text)
{
    for (const char *s = text; *s;) {
        size_t n = strcspn(s, ",");
        const char *from = s;
        size_t len = n;
        while (len && *from == ' ')
            from++, len--;
        while (len && from[len - 1] == ' ')
            len--;
        if (len)
            insert(set, mem_strndup(from, len));
        s += n;
        s += *s == ',';
    }
}

int applyset_read(const struct val *live, const char *id, const char *ns,
                  struct applyset_scope *scope, struct err *e)
{
    if (!live)
        return 0;
    const struct val *meta = val_get(live, "metadata");
    const struct val *notes = val_get(meta, "annotations");
    const char *name = val_str(val_get(meta, "name"), "");
    const char *has = val_str(val_get(val_get(meta, "labels"), APPLYSET_ID), "");
    const char *tool = val_str(val_get(notes, APPLYSET_TOOLING), "");
    const struct val *kinds = val_get(notes, APPLYSET_KINDS);
    size_t len = strcspn(tool, "/");
    if (*tool && (len != strlen(TOOL) || memcmp(tool, TOOL, len) != 0)) {
        err_set(e, ERR_CONFLICT, "the set of Secret/%s belongs to %s", name, tool);
        err_hint(e, "choose another name with --env");
        return ERR_CONFLICT;
    }
    if (!*tool || strcmp(has, id) != 0 || !val_is(kinds, VAL_STRING)) {
        err_set(e, ERR_CONFLICT, "Secret/%s exists and is no parent of a set that leeway made",
                name);
        err_hint(e, "choose another name with --env, or look at it and delete it");
        return ERR_CONFLICT;
    }
    read_list(&scope->kinds, val_str(kinds, ""));
    read_list(&scope->namespaces, val_str(val_get(notes, APPLYSET_NAMESPACES), ""));
    insert(&scope->namespaces, mem_strdup(ns));
    return 0;
}

static void join(struct buf *out, char *const *items, size_t n, const char *but)
{
    for (size_t i = 0; i < n; i++)
        if (!but || strcmp(items[i], but) != 0)
            buf_printf(out, "%s%s", out->len ? "," : "", items[i]);
}

/* RFC 1952, the same bytes for the same text. */
int applyset_pack(struct buf *out, const char *text, size_t len)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
        return ERR_INTERNAL;
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    int rc = Z_OK;
    while (rc == Z_OK) {
        unsigned char part[16384];
        z.next_out = part;
        z.avail_out = sizeof(part);
        rc = deflate(&z, Z_FINISH);
        if (buf_add(out, part, sizeof(part) - z.avail_out))
            break;
    }
    deflateEnd(&z);
    return rc == Z_STREAM_END && !out->over ? 0 : ERR_LIMIT;
}

int applyset_unpack(struct buf *out, const void *bytes, size_t len, struct err *e)
{
    z_stream z = {0};
    if (len > APPLYSET_RECORD_MAX)
        return err_set(e, ERR_LIMIT, "the release record has %zu bytes, more than leeway writes",
                       len);
    if (inflateInit2(&z, 15 + 16) != Z_OK)
        return err_set(e, ERR_INTERNAL, "zlib cannot be used");
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (uInt)len;
    int rc = Z_OK;
    while (rc == Z_OK) {
        unsigned char part[16384];
        z.next_out = part;
        z.avail_out = sizeof(part);
        rc = inflate(&z, Z_NO_FLUSH);
        if ((rc == Z_OK || rc == Z_STREAM_END) && buf_add(out, part, sizeof(part) - z.avail_out))
            break;
        if (rc == Z_OK && !z.avail_in && z.avail_out)
            rc = Z_BUF_ERROR; /* cut short */
    }
    inflateEnd(&z);
    if (out->over)
        return err_set(e, ERR_LIMIT, "the release record is larger than leeway writes");
    return rc == Z_STREAM_END ? 0 : err_set(e, ERR_SYNTAX, "the release record is not gzip");
}

bool applyset_record(const struct val *live, struct buf *out)
{
    const struct val *text = val_at(live, "data", APPLYSET_RECORD, NULL);
    return val_is(text, VAL_STRING) && base64_decode(out, text->as.s, text->len) == 0;
}

const struct val *applyset_parent(struct val_pool *p, const char *environment, const char *ns,
                                  const char *tooling, const struct applyset_scope *scope,
                                  const void *record, size_t record_len)
{
    const char *name = applyset_parent_name(&p->arena, environment);
    struct buf kinds, spaces, text;
    buf_init(&kinds, BUF_LARGE);
    buf_init(&spaces, BUF_LARGE);
    buf_init(&text, BUF_LARGE);
    join(&kinds, scope->kinds.items, scope->kinds.len, NULL);
    join(&spaces, scope->namespaces.items, scope->namespaces.len, ns);
    struct val_builder *b = val_builder_new(p, 8);
    val_builder_map(b);
    build_put(b, "apiVersion", val_of_str(p, "v1"));
    build_put(b, "kind", val_of_str(p, "Secret"));
    build_map(b, "metadata");
    build_put(b, "name", val_of_str(p, name));
    build_put(b, "namespace", val_of_str(p, ns));
    build_map(b, "labels");
    build_put(b, APPLYSET_ID, val_of_str(p, applyset_id(&p->arena, name, ns, "Secret", "")));
    val_builder_end(b);
    build_map(b, "annotations");
    build_put(b, APPLYSET_TOOLING, val_of_str(p, tooling));
    build_put(b, APPLYSET_KINDS, val_of_str(p, buf_str(&kinds)));
    build_put(b, APPLYSET_NAMESPACES, val_of_str(p, buf_str(&spaces)));
    val_builder_end(b);
    val_builder_end(b);
    build_put(b, "type", val_of_str(p, APPLYSET_TYPE));
    if (record_len && base64_encode(&text, record, record_len) == 0) {
        build_map(b, "data");
        build_put(b, APPLYSET_RECORD, val_of_strn(p, buf_str(&text), text.len));
        val_builder_end(b);
    }
    val_builder_end(b);
    const struct val *parent = val_builder_finish(b);
    val_builder_free(b);
    buf_clear(&kinds);
    buf_clear(&spaces);
    buf_clear(&text);
    return parent;
}
