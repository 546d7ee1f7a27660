// SPDX-License-Identifier: Apache-2.0
/* From a fleet file and a kubeconfig to the list of clusters. */
#include "engine/fleet/fleet_file.h"

#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

#include <string.h>

/* Clusters by context and by name, as index + 1 in the list. */
struct index {
    struct strmap by_context, by_name;
};

static void *place(size_t i)
{
    return (void *)(uintptr_t)(i + 1);
}

static struct fleet_cluster *at(struct fleet_clusters *out, void *where)
{
    return where ? &out->items[(uintptr_t)where - 1] : NULL;
}

static struct fleet_cluster *add(struct fleet_clusters *out, struct index *ix, const char *name,
                                 const char *context)
{
    struct fleet_cluster c = {.name = mem_strdup(name), .context = mem_strdup(context)};
    vec_push(out, c);
    strmap_set(&ix->by_context, context, place(out->len - 1));
    strmap_set(&ix->by_name, name, place(out->len - 1));
    return &out->items[out->len - 1];
}

static void add_contexts(const struct fleet_source *s, const struct kubeconfig *kc,
                         struct fleet_clusters *out, struct index *ix)
{
    struct kube_string_list names = {0};
    kubeconfig_select(kc, (const char *const *)s->contexts.items, s->contexts.len, &names);
    for (size_t i = 0; i < names.len; i++) {
        struct fleet_cluster *c = at(out, strmap_get(&ix->by_context, names.items[i]));
        /* A Cluster file may have given this name to another context: the context keeps out. */
        if (!c && !strmap_has(&ix->by_name, names.items[i]))
            c = add(out, ix, names.items[i], names.items[i]);
        for (size_t k = 0; c && k < s->labels.len; k++)
            if (!labels_get(&c->labels, s->labels.items[k].key))
                labels_set(&c->labels, s->labels.items[k].key, s->labels.items[k].value);
    }
    kube_string_list_clear(&names);
}

static bool context_exists(const struct kubeconfig *kc, const char *name)
{
    struct kubeconfig_context c;
    for (size_t i = 0; i < kubeconfig_context_count(kc); i++) {
        kubeconfig_context_at(kc, i, &c);
        if (strcmp(c.name, name) == 0)
            return true;
    }
    return false;
}

static void say(struct fleet_problems *problems, const struct fleet_cluster_file *f, uint32_t line,
                uint32_t col, struct err *e)
{
    err_at(e, f->path, line, col);
    vec_push(problems, *e);
}

static void add_file(const struct fleet_cluster_file *f, const struct kubeconfig *kc,
                     struct fleet_clusters *out, struct index *ix, struct fleet_problems *problems)
{
    struct err e = ERR_INIT;
    struct fleet_cluster *c = at(out, strmap_get(&ix->by_context, f->context));
    struct fleet_cluster *same_name = at(out, strmap_get(&ix->by_name, f->name));
    if (!context_exists(kc, f->context)) {
        err_set(&e, ERR_NOT_FOUND, ".spec.kubeconfig.context: context \"%s\" does not exist",
                f->context);
        say(problems, f, f->context_line, f->context_col, &e);
        return;
    }
    if ((same_name && same_name != c) || (c && c->origin)) {
        const struct fleet_cluster *other = c && c->origin ? c : same_name;
        err_set(&e, ERR_EXISTS,
                ".metadata.name: cluster \"%s\" (context \"%s\") is there already, "
                "from %s",
                other->name, other->context, other->origin ? other->origin : "the kubeconfig");
        say(problems, f, f->line, 1, &e);
        return;
    }
    if (!c) {
        c = add(out, ix, f->name, f->context);
    } else if (strcmp(c->name, f->name) != 0) {
        void *where = strmap_remove(&ix->by_name, c->name);
        mem_free(c->name);
        c->name = mem_strdup(f->name);
        strmap_set(&ix->by_name, f->name, where);
    }
    for (size_t i = 0; i < f->labels.len; i++)
        labels_set(&c->labels, f->labels.items[i].key, f->labels.items[i].value);
    labels_copy(&c->facts, &f->facts);
    c->distribution = f->distribution ? mem_strdup(f->distribution) : NULL;
    c->origin = mem_strdup(f->path);
    c->origin_line = f->line;
}

void fleet_file_clusters(const struct fleet_file *f, const struct kubeconfig *kc,
                         struct fleet_clusters *out, struct fleet_problems *problems)
{
    struct index ix = {0};
    *out = (struct fleet_clusters){0};
    for (size_t i = 0; i < f->sources_len; i++) {
        const struct fleet_source *s = &f->sources[i];
        if (!s->files)
            add_contexts(s, kc, out, &ix);
        for (size_t k = 0; k < s->clusters_len; k++)
            add_file(&s->clusters[k], kc, out, &ix, problems);
    }
    for (size_t i = 0; i < out->len; i++)
        for (size_t k = 0; k < f->protect_len; k++)
            if (labels_match(&out->items[i].labels, &f->protect[k].selector)) {
                out->items[i].read_only |= f->protect[k].read_only;
                out->items[i].typed_confirmation |= f->protect[k].typed_confirmation;
            }
    strmap_clear(&ix.by_context);
    strmap_clear(&ix.by_name);
}

void fleet_clusters_clear(struct fleet_clusters *c)
{
    for (size_t i = 0; i < c->len; i++) {
        mem_free(c->items[i].name);
        mem_free(c->items[i].context);
        mem_free(c->items[i].distribution);
        mem_free(c->items[i].origin);
        labels_clear(&c->items[i].labels);
        labels_clear(&c->items[i].facts);
    }
    vec_clear(c);
}
