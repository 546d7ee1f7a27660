// SPDX-License-Identifier: Apache-2.0
/*
 * A folder (or file) of plain manifests as a set of objects ready to be planned. Read like kubectl
 * -f:
 * *.yaml, *.yml and *.json of the folder, not of folders inside it, in the order of their names;
 * lists flattened. What would only make noise or break is mended, each for a reason given in
 * manifest.c: status, empty creationTimestamp, managedFields, resourceVersion, uid and last-applied
 * annotations go, Secret.stringData becomes data, placeholder caBundles go, rules of aggregated
 * cluster roles go, a port without protocol gets TCP. Every problem is collected with file, line
 * and column. Any thread.
 */
#ifndef LEEWAY_ENGINE_MANIFEST_H
#define LEEWAY_ENGINE_MANIFEST_H

#include "base/vec.h"
#include "data/val.h"

struct manifest {
    const struct val *object;                  /* as it will be sent, without our labels */
    const char *group, *version, *api_version; /* in the set's pool */
    const char *kind, *name;
    const char *namespace_; /* as written; NULL: none */
    const char *file;       /* path as given to the reader */
    uint32_t line;          /* of the object in it */
    const struct kind_traits *traits;
    bool secret; /* data is not to be shown or stored */
};

struct manifest_set {
    struct val_pool pool;
    VEC(struct manifest) objects; /* sorted into the order of applying, file order within */
    VEC(struct err) problems;     /* each with source, line, column, hint */
    size_t bytes;                 /* of text read so far */
    VEC(char *) notes;            /* what was mended, for the plan's warnings; owned */
};

void manifest_set_init(struct manifest_set *s);
void manifest_set_clear(struct manifest_set *s);

/* 0 when there were no problems; otherwise the first one's code. Objects that are well are there
 * all the same. */
int manifest_read(struct manifest_set *s, const char *path);
/* One text, for tests and standard input. */
int manifest_read_text(struct manifest_set *s, const char *name, const char *text, size_t len);
/* Sorts and refuses two objects of one kind, namespace and name. Called by manifest_read. */
void manifest_finish(struct manifest_set *s);

#endif
