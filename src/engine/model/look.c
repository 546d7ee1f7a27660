// SPDX-License-Identifier: Apache-2.0
/*
 * Tables of looks and logs as shared immutable values. A log drops whole pages from its front, so
 * that what stays is shared as it is.
 */
#include "leeway/look.h"

#include "engine/model/copy.h"
#include "engine/model/pages.h"

#include "base/mem.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#define HOLDER(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

const char *leeway_source_word(enum leeway_source_state s)
{
    static const char *const words[] = {
#define X(id, word) word,
        LEEWAY_SOURCES(X)
#undef X
    };
    return (unsigned)s < LEEWAY_SOURCE_COUNT ? words[s] : "unknown";
}

static void *copy_array(struct arena *a, const void *items, size_t n, size_t size)
{
    if (!n)
        return NULL;
    void *p = arena_array(a, n, size);
    memcpy(p, items, n * size);
    return p;
}

static void copy_row(struct arena *a, void *row)
{
    struct leeway_row *r = row;
    struct text *const texts[] = {&r->cluster, &r->namespace_,       &r->name,
                                  &r->uid,     &r->resource_version, &r->json};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
    copy_texts(a, &r->cells, r->n_cells);
}

static void copy_line(struct arena *a, void *row)
{
    copy_text(a, &((struct leeway_line *)row)->text);
}

static const struct pages_kind rows_kind = {sizeof(struct leeway_row), copy_row};
static const struct pages_kind lines_kind = {sizeof(struct leeway_line), copy_line};

/* ---- tables ---- */

struct shared_look {
    atomic_uint refs;
    struct arena arena;
    struct pages rows;
    struct leeway_look look;
};

struct leeway_look_builder {
    struct shared_look *next;
    const struct leeway_look *previous; /* a reference, or NULL */
};

static void copy_head(struct arena *a, struct leeway_look *l)
{
    struct text *const texts[] = {&l->group, &l->version_of_kind, &l->kind, &l->plural,
                                  &l->namespace_};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(a, texts[i]);
    struct leeway_column *columns = copy_array(a, l->columns, l->n_columns, sizeof(*columns));
    for (size_t i = 0; i < l->n_columns; i++) {
        copy_text(a, &columns[i].name);
        copy_text(a, &columns[i].words);
    }
    l->columns = columns;
    struct leeway_source *sources = copy_array(a, l->sources, l->n_sources, sizeof(*sources));
    for (size_t i = 0; i < l->n_sources; i++) {
        copy_text(a, &sources[i].cluster);
        copy_text(a, &sources[i].reason);
    }
    l->sources = sources;
}

struct leeway_look_builder *leeway_look_builder_new(const struct leeway_look *previous,
                                                    const struct leeway_look *head)
{
    struct leeway_look_builder *b = mem_new(struct leeway_look_builder);
    b->next = mem_new(struct shared_look);
    atomic_init(&b->next->refs, 1);
    arena_init(&b->next->arena);
    b->next->look = *head;
    copy_head(&b->next->arena, &b->next->look);
    b->previous = previous ? leeway_look_ref(previous) : NULL;
    return b;
}

void leeway_look_put(struct leeway_look_builder *b, size_t i, const struct leeway_row *row)
{
    pages_put(&rows_kind, &b->next->rows, i, row);
}

struct leeway_look *leeway_look_seal(struct leeway_look_builder *b)
{
    struct shared_look *s = b->next;
    struct leeway_look *old = (struct leeway_look *)b->previous;
    s->rows.len = s->look.n_rows;
    pages_complete(&rows_kind, &s->rows, old ? &HOLDER(old, struct shared_look, look)->rows : NULL);
    leeway_look_unref(old);
    mem_free(b);
    return &s->look;
}

struct leeway_look *leeway_look_ref(const struct leeway_look *l)
{
    struct shared_look *s = HOLDER(l, struct shared_look, look);
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return &s->look;
}

void leeway_look_unref(struct leeway_look *l)
{
    if (!l)
        return;
    struct shared_look *s = HOLDER(l, struct shared_look, look);
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    pages_clear(&s->rows);
    arena_clear(&s->arena);
    mem_free(s);
}

const struct leeway_row *leeway_look_row(const struct leeway_look *l, size_t i)
{
    return pages_at(&rows_kind, &HOLDER(l, struct shared_look, look)->rows, i);
}

size_t leeway_look_unchanged(const struct leeway_look *a, const struct leeway_look *b, size_t i)
{
    return pages_shared(&HOLDER(a, struct shared_look, look)->rows,
                        &HOLDER(b, struct shared_look, look)->rows, i);
}

/* ---- logs ---- */

struct shared_log {
    atomic_uint refs;
    struct arena arena;
    struct pages lines;
    struct leeway_log log;
};

struct leeway_log_builder {
    struct shared_log *next;
    const struct leeway_log *previous; /* a reference, or NULL */
    size_t drop;                       /* pages */
};

struct leeway_log_builder *leeway_log_builder_new(const struct leeway_log *previous, size_t drop,
                                                  const struct leeway_log *head)
{
    struct leeway_log_builder *b = mem_new(struct leeway_log_builder);
    struct shared_log *s = b->next = mem_new(struct shared_log);
    assert(drop % PAGE_ROWS == 0 && (!drop || (previous && drop <= previous->n_lines)));
    atomic_init(&s->refs, 1);
    arena_init(&s->arena);
    s->log = *head;
    struct text *const texts[] = {&s->log.cluster, &s->log.namespace_, &s->log.pod,
                                  &s->log.container, &s->log.reason};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        copy_text(&s->arena, texts[i]);
    copy_texts(&s->arena, &s->log.containers, s->log.n_containers);
    struct leeway_log_source *sources =
        copy_array(&s->arena, head->sources, head->n_sources, sizeof(*sources));
    for (size_t i = 0; i < head->n_sources; i++) {
        struct text *const words[] = {&sources[i].cluster, &sources[i].namespace_, &sources[i].pod,
                                      &sources[i].container, &sources[i].reason};
        for (size_t t = 0; t < ARRAY_LEN(words); t++)
            copy_text(&s->arena, words[t]);
    }
    s->log.sources = sources;
    b->previous = previous ? leeway_log_ref(previous) : NULL;
    b->drop = drop / PAGE_ROWS;
    s->lines.len = previous ? previous->n_lines - drop : 0;
    return b;
}

void leeway_log_add(struct leeway_log_builder *b, const struct leeway_line *line)
{
    pages_put(&lines_kind, &b->next->lines, b->next->lines.len, line);
}

struct leeway_log *leeway_log_seal(struct leeway_log_builder *b)
{
    struct shared_log *s = b->next;
    struct leeway_log *old = (struct leeway_log *)b->previous;
    struct pages rest = {0};
    if (old) {
        const struct pages *p = &HOLDER(old, struct shared_log, log)->lines;
        rest = (struct pages){p->items + b->drop, p->n - b->drop, p->len - b->drop * PAGE_ROWS};
    }
    pages_complete(&lines_kind, &s->lines, &rest);
    s->log.n_lines = s->lines.len;
    leeway_log_unref(old);
    mem_free(b);
    return &s->log;
}

struct leeway_log *leeway_log_ref(const struct leeway_log *l)
{
    struct shared_log *s = HOLDER(l, struct shared_log, log);
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return &s->log;
}

void leeway_log_unref(struct leeway_log *l)
{
    if (!l)
        return;
    struct shared_log *s = HOLDER(l, struct shared_log, log);
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    pages_clear(&s->lines);
    arena_clear(&s->arena);
    mem_free(s);
}

const struct leeway_line *leeway_log_line(const struct leeway_log *l, size_t i)
{
    return pages_at(&lines_kind, &HOLDER(l, struct shared_log, log)->lines, i);
}

const struct leeway_log_source *leeway_log_source_by_id(const struct leeway_log *l, uint32_t id)
{
    size_t from = 0, to = l->n_sources;
    while (from < to) {
        size_t at = from + (to - from) / 2;
        if (l->sources[at].id == id)
            return &l->sources[at];
        if (l->sources[at].id < id)
            from = at + 1;
        else
            to = at;
    }
    return NULL;
}

bool leeway_kind_has_logs(const char *group, const char *kind)
{
    static const struct {
        const char *group, *kind;
    } with_pods[] = {{"", "Pod"},           {"apps", "Deployment"}, {"apps", "StatefulSet"},
                     {"apps", "DaemonSet"}, {"apps", "ReplicaSet"}, {"", "ReplicationController"},
                     {"batch", "Job"}};
    for (size_t i = 0; i < ARRAY_LEN(with_pods); i++)
        if (strcmp(with_pods[i].group, group) == 0 && strcmp(with_pods[i].kind, kind) == 0)
            return true;
    return false;
}

/* ---- kinds ---- */

struct shared_kinds {
    atomic_uint refs;
    struct arena arena;
    struct leeway_kinds kinds;
};

struct leeway_kinds *leeway_kinds_new(const struct leeway_kinds *k)
{
    struct shared_kinds *s = mem_new(struct shared_kinds);
    atomic_init(&s->refs, 1);
    arena_init(&s->arena);
    s->kinds = *k;
    struct leeway_kind *kinds = copy_array(&s->arena, k->kinds, k->n_kinds, sizeof(*kinds));
    for (size_t i = 0; i < k->n_kinds; i++) {
        struct text *const texts[] = {&kinds[i].group,       &kinds[i].version,
                                      &kinds[i].kind,        &kinds[i].plural,
                                      &kinds[i].short_names, &kinds[i].categories};
        for (size_t t = 0; t < ARRAY_LEN(texts); t++)
            copy_text(&s->arena, texts[t]);
    }
    s->kinds.kinds = kinds;
    return &s->kinds;
}

struct leeway_kinds *leeway_kinds_ref(struct leeway_kinds *k)
{
    struct shared_kinds *s = HOLDER(k, struct shared_kinds, kinds);
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return k;
}

void leeway_kinds_unref(struct leeway_kinds *k)
{
    if (!k)
        return;
    struct shared_kinds *s = HOLDER(k, struct shared_kinds, kinds);
    if (atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    arena_clear(&s->arena);
    mem_free(s);
}
