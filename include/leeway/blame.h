// SPDX-License-Identifier: Apache-2.0
/*
 * Who owns the fields of one object over a fleet, and which of its copies is unlike the others.
 * Made of objects that were fetched (leeway/object.h), by whoever shows it. Not thread-safe.
 */
#ifndef LEEWAY_BLAME_H
#define LEEWAY_BLAME_H

#include "leeway/object.h"

#define LEEWAY_BLAME_OBJECTS 500 /* more are not taken */

/* One field with one set of owners. */
struct leeway_blame_row {
    struct text path;
    struct text owners;      /* "kubectl scale and leeway"; "default": nobody */
    enum leeway_actor actor; /* of the one that is not leeway, if there is one */
    bool ours;               /* leeway alone */
    uint32_t objects, clusters;
    uint32_t values;        /* how many different ones */
    struct text value;      /* of the first object */
    int64_t newest_ms;      /* the latest time of an owner's entry; 0: none has one */
    const uint32_t *places; /* indexes for leeway_blame_object */
};

/* A value that few have where most have another. */
struct leeway_outlier {
    struct text path, most, here;
    uint32_t most_objects, of, objects; /* "2 of 3 have", and how many have this one */
    struct text owners;                 /* of this value */
    enum leeway_actor actor;
    const uint32_t *places;
};

struct leeway_blame *leeway_blame_new(void);
void leeway_blame_free(struct leeway_blame *b);
/* Referenced. False: too many. Ends what was read of rows and outliers before. */
bool leeway_blame_add(struct leeway_blame *b, struct leeway_object *o);
size_t leeway_blame_objects(const struct leeway_blame *b);
const struct leeway_object *leeway_blame_object(const struct leeway_blame *b, size_t i);
/* By path; of one field the rarest owners first. Borrowed until the next add. */
size_t leeway_blame_rows(struct leeway_blame *b, const struct leeway_blame_row **out);
/* None of fewer than three objects. The rarest value first. */
size_t leeway_blame_outliers(struct leeway_blame *b, const struct leeway_outlier **out);

#endif
