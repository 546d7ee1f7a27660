// SPDX-License-Identifier: Apache-2.0
/*
 * Macros: calls that the parser takes apart, because their arguments bind names. Each becomes one
 * node (a fold, a binding) that later phases know, instead of a tree of helper calls: the evaluator
 * loops in C.
 */
#include "cel/parse_int.h"

#include <string.h>

struct macro {
    const char *name;
    uint8_t args; /* without the target */
    uint8_t vars;
    enum fold_op op;
    bool filtered;
    unsigned lib; /* 0: always */
};

static const struct macro folds[] = {
    {"all", 2, 1, FOLD_ALL, false, 0},
    {"exists", 2, 1, FOLD_EXISTS, false, 0},
    {"exists_one", 2, 1, FOLD_EXISTS_ONE, false, 0},
    {"existsOne", 2, 1, FOLD_EXISTS_ONE, false, 0},
    {"map", 2, 1, FOLD_MAP, false, 0},
    {"map", 3, 1, FOLD_MAP, true, 0},
    {"filter", 2, 1, FOLD_FILTER, false, 0},
    {"sortBy", 2, 1, FOLD_SORT_BY, false, CEL_LIB_LISTS},
    {"all", 3, 2, FOLD_ALL, false, CEL_LIB_TWO_VARS},
    {"exists", 3, 2, FOLD_EXISTS, false, CEL_LIB_TWO_VARS},
    {"existsOne", 3, 2, FOLD_EXISTS_ONE, false, CEL_LIB_TWO_VARS},
    {"exists_one", 3, 2, FOLD_EXISTS_ONE, false, CEL_LIB_TWO_VARS},
    {"transformList", 3, 2, FOLD_MAP, false, CEL_LIB_TWO_VARS},
    {"transformList", 4, 2, FOLD_MAP, true, CEL_LIB_TWO_VARS},
    {"transformMap", 3, 2, FOLD_MAP_VALUES, false, CEL_LIB_TWO_VARS},
    {"transformMap", 4, 2, FOLD_MAP_VALUES, true, CEL_LIB_TWO_VARS},
    {"transformMapEntry", 3, 2, FOLD_MAP_ENTRIES, false, CEL_LIB_TWO_VARS},
    {"transformMapEntry", 4, 2, FOLD_MAP_ENTRIES, true, CEL_LIB_TWO_VARS},
};

static const char *variable(struct parser *p, const struct ast *t, const char *macro)
{
    if (t->kind == AST_IDENT && !(t->flags & AF_ABSOLUTE))
        return t->name;
    cel_parse_fail(p, t->pos, "%s() needs a simple name as its variable", macro);
    return NULL;
}

static struct ast *fold(struct parser *p, uint32_t pos, const struct macro *m, struct ast *target,
                        struct ast *const *args)
{
    struct ast *parts[3] = {target};
    size_t n = 1;
    for (unsigned i = m->vars; i < m->args; i++)
        parts[n++] = args[i];
    struct ast *t = cel_ast_make(p, AST_FOLD, pos, parts, n);
    if (!t)
        return NULL;
    t->op = (uint8_t)m->op;
    t->name = m->name;
    t->flags = m->filtered ? AF_FILTERED : 0;
    t->var = variable(p, args[0], m->name);
    if (!t->var)
        return NULL;
    if (m->vars == 2) {
        t->var2 = variable(p, args[1], m->name);
        if (!t->var2)
            return NULL;
        if (strcmp(t->var, t->var2) == 0)
            return cel_parse_fail(p, args[1]->pos, "%s() needs two different variables", m->name);
    }
    return t;
}

static struct ast *has(struct parser *p, uint32_t pos, struct ast *arg)
{
    if (arg->kind != AST_SELECT || (arg->flags & (AF_TEST | AF_OPTIONAL))) {
        cel_parse_fail(p, arg->pos, "has() needs a field selection");
        err_hint(p->src->e, "has(object.field); for a key that is no name: 'key' in object");
        return NULL;
    }
    struct ast *t = cel_ast_make(p, AST_SELECT, pos, arg->args, 1);
    if (!t)
        return NULL;
    t->name = arg->name;
    t->name_len = arg->name_len;
    t->op = arg->op;
    t->flags = AF_TEST;
    return t;
}

/* cel.bind(name, value, body) */
static struct ast *cel_bind_macro(struct parser *p, uint32_t pos, struct ast *const *args)
{
    struct ast *parts[2] = {args[1], args[2]};
    struct ast *t = cel_ast_make(p, AST_BIND, pos, parts, 2);
    if (!t)
        return NULL;
    t->name = "cel.bind";
    t->var = variable(p, args[0], "cel.bind");
    return t->var ? t : NULL;
}

static struct ast *opt_map(struct parser *p, uint32_t pos, const char *name, bool flat,
                           struct ast *target, struct ast *const *args)
{
    struct ast *parts[2] = {target, args[1]};
    struct ast *t = cel_ast_make(p, AST_BLOCK, pos, parts, 2);
    if (!t)
        return NULL;
    t->name = flat ? "optFlatMap" : "optMap";
    t->flags = flat ? AF_FLAT : 0;
    t->var = variable(p, args[0], name);
    return t->var ? t : NULL;
}

/* math.least(…) and math.greatest(…) of any number of arguments. */
static struct ast *extreme(struct parser *p, uint32_t pos, bool least, struct ast *const *args,
                           size_t n)
{
    const char *shown = least ? "math.least" : "math.greatest";
    const char *call = least ? "math.@min" : "math.@max";
    if (n == 0)
        return cel_parse_fail(p, pos, "%s() needs at least one argument", shown);
    bool list = n == 1 && args[0]->kind == AST_LIST;
    if (list && args[0]->n == 0)
        return cel_parse_fail(p, args[0]->pos, "%s() needs a list that is not empty", shown);
    struct ast *const *terms = list ? args[0]->args : args;
    size_t nterms = list ? args[0]->n : n;
    for (size_t i = 0; i < nterms; i++) {
        enum ast_kind k = terms[i]->kind;
        enum cel_kind v = terms[i]->value.kind;
        if (k == AST_LIST || k == AST_MAP ||
            (k == AST_CONST && v != CEL_INT && v != CEL_UINT && v != CEL_DOUBLE))
            return cel_parse_fail(p, terms[i]->pos, "%s() takes numbers", shown);
    }
    if (n <= 2)
        return cel_ast_call(p, pos, call, args, n);
    struct ast *all = cel_ast_make(p, AST_LIST, pos, args, n);
    if (!all)
        return NULL;
    all->op = 1; /* may mix types */
    return cel_ast_call(p, pos, call, &all, 1);
}

static bool is_name(const struct ast *t, const char *name)
{
    return t && t->kind == AST_IDENT && !(t->flags & AF_ABSOLUTE) && strcmp(t->name, name) == 0;
}

struct ast *cel_macro_expand(struct parser *p, uint32_t pos, const char *name, struct ast *target,
                             struct ast *const *args, size_t n, bool *done)
{
    unsigned libs = p->env->options;
    *done = true;
    if (!target) {
        if (strcmp(name, "has") == 0 && n == 1)
            return has(p, pos, args[0]);
        *done = false;
        return NULL;
    }
    if ((libs & CEL_LIB_BINDINGS) && is_name(target, "cel") && strcmp(name, "bind") == 0 && n == 3)
        return cel_bind_macro(p, pos, args);
    if ((libs & CEL_LIB_MATH) && is_name(target, "math")) {
        if (strcmp(name, "least") == 0)
            return extreme(p, pos, true, args, n);
        if (strcmp(name, "greatest") == 0)
            return extreme(p, pos, false, args, n);
    }
    if ((libs & CEL_LIB_OPTIONALS) && n == 2) {
        bool flat = strcmp(name, "optFlatMap") == 0;
        if (flat || strcmp(name, "optMap") == 0)
            return opt_map(p, pos, name, flat, target, args);
    }
    for (size_t i = 0; i < ARRAY_LEN(folds); i++)
        if (folds[i].args == n && strcmp(folds[i].name, name) == 0 &&
            (!folds[i].lib || (folds[i].lib & libs)))
            return fold(p, pos, &folds[i], target, args);
    *done = false;
    return NULL;
}
