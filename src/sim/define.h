// SPDX-License-Identifier: Apache-2.0
/*
 * Kinds that definitions make (CustomResourceDefinitions). A definition is what the server has made
 * of one: its versions as kinds, its schemas ready for use, its objects. A cluster without any has
 * none of this. Definitions are counted: by the cluster, and by each of their objects, wherever it
 * is held. A kind keeps its address when its definition changes; what it says is then another.
 */
#ifndef LEEWAY_SIM_DEFINE_H
#define LEEWAY_SIM_DEFINE_H

#include "schema/typed.h"
#include "schema/validate.h"
#include "sim/sim_int.h"
#include "sim/types.h"

struct sim_definition;

struct sim_made { /* one version of a definition */
    struct sim_kind kind;
    struct sim_definition *of;
    bool served;
    const struct schema *schema;
    struct schema_validator *validator;
    const struct typed_atom *typed;     /* what of its objects is owned how */
    const char *list_kind, *categories; /* blank-separated */
    /* Of the scale subresource: ".spec.count"; selector may be NULL. */
    const char *replicas, *status_replicas, *selector;
};

struct sim_definition {
    struct sim_definition *next;
    uint32_t refs;
    char uid[40];
    const struct sim_types *types; /* of the built-in kinds; borrowed */
    struct val_pool *pool;         /* of what it says now */
    int64_t generation;            /* of the object it was made from */
    bool established, going;
    VEC(struct sim_made *) kinds;
    const struct sim_made *stored; /* the version in which its objects are kept */
    sim_object_vec objects;
};

struct sim_definitions { /* of a cluster */
    struct sim_definition *first;
    bool stale; /* something was written that they have to follow */
};

/* ---- define.c ---- */

/* Something was written: by store.c. */
void sim_define_tell(struct sim_cluster *c, const struct sim_event *ev);
/* The controllers of the API server: names, conditions, kinds, the end of instances. */
void sim_define_tick(struct sim_cluster *c);
void sim_define_clear(struct sim_cluster *c);
void sim_definition_unref(struct sim_definition *d);
/* That kind of an established definition, or NULL. */
const struct sim_kind *sim_define_find(const struct sim_cluster *c, const char *group,
                                       const char *version, const char *plural);
/* The first one whose group and kind an apiVersion and a kind name, or NULL. */
const struct sim_kind *sim_define_named(const struct sim_cluster *c, const char *api,
                                        const char *kind);
/* Of another version of the same definition, "a.io/v1beta1"; or NULL. */
const struct sim_made *sim_made_version(const struct sim_made *m, const char *api);

/* ---- made.c: objects of such kinds ---- */

/* v as the server would keep it: with r->defaults those filled in, what the schema does not have
 * left out and noted in r, keys in order. NULL when r->wrong is set or r->over. */
const struct val *sim_made_read(struct sim_reading *r, const struct sim_made *m,
                                const struct val *v);
/* An object as one of that version of its definition; from another one it comes without defaults,
 * as a server converts it. */
const struct val *sim_made_show(struct val_pool *p, const struct sim_made *m, bool defaults,
                                const struct val *stored);
/* The value at ".spec.count"; NULL: there is none. */
const struct val *sim_made_at(const struct val *v, const char *path);
const struct val *sim_made_with(struct val_pool *p, const struct val *v, const char *path,
                                const struct val *value);

/* ---- columns_made.c ---- */

/* Columns as additionalPrinterColumns says, in p; ends with name NULL. NULL past the limit. */
const struct sim_column *sim_made_columns(struct val_pool *p, const struct val *printed);

/* ---- made_check.c ---- */

struct write_found;
void sim_made_check(struct write_found *f, const struct sim_made *m, const struct val *now,
                    const struct val *was);

/* ---- define_check.c ---- */

void sim_define_check(struct write_found *f, const struct val *now, const struct val *was);

#endif
