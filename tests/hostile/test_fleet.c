// SPDX-License-Identifier: Apache-2.0
/*
 * Two hundred clusters, and among them one that is dead, one that never answers and one that lies:
 * the others' answers wait for none of them. What is asserted is the order of events, never a time:
 * the silent one answers only when the test opens its door, after all the others were heard.
 */
#include "base/mem.h"
#include "rig.h"

#include <stdio.h>

enum { CLUSTERS = 200, DEAD = 17, SILENT = 80, LYING = 133, LIMIT = 1024 * 1024 };

static void good(struct peer *p, void *ctx)
{
    struct peer_request q;
    if (!peer_tls(p, HOSTILE_GOOD, false))
        return;
    while (peer_request(p, &q))
        peer_answer(p, "200 OK", "", "{}");
}

static void silent(struct peer *p, void *ctx)
{
    struct peer_request q;
    if (peer_tls(p, HOSTILE_GOOD, false) && peer_request(p, &q) && peer_wait_door(p))
        peer_answer(p, "200 OK", "", "{}");
}

static void lying(struct peer *p, void *ctx)
{
    struct peer_request q;
    static const char many[65536] = {[0 ... 65535] = ' '};
    if (!peer_tls(p, HOSTILE_GOOD, false) || !peer_request(p, &q) ||
        !peer_puts(p, "HTTP/1.1 200 OK\r\nContent-Length: 3221225472\r\n\r\n"))
        return;
    for (int i = 0; i < 49152 && peer_write(p, many, sizeof(many)); i++)
        ;
}

static void nobody(struct peer *p, void *ctx)
{
}

struct waiting {
    struct rig *rig;
    unsigned answers;
};

static bool enough(void *ctx)
{
    struct waiting *w = ctx;
    return w->rig->ended >= w->answers;
}

static void bad_ones_delay_nobody(void **state)
{
    static struct rig_answer answers[CLUSTERS];
    static struct kube_cluster *clusters[CLUSTERS];
    struct rig r;
    rig_init(&r, 120000); /* 200 handshakes take as long as they take */
    struct hostile *fleet = hostile_start(good, NULL), *mute = hostile_start(silent, NULL);
    struct hostile *liar = hostile_start(lying, NULL), *gone = hostile_start(nobody, NULL);
    unsigned gone_port = hostile_port(gone);
    hostile_stop(gone);
    for (unsigned i = 0; i < CLUSTERS; i++) {
        struct kube_access a;
        char host[32];
        /* A host of its own each, and one certificate, verified under another name. */
        snprintf(host, sizeof(host), "127.0.1.%u", i + 1);
        rig_access(&a, i == SILENT ? mute : i == LYING ? liar : fleet, host);
        a.tls_server_name = mem_strdup("localhost");
        if (i == DEAD) {
            mem_free(a.server);
            a.server = mem_printf("https://%s:%u", host, gone_port);
        }
        clusters[i] = rig_cluster_of(&r, &a);
    }
    /* The bad ones first. */
    rig_get(&r, clusters[SILENT], "/version", LIMIT, &answers[SILENT]);
    rig_get(&r, clusters[DEAD], "/version", LIMIT, &answers[DEAD]);
    rig_get(&r, clusters[LYING], "/version", LIMIT, &answers[LYING]);
    for (unsigned i = 0; i < CLUSTERS; i++)
        if (i != SILENT && i != DEAD && i != LYING)
            rig_get(&r, clusters[i], "/version", LIMIT, &answers[i]);
    struct waiting all_others = {&r, CLUSTERS - 1};
    rig_until(&r, enough, &all_others);
    for (unsigned i = 0; i < CLUSTERS; i++)
        assert_int_equal(answers[i].code, i == DEAD    ? ERR_UNREACHABLE
                                          : i == LYING ? ERR_LIMIT
                                                       : ERR_NONE);
    assert_non_null(answers[SILENT].call);
    assert_int_equal(hostile_connections(fleet), CLUSTERS - 3);
    assert_true(hostile_written(liar) < 32 * LIMIT);
    hostile_open_door(mute);
    rig_answered(&r, &answers[SILENT]);
    assert_int_equal(answers[SILENT].code, ERR_NONE);
    assert_int_equal(answers[SILENT].order, CLUSTERS);
    for (unsigned i = 0; i < CLUSTERS; i++)
        kube_cluster_free(clusters[i]);
    rig_clear(&r);
    hostile_stop(fleet);
    hostile_stop(mute);
    hostile_stop(liar);
}

RUN("hostile fleet", cmocka_unit_test(bad_ones_delay_nobody))
