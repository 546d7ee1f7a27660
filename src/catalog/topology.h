// SPDX-License-Identifier: Apache-2.0
/*
 * Which nodes of the built-in kinds have one owner as a whole, and by which fields the items of
 * their lists are told apart: what a field contract's path can point at. A part of an atomic node
 * cannot be owned apart from the rest. What the table does not know counts as granular. Any thread.
 *
 * Source: the API's OpenAPI (x-kubernetes-list-type, -map-type, -list-map-keys), Kubernetes 1.36.
 */
#ifndef LEEWAY_CATALOG_TOPOLOGY_H
#define LEEWAY_CATALOG_TOPOLOGY_H

#include "data/path.h"

enum topology_fault {
    TOPOLOGY_FINE,
    TOPOLOGY_ATOMIC, /* the path goes on below an atomic node */
    TOPOLOGY_INDEX,  /* an item of a keyed list by its index */
    TOPOLOGY_KEYS,   /* an item by fields that are not the list's keys */
};

struct topology_answer {
    enum topology_fault fault;
    size_t at;        /* elements of the path up to and with the node in question */
    const char *what; /* "list", "map" */
    const char *keys; /* of a keyed list: "name", "containerPort,protocol" */
};

/* group "" is the core group. */
struct topology_answer topology_check(const char *group, const char *kind, struct path path);

#endif
