// SPDX-License-Identifier: Apache-2.0
#include "engine/drift/drift_eval.h"

#include <string.h>

/* Values that a controller or a webhook writes into whole, although the manifest has something
 * there: what is in them is the other's business by the design of the kind. */
static const struct {
    const char *api_group, *kind;
    const char *fields[4]; /* path of fields, NULL-terminated */
    const char *only_with; /* applies when the object has this member at its top; NULL: always */
} others_business[] = {
    {"rbac.authorization.k8s.io", "ClusterRole", {"rules"}, "aggregationRule"},
};

struct evaluation {
    const struct given_rules *r;
    const struct given *g;
    const struct val *live;
    struct val_pool *pool;
    fieldset ours;  /* in the live object */
    bool all_ours;  /* the live entry is what was given: no path has to be looked up */
    bool none_ours; /* our entry is gone: said once, of the whole object */
    size_t n;
    struct path_elem said[VAL_MAX_DEPTH]; /* of a list item that was taken out, or is there twice:
                                             what is below it is not said again */
    size_t said_len;
    drift_finding_fn *fn;
    void *ctx;
};

static bool is_others_business(const struct evaluation *ev, struct path path)
{
    for (size_t i = 0; i < sizeof(others_business) / sizeof(others_business[0]); i++) {
        const char *group = others_business[i].api_group;
        size_t glen = strlen(group), n = 0;
        if (strcmp(ev->g->kind, others_business[i].kind) != 0 ||
            strncmp(ev->g->api_version, group, glen) != 0 || ev->g->api_version[glen] != '/')
            continue;
        if (others_business[i].only_with && !val_get(ev->live, others_business[i].only_with))
            continue;
        while (others_business[i].fields[n] && n < path.len && path.elems[n].kind == PATH_FIELD &&
               strcmp(path.elems[n].as.field->s, others_business[i].fields[n]) == 0)
            n++;
        if (!others_business[i].fields[n])
            return true;
    }
    return false;
}

/* Go's encoding leaves out false, 0 and "" of optional fields: such a value and its absence are
 * one. */
static bool is_zero(const struct val *v)
{
    switch (val_type(v)) {
    case VAL_NULL:
        return true;
    case VAL_BOOL:
        return !v->as.b;
    case VAL_INT:
        return v->as.i == 0;
    case VAL_DOUBLE:
        return v->as.d == 0;
    case VAL_STRING:
    case VAL_LIST:
    case VAL_MAP:
        return v->len == 0;
    default:
        return false;
    }
}

static bool is_container(const struct val *v)
{
    return val_is(v, VAL_MAP) || val_is(v, VAL_LIST);
}

/* Same as given? Where nothing or an empty container was given, others may fill the container. */
static bool is_same(uint64_t given, uint64_t now, const struct fieldset_leaf *leaf)
{
    if (given == now)
        return true;
    if (given == GIVEN_ABSENT || given == GIVEN_EMPTY)
        return is_zero(leaf->value) || is_container(leaf->value);
    return false;
}

/* What was given empty has something in it. In a map or a keyed list that is another's addition; a
 * list that is written whole was written by whoever holds it as one leaf: `rules: []` of a role
 * means no rules. */
static bool written_whole(const struct evaluation *ev, const struct fieldset_leaf *leaf)
{
    const struct val *entries = val_at(ev->live, "metadata", "managedFields", NULL);
    bool whole = false;
    for (size_t i = 0; val_count(leaf->value) && i < val_count(entries); i++) {
        struct err e = ERR_INIT;
        const struct fieldset_node *n =
            fieldset_read(ev->pool, val_get(val_item(entries, i), "fieldsV1"), &e);
        err_clear(&e);
        for (size_t k = 0; n && k < leaf->path.len; k++)
            n = fieldset_descend(n, &leaf->path.elems[k]);
        if (n && n->n)
            return false;
        whole = whole || (n && n->member &&
                          !val_str_is(val_get(val_item(entries, i), "manager"), ev->r->manager));
    }
    return whole;
}

static int evaluate_leaf(void *ctx, const struct fieldset_leaf *leaf)
{
    struct evaluation *ev = ctx;
    size_t i = ev->n++;
    uint64_t given = ev->g->leaves[i];
    enum given_how how = given_how(ev->g->api_version, ev->g->kind, leaf->path);
    uint64_t now = given_now(ev->r, ev->g, i, how, leaf);
    if (ev->said_len && path_has_prefix(leaf->path, (struct path){ev->said, ev->said_len}))
        return 0;
    bool same = is_same(given, now, leaf) && !leaf->ambiguous;
    if (same && given != now && written_whole(ev, leaf))
        same = false;
    if (same && ev->all_ours)
        return 0;
    struct drift_finding f = {.path = leaf->path,
                              .leaf = i,
                              .live = leaf->value,
                              .secret = how == GIVEN_SECRET,
                              .how = how,
                              .ambiguous = leaf->ambiguous,
                              .unknown = given == GIVEN_LOST || now == GIVEN_LOST};
    f.ours = ev->all_ours || fieldset_has(ev->ours, leaf->path);
    if ((same && (f.ours || ev->none_ours)) || is_others_business(ev, leaf->path))
        return 0;
    /* Who fills what was given empty owns it from then on: that takes nothing away. */
    if (same && (given == GIVEN_ABSENT || given == GIVEN_EMPTY) && is_container(leaf->value))
        return 0;
    f.kind = same           ? LEEWAY_DRIFT_OWNERSHIP
             : !leaf->value ? LEEWAY_DRIFT_REMOVED
                            : LEEWAY_DRIFT_CHANGED;
    if (f.unknown)
        f.kind = LEEWAY_DRIFT_NOT_SEEN;
    if ((f.kind == LEEWAY_DRIFT_REMOVED || leaf->ambiguous) && given == GIVEN_ITEM &&
        leaf->path.len <= VAL_MAX_DEPTH) {
        memcpy(ev->said, leaf->path.elems, leaf->path.len * sizeof(ev->said[0]));
        ev->said_len = leaf->path.len;
    }
    return ev->fn(ev->ctx, &f);
}

static int whole(struct evaluation *ev, enum leeway_drift_kind kind)
{
    struct drift_finding f = {.kind = kind, .leaf = SIZE_MAX, .live = ev->live};
    return ev->fn(ev->ctx, &f);
}

int drift_evaluate(const struct given_rules *r, const struct given *g, const struct val *live,
                   struct val_pool *p, drift_finding_fn *fn, void *ctx, struct err *e)
{
    struct evaluation ev = {.r = r, .g = g, .live = live, .pool = p, .fn = fn, .ctx = ctx};
    const struct val *meta = val_get(live, "metadata");
    int rc;
    if (!val_str_is(val_get(meta, "uid"), g->uid))
        return whole(&ev, LEEWAY_DRIFT_REPLACED);
    if (val_get(meta, "deletionTimestamp") && (rc = whole(&ev, LEEWAY_DRIFT_TERMINATING)))
        return rc;
    ev.ours = given_our_fields(r, p, live, e);
    if (!ev.ours)
        return e && e->code ? e->code : ERR_PROTOCOL;
    ev.all_ours = fieldset_equal(ev.ours, g->fields);
    ev.none_ours = g->n && fieldset_is_empty(ev.ours);
    if (ev.none_ours && (rc = whole(&ev, LEEWAY_DRIFT_OWNERSHIP)))
        return rc;
    return fieldset_walk(g->fields, live, evaluate_leaf, &ev);
}
