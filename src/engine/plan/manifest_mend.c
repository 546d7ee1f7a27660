// SPDX-License-Identifier: Apache-2.0
/*
 * What is taken out of a manifest, or written out in it, before it is sent: what the server keeps
 * for itself, what another program is there to fill in, and what the server would read as something
 * else. Each rule is a row of the table, for the reason that stands with it.
 */
#include "engine/plan/manifest_int.h"

#include "base/digest.h"

#include <string.h>

enum { SECRET_MAX = 16 * 1024 * 1024 };

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define EACH "*" /* in a path: every item of the list */

/* Another value for the one at the end of a path, the same one for "as it is", NULL for "take it
 * out". */
typedef const struct val *edit_fn(struct manifest_set *s, const struct val *v);

/* v with what stands at path edited; v itself when nothing is to change. */
static const struct val *edit(struct manifest_set *s, const struct val *v, const char *const *path,
                              edit_fn *fn)
{
    if (!v || !*path)
        return v ? fn(s, v) : NULL;
    if (strcmp(*path, EACH) != 0) {
        const struct val *was = val_get(v, *path);
        const struct val *now = edit(s, was, path + 1, fn);
        if (now == was)
            return v;
        return now ? val_map_with(&s->pool, v, *path, now) : val_map_without(&s->pool, v, *path);
    }
    if (!val_is(v, VAL_LIST) || !v->len)
        return v;
    struct val *items = mem_reallocarray(NULL, v->len, sizeof(*items));
    bool changed = false;
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val *now = edit(s, &v->as.items[i], path + 1, fn);
        changed = changed || now != &v->as.items[i];
        items[i] = *now;
    }
    const struct val *list = changed ? val_list_of(&s->pool, items, v->len) : v;
    mem_free(items);
    return list;
}

/* ---- the rules ---- */

static const struct val *take_out(struct manifest_set *s, const struct val *v)
{
    (void)s, (void)v;
    return NULL;
}

/* A placeholder would take away again what an injector (cert-manager's, for one) fills in, and a
 * definition with one is refused since 1.31. */
static const struct val *no_placeholder(struct manifest_set *s, const struct val *v)
{
    (void)s;
    bool placeholder =
        v->type == VAL_NULL ||
        (v->type == VAL_STRING && (v->len == 0 || val_str_is(v, "Cg==") || val_str_is(v, "\n")));
    return placeholder ? NULL : v;
}

/* The protocol is part of a port's key; written out, the key never depends on defaults. */
static const struct val *with_protocol(struct manifest_set *s, const struct val *port)
{
    if (port->type != VAL_MAP || val_get(port, "protocol"))
        return port;
    return val_map_with(&s->pool, port, "protocol", val_box(&s->pool, val_of_str(&s->pool, "TCP")));
}

#define BUNDLE_NOTE "an empty caBundle is left to whoever fills it in"
#define ADMISSION "admissionregistration.k8s.io"

static const struct {
    const char *group, *kind; /* kind NULL: every object */
    const char *path[8];
    edit_fn *edit;
    const char *note; /* for a person; NULL: nobody would miss it */
    const char *with; /* only when the object has this member */
} rules[] = {
    {NULL, NULL, {"status"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "creationTimestamp"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "managedFields"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "resourceVersion"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "uid"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "generation"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "selfLink"}, take_out, NULL, NULL},
    {NULL, NULL, {"metadata", "annotations", LAST_APPLIED}, take_out, NULL, NULL},
    {"", "Service", {"spec", "ports", EACH}, with_protocol, NULL, NULL},
    {"", "Endpoints", {"subsets", EACH, "ports", EACH}, with_protocol, NULL, NULL},
    {"discovery.k8s.io", "EndpointSlice", {"ports", EACH}, with_protocol, NULL, NULL},
    {"rbac.authorization.k8s.io",
     "ClusterRole",
     {"rules"},
     take_out,
     "its rules are left to the aggregation controller",
     "aggregationRule"},
    {ADMISSION,
     "MutatingWebhookConfiguration",
     {"webhooks", EACH, "clientConfig", "caBundle"},
     no_placeholder,
     BUNDLE_NOTE,
     NULL},
    {ADMISSION,
     "ValidatingWebhookConfiguration",
     {"webhooks", EACH, "clientConfig", "caBundle"},
     no_placeholder,
     BUNDLE_NOTE,
     NULL},
    {"apiextensions.k8s.io",
     "CustomResourceDefinition",
     {"spec", "conversion", "webhook", "clientConfig", "caBundle"},
     no_placeholder,
     BUNDLE_NOTE,
     NULL},
    {"apiregistration.k8s.io",
     "APIService",
     {"spec", "caBundle"},
     no_placeholder,
     BUNDLE_NOTE,
     NULL},
};

/* The API server turns stringData into data when it writes; owning stringData would own nothing
 * (kubernetes #108008), so it is done here. */
static const struct val *mend_secret(struct manifest_set *s, const struct manifest *m,
                                     const struct val *object)
{
    const struct val *plain = val_get(object, "stringData");
    if (!plain)
        return object;
    const struct val *data = val_get(object, "data");
    if (!val_is(data, VAL_MAP))
        data = val_map_of(&s->pool, NULL, 0);
    for (size_t i = 0; i < val_count(plain); i++) {
        const struct val_entry *e = &plain->as.entries[i];
        if (e->value.type != VAL_STRING) {
            manifest_problem(s, ERR_TYPE, m->file, &e->value,
                             "stringData.%s of Secret/%s is no string", e->key->s, m->name);
            manifest_hint(s, "put it in quotes");
            continue;
        }
        struct buf b;
        buf_init(&b, SECRET_MAX * 2);
        base64_encode(&b, e->value.as.s, e->value.len);
        data = val_map_with(&s->pool, data, e->key->s,
                            val_box(&s->pool, val_of_strn(&s->pool, buf_str(&b), b.len)));
        buf_wipe(&b);
    }
    return val_map_with(&s->pool, val_map_without(&s->pool, object, "stringData"), "data", data);
}

const struct val *manifest_mend(struct manifest_set *s, const struct manifest *m,
                                const struct val *object)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        if (rules[i].kind &&
            (strcmp(rules[i].kind, m->kind) != 0 || strcmp(rules[i].group, m->group) != 0))
            continue;
        if (rules[i].with && !val_get(object, rules[i].with))
            continue;
        const struct val *mended = edit(s, object, rules[i].path, rules[i].edit);
        if (mended != object && rules[i].note)
            vec_push(&s->notes, mem_printf("%s:%u: %s/%s: %s", m->file, m->line, m->kind, m->name,
                                           rules[i].note));
        object = mended;
    }
    return m->secret ? mend_secret(s, m, object) : object;
}
