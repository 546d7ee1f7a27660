// SPDX-License-Identifier: Apache-2.0
/*
 * The text of paths, out and in. See path.h for the two ambiguities of the server's bare form; the
 * table below is what resolves them.
 */
#include "data/path.h"

#include "base/vec.h"
#include "data/scalar_int.h"

#include <string.h>

/* Fields whose members have names of people's choosing and plain values. parent: the field before;
 * "" when this one must be the first of the path, NULL for anywhere. */
struct name_map {
    const char *parent, *field;
};

static const struct name_map name_maps[] = {
    {"metadata", "annotations"},
    {"metadata", "labels"},
    {NULL, "matchLabels"},
    {NULL, "nodeSelector"},
    {"resources", "limits"},
    {"resources", "requests"},
    {"spec", "capacity"},
    {"status", "capacity"},
    {"status", "allocatable"},
    {"spec", "hard"},
    {"status", "hard"},
    {"status", "used"},
    {"", "data"},
    {"", "binaryData"},
    {"", "stringData"},
    {"", "parameters"},
};

static bool field_is(const struct path_elem *e, const char *name)
{
    return e->kind == PATH_FIELD && e->as.field->len == strlen(name) &&
           memcmp(e->as.field->s, name, e->as.field->len) == 0;
}

/* Does the path of n elements end at a field of the table? */
static bool ends_at_name_map(const struct path_elem *elems, size_t n)
{
    for (size_t i = 0; n && i < ARRAY_LEN(name_maps); i++) {
        const struct name_map *m = &name_maps[i];
        if (!field_is(&elems[n - 1], m->field))
            continue;
        if (!m->parent || (!*m->parent && n == 1) ||
            (*m->parent && n > 1 && field_is(&elems[n - 2], m->parent)))
            return true;
    }
    return false;
}

/* ---- out ---- */

static bool plain_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$';
}

static bool plain_name(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!plain_char(s[i]))
            return false;
    return len > 0;
}

static int format_key(struct buf *out, const struct val *key, bool quoted)
{
    enum scalar_style style = quoted ? SCALAR_JSON : SCALAR_GO;
    int rc = buf_putc(out, '[');
    for (uint32_t i = 0; i < key->len && !rc; i++) {
        const struct val_entry *e = &key->as.entries[i];
        if (i)
            rc = buf_putc(out, ',');
        if (!rc && quoted && !plain_name(e->key->s, e->key->len))
            rc = scalar_write_string(out, e->key->s, e->key->len, style);
        else if (!rc)
            rc = buf_add(out, e->key->s, e->key->len);
        rc = rc ? rc : buf_putc(out, '=');
        rc = rc ? rc : scalar_write(out, &e->value, style);
    }
    return rc ? rc : buf_putc(out, ']');
}

static int format_elem(struct buf *out, struct path path, size_t i, bool quoted)
{
    const struct path_elem *e = &path.elems[i];
    int rc;
    switch (e->kind) {
    case PATH_FIELD:
        /* Below a name map a bare name would swallow what follows it. */
        if (quoted && (!plain_name(e->as.field->s, e->as.field->len) ||
                       (i + 1 < path.len && ends_at_name_map(path.elems, i)))) {
            rc = buf_putc(out, '[');
            rc = rc ? rc : scalar_write_string(out, e->as.field->s, e->as.field->len, SCALAR_JSON);
            return rc ? rc : buf_putc(out, ']');
        }
        rc = buf_putc(out, '.');
        return rc ? rc : buf_add(out, e->as.field->s, e->as.field->len);
    case PATH_KEY:
        return format_key(out, e->as.key, quoted);
    case PATH_VALUE:
        rc = buf_puts(out, "[=");
        rc = rc ? rc : scalar_write(out, e->as.value, quoted ? SCALAR_JSON : SCALAR_GO);
        return rc ? rc : buf_putc(out, ']');
    case PATH_INDEX:
        return buf_printf(out, "[%lld]", (long long)e->as.index);
    case PATH_ANY:
        return buf_puts(out, "[*]");
    }
    return 0;
}

int path_format(struct buf *out, struct path path, enum path_style style)
{
    int rc = 0;
    for (size_t i = 0; i < path.len && !rc; i++)
        rc = format_elem(out, path, i, style == PATH_STYLE_QUOTED);
    return rc;
}

/* ---- in ---- */

struct parser {
    struct scalar_reader r;
    struct path_elem elems[PATH_MAX_ELEMS];
    size_t n;
};

static bool next_is(const struct parser *p, char c)
{
    return p->r.at < p->r.len && p->r.text[p->r.at] == c;
}

static bool take(struct parser *p, char c)
{
    if (!next_is(p, c))
        return false;
    p->r.at++;
    return true;
}

static int set_field(struct parser *p, const char *s, size_t len, struct path_elem *out,
                     struct err *e)
{
    *out = (struct path_elem){.kind = PATH_FIELD, .as.field = val_intern(p->r.pool, s, len)};
    return out->as.field ? 0 : err_set(e, ERR_LIMIT, "out of room for paths");
}

static int parse_bare(struct parser *p, struct path_elem *out, struct err *e)
{
    bool to_end = ends_at_name_map(p->elems, p->n);
    const char *s = p->r.text + p->r.at;
    size_t len = 0, left = p->r.len - p->r.at;
    while (len < left && (to_end || (s[len] != '.' && s[len] != '[')))
        len++;
    if (!len)
        return err_set(e, ERR_SYNTAX, "a field name is expected after '.'");
    p->r.at += len;
    if (len == 1 && s[0] == '*') {
        *out = (struct path_elem){.kind = PATH_ANY};
        return 0;
    }
    return set_field(p, s, len, out, e);
}

static int parse_scalar(struct parser *p, struct val *out, struct err *e)
{
    return scalar_read(&p->r, out, e);
}

/* k=v pairs up to ']'; the first name may have been read already (name not NULL). */
static int parse_pairs(struct parser *p, const char *name, size_t len, struct path_elem *out,
                       struct err *e)
{
    VEC(struct val_entry) entries = {0};
    int rc = 0;
    do {
        if (!name && next_is(p, '"')) {
            if ((rc = scalar_read_string(&p->r, &name, &len, e)))
                break;
        } else if (!name) {
            name = p->r.text + p->r.at;
            for (len = 0; p->r.at + len < p->r.len && !memchr("=],\"[", name[len], 5);)
                len++;
            p->r.at += len;
        }
        struct val_entry entry = {.key = val_intern(p->r.pool, name, len)};
        if (!entry.key)
            rc = err_set(e, ERR_LIMIT, "out of room for paths");
        else if (!take(p, '='))
            rc = err_set(e, ERR_SYNTAX,
                         "[name=value], [=value], [\"field\"], [3] or [*] is expected");
        else
            rc = parse_scalar(p, &entry.value, e);
        vec_push(&entries, entry);
        name = NULL;
    } while (!rc && take(p, ','));
    if (!rc) {
        const struct val *key = scalar_key_of(p->r.pool, entries.items, entries.len);
        if (!key)
            rc = err_set(e, ERR_SYNTAX, "a list item's key names a field twice");
        *out = (struct path_elem){.kind = PATH_KEY, .as.key = key};
    }
    vec_clear(&entries);
    return rc;
}

static bool is_index(const struct parser *p, size_t *digits)
{
    size_t i = p->r.at, n = 0;
    if (i < p->r.len && p->r.text[i] == '-')
        i++;
    while (i + n < p->r.len && p->r.text[i + n] >= '0' && p->r.text[i + n] <= '9')
        n++;
    *digits = n;
    return n && i + n < p->r.len && p->r.text[i + n] == ']';
}

static int parse_brackets(struct parser *p, struct path_elem *out, struct err *e)
{
    const char *s = NULL;
    size_t len = 0;
    int rc = 0;
    if (next_is(p, ']')) { /* the key of nothing; no item has it */
        const struct val *none = scalar_key_of(p->r.pool, NULL, 0);
        if (!none)
            return err_set(e, ERR_LIMIT, "out of room for paths");
        *out = (struct path_elem){.kind = PATH_KEY, .as.key = none};
    } else if (take(p, '*')) {
        *out = (struct path_elem){.kind = PATH_ANY};
    } else if (take(p, '=')) {
        struct val v;
        rc = parse_scalar(p, &v, e);
        const struct val *boxed = rc ? NULL : val_box(p->r.pool, v);
        if (!rc && !boxed)
            rc = err_set(e, ERR_LIMIT, "out of room for paths");
        *out = (struct path_elem){.kind = PATH_VALUE, .as.value = boxed};
    } else if (is_index(p, &len)) {
        struct val v;
        rc = len > 18 ? err_set(e, ERR_SYNTAX, "the index is too large") : parse_scalar(p, &v, e);
        if (!rc)
            *out = (struct path_elem){.kind = PATH_INDEX, .as.index = v.as.i};
    } else {
        if (next_is(p, '"'))
            rc = scalar_read_string(&p->r, &s, &len, e);
        if (!rc)
            rc = s && next_is(p, ']') ? set_field(p, s, len, out, e)
                                      : parse_pairs(p, s, len, out, e);
    }
    if (!rc && !take(p, ']'))
        rc = err_set(e, ERR_SYNTAX, "']' is expected");
    return rc;
}

int path_parse(struct val_pool *pool, const char *text, size_t len, struct path *out, struct err *e)
{
    struct parser *p = mem_new(struct parser);
    p->r = (struct scalar_reader){.pool = pool, .text = text, .len = len};
    *out = (struct path){0};
    int rc = 0;
    while (!rc && p->r.at < len) {
        struct path_elem elem;
        if (p->n == PATH_MAX_ELEMS)
            rc = err_set(e, ERR_LIMIT, "the path has more than %u elements", PATH_MAX_ELEMS);
        else if (take(p, '.'))
            rc = parse_bare(p, &elem, e);
        else if (take(p, '['))
            rc = parse_brackets(p, &elem, e);
        else
            rc = err_set(e, ERR_SYNTAX, "'.' or '[' is expected; a path starts with one");
        if (!rc)
            p->elems[p->n++] = elem;
    }
    if (rc) {
        err_at(e, NULL, 1, (uint32_t)(p->r.at < UINT32_MAX ? p->r.at + 1 : 0));
    } else {
        struct path_elem *elems = arena_array(&pool->arena, p->n, sizeof(*elems));
        if (!elems)
            rc = err_set(e, ERR_LIMIT, "out of room for paths");
        else if (p->n)
            memcpy(elems, p->elems, p->n * sizeof(*elems));
        *out = (struct path){elems, rc ? 0 : p->n};
    }
    mem_free(p);
    return rc;
}
