// SPDX-License-Identifier: Apache-2.0
/*
 * ValidatingAdmissionPolicies against requests: what a kube-apiserver answered. A case speaks of
 * the namespace as "NS" in its object; the one it is run in is given beside it.
 */
#include "tests/conformance/conformance.h"

#include "base/mem.h"
#include "catalog/guardrail.h"
#include "cel/cel.h"

#include <string.h>

/* The server's side where a case does not say: an administrator asked. */
static const struct val *default_user(struct conformance *c)
{
    struct val group = val_borrow_str("system:masters", 14), name = val_borrow_str("admin", 5);
    const struct val *groups = val_list_of(c->pool, &group, 1);
    const struct val *user = val_map_of(c->pool, NULL, 0);
    user = val_map_with(c->pool, user, "username", &name);
    return val_map_with(c->pool, user, "groups", groups);
}

/* As the server that was asked had it: nobody but masters was given a right. */
struct roles {
    struct cel_authorizer authorizer;
    bool master;
};

static void ask(const struct cel_authorizer *self, const struct cel_authz_query *q,
                struct cel_authz_answer *out)
{
    const struct roles *r = (const struct roles *)self;
    *out =
        (struct cel_authz_answer){.known = true, .allowed = r->master && !q->account, .reason = ""};
}

static bool is_master(const struct val *user)
{
    const struct val *groups = val_get(user, "groups");
    for (size_t i = 0; i < val_count(groups); i++)
        if (val_str_is(val_item(groups, i), "system:masters"))
            return true;
    return false;
}

/* The namespace as a server has it, besides what the case says of it. */
static const struct val *whole_namespace(struct conformance *c, const struct val *given)
{
    struct val finalizer = val_borrow_str("kubernetes", 10), phase = val_borrow_str("Active", 6);
    const struct val *none = val_map_of(c->pool, NULL, 0);
    const struct val *finalizers = val_list_of(c->pool, &finalizer, 1);
    const struct val *v = val_map_with(c->pool, none, "metadata", given);
    v = val_map_with(c->pool, v, "spec", val_map_with(c->pool, none, "finalizers", finalizers));
    return val_map_with(c->pool, v, "status", val_map_with(c->pool, none, "phase", &phase));
}

static const struct val *placed(struct conformance *c, const struct val *object,
                                const struct val *namespace)
{
    const struct val *metadata = val_get(object, "metadata"), *name = val_get(namespace, "name");
    if (!val_is(object, VAL_MAP) || !name || !val_str_is(val_get(metadata, "namespace"), "NS"))
        return object;
    return val_map_with(c->pool, object, "metadata",
                        val_map_with(c->pool, metadata, "namespace", name));
}

static int add(struct guardrails *set, const struct val *doc, struct catalog_problems *problems)
{
    static char name[] = "case";
    const struct catalog_file file = {.path = name};
    return guardrails_add(set, &file, doc, problems);
}

struct outcome {
    const char *decision, *message;
};

static struct outcome decide(struct conformance *c, const struct guardrails *set,
                             const struct guardrail_request *request,
                             struct guardrail_results *results)
{
    struct err e = ERR_INIT;
    struct outcome out = {"allow", NULL};
    if (guardrails_check(set, request, results, &e)) {
        out = (struct outcome){"error", arena_strdup(&c->pool->arena, e.text)};
        err_clear(&e);
        return out;
    }
    for (size_t i = 0; i < results->len; i++) {
        const struct guardrail_result *r = &results->items[i];
        if (r->unknown)
            return (struct outcome){"unknown", r->message};
        if (r->actions & GUARDRAIL_DENY)
            return (struct outcome){"deny", r->message};
        if (r->actions & GUARDRAIL_WARN && strcmp(out.decision, "allow") == 0)
            out = (struct outcome){"warn", r->message};
    }
    return out;
}

static bool agrees(const struct val *line, struct outcome got)
{
    const struct val *message = val_get(line, "message");
    return val_str_is(val_get(line, "expected"), got.decision) &&
           (!val_is(message, VAL_STRING) || (got.message && val_str_is(message, got.message)));
}

static void judge(struct conformance *c, const struct val *line, struct outcome got)
{
    const char *name = val_str(val_get(line, "name"), "");
    if (agrees(line, got)) {
        conformance_pass(c);
        return;
    }
    const char *message = val_str(val_get(line, "message"), "");
    conformance_fail(
        c, name,
        arena_printf(&c->pool->arena, "%s %s", val_str(val_get(line, "expected"), ""), message),
        arena_printf(&c->pool->arena, "%s %s", got.decision, got.message ? got.message : ""));
}

static int run_line(struct conformance *c, const struct val *line)
{
    const struct val *namespace = val_get(line, "namespace"), *params = val_get(line, "params");
    const struct val *user = val_get(line, "userInfo"), *object = val_get(line, "object");
    const struct val *old = val_get(line, "oldObject"), *one[1] = {params}, **list = one;
    struct guardrail_request request = {.params_are = GUARDRAIL_PARAMS_FOUND};
    if (!val_is(val_get(line, "policy"), VAL_MAP) || !val_get(line, "expected") ||
        !guardrail_operation_of(val_str(val_get(line, "operation"), ""), &request.operation))
        return conformance_malformed(c, "policy, operation or expected is missing");
    size_t n = val_is(params, VAL_MAP) ? 1 : val_count(params);
    if (val_is(params, VAL_LIST)) {
        list = arena_array(&c->pool->arena, n + 1, sizeof(*list));
        for (size_t i = 0; i < n; i++)
            list[i] = val_item(params, i);
    }
    request.params = list;
    request.n_params = n;
    request.object = val_is(object, VAL_MAP) ? placed(c, object, namespace) : NULL;
    request.old_object = val_is(old, VAL_MAP) ? placed(c, old, namespace) : NULL;
    request.user_info = val_is(user, VAL_MAP) ? user : default_user(c);
    const struct roles roles = {{ask}, is_master(request.user_info)};
    request.authorizer = &roles.authorizer;
    if (val_is(namespace, VAL_MAP)) {
        request.namespace = val_str(val_get(namespace, "name"), NULL);
        request.namespace_object = whole_namespace(c, namespace);
    }

    struct guardrails *set = guardrails_new();
    struct catalog_problems problems = {0};
    struct guardrail_results results;
    guardrail_results_init(&results);
    if (add(set, val_get(line, "policy"), &problems) ||
        add(set, val_get(line, "binding"), &problems) || guardrails_compile(set, &problems)) {
        judge(c, line,
              (struct outcome){"invalid", arena_strdup(&c->pool->arena, problems.items[0].text)});
    } else {
        judge(c, line, decide(c, set, &request, &results));
    }
    guardrail_results_clear(&results);
    catalog_problems_clear(&problems);
    guardrails_free(set);
    return 0;
}

const struct conformance_runner conformance_vap = {"vap", run_line};
