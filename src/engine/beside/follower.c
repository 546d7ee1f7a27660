// SPDX-License-Identifier: Apache-2.0
#include "engine/beside/follower.h"

#include "data/json.h"
#include "engine/beside/control_socket.h"
#include "engine/beside/follow_look.h"
#include "engine/beside/wire_event.h"
#include "engine/build.h"
#include "engine/fleet/inventory.h"
#include "store/store.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HELLO_MS = 3000, ROWS_MAX = 1 << 20 };

struct asked { /* a command on its way */
    struct engine_command *cmd;
    uint32_t id;
    struct arena arena; /* of the rows that came ahead */
    VEC(struct leeway_plan_row) rows;
};

struct follower {
    const struct leeway_options *options;
    struct engine_client *client;
    const struct clock *clock;
    struct loop *loop;
    struct control_client *socket;
    struct leeway_snapshot *snapshot;
    struct leeway_snapshot_builder *builder; /* rows of a look that is not whole yet */
    size_t lengths[ENGINE_TABLES];           /* of what is put together */
    struct arena scratch;
    uint32_t hello, look;
    bool ready, over;
    char *who; /* "leeway console (pid 7)" */
    struct err error;
    VEC(struct asked *) asked;
    struct follow_looks *looks;
};

/* ---- finding ---- */

int follower_find(const struct leeway_options *o, char **store_path, char **writer,
                  struct inventory **inventory, struct err *e)
{
    struct buf path;
    int rc = 0;
    *store_path = *writer = NULL;
    struct inventory *v = *inventory = inventory_load(o, e);
    if (!v)
        return e->code;
    buf_init(&path, 8192);
    if (o->store_path || v->store_path)
        rc = buf_puts(&path, o->store_path ? o->store_path : v->store_path);
    else
        rc = store_default_path(v->name, &path, e);
    if (rc)
        rc = err_set(e, rc, "the store's path is too long");
    else
        *writer = store_writer(buf_str(&path));
    if (*writer)
        *store_path = mem_strdup(buf_str(&path));
    buf_clear(&path);
    return rc;
}

/* ---- to the client ---- */

static struct leeway_event *event_new(struct follower *f, enum leeway_event_kind kind)
{
    struct leeway_event *ev = mem_new(struct leeway_event);
    ev->kind = kind;
    ev->at_ms = clock_wall_ms(f->clock);
    ev->state = kind == LEEWAY_EVENT_FAILED ? LEEWAY_FAILED : LEEWAY_UNKNOWN;
    ev->where = ev->text = ev->detail = TEXT_NONE;
    arena_init(&ev->arena);
    return ev;
}

static void answer(struct follower *f, struct asked *a, struct leeway_event *ev)
{
    for (size_t i = 0; i < f->asked.len; i++)
        if (f->asked.items[i] == a)
            f->asked.items[i] = f->asked.items[--f->asked.len];
    ev->request = a->cmd->request;
    if (a->cmd->inside)
        a->cmd->inside(a->cmd->inside_ctx, ev);
    else
        engine_client_push(f->client, ev, true);
    engine_command_free(a->cmd);
    arena_clear(&a->arena);
    vec_clear(&a->rows);
    mem_free(a);
}

static void answer_failed(struct follower *f, struct asked *a, const struct err *e)
{
    struct leeway_event *ev = event_new(f, LEEWAY_EVENT_FAILED);
    ev->text = text_cstr(&ev->arena, e->text);
    err_copy(&ev->err, e);
    answer(f, a, ev);
}

static void end(struct follower *f, const struct err *e)
{
    if (!f->error.code && e && e->code)
        err_copy(&f->error, e);
    f->over = true;
    loop_stop(f->loop);
}

/* ---- asking ---- */

static void request_begin(struct val_builder *b, const char *what)
{
    val_builder_map(b);
    build_str(b, "do", what);
}

static int send(struct follower *f, struct val_builder *b, uint32_t *id, struct err *e)
{
    val_builder_end(b);
    int rc = f->socket ? control_request(f->socket, val_builder_finish(b), id, e)
                       : err_set(e, ERR_IO, "the connection is over");
    val_builder_free(b);
    return rc;
}

static void send_look(struct follower *f)
{
    struct val_pool pool;
    struct err e = ERR_INIT;
    if (f->look || !f->socket)
        return;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 4);
    request_begin(b, "look");
    if (send(f, b, &f->look, &e))
        end(f, &e);
    val_pool_clear(&pool);
    err_clear(&e);
}

static int send_hello(struct follower *f, struct err *e)
{
    struct val_pool pool;
    struct inventory *v = inventory_load(f->options, e);
    if (!v)
        return e->code;
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 8);
    request_begin(b, "hello");
    build_put(b, "wire", val_of_int((int64_t)wire_digest()));
    build_str(b, "program", f->options->program);
    build_flag(b, "waits", !f->options->lasting);
    build_list(b, "clusters");
    for (size_t i = 0; i < v->entries.len; i++) {
        val_builder_map(b);
        build_str(b, "name", v->entries.items[i]->name);
        build_str(b, "server", v->entries.items[i]->access.server);
        val_builder_end(b);
    }
    val_builder_end(b);
    int rc = send(f, b, &f->hello, e);
    val_pool_clear(&pool);
    inventory_free(v);
    return rc;
}

/* A folder is meant from where the person stands. */
static const char *absolute(struct arena *a, const char *path)
{
    char real[PATH_MAX];
    return path && realpath(path, real) ? arena_strdup(a, real) : path;
}

static void send_command(struct follower *f, struct engine_command *cmd)
{
    struct err e = ERR_INIT;
    struct val_pool pool;
    struct asked *a = mem_new(struct asked);
    a->cmd = cmd;
    arena_init_limited(&a->arena, WIRE_EVENT_MAX);
    vec_push(&f->asked, a);
    if (cmd->c.kind == LEEWAY_CMD_LOOK_END)
        cmd->c.look = follow_looks_ended(f->looks, cmd->c.look);
    cmd->c.folder = absolute(&cmd->arena, cmd->c.folder);
    val_pool_init(&pool);
    struct val_builder *b = val_builder_new(&pool, 16);
    request_begin(b, "command");
    val_builder_key(b, "command", 7);
    wire_write(b, &wire_command, &cmd->c);
    if (send(f, b, &a->id, &e))
        answer_failed(f, a, &e);
    else
        follow_looks_asked(f->looks, cmd, a->id);
    val_pool_clear(&pool);
    err_clear(&e);
}

static void on_wake(void *ctx)
{
    struct follower *f = ctx;
    struct engine_command *cmd;
    while ((cmd = engine_client_next_command(f->client)))
        send_command(f, cmd);
    if (engine_client_wants_snapshot(f->client))
        send_look(f);
}

/* ---- what comes ---- */

static void put_fleet(struct follower *f, const struct val *v, struct err *e)
{
    struct leeway_fleet_info info;
    if (wire_read(&f->scratch, &wire_fleet, v, &info, e))
        return;
    if (f->options->spectate && !info.read_only) {
        info.read_only = info.spectator = true;
        info.read_only_why = text_fmt(&f->scratch, "spectator of %s", f->who);
    } else if (f->options->read_only) {
        info.read_only = true;
    }
    engine_client_set_limits(f->client, info.read_only, f->options->spectate,
                             info.read_only_why.str);
    leeway_snapshot_put_fleet(f->builder, &info);
}

static void put_row(struct follower *f, const struct val *v, struct err *e)
{
    union {
        struct leeway_cluster cluster;
        struct leeway_environment environment;
        struct leeway_drift drift;
        struct leeway_release release;
        struct leeway_blueprint blueprint;
        struct leeway_env_file file;
        struct leeway_answer answer;
    } row;
    const struct val *from = val_get(v, "row");
    int64_t t = val_int(val_get(v, "t"), -1), i = val_int(val_get(v, "i"), -1);
    if (t < 0 || t >= ENGINE_TABLES || i < 0 || (size_t)i > f->lengths[t] || i > ROWS_MAX) {
        err_set(e, ERR_PROTOCOL, "the other end sent a row of no table");
        return;
    }
    if ((size_t)i == f->lengths[t])
        f->lengths[t]++;
    switch (t) {
    case ENGINE_CLUSTERS:
        if (!wire_read(&f->scratch, &wire_cluster, from, &row.cluster, e))
            leeway_snapshot_put_cluster(f->builder, (size_t)i, &row.cluster);
        break;
    case ENGINE_ENVIRONMENTS:
        if (!wire_read(&f->scratch, &wire_environment, from, &row.environment, e))
            leeway_snapshot_put_environment(f->builder, (size_t)i, &row.environment);
        break;
    case ENGINE_DRIFTS:
        if (!wire_read(&f->scratch, &wire_drift, from, &row.drift, e))
            leeway_snapshot_put_drift(f->builder, (size_t)i, &row.drift);
        break;
    case ENGINE_BLUEPRINTS:
        if (!wire_read(&f->scratch, &wire_blueprint, from, &row.blueprint, e))
            leeway_snapshot_put_blueprint(f->builder, (size_t)i, &row.blueprint);
        break;
    case ENGINE_ENV_FILES:
        if (!wire_read(&f->scratch, &wire_env_file, from, &row.file, e))
            leeway_snapshot_put_env_file(f->builder, (size_t)i, &row.file);
        break;
    case ENGINE_RELEASES:
        if (wire_read(&f->scratch, &wire_release, from, &row.release, e))
            break;
        row.release.here = false; /* there, rather */
        leeway_snapshot_put_release(f->builder, (size_t)i, &row.release);
        break;
    default:
        if (!wire_read(&f->scratch, &wire_answer, from, &row.answer, e))
            leeway_snapshot_put_answer(f->builder, (size_t)i, &row.answer);
    }
    arena_reset(&f->scratch);
}

static void on_look(struct follower *f, const struct val *body, bool last)
{
    struct err e = ERR_INIT;
    const struct val *rows = val_get(body, "rows"), *lengths = val_get(body, "lengths");
    if (!f->builder)
        f->builder = leeway_snapshot_builder_new(f->snapshot, clock_wall_ms(f->clock));
    for (size_t i = 0; !e.code && i < val_count(rows); i++) {
        const struct val *entry = val_item(rows, i);
        if (!val_get(entry, "l"))
            put_row(f, entry, &e);
        else if (follow_looks_entry(f->looks, &f->scratch, entry, &e) == 0)
            arena_reset(&f->scratch);
    }
    if (last && !e.code && follow_looks_put(f->looks, f->builder, &e) == 0)
        put_fleet(f, val_get(body, "fleet"), &e);
    arena_reset(&f->scratch);
    if (e.code) {
        end(f, &e);
        err_clear(&e);
        return;
    }
    if (!last)
        return;
    size_t *n = f->lengths;
    for (size_t t = 0; t < ENGINE_TABLES; t++) {
        int64_t len = val_int(val_item(lengths, t), 0);
        n[t] = len >= 0 && (size_t)len < n[t] ? (size_t)len : n[t];
    }
    leeway_snapshot_truncate(f->builder, n[ENGINE_CLUSTERS], n[ENGINE_ENVIRONMENTS],
                             n[ENGINE_DRIFTS], n[ENGINE_RELEASES]);
    leeway_snapshot_truncate_catalog(f->builder, n[ENGINE_BLUEPRINTS], n[ENGINE_ENV_FILES]);
    leeway_snapshot_truncate_answers(f->builder, n[ENGINE_ANSWERS]);
    struct leeway_snapshot *s = leeway_snapshot_seal(f->builder);
    f->builder = NULL;
    f->look = 0;
    leeway_snapshot_unref(f->snapshot);
    f->snapshot = s;
    f->ready = true;
    engine_client_publish(f->client, s);
}

static void on_answer(struct follower *f, struct asked *a, const struct val *body, bool last,
                      const struct err *error)
{
    struct err e = ERR_INIT;
    const struct val *rows = val_get(body, "plan_rows");
    struct leeway_plan_row row;
    if (error) {
        follow_looks_failed(f->looks, a->id);
        answer_failed(f, a, error);
        return;
    }
    for (size_t i = 0; !e.code && i < val_count(rows); i++)
        if (!wire_read(&a->arena, &wire_plan_row, val_item(rows, i), &row, &e))
            vec_push(&a->rows, row);
    struct leeway_event *ev =
        last && !e.code ? wire_read_event(body, a->rows.items, a->rows.len, &e) : NULL;
    if (ev && ev->kind == LEEWAY_EVENT_FAILED)
        follow_looks_failed(f->looks, a->id);
    if (ev)
        answer(f, a, ev);
    else if (e.code)
        answer_failed(f, a, &e);
    err_clear(&e);
}

static void on_reply(void *ctx, uint32_t id, bool last, const struct val *body,
                     const struct err *error, int fd)
{
    struct follower *f = ctx;
    if (fd >= 0)
        close(fd); /* none is expected */
    if (id == f->hello) {
        if (error) {
            end(f, error);
            return;
        }
        f->who = mem_printf("leeway %s (pid %lld)", val_str(val_get(body, "program"), ""),
                            (long long)val_int(val_get(body, "pid"), 0));
        send_look(f);
        return;
    }
    if (id == f->look) {
        if (error)
            end(f, error);
        else
            on_look(f, body, last);
        return;
    }
    for (size_t i = 0; i < f->asked.len; i++)
        if (f->asked.items[i]->id == id) {
            on_answer(f, f->asked.items[i], body, last, error);
            return;
        }
}

static void on_event(void *ctx, const struct val *body)
{
    struct follower *f = ctx;
    struct err e = ERR_INIT;
    struct leeway_event *ev = wire_read_event(body, NULL, 0, &e);
    if (ev && ev->kind == LEEWAY_EVENT_MESSAGE)
        engine_client_push(f->client, ev, false);
    else if (ev)
        leeway_event_free(ev);
    err_clear(&e);
}

static void on_closed(void *ctx, const struct err *e)
{
    struct follower *f = ctx;
    control_client_free(f->socket);
    f->socket = NULL;
    end(f, e);
}

/* ---- life ---- */

void follower_free(struct follower *f)
{
    struct err e = ERR_INIT;
    if (!f)
        return;
    engine_client_attach(f->client, NULL);
    control_client_free(f->socket);
    f->socket = NULL;
    err_set(&e, ERR_CANCELLED, "%s, which had the store open, ended before it answered",
            f->who ? f->who : "leeway");
    err_hint(&e, "what runs is taken up by applying its plan again");
    while (f->asked.len) {
        follow_looks_failed(f->looks, f->asked.items[0]->id);
        answer_failed(f, f->asked.items[0], &e);
    }
    follow_looks_free(f->looks, f->client);
    err_clear(&e);
    err_clear(&f->error);
    if (f->builder)
        leeway_snapshot_unref(leeway_snapshot_seal(f->builder));
    leeway_snapshot_unref(f->snapshot);
    vec_clear(&f->asked);
    arena_clear(&f->scratch);
    mem_free(f->who);
    loop_free(f->loop);
    mem_free(f);
}

struct follower *follower_new(const struct leeway_options *o, const char *store_path,
                              struct engine_client *client, struct err *e)
{
    struct follower *f = mem_new(struct follower);
    f->options = o;
    f->client = client;
    f->looks = follow_looks_new();
    f->clock = o->clock ? o->clock : clock_system();
    arena_init_limited(&f->scratch, WIRE_EVENT_MAX);
    const struct control_client_handlers h = {on_reply, on_event, on_closed, f};
    char *path = control_socket_path(store_path);
    int rc = (f->loop = loop_new(f->clock, e)) ? 0 : e->code;
    if (!rc && !(f->socket = control_client_new(f->loop, path, &h, e)))
        rc = e->code = ERR_UNREACHABLE;
    mem_free(path);
    if (!rc)
        rc = send_hello(f, e);
    int64_t until = clock_boot_ms(clock_system()) + HELLO_MS;
    while (!rc && !f->ready && !f->over) {
        int64_t left = until - clock_boot_ms(clock_system());
        if (left <= 0)
            rc = err_set(e, ERR_UNREACHABLE, "the leeway that has the store open does not answer");
        else
            loop_run_once(f->loop, (int)left);
    }
    if (!rc && f->over) {
        rc = f->error.code == ERR_UNSUPPORTED || !f->error.code ? ERR_UNREACHABLE : f->error.code;
        err_set(e, rc, "%s", f->error.text ? f->error.text : "it closed the connection");
        if (f->error.hint)
            err_hint(e, "%s", f->error.hint);
    }
    if (rc) {
        follower_free(f);
        return NULL;
    }
    loop_on_wake(f->loop, on_wake, f);
    engine_client_attach(client, f->loop);
    return f;
}

void follower_run(struct follower *f)
{
    on_wake(f); /* what was asked before the loop could be woken */
    if (!f->over)
        loop_run(f->loop);
    if (f->over) {
        struct leeway_event *ev = event_new(f, LEEWAY_EVENT_MESSAGE);
        ev->text = text_fmt(&ev->arena, "%s, which had the store open, has ended",
                            f->who ? f->who : "leeway");
        engine_client_push(f->client, ev, false);
    }
}
