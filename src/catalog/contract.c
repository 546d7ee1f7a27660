// SPDX-License-Identifier: Apache-2.0
/*
 * The field contract: who may own what on the live objects. A contract that no resource of the
 * module can meet, and a path that ends inside something atomic (which has one owner as a whole),
 * are mistakes.
 */
#include "catalog/module_int.h"
#include "catalog/topology.h"

#include "base/vec.h"

#include <stdio.h>
#include <string.h>

static const char *const owner_names[] = {"platform", "environment", "runtime", "anyone"};

const char *field_owner_name(enum field_owner o)
{
    return owner_names[o];
}

static size_t word(const char *const *names, size_t n, const struct val *v, size_t otherwise)
{
    for (size_t i = 0; i < n; i++)
        if (v && val_str_is(v, names[i]))
            return i;
    return otherwise;
}

static void make_scope(struct catalog_module *m)
{
    catalog_scope_init(&m->contract_scope, &(struct catalog_scope_names){
                                               .params = m->parameters,
                                               .with_params = true,
                                               .with_environment = true,
                                               .with_cluster = true,
                                               .with_self = true,
                                           });
}

/* "Deployment.apps" */
static void read_kind(struct reading *r, struct module_field *f, const struct val *v)
{
    const char *s = reading_string(v), *dot = strchr(s, '.');
    f->kind = arena_strndup(&r->pool->arena, s, dot ? (size_t)(dot - s) : strlen(s));
    f->group = dot ? dot + 1 : "";
}

static bool meets(const struct module_field *f, const struct module_resource *res)
{
    const char *group;
    size_t len;
    api_version_group(res->api_version, &group, &len);
    return strcmp(f->kind, res->kind) == 0 && strlen(f->group) == len &&
           memcmp(f->group, group, len) == 0;
}

static void check_kind(struct reading *r, const struct catalog_module *m,
                       const struct module_field *f, const struct val *v, const char *path)
{
    const struct module_resource *same = NULL;
    if (m->source != MODULE_TEMPLATES)
        return;
    for (size_t i = 0; i < m->n_resources; i++) {
        if (meets(f, &m->resources[i]))
            return;
        if (strcmp(f->kind, m->resources[i].kind) == 0)
            same = &m->resources[i];
    }
    struct err *e =
        reading_problem(r, v, path, "no resource of the module is a %.100s", reading_string(v));
    if (e && same) {
        const char *group;
        size_t len;
        api_version_group(same->api_version, &group, &len);
        err_hint(e, "write %s%s%.*s", same->kind, len ? "." : "", (int)len, group);
    } else if (e) {
        err_hint(e, "kinds are written KIND.GROUP: Deployment.apps, of the core group KIND alone");
    }
}

static void read_path(struct reading *r, struct module_field *f, const struct val *v,
                      const char *path)
{
    struct err e = ERR_INIT;
    f->path = (struct path){NULL, 0};
    if (!val_is(v, VAL_STRING) || !v->len) {
        reading_problem(r, v ? v : f->at, path, "is no path");
        return;
    }
    if (!path_parse(r->pool, v->as.s, v->len, &f->path, &e))
        return;
    f->path = (struct path){NULL, 0};
    e.line = 1;
    err_hint(&e, "paths are written .spec.template.spec.containers[name=\"web\"].image");
    catalog_problem_inside(r->problems, r->file, v, 0, path, &e);
}

/* A contract over a part of what has one owner could never be kept. */
static void check_topology(struct reading *r, const struct module_field *f, const struct val *v,
                           const char *path)
{
    struct topology_answer a = topology_check(f->group, f->kind, f->path);
    struct path upto = {f->path.elems, a.at};
    struct buf node;
    if (!a.fault)
        return;
    buf_init(&node, BUF_SMALL);
    path_format(&node, upto, PATH_STYLE_SERVER);
    struct err *e =
        a.fault == TOPOLOGY_ATOMIC
            ? reading_problem(r, v, path, "%s is an atomic %s: it has one owner as a whole",
                              buf_str(&node), a.what)
            : reading_problem(r, v, path, "items of %s are told apart by %s", buf_str(&node),
                              a.keys);
    if (e && a.fault == TOPOLOGY_ATOMIC)
        err_hint(e, "end the path at %s", buf_str(&node));
    else if (e && strchr(a.keys, ','))
        err_hint(e, "write %s[*], or all of the keys: %s", buf_str(&node), a.keys);
    else if (e)
        err_hint(e, "write %s[%s=\"…\"] or %s[*]", buf_str(&node), a.keys, buf_str(&node));
    buf_clear(&node);
}

static void read_field(struct reading *r, struct catalog_module *m, struct module_field *f,
                       const struct val *v, size_t i)
{
    static const char *const drifts[] = {"report", "revert", "hold"};
    char path[64];
    f->at = v;
    snprintf(path, sizeof(path), ".spec.fields[%zu].kind", i);
    read_kind(r, f, val_get(v, "kind"));
    check_kind(r, m, f, val_get(v, "kind"), path);
    snprintf(path, sizeof(path), ".spec.fields[%zu].path", i);
    read_path(r, f, val_get(v, "path"), path);
    check_topology(r, f, val_get(v, "path"), path);
    f->owner = (enum field_owner)word(owner_names, ARRAY_LEN(owner_names), val_get(v, "owner"),
                                      FIELD_PLATFORM);
    f->on_drift =
        (enum field_on_drift)word(drifts, ARRAY_LEN(drifts), val_get(v, "onDrift"), FIELD_REPORT);
    f->extras_reported = val_get(v, "extras") && val_str_is(val_get(v, "extras"), "report");
    f->by = reading_strings(r, val_get(v, "by"));
    f->reason = reading_string(val_get(v, "reason"));
    snprintf(path, sizeof(path), ".spec.fields[%zu].when", i);
    f->when = reading_expr(r, &m->contract_scope, val_get(v, "when"), CEL_BOOL, path);
    snprintf(path, sizeof(path), ".spec.fields[%zu].within", i);
    f->within = reading_expr(r, &m->contract_scope, val_get(v, "within"), CEL_BOOL, path);
    snprintf(path, sizeof(path), ".spec.fields[%zu].by", i);
    if (f->by && f->owner != FIELD_RUNTIME) {
        struct err *e =
            reading_problem(r, val_get(v, "by"), path, "names managers, but the owner is %s",
                            owner_names[f->owner]);
        if (e)
            err_hint(e, "managers are named of owner: runtime");
    }
    snprintf(path, sizeof(path), ".spec.fields[%zu].onDrift", i);
    if (f->owner == FIELD_ANYONE && f->on_drift != FIELD_REPORT)
        reading_problem(r, val_get(v, "onDrift"), path,
                        "what anyone may set cannot be reverted or held");
}

void module_read_contract(struct reading *r, struct catalog_module *m, const struct val *list)
{
    struct module_field *out = reading_array(r, val_count(list), sizeof(*out));
    make_scope(m);
    for (size_t i = 0; i < val_count(list); i++)
        read_field(r, m, &out[i], val_item(list, i), i);
    m->fields = out;
    m->n_fields = val_count(list);
}
