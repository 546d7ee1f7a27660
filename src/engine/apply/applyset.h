// SPDX-License-Identifier: Apache-2.0
/*
 * ApplySets (KEP-3659, kubectl's implementation): a parent object that names the kinds and
 * namespaces of its members, which carry its id as a label. The specification is alpha: everything
 * about it is in this file and applyset.c. Pure; any thread.
 */
#ifndef LEEWAY_ENGINE_APPLYSET_H
#define LEEWAY_ENGINE_APPLYSET_H

#include "base/vec.h"
#include "data/val.h"

#define APPLYSET_MANAGER "leeway-applyset"
#define APPLYSET_ID "applyset.kubernetes.io/id"
#define APPLYSET_PART_OF "applyset.kubernetes.io/part-of"
#define APPLYSET_TOOLING "applyset.kubernetes.io/tooling"
#define APPLYSET_KINDS "applyset.kubernetes.io/contains-group-kinds"
#define APPLYSET_NAMESPACES "applyset.kubernetes.io/additional-namespaces"
#define APPLYSET_TYPE "leeway.dev/environment" /* of the parent Secret */
#define APPLYSET_RECORD "release"              /* key of its data */
#define APPLYSET_RECORD_MAX (256u * 1024u)     /* bytes of the release record, compressed */

/* Sorted sets of "Kind.group" (or "Kind") and of namespaces; strings owned. */
struct applyset_names {
    char **items;
    size_t len, cap;
};
struct applyset_scope {
    struct applyset_names kinds, namespaces;
};
void applyset_scope_init(struct applyset_scope *s);
void applyset_scope_clear(struct applyset_scope *s);
void applyset_scope_add(struct applyset_scope *s, const char *group, const char *kind,
                        const char *ns); /* ns "": cluster scope */
void applyset_scope_join(struct applyset_scope *s, const struct applyset_scope *more);
bool applyset_scope_equal(const struct applyset_scope *a, const struct applyset_scope *b);
/* "Kind.group" taken apart; false when it is none. Both in a. */
bool applyset_split_kind(struct arena *a, const char *text, const char **group, const char **kind);

/* "applyset-…-v1" in a: of NAME.NAMESPACE.KIND.GROUP. */
const char *applyset_id(struct arena *a, const char *name, const char *ns, const char *kind,
                        const char *group);
/* Name of the parent Secret of an environment, in a. */
const char *applyset_parent_name(struct arena *a, const char *environment);

/* What a live parent says. ERR_CONFLICT names the tool it belongs to; ERR_INVALID says what is
 * wrong with it. live NULL: an empty scope. */
int applyset_read(const struct val *live, const char *id, const char *ns,
                  struct applyset_scope *scope, struct err *e);
/* The parent to be applied. record: what leeway keeps in it, packed (record.h); 0 bytes: nothing.
 * In p. */
const struct val *applyset_parent(struct val_pool *p, const char *environment, const char *ns,
                                  const char *tooling, const struct applyset_scope *scope,
                                  const void *record, size_t record_len);

/* gzip, into a buffer whose maximum is APPLYSET_RECORD_MAX: ERR_LIMIT when it does not fit. The
 * same bytes for the same text. */
int applyset_pack(struct buf *out, const char *text, size_t len);
/* And back, up to the buffer's maximum: ERR_LIMIT, ERR_SYNTAX. */
int applyset_unpack(struct buf *out, const void *bytes, size_t len, struct err *e) ERR_CHECKED;
/* The packed record of a live parent; false: it has none that can be read. */
bool applyset_record(const struct val *live, struct buf *out);

#endif
