// SPDX-License-Identifier: Apache-2.0
/*
 * One object of one cluster, fetched because somebody looks at it: its fields with wanted, given,
 * live and all owners. Immutable, reference-counted. Any thread.
 */
#ifndef LEEWAY_OBJECT_H
#define LEEWAY_OBJECT_H

#include "leeway/snapshot.h"

struct leeway_object_field {
    struct text path;                /* server notation */
    uint32_t depth;                  /* of the path, for a tree */
    struct text wanted, given, live; /* "=" same as on the left, "-" not there, "?" nobody can say,
                                        secrets masked */
    bool differs;                    /* live is not as given */
    bool pending;                    /* wanted is not what was given: a plan would carry it over */
    bool atomic;
    bool managed;                /* among what leeway gave */
    enum leeway_verdict verdict; /* when it differs */
    uint64_t drift_id;           /* 0: none */
    const struct leeway_owner *owners;
    size_t n_owners;
};

struct leeway_object_line { /* of the object as YAML */
    struct text text;
    int32_t owner;     /* index into owners of the object; -1: nobody, the server's default */
    uint32_t n_owners; /* of the field on this line */
    struct text path;
    bool noise; /* the server's own book-keeping: managedFields, uid, resourceVersion … */
};

struct leeway_object {
    struct text cluster, api_version, object_kind, namespace_, name, uid, resource_version;
    struct text environment; /* empty: leeway gave nothing here */
    struct text wanted_by;   /* what makes it wanted: blueprint, module, file and line */
    struct text wanted_why;  /* not empty: what is wanted could not be found out, and why */
    struct text health, health_reason;
    int64_t fetched_ms, created_ms;
    const struct leeway_object_field *fields; /* given fields and what others own beside them */
    size_t n_fields;
    const struct leeway_object_line *lines;
    size_t n_lines;
    const struct leeway_owner *owners; /* entries of managedFields */
    size_t n_owners;
    const struct leeway_label *facts; /* "labels", "owned by", "containers" and their words */
    size_t n_facts;
    const struct leeway_condition *conditions; /* of its status, as it has them */
    size_t n_conditions;
    const struct text *containers; /* of a pod: those that run, then init and ephemeral ones */
    size_t n_containers;
};

struct leeway_object *leeway_object_ref(struct leeway_object *o);
void leeway_object_unref(struct leeway_object *o);
struct leeway_object *leeway_object_new(const struct leeway_object *o); /* deep copy */

#endif
