// SPDX-License-Identifier: Apache-2.0
/*
 * The checker: resolves names (variables, types, functions, in the namespaces of the container),
 * gives every node a type, and chooses the overloads that may apply. With CEL_UNCHECKED nothing is
 * an error: what does not resolve is left to cel_fail when it is evaluated.
 */
#include "cel/check_int.h"

static int check(struct checker *c, struct ast *t);

const char *cel_t_text(struct checker *c, const struct cel_type *t)
{
    struct buf b;
    buf_init(&b, 512);
    cel_type_print(&b, cel_t_substitute(&c->types, t, true));
    char *s = arena_strdup(c->arena, buf_str(&b));
    buf_clear(&b);
    return s ? s : "";
}

static int push_local(struct checker *c, const struct ast *at, const char *name,
                      const struct cel_type *type)
{
    if (c->n_locals == MAX_LOCALS)
        return cel_source_error(c->src, at->pos, ERR_LIMIT, "too many variables in each other");
    c->locals[c->n_locals++] = (struct local){name, type};
    if (c->n_locals > c->max_locals)
        c->max_locals = c->n_locals;
    return 0;
}

static int check_ident(struct checker *c, struct ast *t)
{
    int local = t->flags & AF_ABSOLUTE ? -1 : cel_find_local(c, t->name);
    if (local >= 0) {
        t->slot = local;
        t->flags |= AF_LOCAL;
        t->type = c->locals[local].type;
        return 0;
    }
    if (cel_lookup(c, t->name, t->flags & AF_ABSOLUTE, cel_resolve_ident, t))
        return 0;
    t->type = &cel_t_dyn;
    t->flags |= AF_UNBOUND;
    return c->lenient ? 0 : cel_undeclared(c, t, t->name, false);
}

static struct ast *call_of(struct checker *c, struct ast *arg, const char *name, uint16_t flags)
{
    struct ast *call = arena_zalloc(c->arena, sizeof(*call));
    struct ast **args = arena_array(c->arena, 1, sizeof(struct ast *));
    if (!call || !args)
        return NULL;
    args[0] = arg;
    *call = (struct ast){.kind = AST_CALL,
                         .flags = flags,
                         .pos = arg->pos,
                         .height = arg->height + 1,
                         .n = 1,
                         .name = name,
                         .name_len = (uint32_t)strlen(name),
                         .args = args};
    return call;
}

/* has(a.b) and a.?b where "a.b" is a variable's name: it is there, but reading it may fail. */
static int check_variable_test(struct checker *c, struct ast *t, bool *done)
{
    bool absolute, test = t->flags & AF_TEST;
    struct ast plain = *t;
    plain.flags &= (uint16_t) ~(AF_TEST | AF_OPTIONAL);
    char *name = cel_dotted(c, &plain, NULL, &absolute);
    *done = name && cel_find_variable(c->env, name) >= 0;
    if (!*done)
        return 0;
    struct ast *inner = arena_zalloc(c->arena, sizeof(*inner));
    if (inner)
        *inner = plain;
    struct ast *call = inner ? call_of(c, inner, "optional.of", 0) : NULL;
    if (call && test)
        call = call_of(c, call, "hasValue", AF_MEMBER);
    if (!call)
        return cel_source_error(c->src, t->pos, ERR_LIMIT, "the expression is too large");
    *t = *call;
    return check(c, t);
}

static int check_select(struct checker *c, struct ast *t)
{
    bool absolute = false, done = false;
    if (t->flags & (AF_TEST | AF_OPTIONAL)) {
        int rc = check_variable_test(c, t, &done);
        if (rc || done)
            return rc;
    }
    char *name = t->flags & (AF_TEST | AF_OPTIONAL) ? NULL : cel_dotted(c, t, NULL, &absolute);
    if (name && cel_lookup(c, name, absolute, cel_resolve_ident, t))
        return 0;
    int rc = check(c, t->args[0]);
    if (rc)
        return rc;
    const struct cel_type *of = cel_t_substitute(&c->types, t->args[0]->type, false);
    bool optional = of->kind == T_OPTIONAL || (t->flags & AF_OPTIONAL);
    if (of->kind == T_OPTIONAL)
        of = cel_t_substitute(&c->types, of->params[0], false);
    const struct cel_type *result = &cel_t_dyn;
    if (of->kind == T_MAP) {
        result = of->params[1];
    } else if (of->kind == T_OBJECT) {
        const struct cel_field *f = cel_t_field(of, t->name, t->name_len);
        if (!f && of->object && !c->lenient)
            return cel_undefined_field(c, t, of);
        if (f) {
            result = f->type;
            t->name = f->prop;
            t->name_len = (uint32_t)strlen(f->prop);
        }
    } else if (of->kind == T_PARAM) {
        cel_t_assignable(&c->types, &cel_t_dyn, of);
    } else if (of->kind > T_DYN && !c->lenient) {
        rc = cel_source_error(c->src, t->pos, ERR_TYPE, "type '%s' does not have fields",
                              cel_t_text(c, of));
        if (of->kind == T_LIST)
            err_hint(c->src->e, "items of a list are reached with [0], .all(x, …), .map(x, …)");
        return rc;
    }
    if (t->flags & AF_TEST)
        result = &cel_t_bool;
    else if (optional)
        result = cel_t_optional(c->arena, result);
    t->type = result;
    return 0;
}

/* ---- calls ---- */

static const struct cel_type *instance(struct checker *c, const struct cel_type *t,
                                       const struct cel_type *fresh[2])
{
    if (t->kind == T_PARAM) {
        if (!fresh[t->param])
            fresh[t->param] = cel_t_fresh(&c->types);
        return fresh[t->param];
    }
    if (!t->nparams)
        return t;
    struct cel_type *copy = arena_alloc(c->arena, sizeof(*copy));
    if (!copy)
        return &cel_t_dyn;
    *copy = *t;
    for (unsigned i = 0; i < t->nparams; i++)
        copy->params[i] = instance(c, t->params[i], fresh);
    return copy;
}

static int no_overload(struct checker *c, const struct ast *t, const struct function *fn)
{
    struct buf b;
    buf_init(&b, 2048);
    bool member = t->flags & AF_MEMBER;
    for (uint32_t i = 0; i < t->n; i++) {
        if (member && i == 1)
            buf_puts(&b, ".(");
        else if (i > 0)
            buf_puts(&b, ", ");
        cel_type_print(&b, cel_t_substitute(&c->types, t->args[i]->type, true));
        if (member && t->n == 1)
            buf_puts(&b, ".(");
    }
    int rc = cel_source_error(c->src, t->pos, ERR_TYPE,
                              "found no matching overload for '%s' applied to '%s%s)'", t->name,
                              member ? "" : "(", buf_str(&b));
    buf_reset(&b);
    size_t shown = 0;
    for (size_t i = 0; i < fn->len && shown < 4; i++) {
        const struct overload *o = &fn->overloads[i];
        if (fn->name[0] == '_' || fn->name[0] == '@' || fn->name[0] == '!')
            break;
        buf_puts(&b, shown++ ? " or " : "");
        unsigned first = o->member ? 1 : 0;
        if (o->member) {
            cel_type_print(&b, o->args[0]);
            buf_putc(&b, '.');
        }
        buf_printf(&b, "%s(", fn->name);
        for (unsigned k = first; k < o->nargs; k++) {
            buf_puts(&b, k > first ? ", " : "");
            cel_type_print(&b, o->args[k]);
        }
        buf_putc(&b, ')');
    }
    if (b.len)
        err_hint(c->src->e, "it is %s", buf_str(&b));
    buf_clear(&b);
    return rc;
}

/* Chooses the overloads whose arguments fit; the node gets their result type. */
static int resolve_overloads(struct checker *c, struct ast *t)
{
    const struct function *fn = cel_env_function(c->env, t->name, t->name_len);
    bool member = t->flags & AF_MEMBER;
    t->overloads = arena_array(c->arena, fn->len, sizeof(*t->overloads));
    if (!t->overloads)
        return cel_source_error(c->src, t->pos, ERR_LIMIT, "expression too large");
    const struct cel_type *given[MAX_ARGS];
    for (uint32_t i = 0; i < t->n && i < MAX_ARGS; i++)
        given[i] = t->args[i]->type;
    const struct cel_type *result = NULL;
    for (size_t i = 0; i < fn->len; i++) {
        const struct overload *o = &fn->overloads[i];
        if (o->member != member || o->nargs != t->n)
            continue;
        const struct cel_type *fresh[2] = {0}, *wanted[MAX_ARGS];
        for (unsigned k = 0; k < o->nargs; k++)
            wanted[k] = o->generic ? instance(c, o->args[k], fresh) : o->args[k];
        if (!cel_t_assignable_list(&c->types, given, wanted, o->nargs))
            continue;
        t->overloads[t->n_overloads++] = o;
        const struct cel_type *r = cel_t_substitute(
            &c->types, o->generic ? instance(c, o->result, fresh) : o->result, false);
        if (!result)
            result = r;
        else if (result->kind != T_DYN && !cel_t_same(r, result))
            result = &cel_t_dyn;
    }
    t->type = result ? result : &cel_t_dyn;
    if (result)
        return cel_check_literals(c, t);
    if (!c->lenient)
        return no_overload(c, t, fn);
    for (size_t i = 0; i < fn->len; i++)
        if (fn->overloads[i].member == member && fn->overloads[i].nargs == t->n)
            t->overloads[t->n_overloads++] = &fn->overloads[i];
    return 0;
}

static int check_call(struct checker *c, struct ast *t)
{
    uint32_t first = 0;
    if (t->flags & AF_MEMBER) {
        bool absolute = false;
        char *name = cel_dotted(c, t->args[0], t->name, &absolute);
        if (name && cel_lookup(c, name, absolute, cel_resolve_function, t)) {
            t->flags &= (uint16_t)~AF_MEMBER;
            t->args++;
            t->n--;
        } else if (name && t->args[0]->kind == AST_IDENT && !c->lenient) {
            struct ast trial = *t->args[0];
            if (!cel_lookup(c, trial.name, absolute, cel_resolve_ident, &trial))
                return cel_undeclared(c, t, name, true);
        }
    }
    for (; first < t->n; first++) {
        int rc = check(c, t->args[first]);
        if (rc)
            return rc;
    }
    const char *shown = t->name;
    bool found = t->flags & AF_MEMBER
                     ? cel_env_function(c->env, t->name, t->name_len) != NULL
                     : cel_lookup(c, t->name, t->flags & AF_ABSOLUTE, cel_resolve_function, t);
    if (!found) {
        t->flags |= AF_UNBOUND;
        t->type = &cel_t_dyn;
        return c->lenient ? 0 : cel_undeclared(c, t, shown, true);
    }
    return resolve_overloads(c, t);
}

/* ---- the rest ---- */

static int want(struct checker *c, const struct ast *t, const struct cel_type *type)
{
    if (c->lenient || cel_t_assignable(&c->types, t->type, type))
        return 0;
    const char *wanted = cel_t_text(c, type);
    return cel_source_error(c->src, t->pos, ERR_TYPE, "expected type '%s' but found '%s'", wanted,
                            cel_t_text(c, t->type));
}

static int check_args(struct checker *c, struct ast *t)
{
    for (uint32_t i = 0; i < t->n; i++) {
        int rc = check(c, t->args[i]);
        if (rc)
            return rc;
    }
    return 0;
}

static int check_logic(struct checker *c, struct ast *t)
{
    int rc = check_args(c, t);
    for (uint32_t i = 0; i < t->n && !rc; i++)
        rc = want(c, t->args[i], &cel_t_bool);
    t->type = &cel_t_bool;
    return rc;
}

static int check_cond(struct checker *c, struct ast *t)
{
    int rc = check_args(c, t);
    rc = rc ? rc : want(c, t->args[0], &cel_t_bool);
    if (rc)
        return rc;
    const struct cel_type *p = cel_t_fresh(&c->types);
    const struct cel_type *given[2] = {t->args[1]->type, t->args[2]->type}, *wanted[2] = {p, p};
    if (cel_t_assignable_list(&c->types, given, wanted, 2)) {
        t->type = cel_t_substitute(&c->types, p, false);
        return 0;
    }
    t->type = &cel_t_dyn;
    if (c->lenient)
        return 0;
    const char *yes = cel_t_text(c, given[0]);
    return cel_source_error(c->src, t->pos, ERR_TYPE,
                            "the two results of a conditional differ: '%s' and '%s'", yes,
                            cel_t_text(c, given[1]));
}

/* Adds one item's type to that of its aggregate. */
static int join(struct checker *c, const struct ast *item, bool optional,
                const struct cel_type **sum)
{
    const struct cel_type *t = item->type;
    if (optional) {
        t = cel_t_substitute(&c->types, t, false);
        if (t->kind == T_OPTIONAL)
            t = t->params[0];
        else if (t->kind > T_DYN && t->kind != T_PARAM && !c->lenient)
            return cel_source_error(c->src, item->pos, ERR_TYPE,
                                    "expected type 'optional_type(%s)' but found '%s'",
                                    cel_t_text(c, t), cel_t_text(c, t));
    }
    const struct cel_type *joined = cel_t_join(&c->types, *sum, t);
    *sum = joined ? joined : &cel_t_dyn;
    return 0;
}

static int check_list(struct checker *c, struct ast *t)
{
    const struct cel_type *sum = NULL;
    int rc = 0;
    for (uint32_t i = 0; i < t->n && !rc; i++) {
        rc = check(c, t->args[i]);
        rc = rc ? rc : join(c, t->args[i], t->optional && t->optional[i], &sum);
    }
    t->type = cel_t_list(c->arena, sum ? sum : cel_t_fresh(&c->types));
    return rc;
}

static int check_map(struct checker *c, struct ast *t)
{
    const struct cel_type *sums[2] = {0};
    int rc = 0;
    for (uint32_t i = 0; i < t->n && !rc; i++) {
        rc = check(c, t->args[i]);
        rc = rc ? rc : join(c, t->args[i], i % 2 && t->optional && t->optional[i], &sums[i % 2]);
    }
    for (int i = 0; i < 2; i++)
        if (!sums[i])
            sums[i] = cel_t_fresh(&c->types);
    t->type = cel_t_map(c->arena, sums[0], sums[1]);
    return rc;
}

/* Types of the variables that run over a range. */
static int range_types(struct checker *c, const struct ast *range, bool two,
                       const struct cel_type *out[2])
{
    const struct cel_type *t = cel_t_substitute(&c->types, range->type, false);
    out[0] = out[1] = &cel_t_dyn;
    if (t->kind == T_LIST) {
        out[0] = two ? &cel_t_int : t->params[0];
        out[1] = t->params[0];
    } else if (t->kind == T_MAP) {
        out[0] = t->params[0];
        out[1] = t->params[1];
    } else if (t->kind == T_PARAM) {
        cel_t_assignable(&c->types, &cel_t_dyn, t);
    } else if (t->kind > T_DYN && !c->lenient) {
        int rc = cel_source_error(c->src, range->pos, ERR_TYPE,
                                  "a '%s' cannot be gone through: it has to be a list or a map",
                                  cel_t_text(c, t));
        return rc;
    }
    return 0;
}

static const struct cel_type *fold_type(struct checker *c, const struct ast *t,
                                        const struct cel_type *vars[2])
{
    const struct cel_type *body = t->args[t->n - 1]->type;
    switch ((enum fold_op)t->op) {
    case FOLD_MAP:
        return cel_t_list(c->arena, cel_t_substitute(&c->types, body, false));
    case FOLD_FILTER:
        return cel_t_list(c->arena, vars[0]);
    case FOLD_MAP_VALUES:
        return cel_t_map(c->arena, vars[0], cel_t_substitute(&c->types, body, false));
    case FOLD_MAP_ENTRIES:
        return body;
    case FOLD_SORT_BY:
        return t->args[0]->type;
    default:
        return &cel_t_bool;
    }
}

static int check_sort_key(struct checker *c, const struct ast *t)
{
    static const struct cel_type *const ordered[] = {
        &cel_t_int,      &cel_t_uint,      &cel_t_double, &cel_t_bool,
        &cel_t_duration, &cel_t_timestamp, &cel_t_string, &cel_t_bytes};
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++)
        if (cel_t_assignable(&c->types, t->type, ordered[i]))
            return 0;
    if (c->lenient)
        return 0;
    return cel_source_error(c->src, t->pos, ERR_TYPE, "values of type '%s' have no order",
                            cel_t_text(c, t->type));
}

static int check_fold(struct checker *c, struct ast *t)
{
    int rc = check(c, t->args[0]);
    const struct cel_type *vars[2] = {&cel_t_dyn, &cel_t_dyn};
    rc = rc ? rc : range_types(c, t->args[0], t->var2 != NULL, vars);
    unsigned base = c->n_locals;
    rc = rc ? rc : push_local(c, t, t->var, vars[0]);
    if (!rc && t->var2)
        rc = push_local(c, t, t->var2, vars[1]);
    t->slot = (int)base;
    t->slot2 = t->var2 ? (int)base + 1 : -1;
    for (uint32_t i = 1; i < t->n && !rc; i++)
        rc = check(c, t->args[i]);
    c->n_locals = base;
    if (rc)
        return rc;
    bool predicate = t->op <= FOLD_EXISTS_ONE || t->op == FOLD_FILTER;
    if (predicate || (t->flags & AF_FILTERED))
        rc = want(c, t->args[1], &cel_t_bool);
    if (!rc && t->op == FOLD_MAP_ENTRIES)
        rc = want(c, t->args[t->n - 1],
                  cel_t_map(c->arena, cel_t_fresh(&c->types), cel_t_fresh(&c->types)));
    if (!rc && t->op == FOLD_SORT_BY) {
        const struct cel_type *list = cel_t_list(c->arena, cel_t_fresh(&c->types));
        rc = want(c, t->args[0], list);
        rc = rc ? rc : check_sort_key(c, t->args[1]);
    }
    t->type = fold_type(c, t, vars);
    return rc;
}

static int check_bind(struct checker *c, struct ast *t)
{
    int rc = check(c, t->args[0]);
    unsigned base = c->n_locals;
    rc = rc ? rc : push_local(c, t, t->var, t->args[0]->type);
    t->slot = (int)base;
    rc = rc ? rc : check(c, t->args[1]);
    c->n_locals = base;
    t->type = t->args[1]->type;
    return rc;
}

static int check_block(struct checker *c, struct ast *t)
{
    int rc = check(c, t->args[0]);
    const struct cel_type *in = cel_t_fresh(&c->types);
    rc = rc ? rc : want(c, t->args[0], cel_t_optional(c->arena, in));
    unsigned base = c->n_locals;
    rc = rc ? rc : push_local(c, t, t->var, cel_t_substitute(&c->types, in, false));
    t->slot = (int)base;
    rc = rc ? rc : check(c, t->args[1]);
    c->n_locals = base;
    if (rc)
        return rc;
    if (!(t->flags & AF_FLAT)) {
        t->type = cel_t_optional(c->arena, t->args[1]->type);
        return 0;
    }
    const struct cel_type *out = cel_t_optional(c->arena, cel_t_fresh(&c->types));
    rc = want(c, t->args[1], out);
    t->type = cel_t_substitute(&c->types, out, false);
    return rc;
}

static const struct cel_type *const_type(struct cel_value v)
{
    return cel_value_type(v);
}

static int check(struct checker *c, struct ast *t)
{
    switch ((enum ast_kind)t->kind) {
    case AST_CONST:
        t->type = const_type(t->value);
        return 0;
    case AST_IDENT:
        return check_ident(c, t);
    case AST_SELECT:
        return check_select(c, t);
    case AST_CALL:
        return check_call(c, t);
    case AST_AND:
    case AST_OR:
        return check_logic(c, t);
    case AST_COND:
        return check_cond(c, t);
    case AST_LIST:
        return check_list(c, t);
    case AST_MAP:
        return check_map(c, t);
    case AST_FOLD:
        return check_fold(c, t);
    case AST_BIND:
        return check_bind(c, t);
    case AST_BLOCK:
        return check_block(c, t);
    }
    return ERR_INTERNAL;
}

int cel_check(const struct cel_env *env, struct source *src, struct arena *a, struct ast *root,
              unsigned flags, unsigned *locals)
{
    struct checker *c = mem_new(struct checker);
    c->env = env;
    c->src = src;
    c->arena = a;
    c->lenient = flags & CEL_UNCHECKED;
    cel_t_map_init(&c->types, a);
    int rc = check(c, root);
    if (!rc && (env->options & CEL_HOMOGENEOUS) && !c->lenient)
        rc = cel_validate(c, root, false);
    if (!rc)
        root->type = cel_t_substitute(&c->types, root->type, true);
    *locals = c->max_locals;
    cel_t_map_clear(&c->types);
    mem_free(c);
    return rc;
}
