// SPDX-License-Identifier: Apache-2.0
/*
 * Approvals: what exactly may be used. A lock is canonical JSON of everything that a blueprint is
 * made of (its own file and the folder of each module, with a digest of every file); signers sign
 * the lock's bytes with their SSH keys; whoever uses the blueprint compares what lies there with
 * the lock and the signatures with the signers that are trusted. Trust comes from outside the
 * catalog: from a file of signers that is named by the fleet's file, or, without one, from what was
 * seen first (pins).
 *
 *   CATALOG/approvals/NAME@VERSION.lock               CATALOG/approvals/policy.lock
 *   CATALOG/approvals/NAME@VERSION.FINGERPRINT.sig    CATALOG/approvals/policy.FINGERPRINT.sig
 *
 * The policy is the catalog's guardrails and profiles as one set. Blocks on files and on
 * ssh-keygen; any thread.
 */
#ifndef LEEWAY_CATALOG_APPROVAL_H
#define LEEWAY_CATALOG_APPROVAL_H

#include "catalog/tree.h"
#include "data/val.h"

#include <stdbool.h>

enum approval_kind { APPROVAL_BLUEPRINT, APPROVAL_MODULE, APPROVAL_GUARDRAILS, APPROVAL_PROFILES };
const char *approval_kind_name(enum approval_kind k); /* "blueprint" */

/* One thing that is approved. Its place in the catalog follows from kind, name and version. */
struct approval_item {
    enum approval_kind kind;
    const char *name, *version; /* "" for guardrails and profiles */
};

/* Where it lies: CATALOG/modules/NAME/VERSION, CATALOG/blueprints/NAME/VERSION.yaml,
 * CATALOG/guardrails, CATALOG/profiles. Owned. */
char *approval_item_path(const char *catalog, const struct approval_item *item);

/* ---- locks ---- */

struct approval_lock {
    struct val_pool pool;
    const char *name, *version; /* version "": the policy */
    struct approval_item *items;
    const struct val **entries; /* beside items: digest and files as written */
    size_t len;
    struct digest digest; /* of the lock's bytes: what is signed */
};

/* "NAME@VERSION" or "policy"; the caller frees. */
char *approval_subject(const char *name, const char *version);
/* CATALOG/approvals/SUBJECT.lock; the caller frees. */
char *approval_lock_path(const char *catalog, const char *subject);

/* The lock of these items as they lie in the catalog now, appended to out. For a blueprint items[0]
 * is the blueprint; modules follow in any order, one that comes twice counts once. ERR_INVALID and
 * so on as file_tree_read has it, with the file as source. */
int approval_lock_make(const char *catalog, const struct approval_item *items, size_t n,
                       struct buf *out, struct err *e) ERR_CHECKED;
/* NULL and *e: ERR_NOT_FOUND, ERR_INVALID (no lock, or of another subject), ERR_IO. Owned. */
struct approval_lock *approval_lock_read(const char *catalog, const char *subject,
                                         struct err *e) ERR_CHECKED;
void approval_lock_free(struct approval_lock *l);
/* Does the lock name this version of the module? */
bool approval_lock_has(const struct approval_lock *l, const char *module, const char *version);

/* ---- judging ---- */

enum approval_state {
    APPROVAL_FREE,     /* the fleet asks nobody */
    APPROVAL_APPROVED, /* enough trusted signers signed exactly this */
    APPROVAL_PINNED,   /* no signers are configured; it is what was seen first */
    APPROVAL_NEW,      /* no signers are configured; nothing of it was seen before */
    APPROVAL_NOT,      /* not approved */
    APPROVAL_ALTERED,  /* it is not what was approved or seen first: never used */
};
const char *approval_state_word(enum approval_state s); /* "approved", "not approved"… */

/* What was seen before, from the store. */
struct approval_pins {
    /* The digest under which an item was first seen; NULL: never. Borrowed until the next call. */
    const struct digest *(*seen)(void *ctx, const struct approval_item *item);
    void *ctx;
};

struct approval_trust {
    const char *signers;              /* an allowed_signers file; NULL: none is configured */
    unsigned required;                /* different people; at least 1 */
    bool nobody;                      /* no approval is asked for: what lies there is used */
    const struct approval_pins *pins; /* NULL: nothing was seen */
};

struct approval_line {
    char *text, *hint; /* hint may be NULL */
};

struct approval {
    enum approval_state state;
    char *subject;
    struct digest digest;  /* of the lock; zeros without one */
    struct digest content; /* of every item as it lies there, whoever signed it */
    char **signers;        /* who approved, by name, each once */
    size_t n_signers;
    struct approval_line *because; /* why it is not approved, or what else is to be known */
    size_t n_because;
    /* What is there now, to be pinned when it is used (APPROVAL_NEW, and what is new of PINNED). */
    struct approval_pin {
        struct approval_item item; /* strings owned */
        struct file_tree tree;
        bool known;
    } * pins;
    size_t n_pins;
};

/* items: what the subject is made of when there is no lock (as the ranges resolve now); NULL when
 * that is not known. Without an error of the machine (ERR_IO: ssh-keygen cannot be run, signers
 * cannot be read) it is 0 and *out says everything. Clear it in any case. */
int approval_judge(const char *catalog, const char *subject, const struct approval_item *items,
                   size_t n, const struct approval_trust *trust, struct approval *out,
                   struct err *e) ERR_CHECKED;
void approval_clear(struct approval *a);
/* May it be used without a person's word? */
bool approval_usable(const struct approval *a);
/* 0, or ERR_FORBIDDEN, why it may not be used and what to do. What is new may be: a person who
 * plans with it and applies the plan has used it first. */
int approval_may_use(const struct approval *a, struct err *e) ERR_CHECKED;
/* Are these bytes, read as a file of an item, what was judged? What was loaded is to be held
 * against it: files may change between being read and being judged. file is the path in the
 * item's folder. */
bool approval_saw(const struct approval *a, const struct approval_item *item, const char *file,
                  const void *bytes, size_t len);

/* ---- approving ---- */

/* Writes the lock (when it says the same already it is left as it is, with its signatures) and one
 * more signature with this key. Signatures over another lock are removed: they are worth nothing.
 * *sig is the signature's path, owned. */
int approval_sign(const char *catalog, const char *subject, const struct approval_item *items,
                  size_t n, const char *key, char **sig, struct err *e) ERR_CHECKED;

#endif
