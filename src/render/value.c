// SPDX-License-Identifier: Apache-2.0
/*
 * Templates to values. Whether a value is known is decided before an expression is evaluated, by
 * what it reads: a field of another resource that is rendered is known, anything else of it only
 * once it was applied.
 */
#include "render/render_int.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct val_entry no_entries[1];
const struct val render_left_out = {.type = VAL_MAP, .as.entries = no_entries};

/* ---- what is known ---- */

static struct known both(struct known a, struct known b)
{
    return (struct known){a.deferred || b.deferred, a.secret || b.secret};
}

/* Does one path begin with the other? */
static bool overlap(const struct path *leaf, const struct catalog_ref *ref)
{
    for (uint32_t i = 0; i < leaf->len && i < ref->n_fields; i++)
        if (leaf->elems[i].kind != PATH_FIELD ||
            leaf->elems[i].as.field->len != ref->fields[i]->len ||
            memcmp(leaf->elems[i].as.field->s, ref->fields[i]->s, ref->fields[i]->len) != 0)
            return leaf->elems[i].kind != PATH_FIELD;
    return true;
}

/* What a Secret holds is secret, whoever put it there. */
static bool holds_secrets(const struct val *v, const struct catalog_ref *ref)
{
    v = val_is(v, VAL_LIST) && v->len ? val_item(v, 0) : v;
    return val_str_is(val_get(v, "kind"), "Secret") && val_str_is(val_get(v, "apiVersion"), "v1") &&
           (!ref->n_fields || strcmp(ref->fields[0]->s, "data") == 0);
}

static struct known known_resource(const struct seeing *s, const struct catalog_ref *ref)
{
    const struct val *v = s->resources[ref->resource];
    struct known k = {.secret = holds_secrets(v, ref)};
    if (v == &render_left_out || s->live[ref->resource])
        return k;
    if (val_is(v, VAL_LIST))
        return k; /* tried: what it lacks makes it deferred */
    const struct leaf_list *leaves = &s->resource_leaves[ref->resource];
    for (size_t i = 0; i < leaves->len; i++)
        if (overlap(&leaves->items[i].path, ref))
            k = both(k, (struct known){leaves->items[i].deferred, leaves->items[i].secret});
    for (uint32_t i = 0; i < ref->n_fields; i++)
        v = val_get_key(v, ref->fields[i]);
    k.deferred = k.deferred || !v || !ref->n_fields;
    return k;
}

static struct known known_listed(const bool *deferred, const bool *secret, size_t i)
{
    return (struct known){deferred && deferred[i], secret && secret[i]};
}

static struct known known_any(const bool *deferred, const bool *secret, size_t n)
{
    struct known k = {0};
    for (size_t i = 0; i < n; i++)
        k = both(k, known_listed(deferred, secret, i));
    return k;
}

static struct known known_param(const struct seeing *s, const struct catalog_ref *ref)
{
    if (!s->params_deferred && !s->params_secret)
        return (struct known){0};
    if (!ref->n_fields)
        return known_any(s->params_deferred, s->params_secret, s->params->n_props);
    if (ref->tested && ref->n_fields == 1)
        return (struct known){0};
    size_t i = schema_prop_number(s->params, ref->fields[0]->s, ref->fields[0]->len);
    return i == SIZE_MAX ? (struct known){0}
                         : known_listed(s->params_deferred, s->params_secret, i);
}

static struct known known_input(const struct seeing *s, const struct catalog_ref *ref)
{
    if (!ref->n_fields)
        return known_any(s->inputs_deferred, s->inputs_secret, s->module->n_inputs);
    if (ref->tested && ref->n_fields == 1)
        return (struct known){0};
    size_t i = module_input_number(s->module, ref->fields[0]->s);
    return i == SIZE_MAX ? (struct known){0}
                         : known_listed(s->inputs_deferred, s->inputs_secret, i);
}

static struct known known_output(const struct seeing *s, const struct catalog_ref *ref)
{
    const struct catalog_composition *c = s->r->in->composition;
    struct known k = {0};
    if (ref->tested && ref->n_fields < 4)
        return k;
    for (size_t i = 0; i < c->n_instances; i++) {
        const struct render_instance *in = &s->r->out->instances[i];
        const struct catalog_module *m = c->instances[i].module;
        if ((ref->n_fields && strcmp(c->instances[i].name, ref->fields[0]->s) != 0) ||
            !in->included)
            continue;
        for (size_t o = 0; o < m->n_outputs; o++)
            if (ref->n_fields < 3 || strcmp(m->outputs[o].name, ref->fields[2]->s) == 0)
                k = both(k, known_listed(in->output_deferred, in->output_secret, o));
    }
    return k;
}

struct known seeing_known(const struct seeing *s, const struct catalog_expr *x)
{
    struct known k = {0};
    for (size_t i = 0; i < x->n_refs; i++) {
        const struct catalog_ref *ref = &x->refs[i];
        switch (ref->what) {
        case CATALOG_PARAMS:
            k = both(k, known_param(s, ref));
            break;
        case CATALOG_INPUTS:
            k = both(k, known_input(s, ref));
            break;
        case CATALOG_MODULES:
            k = both(k, known_output(s, ref));
            break;
        case CATALOG_RESOURCE:
            k = both(k, known_resource(s, ref));
            break;
        default:
            break;
        }
    }
    return k;
}

/* ---- evaluating ---- */

void seeing_problem(const struct seeing *s, const struct catalog_expr *x, struct err *e)
{
    char missing[160];
    snprintf(missing, sizeof(missing), "%s", e->text ? e->text : "");
    err_prefix(e, "%s", s->what);
    if (s->resources)
        for (size_t i = 0; i < x->n_refs; i++)
            if (x->refs[i].what == CATALOG_RESOURCE &&
                s->resources[x->refs[i].resource] == &render_left_out)
                err_hint(e, "%s is left out here by its includeWhen",
                         s->module->resources[x->refs[i].resource].id);
    if (strncmp(missing, "no such key: ", 13) == 0)
        err_hint(e, "where it may be missing, ask with .?%s.orValue(…)", missing + 13);
    catalog_problem_inside(s->r->problems, s->file, x->at, x->offset, "", e);
}

/* Did it fail for want of something that a loop over rendered objects could not find? */
static bool waits_for_live(const struct seeing *s, const struct catalog_expr *x)
{
    for (size_t i = 0; s->resources && i < x->n_refs; i++)
        if (x->refs[i].what == CATALOG_RESOURCE && !s->live[x->refs[i].resource] &&
            val_is(s->resources[x->refs[i].resource], VAL_LIST))
            return true;
    return false;
}

/* 0, or failed; *k gets deferred when it turns out so. */
static int evaluate(struct seeing *s, const struct catalog_expr *x, struct known *k,
                    struct cel_value *v)
{
    struct err e = ERR_INIT;
    int rc = cel_eval(x->program, &s->act, &s->r->pool->arena, NULL, v, &e);
    if (!rc && v->kind != CEL_UNKNOWN)
        return 0;
    if (rc == ERR_INVALID && waits_for_live(s, x)) {
        err_clear(&e);
        k->deferred = true;
        return 0;
    }
    if (!rc)
        rc = err_set(&e, ERR_INTERNAL, "the expression reads what is not bound");
    seeing_problem(s, x, &e);
    return rc;
}

static bool to_val(struct seeing *s, const struct catalog_expr *x, struct cel_value v,
                   struct val *out)
{
    struct val_pool *pool = s->r->pool;
    struct err e = ERR_INIT;
    switch ((enum cel_kind)v.kind) {
    case CEL_NULL:
        *out = val_null;
        return true;
    case CEL_BOOL:
        *out = val_of_bool(v.as.u != 0);
        return true;
    case CEL_INT:
        *out = val_of_int(v.as.i);
        return true;
    case CEL_STRING:
        *out = val_of_strn(pool, v.as.s, v.len);
        return true;
    case CEL_DOUBLE:
        *out = val_of_double(v.as.d);
        if (isfinite(v.as.d))
            return true;
        err_set(&e, ERR_INVALID, "gives %s, which no object can hold",
                isnan(v.as.d) ? "no number" : "an endless number");
        break;
    case CEL_LIST:
    case CEL_MAP:
        if (v.rep == CEL_REP_VAL) {
            *out = *v.as.v;
            return true;
        }
        __attribute__((fallthrough));
    default: {
        const struct val *made = cel_to_val(pool, v, &e);
        if (made) {
            *out = *made;
            return true;
        }
    }
    }
    seeing_problem(s, x, &e);
    return false;
}

/* ---- leaves ---- */

struct at { /* from the leaf up to where rendering began */
    const struct at *up;
    struct path_elem elem;
};

static void note(struct seeing *s, const struct at *at, struct known k, struct leaf_list *leaves)
{
    size_t n = 0;
    if (!leaves || (!k.deferred && !k.secret))
        return;
    for (const struct at *a = at; a; a = a->up)
        n++;
    struct path_elem *elems = arena_array(&s->r->pool->arena, n + 1, sizeof(*elems));
    if (!elems)
        return;
    struct path p = {elems, n};
    for (const struct at *a = at; a; a = a->up)
        elems[--n] = a->elem;
    vec_push(leaves, (struct render_leaf){.path = p, .deferred = k.deferred, .secret = k.secret});
}

/* The text that stands for what is not known: the expression itself. */
static struct val placeholder(struct seeing *s, const struct template_node *n)
{
    if (n->kind == TEMPLATE_TEXT)
        return *n->source;
    const struct catalog_expr *x = n->as.expr;
    char *text = arena_printf(&s->r->pool->arena, "${%.*s}", (int)x->len, x->text);
    return val_borrow_str(text ? text : "", text ? strlen(text) : 0);
}

/* ---- nodes ---- */

static bool value_of_node(struct seeing *s, const struct template_node *n, const struct at *at,
                          struct val *out, struct leaf_list *leaves, bool *failed);

static bool of_expr(struct seeing *s, const struct template_node *n, const struct at *at,
                    struct val *out, struct leaf_list *leaves, bool *failed)
{
    const struct catalog_expr *x = n->as.expr;
    struct known k = seeing_known(s, x);
    struct cel_value v = cel_null();
    if (!k.deferred && evaluate(s, x, &k, &v)) {
        *failed = true;
        return false;
    }
    if (k.deferred) {
        *out = placeholder(s, n);
    } else {
        if (v.kind == CEL_OPTIONAL) {
            if (!v.as.optional)
                return false;
            v = *v.as.optional;
        }
        if (!to_val(s, x, v, out)) {
            *failed = true;
            return false;
        }
    }
    out->line = n->source->line;
    out->col = n->source->col;
    note(s, at, k, leaves);
    return true;
}

static bool add_printed(struct seeing *s, const struct catalog_expr *x, struct cel_value v,
                        struct buf *b)
{
    struct err e = ERR_INIT;
    struct val scalar;
    if (v.kind == CEL_OPTIONAL && v.as.optional)
        v = *v.as.optional;
    if (v.kind == CEL_STRING)
        return !buf_add(b, v.as.s, v.len);
    if (v.kind == CEL_INT)
        return !buf_printf(b, "%lld", (long long)v.as.i);
    if (v.kind == CEL_BOOL)
        return !buf_puts(b, v.as.u ? "true" : "false");
    if (v.kind == CEL_DOUBLE || v.kind == CEL_UINT)
        return !cel_print(b, v) && (v.kind != CEL_UINT || (b->data[--b->len] = '\0', true));
    if (v.kind == CEL_TIMESTAMP || v.kind == CEL_DURATION || v.kind == CEL_OPAQUE) {
        if (!to_val(s, x, v, &scalar))
            return false;
        if (val_is(&scalar, VAL_STRING))
            return !buf_add(b, scalar.as.s, scalar.len);
    }
    err_set(&e, ERR_TYPE, "gives %s inside a text",
            v.kind == CEL_OPTIONAL ? "nothing (an optional without a value)" : cel_type_name_of(v));
    err_hint(&e, v.kind == CEL_LIST       ? "join it: .join(',')"
                 : v.kind == CEL_OPTIONAL ? "say what stands there then: .orValue('')"
                                          : "only texts, numbers and truths can stand in a text");
    seeing_problem(s, x, &e);
    return false;
}

static bool of_text(struct seeing *s, const struct template_node *n, const struct at *at,
                    struct val *out, struct leaf_list *leaves, bool *failed)
{
    struct known k = {0};
    struct buf b;
    for (size_t i = 0; i < n->n; i++)
        if (n->as.parts[i].expr)
            k = both(k, seeing_known(s, n->as.parts[i].expr));
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < n->n && !k.deferred && !*failed; i++) {
        const struct template_part *p = &n->as.parts[i];
        struct cel_value v;
        if (!p->expr)
            buf_add(&b, p->text, p->len);
        else if (evaluate(s, p->expr, &k, &v) || (!k.deferred && !add_printed(s, p->expr, v, &b)))
            *failed = true;
    }
    if (!*failed)
        *out = k.deferred ? placeholder(s, n) : val_of_strn(s->r->pool, buf_str(&b), b.len);
    buf_clear(&b);
    if (*failed)
        return false;
    out->line = n->source->line;
    out->col = n->source->col;
    note(s, at, k, leaves);
    return true;
}

static bool of_map(struct seeing *s, const struct template_node *n, const struct at *at,
                   struct val *out, struct leaf_list *leaves, bool *failed)
{
    struct val_entry *entries = arena_array(&s->r->pool->arena, n->n + 1, sizeof(*entries));
    uint32_t kept = 0;
    if (!entries) {
        *failed = true;
        return false;
    }
    for (size_t i = 0; i < n->n; i++) {
        const struct val_entry *e = &n->source->as.entries[i];
        struct at here = {at, {.kind = PATH_FIELD, .as.field = e->key}};
        entries[kept] = (struct val_entry){.key = e->key, .line = e->line, .col = e->col};
        if (value_of_node(s, &n->as.children[i], &here, &entries[kept].value, leaves, failed))
            kept++;
    }
    *out = (struct val){.type = VAL_MAP,
                        .line = n->source->line,
                        .col = n->source->col,
                        .len = kept,
                        .as.entries = entries};
    return true;
}

static bool of_list(struct seeing *s, const struct template_node *n, const struct at *at,
                    struct val *out, struct leaf_list *leaves, bool *failed)
{
    struct val *items = arena_array(&s->r->pool->arena, n->n + 1, sizeof(*items));
    uint32_t kept = 0;
    if (!items) {
        *failed = true;
        return false;
    }
    for (size_t i = 0; i < n->n; i++) {
        struct at here = {at, {.kind = PATH_INDEX, .as.index = kept}};
        if (value_of_node(s, &n->as.children[i], &here, &items[kept], leaves, failed))
            kept++;
    }
    *out = (struct val){.type = VAL_LIST,
                        .line = n->source->line,
                        .col = n->source->col,
                        .len = kept,
                        .as.items = items};
    return true;
}

static bool value_of_node(struct seeing *s, const struct template_node *n, const struct at *at,
                          struct val *out, struct leaf_list *leaves, bool *failed)
{
    switch ((enum template_kind)n->kind) {
    case TEMPLATE_EXPR:
        return of_expr(s, n, at, out, leaves, failed);
    case TEMPLATE_TEXT:
        return of_text(s, n, at, out, leaves, failed);
    case TEMPLATE_MAP:
        return of_map(s, n, at, out, leaves, failed);
    case TEMPLATE_LIST:
        return of_list(s, n, at, out, leaves, failed);
    case TEMPLATE_CONST:
        break;
    }
    *out = n->as.value;
    return true;
}

bool seeing_value(struct seeing *s, const struct template_node *n, struct val *out,
                  struct leaf_list *leaves, bool *failed)
{
    return value_of_node(s, n, NULL, out, leaves, failed);
}

/* ---- decisions ---- */

static bool undecided(struct seeing *s, const struct catalog_expr *x, const char *what)
{
    struct known k = seeing_known(s, x);
    struct err e = ERR_INIT;
    if (!k.deferred)
        return false;
    err_set(&e, ERR_INVALID,
            "%s cannot be decided by what is only known after the objects are made", what);
    err_hint(&e, k.secret ? "a secret cannot decide what is made; take a parameter beside it"
                          : "use parameters, the cluster's facts, or fields that a template gives");
    seeing_problem(s, x, &e);
    return true;
}

bool seeing_condition(struct seeing *s, const struct catalog_expr *x, const char *what,
                      bool otherwise)
{
    struct cel_value v;
    struct known k = {0};
    if (!x)
        return otherwise;
    if (undecided(s, x, what) || evaluate(s, x, &k, &v))
        return false;
    if (!k.deferred && v.kind == CEL_BOOL)
        return v.as.u != 0;
    struct err e = ERR_INIT;
    err_set(&e, ERR_TYPE, "%s gives %s, true or false is needed", what,
            k.deferred ? "nothing yet" : cel_type_name_of(v));
    seeing_problem(s, x, &e);
    return false;
}

const struct val *seeing_items(struct seeing *s, const struct catalog_expr *x)
{
    struct cel_value v;
    struct known k = {0};
    struct val out;
    struct err e = ERR_INIT;
    if (undecided(s, x, "forEach") || evaluate(s, x, &k, &v))
        return NULL;
    if (!k.deferred && v.kind == CEL_LIST && v.len <= RENDER_ITEMS_MAX)
        return to_val(s, x, v, &out) ? val_box(s->r->pool, out) : NULL;
    if (!k.deferred && v.kind == CEL_LIST)
        err_set(&e, ERR_LIMIT, "forEach has %u items, at most %u are allowed", v.len,
                RENDER_ITEMS_MAX);
    else
        err_set(&e, ERR_TYPE, "forEach needs a list, this is %s",
                k.deferred ? "not known yet" : cel_type_name_of(v));
    seeing_problem(s, x, &e);
    return NULL;
}
