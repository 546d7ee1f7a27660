// SPDX-License-Identifier: Apache-2.0
/*
 * metadata.managedFields: who owns which fields of an object, and since when at the latest. Names
 * are interned in the caller's pool, field sets in its table. One thread at a time.
 */
#ifndef LEEWAY_KUBE_OWNERSHIP_H
#define LEEWAY_KUBE_OWNERSHIP_H

#include "base/err.h"
#include "data/fieldset.h"
#include "kube/managers.h"

struct ownership_entry {
    const char *manager, *operation, *api_version, *subresource; /* never NULL; "" when absent */
    bool apply;                                                  /* operation is "Apply" */
    bool has_time;        /* a new owner through /scale usually has none */
    int64_t time_wall_ms; /* of the entry, not of a field: an upper bound, to the second */
    fieldset fields;      /* interned; lives as long as the table */
    uint32_t fields_id;
    struct manager_actor actor;
};

struct ownership {
    struct ownership_entry *entries; /* in the order of the object; in the pool */
    size_t len;
    size_t unreadable; /* entries left out: no FieldsV1, or not to be parsed */
};

#define OWNERSHIP_ENTRIES_MAX 1000u

/* From an object. No managedFields gives no entries. An entry that cannot be read is counted and
 * left out, so one bad entry does not hide the others; ERR_TYPE when managedFields is no list,
 * ERR_LIMIT past the maximum or the pool's limit. */
int ownership_read(struct val_pool *p, struct fieldset_table *t, const struct val *object,
                   struct ownership *out, struct err *e) ERR_CHECKED;

/* The entry of (manager, Apply, subresource), or NULL. */
const struct ownership_entry *ownership_of_applier(const struct ownership *o, const char *manager,
                                                   const char *subresource);

/* All that own a path: they name it, or an ancestor as a whole (an atomic list or map). Fills at
 * most cap of out, and returns how many there are. */
struct ownership_owner {
    const struct ownership_entry *entry;
    bool exact; /* false: through an ancestor that is atomic */
};
size_t ownership_owners_of(const struct ownership *o, struct path path, struct ownership_owner *out,
                           size_t cap);

#endif
