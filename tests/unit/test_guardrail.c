// SPDX-License-Identifier: Apache-2.0
/* Guardrails and admission policies: what applies, what is said, and what is wrong with a file. */
#include "tests/unit/unit.h"

#include "base/mem.h"
#include "catalog/document.h"
#include "catalog/guardrail.h"
#include "data/yaml.h"

struct world {
    struct catalog_kinds *kinds;
    struct guardrails *set;
    struct catalog_problems problems;
    struct guardrail_results results;
    struct val_pool pool;
    struct document_file *file;
};

static void world_open(struct world *w, const char *text)
{
    *w = (struct world){.kinds = catalog_kinds_new(), .set = guardrails_new()};
    guardrail_results_init(&w->results);
    val_pool_init(&w->pool);
    w->file = document_file_parse(w->kinds, "rules.yaml", text, strlen(text), NULL,
                                  DOCUMENT_FOREIGN, &w->problems);
    int bad = 0;
    for (size_t i = 0; w->file && i < w->file->len; i++)
        if (!w->file->items[i].broken &&
            guardrails_add(w->set, &w->file->file, w->file->items[i].value, &w->problems))
            bad++;
    if (!bad && !w->problems.len && guardrails_compile(w->set, &w->problems))
        bad++;
}

static void world_close(struct world *w)
{
    document_file_free(w->file);
    guardrail_results_clear(&w->results);
    catalog_problems_clear(&w->problems);
    guardrails_free(w->set);
    catalog_kinds_free(w->kinds);
    val_pool_clear(&w->pool);
}

static const struct val *yaml(struct world *w, const char *text)
{
    struct yaml_docs docs = {0};
    struct err e = ERR_INIT;
    if (!text)
        return NULL;
    assert_int_equal(yaml_read(&w->pool, text, strlen(text), "test", &docs, &e), 0);
    const struct val *v = docs.items[0].value;
    yaml_docs_clear(&docs);
    return v;
}

static void check(struct world *w, const struct guardrail_request *request)
{
    struct err e = ERR_INIT;
    guardrail_results_reset(&w->results);
    assert_int_equal(guardrails_check(w->set, request, &w->results, &e), 0);
}

static const char *first_text(const struct world *w)
{
    return w->results.len ? w->results.items[0].text : "allowed";
}

/* Every problem as "line:col: text", one a line. */
static void assert_problems(const char *text, const char *wanted)
{
    struct world w;
    struct buf b;
    world_open(&w, text);
    buf_init(&b, BUF_SMALL);
    for (size_t i = 0; i < w.problems.len; i++) {
        const struct err *e = &w.problems.items[i];
        buf_printf(&b, "%u:%u: %s%s%s%s\n", e->line, e->col, e->text, e->hint ? " (" : "",
                   e->hint ? e->hint : "", e->hint ? ")" : "");
    }
    assert_string_equal(buf_str(&b), wanted);
    buf_clear(&b);
    world_close(&w);
}

#define DEPLOYMENT                                                                                 \
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, namespace: shop, labels: "      \
    "{app: web}}, spec: {replicas: 3, template: {spec: {containers: [{name: a, image: "            \
    "'nginx:latest'}]}}}}"
#define POLICY_HEAD                                                                                \
    "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\n"               \
    "metadata: {name: p}\nspec:\n"
#define BINDING                                                                                    \
    "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\n"   \
    "metadata: {name: b}\nspec: {policyName: p, validationActions: [Deny]}\n"
#define DEPLOYMENTS                                                                                \
    "  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: "     \
    "[CREATE, UPDATE], resources: [deployments]}]}\n"

static void test_policy_denies(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, POLICY_HEAD DEPLOYMENTS
               "  variables: [{name: images, expression: 'object.spec.template.spec.containers"
               ".map(c, c.image)'}]\n"
               "  validations: [{expression: \"variables.images.all(i, "
               "!i.endsWith(':latest'))\"}]\n" BINDING);
    assert_int_equal(w.problems.len, 0);
    struct guardrail_request r = {.object = yaml(&w, DEPLOYMENT)};
    check(&w, &r);
    assert_int_equal(w.results.len, 1);
    assert_string_equal(first_text(&w),
                        "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed "
                        "expression: variables.images.all(i, !i.endsWith(':latest'))");
    assert_string_equal(w.results.items[0].reason, "Invalid");
    r.operation = GUARDRAIL_DELETE;
    check(&w, &r);
    assert_string_equal(first_text(&w), "allowed"); /* the rule is not about deleting */
    world_close(&w);
}

static void test_actions(void **state)
{
    (void)state;
    struct world w;
    bool unknown;
    world_open(&w, POLICY_HEAD DEPLOYMENTS
               "  validations: [{expression: 'false', message: nope}]\n"
               "---\napiVersion: admissionregistration.k8s.io/v1\n"
               "kind: ValidatingAdmissionPolicyBinding\nmetadata: {name: b}\n"
               "spec: {policyName: p, validationActions: [Warn, Audit]}\n");
    struct guardrail_request r = {.object = yaml(&w, DEPLOYMENT)};
    check(&w, &r);
    assert_string_equal(
        first_text(&w),
        "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': nope");
    assert_int_equal(guardrail_results_actions(&w.results, &unknown),
                     GUARDRAIL_WARN | GUARDRAIL_AUDIT);
    assert_false(unknown);
    world_close(&w);
}

static void test_variables_are_lazy(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, POLICY_HEAD DEPLOYMENTS "  variables:\n"
                                           "  - {name: never, expression: 'object.nothing.here'}\n"
                                           "  - {name: sum, expression: 'variables.never + 1'}\n"
                                           "  validations:\n"
                                           "  - {expression: 'true || variables.sum == 1'}\n"
                                           "  - {expression: 'has(variables.never)'}\n"
                                           "  - {expression: 'variables.sum == 1'}\n" BINDING);
    assert_int_equal(w.problems.len, 0);
    struct guardrail_request r = {.object = yaml(&w, DEPLOYMENT)};
    check(&w, &r);
    assert_int_equal(w.results.len, 2);
    assert_string_equal(w.results.items[0].message,
                        "expression 'has(variables.never)' resulted in error: composited variable "
                        "\"never\" fails to evaluate: no such key: nothing");
    assert_string_equal(w.results.items[1].message,
                        "expression 'variables.sum == 1' resulted in error: composited variable "
                        "\"sum\" fails to evaluate: composited variable \"never\" fails to "
                        "evaluate: no such key: nothing");
    assert_true(w.results.items[1].failed);
    world_close(&w);
}

static void test_what_is_not_known(void **state)
{
    (void)state;
    static const struct {
        const char *expression, *text;
    } cases[] = {
        {"namespaceObject.metadata.labels.env == 'x'",
         "ValidatingAdmissionPolicy 'p' could not be decided: it depends on "
         "namespaceObject.metadata.labels.env, which "
         "is not known here"},
        {"request.userInfo.username == 'x'",
         "ValidatingAdmissionPolicy 'p' could not be decided: it depends on request.userInfo, "
         "which is not known here"},
        {"authorizer.group('').resource('pods').check('get').allowed()",
         "ValidatingAdmissionPolicy 'p' could not be decided: it depends on authorizer, which is "
         "not known here"},
        {"true || request.userInfo.username == 'x'", "allowed"},
        {"request.namespace == 'shop' && request.resource.resource == 'deployments'", "allowed"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        char *text = mem_printf("%s%s  validations: [{expression: \"%s\"}]\n%s", POLICY_HEAD,
                                DEPLOYMENTS, cases[i].expression, BINDING);
        world_open(&w, text);
        assert_int_equal(w.problems.len, 0);
        struct guardrail_request r = {.object = yaml(&w, DEPLOYMENT)};
        check(&w, &r);
        assert_string_equal(first_text(&w), cases[i].text);
        if (i < 3) {
            r.namespace_object = yaml(&w, "{metadata: {name: shop, labels: {env: x}}}");
            r.user_info = yaml(&w, "{username: x, groups: ['system:masters']}");
            check(&w, &r);
            assert_string_equal(first_text(&w), "allowed");
        }
        mem_free(text);
        world_close(&w);
    }
}

static void test_matching(void **state)
{
    (void)state;
    static const struct {
        const char *constraints;
        bool applies;
    } cases[] = {
        {"resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: "
         "['*']}]",
         true},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1beta1], operations: ['*'], "
         "resources: [deployments]}]",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [UPDATE], resources: "
         "[deployments]}]",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['deployments/*']}]",
         true},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['deployments/scale']}]",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "[deployments], resourceNames: [api]}]",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "[deployments], resourceNames: [web]}]",
         true},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['*'], scope: Cluster}]",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['*']}], excludeResourceRules: [{apiGroups: [apps], apiVersions: ['*'], operations: "
         "['*'], resources: [deployments]}]",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['*']}], objectSelector: {matchLabels: {app: api}}",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['*']}], objectSelector: {matchExpressions: [{key: app, operator: In, values: [api, "
         "web]}]}",
         true},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['*']}], namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}",
         false},
        {"resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: "
         "['*']}], namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}",
         true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct world w;
        char *text = mem_printf(
            "%s  matchConstraints: {%s}\n  validations: [{expression: 'false', message: nope}]\n%s",
            POLICY_HEAD, cases[i].constraints, BINDING);
        world_open(&w, text);
        assert_int_equal(w.problems.len, 0);
        struct guardrail_request r = {.object = yaml(&w, DEPLOYMENT)};
        check(&w, &r);
        if ((w.results.len == 1) != cases[i].applies)
            fail_msg("%s: %s", cases[i].constraints, first_text(&w));
        mem_free(text);
        world_close(&w);
    }
}

static void test_params(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, POLICY_HEAD DEPLOYMENTS
               "  paramKind: {apiVersion: v1, kind: ConfigMap}\n"
               "  validations: [{expression: 'object.spec.replicas <= int(params.data.max)', "
               "messageExpression: \"'at most ' + params.data.max\"}]\n"
               "---\napiVersion: admissionregistration.k8s.io/v1\n"
               "kind: ValidatingAdmissionPolicyBinding\nmetadata: {name: b}\n"
               "spec:\n  policyName: p\n  validationActions: [Deny]\n"
               "  paramRef: {selector: {matchLabels: {use: limits}}, parameterNotFoundAction: "
               "Deny}\n");
    assert_int_equal(w.problems.len, 0);
    const struct val *params[] = {
        yaml(&w, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop, labels: "
                 "{use: limits}}, data: {max: '2'}}"),
        yaml(&w, "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: other, labels: "
                 "{use: limits}}, data: {max: '1'}}"),
    };
    struct guardrail_request r = {.object = yaml(&w, DEPLOYMENT),
                                  .params_are = GUARDRAIL_PARAMS_ALL,
                                  .params = params,
                                  .n_params = 2};
    check(&w, &r);
    assert_int_equal(w.results.len, 1);
    assert_string_equal(w.results.items[0].message, "at most 2");
    r.n_params = 0;
    check(&w, &r);
    assert_string_equal(w.results.items[0].message,
                        "failed to configure binding: no params found for policy binding with "
                        "`Deny` parameterNotFoundAction");
    r.params_are = GUARDRAIL_PARAMS_UNKNOWN;
    check(&w, &r);
    assert_true(w.results.items[0].unknown);
    world_close(&w);
}

#define OURS                                                                                       \
    "apiVersion: leeway.dev/v1alpha1\nkind: Guardrail\nmetadata: {name: no-latest}\nspec:\n"

static void test_own_kind(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, OURS
               "  action: Deny\n  clusters: {tier: prod}\n"
               "  match: {resources: [{groups: [apps], kinds: [Deployment, StatefulSet]}]}\n"
               "  params: {suffix: ':latest'}\n"
               "  matchConditions: [{name: not-system, expression: \"object.metadata.namespace != "
               "'kube-system'\"}]\n"
               "  variables: [{name: images, expression: "
               "'object.spec.template.spec.containers.map(c, c.image)'}]\n"
               "  validations:\n"
               "  - expression: variables.images.all(i, !i.endsWith(params.suffix)) || env.team == "
               "'x'\n"
               "    messageExpression: cluster.name + ' has moving tags'\n");
    assert_int_equal(w.problems.len, 0);
    struct guardrail_request r = {
        .object = yaml(&w, DEPLOYMENT),
        .cluster = yaml(&w, "{name: eu-1, labels: {tier: prod}}"),
        .env = yaml(&w, "{name: a, team: b}"),
    };
    check(&w, &r);
    assert_string_equal(first_text(&w), "guardrail 'no-latest' denies: eu-1 has moving tags");
    assert_int_equal(w.results.items[0].line, 12);
    assert_int_equal(w.results.items[0].col, 17);
    r.cluster = yaml(&w, "{name: eu-2, labels: {tier: dev}}");
    check(&w, &r);
    assert_string_equal(first_text(&w), "allowed");
    world_close(&w);
}

static void test_whole_environment(void **state)
{
    (void)state;
    struct world w;
    struct err e = ERR_INIT;
    world_open(&w, OURS
               "  scope: environment\n"
               "  validations: [{expression: \"objects.filter(o, o.kind == 'Deployment').all(d, "
               "objects.exists(p, p.kind == 'PodDisruptionBudget'))\", message: a budget is "
               "missing}]\n");
    assert_int_equal(w.problems.len, 0);
    assert_int_equal(guardrails_check_environment(w.set, yaml(&w, "[" DEPLOYMENT "]"), NULL, NULL,
                                                  &w.results, &e),
                     0);
    assert_string_equal(first_text(&w), "guardrail 'no-latest' denies: a budget is missing");
    guardrail_results_reset(&w.results);
    assert_int_equal(guardrails_check_environment(
                         w.set, yaml(&w, "[" DEPLOYMENT ", {kind: PodDisruptionBudget}]"), NULL,
                         NULL, &w.results, &e),
                     0);
    assert_string_equal(first_text(&w), "allowed");
    world_close(&w);
}

static void test_problems_have_places(void **state)
{
    (void)state;
    assert_problems(
        POLICY_HEAD DEPLOYMENTS
        "  validations:\n  - expression: |-\n      true &&\n        objec.spec == 1\n" BINDING,
        "9:9: .spec.validations[0].expression: undeclared reference to 'objec' (did you "
        "mean 'object'?)\n");
    assert_problems(POLICY_HEAD DEPLOYMENTS
                    "  validations:\n  - {expression: object.spec.flag}\n" BINDING,
                    "7:18: .spec.validations[0].expression: must evaluate to bool but gives dyn "
                    "(compare it: … == true)\n");
    assert_problems(
        POLICY_HEAD DEPLOYMENTS
        "  variables: [{name: a, expression: '1'}]\n"
        "  validations:\n  - {expression: \"variables.b == 1 && request.nam == ''\"}\n" BINDING,
        "8:19: .spec.validations[0].expression: there is no such variable here "
        "(declared above are a)\n");
    assert_problems(POLICY_HEAD DEPLOYMENTS
                    "  validations:\n  - {expression: \"request.nam == ''\"}\n" BINDING,
                    "7:26: .spec.validations[0].expression: undefined field 'nam' (did you mean "
                    "'name'?)\n");
    assert_problems(POLICY_HEAD DEPLOYMENTS "  validations: [{expression: 'true'}]\n",
                    "1:1: policy 'p' has no binding and decides nothing (a "
                    "ValidatingAdmissionPolicyBinding puts it to use)\n");
    assert_problems(
        POLICY_HEAD
        "  matchConstraint: {}\n  validations: [{expression: 'true', mesage: x}]\n" BINDING,
        "5:3: .spec.matchConstraints: is required\n"
        "5:3: .spec.matchConstraint: is not known here (did you mean matchConstraints?)\n"
        "6:38: .spec.validations[0].mesage: is not known here (did you mean message?)\n");
}

RUN("guardrail", cmocka_unit_test(test_policy_denies), cmocka_unit_test(test_actions),
    cmocka_unit_test(test_variables_are_lazy), cmocka_unit_test(test_what_is_not_known),
    cmocka_unit_test(test_matching), cmocka_unit_test(test_params), cmocka_unit_test(test_own_kind),
    cmocka_unit_test(test_whole_environment), cmocka_unit_test(test_problems_have_places))
