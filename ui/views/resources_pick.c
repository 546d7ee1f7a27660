// SPDX-License-Identifier: Apache-2.0
/* What a person chooses in the Resources view: the kind, what to sort by, what to copy. */
#include "app/requests.h"

#include "views/resources_int.h"

#include "base/mem.h"
#include "views/object.h"
#include "widget/pick.h"

#include <string.h>

/* ---- the kind ---- */

static struct text kind_label(struct arena *a, const struct leeway_kind *k)
{
    return k->group.len ? text_fmt(a, "%s.%s", k->plural.str, k->group.str) : k->plural;
}

static void kind_chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    struct resources *v = (struct resources *)owner;
    const struct resources_query q = {
        .kind = typed.str,
        .clusters = v->clusters,
        .n_clusters = v->n_clusters,
        .filter = v->asked.ns[0] ? text_fmt(&v->arena, "ns:%s", v->asked.ns).str : NULL};
    app_push(a, resources_new(a, &q));
}

static void on_kinds(struct app *a, struct view *owner, const struct leeway_event *ev)
{
    struct resources *v = (struct resources *)owner;
    if (ev->kind != LEEWAY_EVENT_KINDS) {
        app_say_failed(a, ev);
        return;
    }
    const struct leeway_kinds *k = ev->kinds;
    struct arena arena;
    arena_init(&arena);
    struct pick_item *items = arena_array(&arena, k->n_kinds + 1, sizeof(*items));
    size_t at = 0;
    for (size_t i = 0; i < k->n_kinds; i++) {
        const struct leeway_kind *x = &k->kinds[i];
        items[i] = (struct pick_item){
            .label = kind_label(&arena, x),
            .also = x->short_names,
            .note =
                text_fmt(&arena, "%s%s%s%s on %u", x->kind.str, x->short_names.len ? ", " : "",
                         x->short_names.str, x->namespaced ? "" : ", of the cluster", x->clusters)};
        if (v->look && text_equal(x->plural, v->look->plural) &&
            text_equal(x->group, v->look->group))
            at = i;
    }
    struct text title = TEXT("Kind");
    if (k->unknown)
        title = text_fmt(&arena, "Kind: %u clusters could not be asked", k->unknown);
    const struct pick_spec spec = {.title = title,
                                   .items = items,
                                   .n_items = k->n_kinds,
                                   .at = at,
                                   .owner = owner,
                                   .label_is_answer = true,
                                   .fn = kind_chosen};
    app_push(a, pick_new(&spec));
    arena_clear(&arena);
}

void resources_pick_kind(struct resources *v)
{
    const struct leeway_command c = {
        .kind = LEEWAY_CMD_KINDS, .clusters = v->clusters, .n_clusters = v->n_clusters};
    app_request(v->app, &v->view, &c, on_kinds);
}

/* ---- the order ---- */

#define FIXED 4 /* state, cluster, namespace, name */

static void sort_chosen(struct app *a, struct view *owner, size_t item, struct text typed)
{
    struct resources *v = (struct resources *)owner;
    int sort = (int)item - FIXED; /* BY_STATE to BY_NAME, then columns */
    v->reverse = sort == v->sort && v->sorted_by_hand && !v->reverse;
    v->sort = sort;
    v->sorted_by_hand = true;
    resources_load(v, false);
}

void resources_pick_sort(struct resources *v)
{
    struct arena arena;
    arena_init(&arena);
    size_t n = v->look->n_columns + FIXED;
    struct pick_item *items = arena_array(&arena, n, sizeof(*items));
    items[0] = (struct pick_item){TEXT("state"), TEXT_NONE, TEXT("the worst first")};
    items[1] = (struct pick_item){TEXT("cluster"), TEXT_NONE, TEXT_NONE};
    items[2] = (struct pick_item){TEXT("namespace"), TEXT_NONE, TEXT_NONE};
    items[3] = (struct pick_item){TEXT("name"), TEXT_NONE, TEXT_NONE};
    for (size_t i = 0; i < v->look->n_columns; i++)
        items[i + FIXED] = (struct pick_item){v->look->columns[i].words, TEXT_NONE, TEXT_NONE};
    size_t at = (size_t)(v->sort + FIXED);
    if (at < n && v->sorted_by_hand)
        items[at].note = v->reverse ? TEXT("now, backwards") : TEXT("now; again: backwards");
    const struct pick_spec spec = {.title = TEXT("Sort by"),
                                   .items = items,
                                   .n_items = n,
                                   .at = at < n ? at : 0,
                                   .owner = &v->view,
                                   .fn = sort_chosen};
    app_push(v->app, pick_new(&spec));
    arena_clear(&arena);
}

/* ---- copying ---- */

void resources_pick_copy(struct resources *v)
{
    struct resource_item i;
    if (!resources_here(v, &i) || !i.row)
        return;
    struct object_ref ref = resources_ref(v, i.row);
    object_pick_copy(v->app, &v->view, &ref);
}
