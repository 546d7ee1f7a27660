// SPDX-License-Identifier: Apache-2.0
/*
 * Answers that last: differences that a person accepted, and fields that were handed over. Loaded
 * from the store at start; whoever adds or ends one here changes the store, the audit, the table of
 * the snapshot and the verdicts together. One that ran out covers nothing any more and stays in the
 * table until somebody ends it or accepts again. Engine thread.
 */
#ifndef LEEWAY_ENGINE_EXCEPTIONS_H
#define LEEWAY_ENGINE_EXCEPTIONS_H

#include "engine/engine_int.h"
#include "store/store_words.h"

struct target;
struct within;

struct exception {
    char uuid[37];
    char *environment, *cluster; /* uuid; uid, "" all */
    char *api_version, *kind, *ns, *name, *path, *manager, *matches, *reason, *by;
    enum store_match match;
    struct within *within;
    int64_t created_ms, expires_ms;
    bool expired;
    uint32_t standing;
    size_t row;
};

extern const struct engine_part exceptions_part;

/* The one in force that covers a difference, or NULL: of this object and path, made by this manager
 * ("": nobody is known), with this value (canonical JSON; "" not there; NULL not known). */
struct exception *exceptions_covering(struct engine *e, const struct target *t,
                                      const struct store_object *o, const char *path,
                                      const char *manager, const char *value);
/* The next one in force of an object, from *at = 0 on; NULL: no more. */
const struct exception *exceptions_next(struct engine *e, const struct target *t,
                                        const struct store_object *o, size_t *at);
/* Is there one by which the field was handed over? */
bool exceptions_handed_over(struct engine *e, const struct target *t, const struct store_object *o,
                            const char *path);
/* A difference begins (+1) or ceases (-1) to be covered by it. */
void exceptions_stand(struct engine *e, struct exception *x, int by);
/* How many of an environment are in force, without those handed over. */
size_t exceptions_count(const struct engine *e, const char *environment_uuid);

/* Takes the place of one in force for the same place. who is the engine's own person. 0 or *err. */
int exceptions_add(struct engine *e, const struct store_exception *x, struct err *err) ERR_CHECKED;
/* By uuid or a unique beginning of it. */
int exceptions_end(struct engine *e, const char *uuid, const char *reason,
                   struct err *err) ERR_CHECKED;

#endif
