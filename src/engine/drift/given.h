// SPDX-License-Identifier: Apache-2.0
/*
 * What a release gave one object: the fields of our Apply entry in the server's answer, and for
 * each of its leaves what the value was. In memory a leaf is eight bytes, a keyed hash; the values
 * themselves are in the store, for people to see, and of secrets only an HMAC is kept anywhere.
 * Source of the rules: doc/INTERNALS.md, "Drift"; kubernetes: managedFields, KEP-555.
 *
 * A given is immutable; it changes by a release, a verified re-baseline or a person's answer, by
 * being replaced. Any thread may read one.
 */
#ifndef LEEWAY_ENGINE_GIVEN_H
#define LEEWAY_ENGINE_GIVEN_H

#include "base/hash.h"
#include "data/fieldset.h"

/* What a leaf was. Anything else is the hash of a value (and at least GIVEN_FIRST_HASH). */
enum {
    GIVEN_ABSENT =
        0, /* owned, but the server kept nothing: false, "" or null of an optional field */
    GIVEN_EMPTY = 1, /* null, {} or []: others may fill it */
    GIVEN_ITEM = 2,  /* a list item: it has to be there, its content is in other leaves */
    GIVEN_LOST = 3,  /* a secret's value whose key is lost: never drift, always unknown */
    GIVEN_FIRST_HASH = 16,
};

struct given {
    char *uid, *resource_version, *api_version, *kind; /* owned */
    fieldset fields;                                   /* of the table it was made with */
    /* One byte a leaf: its state is a digest, made by given_digest, of a value that is not kept.
     * NULL: of none. Owned. */
    unsigned char *digests;
    size_t n; /* leaves, in the order of fieldset_walk */
    uint64_t leaves[];
};

/* Turns a secret's value into 8 bytes of an HMAC under the store's key. False: the key is lost. */
typedef bool given_secret_fn(void *ctx, const char *bytes, size_t len, uint64_t *out);

/* How values become hashes: one for a whole fleet, alive as long as what was made with it. */
struct given_rules {
    struct hash_key key;          /* of this run: hashes never leave the process */
    struct fieldset_table *table; /* shares equal field sets */
    const char *manager;          /* of our Apply entry: "leeway" */
    given_secret_fn *secret;      /* NULL: there is no store, secrets count as lost */
    void *secret_ctx;
};

/* The leaf's state for a value (NULL: not there). */
enum given_how { GIVEN_PLAIN, GIVEN_SECRET, GIVEN_ANY_ORDER }; /* how a leaf is compared */
uint64_t given_leaf_of(const struct given_rules *r, enum given_how how,
                       const struct fieldset_leaf *leaf);
/* The state of a live leaf as it compares with leaf i of what was given. */
uint64_t given_now(const struct given_rules *r, const struct given *g, size_t i, enum given_how how,
                   const struct fieldset_leaf *leaf);
enum given_how given_how(const char *api_version, const char *kind, struct path path);
/* Is the value at this path of an object of this kind a secret? */
bool given_is_secret(const char *api_version, const char *kind, struct path path);

/* The fields that our Apply entry (no subresource) of a live object holds; fieldset_empty when
 * there is none, which means that the ownership was wiped. Lives in p. NULL and *e when it cannot
 * be read. */
fieldset given_our_fields(const struct given_rules *r, struct val_pool *p, const struct val *object,
                          struct err *e);

/* From the answer of our own apply. NULL and *e (ERR_PROTOCOL) when our entry is not in it. Owned.
 */
struct given *given_from_response(const struct given_rules *r, const struct val *object,
                                  struct err *e);
void given_free(struct given *g);

/* ---- for the store: FieldsV1 and the leaves as canonical JSON ---- */

int given_write_fields(const struct given *g, struct buf *out); /* FieldsV1 */
/* A list with one entry a leaf: {"v":VALUE}, {"s":"16 hex digits"} for a secret, {} absent,
 * {"i":true} a list item, {"h":"16 hex digits"} the digest of a value that is not kept. object: the
 * answer that g was made of. */
int given_write_leaves(const struct given_rules *r, const struct given *g, const struct val *object,
                       struct buf *out);
/* NULL and *e (ERR_CORRUPT) when the two do not belong together. */
struct given *given_read(const struct given_rules *r, const char *uid, const char *resource_version,
                         const char *api_version, const char *kind, const char *fields,
                         size_t fields_len, const char *leaves, size_t leaves_len, struct err *e);
/* The given value at a leaf or below it, from the stored leaves (a value of given_parse_leaves).
 * NULL: absent, or only its digest is kept. *secret is set for one whose value is not kept. */
const struct val *given_value_at(const struct given *g, const struct val *leaves, struct path path,
                                 bool *secret);

/* ---- without values (given_pack.c): for the record that the cluster itself carries ---- */

enum { GIVEN_PACK_LEAF_MAX = 9 }; /* bytes */
/* Eight bytes of SHA-256 over the canonical text of a value: the same in every process. */
uint64_t given_digest(enum given_how how, const struct val *v);
/* Stored leaves as bytes: a letter for each, and where there is a value its digest, of a secret the
 * HMAC as it is. ERR_CORRUPT when fields and leaves do not belong together. */
int given_pack(const char *api_version, const char *kind, const char *fields, size_t fields_len,
               const char *leaves, size_t leaves_len, struct buf *out, struct err *e) ERR_CHECKED;
/* Back into stored leaves, with digests in place of values. key_lost: secrets' HMACs were made with
 * another key. ERR_CORRUPT when the bytes are none of ours. */
int given_unpack(const void *bytes, size_t len, bool key_lost, struct buf *out,
                 struct err *e) ERR_CHECKED;

#endif
