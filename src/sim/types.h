// SPDX-License-Identifier: Apache-2.0
/*
 * The types of the built-in kinds: what a server's Go structs and its OpenAPI say together. An
 * object that was read through its type looks as the server would write it: fields in their order,
 * unknown ones gone, zero values dropped where the type drops them, quantities and times in their
 * canonical form, defaults filled in.
 */
#ifndef LEEWAY_SIM_TYPES_H
#define LEEWAY_SIM_TYPES_H

#include "base/vec.h"
#include "schema/typed.h"

struct sim_struct;

enum sim_type_form { /* as the letters of types.txt */
                     SIM_STRING = 's',
                     SIM_INTEGER = 'n',
                     SIM_BOOL = 'b',
                     SIM_FLOAT = 'f',
                     SIM_QUANTITY = 'q',
                     SIM_INT_OR_STRING = 'i',
                     SIM_TIME = 't',
                     SIM_MICRO_TIME = 'm',
                     SIM_BYTES = 'y', /* base64 */
                     SIM_ANY = 'a',
                     SIM_STRUCT = '@',
                     SIM_LIST = '*', /* atomic */
                     SIM_SET = '=',
                     SIM_LIST_MAP = '(', /* (key,key)item */
                     SIM_MAP = '%',
};

struct sim_type {
    char form;                   /* enum sim_type_form */
    const struct sim_struct *of; /* SIM_STRUCT */
    const struct sim_type *item; /* of lists and maps */
    const struct typed_atom *typed;
};

struct sim_field {
    const char *name;
    size_t len;
    const struct sim_type *type;
    bool pointer; /* nothing and zero differ */
    bool always;  /* written also when there is nothing */
};

struct sim_struct {
    const char *name; /* "apps.v1.DeploymentSpec" */
    struct sim_field *fields;
    size_t n;
    struct typed_atom typed;
    const struct sim_default *defaults; /* first of its rows, or NULL */
    size_t n_defaults;
};

struct sim_kind;
struct sim_types;
struct sim_types *sim_types_new(void);
void sim_types_free(struct sim_types *t);
const struct sim_struct *sim_types_find(const struct sim_types *t, const char *name); /* or NULL */

/* Of the objects of a kind; NULL when the table does not have it. */
const struct sim_struct *sim_kind_type(const struct sim_types *t, const struct sim_kind *k);

/* What a read finds wrong. */
struct sim_reading {
    struct val_pool *pool;
    bool defaults;       /* fill them in */
    bool applied;        /* what an apply made: nulls without a default stay, in made kinds */
    VEC(char *) unknown; /* paths of fields that the type does not have, owned */
    char wrong[400];     /* a value of the wrong type; "" when there is none */
    bool over;           /* past the pool's limit */
};
void sim_reading_clear(struct sim_reading *r);
struct sim_place { /* where a reading is, for messages */
    const struct sim_place *up;
    const char *field; /* NULL: the index */
    uint32_t index;
};
void sim_reading_unknown(struct sim_reading *r, const struct sim_place *at); /* notes it */
/* v as an object of the type; NULL when r->wrong is set or r->over. */
const struct val *sim_types_read(struct sim_reading *r, const struct sim_struct *s,
                                 const struct val *v);

/* strategic.c: v with a strategic merge patch over it. NULL and *e (ERR_INVALID) when the patch is
 * none, or past the pool's limit. */
const struct val *sim_strategic_merge(struct val_pool *p, const struct sim_struct *s,
                                      const struct val *v, const struct val *patch, struct err *e);

/* quantity.c: canonical form, with milli rounded up to thousandths; false when it is none. out has
 * room for 64 bytes. */
/* 0 also where one is no quantity. */
int sim_quantity_compare(const char *a, const char *b);
bool sim_quantity_canonical(const char *s, size_t len, bool milli, char *out);

/* default.c */
struct sim_default {
    const char *of, *field;
    const char *json;
};
extern const struct sim_default sim_defaults[]; /* sorted by struct */
extern const size_t sim_defaults_len;
/* The fields of a struct that was read, with what is not given filled in. */
const struct val *sim_default_struct(struct sim_reading *r, const struct sim_struct *s,
                                     const struct val *v);

#endif
