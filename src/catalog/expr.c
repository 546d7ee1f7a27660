// SPDX-License-Identifier: Apache-2.0
/*
 * Scopes and compiling. resources.ID are variables of their own with a dotted name; modules and
 * inputs are objects, so that has() can ask whether one is there.
 */
#include "catalog/expr.h"

#include "base/vec.h"

#include <string.h>

/* ---- types ---- */

const struct cel_type *catalog_type_of_schema(struct cel_env *env, const struct schema *s)
{
    if (!s || s->int_or_string || s->preserve_unknown)
        return cel_type_dyn();
    switch ((enum schema_type)s->type) {
    case SCHEMA_STRING:
        return cel_type_simple(CEL_STRING);
    case SCHEMA_INTEGER:
        return cel_type_simple(CEL_INT);
    case SCHEMA_BOOLEAN:
        return cel_type_simple(CEL_BOOL);
    case SCHEMA_ARRAY:
        return cel_type_list(env, catalog_type_of_schema(env, s->items));
    case SCHEMA_OBJECT:
        break;
    default:
        return cel_type_dyn();
    }
    if (!s->n_props && (s->additional_allowed || !s->has_props))
        return cel_type_map(env, cel_type_simple(CEL_STRING),
                            catalog_type_of_schema(env, s->additional));
    if (s->additional_allowed)
        return cel_type_dyn();
    struct cel_field_type *fields = mem_calloc(s->n_props + 1, sizeof(*fields));
    for (size_t i = 0; i < s->n_props; i++)
        fields[i] = (struct cel_field_type){s->props[i].name->s,
                                            s->props[i].schema->nullable
                                                ? cel_type_dyn()
                                                : catalog_type_of_schema(env, s->props[i].schema)};
    const struct cel_type *t = cel_type_object(env, fields, s->n_props);
    mem_free(fields);
    return t;
}

static const struct cel_type *string_map(struct cel_env *env)
{
    return cel_type_map(env, cel_type_simple(CEL_STRING), cel_type_simple(CEL_STRING));
}

static const struct cel_type *environment_type(struct cel_env *env)
{
    const struct cel_type *s = cel_type_simple(CEL_STRING);
    const struct cel_field_type fields[] = {
        {"name", s}, {"namespace", s}, {"team", s}, {"owner", s}, {"labels", string_map(env)}};
    return cel_type_object(env, fields, ARRAY_LEN(fields));
}

static const struct cel_type *cluster_type(struct cel_env *env)
{
    const struct cel_type *s = cel_type_simple(CEL_STRING);
    const struct cel_field_type fields[] = {{"name", s},
                                            {"labels", string_map(env)},
                                            {"distribution", s},
                                            {"version", s},
                                            {"region", s},
                                            {"provider", s},
                                            {"facts", string_map(env)},
                                            {"apis", cel_type_list(env, s)},
                                            {"profile", cel_type_dyn()}};
    return cel_type_object(env, fields, ARRAY_LEN(fields));
}

static const struct cel_type *dyn_object(struct cel_env *env, const char *const *names, size_t n)
{
    struct cel_field_type *fields = mem_calloc(n + 1, sizeof(*fields));
    for (size_t i = 0; i < n; i++)
        fields[i] = (struct cel_field_type){names[i], cel_type_dyn()};
    const struct cel_type *t = cel_type_object(env, fields, n);
    mem_free(fields);
    return t;
}

static const struct cel_type *modules_type(struct cel_env *env, const struct catalog_scope_names *n)
{
    struct cel_field_type *fields = mem_calloc(n->n_modules + 1, sizeof(*fields));
    for (size_t i = 0; i < n->n_modules; i++) {
        const struct cel_field_type outputs = {
            "outputs", n->n_outputs[i] == SIZE_MAX
                           ? cel_type_dyn()
                           : dyn_object(env, n->outputs[i], n->n_outputs[i])};
        fields[i] = (struct cel_field_type){n->modules[i], cel_type_object(env, &outputs, 1)};
    }
    const struct cel_type *t = cel_type_object(env, fields, n->n_modules);
    mem_free(fields);
    return t;
}

/* ---- scopes ---- */

void catalog_scope_init(struct catalog_scope *s, const struct catalog_scope_names *n)
{
    struct cel_env *env = cel_env_new(CEL_ENV_ALL | CEL_CHECK_LITERALS);
    *s = (struct catalog_scope){env, -1, -1, -1, -1, -1, -1, -1, 0, n->n_resources, n->resources};
    if (n->with_params)
        s->params = cel_declare(
            env, "params", n->params ? catalog_type_of_schema(env, n->params) : cel_type_dyn());
    if (n->with_inputs)
        s->inputs = cel_declare(env, "inputs", dyn_object(env, n->inputs, n->n_inputs));
    if (n->with_environment)
        s->environment = cel_declare(env, "env", environment_type(env));
    if (n->with_cluster)
        s->cluster = cel_declare(env, "cluster", cluster_type(env));
    if (n->with_modules)
        s->modules = cel_declare(env, "modules", modules_type(env, n));
    if (n->with_self)
        s->self = cel_declare(env, "self", cel_type_dyn());
    for (size_t i = 0; i < n->n_resources; i++) {
        struct buf name;
        buf_init(&name, BUF_SMALL);
        buf_printf(&name, "resources.%s", n->resources[i]);
        int number = cel_declare(env, buf_str(&name), cel_type_dyn());
        s->resources = i ? s->resources : number;
        buf_clear(&name);
    }
    if (n->item)
        s->item = cel_declare(env, n->item, cel_type_dyn());
}

void catalog_scope_clear(struct catalog_scope *s)
{
    cel_env_free(s->env);
    s->env = NULL;
}

/* ---- expressions ---- */

static bool name_byte(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

void catalog_exprs_clear(struct catalog_exprs *x)
{
    for (size_t i = 0; i < x->len; i++)
        cel_program_free(x->items[i]->program);
    vec_clear(x);
}

/* ".a.b["c"]" into fields, as far as there is room. */
static void read_fields(struct val_pool *pool, const char *s, struct catalog_ref *ref)
{
    while (*s && ref->n_fields < CATALOG_REF_DEPTH) {
        const char *start = s + 1, *end;
        if (*s == '.') {
            end = start + strcspn(start, ".[");
            s = end;
        } else if (s[0] == '[' && s[1] == '"') {
            start = s + 2;
            end = strstr(start, "\"]");
            if (!end)
                return;
            s = end + 2;
        } else {
            return;
        }
        ref->fields[ref->n_fields] = val_intern(pool, start, (size_t)(end - start));
        if (!ref->fields[ref->n_fields])
            return;
        ref->n_fields++;
    }
}

static void read_ref(struct val_pool *pool, const struct catalog_scope *s, const struct cel_ref *r,
                     struct catalog_ref *out)
{
    *out = (struct catalog_ref){.tested = r->tested};
    int first = s->resources;
    if (s->n_resources && r->variable >= first && r->variable < first + (int)s->n_resources) {
        out->what = CATALOG_RESOURCE;
        out->resource = (uint32_t)(r->variable - first);
    } else {
        out->what = r->variable == s->params        ? CATALOG_PARAMS
                    : r->variable == s->inputs      ? CATALOG_INPUTS
                    : r->variable == s->environment ? CATALOG_ENV
                    : r->variable == s->cluster     ? CATALOG_CLUSTER
                    : r->variable == s->modules     ? CATALOG_MODULES
                    : r->variable == s->self        ? CATALOG_SELF
                                                    : CATALOG_ITEM;
    }
    size_t name = strlen(r->name);
    if (strncmp(r->path, r->name, name) == 0)
        read_fields(pool, r->path + name, out);
}

/* Says more where the language's own words are about variables that we have made up. */
static void explain(const struct catalog_scope *scope, const char *text, size_t len, struct err *e)
{
    static const char unknown[] = "undeclared reference to 'resources'";
    if (e->code == ERR_SYNTAX && memchr(text, '$', len))
        err_hint(e, "an expression holds no ${}; only texts do");
    if (e->text && strstr(e->text, "'_+_'") && strstr(e->text, "string"))
        err_hint(e, "string(…) makes a text of a number");
    if (!e->text || strcmp(e->text, unknown) != 0 || e->line != 1)
        return;
    uint32_t line = e->line, col = e->col;
    size_t at = col ? col - 1 : 0; /* expressions of one line in plain letters; else no name */
    char name[64] = "";
    if (at < len && len - at > 10 && memcmp(text + at, "resources.", 10) == 0)
        for (size_t i = 0, k = at + 10; k < len && i + 1 < sizeof(name) && name_byte(text[k]); k++)
            name[i++] = text[k];
    err_clear(e);
    if (!scope->n_resources)
        err_set(e, ERR_TYPE, "there are no resources that could be named here");
    else if (!*name)
        err_set(e, ERR_TYPE, "resources are named one by one: resources.%s",
                scope->resource_ids[0]);
    else
        err_set(e, ERR_TYPE, "the module has no resource \"%s\"", name);
    e->line = line;
    e->col = col;
    const char *near = catalog_nearest(name, scope->resource_ids, scope->n_resources);
    if (*name && near)
        err_hint(e, "did you mean %s?", near);
}

struct catalog_expr *catalog_expr_compile(struct catalog_exprs *owner,
                                          const struct catalog_scope *scope,
                                          const struct catalog_file *file, const struct val *v,
                                          size_t offset, size_t len, const char *path,
                                          struct catalog_problems *problems)
{
    struct err e = ERR_INIT;
    const char *text = v->as.s + offset;
    struct cel_program *p = cel_compile(scope->env, text, len, 0, &e);
    if (!p) {
        explain(scope, text, len, &e);
        catalog_problem_inside(problems, file, v, offset, path, &e);
        return NULL;
    }
    const struct cel_ref *refs;
    size_t n = cel_program_refs(p, &refs);
    struct catalog_expr *x = arena_new(&owner->pool->arena, struct catalog_expr);
    struct catalog_ref *own = arena_array(&owner->pool->arena, n + 1, sizeof(*own));
    if (!x || !own) {
        cel_program_free(p);
        catalog_problem(problems, file, v, ERR_LIMIT, path, "the document is too large");
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        read_ref(owner->pool, scope, &refs[i], &own[i]);
    *x = (struct catalog_expr){p, v, offset, text, len, scope, own, n, (uint32_t)owner->len};
    vec_push(owner, x);
    return x;
}

static bool may_be(const struct catalog_expr *x, enum cel_kind want)
{
    const struct cel_type *t = cel_program_type(x->program);
    if (want == CEL_ERROR || cel_type_is_dyn(t))
        return true;
    return cel_type_is(t, want);
}

struct catalog_expr *catalog_expr_bare(struct catalog_exprs *owner,
                                       const struct catalog_scope *scope,
                                       const struct catalog_file *file, const struct val *v,
                                       enum cel_kind want, const char *path,
                                       struct catalog_problems *problems)
{
    if (!val_is(v, VAL_STRING)) {
        struct err *e =
            catalog_problem(problems, file, v, ERR_TYPE, path, "is %s, an expression is needed",
                            val_type_name(val_type(v)));
        if (e)
            err_hint(e, "write it as a text: \"params.size == 'large'\"");
        return NULL;
    }
    if (v->len > 3 && v->as.s[0] == '$' && v->as.s[1] == '{' && v->as.s[v->len - 1] == '}') {
        struct err *e = catalog_problem(problems, file, v, ERR_SYNTAX, path,
                                        "an expression stands here without ${}");
        if (e)
            err_hint(e, "write %.*s", (int)(v->len - 3 > 200 ? 200 : v->len - 3), v->as.s + 2);
        return NULL;
    }
    struct catalog_expr *x = catalog_expr_compile(owner, scope, file, v, 0, v->len, path, problems);
    if (x && !may_be(x, want)) {
        struct buf b;
        buf_init(&b, BUF_SMALL);
        cel_type_print(&b, cel_program_type(x->program));
        catalog_problem(problems, file, v, ERR_TYPE, path, "the expression gives %s, %s is needed",
                        buf_str(&b), want == CEL_BOOL ? "true or false" : "a list");
        buf_clear(&b);
        return NULL;
    }
    return x;
}

const struct catalog_ref *catalog_expr_reads(const struct catalog_expr *x, enum catalog_name what)
{
    for (size_t i = 0; i < x->n_refs; i++)
        if (x->refs[i].what == what)
            return &x->refs[i];
    return NULL;
}

int catalog_eval_bool(const struct catalog_expr *x, const struct cel_activation *act,
                      struct val_pool *pool, bool *out, struct err *e)
{
    struct cel_value v;
    int rc = cel_eval(x->program, act, &pool->arena, NULL, &v, e);
    if (rc)
        return rc;
    if (v.kind != CEL_BOOL)
        return err_set(e, ERR_TYPE, "the expression gives %s, true or false is needed",
                       cel_type_name_of(v));
    *out = v.as.u != 0;
    return 0;
}
