// SPDX-License-Identifier: Apache-2.0
/*
 * The checker: resolves names (variables, types, functions, in the namespaces of the container),
 * gives every node a type, and chooses the overloads that may apply. With CEL_UNCHECKED nothing is
 * an error: what does not resolve is left to fail when it is evaluated.
 */
#include "cel/cel_int.h"
#include "cel/re2_shim.h"

#include <string.h>

#define MAX_LOCALS 256

struct checker {
    const struct cel_env *env;
    struct source *src;
    struct arena *arena;
    bool lenient;
    struct type_map types;
    struct local {
        const char *name;
        const struct cel_type *type;
    } locals[MAX_LOCALS];
    unsigned n_locals, max_locals;
};

static int check(struct checker *c, struct ast *t);

static const char *type_text(struct checker *c, const struct cel_type *t)
{
    struct buf b;
    buf_init(&b, 512);
    cel_type_print(&b, type_substitute(&c->types, t, true));
    char *s = arena_strdup(c->arena, buf_str(&b));
    buf_clear(&b);
    return s ? s : "";
}

static int push_local(struct checker *c, const struct ast *at, const char *name,
                      const struct cel_type *type)
{
    if (c->n_locals == MAX_LOCALS)
        return source_error(c->src, at->pos, ERR_LIMIT, "too many variables in each other");
    c->locals[c->n_locals++] = (struct local){name, type};
    if (c->n_locals > c->max_locals)
        c->max_locals = c->n_locals;
    return 0;
}

static int find_local(const struct checker *c, const char *name)
{
    for (unsigned i = c->n_locals; i > 0; i--)
        if (strcmp(c->locals[i - 1].name, name) == 0)
            return (int)i - 1;
    return -1;
}

/* ---- names ---- */

/* Number of edits between two names, at most `most`. */
static unsigned edits(const char *a, size_t na, const char *b, size_t nb, unsigned most)
{
    unsigned row[33];
    if (na > 32 || nb > 32)
        return most;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);
            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[nb] < most ? row[nb] : most;
}

struct guess {
    const char *wanted, *best;
    size_t len;
    unsigned distance;
};

static void guess_try(struct guess *g, const char *name)
{
    unsigned d = edits(g->wanted, g->len, name, strlen(name), g->distance);
    if (d < g->distance) {
        g->distance = d;
        g->best = name;
    }
}

static struct guess guess_start(const char *name)
{
    size_t len = strlen(name);
    return (struct guess){name, NULL, len, len < 4 ? 2 : len < 8 ? 3 : 4};
}

static int undeclared(struct checker *c, const struct ast *t, const char *name, bool function)
{
    int rc = source_error(c->src, t->pos, ERR_TYPE, "undeclared reference to '%s'", name);
    struct guess g = guess_start(name);
    const struct strmap_entry *e;
    if (function) {
        for (size_t i = 0; (e = strmap_next(&c->env->functions, &i));)
            if (e->key[0] != '_' && e->key[0] != '@')
                guess_try(&g, e->key);
    } else {
        for (size_t i = 0; i < c->env->vars.len; i++)
            guess_try(&g, c->env->vars.items[i].name);
        for (unsigned i = 0; i < c->n_locals; i++)
            guess_try(&g, c->locals[i].name);
    }
    if (g.best)
        err_hint(c->src->e, "did you mean '%s'?", g.best);
    else if (!function && env_function(c->env, name, strlen(name)))
        err_hint(c->src->e, "%s is a function: %s(…)", name, name);
    return rc;
}

/* Tries name in the container and its parents, innermost first. fn returns whether it was there. */
typedef bool lookup_fn(struct checker *c, const char *name, size_t len, struct ast *t);

static bool lookup(struct checker *c, const char *name, bool absolute, lookup_fn *fn, struct ast *t)
{
    const char *container = absolute ? "" : c->env->container;
    size_t n = strlen(container), len = strlen(name);
    char *full = NULL;
    while (n > 0) {
        if (!full)
            full = mem_alloc(n + len + 2);
        memcpy(full, container, n);
        full[n] = '.';
        memcpy(full + n + 1, name, len + 1);
        if (fn(c, full, n + 1 + len, t)) {
            mem_free(full);
            return true;
        }
        while (n > 0 && container[n - 1] != '.')
            n--;
        n = n > 0 ? n - 1 : 0;
    }
    mem_free(full);
    return fn(c, name, len, t);
}

static bool resolve_ident(struct checker *c, const char *name, size_t len, struct ast *t)
{
    int v = (int)(uintptr_t)strmap_get_n(&c->env->variables, name, len) - 1;
    if (v >= 0) {
        t->kind = AST_IDENT;
        t->flags = 0;
        t->slot = v;
        t->n = 0;
        t->name = c->env->vars.items[v].name;
        t->name_len = (uint32_t)len;
        t->type = c->env->vars.items[v].type;
        return true;
    }
    const struct cel_type *type = env_type_constant(name, len);
    if (!type)
        return false;
    t->kind = AST_IDENT;
    t->flags = AF_TYPE;
    t->n = 0;
    t->value = type_value(type);
    t->type = type_type_of(c->arena, type);
    return true;
}

static bool resolve_function(struct checker *c, const char *name, size_t len, struct ast *t)
{
    const struct function *fn = env_function(c->env, name, len);
    if (!fn)
        return false;
    t->name = fn->name;
    t->name_len = (uint32_t)strlen(fn->name);
    return true;
}

/* "a.b.c" of a chain of plain selections that starts at a name, or NULL. */
static char *dotted(struct checker *c, const struct ast *t, const char *last, bool *absolute)
{
    size_t len = last ? strlen(last) + 1 : 0;
    const struct ast *at = t;
    for (; at->kind == AST_SELECT; at = at->args[0]) {
        if ((at->flags & (AF_TEST | AF_OPTIONAL)) || at->op)
            return NULL;
        len += at->name_len + 1;
    }
    if (at->kind != AST_IDENT || len > 1000 || (at->flags & (AF_TYPE | AF_UNBOUND)))
        return NULL;
    *absolute = at->flags & AF_ABSOLUTE;
    if (!*absolute && find_local(c, at->name) >= 0)
        return NULL;
    len += at->name_len;
    char *s = arena_alloc(c->arena, len + 1);
    if (!s)
        return NULL;
    s[len] = '\0';
    size_t end = len;
    if (last) {
        end -= strlen(last);
        memcpy(s + end, last, strlen(last));
        s[--end] = '.';
    }
    for (at = t; at->kind == AST_SELECT; at = at->args[0]) {
        end -= at->name_len;
        memcpy(s + end, at->name, at->name_len);
        s[--end] = '.';
    }
    memcpy(s, at->name, at->name_len);
    return s;
}

static int check_ident(struct checker *c, struct ast *t)
{
    int local = t->flags & AF_ABSOLUTE ? -1 : find_local(c, t->name);
    if (local >= 0) {
        t->slot = local;
        t->flags |= AF_LOCAL;
        t->type = c->locals[local].type;
        return 0;
    }
    if (lookup(c, t->name, t->flags & AF_ABSOLUTE, resolve_ident, t))
        return 0;
    t->type = &type_dyn;
    t->flags |= AF_UNBOUND;
    return c->lenient ? 0 : undeclared(c, t, t->name, false);
}

static int undefined_field(struct checker *c, const struct ast *t, const struct cel_type *of)
{
    int rc = source_error(c->src, t->pos, ERR_TYPE, "undefined field '%s'", t->name);
    struct guess g = guess_start(t->name);
    for (size_t i = 0; of->object && i < of->object->len; i++)
        guess_try(&g, of->object->fields[i].name);
    if (g.best)
        err_hint(c->src->e, "did you mean '%s'?", g.best);
    return rc;
}

static int check_select(struct checker *c, struct ast *t)
{
    bool absolute = false;
    char *name = t->flags & (AF_TEST | AF_OPTIONAL) ? NULL : dotted(c, t, NULL, &absolute);
    if (name && lookup(c, name, absolute, resolve_ident, t))
        return 0;
    int rc = check(c, t->args[0]);
    if (rc)
        return rc;
    const struct cel_type *of = type_substitute(&c->types, t->args[0]->type, false);
    bool optional = of->kind == T_OPTIONAL || (t->flags & AF_OPTIONAL);
    if (of->kind == T_OPTIONAL)
        of = type_substitute(&c->types, of->params[0], false);
    const struct cel_type *result = &type_dyn;
    if (of->kind == T_MAP) {
        result = of->params[1];
    } else if (of->kind == T_OBJECT) {
        const struct cel_field *f = type_field(of, t->name, t->name_len);
        if (!f && of->object && !c->lenient)
            return undefined_field(c, t, of);
        if (f) {
            result = f->type;
            t->name = f->prop;
            t->name_len = (uint32_t)strlen(f->prop);
        }
    } else if (of->kind == T_PARAM) {
        type_assignable(&c->types, &type_dyn, of);
    } else if (of->kind > T_DYN && !c->lenient) {
        rc = source_error(c->src, t->pos, ERR_TYPE, "type '%s' does not have fields",
                          type_text(c, of));
        if (of->kind == T_LIST)
            err_hint(c->src->e, "items of a list are reached with [0], .all(x, …), .map(x, …)");
        return rc;
    }
    if (t->flags & AF_TEST)
        result = &type_bool;
    else if (optional)
        result = type_optional(c->arena, result);
    t->type = result;
    return 0;
}

/* ---- calls ---- */

static int check_literals(struct checker *c, const struct ast *t)
{
    if (!(c->env->options & CEL_CHECK_LITERALS) || !t->n)
        return 0;
    const struct ast *first = t->args[0];
    bool string = first->kind == AST_CONST && first->value.kind == CEL_STRING;
    int64_t sec;
    uint32_t nanos;
    int16_t offset;
    if (string && strcmp(t->name, "duration") == 0 &&
        !duration_parse(first->value.as.s, first->value.len, &sec))
        return source_error(c->src, first->pos, ERR_TYPE, "invalid duration argument");
    if (string && strcmp(t->name, "timestamp") == 0 &&
        !time_parse(first->value.as.s, first->value.len, &sec, &nanos, &offset))
        return source_error(c->src, first->pos, ERR_TYPE, "invalid timestamp");
    uint16_t pattern = t->n_overloads ? t->overloads[0]->pattern_arg : 0;
    if (pattern && pattern <= t->n && t->args[pattern - 1]->kind == AST_CONST) {
        const struct ast *arg = t->args[pattern - 1];
        char why[160];
        struct re2_pattern *p = re2_compile(arg->value.as.s, arg->value.len, why, sizeof(why));
        if (!p)
            return source_error(c->src, arg->pos, ERR_TYPE, "invalid %s argument: %s", t->name,
                                why);
        re2_free(p);
    }
    return 0;
}

static const struct cel_type *instance(struct checker *c, const struct cel_type *t,
                                       const struct cel_type *fresh[2])
{
    if (t->kind == T_PARAM) {
        if (!fresh[t->param])
            fresh[t->param] = type_fresh(&c->types);
        return fresh[t->param];
    }
    if (!t->nparams)
        return t;
    struct cel_type *copy = arena_alloc(c->arena, sizeof(*copy));
    if (!copy)
        return &type_dyn;
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
        cel_type_print(&b, type_substitute(&c->types, t->args[i]->type, true));
        if (member && t->n == 1)
            buf_puts(&b, ".(");
    }
    int rc = source_error(c->src, t->pos, ERR_TYPE,
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
    const struct function *fn = env_function(c->env, t->name, t->name_len);
    bool member = t->flags & AF_MEMBER;
    t->overloads = arena_array(c->arena, fn->len, sizeof(*t->overloads));
    if (!t->overloads)
        return source_error(c->src, t->pos, ERR_LIMIT, "expression too large");
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
        if (!type_assignable_list(&c->types, given, wanted, o->nargs))
            continue;
        t->overloads[t->n_overloads++] = o;
        const struct cel_type *r = type_substitute(
            &c->types, o->generic ? instance(c, o->result, fresh) : o->result, false);
        if (!result)
            result = r;
        else if (result->kind != T_DYN && !type_same(r, result))
            result = &type_dyn;
    }
    t->type = result ? result : &type_dyn;
    if (result)
        return check_literals(c, t);
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
        char *name = dotted(c, t->args[0], t->name, &absolute);
        if (name && lookup(c, name, absolute, resolve_function, t)) {
            t->flags &= (uint16_t)~AF_MEMBER;
            t->args++;
            t->n--;
        } else if (name && t->args[0]->kind == AST_IDENT && !c->lenient) {
            struct ast trial = *t->args[0];
            if (!lookup(c, trial.name, absolute, resolve_ident, &trial))
                return undeclared(c, t, name, true);
        }
    }
    for (; first < t->n; first++) {
        int rc = check(c, t->args[first]);
        if (rc)
            return rc;
    }
    const char *shown = t->name;
    bool found = t->flags & AF_MEMBER
                     ? env_function(c->env, t->name, t->name_len) != NULL
                     : lookup(c, t->name, t->flags & AF_ABSOLUTE, resolve_function, t);
    if (!found) {
        t->flags |= AF_UNBOUND;
        t->type = &type_dyn;
        return c->lenient ? 0 : undeclared(c, t, shown, true);
    }
    return resolve_overloads(c, t);
}

/* ---- the rest ---- */

static int want(struct checker *c, const struct ast *t, const struct cel_type *type)
{
    if (c->lenient || type_assignable(&c->types, t->type, type))
        return 0;
    const char *wanted = type_text(c, type);
    return source_error(c->src, t->pos, ERR_TYPE, "expected type '%s' but found '%s'", wanted,
                        type_text(c, t->type));
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
        rc = want(c, t->args[i], &type_bool);
    t->type = &type_bool;
    return rc;
}

static int check_cond(struct checker *c, struct ast *t)
{
    int rc = check_args(c, t);
    rc = rc ? rc : want(c, t->args[0], &type_bool);
    if (rc)
        return rc;
    const struct cel_type *p = type_fresh(&c->types);
    const struct cel_type *given[2] = {t->args[1]->type, t->args[2]->type}, *wanted[2] = {p, p};
    if (type_assignable_list(&c->types, given, wanted, 2)) {
        t->type = type_substitute(&c->types, p, false);
        return 0;
    }
    t->type = &type_dyn;
    if (c->lenient)
        return 0;
    const char *yes = type_text(c, given[0]);
    return source_error(c->src, t->pos, ERR_TYPE,
                        "the two results of a conditional differ: '%s' and '%s'", yes,
                        type_text(c, given[1]));
}

/* Adds one item's type to that of its aggregate. */
static int join(struct checker *c, const struct ast *item, bool optional,
                const struct cel_type **sum)
{
    const struct cel_type *t = item->type;
    if (optional) {
        t = type_substitute(&c->types, t, false);
        if (t->kind == T_OPTIONAL)
            t = t->params[0];
        else if (t->kind > T_DYN && t->kind != T_PARAM && !c->lenient)
            return source_error(c->src, item->pos, ERR_TYPE,
                                "expected type 'optional_type(%s)' but found '%s'", type_text(c, t),
                                type_text(c, t));
    }
    const struct cel_type *joined = type_join(&c->types, *sum, t);
    *sum = joined ? joined : &type_dyn;
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
    t->type = type_list(c->arena, sum ? sum : type_fresh(&c->types));
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
            sums[i] = type_fresh(&c->types);
    t->type = type_map(c->arena, sums[0], sums[1]);
    return rc;
}

/* Types of the variables that run over a range. */
static int range_types(struct checker *c, const struct ast *range, bool two,
                       const struct cel_type *out[2])
{
    const struct cel_type *t = type_substitute(&c->types, range->type, false);
    out[0] = out[1] = &type_dyn;
    if (t->kind == T_LIST) {
        out[0] = two ? &type_int : t->params[0];
        out[1] = t->params[0];
    } else if (t->kind == T_MAP) {
        out[0] = t->params[0];
        out[1] = t->params[1];
    } else if (t->kind == T_PARAM) {
        type_assignable(&c->types, &type_dyn, t);
    } else if (t->kind > T_DYN && !c->lenient) {
        int rc = source_error(c->src, range->pos, ERR_TYPE,
                              "a '%s' cannot be gone through: it has to be a list or a map",
                              type_text(c, t));
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
        return type_list(c->arena, type_substitute(&c->types, body, false));
    case FOLD_FILTER:
        return type_list(c->arena, vars[0]);
    case FOLD_MAP_VALUES:
        return type_map(c->arena, vars[0], type_substitute(&c->types, body, false));
    case FOLD_MAP_ENTRIES:
        return body;
    case FOLD_SORT_BY:
        return t->args[0]->type;
    default:
        return &type_bool;
    }
}

static int check_sort_key(struct checker *c, const struct ast *t)
{
    static const struct cel_type *const ordered[] = {&type_int,    &type_uint,     &type_double,
                                                     &type_bool,   &type_duration, &type_timestamp,
                                                     &type_string, &type_bytes};
    for (size_t i = 0; i < ARRAY_LEN(ordered); i++)
        if (type_assignable(&c->types, t->type, ordered[i]))
            return 0;
    if (c->lenient)
        return 0;
    return source_error(c->src, t->pos, ERR_TYPE, "values of type '%s' have no order",
                        type_text(c, t->type));
}

static int check_fold(struct checker *c, struct ast *t)
{
    int rc = check(c, t->args[0]);
    const struct cel_type *vars[2] = {&type_dyn, &type_dyn};
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
        rc = want(c, t->args[1], &type_bool);
    if (!rc && t->op == FOLD_MAP_ENTRIES)
        rc = want(c, t->args[t->n - 1],
                  type_map(c->arena, type_fresh(&c->types), type_fresh(&c->types)));
    if (!rc && t->op == FOLD_SORT_BY) {
        const struct cel_type *list = type_list(c->arena, type_fresh(&c->types));
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
    const struct cel_type *in = type_fresh(&c->types);
    rc = rc ? rc : want(c, t->args[0], type_optional(c->arena, in));
    unsigned base = c->n_locals;
    rc = rc ? rc : push_local(c, t, t->var, type_substitute(&c->types, in, false));
    t->slot = (int)base;
    rc = rc ? rc : check(c, t->args[1]);
    c->n_locals = base;
    if (rc)
        return rc;
    if (!(t->flags & AF_FLAT)) {
        t->type = type_optional(c->arena, t->args[1]->type);
        return 0;
    }
    const struct cel_type *out = type_optional(c->arena, type_fresh(&c->types));
    rc = want(c, t->args[1], out);
    t->type = type_substitute(&c->types, out, false);
    return rc;
}

static const struct cel_type *const_type(struct cel_value v)
{
    return value_type(v);
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

/* ---- what Kubernetes wants besides ---- */

/* Items (of a map every second one, from `first`) have one type. */
static int same_types(struct checker *c, const struct ast *t, uint32_t first, uint32_t step)
{
    const struct cel_type *all = NULL;
    for (uint32_t i = first; i < t->n; i += step) {
        const struct cel_type *type = type_substitute(&c->types, t->args[i]->type, true);
        if (t->optional && t->optional[i] && type->kind == T_OPTIONAL)
            type = type->params[0];
        if (all && !type_same(all, type)) {
            const char *wanted = type_text(c, all);
            return source_error(c->src, t->args[i]->pos, ERR_TYPE,
                                "expected type '%s' but found '%s'", wanted, type_text(c, type));
        }
        all = all ? all : type;
    }
    return 0;
}

/* As many clauses as arguments: '%d'.format([1]). */
static int check_format(struct checker *c, const struct ast *t)
{
    if (t->n != 2 || t->args[0]->kind != AST_CONST || t->args[0]->value.kind != CEL_STRING ||
        t->args[1]->kind != AST_LIST)
        return 0;
    struct cel_value s = t->args[0]->value;
    uint32_t clauses = 0;
    for (uint32_t i = 0; i < s.len; i++)
        if (s.as.s[i] == '%') {
            clauses += i + 1 < s.len && s.as.s[i + 1] != '%';
            i++;
        }
    if (clauses == t->args[1]->n)
        return 0;
    return source_error(c->src, t->pos, ERR_TYPE, "format() has %u clauses and %u arguments",
                        clauses, t->args[1]->n);
}

static int validate(struct checker *c, const struct ast *t, bool exempt)
{
    int rc = 0;
    if (t->kind == AST_LIST && !exempt)
        rc = same_types(c, t, 0, 1);
    else if (t->kind == AST_MAP && !exempt)
        rc = (rc = same_types(c, t, 0, 2)) ? rc : same_types(c, t, 1, 2);
    else if (t->kind == AST_CALL && strcmp(t->name, "format") == 0) {
        rc = check_format(c, t);
        exempt = true;
    }
    for (uint32_t i = 0; i < t->n && !rc; i++)
        rc = validate(c, t->args[i], exempt);
    return rc;
}

int cel_check(const struct cel_env *env, struct source *src, struct arena *a, struct ast *root,
              unsigned flags, unsigned *locals)
{
    struct checker *c = mem_new(struct checker);
    c->env = env;
    c->src = src;
    c->arena = a;
    c->lenient = flags & CEL_UNCHECKED;
    type_map_init(&c->types, a);
    int rc = check(c, root);
    if (!rc && (env->options & CEL_HOMOGENEOUS) && !c->lenient)
        rc = validate(c, root, false);
    if (!rc)
        root->type = type_substitute(&c->types, root->type, true);
    *locals = c->max_locals;
    type_map_clear(&c->types);
    mem_free(c);
    return rc;
}
