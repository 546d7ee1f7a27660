// SPDX-License-Identifier: Apache-2.0
/*
 * Order is kept as indices into the items. When rows change, those that did not keep their order
 * among themselves: they are dealt into groups by one pass, the changed ones are sorted alone, and
 * both are merged.
 */
#include "views/fleet_model.h"

#include "views/states.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fleet_model_init(struct fleet_model *m)
{
    memset(m, 0, sizeof(*m));
}

void fleet_model_clear(struct fleet_model *m)
{
    if (m->snapshot)
        leeway_snapshot_unref(m->snapshot);
    vec_clear(&m->items);
    vec_clear(&m->groups);
    vec_clear(&m->order);
    vec_clear(&m->group_order);
    fleet_model_init(m);
}

/* ---- rows ---- */

static bool shown(const struct fleet_model *m, const struct leeway_cluster *c)
{
    if (m->reason_key[0] && strcmp(c->reason_key.str ? c->reason_key.str : "", m->reason_key) != 0)
        return false;
    return fleet_filter_passes(&m->filter, c);
}

static uint32_t group_of(struct fleet_model *m, const struct leeway_cluster *c, uint32_t hint)
{
    struct text name = m->flat || !m->group_by[0] ? TEXT_NONE : fleet_label(c, m->group_by);
    if (hint < m->groups.len && text_equal(m->groups.items[hint].name, name))
        return hint;
    for (uint32_t i = 0; i < m->groups.len; i++)
        if (text_equal(m->groups.items[i].name, name))
            return i;
    vec_push(&m->groups, (struct fleet_group){.name = name});
    return (uint32_t)m->groups.len - 1;
}

static void read_row(struct fleet_model *m, struct fleet_item *it, const struct leeway_cluster *c,
                     uint32_t hint)
{
    it->row = c;
    it->id = c->id;
    it->version = c->version_of_row;
    it->group = group_of(m, c, hint);
    it->shown = shown(m, c);
    it->advice = fleet_advice(c).len > 0;
    it->fact = c->state != LEEWAY_OK || c->drift[LEEWAY_VERDICT_ACCEPTED] > 0 || it->advice;
    it->rank = (uint8_t)(c->state * 2 + !(c->state == LEEWAY_OK && it->advice));
    it->moved = true;
}

/* ---- order ---- */

static int compare_items(const struct fleet_model *m, uint32_t a, uint32_t b)
{
    const struct fleet_item *x = &m->items.items[a], *y = &m->items.items[b];
    if (x->group != y->group)
        return m->groups.items[x->group].place < m->groups.items[y->group].place ? -1 : 1;
    if (m->sort == FLEET_BY_STATE && x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (m->sort == FLEET_BY_STATE && state_is_unwell(x->row->state) &&
        x->row->since_ms != y->row->since_ms)
        return x->row->since_ms < y->row->since_ms ? -1 : 1;
    int by_name = text_compare(x->row->name, y->row->name);
    return by_name ? by_name : (a > b) - (a < b);
}

static int compare_order(const void *a, const void *b, void *m)
{
    return compare_items(m, *(const uint32_t *)a, *(const uint32_t *)b);
}

static int compare_groups(const void *a, const void *b, void *ctx)
{
    const struct fleet_model *m = ctx;
    const struct fleet_group *x = &m->groups.items[*(const uint32_t *)a],
                             *y = &m->groups.items[*(const uint32_t *)b];
    for (int s = 0; m->sort == FLEET_BY_STATE && s < LEEWAY_PENDING; s++) {
        if (!x->by_state[s] != !y->by_state[s])
            return x->by_state[s] ? -1 : 1;
        if (x->by_state[s] != y->by_state[s])
            return x->by_state[s] > y->by_state[s] ? -1 : 1;
        if (x->by_state[s])
            break;
    }
    return text_compare(x->name, y->name);
}

static void count(struct fleet_model *m)
{
    memset(m->by_state, 0, sizeof(m->by_state));
    m->longest_name = 0;
    for (size_t i = 0; i < m->groups.len; i++) {
        struct text name = m->groups.items[i].name;
        m->groups.items[i] = (struct fleet_group){.name = name, .place = m->groups.items[i].place};
    }
    for (size_t i = 0; i < m->items.len; i++) {
        const struct fleet_item *it = &m->items.items[i];
        if (!it->shown)
            continue;
        struct fleet_group *g = &m->groups.items[it->group];
        g->count++;
        g->by_state[it->row->state]++;
        m->by_state[it->row->state]++;
        if ((int)it->row->name.cols > m->longest_name)
            m->longest_name = (int)it->row->name.cols;
    }
}

static void place_groups(struct fleet_model *m)
{
    m->group_order.len = 0;
    for (uint32_t i = 0; i < m->groups.len; i++)
        if (m->groups.items[i].count)
            vec_push(&m->group_order, i);
    if (m->group_order.len)
        qsort_r(m->group_order.items, m->group_order.len, sizeof(uint32_t), compare_groups, m);
    for (uint32_t i = 0; i < m->group_order.len; i++)
        m->groups.items[m->group_order.items[i]].place = i;
}

/* The items that did not change, in the order they had, dealt into the groups' new places. */
static void deal(struct fleet_model *m, uint32_t *out, size_t *n)
{
    size_t *at = mem_calloc(m->groups.len + 1, sizeof(*at));
    *n = 0;
    for (size_t i = 0; i < m->order.len; i++) {
        const struct fleet_item *it = &m->items.items[m->order.items[i]];
        if (!it->moved && it->shown) {
            at[m->groups.items[it->group].place + 1]++;
            ++*n;
        }
    }
    for (size_t g = 1; g <= m->groups.len; g++)
        at[g] += at[g - 1];
    for (size_t i = 0; i < m->order.len; i++) {
        const struct fleet_item *it = &m->items.items[m->order.items[i]];
        if (!it->moved && it->shown)
            out[at[m->groups.items[it->group].place]++] = m->order.items[i];
    }
    mem_free(at);
}

static void order(struct fleet_model *m)
{
    size_t n_old, n_new = 0, i = 0, k = 0;
    place_groups(m);
    uint32_t *old = mem_calloc(m->order.len + 1, sizeof(*old));
    uint32_t *new = mem_calloc(m->items.len + 1, sizeof(*new));
    deal(m, old, &n_old);
    for (uint32_t j = 0; j < m->items.len; j++) {
        if (m->items.items[j].moved && m->items.items[j].shown)
            new[n_new++] = j;
        m->items.items[j].moved = false;
    }
    if (n_new)
        qsort_r(new, n_new, sizeof(*new), compare_order, m);
    m->order.len = 0;
    while (i < n_old || k < n_new) {
        bool take_old = k == n_new || (i < n_old && compare_items(m, old[i], new[k]) < 0);
        vec_push(&m->order, take_old ? old[i++] : new[k++]);
    }
    mem_free(old);
    mem_free(new);
    m->generation++;
    m->stale_order = false;
}

/* ---- snapshots ---- */

void fleet_model_rebuild(struct fleet_model *m)
{
    m->items.len = 0;
    m->order.len = 0;
    m->groups.len = 0;
    m->total = m->snapshot ? leeway_clusters(m->snapshot) : 0;
    for (size_t i = 0; i < m->total; i++) {
        struct fleet_item it = {0};
        read_row(m, &it, leeway_cluster_at(m->snapshot, i),
                 i ? m->items.items[i - 1].group : UINT32_MAX);
        vec_push(&m->items, it);
    }
    count(m);
    order(m);
}

static bool same_clusters(const struct fleet_model *m, const struct leeway_snapshot *s)
{
    if (leeway_clusters(s) != m->items.len)
        return false;
    for (size_t i = 0; i < m->items.len; i++)
        if (leeway_cluster_at(s, i)->id != m->items.items[i].id)
            return false;
    return true;
}

void fleet_model_refilter(struct fleet_model *m)
{
    for (size_t i = 0; i < m->items.len; i++) {
        struct fleet_item *it = &m->items.items[i];
        bool now = shown(m, it->row);
        it->moved = now && (it->moved || !it->shown);
        it->shown = now;
    }
    count(m);
    order(m);
}

/* Names of groups belong to the old snapshot: take them from a row of the new one. */
static void rename_groups(struct fleet_model *m)
{
    size_t left = m->groups.len;
    for (size_t i = 0; i < m->groups.len; i++)
        m->groups.items[i].count = 0;
    for (size_t i = 0; i < m->items.len && left; i++) {
        const struct fleet_item *it = &m->items.items[i];
        struct fleet_group *g = &m->groups.items[it->group];
        if (g->count++)
            continue;
        left--;
        if (g->name.len)
            g->name = fleet_label(it->row, m->group_by);
    }
    for (size_t i = 0; i < m->groups.len; i++) /* nobody is in it any more */
        if (!m->groups.items[i].count)
            m->groups.items[i].name = TEXT("gone");
}

void fleet_model_update(struct fleet_model *m, struct leeway_snapshot *s, bool frozen)
{
    struct leeway_snapshot *old = m->snapshot;
    bool any = false;
    if (s == old && !m->stale_order)
        return;
    m->snapshot = leeway_snapshot_ref(s);
    if (!old || !same_clusters(m, s)) {
        fleet_model_rebuild(m);
    } else {
        for (size_t i = 0; i < m->items.len; i++) {
            struct fleet_item *it = &m->items.items[i];
            const struct leeway_cluster *c = leeway_cluster_at(s, i);
            bool pending = it->moved, was_shown = it->shown;
            uint32_t was_in = it->group;
            if (c->version_of_row != it->version)
                read_row(m, it, c, it->group);
            if (it->group != was_in || it->shown != was_shown)
                frozen = false;
            it->row = c;
            any |= it->moved;
            it->moved |= pending;
        }
        rename_groups(m);
        count(m);
        if (any && frozen) {
            m->stale_order = true;
            m->generation++;
        } else if (any) {
            order(m);
        }
    }
    if (old)
        leeway_snapshot_unref(old);
}

/* ---- groups ---- */

const char *fleet_default_group(const struct leeway_snapshot *s)
{
    for (size_t i = 0; i < leeway_clusters(s); i++)
        if (fleet_label(leeway_cluster_at(s, i), "region").len)
            return "region";
    return "";
}

void fleet_next_group(const struct leeway_snapshot *s, char now[64])
{
    static const char *const facts[] = {"region", "provider", "distribution", "version"};
    const char *best = NULL;
    for (size_t i = 0; i < leeway_clusters(s); i++) {
        const struct leeway_cluster *c = leeway_cluster_at(s, i);
        for (size_t k = 0; k < c->n_labels + ARRAY_LEN(facts); k++) {
            const char *key = k < c->n_labels ? c->labels[k].key.str : facts[k - c->n_labels];
            if (strcmp(key, now) > 0 && (!best || strcmp(key, best) < 0) && strlen(key) < 64 &&
                fleet_label(c, key).len)
                best = key;
        }
    }
    snprintf(now, 64, "%s", best ? best : "");
}
