// SPDX-License-Identifier: Apache-2.0
/*
 * structured-merge-diff's own tests: typed values (sets, differences, merges, removals, validation,
 * reconciliation with changed types), and histories of apply and update with who owns what after
 * each step. Types come in that library's own form.
 */
#include "tests/conformance/conformance.h"

#include "base/vec.h"
#include "data/json.h"
#include "data/yaml.h"
#include "schema/typed.h"
#include "sim/ssa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- types ---- */

struct override {
    struct typed_atom *to;
    const struct typed_atom *from;
    enum typed_relation relation;
};

struct types {
    struct val_pool *pool;
    const struct val *list;
    struct typed_atom *atoms; /* one for each of the list */
    VEC(struct override) overrides;
};

static const struct typed_atom unresolved;

static enum typed_relation relation(const struct val *v)
{
    return val_str_is(v, "atomic")        ? TYPED_ATOMIC
           : val_str_is(v, "associative") ? TYPED_ASSOCIATIVE
                                          : TYPED_SEPARABLE;
}

static void fill(struct types *t, struct typed_atom *a, const struct val *v);

static const struct typed_atom *of_ref(struct types *t, const struct val *ref)
{
    const struct val *name = val_get(ref, "namedType");
    const struct val *over = val_get(ref, "elementRelationship");
    if (!val_count(ref))
        return NULL;
    struct typed_atom *a = arena_new(&t->pool->arena, struct typed_atom);
    if (!name) {
        fill(t, a, ref);
        a->deduced = a->scalar == TYPED_UNTYPED;
        return a;
    }
    for (size_t i = 0; i < val_count(t->list); i++) {
        if (!val_equal(val_get(val_item(t->list, i), "name"), name))
            continue;
        if (!over)
            return &t->atoms[i];
        vec_push(&t->overrides, (struct override){a, &t->atoms[i], relation(over)});
        return a;
    }
    return &unresolved;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct typed_field *)a)->name, ((const struct typed_field *)b)->name);
}

static void fill_map(struct types *t, struct typed_map *m, const struct val *v)
{
    const struct val *fields = val_get(v, "fields");
    struct typed_field *f = arena_array(&t->pool->arena, val_count(fields) + 1, sizeof(*f));
    for (size_t i = 0; i < val_count(fields); i++) {
        const struct val *x = val_item(fields, i), *name = val_get(x, "name");
        f[i] = (struct typed_field){name->as.s, name->len, of_ref(t, val_get(x, "type")),
                                    val_get(x, "default")};
    }
    qsort(f, val_count(fields), sizeof(*f), by_name);
    *m = (struct typed_map){f, val_count(fields), of_ref(t, val_get(v, "elementType")),
                            relation(val_get(v, "elementRelationship"))};
}

static void fill_list(struct types *t, struct typed_list *l, const struct val *v)
{
    const struct val *keys = val_get(v, "keys");
    const char **k = arena_array(&t->pool->arena, val_count(keys) + 1, sizeof(*k));
    for (size_t i = 0; i < val_count(keys); i++)
        k[i] = val_str(val_item(keys, i), "");
    *l = (struct typed_list){of_ref(t, val_get(v, "elementType")), k, val_count(keys),
                             relation(val_get(v, "elementRelationship"))};
}

static void fill(struct types *t, struct typed_atom *a, const struct val *v)
{
    static const char *const scalars[] = {[TYPED_NUMERIC] = "numeric",
                                          [TYPED_STRING] = "string",
                                          [TYPED_BOOLEAN] = "boolean",
                                          [TYPED_UNTYPED] = "untyped"};
    for (int i = TYPED_NUMERIC; i <= TYPED_UNTYPED; i++)
        if (val_str_is(val_get(v, "scalar"), scalars[i]))
            a->scalar = (enum typed_scalar)i;
    if (val_get(v, "map")) {
        struct typed_map *m = arena_new(&t->pool->arena, struct typed_map);
        a->map = m;
        fill_map(t, m, val_get(v, "map"));
    }
    if (val_get(v, "list")) {
        struct typed_list *l = arena_new(&t->pool->arena, struct typed_list);
        a->list = l;
        fill_list(t, l, val_get(v, "list"));
    }
}

static void types_load(struct types *t, struct val_pool *p, const struct val *list)
{
    size_t n = val_count(list);
    *t = (struct types){.pool = p, .list = list};
    t->atoms = arena_zalloc(&p->arena, (n + 1) * sizeof(*t->atoms));
    for (size_t i = 0; i < n; i++) {
        fill(t, &t->atoms[i], val_item(list, i));
        t->atoms[i].deduced = val_str_is(val_get(val_item(list, i), "name"), "__untyped_deduced_");
    }
    for (size_t i = 0; i < t->overrides.len; i++) {
        const struct override *o = &t->overrides.items[i];
        *o->to = *o->from;
        if (o->from->map) {
            struct typed_map *m = arena_new(&p->arena, struct typed_map);
            *m = *o->from->map;
            m->relation = o->relation;
            o->to->map = m;
        } else if (o->from->list) {
            struct typed_list *l = arena_new(&p->arena, struct typed_list);
            *l = *o->from->list;
            l->relation = o->relation;
            o->to->list = l;
        } else {
            *o->to = unresolved;
        }
    }
    vec_clear(&t->overrides);
}

static const struct typed_atom *type_named(const struct types *t, const char *name)
{
    for (size_t i = 0; i < val_count(t->list); i++)
        if (val_str_is(val_get(val_item(t->list, i), "name"), name))
            return &t->atoms[i];
    return strcmp(name, "__untyped_deduced_") == 0 ? &typed_deduced : &unresolved;
}

/* ---- one case ---- */

struct run {
    struct conformance *c;
    const struct val *line;
    const char *name;
    struct types types;
    bool failed;
};

static void fail(struct run *r, const char *what, const char *expected, const char *got)
{
    if (!r->failed)
        conformance_fail(r->c, arena_printf(&r->c->pool->arena, "%s: %s", r->name, what), expected,
                         got);
    r->failed = true;
}

static void same_set(struct run *r, const char *what, const struct val *expected, fieldset got)
{
    struct err e = ERR_INIT;
    fieldset want = fieldset_read(r->c->pool, expected, &e);
    if (!want || !got || !fieldset_equal(want, got))
        fail(r, what, conformance_show(r->c, expected),
             got ? conformance_show(r->c, fieldset_write(r->c->pool, got)) : "nothing");
    err_clear(&e);
}

static void same_value(struct run *r, const char *what, const struct val *expected,
                       const struct val *got)
{
    expected = expected ? expected : &val_null;
    got = got ? got : &val_null;
    if (!val_equal(expected, got))
        fail(r, what, conformance_show(r->c, expected), conformance_show(r->c, got));
}

static void error(struct run *r, const char *what, struct err *e)
{
    fail(r, what, "no error", e->text);
}

/* ---- typed values ---- */

static const struct typed_atom *type_of(struct run *r)
{
    return type_named(&r->types, val_str(val_get(r->line, "type"), ""));
}

static void op_fieldset(struct run *r)
{
    same_set(r, "fieldset", val_get(r->line, "fields"),
             typed_fieldset(r->c->pool, type_of(r), val_get(r->line, "object")));
}

static void op_compare(struct run *r)
{
    struct typed_changes c;
    struct err e = ERR_INIT;
    if (typed_compare(r->c->pool, type_of(r), val_get(r->line, "lhs"), val_get(r->line, "rhs"), &c,
                      &e)) {
        error(r, "compare", &e);
    } else {
        same_set(r, "added", val_get(r->line, "added"), c.added);
        same_set(r, "modified", val_get(r->line, "modified"), c.modified);
        same_set(r, "removed", val_get(r->line, "removed"), c.removed);
    }
    err_clear(&e);
}

static void op_merge(struct run *r)
{
    const struct val *out;
    struct err e = ERR_INIT;
    if (typed_merge(r->c->pool, type_of(r), val_get(r->line, "lhs"), val_get(r->line, "rhs"), &out,
                    &e)) {
        if (!val_get(r->line, "error"))
            error(r, "merge", &e);
    } else {
        same_value(r, "merge", val_get(r->line, "out"), out);
    }
    err_clear(&e);
}

static void op_remove(struct run *r)
{
    struct err e = ERR_INIT;
    const struct val *v = val_get(r->line, "object");
    fieldset s = fieldset_read(r->c->pool, val_get(r->line, "fields"), &e);
    if (!s) {
        error(r, "fields", &e);
    } else {
        if (val_get(r->line, "removed"))
            same_value(r, "removed", val_get(r->line, "removed"),
                       typed_remove(r->c->pool, type_of(r), v, s));
        if (val_get(r->line, "extracted"))
            same_value(r, "extracted", val_get(r->line, "extracted"),
                       typed_extract(r->c->pool, type_of(r), v, s));
    }
    err_clear(&e);
}

static void op_validate(struct run *r)
{
    struct err e = ERR_INIT;
    const struct val *v = val_get(r->line, "object"), *text = val_get(r->line, "yaml");
    struct yaml_docs docs = {0};
    bool valid = true;
    if (!v && val_is(text, VAL_STRING)) {
        valid = yaml_read(r->c->pool, text->as.s, text->len, NULL, &docs, &e) == 0;
        v = valid && docs.len ? docs.items[0].value : &val_null;
    }
    valid = valid && typed_validate(type_of(r), v, 0, &e) == 0;
    if (valid != val_str_is(val_get(r->line, "expect"), "valid"))
        fail(r, "validate",
             val_str(val_get(r->line, "error"), val_str(val_get(r->line, "expect"), "")),
             valid ? "valid" : e.text);
    yaml_docs_clear(&docs);
    err_clear(&e);
}

static void op_reconcile(struct run *r)
{
    struct err e = ERR_INIT;
    const struct val *want = val_get(r->line, "fields");
    fieldset out, s = fieldset_read(r->c->pool, val_get(r->line, "oldFields"), &e);
    if (!s || typed_reconcile(r->c->pool, type_of(r), s, &out, &e))
        error(r, "reconcile", &e);
    else
        same_set(r, "reconcile", val_type(want) == VAL_NULL ? val_get(r->line, "oldFields") : want,
                 out);
    err_clear(&e);
}

/* ---- histories ---- */

/* The conversions of the suite's own tests, which its cases name by the test they come from. */
enum conversion { SAME, RENAMED, REPEATED, RELIANT };

struct history {
    struct run *run;
    enum conversion conversion;
    struct ssa_object live;
    bool begun;
    ssa_owners owners;
};

static enum conversion conversion_of(const char *name)
{
    static const struct {
        const char *test;
        enum conversion c;
    } tests[] = {{"TestMultipleAppliersFieldUnsetting", RENAMED},
                 {"TestMultipleAppliersFieldRenameConversions", RENAMED},
                 {"TestMultipleAppliersRealConversion", REPEATED},
                 {"TestMultipleAppliersReliantFieldsConversions", RELIANT},
                 {"TestVersionDoesntMatchTypename", RELIANT}};
    for (size_t i = 0; i < ARRAY_LEN(tests); i++)
        if (strncmp(name, tests[i].test, strlen(tests[i].test)) == 0)
            return tests[i].c;
    return SAME;
}

static const struct typed_atom *history_type(void *ctx, const char *version)
{
    struct history *h = ctx;
    const struct val *types = val_get(h->run->line, "types"), *t = val_get(types, version);
    if (!t && val_count(types) == 1)
        t = &types->as.entries[0].value;
    return t ? type_named(&h->run->types, val_str(val_get(t, "namedType"), "")) : NULL;
}

static const struct val_key *renamed(enum conversion c, struct val_pool *p, const struct val_key *k,
                                     const char *from, const char *to, int depth)
{
    size_t n = strlen(from);
    static const char required[] = "required_field_bar", relies[] = "field_foo_rely_on_bar";
    const char *out = k->s;
    char repeated[16];
    if (c == RENAMED && k->len > n && strcmp(k->s + k->len - n, from) == 0) {
        out = arena_printf(&p->arena, "%.*s%s", (int)(k->len - n), k->s, to);
    } else if (c == REPEATED && depth > 0 && *out && strlen(to) == 2) {
        int times = to[1] - '0';
        for (int i = 0; i < times; i++)
            repeated[i] = out[0];
        repeated[times] = '\0';
        out = repeated;
    } else if (c == RELIANT && strcmp(k->s, required) == 0 && strcmp(to, "v1") == 0) {
        out = relies;
    } else if (c == RELIANT && strcmp(k->s, relies) == 0 && strcmp(to, "v2") == 0) {
        out = required;
    }
    return val_intern(p, out, strlen(out));
}

static int convert_into(struct val_builder *b, enum conversion c, struct val_pool *p,
                        const struct val *v, const char *from, const char *to, int depth)
{
    if (!val_is(v, VAL_MAP) && !val_is(v, VAL_LIST))
        return val_builder_add(b, v ? *v : val_null);
    int rc = v->type == VAL_MAP ? val_builder_map(b) : val_builder_list(b);
    for (uint32_t i = 0; i < v->len && !rc; i++) {
        if (v->type == VAL_LIST) {
            rc = convert_into(b, c, p, &v->as.items[i], from, to, depth + 1);
            continue;
        }
        const struct val_key *k = renamed(c, p, v->as.entries[i].key, from, to, depth);
        rc = val_builder_key(b, k->s, k->len);
        rc = rc ? rc : convert_into(b, c, p, &v->as.entries[i].value, from, to, depth + 1);
    }
    return rc ? rc : val_builder_end(b);
}

static int history_convert(void *ctx, struct val_pool *p, const struct val *v, const char *from,
                           const char *to, const struct val **out, struct err *e)
{
    struct history *h = ctx;
    *out = v;
    if (h->conversion == SAME || strcmp(from, to) == 0)
        return 0;
    if (h->conversion == RELIANT && strcmp(to, "v1") == 0) {
        struct buf b;
        buf_init(&b, 1u << 20);
        json_write(&b, v, JSON_COMPACT);
        bool there = strstr(buf_str(&b), "required_field_bar") != NULL;
        buf_clear(&b);
        if (!there)
            return err_set(e, ERR_TYPE, "missing required field bar");
    }
    struct val_builder *b = val_builder_new(p, VAL_MAX_DEPTH);
    int rc = convert_into(b, h->conversion, p, v, from, to, 0);
    *out = rc ? v : val_builder_finish(b);
    val_builder_free(b);
    return rc ? err_set(e, rc, "the object cannot be converted") : 0;
}

static void same_managed(struct history *h, const struct val *want, bool with_applied)
{
    for (size_t i = 0; i < val_count(want); i++) {
        const struct val_entry *w = &want->as.entries[i];
        const struct ssa_owner *o = ssa_owner_find(&h->owners, w->key->s);
        const struct val *applied = val_get(&w->value, "applied");
        if (!o) {
            fail(h->run, w->key->s, conformance_show(h->run->c, &w->value), "no such manager");
            continue;
        }
        if (!val_str_is(val_get(&w->value, "apiVersion"), o->version))
            fail(h->run, w->key->s, val_str(val_get(&w->value, "apiVersion"), ""), o->version);
        if (with_applied && val_bool(applied, o->applied) != o->applied)
            fail(h->run, w->key->s, "another operation", o->applied ? "applied" : "updated");
        same_set(h->run, w->key->s, val_get(&w->value, "fields"), o->set);
    }
    for (size_t i = 0; i < h->owners.len; i++)
        if (!val_get(want, h->owners.items[i].id))
            fail(h->run, h->owners.items[i].id, "no such manager",
                 conformance_show(h->run->c,
                                  fieldset_write(h->run->c->pool, h->owners.items[i].set)));
}

static void same_conflicts(struct history *h, const struct val *want, const ssa_conflicts *got)
{
    struct val_pool *p = h->run->c->pool;
    for (size_t i = 0; i < val_count(want); i++) {
        const struct val *w = val_item(want, i), *f = val_get(w, "fields");
        const char *manager = val_str(val_get(w, "manager"), "");
        const struct ssa_owner *o = ssa_owner_find(got, manager);
        fieldset s = fieldset_read(p, f, NULL);
        if (!o || !s || fieldset_size(fieldset_difference(p, s, o->set)))
            fail(h->run, "conflicts", conformance_show(h->run->c, w),
                 o ? conformance_show(h->run->c, fieldset_write(p, o->set)) : "none");
    }
    for (size_t i = 0; i < got->len; i++) {
        fieldset all = fieldset_empty;
        for (size_t k = 0; k < val_count(want); k++)
            if (val_str_is(val_get(val_item(want, k), "manager"), got->items[i].id)) {
                fieldset s = fieldset_read(p, val_get(val_item(want, k), "fields"), NULL);
                all = s ? fieldset_union(p, all, s) : all;
            }
        if (!fieldset_equal(all, got->items[i].set))
            fail(h->run, "conflicts", conformance_show(h->run->c, want),
                 conformance_show(h->run->c, fieldset_write(p, got->items[i].set)));
    }
}

static int apply(struct history *h, const struct ssa_rules *rules, const struct val *object,
                 const char *manager, const char *version, bool force, ssa_conflicts *conflicts,
                 struct err *e)
{
    const struct val *out;
    struct ssa_object live = h->live;
    int rc = ssa_apply(h->run->c->pool, rules, live, (struct ssa_object){object, version},
                       &h->owners, manager, force, &out, conflicts, e);
    if (!rc)
        h->live = (struct ssa_object){out, version};
    return rc;
}

static int extract_apply(struct history *h, const struct ssa_rules *rules, const struct val *object,
                         const char *manager, const char *version, ssa_conflicts *conflicts,
                         struct err *e)
{
    struct val_pool *p = h->run->c->pool;
    const struct typed_atom *t = history_type(h, version);
    const struct ssa_owner *o = ssa_owner_find(&h->owners, manager);
    const struct val *live, *merged = object;
    if (!h->begun)
        return apply(h, rules, object, manager, version, true, conflicts, e);
    if (o && strcmp(o->version, version) != 0)
        return err_set(e, ERR_TYPE, "the manager's set is of another version");
    int rc = history_convert(h, p, h->live.v, h->live.version, version, &live, e);
    if (!rc)
        rc = typed_merge(p, t,
                         typed_extract(p, t, live, o ? fieldset_leaves(p, o->set) : fieldset_empty),
                         object, &merged, e);
    return rc ? rc : apply(h, rules, merged, manager, version, true, conflicts, e);
}

static void step(struct history *h, const struct val *op)
{
    struct ssa_rules rules = {h, history_type, history_convert, NULL};
    const char *kind = val_str(val_get(op, "op"), ""), *name = val_str(val_get(op, "manager"), "");
    const char *version = val_str(val_get(op, "apiVersion"), "");
    const struct val *object = val_get(op, "object"), *want = val_get(op, "conflicts");
    const struct typed_atom *t = history_type(h, version);
    ssa_conflicts conflicts = {0};
    struct err e = ERR_INIT;
    bool update = strcmp(kind, "update") == 0;
    int rc;
    object = object ? object : &val_null;
    if (!h->begun)
        h->live = (struct ssa_object){&val_null, version};
    rc = t ? typed_validate(t, object, update ? TYPED_DUPLICATES : 0, &e)
           : err_set(&e, ERR_TYPE, "no such version");
    if (!rc && update) {
        rc = ssa_update(h->run->c->pool, &rules, h->live, (struct ssa_object){object, version},
                        &h->owners, name, &e);
        if (!rc)
            h->live = (struct ssa_object){object, version};
    } else if (!rc && strcmp(kind, "extract-apply") == 0) {
        rc = extract_apply(h, &rules, object, name, version, &conflicts, &e);
    } else if (!rc) {
        rc = apply(h, &rules, object, name, version, strcmp(kind, "force") == 0, &conflicts, &e);
    }
    if (rc == ERR_CONFLICT && val_count(want))
        same_conflicts(h, want, &conflicts);
    else if (rc && !val_get(op, "error"))
        error(h->run, kind, &e);
    else if (!rc && (val_count(want) || val_get(op, "error")))
        fail(h->run, kind, conformance_show(h->run->c, val_count(want) ? want : op), "no error");
    h->begun = h->begun || !rc;
    if (val_get(op, "live"))
        same_value(h->run, "live", val_get(op, "live"), h->live.v);
    same_managed(h, val_get(op, "managed"), true);
    vec_clear(&conflicts);
    err_clear(&e);
}

static void op_history(struct run *r)
{
    struct history h = {.run = r, .conversion = conversion_of(r->name)};
    const struct val *ops = val_get(r->line, "ops");
    const struct val *managed = val_get(r->line, "managed"), *object = val_get(r->line, "object");
    for (size_t i = 0; i < val_count(ops) && !r->failed; i++)
        step(&h, val_item(ops, i));
    if (val_is(managed, VAL_MAP))
        same_managed(&h, managed, false);
    if (object && h.begun && !val_get(val_item(ops, val_count(ops) - 1), "live"))
        same_value(r, "object", object, h.live.v);
    vec_clear(&h.owners);
}

static int run_line(struct conformance *c, const struct val *line)
{
    static const struct {
        const char *op;
        void (*run)(struct run *r);
    } ops[] = {{"fieldset", op_fieldset}, {"compare", op_compare},   {"merge", op_merge},
               {"remove", op_remove},     {"validate", op_validate}, {"reconcile", op_reconcile}};
    struct run r = {.c = c, .line = line, .name = val_str(val_get(line, "name"), "")};
    const char *op = val_str(val_get(line, "op"), "");
    size_t i = 0;
    if (!val_is(val_get(line, "schema"), VAL_LIST))
        return conformance_malformed(c, "no schema");
    types_load(&r.types, c->pool, val_get(line, "schema"));
    while (i < ARRAY_LEN(ops) && strcmp(ops[i].op, op) != 0)
        i++;
    if (val_is(val_get(line, "ops"), VAL_LIST))
        op_history(&r);
    else if (i < ARRAY_LEN(ops))
        ops[i].run(&r);
    else
        return conformance_malformed(c, "op is none that is known");
    if (!r.failed)
        conformance_pass(c);
    return 0;
}

const struct conformance_runner conformance_ssa = {"ssa", run_line};
