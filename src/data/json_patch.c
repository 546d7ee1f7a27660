// SPDX-License-Identifier: Apache-2.0
/*
 * RFC 6902 with RFC 6901 pointers. Values are shared, so a patch that copies a document into itself
 * costs little memory to make but would cost without bound to read: the size of what is copied, and
 * the entries that are made anew, are counted against one budget; depth stays under VAL_MAX_DEPTH.
 */
#include "data/diff.h"

#include "base/vec.h"
#include "data/edit_int.h"

#include <string.h>

#define OPERATIONS_MAX 10000u
#define BUDGET (4u * 1024u * 1024u) /* values counted or moved in one patch */

struct token {
    const char *s;
    size_t len;
};

struct pointer {
    struct token tokens[VAL_MAX_DEPTH + 1];
    size_t n;
};

struct patch {
    struct val_pool *pool;
    struct err *e;
    struct pointer path, from;
    uint64_t spent;
};

enum change { ADD, REPLACE, REMOVE };

static int fail(struct patch *x, int code, const char *what)
{
    return err_set(x->e, code, "%s", what);
}

static int spend(struct patch *x, uint64_t n)
{
    x->spent += n;
    return x->spent > BUDGET ? fail(x, ERR_LIMIT, "the patch does too much") : 0;
}

/* Counts the values in v; *depth is raised to its depth. Stops counting past the budget. */
static uint64_t measure(const struct val *v, size_t level, size_t *depth, uint64_t room)
{
    uint64_t n = 1;
    if (level > *depth)
        *depth = level;
    for (uint32_t i = 0; n <= room && i < val_count(v); i++)
        n += measure(v->type == VAL_LIST ? &v->as.items[i] : &v->as.entries[i].value, level + 1,
                     depth, room - n);
    return n;
}

/* ---- pointers ---- */

static int read_token(struct patch *x, const char *s, size_t len, struct token *out)
{
    if (!memchr(s, '~', len)) {
        *out = (struct token){s, len};
        return 0;
    }
    char *copy = arena_alloc(&x->pool->arena, len);
    if (!copy)
        return fail(x, ERR_LIMIT, "out of room");
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '~') {
            if (++i == len || (s[i] != '0' && s[i] != '1'))
                return fail(x, ERR_SYNTAX, "in a pointer '~' is written ~0 and '/' ~1");
            copy[n++] = s[i] == '0' ? '~' : '/';
        } else {
            copy[n++] = s[i];
        }
    }
    *out = (struct token){copy, n};
    return 0;
}

static int read_pointer(struct patch *x, const struct val *op, const char *member,
                        struct pointer *out)
{
    const struct val *v = val_get(op, member);
    if (!val_is(v, VAL_STRING))
        return err_set(x->e, ERR_INVALID, "\"%s\" is missing or no string", member);
    out->n = 0;
    if (v->len && v->as.s[0] != '/')
        return fail(x, ERR_SYNTAX, "a pointer is empty or starts with '/'");
    for (size_t at = 0; at < v->len;) {
        const char *s = v->as.s + at + 1;
        size_t left = v->len - at - 1;
        const char *end = memchr(s, '/', left);
        size_t len = end ? (size_t)(end - s) : left;
        if (out->n == VAL_MAX_DEPTH)
            return fail(x, ERR_LIMIT, "the pointer is too deep");
        int rc = read_token(x, s, len, &out->tokens[out->n++]);
        if (rc)
            return rc;
        at += 1 + len;
    }
    return 0;
}

/* Number of an existing item, or with `end` also the place behind the last ("-" or the count). */
static int read_index(struct patch *x, const struct token *t, const struct val *list, bool end,
                      size_t *out)
{
    if (t->len == 1 && t->s[0] == '-') {
        *out = list->len;
        return end ? 0 : fail(x, ERR_NOT_FOUND, "\"-\" is the place behind the last item");
    }
    size_t n = 0;
    bool ok = t->len > 0 && t->len < 10 && (t->s[0] != '0' || t->len == 1);
    for (size_t i = 0; ok && i < t->len; i++) {
        ok = t->s[i] >= '0' && t->s[i] <= '9';
        n = n * 10 + (size_t)(t->s[i] - '0');
    }
    if (!ok)
        return fail(x, ERR_INVALID, "an item of a list is a number without leading zeros");
    *out = n;
    return n < list->len + (end ? 1u : 0u) ? 0 : fail(x, ERR_NOT_FOUND, "no such item in the list");
}

static int resolve(struct patch *x, const struct val *doc, const struct pointer *ptr,
                   const struct val **out)
{
    const struct val *v = doc;
    for (size_t i = 0; i < ptr->n; i++) {
        const struct token *t = &ptr->tokens[i];
        size_t at;
        int rc;
        if (val_is(v, VAL_LIST)) {
            if ((rc = read_index(x, t, v, false, &at)))
                return rc;
            v = val_item(v, at);
        } else {
            v = val_get_n(v, t->s, t->len);
        }
        if (!v)
            return fail(x, ERR_NOT_FOUND, "nothing is there");
    }
    *out = v;
    return 0;
}

/* ---- changes ---- */

static int edit_here(struct patch *x, const struct val *v, const struct token *t,
                     enum change change, const struct val *value, const struct val **out)
{
    size_t at;
    int rc = spend(x, val_count(v) + 1);
    if (rc)
        return rc;
    if (val_is(v, VAL_LIST)) {
        if ((rc = read_index(x, t, v, change == ADD, &at)))
            return rc;
        *out = change == ADD       ? edit_list_insert(x->pool, v, at, value)
               : change == REPLACE ? edit_list_put(x->pool, v, at, value)
                                   : edit_list_drop(x->pool, v, at);
    } else if (val_is(v, VAL_MAP)) {
        if (change != ADD && !val_get_n(v, t->s, t->len))
            return fail(x, ERR_NOT_FOUND, "nothing is there");
        *out = change == REMOVE ? edit_map_drop(x->pool, v, t->s, t->len)
                                : edit_map_put(x->pool, v, t->s, t->len, value);
    } else {
        return fail(x, ERR_NOT_FOUND, "a plain value has nothing in it");
    }
    return *out ? 0 : fail(x, ERR_LIMIT, "out of room");
}

static int edit(struct patch *x, const struct val *v, const struct pointer *ptr, size_t i,
                enum change change, const struct val *value, const struct val **out)
{
    if (i == ptr->n) { /* the whole document */
        if (change == REMOVE)
            return fail(x, ERR_INVALID, "the whole document can't be removed");
        *out = value;
        return 0;
    }
    if (i + 1 == ptr->n)
        return edit_here(x, v, &ptr->tokens[i], change, value, out);
    struct pointer one = {.n = 1};
    one.tokens[0] = ptr->tokens[i];
    const struct val *below, *changed;
    int rc = resolve(x, v, &one, &below);
    rc = rc ? rc : edit(x, below, ptr, i + 1, change, value, &changed);
    return rc ? rc : edit_here(x, v, &ptr->tokens[i], REPLACE, changed, out);
}

/* Puts a value whose size has to be paid for. */
static int put(struct patch *x, const struct val **doc, enum change change, const struct val *value)
{
    size_t depth = 0;
    int rc = spend(x, measure(value, x->path.n, &depth, BUDGET));
    if (!rc && depth >= VAL_MAX_DEPTH)
        rc = fail(x, ERR_LIMIT, "the document would be too deep");
    return rc ? rc : edit(x, *doc, &x->path, 0, change, value, doc);
}

/* ---- operations ---- */

typedef int operation(struct patch *x, const struct val *op, const struct val **doc);

static int member_value(struct patch *x, const struct val *op, const struct val **out)
{
    *out = val_get(op, "value");
    return *out ? 0 : fail(x, ERR_INVALID, "\"value\" is missing");
}

static int do_add(struct patch *x, const struct val *op, const struct val **doc)
{
    const struct val *value;
    int rc = member_value(x, op, &value);
    return rc ? rc : put(x, doc, ADD, value);
}

static int do_remove(struct patch *x, const struct val *op, const struct val **doc)
{
    return edit(x, *doc, &x->path, 0, REMOVE, NULL, doc);
}

static int do_replace(struct patch *x, const struct val *op, const struct val **doc)
{
    const struct val *value, *old;
    int rc = member_value(x, op, &value);
    rc = rc ? rc : resolve(x, *doc, &x->path, &old);
    return rc ? rc : put(x, doc, REPLACE, value);
}

static int do_copy(struct patch *x, const struct val *op, const struct val **doc)
{
    const struct val *value;
    int rc = read_pointer(x, op, "from", &x->from);
    rc = rc ? rc : resolve(x, *doc, &x->from, &value);
    return rc ? rc : put(x, doc, ADD, value);
}

static bool inside(const struct pointer *p, const struct pointer *from)
{
    if (p->n <= from->n)
        return false;
    for (size_t i = 0; i < from->n; i++)
        if (p->tokens[i].len != from->tokens[i].len ||
            memcmp(p->tokens[i].s, from->tokens[i].s, p->tokens[i].len) != 0)
            return false;
    return true;
}

static int do_move(struct patch *x, const struct val *op, const struct val **doc)
{
    const struct val *value;
    int rc = read_pointer(x, op, "from", &x->from);
    if (!rc && inside(&x->path, &x->from))
        rc = fail(x, ERR_INVALID, "a value can't be moved into itself");
    rc = rc ? rc : resolve(x, *doc, &x->from, &value);
    if (!rc && !x->from.n) /* onto itself */
        return 0;
    rc = rc ? rc : edit(x, *doc, &x->from, 0, REMOVE, NULL, doc);
    return rc ? rc : put(x, doc, ADD, value);
}

static int do_test(struct patch *x, const struct val *op, const struct val **doc)
{
    const struct val *value, *there;
    size_t depth = 0;
    int rc = member_value(x, op, &value);
    rc = rc ? rc : resolve(x, *doc, &x->path, &there);
    rc = rc ? rc : spend(x, measure(value, 0, &depth, BUDGET));
    if (!rc && !val_equal(value, there))
        rc = fail(x, ERR_CONFLICT, "the value there is another");
    return rc;
}

static const struct {
    const char *name;
    operation *run;
} operations[] = {
    {"add", do_add},   {"remove", do_remove}, {"replace", do_replace},
    {"move", do_move}, {"copy", do_copy},     {"test", do_test},
};

static int apply_one(struct patch *x, const struct val *op, const struct val **doc)
{
    if (!val_is(op, VAL_MAP))
        return fail(x, ERR_TYPE, "an operation is an object");
    const struct val *name = val_get(op, "op");
    for (size_t i = 0; i < ARRAY_LEN(operations); i++) {
        if (!val_str_is(name, operations[i].name))
            continue;
        int rc = read_pointer(x, op, "path", &x->path);
        return rc ? rc : operations[i].run(x, op, doc);
    }
    return fail(x, ERR_INVALID, "\"op\" is add, remove, replace, move, copy or test");
}

const struct val *json_patch_apply(struct val_pool *p, const struct val *target,
                                   const struct val *patch, struct err *e)
{
    if (!val_is(patch, VAL_LIST)) {
        err_set(e, ERR_TYPE, "a JSON patch is a list of operations");
        return NULL;
    }
    if (patch->len > OPERATIONS_MAX) {
        err_set(e, ERR_LIMIT, "a JSON patch has at most %u operations", OPERATIONS_MAX);
        return NULL;
    }
    struct patch *x = mem_new(struct patch);
    x->pool = p;
    x->e = e;
    const struct val *doc = target ? target : &val_null;
    int rc = 0;
    for (uint32_t i = 0; i < patch->len && !rc; i++)
        if ((rc = apply_one(x, &patch->as.items[i], &doc)))
            err_prefix(e, "operation %u", i);
    mem_free(x);
    return rc ? NULL : doc;
}
