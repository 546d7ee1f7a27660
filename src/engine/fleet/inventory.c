// SPDX-License-Identifier: Apache-2.0
#include "engine/fleet/inventory.h"

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "engine/fleet/fleet_file.h"
#include "kube/kubeconfig.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct load {
    const struct leeway_options *o;
    struct inventory *v;
    struct fleet_file file;
    struct kubeconfig *kc;
    struct fleet_clusters clusters;
    struct fleet_problems problems;
    struct selector selector;
};

static void add_source(struct inventory *v, const char *place, const char *finding)
{
    struct inventory_source s = {mem_strdup(place), mem_strdup(finding)};
    vec_push(&v->sources, s);
}

/* ---- leeway.yaml ---- */

static int fail_with_problems(struct load *l, struct err *e)
{
    if (!l->problems.len)
        return err_set(e, ERR_INVALID, "the fleet's file cannot be used");
    err_move(e, &l->problems.items[0]);
    if (l->problems.len > 1)
        err_hint(e, "%zu more in it; leeway doctor --offline lists them all", l->problems.len - 1);
    return e->code;
}

static int load_file(struct load *l, struct err *e)
{
    const char *path = l->o->fleet_file;
    char here[PATH_MAX] = "", *found = NULL;
    if (!getcwd(here, sizeof(here)))
        here[0] = 0;
    if (path) {
        found = mem_strdup(path);
    } else if (here[0] && !l->o->simulated) {
        char *place = mem_printf("leeway.yaml in %s", here);
        if (access("leeway.yaml", F_OK) == 0) {
            found = mem_printf("%s/leeway.yaml", here);
            add_source(l->v, place, "read");
        } else {
            add_source(l->v, place, errno == ENOENT ? "no such file" : strerror(errno));
        }
        mem_free(place);
    }
    int rc = fleet_file_load(found, getenv("HOME"), &l->file, &l->problems);
    mem_free(found);
    if (rc)
        return fail_with_problems(l, e);
    return 0;
}

/* ---- the fleet's name ---- */

/* A fleet without a file is named after its kubeconfig. */
static char *name_of_kubeconfig(const struct kubeconfig *kc)
{
    for (size_t i = 0; i < kubeconfig_source_count(kc); i++) {
        const struct kubeconfig_source *s = kubeconfig_source_at(kc, i);
        if (s->found != KUBECONFIG_READ || !s->path || !s->contexts)
            continue;
        const char *slash = strrchr(s->path, '/');
        return mem_strdup(slash ? slash + 1 : s->path);
    }
    return mem_strdup("default");
}

/* It names the store's file too. */
static void make_safe(char *name)
{
    for (char *c = name; *c; c++)
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              *c == '_' || *c == '-' || (*c == '.' && c != name)))
            *c = '-';
    if (strlen(name) > 64)
        name[64] = 0;
}

/* ---- entries ---- */

static bool is_chosen(const struct load *l, const struct fleet_cluster *c)
{
    if (l->o->contexts) {
        size_t n = 0;
        while (l->o->contexts[n])
            n++;
        if (n && !kubeconfig_selected(c->name, l->o->contexts, n) &&
            (strcmp(c->name, c->context) == 0 ||
             !kubeconfig_selected(c->context, l->o->contexts, n)))
            return false;
    }
    return selector_match(&l->selector, &c->labels);
}

static void add_entry(struct load *l, const struct fleet_cluster *c)
{
    struct inventory_entry *x = mem_new(struct inventory_entry);
    struct err e = ERR_INIT;
    if (kubeconfig_access(l->kc, c->context, &x->access, &e))
        kube_access_add_problem(&x->access, &e, true);
    err_clear(&e);
    x->name = mem_strdup(c->name);
    x->context = mem_strdup(c->context);
    x->distribution = c->distribution ? mem_strdup(c->distribution) : NULL;
    labels_copy(&x->labels, &c->labels);
    labels_copy(&x->facts, &c->facts);
    x->protected_ = c->typed_confirmation;
    x->read_only = c->read_only;
    vec_push(&l->v->entries, x);
}

/* A name that was asked for and is not there is a mistake, not an empty fleet. */
static int check_contexts(const struct load *l, struct err *e)
{
    for (size_t i = 0; l->o->contexts && l->o->contexts[i]; i++) {
        const char *want = l->o->contexts[i];
        bool found = want[0] == '!';
        for (size_t k = 0; k < l->clusters.len && !found; k++)
            found = kubeconfig_glob(want, l->clusters.items[k].name) ||
                    kubeconfig_glob(want, l->clusters.items[k].context);
        if (!found) {
            err_set(e, ERR_NOT_FOUND, "there is no cluster or context %s", want);
            err_hint(e, "leeway get clusters -o name lists them; the fleet has %zu",
                     l->clusters.len);
            return e->code;
        }
    }
    return 0;
}

static void keep_problems(struct load *l)
{
    for (size_t i = 0; i < l->problems.len; i++) {
        struct err e = ERR_INIT;
        err_move(&e, &l->problems.items[i]);
        vec_push(&l->v->problems, e);
    }
    l->problems.len = 0;
    for (size_t i = 0; i < kubeconfig_source_count(l->kc); i++) {
        const struct kubeconfig_source *s = kubeconfig_source_at(l->kc, i);
        char *words = kubeconfig_source_words(s);
        char *place = s->path && strcmp(s->place, "home") == 0 ? mem_strdup(s->path)
                      : s->path ? mem_printf("%s: %s", s->place, s->path)
                                : mem_strdup(s->place);
        add_source(l->v, place, words);
        mem_free(place);
        mem_free(words);
        for (size_t k = 0; k < s->problems_len; k++) {
            struct err e = ERR_INIT;
            err_copy(&e, &s->problems[k].err);
            vec_push(&l->v->problems, e);
        }
        if (s->found == KUBECONFIG_BROKEN) {
            struct err e = ERR_INIT;
            err_copy(&e, &s->problem);
            vec_push(&l->v->problems, e);
        }
    }
}

static int load_all(struct load *l, struct err *e)
{
    if (l->o->selector && selector_parse(l->o->selector, &l->selector, e))
        return e->code;
    if (load_file(l, e))
        return e->code;
    struct err ignored = ERR_INIT; /* no kubeconfig at all: the sources say so */
    struct kubeconfig_options ko = {.path = l->o->kubeconfig};
    l->kc = kubeconfig_load(&ko, &ignored);
    bool broken = l->o->kubeconfig && ignored.code && !kubeconfig_context_count(l->kc);
    if (broken) /* asked for by name: nothing else can be meant */
        err_move(e, &ignored);
    err_clear(&ignored);
    if (broken)
        return e->code;
    fleet_file_clusters(&l->file, l->kc, &l->clusters, &l->problems);
    keep_problems(l);
    if (check_contexts(l, e))
        return e->code;
    for (size_t i = 0; i < l->clusters.len; i++)
        if (is_chosen(l, &l->clusters.items[i]))
            add_entry(l, &l->clusters.items[i]);
    l->v->name = l->file.path ? mem_strdup(l->file.name) : name_of_kubeconfig(l->kc);
    make_safe(l->v->name);
    l->v->file = l->file.path ? mem_strdup(l->file.path) : NULL;
    l->v->uid = l->file.uid ? mem_strdup(l->file.uid) : NULL;
    l->v->store_path = l->file.store_path ? mem_strdup(l->file.store_path) : NULL;
    for (size_t i = 0; i < l->file.catalogs_len; i++)
        vec_push(&l->v->catalogs, mem_strdup(l->file.catalogs[i]));
    l->v->approvals = l->file.approvals;
    l->file.approvals.signers = NULL;
    return 0;
}

struct inventory *inventory_load(const struct leeway_options *o, struct err *e)
{
    struct load l = {.o = o, .v = mem_new(struct inventory)};
    if (load_all(&l, e)) {
        inventory_free(l.v);
        l.v = NULL;
    }
    fleet_clusters_clear(&l.clusters);
    fleet_problems_clear(&l.problems);
    fleet_file_clear(&l.file);
    selector_clear(&l.selector);
    if (l.kc)
        kubeconfig_free(l.kc);
    return l.v;
}

size_t inventory_place(const struct inventory *v, const struct inventory_entry *entry)
{
    size_t i = 0;
    while (i < v->entries.len && v->entries.items[i] != entry)
        i++;
    return i;
}

void inventory_free(struct inventory *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->entries.len; i++) {
        struct inventory_entry *x = v->entries.items[i];
        kube_access_clear(&x->access);
        labels_clear(&x->labels);
        labels_clear(&x->facts);
        mem_free(x->name);
        mem_free(x->context);
        mem_free(x->distribution);
        mem_free(x);
    }
    for (size_t i = 0; i < v->sources.len; i++) {
        mem_free(v->sources.items[i].place);
        mem_free(v->sources.items[i].finding);
    }
    for (size_t i = 0; i < v->problems.len; i++)
        err_clear(&v->problems.items[i]);
    for (size_t i = 0; i < v->catalogs.len; i++)
        mem_free(v->catalogs.items[i]);
    vec_clear(&v->catalogs);
    vec_clear(&v->entries);
    vec_clear(&v->sources);
    vec_clear(&v->problems);
    mem_free(v->name);
    mem_free(v->file);
    mem_free(v->uid);
    mem_free(v->store_path);
    mem_free(v->approvals.signers);
    mem_free(v);
}
