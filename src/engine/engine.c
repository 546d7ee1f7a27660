// SPDX-License-Identifier: Apache-2.0
/*
 * The life of the engine: what it is made of, in which order it starts and ends. Nothing here waits
 * for a network; clusters are started a few at a time by a timer, after the first snapshot.
 */
#include "engine/beside/hand_over.h"
#include "engine/beside/serve.h"
#include "engine/client.h"
#include "engine/drift/managed.h"
#include "engine/environments/environment.h"
#include "engine/fleet/cluster_int.h"
#include "engine/fleet/inventory.h"
#include "engine/process.h"

#include "base/mem.h"
#include "data/json.h"
#include "kube/client.h"
#include "store/store_get.h"
#include "store/store_put.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
    START_EVERY_MS = 10,
    START_AT_ONCE = 16,
    UNDER_WAY_MAX = 128,
    UNDER_WAY_MS = 5000, /* one that takes longer does not keep others from beginning */
    SWEEP_MS = 1000,
    GAP_MS = 20000, /* the loop turns every five seconds, also when nothing happens */
};

int64_t engine_wall_ms(const struct engine *e)
{
    return clock_wall_ms(e->clock);
}

int64_t engine_boot_ms(const struct engine *e)
{
    return clock_boot_ms(e->clock);
}

uint64_t engine_random(struct engine *e)
{
    e->random.k1++;
    return hash_bytes(&e->random, &e->random.k1, sizeof(e->random.k1));
}

void *engine_part_state(struct engine *e, const struct engine_part *part)
{
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i] == part)
            return e->part_states.items[i];
    return NULL;
}

/* ---- who, what may be done ---- */

const char *engine_who_json(const struct engine *e, const char *identity, struct arena *a)
{
    return engine_who_confirmed_json(e, identity, NULL, a);
}

const char *engine_who_confirmed_json(const struct engine *e, const char *identity,
                                      const char *confirmed, struct arena *a)
{
    const struct {
        const char *key, *value;
    } words[] = {
        {"address", e->person.ssh_client}, {"confirmed", confirmed},         {"identity", identity},
        {"login", e->person.login},        {"terminal", e->person.terminal},
    };
    struct val_pool pool;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 2);
    struct buf out;
    buf_init(&out, BUF_SMALL);
    (void)!val_builder_map(b);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (!words[i].value || !*words[i].value)
            continue;
        (void)!val_builder_key(b, words[i].key, strlen(words[i].key));
        (void)!val_builder_add(b, val_of_str(&pool, words[i].value));
    }
    (void)!val_builder_end(b);
    const char *json = "{}";
    if (json_write(&out, val_builder_finish(b), JSON_CANONICAL) == 0)
        json = arena_strdup(a, buf_str(&out));
    buf_clear(&out);
    val_builder_free(b);
    val_pool_clear(&pool);
    return json;
}

int engine_may_write(const struct engine *e, const struct cluster *c, struct err *err)
{
    if (e->read_only || e->spectator)
        return err_set(err, ERR_FORBIDDEN, "%s: read-only: %s", c->name,
                       e->read_only_why ? e->read_only_why : "asked for");
    if (c->entry->read_only)
        return err_set(err, ERR_FORBIDDEN, "%s is read-only in %s", c->name,
                       e->inventory->file ? e->inventory->file : "the fleet");
    return cluster_check_up(c, err);
}

/* ---- rows ---- */

struct cluster *engine_cluster_by_name(struct engine *e, const char *name)
{
    struct cluster *c = strmap_get(&e->clusters_by_name, name);
    return c && c->alias_of ? c->alias_of : c;
}

struct cluster *engine_cluster_by_uid(struct engine *e, const char *uid)
{
    return strmap_get(&e->clusters_by_uid, uid);
}

void engine_row_add(struct engine *e, struct cluster *c)
{
    assert(c->index == CLUSTER_NO_ROW);
    c->index = e->clusters.len;
    vec_push(&e->clusters, c);
    engine_table_resize(e, ENGINE_CLUSTERS, e->clusters.len);
}

void engine_row_drop(struct engine *e, struct cluster *c)
{
    assert(c->index < e->clusters.len && e->clusters.items[c->index] == c);
    for (size_t i = c->index; i + 1 < e->clusters.len; i++) {
        e->clusters.items[i] = e->clusters.items[i + 1];
        e->clusters.items[i]->index = i;
        engine_dirty_row(e, ENGINE_CLUSTERS, i);
    }
    e->clusters.len--;
    c->index = CLUSTER_NO_ROW;
    engine_table_resize(e, ENGINE_CLUSTERS, e->clusters.len);
}

void engine_alias_add(struct engine *e, struct cluster *c, struct cluster *of)
{
    c->alias_of = of;
    vec_push(&e->aliases, c);
    vec_push(&of->aliases, c);
}

static void drop(struct cluster **items, size_t *len, const struct cluster *c)
{
    for (size_t i = 0; i < *len; i++)
        if (items[i] == c) {
            memmove(&items[i], &items[i + 1], (*len - i - 1) * sizeof(*items));
            (*len)--;
            return;
        }
}

void engine_alias_drop(struct engine *e, struct cluster *c)
{
    drop(e->aliases.items, &e->aliases.len, c);
    drop(c->alias_of->aliases.items, &c->alias_of->aliases.len, c);
    engine_dirty_cluster(e, c->alias_of);
    c->alias_of = NULL;
}

void engine_cluster_exchange(struct engine *e, struct cluster *a, struct cluster *b)
{
    const struct inventory_entry *entry = a->entry;
    a->entry = b->entry;
    b->entry = entry;
    struct cluster *both[] = {a, b};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        cluster_take_entry(both[i]);
        strmap_set(&e->clusters_by_name, both[i]->name, both[i]);
    }
}

void engine_cluster_forget_uid(struct engine *e, struct cluster *c)
{
    environments_unbind(e, c);
    if (strmap_get(&e->clusters_by_uid, c->uid) == c)
        strmap_remove(&e->clusters_by_uid, c->uid);
}

/* ---- what the store remembers ---- */

struct remembered {
    struct engine *e;
    struct strmap seen; /* uid → cluster, for the sights */
};

static int on_route(void *ctx, const struct store_route *r)
{
    struct remembered *m = ctx;
    struct engine *e = m->e;
    struct cluster *c = strmap_get(&e->clusters_by_name, r->name);
    if (!c || c->uid || c->alias_of)
        return 0;
    struct cluster *other = strmap_get(&e->clusters_by_uid, r->cluster);
    if (!cluster_uid_is_weak(r->cluster)) {
        char weak[CLUSTER_WEAK_UID_LEN];
        cluster_weak_uid(r->server, &r->ca, weak);
        c->weak_uid = mem_strdup(weak);
    }
    if (other) { /* two names for one cluster: one row from the beginning, under the first */
        if (inventory_place(e->inventory, c->entry) < inventory_place(e->inventory, other->entry)) {
            engine_cluster_exchange(e, c, other);
            cluster_set_route(c, c->entry);
            cluster_set_route(other, other->entry);
        }
        engine_row_drop(e, c);
        engine_alias_add(e, c, other);
        return 0;
    }
    c->uid = mem_strdup(r->cluster);
    c->weak = cluster_uid_is_weak(r->cluster);
    strmap_set(&e->clusters_by_uid, c->uid, c);
    return 0;
}

static int on_sight(void *ctx, const struct store_cluster *s)
{
    struct remembered *m = ctx;
    struct cluster *c = engine_cluster_by_uid(m->e, s->uid);
    if (c && s->summary.len)
        cluster_sight_load(c, s->summary.data, s->summary.len, s->summary_wall_ms);
    return 0;
}

static int recall(struct engine *e, struct err *err)
{
    struct remembered m = {.e = e};
    if (!e->view)
        return 0;
    if (store_each_route(e->view, on_route, &m, err) ||
        store_each_cluster(e->view, on_sight, &m, err))
        return err->code;
    return 0;
}

/* ---- the store ---- */

static void set_read_only(struct engine *e, const char *why)
{
    mem_free(e->read_only_why);
    e->read_only_why = mem_strdup(why);
}

static int open_store(struct engine *e, struct err *err)
{
    struct buf path;
    buf_init(&path, 8192);
    int rc = 0;
    if (e->options.store_path)
        rc = buf_puts(&path, e->options.store_path);
    else if (e->inventory->store_path)
        rc = buf_puts(&path, e->inventory->store_path);
    else if (store_default_path(e->inventory->name, &path, err))
        goto out;
    if (rc) {
        err_set(err, ERR_LIMIT, "the store's path is too long");
        goto out;
    }
    char program[64];
    snprintf(program, sizeof(program), "leeway%s%s", e->options.program ? " " : "",
             e->options.program ? e->options.program : "");
    struct store_options o = {
        .path = buf_str(&path), .program = program, .clock = e->clock, .log = e->log};
    o.inherited_lock = e->options.lock_fd > 0;
    o.lock_fd = e->options.lock_fd;
    e->store = store_open(&o, err);
    if (!e->store && err->code == ERR_BUSY) { /* another process writes: look on */
        set_read_only(e, err->text);
        err_clear(err);
        o.spectator = true;
        e->spectator = true;
        e->store = store_open(&o, err);
    }
    if (!e->store)
        goto out;
    if (!e->spectator && store_attach(e->store, e->loop, err))
        goto out;
    e->view = store_view_open(e->store, err);
    if (e->view && !e->fleet_uuid[0])
        snprintf(e->fleet_uuid, sizeof(e->fleet_uuid), "%s", store_info(e->store).fleet);
out:
    buf_clear(&path);
    return err->code;
}

/* ---- starting ---- */

static size_t under_way(const struct engine *e)
{
    int64_t now = engine_boot_ms(e);
    size_t n = 0;
    for (size_t i = e->started; i > 0; i--) {
        const struct cluster *c = e->all.items[i - 1];
        if (now - c->observer->started_ms >= UNDER_WAY_MS)
            break; /* those before it began earlier */
        n += !c->settled;
    }
    return n;
}

/* Clusters begin as others are done: with a thousand at once each would take so long that its
 * connection times out, and all the work would be done again. */
static void on_start(void *ctx)
{
    struct engine *e = ctx;
    e->start_timer = NULL;
    size_t rows = e->all.len, busy = under_way(e);
    for (size_t n = 0; n < START_AT_ONCE && busy + n < UNDER_WAY_MAX && e->started < rows; n++) {
        struct cluster *c = e->all.items[e->started++];
        c->observer->started_ms = engine_boot_ms(e);
        cluster_start(c);
    }
    if (e->started < rows)
        e->start_timer = loop_after(e->loop, START_EVERY_MS, on_start, e);
}

/* What a silent cluster shows changes without an event: when it is tried next, and why not. */
static void on_sweep(void *ctx)
{
    struct engine *e = ctx;
    for (size_t i = 0; i < e->clusters.len; i++)
        cluster_sweep(e->clusters.items[i]);
    if (e->trim_ms && engine_boot_ms(e) >= e->trim_ms) {
        e->trim_ms = 0;
        mem_trim();
    }
    e->sweep_timer = loop_after(e->loop, SWEEP_MS, on_sweep, e);
}

/* Nobody looked for a while: what was known is old, and connections may be dead without anybody
 * having said so. All of them are given up, so that every watch is resumed and every answer that
 * was under way is asked for again. */
static void on_gap(void *ctx, int64_t gap_ms)
{
    struct engine *e = ctx;
    engine_message(
        e, LEEWAY_CHANGING, "", NULL,
        "nothing ran for %lld s: the machine slept, or leeway was stopped; everything is "
        "asked anew",
        (long long)(gap_ms / 1000));
    for (size_t i = 0; i < e->part_states.len; i++)
        if (engine_parts[i]->gap)
            engine_parts[i]->gap(e->part_states.items[i], gap_ms);
    for (size_t i = 0; i < e->all.len; i++) {
        struct cluster *c = e->all.items[i];
        if (!c->kube)
            continue;
        kube_cluster_cut_lane(c->kube, KUBE_LANE_WATCH);
        kube_cluster_cut_lane(c->kube, KUBE_LANE_REQUEST);
        cluster_try_now(c);
    }
}

static void on_wake(void *ctx)
{
    struct engine *e = ctx;
    struct engine_command *cmd;
    while (e->client && (cmd = engine_client_next_command(e->client)))
        engine_run_command(e, cmd);
    engine_publish_soon(e);
}

static void make_clusters(struct engine *e)
{
    engine_table_own(e, ENGINE_CLUSTERS, cluster_fill_row, e);
    for (size_t i = 0; i < e->inventory->entries.len; i++) {
        struct cluster *c = cluster_make(e, e->inventory->entries.items[i]);
        vec_push(&e->all, c);
        strmap_set(&e->clusters_by_name, c->name, c);
        engine_row_add(e, c);
    }
}

static int start_parts(struct engine *e, struct err *err)
{
    for (size_t i = 0; engine_parts[i]; i++) {
        void *state = NULL;
        if (engine_parts[i]->start && engine_parts[i]->start(e, &state, err)) {
            err_prefix(err, "%s", engine_parts[i]->name);
            return err->code;
        }
        vec_push(&e->part_states, state);
    }
    return 0;
}

static int start(struct engine *e, const struct engine_world *world, struct err *err)
{
    const struct leeway_options *o = &e->options;
    if (o->log_path &&
        !(e->log = log_open(o->log_path, (enum log_level)o->log_level, e->clock, err)))
        return err->code;
    if (!(e->loop = loop_new(e->clock, err)))
        return err->code;
    loop_on_wake(e->loop, on_wake, e);
    loop_on_gap(e->loop, GAP_MS, on_gap, e);
    if (!e->inventory && !(e->inventory = inventory_load(o, err)))
        return err->code;
    if (e->inventory->uid)
        snprintf(e->fleet_uuid, sizeof(e->fleet_uuid), "%.36s", e->inventory->uid);
    if (o->read_only) {
        e->read_only = true;
        set_read_only(e, "asked for on the command line");
    }
    if (!o->no_store && open_store(e, err))
        return err->code;
    int threads = world ? world->workers : 0;
    e->workers = workers_new(e->loop,
                             threads < 0 ? 0
                             : threads   ? (unsigned)threads
                                         : workers_default_threads(),
                             err);
    if (!e->workers)
        return err->code;
    const struct kube_credentials_options co = {
        .loop = e->loop, .clock = e->clock, .log = e->log, .nofile_soft = e->nofile_before};
    e->credentials = kube_credentials_pool_new(&co);
    const struct kube_options ko = {
        .loop = e->loop,
        .clock = e->clock,
        .log = e->log,
        .seed = e->random.k0,
        .transport = world && world->transport ? world->transport(world->ctx, e->loop) : NULL,
    };
    if (!(e->kube = kube_new(&ko, err)))
        return err->code;
    e->managed = managed_new(e);
    make_clusters(e);
    if (recall(e, err) || environments_load(e, err) || start_parts(e, err))
        return err->code;
    return 0;
}

struct engine *engine_new(const struct leeway_options *o, const struct engine_world *world,
                          struct engine_client *client, struct err *err)
{
    return engine_new_of(o, world, NULL, client, err);
}

struct engine *engine_new_of(const struct leeway_options *o, const struct engine_world *world,
                             struct inventory *known, struct engine_client *client, struct err *err)
{
    struct engine *e = mem_new(struct engine);
    e->options = *o;
    e->inventory = known;
    e->client = client;
    e->clock = world && world->clock ? world->clock : o->clock ? o->clock : clock_system();
    e->random = *hash_process_key();
    if (world && world->seed)
        e->random = (struct hash_key){world->seed, 0};
    arena_init(&e->scratch);
    e->nofile_before = process_prepare();
    engine_person_init(&e->person);
    if (start(e, world, err)) {
        engine_free(e, false);
        return NULL;
    }
    engine_publish(e);
    if (client) {
        engine_client_set_limits(client, e->read_only || e->spectator, e->spectator,
                                 e->read_only_why);
        engine_client_attach(client, e->loop);
    }
    e->start_timer = loop_after(e->loop, 0, on_start, e);
    e->sweep_timer = loop_after(e->loop, SWEEP_MS, on_sweep, e);
    if (e->store && !e->spectator)
        e->serve = serve_new(e);
    log_write(e->log, LOG_INFO, "engine", "fleet %s, %zu clusters", e->inventory->name,
              e->clusters.len);
    return e;
}

/* ---- the end ---- */

int32_t engine_free(struct engine *e, bool hand_over)
{
    struct hand_over h = {0, -1};
    if (!e)
        return 0;
    if (hand_over)
        hand_over_begin(e, &h);
    if (e->client)
        engine_client_attach(e->client, NULL);
    for (size_t i = e->part_states.len; i-- > 0;)
        if (engine_parts[i]->stop)
            engine_parts[i]->stop(e->part_states.items[i], hand_over);
    for (size_t i = 0; i < e->clusters.len; i++)
        if (e->store && !e->spectator)
            cluster_sight_save(e->clusters.items[i]);
    e->part_states.len = 0;
    serve_free(e->serve, false);
    e->serve = NULL;
    managed_free(e->managed);
    e->managed = NULL;
    environments_free(e);
    for (size_t i = 0; i < e->all.len; i++)
        cluster_free(e->all.items[i]);
    workers_free(e->workers);
    kube_free(e->kube);
    if (e->credentials)
        kube_credentials_pool_free(e->credentials);
    store_view_close(e->view);
    if (h.pid)
        store_close_handed_over(e->store);
    else
        store_close(e->store);
    hand_over_end(&h);
    inventory_free(e->inventory);
    if (e->loop) {
        loop_cancel_timer(e->loop, e->start_timer);
        loop_cancel_timer(e->loop, e->sweep_timer);
        loop_cancel_timer(e->loop, e->publish_timer);
        loop_free(e->loop);
    }
    leeway_snapshot_unref(e->snapshot);
    for (size_t t = 0; t < ENGINE_TABLES; t++) {
        vec_clear(&e->tables[t].dirty);
        vec_clear(&e->tables[t].is_dirty);
    }
    vec_clear(&e->all);
    vec_clear(&e->clusters);
    vec_clear(&e->aliases);
    vec_clear(&e->environments);
    vec_clear(&e->part_states);
    strmap_clear(&e->clusters_by_name);
    strmap_clear(&e->clusters_by_uid);
    arena_clear(&e->scratch);
    engine_person_clear(&e->person);
    mem_free(e->read_only_why);
    log_close(e->log);
    mem_free(e);
    return h.pid;
}
