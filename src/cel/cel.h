// SPDX-License-Identifier: Apache-2.0
/*
 * The Common Expression Language in C. Declare what an expression may see in an environment,
 * compile once, evaluate often:
 *
 *     struct cel_env *env = cel_env_new(CEL_ENV_ALL);
 *     int object = cel_declare(env, "object", cel_type_dyn());
 *     struct cel_program *p = cel_compile(env, text, strlen(text), 0, &e);
 *     struct cel_activation act;
 *     cel_activation_init(&act, env);
 *     cel_bind_val(&act, object, value);
 *     int rc = cel_eval(p, &act, &arena, NULL, &result, &e);
 *
 * Values of src/data are wrapped, never copied. A result lives in the arena and in the values that
 * were bound. An environment must outlive its programs, and belongs to one thread while it is being
 * declared into; afterwards environments and programs are immutable and any number of threads may
 * evaluate them, each with its own activation and arena.
 */
#ifndef LEEWAY_CEL_CEL_H
#define LEEWAY_CEL_CEL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "data/val.h"

struct cel_env;
struct cel_program;
struct cel_type;
struct cel_object;
struct cel_map;
struct cel_typed;
struct schema;

/* ---- values ---- */

enum cel_kind {
    CEL_ERROR,   /* only inside the evaluator and for what is not bound */
    CEL_UNKNOWN, /* an input that is not known yet */
    CEL_NULL,
    CEL_BOOL,
    CEL_INT,
    CEL_UINT,
    CEL_DOUBLE,
    CEL_STRING,
    CEL_BYTES,
    CEL_LIST,
    CEL_MAP,
    CEL_TIMESTAMP, /* as.i seconds since 1970, len nanoseconds, tag (int16_t) the minutes east of
                      UTC it is printed with */
    CEL_DURATION,  /* as.i nanoseconds */
    CEL_TYPE,
    CEL_OPTIONAL,
    CEL_OPAQUE, /* enum cel_opaque in tag */
    CEL_KIND_COUNT
};

enum cel_opaque {
    CEL_QUANTITY = 1,
    CEL_URL,
    CEL_IP,
    CEL_CIDR,
    CEL_SEMVER,
    CEL_FORMAT,
    CEL_PRESERVED, /* a part of an object that has no schema: only equality */
    CEL_AUTHORIZER,
    CEL_PATH_CHECK,
    CEL_GROUP_CHECK,
    CEL_RESOURCE_CHECK,
    CEL_DECISION,
    CEL_OPAQUE_COUNT
};

/* How a list or map is held. */
enum cel_rep {
    CEL_REP_VAL,   /* as.v: a value of src/data, wrapped */
    CEL_REP_OWN,   /* as.items or as.map: made by the expression */
    CEL_REP_TYPED, /* as.typed: a value of src/data seen through a structural schema */
    CEL_REP_LAZY, /* of CEL_ERROR, in an activation only: as.lazy makes the value when it is read */
};

struct cel_value {
    uint8_t kind; /* enum cel_kind */
    uint8_t rep;  /* enum cel_rep */
    uint16_t tag; /* enum cel_opaque */
    uint32_t len; /* bytes of a string, items of a list, entries of a map, nanoseconds */
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
        const char *s;
        const struct val *v;
        const struct cel_value *items;
        const struct cel_map *map;
        const struct cel_typed *typed;
        const struct cel_type *type;
        const struct cel_value *optional; /* NULL: none */
        const void *opaque;
        const struct cel_error *error;
        const struct cel_ref *ref;
        struct cel_lazy *lazy;
    } as;
};

struct cel_value cel_from_val(const struct val *v); /* wraps; NULL gives null */
static inline struct cel_value cel_null(void)
{
    return (struct cel_value){.kind = CEL_NULL};
}
static inline struct cel_value cel_bool(bool b)
{
    return (struct cel_value){.kind = CEL_BOOL, .as.u = b};
}
static inline struct cel_value cel_int(int64_t i)
{
    return (struct cel_value){.kind = CEL_INT, .as.i = i};
}
static inline struct cel_value cel_uint(uint64_t u)
{
    return (struct cel_value){.kind = CEL_UINT, .as.u = u};
}
static inline struct cel_value cel_double(double d)
{
    return (struct cel_value){.kind = CEL_DOUBLE, .as.d = d};
}
/* Strings, bytes and lists are borrowed. */
static inline struct cel_value cel_string(const char *s, size_t len)
{
    return (struct cel_value){.kind = CEL_STRING, .len = (uint32_t)len, .as.s = s};
}
static inline struct cel_value cel_bytes(const char *s, size_t len)
{
    return (struct cel_value){.kind = CEL_BYTES, .len = (uint32_t)len, .as.s = s};
}
static inline struct cel_value cel_list(const struct cel_value *items, size_t n)
{
    return (struct cel_value){
        .kind = CEL_LIST, .rep = CEL_REP_OWN, .len = (uint32_t)n, .as.items = items};
}
static inline struct cel_value cel_timestamp(int64_t seconds, uint32_t nanos)
{
    return (struct cel_value){.kind = CEL_TIMESTAMP, .len = nanos, .as.i = seconds};
}
static inline struct cel_value cel_duration(int64_t nanos)
{
    return (struct cel_value){.kind = CEL_DURATION, .as.i = nanos};
}
/* Keys are bool, int, uint or string; ERR_INVALID for another type or one that is there twice. */
int cel_map(struct arena *a, const struct cel_value *keys, const struct cel_value *values, size_t n,
            struct cel_value *out) ERR_CHECKED;

/* Heterogeneous equality: different types are unequal, numbers compare on one line. Bounded: what
 * takes more than some seconds is unequal. */
bool cel_equal(struct cel_value a, struct cel_value b);
size_t cel_size(struct cel_value v); /* items or entries */
/* Items of a list; of a map key and value of the i-th entry. a may be needed for typed values. */
struct cel_value cel_list_item(struct arena *a, struct cel_value list, size_t i);
void cel_map_entry(struct arena *a, struct cel_value map, size_t i, struct cel_value *key,
                   struct cel_value *value);
const char *cel_type_name_of(struct cel_value v); /* "int", "google.protobuf.Timestamp", … */
/* As JSON: timestamps, durations and opaque values as strings, bytes in base64, an optional as its
 * value or null, keys as strings. NULL and *e past the pool's limit or for a type value. */
const struct val *cel_to_val(struct val_pool *p, struct cel_value v, struct err *e);
/* As an expression would write it, for messages. */
int cel_print(struct buf *out, struct cel_value v);

/* ---- types ---- */

const struct cel_type *cel_type_dyn(void);
const struct cel_type *cel_type_simple(enum cel_kind kind); /* bool to bytes, time, null */
const struct cel_type *cel_type_list(struct cel_env *env, const struct cel_type *item);
const struct cel_type *cel_type_map(struct cel_env *env, const struct cel_type *key,
                                    const struct cel_type *value);
const struct cel_type *cel_type_optional(struct cel_env *env, const struct cel_type *t);
const struct cel_type *cel_type_opaque(enum cel_opaque what);
/* A type with exactly these fields; what else is selected does not compile. Names are as the data
 * has them, expressions write them escaped; one without an escaped form cannot be reached. Copies.
 */
struct cel_field_type {
    const char *name;
    const struct cel_type *type;
};
const struct cel_type *cel_type_object(struct cel_env *env, const struct cel_field_type *fields,
                                       size_t n);
/* The type that a structural schema gives to an expression, as Kubernetes derives it; NULL when it
 * exposes nothing. root: apiVersion, kind, metadata.name and generateName are always there. */
const struct cel_type *cel_type_of_schema(struct cel_env *env, const struct schema *s, bool root);
const struct cel_type *cel_type_of_value(struct cel_env *env, struct cel_value v);
int cel_type_print(struct buf *out, const struct cel_type *t);

/* ---- environments ---- */

enum cel_env_options {
    CEL_LIB_STRINGS = 1 << 0,
    CEL_LIB_MATH = 1 << 1,
    CEL_LIB_LISTS = 1 << 2,
    CEL_LIB_ENCODERS = 1 << 3,
    CEL_LIB_BINDINGS = 1 << 4,
    CEL_LIB_SETS = 1 << 5,
    CEL_LIB_TWO_VARS = 1 << 6, /* comprehensions with two variables */
    CEL_LIB_OPTIONALS = 1 << 7,
    CEL_LIB_REGEX = 1 << 8,        /* regex.extract, extractAll, replace */
    CEL_LIB_NETWORK = 1 << 9,      /* ip, cidr */
    CEL_LIB_KUBERNETES = 1 << 10,  /* quantity, url, semver, format, find, sum, min, max… */
    CEL_LIB_STRINGS_NEW = 1 << 11, /* string reverse, and format() as strings version 4 has it */
    CEL_HOMOGENEOUS = 1 << 12,     /* literals of mixed types are refused */
    CEL_CHECK_LITERALS =
        1 << 13, /* durations, timestamps and patterns are checked by the compiler */
    CEL_KUBERNETES_WAYS =
        1 << 14, /* where kube-apiserver and the specification differ: see README */
    CEL_LIB_AUTHORIZER = 1 << 15, /* what the user of a request may do; asks who is bound */
    CEL_ENV_ALL = 0xfff,
    /* What a kube-apiserver offers to CRD rules and, with the authorizer, to admission policies. */
    CEL_ENV_KUBERNETES = CEL_LIB_STRINGS | CEL_LIB_LISTS | CEL_LIB_SETS | CEL_LIB_TWO_VARS |
                         CEL_LIB_OPTIONALS | CEL_LIB_NETWORK | CEL_LIB_KUBERNETES |
                         CEL_HOMOGENEOUS | CEL_CHECK_LITERALS | CEL_KUBERNETES_WAYS,
};

struct cel_env *cel_env_new(unsigned options);
void cel_env_free(struct cel_env *env); /* after its programs */
/* Namespace in which names are looked up, innermost first: "com.example". */
void cel_env_container(struct cel_env *env, const char *container);
/* Declares a variable (its name may have dots) and returns its number, from 0. A name that is there
 * already gets the new type. */
int cel_declare(struct cel_env *env, const char *name, const struct cel_type *type);
int cel_find_variable(const struct cel_env *env, const char *name); /* -1: none */

/* ---- programs ---- */

enum cel_compile_flags {
    CEL_UNCHECKED = 1, /* types and names are left to the evaluator */
};

/* NULL and *e: ERR_SYNTAX (does not parse), ERR_TYPE (does not check), ERR_LIMIT (too long, deep or
 * large); line and column count from 1, in characters, and the hint says what was meant. */
struct cel_program *cel_compile(const struct cel_env *env, const char *text, size_t len,
                                unsigned flags, struct err *e);
void cel_program_free(struct cel_program *p);
const struct cel_type *cel_program_type(const struct cel_program *p); /* of the result */
bool cel_type_is(const struct cel_type *t, enum cel_kind kind);
bool cel_type_is_dyn(const struct cel_type *t);

/* What an expression reads: each distinct longest path, in order of appearance. */
struct cel_ref {
    int variable;     /* number */
    const char *name; /* of the variable */
    const char *path; /* "object.spec.replicas"; an item reached by a loop or a computed index ends
                         the path */
    bool tested;      /* only asked for with has() or ?. */
};
size_t cel_program_refs(const struct cel_program *p, const struct cel_ref **refs);

/* Where variables stand in the text, in its order; names of loops and of bind are none. */
struct cel_mention {
    int variable;
    uint32_t at; /* byte of the text where the name begins */
};
size_t cel_program_mentions(const struct cel_program *p, const struct cel_mention **mentions);

/* ---- evaluation ---- */

struct cel_activation {
    struct cel_value *vars; /* by number */
    size_t len;
};

void cel_activation_init(struct cel_activation *a, const struct cel_env *env); /* nothing bound */
void cel_activation_clear(struct cel_activation *a);
void cel_bind(struct cel_activation *a, int variable, struct cel_value v);
void cel_bind_val(struct cel_activation *a, int variable, const struct val *v);
void cel_bind_unknown(struct cel_activation *a, int variable);
/* Seen through a schema, as CRD validation rules see self and oldSelf. The cel_typed lives in
 * arena, the value and the schema are borrowed. */
void cel_bind_typed(struct cel_activation *a, int variable, struct arena *arena,
                    const struct val *v, const struct schema *s, bool root);
/* A variable whose value is made when an expression first reads it, then kept: also an error or an
 * unknown. The struct is the caller's and belongs to one activation. */
struct cel_lazy {
    struct cel_value (*make)(struct cel_lazy *self);
    struct cel_value value;
    bool made;
};
void cel_bind_lazy(struct cel_activation *a, int variable, struct cel_lazy *lazy);
/* Values for such: a failure that travels as one of the expression's own, and what is not known;
 * ref is borrowed. */
struct cel_value cel_error_of(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
struct cel_value cel_unknown_of(const struct cel_ref *ref);
struct cel_value cel_optional_of(struct arena *a, struct cel_value v);
struct cel_value cel_optional_none(void);

#define CEL_COST_LIMIT 1000000ull /* of one expression, as Kubernetes has it */

struct cel_limits {
    uint64_t cost;   /* 0: CEL_COST_LIMIT */
    uint64_t *spent; /* if not NULL, the cost of this evaluation is added */
};

/* 0 and *result; *result of kind CEL_UNKNOWN when an input that matters is not known: as.ref says
 * which. ERR_INVALID and *e when the expression fails: line and column of the part that failed.
 * ERR_LIMIT past the cost or the arena's limit. limits may be NULL. */
int cel_eval(const struct cel_program *p, const struct cel_activation *act, struct arena *a,
             const struct cel_limits *limits, struct cel_value *result, struct err *e) ERR_CHECKED;

/* ---- the authorizer ---- */

struct cel_authz_query {
    const char *account_namespace, *account; /* of the service account asked for; NULL: the user */
    const char *path;                        /* NULL: a resource is meant */
    const char *group, *resource, *subresource, *namespace, *name, *verb;
    const char *field_selector, *label_selector; /* "" when not given */
};
struct cel_authz_answer {
    bool known, allowed;
    const char *reason, *error; /* borrowed for the evaluation; error NULL: none */
};
/* Borrowed by what is bound; ask may be called from any thread that evaluates. */
struct cel_authorizer {
    void (*ask)(const struct cel_authorizer *self, const struct cel_authz_query *q,
                struct cel_authz_answer *out);
};
/* Values for `authorizer`, and for `authorizer.requestResource` about this resource (copied). */
struct cel_value cel_authorizer_value(struct arena *a, const struct cel_authorizer *authorizer);
struct cel_value cel_resource_check_value(struct arena *a, const struct cel_authorizer *authorizer,
                                          const struct cel_authz_query *resource);

/* ---- Kubernetes' names ---- */

/* Field name → identifier (`__dash__` and so on); false when it has none. */
bool cel_escape(const char *name, size_t len, struct buf *out);

#endif
