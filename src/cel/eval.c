// SPDX-License-Identifier: Apache-2.0
/*
 * The evaluator: one function a kind of node. Errors and unknowns are values that travel upwards;
 * && and || absorb them when another operand decides. Past a limit f->stopped is set and nothing
 * absorbs the error any more.
 */
#include "cel/node.h"
#include "cel/words.h"

#include <stdio.h>

const struct cel_error cel_error_overload = {ERR_INVALID, UINT32_MAX, "no such overload"};
const struct cel_error cel_error_memory = {ERR_LIMIT, UINT32_MAX,
                                           "evaluation needs more memory than it may have"};
const struct cel_error cel_error_cost = {ERR_LIMIT, UINT32_MAX,
                                         "evaluation costs more than it may: operation cancelled"};
const struct cel_error cel_error_unbound = {ERR_INVALID, UINT32_MAX, "variable has no value"};

struct cel_value cel_fail_const(const struct cel_error *e)
{
    return (struct cel_value){.kind = CEL_ERROR, .as.error = e};
}

static struct cel_value stop(struct frame *f, const struct cel_error *e)
{
    if (!f->stopped) {
        f->stopped = true;
        f->stop = cel_fail_const(e);
    }
    return f->stop;
}

struct cel_value cel_fail_memory(struct frame *f)
{
    return stop(f, &cel_error_memory);
}

struct cel_value cel_fail_cost(struct frame *f)
{
    return stop(f, &cel_error_cost);
}

struct cel_value cel_fail_overload(struct frame *f)
{
    (void)f;
    return cel_fail_const(&cel_error_overload);
}

struct cel_value cel_fail(struct frame *f, const char *fmt, ...)
{
    struct cel_error *e = arena_alloc(f->arena, sizeof(*e));
    if (!e)
        return cel_fail_memory(f);
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(f->arena, fmt, ap);
    va_end(ap);
    *e = (struct cel_error){ERR_INVALID, UINT32_MAX, text ? text : "failed"};
    return (struct cel_value){.kind = CEL_ERROR, .as.error = e};
}

struct cel_value cel_place_error(struct frame *f, const struct node *n, struct cel_value v)
{
    if (v.as.error->pos != UINT32_MAX)
        return v;
    struct cel_error *e = arena_alloc(f->arena, sizeof(*e));
    if (!e)
        return v;
    *e = *v.as.error;
    e->pos = n->pos;
    v.as.error = e;
    if (f->stopped)
        f->stop = v;
    return v;
}

void *cel_frame_alloc(struct frame *f, size_t size)
{
    void *p = arena_alloc(f->arena, size ? size : 1);
    if (!p)
        cel_fail_memory(f);
    return p;
}

/* ---- names and fields ---- */

struct cel_value cel_eval_const(const struct node *node, struct frame *f)
{
    (void)f;
    return ((const struct node_const *)node)->value;
}

/* A variable that holds no plain value: it is made now, or says why there is none. */
static struct cel_value not_there(struct frame *f, const struct node_path *n, struct cel_value v)
{
    if (v.rep == CEL_REP_LAZY) {
        struct cel_lazy *lazy = v.as.lazy;
        if (!lazy->made) {
            lazy->value = lazy->make(lazy);
            lazy->made = true;
        }
        v = lazy->value;
        return v.kind == CEL_ERROR ? cel_place_error(f, &n->node, v) : v;
    }
    if (v.kind == CEL_UNKNOWN) {
        v.as.ref = n->ref;
        return v;
    }
    return cel_place_error(f, &n->node, v);
}

struct cel_value cel_eval_var(const struct node *node, struct frame *f)
{
    const struct node_path *n = (const struct node_path *)node;
    struct cel_value v = f->vars[n->slot];
    f->cost++;
    return __builtin_expect(is_error(v), 0) ? not_there(f, n, v) : v;
}

struct cel_value cel_eval_local(const struct node *node, struct frame *f)
{
    f->cost++;
    return f->locals[((const struct node_path *)node)->slot];
}

static struct cel_value no_key(struct frame *f, const struct val_key *key)
{
    return cel_fail(f, "no such key: %s", key->s);
}

struct cel_value cel_select_field(struct frame *f, const struct node_select *n, struct cel_value of)
{
    bool optional = n->optional;
    CHECK(of);
    if (of.kind == CEL_OPTIONAL) {
        if (!of.as.optional)
            return n->test ? cel_bool(false) : of;
        of = *of.as.optional;
        optional = true;
    }
    struct cel_value out;
    if (of.kind != CEL_MAP && kubernetes_ways(f)) {
        if (of.kind == CEL_LIST)
            return cel_fail(f, "unsupported index type 'string' in list");
        return n->test ? cel_bool(false) : optional ? cel_optional_none() : no_key(f, n->key);
    }
    if (of.kind != CEL_MAP)
        return cel_fail(f, "a value of type '%s' has no field '%s'", cel_type_name_of(of),
                        n->key->s);
    bool found = cel_map_find_str(f, of, n->key->s, n->key->len, n->key, &out);
    if (n->test)
        return found && out.kind == CEL_ERROR ? out : cel_bool(found);
    if (!found)
        return optional ? cel_optional_none() : no_key(f, n->key);
    CHECK(out);
    return optional ? cel_make_optional(f, out) : out;
}

static struct cel_value path_slow(struct frame *f, const struct node_path *n, struct cel_value v,
                                  uint32_t from)
{
    for (uint32_t i = from; i < n->n; i++) {
        struct node_select s = {.node = n->node, .key = n->keys[i]};
        v = cel_select_field(f, &s, v);
        CHECK(v);
    }
    return v;
}

static inline struct cel_value path(struct frame *f, const struct node_path *n, struct cel_value v)
{
    f->cost += n->n + 1;
    if (__builtin_expect(v.kind != CEL_MAP || v.rep != CEL_REP_VAL, 0))
        return placed(f, &n->node, path_slow(f, n, v, 0));
    const struct val *at = v.as.v;
    for (uint32_t i = 0; i < n->n; i++) {
        const struct val *next = member(at, n->keys[i]);
        if (__builtin_expect(!next, 0))
            return placed(f, &n->node, path_slow(f, n, value_of(at), i));
        at = next;
    }
    return value_of(at);
}

struct cel_value cel_eval_var_path(const struct node *node, struct frame *f)
{
    const struct node_path *n = (const struct node_path *)node;
    struct cel_value v = f->vars[n->slot];
    if (__builtin_expect(is_error(v), 0)) {
        v = not_there(f, n, v);
        CHECK(v);
    }
    return path(f, n, v);
}

struct cel_value cel_eval_local_path(const struct node *node, struct frame *f)
{
    const struct node_path *n = (const struct node_path *)node;
    struct cel_value v = f->locals[n->slot];
    CHECK(v);
    return path(f, n, v);
}

struct cel_value cel_eval_select(const struct node *node, struct frame *f)
{
    const struct node_select *n = (const struct node_select *)node;
    f->cost++;
    return placed(f, node, cel_select_field(f, n, node_eval(n->of, f)));
}

struct cel_value cel_eval_unbound_name(const struct node *node, struct frame *f)
{
    (void)f;
    return ((const struct node_const *)node)->value;
}

/* ---- operators ---- */

struct cel_value cel_eval_not(const struct node *node, struct frame *f)
{
    const struct node_unary *n = (const struct node_unary *)node;
    struct cel_value a = node_eval(n->a, f);
    CHECK(a);
    f->cost++;
    if (a.kind == CEL_BOOL)
        return cel_bool(!a.as.b);
    return placed(f, node, cel_fail_overload(f));
}

struct cel_value cel_eval_neg(const struct node *node, struct frame *f)
{
    const struct node_unary *n = (const struct node_unary *)node;
    struct cel_value a = node_eval(n->a, f);
    CHECK(a);
    f->cost++;
    return placed(f, node, cel_op_neg(f, &a, 1));
}

#define OPERANDS(n, x)                                                                             \
    struct cel_value x[2];                                                                         \
    x[0] = node_eval(n->a, f);                                                                     \
    CHECK(x[0]);                                                                                   \
    x[1] = node_eval(n->b, f);                                                                     \
    CHECK(x[1]);                                                                                   \
    if (!spend(f, 1))                                                                              \
    return placed(f, node, cel_fail_cost(f))

static struct cel_value operated(struct frame *f, const struct node *node, cel_fn *op,
                                 const struct cel_value *x)
{
    struct cel_value v = op(f, x, 2);
    if (v.kind == CEL_ERROR && v.as.error == &cel_error_overload && kubernetes_ways(f))
        v = cel_words_operator(f, op, x[0], v);
    return placed(f, node, v);
}

struct cel_value cel_eval_binary(const struct node *node, struct frame *f)
{
    const struct node_binary *n = (const struct node_binary *)node;
    OPERANDS(n, x);
    return operated(f, node, n->op, x);
}

#define COMPARISON(name, op, slow)                                                                 \
    struct cel_value name(const struct node *node, struct frame *f)                                \
    {                                                                                              \
        const struct node_binary *n = (const struct node_binary *)node;                            \
        OPERANDS(n, x);                                                                            \
        if (x[0].kind == CEL_INT && x[1].kind == CEL_INT)                                          \
            return cel_bool(x[0].as.i op x[1].as.i);                                               \
        return operated(f, node, slow, x);                                                         \
    }
COMPARISON(cel_eval_lt, <, cel_op_lt)
COMPARISON(cel_eval_le, <=, cel_op_le)
COMPARISON(cel_eval_gt, >, cel_op_gt)
COMPARISON(cel_eval_ge, >=, cel_op_ge)

static inline struct cel_value equality(const struct node *node, struct frame *f, bool wanted)
{
    const struct node_binary *n = (const struct node_binary *)node;
    OPERANDS(n, x);
    if (x[0].kind == x[1].kind) {
        if (x[0].kind == CEL_INT)
            return cel_bool((x[0].as.i == x[1].as.i) == wanted);
        if (x[0].kind == CEL_STRING)
            return cel_bool((x[0].len == x[1].len && memcmp(x[0].as.s, x[1].as.s, x[0].len) == 0) ==
                            wanted);
        if (x[0].kind == CEL_BOOL)
            return cel_bool((x[0].as.b == x[1].as.b) == wanted);
    }
    bool eq = cel_values_equal(f, x[0], x[1]);
    if (f->stopped)
        return placed(f, node, f->stop);
    return cel_bool(eq == wanted);
}

struct cel_value cel_eval_eq(const struct node *node, struct frame *f)
{
    return equality(node, f, true);
}

struct cel_value cel_eval_ne(const struct node *node, struct frame *f)
{
    return equality(node, f, false);
}

static inline struct cel_value logic(const struct node *node, struct frame *f, bool absorbing)
{
    const struct node_many *n = (const struct node_many *)node;
    struct cel_value bad = cel_bool(!absorbing);
    for (uint32_t i = 0; i < n->n; i++) {
        struct cel_value v = node_eval(n->args[i], f);
        if (__builtin_expect(v.kind == CEL_BOOL, 1)) {
            if (v.as.b == absorbing)
                return v;
            continue;
        }
        if (f->stopped)
            return f->stop;
        if (!is_error(v))
            v = cel_place_error(f, n->args[i], cel_fail_overload(f));
        if (bad.kind == CEL_BOOL || (v.kind == CEL_UNKNOWN && bad.kind == CEL_ERROR))
            bad = v;
    }
    return bad;
}

/* 'name' in map */
struct cel_value cel_eval_in_key(const struct node *node, struct frame *f)
{
    const struct node_select *n = (const struct node_select *)node;
    struct cel_value of = node_eval(n->of, f), out;
    CHECK(of);
    f->cost++;
    if (__builtin_expect(of.kind == CEL_MAP, 1))
        return cel_bool(cel_map_find_str(f, of, n->key->s, n->key->len, n->key, &out));
    struct cel_value x[2] = {cel_string(n->key->s, n->key->len), of};
    return placed(f, node, cel_op_in(f, x, 2));
}

struct cel_value cel_eval_and(const struct node *node, struct frame *f)
{
    return logic(node, f, false);
}

struct cel_value cel_eval_or(const struct node *node, struct frame *f)
{
    return logic(node, f, true);
}

struct cel_value cel_eval_cond(const struct node *node, struct frame *f)
{
    const struct node_cond *n = (const struct node_cond *)node;
    struct cel_value v = node_eval(n->test, f);
    CHECK(v);
    if (v.kind != CEL_BOOL)
        return cel_place_error(f, n->test, cel_fail_overload(f));
    return node_eval(v.as.b ? n->yes : n->no, f);
}

/* ---- calls ---- */

static inline bool fits(const struct overload *o, const struct cel_value *args, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!(o->masks[i] >> args[i].kind & 1) || (o->tags[i] && o->tags[i] != args[i].tag))
            return false;
    return true;
}

static struct cel_value dispatch(const struct node_call *n, struct frame *f,
                                 const struct cel_value *args)
{
    if (!spend(f, 1))
        return cel_place_error(f, &n->node, cel_fail_cost(f));
    for (uint32_t i = 0; i < n->n_overloads; i++)
        if (fits(n->overloads[i], args, n->n)) {
            f->pattern = n->pattern;
            return placed(f, &n->node, n->overloads[i]->fn(f, args, n->n));
        }
    return cel_place_error(f, &n->node,
                           n->n_overloads ? cel_words_overload(f, n->overloads[0]->name, args, n->n)
                                          : cel_fail_overload(f));
}

struct cel_value cel_eval_call(const struct node *node, struct frame *f)
{
    const struct node_call *n = (const struct node_call *)node;
    struct cel_value args[MAX_ARGS];
    for (uint32_t i = 0; i < n->n; i++) {
        args[i] = node_eval(n->args[i], f);
        CHECK(args[i]);
    }
    return dispatch(n, f, args);
}

struct cel_value cel_eval_matches(const struct node *node, struct frame *f)
{
    const struct node_call *n = (const struct node_call *)node;
    struct cel_value s = node_eval(n->args[0], f);
    CHECK(s);
    if (s.kind != CEL_STRING)
        return cel_place_error(f, node, cel_fail_overload(f));
    if (!spend(f, 1 + s.len / 10))
        return cel_place_error(f, node, cel_fail_cost(f));
    return cel_bool(re2_matches(n->pattern, s.as.s, s.len));
}

struct cel_value cel_eval_unbound_function(const struct node *node, struct frame *f)
{
    const struct node_call *n = (const struct node_call *)node;
    for (uint32_t i = 0; i < n->n; i++) {
        struct cel_value v = node_eval(n->args[i], f);
        CHECK(v);
    }
    return cel_place_error(f, node, cel_fail(f, "there is no such function"));
}

/* opt.or(other), opt.orValue(other): the other is only evaluated when it is needed. */
struct cel_value cel_eval_or_optional(const struct node *node, struct frame *f)
{
    const struct node_binary *n = (const struct node_binary *)node;
    struct cel_value v = node_eval(n->a, f);
    CHECK(v);
    if (v.kind != CEL_OPTIONAL)
        return cel_place_error(f, node, cel_fail_overload(f));
    if (v.as.optional)
        return v;
    v = node_eval(n->b, f);
    return is_error(v) || v.kind == CEL_OPTIONAL ? v
                                                 : cel_place_error(f, node, cel_fail_overload(f));
}

struct cel_value cel_eval_or_value(const struct node *node, struct frame *f)
{
    const struct node_binary *n = (const struct node_binary *)node;
    struct cel_value v = node_eval(n->a, f);
    CHECK(v);
    if (v.kind != CEL_OPTIONAL)
        return cel_place_error(f, node, cel_fail_overload(f));
    return v.as.optional ? *v.as.optional : node_eval(n->b, f);
}

/* ---- literals ---- */

/* What is left of an optional item: false to leave it out. */
static bool unwrap(struct frame *f, struct cel_value *v)
{
    if (v->kind != CEL_OPTIONAL) {
        *v = cel_fail(f, "cannot initialize an optional item with a value of type '%s'",
                      cel_type_name_of(*v));
        return true;
    }
    if (!v->as.optional)
        return false;
    *v = *v->as.optional;
    return true;
}

struct cel_value cel_eval_list(const struct node *node, struct frame *f)
{
    const struct node_many *n = (const struct node_many *)node;
    if (!spend(f, 10))
        return cel_place_error(f, node, cel_fail_cost(f));
    struct cel_value *items = cel_frame_alloc(f, n->n * sizeof(*items));
    if (!items)
        return f->stop;
    uint32_t len = 0;
    for (uint32_t i = 0; i < n->n; i++) {
        struct cel_value v = node_eval(n->args[i], f);
        CHECK(v);
        if (n->any_optional && n->optional[i] && !unwrap(f, &v))
            continue;
        if (is_error(v))
            return placed(f, n->args[i], v);
        items[len++] = v;
    }
    return cel_list(items, len);
}

/* kube-apiserver lets a key of a literal come again: the last value counts. */
static struct cel_value last_of_each(struct frame *f, struct map_entry *entries, uint32_t n)
{
    uint32_t len = 0;
    for (uint32_t i = 0; i < n && !f->stopped; i++) {
        uint32_t at = 0;
        while (at < len && !cel_values_equal(f, entries[at].key, entries[i].key) && !f->stopped)
            at++;
        entries[at] = entries[i];
        len += at == len;
    }
    return f->stopped ? f->stop : cel_make_map(f, entries, len);
}

struct cel_value cel_eval_map(const struct node *node, struct frame *f)
{
    const struct node_many *n = (const struct node_many *)node;
    if (!spend(f, 30))
        return cel_place_error(f, node, cel_fail_cost(f));
    struct map_entry *entries = cel_frame_alloc(f, n->n / 2 * sizeof(*entries));
    if (!entries)
        return f->stop;
    uint32_t len = 0;
    for (uint32_t i = 0; i < n->n; i += 2) {
        struct cel_value k = node_eval(n->args[i], f);
        CHECK(k);
        struct cel_value v = node_eval(n->args[i + 1], f);
        CHECK(v);
        if (!cel_map_key_ok(k))
            return cel_place_error(
                f, n->args[i],
                cel_fail(f, "a value of type '%s' cannot be a key", cel_type_name_of(k)));
        if (n->any_optional && n->optional[i + 1] && !unwrap(f, &v))
            continue;
        if (is_error(v))
            return placed(f, n->args[i + 1], v);
        entries[len++] = (struct map_entry){k, v};
    }
    struct cel_value map = cel_make_map(f, entries, len);
    CHECK(map);
    int64_t again = cel_map_duplicate_of(map);
    if (again < 0)
        return map;
    if (!(f->options & CEL_KUBERNETES_WAYS))
        return cel_place_error(f, node, cel_fail(f, "a key is there twice"));
    return last_of_each(f, entries, len);
}

/* ---- bindings ---- */

struct cel_value cel_eval_bind(const struct node *node, struct frame *f)
{
    const struct node_bind *n = (const struct node_bind *)node;
    f->locals[n->slot] = node_eval(n->value, f);
    if (f->stopped)
        return f->stop;
    return node_eval(n->body, f);
}

struct cel_value cel_eval_block(const struct node *node, struct frame *f)
{
    const struct node_bind *n = (const struct node_bind *)node;
    struct cel_value v = node_eval(n->value, f);
    CHECK(v);
    if (v.kind != CEL_OPTIONAL)
        return cel_place_error(f, node, cel_fail_overload(f));
    if (!v.as.optional)
        return v;
    f->locals[n->slot] = *v.as.optional;
    v = node_eval(n->body, f);
    CHECK(v);
    if (!n->flat)
        return placed(f, node, cel_make_optional(f, v));
    return v.kind == CEL_OPTIONAL ? v : cel_place_error(f, node, cel_fail_overload(f));
}

/* ---- entry ---- */

static int report(const struct cel_program *p, struct cel_value v, struct err *e)
{
    const struct cel_error *error = v.as.error;
    int rc = err_set(e, error->code, "%s", error->text);
    if (error->pos != UINT32_MAX) {
        uint32_t line, col;
        cel_source_place(p->text, p->len, error->pos, &line, &col);
        err_at(e, NULL, line, col);
    }
    return rc;
}

int cel_eval(const struct cel_program *p, const struct cel_activation *act, struct arena *a,
             const struct cel_limits *limits, struct cel_value *result, struct err *e)
{
    struct cel_value few[8];
    struct frame f = {.vars = act->vars,
                      .locals = few,
                      .cost_limit = limits && limits->cost ? limits->cost : CEL_COST_LIMIT,
                      .arena = a,
                      .options = p->options};
    if (act->len < p->nvars)
        return err_set(e, ERR_USAGE, "the activation was made before a variable was declared");
    if (p->locals > ARRAY_LEN(few) && !(f.locals = arena_array(a, p->locals, sizeof(*f.locals)))) {
        *result = cel_fail_const(&cel_error_memory);
        return report(p, *result, e);
    }
    *result = node_eval(p->root, &f);
    frame_end(&f);
    if (limits && limits->spent)
        *limits->spent += f.cost;
    if (f.stopped)
        *result = f.stop;
    else if (f.cost > f.cost_limit)
        *result = cel_fail_cost(&f);
    return result->kind == CEL_ERROR ? report(p, *result, e) : 0;
}

void cel_activation_init(struct cel_activation *a, const struct cel_env *env)
{
    a->len = env->vars.len;
    a->vars = mem_calloc(a->len ? a->len : 1, sizeof(*a->vars));
    for (size_t i = 0; i < a->len; i++)
        a->vars[i] = cel_fail_const(&cel_error_unbound);
}

void cel_activation_clear(struct cel_activation *a)
{
    mem_free(a->vars);
    *a = (struct cel_activation){0};
}

void cel_bind(struct cel_activation *a, int variable, struct cel_value v)
{
    a->vars[variable] = v;
}

void cel_bind_val(struct cel_activation *a, int variable, const struct val *v)
{
    a->vars[variable] = cel_from_val(v);
}

void cel_bind_lazy(struct cel_activation *a, int variable, struct cel_lazy *lazy)
{
    a->vars[variable] = (struct cel_value){.kind = CEL_ERROR, .rep = CEL_REP_LAZY, .as.lazy = lazy};
}

struct cel_value cel_error_of(struct arena *a, const char *fmt, ...)
{
    struct cel_error *e = arena_alloc(a, sizeof(*e));
    if (!e)
        return cel_fail_const(&cel_error_memory);
    va_list ap;
    va_start(ap, fmt);
    const char *text = arena_vprintf(a, fmt, ap);
    va_end(ap);
    *e = (struct cel_error){ERR_INVALID, UINT32_MAX, text ? text : "failed"};
    return (struct cel_value){.kind = CEL_ERROR, .as.error = e};
}

struct cel_value cel_unknown_of(const struct cel_ref *ref)
{
    return (struct cel_value){.kind = CEL_UNKNOWN, .as.ref = ref};
}

void cel_bind_unknown(struct cel_activation *a, int variable)
{
    a->vars[variable] = (struct cel_value){.kind = CEL_UNKNOWN};
}
