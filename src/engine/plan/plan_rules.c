// SPDX-License-Identifier: Apache-2.0
/*
 * Rules that keep other people's objects: how other tools mark what is theirs, and how people say
 * that an object is to be left alone. Tables, read from the top.
 */
#include "engine/plan/plan_int.h"

#include "engine/apply/applyset.h"

#include <string.h>

/* Labels or annotations that tools put on what they deliver. value NULL: any. */
static const struct {
    const char *where, *key, *value, *tool;
} tools[] = {
    {"annotations", "meta.helm.sh/release-name", NULL, "Helm release"},
    {"annotations", "argocd.argoproj.io/tracking-id", NULL, "Argo CD application"},
    {"labels", "argocd.argoproj.io/instance", NULL, "Argo CD application"},
    {"labels", "kustomize.toolkit.fluxcd.io/name", NULL, "Flux kustomization"},
    {"labels", "helm.toolkit.fluxcd.io/name", NULL, "Flux Helm release"},
    {"annotations", "objectset.rio.cattle.io/id", NULL, "Rancher Fleet bundle"},
    {"labels", "kapp.k14s.io/app", NULL, "kapp application"},
};

const char *plan_other_tool(struct plan *p, const struct val *live)
{
    const struct val *meta = val_get(live, "metadata");
    for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
        const struct val *v = val_get(val_get(meta, tools[i].where), tools[i].key);
        if (val_is(v, VAL_STRING) && (!tools[i].value || val_str_is(v, tools[i].value)))
            return plan_fmt(p, "%s %s", tools[i].tool, v->as.s);
    }
    return NULL;
}

static const struct {
    const char *key, *value;
    bool change, delete; /* what it forbids */
    bool listed;         /* the value is one of a comma separated list */
} opt_outs[] = {
    {"client.lifecycle.config.k8s.io/mutation", "ignore", true, false, false},
    {"client.lifecycle.config.k8s.io/deletion", "detach", false, true, false},
    {"cli-utils.sigs.k8s.io/on-remove", "keep", false, true, false},
    {"helm.sh/resource-policy", "keep", false, true, false},
    {"argocd.argoproj.io/sync-options", "Prune=false", false, true, true},
    {"argocd.argoproj.io/sync-options", "Delete=false", false, true, true},
    {"kustomize.toolkit.fluxcd.io/prune", "disabled", false, true, false},
    {"kustomize.toolkit.fluxcd.io/reconcile", "disabled", true, true, false},
};

static bool listed(const char *list, const char *word)
{
    size_t n = strlen(word);
    for (const char *s = list; *s;) {
        s += strspn(s, ", ");
        size_t len = strcspn(s, ",");
        size_t end = len;
        while (end && s[end - 1] == ' ')
            end--;
        if (end == n && memcmp(s, word, n) == 0)
            return true;
        s += len;
    }
    return false;
}

const char *plan_keep_reason(const struct val *object, bool deleting)
{
    const struct val *notes = val_at(object, "metadata", "annotations", NULL);
    for (size_t i = 0; i < ARRAY_LEN(opt_outs); i++) {
        const char *v = val_str(val_get(notes, opt_outs[i].key), "");
        if ((deleting ? opt_outs[i].delete : opt_outs[i].change) &&
            (opt_outs[i].listed ? listed(v, opt_outs[i].value) : !strcmp(v, opt_outs[i].value)))
            return opt_outs[i].key;
    }
    if (deleting && val_count(val_at(object, "metadata", "ownerReferences", NULL)))
        return "its ownerReferences";
    return NULL;
}

bool plan_prunes_much(const struct plan_target *t, size_t *deletes, size_t *all)
{
    *deletes = *all = 0;
    for (size_t i = 0; i < t->rows.len; i++) {
        const struct plan_row *r = t->rows.items[i];
        if (r->action == LEEWAY_ACTION_CREATE || r->action == LEEWAY_ACTION_ERROR ||
            r->own_namespace)
            continue; /* what is not there yet makes a target no larger, nor what is no member */
        ++*all;
        *deletes += r->action == LEEWAY_ACTION_DELETE;
    }
    return *deletes > 3 && *deletes * 10 > *all * 3;
}
