// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/wanted.h"

#include "engine/apply/applyset.h"
#include "engine/environments/env_source.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "engine/plan/manifest.h"
#include "engine/plan/plan_make.h"
#include "engine/workers.h"

#include <string.h>

struct wanted {
    struct engine *engine; /* not touched by the worker */
    const struct cluster *cluster;
    char *path, *namespace_; /* of the environment */
    char *api_version, *kind, *ns, *name;
    struct env_source *source; /* NULL: a folder */
    struct manifest_set set;
    const struct val *body;
    const char *where;       /* in the source or in own */
    const char *const *late; /* paths that nobody knows before a release; in the source */
    size_t n_late;
    struct arena own;
    struct err err;
    wanted_done_fn *done; /* NULL: cancelled */
    void *ctx;
};

static void wanted_free(struct wanted *w)
{
    env_source_free(w->source);
    manifest_set_clear(&w->set);
    arena_clear(&w->own);
    err_clear(&w->err);
    mem_free(w->path);
    mem_free(w->namespace_);
    mem_free(w->api_version);
    mem_free(w->kind);
    mem_free(w->ns);
    mem_free(w->name);
    mem_free(w);
}

/* ---- the worker's part ---- */

static size_t group_len(const char *api_version)
{
    const char *slash = strchr(api_version, '/');
    return slash ? (size_t)(slash - api_version) : 0;
}

/* One kind may be written in another version than it was sent in. */
static bool same_group(const char *a, const char *b)
{
    size_t n = group_len(a);
    return n == group_len(b) && strncmp(a, b, n) == 0;
}

static bool is_it(const struct wanted *w, const struct val *body)
{
    const struct val *meta = val_get(body, "metadata");
    return val_str_is(val_get(body, "kind"), w->kind) &&
           val_str_is(val_get(meta, "name"), w->name) &&
           same_group(val_str(val_get(body, "apiVersion"), ""), w->api_version) &&
           (!*w->ns || strcmp(val_str(val_get(meta, "namespace"), w->namespace_), w->ns) == 0);
}

static void find_in_folder(struct wanted *w)
{
    if (manifest_read(&w->set, w->path)) {
        err_copy(&w->err, &w->set.problems.items[0]);
        return;
    }
    for (size_t i = 0; i < w->set.objects.len; i++) {
        const struct manifest *m = &w->set.objects.items[i];
        if (!is_it(w, m->object))
            continue;
        w->body = m->object;
        w->where = arena_printf(&w->own, "%s:%u", m->file, m->line);
    }
}

static void find_in_document(struct wanted *w)
{
    const struct plan_want *wants = NULL;
    size_t n = 0;
    env_source_render(w->source, false);
    if (env_source_wants(w->source, w->cluster, &wants, &n, &w->err))
        return;
    for (size_t i = 0; i < n; i++) {
        if (!is_it(w, wants[i].body))
            continue;
        w->body = wants[i].body;
        w->late = wants[i].late;
        w->n_late = wants[i].n_late;
        w->where = arena_printf(&w->own, "%s, %s", wants[i].cause, wants[i].where);
    }
}

static void look(void *ctx)
{
    struct wanted *w = ctx;
    if (w->source)
        find_in_document(w);
    else
        find_in_folder(w);
}

/* ---- the engine's part ---- */

static void looked(void *ctx, bool stale)
{
    struct wanted *w = ctx;
    if (w->done) {
        char *why = stale ? mem_strdup("leeway ends") : w->err.code ? err_format(&w->err) : NULL;
        const struct wanted_answer a = {.body = why ? NULL : w->body,
                                        .where = w->where,
                                        .why = why,
                                        .late = w->late,
                                        .n_late = w->n_late};
        w->done(w->ctx, &a);
        mem_free(why);
    }
    wanted_free(w);
}

struct wanted *wanted_start(struct engine *e, const struct target *t, const struct store_object *o,
                            wanted_done_fn *done, void *ctx)
{
    const struct environment *env = t->environment;
    struct wanted *w = mem_new(struct wanted);
    w->engine = e;
    w->cluster = t->cluster;
    w->path = mem_strdup(env->origin ? env->origin : "");
    w->namespace_ = mem_strdup(env->namespace_ ? env->namespace_ : "");
    w->api_version = mem_strdup(o->api_version);
    w->kind = mem_strdup(o->kind);
    w->ns = mem_strdup(o->name_space);
    w->name = mem_strdup(o->name);
    w->done = done;
    w->ctx = ctx;
    arena_init(&w->own);
    manifest_set_init(&w->set);
    if (env_source_is(w->path)) {
        w->source = env_source_new(e, w->path, e->clusters.items, e->clusters.len);
        env_source_only(w->source, w->cluster);
    }
    workers_start(e->workers, NULL, look, looked, w);
    return w;
}

void wanted_cancel(struct wanted *w)
{
    if (w)
        w->done = NULL;
}

/* ---- what moved ---- */

/* What a plan adds to every body stands in the one that was sent: taken over from there. */
static const struct val *with_ours(struct val_pool *p, const struct val *sent,
                                   const struct val *body)
{
    static const char *const labels[] = {PLAN_LABEL_FLEET, PLAN_LABEL_ENVIRONMENT,
                                         APPLYSET_PART_OF};
    const struct val *was = val_get(sent, "metadata");
    for (size_t i = 0; body && i < ARRAY_LEN(labels); i++) {
        const char *value = val_str(val_get(val_get(was, "labels"), labels[i]), NULL);
        body = value ? plan_body_with_label(p, body, labels[i], value) : body;
    }
    const struct val *ns = val_get(was, "namespace"), *meta = val_get(body, "metadata");
    if (!body || !ns || val_get(meta, "namespace"))
        return body;
    return val_map_with(p, body, "metadata", val_map_with(p, meta, "namespace", ns));
}

/* Values that are known only during a release are what they were made of then. */
static const struct val *with_late(struct val_pool *p, const struct val *sent,
                                   const struct val *body, const struct wanted_answer *w)
{
    for (size_t i = 0; body && i < w->n_late; i++) {
        struct path path;
        struct err err = ERR_INIT;
        if (path_parse(p, w->late[i], strlen(w->late[i]), &path, &err) == 0) {
            const struct val *was = path_resolve(sent, path, NULL, NULL);
            body = was ? val_with_path(p, body, path, was) : body;
        }
        err_clear(&err);
    }
    return body;
}

int wanted_changes(struct engine *e, struct val_pool *p, const struct val *sent,
                   const struct wanted_answer *w, fieldset fields, struct diff_items *out,
                   const struct val **meant)
{
    struct plan_keys keys = {.all = fields};
    const struct val *body = with_ours(p, sent, w->body);
    body = body ? with_late(p, sent, body, w) : NULL;
    *meant = body = body ? plan_body_masked(p, body, plan_hmac, e) : NULL;
    /* its version may have been written anew; that is no field */
    const struct val *version = val_get(sent, "apiVersion");
    if (body && version)
        body = val_map_with(p, body, "apiVersion", version);
    return body ? diff_values(p, sent, body, plan_keys_at, &keys, out) : 0;
}
