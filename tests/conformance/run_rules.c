// SPDX-License-Identifier: Apache-2.0
/* Kubernetes' tests of CRD validation rules: a rule over self (and oldSelf), typed by a schema. */
#include "tests/conformance/conformance.h"

#include "base/mem.h"
#include "cel/cel.h"
#include "schema/schema.h"

#include <string.h>

/* Does the rule read oldSelf? Then it only speaks about changes. */
static bool reads(const struct cel_program *p, const char *name)
{
    const struct cel_ref *refs;
    size_t n = cel_program_refs(p, &refs);
    for (size_t i = 0; i < n; i++)
        if (strcmp(refs[i].name, name) == 0)
            return true;
    return false;
}

static const struct cel_type *declared(struct cel_env *env, const struct schema *s, bool root)
{
    const struct cel_type *t = cel_type_of_schema(env, s, root);
    return t ? t : cel_type_dyn();
}

/* The suite's values of format float were float32 when the cases were written down, and the JSON
 * has the shortest digits of those: this brings the value back that they stand for. */
static int widen(struct val_builder *b, const struct val *v, const struct schema *s)
{
    int rc = 0;
    if (val_is(v, VAL_DOUBLE) && s && s->type == SCHEMA_NUMBER && strcmp(s->format, "float") == 0)
        return val_builder_add(b, val_of_double((double)(float)v->as.d));
    if (!val_is(v, VAL_MAP) && !val_is(v, VAL_LIST))
        return val_builder_add(b, v ? *v : val_null);
    rc = v->type == VAL_MAP ? val_builder_map(b) : val_builder_list(b);
    for (uint32_t i = 0; i < v->len && !rc; i++) {
        if (v->type == VAL_LIST) {
            rc = widen(b, &v->as.items[i], s ? s->items : NULL);
            continue;
        }
        const struct val_entry *e = &v->as.entries[i];
        const struct schema *prop = s ? schema_prop(s, e->key->s, e->key->len) : NULL;
        rc = val_builder_key(b, e->key->s, e->key->len);
        rc = rc ? rc : widen(b, &e->value, prop ? prop : s ? s->additional : NULL);
    }
    return rc ? rc : val_builder_end(b);
}

static const struct val *widened(struct conformance *c, const struct val *v, const struct schema *s)
{
    struct val_builder *b = val_builder_new(c->pool, VAL_MAX_DEPTH);
    const struct val *out = widen(b, v, s) ? v : val_builder_finish(b);
    val_builder_free(b);
    return out;
}

static bool holds(struct conformance *c, const struct val *line, const struct schema *schema,
                  struct err *e)
{
    const struct val *rule = val_get(line, "rule"), *self = val_get(line, "self");
    const struct val *old = val_get(line, "oldSelf");
    bool root = val_bool(val_get(line, "root"), false), valid = false;
    bool optional = val_bool(val_get(line, "optionalOldSelf"), false);
    struct cel_env *env = cel_env_new(CEL_ENV_KUBERNETES);
    struct cel_activation act = {0};
    struct cel_program *p = NULL;
    struct cel_value result;
    const struct cel_type *type = declared(env, schema, root);
    int v_self = cel_declare(env, "self", type);
    int v_old = cel_declare(env, "oldSelf", optional ? cel_type_optional(env, type) : type);
    p = cel_compile(env, rule->as.s, rule->len, 0, e);
    if (!p)
        goto out;
    if (!cel_type_is(cel_program_type(p), CEL_BOOL)) {
        err_set(e, ERR_TYPE, "the rule does not give a bool");
        goto out;
    }
    if (!old && !optional && reads(p, "oldSelf")) {
        valid = true;
        goto out;
    }
    cel_activation_init(&act, env);
    cel_bind_typed(&act, v_self, &c->pool->arena, widened(c, self, schema), schema, root);
    if (old)
        cel_bind_typed(&act, v_old, &c->pool->arena, widened(c, old, schema), schema, root);
    if (optional)
        cel_bind(&act, v_old,
                 old ? cel_optional_of(&c->pool->arena, act.vars[v_old]) : cel_optional_none());
    valid = !cel_eval(p, &act, &c->pool->arena, NULL, &result, e) && result.kind == CEL_BOOL &&
            result.as.b;
out:
    cel_activation_clear(&act);
    cel_program_free(p);
    cel_env_free(env);
    return valid;
}

static int run_line(struct conformance *c, const struct val *line)
{
    const struct val *rule = val_get(line, "rule"), *valid = val_get(line, "valid");
    if (!val_is(rule, VAL_STRING) || !val_is(valid, VAL_BOOL))
        return conformance_malformed(c, "rule or valid is missing");
    struct err e = ERR_INIT;
    const struct schema *schema = schema_load(c->pool, val_get(line, "schema"), &e);
    if (schema && val_bool(val_get(line, "root"), false))
        schema = schema_as_resource(c->pool, schema);
    bool got = schema && holds(c, line, schema, &e);
    if (got == valid->as.b) {
        conformance_pass(c);
    } else {
        char *text = e.code ? err_format(&e) : mem_strdup(got ? "holds" : "false");
        const char *name =
            arena_printf(&c->pool->arena, "%s: %s", val_str(val_get(line, "name"), ""), rule->as.s);
        conformance_fail(c, name, valid->as.b ? "holds" : "does not hold", text);
        mem_free(text);
    }
    err_clear(&e);
    return 0;
}

const struct conformance_runner conformance_rules = {"rules", run_line};
