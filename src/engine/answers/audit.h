// SPDX-License-Identifier: Apache-2.0
/* Rows of the audit: who did what to what, chained in the store. Engine thread. */
#ifndef LEEWAY_ENGINE_AUDIT_H
#define LEEWAY_ENGINE_AUDIT_H

#include "engine/engine_int.h"
#include "store/store.h"

struct audit_word {
    const char *key, *value; /* value NULL or "": left out */
};

/* Without a store, and beside another process that writes it, nothing is done. No values of
 * secrets. ack may be STORE_NO_ACK. */
void audit_put(struct engine *e, const char *action, const char *subject,
               const struct audit_word *words, size_t n, struct store_ack ack);
/* The login name in a record of who did something; in a. */
const char *audit_login(struct arena *a, const void *who, size_t len);

#endif
