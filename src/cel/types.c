// SPDX-License-Identifier: Apache-2.0
/*
 * Types and their agreement. Assignability follows the language definition: dyn goes with
 * everything, null with what may be absent, parameters are bound as they are met and a failed
 * attempt leaves no binding behind.
 */
#include "cel/cel_int.h"

#include <string.h>

#define SIMPLE(var, k, n) const struct cel_type var = {.kind = k, .name = n}
SIMPLE(cel_t_error, T_ERROR, "*error*");
SIMPLE(cel_t_dyn, T_DYN, "dyn");
SIMPLE(cel_t_null, T_NULL, "null_type");
SIMPLE(cel_t_bool, T_BOOL, "bool");
SIMPLE(cel_t_int, T_INT, "int");
SIMPLE(cel_t_uint, T_UINT, "uint");
SIMPLE(cel_t_double, T_DOUBLE, "double");
SIMPLE(cel_t_string, T_STRING, "string");
SIMPLE(cel_t_bytes, T_BYTES, "bytes");
SIMPLE(cel_t_timestamp, T_TIMESTAMP, "google.protobuf.Timestamp");
SIMPLE(cel_t_duration, T_DURATION, "google.protobuf.Duration");
const struct cel_type cel_t_list_dyn = {
    .kind = T_LIST, .name = "list", .nparams = 1, .params = {&cel_t_dyn}};
const struct cel_type cel_t_map_dyn = {
    .kind = T_MAP, .name = "map", .nparams = 2, .params = {&cel_t_dyn, &cel_t_dyn}};
const struct cel_type cel_t_optional_dyn = {
    .kind = T_OPTIONAL, .name = "optional_type", .nparams = 1, .params = {&cel_t_dyn}};
SIMPLE(cel_t_type, T_TYPE, "type");
SIMPLE(cel_t_object, T_OBJECT, "object");
const struct cel_type cel_t_opaques[CEL_OPAQUE_COUNT] = {
    [CEL_QUANTITY] = {.kind = T_OPAQUE, .opaque = CEL_QUANTITY, .name = "kubernetes.Quantity"},
    [CEL_URL] = {.kind = T_OPAQUE, .opaque = CEL_URL, .name = "kubernetes.URL"},
    [CEL_IP] = {.kind = T_OPAQUE, .opaque = CEL_IP, .name = "net.IP"},
    [CEL_CIDR] = {.kind = T_OPAQUE, .opaque = CEL_CIDR, .name = "net.CIDR"},
    [CEL_SEMVER] = {.kind = T_OPAQUE, .opaque = CEL_SEMVER, .name = "kubernetes.Semver"},
    [CEL_FORMAT] = {.kind = T_OPAQUE, .opaque = CEL_FORMAT, .name = "kubernetes.NamedFormat"},
    [CEL_PRESERVED] = {.kind = T_OPAQUE, .opaque = CEL_PRESERVED, .name = "unknown"},
    [CEL_AUTHORIZER] = {.kind = T_OPAQUE,
                        .opaque = CEL_AUTHORIZER,
                        .name = "kubernetes.authorization.Authorizer"},
    [CEL_PATH_CHECK] = {.kind = T_OPAQUE,
                        .opaque = CEL_PATH_CHECK,
                        .name = "kubernetes.authorization.PathCheck"},
    [CEL_GROUP_CHECK] = {.kind = T_OPAQUE,
                         .opaque = CEL_GROUP_CHECK,
                         .name = "kubernetes.authorization.GroupCheck"},
    [CEL_RESOURCE_CHECK] = {.kind = T_OPAQUE,
                            .opaque = CEL_RESOURCE_CHECK,
                            .name = "kubernetes.authorization.ResourceCheck"},
    [CEL_DECISION] = {.kind = T_OPAQUE,
                      .opaque = CEL_DECISION,
                      .name = "kubernetes.authorization.Decision"},
};

static const struct cel_type *make(struct arena *a, struct cel_type t)
{
    t.size = 1;
    for (unsigned i = 0; i < t.nparams; i++)
        t.size += t.params[i]->size ? t.params[i]->size : 1;
    if (t.size > TYPE_MAX_SIZE)
        return &cel_t_dyn;
    struct cel_type *p = arena_alloc(a, sizeof(*p));
    if (!p)
        return &cel_t_dyn;
    *p = t;
    return p;
}

const struct cel_type *cel_t_list(struct arena *a, const struct cel_type *item)
{
    if (item == &cel_t_dyn)
        return &cel_t_list_dyn;
    return make(a,
                (struct cel_type){.kind = T_LIST, .name = "list", .nparams = 1, .params = {item}});
}

const struct cel_type *cel_t_map(struct arena *a, const struct cel_type *k,
                                 const struct cel_type *v)
{
    return make(a, (struct cel_type){.kind = T_MAP, .name = "map", .nparams = 2, .params = {k, v}});
}

const struct cel_type *cel_t_optional(struct arena *a, const struct cel_type *t)
{
    return make(a, (struct cel_type){
                       .kind = T_OPTIONAL, .name = "optional_type", .nparams = 1, .params = {t}});
}

const struct cel_type *cel_t_type_of(struct arena *a, const struct cel_type *t)
{
    return make(a, (struct cel_type){.kind = T_TYPE, .name = "type", .nparams = 1, .params = {t}});
}

const struct cel_type *cel_t_param(struct arena *a, uint32_t number)
{
    return make(a, (struct cel_type){.kind = T_PARAM, .name = "type parameter", .param = number});
}

bool cel_t_same(const struct cel_type *a, const struct cel_type *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->nparams != b->nparams || a->opaque != b->opaque)
        return false;
    if (a->kind == T_PARAM)
        return a->param == b->param;
    if (a->kind == T_OBJECT)
        return a->object == b->object;
    for (unsigned i = 0; i < a->nparams; i++)
        if (!cel_t_same(a->params[i], b->params[i]))
            return false;
    return true;
}

const struct cel_field *cel_t_field(const struct cel_type *t, const char *name, size_t len)
{
    if (!t->object)
        return NULL;
    size_t lo = 0, hi = t->object->len;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        const char *at = t->object->fields[mid].name;
        int c = strncmp(at, name, len);
        if (c == 0 && at[len])
            c = 1;
        if (c == 0)
            return &t->object->fields[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const char *cel_t_runtime_name(const struct cel_type *t)
{
    return t->name;
}

/* ---- binding of parameters ---- */

void cel_t_map_init(struct type_map *m, struct arena *a)
{
    *m = (struct type_map){.arena = a};
}

void cel_t_map_clear(struct type_map *m)
{
    mem_free(m->bound);
    mem_free(m->trail);
    mem_free(m->trail_old);
    *m = (struct type_map){0};
}

const struct cel_type *cel_t_fresh(struct type_map *m)
{
    if (m->len == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 16;
        m->bound = mem_reallocarray(m->bound, m->cap, sizeof(*m->bound));
    }
    m->bound[m->len] = NULL;
    return cel_t_param(m->arena, m->len++);
}

static const struct cel_type *find(const struct type_map *m, const struct cel_type *t)
{
    return t->kind == T_PARAM && t->param < m->len ? m->bound[t->param] : NULL;
}

static void bind(struct type_map *m, const struct cel_type *param, const struct cel_type *t)
{
    if (m->trail_len == m->trail_cap) {
        m->trail_cap = m->trail_cap ? m->trail_cap * 2 : 32;
        m->trail = mem_reallocarray(m->trail, m->trail_cap, sizeof(*m->trail));
        m->trail_old = mem_reallocarray(m->trail_old, m->trail_cap, sizeof(*m->trail_old));
    }
    m->trail[m->trail_len] = param->param;
    m->trail_old[m->trail_len++] = m->bound[param->param];
    m->bound[param->param] = t;
}

static void undo(struct type_map *m, size_t to)
{
    while (m->trail_len > to) {
        m->trail_len--;
        m->bound[m->trail[m->trail_len]] = m->trail_old[m->trail_len];
    }
}

static bool absent_in(struct type_map *m, const struct cel_type *param, const struct cel_type *in)
{
    if (cel_t_same(param, in) || ++m->steps > TYPE_MAX_STEPS)
        return false;
    if (in->kind == T_PARAM) {
        const struct cel_type *b = find(m, in);
        return !b || absent_in(m, param, b);
    }
    for (unsigned i = 0; i < in->nparams; i++)
        if (!absent_in(m, param, in->params[i]))
            return false;
    return true;
}

static bool less_specific(const struct cel_type *a, const struct cel_type *b)
{
    if (a->kind == T_DYN || a->kind == T_PARAM)
        return true;
    if (b->kind == T_DYN || b->kind == T_PARAM || a->kind != b->kind)
        return false;
    if (a->kind == T_TYPE)
        return true;
    if (!a->nparams || a->nparams != b->nparams)
        return cel_t_same(a, b);
    for (unsigned i = 0; i < a->nparams; i++)
        if (!less_specific(a->params[i], b->params[i]))
            return false;
    return true;
}

static bool assignable(struct type_map *m, const struct cel_type *t, const struct cel_type *to);

/* Can parameter p stand for t? *bound: it stands for something already. */
static bool can_bind(struct type_map *m, const struct cel_type *t, const struct cel_type *p,
                     bool *bound)
{
    *bound = true;
    if (cel_t_same(t, p))
        return true;
    const struct cel_type *now = find(m, p);
    if (now) {
        if (cel_t_same(t, now))
            return true;
        if (!assignable(m, t, now))
            return false;
        const struct cel_type *wide = less_specific(t, now) ? t : now;
        if (absent_in(m, p, wide))
            bind(m, p, wide);
        return true;
    }
    *bound = false;
    if (!absent_in(m, p, t))
        return false;
    bind(m, p, t);
    return true;
}

static bool may_be_null(const struct cel_type *t)
{
    return t->kind == T_NULL || t->kind == T_OPAQUE || t->kind == T_OPTIONAL ||
           t->kind == T_OBJECT || t->kind == T_DURATION || t->kind == T_TIMESTAMP;
}

static bool assignable(struct type_map *m, const struct cel_type *t, const struct cel_type *to)
{
    bool bound = false;
    if (m->depth > 200)
        return false;
    if (++m->steps > TYPE_MAX_STEPS)
        return true;
    if (to->kind == T_PARAM) {
        m->depth++;
        bool ok = can_bind(m, t, to, &bound);
        m->depth--;
        if (ok || bound)
            return ok;
    }
    if (t->kind == T_PARAM) {
        m->depth++;
        bool ok = can_bind(m, to, t, &bound);
        m->depth--;
        return ok;
    }
    if (t->kind <= T_DYN || to->kind <= T_DYN)
        return true;
    if (t->kind == T_NULL)
        return may_be_null(to);
    if (to->kind == T_NULL)
        return may_be_null(t);
    if (t->kind != to->kind)
        return false;
    if (t->kind == T_TYPE)
        return true;
    if (!t->nparams)
        return cel_t_same(t, to);
    for (unsigned i = 0; i < t->nparams; i++) {
        m->depth++;
        bool ok = assignable(m, t->params[i], to->params[i]);
        m->depth--;
        if (!ok)
            return false;
    }
    return true;
}

bool cel_t_assignable(struct type_map *m, const struct cel_type *t, const struct cel_type *to)
{
    return cel_t_assignable_list(m, &t, &to, 1);
}

bool cel_t_assignable_list(struct type_map *m, const struct cel_type *const *t,
                           const struct cel_type *const *to, size_t n)
{
    size_t mark = m->trail_len;
    for (size_t i = 0; i < n; i++)
        if (!assignable(m, t[i], to[i])) {
            undo(m, mark);
            return false;
        }
    if (!mark)
        m->trail_len = 0;
    return true;
}

const struct cel_type *cel_t_substitute(struct type_map *m, const struct cel_type *t, bool to_dyn)
{
    if (++m->steps > TYPE_MAX_STEPS)
        return &cel_t_dyn;
    const struct cel_type *b = find(m, t);
    if (b)
        return cel_t_substitute(m, b, to_dyn);
    if (t->kind == T_PARAM)
        return to_dyn ? &cel_t_dyn : t;
    if (!t->nparams)
        return t;
    const struct cel_type *p[2] = {0};
    bool same = true;
    for (unsigned i = 0; i < t->nparams; i++) {
        p[i] = cel_t_substitute(m, t->params[i], to_dyn);
        same = same && p[i] == t->params[i];
    }
    if (same)
        return t;
    struct cel_type copy = *t;
    copy.params[0] = p[0];
    copy.params[1] = p[1];
    return make(m->arena, copy);
}

const struct cel_type *cel_t_join(struct type_map *m, const struct cel_type *a,
                                  const struct cel_type *b)
{
    if (!a)
        return b;
    if (!cel_t_assignable(m, a, b))
        return NULL;
    return less_specific(a, b) ? a : b;
}

/* ---- the public part ---- */

const struct cel_type *cel_type_dyn(void)
{
    return &cel_t_dyn;
}

static const struct cel_type *const simple_types[CEL_KIND_COUNT] = {
    [CEL_ERROR] = &cel_t_error,
    [CEL_UNKNOWN] = &cel_t_dyn,
    [CEL_NULL] = &cel_t_null,
    [CEL_BOOL] = &cel_t_bool,
    [CEL_INT] = &cel_t_int,
    [CEL_UINT] = &cel_t_uint,
    [CEL_DOUBLE] = &cel_t_double,
    [CEL_STRING] = &cel_t_string,
    [CEL_BYTES] = &cel_t_bytes,
    [CEL_LIST] = &cel_t_list_dyn,
    [CEL_MAP] = &cel_t_map_dyn,
    [CEL_TIMESTAMP] = &cel_t_timestamp,
    [CEL_DURATION] = &cel_t_duration,
    [CEL_TYPE] = &cel_t_type,
    [CEL_OPTIONAL] = &cel_t_optional_dyn,
    [CEL_OPAQUE] = &cel_t_dyn,
};

const struct cel_type *cel_type_simple(enum cel_kind kind)
{
    return simple_types[kind];
}

const struct cel_type *cel_value_type(struct cel_value v)
{
    if (v.kind == CEL_OPAQUE)
        return &cel_t_opaques[v.tag];
    return simple_types[v.kind];
}

const struct cel_type *cel_type_list(struct cel_env *env, const struct cel_type *item)
{
    return cel_t_list(&env->arena, item);
}

const struct cel_type *cel_type_map(struct cel_env *env, const struct cel_type *key,
                                    const struct cel_type *value)
{
    return cel_t_map(&env->arena, key, value);
}

const struct cel_type *cel_type_optional(struct cel_env *env, const struct cel_type *t)
{
    return cel_t_optional(&env->arena, t);
}

bool cel_type_is(const struct cel_type *t, enum cel_kind kind)
{
    return t->kind == simple_types[kind]->kind;
}

bool cel_type_is_dyn(const struct cel_type *t)
{
    return t->kind == T_DYN;
}

static const struct cel_type *type_of_value(struct cel_env *env, struct cel_value v, int depth)
{
    struct type_map m;
    cel_t_map_init(&m, &env->arena);
    const struct cel_type *k = NULL, *t = NULL;
    if (depth > 32)
        return &cel_t_dyn;
    if (v.kind == CEL_LIST) {
        for (size_t i = 0; i < cel_size(v); i++) {
            t = cel_t_join(&m, t, type_of_value(env, cel_list_item(&env->arena, v, i), depth + 1));
            t = t ? t : &cel_t_dyn;
        }
        t = cel_t_list(&env->arena, t ? t : &cel_t_dyn);
    } else if (v.kind == CEL_MAP) {
        for (size_t i = 0; i < cel_size(v); i++) {
            struct cel_value key, value;
            cel_map_entry(&env->arena, v, i, &key, &value);
            k = cel_t_join(&m, k, type_of_value(env, key, depth + 1));
            k = k ? k : &cel_t_dyn;
            t = cel_t_join(&m, t, type_of_value(env, value, depth + 1));
            t = t ? t : &cel_t_dyn;
        }
        t = cel_t_map(&env->arena, k ? k : &cel_t_dyn, t ? t : &cel_t_dyn);
    } else if (v.kind == CEL_OPTIONAL) {
        t = v.as.optional ? type_of_value(env, *v.as.optional, depth + 1) : &cel_t_dyn;
        t = cel_t_optional(&env->arena, t);
    } else {
        t = cel_value_type(v);
    }
    cel_t_map_clear(&m);
    return t;
}

const struct cel_type *cel_type_of_value(struct cel_env *env, struct cel_value v)
{
    return type_of_value(env, v, 0);
}

int cel_type_print(struct buf *out, const struct cel_type *t)
{
    const char *name = t->kind == T_NULL        ? "null"
                       : t->kind == T_TIMESTAMP ? "timestamp"
                       : t->kind == T_DURATION  ? "duration"
                                                : t->name;
    int rc = buf_puts(out, name);
    for (unsigned i = 0; i < t->nparams && !rc; i++) {
        rc = buf_puts(out, i ? ", " : "(");
        rc = rc ? rc : cel_type_print(out, t->params[i]);
    }
    return rc || !t->nparams ? rc : buf_putc(out, ')');
}
