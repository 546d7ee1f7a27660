// SPDX-License-Identifier: Apache-2.0
/*
 * The clusters that this run is about: leeway.yaml where there is one, else the contexts of the
 * kubeconfig, less what the options leave out. Read once, before anything is contacted. Owned by
 * the engine; immutable afterwards.
 */
#ifndef LEEWAY_ENGINE_INVENTORY_H
#define LEEWAY_ENGINE_INVENTORY_H

#include "base/vec.h"
#include "engine/fleet/fleet_file.h"
#include "kube/access.h"
#include "leeway/leeway.h"

struct inventory_entry {
    char *name;         /* of the cluster, unique in the inventory */
    char *context;      /* of the kubeconfig */
    char *distribution; /* said by a file; NULL: detected */
    struct labels labels, facts;
    bool protected_, read_only;
    struct kube_access access; /* may carry a problem that blocks */
};

struct inventory_source { /* where clusters were looked for, and what was there */
    char *place, *finding;
};

struct inventory {
    char *name;           /* of the fleet; safe as the name of a file */
    char *file;           /* leeway.yaml, absolute; NULL: none */
    char *uid;            /* metadata.uid of it; NULL: the store's */
    char *store_path;     /* said by the file; NULL: the default */
    VEC(char *) catalogs; /* folders, absolute */
    struct fleet_approvals approvals;
    VEC(struct inventory_entry *) entries;
    VEC(struct inventory_source) sources;
    VEC(struct err) problems; /* that left something out; each with its source */
};

/* NULL and *e when the options or leeway.yaml are wrong: an inventory without clusters is none of
 * these. *e holds the first problem, with how many more. */
struct inventory *inventory_load(const struct leeway_options *o, struct err *e);
/* Which one it is, from 0. */
size_t inventory_place(const struct inventory *v, const struct inventory_entry *entry);
void inventory_free(struct inventory *v); /* NULL is fine; overwrites secrets */

#endif
