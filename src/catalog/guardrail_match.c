// SPDX-License-Identifier: Apache-2.0
/*
 * Does a policy or a binding concern a request? Rules by resource (or, in a Guardrail, by kind),
 * selectors by labels. Three answers: what is not known makes a maybe, unless something else
 * already says no.
 *
 * Source: k8s.io/apiserver pkg/admission/plugin/policy/matching, webhook/predicates/{rules,
 * namespace,object}.
 */
#include "catalog/guardrail_int.h"

#include <string.h>

/* ---- reading ---- */

static struct guard_rule *read_rules(struct arena *a, const struct val *list, size_t *n)
{
    *n = val_count(list);
    struct guard_rule *rules = arena_array(a, *n ? *n : 1, sizeof(*rules));
    for (size_t i = 0; i < *n; i++) {
        const struct val *v = val_item(list, i);
        const char *scope = val_str(val_get(v, "scope"), "*");
        const struct val *groups = val_get(v, "groups"), *versions = val_get(v, "versions");
        const struct val *names = val_get(v, "names");
        rules[i] = (struct guard_rule){
            .groups = groups ? groups : val_get(v, "apiGroups"),
            .versions = versions ? versions : val_get(v, "apiVersions"),
            .resources = val_get(v, "resources"),
            .kinds = val_get(v, "kinds"),
            .operations = val_get(v, "operations"),
            .names = names ? names : val_get(v, "resourceNames"),
            .scope = strcmp(scope, "Cluster") == 0      ? GUARD_SCOPE_CLUSTER
                     : strcmp(scope, "Namespaced") == 0 ? GUARD_SCOPE_NAMESPACED
                                                        : GUARD_SCOPE_ALL,
        };
        if (val_count(rules[i].names) == 0)
            rules[i].names = NULL;
    }
    return rules;
}

void guard_selector_read(const struct val *v, struct guard_selector *out)
{
    const struct val *labels = val_get(v, "matchLabels");
    *out = (struct guard_selector){labels, val_get(v, "matchExpressions")};
}

void guard_match_read(struct arena *a, const struct val *v, struct guard_match *out)
{
    const struct val *rules = val_get(v, "resourceRules");
    const struct val *excluded = val_get(v, "excludeResourceRules");
    out->rules = read_rules(a, rules ? rules : val_get(v, "resources"), &out->n_rules);
    out->excluded = read_rules(a, excluded, &out->n_excluded);
    const struct val *namespaces = val_get(v, "namespaceSelector");
    const struct val *objects = val_get(v, "objectSelector");
    guard_selector_read(namespaces ? namespaces : val_get(v, "namespaces"), &out->namespaces);
    guard_selector_read(objects ? objects : val_get(v, "objects"), &out->objects);
    out->exact = val_str_is(val_get(v, "matchPolicy"), "Exact");
}

/* ---- labels ---- */

bool guard_selector_empty(const struct guard_selector *s)
{
    return val_count(s->labels) == 0 && val_count(s->expressions) == 0;
}

static bool among(const struct val *list, const char *s, size_t len)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const struct val *v = val_item(list, i);
        if (v->type == VAL_STRING && v->len == len && memcmp(v->as.s, s, len) == 0)
            return true;
    }
    return false;
}

/* The label's value, or NULL when it is not there; *known false when that is not known. */
static const struct val *label(const struct val *labels, const char *only_name, const char *key,
                               struct val *keep, bool *known)
{
    const struct val *v = val_get(labels, key);
    *known = true;
    if (v || !only_name)
        return val_is(v, VAL_STRING) ? v : NULL;
    if (strcmp(key, "kubernetes.io/metadata.name") == 0) {
        *keep = val_borrow_str(only_name, strlen(only_name));
        return keep;
    }
    *known = false;
    return NULL;
}

static enum guard_tri expression_matches(const struct val *x, const struct val *labels,
                                         const char *only_name)
{
    struct val keep;
    bool known;
    const char *op = val_str(val_get(x, "operator"), "");
    const struct val *v = label(labels, only_name, val_str(val_get(x, "key"), ""), &keep, &known);
    if (!known)
        return GUARD_MAYBE;
    bool in = v && among(val_get(x, "values"), v->as.s, v->len);
    bool yes = strcmp(op, "In") == 0       ? in
               : strcmp(op, "NotIn") == 0  ? !in
               : strcmp(op, "Exists") == 0 ? v != NULL
                                           : v == NULL;
    return yes ? GUARD_YES : GUARD_NO;
}

enum guard_tri guard_selector_match(const struct guard_selector *s, const struct val *labels,
                                    const char *only_name)
{
    enum guard_tri all = GUARD_YES;
    for (size_t i = 0; i < val_count(s->labels); i++) {
        const struct val_entry *want = &s->labels->as.entries[i];
        struct val keep;
        bool known;
        const struct val *v = label(labels, only_name, want->key->s, &keep, &known);
        if (!known)
            all = GUARD_MAYBE;
        else if (!v || !val_equal(v, &want->value))
            return GUARD_NO;
    }
    for (size_t i = 0; i < val_count(s->expressions); i++) {
        enum guard_tri one = expression_matches(val_item(s->expressions, i), labels, only_name);
        if (one == GUARD_NO)
            return GUARD_NO;
        if (one == GUARD_MAYBE)
            all = GUARD_MAYBE;
    }
    return all;
}

/* ---- rules ---- */

static bool listed(const struct val *list, const char *word)
{
    return !list || among(list, "*", 1) || among(list, word, strlen(word));
}

/* An entry is "pods", "pods/log", or has a star on either side of the slash. */
static bool resource_listed(const struct val *list, const char *resource, const char *sub)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const char *entry = val_str(val_item(list, i), "");
        size_t res = strcspn(entry, "/");
        const char *entry_sub = entry[res] ? entry + res + 1 : "";
        bool same = (res == 1 && *entry == '*') ||
                    (res == strlen(resource) && strncmp(entry, resource, res) == 0);
        if (same && (strcmp(entry_sub, "*") == 0 || strcmp(entry_sub, sub) == 0))
            return true;
    }
    return false;
}

static const char *const operation_words[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};

bool guardrail_operation_of(const char *word, enum guardrail_operation *out)
{
    for (size_t i = 0; i < ARRAY_LEN(operation_words); i++)
        if (strcasecmp(word, operation_words[i]) == 0) {
            *out = (enum guardrail_operation)i;
            return true;
        }
    return false;
}

static bool in_scope(const struct guard_rule *r, const struct guard_attributes *a)
{
    /* a request for a namespace carries a namespace, yet namespaces belong to the cluster */
    bool cluster = !*a->namespace || (!*a->group && strcmp(a->resource, "namespaces") == 0);
    return r->scope == GUARD_SCOPE_ALL || (r->scope == GUARD_SCOPE_CLUSTER) == cluster;
}

static bool is_write(const struct guard_attributes *a)
{
    return a->request->operation == GUARDRAIL_CREATE || a->request->operation == GUARDRAIL_UPDATE;
}

static bool rule_matches(const struct guard_rule *r, const struct guard_attributes *a,
                         const char *group, const char *version, const char *resource)
{
    if (!in_scope(r, a) || !listed(r->operations, operation_words[a->request->operation]) ||
        !listed(r->groups, group) || !listed(r->versions, version))
        return false;
    if (r->resources && !resource_listed(r->resources, resource, a->subresource))
        return false;
    if (r->kinds && (!listed(r->kinds, a->kind) || *a->subresource))
        return false;
    return !r->names || among(r->names, a->name, strlen(a->name));
}

static bool any_rule(const struct guard_match *m, const struct guard_rule *rules, size_t n,
                     const struct guard_attributes *a, const struct guard_twin **twin)
{
    *twin = NULL;
    for (size_t i = 0; i < n; i++)
        if ((!m->writes || rules[i].operations || is_write(a)) &&
            rule_matches(&rules[i], a, a->group, a->version, a->resource))
            return true;
    for (size_t i = 0; i < n && !m->exact; i++) {
        const struct guard_twin *t;
        for (size_t k = 0; (t = guard_twin_of(a->group, a->version, a->resource, k)); k++)
            if (!rules[i].kinds && rule_matches(&rules[i], a, t->group, t->version, t->resource)) {
                *twin = t;
                return true;
            }
    }
    return false;
}

static enum guard_tri namespace_matches(const struct guard_match *m,
                                        const struct guard_attributes *a)
{
    bool is_namespace = !*a->group && strcmp(a->resource, "namespaces") == 0;
    if ((!*a->namespace && !is_namespace) || guard_selector_empty(&m->namespaces))
        return GUARD_YES;
    return guard_selector_match(&m->namespaces, a->namespace_labels,
                                a->namespace_labels ? NULL : a->namespace);
}

static bool object_matches(const struct guard_match *m, const struct guard_attributes *a)
{
    const struct val *objects[] = {a->object, a->old_object};
    if (guard_selector_empty(&m->objects))
        return true;
    for (size_t i = 0; i < ARRAY_LEN(objects); i++)
        if (val_is(objects[i], VAL_MAP) &&
            guard_selector_match(&m->objects, val_at(objects[i], "metadata", "labels", NULL),
                                 NULL) == GUARD_YES)
            return true;
    return false;
}

enum guard_tri guard_matches(const struct guard_match *m, const struct guard_attributes *a,
                             const struct guard_twin **twin, const char **why)
{
    const struct guard_twin *other;
    enum guard_tri ns = namespace_matches(m, a);
    *twin = NULL;
    if (ns == GUARD_NO || !object_matches(m, a))
        return GUARD_NO;
    if (any_rule(m, m->excluded, m->n_excluded, a, &other))
        return GUARD_NO;
    if (m->writes && !m->n_rules && !is_write(a))
        return GUARD_NO;
    if (m->n_rules && !any_rule(m, m->rules, m->n_rules, a, twin))
        return GUARD_NO;
    if (ns == GUARD_MAYBE)
        *why = "the labels of the namespace, which are not known here";
    return ns;
}
