// SPDX-License-Identifier: Apache-2.0
/* What the files of the write side share: one request that writes. */
#ifndef LEEWAY_SIM_WRITE_INT_H
#define LEEWAY_SIM_WRITE_INT_H

#include "sim/sim_int.h"
#include "sim/ssa_fields.h"
#include "sim/types.h"

#define WRITE_STRATEGIC "application/strategic-merge-patch+json"

enum write_from { WRITE_FROM_BODY, WRITE_FROM_PATCH, WRITE_FROM_APPLY };
enum write_validation { WRITE_IGNORE, WRITE_WARN, WRITE_STRICT };

struct write {
    struct sim_cluster *c;
    const struct sim_target *t;
    const struct sim_query *q;
    const struct sim_request *rq;
    struct sim_reply *r;
    struct val_pool pool;
    bool dry;
    enum write_validation validation;
    char manager[130];
    char version[200];              /* apiVersion of the kind */
    const struct sim_struct *type;  /* of the kind; NULL: nothing is known of it */
    const struct typed_atom *typed; /* what of it is owned how; never NULL */
};

/* ---- write.c ---- */

const struct val *write_text(struct write *w, const char *s);
const struct val *write_integer(struct write *w, int64_t i);
const struct val *write_json(struct write *w, const char *s);
/* v with key, or without it when value is NULL; what is no map counts as an empty one. */
const struct val *write_with(struct write *w, const struct val *map, const char *key,
                             const struct val *value);
const struct val *write_with_meta(struct write *w, const struct val *o, const char *key,
                                  const struct val *value);
/* "deployments.apps" */
const char *write_kind_words(const struct write *w, char *room, size_t len);
void write_not_found(struct write *w);
void write_conflict(struct write *w, const char *why);
bool write_content_is(const struct write *w, const char *type);
/* NULL with the reply filled. */
const struct val *write_read_body(struct write *w);
/* Options of the request that are wrong: false, with the reply filled (422). */
bool write_invalid_option(struct write *w, const char *reason, const char *field, const char *text);
bool write_dry_run(struct write *w, const char *dry); /* may be NULL; "", "All" are right */
void write_answer(struct write *w, int status, const struct val *v, const struct sim_object *o);

/* ---- write_finish.c ---- */

/* Fills in what the kind of w->t says: version and types. */
void write_know_kind(struct write *w);
/* An object of the store, as the server reads it: with the defaults of today. */
const struct val *write_read_stored(struct write *w, const struct sim_object *o);
/* v through its type: unknown fields gone, defaults filled in. NULL with the reply filled: a value
 * of the wrong type, or an unknown field that the request wants to be told of. from: v is the body,
 * or what a patch or an apply made. */
const struct val *write_through_type(struct write *w, const struct val *v, enum write_from from);
struct sim_fields write_fields(struct write *w);
/* Puts now in the place of was (NULL: creates it), as far as a write of this subresource may, and
 * answers. tracked: now has its managedFields already. */
void write_finish(struct write *w, const struct val *now, const struct val *was,
                  struct sim_object *before, bool tracked);
/* The same without an answer to the client: true when it was done, or changes nothing. *out: the
 * object as it is, or would be in a dry run. */
bool write_put(struct write *w, const struct val *now, const struct val *was,
               struct sim_object *before, bool tracked, const struct val **out,
               struct sim_object **stored);

/* ---- validate.c ---- */

struct write_found { /* what is wrong with an object, as a server says it */
    struct write *w;
    struct buf texts;  /* "field: text", one after the other */
    struct buf causes; /* JSON */
    size_t n;
};
void write_found_init(struct write_found *f, struct write *w);
/* Ends it: false when there was something, with the reply filled (422). */
bool write_found_none(struct write_found *f, const char *name);
void write_wrong(struct write_found *f, const char *reason, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
void write_wrong_value(struct write_found *f, const char *field, const struct val *v,
                       const char *why);
void write_missing(struct write_found *f, const char *field, const char *why);
/* Checks of kinds that have a file of their own (validate_rbac.c); WAS is NULL when it is made. */
void write_check_role(struct write_found *f, const struct val *now, const struct val *was);
void write_check_binding(struct write_found *f, const struct val *now, const struct val *was);

/* False with the reply filled (422). was NULL: it is created. */
bool write_validate(struct write *w, const struct val *now, const struct val *was);

/* ---- write_scale.c ---- */

void write_scale(struct write *w, struct sim_object *o);

/* ---- write_delete.c ---- */

void write_delete(struct write *w);

#endif
