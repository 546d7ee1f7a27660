// SPDX-License-Identifier: Apache-2.0
/* The kinds that several clusters serve, merged: each once, in the version most servers prefer. */
#include "engine/look/look_int.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS_MAX = 20000 };

struct merged {
    struct arena arena;
    VEC(struct leeway_kind) kinds;
    struct strmap by_name; /* PLURAL.GROUP → index + 1 */
    uint32_t clusters, unknown;
};

static struct text joined(struct arena *a, const struct kube_strings *words)
{
    struct text t = TEXT_NONE;
    for (size_t i = 0; i < words->len && i < 16; i++)
        t = text_fmt(a, "%s%s%s", t.str, i ? "," : "", words->items[i]);
    return t;
}

static void add_cluster(struct merged *m, const struct kube_discovery *d)
{
    for (size_t i = 0; i < kube_discovery_len(d); i++) {
        const struct kube_resource *r = kube_discovery_at(d, i);
        if (!r->preferred || !(r->verbs & KUBE_VERB_LIST))
            continue;
        char *name = mem_printf("%s.%s", r->plural, r->group);
        size_t at = (size_t)(uintptr_t)strmap_get(&m->by_name, name);
        if (!at && m->kinds.len < KINDS_MAX) {
            struct arena *a = &m->arena;
            vec_push(&m->kinds, (struct leeway_kind){.group = text_cstr(a, r->group),
                                                     .version = text_cstr(a, r->version),
                                                     .kind = text_cstr(a, r->kind),
                                                     .plural = text_cstr(a, r->plural),
                                                     .short_names = joined(a, &r->short_names),
                                                     .categories = joined(a, &r->categories),
                                                     .namespaced = r->namespaced});
            at = m->kinds.len;
            strmap_set(&m->by_name, name, (void *)(uintptr_t)at);
        }
        if (at)
            m->kinds.items[at - 1].clusters++;
        mem_free(name);
    }
}

static int compare(const void *x, const void *y)
{
    const struct leeway_kind *a = x, *b = y;
    if (!a->group.len != !b->group.len)
        return a->group.len ? 1 : -1;
    int order = text_compare(a->plural, b->plural);
    return order ? order : text_compare(a->group, b->group);
}

void look_kinds_command(struct engine *e, struct engine_command *cmd)
{
    struct merged m = {0};
    arena_init(&m.arena);
    size_t n = cmd->c.n_clusters ? cmd->c.n_clusters : e->clusters.len;
    for (size_t i = 0; i < n; i++) {
        const struct cluster *c = cmd->c.n_clusters ? engine_cluster_by_name(e, cmd->c.clusters[i])
                                                    : e->clusters.items[i];
        if (c && c->discovery) {
            m.clusters++;
            add_cluster(&m, c->discovery);
        } else {
            m.unknown++;
        }
    }
    if (m.kinds.len)
        qsort(m.kinds.items, m.kinds.len, sizeof(*m.kinds.items), compare);
    const struct leeway_kinds k = {.kinds = m.kinds.items,
                                   .n_kinds = m.kinds.len,
                                   .clusters = m.clusters,
                                   .unknown = m.unknown};
    struct leeway_kinds *copy = leeway_kinds_new(&k);
    engine_answer_kinds(e, cmd, copy);
    leeway_kinds_unref(copy);
    strmap_clear(&m.by_name);
    vec_clear(&m.kinds);
    arena_clear(&m.arena);
}
