// SPDX-License-Identifier: Apache-2.0
/*
 * Plans of a folder of manifests, or of the document of an environment: a worker reads it, then the
 * bodies are planned. A choice that was added to an earlier plan reads the folder again: a plan is
 * always of what the folder has now.
 */
#include "engine/environments/catalogs.h"
#include "engine/environments/env_source.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "engine/plan/manifest.h"
#include "engine/plan/plan_make.h"

#include <stdlib.h>
#include <string.h>

struct folder_job {
    struct engine *engine;
    struct engine_command *cmd;
    struct manifest_set set;
    char *path;
    /* a choice that was added to those of an earlier plan */
    struct plan *earlier; /* or NULL */
    VEC(struct cluster *) clusters;
    struct env_source *source; /* the file is an environment's document; or NULL */
    bool destroy, known;
    char *environment, *namespace_;
    int rc;
};

static void folder_job_free(struct folder_job *j)
{
    manifest_set_clear(&j->set);
    plan_free(j->earlier);
    env_source_free(j->source);
    vec_clear(&j->clusters);
    mem_free(j->path);
    mem_free(j->environment);
    mem_free(j->namespace_);
    mem_free(j);
}

static void read_folder(void *ctx)
{
    struct folder_job *j = ctx;
    if (j->source)
        env_source_render(j->source, j->destroy);
    else
        j->rc = manifest_read(&j->set, j->path);
}

static void refuse_folder(struct folder_job *j)
{
    struct err e = ERR_INIT;
    size_t n = j->set.problems.len;
    err_copy(&e, &j->set.problems.items[0]);
    if (n > 1) {
        char *hint = mem_printf("%s%s%zu more %s", e.hint ? e.hint : "", e.hint ? "; " : "", n - 1,
                                n == 2 ? "problem" : "problems");
        mem_free(e.hint);
        e.hint = hint;
    }
    for (size_t i = 1; i < n && i < 20; i++) {
        char *text = err_format(&j->set.problems.items[i]);
        engine_message(j->engine, LEEWAY_FAILED, j->environment, NULL, "%s", text);
        mem_free(text);
    }
    engine_answer_failed(j->engine, j->cmd, &e);
}

static void plan_set(struct folder_job *j)
{
    struct arena a;
    arena_init(&a);
    size_t n = j->set.objects.len;
    struct plan_want *wants = arena_array(&a, n + 1, sizeof(*wants));
    for (size_t i = 0; i < n; i++) {
        const struct manifest *m = &j->set.objects.items[i];
        wants[i] = (struct plan_want){.body = m->object,
                                      .where = arena_printf(&a, "%s:%u", m->file, m->line)};
    }
    struct plan_want_target *targets = arena_array(&a, j->clusters.len + 1, sizeof(*targets));
    for (size_t i = 0; i < j->clusters.len; i++)
        targets[i] = (struct plan_want_target){j->clusters.items[i], wants, n};
    const struct plan_request r = {.kind = "apply",
                                   .title = arena_printf(&a, "folder %s", j->path),
                                   .cause = "folder",
                                   .environment = j->environment,
                                   .namespace_ = j->namespace_,
                                   .folder = j->path,
                                   .complete = true,
                                   .choices = j->earlier ? j->earlier->choices.items : NULL,
                                   .n_choices = j->earlier ? j->earlier->choices.len : 0,
                                   .notes = (const char *const *)j->set.notes.items,
                                   .n_notes = j->set.notes.len,
                                   .targets = targets,
                                   .n_targets = j->clusters.len};
    plan_from_bodies(j->engine, j->cmd, &r);
    arena_clear(&a);
}

static void on_folder_read(void *ctx, bool stale);

static void read_again(void *ctx)
{
    struct folder_job *j = ctx;
    env_source_render_again(j->source);
}

/* What the document alone did not say is known, as far as it can be. */
static void on_known(void *ctx, bool stale)
{
    struct folder_job *j = ctx;
    j->known = true;
    if (stale)
        on_folder_read(j, true);
    else
        workers_start(j->engine->workers, NULL, read_again, on_folder_read, j);
}

static void on_folder_read(void *ctx, bool stale)
{
    struct folder_job *j = ctx;
    struct err e = ERR_INIT;
    bool draft = j->cmd->c.kind == LEEWAY_CMD_PLAN_DRAFT; /* asks nobody */
    if (!stale && !draft && j->source && !j->known && env_source_asks(j->source, true)) {
        env_source_ask(j->source, j->engine, true, on_known, j);
        return;
    }
    if (stale) {
        err_set(&e, ERR_CANCELLED, "the program ends");
        engine_answer_failed(j->engine, j->cmd, &e);
    } else if (j->source) {
        env_source_plan(j->source, j->engine, j->cmd, j->earlier ? j->earlier->choices.items : NULL,
                        j->earlier ? j->earlier->choices.len : 0);
    } else if (j->rc) {
        refuse_folder(j);
    } else {
        plan_set(j);
    }
    folder_job_free(j);
}

/* The last part of a path: "./shop/" gives shop. Owned. */
static char *name_of_folder(const char *path)
{
    char *full = realpath(path, NULL);
    const char *s = full ? full : path;
    size_t n = strlen(s);
    while (n > 1 && s[n - 1] == '/')
        n--;
    size_t from = n;
    while (from && s[from - 1] != '/')
        from--;
    char *name = mem_strndup(s + from, n - from);
    free(full);
    return name;
}

static bool choose_clusters(struct engine *e, struct engine_command *cmd, struct folder_job *j)
{
    for (size_t i = 0; i < cmd->c.n_clusters; i++) {
        struct cluster *c = engine_cluster_by_name(e, cmd->c.clusters[i]);
        struct err err = ERR_INIT;
        if (c) {
            vec_push(&j->clusters, c);
            continue;
        }
        err_set(&err, ERR_NOT_FOUND, "there is no cluster %s", cmd->c.clusters[i]);
        engine_answer_failed(e, cmd, &err);
        return false;
    }
    for (size_t i = 0; !cmd->c.n_clusters && i < e->clusters.len; i++)
        vec_push(&j->clusters, e->clusters.items[i]);
    return true;
}

static const char *default_namespace(const struct engine *e, const struct engine_command *cmd,
                                     const char *environment, const struct folder_job *j)
{
    if (cmd->c.namespace_ && *cmd->c.namespace_)
        return cmd->c.namespace_;
    const struct environment *env = environment_by_name((struct engine *)(uintptr_t)e, environment);
    if (env && env->namespace_ && *env->namespace_)
        return env->namespace_;
    const char *ns = j->clusters.len ? j->clusters.items[0]->entry->access.namespace_ : NULL;
    return ns && *ns ? ns : "default";
}

static struct folder_job *folder_job_new(struct engine *e, struct engine_command *cmd,
                                         const char *path)
{
    struct folder_job *j = mem_new(struct folder_job);
    j->engine = e;
    j->cmd = cmd;
    j->path = mem_strdup(path);
    manifest_set_init(&j->set);
    return j;
}

/* A folder of manifests, or the document of an environment, which is rendered. */
static void start_reading(struct engine *e, struct folder_job *j)
{
    if (env_source_is(j->path))
        j->source = env_source_new(e, j->path, j->clusters.items, j->clusters.len);
    workers_start(e->workers, NULL, read_folder, on_folder_read, j);
}

static void start_document(struct engine *e, struct engine_command *cmd, const char *path,
                           const char *document)
{
    struct folder_job *j = folder_job_new(e, cmd, path);
    for (size_t i = 0; i < e->clusters.len; i++)
        vec_push(&j->clusters, e->clusters.items[i]);
    j->source = env_source_new(e, j->path, j->clusters.items, j->clusters.len);
    env_source_take(j->source, document, cmd->c.fresh, cmd->c.kind == LEEWAY_CMD_PLAN_DRAFT);
    workers_start(e->workers, NULL, read_folder, on_folder_read, j);
}

/* A document that is no file yet. */
void plan_environment(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    bool draft = cmd->c.kind == LEEWAY_CMD_PLAN_DRAFT;
    const char *name = draft ? "draft" : cmd->c.environment ? cmd->c.environment : "";
    if (!cmd->c.document)
        err_set(&err, ERR_USAGE, "no document was given");
    else if (!plan_good_name(name))
        err_set(&err, ERR_USAGE, "\"%s\" is no name for an environment", name);
    if (err.code) {
        engine_answer_failed(e, cmd, &err);
        return;
    }
    char *path = mem_printf("%s/environments/%s.yaml", catalogs_folder(e), name);
    start_document(e, cmd, path, cmd->c.document);
    mem_free(path);
}

void plan_document(struct engine *e, struct engine_command *cmd, const char *path,
                   const char *document)
{
    start_document(e, cmd, path, document);
}

void plan_folder(struct engine *e, struct engine_command *cmd)
{
    struct err err = ERR_INIT;
    if (!cmd->c.folder || !*cmd->c.folder) {
        err_set(&err, ERR_USAGE, "no folder was given");
        engine_answer_failed(e, cmd, &err);
        return;
    }
    char *full = realpath(cmd->c.folder, NULL);
    struct folder_job *j = folder_job_new(e, cmd, full ? full : cmd->c.folder);
    free(full);
    if (!choose_clusters(e, cmd, j)) {
        folder_job_free(j);
        return;
    }
    j->environment = cmd->c.environment && *cmd->c.environment ? mem_strdup(cmd->c.environment)
                                                               : name_of_folder(j->path);
    j->namespace_ = mem_strdup(default_namespace(e, cmd, j->environment, j));
    j->destroy = cmd->c.destroy;
    start_reading(e, j);
}

void plan_folder_again(struct engine *e, struct engine_command *cmd, struct plan *p)
{
    struct folder_job *j = folder_job_new(e, cmd, p->folder);
    j->earlier = p;
    j->destroy = strcmp(p->kind, "destroy") == 0;
    j->environment = mem_strdup(p->environment);
    j->namespace_ = mem_strdup(p->namespace_);
    for (size_t i = 0; i < p->targets.len; i++) {
        struct cluster *cl = engine_cluster_by_uid(e, p->targets.items[i]->cluster_uid);
        if (cl)
            vec_push(&j->clusters, cl);
    }
    start_reading(e, j);
}
