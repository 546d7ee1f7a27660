// SPDX-License-Identifier: Apache-2.0
/*
 * Documents into a set: a ValidatingAdmissionPolicy, a binding or a Guardrail is validated by its
 * kind's schema, read, and its expressions compiled. Wrong documents stay out; every error is told.
 */
#include "catalog/guardrail_int.h"

#include <string.h>

#define ADMISSION_GROUP "admissionregistration.k8s.io/"
#define SET_MEMORY (256u << 20)

/* ---- problems ---- */

void guardrail_problems_init(struct guardrail_problems *p)
{
    *p = (struct guardrail_problems){0};
    arena_init(&p->arena);
}

void guardrail_problems_clear(struct guardrail_problems *p)
{
    arena_clear(&p->arena);
    mem_free(p->items);
    *p = (struct guardrail_problems){0};
}

static void add_problem(struct guardrail_problems *out, struct guardrail_problem p)
{
    p.source = arena_strdup(&out->arena, p.source ? p.source : "");
    p.path = arena_strdup(&out->arena, p.path ? p.path : "");
    p.text = arena_strdup(&out->arena, p.text);
    p.right = p.right ? arena_strdup(&out->arena, p.right) : NULL;
    if (out->len == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 16;
        out->items = mem_reallocarray(out->items, out->cap, sizeof(*out->items));
    }
    out->items[out->len++] = p;
    out->errors += !p.warning;
}

void guard_problem(struct guard_load *l, bool warning, const char *path, uint32_t line,
                   uint32_t col, const char *right, const char *fmt, ...)
{
    struct guardrail_problem p = {
        .source = l->source, .line = line, .col = col, .path = path, .right = right};
    va_list ap;
    va_start(ap, fmt);
    p.text = arena_vprintf(&l->out->arena, fmt, ap);
    va_end(ap);
    p.warning = warning;
    add_problem(l->out, p);
}

int guardrail_problem_format(struct buf *out, const struct guardrail_problem *p)
{
    int rc = *p->source ? buf_printf(out, "%s:", p->source) : 0;
    if (!rc && p->line)
        rc = buf_printf(out, "%u:%u:", p->line, p->col);
    rc = rc ? rc : out->len ? buf_putc(out, ' ') : 0;
    if (!rc && p->warning)
        rc = buf_puts(out, "warning: ");
    if (!rc && *p->path)
        rc = buf_printf(out, "%s: ", p->path);
    rc = rc ? rc : buf_puts(out, p->text);
    return !rc && p->right ? buf_printf(out, " (%s)", p->right) : rc;
}

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
    guard_place(l->text, l->len, v, 1, 1, &x->line, &x->col);
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
    return strcmp(word, "Deny") == 0 ? GUARDRAIL_DENY
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
    const struct val *clusters = val_get(spec, "clusters");
    struct guard_policy *p = mem_new(struct guard_policy);
    *p = (struct guard_policy){
        .name = val_str(val_at(doc, "metadata", "name", NULL), ""),
        .source = arena_strdup(&l->set->pool.arena, l->source),
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
    if (clusters && (val_get(clusters, "matchLabels") || val_get(clusters, "matchExpressions")))
        guard_selector_read(clusters, &p->clusters);
    else
        p->clusters.labels = clusters;
    read_lists(l, p, spec);
    guard_compile_policy(l, p);
    if (l->out->errors > l->errors_before) {
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
        .source = arena_strdup(&l->set->pool.arena, l->source),
        .line = doc->line,
        .col = doc->col,
        .has_match = val_is(match, VAL_MAP),
        .param_ref = val_get(spec, "paramRef"),
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
        guard_problem(l, false, ".metadata.name", name->line, name->col, "names are used once",
                      "'%s' is already the name of one in %s", name->as.s, other);
    return other != NULL;
}

int guardrails_add(struct guardrails *set, const char *source, const char *text, size_t len,
                   const struct val *doc, struct guardrail_problems *out)
{
    struct guard_load l = {set, source, text, len, out, out->errors};
    enum doc_kind kind = kind_of(doc);
    if (kind == DOC_NONE)
        guard_problem(&l, false, "", doc ? doc->line : 0, doc ? doc->col : 0,
                      "a Guardrail, a ValidatingAdmissionPolicy or its binding is wanted",
                      "this is no guardrail");
    else if (!guard_validate_shape(&l, doc) && !name_taken(&l, doc, kind)) {
        const struct val *own = val_copy(&set->pool, doc);
        if (!own)
            guard_problem(&l, false, "", doc->line, doc->col, NULL, "the guardrails are too large");
        else if (kind == DOC_BINDING)
            add_binding(&l, own);
        else
            add_policy(&l, own, kind == DOC_GUARDRAIL);
    }
    return out->errors > l.errors_before ? ERR_INVALID : 0;
}

int guardrails_compile(struct guardrails *set, struct guardrail_problems *out)
{
    size_t before = out->errors;
    for (size_t i = 0; i < set->bindings.len; i++) {
        const struct guard_binding *b = set->bindings.items[i];
        struct guard_load l = {.set = set, .source = b->source, .out = out};
        struct guard_policy *found = NULL;
        for (size_t k = 0; k < set->policies.len && b->name; k++)
            if (!set->policies.items[k]->ours &&
                strcmp(set->policies.items[k]->name, b->policy_name) == 0)
                found = set->policies.items[k];
        if (found)
            vec_push(&found->bindings, b);
        else if (b->name)
            guard_problem(&l, true, ".spec.policyName", b->line, b->col, NULL,
                          "binding '%s' is for policy '%s', which is not here", b->name,
                          b->policy_name);
    }
    for (size_t i = 0; i < set->policies.len; i++) {
        const struct guard_policy *p = set->policies.items[i];
        struct guard_load l = {.set = set, .source = p->source, .out = out};
        if (!p->bindings.len)
            guard_problem(&l, true, ".metadata.name", p->line, p->col,
                          "a ValidatingAdmissionPolicyBinding puts it to use",
                          "policy '%s' has no binding and decides nothing", p->name);
    }
    set->compiled = true;
    return out->errors > before ? ERR_INVALID : 0;
}
