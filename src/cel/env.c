// SPDX-License-Identifier: Apache-2.0
/*
 * Environments: which functions there are (from the libraries' tables, whose signatures are read
 * here once) and which variables.
 */
#include "cel/opaque.h"

#include <assert.h>
#include <string.h>

static const struct cel_fn_row *const libraries[] = {
    cel_lib_core, cel_lib_time,       cel_lib_strings, cel_lib_lists,
    cel_lib_math, cel_lib_misc,       cel_lib_network, cel_lib_kubernetes,
    cel_lib_url,  cel_lib_k8s_format, cel_lib_authz,
};

/* One type of a signature; *s moves past it. */
static const struct cel_type *read_type(struct arena *a, const char **s)
{
    static const struct {
        char letter;
        const struct cel_type *type;
    } simple[] = {
        {'b', &cel_t_bool},
        {'i', &cel_t_int},
        {'u', &cel_t_uint},
        {'d', &cel_t_double},
        {'s', &cel_t_string},
        {'y', &cel_t_bytes},
        {'n', &cel_t_null},
        {'t', &cel_t_timestamp},
        {'r', &cel_t_duration},
        {'?', &cel_t_dyn},
        {'Q', &cel_t_opaques[CEL_QUANTITY]},
        {'U', &cel_t_opaques[CEL_URL]},
        {'P', &cel_t_opaques[CEL_IP]},
        {'C', &cel_t_opaques[CEL_CIDR]},
        {'V', &cel_t_opaques[CEL_SEMVER]},
        {'F', &cel_t_opaques[CEL_FORMAT]},
        {'Z', &cel_t_opaques[CEL_AUTHORIZER]},
        {'H', &cel_t_opaques[CEL_PATH_CHECK]},
        {'G', &cel_t_opaques[CEL_GROUP_CHECK]},
        {'R', &cel_t_opaques[CEL_RESOURCE_CHECK]},
        {'D', &cel_t_opaques[CEL_DECISION]},
    };
    char c = *(*s)++;
    for (size_t i = 0; i < ARRAY_LEN(simple); i++)
        if (simple[i].letter == c)
            return simple[i].type;
    if (c == 'A' || c == 'B')
        return cel_t_param(a, (uint32_t)(c - 'A'));
    const struct cel_type *first = read_type(a, s);
    if (c == 'L')
        return cel_t_list(a, first);
    if (c == 'O')
        return cel_t_optional(a, first);
    if (c == 'Y')
        return cel_t_type_of(a, first);
    assert(c == 'M');
    return cel_t_map(a, first, read_type(a, s));
}

static bool has_param(const struct cel_type *t)
{
    if (t->kind == T_PARAM)
        return true;
    for (unsigned i = 0; i < t->nparams; i++)
        if (has_param(t->params[i]))
            return true;
    return false;
}

/* Which kinds of value fit a declared type at run time. */
static uint32_t mask_of(const struct cel_type *t)
{
    static const uint32_t masks[] = {
        [T_NULL] = 1u << CEL_NULL,         [T_BOOL] = 1u << CEL_BOOL,
        [T_INT] = 1u << CEL_INT,           [T_UINT] = 1u << CEL_UINT,
        [T_DOUBLE] = 1u << CEL_DOUBLE,     [T_STRING] = 1u << CEL_STRING,
        [T_BYTES] = 1u << CEL_BYTES,       [T_TIMESTAMP] = 1u << CEL_TIMESTAMP,
        [T_DURATION] = 1u << CEL_DURATION, [T_LIST] = 1u << CEL_LIST,
        [T_MAP] = 1u << CEL_MAP,           [T_OPTIONAL] = 1u << CEL_OPTIONAL,
        [T_OPAQUE] = 1u << CEL_OPAQUE,     [T_TYPE] = 1u << CEL_TYPE,
        [T_OBJECT] = 1u << CEL_MAP,
    };
    if (t->kind == T_DYN || t->kind == T_PARAM)
        return ~3u;
    return masks[t->kind];
}

static void add_row(struct cel_env *env, const struct cel_fn_row *row)
{
    struct function *fn = strmap_get(&env->functions, row->name);
    if (!fn) {
        fn = mem_new(struct function);
        fn->name = row->name;
        strmap_set(&env->functions, row->name, fn);
    }
    if (fn->len == fn->cap) {
        fn->cap = fn->cap ? fn->cap * 2 : 4;
        fn->overloads = mem_reallocarray(fn->overloads, fn->cap, sizeof(*fn->overloads));
    }
    struct overload *o = &fn->overloads[fn->len++];
    *o = (struct overload){.name = row->name, .fn = row->fn};
    const char *s = row->signature;
    while (*s && *s != '>') {
        if (*s == '/') { /* the next argument is a pattern */
            o->pattern_arg = (uint16_t)(o->nargs + 1);
            s++;
        }
        assert(o->nargs < MAX_ARGS);
        const struct cel_type *t = read_type(&env->arena, &s);
        o->tags[o->nargs] = t->kind == T_OPAQUE ? t->opaque : 0;
        o->masks[o->nargs] = mask_of(t);
        o->generic = o->generic || has_param(t);
        o->args[o->nargs++] = t;
        if (*s == '.') {
            o->member = true;
            s++;
        }
    }
    assert(*s == '>');
    s++;
    o->result = read_type(&env->arena, &s);
    o->generic = o->generic || has_param(o->result);
}

struct cel_env *cel_env_new(unsigned options)
{
    struct cel_env *env = mem_new(struct cel_env);
    arena_init(&env->arena);
    env->options = options;
    env->container = mem_strdup("");
    for (size_t i = 0; i < ARRAY_LEN(libraries); i++)
        for (const struct cel_fn_row *r = libraries[i]; r->name; r++)
            if (!r->lib || (r->lib & options))
                add_row(env, r);
    return env;
}

void cel_env_free(struct cel_env *env)
{
    if (!env)
        return;
    const struct strmap_entry *e;
    for (size_t i = 0; (e = strmap_next(&env->functions, &i));) {
        struct function *fn = e->value;
        mem_free(fn->overloads);
        mem_free(fn);
    }
    strmap_clear(&env->functions);
    strmap_clear(&env->variables);
    vec_clear(&env->vars);
    mem_free(env->container);
    arena_clear(&env->arena);
    mem_free(env);
}

void cel_env_container(struct cel_env *env, const char *container)
{
    mem_free(env->container);
    env->container = mem_strdup(container);
}

int cel_declare(struct cel_env *env, const char *name, const struct cel_type *type)
{
    int old = cel_find_variable(env, name);
    if (old >= 0) {
        env->vars.items[old].type = type;
        return old;
    }
    vec_push(&env->vars, (struct variable){arena_strdup(&env->arena, name), type});
    strmap_set(&env->variables, name, (void *)(uintptr_t)env->vars.len);
    return (int)env->vars.len - 1;
}

int cel_find_variable(const struct cel_env *env, const char *name)
{
    return (int)(uintptr_t)strmap_get(&env->variables, name) - 1;
}

const struct function *cel_env_function(const struct cel_env *env, const char *name, size_t len)
{
    return strmap_get_n(&env->functions, name, len);
}

const struct cel_type *cel_env_type_constant(const char *name, size_t len)
{
    static const struct cel_type *const named[] = {
        &cel_t_null,    &cel_t_bool,         &cel_t_int,       &cel_t_uint,     &cel_t_double,
        &cel_t_string,  &cel_t_bytes,        &cel_t_timestamp, &cel_t_duration, &cel_t_list_dyn,
        &cel_t_map_dyn, &cel_t_optional_dyn, &cel_t_type,
    };
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        if (strlen(named[i]->name) == len && memcmp(named[i]->name, name, len) == 0)
            return named[i];
    for (size_t i = 1; i < CEL_PRESERVED; i++)
        if (strlen(cel_t_opaques[i].name) == len && memcmp(cel_t_opaques[i].name, name, len) == 0)
            return &cel_t_opaques[i];
    return NULL;
}
