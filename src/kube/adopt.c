// SPDX-License-Identifier: Apache-2.0
#include "kube/adopt.h"

#include "base/mem.h"
#include "base/vec.h"

#include <string.h>

/* Tools that deliver whole objects from somewhere else. What people, controllers and autoscalers
 * changed afterwards stays theirs. */
static const char *const tools[] = {
    "kubectl-client-side-apply",
    "kubectl", /* apply --server-side; kubectl scale has a subresource */
    "kubectl-last-applied",
    "before-first-apply",
    "helm",
    "argocd-controller",
    "kustomize-controller",
    "helm-controller",
};

bool kube_adopts_from(const char *manager, const char *subresource)
{
    for (size_t i = 0; !*subresource && i < sizeof(tools) / sizeof(tools[0]); i++)
        if (strcmp(manager, tools[i]) == 0)
            return true;
    return false;
}

static const struct val *entries_of(const struct val *object)
{
    return val_at(object, "metadata", "managedFields", NULL);
}

static const char *word(const struct val *entry, const char *member)
{
    return val_str(val_get(entry, member), "");
}

static bool is_adopted(const struct val *entry)
{
    return kube_adopts_from(word(entry, "manager"), word(entry, "subresource"));
}

bool kube_is_client_side(const struct val *object)
{
    const struct val *entries = entries_of(object);
    for (size_t i = 0; i < val_count(entries); i++)
        if (strcmp(word(val_item(entries, i), "manager"), "kubectl-client-side-apply") == 0)
            return true;
    return false;
}

/* The union of the entries that are to be ours, or of the others. Paths of another version of the
 * kind mean something else: such an entry is only dropped. */
static fieldset fields_of(struct val_pool *p, const struct val *object, bool adopted, struct err *e)
{
    const struct val *entries = entries_of(object);
    const char *version = word(object, "apiVersion");
    fieldset all = fieldset_empty;
    for (size_t i = 0; all && i < val_count(entries); i++) {
        const struct val *entry = val_item(entries, i);
        if (is_adopted(entry) != adopted ||
            (adopted && strcmp(word(entry, "apiVersion"), version) != 0))
            continue;
        fieldset f = fieldset_read(p, val_get(entry, "fieldsV1"), e);
        all = f ? fieldset_union(p, all, f) : NULL;
    }
    if (!all && !(e && e->code))
        err_set(e, ERR_LIMIT, "too many fields in metadata.managedFields");
    return all;
}

fieldset kube_adopted_fields(struct val_pool *p, const struct val *object, struct err *e)
{
    fieldset theirs = fields_of(p, object, true, e);
    fieldset others = theirs ? fields_of(p, object, false, e) : NULL;
    fieldset only = others ? fieldset_difference(p, theirs, others) : NULL;
    if (others && !only)
        err_set(e, ERR_LIMIT, "too many fields in metadata.managedFields");
    return only;
}

static const struct val *string(struct val_pool *p, const char *s)
{
    return val_box(p, val_of_str(p, s));
}

static const struct val *operation(struct val_pool *p, const char *op, const char *path,
                                   const struct val *value)
{
    const struct val *o = val_map_of(p, NULL, 0);
    o = val_map_with(p, o, "op", string(p, op));
    o = val_map_with(p, o, "path", string(p, path));
    return val_map_with(p, o, "value", value);
}

static const struct val *our_entry(struct val_pool *p, const struct val *object,
                                   const char *manager, fieldset fields, const struct val *time)
{
    const struct val *entry = val_map_of(p, NULL, 0);
    entry = val_map_with(p, entry, "manager", string(p, manager));
    entry = val_map_with(p, entry, "operation", string(p, "Apply"));
    entry = val_map_with(p, entry, "apiVersion", val_get(object, "apiVersion"));
    if (time)
        entry = val_map_with(p, entry, "time", time);
    entry = val_map_with(p, entry, "fieldsType", string(p, "FieldsV1"));
    return val_map_with(p, entry, "fieldsV1", fieldset_write(p, fields));
}

/* One entry of theirs: what is kept stays in it, the rest is added to ours. */
static int divide(struct val_pool *p, const struct val *object, const struct val *entry,
                  fieldset keep, fieldset *ours, const struct val **left, struct err *e)
{
    fieldset f = fieldset_read(p, val_get(entry, "fieldsV1"), e);
    fieldset go = f ? fieldset_difference(p, f, keep) : NULL;
    fieldset stay = go ? fieldset_difference(p, f, go) : NULL;
    *left = NULL;
    if (stay && !fieldset_is_empty(stay))
        *left = val_map_with(p, entry, "fieldsV1", fieldset_write(p, stay));
    if (stay && strcmp(word(entry, "apiVersion"), word(object, "apiVersion")) == 0)
        *ours = fieldset_union(p, *ours, go);
    if (!stay || !*ours)
        return e->code ? e->code
                       : err_set(e, ERR_LIMIT, "too many fields in metadata.managedFields");
    return 0;
}

const struct val *kube_adopt_patch(struct val_pool *p, const struct val *object,
                                   const char *manager, fieldset keep, struct err *e)
{
    const struct val *entries = entries_of(object), *time = NULL, *patch = NULL;
    const struct val *uid = val_at(object, "metadata", "uid", NULL);
    const struct val *version = val_at(object, "metadata", "resourceVersion", NULL);
    VEC(struct val) kept = {0};
    fieldset ours = fieldset_empty;
    bool moves = false;
    for (size_t i = 0; i < val_count(entries); i++) {
        const struct val *entry = val_item(entries, i), *left = NULL;
        bool mine = strcmp(word(entry, "manager"), manager) == 0 &&
                    strcmp(word(entry, "operation"), "Apply") == 0 && !*word(entry, "subresource");
        if (!mine && !is_adopted(entry)) {
            vec_push(&kept, *entry);
            continue;
        }
        if (divide(p, object, entry, mine ? fieldset_empty : keep, &ours, &left, e))
            goto out;
        if (left)
            vec_push(&kept, *left);
        moves = moves || (!mine && !(left && val_equal(left, entry)));
        time = val_get(entry, "time");
    }
    if (!moves)
        goto out;
    if (!uid || !version) {
        err_set(e, ERR_PROTOCOL, "the object has no uid or resourceVersion");
        goto out;
    }
    vec_push(&kept, *our_entry(p, object, manager, ours, time));
    const struct val ops[] = {
        *operation(p, "test", "/metadata/uid", uid),
        *operation(p, "replace", "/metadata/managedFields", val_list_of(p, kept.items, kept.len)),
        *operation(p, "replace", "/metadata/resourceVersion", version),
    };
    patch = val_list_of(p, ops, sizeof(ops) / sizeof(ops[0]));
out:
    vec_clear(&kept);
    return patch;
}
