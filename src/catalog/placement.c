// SPDX-License-Identifier: Apache-2.0
/* Rules in the order in which a person would ask them. */
#include "catalog/placement.h"

#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static const char *selector_text(struct val_pool *pool, const struct val *s)
{
    struct buf b;
    buf_init(&b, BUF_SMALL);
    for (uint32_t i = 0; val_is(s, VAL_MAP) && i < s->len; i++)
        buf_printf(&b, "%s%s=%s", i ? "," : "", s->as.entries[i].key->s,
                   val_str(&s->as.entries[i].value, "?"));
    const char *out = arena_strndup(&pool->arena, buf_str(&b), b.len);
    buf_clear(&b);
    return out;
}

/* NULL when the blueprint, the team and the modules allow it; otherwise why not. */
static const char *refused(struct val_pool *pool, const struct placement_wish *w,
                           const struct catalog_cluster *cl)
{
    const struct catalog_blueprint *b = w->composition->blueprint;
    struct err e = ERR_INIT;
    const char *why = NULL;
    if (!catalog_labels_match(cl->labels, b->placement_selector))
        return arena_printf(&pool->arena, "blueprint %s goes to clusters with %s", b->name,
                            selector_text(pool, b->placement_selector));
    if (w->team && !catalog_labels_match(cl->labels, w->team->clusters))
        return arena_printf(&pool->arena, "team %s has clusters with %s", w->team->name,
                            selector_text(pool, w->team->clusters));
    if (w->composition->placement_when) {
        struct cel_activation act;
        bool on = false;
        const struct val *v = catalog_cluster_of(w->catalog, pool, cl, NULL, &e);
        cel_activation_init(&act, w->composition->scope.env);
        cel_bind_val(&act, w->composition->scope.cluster, v);
        if (!v || catalog_eval_bool(w->composition->placement_when, &act, pool, &on, &e))
            why = arena_printf(&pool->arena, "blueprint %s: %s", b->name, e.text);
        else if (!on)
            why = arena_printf(&pool->arena, "blueprint %s goes where %s", b->name,
                               w->composition->placement_when->at->as.s);
        cel_activation_clear(&act);
    }
    if (!why && catalog_composition_fits(w->composition, cl, &e))
        why = arena_strdup(&pool->arena, e.text);
    err_clear(&e);
    return why;
}

static bool named(const struct val *list, const char *name)
{
    for (size_t i = 0; i < val_count(list); i++)
        if (val_str_is(val_item(list, i), name))
            return true;
    return false;
}

static int check_names(const struct val *list, const struct placement_cluster *clusters, size_t n,
                       struct err *e)
{
    for (size_t i = 0; i < val_count(list); i++) {
        const char *name = val_str(val_item(list, i), "");
        bool found = false;
        for (size_t k = 0; k < n; k++)
            found = found || strcmp(clusters[k].cluster.name, name) == 0;
        if (!found)
            return err_set(e, ERR_NOT_FOUND, "the fleet has no cluster %s", name);
    }
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct placement_cluster *x = *(struct placement_cluster *const *)a,
                                   *y = *(struct placement_cluster *const *)b;
    if (x->current != y->current)
        return x->current ? -1 : 1;
    return strcmp(x->cluster.name, y->cluster.name);
}

/* The first `most` of the candidates, those that have it already before others. */
static void take(struct val_pool *pool, struct placement_cluster **candidates, size_t n,
                 int64_t most, const char *whose)
{
    if (n)
        qsort(candidates, n, sizeof(struct placement_cluster *), compare);
    for (size_t i = 0; i < n; i++) {
        candidates[i]->chosen = most <= 0 || (int64_t)i < most;
        if (!candidates[i]->chosen)
            candidates[i]->why = arena_printf(&pool->arena, "%s allows %lld, others come first",
                                              whose, (long long)most);
    }
}

int placement_choose(struct val_pool *pool, const struct placement_wish *w,
                     struct placement_cluster *clusters, size_t n, struct err *e)
{
    const struct val *names = val_get(w->placement, "clusters"),
                     *selector = val_get(w->placement, "selector");
    int64_t count = val_int(val_get(w->placement, "count"), 0),
            max = w->composition->blueprint->placement_max;
    VEC(struct placement_cluster *) candidates = {0};
    int rc = check_names(names, clusters, n, e);
    for (size_t i = 0; i < n && !rc; i++) {
        struct placement_cluster *c = &clusters[i];
        const char *no = refused(pool, w, &c->cluster);
        bool wanted = names ? named(names, c->cluster.name)
                            : catalog_labels_match(c->cluster.labels, selector);
        c->chosen = false;
        c->refused = no;
        c->why = !wanted ? names ? "the environment does not name it"
                                 : arena_printf(&pool->arena, "the environment selects %s",
                                                selector_text(pool, selector))
                 : no ? no
                 : names ? "the environment names it"
                         : "the environment selects it";
        if (wanted && no && names)
            rc = err_set(e, ERR_INVALID, "%s: %s", c->cluster.name, no);
        if (wanted && !no)
            vec_push(&candidates, c);
    }
    if (!rc && names && max && (int64_t)candidates.len > max)
        rc = err_set(e, ERR_INVALID, "the environment names %zu clusters, blueprint %s allows %lld",
                     candidates.len, w->composition->blueprint->name, (long long)max);
    if (!rc) {
        bool own = count && (!max || count <= max);
        take(pool, candidates.items, candidates.len, own ? count : max,
             own ? "the environment" : "the blueprint");
        if (!candidates.len) {
            rc = err_set(e, ERR_INVALID, "no cluster can take the environment");
            for (size_t i = 0; i < n && i < 3; i++)
                err_hint(e, "%s: %s", clusters[i].cluster.name, clusters[i].why);
        }
    }
    vec_clear(&candidates);
    return rc;
}
