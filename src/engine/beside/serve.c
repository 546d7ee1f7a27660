// SPDX-License-Identifier: Apache-2.0
#include "engine/beside/serve_int.h"

#include "config.h"

#include "data/json.h"
#include "engine/apply/apply.h"
#include "engine/beside/control_socket.h"
#include "engine/beside/wire_event.h"
#include "engine/build.h"
#include "engine/client.h"
#include "engine/fleet/cluster.h"
#include "engine/fleet/inventory.h"
#include "store/store.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_ABOUT = 1 << 20 }; /* bytes after which a frame is full */

struct serve_asker {
    struct serve *serve; /* NULL: nobody is there any more */
    struct control_peer *peer;
    uint32_t id;
    struct serve_asker *next, **link;
};

struct serve {
    struct engine *engine;
    struct control_server *server;
    struct guest *guests;
    struct serve_asker *askers;
    size_t open;
    uint64_t last_look;
    bool over; /* the engine ends: its parts are gone */
};

struct engine *serve_engine(struct serve *s)
{
    return s->engine;
}

uint64_t serve_next_look(struct serve *s)
{
    return ++s->last_look;
}

static const struct wire_type *const row_types[ENGINE_TABLES] = {
    [ENGINE_CLUSTERS] = &wire_cluster,     [ENGINE_ENVIRONMENTS] = &wire_environment,
    [ENGINE_DRIFTS] = &wire_drift,         [ENGINE_RELEASES] = &wire_release,
    [ENGINE_BLUEPRINTS] = &wire_blueprint, [ENGINE_ENV_FILES] = &wire_env_file,
    [ENGINE_ANSWERS] = &wire_answer,
};

static void reply_error(struct control_peer *peer, uint32_t id, int code, const char *text,
                        const char *hint)
{
    struct err e = ERR_INIT;
    err_set(&e, code, "%s", text);
    if (hint)
        err_hint(&e, "%s", hint);
    if (control_reply_error(peer, id, &e)) {
        /* it does not read and is dropped */
    }
    err_clear(&e);
}

static struct guest *guest_of(struct serve *s, struct control_peer *peer)
{
    for (struct guest *g = s->guests; g; g = g->next)
        if (g->peer == peer)
            return g;
    struct guest *g = mem_new(struct guest);
    g->serve = s;
    g->peer = peer;
    g->next = s->guests;
    g->link = &s->guests;
    if (g->next)
        g->next->link = &g->next;
    s->guests = g;
    return g;
}

/* ---- rows ---- */

static const void *row_at(const struct leeway_snapshot *s, enum engine_table t, size_t i)
{
    switch (t) {
    case ENGINE_CLUSTERS:
        return leeway_cluster_at(s, i);
    case ENGINE_ENVIRONMENTS:
        return leeway_environment_at(s, i);
    case ENGINE_DRIFTS:
        return leeway_drift_at(s, i);
    case ENGINE_BLUEPRINTS:
        return leeway_blueprint_at(s, i);
    case ENGINE_ENV_FILES:
        return leeway_env_file_at(s, i);
    case ENGINE_RELEASES:
        return leeway_release_at(s, i);
    default:
        return leeway_answer_at(s, i);
    }
}

static size_t rows_of(const struct leeway_snapshot *s, enum engine_table t)
{
    return t == ENGINE_CLUSTERS       ? leeway_clusters(s)
           : t == ENGINE_ENVIRONMENTS ? leeway_environments(s)
           : t == ENGINE_DRIFTS       ? leeway_drifts(s)
           : t == ENGINE_BLUEPRINTS   ? leeway_blueprints(s)
           : t == ENGINE_ENV_FILES    ? leeway_env_files(s)
           : t == ENGINE_RELEASES     ? leeway_releases(s)
                                      : leeway_answers(s);
}

static bool is_wanted(const struct guest *g, enum engine_table t, const void *row)
{
    uint64_t id;
    if (g->all || (t != ENGINE_CLUSTERS && t != ENGINE_DRIFTS))
        return true;
    id = t == ENGINE_CLUSTERS ? ((const struct leeway_cluster *)row)->id
                              : ((const struct leeway_drift *)row)->cluster_id;
    for (size_t i = 0; i < g->clusters.len; i++)
        if (g->clusters.items[i] == id)
            return true;
    return false;
}

static void begin_page(struct page *p)
{
    val_pool_init(&p->pool);
    p->b = val_builder_new(&p->pool, 32);
    p->bytes = 0;
    p->begun = true;
    val_builder_map(p->b);
    build_list(p->b, "rows");
}

static void end_page(struct page *p, bool last, const struct leeway_snapshot *s,
                     const size_t *lengths)
{
    struct err e = ERR_INIT;
    if (!p->begun)
        begin_page(p);
    val_builder_end(p->b);
    if (last) {
        build_list(p->b, "lengths");
        for (size_t t = 0; t < ENGINE_TABLES; t++)
            val_builder_add(p->b, val_of_int((int64_t)lengths[t]));
        val_builder_end(p->b);
        val_builder_key(p->b, "fleet", 5);
        wire_write(p->b, &wire_fleet, leeway_snapshot_fleet(s));
        build_put(p->b, "at", val_of_int(leeway_snapshot_taken_ms(s)));
    }
    val_builder_end(p->b);
    const struct val *body = val_builder_finish(p->b);
    if (!p->failed &&
        control_reply(p->g->peer, p->g->look, last ? CONTROL_LAST : CONTROL_MORE, body, -1, &e)) {
        p->failed = true;
        reply_error(p->g->peer, p->g->look, e.code, e.text, NULL);
    }
    p->any = true;
    p->begun = false;
    val_builder_free(p->b);
    val_pool_clear(&p->pool);
    err_clear(&e);
}

static uint64_t hash_of(struct page *p, const struct wire_type *type, const void *row,
                        size_t *bytes)
{
    struct buf text;
    buf_init(&text, CONTROL_MAX_FRAME);
    val_pool_reset(&p->scratch);
    struct val_builder *b = val_builder_new(&p->scratch, 32);
    wire_write(b, type, row);
    if (json_write(&text, val_builder_finish(b), JSON_COMPACT))
        buf_reset(&text);
    uint64_t hash = hash_bytes(hash_process_key(), buf_str(&text), text.len);
    *bytes = text.len;
    val_builder_free(b);
    buf_clear(&text);
    return hash;
}

struct val_builder *serve_page_entry(struct page *p, size_t bytes)
{
    if (p->begun && p->bytes + bytes > FRAME_ABOUT)
        end_page(p, false, NULL, NULL);
    if (!p->begun)
        begin_page(p);
    p->bytes += bytes;
    val_builder_map(p->b);
    return p->b;
}

static void put_row(struct page *p, enum engine_table t, size_t i, const void *row, size_t bytes)
{
    serve_page_entry(p, bytes);
    build_put(p->b, "t", val_of_int((int64_t)t));
    build_put(p->b, "i", val_of_int((int64_t)i));
    val_builder_key(p->b, "row", 3);
    wire_write(p->b, row_types[t], row);
    val_builder_end(p->b);
}

/* Everything that differs from what the guest has seen. False: nothing does. */
static bool show(struct guest *g)
{
    struct leeway_snapshot *s = g->serve->engine->snapshot;
    struct page p = {.g = g};
    size_t lengths[ENGINE_TABLES];
    bool shorter = false;
    val_pool_init(&p.scratch);
    arena_init(&p.heads);
    for (size_t t = 0; t < ENGINE_TABLES; t++) {
        size_t n = 0, all = rows_of(s, (enum engine_table)t);
        for (size_t i = 0; i < all; i++) {
            const void *row = row_at(s, (enum engine_table)t, i);
            size_t bytes;
            if (!is_wanted(g, (enum engine_table)t, row))
                continue;
            bool is_new = n == g->seen[t].len;
            if (is_new)
                vec_push(&g->seen[t], ((struct seen){NULL, 0}));
            struct seen *seen = &g->seen[t].items[n];
            if (is_new || seen->row != row) {
                uint64_t hash = hash_of(&p, row_types[t], row, &bytes);
                if (is_new || hash != seen->hash)
                    put_row(&p, (enum engine_table)t, n, row, bytes);
                *seen = (struct seen){row, hash};
            }
            n++;
        }
        shorter |= n < g->seen[t].len;
        g->seen[t].len = lengths[t] = n;
    }
    serve_look_show(g, &p, s);
    bool any = p.any || p.begun || shorter || !g->fleet_sent;
    if (any)
        end_page(&p, true, s, lengths);
    g->fleet_sent = true;
    val_pool_clear(&p.scratch);
    arena_clear(&p.heads);
    leeway_snapshot_unref(g->last); /* the rows that are compared with next lie in this one */
    g->last = leeway_snapshot_ref(s);
    return any;
}

static void look(struct guest *g)
{
    if (g->look && g->last != g->serve->engine->snapshot && show(g))
        g->look = 0;
}

bool serve_wants_snapshot(const struct serve *s)
{
    for (const struct guest *g = s ? s->guests : NULL; g; g = g->next)
        if (g->look)
            return true;
    return false;
}

void serve_published(struct serve *s)
{
    for (struct guest *g = s ? s->guests : NULL; g; g = g->next)
        look(g);
}

/* ---- events ---- */

void serve_event(struct serve *s, const struct leeway_event *ev)
{
    if (!s || !s->guests)
        return;
    struct val_pool pool;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 32);
    wire_write_event(b, ev);
    control_send_event_to_all(s->server, val_builder_finish(b));
    val_builder_free(b);
    val_pool_clear(&pool);
}

static void drop_asker(struct serve_asker *a)
{
    if (!a->serve)
        return;
    *a->link = a->next;
    if (a->next)
        a->next->link = a->link;
    a->serve->open--;
    a->serve = NULL;
}

static int send_rows(struct serve_asker *a, const struct leeway_plan *plan, struct err *e)
{
    for (size_t from = 0; from < plan->n_rows;) {
        struct val_pool pool;
        val_pool_init(&pool);
        struct val_builder *b = val_builder_new(&pool, 32);
        from += wire_write_rows(b, plan, from);
        int rc = control_reply(a->peer, a->id, CONTROL_MORE, val_builder_finish(b), -1, e);
        val_builder_free(b);
        val_pool_clear(&pool);
        if (rc)
            return rc;
    }
    return 0;
}

void serve_answer(struct serve_asker *a, struct leeway_event *ev)
{
    struct err e = ERR_INIT;
    if (a->serve) {
        struct control_peer *peer = a->peer;
        uint32_t id = a->id;
        if (ev->kind == LEEWAY_EVENT_FAILED)
            serve_look_failed(guest_of(a->serve, peer), id);
        int rc = ev->plan ? send_rows(a, ev->plan, &e) : 0;
        struct val_pool pool;
        val_pool_init(&pool);
        struct val_builder *b = val_builder_new(&pool, 32);
        wire_write_event(b, ev);
        if (rc || control_reply(peer, id, CONTROL_LAST, val_builder_finish(b), -1, &e))
            reply_error(peer, id, e.code, e.text, "close the other leeway and ask again");
        val_builder_free(b);
        val_pool_clear(&pool);
    }
    drop_asker(a);
    mem_free(a);
    err_clear(&e);
    leeway_event_free(ev);
}

size_t serve_open(const struct serve *s)
{
    return s ? s->open : 0;
}

/* ---- requests ---- */

/* The clusters that it wants, as ids; false after the answer that one is not known here. */
static bool choose_clusters(struct guest *g, uint32_t id, const struct val *names)
{
    struct engine *e = g->serve->engine;
    size_t n = val_count(names);
    struct err err = ERR_INIT;
    g->clusters.len = 0;
    for (size_t i = 0; i < n; i++) {
        const char *name = val_str(val_get(val_item(names, i), "name"), "");
        const char *server = val_str(val_get(val_item(names, i), "server"), "");
        struct cluster *named = strmap_get(&e->clusters_by_name, name);
        struct cluster *c = engine_cluster_by_name(e, name);
        const char *ours = named && named->entry->access.server ? named->entry->access.server : "";
        if (!c)
            err_set(&err, ERR_NOT_FOUND,
                    "leeway (pid %d), which has the store open, does not know %s", getpid(), name);
        else if (strcmp(ours, server) != 0)
            err_set(&err, ERR_CONFLICT,
                    "leeway (pid %d), which has the store open, has %s at another server", getpid(),
                    name);
        if (err.code) {
            err_hint(&err, "close it, or give both the same kubeconfig and clusters");
            if (control_reply_error(g->peer, id, &err)) {
                /* it is dropped */
            }
            err_clear(&err);
            return false;
        }
        vec_push(&g->clusters, c->id);
    }
    g->all = n == e->all.len;
    return true;
}

static void hello(struct guest *g, uint32_t id, const struct val *body)
{
    struct serve *s = g->serve;
    if (val_int(val_get(body, "wire"), 0) != (int64_t)wire_digest()) {
        reply_error(g->peer, id, ERR_UNSUPPORTED,
                    "the leeway that has the store open is another version", "close it first");
        return;
    }
    /* a verb is over soon: who can wait for it need not depend on its end */
    bool patient = val_bool(val_get(body, "waits"), false);
    bool lasting = s->engine->options.lasting || apply_each_running(s->engine, NULL, NULL);
    if (patient && !lasting) {
        reply_error(g->peer, id, ERR_BUSY, "a leeway command is at work on this store", NULL);
        return;
    }
    if (!choose_clusters(g, id, val_get(body, "clusters")))
        return;
    struct val_pool pool;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 2);
    val_builder_map(b);
    build_put(b, "pid", val_of_int(getpid()));
    build_str(b, "program", s->engine->options.program);
    val_builder_end(b);
    g->greeted = control_reply(g->peer, id, CONTROL_LAST, val_builder_finish(b), -1, NULL) == 0;
    val_builder_free(b);
    val_pool_clear(&pool);
}

static void command(struct guest *g, uint32_t id, const struct val *body)
{
    struct engine *e = g->serve->engine;
    struct engine_command *cmd = mem_new(struct engine_command);
    struct err err = ERR_INIT;
    arena_init_limited(&cmd->arena, CONTROL_MAX_FRAME);
    int rc = wire_read(&cmd->arena, &wire_command, val_get(body, "command"), &cmd->c, &err);
    const struct engine_command_kind *kind = rc ? NULL : engine_command_find(cmd->c.kind);
    if (!rc && !kind)
        rc = err_set(&err, ERR_UNSUPPORTED, "this program cannot do that");
    if (!rc && kind->changes_clusters && e->read_only)
        rc = err_set(&err, ERR_FORBIDDEN,
                     "%s: read-only: leeway (pid %d), which has the store open, is", kind->name,
                     getpid());
    if (!rc && !serve_look_command(g, id, cmd, &err))
        rc = err.code;
    if (rc) {
        if (control_reply_error(g->peer, id, &err)) {
            /* it is dropped */
        }
        engine_command_free(cmd);
        err_clear(&err);
        return;
    }
    struct serve_asker *a = mem_new(struct serve_asker);
    *a = (struct serve_asker){g->serve, g->peer, id, g->serve->askers, &g->serve->askers};
    if (a->next)
        a->next->link = &a->next;
    g->serve->askers = a;
    g->serve->open++;
    cmd->asker = a;
    engine_run_command(e, cmd);
}

static void on_request(void *ctx, struct control_peer *peer, uint32_t id, const struct val *body)
{
    struct serve *s = ctx;
    struct guest *g = guest_of(s, peer);
    const struct val *what = val_get(body, "do");
    if (val_str_is(what, "hello")) {
        hello(g, id, body);
    } else if (!g->greeted) {
        reply_error(peer, id, ERR_PROTOCOL, "a hello comes first", NULL);
    } else if (val_str_is(what, "command")) {
        command(g, id, body);
    } else if (val_str_is(what, "look") && !g->look) {
        g->look = id;
        look(g);
        engine_publish_soon(s->engine);
    } else {
        reply_error(peer, id, ERR_PROTOCOL, "a request that is not understood", NULL);
    }
}

static void on_gone(void *ctx, struct control_peer *peer)
{
    struct serve *s = ctx;
    for (struct serve_asker *a = s->askers, *next; a; a = next) {
        next = a->next;
        if (a->peer == peer)
            drop_asker(a); /* its command goes on; the answer is for nobody */
    }
    for (struct guest *g = s->guests; g; g = g->next) {
        if (g->peer != peer)
            continue;
        *g->link = g->next;
        if (g->next)
            g->next->link = g->link;
        for (size_t t = 0; t < ENGINE_TABLES; t++)
            vec_clear(&g->seen[t]);
        vec_clear(&g->clusters);
        serve_look_forget(g, s->over ? NULL : s->engine);
        leeway_snapshot_unref(g->last);
        mem_free(g);
        return;
    }
}

/* ---- life ---- */

struct serve *serve_new(struct engine *e)
{
    struct serve *s = mem_new(struct serve);
    struct err err = ERR_INIT;
    const struct control_handlers h = {on_request, on_gone, s};
    char *path = control_socket_path(store_info(e->store).path);
    s->engine = e;
    s->server = control_server_new(e->loop, path, &h, &err);
    if (!s->server) {
        log_write(e->log, LOG_WARN, "engine", "others cannot follow: %s", err.text);
        mem_free(s);
        s = NULL;
    }
    mem_free(path);
    err_clear(&err);
    return s;
}

void serve_free(struct serve *s, bool keep_file)
{
    if (!s)
        return;
    s->over = true;
    control_server_free(s->server, keep_file);
    mem_free(s);
}
