// SPDX-License-Identifier: Apache-2.0
/*
 * The field contract of one object as it is kept with what was given: who may own which fields, the
 * window in which a value may move, and the fields that leeway does not apply itself with the value
 * that they were wanted to have. Made when an object is rendered, stored as canonical JSON, read
 * when the object is judged. A folder of manifests has none: platform owns all of it.
 *
 *   {"bind": {"params": {…}},                    what windows name beside self
 *    "fields": [{"by": […], "extras": true, "onDrift": "hold", "owner": "runtime", "path":
 * ".spec.replicas", "reason": "…", "within": "self <= params.max"}], "leaves": [{"path":
 * ".spec.replicas", "v": 2, "why": "handed over by bob: …"}]}
 */
#ifndef LEEWAY_ENGINE_CONTRACT_H
#define LEEWAY_ENGINE_CONTRACT_H

#include "data/path.h"
#include "leeway/state.h"

struct within;

enum contract_owner {
    CONTRACT_PLATFORM,    /* only leeway may set it */
    CONTRACT_ENVIRONMENT, /* leeway may, through parameters and overrides */
    CONTRACT_RUNTIME,     /* controllers may */
    CONTRACT_ANYONE,
};
const char *contract_owner_word(enum contract_owner o);

enum contract_drift { /* what is done about drift of it */
                      CONTRACT_DRIFT_REPORT,
                      CONTRACT_DRIFT_REVERT, /* a lasting process gives it back by itself */
                      CONTRACT_DRIFT_HOLD,   /* the next release waits for an answer */
};

struct contract_field {
    struct path path; /* a pattern: it stands for all that lies at and below it */
    enum contract_owner owner;
    const struct val *by; /* list of managers, or NULL */
    struct within *within;
    const char *within_text; /* "" none */
    const char *reason;      /* "" none */
    enum contract_drift on_drift;
    bool extras; /* what others add there is reported */
};

struct contract_leaf { /* not in our body; it is looked at all the same */
    struct path path;
    const char *text;        /* of the path */
    const struct val *value; /* wanted */
    const char *why;         /* not the contract but an answer gave it away; "" the contract did */
};

struct contract {
    struct val_pool pool;
    const struct val *bind;
    struct contract_field *fields;
    size_t n_fields;
    struct contract_leaf *leaves;
    size_t n_leaves;
};

/* NULL for no text, and with *e (ERR_CORRUPT) when it cannot be read. Owned. */
struct contract *contract_read(const char *text, size_t len, struct err *e);
void contract_free(struct contract *c); /* NULL is fine */

/* What the contract says of a field: the longest pattern that holds it, the last of equals. NULL:
 * nothing, platform owns it. */
const struct contract_field *contract_field_of(const struct contract *c, struct path path);
const struct contract_leaf *contract_leaf_of(const struct contract *c, struct path path);
/* Is there a field that holds releases? */
bool contract_holds(const struct contract *c);
/* Does leeway stop applying such a field once the object is there? NULL: no. */
bool contract_gives_away(const struct contract_field *f);

/* Is a value that somebody else gave it allowed? manager and actor are whom it is put down to
 * (manager "": nobody known). *why is a sentence in p. */
bool contract_allows(const struct contract *c, const struct contract_field *f, const char *manager,
                     enum leeway_actor actor, const struct val *live, struct val_pool *p,
                     const char **why);

#endif
