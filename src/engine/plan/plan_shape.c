// SPDX-License-Identifier: Apache-2.0
/*
 * What of a body leeway applies itself. Fields that the contract leaves to others, and those that
 * were handed over, leave it once the object is there: where leeway owns one now, leeway-initial is
 * to keep its live value; where there is none yet, it gets the value that was wanted. Accepted
 * fields go along with their live value when nobody else owns them, and are left out otherwise. All
 * of them are remembered with the value that was wanted.
 */
#include "engine/plan/plan_make.h"

#include "data/diff.h"
#include "data/json.h"
#include "engine/answers/contract.h"
#include "engine/answers/exceptions.h"
#include "engine/drift/drift.h"
#include "engine/drift/given.h"
#include "engine/environments/environment.h"
#include "kube/ownership.h"

#include <string.h>

struct shaping {
    struct plan_item *it;
    struct plan *plan;
    struct val_pool *p;
    struct target *target;        /* NULL: it was never applied there */
    const struct contract *known; /* of the release before */
    struct contract *c;           /* wanted now */
    const struct val *keep;       /* paths that are given back: they stay in the body */
    const struct val *body;
    fieldset ours; /* of the live object */
    VEC(struct val) leaves, initial;
    VEC(struct val) settled; /* leaves without those accepted since the release before */
};

static const struct val *text(struct shaping *s, const char *t)
{
    return val_box(s->p, val_of_str(s->p, t));
}

static const char *path_text(struct shaping *s, struct path path)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    (void)!path_format(&b, path, PATH_STYLE_QUOTED);
    const char *out = arena_strndup(&s->p->arena, buf_str(&b), b.len);
    buf_clear(&b);
    return out;
}

/* ---- the body ---- */

/* Without the path, and without maps that are empty by that. */
static const struct val *without(struct shaping *s, const struct val *body, struct path path)
{
    const struct val *out = val_without_path(s->p, body, path);
    while (out && path.len > 1) {
        path.len--;
        const struct val *above = path_resolve(out, path, NULL, NULL);
        if (path.elems[path.len - 1].kind != PATH_FIELD || !above || val_count(above) ||
            (above->type != VAL_MAP && above->type != VAL_LIST))
            break;
        out = val_without_path(s->p, out, path);
    }
    return out ? out : body;
}

static bool owns(fieldset set, struct path path)
{
    const struct fieldset_node *n = set;
    for (size_t i = 0; n && i < path.len; i++)
        n = fieldset_descend(n, &path.elems[i]);
    return n != NULL;
}

static void push_leaf(struct shaping *s, const char *path, const struct val *v, const char *why)
{
    const struct val *leaf = val_map_of(s->p, NULL, 0);
    leaf = val_map_with(s->p, leaf, "path", text(s, path));
    leaf = val_map_with(s->p, leaf, "v", v);
    leaf = *why ? val_map_with(s->p, leaf, "why", text(s, why)) : leaf;
    if (!leaf)
        return;
    vec_push(&s->leaves, *leaf);
    vec_push(&s->settled, *leaf);
}

static void push_initial(struct shaping *s, const char *path, const struct val *v)
{
    const struct val *x = val_map_of(s->p, NULL, 0);
    x = val_map_with(s->p, x, "path", text(s, path));
    x = val_map_with(s->p, x, "v", v);
    if (x)
        vec_push(&s->initial, *x);
}

static bool has_leaf(const struct shaping *s, const char *path)
{
    for (size_t i = 0; i < s->leaves.len; i++)
        if (val_str_is(val_get(&s->leaves.items[i], "path"), path))
            return true;
    return false;
}

static bool is_kept(const struct shaping *s, struct path path)
{
    for (size_t i = 0; i < val_count(s->keep); i++) {
        struct path kept;
        const struct val *v = val_item(s->keep, i);
        if (val_is(v, VAL_STRING) && !path_parse(s->p, v->as.s, v->len, &kept, NULL) &&
            path_has_prefix(path, kept))
            return true;
    }
    return false;
}

static void note(struct shaping *s, struct path path, const struct val *live, const char *words)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    (void)!path_format(&b, path, PATH_STYLE_SERVER);
    struct plan_field *f = plan_add_field(s->plan, s->it->row, buf_str(&b));
    f->before = f->after = plan_value_words(s->plan, live, false, NULL, NULL);
    f->note = plan_str(s->plan, words);
    buf_clear(&b);
}

/* One field that leeway does not apply: the value that it was wanted to have. */
static void give_away(struct shaping *s, struct path path, const struct val *wanted,
                      const char *why)
{
    const struct val *live = s->it->live;
    const struct val *now = live ? path_resolve(live, path, NULL, NULL) : NULL;
    const char *t = path_text(s, path);
    if (has_leaf(s, t))
        return;
    push_leaf(s, t, wanted, why);
    if (is_kept(s, path)) {
        s->body = val_with_path(s->p, s->body, path, wanted);
        return;
    }
    s->body = without(s, s->body, path);
    if (!now && (!live || !contract_leaf_of(s->known, path))) {
        push_initial(s, t, wanted);
    } else if (now && owns(s->ours, path)) {
        push_initial(s, t, val_copy(s->p, now));
        note(s, path, now,
             *why
                 ? "handed over: its value stays, leeway does not apply it any more"
                 : "the field contract leaves it to others: its value stays, leeway does not apply "
                   "it any more");
    }
}

/* ---- what the contract gives away ---- */

static void each_leaf(struct shaping *s, const struct val *v, struct path_elem *elems, size_t n);

static bool has_names(const struct val *list)
{
    for (uint32_t i = 0; i < list->len; i++)
        if (!val_is(val_get(&list->as.items[i], "name"), VAL_STRING))
            return false;
    return list->len > 0;
}

static struct path_elem named(struct shaping *s, const struct val *item)
{
    const struct val *key = val_map_of(s->p, NULL, 0);
    key = val_map_with(s->p, key, "name", val_get(item, "name"));
    return (struct path_elem){.kind = PATH_KEY, .as.key = key};
}

static void leaf(struct shaping *s, const struct val *v, struct path path)
{
    const struct contract_field *f = contract_field_of(s->c, path);
    struct path kept = path_copy(s->p, path);
    if (contract_gives_away(f) && kept.elems)
        give_away(s, kept, v, "");
}

/* Scalars, and lists whose items have no names, are given away as a whole. */
static void each_leaf(struct shaping *s, const struct val *v, struct path_elem *elems, size_t n)
{
    bool map = val_is(v, VAL_MAP) && v->len, list = val_is(v, VAL_LIST) && has_names(v);
    if (n + 1 >= PATH_MAX_ELEMS || (!map && !list)) {
        leaf(s, v, (struct path){elems, n});
        return;
    }
    for (uint32_t i = 0; i < v->len; i++) {
        const struct val *below = map ? &v->as.entries[i].value : &v->as.items[i];
        elems[n] = map ? (struct path_elem){.kind = PATH_FIELD, .as.field = v->as.entries[i].key}
                       : named(s, below);
        if (list && val_count(below) == 1) /* a name alone has to stay */
            continue;
        each_leaf(s, below, elems, n + 1);
    }
}

static void expand(struct shaping *s, const struct val *v, struct path pattern, size_t at,
                   struct path_elem *elems)
{
    if (!v || at == pattern.len) {
        if (v)
            each_leaf(s, v, elems, at);
        return;
    }
    const struct path_elem *e = &pattern.elems[at];
    if (e->kind != PATH_ANY) {
        elems[at] = *e;
        expand(s, path_resolve(v, (struct path){e, 1}, NULL, NULL), pattern, at + 1, elems);
        return;
    }
    bool map = val_is(v, VAL_MAP), list = val_is(v, VAL_LIST) && has_names(v);
    for (uint32_t i = 0; (map || list) && i < v->len; i++) {
        const struct val *below = map ? &v->as.entries[i].value : &v->as.items[i];
        elems[at] = map ? (struct path_elem){.kind = PATH_FIELD, .as.field = v->as.entries[i].key}
                        : named(s, below);
        expand(s, below, pattern, at + 1, elems);
    }
}

static void by_contract(struct shaping *s)
{
    const struct val *body = s->body;
    for (size_t i = 0; s->c && i < s->c->n_fields; i++) {
        struct path_elem elems[PATH_MAX_ELEMS];
        if (contract_gives_away(&s->c->fields[i]))
            expand(s, body, s->c->fields[i].path, 0, elems);
    }
    /* of an earlier release, when its body is planned again without them; and those handed over */
    for (size_t i = 0; s->c && i < s->c->n_leaves; i++) {
        const struct contract_leaf *l = &s->c->leaves[i];
        if (*l->why || contract_gives_away(contract_field_of(s->c, l->path)))
            give_away(s, path_copy(s->p, l->path), val_copy(s->p, l->value), l->why);
    }
}

/* ---- what a person answered ---- */

static const char *manager_of(struct shaping *s, struct path path)
{
    struct fieldset_table *table = fieldset_table_new();
    struct ownership o;
    struct ownership_owner who[16];
    struct err e = ERR_INIT;
    const char *out = "";
    size_t n = ownership_read(s->p, table, s->it->live, &o, &e)
                   ? 0
                   : ownership_owners_of(&o, path, who, ARRAY_LEN(who));
    for (size_t i = 0; !*out && i < n && i < ARRAY_LEN(who); i++)
        if (strcmp(who[i].entry->manager, PLAN_MANAGER) != 0 &&
            strcmp(who[i].entry->manager, PLAN_INITIAL) != 0)
            out = arena_strdup(&s->p->arena, who[i].entry->manager);
    err_clear(&e);
    fieldset_table_free(table);
    return out;
}

static const struct val *wanted_at(struct shaping *s, struct path path)
{
    const struct val *v = path_resolve(s->body, path, NULL, NULL);
    const struct contract_leaf *l = v ? NULL : contract_leaf_of(s->known, path);
    return l ? val_copy(s->p, l->value) : v;
}

static void leave_accepted(struct shaping *s, const struct exception *x, struct path path,
                           const struct store_object *o)
{
    const struct val *now = path_resolve(s->it->live, path, NULL, NULL);
    const struct val *wanted = wanted_at(s, path);
    const char *manager = manager_of(s, path);
    struct buf b;
    buf_init(&b, BUF_LARGE);
    bool known = !now || !json_write(&b, now, JSON_CANONICAL);
    if (known && wanted &&
        exceptions_covering(s->it->making->planning->engine, s->target, o, x->path, manager,
                            buf_str(&b)) == x) {
        push_leaf(s, path_text(s, path), wanted, "");
        s->settled.len -= s->settled.len && !contract_leaf_of(s->known, path);
        s->body = now && !*manager ? val_with_path(s->p, s->body, path, val_copy(s->p, now))
                                   : without(s, s->body, path);
        note(s, path, now, plan_fmt(s->plan, "accepted by %s: left as it is", x->by));
    }
    buf_clear(&b);
}

static void by_answers(struct shaping *s)
{
    struct plan_row *r = s->it->row;
    const struct store_object o = {r->api_version, r->kind, r->namespace_, r->name};
    const struct exception *x;
    size_t at = 0;
    while (s->target && s->it->live &&
           (x = exceptions_next(s->it->making->planning->engine, s->target, &o, &at))) {
        struct path path;
        if (!*x->path || path_parse(s->p, x->path, strlen(x->path), &path, NULL) ||
            is_kept(s, path) || has_leaf(s, path_text(s, path)))
            continue;
        const struct val *wanted = wanted_at(s, path);
        if (x->match != STORE_MATCH_HANDED_OVER)
            leave_accepted(s, x, path, &o);
        else if (wanted)
            give_away(s, path, wanted,
                      plan_fmt(s->plan, "handed over by %s: %s", x->by, x->reason));
    }
}

/* ---- the whole ---- */

static const char *contract_text(struct shaping *s, const struct val *leaves, size_t n)
{
    struct val_pool *p = s->p;
    const struct val *v = val_map_of(p, NULL, 0), *rules = s->it->row->rules;
    const struct val *fields = val_get(rules, "fields"), *bind = val_get(rules, "bind");
    struct buf b;
    if (!val_count(fields) && !n)
        return "";
    v = bind ? val_map_with(p, v, "bind", bind) : v;
    v = val_count(fields) ? val_map_with(p, v, "fields", fields) : v;
    v = n ? val_map_with(p, v, "leaves", val_list_of(p, leaves, n)) : v;
    buf_init(&b, STORE_MAX_BYTES);
    const char *out =
        v && !json_write(&b, v, JSON_CANONICAL) ? arena_strndup(&p->arena, buf_str(&b), b.len) : "";
    buf_clear(&b);
    return out;
}

static struct drift_object *object_of(struct plan_item *it, struct target **target)
{
    struct plan_row *r = it->row;
    struct planning *g = it->making->planning;
    const struct store_object o = {r->api_version, r->kind, r->namespace_, r->name};
    struct environment *env = environment_by_uuid(g->engine, g->plan->environment_uuid);
    *target = env ? target_find(env, it->making->target->cluster_uid) : NULL;
    return *target ? drift_object_of(*target, &o) : NULL;
}

static struct contract *read_rules(const struct val *rules)
{
    struct buf b;
    struct contract *c = NULL;
    buf_init(&b, STORE_MAX_BYTES);
    if (rules && !json_write(&b, rules, JSON_CANONICAL))
        c = contract_read(buf_str(&b), b.len, NULL);
    buf_clear(&b);
    return c;
}

void plan_shape(struct plan_item *it)
{
    struct plan_row *r = it->row;
    struct shaping s = {.it = it, .plan = it->making->planning->plan, .body = r->full};
    const struct given_rules ours = {.manager = PLAN_MANAGER};
    struct err e = ERR_INIT;
    s.p = &s.plan->pool;
    struct drift_object *o = object_of(it, &s.target);
    r->contract = r->settled = "";
    r->initial = NULL;
    if (r->secret) /* what it holds is not for the record of a contract */
        return;
    s.known = o ? drift_object_contract(o) : NULL;
    s.c = read_rules(r->rules);
    s.keep = val_get(r->rules, "keep");
    s.ours = it->live ? given_our_fields(&ours, s.p, it->live, &e) : fieldset_empty;
    s.ours = s.ours ? s.ours : fieldset_empty;
    by_contract(&s);
    by_answers(&s);
    r->full = s.body;
    r->contract = contract_text(&s, s.leaves.items, s.leaves.len);
    r->settled = contract_text(&s, s.settled.items, s.settled.len);
    r->initial = s.initial.len ? val_list_of(s.p, s.initial.items, s.initial.len) : NULL;
    vec_clear(&s.leaves);
    vec_clear(&s.settled);
    vec_clear(&s.initial);
    contract_free(s.c);
    err_clear(&e);
}

const struct val *plan_body_initial(struct val_pool *p, const struct val *body,
                                    const struct val *initial)
{
    for (size_t i = 0; body && i < val_count(initial); i++) {
        const struct val *x = val_item(initial, i), *t = val_get(x, "path");
        struct path path;
        if (val_is(t, VAL_STRING) && !path_parse(p, t->as.s, t->len, &path, NULL))
            body = val_with_path(p, body, path, val_get(x, "v"));
    }
    return body;
}

/* What the dry run does not show: whose the fields are from now on. What was accepted since is on
 * record as that; it comes into the contract with the next release that writes the object. */
void plan_shaped(struct plan_item *it)
{
    struct plan_row *r = it->row;
    struct plan *p = it->making->planning->plan;
    struct target *t;
    struct drift_object *o = object_of(it, &t);
    bool other = o && strcmp(drift_object_contract_text(o), r->settled) != 0;
    if (r->action != LEEWAY_ACTION_AS_IS || !it->live || strcmp(p->kind, "revert") == 0 ||
        (!other && !r->initial))
        return;
    r->action = LEEWAY_ACTION_UPDATE;
    if (!*r->detail)
        r->detail = "no value changes: who may own which field does";
}

bool plan_may_be_missing(struct plan_item *it)
{
    struct plan_row *r = it->row;
    struct target *t;
    const struct store_object o = {r->api_version, r->kind, r->namespace_, r->name};
    struct drift_object *d = object_of(it, &t);
    const struct exception *x =
        d && !val_count(val_get(r->rules, "keep"))
            ? exceptions_covering(it->making->planning->engine, t, &o, "", "", "\"missing\"")
            : NULL;
    if (!x)
        return false;
    r->action = LEEWAY_ACTION_STAYS;
    r->detail =
        plan_fmt(it->making->planning->plan, "accepted as missing by %s: %s", x->by, x->reason);
    return true;
}
