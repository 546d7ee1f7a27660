// SPDX-License-Identifier: Apache-2.0
/*
 * What an API server serves. A struct kube_discovery is immutable once made and counted, so that
 * it may be read by any thread; fetching runs on the engine thread. Aggregated discovery (v2,
 * v2beta1) is asked for, plain discovery is the fallback. A group whose server is down (Stale)
 * keeps the entries known before and is marked: a kind is never taken for gone because of that.
 */
#ifndef LEEWAY_KUBE_DISCOVERY_H
#define LEEWAY_KUBE_DISCOVERY_H

#include "base/buf.h"
#include "kube/client.h"

enum kube_verb {
    KUBE_VERB_GET = 1,
    KUBE_VERB_LIST = 2,
    KUBE_VERB_WATCH = 4,
    KUBE_VERB_CREATE = 8,
    KUBE_VERB_UPDATE = 16,
    KUBE_VERB_PATCH = 32,
    KUBE_VERB_DELETE = 64,
    KUBE_VERB_DELETECOLLECTION = 128,
};

struct kube_strings {
    const char *const *items;
    size_t len;
};

struct kube_subresource {
    const char *name; /* status, scale, … */
    unsigned verbs;   /* KUBE_VERB_* */
};

/* One resource in one version. */
struct kube_resource {
    const char *group, *version, *kind, *plural, *singular; /* group "" for core */
    bool namespaced;
    bool preferred; /* of the group's versions that have this kind, the server's first */
    bool stale;     /* its API server was down when asked; what is here is older */
    unsigned verbs;
    struct kube_strings short_names, categories;
    const struct kube_subresource *subresources;
    size_t subresources_len;
};

struct kube_group_version {
    const char *group, *version;
    bool stale;
};

struct kube_discovery;
struct kube_discovery *kube_discovery_ref(const struct kube_discovery *d);
void kube_discovery_unref(const struct kube_discovery *d);

/* In the server's order of groups; versions of a group by preference. */
size_t kube_discovery_len(const struct kube_discovery *d);
const struct kube_resource *kube_discovery_at(const struct kube_discovery *d, size_t i);
size_t kube_discovery_versions(const struct kube_discovery *d);
const struct kube_group_version *kube_discovery_version_at(const struct kube_discovery *d,
                                                           size_t i);
/* Any group is stale or could not be read: absence proves nothing. */
bool kube_discovery_partial(const struct kube_discovery *d);
/* Something is served under this group (and version, NULL: any); *stale as far as known. */
bool kube_discovery_has_group(const struct kube_discovery *d, const char *group,
                              const char *version, bool *stale);

/* version NULL: the preferred one. NULL when not served. */
const struct kube_resource *kube_discovery_kind(const struct kube_discovery *d, const char *group,
                                                const char *version, const char *kind);
/* api_version as objects have it: v1, apps/v1. */
const struct kube_resource *kube_discovery_api_kind(const struct kube_discovery *d,
                                                    const char *api_version, const char *kind);
const struct kube_resource *kube_discovery_plural(const struct kube_discovery *d, const char *group,
                                                  const char *version, const char *plural);
/* What a person types: plural, singular, short name or kind (any case), with .group or
 * .version.group behind; core first, then the server's order. *others: how many more groups match.
 */
const struct kube_resource *kube_discovery_word(const struct kube_discovery *d, const char *word,
                                                size_t *others);
/* Preferred resources of a category ("all"): up to max into out; returns how many there are. */
size_t kube_discovery_category(const struct kube_discovery *d, const char *category,
                               const struct kube_resource **out, size_t max);
bool kube_resource_has_subresource(const struct kube_resource *r, const char *name);

/* ---- paths ---- */

/* ns NULL or "": cluster scope or all namespaces; name NULL: the collection; subresource NULL:
 * none. Appends the escaped path; ERR_LIMIT past out's maximum. */
int kube_path(struct buf *out, const char *group, const char *version, const char *plural,
              const char *ns, const char *name, const char *subresource);
int kube_resource_path(struct buf *out, const struct kube_resource *r, const char *ns,
                       const char *name, const char *subresource);
/* group/version, or version alone for core. */
int kube_api_version(struct buf *out, const char *group, const char *version);

/* ---- fetching ---- */

struct kube_discovery_fetch;
/* d: referenced for the call, NULL when error says why. d == old when nothing changed. */
typedef void kube_discovery_fn(void *ctx, const struct kube_discovery *d,
                               const struct kube_error *error);
/* old: what was known before (ETag, stale groups), or NULL; referenced. */
struct kube_discovery_fetch *kube_discovery_get(struct kube_cluster *c,
                                                const struct kube_discovery *old,
                                                kube_discovery_fn *fn, void *ctx);
void kube_discovery_cancel(struct kube_discovery_fetch *f); /* NULL is fine */

/* ---- parsing, for tests and for caches ---- */

struct kube_discovery_part {
    const char *body; /* APIGroupDiscoveryList, or APIResourceList for plain */
    size_t len;
};
/* Aggregated documents of /api and /apis; old may be NULL. NULL and *e (ERR_PROTOCOL, ERR_LIMIT).
 */
struct kube_discovery *kube_discovery_parse(const struct kube_discovery_part *parts, size_t n,
                                            const struct kube_discovery *old, struct err *e);

#endif
