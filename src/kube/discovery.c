// SPDX-License-Identifier: Apache-2.0
/*
 * Reading and asking a discovery. Resources lie in one array, in the server's order (groups, their
 * versions by preference, their resources); lookups walk it, which for the few hundred resources of
 * a cluster is quicker than it is worth to make faster.
 */
#include "kube/discovery.h"
#include "base/mem.h"
#include "data/json.h"
#include "kube/discovery_int.h"

#include <string.h>
#include <strings.h>

enum { STRINGS_MAX = 64, POOL_MAX = 256 * 1024 * 1024 };

/* ---- life ---- */

struct kube_discovery *kube_discovery_new(void)
{
    struct kube_discovery *d = mem_new(struct kube_discovery);
    atomic_init(&d->refs, 1);
    arena_init(&d->arena);
    d->etags[0] = d->etags[1] = "";
    return d;
}

struct kube_discovery *kube_discovery_ref(const struct kube_discovery *d)
{
    struct kube_discovery *m = (struct kube_discovery *)d;
    atomic_fetch_add(&m->refs, 1);
    return m;
}

void kube_discovery_unref(const struct kube_discovery *d)
{
    struct kube_discovery *m = (struct kube_discovery *)d;
    if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
        return;
    vec_clear(&m->resources);
    vec_clear(&m->versions);
    arena_clear(&m->arena);
    mem_free(m);
}

/* ---- reading ---- */

static const struct {
    const char *name;
    unsigned bit;
} verbs[] = {
    {"get", KUBE_VERB_GET},       {"list", KUBE_VERB_LIST},
    {"watch", KUBE_VERB_WATCH},   {"create", KUBE_VERB_CREATE},
    {"update", KUBE_VERB_UPDATE}, {"patch", KUBE_VERB_PATCH},
    {"delete", KUBE_VERB_DELETE}, {"deletecollection", KUBE_VERB_DELETECOLLECTION},
};

static unsigned read_verbs(const struct val *list)
{
    unsigned bits = 0;
    for (size_t i = 0; i < val_count(list); i++)
        for (size_t v = 0; v < ARRAY_LEN(verbs); v++)
            if (val_str_is(val_item(list, i), verbs[v].name))
                bits |= verbs[v].bit;
    return bits;
}

static const char *text(struct kube_discovery *d, const struct val *map, const char *key)
{
    const struct val *v = map && map->type == VAL_MAP ? val_get(map, key) : NULL;
    /* A name with a NUL in it is none. */
    if (!v || v->type != VAL_STRING || memchr(v->as.s, '\0', v->len))
        return "";
    return v->len ? arena_strndup(&d->arena, v->as.s, v->len) : "";
}

static struct kube_strings texts(struct kube_discovery *d, const struct val *list)
{
    struct kube_strings out = {0};
    size_t n = list && list->type == VAL_LIST ? list->len : 0;
    if (n > STRINGS_MAX)
        n = STRINGS_MAX;
    const char **items = n ? arena_array(&d->arena, n, sizeof(*items)) : NULL;
    for (size_t i = 0; i < n; i++) {
        const struct val *v = val_item(list, i);
        if (v->type == VAL_STRING && v->len && !memchr(v->as.s, '\0', v->len))
            items[out.len++] = arena_strndup(&d->arena, v->as.s, v->len);
    }
    out.items = items;
    return out;
}

static int add_version(struct kube_discovery *d, const char *group, const char *version, bool stale)
{
    if (d->versions.len >= KUBE_RESOURCES_MAX)
        return ERR_LIMIT;
    vec_push(&d->versions, (struct kube_group_version){group, version, stale});
    if (stale)
        d->partial = true;
    return 0;
}

static int add_resource(struct kube_discovery *d, const struct kube_resource *r)
{
    if (!r->plural[0] || !r->kind[0])
        return 0; /* nothing that could be asked for */
    if (d->resources.len >= KUBE_RESOURCES_MAX)
        return ERR_LIMIT;
    vec_push(&d->resources, *r);
    return 0;
}

static void read_subresources(struct kube_discovery *d, struct kube_resource *r,
                              const struct val *list)
{
    size_t n = list && list->type == VAL_LIST ? list->len : 0;
    if (n > STRINGS_MAX)
        n = STRINGS_MAX;
    if (!n)
        return;
    struct kube_subresource *subs = arena_array(&d->arena, n, sizeof(*subs));
    for (size_t i = 0; i < n; i++) {
        const struct val *s = val_item(list, i);
        if (s->type == VAL_MAP)
            subs[r->subresources_len++] = (struct kube_subresource){
                text(d, s, "subresource"), read_verbs(val_get(s, "verbs"))};
    }
    r->subresources = subs;
}

void kube_discovery_keep(struct kube_discovery *d, const struct kube_discovery *old,
                         const char *group, const char *version)
{
    for (size_t i = 0; old && i < old->resources.len; i++) {
        struct kube_resource r = old->resources.items[i];
        if (strcmp(r.group, group) != 0 || strcmp(r.version, version) != 0)
            continue;
        const char **strings[] = {&r.group, &r.version, &r.kind, &r.plural, &r.singular};
        for (size_t s = 0; s < ARRAY_LEN(strings); s++)
            *strings[s] = arena_strdup(&d->arena, *strings[s]);
        struct kube_strings *lists[] = {&r.short_names, &r.categories};
        for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
            const char **items = arena_array(&d->arena, lists[l]->len + 1, sizeof(*items));
            for (size_t s = 0; s < lists[l]->len; s++)
                items[s] = arena_strdup(&d->arena, lists[l]->items[s]);
            lists[l]->items = items;
        }
        struct kube_subresource *subs =
            arena_array(&d->arena, r.subresources_len + 1, sizeof(*subs));
        for (size_t s = 0; s < r.subresources_len; s++)
            subs[s] = (struct kube_subresource){arena_strdup(&d->arena, r.subresources[s].name),
                                                r.subresources[s].verbs};
        r.subresources = subs;
        r.stale = true;
        if (add_resource(d, &r))
            return;
    }
}

static int read_aggregated_version(struct kube_discovery *d, const char *group,
                                   const struct val *version, const struct kube_discovery *old)
{
    const char *name = text(d, version, "version");
    if (!name[0])
        return 0;
    bool stale = val_str_is(val_get(version, "freshness"), "Stale");
    int r = add_version(d, group, name, stale);
    if (r)
        return r;
    const struct val *list = val_get(version, "resources");
    size_t before = d->resources.len;
    for (size_t i = 0; i < val_count(list) && list->type == VAL_LIST; i++) {
        const struct val *one = val_item(list, i);
        if (one->type != VAL_MAP)
            continue;
        const struct val *kind = val_get(one, "responseKind");
        struct kube_resource res = {
            .group = group,
            .version = name,
            .kind = text(d, kind, "kind"),
            .plural = text(d, one, "resource"),
            .singular = text(d, one, "singularResource"),
            .namespaced = val_str_is(val_get(one, "scope"), "Namespaced"),
            .stale = stale,
            .verbs = read_verbs(val_get(one, "verbs")),
            .short_names = texts(d, val_get(one, "shortNames")),
            .categories = texts(d, val_get(one, "categories")),
        };
        read_subresources(d, &res, val_get(one, "subresources"));
        r = add_resource(d, &res);
        if (r)
            return r;
    }
    if (stale && d->resources.len == before)
        kube_discovery_keep(d, old, group, name);
    return 0;
}

static int read_aggregated(struct kube_discovery *d, const struct val *doc,
                           const struct kube_discovery *old)
{
    const struct val *groups = val_get(doc, "items");
    for (size_t g = 0; g < val_count(groups) && groups->type == VAL_LIST; g++) {
        const struct val *group = val_item(groups, g);
        if (group->type != VAL_MAP)
            continue;
        const struct val *meta = val_get(group, "metadata");
        const char *name = text(d, meta, "name"); /* "" is the core group */
        const struct val *versions = val_get(group, "versions");
        for (size_t v = 0; v < val_count(versions) && versions->type == VAL_LIST; v++) {
            const struct val *version = val_item(versions, v);
            int r = version->type == VAL_MAP ? read_aggregated_version(d, name, version, old) : 0;
            if (r)
                return r;
        }
    }
    return 0;
}

int kube_discovery_read_plain(struct kube_discovery *d, const struct val *list, struct err *e)
{
    const char *gv = text(d, list, "groupVersion");
    const char *slash = strchr(gv, '/');
    const char *version = slash ? slash + 1 : gv;
    const char *group = slash ? arena_strndup(&d->arena, gv, (size_t)(slash - gv)) : "";
    if (!*version)
        return err_set(e, ERR_PROTOCOL, "an APIResourceList without groupVersion");
    int r = add_version(d, group, version, false);
    const struct val *items = val_get(list, "resources");
    size_t n = items && items->type == VAL_LIST ? items->len : 0, first = d->resources.len;
    for (size_t i = 0; i < n && !r; i++) {
        const struct val *one = val_item(items, i);
        const char *name = text(d, one, "name");
        if (strchr(name, '/'))
            continue;
        const struct kube_resource res = {
            .group = group,
            .version = version,
            .kind = text(d, one, "kind"),
            .plural = name,
            .singular = text(d, one, "singularName"),
            .namespaced = one->type == VAL_MAP && val_bool(val_get(one, "namespaced"), false),
            .verbs = one->type == VAL_MAP ? read_verbs(val_get(one, "verbs")) : 0,
            .short_names = texts(d, one->type == VAL_MAP ? val_get(one, "shortNames") : NULL),
            .categories = texts(d, one->type == VAL_MAP ? val_get(one, "categories") : NULL),
        };
        r = add_resource(d, &res);
    }
    /* "deployments/scale" belongs to "deployments". */
    for (size_t at = first; at < d->resources.len && !r; at++) {
        struct kube_resource *res = &d->resources.items[at];
        VEC(struct kube_subresource) subs = {0};
        size_t len = strlen(res->plural);
        for (size_t i = 0; i < n && subs.len < STRINGS_MAX; i++) {
            const char *name = val_item(items, i)->type == VAL_MAP
                                   ? val_str(val_get(val_item(items, i), "name"), "")
                                   : "";
            if (strncmp(name, res->plural, len) == 0 && name[len] == '/')
                vec_push(&subs, (struct kube_subresource){
                                    arena_strdup(&d->arena, name + len + 1),
                                    read_verbs(val_get(val_item(items, i), "verbs"))});
        }
        struct kube_subresource *kept = arena_array(&d->arena, subs.len + 1, sizeof(*kept));
        if (subs.len)
            memcpy(kept, subs.items, subs.len * sizeof(*kept));
        res->subresources = kept;
        res->subresources_len = subs.len;
        vec_clear(&subs);
    }
    return r ? err_set(e, r, "more than %d resources", KUBE_RESOURCES_MAX) : 0;
}

int kube_discovery_read(struct kube_discovery *d, const char *body, size_t len,
                        const struct kube_discovery *old, struct err *e)
{
    int r;
    struct val_pool pool;
    val_pool_init_limited(&pool, POOL_MAX);
    const struct val *doc = json_read(&pool, body, len, NULL, e);
    if (!doc) {
        r = e && e->code == ERR_LIMIT ? ERR_LIMIT : ERR_PROTOCOL;
    } else if (doc->type == VAL_MAP && val_str_is(val_get(doc, "kind"), "APIGroupDiscoveryList")) {
        r = read_aggregated(d, doc, old);
        if (r)
            err_set(e, r, "more than %d resources", KUBE_RESOURCES_MAX);
    } else if (doc->type == VAL_MAP && val_str_is(val_get(doc, "kind"), "APIResourceList")) {
        r = kube_discovery_read_plain(d, doc, e);
    } else {
        r = err_set(e, ERR_PROTOCOL, "the answer is no discovery document");
    }
    val_pool_clear(&pool);
    return r;
}

static bool same_kind(const struct kube_resource *a, const struct kube_resource *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->plural, b->plural) == 0;
}

void kube_discovery_settle(struct kube_discovery *d)
{
    /* Resources of a group lie together: look back as far as the group goes. */
    for (size_t i = 0; i < d->resources.len; i++) {
        struct kube_resource *r = &d->resources.items[i];
        r->preferred = true;
        for (size_t j = i; j-- && strcmp(d->resources.items[j].group, r->group) == 0;)
            if (same_kind(&d->resources.items[j], r)) {
                r->preferred = false;
                break;
            }
    }
}

struct kube_discovery *kube_discovery_parse(const struct kube_discovery_part *parts, size_t n,
                                            const struct kube_discovery *old, struct err *e)
{
    struct kube_discovery *d = kube_discovery_new();
    for (size_t i = 0; i < n; i++)
        if (kube_discovery_read(d, parts[i].body, parts[i].len, old, e)) {
            kube_discovery_unref(d);
            return NULL;
        }
    kube_discovery_settle(d);
    return d;
}

/* ---- asking ---- */

size_t kube_discovery_len(const struct kube_discovery *d)
{
    return d->resources.len;
}

const struct kube_resource *kube_discovery_at(const struct kube_discovery *d, size_t i)
{
    return &d->resources.items[i];
}

size_t kube_discovery_versions(const struct kube_discovery *d)
{
    return d->versions.len;
}

const struct kube_group_version *kube_discovery_version_at(const struct kube_discovery *d, size_t i)
{
    return &d->versions.items[i];
}

bool kube_discovery_partial(const struct kube_discovery *d)
{
    return d->partial;
}

bool kube_discovery_has_group(const struct kube_discovery *d, const char *group,
                              const char *version, bool *stale)
{
    bool found = false;
    *stale = false;
    for (size_t i = 0; i < d->versions.len; i++) {
        const struct kube_group_version *v = &d->versions.items[i];
        if (strcmp(v->group, group) == 0 && (!version || strcmp(v->version, version) == 0)) {
            found = true;
            *stale = *stale || v->stale;
        }
    }
    return found;
}

static bool in_version(const struct kube_resource *r, const char *group, const char *version)
{
    return strcmp(r->group, group) == 0 &&
           (version ? strcmp(r->version, version) == 0 : r->preferred);
}

const struct kube_resource *kube_discovery_kind(const struct kube_discovery *d, const char *group,
                                                const char *version, const char *kind)
{
    for (size_t i = 0; i < d->resources.len; i++)
        if (strcmp(d->resources.items[i].kind, kind) == 0 &&
            in_version(&d->resources.items[i], group, version))
            return &d->resources.items[i];
    return NULL;
}

const struct kube_resource *kube_discovery_api_kind(const struct kube_discovery *d,
                                                    const char *api_version, const char *kind)
{
    const char *slash = strchr(api_version, '/');
    size_t len = slash ? (size_t)(slash - api_version) : 0;
    const char *version = slash ? slash + 1 : api_version;
    for (size_t i = 0; i < d->resources.len; i++) {
        const struct kube_resource *r = &d->resources.items[i];
        if (strcmp(r->kind, kind) == 0 && strcmp(r->version, version) == 0 &&
            strlen(r->group) == len && memcmp(r->group, api_version, len) == 0)
            return r;
    }
    return NULL;
}

const struct kube_resource *kube_discovery_plural(const struct kube_discovery *d, const char *group,
                                                  const char *version, const char *plural)
{
    for (size_t i = 0; i < d->resources.len; i++)
        if (strcmp(d->resources.items[i].plural, plural) == 0 &&
            in_version(&d->resources.items[i], group, version))
            return &d->resources.items[i];
    return NULL;
}

static bool is_word(const char *s, const char *word, size_t len)
{
    return strlen(s) == len && strncasecmp(s, word, len) == 0;
}

static bool has_word(const struct kube_resource *r, const char *word, size_t len)
{
    if (is_word(r->plural, word, len) || is_word(r->singular, word, len) ||
        is_word(r->kind, word, len))
        return true;
    for (size_t i = 0; i < r->short_names.len; i++)
        if (is_word(r->short_names.items[i], word, len))
            return true;
    return false;
}

/* rest: GROUP or VERSION.GROUP, or a beginning of GROUP up to a dot as kubectl takes it; "" any. */
static bool has_place(const struct kube_resource *r, const char *rest)
{
    if (!*rest)
        return r->preferred;
    size_t len = strlen(rest), version = strlen(r->version);
    if (r->preferred && strncasecmp(r->group, rest, len) == 0 &&
        (r->group[len] == '\0' || r->group[len] == '.'))
        return true;
    return strncasecmp(rest, r->version, version) == 0 &&
           ((rest[version] == '.' && strcasecmp(rest + version + 1, r->group) == 0) ||
            (rest[version] == '\0' && !r->group[0]));
}

const struct kube_resource *kube_discovery_word(const struct kube_discovery *d, const char *word,
                                                size_t *others)
{
    const struct kube_resource *found = NULL;
    size_t len = strcspn(word, "."), more = 0;
    const char *rest = word[len] ? word + len + 1 : "";
    for (size_t i = 0; i < d->resources.len; i++) {
        const struct kube_resource *r = &d->resources.items[i];
        if (!has_word(r, word, len) || !has_place(r, rest))
            continue;
        if (!found) {
            found = r;
        } else {
            if (!r->group[0] && found->group[0])
                found = r; /* core goes first wherever it stands */
            more++;
        }
    }
    if (others)
        *others = more;
    return found;
}

size_t kube_discovery_category(const struct kube_discovery *d, const char *category,
                               const struct kube_resource **out, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < d->resources.len; i++) {
        const struct kube_resource *r = &d->resources.items[i];
        for (size_t c = 0; r->preferred && c < r->categories.len; c++)
            if (strcmp(r->categories.items[c], category) == 0) {
                if (n < max)
                    out[n] = r;
                n++;
                break;
            }
    }
    return n;
}

bool kube_resource_has_subresource(const struct kube_resource *r, const char *name)
{
    for (size_t i = 0; i < r->subresources_len; i++)
        if (strcmp(r->subresources[i].name, name) == 0)
            return true;
    return false;
}
