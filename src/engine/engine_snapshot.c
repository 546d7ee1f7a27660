// SPDX-License-Identifier: Apache-2.0
/*
 * Publishing: the owner of each table marks what changed; a new snapshot is made of the marked rows
 * and the pages before, when somebody asked for one and at most every PUBLISH_MS; what a command's
 * answer speaks of is there with the answer.
 */
#include "engine/beside/serve.h"
#include "engine/client.h"
#include "engine/environments/catalogs.h"
#include "engine/environments/environment.h"
#include "engine/environments/rebuild.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"

#include <assert.h>
#include <string.h>

enum { PUBLISH_MS = 50 };

static bool is_watched(const struct engine *e)
{
    return (e->client && engine_client_wants_snapshot(e->client)) || serve_wants_snapshot(e->serve);
}

static void on_publish(void *ctx)
{
    struct engine *e = ctx;
    e->publish_timer = NULL;
    if (is_watched(e))
        engine_publish(e);
}

/* Something is marked or somebody asked: the two together make a snapshot soon. */
void engine_publish_soon(struct engine *e)
{
    if (e->publish_timer || !e->snapshot || !is_watched(e))
        return;
    bool marked = e->fleet_dirty || e->looks_dirty;
    for (size_t t = 0; t < ENGINE_TABLES && !marked; t++)
        marked = e->tables[t].dirty.len || e->tables[t].shrunk;
    if (!marked)
        return;
    int64_t due = e->published_ms + PUBLISH_MS - engine_boot_ms(e);
    e->publish_timer = loop_after(e->loop, due > 0 && !e->publish_at_once ? due : 0, on_publish, e);
}

void engine_publish_at_once(struct engine *e)
{
    e->publish_at_once = true;
    loop_cancel_timer(e->loop, e->publish_timer);
    e->publish_timer = NULL;
    engine_publish_soon(e);
}

void engine_table_own(struct engine *e, enum engine_table t, engine_fill_fn *fill, void *ctx)
{
    assert(!e->tables[t].fill);
    e->tables[t].fill = fill;
    e->tables[t].ctx = ctx;
}

void engine_table_resize(struct engine *e, enum engine_table t, size_t len)
{
    struct engine_rows *r = &e->tables[t];
    size_t before = r->len;
    r->len = len;
    if (len < before)
        r->shrunk = true;
    while (r->is_dirty.len < len)
        vec_push(&r->is_dirty, 0);
    for (size_t i = before; i < len; i++)
        engine_dirty_row(e, t, i);
    engine_publish_soon(e);
}

void engine_dirty_row(struct engine *e, enum engine_table t, size_t i)
{
    struct engine_rows *r = &e->tables[t];
    assert(i < r->len);
    if (r->is_dirty.items[i])
        return;
    r->is_dirty.items[i] = 1;
    vec_push(&r->dirty, i);
    engine_publish_soon(e);
}

void engine_dirty_fleet(struct engine *e)
{
    e->fleet_dirty = true;
    engine_publish_soon(e);
}

void engine_dirty_looks(struct engine *e)
{
    e->looks_dirty = true;
    engine_publish_soon(e);
}

void engine_dirty_cluster(struct engine *e, const struct cluster *c)
{
    if (c->index != CLUSTER_NO_ROW)
        engine_dirty_row(e, ENGINE_CLUSTERS, c->index);
}

void engine_dirty_environment(struct engine *e, const struct environment *env)
{
    engine_dirty_row(e, ENGINE_ENVIRONMENTS, env->index);
}

static void put_fleet(struct engine *e, struct leeway_snapshot_builder *b)
{
    const struct inventory *v = e->inventory;
    struct arena *a = &e->scratch;
    struct leeway_label *sources = arena_array(a, v->sources.len, sizeof(*sources));
    for (size_t i = 0; i < v->sources.len; i++) {
        sources[i].key = text_cstr(a, v->sources.items[i].place);
        sources[i].value = text_cstr(a, v->sources.items[i].finding);
    }
    struct leeway_fleet_info info = {
        .name = text_cstr(a, v->name),
        .file = text_cstr(a, v->file),
        .read_only = e->read_only || e->spectator,
        .spectator = e->spectator,
        .read_only_why = text_cstr(a, e->read_only_why),
        .identity = text_cstr(a, e->person.login),
        .simulated = e->options.simulated,
        .sources = sources,
        .n_sources = v->sources.len,
    };
    catalogs_describe(e, &info, a);
    rebuild_describe(e, &info);
    leeway_snapshot_put_fleet(b, &info);
    arena_reset(a);
}

static void put_rows(struct engine *e, enum engine_table t, struct leeway_snapshot_builder *b)
{
    struct engine_rows *r = &e->tables[t];
    for (size_t k = 0; k < r->dirty.len; k++) {
        size_t i = r->dirty.items[k];
        r->is_dirty.items[i] = 0;
        if (i >= r->len)
            continue;
        r->fill(r->ctx, b, i, &e->scratch);
        arena_reset(&e->scratch);
    }
    r->dirty.len = 0;
    r->shrunk = false;
}

bool engine_publish(struct engine *e)
{
    bool marked = e->fleet_dirty || e->looks_dirty || !e->snapshot;
    for (size_t t = 0; t < ENGINE_TABLES; t++)
        marked |= e->tables[t].dirty.len || e->tables[t].shrunk;
    if (!marked)
        return false;
    struct leeway_snapshot_builder *b = leeway_snapshot_builder_new(e->snapshot, engine_wall_ms(e));
    if (e->fleet_dirty || !e->snapshot)
        put_fleet(e, b);
    e->fleet_dirty = false;
    /* Rows beyond the end go first: one that comes back is then a new one. */
    leeway_snapshot_truncate(b, e->tables[ENGINE_CLUSTERS].len, e->tables[ENGINE_ENVIRONMENTS].len,
                             e->tables[ENGINE_DRIFTS].len, e->tables[ENGINE_RELEASES].len);
    leeway_snapshot_truncate_catalog(b, e->tables[ENGINE_BLUEPRINTS].len,
                                     e->tables[ENGINE_ENV_FILES].len);
    leeway_snapshot_truncate_answers(b, e->tables[ENGINE_ANSWERS].len);
    for (size_t t = 0; t < ENGINE_TABLES; t++)
        put_rows(e, (enum engine_table)t, b);
    e->looks_dirty = false;
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->publish)
            engine_parts[i]->publish(e->part_states.items[i], b);
    struct leeway_snapshot *s = leeway_snapshot_seal(b);
    leeway_snapshot_unref(e->snapshot);
    e->snapshot = s;
    e->published_ms = engine_boot_ms(e);
    e->publish_at_once = false;
    if (e->client)
        engine_client_publish(e->client, s);
    serve_published(e->serve);
    return true;
}
