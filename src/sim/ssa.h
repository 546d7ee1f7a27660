// SPDX-License-Identifier: Apache-2.0
/*
 * Who owns which fields, and what a write does to it: the updater of server-side apply, over typed
 * values (schema/typed.h). Source of the rules: sigs.k8s.io/structured-merge-diff v6,
 * merge/update.go. It knows managers by an identity and a version, versions by what struct
 * ssa_rules says of them, and nothing of HTTP or of metadata.managedFields (ssa_fields.c).
 */
#ifndef LEEWAY_SIM_SSA_H
#define LEEWAY_SIM_SSA_H

#include "base/vec.h"
#include "schema/typed.h"

struct ssa_owner {
    const char *id, *version; /* borrowed */
    bool applied;
    fieldset set;
};
typedef VEC(struct ssa_owner) ssa_owners;

struct ssa_rules {
    void *ctx;
    /* The type of objects of a version; NULL: the version is no longer served, and what is owned in
     * it is forgotten. */
    const struct typed_atom *(*type)(void *ctx, const char *version);
    /* v of one version as another has it; NULL callback: all versions look the same. */
    int (*convert)(void *ctx, struct val_pool *p, const struct val *v, const char *from,
                   const char *to, const struct val **out, struct err *e);
    /* Fields that nobody may own in a version are left out; NULL callback: none. */
    fieldset (*filter)(void *ctx, struct val_pool *p, const char *version, fieldset s);
};

struct ssa_object {
    const struct val *v; /* null for one that is not there yet */
    const char *version;
};

/* The object was replaced: `now` is what it shall be, in live's version; live may be of another.
 * 0 or ERR_TYPE, ERR_LIMIT. On failure the owners are as they were. */
int ssa_update(struct val_pool *p, const struct ssa_rules *rules, struct ssa_object live,
               struct ssa_object now, ssa_owners *owners, const char *id,
               struct err *e) ERR_CHECKED;

/* What an apply would change that others own: one entry a manager. */
typedef ssa_owners ssa_conflicts;

/* config is applied: *out is the object, in config's version. ERR_CONFLICT without force, with the
 * fields by owner in *conflicts (to be cleared). On failure the owners are as they were. */
int ssa_apply(struct val_pool *p, const struct ssa_rules *rules, struct ssa_object live,
              struct ssa_object config, ssa_owners *owners, const char *id, bool force,
              const struct val **out, ssa_conflicts *conflicts, struct err *e) ERR_CHECKED;

struct ssa_owner *ssa_owner_find(const ssa_owners *owners, const char *id);
void ssa_owners_copy(ssa_owners *to, const ssa_owners *from); /* shares sets and names */

#endif
