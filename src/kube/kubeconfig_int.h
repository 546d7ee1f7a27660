// SPDX-License-Identifier: Apache-2.0
/* Shared by the kubeconfig_*.c files. */
#ifndef LEEWAY_KUBE_KUBECONFIG_INT_H
#define LEEWAY_KUBE_KUBECONFIG_INT_H

#include "base/hash.h"
#include "base/vec.h"
#include "data/val.h"
#include "kube/kubeconfig.h"

struct kubeconfig_file {
    char *path;
    char *dir;
    struct val_pool pool;
    const struct val *root; /* NULL: not read */
    size_t source;          /* index of its kubeconfig_source */
};

enum kubeconfig_section { SECTION_CLUSTERS, SECTION_USERS, SECTION_CONTEXTS, SECTION_COUNT };

extern const struct kubeconfig_section_info {
    const char *list; /* "clusters" */
    const char *one;  /* "cluster" */
} kubeconfig_sections[SECTION_COUNT];

/* A named entry; the first file that defines it wins. */
struct kubeconfig_entry {
    const char *name;       /* borrowed from the file's pool */
    const struct val *body; /* map, or NULL: there is none or it is of another type */
    const struct kubeconfig_file *file;
    uint32_t line, col;
    struct err problem; /* blocks whatever uses the entry: duplicate name, not a map */
    struct err note;    /* does not */
};

struct kubeconfig {
    VEC(struct kubeconfig_file *) files;
    VEC(struct kubeconfig_source) sources;
    VEC(struct kubeconfig_entry *) entries[SECTION_COUNT]; /* in order */
    struct strmap by_name[SECTION_COUNT];                  /* name → entry */
    char *current;
    kube_getenv_fn *env;
    void *env_ctx;
    struct kube_access *pod; /* the only context when no file has one and we run in a pod */
};

/* Reads one file into kc: a new source and, when it parses, its entries. */
void kubeconfig_load_file(struct kubeconfig *kc, const char *place, const char *path,
                          size_t max_bytes);
struct kubeconfig_source *kubeconfig_add_source(struct kubeconfig *kc, const char *place,
                                                const char *path, enum kubeconfig_found found);
/* Takes *e. */
void kubeconfig_source_note(struct kubeconfig_source *s, struct err *e, bool blocks);
/* Overwrites every string below v; the pool is freed right after. */
void kubeconfig_wipe(const struct val *v);

#endif
