// SPDX-License-Identifier: Apache-2.0
/* What the files of the guardrails share. Nothing here is for users of guardrail.h. */
#ifndef LEEWAY_CATALOG_GUARDRAIL_INT_H
#define LEEWAY_CATALOG_GUARDRAIL_INT_H

#include "base/mem.h"
#include "base/vec.h"
#include "catalog/guardrail.h"
#include "cel/cel.h"

enum guard_tri { GUARD_NO, GUARD_YES, GUARD_MAYBE };

/* ---- kinds (guardrail_kinds.c) ---- */

struct guard_kind {
    const char *group, *kind, *resource;
    bool namespaced;
};
const struct guard_kind *guard_kind_find(const char *group,
                                         const char *kind); /* NULL: not built in */
/* "group/version" split: group is what precedes the slash, "" without one. */
void guard_split_version(struct arena *a, const char *api_version, const char **group,
                         const char **version);
/* The plural of a kind that is not built in, as API machinery guesses it. */
const char *guard_plural(struct arena *a, const char *kind);
/* Other places at which a server serves the same objects: 0-based i, NULL at the end. */
struct guard_twin {
    const char *group, *version, *resource;
};
const struct guard_twin *guard_twin_of(const char *group, const char *version, const char *resource,
                                       size_t i);

/* ---- what a request is about, made once for all policies ---- */

struct guard_attributes {
    const struct guardrail_request *request;
    const struct val *object, *old_object; /* never NULL: null values instead */
    const char *group, *version, *kind, *resource, *subresource;
    const char *name, *namespace; /* "" when there is none */
    bool namespaced;
    bool exempt; /* admission policies are not subject to admission policies */
    const struct val *namespace_labels; /* a map; NULL: not known but for the name */
    struct val_pool *pool;
};
int guard_attributes_make(struct val_pool *pool, const struct guardrail_request *request,
                          struct guard_attributes *out, struct err *e);

/* ---- matching (guardrail_match.c) ---- */

struct guard_selector {
    const struct val *labels, *expressions; /* NULL: none */
};
struct guard_rule {
    const struct val *groups, *versions, *resources, *kinds, *operations, *names; /* NULL: all */
    enum { GUARD_SCOPE_ALL, GUARD_SCOPE_CLUSTER, GUARD_SCOPE_NAMESPACED } scope;
};
struct guard_match {
    struct guard_rule *rules, *excluded;
    size_t n_rules, n_excluded;
    struct guard_selector namespaces, objects;
    bool exact;
    bool writes; /* rules without operations mean CREATE and UPDATE, and so does no rule at all */
};
/* Shape was validated before. matchConstraints, matchResources, or the match of a Guardrail. */
void guard_match_read(struct arena *a, const struct val *v, struct guard_match *out);
bool guard_selector_empty(const struct guard_selector *s);
void guard_selector_read(const struct val *v, struct guard_selector *out);
/* labels: a map or NULL; `only_name`: of the labels only the namespace's name is known. */
enum guard_tri guard_selector_match(const struct guard_selector *s, const struct val *labels,
                                    const char *only_name);
/* *twin: the match is through another version, to which the server converts first. *why: what a
 * GUARD_MAYBE would need. */
enum guard_tri guard_matches(const struct guard_match *m, const struct guard_attributes *a,
                             const struct guard_twin **twin, const char **why);

/* ---- policies ---- */

struct guard_expression {
    const char *text; /* as written */
    size_t len;
    uint32_t line, col; /* where its text begins in the file */
    struct cel_program *program;
};

struct guard_condition {
    const char *name;
    struct guard_expression expression;
};

struct guard_validation {
    struct guard_expression expression, message_expression; /* the latter without program: none */
    const char *message, *reason;
};

struct guard_variable {
    const char *name;
    struct guard_expression expression;
    int slot;
};

struct guard_binding {
    const char *name, *policy_name, *source;
    uint32_t line, col; /* of the document */
    unsigned actions;
    bool has_match;
    struct guard_match match;
    const struct val *param_ref; /* NULL: none */
    const struct val *doc;       /* NULL: what a Guardrail brings with it */
};

enum guard_slot {
    GUARD_OBJECT,
    GUARD_OLD_OBJECT,
    GUARD_REQUEST,
    GUARD_NAMESPACE,
    GUARD_AUTHORIZER,
    GUARD_AUTHORIZER_RESOURCE,
    GUARD_PARAMS,
    GUARD_CLUSTER,
    GUARD_ENV,
    GUARD_OBJECTS,
    GUARD_SLOTS
};

struct guard_policy {
    const char *name, *source;
    uint32_t line, col;
    const struct val *doc; /* of the set's pool */
    bool ours;
    bool ignore;                            /* failurePolicy */
    bool environment_wide;                  /* scope: environment */
    const struct val *params;               /* of a Guardrail; NULL: none */
    const char *param_version, *param_kind; /* paramKind; NULL: none */
    struct guard_selector clusters;
    struct guard_match match;
    struct guard_condition *conditions;
    struct guard_variable *variables;
    struct guard_validation *validations;
    struct guard_condition *annotations; /* auditAnnotations: name is the key */
    size_t n_conditions, n_variables, n_validations, n_annotations;
    struct cel_env *env;
    int slots[GUARD_SLOTS]; /* variable numbers; -1: not declared */
    VEC(const struct guard_binding *) bindings;
};

struct guardrails {
    struct val_pool pool; /* documents, names, arrays */
    VEC(struct guard_policy *) policies;
    VEC(struct guard_binding *) bindings;
    bool compiled;
};

#define GUARD_MAX_EXPRESSIONS 1000u /* of each list of a policy */
#define GUARD_EXPRESSION_COST CEL_COST_LIMIT
#define GUARD_POLICY_COST 10000000ull
#define GUARD_CONDITIONS_COST 2500000ull
#define GUARD_MESSAGE_MAX 5120u

/* ---- loading ---- */

struct guard_load { /* one document being read */
    struct guardrails *set;
    const struct catalog_file *file;
    struct catalog_problems *out;
    size_t before; /* problems when it began */
};
static inline bool guard_load_failed(const struct guard_load *l)
{
    return l->out->len + l->out->more > l->before;
}

/* A policy or a binding against its kind's schema, all errors (guardrail_schema.c). */
int guard_validate_shape(struct guard_load *l, const struct val *doc);
/* What schemas cannot say of a Guardrail. */
int guard_validate_own(struct guard_load *l, const struct val *spec);
/* Environment and programs of a policy whose lists were read (guardrail_compile.c). */
void guard_compile_policy(struct guard_load *l, struct guard_policy *p);

#endif
