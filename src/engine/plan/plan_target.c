// SPDX-License-Identifier: Apache-2.0
/*
 * One target: wants become rows of served kinds; the parent of its set and its namespace are read;
 * every object is tried; members of the set that nobody wants any more become deletions; and the
 * rights that no dry run tests are asked about.
 */
#include "engine/plan/plan_make.h"

#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"

#include <stdio.h>
#include <string.h>

enum {
    PHASE_READ,
    PHASE_RESOLVE,
    PHASE_OBJECTS,
    PHASE_LEFT,
    PHASE_KEPT,
    PHASE_NAMESPACE,
    PHASE_RIGHTS,
    PHASE_DONE
};
enum { MEMBERS_MAX = 200000 };

void plan_target_fail(struct plan_making *m, const char *fmt, ...)
{
    struct plan *p = m->planning->plan;
    va_list ap;
    va_start(ap, fmt);
    char *text = arena_vprintf(&p->pool.arena, fmt, ap);
    va_end(ap);
    if (!*m->target->error)
        m->target->error = text;
}

bool plan_target_makes_namespace(const struct plan_making *m, const char *ns)
{
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if (strcmp(r->kind, "Namespace") == 0 && !*r->group && strcmp(r->name, ns) == 0)
            return true;
    }
    return false;
}

/* ---- wants ---- */

/* A definition among the wants that will serve the kind. */
static const struct val *find_definition(const struct plan_making *m, const struct plan_row *r)
{
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *d = m->target->rows.items[i];
        const struct val *spec = val_get(d->full, "spec");
        if (strcmp(d->kind, "CustomResourceDefinition") != 0 ||
            !val_str_is(val_get(spec, "group"), r->group) ||
            !val_str_is(val_at(spec, "names", "kind", NULL), r->kind))
            continue;
        const struct val *versions = val_get(spec, "versions");
        for (size_t k = 0; k < val_count(versions); k++)
            if (val_str_is(val_get(val_item(versions, k), "name"), r->version) &&
                val_bool(val_get(val_item(versions, k), "served"), true))
                return spec;
    }
    return NULL;
}

static void not_served(struct plan_making *m, struct plan_row *r)
{
    struct plan *p = m->planning->plan;
    bool stale = false;
    kube_discovery_has_group(m->cluster->discovery, r->group, NULL, &stale);
    bool partial = kube_discovery_partial(m->cluster->discovery);
    plan_row_fail(p, r,
                  plan_fmt(p, "%s %s is not served by %s%s", r->api_version, r->kind,
                           m->target->cluster,
                           stale || partial ? ", as far as it could be asked" : ""),
                  "install its definition first, or put it into the same folder");
}

static const struct val *with_namespace(struct val_pool *p, const struct val *body, const char *ns)
{
    const struct val *meta = val_get(body, "metadata");
    meta = *ns ? val_map_with(p, meta, "namespace", val_box(p, val_of_str(p, ns)))
               : val_map_without(p, meta, "namespace");
    return val_map_with(p, body, "metadata", meta);
}

static void place(struct plan_making *m, struct plan_row *r, const char *ns, bool namespaced)
{
    struct plan *p = m->planning->plan;
    r->namespace_ = !namespaced ? "" : *ns ? ns : p->namespace_;
    r->full = with_namespace(&p->pool, r->full, r->namespace_);
}

/* Where it goes: kind to resource, namespace, labels. Definitions were added before. */
static void resolve(struct plan_making *m, struct plan_row *r)
{
    struct plan *p = m->planning->plan;
    const struct val *meta = val_get(r->full, "metadata");
    const char *ns = plan_str(p, val_str(val_get(meta, "namespace"), ""));
    const struct kube_resource *res =
        kube_discovery_api_kind(m->cluster->discovery, r->api_version, r->kind);
    const struct val *definition = res ? NULL : find_definition(m, r);
    if (res) {
        r->plural = plan_str(p, res->plural);
        place(m, r, ns, res->namespaced);
    } else if (definition) {
        r->plural = plan_str(p, val_str(val_at(definition, "names", "plural", NULL), ""));
        r->checked_at_apply = true;
        place(m, r, ns, val_str_is(val_get(definition, "scope"), "Namespaced"));
    } else {
        r->namespace_ = ns;
        not_served(m, r);
        return;
    }
    const char *set = val_str(val_get(val_get(meta, "labels"), APPLYSET_PART_OF), "");
    if (*set && strcmp(set, m->set_id) != 0) {
        plan_row_fail(p, r, "the manifest says that it belongs to a set: " APPLYSET_PART_OF,
                      "remove the label");
        return;
    }
    if (*p->fleet_uuid)
        r->full = plan_body_with_label(&p->pool, r->full, PLAN_LABEL_FLEET, p->fleet_uuid);
    r->full = plan_body_with_label(&p->pool, r->full, PLAN_LABEL_ENVIRONMENT, p->environment);
    if (r->own_namespace)
        return; /* ensured for the environment: no member of its set */
    r->full = plan_body_with_label(&p->pool, r->full, APPLYSET_PART_OF, m->set_id);
}

void plan_target_add(struct plan_making *m, const struct plan_want *w, const char *cause)
{
    struct plan *p = m->planning->plan;
    struct plan_row *r = plan_add_row(p, m->target);
    r->full = val_copy(&p->pool, w->body);
    r->api_version = plan_str(p, val_str(val_get(w->body, "apiVersion"), ""));
    const char *slash = strchr(r->api_version, '/');
    r->group = slash
                   ? arena_strndup(&p->pool.arena, r->api_version, (size_t)(slash - r->api_version))
                   : "";
    r->version = slash ? slash + 1 : r->api_version;
    r->kind = plan_str(p, val_str(val_get(w->body, "kind"), ""));
    r->name = plan_str(p, val_str(val_at(w->body, "metadata", "name", NULL), ""));
    r->traits = kind_traits_of(r->group, r->kind);
    r->secret = plan_body_is_secret(r->full);
    r->rules = w->contract ? val_copy(&p->pool, w->contract) : NULL;
    r->cause = plan_str(p, w->cause ? w->cause : cause);
    r->where = plan_str(p, w->where);
    r->wave = w->wave;
    r->says_ready = w->says_ready;
    r->n_late = w->n_late;
    r->late = arena_array(&p->pool.arena, w->n_late + 1, sizeof(*r->late));
    for (size_t i = 0; i < w->n_late; i++)
        r->late[i] = plan_str(p, w->late[i]);
}

/* Stages, then the order within them, then as they came: stable, and short lists of few kinds. */
static void sort_rows(struct plan_target *t)
{
    for (size_t i = 1; i < t->rows.len; i++) {
        struct plan_row *r = t->rows.items[i];
        size_t k = i;
        for (; k > 0; k--) {
            if (plan_row_compare(t->rows.items[k - 1], r) <= 0)
                break;
            t->rows.items[k] = t->rows.items[k - 1];
        }
        t->rows.items[k] = r;
    }
}

static void refuse_twins(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    struct strmap seen = {0};
    for (size_t i = 0; i < m->target->rows.len; i++) {
        struct plan_row *r = m->target->rows.items[i];
        char *key = mem_printf("%s/%s/%s/%s", r->group, r->kind, r->namespace_, r->name);
        const struct plan_row *other = strmap_set(&seen, key, r);
        if (other)
            plan_row_fail(p, r, plan_fmt(p, "the same object is in %s", other->where),
                          "keep one of the two");
        mem_free(key);
    }
    strmap_clear(&seen);
}

/* ---- parent and namespace ---- */

static void on_parent(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct plan_making *m = ctx;
    struct err e = ERR_INIT;
    if (reply->error->code && reply->error->code != ERR_NOT_FOUND)
        plan_target_fail(m, "the parent of its set cannot be read: %s", reply->error->text);
    else if (applyset_read(reply->error->code ? NULL : live, m->set_id,
                           m->planning->plan->namespace_, &m->scope, &e))
        plan_target_fail(m, "%s", e.text);
    m->parent_uid = plan_str(m->planning->plan, val_str(val_at(live, "metadata", "uid", NULL), ""));
    err_clear(&e);
    plan_target_step(m);
}

static void on_namespace(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct plan_making *m = ctx;
    /* where it may not be read it is taken for there: the dry runs will say */
    m->target->make_namespace = reply->error->code == ERR_NOT_FOUND;
    m->own_namespace = live ? val_copy(&m->planning->plan->pool, live) : NULL;
    if (live && val_at(live, "metadata", "deletionTimestamp", NULL))
        plan_target_fail(m, "the namespace %s is being deleted", m->planning->plan->namespace_);
    plan_target_step(m);
}

static void read_place(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    const struct kube_write_common o = {0};
    const struct kube_target parent = {
        "",  "v1", "secrets", p->namespace_, applyset_parent_name(&p->pool.arena, p->environment),
        NULL};
    const struct kube_target ns = {"", "v1", "namespaces", NULL, p->namespace_, NULL};
    m->pending += 2;
    kube_read(m->cluster->kube, &parent, &o, on_parent, m);
    kube_read(m->cluster->kube, &ns, &o, on_namespace, m);
}

static void want_namespace(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    if (strcmp(p->kind, "destroy") == 0 || !m->target->make_namespace ||
        plan_target_makes_namespace(m, p->namespace_))
        return;
    struct val_builder *b = val_builder_new(&p->pool, 4);
    val_builder_map(b);
    val_builder_key(b, "apiVersion", 10);
    val_builder_add(b, val_of_str(&p->pool, "v1"));
    val_builder_key(b, "kind", 4);
    val_builder_add(b, val_of_str(&p->pool, "Namespace"));
    val_builder_key(b, "metadata", 8);
    val_builder_map(b);
    val_builder_key(b, "name", 4);
    val_builder_add(b, val_of_str(&p->pool, p->namespace_));
    val_builder_end(b);
    val_builder_end(b);
    const struct plan_want w = {.body = val_builder_finish(b),
                                .cause = "namespace of the environment"};
    plan_target_add(m, &w, NULL);
    m->target->rows.items[m->target->rows.len - 1]->own_namespace = true;
    val_builder_free(b);
}

/* ---- namespaces, as guardrails see them ---- */

static void on_namespace_read(void *ctx, const struct val *live, const struct kube_reply *reply)
{
    struct plan_namespace *to = ctx;
    struct plan_making *m = to->making;
    (void)reply;
    for (size_t i = 0; live && i < m->namespaces.len; i++)
        if (strcmp(m->namespaces.items[i].name, to->name) == 0)
            m->namespaces.items[i].live = val_copy(&m->planning->plan->pool, live);
    plan_target_step(m);
}

static void read_namespace(struct plan_making *m, const char *name)
{
    const struct kube_write_common o = {0};
    const struct kube_target t = {"", "v1", "namespaces", NULL, name, NULL};
    struct plan_namespace *asked = arena_new(&m->planning->plan->pool.arena, struct plan_namespace);
    for (size_t i = 0; i < m->namespaces.len; i++)
        if (strcmp(m->namespaces.items[i].name, name) == 0)
            return;
    *asked = (struct plan_namespace){m, name, NULL};
    vec_push(&m->namespaces, *asked);
    m->pending++;
    kube_read(m->cluster->kube, &t, &o, on_namespace_read, asked);
}

static void resolve_objects(struct plan_making *m)
{
    want_namespace(m);
    sort_rows(m->target);
    for (size_t i = 0; i < m->target->rows.len; i++)
        resolve(m, m->target->rows.items[i]);
    refuse_twins(m);
    for (size_t i = 0; m->planning->rules && i < m->target->rows.len; i++) {
        const char *ns = m->target->rows.items[i]->namespace_;
        if (*ns && !plan_target_makes_namespace(m, ns))
            read_namespace(m, ns);
    }
    for (size_t i = 0; m->planning->rules && i < m->scope.namespaces.len; i++)
        read_namespace(m, plan_str(m->planning->plan, m->scope.namespaces.items[i]));
}

static void try_objects(struct plan_making *m)
{
    m->pending += m->target->rows.len;
    /* rows that need no request end at once: the count above keeps the phase open */
    for (size_t i = 0, n = m->target->rows.len; i < n; i++)
        plan_object_begin(m, m->target->rows.items[i]);
}

/* ---- what left ---- */

struct leaving {
    struct plan_making *making;
    const char *group, *version, *kind, *plural;
};

static bool is_wanted(const struct plan_making *m, const struct leaving *l, const char *ns,
                      const char *name, const char *uid)
{
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if ((*uid && strcmp(r->uid, uid) == 0) ||
            (strcmp(r->kind, l->kind) == 0 && strcmp(r->group, l->group) == 0 &&
             strcmp(r->name, name) == 0 && strcmp(r->namespace_, ns) == 0))
            return true;
    }
    return false;
}

static int on_member(void *ctx, const struct val *object, const struct val *columns)
{
    (void)columns;
    struct leaving *l = ctx;
    struct plan_making *m = l->making;
    struct plan *p = m->planning->plan;
    const struct val *meta = val_get(object, "metadata");
    const char *ns = val_str(val_get(meta, "namespace"), "");
    const char *name = val_str(val_get(meta, "name"), "");
    const char *uid = val_str(val_get(meta, "uid"), "");
    if (m->target->rows.len > MEMBERS_MAX)
        return ERR_LIMIT;
    if (!*name || !*uid || is_wanted(m, l, ns, name, uid) || val_get(meta, "deletionTimestamp"))
        return 0;
    struct plan_row *r = plan_add_row(p, m->target);
    r->group = l->group;
    r->version = l->version;
    r->api_version = *l->group ? plan_fmt(p, "%s/%s", l->group, l->version) : l->version;
    r->kind = l->kind;
    r->plural = l->plural;
    r->namespace_ = plan_str(p, ns);
    r->name = plan_str(p, name);
    r->uid = plan_str(p, uid);
    r->resource_version = plan_str(p, val_str(val_get(meta, "resourceVersion"), ""));
    r->traits = kind_traits_of(l->group, l->kind);
    r->cause = strcmp(p->kind, "destroy") == 0 ? "the environment is destroyed"
               : *p->about                     ? "left the environment"
                                               : "left the folder";
    r->risk = true;
    const char *why = plan_keep_reason(object, true);
    bool kept = r->traits->holds_data && !r->traits->shared && strcmp(p->kind, "destroy") == 0;
    r->action = why || kept ? LEEWAY_ACTION_STAYS : LEEWAY_ACTION_DELETE;
    if (kept && !why)
        r->detail = "it holds data: kept, delete it by hand when nobody needs it";
    else if (why)
        r->detail = plan_fmt(p, "%s says that it is not to be deleted", why);
    else if (r->traits->shared)
        r->detail = "others may use it: kept unless its deletion is confirmed by itself";
    else if (r->traits->holds_data)
        r->detail = "its data is lost";
    r->seen = digest_sha256(r->uid, strlen(r->uid));
    plan_rules_check_delete(m, r, object);
    return 0;
}

static void on_members(void *ctx, const char *resource_version, const struct kube_error *error)
{
    (void)resource_version;
    struct leaving *l = ctx;
    if (error->code && error->code != ERR_NOT_FOUND)
        plan_target_fail(l->making, "what left the folder cannot be told: %s", error->text);
    plan_target_step(l->making);
}

static void list_members(struct plan_making *m, const struct kube_resource *res, const char *ns)
{
    struct plan *p = m->planning->plan;
    struct leaving *l = arena_new(&p->pool.arena, struct leaving);
    *l = (struct leaving){m, plan_str(p, res->group), plan_str(p, res->version),
                          plan_str(p, res->kind), plan_str(p, res->plural)};
    struct buf path;
    buf_init(&path, BUF_SMALL);
    kube_resource_path(&path, res, ns, NULL, NULL);
    const char *selector = plan_fmt(p, "%s=%s", APPLYSET_PART_OF, m->set_id);
    const struct kube_list_options o = {
        .what = {.path = buf_str(&path),
                 .label_selector = selector,
                 .form = m->planning->rules ? KUBE_FORM_FULL : KUBE_FORM_METADATA},
        .on_object = on_member,
        .on_done = on_members,
        .ctx = l};
    m->pending++;
    kube_list_start(m->cluster->kube, &o);
    buf_clear(&path);
}

static void find_left(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    const struct kube_discovery *d = m->cluster->discovery;
    for (size_t i = 0; p->complete && i < m->scope.kinds.len; i++) {
        const char *group, *kind;
        if (!applyset_split_kind(&p->pool.arena, m->scope.kinds.items[i], &group, &kind))
            continue;
        const struct kube_resource *res = kube_discovery_kind(d, group, NULL, kind);
        if (!res && kube_discovery_partial(d))
            plan_target_fail(m, "%s cannot be listed: its API server does not answer",
                             m->scope.kinds.items[i]);
        if (!res)
            continue; /* the definition is gone, and its objects with it */
        if (!res->namespaced)
            list_members(m, res, NULL);
        for (size_t k = 0; res->namespaced && k < m->scope.namespaces.len; k++)
            list_members(m, res, m->scope.namespaces.items[k]);
    }
}

/* ---- what stays behind ---- */

/* Does the name say that the StatefulSet's template made it: TEMPLATE-NAME-NUMBER? */
static bool is_claim_of(const char *claim, const char *set)
{
    size_t n = strlen(claim), len = strlen(set), end = n;
    while (end && claim[end - 1] >= '0' && claim[end - 1] <= '9')
        end--;
    return end < n && end > len + 2 && claim[end - 1] == '-' && claim[end - 2 - len] == '-' &&
           memcmp(claim + end - 1 - len, set, len) == 0;
}

static int on_claim(void *ctx, const struct val *object, const struct val *columns)
{
    (void)columns;
    struct leaving *l = ctx;
    struct plan_making *m = l->making;
    struct plan *p = m->planning->plan;
    const struct val *meta = val_get(object, "metadata");
    const char *name = val_str(val_get(meta, "name"), "");
    if (val_count(val_get(meta, "ownerReferences")))
        return 0; /* it goes with its owner, as the StatefulSet says */
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if (r->action == LEEWAY_ACTION_DELETE && strcmp(r->kind, "StatefulSet") == 0 &&
            strcmp(r->namespace_, val_str(val_get(meta, "namespace"), "")) == 0 &&
            is_claim_of(name, r->name))
            plan_warn(p, plan_fmt(p,
                                  "%s: PersistentVolumeClaim/%s is kept: StatefulSet/%s made it, "
                                  "and it holds data",
                                  m->target->cluster, name, r->name));
    }
    return 0;
}

static void on_claims(void *ctx, const char *resource_version, const struct kube_error *error)
{
    (void)resource_version;
    struct leaving *l = ctx;
    struct plan *p = l->making->planning->plan;
    if (error->code)
        plan_warn(p, plan_fmt(p, "%s: which claims are kept cannot be told: %s",
                              l->making->target->cluster, error->text));
    plan_target_step(l->making);
}

/* Claims that a StatefulSet made are nobody's members, and stay when it goes: they are named. */
static void find_kept(struct plan_making *m)
{
    struct plan *p = m->planning->plan;
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        bool seen = r->action != LEEWAY_ACTION_DELETE || strcmp(r->kind, "StatefulSet") != 0;
        for (size_t k = 0; k < i && !seen; k++) {
            const struct plan_row *x = m->target->rows.items[k];
            seen = x->action == LEEWAY_ACTION_DELETE && strcmp(x->kind, "StatefulSet") == 0 &&
                   strcmp(x->namespace_, r->namespace_) == 0;
        }
        if (seen)
            continue;
        struct leaving *l = arena_new(&p->pool.arena, struct leaving);
        *l = (struct leaving){.making = m};
        struct buf path;
        buf_init(&path, BUF_SMALL);
        kube_path(&path, "", "v1", "persistentvolumeclaims", r->namespace_, NULL, NULL);
        const struct kube_list_options o = {
            .what = {.path = buf_str(&path), .form = KUBE_FORM_METADATA},
            .on_object = on_claim,
            .on_done = on_claims,
            .ctx = l};
        m->pending++;
        kube_list_start(m->cluster->kube, &o);
        buf_clear(&path);
    }
}

/* ---- rights ---- */

/* The rows that need the right; false: it is not about rows. */
static bool leave_out(struct plan_right *right)
{
    struct plan_making *m = right->making;
    bool deletes = strcmp(right->verb, "delete") == 0, any = false;
    if (right->parent)
        return false;
    for (size_t i = 0; right->own_namespace && i < m->target->rows.len; i++)
        if (plan_row_goes_last(m->target->rows.items[i])) {
            plan_forbid_right(m, m->target->rows.items[i], right->verb);
            return true;
        }
    for (size_t i = 0; i < m->target->rows.len; i++) {
        struct plan_row *r = m->target->rows.items[i];
        bool needs = deletes
                         ? r->action == LEEWAY_ACTION_DELETE || r->action == LEEWAY_ACTION_REPLACE
                         : plan_row_is_sent(r) && r->checked_at_apply;
        if (!(needs || r->forbidden) || r->traits->wait || strcmp(r->plural, right->plural) != 0 ||
            strcmp(r->group, right->group) != 0 || strcmp(r->namespace_, right->namespace_) != 0)
            continue;
        plan_forbid_right(m, r, right->verb);
        any = true;
    }
    return any;
}

static void on_right(void *ctx, const struct kube_access_answer *a)
{
    struct plan_right *r = ctx;
    struct plan_making *m = r->making;
    struct plan *p = m->planning->plan;
    if (a->error->code)
        plan_warn(p, plan_fmt(p, "%s does not say whether %s %s is allowed: %s", m->target->cluster,
                              r->verb, r->plural, a->error->text));
    else if (!a->allowed && !leave_out(r))
        m->target->may = plan_fmt(p, "%s%s%s %s%s%s", m->target->may, *m->target->may ? ", " : "",
                                  r->verb, r->plural, *r->namespace_ ? " in " : "", r->namespace_);
    plan_target_step(m);
}

static struct plan_right *ask_right(struct plan_making *m, const char *verb, const char *group,
                                    const char *plural, const char *ns)
{
    for (size_t i = 0; i < m->rights.len; i++) {
        struct plan_right *r = m->rights.items[i];
        if (strcmp(r->verb, verb) == 0 && strcmp(r->group, group) == 0 &&
            strcmp(r->plural, plural) == 0 && strcmp(r->namespace_, ns) == 0)
            return r;
    }
    struct plan_right *r = arena_new(&m->planning->plan->pool.arena, struct plan_right);
    *r = (struct plan_right){m, verb, group, plural, ns, false, false};
    vec_push(&m->rights, r);
    const struct kube_access_question q = {
        .verb = verb, .group = group, .resource = plural, .ns = *ns ? ns : NULL};
    m->pending++;
    kube_may_i(m->cluster->kube, &q, on_right, r);
    return r;
}

/* A role in the namespace may allow it: requests about it count as made in it. */
static void ask_own_namespace(struct plan_making *m, const char *name)
{
    struct plan_right *r = arena_new(&m->planning->plan->pool.arena, struct plan_right);
    *r = (struct plan_right){.making = m,
                             .verb = "delete",
                             .group = "",
                             .plural = "namespaces",
                             .namespace_ = name,
                             .own_namespace = true};
    const struct kube_access_question q = {
        .verb = "delete", .group = "", .resource = "namespaces", .ns = name, .name = name};
    m->pending++;
    kube_may_i(m->cluster->kube, &q, on_right, r);
}

static void ask_rights(struct plan_making *m)
{
    bool sends = false;
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        sends = sends || plan_row_is_sent(r);
        if (plan_row_goes_last(r))
            ask_own_namespace(m, r->name);
        else if (r->action == LEEWAY_ACTION_DELETE || r->action == LEEWAY_ACTION_REPLACE)
            ask_right(m, "delete", r->group, r->plural, r->namespace_);
        /* what no dry run could test */
        if (plan_row_is_sent(r) && r->checked_at_apply && *r->plural) {
            ask_right(m, "patch", r->group, r->plural, r->namespace_);
            ask_right(m, "create", r->group, r->plural, r->namespace_);
        }
    }
    const char *ns = m->planning->plan->namespace_;
    for (int i = 0; sends && i < 2; i++) /* of the parent of its set: without it nothing goes */
        ask_right(m, i ? "create" : "patch", "", "secrets", ns)->parent = true;
}

/* ---- the way through ---- */

static void (*const phases[])(struct plan_making *) = {
    [PHASE_READ] = read_place,     [PHASE_RESOLVE] = resolve_objects,
    [PHASE_OBJECTS] = try_objects, [PHASE_LEFT] = find_left,
    [PHASE_KEPT] = find_kept,      [PHASE_NAMESPACE] = plan_own_namespace,
    [PHASE_RIGHTS] = ask_rights,
};

static void lead_on(struct plan_making *m)
{
    while (!m->pending && m->phase < PHASE_DONE) {
        if (*m->target->error || !m->cluster)
            m->phase = PHASE_DONE;
        else {
            m->pending = 1; /* this turn: what ends at once does not lead on by itself */
            phases[m->phase++](m);
            m->pending--;
        }
    }
    if (!m->pending && m->phase == PHASE_DONE) {
        m->phase++;
        plan_forbid_what_follows(m);
        plan_target_done(m);
    }
}

void plan_target_step(struct plan_making *m)
{
    m->pending--;
    lead_on(m);
}

void plan_target_begin(struct plan_making *m)
{
    lead_on(m);
}
