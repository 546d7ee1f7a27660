// SPDX-License-Identifier: Apache-2.0
/*
 * Fetching a discovery. /api and /apis are asked side by side with the Accept header that
 * aggregated discovery wants, in exactly that order of parameters. Where that is refused, as by old
 * proxies, they are asked once more for plain JSON. A server that answers with plain lists is then
 * asked for each group and version in turn, a few at a time; a group that fails there is kept as it
 * was and marked. 404 on /api means that there is no core group.
 */
#include "base/mem.h"
#include "data/json.h"
#include "kube/discovery_int.h"

#include <string.h>

#define AGGREGATED                                                                                 \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                        \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

enum { ROOTS = 2, VERSIONS_MAX = 2000, AT_ONCE = 8, DEADLINE_MS = 30000 };

static const char *const roots[ROOTS] = {"/api", "/apis"};

struct root {
    struct kube_discovery_fetch *fetch;
    struct kube_call *call;
    char *body; /* NULL: unchanged, or not there */
    size_t len;
    char *etag;
    bool unchanged, plain;
    bool plainly; /* asked without aggregation */
};

struct version {
    struct kube_discovery_fetch *fetch;
    char *group, *version;
    struct kube_call *call;
    char *body; /* NULL: failed */
    size_t len;
};

struct kube_discovery_fetch {
    struct kube_cluster *cluster;
    struct kube_discovery *old;
    kube_discovery_fn *fn;
    void *ctx;
    struct root roots[ROOTS];
    unsigned waiting;
    VEC(struct version *) versions;
    size_t started;
    struct kube_error error;
};

static void fetch_free(struct kube_discovery_fetch *f)
{
    for (size_t i = 0; i < ROOTS; i++) {
        kube_cancel(f->roots[i].call);
        mem_free(f->roots[i].body);
        mem_free(f->roots[i].etag);
    }
    for (size_t i = 0; i < f->versions.len; i++) {
        struct version *v = f->versions.items[i];
        kube_cancel(v->call);
        mem_free(v->group);
        mem_free(v->version);
        mem_free(v->body);
        mem_free(v);
    }
    vec_clear(&f->versions);
    kube_discovery_unref(f->old);
    kube_error_clear(&f->error);
    mem_free(f);
}

void kube_discovery_cancel(struct kube_discovery_fetch *f)
{
    if (f)
        fetch_free(f);
}

/* Hands out the result (borrowed here) and ends the fetch. */
static void finish(struct kube_discovery_fetch *f, struct kube_discovery *d)
{
    kube_discovery_fn *fn = f->fn;
    void *ctx = f->ctx;
    struct kube_error error;
    kube_error_init(&error);
    kube_error_move(&error, &f->error);
    struct kube_discovery *keep = d ? kube_discovery_ref(d) : NULL;
    fetch_free(f);
    fn(ctx, keep, &error);
    kube_discovery_unref(keep);
    kube_error_clear(&error);
}

static void settle(struct kube_discovery_fetch *f)
{
    struct kube_discovery *d = kube_discovery_new();
    struct err e = ERR_INIT;
    int r = 0;
    for (size_t i = 0; i < ROOTS && !r; i++) {
        struct root *root = &f->roots[i];
        /* of a plain root it says nothing about the lists below */
        d->etags[i] = root->etag && !root->plain ? arena_strdup(&d->arena, root->etag) : "";
        if (root->body && !root->plain)
            r = kube_discovery_read(d, root->body, root->len, f->old, &e);
    }
    for (size_t i = 0; i < f->versions.len && !r; i++) {
        struct version *v = f->versions.items[i];
        struct err bad = ERR_INIT;
        if (!v->body || kube_discovery_read(d, v->body, v->len, NULL, &bad)) {
            const char *group = arena_strdup(&d->arena, v->group);
            const char *version = arena_strdup(&d->arena, v->version);
            vec_push(&d->versions, (struct kube_group_version){group, version, true});
            d->partial = true;
            kube_discovery_keep(d, f->old, group, version);
        }
        err_clear(&bad);
    }
    if (r)
        kube_error_set(&f->error, r, KUBE_FATE_TRANSIENT, KUBE_WHY_NONE, NULL, "discovery: %s",
                       e.text ? e.text : "cannot be read");
    else
        kube_discovery_settle(d);
    err_clear(&e);
    finish(f, r ? NULL : d);
    kube_discovery_unref(d);
}

/* ---- plain discovery ---- */

static void start_versions(struct kube_discovery_fetch *f);

static void on_version(void *ctx, const struct kube_reply *reply)
{
    struct version *v = ctx;
    struct kube_discovery_fetch *f = v->fetch;
    v->call = NULL;
    if (!reply->error->code) {
        v->body = mem_strndup(reply->body, reply->len);
        v->len = reply->len;
    }
    f->waiting--;
    start_versions(f);
}

static void start_versions(struct kube_discovery_fetch *f)
{
    while (f->started < f->versions.len && f->waiting < AT_ONCE) {
        struct version *v = f->versions.items[f->started++];
        struct buf path;
        buf_init(&path, BUF_SMALL);
        bool ok = v->group[0] ? !buf_puts(&path, "/apis/") && !kube_escape(&path, v->group) &&
                                    !buf_putc(&path, '/')
                              : !buf_puts(&path, "/api/");
        if (ok && !kube_escape(&path, v->version)) {
            const struct kube_request r = {
                .path = buf_str(&path),
                .deadline_ms = DEADLINE_MS,
                .max_body_bytes = KUBE_DISCOVERY_BODY_MAX,
                .is_collection = true,
                .on_done = on_version,
                .ctx = v,
            };
            f->waiting++;
            v->call = kube_send(f->cluster, &r);
        }
        buf_clear(&path);
    }
    if (!f->waiting)
        settle(f);
}

static void want_version(struct kube_discovery_fetch *f, const char *group, const char *version)
{
    if (f->versions.len >= VERSIONS_MAX || !*version)
        return;
    struct version *v = mem_new(struct version);
    v->fetch = f;
    v->group = mem_strdup(group);
    v->version = mem_strdup(version);
    vec_push(&f->versions, v);
}

/* Puts the versions a plain APIVersions or APIGroupList names onto the list; false: it is neither.
 */
static bool read_plain_root(struct kube_discovery_fetch *f, const struct val *doc)
{
    if (doc->type != VAL_MAP)
        return false;
    if (val_str_is(val_get(doc, "kind"), "APIVersions")) {
        const struct val *list = val_get(doc, "versions");
        for (size_t i = 0; i < val_count(list) && list->type == VAL_LIST; i++)
            want_version(f, "", val_str(val_item(list, i), ""));
        return true;
    }
    if (!val_str_is(val_get(doc, "kind"), "APIGroupList"))
        return false;
    const struct val *groups = val_get(doc, "groups");
    for (size_t i = 0; i < val_count(groups) && groups->type == VAL_LIST; i++) {
        const struct val *g = val_item(groups, i);
        if (g->type != VAL_MAP)
            continue;
        const char *name = val_str(val_get(g, "name"), "");
        const struct val *preferred = val_get(g, "preferredVersion");
        const char *first = preferred && preferred->type == VAL_MAP
                                ? val_str(val_get(preferred, "version"), "")
                                : "";
        want_version(f, name, first);
        const struct val *versions = val_get(g, "versions");
        for (size_t v = 0; v < val_count(versions) && versions->type == VAL_LIST; v++) {
            const struct val *one = val_item(versions, v);
            const char *version = one->type == VAL_MAP ? val_str(val_get(one, "version"), "") : "";
            if (strcmp(version, first) != 0)
                want_version(f, name, version);
        }
    }
    return true;
}

/* ---- the two roots ---- */

static void roots_done(struct kube_discovery_fetch *f)
{
    if (f->error.code) {
        finish(f, NULL);
        return;
    }
    bool same = f->old != NULL;
    for (size_t i = 0; i < ROOTS; i++)
        same = same && f->roots[i].unchanged;
    if (same) {
        struct kube_discovery *old = kube_discovery_ref(f->old);
        finish(f, old);
        kube_discovery_unref(old);
        return;
    }
    for (size_t i = 0; i < ROOTS; i++) {
        struct root *root = &f->roots[i];
        struct val_pool pool;
        val_pool_init_limited(&pool, BUF_LARGE);
        /* An aggregated document is read later, as a whole. */
        const struct val *doc =
            root->body && !memmem(root->body, root->len < 4096 ? root->len : 4096,
                                  "APIGroupDiscoveryList", 21)
                ? json_read(&pool, root->body, root->len, NULL, NULL)
                : NULL;
        if (doc)
            root->plain = read_plain_root(f, doc);
        val_pool_clear(&pool);
    }
    start_versions(f);
}

static void ask_root(struct kube_discovery_fetch *f, size_t i, const char *etag);

/* The Accept header may be what is wrong: 406, or whatever else its rules make of it. */
static bool may_be_accept(const struct root *root, int status)
{
    return !root->plainly && (status == 400 || status == 404 || status == 406 || status == 415);
}

static void on_root(void *ctx, const struct kube_reply *reply)
{
    struct root *root = ctx;
    struct kube_discovery_fetch *f = root->fetch;
    root->call = NULL;
    f->waiting--;
    if (may_be_accept(root, reply->status)) {
        root->plainly = true;
        ask_root(f, (size_t)(root - f->roots), NULL);
        return;
    }
    if (reply->status == 304) {
        root->unchanged = true;
        root->etag = mem_strdup(f->old->etags[root - f->roots]);
    } else if (!reply->error->code) {
        root->body = mem_strndup(reply->body, reply->len);
        root->len = reply->len;
        root->etag = mem_strdup(reply->etag);
    } else if (reply->error->code != ERR_NOT_FOUND && !f->error.code) {
        kube_error_copy(&f->error, reply->error);
    }
    if (f->waiting)
        return;
    /* One changed and the other did not: that one is needed whole as well. */
    bool changed = false;
    for (size_t i = 0; i < ROOTS; i++)
        changed = changed || !f->roots[i].unchanged;
    for (size_t i = 0; i < ROOTS && changed && !f->error.code; i++)
        if (f->roots[i].unchanged) {
            f->roots[i].unchanged = false;
            mem_free(f->roots[i].etag);
            f->roots[i].etag = NULL;
            ask_root(f, i, NULL);
        }
    if (!f->waiting)
        roots_done(f);
}

static void ask_root(struct kube_discovery_fetch *f, size_t i, const char *etag)
{
    struct root *root = &f->roots[i];
    root->fetch = f;
    const struct kube_request r = {
        .path = roots[i],
        .accept = root->plainly ? NULL : AGGREGATED,
        .if_none_match = etag && *etag ? etag : NULL,
        .deadline_ms = DEADLINE_MS,
        .max_body_bytes = KUBE_DISCOVERY_BODY_MAX,
        .is_collection = true,
        .on_done = on_root,
        .ctx = root,
    };
    f->waiting++;
    root->call = kube_send(f->cluster, &r);
}

struct kube_discovery_fetch *kube_discovery_get(struct kube_cluster *c,
                                                const struct kube_discovery *old,
                                                kube_discovery_fn *fn, void *ctx)
{
    struct kube_discovery_fetch *f = mem_new(struct kube_discovery_fetch);
    f->cluster = c;
    f->old = old ? kube_discovery_ref(old) : NULL;
    f->fn = fn;
    f->ctx = ctx;
    kube_error_init(&f->error);
    /* What was partial may have healed without the document having changed much: ask for all. */
    bool use_etags = old && !old->partial;
    for (size_t i = 0; i < ROOTS; i++)
        ask_root(f, i, use_etags ? old->etags[i] : NULL);
    return f;
}
