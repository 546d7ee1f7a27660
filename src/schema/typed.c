// SPDX-License-Identifier: Apache-2.0
/*
 * The parts of every walk over typed values: which form a value takes, what an item of a list is
 * called, errors in the server's words; and validation, which is nothing but such a walk.
 */
#include "schema/typed.h"

#include "data/json.h"
#include "schema/typed_int.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- types without a schema ---- */

static const struct typed_atom untyped_atomic;
static const struct typed_list untyped_list = {.element = &untyped_atomic,
                                               .relation = TYPED_ATOMIC};
static const struct typed_map untyped_map = {.element = &untyped_atomic, .relation = TYPED_ATOMIC};
static const struct typed_atom untyped_atomic = {
    .scalar = TYPED_UNTYPED, .list = &untyped_list, .map = &untyped_map};
static const struct typed_map deduced_map = {.element = &typed_deduced,
                                             .relation = TYPED_SEPARABLE};
const struct typed_atom typed_deduced = {
    .scalar = TYPED_UNTYPED, .list = &untyped_list, .map = &deduced_map, .deduced = true};

const struct typed_field *typed_map_field(const struct typed_map *m, const char *name, size_t len)
{
    size_t lo = 0, hi = m->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct typed_field *f = &m->fields[mid];
        size_t n = f->len < len ? f->len : len;
        int c = memcmp(f->name, name, n);
        c = c ? c : (f->len > len) - (f->len < len);
        if (c == 0)
            return f;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const struct typed_atom *typed_field_type(const struct typed_map *m, const struct val_key *k)
{
    const struct typed_field *f = typed_map_field(m, k->s, k->len);
    return f ? f->type : m->element;
}

/* ---- forms ---- */

const char typed_no_form[] = "schema error: invalid atom: inlined";

unsigned typed_forms(const struct typed_atom *t, const struct val *v)
{
    unsigned all = !t ? 0
                      : (t->map ? TYPED_IS_MAP : 0) | (t->scalar ? TYPED_IS_SCALAR : 0) |
                            (t->list ? TYPED_IS_LIST : 0);
    unsigned is = 0;
    switch (val_type(v)) {
    case VAL_NULL:
        break;
    case VAL_LIST:
        is = TYPED_IS_LIST;
        break;
    case VAL_MAP:
        is = TYPED_IS_MAP;
        break;
    default:
        is = TYPED_IS_SCALAR;
    }
    return all & is ? all & is : all;
}

enum typed_form typed_form_of(unsigned forms)
{
    return forms & TYPED_IS_MAP      ? TYPED_MAP_FORM
           : forms & TYPED_IS_SCALAR ? TYPED_SCALAR_FORM
           : forms & TYPED_IS_LIST   ? TYPED_LIST_FORM
                                     : TYPED_NONE;
}

/* ---- errors ---- */

void typed_walk_init(struct typed_walk *w, struct val_pool *p)
{
    *w = (struct typed_walk){.pool = p};
    buf_init(&w->errors, BUF_SMALL);
}

struct path typed_walk_path(const struct typed_walk *w)
{
    return (struct path){.elems = w->path.items, .len = w->path.len};
}

void typed_walk_error(struct typed_walk *w, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    size_t before = w->errors.len;
    int rc = before ? buf_puts(&w->errors, "\n  ") : 0;
    rc = rc ? rc : path_format(&w->errors, typed_walk_path(w), PATH_STYLE_SERVER);
    if (!rc && w->path.len)
        rc = buf_puts(&w->errors, ": ");
    if (!rc)
        rc = buf_puts(&w->errors, text);
    w->n_errors++;
}

int typed_walk_finish(struct typed_walk *w, struct err *e)
{
    int rc = 0;
    if (w->over)
        rc = err_set(e, ERR_LIMIT, "the object is too large to be worked with");
    else if (w->n_errors)
        rc =
            err_set(e, ERR_TYPE, "%s%s", w->n_errors > 1 ? "errors:\n  " : "", buf_str(&w->errors));
    vec_clear(&w->path);
    buf_clear(&w->errors);
    return rc;
}

struct path_elem typed_field_elem(const struct val_key *k)
{
    return (struct path_elem){.kind = PATH_FIELD, .as.field = k};
}

/* A value as Go prints it with %v, which is what the server's messages hold. */
static void go_value(struct buf *b, const struct val *v, int depth)
{
    switch (val_type(v)) {
    case VAL_NULL:
        buf_puts(b, "<nil>");
        break;
    case VAL_STRING:
        buf_add(b, v->as.s, v->len);
        break;
    case VAL_LIST:
        buf_putc(b, '[');
        for (uint32_t i = 0; i < v->len && depth < 8; i++) {
            buf_puts(b, i ? " " : "");
            go_value(b, &v->as.items[i], depth + 1);
        }
        buf_putc(b, ']');
        break;
    case VAL_MAP:
        buf_puts(b, "map[");
        for (uint32_t i = 0; i < v->len && depth < 8; i++) {
            buf_printf(b, "%s%s:", i ? " " : "", v->as.entries[i].key->s);
            go_value(b, &v->as.entries[i].value, depth + 1);
        }
        buf_putc(b, ']');
        break;
    default:
        json_write(b, v, JSON_COMPACT);
    }
}

static void print_value(char *out, size_t len, const char *before, const struct val *v,
                        const char *after)
{
    struct buf b;
    buf_init(&b, 4096);
    go_value(&b, v, 0);
    snprintf(out, len, "%s%.200s%s", before, buf_str(&b), after);
    buf_clear(&b);
}

static const char *go_type(const struct val *v)
{
    static const char *const names[] = {
        [VAL_NULL] = "<nil>",          [VAL_BOOL] = "bool",
        [VAL_INT] = "int64",           [VAL_UINT] = "uint64",
        [VAL_DOUBLE] = "float64",      [VAL_STRING] = "string",
        [VAL_LIST] = "[]interface {}", [VAL_MAP] = "map[string]interface {}"};
    return names[val_type(v)];
}

bool typed_scalar_wrong(enum typed_scalar t, const struct val *v, char *out, size_t len)
{
    enum val_type is = val_type(v);
    bool number = is == VAL_INT || is == VAL_UINT || is == VAL_DOUBLE;
    if (is == VAL_NULL)
        return false;
    switch (t) {
    case TYPED_NUMERIC:
        if (number)
            return false;
        snprintf(out, len, "expected numeric (int or float), got %s", go_type(v));
        return true;
    case TYPED_STRING:
        if (is == VAL_STRING)
            return false;
        if (is == VAL_MAP || is == VAL_LIST)
            snprintf(out, len, "expected string, got &value.valueUnstructured{Value:%s{…}}",
                     go_type(v));
        else
            print_value(out, len, "expected string, got &value.valueUnstructured{Value:", v, "}");
        return true;
    case TYPED_BOOLEAN:
        if (is == VAL_BOOL)
            return false;
        print_value(out, len, "expected boolean, got &{", v, "}");
        return true;
    default:
        if (number || is == VAL_STRING || is == VAL_BOOL)
            return false;
        print_value(out, len, "expected any scalar, got &{", v, "}");
        return true;
    }
}

/* ---- items ---- */

static int by_name(const struct val_entry *a, const struct val_entry *b)
{
    size_t n = a->key->len < b->key->len ? a->key->len : b->key->len;
    int c = memcmp(a->key->s, b->key->s, n);
    return c ? c : (a->key->len > b->key->len) - (a->key->len < b->key->len);
}

static const char keys_missing[] = "associative list with keys has an element that omits all key "
                                   "fields";

static bool keyed_elem(struct val_pool *p, const struct typed_list *l, const struct val *item,
                       struct path_elem *out, const char **why, bool *over)
{
    enum { KEYS_MAX = 16 };
    struct val_entry keys[KEYS_MAX];
    size_t n = 0;
    if (!val_is(item, VAL_MAP)) {
        *why = val_type(item) == VAL_NULL
                   ? "associative list with keys may not have a null element"
                   : "associative list with keys may not have non-map elements";
        return false;
    }
    for (size_t i = 0; i < l->n_keys && n < KEYS_MAX; i++) {
        const struct typed_map *m = l->element ? l->element->map : NULL;
        const struct val *v = val_get(item, l->keys[i]);
        if (!v && !m) {
            *why = "couldn't find default value for a key: associative list may not have non-map "
                   "types";
            return false;
        }
        if (!v) {
            const struct typed_field *f = typed_map_field(m, l->keys[i], strlen(l->keys[i]));
            v = f ? f->key_default : NULL;
        }
        if (!v)
            continue;
        struct val_entry e = {.key = val_intern(p, l->keys[i], strlen(l->keys[i])), .value = *v};
        if (!e.key) {
            *over = true;
            return false;
        }
        size_t at = n++;
        for (; at > 0 && by_name(&e, &keys[at - 1]) < 0; at--)
            keys[at] = keys[at - 1];
        keys[at] = e;
    }
    if (n == 0) {
        *why = keys_missing;
        return false;
    }
    *out = (struct path_elem){.kind = PATH_KEY, .as.key = val_map_of(p, keys, n)};
    *over = *over || !out->as.key;
    return out->as.key != NULL;
}

bool typed_item_elem(struct val_pool *p, const struct typed_list *l, const struct val *item,
                     struct path_elem *out, const char **why, bool *over)
{
    *why = NULL;
    if (l->relation != TYPED_ASSOCIATIVE)
        *why = "invalid indexing of non-associative list";
    else if (l->n_keys)
        return keyed_elem(p, l, item, out, why, over);
    else if (val_type(item) == VAL_MAP)
        *why = "associative list without keys has an element that's a map type";
    else if (val_type(item) == VAL_LIST)
        *why = "not supported: associative list with lists as elements";
    else if (val_type(item) == VAL_NULL)
        *why = "associative list without keys has an element that's an explicit null";
    *out = (struct path_elem){.kind = PATH_VALUE, .as.value = item};
    return !*why;
}

static uint32_t *slot_of(const struct typed_items *x, const struct path_elem *e)
{
    uint32_t at = (uint32_t)path_elem_hash(e) & x->mask;
    while (x->slots[at] && path_elem_compare(&x->items[x->slots[at] - 1].elem, e) != 0)
        at = (at + 1) & x->mask;
    return &x->slots[at];
}

static void omits_keys(struct typed_walk *w, const struct typed_list *l, uint32_t at)
{
    struct buf b;
    buf_init(&b, 4096);
    for (size_t i = 0; i < l->n_keys; i++)
        buf_printf(&b, "%s\"%s\"", i ? " " : "", l->keys[i]);
    typed_walk_error(
        w, "element %" PRIu32 ": %s [%s] (and doesn't have default values for any key fields)", at,
        keys_missing, buf_str(&b));
    buf_clear(&b);
}

void typed_items_init(struct typed_items *x, struct typed_walk *w, const struct typed_list *l,
                      const struct val *list)
{
    uint32_t n = val_is(list, VAL_LIST) ? list->len : 0, size = 4;
    while (size < n * 2 && size < UINT32_MAX / 2)
        size *= 2;
    *x = (struct typed_items){.mask = size - 1};
    x->items = mem_reallocarray(NULL, n + 1, sizeof(*x->items));
    x->of = mem_reallocarray(NULL, n + 1, sizeof(*x->of));
    x->slots = mem_calloc(size, sizeof(*x->slots));
    for (uint32_t i = 0; i < n; i++) {
        struct typed_item item = {.first = &list->as.items[i], .count = 1};
        const char *why;
        if (!typed_item_elem(w->pool, l, item.first, &item.elem, &why, &w->over)) {
            if (why == keys_missing)
                omits_keys(w, l, i);
            else if (why)
                typed_walk_error(w, "element %" PRIu32 ": %s", i, why);
            continue;
        }
        uint32_t *slot = slot_of(x, &item.elem);
        if (*slot) {
            x->items[*slot - 1].count++;
        } else {
            x->items[x->n++] = item;
            *slot = x->n;
        }
        x->of[x->len++] = *slot - 1;
    }
}

void typed_items_clear(struct typed_items *x)
{
    mem_free(x->items);
    mem_free(x->of);
    mem_free(x->slots);
}

struct typed_item *typed_items_find(const struct typed_items *x, const struct path_elem *e)
{
    uint32_t *slot = slot_of(x, e);
    return *slot ? &x->items[*slot - 1] : NULL;
}

/* ---- validation ---- */

static void validate(struct typed_walk *w, const struct typed_atom *t, const struct val *v,
                     unsigned flags);

static void validate_list(struct typed_walk *w, const struct typed_list *l, const struct val *v,
                          unsigned flags)
{
    struct typed_items seen = {0};
    bool named = l->relation == TYPED_ASSOCIATIVE;
    if (val_type(v) == VAL_NULL)
        return;
    if (!val_is(v, VAL_LIST)) {
        char text[300];
        print_value(text, sizeof(text), "expected list, got &{", v, "}");
        typed_walk_error(w, "%s", text);
        return;
    }
    size_t before = w->n_errors;
    if (named)
        typed_items_init(&seen, w, l, v);
    if (w->n_errors == before && !w->over) {
        for (uint32_t i = 0; i < v->len; i++) {
            struct path_elem elem = {.kind = PATH_INDEX, .as.index = i};
            if (named) {
                struct typed_item *x = &seen.items[seen.of[i]];
                elem = x->elem;
                if (x->count > 1 && x->first != &v->as.items[i] && !(flags & TYPED_DUPLICATES)) {
                    struct buf b;
                    buf_init(&b, 4096);
                    path_format(&b, (struct path){.elems = &elem, .len = 1}, PATH_STYLE_SERVER);
                    typed_walk_error(w, "duplicate entries for key %s", buf_str(&b));
                    buf_clear(&b);
                }
            }
            vec_push(&w->path, elem);
            validate(w, l->element, &v->as.items[i], flags);
            w->path.len--;
        }
    }
    if (named)
        typed_items_clear(&seen);
}

static void validate_map(struct typed_walk *w, const struct typed_map *m, const struct val *v,
                         unsigned flags)
{
    if (val_type(v) == VAL_NULL)
        return;
    if (!val_is(v, VAL_MAP)) {
        char text[300];
        print_value(text, sizeof(text), "expected map, got &{", v, "}");
        typed_walk_error(w, "%s", text);
        return;
    }
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val_entry *e = &v->as.entries[i];
        const struct typed_field *f = typed_map_field(m, e->key->s, e->key->len);
        const struct typed_atom *t = f ? f->type : m->element;
        vec_push(&w->path, typed_field_elem(e->key));
        if (!f && !m->element)
            typed_walk_error(w, "field not declared in schema");
        else
            validate(w, t, &e->value, flags);
        w->path.len--;
        if (!f && !m->element)
            break; /* the first of a map is told */
    }
}

static void validate(struct typed_walk *w, const struct typed_atom *t, const struct val *v,
                     unsigned flags)
{
    char text[300];
    switch (typed_form_of(typed_forms(t, v))) {
    case TYPED_MAP_FORM:
        validate_map(w, t->map, v, flags);
        break;
    case TYPED_SCALAR_FORM:
        if (typed_scalar_wrong(t->scalar, v, text, sizeof(text)))
            typed_walk_error(w, "%s", text);
        break;
    case TYPED_LIST_FORM:
        validate_list(w, t->list, v, flags);
        break;
    case TYPED_NONE:
        typed_walk_error(w, "%s", typed_no_form);
    }
}

int typed_validate(const struct typed_atom *t, const struct val *v, unsigned flags, struct err *e)
{
    struct val_pool names;
    struct typed_walk w;
    val_pool_init(&names);
    typed_walk_init(&w, &names);
    validate(&w, t, v, flags);
    int rc = typed_walk_finish(&w, e);
    val_pool_clear(&names);
    return rc;
}
