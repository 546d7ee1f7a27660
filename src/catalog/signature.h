// SPDX-License-Identifier: Apache-2.0
/*
 * SSH signatures over files, made and judged by ssh-keygen (OpenSSH 8.9 or newer), so that agents,
 * hardware keys and allowed_signers files work as everywhere else. Blocks while the program runs.
 * Any thread.
 */
#ifndef LEEWAY_CATALOG_SIGNATURE_H
#define LEEWAY_CATALOG_SIGNATURE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>

#define SIGNATURE_NAMESPACE "leeway-approval@v1"

/* Signs the file with a key (a private key's file, or the public one of a key that the agent has).
 * The signature goes into out, the key's fingerprint ("SHA256:...") into fingerprint. A passphrase
 * or a touch is asked for at the terminal. ERR_NOT_FOUND: no ssh-keygen, no key; ERR_IO: it
 * refused; its own words are in the text. */
int signature_make(const char *file, const char *key, struct buf *out, struct buf *fingerprint,
                   struct err *e) ERR_CHECKED;

enum signature_verdict {
    SIGNATURE_GOOD,
    SIGNATURE_BROKEN,   /* no signature, or of something else than these bytes */
    SIGNATURE_STRANGER, /* right, but of a key that no signer has */
    SIGNATURE_EXPIRED,  /* of a signer who is not trusted now: before or after the dates given */
    SIGNATURE_NOT_FOR,  /* of a signer who is not trusted for approvals (namespaces=) */
};

struct signature {
    enum signature_verdict verdict;
    char *who;         /* the principal, when good; or NULL */
    char *fingerprint; /* "SHA256:..."; NULL when broken */
    char *why;         /* what is wrong, for a person; NULL when good */
};

/* Judges a signature file over a file. 0 when there is a verdict; a code when ssh-keygen cannot be
 * run or the signers cannot be read. Clear it in any case. */
int signature_judge(const char *file, const char *sig, const char *signers, struct signature *out,
                    struct err *e) ERR_CHECKED;
void signature_clear(struct signature *s);

#endif
