// SPDX-License-Identifier: Apache-2.0
/*
 * leeway.yaml (kind Fleet) and the Cluster files it names, as plain data, and which clusters come
 * of them for a kubeconfig. Every problem of a file is reported at once, "path: message" with file,
 * line and column; keys that nothing reads are refused by name. One thread at a time.
 */
#ifndef LEEWAY_ENGINE_FLEET_FILE_H
#define LEEWAY_ENGINE_FLEET_FILE_H

#include "base/err.h"
#include "engine/fleet/selector.h"
#include "kube/kubeconfig.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet_problems {
    struct err *items;
    size_t len, cap;
};
void fleet_problems_clear(struct fleet_problems *p);

struct fleet_cluster_file { /* kind Cluster */
    char *name;
    struct labels labels;
    char *context;      /* of the kubeconfig */
    char *distribution; /* NULL: detected */
    struct labels facts;
    char *path;
    uint32_t line;
    uint32_t context_line, context_col;
};

struct fleet_source {
    /* Contexts by pattern (kubeconfig.h), or the Cluster files that a pattern named. */
    bool files;
    struct kube_string_list contexts;
    struct labels labels; /* given to all of them */
    struct fleet_cluster_file *clusters;
    size_t clusters_len;
};

struct fleet_protect {
    struct labels selector; /* empty: every cluster */
    bool read_only;
    bool typed_confirmation;
};

/* What has to be approved, and by whom. All zeros: nothing was said. */
struct fleet_approvals {
    char *signers;     /* an allowed_signers file, absolute; NULL: what was used first is trusted */
    unsigned required; /* different people; 0 with nobody */
    bool nobody;       /* required: 0 was said */
};

struct fleet_file {
    char *path; /* NULL: there is no file, all contexts are the fleet */
    char *dir;
    char *name; /* "default" without a file */
    char *uid;  /* or NULL */
    struct fleet_source *sources;
    size_t sources_len;
    struct fleet_protect *protect;
    size_t protect_len;
    char *store_path; /* spec.store.sqlite.path, absolute; NULL: the default place */
    char **catalogs;  /* folders, absolute; the one beside the file when none is named */
    size_t catalogs_len;
    struct fleet_approvals approvals;
};

/* path NULL: no file. home stands for ~ (NULL: not replaced). 0, or the first problem's code; then
 * *out is empty and problems say everything. */
int fleet_file_load(const char *path, const char *home, struct fleet_file *out,
                    struct fleet_problems *problems) ERR_CHECKED;
void fleet_file_clear(struct fleet_file *f);

struct fleet_cluster {
    char *name;
    char *context;
    char *distribution; /* NULL: detected */
    struct labels labels, facts;
    bool read_only, typed_confirmation; /* of all matching protect rules together */
    char *origin;                       /* file that defines it here: the Cluster file or NULL */
    uint32_t origin_line;
};

struct fleet_clusters {
    struct fleet_cluster *items;
    size_t len, cap;
};

/* The clusters of a fleet, in the order of its inventory. A context that several sources name is
 * one cluster: labels add up, a Cluster file names it and has the last word. Cluster files whose
 * context does not exist and names used twice become problems; the rest is there. */
void fleet_file_clusters(const struct fleet_file *f, const struct kubeconfig *kc,
                         struct fleet_clusters *out, struct fleet_problems *problems);
void fleet_clusters_clear(struct fleet_clusters *c);

#endif
