// SPDX-License-Identifier: Apache-2.0
/*
 * One object as it is against what a dry run made of it. Lists are compared item by item where
 * somebody's ownership shows how the items are told apart. What leaves our body is followed to its
 * end: removed, back to its default, or kept by another owner.
 */
#include "engine/plan/plan_int.h"

#include "data/diff.h"
#include "data/json.h"
#include "engine/drift/given.h"
#include "kube/adopt.h"
#include "kube/managers.h"
#include "kube/ownership.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 160u

/* ---- words ---- */

const char *plan_owner_words(struct plan *p, const char *manager, const char *operation,
                             const char *subresource)
{
    static const char *const what[MANAGER_CLASS_COUNT] = {
        [MANAGER_PERSON] = ", a person",         [MANAGER_AUTOSCALER] = ", an autoscaler",
        [MANAGER_CONTROLLER] = ", a controller", [MANAGER_WEBHOOK] = ", a webhook",
        [MANAGER_GITOPS] = ", a delivery tool",  [MANAGER_SCHEDULE] = ", a schedule",
    };
    struct manager_actor a = manager_actor_of(manager, operation, subresource);
    const char *class = what[a.class] ? what[a.class] : "";
    return plan_fmt(p, "%s%s", a.words && *a.words ? a.words : manager, class);
}

const char *plan_value_words(struct plan *p, const struct val *v, bool secret, plan_hmac_fn *hmac,
                             void *ctx)
{
    if (!v)
        return "-";
    struct buf b;
    buf_init(&b, BUF_LARGE);
    const char *out;
    if (secret) {
        struct digest d;
        char hex[DIGEST_HEX_LEN + 1] = "....";
        json_write(&b, v, JSON_CANONICAL);
        if (hmac && hmac(ctx, buf_str(&b), b.len, &d))
            digest_hex(&d, hex);
        out = plan_fmt(p, "‹secret …%.4s›", hex);
        buf_wipe(&b);
        return out;
    }
    if (v->type == VAL_STRING && v->len)
        buf_add(&b, v->as.s, v->len);
    else
        json_write(&b, v, JSON_CANONICAL);
    if (b.len > SHOWN_MAX) {
        size_t n = SHOWN_MAX;
        while (n && ((unsigned char)b.data[n] & 0xC0) == 0x80)
            n--;
        out = plan_fmt(p, "%.*s… (%zu bytes)", (int)n, b.data, b.len);
    } else {
        out = plan_str(p, buf_str(&b));
    }
    buf_clear(&b);
    return out;
}

const char *plan_path_words(struct plan *p, struct path path)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    path_format(&b, path, PATH_STYLE_SERVER);
    const char *s = plan_str(p, buf_str(&b));
    buf_clear(&b);
    return s;
}

/* ---- the two sides ---- */

/* What a person means by the object: without status and what the server keeps about it. */
static const struct val *meant(struct val_pool *p, const struct val *v)
{
    static const char *const drop[] = {
        "managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"};
    if (!v)
        return NULL;
    const struct val *meta = val_get(v, "metadata");
    for (size_t i = 0; meta && i < ARRAY_LEN(drop); i++)
        meta = val_map_without(p, meta, drop[i]);
    v = val_map_without(p, v, "status");
    return meta ? val_map_with(p, v, "metadata", meta) : v;
}

/* Entries of managedFields without their times, which change with every apply. Those of
 * subresources are left out: an apply of the object never touches them, and a controller may have
 * written its status between the read and the dry run. */
static const struct val *owners_of(struct val_pool *p, const struct val *v)
{
    const struct val *list = val_at(v, "metadata", "managedFields", NULL);
    VEC(struct val) kept = {0};
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *entry = val_item(list, i);
        if (val_is(entry, VAL_MAP) && !val_get(entry, "subresource"))
            vec_push(&kept, *val_map_without(p, entry, "time"));
    }
    const struct val *out = val_list_of(p, kept.items, kept.len);
    vec_clear(&kept);
    return out;
}

bool plan_is_same(struct val_pool *p, const struct val *live, const struct val *would)
{
    return val_equal(meant(p, live), meant(p, would)) &&
           val_equal(owners_of(p, live), owners_of(p, would));
}

static fieldset ours_of(struct val_pool *p, const struct val *object, struct err *e)
{
    struct given_rules r = {.manager = PLAN_MANAGER};
    return object ? given_our_fields(&r, p, object, e) : fieldset_empty;
}

/* All that anybody owns: it shows how lists are keyed. */
static fieldset all_owned(struct val_pool *p, const struct val *object)
{
    const struct val *list = val_at(object, "metadata", "managedFields", NULL);
    fieldset all = fieldset_empty;
    for (size_t i = 0; i < val_count(list); i++) {
        struct err e = ERR_INIT;
        fieldset f = fieldset_read(p, val_get(val_item(list, i), "fieldsV1"), &e);
        fieldset u = f ? fieldset_union(p, all, f) : NULL;
        all = u ? u : all;
        err_clear(&e);
    }
    return all;
}

const char *const *plan_keys_at(void *ctx, struct path path)
{
    struct plan_keys *k = ctx;
    const struct fieldset_node *n = k->all;
    for (size_t i = 0; n && i < path.len; i++)
        n = fieldset_descend(n, &path.elems[i]);
    if (!n || !n->n)
        return NULL;
    const struct path_elem *first = &n->children[0].elem;
    k->names[0] = NULL;
    if (first->kind == PATH_VALUE)
        return k->names;
    if (first->kind != PATH_KEY || val_count(first->as.key) >= ARRAY_LEN(k->names))
        return NULL;
    size_t len = val_count(first->as.key);
    for (size_t i = 0; i < len; i++)
        k->names[i] = first->as.key->as.entries[i].key->s;
    k->names[len] = NULL;
    return k->names;
}

/* ---- what was seen ---- */

struct seeing {
    struct digest_ctx *digest;
    struct ownership owners;
    bool secret;
    plan_hmac_fn *hmac;
    void *ctx;
    struct buf text;
};

static void feed(struct seeing *s, const char *text)
{
    digest_update(s->digest, text, strlen(text) + 1);
}

static int see_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct seeing *s = ctx;
    buf_reset(&s->text);
    path_format(&s->text, leaf->path, PATH_STYLE_QUOTED);
    feed(s, buf_str(&s->text));
    buf_reset(&s->text);
    if (leaf->item || !leaf->value) {
        feed(s, leaf->item && leaf->value ? "item" : "");
    } else {
        json_write(&s->text, leaf->value, JSON_CANONICAL);
        struct digest d = {{0}};
        if (!s->secret || !s->hmac || !s->hmac(s->ctx, buf_str(&s->text), s->text.len, &d))
            d = s->secret ? d : digest_sha256(buf_str(&s->text), s->text.len);
        digest_update(s->digest, d.b, sizeof(d.b));
    }
    struct ownership_owner who[32];
    size_t n = ownership_owners_of(&s->owners, leaf->path, who, ARRAY_LEN(who));
    for (size_t i = 0; i < n && i < ARRAY_LEN(who); i++) {
        feed(s, who[i].entry->manager);
        feed(s, who[i].entry->operation);
        feed(s, who[i].entry->subresource);
    }
    return 0;
}

int plan_seen(const struct val *paths, const struct val *live, bool secret, plan_hmac_fn *hmac,
              void *ctx, struct digest *out, struct err *e)
{
    struct val_pool pool;
    val_pool_init(&pool);
    struct fieldset_table *table = fieldset_table_new();
    struct seeing s = {.digest = digest_begin(), .secret = secret, .hmac = hmac, .ctx = ctx};
    buf_init(&s.text, BUF_LARGE);
    fieldset set = fieldset_read(&pool, paths, e);
    int rc = set ? 0 : ERR_PROTOCOL;
    feed(&s, val_str(val_at(live, "metadata", "uid", NULL), ""));
    if (!rc && live)
        rc = ownership_read(&pool, table, live, &s.owners, e);
    if (!rc && live)
        rc = fieldset_walk(set, live, see_leaf, &s);
    *out = digest_end(s.digest);
    buf_wipe(&s.text);
    fieldset_table_free(table);
    val_pool_clear(&pool);
    return rc;
}

/* ---- conflicts ---- */

enum leeway_choice plan_choice_for(const struct plan *p, const char *cluster_uid,
                                   const struct plan_row *row, const char *path)
{
    for (size_t i = p->choices.len; i-- > 0;) {
        const struct plan_choice *c = &p->choices.items[i];
        if ((!c->cluster_uid || !*c->cluster_uid || strcmp(c->cluster_uid, cluster_uid) == 0) &&
            strcmp(c->kind, row->kind) == 0 && strcmp(c->namespace_, row->namespace_) == 0 &&
            strcmp(c->name, row->name) == 0 && strcmp(c->path, path) == 0)
            return c->choice;
    }
    return LEEWAY_CHOICE_OPEN;
}

static bool is_secret_path(const struct plan_row *r, struct path path)
{
    return given_is_secret(r->api_version, r->kind, path);
}

/* What they have and what the body has. */
static void put_values(const struct plan_compare *c, struct plan_field *f)
{
    struct plan *p = c->plan;
    struct path path;
    struct err e = ERR_INIT;
    if (path_parse(&p->pool, f->path, strlen(f->path), &path, &e) == 0) {
        bool secret = is_secret_path(c->row, path);
        f->before =
            plan_value_words(p, path_resolve(c->live, path, NULL, NULL), secret, c->hmac, c->ctx);
        f->after = plan_value_words(p, path_resolve(c->row->full, path, NULL, NULL), secret,
                                    c->hmac, c->ctx);
    }
    err_clear(&e);
}

void plan_add_conflict(const struct plan_compare *c, const char *cluster_uid,
                       const struct kube_conflict *x)
{
    struct plan *p = c->plan;
    struct plan_row *row = c->row;
    for (size_t i = 0; i < row->fields.len; i++) {
        struct plan_field *f = &row->fields.items[i];
        if (strcmp(f->path, x->field) == 0 && strcmp(f->manager, x->manager) == 0 &&
            strcmp(f->operation, x->operation) == 0 && strcmp(f->subresource, x->subresource) == 0)
            return;
    }
    struct plan_field *f = plan_add_field(p, row, x->field);
    f->manager = plan_str(p, x->manager);
    f->operation = plan_str(p, x->operation);
    f->subresource = plan_str(p, x->subresource);
    f->owner = plan_owner_words(p, x->manager, x->operation, x->subresource);
    f->choice = plan_choice_for(p, cluster_uid, row, f->path);
    put_values(c, f);
    /* kept alive in our stead: it is applied again */
    if (f->choice == LEEWAY_CHOICE_OPEN && strcmp(f->manager, PLAN_INITIAL) == 0)
        f->choice = LEEWAY_CHOICE_TAKE_OVER;
    /* the object is taken over by name, and with it what its tool owns */
    if (f->choice == LEEWAY_CHOICE_OPEN && kube_adopts_from(f->manager, f->subresource) &&
        plan_choice_for(p, cluster_uid, row, PLAN_WHOLE) == LEEWAY_CHOICE_TAKE_OVER)
        f->choice = LEEWAY_CHOICE_TAKE_OVER;
}

/* ---- fields ---- */

struct comparing {
    struct plan_compare *c;
    struct val_pool *pool;
    fieldset left;           /* was ours, is not in the body any more */
    size_t taken;            /* leaves that become ours and were not */
    bool first;              /* nothing of it was */
    fieldset adopted, after; /* what a take-over of the object brings; ours after the apply */
    struct ownership owners; /* of the dry run's object */
};

static struct plan_field *field_for(struct plan *p, struct plan_row *r, const char *path)
{
    for (size_t i = 0; i < r->fields.len; i++)
        if (strcmp(r->fields.items[i].path, path) == 0)
            return &r->fields.items[i];
    return plan_add_field(p, r, path);
}

static void add_change(struct comparing *x, const struct diff_item *d)
{
    struct plan_compare *c = x->c;
    struct plan *p = c->plan;
    bool secret = is_secret_path(c->row, d->path);
    const char *path = plan_path_words(p, d->path);
    struct plan_field *f = field_for(p, c->row, path);
    const char *before = plan_value_words(p, d->before, secret, c->hmac, c->ctx);
    const char *after = plan_value_words(p, d->after, secret, c->hmac, c->ctx);
    const char *note = d->op == DIFF_CHANGED && fieldset_covers(x->left, d->path)
                           ? "it left the manifests: back to its default"
                       : d->op == DIFF_REMOVED && fieldset_covers(x->left, d->path)
                           ? "it left the manifests"
                           : "";
    /* two owners of one path are two conflicts with one value */
    for (size_t i = 0; i < c->row->fields.len; i++) {
        struct plan_field *g = &c->row->fields.items[i];
        if (strcmp(g->path, path) != 0)
            continue;
        g->before = before;
        g->after = after;
        if (g == f && !*g->note)
            g->note = note;
    }
}

/* A leaf that left our body: does the dry run still have it, and for whom? */
static int add_leaver(void *ctx, const struct fieldset_leaf *leaf)
{
    struct comparing *x = ctx;
    struct plan_compare *c = x->c;
    struct plan *p = c->plan;
    const struct val *live = path_resolve(c->live, leaf->path, NULL, NULL);
    if (!leaf->value || !live)
        return 0;
    struct ownership_owner who[8];
    size_t n = ownership_owners_of(&x->owners, leaf->path, who, ARRAY_LEN(who));
    bool secret = is_secret_path(c->row, leaf->path);
    const struct ownership_entry *other = NULL;
    for (size_t i = 0; i < n && i < ARRAY_LEN(who) && !other; i++)
        if (strcmp(who[i].entry->manager, PLAN_MANAGER) != 0)
            other = who[i].entry;
    if (!other && val_equal(live, leaf->value) && !leaf->item) {
        struct plan_field *f = field_for(p, c->row, plan_path_words(p, leaf->path));
        f->before = f->after = plan_value_words(p, live, secret, c->hmac, c->ctx);
        f->note = "it left the manifests: its default is the same";
        return 0;
    }
    if (!other || leaf->item)
        return 0;
    struct plan_field *f = field_for(p, c->row, plan_path_words(p, leaf->path));
    f->before = plan_value_words(p, live, secret, c->hmac, c->ctx);
    f->after = plan_value_words(p, leaf->value, secret, c->hmac, c->ctx);
    f->owner = plan_owner_words(p, other->manager, other->operation, other->subresource);
    f->note = plan_fmt(p, "%s owns it too, so it is not removed", f->owner);
    f->stays = true;
    return 0;
}

/* What the tool before us owns alone goes when the object is taken over, unless the manifest has
 * it. The annotation of kubectl goes unsaid: of a secret it holds the values. */
static int add_goer(void *ctx, const struct fieldset_leaf *leaf)
{
    struct comparing *x = ctx;
    struct plan_compare *c = x->c;
    struct plan *p = c->plan;
    const struct fieldset_node *n = x->adopted;
    for (size_t i = 0; n && i < leaf->path.len; i++)
        n = fieldset_descend(n, &leaf->path.elems[i]);
    const char *path = plan_path_words(p, leaf->path);
    if (!leaf->value || leaf->item || (n && n->n) || fieldset_covers(x->after, leaf->path) ||
        strstr(path, "kubectl.kubernetes.io/last-applied-configuration"))
        return 0;
    struct plan_field *f = field_for(p, c->row, path);
    if (f->choice != LEEWAY_CHOICE_NONE)
        return 0;
    f->before =
        plan_value_words(p, leaf->value, is_secret_path(c->row, leaf->path), c->hmac, c->ctx);
    f->after = "-";
    f->note = "taken over, it goes or is back to its default";
    return 0;
}

static bool is_whole_conflict(const struct plan_row *r)
{
    for (size_t i = 0; i < r->fields.len; i++)
        if (strcmp(r->fields.items[i].path, PLAN_WHOLE) == 0)
            return true;
    return false;
}

static bool is_empty_container(const struct val *v)
{
    return (val_is(v, VAL_MAP) || val_is(v, VAL_LIST)) && !v->len;
}

/* A leaf that would be ours and is not: no value changes by that. An empty container that others
 * have filled is left to them. */
static int add_taken(void *ctx, const struct fieldset_leaf *leaf)
{
    struct comparing *x = ctx;
    struct plan_compare *c = x->c;
    struct plan *p = c->plan;
    if (is_empty_container(path_resolve(c->row->full, leaf->path, NULL, NULL)) &&
        val_count(path_resolve(c->live, leaf->path, NULL, NULL)))
        return 0;
    x->taken++;
    if (!leaf->value || leaf->item || x->first)
        return 0;
    struct plan_field *f = field_for(p, c->row, plan_path_words(p, leaf->path));
    if (!*f->note && f->choice == LEEWAY_CHOICE_NONE) {
        bool secret = is_secret_path(c->row, leaf->path);
        f->before = f->after = plan_value_words(p, leaf->value, secret, c->hmac, c->ctx);
        f->note = "the value stays, it is owned again";
    }
    return 0;
}

static bool has_conflicts(const struct plan_row *r)
{
    for (size_t i = 0; i < r->fields.len; i++)
        if (r->fields.items[i].choice != LEEWAY_CHOICE_NONE)
            return true;
    return false;
}

int plan_compare(struct plan_compare *c, struct err *e)
{
    struct plan *p = c->plan;
    struct plan_row *r = c->row;
    struct val_pool pool;
    val_pool_init(&pool);
    struct fieldset_table *table = fieldset_table_new();
    struct comparing x = {.c = c, .pool = &pool};
    struct diff_items items = {0};
    int rc = ERR_PROTOCOL;
    fieldset before = ours_of(&pool, c->live, e);
    fieldset after = before ? ours_of(&pool, c->would, e) : NULL;
    if (!before || !after)
        goto out;
    fieldset both = fieldset_union(&pool, before, after);
    x.left = c->would ? fieldset_difference(&pool, before, after) : fieldset_empty;
    if (is_whole_conflict(r)) {
        x.adopted = kube_adopted_fields(&pool, c->live, e);
        both = x.adopted ? fieldset_union(&pool, both, x.adopted) : NULL;
        if (!both)
            goto out;
    }
    r->paths = val_copy(&p->pool, fieldset_write(&pool, both));
    r->uid = plan_str(p, val_str(val_at(c->live, "metadata", "uid", NULL), ""));
    r->resource_version =
        plan_str(p, val_str(val_at(c->live, "metadata", "resourceVersion", NULL), ""));
    rc = plan_seen(r->paths, c->live, r->secret, c->hmac, c->ctx, &r->seen, e);
    if (rc || !c->would || !c->live) {
        r->action = c->live ? r->action : LEEWAY_ACTION_CREATE;
        goto out;
    }
    if ((rc = ownership_read(&pool, table, c->would, &x.owners, e)))
        goto out;
    struct plan_keys keys = {
        .all = fieldset_union(&pool, all_owned(&pool, c->live), all_owned(&pool, c->would))};
    rc = diff_values(&pool, meant(&pool, c->live), meant(&pool, c->would), plan_keys_at, &keys,
                     &items);
    for (size_t i = 0; !rc && i < items.len; i++)
        add_change(&x, &items.items[i]);
    fieldset_walk(fieldset_leaves(&pool, x.left), c->would, add_leaver, &x);
    x.after = after;
    if (x.adopted)
        fieldset_walk(fieldset_leaves(&pool, fieldset_difference(&pool, x.adopted, after)), c->live,
                      add_goer, &x);
    bool same = items.len == 0 && val_equal(owners_of(&pool, c->live), owners_of(&pool, c->would));
    if (!same && items.len == 0 && fieldset_is_empty(x.left)) {
        fieldset taken = fieldset_difference(&pool, after, before);
        x.first = fieldset_is_empty(before);
        fieldset_walk(taken ? fieldset_leaves(&pool, taken) : fieldset_empty, c->would, add_taken,
                      &x);
        same = taken && !fieldset_is_empty(taken) && !x.taken;
        if (x.first && x.taken && !*r->detail)
            r->detail = plan_fmt(p, "no value changes: %zu field%s become%s ours", x.taken,
                                 x.taken == 1 ? "" : "s", x.taken == 1 ? "s" : "");
    }
    r->action = has_conflicts(r) ? LEEWAY_ACTION_TAKE_OVER
                : same           ? LEEWAY_ACTION_AS_IS
                                 : LEEWAY_ACTION_UPDATE;
out:
    diff_items_clear(&items);
    fieldset_table_free(table);
    val_pool_clear(&pool);
    return rc;
}
