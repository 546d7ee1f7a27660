// SPDX-License-Identifier: Apache-2.0
/*
 * The YAML reader from the inside: libyaml's events of one document (yaml_events.c), the values
 * made of them (yaml_nodes.c, yaml_maps.c), and the streams they come from (yaml_read.c). Every
 * function that returns int returns 0, or a code with r->e set. Thread as in val.h.
 */
#ifndef LEEWAY_DATA_YAML_READER_H
#define LEEWAY_DATA_YAML_READER_H

#include "base/hash.h"
#include "data/val_int.h"
#include "data/yaml_int.h"
#include "data/yaml_strict.h"

#include <yaml.h>

struct yaml_anchor {
    struct val v;
    uint64_t nodes; /* that the value stands for, aliases expanded */
    bool open;      /* the container is not closed yet */
};

struct yaml_reader {
    yaml_parser_t parser;
    yaml_event_t event;
    bool have_event;
    struct val_pool *pool;
    struct err *e;
    const char *source;
    const char *text; /* one document; a line feed is added at its end */
    size_t len, fed;
    bool ended;
    uint32_t line_base;
    struct yaml_strict strict;
    struct val_entry *stack;
    size_t stack_len, stack_cap;
    unsigned depth;
    struct arena scratch;
    struct strmap anchors; /* name → struct yaml_anchor in scratch */
    uint64_t nodes, aliased;
};

/* ---- yaml_events.c ---- */

int yaml_fail(struct yaml_reader *r, int code, yaml_mark_t at, const char *hint, const char *text);
int yaml_fail_limit(struct yaml_reader *r);
int yaml_feed(void *ctx, unsigned char *to, size_t room, size_t *given); /* libyaml's input */
int yaml_peek(struct yaml_reader *r); /* the next event, still owned by r */
void yaml_drop(struct yaml_reader *r);

/* ---- yaml_nodes.c ---- */

/* The node that begins with the current event. */
int yaml_read_node(struct yaml_reader *r, struct val *out);
/* Nodes that were read, and how many of them an alias stands for: refused when aliases make most of
 * a large document. */
int yaml_count(struct yaml_reader *r, uint64_t nodes, uint64_t aliased);
struct yaml_anchor *yaml_anchor_new(struct yaml_reader *r, const yaml_char_t *name);
void yaml_anchor_close(struct yaml_anchor *a, const struct val *v,
                       uint64_t nodes); /* a may be NULL */
int yaml_anchor_find(struct yaml_reader *r,
                     struct yaml_anchor **a); /* of the alias that is the event */
void yaml_place(struct yaml_reader *r, struct val *v, yaml_mark_t at);
int yaml_push(struct yaml_reader *r, const struct val_entry *e);
int yaml_resolve_event(struct yaml_reader *r,
                       struct yaml_scalar *sc); /* the scalar that is the event */
int yaml_scalar_value(struct yaml_reader *r, const struct yaml_scalar *sc, struct val *out);

/* ---- yaml_maps.c ---- */

int yaml_read_map(struct yaml_reader *r, struct val *out);

#endif
