// SPDX-License-Identifier: Apache-2.0
/* What a request is about: its resource, name and namespace, from the object and what is given. */
#include "catalog/guardrail_int.h"

#include <string.h>

/* Labels of the namespace: its object's own for requests about namespaces, else those given. */
static const struct val *labels_of_namespace(const struct guard_attributes *a)
{
    const struct guardrail_request *r = a->request;
    const struct val *from = r->namespace_object;
    if (!*a->group && strcmp(a->resource, "namespaces") == 0 &&
        (r->operation == GUARDRAIL_CREATE || r->operation == GUARDRAIL_UPDATE))
        from = a->object;
    if (!val_is(from, VAL_MAP))
        return NULL;
    const struct val *labels = val_at(from, "metadata", "labels", NULL);
    struct val name = val_of_str(a->pool, a->namespace);
    if (!labels)
        labels = val_map_of(a->pool, NULL, 0);
    if (*a->namespace && labels && !val_get(labels, "kubernetes.io/metadata.name"))
        labels = val_map_with(a->pool, labels, "kubernetes.io/metadata.name", &name);
    return labels;
}

int guard_attributes_make(struct val_pool *pool, const struct guardrail_request *request,
                          struct guard_attributes *out, struct err *e)
{
    const struct val *object = request->object, *old = request->old_object;
    if (request->operation == GUARDRAIL_DELETE && !old && object) {
        old = object; /* what is deleted is the old object */
        object = NULL;
    }
    const struct val *about = val_is(object, VAL_MAP) ? object : old;
    if (!val_is(about, VAL_MAP))
        return err_set(e, ERR_INVALID, "there is no object to check");
    const char *api_version = val_str(val_get(about, "apiVersion"), "");
    *out = (struct guard_attributes){
        .request = request,
        .pool = pool,
        .object = object ? object : &val_null,
        .old_object = old ? old : &val_null,
        .kind = val_str(val_get(about, "kind"), ""),
        .name = val_str(val_at(about, "metadata", "name", NULL), ""),
        .subresource = request->resource.subresource ? request->resource.subresource : "",
        .namespace = request->namespace ? request->namespace
                                        : val_str(val_at(about, "metadata", "namespace", NULL), ""),
    };
    if (!*api_version || !*out->kind)
        return err_set(e, ERR_INVALID, "the object has no apiVersion or no kind");
    guard_split_version(&pool->arena, api_version, &out->group, &out->version);
    const struct guard_kind *known = guard_kind_find(out->group, out->kind);
    out->resource = request->resource.resource ? request->resource.resource
                    : known                    ? known->resource
                                               : guard_plural(&pool->arena, out->kind);
    out->namespaced = request->resource.scope_known ? request->resource.namespaced
                      : known                       ? known->namespaced
                              : val_at(about, "metadata", "namespace", NULL) != NULL;
    if (!*out->group && strcmp(out->resource, "namespaces") == 0)
        out->namespace = out->name;
    else if (!out->namespaced)
        out->namespace = "";
    out->exempt = strcmp(out->group, "admissionregistration.k8s.io") == 0 &&
                  strstr(out->resource, "admissionpolic") != NULL;
    out->namespace_labels = labels_of_namespace(out);
    return 0;
}
