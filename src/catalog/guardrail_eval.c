// SPDX-License-Identifier: Apache-2.0
/*
 * One object against the set: which policies and bindings concern it, with which parameters, and
 * what their expressions say. Messages are worded as the API server words them.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/{dispatcher,validator}.go,
 * policy/generic/policy_dispatcher.go, webhook/matchconditions/matcher.go.
 */
#include "catalog/guardrail_int.h"

#include <ctype.h>
#include <string.h>

#define CHECK_MEMORY (64u << 20)
#define VARIABLE_DEPTH 100u
#define OUT_OF_BUDGET                                                                              \
    "validation failed due to running out of cost budget, no further validation rules will be run"

/* ---- results ---- */

void guardrail_results_init(struct guardrail_results *r)
{
    *r = (struct guardrail_results){0};
    arena_init(&r->arena);
}

void guardrail_results_clear(struct guardrail_results *r)
{
    arena_clear(&r->arena);
    mem_free(r->items);
    *r = (struct guardrail_results){0};
}

void guardrail_results_reset(struct guardrail_results *r)
{
    arena_reset(&r->arena);
    r->len = r->policies = 0;
}

unsigned guardrail_results_actions(const struct guardrail_results *r, bool *unknown)
{
    unsigned all = 0;
    *unknown = false;
    for (size_t i = 0; i < r->len; i++) {
        if (!r->items[i].unknown)
            all |= r->items[i].actions;
        else if (r->items[i].actions & GUARDRAIL_DENY)
            *unknown = true;
    }
    return all;
}

/* ---- one policy with one binding and one parameter ---- */

struct run {
    const struct guard_policy *policy;
    const struct guard_binding *binding; /* NULL: the policy itself is at fault */
    const struct guard_attributes *attributes;
    const struct guard_twin *twin;
    struct guardrail_results *out;
    struct arena *arena; /* of the check */
    struct cel_activation act;
    struct lazy_variable *variables;
    unsigned depth;
    uint64_t spent; /* by variables, since the last expression */
    uint64_t budget;
    bool over; /* the budget is used up */
};

struct lazy_variable {
    struct cel_lazy lazy; /* first: the evaluator hands it back */
    struct run *run;
    const struct guard_variable *variable;
};

static const char *copy(struct guardrail_results *out, const char *s)
{
    const char *kept = s ? arena_strdup(&out->arena, s) : NULL;
    return s && !kept ? "" : kept;
}

static const char *trimmed(struct arena *a, const char *s, size_t len)
{
    while (len && isspace((unsigned char)*s))
        s++, len--;
    while (len && isspace((unsigned char)s[len - 1]))
        len--;
    const char *t = arena_strndup(a, s, len);
    return t ? t : "";
}

static const char *whole_text(struct run *r, const struct guardrail_result *x)
{
    const char *p = r->policy->name, *b = x->binding;
    struct arena *a = &r->out->arena;
    const char *s;
    if (x->unknown)
        s = arena_printf(a, "%s '%s' could not be decided: %s",
                         x->ours ? "guardrail" : "ValidatingAdmissionPolicy", p, x->message);
    else if (x->ours)
        s = arena_printf(a, "guardrail '%s' %s: %s", p,
                         x->actions & GUARDRAIL_DENY   ? "denies"
                         : x->actions & GUARDRAIL_WARN ? "warns"
                                                       : "notes",
                         x->message);
    else if (x->actions & GUARDRAIL_WARN)
        s = arena_printf(
            a, "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s", p, b,
            x->message);
    else if (b)
        s = arena_printf(a, "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s",
                         p, b, x->message);
    else
        s = arena_printf(a, "ValidatingAdmissionPolicy '%s' denied request: %s", p, x->message);
    return s ? s : "";
}

/* x: the expression that decided, or NULL. */
static void report(struct run *r, struct guardrail_result what, const struct guard_expression *x)
{
    struct guardrail_results *out = r->out;
    what.policy = r->policy->name;
    what.binding = r->binding ? r->binding->name : NULL;
    what.ours = r->policy->ours;
    what.source = r->policy->source;
    what.line = x ? x->line : r->policy->line;
    what.col = x ? x->col : r->policy->col;
    what.expression = x ? trimmed(&out->arena, x->text, x->len) : NULL;
    what.message = copy(out, what.message);
    what.reason = what.reason ? what.reason : "Invalid";
    what.text = whole_text(r, &what);
    if (out->len == out->cap) {
        out->cap = out->cap ? out->cap * 2 : 8;
        out->items = mem_reallocarray(out->items, out->cap, sizeof(*out->items));
    }
    out->items[out->len++] = what;
}

static unsigned actions_of(const struct run *r)
{
    return r->binding ? r->binding->actions : GUARDRAIL_DENY;
}

/* What failed, not what is false: failurePolicy says what it means. */
static void report_failure(struct run *r, const char *message, const struct guard_expression *x)
{
    if (!r->policy->ignore)
        report(
            r,
            (struct guardrail_result){.actions = actions_of(r), .failed = true, .message = message},
            x);
}

/* Configuration errors deny whatever the binding's actions are. */
static void report_config(struct run *r, const char *message)
{
    if (!r->policy->ignore)
        report(r,
               (struct guardrail_result){
                   .actions = GUARDRAIL_DENY, .failed = true, .message = message},
               NULL);
}

static void report_unknown(struct run *r, const struct guard_expression *x, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void report_unknown(struct run *r, const struct guard_expression *x, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *s = arena_vprintf(r->arena, fmt, ap);
    va_end(ap);
    report(r,
           (struct guardrail_result){
               .actions = actions_of(r), .unknown = true, .message = s ? s : "not known"},
           x);
}

/* ---- expressions ---- */

static const char *error_text(const struct err *e)
{
    if (e->code == ERR_LIMIT && e->text && strstr(e->text, "costs more"))
        return "operation cancelled: actual cost limit exceeded";
    return e->text ? e->text : "failed";
}

static struct cel_value make_variable(struct cel_lazy *lazy)
{
    struct lazy_variable *v = (struct lazy_variable *)lazy;
    struct run *r = v->run;
    struct cel_limits limits = {.cost = GUARD_EXPRESSION_COST, .spent = &r->spent};
    struct cel_value out;
    struct err e = ERR_INIT;
    if (r->depth >= VARIABLE_DEPTH)
        return cel_error_of(r->arena, "variables refer to each other too deeply");
    r->depth++;
    if (cel_eval(v->variable->expression.program, &r->act, r->arena, &limits, &out, &e))
        out = cel_error_of(r->arena, "composited variable \"%s\" fails to evaluate: %s",
                           v->variable->name, error_text(&e));
    r->depth--;
    err_clear(&e);
    return out;
}

enum outcome { OUT_VALUE, OUT_ERROR, OUT_UNKNOWN, OUT_BUDGET };

/* OUT_ERROR: *text says what the API server would; OUT_UNKNOWN: *text is what is not known. */
static enum outcome evaluate(struct run *r, const struct guard_expression *x,
                             struct cel_value *value, const char **text)
{
    uint64_t spent = 0;
    struct cel_limits limits = {.cost = GUARD_EXPRESSION_COST, .spent = &spent};
    struct err e = ERR_INIT;
    enum outcome outcome = OUT_VALUE;
    r->spent = 0;
    int rc = cel_eval(x->program, &r->act, r->arena, &limits, value, &e);
    spent += r->spent;
    if (spent > r->budget) {
        r->over = true;
        outcome = OUT_BUDGET;
        *text = OUT_OF_BUDGET;
    } else if (rc) {
        outcome = OUT_ERROR;
        *text = arena_printf(r->arena, "expression '%.*s' resulted in error: %s", (int)x->len,
                             x->text, error_text(&e));
    } else if (value->kind == CEL_UNKNOWN) {
        outcome = OUT_UNKNOWN;
        *text = value->as.ref ? value->as.ref->path : "something";
    }
    r->budget -= r->over ? 0 : spent;
    if (!*text)
        *text = "out of memory";
    err_clear(&e);
    return outcome;
}

/* ---- the parts of a policy ---- */

/* GUARD_YES: go on. Otherwise what there is to say was said. */
static enum guard_tri conditions_hold(struct run *r)
{
    const struct guard_policy *p = r->policy;
    const char *unknown = NULL;
    const struct guard_expression *at = NULL, *unknown_at = NULL;
    const char *failures[GUARD_MAX_EXPRESSIONS];
    size_t n = 0;
    r->budget = GUARD_CONDITIONS_COST;
    for (size_t i = 0; i < p->n_conditions; i++) {
        struct cel_value v;
        const char *text = "";
        enum outcome o = evaluate(r, &p->conditions[i].expression, &v, &text);
        if (o == OUT_VALUE && v.kind == CEL_BOOL && !v.as.b)
            return GUARD_NO;
        if (o == OUT_BUDGET) {
            report_failure(r, text, &p->conditions[i].expression);
            return GUARD_NO;
        }
        if (o == OUT_UNKNOWN) {
            unknown = text;
            unknown_at = &p->conditions[i].expression;
        } else if (o == OUT_ERROR && n < ARRAY_LEN(failures)) {
            bool seen = false;
            for (size_t k = 0; k < n; k++)
                seen = seen || strcmp(failures[k], text) == 0;
            if (!seen)
                failures[n++] = text;
            at = at ? at : &p->conditions[i].expression;
        }
    }
    if (unknown) {
        report_unknown(r, unknown_at, "a match condition reads %s, which is not known here",
                       unknown);
        return GUARD_MAYBE;
    }
    if (!n)
        return GUARD_YES;
    struct buf all;
    buf_init(&all, BUF_LARGE);
    for (size_t i = 0; i < n; i++)
        buf_printf(&all, "%s%s", i ? ", " : n > 1 ? "[" : "", failures[i]);
    if (n > 1)
        buf_putc(&all, ']');
    report_failure(r, buf_str(&all), at);
    buf_clear(&all);
    return GUARD_NO;
}

/* The message of a validation that is false: its messageExpression's if that gives one line, else
 * its message, else the expression. */
static const char *message_of(struct run *r, const struct guard_validation *v)
{
    struct cel_value value;
    const char *text = "";
    if (v->message_expression.program &&
        evaluate(r, &v->message_expression, &value, &text) == OUT_VALUE &&
        value.kind == CEL_STRING) {
        const char *s = trimmed(r->arena, value.as.s, value.len);
        if (*s && strlen(s) <= GUARD_MESSAGE_MAX && !strchr(s, '\n'))
            return s;
    }
    const char *fixed = trimmed(r->arena, v->message, strlen(v->message));
    if (*fixed)
        return fixed;
    const char *s = arena_printf(r->arena, "failed expression: %s",
                                 trimmed(r->arena, v->expression.text, v->expression.len));
    return s ? s : "failed expression";
}

static void check_validations(struct run *r)
{
    const struct guard_policy *p = r->policy;
    struct verdict {
        enum outcome outcome;
        bool holds;
        const char *text;
    } *verdicts = arena_zalloc(r->arena, (p->n_validations + 1) * sizeof(*verdicts));
    if (!verdicts)
        return;
    r->budget = GUARD_POLICY_COST;
    for (size_t i = 0; i < p->n_validations; i++) {
        struct cel_value v;
        verdicts[i].text = "";
        verdicts[i].outcome = evaluate(r, &p->validations[i].expression, &v, &verdicts[i].text);
        verdicts[i].holds = verdicts[i].outcome == OUT_VALUE && v.kind == CEL_BOOL && v.as.b;
        if (verdicts[i].outcome == OUT_BUDGET) {
            report_failure(r, verdicts[i].text, &p->validations[i].expression);
            return;
        }
    }
    for (size_t i = 0; i < p->n_validations; i++) {
        const struct guard_validation *v = &p->validations[i];
        if (verdicts[i].outcome == OUT_ERROR)
            report_failure(r, verdicts[i].text, &v->expression);
        else if (verdicts[i].outcome == OUT_UNKNOWN)
            report_unknown(r, &v->expression, "it depends on %s, which is not known here",
                           verdicts[i].text);
        else if (!verdicts[i].holds)
            report(r,
                   (struct guardrail_result){
                       .actions = actions_of(r), .message = message_of(r, v), .reason = v->reason},
                   &v->expression);
    }
}

/* Annotations go to the server's audit log; here only their failures matter: they deny. */
static void check_annotations(struct run *r)
{
    r->budget = GUARD_POLICY_COST;
    for (size_t i = 0; i < r->policy->n_annotations; i++) {
        const struct guard_expression *x = &r->policy->annotations[i].expression;
        struct cel_value v;
        const char *text = "";
        enum outcome o = evaluate(r, x, &v, &text);
        if (o == OUT_ERROR)
            report_config(r, text);
        else if (o == OUT_BUDGET) {
            report_failure(r, text, x);
            return;
        }
    }
}

/* ---- what the expressions see ---- */

static struct val string_of(const char *s)
{
    return val_borrow_str(s, strlen(s));
}

static int add_string(struct val_builder *b, const char *key, const char *s)
{
    int rc = val_builder_key(b, key, strlen(key));
    return rc ? rc : val_builder_add(b, string_of(s));
}

static int add_triple(struct val_builder *b, const char *key, const char *group,
                      const char *version, const char *last_key, const char *last)
{
    int rc = val_builder_key(b, key, strlen(key));
    rc = rc ? rc : val_builder_map(b);
    rc = rc ? rc : add_string(b, "group", group);
    rc = rc ? rc : add_string(b, "version", version);
    rc = rc ? rc : add_string(b, last_key, last);
    return rc ? rc : val_builder_end(b);
}

static int add_if(struct val_builder *b, const char *key, const char *s)
{
    return *s ? add_string(b, key, s) : 0;
}

/* request as a map, the user apart. matched: the resource that the rule matched. */
static const struct val *request_map(const struct guard_attributes *a,
                                     const struct guard_twin *matched)
{
    static const char *const words[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};
    static const char *const options[] = {"CreateOptions", "UpdateOptions", "DeleteOptions", NULL};
    struct val_builder *b = val_builder_new(a->pool, 16);
    const char *operation = words[a->request->operation];
    const char *option = options[a->request->operation];
    int rc = val_builder_map(b);
    rc = rc ? rc : add_triple(b, "kind", a->group, a->version, "kind", a->kind);
    rc = rc ? rc
            : add_triple(b, "resource", matched ? matched->group : a->group,
                         matched ? matched->version : a->version, "resource", a->resource);
    rc = rc ? rc : add_if(b, "subResource", a->subresource);
    rc = rc ? rc : add_triple(b, "requestKind", a->group, a->version, "kind", a->kind);
    rc = rc ? rc : add_triple(b, "requestResource", a->group, a->version, "resource", a->resource);
    rc = rc ? rc : add_if(b, "requestSubResource", a->subresource);
    rc = rc ? rc : add_if(b, "name", a->name);
    rc = rc ? rc : add_if(b, "namespace", a->namespace);
    rc = rc ? rc : add_string(b, "operation", operation);
    rc = rc ? rc : val_builder_key(b, "dryRun", 6);
    rc = rc ? rc : val_builder_add(b, val_of_bool(!a->request->real_run));
    if (!rc && option) {
        rc = val_builder_key(b, "options", 7);
        rc = rc ? rc : val_builder_map(b);
        rc = rc ? rc : add_string(b, "kind", option);
        rc = rc ? rc : add_string(b, "apiVersion", "meta.k8s.io/v1");
        rc = rc ? rc : val_builder_end(b);
    }
    rc = rc ? rc : val_builder_end(b);
    const struct val *v = rc ? NULL : val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static const struct cel_ref user_ref = {
    .variable = -1, .name = "request", .path = "request.userInfo"};
static const struct cel_ref namespace_ref = {
    .variable = -1, .name = "namespaceObject", .path = "namespaceObject"};
static const struct cel_ref cluster_ref = {.variable = -1, .name = "cluster", .path = "cluster"};
static const struct cel_ref env_ref = {.variable = -1, .name = "env", .path = "env"};

static struct cel_value request_value(struct run *r)
{
    const struct guard_attributes *a = r->attributes;
    const struct val *map = request_map(a, r->twin);
    size_t n = val_count(map);
    struct cel_value *keys = arena_array(r->arena, n + 1, sizeof(*keys)), out;
    struct cel_value *values = arena_array(r->arena, n + 1, sizeof(*values));
    if (!map || !keys || !values)
        return cel_error_of(r->arena, "out of memory");
    for (size_t i = 0; i < n; i++) {
        const struct val_entry *e = &map->as.entries[i];
        keys[i] = cel_string(e->key->s, e->key->len);
        values[i] = cel_from_val(&e->value);
    }
    keys[n] = cel_string("userInfo", 8);
    values[n] =
        a->request->user_info ? cel_from_val(a->request->user_info) : cel_unknown_of(&user_ref);
    if (cel_map(r->arena, keys, values, n + 1, &out))
        return cel_error_of(r->arena, "out of memory");
    return out;
}

/* The namespace as expressions may see it: parts of its metadata, spec and status. */
static const struct val *namespace_map(struct run *r)
{
    static const char *const shown[] = {
        "name",       "generateName",    "namespace",         "uid",
        "generation", "resourceVersion", "creationTimestamp", "deletionTimestamp",
        "labels",     "annotations",     "finalizers",        "deletionGracePeriodSeconds"};
    const struct guard_attributes *a = r->attributes;
    const struct val *ns = a->request->namespace_object, *metadata = val_get(ns, "metadata");
    const struct val *out = val_map_of(a->pool, NULL, 0), *kept = out;
    for (size_t i = 0; out && i < ARRAY_LEN(shown); i++) {
        const struct val *v =
            strcmp(shown[i], "labels") == 0 ? a->namespace_labels : val_get(metadata, shown[i]);
        if (v && kept)
            kept = val_map_with(a->pool, kept, shown[i], v);
    }
    struct val name = string_of(a->namespace);
    if (kept && !val_get(kept, "name"))
        kept = val_map_with(a->pool, kept, "name", &name);
    if (out && kept)
        out = val_map_with(a->pool, out, "metadata", kept);
    static const char *const parts[] = {"spec", "status"};
    for (size_t i = 0; out && i < ARRAY_LEN(parts); i++) {
        const struct val *v = val_get(ns, parts[i]);
        v = v ? v : val_map_of(a->pool, NULL, 0);
        out = v ? val_map_with(a->pool, out, parts[i], v) : NULL;
    }
    return out;
}

static struct cel_value namespace_value(struct run *r)
{
    const struct guard_attributes *a = r->attributes;
    bool is_namespace = !*a->group && strcmp(a->kind, "Namespace") == 0;
    if (!*a->namespace || is_namespace)
        return cel_null();
    if (!val_is(a->request->namespace_object, VAL_MAP))
        return cel_unknown_of(&namespace_ref);
    return cel_from_val(namespace_map(r));
}

/* Members of system:masters may do everything, whatever the roles say; of others only the server
 * knows. */
struct known_user {
    struct cel_authorizer authorizer;
    bool all_powerful;
};

static void ask(const struct cel_authorizer *self, const struct cel_authz_query *q,
                struct cel_authz_answer *out)
{
    const struct known_user *user = (const struct known_user *)self;
    *out = (struct cel_authz_answer){
        .known = user->all_powerful && !q->account, .allowed = true, .reason = ""};
}

static bool is_master(const struct val *user)
{
    const struct val *groups = val_get(user, "groups");
    for (size_t i = 0; i < val_count(groups); i++)
        if (val_str_is(val_item(groups, i), "system:masters"))
            return true;
    return false;
}

static void bind(struct run *r, enum guard_slot slot, struct cel_value v)
{
    if (r->policy->slots[slot] >= 0)
        cel_bind(&r->act, r->policy->slots[slot], v);
}

static void bind_authorizer(struct run *r)
{
    const struct guard_attributes *a = r->attributes;
    struct known_user *user = arena_alloc(r->arena, sizeof(*user));
    if (!user)
        return;
    *user = (struct known_user){{ask}, is_master(a->request->user_info)};
    const struct cel_authorizer *authorizer =
        a->request->authorizer ? a->request->authorizer : &user->authorizer;
    const struct cel_authz_query resource = {
        .group = a->group,
        .resource = a->resource,
        .subresource = a->subresource,
        .namespace = a->namespace,
        .name = a->name,
    };
    bind(r, GUARD_AUTHORIZER, cel_authorizer_value(r->arena, authorizer));
    bind(r, GUARD_AUTHORIZER_RESOURCE, cel_resource_check_value(r->arena, authorizer, &resource));
}

static void bind_variables(struct run *r)
{
    const struct guard_policy *p = r->policy;
    r->variables = arena_zalloc(r->arena, (p->n_variables + 1) * sizeof(*r->variables));
    for (size_t i = 0; r->variables && i < p->n_variables; i++) {
        r->variables[i] = (struct lazy_variable){
            .lazy = {.make = make_variable}, .run = r, .variable = &p->variables[i]};
        cel_bind_lazy(&r->act, p->variables[i].slot, &r->variables[i].lazy);
    }
}

static void bind_ours(struct run *r, const struct val *cluster, const struct val *env)
{
    bind(r, GUARD_CLUSTER, cluster ? cel_from_val(cluster) : cel_unknown_of(&cluster_ref));
    bind(r, GUARD_ENV, env ? cel_from_val(env) : cel_unknown_of(&env_ref));
}

static void run_policy(struct run *r, const struct val *params)
{
    const struct guard_attributes *a = r->attributes;
    cel_activation_init(&r->act, r->policy->env);
    bind(r, GUARD_OBJECT, cel_from_val(a->object));
    bind(r, GUARD_OLD_OBJECT, cel_from_val(a->old_object));
    bind(r, GUARD_REQUEST, request_value(r));
    bind(r, GUARD_NAMESPACE, cel_null()); /* match conditions do not see it */
    bind(r, GUARD_PARAMS, params ? cel_from_val(params) : cel_null());
    bind_authorizer(r);
    bind_ours(r, a->request->cluster, a->request->env);
    if (conditions_hold(r) == GUARD_YES) {
        bind(r, GUARD_NAMESPACE, namespace_value(r));
        bind_variables(r);
        check_validations(r);
        check_annotations(r);
    }
    cel_activation_clear(&r->act);
}

/* ---- parameters ---- */

static bool same_kind(const struct guard_policy *p, const struct val *param)
{
    return val_str_is(val_get(param, "kind"), p->param_kind) &&
           val_str_is(val_get(param, "apiVersion"), p->param_version);
}

/* Is this the parameter, or one of those, that the binding refers to? */
static bool refers_to(const struct val *ref, const char *namespace, const struct val *param)
{
    const char *name = val_str(val_get(ref, "name"), "");
    const char *own = val_str(val_at(param, "metadata", "namespace", NULL), NULL);
    if (own && namespace && strcmp(own, namespace) != 0)
        return false;
    if (*name)
        return val_str_is(val_at(param, "metadata", "name", NULL), name);
    struct guard_selector s;
    guard_selector_read(val_get(ref, "selector"), &s);
    return guard_selector_match(&s, val_at(param, "metadata", "labels", NULL), NULL) == GUARD_YES;
}

/* The namespace to look in; NULL: the kind is not namespaced. false: said what is wrong. */
static bool param_namespace(struct run *r, const char **namespace)
{
    const struct val *ref = r->binding->param_ref;
    const struct guardrail_request *q = r->attributes->request;
    const char *given = val_str(val_get(ref, "namespace"), ""), *group, *version;
    guard_split_version(r->arena, r->policy->param_version, &group, &version);
    const struct guard_kind *known = guard_kind_find(group, r->policy->param_kind);
    bool namespaced = known ? known->namespaced : *given != '\0';
    for (size_t i = 0; !known && !namespaced && i < q->n_params; i++)
        namespaced = same_kind(r->policy, q->params[i]) &&
                     val_at(q->params[i], "metadata", "namespace", NULL);
    *namespace = NULL;
    if (known && !namespaced && *given) {
        report_config(r, "failed to configure binding: paramRef.namespace must not be provided for "
                         "a cluster-scoped `paramKind`");
        return false;
    }
    if (namespaced)
        *namespace = *given ? given : r->attributes->namespace;
    if (namespaced && !**namespace) {
        report_config(r, "failed to configure binding: cannot use namespaced paramRef in policy "
                         "binding that matches cluster-scoped resources");
        return false;
    }
    return true;
}

static void run_with_params(struct run *r)
{
    const struct val *ref = r->binding->param_ref;
    const struct guardrail_request *q = r->attributes->request;
    const char *namespace = NULL;
    size_t found = 0;
    if (!r->policy->param_kind || !ref) {
        run_policy(r, r->policy->params);
        return;
    }
    if (!param_namespace(r, &namespace))
        return;
    for (size_t i = 0; i < q->n_params; i++)
        if (q->params_are == GUARDRAIL_PARAMS_FOUND ||
            (same_kind(r->policy, q->params[i]) && refers_to(ref, namespace, q->params[i]))) {
            found++;
            run_policy(r, q->params[i]);
        }
    bool by_selector = !*val_str(val_get(ref, "name"), "");
    if (q->params_are == GUARDRAIL_PARAMS_UNKNOWN && (!found || by_selector))
        report_unknown(r, NULL, "its parameters (%s %s) are not known here", r->policy->param_kind,
                       by_selector ? "by a selector" : val_str(val_get(ref, "name"), ""));
    else if (!found && val_str_is(val_get(ref, "parameterNotFoundAction"), "Deny"))
        report_config(r, "failed to configure binding: no params found for policy binding with "
                         "`Deny` parameterNotFoundAction");
}

/* ---- entry ---- */

static bool on_this_cluster(const struct guard_policy *p, const struct val *cluster)
{
    return guard_selector_empty(&p->clusters) || !cluster ||
           guard_selector_match(&p->clusters, val_get(cluster, "labels"), NULL) == GUARD_YES;
}

static void check_policy(struct run *r)
{
    const struct guard_attributes *a = r->attributes;
    const struct guard_twin *twin;
    const char *why = NULL, *binding_why = NULL;
    enum guard_tri policy = guard_matches(&r->policy->match, a, &twin, &why);
    if (policy == GUARD_NO || !r->policy->bindings.len)
        return;
    bool counted = false;
    for (size_t i = 0; i < r->policy->bindings.len; i++) {
        const struct guard_twin *binding_twin;
        r->binding = r->policy->bindings.items[i];
        enum guard_tri binding = r->binding->has_match ? guard_matches(&r->binding->match, a,
                                                                       &binding_twin, &binding_why)
                                                       : GUARD_YES;
        if (binding == GUARD_NO)
            continue;
        r->out->policies += !counted;
        counted = true;
        r->twin = twin;
        if (policy == GUARD_MAYBE || binding == GUARD_MAYBE)
            report_unknown(r, NULL, "whether it applies depends on %s", why ? why : binding_why);
        else if (twin)
            report_unknown(r, NULL, "the API server converts the object to %s/%s first",
                           twin->group, twin->version);
        else
            run_with_params(r);
    }
}

int guardrails_check(const struct guardrails *set, const struct guardrail_request *request,
                     struct guardrail_results *out, struct err *e)
{
    struct val_pool pool;
    struct guard_attributes attributes;
    val_pool_init_limited(&pool, CHECK_MEMORY);
    int rc = guard_attributes_make(&pool, request, &attributes, e);
    for (size_t i = 0; !rc && i < set->policies.len; i++) {
        const struct guard_policy *p = set->policies.items[i];
        if (p->environment_wide || (attributes.exempt && !p->ours) ||
            !on_this_cluster(p, request->cluster))
            continue;
        struct run r = {.policy = p, .attributes = &attributes, .out = out, .arena = &pool.arena};
        check_policy(&r);
        if (pool.arena.limit && pool.arena.used > pool.arena.limit - (pool.arena.limit >> 4))
            rc = err_set(e, ERR_LIMIT, "the guardrails need more memory than they may have");
    }
    val_pool_clear(&pool);
    return rc;
}

int guardrails_check_environment(const struct guardrails *set, const struct val *objects,
                                 const struct val *cluster, const struct val *env,
                                 struct guardrail_results *out, struct err *e)
{
    struct arena arena;
    if (!val_is(objects, VAL_LIST))
        return err_set(e, ERR_INVALID, "there is no list of objects to check");
    arena_init_limited(&arena, CHECK_MEMORY);
    for (size_t i = 0; i < set->policies.len; i++) {
        const struct guard_policy *p = set->policies.items[i];
        if (!p->environment_wide || !on_this_cluster(p, cluster))
            continue;
        struct run r = {.policy = p, .binding = p->bindings.items[0], .out = out, .arena = &arena};
        out->policies++;
        cel_activation_init(&r.act, p->env);
        bind(&r, GUARD_OBJECTS, cel_from_val(objects));
        bind(&r, GUARD_PARAMS, p->params ? cel_from_val(p->params) : cel_null());
        bind_ours(&r, cluster, env);
        if (conditions_hold(&r) == GUARD_YES) {
            bind_variables(&r);
            check_validations(&r);
        }
        cel_activation_clear(&r.act);
    }
    arena_clear(&arena);
    return 0;
}
