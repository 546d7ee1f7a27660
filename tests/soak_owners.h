// SPDX-License-Identifier: Apache-2.0
/*
 * Who owns what, computed from a log of writes and from nothing else: the rules of server-side
 * apply for ConfigMaps, where every leaf is a key of data, labels or annotations. Who updates and
 * makes such a map holds the map itself, too, also when an apply has taken its last key later. The
 * soak writes through the simulator and through this, and holds one to the other.
 */
#ifndef LEEWAY_TESTS_SOAK_OWNERS_H
#define LEEWAY_TESTS_SOAK_OWNERS_H

#include "base/buf.h"
#include "base/vec.h"
#include "data/val.h"

enum { OWNERS_OBJECTS = 8, OWNERS_MANAGERS = 4, OWNERS_LEAVES = 15, OWNERS_ABSENT = -1 };
enum { OWNERS_BEFORE = OWNERS_MANAGERS, OWNERS_ALL }; /* what was there before the first apply */

extern const char *const owners_managers[OWNERS_ALL];

/* Of every leaf its value from 0, or OWNERS_ABSENT: it is not there, or nothing is said of it. */
struct owners_leaves {
    int8_t value[OWNERS_LEAVES];
};

struct owners_state {
    bool exists;
    struct owners_leaves is;
    uint16_t applied[OWNERS_ALL], updated[OWNERS_ALL]; /* a bit a leaf */
    uint8_t holds[OWNERS_ALL];                         /* a bit a map, of who updates */
    bool untracked; /* it has no managedFields at all: nobody owns what others write before an apply
                     */
};

struct owners_entry {
    uint64_t version;
    unsigned object;
    struct owners_state state; /* after it */
};

struct owners {
    struct owners_state now[OWNERS_OBJECTS];
    VEC(struct owners_entry) log;
};

/* The object is as `to` says from now on, written by an ordinary request. */
void owners_update(struct owners_state *s, unsigned manager, const struct owners_leaves *to);
/* False: it conflicts, and nothing changes. */
bool owners_apply(struct owners_state *s, unsigned manager, const struct owners_leaves *wanted,
                  bool force);
/* What was computed was done, as this version. */
void owners_commit(struct owners *o, unsigned object, const struct owners_state *s,
                   uint64_t version);
/* What was done after a version never happened. */
void owners_restore(struct owners *o, uint64_t version);
/* "" when the object as served (NULL: there is none) is what was computed; else what differs. */
void owners_compare(const struct owners_state *s, const struct val *served, char why[300]);
/* Whether it has managedFields is seen, not computed: entries may be of no leaf. */
void owners_note_tracked(struct owners_state *s, const struct val *served);
/* The ConfigMap ownN with those leaves; of the absent ones those in `drop` are null, for a merge
 * patch. */
void owners_write(struct buf *b, unsigned object, const struct owners_leaves *l, uint16_t drop);
void owners_clear(struct owners *o);

#endif
