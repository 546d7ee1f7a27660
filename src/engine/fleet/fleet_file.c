// SPDX-License-Identifier: Apache-2.0
/*
 * Fleet and Cluster documents as plain data. Their shape is the kinds' schemas' to judge
 * (catalog/document.h); what is read here is therefore known to have it. fleet_clusters.c makes
 * clusters of them.
 */
#include "engine/fleet/fleet_file.h"

#include "base/mem.h"
#include "base/vec.h"
#include "catalog/document.h"
#include "catalog/files.h"
#include "kube/file.h"

#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fleet_problems_clear(struct fleet_problems *p)
{
    for (size_t i = 0; i < p->len; i++)
        err_clear(&p->items[i]);
    vec_clear(p);
}

struct reader {
    const struct catalog_kinds *kinds;
    const char *home; /* stands for ~; or NULL */
    struct fleet_problems *problems;
};

/* "path: message" at v. */
static __attribute__((format(printf, 6, 7))) void problem(struct reader *r, const char *source,
                                                          const struct val *v, int code,
                                                          const char *path, const char *fmt, ...)
{
    struct err e = ERR_INIT;
    va_list ap;
    va_start(ap, fmt);
    err_vset(&e, code, fmt, ap);
    va_end(ap);
    if (*path)
        err_prefix(&e, "%s", path);
    err_at(&e, source, v ? v->line : 1, v ? v->col : 1);
    vec_push(r->problems, e);
}

/* NULL: it cannot be read at all (said). */
static struct document_file *read_documents(struct reader *r, const char *path, const char *kind)
{
    struct catalog_problems found = {0};
    struct document_file *f = document_file_read(r->kinds, path, kind, 0, &found);
    for (size_t i = 0; i < found.len; i++)
        vec_push(r->problems, found.items[i]);
    vec_clear(&found);
    return f;
}

/* A NUL byte would cut a text, and two names would be one. */
static void check_text(struct reader *r, const char *source, const struct val *v, const char *path)
{
    if (v && memchr(v->as.s, '\0', v->len))
        problem(r, source, v, ERR_INVALID, path, "holds a NUL byte");
}

static void read_labels(struct reader *r, const char *source, const struct val *v, const char *path,
                        struct labels *out)
{
    for (uint32_t i = 0; i < val_count(v); i++) {
        check_text(r, source, &v->as.entries[i].value, path);
        labels_set(out, v->as.entries[i].key->s, val_str(&v->as.entries[i].value, ""));
    }
}

static char *read_name(struct reader *r, const char *source, const struct val *v, const char *path)
{
    check_text(r, source, v, path);
    return v ? mem_strdup(v->as.s) : NULL;
}

/* ---- kind Cluster ---- */

static void cluster_file_clear(struct fleet_cluster_file *c)
{
    mem_free(c->name);
    labels_clear(&c->labels);
    mem_free(c->context);
    mem_free(c->distribution);
    labels_clear(&c->facts);
    mem_free(c->path);
}

static void read_cluster(struct reader *r, const char *path, const struct document *d,
                         struct fleet_source *to)
{
    const struct val *context = val_at(d->spec, "kubeconfig", "context", NULL);
    const struct val *name = val_get(d->metadata, "name");
    struct fleet_cluster_file c = {
        .path = mem_strdup(path),
        .line = d->value->line,
        .name = read_name(r, path, name, ".metadata.name"),
        .context = read_name(r, path, context, ".spec.kubeconfig.context"),
        .distribution = read_name(r, path, val_get(d->spec, "distribution"), ".spec.distribution"),
        .context_line = context->line,
        .context_col = context->col,
    };
    read_labels(r, path, val_get(d->metadata, "labels"), ".metadata.labels", &c.labels);
    read_labels(r, path, val_get(d->spec, "facts"), ".spec.facts", &c.facts);
    to->clusters = mem_reallocarray(to->clusters, to->clusters_len + 1, sizeof(*to->clusters));
    to->clusters[to->clusters_len++] = c;
}

static void read_cluster_file(struct reader *r, const char *path, struct fleet_source *to)
{
    struct document_file *f = read_documents(r, path, "Cluster");
    for (size_t i = 0; f && i < f->len; i++)
        if (!f->items[i].broken)
            read_cluster(r, path, &f->items[i], to);
    document_file_free(f);
}

/* ---- kind Fleet ---- */

static void read_files(struct reader *r, const struct fleet_file *f, const struct val *v, size_t i,
                       struct fleet_source *to)
{
    char *full = kube_file_resolve(f->dir, v->as.s), path[64];
    glob_t found = {0};
    int rc = glob(full, 0, NULL, &found);
    snprintf(path, sizeof(path), ".spec.inventory[%zu].files", i);
    if (rc)
        problem(r, f->path, v, rc == GLOB_NOMATCH ? ERR_NOT_FOUND : ERR_IO, path,
                rc == GLOB_NOMATCH ? "no file matches %.200s" : "cannot list %.200s", v->as.s);
    for (size_t k = 0; !rc && k < found.gl_pathc; k++)
        read_cluster_file(r, found.gl_pathv[k], to);
    globfree(&found);
    mem_free(full);
}

static struct fleet_source *add_source(struct fleet_file *f)
{
    f->sources = mem_reallocarray(f->sources, f->sources_len + 1, sizeof(*f->sources));
    f->sources[f->sources_len] = (struct fleet_source){0};
    return &f->sources[f->sources_len++];
}

static void read_inventory(struct reader *r, const struct val *list, struct fleet_file *f)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *item = val_item(list, i), *files = val_get(item, "files");
        const struct val *kubeconfig = val_get(item, "kubeconfig");
        const struct val *contexts = val_get(kubeconfig, "contexts");
        struct fleet_source *s = add_source(f);
        s->files = files != NULL;
        for (size_t k = 0; k < val_count(contexts); k++)
            kube_string_list_add(&s->contexts, val_item(contexts, k)->as.s);
        read_labels(r, f->path, val_get(kubeconfig, "labels"), ".spec.inventory", &s->labels);
        if (files)
            read_files(r, f, files, i, s);
    }
}

static void read_protect(struct reader *r, const struct val *list, struct fleet_file *f)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *item = val_item(list, i);
        f->protect = mem_reallocarray(f->protect, f->protect_len + 1, sizeof(*f->protect));
        struct fleet_protect *p = &f->protect[f->protect_len++];
        *p = (struct fleet_protect){
            .read_only = val_bool(val_get(item, "readOnly"), false),
            .typed_confirmation = val_bool(val_get(item, "typedConfirmation"), false),
        };
        read_labels(r, f->path, val_get(item, "selector"), ".spec.protect", &p->selector);
    }
}

static void read_catalogs(const struct val *list, struct fleet_file *f)
{
    char *usual = kube_file_resolve(f->dir, "catalog");
    f->catalogs = mem_calloc(val_count(list) + 1, sizeof(*f->catalogs));
    for (size_t i = 0; i < val_count(list); i++)
        f->catalogs[f->catalogs_len++] = kube_file_resolve(f->dir, val_item(list, i)->as.s);
    if (!list && catalog_is_folder(usual))
        f->catalogs[f->catalogs_len++] = mem_strdup(usual);
    mem_free(usual);
}

/* A file that is named: ~ is the home folder, all else is relative to leeway.yaml. */
static char *named_file(const struct reader *r, const struct fleet_file *f, const struct val *path)
{
    return r->home && strncmp(path->as.s, "~/", 2) == 0 ? kube_file_resolve(r->home, path->as.s + 2)
                                                        : kube_file_resolve(f->dir, path->as.s);
}

static void read_approvals(struct reader *r, const struct val *v, struct fleet_file *f)
{
    const struct val *signers = val_get(v, "signers"), *required = val_get(v, "required");
    if (!v)
        return;
    f->approvals.signers = signers ? named_file(r, f, signers) : NULL;
    f->approvals.required = (unsigned)val_int(required, 1);
    f->approvals.nobody = !f->approvals.required;
    if (!signers && f->approvals.required && required)
        problem(r, f->path, required, ERR_INVALID, ".spec.approvals.required",
                "nobody can approve while no signers are named (signers: an allowed_signers file)");
}

static void read_fleet(struct reader *r, const struct document *d, struct fleet_file *f)
{
    const struct val *path = val_at(d->spec, "store", "sqlite", "path", NULL);
    f->name = read_name(r, f->path, val_get(d->metadata, "name"), ".metadata.name");
    f->uid = read_name(r, f->path, val_get(d->metadata, "uid"), ".metadata.uid");
    read_inventory(r, val_get(d->spec, "inventory"), f);
    read_protect(r, val_get(d->spec, "protect"), f);
    read_catalogs(val_get(d->spec, "catalogs"), f);
    read_approvals(r, val_get(d->spec, "approvals"), f);
    if (path)
        f->store_path = named_file(r, f, path);
}

static void read_fleet_file(struct reader *r, struct fleet_file *out)
{
    size_t before = r->problems->len;
    struct document_file *f = read_documents(r, out->path, "Fleet");
    if (f && f->len > 1)
        problem(r, out->path, f->items[1].value, ERR_INVALID, "",
                "one document of kind Fleet is needed, here begins another");
    else if (f && f->len && !f->items[0].broken)
        read_fleet(r, &f->items[0], out);
    else if (f && r->problems->len == before)
        problem(r, out->path, NULL, ERR_INVALID, "",
                "the file is empty, one document of kind Fleet is needed");
    document_file_free(f);
}

int fleet_file_load(const char *path, const char *home, struct fleet_file *out,
                    struct fleet_problems *problems)
{
    *out = (struct fleet_file){0};
    if (!path) {
        out->name = mem_strdup("default");
        add_source(out);
        return 0;
    }
    size_t before = problems->len;
    struct catalog_kinds *kinds = catalog_kinds_new();
    struct reader r = {kinds, home, problems};
    out->path = mem_strdup(path);
    out->dir = kube_file_dir(path);
    read_fleet_file(&r, out);
    catalog_kinds_free(kinds);
    if (problems->len > before) {
        int code = problems->items[before].code;
        fleet_file_clear(out);
        return code;
    }
    if (!out->sources_len)
        add_source(out);
    return 0;
}

void fleet_file_clear(struct fleet_file *f)
{
    mem_free(f->path);
    mem_free(f->dir);
    mem_free(f->name);
    mem_free(f->uid);
    mem_free(f->store_path);
    mem_free(f->approvals.signers);
    for (size_t i = 0; i < f->catalogs_len; i++)
        mem_free(f->catalogs[i]);
    mem_free(f->catalogs);
    for (size_t i = 0; i < f->sources_len; i++) {
        struct fleet_source *s = &f->sources[i];
        kube_string_list_clear(&s->contexts);
        labels_clear(&s->labels);
        for (size_t k = 0; k < s->clusters_len; k++)
            cluster_file_clear(&s->clusters[k]);
        mem_free(s->clusters);
    }
    mem_free(f->sources);
    for (size_t i = 0; i < f->protect_len; i++)
        labels_clear(&f->protect[i].selector);
    mem_free(f->protect);
    *f = (struct fleet_file){0};
}
