// SPDX-License-Identifier: Apache-2.0
/*
 * What a watch knows to exist: uid and resourceVersion by namespace and name. From it a new list
 * after a gap becomes events.
 */
#include "base/mem.h"
#include "kube/watch_int.h"

#include <string.h>

bool kube_version_compare(const char *a, const char *b, int *order)
{
    size_t la = strlen(a), lb = strlen(b);
    if (!la || !lb || strspn(a, "0123456789") != la || strspn(b, "0123456789") != lb ||
        a[0] == '0' || b[0] == '0')
        return false;
    *order = la != lb ? (la < lb ? -1 : 1) : strcmp(a, b);
    return true;
}

const char *kube_watch_meta(const struct val *object, const char *key)
{
    const struct val *meta = object->type == VAL_MAP ? val_get(object, "metadata") : NULL;
    return meta && meta->type == VAL_MAP ? val_str(val_get(meta, key), "") : "";
}

const struct val *kube_watch_object(const struct kube_watch *w, const struct val *sent)
{
    const struct val *object = w->o.what.form == KUBE_FORM_TABLE ? val_get(sent, "object") : NULL;
    return object ? object : sent;
}

void kube_watch_columns(struct kube_watch *w, const struct val *columns)
{
    if (columns && w->o.on_columns && !w->dead)
        w->o.on_columns(w->o.ctx, columns);
}

static const char *version_of(const struct known *k)
{
    return k->text + strlen(k->text) + 1;
}

static struct known *known_new(const char *uid, const char *version, uint32_t generation)
{
    size_t u = strlen(uid) + 1, v = strlen(version) + 1;
    struct known *k = mem_alloc(sizeof(*k) + u + v);
    k->generation = generation;
    memcpy(k->text, uid, u);
    memcpy(k->text + u, version, v);
    return k;
}

static void tell(struct kube_watch *w, enum kube_event type, const struct val *object)
{
    if (w->dead)
        return;
    w->status.events++;
    w->o.on_object(w->o.ctx, type, object);
}

static struct val_entry entry(struct val_pool *p, const char *key, struct val value)
{
    return (struct val_entry){.key = val_intern(p, key, strlen(key)), .value = value};
}

/* DELETED with the little that is known. key is NAMESPACE/NAME. */
static void tell_gone(struct kube_watch *w, const char *key, const struct known *k)
{
    struct val_pool p;
    val_pool_init(&p);
    const char *slash = strchr(key, '/');
    struct val_entry meta[4], top;
    size_t n = 0;
    if (slash > key)
        meta[n++] = entry(&p, "namespace", val_of_strn(&p, key, (size_t)(slash - key)));
    meta[n++] = entry(&p, "name", val_of_str(&p, slash + 1));
    meta[n++] = entry(&p, "uid", val_of_str(&p, k->text));
    meta[n++] = entry(&p, "resourceVersion", val_of_str(&p, version_of(k)));
    top = entry(&p, "metadata", *val_map_of(&p, meta, n));
    tell(w, KUBE_DELETED, val_map_of(&p, &top, 1));
    val_pool_clear(&p);
}

static char *key_of(const struct val *object)
{
    return mem_printf("%s/%s", kube_watch_meta(object, "namespace"),
                      kube_watch_meta(object, "name"));
}

/* The object exists like this. */
void kube_watch_saw(struct kube_watch *w, const struct val *sent)
{
    const struct val *object = kube_watch_object(w, sent);
    const char *uid = kube_watch_meta(object, "uid"),
               *version = kube_watch_meta(object, "resourceVersion");
    if (!kube_watch_meta(object, "name")[0])
        return;
    char *key = key_of(object);
    struct known *old = strmap_get(&w->known, key);
    enum kube_event type = old ? KUBE_MODIFIED : KUBE_ADDED;
    if (old && strcmp(old->text, uid) != 0) {
        strmap_remove(&w->known, key);
        tell_gone(w, key, old);
        mem_free(old);
        old = NULL;
        type = KUBE_ADDED;
    }
    if (old && *version && strcmp(version_of(old), version) == 0) {
        old->generation = w->generation;
    } else if (!old && w->o.limit && !w->list && w->known.count >= w->o.limit) {
        if (w->synced && w->status.beyond >= 0)
            w->status.beyond++;
    } else if (!w->dead) {
        strmap_set(&w->known, key, known_new(uid, version, w->generation));
        mem_free(old);
        tell(w, type, sent);
    }
    mem_free(key);
}

void kube_watch_saw_gone(struct kube_watch *w, const struct val *sent)
{
    char *key = key_of(kube_watch_object(w, sent));
    struct known *old = strmap_remove(&w->known, key);
    if (old)
        tell(w, KUBE_DELETED, sent);
    mem_free(old);
    mem_free(key);
}

void kube_watch_forget_all(struct kube_watch *w)
{
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&w->known, &i));)
        mem_free(e->value);
    strmap_clear(&w->known);
}

/* What the list that is now complete did not have is gone. */
void kube_watch_sweep(struct kube_watch *w)
{
    const struct strmap_entry *e;
    for (size_t i = 0; !w->dead && (e = strmap_next(&w->known, &i));) {
        struct known *k = e->value;
        if (k->generation == w->generation)
            continue;
        char *key = mem_strdup(e->key);
        strmap_remove(&w->known, key);
        tell_gone(w, key, k);
        mem_free(key);
        mem_free(k);
    }
}
