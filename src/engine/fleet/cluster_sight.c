// SPDX-License-Identifier: Apache-2.0
/*
 * The last sight of a cluster, as the store keeps it: enough for the grid to be painted before any
 * network, and for what a silent cluster was. Written when it differs from what is kept, at most
 * every SAVE_MS, and at the end.
 */
#include "engine/fleet/cluster_int.h"

#include "base/mem.h"
#include "data/json.h"
#include "store/store_put.h"

#include <string.h>

enum { SAVE_MS = 30000, SIGHT_MAX = 16384 };

static void set(char **to, const char *s)
{
    char *copy = mem_strdup(s ? s : "");
    mem_free(*to);
    *to = copy;
}

void cluster_sight_load(struct cluster *c, const char *json, size_t len, int64_t at_ms)
{
    struct val_pool pool;
    val_pool_init_limited(&pool, 1 << 20);
    const struct val *v = len <= SIGHT_MAX ? json_read(&pool, json, len, NULL, NULL) : NULL;
    if (val_is(v, VAL_MAP)) {
        const struct {
            const char *key;
            char **to;
        } strings[] = {
            {"kubernetes", &c->kubernetes},
            {"distribution", &c->distribution},
            {"provider", &c->provider},
            {"region", &c->region},
            {"was", &c->was},
            {"identity", &c->identity},
        };
        for (size_t i = 0; i < ARRAY_LEN(strings); i++)
            if (val_is(val_get(v, strings[i].key), VAL_STRING))
                set(strings[i].to, val_str(val_get(v, strings[i].key), ""));
        c->major = (int)val_int(val_get(v, "major"), -1);
        c->minor = (int)val_int(val_get(v, "minor"), -1);
        c->sight.nodes = (int32_t)val_int(val_get(v, "nodes"), -1);
        c->sight.nodes_ready = (int32_t)val_int(val_get(v, "nodesReady"), -1);
        c->sight.pods = val_int(val_get(v, "pods"), -1);
        c->sight.at_ms = at_ms;
        c->cert_not_after_ms = val_int(val_get(v, "certificateEnds"), 0);
        c->last_seen_ms = val_int(val_get(v, "seen"), at_ms);
        c->since_ms = c->last_seen_ms;
        if (c->entry->distribution)
            set(&c->distribution, c->entry->distribution);
    }
    val_pool_clear(&pool);
}

static void put_string(struct val_builder *b, struct val_pool *p, const char *key, const char *s)
{
    if (!s || !*s)
        return;
    (void)!val_builder_key(b, key, strlen(key));
    (void)!val_builder_add(b, val_of_str(p, s));
}

static void put_number(struct val_builder *b, const char *key, int64_t n)
{
    (void)!val_builder_key(b, key, strlen(key));
    (void)!val_builder_add(b, val_of_int(n));
}

/* Canonical, so that equal sights are equal bytes; "seen" comes last and is no part of that. */
static void write_sight(const struct cluster *c, struct buf *out, struct digest *digest)
{
    struct val_pool pool;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 4);
    size_t ready = 0;
    for (size_t i = 0; i < c->nodes.len; i++)
        ready += c->nodes.items[i].ready;
    for (int with_time = 0; with_time < 2; with_time++) {
        val_builder_reset(b);
        (void)!val_builder_map(b);
        put_string(b, &pool, "kubernetes", c->kubernetes);
        put_string(b, &pool, "distribution", c->distribution);
        put_string(b, &pool, "provider", c->provider);
        put_string(b, &pool, "region", c->region);
        put_string(b, &pool, "identity", c->identity);
        bool judged = cluster_is_up(c) && !c->engine->options.brief;
        put_string(b, &pool, "was", judged ? leeway_state_word(c->state) : c->was);
        put_number(b, "major", c->major);
        put_number(b, "minor", c->minor);
        put_number(b, "nodes", c->nodes_answer.known ? (int64_t)c->nodes.len : c->sight.nodes);
        put_number(b, "nodesReady", c->nodes_answer.known ? (int64_t)ready : c->sight.nodes_ready);
        put_number(b, "certificateEnds", c->cert_not_after_ms);
        if (with_time) {
            put_number(b, "pods", c->pods_answer.known ? c->pods : c->sight.pods);
            put_number(b, "seen", cluster_is_up(c) ? engine_wall_ms(c->engine) : c->last_seen_ms);
        }
        (void)!val_builder_end(b);
        buf_reset(out);
        if (json_write(out, val_builder_finish(b), JSON_CANONICAL))
            buf_reset(out);
        if (!with_time)
            *digest = digest_sha256(out->data, out->len);
    }
    val_builder_free(b);
    val_pool_clear(&pool);
}

static void save(struct cluster *c, bool always)
{
    struct engine *e = c->engine;
    if (!e->store || e->spectator || !c->uid || !c->seen)
        return;
    struct buf b;
    struct digest digest;
    buf_init(&b, SIGHT_MAX);
    write_sight(c, &b, &digest);
    if (b.len && (always || !digest_equal(&digest, &c->observer->sight))) {
        c->observer->sight = digest;
        struct store_bytes bytes = {b.data, b.len};
        store_put_cluster_summary(e->store, c->uid, bytes, STORE_NO_ACK);
    }
    buf_clear(&b);
}

void cluster_sight_save(struct cluster *c)
{
    save(c, true);
}

static void on_save(void *ctx)
{
    struct cluster *c = ctx;
    c->observer->sight_timer = NULL;
    save(c, false);
}

void cluster_sight_save_soon(struct cluster *c)
{
    if (c->engine->store && c->seen && !c->observer->sight_timer)
        c->observer->sight_timer = loop_after(c->engine->loop, SAVE_MS, on_save, c);
}
