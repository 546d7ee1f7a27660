// SPDX-License-Identifier: Apache-2.0
/*
 * Documents into a set: a ValidatingAdmissionPolicy, a binding or a Guardrail is read and its
 * expressions compiled. Wrong documents stay out; every error is told.
 */
#include "catalog/guardrail_int.h"

#include <string.h>

#define ADMISSION_GROUP "admissionregistration.k8s.io/"
#define SET_MEMORY (256u << 20)

/* ---- sets ---- */

struct guardrails *guardrails_new(void)
{
    struct guardrails *set = mem_new(struct guardrails);
    val_pool_init_limited(&set->pool, SET_MEMORY);
    return set;
}

static void free_expression(struct guard_expression *x)
{
    cel_program_free(x->program);
}

static void free_policy(struct guard_policy *p)
{
    for (size_t i = 0; i < p->n_conditions; i++)
        free_expression(&p->conditions[i].expression);
    for (size_t i = 0; i < p->n_variables; i++)
        free_expression(&p->variables[i].expression);
    for (size_t i = 0; i < p->n_validations; i++) {
        free_expression(&p->validations[i].expression);
        free_expression(&p->validations[i].message_expression);
    }
    for (size_t i = 0; i < p->n_annotations; i++)
        free_expression(&p->annotations[i].expression);
    cel_env_free(p->env);
    vec_clear(&p->bindings);
    mem_free(p);
}

void guardrails_free(struct guardrails *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->policies.len; i++)
        free_policy(set->policies.items[i]);
    for (size_t i = 0; i < set->bindings.len; i++)
        mem_free(set->bindings.items[i]);
    vec_clear(&set->policies);
    vec_clear(&set->bindings);
    val_pool_clear(&set->pool);
    mem_free(set);
}

size_t guardrails_count(const struct guardrails *set)
{
    return set->policies.len;
}

enum doc_kind { DOC_NONE, DOC_GUARDRAIL, DOC_POLICY, DOC_BINDING };

static enum doc_kind kind_of(const struct val *doc)
{
    const char *version = val_str(val_get(doc, "apiVersion"), "");
    const char *kind = val_str(val_get(doc, "kind"), "");
    if (strncmp(version, "leeway.dev/", 11) == 0)
        return strcmp(kind, "Guardrail") == 0 ? DOC_GUARDRAIL : DOC_NONE;
    if (strncmp(version, ADMISSION_GROUP, sizeof(ADMISSION_GROUP) - 1) != 0)
        return DOC_NONE;
    return strcmp(kind, "ValidatingAdmissionPolicy") == 0          ? DOC_POLICY
           : strcmp(kind, "ValidatingAdmissionPolicyBinding") == 0 ? DOC_BINDING
                                                                   : DOC_NONE;
}

bool guardrails_takes(const struct val *doc)
{
    return kind_of(doc) != DOC_NONE;
}

/* ---- reading ---- */

static void read_expression(struct guard_load *l, const struct val *v, struct guard_expression *x)
{
    if (!val_is(v, VAL_STRING))
        return;
    *x = (struct guard_expression){.text = v->as.s, .len = v->len};
    catalog_place(l->file, v, 0, &x->line, &x->col);
}

static struct guard_condition *read_conditions(struct guard_load *l, const struct val *list,
                                               const char *name, const char *expression, size_t *n)
{
    struct arena *a = &l->set->pool.arena;
    *n = val_count(list);
    struct guard_condition *c = arena_zalloc(a, (*n ? *n : 1) * sizeof(*c));
    for (size_t i = 0; c && i < *n; i++) {
        const struct val *v = val_item(list, i);
        c[i].name = val_str(val_get(v, name), "");
        read_expression(l, val_get(v, expression), &c[i].expression);
    }
    if (!c)
        *n = 0;
    return c;
}

static void read_lists(struct guard_load *l, struct guard_policy *p, const struct val *spec)
{
    struct arena *a = &l->set->pool.arena;
    const struct val *variables = val_get(spec, "variables"),
                     *validations = val_get(spec, "validations");
    p->conditions = read_conditions(l, val_get(spec, "matchConditions"), "name", "expression",
                                    &p->n_conditions);
    p->annotations = read_conditions(l, val_get(spec, "auditAnnotations"), "key", "valueExpression",
                                     &p->n_annotations);
    p->variables = arena_zalloc(a, (val_count(variables) + 1) * sizeof(*p->variables));
    p->validations = arena_zalloc(a, (val_count(validations) + 1) * sizeof(*p->validations));
    if (!p->variables || !p->validations)
        return;
    p->n_variables = val_count(variables);
    for (size_t i = 0; i < p->n_variables; i++) {
        const struct val *v = val_item(variables, i);
        p->variables[i].name = val_str(val_get(v, "name"), "");
        read_expression(l, val_get(v, "expression"), &p->variables[i].expression);
    }
    p->n_validations = val_count(validations);
    for (size_t i = 0; i < p->n_validations; i++) {
        const struct val *v = val_item(validations, i);
        read_expression(l, val_get(v, "expression"), &p->validations[i].expression);
        read_expression(l, val_get(v, "messageExpression"), &p->validations[i].message_expression);
        p->validations[i].message = val_str(val_get(v, "message"), "");
        p->validations[i].reason = val_str(val_get(v, "reason"), "Invalid");
    }
}

static unsigned action_of(const char *word)
{
    return strcmp(word, "Deny") == 0   ? GUARDRAIL_DENY
           : strcmp(word, "Warn") == 0 ? GUARDRAIL_WARN
                                       : GUARDRAIL_AUDIT;
}

/* Our own kind brings its binding with it. */
static void add_own_binding(struct guard_load *l, struct guard_policy *p, const struct val *spec)
{
    struct guard_binding *b = mem_new(struct guard_binding);
    *b = (struct guard_binding){
        .policy_name = p->name,
        .source = p->source,
        .line = p->line,
        .col = p->col,
        .actions = action_of(val_str(val_get(spec, "action"), "Deny")),
    };
    vec_push(&l->set->bindings, b);
    vec_push(&p->bindings, b);
}

static void add_policy(struct guard_load *l, const struct val *doc, bool ours)
{
    const struct val *spec = val_get(doc, "spec"), *kind = val_get(spec, "paramKind");
    struct guard_policy *p = mem_new(struct guard_policy);
    *p = (struct guard_policy){
        .name = val_str(val_at(doc, "metadata", "name", NULL), ""),
        .source = arena_strdup(&l->set->pool.arena, l->file->path),
        .line = doc->line,
        .col = doc->col,
        .doc = doc,
        .ours = ours,
        .ignore = val_str_is(val_get(spec, "failurePolicy"), "Ignore"),
        .environment_wide = ours && val_str_is(val_get(spec, "scope"), "environment"),
        .params = ours ? val_get(spec, "params") : NULL,
        .param_version = val_str(val_get(kind, "apiVersion"), NULL),
        .param_kind = val_str(val_get(kind, "kind"), NULL),
    };
    guard_match_read(&l->set->pool.arena, val_get(spec, ours ? "match" : "matchConstraints"),
                     &p->match);
    if (ours)
        p->clusters.labels = val_get(spec, "clusters");
    p->match.writes = ours;
    read_lists(l, p, spec);
    guard_compile_policy(l, p);
    if (guard_load_failed(l)) {
        free_policy(p);
        return;
    }
    vec_push(&l->set->policies, p);
    if (ours)
        add_own_binding(l, p, spec);
}

static void add_binding(struct guard_load *l, const struct val *doc)
{
    const struct val *spec = val_get(doc, "spec"), *match = val_get(spec, "matchResources");
    const struct val *actions = val_get(spec, "validationActions");
    struct guard_binding *b = mem_new(struct guard_binding);
    *b = (struct guard_binding){
        .name = val_str(val_at(doc, "metadata", "name", NULL), ""),
        .policy_name = val_str(val_get(spec, "policyName"), ""),
        .source = arena_strdup(&l->set->pool.arena, l->file->path),
        .line = doc->line,
        .col = doc->col,
        .has_match = val_is(match, VAL_MAP),
        .param_ref = val_get(spec, "paramRef"),
        .doc = doc,
    };
    for (size_t i = 0; i < val_count(actions); i++)
        b->actions |= action_of(val_str(val_item(actions, i), ""));
    if (b->has_match)
        guard_match_read(&l->set->pool.arena, match, &b->match);
    vec_push(&l->set->bindings, b);
}

static bool name_taken(struct guard_load *l, const struct val *doc, enum doc_kind kind)
{
    const struct val *name = val_at(doc, "metadata", "name", NULL);
    const char *other = NULL;
    for (size_t i = 0; i < l->set->policies.len && kind != DOC_BINDING; i++)
        if (val_str_is(name, l->set->policies.items[i]->name))
            other = l->set->policies.items[i]->source;
    for (size_t i = 0; i < l->set->bindings.len && kind == DOC_BINDING; i++)
        if (l->set->bindings.items[i]->name && val_str_is(name, l->set->bindings.items[i]->name))
            other = l->set->bindings.items[i]->source;
    if (other)
        catalog_problem(l->out, l->file, name, ERR_EXISTS, ".metadata.name",
                        "'%s' is already the name of one in %s", name->as.s, other);
    return other != NULL;
}

int guardrails_add(struct guardrails *set, const struct catalog_file *file, const struct val *doc,
                   struct catalog_problems *out)
{
    struct guard_load l = {set, file, out, out->len + out->more};
    enum doc_kind kind = kind_of(doc);
    if (kind == DOC_NONE) {
        catalog_problem(out, file, doc, ERR_INVALID, "",
                        "this is no guardrail: a Guardrail, a ValidatingAdmissionPolicy or its "
                        "binding is wanted");
        return ERR_INVALID;
    }
    int rc = kind == DOC_GUARDRAIL ? guard_validate_own(&l, val_get(doc, "spec"))
                                   : guard_validate_shape(&l, doc);
    if (rc || name_taken(&l, doc, kind))
        return ERR_INVALID;
    const struct val *own = val_copy(&set->pool, doc);
    if (!own)
        catalog_problem(out, file, doc, ERR_LIMIT, "", "the guardrails are too large");
    else if (kind == DOC_BINDING)
        add_binding(&l, own);
    else
        add_policy(&l, own, kind == DOC_GUARDRAIL);
    return guard_load_failed(&l) ? ERR_INVALID : 0;
}

static struct guard_policy *policy_named(const struct guardrails *set, const char *name)
{
    for (size_t i = 0; i < set->policies.len; i++)
        if (!set->policies.items[i]->ours && strcmp(set->policies.items[i]->name, name) == 0)
            return set->policies.items[i];
    return NULL;
}

/* Takes *e, which is about a document that was read before. */
static void unjoined(struct catalog_problems *out, const char *source, uint32_t line, uint32_t col,
                     struct err *e)
{
    struct catalog_file file = {.path = (char *)(uintptr_t)source};
    struct val at = {.line = line, .col = (uint16_t)col};
    catalog_problem_inside(out, &file, &at, 0, NULL, e);
    err_clear(e);
}

int guardrails_compile(struct guardrails *set, struct catalog_problems *out)
{
    size_t before = out->len + out->more;
    for (size_t i = 0; i < set->bindings.len; i++) {
        const struct guard_binding *b = set->bindings.items[i];
        struct guard_policy *policy = b->name ? policy_named(set, b->policy_name) : NULL;
        if (policy)
            vec_push(&policy->bindings, b);
        else if (b->name) {
            struct err e = ERR_INIT;
            err_set(&e, ERR_NOT_FOUND, "binding '%s' is for policy '%s', which is not here",
                    b->name, b->policy_name);
            unjoined(out, b->source, b->line, b->col, &e);
        }
    }
    for (size_t i = 0; i < set->policies.len; i++) {
        const struct guard_policy *p = set->policies.items[i];
        struct err e = ERR_INIT;
        if (p->bindings.len)
            continue;
        err_set(&e, ERR_NOT_FOUND, "policy '%s' has no binding and decides nothing", p->name);
        err_hint(&e, "a ValidatingAdmissionPolicyBinding puts it to use");
        unjoined(out, p->source, p->line, p->col, &e);
    }
    set->compiled = true;
    return out->len + out->more > before ? ERR_INVALID : 0;
}
