// SPDX-License-Identifier: Apache-2.0
/*
 * The shape of what is Kubernetes': what the API server demands of a policy and a binding, as
 * schemas, and beside them what schemas cannot say. A Guardrail's schema is with our own kinds.
 *
 * Source: k8s.io/kubernetes pkg/apis/admissionregistration/validation.
 */
#include "catalog/document.h"
#include "catalog/guardrail_int.h"
#include "data/json.h"

#include <string.h>

#define STRING "{\"type\":\"string\"}"
#define NAMES "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1},\"minItems\":1}"
#define STRINGS "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"minLength\":1}}"
#define LABELS "{\"type\":\"object\",\"additionalProperties\":" STRING "}"
#define EXPRESSION "{\"type\":\"string\",\"minLength\":1}"
#define OBJECT(props) "{\"type\":\"object\",\"properties\":{" props "}}"
#define OBJECT_WITH(required, props)                                                               \
    "{\"type\":\"object\",\"required\":[" required "],\"properties\":{" props "}}"
#define LIST(item) "{\"type\":\"array\",\"items\":" item "}"
#define ENUM(values) "{\"type\":\"string\",\"enum\":[" values "]}"
#define ANY_OBJECT "{\"type\":\"object\",\"x-kubernetes-preserve-unknown-fields\":true}"
#define SELECTOR_TERM                                                                              \
    OBJECT_WITH("\"key\",\"operator\"",                                                            \
                "\"key\":{\"type\":\"string\",\"minLength\":1},\"operator\":" ENUM(                \
                    "\"In\",\"NotIn\",\"Exists\",\"DoesNotExist\"") ",\"values\":" LIST(STRING))
#define SELECTOR OBJECT("\"matchLabels\":" LABELS ",\"matchExpressions\":" LIST(SELECTOR_TERM))
#define OPERATIONS                                                                                 \
    "{\"type\":\"array\",\"minItems\":1,\"items\":" ENUM(                                          \
        "\"*\",\"CREATE\",\"UPDATE\",\"DELETE\",\"CONNECT\"") "}"
#define SCOPE ENUM("\"*\",\"Cluster\",\"Namespaced\"")
#define GROUPS LIST(STRING)
#define RULE                                                                                       \
    OBJECT_WITH("\"apiGroups\",\"apiVersions\",\"operations\",\"resources\"",                      \
                "\"apiGroups\":{\"type\":\"array\",\"minItems\":1,\"items\":" STRING               \
                "},\"apiVersions\":" NAMES ",\"operations\":" OPERATIONS ",\"resources\":" NAMES   \
                ",\"resourceNames\":" STRINGS ",\"scope\":" SCOPE)
#define MATCH(required)                                                                            \
    "{\"type\":\"object\"," required                                                               \
    "\"properties\":{\"resourceRules\":" LIST(RULE) ",\"excludeResourceRules\":" LIST(             \
        RULE) ",\"namespaceSelector\":" SELECTOR ",\"objectSelector\":" SELECTOR                   \
              ",\"matchPolicy\":" ENUM("\"Exact\",\"Equivalent\"") "}}"
#define CONDITIONS                                                                                 \
    "{\"type\":\"array\",\"maxItems\":64,\"items\":" OBJECT_WITH(                                  \
        "\"name\",\"expression\"", "\"name\":{\"type\":\"string\",\"minLength\":1},"               \
                                   "\"expression\":" EXPRESSION) "}"
#define VARIABLES                                                                                  \
    "{\"type\":\"array\",\"maxItems\":1000,\"items\":" OBJECT_WITH(                                \
        "\"name\",\"expression\"", "\"name\":{\"type\":\"string\",\"minLength\":1},"               \
                                   "\"expression\":" EXPRESSION) "}"
#define VALIDATIONS                                                                                \
    "{\"type\":\"array\",\"maxItems\":1000,\"items\":" OBJECT_WITH(                                \
        "\"expression\"",                                                                          \
        "\"expression\":" EXPRESSION ",\"message\":{\"type\":\"string\",\"minLength\":1},"         \
        "\"messageExpression\":" EXPRESSION ",\"reason\":" ENUM(                                   \
            "\"Unauthorized\",\"Forbidden\",\"Invalid\",\"RequestEntityTooLarge\"")) "}"
#define ANNOTATIONS                                                                                \
    "{\"type\":\"array\",\"maxItems\":20,\"items\":" OBJECT_WITH(                                  \
        "\"key\",\"valueExpression\"", "\"key\":{\"type\":\"string\",\"minLength\":1},"            \
                                       "\"valueExpression\":" EXPRESSION) "}"
#define FAILURE ENUM("\"Fail\",\"Ignore\"")
#define METADATA                                                                                   \
    "{\"type\":\"object\",\"required\":[\"name\"],\"properties\":{\"name\":{\"type\":\"string\","  \
    "\"minLength\":1,\"maxLength\":253,\"pattern\":"                                               \
    "\"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$\"}},"                  \
    "\"x-kubernetes-preserve-unknown-fields\":true}"
#define DOCUMENT(spec)                                                                             \
    OBJECT_WITH("\"apiVersion\",\"kind\",\"metadata\",\"spec\"",                                   \
                "\"apiVersion\":" STRING ",\"kind\":" STRING ",\"metadata\":" METADATA             \
                ",\"status\":" ANY_OBJECT ",\"spec\":" spec)

static const char policy_schema[] = DOCUMENT(OBJECT_WITH(
    "\"matchConstraints\"",
    "\"failurePolicy\":" FAILURE ",\"paramKind\":" OBJECT_WITH(
        "\"apiVersion\",\"kind\"",
        "\"apiVersion\":{\"type\":\"string\",\"minLength\":1},"
        "\"kind\":{\"type\":\"string\",\"minLength\":1}") ",\"matchConstraints\""
                                                          ":" MATCH(
                                                              "\"required\":["
                                                              "\"resourceRules\"]"
                                                              ",") ",\"matchCondi"
                                                                   "tions\""
                                                                   ":" CONDITIONS ",\"variables"
                                                                   "\":" VARIABLES ",\"validation"
                                                                   "s\""
                                                                   ":" VALIDATIONS ",\"auditAnnot"
                                                                   "ations\""
                                                                   ":" ANNOTATIONS));

static const char binding_schema[] = DOCUMENT(OBJECT_WITH(
    "\"policyName\",\"validationActions\"",
    "\"policyName\":{\"type\":\"string\",\"minLength\":1},\"paramRef\":" OBJECT(
        "\"name\":" STRING ",\"namespace\":" STRING ",\"selector\":" SELECTOR
        ",\"parameterNotFoundAction\":" ENUM(
            "\"Allow\",\"Deny\"")) ",\"matchResources\":" MATCH("") ",\"validationActions\":{"
                                                                    "\"type\":\"array\","
                                                                    "\"minItems\":1,"
                                                                    "\"items\":" ENUM("\"Deny\""
                                                                                      ",\"Warn"
                                                                                      "\","
                                                                                      "\"Audit"
                                                                                      "\"") "}"));

static bool validated(struct guard_load *l, const char *schema, const struct val *doc)
{
    struct val_pool pool;
    struct err e = ERR_INIT;
    struct schema_errors errors;
    val_pool_init(&pool);
    schema_errors_init(&errors);
    const struct val *v = json_read(&pool, schema, strlen(schema), NULL, &e);
    const struct schema *s = v ? schema_load(&pool, v, &e) : NULL;
    struct schema_validator *validator = s ? schema_validator_new(s, &e) : NULL;
    const struct schema_options strict = {.flags = SCHEMA_STRICT};
    bool ok = validator && !schema_validate(validator, doc, &strict, &errors);
    document_problems(l->out, l->file, &errors);
    if (!validator)
        catalog_problem(l->out, l->file, doc, ERR_INTERNAL, "", "the schema of the kind: %s",
                        e.text);
    err_clear(&e);
    schema_validator_free(validator);
    schema_errors_clear(&errors);
    val_pool_clear(&pool);
    return ok;
}

static void problem_at(struct guard_load *l, const char *path, const struct val *at,
                       const char *right, const char *text)
{
    struct err *e = catalog_problem(l->out, l->file, at, ERR_INVALID, path, "%s", text);
    if (e && right)
        err_hint(e, "%s", right);
}

static void check_selector(struct guard_load *l, const char *path, const struct val *selector)
{
    const struct val *terms = val_get(selector, "matchExpressions");
    for (size_t i = 0; i < val_count(terms); i++) {
        const struct val *x = val_item(terms, i), *values = val_get(x, "values");
        const char *op = val_str(val_get(x, "operator"), "");
        bool wants = strcmp(op, "In") == 0 || strcmp(op, "NotIn") == 0;
        if (wants != (val_count(values) > 0))
            problem_at(l, path, x, NULL,
                       wants ? "values are needed with operators In and NotIn"
                             : "values must be absent with operators Exists and DoesNotExist");
    }
}

static void check_match(struct guard_load *l, const char *path, const struct val *match)
{
    check_selector(l, path, val_get(match, "namespaceSelector"));
    check_selector(l, path, val_get(match, "objectSelector"));
}

static void check_policy(struct guard_load *l, const struct val *spec)
{
    const struct val *match = val_get(spec, "matchConstraints");
    check_match(l, ".spec.matchConstraints", match);
    if (!val_count(val_get(match, "resourceRules")))
        problem_at(l, ".spec.matchConstraints.resourceRules", match, NULL,
                   "at least one rule is needed");
    if (!val_count(val_get(spec, "validations")) && !val_count(val_get(spec, "auditAnnotations")))
        problem_at(l, ".spec.validations", spec, NULL,
                   "validations or auditAnnotations must have at least one item");
}

static void check_binding(struct guard_load *l, const struct val *spec)
{
    const struct val *actions = val_get(spec, "validationActions"),
                     *ref = val_get(spec, "paramRef");
    unsigned seen = 0;
    check_match(l, ".spec.matchResources", val_get(spec, "matchResources"));
    for (size_t i = 0; i < val_count(actions); i++) {
        const char *word = val_str(val_item(actions, i), "");
        unsigned bit = *word == 'D' ? 1 : *word == 'W' ? 2 : 4;
        if (seen & bit)
            problem_at(l, ".spec.validationActions", val_item(actions, i), NULL,
                       "an action is there twice");
        seen |= bit;
    }
    if ((seen & 3) == 3)
        problem_at(l, ".spec.validationActions", actions, "a denial is seen anyway",
                   "Deny and Warn must not be there both");
    if (!ref)
        return;
    const char *name = val_str(val_get(ref, "name"), "");
    const struct val *selector = val_get(ref, "selector");
    check_selector(l, ".spec.paramRef.selector", selector);
    if ((*name != '\0') == (selector != NULL))
        problem_at(l, ".spec.paramRef", ref, NULL, "one of name and selector must be given");
    if (!val_get(ref, "parameterNotFoundAction"))
        problem_at(l, ".spec.paramRef", ref, "Allow or Deny", "parameterNotFoundAction is missing");
}

int guard_validate_own(struct guard_load *l, const struct val *spec)
{
    const struct val *match = val_get(spec, "match");
    check_selector(l, ".spec.match.namespaces", val_get(match, "namespaces"));
    check_selector(l, ".spec.match.objects", val_get(match, "objects"));
    if (match && val_str_is(val_get(spec, "scope"), "environment"))
        problem_at(l, ".spec.match", match, "objects.filter(o, …) chooses among them",
                   "a guardrail over the environment sees all of its objects and has no match");
    if (!val_count(val_get(spec, "validations")))
        problem_at(l, ".spec.validations", spec, NULL, "at least one validation is needed");
    return guard_load_failed(l) ? ERR_INVALID : 0;
}

int guard_validate_shape(struct guard_load *l, const struct val *doc)
{
    static const struct {
        const char *kind, *schema;
        void (*check)(struct guard_load *l, const struct val *spec);
    } kinds[] = {
        {"ValidatingAdmissionPolicy", policy_schema, check_policy},
        {"ValidatingAdmissionPolicyBinding", binding_schema, check_binding},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (val_str_is(val_get(doc, "kind"), kinds[i].kind) && validated(l, kinds[i].schema, doc))
            kinds[i].check(l, val_get(doc, "spec"));
    return guard_load_failed(l) ? ERR_INVALID : 0;
}
