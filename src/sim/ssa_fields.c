// SPDX-License-Identifier: Apache-2.0
/* Entries of managedFields, and the steps that an API server puts around the updater. */
#include "sim/ssa_fields.h"

#include "base/clock.h"
#include "data/json.h"
#include "sim/sim_int.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION "current-operation"
#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"

enum { UPDATERS_MAX = 10 };

struct entry { /* what of an entry is not in ssa_owner; found by its id */
    const char *id, *manager, *operation, *sub, *time; /* time NULL: none */
};

struct managed {
    ssa_owners owners;
    VEC(struct entry) entries;
};

static void managed_clear(struct managed *m)
{
    vec_clear(&m->owners);
    vec_clear(&m->entries);
}

/* ---- entries ---- */

/* Who an entry is of, as JSON, so that sorting by it is the server's sorting. */
static const char *identity(struct val_pool *p, const char *manager, bool applied,
                            const char *version, const char *sub)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    buf_puts(&b, "{\"manager\":");
    sim_json_text(&b, manager);
    buf_printf(&b, ",\"operation\":\"%s\"", applied ? "Apply" : "Update");
    if (!applied) {
        buf_puts(&b, ",\"apiVersion\":");
        sim_json_text(&b, version);
    }
    if (*sub) {
        buf_puts(&b, ",\"subresource\":");
        sim_json_text(&b, sub);
    }
    buf_putc(&b, '}');
    const char *id = arena_strdup(&p->arena, buf_str(&b));
    buf_clear(&b);
    return id ? id : "";
}

static struct entry *entry_of(struct managed *m, const char *id)
{
    for (size_t i = 0; i < m->entries.len; i++)
        if (strcmp(m->entries.items[i].id, id) == 0)
            return &m->entries.items[i];
    return NULL;
}

static const char *add_entry(struct val_pool *p, struct managed *m, const char *manager,
                             bool applied, const char *version, const char *sub)
{
    const char *id = identity(p, manager, applied, version, sub);
    if (!entry_of(m, id))
        vec_push(&m->entries, (struct entry){id, manager, applied ? "Apply" : "Update", sub, NULL});
    return id;
}

/* False: they are not what a server accepts; then there are none. */
static bool decode(struct val_pool *p, const struct val *list, struct managed *m)
{
    *m = (struct managed){0};
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *x = val_item(list, i);
        const char *operation = val_str(val_get(x, "operation"), "");
        const char *version = val_str(val_get(x, "apiVersion"), "");
        bool applied = strcmp(operation, "Apply") == 0;
        fieldset s = fieldset_read(p, val_get(x, "fieldsV1"), NULL);
        if (!s || !*version || (!applied && strcmp(operation, "Update") != 0) ||
            !val_str_is(val_get(x, "fieldsType"), "FieldsV1")) {
            managed_clear(m);
            return false;
        }
        const char *id = add_entry(p, m, val_str(val_get(x, "manager"), ""), applied, version,
                                   val_str(val_get(x, "subresource"), ""));
        struct ssa_owner o = {id, version, applied, s}, *same = ssa_owner_find(&m->owners, id);
        entry_of(m, id)->time = val_str(val_get(x, "time"), NULL);
        if (same)
            *same = o;
        else
            vec_push(&m->owners, o);
    }
    return true;
}

struct written {
    const struct ssa_owner *owner;
    const struct entry *entry;
};

static int by_order(const void *pa, const void *pb)
{
    const struct written *a = pa, *b = pb;
    int c = strcmp(a->entry->operation, b->entry->operation);
    c = c ? c : strcmp(a->entry->time ? a->entry->time : "", b->entry->time ? b->entry->time : "");
    c = c ? c : strcmp(a->entry->manager, b->entry->manager);
    c = c ? c : strcmp(a->owner->version, b->owner->version);
    return c ? c : strcmp(a->entry->sub, b->entry->sub);
}

static void add_text(struct val_builder *b, struct val_pool *p, const char *key, const char *s)
{
    val_builder_key(b, key, strlen(key));
    val_builder_add(b, val_of_str(p, s));
}

/* The list as it is written, or NULL for none. */
static const struct val *encode(struct val_pool *p, struct managed *m)
{
    VEC(struct written) all = {0};
    for (size_t i = 0; i < m->owners.len; i++)
        vec_push(&all, (struct written){&m->owners.items[i], entry_of(m, m->owners.items[i].id)});
    if (!all.len)
        return NULL;
    qsort(all.items, all.len, sizeof(*all.items), by_order);
    struct val_builder *b = val_builder_new(p, VAL_MAX_DEPTH);
    val_builder_list(b);
    for (size_t i = 0; i < all.len; i++) {
        const struct written *w = &all.items[i];
        const struct val *fields = fieldset_write(p, w->owner->set);
        val_builder_map(b);
        add_text(b, p, "manager", w->entry->manager);
        add_text(b, p, "operation", w->entry->operation);
        add_text(b, p, "apiVersion", w->owner->version);
        if (w->entry->time)
            add_text(b, p, "time", w->entry->time);
        add_text(b, p, "fieldsType", "FieldsV1");
        val_builder_key(b, "fieldsV1", 8);
        val_builder_add(b, fields ? *fields : val_null);
        if (*w->entry->sub)
            add_text(b, p, "subresource", w->entry->sub);
        val_builder_end(b);
    }
    val_builder_end(b);
    const struct val *list = val_builder_finish(b);
    val_builder_free(b);
    vec_clear(&all);
    return list;
}

static const struct val *with_entries(struct val_pool *p, const struct val *object,
                                      const struct val *entries)
{
    const struct val *meta = val_get(object, "metadata");
    if (!val_is(meta, VAL_MAP))
        meta = val_map_of(p, NULL, 0);
    meta = entries ? val_map_with(p, meta, "managedFields", entries)
                   : val_map_without(p, meta, "managedFields");
    return meta ? val_map_with(p, object, "metadata", meta) : NULL;
}

/* ---- what is never owned ---- */

static fieldset stripped(struct val_pool *p)
{
    static const char text[] =
        "{\"f:apiVersion\":{},\"f:kind\":{},\"f:metadata\":{\".\":{},\"f:name\":{},\"f:namespace\":"
        "{},\"f:creationTimestamp\":{},\"f:selfLink\":{},\"f:uid\":{},\"f:clusterName\":{},"
        "\"f:generation\":{},\"f:managedFields\":{},\"f:resourceVersion\":{}}}";
    const struct val *v = json_read(p, text, sizeof(text) - 1, NULL, NULL);
    return v ? fieldset_read(p, v, NULL) : NULL;
}

static void strip(struct sim_fields *f, struct managed *m, const char *id)
{
    struct ssa_owner *o = ssa_owner_find(&m->owners, id);
    fieldset never = o ? stripped(f->pool) : NULL;
    fieldset s = never ? fieldset_difference(f->pool, o->set, never) : NULL;
    if (!s)
        return;
    o->set = s;
    if (fieldset_is_empty(s)) {
        size_t i = (size_t)(o - m->owners.items);
        memmove(o, o + 1, (m->owners.len - i - 1) * sizeof(*o));
        m->owners.len--;
    }
}

static fieldset filter(void *ctx, struct val_pool *p, const char *version, fieldset s)
{
    const struct sim_fields *f = ctx;
    return strcmp(version, f->version) == 0 && f->reset
               ? fieldset_recursive_difference(p, s, f->reset)
               : s;
}

static const struct typed_atom *type_of(void *ctx, const char *version)
{
    const struct sim_fields *f = ctx;
    return f->type(f->ctx, version);
}

static struct ssa_rules rules_of(struct sim_fields *f)
{
    return (struct ssa_rules){f, type_of, NULL, filter};
}

static const char *now_text(struct sim_fields *f)
{
    char text[CLOCK_RFC3339_LEN];
    clock_format_rfc3339(f->wall_ms, text);
    return arena_strdup(&f->pool->arena, text);
}

/* ---- update ---- */

static int by_age(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    int c = strcmp(a->time ? a->time : "", b->time ? b->time : "");
    return c ? c : strcmp(a->id, b->id);
}

static void drop(ssa_owners *o, const char *id)
{
    struct ssa_owner *x = ssa_owner_find(o, id);
    size_t i = (size_t)(x - o->items);
    memmove(x, x + 1, (o->len - i - 1) * sizeof(*x));
    o->len--;
}

/* More than ten updaters: the oldest of a version are told as one, ancient-changes. */
static void cap_updaters(struct sim_fields *f, struct managed *m)
{
    VEC(struct entry) ids = {0};
    VEC(const char *) firsts = {0};
    for (size_t i = 0; i < m->owners.len; i++)
        if (!m->owners.items[i].applied)
            vec_push(&ids, *entry_of(m, m->owners.items[i].id));
    size_t left = ids.len;
    if (left > UPDATERS_MAX)
        qsort(ids.items, ids.len, sizeof(*ids.items), by_age);
    for (size_t i = 0; i < ids.len && left > UPDATERS_MAX; i++) {
        struct ssa_owner o = *ssa_owner_find(&m->owners, ids.items[i].id);
        const char *time = entry_of(m, o.id)->time, *first = NULL;
        for (size_t k = 0; k < firsts.len && !first; k++) {
            struct ssa_owner *x = ssa_owner_find(&m->owners, firsts.items[k]);
            const char *bucket = identity(f->pool, "ancient-changes", false, o.version, "");
            if (x ? strcmp(x->version, o.version) == 0 : ssa_owner_find(&m->owners, bucket) != NULL)
                first = firsts.items[k];
        }
        if (!first) {
            vec_push(&firsts, o.id);
            continue;
        }
        const char *bucket = add_entry(f->pool, m, "ancient-changes", false, o.version, "");
        if (!ssa_owner_find(&m->owners, bucket))
            ssa_owner_find(&m->owners, first)->id = bucket;
        struct ssa_owner *b = ssa_owner_find(&m->owners, bucket);
        fieldset s = fieldset_union(f->pool, o.set, b->set);
        b->set = s ? s : b->set;
        if (strcmp(o.id, bucket) != 0)
            drop(&m->owners, o.id);
        entry_of(m, bucket)->time = time;
        left--;
    }
    vec_clear(&ids);
    vec_clear(&firsts);
}

/* The write of `manager`, which made now of live. Nonzero: m is as it was. */
static int track(struct sim_fields *f, struct managed *m, const char *manager,
                 const struct val *live, const struct val *now, struct err *e)
{
    struct ssa_rules rules = rules_of(f);
    struct ssa_object a = {live, f->version}, b = {now, f->version};
    const struct typed_atom *t = type_of(f, f->version);
    if (typed_validate(t, now, TYPED_DUPLICATES, e) || typed_validate(t, live, TYPED_DUPLICATES, e))
        return ERR_TYPE;
    int rc = ssa_update(f->pool, &rules, a, b, &m->owners, OPERATION, e);
    if (rc)
        return rc;
    strip(f, m, OPERATION);
    struct ssa_owner *mine = ssa_owner_find(&m->owners, OPERATION);
    if (mine) {
        const char *id =
            add_entry(f->pool, m, *manager ? manager : "unknown", false, f->version, f->sub);
        struct ssa_owner *before = ssa_owner_find(&m->owners, id);
        if (before) {
            fieldset s = fieldset_union(f->pool, mine->set, before->set);
            before->set = s ? s : before->set;
            before->version = f->version;
            drop(&m->owners, OPERATION);
        } else {
            mine->id = id;
        }
        entry_of(m, id)->time = now_text(f);
    }
    cap_updaters(f, m);
    return 0;
}

static bool is_reset(const struct val *entries)
{
    return val_is(entries, VAL_LIST) &&
           (!entries->len || (entries->len == 1 && !val_count(&entries->as.items[0])));
}

const struct val *sim_fields_update(struct sim_fields *f, const struct val *live,
                                    const struct val *now)
{
    struct managed m = {0};
    const struct val *held = val_at(live, "metadata", "managedFields", NULL);
    const struct val *given = val_at(now, "metadata", "managedFields", NULL);
    const struct val *bare = with_entries(f->pool, now, NULL), *out = NULL;
    if (*f->sub || (!is_reset(given) && (!decode(f->pool, given, &m) || !m.owners.len))) {
        managed_clear(&m);
        decode(f->pool, held, &m);
    }
    const struct val *old = live ? with_entries(f->pool, live, NULL) : f->empty;
    if (!bare || !old) {
        managed_clear(&m);
        return NULL;
    }
    if (live && !m.owners.len) /* tracking ended, or never began: it begins with an apply */
        out = bare;
    else if (track(f, &m, f->manager, old, bare, NULL))
        out = with_entries(f->pool, bare, held);
    else
        out = with_entries(f->pool, bare, encode(f->pool, &m));
    managed_clear(&m);
    return out;
}

/* ---- apply ---- */

/* Fields that kubectl's client-side apply left in its annotation may be taken by its server-side
 * apply, where nobody changed them since. */
static fieldset last_applied(struct sim_fields *f, const struct val *live)
{
    const struct val *text = val_at(live, "metadata", "annotations", LAST_APPLIED, NULL);
    const struct typed_atom *t = type_of(f, f->version);
    struct typed_changes c;
    const struct val *v =
        val_is(text, VAL_STRING) ? json_read(f->pool, text->as.s, text->len, NULL, NULL) : NULL;
    if (!v || !val_str_is(val_get(v, "apiVersion"), f->version) || typed_validate(t, v, 0, NULL) ||
        typed_compare(f->pool, t, v, live, &c, NULL))
        return fieldset_empty;
    fieldset s = typed_fieldset(f->pool, t, v);
    s = s ? fieldset_difference(f->pool, s, c.modified) : NULL;
    s = s ? fieldset_difference(f->pool, s, c.added) : NULL;
    s = s ? fieldset_difference(f->pool, s, c.removed) : NULL;
    return s ? s : fieldset_empty;
}

/* Takes from the conflicts what kubectl is allowed; false when some are left. */
static bool all_allowed(struct sim_fields *f, const struct val *live, ssa_conflicts *conflicts)
{
    fieldset allowed = last_applied(f, live);
    ssa_conflicts left = {0};
    for (size_t i = 0; i < conflicts->len; i++) {
        struct ssa_owner o = conflicts->items[i];
        fieldset s = fieldset_difference(f->pool, o.set, allowed);
        o.set = s ? s : o.set;
        if (!fieldset_is_empty(o.set))
            vec_push(&left, o);
    }
    vec_clear(conflicts);
    *conflicts = left;
    return !left.len;
}

static const struct val *annotated(struct sim_fields *f, const struct val *v,
                                   const struct val *patch)
{
    const struct val *meta = val_get(v, "metadata"), *notes = val_get(meta, "annotations");
    const struct val *theirs = val_at(patch, "metadata", "annotations", NULL);
    if (!val_count(val_get(notes, LAST_APPLIED)) && !val_str(val_get(notes, LAST_APPLIED), "")[0])
        return v;
    if (val_get(theirs, LAST_APPLIED)) {
        theirs = val_map_without(f->pool, theirs, LAST_APPLIED);
        patch =
            val_map_with(f->pool, patch, "metadata",
                         val_map_with(f->pool, val_get(patch, "metadata"), "annotations", theirs));
    }
    struct buf b;
    buf_init(&b, BUF_LARGE);
    json_write(&b, patch, JSON_CANONICAL);
    buf_putc(&b, '\n');
    struct val text = val_of_strn(f->pool, buf_str(&b), b.len);
    buf_clear(&b);
    notes = val_map_with(f->pool, notes, LAST_APPLIED, &text);
    meta = val_map_with(f->pool, meta, "annotations", notes);
    return val_map_with(f->pool, v, "metadata", meta);
}

int sim_fields_apply(struct sim_fields *f, const struct val *live, const struct val *patch,
                     bool force, const struct val **out, ssa_conflicts *conflicts, struct err *e)
{
    struct managed m;
    struct ssa_rules rules = rules_of(f);
    const struct typed_atom *t = type_of(f, f->version);
    const struct val *old = live ? with_entries(f->pool, live, NULL) : f->empty, *now = NULL;
    const char *kind = val_str(val_get(patch, "kind"), "");
    bool kubectl = strcmp(f->manager, "kubectl") == 0;
    *conflicts = (ssa_conflicts){0};
    if (!old)
        return err_set(e, ERR_LIMIT, "the object is too large to be worked with");
    decode(f->pool, val_at(live, "metadata", "managedFields", NULL), &m);
    if (!m.owners.len && live && track(f, &m, "before-first-apply", f->empty, old, e)) {
        err_prefix(e, "failed to create manager for existing fields");
        managed_clear(&m);
        return e ? e->code : ERR_TYPE;
    }
    int rc = typed_validate(t, patch, 0, e);
    if (rc) {
        const char *ns = val_str(val_at(patch, "metadata", "namespace", NULL), "");
        err_prefix(e, "failed to create typed patch object (%s/%s; %s%s, Kind=%s)", ns,
                   val_str(val_at(patch, "metadata", "name", NULL), ""),
                   strchr(f->version, '/') ? "" : "/", f->version, kind);
        managed_clear(&m);
        return rc;
    }
    const char *id = add_entry(f->pool, &m, f->manager, true, f->version, f->sub);
    struct ssa_object a = {old, f->version}, b = {patch, f->version};
    rc = ssa_apply(f->pool, &rules, a, b, &m.owners, id, force, &now, conflicts, e);
    if (rc == ERR_CONFLICT && kubectl && live && all_allowed(f, old, conflicts)) {
        if (e)
            err_clear(e);
        rc = ssa_apply(f->pool, &rules, a, b, &m.owners, id, true, &now, conflicts, e);
    }
    if (!rc) {
        strip(f, &m, id);
        if (val_equal(now, old))
            now = old; /* nothing changed, and so the time does not, either */
        else
            entry_of(&m, id)->time = now_text(f);
        if (kubectl)
            now = annotated(f, now, patch);
        now = now ? with_entries(f->pool, now, encode(f->pool, &m)) : NULL;
        rc = now ? 0 : err_set(e, ERR_LIMIT, "the object is too large to be worked with");
    }
    *out = now;
    managed_clear(&m);
    return rc;
}

/* ---- conflicts ---- */

struct told {
    struct buf *message, *causes;
    const char *who; /* with its quotes */
    VEC(struct path_elem) path;
    size_t total, *n;
};

static void tell(struct told *t)
{
    struct buf path;
    buf_init(&path, BUF_SMALL);
    path_format(&path, (struct path){t->path.items, t->path.len}, PATH_STYLE_SERVER);
    if (t->total == 1)
        buf_printf(t->message, "Apply failed with 1 conflict: conflict with %s: %s", t->who,
                   buf_str(&path));
    else
        buf_printf(t->message, "\n- %s", buf_str(&path));
    buf_puts(t->causes, (*t->n)++ ? "," : "");
    buf_puts(t->causes, "{\"reason\":\"FieldManagerConflict\",\"message\":");
    struct buf text;
    buf_init(&text, BUF_SMALL);
    buf_printf(&text, "conflict with %s", t->who);
    sim_json_text(t->causes, buf_str(&text));
    buf_clear(&text);
    buf_puts(t->causes, ",\"field\":");
    sim_json_text(t->causes, buf_str(&path));
    buf_putc(t->causes, '}');
    buf_clear(&path);
}

/* In the server's order: what is owned at a level before what is owned below it. */
static void tell_set(struct told *t, fieldset s)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (s->children[i].node->member) {
            vec_push(&t->path, s->children[i].elem);
            tell(t);
            t->path.len--;
        }
    for (uint32_t i = 0; i < s->n; i++)
        if (s->children[i].node->n) {
            vec_push(&t->path, s->children[i].elem);
            tell_set(t, s->children[i].node);
            t->path.len--;
        }
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct ssa_owner *)a)->id, ((const struct ssa_owner *)b)->id);
}

void sim_fields_conflict(struct buf *message, struct buf *causes, const ssa_conflicts *conflicts)
{
    ssa_conflicts sorted;
    size_t total = 0, n = 0;
    ssa_owners_copy(&sorted, conflicts);
    if (sorted.len)
        qsort(sorted.items, sorted.len, sizeof(*sorted.items), by_id);
    for (size_t i = 0; i < sorted.len; i++)
        total += fieldset_size(sorted.items[i].set);
    if (total != 1)
        buf_printf(message, "Apply failed with %zu conflicts: ", total);
    buf_puts(causes, "\"causes\":[");
    for (size_t i = 0; i < sorted.len; i++) {
        struct val_pool p;
        struct buf who;
        val_pool_init(&p);
        buf_init(&who, BUF_SMALL);
        const struct ssa_owner *o = &sorted.items[i];
        const struct val *id = json_read(&p, o->id, strlen(o->id), NULL, NULL);
        sim_json_text(&who, val_str(val_get(id, "manager"), ""));
        if (val_get(id, "subresource")) {
            buf_puts(&who, " with subresource ");
            sim_json_text(&who, val_str(val_get(id, "subresource"), ""));
        }
        if (!o->applied)
            buf_printf(&who, " using %s", o->version);
        if (total != 1)
            buf_printf(message, "%sconflicts with %s:", i ? "\n" : "", buf_str(&who));
        struct told t = {
            .message = message, .causes = causes, .who = buf_str(&who), .total = total, .n = &n};
        tell_set(&t, o->set);
        vec_clear(&t.path);
        buf_clear(&who);
        val_pool_clear(&p);
    }
    buf_putc(causes, ']');
    vec_clear(&sorted);
}

/* ---- sameness ---- */

static bool same_entries(const struct val *a, const struct val *b)
{
    if (val_count(a) != val_count(b))
        return false;
    for (size_t i = 0; i < val_count(a); i++) {
        static const char *const keys[] = {"manager", "operation", "apiVersion", "subresource",
                                           "fieldsV1"};
        const struct val *x = val_item(a, i), *y = val_item(b, i);
        for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
            const struct val *l = val_get(x, keys[k]), *r = val_get(y, keys[k]);
            if (!l != !r || (l && !val_equal(l, r)))
                return false;
        }
    }
    return true;
}

bool sim_fields_same(const struct val *a, const struct val *b)
{
    const struct val *x = val_get(a, "metadata"), *y = val_get(b, "metadata");
    if (val_count(a) != val_count(b) || val_count(x) != val_count(y) ||
        !same_entries(val_get(x, "managedFields"), val_get(y, "managedFields")))
        return false;
    for (uint32_t i = 0; i < val_count(a); i++) {
        const struct val_entry *e = &a->as.entries[i];
        const struct val *other = val_get_key(b, e->key);
        if (strcmp(e->key->s, "metadata") != 0 && (!other || !val_equal(&e->value, other)))
            return false;
    }
    for (uint32_t i = 0; i < val_count(x); i++) {
        const struct val_entry *e = &x->as.entries[i];
        const struct val *other = val_get_key(y, e->key);
        if (strcmp(e->key->s, "managedFields") != 0 && (!other || !val_equal(&e->value, other)))
            return false;
    }
    return true;
}

/* ---- scale ---- */

#define SCALE_VERSION "autoscaling/v1"

/* Where replicas are: in a Scale, or in what it is a Scale of. */
struct replicas {
    struct path_elem elems[PATH_MAX_ELEMS];
    struct path path;
    fieldset set; /* NULL: past the pool's limit, or no path */
};

static void replicas_at(struct replicas *r, struct val_pool *p, const char *path)
{
    r->path = (struct path){r->elems, 0};
    r->set = NULL;
    while (*path == '.' && r->path.len < PATH_MAX_ELEMS) {
        size_t n = strcspn(++path, ".");
        const struct val_key *key = val_intern(p, path, n);
        if (!key)
            return;
        r->elems[r->path.len++] = (struct path_elem){.kind = PATH_FIELD, .as.field = key};
        path += n;
    }
    r->set = r->path.len ? fieldset_of_path(p, r->path) : NULL;
}

const struct val *sim_fields_to_scale(struct val_pool *p, const struct val *entries,
                                      const char *version, const char *path)
{
    struct managed m, scale = {0};
    struct replicas here, there;
    replicas_at(&here, p, path);
    replicas_at(&there, p, ".spec.replicas");
    decode(p, entries, &m);
    for (size_t i = 0; here.set && there.set && i < m.owners.len; i++) {
        const struct ssa_owner *o = &m.owners.items[i];
        const struct entry *e = entry_of(&m, o->id);
        if (strcmp(o->version, version) != 0 || !fieldset_has(o->set, here.path))
            continue;
        const char *id = add_entry(p, &scale, e->manager, o->applied, SCALE_VERSION, e->sub);
        entry_of(&scale, id)->time = e->time;
        vec_push(&scale.owners, (struct ssa_owner){id, SCALE_VERSION, o->applied, there.set});
    }
    const struct val *out = encode(p, &scale);
    managed_clear(&m);
    managed_clear(&scale);
    return out;
}

const struct val *sim_fields_from_scale(struct val_pool *p, const struct val *entries,
                                        const struct val *scale_entries, const char *version,
                                        const char *path)
{
    struct managed m, scale, all = {0};
    struct replicas here, there;
    replicas_at(&here, p, path);
    replicas_at(&there, p, ".spec.replicas");
    decode(p, entries, &m);
    decode(p, scale_entries, &scale);
    for (size_t i = 0; here.set && there.set && i < m.owners.len; i++) {
        struct ssa_owner o = m.owners.items[i];
        /* By the identity an entry has in the Scale: an updater's has the Scale's version there and
         * never matches, so that its share moves to an entry of its own. As the original. */
        if (fieldset_has(o.set, here.path) && ssa_owner_find(&scale.owners, o.id))
            drop(&scale.owners, o.id);
        else if (fieldset_has(o.set, here.path))
            o.set = fieldset_difference(p, o.set, here.set);
        if (!o.set || fieldset_is_empty(o.set))
            continue;
        vec_push(&all.owners, o);
        vec_push(&all.entries, *entry_of(&m, o.id));
    }
    for (size_t i = 0; here.set && there.set && i < scale.owners.len; i++) {
        const struct ssa_owner *o = &scale.owners.items[i];
        struct entry e = *entry_of(&scale, o->id);
        const struct entry *before = entry_of(&m, o->id);
        if (!fieldset_has(o->set, there.path))
            continue;
        e.time = before ? before->time : NULL;
        vec_push(&all.owners, (struct ssa_owner){o->id, version, o->applied, here.set});
        vec_push(&all.entries, e);
    }
    const struct val *out = encode(p, &all);
    managed_clear(&m);
    managed_clear(&scale);
    managed_clear(&all);
    return out;
}
