// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/compare_rows.h"

#include "base/buf.h"
#include "data/diff.h"
#include "engine/drift/given.h"

#include <stdlib.h>
#include <string.h>

void compare_rows_init(struct compare_rows *r, plan_hmac_fn *hmac, void *ctx)
{
    *r = (struct compare_rows){.hmac = hmac, .ctx = ctx};
    arena_init(&r->arena);
}

void compare_rows_clear(struct compare_rows *r)
{
    strmap_clear(&r->folds);
    vec_clear(&r->rows);
    arena_clear(&r->arena);
}

/* ---- folding ---- */

static struct text *texts_of(struct leeway_compare_row *x, size_t i)
{
    struct text *const all[] = {&x->environment, &x->object_kind, &x->namespace_,
                                &x->name,        &x->path,        &x->a,
                                &x->b,           &x->api_version, &x->cluster};
    return i < ARRAY_LEN(all) ? all[i] : NULL;
}

enum { FOLD_BY = 7 }; /* of texts_of */

void compare_put(struct compare_rows *r, const struct leeway_compare_row *row)
{
    struct leeway_compare_row x = *row;
    struct buf key;
    buf_init(&key, BUF_LARGE);
    buf_printf(&key, "%d", (int)x.kind);
    for (size_t i = 0; i < FOLD_BY; i++)
        buf_printf(&key, "\n%s", texts_of(&x, i)->str);
    size_t at = (size_t)(uintptr_t)strmap_get(&r->folds, buf_str(&key));
    if (at) {
        r->rows.items[at - 1].on++;
    } else if (r->rows.len >= LEEWAY_COMPARE_ROWS) {
        r->more = true;
    } else {
        for (size_t i = 0; texts_of(&x, i); i++)
            *texts_of(&x, i) = text_dup(&r->arena, *texts_of(&x, i));
        x.on = 1;
        vec_push(&r->rows, x);
        strmap_set(&r->folds, buf_str(&key), (void *)(uintptr_t)r->rows.len);
    }
    buf_clear(&key);
}

static int by_object(const void *a, const void *b)
{
    struct leeway_compare_row x = *(const struct leeway_compare_row *)a,
                              y = *(const struct leeway_compare_row *)b;
    bool fact_x = !x.environment.len, fact_y = !y.environment.len;
    int c = (int)fact_y - (int)fact_x;
    for (size_t i = 0; !c && i < 4; i++)
        c = text_compare(*texts_of(&x, i), *texts_of(&y, i));
    c = c ? c : (int)(x.kind == LEEWAY_COMPARE_FIELD) - (int)(y.kind == LEEWAY_COMPARE_FIELD);
    for (size_t i = 4; !c && i < FOLD_BY; i++)
        c = text_compare(*texts_of(&x, i), *texts_of(&y, i));
    return c ? c : (int)x.kind - (int)y.kind;
}

void compare_rows_sort(struct compare_rows *r)
{
    strmap_clear(&r->folds);
    if (r->rows.len)
        qsort(r->rows.items, r->rows.len, sizeof(*r->rows.items), by_object);
}

/* ---- two environments ---- */

struct comparing {
    struct compare_rows *rows;
    const struct compare_side *a, *b;
    struct compare_place where;
    bool two; /* environments: what is named after them has another name on each */
};

static bool begins(const char *s, const char *with)
{
    return *with && strncmp(s, with, strlen(with)) == 0;
}

/* What both have in place of each other: the name of the environment, or its namespace. */
static size_t named(const struct compare_side *s, const char *at, bool namespace_)
{
    const char *with = namespace_ ? s->namespace_ : s->environment;
    return begins(at, with) ? strlen(with) : 0;
}

/* Equal but for the environment's name in the one where the other has its own. */
static bool same_but_names(const struct comparing *x, const char *a, const char *b)
{
    while (*a || *b) {
        size_t i = named(x->a, a, false), k = named(x->b, b, false);
        if (!i || !k)
            i = named(x->a, a, true), k = named(x->b, b, true);
        if (i && k) {
            a += i;
            b += k;
        } else if (*a++ != *b++) {
            return false;
        }
    }
    return true;
}

/* Kind, namespace and name, where two environments' are made equal; in the buffer. */
static const char *key_of(const struct comparing *x, const struct compare_side *s,
                          const struct plan_row *r, struct buf *key)
{
    size_t name = x->two ? named(s, r->name, false) : 0;
    bool own = x->two && strcmp(r->namespace_, s->namespace_) == 0;
    if (name && r->name[name] && r->name[name] != '-')
        name = 0;
    buf_reset(key);
    buf_printf(key, "%s %s %s %s%s", r->group, r->kind, own ? "*" : r->namespace_, name ? "*" : "",
               r->name + name);
    return buf_str(key);
}

/* ---- objects ---- */

static struct leeway_compare_row row_of(struct comparing *x, const struct plan_row *r)
{
    struct arena *a = &x->rows->arena;
    return (struct leeway_compare_row){.environment = text_cstr(a, x->b->environment),
                                       .api_version = text_cstr(a, r->api_version),
                                       .object_kind = text_cstr(a, r->kind),
                                       .namespace_ = text_cstr(a, r->namespace_),
                                       .name = text_cstr(a, r->name),
                                       .path = TEXT_NONE,
                                       .cluster = text_cstr(a, x->where.cluster),
                                       .cluster_id = x->where.cluster_id};
}

static void put_object(struct comparing *x, const struct plan_row *r, enum leeway_compare_kind kind)
{
    static const struct text after[] = {[LEEWAY_COMPARE_CREATED] = TEXT("created"),
                                        [LEEWAY_COMPARE_DELETED] = TEXT("deleted"),
                                        [LEEWAY_COMPARE_REPLACED] = TEXT("replaced")};
    struct leeway_compare_row row = row_of(x, r);
    row.kind = kind;
    row.a = kind == LEEWAY_COMPARE_CREATED ? TEXT("-") : TEXT("there");
    row.b = !x->two || kind == LEEWAY_COMPARE_REPLACED ? after[kind]
            : kind == LEEWAY_COMPARE_CREATED           ? TEXT("there")
                                                       : TEXT("-");
    compare_put(x->rows, &row);
}

static void put_field(struct comparing *x, const struct plan_row *r, const struct diff_item *d)
{
    struct leeway_compare_row row = row_of(x, r);
    struct arena *a = &x->rows->arena;
    struct plan *p = x->a->plan;
    if (x->two && val_is(d->before, VAL_STRING) && val_is(d->after, VAL_STRING) &&
        same_but_names(x, d->before->as.s, d->after->as.s))
        return;
    row.kind = LEEWAY_COMPARE_FIELD;
    row.secret = given_is_secret(r->api_version, r->kind, d->path);
    row.path = text_cstr(a, plan_path_words(p, d->path));
    if (x->two && strstr(row.path.str, "applyset.kubernetes.io/part-of"))
        return; /* leeway's own, of its environment */
    row.a = text_cstr(a, plan_value_words(p, d->before, row.secret, x->rows->hmac, x->rows->ctx));
    row.b = text_cstr(a, plan_value_words(p, d->after, row.secret, x->rows->hmac, x->rows->ctx));
    compare_put(x->rows, &row);
}

static int compare_objects(struct comparing *x, const struct plan_row *a, const struct plan_row *b,
                           struct err *e)
{
    struct diff_items items = {0};
    if ((x->a->newer && a->action == LEEWAY_ACTION_REPLACE) ||
        (x->b->newer && b->action == LEEWAY_ACTION_REPLACE))
        put_object(x, b, LEEWAY_COMPARE_REPLACED);
    if (val_equal(a->body, b->body))
        return 0;
    int rc = diff_values(&x->a->plan->pool, a->body, b->body, NULL, NULL, &items);
    for (size_t i = 0; !rc && i < items.len; i++)
        put_field(x, b, &items.items[i]);
    diff_items_clear(&items);
    return rc ? err_set(e, rc, "%s/%s is too large to be compared", b->kind, b->name) : 0;
}

int compare_targets(struct compare_rows *r, const struct compare_side *a,
                    const struct plan_target *at, const struct compare_side *b,
                    const struct plan_target *bt, struct compare_place where, struct err *e)
{
    struct comparing x = {.rows = r, .a = a, .b = b, .where = where};
    struct strmap left = {0};
    struct buf key;
    int rc = 0;
    x.two = strcmp(a->environment, b->environment) != 0;
    buf_init(&key, BUF_SMALL);
    for (size_t i = 0; at && i < at->rows.len; i++)
        if (plan_row_is_content(a->plan, at->rows.items[i]))
            strmap_set(&left, key_of(&x, a, at->rows.items[i], &key), at->rows.items[i]);
    for (size_t i = 0; !rc && bt && i < bt->rows.len; i++) {
        const struct plan_row *row = bt->rows.items[i];
        if (!plan_row_is_content(b->plan, row))
            continue;
        const struct plan_row *was = strmap_remove(&left, key_of(&x, b, row, &key));
        if (was)
            rc = compare_objects(&x, was, row, e);
        else
            put_object(&x, row, LEEWAY_COMPARE_CREATED);
    }
    const struct strmap_entry *gone;
    for (size_t i = 0; !rc && (gone = strmap_next(&left, &i));)
        put_object(&x, gone->value, LEEWAY_COMPARE_DELETED);
    strmap_clear(&left);
    buf_clear(&key);
    return rc;
}
