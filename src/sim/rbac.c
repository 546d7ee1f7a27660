// SPDX-License-Identifier: Apache-2.0
/*
 * What somebody may who is impersonated: the rules of the roles that are bound to the name or the
 * group, as a server with --authorization-mode=RBAC reads them. Whoever logs in may do everything.
 * Source of the words: k8s.io/apiserver pkg/endpoints/handlers/responsewriters/errors.go.
 */
#include "sim/live.h"

#include <stdio.h>
#include <string.h>

/* What everybody may who is authenticated: system:discovery, system:basic-user. */
static const char everybody[] =
    "[{\"verbs\":[\"create\"],\"apiGroups\":[\"authorization.k8s.io\"],\"resources\":"
    "[\"selfsubjectaccessreviews\",\"selfsubjectrulesreviews\"]},{\"verbs\":[\"create\"],"
    "\"apiGroups\":[\"authentication.k8s.io\"],\"resources\":[\"selfsubjectreviews\"]},{\"verbs\":"
    "[\"get\"],\"nonResourceURLs\":[\"/api\",\"/api/*\",\"/apis\",\"/apis/*\",\"/healthz\",\"/"
    "livez\","
    "\"/openapi\",\"/openapi/*\",\"/readyz\",\"/version\",\"/version/\"]}]";

/* True: that is enough, no further rule is looked at. */
typedef bool rule_fn(void *ctx, const struct val *rule);

static bool each_rule(const struct val *rules, rule_fn *fn, void *ctx)
{
    for (size_t i = 0; i < val_count(rules); i++)
        if (fn(ctx, val_item(rules, i)))
            return true;
    return false;
}

static bool is_subject(const struct sim_target *t, const struct val *subject)
{
    const char *kind = val_str(val_get(subject, "kind"), "");
    const char *name = val_str(val_get(subject, "name"), "");
    char account[600];
    if (strcmp(kind, "User") == 0)
        return strcmp(name, t->user) == 0;
    if (strcmp(kind, "Group") == 0)
        return strcmp(name, t->group) == 0 || strcmp(name, "system:authenticated") == 0;
    snprintf(account, sizeof(account), "system:serviceaccount:%.200s:%.200s",
             val_str(val_get(subject, "namespace"), ""), name);
    return strcmp(kind, "ServiceAccount") == 0 && strcmp(account, t->user) == 0;
}

/* The rules of every binding of a kind that names t. ns: of RoleBindings. */
static bool bound(struct sim_cluster *c, const struct sim_target *t, const char *kind,
                  const char *ns, struct val_pool *p, rule_fn *fn, void *ctx)
{
    const sim_object_vec *all = sim_store_all(c, sim_kind_named(kind));
    for (size_t i = 0; i < all->len; i++) {
        const struct sim_object *o = all->items[i];
        if (ns && strcmp(o->ns, ns) != 0)
            continue;
        const struct val *v = sim_object_read(p, o), *subjects = val_get(v, "subjects");
        bool named = false;
        for (size_t k = 0; k < val_count(subjects) && !named; k++)
            named = is_subject(t, val_item(subjects, k));
        const struct val *ref = val_get(v, "roleRef");
        const struct sim_kind *role = sim_kind_named(val_str(val_get(ref, "kind"), ""));
        struct sim_object *rules =
            named && role ? sim_store_get(c, role, o->ns, val_str(val_get(ref, "name"), "")) : NULL;
        if (rules && each_rule(val_get(sim_object_read(p, rules), "rules"), fn, ctx))
            return true;
    }
    return false;
}

static bool rules_of(struct sim_cluster *c, const struct sim_target *t, const char *ns,
                     struct val_pool *p, rule_fn *fn, void *ctx)
{
    return each_rule(json_read(p, everybody, strlen(everybody), NULL, NULL), fn, ctx) ||
           bound(c, t, "ClusterRoleBinding", NULL, p, fn, ctx) ||
           (ns && *ns && bound(c, t, "RoleBinding", ns, p, fn, ctx));
}

/* ---- may it? ---- */

static bool names_it(const struct val *list, const char *word)
{
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_item(list, i), "*") || val_str_is(val_item(list, i), word))
            return true;
    return false;
}

static bool names_path(const struct val *list, const char *path)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const char *s = val_str(val_item(list, i), "");
        size_t n = strlen(s);
        if (strcmp(s, path) == 0 || (n && s[n - 1] == '*' && strncmp(s, path, n - 1) == 0))
            return true;
    }
    return false;
}

static bool allows(void *ctx, const struct val *rule)
{
    const struct sim_ask *a = ctx;
    const struct val *names = val_get(rule, "resourceNames");
    char below[200];
    if (!names_it(val_get(rule, "verbs"), a->verb))
        return false;
    if (a->path)
        return names_path(val_get(rule, "nonResourceURLs"), a->path);
    const char *sub = strchr(a->resource, '/');
    snprintf(below, sizeof(below), "*%.150s", sub ? sub : "");
    const struct val *resources = val_get(rule, "resources");
    return names_it(val_get(rule, "apiGroups"), a->group) &&
           (names_it(resources, a->resource) || (sub && names_it(resources, below))) &&
           (!val_count(names) || (*a->name && names_it(names, a->name)));
}

bool sim_may(struct sim_cluster *c, const struct sim_target *t, const struct sim_ask *a)
{
    struct val_pool p;
    if (!t->impersonated || strcmp(t->group, "system:masters") == 0)
        return true;
    val_pool_init(&p);
    bool may = rules_of(c, t, a->path ? NULL : a->ns, &p, allows, (void *)a);
    val_pool_clear(&p);
    return may;
}

/* ---- what may it? ---- */

struct listed {
    struct buf resources, paths;
};

static bool note(void *ctx, const struct val *rule)
{
    struct listed *l = ctx;
    struct buf *b = val_get(rule, "nonResourceURLs") ? &l->paths : &l->resources;
    buf_puts(b, b->len ? "," : "");
    json_write(b, rule, JSON_COMPACT);
    return false;
}

void sim_may_list(struct sim_cluster *c, const struct sim_target *t, const char *ns,
                  struct buf *out)
{
    struct listed l;
    struct val_pool p;
    if (!t->impersonated || strcmp(t->group, "system:masters") == 0) {
        buf_puts(out, "{\"resourceRules\":[{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],"
                      "\"resources\":[\"*\"]}],\"nonResourceRules\":[{\"verbs\":[\"*\"],"
                      "\"nonResourceURLs\":[\"*\"]}],\"incomplete\":false}");
        return;
    }
    val_pool_init(&p);
    buf_init(&l.resources, BUF_LARGE);
    buf_init(&l.paths, BUF_LARGE);
    (void)rules_of(c, t, ns, &p, note, &l);
    buf_printf(out, "{\"resourceRules\":[");
    buf_add(out, buf_str(&l.resources), l.resources.len);
    buf_puts(out, "],\"nonResourceRules\":[");
    buf_add(out, buf_str(&l.paths), l.paths.len);
    buf_puts(out, "],\"incomplete\":false}");
    buf_clear(&l.resources);
    buf_clear(&l.paths);
    val_pool_clear(&p);
}

/* ---- a request ---- */

static const char *verb_of(const char *method, const struct sim_target *t,
                           const struct sim_query *q)
{
    static const struct {
        const char *method, *one, *many;
    } verbs[] = {{"POST", "create", "create"},
                 {"PUT", "update", "update"},
                 {"PATCH", "patch", "patch"},
                 {"DELETE", "delete", "deletecollection"}};
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (strcmp(verbs[i].method, method) == 0)
            return t->name[0] ? verbs[i].one : verbs[i].many;
    return sim_query_flag(q, "watch") ? "watch" : t->name[0] ? "get" : "list";
}

bool sim_allowed(struct sim_cluster *c, const struct sim_target *t, const struct sim_query *q,
                 const char *method, struct sim_reply *r)
{
    char resource[300], where[300] = "at the cluster scope", name[300] = "";
    const struct sim_kind *k = t->kind;
    snprintf(resource, sizeof(resource), "%.150s%s%.60s", k->plural, t->sub[0] ? "/" : "", t->sub);
    const struct sim_ask a = {.verb = verb_of(method, t, q),
                              .group = k->group,
                              .resource = resource,
                              .ns = k->namespaced ? t->ns : "",
                              .name = t->name};
    if (sim_may(c, t, &a))
        return true;
    if (a.ns[0])
        snprintf(where, sizeof(where), "in the namespace \"%.250s\"", a.ns);
    if (t->name[0])
        snprintf(name, sizeof(name), " \"%.250s\"", t->name);
    sim_fail(r, 403, "Forbidden", t, NULL,
             "%s%s%s%s is forbidden: User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s",
             k->plural, k->group[0] ? "." : "", k->group, name, t->user, a.verb, resource, k->group,
             where);
    return false;
}

bool sim_path_allowed(struct sim_cluster *c, const struct sim_target *t, const char *method,
                      const char *path, struct sim_reply *r)
{
    const struct sim_ask a = {.verb = strcmp(method, "GET") == 0 ? "get" : "post", .path = path};
    if (sim_may(c, t, &a))
        return true;
    sim_fail(r, 403, "Forbidden", NULL, "", "forbidden: User \"%s\" cannot %s path \"%.200s\"",
             t->user, a.verb, path);
    return false;
}
