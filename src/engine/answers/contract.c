// SPDX-License-Identifier: Apache-2.0
#include "engine/answers/contract.h"

#include "base/mem.h"
#include "data/json.h"
#include "engine/answers/within.h"

#include <string.h>

static const char *const owner_words[] = {"platform", "environment", "runtime", "anyone"};

const char *contract_owner_word(enum contract_owner o)
{
    return owner_words[o];
}

/* ---- reading ---- */

static bool read_path(struct contract *c, const struct val *v, struct path *out, struct err *e)
{
    return val_is(v, VAL_STRING) && !path_parse(&c->pool, v->as.s, v->len, out, e);
}

static bool read_field(struct contract *c, const struct val *v, struct contract_field *f,
                       struct err *e)
{
    const struct val *owner = val_get(v, "owner");
    for (size_t i = 0; i < ARRAY_LEN(owner_words); i++)
        if (val_str_is(owner, owner_words[i]))
            f->owner = (enum contract_owner)i;
    const struct val *drift = val_get(v, "onDrift");
    f->on_drift = val_str_is(drift, "revert") ? CONTRACT_DRIFT_REVERT
                  : val_str_is(drift, "hold") ? CONTRACT_DRIFT_HOLD
                                              : CONTRACT_DRIFT_REPORT;
    f->by = val_count(val_get(v, "by")) ? val_get(v, "by") : NULL;
    f->reason = val_str(val_get(v, "reason"), "");
    f->extras = val_bool(val_get(v, "extras"), false);
    f->within_text = val_str(val_get(v, "within"), "");
    f->within = *f->within_text ? within_new(f->within_text, e) : NULL;
    return read_path(c, val_get(v, "path"), &f->path, e) && (f->within || !*f->within_text);
}

static bool read_leaf(struct contract *c, const struct val *v, struct contract_leaf *l,
                      struct err *e)
{
    l->text = val_str(val_get(v, "path"), "");
    l->value = val_get(v, "v");
    l->why = val_str(val_get(v, "why"), "");
    return l->value && read_path(c, val_get(v, "path"), &l->path, e);
}

static bool read_all(struct contract *c, const struct val *v, struct err *e)
{
    const struct val *fields = val_get(v, "fields"), *leaves = val_get(v, "leaves");
    c->bind = val_get(v, "bind");
    c->fields = arena_array(&c->pool.arena, val_count(fields) + 1, sizeof(*c->fields));
    c->leaves = arena_array(&c->pool.arena, val_count(leaves) + 1, sizeof(*c->leaves));
    if (!val_is(v, VAL_MAP) || !c->fields || !c->leaves)
        return false;
    for (size_t i = 0; i < val_count(fields); i++) {
        c->fields[c->n_fields] = (struct contract_field){.owner = CONTRACT_PLATFORM};
        if (!read_field(c, val_item(fields, i), &c->fields[c->n_fields++], e))
            return false;
    }
    for (size_t i = 0; i < val_count(leaves); i++)
        if (!read_leaf(c, val_item(leaves, i), &c->leaves[c->n_leaves++], e))
            return false;
    return true;
}

struct contract *contract_read(const char *text, size_t len, struct err *e)
{
    struct err why = ERR_INIT;
    if (!len)
        return NULL;
    struct contract *c = mem_new(struct contract);
    val_pool_init_limited(&c->pool, BUF_LARGE);
    const struct val *v = json_read(&c->pool, text, len, NULL, &why);
    if (!v || !read_all(c, v, &why)) {
        err_set(e, ERR_CORRUPT, "a field contract cannot be read%s%s", why.text ? ": " : "",
                why.text ? why.text : "");
        contract_free(c);
        c = NULL;
    }
    err_clear(&why);
    return c;
}

void contract_free(struct contract *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->n_fields; i++)
        within_free(c->fields[i].within);
    val_pool_clear(&c->pool);
    mem_free(c);
}

/* ---- asking ---- */

static bool holds(struct path pattern, struct path path)
{
    return pattern.len <= path.len && path_matches(pattern, (struct path){path.elems, pattern.len});
}

const struct contract_field *contract_field_of(const struct contract *c, struct path path)
{
    const struct contract_field *best = NULL;
    for (size_t i = 0; c && i < c->n_fields; i++)
        if (holds(c->fields[i].path, path) && (!best || c->fields[i].path.len >= best->path.len))
            best = &c->fields[i];
    return best;
}

const struct contract_leaf *contract_leaf_of(const struct contract *c, struct path path)
{
    for (size_t i = 0; c && i < c->n_leaves; i++)
        if (path_equal(c->leaves[i].path, path))
            return &c->leaves[i];
    return NULL;
}

bool contract_holds(const struct contract *c)
{
    for (size_t i = 0; c && i < c->n_fields; i++)
        if (c->fields[i].on_drift == CONTRACT_DRIFT_HOLD)
            return true;
    return false;
}

bool contract_gives_away(const struct contract_field *f)
{
    return f && (f->owner == CONTRACT_RUNTIME || f->owner == CONTRACT_ANYONE);
}

static bool is_named(const struct val *by, const char *manager)
{
    for (size_t i = 0; i < val_count(by); i++)
        if (val_str_is(val_item(by, i), manager))
            return true;
    return false;
}

static const char *because(const struct contract_field *f)
{
    return *f->reason ? f->reason : "the field contract says so";
}

bool contract_allows(const struct contract *c, const struct contract_field *f, const char *manager,
                     enum leeway_actor actor, const struct val *live, struct val_pool *p,
                     const char **why)
{
    struct err e = ERR_INIT;
    struct arena *a = &p->arena;
    bool allowed = false;
    if (!contract_gives_away(f)) {
        *why = f ? arena_printf(a, "%s owns it%s%s", owner_words[f->owner], *f->reason ? ": " : "",
                                f->reason)
                 : "platform owns it: no field contract gives it away";
    } else if (f->by && !is_named(f->by, manager)) {
        *why = arena_printf(a, "the field contract leaves it to others than %s: %s",
                            *manager ? manager : "somebody unknown", because(f));
    } else if (f->owner == CONTRACT_RUNTIME && !f->by && actor == LEEWAY_ACTOR_PERSON) {
        *why = arena_printf(a, "the field contract leaves it to controllers, not to a person: %s",
                            because(f));
    } else if (f->within && !within_holds(f->within, c->bind, live, &e)) {
        *why = arena_printf(a, "it is outside of what the field contract leaves to %s (%s)%s%s",
                            owner_words[f->owner], f->within_text, e.text ? ": " : "",
                            e.text ? e.text : "");
    } else {
        allowed = true;
        *why = arena_printf(a, "the field contract leaves it to %s: %s", owner_words[f->owner],
                            because(f));
    }
    err_clear(&e);
    return allowed;
}
