// SPDX-License-Identifier: Apache-2.0
#include "hostile_texts.h"

#include "engine/beside/wire.h"

#include "base/mem.h"
#include "data/json.h"

#include <string.h>

/* A schema or another document for machines stays one; what people read of it is spoilt. */
static struct text in_json(struct hostile_texts *h, struct text t)
{
    static const char *const keys[] = {"\"title\":\"", "\"description\":\""};
    struct buf out, raw;
    buf_init(&out, 64u << 20);
    buf_init(&raw, 1u << 20);
    struct val v = val_borrow_str(h->raw, strlen(h->raw));
    if (json_write(&raw, &v, JSON_COMPACT))
        return t; /* not UTF-8: no JSON can hold it */
    for (const char *at = t.str; *at;) {
        size_t n = 0;
        for (size_t k = 0; k < ARRAY_LEN(keys); k++)
            if (strncmp(at, keys[k], strlen(keys[k])) == 0)
                n = strlen(keys[k]);
        buf_add(&out, at, n ? n : 1);
        if (n)
            buf_add(&out, raw.data + 1, raw.len - 2);
        at += n ? n : 1;
    }
    char *s = arena_strndup(&h->arena, buf_str(&out), out.len);
    struct text made = {s, (uint32_t)out.len, (uint32_t)out.len};
    buf_clear(&raw);
    buf_clear(&out);
    return made;
}

struct text hostile_text(struct hostile_texts *h, struct text t)
{
    if (!t.len)
        return t;
    if (t.str[0] == '{' || t.str[0] == '[')
        return in_json(h, t);
    const char *s = t.str[0] == '.' ? arena_printf(&h->arena, "%s[\"%s\"]", t.str, h->raw)
                                    : arena_printf(&h->arena, "%s%s", t.str, h->raw);
    return text_cstr(&h->arena, s);
}

static void spoil(struct hostile_texts *h, const struct wire_type *t, void *p);

static void spoil_list(struct hostile_texts *h, const struct wire_field *f, void *p)
{
    const void *items;
    size_t n;
    memcpy(&items, (char *)p + f->at, sizeof(items));
    memcpy(&n, (char *)p + f->count, sizeof(n));
    if (!n)
        return;
    size_t size = f->kind == WIRE_LIST ? f->of->size : sizeof(struct text);
    char *copy = arena_array(&h->arena, n, size);
    memcpy(copy, items, n * size);
    for (size_t i = 0; i < n; i++) {
        struct text *t = (struct text *)(void *)(copy + i * size);
        if (f->kind == WIRE_LIST)
            spoil(h, f->of, t);
        else
            *t = hostile_text(h, *t);
    }
    memcpy((char *)p + f->at, &copy, sizeof(copy));
}

/* In place; lists are copied. */
static void spoil(struct hostile_texts *h, const struct wire_type *t, void *p)
{
    for (size_t k = 0; k < t->n_fields; k++) {
        const struct wire_field *f = &t->fields[k];
        struct text *text = (struct text *)(void *)((char *)p + f->at);
        if (f->kind == WIRE_TEXT)
            *text = hostile_text(h, *text);
        else if (f->kind == WIRE_STRUCT)
            spoil(h, f->of, text);
        else if (f->kind == WIRE_LIST || f->kind == WIRE_TEXTS)
            spoil_list(h, f, p);
    }
}

#define ROWS(b, from, count, at, put, type, S)                                                     \
    for (size_t i = 0; i < count(from); i++) {                                                     \
        struct S row = *at(from, i);                                                               \
        spoil(h, &(type), &row);                                                                   \
        put(b, i, &row);                                                                           \
    }

struct leeway_snapshot *hostile_snapshot(struct hostile_texts *h,
                                         const struct leeway_snapshot *from)
{
    struct leeway_snapshot_builder *b =
        leeway_snapshot_builder_new(NULL, leeway_snapshot_taken_ms(from));
    struct leeway_fleet_info fleet = *leeway_snapshot_fleet(from);
    spoil(h, &wire_fleet, &fleet);
    leeway_snapshot_put_fleet(b, &fleet);
    ROWS(b, from, leeway_clusters, leeway_cluster_at, leeway_snapshot_put_cluster, wire_cluster,
         leeway_cluster)
    ROWS(b, from, leeway_environments, leeway_environment_at, leeway_snapshot_put_environment,
         wire_environment, leeway_environment)
    ROWS(b, from, leeway_drifts, leeway_drift_at, leeway_snapshot_put_drift, wire_drift,
         leeway_drift)
    ROWS(b, from, leeway_releases, leeway_release_at, leeway_snapshot_put_release, wire_release,
         leeway_release)
    ROWS(b, from, leeway_answers, leeway_answer_at, leeway_snapshot_put_answer, wire_answer,
         leeway_answer)
    ROWS(b, from, leeway_blueprints, leeway_blueprint_at, leeway_snapshot_put_blueprint,
         wire_blueprint, leeway_blueprint)
    ROWS(b, from, leeway_env_files, leeway_env_file_at, leeway_snapshot_put_env_file, wire_env_file,
         leeway_env_file)
    return leeway_snapshot_seal(b);
}

struct leeway_plan *hostile_plan(struct hostile_texts *h, const struct leeway_plan *from)
{
    struct leeway_plan p = *from;
    spoil(h, &wire_plan, &p);
    struct leeway_plan_row *rows = arena_array(&h->arena, p.n_rows + 1, sizeof(*rows));
    for (size_t i = 0; i < p.n_rows; i++) {
        rows[i] = from->rows[i];
        spoil(h, &wire_plan_row, &rows[i]);
    }
    p.rows = rows;
    return leeway_plan_new(&p);
}

#define WHOLE(S, type)                                                                             \
    struct leeway_##S *hostile_##S(struct hostile_texts *h, const struct leeway_##S *from)         \
    {                                                                                              \
        struct leeway_##S copy = *from;                                                            \
        spoil(h, &(type), &copy);                                                                  \
        return leeway_##S##_new(&copy);                                                            \
    }
WHOLE(object, wire_object)
WHOLE(parts, wire_parts)
WHOLE(history, wire_history)
WHOLE(explanation, wire_explanation)
WHOLE(kinds, wire_kinds)
WHOLE(compare, wire_compare)

struct leeway_look *hostile_look(struct hostile_texts *h, const struct leeway_look *from)
{
    struct leeway_look head = *from;
    struct leeway_column *columns = arena_array(&h->arena, head.n_columns + 1, sizeof(*columns));
    struct leeway_source *sources = arena_array(&h->arena, head.n_sources + 1, sizeof(*sources));
    for (size_t i = 0; i < head.n_columns; i++) {
        columns[i] = from->columns[i];
        columns[i].name = hostile_text(h, columns[i].name);
        columns[i].words = hostile_text(h, columns[i].words);
    }
    for (size_t i = 0; i < head.n_sources; i++) {
        sources[i] = from->sources[i];
        sources[i].cluster = hostile_text(h, sources[i].cluster);
        sources[i].reason = hostile_text(h, sources[i].reason);
    }
    head.columns = columns;
    head.sources = sources;
    struct leeway_look_builder *b = leeway_look_builder_new(NULL, &head);
    for (size_t i = 0; i < head.n_rows; i++) {
        struct leeway_row row = *leeway_look_row(from, i);
        struct text *cells = arena_array(&h->arena, row.n_cells + 1, sizeof(*cells));
        for (size_t k = 0; k < row.n_cells; k++)
            cells[k] = hostile_text(h, row.cells[k]);
        row.cells = cells;
        row.cluster = hostile_text(h, row.cluster);
        row.namespace_ = hostile_text(h, row.namespace_);
        row.name = hostile_text(h, row.name);
        leeway_look_put(b, i, &row);
    }
    return leeway_look_seal(b);
}

struct leeway_log *hostile_log(struct hostile_texts *h, const struct leeway_log *from)
{
    struct leeway_log head = *from;
    struct leeway_log_source *sources =
        arena_array(&h->arena, head.n_sources + 1, sizeof(*sources));
    for (size_t i = 0; i < head.n_sources; i++) {
        sources[i] = from->sources[i];
        sources[i].cluster = hostile_text(h, sources[i].cluster);
        sources[i].pod = hostile_text(h, sources[i].pod);
        sources[i].container = hostile_text(h, sources[i].container);
        sources[i].reason = hostile_text(h, sources[i].reason);
    }
    head.sources = sources;
    head.pod = hostile_text(h, head.pod);
    head.container = hostile_text(h, head.container);
    head.reason = hostile_text(h, head.reason);
    struct leeway_log_builder *b = leeway_log_builder_new(NULL, 0, &head);
    for (size_t i = 0; i < from->n_lines; i++) {
        struct leeway_line line = *leeway_log_line(from, i);
        line.text = hostile_text(h, line.text);
        leeway_log_add(b, &line);
    }
    return leeway_log_seal(b);
}
