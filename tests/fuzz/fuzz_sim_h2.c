// SPDX-License-Identifier: Apache-2.0
/*
 * What a client may send on a connection to a simulated cluster. First byte: 0 HTTP/1.1, otherwise
 * HTTP/2 frames after the preface; the second one says in how large pieces the rest arrives. What
 * comes back must stay within bounds, and watches that were opened hear of a change.
 */
#include "sim/live.h"
#include "sim/types.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void drain(struct sim_conn *conn)
{
    for (int i = 0; i < 50; i++) {
        size_t had = conn->out.len;
        if (!conn->protocol->fill(conn->state) || conn->out.len == had)
            break;
        if (conn->out.len > SIM_OUT_FULL * 8)
            abort();
        buf_reset(&conn->out);
    }
    buf_reset(&conn->out);
    conn->cluster->sim->flush = NULL; /* nobody sends: the loop never runs */
    conn->dirty = false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    struct err e = ERR_INIT;
    struct clock_fake clock;
    if (size < 2)
        return 0;
    clock_fake_init(&clock, 1000, 1790000000000);
    struct sim sim = {.seed = 1, .speed_percent = 100, .clusters_len = 1, .clock = &clock.clock};
    static struct sim_types *types;
    types = types ? types : sim_types_new();
    sim.types = types;
    struct sim_cluster *c = mem_new(struct sim_cluster);
    sim.clusters = c;
    sim.started_ms = 1000;
    sim.loop = loop_new(&clock.clock, &e);
    *c = (struct sim_cluster){.sim = &sim, .number = 12, .version = 100, .listen_fd = -1};
    snprintf(c->token, sizeof(c->token), "t");
    sim_fleet_name(c, true);
    struct sim_conn conn = {.cluster = c, .fd = -1, .handshaken = true};
    snprintf(conn.peer.user, sizeof(conn.peer.user), "fuzz"); /* no token needed */
    conn.protocol = data[0] ? &sim_h2 : &sim_h1;
    buf_init(&conn.out, 64u * 1024 * 1024);
    conn.state = conn.protocol->open(&conn);
    bool open = !data[0] || conn.protocol->read(conn.state, preface, sizeof(preface) - 1);
    size_t piece = (size_t)data[1] + 1;
    for (size_t at = 2; open && at < size; at += piece) {
        size_t n = size - at < piece ? size - at : piece;
        open = conn.protocol->read(conn.state, (const char *)data + at, n) && !conn.broken;
        drain(&conn);
    }
    if (c->filled) {
        struct sim_object *o = sim_store_get(c, sim_kind_named("Namespace"), "", "default");
        if (o)
            sim_act_patch(c, NULL, o, "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
        clock_fake_advance(&clock, 4000000);
        sim_watch_tick(c, clock.boot_ms_now);
        sim_behave_tick(c);
    }
    if (!conn.broken)
        drain(&conn);
    conn.protocol->close(conn.state);
    buf_clear(&conn.out);
    sim_store_clear(c);
    mem_free(c);
    loop_free(sim.loop);
    return 0;
}
