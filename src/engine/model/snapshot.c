// SPDX-License-Identifier: Apache-2.0
/*
 * Snapshots as tables of shared pages. A page holds up to 64 rows of one table and the arena of all
 * they point to; it is immutable once its snapshot is sealed and is shared by every later snapshot
 * in which none of its rows was put anew. A page in which some rows changed is made again: the
 * others are copied from the page before.
 */
#include "engine/model/copy.h"
#include "engine/model/pages.h"
#include "leeway/catalog.h"
#include "leeway/look.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdatomic.h>
#include <string.h>

enum table_id {
    TABLE_CLUSTERS,
    TABLE_ENVIRONMENTS,
    TABLE_DRIFTS,
    TABLE_RELEASES,
    TABLE_BLUEPRINTS,
    TABLE_ENV_FILES,
    TABLE_ANSWERS,
    TABLE_COUNT
};

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

static void copy_blueprint_row(struct arena *a, void *row)
{
    copy_blueprint(a, row);
}

static void copy_env_file_row(struct arena *a, void *row)
{
    copy_env_file(a, row);
}

static void copy_answer_row(struct arena *a, void *row)
{
    copy_answer(a, row);
}

static const struct pages_kind kinds[TABLE_COUNT] = {
    [TABLE_CLUSTERS] = {sizeof(struct leeway_cluster), copy_cluster_row},
    [TABLE_ENVIRONMENTS] = {sizeof(struct leeway_environment), copy_environment_row},
    [TABLE_DRIFTS] = {sizeof(struct leeway_drift), copy_drift_row},
    [TABLE_RELEASES] = {sizeof(struct leeway_release), copy_release_row},
    [TABLE_BLUEPRINTS] = {sizeof(struct leeway_blueprint), copy_blueprint_row},
    [TABLE_ENV_FILES] = {sizeof(struct leeway_env_file), copy_env_file_row},
    [TABLE_ANSWERS] = {sizeof(struct leeway_answer), copy_answer_row},
};

/* What a view looks at: one of the two. */
struct seen {
    uint64_t id;
    struct leeway_look *look;
    struct leeway_log *log;
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
    struct pages tables[TABLE_COUNT];
    VEC(struct seen) seen;
};

struct leeway_snapshot_builder {
    struct leeway_snapshot *previous; /* a reference, or NULL */
    struct leeway_snapshot *next;
};

static void fleet_unref(struct fleet_box *f)
{
    if (f && atomic_fetch_sub_explicit(&f->refs, 1, memory_order_acq_rel) == 1) {
        arena_clear(&f->arena);
        mem_free(f);
    }
}

static void seen_clear(struct seen *x)
{
    leeway_look_unref(x->look);
    leeway_log_unref(x->log);
}

static struct seen *seen_find(const struct leeway_snapshot *s, uint64_t id)
{
    for (size_t i = 0; i < s->seen.len; i++)
        if (s->seen.items[i].id == id)
            return &s->seen.items[i];
    return NULL;
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
    for (size_t t = 0; t < TABLE_COUNT; t++)
        pages_clear(&s->tables[t]);
    while (s->seen.len)
        seen_clear(&s->seen.items[--s->seen.len]);
    vec_clear(&s->seen);
    fleet_unref(s->fleet);
    mem_free(s);
}

/* ---- reading ---- */

static const void *row_at(const struct leeway_snapshot *s, enum table_id t, size_t i)
{
    return pages_at(&kinds[t], &s->tables[t], i);
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
                                                  .identity = {"", 0, 0},
                                                  .catalog = {"", 0, 0},
                                                  .catalog_problem = {"", 0, 0},
                                                  .catalog_problems = -1};
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

size_t leeway_blueprints(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_BLUEPRINTS].len;
}

const struct leeway_blueprint *leeway_blueprint_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_BLUEPRINTS, i);
}

const struct leeway_blueprint *leeway_blueprint_find(const struct leeway_snapshot *s,
                                                     const char *name, const char *version)
{
    for (size_t i = 0; i < leeway_blueprints(s); i++) {
        const struct leeway_blueprint *b = leeway_blueprint_at(s, i);
        if (strcmp(b->name.str, name) == 0 &&
            (version ? strcmp(b->version.str, version) == 0 : b->newest))
            return b;
    }
    return NULL;
}

size_t leeway_env_files(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_ENV_FILES].len;
}

const struct leeway_env_file *leeway_env_file_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_ENV_FILES, i);
}

const struct leeway_env_file *leeway_env_file_find(const struct leeway_snapshot *s,
                                                   const char *name, bool draft)
{
    for (size_t i = 0; i < leeway_env_files(s); i++) {
        const struct leeway_env_file *f = leeway_env_file_at(s, i);
        if (f->draft == draft && strcmp(f->name.str, name) == 0)
            return f;
    }
    return NULL;
}

size_t leeway_answers(const struct leeway_snapshot *s)
{
    return s->tables[TABLE_ANSWERS].len;
}

const struct leeway_answer *leeway_answer_at(const struct leeway_snapshot *s, size_t i)
{
    return row_at(s, TABLE_ANSWERS, i);
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
    for (size_t i = 0; previous && i < previous->seen.len; i++) {
        struct seen x = previous->seen.items[i];
        x.look = x.look ? leeway_look_ref(x.look) : NULL;
        x.log = x.log ? leeway_log_ref(x.log) : NULL;
        vec_push(&b->next->seen, x);
    }
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

static void put(struct leeway_snapshot_builder *b, enum table_id t, size_t i, const void *row)
{
    pages_put(&kinds[t], &b->next->tables[t], i, row);
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

void leeway_snapshot_put_answer(struct leeway_snapshot_builder *b, size_t i,
                                const struct leeway_answer *row)
{
    put(b, TABLE_ANSWERS, i, row);
}

static void truncate(struct leeway_snapshot_builder *b, enum table_id t, size_t max)
{
    if (b->next->tables[t].len > max)
        b->next->tables[t].len = max;
}

void leeway_snapshot_truncate(struct leeway_snapshot_builder *b, size_t clusters,
                              size_t environments, size_t drifts, size_t releases)
{
    truncate(b, TABLE_CLUSTERS, clusters);
    truncate(b, TABLE_ENVIRONMENTS, environments);
    truncate(b, TABLE_DRIFTS, drifts);
    truncate(b, TABLE_RELEASES, releases);
}

void leeway_snapshot_truncate_answers(struct leeway_snapshot_builder *b, size_t exceptions)
{
    truncate(b, TABLE_ANSWERS, exceptions);
}

void leeway_snapshot_put_blueprint(struct leeway_snapshot_builder *b, size_t i,
                                   const struct leeway_blueprint *row)
{
    put(b, TABLE_BLUEPRINTS, i, row);
}

void leeway_snapshot_put_env_file(struct leeway_snapshot_builder *b, size_t i,
                                  const struct leeway_env_file *row)
{
    put(b, TABLE_ENV_FILES, i, row);
}

void leeway_snapshot_truncate_catalog(struct leeway_snapshot_builder *b, size_t blueprints,
                                      size_t files)
{
    truncate(b, TABLE_BLUEPRINTS, blueprints);
    truncate(b, TABLE_ENV_FILES, files);
}

/* ---- looks ---- */

const struct leeway_look *leeway_look_by_id(const struct leeway_snapshot *s, uint64_t id)
{
    const struct seen *x = seen_find(s, id);
    return x ? x->look : NULL;
}

const struct leeway_log *leeway_log_by_id(const struct leeway_snapshot *s, uint64_t id)
{
    const struct seen *x = seen_find(s, id);
    return x ? x->log : NULL;
}

static void put_seen(struct leeway_snapshot_builder *b, struct seen x)
{
    struct seen *at = seen_find(b->next, x.id);
    if (!at) {
        vec_push(&b->next->seen, x);
        return;
    }
    seen_clear(at);
    *at = x;
}

void leeway_snapshot_put_look(struct leeway_snapshot_builder *b, const struct leeway_look *l)
{
    put_seen(b, (struct seen){.id = l->id, .look = leeway_look_ref(l)});
}

void leeway_snapshot_put_log(struct leeway_snapshot_builder *b, const struct leeway_log *l)
{
    put_seen(b, (struct seen){.id = l->id, .log = leeway_log_ref(l)});
}

void leeway_snapshot_drop_look(struct leeway_snapshot_builder *b, uint64_t id)
{
    struct seen *at = seen_find(b->next, id);
    if (!at)
        return;
    seen_clear(at);
    *at = b->next->seen.items[--b->next->seen.len];
}

struct leeway_snapshot *leeway_snapshot_seal(struct leeway_snapshot_builder *b)
{
    for (size_t t = 0; t < TABLE_COUNT; t++)
        pages_complete(&kinds[t], &b->next->tables[t],
                       b->previous ? &b->previous->tables[t] : NULL);
    struct leeway_snapshot *s = b->next;
    if (!s->fleet && b->previous && b->previous->fleet) {
        s->fleet = b->previous->fleet;
        atomic_fetch_add_explicit(&s->fleet->refs, 1, memory_order_relaxed);
    }
    leeway_snapshot_unref(b->previous);
    mem_free(b);
    return s;
}
