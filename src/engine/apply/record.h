// SPDX-License-Identifier: Apache-2.0
/*
 * The release record: what the parent of a set carries of its environment, so that a store that was
 * lost can be built again from the clusters. One a target; written with the parent, by nobody else.
 *
 *   {"format": "leeway.record/v1", "record": {…}, "seal": {"sha256", "hmac", "key"}}
 *
 * gzipped, at most APPLYSET_RECORD_MAX. The seal is over the record's canonical text; hmac under
 * the key of the store that wrote it, which key names without giving it away. No values of objects
 * are in it: of what was given there are digests, of secrets HMACs. Where all of it does not fit,
 * baselines are left out first, then members, exceptions and at last the document, and left_out
 * says so. Pure; any thread.
 */
#ifndef LEEWAY_ENGINE_RECORD_H
#define LEEWAY_ENGINE_RECORD_H

#include "data/val.h"
#include "store/store_words.h"

#define RECORD_FORMAT "leeway.record/v1"

enum record_left_out {
    RECORD_NO_BASELINES = 1,
    RECORD_NO_MEMBERS = 2,
    RECORD_NO_EXCEPTIONS = 4,
    RECORD_NO_DOCUMENT = 8,
};

/* One object. fields is FieldsV1 and leaves what given_pack makes; without them it was not given
 * yet: the release was under way. */
struct record_member {
    struct store_object object;
    const char *uid, *contract;
    struct digest body; /* zeros: none was kept */
    int64_t release;
    struct store_bytes fields, leaves;
};

/* Strings are borrowed when it is written, and in the pool when it was read; none is NULL then. */
struct record {
    const char *fleet, *environment, *uuid, *namespace_, *origin;
    const char *about; /* environment_about.c; holds the document */
    bool blueprint;    /* not a folder */
    int64_t created_ms, expires_ms;
    const char *cluster, *cluster_name; /* uid, and as it was called */
    const char *plan, *plan_kind;       /* hash, in hex */
    const char *subject, *content;      /* the blueprint and the digest it was approved with, hex */
    const char *rendered;               /* digest of what it was rendered from, hex; "" none */
    int64_t release, at_ms;
    const char *by; /* login */
    bool done;      /* all was sent; else it was begun */
    const struct record_member *members;
    size_t n_members;
    const struct store_exception *exceptions;
    size_t n_exceptions;
    int64_t audit_rows;
    struct digest audit_head;
    unsigned left_out; /* enum record_left_out */
};

/* HMAC under the store's key; false: there is none. */
typedef bool record_hmac_fn(void *ctx, const void *bytes, size_t len, struct digest *out);

/* With an engine as its context; engine thread (apply_record.c). */
bool record_hmac_of_store(void *engine, const void *bytes, size_t len, struct digest *out);

/* Into out, gzipped. left_out is the least that has to be left out. hmac may be NULL. */
int record_write(const struct record *r, record_hmac_fn *hmac, void *ctx, struct buf *out,
                 struct err *e) ERR_CHECKED;

enum record_proof {
    RECORD_PROVEN,   /* written with the key that we have */
    RECORD_OTHER_KEY /* whole, but written with a key that we do not have */
};
/* From the bytes of record_write. ERR_UNSUPPORTED: of a newer or an older leeway; ERR_LIMIT,
 * ERR_SYNTAX, ERR_INVALID: not what leeway writes; ERR_CORRUPT: the seal does not fit, so somebody
 * else wrote it. Everything in p. */
int record_read(struct val_pool *p, const void *bytes, size_t len, record_hmac_fn *hmac, void *ctx,
                struct record *out, enum record_proof *proof, struct err *e) ERR_CHECKED;

#endif
