// SPDX-License-Identifier: Apache-2.0
/*
 * Tables and logs for a guest. They are begun in this engine as its own are, under numbers of
 * their own, and end with the guest. Of a table rows are sent that differ from those that the guest
 * has: whole pages are compared by their place, rows by what they say. Of a log lines are sent that
 * are newer. In a reply they are entries among the rows of the fleet: a head first, {"l": the
 * guest's request, "look" or "log", "new", "drop"}, then what belongs to it, {"l", "i", "row"} or
 * {"l", "line"}.
 */
#include "engine/beside/serve_int.h"

#include "engine/beside/wire.h"
#include "engine/build.h"
#include "engine/client.h"
#include "engine/fleet/cluster.h"

#include <string.h>

enum {
    GUEST_LOOKS_MAX = 32,
    ROW_BYTES = 300,        /* of one row, without its texts */
    GUEST_BYTES = 16 << 20, /* of one table: what waits for a guest has its bound, too */
};
#define OF_GUESTS (UINT64_C(1) << 63) /* no request of this process is as large */

static struct guest_look *find(struct guest *g, uint64_t asked)
{
    for (size_t i = 0; i < g->looks.len; i++)
        if (g->looks.items[i].asked == asked)
            return &g->looks.items[i];
    return NULL;
}

static void drop(struct guest *g, struct guest_look *l)
{
    leeway_look_unref(l->look);
    leeway_log_unref(l->log);
    *l = g->looks.items[--g->looks.len];
}

/* ---- commands ---- */

/* Who knows some of the clusters means those by "all". */
static void limit_clusters(const struct guest *g, struct engine_command *cmd)
{
    const struct engine *e = cmd->c.n_clusters || g->all ? NULL : serve_engine(g->serve);
    if (!e)
        return;
    const char **names = arena_array(&cmd->arena, g->clusters.len + 1, sizeof(*names));
    for (size_t i = 0; i < e->all.len; i++)
        for (size_t k = 0; k < g->clusters.len; k++)
            if (e->all.items[i]->id == g->clusters.items[k])
                names[cmd->c.n_clusters++] = e->all.items[i]->name;
    cmd->c.clusters = names;
}

bool serve_look_command(struct guest *g, uint32_t id, struct engine_command *cmd, struct err *err)
{
    if (cmd->c.kind == LEEWAY_CMD_LOOK_END) {
        struct guest_look *l = find(g, cmd->c.look);
        cmd->c.look = l ? l->id : 0; /* nothing of ours */
        if (l)
            drop(g, l);
        return true;
    }
    if (cmd->c.kind != LEEWAY_CMD_LOOK && cmd->c.kind != LEEWAY_CMD_LOG)
        return true;
    if (cmd->c.objects)
        err_set(err, ERR_UNSUPPORTED, "whole objects: only in the process that asks for them");
    else if (g->looks.len >= GUEST_LOOKS_MAX)
        err_set(err, ERR_LIMIT, "%d tables and logs are open already", GUEST_LOOKS_MAX);
    if (err->code)
        return false;
    if (cmd->c.kind == LEEWAY_CMD_LOOK)
        limit_clusters(g, cmd);
    cmd->request = OF_GUESTS | serve_next_look(g->serve);
    vec_push(&g->looks, ((struct guest_look){.id = cmd->request, .asked = id}));
    return true;
}

void serve_look_failed(struct guest *g, uint32_t asked)
{
    struct guest_look *l = find(g, asked);
    if (l)
        drop(g, l);
}

static void discard(void *ctx, struct leeway_event *ev)
{
    leeway_event_free(ev);
}

void serve_look_forget(struct guest *g, struct engine *engine)
{
    while (g->looks.len) {
        const struct leeway_command end = {.kind = LEEWAY_CMD_LOOK_END,
                                           .look = g->looks.items[0].id};
        struct err e = ERR_INIT;
        struct engine_command *cmd = engine ? engine_command_new(&end, &e) : NULL;
        drop(g, &g->looks.items[0]);
        if (cmd) {
            cmd->inside = discard;
            engine_run_command(engine, cmd);
        }
        err_clear(&e);
    }
    vec_clear(&g->looks);
}

/* ---- showing ---- */

static struct val_builder *entry(struct page *p, const struct guest_look *l, size_t bytes)
{
    struct val_builder *b = serve_page_entry(p, bytes);
    build_put(b, "l", val_of_int(l->asked));
    return b;
}

static size_t size_of(const struct leeway_row *r)
{
    size_t n = ROW_BYTES + r->name.len + r->namespace_.len;
    for (size_t i = 0; i < r->n_cells; i++)
        n += r->cells[i].len + 4;
    return n;
}

/* In another page, and yet the same. */
static bool same_row(const struct leeway_row *a, const struct leeway_row *b)
{
    bool same = a->id == b->id && a->changed_ms == b->changed_ms && a->state == b->state &&
                a->n_cells == b->n_cells && text_equal(a->resource_version, b->resource_version);
    for (size_t i = 0; same && i < a->n_cells; i++)
        same = text_equal(a->cells[i], b->cells[i]);
    return same;
}

size_t serve_look_fits(const struct leeway_look *l, size_t bytes)
{
    size_t n = 0, sum = 0;
    while (n < l->n_rows && (sum += size_of(leeway_look_row(l, n))) <= bytes)
        n++;
    return n;
}

static void put_head(struct page *p, const struct guest_look *l, const struct leeway_look *now,
                     size_t rows)
{
    struct leeway_look head = *now;
    struct leeway_source *sources = NULL;
    struct val_builder *b = entry(p, l, ROW_BYTES * (1 + now->n_columns + now->n_sources));
    if (rows < now->n_rows) { /* it learns that there are more */
        sources = arena_array(&p->heads, now->n_sources + 1, sizeof(*sources));
        for (size_t i = 0; i < now->n_sources; i++) {
            sources[i] = now->sources[i];
            sources[i].more = -1;
        }
        head.sources = sources;
        head.n_rows = rows;
    }
    build_flag(b, "new", !l->look);
    val_builder_key(b, "look", 4);
    wire_write(b, &wire_look, &head);
    val_builder_end(b);
}

static void show_look(struct page *p, struct guest_look *l, const struct leeway_look *now)
{
    const struct leeway_look *was = l->look;
    size_t rows = serve_look_fits(now, GUEST_BYTES), had = l->rows;
    put_head(p, l, now, rows);
    for (size_t i = 0; i < rows;) {
        size_t same = was && i < had ? leeway_look_unchanged(was, now, i) : 0;
        if (same) {
            i = i + same < had ? i + same : had;
            continue;
        }
        const struct leeway_row *row = leeway_look_row(now, i);
        if (!was || i >= had || !same_row(leeway_look_row(was, i), row)) {
            struct val_builder *b = entry(p, l, size_of(row));
            build_put(b, "i", val_of_int((int64_t)i));
            val_builder_key(b, "row", 3);
            wire_write(b, &wire_row, row);
            val_builder_end(b);
        }
        i++;
    }
    leeway_look_unref(l->look);
    l->look = leeway_look_ref(now);
    l->rows = rows;
}

static void show_log(struct page *p, struct guest_look *l, const struct leeway_log *now)
{
    const struct leeway_log *was = l->log;
    size_t gone = was ? (size_t)(now->dropped - was->dropped) : 0;
    bool anew = !was || gone > was->n_lines;
    size_t from = anew ? 0 : was->n_lines - gone;
    struct val_builder *b = entry(p, l, ROW_BYTES * (1 + now->n_sources));
    build_flag(b, "new", anew);
    build_put(b, "drop", val_of_int(anew ? 0 : (int64_t)gone));
    val_builder_key(b, "log", 3);
    wire_write(b, &wire_log, now);
    val_builder_end(b);
    for (size_t i = from; i < now->n_lines; i++) {
        const struct leeway_line *line = leeway_log_line(now, i);
        b = entry(p, l, ROW_BYTES + line->text.len);
        val_builder_key(b, "line", 4);
        wire_write(b, &wire_line, line);
        val_builder_end(b);
    }
    leeway_log_unref(l->log);
    l->log = leeway_log_ref(now);
}

void serve_look_show(struct guest *g, struct page *p, const struct leeway_snapshot *s)
{
    for (size_t i = 0; i < g->looks.len; i++) {
        struct guest_look *l = &g->looks.items[i];
        const struct leeway_look *look = leeway_look_by_id(s, l->id);
        const struct leeway_log *log = leeway_log_by_id(s, l->id);
        if (look && look != l->look)
            show_look(p, l, look);
        if (log && log != l->log)
            show_log(p, l, log);
    }
}
