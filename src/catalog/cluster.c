// SPDX-License-Identifier: Apache-2.0
/* Profiles, and a cluster's facts as one value. */
#include "catalog/cluster.h"

#include "base/vec.h"
#include "catalog/reading.h"

#include <string.h>

struct catalog_profile *profile_read(const struct val *doc, const struct catalog_file *file,
                                     struct val_pool *pool, struct catalog_problems *problems)
{
    struct catalog_profile *p = mem_new(struct catalog_profile);
    size_t before = problems->len + problems->more;
    const struct val *spec = val_get(doc, "spec");
    p->file = file;
    p->doc = doc;
    p->exprs.pool = pool;
    p->name = reading_string(val_at(doc, "metadata", "name", NULL));
    p->values = val_get(spec, "values");
    catalog_scope_init(&p->scope, &(struct catalog_scope_names){.with_cluster = true});
    struct reading r = {file, pool, problems, &p->exprs};
    p->when = reading_expr(&r, &p->scope, val_get(spec, "when"), CEL_BOOL, ".spec.when");
    if (p->when)
        for (size_t i = 0; i < p->when->n_refs; i++)
            if (p->when->refs[i].n_fields && strcmp(p->when->refs[i].fields[0]->s, "profile") == 0)
                reading_problem(&r, val_get(spec, "when"), ".spec.when",
                                "a profile cannot ask for cluster.profile, which it helps to make");
    p->broken = problems->len + problems->more > before;
    return p;
}

void profile_free(struct catalog_profile *p)
{
    if (!p)
        return;
    catalog_exprs_clear(&p->exprs);
    catalog_scope_clear(&p->scope);
    mem_free(p);
}

const struct val *catalog_merge(struct val_pool *pool, const struct val *a, const struct val *b)
{
    if (!val_is(a, VAL_MAP) || !val_is(b, VAL_MAP))
        return b ? b : a;
    for (uint32_t i = 0; i < b->len && a; i++) {
        const struct val_entry *e = &b->as.entries[i];
        const struct val *old = val_get_key(a, e->key);
        const struct val *merged = catalog_merge(pool, old, &e->value);
        a = merged ? val_map_with(pool, a, e->key->s, merged) : NULL;
    }
    return a;
}

bool catalog_labels_match(const struct val *have, const struct val *want)
{
    for (uint32_t i = 0; val_is(want, VAL_MAP) && i < want->len; i++) {
        const struct val *v = val_get_key(have, want->as.entries[i].key);
        if (!v || !val_equal(v, &want->as.entries[i].value))
            return false;
    }
    return true;
}

static void add(struct val_pool *pool, struct val_entry *entries, size_t *n, const char *key,
                struct val v)
{
    entries[(*n)++] = (struct val_entry){.key = val_intern(pool, key, strlen(key)), .value = v};
}

static struct val text(const char *s)
{
    return s ? val_borrow_str(s, strlen(s)) : val_borrow_str("", 0);
}

static const struct val *with_profiles(struct val_pool *pool, const struct val *facts,
                                       const struct catalog_profile *const *profiles, size_t n,
                                       bool *matched, struct err *e)
{
    static const struct val_entry no_entries[1];
    static const struct val empty = {.type = VAL_MAP, .as.entries = no_entries};
    const struct val *merged = &empty;
    for (size_t i = 0; i < n && merged; i++) {
        bool on = true;
        int rc = 0;
        if (profiles[i]->when) {
            struct cel_activation act;
            cel_activation_init(&act, profiles[i]->scope.env);
            cel_bind_val(&act, profiles[i]->scope.cluster, facts);
            rc = catalog_eval_bool(profiles[i]->when, &act, pool, &on, e);
            cel_activation_clear(&act);
        }
        if (rc) {
            e->line = e->col = 0;
            err_prefix(e, "profile %s", profiles[i]->name);
            err_at(e, profiles[i]->file->path, profiles[i]->when->at->line,
                   profiles[i]->when->at->col);
            return NULL;
        }
        if (matched)
            matched[i] = on;
        if (on && profiles[i]->values)
            merged = catalog_merge(pool, merged, profiles[i]->values);
    }
    if (!merged)
        err_set(e, ERR_LIMIT, "the profiles are too large");
    return merged;
}

const struct val *catalog_cluster_value(struct val_pool *pool, const struct catalog_cluster *cl,
                                        const struct catalog_profile *const *profiles, size_t n,
                                        bool *matched, struct err *e)
{
    static const struct val_entry no_entries[1];
    static const struct val no_map = {.type = VAL_MAP, .as.entries = no_entries};
    static const struct val no_list = {.type = VAL_LIST};
    struct val_entry entries[9];
    size_t len = 0;
    add(pool, entries, &len, "name", text(cl->name));
    add(pool, entries, &len, "labels", cl->labels ? *cl->labels : no_map);
    add(pool, entries, &len, "distribution", text(cl->distribution));
    add(pool, entries, &len, "version", text(cl->version));
    add(pool, entries, &len, "region", text(cl->region));
    add(pool, entries, &len, "provider", text(cl->provider));
    add(pool, entries, &len, "facts", cl->facts ? *cl->facts : no_map);
    add(pool, entries, &len, "apis", cl->apis ? *cl->apis : no_list);
    const struct val *facts = val_map_of(pool, entries, len);
    const struct val *profile = facts ? with_profiles(pool, facts, profiles, n, matched, e) : NULL;
    if (!profile)
        return NULL;
    add(pool, entries, &len, "profile", *profile);
    const struct val *all = val_map_of(pool, entries, len);
    if (!all)
        err_set(e, ERR_LIMIT, "the cluster's facts are too large");
    return all;
}
