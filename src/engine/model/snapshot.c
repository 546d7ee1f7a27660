// SPDX-License-Identifier: Apache-2.0
/*
 * Snapshots as tables of shared pages. A page holds up to 64 rows of one table and the arena of all
 * they point to; it is immutable once its snapshot is sealed and is shared by every later snapshot
 * in which none of its rows was put anew. A page in which some rows changed is made again: the
 * others are copied from the page before.
 */
#include "engine/model/copy.h"

#include "base/mem.h"

#include <assert.h>
#include <stdatomic.h>
#include <string.h>

#define PAGE_ROWS 64u

enum table_id { TABLE_CLUSTERS, TABLE_ENVIRONMENTS, TABLE_DRIFTS, TABLE_RELEASES, TABLE_COUNT };

static void copy_cluster_row(struct arena *a, void *row)
{
    copy_cluster(a, row);
}

static void copy_environment_row(struct arena *a, void *row)
{
    copy_environment(a, row);
}

static void copy_drift_row(struct arena *a, void *row)
{
    copy_drift(a, row);
}

static void copy_release_row(struct arena *a, void *row)
{
    copy_release(a, row);
}

static const struct {
    size_t row_size;
    void (*copy)(struct arena *a, void *row);
} kinds[TABLE_COUNT] = {
    [TABLE_CLUSTERS] = {sizeof(struct leeway_cluster), copy_cluster_row},
    [TABLE_ENVIRONMENTS] = {sizeof(struct leeway_environment), copy_environment_row},
    [TABLE_DRIFTS] = {sizeof(struct leeway_drift), copy_drift_row},
    [TABLE_RELEASES] = {sizeof(struct leeway_release), copy_release_row},
};

struct page {
    atomic_uint refs;
    uint64_t filled; /* bit set: the row was put or copied */
    struct arena arena;
    _Alignas(max_align_t) char rows[];
};

struct table {
    struct page **pages; /* NULL: not begun (builders only) */
    size_t n_pages, len;
};

struct fleet_box {
    atomic_uint refs;
    struct arena arena;
    struct leeway_fleet_info info;
};

struct leeway_snapshot {
    atomic_uint refs;
    uint64_t number;
    int64_t taken_ms;
    struct fleet_box *fleet;
    struct table tables[TABLE_COUNT];
};

struct leeway_snapshot_builder {
    struct leeway_snapshot *previous; /* a reference, or NULL */
    struct leeway_snapshot *next;
};

static void *page_row(struct page *p, enum table_id t, size_t i)
{
    return p->rows + (i % PAGE_ROWS) * kinds[t].row_size;
}

static struct page *page_new(enum table_id t)
{
    struct page *p = mem_zalloc(sizeof(*p) + PAGE_ROWS * kinds[t].row_size);
    atomic_init(&p->refs, 1);
    arena_init(&p->arena);
    return p;
}

static void page_unref(struct page *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        arena_clear(&p->arena);
        mem_free(p);
    }
}

static void fleet_unref(struct fleet_box *f)
{
    if (f && atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1) {
        arena_clear(&f->arena);
        mem_free(f);
    }
}

struct leeway_snapshot *leeway_snapshot_ref(struct leeway_snapshot *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void leeway_snapshot_unref(struct leeway_snapshot *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t t = 0; t < TABLE_COUNT; t++) {
        for (size_t i = 0; i < s->tables[t].n_pages; i++)
            page_unref(s->tables[t].pages[i]);
        mem_free(s->tables[t].pages);
    }
    fleet_unref(s->fleet);
    mem_free(s);
}

/* ---- reading ---- */

static const void *row_at(const struct leeway_snapshot *s, enum table_id t, size_t i)
{
    if (i >= s->tables[t].len)
        return NULL;
    return page_row(s->tables[t].pages[i / PAGE_ROWS], t, i);
}

uint64_t leeway_snapshot_number(const struct leeway_snapshot *s)
{
    return s->number;
}

int64_t leeway_snapshot_taken_ms(const struct leeway_snapshot *s)
{
    return s->taken_ms;
}

const struct leeway_fleet_info *leeway_snapshot_fleet(const struct leeway_snapshot *s)
{
    static const struct leeway_fleet_info none = {.name = {"", 0, 0},
                                                  .file = {"", 0, 0},
                                                  .read_only_why = {"", 0, 0},
                                                  .identity = {"", 0, 0}};
    return s->fleet ? &s->fleet->info : &none;
}

size_t leeway_clusters(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_CLUSTERS].len;
}

const struct leeway_cluster *leeway_cluster_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_CLUSTERS, i);
}

const struct leeway_cluster *leeway_cluster_by_id(const struct leeway_snapshot *s, uint64_t id)
{
    for (size_t i = 0; i < leeway_clusters(s); i++)
        if (leeway_cluster_at(s, i)->id == id)
            return leeway_cluster_at(s, i);
    return NULL;
}

const struct leeway_cluster *leeway_cluster_by_name(const struct leeway_snapshot *s,
                                                    const char *name)
{
    for (size_t i = 0; i < leeway_clusters(s); i++)
        if (strcmp(leeway_cluster_at(s, i)->name.str, name) == 0)
            return leeway_cluster_at(s, i);
    return NULL;
}

size_t leeway_environments(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_ENVIRONMENTS].len;
}

const struct leeway_environment *leeway_environment_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_ENVIRONMENTS, i);
}

size_t leeway_drifts(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_DRIFTS].len;
}

const struct leeway_drift *leeway_drift_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_DRIFTS, i);
}

size_t leeway_releases(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_RELEASES].len;
}

const struct leeway_release *leeway_release_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_RELEASES, i);
}

/* ---- building ---- */

struct leeway_snapshot_builder *leeway_snapshot_builder_new(struct leeway_snapshot *previous,
                                                            int64_t taken_ms)
{
    struct leeway_snapshot_builder *b = mem_new(struct leeway_snapshot_builder);
    b->previous = previous ? leeway_snapshot_ref(previous) : NULL;
    b->next = mem_new(struct leeway_snapshot);
    atomic_init(&b->next->refs, 1);
    b->next->number = previous ? previous->number + 1 : 1;
    b->next->taken_ms = taken_ms;
    for (size_t t = 0; previous && t < TABLE_COUNT; t++)
        b->next->tables[t].len = previous->tables[t].len;
    return b;
}

void leeway_snapshot_put_fleet(struct leeway_snapshot_builder *b,
                               const struct leeway_fleet_info *fleet)
{
    fleet_unref(b->next->fleet);
    struct fleet_box *f = mem_new(struct fleet_box);
    atomic_init(&f->refs, 1);
    arena_init(&f->arena);
    f->info = *fleet;
    copy_fleet(&f->arena, &f->info);
    b->next->fleet = f;
}

static void reach_page(struct table *t, size_t page)
{
    if (page < t->n_pages)
        return;
    t->pages = mem_reallocarray(t->pages, page + 1, sizeof(struct page *));
    while (t->n_pages <= page)
        t->pages[t->n_pages++] = NULL;
}

static void put(struct leeway_snapshot_builder *b, enum table_id t, size_t i, const void *row)
{
    struct table *table = &b->next->tables[t];
    reach_page(table, i / PAGE_ROWS);
    struct page **p = &table->pages[i / PAGE_ROWS];
    if (!*p)
        *p = page_new(t);
    if (table->len <= i)
        table->len = i + 1;
    void *place = page_row(*p, t, i);
    memcpy(place, row, kinds[t].row_size);
    kinds[t].copy(&(*p)->arena, place);
    (*p)->filled |= 1ULL << (i % PAGE_ROWS);
}

void leeway_snapshot_put_cluster(struct leeway_snapshot_builder *b, size_t i,
                                 const struct leeway_cluster *row)
{
    put(b, TABLE_CLUSTERS, i, row);
}

void leeway_snapshot_put_environment(struct leeway_snapshot_builder *b, size_t i,
                                     const struct leeway_environment *row)
{
    put(b, TABLE_ENVIRONMENTS, i, row);
}

void leeway_snapshot_put_drift(struct leeway_snapshot_builder *b, size_t i,
                               const struct leeway_drift *row)
{
    put(b, TABLE_DRIFTS, i, row);
}

void leeway_snapshot_put_release(struct leeway_snapshot_builder *b, size_t i,
                                 const struct leeway_release *row)
{
    put(b, TABLE_RELEASES, i, row);
}

void leeway_snapshot_truncate(struct leeway_snapshot_builder *b, size_t clusters,
                              size_t environments, size_t drifts, size_t releases)
{
    const size_t max[TABLE_COUNT] = {clusters, environments, drifts, releases};
    for (size_t t = 0; t < TABLE_COUNT; t++)
        if (b->next->tables[t].len > max[t])
            b->next->tables[t].len = max[t];
}

/* Rows that nobody put come from the previous snapshot: a whole page by reference, single ones as
 * copies. A row that neither has is a gap, which is a mistake of the caller. */
static void complete(struct leeway_snapshot_builder *b, enum table_id t)
{
    struct table *table = &b->next->tables[t];
    const struct table *old = b->previous ? &b->previous->tables[t] : NULL;
    size_t n_pages = (table->len + PAGE_ROWS - 1) / PAGE_ROWS;
    for (size_t i = n_pages; i < table->n_pages; i++)
        page_unref(table->pages[i]);
    if (n_pages)
        reach_page(table, n_pages - 1);
    table->n_pages = n_pages;
    for (size_t i = 0; i < table->len; i++) {
        struct page **p = &table->pages[i / PAGE_ROWS];
        if (!*p) {
            assert(old && i / PAGE_ROWS < old->n_pages);
            *p = old->pages[i / PAGE_ROWS];
            atomic_fetch_add_explicit(&(*p)->refs, 1, memory_order_relaxed);
        }
        if ((*p)->filled >> (i % PAGE_ROWS) & 1)
            continue;
        assert(old && i < old->len);
        put(b, t, i, page_row(old->pages[i / PAGE_ROWS], t, i));
    }
}

struct leeway_snapshot *leeway_snapshot_seal(struct leeway_snapshot_builder *b)
{
    for (size_t t = 0; t < TABLE_COUNT; t++)
        complete(b, (enum table_id)t);
    struct leeway_snapshot *s = b->next;
    if (!s->fleet && b->previous && b->previous->fleet) {
        s->fleet = b->previous->fleet;
        atomic_fetch_add_explicit(&s->fleet->refs, 1, memory_order_relaxed);
    }
    leeway_snapshot_unref(b->previous);
    mem_free(b);
    return s;
}
