// SPDX-License-Identifier: Apache-2.0
/*
 * What the files of this folder share: types, the syntax tree, function tables, compiled nodes and
 * the evaluator's frame. Nothing here is for users of cel.h.
 */
#ifndef LEEWAY_CEL_INT_H
#define LEEWAY_CEL_INT_H

#include "base/hash.h"
#include "base/mem.h"
#include "base/re2_shim.h"
#include "base/vec.h"
#include "cel/cel.h"

#include <string.h>

#define CEL_MAX_TEXT (256u * 1024u) /* bytes of an expression */
#define CEL_MAX_DEPTH 250u          /* nesting in the text */
#define CEL_MAX_HEIGHT 1000u        /* of the tree: chains of operators, selections */
#define CEL_MAX_COMPILE_MEMORY (64u * 1024u * 1024u)

/* ---- types ---- */

enum type_kind {
    T_ERROR,
    T_DYN,
    T_NULL,
    T_BOOL,
    T_INT,
    T_UINT,
    T_DOUBLE,
    T_STRING,
    T_BYTES,
    T_TIMESTAMP,
    T_DURATION,
    T_LIST,
    T_MAP,
    T_OPTIONAL,
    T_OPAQUE,
    T_TYPE,
    T_PARAM,
    T_OBJECT,
};

struct cel_type {
    uint8_t kind;   /* enum type_kind */
    uint8_t opaque; /* enum cel_opaque */
    uint8_t nparams;
    uint32_t param; /* of a T_PARAM: its number */
    uint32_t size;  /* types in it, counted as a tree; 0 for the constants */
    const char *name;
    const struct cel_type *params[2];
    const struct cel_object *object; /* T_OBJECT */
};

/* Fields of an object type, by escaped name. */
struct cel_field {
    const char *name; /* as the expression writes it */
    const char *prop; /* as the data has it */
    const struct cel_type *type;
};
struct cel_object {
    const struct cel_field *fields; /* sorted by name */
    size_t len;
};

extern const struct cel_type cel_t_error, cel_t_dyn, cel_t_null, cel_t_bool, cel_t_int, cel_t_uint,
    cel_t_double, cel_t_string, cel_t_bytes, cel_t_timestamp, cel_t_duration, cel_t_list_dyn,
    cel_t_map_dyn, cel_t_optional_dyn, cel_t_type, cel_t_object;
extern const struct cel_type cel_t_opaques[CEL_OPAQUE_COUNT];

const struct cel_type *cel_t_list(struct arena *a, const struct cel_type *item);
const struct cel_type *cel_t_map(struct arena *a, const struct cel_type *k,
                                 const struct cel_type *v);
const struct cel_type *cel_t_optional(struct arena *a, const struct cel_type *t);
const struct cel_type *cel_t_type_of(struct arena *a, const struct cel_type *t);
const struct cel_type *cel_t_param(struct arena *a, uint32_t number);
bool cel_t_same(const struct cel_type *a, const struct cel_type *b); /* exact */
const struct cel_field *cel_t_field(const struct cel_type *t, const char *name, size_t len);
const char *cel_t_runtime_name(const struct cel_type *t);

/* Type parameters bound while one expression is checked. Types share their parts, so one of n parts
 * may stand for 2^n: what is larger than TYPE_MAX_SIZE counts as dyn, and so does everything once
 * TYPE_MAX_STEPS were made. */
#define TYPE_MAX_SIZE 1000u
#define TYPE_MAX_STEPS 2000000u
struct type_map {
    uint32_t steps;
    struct arena *arena;
    const struct cel_type **bound; /* by number; NULL: free */
    uint32_t len, cap;
    uint32_t *trail; /* numbers and old values, to take back a failed attempt */
    const struct cel_type **trail_old;
    size_t trail_len, trail_cap;
    unsigned depth;
};
void cel_t_map_init(struct type_map *m, struct arena *a);
void cel_t_map_clear(struct type_map *m);
const struct cel_type *cel_t_fresh(struct type_map *m);
/* Can a value of type t be given where `to` is wanted? Binds parameters if so, nothing if not. */
bool cel_t_assignable(struct type_map *m, const struct cel_type *t, const struct cel_type *to);
bool cel_t_assignable_list(struct type_map *m, const struct cel_type *const *t,
                           const struct cel_type *const *to, size_t n);
const struct cel_type *cel_t_substitute(struct type_map *m, const struct cel_type *t, bool to_dyn);
/* The type of a list that holds both, or NULL when they do not agree. */
const struct cel_type *cel_t_join(struct type_map *m, const struct cel_type *a,
                                  const struct cel_type *b);

/* ---- functions ---- */

struct frame;
typedef struct cel_value cel_fn(struct frame *f, const struct cel_value *args, unsigned n);

#define MAX_ARGS 4

/* A row of a library's table. Signature letters: b bool, i int, u uint, d double, s string, y
 * bytes, n null, t timestamp, r duration, ? dyn, A and B parameters, Lx list, Mxy map, Ox optional,
 * Yx type, and the opaque Q quantity, U url, P ip, C cidr, V semver, F format, Z authorizer, H, G
 * and R checks of a path, a group and a resource, D decision. A dot after the
 * first argument makes it a method; the result stands after '>'. */
struct cel_fn_row {
    const char *name;
    const char *signature;
    cel_fn *fn;
    unsigned lib; /* options that bring it; 0: always */
};

struct overload {
    const char *name;
    bool member;
    bool generic; /* has type parameters */
    uint8_t nargs;
    uint16_t pattern_arg; /* 1 + number of an argument that is a pattern, or 0 */
    const struct cel_type *args[MAX_ARGS];
    const struct cel_type *result;
    uint32_t masks[MAX_ARGS]; /* 1 << enum cel_kind of what fits at run time */
    uint16_t tags[MAX_ARGS];  /* enum cel_opaque wanted, or 0 */
    cel_fn *fn;
};

struct function {
    const char *name;
    struct overload *overloads;
    size_t len, cap;
};

extern const struct cel_fn_row cel_lib_core[], cel_lib_strings[], cel_lib_lists[], cel_lib_math[],
    cel_lib_misc[], cel_lib_network[], cel_lib_kubernetes[], cel_lib_time[];

struct cel_env {
    unsigned options;
    struct arena arena;
    char *container;
    struct strmap functions; /* struct function, owned */
    struct strmap variables; /* (void *)(uintptr_t)(number + 1) */
    VEC(struct variable {
        const char *name;
        const struct cel_type *type;
    })
    vars;
};

const struct function *cel_env_function(const struct cel_env *env, const char *name, size_t len);
const struct cel_type *cel_env_type_constant(const char *name, size_t len); /* T_TYPE's parameter */

/* ---- tree ---- */

enum ast_kind {
    AST_CONST,
    AST_IDENT,  /* name; after checking: slot of a variable or local, or a type constant */
    AST_SELECT, /* args[0].name */
    AST_CALL,   /* name(args…), target in args[0] when member */
    AST_AND,
    AST_OR, /* any number of args */
    AST_COND,
    AST_LIST,
    AST_MAP,   /* args: key, value, key, value… */
    AST_FOLD,  /* a comprehension: args[0] range, then body */
    AST_BIND,  /* args[0] value, args[1] body */
    AST_BLOCK, /* optMap, optFlatMap: args[0] optional, args[1] body */
};

enum fold_op {
    FOLD_ALL,
    FOLD_EXISTS,
    FOLD_EXISTS_ONE,
    FOLD_MAP,         /* args: range, [filter], transform; also transformList */
    FOLD_FILTER,      /* args: range, filter */
    FOLD_MAP_VALUES,  /* transformMap */
    FOLD_MAP_ENTRIES, /* transformMapEntry */
    FOLD_SORT_BY,
};

enum ast_flags {
    AF_MEMBER = 1,
    AF_TEST = 2,       /* has() */
    AF_OPTIONAL = 4,   /* a.?b */
    AF_ABSOLUTE = 8,   /* .name */
    AF_LOCAL = 16,     /* a loop's variable */
    AF_TYPE = 32,      /* identifier of a type */
    AF_UNBOUND = 64,   /* unchecked and unknown: fails when evaluated */
    AF_FLAT = 128,     /* optFlatMap */
    AF_FILTERED = 256, /* fold with a filter before the transform */
};

struct ast {
    uint8_t kind, op;
    uint16_t flags;
    uint32_t pos; /* byte offset in the text */
    uint32_t n;
    uint32_t height;
    int slot, slot2;
    const char *name;
    uint32_t name_len;
    struct ast **args;
    uint8_t *optional;      /* of list items and map entries; NULL: none */
    const char *var, *var2; /* fold, bind */
    const struct cel_type *type;
    struct cel_value value;
    const struct overload **overloads; /* candidates, once checked */
    uint32_t n_overloads;
};

struct source {
    const char *text;
    size_t len;
    struct err *e;
};
void cel_source_place(const char *text, size_t len, size_t pos, uint32_t *line, uint32_t *col);
int cel_source_error(const struct source *s, uint32_t pos, int code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

struct ast *cel_parse(const struct cel_env *env, struct source *src, struct arena *a);
int cel_check(const struct cel_env *env, struct source *src, struct arena *a, struct ast *root,
              unsigned flags, unsigned *locals);

/* ---- compiled programs ---- */

struct node;
typedef struct cel_value node_fn(const struct node *n, struct frame *f);
struct node {
    node_fn *fn;
    uint32_t pos;
};

static inline struct cel_value node_eval(const struct node *n, struct frame *f)
{
    return n->fn(n, f);
}

struct cel_program {
    struct arena arena;
    struct val_pool keys; /* interned field names */
    char *text;
    size_t len;
    const struct node *root;
    unsigned locals;
    const struct cel_type *type;
    struct cel_ref *refs;
    size_t n_refs;
    struct cel_mention *mentions;
    size_t n_mentions;
    VEC(struct re2_pattern *) patterns; /* freed with the program */
    size_t nvars;
    unsigned options;
};

struct frame {
    const struct cel_value *vars;
    struct cel_value *locals;
    uint64_t cost, cost_limit;
    struct arena *arena;
    const struct cel_program *program;
    unsigned options;
    struct cel_value stop; /* kind CEL_ERROR once a limit was hit: nothing absorbs it */
    bool stopped;
    struct zone *zone; /* the last that was used, and its name */
    const char *zone_name;
    const struct re2_pattern *pattern; /* constant pattern of the call that runs, or NULL */
};

struct cel_error {
    int code;
    uint32_t pos; /* UINT32_MAX: not known yet */
    const char *text;
};

struct plan; /* plan.c */
int cel_plan(struct cel_program *p, const struct cel_env *env, const struct ast *root);

/* ---- values at run time ---- */

struct cel_typed {
    const struct val *v; /* NULL: a sum of lists, in items */
    const struct schema *schema;
    const struct cel_value *items;
    bool root; /* apiVersion, kind and metadata are understood */
};

struct map_entry {
    struct cel_value key, value;
};
struct cel_map {
    const struct map_entry *entries;
    uint32_t len;
    uint32_t mask; /* of index; 0: none */
    const uint32_t *index;
};

/* memcmp for the short names that fields have, without a call. */
static inline bool same_bytes(const char *a, const char *b, size_t n)
{
    uint64_t x, y;
    uint32_t p, q;
    if (n >= 8) {
        for (size_t i = 0; i + 8 < n; i += 8) {
            memcpy(&x, a + i, 8);
            memcpy(&y, b + i, 8);
            if (x != y)
                return false;
        }
        memcpy(&x, a + n - 8, 8);
        memcpy(&y, b + n - 8, 8);
        return x == y;
    }
    if (n >= 4) {
        memcpy(&p, a, 4);
        memcpy(&q, b, 4);
        if (p != q)
            return false;
        memcpy(&p, a + n - 4, 4);
        memcpy(&q, b + n - 4, 4);
        return p == q;
    }
    return n == 0 || (a[0] == b[0] && a[n - 1] == b[n - 1] && a[n / 2] == b[n / 2]);
}

#define SMALL_MAP 8

/* Member of a map of src/data by a key of the program. */
static inline const struct val *member(const struct val *map, const struct val_key *key)
{
    if (map->type != VAL_MAP || map->len > SMALL_MAP)
        return val_get_key(map, key);
    const struct val_entry *e = map->as.entries, *end = e + map->len;
    for (; e < end; e++)
        if (e->key->hash == key->hash && e->key->len == key->len &&
            same_bytes(e->key->s, key->s, key->len))
            return &e->value;
    return NULL;
}

struct cel_value cel_fail(struct frame *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct cel_value cel_fail_memory(struct frame *f);
struct cel_value cel_fail_overload(struct frame *f);
struct cel_value cel_fail_const(const struct cel_error *e);
extern const struct cel_error cel_error_overload, cel_error_memory, cel_error_cost,
    cel_error_unbound;

static inline bool is_error(struct cel_value v)
{
    return v.kind <= CEL_UNKNOWN;
}
#define CHECK(v)                                                                                   \
    do {                                                                                           \
        if (__builtin_expect(is_error(v), 0))                                                      \
            return (v);                                                                            \
    } while (0)

struct cel_value cel_fail_cost(struct frame *f);
/* False and f stopped when the budget is used up. */
static inline bool spend(struct frame *f, uint64_t cost)
{
    f->cost += cost;
    return __builtin_expect(f->cost <= f->cost_limit, 1);
}

void cel_frame_release(struct frame *f);
static inline void frame_end(struct frame *f)
{
    if (f->zone)
        cel_frame_release(f);
}
void *cel_frame_alloc(struct frame *f, size_t size); /* NULL: limit */

/* Wraps a value of src/data; scalars are copied, containers pointed at. */
static inline struct cel_value value_of(const struct val *v)
{
    struct cel_value out = {.kind = (uint8_t)(v->type + 2 + (v->type >= VAL_LIST)), .len = v->len};
    _Static_assert(sizeof(v->as) == 8 && sizeof(out.as) == 8, "scalars are copied whole");
    if (v->type >= VAL_LIST)
        out.as.v = v;
    else
        memcpy(&out.as, &v->as, sizeof(out.as));
    return out;
}
struct cel_value cel_typed_wrap(struct arena *a, const struct val *v, const struct schema *s,
                                bool root);
struct cel_value cel_typed_item(struct arena *a, struct cel_value list, size_t i);
bool cel_typed_entry(struct arena *a, struct cel_value map, size_t i, struct cel_value *k,
                     struct cel_value *v);
/* false: no such field */
bool cel_typed_field(struct arena *a, struct cel_value map, const char *name, size_t len,
                     struct cel_value *out);
struct cel_value cel_typed_add(struct frame *f, struct cel_value a, struct cel_value b);
int cel_typed_list_equal(struct frame *f, struct cel_value a,
                         struct cel_value b); /* -1: by index */
bool cel_typed_map_equal(struct frame *f, struct cel_value a, struct cel_value b);

struct cel_value cel_list_get(struct frame *f, struct cel_value list, size_t i);
/* Value of a key, false when it is absent. *err when the key cannot be one. */
bool cel_map_find(struct frame *f, struct cel_value map, struct cel_value key,
                  struct cel_value *out);
bool cel_map_find_str(struct frame *f, struct cel_value map, const char *s, size_t len,
                      const struct val_key *key, struct cel_value *out);
bool cel_values_equal(struct frame *f, struct cel_value a, struct cel_value b);
/* -1, 0, 1; 2 unordered (NaN), 3 not comparable */
int cel_values_compare(struct cel_value a, struct cel_value b);
bool cel_value_is_zero(struct cel_value v);

struct cel_value cel_make_string(struct frame *f, const char *s, size_t len); /* copies */

struct cel_value cel_make_optional(struct frame *f, struct cel_value v);
struct cel_value cel_make_map(struct frame *f, struct map_entry *entries, size_t n); /* no check */
struct cel_value cel_make_opaque(enum cel_opaque tag, const void *p);
bool cel_map_key_ok(struct cel_value k);
/* An entry of a map of ours whose key was there before, or -1. */
int64_t cel_map_duplicate_of(struct cel_value map);
uint64_t cel_value_hash(struct cel_value v); /* of keys and scalars; numbers that are equal agree */

/* Growing list in a frame's arena. */
struct list_out {
    struct cel_value *items;
    size_t len, cap;
    bool over;
};
void cel_list_out_add(struct frame *f, struct list_out *o, struct cel_value v);
struct cel_value cel_list_out_done(struct frame *f, struct list_out *o);

/* operators, as functions over values */
cel_fn cel_op_add, cel_op_sub, cel_op_mul, cel_op_div, cel_op_mod, cel_op_neg, cel_op_lt, cel_op_le,
    cel_op_gt, cel_op_ge, cel_op_eq, cel_op_ne, cel_op_in, cel_op_index, cel_op_not,
    cel_op_opt_index;

struct cel_value cel_t_value(const struct cel_type *t);
const struct cel_type *cel_value_type(struct cel_value v);

/* text: UTF-8 helpers */
int cel_utf8_next(const char *s, size_t len,
                  uint32_t *cp); /* bytes, at least 1; bad bytes U+FFFD */
size_t cel_utf8_count(const char *s, size_t len);
bool cel_utf8_valid(const char *s, size_t len);
unsigned cel_utf8_put(char *out, uint32_t cp);
void cel_format_double(char out[40], double d);          /* shortest, with an exponent when large */
size_t cel_format_double_plain(char out[400], double d); /* shortest, never with an exponent */

/* time */
/* offset_min: minutes east of UTC that the text gave */
bool cel_time_parse(const char *s, size_t len, int64_t *sec, uint32_t *nanos, int16_t *offset_min);
bool cel_duration_parse(const char *s, size_t len, int64_t *nanos);
size_t cel_time_print(char *out, size_t cap, struct cel_value t);
size_t cel_duration_print(char *out, size_t cap, int64_t nanos);
bool cel_time_in_range(int64_t sec);
bool cel_k8s_duration_parse(const char *s, size_t len, int64_t *nanos);
bool cel_k8s_datetime_parse(const char *s, size_t len, int64_t *sec, uint32_t *nanos,
                            int16_t *offset_min);
bool cel_k8s_date_parse(const char *s, size_t len, int64_t *sec);
bool cel_k8s_base64_valid(const char *s, size_t len);

/* opaque values */
int cel_opaque_equal(struct cel_value a, struct cel_value b);
int cel_opaque_print(struct buf *out, struct cel_value v);

/* patterns */
/* The constant pattern of the running call, or the argument compiled now (then *own is to be
 * freed); NULL and *bad when it is wrong. */
const struct re2_pattern *cel_frame_pattern(struct frame *f, struct cel_value arg,
                                            struct re2_pattern **own, struct cel_value *bad);
struct cel_value cel_sort_by_keys(struct frame *f, struct cel_value list,
                                  const struct cel_value *keys);
struct cel_value cel_value_to_string(struct frame *f, struct cel_value v); /* string(v) */
cel_fn cel_fn_format;                                                      /* strings' format() */

#endif
