// SPDX-License-Identifier: Apache-2.0
/*
 * The environment's own namespace, when the environment goes: it is deleted after everything else
 * if leeway made it and nothing of anybody else is left in it. That leeway made it is told by what
 * was given: of a namespace that was there before nothing was (apply_row.c).
 */
#include "engine/fleet/cluster.h"
#include "engine/plan/plan_make.h"
#include "store/store_get.h"

#include <string.h>

static const char *live_uid(const struct plan_making *m)
{
    return val_str(val_at(m->own_namespace, "metadata", "uid", NULL), "");
}

static int on_given(void *ctx, const struct store_given *given)
{
    const struct plan_making *m = ctx;
    return *live_uid(m) && strcmp(given->uid, live_uid(m)) == 0;
}

static bool is_made_here(struct plan_making *m)
{
    const struct plan *p = m->planning->plan;
    struct store_view *view = m->planning->engine->view;
    const struct store_object o = {"v1", "Namespace", "", p->namespace_};
    struct err e = ERR_INIT;
    bool made = view && store_with_given(view, p->environment_uuid, m->target->cluster_uid, &o,
                                         on_given, m, &e) == 1;
    err_clear(&e);
    return made;
}

static void note_what_goes(struct plan_making *m)
{
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if (r->action == LEEWAY_ACTION_DELETE)
            leftover_goes(m->leftover, r->kind, r->name, r->uid);
    }
    if (*m->parent_uid)
        leftover_goes(m->leftover, "Secret", "", m->parent_uid);
}

static void add_row(struct plan_making *m, const char *left)
{
    struct plan *p = m->planning->plan;
    const struct val *meta = val_get(m->own_namespace, "metadata");
    const char *why = plan_keep_reason(m->own_namespace, true);
    struct plan_row *r = plan_add_row(p, m->target);
    r->own_namespace = r->risk = true;
    r->version = r->api_version = "v1";
    r->kind = "Namespace";
    r->plural = "namespaces";
    r->name = p->namespace_;
    r->uid = plan_str(p, live_uid(m));
    r->resource_version = plan_str(p, val_str(val_get(meta, "resourceVersion"), ""));
    r->traits = kind_traits_of("", "Namespace");
    r->cause = "leeway made it for the environment";
    r->action = why || *left ? LEEWAY_ACTION_STAYS : LEEWAY_ACTION_DELETE;
    r->detail = why     ? plan_fmt(p, "%s says that it is not to be deleted", why)
                : *left ? plan_fmt(p, "kept: %s", left)
                        : "last of all, when nothing else is left in it";
    r->seen = digest_sha256(r->uid, strlen(r->uid));
    plan_rules_check_delete(m, r, m->own_namespace);
}

static void on_left(void *ctx, struct leftover *l)
{
    struct plan_making *m = ctx;
    note_what_goes(m);
    add_row(m, leftover_words(l, &m->planning->plan->pool.arena));
    plan_target_step(m);
}

void plan_own_namespace(struct plan_making *m)
{
    if (strcmp(m->planning->plan->kind, "destroy") != 0 || !is_made_here(m))
        return;
    for (size_t i = 0; i < m->target->rows.len; i++) {
        const struct plan_row *r = m->target->rows.items[i];
        if (strcmp(r->kind, "Namespace") == 0 && strcmp(r->uid, live_uid(m)) == 0)
            return; /* it is a member as well, and goes or stays as such */
    }
    m->pending++;
    m->leftover = leftover_ask(m->cluster->kube, m->cluster->discovery,
                               m->planning->plan->namespace_, on_left, m);
}
