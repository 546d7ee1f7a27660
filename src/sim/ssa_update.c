// SPDX-License-Identifier: Apache-2.0
/*
 * Update and apply. Both compare the object before and after in the version of each manager and
 * take from it what it no longer agrees with; apply also merges, and prunes what its manager
 * applied before and does not apply now, unless somebody else owns it or nobody put it there.
 */
#include "sim/ssa.h"

#include <string.h>

struct updater {
    struct val_pool *pool;
    const struct ssa_rules *rules;
    ssa_owners owners; /* under way; what came in is only replaced at the end */
    struct err *e;
};

struct ssa_owner *ssa_owner_find(const ssa_owners *owners, const char *id)
{
    for (size_t i = 0; i < owners->len; i++)
        if (strcmp(owners->items[i].id, id) == 0)
            return &owners->items[i];
    return NULL;
}

void ssa_owners_copy(ssa_owners *to, const ssa_owners *from)
{
    *to = (ssa_owners){0};
    for (size_t i = 0; i < from->len; i++)
        vec_push(to, from->items[i]);
}

static void drop_owner(ssa_owners *o, size_t i)
{
    memmove(&o->items[i], &o->items[i + 1], (o->len - i - 1) * sizeof(*o->items));
    o->len--;
}

static struct ssa_owner *put_owner(ssa_owners *o, struct ssa_owner owner)
{
    struct ssa_owner *x = ssa_owner_find(o, owner.id);
    if (x) {
        *x = owner;
        return x;
    }
    vec_push(o, owner);
    return &o->items[o->len - 1];
}

static const struct typed_atom *type_of(const struct updater *u, const char *version)
{
    return u->rules->type(u->rules->ctx, version);
}

static int too_large(struct updater *u)
{
    return err_set(u->e, ERR_LIMIT, "the object is too large to be worked with");
}

/* x as another version has it, which must be one that is served. */
static int convert(struct updater *u, struct ssa_object x, const char *version,
                   struct ssa_object *out)
{
    *out = (struct ssa_object){x.v, version};
    if (!u->rules->convert || strcmp(x.version, version) == 0)
        return 0;
    return u->rules->convert(u->rules->ctx, u->pool, x.v, x.version, version, &out->v, u->e);
}

static fieldset filtered(struct updater *u, const char *version, fieldset s)
{
    return s && u->rules->filter ? u->rules->filter(u->rules->ctx, u->pool, version, s) : s;
}

/* Sets made under other types are brought in line; versions that are gone go. */
static int reconcile(struct updater *u)
{
    for (size_t i = 0; i < u->owners.len;) {
        struct ssa_owner *o = &u->owners.items[i];
        const struct typed_atom *t = type_of(u, o->version);
        if (!t) {
            drop_owner(&u->owners, i);
            continue;
        }
        if (typed_reconcile(u->pool, t, o->set, &o->set, u->e)) {
            err_prefix(u->e, "errors reconciling field set with schema");
            return u->e->code;
        }
        i++;
    }
    return 0;
}

/* ---- differences by version ---- */

struct versioned {
    const char *version;
    struct typed_changes changes;
};
typedef VEC(struct versioned) versions;

static int compare(struct updater *u, struct ssa_object old, struct ssa_object now,
                   const char *version, struct typed_changes *out)
{
    struct ssa_object a, b;
    if (convert(u, old, version, &a)) {
        err_prefix(u->e, "failed to convert old object");
        return u->e->code;
    }
    if (convert(u, now, version, &b)) {
        err_prefix(u->e, "failed to convert new object");
        return u->e->code;
    }
    if (typed_compare(u->pool, type_of(u, version), a.v, b.v, out, u->e)) {
        err_prefix(u->e, "failed to compare objects");
        return u->e->code;
    }
    out->added = filtered(u, version, out->added);
    out->modified = filtered(u, version, out->modified);
    out->removed = filtered(u, version, out->removed);
    return out->added && out->modified && out->removed ? 0 : too_large(u);
}

static int changes_in(struct updater *u, versions *v, struct ssa_object old, struct ssa_object now,
                      const char *version, struct typed_changes *out)
{
    for (size_t i = 0; i < v->len; i++)
        if (strcmp(v->items[i].version, version) == 0) {
            *out = v->items[i].changes;
            return 0;
        }
    int rc = compare(u, old, now, version, out);
    if (!rc)
        vec_push(v, (struct versioned){version, *out});
    return rc;
}

/* Takes from everybody but id what changed. *mine: the changes in now's version. */
static int take(struct updater *u, struct ssa_object old, struct ssa_object now, const char *id,
                bool force, struct typed_changes *mine, ssa_conflicts *conflicts)
{
    versions v = {0};
    struct typed_changes c;
    int rc = changes_in(u, &v, old, now, now.version, mine);
    for (size_t i = 0; i < u->owners.len && !rc;) {
        struct ssa_owner *o = &u->owners.items[i];
        if (strcmp(o->id, id) == 0) {
            i++;
            continue;
        }
        if (!type_of(u, o->version)) {
            drop_owner(&u->owners, i);
            continue;
        }
        rc = changes_in(u, &v, old, now, o->version, &c);
        if (rc)
            break;
        fieldset touched = fieldset_union(u->pool, c.modified, c.added);
        fieldset both = touched ? fieldset_intersection(u->pool, o->set, touched) : NULL;
        if (both && !fieldset_is_empty(both)) {
            if (conflicts)
                vec_push(conflicts, (struct ssa_owner){o->id, o->version, o->applied, both});
            o->set = fieldset_difference(u->pool, o->set, both);
        }
        if (both && o->set)
            o->set = fieldset_difference(u->pool, o->set, c.removed);
        if (!both || !o->set)
            rc = too_large(u);
        i++;
    }
    vec_clear(&v);
    if (!rc && !force && conflicts && conflicts->len)
        rc = err_set(u->e, ERR_CONFLICT, "fields are owned by others");
    for (size_t i = 0; i < u->owners.len && !rc;)
        if (fieldset_is_empty(u->owners.items[i].set))
            drop_owner(&u->owners, i);
        else
            i++;
    return rc;
}

static int finish(struct updater *u, ssa_owners *owners, int rc)
{
    if (rc) {
        vec_clear(&u->owners);
    } else {
        vec_clear(owners);
        *owners = u->owners;
    }
    return rc;
}

int ssa_update(struct val_pool *p, const struct ssa_rules *rules, struct ssa_object live,
               struct ssa_object now, ssa_owners *owners, const char *id, struct err *e)
{
    struct err mine = ERR_INIT;
    struct updater u = {.pool = p, .rules = rules, .e = e ? e : &mine};
    struct typed_changes c;
    ssa_owners_copy(&u.owners, owners);
    int rc = reconcile(&u);
    rc = rc ? rc : take(&u, live, now, id, true, &c, NULL);
    if (!rc) {
        struct ssa_owner *o = ssa_owner_find(&u.owners, id);
        fieldset s = fieldset_difference(p, o ? o->set : fieldset_empty, c.removed);
        s = s ? fieldset_union(p, s, c.modified) : NULL;
        s = s ? fieldset_union(p, s, c.added) : NULL;
        s = filtered(&u, now.version, s);
        if (!s)
            rc = too_large(&u);
        else if (!fieldset_is_empty(s))
            put_owner(&u.owners, (struct ssa_owner){id, now.version, false, s});
        else if (o)
            drop_owner(&u.owners, (size_t)(o - u.owners.items));
    }
    err_clear(&mine);
    return finish(&u, owners, rc);
}

/* ---- pruning ---- */

static fieldset named(struct updater *u, const char *version, fieldset s)
{
    return s ? typed_with_fields(u->pool, type_of(u, version), s) : NULL;
}

/* Of what was pruned, back comes what somebody (or the new configuration) owns in a version. */
static int add_back_owned(struct updater *u, struct ssa_object *merged, struct ssa_object *pruned,
                          const char *version, fieldset owned)
{
    const struct typed_atom *t = type_of(u, version);
    if (!t)
        return 0;
    if (convert(u, *merged, version, merged)) {
        err_prefix(u->e, "failed to convert merged object at version %s", version);
        return u->e->code;
    }
    if (convert(u, *pruned, version, pruned)) {
        err_prefix(u->e, "failed to convert pruned object at version %s", version);
        return u->e->code;
    }
    fieldset in_merged = named(u, version, typed_fieldset(u->pool, t, merged->v));
    fieldset in_pruned = named(u, version, typed_fieldset(u->pool, t, pruned->v));
    owned = named(u, version, owned);
    if (!in_merged || !in_pruned || !owned)
        return too_large(u);
    fieldset keep = fieldset_union(u->pool, in_pruned, owned);
    fieldset gone = keep ? fieldset_difference(u->pool, in_merged, keep) : NULL;
    pruned->v = gone ? typed_remove(u->pool, t, merged->v, gone) : NULL;
    return pruned->v ? 0 : too_large(u);
}

static int add_back_all_owned(struct updater *u, struct ssa_object merged,
                              struct ssa_object *pruned, const char *first)
{
    VEC(const char *) seen = {0};
    int rc = 0;
    /* the version that was pruned goes first: what lacks a field may not be convertible */
    for (size_t i = 0; i <= u->owners.len && !rc; i++) {
        const char *version = i ? u->owners.items[i - 1].version : first;
        fieldset owned = fieldset_empty;
        bool done = false, any = false;
        for (size_t k = 0; k < seen.len; k++)
            done = done || strcmp(seen.items[k], version) == 0;
        if (done)
            continue;
        for (size_t k = 0; k < u->owners.len && owned; k++)
            if (strcmp(u->owners.items[k].version, version) == 0) {
                owned = fieldset_union(u->pool, owned, u->owners.items[k].set);
                any = true;
            }
        vec_push(&seen, version);
        if (!owned)
            rc = too_large(u);
        else if (any)
            rc = add_back_owned(u, &merged, pruned, version, owned);
    }
    vec_clear(&seen);
    return rc;
}

/* Of what was pruned only what this manager applied before stays away. */
static int add_back_dangling(struct updater *u, struct ssa_object merged, struct ssa_object *pruned,
                             const struct ssa_owner *last)
{
    const struct typed_atom *t = type_of(u, last->version);
    struct ssa_object now;
    if (convert(u, *pruned, last->version, &now)) {
        err_prefix(u->e, "failed to convert pruned object to last applied version");
        return u->e->code;
    }
    fieldset in_pruned = named(u, last->version, typed_fieldset(u->pool, t, now.v));
    fieldset in_merged = named(u, last->version, typed_fieldset(u->pool, t, merged.v));
    fieldset before = named(u, last->version, last->set);
    if (!in_pruned || !in_merged || !before)
        return too_large(u);
    fieldset gone = fieldset_difference(u->pool, in_merged, in_pruned);
    gone = gone ? fieldset_intersection(u->pool, gone, before) : NULL;
    *pruned =
        (struct ssa_object){gone ? typed_remove(u->pool, t, merged.v, gone) : NULL, last->version};
    return pruned->v ? 0 : too_large(u);
}

/* last: what the manager applied before; u->owners holds its new set. */
static int prune(struct updater *u, struct ssa_object *x, const struct ssa_owner *last)
{
    struct ssa_object merged, pruned;
    const struct typed_atom *t = last->version ? type_of(u, last->version) : NULL;
    const char *version = x->version;
    if (!t || fieldset_is_empty(last->set))
        return 0;
    if (convert(u, *x, last->version, &merged)) {
        err_prefix(u->e, "failed to convert merged object to last applied version");
        return u->e->code;
    }
    fieldset before = named(u, last->version, last->set);
    pruned = (struct ssa_object){before ? typed_remove(u->pool, t, merged.v, before) : NULL,
                                 last->version};
    if (!pruned.v)
        return too_large(u);
    int rc = add_back_all_owned(u, merged, &pruned, last->version);
    rc = rc ? rc : add_back_dangling(u, merged, &pruned, last);
    return rc ? rc : convert(u, pruned, version, x);
}

int ssa_apply(struct val_pool *p, const struct ssa_rules *rules, struct ssa_object live,
              struct ssa_object config, ssa_owners *owners, const char *id, bool force,
              const struct val **out, ssa_conflicts *conflicts, struct err *e)
{
    struct err mine = ERR_INIT;
    struct updater u = {.pool = p, .rules = rules, .e = e ? e : &mine};
    const struct typed_atom *t = rules->type(rules->ctx, config.version);
    struct ssa_object now = {.version = config.version};
    struct ssa_owner last = {0};
    struct typed_changes c;
    ssa_owners_copy(&u.owners, owners);
    int rc = reconcile(&u);
    rc = rc ? rc : convert(&u, live, config.version, &live);
    if (!rc && typed_merge(p, t, live.v, config.v, &now.v, u.e)) {
        err_prefix(u.e, "failed to merge config");
        rc = u.e->code;
    }
    if (!rc) {
        struct ssa_owner *o = ssa_owner_find(&u.owners, id);
        fieldset s = filtered(&u, config.version, typed_fieldset(p, t, config.v));
        if (o)
            last = *o;
        now.v = now.v ? now.v : &val_null;
        if (s)
            put_owner(&u.owners, (struct ssa_owner){id, config.version, true, s});
        else
            rc = too_large(&u);
    }
    if (!rc && prune(&u, &now, &last)) {
        err_prefix(u.e, "failed to prune fields");
        rc = u.e->code;
    }
    rc = rc ? rc : take(&u, live, now, id, force, &c, conflicts);
    *out = now.v;
    err_clear(&mine);
    return finish(&u, owners, rc);
}
