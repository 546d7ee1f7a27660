// SPDX-License-Identifier: Apache-2.0
#include "engine/environments/origin.h"

#include "base/mem.h"
#include "engine/environments/env_source.h"
#include "engine/plan/manifest.h"
#include "engine/plan/plan_int.h"
#include "engine/workers.h"

#include <string.h>

struct origin {
    struct engine *engine;
    char *path, *namespace_;
    struct manifest_set set;
    struct env_source *source; /* NULL: a folder */
    bool again;                /* the second rendering is on its way */
    bool look;                 /* what clusters made, and no secret */
    void (*done)(void *ctx, bool stale);
    void *ctx;
};

struct origin *origin_new(struct engine *e, const char *path, const char *default_namespace,
                          struct cluster *const *clusters, size_t n)
{
    struct origin *o = mem_new(struct origin);
    o->engine = e;
    o->path = mem_strdup(path);
    o->namespace_ = mem_strdup(default_namespace);
    manifest_set_init(&o->set);
    if (env_source_is(path)) {
        o->source = env_source_new(e, path, clusters, n);
        env_source_fix(o->source);
    }
    return o;
}

void origin_look(struct origin *o)
{
    o->look = true;
    if (o->source)
        env_source_look(o->source);
}

void origin_free(struct origin *o)
{
    if (!o)
        return;
    manifest_set_clear(&o->set);
    env_source_free(o->source);
    mem_free(o->path);
    mem_free(o->namespace_);
    mem_free(o);
}

static void read_it(void *ctx)
{
    struct origin *o = ctx;
    if (!o->source)
        (void)manifest_read(&o->set, o->path); /* what it has not is said of the object */
    else if (o->again)
        env_source_render_again(o->source);
    else
        env_source_render(o->source, false);
}

static void on_read(void *ctx, bool stale);

static void on_asked(void *ctx, bool stale)
{
    struct origin *o = ctx;
    o->again = true;
    if (stale)
        o->done(o->ctx, true);
    else
        workers_start(o->engine->workers, NULL, read_it, on_read, o);
}

static void on_read(void *ctx, bool stale)
{
    struct origin *o = ctx;
    if (!stale && o->source && !o->again && env_source_asks(o->source, o->look))
        env_source_ask(o->source, o->engine, o->look, on_asked, o);
    else
        o->done(o->ctx, stale);
}

void origin_read(struct origin *o, void (*done)(void *ctx, bool stale), void *ctx)
{
    o->done = done;
    o->ctx = ctx;
    workers_start(o->engine->workers, NULL, read_it, on_read, o);
}

const struct val *origin_object(const struct origin *o, const char *cluster_uid,
                                const char *api_version, const char *kind, const char *ns,
                                const char *name)
{
    if (!o)
        return NULL;
    if (o->source) {
        const struct plan_row row = {
            .api_version = api_version, .kind = kind, .namespace_ = ns, .name = name};
        size_t target = env_source_target(o->source, cluster_uid);
        const struct render_object *r =
            target == SIZE_MAX ? NULL : env_source_object(o->source, target, &row);
        return r ? r->object : NULL;
    }
    for (size_t i = 0; i < o->set.objects.len; i++) {
        const struct manifest *m = &o->set.objects.items[i];
        const char *in = m->namespace_ ? m->namespace_ : o->namespace_;
        if (strcmp(m->kind, kind) == 0 && strcmp(m->name, name) == 0 &&
            (!*ns || strcmp(in, ns) == 0))
            return m->object;
    }
    return NULL;
}

struct env_source *origin_source(const struct origin *o)
{
    return o ? o->source : NULL;
}

int origin_error(const struct origin *o, struct err *e)
{
    return o && o->source ? env_source_error(o->source, e) : 0;
}
