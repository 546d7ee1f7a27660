// SPDX-License-Identifier: Apache-2.0
/* The tree of a drift detail: what differs stands by itself, what is as given is folded. */
#include "views/drift_detail_int.h"

#include "base/hash.h"
#include "views/words.h"

#include <string.h>

#define GROUPS_MAX 256
#define LABEL_MAX 400

static bool same_object(const struct drift_detail *d, const struct leeway_drift *x)
{
    return text_equal(x->environment, d->environment) && text_equal(x->object_kind, d->kind) &&
           text_equal(x->name, d->name) && text_equal(x->namespace_, d->namespace_);
}

const struct leeway_drift *drift_detail_drift(const struct drift_detail *d, struct text path)
{
    for (size_t i = 0; d->snapshot && i < leeway_drifts(d->snapshot); i++) {
        const struct leeway_drift *x = leeway_drift_at(d->snapshot, i);
        if (same_object(d, x) && text_equal(x->cluster, d->cluster) && text_equal(x->path, path))
            return x;
    }
    return NULL;
}

/* What the snapshot says, in the form of an object's fields. */
static void fields_of_snapshot(struct drift_detail *d)
{
    size_t n = d->snapshot ? leeway_drifts(d->snapshot) : 0, used = 0;
    struct leeway_object_field *f = arena_array(&d->rows_arena, n + 1, sizeof(*f));
    for (size_t i = 0; i < n; i++) {
        const struct leeway_drift *x = leeway_drift_at(d->snapshot, i);
        if (!same_object(d, x) || !text_equal(x->cluster, d->cluster))
            continue;
        f[used++] = (struct leeway_object_field){.path = x->path,
                                                 /* until it was asked; of an object that is gone
                                                  * only the whole of it was given */
                                                 .wanted = d->gone ? x->given : TEXT("?"),
                                                 .given = x->given,
                                                 .live = x->live,
                                                 .differs = true,
                                                 .atomic = x->atomic,
                                                 .managed = true,
                                                 .verdict = x->verdict,
                                                 .drift_id = x->id,
                                                 .owners = x->owners,
                                                 .n_owners = x->n_owners};
    }
    d->fields = f;
    d->n_fields = used;
}

/* It has a row of its own; what is as given and as wanted is folded. */
bool drift_detail_stands(const struct leeway_object_field *f)
{
    return f->differs || f->pending;
}

static bool is_under(struct text path, struct text group)
{
    if (group.len == 0)
        return true;
    return path.len > group.len && memcmp(path.str, group.str, group.len) == 0 &&
           (path.str[group.len] == '.' || path.str[group.len] == '[');
}

static size_t find_groups(const struct drift_detail *d, struct arena *a, struct text *groups)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_fields; i++) {
        if (!drift_detail_stands(&d->fields[i]))
            continue;
        struct text parent = words_path_parent(a, d->fields[i].path);
        bool known = false;
        for (size_t k = 0; k < n && !known; k++)
            known = text_equal(groups[k], parent);
        if (!known && n < GROUPS_MAX)
            groups[n++] = parent;
    }
    return n;
}

/* The deepest group a field lies in; -1: none. */
static int group_of(struct text path, const struct text *groups, size_t n)
{
    int best = -1;
    for (size_t i = 0; i < n; i++)
        if (is_under(path, groups[i]) && (best < 0 || groups[i].len > groups[best].len))
            best = (int)i;
    return best;
}

static uint64_t uid_of(enum detail_kind kind, struct text path)
{
    uint64_t h = hash_bytes(hash_process_key(), path.str, path.len) * 4 + (uint64_t)kind;
    return h ? h : 1;
}

struct builder {
    struct drift_detail *d;
    VEC(struct tree_node) nodes;
    struct text *groups;
    size_t n_groups;
    int *group; /* of each field */
};

static void add(struct builder *b, struct detail_row row, uint16_t depth, bool branch, bool shut)
{
    vec_push(&b->d->rows, row);
    vec_push(&b->nodes, (struct tree_node){uid_of(row.kind, row.path), depth, branch, shut});
}

/* The first step of path below group. */
static struct text first_step(struct arena *a, struct text path, struct text group)
{
    struct text rest = text_part(a, path, group.len, path.len - group.len);
    for (struct text up = words_path_parent(a, rest); up.len; up = words_path_parent(a, rest))
        rest = up;
    return rest.len && rest.str[0] == '.' ? text_part(a, rest, 1, rest.len - 1) : rest;
}

static void add_folded(struct builder *b, int g, uint16_t depth)
{
    struct drift_detail *d = b->d;
    struct arena *a = &d->rows_arena;
    struct text group = g >= 0 ? b->groups[g] : TEXT_NONE, label = TEXT_NONE, last = TEXT_NONE;
    size_t count = 0;
    for (size_t i = 0; i < d->n_fields; i++) {
        if (b->group[i] != g || drift_detail_stands(&d->fields[i]))
            continue;
        struct text step = first_step(a, d->fields[i].path, group);
        if (!text_equal(step, last) && label.len < LABEL_MAX)
            label = label.len ? text_fmt(a, "%s, %s", label.str, step.str) : step;
        last = step;
        count++;
    }
    if (!count)
        return;
    struct detail_row row = {DETAIL_FOLDED, label, text_fmt(a, "%s.", group.str), NULL, count};
    add(b, row, depth, true, true);
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct leeway_object_field *f = &d->fields[i];
        if (b->group[i] != g || drift_detail_stands(f))
            continue;
        struct text rest = text_part(a, f->path, group.len, f->path.len - group.len);
        if (rest.len && rest.str[0] == '.')
            rest = text_part(a, rest, 1, rest.len - 1);
        add(b, (struct detail_row){DETAIL_FIELD, rest, f->path, f, 1}, (uint16_t)(depth + 1), false,
            false);
    }
}

static void add_group(struct builder *b, int g)
{
    struct drift_detail *d = b->d;
    struct arena *a = &d->rows_arena;
    struct text path = b->groups[g];
    struct text label = path.len && path.str[0] == '.' ? text_part(a, path, 1, path.len - 1) : path;
    if (!label.len)
        label = TEXT("the object");
    add(b, (struct detail_row){DETAIL_GROUP, label, path, NULL, 0}, 0, true, false);
    for (size_t i = 0; i < d->n_fields; i++) {
        const struct leeway_object_field *f = &d->fields[i];
        if (b->group[i] != g || !drift_detail_stands(f))
            continue;
        struct text last = f->path.len ? words_path_last(a, f->path) : TEXT("all of it");
        add(b, (struct detail_row){DETAIL_FIELD, last, f->path, f, 1}, 1, false, false);
    }
    add_folded(b, g, 1);
}

void drift_detail_build(struct drift_detail *d)
{
    struct builder b = {.d = d};
    arena_reset(&d->rows_arena);
    d->rows.len = 0;
    d->n_differ = d->n_pending = 0;
    if (d->object) {
        d->fields = d->object->fields;
        d->n_fields = d->object->n_fields;
    } else {
        fields_of_snapshot(d);
    }
    b.groups = arena_array(&d->rows_arena, GROUPS_MAX, sizeof(*b.groups));
    b.group = arena_array(&d->rows_arena, d->n_fields + 1, sizeof(*b.group));
    b.n_groups = find_groups(d, &d->rows_arena, b.groups);
    for (size_t i = 0; i < d->n_fields; i++) {
        d->n_differ += d->fields[i].differs;
        d->n_pending += d->fields[i].pending;
        b.group[i] =
            drift_detail_stands(&d->fields[i])
                ? group_of(text_fmt(&d->rows_arena, "%s.x",
                                    words_path_parent(&d->rows_arena, d->fields[i].path).str),
                           b.groups, b.n_groups)
                : group_of(d->fields[i].path, b.groups, b.n_groups);
    }
    for (size_t g = 0; g < b.n_groups; g++)
        add_group(&b, (int)g);
    add_folded(&b, -1, 0);
    tree_set(&d->tree, b.nodes.items, b.nodes.len);
    vec_clear(&b.nodes);
}

const struct detail_row *drift_detail_here(const struct drift_detail *d)
{
    size_t row;
    return list_at(&d->tree.list, &row) ? &d->rows.items[tree_node_at(&d->tree, row)] : NULL;
}
