// SPDX-License-Identifier: Apache-2.0
/*
 * What is to be thought of a difference: the field contract allows it, a person's exception covers
 * it, or neither. Made of what the item knows, so that it can be made again when an exception comes
 * or ends; the object is not needed.
 */
#include "engine/drift/drift_int.h"

#include "data/json.h"

#include <string.h>

#define VALUE_BYTES                                                                                \
    (64u * 1024u) /* of a live value that is kept to be compared with exceptions                   \
                   */

/* ---- what the item knows ---- */

const char *drift_item_value(const struct drift_item *i)
{
    return i->value;
}

bool drift_item_is_secret(const struct drift_item *i)
{
    return i->secret;
}

/* The manager that a change is put down to: a field that it writes twice does not change hands. */
const char *drift_item_taker(const struct drift_item *i)
{
    for (size_t n = 0; n < i->owners.len; n++)
        if (!i->owners.items[n].ours)
            return i->owners.items[n].manager;
    return "";
}

static enum leeway_actor actor_of(const struct drift_item *i)
{
    for (size_t n = 0; n < i->owners.len; n++)
        if (!i->owners.items[n].ours)
            return i->owners.items[n].actor;
    return LEEWAY_ACTOR_UNKNOWN;
}

void drift_item_set_value(struct drift_item *i, const struct drift_finding *f)
{
    struct buf b;
    mem_free(i->value);
    i->value = NULL;
    buf_init(&b, VALUE_BYTES);
    if (f->secret && f->live)
        i->value = mem_printf("\"secret:%016llx\"", (unsigned long long)i->live_hash);
    else if (!f->path.len)
        i->value = mem_printf("\"%s\"", leeway_drift_kind_word(f->kind));
    else if (!f->live)
        i->value = mem_strdup("");
    else if (json_write(&b, f->live, JSON_CANONICAL) == 0)
        i->value = mem_strdup(buf_str(&b));
    buf_wipe(&b);
}

/* ---- the verdict ---- */

static void cover(struct drift_item *i, struct exception *x)
{
    struct engine *e = i->dt->drift->engine;
    if (i->exception == x)
        return;
    if (i->exception)
        exceptions_stand(e, i->exception, -1);
    if (x)
        exceptions_stand(e, x, +1);
    i->exception = x;
}

static void say_accepted(struct drift_item *i)
{
    const struct exception *x = i->exception;
    char until[CLOCK_RFC3339_LEN];
    if (x->expires_ms)
        clock_format_rfc3339(x->expires_ms, until);
    drift_set(&i->reason, "%s by %s%s%s: %s",
              x->match == STORE_MATCH_HANDED_OVER ? "handed over" : "accepted", x->by,
              x->expires_ms ? " until " : "", x->expires_ms ? until : "", x->reason);
}

void drift_item_settle(struct drift_item *i)
{
    struct drift_object *o = i->object;
    struct engine *e = i->dt->drift->engine;
    struct val_pool pool;
    struct path path = {NULL, 0};
    const char *why = "";
    if (!o || i->kind == LEEWAY_DRIFT_NOT_SEEN) {
        i->judged = LEEWAY_VERDICT_UNKNOWN;
        if (*i->fact)
            drift_set(&i->reason, "%s", i->fact);
        return;
    }
    val_pool_init_limited(&pool, BUF_LARGE);
    const struct store_object so = drift_object_name(o);
    const struct val *live =
        i->value && *i->value ? json_read(&pool, i->value, strlen(i->value), NULL, NULL) : NULL;
    bool named = *i->path && !path_parse(&pool, i->path, strlen(i->path), &path, NULL);
    const struct contract_field *f = named ? contract_field_of(o->contract, path) : NULL;
    bool allowed =
        contract_allows(o->contract, f, drift_item_taker(i), actor_of(i), live, &pool, &why);
    cover(i, exceptions_covering(e, i->dt->target, &so, i->path, drift_item_taker(i), i->value));
    i->owner_word = contract_owner_word(f ? f->owner : CONTRACT_PLATFORM);
    /* a field that was handed over is nobody's drift */
    bool handed = i->exception && i->exception->match == STORE_MATCH_HANDED_OVER;
    i->judged = allowed || handed ? LEEWAY_VERDICT_ALLOWED
                : i->exception    ? LEEWAY_VERDICT_ACCEPTED
                                  : LEEWAY_VERDICT_UNEXPECTED;
    if (i->exception && !allowed)
        say_accepted(i);
    else
        drift_set(&i->reason, "%s", !allowed && *i->fact ? i->fact : why);
    val_pool_clear(&pool);
}

void drift_answers_changed(struct engine *e)
{
    struct drift *d = engine_part_state(e, &drift_part);
    for (size_t n = 0; d && n < d->items.len; n++) {
        struct drift_item *i = d->items.items[n];
        bool counts = !i->checking && i->verdict != LEEWAY_VERDICT_UNKNOWN;
        if (!i->object)
            continue;
        if (!i->checking && !counts) { /* it is not known; its reason stays */
            cover(i, NULL);
            continue;
        }
        drift_item_settle(i);
        if (counts && i->judged != i->verdict) {
            drift_item_count(i, i->judged);
            drift_targets_counts(i->dt);
        }
        drift_item_changed(i);
    }
}

/* ---- beside our body ---- */

/* Go's encoding leaves out false, 0 and "" of optional fields. */
static bool is_nothing(const struct val *v)
{
    return !v || v->type == VAL_NULL || (v->type == VAL_BOOL && !v->as.b) ||
           (v->type == VAL_INT && v->as.i == 0) ||
           ((v->type == VAL_STRING || v->type == VAL_LIST || v->type == VAL_MAP) && !v->len);
}

static int report_extra(struct path at, const struct path_elem *elem, const struct val *v,
                        drift_finding_fn *fn, void *ctx)
{
    struct path_elem elems[PATH_MAX_ELEMS];
    if (at.len + 1 > PATH_MAX_ELEMS)
        return 0;
    memcpy(elems, at.elems, at.len * sizeof(*elems));
    elems[at.len] = *elem;
    const struct drift_finding f = {
        .kind = LEEWAY_DRIFT_EXTRA, .path = {elems, at.len + 1}, .leaf = SIZE_MAX, .live = v};
    return fn(ctx, &f);
}

/* What of a map or a keyed list is not in the set of what we gave. How the items of a list are told
 * apart is seen from those that we gave; of a list in which nothing is ours it cannot be. */
static int extras_at(struct drift_object *o, const struct val *live, struct path at,
                     drift_finding_fn *fn, void *ctx)
{
    struct val_pool *p = &o->dt->drift->pool;
    const struct val *v = path_resolve(live, at, NULL, NULL);
    const struct fieldset_node *n = o->given->fields;
    int rc = 0;
    for (size_t i = 0; n && i < at.len; i++)
        n = fieldset_descend(n, &at.elems[i]);
    for (uint32_t i = 0; !rc && val_is(v, VAL_MAP) && i < v->len; i++) {
        const struct path_elem elem = {.kind = PATH_FIELD, .as.field = v->as.entries[i].key};
        if (!n || !fieldset_descend(n, &elem))
            rc = report_extra(at, &elem, &v->as.entries[i].value, fn, ctx);
    }
    const struct path_elem *like = n && n->n ? &n->children[0].elem : NULL;
    for (uint32_t i = 0; !rc && like && val_is(v, VAL_LIST) && i < v->len; i++) {
        const struct val *item = &v->as.items[i], *key = val_map_of(p, NULL, 0);
        for (uint32_t k = 0; like->kind == PATH_KEY && key && k < like->as.key->len; k++) {
            const struct val_key *name = like->as.key->as.entries[k].key;
            const struct val *part = val_get_key(item, name);
            key = part ? val_map_with(p, key, name->s, part) : NULL;
        }
        const struct path_elem elem =
            like->kind == PATH_KEY ? (struct path_elem){.kind = PATH_KEY, .as.key = key}
                                   : (struct path_elem){.kind = PATH_VALUE, .as.value = item};
        if (key && !fieldset_descend(n, &elem))
            rc = report_extra(at, &elem, item, fn, ctx);
    }
    return rc;
}

/* The concrete paths that a pattern names in a value, from its at-th element on. */
static int each_match(struct drift_object *o, const struct val *live, struct path pattern,
                      struct path_elem *elems, size_t at, drift_finding_fn *fn, void *ctx)
{
    int rc = 0;
    while (at < pattern.len && pattern.elems[at].kind != PATH_ANY) {
        elems[at] = pattern.elems[at];
        at++;
    }
    if (at == pattern.len)
        return extras_at(o, live, (struct path){elems, at}, fn, ctx);
    const struct fieldset_node *n = o->given->fields;
    for (size_t i = 0; n && i < at; i++)
        n = fieldset_descend(n, &elems[i]);
    for (uint32_t i = 0; !rc && n && i < n->n; i++) { /* of what we gave */
        elems[at] = n->children[i].elem;
        rc = each_match(o, live, pattern, elems, at + 1, fn, ctx);
    }
    return rc;
}

int drift_evaluate_contract(struct drift_object *o, const struct val *live, drift_finding_fn *fn,
                            void *ctx)
{
    const struct contract *c = o->contract;
    int rc = 0;
    if (!c || !val_str_is(val_at(live, "metadata", "uid", NULL), o->given->uid))
        return 0;
    for (size_t i = 0; !rc && i < c->n_leaves; i++) {
        const struct contract_leaf *l = &c->leaves[i];
        const struct val *now = path_resolve(live, l->path, NULL, NULL);
        if ((now && val_equal(now, l->value)) || (is_nothing(now) && is_nothing(l->value)))
            continue;
        const struct drift_finding f = {.kind = now ? LEEWAY_DRIFT_CHANGED : LEEWAY_DRIFT_REMOVED,
                                        .path = l->path,
                                        .leaf = SIZE_MAX,
                                        .wanted = l->value,
                                        .live = now};
        rc = fn(ctx, &f);
    }
    for (size_t i = 0; !rc && i < c->n_fields; i++) {
        struct path_elem elems[PATH_MAX_ELEMS];
        if (c->fields[i].extras)
            rc = each_match(o, live, c->fields[i].path, elems, 0, fn, ctx);
    }
    return rc;
}
