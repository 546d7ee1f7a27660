// SPDX-License-Identifier: Apache-2.0
/*
 * The garbage collector and the namespace controller. What was owned by an object that is gone goes
 * too, when it has no other owner; what goes in the foreground waits for what it owns; orphans lose
 * their reference. A namespace that is deleted is emptied first, and goes when nothing is left.
 */
#include "sim/live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- owners ---- */

static const struct val *reference(const struct val *v, const char *uid)
{
    const struct val *list = val_at(v, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; *uid && i < val_count(list); i++)
        if (val_str_is(val_get(val_item(list, i), "uid"), uid))
            return val_item(list, i);
    return NULL;
}

/* Is what a reference names there, with the same uid? A kind that is not served counts as there. */
static bool owner_there(struct sim_cluster *c, const char *ns, const struct val *ref)
{
    const struct sim_kind *k = sim_kind_meant(c, val_str(val_get(ref, "apiVersion"), ""),
                                              val_str(val_get(ref, "kind"), ""));
    if (!k)
        return true;
    struct sim_object *o = sim_store_get(c, k, ns, val_str(val_get(ref, "name"), ""));
    if (!o)
        return false;
    struct val_pool p;
    val_pool_init(&p);
    bool same = val_str_is(val_get(ref, "uid"), sim_uid(sim_object_read(&p, o)));
    val_pool_clear(&p);
    return same;
}

/* Everything that names uid among its owners, counted. */
static void dependents(struct sim_cluster *c, const char *uid, sim_object_vec *out)
{
    for (const struct sim_kind *k = NULL; *uid && (k = sim_store_next(c, k));) {
        const sim_object_vec *all = sim_store_all(c, k);
        for (size_t i = 0; i < all->len; i++) {
            struct sim_object *o = all->items[i];
            struct val_pool p;
            if (!strstr(o->text, uid))
                continue;
            val_pool_init(&p);
            if (reference(sim_object_read(&p, o), uid))
                vec_push(out, sim_object_ref(o));
            val_pool_clear(&p);
        }
    }
}

static void drop_reference(struct sim_cluster *c, struct sim_object *o, const char *uid)
{
    struct val_pool p;
    struct buf b;
    val_pool_init(&p);
    buf_init(&b, BUF_LARGE);
    const struct val *list = val_at(sim_object_read(&p, o), "metadata", "ownerReferences", NULL);
    size_t n = 0;
    for (size_t i = 0; i < val_count(list); i++) {
        if (val_str_is(val_get(val_item(list, i), "uid"), uid))
            continue;
        buf_puts(&b, n++ ? "," : "[");
        json_write(&b, val_item(list, i), JSON_COMPACT);
    }
    buf_puts(&b, n ? "]" : "null");
    sim_act_patch(c, &sim_as_controller, o, "{\"metadata\":{\"ownerReferences\":%s}}", buf_str(&b));
    buf_clear(&b);
    val_pool_clear(&p);
}

static void release_volume(struct sim_cluster *c, const struct val *claim)
{
    const char *name = val_str(val_at(claim, "spec", "volumeName", NULL), "");
    struct sim_object *o = sim_store_get(c, sim_kind_named("PersistentVolume"), "", name);
    struct val_pool p;
    if (!o)
        return;
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, o);
    const char *policy =
        val_str(val_at(v, "spec", "persistentVolumeReclaimPolicy", NULL), "Retain");
    bool ours = val_str_is(val_at(v, "spec", "claimRef", "uid", NULL), sim_uid(claim));
    if (ours && strcmp(policy, "Delete") == 0)
        sim_store_remove(c, o);
    else if (ours)
        sim_act_patch(c, &sim_as_controller_status, o, "{\"status\":{\"phase\":\"Released\"}}");
    val_pool_clear(&p);
}

static void look_at_terminating(struct sim_cluster *c, const char *ns)
{
    struct sim_object *o = *ns ? sim_store_get(c, sim_kind_named("Namespace"), "", ns) : NULL;
    struct val_pool p;
    if (!o)
        return;
    val_pool_init(&p);
    if (sim_is_going(sim_object_read(&p, o)))
        sim_look_at(c, o);
    val_pool_clear(&p);
}

void sim_garbage_gone(struct sim_cluster *c, const struct sim_object *gone)
{
    struct val_pool p;
    sim_object_vec below = {0};
    val_pool_init(&p);
    const struct val *v = sim_object_read(&p, gone);
    const char *uid = sim_uid(v);
    if (strcmp(sim_kind_word(gone->kind), "PersistentVolumeClaim") == 0)
        release_volume(c, v);
    dependents(c, uid, &below);
    for (size_t i = 0; i < below.len; i++) {
        struct sim_object *o = below.items[i];
        const struct val *child = sim_object_read(&p, o);
        const struct val *list = val_at(child, "metadata", "ownerReferences", NULL);
        bool other = false;
        for (size_t k = 0; k < val_count(list); k++)
            other = other || (!val_str_is(val_get(val_item(list, k), "uid"), uid) &&
                              owner_there(c, o->ns, val_item(list, k)));
        if (sim_store_get(c, o->kind, o->ns, o->name) != o)
            continue;
        if (other)
            drop_reference(c, o, uid);
        else
            sim_act_delete(c, o);
    }
    sim_object_vec_clear(&below);
    const struct val *refs = val_at(v, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < val_count(refs); i++) { /* owners that wait in the foreground */
        const struct val *ref = val_item(refs, i);
        const struct sim_kind *k = sim_kind_meant(c, val_str(val_get(ref, "apiVersion"), ""),
                                                  val_str(val_get(ref, "kind"), ""));
        struct sim_object *o =
            k ? sim_store_get(c, k, gone->ns, val_str(val_get(ref, "name"), "")) : NULL;
        if (o)
            sim_look_at(c, o);
    }
    look_at_terminating(c, gone->ns);
    val_pool_clear(&p);
}

static bool has_finalizer(const struct val *v, const char *name)
{
    const struct val *list = val_at(v, "metadata", "finalizers", NULL);
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_item(list, i), name))
            return true;
    return false;
}

static void drop_finalizer(struct sim_cluster *c, struct sim_object *o, const struct val *v,
                           const char *name)
{
    const struct val *list = val_at(v, "metadata", "finalizers", NULL);
    struct buf b;
    size_t n = 0;
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < val_count(list); i++) {
        if (val_str_is(val_item(list, i), name))
            continue;
        buf_puts(&b, n++ ? "," : "[");
        json_write(&b, val_item(list, i), JSON_COMPACT);
    }
    buf_puts(&b, n ? "]" : "null");
    sim_act_patch(c, &sim_as_controller, o, "{\"metadata\":{\"finalizers\":%s}}", buf_str(&b));
    buf_clear(&b);
}

void sim_garbage_going(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                       const struct val *v)
{
    static const char foreground[] = "foregroundDeletion", orphan[] = "orphan";
    sim_object_vec below = {0};
    size_t blocking = 0;
    const char *uid = sim_uid(v);
    bool waits = has_finalizer(v, foreground), leaves = has_finalizer(v, orphan);
    if (!waits && !leaves)
        return;
    dependents(c, uid, &below);
    for (size_t i = 0; i < below.len; i++) {
        struct sim_object *x = below.items[i];
        const struct val *child = sim_object_read(p, x);
        if (leaves) {
            drop_reference(c, x, uid);
            continue;
        }
        blocking += val_bool(val_get(reference(child, uid), "blockOwnerDeletion"), false);
        if (sim_is_going(child))
            continue;
        if (val_bool(val_get(reference(child, uid), "blockOwnerDeletion"), false) &&
            strcmp(x->kind->kind, "Pod") != 0) { /* in the foreground all the way down */
            struct buf b;
            const struct val *list = val_at(child, "metadata", "finalizers", NULL);
            buf_init(&b, BUF_LARGE);
            for (size_t k = 0; k < val_count(list); k++) {
                json_write(&b, val_item(list, k), JSON_COMPACT);
                buf_putc(&b, ',');
            }
            x = sim_act_patch(c, &sim_as_controller, x,
                              "{\"metadata\":{\"finalizers\":[%s\"%s\"]}}", buf_str(&b),
                              foreground);
            buf_clear(&b);
        }
        if (x)
            sim_act_delete(c, x);
    }
    sim_object_vec_clear(&below);
    struct sim_object *now = sim_store_get(c, o->kind, o->ns, o->name);
    if (now && (leaves || !blocking))
        drop_finalizer(c, now, sim_object_read(p, now), leaves ? orphan : foreground);
}

/* An object whose owners were all gone when it came is nobody's: it goes as well. */
void sim_garbage_orphaned(struct sim_cluster *c, struct sim_object *o, const struct val *v)
{
    const struct val *list = val_at(v, "metadata", "ownerReferences", NULL);
    if (!val_count(list))
        return;
    for (size_t i = 0; i < val_count(list); i++)
        if (owner_there(c, o->ns, val_item(list, i)))
            return;
    if (sim_store_get(c, o->kind, o->ns, o->name) == o)
        sim_act_delete(c, o);
}

/* ---- namespaces ---- */

static void furnish(struct sim_cluster *c, const char *ns)
{
    static const struct {
        const char *kind, *name, *more;
    } all[] = {
        {"ServiceAccount", "default", ""},
        {"ConfigMap", "kube-root-ca.crt", ",\"data\":{\"ca.crt\":\"\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct buf b;
        if (sim_store_get(c, sim_kind_named(all[i].kind), ns, all[i].name))
            continue;
        buf_init(&b, BUF_SMALL);
        buf_printf(&b,
                   "{\"apiVersion\":\"v1\",\"kind\":\"%s\",\"metadata\":{\"name\":\"%s\","
                   "\"namespace\":\"%s\"}%s}",
                   all[i].kind, all[i].name, ns, all[i].more);
        sim_act_text(c, &sim_as_controller, all[i].kind, &b);
        buf_clear(&b);
    }
}

void sim_control_namespace(struct sim_cluster *c, struct sim_object *o, struct val_pool *p,
                           const struct val *v)
{
    if (!sim_is_going(v)) {
        if (!sim_store_get(c, sim_kind_named("ServiceAccount"), o->name, "default") ||
            !sim_store_get(c, sim_kind_named("ConfigMap"), o->name, "kube-root-ca.crt"))
            furnish(c, o->name);
        return;
    }
    struct buf what;
    size_t left = 0, held = 0;
    buf_init(&what, BUF_LARGE);
    for (const struct sim_kind *k = NULL; (k = sim_store_next(c, k));) {
        sim_object_vec here = {0};
        const sim_object_vec *all = sim_store_all(c, k);
        size_t n = 0;
        for (size_t i = 0; k->namespaced && i < all->len; i++)
            if (strcmp(all->items[i]->ns, o->name) == 0)
                vec_push(&here, sim_object_ref(all->items[i]));
        for (size_t i = 0; i < here.len; i++) {
            struct sim_object *x = here.items[i];
            sim_act_delete(c, x);
            x = sim_store_get(c, x->kind, x->ns, x->name);
            n += x != NULL;
            held += x && val_count(val_at(sim_object_read(p, x), "metadata", "finalizers", NULL));
        }
        if (n)
            buf_printf(&what, "%s%s%s%s has %zu resource instances", left ? ", " : "", k->plural,
                       k->group[0] ? "." : "", k->group, n);
        left += n;
        sim_object_vec_clear(&here);
    }
    struct sim_object *now = sim_store_get(c, o->kind, "", o->name);
    if (now && !left) {
        sim_act_patch(c, &sim_as_controller, now, "{\"spec\":{\"finalizers\":null}}");
    } else if (now) {
        struct buf b, message;
        buf_init(&b, BUF_LARGE);
        buf_init(&message, BUF_LARGE);
        buf_printf(&message, "Some resources are remaining: %s", buf_str(&what));
        sim_condition_write(&b, c, v, "NamespaceDeletionDiscoveryFailure", false,
                            "ResourcesDiscovered", "All resources successfully discovered");
        buf_putc(&b, ',');
        sim_condition_write(&b, c, v, "NamespaceDeletionContentFailure", false, "ContentDeleted",
                            "All content successfully deleted, may be waiting on finalization");
        buf_putc(&b, ',');
        sim_condition_write(&b, c, v, "NamespaceContentRemaining", true, "SomeResourcesRemain",
                            buf_str(&message));
        buf_putc(&b, ',');
        sim_condition_write(&b, c, v, "NamespaceFinalizersRemaining", held > 0,
                            held ? "SomeFinalizersRemain" : "ContentHasNoFinalizers",
                            held ? "Some content in the namespace has finalizers remaining"
                                 : "All content-preserving finalizers finished");
        sim_act_patch(c, &sim_as_controller_status, now,
                      "{\"status\":{\"phase\":\"Terminating\",\"conditions\":[%s]}}", buf_str(&b));
        buf_clear(&b);
        buf_clear(&message);
    }
    buf_clear(&what);
}
