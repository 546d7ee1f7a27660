// SPDX-License-Identifier: Apache-2.0
/*
 * Our guardrails as ValidatingAdmissionPolicies and bindings, for the API servers to enforce. What
 * a server does not have is written down as constants where that is possible (params always, the
 * cluster when one is named), and said to be impossible where it is not.
 */
#include "catalog/guardrail_int.h"
#include "data/yaml.h"

#include <string.h>

#define VERSION "admissionregistration.k8s.io/v1"

/* ---- values as expressions ---- */

static int write_text(struct buf *out, const char *s, size_t len)
{
    int rc = buf_putc(out, '\'');
    for (size_t i = 0; i < len && !rc; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\'' || c == '\\')
            rc = buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            rc = buf_printf(out, "\\u%04x", c);
        else
            rc = buf_putc(out, (char)c);
    }
    return rc ? rc : buf_putc(out, '\'');
}

/* dyn() keeps lists and maps of mixed types from being refused. */
static int write_literal(struct buf *out, const struct val *v)
{
    int rc = 0;
    switch ((enum val_type)v->type) {
    case VAL_NULL:
        return buf_puts(out, "null");
    case VAL_BOOL:
        return buf_puts(out, v->as.b ? "true" : "false");
    case VAL_INT:
        return buf_printf(out, "%lld", (long long)v->as.i);
    case VAL_UINT:
        return buf_printf(out, "%llu.0", (unsigned long long)v->as.u);
    case VAL_DOUBLE:
        return buf_printf(out, "double(%.17g)", v->as.d);
    case VAL_STRING:
        return write_text(out, v->as.s, v->len);
    case VAL_LIST:
        rc = buf_putc(out, '[');
        for (uint32_t i = 0; i < v->len && !rc; i++) {
            rc = buf_puts(out, i ? ", dyn(" : "dyn(");
            rc = rc ? rc : write_literal(out, &v->as.items[i]);
            rc = rc ? rc : buf_putc(out, ')');
        }
        return rc ? rc : buf_putc(out, ']');
    case VAL_MAP:
        rc = buf_putc(out, '{');
        for (uint32_t i = 0; i < v->len && !rc; i++) {
            const struct val_entry *e = &v->as.entries[i];
            rc = i ? buf_puts(out, ", ") : 0;
            rc = rc ? rc : write_text(out, e->key->s, e->key->len);
            rc = rc ? rc : buf_puts(out, ": dyn(");
            rc = rc ? rc : write_literal(out, &e->value);
            rc = rc ? rc : buf_putc(out, ')');
        }
        return rc ? rc : buf_putc(out, '}');
    }
    return rc;
}

/* ---- expressions ---- */

/* ---- one guardrail ---- */

struct constant { /* a variable of ours that is written down */
    const char *name;
    const char *variable; /* "variables.params", for what may use variables */
    char *literal;        /* the value, for match conditions, which may not */
    bool used;
};

struct export
{
    const struct guard_policy *policy;
    struct val_pool *pool;
    struct constant constants[2];
    size_t n;
};

static bool reads(const struct guard_policy *p, const char *variable)
{
    const struct guard_expression *all[2];
    for (size_t list = 0; list < 3; list++) {
        size_t n = list == 0 ? p->n_conditions : list == 1 ? p->n_variables : p->n_validations;
        for (size_t i = 0; i < n; i++) {
            all[0] = list == 0   ? &p->conditions[i].expression
                     : list == 1 ? &p->variables[i].expression
                                 : &p->validations[i].expression;
            all[1] = list == 2 ? &p->validations[i].message_expression : NULL;
            for (size_t k = 0; k < 2; k++) {
                const struct cel_ref *refs;
                size_t m = all[k] && all[k]->program ? cel_program_refs(all[k]->program, &refs) : 0;
                for (size_t r = 0; r < m; r++)
                    if (strcmp(refs[r].name, variable) == 0)
                        return true;
            }
        }
    }
    return false;
}

/* The expression with our constants where the variables stand that a server does not have: by the
 * places that the compiler found, so that a loop's variable of that name stays what it is. */
static struct val text_of(struct export *x, const struct guard_expression *e, bool variables)
{
    const struct cel_mention *all;
    const struct cel_ref *refs;
    size_t n = e->program ? cel_program_mentions(e->program, &all) : 0, from = 0;
    size_t n_refs = e->program ? cel_program_refs(e->program, &refs) : 0;
    struct buf b;
    buf_init(&b, BUF_LARGE);
    for (size_t i = 0; i < n; i++) {
        const char *name = "";
        for (size_t k = 0; k < n_refs; k++)
            name = refs[k].variable == all[i].variable ? refs[k].name : name;
        for (size_t k = 0; k < x->n && *name; k++) {
            const struct constant *c = &x->constants[k];
            size_t len = strlen(name);
            if (strcmp(c->name, name) != 0 || all[i].at + len > e->len ||
                memcmp(e->text + all[i].at, name, len) != 0)
                continue;
            buf_add(&b, e->text + from, all[i].at - from);
            buf_puts(&b, variables ? c->variable : c->literal);
            from = all[i].at + len;
        }
    }
    buf_add(&b, e->text + from, e->len - from);
    struct val v = val_of_strn(x->pool, buf_str(&b), b.len);
    buf_clear(&b);
    return v;
}

static void put(struct val_builder *b, const char *key, struct val v)
{
    if (!val_builder_key(b, key, strlen(key)) && !val_builder_add(b, v))
        return;
}

static void put_text(struct val_builder *b, const char *key, const char *s)
{
    put(b, key, val_borrow_str(s, strlen(s)));
}

static void open_map(struct val_builder *b, const char *key)
{
    if ((!key || !val_builder_key(b, key, strlen(key))) && !val_builder_map(b))
        return;
}

static void open_list(struct val_builder *b, const char *key)
{
    if (!val_builder_key(b, key, strlen(key)) && !val_builder_list(b))
        return;
}

static void end(struct val_builder *b)
{
    if (!val_builder_end(b))
        return;
}

static void add_text(struct val_builder *b, const char *s)
{
    if (!val_builder_add(b, val_borrow_str(s, strlen(s))))
        return;
}

static void write_operations(struct val_builder *b, const struct val *given)
{
    open_list(b, "operations");
    for (size_t i = 0; i < val_count(given); i++)
        add_text(b, val_str(val_item(given, i), "*"));
    if (!val_count(given)) {
        add_text(b, "CREATE");
        add_text(b, "UPDATE");
    }
    end(b);
}

/* One rule for each group: groups and resources of a rule are multiplied by the server. */
static void write_rule(struct export *x, struct val_builder *b, const struct guard_rule *r,
                       const char *group)
{
    struct arena *a = &x->pool->arena;
    open_map(b, NULL);
    open_list(b, "apiGroups");
    add_text(b, group);
    end(b);
    open_list(b, "apiVersions");
    add_text(b, "*");
    end(b);
    write_operations(b, r->operations);
    open_list(b, "resources");
    for (size_t i = 0; i < val_count(r->kinds); i++) {
        const char *kind = val_str(val_item(r->kinds, i), "");
        const struct guard_kind *known = guard_kind_find(group, kind);
        add_text(b, strcmp(kind, "*") == 0 ? "*" : known ? known->resource : guard_plural(a, kind));
    }
    if (!val_count(r->kinds))
        add_text(b, "*");
    end(b);
    end(b);
}

static void write_rules(struct export *x, struct val_builder *b)
{
    const struct guard_match *m = &x->policy->match;
    static const struct guard_rule everything = {.scope = GUARD_SCOPE_ALL};
    open_list(b, "resourceRules");
    for (size_t i = 0; i < m->n_rules; i++)
        for (size_t g = 0; g < val_count(m->rules[i].groups) || g == 0; g++)
            write_rule(x, b, &m->rules[i], val_str(val_item(m->rules[i].groups, g), "*"));
    if (!m->n_rules)
        write_rule(x, b, &everything, "*");
    end(b);
}

static void write_named(struct export *x, struct val_builder *b, const char *name,
                        const struct guard_expression *e, bool variables)
{
    open_map(b, NULL);
    put_text(b, "name", name);
    put(b, "expression", text_of(x, e, variables));
    end(b);
}

static void write_spec(struct export *x, struct val_builder *b)
{
    const struct guard_policy *p = x->policy;
    const struct val *spec = val_get(p->doc, "spec"), *match = val_get(spec, "match");
    const struct val *namespaces = val_get(match, "namespaces"),
                     *objects = val_get(match, "objects");
    put_text(b, "failurePolicy", p->ignore ? "Ignore" : "Fail");
    open_map(b, "matchConstraints");
    write_rules(x, b);
    if (namespaces)
        put(b, "namespaceSelector", *val_copy(x->pool, namespaces));
    if (objects)
        put(b, "objectSelector", *val_copy(x->pool, objects));
    end(b);
    if (p->n_conditions) {
        open_list(b, "matchConditions");
        for (size_t i = 0; i < p->n_conditions; i++)
            write_named(x, b, p->conditions[i].name, &p->conditions[i].expression, false);
        end(b);
    }
    if (p->n_variables || x->n) {
        open_list(b, "variables");
        for (size_t i = 0; i < x->n; i++) {
            open_map(b, NULL);
            put_text(b, "name", x->constants[i].variable + strlen("variables."));
            put_text(b, "expression", x->constants[i].literal);
            end(b);
        }
        for (size_t i = 0; i < p->n_variables; i++)
            write_named(x, b, p->variables[i].name, &p->variables[i].expression, true);
        end(b);
    }
    open_list(b, "validations");
    for (size_t i = 0; i < p->n_validations; i++) {
        const struct guard_validation *v = &p->validations[i];
        open_map(b, NULL);
        put(b, "expression", text_of(x, &v->expression, true));
        if (*v->message)
            put_text(b, "message", v->message);
        if (v->message_expression.program)
            put(b, "messageExpression", text_of(x, &v->message_expression, true));
        if (strcmp(v->reason, "Invalid") != 0)
            put_text(b, "reason", v->reason);
        end(b);
    }
    end(b);
}

static const struct val *as_policy(struct export *x)
{
    struct val_builder *b = val_builder_new(x->pool, VAL_MAX_DEPTH);
    open_map(b, NULL);
    put_text(b, "apiVersion", VERSION);
    put_text(b, "kind", "ValidatingAdmissionPolicy");
    open_map(b, "metadata");
    put_text(b, "name", x->policy->name);
    end(b);
    open_map(b, "spec");
    write_spec(x, b);
    end(b);
    end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

static const struct val *as_binding(struct export *x)
{
    unsigned actions = x->policy->bindings.items[0]->actions;
    struct val_builder *b = val_builder_new(x->pool, 16);
    open_map(b, NULL);
    put_text(b, "apiVersion", VERSION);
    put_text(b, "kind", "ValidatingAdmissionPolicyBinding");
    open_map(b, "metadata");
    put_text(b, "name", x->policy->name);
    end(b);
    open_map(b, "spec");
    put_text(b, "policyName", x->policy->name);
    open_list(b, "validationActions");
    add_text(b, actions & GUARDRAIL_DENY ? "Deny" : actions & GUARDRAIL_WARN ? "Warn" : "Audit");
    end(b);
    end(b);
    end(b);
    const struct val *v = val_builder_finish(b);
    val_builder_free(b);
    return v;
}

/* ---- what cannot be exported ---- */

static void left_out(struct catalog_problems *out, const struct guard_policy *p, const char *hint,
                     const char *why)
{
    struct catalog_file file = {.path = (char *)(uintptr_t)p->source};
    struct val at = {.line = p->line, .col = (uint16_t)p->col};
    struct err *e = catalog_problem(out, &file, &at, ERR_UNSUPPORTED, "",
                                    "guardrail '%s' is not exported: %s", p->name, why);
    if (e && hint)
        err_hint(e, "%s", hint);
}

static bool can_export(const struct guard_policy *p, const struct val *cluster,
                       struct catalog_problems *out)
{
    if (p->environment_wide)
        left_out(out, p, "leeway checks it on every plan",
                 "it looks at all objects of an environment together, an API server at one");
    else if (reads(p, "env"))
        left_out(out, p, "leeway checks it on every plan",
                 "it reads env, which an API server does not know");
    else if (!cluster && reads(p, "cluster"))
        left_out(out, p, "name a cluster and it is exported for that one",
                 "it reads cluster, which an API server does not know");
    else if (!cluster && !guard_selector_empty(&p->clusters))
        left_out(out, p, "name a cluster and it is exported for that one, if it is among them",
                 "it holds on some clusters only");
    else
        return true;
    return false;
}

static bool has_variable(const struct guard_policy *p, const char *name)
{
    for (size_t i = 0; i < p->n_variables; i++)
        if (strcmp(p->variables[i].name, name) == 0)
            return true;
    return false;
}

static void add_constant(struct export *x, const char *name, const struct val *v)
{
    struct buf b;
    const char *variable = arena_printf(&x->pool->arena, "variables.%s", name);
    buf_init(&b, BUF_LARGE);
    while (variable && has_variable(x->policy, variable + strlen("variables.")))
        variable = arena_printf(&x->pool->arena, "%s_", variable);
    if (v->type == VAL_MAP && !v->len)
        buf_puts(&b, "{}");
    else
        write_literal(&b, v);
    x->constants[x->n++] = (struct constant){
        .name = name, .variable = variable ? variable : "variables.given", .literal = buf_take(&b)};
}

static int write_document(struct buf *out, const struct val *v, struct err *e)
{
    int rc = v ? buf_puts(out, out->len ? "---\n" : "") : ERR_LIMIT;
    rc = rc ? rc : yaml_write(out, v);
    return rc ? err_set(e, rc, "the export is too large") : 0;
}

static int export_own(const struct guard_policy *p, const struct val *cluster, struct buf *out,
                      struct err *e)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, BUF_LARGE);
    struct export x = {.policy = p, .pool = &pool};
    if (p->params && reads(p, "params"))
        add_constant(&x, "params", p->params);
    if (cluster && reads(p, "cluster"))
        add_constant(&x, "cluster", cluster);
    int rc = write_document(out, as_policy(&x), e);
    rc = rc ? rc : write_document(out, as_binding(&x), e);
    for (size_t i = 0; i < x.n; i++)
        mem_free(x.constants[i].literal);
    val_pool_clear(&pool);
    return rc;
}

static bool holds_on(const struct guard_policy *p, const struct val *cluster)
{
    return !cluster || guard_selector_empty(&p->clusters) ||
           guard_selector_match(&p->clusters, val_get(cluster, "labels"), NULL) == GUARD_YES;
}

int guardrails_export(const struct guardrails *set, const struct val *cluster, struct buf *out,
                      struct catalog_problems *not_exported, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; i < set->policies.len && !rc; i++) {
        const struct guard_policy *p = set->policies.items[i];
        if (!p->ours)
            rc = write_document(out, p->doc, e);
        else if (holds_on(p, cluster) && can_export(p, cluster, not_exported))
            rc = export_own(p, cluster, out, e);
    }
    for (size_t i = 0; i < set->bindings.len && !rc; i++)
        if (set->bindings.items[i]->doc)
            rc = write_document(out, set->bindings.items[i]->doc, e);
    return rc;
}
