// SPDX-License-Identifier: Apache-2.0
/*
 * From the checked tree to nodes. Chains of fields become one path node with interned keys,
 * frequent operators nodes of their own, constant patterns are compiled, and calls, lists and maps
 * of constants are evaluated here (loops are not: they are the author's to run).
 */
#include "cel/node.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_FOLD_COST 200000
#define MAX_PATTERNS 200 /* each may be dear to compile */

struct planner {
    struct cel_program *p;
    const struct cel_env *env;
    bool failed;
    uint64_t budget; /* what folding may still cost, of the whole expression */
    char pattern_error[160];
};

static const struct node *plan(struct planner *pl, const struct ast *t);

static void *node_make(struct planner *pl, size_t size, const struct ast *t, node_fn *fn)
{
    struct node *n = arena_zalloc(&pl->p->arena, size);
    if (!n) {
        pl->failed = true;
        return NULL;
    }
    n->fn = fn;
    n->pos = t->pos;
    return n;
}
#define NODE(pl, type, t, fn) ((struct type *)node_make((pl), sizeof(struct type), (t), (fn)))

static const struct node *const_node(struct planner *pl, const struct ast *t, struct cel_value v)
{
    struct node_const *n = NODE(pl, node_const, t, cel_eval_const);
    if (!n)
        return NULL;
    n->value = v;
    return &n->node;
}

static const struct node *const_string(struct planner *pl, const struct ast *t)
{
    struct cel_value v = t->value;
    if (v.kind == CEL_STRING || v.kind == CEL_BYTES) {
        char *copy = arena_strndup(&pl->p->arena, v.as.s, v.len);
        if (!copy) {
            pl->failed = true;
            return NULL;
        }
        v.as.s = copy;
    }
    return const_node(pl, t, v);
}

static const struct cel_value *constant(const struct node *n)
{
    return n && n->fn == cel_eval_const ? &((const struct node_const *)n)->value : NULL;
}

static bool all_constant(const struct node *const *args, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!constant(args[i]))
            return false;
    return true;
}

/* The node's value now, if it has one that is no error; the node otherwise. */
static const struct node *fold_constant(struct planner *pl, const struct ast *t,
                                        const struct node *n)
{
    struct frame f = {.cost_limit = pl->budget, .arena = &pl->p->arena, .options = pl->p->options};
    struct cel_value v = node_eval(n, &f);
    frame_end(&f);
    pl->budget -= f.cost < pl->budget ? f.cost : pl->budget;
    return is_error(v) || f.stopped || pl->failed ? n : const_node(pl, t, v);
}

/* ---- paths ---- */

static const struct val_key *intern(struct planner *pl, const char *s, size_t len)
{
    const struct val_key *k = val_intern(&pl->p->keys, s, len);
    if (!k)
        pl->failed = true;
    return k;
}

/* Is t a plain field of args[0]? a.b and a['b'] alike. */
static bool field_of(const struct ast *t, const char **name, size_t *len)
{
    if (t->kind == AST_SELECT && !(t->flags & (AF_TEST | AF_OPTIONAL))) {
        *name = t->name;
        *len = t->name_len;
        return true;
    }
    if (t->kind == AST_CALL && t->n == 2 && strcmp(t->name, "_[_]") == 0 &&
        t->args[1]->kind == AST_CONST && t->args[1]->value.kind == CEL_STRING) {
        *name = t->args[1]->value.as.s;
        *len = t->args[1]->value.len;
        return true;
    }
    return false;
}

static bool is_variable(const struct ast *t)
{
    return t->kind == AST_IDENT && !(t->flags & (AF_TYPE | AF_UNBOUND));
}

static bool plain_name(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] != '_' && !((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') &&
            !(i && s[i] >= '0' && s[i] <= '9'))
            return false;
    return len > 0;
}

static void path_text(struct buf *b, const struct ast *t)
{
    if (t->kind == AST_IDENT) {
        buf_add(b, t->name, t->name_len);
        return;
    }
    path_text(b, t->args[0]);
    const char *name = t->name;
    size_t len = t->name_len;
    if (t->kind == AST_CALL) {
        name = t->args[1]->value.as.s;
        len = t->args[1]->value.len;
    }
    bool plain = plain_name(name, len);
    buf_puts(b, plain ? "." : "[\"");
    buf_add(b, name, len);
    if (!plain)
        buf_puts(b, "\"]");
}

static struct cel_ref ref_of(struct planner *pl, const struct ast *t, const struct ast *root,
                             bool tested)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    path_text(&b, t);
    char *text = arena_strdup(&pl->p->arena, buf_str(&b));
    char *name = arena_strndup(&pl->p->arena, root->name, root->name_len);
    buf_clear(&b);
    if (!text || !name)
        pl->failed = true;
    return (struct cel_ref){root->slot, name, text, tested};
}

/* A variable and at least one field, as one node; NULL when t is something else. */
static const struct node *plan_path(struct planner *pl, const struct ast *t)
{
    const char *name;
    size_t len;
    uint32_t n = 0;
    const struct ast *root = t;
    for (; field_of(root, &name, &len); root = root->args[0])
        n++;
    if (!is_variable(root))
        return NULL;
    bool local = root->flags & AF_LOCAL;
    struct node_path *path = NODE(pl, node_path, t,
                                  n ? (local ? cel_eval_local_path : cel_eval_var_path)
                                    : (local ? cel_eval_local : cel_eval_var));
    const struct val_key **keys = arena_array(&pl->p->arena, n ? n : 1, sizeof(*keys));
    if (!path || !keys) {
        pl->failed = true;
        return NULL;
    }
    path->slot = root->slot;
    path->n = n;
    path->keys = keys;
    for (const struct ast *at = t; n > 0; at = at->args[0]) {
        field_of(at, &name, &len);
        keys[--n] = intern(pl, name, len);
    }
    if (!local) {
        struct cel_ref *ref = arena_new(&pl->p->arena, struct cel_ref);
        if (!ref)
            pl->failed = true;
        else
            *ref = ref_of(pl, t, root, false);
        path->ref = ref;
    }
    return &path->node;
}

static const struct node *plan_select(struct planner *pl, const struct ast *t, const char *name,
                                      size_t len)
{
    struct node_select *n = NODE(pl, node_select, t, cel_eval_select);
    if (!n)
        return NULL;
    n->of = plan(pl, t->args[0]);
    n->key = intern(pl, name, len);
    n->test = t->flags & AF_TEST;
    n->optional = t->flags & AF_OPTIONAL;
    if (pl->failed)
        return NULL;
    return constant(n->of) ? fold_constant(pl, t, &n->node) : &n->node;
}

/* ---- calls ---- */

static const struct {
    const char *name;
    node_fn *fn;
    cel_fn *op; /* of cel_eval_binary */
} operators[] = {
    {"_==_", cel_eval_eq, NULL},
    {"_!=_", cel_eval_ne, NULL},
    {"_<_", cel_eval_lt, NULL},
    {"_<=_", cel_eval_le, NULL},
    {"_>_", cel_eval_gt, NULL},
    {"_>=_", cel_eval_ge, NULL},
    {"_+_", cel_eval_binary, cel_op_add},
    {"_-_", cel_eval_binary, cel_op_sub},
    {"_*_", cel_eval_binary, cel_op_mul},
    {"_/_", cel_eval_binary, cel_op_div},
    {"_%_", cel_eval_binary, cel_op_mod},
    {"@in", cel_eval_binary, cel_op_in},
    {"_[_]", cel_eval_binary, cel_op_index},
    {"_[?_]", cel_eval_binary, cel_op_opt_index},
};

static const struct node *plan_binary(struct planner *pl, const struct ast *t, node_fn *fn,
                                      cel_fn *op)
{
    struct node_binary *n = NODE(pl, node_binary, t, fn);
    if (!n)
        return NULL;
    n->a = plan(pl, t->args[0]);
    n->b = plan(pl, t->args[1]);
    n->op = op;
    if (pl->failed)
        return NULL;
    return op && constant(n->a) && constant(n->b) ? fold_constant(pl, t, &n->node) : &n->node;
}

/* 'name' in something */
static const struct node *plan_in_key(struct planner *pl, const struct ast *t)
{
    struct node_select *n = NODE(pl, node_select, t, cel_eval_in_key);
    if (!n)
        return NULL;
    n->key = intern(pl, t->args[0]->value.as.s, t->args[0]->value.len);
    n->of = plan(pl, t->args[1]);
    if (pl->failed)
        return NULL;
    return constant(n->of) ? fold_constant(pl, t, &n->node) : &n->node;
}

static const struct node *plan_unary(struct planner *pl, const struct ast *t, node_fn *fn)
{
    struct node_unary *n = NODE(pl, node_unary, t, fn);
    if (!n)
        return NULL;
    n->a = plan(pl, t->args[0]);
    return pl->failed ? NULL : &n->node;
}

static const struct re2_pattern *keep_pattern(struct planner *pl, const struct ast *t)
{
    uint16_t at = t->n_overloads ? t->overloads[0]->pattern_arg : 0;
    if (!at || at > t->n || t->args[at - 1]->kind != AST_CONST ||
        t->args[at - 1]->value.kind != CEL_STRING)
        return NULL;
    if (pl->p->patterns.len >= MAX_PATTERNS) {
        pl->failed = true;
        return NULL;
    }
    struct cel_value v = t->args[at - 1]->value;
    struct re2_pattern *re =
        re2_compile(v.as.s, v.len, pl->pattern_error, sizeof(pl->pattern_error));
    if (re) /* a wrong one fails when it is evaluated */
        vec_push(&pl->p->patterns, re);
    return re;
}

/* Overloads of one argument and one function become a single test of its kind. */
static uint32_t merge_overloads(struct planner *pl, const struct overload **all, uint32_t n)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (all[i]->nargs != 1 || all[i]->tags[0] || all[i]->fn != all[0]->fn)
            return n;
        mask |= all[i]->masks[0];
    }
    struct overload *one = n > 1 ? arena_alloc(&pl->p->arena, sizeof(*one)) : NULL;
    if (!one)
        return n;
    *one = *all[0];
    one->masks[0] = mask;
    all[0] = one;
    return 1;
}

static const struct node *plan_call(struct planner *pl, const struct ast *t)
{
    if (t->flags & AF_UNBOUND) {
        struct node_call *n = NODE(pl, node_call, t, cel_eval_unbound_function);
        for (uint32_t i = 0; n && i < t->n && i < MAX_ARGS; i++) {
            n->args[i] = plan(pl, t->args[i]);
            n->n = i + 1;
        }
        return pl->failed ? NULL : &n->node;
    }
    if (t->n == 2 && strcmp(t->name, "@in") == 0 && t->args[0]->kind == AST_CONST &&
        t->args[0]->value.kind == CEL_STRING)
        return plan_in_key(pl, t);
    if (t->n == 2)
        for (size_t i = 0; i < ARRAY_LEN(operators); i++)
            if (strcmp(operators[i].name, t->name) == 0)
                return plan_binary(pl, t, operators[i].fn, operators[i].op);
    if (strcmp(t->name, "!_") == 0)
        return plan_unary(pl, t, cel_eval_not);
    if (strcmp(t->name, "-_") == 0)
        return plan_unary(pl, t, cel_eval_neg);
    bool member = t->flags & AF_MEMBER;
    if (member && t->n == 2 && strcmp(t->name, "or") == 0)
        return plan_binary(pl, t, cel_eval_or_optional, NULL);
    if (member && t->n == 2 && strcmp(t->name, "orValue") == 0)
        return plan_binary(pl, t, cel_eval_or_value, NULL);
    struct node_call *n = NODE(pl, node_call, t, cel_eval_call);
    const struct overload **overloads =
        arena_array(&pl->p->arena, t->n_overloads ? t->n_overloads : 1, sizeof(*overloads));
    if (!n || !overloads) {
        pl->failed = true;
        return NULL;
    }
    if (t->n_overloads)
        memcpy(overloads, t->overloads, t->n_overloads * sizeof(*overloads));
    n->overloads = overloads;
    n->n_overloads = merge_overloads(pl, overloads, t->n_overloads);
    n->n = t->n_overloads ? t->n : 0;
    for (uint32_t i = 0; i < n->n; i++)
        n->args[i] = plan(pl, t->args[i]);
    if (pl->failed)
        return NULL;
    n->pattern = keep_pattern(pl, t);
    if (all_constant(n->args, n->n) && n->n_overloads)
        return fold_constant(pl, t, &n->node);
    if (n->pattern && strcmp(t->name, "matches") == 0)
        n->node.fn = cel_eval_matches;
    return &n->node;
}

/* ---- the rest ---- */

static const struct node *plan_many(struct planner *pl, const struct ast *t, node_fn *fn)
{
    struct node_many *n = NODE(pl, node_many, t, fn);
    const struct node **args = arena_array(&pl->p->arena, t->n ? t->n : 1, sizeof(*args));
    if (!n || !args) {
        pl->failed = true;
        return NULL;
    }
    for (uint32_t i = 0; i < t->n; i++)
        args[i] = plan(pl, t->args[i]);
    n->args = args;
    n->n = t->n;
    if (t->optional) {
        uint8_t *optional = arena_alloc(&pl->p->arena, t->n);
        if (!optional) {
            pl->failed = true;
            return NULL;
        }
        memcpy(optional, t->optional, t->n);
        n->optional = optional;
        n->any_optional = true;
    }
    if (pl->failed)
        return NULL;
    bool literal = t->kind == AST_LIST || t->kind == AST_MAP;
    return literal && all_constant(args, t->n) ? fold_constant(pl, t, &n->node) : &n->node;
}

static const struct node *plan_cond(struct planner *pl, const struct ast *t)
{
    struct node_cond *n = NODE(pl, node_cond, t, cel_eval_cond);
    if (!n)
        return NULL;
    n->test = plan(pl, t->args[0]);
    n->yes = plan(pl, t->args[1]);
    n->no = plan(pl, t->args[2]);
    return pl->failed ? NULL : &n->node;
}

static const struct node *plan_fold(struct planner *pl, const struct ast *t)
{
    static node_fn *const fns[] = {
        [FOLD_ALL] = cel_fold_all,
        [FOLD_EXISTS] = cel_fold_exists,
        [FOLD_EXISTS_ONE] = cel_fold_exists_one,
        [FOLD_MAP] = cel_fold_map,
        [FOLD_FILTER] = cel_fold_filter,
        [FOLD_MAP_VALUES] = cel_fold_map_values,
        [FOLD_MAP_ENTRIES] = cel_fold_map_entries,
        [FOLD_SORT_BY] = cel_fold_sort_by,
    };
    struct node_fold *n = NODE(pl, node_fold, t, fns[t->op]);
    if (!n)
        return NULL;
    n->slot = t->slot;
    n->slot2 = t->slot2;
    n->range = plan(pl, t->args[0]);
    n->filter = t->flags & AF_FILTERED ? plan(pl, t->args[1]) : NULL;
    n->body = plan(pl, t->args[t->n - 1]);
    return pl->failed ? NULL : &n->node;
}

static const struct node *plan_bind(struct planner *pl, const struct ast *t)
{
    struct node_bind *n =
        NODE(pl, node_bind, t, t->kind == AST_BIND ? cel_eval_bind : cel_eval_block);
    if (!n)
        return NULL;
    n->slot = t->slot;
    n->flat = t->flags & AF_FLAT;
    n->value = plan(pl, t->args[0]);
    n->body = plan(pl, t->args[1]);
    return pl->failed ? NULL : &n->node;
}

static const struct node *plan_ident(struct planner *pl, const struct ast *t)
{
    if (t->flags & AF_TYPE)
        return const_node(pl, t, t->value);
    if (!(t->flags & AF_UNBOUND))
        return plan_path(pl, t);
    struct node_const *n = NODE(pl, node_const, t, cel_eval_unbound_name);
    struct cel_error *e = arena_new(&pl->p->arena, struct cel_error);
    if (!n || !e)
        return NULL;
    *e = (struct cel_error){ERR_INVALID, t->pos,
                            arena_printf(&pl->p->arena, "undeclared reference to '%s'", t->name)};
    n->value = cel_fail_const(e);
    return &n->node;
}

static const struct node *plan(struct planner *pl, const struct ast *t)
{
    const char *name;
    size_t len;
    if (pl->failed)
        return NULL;
    if (field_of(t, &name, &len)) {
        const struct node *n = plan_path(pl, t);
        return n || pl->failed ? n : plan_select(pl, t, name, len);
    }
    switch ((enum ast_kind)t->kind) {
    case AST_CONST:
        return const_string(pl, t);
    case AST_IDENT:
        return plan_ident(pl, t);
    case AST_SELECT:
        return plan_select(pl, t, t->name, t->name_len);
    case AST_CALL:
        return plan_call(pl, t);
    case AST_AND:
        return plan_many(pl, t, cel_eval_and);
    case AST_OR:
        return plan_many(pl, t, cel_eval_or);
    case AST_COND:
        return plan_cond(pl, t);
    case AST_LIST:
        return plan_many(pl, t, cel_eval_list);
    case AST_MAP:
        return plan_many(pl, t, cel_eval_map);
    case AST_FOLD:
        return plan_fold(pl, t);
    case AST_BIND:
    case AST_BLOCK:
        return plan_bind(pl, t);
    }
    return NULL;
}

/* ---- what is read ---- */

struct refs {
    VEC(struct cel_ref) found;
    struct strmap seen; /* path → number + 1 */
    VEC(struct cel_mention) mentions;
};

static void mention(struct planner *pl, const struct ast *t, struct refs *out)
{
    uint32_t at = t->pos;
    const char *text = pl->p->text;
    while (at < pl->p->len && (text[at] == '.' || strchr(" \t\r\n\f", text[at]))) /* .name */
        at++;
    struct cel_mention m = {t->slot, at};
    vec_push(&out->mentions, m);
}

static void collect(struct planner *pl, const struct ast *t, struct refs *out)
{
    const char *name;
    size_t len;
    bool tested = false;
    const struct ast *root = t;
    while (root->kind == AST_SELECT || field_of(root, &name, &len)) {
        tested = tested || (root->kind == AST_SELECT && (root->flags & (AF_TEST | AF_OPTIONAL)));
        root = root->args[0];
    }
    if (is_variable(root) && !(root->flags & AF_LOCAL)) {
        mention(pl, root, out);
        struct cel_ref ref = ref_of(pl, t, root, tested);
        if (pl->failed)
            return;
        uintptr_t at = (uintptr_t)strmap_get(&out->seen, ref.path);
        if (!at) {
            vec_push(&out->found, ref);
            strmap_set(&out->seen, ref.path, (void *)(uintptr_t)out->found.len);
        } else {
            out->found.items[at - 1].tested = out->found.items[at - 1].tested && tested;
        }
        return;
    }
    if (root != t) {
        collect(pl, root, out);
        return;
    }
    for (uint32_t i = 0; i < t->n && !pl->failed; i++)
        collect(pl, t->args[i], out);
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = ((const struct cel_mention *)a)->at, y = ((const struct cel_mention *)b)->at;
    return (x > y) - (x < y);
}

/* A macro may hold its argument twice: one place in the text is one mention. */
static void keep_mentions(struct planner *pl, const struct refs *refs)
{
    struct cel_program *p = pl->p;
    size_t n = refs->mentions.len;
    p->mentions = arena_array(&p->arena, n + 1, sizeof(*p->mentions));
    pl->failed = pl->failed || !p->mentions;
    if (pl->failed || !n)
        return;
    memcpy(p->mentions, refs->mentions.items, n * sizeof(*p->mentions));
    qsort(p->mentions, n, sizeof(*p->mentions), by_place);
    for (size_t i = 0; i < n; i++)
        if (!i || p->mentions[i].at != p->mentions[i - 1].at)
            p->mentions[p->n_mentions++] = p->mentions[i];
}

static void collect_refs(struct planner *pl, const struct ast *root)
{
    struct refs refs = {0};
    collect(pl, root, &refs);
    keep_mentions(pl, &refs);
    vec_clear(&refs.mentions);
    struct cel_program *p = pl->p;
    p->refs = arena_array(&p->arena, refs.found.len ? refs.found.len : 1, sizeof(*p->refs));
    if (p->refs) {
        p->n_refs = refs.found.len;
        if (p->n_refs)
            memcpy(p->refs, refs.found.items, p->n_refs * sizeof(*p->refs));
    } else {
        pl->failed = true;
    }
    vec_clear(&refs.found);
    strmap_clear(&refs.seen);
}

int cel_plan(struct cel_program *p, const struct cel_env *env, const struct ast *root)
{
    struct planner pl = {.p = p, .env = env, .budget = MAX_FOLD_COST};
    collect_refs(&pl, root);
    p->root = plan(&pl, root);
    return pl.failed || !p->root ? ERR_LIMIT : 0;
}

/* ---- the public part ---- */

static const struct cel_type *keep_type(struct arena *a, const struct cel_type *t)
{
    struct cel_type *copy = arena_alloc(a, sizeof(*copy));
    if (!copy)
        return &cel_t_dyn;
    *copy = *t;
    for (unsigned i = 0; i < t->nparams; i++)
        copy->params[i] = keep_type(a, t->params[i]);
    return copy;
}

struct cel_program *cel_compile(const struct cel_env *env, const char *text, size_t len,
                                unsigned flags, struct err *e)
{
    struct arena scratch;
    arena_init_limited(&scratch, CEL_MAX_COMPILE_MEMORY);
    struct source src = {text, len, e};
    struct err local = ERR_INIT;
    src.e = e ? e : &local;
    struct cel_program *p = NULL;
    unsigned locals = 0;
    struct ast *root = cel_parse(env, &src, &scratch);
    if (!root || cel_check(env, &src, &scratch, root, flags, &locals))
        goto out;
    p = mem_new(struct cel_program);
    arena_init_limited(&p->arena, CEL_MAX_COMPILE_MEMORY);
    val_pool_init_limited(&p->keys, CEL_MAX_COMPILE_MEMORY);
    p->text = mem_strndup(text, len);
    p->len = len;
    p->locals = locals;
    p->nvars = env->vars.len;
    p->options = env->options;
    p->type = keep_type(&p->arena, root->type);
    if (cel_plan(p, env, root)) {
        err_set(src.e, ERR_LIMIT, "expression too large");
        cel_program_free(p);
        p = NULL;
    }
out:
    if (!p)
        err_set(src.e, ERR_LIMIT, "expression too large");
    err_clear(&local);
    arena_clear(&scratch);
    return p;
}

void cel_program_free(struct cel_program *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->patterns.len; i++)
        re2_free(p->patterns.items[i]);
    vec_clear(&p->patterns);
    val_pool_clear(&p->keys);
    arena_clear(&p->arena);
    mem_free(p->text);
    mem_free(p);
}

const struct cel_type *cel_program_type(const struct cel_program *p)
{
    return p->type;
}

size_t cel_program_mentions(const struct cel_program *p, const struct cel_mention **mentions)
{
    *mentions = p->mentions;
    return p->n_mentions;
}

size_t cel_program_refs(const struct cel_program *p, const struct cel_ref **refs)
{
    *refs = p->refs;
    return p->n_refs;
}
