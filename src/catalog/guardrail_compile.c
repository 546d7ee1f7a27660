// SPDX-License-Identifier: Apache-2.0
/*
 * The environment of a policy's expressions and their programs, typed as the API server types them:
 * object, oldObject and params are dynamic, request and namespaceObject have their fields,
 * variables the types of their expressions.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/cel/{compile,composition}.go.
 */
#include "catalog/guardrail_int.h"

#include <ctype.h>
#include <string.h>

#define OBJECT(env, fields) cel_type_object(env, fields, ARRAY_LEN(fields))

static const struct cel_type *request_type(struct cel_env *env)
{
    const struct cel_type *s = cel_type_simple(CEL_STRING);
    const struct cel_field_type kind[] = {{"group", s}, {"version", s}, {"kind", s}};
    const struct cel_field_type resource[] = {{"group", s}, {"version", s}, {"resource", s}};
    const struct cel_type *strings = cel_type_list(env, s);
    const struct cel_field_type user[] = {
        {"username", s}, {"uid", s}, {"groups", strings}, {"extra", cel_type_map(env, s, strings)}};
    const struct cel_type *kind_type = OBJECT(env, kind), *resource_type = OBJECT(env, resource);
    const struct cel_field_type request[] = {
        {"kind", kind_type},
        {"resource", resource_type},
        {"subResource", s},
        {"requestKind", kind_type},
        {"requestResource", resource_type},
        {"requestSubResource", s},
        {"name", s},
        {"namespace", s},
        {"operation", s},
        {"userInfo", OBJECT(env, user)},
        {"dryRun", cel_type_simple(CEL_BOOL)},
        {"options", cel_type_dyn()},
    };
    return OBJECT(env, request);
}

static const struct cel_type *namespace_type(struct cel_env *env)
{
    const struct cel_type *s = cel_type_simple(CEL_STRING), *i = cel_type_simple(CEL_INT);
    const struct cel_type *time = cel_type_simple(CEL_TIMESTAMP), *strings = cel_type_list(env, s);
    const struct cel_type *map = cel_type_map(env, s, s);
    const struct cel_field_type metadata[] = {
        {"name", s},
        {"generateName", s},
        {"namespace", s},
        {"labels", map},
        {"annotations", map},
        {"UID", s},
        {"creationTimestamp", time},
        {"deletionGracePeriodSeconds", i},
        {"deletionTimestamp", time},
        {"generation", i},
        {"resourceVersion", s},
        {"finalizers", strings},
    };
    const struct cel_field_type condition[] = {
        {"status", s}, {"type", s}, {"lastTransitionTime", time}, {"message", s}, {"reason", s}};
    const struct cel_field_type status[] = {
        {"conditions", cel_type_list(env, OBJECT(env, condition))}, {"phase", s}};
    const struct cel_field_type spec[] = {{"finalizers", strings}};
    const struct cel_field_type ns[] = {{"metadata", OBJECT(env, metadata)},
                                        {"spec", OBJECT(env, spec)},
                                        {"status", OBJECT(env, status)}};
    return OBJECT(env, ns);
}

static const struct cel_type *cluster_type(struct cel_env *env)
{
    const struct cel_type *s = cel_type_simple(CEL_STRING), *dyn = cel_type_dyn();
    const struct cel_type *any_map = cel_type_map(env, s, dyn);
    const struct cel_field_type fields[] = {
        {"name", s},          {"labels", cel_type_map(env, s, s)},
        {"distribution", s},  {"version", s},
        {"region", s},        {"provider", s},
        {"facts", any_map},   {"apis", dyn},
        {"profile", any_map},
    };
    return OBJECT(env, fields);
}

static const struct cel_type *env_type(struct cel_env *env)
{
    const struct cel_type *s = cel_type_simple(CEL_STRING);
    const struct cel_field_type fields[] = {
        {"name", s},
        {"namespace", s},
        {"team", s},
        {"owner", s},
        {"labels", cel_type_map(env, s, s)},
    };
    return OBJECT(env, fields);
}

static void declare(struct guard_policy *p, enum guard_slot slot, const char *name,
                    const struct cel_type *type)
{
    p->slots[slot] = cel_declare(p->env, name, type);
}

static void make_env(struct guard_policy *p)
{
    p->env = cel_env_new(CEL_ENV_KUBERNETES | CEL_LIB_AUTHORIZER);
    for (size_t i = 0; i < GUARD_SLOTS; i++)
        p->slots[i] = -1;
    if (p->environment_wide) {
        declare(p, GUARD_OBJECTS, "objects", cel_type_list(p->env, cel_type_dyn()));
    } else {
        declare(p, GUARD_OBJECT, "object", cel_type_dyn());
        declare(p, GUARD_OLD_OBJECT, "oldObject", cel_type_dyn());
        declare(p, GUARD_REQUEST, "request", request_type(p->env));
        declare(p, GUARD_NAMESPACE, "namespaceObject", namespace_type(p->env));
        declare(p, GUARD_AUTHORIZER, "authorizer", cel_type_opaque(CEL_AUTHORIZER));
        declare(p, GUARD_AUTHORIZER_RESOURCE, "authorizer.requestResource",
                cel_type_opaque(CEL_RESOURCE_CHECK));
    }
    if (p->param_kind || p->params)
        declare(p, GUARD_PARAMS, "params", cel_type_dyn());
    if (p->ours) {
        declare(p, GUARD_CLUSTER, "cluster", cluster_type(p->env));
        declare(p, GUARD_ENV, "env", env_type(p->env));
    }
}

/* ---- expressions ---- */

/* The language speaks of `variables` as one thing that is not there; people look for the one. */
static void name_variables(const struct guard_policy *p, struct err *e)
{
    if (!e->text || strcmp(e->text, "undeclared reference to 'variables'") != 0)
        return;
    struct buf names;
    buf_init(&names, BUF_SMALL);
    for (size_t i = 0; i < p->n_variables; i++)
        if (p->variables[i].slot >= 0)
            buf_printf(&names, "%s%s", names.len ? ", " : "", p->variables[i].name);
    struct err better = ERR_INIT;
    err_set(&better, ERR_TYPE, "there is no such variable here");
    err_at(&better, NULL, e->line, e->col);
    if (names.len)
        err_hint(&better, "declared above are %s", buf_str(&names));
    err_clear(e);
    err_move(e, &better);
    buf_clear(&names);
}

static bool blank(const struct guard_expression *x)
{
    for (size_t i = 0; i < x->len; i++)
        if (!isspace((unsigned char)x->text[i]))
            return false;
    return true;
}

/* The type a result must have, exactly: what is only known to be some value is refused, too. */
static bool type_fits(const struct cel_type *t, unsigned kinds)
{
    for (int k = 0; k < CEL_KIND_COUNT; k++)
        if (kinds >> k & 1 && cel_type_is(t, (enum cel_kind)k))
            return true;
    return kinds == 0;
}

static const char *kinds_text(unsigned kinds)
{
    return kinds == 1u << CEL_BOOL     ? "bool"
           : kinds == 1u << CEL_STRING ? "string"
                                       : "one of [string null_type]";
}

/* kinds: bits of enum cel_kind that the result may have; 0: any. */
static void compile(struct guard_load *l, struct guard_policy *p, struct guard_expression *x,
                    const struct val *at, const char *path, unsigned kinds)
{
    struct err e = ERR_INIT;
    if (!x->text || blank(x)) {
        catalog_problem(l->out, l->file, at, ERR_INVALID, path, "the expression is empty");
        return;
    }
    x->program = cel_compile(p->env, x->text, x->len, 0, &e);
    if (!x->program) {
        name_variables(p, &e);
        catalog_problem_inside(l->out, l->file, at, 0, path, &e);
    } else if (!type_fits(cel_program_type(x->program), kinds)) {
        struct buf got;
        buf_init(&got, BUF_SMALL);
        cel_type_print(&got, cel_program_type(x->program));
        err_set(&e, ERR_TYPE, "must evaluate to %s but gives %s", kinds_text(kinds), buf_str(&got));
        if (cel_type_is_dyn(cel_program_type(x->program)))
            err_hint(&e, "%s", kinds == 1u << CEL_BOOL ? "compare it: … == true" : "string(…)");
        catalog_problem_inside(l->out, l->file, at, 0, path, &e);
        buf_clear(&got);
    }
    err_clear(&e);
}

static bool reads(const struct cel_program *p, const char *variable)
{
    const struct cel_ref *refs;
    size_t n = p ? cel_program_refs(p, &refs) : 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(refs[i].name, variable) == 0)
            return true;
    return false;
}

static const char *path_of(struct guard_load *l, const char *list, size_t i, const char *field)
{
    const char *s = arena_printf(&l->set->pool.arena, ".spec.%s[%zu].%s", list, i, field);
    return s ? s : "";
}

static bool is_identifier(const char *s)
{
    if (!isalpha((unsigned char)*s) && *s != '_')
        return false;
    for (const char *c = s; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_')
            return false;
    static const char *const words[] = {"true", "false", "null", "in"};
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(s, words[i]) == 0)
            return false;
    return true;
}

static const struct val *spec_item(const struct guard_policy *p, const char *list, size_t i,
                                   const char *field)
{
    return val_get(val_item(val_at(p->doc, "spec", list, NULL), i), field);
}

static void compile_variables(struct guard_load *l, struct guard_policy *p)
{
    for (size_t i = 0; i < p->n_variables; i++)
        p->variables[i].slot = -1;
    for (size_t i = 0; i < p->n_variables; i++) {
        struct guard_variable *v = &p->variables[i];
        const struct val *name = spec_item(p, "variables", i, "name");
        if (!is_identifier(v->name) && name)
            catalog_problem(l->out, l->file, name, ERR_INVALID, path_of(l, "variables", i, "name"),
                            "'%s' is no name for a variable", v->name);
        for (size_t k = 0; k < i && name; k++)
            if (strcmp(p->variables[k].name, v->name) == 0)
                catalog_problem(l->out, l->file, name, ERR_EXISTS,
                                path_of(l, "variables", i, "name"),
                                "there is a variable '%s' already", v->name);
        compile(l, p, &v->expression, spec_item(p, "variables", i, "expression"),
                path_of(l, "variables", i, "expression"), 0);
        const struct cel_type *type =
            v->expression.program ? cel_program_type(v->expression.program) : cel_type_dyn();
        struct buf full;
        buf_init(&full, BUF_SMALL);
        int rc = buf_printf(&full, "variables.%s", v->name);
        v->slot = rc ? -1 : cel_declare(p->env, buf_str(&full), type);
        buf_clear(&full);
    }
}

static bool has_line_break(const char *s)
{
    const char *last = s + strlen(s);
    while (last > s && isspace((unsigned char)last[-1]))
        last--;
    while (isspace((unsigned char)*s) && s < last)
        s++;
    return memchr(s, '\n', (size_t)(last - s)) != NULL;
}

static void compile_validations(struct guard_load *l, struct guard_policy *p)
{
    for (size_t i = 0; i < p->n_validations; i++) {
        struct guard_validation *v = &p->validations[i];
        const struct val *message = spec_item(p, "validations", i, "message");
        compile(l, p, &v->expression, spec_item(p, "validations", i, "expression"),
                path_of(l, "validations", i, "expression"), 1u << CEL_BOOL);
        if (v->message_expression.text) {
            const struct val *at = spec_item(p, "validations", i, "messageExpression");
            const char *path = path_of(l, "validations", i, "messageExpression");
            compile(l, p, &v->message_expression, at, path, 1u << CEL_STRING);
            if (reads(v->message_expression.program, "authorizer") ||
                reads(v->message_expression.program, "authorizer.requestResource"))
                catalog_problem(l->out, l->file, at, ERR_TYPE, path,
                                "undeclared reference to 'authorizer': a message may use all but "
                                "that");
        }
        if (message && has_line_break(v->message))
            catalog_problem(l->out, l->file, message, ERR_INVALID,
                            path_of(l, "validations", i, "message"),
                            "a message must not contain line breaks");
    }
}

void guard_compile_policy(struct guard_load *l, struct guard_policy *p)
{
    make_env(p);
    for (size_t i = 0; i < p->n_conditions; i++)
        compile(l, p, &p->conditions[i].expression,
                spec_item(p, "matchConditions", i, "expression"),
                path_of(l, "matchConditions", i, "expression"), 1u << CEL_BOOL);
    compile_variables(l, p);
    compile_validations(l, p);
    for (size_t i = 0; i < p->n_annotations; i++)
        compile(l, p, &p->annotations[i].expression,
                spec_item(p, "auditAnnotations", i, "valueExpression"),
                path_of(l, "auditAnnotations", i, "valueExpression"),
                1u << CEL_STRING | 1u << CEL_NULL);
}
