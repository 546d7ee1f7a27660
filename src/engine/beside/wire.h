// SPDX-License-Identifier: Apache-2.0
/*
 * The structs of the public API as JSON values and back, by tables: what a follower (follower.c)
 * sees of the process that writes the store. Members that are zero, empty or false are left out.
 * Both sides must have the same tables (wire_digest), so nothing here is a format for others.
 *
 * What is read is bounded by the arena and checked: words of enumerations within their bounds,
 * texts cleaned again, lists counted by what came. Any thread.
 */
#ifndef LEEWAY_ENGINE_WIRE_H
#define LEEWAY_ENGINE_WIRE_H

#include "base/arena.h"
#include "base/err.h"
#include "data/val.h"
#include "leeway/leeway.h"

enum wire_kind {
    WIRE_TEXT,
    WIRE_STRING, /* const char *; NULL is left out and comes back as NULL */
    WIRE_I32,
    WIRE_U32,
    WIRE_I64,
    WIRE_U64,
    WIRE_BOOL,
    WIRE_ENUM,    /* below `count` */
    WIRE_NUMBERS, /* int32_t[count] */
    WIRE_STRUCT,  /* in place, of type `of` */
    WIRE_LIST,    /* const T * and a size_t at `count`, of type `of` */
    WIRE_TEXTS,   /* const struct text * and a size_t at `count` */
    WIRE_STRINGS, /* const char *const * and a size_t at `count` */
    WIRE_IDS,     /* const uint64_t * and a size_t at `count` */
};

struct wire_type;
struct wire_field {
    const char *name;
    enum wire_kind kind;
    uint16_t at;    /* offset */
    uint16_t count; /* see enum wire_kind: offset of the count, bound or length */
    const struct wire_type *of;
};
struct wire_type {
    const char *name;
    size_t size;
    const struct wire_field *fields; /* in the order of the struct */
    size_t n_fields;
};

extern const struct wire_type wire_fleet, wire_cluster, wire_environment, wire_drift, wire_release,
    wire_plan, wire_plan_row, wire_object, wire_kinds, wire_command, wire_blueprint, wire_env_file,
    wire_answer, wire_history, wire_parts, wire_explanation, wire_compare, wire_look, wire_row,
    wire_log, wire_line;
/* All of the above and what they hold; ends with NULL. For the digest and its test. */
extern const struct wire_type *const wire_types[];

/* Adds the struct at p as a map; strings are borrowed until the builder's value was written. */
void wire_write(struct val_builder *b, const struct wire_type *t, const void *p);
/* Fills the struct at out; what it points to lies in a. ERR_PROTOCOL, ERR_LIMIT. */
int wire_read(struct arena *a, const struct wire_type *t, const struct val *v, void *out,
              struct err *e) ERR_CHECKED;
/* Equal where both sides have the same tables and the same program. */
uint64_t wire_digest(void);

#endif
