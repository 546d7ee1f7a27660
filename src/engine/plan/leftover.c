// SPDX-License-Identifier: Apache-2.0
#include "engine/plan/leftover.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"
#include "kube/watch.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED_MAX = 3, ITEMS_MAX = 100000, OWNERS_DEEP = 32 };

/* Kubernetes makes them in each namespace, or for what is in it. name NULL: any. */
static const struct {
    const char *group, *kind, *name;
} made_by_itself[] = {
    {"", "ServiceAccount", "default"},
    {"", "ConfigMap", "kube-root-ca.crt"},
    {"", "Event", NULL},
    {"events.k8s.io", "Event", NULL},
};

struct owner {
    const char *uid, *api_version, *kind;
};

struct item {
    const char *kind, *name, *uid;
    struct owner *owners;
    size_t n_owners;
    enum { NOT_JUDGED, BEING_JUDGED, STAYS, GOES } fate;
};

struct asked {
    struct leftover *l;
    const struct kube_resource *resource; /* of the discovery */
    struct kube_list *list;               /* NULL: answered */
};

struct leftover {
    struct arena arena;
    const struct kube_discovery *discovery;
    struct kube_cluster *cluster;
    struct kube_discovery_fetch *fetch;
    const char *ns;
    leftover_fn *fn;
    void *ctx;
    struct asked *asked;
    size_t n_asked, pending;
    VEC(struct item *) items;
    struct strmap by_uid; /* item */
    struct strmap going;  /* uids, and "Kind/name" */
    VEC(const char *) not_told;
};

struct leftover *leftover_new(const struct kube_discovery *d)
{
    struct leftover *l = mem_new(struct leftover);
    arena_init(&l->arena);
    l->discovery = d ? kube_discovery_ref(d) : NULL;
    return l;
}

void leftover_free(struct leftover *l)
{
    if (!l)
        return;
    kube_discovery_cancel(l->fetch);
    for (size_t i = 0; i < l->n_asked; i++)
        kube_list_cancel(l->asked[i].list);
    mem_free(l->asked);
    kube_discovery_unref(l->discovery);
    vec_clear(&l->items);
    vec_clear(&l->not_told);
    strmap_clear(&l->by_uid);
    strmap_clear(&l->going);
    arena_clear(&l->arena);
    mem_free(l);
}

/* ---- what there is ---- */

/* name NULL: whatever its name. */
static bool is_made_by_itself(const char *group, const char *kind, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(made_by_itself); i++)
        if (strcmp(made_by_itself[i].group, group) == 0 &&
            strcmp(made_by_itself[i].kind, kind) == 0 &&
            (!made_by_itself[i].name || (name && strcmp(made_by_itself[i].name, name) == 0)))
            return true;
    return false;
}

void leftover_add(struct leftover *l, const struct kube_resource *r, const struct val *object)
{
    const struct val *meta = val_get(object, "metadata");
    const struct val *owners = val_get(meta, "ownerReferences");
    const char *name = val_str(val_get(meta, "name"), "");
    const char *uid = val_str(val_get(meta, "uid"), "");
    if (is_made_by_itself(r->group, r->kind, name) || (*uid && strmap_has(&l->by_uid, uid)))
        return; /* some are served by two groups */
    struct item *it = arena_new(&l->arena, struct item);
    it->kind = arena_strdup(&l->arena, r->kind);
    it->name = arena_strdup(&l->arena, name);
    it->uid = arena_strdup(&l->arena, uid);
    it->n_owners = val_count(owners);
    it->owners = arena_array(&l->arena, it->n_owners + 1, sizeof(*it->owners));
    for (size_t i = 0; i < it->n_owners; i++) {
        const struct val *o = val_item(owners, i);
        it->owners[i] = (struct owner){
            .uid = arena_strdup(&l->arena, val_str(val_get(o, "uid"), "")),
            .api_version = arena_strdup(&l->arena, val_str(val_get(o, "apiVersion"), "")),
            .kind = arena_strdup(&l->arena, val_str(val_get(o, "kind"), "")),
        };
    }
    vec_push(&l->items, it);
    if (*uid)
        strmap_set(&l->by_uid, uid, it);
}

void leftover_not_told(struct leftover *l, const char *what, const char *why)
{
    vec_push(&l->not_told, arena_printf(&l->arena, "%s: %s", what, why));
}

void leftover_goes(struct leftover *l, const char *kind, const char *name, const char *uid)
{
    char *words = mem_printf("%s/%s", kind, name);
    strmap_set(&l->going, words, l);
    if (*uid)
        strmap_set(&l->going, uid, l);
    mem_free(words);
}

/* ---- what is left ---- */

static bool goes(struct leftover *l, struct item *it, int depth);

/* One that is of this namespace and was not seen in it is no more. */
static bool owner_goes(struct leftover *l, const struct owner *o, int depth)
{
    struct item *it = strmap_get(&l->by_uid, o->uid);
    if (strmap_has(&l->going, o->uid))
        return true;
    if (it)
        return goes(l, it, depth + 1);
    const struct kube_resource *r = kube_discovery_api_kind(l->discovery, o->api_version, o->kind);
    return r && r->namespaced && (r->verbs & KUBE_VERB_LIST);
}

static bool goes(struct leftover *l, struct item *it, int depth)
{
    /* each owns the other: nothing collects them */
    if (it->fate == BEING_JUDGED || depth > OWNERS_DEEP)
        return false;
    if (it->fate != NOT_JUDGED)
        return it->fate == GOES;
    bool all = it->n_owners > 0;
    it->fate = BEING_JUDGED;
    for (size_t i = 0; i < it->n_owners; i++)
        all = all && owner_goes(l, &it->owners[i], depth);
    if (*it->uid && strmap_has(&l->going, it->uid))
        all = true;
    if (strcmp(it->kind, "Endpoints") == 0) { /* the one kind that names no owner */
        char *service = mem_printf("Service/%s", it->name);
        all = all || strmap_has(&l->going, service);
        mem_free(service);
    }
    it->fate = all ? GOES : STAYS;
    return all;
}

static int compare_items(const void *x, const void *y)
{
    const struct item *a = *(struct item *const *)x, *b = *(struct item *const *)y;
    bool data = strcmp(a->kind, "PersistentVolumeClaim") == 0;
    if (data != (strcmp(b->kind, "PersistentVolumeClaim") == 0))
        return data ? -1 : 1; /* what people look for first */
    int c = strcmp(a->kind, b->kind);
    return c ? c : strcmp(a->name, b->name);
}

const char *leftover_words(struct leftover *l, struct arena *a)
{
    const char *words = "";
    size_t n = 0;
    if (l->not_told.len)
        return arena_printf(a, "what is in it cannot be told (%s)", l->not_told.items[0]);
    if (l->items.len)
        qsort(l->items.items, l->items.len, sizeof(void *), compare_items);
    for (size_t i = 0; i < l->items.len; i++) {
        const struct item *it = l->items.items[i];
        if (goes(l, l->items.items[i], 0))
            continue;
        if (n++ < NAMED_MAX)
            words = arena_printf(a, "%s%s%s/%s", words, *words ? ", " : "", it->kind, it->name);
    }
    if (n > NAMED_MAX)
        words = arena_printf(a, "%s and %zu more", words, n - NAMED_MAX);
    return n ? arena_printf(a, "%s %s still in it", words, n == 1 ? "is" : "are") : "";
}

/* ---- asking ---- */

static void answered(struct leftover *l)
{
    if (--l->pending == 0)
        l->fn(l->ctx, l);
}

static int on_object(void *ctx, const struct val *object, const struct val *columns)
{
    (void)columns;
    struct asked *a = ctx;
    if (a->l->items.len >= ITEMS_MAX)
        return ERR_LIMIT;
    leftover_add(a->l, a->resource, object);
    return 0;
}

/* What was seen before is known by its uid. */
static void on_restart(void *ctx)
{
    (void)ctx;
}

static void on_listed(void *ctx, const char *version, const struct kube_error *error)
{
    (void)version;
    struct asked *a = ctx;
    bool none = error->code == ERR_NOT_FOUND || error->http_status == 405; /* nothing is kept */
    a->list = NULL;
    if (error->code == ERR_FORBIDDEN)
        leftover_not_told(a->l, a->resource->plural, "they may not be listed");
    else if (error->code && !none)
        leftover_not_told(a->l, a->resource->plural, error->text);
    answered(a->l);
}

static bool is_looked_at(const struct kube_resource *r)
{
    unsigned both = KUBE_VERB_LIST | KUBE_VERB_DELETE;
    return r->namespaced && r->preferred && (r->verbs & both) == both &&
           !is_made_by_itself(r->group, r->kind, NULL);
}

static void list(struct leftover *l, struct asked *a)
{
    struct buf path;
    buf_init(&path, BUF_SMALL);
    kube_resource_path(&path, a->resource, l->ns, NULL, NULL);
    const struct kube_list_options o = {
        .what = {.path = buf_str(&path), .form = KUBE_FORM_METADATA},
        .on_object = on_object,
        .on_restart = on_restart,
        .on_done = on_listed,
        .ctx = a};
    l->pending++;
    a->list = kube_list_start(l->cluster, &o);
    buf_clear(&path);
}

static void list_all(struct leftover *l)
{
    const struct kube_discovery *d = l->discovery;
    for (size_t i = 0; i < kube_discovery_versions(d); i++) {
        const struct kube_group_version *v = kube_discovery_version_at(d, i);
        if (v->stale)
            leftover_not_told(l, *v->group ? v->group : v->version,
                              "its API server does not answer");
    }
    if (kube_discovery_partial(d) && !l->not_told.len)
        leftover_not_told(l, "kinds", "not all of what is served could be asked for");
    l->asked = mem_calloc(kube_discovery_len(d) + 1, sizeof(*l->asked));
    for (size_t i = 0; i < kube_discovery_len(d) && !l->not_told.len; i++) {
        const struct kube_resource *r = kube_discovery_at(d, i);
        if (is_looked_at(r)) {
            l->asked[l->n_asked] = (struct asked){.l = l, .resource = r};
            list(l, &l->asked[l->n_asked++]);
        }
    }
}

static void on_served(void *ctx, const struct kube_discovery *d, const struct kube_error *error)
{
    struct leftover *l = ctx;
    l->fetch = NULL;
    if (d) {
        kube_discovery_unref(l->discovery);
        l->discovery = kube_discovery_ref(d);
        list_all(l);
    } else {
        leftover_not_told(l, "kinds", error->text);
    }
    answered(l);
}

struct leftover *leftover_ask(struct kube_cluster *c, const struct kube_discovery *known,
                              const char *ns, leftover_fn *fn, void *ctx)
{
    struct leftover *l = leftover_new(known);
    l->cluster = c;
    l->ns = arena_strdup(&l->arena, ns);
    l->fn = fn;
    l->ctx = ctx;
    l->pending = 1;
    /* a definition may be as young as what was made of it */
    l->fetch = kube_discovery_get(c, known, on_served, l);
    return l;
}
